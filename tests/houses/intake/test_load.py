"""What a load keeps, refuses and leaves alone: the rows of domain section 14 on the toy county."""

import json
from datetime import timedelta
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import text

from geo_housing.clock import today
from geo_housing.errors import BadInput, NotAllowed
from geo_housing.houses.intake.load import LoadOptions, load_ledger
from geo_housing.houses.living import UNSIZED_SQL
from geo_housing.houses.register.endings import end_house
from geo_housing.keys import ensure_keys
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import (
    counts,
    house,
    id_number,
    load,
    query,
    sentences,
    the_fault,
    write_csv,
)
from tests.houses.spreadsheet.test_reader import township_book
from tests.toy_county import COUNTY, EAST, WEST, write_houses

PLACE = {"乡镇": "西山镇", "行政村": "西一村"}
IN_WEST_1 = {"经度": "120.0051", "纬度": "45.0051"}
WEST_1, EAST_1 = f"{WEST}201", f"{EAST}201"


def test_the_same_file_twice_creates_and_updates_nothing(toy: ToyDatabase, tmp_path: Path) -> None:
    assert counts(load(toy, write_houses(tmp_path / "toy.csv"))) == (0, 0, 43, 0)


def test_a_townships_book_without_codes_and_points_loads_at_the_first_try(toy: ToyDatabase, tmp_path: Path) -> None:
    path = township_book(tmp_path)
    loaded = load(toy, path)
    assert counts(loaded) == (3, 0, 0, 0) and loaded.as_json()["unlocated"] == 3
    assert sentences(loaded, "generated") == ["台账没有房屋编号，系统已编此号，请填回台账。"] * 3
    codes = [fault.value for fault in loaded.faults]
    assert codes == [f"{WEST}20100001", f"{WEST}20100002", f"{WEST}20200001"]
    # Found again by village and head.
    again = load(toy, path)
    assert counts(again) == (0, 0, 3, 0) and not again.faults


