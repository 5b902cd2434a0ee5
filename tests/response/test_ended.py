"""An event that has ended takes nothing new, whichever way it comes; what was entered is put right, who is away comes home."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing import clock
from geo_housing.errors import Conflict
from geo_housing.evacuation.service import MoveEntry, enter
from geo_housing.evacuation.states import MOVED, Said, takes
from geo_housing.hazards.ended import EventEnded
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.stages import why_over
from geo_housing.response.returned.moves import enter_list, preview
from geo_housing.response.returned.service import enter as enter_returned
from geo_housing.response.returned.service import preview as preview_returned
from geo_housing.response.service import change_phase, respond
from geo_housing.words import EVACUATION_STATE, EVENT_PHASE, INSPECTION_STATE
from tests.evacuation.test_pages import plain, press, rows
from tests.fixtures.toy import ToyDatabase, furnished
from tests.inspections.test_pages import jpeg
from tests.response.returned.test_moves import Workbook
from tests.response.returned.test_returned import SEEN, Sheet
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES

VILLAGE = VILLAGES["西一"][0]
REOPEN = "重新开启为“灾后排查”"
LOOKED = {"result": "uninhabited", "visitor": "某巡查员", "visited_at": clock.now().isoformat()}


@furnished
def event(toy: ToyDatabase) -> int:
    """西一 and 东一 under red, in 灾后排查: 西一-D is moved to kin, 西一-C was not reached, 西一-D's house is looked at."""
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "red")
        respond(session, toy.actor(), number)
    for code, state in (("西一-D", "moved_to_kin"), ("西一-C", "unreachable")):
        with toy.transaction() as session:
            entry = MoveEntry(Said(state=state), frozenset({"state"}))
            enter(session, toy.actor(), number, rows(toy, number)[code].id, entry, hindrance=lambda *_: None)
    with toy.transaction() as session:
        change_phase(session, toy.actor(), number, "aftermath")
    return number


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def task(toy: ToyDatabase, event: int, code: str) -> Any:
    query = (
        "SELECT i.* FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c AND i.event_id = :e"
    )
    with toy.transaction() as session:
        return session.execute(text(query), {"c": code, "e": event}).one()


def say(county: TestClient, toy: ToyDatabase, event: int, code: str, **said: Any) -> Any:
    one = task(toy, event, code)
    body = {"version": one.version, **LOOKED, **said}
    return county.patch(f"/api/v1/inspections/{one.id}", json=body)


def end(toy: ToyDatabase, event: int, phase: str = "closed") -> None:
    with toy.transaction() as session:
        change_phase(session, toy.actor(), event, phase, reason="试")


def test_what_a_phase_takes_of_a_household_is_what_the_rule_says() -> None:
    """Against the sentence itself, for every pair of states."""
    for phase, before, after, begun, called in itertools.product(
        EVENT_PHASE, EVACUATION_STATE, EVACUATION_STATE, (True, False), (True, False)
    ):
        found = takes(phase, before, after, is_begun=begun, is_called_back=called)
        comes_home = after == "returned" and before in MOVED
        newly_moved = after in MOVED and before not in MOVED
        if phase not in ("closed", "mistaken"):
            assert found
        elif phase == "mistaken":
            assert found == (after in ("returned", "pending") or after == before)
        elif not begun:
            assert not found, "something began"
        else:
            assert found == (not newly_moved or called)
            assert found or not comes_home, "somebody cannot come home"


def test_an_inspection_is_put_right_after_the_end_and_never_begun_or_ended() -> None:
    for phase, state in itertools.product(EVENT_PHASE, INSPECTION_STATE):
        assert (why_over(phase, state) is None) == (phase != "closed" or state == "done")


