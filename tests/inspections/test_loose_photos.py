"""照片归户: photos sent later are kept until somebody says of which house they are; only then the inspection has them."""

import io
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.clock import BEIJING, now
from geo_housing.errors import Conflict, NotFound
from geo_housing.files.storage import FileStore
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.loose import service
from geo_housing.inspections.loose.queries import tray_of
from geo_housing.inspections.models import LoosePhoto
from geo_housing.inspections.queries import photos_of
from tests.fixtures.toy import ToyDatabase, furnished
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

VILLAGE, OTHER = VILLAGES["西一"][0], VILLAGES["西二"][0]
HOUSES = ("西一-D", "西一-C", "西二-D")


def jpeg(colour: int = 0, *, taken: str | None = None, lon: float | None = None) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
    if lon is not None:
        exif.get_ifd(0x8825).update({1: "N", 2: (45.0, 0.0, 18.0), 3: "E", 4: (int(lon), (lon % 1) * 60, 0.0)})
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (colour * 40 % 256, 90, 140)).save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


@furnished
def event(toy: ToyDatabase) -> int:
    """Inspections in the whole of 西山镇 and 东河乡, begun."""
    county = toy.browser(toy.member("county", COUNTY))
    number = int(
        county.post("/api/v1/events", json={"areas": [WEST, EAST], "name": "强降雨", "kind": "flood"}).json()["event"]
    )
    county.post(f"/api/v1/events/{number}/respond")
    county.post(f"/api/v1/events/{number}/phase", json={"phase": "aftermath"})
    return number


@pytest.fixture
def township(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("township", WEST))


def task(toy: ToyDatabase, event: int, code: str) -> Any:
    with toy.transaction() as session:
        query = "SELECT i.* FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c AND event_id = :e"
        return session.execute(text(query), {"c": code, "e": event}).one()


def sent(client: TestClient, event: int, area: str, *photos: bytes) -> list[dict[str, Any]]:
    address = f"/api/v1/events/{event}/photos/{area}/photos"
    answers = [client.post(address, files={"file": (f"微信图片{n}.jpg", data)}) for n, data in enumerate(photos)]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.json() for answer in answers]


def pictures(client: TestClient, inspection: int) -> list[str]:
    return re.findall(r'<img src="(/api/v1/inspections/\d+/photos/\d+)"', client.get(f"/inspections/{inspection}").text)


def test_they_wait_until_a_house_is_named_and_can_be_taken_back(
    toy: ToyDatabase, township: TestClient, event: int
) -> None:
    first, second = sent(township, event, WEST, jpeg(1), jpeg(2))
    inspection = task(toy, event, "西一-D")
    page = township.get(f"/events/{event}/photos").headers["location"]
    assert page == f"/events/{event}/photos/{WEST}"
    assert township.get(page).text.count('name="photo"') == 2
    assert pictures(township, inspection.id) == [] and inspection.state == "open", "not before it is said"
    picture = Image.open(io.BytesIO(township.get(first["url"]).content))
    assert picture.format == "JPEG" and 0x010F not in picture.getexif()
    told = f'href="/events/{event}/photos">照片归户 <span class="attention">2 张待归户'
    assert told in township.get(f"/events/{event}").text
    ticked = [f"{one['id']}-{one['version']}" for one in (first, second)]
    done = township.post(
        f"{page}/press",
        data={"press": f"house-{inspection.id}", "photo": ticked, "village": VILLAGE},
        headers={"HX-Request": "true"},
    )
    assert done.status_code == 200 and 'name="photo"' not in done.text
    assert "张待归户" not in township.get(f"/events/{event}").text
    assert len(pictures(township, inspection.id)) == 2 and task(toy, event, "西一-D").state == "in_progress"
    # The village that has no part in the township's tray sees them with its house.
    village = toy.browser(toy.member("village", VILLAGE))
    assert village.get(pictures(village, inspection.id)[0]).status_code == 200
    undo = re.search(r'"undo": "([^"]+)"', done.headers["HX-Trigger"])
    assert undo is not None and township.post(undo[1]).status_code == 303
    assert pictures(township, inspection.id) == [] and township.get(page).text.count('name="photo"') == 2
    after = task(toy, event, "西一-D")
    assert (after.state, after.begun_at) == ("open", None), "what only the wrong photo had begun is not begun"


