"""What the cell of a coordinate says. Pure, as the rules of row.py."""

import re

from geo_housing.houses.spreadsheet.faults import CellFault

# NFKC makes two minute marks of one second mark.
_DEGREES = re.compile(
    r"^(\d{1,3})(?:°|度)(?:(\d{1,2}(?:\.\d+)?)(?:[′']|分)(?:(\d{1,2}(?:\.\d+)?)(?:[″\"]|[′']{2}|秒))?)?$"
)
_DECIMAL = re.compile(r"^(\d{1,3}(?:\.\d+)?)(?:°|度)?$")
# Which half of the earth, before or after the figure.
_HALF = re.compile(r"^(东经|西经|北纬|南纬|[NESWnesw东西南北])?(.*?)([NESWnesw东西南北])?$")
_TWO_FIGURES = re.compile(r"^[^,，;；/]*\d[^,，;；/]*[,，;；/][^,，;；/]*\d")


def coordinate(text: str, axis: str | None = None) -> float:
    """Decimal degrees or metres; 120.005E, 东经120.005度, 120°05′30″ are converted. ``axis``: whose column it is, lon or lat.

    What may mean two things is no coordinate: a half of the earth that is not China's, N in the column of longitudes,
    sixty minutes, two figures in one cell.
    """
    try:
        return float(text)
    except ValueError:
        bare = re.sub(r"\s", "", text.replace(" \u030a", "°")).replace("’", "'").replace("”", '"')
    found = _HALF.match(bare)
    assert found is not None, "everything in it may be missing"
    before, figure, behind = found.groups()
    halves = {_AXIS_OF[mark[0].upper() if len(mark) == 1 else mark] for mark in (before, behind) if mark}
    exact = _DEGREES.match(figure) or (_DECIMAL.match(figure) if halves or not figure.isascii() else None)
    if exact is None:
        if _TWO_FIGURES.match(bare):
            raise CellFault("一格里写了两个数，看不出哪个是经度、哪个是纬度；请分成经度、纬度两列。")
        raise CellFault("坐标看不懂，请写十进制度数，如 121.4567890。")
    if len(halves) > 1:
        raise CellFault("前后写的方向不一致，请核对后写十进制度数，如 121.4567890。")
    half = next(iter(halves), None)
    if half in ("west", "south"):
        raise CellFault("西经、南纬不在我国境内，请核对。")
    if half is not None and axis is not None and half != axis:
        raise CellFault(
            f"{'经度' if axis == 'lon' else '纬度'}列里写的是{'纬度' if axis == 'lon' else '经度'}，两列可能写反了，请核对。"
        )
    if exact.re is _DECIMAL:
        return float(exact[1])
    minutes, seconds = float(exact[2] or 0), float(exact[3] or 0)
    if minutes >= 60 or seconds >= 60:
        raise CellFault("分、秒应小于 60，请核对。")
    return int(exact[1]) + minutes / 60 + seconds / 3600


_AXIS_OF = {
    "E": "lon", "东": "lon", "东经": "lon", "N": "lat", "北": "lat", "北纬": "lat",
    "W": "west", "西": "west", "西经": "west", "S": "south", "南": "south", "南纬": "south",
}  # fmt: skip
