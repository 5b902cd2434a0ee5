"""误发撤销, and what was entered before it is taken back: of whom nothing is said any more, nobody waits."""

import re
from urllib.parse import unquote

from geo_housing.evacuation import at_once, service
from geo_housing.evacuation.additions import ToldFigure, tell_figure
from geo_housing.evacuation.rows import rows_of
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import Said
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import Heads
from geo_housing.response.reports.gather import gather
from geo_housing.response.reports.wording import _moves as moves_said
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.evacuation.test_pages import plain
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_returning import number_of, said
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES, WEST

SCOPE = AreaScope(COUNTY)


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
    assert waiting(toy, event) == {"西一-D": "refused"}


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
