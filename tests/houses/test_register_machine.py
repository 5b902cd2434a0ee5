"""The register under any order of edits, moves, families, ledgers, undos and endings: what must always hold, holds.

After each step the database is asked for every row that breaks one of the rules (``BROKEN``); caches are counted anew.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.clock import today
from geo_housing.db import Actor, Database
from geo_housing.doctor import look_at_families
from geo_housing.errors import GeoHousingError
from geo_housing.houses.imports.undo import undo_import
from geo_housing.houses.register.endings import end_house, resume_house
from geo_housing.houses.register.families import add_family, edit_family, leave_house
from geo_housing.houses.register.location import settle_location
from geo_housing.houses.register.queries import Point
from geo_housing.houses.register.service import edit_house
from geo_housing.keys import ensure_keys
from tests.fixtures.cluster import TestCluster, TestDatabase
from tests.fixtures.examples import run_in_any_order
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import id_number, load, query
from tests.toy_county.county import COUNTY, EAST, WEST

CODES = ("西一-A", "西一-D", "西四-C", "东一-B", "无-1", "争-1")
VILLAGES = (("西山镇", "西一村"), ("西山镇", "西四村"), ("东河乡", "东一村"))

codes = st.sampled_from(CODES)
areas = st.sampled_from([COUNTY, WEST, EAST])
# Inside, on the border of two villages, in the other township, outside of everything.
points = st.sampled_from([Point(120.005, 45.005), Point(120.01, 45.004), Point(120.025, 45.005), Point(119.5, 45.0)])
heads = st.sampled_from(["户甲", "户乙", "户丙"])
numbers = st.sampled_from([None, id_number(1), id_number(2)])
cells = st.fixed_dictionaries(
    {},
    optional={
        "间数": st.sampled_from(["", "4", "很多", "无"]),
        "家庭人口": st.sampled_from(["", "3", "0"]),
        "户主姓名": heads,
        "身份证号": st.sampled_from(["", id_number(1), id_number(2)]),
        "鉴定等级": st.sampled_from(["", "B", "D"]),
        "农户类型": st.sampled_from(["", "农村低保户", "农村低保户、农村分散供养特困人员", "无"]),
        "避险特征": st.sampled_from(["", "独居老人", "独居老人、孕妇儿童", "无"]),
        "经度": st.sampled_from(["", "120.005", "120.025", "45.0"]),
        "纬度": st.sampled_from(["", "45.005", "120.0"]),
    },
)

BROKEN = {
    "counts of a house are those of the families living there": """
        SELECT h.code FROM house h LEFT JOIN LATERAL (
            SELECT count(*) AS families, min(k.id) AS first, coalesce(sum(k.persons), 0) AS people,
                count(*) FILTER (WHERE coalesce(k.persons, 0) = 0) AS unsized FROM house_household l
            JOIN household k ON k.id = l.household_id WHERE l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL
        ) c ON true WHERE (h.households, h.people) IS DISTINCT FROM (c.families::smallint, c.people::smallint)
            OR h.households_without_size <> c.unsized OR h.first_household_id IS DISTINCT FROM c.first""",
    "a household lives in one house": """
        SELECT household_id::text FROM house_household WHERE relation = 'lives' AND to_on IS NULL
        GROUP BY 1 HAVING count(*) > 1""",
    "nobody lives in a house that has ended": """
        SELECT h.code FROM house h JOIN house_household l ON l.house_id = h.id
        WHERE h.ended_on IS NOT NULL AND l.relation = 'lives' AND l.to_on IS NULL""",
    "a family whose house has ended lives elsewhere since or waits": """
        SELECT l.id::text FROM house_household l WHERE l.closed_with = 'ended'
        AND NOT EXISTS (SELECT FROM households_waiting('0', ':') w WHERE w.household_id = l.household_id)
        AND NOT EXISTS (SELECT FROM house_household o WHERE o.household_id = l.household_id AND o.relation = 'lives'
            AND o.id > l.id)""",
    "the link to a family is where the house is": """
        SELECT h.code FROM house h JOIN house_household l ON l.house_id = h.id WHERE l.scope_code <> h.scope_code""",
    "the history of a grade is where the house is": """
        SELECT h.code FROM house h JOIN grade_record g ON g.house_id = h.id WHERE g.scope_code <> h.scope_code""",
    "a family is where it lives": """
        SELECT h.code FROM house h JOIN house_household l ON l.house_id = h.id AND l.relation = 'lives'
        AND l.to_on IS NULL JOIN household k ON k.id = l.household_id WHERE k.scope_code <> h.scope_code""",
    "located means a point that agrees, or that a person has confirmed": """
        SELECT code FROM house WHERE (location_state = 'unlocated') <> (geom IS NULL)
            OR (location_state = 'located' AND location_note IS DISTINCT FROM 'confirmed'
                AND village_code IS DISTINCT FROM declared_code
                -- A village without an outline cannot contradict (3b_place.sql): located by declaration.
                AND NOT (village_code IS NULL
                    AND EXISTS (SELECT FROM area a WHERE a.code = declared_code AND a.geom IS NULL)))""",
    "a house without a point belongs to its declared village": """
        SELECT code FROM house WHERE geom IS NULL AND declared_code IS NOT NULL AND scope_code <> declared_code""",
    "the grade is that of a record": """
        SELECT h.code FROM house h WHERE h.grade IS NOT NULL AND NOT EXISTS (
            SELECT FROM grade_record g WHERE g.house_id = h.id AND g.grade = h.grade AND g.basis = h.grade_basis)""",
    "the grid counts what is there": """
        SELECT scope_code FROM (
            SELECT scope_code, risk, renovation, count(*) AS n FROM house
            WHERE tile_key IS NOT NULL AND ended_on IS NULL GROUP BY 1, 2, 3) a
        FULL JOIN (
            SELECT scope_code, risk, renovation, sum(houses) AS n FROM (
                SELECT * FROM house_grid UNION ALL SELECT cell, scope_code, risk, renovation, houses FROM house_grid_delta
            ) both_parts GROUP BY 1, 2, 3 HAVING sum(houses) <> 0) b
        USING (scope_code, risk, renovation) WHERE a.n IS DISTINCT FROM b.n""",
}


class Register(RuleBasedStateMachine):
    """One register; a step that is refused must have changed nothing."""

    open_toy: ClassVar[Callable[[], ToyDatabase]]
    toy: ToyDatabase

    @initialize()
    def look(self) -> None:
        # One database for each order of steps: the same steps must come to the same end.
        self.toy = type(self).open_toy()
        self.batches: list[int] = []
        self.seen = self._kept()

    @rule(area=areas, code=codes, rooms=st.integers(1, 9), occupancy=st.sampled_from(["resident", "empty", None]))
    def edit(self, area: str, code: str, rooms: int, occupancy: str | None) -> None:
        given = {"rooms": rooms, "occupancy": occupancy}
        self._tried(area, lambda s, a: edit_house(s, a, code, given, version=self._version(code)))

    @rule(area=areas, code=codes, reason=st.sampled_from(["demolished", "mistaken"]))
    def end(self, area: str, code: str, reason: str) -> None:
        self._tried(area, lambda s, a: end_house(s, a, code, reason=reason, on=today(), version=self._version(code)))

    @rule(area=areas, code=codes)
    def resume(self, area: str, code: str) -> None:
        self._tried(area, lambda s, a: resume_house(s, a, code, version=self._version(code), note="误操作"))

    @rule(area=areas, code=codes, verdict=st.sampled_from(["moved", "confirmed", "wrong"]), point=points)
    def locate(self, area: str, code: str, verdict: Any, point: Point) -> None:
        def settle(session: Session, actor: Actor) -> None:
            settle_location(session, actor, code, verdict=verdict, version=self._version(code), point=point)

        self._tried(area, settle)

    @rule(area=areas, code=codes, head=heads, number=numbers, relation=st.sampled_from(["lives", "owns"]))
    def move_in(self, area: str, code: str, head: str, number: str | None, relation: str) -> None:
        given = {"head": head, "persons": 2} | ({"id_number": number} if number else {})
        self._tried(area, lambda s, a: add_family(s, a, code, given, relation=relation, since=None, ring=self._ring()))

    @rule(area=areas, code=codes, data=st.data(), persons=st.integers(0, 9))
    def change_family(self, area: str, code: str, data: st.DataObject, persons: int) -> None:
        if found := self._family(data, code):
            family, version = found
            given = {"persons": persons}
            self._tried(area, lambda s, a: edit_family(s, a, code, family, given, version=version, ring=self._ring()))

    @rule(area=areas, code=codes, data=st.data())
    def move_out(self, area: str, code: str, data: st.DataObject) -> None:
        if found := self._family(data, code):
            self._tried(area, lambda s, a: leave_house(s, a, code, found[0], on=today()))

    @rule(area=areas, code=codes, row=cells, other=cells, village=st.sampled_from(VILLAGES))
    def load_ledger(self, area: str, code: str, row: dict[str, str], other: dict[str, str], village: Any) -> None:
        rows = [{"房屋编号": code, **row}, {"乡镇": village[0], "行政村": village[1], "户主姓名": "户丁", **other}]
        with suppress(GeoHousingError):
            loaded = load(self.toy, rows, area=area)
            self.batches.append(loaded.outcome.batch_id)

    @rule(area=areas, data=st.data())
    def undo(self, area: str, data: st.DataObject) -> None:
        if self.batches:
            batch = data.draw(st.sampled_from(self.batches))
            self._tried(area, lambda s, a: undo_import(s, a, batch))

    @invariant()
    def nothing_breaks_a_rule(self) -> None:
        with self.toy.transaction() as session:
            broken = {rule: session.execute(text(sql)).scalars().all() for rule, sql in BROKEN.items()}
        assert {rule: rows for rule, rows in broken.items() if rows} == {}
        # What a house bears of its families and its owner, by which people are fetched and houses looked at first.
        look_at_families(self.toy.settings, self.toy.database)

    @invariant()
    def nothing_is_lost(self) -> None:
        now = self._kept()
        for before, after in zip(self.seen, now, strict=True):
            assert before <= after
        self.seen = now

    def teardown(self) -> None:
        if hasattr(self, "toy"):
            self.toy.database.close()

    def _tried(self, area: str, what: Callable[[Session, Actor], Any]) -> None:
        before = self._digest()
        try:
            with self.toy.transaction(area) as session:
                what(session, self.toy.actor(area))
        except GeoHousingError:
            assert self._digest() == before

    def _digest(self) -> list[Any]:
        tables = ("house", "household", "house_household", "grade_record", "journal_entry")
        return [
            query(self.toy, f"SELECT md5(string_agg(CAST(t AS text), ';' ORDER BY id)) AS d FROM {table} t")[0].d
            for table in tables
        ]

    def _kept(self) -> tuple[frozenset[Any], frozenset[Any]]:
        """Houses and records of grades: none ever goes."""
        houses = frozenset(row.code for row in query(self.toy, "SELECT code FROM house"))
        grades = frozenset(
            (r.id, r.grade, r.basis) for r in query(self.toy, "SELECT id, grade, basis FROM grade_record")
        )
        return houses, grades

    def _version(self, code: str) -> int:
        return int(query(self.toy, "SELECT version FROM house WHERE code = :c", c=code)[0].version)

    def _family(self, data: st.DataObject, code: str) -> tuple[int, int] | None:
        rows = query(
            self.toy,
            "SELECT k.id, k.version FROM household k JOIN house_household l ON l.household_id = k.id"
            " JOIN house h ON h.id = l.house_id WHERE h.code = :c AND l.to_on IS NULL ORDER BY k.id",
            c=code,
        )
        if not rows:
            return None
        row = data.draw(st.sampled_from(rows))
        return row.id, row.version

    def _ring(self) -> Any:
        return ensure_keys(self.toy.settings.keys_file)


@pytest.fixture
def register(clone_toy: Callable[[str], TestDatabase], test_cluster: TestCluster) -> Iterator[type[Register]]:
    name = f"register_{uuid.uuid4().hex[:12]}"

    def opened() -> ToyDatabase:
        names = clone_toy(name)
        return ToyDatabase(names, Database(names.service_url, pool_size=2, stream_pool_size=1), test_cluster.settings)

    Register.open_toy = staticmethod(opened)  # type: ignore[assignment] # a function, not a method
    yield Register
    test_cluster.drop(name)


def test_any_order_of_changes_keeps_the_rules(register: type[Register]) -> None:
    run_in_any_order(register, 12, steps=12)
