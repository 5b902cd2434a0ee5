"""``areas load`` of outlines: recognised layers, coordinate systems, repairs, what is refused."""

import json
import re
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import pytest
import shapely
from shapely import MultiPolygon, Point, Polygon, box

from geo_housing.areas.report import write_load_report
from geo_housing.errors import BadInput
from geo_housing.geofiles import read_features
from geo_housing.geometry import area_m2, gcj02_to_bd09, lonlat_to_gcj02
from tests.areas.conftest import Desk

SQUARE = box(121.40, 45.60, 121.44, 45.64)
BOW_TIE = Polygon([(121.0, 45.0), (121.1, 45.1), (121.1, 45.0), (121.0, 45.1), (121.0, 45.0)])


def village(code: str = "990002100201", name: str = "河口村委会") -> dict[str, str]:
    return {"code": code, "name": name}


def test_an_outline_added_to_a_listed_village_is_an_update_and_then_unchanged(listed: Desk) -> None:
    path = listed.geojson((SQUARE, village()))
    first, again = listed.load(path, "village"), listed.load(path, "village")
    assert (first.read, first.loaded, first.updated, first.unchanged, first.rejected) == (1, 0, 1, 0, 0)
    assert (again.updated, again.unchanged) == (0, 1)
    stored = listed.stored("village")["990002100201"].geom
    assert stored is not None
    assert shapely.equals(stored, SQUARE)
    assert listed.sql("SELECT area_m2 FROM area WHERE code = '990002100201'")[0][0] == pytest.approx(area_m2(SQUARE))


@pytest.mark.parametrize(
    "properties",
    [
        {"XZQDM": "990002100201", "XZQMC": "河口村委会"},
        {"zldwdm": "9900021002010000000", "zldwmc": "河口村委会"},
        {"QSDWDM": "9900021002010010001", "QSDWMC": "河口村委会"},
        # The township's columns stand first in a survey layer of villages: their codes are too short for the level.
        {"XZQDM": "990002100", "XZQMC": "东风镇", "ZLDWDM": "9900021002010000000", "ZLDWMC": "河口村委会"},
    ],
)
def test_layers_of_the_natural_resources_bureau_are_recognised(listed: Desk, properties: dict[str, str]) -> None:
    path = listed.folder / "CJDCQ.gpkg"
    frame = geopandas.GeoDataFrame([properties], geometry=[SQUARE], crs="EPSG:4490")
    frame.to_file(path, engine="pyogrio")
    loaded = listed.load(path, "village")
    assert (loaded.updated, loaded.rejected, loaded.crs) == (1, 0, "EPSG:4490")
    assert listed.names("village")["990002100201"] == "河口村委会"


def test_a_shapefile_in_gbk_without_a_code_page_keeps_its_chinese_names(listed: Desk) -> None:
    path = listed.folder / "村界.shp"
    frame = geopandas.GeoDataFrame([{"XZQDM": "990002100203", "XZQMC": "镇前村"}], geometry=[SQUARE], crs="EPSG:4490")
    pyogrio.write_dataframe(frame, path, encoding="GBK")
    path.with_suffix(".cpg").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = 0  # no language either
    path.with_suffix(".dbf").write_bytes(table)
    assert listed.load(path, "village").loaded == 1
    assert listed.names("village")["990002100203"] == "镇前村"


def test_a_projected_file_is_measured_in_its_own_system(listed: Desk) -> None:
    path = listed.folder / "zone41.gpkg"
    frame = geopandas.GeoDataFrame([village()], geometry=[SQUARE], crs="EPSG:4490").to_crs("EPSG:4529")
    frame.to_file(path, engine="pyogrio")
    assert listed.load(path, "village").crs == "EPSG:4529"
    stored = listed.stored("village")["990002100201"].geom
    assert shapely.hausdorff_distance(stored, SQUARE) < 1e-8


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_declared_offsets_are_undone(listed: Desk, crs: str) -> None:
    def shifted(points: np.ndarray) -> np.ndarray:  # type: ignore[type-arg] # coordinates
        lon, lat = lonlat_to_gcj02(points[:, 0], points[:, 1])
        if crs == "bd09":
            lon, lat = gcj02_to_bd09(lon, lat)
        return np.column_stack([lon, lat])

    moved = shapely.transform(SQUARE, shifted)
    assert shapely.hausdorff_distance(moved, SQUARE) > 0.003
    path = listed.geojson((moved, village()))
    first, again = listed.load(path, "village", crs=crs), listed.load(path, "village", crs=crs)
    assert (first.crs, first.updated, again.unchanged) == (crs, 1, 1)
    stored = listed.stored("village")["990002100201"].geom
    assert shapely.hausdorff_distance(stored, SQUARE) < 1e-8


