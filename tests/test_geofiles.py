"""Opening geographic files: every format by its ending, the system they declare, what is refused and how."""

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely
from shapely import box

from geo_housing.errors import BadInput
from geo_housing.geofiles import is_geographic, read_features

SQUARE = box(121.40, 45.60, 121.44, 45.64)


def written(path: Path, *, crs: str = "EPSG:4490", encoding: str | None = None) -> Path:
    frame = geopandas.GeoDataFrame([{"code": "9900", "name": "河口村"}], geometry=[SQUARE], crs="EPSG:4490").to_crs(crs)
    target = path.with_suffix(".shp") if path.suffix == ".zip" else path
    pyogrio.write_dataframe(frame, target, encoding=encoding, driver="KML" if path.suffix == ".kml" else None)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for part in target.parent.glob(f"{target.stem}.*"):
                if part.suffix != ".zip":
                    archive.write(part, f"内层/{part.name}")
    return path


def test_another_ending_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "名单.xlsx").write_bytes(b"PK")
    with pytest.raises(BadInput, match=r"“名单\.xlsx”不是能读取的地图文件"):
        read_features(tmp_path / "名单.xlsx")


@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".shp", ".zip", ".fgb", ".kml"])
def test_each_format_gives_columns_outlines_and_its_system(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path / f"village{ending}", crs="EPSG:4326" if ending in (".geojson", ".kml") else "EPSG:4490")
    assert is_geographic(path)
    features = read_features(path)
    assert len(features) == 1
    assert features.crs in ("EPSG:4326", "EPSG:4490")
    assert shapely.hausdorff_distance(features.geoms[0], SQUARE) < 1e-9
    names = {name.lower(): column for name, column in features.columns.items()}
    assert names["name"] == ["河口村"]


@pytest.mark.parametrize("ending", [".gpkg", ".shp", ".zip", ".fgb"])
def test_a_projected_file_comes_as_degrees(tmp_path: Path, ending: str) -> None:
    features = read_features(written(tmp_path / f"zone{ending}", crs="EPSG:4529"))
    assert features.crs == "EPSG:4529"
    assert shapely.hausdorff_distance(features.geoms[0], SQUARE) < 1e-8


def test_a_stated_system_must_be_the_declared_one(tmp_path: Path) -> None:
    path = written(tmp_path / "a.gpkg", crs="EPSG:4529")
    assert read_features(path, crs="EPSG:4529").crs == "EPSG:4529"
    for crs in ("EPSG:4528", "gcj02", "EPSG:4490"):
        with pytest.raises(BadInput, match="矛盾"):
            read_features(path, crs=crs)
    # WGS 84 and CGCS2000 are equal to the decimetre: no contradiction.
    assert read_features(written(tmp_path / "b.gpkg"), crs="EPSG:4326").crs == "EPSG:4326"


