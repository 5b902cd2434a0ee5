"""The API of events and inspections as programs and pages call it."""

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import text

from geo_housing import clock
from geo_housing.response import router
from geo_housing.worker import run_worker
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import geometry
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

# C, D, 疑似 and 未评定 of both villages, among them two of uncertain place.
LISTED = {"opened": 9, "kept": 0, "withdrawn": 0}


def new_event(client: TestClient, *villages: str, **said: object) -> int:
    answer = client.post(
        "/api/v1/events", json={"geometry": geometry(villages), "kind": "暴雨", "level": "橙色", **said}
    )
    assert answer.status_code == 200, answer.text
    number = answer.json()["event"]
    assert isinstance(number, int)
    return number


def first_inspection(toy: ToyDatabase, event: int, code: str) -> int:
    with toy.transaction() as session:
        return session.execute(
            text(
                "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
                " WHERE i.event_id = :event AND h.code = :code"
            ),
            {"event": event, "code": code},
        ).scalar_one()


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def test_the_preview_of_a_drawing_counts_what_the_event_then_counts(county: TestClient) -> None:
    drawn = county.post("/api/v1/affected-preview", json={"geometry": geometry(["西一"])}).json()
    event = new_event(county, "西一")
    stored = county.get(f"/api/v1/events/{event}/affected").json()
    assert drawn == {**stored, "event": None}


def test_a_buffer_around_a_line_is_a_zone_and_a_bare_line_is_refused(county: TestClient) -> None:
    line = {"type": "LineString", "coordinates": [[120.002, 45.005], [120.008, 45.005]]}
    refused = county.post("/api/v1/affected-preview", json={"geometry": line})
    assert refused.status_code == 422 and "缓冲" in refused.json()["detail"]
    found = county.post("/api/v1/affected-preview", json={"geometry": line, "buffer_m": 60}).json()
    assert found["houses"] == 3  # A in the middle, B and C on the line


