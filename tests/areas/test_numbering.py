"""``areas load --under``: rows without hierarchical codes are numbered once and known again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box

from geo_housing.areas.loading import plan_unnumbered
from geo_housing.areas.pieces import AreaRow
from geo_housing.areas.queries import StoredArea
from geo_housing.errors import BadInput
from tests.areas.conftest import Desk

WEST, EAST = box(9.40, 47.0, 9.50, 47.2), box(9.50, 47.0, 9.60, 47.2)


@pytest.fixture
def country(desk: Desk) -> Desk:
    """A county of two townships that were numbered themselves."""
    whole = desk.geojson((box(9.4, 47.0, 9.6, 47.2), {"osm_id": "1155955", "name": "Land"}))
    assert desk.load(whole, "county", under="9000", code_field="osm_id").loaded == 1
    halves = desk.geojson((WEST, {"osm_id": "11", "name": "West"}), (EAST, {"osm_id": "12", "name": "East"}))
    assert desk.load(halves, "township", under="900001", code_field="osm_id").loaded == 2
    return desk


def test_four_six_and_nine_digits_number_county_township_and_village(country: Desk) -> None:
    path = country.geojson((box(9.41, 47.1, 9.43, 47.12), {"name": "Dorf"}))
    country.load(path, "village", under="900001002")
    assert country.names("county") == {"900001": "Land"}
    assert country.names("township") == {"900001001": "West", "900001002": "East"}
    assert country.names("village") == {"900001002001": "Dorf"}


def test_under_a_county_a_village_goes_to_the_township_around_its_middle(country: Desk) -> None:
    # The bounding box of the bent one is centred in the east, its representative point lies in the west.
    bent = Polygon([(9.42, 47.02), (9.58, 47.02), (9.58, 47.03), (9.48, 47.03), (9.48, 47.17), (9.42, 47.17)])
    path = country.geojson(
        (bent, {"name": "Krumm"}),
        (box(9.55, 47.05, 9.57, 47.07), {"name": "Ost"}),
        (box(9.80, 47.05, 9.82, 47.07), {"name": "Fern"}),
    )
    loaded = country.load(path, "village", under="900001")
    assert (loaded.loaded, loaded.rejected) == (2, 1)
    assert country.names("village") == {"900001001001": "Krumm", "900001002001": "Ost"}
    assert "代表点不在任何已装入的上级区划内" in loaded.faults[0].sentence
    assert country.load(path, "village", under="900001").unchanged == 2


def test_known_by_source_code_a_village_keeps_its_number_under_a_new_name_and_in_another_order(country: Desk) -> None:
    a, b = box(9.41, 47.1, 9.43, 47.12), box(9.44, 47.1, 9.46, 47.12)
    first = country.geojson((a, {"id": 7, "name": "A"}), (b, {"id": 8, "name": "B"}))
    country.load(first, "village", under="900001001", code_field="id")
    turned = country.geojson((b, {"id": 8, "name": "B"}), (a, {"id": 7, "name": "Neu"}), (a, {"id": 9, "name": "A"}))
    loaded = country.load(turned, "village", under="900001001", code_field="id")
    assert (loaded.loaded, loaded.updated, loaded.unchanged) == (1, 1, 1)
    assert country.names("village") == {"900001001001": "Neu", "900001001002": "B", "900001001003": "A"}
    assert [note.sentence for note in loaded.notes] == ["900001001001 的名称已由“A”改为“Neu”。"]


def test_an_outline_of_the_next_zone_is_refused_under_a_township_too(country: Desk) -> None:
    far, near = box(12.41, 47.1, 12.43, 47.12), box(9.41, 47.1, 9.43, 47.12)
    loaded = country.load(country.geojson((far, {"name": "A"}), (near, {"name": "A"})), "village", under="900001001")
    assert (loaded.loaded, [(fault.line, fault.value) for fault in loaded.faults]) == (1, [(1, "A")])
    assert "公里，坐标系可能不对" in loaded.faults[0].sentence


def test_known_by_name_a_village_keeps_its_number_and_takes_the_new_outline(country: Desk) -> None:
    first = country.geojson((box(9.41, 47.1, 9.43, 47.12), {"name": "河口村委会"}))
    country.load(first, "village", under="900001001")
    # 某村 and 某村委会 are one unit, the residents' committee of the same stem is another one.
    again = country.geojson(
        (box(9.41, 47.1, 9.44, 47.12), {"name": "河口村"}), (box(9.45, 47.1, 9.46, 47.12), {"name": "河口居委会"})
    )
    loaded = country.load(again, "village", under="900001001")
    assert (loaded.loaded, loaded.updated) == (1, 1)
    assert country.names("village") == {"900001001001": "河口村委会", "900001001002": "河口居委会"}


def test_the_same_name_under_two_townships_is_two_villages(country: Desk) -> None:
    path = country.geojson(
        (box(9.41, 47.1, 9.43, 47.12), {"name": "Dorf"}), (box(9.51, 47.1, 9.53, 47.12), {"name": "Dorf"})
    )
    assert country.load(path, "village", under="900001").loaded == 2
    assert country.load(path, "village", under="900001").unchanged == 2
    assert set(country.names("village")) == {"900001001001", "900001002001"}


def test_twice_in_one_file_and_nameless_rows_are_row_errors(country: Desk) -> None:
    square = box(9.41, 47.1, 9.43, 47.12)
    path = country.geojson((square, {"name": "Dorf"}), (square, {"name": "Dorf"}), (square, {"name": None}))
    loaded = country.load(path, "village", under="900001001")
    assert (loaded.read, loaded.loaded, loaded.rejected) == (3, 1, 2)
    assert [fault.sentence for fault in loaded.faults] == [
        "与第 1 行在同一上级下重复，只采用第一次出现的。",
        "没有代码也没有名称，无法识别，请补上。",
    ]


def test_a_list_that_names_the_townships_needs_no_outlines(country: Desk) -> None:
    path = country.csv("甲村,900001001", "乙村,900001002", "丙村,900009001", head="name,parent_code")
    loaded = country.load(path, "village", under="900001")
    assert (loaded.loaded, loaded.rejected) == (2, 1)
    assert country.names("village") == {"900001001001": "甲村", "900001002001": "乙村"}


def test_an_outline_finds_the_village_that_a_list_named(listed: Desk) -> None:
    path = listed.geojson((box(121.4, 45.6, 121.5, 45.7), {"MC": "山前村", "BH": 4711}))
    loaded = listed.load(path, "village", under="990002100", name_field="MC", code_field="BH")
    assert (loaded.loaded, loaded.updated) == (0, 1)
    area = listed.stored("village")["990002100202"]
    assert (area.name, area.source_code, area.geom is not None) == ("山前村委会", "4711", True)
    assert listed.load(path, "village", under="990002100", name_field="MC", code_field="BH").unchanged == 1


def test_a_parent_that_is_not_loaded_is_refused(country: Desk) -> None:
    path = country.geojson((WEST, {"name": "X"}))
    for level, under, missing in (
        ("township", "900002", "县"),
        ("village", "900001009", "乡镇"),
        ("village", "900002", "县"),
    ):
        with pytest.raises(BadInput, match=f"上级区划 {under} 尚未装入，请先装入{missing}"):
            country.load(path, level, under=under)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), max_size=8), min_size=1, max_size=5))
def test_numbers_are_never_given_twice_nor_changed(loads: list[list[int]]) -> None:
    stored: dict[str, StoredArea] = {}
    numbers: dict[int, str] = {}
    for ids in loads:
        rows = [AreaRow(line, str(n), f"name {n}", None) for line, n in enumerate(ids, start=1)]
        plan = plan_unnumbered(
            rows, "village", list(stored.values()), dict.fromkeys(range(1, 9), "900001001"), by_code=True
        )
        stored |= {area.code: area for area in (*plan.create, *plan.update)}
        assert len(plan.create) + len(plan.update) + plan.unchanged + len(plan.faults) == len(ids)
        for area in plan.create:
            known = int(area.source_code or "")
            assert known not in numbers
            numbers[known] = area.code
    assert len(set(numbers.values())) == len(numbers) == len({n for ids in loads for n in ids})


def test_a_township_has_no_more_than_999_numbers() -> None:
    rows = [AreaRow(line, "", f"村{line}组", None) for line in range(1, 1001)]
    with pytest.raises(BadInput, match="编号已用完"):
        plan_unnumbered(rows, "village", [], dict.fromkeys(range(1, 1001), "900001001"), by_code=False)
