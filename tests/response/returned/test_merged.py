"""Cells that a township merges over several rows: an answer holds for each, told before it is entered; a name or a number for none."""

import io
import re
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.spreadsheet.workbook import Grid
from geo_housing.response.returned import moves, service
from geo_housing.response.returned.entering import Ticked
from geo_housing.response.returned.moves_reading import read_moves
from geo_housing.response.returned.reading import rows_of_sheets
from geo_housing.response.returned.sheets import ONE_CELL, Columns, lines_of
from geo_housing.response.returned.unfinished import UNTICKED
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.returned.filled import SEEN, Sheet, Workbook
from tests.response.returned.test_returned import new_event, stored
from tests.response.zones import begun_in_july, make_event
from tests.toy_county import COUNTY

KNOWN = Columns(
    {"编号": "code", "结果": "result", "间数": "rooms", "备注": "note"},
    needs=frozenset({"code", "result"}),
    free=frozenset({"note"}),
    keys=frozenset({"code"}),
    counts=frozenset({"rooms"}),
)
BODY = [
    ["编号", "结果", "间数", "备注"],
    ["西一村", "", "", ""],
    ["a", "好", "2", "甲"],
    ["b", "坏", "", "乙"],
    ["c", "", "", ""],
]


def cells(*merges: tuple[int, int, int, int]) -> dict[str, dict[str, str]]:
    lines = lines_of({"表": Grid(BODY, merges)}, KNOWN) or []
    return {line.cells.get("code", str(line.number)): line.cells for line in lines}


def test_an_answer_stands_in_every_row_and_what_lies_under_it_is_not_seen() -> None:
    found = cells((3, 5, 1, 1))
    assert [found[code].get("result") for code in "abc"] == ["好", "好", "好"]
    assert found["b"]["note"] == "乙", "of other columns nothing changes"


def test_a_cell_over_two_columns_says_what_its_first_one_says() -> None:
    found = cells((3, 4, 1, 3))
    assert [(found[code].get("result"), found[code].get("note")) for code in "abc"] == [
        ("好", None),
        ("好", None),
        (None, None),
    ]


def test_no_row_takes_its_name_from_another_and_none_without_a_name_an_answer() -> None:
    assert set(cells((3, 5, 0, 0))) == {"西一村", "a", "b", "c"}
    bodyless = lines_of({"表": Grid([*BODY, ["", "", "", ""]], ((3, 6, 1, 1),))}, KNOWN) or []
    assert bodyless[-1].cells == {}


def test_the_head_and_titles_above_are_not_spread() -> None:
    grid = Grid([["标题", "", "", ""], *BODY], ((1, 2, 1, 1),))
    assert [line.cells.get("result") for line in lines_of({"表": grid}, KNOWN) or []] == [None, "好", "坏", None]


def test_a_file_that_merges_the_same_cells_again_and_again_is_read_at_once() -> None:
    rows = [BODY[0], *([f"a{n}", "好", "", ""] for n in range(15_000))]
    began = time.perf_counter()
    found = lines_of({"表": Grid(rows, ((2, 15_000, 1, 1),) * 50_000)}, KNOWN) or []
    assert len(found) == 15_000 and time.perf_counter() - began < 20


HEAD = ["户主", "人数", "状态", "安置点、去向", "组织人", "房屋编号"]


def test_people_of_a_merged_cell_are_nobodys_number() -> None:
    grid = Grid(
        [
            HEAD,
            ["甲", "5", "已外出", "", "", "A"],
            ["乙", "", "已外出", "", "", "B"],
            ["丙", "2", "已外出", "", "", "C"],
        ],
        ((2, 3, 1, 1),),
    )
    found = read_moves({"表": grid})
    assert [row.head for row in found.rows] == ["丙"]
    assert [(one.line, one.column, one.value) for one in found.faults] == [(2, "表·人数", "5"), (3, "表·人数", "5")]
    assert "第 2–3 行合并成了一格" in found.faults[0].sentence


def test_a_merged_house_code_is_told() -> None:
    grid = Grid(
        [["房屋编号", "排查结果", "核对码"], ["A", "倒塌", "1-1"], ["", "倒塌", "2-1"], ["C", "倒塌", "3-1"]],
        ((2, 3, 0, 0),),
    )
    found = rows_of_sheets({"表": grid})
    assert [row.house_code for row in found.rows] == ["A", "C"]
    assert [(one.line, one.column) for one in found.faults] == [(3, "表·房屋编号")]
    assert "不知道是哪一行的" in found.faults[0].sentence


@furnished
def warned(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "orange")
        respond(session, toy.actor(), number)
    return begun_in_july(toy, number)


