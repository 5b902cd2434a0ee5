"""Taking an import back: everything as before, or a sentence that says which houses stand in the way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.clock import today
from geo_housing.errors import Conflict, NotAllowed, NotFound
from geo_housing.houses.imports.undo import undo_import
from geo_housing.houses.register.families import leave_house
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, load, query
from tests.houses.outlines import WEST_ONE, WEST_TWO, load_villages
from tests.response.zones import make_event
from tests.toy_county import EAST, WEST

PLACE = {"乡镇": "西山镇", "行政村": "西一村"}
# Everything that a person can see of the register, without the marks of its changes.
REGISTER = """
SELECT (SELECT jsonb_agg(to_jsonb(h) - ARRAY['version', 'updated_at', 'geom'] || jsonb_build_object('p', ST_AsText(geom))
        ORDER BY code) FROM house h WHERE ended_on IS NULL) AS houses,
    (SELECT jsonb_agg(to_jsonb(k) - ARRAY['version', 'updated_at'] ORDER BY k.id) FROM household k
        WHERE EXISTS (SELECT FROM house_household l WHERE l.household_id = k.id AND l.to_on IS NULL)) AS families,
    (SELECT jsonb_agg(jsonb_build_array(house_id, household_id, relation) ORDER BY house_id, household_id)
        FROM house_household WHERE to_on IS NULL) AS links
"""
GRID = """
SELECT scope_code, risk, renovation, sum(houses) AS n FROM (
    SELECT scope_code, risk, renovation, houses FROM house_grid
    UNION ALL SELECT scope_code, risk, renovation, houses FROM house_grid_delta) g
