"""What a returned list leaves open is named row by row: not filled in, filled in and refused, or no longer in the file."""

import io
import re
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing import clock
from geo_housing.clock import BEIJING
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.spreadsheet.workbook import Grid
from geo_housing.response.returned import moves, service
from geo_housing.response.returned.left import NO_PLACE, NOT_COUNTED, NOT_STATED, SEE_AGAIN
from geo_housing.response.returned.sheets import Line, area_said, areas_of
from geo_housing.response.returned.unfinished import REFUSED, Left, LeftRow, left_of
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.returned.filled import SEEN, Sheet, Workbook
from tests.response.returned.test_returned import new_event
from tests.response.test_grounds import AGAIN_WEST
from tests.response.test_grounds import enter as start
from tests.response.test_seen_in_the_storm import FALLEN, HARMLESS, say
from tests.response.warnings import FLASH_FLOOD, confirm
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES, WEST

WEST_ONE, WEST_TWO = VILLAGES["西一"][0], VILLAGES["西二"][0]


def row(number: int | None, code: str, *lacks: str, area: str = WEST_ONE, sheet: str = "甲") -> LeftRow:
    return LeftRow(f"/{code}", area, code, "", lacks, Line(sheet, number, {}) if number else None)


def shown(left: Left) -> dict[str, list[str]]:
    """Each lack with its rows as a page writes them."""
    return {
        lack.what: [
            f"{sheet.sheet} "
            + "、".join(
                f"{run.first.line.number}"  # type: ignore[union-attr] # it stands in the file
                + ("" if run.last is run.first else f"–{run.last.line.number}")  # type: ignore[union-attr]
                for run in sheet.runs
            )
            for sheet in lack.sheets
        ]
        for lack in left.lacks
    }


def test_rows_stand_together_by_what_they_lack_and_in_which_sheet() -> None:
    found = left_of(
        [
            row(9, "a", "x"),
            row(5, "b", "x"),
            row(8, "c", "x", "y"),
            row(6, "d", "x", sheet="乙"),
            row(11, "e", REFUSED),
            row(None, "f", "x"),
            row(None, "g", "y", area=WEST_TWO),
            row(None, "h", "y", area=WEST_TWO),
        ],
        in_file={WEST_ONE},
        order=("x", "y"),
    )
    assert found.rows == 8 and [lack.rows for lack in found.lacks] == [1, 4, 1]
    assert shown(found) == {REFUSED: ["甲 11"], "x": ["甲 5、8–9", "乙 6"], "y": ["甲 8"]}
    assert [one.house_code for one in found.absent] == ["f"] and found.villages == ((WEST_TWO, 2),)


def test_a_row_of_the_file_that_is_about_several_families_is_one_row() -> None:
    lacking = [row(9, "a", REFUSED), row(10, "b", REFUSED), row(10, "c", REFUSED)]
    found = left_of(lacking, in_file={WEST_ONE}, order=())
    assert shown(found) == {REFUSED: ["甲 9–10"]} and found.rows == 3
    assert [(lack.rows, lack.sheets[0].rows) for lack in found.lacks] == [(2, 2)]


def test_a_sheet_says_of_which_area_it_is_the_list() -> None:
    lines = [["标题"], [f"截至：某时{area_said(WEST)}"], ["房屋编号"]]
    assert areas_of({"甲": Grid(lines), "乙": Grid([[f"x{area_said(WEST_ONE)}　制表"]]), "丙": Grid([["x"]])}) == (
        WEST,
        WEST_ONE,
    )
    # A county's own sheet would be about every village.
    assert area_said(COUNTY) == ""


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@furnished
def listed(toy: ToyDatabase) -> int:
    return new_event(toy.browser(toy.member("county", COUNTY)))


