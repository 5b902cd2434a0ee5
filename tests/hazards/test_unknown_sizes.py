"""Of how many families nobody knows how many they are: one answer in every room, counted family by family by hand."""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, box
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geo_housing.clock import today
from geo_housing.desk.house_list import figures
from geo_housing.desk.meeting import meeting
from geo_housing.desk.queries import fresh
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.facts import Occupancy
from geo_housing.hazards.queries import affected_by_geometry
from geo_housing.houses.heads import Heads, unsized_of
from geo_housing.houses.living import UNSIZED_SQL, lived_in, stale_before, unsized
from geo_housing.houses.models import House
from geo_housing.layers.filters import Filter
from geo_housing.response.service import respond
from geo_housing.scope import AreaScope
from geo_housing.words import LIVED_IN
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase
from tests.fixtures.undone import Undo, undone
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

SOME = settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WHOLE = MultiPolygon([box(119.99, 44.99, 120.05, 45.03)])
AREAS = [COUNTY, WEST, EAST, *(code for code, _, _ in VILLAGES.values())]


@dataclass(frozen=True)
class Known:
    """A house as the test knows it: ``sizes`` are the numbers of its families, None where nothing is stated."""

    id: int
    scope_code: str
    risk: str
    has_point: bool
    counts_as_lived_in: bool
    sizes: tuple[int | None, ...]

    @property
    def heads(self) -> Heads:
        """Families of the register, people, and families that nobody knows the size of."""
        return Heads(len(self.sizes), sum(size or 0 for size in self.sizes), self.unsized)

    @property
    def unsized(self) -> int:
        """Of an empty house none; where people live whoever is not known to be somebody, and the house without a family."""
        if not self.counts_as_lived_in:
            return 0
        return sum(not size for size in self.sizes) if self.sizes else 1


def varied(session: Session, seed: int) -> list[Known]:
    """Any occupancy, checked lately, long ago or never; families of any size, several in a house, and houses without one."""
    chance = random.Random(seed)
    houses = list(session.scalars(text("SELECT id FROM house ORDER BY id")))
    occupancy = {}
    for house in houses:
        stated = chance.choice([*LIVED_IN, "away", "empty", "away", "empty", None])
        checked = chance.choice([None, today(), today() - timedelta(days=180), today() - timedelta(days=181)])
        occupancy[house] = stated in (None, *LIVED_IN) or checked is None or (today() - checked).days > 180
        session.execute(
            text("UPDATE house SET occupancy = :o, occupancy_checked_on = :c WHERE id = :h"),
            {"o": stated, "c": checked, "h": house},
        )
    for (family,) in session.execute(text("SELECT id FROM household ORDER BY id")).all():
        session.execute(
            text("UPDATE household SET persons = :p WHERE id = :k"),
            {"p": chance.choice([None, 0, 0, 1, 2, 5]), "k": family},
        )
    for link, home, scope in session.execute(
        text("SELECT id, house_id, scope_code FROM house_household WHERE relation = 'lives' ORDER BY id")
    ).all():
        fate = chance.random()
        if fate < 0.15:
            session.execute(text("UPDATE house_household SET relation = 'owns' WHERE id = :l"), {"l": link})
        elif fate < 0.35:
            near = text("SELECT min(id) FROM house WHERE scope_code = :s AND id <> :h AND declared_code = scope_code")
            other = session.scalar(near, {"s": scope, "h": home})
            if other is not None:
                session.execute(text("UPDATE house_household SET house_id = :h WHERE id = :l"), {"h": other, "l": link})
    session.execute(text("SELECT house_recount(:ids)"), {"ids": houses})
    sizes: dict[int, list[int | None]] = {}
    for home, size in session.execute(
        text(
            "SELECT l.house_id, k.persons FROM house_household l JOIN household k ON k.id = l.household_id"
            " WHERE l.relation = 'lives' AND l.to_on IS NULL"
        )
    ):
        sizes.setdefault(home, []).append(size)
    rows = session.execute(text("SELECT id, scope_code, risk, geom IS NOT NULL AS has_point FROM house"))
    return [
        Known(row.id, row.scope_code, row.risk, row.has_point, occupancy[row.id], tuple(sizes.get(row.id, ())))
        for row in rows
    ]