def test_who_may_see_and_do_what(toy: ToyDatabase, township: TestClient, event: int) -> None:
    (one,) = sent(township, event, WEST, jpeg())
    for role, area, expected in (("planner", COUNTY, 403), ("leader", COUNTY, 403), ("township", EAST, 403)):
        other = toy.browser(toy.member(role, area))
        assert other.get(one["url"]).status_code in (403, 404), role
        assert other.get(f"/events/{event}/photos/{WEST}").status_code == expected, role
    assert toy.browser(toy.member("county", COUNTY)).get(one["url"]).status_code == 200
    village = toy.browser(toy.member("village", VILLAGE))
    assert village.get(one["url"]).status_code in (403, 404)
    assert village.get(f"/events/{event}/photos").headers["location"].endswith(VILLAGE)
    (own,) = sent(village, event, VILLAGE, jpeg(5))
    assert township.get(own["url"]).status_code == 200, "the township looks after its villages"
    inspection = task(toy, event, "西一-D")
    body = {"version": own["version"], "inspection": inspection.id}
    assert (
        village.patch(f"/api/v1/events/{event}/photos/{VILLAGE}/{own['id']}", json=body).json()["house_code"]
        == "西一-D"
    )
    far = task(toy, event, "东一-D").id
    wrong = township.patch(
        f"/api/v1/events/{event}/photos/{WEST}/{one['id']}", json={"version": one["version"], "inspection": far}
    )
    assert wrong.status_code == 404


def test_twice_is_once_and_nobody_overrules_unseen(toy: ToyDatabase, township: TestClient, event: int) -> None:
    first, again = sent(township, event, WEST, jpeg(1), jpeg(1))
    assert first["id"] == again["id"]
    address = f"/api/v1/events/{event}/photos/{WEST}/{first['id']}"
    one, other = task(toy, event, "西一-D").id, task(toy, event, "西一-C").id
    body = {"version": first["version"], "inspection": one}
    assigned = township.patch(address, json=body).json()
    assert township.patch(address, json=body).json() == assigned and len(pictures(township, one)) == 1
    late = township.patch(address, json={"version": first["version"], "inspection": other})
    assert late.status_code == 409 and "刚被别人" in late.text and pictures(township, other) == []
    # To another house in one step: it is with that one alone.
    moved = township.patch(address, json={"version": assigned["version"], "inspection": other}).json()
    assert (pictures(township, one), len(pictures(township, other)), moved["house_code"]) == ([], 1, "西一-C")
    journal = _journal(toy, "inspections.loose_assign")
    assert len(journal) == 2 and journal[0] == f"inspection {one}"


def test_of_no_house_is_kept_and_comes_back(toy: ToyDatabase, township: TestClient, event: int) -> None:
    (one,) = sent(township, event, WEST, jpeg(3))
    page = f"/events/{event}/photos/{WEST}"
    township.post(f"{page}/press", data={"press": "aside", "photo": f"{one['id']}-{one['version']}"})
    assert 'name="photo"' not in township.get(page).text and "放回待归户" in township.get(page).text
    assert sent(township, event, WEST, jpeg(3))[0]["id"] == one["id"], "sent again it waits again"
    assert 'name="photo"' in township.get(page).text


def test_only_a_contradiction_is_a_hint(toy: ToyDatabase, township: TestClient, event: int) -> None:
    long_ago = (now() - timedelta(days=60)).astimezone(BEIJING).strftime("%Y:%m:%d %H:%M:%S")
    plain, old, near, far = sent(
        township, event, WEST, jpeg(1), jpeg(2, taken=long_ago), jpeg(3, lon=120.005), jpeg(4, lon=120.4)
    )
    assert plain["hint"] == near["hint"] == "" and "早于这次灾害" in old["hint"]
    # No house is known yet: the outline of the township says that it is from elsewhere.
    assert re.search(r"辖区以外约 \d\d\.\d 公里", far["hint"])
    inspection = task(toy, event, "西一-D").id
    for photo in (plain, old, near, far):
        body = {"version": photo["version"], "inspection": inspection}
        answer = township.patch(f"/api/v1/events/{event}/photos/{WEST}/{photo['id']}", json=body)
        assert answer.status_code == 200
        assert ("公里" in answer.json()["hint"]) == (photo is far)
    assert len(pictures(township, inspection)) == 4
    assert "taken_lon" not in township.get(f"/api/v1/events/{event}/photos/{WEST}").text