def test_houses_that_nobody_filled_in_are_told_before_and_after(
    toy: ToyDatabase, county: TestClient, listed: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, listed)
    for line in range(5, 40):
        if code := sheet.book["西山镇"].cell(line, sheet.column("房屋编号")).value:
            sheet.fill(code, 排查结果="未见明显隐患", **SEEN)
    sheet.fill("西一-A", 排查结果=None, 排查人=None, 排查时间=None)
    sheet.fill("西一-B", 排查时间=None).fill("西一-C", 排查结果="有损坏或疑似危险", 损坏程度="一般损坏")
    sheet.fill("西一-D", 倒塌间数=2)
    lines = {code: sheet.line(code) for code in ("西一-A", "西一-B", "西一-C", "西一-D")}
    gone = sheet.delete("西二-D")
    # The other township sends its own file.
    del sheet.book["东河乡"]
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        event = session.get_one(HazardEvent, listed)
        before = service.preview(session, toy.actor(COUNTY), event, path)
        after = service.enter(session, toy.actor(COUNTY), event, path).left_open
    assert shown(before.left_open) == {
        REFUSED: [f"西山镇 {lines['西一-D']}"],
        "没有排查结果": [f"西山镇 {lines['西一-A']}"],
        "没有损坏间数": [f"西山镇 {lines['西一-C']}"],
        "没有损坏情况或现场情况": [f"西山镇 {lines['西一-C']}"],
        "没有排查时间": [f"西山镇 {lines['西一-B']}"],
    }
    # What contradicts itself is told before it is confirmed.
    assert [fault.value for fault in before.faults] == ["西一-D"] and "互相矛盾" in before.faults[0].sentence
    assert before.left_open == after and after.rows == 5
    assert [(one.house_code, one.area_code, one.lacks) for one in after.absent] == [(gone, WEST_TWO, ("没有排查结果",))]
    assert after.villages == (), "of 东河乡 this file says nothing"


def test_a_village_that_was_deleted_as_a_whole_is_told(
    toy: ToyDatabase, county: TestClient, listed: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, listed)
    for code in [code for code in sheet.codes("西山镇") if code.startswith("西二")]:
        sheet.delete(code)
    with toy.transaction(COUNTY) as session:
        found = service.preview(session, toy.actor(COUNTY), session.get_one(HazardEvent, listed), sheet.saved(tmp_path))
    absent = [code for code in found.left_open.villages if code[0] == WEST_TWO]
    assert absent and absent[0][1] > 3 and not found.left_open.absent


def test_the_page_leads_to_each_open_house(toy: ToyDatabase, county: TestClient, listed: int) -> None:
    sheet = Sheet(county, listed)
    sheet.delete("西一-A")
    page = county.post(f"/events/{listed}/returned", files={"file": ("名单.xlsx", sheet.content())}).text
    assert "录入这份表以后，还有 43 栋没有填完" in page and 'href="#unfinished"' in page
    line = sheet.line("西一-D")
    addresses = re.findall(r'<a href="(/inspections/\d+)"[^>]*title="([^"]+)">(\d+)</a>', page)
    assert addresses and county.get(addresses[0][0]).status_code == 200
    assert any(int(number) <= line for _, _, number in addresses)
    absent = page[page.index("表里没有的") :]
    assert "西一-A" in absent and "西一村村委会" in absent and "没有排查结果" in absent


MOVED = {"状态": "已转移（集中安置）", "人数": 2}