@pytest.mark.parametrize("ending", [".shp", ".zip"])
@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
def test_a_shapefile_without_a_stated_encoding_keeps_chinese_names(tmp_path: Path, ending: str, encoding: str) -> None:
    path = tmp_path / "村界.shp"
    written(path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = 0
    path.with_suffix(".dbf").write_bytes(table)
    if ending == ".zip":
        parts = list(tmp_path.iterdir())
        path = path.with_suffix(".zip")
        with zipfile.ZipFile(path, "w") as archive:
            for part in parts:
                archive.write(part, part.name)
    assert read_features(path).columns["name"] == ["河口村"]


@pytest.mark.parametrize("ending", [".shp", ".zip"])
def test_a_shapefile_without_its_index_names_the_part(tmp_path: Path, ending: str) -> None:
    path = written(tmp_path / "淹没范围.shp")
    path.with_suffix(".shx").unlink()
    if ending == ".zip":
        with zipfile.ZipFile(tmp_path / "范围.zip", "w") as archive:
            for part in list(tmp_path.glob("淹没范围.*")):
                archive.write(part, part.name)
        path = tmp_path / "范围.zip"
    with pytest.raises(BadInput, match=r"淹没范围\.shp 缺少同名的 \.shx"):
        read_features(path)
    written(tmp_path / "大写.shp")
    (tmp_path / "大写.shx").rename(tmp_path / "大写.SHX")
    assert len(read_features(tmp_path / "大写.shp")) == 1


def test_a_stated_encoding_is_believed(tmp_path: Path) -> None:
    path = written(tmp_path / "gbk.shp", encoding="GBK")
    assert path.with_suffix(".cpg").exists()
    assert read_features(path).columns["name"] == ["河口村"]


def test_a_geojson_may_be_a_single_geometry_or_hold_nothing(tmp_path: Path) -> None:
    single = tmp_path / "single.geojson"
    single.write_text(shapely.to_geojson(SQUARE), "utf-8")
    assert len(read_features(single)) == 1
    empty = tmp_path / "empty.geojson"
    empty.write_text(json.dumps({"type": "FeatureCollection", "features": []}), "utf-8")
    assert len(read_features(empty)) == 0


def test_a_crs_member_of_old_geojson_is_read(tmp_path: Path) -> None:
    path = tmp_path / "old.geojson"
    moved = geopandas.GeoSeries([SQUARE], crs="EPSG:4490").to_crs("EPSG:4529").iloc[0]
    content = json.loads(shapely.to_geojson(moved)) | {
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4529"}}
    }
    path.write_text(json.dumps(content), "utf-8")
    features = read_features(path)
    assert features.crs == "EPSG:4529"
    assert shapely.hausdorff_distance(features.geoms[0], SQUARE) < 1e-6


def test_a_truncated_download_is_said_to_be_incomplete(tmp_path: Path) -> None:
    whole = written(tmp_path / "a.geojson", crs="EPSG:4326").read_bytes()
    for ending, sentence in ((".geojson", "不是完整的 JSON"), (".zip", "打不开"), (".gpkg", "打不开|读取失败")):
        path = tmp_path / f"cut{ending}"
        path.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(BadInput, match=sentence):
            read_features(path)


def test_a_missing_file_is_named_without_its_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_features(tmp_path / "absent.gpkg")
    assert caught.value.sentence == "找不到文件 absent.gpkg，请核对路径。"


def test_of_several_shapefiles_in_a_zip_one_must_be_named_and_gbk_names_are_read(tmp_path: Path) -> None:
    for name in ("村界", "乡镇界"):
        written(tmp_path / f"{name}.shp")
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for part in tmp_path.glob("*界.*"):
            # As Windows writes it: the name in GBK, no flag for UTF-8.
            info = zipfile.ZipInfo(f"数据/{part.name}".encode("gb18030").decode("cp437"))
            archive.writestr(info, part.read_bytes())
    path.write_bytes(_rewritten(path.read_bytes()))
    with pytest.raises(BadInput, match=r"有 2 个图层（.*村界.*），请在“文件里的图层”中选定一个"):
        read_features(path)
    assert len(read_features(path, layer="村界")) == 1
    with pytest.raises(BadInput, match="有 2 个图层"):
        read_features(path, layer="县界")


def _rewritten(raw: bytes) -> bytes:
    """The same archive written by hand: local entries and directory with cp437 bytes as they are."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = [(info.filename.encode("cp437"), archive.read(info)) for info in archive.infolist()]
    body, directory = b"", b""
    for name, data in parts:
        head = struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 33, zlib.crc32(data), len(data), len(data), len(name), 0)
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + head + struct.pack("<HHHLL", 0, 0, 0, 0, len(body)) + name
        body += b"PK\x03\x04" + head + name + data
    end = struct.pack("<HHHHLLH", 0, 0, len(parts), len(parts), len(directory), len(body), 0)
    return body + directory + b"PK\x05\x06" + end


def test_a_zip_without_a_map_says_so(tmp_path: Path) -> None:
    path = tmp_path / "papers.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(BadInput, match="没有 Shapefile"):
        read_features(path)


def test_latitude_before_longitude_is_told_from_a_wrong_system(tmp_path: Path) -> None:
    for square, sentence in (
        (box(45.60, 121.40, 45.64, 121.44), "经纬度好像写反了"),
        (box(4e5, 5e6, 4.1e5, 5.1e6), "请选定“坐标系”"),
    ):
        path = tmp_path / "zone.geojson"
        path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(square)}))
        with pytest.raises(BadInput, match=sentence):
            read_features(path)