def stamp(days: float) -> str:
    return (now() + timedelta(days=days)).astimezone(BEIJING).strftime("%Y:%m:%d %H:%M:%S")


ODD = {
    "later": (jpeg(11, taken=stamp(3)), "比上传时间还晚"),
    "far": (jpeg(12, lon=120.4), "离这栋约"),
    "early": (jpeg(13, taken=stamp(-60)), "早于这次灾害"),
}
ORDINARY = (jpeg(14), jpeg(15, taken=stamp(0.5)), jpeg(16, lon=120.005), jpeg(17, taken=stamp(-0.1), lon=120.0))


@pytest.mark.parametrize("which", ODD)
def test_a_photo_that_contradicts_is_asked_about_wherever_it_is_sent(
    toy: ToyDatabase, township: TestClient, event: int, which: str
) -> None:
    photo, said = ODD[which]
    # In the tray, before anybody knows the house.
    waiting = sent(township, event, WEST, photo)[0]["hint"]
    assert waiting and (said in waiting or (which == "far" and "辖区以外" in waiting))
    # By the form's script, and as a plain form.
    by_script, plain = task(toy, event, "西一-D").id, task(toy, event, "西一-C").id
    answer = township.post(f"/api/v1/inspections/{by_script}/photos", files={"file": ("一.jpg", photo, "image/jpeg")})
    assert answer.status_code == 200 and said in answer.json()["hint"]
    page = township.get(f"/inspections/{by_script}").text
    assert said in page and page.count('class="attention">') >= 1
    version = re.search(r'name="version" value="(\d+)"', township.get(f"/inspections/{plain}").text)
    assert version
    entry = {
        "version": version[1],
        "result": "no_visible_hazard",
        "visitor": "某巡查员",
        "visited_at": f"{now().astimezone(BEIJING):%Y-%m-%dT%H:%M}",
    }
    saved = township.post(f"/inspections/{plain}", data=entry, files={"photos": ("一.jpg", photo, "image/jpeg")})
    assert saved.status_code == 303
    following = township.get(saved.headers["location"]).text
    assert "西一-C：" in following and said in following
    # A photo that was given to a house says the same there as in the tray.
    one = sent(township, event, WEST, jpeg(18, taken=stamp(3), lon=120.4))[0]
    body = {"version": one["version"], "inspection": task(toy, event, "西二-D").id}
    given = township.patch(f"/api/v1/events/{event}/photos/{WEST}/{one['id']}", json=body).json()["hint"]
    assert "比上传时间还晚" in given and "离这栋约" in given
    page = township.get(f"/inspections/{body['inspection']}").text
    assert all(part in page for part in given.split("；"))


def test_an_ordinary_photo_has_no_hint(toy: ToyDatabase, township: TestClient, event: int) -> None:
    assert [one["hint"] for one in sent(township, event, WEST, *ORDINARY)] == [""] * len(ORDINARY)
    number = task(toy, event, "西一-D").id
    for photo in ORDINARY:
        answer = township.post(f"/api/v1/inspections/{number}/photos", files={"file": ("一.jpg", photo, "image/jpeg")})
        assert answer.json()["hint"] == ""


def test_a_house_without_a_point_is_asked_about_by_its_township(
    toy: ToyDatabase, township: TestClient, event: int
) -> None:
    number = task(toy, event, "西一-D").id
    with toy.transaction() as session:
        session.execute(
            text("UPDATE house SET geom = NULL, tile_key = NULL, location_state = 'unlocated' WHERE code = '西一-D'")
        )
    for photo, is_odd in ((jpeg(21, lon=120.4), True), (jpeg(22, lon=120.005), False)):
        answer = township.post(f"/api/v1/inspections/{number}/photos", files={"file": ("一.jpg", photo, "image/jpeg")})
        assert ("辖区以外" in answer.json()["hint"]) is is_odd


