"""A township enters 灾后排查 for its own ground, the county sees which have, a new warning takes one back."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from geo_housing import clock
from geo_housing.errors import BadInput, Conflict
from geo_housing.evacuation.models import Evacuation
from geo_housing.hazards.ground_phase import phase_of_ground, wholly_lifted
from geo_housing.hazards.grounds import last_entries
from geo_housing.hazards.queries import affected
from geo_housing.policy.service import record_value
from geo_housing.response.grounds import enter_grounds, grounds_of
from geo_housing.response.line import event_lines
from geo_housing.response.next_step import NextStep, next_step
from geo_housing.response.queries import event_of
from geo_housing.response.reports.then import phase_then
from geo_housing.response.returning import NOT_OVER, hindrance_of
from geo_housing.response.service import change_phase, respond
from geo_housing.response.situation import situation_of
from geo_housing.scope import AreaScope
from geo_housing.words import EVENT_PHASE
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_warning_pages import read, words
from tests.response.warnings import FLASH_FLOOD, RED, confirm
from tests.toy_county import COUNTY, EAST, WEST

BOTH = FLASH_FLOOD
LIFT_WEST = "玩具县水利局和玩具县气象台2026年7月12日05时30分联合解除西山镇山洪灾害气象风险橙色预警。"
LIFT_EAST = "玩具县水利局和玩具县气象台2026年7月12日06时30分联合解除东河乡山洪灾害气象风险橙色预警。"
AGAIN_WEST = "玩具县水利局和玩具县气象台2026年7月12日07时30分联合发布山洪灾害气象风险橙色预警：预计西山镇发生山洪灾害的可能性大。"


def rows(toy: ToyDatabase, query: str, **values: Any) -> list[Any]:
    with toy.transaction() as session:
        return list(session.execute(text(query), values))


@furnished
def event(toy: ToyDatabase) -> int:
    """Both townships are warned, and have their tasks."""
    number = confirm(toy, BOTH).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), number)
    return number


def enter(toy: ToyDatabase, event: int, ground: str, *, by: str = COUNTY) -> int:
    with toy.transaction(by) as session:
        return enter_grounds(session, toy.actor(by), event, [ground]).started


def main_step(toy: ToyDatabase, event: int, area: str) -> NextStep | None:
    with toy.transaction(area) as session:
        seen = situation_of(
            session,
            toy.actor(area),
            event_of(session, event, AreaScope(area)),
            affected(session, event, AreaScope(area)),
        )
        assert seen is not None
        return next_step(seen)


def states(toy: ToyDatabase, event: int) -> dict[str, set[tuple[str, bool]]]:
    found: dict[str, set[tuple[str, bool]]] = {WEST: set(), EAST: set()}
    for row in rows(
        toy,
        "SELECT DISTINCT left(scope_code, 9) AS ground, state, due_at IS NOT NULL AS is_due"
        " FROM emergency_inspection WHERE event_id = :event",
        event=event,
    ):
        found[row.ground].add((row.state, row.is_due))
    return found


class TestEntering:
    def test_time_runs_on_the_ground_that_entered_by_its_own_settings(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        with toy.transaction(WEST) as session:
            record_value(
                session, toy.actor(WEST), key="inspection.due_hours", value=[6, 12, 18], area_code=WEST,
                effective_from=date(2026, 1, 1), basis="试",
            )  # fmt: skip
        assert enter(toy, event, WEST, by=WEST) > 0
        assert states(toy, event) == {WEST: {("open", True)}, EAST: {("prepared", False)}}
        first = clock.now()
        later(hours=5)
        assert enter(toy, event, EAST) > 0
        for code, hours, moment in ((WEST, (6, 12, 18), first), (EAST, (24, 48, 72), clock.now())):
            for row in rows(
                toy, "SELECT priority, due_at FROM emergency_inspection WHERE starts_with(scope_code, :code)", code=code
            ):
                assert abs(row.due_at - moment - timedelta(hours=hours[row.priority - 1])) < timedelta(minutes=2)

    def test_the_event_enters_with_the_rest_and_moves_no_due_time(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        enter(toy, event, WEST, by=WEST)
        before = rows(toy, "SELECT id, due_at FROM emergency_inspection WHERE due_at IS NOT NULL ORDER BY id")
        later(hours=3)
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "aftermath")
        after = rows(
            toy,
            "SELECT id, due_at FROM emergency_inspection WHERE starts_with(scope_code, :west) ORDER BY id",
            west=WEST,
        )
        assert after == before
        assert states(toy, event)[EAST] == {("open", True)}
        with toy.transaction(COUNTY) as session:
            found = {
                one.code: one
                for one in grounds_of(session, event_of(session, event, AreaScope(COUNTY)), AreaScope(COUNTY))
            }
        assert {one.phase for one in found.values()} == {"aftermath"}
        assert found[EAST].at is not None and found[WEST].at is not None
        assert found[EAST].at - found[WEST].at > timedelta(hours=2)

    def test_twice_is_once(self, toy: ToyDatabase, event: int) -> None:
        assert enter(toy, event, WEST, by=WEST) > 0
        assert enter(toy, event, WEST) == 0
        assert rows(toy, "SELECT count(*) FROM event_ground") == [(1,)]

    def test_tasks_given_later_on_this_ground_run_at_once(self, toy: ToyDatabase) -> None:
        number = confirm(toy, BOTH).event
        enter(toy, number, WEST, by=WEST)
        with toy.transaction(COUNTY) as session:
            respond(session, toy.actor(COUNTY), number)
        assert states(toy, number) == {WEST: {("open", True)}, EAST: {("prepared", False)}}

    def test_a_house_that_moves_there_is_offered_its_due_time(self, toy: ToyDatabase, event: int) -> None:
        enter(toy, event, WEST, by=WEST)
        with toy.transaction(COUNTY) as session:
            session.execute(
                text("UPDATE emergency_inspection SET scope_code = :west WHERE id = (SELECT min(id) FROM"
                     " emergency_inspection WHERE starts_with(scope_code, :east) AND NOT uncertain)"),
                {"west": f"{WEST}201", "east": EAST},
            )  # fmt: skip
        step = main_step(toy, event, COUNTY)
        assert step is not None and step.act == "respond" and "1 栋" in step.sentence
        with toy.transaction(COUNTY) as session:
            respond(session, toy.actor(COUNTY), event)
        assert states(toy, event)[WEST] == {("open", True)}

    def test_elsewhere_and_in_other_phases_it_is_refused(self, toy: ToyDatabase, event: int) -> None:
        with pytest.raises(BadInput, match="不在这个事件"):
            enter(toy, event, f"{COUNTY}999")
        with toy.transaction(COUNTY) as session, pytest.raises(BadInput, match="还没有选择"):
            enter_grounds(session, toy.actor(COUNTY), event, [])
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "closed", reason="试")
        with pytest.raises(Conflict, match="不能单独进入"):
            enter(toy, event, WEST)


class TestWhatFollows:
    def test_people_go_home_where_it_is_over_and_nobody_new_is_listed_there(self, toy: ToyDatabase, event: int) -> None:
        enter(toy, event, WEST, by=WEST)
        with toy.transaction(COUNTY) as session:
            hindrance = hindrance_of(session, toy.actor(COUNTY), event_of(session, event, AreaScope(COUNTY)))
            said = {code: hindrance(Evacuation(scope_code=f"{code}201", house_id=None), None) for code in (WEST, EAST)}
        assert said[EAST] == NOT_OVER and said[WEST] not in (None, NOT_OVER)
        with toy.transaction(COUNTY) as session:
            session.execute(text("UPDATE hazard_event SET level = 'red' WHERE id = :event"), {"event": event})
            session.execute(text("UPDATE hazard_zone SET level = 'red' WHERE event_id = :event"), {"event": event})
            session.execute(
                text("UPDATE evacuation SET withdrawn_at = now() WHERE event_id = :event"), {"event": event}
            )
        with toy.transaction(COUNTY) as session:
            done = respond(session, toy.actor(COUNTY), event)
        listed = rows(toy, "SELECT DISTINCT left(scope_code, 9) FROM evacuation WHERE withdrawn_at IS NULL")
        assert done.evacuation.opened > 0 and listed == [(EAST,)]

    def test_the_county_is_told_how_many_and_the_township_where_it_is_itself(
        self, toy: ToyDatabase, event: int
    ) -> None:
        enter(toy, event, WEST, by=WEST)
        said = {}
        for area in (COUNTY, WEST, EAST, f"{WEST}201"):
            with toy.transaction(area) as session:
                [line] = event_lines(session, AreaScope(area))
            said[area] = line.standing.split(" · ")[0]
        assert said[COUNTY] == "预警响应（1 乡镇灾后排查）"
        assert (said[WEST], said[EAST], said[f"{WEST}201"]) == ("灾后排查", "预警响应", "灾后排查")

    def test_an_earlier_moment_is_known_as_it_was(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        before = clock.now()
        later(minutes=10)
        enter(toy, event, WEST)
        between = clock.now() + timedelta(minutes=1)
        later(minutes=30)
        enter(toy, event, EAST)
        with toy.transaction(COUNTY) as session:
            known = [
                set(last_entries(session, [event], as_of=at).get(event, {})) for at in (before, between, clock.now())
            ]
        assert known == [set(), {WEST}, {WEST, EAST}]


class TestWarnings:
    def test_a_lift_for_one_township_ends_the_warning_there_and_not_for_the_other(
        self, toy: ToyDatabase, event: int
    ) -> None:
        confirm(toy, LIFT_WEST, target=str(event), action="lift")
        assert rows(toy, "SELECT count(*) FROM warning WHERE ended_at IS NOT NULL") == [(0,)]
        for area in (WEST, COUNTY):
            step = main_step(toy, event, area)
            assert step is not None and (step.act, step.areas) == ("grounds", (WEST,)), area
            assert step.confirm is not None
        assert main_step(toy, event, EAST) is None
        enter(toy, event, WEST)
        confirm(toy, LIFT_EAST, target=str(event), action="lift")
        step = main_step(toy, event, COUNTY)
        assert step is not None and (step.act, step.phase) == ("phase", "aftermath")
        assert "已有 1 个乡镇先行进入" in step.sentence

    def test_a_new_warning_takes_its_township_back_and_loses_nothing(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        enter(toy, event, WEST)
        before = rows(toy, "SELECT id, state, due_at FROM emergency_inspection ORDER BY id")
        confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
        assert rows(toy, "SELECT id, state, due_at FROM emergency_inspection ORDER BY id") == before
        with toy.transaction(COUNTY) as session:
            found = {
                one.code: one
                for one in grounds_of(session, event_of(session, event, AreaScope(COUNTY)), AreaScope(COUNTY))
            }
        assert found[WEST].phase == "warning" and found[WEST].was_warned_again
        with toy.transaction(WEST) as session:
            [line] = event_lines(session, AreaScope(WEST))
        assert line.standing.startswith("预警响应")
        later(hours=2)
        assert enter(toy, event, WEST) == 0, "everything there runs already"
        assert rows(toy, "SELECT phase FROM event_ground ORDER BY id") == [("aftermath",), ("warning",), ("aftermath",)]

    def test_entered_anew_what_is_not_done_has_its_whole_time_again(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        enter(toy, event, WEST)
        enter(toy, event, EAST)
        [done] = rows(
            toy,
            "UPDATE emergency_inspection SET state = 'done', result = 'collapsed', done_at = now() WHERE id ="
            " (SELECT min(id) FROM emergency_inspection WHERE scope_code LIKE :west) RETURNING id, due_at",
            west=f"{WEST}%",
        )
        first = rows(toy, "SELECT id, due_at FROM emergency_inspection ORDER BY id")
        later(hours=30)
        before = clock.now()
        confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
        assert rows(toy, "SELECT id, due_at FROM emergency_inspection ORDER BY id") == first, "nobody may enter yet"
        later(hours=1)
        enter(toy, event, WEST)
        moment, known = clock.now(), dict(tuple(row) for row in first)
        for row in rows(toy, "SELECT id, scope_code, priority, due_at, overdue_earlier FROM emergency_inspection"):
            if row.id == done.id or row.scope_code.startswith(EAST):
                assert row.due_at == known[row.id] and not row.overdue_earlier
                continue
            hours = (24, 48, 72)[row.priority - 1]
            assert abs(row.due_at - moment - timedelta(hours=hours)) < timedelta(minutes=2)
            # A report of before counts it as it stood then.
            assert any(before in span for span in row.overdue_earlier) == (known[row.id] < before), row.priority

    def test_it_takes_back_an_event_that_was_over_everywhere(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        enter(toy, event, EAST)
        earlier = rows(toy, "SELECT at FROM event_ground")
        later(hours=1)
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "aftermath")
        before = rows(toy, "SELECT id, state, due_at FROM emergency_inspection ORDER BY id")
        home = rows(toy, "SELECT id FROM evacuation WHERE scope_code LIKE :west", west=f"{WEST}%")[0].id
        rows(toy, "UPDATE evacuation SET state = 'returned' WHERE id = :id RETURNING id", id=home)
        assert confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True).fetched.households == 1
        assert rows(toy, "SELECT state FROM evacuation WHERE id = :id", id=home) == [("pending",)]
        assert rows(toy, "SELECT id, state, due_at FROM emergency_inspection ORDER BY id") == before
        scope = AreaScope(COUNTY)
        with toy.transaction(COUNTY) as session:
            standing = event_of(session, event, scope)
            assert standing.phase == "warning"
            assert {one.code: one.phase for one in grounds_of(session, standing, scope)} == {
                WEST: "warning", EAST: "aftermath",
            }  # fmt: skip
            assert phase_then(session, standing, scope, clock.now() - timedelta(minutes=30)) == "warning"
        assert rows(toy, "SELECT at FROM event_ground WHERE scope_code = :east", east=EAST) == earlier
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "aftermath")
            assert event_of(session, event, scope).phase == "aftermath"

    def test_what_is_told_of_a_quake_takes_nothing_back(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "aftermath")
        confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True, kind="earthquake", level="ungraded")
        assert rows(toy, "SELECT phase FROM hazard_event") == [("aftermath",)]

    def test_before_it_is_entered_the_page_says_what_goes_back(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "aftermath")
        page = words(read(toy.browser(toy.member("county", COUNTY)), AGAIN_WEST.replace("联合发布", "继续发布")))
        assert "登记后 西山镇 由灾后排查回到预警响应。" in page and "其余乡镇仍在灾后排查。" in page

    def test_a_warning_that_was_passed_on_after_its_lift_takes_nothing_back_where_somebody_says_so(
        self, toy: ToyDatabase, event: int
    ) -> None:
        confirm(toy, LIFT_WEST, target=str(event), action="lift")
        enter(toy, event, WEST)
        late = AGAIN_WEST.replace("07时30分", "04时30分")
        county = toy.browser(toy.member("county", COUNTY))
        page = read(county, late.replace("联合发布", "继续发布"))
        assert "07-12 05:30 发布的解除已经登记" in words(page) and "西山镇 由灾后排查回到预警响应" in words(page)
        assert 'name="0-over" value="1">' in page, "nobody is told to be safe who has not been asked"
        with pytest.raises(Conflict, match="没有发布在后"):
            confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True, is_over=True)
        confirm(toy, late, target=str(event), even_if_known=True, is_over=True)
        assert rows(toy, "SELECT phase FROM event_ground") == [("aftermath",)]
        last = rows(toy, "SELECT action, ended_by FROM warning ORDER BY id")
        lift = rows(toy, "SELECT id FROM warning WHERE action = 'lift'")[0].id
        assert last[-1] == ("issue", lift), "it is in force nowhere"
        with toy.transaction(COUNTY) as session:
            found = grounds_of(session, event_of(session, event, AreaScope(COUNTY)), AreaScope(COUNTY))
        assert {one.code: one.is_lifted for one in found} == {WEST: True, EAST: False}
        confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
        assert rows(toy, "SELECT phase FROM event_ground ORDER BY id") == [("aftermath",), ("warning",)]

    def test_a_late_warning_of_a_part_that_is_lifted_counts_for_the_other(self, toy: ToyDatabase, event: int) -> None:
        confirm(toy, LIFT_WEST, target=str(event), action="lift")
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "aftermath")
        late = FLASH_FLOOD.replace("02时30分", "04时30分")
        confirm(toy, late, target=str(event), even_if_known=True, is_over=True)
        assert rows(toy, "SELECT action, ended_by FROM warning ORDER BY id")[-1] == ("issue", None)
        with toy.transaction(COUNTY) as session:
            found = grounds_of(session, event_of(session, event, AreaScope(COUNTY)), AreaScope(COUNTY))
        assert {one.code: (one.phase, one.is_lifted) for one in found} == {
            WEST: ("aftermath", True), EAST: ("warning", False),
        }  # fmt: skip

    def test_a_warning_for_the_other_township_takes_nothing_back(self, toy: ToyDatabase, event: int) -> None:
        enter(toy, event, EAST)
        confirm(toy, RED, target=str(event))
        assert rows(toy, "SELECT phase FROM event_ground") == [("aftermath",)]


class TestRules:
    @given(st.sampled_from(tuple(EVENT_PHASE)), st.sampled_from([None, "warning", "aftermath"]))
    def test_a_ground_is_never_behind_its_event(self, phase: str, last: str | None) -> None:
        found = phase_of_ground(phase, last)
        assert found == ("aftermath" if phase in ("warning", "ongoing") and last == "aftermath" else phase)

    def test_a_lift_of_a_part_ends_nothing_as_a_whole(self) -> None:
        assert wholly_lifted([WEST, EAST], []) and wholly_lifted([WEST], [COUNTY])
        assert not wholly_lifted([WEST, EAST], [WEST]) and not wholly_lifted([WEST], [f"{WEST}201"])
        assert not wholly_lifted([], [WEST]) and wholly_lifted([], [COUNTY])


class TestOverHttp:
    def test_county_and_township_press(self, toy: ToyDatabase, event: int) -> None:
        county = toy.browser(toy.member("county", COUNTY))
        page = county.get(f"/events/{event}").text
        assert "各乡镇阶段" in page and f'value="{WEST}"' in page
        township = toy.browser(toy.member("township", WEST))
        assert "本乡镇进入灾后排查" in township.get(f"/events/{event}").text
        done = township.post(f"/events/{event}/grounds", data={"area": WEST})
        assert done.status_code in (200, 204, 303)
        assert "1 个乡镇已进入灾后排查" in county.get(f"/events/{event}").text
        assert "本乡镇" in township.get(f"/events/{event}/areas/{WEST}").text
        refused = township.post(f"/events/{event}/grounds", data={"area": EAST})
        assert refused.status_code == 403
        answer = county.post(f"/api/v1/events/{event}/phase", json={"phase": "aftermath", "areas": [EAST]}).json()
        assert answer["phase"] == "aftermath" and answer["inspections"]["prepared"] == 0
        told = county.get(f"/api/v1/events/{event}").json()
        assert told["phase"] == "warning"
        assert [(one["code"], one["phase"]) for one in told["grounds"]] == [(WEST, "aftermath"), (EAST, "aftermath")]
