"""The page that Folium composes: nothing of another host, no house in it, safe whatever a village is called."""

import json
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from shapely import box
from shapely.geometry import mapping

from geo_housing.base_map import attribution
from geo_housing.exports.formats import FORMATS
from geo_housing.maps.base_layers import base_layers
from geo_housing.maps.browser_config import sentences
from geo_housing.maps.folium_page import compose
from geo_housing.maps.map_content import MapContent, layer_labels
from geo_housing.maps.outlines import Division
from geo_housing.maps.pages import FILE_FORMATS
from geo_housing.settings import BaseMap, read_settings
from geo_housing.web_assets import STATIC
from tests.fixtures.toy import ToyDatabase
from tests.maps.tiling import client_of
from tests.toy_county import COUNTY, EAST, WEST

SQUARE = {"type": "Polygon", "coordinates": [[[120, 45], [120.1, 45], [120.1, 45.1], [120, 45]]]}


def page_of(toy: ToyDatabase, role: str = "county", area: str = COUNTY) -> str:
    answer = client_of(toy, role, area).get("/map")
    assert answer.status_code == 200
    return answer.text


def content(**changes: object) -> MapContent:
    plain = {
        "base_map": BaseMap(), "townships": (), "villages": (), "bounds": None, "config": {},
        "labels": layer_labels("zh"),
    }  # fmt: skip
    return MapContent(**{**plain, **changes})


def config_of(page: str) -> dict:
    (text,) = re.findall(r"^ *config: (\{.*\}),?$", page, re.MULTILINE)
    return json.loads(text)


def test_the_page_names_no_other_host_and_holds_no_house(toy_worker: ToyDatabase) -> None:
    page = page_of(toy_worker)
    assert set(re.findall(r"https?://[^/\"' ]+", page)) <= set()
    assert "西一-D" not in page and "户主" not in page.replace("户主、村", "")
    assert "西一村村委会" in page and "cdn" not in page


def test_the_layer_control_is_named_before_the_modules_are_there() -> None:
    """It said Layers until then."""
    for language, name in (("zh", "底图与边界"), ("en", "Base map and borders")):
        script = compose(content(labels=layer_labels(language))).script
        assert f"toggle.title = {json.dumps(name)}" in script
        assert script.index("control.layers(") < script.index("toggle.title")


def test_every_script_of_the_page_has_its_nonce_or_is_ours(toy_worker: ToyDatabase) -> None:
    client = client_of(toy_worker, "county", COUNTY)
    answer = client.get("/map")
    nonce = re.search(r"'nonce-([^']+)'", answer.headers["content-security-policy"])
    assert nonce is not None
    for attributes in re.findall(r"<script([^>]*)>", answer.text):
        assert f'nonce="{nonce[1]}"' in attributes or 'src="/static/' in attributes
    assert not re.search(r"\son\w+=", answer.text)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text):
        assert client.get(address).status_code == 200, address


def test_modules_in_the_import_map_exist(toy_worker: ToyDatabase) -> None:
    client = client_of(toy_worker, "county", COUNTY)
    found = re.search(r'type="importmap"[^>]*>({.*?})</script>', client.get("/map").text)
    assert found is not None
    import json

    addresses = json.loads(found[1])["imports"]
    used = {n for p in (STATIC / "map").glob("*.js") for n in re.findall(r'from "([^"]+)"', p.read_text("utf-8"))}
    assert used <= set(addresses)
    assert [client.get(address).status_code for address in addresses.values()] == [200] * len(addresses)


def test_a_village_may_be_called_anything() -> None:
    name = '</script><img src=x onerror="alert(1)">'
    village = Division("990001100201", name, "'\"`${镇}", 120.05, 45.05, SQUARE)
    made = compose(content(villages=[village], config={"note": name}))
    assert "<img" not in made.script and "</script" not in made.script


def test_choices_of_the_panel_follow_rights_and_area(toy_worker: ToyDatabase) -> None:
    clerk, planner = page_of(toy_worker), page_of(toy_worker, "planner")
    leader, town = page_of(toy_worker, "leader"), page_of(toy_worker, "township", WEST)
    assert 'name="category"' in clerk and 'name="category"' not in planner
    assert 'data-does="export"' in planner and 'data-does="export"' not in leader
    assert 'value="990001200"' in clerk and 'value="990001200"' not in town and 'value="990001100"' in town


