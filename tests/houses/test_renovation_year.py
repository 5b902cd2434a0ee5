"""改造年度: what ledgers and clerks say of it, what it says with every status, and what is told of a year that cannot be."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from geo_housing.clock import today
from geo_housing.errors import BadInput
from geo_housing.houses.imports.form import write_form
from geo_housing.houses.imports.undo import undo_import
from geo_housing.houses.intake.load import LoadOptions, load_ledger
from geo_housing.houses.register.service import edit_house
from geo_housing.keys import ensure_keys
from geo_housing.words import IN_ANNUAL_LEDGER, RENOVATION
from tests.fixtures.examples import examples
from tests.fixtures.toy import ToyDatabase
from tests.fixtures.undone import Undo, undone
from tests.houses.ledgers import counts, house, house_in, load, sentences, write_csv
from tests.houses.register.test_editing import values_of
from tests.toy_county import WEST

PLACE = {"乡镇": "西山镇", "行政村": "西一村", "户主姓名": "甲"}
KEPT = "改造年度（台账原文）"
STATES = ("", *RENOVATION.labels.values())


def told(loaded: Any) -> list[tuple[int | None, str | None, str | None, str]]:
    return [
        (fault.line, fault.column, fault.value, fault.sentence)
        for fault in loaded.faults
        if fault.column in ("改造年度", "改造年份")
    ]


@given(
    grade=st.sampled_from(["B", "C", "D", None]),
    before=st.sampled_from(["unplanned", *IN_ANNUAL_LEDGER]),
    year=st.sampled_from([None, 2023, 2025]),
    stated=st.fixed_dictionaries(
        {
            "鉴定等级": st.sampled_from(["", "A", "C"]),
            "改造状态": st.sampled_from(STATES),
            "改造年度": st.sampled_from(["", "2024", "2026年", "无", "去年"]),
        }
    ),
    is_known=st.booleans(),
)
@example(
    grade=None,
    before="unplanned",
    year=None,
    stated={"鉴定等级": "", "改造状态": "已纳入年度台账", "改造年度": "2024"},
    is_known=False,
)
@settings(max_examples=examples(16), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_a_ledger_says_against_the_rule_in_words(
    toy_worker: ToyDatabase,
    tmp_path: Path,
    grade: str | None,
    before: str,
    year: int | None,
    stated: Any,
    is_known: bool,
) -> None:
    """Only what stands in an annual ledger has a year; a year of any other house is kept as written, and told."""
    dangerous = grade in ("C", "D")
    old = {"grade": grade, "renovation": before if dangerous else "not_needed", "year": None}
    if old["renovation"] in IN_ANNUAL_LEDGER:
        old["year"] = year
    if not is_known:
        old = {"grade": None, "renovation": "not_needed", "year": None}
    says = stated["改造年度"]
    read = {"2024": 2024, "2026年": 2026}.get(says)
    now = stated["鉴定等级"] or old["grade"]
    status = "not_needed"
    if now in ("C", "D"):
        said = stated["改造状态"] and RENOVATION.code(stated["改造状态"])
        status = said or (old["renovation"] if old["renovation"] != "not_needed" else "unplanned")
    wanted = read if read is not None else None if says == "无" and is_known else old["year"]
    expected = wanted if status in IN_ANNUAL_LEDGER else None

    code = "西一-D" if is_known else "新-1"
    path = write_csv(tmp_path, [{"房屋编号": code, **PLACE, **stated}])
    ring = ensure_keys(toy_worker.settings.keys_file)
    with undone(), toy_worker.transaction() as session:
        if is_known:
            session.execute(
                text(
                    "UPDATE house SET grade = :g, grade_basis = CASE WHEN CAST(:g AS text) IS NOT NULL THEN 'legacy' END,"
                    " graded_on = NULL, renovation = :r, renovation_year = :y WHERE code = :c"
                ),
                {"g": old["grade"], "r": old["renovation"], "y": old["year"], "c": code},
            )
        loaded = load_ledger(session, toy_worker.actor(), path, LoadOptions(wants_details=True), ring)
        found = house_in(session, code)
        assert (found.grade, found.renovation, found.renovation_year) == (now, status, expected)
        # A family that nobody knew in a house where others live keeps its row's own cells.
        own = session.execute(
            text("SELECT extra FROM house_household WHERE house_id = :id ORDER BY id DESC LIMIT 1"), {"id": found.id}
        ).scalar_one()
        assert (own is None) == (not is_known)
        kept = (found.extra if own is None else own) or {}
        kept = kept.get(KEPT)
        if says == "去年":
            ((line, column, value, sentence),) = told(loaded)
            assert (line, column, value, kept) == (2, "改造年度", "去年", "去年") and "四位年份" in sentence
        elif read is not None and status not in IN_ANNUAL_LEDGER:
            ((line, column, value, sentence),) = told(loaded)
            assert (line, column, value, kept) == (2, "改造年度", str(read), str(read))
            assert f"改造状态是“{RENOVATION.label(status)}”" in sentence
        else:
            assert told(loaded) == [] and kept is None
        if is_known and old["year"] != expected:
            assert loaded.outcome.details is not None
            change = next(one for one in loaded.outcome.details.updated if one.field == "改造年度")
            assert (change.old, change.new) == (str(old["year"] or "—"), str(expected or "—"))
        # What one load leaves until its transaction ends.
        session.execute(text("DISCARD TEMP"))
        again = load_ledger(session, toy_worker.actor(), path, LoadOptions(), ring)
        assert counts(again) == (0, 0, 1, 0) and told(again) == told(loaded)
        raise Undo


@pytest.mark.parametrize(
    "heading", ["改造年度", "改造年份", "年度改造", "危改年度", "改造年", "renovation_year", "改造年度（年）"]
)
def test_the_column_is_known_by_what_ledgers_call_it(toy: ToyDatabase, heading: str) -> None:
    load(toy, [{"房屋编号": "X-1", **PLACE, "鉴定等级": "C", "改造状态": "已开工", heading: "２０２５年度"}])
    assert house(toy, "X-1").renovation_year == 2025


def test_a_years_column_that_came_before_there_was_the_field_goes_into_it(toy: ToyDatabase) -> None:
    """Until then it was kept under its own heading; the form that it came in is filled from the field."""
    row = {"房屋编号": "X-1", **PLACE, "鉴定等级": "C", "改造状态": "已开工", "改造年份": "2024"}
    loaded = load(toy, write_csv(toy.settings.home, [row]))
    with toy.transaction() as session:
        session.execute(
            text(
                """UPDATE house SET renovation_year = NULL, extra = '{"改造年份": "2024", "隐患描述": "漏"}' WHERE code = 'X-1'"""
            )
        )
        session.execute(
            text(
                """UPDATE import_batch SET recognised = replace(recognised::text, '"renovation_year"', 'null')::jsonb WHERE id = :b"""
            ),
            {"b": loaded.outcome.batch_id},
        )
    assert cells(toy, loaded.outcome.batch_id)["改造年份"] == "2024"
    load(toy, [{"房屋编号": "X-1", "改造年份": "2025"}])
    found = house(toy, "X-1")
    assert (found.renovation_year, found.extra) == (2025, {"隐患描述": "漏"})
    assert cells(toy, loaded.outcome.batch_id)["改造年份"] == 2025


def cells(toy: ToyDatabase, batch: int) -> dict[str, Any]:
    """The one row of a ledger in its own form."""
    path = toy.settings.home / "form.xlsx"
    with toy.transaction() as session:
        write_form(session, toy.actor(), batch, path)
    heads, row = list(load_workbook(path)["台账"].iter_rows(values_only=True))[:2]
    return {str(head): value for head, value in zip(heads, row, strict=True)}


def test_an_undone_import_gives_the_year_back(toy: ToyDatabase) -> None:
    row = {"房屋编号": "西一-D", "改造状态": "已开工", "改造年度": "2025"}
    load(toy, [row])
    loaded = load(toy, [{**row, "改造状态": "未纳入计划", "改造年度": ""}])
    assert house(toy, "西一-D").renovation_year is None
    with toy.transaction() as session:
        undo_import(session, toy.actor(), loaded.outcome.batch_id)
    found = house(toy, "西一-D")
    assert (found.renovation, found.renovation_year) == ("started", 2025)


def test_two_lines_of_one_house_with_two_years_are_told(toy: ToyDatabase) -> None:
    first = {"房屋编号": "X-1", **PLACE, "鉴定等级": "C", "改造状态": "已开工", "改造年度": "2024"}
    loaded = load(toy, [first, {**first, "户主姓名": "乙", "改造年度": "2025"}])
    assert house(toy, "X-1").renovation_year == 2024
    assert any("改造年度" in sentence and "没有采用" in sentence for sentence in sentences(loaded, "same_house"))


def test_the_table_itself_holds_no_year_without_a_ledger(toy: ToyDatabase) -> None:
    for values in ("renovation = 'unplanned', renovation_year = 2025", "renovation = 'listed', renovation_year = 2007"):
        with pytest.raises(IntegrityError), toy.transaction() as session:
            session.execute(text(f"UPDATE house SET {values} WHERE code = '西一-D'"))


def test_a_status_without_a_ledger_takes_the_year_along_and_the_page_says_so(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    address = "/houses/西一-D/edit"
    with toy.transaction(WEST) as session:
        edit_house(session, toy.actor(WEST), "西一-D", {"renovation": "已开工", "renovation_year": "2025年"}, version=1)
    assert "2025年度" in browser.get("/houses/西一-D").text
    form = values_of(browser.get(address).text)
    assert form["renovation_year"] == "2025"
    refused = browser.post(address, data={**form, "renovation": "unplanned", "renovation_year": "2024"})
    assert refused.status_code == 422 and "改造状态是“未纳入计划”的房屋没有改造年度" in refused.text
    answer = browser.post(address, data={**form, "renovation": "unplanned"}, follow_redirects=True)
    assert "已保存 2 项修改。改造年度（2025）已随改造状态清除。" in answer.text
    assert "改造年度：" in answer.text and "2025" in answer.text, "the house's past tells it, too"
    stored = browser.get("/api/v1/houses/西一-D").json()
    assert (stored["renovation"], stored["renovation_year"], stored["version"]) == ("unplanned", None, 3)
    match = {"If-Match": '"3"'}
    for bad, sentence in (("1999", "2008 到"), ("2024、2025", "一个四位年份")):
        told_why = browser.patch(
            "/api/v1/houses/西一-D", json={"renovation": "listed", "renovation_year": bad}, headers=match
        )
        assert told_why.status_code == 422 and sentence in told_why.json()["detail"]
    with pytest.raises(BadInput, match="没有改造年度"), toy.transaction(WEST) as session:
        edit_house(session, toy.actor(WEST), "西一-A", {"renovation_year": today().year}, version=1)


def test_the_list_finds_the_houses_of_a_year_and_those_of_none(toy: ToyDatabase) -> None:
    browser = toy.browser(toy.member("township", WEST))
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET renovation = 'listed' WHERE code = '西一-C'"))
        session.execute(text("UPDATE house SET renovation = 'listed', renovation_year = 2025 WHERE code = '西一-D'"))
    for asked, codes in (
        ("2025", {"西一-D"}),
        ("none", {"西一-C"}),
        ("未填,2025", {"西一-C", "西一-D"}),
        ("2024", set()),
    ):
        page = browser.get("/houses", params={"renovation_year": asked})
        assert {
            code
            for code in ("西一-A", "西一-C", "西一-D")
            if f"/houses/{code}" in page.text.replace("%E8%A5%BF%E4%B8%80", "西一")
        } == codes, asked
    bad = browser.get("/api/v1/houses", params={"renovation_year": "今年"})
    assert bad.status_code == 422 and "四位年份" in bad.json()["detail"]


def test_who_lists_a_house_is_offered_this_year(visit: Any, toy: ToyDatabase) -> None:
    page: Page = visit(toy, toy.member("township", WEST), "/houses/西一-D/edit").page
    status, year = page.locator("[name=renovation]"), page.locator("[name=renovation_year]")
    hint = page.locator("[name=renovation_year] + [role=status]")
    status.select_option("listed")
    expect(year).to_have_value(str(today().year))
    expect(hint).to_have_text("已填今年，可以修改")
    status.select_option("started")
    expect(year).to_have_value("")
    status.select_option("listed")
    year.fill(str(today().year - 1))
    status.select_option("unplanned")
    expect(year).to_have_value("")
    expect(hint).to_contain_text("保存时清除")
    status.select_option("started")
    expect(year).to_have_value(str(today().year - 1))
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".house-state")).to_contain_text(f"{today().year - 1}年度")