class TestNobodyIsNewlyMoved:
    def test_by_api_page_and_whole_village(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        end(toy, event)
        before = rows(toy, event)
        for code in ("西一-C", "东一-D"):
            one = before[code]
            address = f"/api/v1/events/{event}/evacuation/{one.id}"
            refused = county.patch(address, json={"version": one.version, "state": "moved_to_kin"})
            assert refused.status_code == 409 and REOPEN in refused.json()["detail"], refused.text
            assert [fault["column"] for fault in refused.json()["errors"]] == ["event"]
            shown = press(county, event, one.scope_code, f"{one.id}-{one.version}-moved_to_shelter")
            assert shown.status_code == 409 and REOPEN in shown.text
            form = {"version": one.version, "state": "moved_to_kin", "note": "已接走"}
            kept = county.post(f"/events/{event}/evacuation/{one.id}", data=form)
            assert kept.status_code == 409 and REOPEN in kept.text and 'value="已接走"' in kept.text
        shown_rows = [{"id": one.id, "version": one.version} for one in before.values()]
        many = county.post(
            f"/api/v1/events/{event}/evacuation/many", json={"state": "moved_to_kin", "rows": shown_rows}
        )
        assert many.status_code == 409 and REOPEN in many.json()["detail"]
        extra = county.post(
            f"/api/v1/events/{event}/evacuation/extra", json={"area": VILLAGE, "head": "某某", "what": "塌了"}
        )
        assert extra.status_code == 409 and REOPEN in extra.json()["detail"]
        assert rows(toy, event) == before

    def test_by_a_returned_list(self, toy: ToyDatabase, event: int, tmp_path: Path) -> None:
        with toy.transaction() as session:
            book = Workbook(session, toy, event, tmp_path)
        book.fill("西一-C", 状态="已转移（投亲靠友）").fill("西一-D", 备注="住女儿家")
        book.book.save(book.path)
        end(toy, event)
        with toy.transaction() as session:
            found = session.get_one(HazardEvent, event)
            shown = preview(session, toy.actor(), found, book.path, hindrance=lambda *_: None)
            assert [row.head for row in shown.enters] and [fault.sentence for fault in shown.faults]
            assert all(REOPEN in fault.sentence for fault in shown.faults)
            done = enter_list(session, toy.actor(), found, book.path, hindrance=lambda *_: None)
        assert done.entered == 1 and len(done.faults) == 1
        after = rows(toy, event)
        assert (after["西一-C"].state, after["西一-D"].note) == ("unreachable", "住女儿家")

    def test_the_page_says_so_and_offers_nothing_else(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        end(toy, event)
        page = county.get(f"/events/{event}/evacuation/areas/{VILLAGE}").text
        assert "没有转移的不再登记" in plain(page)
        for code, one in rows(toy, event).items():
            if one.scope_code != VILLAGE:
                continue
            offered = {
                state for state in EVACUATION_STATE if f'value="{one.id}-{one.version}-{state}"' in page
            } | {one.state}  # fmt: skip
            begun = code in ("西一-D", "西一-C")
            wanted = {
                state
                for state in EVACUATION_STATE
                if takes("closed", one.state, state, is_begun=begun, is_called_back=False)
            }
            if one.state not in MOVED:
                wanted -= {"returned"}
            assert offered == wanted | {one.state}, code
        waiting = rows(toy, event)["东一-D"]
        assert "move-household" not in county.get(f"/events/{event}/evacuation/{waiting.id}").text


class TestWhatGoesOn:
    def test_a_family_comes_home_and_where_it_lives_is_kept_true(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        assert say(county, toy, event, "西一-D", result="no_visible_hazard").status_code == 200
        end(toy, event)
        one = rows(toy, event)["西一-D"]
        address = f"/api/v1/events/{event}/evacuation/{one.id}"
        said = {"version": one.version, "state": "moved_to_shelter", "destination": "镇中学", "people": 2}
        assert county.patch(address, json=said).status_code == 200
        home = {"version": one.version + 1, "state": "returned", "note": "县局派人看过，同意返回"}
        assert county.patch(address, json=home).status_code == 200
        assert rows(toy, event)["西一-D"].state == "returned"
        # Entered by mistake: they are still where they were.
        step = county.patch(address, json={"version": one.version + 2, "state": "moved_to_kin"})
        assert step.status_code == 200
        assert county.post(f"{address}/undo/{step.json()['step']['id']}").status_code == 200
        assert rows(toy, event)["西一-D"].state == "returned"

    def test_who_is_home_in_a_house_that_is_found_fallen_is_fetched(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        assert say(county, toy, event, "西一-D", result="no_visible_hazard").status_code == 200
        end(toy, event)
        one = rows(toy, event)["西一-D"]
        address = f"/api/v1/events/{event}/evacuation/{one.id}"
        home = {"version": one.version, "state": "returned", "note": "县局派人看过，同意返回"}
        assert county.patch(address, json=home).status_code == 200
        # A finished inspection is put right after the end, too.
        assert say(county, toy, event, "西一-D", result="collapsed", rooms_collapsed=2).status_code == 200
        back = rows(toy, event)["西一-D"]
        assert back.state == "pending"
        page = county.get(f"/events/{event}/evacuation/areas/{VILLAGE}").text
        assert f'value="{back.id}-{back.version}-moved_to_shelter"' in page
        assert county.patch(address, json={"version": back.version, "state": "refused"}).status_code == 200
        moved = county.patch(address, json={"version": back.version + 1, "state": "moved_to_kin"})
        assert moved.status_code == 200, moved.text

    def test_opened_again_it_takes_everything(self, toy: ToyDatabase, county: TestClient, event: int) -> None:
        end(toy, event)
        end(toy, event, "aftermath")
        one = rows(toy, event)["西一-C"]
        said = {"version": one.version, "state": "moved_to_kin"}
        assert county.patch(f"/api/v1/events/{event}/evacuation/{one.id}", json=said).status_code == 200
        assert say(county, toy, event, "西一-C").status_code == 200

    def test_what_was_saved_before_the_end_may_arrive_again(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        one = rows(toy, event)["西一-C"]
        said = {"version": one.version, "state": "moved_to_kin", "client_id": "a-phone-1"}
        address = f"/api/v1/events/{event}/evacuation/{one.id}"
        first = county.patch(address, json=said)
        assert say(county, toy, event, "西一-C", client_id="a-phone-2").status_code == 200
        number = task(toy, event, "西一-C").id
        end(toy, event)
        assert county.patch(address, json=said).json()["step"] == first.json()["step"]
        again = {**LOOKED, "version": 1, "client_id": "a-phone-2"}
        assert county.patch(f"/api/v1/inspections/{number}", json=again).status_code == 200

    @pytest.mark.parametrize("phase", ["closed", "mistaken"])
    def test_a_figure_told_before_the_end_may_arrive_again(
        self, toy: ToyDatabase, county: TestClient, event: int, phase: str
    ) -> None:
        address = f"/api/v1/events/{event}/evacuation/figures"
        told = {"area": VILLAGE, "households": 2, "people": 5, "client_id": "a-phone-3"}
        first = county.post(address, json=told)
        end(toy, event, phase)
        again = county.post(address, json=told)
        assert again.is_success and again.json() == first.json(), again.text
        assert county.post(address, json={**told, "client_id": "a-phone-4"}).status_code == 409


class TestNoHouseIsLookedAtForTheFirstTime:
    def test_by_api_form_photo_and_returned_list(
        self, toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
    ) -> None:
        assert say(county, toy, event, "西一-C", result="suspected", findings=None).status_code == 200
        assert say(county, toy, event, "西一-D").status_code == 200
        sheet = Sheet(county, event).fill("西一-B", 排查结果="无人居住", **SEEN)
        end(toy, event)
        begun = task(toy, event, "西一-C")
        assert begun.state == "in_progress"
        refused = say(county, toy, event, "西一-C")
        assert refused.status_code == 409 and REOPEN in refused.json()["detail"], refused.text
        assert [fault["column"] for fault in refused.json()["errors"]] == ["event"]
        files = {"file": ("现场.jpg", jpeg(), "image/jpeg")}
        photo = county.post(f"/api/v1/inspections/{begun.id}/photos", files=files)
        assert photo.status_code == 409 and REOPEN in photo.json()["detail"]
        typed = {"version": begun.version, "result": "locked", "findings": "窗台下有裂缝", "visitor": "某巡查员"}
        form = county.post(f"/inspections/{begun.id}", data=typed)
        assert form.status_code == 409 and REOPEN in form.text and "窗台下有裂缝" in form.text
        page = county.get(f"/inspections/{begun.id}").text
        assert REOPEN in plain(page) and "inspection-form" not in page and 'id="waiting"' in page
        path = sheet.saved(tmp_path)
        with toy.transaction() as session:
            found = session.get_one(HazardEvent, event)
            shown = preview_returned(session, toy.actor(), found, path)
            assert not shown.enters and {fault.value for fault in shown.faults} == {"西一-B"}
            assert not enter_returned(session, toy.actor(), found, path).entered
        assert task(toy, event, "西一-C") == begun
        # What was finished is put right.
        assert say(county, toy, event, "西一-D", result="no_visible_hazard").status_code == 200

    def test_what_was_begun_is_finished_after_a_mistake_and_stands_on_the_desk_until_then(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        assert say(county, toy, event, "西一-D", result="suspected", findings=None).status_code == 200
        end(toy, event, "mistaken")
        left = task(toy, event, "西一-D")
        assert left.state == "in_progress" and left.due_at is not None
        assert task(toy, event, "西一-B").state == "withdrawn", "nobody had begun it"
        for place in ("/inspections", "/inspections?state=in_progress"):
            assert f"/inspections/{left.id}" in county.get(place).text, place
        assert "已经开始排查、或者有人报过险情的还有 1 栋" in plain(county.get(f"/events/{event}").text)
        new = plain(county.get("/").text).partition("新收到")[2]
        assert "试验过程" in new and "24 小时内没有新下达的任务" not in new
        fallen = say(county, toy, event, "西一-D", result="collapsed", damage="collapsed", rooms_collapsed=2)
        assert fallen.status_code == 200 and fallen.json()["state"] == "done", fallen.text
        assert "24 小时内没有新下达的任务" in plain(county.get("/").text)
        # Seen fallen, it keeps its family out as in any event.
        family = rows(toy, event)["西一-D"]
        home = {"version": family.version, "state": "returned", "note": "试"}
        assert county.patch(f"/api/v1/events/{event}/evacuation/{family.id}", json=home).status_code == 409

    def test_who_lives_in_a_house_that_is_found_fallen_after_a_mistake_joins_the_list(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        assert say(county, toy, event, "东一-D", result="locked", findings=None).status_code == 200
        end(toy, event, "mistaken")
        assert "东一-D" not in rows(toy, event), "nothing was entered of the family"
        fallen = say(county, toy, event, "东一-D", result="collapsed", damage="collapsed", rooms_collapsed=2)
        assert fallen.status_code == 200, fallen.text
        family = rows(toy, event)["东一-D"]
        assert (family.state, family.withdrawn_at) == ("pending", None)
        # A rule had them on the list before: they are none that no rule knew.
        assert county.get(f"/api/v1/events/{event}/evacuation/totals").json()["total"]["extra"] == 0
        assert "还在家里的有 1 户，请马上转移" in plain(county.get(f"/events/{event}").text)
        fetched = {"version": family.version, "state": "moved_to_kin"}
        assert county.patch(f"/api/v1/events/{event}/evacuation/{family.id}", json=fetched).status_code == 200

    def test_the_phase_is_that_of_now_not_of_when_the_request_began(self, toy: ToyDatabase, event: int) -> None:
        one = rows(toy, event)["西一-C"]
        with toy.transaction() as session:
            session.get_one(HazardEvent, event)
            end(toy, event)
            entry = MoveEntry(Said(state="moved_to_kin"), frozenset({"state"}))
            with pytest.raises(EventEnded):
                enter(session, toy.actor(), event, one.id, entry, hindrance=lambda *_: None)

    def test_a_draft_is_refused_as_ever(self, toy: ToyDatabase, event: int) -> None:
        one = rows(toy, event)["西一-C"]
        with toy.transaction() as session:
            session.execute(text("UPDATE hazard_event SET phase = 'draft' WHERE id = :e"), {"e": event})
            entry = MoveEntry(Said(state="moved_to_kin"), frozenset({"state"}))
            with pytest.raises(Conflict, match="还没有确认"):
                enter(session, toy.actor(), event, one.id, entry, hindrance=lambda *_: None)