def test_tasks_for_many_houses_are_a_job_with_the_same_answer(
    toy: ToyDatabase, county: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = new_event(county, "西一", "东一")
    address = f"/api/v1/events/{event}/respond"
    monkeypatch.setattr(router, "AT_ONCE_ROWS", 12)
    answer = county.post(address, json={"revision": 1})
    assert answer.status_code == 202 and answer.headers["location"] == answer.json()["address"]
    assert county.post(address, json={"revision": 1}).json() == answer.json()  # pressed twice: one job
    assert county.get(f"/api/v1/events/{event}/progress").json()["total"]["due"] == 0
    run_worker(toy.database, toy.settings, once=True)
    job = county.get(answer.json()["address"]).json()
    assert job["state"] == "done"
    assert job["result"] == {
        "event": event,
        "opened": 13,
        "kept": 0,
        "withdrawn": 0,
        "uncertain": 1,
        "evacuation": LISTED,
    }
    # What can be refused is refused at once.
    assert county.post(address, json={"revision": 7}).status_code == 409
    monkeypatch.setattr(router, "AT_ONCE_ROWS", 13)
    assert county.post(address).json()["kept"] == 13


def test_a_job_withdraws_nothing_that_was_made_smaller_after_the_press(
    toy: ToyDatabase, county: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = new_event(county, "西一", "东一")
    address = f"/api/v1/events/{event}"
    assert county.post(f"{address}/respond").json()["opened"] == 13
    monkeypatch.setattr(router, "AT_ONCE_ROWS", 12)
    pressed = county.post(f"{address}/respond")
    assert pressed.status_code == 202
    smaller = county.put(f"{address}/zones", json={"areas": [VILLAGES["西一"][0]]}).json()
    assert smaller["to_withdraw"] > 0
    run_worker(toy.database, toy.settings, once=True)
    job = county.get(pressed.json()["address"]).json()
    assert job["state"] == "failed" and "影响范围刚被别人改过" in str(job)
    assert county.get(f"{address}/progress").json()["total"]["due"] == 13
    # The zones of now, pressed for themselves: another piece of work.
    monkeypatch.setattr(router, "AT_ONCE_ROWS", 1)
    again = county.post(f"{address}/respond")
    assert again.json() != pressed.json()
    run_worker(toy.database, toy.settings, once=True)
    assert county.get(again.json()["address"]).json()["result"]["withdrawn"] == smaller["to_withdraw"]


def test_a_field_that_nobody_knows_is_refused(county: TestClient) -> None:
    zone = json.dumps({"type": "Feature", "properties": {}, "geometry": geometry(["西一"])}).encode()
    answer = county.post("/api/v1/events", files={"file": ("z.geojson", zone)}, data={"buffer": "500"})
    assert answer.status_code == 422 and "没有“buffer”这个字段；可用的有 file、name" in answer.json()["detail"]


def test_the_night_by_api_from_drawing_to_result(toy: ToyDatabase, county: TestClient) -> None:
    event = new_event(county, "西一", "东一")
    done = county.post(f"/api/v1/events/{event}/respond").json()
    assert done == {"event": event, "opened": 13, "kept": 0, "withdrawn": 0, "uncertain": 1, "evacuation": LISTED}
    assert county.post(f"/api/v1/events/{event}/respond").json()["kept"] == 13
    phase = county.post(f"/api/v1/events/{event}/phase", json={"phase": "aftermath"}).json()
    assert phase["inspections"] == {"prepared": 0, "open": 13, "in_progress": 0, "done": 0, "withdrawn": 0}
    number = first_inspection(toy, event, "西一-D")
    seen = county.get(f"/api/v1/inspections/{number}")
    assert seen.json()["priority"] == 1 and seen.headers["etag"] == f'"{seen.json()["version"]}"'
    said = {
        "result": "collapsed",
        "rooms_collapsed": 2,
        "visitor": "某巡查员",
        "visited_at": clock.now().isoformat(),
    }
    saved = county.patch(f"/api/v1/inspections/{number}", json=said, headers={"If-Match": seen.headers["etag"]})
    assert (saved.json()["state"], saved.json()["damage"], saved.json()["missing"]) == ("done", "collapsed", [])
    total = county.get(f"/api/v1/events/{event}/progress").json()["total"]
    assert (total["due"], total["done"], total["by_result"]) == (13, 1, {"collapsed": 1})
    with toy.transaction() as session:
        assert session.scalar(text("SELECT grade FROM house WHERE code = '西一-D'")) == "D"


def test_who_saved_in_between_is_not_overwritten(toy: ToyDatabase, county: TestClient) -> None:
    event = new_event(county, "西一")
    county.post(f"/api/v1/events/{event}/respond")
    number = first_inspection(toy, event, "西一-A")
    tag = county.get(f"/api/v1/inspections/{number}").headers["etag"]
    assert county.patch(f"/api/v1/inspections/{number}", json={"findings": "一"}, headers={"If-Match": tag}).is_success
    late = county.patch(f"/api/v1/inspections/{number}", json={"findings": "二"}, headers={"If-Match": tag})
    assert late.status_code == 409
    blind = county.patch(f"/api/v1/inspections/{number}", json={"findings": "三"})
    assert blind.status_code == 428 and blind.headers["content-type"] == "application/problem+json"
    assert "If-Match" in blind.json()["detail"]
    page = county.post(f"/inspections/{number}", data={"result": "no_visible_hazard", "findings": "四"})
    assert page.status_code == 422 and "页面缺少版本号" in page.text
    assert county.get(f"/api/v1/inspections/{number}").json()["findings"] == "一"


def test_the_same_form_sent_twice_makes_one_event(county: TestClient) -> None:
    first = new_event(county, "西一", client_id="form-1")
    second = new_event(county, "西一", client_id="form-1")
    assert first == second


def test_zones_are_replaced_and_growth_opens_at_once(county: TestClient) -> None:
    event = new_event(county, "西一")
    county.post(f"/api/v1/events/{event}/respond")
    answer = county.put(f"/api/v1/events/{event}/zones", json={"areas": [VILLAGES["西四"][0]], "level": "red"}).json()
    assert (answer["opened"], answer["to_withdraw"], answer["revision"]) == (5, 8, 2)
    assert county.get(f"/api/v1/events/{event}").json()["level"] == "red"


@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".fgb", ".kml", ".zip"])
def test_every_format_of_zone_file_is_read(county: TestClient, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"zone{ending}"
    squares = [shapely.box(120.0005, 45.0005, 120.0095, 45.0095), shapely.box(120.0205, 45.0005, 120.0295, 45.0095)]
    if ending == ".zip":
        folder = tmp_path / "shapes"
        folder.mkdir()
        write(folder / "zone.shp", squares, "ESRI Shapefile")
        with zipfile.ZipFile(path, "w") as archive:
            for part in folder.iterdir():
                archive.write(part, part.name)
    else:
        write(path, squares, {".geojson": "GeoJSON", ".gpkg": "GPKG", ".fgb": "FlatGeobuf", ".kml": "KML"}[ending])
    answer = county.post(
        "/api/v1/events", files={"file": (path.name, path.read_bytes())}, data={"kind": "flood", "level": "red"}
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json()["zones"], answer.json()["rejected"]) == (2, 0)
    assert county.get(f"/api/v1/events/{answer.json()['event']}/affected").json()["houses"] == 12


def write(path: Path, squares: list[shapely.Polygon], driver: str) -> None:
    pyogrio.raw.write(path, shapely.to_wkb(squares), [], [], geometry_type="Polygon", crs="EPSG:4326", driver=driver)


def test_good_zones_are_kept_and_bad_ones_reported(county: TestClient) -> None:
    shapes = geometry(["西一"])
    shapes["features"].append(  # type: ignore[attr-defined] # a list
        {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [120.0, 45.0]}}
    )
    content = json.dumps(shapes).encode()
    answer = county.post("/api/v1/events", files={"file": ("范围.geojson", content)}).json()
    assert (answer["zones"], answer["rejected"], answer["errors"][0]["line"]) == (1, 1, 2)