def test_an_offset_outside_china_is_refused(listed: Desk) -> None:
    path = listed.geojson((box(9.4, 47.0, 9.6, 47.2), village()))
    with pytest.raises(BadInput, match="gcj02，但坐标在中国范围之外"):
        listed.load(path, "village", crs="gcj02")


def test_a_system_that_contradicts_the_file_is_refused(listed: Desk) -> None:
    declared = listed.geojson((SQUARE, village()), crs="urn:ogc:def:crs:OGC:1.3:CRS84")
    with pytest.raises(BadInput, match="自带坐标系 EPSG:4326，与所选的 gcj02 矛盾"):
        listed.load(declared, "village", crs="gcj02")
    # Without a crs member the person may say what the coordinates are.
    silent = listed.geojson((SQUARE, village()))
    assert listed.load(silent, "village", crs="EPSG:4490").crs == "EPSG:4490"


@pytest.mark.parametrize(("crs", "sentence"), [("EPSG:999999", "没有 EPSG:999999"), ("wgs", "无法识别")])
def test_an_unknown_system_is_refused(listed: Desk, crs: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        listed.load(listed.geojson((SQUARE, village())), "village", crs=crs)


def test_metres_without_a_system_are_refused_with_an_example(listed: Desk) -> None:
    path = listed.geojson((box(41389000, 5050000, 41390000, 5051000), village()))
    with pytest.raises(BadInput, match=r"不是经纬度.*如 EPSG:4529"):
        listed.load(path, "village")
    assert listed.stored("village")["990002100201"].geom is None


def test_a_crossed_ring_is_repaired_and_both_areas_are_reported(listed: Desk) -> None:
    loaded = listed.load(listed.geojson((BOW_TIE, village())), "village")
    (row,) = loaded.repaired
    assert row.repair is not None and "自相交" in row.repair.sentence
    before, after = row.repair.before_m2, row.repair.after_m2
    assert (loaded.updated, loaded.rejected) == (1, 0)
    # The two wings of the bow tie wind in opposite directions and cancel out before the repair.
    assert before == pytest.approx(0, abs=area_m2(BOW_TIE.convex_hull) / 100)
    assert after == pytest.approx(area_m2(BOW_TIE.convex_hull) / 2, rel=0.01)
    assert listed.sql("SELECT ST_IsValid(geom) FROM area WHERE code = '990002100201'") == [(True,)]
    again = listed.load(listed.geojson((BOW_TIE, village())), "village")
    assert (again.unchanged, len(again.repaired)) == (1, 1)


def test_what_is_no_area_is_a_row_error_and_the_rest_is_stored(listed: Desk) -> None:
    flat = Polygon([(121.0, 45.0), (121.1, 45.1), (121.0, 45.0)])
    path = listed.geojson(
        (SQUARE, village()),
        (None, village("990002100202", "山前村委会")),
        (Point(121.4, 45.6), village("990002200201", "柳林村委会")),
        (flat, village("990002200202", "榆树村委会")),
        (box(121.5, 45.6, 121.54, 45.64), village(name="山前村委会")),
        (SQUARE.buffer(-0.001), village()),
    )
    loaded = listed.load(path, "village")
    assert (loaded.read, loaded.updated, loaded.rejected) == (6, 1, 5)
    assert [fault.sentence for fault in loaded.faults] == [
        "这一条没有边界，未装入；只装名称请用 CSV。",
        "边界应为面，这里是 Point。",
        "边界修复后没有面积，未装入。",
        "代码与第 1 行重复，只采用第一次出现的。",
        "代码与第 1 行重复，只采用第一次出现的。",
    ]


def test_several_parts_and_holes_are_kept(listed: Desk) -> None:
    shape = MultiPolygon([SQUARE.difference(box(121.41, 45.61, 121.42, 45.62)), box(121.5, 45.6, 121.51, 45.61)])
    listed.load(listed.geojson((shape, village())), "village")
    stored = listed.stored("village")["990002100201"].geom
    assert stored is not None
    assert shapely.equals(stored, shape)


def test_only_what_fulfils_the_condition_is_read(listed: Desk) -> None:
    path = listed.geojson(
        (SQUARE, village() | {"admin_level": "8"}), (box(121, 45, 122, 46), {"code": "990002", "admin_level": "6"})
    )
    loaded = listed.load(path, "village", where="admin_level = '8'")
    assert (loaded.read, loaded.updated) == (1, 1)
    with pytest.raises(BadInput, match="--where"):
        listed.load(path, "village", where="no such thing (")
    with pytest.raises(BadInput, match="读到 0 条"):
        listed.load(path, "village", where="admin_level = '3'")


def test_of_several_layers_one_must_be_named(listed: Desk) -> None:
    path = listed.folder / "two.gpkg"
    for layer in ("XZQ", "DLTB"):
        frame = geopandas.GeoDataFrame([village()], geometry=[SQUARE], crs="EPSG:4490")
        frame.to_file(path, layer=layer, engine="pyogrio")
    with pytest.raises(BadInput, match="有 2 个图层（XZQ、DLTB），请在“文件里的图层”中选定一个"):
        listed.load(path, "village")
    with pytest.raises(BadInput, match="没有图层“JZD”"):
        listed.load(path, "village", layer="JZD")
    assert listed.load(path, "village", layer="XZQ").updated == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([{"type": "Feature"}], "最外层是数组"),
        ({"error": {"code": 400}, "generated_at": 1}, "出错信息"),
        ({"coordinates": [], "name": "x"}, r"没有 GeoJSON 的 type（只有 coordinates、name）"),
        ("hello", "不是 GeoJSON"),
    ],
)
def test_json_that_is_no_geojson_is_refused_by_what_it_is(listed: Desk, content: object, sentence: str) -> None:
    path = listed.folder / "x.json"
    path.write_text(json.dumps(content), "utf-8")
    with pytest.raises(BadInput, match=sentence):
        listed.load(path, "county")


