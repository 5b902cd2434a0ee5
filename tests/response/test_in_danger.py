"""Who lives in a house that was found dangerous stays on the list, whatever becomes of zones and warning, and may be fetched."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.errors import BadInput, Conflict
from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.response.extra import add_extra
from geo_housing.response.service import change_phase, respond
from tests.evacuation.test_pages import plain
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_grounds import AGAIN_WEST, BOTH
from tests.response.test_returning import engineer, looked, said, signed, sound, state_of
from tests.response.warnings import confirm
from tests.response.zones import revise
from tests.toy_county import COUNTY, VILLAGES, WEST

__all__ = ["engineer"]
WEST_ONE = VILLAGES["西一"][0]


@furnished
def event(toy: ToyDatabase) -> int:
    """Warned, with tasks; D has fallen in the storm, C is cracked, nobody is fetched yet."""
    number = confirm(toy, BOTH).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), number)
    looked(toy, number, "西一-D", "collapsed", damage="collapsed", rooms_collapsed=2)
    looked(toy, number, "西一-C", "suspected", damage="severe", rooms_severe=1)
    return number


def on_list(toy: ToyDatabase, event: int) -> set[str]:
    wanted = "SELECT h.code FROM evacuation e JOIN house h ON h.id = e.house_id WHERE e.event_id = :e AND e.withdrawn_at IS NULL"
    with toy.transaction(COUNTY) as session:
        return set(session.scalars(text(wanted), {"e": event}))


def led(toy: ToyDatabase, event: int, phase: str) -> None:
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, phase, reason="试")


class TestCalledOff:
    def test_they_stay_on_the_list_and_may_be_fetched(self, toy: ToyDatabase, event: int) -> None:
        led(toy, event, "mistaken")
        assert on_list(toy, event) == {"西一-C", "西一-D"}
        said(toy, event, "西一-D", "moved_to_kin", area=WEST)
        said(toy, event, "西一-C", "refused", area=WEST)
        said(toy, event, "西一-C", "moved_to_shelter", area=WEST)
        with pytest.raises(Conflict, match="倒塌"):
            said(toy, event, "西一-D", "returned")
        page = plain(
            toy.browser(toy.member("township", WEST)).get(f"/events/{event}/evacuation/areas/{WEST_ONE}?all=1").text
        )
        assert "已倒塌或拆除，不能返回" in page and "投亲靠友" in page

    def test_a_technician_still_signs_of_what_was_seen(self, toy: ToyDatabase, event: int, engineer: int) -> None:
        led(toy, event, "mistaken")
        said(toy, event, "西一-C", "moved_to_kin")
        with pytest.raises(Conflict, match="没有查出损坏的房屋不再签署"):
            sound_signed(toy, event, engineer)
        signed(toy, event, "西一-C", "habitable", engineer)
        said(toy, event, "西一-C", "returned")

    def test_whom_a_person_put_on_stays_with_the_task(self, toy: ToyDatabase, event: int) -> None:
        with toy.transaction(WEST) as session:
            add_extra(session, toy.actor(WEST), event, ExtraHousehold(WEST_ONE, "表外户", "东墙倒塌", people=4))
        led(toy, event, "mistaken")
        with toy.transaction(COUNTY) as session:
            row = session.execute(
                text(
                    "SELECT id, people FROM evacuation WHERE event_id = :e AND origin = 'extra' AND withdrawn_at IS NULL"
                ),
                {"e": event},
            ).one()
        assert row.people == 4
        moved = toy.browser(toy.member("township", WEST)).patch(
            f"/api/v1/events/{event}/evacuation/{row.id}", json={"state": "moved_to_kin", "version": 1}
        )
        assert moved.status_code == 200, moved.text

    def test_what_is_read_out_names_them(self, toy: ToyDatabase, event: int) -> None:
        led(toy, event, "mistaken")
        county = toy.browser(toy.member("county", COUNTY))
        west = county.get(f"/api/v1/events/{event}/calls/at/{WEST_ONE}/text").json()["text"]
        assert "2户的房屋查出有危险，或者报了险情还没有人看过" in west and "不要返回" in west
        east = county.get(f"/api/v1/events/{event}/calls/at/{VILLAGES['东一'][0]}/text").json()["text"]
        assert "已经转移出来的可以返回" in east and "查出" not in east


def sound_signed(toy: ToyDatabase, event: int, engineer: int) -> None:
    """Of a house whose task is over: nobody looked, nobody was there."""
    with toy.transaction(COUNTY) as session:
        session.execute(
            text(
                "UPDATE emergency_inspection SET state = 'open', withdrawn_at = NULL WHERE event_id = :e AND result IS NULL"
            ),
            {"e": event},
        )
    signed(toy, event, "西一-A", "habitable", engineer)


class TestLeftByTheZone:
    def test_a_smaller_zone_takes_nobody_out_of_a_ruin_off_the_list(self, toy: ToyDatabase, event: int) -> None:
        before = on_list(toy, event)
        with toy.transaction(COUNTY) as session:
            revise(session, toy.actor(COUNTY), event, ("东一",))
            respond(session, toy.actor(COUNTY), event)
        after = on_list(toy, event)
        assert {"西一-C", "西一-D"} <= after < before

    def test_the_task_of_a_house_whose_family_was_fetched_stays(self, toy: ToyDatabase, event: int) -> None:
        """Its inspection withdrawn, nobody could look, and the family could not go home."""
        said(toy, event, "西二-D", "moved_to_kin")
        with toy.transaction(COUNTY) as session:
            revise(session, toy.actor(COUNTY), event, ("东一",))
            respond(session, toy.actor(COUNTY), event)
        assert inspection(toy, event, "西二-D") == "prepared" and inspection(toy, event, "西二-C") == "withdrawn"
        led(toy, event, "aftermath")
        sound(toy, event, "西二-D")
        said(toy, event, "西二-D", "returned")
        assert state_of(toy, event, "西二-D") == "returned"


def inspection(toy: ToyDatabase, event: int, house: str) -> Any:
    wanted = "SELECT i.state FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE i.event_id = :e AND h.code = :h"
    with toy.transaction(COUNTY) as session:
        return session.scalar(text(wanted), {"e": event, "h": house})


def test_a_look_in_the_second_storm_is_none_after_it(toy: ToyDatabase, event: int, later: Callable[..., None]) -> None:
    said(toy, event, "西二-D", "moved_to_kin")
    later(minutes=5)
    led(toy, event, "aftermath")
    later(hours=1)
    confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
    later(hours=2)
    in_the_storm = clock.now() - timedelta(hours=1)
    led(toy, event, "aftermath")
    with pytest.raises(AssertionError, match="in_progress"):
        looked(toy, event, "西二-D", "no_visible_hazard", visited_at=in_the_storm)
    with pytest.raises((Conflict, BadInput)):
        said(toy, event, "西二-D", "returned")
