"""表外新增 of a house that somebody has looked at: whoever found it harmless has not seen what is reported, so nobody goes home on it."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.conclusions.homeward import homeward
from geo_housing.errors import Conflict
from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.again import houses_to_see_again
from geo_housing.response.extra import add_extra, open_again
from geo_housing.response.reports.gather import gather
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.evacuation.test_pages import plain
from tests.fixtures.toy import ToyDatabase
from tests.response.test_returning import engineer, event, looked, said, signed, sound
from tests.response.zones import revise
from tests.toy_county import COUNTY, VILLAGES, WEST

__all__ = ["engineer", "event"]
# In the zone, and not in need of being moved.
_CALM = """
    SELECT h.code, h.scope_code, k.head FROM emergency_inspection i JOIN house h ON h.id = i.house_id
    JOIN house_household l ON l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL
    JOIN household k ON k.id = l.household_id
    WHERE i.event_id = :event AND starts_with(i.scope_code, :west) AND length(i.scope_code) = 12
      AND NOT EXISTS (SELECT FROM evacuation e WHERE e.event_id = i.event_id AND e.household_id = k.id)
    ORDER BY h.code LIMIT 1
"""


def calm(toy: ToyDatabase, event: int) -> tuple[str, str, str]:
    with toy.transaction(COUNTY) as session:
        code, area, head = session.execute(text(_CALM), {"event": event, "west": WEST}).one()
    return code, area, head


def reported(toy: ToyDatabase, event: int, area: str, head: str) -> None:
    with toy.transaction(area[:9]) as session:
        add_extra(session, toy.actor(area[:9]), event, ExtraHousehold(area, head, "西墙倒塌"))


def way_home(toy: ToyDatabase, event: int, code: str) -> str:
    with toy.transaction(COUNTY) as session:
        wanted = text("SELECT e.id, e.house_id, e.household_id, e.scope_code FROM evacuation e"
                      " JOIN house h ON h.id = e.house_id WHERE h.code = :code")  # fmt: skip
        rows = session.execute(wanted, {"code": code}).all()
        (found,) = homeward(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), rows).values()
    return found.said


def again(toy: ToyDatabase, event: int) -> int:
    with toy.transaction(COUNTY) as session:
        return sum(houses_to_see_again(session, event, AreaScope(COUNTY)).values())


def call_off(toy: ToyDatabase, event: int) -> None:
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")


@pytest.mark.parametrize("is_mistaken", [False, True])
def test_what_was_found_harmless_is_looked_at_again(toy: ToyDatabase, event: int, is_mistaken: bool) -> None:
    code, area, head = calm(toy, event)
    sound(toy, event, code)
    assert again(toy, event) == 0
    reported(toy, event, area, head)
    said(toy, event, code, "moved_to_kin", people=3)
    if is_mistaken:
        call_off(toy, event)
    assert again(toy, event) == 1
    assert way_home(toy, event, code) == "待再次查看，暂不返回"
    with pytest.raises(Conflict, match="又有人报告险情"):
        said(toy, event, code, "returned", area=WEST, note="村里说没事")
    township = toy.browser(toy.member("township", WEST))
    page = township.get(f"/inspections?event={event}&again=1").text
    assert code in page and "重新预警或又报险情后未再查" in page
    looked(toy, event, code, "no_visible_hazard", WEST)
    assert again(toy, event) == 0
    assert way_home(toy, event, code) == "可以返回"
    said(toy, event, code, "returned", area=WEST)


def test_what_a_technician_permitted_before_permits_nothing(toy: ToyDatabase, event: int, engineer: int) -> None:
    code, area, head = calm(toy, event)
    sound(toy, event, code)
    first = signed(toy, event, code, "habitable", engineer)
    reported(toy, event, area, head)
    said(toy, event, code, "moved_to_kin", people=3)
    assert way_home(toy, event, code) == "待再次查看，暂不返回"
    signed(toy, event, code, "habitable", engineer, upon=first, reason="又报险情，已复查")
    assert way_home(toy, event, code) == "可以返回"


def test_what_was_found_dangerous_is_what_the_report_is_about(toy: ToyDatabase, event: int) -> None:
    code, area, head = calm(toy, event)
    reported(toy, event, area, head)
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE emergency_inspection SET opened_at = opened_at - interval '1 hour'"))
    # The form comes after the report and says when somebody was there: before it.
    looked(
        toy, event, code, "suspected", damage="severe", rooms_severe=1, visited_at=clock.now() - timedelta(minutes=1)
    )
    assert again(toy, event) == 0
    said(toy, event, code, "moved_to_kin", people=3)
    assert way_home(toy, event, code) == "待评估，暂不返回"


def test_what_a_village_filled_in_comes_back_as_seen_not_as_reported(toy: ToyDatabase, event: int) -> None:
    """A tick in a returned list opens again what a change of the zones took off: nobody has reported anything since."""
    code, _, _ = calm(toy, event)
    with toy.transaction(COUNTY) as session:
        wanted = (
            "SELECT i.id, i.house_id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :code"
        )
        number, house = session.execute(text(wanted), {"code": code}).one()
        session.execute(
            text("UPDATE emergency_inspection SET state = 'withdrawn', withdrawn_at = now() WHERE id = :id"),
            {"id": number},
        )
    seen = clock.now()
    with toy.transaction(COUNTY) as session:
        open_again(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), house, number)
    looked(toy, event, code, "no_visible_hazard", visited_at=seen)
    assert again(toy, event) == 0


def added(toy: ToyDatabase, event: int) -> list[int]:
    """表外新增 as counted: the whole, its townships and villages, now and from the steps; and what the report says."""
    with toy.transaction(COUNTY) as session:
        found = []
        for as_of in (None, clock.now()):
            every = totals(session, event, AreaScope(COUNTY), as_of=as_of)
            found += [
                every.total.extra,
                sum(one.extra for one in every.townships),
                sum(one.extra for one in every.villages),
            ]
        figures = gather(session, session.get_one(HazardEvent, event), AreaScope(COUNTY))
    assert (figures.extra, figures.extra_unregistered) == (found[0], 0)
    return found


def test_only_whom_no_rule_had_listed_is_counted_as_added(toy: ToyDatabase, event: int) -> None:
    """One of the list and one of none are reported; both stay, one is 表外新增, also once a zone reaches it."""
    with toy.transaction(COUNTY) as session:
        wanted = "SELECT k.head FROM household k JOIN house_household l ON l.household_id = k.id JOIN house h ON h.id = l.house_id WHERE h.code = :code"
        listed, beyond = (str(session.scalar(text(wanted), {"code": code})) for code in ("西一-D", "东二-A"))
    reported(toy, event, VILLAGES["西一"][0], listed)
    reported(toy, event, VILLAGES["东二"][0], beyond)
    reported(toy, event, VILLAGES["东二"][0], beyond)
    assert added(toy, event) == [1] * 6
    with toy.transaction(COUNTY) as session:
        rows = session.execute(
            text("SELECT h.code, e.origin, e.was_listed, e.reasons[1] = 'extra', e.reasons @> '{reported}' FROM evacuation e JOIN house h ON h.id = e.house_id WHERE e.what IS NOT NULL ORDER BY h.code")
        ).all()  # fmt: skip
    assert [tuple(row) for row in rows] == [
        ("东二-A", "extra", False, True, False),
        ("西一-D", "extra", True, False, True),
    ]
    county = toy.browser(toy.member("county", COUNTY))
    assert county.get(f"/api/v1/events/{event}/evacuation/totals").json()["total"]["extra"] == 1
    assert "其中表外新增 1 户" in plain(county.get(f"/events/{event}/evacuation").text)
    with toy.transaction(COUNTY) as session:
        revise(session, toy.actor(COUNTY), event, ["东二"])
        respond(session, toy.actor(COUNTY), event)
    assert added(toy, event) == [1] * 6, "neither comes or goes with a zone"
    call_off(toy, event)
    with toy.transaction(COUNTY) as session:
        stay = session.scalars(text("SELECT h.code FROM evacuation e JOIN house h ON h.id = e.house_id WHERE e.withdrawn_at IS NULL ORDER BY h.code")).all()  # fmt: skip
    assert stay == ["东二-A", "西一-D"] and added(toy, event) == [1] * 6


@pytest.mark.parametrize("stands", ["moved_to_kin", "returned"])
@pytest.mark.parametrize("is_mistaken", [False, True])
def test_of_a_family_on_the_list_what_is_reported_is_kept_and_nobody_stays_there(
    toy: ToyDatabase, event: int, stands: str, is_mistaken: bool
) -> None:
    """A rule has listed them, the house was found harmless, they are with kin or home again; then its wall falls."""
    code = "西一-D"
    with toy.transaction(COUNTY) as session:
        wanted = "SELECT k.head FROM evacuation e JOIN household k ON k.id = e.household_id JOIN house h ON h.id = e.house_id WHERE h.code = :code"
        head = str(session.scalar(text(wanted), {"code": code}))
    said(toy, event, code, "moved_to_kin", people=3)
    sound(toy, event, code)
    if stands == "returned":
        said(toy, event, code, "returned")
    with toy.transaction(COUNTY) as session:
        listed = session.scalar(text("SELECT count(*) FROM evacuation"))
    reported(toy, event, VILLAGES["西一"][0], head)
    with toy.transaction(COUNTY) as session:
        assert session.scalar(text("SELECT count(*) FROM evacuation")) == listed
        row = session.execute(
            text(
                "SELECT e.state, e.origin, e.what FROM evacuation e JOIN house h ON h.id = e.house_id WHERE h.code = :code"
            ),
            {"code": code},
        ).one()
    assert tuple(row) == ("pending" if stands == "returned" else stands, "extra", "西墙倒塌")
    assert added(toy, event) == [0] * 6, "a rule had listed them"
    if is_mistaken:
        call_off(toy, event)
    if stands == "returned":
        said(toy, event, code, "moved_to_kin", people=3)
    assert way_home(toy, event, code) == "待再次查看，暂不返回"
    with pytest.raises(Conflict, match="又有人报告险情"):
        said(toy, event, code, "returned", area=WEST, note="村里说没事")
    looked(toy, event, code, "no_visible_hazard", WEST)
    said(toy, event, code, "returned", area=WEST)


def test_what_is_told_of_a_listed_family_is_kept_whoever_says_that_they_have_no_house(
    toy: ToyDatabase, event: int
) -> None:
    with toy.transaction(COUNTY) as session:
        wanted = "SELECT k.head FROM evacuation e JOIN household k ON k.id = e.household_id JOIN house h ON h.id = e.house_id WHERE h.code = '西一-D'"
        head = str(session.scalar(text(wanted)))
        before = session.execute(text("SELECT (SELECT count(*) FROM evacuation), (SELECT count(*) FROM house)")).one()
    township = toy.browser(toy.member("township", WEST))
    said = {"area": VILLAGES["西一"][0], "head": head, "what": "屋后塌方", "is_house": False}
    for what in ("屋后塌方", "棚子漏雨"):
        answer = township.post(f"/api/v1/events/{event}/evacuation/extra", json={**said, "what": what})
        assert answer.status_code == 200, answer.text
    with toy.transaction(COUNTY) as session:
        assert (
            session.execute(text("SELECT (SELECT count(*) FROM evacuation), (SELECT count(*) FROM house)")).one()
            == before
        )
        row = session.execute(text(
            "SELECT e.what, e.origin, i.danger_reported_at IS NOT NULL FROM evacuation e JOIN house h ON h.id = e.house_id"
            " JOIN emergency_inspection i ON i.house_id = h.id AND i.event_id = e.event_id WHERE h.code = '西一-D'")).one()  # fmt: skip
    assert tuple(row) == ("屋后塌方；棚子漏雨", "extra", True) and added(toy, event) == [0] * 6