def test_one_organiser_for_three_families(toy: ToyDatabase, warned: int, tmp_path: Path) -> None:
    with toy.transaction() as session:
        book = Workbook(session, toy, warned, tmp_path)
    west = [code for code, (sheet, _, _) in book.lines().items() if sheet.title == "西山镇"][:3]
    places = [book.lines()[code] for code in west]
    sheet, heads, lines = places[0][0], places[0][2], [line for _, line, _ in places]
    said = {
        "状态": "投亲",
        "时间": "2026-11-20 02:41",
        "安置点、去向": "县城亲戚家",
        "组织人": "王支书",
        "备注": "带了药",
    }
    for heading, value in said.items():
        # The other cells lose what stood in them.
        sheet.merge_cells(start_row=lines[0], end_row=lines[-1], start_column=heads[heading], end_column=heads[heading])
        sheet.cell(lines[0], heads[heading]).value = value
    path = book.saved()
    with toy.transaction() as session:
        row, actor = session.get_one(HazardEvent, warned), toy.actor()
        hindrance = hindrance_of(session, actor, row)
        found = moves.preview(session, actor, row, path, hindrance=hindrance)
        done = moves.enter_list(session, actor, row, path, hindrance=hindrance)
        again = moves.enter_list(session, actor, row, path, hindrance=hindrance)
        query = "SELECT h.code, e.state, e.destination, e.organiser, e.note FROM evacuation e JOIN house h ON h.id = e.house_id WHERE e.event_id = :e"
        stands = {code: rest for code, *rest in session.execute(text(query), {"e": warned})}
    assert (done.entered, done.faults, again.entered) == (3, (), 0)
    assert [stands[code] for code in west] == [["moved_to_kin", "县城亲戚家", "王支书", "带了药"]] * 3
    merged = {one.heading: (one.written, one.places) for one in found.readings if one.taken_for == ONE_CELL}
    # The village's own line lies between the first and the second family, and is none.
    assert set(merged) == set(said) and lines[1] == lines[0] + 2
    assert merged["组织人"] == ("王支书", (("西山镇", f"{lines[0]}、{lines[1]}–{lines[2]}"),))


def test_a_family_that_refused_is_not_moved_with_its_neighbours(
    toy: ToyDatabase, county: TestClient, warned: int, tmp_path: Path
) -> None:
    """One state for three families: the second one refuses, and stood so when the list went out."""
    with toy.transaction() as session:
        codes = list(Workbook(session, toy, warned, tmp_path).lines())[:3]
        session.execute(
            text(
                "UPDATE evacuation SET state = 'refused' WHERE event_id = :e"
                " AND house_id = (SELECT id FROM house WHERE code = :h)"
            ),
            {"e": warned, "h": codes[1]},
        )
        book = Workbook(session, toy, warned, tmp_path)
    places = [book.lines()[code] for code in codes]
    sheet, heads, lines = places[0][0], places[0][2], [line for _, line, _ in places]
    assert sheet.cell(lines[1], heads["状态"]).value == "拒绝转移"
    book.fill(codes[0], 状态="投亲", 人数=2, 去向="县城亲戚家").fill(codes[1], 人数=2).fill(codes[2], 人数=2)
    sheet.merge_cells(start_row=lines[0], end_row=lines[2], start_column=heads["状态"], end_column=heads["状态"])
    path = book.saved()

    def state() -> list[str]:
        query = "SELECT h.code, e.state FROM evacuation e JOIN house h ON h.id = e.house_id WHERE e.event_id = :e"
        with toy.transaction() as session:
            found = {row.code: row.state for row in session.execute(text(query), {"e": warned})}
        return [found[code] for code in codes]

    with toy.transaction() as session:
        row, actor = session.get_one(HazardEvent, warned), toy.actor()
        hindrance = hindrance_of(session, actor, row)
        found = moves.preview(session, actor, row, path, hindrance=hindrance)
        done = moves.enter_list(session, actor, row, path, hindrance=hindrance)
    (asked,) = found.conflicts
    assert asked.sent.house_code == codes[1]
    assert ("state", "refused", "moved_to_kin") in [(one.field, one.stands, one.sent) for one in asked.changes]
    assert (done.entered, done.left) == (2, 1) and state() == ["moved_to_kin", "refused", "moved_to_kin"]
    # What nobody has decided is open, before and after.
    for left in (found.left_open, done.left_open):
        assert [
            (lack.rows, lack.sheets[0].runs[0].first.house_code) for lack in left.lacks if lack.what == UNTICKED
        ] == [(1, codes[1])]
    page = county.post(f"/events/{warned}/evacuation/returned", files={"file": ("名单.xlsx", path.read_bytes())}).text
    assert "或者合并单元格盖掉了已有内容" in page and "拒绝转移</span>" in page
    with toy.transaction() as session:
        row, actor = session.get_one(HazardEvent, warned), toy.actor()
        hindrance = hindrance_of(session, actor, row)
        ticked = moves.preview(session, actor, row, path, hindrance=hindrance).conflicts[0].seen
        done = moves.enter_list(session, actor, row, path, Ticked({ticked}), hindrance=hindrance)
    assert done.replaced == 1 and state() == ["moved_to_kin"] * 3


