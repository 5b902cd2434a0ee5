"""Areas and houses of the toy county, as the files that the ordinary commands load."""

import csv
import json
from pathlib import Path
from typing import Any

COUNTY = "990001"
WEST = "990001100"
EAST = "990001200"
SIDE = 0.01
# Name → code, column, row of the square (from the west, from the south).
VILLAGES: dict[str, tuple[str, int, int]] = {
    "西一": (f"{WEST}201", 0, 0),
    "西二": (f"{WEST}202", 1, 0),
    "西三": (f"{WEST}203", 0, 1),
    "西四": (f"{WEST}204", 1, 1),
    "东一": (f"{EAST}201", 2, 0),
    "东二": (f"{EAST}202", 3, 0),
    "东三": (f"{EAST}203", 2, 1),
    "东四": (f"{EAST}204", 3, 1),
}
NO_OUTLINE = f"{WEST}001"
# Grade → where in the village (shares of the side from its south-west corner).
CROSS = {"A": (0.5, 0.5), "B": (0.2, 0.5), "C": (0.8, 0.5), "D": (0.5, 0.2), "": (0.5, 0.8)}
HEADINGS = (
    "房屋编号 乡镇 行政村 户主姓名 身份证号 联系电话 家庭人口 农户类型 避险特征 经度 纬度 结构形式 建成年份 地上层数 间数 建筑面积 "
    "居住状况 居住核实日期 鉴定等级 评定日期 疑似危房"
).split()


def village_box(name: str) -> tuple[float, float, float, float]:
    """West, south, east, north of a village's square."""
    _, column, row = VILLAGES[name]
    west, south = 120.0 + column * SIDE, 45.0 + row * SIDE
    return round(west, 6), round(south, 6), round(west + SIDE, 6), round(south + SIDE, 6)


def write_areas(folder: Path) -> dict[str, Path]:
    """GeoJSON of county, townships and villages (with the residents' committee that has no outline)."""
    county = feature(COUNTY, "玩具县", None, (120.0, 45.0, 120.04, 45.02))
    townships = [
        feature(WEST, "西山镇", COUNTY, (120.0, 45.0, 120.02, 45.02)),
        feature(EAST, "东河乡", COUNTY, (120.02, 45.0, 120.04, 45.02)),
    ]
    villages = [
        feature(code, f"{name}村村委会", code[:9], village_box(name)) for name, (code, _, _) in VILLAGES.items()
    ]
    files = {"county": [county], "township": townships, "village": villages}
    paths = {level: folder / f"toy_{level}.geojson" for level in files}
    for level, features in files.items():
        paths[level].write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    paths["list"] = folder / "toy_list.csv"
    paths["list"].write_text(f"code,name,level,parent_code\n{NO_OUTLINE},西街居委会,village,{WEST}\n", "utf-8")
    return paths


def house_rows() -> list[dict[str, Any]]:
    """The 43 rows of the toy ledger."""
    rows = []
    for number, (name, (code, _, _)) in enumerate(VILLAGES.items()):
        west, south, _, _ = village_box(name)
        for place, (grade, (x, y)) in enumerate(CROSS.items()):
            rows.append(
                house_row(
                    f"{name}-{grade or '0'}",
                    code,
                    f"{name}村",
                    serial=number * 5 + place,
                    point=(round(west + x * SIDE, 7), round(south + y * SIDE, 7)),
                    grade=grade,
                )
            )
    rows.append(house_row("疑-1", VILLAGES["西一"][0], "西一村", serial=40, point=(120.003, 45.003), suspected="是"))
    rows.append(house_row("无-1", NO_OUTLINE, "西街居委会", serial=41, point=None, traits="独居老人"))
    rows.append(house_row("争-1", VILLAGES["西一"][0], "西一村", serial=42, point=(120.027, 45.003), grade="C"))
    return rows


def write_houses(path: Path) -> Path:
    """The toy ledger as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADINGS)
        writer.writeheader()
        writer.writerows(house_rows())
    return path


def house_row(
    code: str,
    area: str,
    village: str,
    *,
    serial: int,
    point: tuple[float, float] | None,
    grade: str = "",
    suspected: str = "",
    traits: str = "",
    township: str | None = None,
) -> dict[str, Any]:
    """One row of such a ledger; ``serial`` makes head, ID number and telephone of nobody."""
    old = grade in ("C", "D")
    return {
        "房屋编号": code,
        "乡镇": township or ("西山镇" if area.startswith(WEST) else "东河乡"),
        "行政村": village,
        "户主姓名": f"户主{serial:02d}",
        "身份证号": _id_number(serial),
        "联系电话": f"100{serial:08d}",
        "家庭人口": 1 + serial % 4,
        "农户类型": "农村低保户" if grade == "D" else "",
        "避险特征": traits or ("独居老人" if grade == "D" else ""),
        "经度": point[0] if point else "",
        "纬度": point[1] if point else "",
        "结构形式": "土木" if old else "砖混",
        "建成年份": 1975 if old else 2010,
        "地上层数": 1,
        "间数": 3,
        "建筑面积": 80.5,
        "居住状况": "常住" if grade != "B" else "无人居住",
        "居住核实日期": "2026-11-01",
        "鉴定等级": grade,
        "评定日期": "2023-05-10" if grade else "",
        "疑似危房": suspected,
    }


def _id_number(serial: int) -> str:
    """A made-up number of nobody: division 990001, born in 1900, with a valid check digit."""
    body = f"99000119000101{serial:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


def feature(code: str, name: str, parent: str | None, box: tuple[float, float, float, float]) -> dict[str, Any]:
    """A division that is a box: west, south, east, north."""
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "properties": {"code": code, "name": name, "parent_code": parent},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