def test_a_zone_far_from_everything_is_stored_with_the_distance(county: TestClient) -> None:
    far = {"type": "Polygon", "coordinates": [[[121, 46], [121.1, 46], [121.1, 46.1], [121, 46]]]}
    answer = county.post("/api/v1/events", json={"geometry": far})
    assert answer.status_code == 200
    assert "公里" in answer.json()["warnings"][0]


def test_nothing_is_stored_when_no_zone_can_be_used(toy: ToyDatabase, county: TestClient) -> None:
    for body in ({}, {"areas": []}, {"areas": ["990009999"]}, {"geometry": {"type": "Nonsense"}}):
        assert county.post("/api/v1/events", json=body).status_code == 422
    assert county.post("/api/v1/events", content=b"{", headers={"Content-Type": "application/json"}).status_code == 422
    assert county.post("/api/v1/events", files={"file": ("a.geojson", b"{}")}).status_code == 422
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM hazard_event")) == 0


def test_roles_may_do_what_the_table_of_rights_says(toy: ToyDatabase, county: TestClient) -> None:
    event = new_event(county, "西一")
    planner = toy.browser(toy.member("planner", COUNTY))
    found = planner.get(f"/api/v1/events/{event}/affected").json()
    assert found["houses"] == 6
    assert found["key_groups"] == {} and found["areas"][0]["evacuation_traits"] == {}
    assert planner.post(f"/api/v1/events/{event}/respond").status_code == 403
    assert planner.post("/api/v1/events", json={"geometry": geometry(["西一"])}).status_code == 403
    village = toy.browser(toy.member("village", VILLAGES["西一"][0]))
    assert village.post(f"/api/v1/events/{event}/respond").status_code == 403


