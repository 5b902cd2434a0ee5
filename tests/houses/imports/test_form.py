"""A ledger going out in its own form and coming back: the same houses, nothing lost, nothing twice."""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from geo_housing.errors import NotAllowed
from geo_housing.houses.imports.form import write_form
from geo_housing.houses.imports.undo import undo_import
from geo_housing.houses.register.families import add_family, edit_family
from geo_housing.houses.register.service import edit_house
from geo_housing.houses.spreadsheet.reader import open_ledger
from geo_housing.keys import ensure_keys
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, id_number, load, query, sentences, write_csv
from tests.houses.spreadsheet.test_reader import township_book
from tests.toy_county import WEST

HEADS = (
    "乡镇",
    "嘎查村",
    "户主姓名",
    "身份证号",
    "经度",
    "纬度",
    "结构形式",
    "是否有人居住",
    "农户类型",
    "隐患描述",
    "备注",
)
HERE = {"经度": "120.0051", "纬度": "45.0051"}
THERE = {"经度": "120.0061", "纬度": "45.0041"}
KNOWN = {"乡镇": "西山镇", "嘎查村": "西一村"}
NEW = {"乡镇": "西山镇", "嘎查村": "幸福新村"}
# Every way in which a place may not be understood, with and without point and number; cells that no field takes.
LEDGER: tuple[dict[str, Any], ...] = (
    {**NEW, "户主姓名": "甲"},
    {**NEW, "嘎查村": "和平新村", "户主姓名": "甲"},
    {**NEW, **HERE, "户主姓名": "乙"},
    {**NEW, "户主姓名": "丙", "身份证号": id_number(11)},
    {"乡镇": "无名镇", "嘎查村": "幸福新村", "户主姓名": "甲"},
    {"乡镇": "无名镇", "嘎查村": "幸福新村", "户主姓名": "丁", **THERE},
    {"乡镇": "无名镇", "嘎查村": "幸福新村", "户主姓名": "戊", "身份证号": id_number(12)},
    {"嘎查村": "幸福新村", "户主姓名": "己"},
    {"乡镇": "无名镇", "嘎查村": "西一村", "户主姓名": "庚"},
    {"乡镇": "东河乡", "嘎查村": "东一村", "户主姓名": "辛", "经度": "120.0071", "纬度": "45.0031"},
    {**KNOWN, "户主姓名": "壬", "结构形式": "窑洞", "经度": "12O", "备注": "=1+1", "是否有人居住": "时常"},
    {**KNOWN, "户主姓名": "癸", "结构形式": "土木", "隐患描述": "墙裂"},
    {**KNOWN, "户主姓名": "癸", "结构形式": "砖混"},
    {**KNOWN, "户主姓名": "子", "农户类型": "脱贫户", "是否有人居住": "外出"},
    {**KNOWN, "户主姓名": "丑", "农户类型": "低保、脱贫户"},
    {**KNOWN, "户主姓名": "寅", "农户类型": "监测对象"},
)
REGISTER = (
    "SELECT h.code, to_jsonb(h) AS house, to_jsonb(k) AS family, l.relation, l.to_on FROM house h"
    " LEFT JOIN house_household l ON l.house_id = h.id LEFT JOIN household k ON k.id = l.household_id"
    " ORDER BY h.code, l.id"
)

SUSPECTED = (
    "SELECT k.head, h.suspected_on IS NOT NULL AS held FROM house h JOIN household k ON k.id = h.first_household_id"
    " WHERE k.head IN ('子', '丑', '寅', '卯', '辰', '巳')"
)


def book(toy: ToyDatabase, batch: int, path: Path, area: str = "", **options: Any) -> list[list[Any]]:
    """Write the form of an import; the rows below its first head."""
    with toy.transaction(area) as session:
        write_form(session, toy.actor(area), batch, path, **options)
    return [[cell.value for cell in row] for row in load_workbook(path)["台账"].iter_rows()]


