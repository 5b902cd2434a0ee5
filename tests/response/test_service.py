import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed
from geo_housing.hazards.ended import EventEnded
from geo_housing.hazards.queries import affected
from geo_housing.hazards.service import add_standing_areas, end_standing_area
from geo_housing.hazards.sources import zones_of_drawing
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.queries import progress
from geo_housing.response.service import Responded, change_phase, joined, respond
from geo_housing.response.zones.loading import Given, load_divisions
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import geometry, make_event, revise
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST
from tests.toy_county.county import NO_OUTLINE


def event_over(toy: ToyDatabase, *villages: str, level: str = "yellow", area: str = COUNTY) -> int:
    with toy.transaction(area) as session:
        return make_event(session, toy.actor(area), villages, level)


def responded(toy: ToyDatabase, event: int, area: str = COUNTY) -> Responded:
    with toy.transaction(area) as session:
        return respond(session, toy.actor(area), event)


def tasks(toy: ToyDatabase, event: int) -> dict[str, str]:
    with toy.transaction() as session:
        rows = session.execute(
            text(
                "SELECT h.code, i.state FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
                " WHERE i.event_id = :event"
            ),
            {"event": event},
        )
        return {row.code: row.state for row in rows}


def test_respond_opens_what_the_analysis_counts(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一", "东二")
    with toy.transaction(COUNTY) as session:
        found = affected(session, event, AreaScope(COUNTY))
    done = responded(toy, event)
    assert done.opened == found.houses + found.uncertain == len(tasks(toy, event))
    assert done.uncertain == found.uncertain == 2
    assert found.houses == sum(area.houses for area in found.areas)


def test_a_disputed_house_inside_the_zone_is_affected_and_not_uncertain(toy: ToyDatabase) -> None:
    event = event_over(toy, "东一")
    with toy.transaction(COUNTY) as session:
        found = affected(session, event, AreaScope(COUNTY))
    assert (found.houses, found.uncertain) == (6, 0)
    assert tasks(toy, event) == {}
    responded(toy, event)
    assert "争-1" in tasks(toy, event)


def test_two_who_press_at_once_open_every_house_once(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一", "西二", "东一")
    done: list[Responded] = []
    errors: list[Exception] = []
    start = threading.Barrier(2)

    def press() -> None:
        try:
            start.wait()
            done.append(responded(toy, event))
        except Exception as error:  # noqa: BLE001 -- the thread's failure is the test's
            errors.append(error)

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not errors
    opened = sorted(one.opened for one in done)
    assert opened == [0, len(tasks(toy, event))]
    assert {one.opened + one.kept for one in done} == {len(tasks(toy, event))}


def test_a_township_gives_tasks_within_its_prefix_only(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一", "东一")
    responded(toy, event, WEST)
    assert all(code.startswith(("西", "疑", "无")) for code in tasks(toy, event))
    with toy.transaction(COUNTY) as session:
        loaded = revise(session, toy.actor(COUNTY), event, ["西一", "西二", "东一", "东二"])
    # Only where tasks were given do added houses get theirs at once.
    assert loaded.opened == 5
    assert {code for code in tasks(toy, event) if code.startswith("东")} == set()


def test_a_township_neither_sees_nor_counts_the_other_ones_houses(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一", "东一")
    responded(toy, event)
    with toy.transaction(WEST) as session:
        counted = progress(session, event, AreaScope(WEST))
        found = affected(session, event, AreaScope(WEST))
    assert {area.code[:9] for area in (*counted.villages, *counted.townships)} == {WEST}
    assert {area.code[:9] for area in found.areas} == {WEST}
    assert counted.total.due == 7 and found.houses == 6


def test_progress_adds_up_on_every_level(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一", "西三", "东一")
    responded(toy, event)
    with toy.transaction(COUNTY) as session:
        found = progress(session, event, AreaScope(COUNTY))
    for level in (found.townships, found.villages):
        for name in ("due", "done", "overdue", "open", "prepared", "in_progress", "withdrawn", "uncertain"):
            assert sum(getattr(area, name) for area in level) == getattr(found.total, name)


def test_a_township_may_not_change_the_countys_event(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一")
    with toy.transaction(WEST) as session:
        with pytest.raises(NotAllowed):
            revise(session, toy.actor(WEST), event, ["西二"])
        with pytest.raises(NotAllowed):
            change_phase(session, toy.actor(WEST), event, "aftermath")


def test_a_townships_own_event_is_not_seen_by_its_neighbour(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一", area=WEST)
    with toy.transaction(EAST) as session:
        seen = session.scalar(text("SELECT count(*) FROM hazard_event WHERE id = :event"), {"event": event})
    assert seen == 0


def test_due_times_count_from_the_aftermath_by_priority(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一")
    responded(toy, event)
    with toy.transaction(COUNTY) as session:
        done = change_phase(session, toy.actor(COUNTY), event, "灾后排查")
        rows = session.execute(
            text(
                "SELECT i.priority, i.due_at - e.aftermath_at AS due FROM emergency_inspection i"
                " JOIN hazard_event e ON e.id = i.event_id WHERE e.id = :event"
            ),
            {"event": event},
        ).all()
    assert done.inspections["prepared"] == 0 and done.inspections["open"] == len(rows)
    hours = {1: 24, 2: 48, 3: 72}
    for row in rows:
        assert abs(row.due - timedelta(hours=hours[row.priority])) < timedelta(seconds=5)


def test_mistaken_needs_a_reason_and_leaves_what_is_begun(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一")
    responded(toy, event)
    with toy.transaction(COUNTY) as session:
        number = session.scalar(text("SELECT min(id) FROM emergency_inspection WHERE event_id = :e"), {"e": event})
        enter_result(
            session, toy.actor(COUNTY), number, InspectionEntry(Findings(findings="墙体完好"), frozenset({"findings"}))
        )
    with toy.transaction(COUNTY) as session, pytest.raises(BadInput, match="原因"):
        change_phase(session, toy.actor(COUNTY), event, "mistaken")
    with toy.transaction(COUNTY) as session:
        done = change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")
    assert done.inspections["in_progress"] == 1
    assert done.inspections["withdrawn"] == len(tasks(toy, event)) - 1
    with toy.transaction(COUNTY) as session, pytest.raises(Conflict):
        respond(session, toy.actor(COUNTY), event)


def test_closing_with_unfinished_inspections_asks_for_the_reason_and_withdraws_nothing(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一")
    responded(toy, event)
    with toy.transaction(COUNTY) as session, pytest.raises(BadInput, match="还有"):
        change_phase(session, toy.actor(COUNTY), event, "closed")
    with toy.transaction(COUNTY) as session:
        done = change_phase(session, toy.actor(COUNTY), event, "closed", reason="县局确认")
    assert done.inspections["withdrawn"] == 0


def test_aftermath_does_not_lead_back(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一")
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "aftermath")
        with pytest.raises(Conflict, match="不能退回"):
            change_phase(session, toy.actor(COUNTY), event, "warning")


def test_one_journal_entry_with_counts_carries_the_batch(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一")
    done = responded(toy, event)
    with toy.transaction() as session:
        entries = session.execute(
            text("SELECT id, counts FROM journal_entry WHERE action = 'response.respond' AND subject_id = :e"),
            {"e": str(event)},
        ).all()
        batches = session.scalars(
            text("SELECT DISTINCT batch_id FROM emergency_inspection WHERE event_id = :e"), {"e": event}
        ).all()
    assert len(entries) == 1
    assert entries[0].counts["opened"] == done.opened
    assert batches == [entries[0].id]


def test_a_village_with_its_own_inspector_gets_the_task_else_the_townships_desk(toy: ToyDatabase) -> None:
    toy.member("village", VILLAGES["西一"][0])
    event = event_over(toy, "西一", "西二")
    responded(toy, event)
    with toy.transaction() as session:
        rows = session.execute(
            text("SELECT DISTINCT scope_code, assignee_area FROM emergency_inspection WHERE event_id = :e"),
            {"e": event},
        )
        found = {row.scope_code: row.assignee_area for row in rows}
    assert found[VILLAGES["西一"][0]] == VILLAGES["西一"][0]
    assert found[VILLAGES["西二"][0]] == WEST


def test_a_standing_risk_area_is_a_reason_and_ended_it_is_none(toy: ToyDatabase) -> None:
    actor = toy.actor(COUNTY)
    with toy.transaction(COUNTY) as session:
        ids = add_standing_areas(session, actor, zones_of_drawing(geometry(["西一"])), kind="flood")
        assert add_standing_areas(session, actor, zones_of_drawing(geometry(["西一"])), kind="flood") == []
    first = event_over(toy, "西一")
    responded(toy, first)
    with toy.transaction(COUNTY) as session:
        end_standing_area(session, actor, ids[0])
    second = event_over(toy, "西一")
    responded(toy, second)
    with toy.transaction() as session:
        counts = dict(
            session.execute(
                text(
                    "SELECT event_id, count(*) FILTER (WHERE reasons && ARRAY['earth_in_standing_area',"
                    " 'standing_area'] COLLATE \"C\") FROM emergency_inspection WHERE event_id IN (:a, :b) GROUP BY 1"
                ),
                {"a": first, "b": second},
            ).all()
        )
    assert counts[first] >= 2
    assert counts[second] == 0


def test_chosen_divisions_mean_every_house_that_belongs_there(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        loaded = load_divisions(session, toy.actor(COUNTY), [NO_OUTLINE, VILLAGES["西二"][0]], Given(name="选村"))
        found = affected(session, loaded.zoned.event_id, AreaScope(COUNTY))
    by_area = {area.code: (area.houses, area.uncertain) for area in found.areas}
    assert by_area == {NO_OUTLINE: (0, 1), VILLAGES["西二"][0]: (5, 0)}


def test_a_chosen_township_counts_each_house_once(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        loaded = load_divisions(session, toy.actor(COUNTY), [WEST, VILLAGES["西二"][0]], Given())
        found = affected(session, loaded.zoned.event_id, AreaScope(COUNTY))
    # 21 located in the west; without point 无-1; declared in the west, standing in the east 争-1.
    assert (loaded.zoned.zones, found.houses, found.uncertain) == (1, 21, 2)


def test_a_house_in_two_zones_has_one_task_with_the_more_severe_level(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一", "西一", level="blue")
    with toy.transaction(COUNTY) as session:
        session.execute(
            text("UPDATE hazard_zone SET level = 'blue' WHERE event_id = :e"),
            {"e": event},
        )
        double = geometry(["西一"])
        double["features"] = double["features"] * 2  # type: ignore[operator] # a list
        from geo_housing.response.zones.loading import load_drawing

        load_drawing(session, toy.actor(COUNTY), double, Given(event=event, level="red"))
        session.execute(
            text(
                "UPDATE hazard_zone SET level = 'blue' WHERE id = (SELECT max(id) FROM hazard_zone WHERE event_id = :e)"
            ),
            {"e": event},
        )
    done = responded(toy, event)
    assert done.opened == 8  # six inside, 无-1 and 争-1 uncertain
    with toy.transaction() as session:
        reasons = session.scalars(
            text(
                "SELECT i.reasons FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
                " WHERE i.event_id = :e AND h.code = '西一-D'"
            ),
            {"e": event},
        ).one()
    assert "earth_under_red" in reasons


def test_an_ended_house_gets_no_task_and_loses_the_one_not_begun(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一")
    responded(toy, event)
    with toy.transaction(COUNTY) as session:
        session.execute(
            text("UPDATE house SET ended_on = current_date, ended_reason = 'demolished' WHERE code = '西一-A'")
        )
    assert responded(toy, event).withdrawn == 1
    assert tasks(toy, event)["西一-A"] == "withdrawn"


def test_who_may_not_respond_is_told_so(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一")
    reader = Actor(name="user:x", scope=AreaScope(COUNTY), permissions=frozenset({"events.view"}))
    with toy.database.transaction(reader) as session, pytest.raises(NotAllowed):
        respond(session, reader, event)


def test_areas_join_to_the_fewest_prefixes() -> None:
    assert joined([WEST, COUNTY, EAST]) == [COUNTY]
    assert joined([EAST, WEST, WEST]) == [WEST, EAST]
    assert joined(["0", WEST]) == ["0"]


def test_results_arriving_late_count_once_the_event_is_opened_again(toy: ToyDatabase) -> None:
    event = event_over(toy, "西一")
    responded(toy, event)
    said = Findings(result="no_visible_hazard", visitor="某巡查员", visited_at=clock.now())
    late = InspectionEntry(said, frozenset({"result", "visitor", "visited_at"}))
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "closed", reason="结束")
        number = session.scalar(text("SELECT min(id) FROM emergency_inspection WHERE event_id = :e"), {"e": event})
        with pytest.raises(EventEnded, match="重新开启为“灾后排查”"):
            enter_result(session, toy.actor(COUNTY), number, late)
        change_phase(session, toy.actor(COUNTY), event, "aftermath", reason="还有一栋没有录入")
        assert enter_result(session, toy.actor(COUNTY), number, late).state == "done"
