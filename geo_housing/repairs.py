"""What was mended of a drawn shape, said in words: whoever drew it looks where, two areas alone do not tell."""

from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry

from geo_housing.geometry import Repaired

# What GEOS calls a fault of a polygon, before the place in brackets.
_MENDED = {
    "Self-intersection": "边线自相交，已在交点处分开",
    "Ring Self-intersection": "边线在一点上与自己相接，已在该点分开",
    "Hole lies outside shell": "孔洞在外边界之外，已重新构面",
    "Holes are nested": "孔洞互相重叠，已重新构面",
    "Interior is disconnected": "孔洞把面隔断，已分成几块",
    "Nested shells": "几块面互相重叠，已合并",
    "Duplicate Rings": "边线重复，已去掉重复的",
    "Too few points in geometry component": "有边线不足三个角，已去掉",
}
_CLOSED = "边线首尾没有相接，已按首点闭合"
_OTHER = "图形不合规范，已重新构面"


@dataclass(frozen=True)
class Repair:
    """How a shape was mended, and its area in m² before and after."""

    what: tuple[str, ...]
    before_m2: float
    after_m2: float

    @property
    def sentence(self) -> str:
        """What was mended, and the areas where they differ in the figures that are told."""
        before, after = f"{self.before_m2:,.0f}", f"{self.after_m2:,.0f}"
        sizes = f"面积不变，{after} ㎡" if before == after else f"面积 {before} → {after} ㎡"
        return "；".join([*self.what, sizes])


def repair_of(repaired: Repaired, *, closed: bool = False) -> Repair | None:
    """What was mended of a shape that ``repair_polygon`` has seen, ``closed`` before that; None where nothing was."""
    mended = (_mended(repaired.reason),) if repaired.changed else ()
    what = ((_CLOSED,) if closed else ()) + mended
    return Repair(what, repaired.area_before_m2, repaired.area_after_m2) if what else None


def fault_of(shape: BaseGeometry) -> str | None:
    """What GEOS finds wrong with a shape; None for a valid one."""
    return None if shape.is_valid else str(shapely.is_valid_reason(shape))


def _mended(reason: str | None) -> str:
    return _MENDED.get((reason or "").partition("[")[0].strip(), _OTHER)
