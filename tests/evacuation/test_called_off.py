"""误发撤销, and what was entered before it is taken back: of whom nothing is said any more, nobody waits."""

import re
from typing import Any
from urllib.parse import unquote

from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.evacuation import at_once, service
from geo_housing.evacuation.additions import ToldFigure, tell_figure
from geo_housing.evacuation.rows import rows_of
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import Said
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import Heads
from geo_housing.inspections.queries import state_counts
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.reports.gather import gather
from geo_housing.response.reports.wording import _moves as moves_said
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.evacuation.test_pages import plain
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_returning import looked, number_of, said
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES, WEST
from tests.toy_county.county import house_rows

SCOPE = AreaScope(COUNTY)
HEADS = {row["房屋编号"]: row["户主姓名"] for row in house_rows()}


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        made = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
        respond(session, toy.actor(COUNTY), made)
    return made


def call_off(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")


def waiting(toy: ToyDatabase, event: int) -> dict[str, str]:
    with toy.transaction(COUNTY) as session:
        return {str(one.house_code): one.state for one in rows_of(session, toy.actor(COUNTY), event, SCOPE)}


def take_back(toy: ToyDatabase, event: int, row: int, step: int) -> None:
    with toy.transaction(COUNTY) as session:
        service.undo(session, toy.actor(COUNTY), event, row, step, hindrance=lambda *_: None)


def test_who_was_only_entered_by_mistake_is_off_the_list_like_all_others(toy: ToyDatabase, event: int) -> None:
    step = said(toy, event, "西一-D", "moved_to_kin")
    said(toy, event, "西一-C", "moved_to_kin")
    with toy.transaction(COUNTY) as session:
        row = number_of(session, event, "西一-D")
    call_off(toy, event)
    assert step is not None and waiting(toy, event) == {"西一-D": "moved_to_kin", "西一-C": "moved_to_kin"}
    for _ in range(2):
        take_back(toy, event, row, step)
    assert waiting(toy, event) == {"西一-C": "moved_to_kin"}
    with toy.transaction(COUNTY) as session:
        found = totals(session, event, SCOPE).total
    assert found.left == Heads(0, 0, 0) and found.due == found.moved


def test_taking_back_is_answered_though_the_row_is_gone(toy: ToyDatabase, event: int) -> None:
    """By the API, where it was rolled back, and on the page."""
    county = toy.browser(toy.member("county", COUNTY))
    numbers, steps = {}, {}
    for house in ("西一-D", "西一-C"):
        with toy.transaction(COUNTY) as session:
            numbers[house] = number_of(session, event, house)
        moved = {"state": "moved_to_kin", "version": 1}
        steps[house] = county.patch(f"/api/v1/events/{event}/evacuation/{numbers[house]}", json=moved).json()["step"][
            "id"
        ]
    call_off(toy, event)
    address = f"/api/v1/events/{event}/evacuation/{numbers['西一-D']}/undo/{steps['西一-D']}"
    for _ in range(2):
        answer = county.post(address)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["withdrawn"] and "已从转移名单撤下" in told["detail"] and told["step"]["act"] == "undo"
    assert waiting(toy, event) == {"西一-C": "moved_to_kin"}
    page = county.post(f"/events/{event}/evacuation/{numbers['西一-C']}/undo/{steps['西一-C']}")
    assert page.status_code == 303 and "已从转移名单撤下" in unquote(page.headers["set-cookie"])
    assert waiting(toy, event) == {}


def test_what_was_said_before_the_last_word_still_stands(toy: ToyDatabase, event: int) -> None:
    said(toy, event, "西一-D", "refused", note="不肯走")
    step = said(toy, event, "西一-D", "moved_to_kin")
    with toy.transaction(COUNTY) as session:
        row = number_of(session, event, "西一-D")
    call_off(toy, event)
    assert step is not None
    take_back(toy, event, row, step)
    assert waiting(toy, event) == {}, "nobody asks for them any more"
    with toy.transaction(COUNTY) as session:
        (stands,) = rows_of(session, toy.actor(COUNTY), event, SCOPE, only=[row])
        assert (stands.state, stands.note) == ("refused", "不肯走")


def test_a_village_taken_back_at_once_waits_no_more(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        shown = [(one.id, one.version) for one in rows_of(session, actor, event, SCOPE)]
        entry = MoveEntry(Said(state="moved_to_kin"), frozenset({"state"}))
        batch, changed = at_once.enter_many(session, actor, event, shown, entry, hindrance=lambda *_: None)
    call_off(toy, event)
    assert len(waiting(toy, event)) == len(changed) == len(shown)
    for _ in range(2):
        with toy.transaction(COUNTY) as session:
            done = at_once.undo_many(session, toy.actor(COUNTY), event, batch)
        assert (done.households, done.stayed) == (len(shown), 0), "twice is once"
    assert waiting(toy, event) == {}


def test_while_the_event_goes_on_who_is_taken_back_waits_again(toy: ToyDatabase, event: int) -> None:
    before = waiting(toy, event)
    step = said(toy, event, "西一-D", "moved_to_kin")
    with toy.transaction(COUNTY) as session:
        row = number_of(session, event, "西一-D")
    assert step is not None
    take_back(toy, event, row, step)
    assert waiting(toy, event) == before


def test_a_telephone_figure_is_not_too_large_because_the_list_was_taken_back(toy: ToyDatabase, event: int) -> None:
    """Whom nobody had named is off the list: that the figure is more than 应转 is nobody's mistake."""
    said(toy, event, "西一-D", "moved_to_kin")
    with toy.transaction(COUNTY) as session:
        tell_figure(session, toy.actor(COUNTY), event, ToldFigure(VILLAGES["西一"][0], 3, 6))
    county = toy.browser(toy.member("county", COUNTY))
    pages = [f"/events/{event}/evacuation/areas/{code}" for code in (WEST, VILLAGES["西一"][0])]
    call_off(toy, event)
    for page in pages:
        shown = plain(county.get(page).text)
        assert "其中 2户" in shown and "请核实" not in shown, page


def test_who_was_told_and_not_named_is_to_hear_that_they_may_go_home(toy: ToyDatabase, event: int) -> None:
    village = VILLAGES["西一"][0]
    said(toy, event, "西一-D", "moved_to_kin")
    with toy.transaction(COUNTY) as session:
        tell_figure(session, toy.actor(COUNTY), event, ToldFigure(village, 3))
    county = toy.browser(toy.member("county", COUNTY))
    page, must_hear = f"/events/{event}/evacuation/areas/{village}", "还要逐户通知可以返回"
    assert must_hear not in plain(county.get(page).text)
    assert must_hear not in report(toy, event)
    call_off(toy, event)
    for one in (page, f"/events/{event}/evacuation", f"/events/{event}/evacuation/areas/{WEST}"):
        assert must_hear in plain(county.get(one).text), one
    assert "姓名待落实的有2户0人（另2户未填人数），还须逐户通知可以返回" in report(toy, event)
    form = re.search(
        r'action="([^"]+/settle)".*?name="version" value="(\d+)".*?name="note" value="([^"]+)"',
        county.get(page).text,
        re.DOTALL,
    )
    assert form and form[3] == "已通知返回"
    assert county.post(form[1], data={"version": form[2], "note": form[3], "area": village}).status_code == 303
    assert must_hear not in plain(county.get(page).text) and "电话报数" not in report(toy, event)
    assert "已通知返回" in plain(county.get(f"/events/{event}/course").text), "the course says why it counts no longer"


def report(toy: ToyDatabase, event: int) -> str:
    """What a report of now says of those to be moved."""
    with toy.transaction(COUNTY) as session:
        return "".join(moves_said(gather(session, session.get_one(HazardEvent, event), SCOPE)))


def named(client: TestClient, event: int, village: str, head: str, **more: str) -> Any:
    """The form of the page, as a browser without script sends it."""
    return client.post(f"/events/{event}/evacuation/named", data={"village": village, "head": head, **more})


def test_who_was_only_told_by_telephone_is_named_and_comes_home(toy: ToyDatabase, event: int) -> None:
    village, head = VILLAGES["西一"][0], HEADS["西一-D"]
    with toy.transaction(COUNTY) as session:
        tell_figure(session, toy.actor(COUNTY), event, ToldFigure(village, 2))
    county = toy.browser(toy.member("county", COUNTY))
    page = f"/events/{event}/evacuation/areas/{village}"
    refused = named(county, event, village, head)
    assert refused.status_code == 409 and "按“表外新增”登记" in plain(refused.text), (
        "while it goes on the list takes them"
    )
    call_off(toy, event)
    before = sums(toy, event)
    for one in (page, f"/events/{event}/evacuation", f"/events/{event}"):
        assert "电话报数里还有 2 户没有录姓名" in plain(county.get(one).text), one
    answer = named(county, event, village, head, state="moved_to_kin", client_id="one press")
    assert answer.status_code == 303 and answer.headers["location"].startswith(f"{page}?done=")
    assert named(county, event, village, head, state="moved_to_kin", client_id="one press").status_code == 303
    assert waiting(toy, event) == {"西一-D": "moved_to_kin"}, "pressed twice is once"
    shown = plain(county.get(page).text)
    assert "按电话报数补录" in shown and "电话报数里还有 1 户没有录姓名" in shown
    assert "表外新增" not in shown, "nobody has reported a danger there"
    assert sums(toy, event) == before, "no figure grows: one of those told has a name now"
    again = named(county, event, village, head)
    assert again.status_code == 409 and "已在转移名单上" in plain(again.text)
    assert named(county, event, village, "村西帐篷一家").status_code == 303, "in no register"
    full = named(county, event, village, HEADS["西一-C"])
    assert full.status_code == 409 and "不再加户" in plain(full.text)
    assert "没有录姓名" not in plain(county.get(page).text) and 'id="named"' not in county.get(page).text
    with toy.transaction(COUNTY) as session:
        row = next(one for one in rows_of(session, toy.actor(COUNTY), event, SCOPE) if one.house_code == "西一-D")
    home = {"press": f"{row.id}-{row.version}-returned"}
    assert county.post(f"{page}/press", data=home).status_code == 303 and waiting(toy, event)["西一-D"] == "returned"
    assert sums(toy, event) == before and counted_inspections(toy, event) == 0


def test_a_name_that_was_wrong_is_taken_back_and_another_may_be_entered(toy: ToyDatabase, event: int) -> None:
    village = VILLAGES["西一"][0]
    with toy.transaction(COUNTY) as session:
        tell_figure(session, toy.actor(COUNTY), event, ToldFigure(WEST, 1))
    county = toy.browser(toy.member("county", COUNTY))
    call_off(toy, event)
    answer = named(county, event, village, HEADS["西一-D"])
    back = re.search(r'class="move-undo" method="post" action="([^"]+)"', county.get(answer.headers["location"]).text)
    assert named(county, event, village, HEADS["西一-C"]).status_code == 409, "the township's figure is covered"
    assert back and county.post(back[1]).status_code == 303
    assert waiting(toy, event) == {}
    body = {"area": village, "head": HEADS["西一-C"], "state": "returned"}
    address = f"/api/v1/events/{event}/evacuation/named"
    home = county.post(address, json=body)
    assert home.status_code == 422 and "登记后再按“已返回”" in home.text
    told = county.post(address, json={**body, "state": "away"}).json()
    assert told["state"] == "away" and told["step"]["from"] == "pending" and waiting(toy, event) == {"西一-C": "away"}


def test_who_stands_on_the_list_still_is_named_by_one_tap_while_somebody_is_unnamed(
    toy: ToyDatabase, event: int
) -> None:
    village = VILLAGES["西一"][0]
    for house in ("西一-D", "西一-C"):
        said(toy, event, house, "refused")
    with toy.transaction(COUNTY) as session:
        tell_figure(session, toy.actor(COUNTY), event, ToldFigure(village, 1))
    county = toy.browser(toy.member("county", COUNTY))
    call_off(toy, event)
    page = f"/events/{event}/evacuation/areas/{village}"
    presses = re.findall(r'value="(\d+-\d+-moved_to_kin)"', county.get(page).text)
    assert len(presses) == 2
    assert county.post(f"{page}/press", data={"press": presses[0]}).status_code == 303
    assert "moved_to_kin" not in county.get(page).text.partition('id="rows"')[2].replace("move-moved_to_kin", "")
    late = county.post(f"{page}/press", data={"press": presses[1]})
    assert late.status_code == 409 and list(waiting(toy, event).values()) == ["moved_to_kin"]


def test_a_house_that_fell_keeps_whom_it_kept_although_they_are_named_late(toy: ToyDatabase, event: int) -> None:
    village = VILLAGES["西一"][0]
    with toy.transaction(COUNTY) as session:
        tell_figure(session, toy.actor(COUNTY), event, ToldFigure(village, 1))
        change_phase(session, toy.actor(COUNTY), event, "aftermath")
    looked(toy, event, "西一-D", "collapsed", rooms_collapsed=1)
    call_off(toy, event)
    county = toy.browser(toy.member("county", COUNTY))
    assert named(county, event, village, HEADS["西一-D"], state="moved_to_kin").status_code == 303
    with toy.transaction(COUNTY) as session:
        row = next(one for one in rows_of(session, toy.actor(COUNTY), event, SCOPE) if one.house_code == "西一-D")
    home = county.post(
        f"/events/{event}/evacuation/areas/{village}/press", data={"press": f"{row.id}-{row.version}-returned"}
    )
    assert home.status_code == 409 and "返回" in plain(home.text) and waiting(toy, event) == {"西一-D": "moved_to_kin"}


def sums(toy: ToyDatabase, event: int) -> set[tuple[str, int]]:
    """Of county, townships and villages how many households are known to be moved, named or told."""
    with toy.transaction(COUNTY) as session:
        found = totals(session, event, SCOPE)
    areas = (found.total, *found.townships, *found.villages)
    return {(one.code, one.moved.households + one.unnamed.households) for one in areas}


def counted_inspections(toy: ToyDatabase, event: int) -> int:
    with toy.transaction(COUNTY) as session:
        return state_counts(session, event, SCOPE)["open"]


def test_the_form_says_how_many_it_takes_back_before_it_is_sent(toy: ToyDatabase, event: int) -> None:
    said(toy, event, "西一-D", "moved_to_kin")
    with toy.transaction(COUNTY) as session:
        number = session.scalar(text("SELECT min(id) FROM emergency_inspection WHERE event_id = :e"), {"e": event})
        entry = InspectionEntry(Findings(findings="墙体完好"), frozenset({"findings"}))
        enter_result(session, toy.actor(COUNTY), number, entry)
    page = toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}").text
    told = re.search(
        r"撤回尚未开始的排查任务 (\d+) 项，(\d+) 户从转移名单撤下；已经开始的任务、已经登记的户不变。", page
    )
    assert told

    def stand() -> tuple[int, int]:
        with toy.transaction(COUNTY) as session:
            tasks = session.scalar(text("SELECT count(*) FROM emergency_inspection WHERE state <> 'withdrawn'"))
            moves = session.scalar(text("SELECT count(*) FROM evacuation WHERE withdrawn_at IS NULL"))
            return int(tasks or 0), int(moves or 0)

    before = stand()
    call_off(toy, event)
    after = stand()
    assert (before[0] - after[0], before[1] - after[1]) == (int(told[1]), int(told[2]))
    assert all(after) and int(told[1]) and int(told[2])