def test_what_is_no_photo_is_named_and_the_others_are_kept(township: TestClient, event: int) -> None:
    page = f"/events/{event}/photos/{WEST}"
    files = [("photos", ("好.jpg", jpeg(), "image/jpeg")), ("photos", ("表.xlsx", b"PK no picture", "image/jpeg"))]
    refused = township.post(page, files=files)
    assert refused.status_code == 422 and "表.xlsx" in refused.text and refused.text.count('name="photo"') == 1
    assert township.post(page, data={"village": ""}).status_code == 422
    assert township.post(f"/events/{event}/photos/{COUNTY}", files=files).status_code in (403, 422)
    nothing = township.post(f"{page}/press", data={"press": "house-1"})
    assert nothing.status_code == 422 and "请先选照片" in nothing.text


def _journal(toy: ToyDatabase, action: str) -> list[str]:
    with toy.transaction() as session:
        rows = session.execute(
            text("SELECT subject_kind, subject_id FROM journal_entry WHERE action = :a ORDER BY id"), {"a": action}
        )
        return [f"{row[0]} {row[1]}" for row in rows]


# Any order of steps: each photo is in exactly one place, and a house has the photos that were given to it and no others.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["send", "assign", "back", "aside", "restore", "direct"]),
        st.integers(0, 3),
        st.sampled_from(HOUSES),
    ),
    max_size=14,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_no_photo_is_lost_or_doubled(toy: ToyDatabase, event: int, steps: list[tuple[str, int, str]]) -> None:
    tasks = {code: task(toy, event, code).id for code in HOUSES}
    with toy.transaction() as session:
        try:
            _walk(session, toy, event, tasks, steps)
        finally:
            session.rollback()


def _walk(
    session: Session, toy: ToyDatabase, event: int, tasks: dict[str, int], steps: list[tuple[str, int, str]]
) -> None:
    actor, store, row = toy.actor(), FileStore(toy.settings.files), session.get_one(HazardEvent, event)
    where: dict[int, str] = {}
    ids: dict[int, int] = {}
    for act, n, house in steps:
        if act == "send":
            ids[n] = service.keep_loose(session, actor, store, row, WEST, data=jpeg(n), name="a.jpg").id
            if where.get(n, "aside") == "aside":
                where[n] = "waiting"
            continue
        if n not in ids:
            continue
        photo = session.get_one(LoosePhoto, ids[n])
        seen = {photo.id: photo.version}
        if act == "assign":
            service.assign(session, actor, store, row, WEST, seen, tasks[house])
            where[n] = house
        elif act == "back":
            service.take_back(session, actor, row, WEST, seen)
            where[n] = where[n] if where[n] == "aside" else "waiting"
        elif act == "aside" and where[n] not in HOUSES:
            service.set_aside(session, actor, row, WEST, seen)
            where[n] = "aside"
        elif act == "aside":
            with pytest.raises(Conflict):
                service.set_aside(session, actor, row, WEST, seen)
        elif act == "restore":
            service.restore(session, actor, row, WEST, seen)
            where[n] = "waiting" if where[n] == "aside" else where[n]
        with pytest.raises((Conflict, NotFound)):
            service.assign(session, actor, store, row, WEST, {photo.id: 99, 999_999: 1}, tasks[house])
    tray = tray_of(session, row, WEST)
    shown = Counter({"waiting": len(tray.waiting), "aside": len(tray.aside)}) + Counter(
        one.house_code for one in tray.assigned
    )
    assert shown == Counter(where.values())
    for house, number in tasks.items():
        photos = photos_of(session, number)
        assert len(photos) == sum(place == house for place in where.values()), house
        state = session.scalar(text("SELECT state FROM emergency_inspection WHERE id = :i"), {"i": number})
        assert state == ("in_progress" if photos else "open")
