"""The lists as workbooks on paper: narrow enough to be read, every row as high as its texts, heads and numbers on each page."""

import io
import re

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import text

from geo_housing.response.papers import list_workbook
from geo_housing.response.service import respond
from geo_housing.response.steps import evacuation_list
from geo_housing.sheets import row_height
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event
from tests.toy_county import COUNTY, WEST

# What stands beside one another on A4 laid across, in the width of a digit: ten points come out as seven and a half at least.
MOST_WIDTH = 204
LISTS = [("list.xlsx", "备注", "优先级及理由"), ("evacuation/list.xlsx", "房屋编号", "避险特征")]


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        session.execute(text("UPDATE household SET traits = '{elderly_alone,impaired,assisted}'"))
        number = make_event(session, toy.actor(), ["西一", "西二"], "red")
        respond(session, toy.actor(), number)
    return number


def township_sheet(toy: ToyDatabase, event: int, file: str) -> Worksheet:
    answer = toy.browser(toy.member("county", COUNTY)).get(f"/api/v1/events/{event}/{file}", params={"area": WEST})
    return openpyxl.load_workbook(io.BytesIO(answer.content))["西山镇"]


@pytest.mark.parametrize(("file", "last", "long"), LISTS)
def test_a_list_can_be_read_on_paper(toy: ToyDatabase, event: int, file: str, last: str, long: str) -> None:
    sheet = township_sheet(toy, event, file)
    heads = [cell.value for cell in sheet[3]]
    stated = dict((*list_workbook.HEADS, *evacuation_list.HEADS)) if last == "房屋编号" else dict(list_workbook.HEADS)
    # A cell has some room beside its text.
    widths = [stated[head] + 0.71 for head in heads]
    printed = heads.index(last) + 1
    letter = sheet.cell(3, printed).column_letter
    assert sheet.print_area == f"'西山镇'!$A$1:${letter}${sheet.max_row}"
    assert sum(widths[:printed]) <= MOST_WIDTH
    assert all(sheet.column_dimensions[cell.column_letter].hidden == (cell.value == "核对码") for cell in sheet[3])
    assert sheet.page_setup.paperSize == 9 and sheet.page_setup.orientation == "landscape"
    assert sheet.print_title_rows == "$1:$3" and "&P" in sheet.oddFooter.center.text
    at = heads.index(long)
    for number, row in enumerate(sheet.iter_rows(min_row=4), start=4):
        height = sheet.row_dimensions[number].height
        assert height, "a row without a height runs over the next one"
        if said := row[at].value:
            assert height >= 10 * -(-2 * len(said) // int(widths[at])), said
    assert max(sheet.row_dimensions[number].height for number in range(4, sheet.max_row + 1)) > 30


def test_what_is_only_typed_back_stays_out_of_the_print() -> None:
    heads = [label for label, _ in list_workbook.HEADS]
    assert heads[heads.index("备注") + 1 :] == ["报告方式", "报告人", "报告时间", "录入人", "核对码"]
    assert [label for label, _ in evacuation_list.HEADS[evacuation_list.PRINTED :]] == ["核对码"]


@pytest.mark.parametrize(
    ("said", "width", "lines"),
    [("", 10, 1), ("独居老人", 8, 1), ("独居老人", 7, 2), ("2026-11-28 16:50", 11, 2), ("一\n二", 9, 2)],
)
def test_a_row_is_as_high_as_its_longest_text(said: str, width: float, lines: int) -> None:
    assert row_height([(said, width), ("短", 20), (None, 5), (7, 5)]) == pytest.approx(max(16.5, lines * 13.6 + 3))


def test_larger_signs_need_more_room() -> None:
    assert row_height([("独居老人", 8)], size=12) > row_height([("独居老人", 8)])


def test_workbook_and_print_give_a_house_the_same_place_and_tell_no_neighbour_who_is_of_the_six_groups(
    toy: ToyDatabase, event: int
) -> None:
    with toy.transaction() as session:
        session.execute(text("UPDATE household SET categories = '{minimum_living}'"))
        session.execute(
            text(
                "UPDATE emergency_inspection SET reasons = array_append(reasons, 'key_group'), state = CASE WHEN id % 3 = 0"
                " THEN 'done' ELSE state END WHERE event_id = :event"
            ),
            {"event": event},
        )
    county = toy.browser(toy.member("county", COUNTY))
    sheet = township_sheet(toy, event, "list.xlsx")
    heads = [cell.value for cell in sheet[3]]
    at, why = heads.index("房屋编号"), heads.index("优先级及理由")
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    listed = [row[at] for row in rows if row[at]]
    printed = county.get(f"/events/{event}/print", params={"area": WEST}).text
    assert len(listed) > 8
    codes = "|".join(map(re.escape, listed))
    assert re.findall(f'<td class="one-line">({codes})[（<]', printed) == listed
    assert "重点" not in printed and not any("重点" in (row[why] or "") for row in rows)
