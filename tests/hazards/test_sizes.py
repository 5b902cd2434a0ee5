"""What a zone may be: how wide, how many, with how many corners, and of numbers only."""

import json
from pathlib import Path

import pytest
import shapely

from geo_housing.errors import BadInput, Fault, TooLarge
from geo_housing.hazards import sources
from geo_housing.hazards.sources import zones_of_drawing, zones_of_file
from tests.fixtures.people import MakeMember, OpenBrowser

BOX = shapely.box(121, 45, 121.1, 45.1)


@pytest.mark.parametrize("box", [(-180, -90, 180, 90), (-179, -89, 179, 89), (0, 0, 90.1, 1), (0, -50, 1, 41)])
def test_what_is_wider_than_a_quarter_of_the_world_is_told_so(box: tuple[float, float, float, float]) -> None:
    (fault,) = zones_of_drawing(shapely.geometry.mapping(shapely.box(*box))).faults
    assert isinstance(fault, Fault) and "90 度" in fault.sentence


def test_all_of_china_is_not_too_wide() -> None:
    (zone,) = zones_of_drawing(shapely.geometry.mapping(shapely.box(73, 3, 136, 54))).zones
    assert zone.geom is not None


@pytest.mark.parametrize("value", ["true", '"121"', "null", "{}"])
@pytest.mark.parametrize("is_collected", [False, True])
def test_a_coordinate_that_is_no_number_is_no_drawing(value: str, is_collected: bool) -> None:
    def drawing(number: str) -> dict[str, object]:
        ring = json.loads(f"[[121, 45], [{number}, 45], [121.1, 45.1], [121, 45]]")
        polygon = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "GeometryCollection", "geometries": [polygon]} if is_collected else polygon

    assert zones_of_drawing(drawing("121.1")).zones
    with pytest.raises(BadInput, match="不是有效的 GeoJSON"):
        zones_of_drawing(drawing(value))


def test_more_zones_or_corners_than_can_be_stored_while_somebody_waits_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    features = [{"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(BOX)}] * 4
    collection = {"type": "FeatureCollection", "features": features}
    path = tmp_path / "x.geojson"
    path.write_text(json.dumps(collection))
    monkeypatch.setattr(sources, "MOST_ZONES", 4)
    assert len(zones_of_file(path).zones) == len(zones_of_drawing(collection).zones) == 4
    monkeypatch.setattr(sources, "MOST_VERTICES", 19)
    for attempt in (lambda: zones_of_file(path), lambda: zones_of_drawing(collection)):
        with pytest.raises(TooLarge, match="20 个顶点"):
            attempt()
    monkeypatch.setattr(sources, "MOST_ZONES", 3)
    for attempt in (lambda: zones_of_file(path), lambda: zones_of_drawing(collection)):
        with pytest.raises(TooLarge, match="4 个图形"):
            attempt()


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_form_without_a_file_is_told_what_is_missing(browser: OpenBrowser, members: MakeMember, method: str) -> None:
    client = browser(members(role="county", area="990001"))
    path = "/api/v1/events" if method == "POST" else "/api/v1/events/1/zones"
    answer = client.request(method, path, data={"name": "x", "areas": "990001100"})
    assert answer.status_code == 422 and "没有收到文件" in answer.json()["detail"]


def test_a_buffer_is_around_lines_and_points_and_never_around_an_outline() -> None:
    outline, point = shapely.box(121.0, 46.0, 121.1, 46.1), shapely.Point(121.3, 46.05)
    around = zones_of_drawing(shapely.geometry.mapping(point), buffer_m=1000).zones[0].geom
    both = shapely.GeometryCollection([outline, point])
    crossed = shapely.Polygon([(121.0, 46.0), (121.1, 46.1), (121.1, 46.0), (121.0, 46.1)])
    for shape, expected in (
        (outline, outline),
        (shapely.MultiPolygon([outline]), outline),
        (crossed, shapely.make_valid(crossed)),
        (both, shapely.union_all([outline, around])),
        (shapely.GeometryCollection([both, outline]), shapely.union_all([outline, around])),
    ):
        (zone,) = zones_of_drawing(shapely.geometry.mapping(shape), buffer_m=1000).zones
        assert shapely.area(shapely.symmetric_difference(zone.geom, expected)) < 1e-9
    (unbuffered,) = zones_of_drawing(shapely.geometry.mapping(both)).zones
    assert shapely.equals(unbuffered.geom, outline) and "点" in (unbuffered.left_out or "")
