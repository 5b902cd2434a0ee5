"""Warnings confirmed: new events, further warnings of one that is open, lifts. What had begun stands, whatever comes."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from geo_housing import clock
from geo_housing.db import Database
from geo_housing.errors import BadInput, Conflict, NotAllowed
from geo_housing.hazards import overlay
from geo_housing.hazards.divisions import zones_of_divisions
from geo_housing.hazards.models import HazardEvent, HazardWarning
from geo_housing.hazards.queries import affected, affected_by_plan
from geo_housing.response import queries
from geo_housing.response.service import change_phase, respond
from geo_housing.response.warnings import receiving
from geo_housing.response.warnings.effect import Effect, candidates, effect_of
from geo_housing.response.warnings.stated import Stated, StatedArea
from geo_housing.response.zones.loading import Given, load_divisions
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import load
from tests.response.warnings import DRILL, FLASH_FLOOD, LIFT, ORANGE, RED, confirm, read
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST


def rows(toy: ToyDatabase, query: str, **values: Any) -> list[Any]:
    with toy.transaction() as session:
        return list(session.execute(text(query), values))


def effect(toy: ToyDatabase, pasted: str, event: int | None, **said: Any) -> Effect:
    one = read(toy, pasted, **said)
    with toy.transaction(COUNTY) as session:
        found = None if event is None else queries.event_of(session, event, AreaScope(COUNTY))
        return effect_of(session, toy.actor(COUNTY), one, found)


def respond_to(toy: ToyDatabase, event: int) -> int:
    with toy.transaction(COUNTY) as session:
        return respond(session, toy.actor(COUNTY), event).opened


def concerned(toy: ToyDatabase, event: int) -> tuple[int, int]:
    with toy.transaction(COUNTY) as session:
        found = affected(session, event)
    return found.houses, found.uncertain


class TestANewEvent:
    def test_the_text_is_kept_whole_with_what_was_confirmed(self, toy: ToyDatabase) -> None:
        done = confirm(toy, ORANGE)
        [warning] = rows(toy, "SELECT * FROM warning")
        assert (warning.event_id, warning.text, warning.form) == (done.event, ORANGE, "text")
        assert (warning.action, warning.kind, warning.level, warning.issuer) == (
            "issue",
            "rainstorm",
            "orange",
            "玩具县气象台",
        )
        assert [(area["code"], area["text"]) for area in warning.areas] == [(WEST, "西山镇")]
        [event] = rows(toy, "SELECT kind, level, mode, source, phase, issuer FROM hazard_event")
        assert tuple(event) == ("rainstorm", "orange", "actual", "text", "warning", "玩具县气象台")
        assert rows(toy, "SELECT DISTINCT warning_id FROM hazard_zone") == [(warning.id,)]

    def test_the_analysis_before_is_the_analysis_after(self, toy: ToyDatabase) -> None:
        before = effect(toy, ORANGE, None).affected
        done = confirm(toy, ORANGE)
        assert before is not None and concerned(toy, done.event) == (before.houses, before.uncertain)

    def test_sent_twice_is_once(self, toy: ToyDatabase) -> None:
        first = confirm(toy, ORANGE, client_id="a")
        again = confirm(toy, ORANGE, client_id="a")
        assert (again.event, again.is_new) == (first.event, False)
        assert rows(toy, "SELECT count(*) FROM warning") == [(1,)]

    def test_the_same_text_from_somebody_else_is_told(self, toy: ToyDatabase) -> None:
        first = confirm(toy, ORANGE, client_id="a")
        # Other line breaks and widths are the same text.
        with pytest.raises(Conflict, match=f"登记在 {first.event} 号事件"):
            confirm(toy, ORANGE.replace("：", ":\n").replace("50毫米", "５０毫米"), client_id="b")
        assert confirm(toy, ORANGE, client_id="c", even_if_known=True).event != first.event

    def test_the_same_warning_in_another_text_is_told_and_one_of_further_places_is_not(self, toy: ToyDatabase) -> None:
        first = confirm(toy, ORANGE, client_id="a")
        with pytest.raises(Conflict, match=f"登记在 {first.event} 号事件"):
            confirm(toy, f"转发：{ORANGE}望周知。", client_id="b")
        further = ORANGE.replace("西山镇", "西山镇、东河乡")
        assert confirm(toy, further, client_id="c").is_new, "a text that was cut off first, and now is whole"

    def test_what_was_given_up_as_mistaken_does_not_stand_in_the_way(self, toy: ToyDatabase) -> None:
        first = confirm(toy, ORANGE, client_id="a")
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), first.event, "mistaken", reason="误发")
        assert confirm(toy, ORANGE, client_id="b").event != first.event

    def test_without_an_area_nothing_is_made(self, toy: ToyDatabase) -> None:
        with pytest.raises(BadInput, match="还没有选择"):
            confirm(toy, ORANGE, areas=())
        assert rows(toy, "SELECT count(*) FROM warning") == [(0,)]

    def test_a_lift_of_nothing_is_not_stored(self, toy: ToyDatabase) -> None:
        with pytest.raises(BadInput, match="解除"):
            confirm(toy, LIFT)

    def test_a_drill_makes_a_drill(self, toy: ToyDatabase) -> None:
        done = confirm(toy, DRILL)
        assert rows(toy, "SELECT mode FROM hazard_event") == [("drill",)]
        assert respond_to(toy, done.event) > 0, "a drill has its tasks, in no figure"
        with pytest.raises(Conflict, match="演练"):
            confirm(toy, FLASH_FLOOD, target=str(done.event))

    def test_a_drill_and_what_was_drilled_are_not_one_warning(self, toy: ToyDatabase) -> None:
        real = confirm(toy, RED, client_id="a")
        drill = confirm(toy, f"【演练】{RED}", client_id="b")
        again = confirm(toy, f"【演练】{RED}", client_id="b")
        assert drill.event != real.event and again.event == drill.event
        with pytest.raises(Conflict, match=f"登记在 {real.event} 号事件"):
            confirm(toy, f"转发：{RED}", client_id="c")

    def test_an_earthquake_begins_with_the_inspections(self, toy: ToyDatabase) -> None:
        quake = "玩具县应急管理局2026年7月12日03时发布地震信息：西山镇发生地震。"
        event = confirm(toy, quake, action="issue", kind="earthquake").event
        assert rows(toy, "SELECT phase, aftermath_at IS NOT NULL FROM hazard_event") == [("aftermath", True)]
        assert respond_to(toy, event) > 0
        assert rows(toy, "SELECT DISTINCT state, due_at IS NOT NULL FROM emergency_inspection") == [("open", True)]

    def test_two_with_the_same_text_at_once_make_one_event(self, toy: ToyDatabase) -> None:
        told: list[str] = []

        def paste(who: str) -> None:
            try:
                confirm(toy, ORANGE, client_id=who)
            except Conflict as error:
                told.append(error.sentence)

        people = [threading.Thread(target=paste, args=(who,)) for who in "ab"]
        for one in people:
            one.start()
        for one in people:
            one.join()
        assert rows(toy, "SELECT count(*) FROM hazard_event") == [(1,)]
        assert len(told) == 1


class TestAFurtherWarning:
    def test_a_house_is_on_one_list_with_all_its_reasons(self, toy: ToyDatabase) -> None:
        event = confirm(toy, ORANGE).event
        respond_to(toy, event)
        before = effect(toy, FLASH_FLOOD, event)
        townships = before.changing.houses.townships
        west = sum(one.added for one in townships if one.code == WEST)
        east = sum(one.added for one in townships if one.code == EAST)
        done = confirm(toy, FLASH_FLOOD, target=str(event))
        assert (west, east) == (0, done.opened) and done.opened > 0 and done.to_withdraw == 0
        [(tasks, houses)] = rows(
            toy, "SELECT count(*), count(DISTINCT house_id) FROM emergency_inspection WHERE event_id = :e", e=event
        )
        assert tasks == houses
        reasons = rows(
            toy,
            "SELECT DISTINCT z.kind, a.area_code FROM hazard_zone z JOIN hazard_zone_area a ON a.zone_id = z.id"
            " WHERE z.event_id = :e AND a.area_code IN (:w, :v) ORDER BY 1, 2",
            e=event, w=WEST, v=EAST,
        )  # fmt: skip
        assert reasons == [("flash_flood", WEST), ("flash_flood", EAST), ("rainstorm", WEST)]
        page = toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}/areas/{VILLAGES['西一'][0]}").text
        told = page[page.index("area-reasons") : page.index("inspection-table")]
        assert "暴雨" in told and "山洪" in told and told.count("橙色") == 2

    def test_an_upgrade_raises_what_it_names_and_says_so_before(self, toy: ToyDatabase) -> None:
        event = confirm(toy, ORANGE).event
        found = effect(toy, RED, event)
        inside = sum(concerned(toy, event))
        assert (found.level_before, found.change.level) == ("orange", "red")
        assert found.changing.houses.raised == inside
        changed = found.changing.houses
        assert not any(one.added or one.left or one.lowered for one in changed.townships)
        assert (changed.added.houses, changed.left.houses, changed.kept.houses > 0) == (0, 0, True)
        confirm(toy, RED, target=str(event))
        assert rows(toy, "SELECT level, revision FROM hazard_event") == [("red", 2)]
        first, second = rows(toy, "SELECT id, ended_by FROM warning ORDER BY id")
        assert (first.ended_by, second.ended_by) == (second.id, None)
        assert sum(concerned(toy, event)) == inside

    def test_a_lowered_level_loses_no_begun_work_and_makes_nothing_less_urgent(self, toy: ToyDatabase) -> None:
        event = confirm(toy, RED.replace("将暴雨橙色预警信号升级为", "发布")).event
        respond_to(toy, event)
        urgent = rows(toy, "SELECT house_id, priority, state FROM emergency_inspection ORDER BY 1")
        with toy.transaction(COUNTY) as session:
            session.execute(text("UPDATE emergency_inspection SET state = 'in_progress' WHERE id % 2 = 0"))
        lower = "玩具县气象台2026年7月12日03时将暴雨红色预警信号降级为暴雨黄色预警信号：预计西山镇降雨减弱。"
        assert effect(toy, lower, event).change.level == "yellow"
        done = confirm(toy, lower, target=str(event))
        assert (done.opened, done.to_withdraw) == (0, 0)
        now = rows(toy, "SELECT house_id, priority, state FROM emergency_inspection ORDER BY 1")
        assert [(row.house_id, row.priority) for row in now] == [(row.house_id, row.priority) for row in urgent]
        assert {row.state for row in now} == {"prepared", "in_progress"}
        assert rows(toy, "SELECT level FROM hazard_event") == [("yellow",)]

    def test_a_level_stated_by_hand_leaves_the_zones_to_their_warning(self, toy: ToyDatabase) -> None:
        event = confirm(toy, ORANGE).event
        with toy.transaction(COUNTY) as session:
            load_divisions(session, toy.actor(COUNTY), [WEST], Given(event=event, level="yellow"))
        assert rows(toy, "SELECT level FROM hazard_event") == [("yellow",)]
        confirm(toy, RED, target=str(event))
        assert rows(toy, "SELECT level FROM hazard_event") == [("red",)]
        lower = "玩具县气象台2026年7月12日03时将暴雨红色预警信号降级为暴雨蓝色预警信号：预计西山镇降雨减弱。"
        confirm(toy, lower, target=str(event))
        # Cut loose, the first zones would stay at the level of the hand for ever.
        assert rows(toy, "SELECT level FROM hazard_event") == [("blue",)]

    def test_the_lower_one_of_two_does_not_lower_the_event(self, toy: ToyDatabase) -> None:
        event = confirm(toy, RED.replace("将暴雨橙色预警信号升级为", "发布")).event
        confirm(toy, FLASH_FLOOD, target=str(event))
        assert rows(toy, "SELECT level FROM hazard_event") == [("red",)]

    def test_begun_work_stands_where_a_change_leaves_a_place_out(self, toy: ToyDatabase) -> None:
        event = confirm(toy, FLASH_FLOOD).event
        respond_to(toy, event)
        change = FLASH_FLOOD.replace("联合发布", "联合变更发布").replace("西山镇、东河乡", "西山镇")
        kept = effect(toy, change, event)
        assert kept.changing.houses.townships == () and [zone.code for zone in kept.change.unnamed] == [EAST]
        left = effect(toy, change, event, keep_unnamed=False)
        [township] = left.changing.houses.townships
        assert (township.code, township.added) == (EAST, 0) and township.left > 0
        done = confirm(toy, change, target=str(event), keep_unnamed=False)
        assert done.to_withdraw == township.left == left.changing.work.inspections_go
        assert rows(toy, "SELECT count(*) FROM emergency_inspection WHERE state = 'withdrawn'") == [(0,)]

    def test_a_township_adds_nothing_to_the_event_of_its_county(self, toy: ToyDatabase) -> None:
        event = confirm(toy, ORANGE).event
        with pytest.raises(NotAllowed):
            confirm(toy, RED, area=WEST, target=str(event))
        with toy.transaction(WEST) as session:
            assert candidates(session, toy.actor(WEST), read(toy, RED, area=WEST)) == ()

    def test_the_event_is_proposed_and_another_disaster_is_not(self, toy: ToyDatabase) -> None:
        event = confirm(toy, ORANGE).event
        with toy.transaction(COUNTY) as session:
            for pasted, expected in ((RED, [event]), (FLASH_FLOOD, [event]), (LIFT, [event]), (DRILL, [])):
                found = candidates(session, toy.actor(COUNTY), read(toy, pasted))
                assert [one.event.id for one in found if one.is_first_choice] == expected, pasted


def test_two_further_warnings_at_once_lose_no_place(toy: ToyDatabase) -> None:
    event = confirm(toy, ORANGE).event
    respond_to(toy, event)
    with ThreadPoolExecutor(2) as people:
        done = list(people.map(lambda pasted: confirm(toy, pasted, target=str(event)), (RED, FLASH_FLOOD)))
    assert all(one.is_new for one in done)
    assert rows(toy, "SELECT revision, level FROM hazard_event") == [(3, "red")]
    present = rows(
        toy,
        "SELECT DISTINCT z.kind, z.level, z.name FROM hazard_zone z JOIN zone_revision r ON r.id = z.revision_id AND r.n = 3"
        " ORDER BY 1, 3",
    )
    assert present == [
        ("flash_flood", "orange", "东河乡"), ("flash_flood", "orange", "西山镇"), ("rainstorm", "red", "西山镇"),
    ]  # fmt: skip
    houses, uncertain = concerned(toy, event)
    assert rows(toy, "SELECT count(*), count(DISTINCT house_id) FROM emergency_inspection") == [
        (houses + uncertain, houses + uncertain)
    ]


class TestALift:
    def test_nothing_is_withdrawn_and_the_inspections_are_what_comes_next(self, toy: ToyDatabase) -> None:
        event = confirm(toy, RED.replace("将暴雨橙色预警信号升级为", "发布")).event
        opened = respond_to(toy, event)
        done = confirm(toy, LIFT, target=str(event))
        assert (done.opened, done.to_withdraw) == (0, 0)
        assert rows(toy, "SELECT state, count(*) FROM emergency_inspection GROUP BY 1") == [("prepared", opened)]
        assert rows(toy, "SELECT phase, revision, level FROM hazard_event") == [("warning", 1, "red")]
        first, lift = rows(toy, "SELECT id, action, ended_by FROM warning ORDER BY id")
        assert (first.ended_by, lift.action) == (lift.id, "lift")
        page = toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}").text
        assert "预警已解除，任务一项没有撤销" in page and "进入灾后排查" in page and "已解除" in page

    def test_one_of_two_lifted_is_not_the_end(self, toy: ToyDatabase) -> None:
        event = confirm(toy, RED.replace("将暴雨橙色预警信号升级为", "发布")).event
        confirm(toy, FLASH_FLOOD, target=str(event))
        confirm(toy, LIFT, target=str(event))
        page = toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}").text
        assert "预警已解除，任务一项没有撤销" not in page

    def test_before_any_task_the_inspections_are_proposed_as_well(self, toy: ToyDatabase) -> None:
        event = confirm(toy, RED.replace("将暴雨橙色预警信号升级为", "发布")).event
        confirm(toy, LIFT, target=str(event))
        page = toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}").text
        assert "确认进入灾后排查" in page


def test_an_event_ends_with_the_last_of_the_warnings_in_force(toy: ToyDatabase) -> None:
    def until(event: int) -> str | None:
        with toy.transaction(COUNTY) as session:
            at = session.get_one(HazardEvent, event).expires_at
            return at and at.astimezone(clock.BEIJING).strftime("%d %H:%M")

    event = confirm(toy, ORANGE + "有效期至12日03时20分。", target="new").event
    assert until(event) == "12 03:20"
    # A further one that does not say how long it holds: nobody knows.
    confirm(toy, FLASH_FLOOD, target=str(event))
    assert until(event) is None
    confirm(toy, RED + "有效时间6小时。", target=str(event))
    assert until(event) is None
    with toy.transaction(COUNTY) as session:
        flood = session.scalars(select(HazardWarning.id).where(HazardWarning.kind == "flash_flood")).one()
    lift = "玩具县水利局和玩具县气象台2026年7月12日04时30分解除山洪灾害气象风险橙色预警。"
    confirm(toy, lift, target=str(event), ends=(flood,))
    assert until(event) == "12 07:50"


def test_several_warnings_of_one_paste_are_all_or_none(toy: ToyDatabase) -> None:
    both = f"{ORANGE}\n{FLASH_FLOOD}"
    first = read(toy, both)
    second = read(toy, FLASH_FLOOD, part=1, target="first")
    with toy.transaction(COUNTY) as session:
        done = receiving.receive(session, toy.actor(COUNTY), both, [first, second], client_id="a")
    assert done[0].event == done[1].event
    assert rows(toy, "SELECT part, kind, text FROM warning ORDER BY id") == [
        (0, "rainstorm", both), (1, "flash_flood", both),
    ]  # fmt: skip
    broken = read(toy, FLASH_FLOOD, part=1, target="new", areas=())
    with pytest.raises(BadInput), toy.transaction(COUNTY) as session:
        receiving.receive(session, toy.actor(COUNTY), f"{both}。", [first, broken], even_if_known=True)
    assert rows(toy, "SELECT count(*) FROM hazard_event") == [(1,)]


DOUBTFUL = [
    {"房屋编号": "镇-1", "乡镇": "西山镇", "户主姓名": "丁"},
    {"房屋编号": "争-2", "乡镇": "东河乡", "行政村": "东一村", "户主姓名": "戊", "经度": 120.006, "纬度": 45.006},
    {"房屋编号": "争-3", "乡镇": "西山镇", "行政村": "西二村", "户主姓名": "己", "经度": 120.026, "纬度": 45.006},
]
CODES = [COUNTY, WEST, EAST, f"{WEST}001", *(code for code, _, _ in VILLAGES.values())]


@pytest.fixture(scope="module")
def shared(clone_toy, test_cluster) -> Any:
    names = clone_toy(f"plans_{uuid.uuid4().hex[:12]}")
    found = ToyDatabase(names, Database(names.service_url, pool_size=2, stream_pool_size=1), test_cluster.settings)
    load(found, DOUBTFUL)
    yield found
    found.database.close()
    test_cluster.drop(names.name)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.sets(st.sampled_from(CODES), min_size=1, max_size=4),
    after=st.sets(st.sampled_from(CODES), min_size=1, max_size=4),
)
def test_what_is_shown_before_is_what_stands_after(shared: ToyDatabase, before: set[str], after: set[str]) -> None:
    """Divisions that are only looked at, and the difference to an event, equal what the stored zones say."""
    actor = shared.actor(COUNTY)
    with shared.transaction(COUNTY) as session:
        event = load_divisions(
            session, actor, sorted(before), Given(name="前", kind="rainstorm", level="orange")
        ).zoned.event_id
        drafts = [(zone, "orange") for zone in zones_of_divisions(session, sorted(after)).zones]
        looked_at = affected_by_plan(session, overlay.values_of_plan((), drafts), AreaScope(COUNTY))
        other = load_divisions(
            session, actor, sorted(after), Given(name="后", kind="rainstorm", level="orange")
        ).zoned.event_id
        stored = affected(session, other, AreaScope(COUNTY))
        assert (looked_at.areas, looked_at.by_structure) == (stored.areas, stored.by_structure)

        stated = Stated(
            part=0, action="issue", kind="rainstorm", level="red", areas=tuple(StatedArea(code) for code in sorted(after)),
            target=str(event),
        )  # fmt: skip
        found = effect_of(session, actor, stated, queries.event_of(session, event, actor.scope))
        respond(session, actor, event)
        held = _held(session, event)
        [done] = receiving.receive(session, actor, f"{sorted(before)}{sorted(after)}{uuid.uuid4()}", [stated])
        assert found.affected is not None
        assert found.affected.areas == affected(session, event, actor.scope).areas
        assert found.changing.houses.added.houses == done.opened == len(_held(session, event) - held)
        assert found.changing.houses.left.houses == done.to_withdraw == 0
        session.rollback()


def _held(session: Any, event: int) -> set[int]:
    wanted = text("SELECT house_id FROM emergency_inspection WHERE event_id = :e AND state <> 'withdrawn'")
    return set(session.scalars(wanted, {"e": event}))
