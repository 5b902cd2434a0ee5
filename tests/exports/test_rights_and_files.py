import io
import json
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import geopandas
import openpyxl
import psycopg
import pyogrio
import pyproj
import pytest
from fastapi.testclient import TestClient

from geo_housing.db import Actor
from geo_housing.errors import BadInput
from geo_housing.exports.formats import FORMATS, format_of
from geo_housing.exports.saving import check_target, saved
from geo_housing.exports.service import prepare
from geo_housing.layers.catalogue import HOUSES, LAYERS
from geo_housing.layers.filters import EVERYTHING
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, WEST

PERSONAL = {"head", "persons", "households", "categories", "monitoring", "traits", "remark", "findings", "visitor"}


@pytest.fixture(scope="module")
def county(varied: ToyDatabase) -> TestClient:
    return varied.browser(varied.member("county", COUNTY))


def columns_of(ending: str, content: bytes, folder: Path) -> set[str]:
    """The columns of a file, read by whoever reads such files."""
    path = folder / f"file.{ending}"
    path.write_bytes(content)
    if ending == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(content))
        return {cell.value for cell in book.worksheets[0][1]}
    if ending == "csv":
        return set(content.decode().splitlines()[0].split(","))
    if ending == "parquet":
        return set(geopandas.read_parquet(path).columns)
    if ending in ("geojson", "geojsonl"):
        texts = [content] if ending == "geojson" else content.splitlines()
        found = json.loads(texts[0]) if texts else {}
        features = found.get("features", [found])
        return set(features[0]["properties"]) if features and features[0] else set()
    return set(pyogrio.read_info(f"/vsizip/{path}" if ending == "zip" else path)["fields"])


@pytest.mark.parametrize("ending", FORMATS)
def test_planners_get_nothing_about_persons_in_any_layer_and_format(
    varied: ToyDatabase, raw: psycopg.Connection, tmp_path: Path, ending: str
) -> None:
    planner = varied.browser(varied.member("planner", COUNTY))
    labels = {column.label for layer in LAYERS.values() for column in layer.columns if column.permission}
    heads = [row[0] for row in raw.execute("SELECT DISTINCT head FROM household WHERE head IS NOT NULL")]
    for name in LAYERS:
        answer = planner.get(f"/api/v1/{name}.{ending}")
        assert answer.status_code == 200, answer.text
        assert not columns_of(ending, answer.content, tmp_path) & (PERSONAL | labels), name
        plain = answer.content
        if zipfile.is_zipfile(io.BytesIO(plain)):
            archive = zipfile.ZipFile(io.BytesIO(plain))
            plain = b"".join(archive.read(part) for part in archive.namelist())
        assert not [head for head in heads if head.encode() in plain], name


def test_an_office_gets_names_unless_it_asks_for_the_public_file(county: TestClient) -> None:
    full = county.get("/api/v1/houses.geojson").json()["features"][0]["properties"]
    public = county.get("/api/v1/houses.geojson", params={"public": "1"}).json()["features"][0]["properties"]
    assert full["head"].startswith("户主")
    assert set(full) - set(public) == {"head"}


@pytest.mark.parametrize("role", ["village", "leader", "technician"])
def test_roles_without_the_right_take_no_file_and_no_ogc_page(varied: ToyDatabase, role: str) -> None:
    client = varied.browser(varied.member(role, f"{EAST}201" if role == "village" else COUNTY))
    assert client.get("/api/v1/houses.csv").status_code == 403
    assert client.get("/ogc/collections/houses/items").status_code == 403
    assert client.get("/api/v1/houses").status_code == 200


def test_a_township_gets_only_its_own_rows_and_may_not_ask_for_others(varied: ToyDatabase) -> None:
    west = varied.browser(varied.member("township", WEST))
    for row in west.get("/api/v1/houses", params={"limit": "500"}).json()["items"]:
        assert row["area_code"].startswith(WEST)
    for feature in west.get("/api/v1/villages.geojson").json()["features"]:
        assert feature["properties"]["code"].startswith(WEST)
    assert west.get("/api/v1/houses.geojson", params={"area": EAST}).status_code == 403


def test_planners_may_not_filter_by_category_or_trait(varied: ToyDatabase) -> None:
    planner = varied.browser(varied.member("planner", COUNTY))
    for query in ({"category": "K1"}, {"trait": "elderly_alone"}):
        assert planner.get("/api/v1/houses", params=query).status_code == 403
    assert planner.get("/api/v1/houses", params={"where": "remark LIKE '%1%'"}).status_code == 422


def test_geojson_keeps_to_rfc_7946(county: TestClient) -> None:
    for name in ("houses", "villages", "townships"):
        text = county.get(f"/api/v1/{name}.geojson").text
        collection = json.loads(text)
        assert "crs" not in collection and '"crs":{' not in text
        ids = [feature["id"] for feature in collection["features"]]
        assert ids and len(set(ids)) == len(ids)
        for feature in collection["features"]:
            assert set(feature) == {"type", "id", "geometry", "properties"}
            for polygon in (feature["geometry"] or {}).get("coordinates", []) if name != "houses" else []:
                ring = polygon[0]
                area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
                assert area > 0, "the outer ring is counter-clockwise"
            if name == "houses":
                assert all(round(value, 7) == value for value in feature["geometry"]["coordinates"])