def test_an_address_keeps_an_event_that_is_over(toy: ToyDatabase) -> None:
    client = toy.browser(toy.member("county", COUNTY))
    made = [
        client.post("/api/v1/events", json={"areas": [area], "kind": "暴雨", "level": "red", "name": name}).json()[
            "event"
        ]
        for area, name in ((WEST, "过去的雨"), (EAST, "现在的雨"))
    ]
    client.post(f"/api/v1/events/{made[0]}/respond")
    assert client.post(f"/api/v1/events/{made[0]}/phase", json={"phase": "closed", "reason": "试"}).is_success
    assert "过去的雨" not in client.get("/map").text
    page = client.get(f"/map?zones={made[0]}&inspections={made[0]}").text
    assert "过去的雨（结束）" in page and "现在的雨" in page and f'<option value="{made[0]}">' in page
    assert len(client.get(f"/api/v1/zones.geojson?event={made[0]}").json()["features"]) == 1
    own = toy.browser(toy.member("township", WEST)).post(
        "/api/v1/events", json={"areas": [WEST], "kind": "暴雨", "name": "西山的雨"}
    )
    number = own.json()["event"]
    other = toy.browser(toy.member("township", EAST)).get(f"/map?zones={number},x,99999999999")
    assert other.status_code == 200 and "西山的雨" not in other.text


def test_a_link_that_names_events_opens_at_their_zones(toy: ToyDatabase) -> None:
    client = toy.browser(toy.member("county", COUNTY))

    def opening(address: str) -> list[float] | None:
        return config_of(client.get(address).text)["opening"]

    def event(west: float, south: float, east: float, north: float) -> int:
        drawn = mapping(box(west, south, east, north))
        return client.post("/api/v1/events", json={"geometry": drawn, "kind": "暴雨", "level": "red"}).json()["event"]

    small, beyond = event(120.011, 45.005, 120.012, 45.015), event(119.0, 44.0, 130.0, 45.01)
    county = config_of(client.get("/map").text)["bounds"]
    assert opening("/map") is None, "all that are open are shown: that is the whole area"
    assert opening(f"/map?zones={small}") == pytest.approx([120.011, 45.005, 120.012, 45.015])
    assert opening(f"/map?zones={beyond}") == pytest.approx([*county[:3], 45.01]), "as far as it lies in the area"
    assert opening(f"/map?zones={small},{beyond}") == pytest.approx([*county[:3], 45.015])
    assert opening("/map?zones=999999") is None and opening("/map?zones=x") is None


def test_without_any_division_there_is_still_a_map() -> None:
    made = compose(content())
    assert "L.map(" in made.script and "villages: null" in made.script


@pytest.mark.parametrize(
    ("base_map", "addresses"),
    [
        (BaseMap(), []),
        (BaseMap("url", url="https://tiles.example.cn/{z}/{x}/{y}.png"), ["https://tiles.example.cn/{z}/{x}/{y}.png"]),
        (BaseMap("folder", folder=Path("/")), ["/map/base/{z}/{x}/{y}"]),
    ],
)
def test_the_base_map_is_a_setting(base_map: BaseMap, addresses: list[str]) -> None:
    made = compose(content(base_map=base_map))
    assert re.findall(r'L\.tileLayer\(\s*"([^"]+)"', made.script) == addresses


def test_tianditu_brings_its_key_and_its_approval_number() -> None:
    base_map = BaseMap("tianditu", tianditu_key="k3y", attribution="天地图", approval_number="GS(2024)0650号")
    layers = base_layers(base_map)
    assert len(layers) == 3 and all("tk=k3y" in layer.tiles for layer in layers)
    assert attribution(base_map) == "天地图 审图号：GS(2024)0650号"


def test_tiles_of_a_folder_are_served_and_nothing_beside_it(toy_worker: ToyDatabase, tmp_path: Path) -> None:
    from geo_housing.app import create_app

    (tmp_path / "10" / "853").mkdir(parents=True)
    (tmp_path / "10" / "853" / "368.png").write_bytes(b"\x89PNG picture")
    settings = read_settings({"GEO_HOUSING_HOME": str(tmp_path), "GEO_HOUSING_BASE_MAP": str(tmp_path)})
    member = toy_worker.member("county", COUNTY)
    client = TestClient(create_app(settings, toy_worker.database), base_url="http://127.0.0.1")
    client.post("/api/v1/session", json={"username": member.name, "password": member.password})
    found = client.get("/map/base/10/853/368")
    assert (found.status_code, found.content, found.headers["content-type"]) == (200, b"\x89PNG picture", "image/png")
    assert client.get("/map/base/10/853/369").status_code == 404
    assert client.get("/map/base/10/-1/..%2f..%2fetc").status_code in (404, 422)
    assert "/map/base/{z}/{x}/{y}" in client.get("/map").text


def test_the_form_offers_the_formats_that_there_are() -> None:
    assert {ending for ending, _, _ in FILE_FORMATS} == set(FORMATS)
    for ending, _, may_choose in FILE_FORMATS:
        assert may_choose != FORMATS[ending].fixed_crs


def test_every_sentence_of_the_modules_is_found() -> None:
    assert "这里有 {n} 栋" in sentences() and len(sentences()) > 50
