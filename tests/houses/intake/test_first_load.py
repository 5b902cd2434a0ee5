"""The first load sets indexes and foreign keys aside and makes them again: nobody ever sees the register without."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from geo_housing.accounts.permissions import CLI_PERMISSIONS
from geo_housing.areas.demo import demo_areas
from geo_housing.areas.demo.county import DIVISIONS
from geo_housing.areas.service import LoadOptions as AreaOptions
from geo_housing.areas.service import load_areas
from geo_housing.db import Actor, Database
from geo_housing.houses.intake import service
from geo_housing.houses.intake.load import Loaded, LoadOptions, load_ledger
from geo_housing.keys import KeyRing, ensure_keys
from geo_housing.scope import AreaScope
from tests.fixtures.cluster import TestCluster, TestDatabase
from tests.houses.ledgers import id_number, write_csv

ADMIN = Actor(name="cli:tests", scope=AreaScope(""), permissions=CLI_PERMISSIONS, source="cli")
SHAPE = """
SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || convalidated
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tgenabled::text || ' ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT indexrelid::regclass || ' is the order of its table' FROM pg_index WHERE indisclustered ORDER BY 1
"""
Shape = list[str]


@pytest.fixture
def empty(fresh_database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Divisions, no house; every load is large enough to be a first load."""
    monkeypatch.setattr(service, "FIRST_LOAD_ROWS", 0)
    database = Database(fresh_database.service_url, pool_size=2, stream_pool_size=1)
    with database.transaction(ADMIN) as session:
        for level in ("county", "township", "village"):
            load_areas(session, ADMIN, DIVISIONS, AreaOptions(level=level))
    yield database
    database.close()


@pytest.fixture
def ring(test_cluster: TestCluster) -> KeyRing:
    return ensure_keys(test_cluster.settings.keys_file)


@pytest.fixture
def shape(fresh_database: TestDatabase) -> Callable[[], Shape]:
    def look() -> Shape:
        with as_owner(fresh_database) as connection:
            return [row[0] for row in connection.execute(SHAPE).fetchall()]

    return look


def as_owner(names: TestDatabase) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(names.admin_url.replace("postgresql+psycopg", "postgresql"), autocommit=True)


