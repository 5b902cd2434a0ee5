"""Where a house of a ledger comes to stand, and what is told about it."""

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
from shapely import Point as Place
from sqlalchemy import text

from geo_housing.cli.say import in_report
from geo_housing.errors import BadInput
from geo_housing.geometry import lonlat_to_gcj02
from geo_housing.houses.register.location import settle_location
from geo_housing.houses.register.queries import Point
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, load, query, sentences, the_fault
from tests.houses.outlines import load_villages
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST, village_box

WEST_1, EAST_1 = f"{WEST}201", f"{EAST}201"


def row(code: str = "X-1", lon: Any = "", lat: Any = "", village: str = "西一村", **more: Any) -> dict[str, Any]:
    return {"房屋编号": code, "乡镇": "", "行政村": village, "户主姓名": f"户{code}", "经度": lon, "纬度": lat, **more}


def state(toy: ToyDatabase, code: str = "X-1") -> tuple[str, str | None, str]:
    found = house(toy, code)
    return found.location_state, found.location_note, found.scope_code


@pytest.mark.parametrize(
    ("lon", "lat", "sentence"),
    [
        (45.0051, 120.0051, "写反了"),
        (0, 0, "坐标为 0"),
        (120.0051, "", "只填了一个"),
        (40123456.0, 4987654.0, "请选定坐标系"),
        ("东边", 45, "坐标看不懂"),
    ],
)
def test_a_point_that_cannot_be_keeps_its_house_unlocated(toy: ToyDatabase, lon: Any, lat: Any, sentence: str) -> None:
    loaded = load(toy, [row(lon=lon, lat=lat)])
    assert counts(loaded) == (1, 0, 0, 0) and loaded.as_json()["unlocated"] == 1
    assert any(sentence in told for told in sentences(loaded)), sentences(loaded)
    assert state(toy) == ("unlocated", None, WEST_1)


def test_degrees_minutes_seconds_are_understood_and_seven_decimals_kept(toy: ToyDatabase) -> None:
    load(toy, [row(lon="120°0′18.36″", lat="45.00512345678")])
    found = house(toy, "X-1")
    assert (found.lon, found.lat) == (120.0051, 45.0051235)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("120.0051E", "45.0051N"),
        ("E120.0051", "N45.0051"),
        ("东经120.0051°", "北纬45.0051°"),
        ("东经 120.0051 度", "45.0051度"),
        ("120°0′18.36″E", "45°0′18.36″N"),
        ("１２０°00′18.36″ E", "45度0分18.36秒"),
        ("120.0051东", "45.0051北"),
    ],
)
def test_halves_of_the_earth_and_units_are_understood(toy: ToyDatabase, lon: str, lat: str) -> None:
    loaded = load(toy, [row(lon=lon, lat=lat)])
    assert (house(toy, "X-1").lon, house(toy, "X-1").lat) == (120.0051, 45.0051), sentences(loaded)


@pytest.mark.parametrize(
    ("lon", "lat", "sentence"),
    [
        ("120.0051W", "45.0051N", "西经、南纬"),
        ("120°0′18.36″W", "45.0051", "西经、南纬"),
        ("120.0051", "南纬45.0051", "西经、南纬"),
        ("45.0051N", "120.0051E", "可能写反了"),
        ("E120.0051N", "45.0051", "方向不一致"),
        ("120°75′0″", "45.0051", "应小于 60"),
        ("120.0051,45.0051", "45.0051", "两个数"),
        ("120 00 18", "45.0051", "看不懂"),
        ("E", "45.0051", "看不懂"),
    ],
)
def test_what_may_mean_two_things_is_told_and_not_guessed(toy: ToyDatabase, lon: str, lat: str, sentence: str) -> None:
    loaded = load(toy, [row(lon=lon, lat=lat)])
    assert any(sentence in told for told in sentences(loaded)), sentences(loaded)
    assert state(toy) == ("unlocated", None, WEST_1)


def test_the_point_decides_the_village_and_the_contradiction_is_told(toy: ToyDatabase) -> None:
    loaded = load(toy, [row(lon=120.0251, lat=45.0051)])
    assert loaded.as_json()["misplaced"] == 1
    assert state(toy) == ("disputed", "misplaced", EAST_1)
    assert "东一村村委会" in the_fault(loaded, "check").sentence
    assert house(toy, "X-1").declared_code == WEST_1