def test_geojson_with_another_reference_system_is_refused(county: TestClient) -> None:
    answer = county.get("/api/v1/houses.geojson", params={"crs": "EPSG:4529"})
    assert answer.status_code == 422
    assert "RFC 7946" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("ending", "crs"), [("gpkg", None), ("gpkg", 4529), ("parquet", 4528), ("fgb", 4529), ("zip", None), ("gpkg", 5174)]
)
def test_gis_files_open_with_their_rows_and_reference_system(
    county: TestClient, tmp_path: Path, ending: str, crs: int | None
) -> None:
    answer = county.get(f"/api/v1/houses.{ending}", params={"crs": f"EPSG:{crs}"} if crs else {})
    assert answer.status_code == 200, answer.text
    path = tmp_path / f"houses.{ending}"
    path.write_bytes(answer.content)
    frame = geopandas.read_parquet(path) if ending == "parquet" else geopandas.read_file(path)
    assert len(frame) == int(answer.headers["x-geo-housing-rows"]) == 41
    assert int(answer.headers["x-geo-housing-unlocated"]) == 1
    assert frame.crs.to_epsg(min_confidence=20) == (crs or 4490)
    # Degrees of CGCS2000 and WGS 84 have equal numbers, and only from the latter the shift to an older datum is known.
    forth = pyproj.Transformer.from_crs(4326 if crs else 4490, crs or 4490, always_xy=True)
    code = "house_code"
    place = {row[code]: row.geometry for _, row in frame.iterrows()}["西一-A"]
    assert (place.x, place.y) == pytest.approx(forth.transform(120.005, 45.005), abs=1e-3 if crs else 1e-9)


def test_each_file_brings_time_filter_and_rows(county: TestClient, tmp_path: Path) -> None:
    query = {"risk": "C,D"}
    told = {}
    for ending in ("geojson", "gpkg", "parquet", "xlsx", "zip", "fgb"):
        path = tmp_path / f"houses.{ending}"
        path.write_bytes(county.get(f"/api/v1/houses.{ending}", params=query).content)
        if ending == "geojson":
            told[ending] = json.loads(path.read_text())["geo_housing"]
        elif ending == "gpkg":
            told[ending] = {
                k: json.loads(v) if v[:1] in "{[0123456789" and k != "time" else v
                for k, v in pyogrio.read_info(path)["layer_metadata"].items()
            }
        elif ending == "parquet":
            import pyarrow.parquet as pq

            told[ending] = json.loads(pq.read_schema(path).metadata[b"geo_housing"])
        elif ending == "zip":
            told[ending] = json.loads(zipfile.ZipFile(path).read("houses.json"))
        elif ending == "xlsx":
            sheet = openpyxl.load_workbook(path)["数据说明"]
            cells = {row[0].value: row[1].value for row in sheet.iter_rows()}
            assert cells["筛选条件"] and cells["导出时间"] and cells["行数"] == 17
        else:
            assert b'"risk"' in path.read_bytes()
    for ending, values in told.items():
        assert values["rows"] == 17, ending
        assert values["filter"] == {"risk": ["C", "D"]}, ending
        assert values["time"], ending


@pytest.fixture
def actor(varied: ToyDatabase) -> Iterator[Actor]:
    return varied.actor()


@pytest.mark.parametrize("ending", FORMATS)
def test_the_command_writes_every_format_whole_and_replaces_an_older_file(
    varied: ToyDatabase, actor: Actor, tmp_path: Path, ending: str
) -> None:
    target = check_target(tmp_path / f"out.{ending}")
    target.write_text("old")
    heard: list[tuple[int, int]] = []
    with varied.transaction() as session:
        export = prepare(session, actor, layer=HOUSES, format=format_of(ending), wanted=EVERYTHING)
    done = saved(varied.database, export, target, told=lambda rows, total: heard.append((rows, total)))
    assert done.counts.unlocated == 1 and done.rows == (42 if FORMATS[ending].holds_all else 41)
    assert target.read_bytes()[:3] != b"old" and heard[-1][1] == done.rows
    beside = {f"out.{ending}-metadata.json"} if ending in ("csv", "geojsonl") else set()
    assert {path.name for path in tmp_path.iterdir()} == {target.name} | beside


def test_a_failed_export_leaves_the_older_file_and_nothing_beside_it(
    varied: ToyDatabase, actor: Actor, tmp_path: Path
) -> None:
    target = check_target(tmp_path / "out.csv")
    target.write_text("old")
    with varied.transaction() as session:
        export = prepare(session, actor, layer=HOUSES, format=format_of("csv"), wanted=EVERYTHING)

    def interrupted(rows: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        saved(varied.database, export, target, told=interrupted)
    assert target.read_text() == "old" and len(list(tmp_path.iterdir())) == 1


def test_a_target_that_cannot_be_written_is_named_before_anything_is_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "a.csv", Path("/dev/null")):
        with pytest.raises(BadInput):
            check_target(path)


@pytest.mark.parametrize(("role", "area", "above"), [("township", WEST, COUNTY), ("village", f"{WEST}201", WEST)])
def test_an_area_above_ones_own_means_ones_own(varied: ToyDatabase, role: str, area: str, above: str) -> None:
    """An address that the county passed on in a chat opens for whoever gets it, with what is theirs."""
    client = varied.browser(varied.member(role, area))
    for name in LAYERS:
        for ending in ("geojson", "csv", "xlsx"):
            own, asked = (client.get(f"/api/v1/{name}.{ending}{more}") for more in ("", f"?area={above}"))
            assert own.status_code == asked.status_code, (name, ending, asked.text[:200])
            assert own.headers.get("X-Rows") == asked.headers.get("X-Rows"), (name, ending)
    for path in ("/api/v1/houses", "/api/v1/emergency-inspections", "/ogc/collections/houses/items"):
        own, asked = client.get(path), client.get(f"{path}?area={above}")
        assert asked.status_code == own.status_code, (path, asked.text[:200])
    pressed = [client.post("/export/houses.csv", data={"area": of, "purpose": "核对"}) for of in (area, above)]
    assert pressed[0].status_code == pressed[1].status_code
