"""Map files that are something else, or made to exhaust: refused with a sentence, nothing else of the machine is read."""

import json
import random
import resource
import sqlite3
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geo_housing import apart, geofiles
from geo_housing.errors import BadInput, Fault, TooLarge
from geo_housing.geofiles import KNOWN_DRIVERS, read_features
from geo_housing.geometry import buffer_metres, repair_polygon
from geo_housing.hazards.sources import ZoneDraft, zones_of_drawing


def test_gdal_knows_only_the_formats_that_are_meant() -> None:
    geofiles.use_known_drivers_only()
    assert set(pyogrio.list_drivers()) == KNOWN_DRIVERS


@pytest.mark.parametrize("ending", ["kml", "gpkg", "fgb"])
def test_a_virtual_source_under_another_name_reads_no_file_of_the_machine(tmp_path: Path, ending: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("house_code,key\nH1,secret\n")
    path = tmp_path / f"x.{ending}"
    path.write_text(
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer>'
        "</OGRVRTDataSource>"
    )
    with pytest.raises(BadInput, match=r"打不开|没有图层"):
        read_features(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"type":"Polygon","coordinates":' + "[" * 100_000 + "]" * 100_000 + "}", "不是完整的 JSON"),
        ('{"type":"FeatureCollection","features":[],"a":' + '{"a":' * 50_000 + "1" + "}" * 50_001, "不是完整的 JSON"),
        ('{"type":"Polygon","coordinates":[[[NaN,46],[121.1,46],[121.1,46.1],[NaN,46]]]}', "图形残缺"),
        ('{"type":"Polygon","coordinates":[[[121,46]]]}', "图形残缺"),
        ('{"type":"Polygon","coordinates":[[[1e400,46],[121.1,46],[121.1,46.1],[1e400,46]]]}', "没有意义"),
    ],
    ids=["nested arrays", "nested objects", "NaN", "one corner", "1e400"],
)
def test_geojson_that_means_nothing_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(content)
    with pytest.raises(BadInput, match=said):
        read_features(path)


@pytest.mark.parametrize("number", [float("inf"), 1e308, 1000.0, -181.0])
@pytest.mark.parametrize("buffer_m", [None, 500.0])
def test_a_drawing_outside_of_the_world_is_a_fault(number: float, buffer_m: float | None) -> None:
    ring = [[number, 46.0], [121.1, 46.0], [121.1, 46.1], [number, 46.0]]
    found = zones_of_drawing({"type": "Polygon", "coordinates": [ring]}, buffer_m=buffer_m)
    assert found.zones == () and "不是经纬度" in found.faults[0].sentence


def test_brackets_within_brackets_are_no_drawing() -> None:
    deep: list[object] = []
    for _ in range(3_000):
        deep = [deep]
    with pytest.raises(BadInput, match="不是有效的 GeoJSON"):
        zones_of_drawing({"type": "Polygon", "coordinates": deep})


def test_heights_of_a_drawing_are_left_out() -> None:
    ring = [[121.0, 46.0, 5.0], [121.1, 46.0, 5.0], [121.1, 46.1, 5.0], [121.0, 46.0, 5.0]]
    (zone,) = zones_of_drawing({"type": "Polygon", "coordinates": [ring]}).zones
    assert isinstance(zone, ZoneDraft) and zone.geom is not None and not zone.geom.has_z


def test_an_outline_that_crosses_itself_everywhere_is_refused_before_it_takes_all_memory() -> None:
    chance = random.Random(1)
    scribble = shapely.Polygon([(121 + chance.random(), 45 + chance.random()) for _ in range(20_000)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TooLarge, match="互相交叉太多"):
        repair_polygon(scribble)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024 < 200


def test_a_scribble_gets_no_buffer_and_a_river_does() -> None:
    chance = random.Random(1)
    scribble = shapely.LineString([(121 + chance.random(), 45 + chance.random()) for _ in range(3_000)])
    with pytest.raises(TooLarge, match="太复杂"):
        buffer_metres(scribble, 500)
    river = shapely.LineString([(121 + i / 3_000, 45 + chance.random() / 1_000) for i in range(3_000)])
    assert buffer_metres(river, 500).contains(river)


def test_a_long_outline_that_crosses_itself_a_few_times_is_still_repaired() -> None:
    ring = [(121 + i / 1e5, 45 + (i % 2) / 1e4) for i in range(5_000)]
    bent = shapely.Polygon([*ring, (121.0, 44.9), (121.02, 45.2)])
    assert not bent.is_valid
    assert repair_polygon(bent).geom is not None


def test_a_file_with_a_shape_outside_of_the_world_stores_nothing_of_it(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1000, 1000]}}
    path = tmp_path / "x.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(BadInput, match="不是经纬度"):
        read_features(path)
    assert isinstance(zones_of_drawing(feature, buffer_m=5.0).faults[0], Fault)


def test_a_name_that_no_disk_takes_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("村" * 100 + ".shp", b"x")
    with pytest.raises(BadInput, match="文件名太长"):
        read_features(path)


def geopackage(path: Path, query: str) -> Path:
    """A GeoPackage whose one layer is a query."""
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(121, 45)], crs=4326).to_file(path, layer="real")
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE VIEW endless AS {query}")
        database.execute("UPDATE gpkg_contents SET table_name = 'endless', identifier = 'endless'")
        database.execute("UPDATE gpkg_geometry_columns SET table_name = 'endless'")
    database.close()
    return path


COUNTING = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT n.i AS fid, {} FROM n, real"


@pytest.mark.parametrize(
    "columns",
    ["real.geom, hex(zeroblob(500000)) AS name", "real.geom, 'a' AS name WHERE n.i < 0"],
    ids=["ever more rows", "never one"],
)
def test_a_geopackage_that_counts_for_ever_ends_with_a_sentence_and_not_with_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    chosen, _, condition = columns.partition(" WHERE ")
    path = geopackage(tmp_path / "x.gpkg", COUNTING.format(chosen) + (f" WHERE {condition}" if condition else ""))
    monkeypatch.setattr(apart, "MOST_SECONDS", 2)
    monkeypatch.setattr(apart, "MOST_MEMORY_BYTES", 2 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TooLarge, match="占用内存或时间太多"):
        read_features(path, layer="endless")
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024 < 100


def test_a_large_file_gives_the_same_features_as_a_small_one_and_is_read_within_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = {"type": "Point", "coordinates": [121, 45]}
    features = [
        {"type": "Feature", "properties": {"名称": name, "n": 1}, "geometry": geometry}
        for name, geometry in (("东一", point), (None, None))
    ]
    path = tmp_path / "x.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    small = read_features(path)
    monkeypatch.setattr(geofiles, "MOST_BYTES_HERE", path.stat().st_size - 1)
    large = read_features(path)
    assert (large.crs, large.layer, large.columns) == (small.crs, small.layer, small.columns)
    assert shapely.equals(large.geoms[0], small.geoms[0]) and large.geoms[1] is None
    monkeypatch.setattr(apart, "MOST_MEMORY_BYTES", 100 << 20)
    with pytest.raises(TooLarge, match="占用内存或时间太多"):
        read_features(path)


def test_what_is_wrong_with_a_large_file_is_said_as_of_a_small_one(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text("[" + " " * geofiles.MOST_BYTES_HERE)
    with pytest.raises(BadInput, match="不是完整的 JSON"):
        read_features(path)
