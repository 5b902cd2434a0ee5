"""The straight way of a large first load stores and says what the ordinary steps do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from geo_housing.areas.service import LoadOptions as AreaOptions
from geo_housing.areas.service import load_areas
from geo_housing.db import Database
from geo_housing.houses.intake import load as load_module
from geo_housing.houses.intake.alike import Alike
from geo_housing.houses.intake.load import Loaded, LoadOptions, load_ledger
from geo_housing.houses.intake.straight import Straight
from geo_housing.houses.spreadsheet import body
from geo_housing.houses.spreadsheet.personal import first_generation
from geo_housing.keys import KeyRing, ensure_keys
from tests.fixtures.cluster import TestCluster, TestDatabase
from tests.fixtures.examples import examples
from tests.fixtures.people import ADMINISTRATOR
from tests.houses.ledgers import id_number, write_csv
from tests.toy_county import write_areas

# What a load leaves behind, without numbers and moments that differ from load to load.
LEFT = {
    "house": """SELECT to_jsonb(h) - '{id,first_household_id,batch_id,created_at,updated_at}'::text[]
        || jsonb_build_object('first', (SELECT k.head FROM household k WHERE k.id = h.first_household_id))
        FROM house h ORDER BY 1""",
    "household": """SELECT to_jsonb(k) - '{id,batch_id,created_at,updated_at,id_number_cipher,phone_cipher}'::text[]
        || jsonb_build_object('ciphers', concat(id_number_cipher IS NOT NULL, phone_cipher IS NOT NULL))
        FROM household k ORDER BY 1""",
    "links": """SELECT h.code, k.head, k.id_number_key::text, l.relation, l.scope_code, l.from_on, l.to_on
        FROM house_household l JOIN house h ON h.id = l.house_id JOIN household k ON k.id = l.household_id
        ORDER BY 1, 2, 3, 4""",
    "grades": """SELECT h.code, to_jsonb(g) - '{id,house_id,batch_id,recorded_at}'::text[]
        FROM grade_record g JOIN house h ON h.id = g.house_id ORDER BY 1, 2""",
    "grid": """SELECT cell, scope_code, risk, renovation, sum(houses) FROM house_grid_delta
        GROUP BY 1, 2, 3, 4 HAVING sum(houses) <> 0 ORDER BY 1, 2, 3, 4""",
    "changed": "SELECT DISTINCT scope_code FROM family_change ORDER BY 1",
    "batches": "SELECT DISTINCT batch_id IS NOT NULL FROM house UNION SELECT DISTINCT batch_id IS NOT NULL FROM household",
    "journal": "SELECT action, counts FROM journal_entry WHERE action = 'houses.load'",
}
SHAPE = "SELECT count(*) FROM pg_indexes WHERE schemaname = 'public' AND tablename LIKE 'house%'"
ROW = st.fixed_dictionaries(
    {
        "房屋编号": st.sampled_from(["", "S-1", "S-1", " s-2 ", "Ｓ-3", "S-4", "S,5"]),
        "行政村": st.sampled_from(["西一村", "西二村", "西街居委会", "没有村", ""]),
        "户主姓名": st.sampled_from(["甲", "乙", ""]),
        "身份证号": st.sampled_from(["", "", id_number(1), id_number(2), first_generation(id_number(1)), "bad"]),
        "联系电话": st.sampled_from(["", "10012345678", "x"]),
        "经度": st.sampled_from(["", "120.0051", "120.00510", "120.01", "120.055", "119", "0"]),
        "纬度": st.sampled_from(["45.0051", "45.0151", "50", ""]),
        "房屋用途": st.sampled_from(["", "主要住房", "附属"]),
        "农户类型": st.sampled_from(["", "低保", "无"]),
        "鉴定等级": st.sampled_from(["", "A", "C", "E"]),
        "评定日期": st.sampled_from(["", "2024-05-06"]),
        "门牌": st.sampled_from(["", "1", "二\t\\"]),
    }
).filter(lambda row: any(row.values()))
# Rows that stand alone before, between and after the drawn ones.
LONE = 12


@pytest.fixture
def empty(fresh_database: TestDatabase, tmp_path: Path) -> Iterator[Database]:
    """The toy county's outlines, no house."""
    database = Database(fresh_database.service_url, pool_size=2, stream_pool_size=1)
    paths = write_areas(tmp_path)
    with database.transaction(ADMINISTRATOR) as session:
        for level in ("county", "township", "village"):
            load_areas(session, ADMINISTRATOR, paths[level], AreaOptions(level=level))
        load_areas(session, ADMINISTRATOR, paths["list"], AreaOptions(level="village"))
    yield database
    database.close()


@pytest.fixture
def ring(test_cluster: TestCluster) -> KeyRing:
    return ensure_keys(test_cluster.settings.keys_file)


@pytest.fixture
def in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "WALKED_ROWS", 4)