@pytest.mark.parametrize("area", ["", WEST])
def test_what_goes_out_comes_in_again_whole(toy: ToyDatabase, tmp_path: Path, area: str) -> None:
    path = write_csv(tmp_path, [{**dict.fromkeys(HEADS, ""), **row} for row in LEDGER])
    first = load(toy, path, area=area)
    size = len(LEDGER)
    assert counts(first) == (size, 0, 0, 0)
    before = query(toy, REGISTER)
    assert counts(load(toy, path, area=area)) == (0, 0, size, 0)
    ring = ensure_keys(toy.settings.keys_file)
    out = tmp_path / "out.xlsx"
    for options in ({}, {"ring": ring}, {"adds_codes": True}, {"adds_codes": True, "ring": ring}):
        rows = book(toy, first.outcome.batch_id, out, area, **options)
        assert len(rows) == 1 + size and rows[0][: len(HEADS)] == list(HEADS)
        again = load(toy, out, area=area)
        assert counts(again) == (0, 0, size, 0), sentences(again)
        assert query(toy, REGISTER) == before
    typed = dict(zip(HEADS, rows[1 + 10], strict=False))
    assert [typed[name] for name in ("结构形式", "经度", "备注", "是否有人居住")] == ["窑洞", "12O", "=1+1", "时常"]
    words = [dict(zip(HEADS, row, strict=False)) for row in rows[14:17]]
    assert [row["农户类型"] for row in words] == ["已脱贫户", "农村低保户、已脱贫户", "监测对象"]
    assert words[0]["是否有人居住"] == "外出"
    assert [row[1] for row in rows[1:8]] == ["幸福新村", "和平新村", *["幸福新村"] * 5]
    assert rows[0][-1] == "房屋编号" and {row[-1] for row in rows[1:]} <= {row.code for row in before}


CONCLUSIONS = {"子": "安全", "丑": "疑似", "寅": "需评定", "卯": "", "辰": "待定", "巳": "是"}


def test_a_conclusion_goes_out_in_the_word_it_came_in(toy: ToyDatabase, tmp_path: Path) -> None:
    ledger = [{**KNOWN, "户主姓名": head, "排查结论（安全/疑似/需评定）": word} for head, word in CONCLUSIONS.items()]
    first = load(toy, ledger)
    held = {row.head: row.held for row in query(toy, SUSPECTED)}
    assert held == {"子": False, "丑": True, "寅": True, "卯": False, "辰": False, "巳": True}
    before = query(toy, REGISTER)
    out = tmp_path / "out.xlsx"
    heads, *rows = book(toy, first.outcome.batch_id, out)
    said = {row[heads.index("户主姓名")]: row[3] or "" for row in rows}
    assert said == {**CONCLUSIONS, "巳": "疑似"}
    assert counts(load(toy, out)) == counts(load(toy, ledger)) == (0, 0, len(ledger), 0)
    assert query(toy, REGISTER) == before
    # What holds no more does not come back with the form.
    with toy.transaction() as session:
        session.execute(
            text(
                "UPDATE house SET suspected_on = CASE WHEN extra ->> '疑似危房（台账原文）' = '安全' THEN DATE '2026-05-01' END"
            )
        )
    changed = query(toy, REGISTER)
    heads, *rows = book(toy, first.outcome.batch_id, out)
    assert [row[3] or "" for row in rows] == ["疑似", "", "", "", "待定", ""]
    load(toy, out)
    assert {row.head: row.held for row in query(toy, SUSPECTED)} == {**dict.fromkeys(CONCLUSIONS, False), "子": True}
    assert [row.code for row in query(toy, REGISTER)] == [row.code for row in changed]


def test_a_row_put_right_in_the_form_is_the_same_house_by_its_code(toy: ToyDatabase, tmp_path: Path) -> None:
    first = load(toy, write_csv(tmp_path, [{**NEW, "户主姓名": "甲某", "结构形式": "窑洞"}]))
    out = tmp_path / "out.xlsx"
    book(toy, first.outcome.batch_id, out, adds_codes=True)
    filled = load_workbook(out)
    sheet = filled["台账"]
    code = sheet.cell(2, 5).value
    for place, value in enumerate(("西山镇", "西一村", "贾某", "石木"), 1):
        sheet.cell(2, place, value)
    filled.save(out)
    assert counts(load(toy, out)) == (0, 1, 0, 0)
    found = house(toy, str(code))
    assert (found.structure, found.declared_code) == ("stone_wood", f"{WEST}201")
    # What is understood now is no original any more; how the place was written stays, for the ledger of before.
    assert found.extra == {"行政村（台账原文）": "幸福新村"}
    assert [row.head for row in query(toy, "SELECT head FROM household WHERE head LIKE '_某'")] == ["甲某", "贾某"]


def test_the_ledger_of_before_still_means_the_house_whose_village_was_put_right(toy: ToyDatabase) -> None:
    row = {**NEW, "户主姓名": "甲某"}
    load(toy, [row])
    code = query(toy, "SELECT code FROM house WHERE extra IS NOT NULL")[0].code
    load(toy, [{"房屋编号": code, **KNOWN}])
    assert counts(load(toy, [row])) == (0, 0, 1, 0)
    assert house(toy, code).declared_code == f"{WEST}201"