@pytest.mark.parametrize("settled", [False, True])
def test_a_misplaced_house_without_code_is_the_same_one_when_its_ledger_comes_again(
    toy: ToyDatabase, *, settled: bool
) -> None:
    ledger = [row(code="", lon=120.0251, lat=45.0051)]
    assert counts(load(toy, ledger)) == (1, 0, 0, 0)
    if settled:
        with toy.transaction() as session:
            session.execute(
                text("UPDATE house SET location_state = 'located', location_note = 'confirmed' WHERE code = :code"),
                {"code": f"{WEST_1}00001"},
            )
    assert counts(load(toy, ledger)) == (0, 0, 1, 0)
    assert state(toy, f"{WEST_1}00001")[2] == EAST_1


def test_a_township_makes_no_second_house_of_one_whose_point_lies_in_its_neighbour(toy: ToyDatabase) -> None:
    ledger = [row(code="", lon=120.0251, lat=45.0051), row(code="", village="西二村", 户主姓名="另户")]
    assert counts(load(toy, ledger)) == (2, 0, 0, 0)
    loaded = load(toy, ledger, area=WEST)
    assert counts(loaded) == (0, 0, 1, 1)
    assert "点位落在您管辖范围之外" in the_fault(loaded, "rejected").sentence


def test_a_point_that_a_person_confirmed_is_neither_moved_nor_told_again(toy: ToyDatabase) -> None:
    load(toy, [row(lon=120.0251, lat=45.0051)])
    with toy.transaction() as session:
        session.execute(
            text("UPDATE house SET location_state = 'located', location_note = 'confirmed' WHERE code = 'X-1'")
        )
    loaded = load(toy, [row(lon=120.0051, lat=45.0051)])
    assert counts(loaded) == (0, 0, 1, 0) and not loaded.faults
    assert house(toy, "X-1").lon == 120.0251


def test_a_moved_house_keeps_its_code_and_changes_its_village(toy: ToyDatabase) -> None:
    load(toy, [row(lon=120.0051, lat=45.0051)])
    loaded = load(toy, [row(lon=120.0151, lat=45.0051, village="西二村")])
    assert counts(loaded) == (0, 1, 0, 0)
    assert state(toy) == ("located", None, f"{WEST}202")


@pytest.mark.parametrize("place", [{}, {"行政村": "北九村", "乡镇": "西山镇"}, {"乡镇": "西山镇"}])
def test_a_row_that_names_less_than_is_known_leaves_the_house_in_its_village(
    toy: ToyDatabase, place: dict[str, str]
) -> None:
    load(toy, [row()])
    load(toy, [{"房屋编号": "X-1", "户主姓名": "户X-1", "间数": 5, **place}])
    assert state(toy) == ("unlocated", None, WEST_1) and house(toy, "X-1").declared_code == WEST_1


def test_a_ledger_that_corrects_the_village_settles_the_contradiction(toy: ToyDatabase) -> None:
    load(toy, [row(lon=120.0251, lat=45.0051)])
    assert state(toy) == ("disputed", "misplaced", EAST_1)
    loaded = load(toy, [row(village="东一村")])
    assert counts(loaded) == (0, 1, 0, 0) and loaded.as_json()["misplaced"] == 0
    assert state(toy) == ("located", None, EAST_1)
    load(toy, [row(village="西二村")])
    assert state(toy) == ("disputed", "misplaced", EAST_1)


def test_two_houses_on_one_point_are_told_within_a_file_and_against_the_register(toy: ToyDatabase) -> None:
    loaded = load(toy, [row("X-1", 120.0051, 45.0051), row("X-2", 120.0051, 45.0051)])
    assert [told[:12] for told in sentences(loaded, "check")] == ["与另一栋房屋的坐标完全相"] * 2
    loaded = load(toy, [row("X-3", 120.0051, 45.0051)])
    assert state(toy, "X-3")[1] == "shared_point" and len(sentences(loaded, "check")) == 1


def shared_of(loaded: Any) -> list[int]:
    return [fault.line for fault in loaded.faults if fault.sentence.startswith("与另一栋房屋的坐标完全相同")]


