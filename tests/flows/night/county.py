"""A county for one night: eight townships of two villages each, 82 houses, loaded as the toy county is.

::

    45.02 ┌──────────┬──────────┬──────────┬──────────┐
          │ 石桥镇   │ 黑山乡   │ 东岭镇   │ 南泉乡   │
    45.01 ├──────────┼──────────┼──────────┼──────────┤
          │ 青石镇   │ 柳沟镇   │ 白草乡   │ 榆树镇   │
    45.00 └──────────┴──────────┴──────────┴──────────┘
       120.00     .02        .04        .06        .08

Six are in the red warning; 东岭镇 comes to it at 03:10, 南泉乡 with the second warning. In each village stand the five
houses of the toy county's cross. Beside them: ``疑-1`` (suspected, 白草乡) and ``无-1`` (no point, 黑山乡).
"""

import csv
import json
import tempfile
from pathlib import Path
from typing import Any

from geo_housing import clock
from geo_housing.areas.service import LoadOptions as AreaOptions
from geo_housing.areas.service import load_areas
from geo_housing.db import Database
from geo_housing.houses.intake.load import LoadOptions, load_ledger
from geo_housing.keys import ensure_keys
from geo_housing.reactions import connect_reactions
from geo_housing.settings import Settings
from tests.fixtures.people import ADMINISTRATOR
from tests.toy_county.county import CROSS, HEADINGS, feature, house_row

COUNTY = "990001"
NAMES = ("青石镇", "柳沟镇", "白草乡", "榆树镇", "石桥镇", "黑山乡", "东岭镇", "南泉乡")
TOWNSHIPS = {name: f"{COUNTY}{number}00" for number, name in enumerate(NAMES, start=1)}
WARNED = NAMES[:6]
GROWN, SECOND = NAMES[6:]
_VILLAGES = (
    ("东沟", "西沟"), ("大井", "小井"), ("高台", "平台"), ("前营", "后营"),
    ("上河", "下河"), ("南坡", "北坡"), ("一棵树", "三道梁"), ("龙泉", "玉泉"),
)  # fmt: skip
# Name without 村 → its code; the township is its first nine digits.
VILLAGES = {
    village: f"{TOWNSHIPS[name]}20{place}"
    for name, pair in zip(NAMES, _VILLAGES, strict=True)
    for place, village in enumerate(pair, start=1)
}
SIDE = 0.01


def _box(township: int) -> tuple[float, float, float, float]:
    west, south = 120 + township % 4 * 2 * SIDE, 45 + township // 4 * SIDE
    return round(west, 6), round(south, 6), round(west + 2 * SIDE, 6), round(south + SIDE, 6)


def _village_box(village: str) -> tuple[float, float, float, float]:
    code = VILLAGES[village]
    west, south, _, north = _box(list(TOWNSHIPS.values()).index(code[:9]))
    west = round(west + SIDE * (int(code[-1]) - 1), 6)
    return west, south, round(west + SIDE, 6), north


def _house(code: str, village: str, serial: int, grade: str, **more: Any) -> dict[str, Any]:
    area = VILLAGES[village]
    township = next(name for name, start in TOWNSHIPS.items() if area.startswith(start))
    row = house_row(code, area, f"{village}村", serial=serial, grade=grade, township=township, **more)
    return row | {"居住核实日期": clock.today().isoformat()}


def house_rows() -> list[dict[str, Any]]:
    """The ledger of the county."""
    rows = []
    for number, village in enumerate(VILLAGES):
        west, south, _, _ = _village_box(village)
        for place, (grade, (x, y)) in enumerate(CROSS.items()):
            point = (round(west + x * SIDE, 7), round(south + y * SIDE, 7))
            rows.append(_house(f"{village}-{grade or '0'}", village, number * 5 + place, grade, point=point))
    by_code = {row["房屋编号"]: row for row in rows}
    # A dangerous house in which nobody lives; a sound one whose people must be fetched all the same; nobody counted.
    by_code["大井-C"]["居住状况"] = "无人居住"
    by_code["东沟-A"]["避险特征"] = "孕妇儿童"
    by_code["高台-D"]["家庭人口"] = ""
    west, south, _, _ = _village_box("平台")
    rows.append(_house("疑-1", "平台", 80, "", point=(round(west + 0.003, 7), round(south + 0.003, 7)), suspected="是"))
    rows.append(_house("无-1", "北坡", 81, "", point=None, traits="独居老人"))
    return rows


def load_county(database: Database, settings: Settings) -> None:
    """Divisions and houses through the services that the commands call."""
    connect_reactions()
    ring = ensure_keys(settings.keys_file)
    levels = {
        "county": [feature(COUNTY, "玩具县", None, (120.0, 45.0, 120.08, 45.02))],
        "township": [feature(code, name, COUNTY, _box(number)) for number, (name, code) in enumerate(TOWNSHIPS.items())],
        "village": [
            feature(code, f"{name}村村委会", code[:9], _village_box(name)) for name, code in VILLAGES.items()
        ],
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with database.transaction(ADMINISTRATOR) as session:
            for level, features in levels.items():
                path = folder / f"{level}.geojson"
                path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
                load_areas(session, ADMINISTRATOR, path, AreaOptions(level=level))
        ledger = folder / "houses.csv"
        with ledger.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, HEADINGS)
            writer.writeheader()
            writer.writerows(house_rows())
        with database.transaction(ADMINISTRATOR) as session:
            load_ledger(session, ADMINISTRATOR, ledger, LoadOptions(), ring)


def roster_rows() -> list[list[str]]:
    """The list of who answers, as a county keeps it: three of each township, one of each village."""
    rows = [["玩具县防汛责任人通讯录", "", "", "", ""], ["乡镇", "村", "责任人类别", "姓名", "联系电话"]]
    for number, name in enumerate(NAMES):
        for place, role in enumerate(("乡镇主要领导", "分管领导", "值班电话")):
            rows.append([name, "", role, f"{name[0]}{'甲乙丙'[place]}", f"1000{number}00000{place}"])
    for number, (village, code) in enumerate(VILLAGES.items()):
        township = next(name for name, start in TOWNSHIPS.items() if code.startswith(start))
        rows.append([township, f"{village}村", "村书记", f"{village[0]}书记", f"1001{number:02d}00000"])
    return rows


def shelter_rows() -> list[list[str]]:
    """One shelter of each township."""
    heads = ["乡镇", "村", "安置点名称", "地址", "可容纳人数", "联系人", "联系电话"]
    return [
        heads,
        *([name, "", f"{name}中心校", "镇区", "200", "校长", f"1002{n}000000"] for n, name in enumerate(NAMES)),
    ]
