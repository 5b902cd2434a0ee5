"""After 误发撤销 a workbook names whom telephone figures have told of: as many as were told, and nobody else."""

import re
from pathlib import Path

import openpyxl

from geo_housing.evacuation.additions import ToldFigure, tell_figure
from geo_housing.evacuation.naming import NOBODY_LEFT
from geo_housing.response.returned.moves_meant import CALLED_OFF
from geo_housing.response.service import change_phase, respond
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.returned import test_moves as moves
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES

VILLAGE = VILLAGES["西一"][0]


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        made = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
        respond(session, toy.actor(COUNTY), made)
    return made


def called_off(toy: ToyDatabase, event: int, folder: Path, told: int) -> Path:
    """The list as a village fills it in, after a figure was told by telephone and the event called off."""
    book = moves.workbook(toy, event, folder).fill("西一-D", 状态="投亲靠友", 去向="女儿家", 人数=2)
    path = book.fill("西一-C", 状态="已外出").saved()
    with toy.transaction(COUNTY) as session:
        if told:
            tell_figure(session, toy.actor(COUNTY), event, ToldFigure(VILLAGE, told, None))
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="误发")
    return path


def test_a_family_that_was_told_by_telephone_is_named_by_the_workbook(
    toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    path = called_off(toy, event, tmp_path, told=1)
    assert not moves.stored(toy, event)
    found = moves.looked_at(toy, event, path)
    seen = {row.sent.house_code: row.seen for row in found.taken_off}
    assert set(seen) == {"西一-D", "西一-C"}
    # Unticked nobody is; of two as many as were told.
    assert moves.entered(toy, event, path).entered == 0 and not moves.stored(toy, event)
    first = moves.entered(toy, event, path, restore={seen["西一-D"]})
    rows = moves.stored(toy, event)
    assert (first.entered, first.restored, set(rows)) == (1, 1, {"西一-D"})
    assert (rows["西一-D"].state, rows["西一-D"].destination, rows["西一-D"].people) == ("moved_to_kin", "女儿家", 2)
    again = moves.entered(toy, event, path, restore=set(seen.values()))
    assert (again.entered, moves.stored(toy, event)) == (0, rows)
    assert [one.sentence for one in again.faults] == [NOBODY_LEFT.rstrip("。")]


def test_two_ticked_at_once_are_no_more_than_were_told(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    path = called_off(toy, event, tmp_path, told=1)
    ticked = {row.seen for row in moves.looked_at(toy, event, path).taken_off}
    done = moves.entered(toy, event, path, restore=ticked)
    assert (done.entered, [one.sentence for one in done.faults]) == (1, [NOBODY_LEFT.rstrip("。")])


def test_without_a_figure_nobody_is_added(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    path = called_off(toy, event, tmp_path, told=0)
    book = openpyxl.load_workbook(path)
    sheet = book["西山镇"]
    heads = {cell.value: cell.column for cell in sheet[3]}
    at = sheet.max_row + 1
    sheet.cell(at, heads["户主"]).value, sheet.cell(at, heads["状态"]).value = "村西帐篷一家", "已外出"
    book.save(path)
    found = moves.looked_at(toy, event, path)
    assert CALLED_OFF in {one.sentence for one in found.faults}
    assert not found.taken_off and {one.sentence for one in found.faults} == {NOBODY_LEFT.rstrip("。"), CALLED_OFF}


def test_the_page_says_what_a_tick_does_and_ticks_nobody(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    path = called_off(toy, event, tmp_path, told=1)
    county = toy.browser(toy.member("county", COUNTY))
    page = county.post(f"/events/{event}/evacuation/returned", files={"file": ("名单.xlsx", path.read_bytes())}).text
    assert "勾选后补录姓名" in page and "影响范围改过" not in page
    assert re.findall(r'name="restore"[^>]*?( checked)?>', page) == ["", ""]