GROUP BY 1, 2, 3 HAVING sum(houses) <> 0 ORDER BY 1, 2, 3
"""


def undo(toy: ToyDatabase, batch_id: int, area: str = "") -> None:
    with toy.transaction(area) as session:
        undo_import(session, toy.actor(area), batch_id)


def ledger() -> list[dict[str, Any]]:
    """Moves one house, changes others and their families, adds a house and a family."""
    return [
        {"房屋编号": "西一-A", "经度": 120.0155, "纬度": 45.0055, "结构形式": "石木", "鉴定等级": "D", "评定日期": "2025-01-01"},
        {"房屋编号": "西一-B", "户主姓名": "新来户", "家庭人口": 4, "避险特征": "孕妇儿童"},
        {"房屋编号": "西一-C", "户主姓名": "户主02", "家庭人口": 9, "备注": "漏雨", "疑似危房": "是"},
        {"房屋编号": "新-1", **PLACE, "户主姓名": "甲", "家庭人口": 2, "经度": 120.0033, "纬度": 45.0033, "鉴定等级": "C"},
    ]  # fmt: skip


def test_undone_everything_is_as_before(toy: ToyDatabase) -> None:
    before, grid = query(toy, REGISTER)[0], query(toy, GRID)
    loaded = load(toy, ledger())
    assert counts(loaded) == (1, 3, 0, 0)
    assert query(toy, REGISTER)[0] != before and query(toy, GRID) != grid
    undo(toy, loaded.outcome.batch_id)
    assert query(toy, REGISTER)[0] == before
    assert query(toy, GRID) == grid
    mistaken = house(toy, "新-1")
    assert (mistaken.ended_reason, mistaken.version) == ("mistaken", 2)


def test_versions_go_on_and_history_stays(toy: ToyDatabase) -> None:
    version = house(toy, "西一-A").version
    loaded = load(toy, ledger())
    undo(toy, loaded.outcome.batch_id)
    found = house(toy, "西一-A")
    assert found.version == version + 2
    grades = query(toy, "SELECT grade, batch_id FROM grade_record WHERE house_id = :id ORDER BY id", id=found.id)
    assert [row.grade for row in grades] == ["A", "D"]
    actions = query(
        toy, "SELECT action FROM journal_entry WHERE batch_id = :id ORDER BY id", id=loaded.outcome.batch_id
    )
    assert [row.action for row in actions] == ["houses.load", "houses.undo"]


def test_the_same_ledger_may_come_again_after_it_was_undone(toy: ToyDatabase) -> None:
    first = load(toy, ledger())
    after = query(toy, GRID)
    undo(toy, first.outcome.batch_id)
    assert counts(load(toy, ledger()))[3] == 0
    assert house(toy, "新-1").ended_on is None and query(toy, GRID) == after
    assert (house(toy, "新-1").people, house(toy, "西一-B").people) == (2, house(toy, "西一-B").people)


def test_outlines_that_came_since_hold_for_what_stands_where_it_stood(toy: ToyDatabase, tmp_path: Path) -> None:
    # 西一-C at 120.008 is moved west by the ledger; the border between 西一村 and 西二村 then moves from 120.01 to 120.006.
    moved = load(toy, [{"房屋编号": "西一-C", "经度": 120.002, "纬度": 45.002}])
    load_villages(toy, tmp_path, 0.006)
    assert house(toy, "西一-C").village_code == WEST_ONE
    undo(toy, moved.outcome.batch_id)
    found = house(toy, "西一-C")
    assert (found.lon, found.village_code, found.scope_code) == (120.008, WEST_TWO, WEST_TWO)
    assert (found.location_state, found.location_note) == ("disputed", "misplaced")


def test_an_import_is_undone_once_only(toy: ToyDatabase) -> None:
    loaded = load(toy, ledger())
    undo(toy, loaded.outcome.batch_id)
    with pytest.raises(Conflict, match="已经撤销过"):
        undo(toy, loaded.outcome.batch_id)


def correction() -> list[dict[str, Any]]:
    """A later ledger over houses and families that ``ledger`` changed and made."""
    return [
        {"房屋编号": "西一-A", "结构形式": "砖混", "鉴定等级": "C", "评定日期": "2026-01-01"},
        {"房屋编号": "西一-B", "户主姓名": "新来户", "家庭人口": 5},
        {"房屋编号": "西一-C", "户主姓名": "户主02", "家庭人口": 8},
        {"房屋编号": "新-1", "户主姓名": "甲", "家庭人口": 3, "间数": 5, "鉴定等级": "D", "评定日期": "2026-01-01"},
        {"房屋编号": "新-1", "户主姓名": "乙", "家庭人口": 1},
    ]


def test_imports_over_one_another_are_undone_the_last_first(toy: ToyDatabase) -> None:
    before, grid = query(toy, REGISTER)[0], query(toy, GRID)
    first = load(toy, ledger())
    second = load(toy, correction())
    third = load(toy, [{"房屋编号": "西一-A", "结构形式": "钢"}, {"房屋编号": "新-1", "间数": 6}])
    with pytest.raises(Conflict):
        undo(toy, second.outcome.batch_id)
    for loaded in (third, second, first):
        undo(toy, loaded.outcome.batch_id)
    assert query(toy, REGISTER)[0] == before
    assert query(toy, GRID) == grid
    assert house(toy, "新-1").ended_reason == "mistaken"


@pytest.mark.parametrize("is_after", [False, True])
def test_what_was_edited_around_an_undone_import_still_stands_in_the_way(toy: ToyDatabase, is_after: bool) -> None:
    first = load(toy, ledger())
    for at_its_time in (False, True):
        if at_its_time == is_after:
            new_edited(toy)
            family_edited(toy)
        if not at_its_time:
            undo(toy, load(toy, correction()).outcome.batch_id)
    with pytest.raises(Conflict, match=r"有 2 栋房屋.*（新-1、西一-C）"):
        undo(toy, first.outcome.batch_id)


def edited(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET rooms = 7, version = version + 1 WHERE code = '西一-A'"))


def new_edited(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET rooms = 7, version = version + 1 WHERE code = '新-1'"))


def family_edited(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(text("UPDATE household SET persons = 1, version = version + 1 WHERE head = '户主02'"))


def later_import(toy: ToyDatabase) -> None:
    load(toy, [{"房屋编号": "新-1", "间数": 5}])


def moved_in(toy: ToyDatabase) -> None:
    load(toy, [{"房屋编号": "新-1", "户主姓名": "乙", "家庭人口": 1}])


def graded(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(
            text(
                "INSERT INTO grade_record (house_id, scope_code, grade, basis, decided_on, source)"
                " SELECT id, scope_code, 'D', 'appraisal', '2026-01-01', '鉴定' FROM house WHERE code = '新-1'"
            )
        )


def inspected(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一"])
        assert respond(session, toy.actor(), event).opened > 1


def new_family_edited(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(text("UPDATE household SET persons = 5, version = version + 1 WHERE head = '新来户'"))


def new_family_certified(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(
            text(
                "INSERT INTO category_certificate (household_id, scope_code, category, certified_on, certifier)"
                " SELECT id, scope_code, 'K2', '2026-01-01', '民政' FROM household WHERE head = '新来户'"
            )
        )


def new_family_to_be_moved(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(
            text(
                "INSERT INTO evacuation (event_id, scope_code, house_id, household_id, reasons, place, revision, opened_at)"
                " SELECT 1, k.scope_code, l.house_id, k.id, '{danger}', 1, 1, now() FROM household k"
                " JOIN house_household l ON l.household_id = k.id WHERE k.head = '新来户'"
            )
        )


def new_family_left(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        family = session.execute(text("SELECT id FROM household WHERE head = '新来户'")).scalar_one()
        leave_house(session, toy.actor(), "西一-B", family, on=today(), home="西一-D")


@pytest.mark.parametrize(
    ("touch", "named"),
    [
        (inspected, "新-1"),
        (new_family_edited, "西一-B"),
        (new_family_certified, "西一-B"),
        (new_family_to_be_moved, "西一-B"),
        (new_family_left, "西一-B"),
        (edited, "西一-A"),
        (new_edited, "新-1"),
        (family_edited, "西一-C"),
        (later_import, "新-1"),
        (moved_in, "新-1"),
        (graded, "新-1"),
    ],
)
def test_what_something_else_has_touched_is_named_and_nothing_is_undone(
    toy: ToyDatabase, touch: Callable[[ToyDatabase], None], named: str
) -> None:
    loaded = load(toy, ledger())
    touch(toy)
    before = query(toy, REGISTER)[0]
    with pytest.raises(Conflict, match=f"有 1 栋房屋.*（{named}）"):
        undo(toy, loaded.outcome.batch_id)
    assert query(toy, REGISTER)[0] == before


def test_another_areas_import_is_not_found(toy: ToyDatabase) -> None:
    loaded = load(toy, [{"房屋编号": "新-1", **PLACE, "户主姓名": "甲"}], area=WEST)
    with pytest.raises(NotFound):
        undo(toy, loaded.outcome.batch_id, EAST)
    undo(toy, loaded.outcome.batch_id, WEST)


def test_nobody_undoes_without_the_permission(toy: ToyDatabase) -> None:
    loaded = load(toy, ledger())
    from dataclasses import replace

    actor = replace(toy.actor(), permissions=frozenset({"houses.view"}))
    with toy.transaction() as session, pytest.raises(NotAllowed):
        undo_import(session, actor, loaded.outcome.batch_id)
