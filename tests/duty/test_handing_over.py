"""A night's shift from its first minute to the next officer: rights, handover, takeover, and what happens without them."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.accounts import credentials
from geo_housing.accounts.models import User
from geo_housing.accounts.terms import Terms
from geo_housing.clock import now
from geo_housing.db import OUTSIDE_SHIFT, Actor, Database, enter
from geo_housing.duty.matters import parts_of
from geo_housing.scope import AreaScope
from tests.fixtures.people import ADDRESS, ADMINISTRATOR, Member
from tests.fixtures.toy import ToyDatabase
from tests.inspections.test_loose_photos import jpeg
from tests.response.warnings import LIFT, RED, confirm
from tests.scope.country import WHOLE, posted
from tests.toy_county.county import COUNTY, EAST, WEST

Later = Callable[..., None]


def shift(begins: float, ends: float) -> Terms:
    """Hours from now."""
    return Terms(shift_from=now() + timedelta(hours=begins), shift_to=now() + timedelta(hours=ends))


def officer(toy: ToyDatabase, begins: float = -1, ends: float = 10, area: str = COUNTY) -> Member:
    return toy.member("duty", area, terms=shift(begins, ends))


def sign_in(toy: ToyDatabase, member: Member) -> tuple[int, str]:
    client = TestClient(toy.app, base_url=ADDRESS, follow_redirects=False)
    answer = client.post("/api/v1/session", json={"username": member.name, "password": member.password})
    return answer.status_code, answer.text


def an_event(toy: ToyDatabase) -> int:
    county = toy.browser(toy.member("county", COUNTY))
    made = posted(county, "/api/v1/events", {"name": "暴雨夜", "kind": "rainstorm", "level": "red", "geometry": WHOLE})
    posted(county, f"/api/v1/events/{made['event']}/respond", {})
    return int(made["event"])


def latest(toy: ToyDatabase, table: str) -> dict[str, object]:
    with toy.transaction() as session:
        return dict(session.execute(text(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 1")).mappings().one())


class TestRights:
    def test_none_before_all_in_it_none_after(self, toy: ToyDatabase, later: Later) -> None:
        event = an_event(toy)
        member = officer(toy, begins=2, ends=14)
        status, told = sign_in(toy, member)
        assert status == 401 and "开始，到时再登录" in told
        later(hours=2, minutes=1)
        client = toy.browser(member)
        assert client.get(f"/events/{event}/calls").status_code == 200
        assert client.post(
            "/api/v1/warnings/read", json={"text": "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号"}
        ).status_code in (200, 422)
        started = client.post(f"/api/v1/events/{event}/calls/at/{WEST}", json={"name": "李某", "number": "13900000001"})
        assert started.status_code == 200, started.text
        assert client.post(f"/events/{event}/reports", data={"kind": "flash"}).status_code == 303
        # By day: ledgers, the roster, accounts, settings.
        assert client.get("/imports").status_code == 403
        assert client.get("/users").status_code == 403
        assert client.get("/settings").status_code == 403
        assert client.post("/roster/contacts", data={}).status_code in (403, 404, 405)
        assert client.get("/api/v1/houses.geojson").status_code == 403
        # The planned end and the grace are over: the session that is open stops in the middle.
        later(hours=15, minutes=50)
        client = toy.browser(member)
        assert client.get(f"/events/{event}/calls").status_code == 200
        later(minutes=10)
        gone = client.get(f"/events/{event}/calls")
        assert gone.status_code == 303 and gone.headers["location"].startswith("/sign-in")
        assert client.get("/api/v1/events").status_code == 401
        status, told = sign_in(toy, member)
        assert status == 401 and "班次已结束" in told

    def test_a_token_works_in_the_shift_and_stops_with_it(self, toy: ToyDatabase, later: Later) -> None:
        member = officer(toy, begins=-1, ends=1)
        with toy.database.transaction(ADMINISTRATOR) as session:
            token = credentials.add_token(session, ADMINISTRATOR, user=session.get_one(User, member.user_id)).token
        client = TestClient(toy.app, base_url=ADDRESS, headers={"Authorization": f"Bearer {token}"})
        assert client.get("/api/v1/events").status_code == 200
        later(hours=1 + 4, minutes=1)
        assert client.get("/api/v1/events").status_code == 401

    def test_the_database_gives_no_area_outside_the_shift(self, toy: ToyDatabase, later: Later) -> None:
        member = officer(toy, begins=-1, ends=1)
        actor = Actor(
            f"user:{member.name}", AreaScope(COUNTY), frozenset({"houses.view"}), grant_id=member.grant_id,
            shift_id=member.grant_id,
        )  # fmt: skip
        counted = text("SELECT count(*) FROM house")
        with toy.database.transaction(actor) as session:
            assert session.scalar(counted) == 43
        later(hours=6)
        with toy.database.transaction(actor) as session:
            assert session.scalar(counted) == 0
        assert "NOT gh_shift_holds" in OUTSIDE_SHIFT.text and callable(enter) and Database

    def test_a_township_s_officer_sees_his_township(self, toy: ToyDatabase) -> None:
        client = toy.browser(officer(toy, area=WEST))
        codes = {row["area_code"][:9] for row in client.get("/api/v1/houses?limit=500").json()["items"]}
        assert codes == {WEST}
        assert client.get(f"/api/v1/houses?area={EAST}").status_code in (403, 404)


class TestHandingOver:
    def test_the_next_accepts_with_one_press(self, toy: ToyDatabase, later: Later) -> None:
        event = an_event(toy)
        first, second = officer(toy, -1, 8), officer(toy, 7.9, 20)
        leaving = toy.browser(first)
        page = leaving.get("/duty").text
        assert "未转" in page and "叫应未接通 2 个（共 2 个）" in page
        later(hours=7, minutes=58)
        leaving = toy.browser(first)
        given = leaving.post(
            "/duty/hand-over", data={"note": "宝石镇还有两户不愿走", "to": str(second.user_id), "client_id": "a"}
        )
        assert given.status_code == 303
        # Twice is once.
        leaving.post("/duty/hand-over", data={"note": "宝石镇还有两户不愿走", "client_id": "a"})
        # Nobody's name is learnt by counting up numbers of accounts.
        stranger = toy.member("county", COUNTY)
        named = leaving.post("/api/v1/duty/hand-over", json={"note": "", "to": stranger.user_id})
        assert named.status_code == 422 and stranger.name not in named.text
        row = latest(toy, "duty_handover")
        assert (row["user_id"], row["to_user_id"], row["note"]) == (
            first.user_id, second.user_id, "宝石镇还有两户不愿走"
        )  # fmt: skip
        with toy.transaction() as session:
            assert session.scalar(text("SELECT count(*) FROM duty_handover")) == 1
        figures = row["figures"]
        assert isinstance(figures, dict)
        assert [one["event"] for one in figures["events"]] == [event]
        assert figures["events"][0]["not_reached"] == 2
        # Until somebody has taken over they stay.
        assert leaving.get("/events").status_code == 200
        coming = toy.browser(second)
        waiting = coming.get("/duty").text
        assert "宝石镇还有两户不愿走" in waiting and "接班" in waiting
        assert "已交班，待接班" in coming.get("/duty/line").text
        taken = coming.post(f"/duty/shifts/{first.grant_id}/take-over", data={"read": str(row["id"])})
        assert taken.status_code == 303, taken.text
        over = latest(toy, "duty_takeover")
        assert (over["grant_id"], over["handover_id"], over["user_id"], over["by_grant_id"]) == (
            first.grant_id, row["id"], second.user_id, second.grant_id
        )  # fmt: skip
        gone = leaving.get("/events")
        assert gone.status_code == 303 and gone.headers["location"].startswith("/sign-in")
        assert "待接班" not in coming.get("/duty/line").text
        assert "已交接" in coming.get("/duty").text
        journal = toy.browser(toy.member("county", COUNTY)).get("/journal").text
        assert "接班" in journal and "交班" in journal

    def test_a_later_word_is_read_before_it_is_taken(self, toy: ToyDatabase) -> None:
        first, second = officer(toy), officer(toy)
        leaving, coming = toy.browser(first), toy.browser(second)
        leaving.post("/duty/hand-over", data={"note": "一"})
        read = latest(toy, "duty_handover")["id"]
        leaving.post("/duty/hand-over", data={"note": "二"})
        stale = coming.post(f"/duty/shifts/{first.grant_id}/take-over", data={"read": str(read)})
        assert stale.status_code == 409 and "说明刚有更新" in stale.text and "二" in stale.text
        assert leaving.get("/duty").status_code == 200

    def test_only_one_takes_over_and_never_oneself(self, toy: ToyDatabase) -> None:
        first, second, third = officer(toy), officer(toy), officer(toy)
        leaving = toy.browser(first)
        leaving.post("/duty/hand-over", data={"note": "一"})
        read = str(latest(toy, "duty_handover")["id"])
        address = f"/duty/shifts/{first.grant_id}/take-over"
        assert leaving.post(address, data={"read": read}).status_code == 409
        # Somebody who works there by day may go on, too.
        emergency = toy.browser(toy.member("emergency", COUNTY))
        assert emergency.post(address, data={"read": read}).status_code == 303
        late = toy.browser(second).post(address, data={"read": read})
        assert late.status_code == 409 and "不用再接" in late.text
        assert toy.browser(third).get("/duty").status_code == 200
        with toy.transaction() as session:
            assert session.scalar(text("SELECT count(*) FROM duty_takeover")) == 1

    def test_nobody_ends_the_night_of_another_by_a_press(self, toy: ToyDatabase) -> None:
        first, second = officer(toy), officer(toy)
        coming = toy.browser(second)
        refused = coming.post(f"/duty/shifts/{first.grant_id}/take-over", data={"read": ""})
        assert refused.status_code == 409 and "对方还在值班" in refused.text
        assert toy.browser(first).get("/duty").status_code == 200

    def test_other_areas_and_other_roles_find_no_shift(self, toy: ToyDatabase) -> None:
        west = officer(toy, area=WEST)
        east = toy.browser(toy.member("township", EAST))
        assert east.post(f"/duty/shifts/{west.grant_id}/take-over", data={}).status_code == 404
        assert toy.browser(toy.member("leader", COUNTY)).get("/duty").status_code == 403
        assert toy.browser(toy.member("village", f"{WEST}201")).get("/duty").status_code == 403


class TestWithoutHandover:
    def test_nobody_is_locked_out_because_nobody_came(self, toy: ToyDatabase, later: Later) -> None:
        first, second = officer(toy, -1, 2), officer(toy, 4, 16)
        later(hours=2, minutes=5)
        client = toy.browser(first)
        page = client.get("/duty").text
        assert client.get("/events").status_code == 200
        assert "已到点" in page and "请交班" in client.get("/duty/line").text
        later(hours=2)
        client, coming = toy.browser(first), toy.browser(second)
        assert "到点未交班" in coming.get("/duty/line").text
        # The county sees it, too.
        assert "到点未交班" in toy.browser(toy.member("county", COUNTY)).get("/duty").text
        assert coming.post(f"/duty/shifts/{first.grant_id}/take-over", data={"read": ""}).status_code == 303
        assert latest(toy, "duty_takeover")["handover_id"] is None
        assert "（对方未交班）" in coming.get("/duty").text
        assert client.get("/events").status_code == 303

    def test_what_lapsed_can_still_be_taken_over(self, toy: ToyDatabase, later: Later) -> None:
        first, second = officer(toy, -1, 2), officer(toy, 8, 16)
        later(hours=8, minutes=1)
        coming = toy.browser(second)
        assert "未交接" in coming.get("/duty").text
        assert coming.post(f"/duty/shifts/{first.grant_id}/take-over", data={"read": ""}).status_code == 303
        with toy.transaction() as session:
            ended = session.scalar(text("SELECT shift_ended_at FROM area_grant WHERE id = :id"), {"id": first.grant_id})
        assert ended is None, "it had ended by its cap, nobody's press changes that"


def matters_on(client: TestClient) -> str:
    """What the page says is open, without what it says of the figures."""
    return re.sub(r'(?s)<details class="duty-meaning">.*?</details>', "", client.get("/duty").text)


class TestWhatIsOpen:
    def test_everything_that_waits_is_told_with_what_it_means(self, toy: ToyDatabase) -> None:
        event = an_event(toy)
        county = toy.browser(toy.member("county", COUNTY))
        with toy.transaction() as session:
            moves = session.execute(
                text("SELECT id, version, scope_code FROM evacuation WHERE event_id = :e ORDER BY id LIMIT 3"),
                {"e": event},
            ).all()
            loose = session.scalar(text("SELECT code FROM house WHERE scope_code LIKE :w LIMIT 1"), {"w": f"{WEST}%"})
        for row, state in zip(moves, ("refused", "refused", "unreachable"), strict=True):
            sent = {"state": state, "version": row.version, "reason": "不愿走", "note": "已劝三次"}
            answer = county.patch(
                f"/api/v1/events/{event}/evacuation/{row.id}",
                json={name: value for name, value in sent.items() if name != "reason"},
            )
            assert answer.status_code == 200, answer.text
        assert county.post(f"/events/{event}/reports", data={"kind": "flash"}).status_code == 303 and loose
        picture = {"file": ("a.jpg", jpeg(), "image/jpeg")}
        kept = county.post(f"/api/v1/events/{event}/photos/{WEST}/photos", files=picture)
        assert kept.status_code == 200, kept.text
        client = toy.browser(officer(toy))
        page = client.get("/duty").text
        for told in (
            "其中拒绝转移 2 户", "其中联系不上 1 户", "照片待归户 1 张", "报告未定稿 1 份", "待开始排查", "叫应未接通 2 个",
            "这些事项怎么算",
        ):  # fmt: skip
            assert told in page, told
        [one] = client.get("/api/v1/duty").json()["open"]["events"]
        assert (one["refused"], one["unreachable"], one["photos"], one["draft_reports"]) == (2, 1, 1, 1)
        with toy.transaction() as session:
            left = session.scalar(
                text(
                    "SELECT count(*) FROM evacuation WHERE event_id = :e AND state IN ('pending', 'refused', 'unreachable')"
                ),
                {"e": event},
            )
        assert one["not_moved"] == left >= one["refused"] + one["unreachable"]

    def test_what_the_night_has_left_is_still_told_in_the_inspections_and_a_drill_apart(self, toy: ToyDatabase) -> None:
        event = an_event(toy)
        county = toy.browser(toy.member("county", COUNTY))
        drilled = {"name": "演练夜", "kind": "rainstorm", "level": "red", "geometry": WHOLE, "mode": "drill"}
        drill = posted(county, "/api/v1/events", drilled)["event"]
        quake = posted(county, "/api/v1/events", {"name": "地震", "kind": "earthquake", "geometry": WHOLE})["event"]
        for number in (event, drill):
            if number == drill:
                posted(county, f"/api/v1/events/{drill}/respond", {})
            figure = {"area": WEST, "households": 2, "people": 5, "reported_by": "李某"}
            posted(county, f"/api/v1/events/{number}/evacuation/figures", figure)
            posted(county, f"/api/v1/events/{number}/phase", {"phase": "aftermath"})
        with toy.transaction() as session:
            session.execute(
                text("UPDATE emergency_inspection SET due_at = now() - interval '1 hour' WHERE state = 'open'")
            )
        client = toy.browser(officer(toy))
        found = matters_on(client)
        real, apart = (
            found.partition('class="duty-matters"')[2].partition("</ul>")[0].split("以下是演练，不计入任何统计", 1)
        )
        for part in (real, apart):
            assert "叫应未接通 2 个（共 2 个）" in part and "未接通的是 " in part and "西山镇" in part
            assert "电话报数待补录姓名 2 户" in part and "其中逾期 " in part
        assert "演练夜" in apart and "演练夜" not in real
        told = {one["event"]: one for one in client.get("/api/v1/duty").json()["open"]["events"]}
        assert told[event]["to_name"] == told[drill]["to_name"] == 2 and list(told)[-1] == drill
        # Nobody has to be warned of an earthquake; a call of it that was begun and not answered is a matter.
        assert not told[quake]["calls_matter"] and not any("叫应" in part for part in parts_of(told[quake]))
        posted(county, f"/api/v1/events/{quake}/calls/at/{WEST}", {"name": "李某", "number": "13900000001"})
        [again] = [one for one in client.get("/api/v1/duty").json()["open"]["events"] if one["event"] == quake]
        assert any("叫应未接通" in part for part in parts_of(again))

    def test_a_lift_and_an_end_of_validity_wait_for_somebody(self, toy: ToyDatabase) -> None:
        event = confirm(toy, RED).event
        client = toy.browser(officer(toy))
        assert "预警已解除" not in matters_on(client)
        with toy.transaction() as session:
            session.execute(text("UPDATE hazard_event SET expires_at = now() - interval '1 hour'"))
        assert "预警已过有效期，请核对是否解除" in matters_on(client)
        confirm(toy, LIFT, target=str(event))
        found = matters_on(client)
        assert "预警已解除，待转入灾后排查" in found and "已过有效期" not in found

    def test_an_older_handover_is_still_read(self) -> None:
        old = {
            "event": 1, "name": "暴雨", "mode": "actual", "level": "red", "phase": "warning", "to_call": 3, "not_reached": 1,
            "late_replies": 0, "not_moved": 2, "prepared": 4, "to_inspect": 0, "overdue": 0, "lifted": False,
        }  # fmt: skip
        assert parts_of(old) == ["叫应未接通 1 个（共 3 个）", "未转 2 户", "待开始排查 4 栋"]


class TestTheSession:
    def test_a_duty_officer_stays_signed_in_through_a_quiet_night(self, toy: ToyDatabase, later: Later) -> None:
        member = officer(toy, -1, 20)
        client, by_day = toy.browser(member), toy.browser(toy.member("county", COUNTY))
        later(hours=3)
        assert client.get("/events").status_code == 200
        assert by_day.get("/events").status_code == 303, "others are signed out after half an hour"
        # Beyond the hours of a day's session, too, as long as the shift holds.
        later(hours=11)
        assert client.get("/events").status_code == 200
        later(hours=10)
        assert client.get("/events").status_code == 303, "the shift and its grace are over"

    def test_the_county_may_ask_for_less(self, toy: ToyDatabase, later: Later) -> None:
        with toy.database.transaction(ADMINISTRATOR) as session:
            session.execute(
                text(
                    "INSERT INTO policy_setting (key, area_code, value, basis, effective_from, recorded_by)"
                    " VALUES ('session.duty_idle_minutes', '0', '60', 'x', '2026-01-01', 'x')"
                )
            )
        client = toy.browser(officer(toy))
        later(minutes=59)
        assert client.get("/events").status_code == 200
        later(minutes=61)
        assert client.get("/events").status_code == 303

    def test_an_extended_shift_needs_no_second_sign_in(self, toy: ToyDatabase, later: Later) -> None:
        member = officer(toy, -1, 2)
        client = toy.browser(member)
        until = (now() + timedelta(hours=11)).strftime("%Y-%m-%dT%H:%M")
        county = toy.browser(toy.member("county", COUNTY))
        assert county.post(f"/duty/shifts/{member.grant_id}/extend", data={"until": until}).status_code == 303
        later(hours=10)
        assert client.get("/events").status_code == 200


class TestTheApi:
    def test_hands_over_and_takes_over(self, toy: ToyDatabase) -> None:
        an_event(toy)
        first, second = officer(toy), officer(toy)
        leaving, coming = toy.browser(first), toy.browser(second)
        assert leaving.get("/api/v1/duty").json()["own_shift"] == first.grant_id
        left = leaving.post("/api/v1/duty/hand-over", json={"note": "两户不愿走", "client_id": "a"}).json()
        assert leaving.post("/api/v1/duty/hand-over", json={"note": "又", "client_id": "a"}).json() == left
        assert coming.post("/api/v1/duty/hand-over", json={"surprise": 1}).status_code == 422
        path = f"/api/v1/duty/shifts/{first.grant_id}/take-over"
        [line] = [one for one in coming.get("/api/v1/duty").json()["shifts"] if one["shift"] == first.grant_id]
        assert (line["state"], line["handover"]["note"], line["may_take_over"]) == ("handed_over", "两户不愿走", True)
        assert coming.post(path, json={"read": None}).status_code == 409
        assert coming.post(path, json={"read": left["handover"]}).status_code == 200
        assert leaving.get("/api/v1/duty").status_code == 401
        assert toy.browser(toy.member("leader", COUNTY)).get("/api/v1/duty").status_code == 403


class TestTheOffice:
    def test_extends_and_ends_early_with_a_trace(self, toy: ToyDatabase, later: Later) -> None:
        member = officer(toy, -1, 1)
        county = toy.browser(toy.member("county", COUNTY))
        until = (now() + timedelta(hours=9)).strftime("%Y-%m-%dT%H:%M")
        assert county.post(f"/duty/shifts/{member.grant_id}/extend", data={"until": until}).status_code == 303
        later(hours=6)
        client = toy.browser(member)
        assert client.get("/events").status_code == 200
        county = toy.browser(toy.member("county", COUNTY))
        ended = county.post(f"/duty/shifts/{member.grant_id}/end", data={"reason": "发病，换人"})
        assert ended.status_code == 303, ended.text
        assert client.get("/events").status_code == 303
        told = county.get("/journal").text
        assert "调整班次时间" in told and "提前结束班次" in told and "发病，换人" in told

    def test_only_the_office_and_nobody_for_himself(self, toy: ToyDatabase) -> None:
        member = officer(toy)
        other = toy.browser(officer(toy))
        until = {"until": (now() + timedelta(hours=20)).strftime("%Y-%m-%dT%H:%M")}
        assert other.post(f"/duty/shifts/{member.grant_id}/extend", data=until).status_code == 403
        assert other.post(f"/duty/shifts/{member.grant_id}/end", data={"reason": "x"}).status_code == 403
        county = toy.browser(toy.member("county", COUNTY))
        assert county.post(f"/duty/shifts/{member.grant_id}/end", data={"reason": " "}).status_code == 422
        past = {"until": (now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M")}
        assert county.post(f"/duty/shifts/{member.grant_id}/extend", data=past).status_code == 422
        odd = county.post(f"/duty/shifts/{member.grant_id}/extend", data={"until": "2026-02-30T08:00"})
        assert odd.status_code == 422 and "“结束时间改为”请填成" in odd.text

    def test_is_given_on_the_page_of_accounts(self, toy: ToyDatabase) -> None:
        admin = toy.browser(toy.member("admin", "0"))
        begins, ends = (now() + timedelta(hours=n) for n in (1, 13))
        form = {
            "name": "zhiban.yi", "display_name": "值班一", "role": "duty", "area": COUNTY,
            "shift_from": f"{begins:%Y-%m-%dT%H:%M}", "shift_to": f"{ends:%Y-%m-%dT%H:%M}",
        }  # fmt: skip
        made = admin.post("/users", data=form)
        assert made.status_code == 201 and re.search(r"/first/[\w-]+", made.text)
        assert f"{begins:%m-%d %H:%M}" in admin.get("/users").text
        for name, label in (("shift_from", "班次开始"), ("shift_to", "班次结束")):
            odd = admin.post("/users", data={**form, "name": "zhiban.er", name: "今晚"})
            assert odd.status_code == 422 and f"“{label}”请填成 2026-07-19 06:30 这样的时间" in odd.text
        for missing in ("shift_from", "shift_to"):
            refused = admin.post("/users", data={**form, "name": "zhiban.er", missing: ""})
            assert refused.status_code == 422 and "开始和结束时间" in refused.text
        assert admin.post("/users", data={**form, "name": "zhiban.er", "area": f"{WEST}201"}).status_code == 422


@pytest.mark.parametrize(("role", "area"), [("county", COUNTY), ("township", WEST)])
def test_other_roles_have_no_shift(toy: ToyDatabase, role: str, area: str) -> None:
    admin = toy.browser(toy.member("admin", "0"))
    member = toy.member(role, area)
    answer = admin.post(
        f"/users/{member.name}/grants",
        data={"role": role, "area": area, "shift_from": "2026-11-26T18:00", "shift_to": "2026-11-27T08:00"},
    )
    # The browser hides the fields of other roles but sends them.
    assert answer.status_code == 303
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM area_grant WHERE shift_from IS NOT NULL")) == 0