def ledger(folder: Path, begin: int = 0, count: int = 12) -> Path:
    villages = [area for area in demo_areas() if area.level == "village"]
    rows = [
        {
            "房屋编号": f"F-{n}", "行政村": villages[n % 5].code, "户主姓名": f"户{n // 2}", "身份证号": id_number(n // 2 + 1),
            "房屋用途": "主要住房", "鉴定等级": "C" if n % 3 else "", "评定日期": "2024-05-06" if n % 3 else "",
        }
        for n in range(begin, begin + count)
    ]  # fmt: skip
    return write_csv(folder, rows)


def load(session: Session, path: Path, ring: KeyRing) -> Loaded:
    return load_ledger(session, ADMIN, path, LoadOptions(), ring)


def spied(monkeypatch: pytest.MonkeyPatch, session: Session, after: str) -> list[int]:
    """How many parts were set aside when the SQL of step ``after`` was fetched."""
    seen: list[int] = []
    script = service.script

    def look(step: str) -> str:
        if step == after and not seen:
            seen.append(
                session.execute(
                    text(
                        "SELECT count(*) FROM pg_indexes WHERE tablename IN"
                        " ('house', 'household', 'house_household', 'grade_record')"
                    )
                ).scalar_one()
            )
        return script(step)

    monkeypatch.setattr(service, "script", look)
    return seen


def test_after_a_first_load_the_register_is_made_as_before_it(
    empty: Database, ring: KeyRing, tmp_path: Path, shape: Callable[[], Shape], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shape()
    with empty.transaction(ADMIN) as session:
        seen = spied(monkeypatch, session, "4_new")
        loaded = load(session, ledger(tmp_path), ring)
    assert seen == [4], "only the primary keys were kept while the rows came"
    assert loaded.outcome.counts.created == 12 and loaded.outcome.counts.unlocated == 12
    assert shape() == before
    with empty.transaction(ADMIN) as session:
        # The same ID number in two rows: one household, which lives in one house and owns the other.
        links = session.execute(text("SELECT relation, count(*) FROM house_household GROUP BY 1 ORDER BY 1")).all()
        assert [tuple(row) for row in links] == [("lives", 6), ("owns", 6)]
        assert session.scalar(text("SELECT sum(households) FROM house")) == 6
        assert session.scalar(text("SELECT count(*) FROM grade_record")) == 8
    with empty.transaction(ADMIN) as session:
        again = load(session, ledger(tmp_path), ring)
    assert again.outcome.counts.unchanged == 12 and shape() == before


def test_what_was_not_counted_meanwhile_is_counted_in_the_end(empty: Database, ring: KeyRing, tmp_path: Path) -> None:
    rows = [
        {"房屋编号": f"P-{n}", "行政村": f"15222410020{n % 3}", "户主姓名": f"户{n}", "鉴定等级": "ABCD"[n % 4],
         "经度": 121.5 + n % 2 / 5, "纬度": 45.4} for n in range(12)
    ]  # fmt: skip
    counted = """
        SELECT cell, scope_code, risk, renovation, sum(houses)::int FROM (
            SELECT cell, scope_code, risk, renovation, houses FROM house_grid
            UNION ALL SELECT cell, scope_code, risk, renovation, houses FROM house_grid_delta
        ) c GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    """
    stands = """
        SELECT tile_key >> 16, scope_code, risk, renovation, count(*)::int FROM house WHERE tile_key IS NOT NULL
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    """
    for begin, end in ((0, 8), (8, 12)):
        with empty.transaction(ADMIN) as session:
            assert load(session, write_csv(tmp_path, rows[begin:end]), ring).outcome.counts.created == end - begin
        with empty.transaction(ADMIN) as session:
            assert session.execute(text(counted)).all() == session.execute(text(stands)).all() != []
            changed = session.scalars(text("SELECT DISTINCT scope_code FROM family_change ORDER BY 1")).all()
            assert changed == sorted({row["行政村"] for row in rows[:end]})


def test_a_register_that_holds_houses_keeps_its_indexes_while_more_come(
    empty: Database, ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with empty.transaction(ADMIN) as session:
        load(session, ledger(tmp_path, 0, 2), ring)
    with empty.transaction(ADMIN) as session:
        seen = spied(monkeypatch, session, "4_new")
        assert load(session, ledger(tmp_path, 2, 10), ring).outcome.counts.created == 10
    assert seen[0] > 10


def test_whoever_reads_the_empty_register_is_not_shut_out(
    empty: Database, ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with empty.transaction(ADMIN) as reader:
        assert reader.scalar(text("SELECT count(*) FROM house")) == 0
        with empty.transaction(ADMIN) as session:
            seen = spied(monkeypatch, session, "4_new")
            assert load(session, ledger(tmp_path), ring).outcome.counts.created == 12
        assert seen[0] > 10 and reader.scalar(text("SELECT count(*) FROM house")) == 12


def test_a_first_load_that_fails_leaves_everything_as_it_was(
    empty: Database, ring: KeyRing, tmp_path: Path, shape: Callable[[], Shape], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, script = shape(), service.script
    broken = lambda step: "SELECT 1 / 0" if step == "6_households" else script(step)  # noqa: E731 -- a line of a test
    monkeypatch.setattr(service, "script", broken)
    with pytest.raises(psycopg.errors.DivisionByZero), empty.transaction(ADMIN) as session:
        load(session, ledger(tmp_path), ring)
    assert shape() == before
    with empty.transaction(ADMIN) as session:
        assert session.scalar(text("SELECT count(*) FROM house")) == 0


def test_nobody_commits_a_register_without_its_indexes(empty: Database, shape: Callable[[], Shape]) -> None:
    before = shape()
    with pytest.raises(DBAPIError, match="still set aside"), empty.transaction(ADMIN) as session:
        assert session.scalar(text("SELECT register_set_aside()")) is True
    assert shape() == before


@pytest.mark.parametrize(
    "what", ["SELECT 1 FROM register_set_aside", "INSERT INTO register_set_aside VALUES ('x', 'x', 1)"]
)
def test_what_is_set_aside_is_the_owners_alone(empty: Database, what: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), empty.transaction(ADMIN) as session:
        session.execute(text(what))
