"""数据说明: what each file says about itself, what a Shapefile cannot hold, the 3-degree zone, for whom it is."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pyarrow.parquet
import pyogrio
import pyproj
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from geo_housing.exports.formats import FORMATS, format_of
from geo_housing.exports.notes import SKETCH, zone_meridian, zone_warning
from geo_housing.exports.service import metadata, prepare
from geo_housing.exports.shapefile import CUT, NAME_LETTERS, TEXT_BYTES, short_names, shortened
from geo_housing.geometry import zone_of_longitude
from geo_housing.layers.catalogue import LAYERS
from geo_housing.layers.filters import EVERYTHING
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event
from tests.toy_county import COUNTY, WEST

LONG = "这户人家的情况说明写得很长，" * 30


@pytest.fixture(scope="module")
def county(varied: ToyDatabase) -> TestClient:
    return varied.browser(varied.member("county", COUNTY))


def last_export(raw: psycopg.Connection) -> dict[str, Any]:
    row = raw.execute(
        "SELECT counts FROM journal_entry WHERE action = 'export.made' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert row is not None
    return dict(row[0])


@pytest.mark.parametrize("layer", LAYERS)
def test_a_shapefile_opens_with_utf_8_and_short_names_that_a_table_explains(
    county: TestClient, tmp_path: Path, layer: str
) -> None:
    path = tmp_path / "file.zip"
    path.write_bytes(county.get(f"/api/v1/{layer}.zip").content)
    archive = zipfile.ZipFile(path)
    assert archive.read(f"{layer}.cpg").strip() == b"UTF-8"
    told = pyogrio.read_info(f"/vsizip/{path}")
    fields = list(told["fields"])
    assert told["encoding"] == "UTF-8" and all(0 < len(name) <= NAME_LETTERS for name in fields)
    assert len({name.lower() for name in fields}) == len(fields)
    table = list(csv.reader(io.StringIO(archive.read(f"{layer}-fields.csv").decode("utf-8-sig"))))
    columns = {column.name: column.label for column in LAYERS[layer].columns}
    assert [row[0] for row in table[1:]] == fields
    assert all(columns[name] == label for _, name, label in table[1:])
    drawn = pyogrio.read_dataframe(f"/vsizip/{path}")
    drawn = drawn[~drawn.geometry.isna()]
    assert not len(drawn) or told["total_bounds"] == pytest.approx(tuple(drawn.total_bounds)), "a map opens there"
    about = archive.read(f"{layer}-about.txt").decode("utf-8-sig")
    assert LAYERS[layer].label in about and "筛选条件：无（全部）" in about and "EPSG:4490" in about
    frame = pyogrio.read_dataframe(f"/vsizip/{path}")
    assert len(frame) == json.loads(archive.read(f"{layer}.json"))["rows"]


@given(st.lists(st.text("abcdefghij_", min_size=1, max_size=24), unique=True, max_size=40))
def test_short_names_never_meet(names: list[str]) -> None:
    some = LAYERS["houses"].columns[0]
    found = short_names([replace(some, name=name) for name in names])
    assert list(found) == names
    assert len({short.lower() for short in found.values()}) == len(names)
    assert all(0 < len(short) <= NAME_LETTERS for short in found.values())


@given(st.text(min_size=TEXT_BYTES + 1, max_size=600))
def test_a_text_is_cut_between_characters_and_says_so(text: str) -> None:
    short = shortened(text)
    assert len(short.encode()) <= TEXT_BYTES and short.endswith(CUT)
    assert text.startswith(short.removesuffix(CUT)) and len(short.encode()) > TEXT_BYTES - 8


def test_a_text_that_is_too_long_for_a_shapefile_stands_beside_it_whole(toy: ToyDatabase, tmp_path: Path) -> None:
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", "")) as raw:
        raw.execute("UPDATE house SET settlement = %s WHERE code = '西一-A'", (LONG,))
    path = tmp_path / "houses.zip"
    path.write_bytes(toy.browser(toy.member("county", COUNTY)).get("/api/v1/houses.zip").content)
    archive = zipfile.ZipFile(path)
    frame = pyogrio.read_dataframe(f"/vsizip/{path}", read_geometry=False).set_index("house_code")
    assert frame.loc["西一-A"]["settlement"] == shortened(LONG)
    table = list(csv.reader(io.StringIO(archive.read("houses-long-texts.csv").decode("utf-8-sig"))))
    assert table[1:] == [["西一-A", "settlement", LONG]]
    assert "1 处文字超过" in archive.read("houses-about.txt").decode("utf-8-sig")


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_tells_what_is_in_it(county: TestClient, ending: str) -> None:
    query = {"area": WEST, "risk": "C,D", "occupancy": "lived_in"}
    told = county.get(f"/api/v1/houses.{ending}-metadata.json", params=query).json()
    file = county.get(f"/api/v1/houses.{ending}", params=query)
    assert told["filter_text"] == (
        f"区域：西山镇（{WEST}）；危险等级：C级、D级；有人居住（居住状况不明或核实已过期的也算）"
    )
    assert str(told["rows"]) == file.headers["x-geo-housing-rows"]
    assert told["crs"] == file.headers["x-geo-housing-crs"] and told["maker"]
    whole = county.get(f"/api/v1/houses.{ending}-metadata.json").json()
    left_out = [note for note in whole["notes"] if "不在本文件内" in note]
    assert bool(left_out) is not FORMATS[ending].holds_all, "one house has no point"
    if ending == "geojson":
        assert file.json()["geo_housing"]["filter_text"] == told["filter_text"]


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "parquet", "xlsx", "zip"])
def test_that_nobody_has_said_the_purpose_stands_in_the_file(county: TestClient, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"houses.{ending}"
    for query, said in (({}, "接口导出，未写用途"), ({"area": WEST, "public": "1"}, None)):
        path.write_bytes(county.get(f"/api/v1/houses.{ending}", params=query).content)
        assert _purpose_in(path) == said


def _purpose_in(path: Path) -> str | None:
    found: str | None = None
    if path.suffix == ".geojson":
        found = json.loads(path.read_bytes())["geo_housing"].get("purpose")
    elif path.suffix == ".gpkg":
        found = pyogrio.read_info(path)["layer_metadata"].get("purpose")
    elif path.suffix == ".parquet":
        found = json.loads(pyarrow.parquet.read_schema(path).metadata[b"geo_housing"]).get("purpose")
    elif path.suffix == ".xlsx":
        notes = openpyxl.load_workbook(path)["数据说明"]
        found = next((row[1].value for row in notes.iter_rows() if row[0].value == "用途"), None)
    else:
        lines = zipfile.ZipFile(path).read("houses-about.txt").decode("utf-8-sig").splitlines()
        found = next((line.removeprefix("用途：") for line in lines if line.startswith("用途：")), None)
    return found


def test_a_file_of_an_event_tells_the_houses_of_uncertain_place_that_it_does_not_hold(
    toy: ToyDatabase, tmp_path: Path
) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"])
    county = toy.browser(toy.member("county", COUNTY))
    found, beside = (
        county.get("/api/v1/houses.geojson", params={"event": event, **more}).json()
        for more in ({}, {"uncertain": "1"})
    )
    assert len(found["features"]) == 6 and any("另涉及 2 栋位置不确定" in one for one in found["geo_housing"]["notes"])
    # 争-1; 无-1 has no point and no place in such a file.
    assert len(beside["features"]) == 1 and not any("另涉及" in one for one in beside["geo_housing"]["notes"])
    everything = county.get("/api/v1/houses.geojson").json()["geo_housing"]
    assert not any("另涉及" in one for one in everything.get("notes", ()))


def test_files_of_the_demo_say_that_they_are_a_sketch(varied: ToyDatabase) -> None:
    with varied.transaction() as session:
        export = prepare(session, varied.actor(), layer=LAYERS["houses"], format=format_of("gpkg"), wanted=EVERYTHING)
    assert SKETCH not in metadata(export)["notes"]
    assert metadata(replace(export, is_demo=True))["notes"][0] == SKETCH


# The zone.


@given(st.floats(74, 135), st.floats(0, 3))
def test_the_zone_is_that_of_the_nearest_meridian_and_crossing_its_border_is_told(west: float, wide: float) -> None:
    east = west + wide
    srid = zone_of_longitude((west + east) / 2)
    meridian = zone_meridian(srid)
    assert meridian is not None
    # What PROJ says about the zone itself.
    operation = pyproj.CRS.from_epsg(srid).coordinate_operation
    assert operation is not None
    assert meridian in [part.value for part in operation.params if part.name == "Longitude of natural origin"]
    inside = meridian - 1.5 <= west and east < meridian + 1.5
    assert (zone_warning(srid, west, east) is None) is inside


def test_at_121_and_a_half_degrees_the_zones_of_tuquan_meet() -> None:
    assert (zone_of_longitude(121.49), zone_of_longitude(121.51)) == (4528, 4529)
    assert zone_warning(4528, 120.8, 121.4) is None and zone_warning(4529, 121.6, 122.2) is None
    crossing = zone_warning(4528, 120.8, 122.0)
    assert crossing is not None and "121.5°" in crossing
    other = zone_warning(4529, 120.8, 121.4)
    assert other is not None and "EPSG:4528" in other
    beside = zone_warning(4530, 120.8, 122.0)
    assert beside is not None and "西侧应用 EPSG:4528，东侧应用 EPSG:4529" in beside and "只适合" not in beside
    assert zone_warning(4490, 120.8, 122.0) is None


def test_auto_takes_the_zone_of_the_rows_and_warns_where_they_lie_in_two(toy: ToyDatabase, tmp_path: Path) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    path = tmp_path / "houses.gpkg"
    path.write_bytes(county.get("/api/v1/houses.gpkg", params={"crs": "auto"}).content)
    frame = pyogrio.read_dataframe(path)
    assert frame.crs.to_epsg(min_confidence=20) == 4528
    assert frame.geometry.x.between(40_000_000, 41_000_000).all()
    assert "跨过" not in json.dumps(pyogrio.read_info(path)["layer_metadata"], ensure_ascii=False)
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", "")) as raw:
        raw.execute("UPDATE house SET geom = ST_SetSRID(ST_MakePoint(122.6, 45.0), 4490) WHERE code = '东四-0'")
    told = county.get("/api/v1/houses.zip-metadata.json", params={"crs": "auto"}).json()
    assert told["crs"] == "EPSG:4528" and any("121.5°" in note for note in told["notes"])
    told = county.get("/api/v1/houses.zip-metadata.json", params={"crs": "EPSG:4529", "area": WEST}).json()
    assert any("应改用 EPSG:4528" in note for note in told["notes"])


# For whom and what for.


def test_the_purpose_is_asked_for_names_and_for_a_whole_county_and_kept_in_the_journal(
    varied: ToyDatabase, county: TestClient, raw: psycopg.Connection
) -> None:
    planner = varied.browser(varied.member("planner", COUNTY))

    def asks(client: TestClient, layer: str = "houses", **query: str) -> bool:
        return bool(client.get(f"/api/v1/{layer}.gpkg-metadata.json", params=query).json()["wants_purpose"])

    assert asks(county) and asks(county, area=WEST), "names of heads"
    assert asks(planner) and asks(planner, risk="C,D"), "house by house, the whole county"
    assert not asks(planner, area=WEST) and not asks(planner, bbox="120,45,120.01,45.01")
    assert not asks(county, "villages") and not asks(county, "village-statistics")
    assert not asks(county, area=WEST, public="1")

    form = {"asked": "risk=C,D", "purpose": "规划院 村庄规划"}
    answer = planner.post("/export/houses.geojson", data=form)
    assert answer.status_code == 200 and answer.json()["geo_housing"]["purpose"] == "规划院 村庄规划"
    assert last_export(raw)["purpose"] == "规划院 村庄规划"
    raw.rollback()
    # An address alone says no purpose, and has long been asked by programs: that nobody said one stands in the journal.
    assert planner.get("/api/v1/houses.geojson").status_code == 200
    assert last_export(raw)["purpose"] == "接口导出，未写用途"
    raw.rollback()
    assert planner.get("/api/v1/houses.geojson", params={"area": WEST}).status_code == 200
    assert "purpose" not in last_export(raw)
    raw.rollback()
    body = {"risk": ["C"], "purpose": "县政府 汇报"}
    assert county.post("/api/v1/houses.csv", json=body).status_code == 200
    assert last_export(raw)["purpose"] == "县政府 汇报"
    assert planner.post("/export/houses.geojson", data={"purpose": "长" * 201}).status_code == 422


def test_the_page_takes_the_file_with_the_filter_of_the_map(county: TestClient) -> None:
    answer = county.post("/export/houses.csv", data={"asked": f"area={WEST}&risk=C,D", "crs": "auto", "public": "1"})
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert rows and {row["risk"] for row in rows} <= {"C", "D"} and "head" not in rows[0] and "x" in rows[0]
    assert all(row["area_code"].startswith(WEST) for row in rows)
    assert county.post("/export/houses.csv", data={"asked": "colour=red"}).status_code == 422


def test_a_file_with_the_people_of_families_says_what_blank_and_0_mean(varied: ToyDatabase) -> None:
    county, planner = (varied.browser(varied.member(role, COUNTY)) for role in ("county", "planner"))
    said = "家庭人口按台账原样：空白是没有填，不是没有人"
    for who, is_said in ((county, True), (planner, False)):
        book = openpyxl.load_workbook(io.BytesIO(who.get("/api/v1/houses.xlsx").content))
        cells = [str(cell.value) for row in book["数据说明"] for cell in row]
        assert any(said in cell for cell in cells) == is_said


@pytest.mark.parametrize("role", ["county", "township"])
def test_names_go_out_for_a_purpose_alone_where_one_can_be_said(
    varied: ToyDatabase, raw: psycopg.Connection, role: str
) -> None:
    client = varied.browser(varied.member(role, COUNTY if role == "county" else WEST))
    for ending in FORMATS:
        for sent in (
            client.post(f"/export/houses.{ending}", data={"asked": "risk=C,D", "purpose": "。 "}),
            client.post(f"/api/v1/houses.{ending}", json={"risk": ["C"]}),
        ):
            assert sent.status_code == 422 and "请写明用途" in sent.text, ending
    refused = client.post("/api/v1/houses.csv", json={"risk": ["C"]}).json()
    assert [one["column"] for one in refused["errors"]] == ["purpose"]
    # Without persons nothing is asked, and with a purpose everything is there.
    assert client.post("/api/v1/houses.csv", json={"risk": ["C"], "public": True}).status_code == 200
    raw.rollback()
    named = client.post("/api/v1/houses.csv", json={"risk": ["C"], "purpose": "镇政府 核对"})
    assert named.status_code == 200 and "head" in named.text.partition("\n")[0]
    told = last_export(raw)
    assert told["purpose"] == "镇政府 核对" and told["personal"] is True
    raw.rollback()
    # By its address alone, as programs have long asked, the file comes; what the journal says of it is true.
    assert client.get("/api/v1/houses.csv", params={"risk": "C"}).status_code == 200
    assert last_export(raw)["purpose"] == "接口导出，未写用途"


def test_the_list_of_houses_takes_a_file_with_its_purpose(varied: ToyDatabase, raw: psycopg.Connection) -> None:
    client = varied.browser(varied.member("township", WEST))
    taken = client.post("/export/houses.csv", data={"asked": "risk=C%2CD&occupancy=lived_in", "purpose": "镇里 走访"})
    assert taken.status_code == 200 and int(taken.headers["x-geo-housing-rows"]) > 0
    assert last_export(raw)["purpose"] == "镇里 走访"


def test_names_that_a_program_reads_page_by_page_stand_in_the_journal(
    varied: ToyDatabase, raw: psycopg.Connection
) -> None:
    def pages() -> list[dict[str, Any]]:
        raw.rollback()
        said = (
            "SELECT counts FROM journal_entry WHERE action = 'export.made' AND counts ->> 'format' = 'rows' ORDER BY id"
        )
        return [counts for (counts,) in raw.execute(said)]

    before = len(pages())
    varied.browser(varied.member("planner", COUNTY)).get("/api/v1/houses?limit=5")
    assert len(pages()) == before, "nothing of persons in it"
    county = varied.browser(varied.member("county", COUNTY))
    first = county.get("/api/v1/houses?limit=5&risk=C,D").json()
    assert "head" in first["items"][0]
    second = {"limit": "5", "cursor": first["next"], "purpose": "应急局 核对"}
    assert len(county.get("/api/v1/houses", params=second).json()["items"]) == 5
    told = pages()[before:]
    assert [one["purpose"] for one in told] == ["接口导出，未写用途", "应急局 核对"]
    assert told[0]["filter"] == {"risk": ["C", "D"]} and all(one["rows"] == 5 and one["personal"] for one in told)
    refused = county.get("/api/v1/houses", params={"purpose": "用" * 201})
    assert refused.status_code == 422 and "最多 200 个字" in refused.text
    # A file's address takes one, too.
    assert county.get("/api/v1/houses.geojson", params={"area": WEST, "purpose": "镇政府 核对"}).status_code == 200
    raw.rollback()
    assert last_export(raw)["purpose"] == "镇政府 核对"