def test_another_townships_inspection_is_not_found(toy: ToyDatabase, county: TestClient) -> None:
    event = new_event(county, "西一", "东二")
    county.post(f"/api/v1/events/{event}/respond")
    number = first_inspection(toy, event, "东二-A")
    west = toy.browser(toy.member("township", WEST))
    assert west.get(f"/api/v1/inspections/{number}").status_code == 404
    assert west.patch(f"/api/v1/inspections/{number}", json={"result": "demolished", "version": 1}).status_code == 404
    assert west.get(f"/api/v1/events/{event}/list.xlsx", params={"area": EAST}).status_code == 403
    assert west.get(f"/api/v1/events/{event}/progress").json()["total"]["due"] == 8 - 1


def test_a_village_enters_its_own_result_without_naming_itself(toy: ToyDatabase, county: TestClient) -> None:
    event = new_event(county, "西一")
    county.post(f"/api/v1/events/{event}/respond")
    county.post(f"/api/v1/events/{event}/phase", json={"phase": "aftermath"})
    number = first_inspection(toy, event, "西一-B")
    village = toy.browser(toy.member("village", VILLAGES["西一"][0]))
    saved = village.patch(f"/api/v1/inspections/{number}", json={"result": "未见明显隐患", "version": 2}).json()
    assert saved["state"] == "done" and saved["visitor"] and saved["visited_at"]


def test_photos_are_kept_once_and_shown_to_those_allowed(toy: ToyDatabase, county: TestClient) -> None:
    event = new_event(county, "西一")
    county.post(f"/api/v1/events/{event}/respond")
    number = first_inspection(toy, event, "西一-C")
    address = f"/api/v1/inspections/{number}/photos"
    first = county.post(address, files={"file": ("墙.jpg", photo(), "image/jpeg")})
    again = county.post(address, files={"file": ("墙.jpg", photo(), "image/jpeg")})
    assert first.status_code == 200 and first.json()["id"] == again.json()["id"]
    shown = county.get(first.json()["url"])
    assert shown.headers["content-type"] == "image/jpeg" and Image.open(io.BytesIO(shown.content)).size == (40, 30)
    assert county.get(f"/api/v1/inspections/{number}").json()["state"] == "in_progress"
    assert county.post(address, files={"file": ("x.jpg", b"no photo", "image/jpeg")}).status_code == 422
    east = toy.browser(toy.member("township", EAST))
    assert east.get(first.json()["url"]).status_code == 404
    planner = toy.browser(toy.member("planner", COUNTY))
    assert planner.get(first.json()["url"]).status_code == 403


def test_photos_follow_their_house_into_its_new_village(toy: ToyDatabase, county: TestClient) -> None:
    event = new_event(county, "西一")
    county.post(f"/api/v1/events/{event}/respond")
    number = first_inspection(toy, event, "西一-C")
    url = county.post(f"/api/v1/inspections/{number}/photos", files={"file": ("墙.jpg", photo(), "image/jpeg")}).json()[
        "url"
    ]
    with toy.transaction() as session:
        session.execute(
            text("UPDATE house SET scope_code = :code WHERE code = '西一-C'"), {"code": VILLAGES["东二"][0]}
        )
    assert toy.browser(toy.member("township", EAST)).get(url).status_code == 200
    assert toy.browser(toy.member("township", WEST)).get(url).status_code == 404


