"""禁返 that holds: who is home is fetched once more when it is warned again or their house is found unsafe, and who may overrule."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.conclusions import queries
from geo_housing.conclusions.care import Care, keep_care
from geo_housing.conclusions.queries import required_risks
from geo_housing.conclusions.service import Signing, sign
from geo_housing.conclusions.unsafe import unsafe_by_event, unsafe_count
from geo_housing.errors import BadInput, Conflict, NotAllowed
from geo_housing.evacuation import at_once, service
from geo_housing.evacuation.rows import rows_of
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import Said
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.houses.register.endings import end_house
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.policy.service import record_value
from geo_housing.response.grounds import enter_grounds, grounds_of
from geo_housing.response.reports.figures import Loss
from geo_housing.response.reports.gather import gather
from geo_housing.response.reports.wording import lost
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import change_phase, respond
from geo_housing.response.warnings.effect import effect_of
from geo_housing.roster.models import Technician
from geo_housing.scope import AreaScope
from tests.evacuation.test_pages import plain
from tests.fixtures.toy import ToyDatabase, furnished
from tests.houses.test_at_the_same_time import meanwhile
from tests.response.test_grounds import AGAIN_WEST, BOTH
from tests.response.test_left_range import ring
from tests.response.warnings import confirm, read
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

RISKS = ("C", "D", "suspected")
WEST_ONE = VILLAGES["西一"][0]


@furnished
def event(toy: ToyDatabase) -> int:
    """Both townships are warned, have their tasks, and the western one is over: nobody is moved yet."""
    number = confirm(toy, BOTH).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), number)
        enter_grounds(session, toy.actor(COUNTY), number, [WEST])
    return number


@pytest.fixture
def engineer(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        who = Technician(scope_code=COUNTY, name="某工程师", unit="某设计室", created_by="test")
        session.add(who)
        session.flush()
        return who.id


def number_of(session: Any, event: int, house: str, table: str = "evacuation") -> int:
    wanted = (
        f"SELECT t.id FROM {table} t JOIN house h ON h.id = t.house_id WHERE h.code = :house AND t.event_id = :event"
    )
    return int(session.scalar(text(wanted), {"house": house, "event": event}))


def said(toy: ToyDatabase, event: int, house: str, state: str, area: str = COUNTY, **more: Any) -> int | None:
    """The number of the step."""
    with toy.transaction(area) as session:
        actor = toy.actor(area)
        hindrance = hindrance_of(session, actor, session.get_one(HazardEvent, event))
        entry = MoveEntry(Said(state=state, **more), frozenset({"state", *more}))
        step = service.enter(session, actor, event, number_of(session, event, house), entry, hindrance=hindrance)
        return None if step is None else step.id


def looked(toy: ToyDatabase, event: int, house: str, result: str, area: str = COUNTY, **more: Any) -> None:
    values = {"result": result, "visitor": "某巡查员", "visited_at": clock.now(), "findings": "东墙", **more}
    with toy.transaction(area) as session:
        number = number_of(session, event, house, "emergency_inspection")
        entry = InspectionEntry(Findings(**values), frozenset(values))
        assert enter_result(session, toy.actor(area), number, entry).state == "done"


def without_grades(toy: ToyDatabase) -> None:
    """The county asks for no technician because of a grade alone."""
    with toy.transaction(COUNTY) as session:
        if required_risks(session, COUNTY):
            record_value(
                session, toy.actor(COUNTY), key="conclusion.required_risks", value=[], area_code=COUNTY,
                effective_from=date(2026, 1, 1), basis="试",
            )  # fmt: skip


def sound(toy: ToyDatabase, event: int, house: str, area: str = COUNTY) -> None:
    """Looked at and without fault, where the county asks for no signature because of a grade."""
    without_grades(toy)
    looked(toy, event, house, "no_visible_hazard", area)


def signed(toy: ToyDatabase, event: int, house: str, conclusion: str, who: int, **more: Any) -> int:
    values = {"items": ("wall_crack",), "advice": "支顶后复评", "technician_id": who, **more}
    with toy.transaction(COUNTY) as session:
        return sign(session, toy.actor(COUNTY), event, house, Signing(conclusion, **values)).id


def state_of(toy: ToyDatabase, event: int, house: str) -> str:
    with toy.transaction(COUNTY) as session:
        number = number_of(session, event, house)
        return str(session.scalar(text("SELECT state FROM evacuation WHERE id = :id"), {"id": number}))


def home(toy: ToyDatabase, event: int, house: str) -> None:
    """The family of a house that nobody found fault with is back."""
    said(toy, event, house, "moved_to_kin", people=3)
    sound(toy, event, house)
    said(toy, event, house, "returned")


def moved_sums(toy: ToyDatabase, event: int) -> tuple[Heads, Heads, Heads]:
    with toy.transaction(COUNTY) as session:
        found = totals(session, event, AreaScope(COUNTY))
    for tier in (found.townships, found.villages):
        for name in ("due", "moved", "left"):
            added = Heads()
            for area in tier:
                added = added.plus(getattr(area, name))
            assert added == getattr(found.total, name)
    return found.total.due, found.total.moved, found.total.left


class TestWarnedAgain:
    def test_who_is_home_is_to_be_fetched_once_more_and_it_is_shown_before(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        home(toy, event, "西一-D")
        said(toy, event, "西一-C", "moved_to_kin", people=2)
        due, moved, left = moved_sums(toy, event)
        assert moved.households == 2
        later(minutes=20)
        with toy.transaction(COUNTY) as session:
            stated = read(toy, AGAIN_WEST, target=str(event))
            effect = effect_of(session, toy.actor(COUNTY), stated, session.get_one(HazardEvent, event))
            assert effect.changing.fetched.households == 1 and effect.changing.fetched.people == 3
        done = confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
        assert done.fetched.households == 1
        assert (state_of(toy, event, "西一-D"), state_of(toy, event, "西一-C")) == ("pending", "moved_to_kin")
        assert moved_sums(toy, event) == (due, Heads(1, 2, 0), left.plus(Heads(1, 3, 0)))
        with toy.transaction(COUNTY) as session:
            [row] = [
                one
                for one in rows_of(session, toy.actor(COUNTY), event, AreaScope(WEST_ONE))
                if one.house_code == "西一-D"
            ]
            assert (row.called_back, row.people, row.moved_at, row.is_moved) == ("again", 3, None, False)
            acts = session.scalars(
                text("SELECT act FROM evacuation_step WHERE evacuation_id = :id ORDER BY id"), {"id": row.id}
            )
            assert list(acts) == ["enter", "enter", "again"]
            journalled = session.execute(
                text("SELECT scope_code, counts FROM journal_entry WHERE action = 'evacuation.again'")
            ).one()
            assert journalled.scope_code == WEST and journalled.counts["households"] == 1

    @pytest.mark.parametrize("level", ["黄色", "蓝色"])
    def test_a_warning_that_moves_nobody_fetches_nobody_and_it_is_said_before(
        self, toy: ToyDatabase, event: int, level: str
    ) -> None:
        home(toy, event, "西一-D")
        low = AGAIN_WEST.replace("橙色", level)
        with toy.transaction(COUNTY) as session:
            stated = read(toy, low, target=str(event))
            changing = effect_of(session, toy.actor(COUNTY), stated, session.get_one(HazardEvent, event)).changing
        assert (changing.warned_again, changing.stay_over, changing.fetched) == ((), ("西山镇",), NOBODY)
        county = toy.browser(toy.member("county", COUNTY))
        page = county.post("/events/warnings", data={"text": low}).text
        assert "西山镇 仍在灾后排查，已返回的户不改回“待转移”" in page
        assert confirm(toy, low, target=str(event), even_if_known=True).fetched.households == 0
        assert state_of(toy, event, "西一-D") == "returned"
        with toy.transaction(COUNTY) as session:
            found = grounds_of(session, session.get_one(HazardEvent, event), AreaScope(COUNTY))
            [west] = [one for one in found if one.code == WEST]
            assert west.phase == "aftermath" and not west.was_warned_again
        assert confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True).fetched.households == 1

    def test_the_county_s_own_setting_says_which_warnings_move(self, toy: ToyDatabase, event: int) -> None:
        home(toy, event, "西一-D")
        with toy.transaction(COUNTY) as session:
            record_value(
                session, toy.actor(COUNTY), key="evacuation.levels", value=["red", "orange", "yellow"], area_code=COUNTY,
                effective_from=date(2026, 1, 1), basis="试",
            )  # fmt: skip
        low = AGAIN_WEST.replace("橙色", "黄色")
        assert confirm(toy, low, target=str(event), even_if_known=True).fetched.households == 1

    def test_a_warning_elsewhere_fetches_nobody(self, toy: ToyDatabase, event: int) -> None:
        home(toy, event, "西一-D")
        again = AGAIN_WEST.replace("西山镇", "东河乡")
        assert confirm(toy, again, target=str(event), even_if_known=True).fetched.households == 0
        assert state_of(toy, event, "西一-D") == "returned"

    def test_nobody_goes_back_upon_what_was_seen_before_it(
        self, toy: ToyDatabase, event: int, engineer: int, later: Callable[..., None]
    ) -> None:
        home(toy, event, "西一-D")
        said(toy, event, "西一-C", "moved_to_kin")
        looked(toy, event, "西一-C", "suspected", damage="slight", rooms_slight=1)
        signed(toy, event, "西一-C", "habitable", engineer)
        later(minutes=20)
        confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
        later(hours=2)
        said(toy, event, "西一-D", "moved_to_kin")
        with toy.transaction(COUNTY) as session:
            enter_grounds(session, toy.actor(COUNTY), event, [WEST])
        # Somebody is sent once more.
        with pytest.raises(Conflict, match="还没有排查"):
            said(toy, event, "西一-D", "returned", WEST)
        with pytest.raises(Conflict, match="当地再次预警"):
            said(toy, event, "西一-C", "returned", WEST)
        with toy.transaction(COUNTY) as session:
            waiting = queries.conclusion_rows(session, event, AreaScope(COUNTY), RISKS, limit=10)
            assert ("西一-C", None) in [(row.house_code, row.conclusion) for row in waiting]
        sound(toy, event, "西一-D")
        said(toy, event, "西一-D", "returned", WEST)

    def test_a_return_that_is_being_entered_is_waited_for(self, toy: ToyDatabase, event: int) -> None:
        said(toy, event, "西一-D", "moved_to_kin")
        sound(toy, event, "西一-D")
        with toy.transaction(COUNTY) as session:
            actor = toy.actor(COUNTY)
            hindrance = hindrance_of(session, actor, session.get_one(HazardEvent, event))
            entry = MoveEntry(Said(state="returned"), frozenset({"state"}))
            service.enter(session, actor, event, number_of(session, event, "西一-D"), entry, hindrance=hindrance)
            with meanwhile(toy, lambda: confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)) as late:
                pass
        assert late.end().fetched.households == 1
        assert state_of(toy, event, "西一-D") == "pending"


class TestFoundUnsafe:
    def test_not_habitable_fetches_who_is_home_and_undo_does_not_send_him_back(
        self, toy: ToyDatabase, event: int, engineer: int
    ) -> None:
        home(toy, event, "西一-D")
        due, _, left = moved_sums(toy, event)
        signed(toy, event, "西一-D", "not_habitable", engineer)
        assert state_of(toy, event, "西一-D") == "pending"
        assert moved_sums(toy, event)[2] == left.plus(Heads(1, 3, 0)) and moved_sums(toy, event)[0] == due
        with toy.transaction(COUNTY) as session:
            rows = rows_of(session, toy.actor(COUNTY), event, AreaScope(WEST_ONE))
            assert [row.called_back for row in rows if row.house_code == "西一-D"] == ["unsafe"]
        said(toy, event, "西一-D", "moved_to_shelter")
        with pytest.raises(Conflict, match="不可以居住"):
            said(toy, event, "西一-D", "returned", note="县长同意")

    def test_undo_asks_what_a_return_asks(self, toy: ToyDatabase, event: int, engineer: int) -> None:
        home(toy, event, "西一-D")
        step = said(toy, event, "西一-D", "pending")
        signed(toy, event, "西一-D", "not_habitable", engineer)
        with toy.transaction(COUNTY) as session:
            actor = toy.actor(COUNTY)
            number = number_of(session, event, "西一-D")
            hindrance = hindrance_of(session, actor, session.get_one(HazardEvent, event))
            with pytest.raises(Conflict, match="不可以居住"):
                service.undo(session, actor, event, number, step or 0, hindrance=hindrance)

    @pytest.mark.parametrize(
        ("result", "more"),
        [
            ("collapsed", {"rooms_collapsed": 2}),
            ("suspected", {"damage": "severe", "rooms_severe": 2}),
            ("demolished", {}),
        ],
    )
    def test_a_worse_finding_fetches_who_is_home(
        self, toy: ToyDatabase, event: int, result: str, more: dict[str, Any]
    ) -> None:
        home(toy, event, "西一-D")
        looked(toy, event, "西一-D", result, WEST_ONE, **more)
        assert state_of(toy, event, "西一-D") == "pending"

    def test_who_runs_back_into_a_condemned_house_is_safely_housed_no_more(
        self, toy: ToyDatabase, event: int, engineer: int
    ) -> None:
        said(toy, event, "西一-D", "moved_to_kin")
        looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)
        signed(toy, event, "西一-D", "not_habitable", engineer)
        settled = Care(living_now="公房", settled_how="迁入公房", stated=frozenset({"living_now", "settled_how"}))
        with toy.transaction(COUNTY) as session:
            assert keep_care(session, toy.actor(COUNTY), event, "西一-D", settled, version=None).settled_at
            assert unsafe_count(session, AreaScope(COUNTY), event_id=event) == 0
        said(toy, event, "西一-D", "pending", note="自己回去了")
        with toy.transaction(COUNTY) as session:
            assert unsafe_count(session, AreaScope(COUNTY), event_id=event) == 1

    def test_a_signature_and_a_return_at_the_same_moment(self, toy: ToyDatabase, event: int, engineer: int) -> None:
        said(toy, event, "西一-D", "moved_to_kin")
        sound(toy, event, "西一-D")
        with toy.transaction(COUNTY) as session:
            actor = toy.actor(COUNTY)
            hindrance = hindrance_of(session, actor, session.get_one(HazardEvent, event))
            entry = MoveEntry(Said(state="returned"), frozenset({"state"}))
            service.enter(session, actor, event, number_of(session, event, "西一-D"), entry, hindrance=hindrance)
            with meanwhile(toy, lambda: signed(toy, event, "西一-D", "not_habitable", engineer)) as late:
                pass
        late.end()
        assert state_of(toy, event, "西一-D") == "pending"


class TestNewerThanTheSignature:
    def test_a_worse_finding_makes_it_wait_again(self, toy: ToyDatabase, event: int, engineer: int) -> None:
        said(toy, event, "西一-D", "moved_to_kin")
        looked(toy, event, "西一-D", "suspected", damage="slight", rooms_slight=1)
        first = signed(toy, event, "西一-D", "habitable", engineer)
        looked(
            toy, event, "西一-D", "suspected", WEST_ONE, damage="severe", rooms_severe=3, finding_items=("wall_crack",)
        )
        with toy.transaction(COUNTY) as session:
            assert queries.waiting_count(session, event, AreaScope(COUNTY), RISKS) == (0, 1)
            [row] = queries.conclusion_rows(session, event, AreaScope(COUNTY), RISKS, limit=10)
            assert row.conclusion is None
            assert sum(one.waiting for one in queries.standing(session, event, AreaScope(COUNTY), RISKS)) == 1
        with pytest.raises(Conflict, match="签字以后又登记了更重的情况"):
            said(toy, event, "西一-D", "returned", WEST, note="书记同意")
        signed(toy, event, "西一-D", "habitable", engineer, upon=first, reason="重新查看，已支顶")
        said(toy, event, "西一-D", "returned", WEST)

    def test_a_report_says_the_same_now_and_of_an_earlier_moment(
        self, toy: ToyDatabase, event: int, engineer: int, later: Callable[..., None]
    ) -> None:
        looked(toy, event, "西一-D", "suspected", damage="slight", rooms_slight=1)
        signed(toy, event, "西一-D", "habitable", engineer)
        then = clock.now()
        later(minutes=10)
        looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=3)
        with toy.transaction(COUNTY) as session:
            row = session.get_one(HazardEvent, event)
            areas = queries.standing(session, event, AreaScope(COUNTY), RISKS)
            for at, waiting in ((None, 1), (then, 0)):
                told = gather(session, row, AreaScope(COUNTY), as_of=at).total.concluded
                assert (told.needed, told.waiting, told.habitable) == (1, waiting, 1 - waiting), at
            assert [(one.needed, one.waiting) for one in areas] == [(1, 1)]

    def test_what_is_not_worse_leaves_it(self, toy: ToyDatabase, event: int, engineer: int) -> None:
        said(toy, event, "西一-D", "moved_to_kin")
        looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)
        signed(toy, event, "西一-D", "habitable", engineer)
        looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=1, findings="照片另报")
        said(toy, event, "西一-D", "returned", WEST)

    def test_not_habitable_holds_whatever_is_found_later(self, toy: ToyDatabase, event: int, engineer: int) -> None:
        said(toy, event, "西一-D", "moved_to_kin")
        looked(toy, event, "西一-D", "suspected", damage="slight", rooms_slight=1)
        signed(toy, event, "西一-D", "not_habitable", engineer)
        looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)
        with pytest.raises(Conflict, match="不可以居住"):
            said(toy, event, "西一-D", "returned", note="县长同意")


def test_nobody_goes_home_to_a_house_that_the_register_says_is_gone(toy: ToyDatabase, event: int) -> None:
    """Taken down in the night, without an inspection: a reason of the county does not make it stand."""
    said(toy, event, "西一-D", "moved_to_kin")
    with toy.transaction(COUNTY) as session:
        version = session.scalar(text("SELECT version FROM house WHERE code = '西一-D'"))
        end_house(
            session, toy.actor(COUNTY), "西一-D", reason="demolished", on=clock.today(), version=int(version or 0)
        )
    with pytest.raises(Conflict, match="倒塌或拆除"):
        said(toy, event, "西一-D", "returned", note="县长同意")


class TestWithoutAConclusion:
    @pytest.mark.parametrize("area", [WEST, WEST_ONE])
    def test_no_reason_below_the_county_sends_a_family_home(self, toy: ToyDatabase, event: int, area: str) -> None:
        said(toy, event, "西一-D", "moved_to_kin")
        with pytest.raises(Conflict, match="还没有排查"):
            said(toy, event, "西一-D", "returned", area, note="书记同意")
        looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)
        with pytest.raises(Conflict, match=r"待评估，暂不返回.*请报县住建局或应急局"):
            said(toy, event, "西一-D", "returned", area, note="书记同意")
        with pytest.raises(Conflict, match="写明原因"):
            said(toy, event, "西一-D", "returned")
        said(toy, event, "西一-D", "returned", note="技术员电话同意，下午补签")
        assert state_of(toy, event, "西一-D") == "returned"


class TestMistaken:
    @pytest.fixture
    def called_off(self, toy: ToyDatabase) -> int:
        number = confirm(toy, BOTH).event
        with toy.transaction(COUNTY) as session:
            respond(session, toy.actor(COUNTY), number)
        for house in ("西一-D", "西一-C", "西二-D"):
            said(toy, number, house, "moved_to_shelter")
        looked(toy, number, "西一-C", "collapsed", rooms_collapsed=2)
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), number, "mistaken", reason="误发")
        return number

    def test_families_go_home_and_nobody_is_moved_any_more(self, toy: ToyDatabase, called_off: int) -> None:
        said(toy, called_off, "西一-D", "returned", WEST_ONE)
        assert state_of(toy, called_off, "西一-D") == "returned"
        with pytest.raises(Conflict, match="误发撤销，不再登记转移"):
            said(toy, called_off, "西二-D", "moved_to_kin")
        entry = MoveEntry(Said(state="away"), frozenset({"state"}))
        with toy.transaction(WEST) as session, pytest.raises(Conflict, match="误发撤销，不再登记转移"):
            at_once.enter_many(session, toy.actor(WEST), called_off, [], entry, hindrance=lambda *_: None)
        said(toy, called_off, "西二-D", "pending")

    def test_all_of_a_village_go_home_at_once_but_nobody_into_a_ruin(self, toy: ToyDatabase, called_off: int) -> None:
        said(toy, called_off, "西一-C", "pending")
        with toy.transaction(COUNTY) as session:
            # As if it had been entered in the minute before: moved, and the house has fallen.
            session.execute(
                text("UPDATE evacuation SET state = 'moved_to_kin' WHERE id = :id"),
                {"id": number_of(session, called_off, "西一-C")},
            )
        township = toy.browser(toy.member("township", WEST))
        address = f"/events/{called_off}/evacuation/areas/{WEST}"
        page = township.get(f"{address}?all=1").text
        assert "这 3 户已转移的，一次登记返回" in page and "all-moved_to_shelter" not in page
        shown = re.findall(r'name="rows" value="(\d+-\d+)"', page)
        answer = township.post(f"{address}/press", data={"press": "all-returned", "rows": shown, "client_id": "once"})
        assert answer.status_code == 303, answer.text
        assert "2 户已登记为“已返回”。" in unquote(answer.headers["set-cookie"])
        assert "不能返回，没有改" in unquote(answer.headers["set-cookie"])
        states = {house: state_of(toy, called_off, house) for house in ("西一-D", "西二-D", "西一-C")}
        assert states == {"西一-D": "returned", "西二-D": "returned", "西一-C": "moved_to_kin"}
        again = township.post(f"{address}/press", data={"press": "all-returned", "rows": shown, "client_id": "once"})
        assert again.status_code == 303 and "2 户已登记" in unquote(again.headers["set-cookie"])

    @pytest.fixture
    def cracked(self, toy: ToyDatabase) -> int:
        """西二-D was moved and seen with a wall that has cracked, then the warning was called off; 西一-D is as it was."""
        number = confirm(toy, BOTH).event
        with toy.transaction(COUNTY) as session:
            respond(session, toy.actor(COUNTY), number)
        for house in ("西一-D", "西二-D"):
            said(toy, number, house, "moved_to_kin")
        looked(toy, number, "西二-D", "suspected", damage="severe", rooms_severe=2)
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), number, "mistaken", reason="误发")
        return number

    def test_nobody_goes_home_at_once_to_a_house_that_was_seen_damaged(self, toy: ToyDatabase, cracked: int) -> None:
        township = toy.browser(toy.member("township", WEST))
        address = f"/events/{cracked}/evacuation/areas/{WEST}"
        shown = re.findall(r'name="rows" value="(\d+-\d+)"', township.get(f"{address}?all=1").text)
        answer = township.post(f"{address}/press", data={"press": "all-returned", "rows": shown, "client_id": "once"})
        assert "1 户已登记为“已返回”。1 户刚有变动或不能返回" in unquote(answer.headers["set-cookie"])
        assert (state_of(toy, cracked, "西一-D"), state_of(toy, cracked, "西二-D")) == ("returned", "moved_to_kin")

    def test_only_the_county_lets_a_family_home_to_a_house_that_was_seen_damaged(
        self, toy: ToyDatabase, cracked: int
    ) -> None:
        with pytest.raises(Conflict, match=r"看到有损坏.*请报县住建局或应急局"):
            said(toy, cracked, "西二-D", "returned", WEST, note="书记同意")
        with pytest.raises(Conflict, match="写明原因"):
            said(toy, cracked, "西二-D", "returned")
        said(toy, cracked, "西二-D", "returned", note="技术员看过，裂缝是旧的")
        assert state_of(toy, cracked, "西二-D") == "returned"

    def test_not_while_the_event_goes_on(self, toy: ToyDatabase, event: int) -> None:
        said(toy, event, "西一-D", "moved_to_kin")
        entry = MoveEntry(Said(state="returned"), frozenset({"state"}))
        with toy.transaction(WEST) as session, pytest.raises(BadInput, match="整村登记只能选"):
            at_once.enter_many(session, toy.actor(WEST), event, [], entry, hindrance=lambda *_: None)

    def test_a_ruin_stays_empty_all_the_same(self, toy: ToyDatabase, called_off: int) -> None:
        with pytest.raises(Conflict, match="倒塌"):
            said(toy, called_off, "西一-C", "returned", note="要求回去")


class TestCallingOff:
    def test_is_the_countys(self, toy: ToyDatabase) -> None:
        with toy.transaction(WEST) as session:
            number = confirm(toy, BOTH.replace("、东河乡", ""), area=WEST).event
        with toy.transaction(WEST) as session:
            respond(session, toy.actor(WEST), number)
            with pytest.raises(NotAllowed, match="误发撤销只能由县"):
                change_phase(session, toy.actor(WEST), number, "mistaken", reason="误报")
        with toy.transaction(COUNTY) as session:
            assert session.scalar(text("SELECT count(*) FROM emergency_inspection WHERE state = 'withdrawn'")) == 0
            change_phase(session, toy.actor(COUNTY), number, "mistaken", reason="误报")


def test_rooms_of_a_class_without_a_house_of_it_are_explained() -> None:
    assert lost("严重损坏", Loss(1, 1, 2)) == "严重损坏1户1栋2间"
    assert lost("一般损坏", Loss(0, 0, 0)) == "一般损坏0户0栋0间"
    assert lost("一般损坏", Loss(0, 0, 2)) == "一般损坏0户0栋，另有一般损坏房间2间（所在房屋已按更重的一类计）"


class TestListed:
    def test_whom_the_county_let_home_stands_under_assessment_until_it_is_made_good(
        self, toy: ToyDatabase, event: int, engineer: int
    ) -> None:
        said(toy, event, "西一-D", "moved_to_kin")
        looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)
        said(toy, event, "西一-D", "returned", note="技术员电话同意，下午补签")
        county = toy.browser(toy.member("county", COUNTY))
        page = county.get(f"/events/{event}/conclusions").text
        assert "县里同意、未经评估先返回的农户" in page and "技术员电话同意，下午补签" in page
        leader = toy.browser(toy.member("leader", COUNTY)).get(f"/events/{event}/conclusions").text
        assert "县里同意、未经评估先返回的农户" in leader and "技术员电话同意" not in leader
        signed(toy, event, "西一-D", "habitable", engineer)
        assert "未经评估先返回" not in county.get(f"/events/{event}/conclusions").text

    def test_a_mistake_offers_the_way_home_and_no_other(self, toy: ToyDatabase) -> None:
        number = confirm(toy, BOTH).event
        with toy.transaction(COUNTY) as session:
            respond(session, toy.actor(COUNTY), number)
        said(toy, number, "西一-D", "moved_to_kin")
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), number, "mistaken", reason="误发")
        page = toy.browser(toy.member("township", WEST)).get(f"/events/{number}/evacuation/areas/{WEST_ONE}?all=1").text
        assert set(re.findall(r'name="press" value="[\d-]+-(\w+)"', page)) == {"returned", "pending"}

    def test_the_row_and_the_preview_say_that_somebody_must_be_fetched_again(
        self, toy: ToyDatabase, event: int
    ) -> None:
        home(toy, event, "西一-D")
        county = toy.browser(toy.member("county", COUNTY))
        effect = county.post("/events/warnings", data={"text": AGAIN_WEST}).text
        assert "已有 1 户返回" in plain(effect), effect
        confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
        page = county.get(f"/events/{event}/evacuation/areas/{WEST_ONE}?all=1").text
        assert "曾已返回；当地再次预警，请再次转移" in page


def test_an_event_is_not_closed_in_silence_while_a_family_has_no_safe_home(
    toy: ToyDatabase, event: int, engineer: int
) -> None:
    """Everything inspected, everybody moved, one house 不可以居住: closing asks why, and the family stays on the desk."""
    for township in (WEST, EAST):
        ring(toy, event, township)
    looked(toy, event, "西一-C", "suspected", damage="none")
    signed(toy, event, "西一-C", "not_habitable", engineer)
    with toy.transaction(COUNTY) as session:
        session.execute(
            text("UPDATE emergency_inspection SET state = 'done', done_at = now() WHERE state <> 'withdrawn'")
        )
        session.execute(text("UPDATE evacuation SET state = 'away', begun_at = now()"))
        change_phase(session, toy.actor(COUNTY), event, "aftermath")
        session.execute(
            text("UPDATE emergency_inspection SET state = 'done', done_at = now() WHERE state <> 'withdrawn'")
        )
    with toy.transaction(COUNTY) as session:
        with pytest.raises(BadInput) as refused:
            change_phase(session, toy.actor(COUNTY), event, "closed")
        assert refused.value.sentence.startswith("还有 1 栋房屋不能居住，农户没有安全居住。确需结束的")
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "closed", reason="县里已协调周转房")
        assert [(number, houses) for number, _, houses in unsafe_by_event(session, AreaScope(COUNTY))] == [(event, 1)]
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE unsafe_home SET settled_at = now(), settled_how = 'rehoused'"))
        assert unsafe_by_event(session, AreaScope(COUNTY)) == []
        change_phase(session, toy.actor(COUNTY), event, "aftermath", reason="补充排查")
        change_phase(session, toy.actor(COUNTY), event, "closed")