@pytest.fixture
def straight(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every ledger counts as large; how many rows went the straight way, load by load."""
    went: list[int] = []
    finish = Straight.finish

    def counted(self: Straight) -> int:
        went.append(self.tally.created)
        return finish(self)

    monkeypatch.setattr(Straight, "finish", counted)
    monkeypatch.setattr(load_module, "STRAIGHT_ROWS", 0)
    monkeypatch.setattr(load_module, "STRAIGHT_BYTES", 0)
    return went


def lone(n: int) -> dict[str, str]:
    return {
        "房屋编号": f"L-{n}", "行政村": "西一村", "户主姓名": f"独{n}", "身份证号": id_number(100 + n) if n % 2 else "",
        "经度": f"{120.001 + n / 10_000:.4f}", "纬度": "45.001", "鉴定等级": "BD"[n % 2],
    }  # fmt: skip


def outcome(database: Database, path: Path, ring: KeyRing) -> tuple[Loaded, dict[str, Any]]:
    """What a load answers and leaves, undone again."""
    with database.transaction(ADMINISTRATOR) as session:
        loaded = load_ledger(session, ADMINISTRATOR, path, LoadOptions(), ring)
        left = {name: [tuple(row) for row in session.execute(text(sql))] for name, sql in LEFT.items()}
        left["indexes"] = session.scalar(text(SHAPE))
        session.rollback()
    return loaded, left


def said(loaded: Loaded) -> tuple[dict[str, Any], list[str]]:
    return loaded.as_json(), sorted(str(vars(fault)) for fault in loaded.faults)


@pytest.mark.usefixtures("in_portions")
@given(rows=st.lists(ROW, min_size=10, max_size=40))
@settings(max_examples=examples(16), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_straight_way_leaves_and_says_what_the_ordinary_steps_do(
    empty: Database, ring: KeyRing, tmp_path: Path, straight: list[int], rows: list[dict[str, str]]
) -> None:
    half = len(rows) // 2
    rows = [lone(0), *rows[:half], *map(lone, range(1, LONE)), *rows[half:], *map(lone, range(LONE, 2 * LONE))]
    path = write_csv(tmp_path, rows)
    straight.clear()
    went, left = outcome(empty, path, ring)
    assert straight and straight[0] >= 2 * LONE, "the lone ones need no other way"
    load_module.STRAIGHT_ROWS = len(rows)  # the fixture puts it back
    ordinary, expected = outcome(empty, path, ring)
    load_module.STRAIGHT_ROWS = 0
    assert len(straight) == 1
    assert said(went) == said(ordinary)
    assert left == expected


@pytest.mark.usefixtures("in_portions")
def test_a_pair_that_was_not_found_before_is_found_by_the_load(
    empty: Database, ring: KeyRing, tmp_path: Path, straight: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_csv(tmp_path, [*map(lone, range(30)), lone(3) | {"户主姓名": "另一户", "身份证号": id_number(99)}])
    found, expected = outcome(empty, path, ring)
    nothing = {name: np.empty(0, np.uint64) for name in ("house_code", "id_number")}
    blind = Alike(31, nothing, np.arange(1, 513, 2, np.uint64))
    monkeypatch.setattr(load_module, "find_alike", lambda *_: blind)
    again, left = outcome(empty, path, ring)
    assert straight == [29, 31], "the second time all rows were taken for lone ones"
    assert said(again) == said(found) and left == expected
    assert (again.outcome.counts.created, again.outcome.counts.updated) == (30, 1), (
        "30 houses, one with a further family"
    )


@pytest.mark.usefixtures("straight")
def test_the_same_large_ledger_again_changes_nothing(empty: Database, ring: KeyRing, tmp_path: Path) -> None:
    path = write_csv(tmp_path, [*map(lone, range(30)), lone(3) | {"户主姓名": "另一户", "身份证号": id_number(99)}])
    answers = []
    for _ in range(2):
        with empty.transaction(ADMINISTRATOR) as session:
            answers.append(load_ledger(session, ADMINISTRATOR, path, LoadOptions(), ring).outcome.counts)
    assert (answers[0].created, answers[0].updated, answers[0].rejected) == (30, 1, 0)
    assert (answers[1].created, answers[1].updated, answers[1].unchanged) == (0, 0, 31)


@pytest.mark.usefixtures("straight")
def test_whoever_reads_the_empty_register_sends_the_load_the_ordinary_way(
    empty: Database, ring: KeyRing, tmp_path: Path, straight: list[int]
) -> None:
    path = write_csv(tmp_path, list(map(lone, range(30))))
    with empty.transaction(ADMINISTRATOR) as reader:
        assert reader.scalar(text("SELECT count(*) FROM house")) == 0
        loaded, _ = outcome(empty, path, ring)
    assert straight == [] and loaded.outcome.counts.created == 30