def test_the_title_names_the_township_that_no_column_names(toy: ToyDatabase, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("东河乡2026年排查台账,\n行政村,户主姓名\n东一村,甲某\n", "utf-8")
    load(toy, path)
    assert [row.scope_code for row in query(toy, "SELECT scope_code FROM household WHERE head = '甲某'")] == [EAST_1]


def test_rows_without_code_are_found_again_by_id_number_even_under_another_name(toy: ToyDatabase) -> None:
    row = {**PLACE, "户主姓名": "甲某", "身份证号": id_number(1)}
    load(toy, [row])
    assert counts(load(toy, [{**row, "户主姓名": "甲某某"}])) == (0, 1, 0, 0)
    assert counts(load(toy, [{**row, "户主姓名": "甲某某"}])) == (0, 0, 1, 0)


def test_several_heads_of_one_name_in_the_village_are_asked_about(toy: ToyDatabase) -> None:
    load(toy, [{**PLACE, "户主姓名": "同名", "身份证号": id_number(n)} for n in (1, 2)])
    loaded = load(toy, [{**PLACE, "户主姓名": "同名"}, {**PLACE, "户主姓名": "另名"}])
    assert counts(loaded) == (1, 0, 0, 1)
    assert "多户同名户主" in the_fault(loaded, "rejected").sentence


def test_two_families_of_one_name_both_stay_and_are_told(toy: ToyDatabase) -> None:
    rows = [
        *({**PLACE, "户主姓名": "同名", "间数": n} for n in (2, 5)),
        *[{**PLACE, "户主姓名": "乙", "身份证号": id_number(3)}] * 2,
    ]
    first = load(toy, rows)
    assert counts(first) == (3, 0, 0, 1)
    assert [told[:8] for told in sentences(first, "check")] == ["与第 3 行同村", "与第 2 行同村"]
    assert "第 4 行已有同一身份证号" in the_fault(first, "rejected").sentence
    assert counts(load(toy, rows)) == (0, 0, 3, 1), "the first row is the first house again, the second the second"
    third = load(toy, [*rows[:2], {**PLACE, "户主姓名": "同名", "间数": 7}])
    assert counts(third) == (1, 0, 2, 0)
    assert counts(load(toy, rows)) == (0, 0, 1, 3), "which two of three: asked"


def test_a_family_without_a_number_above_0_is_kept_apart_from_the_people(toy: ToyDatabase) -> None:
    """What 0人 means depends on the day: of a house that stands empty by a fresh check nothing is missing (living.py)."""
    rows = [
        {"房屋编号": "X-1", **PLACE, "户主姓名": "甲"},
        {"房屋编号": "X-2", **PLACE, "户主姓名": "乙", "家庭人口": "0"},
    ]
    load(toy, [*rows, {"房屋编号": "X-3", **PLACE}])
    sizes = [(house(toy, code).people, house(toy, code).households_without_size) for code in ("X-1", "X-2", "X-3")]
    assert sizes == [(0, 1), (0, 1), (0, 0)]
    empty = {"居住状况": "无人居住", "居住核实日期": today().isoformat()}
    load(toy, [{**rows[0], "家庭人口": "4"}, {**rows[1], **empty}])
    assert (house(toy, "X-1").people, house(toy, "X-1").households_without_size) == (4, 0)
    with toy.transaction() as session:
        query = text(f"SELECT h.code, {UNSIZED_SQL} FROM house h WHERE h.code LIKE 'X-%'")
        unknown = session.execute(query, {"stale_before": today() - timedelta(days=180)})
        found = dict(tuple(row) for row in unknown)
    assert found == {"X-1": 0, "X-2": 0, "X-3": 1}, "who may live in a house without a family is not nobody"


def test_the_same_house_twice_counts_once(toy: ToyDatabase) -> None:
    row = {"房屋编号": "X-1", **PLACE, "户主姓名": "甲"}
    loaded = load(toy, [row, row])
    assert counts(loaded) == (1, 0, 0, 1)
    assert the_fault(loaded, "rejected").sentence.startswith("与第 2 行是同一栋房屋同一户")


def test_a_house_may_hold_two_households(toy: ToyDatabase) -> None:
    rows = [{"房屋编号": "X-1", **PLACE, "户主姓名": head, "家庭人口": n} for head, n in (("甲", 2), ("乙", 3))]
    loaded = load(toy, rows)
    assert counts(loaded) == (1, 1, 0, 0), "one house, and a further family of it"
    assert sentences(loaded) == [
        "与第 2 行是同一栋房屋，已作为这栋房屋的另一户登记；如是另一栋房屋，请改正房屋编号后重新导入。"
    ]
    found = house(toy, "X-1")
    assert (found.households, found.people) == (2, 5)
    assert counts(load(toy, rows)) == (0, 0, 2, 0)


def test_a_code_that_stands_twice_is_told_and_its_good_point_is_kept(toy: ToyDatabase) -> None:
    swapped = {"经度": IN_WEST_1["纬度"], "纬度": IN_WEST_1["经度"]}
    rows = [
        {"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "结构形式": "土木", **swapped},
        {"房屋编号": "X-2", **PLACE, "户主姓名": "丙"},
        {"房屋编号": " x-1 ", **PLACE, "户主姓名": "乙", "结构形式": "砖木", "间数": "3", **IN_WEST_1},
        {"房屋编号": "X-1", **PLACE, "结构形式": "土木"},
    ]
    loaded = load(toy, rows)
    assert counts(loaded) == (2, 1, 1, 0)
    assert loaded.outcome.counts.unlocated == 1, "X-2 alone"
    found = house(toy, "X-1")
    assert (found.location_state, found.lon, found.lat) == ("located", 120.0051, 45.0051)
    assert (found.structure, found.rooms) == ("earth_wood", None)
    assert {fault.line for fault in loaded.faults} == {2, 4, 5}
    assert sorted(sentences(loaded, "same_house")) == [
        "与第 2 行是同一栋房屋，已作为这栋房屋的另一户登记；如是另一栋房屋，请改正房屋编号后重新导入。",
        "与第 2 行是同一栋房屋，本行没有写户主等住户信息，没有另登记一户。",
        "同一栋房屋以第 2 行为准，本行不同的内容没有采用：结构形式、间数。",
        "同一栋房屋的第 2 行没有可用的坐标，或坐标不在所写的村内，已采用本行的坐标。",
    ]
    assert counts(load(toy, rows)) == (0, 0, 4, 0)


def test_columns_of_a_further_line_that_are_not_kept_are_told(toy: ToyDatabase) -> None:
    """A further family keeps its own; a line that names nobody has nowhere to keep them."""
    rows = [
        {"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "排查人": "某甲", "民族": "汉", "隐患描述": ""},
        {"房屋编号": "X-1", **PLACE, "户主姓名": "乙", "排查人": "某甲", "民族": "蒙古", "隐患描述": "东墙裂"},
        {"房屋编号": "X-1", **PLACE, "户主姓名": "", "排查人": "某乙", "民族": "汉", "隐患描述": "西墙裂"},
    ]
    for _ in range(2):
        loaded = load(toy, rows)
        assert house(toy, "X-1").extra == {"排查人": "某甲", "民族": "汉"}
        [(line, sentence)] = [(fault.line, fault.sentence) for fault in loaded.faults if "没有保留" in fault.sentence]
        assert line == 4
        assert sentence == (
            "与第 2 行是同一栋房屋，本行没有写明是另一户，这些列的内容没有保留：排查人、隐患描述；"
            "需要保留的，请写上户主，或并入第 2 行后重新导入。"
        )


def test_a_point_outside_its_village_gives_way_to_one_inside(toy: ToyDatabase) -> None:
    rows = [
        {"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "经度": "120.0551", "纬度": "45.0051"},
        {"房屋编号": "X-1", **PLACE, "户主姓名": "甲", **IN_WEST_1},
    ]
    loaded = load(toy, rows)
    assert counts(loaded) == (1, 0, 0, 1)
    assert (house(toy, "X-1").location_state, house(toy, "X-1").lon) == ("located", 120.0051)
    assert sentences(loaded, "same_house") == [
        "同一栋房屋的第 2 行没有可用的坐标，或坐标不在所写的村内，已采用本行的坐标。"
    ]


def test_a_household_lives_in_one_house_and_owns_the_others(toy: ToyDatabase) -> None:
    owner = {**PLACE, "户主姓名": "甲", "身份证号": id_number(4), "家庭人口": 3}
    rows = [
        {"房屋编号": "X-2", **owner, "房屋用途": "附属用房"},
        {"房屋编号": "X-1", **owner, "房屋用途": "主要住房"},
    ]
    assert counts(load(toy, rows)) == (2, 0, 0, 0)
    assert (house(toy, "X-1").people, house(toy, "X-2").people) == (3, 0)
    assert query(toy, "SELECT count(*) FROM household WHERE head = '甲'")[0][0] == 1
    assert counts(load(toy, rows)) == (0, 0, 2, 0)


def test_a_blank_cell_says_nothing_and_wu_clears(toy: ToyDatabase) -> None:
    row = {"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "备注": "漏雨", "避险特征": "独居老人", "结构形式": "土木"}
    load(toy, [row])
    for nothing in ("", "不详", "/", "—"):
        loaded = load(toy, [{**row, "备注": nothing, "避险特征": nothing, "结构形式": nothing}])
        assert counts(loaded) == (0, 0, 1, 0)
    assert counts(load(toy, [{"房屋编号": "X-1", "备注": "无", "避险特征": "无"}])) == (0, 1, 0, 0)
    found = house(toy, "X-1")
    assert (found.remark, found.traits, found.structure) == (None, None, "earth_wood")


def test_a_bad_cell_does_not_lose_its_row_and_shows_no_personal_data(toy: ToyDatabase) -> None:
    loaded = load(
        toy,
        [{"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "身份证号": "1.52224E+17", "联系电话": "1", "建筑面积": "大"}],
    )
    assert counts(loaded) == (1, 0, 0, 0)
    assert [(fault.line, fault.column) for fault in loaded.faults] == [
        (2, "身份证号"),
        (2, "联系电话"),
        (2, "建筑面积"),
    ]
    assert "1.52224E+17" not in str(loaded.faults)


def test_personal_numbers_are_stored_sealed_only(toy: ToyDatabase) -> None:
    number = id_number(5)
    load(
        toy,
        [
            {
                "房屋编号": "X-1",
                **PLACE,
                "户主姓名": "甲",
                "身份证号": number,
                "联系电话": "10012345678",
                "一卡通账号": "6217000012345678901",
            }
        ],
    )
    stored = json.dumps(
        [
            row._asdict()
            for table in ("house", "household", "import_batch", "journal_entry")
            for row in query(toy, f"SELECT to_jsonb(t) AS t FROM {table} t")
        ],
        ensure_ascii=False,
    )
    assert number not in stored and "10012345678" not in stored and "6217000012345678901" not in stored
    assert house(toy, "X-1").extra == {"一卡通账号": "621700*********8901"}
    (row,) = query(toy, "SELECT id, id_number_cipher, id_number_masked FROM household WHERE head = '甲'")
    ring = ensure_keys(toy.settings.keys_file)
    assert ring.decrypt(bytes(row.id_number_cipher), field="id_number", owner=row.id) == number
    assert row.id_number_masked == f"{number[:6]}********{number[-4:]}"


def test_columns_without_a_field_are_kept(toy: ToyDatabase) -> None:
    load(toy, [{"序号": 1, "房屋编号": "X-1", **PLACE, "户主姓名": "甲", "隐患描述": "北墙裂缝", "空列": ""}])
    assert house(toy, "X-1").extra == {"隐患描述": "北墙裂缝"}


def test_a_signed_grade_is_never_overwritten(toy: ToyDatabase) -> None:
    load(toy, [{"房屋编号": "X-1", **PLACE, "户主姓名": "甲"}])
    with toy.transaction() as session:
        session.execute(
            text(
                "UPDATE house SET grade = 'D', grade_basis = 'appraisal', graded_on = '2024-01-01', renovation = 'unplanned' WHERE code = 'X-1'"
            )
        )
    row = {"房屋编号": "X-1", "鉴定等级": "B", "评定日期": "2026-01-01"}
    loaded = load(toy, [row])
    assert counts(loaded) == (0, 0, 1, 0) and loaded.as_json()["differs"] == 1
    assert "已签字的等级 D" in the_fault(loaded, "differs").sentence
    found = house(toy, "X-1")
    assert (found.grade, found.grade_basis) == ("D", "appraisal")
    assert query(toy, "SELECT stored, stated FROM ledger_difference")[0] == ("D", "B")


def test_a_ledgers_grade_enters_as_the_old_ledgers_whatever_it_calls_itself(toy: ToyDatabase) -> None:
    load(toy, [{"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "鉴定等级": "C", "等级依据": "鉴定"}])
    assert house(toy, "X-1").grade_basis == "legacy"


def test_an_older_grade_never_replaces_a_newer_one(toy: ToyDatabase) -> None:
    row = {"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "鉴定等级": "C", "评定日期": "2023-05-01"}
    load(toy, [row])
    assert counts(load(toy, [{**row, "鉴定等级": "A", "评定日期": "2020-01-01"}])) == (0, 0, 1, 0)
    assert counts(load(toy, [{**row, "鉴定等级": "D", "评定日期": "2025-01-01"}])) == (0, 1, 0, 0)
    found = house(toy, "X-1")
    assert (found.grade, str(found.graded_on), found.renovation) == ("D", "2025-01-01", "unplanned")
    records = query(toy, "SELECT grade FROM grade_record WHERE house_id = :id ORDER BY decided_on", id=found.id)
    assert [record.grade for record in records] == ["C", "D"]


def test_an_older_grade_that_says_otherwise_is_told(toy: ToyDatabase) -> None:
    row = {"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "鉴定等级": "A", "评定日期": "2023-05-01"}
    load(toy, [row])
    told = the_fault(load(toy, [{**row, "鉴定等级": "D", "评定日期": "2020-01-01"}]), "check")
    assert told.sentence.startswith("本行的评定日期 2020-01-01 早于在册等级 A 的 2023-05-01，等级没有改动")
    assert not load(toy, [{**row, "评定日期": "2020-01-01"}]).faults, "the same grade says nothing new"


def test_a_day_that_is_still_to_come_shuts_nothing_out(toy: ToyDatabase) -> None:
    row = {"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "鉴定等级": "A", "评定日期": "2206-05-01"}
    loaded = load(toy, [{**row, "是否有人居住": "否", "居住核实日期": "2206-05-01"}])
    assert [told for told in sentences(loaded) if "晚于今天" in told] == ["日期不能晚于今天。"] * 2
    found = house(toy, "X-1")
    assert (found.grade, found.graded_on, found.occupancy_checked_on) == ("A", None, None)
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET graded_on = '2206-05-01'"))
    assert counts(load(toy, [{**row, "鉴定等级": "D", "评定日期": "2024-01-01"}])) == (0, 1, 0, 0)
    found = house(toy, "X-1")
    assert (found.grade, str(found.graded_on)) == ("D", "2024-01-01")


@pytest.mark.parametrize("stated", ["农村低保边缘家庭", "无", "一般户"])
def test_a_certified_category_is_never_overwritten(toy: ToyDatabase, stated: str) -> None:
    row = {"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "农户类型": "农村低保户"}
    load(toy, [row])
    with toy.transaction() as session:
        session.execute(
            text(
                "INSERT INTO category_certificate (household_id, scope_code, category, certified_on, certifier)"
                " SELECT id, scope_code, 'K2', '2025-01-01', '民政局' FROM household WHERE head = '甲'"
            )
        )
    loaded = load(toy, [{**row, "农户类型": stated}])
    assert counts(loaded) == (0, 0, 1, 0) and loaded.as_json()["differs"] == 1
    assert "农村低保户" in the_fault(loaded, "differs").sentence
    assert house(toy, "X-1").key_groups == ["K2"]


def test_a_category_nobody_certified_follows_the_ledger(toy: ToyDatabase) -> None:
    row = {"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "农户类型": "农村低保户"}
    load(toy, [row])
    assert counts(load(toy, [{**row, "农户类型": "一般户"}])) == (0, 1, 0, 0)
    assert house(toy, "X-1").key_groups is None


def test_a_demolished_house_is_not_brought_back_by_a_ledger(toy: ToyDatabase) -> None:
    row = {"房屋编号": "X-1", **PLACE, "户主姓名": "甲"}
    load(toy, [row, {**row, "房屋编号": "X-2"}])
    with toy.transaction() as session:
        session.execute(
            text("UPDATE house SET ended_on = '2026-01-01', ended_reason = 'demolished' WHERE code = 'X-1'")
        )
    loaded = load(toy, [{**row, "间数": 3}, {**row, "房屋编号": "X-2"}])
    assert counts(loaded) == (0, 0, 1, 1) and "2026-01-01" in the_fault(loaded, "rejected").sentence


def test_a_former_code_still_finds_its_house(toy: ToyDatabase) -> None:
    load(toy, [{"房屋编号": "X-1", **PLACE, "户主姓名": "甲"}])
    with toy.transaction() as session:
        session.execute(text("INSERT INTO house_alias SELECT 'OLD-1', id, scope_code FROM house WHERE code = 'X-1'"))
    assert counts(load(toy, [{"房屋编号": "old-1", "户主姓名": "甲", **PLACE, "间数": 4}])) == (0, 1, 0, 0)
    assert house(toy, "X-1").rooms == 4


def test_stems_that_collide_need_the_full_name(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(
            text(
                "INSERT INTO area (code, name, level, parent_code, match_name)"
                f" SELECT '{WEST}300', '西街村委会', 'village', '{WEST}', '西街/village'"
            )
        )
    codes = {}
    for n, village in enumerate(("西街村委会", "西街村", "西街居委会", "西街社区", "西街")):
        loaded = load(toy, [{"房屋编号": f"X-{n}", "乡镇": "西山镇", "行政村": village, "户主姓名": f"甲{n}"}])
        codes[village] = house(toy, f"X-{n}").declared_code
    assert codes == {
        "西街村委会": f"{WEST}300",
        "西街村": f"{WEST}300",
        "西街居委会": f"{WEST}001",
        "西街社区": f"{WEST}001",
        "西街": WEST,
    }
    assert "请写明乡镇和全称" in sentences(loaded, "check")[0]


def test_an_abolished_township_is_known_by_its_alias(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(
            text("INSERT INTO area_alias (area_code, name, match_name) VALUES (:code, '溪柳乡', '溪柳')"),
            {"code": WEST},
        )
    load(toy, [{"房屋编号": "X-1", "乡镇": "溪柳乡", "行政村": "西一", "户主姓名": "甲"}])
    assert house(toy, "X-1").declared_code == WEST_1


def test_a_village_nobody_knows_stays_with_its_township_and_is_told(toy: ToyDatabase) -> None:
    loaded = load(toy, [{"房屋编号": "X-1", "乡镇": "西山镇", "行政村": "北九村", "户主姓名": "甲"}])
    assert counts(loaded) == (1, 0, 0, 0) and house(toy, "X-1").scope_code == WEST
    assert "没有“北九村”" in the_fault(loaded, "check").sentence


def test_rows_that_say_no_house_are_refused_and_nothing_usable_stores_nothing(toy: ToyDatabase) -> None:
    before = query(toy, "SELECT count(*) FROM import_batch")[0][0]
    with pytest.raises(BadInput, match="没有一行可以导入") as caught:
        load(
            toy, [{"乡镇": "西山镇", "行政村": "", "户主姓名": "甲"}, {"乡镇": "", "行政村": "西一村", "户主姓名": ""}]
        )
    assert [fault.line for fault in caught.value.faults] == [2, 3]
    assert query(toy, "SELECT count(*) FROM import_batch")[0][0] == before


def test_codes_of_houses_elsewhere_are_refused_and_stay_untouched(toy: ToyDatabase) -> None:
    loaded = load(
        toy,
        [{"房屋编号": "东一-A", **PLACE, "户主姓名": "甲"}, {"房屋编号": "X-1", **PLACE, "户主姓名": "甲"}],
        area=WEST,
    )
    assert counts(loaded) == (1, 0, 0, 1)
    assert "管辖范围之外" in the_fault(loaded, "rejected").sentence
    assert house(toy, "东一-A").scope_code == EAST_1


def test_nobody_loads_without_the_permission(toy: ToyDatabase, tmp_path: Path) -> None:
    from geo_housing.db import Actor
    from geo_housing.scope import AreaScope

    planner = Actor("user:planner", AreaScope(WEST), frozenset({"export"}))
    path = write_csv(tmp_path, [{"房屋编号": "X-1", **PLACE, "户主姓名": "甲"}])
    with toy.database.transaction(planner) as session, pytest.raises(NotAllowed):
        load_ledger(session, planner, path, LoadOptions(), ensure_keys(toy.settings.keys_file))


def test_a_geopackage_of_the_same_houses_changes_nothing(toy: ToyDatabase, tmp_path: Path) -> None:
    rows = [
        {"house_code": f"X-{n}", "township": "西山镇", "village": "西一村", "head": f"甲{n}", "rooms": n, "area_m2": 80.25,
         "built_year": 1990 + n, "structure": "砖木", "graded_on": "2023-05-01", "grade": "C", "lon": 120.001 + n / 7000, "lat": 45.003}
        for n in range(1, 20)
    ]  # fmt: skip
    load(toy, rows)
    points = [shapely.Point(row["lon"], row["lat"]) for row in rows]
    frame = gpd.GeoDataFrame(
        [{k: v for k, v in row.items() if k not in ("lon", "lat")} for row in rows], geometry=points, crs=4326
    )
    frame.to_file(tmp_path / "x.gpkg", layer="houses")
    assert counts(load(toy, tmp_path / "x.gpkg")) == (0, 0, 19, 0)


def test_an_import_is_one_entry_in_the_journal(toy: ToyDatabase) -> None:
    loaded = load(toy, [{"房屋编号": "X-1", **PLACE, "户主姓名": "甲"}])
    (entry,) = query(
        toy,
        "SELECT actor, counts FROM journal_entry WHERE action = 'houses.load' AND batch_id = :id",
        id=loaded.outcome.batch_id,
    )
    assert entry.actor == "cli:tests" and entry.counts["created"] == 1


CLEARED = {"房屋编号": "N-1", "乡镇": "西山镇", "行政村": "西一村", "农户类型": "无", "避险特征": "无"}
FAMILIES = (
    "SELECT h.households, count(l.household_id) AS stored FROM house h LEFT JOIN house_household l"
    " ON l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL WHERE h.code = 'N-1' GROUP BY 1"
)


def test_cells_that_only_clear_make_no_family(toy: ToyDatabase) -> None:
    assert counts(load(toy, [CLEARED])) == (1, 0, 0, 0)
    assert query(toy, FAMILIES) == [(0, 0)]
    # Neither does the same row for the house that is now known.
    assert counts(load(toy, [CLEARED])) == (0, 0, 1, 0)
    assert query(toy, FAMILIES) == [(0, 0)]


def test_cells_that_clear_speak_of_the_family_that_is_known(toy: ToyDatabase) -> None:
    load(toy, [{**CLEARED, "户主姓名": "甲", "农户类型": "低保"}])
    assert counts(load(toy, [CLEARED])) == (0, 1, 0, 0)
    assert query(toy, FAMILIES) == [(1, 1)] and house(toy, "N-1").key_groups is None


def test_a_row_refused_before_it_is_staged_counts_in_the_list_and_the_journal(toy: ToyDatabase) -> None:
    rows = [{"房屋编号": "X-1", **PLACE, "户主姓名": "甲"}, {"房屋编号": "", **PLACE, "户主姓名": "", "备注": "?"}]
    loaded = load(toy, [*rows, rows[0]])
    assert counts(loaded) == (1, 0, 0, 2)
    batch = loaded.outcome.batch_id
    (stored,) = query(toy, "SELECT counts FROM import_batch WHERE id = :batch", batch=batch)[0]
    (told,) = query(
        toy, "SELECT counts FROM journal_entry WHERE action = 'houses.load' AND batch_id = :batch", batch=batch
    )[0]
    assert (stored["created"], stored["rejected"]) == (told["created"], told["rejected"]) == (1, 2)


def test_an_id_number_does_not_take_over_a_house_of_another_village(toy: ToyDatabase) -> None:
    """Its grade D was off every list: the row of the new village had become the old house."""
    family = {"乡镇": "西山镇", "户主姓名": "甲", "身份证号": id_number(71), "家庭人口": 4}
    load(toy, [{"房屋编号": "UA1", "行政村": "西一村", **family, "结构形式": "土木", "鉴定等级": "D"}])
    row = {"行政村": "西二村", **family, "结构形式": "砖混", "鉴定等级": "A"}
    loaded = load(toy, [row])
    assert counts(loaded) == (1, 0, 0, 0)
    (told,) = sentences(loaded, "second_house")
    assert "住在 UA1" in told and "登记搬离" in told
    found = house(toy, "UA1")
    assert (found.grade, found.structure, found.households) == ("D", "earth_wood", 1)
    new = query(toy, "SELECT code, households FROM house ORDER BY id DESC LIMIT 1")[0]
    assert new.households == 0 and house(toy, new.code).grade == "A"
    assert counts(load(toy, [row])) == (0, 0, 1, 0)
    load(toy, [{"房屋编号": "UA2", **row}])
    asked = load(toy, [row, {**row, "身份证号": id_number(72), "户主姓名": "乙"}])
    assert counts(asked) == (1, 0, 0, 1)
    assert "UA2" in the_fault(asked, "rejected").sentence and "有多栋房屋" in the_fault(asked, "rejected").sentence


def test_one_person_in_two_villages_of_one_file_has_two_houses(toy: ToyDatabase) -> None:
    rows = [
        {"乡镇": "西山镇", "行政村": village, "户主姓名": "甲", "身份证号": id_number(71)}
        for village in ("西一村", "西二村")
    ]
    loaded = load(toy, rows)
    assert counts(loaded) == (2, 0, 0, 0) and len(sentences(loaded, "second_house")) == 1
    assert counts(load(toy, rows)) == (0, 0, 2, 0)


def test_a_second_house_of_one_family_is_told(toy: ToyDatabase) -> None:
    owner = {**PLACE, "户主姓名": "甲", "身份证号": id_number(4), "家庭人口": 3}
    loaded = load(toy, [{"房屋编号": "X-1", **owner}, {"房屋编号": "X-2", **owner}])
    assert counts(loaded) == (2, 0, 0, 0)
    assert [(fault.line, "X-1" in fault.sentence) for fault in loaded.faults] == [(3, True)]
    assert sentences(loaded, "second_house") == [loaded.faults[0].sentence]


def test_a_person_whom_two_townships_have_entered_is_told_to_both_without_a_name(toy: ToyDatabase) -> None:
    family = {"户主姓名": "甲某某", "身份证号": id_number(71), "家庭人口": 4}
    load(toy, [{"房屋编号": "W-1", "乡镇": "西山镇", "行政村": "西一村", **family}], area=WEST)
    east = {"房屋编号": "E-1", "乡镇": "东河乡", "行政村": "东一村", **family}
    loaded = load(toy, [east], area=EAST)
    assert counts(loaded) == (1, 0, 0, 0)
    (told,) = sentences(loaded, "check")
    assert "另一个乡镇也有登记" in told and "W-1" not in told and "西山" not in told and "甲" not in told
    county, east_page = (
        toy.browser(toy.member(role, where)).get("/houses/check").text
        for role, where in (("county", COUNTY), ("township", EAST))
    )
    assert "同一身份证号在几个乡镇登记" in county and "W-1" in county and "E-1" in county
    assert "同一身份证号" not in east_page and "W-1" not in east_page


def test_namesakes_in_another_order_keep_their_houses(toy: ToyDatabase) -> None:
    """The cells of two houses, grades and all, changed places when their ledger was sorted otherwise."""
    small = {**PLACE, "户主姓名": "王伟", "间数": 2, "鉴定等级": "D", "经度": 120.0031, "纬度": 45.0031}
    large = {**PLACE, "户主姓名": "王伟", "间数": 5, "鉴定等级": "A", "经度": 120.0071, "纬度": 45.0071}
    third = {**PLACE, "户主姓名": "王伟", "间数": 7}
    assert counts(load(toy, [small, large, third])) == (3, 0, 0, 0)
    assert counts(load(toy, [third, large, small])) == (0, 0, 3, 0)
    # One that changed is the house that is left, and a further one is new.
    assert counts(load(toy, [{**large, "间数": 6}, {**third, "间数": 9}, third, small])) == (1, 1, 2, 0)
    found = query(toy, "SELECT rooms, grade FROM house h WHERE code LIKE '99000110020100%' ORDER BY code")
    assert [tuple(one) for one in found] == [(2, "D"), (6, "A"), (7, None), (9, None)]


def test_a_padded_name_is_the_same_name(toy: ToyDatabase) -> None:
    load(toy, [{**PLACE, "户主姓名": "王　伟"}])
    again = [{**PLACE, "户主姓名": head, "间数": 3} for head in ("王伟",)]
    assert counts(load(toy, again)) == (0, 1, 0, 0)
    assert counts(load(toy, [{**PLACE, "户主姓名": "王  伟", "间数": 3}])) == (0, 0, 1, 0)
    load(toy, [{"房屋编号": "X-1", **PLACE, "户主姓名": "张三 李四"}])
    assert [one.head for one in query(toy, "SELECT head FROM household WHERE head ~ '^[王张]' ORDER BY head")] == [
        "张三 李四",
        "王伟",
    ]


def test_no_form_of_a_dot_and_nothing_unseen_doubles_a_family(toy: ToyDatabase) -> None:
    load(toy, [{**PLACE, "户主姓名": "乌云·其其格"}, {**PLACE, "户主姓名": "丁广华"}])
    for dot in "•．・":
        again = [{**PLACE, "户主姓名": f"乌云{dot}其其格"}, {**PLACE, "户主姓名": "丁\u200b　广华"}]
        assert counts(load(toy, again)) == (0, 0, 2, 0), dot
    assert {one.head for one in query(toy, "SELECT head FROM household WHERE head ~ '^[乌丁]'")} == {
        "乌云·其其格",
        "丁广华",
    }


def test_a_ledger_without_numbers_brings_no_demolished_house_back(toy: ToyDatabase) -> None:
    """It made the house anew under another code, and the family twice: living in it, and waiting for a home."""
    row = {**PLACE, "户主姓名": "李强", "间数": 2, "家庭人口": 2}
    load(toy, [row])
    with toy.transaction() as session:
        end_house(session, toy.actor(), f"{WEST_1}00001", reason="demolished", on=today(), version=1)
    loaded = load(toy, [row, {**PLACE, "户主姓名": "另户"}])
    assert counts(loaded) == (1, 0, 0, 1) and "不再存在" in the_fault(loaded, "rejected").sentence
    # A new house of the same name is entered, and said to be perhaps the waiting family's.
    loaded = load(toy, [{**row, "房屋编号": "N-1", "间数": 4}])
    assert counts(loaded) == (1, 0, 0, 0) and f"原住 {WEST_1}00001" in the_fault(loaded, "check").sentence


def test_a_countys_ledger_changes_the_record_that_lives_in_the_house(toy: ToyDatabase) -> None:
    family = {"户主姓名": "甲某", "身份证号": id_number(72), "家庭人口": 4}
    rows = [{"乡镇": "西山镇", "行政村": "西一村", **family}, {"乡镇": "东河乡", "行政村": "东一村", **family}]
    codes = [f"{WEST_1}00001", f"{EAST_1}00001"]
    for area, row in zip((WEST, EAST), rows, strict=True):
        load(toy, [row], area=area)
    for row, code, people in zip(rows, codes, (5, 6), strict=True):
        assert counts(load(toy, [{**row, "家庭人口": people}], area=COUNTY)) == (0, 1, 0, 0)
        assert house(toy, code).people == people
    links = query(toy, "SELECT FROM house_household l JOIN household k ON k.id = l.household_id WHERE k.head = '甲某'")
    assert len(links) == 2, "neither record owns the other's house"


def test_words_of_two_sets_in_one_column_go_each_into_its_own(toy: ToyDatabase) -> None:
    """脱贫户 is a monitoring identity, 低保 a protection category, whichever column a form has for them."""
    rows = [
        {**PLACE, "户主姓名": "甲", "农户类型": "脱贫户"},
        {**PLACE, "户主姓名": "乙", "农户类型": "低保、脱贫不稳定户", "监测类别": ""},
        {**PLACE, "户主姓名": "丙", "监测类别": "边缘易致贫户、特困"},
        {**PLACE, "户主姓名": "丁", "农户类型": "脱贫户", "监测类别": "脱贫户、突发严重困难"},
        {**PLACE, "户主姓名": "戊", "农户类型": "一般户", "监测类别": "无"},
    ]
    for _ in range(2):
        loaded = load(toy, rows)
        assert not sentences(loaded, "cell")
    assert counts(loaded) == (0, 0, 5, 0)
    found = query(toy, "SELECT head, categories, monitoring FROM household WHERE head IN ('甲','乙','丙','丁','戊')")
    assert {row.head: (row.categories, row.monitoring) for row in found} == {
        "甲": (None, ["lifted"]),
        "乙": (["K2"], ["unstable"]),
        "丙": (["K3"], ["marginal"]),
        "丁": (None, ["lifted", "sudden_hardship"]),
        "戊": (None, None),
    }
    # None of the six key groups: it decides no money.
    assert query(toy, "SELECT key_groups FROM house WHERE code = :c", c=f"{WEST_1}00001")[0].key_groups in (None, 0)


def test_a_plain_away_is_not_guessed_and_the_house_counts_as_lived_in(toy: ToyDatabase) -> None:
    loaded = load(
        toy,
        [
            {**PLACE, "户主姓名": "甲", "居住状况": "外出", "核实日期": today().isoformat()},
            {**PLACE, "户主姓名": "乙", "居住状况": "外出务工", "核实日期": today().isoformat()},
            {**PLACE, "户主姓名": "丙", "居住状况": "全家外出务工", "核实日期": today().isoformat()},
            {**PLACE, "户主姓名": "丁", "居住状况": "长期外出", "核实日期": today().isoformat()},
        ],
    )
    assert ["看不出是否全家长期外出" in told for told in sentences(loaded, "cell")] == [True, True]
    codes = [f"{WEST_1}0000{n}" for n in (1, 2, 3, 4)]
    assert [house(toy, code).occupancy for code in codes] == [None, None, "away", "away"]
    assert house(toy, codes[1]).extra == {"居住状况（台账原文）": "外出务工"}


def test_a_change_of_the_family_alone_is_shown_with_its_house(toy: ToyDatabase) -> None:
    row = {**PLACE, "户主姓名": "甲某", "家庭人口": 2}
    code = load(toy, [row]).faults[0].value
    for changed in ({**row, "家庭人口": 3}, {**row, "身份证号": id_number(1)}):
        details = load(toy, [changed], wants_details=True).outcome.details
        assert details is not None and {change.code for change in details.updated} == {code}


def test_another_head_under_a_known_id_number_is_told_and_the_same_one_is_not(toy: ToyDatabase) -> None:
    known = {**PLACE, "房屋编号": "H-1", "户主姓名": "甲某", "身份证号": id_number(1)}
    assert not any("身份证号" in told for told in sentences(load(toy, [known])))
    assert not any("身份证号" in told for told in sentences(load(toy, [{**known, "家庭人口": 4}])))
    loaded = load(toy, [{**known, "户主姓名": "乙某"}])
    assert any("身份证号与在册的“甲某”一户相同，户主姓名已按本行更改" in told for told in sentences(loaded))
    heads = "SELECT head FROM household WHERE id_number_key IS NOT NULL AND head IN ('甲某', '乙某')"
    assert query(toy, heads) == [("乙某",)]


def test_one_id_number_under_two_heads_loses_nobody(toy: ToyDatabase) -> None:
    first = {**PLACE, "房屋编号": "B-1", "户主姓名": "甲某", "身份证号": id_number(1), "家庭人口": 3}
    second = {**first, "房屋编号": "B-2", "户主姓名": "乙某", "家庭人口": 5, "联系电话": "10012345678"}
    later = {**second, "房屋编号": "B-3", "户主姓名": "丙某", "家庭人口": 6}
    families = """
        SELECT h.code, k.head, k.persons, h.people, k.id_number_key IS NOT NULL AS numbered, k.phone_key IS NOT NULL AS called
        FROM house h JOIN house_household l ON l.house_id = h.id AND l.relation = 'lives'
        JOIN household k ON k.id = l.household_id WHERE h.code LIKE 'B-%' ORDER BY 1
    """
    told = sentences(load(toy, [first, second]))
    assert sum("身份证号与房屋 B-1 的“甲某”一户相同，户主姓名不同：本行已另作一户登记" in one for one in told) == 1
    told = sentences(load(toy, [later]))
    assert sum("房屋 B-1 的“甲某”一户相同" in one for one in told) == 1
    kept = [("B-1", "甲某", 3, 3, True, False), ("B-2", "乙某", 5, 5, False, True), ("B-3", "丙某", 6, 6, False, True)]
    assert [tuple(row) for row in query(toy, families)] == kept
    assert counts(load(toy, [first, second, later])) == (0, 0, 3, 0)
    assert [tuple(row) for row in query(toy, families)] == kept
    # The right number found, the family keeps its house.
    load(toy, [{**second, "身份证号": id_number(2)}])
    assert [row.numbered for row in query(toy, families)] == [True, True, False]


LIVING = (
    "SELECT k.head, k.id_number_masked IS NOT NULL AS numbered, k.persons FROM house h JOIN house_household l ON l.house_id = h.id"
    " JOIN household k ON k.id = l.household_id WHERE h.code = 'Z-1' AND l.to_on IS NULL ORDER BY k.id"
)


def test_two_families_of_one_name_in_a_house_are_two_whatever_was_known(toy: ToyDatabase) -> None:
    place = {"房屋编号": "Z-1", **PLACE, "户主姓名": "乙"}
    load(toy, [{**place, "家庭人口": 1}])
    rows = [{**place, "身份证号": id_number(1), "家庭人口": 3}, {**place, "家庭人口": 2}]
    assert counts(load(toy, rows)) == (0, 2, 0, 0)
    living = [("乙", False, 2), ("乙", True, 3)]
    assert [tuple(row) for row in query(toy, LIVING)] == living
    for again in (rows, rows[::-1]):
        assert counts(load(toy, again)) == (0, 0, 2, 0)
    # A number that comes later is that of the family without one.
    assert counts(load(toy, [rows[0], {**rows[1], "身份证号": id_number(2)}])) == (0, 1, 1, 0)
    assert [tuple(row) for row in query(toy, LIVING)] == [("乙", True, 2), ("乙", True, 3)]


def test_a_row_without_a_head_beside_the_familys_own_means_none(toy: ToyDatabase) -> None:
    place = {"房屋编号": "Z-1", **PLACE}
    load(toy, [{**place, "户主姓名": "乙"}])
    loaded = load(toy, [{**place, "家庭人口": 4}, {**place, "户主姓名": "乙", "家庭人口": 2}])
    assert any("不知是哪一户" in told for told in sentences(loaded, "cell"))
    assert [tuple(row) for row in query(toy, LIVING)] == [("乙", False, 2)]


def test_a_family_named_in_two_houses_is_spoken_of_by_the_one_it_lives_in(toy: ToyDatabase) -> None:
    lives = {"房屋编号": "Z-1", **PLACE, "户主姓名": "乙", "身份证号": id_number(1), "家庭人口": 1}
    owns = {**lives, "房屋编号": "Z-2", "房屋用途": "附属用房"}
    load(toy, [lives, owns])
    bare = [{**row, "身份证号": ""} for row in (owns | {"家庭人口": 5}, lives | {"家庭人口": 2})]
    load(toy, bare)
    assert [tuple(row) for row in query(toy, LIVING)] == [("乙", True, 2)]