def test_codes_stand_behind_a_head_of_two_rows_like_the_others(toy: ToyDatabase, tmp_path: Path) -> None:
    loaded = load(toy, township_book(tmp_path))
    out = tmp_path / "out.xlsx"
    rows = book(toy, loaded.outcome.batch_id, out, adds_codes=True)
    assert rows[2][-1] == "房屋编号" and rows[3][-1] is None and rows[4][-1] == f"{WEST}20100001"
    recognised = open_ledger(out).recognised
    assert recognised.head_rows == (3, 4) and recognised.columns[-1].field == "house_code"
    # Its own sheet of explanations is no ledger that was forgotten.
    assert recognised.unread == ()
    assert counts(load(toy, out)) == (0, 0, 3, 0)


def test_a_later_ledger_adds_its_columns_to_those_of_the_first(toy: ToyDatabase) -> None:
    load(toy, [{"房屋编号": "西一-A", "隐患描述": "墙裂", "排查人": "甲"}])
    loaded = load(toy, [{"房屋编号": "西一-A", "排查人": "乙", "审核人": "丙", "结构形式": "窑洞"}])
    assert house(toy, "西一-A").extra == {
        "隐患描述": "墙裂", "排查人": "乙", "审核人": "丙", "结构形式（台账原文）": "窑洞",
    }  # fmt: skip
    # Its own columns come out as the first ledger left them when it is taken back.
    with toy.transaction() as session:
        undo_import(session, toy.actor(), loaded.outcome.batch_id)
    assert house(toy, "西一-A").extra == {"隐患描述": "墙裂", "排查人": "甲"}


def test_an_original_goes_when_somebody_says_what_it_is(toy: ToyDatabase) -> None:
    load(toy, [{"房屋编号": "西一-A", "居住状况": "时常", "隐患描述": "墙裂"}])
    version = house(toy, "西一-A").version
    with toy.transaction() as session:
        edit_house(session, toy.actor(), "西一-A", {"occupancy": "seasonal"}, version=version)
    assert house(toy, "西一-A").extra == {"隐患描述": "墙裂"}


def test_numbers_of_people_are_masked_in_what_no_field_takes(toy: ToyDatabase) -> None:
    load(toy, [{"房屋编号": "西一-A", "居住状况": f"问{id_number(3)}", "身份证号": "12345", "联系电话": "不会"}])
    assert house(toy, "西一-A").extra == {"居住状况（台账原文）": "问990001********003X"} or (
        id_number(3) not in str(house(toy, "西一-A").extra)
    )
    assert house(toy, "西一-A").extra.keys() == {"居住状况（台账原文）"}


def test_what_the_register_has_computed_is_no_column_of_a_ledger(toy: ToyDatabase, tmp_path: Path) -> None:
    client = toy.browser(toy.member("county", WEST[:6]))
    for ending in ("csv", "xlsx"):
        path = tmp_path / f"houses.{ending}"
        path.write_bytes(client.get(f"/api/v1/houses.{ending}").content)
        assert counts(load(toy, path))[:2] == (0, 0), ending
    assert query(toy, "SELECT count(*) FROM house WHERE extra IS NOT NULL")[0][0] == 0
    load(toy, [{"房屋编号": "西一-A", "危险等级": "较危险"}])
    assert house(toy, "西一-A").extra == {"危险等级": "较危险"}


def test_the_form_of_others_stays_theirs(toy: ToyDatabase, tmp_path: Path) -> None:
    batch = load(toy, township_book(tmp_path)).outcome.batch_id
    actor = toy.actor()
    poor = type(actor)(name="x", scope=actor.scope, permissions=frozenset({"export"}), source="web")
    with toy.transaction() as session, pytest.raises(NotAllowed):
        write_form(session, poor, batch, tmp_path / "o.xlsx", ring=ensure_keys(toy.settings.keys_file))