@furnished
def listed(toy: ToyDatabase) -> int:
    return begun_in_july(toy, new_event(toy.browser(toy.member("county", COUNTY))))


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def test_damage_is_not_undone_by_the_neighbours_merged_result(
    toy: ToyDatabase, county: TestClient, listed: int, tmp_path: Path
) -> None:
    codes = ["西一-D", "西一-C"]
    row = stored(toy, listed, codes[1])
    said = {
        "result": "suspected",
        "damage": "slight",
        "rooms_slight": 1,
        "findings": "见照片",
        "version": row["version"],
    }
    assert county.patch(f"/api/v1/inspections/{row['id']}", json=said).status_code == 200
    sheet = Sheet(county, listed)
    page, lines, at = sheet.book["西山镇"], [sheet.line(code) for code in codes], sheet.column("排查结果")
    assert page.cell(lines[1], at).value == "有损坏或疑似危险" and lines[0] < lines[1]
    sheet.fill(codes[0], 排查结果="未见明显隐患", **SEEN).fill(codes[1], 损坏程度=None, 一般损坏间数=None, **SEEN)
    page.merge_cells(start_row=lines[0], end_row=lines[1], start_column=at, end_column=at)
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        event = session.get_one(HazardEvent, listed)
        found = service.preview(session, toy.actor(COUNTY), event, path)
        done = service.enter(session, toy.actor(COUNTY), event, path)
    assert [(one.value, one.sentence) for one in found.faults] == []
    assert [one.sent.house_code for one in found.conflicts] == [codes[1]]
    assert (done.entered, done.left) == (1, 1) and stored(toy, listed, codes[1])["result"] == "suspected"
    assert UNTICKED in [lack.what for lack in done.left_open.lacks]


def as_wps_writes(content: bytes, sheet: str, changes: dict[str, str], merges: str) -> bytes:
    """The same file with cells as WPS may write them: inline texts, numbers as texts, empty rows at the end, ranges merged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            data = old.read(item)
            if item == sheet:
                page = data.decode()
                for place, cell in changes.items():
                    page, times = re.subn(rf'<c r="{place}"[^>]*?(?:/>|>.*?</c>)', cell, page)
                    assert times == 1, place
                page = page.replace(
                    "</sheetData>", '<row r="900"/><row r="901"><c r="A901" s="1"/><c r="AZ901"/></row></sheetData>'
                )
                page = re.sub(r"(<mergeCells)[^>]*>", rf"\1>{merges}", page)
                data = page.encode()
            new.writestr(item, data)
    return out.getvalue()


def test_a_file_as_wps_writes_it(toy: ToyDatabase, county: TestClient, listed: int, tmp_path: Path) -> None:
    sheet = Sheet(county, listed)
    codes, at = (
        sheet.codes("西山镇")[:4],
        {name: sheet.column(name) for name in ("排查结果", "排查人", "排查时间", "现场情况", "倒塌间数")},
    )
    lines = [sheet.line(code) for code in codes]
    letter = {name: openpyxl.utils.get_column_letter(column) for name, column in at.items()}
    sheet.fill(codes[3], 排查结果="倒塌", **SEEN)
    # Cells that lie under others keep what was typed before, as some programs leave it.
    sheet.fill(codes[1], 排查人="别人")
    first, second = lines[0], lines[1]
    changes = {
        f"{letter['排查结果']}{first}": f'<c r="{letter["排查结果"]}{first}" t="inlineStr"><is><t>没</t></is></c>'.replace(
            "没", "没问题"
        ),
        f"{letter['排查人']}{first}": f'<c r="{letter["排查人"]}{first}" t="inlineStr"><is><r><t>王</t></r><r><t>支书</t></r></is></c>',
        f"{letter['排查时间']}{first}": f'<c r="{letter["排查时间"]}{first}" t="str"><v>2026年11月1日 8时20分</v></c>',
        f"{letter['倒塌间数']}{lines[3]}": f'<c r="{letter["倒塌间数"]}{lines[3]}" t="str"><v>２间</v></c>',
    }
    ranges = "".join(
        f'<mergeCell ref="{letter[name]}{first}:{letter[name]}{second}"/>'
        for name in ("排查结果", "排查人", "排查时间")
    )
    path = tmp_path / "名单.xlsx"
    path.write_bytes(as_wps_writes(sheet.content(), "xl/worksheets/sheet2.xml", changes, ranges))
    with toy.transaction(COUNTY) as session:
        event = session.get_one(HazardEvent, listed)
        found = service.preview(session, toy.actor(COUNTY), event, path)
        done = service.enter(session, toy.actor(COUNTY), event, path)
    assert (done.entered, done.faults) == (3, ())
    for code in codes[:2]:
        row = stored(toy, listed, code)
        assert (row["result"], row["visitor"], row["state"]) == ("no_visible_hazard", "王支书", "done")
    assert stored(toy, listed, codes[3])["rooms_collapsed"] == 2 and stored(toy, listed, codes[2])["result"] is None
    merged = {(one.heading, one.written, one.rows) for one in found.readings if one.taken_for == ONE_CELL}
    assert merged == {("排查结果", "没问题", 2), ("排查人", "王支书", 2), ("排查时间", "2026年11月1日 8时20分", 2)}
    page = county.post(f"/events/{listed}/returned", files={"file": ("名单.xlsx", path.read_bytes())}).text
    # It is entered already: nothing to be looked at.
    assert "合并单元格，各行" not in page