@pytest.mark.parametrize(
    ("lon", "village", "note"),
    [("120.0251", "西一村", "misplaced"), ("119.5", "西一村", "outside"), ("120.01", "西一村", "border")],
)
def test_one_point_is_told_beside_a_worse_note(toy: ToyDatabase, lon: str, village: str, note: str) -> None:
    rows = [row("X-1", lon, 45.0051, village), row("X-2", lon, 45.0051, village), row("X-3", "120.0051", 45.0052)]
    loaded = load(toy, rows)
    assert shared_of(loaded) == [2, 3] and len(sentences(loaded, "check")) == 4
    assert state(toy, "X-2")[1] == note
    for path in ("/houses/X-1", "/houses/X-1/location"):
        page = toy.browser(toy.member("county", COUNTY)).get(path).text
        assert "与别的房屋同在一点" in page and "X-2" in page, path


def test_one_point_is_told_without_any_outline(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(text("DELETE FROM area_cell"))
        session.execute(text("UPDATE area SET geom = NULL"))
    loaded = load(toy, [row("X-1", 120.0051, 45.0051), row("X-2", 120.0051, 45.0051)])
    assert shared_of(loaded) == [2, 3] and state(toy) == ("located", "shared_point", WEST_1)


def test_on_the_border_the_lowest_code_is_taken(toy: ToyDatabase) -> None:
    loaded = load(toy, [row(lon=120.01, lat=45.0051, village="")])
    assert state(toy)[2] == WEST_1 and loaded.as_json()["misplaced"] == 1


def test_outside_every_village_but_near_belongs_to_what_is_near(toy: ToyDatabase) -> None:
    loaded = load(toy, [row(lon=119.995, lat=45.005, village="")])
    assert counts(loaded) == (1, 0, 0, 0) and loaded.as_json()["outside"] == 1
    assert state(toy)[:2] == ("disputed", "outside") and state(toy)[2].startswith("990001")


def test_outside_with_a_declared_village_stays_with_it(toy: ToyDatabase) -> None:
    loaded = load(toy, [row(lon=119.5, lat=45.005)])
    assert loaded.as_json()["outside"] == 1 and state(toy) == ("disputed", "outside", WEST_1)


def test_far_away_without_a_declared_village_is_refused(toy: ToyDatabase) -> None:
    loaded = load(toy, [row("X-1", 119.5, 45.005, village=""), row("X-2")])
    assert counts(loaded) == (1, 0, 0, 1)
    sentence = the_fault(loaded, "rejected").sentence
    assert "超过 1 公里" in sentence and "“坐标是什么”" in sentence and "--crs" not in sentence


def test_a_village_without_outline_is_believed(toy: ToyDatabase) -> None:
    loaded = load(toy, [row(village="西街居委会")])
    assert state(toy) == ("unlocated", None, f"{WEST}001")
    assert loaded.as_json()["outside"] == 0


def test_projected_coordinates_name_their_axes(toy: ToyDatabase) -> None:
    from pyproj import Transformer

    x, y = Transformer.from_crs(4490, 4528, always_xy=True).transform(120.0051, 45.0051)
    rows = [{"房屋编号": "X-1", "行政村": "西一村", "户主姓名": "甲", "Y": f"{x:.4f}", "X": f"{y:.4f}"}]
    loaded = load(toy, rows, crs="EPSG:4528", columns=("lon=Y", "lat=X"))
    found = house(toy, "X-1")
    assert (round(found.lon, 6), round(found.lat, 6), found.source_crs) == (120.0051, 45.0051, "EPSG:4528")
    assert loaded.as_json()["crs"] == "EPSG:4528"
    # Again in degrees: the same point to seven decimals, so nothing changes.
    again = load(toy, [{"房屋编号": "X-1", "经度": repr(found.lon), "纬度": repr(found.lat)}])
    assert counts(again) == (0, 0, 1, 0)


def test_declared_gcj02_is_undone_at_the_door(toy: ToyDatabase) -> None:
    x, y = lonlat_to_gcj02(np.array([120.0051]), np.array([45.0051]))
    load(toy, [row(lon=x[0], lat=y[0])], crs="gcj02")
    found = house(toy, "X-1")
    assert (round(found.lon, 5), round(found.lat, 5), found.location_state) == (120.0051, 45.0051, "located")


def test_gcj02_outside_china_is_refused(toy: ToyDatabase) -> None:
    with pytest.raises(BadInput, match="中国范围之外"):
        load(toy, [row(lon=9.5, lat=47.1)], crs="gcj02")


def spread_rows(shift: float, houses: int = 60) -> list[dict[str, Any]]:
    """Houses over all villages; ``shift`` is the share that carries the offset of a web map."""
    rng = np.random.default_rng(7)
    rows = []
    for n in range(houses):
        name = list(VILLAGES)[n % len(VILLAGES)]
        west, south, east, north = village_box(name)
        x, y = np.array([rng.uniform(west, east)]), np.array([rng.uniform(south, north)])
        if n < shift * houses:
            x, y = lonlat_to_gcj02(x, y)
        rows.append(row(f"S-{n}", x[0], y[0], village=f"{name}村"))
    return rows


def test_a_systematic_shift_is_reported(toy: ToyDatabase) -> None:
    loaded = load(toy, spread_rows(1.0))
    assert loaded.as_json()["shift"] == "gcj02"
    (told,) = [fault for fault in loaded.faults if "整体偏移" in fault.sentence]
    assert "60 栋" in told.sentence and told.column == "经度、纬度"
    # What the import page has; a command adds its option.
    assert "在“坐标是什么”中选“GCJ-02（高德、腾讯地图）”" in told.sentence and "--" not in told.sentence
    assert "“坐标是什么”（--crs）中选“GCJ-02（高德、腾讯地图）”（gcj02）" in in_report(told).sentence


def test_a_systematic_shift_is_told_of_the_columns_as_the_file_calls_them(toy: ToyDatabase) -> None:
    names = {"经度": "东经", "纬度": "北纬"}
    rows = [{names.get(name, name): value for name, value in one.items()} for one in spread_rows(1.0)]
    loaded = load(toy, rows)
    assert [fault.column for fault in loaded.faults if "整体偏移" in fault.sentence] == ["东经、北纬"]


@pytest.mark.parametrize(("shift", "houses"), [(0.0, 60), (0.2, 60), (1.0, 49)])
def test_no_shift_is_reported_without_reason(toy: ToyDatabase, shift: float, houses: int) -> None:
    assert load(toy, spread_rows(shift, houses)).as_json()["shift"] is None


def test_a_shift_undone_by_declaration_is_not_reported(toy: ToyDatabase) -> None:
    loaded = load(toy, spread_rows(1.0), crs="gcj02")
    assert loaded.as_json()["shift"] is None and loaded.as_json()["misplaced"] == 0


def test_polygons_give_a_point_inside_them(toy: ToyDatabase, tmp_path: Path) -> None:
    import geopandas as gpd
    import shapely

    ring = shapely.Polygon(
        [
            (120.001, 45.001),
            (120.004, 45.001),
            (120.004, 45.002),
            (120.002, 45.002),
            (120.002, 45.004),
            (120.001, 45.004),
        ]
    )
    gpd.GeoDataFrame({"house_code": ["X-1"], "head": ["甲"], "village": ["西一村"]}, geometry=[ring], crs=4490).to_file(
        tmp_path / "x.geojson"
    )
    load(toy, tmp_path / "x.geojson")
    found = house(toy, "X-1")
    assert ring.covers(shapely.Point(found.lon, found.lat)) and found.location_state == "located"


def test_a_crs_that_contradicts_the_files_own_is_refused(toy: ToyDatabase, tmp_path: Path) -> None:
    import geopandas as gpd
    import shapely

    frame = gpd.GeoDataFrame(
        {"house_code": ["X-1"], "head": ["甲"]}, geometry=[shapely.Point(120.005, 45.005)], crs=4326
    )
    frame.to_file(tmp_path / "x.gpkg")
    with pytest.raises(BadInput):
        load(toy, tmp_path / "x.gpkg", crs="EPSG:4528")


@pytest.mark.parametrize("area", ["", WEST])
@pytest.mark.parametrize("place", [{"乡镇": "东河乡", "行政村": "北九村"}, {"乡镇": "西山镇", "行政村": "北九村"}])
def test_a_village_that_nobody_understands_agrees_with_no_point(
    toy: ToyDatabase, tmp_path: Path, area: str, place: dict[str, str]
) -> None:
    ledger = [{**row(lon=120.0051, lat=45.0051), **place}]
    loaded = load(toy, ledger, area=area)
    assert counts(loaded) == (1, 0, 0, 0) and loaded.as_json()["misplaced"] == 1
    assert state(toy) == ("disputed", "misplaced", WEST_1)
    # New outlines do not settle what a name means.
    load_villages(toy, tmp_path, 0.011)
    assert state(toy) == ("disputed", "misplaced", WEST_1)
    assert counts(load(toy, ledger, area=area)) == (0, 0, 1, 0)
    # The name put right does.
    assert counts(load(toy, [row(lon=120.0051, lat=45.0051)], area=area)) == (0, 1, 0, 0)
    assert state(toy) == ("located", None, WEST_1)


def test_a_townships_rows_of_its_neighbour_never_cost_the_whole_ledger(toy: ToyDatabase) -> None:
    beyond, near = {"lon": 120.0351, "lat": 45.0051}, {"lon": 120.0251, "lat": 45.0052}
    ledger = [
        row("X-1", village="东一村", 乡镇="东河乡", **beyond),
        row("", village="东一村", 乡镇="东河乡", 户主姓名="另户", **near),
        row("X-2", lon=120.0051, lat=45.0051),
        {"房屋编号": "X-3", "经度": 120.0352, "纬度": 45.0051},
        row("X-5", village="北九村", 乡镇="北山镇", **near),
    ]
    loaded = load(toy, ledger, area=WEST)
    assert counts(loaded) == (2, 0, 0, 3)
    told = sentences(loaded, "rejected")
    assert sum("别的辖区" in one for one in told) == 2 and sum("您的辖区以外" in one for one in told) == 1
    # What nobody understands stays with who loads it.
    kept = query(toy, "SELECT scope_code, location_state FROM house WHERE code <> 'X-2' AND declared_code IS NULL")
    assert [tuple(one) for one in kept] == [(WEST, "disputed")]
    # A known house whose point moves there does not take the ledger down either.
    load(toy, [{"房屋编号": "X-4", "经度": 120.0053, "纬度": 45.0051}], area=WEST)
    assert counts(load(toy, [{"房屋编号": "X-4", "经度": 120.0353, "纬度": 45.0051}], area=WEST)) == (0, 1, 0, 0)
    assert state(toy, "X-4")[:2] == ("disputed", "outside") and house(toy, "X-4").scope_code == f"{WEST}201"


def test_a_ledger_does_not_push_a_house_to_the_neighbour_that_declares_it(toy: ToyDatabase) -> None:
    """争-1 lies in 东一村 and is declared in 西一村; its point moves out of 东河乡: it waits there for a person."""
    before = house(toy, "争-1").scope_code
    assert before == VILLAGES["东一"][0]
    moved = [{"房屋编号": "争-1", "经度": 120.005, "纬度": 45.005}]
    assert counts(load(toy, moved, area=EAST)) == (0, 1, 0, 0)
    assert state(toy, "争-1")[:2] == ("disputed", "outside") and house(toy, "争-1").scope_code == before
    # It stands among those to be checked; the county, which sees both sides, puts it where its point lies.
    with toy.transaction() as session:
        there = Point(120.005, 45.005)
        version = house(toy, "争-1").version
        settle_location(session, toy.actor(), "争-1", verdict="moved", version=version, point=there)
    assert state(toy, "争-1") == ("located", "confirmed", WEST_1) and house(toy, "争-1").scope_code == WEST_1


@pytest.mark.parametrize("crs", [None, "EPSG:4528"])
def test_one_point_of_a_map_file_that_lies_nowhere_is_told_and_the_others_are_placed(
    toy: ToyDatabase, tmp_path: Path, crs: str | None
) -> None:
    points = [Place(120.0051, 45.0051), Place(45.0051, 120.0051)]
    if crs is not None:
        points = [*geopandas.GeoSeries(points[:1], crs="EPSG:4490").to_crs(crs), Place(1e300, 1e300)]
    rows = [{"房屋编号": f"M-{n}", "行政村": "西一村", "户主姓名": f"户{n}"} for n in (1, 2)]
    path = tmp_path / "points.gpkg"
    geopandas.GeoDataFrame(rows, geometry=points, crs=crs or "EPSG:4490").to_file(path)
    loaded = load(toy, path)
    assert counts(loaded) == (2, 0, 0, 0) and loaded.as_json()["unlocated"] == 1, sentences(loaded)
    assert state(toy, "M-1") == ("located", None, WEST_1) and state(toy, "M-2") == ("unlocated", None, WEST_1)
    assert {fault.line for fault in loaded.faults} == {2}, sentences(loaded)