def added(houses: list[Known]) -> tuple[int, int, int]:
    sums = Heads()
    for house in houses:
        sums = sums.plus(house.heads)
    return sums.households, sums.people, sums.unsized


def of(found: Any) -> tuple[int, int, int]:
    return found.households, found.people, found.households_without_size


@SOME
@given(seed=st.integers(0, 10**6))
def test_it_is_said_once_for_statements_columns_and_python(toy_worker: ToyDatabase, seed: int) -> None:
    with undone(), toy_worker.transaction() as session:
        known = {house.id: house.unsized for house in varied(session, seed)}
        since = stale_before(session, AreaScope(COUNTY))
        by_statement = session.execute(text(f"SELECT h.id, {UNSIZED_SQL} FROM house h"), {"stale_before": since})
        by_columns = session.execute(select(House.id, unsized(House, lived_in(House, since))))
        by_python = {
            house.id: unsized_of(
                house.households,
                house.households_without_size,
                is_lived_in=Occupancy(house.occupancy, house.occupancy_checked_on, since).is_lived_in,
            )
            for house in session.scalars(select(House))
        }
        assert dict(tuple(row) for row in by_statement) == known
        assert dict(tuple(row) for row in by_columns) == known
        assert by_python == known
        raise Undo


@SOME
@given(seed=st.integers(0, 10**6))
def test_the_sums_of_villages_townships_and_the_county_are_one(toy_worker: ToyDatabase, seed: int) -> None:
    with undone(), toy_worker.transaction() as session:
        known = varied(session, seed)
        for area in AREAS:
            mine = [house for house in known if house.scope_code.startswith(area)]
            seen = [house for house in mine if house.has_point]
            actor = toy_worker.actor(area)
            analysed = affected_by_geometry(session, WHOLE, AreaScope(area))
            assert of(analysed) == added(seen), area
            for part in analysed.areas:
                assert of(part) == added([house for house in seen if house.scope_code == part.code]), part.name
            assert of(figures(session, Filter(), actor)) == added(mine), area
            weak = [house for house in mine if house.risk in ("C", "D") and house.counts_as_lived_in]
            shown = meeting(session, actor.scope, fresh(session, actor))
            assert of(shown.total) == added(weak) or not shown.levels
            for level in shown.levels:
                for division in level.divisions:
                    inside = [house for house in weak if house.scope_code.startswith(division.code)]
                    assert of(division.figures) == added(inside), division.name
        raise Undo


@SOME
@given(seed=st.integers(0, 10**6))
def test_the_moving_list_says_the_same_of_each_family(toy_worker: ToyDatabase, seed: int) -> None:
    with undone(), toy_worker.transaction() as session:
        known = {house.id: house for house in varied(session, seed)}
        event = make_event(session, toy_worker.actor(), list(VILLAGES), "red")
        respond(session, toy_worker.actor(), event)
        rows = session.execute(text("SELECT house_id, people FROM evacuation WHERE event_id = :e"), {"e": event}).all()
        listed = [known[house] for house in sorted({row.house_id for row in rows})]
        assert listed and all(house.counts_as_lived_in for house in listed)
        assert sum(row.people is None for row in rows) == sum(house.unsized for house in listed)
        assert all(row.people != 0 for row in rows)
        found = totals(session, event, AreaScope(COUNTY))
        for areas in ((found.total,), found.townships, found.villages):
            for area in areas:
                inside = [house for house in listed if house.scope_code.startswith(area.code)]
                families = sum(max(len(house.sizes), 1) for house in inside)
                assert area.due == Heads(families, *added(inside)[1:]), area.code
        raise Undo
