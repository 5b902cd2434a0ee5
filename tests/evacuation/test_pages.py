"""转移避险 on its pages: sums that open their rows, one tap, a whole village, figures, 表外新增; with and without htmx."""

import html
import io
import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.reports.figures import figures_of
from geo_housing.response.reports.gather import gather
from geo_housing.response.reports.wording import _moves as moves_said
from geo_housing.response.service import change_phase, respond
from geo_housing.roster.inside import inside_now
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

VILLAGE = VILLAGES["西一"][0]


def plain(page: str) -> str:
    """The words of a page."""
    body = re.sub(r"<(script|template|style).*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


@furnished
def event(toy: ToyDatabase) -> int:
    """西一 and 东一 under orange, tasks given: 9 households to be moved, four of them in 西一."""
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "orange")
        respond(session, toy.actor(), number)
    return number


@pytest.fixture
def township(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("township", WEST))


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def rows(toy: ToyDatabase, event: int) -> dict[str, Any]:
    with toy.transaction() as session:
        found = session.execute(
            text(
                "SELECT e.*, coalesce(k.head, e.named) AS head, h.code AS house FROM evacuation e"
                " LEFT JOIN household k ON k.id = e.household_id LEFT JOIN house h ON h.id = e.house_id"
                " WHERE e.event_id = :event AND e.withdrawn_at IS NULL"
            ),
            {"event": event},
        )
        return {row.house or row.head: row for row in found}


def press(client: TestClient, event: int, area: str, what: str, part: bool = False, **said: Any) -> Any:
    headers = {"HX-Request": "true"} if part else {}
    return client.post(f"/events/{event}/evacuation/areas/{area}/press", data={"press": what, **said}, headers=headers)


