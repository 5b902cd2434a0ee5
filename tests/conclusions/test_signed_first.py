"""A technician who is there before the village: their signature counts at once, and no redrawn zone takes the house away."""

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.conclusions import queries
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.reports.gather import gather
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.conclusions.test_signing import RISKS, event, looked_at, signed, technician
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import revise
from tests.toy_county import COUNTY, EAST, VILLAGES

__all__ = ["event"]
EAST_ONE = VILLAGES["东一"][0]


def standing(toy: ToyDatabase, event: int) -> queries.Standing | None:
    with toy.transaction(COUNTY) as session:
        return next(iter(queries.standing(session, event, AreaScope(EAST), RISKS)), None)


@pytest.mark.parametrize("conclusion", ["habitable", "not_habitable"])
def test_it_is_in_every_count(toy: ToyDatabase, event: int, conclusion: str) -> None:
    assert standing(toy, event) is None
    before = clock.now()
    signed(toy, event, "东一-C", conclusion, technician(toy))
    found = standing(toy, event)
    assert found is not None
    assert (found.code, found.needed, found.waiting, found.by_conclusion[conclusion]) == (EAST_ONE, 1, 0, 1)
    with toy.transaction(COUNTY) as session:
        scope = AreaScope(EAST)
        assert queries.waiting_count(session, event, scope, RISKS) == (1, 1)
        [row] = queries.conclusion_rows(session, event, scope, RISKS, limit=9)
        assert (row.house_code, row.result, row.conclusion) == ("东一-C", None, conclusion)
        figures = gather(session, session.get_one(HazardEvent, event), scope)
        told = figures.total.concluded
        assert (told.needed, told.waiting, getattr(told, conclusion)) == (1, 0, 1)
        # As of the moment before, nobody had signed.
        earlier = gather(session, session.get_one(HazardEvent, event), scope, as_of=before)
        assert earlier.total.concluded.needed == 0
    page = toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}/conclusions/areas/{EAST_ONE}").text
    assert "东一-C" in page
    # The village's result comes later and counts the house once.
    looked_at(toy, event, "东一-C", "no_visible_hazard")
    after = standing(toy, event)
    assert after is not None
    assert (after.needed, after.waiting) == (1, 0)


def states(toy: ToyDatabase, event: int) -> dict[str, str]:
    wanted = (
        "SELECT h.code, i.state FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
        " WHERE i.event_id = :event AND h.code LIKE '东一-%'"
    )
    with toy.transaction(COUNTY) as session:
        return {row.code: row.state for row in session.execute(text(wanted), {"event": event})}


def test_what_was_signed_stays_when_the_zone_leaves_it(toy: ToyDatabase, event: int) -> None:
    signed(toy, event, "东一-C", "not_habitable", technician(toy))
    with toy.transaction(COUNTY) as session:
        revise(session, toy.actor(COUNTY), event, ("西一",))
    county = toy.browser(toy.member("county", COUNTY))
    told = county.get(f"/api/v1/events/{event}").json()
    done = None
    with toy.transaction(COUNTY) as session:
        done = respond(session, toy.actor(COUNTY), event)
    found = states(toy, event)
    assert found.pop("东一-C") == "open"
    assert set(found.values()) == {"withdrawn"} and done.withdrawn == len(found), told
    assert standing(toy, event) is not None


def test_what_was_signed_stays_when_the_warning_was_a_mistake(toy: ToyDatabase, event: int) -> None:
    signed(toy, event, "东一-C", "not_habitable", technician(toy))
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")
    found = states(toy, event)
    assert found.pop("东一-C") == "open" and set(found.values()) == {"withdrawn"}
