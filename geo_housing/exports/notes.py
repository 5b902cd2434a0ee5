"""数据说明: what is told about a file in words, for whoever finds it on a disk a year later. Papers and files are Chinese."""

from math import floor

SKETCH = "示意图：示例数据，不是真实农房，界线不作为权属依据。"
WIDTH = 3.0  # degrees of a zone
# CGCS2000 in 3-degree zones: with the zone's number in the east coordinate, and without it.
_FIRST_WITH, _FIRST_WITHOUT, _ZONES = 4513, 4534, 21
_FIRST_MERIDIAN = 75


def unlocated_note(unlocated: int, *, left_out: bool) -> str | None:
    """How many rows without coordinates there are, and whether they are in the file."""
    if not unlocated:
        return None
    if left_out:
        return f"另有 {unlocated} 行没有坐标，不在本文件内；.csv 和 .xlsx 文件含有它们。"
    return f"其中 {unlocated} 行没有坐标或界线。"


def uncertain_note(uncertain: int) -> str:
    """How many houses an event concerns besides, of which nobody is sure where they stand."""
    return f"事件另涉及 {uncertain} 栋位置不确定的农房（没有坐标，或坐标与申报村不符），不在本文件内，请另行导出。"


# Whoever adds the column up must not take for nobody whom nobody has counted.
PERSONS_AS_STATED = "家庭人口按台账原样：空白是没有填，不是没有人；填 0 而居住状况没有填、没有核实日期或核实已过期的房屋，各项统计按人数未填计。"


def merging_note(least: int) -> str:
    """How the village statistics were merged."""
    return (
        f"分村统计每一格至少 {least} 栋：某项指标不足 {least} 栋的村合成本乡镇一行（全乡镇仍不足的，几个乡镇合成一行），"
        "各村该项留空；因此各列相加等于全县，从乡镇合计相减也推不出小数。0 照写；“其中未填人数”说的是数据缺多少，不合并：空置以外的房屋里没有填人数或填 0 的户，没有登记农户的房屋按 1 户计。"
    )


def zone_meridian(srid: int) -> int | None:
    """Central meridian of a CGCS2000 3-degree zone; None for any other system."""
    for first in (_FIRST_WITH, _FIRST_WITHOUT):
        if first <= srid < first + _ZONES:
            return _FIRST_MERIDIAN + 3 * (srid - first)
    return None


def zone_warning(srid: int, west: float, east: float) -> str | None:
    """What to think of when what is exported does not lie in one 3-degree zone, or in another; None when all is well."""
    meridian = zone_meridian(srid)
    if meridian is None:
        return None
    left, right = _zone_of(west), _zone_of(east)
    if left != right:
        border = left * WIDTH + WIDTH / 2
        if not left * WIDTH <= meridian <= right * WIDTH:
            sides = [f"EPSG:{_FIRST_WITH + int(zone * WIDTH - _FIRST_MERIDIAN) // 3}" for zone in (left, right)]
            return (
                f"范围从东经 {west:.2f}° 到 {east:.2f}°，跨过 {border:g}° 分带线，两侧都不在 EPSG:{srid}（中央经线 {meridian}°）"
                f"这一带内：西侧应用 {sides[0]}，东侧应用 {sides[1]}。建议按分带线分开导出，或改用 EPSG:4490。"
            )
        return (
            f"范围从东经 {west:.2f}° 到 {east:.2f}°，跨过 {border:g}° 分带线：EPSG:{srid}（中央经线 {meridian}°）只适合"
            "其中一侧，另一侧的长度和面积变形加大。建议按分带线分开导出，或改用 EPSG:4490。"
        )
    if left * WIDTH != meridian:
        proper = _FIRST_WITH + int(left * WIDTH - _FIRST_MERIDIAN) // 3
        return f"范围从东经 {west:.2f}° 到 {east:.2f}°，不在 EPSG:{srid}（中央经线 {meridian}°）这一带内，应改用 EPSG:{proper}。"
    return None


def _zone_of(longitude: float) -> int:
    return floor((longitude + WIDTH / 2) / WIDTH)
