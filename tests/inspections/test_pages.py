"""The list of what is to be inspected and the form of a result: refusals keep what was typed, photos are made safe."""

import io
import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image
from sqlalchemy import text

from geo_housing import clock
from geo_housing.files import photos as photo_rules
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import begun_in_july
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

WEST_ONE = VILLAGES["西一"][0]
SAID = {"visitor": "某巡查员", "visited_at": f"{clock.now():%Y-%m-%dT%H:%M}"}


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@furnished
def event(toy: ToyDatabase) -> int:
    """Tasks in both townships, in 灾后排查."""
    county = toy.browser(toy.member("county", COUNTY))
    number = county.post("/api/v1/events", json={"areas": [WEST, EAST], "name": "强降雨", "kind": "flood"}).json()[
        "event"
    ]
    assert county.post(f"/api/v1/events/{number}/respond").status_code == 200
    assert county.post(f"/api/v1/events/{number}/phase", json={"phase": "aftermath"}).status_code == 200
    return int(number)


def value(toy: ToyDatabase, query: str, **values: object) -> object:
    with toy.transaction() as session:
        return session.scalar(text(query), values)


def inspection(toy: ToyDatabase, code: str) -> int:
    query = "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c"
    return int(str(value(toy, query, c=code)))


def version(client: TestClient, number: int) -> str:
    found = re.search(r'name="version" value="(\d+)"', client.get(f"/inspections/{number}").text)
    assert found
    return found[1]


def enter(client: TestClient, number: int, **said: str) -> Response:
    return client.post(f"/inspections/{number}", data={"version": version(client, number), **SAID, **said})


def jpeg(width: int = 40, height: int = 20, *, orientation: int | None = None) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
        exif[0x0110] = "某手机"
    Image.new("RGB", (width, height), "red").save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


