"""避险明白卡 and its families: a card holds as long as what is printed of them, and nothing else decides."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.clock import today
from geo_housing.evacuation.queries import move_policy
from geo_housing.hazards.service import add_standing_areas
from geo_housing.hazards.sources import zones_of_drawing
from geo_housing.houses.register.endings import end_house
from geo_housing.masking import mask_phone
from geo_housing.response.papers.card_sums import changed_since
from geo_housing.response.papers.preseason import card_states, cards_of, printed_at
from geo_housing.roster.full_phones import FullPhones, asked_for
from geo_housing.scope import AreaScope
from geo_housing.words import EVENT_KIND
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import house
from tests.response.zones import geometry
from tests.roster.people import contact, ring
from tests.toy_county.county import COUNTY, EAST, VILLAGES, WEST

OTHERS = "名单上的户有变动，待更新"
VILLAGE = VILLAGES["西一"][0]
Change = tuple[str, dict[str, Any]]
Told = dict[str, Counter[tuple[Any, ...]]]


def full(toy: ToyDatabase) -> FullPhones:
    return asked_for(toy.actor(), is_drill=False, purpose="汛前发到户", ring=ring(toy))


def printed(session: Session, toy: ToyDatabase, areas: list[str], numbers: FullPhones | None) -> Told:
    """What the paper says of the families of each village, as the page writes it (cards_paper.html)."""
    return {
        card.area.code: Counter(
            [
                (
                    row.head or row.house_code,
                    row.persons,
                    row.traits,
                    row.settlement or "",
                    row.reasons,
                    row.phone or "",
                )
                for row in card.rows
            ]
            + [row[3:10] for row in card.without_home]
        )
        for area in areas
        for card in cards_of(session, toy.actor(), area, full=numbers).villages
    }


def stale(session: Session, area: str) -> set[str]:
    """Those of its cards of which the families changed."""
    found = printed_at(session, AreaScope(area))
    return changed_since(session, {code: one.families for code, one in found.items() if one.families})


# Few, so that one change meets another: on the list for several reasons, for one, on none, in no village's outline.
HOUSES = st.sampled_from(["西一-D", "西一-A", "西二-C", "疑-1", "无-1"])
# Columns of a house, and what may come to stand in them; some are printed, some only decide, some do neither.
OF_HOUSE: dict[str, list[Any]] = {
    "settlement": [None, "", "一组", "二组"],
    "structure": [None, "earth_wood", "brick_concrete", "unknown"],
    "occupancy": [None, "empty", "resident"],
    "occupancy_checked_on": [None, "2020-01-01", "2026-11-01", "2026-11-27"],
    "suspected_on": [None, "2026-11-20"],
    "remark": [None, "屋后有陡坡"],
    "area_m2": [None, 61.5],
    "built_year": [None, 1961],
    "scope_code": [VILLAGE, VILLAGES["西二"][0], WEST],
    "ended_on": [None, "2026-11-20"],
}
OF_FAMILY: dict[str, list[Any]] = {
    "head": [None, "", "甲,乙", '"甲"'],
    "persons": [None, 0, 1, 7],
    "traits": [None, [], ["impaired"], ["elderly_alone", "impaired"]],
    "categories": [None, ["K1"]],
    "monitoring": [None, []],
}
# The second differs from the first in what the mask hides.
PHONES = [None, "10011110000", "10022220000", "10011110001"]
SETTINGS = [
    ("evacuation.risks", '["D"]'),
    ("evacuation.traits", "false"),
    ("occupancy.stale_days", "3"),
    ("preseason.card_days", "9"),
]
_FAMILY = "id IN (SELECT household_id FROM house_household l JOIN house h ON h.id = l.house_id WHERE h.code = :code)"
_LINK = "house_id = (SELECT id FROM house WHERE code = :code) AND relation = 'lives'"
_CAST = {"occupancy_checked_on": "date", "suspected_on": "date", "ended_on": "date"} | dict.fromkeys(
    ("traits", "categories", "monitoring"), "text[]"
)


def column(table: str, name: str, where: str) -> Callable[[tuple[str, Any]], Change]:
    value = f"CAST(:value AS {_CAST[name]})" if name in _CAST else ":value"
    return lambda drawn: (f"UPDATE {table} SET {name} = {value} WHERE {where}", {"code": drawn[0], "value": drawn[1]})


GRADED = "UPDATE house SET grade = CAST(:grade AS text), grade_basis = CASE WHEN CAST(:grade AS text) IS NOT NULL THEN 'legacy' END"
CHANGES = st.one_of(
    *(st.tuples(HOUSES, st.sampled_from(values)).map(column("house", name, "code = :code")) for name, values in OF_HOUSE.items()),
    *(st.tuples(HOUSES, st.sampled_from(values)).map(column("household", name, _FAMILY)) for name, values in OF_FAMILY.items()),
    st.tuples(HOUSES, st.sampled_from([None, "A", "C", "D"])).map(
        lambda drawn: (f"{GRADED} WHERE code = :code", {"code": drawn[0], "grade": drawn[1]})
    ),
    st.tuples(HOUSES, st.sampled_from(PHONES)).map(lambda drawn: ("phone", {"code": drawn[0], "phone": drawn[1]})),
    HOUSES.map(lambda code: (f"UPDATE house_household SET to_on = '2026-11-25', closed_with = 'ended' WHERE {_LINK}", {"code": code})),
    HOUSES.map(lambda code: (f"UPDATE house_household SET to_on = NULL, closed_with = NULL WHERE {_LINK}", {"code": code})),
    st.tuples(st.sampled_from(SETTINGS), st.sampled_from([COUNTY, WEST, VILLAGE])).map(
        lambda drawn: (
            "INSERT INTO policy_setting (key, area_code, value, effective_from, basis, recorded_by)"
            " VALUES (:key, :area, CAST(:value AS jsonb), '2020-01-01', '系统建议值（待县局确认）', 'tests')",
            {"key": drawn[0][0], "value": drawn[0][1], "area": drawn[1]},
        )
    ),
    st.sampled_from([["西一"], ["西二"], ["西二", "西三"]]).map(lambda villages: ("standing", {"villages": villages})),
)  # fmt: skip


def make(session: Session, toy: ToyDatabase, change: Change) -> None:
    what, values = change
    if what == "standing":
        source = zones_of_drawing(geometry(values["villages"]), name="新画的山洪沟")
        add_standing_areas(session, toy.actor(), source, kind="flash_flood", via="地图上画")
    elif what == "phone":
        keys, phone = ring(toy), values["phone"]
        for family in session.scalars(
            text(f"SELECT id FROM household WHERE {_FAMILY}"), {"code": values["code"]}
        ).all():
            sealed = phone and keys.encrypt(phone, field="phone", owner=family)
            key = phone and keys.search_id(phone, field="phone")
            session.execute(
                text(
                    "UPDATE household SET phone_cipher = :sealed, phone_key = :key, phone_masked = :mask WHERE id = :id"
                ),
                {"id": family, "sealed": sealed, "key": key, "mask": phone and mask_phone(phone)},
            )
    else:
        session.execute(text(what), values)


@settings(
    max_examples=examples(30),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    before=st.lists(CHANGES, max_size=3),
    changes=st.lists(CHANGES, min_size=1, max_size=2),
    full_numbers=st.booleans(),
    one_by_one=st.booleans(),
)
def test_a_card_is_old_when_what_is_printed_of_its_families_has_changed_and_only_then(
    toy: ToyDatabase, before: list[Change], changes: list[Change], full_numbers: bool, one_by_one: bool
) -> None:
    numbers = full(toy) if full_numbers else None
    areas = [code for name, (code, _, _) in VILLAGES.items() if name.startswith("西")] if one_by_one else [WEST]
    with toy.transaction() as session:
        for change in before:
            make(session, toy, change)
        was = printed(session, toy, areas, numbers)
        assert stale(session, WEST) == set(), "just printed"
        for change in changes:
            make(session, toy, change)
        found = stale(session, WEST)
        now = printed(session, toy, areas, numbers)
        assert {code for code in was if was[code] != now.get(code, Counter())} == found
        session.rollback()


PRINTED = {
    "head": ("UPDATE household SET head = '乙' WHERE " + _FAMILY, {"code": "西一-D"}),
    "no head": ("UPDATE household SET head = NULL WHERE " + _FAMILY, {"code": "西一-D"}),
    "people": ("UPDATE household SET persons = 9 WHERE " + _FAMILY, {"code": "西一-D"}),
    "traits": ("UPDATE household SET traits = '{impaired}' WHERE " + _FAMILY, {"code": "西一-D"}),
    "settlement": ("UPDATE house SET settlement = '五组' WHERE code = :code", {"code": "西一-D"}),
    "reasons": ("UPDATE house SET grade = 'C' WHERE code = :code", {"code": "西一-D"}),
    "came onto the list": ("UPDATE house SET grade = 'C' WHERE code = :code", {"code": "西一-A"}),
    "left the list": ("UPDATE house SET grade = 'A' WHERE code = :code", {"code": "西一-C"}),
    "telephone": ("phone", {"code": "西一-D", "phone": "10012340003"}),
    "no telephone": ("phone", {"code": "西一-D", "phone": None}),
    "waits no more": (f"UPDATE house_household SET to_on = NULL, closed_with = NULL WHERE {_LINK}", {"code": "疑-1"}),
    "waits since": (f"UPDATE house_household SET to_on = '2026-10-01' WHERE {_LINK}", {"code": "疑-1"}),
    "head that waits": ("UPDATE household SET head = '乙' WHERE " + _FAMILY, {"code": "疑-1"}),
    "people that wait": ("UPDATE household SET persons = 9 WHERE " + _FAMILY, {"code": "疑-1"}),
    "traits that wait": ("UPDATE household SET traits = '{impaired}' WHERE " + _FAMILY, {"code": "疑-1"}),
    "telephone that waits": ("phone", {"code": "疑-1", "phone": "10012340040"}),
    "settlement of a former house": ("UPDATE house SET settlement = '五组' WHERE code = :code", {"code": "疑-1"}),
    "first of all": ("standing", {"villages": ["西一"]}),
}
NOT_PRINTED = {
    "remark": ("UPDATE house SET remark = '屋后有陡坡' WHERE code = :code", {"code": "西一-D"}),
    "area": ("UPDATE house SET area_m2 = 61.5, built_year = 1961 WHERE code = :code", {"code": "西一-D"}),
    "code of a house with a family": ("UPDATE house SET code = '新-1' WHERE code = :code", {"code": "西一-D"}),
    "nobody's number for nothing stated": ("UPDATE household SET persons = 0 WHERE " + _FAMILY, {"code": "西一-C"}),
    "empty for nothing stated": ("UPDATE house SET settlement = '' WHERE code = :code", {"code": "西一-D"}),
    "no trait for none stated": ("UPDATE household SET traits = '{}' WHERE " + _FAMILY, {"code": "西一-C"}),
    "who is not listed": ("UPDATE household SET head = '乙', persons = 9 WHERE " + _FAMILY, {"code": "西一-A"}),
    "who is not listed, by telephone": ("phone", {"code": "西一-A", "phone": "10012340003"}),
    "sealed anew": ("phone", {"code": "西一-D", "phone": "10000000003"}),
}


@pytest.mark.parametrize("full_numbers", [True, False])
def test_each_thing_that_is_printed_counts_and_nothing_else(toy: ToyDatabase, full_numbers: bool) -> None:
    with toy.transaction() as session:
        for statement in (
            f"UPDATE house_household SET to_on = '2026-11-25', closed_with = 'ended' WHERE {_LINK}",
            "UPDATE house SET ended_on = '2026-11-25' WHERE code = :code",
        ):
            session.execute(text(statement), {"code": "疑-1"})
        session.execute(text(f"UPDATE household SET persons = NULL WHERE {_FAMILY}"), {"code": "西一-C"})
        cards_of(session, toy.actor(), WEST, full=full(toy) if full_numbers else None)
    for cases, expected in ((PRINTED, {VILLAGE}), (NOT_PRINTED, set())):
        for name, change in cases.items():
            with toy.transaction() as session:
                make(session, toy, change)
                # Of the second number the mask shows as much as of the first.
                hidden = not full_numbers and "phone" in change[1] and change[1]["phone"] is not None
                assert stale(session, WEST) == (set() if hidden else expected), name
                session.rollback()


def why(toy: ToyDatabase, area: str = VILLAGE, reader: str = WEST) -> str | None:
    with toy.transaction(reader) as session:
        return next(one.why for one in card_states(session, AreaScope(reader)) if one.area.code == area)


def test_the_page_says_that_families_have_changed_and_the_journal_keeps_quiet_of_how_it_knows(toy: ToyDatabase) -> None:
    client = toy.browser(toy.member("township", WEST))
    client.post("/roster/cards/print", data={"area": WEST})
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET remark = '屋后有陡坡' WHERE code = '西一-D'"))
    assert why(toy) is None
    with toy.transaction() as session:
        session.execute(text(f"UPDATE household SET persons = 9 WHERE {_FAMILY}"), {"code": "西一-D"})
    assert why(toy) == OTHERS and why(toy, reader=COUNTY) == OTHERS
    assert why(toy, VILLAGES["西二"][0]) is None
    assert OTHERS in client.get(f"/roster/cards?area={VILLAGE}").text
    client.post("/roster/cards/print", data={"area": VILLAGE})
    assert why(toy) is None
    county = toy.browser(toy.member("county", COUNTY))
    entries = county.get("/api/v1/journal?limit=50").json()["items"]
    prints = [entry["counts"] for entry in entries if entry["action"] == "export.preseason"]
    assert len(prints) == 6 and all("rows" in counts and "families_sum" not in counts for counts in prints)
    page = county.get("/journal").text
    assert "避险明白卡" in page and "families_sum" not in page and "under" not in page


def test_a_family_that_waits_is_on_the_card_that_was_printed_before(toy: ToyDatabase) -> None:
    with toy.transaction(WEST) as session:
        cards_of(session, toy.actor(WEST), WEST, full=full(toy))
    with toy.transaction() as session:
        version = house(toy, "西一-A").version
        end_house(session, toy.actor(), "西一-A", reason="demolished", on=today(), version=version)
    assert why(toy) == OTHERS, "it was on no list as long as it had a sound house"
    with toy.transaction(WEST) as session:
        cards_of(session, toy.actor(WEST), VILLAGE, full=full(toy))
    assert why(toy) is None


def test_a_card_is_the_same_for_the_county_that_printed_it_and_for_the_township(toy: ToyDatabase) -> None:
    """The township does not see a former house that was placed in another one; it prints something else of it."""
    with toy.transaction() as session:
        for statement in (
            f"UPDATE house_household SET to_on = '2026-11-25', closed_with = 'ended' WHERE {_LINK}",
            f"UPDATE house SET scope_code = '{EAST}' WHERE code = :code",
            # Registered where it was.
            f"UPDATE house_household SET scope_code = '{VILLAGE}' WHERE {_LINK}",
            f"UPDATE household SET scope_code = '{VILLAGE}' WHERE {_FAMILY}",
        ):
            session.execute(text(statement), {"code": "西一-C"})
    for printer, told in ((COUNTY, "西一-C"), (WEST, "已划到别的辖区")):
        with toy.transaction(printer) as session:
            [card] = cards_of(session, toy.actor(printer), VILLAGE).villages
        assert [row[7] for row in card.without_home] == [told]
        for reader in (COUNTY, WEST):
            assert why(toy, reader=reader) is None, (printer, reader)


def test_a_sample_printed_later_does_not_bring_an_old_card_up_to_date(toy: ToyDatabase) -> None:
    contact(toy, VILLAGE, "甲", phone="10900000001")
    with toy.transaction(WEST) as session:
        cards_of(session, toy.actor(WEST), VILLAGE, full=full(toy))
    with toy.transaction() as session:
        session.execute(text(f"UPDATE household SET head = '乙' WHERE {_FAMILY}"), {"code": "西一-D"})
    with toy.transaction(WEST) as session:
        cards_of(session, toy.actor(WEST), VILLAGE)
    assert why(toy) == OTHERS


def record_setting(toy: ToyDatabase, area: str, key: str, value: str) -> None:
    with toy.transaction() as session:
        session.execute(
            text(
                "INSERT INTO policy_setting (key, area_code, value, effective_from, basis, recorded_by)"
                " VALUES (:key, :area, CAST(:value AS jsonb), '2020-01-01', '系统建议值（待县局确认）', 'tests')"
            ),
            {"area": area, "key": key, "value": value},
        )


def test_a_card_goes_by_the_settings_of_the_area_with_which_it_was_printed(toy: ToyDatabase) -> None:
    other = VILLAGES["西二"][0]
    record_setting(toy, VILLAGE, "evacuation.risks", '["D"]')
    record_setting(toy, WEST, "evacuation.traits", "false")
    with toy.transaction(WEST) as session:
        cards_of(session, toy.actor(WEST), WEST)
        cards_of(session, toy.actor(WEST), other)
    assert [why(toy, area, reader) for area in (VILLAGE, other) for reader in (WEST, COUNTY)] == [None] * 4
    record_setting(toy, WEST, "evacuation.risks", '["D", "A"]')
    assert why(toy) == why(toy, other) == OTHERS
    with toy.transaction(WEST) as session:
        cards_of(session, toy.actor(WEST), VILLAGE)
    assert why(toy) is None and why(toy, reader=COUNTY) is None


def test_a_card_from_before_its_families_were_remembered_holds_as_it_did(toy: ToyDatabase) -> None:
    with toy.transaction(WEST) as session:
        cards_of(session, toy.actor(WEST), WEST)
    with toy.transaction() as session:
        # The journal is appended to, never changed: an entry as it was written then.
        session.execute(
            text(
                "INSERT INTO journal_entry (actor, action, subject_kind, subject_id, scope_code, source, counts)"
                " SELECT actor, action, subject_kind, subject_id, scope_code, source, counts - 'families_sum'"
                " FROM journal_entry WHERE action = 'export.preseason'"
            )
        )
        session.execute(text(f"UPDATE household SET head = '乙' WHERE {_FAMILY}"), {"code": "西一-D"})
    assert why(toy) is None


def test_a_house_that_was_empty_comes_onto_the_list_as_time_passes(
    toy: ToyDatabase, later: Callable[..., None]
) -> None:
    with toy.transaction() as session:
        session.execute(
            text("UPDATE house SET occupancy = 'empty', occupancy_checked_on = :day WHERE code = '西二-D'"),
            {"day": today()},
        )
    record_setting(toy, COUNTY, "occupancy.stale_days", "30")
    with toy.transaction(WEST) as session:
        cards_of(session, toy.actor(WEST), WEST)
    later(days=30)
    assert why(toy, VILLAGES["西二"][0]) is None
    later(days=1)
    assert why(toy, VILLAGES["西二"][0]) == OTHERS and why(toy) is None


def test_a_card_of_another_kind_goes_by_the_rules_of_its_own(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        policy = move_policy(session, WEST)
        given_by_place = policy.standing_kinds | policy.earth_kinds
        kind = next(kind for kind in EVENT_KIND if policy.makes_list(kind) and kind not in given_by_place)
        cards_of(session, toy.actor(), VILLAGE, kind=kind)
        cards_of(session, toy.actor(), EAST)
        assert stale(session, COUNTY) == set()
        # Gives no reason under this kind; it only says who is fetched first.
        make(session, toy, ("standing", {"villages": ["西一"]}))
        assert stale(session, COUNTY) == {VILLAGE}
