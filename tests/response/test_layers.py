"""Files of several layers on the pages: folders of a KML are one drawing, of other files the clerk chooses."""

import re
from collections.abc import Callable
from pathlib import Path

import geopandas
import pytest
import shapely
from fastapi.testclient import TestClient
from playwright.sync_api import expect

from tests.fixtures.browser import PHONE, Visit
from tests.fixtures.toy import ToyDatabase
from tests.response.test_api import new_event
from tests.toy_county import COUNTY, village_box

LAYERS = {"一": "西一", "二": "西二"}


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@pytest.fixture
def geopackage(tmp_path: Path) -> bytes:
    path = tmp_path / "范围.gpkg"
    for layer, village in LAYERS.items():
        shape = shapely.buffer(shapely.box(*village_box(village)), -0.001)
        geopandas.GeoDataFrame([{"name": village}], geometry=[shape], crs="EPSG:4490").to_file(path, layer=layer)
    return path.read_bytes()


def kml() -> bytes:
    folders = ""
    for layer, village in LAYERS.items():
        corners = shapely.buffer(shapely.box(*village_box(village)), -0.001).exterior.coords
        ring = " ".join(f"{x},{y}" for x, y in corners)
        folders += (
            f"<Folder><name>{layer}</name><Placemark><name>{village}</name><Polygon><outerBoundaryIs><LinearRing>"
            f"<coordinates>{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Folder>"
        )
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folders}</Document></kml>'.encode()


def options(page: str) -> list[str]:
    chosen = re.search(r'<select[^>]* name="layer">(.*?)</select>', page, re.S)
    return re.findall(r'value="([^"]+)"', chosen[1]) if chosen else []


def test_a_new_event_of_a_file_with_layers_offers_them_and_keeps_what_was_filled_in(
    toy: ToyDatabase, county: TestClient, geopackage: bytes
) -> None:
    sent = {"where": "file", "name": "图层试验", "kind": "flood", "level": "red", "crs": "EPSG:4490"}
    page = county.post("/events/new", data=sent, files={"file": ("范围.gpkg", geopackage)})
    assert page.status_code == 422 and options(page.text) == ["一", "二"]
    assert "请在“文件里的图层”中选定一个" in page.text and "命令行" not in page.text and "--layer" not in page.text
    assert 'value="图层试验"' in page.text and '<option value="EPSG:4490" selected>' in page.text
    assert "请再选一次文件" in page.text
    again = county.post("/events/new", data={**sent, "layer": "二"}, files={"file": ("范围.gpkg", geopackage)})
    assert again.status_code == 303
    with toy.transaction() as session:
        names = session.execute(shapes_of_last()).scalars().all()
    assert names == ["西二"]


def shapes_of_last() -> object:
    from sqlalchemy import text

    return text("SELECT name FROM hazard_zone WHERE event_id = (SELECT max(id) FROM hazard_event) ORDER BY name")


def test_other_zones_are_asked_for_by_layer_while_the_file_stays_chosen(county: TestClient, geopackage: bytes) -> None:
    event = new_event(county, "东一", level="红色")
    sent = {"where": "file", "how": "replace", "level": "red", "revision": "1"}
    files = {"file": ("范围.gpkg", geopackage)}
    effect = county.post(f"/events/{event}/zones/effect", data=sent, files=files)
    assert "data-refused" in effect.text and options(effect.text) == ["一", "二"]
    assert 'hx-swap-oob="true"' in effect.text and " hidden" not in effect.text
    chosen = county.post(f"/events/{event}/zones/effect", data={**sent, "layer": "一"}, files=files)
    assert "data-refused" not in chosen.text and '<option value="一" selected>' in chosen.text
    wrong = county.post(f"/events/{event}/zones/effect", data={**sent, "layer": "三"}, files=files)
    assert "没有图层“三”" in wrong.text and options(wrong.text) == ["一", "二"]
    assert county.post(f"/events/{event}/zones", data={**sent, "layer": "一"}, files=files).status_code == 303


def test_in_the_browser_the_choice_appears_and_the_file_stays(
    toy: ToyDatabase, county: TestClient, geopackage: bytes, visit: Callable[..., Visit]
) -> None:
    event = new_event(county, "东一", level="红色")
    page = visit(toy, toy.member("county", COUNTY), f"/events/{event}/zones", size=PHONE).page
    layer = page.locator("select[name=layer]")
    page.get_by_label("上传文件").check()
    expect(layer).to_be_hidden()
    page.set_input_files("[name=file]", {"name": "范围.gpkg", "mimeType": "", "buffer": geopackage})
    expect(layer).to_be_visible()
    expect(page.get_by_role("button", name="保存新范围")).to_be_disabled()
    layer.select_option("二")
    expect(page.get_by_role("button", name="保存新范围")).to_be_enabled()
    expect(layer).to_have_value("二")
    assert page.evaluate("document.querySelector('[name=file]').files[0].name") == "范围.gpkg"
    page.get_by_role("button", name="保存新范围").click()
    page.wait_for_url(f"**/events/{event}*")
    zones = county.get(f"/api/v1/zones.geojson?event={event}").json()["features"]
    assert [one["properties"]["name"] for one in zones] == ["西二"]


def test_the_folders_of_a_kml_are_taken_together_and_one_can_be_chosen(toy: ToyDatabase, county: TestClient) -> None:
    for layer, expected in (("", ["西一", "西二"]), ("二", ["西二"])):
        files = {"file": ("范围.kml", kml())}
        answer = county.post("/events/new", data={"where": "file", "kind": "flood", "layer": layer}, files=files)
        assert answer.status_code == 303
        with toy.transaction() as session:
            assert session.execute(shapes_of_last()).scalars().all() == expected
    answer = county.post("/api/v1/events", data={"layer": "一", "kind": "flood"}, files={"file": ("a.kml", kml())})
    assert answer.status_code == 200 and answer.json()["zones"] == 1


def test_risk_areas_of_a_file_with_layers_offer_them_too(county: TestClient, geopackage: bytes) -> None:
    files = {"file": ("范围.gpkg", geopackage)}
    page = county.post("/events/standing", data={"kind": "flood"}, files=files)
    assert page.status_code == 422 and options(page.text) == ["一", "二"]
    done = county.post("/events/standing", data={"kind": "flood", "layer": "一"}, files=files)
    assert done.status_code in (200, 303)


def test_the_form_speaks_of_its_fields_and_not_of_the_command_line(county: TestClient, tmp_path: Path) -> None:
    point = b'{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[121,46]}}'
    far = b'{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[400000,5000000]}}'
    for content, label in ((point, "“缓冲距离（米）”"), (far, "“坐标系”")):
        page = county.post("/events/new", data={"where": "file"}, files={"file": ("a.geojson", content)})
        assert page.status_code == 422 and label in page.text
        assert "命令行" not in page.text and "--" not in page.text.partition('role="alert"')[2].partition("</div>\n")[0]