def test_known_words_of_a_cell_are_taken_and_join_what_is_known_while_the_cell_is_kept(
    toy: ToyDatabase, tmp_path: Path
) -> None:
    def sets() -> tuple[list[str] | None, list[str] | None, list[str] | None]:
        row = query(
            toy,
            "SELECT k.traits, k.categories, h.traits AS of_house FROM household k"
            " JOIN house_household l ON l.household_id = k.id AND l.to_on IS NULL JOIN house h ON h.id = l.house_id"
            " WHERE h.code = '西一-A'",
        )[0]
        return row.traits, row.categories, row.of_house

    load(toy, [{"房屋编号": "西一-A", "避险特征": "行动不便", "六类对象": "低保"}])
    assert sets() == (["impaired"], ["K2"], ["impaired"])
    typed = {"房屋编号": "西一-A", "避险特征": "独居老人、耳聋", "六类对象": "低保户、烈属"}
    second = load(toy, [typed])
    assert sets() == (["elderly_alone", "impaired"], ["K2", "L2"], ["elderly_alone", "impaired"])
    told = " ".join(sentences(second))
    assert "“耳聋”不在避险特征的取值中，未采用，同一格里的其他词已导入" in told and "“烈属”不在" in told
    assert house(toy, "西一-A").extra == {
        "避险特征（台账原文）": "独居老人、耳聋",
        "农户类型（台账原文）": "低保户、烈属",
    }
    assert counts(load(toy, [typed])) == (0, 0, 1, 0)
    out = tmp_path / "out.xlsx"
    rows = book(toy, second.outcome.batch_id, out)
    written = dict(zip(rows[0], rows[1], strict=True))
    assert (written["避险特征"], written["六类对象"]) == ("独居老人、耳聋、残疾或行动不便", "低保户、烈属、农村低保户")
    before = sets()
    assert counts(load(toy, out)) == (0, 1, 0, 0), "the cell is another one now"
    assert sets() == before
    # A cell that is understood says what holds, and the original goes.
    load(toy, [{"房屋编号": "西一-A", "避险特征": "独居老人"}])
    assert sets()[0] == ["elderly_alone"] and "避险特征（台账原文）" not in house(toy, "西一-A").extra


@pytest.mark.parametrize("alone", [True, False])
def test_what_a_person_says_of_a_family_takes_the_place_of_the_cell(
    toy: ToyDatabase, tmp_path: Path, alone: bool
) -> None:
    ring = ensure_keys(toy.settings.keys_file)
    typed = {"房屋编号": "西一-A", "避险特征": "独居老人、耳聋", "六类对象": "低保户、烈属"}
    batch = load(toy, [typed]).outcome.batch_id
    if not alone:
        with toy.transaction() as session:
            given = {"head": "外来户"}
            add_family(session, toy.actor(), "西一-A", given, relation="居住", since=None, ring=ring)
    family = query(
        toy,
        "SELECT k.id, k.version FROM household k JOIN house_household l ON l.household_id = k.id"
        " JOIN house h ON h.id = l.house_id WHERE h.code = '西一-A' ORDER BY k.id",
    )[0]
    with toy.transaction() as session:
        edit_family(
            session, toy.actor(), "西一-A", family.id, {"traits": "impaired"}, version=family.version, ring=ring
        )
    kept = house(toy, "西一-A").extra
    if not alone:
        assert kept["避险特征（台账原文）"] == "独居老人、耳聋", "whose cell it was nobody knows"
        return
    assert kept == {"农户类型（台账原文）": "低保户、烈属"}
    out = tmp_path / "out.xlsx"
    rows = book(toy, batch, out)
    assert dict(zip(rows[0], rows[1], strict=True))["避险特征"] == "残疾或行动不便"
    load(toy, out)
    assert query(toy, "SELECT traits FROM household WHERE id = :id", id=family.id)[0].traits == ["impaired"]


BASES = {"子": "第三方鉴定", "丑": "鉴定", "寅": "评定", "卯": "排查初判", "辰": "旧台账", "巳": ""}


def test_the_basis_of_a_grade_goes_out_in_the_word_it_came_in(toy: ToyDatabase, tmp_path: Path) -> None:
    ledger = [{**KNOWN, "户主姓名": head, "鉴定等级": "C级", "评定方式": word} for head, word in BASES.items()]
    first = load(toy, ledger)
    before = query(toy, REGISTER)
    out = tmp_path / "out.xlsx"

    def said() -> dict[str, str]:
        heads, *rows = book(toy, first.outcome.batch_id, out)
        return {row[heads.index("户主姓名")]: row[heads.index("评定方式")] or "" for row in rows}

    # Where nothing was written the register says what it took the grade for.
    assert said() == {**BASES, "巳": "旧台账"}
    assert counts(load(toy, out)) == counts(load(toy, ledger)) == (0, 0, len(ledger), 0)
    assert query(toy, REGISTER) == before
    # A basis that is known by now goes before the word of the ledger.
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET grade_basis = 'appraisal' WHERE extra ? '等级依据（台账原文）'"))
    assert said() == {**BASES, "子": "鉴定", "寅": "鉴定", "巳": "旧台账"}