def test_households_without_a_state_a_place_or_people_are_told(toy: ToyDatabase, tmp_path: Path) -> None:
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一", "东一"], "orange")
        respond(session, toy.actor(), event)
        session.execute(text("UPDATE evacuation SET people = NULL WHERE event_id = :e"), {"e": event})
        book = Workbook(session, toy, event, tmp_path)
    codes = [code for code, (sheet, _, _) in book.lines().items() if sheet.title == "西山镇"]
    book.fill(codes[0], **MOVED, 去向="村小学").fill(codes[1], **MOVED)
    book.fill(codes[2], 状态="已外出", 去向="打工")
    sheet, line, _ = book.lines()[codes[3]]
    sheet.delete_rows(line)
    lines = {code: line for code, (_, line, _) in book.lines().items()}
    east = [code for code, (sheet, _, _) in book.lines().items() if sheet.title == "东河乡"]
    path = book.saved()
    with toy.transaction() as session:
        row, actor = session.get_one(HazardEvent, event), toy.actor()
        hindrance = hindrance_of(session, actor, row)
        before = moves.preview(session, actor, row, path, hindrance=hindrance).left_open
        after = moves.enter_list(session, actor, row, path, hindrance=hindrance).left_open
    assert before == after
    assert shown(after) == {
        NOT_STATED: [
            f"西山镇 {lines[codes[4]]}",
            f"东河乡 {min(lines[code] for code in east)}–{max(lines[code] for code in east)}",
        ],
        NO_PLACE: [f"西山镇 {lines[codes[1]]}"],
        NOT_COUNTED: [f"西山镇 {lines[codes[2]]}"],
    }
    assert [(one.house_code, one.lacks) for one in after.absent] == [(codes[3], (NOT_STATED,))]
    assert after.absent[0].head and after.absent[0].address.startswith(f"/events/{event}/evacuation/")


def test_an_untouched_list_of_one_village_names_that_village_alone(
    toy: ToyDatabase, county: TestClient, listed: int
) -> None:
    content = county.get(f"/api/v1/events/{listed}/list.xlsx", params={"area": WEST_ONE}).content
    assert f"区划代码：{WEST_ONE}" in str(openpyxl.load_workbook(io.BytesIO(content))["西山镇"].cell(2, 1).value)
    page = county.post(f"/events/{listed}/returned", files={"file": ("名单.xlsx", content)}).text
    assert "表里没有的" not in page and "录入这份表以后" in page


def test_a_house_seen_in_the_storm_is_open_also_where_its_row_was_deleted(
    toy: ToyDatabase, county: TestClient, tmp_path: Path
) -> None:
    """Complete and not done: somebody must look again. What the file changes is judged as entering it does."""
    event = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
    for house in ("西一-A", "西一-B"):
        assert say(toy, event, house, HARMLESS, ago=5) == "in_progress"
    sheet = Sheet(county, event)
    sheet.fill("西一-C", 排查结果="未见明显隐患", **SEEN).fill("西一-D", 排查结果="倒塌", 倒塌间数=2, **SEEN)
    sheet.delete("西一-A")
    noted, told = sheet.line("西一-B"), sheet.line("西一-C")
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        before = service.preview(session, toy.actor(COUNTY), row, path).left_open
        after = service.enter(session, toy.actor(COUNTY), row, path).left_open
    assert before == after
    assert [(one.house_code, one.lacks) for one in after.absent] == [("西一-A", (SEE_AGAIN,))]
    assert abs(noted - told) > 1
    numbers = "、".join(str(number) for number in sorted([noted, told]))
    assert shown(after)[SEE_AGAIN] == [f"西山镇 {numbers}"], "what is alarming is done"


def test_a_ruin_before_the_second_rain_is_open_until_the_file_tells_another_visit(
    toy: ToyDatabase, county: TestClient, tmp_path: Path
) -> None:
    event = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
    start(toy, event, WEST)
    for house in ("西一-B", "西一-C", "西一-D"):
        assert say(toy, event, house, FALLEN, ago=5) == "done"
    confirm(toy, AGAIN_WEST, target=str(event))
    sheet = Sheet(county, event)
    sheet.fill("西一-C", 排查时间=f"{clock.now().astimezone(BEIJING) + timedelta(minutes=5):%Y-%m-%d %H:%M}")
    sheet.delete("西一-D")
    line = sheet.line("西一-B")
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        before = service.preview(session, toy.actor(COUNTY), row, path).left_open
        after = service.enter(session, toy.actor(COUNTY), row, path).left_open
    assert before == after and shown(after)[SEE_AGAIN] == [f"西山镇 {line}"]
    assert [(one.house_code, one.lacks) for one in after.absent] == [("西一-D", (SEE_AGAIN,))]
