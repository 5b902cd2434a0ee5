"""A conflict of a returned row is decided field by field: what is ticked replaces, what is not stays as it stands."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect
from sqlalchemy import text

from geo_housing import clock
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.returned.entering import Ticked
from geo_housing.response.returned.service import enter, preview
from geo_housing.response.service import respond
from tests.fixtures.browser import DESK, PHONE
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.returned import test_moves as moves
from tests.response.returned.filled import SEEN, Sheet
from tests.response.returned.test_returned import new_event, stored
from tests.response.zones import begun_in_july, make_event
from tests.toy_county import COUNTY, WEST


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@furnished
def event(toy: ToyDatabase) -> int:
    return begun_in_july(toy, new_event(toy.browser(toy.member("county", COUNTY))))


@furnished
def warned(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一"], "orange")
        respond(session, toy.actor(), number)
        session.execute(
            text("INSERT INTO shelter (scope_code, name, capacity, created_by) VALUES (:a, :n, 200, 'x')"),
            {"a": WEST, "n": moves.SHELTER},
        )
    return begun_in_july(toy, number)


def disputed(toy: ToyDatabase, county: TestClient, event: int) -> Sheet:
    """西一-D as a village saw it, and as somebody has entered it meanwhile."""
    sheet = Sheet(county, event).fill("西一-D", 排查结果="倒塌", 倒塌间数=2, 现场情况="全塌", **SEEN)
    one = stored(toy, event, "西一-D")
    seen_at = (clock.now() - timedelta(hours=1)).isoformat()
    said = {"result": "suspected", "rooms_slight": 1, "visitor": "别人", "visited_at": seen_at, "findings": "东墙裂"}
    answer = county.patch(f"/api/v1/inspections/{one['id']}", json={**said, "version": one["version"]})
    assert answer.status_code == 200, answer.text
    return sheet


def test_fields_of_an_inspection_that_are_not_ticked_stay(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    path = disputed(toy, county, event).saved(tmp_path)
    before = stored(toy, event, "西一-D")
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        (found,) = preview(session, toy.actor(COUNTY), row, path).conflicts
        assert set(found.fields) == {"result", "rooms_collapsed", "findings", "visitor", "visited_at"}
        chosen = Ticked({f"{found.seen}.{name}" for name in ("result", "rooms_collapsed")})
        done = enter(session, toy.actor(COUNTY), row, path, chosen)
    assert (done.entered, done.replaced, done.partly, done.left, done.faults) == (1, 1, 1, 0, ())
    now = stored(toy, event, "西一-D")
    assert (now["result"], now["rooms_collapsed"]) == ("collapsed", 2)
    for name in ("findings", "visitor", "visited_at", "rooms_slight"):
        assert now[name] == before[name], name
    # The ticks of then mean nothing now, the list again changes nothing, and what was left is shown once more.
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        (again,) = preview(session, toy.actor(COUNTY), row, path).conflicts
        late = enter(session, toy.actor(COUNTY), row, path, Ticked({f"{found.seen}.findings", found.seen}))
    assert set(again.fields) == {"findings", "visitor", "visited_at"}
    assert (late.entered, late.left) == (0, 1) and stored(toy, event, "西一-D") == now


def test_all_fields_one_by_one_are_the_whole_row(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    path = disputed(toy, county, event).saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        (found,) = preview(session, toy.actor(COUNTY), row, path).conflicts
        chosen = Ticked({f"{found.seen}.{name}" for name in found.fields})
        done = enter(session, toy.actor(COUNTY), row, path, chosen)
    now = stored(toy, event, "西一-D")
    assert (done.replaced, done.partly, now["visitor"], now["findings"]) == (1, 0, "某巡查员", "全塌")


def test_a_field_that_contradicts_what_stays_is_told_and_enters_nothing(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    sheet = disputed(toy, county, event)
    one = stored(toy, event, "西一-D")
    sound = {"result": "no_visible_hazard", "rooms_slight": None, "findings": None}
    county.patch(f"/api/v1/inspections/{one['id']}", json={**sound, "version": one["version"]})
    before = stored(toy, event, "西一-D")
    page = county.post(f"/events/{event}/returned", files={"file": ("名单.xlsx", sheet.content())}).text
    tick = re.search(r'name="replace" value="([\d-]+\.rooms_collapsed)"', page)
    kept = re.search(r'action="(/events/\d+/returned/\d+)"', page)
    assert tick is not None and kept is not None
    # A house without a hazard of which two rooms are down.
    answer = county.post(kept[1], data={"replace": [tick[1]]}).text
    assert "没有录入的行" in answer and "互相矛盾" in answer and stored(toy, event, "西一-D") == before


def test_what_cannot_be_taken_as_a_whole_is_shown_and_taken_in_part(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    """A house in which rooms are damaged is not sound; who was there may be right all the same."""
    sheet = disputed(toy, county, event)
    path = sheet.fill("西一-D", 排查结果="未见明显隐患", 倒塌间数=None, 现场情况=None).saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        found = preview(session, toy.actor(COUNTY), row, path)
        (one,) = found.conflicts
        assert "互相矛盾" in one.hint and not found.faults
        whole = enter(session, toy.actor(COUNTY), row, path, Ticked({one.seen}))
        assert whole.entered == 0 and "互相矛盾" in whole.faults[0].sentence
        part = enter(session, toy.actor(COUNTY), row, path, Ticked({f"{one.seen}.visitor"}))
    now = stored(toy, event, "西一-D")
    assert (part.entered, now["visitor"], now["result"]) == (1, "某巡查员", "suspected")


def test_fields_of_a_household_that_are_not_ticked_stay_with_another_state(
    toy: ToyDatabase, warned: int, tmp_path: Path
) -> None:
    path = moves.workbook(toy, warned, tmp_path).fill("西一-D", **moves.MOVED, 备注="带了药").saved()
    moves.said(toy, warned, "西一-D", state="moved_to_kin", reported_by="网格员", destination="女儿家", note="腿脚不便")
    before = moves.stored(toy, warned)["西一-D"]
    (row,) = moves.looked_at(toy, warned, path).conflicts
    assert set(row.fields) == {"state", "moved_at", "to", "organiser", "reported_by", "note"}
    done = moves.entered(toy, warned, path, replace={f"{row.seen}.state", f"{row.seen}.to"})
    now = moves.stored(toy, warned)["西一-D"]
    assert (done.entered, done.replaced, done.partly, done.left) == (1, 1, 1, 0)
    assert (now.state, now.shelter, now.destination) == ("moved_to_shelter", moves.SHELTER, None)
    assert (now.reported_by, now.moved_at, now.note) == (before.reported_by, before.moved_at, before.note)
    assert now.organiser is None
    again = moves.entered(toy, warned, path, replace={row.seen, f"{row.seen}.note"})
    assert (again.entered, again.left) == (0, 1) and moves.stored(toy, warned)["西一-D"] == now


def test_where_they_are_stays_when_only_the_state_is_ticked(toy: ToyDatabase, warned: int, tmp_path: Path) -> None:
    book = moves.workbook(toy, warned, tmp_path).fill("西一-D", 状态="投亲靠友", 去向="县城女儿家")
    path = book.fill("西一-C", 状态="已外出", 人数=2, 组织人="包村干部").saved()
    moves.said(toy, warned, "西一-D", state="away", destination="省城")
    moves.said(toy, warned, "西一-C", state="refused", people=3)
    ticks = {
        f"{row.seen}.{'state' if row.sent.house_code == '西一-D' else 'people'}"
        for row in moves.looked_at(toy, warned, path).conflicts
    }
    done = moves.entered(toy, warned, path, replace=ticks)
    now = moves.stored(toy, warned)
    assert (done.partly, done.faults) == (2, ())
    assert (now["西一-D"].state, now["西一-D"].destination) == ("moved_to_kin", "省城")
    assert (now["西一-C"].state, now["西一-C"].people, now["西一-C"].organiser) == ("refused", 2, None)


def test_one_press_takes_the_whole_row_and_each_field_can_be_left(visit: Any, toy: ToyDatabase) -> None:
    member = toy.member("county", COUNTY)
    event = new_event(county := toy.browser(member))
    sheet = disputed(toy, county, event)
    for size in (DESK, PHONE):
        found = visit(toy, member, f"/events/{event}/returned", size=size)
        page = found.page
        page.set_input_files("#file", {"name": "名单.xlsx", "mimeType": "", "buffer": sheet.content()})
        page.get_by_role("button", name="读取").click()
        everything = page.get_by_label("整行替换 西一-D")
        fields = page.locator(".conflict td input")
        expect(fields).to_have_count(5)
        assert fields.evaluate_all("all => all.every(one => !one.checked)")
        everything.check()
        assert fields.evaluate_all("all => all.every(one => one.checked)")
        page.get_by_label("替换 西一-D 排查人").uncheck()
        expect(everything).not_to_be_checked()
        assert everything.evaluate("box => box.indeterminate")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), size
        if size == PHONE:
            boxes = page.locator(".conflict label:has(input)").evaluate_all(
                "all => all.map(one => one.getBoundingClientRect().height)"
            )
            assert min(boxes) >= 44
    page.get_by_role("button", name="确认录入").click()
    expect(page.get_by_text("其中只替换了勾选的项目、其余保持现有内容的 1 栋")).to_be_visible()
    now = stored(toy, event, "西一-D")
    assert (now["result"], now["visitor"], now["findings"]) == ("collapsed", "别人", "全塌")