class TestTheSums:
    def test_stand_for_the_whole_and_for_townships_and_villages_worst_first(
        self, county: TestClient, event: int
    ) -> None:
        page = plain(county.get(f"/events/{event}/evacuation").text)
        assert "应转 9 户" in page and "已转 0 户" in page and "未转 9 户" in page
        assert page.index("西山镇 未转 5户") < page.index("东河乡 未转 4户")
        below = plain(county.get(f"/events/{event}/evacuation/areas/{WEST}").text)
        assert "西一村村委会 未转 4户" in below and "西街居委会 未转 1户" in below

    def test_open_the_rows_they_count(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        one = rows(toy, event)["西一-D"]
        press(county, event, VILLAGE, f"{one.id}-{one.version}-refused")
        page = county.get(f"/events/{event}/evacuation").text
        link = re.search(r'href="([^"]+state=refused)"', page)
        assert link
        listed = plain(county.get(html.unescape(link[1])).text)
        assert "拒绝转移" in listed and listed.count("详细登记") == 1

    def test_a_leader_sees_sums_and_no_household(self, toy: ToyDatabase, event: int) -> None:
        leader = toy.browser(toy.member("leader", COUNTY))
        page = leader.get(f"/events/{event}/evacuation/areas/{VILLAGE}").text
        assert "应转" in page and "只看汇总数" in page
        assert "户主" not in plain(page) and "户**" not in page
        assert leader.get(f"/api/v1/events/{event}/evacuation").status_code == 403
        assert leader.get(f"/api/v1/events/{event}/evacuation/totals").json()["total"]["due"]["households"] == 9

    def test_stand_in_the_line_under_the_top_bar_while_it_matters(
        self, toy: ToyDatabase, township: TestClient, event: int
    ) -> None:
        assert "待转移 5 ·" in plain(township.get("/events/line").text)
        for row in [row for row in rows(toy, event).values() if row.scope_code.startswith(WEST)]:
            press(township, event, row.scope_code, f"{row.id}-{row.version}-away")
        assert "待转移 0 ·" in plain(township.get("/events/line").text)
        with toy.transaction() as session:
            change_phase(session, toy.actor(), event, "aftermath")
        assert "待转移" not in plain(township.get("/events/line").text)

    def test_say_why_nobody_is_listed(self, toy: ToyDatabase, county: TestClient) -> None:
        for level, why in (("yellow", "只通知到户"), ("blue", "只掌握信息")):
            with toy.transaction() as session:
                number = make_event(session, toy.actor(), ["西二"], level)
                assert respond(session, toy.actor(), number).evacuation.opened == 0
            assert why in county.get(f"/events/{number}/evacuation").text


class TestATap:
    def test_without_javascript_comes_back_to_the_list_with_a_way_back(
        self, toy: ToyDatabase, township: TestClient, event: int
    ) -> None:
        one = rows(toy, event)["西一-D"]
        done = press(township, event, VILLAGE, f"{one.id}-{one.version}-moved_to_shelter", organiser="包村干部")
        assert done.status_code == 303 and done.headers["location"].endswith(f"#r{one.id}")
        page = township.get(done.headers["location"].partition("#")[0]).text
        assert "已转 1 户" in plain(page)
        undo = re.search(r'action="([^"]+/undo/\d+)"', page)
        assert undo
        assert township.post(undo[1]).status_code == 303
        row = rows(toy, event)["西一-D"]
        assert (row.state, row.begun_at, row.organiser, row.moved_at) == ("pending", None, None, None)

    def test_with_htmx_gives_the_row_and_a_toast_that_takes_it_back(
        self, toy: ToyDatabase, township: TestClient, event: int
    ) -> None:
        one = rows(toy, event)["西一-D"]
        done = press(township, event, VILLAGE, f"{one.id}-{one.version}-moved_to_kin", part=True)
        assert done.status_code == 200 and done.text.strip().startswith("<li") and "投亲靠友" in done.text
        toast = done.headers["hx-trigger"]
        assert "gh:toast" in toast and f"/evacuation/{one.id}/undo/" in toast
        assert one.head not in toast, "the head is masked in a toast"

    def test_twice_is_once_and_somebody_elses_is_not_overwritten(
        self, toy: ToyDatabase, township: TestClient, county: TestClient, event: int
    ) -> None:
        one = rows(toy, event)["西一-C"]
        what = f"{one.id}-{one.version}-away"
        assert press(township, event, VILLAGE, what).status_code == 303
        assert press(township, event, VILLAGE, what).status_code == 303
        late = press(county, event, VILLAGE, f"{one.id}-{one.version}-refused")
        assert late.status_code == 409 and "刚被别人改过" in late.text
        assert rows(toy, event)["西一-C"].state == "away"

    def test_a_whole_village_moves_who_is_shown_and_leaves_who_was_changed(
        self, toy: ToyDatabase, township: TestClient, event: int
    ) -> None:
        page = township.get(f"/events/{event}/evacuation/areas/{VILLAGE}").text
        shown = re.findall(r'name="rows" value="([^"]+)"', page)
        assert len(shown) == 4
        one = rows(toy, event)["疑-1"]
        press(township, event, VILLAGE, f"{one.id}-{one.version}-refused")
        done = press(township, event, VILLAGE, "all-moved_to_shelter", part=True, rows=shown)
        assert "3 户已登记" in plain(done.headers["hx-trigger"].encode().decode("unicode_escape"))
        states = {row.house: row.state for row in rows(toy, event).values() if row.scope_code == VILLAGE}
        assert states.pop("疑-1") == "refused" and set(states.values()) == {"moved_to_shelter"}

    def test_the_same_page_sent_twice_is_once_and_another_button_of_it_is_another_press(
        self, toy: ToyDatabase, township: TestClient, event: int
    ) -> None:
        page = township.get(f"/events/{event}/evacuation/areas/{VILLAGE}").text
        sent = {"rows": re.findall(r'name="rows" value="([^"]+)"', page), "client_id": "page-1"}
        for _ in range(2):
            done = press(township, event, VILLAGE, "all-moved_to_shelter", part=True, **sent)
            assert "4 户已登记" in plain(done.headers["hx-trigger"].encode().decode("unicode_escape"))
        other = press(township, event, VILLAGE, "all-moved_to_kin", part=True, **sent)
        assert "0 户已登记" in plain(other.headers["hx-trigger"].encode().decode("unicode_escape")), "changed since"
        assert {one.state for one in rows(toy, event).values() if one.scope_code == VILLAGE} == {"moved_to_shelter"}


class TestTheFile:
    def test_holds_every_household_village_by_village_and_the_same_sums(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        one = rows(toy, event)["西一-D"]
        press(county, event, VILLAGE, f"{one.id}-{one.version}-moved_to_kin")
        answer = county.get(f"/api/v1/events/{event}/evacuation/list.xlsx")
        assert answer.status_code == 200 and answer.headers["x-rows"] == "9"
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        assert book.sheetnames == ["分村转移避险名单", "西山镇", "东河乡"]
        assert [cell.value for cell in book.worksheets[0][book.worksheets[0].max_row]] == [
            "合计",
            "",
            9,
            22,
            1,
            4,
            8,
            18,
            0,
        ]
        cells = [str(cell.value) for row in book["西山镇"].iter_rows() for cell in row]
        assert "西一村村委会　应转4户　未转3户" in cells and "已转移（投亲靠友）" in cells and one.head in cells
        paper = plain(county.get(f"/events/{event}/evacuation/print?area={VILLAGE}").text)
        assert "应转 4 户 未转 3 户" in paper and one.head in paper and "东一" not in paper
        leader = toy.browser(toy.member("leader", COUNTY))
        assert leader.get(f"/api/v1/events/{event}/evacuation/list.xlsx").status_code == 403
        assert leader.get(f"/events/{event}/evacuation/print").status_code == 403


class TestReturning:
    def test_is_refused_until_the_house_is_found_sound_or_somebody_answers_for_it(
        self, toy: ToyDatabase, township: TestClient, county: TestClient, event: int
    ) -> None:
        one = rows(toy, event)["西一-D"]
        press(township, event, VILLAGE, f"{one.id}-{one.version}-moved_to_kin")

        def tried(by: TestClient = township, **said: str) -> Any:
            version = str(rows(toy, event)["西一-D"].version)
            if said:
                sent = {"version": version, "state": "returned", **said}
                return by.post(f"/events/{event}/evacuation/{one.id}", data=sent)
            return press(township, event, VILLAGE, f"{one.id}-{version}-returned")

        assert "灾害过程还没有结束" in tried().text and tried(note="镇长同意").status_code == 409
        with toy.transaction() as session:
            change_phase(session, toy.actor(), event, "aftermath")
        assert "房屋还没有排查，暂不返回" in tried().text
        found(toy, event, one.house_id, "collapsed", "collapsed")
        assert "房屋已倒塌或拆除，不能返回" in tried().text and tried(note="镇长同意").status_code == 409
        found(toy, event, one.house_id, "suspected", "severe")
        refused = tried()
        assert refused.status_code == 409 and "待评估，暂不返回" in refused.text
        assert rows(toy, event)["西一-D"].state == "moved_to_kin"
        answered = tried(note="只取东西，镇长同意")
        assert answered.status_code == 409 and "请报县住建局或应急局" in answered.text
        assert tried(county, note="技术员电话同意，下午补签").status_code == 303
        totals = township.get(f"/api/v1/events/{event}/evacuation/totals").json()["total"]
        assert totals["moved"]["households"] == 1 and totals["by_state"]["returned"]["households"] == 1

    def test_into_a_house_found_sound_is_one_tap(self, toy: ToyDatabase, township: TestClient, event: int) -> None:
        one = rows(toy, event)["疑-1"]
        press(township, event, VILLAGE, f"{one.id}-{one.version}-moved_to_shelter")
        with toy.transaction() as session:
            change_phase(session, toy.actor(), event, "aftermath")
            session.execute(text("UPDATE house SET suspected_on = NULL, grade = 'B', grade_basis = 'legacy' WHERE id = :id"), {"id": one.house_id})  # fmt: skip
        found(toy, event, one.house_id, "no_visible_hazard", "none")
        version = rows(toy, event)["疑-1"].version
        assert press(township, event, VILLAGE, f"{one.id}-{version}-returned").status_code == 303
        assert rows(toy, event)["疑-1"].state == "returned"


def found(toy: ToyDatabase, event: int, house: int, result: str, damage: str) -> None:
    with toy.transaction() as session:
        session.execute(
            text(
                "UPDATE emergency_inspection SET state = 'done', result = :result, damage = :damage"
                " WHERE event_id = :event AND house_id = :house"
            ),
            {"result": result, "damage": damage, "event": event, "house": house},
        )


class TestOneHousehold:
    def test_is_entered_in_full_and_tells_every_change(
        self, toy: ToyDatabase, township: TestClient, event: int
    ) -> None:
        one = rows(toy, event)["西一-D"]
        address = f"/events/{event}/evacuation/{one.id}"
        said = {"version": str(one.version), "state": "moved_to_kin", "people": "5", "destination": "县城女儿家"}
        assert township.post(address, data=said).status_code == 303
        page = plain(township.get(address).text)
        assert "待转移 → 已转移（投亲靠友）" in page and "→ 5 人" in page
        late = township.post(address, data={**said, "people": "6"})
        assert late.status_code == 409 and 'value="6"' in late.text, "what was typed is kept"
        for odd, told in (
            ({"people": "500"}, "人数应在 0 到 99 之间"),
            ({"people": "－３"}, "人数应在 0 到 99 之间"),
            ({"people": "²"}, "请填数字"),
            ({"people": "1_0"}, "请填数字"),
            ({"moved_at": "2026-02-30T08:00"}, "“转移时间”请填成 2026-07-19 06:30 这样的时间"),
            ({"moved_at": "0001-01-01T00:00"}, "“转移时间”请填成"),
        ):
            refused = township.post(address, data={**said, "version": "2", **odd})
            assert refused.status_code == 422 and told in refused.text
            assert f'value="{next(iter(odd.values()))}"' in refused.text, "what was typed is kept"

    def test_is_entered_with_digits_of_full_width(self, toy: ToyDatabase, township: TestClient, event: int) -> None:
        one = rows(toy, event)["西一-D"]
        at = clock.now() - timedelta(minutes=2)
        typed = f"{at:%Y年%m月%d日%H：%M}".translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
        said = {"version": str(one.version), "state": "moved_to_kin", "people": "５", "moved_at": typed}
        assert township.post(f"/events/{event}/evacuation/{one.id}", data=said).status_code == 303
        row = rows(toy, event)["西一-D"]
        assert (row.people, row.moved_at) == (5, at.replace(second=0, microsecond=0))

    def test_the_list_opens_whatever_the_address_says_was_just_done(self, township: TestClient, event: int) -> None:
        for done in ("²-1", "1-²", "1-", f"{'9' * 30}-1"):
            assert township.get(f"/events/{event}/evacuation/areas/{VILLAGE}", params={"done": done}).status_code == 200

    def test_telephone_is_shown_to_who_may_and_each_look_is_journalled(
        self, toy: ToyDatabase, township: TestClient, event: int
    ) -> None:
        one = rows(toy, event)["西一-D"]
        shown = township.post(f"/events/{event}/evacuation/{one.id}/phone", headers={"HX-Request": "true"})
        assert 'href="tel:100' in shown.text and shown.headers["cache-control"] == "private, no-store"
        whole = township.post(f"/events/{event}/evacuation/{one.id}/phone")
        assert 'href="tel:100' in whole.text
        with toy.transaction() as session:
            looks = session.scalar(text("SELECT count(*) FROM journal_entry WHERE action = 'households.reveal'"))
        assert looks == 2
        village = toy.browser(toy.member("village", VILLAGE))
        assert village.post(f"/events/{event}/evacuation/{one.id}/phone").status_code == 403


class TestFiguresAndExtras:
    def test_a_figure_in_one_line_stands_beside_and_names_replace_it(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        told = county.post(
            f"/events/{event}/evacuation/figures", data={"line": "西山镇已转4户9人", "reported_by": "镇长"}
        )
        assert told.status_code == 303
        page = plain(county.get(f"/events/{event}/evacuation").text)
        assert "电话报数" in page and "其中 4户9人 还没有录姓名" in page
        assert "已转 0 户" in page and "未转 9 户" in page, "sums are of the names"
        for row in [row for row in rows(toy, event).values() if row.scope_code == VILLAGE]:
            press(county, event, VILLAGE, f"{row.id}-{row.version}-away")
        page = plain(county.get(f"/events/{event}/evacuation/areas/{WEST}").text)
        assert "名单已录齐" in page and "还没有录姓名" not in page

    def test_a_figure_that_figures_of_villages_reach_is_not_called_named(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        for line in ("西山镇已转2户3人", "西一村已转4户9人"):
            sent = county.post(f"/events/{event}/evacuation/figures", data={"line": line, "reported_by": "值班员"})
            assert sent.status_code == 303
        press(county, event, VILLAGE, next(f"{row.id}-{row.version}-away" for row in rows(toy, event).values() if row.scope_code == VILLAGE and row.people))  # fmt: skip
        page = plain(county.get(f"/events/{event}/evacuation/areas/{WEST}").text)
        assert "名单已录齐" not in page
        assert "已转 2户3人 ，各村分别报的已不少于此数 ，还有 3户8人 没有录姓名" in page

    def test_a_text_to_send_says_how_many_must_be_moved(self, county: TestClient, event: int) -> None:
        address = f"/events/{event}/calls/at/{WEST}/text?way=message"
        for page in (f"/events/{event}/evacuation/areas/{WEST}", f"/events/{event}/areas/{WEST}"):
            assert f'href="{address}"' in county.get(page).text
        text_page = plain(county.get(address).text)
        assert "转移名单上应转5户" in text_page and "收到请回复。" in text_page and "通知文字" in text_page
        part = county.get(address, headers={"HX-Request": "true"}).text
        assert "收到请回复。" in part and "<html" not in part
        api = county.get(f"/api/v1{address}").json()["text"]
        assert "收到请回复。" in api and "复述" in county.get(f"/api/v1{address.partition('?')[0]}").json()["text"]

    def test_who_told_it_and_when_is_taken_from_the_line_and_the_course_says_of_where(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        told, before = (
            (clock.now() - timedelta(hours=hours)).astimezone(clock.BEIJING).replace(second=0) for hours in (1, 2)
        )
        address, line = f"/events/{event}/evacuation/figures", f"西山镇已转4户9人，王主任{told:%H:%M}报，还有一户不走"
        assert county.post(address, data={"line": line}).status_code == 303
        page = plain(county.get(f"/events/{event}/evacuation").text)
        assert f"{told:%H:%M} 王主任" in page and line in page
        assert "登记电话报数 西山镇" in plain(county.get(f"/events/{event}/course").text)
        assert line not in county.get(f"/events/{event}/course").text, "the journal keeps figures, no sentences"
        planner = toy.browser(toy.member("planner", COUNTY)).get(f"/events/{event}/evacuation").text
        assert "还有一户不走" not in planner
        earlier = county.post(address, data={"line": f"西山镇已转4户9人 {before:%Y-%m-%d %H:%M}"})
        assert earlier.status_code == 409 and "登记以后以这次的为准" in earlier.text

    def test_a_figure_of_before_the_event_or_of_a_day_to_come_is_refused(self, county: TestClient, event: int) -> None:
        address = f"/events/{event}/evacuation/figures"
        for line, why in {
            "西山镇1999年1月1日2:40已转2户4人": "报数时间早于这次灾害",
            "西山镇明天2:40已转2户4人": "“明天”还没有到",
            "西山镇前天晚上10点已转2户4人": "请写成日期和时间",
        }.items():
            refused = county.post(address, data={"line": line, "sure": "1"})
            assert refused.status_code == 422 and why in plain(refused.text), line
            assert f'value="{line}"' in refused.text
        for at in ("1999-01-01T00:00:00+08:00", f"{clock.now() + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"):
            body = {"area": WEST, "households": 2, "people": 4, "said_at": at, "sure": True}
            refused = county.post(f"/api/v1{address}", json=body)
            assert refused.status_code == 422 and refused.json()["errors"][0]["column"] == "said_at", at
        assert county.get(f"/api/v1/events/{event}/evacuation/totals").json()["figures"] == []

    def test_whom_a_figure_tells_without_people_is_of_unknown_size_everywhere(
        self, county: TestClient, event: int
    ) -> None:
        assert county.post(f"/events/{event}/evacuation/figures", data={"line": "西山镇已转4户"}).status_code == 303
        assert "其中 4户0人 还没有录姓名 另 4 户未填人数" in plain(county.get(f"/events/{event}/evacuation").text)
        assert "电话报数 4 户 0 人 另 4 户未填人数" in plain(county.get(f"/events/{event}/course").text)
        api = county.get(f"/api/v1/events/{event}/evacuation/totals").json()
        assert api["total"]["unnamed"] == {"households": 4, "people": 0, "unsized": 4}

    @pytest.mark.parametrize(
        ("line", "why"), [("西山镇已转4户5人", "上次报已转9人，这次报5人"), ("西山镇已转5户", "这次没有报人数")]
    )
    def test_fewer_people_than_before_are_asked_about_also_with_more_households(
        self, county: TestClient, event: int, line: str, why: str
    ) -> None:
        address = f"/events/{event}/evacuation/figures"
        assert county.post(address, data={"line": "西山镇已转3户9人"}).status_code == 303
        asked = county.post(address, data={"line": line})
        assert asked.status_code == 409 and why in plain(asked.text)
        assert county.post(address, data={"line": line, "sure": "1"}).status_code == 303

    def test_a_line_that_cannot_be_read_is_kept_and_explained(self, county: TestClient, event: int) -> None:
        refused = county.post(f"/events/{event}/evacuation/figures", data={"line": "西山镇转了一些"})
        assert (
            refused.status_code == 422 and "没有看到户数" in refused.text and 'value="西山镇转了一些"' in refused.text
        )

    def test_a_figure_of_others_is_refused(self, township: TestClient, event: int) -> None:
        refused = township.post(f"/events/{event}/evacuation/figures", data={"line": "3户", "area": EAST})
        assert refused.status_code in (403, 422)

    def test_a_line_for_others_or_for_the_county_is_not_booked_to_ones_own(
        self, toy: ToyDatabase, township: TestClient, county: TestClient, event: int
    ) -> None:
        for line in ("东河乡已转2户4人", "向阳镇已转2户4人", "试验县已转2户4人", "全县已转2户"):
            refused = township.post(f"/events/{event}/evacuation/figures", data={"line": line})
            assert refused.status_code == 422, line
        assert "东河乡" in refused.text or "请写上地名" in refused.text
        with toy.transaction() as session:
            assert session.scalar(text("SELECT count(*) FROM evacuation_figure")) == 0
            name = session.scalar(text("SELECT name FROM area WHERE code = :code"), {"code": COUNTY})
        done = county.post(f"/events/{event}/evacuation/figures", data={"line": f"{name}已转7户9人"})
        assert f"{name}已转7户9人" in unquote(done.headers["set-cookie"]), "the toast names the area"
        with toy.transaction() as session:
            assert session.scalars(text("SELECT scope_code FROM evacuation_figure")).all() == [COUNTY]

    @pytest.mark.parametrize(
        ("line", "why"),
        [
            ("西山镇已转500户1200人", "应转5户，报的却是已转500户"),
            ("西山镇已转5户400人", "报的却是已转400人"),
            ("西二村已转2户", "名单上没有户"),
            ("西山镇已转2户4人", "要报到现在为止一共转了多少"),
        ],
    )
    def test_a_figure_that_can_hardly_be_right_is_asked_about_and_taken_when_somebody_is_sure(
        self, toy: ToyDatabase, township: TestClient, event: int, line: str, why: str
    ) -> None:
        address = f"/events/{event}/evacuation/figures"
        assert township.post(address, data={"line": "西山镇已转3户"}).status_code == 303
        asked = township.post(address, data={"line": line})
        assert asked.status_code == 409 and why in plain(asked.text) and f'value="{line}"' in asked.text
        assert 'name="sure" value="1"' in asked.text
        stands = "SELECT households FROM evacuation_figure ORDER BY id"
        with toy.transaction() as session:
            assert session.scalars(text(stands)).all() == [3]
        assert township.post(address, data={"line": line, "sure": "1"}).status_code == 303
        with toy.transaction() as session:
            assert len(session.scalars(text(stands)).all()) == 2
        body = {"area": WEST, "households": 900}
        assert township.post(f"/api/v1{address}", json=body).status_code == 409
        assert township.post(f"/api/v1{address}", json={**body, "sure": True}).status_code == 200
        assert "报数比应转多 895 户" in plain(township.get(f"/events/{event}/evacuation").text)

    def test_a_settled_figure_no_longer_stands(self, county: TestClient, event: int) -> None:
        county.post(f"/events/{event}/evacuation/figures", data={"line": "东河乡已转3户7人"})
        page = county.get(f"/events/{event}/evacuation").text
        form = re.search(r'action="([^"]+/settle)".*?name="version" value="(\d+)"', page, re.DOTALL)
        assert form
        assert county.post(form[1], data={"version": form[2], "note": "报重了"}).status_code == 303
        assert "还没有录姓名" not in county.get(f"/events/{event}/evacuation").text

    def test_a_household_outside_the_list_joins_at_once(
        self, toy: ToyDatabase, township: TestClient, event: int
    ) -> None:
        address = f"/events/{event}/evacuation/extra"
        unknown = {"village": VILLAGES["西二"][0], "head": "外来户", "what": "东墙倒塌", "client_id": "a"}
        assert township.post(address, data=unknown).status_code == 303
        assert township.post(address, data=unknown).status_code == 303, "sent twice is done once"
        known = {"village": VILLAGES["西三"][0], "head": rows_of_register(toy, "西三-A"), "what": "进水"}
        assert township.post(address, data=known).status_code == 303
        found = rows(toy, event)
        (outside,) = [one for one in found.values() if one.head == "外来户"]
        assert len(found) == 11 and outside.house_id is not None and outside.origin == found["西三-A"].origin == "extra"
        # Of a family that is on it the list keeps what is told, and stays as long as it was.
        listed = township.post(address, data={**known, "village": VILLAGE, "head": found["西一-D"].head})
        assert listed.status_code == 303 and len(rows(toy, event)) == 11
        row = rows(toy, event)["西一-D"]
        assert (row.origin, row.what) == ("extra", "进水")
        page = plain(township.get(f"/events/{event}/evacuation/areas/{VILLAGES['西二'][0]}").text)
        assert "外来户" in page and "东墙倒塌" in page


def rows_of_register(toy: ToyDatabase, code: str) -> str:
    with toy.transaction() as session:
        return session.scalar(
            text(
                "SELECT k.head FROM household k JOIN house_household l ON l.household_id = k.id"
                " JOIN house h ON h.id = l.house_id WHERE h.code = :code"
            ),
            {"code": code},
        )


def test_the_printed_list_has_a_map_with_the_numbers_of_the_list(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    before = county.get(f"/events/{event}/evacuation/print?area={VILLAGE}").text
    assert before.count("<svg") == 1 and before.count('fill="#000" stroke="#000"') == before.count("<circle")
    assert "实心：未转" in before
    one = rows(toy, event)["西一-D"]
    press(county, event, VILLAGE, f"{one.id}-{one.version}-away")
    after = county.get(f"/events/{event}/evacuation/print?area={VILLAGE}").text
    assert after.count('fill="#000" stroke="#000"') == before.count('fill="#000" stroke="#000"') - 1
    assert after.count("<circle") == before.count("<circle") > 1


def new_shelter(session: Session, capacity: int) -> int:
    query = "INSERT INTO shelter (scope_code, name, capacity, created_by) VALUES (:area, '西山小学', :n, 'cli:tests') RETURNING id"
    return int(session.execute(text(query), {"area": WEST, "n": capacity}).scalar_one())


class TestShelters:
    def test_tell_who_is_inside_where_they_are_chosen_listed_and_filled_beyond_what_they_hold(
        self, toy: ToyDatabase, township: TestClient, event: int
    ) -> None:
        with toy.transaction() as session:
            shelter = str(new_shelter(session, 5))
        one, two = rows(toy, event)["西一-D"], rows(toy, event)["西一-C"]
        said = {"shelter": shelter}
        first = press(township, event, VILLAGE, f"{one.id}-{one.version}-moved_to_shelter", **said)
        assert "可容" not in unquote(first.headers["set-cookie"]), "4 of 5"
        page = plain(township.get(f"/events/{event}/evacuation/areas/{VILLAGE}").text)
        assert "西山小学 可容 5 人 已住 4 人" in page and "启用安置点 1 处" in page and "已满" not in page
        second = press(township, event, VILLAGE, f"{two.id}-{two.version}-moved_to_shelter", **said)
        assert second.status_code == 303, "it warns and never blocks"
        assert "西山小学已住7人，可容5人，请另安排" in unquote(second.headers["set-cookie"])
        page = plain(township.get(f"/events/{event}/evacuation/areas/{VILLAGE}").text)
        assert "已住 7 人 已满" in page and "超 2 人" in page and "已满 1 处" in page
        household = plain(township.get(f"/events/{event}/evacuation/{one.id}").text)
        assert "西山小学 可容 5 人 已住 7 人 已满" in household
        assert "已住 7 人 已满" in plain(township.get("/roster/shelters").text)
        answer = township.get(f"/api/v1/events/{event}/evacuation/list.xlsx?area={VILLAGE}")
        with toy.transaction(WEST) as session:
            found = gather(session, session.get_one(HazardEvent, event), AreaScope(WEST))
        assert found.crowded == (("西山小学", 7, 5),) == figures_of(json.loads(json.dumps(found.as_json()))).crowded
        assert any("西山小学已住7人（可容5人）" in line for line in moves_said(found))
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content))["安置点名录"]
        assert [cell.value for cell in sheet[4]][1:] == ["西山小学", 5, 2, 7, "已满"]

    def test_count_a_family_of_two_events_once_and_nobody_of_a_drill(
        self, toy: ToyDatabase, township: TestClient, event: int
    ) -> None:
        with toy.transaction() as session:
            shelter = new_shelter(session, 50)
            second = make_event(session, toy.actor(), ["西一"], "red")
            respond(session, toy.actor(), second)
            drill = make_event(session, toy.actor(), ["西一"], "red")
            session.execute(text("UPDATE hazard_event SET mode = 'drill' WHERE id = :id"), {"id": drill})
            respond(session, toy.actor(), drill)
        codes = {event: "西一-D", second: "西一-D", drill: "西一-C"}
        for number, code in codes.items():
            one = rows(toy, number)[code]
            what = f"{one.id}-{one.version}-moved_to_shelter"
            assert press(township, number, VILLAGE, what, shelter=str(shelter)).status_code == 303
        with toy.transaction() as session:
            now_in = inside_now(session)[shelter]
            assert (now_in.households, now_in.people) == (1, rows(toy, event)["西一-D"].people)
            assert inside_now(session, drill=drill)[shelter].people == rows(toy, drill)["西一-C"].people
            change_phase(session, toy.actor(), event, "aftermath")
            change_phase(session, toy.actor(), event, "closed", reason="排查完")
            assert inside_now(session)[shelter].households == 1, "the other event has it still"


def test_the_form_keeps_a_shelter_that_is_chosen_there_no_more(
    toy: ToyDatabase, township: TestClient, event: int
) -> None:
    """Closed with people inside, or of another village: who saves a note must not lose where they are."""
    with toy.transaction() as session:
        shelter = new_shelter(session, 9)
    one = rows(toy, event)["西一-D"]
    address = f"/events/{event}/evacuation/{one.id}"
    said = {"version": one.version, "state": "moved_to_shelter", "people": "3", "shelter_id": shelter}
    assert township.post(address, data=said, follow_redirects=False).status_code == 303
    with toy.transaction() as session:
        session.execute(text("UPDATE shelter SET state = 'closed' WHERE id = :id"), {"id": shelter})
    page = township.get(address).text
    select = re.search(r'<select[^>]*name="shelter_id".*?</select>', page, re.DOTALL)
    assert select is not None
    assert re.findall(r'<option value="(\d+)" selected>西山小学', select[0]) == [str(shelter)]
    # As the browser sends it: what is selected in the form.
    [chosen] = re.findall(r'<option value="(\d*)" selected', select[0])
    again = {**said, "version": one.version + 1, "shelter_id": chosen, "note": "要吃药"}
    assert township.post(address, data=again, follow_redirects=False).status_code == 303
    assert rows(toy, event)["西一-D"].shelter_id == shelter


def test_whose_place_nobody_told_is_a_figure_of_its_own_that_opens_its_rows(
    toy: ToyDatabase, township: TestClient, county: TestClient, event: int
) -> None:
    with toy.transaction() as session:
        shelter = new_shelter(session, 50)
    for code, place in (("西一-D", ""), ("西一-C", str(shelter))):
        one = rows(toy, event)[code]
        assert (
            press(township, event, VILLAGE, f"{one.id}-{one.version}-moved_to_shelter", shelter=place).status_code
            == 303
        )
    stood = rows(toy, event)
    page = county.get(f"/events/{event}/evacuation").text
    for label, state, code in (("集中安置", "in_shelter", "西一-C"), ("去向待核实", "unplaced", "西一-D")):
        assert f"{label} 1户{stood[code].people}人" in plain(page)
        link = re.search(rf'href="([^"]+state={state})"', page)
        assert link
        listed = county.get(html.unescape(link[1])).text
        assert re.findall(r'<li id="r(\d+)"', listed) == [str(stood[code].id)]
        answer = county.get(f"/api/v1/events/{event}/evacuation?state={state}").json()["items"]
        assert [row["house_code"] for row in answer] == [code]
    # After 误发撤销 they are still there until they are home.
    with toy.transaction() as session:
        change_phase(session, toy.actor(), event, "mistaken", reason="误发")
    assert "集中安置 1户" in plain(county.get(f"/events/{event}/evacuation").text)


def test_an_empty_list_of_a_mistaken_warning_says_that_it_was_taken_back(
    toy: ToyDatabase, event: int, county: TestClient
) -> None:
    with toy.transaction() as session:
        change_phase(session, toy.actor(), event, "mistaken", reason="误发")
    told = plain(county.get(f"/events/{event}/evacuation").text)
    assert "没有登记过的户已从转移名单撤下" in told and "没有列过" not in told


def test_tasks_given_again_in_aftermath_tell_who_stands_on_the_list(toy: ToyDatabase, event: int) -> None:
    with toy.transaction() as session:
        change_phase(session, toy.actor(), event, "aftermath")
        done = respond(session, toy.actor(), event).evacuation
        assert (done.opened, done.kept, done.withdrawn) == (0, 9, 0)
