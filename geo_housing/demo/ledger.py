"""The demo's ledger as a township would send it: one row a family, two where two share a house."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from geo_housing.areas.demo import DemoArea
from geo_housing.demo.condition import Conditions, conditions
from geo_housing.demo.families import MOST_FAMILIES, Families, families
from geo_housing.demo.settlements import Places, settle
from geo_housing.errors import BadInput

DEMO_HOUSES = 20_000
MOST_HOUSES = 2_000_000
SECOND_HOUSE = 0.012  # families that own another, disused house
SECOND_FAMILY = 0.008  # houses with two families
HEADINGS = (
    "房屋编号", "乡镇", "行政村", "自然屯", "户主姓名", "身份证号", "联系电话", "常住人口", "农户类型", "监测身份", "避险特征",
    "经度", "纬度", "建成年份", "结构形式", "地上层数", "间数", "建筑面积", "房屋用途", "居住状况", "居住状况核实日期",
    "鉴定等级", "等级依据", "评定日期", "疑似危房", "改造状态", "改造年度", "处置方式",
)  # fmt: skip


@dataclass(frozen=True)
class DemoLedger:
    """Columns of ``HEADINGS`` and how many houses they mean."""

    houses: int
    columns: tuple[list[str], ...]


def demo_ledger(areas: list[DemoArea], houses: int, seed: int) -> DemoLedger:
    """The ledger of a seed; the same seed and number give the same rows."""
    if not 1 <= houses <= MOST_HOUSES:
        raise BadInput(f"演示房屋数应在 1 到 {MOST_HOUSES:,} 之间。")
    rng = np.random.default_rng([seed, houses])
    townships = {area.code: area.name for area in areas if area.level == "township"}
    places = settle([area for area in areas if area.level == "village"], houses, rng)
    owner = _owners(places, rng)
    state = conditions(houses, owner != np.arange(houses), rng)
    lodgers = np.flatnonzero((rng.random(houses) < SECOND_FAMILY) & (np.array(state.occupancy) == "常住"))
    house = np.concatenate([np.arange(houses), lodgers])
    people = families([state.occupancy[n] for n in house], state.weakness[house], rng)
    assert len(house) <= MOST_FAMILIES, "every family has a number of its own"
    family = np.concatenate([owner, np.arange(houses, len(house))])
    return DemoLedger(houses, _columns(places, state, people, townships, house, family))


def _owners(places: Places, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The family of each house; of a second house it is the family of the house before it in the same village."""
    owner = np.arange(len(places.lon))
    draw = rng.random(len(owner)) < SECOND_HOUSE
    draw[0] = False
    draw[1:] &= (places.area[1:] == places.area[:-1]) & ~draw[:-1]
    owner[draw] -= 1
    return owner


def _columns(
    places: Places,
    state: Conditions,
    people: Families,
    townships: dict[str, str],
    house: np.ndarray[tuple[int], np.dtype[np.int64]],
    family: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> tuple[list[str], ...]:
    serials: Counter[int] = Counter()
    codes, township, village = [], [], []
    for n in places.area.tolist():
        area = places.areas[n]
        serials[n] += 1
        codes.append(f"{area.code}Y{serials[n]:04d}")
        township.append(townships[area.parent_code or ""])
        village.append(area.name)
    points = [["" if np.isnan(v) else f"{v:.7f}" for v in axis.tolist()] for axis in (places.lon, places.lat)]
    # Nobody lives in a second house, whatever the family's own number is.
    elsewhere = family[: len(codes)] != np.arange(len(codes))
    persons = ["" if n < len(codes) and elsewhere[n] else people.persons[f] for n, f in enumerate(family)]
    of_house = (
        codes, township, village, places.settlement, *points, state.built_year, state.structure, state.storeys,
        state.rooms, state.area_m2, state.kind, state.occupancy, state.checked_on, state.grade, state.basis,
        state.graded_on, state.suspected, state.renovation, state.renovation_year, state.measure,
    )  # fmt: skip
    of_family = (people.head, people.id_number, people.phone, people.categories, people.monitoring, people.traits)
    h = [[column[n] for n in house] for column in of_house]
    f = [[column[n] for n in family] for column in of_family]
    return (*h[:4], *f[:3], persons, *f[3:], *h[4:])


def write_ledger(ledger: DemoLedger, path: Path) -> Path:
    """The ledger as the CSV file that ``houses load`` takes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        writer.writerows(zip(*ledger.columns, strict=True))
    return path