class TestTheForm:
    def test_a_result_is_saved_and_leads_to_the_next_house(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        number = inspection(toy, "西一-D")
        saved = enter(county, number, result="collapsed", rooms_collapsed="2")
        assert saved.status_code == 303 and saved.headers["location"] != f"/inspections/{number}"
        assert "排查完成" in county.get(saved.headers["location"]).text
        assert value(toy, "SELECT state FROM emergency_inspection WHERE id = :i", i=number) == "done"
        assert value(toy, "SELECT damage FROM emergency_inspection WHERE id = :i", i=number) == "collapsed"
        assert value(toy, "SELECT grade FROM house WHERE code = '西一-D'") == "D"
        entry = "SELECT count(*) FROM journal_entry WHERE action = 'inspections.enter' AND subject_id = :s"
        assert value(toy, entry, s=str(number)) == 1

    def test_who_looked_and_when_is_carried_to_the_next_house_of_the_village(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        following = enter(county, inspection(toy, "西一-D"), result="no_visible_hazard").headers["location"]
        page = county.get(following).text
        assert (
            'value="某巡查员"' in page
            and f'value="{SAID["visited_at"]}"' in page
            and "沿用您在本村录入的上一栋" in page
        )
        number = int(following.rsplit("/", 1)[1])
        assert value(toy, "SELECT begun_at FROM emergency_inspection WHERE id = :i", i=number) is None
        # Not into another village, not for another person, not for the one who looks themselves.
        assert "某巡查员" not in county.get(f"/inspections/{inspection(toy, '东一-D')}").text
        for other in (toy.member("township", WEST), toy.member("village", WEST_ONE)):
            assert "某巡查员" not in toy.browser(other).get(following).text
        long_ago = "UPDATE emergency_inspection SET begun_at = begun_at - interval '2 days', done_at = done_at - interval '2 days'"
        with toy.transaction() as session:
            session.execute(text(long_ago))
        assert "某巡查员" not in county.get(following).text

    def test_more_rooms_than_registered_are_asked_about_and_never_refused(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        with toy.transaction() as session:
            session.execute(text("UPDATE house SET rooms = 3 WHERE code IN ('西一-D', '西一-C')"))
        odd = "损坏间数多于登记的 3 间，请核对"
        for code, rooms in (("西一-D", "999"), ("西一-C", "3")):
            number = inspection(toy, code)
            said = {"result": "suspected", "damage": "slight", "rooms_slight": rooms, "findings": "裂缝"}
            saved = enter(county, number, **said)
            assert saved.status_code == 303
            following = county.get(saved.headers["location"]).text
            assert (f"{code}：{odd}" in following) == (rooms == "999")
            assert value(toy, "SELECT state FROM emergency_inspection WHERE id = :i", i=number) == "done"
            hint = re.search(r'data-registered="3"( hidden)?>', county.get(f"/inspections/{number}").text)
            assert hint and bool(hint[1]) == (rooms == "3")
        village = county.get(f"/events/{event}/areas/{WEST_ONE}").text
        assert "一般999间（多于登记）" in village and "一般3间<" in village

    def test_what_is_still_missing_is_told_after_saving(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        number = inspection(toy, "西一-D")
        saved = enter(county, number, result="suspected", findings="墙体开裂")
        assert saved.headers["location"] == f"/inspections/{number}"
        page = county.get(f"/inspections/{number}").text
        assert "已保存，但还没有完成" in page and "请选择损坏程度" in page and "墙体开裂" in page
        assert value(toy, "SELECT state FROM emergency_inspection WHERE id = :i", i=number) == "in_progress"

    def test_digits_of_full_width_are_taken(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        begun_in_july(toy, event)
        number = inspection(toy, "西一-D")
        assert (
            enter(
                county, number, result="collapsed", rooms_collapsed="３", visited_at="２０２６/７/１２　８：０５"
            ).status_code
            == 303
        )
        stored = (
            "SELECT rooms_collapsed || ' ' || to_char(visited_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI')"
        )
        assert value(toy, f"{stored} FROM emergency_inspection WHERE id = :i", i=number) == "3 2026-07-12 08:05"

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({}, "请先选择排查结果"),
            ({"result": "collapsed", "rooms_collapsed": "两间"}, "间数应是整数"),
            ({"result": "collapsed", "rooms_collapsed": "-3"}, "间数不能小于 0"),
            ({"result": "collapsed", "rooms_collapsed": "－３"}, "间数不能小于 0，现在是“－３”"),
            ({"result": "collapsed", "rooms_collapsed": "²"}, "间数应是整数"),
            ({"result": "collapsed", "visited_at": "2026-02-30T08:00"}, "“排查时间”请填成 2026-07-19 06:30 这样的时间"),
            ({"result": "collapsed", "visited_at": "0026-07-12T08:00"}, "“排查时间”请填成"),
            (
                {"result": "collapsed", "reported_how": "phone", "reported_at": "刚才"},
                "“报告时间”请填成 2026-07-19 06:30 这样的时间",
            ),
            ({"result": "no_visible_hazard", "damage": "severe"}, "不能同时填损坏"),
            ({"result": "collapsed", "rooms_collapsed": "1", "visited_at": "2999-01-01T00:00"}, "不能晚于现在"),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(
        self, toy: ToyDatabase, county: TestClient, event: int, said: dict[str, str], sentence: str
    ) -> None:
        number = inspection(toy, "西一-D")
        refused = enter(county, number, **{"visitor": "打了一半的人", **said})
        assert refused.status_code == 422 and sentence in refused.text and 'value="打了一半的人"' in refused.text
        assert value(toy, "SELECT begun_at FROM emergency_inspection WHERE id = :i", i=number) is None

    def test_who_was_slower_keeps_the_text_sees_the_other_and_may_replace_it(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        number = inspection(toy, "西一-D")
        old = version(county, number)
        enter(county, number, result="locked", findings="第一个人写的")
        mine = {**SAID, "version": old, "result": "suspected", "damage": "none", "findings": "第二个人写的"}
        refused = county.post(f"/inspections/{number}", data=mine)
        assert refused.status_code == 409
        assert "第二个人写的</textarea>" in refused.text and "现在保存的内容" in refused.text
        assert "第一个人写的" in refused.text
        now = re.search(r'name="version" value="(\d+)"', refused.text)
        assert now and now[1] != old
        assert county.post(f"/inspections/{number}", data={**mine, "version": now[1]}).status_code == 303
        assert value(toy, "SELECT findings FROM emergency_inspection WHERE id = :i", i=number) == "第二个人写的"

    def test_the_same_form_sent_twice_is_saved_once(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        number = inspection(toy, "西一-D")
        form = {**SAID, "version": version(county, number), "client_id": "f-1", "result": "no_visible_hazard"}
        assert [county.post(f"/inspections/{number}", data=form).status_code for _ in range(2)] == [303, 303]
        entry = "SELECT count(*) FROM journal_entry WHERE action LIKE 'inspections.%' AND subject_id = :s"
        assert value(toy, entry, s=str(number)) == 1

    def test_a_finished_result_is_corrected_as_a_whole_and_the_journal_keeps_both(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        number = inspection(toy, "西一-D")
        enter(county, number, result="no_visible_hazard")
        half = enter(county, number, result="suspected", damage="severe", rooms_severe="1")
        assert half.status_code == 422 and "已完成的排查只能改成完整的内容" in half.text
        enter(county, number, result="suspected", damage="severe", rooms_severe="1", findings="后墙开裂")
        diff = value(toy, "SELECT diff FROM journal_entry WHERE action = 'inspections.correct'")
        assert isinstance(diff, dict) and diff["result"] == ["no_visible_hazard", "suspected"]

    def test_a_withdrawn_task_takes_nothing(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        number = inspection(toy, "西一-D")
        county.post(f"/api/v1/events/{event}/phase", json={"phase": "mistaken", "reason": "试"})
        page = county.get(f"/inspections/{number}").text
        assert "这项任务已撤销" in page and "<textarea" not in page
        late = {**SAID, "result": "locked", "version": "1"}
        assert county.post(f"/inspections/{number}", data=late).status_code == 409

    def test_a_village_person_is_the_one_who_looked(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        village = toy.browser(toy.member("village", WEST_ONE))
        number = inspection(toy, "西一-D")
        form = {"version": version(village, number), "result": "no_visible_hazard", "visitor": "", "visited_at": ""}
        assert village.post(f"/inspections/{number}", data=form).status_code == 303
        assert value(toy, "SELECT visitor FROM emergency_inspection WHERE id = :i", i=number)
        assert village.get(f"/inspections/{inspection(toy, '东一-D')}").status_code == 404

    @pytest.mark.parametrize("role", ["planner", "leader"])
    def test_readers_see_the_result_without_names_and_cannot_enter(
        self, toy: ToyDatabase, county: TestClient, event: int, role: str
    ) -> None:
        number = inspection(toy, "西一-D")
        enter(county, number, result="locked", findings="门口有人说去了外地")
        reader = toy.browser(toy.member(role, COUNTY))
        page = reader.get(f"/inspections/{number}").text
        assert "锁门/外出" in page and "去了外地" not in page and "某巡查员" not in page
        assert "户主" not in page and "独居老人" not in page and "有避险特征" not in page
        assert reader.post(f"/inspections/{number}", data={**SAID, "result": "locked"}).status_code == 403


class TestPhotos:
    def test_a_photo_is_turned_upright_and_loses_what_the_phone_wrote(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        number = inspection(toy, "西一-D")
        form = {**SAID, "version": version(county, number), "result": "no_visible_hazard"}
        sent = [
            ("photos", ("a.jpg", jpeg(orientation=6), "image/jpeg")),
            ("photos", ("b.jpg", jpeg(30, 30), "image/jpeg")),
        ]
        assert county.post(f"/inspections/{number}", data=form, files=sent).status_code == 303
        page = county.get(f"/inspections/{number}").text
        addresses = re.findall(r'<img src="(/api/v1/inspections/\d+/photos/\d+)"', page)
        assert len(addresses) == 2
        kept = Image.open(io.BytesIO(county.get(addresses[0]).content))
        assert kept.size == (20, 40) and kept.format == "JPEG" and 0x0110 not in kept.getexif()

    def test_whoever_enters_nothing_sees_them_too_where_he_may_see_the_family(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        number = inspection(toy, "西一-D")
        form = {**SAID, "version": version(county, number), "result": "no_visible_hazard"}
        sent = [("photos", ("a.jpg", jpeg(), "image/jpeg"))]
        assert county.post(f"/inspections/{number}", data=form, files=sent).status_code == 303
        with toy.transaction() as session:
            session.execute(text("UPDATE emergency_inspection SET state = 'withdrawn' WHERE id = :i"), {"i": number})
        page = county.get(f"/inspections/{number}").text
        assert 'action="/inspections/' not in page
        [address] = re.findall(r'<img src="(/api/v1/inspections/\d+/photos/\d+)"', page)
        assert county.get(address).status_code == 200 and "照片 1 张" in county.get("/houses/西一-D").text
        planner = toy.browser(toy.member("planner", COUNTY))
        assert address not in planner.get(f"/inspections/{number}").text and planner.get(address).status_code == 403
        assert "照片 1 张" not in planner.get("/houses/西一-D").text

    @pytest.mark.parametrize(
        ("name", "data", "sentence"),
        [("表.xlsx", b"PK\x03\x04 no picture", "不是照片"), ("断.jpg", jpeg()[:60], "照片")],
    )
    def test_what_is_no_picture_is_named_and_only_the_good_photo_is_saved(
        self, toy: ToyDatabase, county: TestClient, event: int, name: str, data: bytes, sentence: str
    ) -> None:
        number = inspection(toy, "西一-D")
        form = {**SAID, "version": version(county, number), "result": "locked", "findings": "写了很多字"}
        files = [("photos", ("好.jpg", jpeg(), "image/jpeg")), ("photos", (name, data, "image/jpeg"))]
        refused = county.post(f"/inspections/{number}", data=form, files=files)
        assert refused.status_code == 422
        assert name in refused.text and sentence in refused.text and "写了很多字" in refused.text
        assert "请重新选择" in refused.text
        assert value(toy, "SELECT count(*) FROM inspection_photo") == 1
        assert value(toy, "SELECT coalesce(result, findings) FROM emergency_inspection WHERE id = :i", i=number) is None

    def test_a_photo_that_is_too_large_is_refused(
        self, toy: ToyDatabase, county: TestClient, event: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(photo_rules, "MOST_BYTES", 100)
        number = inspection(toy, "西一-D")
        form = {**SAID, "version": version(county, number), "result": "no_visible_hazard"}
        files = {"photos": ("大.jpg", jpeg(400, 400), "image/jpeg")}
        refused = county.post(f"/inspections/{number}", data=form, files=files)
        assert refused.status_code == 422 and "大.jpg" in refused.text and "超过" in refused.text

    def test_photos_of_a_refused_form_are_kept(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        number = inspection(toy, "西一-D")
        form = {**SAID, "version": version(county, number), "result": "suspected", "rooms_severe": "两间"}
        sent = [("photos", ("a.jpg", jpeg(), "image/jpeg")), ("photos", ("b.xlsx", b"PK no picture", "image/jpeg"))]
        refused = county.post(f"/inspections/{number}", data=form, files=sent)
        assert refused.status_code == 422 and 'value="两间"' in refused.text
        assert "照片 1 张已保存" in refused.text and "照片 1 张没有保存" in refused.text
        assert "照片“b.xlsx”没有保存：" in refused.text, "which one, and why"
        assert value(toy, "SELECT count(*) FROM inspection_photo WHERE inspection_id = :i", i=number) == 1
        # The page that is shown can be corrected and saved as it is.
        found = re.search(r'name="version" value="(\d+)"', refused.text)
        assert found is not None
        again = county.post(f"/inspections/{number}", data={**form, "version": found[1], "rooms_severe": "2"})
        assert again.status_code == 303
        assert value(toy, "SELECT rooms_severe FROM emergency_inspection WHERE id = :i", i=number) == 2

    def test_photos_alone_begin_the_inspection(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        number = inspection(toy, "西一-D")
        form = {"version": version(county, number), "visitor": "", "visited_at": ""}
        files = {"photos": ("a.jpg", jpeg(), "image/jpeg")}
        assert county.post(f"/inspections/{number}", data=form, files=files).status_code == 303
        assert value(toy, "SELECT state FROM emergency_inspection WHERE id = :i", i=number) == "in_progress"


class TestTheList:
    def test_filters_narrow_the_list_and_pages_follow_each_other(
        self, toy: ToyDatabase, county: TestClient, event: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("geo_housing.inspections.pages.PAGE_ROWS", 10)
        seen = _every_page(county, f"/inspections?area={WEST}")
        west = value(toy, "SELECT count(*) FROM emergency_inspection WHERE scope_code LIKE :w", w=f"{WEST}%")
        assert len(seen) == len(set(seen)) == west

    def test_overdue_ones_stand_on_top_then_priority_then_risk_on_every_page(
        self, toy: ToyDatabase, county: TestClient, event: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with toy.transaction() as session:
            session.execute(
                text(
                    "UPDATE emergency_inspection i SET priority = 1 + h.id % 3, due_at = :at + (h.id % 5 - 1.5)"
                    " * interval '1 day' FROM house h WHERE h.id = i.house_id"
                ),
                {"at": clock.now()},
            )
            rows = session.execute(
                text(
                    "SELECT i.id, i.due_at < :at AS late, i.priority, h.risk FROM emergency_inspection i"
                    " JOIN house h ON h.id = i.house_id"
                ),
                {"at": clock.now()},
            ).all()
        ranks = ["D", "C", "suspected", "none", "B", "A"]
        wanted = [row.id for row in sorted(rows, key=lambda r: (not r.late, r.priority, ranks.index(r.risk), r.id))]
        assert len({row.late for row in rows}) == 2
        monkeypatch.setattr("geo_housing.inspections.pages.PAGE_ROWS", 7)
        assert _every_page(county, "/inspections") == wanted

    def test_each_chip_tells_how_many_rows_it_opens(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        enter(county, inspection(toy, "西一-D"), result="no_visible_hazard")
        enter(county, inspection(toy, "西二-D"), result="suspected", damage="slight", rooms_slight="1", findings="裂")
        with toy.transaction() as session:
            session.execute(
                text("UPDATE emergency_inspection SET due_at = :at WHERE id = :i"),
                {"at": clock.now() - timedelta(hours=1), "i": inspection(toy, "东一-D")},
            )
        for begin in (
            "/inspections",
            f"/inspections?event={event}&area={WEST}",
            f"/inspections?event={event}&mode=drill",
        ):
            page = county.get(begin).text
            chips = re.findall(r'<a href="(/inspections[^"]*)"[^>]*>[^<]+<b>([\d,]+)</b></a>', page)
            assert len(chips) >= 6
            for address, figure in chips:
                assert len(_every_page(county, address.replace("&amp;", "&"))) == int(figure), address
        assert len(_ids(county, f"?event={event}&result=suspected")) == 1

    def test_done_and_overdue_ones_have_their_own_lists(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        number = inspection(toy, "西一-D")
        enter(county, number, result="no_visible_hazard")
        late = inspection(toy, "东一-D")
        with toy.transaction() as session:
            session.execute(
                text("UPDATE emergency_inspection SET due_at = :at WHERE id = :i"),
                {"at": clock.now() - timedelta(hours=1), "i": late},
            )
        assert _ids(county, "?state=done") == [number]
        assert _ids(county, "?overdue=1") == [late]
        assert number not in _ids(county, "") and late in _ids(county, "")
        assert _ids(county, f"?event={event}&overdue=1") == [late]
        for place in ("x", "1-2", "9" * 18 + "-1-1-1-1", "1-1-1-1-" + "9" * 30):
            assert county.get(f"/inspections?after={place}").status_code == 422

    def test_what_an_ended_event_left_is_not_asked_for_any_more(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        county.post(f"/api/v1/events/{event}/phase", json={"phase": "closed", "reason": "试"})
        assert _ids(county, "") == []
        assert _ids(county, f"?event={event}")


def _ids(client: TestClient, asked: str) -> list[int]:
    page = client.get(f"/inspections{asked}").text
    return [int(number) for number in re.findall(r'class="row-link" href="/inspections/(\d+)"', page)]


def _every_page(client: TestClient, address: str) -> list[int]:
    seen: list[int] = []
    following: str | None = address
    while following:
        page = client.get(following).text
        seen += [int(number) for number in re.findall(r'class="row-link" href="/inspections/(\d+)"', page)]
        found = re.search(r'href="([^"]+)" rel="next"', page)
        following = found[1].replace("&amp;", "&") if found else None
    return seen
