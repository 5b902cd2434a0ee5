"""Files in which one shape is damaged: it is repaired or refused by itself, whatever else the file holds is stored."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from geo_housing import geofiles
from geo_housing.areas.reading import LoadOptions, read_areas
from geo_housing.errors import BadInput
from geo_housing.geofile_shapes import UNREAD
from geo_housing.geofiles import read_features
from geo_housing.hazards.report import findings, write_report
from geo_housing.hazards.sources import zones_of_drawing, zones_of_file
from geo_housing.houses.spreadsheet.reader import open_ledger
from tests.fixtures.toy import ToyDatabase
from tests.hazards.test_cap import alert, area, info
from tests.toy_county import COUNTY, village_box

WEST, SOUTH, EAST, NORTH = village_box("西一")
CORNERS = [[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH]]
GOOD = {"type": "Polygon", "coordinates": [[*CORNERS, CORNERS[0]]]}
OPEN = {"type": "Polygon", "coordinates": [CORNERS]}
NOT_A_NUMBER = {"type": "Polygon", "coordinates": [[[float("nan"), SOUTH], *CORNERS[1:], [float("nan"), SOUTH]]]}
NAN_WITHIN = {"type": "Polygon", "coordinates": [[CORNERS[0], [float("nan"), SOUTH], *CORNERS[2:], CORNERS[0]]]}
ONE_POINT = {"type": "Polygon", "coordinates": [[CORNERS[0]]]}
TWO_POINTS = {"type": "Polygon", "coordinates": [CORNERS[:2]]}
FAR_OFF = {"type": "Polygon", "coordinates": [[[x * 1000, y] for x, y in [*CORNERS, CORNERS[0]]]]}
DAMAGED = {
    "NaN": NOT_A_NUMBER,
    "NaN within": NAN_WITHIN,
    "one point": ONE_POINT,
    "two points": TWO_POINTS,
    "no degrees": FAR_OFF,
}


def file_of(path: Path, *shapes: dict[str, Any], **said: Any) -> Path:
    features = [
        {"type": "Feature", "properties": {"name": f"第{n}块", **said}, "geometry": shape}
        for n, shape in enumerate(shapes, start=1)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


@pytest.fixture(params=["in the process", "apart"])
def read_where(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "apart":
        monkeypatch.setattr(geofiles, "MOST_BYTES_HERE", 0)


@pytest.mark.usefixtures("read_where")
@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)
def test_the_good_zone_is_taken_and_the_damaged_one_told_with_its_line(tmp_path: Path, damaged: dict[str, Any]) -> None:
    found = zones_of_file(file_of(tmp_path / "x.geojson", damaged, GOOD))
    assert [zone.name for zone in found.zones] == ["第2块"] and found.lines == (2,)
    (fault,) = found.faults
    assert (fault.line, fault.value) == (1, "第1块") and "请" in fault.sentence


@pytest.mark.usefixtures("read_where")
def test_a_ring_that_is_not_closed_is_closed_and_counted_as_repaired(tmp_path: Path) -> None:
    several = {"type": "MultiPolygon", "coordinates": [OPEN["coordinates"]]}
    found = zones_of_file(file_of(tmp_path / "x.geojson", OPEN, GOOD, several))
    assert found.faults == () and [zone.repair is not None for zone in found.zones] == [True, False, True]
    assert all(zone.geom is not None and shapely.equals(zone.geom, shapely.Polygon(CORNERS)) for zone in found.zones)
    report = write_report(tmp_path, "x.geojson", findings(found))
    assert report is not None
    rows = [row for sheet in load_workbook(report) for row in sheet.iter_rows(values_only=True)]
    told = [row[3] for row in rows if "图形已修复" in str(row)]
    assert len(told) == 2 and all("首尾没有相接，已按首点闭合；面积不变" in str(sentence) for sentence in told)


def test_a_ring_that_is_sent_open_is_closed_counted_and_told(toy: ToyDatabase) -> None:
    county: TestClient = toy.browser(toy.member("county", COUNTY))
    answer = county.post("/api/v1/events", json={"geometry": OPEN, "kind": "flood"})
    assert answer.status_code == 200 and answer.json()["repaired"] == 1
    assert [one for one in answer.json()["warnings"] if "已按首点闭合" in one]
    nested = {
        "type": "GeometryCollection",
        "geometries": [{"type": "MultiPolygon", "coordinates": [GOOD["coordinates"], OPEN["coordinates"]]}],
    }
    collection = {
        "type": "FeatureCollection",
        "features": [{"geometry": GOOD}, {"geometry": OPEN}, {"geometry": nested}],
    }
    found = zones_of_drawing(collection)
    assert [zone.repair is not None for zone in found.zones] == [False, True, True]
    page = county.post(
        "/events/new", data={"where": "drawing", "geometry": json.dumps(OPEN), "kind": "flood"}, follow_redirects=True
    )
    assert "已按首点闭合" in page.text


def test_what_was_mended_is_said_in_words(tmp_path: Path) -> None:
    crossed = {"type": "Polygon", "coordinates": [[CORNERS[0], CORNERS[2], CORNERS[1], CORNERS[3], CORNERS[0]]]}
    middle = [(WEST + EAST) / 2, (SOUTH + NORTH) / 2]
    # Out to a corner and back through the middle: the ring meets itself in one point.
    touching = {
        "type": "Polygon",
        "coordinates": [[CORNERS[0], CORNERS[1], middle, CORNERS[2], CORNERS[3], middle, CORNERS[0]]],
    }
    (one, two), told = zones_of_file(file_of(tmp_path / "x.geojson", crossed, touching)).zones, "面积"
    assert one.repair is not None and "自相交" in one.repair.sentence and "→" in one.repair.sentence
    assert two.repair is not None and "与自己相接" in two.repair.sentence and f"{told}不变" in two.repair.sentence


def test_a_file_with_a_damaged_shape_is_answered_with_its_counts(toy: ToyDatabase) -> None:
    county: TestClient = toy.browser(toy.member("county", COUNTY))
    shapes = {"closed.geojson": (GOOD, OPEN), "broken.geojson": (GOOD, NOT_A_NUMBER)}
    for name, given in shapes.items():
        content = json.dumps(
            {
                "type": "FeatureCollection",
                "features": [{"type": "Feature", "properties": {}, "geometry": shape} for shape in given],
            }
        )
        answer = county.post("/api/v1/events", files={"file": (name, content)}, data={"name": name, "kind": "flood"})
        assert answer.status_code == 200, answer.text
        told = answer.json()
        counts = told["zones"], told["repaired"], told["rejected"], [fault["line"] for fault in told["errors"]]
        assert counts == ((2, 1, 0, []) if name == "closed.geojson" else (1, 0, 1, [2]))
    answer = county.post(
        "/api/v1/events",
        files={"file": ("only.geojson", json.dumps({"type": "Feature", "properties": {}, "geometry": NOT_A_NUMBER}))},
    )
    assert answer.status_code == 422 and [fault["line"] for fault in answer.json()["errors"]] == [1]


def test_a_polygon_of_a_message_that_is_not_closed_is_counted_as_repaired(toy: ToyDatabase) -> None:
    county: TestClient = toy.browser(toy.member("county", COUNTY))
    corners = " ".join(f"{y},{x}" for x, y in CORNERS)
    content = alert(info(area(f"<polygon>{corners}</polygon>"), severity="Severe"))
    answer = county.post("/api/v1/events", files={"file": ("a.xml", content)})
    assert answer.status_code == 200 and answer.json()["repaired"] == 1


@pytest.mark.usefixtures("read_where")
def test_outlines_and_houses_are_told_by_row_too(tmp_path: Path) -> None:
    path = file_of(tmp_path / "x.geojson", GOOD, OPEN, NOT_A_NUMBER, code="990001100200", 户主姓名="甲")
    areas = read_areas(path, LoadOptions("village"))
    assert [(row.line, row.repair is not None) for row in areas.rows] == [(1, False), (2, True)]
    assert [(fault.line, fault.sentence) for fault in areas.faults] == [(3, UNREAD)]
    ledger = open_ledger(path, is_lenient=True)
    (batch,) = ledger.batches
    assert batch.lines == [1, 2, 3]
    assert [(fault.line, fault.column, fault.sentence) for fault in batch.faults] == [(3, "经度、纬度", UNREAD)]
    with pytest.raises(BadInput, match="第 3 条"):
        read_features(path)


def test_no_warning_of_a_library_reaches_the_user(tmp_path: Path) -> None:
    path = file_of(tmp_path / "x.geojson", GOOD, OPEN, NOT_A_NUMBER, NAN_WITHIN, TWO_POINTS)
    program = "import sys, pathlib; from geo_housing.hazards.sources import zones_of_drawing, zones_of_file as z; f = z(pathlib.Path(sys.argv[1])); print(len(f.zones), len(f.faults))"
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("2 3", "")


MIXED = {"type": "GeometryCollection", "geometries": [GOOD, {"type": "Point", "coordinates": [WEST, SOUTH]}]}


def test_the_surfaces_of_a_mixed_shape_are_a_zone_and_the_rest_is_told(toy: ToyDatabase, tmp_path: Path) -> None:
    line = {"type": "LineString", "coordinates": CORNERS[:2]}
    nested = {"type": "GeometryCollection", "geometries": [MIXED, line]}
    bare = {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [WEST, SOUTH]}, line]}
    found = zones_of_file(file_of(tmp_path / "x.geojson", MIXED, nested, bare))
    assert all(zone.geom is not None and shapely.equals(zone.geom, shapely.Polygon(CORNERS)) for zone in found.zones)
    assert [zone.repair for zone in found.zones] == [None, None]
    assert [said.partition("没有面积")[0] for said in found.left_out] == ["第 1 个图形里的点", "第 2 个图形里的点、线"]
    assert [(fault.line, "缓冲距离" in fault.sentence) for fault in found.faults] == [(3, True)]
    county: TestClient = toy.browser(toy.member("county", COUNTY))
    answer = county.post("/api/v1/events", json={"geometry": MIXED, "kind": "flood"})
    assert answer.status_code == 200 and any("只采用了面" in said for said in answer.json()["warnings"])
