"""Two at once on the same houses: an import, an edit, new outlines, an undo. Nothing that was saved is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.areas.lifecycle import end_area
from geo_housing.clock import today
from geo_housing.errors import Conflict
from geo_housing.houses.imports.undo import undo_import
from geo_housing.houses.intake.load import LoadOptions, load_ledger
from geo_housing.houses.register.endings import end_house
from geo_housing.houses.register.families import add_family, edit_family
from geo_housing.houses.register.location import settle_location
from geo_housing.houses.register.queries import Point
from geo_housing.houses.register.service import edit_house
from geo_housing.keys import ensure_keys
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, load, query, write_csv
from tests.houses.outlines import WEST_ONE, WEST_TWO, load_villages, villages_in
from tests.toy_county import WEST


class Other(threading.Thread):
    """Somebody else who begins while our transaction is open; what they raised is told by ``end``."""

    def __init__(self, act: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.act = act
        self.result: Any = None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.result = self.act()
        except Exception as error:  # noqa: BLE001 -- the thread's failure is the test's
            self.error = error

    def end(self) -> Any:
        self.join(timeout=30)
        assert not self.is_alive(), "still waits"
        if self.error is not None:
            raise self.error
        return self.result


@contextmanager
def meanwhile(toy: ToyDatabase, act: Callable[[], Any]) -> Iterator[Other]:
    """``act`` begins now and has come as far as it gets: it waits for us, or it is done."""
    other = Other(act)
    other.start()
    deadline = time.monotonic() + 20
    while other.is_alive() and not waiting(toy):
        assert time.monotonic() < deadline, "neither done nor waiting"
        time.sleep(0.02)
    yield other


def waiting(toy: ToyDatabase) -> int:
    """How many of this database wait for a lock that somebody holds."""
    found = query(
        toy,
        "SELECT count(*) AS n FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
        " WHERE NOT l.granted AND a.datname = current_database()",
    )
    return int(found[0].n)


@pytest.fixture
def family(toy: ToyDatabase) -> int:
    (row,) = query(
        toy,
        "SELECT l.household_id AS id FROM house_household l JOIN house h ON h.id = l.house_id WHERE h.code = '西一-A'",
    )
    return int(row.id)


class TestAnEditDuringAnImport:
    def test_keeps_what_the_ledger_does_not_state(self, toy: ToyDatabase) -> None:
        before = house(toy, "西一-A")
        with toy.transaction() as session:
            edit_house(session, toy.actor(), "西一-A", {"occupancy": "empty", "rooms": 7}, version=before.version)
            with meanwhile(toy, lambda: load(toy, [{"房屋编号": "西一-A", "地上层数": 2}])) as other:
                pass
        assert counts(other.end()) == (0, 1, 0, 0)
        after = house(toy, "西一-A")
        assert (after.occupancy, after.rooms, after.storeys) == ("empty", 7, 2)
        assert after.version == before.version + 2

    def test_of_a_family_keeps_what_the_ledger_does_not_state(self, toy: ToyDatabase, family: int) -> None:
        ring = ensure_keys(toy.settings.keys_file)
        with toy.transaction() as session:
            version = session.scalar(text("SELECT version FROM household WHERE id = :id"), {"id": family})
            edit_family(session, toy.actor(), "西一-A", family, {"persons": 8}, version=int(version or 0), ring=ring)
            row = {"房屋编号": "西一-A", "户主姓名": "户主00", "避险特征": "独居老人"}
            with meanwhile(toy, lambda: load(toy, [row])) as other:
                pass
        assert counts(other.end()) == (0, 1, 0, 0)
        (after,) = query(toy, "SELECT persons, traits FROM household WHERE id = :id", id=family)
        assert (after.persons, after.traits) == (8, ["elderly_alone"])
        assert house(toy, "西一-A").people == 8

    def test_that_comes_second_is_told_so(self, toy: ToyDatabase, tmp_path: Path) -> None:
        version = house(toy, "西一-A").version
        ledger = write_csv(tmp_path, [{"房屋编号": "西一-A", "间数": 9}])
        ring = ensure_keys(toy.settings.keys_file)

        def edit() -> None:
            with toy.transaction() as session:
                edit_house(session, toy.actor(), "西一-A", {"rooms": 7}, version=version)

        with toy.transaction() as session:
            load_ledger(session, toy.actor(), ledger, LoadOptions(), ring)
            with meanwhile(toy, edit) as other:
                pass
        with pytest.raises(Conflict):
            other.end()
        assert house(toy, "西一-A").rooms == 9

    def test_a_house_that_ends_meanwhile_stays_ended(self, toy: ToyDatabase) -> None:
        version = house(toy, "西一-A").version
        with toy.transaction() as session:
            end_house(session, toy.actor(), "西一-A", reason="demolished", on=today(), version=version)
            with meanwhile(
                toy, lambda: load(toy, [{"房屋编号": "西一-A", "间数": 9}, {"房屋编号": "西一-B", "间数": 9}])
            ) as other:
                pass
        assert counts(other.end()) == (0, 1, 0, 1)
        assert house(toy, "西一-A").ended_on is not None


class TestAnUndo:
    def test_does_not_undo_what_somebody_saves_at_that_moment(self, toy: ToyDatabase) -> None:
        batch = load(toy, [{"房屋编号": "西一-A", "间数": 9}]).outcome.batch_id
        version = house(toy, "西一-A").version

        def undo() -> None:
            with toy.transaction() as session:
                undo_import(session, toy.actor(), batch)

        with toy.transaction() as session:
            edit_house(session, toy.actor(), "西一-A", {"occupancy": "empty"}, version=version)
            with meanwhile(toy, undo) as other:
                pass
        with pytest.raises(Conflict, match="西一-A"):
            other.end()
        after = house(toy, "西一-A")
        assert (after.occupancy, after.rooms) == ("empty", 9)

    def test_of_a_family_does_not_either(self, toy: ToyDatabase, family: int) -> None:
        batch = load(toy, [{"房屋编号": "西一-A", "户主姓名": "户主00", "家庭人口": 9}]).outcome.batch_id
        ring = ensure_keys(toy.settings.keys_file)

        def undo() -> None:
            with toy.transaction() as session:
                undo_import(session, toy.actor(), batch)

        with toy.transaction() as session:
            version = session.scalar(text("SELECT version FROM household WHERE id = :id"), {"id": family})
            edit_family(session, toy.actor(), "西一-A", family, {"persons": 8}, version=int(version or 0), ring=ring)
            with meanwhile(toy, undo) as other:
                pass
        with pytest.raises(Conflict):
            other.end()
        (after,) = query(toy, "SELECT persons FROM household WHERE id = :id", id=family)
        assert after.persons == 8


class TestNewOutlines:
    # Between the old border at 120.01 and the new one at 120.006.
    ROW = {"房屋编号": "新-1", "乡镇": "西山镇", "行政村": "西一村", "经度": 120.009, "纬度": 45.004}

    def test_that_come_while_a_ledger_is_loaded_place_its_houses_too(self, toy: ToyDatabase, tmp_path: Path) -> None:
        ledger = write_csv(tmp_path, [self.ROW])
        with toy.transaction() as session:
            load_ledger(session, toy.actor(), ledger, LoadOptions(), ensure_keys(toy.settings.keys_file))
            with meanwhile(toy, lambda: load_villages(toy, tmp_path, 0.006)) as other:
                pass
        other.end()
        assert house(toy, "新-1").village_code == WEST_TWO

    def test_are_waited_for_by_a_ledger(self, toy: ToyDatabase, tmp_path: Path) -> None:
        with toy.transaction() as session:
            villages_in(session, toy, tmp_path, 0.006)
            with meanwhile(toy, lambda: load(toy, [self.ROW])) as other:
                pass
        other.end()
        assert house(toy, "新-1").village_code == WEST_TWO

    def test_find_a_house_where_somebody_has_just_put_it(self, toy: ToyDatabase, tmp_path: Path) -> None:
        version = house(toy, "西一-C").version
        with toy.transaction() as session:
            settle_location(
                session, toy.actor(), "西一-C", verdict="moved", version=version, point=Point(120.002, 45.002)
            )
            # 西一-C stood at 120.008, which the new border gives to 西二村.
            with meanwhile(toy, lambda: load_villages(toy, tmp_path, 0.006)) as other:
                pass
        other.end()
        after = house(toy, "西一-C")
        assert (after.village_code, after.scope_code, after.location_note) == (WEST_ONE, WEST_ONE, "confirmed")
        assert (after.lon, after.lat) == (120.002, 45.002)

    def test_leave_a_proposal_to_whom_it_was_made(self, toy: ToyDatabase, tmp_path: Path) -> None:
        version = house(toy, "西一-C").version
        with toy.transaction(WEST) as session:
            told = settle_location(
                session, toy.actor(WEST), "西一-C", verdict="moved", version=version, point=Point(120.025, 45.005)
            )
        assert told.proposed
        load_villages(toy, tmp_path, 0.006)
        after = house(toy, "西一-C")
        assert (after.location_state, after.location_note, after.village_code) == ("disputed", "proposed", WEST_TWO)


class TestTwoFamiliesOfOneHouse:
    def test_changed_at_once_are_both_counted(self, toy: ToyDatabase, family: int) -> None:
        ring = ensure_keys(toy.settings.keys_file)
        given = {"head": "第二户", "persons": "2"}
        with toy.transaction() as session:
            second = add_family(session, toy.actor(), "西一-A", given, relation="lives", since=None, ring=ring)

        def edit(number: int, persons: int) -> None:
            with toy.transaction() as session:
                edit_family(session, toy.actor(), "西一-A", number, {"persons": persons}, version=1, ring=ring)

        with toy.transaction() as session:
            edit_family(session, toy.actor(), "西一-A", family, {"persons": 5}, version=1, ring=ring)
            with meanwhile(toy, lambda: edit(second, 7)) as other:
                pass
        other.end()
        assert (house(toy, "西一-A").people, house(toy, "西一-A").households) == (12, 2)

    def test_with_one_new_id_number_are_one_family(self, toy: ToyDatabase) -> None:
        ring = ensure_keys(toy.settings.keys_file)
        # A made-up number of nobody.
        given = {"head": "新户主", "id_number": "990001190001019009"}

        def add(code: str) -> int:
            with toy.transaction() as session:
                return add_family(session, toy.actor(), code, given, relation="owns", since=None, ring=ring)

        with toy.transaction() as session:
            first = add_family(session, toy.actor(), "西一-A", given, relation="owns", since=None, ring=ring)
            with meanwhile(toy, lambda: add("西一-B")) as other:
                pass
        assert other.end() == first


class TestTwoLedgers:
    def test_of_the_same_houses_at_once_end_as_one_after_the_other(self, toy: ToyDatabase, tmp_path: Path) -> None:
        rows = [{"乡镇": "西山镇", "行政村": "西一村", "户主姓名": f"新户{n}", "间数": 3} for n in range(3)]
        ledger, ring = write_csv(tmp_path, rows), ensure_keys(toy.settings.keys_file)
        with toy.transaction() as session:
            first = load_ledger(session, toy.actor(), ledger, LoadOptions(), ring)
            with meanwhile(toy, lambda: load(toy, rows)) as other:
                pass
        assert (counts(first), counts(other.end())) == ((3, 0, 0, 0), (0, 0, 3, 0))
        assert len(query(toy, "SELECT id FROM household WHERE head LIKE '新户%'")) == 3

    def test_an_import_that_begins_during_an_undo_finds_what_it_leaves(self, toy: ToyDatabase, tmp_path: Path) -> None:
        """By its code and by its head: the house comes back once, none is made beside it."""
        row = {"乡镇": "西山镇", "行政村": "西一村", "户主姓名": "新户"}
        batch = load(toy, [row, {**row, "房屋编号": "新-2", "户主姓名": "另户"}]).outcome.batch_id
        path = write_csv(tmp_path, [row, {**row, "房屋编号": "新-2", "户主姓名": "另户"}])
        with toy.transaction() as session:
            undo_import(session, toy.actor(), batch)
            with meanwhile(toy, lambda: load(toy, path, area=WEST)) as other:
                assert other.is_alive()
                session.commit()
                loaded = other.end()
        assert loaded.rejected == 0
        found = query(toy, "SELECT code, ended_on FROM house WHERE batch_id = :n", n=loaded.outcome.batch_id)
        assert len(found) == 2 and all(row.ended_on is None for row in found)
        heads = query(
            toy,
            "SELECT k.head FROM household k JOIN house_household l ON l.household_id = k.id AND l.to_on IS NULL"
            " WHERE k.head IN ('新户', '另户') ORDER BY 1",
        )
        assert [row.head for row in heads] == ["另户", "新户"]

    def test_an_edit_and_an_undo_in_turn_lose_nothing(self, toy: ToyDatabase, tmp_path: Path) -> None:
        """The load waits for the edit, the undo finds a house that somebody has changed since, and leaves all."""
        version = house(toy, "西一-A").version
        with toy.transaction() as session:
            edit_house(session, toy.actor(), "西一-A", {"rooms": 7}, version=version)
            with meanwhile(toy, lambda: load(toy, [{"房屋编号": "西一-A", "地上层数": 2}])) as other:
                pass
        batch = other.end().outcome.batch_id
        after = house(toy, "西一-A").version

        def undo() -> None:
            with toy.transaction() as session:
                undo_import(session, toy.actor(), batch)

        with toy.transaction() as session:
            edit_house(session, toy.actor(), "西一-A", {"rooms": 8}, version=after)
            with meanwhile(toy, undo) as other:
                pass
        with pytest.raises(Conflict):
            other.end()
        stands = house(toy, "西一-A")
        assert (stands.rooms, stands.storeys, stands.version) == (8, 2, after + 1)


class TestADivisionThatEnds:
    ROW = {"房屋编号": "新-1", "乡镇": "西山镇", "行政村": "西二村", "户主姓名": "新户"}
    HEIR = f"{WEST}201"

    def merge(self, toy: ToyDatabase) -> None:
        with toy.transaction() as session:
            end_area(session, toy.actor(), f"{WEST}202", successor=self.HEIR)

    def test_is_waited_for_by_a_ledger_whose_houses_go_to_the_heir(self, toy: ToyDatabase) -> None:
        with toy.transaction() as session:
            end_area(session, toy.actor(), f"{WEST}202", successor=self.HEIR)
            with meanwhile(toy, lambda: load(toy, [self.ROW])) as other:
                pass
        assert counts(other.end()) == (1, 0, 0, 0)
        stands = house(toy, "新-1")
        assert (stands.declared_code, stands.scope_code) == (self.HEIR, self.HEIR)

    def test_waits_for_a_ledger_and_takes_its_houses_along(self, toy: ToyDatabase, tmp_path: Path) -> None:
        ledger, ring = write_csv(tmp_path, [self.ROW]), ensure_keys(toy.settings.keys_file)
        with toy.transaction() as session:
            load_ledger(session, toy.actor(), ledger, LoadOptions(), ring)
            with meanwhile(toy, lambda: self.merge(toy)) as other:
                pass
        other.end()
        stands = house(toy, "新-1")
        assert (stands.declared_code, stands.scope_code) == (self.HEIR, self.HEIR)