def test_the_village_list_opens_with_one_sheet_per_township(toy: ToyDatabase, county: TestClient) -> None:
    event = new_event(county, "西一", "东二", name="7·12强降雨", mode="drill")
    assert county.get(f"/api/v1/events/{event}/list.xlsx").status_code == 409
    county.post(f"/api/v1/events/{event}/respond")
    answer = county.get(f"/api/v1/events/{event}/list.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["分村应急排查名单", "西山镇", "东河乡"]
    sheet = book["西山镇"]
    assert sheet["A1"].value.startswith("【演练】7·12强降雨")
    assert "截至" in sheet["A2"].value
    assert sheet.page_setup.orientation == "landscape" and str(sheet.page_setup.paperSize) == "9"
    assert sheet.print_title_rows == "$1:$3"
    cells = [row for row in sheet.iter_rows(min_row=4, values_only=True) if isinstance(row[0], int)]
    by_code = {row[5]: row for row in cells}
    assert set(by_code) == {"西一-A", "西一-B", "西一-C", "西一-D", "西一-0", "疑-1", "无-1"}
    assert by_code["西一-D"][1].startswith("户主") and by_code["西一-D"][9].startswith("优先级1：D级且有人居住")
    headings = [cell.value for cell in sheet[3]]
    assert by_code["无-1"][headings.index("备注")] == "无坐标，按申报村列入"
    with toy.transaction() as session:
        counts = session.scalar(text("SELECT counts FROM journal_entry WHERE action = 'export.village_list'"))
    assert counts["rows"] == len(cells) + 6


def test_a_planner_gets_no_names_in_the_list(toy: ToyDatabase, county: TestClient) -> None:
    event = new_event(county, "西一")
    county.post(f"/api/v1/events/{event}/respond")
    planner = toy.browser(toy.member("planner", COUNTY))
    book = openpyxl.load_workbook(io.BytesIO(planner.get(f"/api/v1/events/{event}/list.xlsx").content))
    rows = [row for row in book["西山镇"].iter_rows(min_row=4, values_only=True) if isinstance(row[0], int)]
    assert len(rows) == 7 and "户某某" not in {cell for row in rows for cell in row}
    headings = [cell.value for cell in book["西山镇"][3]]
    assert headings == [
        "序号", "房屋编号", "自然屯/组", "结构", "等级", "状态", "排查结果", "损坏程度", "倒塌间数", "严重损坏间数",
        "一般损坏间数", "损坏情况", "排查时间", "备注", "报告方式", "报告时间", "核对码",
    ]  # fmt: skip
    assert all(len(row) == len(headings) for row in rows)


def test_events_are_listed_newest_first_with_a_cursor(county: TestClient) -> None:
    made = [new_event(county, "西一") for _ in range(3)]
    first = county.get("/api/v1/events", params={"limit": 2}).json()
    assert [item["id"] for item in first["items"]] == made[:0:-1]
    rest = county.get("/api/v1/events", params={"limit": 2, "cursor": first["next"]}).json()
    assert [item["id"] for item in rest["items"]] == made[:1] and rest["next"] is None


def test_standing_risk_areas_are_drawn_and_ended(county: TestClient) -> None:
    made = county.post("/api/v1/standing-areas", json={"geometry": geometry(["西一"]), "kind": "flood", "name": "河边"})
    number = made.json()["ids"][0]
    assert (
        county.post("/api/v1/standing-areas", json={"geometry": geometry(["西一"]), "kind": "flood"}).json()["ids"]
        == []
    )
    assert county.delete(f"/api/v1/standing-areas/{number}").status_code == 204
    assert county.delete("/api/v1/standing-areas/999999").status_code == 404


def test_without_a_session_every_address_answers_401(toy: ToyDatabase) -> None:
    client = TestClient(toy.app, base_url="http://127.0.0.1")
    for method, path in (
        ("GET", "/api/v1/events"),
        ("POST", "/api/v1/events"),
        ("GET", "/api/v1/events/1/affected"),
        ("POST", "/api/v1/events/1/respond"),
        ("PUT", "/api/v1/events/1/zones"),
        ("POST", "/api/v1/events/1/phase"),
        ("GET", "/api/v1/events/1/list.xlsx"),
        ("POST", "/api/v1/affected-preview"),
        ("PATCH", "/api/v1/inspections/1"),
        ("POST", "/api/v1/inspections/1/photos"),
        ("DELETE", "/api/v1/standing-areas/1"),
    ):
        assert client.request(method, path).status_code == 401, path
