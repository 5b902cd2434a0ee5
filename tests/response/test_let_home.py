"""县里同意: whoever lets a family home to a house that nobody has judged, and why, stays as it was said."""

import pytest

from geo_housing.accounts.permissions import permissions_of
from geo_housing.db import Actor
from geo_housing.errors import Conflict
from geo_housing.evacuation import service
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import Said
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.returning import LetHome, hindrance_of, let_home
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.test_returning import event, looked, number_of, said
from tests.toy_county import COUNTY, WEST

__all__ = ["event"]
WHY = "技术员电话同意，下午补签"


def acted(toy: ToyDatabase, event: int, name: str, role: str, area: str, **stated: str) -> None:
    actor = Actor(name=name, scope=AreaScope(area), permissions=permissions_of(role), source="web")
    with toy.database.transaction(actor) as session:
        hindrance = hindrance_of(session, actor, session.get_one(HazardEvent, event))
        entry = MoveEntry(Said(**stated), frozenset(stated))  # type: ignore[arg-type] # words
        service.enter(session, actor, event, number_of(session, event, "西一-D"), entry, hindrance=hindrance)


def moved_and_seen(toy: ToyDatabase, event: int) -> None:
    said(toy, event, "西一-D", "moved_to_kin")
    looked(toy, event, "西一-D", "suspected", damage="severe", rooms_severe=2)


def listed(toy: ToyDatabase, event: int) -> list[LetHome]:
    with toy.transaction(COUNTY) as session:
        return let_home(session, session.get_one(HazardEvent, event), AreaScope(COUNTY))


@pytest.mark.parametrize("role", ["county", "emergency", "admin"])
def test_who_consented_and_why_stays_whatever_is_written_later(toy: ToyDatabase, event: int, role: str) -> None:
    moved_and_seen(toy, event)
    acted(toy, event, "县里某人", role, COUNTY, state="returned", note=WHY)
    [first] = listed(toy, event)
    assert (first.reason, first.let_by) == (WHY, "县里某人")
    acted(toy, event, "乡镇某人", "township", WEST, note="户主手机已换")
    acted(toy, event, "乡镇某人", "township", WEST, note="", organiser="某组织人")
    assert listed(toy, event) == [first]
    # Fetched once more and let home by somebody else, for another reason: that is the consent that holds.
    acted(toy, event, "乡镇某人", "township", WEST, state="moved_to_kin")
    acted(toy, event, "县里另一人", role, COUNTY, state="returned", note="已支顶")
    [again] = listed(toy, event)
    assert (again.reason, again.let_by) == ("已支顶", "县里另一人") and again.let_at > first.let_at


@pytest.mark.parametrize(("role", "area"), [("duty", COUNTY), ("township", WEST), ("village", WEST)])
def test_it_is_no_officers_of_a_shift_and_no_townships(toy: ToyDatabase, event: int, role: str, area: str) -> None:
    moved_and_seen(toy, event)
    with pytest.raises(Conflict, match="报县住建局或应急局"):
        acted(toy, event, "某人", role, area, state="returned", note=WHY)
    assert listed(toy, event) == []
