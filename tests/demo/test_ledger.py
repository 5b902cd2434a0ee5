"""The demo's ledger: plausible, reproducible, nobody's."""

import csv
from collections import Counter, defaultdict
from pathlib import Path

import pytest
import shapely

from geo_housing.areas.demo import DemoArea
from geo_housing.demo.ledger import HEADINGS, demo_ledger, write_ledger
from geo_housing.errors import BadInput
from geo_housing.houses.spreadsheet.fields import recognise
from geo_housing.houses.spreadsheet.personal import check_character

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def rows(areas: list[DemoArea]) -> Rows:
    ledger = demo_ledger(areas, 4000, 5)
    return [dict(zip(HEADINGS, row, strict=True)) for row in zip(*ledger.columns, strict=True)]


def test_the_same_seed_gives_the_same_file_and_another_seed_another(areas: list[DemoArea], tmp_path: Path) -> None:
    files = [
        write_ledger(demo_ledger(areas, 300, seed), tmp_path / f"{n}.csv").read_bytes()
        for n, seed in enumerate((5, 5, 6))
    ]
    assert files[0] == files[1] != files[2]


@pytest.mark.parametrize("houses", [1, 2, 25, 333])
def test_any_number_of_houses_is_exactly_that_many_codes(areas: list[DemoArea], houses: int) -> None:
    codes = demo_ledger(areas, houses, 5).columns[0]
    assert len(set(codes)) == houses


@pytest.mark.parametrize("houses", [0, -3, 2_000_001])
def test_a_number_that_makes_no_sense_is_refused_with_the_bounds(areas: list[DemoArea], houses: int) -> None:
    with pytest.raises(BadInput, match="1 到 2,000,000"):
        demo_ledger(areas, houses, 5)


def test_every_heading_is_one_that_the_intake_knows() -> None:
    fields = [recognise(heading) for heading in HEADINGS]
    assert None not in fields
    assert len({found[0] for found in fields if found}) == len(HEADINGS)


def test_id_numbers_belong_to_nobody_alive_and_phones_to_no_line(rows: Rows) -> None:
    for row in rows:
        number = row["身份证号"]
        assert number[:6] == "152224"
        assert "1871" <= number[6:10] <= "1900"
        assert check_character(number) == number[17]
        assert row["联系电话"] == "" or row["联系电话"].startswith("100")


def test_a_number_twice_is_one_family_with_a_second_house_where_nobody_lives(rows: Rows) -> None:
    owned = defaultdict(list)
    for row in rows:
        owned[row["身份证号"]].append(row)
    several = [group for group in owned.values() if len(group) > 1]
    assert 20 < len(several) < 120
    for group in several:
        assert len(group) == 2
        assert len({(row["户主姓名"], row["行政村"]) for row in group}) == 1
        assert sorted(row["房屋用途"] for row in group) == ["主要住房", "闲置旧房"]


def test_old_earth_houses_are_worse_than_new_brick_ones(rows: Rows) -> None:
    def share_of_danger(chosen: Rows) -> float:
        return sum(row["鉴定等级"] in ("C", "D") for row in chosen) / len(chosen)

    old = [row for row in rows if row["结构形式"] in ("土木", "生土") and row["建成年份"] < "1990"]
    new = [row for row in rows if row["结构形式"] == "砖混" and "2010" <= row["建成年份"] < "2030"]
    assert share_of_danger(old) > 0.15
    assert share_of_danger(new) < 0.005


def test_grades_states_and_works_are_those_of_a_county(rows: Rows) -> None:
    grades = Counter(row["鉴定等级"] for row in rows)
    shares = {grade: count / len(rows) for grade, count in grades.items()}
    assert shares["A"] > shares["B"] > shares[""] > shares["C"] > shares["D"] > 0.005
    assert 0.01 < sum(row["疑似危房"] == "是" for row in rows) / len(rows) < 0.03
    assert sum(row["居住状况"] == "长期外出空置" for row in rows) / len(rows) > 0.1
    years: Counter[str] = Counter()
    for row in rows:
        concerned = row["鉴定等级"] in ("C", "D")
        assert bool(row["改造状态"]) == concerned
        assert concerned or not row["处置方式"]
        # Of a plan there is a year, but for a few of which nobody says it.
        in_ledger = row["改造状态"] not in ("", "未纳入计划")
        assert in_ledger or not row["改造年度"]
        years[row["改造年度"]] += in_ledger
    assert 0.01 < years.pop("") / years.total() < 0.08
    assert max(years) == "2026" and years["2026"] > years["2025"] > years["2024"] > 0


def test_houses_stand_in_their_village_but_for_a_few_as_in_every_ledger(rows: Rows, areas: list[DemoArea]) -> None:
    outline = {(area.parent_code or "", area.name): area.geom for area in areas if area.level == "village"}
    township = {area.name: area.code for area in areas if area.level == "township"}
    found: Counter[str] = Counter()
    for row in rows:
        geom = outline[township[row["乡镇"]], row["行政村"]]
        if not row["经度"]:
            found["unlocated"] += 1
            continue
        assert geom is not None, "only villages with an outline get points"
        inside = shapely.contains_xy(geom, float(row["经度"]), float(row["纬度"]))
        found["inside" if inside else "next door"] += 1
    assert 0.96 < found["inside"] / len(rows) < 0.99
    assert found["unlocated"] > 40
    assert 5 < found["next door"] < 60


def test_a_natural_village_is_a_cluster_not_a_scatter(rows: Rows) -> None:
    settlements = defaultdict(list)
    for row in rows:
        if row["经度"] and row["自然屯"]:
            settlements[row["行政村"], row["自然屯"]].append((float(row["经度"]), float(row["纬度"])))
    sizes = [
        shapely.MultiPoint(points).minimum_rotated_rectangle.length
        for points in settlements.values()
        if len(points) >= 8
    ]
    assert len(sizes) > 100
    assert sorted(sizes)[int(len(sizes) * 0.8)] < 0.03  # around: some 2.5 km
    assert 350 < len(settlements) < 560  # the county counts 464


def test_the_file_has_one_row_a_family(rows: Rows, areas: list[DemoArea], tmp_path: Path) -> None:
    path = write_ledger(demo_ledger(areas, 4000, 5), tmp_path / "demo.csv")
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == rows
    shared = [count for count in Counter(row["房屋编号"] for row in rows).values() if count > 1]
    assert shared
    assert set(shared) == {2}