@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".shp", ".zip", ".fgb", ".kml"])
def test_a_file_that_is_not_what_its_ending_says_is_refused(listed: Desk, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"damaged{ending}"
    path.write_bytes(b"PK\x03\x04 something went wrong on the way")
    with pytest.raises(BadInput, match=re.escape(path.name)):
        listed.load(path, "county")


def test_a_layer_without_names_keeps_the_stored_name_and_a_new_one_is_called_by_its_code(listed: Desk) -> None:
    path = listed.geojson((SQUARE, {"code": "990002100201"}), (box(121.5, 45.6, 121.6, 45.7), {"code": "990002100299"}))
    listed.load(path, "village")
    names = listed.names("village")
    assert (names["990002100201"], names["990002100299"]) == ("河口村委会", "990002100299")
    listed.load(listed.csv("990002100299,补名村委会,village,990002100"), "village")
    listed.load(path, "village")
    assert listed.names("village")["990002100299"] == "补名村委会"


@pytest.mark.parametrize("wrong", [box(41389000, 5050000, 41390000, 5051000), box(45.60, 121.40, 45.64, 121.44)])
def test_one_outline_in_another_system_is_refused_alone(listed: Desk, wrong: Polygon) -> None:
    path = listed.geojson((SQUARE, village()), (wrong, village("990002100202", "河湾村委会")))
    loaded = listed.load(path, "village")
    assert (loaded.read, loaded.updated, loaded.rejected) == (2, 1, 1)
    (fault,) = loaded.faults
    assert (fault.line, fault.value) == (2, "990002100202") and "不是经纬度，坐标系不对" in fault.sentence
    assert listed.stored("village")["990002100202"].geom is None


def test_degrees_that_were_called_metres_are_no_outline(listed: Desk) -> None:
    path = listed.geojson((SQUARE, village()))
    with pytest.raises(BadInput) as refused:
        listed.load(path, "village", crs="EPSG:32651")
    assert "不到 1 ㎡" in refused.value.faults[0].sentence
    assert listed.stored("village")["990002100201"].geom is None


def test_a_file_that_is_taken_whole_names_the_shape_that_lies_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    frame = geopandas.GeoDataFrame(geometry=[SQUARE, box(1000, 1000, 1001, 1001)], crs="EPSG:4326")
    frame.to_file(path)
    with pytest.raises(BadInput, match=r"第 2 条的坐标（1001, 1000）不是经纬度，其他的是"):
        read_features(path)


def test_an_outline_of_the_next_zone_is_refused_where_the_township_has_one(listed: Desk) -> None:
    listed.load(
        listed.geojson((box(121.38, 45.58, 121.46, 45.66), {"code": "990002100", "name": "河口镇"})), "township"
    )
    near, wrong = box(121.47, 45.60, 121.48, 45.61), shapely.affinity.translate(SQUARE, 3.0)
    loaded = listed.load(listed.geojson((near, village()), (wrong, village("990002100202", "河湾村委会"))), "village")
    assert (loaded.updated, loaded.rejected) == (1, 1), loaded.faults
    (fault,) = loaded.faults
    assert fault.line == 2 and re.search(r"东风镇的边界约 2\d\d 公里，坐标系可能不对", fault.sentence), fault.sentence
    assert listed.stored("village")["990002100202"].geom is None


def test_an_outline_renames_no_listed_village_and_its_other_name_is_told(listed: Desk) -> None:
    path = listed.geojson((SQUARE, village(name="河湾村")))
    for loaded in (listed.load(path, "village"), listed.load(path, "village")):
        (note,) = loaded.notes
        assert (note.line, note.value, loaded.rejected) == (1, "990002100201", 0)
        assert "990002100201 河口村委会" in note.sentence and "“河湾村”，名称没有改动" in note.sentence
    assert listed.names("village")["990002100201"] == "河口村委会"
    report = write_load_report(listed.folder / "reports", path.name, loaded.faults, loaded.repaired, loaded.notes)
    assert report is not None and "河湾村" in report.read_text("utf-8-sig")
    # Another word for the same unit is not asked about.
    assert not listed.load(listed.geojson((SQUARE, village(name="河口村民委员会"))), "village").notes
    renamed = listed.folder / "名单.csv"
    renamed.write_text("代码,名称\n990002100201,河湾村委会\n", "utf-8")
    listed.load(renamed, "village")
    assert listed.names("village")["990002100201"] == "河湾村委会"


def test_a_refused_outline_leaves_its_code_to_the_next_row(listed: Desk) -> None:
    listed.load(listed.geojson((box(121.38, 45.58, 121.46, 45.66), {"code": "990002100"})), "township")
    loaded = listed.load(
        listed.geojson((shapely.affinity.translate(SQUARE, 3.0), village()), (SQUARE, village())), "village"
    )
    assert (loaded.updated, [fault.line for fault in loaded.faults]) == (1, [1])


@pytest.mark.parametrize(
    "pieces",
    [
        # A land survey: units of a village with codes and names of their own; two of them overlap a little.
        [("9900021002010000001", "河口村一组"), ("9900021002010000002", "河口村二组"), ("9900021002010000003", "")],
        # A multipolygon taken apart.
        [("990002100201", "河口村委会"), ("990002100201", "河口村"), ("990002100201", "河口村民委员会")],
    ],
)
def test_pieces_of_one_outline_are_put_together_and_said(listed: Desk, pieces: list[tuple[str, str]]) -> None:
    shapes = [box(121.40, 45.60, 121.42, 45.64), box(121.42, 45.60, 121.44, 45.62), box(121.46, 45.60, 121.47, 45.61)]
    other = (box(121.48, 45.60, 121.50, 45.62), village("990002100202", "山前村委会"))
    made = [(shape, {"ZLDWDM": code, "ZLDWMC": name}) for shape, (code, name) in zip(shapes, pieces, strict=True)]
    loaded = listed.load(listed.geojson(made[0], (other[0], {"ZLDWDM": other[1]["code"]}), *made[1:]), "village")
    assert (loaded.read, loaded.updated, loaded.rejected) == (4, 2, 0), loaded.faults
    assert loaded.notes[0].sentence == "边界由文件中的 3 条合并而成（第 1、3、4 条）。"
    stored = listed.stored("village")["990002100201"].geom
    assert stored is not None and shapely.equals(stored, shapely.union_all(shapes))
    assert listed.names("village")["990002100201"] == "河口村委会"
    if len(pieces[0][0]) == 12:
        assert listed.load(listed.geojson(made[2], made[0], made[1]), "village").unchanged == 1
