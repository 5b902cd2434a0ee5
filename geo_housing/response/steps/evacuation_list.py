"""分村转移避险名单 as a workbook: a cover with the villages, then one sheet per township, village by village, for WPS and paper.

Filled in it comes back (response/returned/moves.py).
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import is_village, township_of, with_townships
from geo_housing.areas.queries import maker_of, names_of
from geo_housing.db import Actor
from geo_housing.errors import Conflict, NotAllowed, TooLarge
from geo_housing.evacuation.homeward import on_the_way_home
from geo_housing.evacuation.rows import EvacuationRow, rows_of
from geo_housing.evacuation.states import PLACE_UNKNOWN
from geo_housing.evacuation.sums import Totals, totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.over import Stand
from geo_housing.hazards.without_home import WaitingFamily
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.journal.service import Subject, record
from geo_housing.response import waiting
from geo_housing.response.queries import event_of, kind_label
from geo_housing.response.returned.sheets import area_said
from geo_housing.response.standing.details import people_in_full
from geo_housing.roster.full_phones import FullPhones, household_numbers
from geo_housing.roster.inside import inside_now, is_full
from geo_housing.roster.queries import ShelterRow, shelters_of
from geo_housing.sheets import (
    FONT,
    HEADS_AT,
    PAGES,
    TITLE_FONT,
    VILLAGE_HEIGHT,
    choice_of,
    paper_sheet,
    row_height,
    workbook,
    write_heads,
)
from geo_housing.words import EVACUATION_STATE, RISK, STRUCTURE, TRAIT

TITLE = "分村转移避险名单"
MARK = "核对码"
MOST_ROWS = 60_000
# A browser prints so many, not all of a county.
MOST_PRINTED = 5_000
MOST_SHEET_NAME = 31
HEADS: tuple[tuple[str, float], ...] = (
    ("序号", 4.5), ("户主", 8), ("联系电话", 13), ("人数", 5), ("避险特征", 11), ("等级", 8), ("结构", 7), ("自然屯/组", 9),
    ("转移理由", 20), ("状态", 10), ("时间", 11), ("安置点、去向", 13), ("组织人", 8), ("谁报的", 8), ("备注", 12), ("说明", 14),
    ("房屋编号", 9.5),
    # By what a filled list is known again (response/returned/): number and version of the row.
    (MARK, 10),
)  # fmt: skip
PRINTED = len(HEADS) - 1
STATE, TO = "状态", "安置点、去向"
PLACES = "安置点名录"


@dataclass(frozen=True)
class MoveList:
    """Everything that goes into the workbook."""

    event: HazardEvent
    as_of: datetime
    made_by: str
    rows: tuple[EvacuationRow, ...]
    sums: Totals
    names: dict[str, str]
    shelters: tuple[ShelterRow, ...]
    without_home: tuple[WaitingFamily, ...]
    waiting_rows: tuple[tuple[int | str, ...], ...]
    inside: dict[int, Heads]
    phones: dict[int, str]
    # How the event stands.
    stand: Stand
    # Of the list's area.
    area: str
    full: FullPhones | None = None

    @property
    def at_said(self) -> str:
        """截至, as papers write it."""
        return clock.on_paper(self.as_of)


def move_list(
    session: Session,
    actor: Actor,
    event_id: int,
    *,
    area: str | None = None,
    full: FullPhones | None = None,
    form: str = "xlsx",
) -> MoveList:
    """The list within the actor's area (or ``area`` in it), for those who may see families; journalled as an export.

    ``full``: somebody has pressed for full telephone numbers. TooLarge past what the ``form`` holds.
    """
    if not (actor.may("export") or actor.may("evacuation.enter")):
        raise NotAllowed("您没有导出名单的权限。")
    scope = actor.scope.narrowed(area)
    event = event_of(session, event_id, actor.scope)
    most = MOST_PRINTED if form == "print" else MOST_ROWS
    rows = rows_of(session, actor, event_id, scope, limit=most + 1)
    if len(rows) > most:
        if form == "print":
            raise TooLarge(f"名单超过 {most:,} 户，浏览器打印不了这么多；请按乡镇或村分别打印，或下载 Excel 名单。")
        raise TooLarge("名单太长，请按乡镇分别下载。")
    without_home = waiting.to_ask_after(session, event, scope)
    if not rows and not without_home:
        raise Conflict("转移名单上没有户，没有名单可出。")
    codes = {row.scope_code for row in rows} | {family.scope_code for family in without_home}
    wanted = [row.household_id for row in rows if row.household_id is not None]
    phones = household_numbers(session, [*wanted, *(family.household_id for family in without_home)], full)
    counts = {"rows": len(rows) + len(without_home), "villages": len(codes), "personal": True, "format": form}
    if full is not None:
        rows = _with_numbers(session, rows, phones, full)
        counts |= {**full.counts, "phones": len(phones)}
    record(
        session,
        actor,
        "export.village_list",
        Subject("event", str(event_id), scope.prefix or event.scope_code),
        counts=counts,
    )
    names = names_of(session, with_townships(codes))
    made_by = maker_of(session, actor)
    sums, shelters = totals(session, event_id, scope), tuple(shelters_of(session, scope))
    waiting_rows = tuple(waiting.paper_rows(without_home, actor, names, phones))
    inside = inside_now(session, drill=event.id if event.mode == "drill" else None)
    return MoveList(
        event,
        clock.now(),
        made_by,
        tuple(on_the_way_home(session, actor, event, scope).told(rows)),
        sums,
        names,
        shelters,
        tuple(without_home),
        waiting_rows,
        inside,
        phones,
        Stand(session, event),
        scope.prefix,
        full,
    )


def _with_numbers(
    session: Session, rows: list[EvacuationRow], phones: dict[int, str], full: FullPhones
) -> list[EvacuationRow]:
    people = people_in_full(session, {row.standing_id for row in rows if row.standing_id is not None}, full.ring)
    return [
        replace(
            row,
            phone=phones.get(row.household_id) if row.household_id is not None else None,
            standing_people=people.get(row.standing_id, row.standing_people) if row.standing_id is not None else None,
        )
        for row in rows
    ]


def write_moves(found: MoveList, path: Path) -> None:
    """Write the .xlsx; texts are never taken for formulas or links."""
    with workbook(path) as book:
        cell = {**FONT, "border": 1, "text_wrap": True}
        forms = {
            "title": book.add_format(TITLE_FONT),
            "subtitle": book.add_format(FONT),
            "marked": book.add_format({**FONT, "text_wrap": True, "bold": True}),
            "village": book.add_format({**FONT, "font_size": 12, "bold": True, "bg_color": "#E8EEF7", "border": 1}),
            "head": book.add_format({**cell, "bold": True, "align": "center", "bg_color": "#F2F2F2"}),
            "cell": book.add_format(cell),
            "first": book.add_format({**cell, "bg_color": "#FFF2CC"}),
        }
        _cover(book, found, forms)
        used: Counter[str] = Counter()
        for township, rows in groupby(found.rows, key=lambda row: township_of(row.scope_code)):
            _township(book, found, forms, _sheet_name(found.names.get(township, township), used), list(rows))
        if found.without_home:
            sheet = _sheet(book, found, forms, waiting.SHEET, len(waiting.HEADS))
            waiting.write_rows(
                sheet, found.waiting_rows, note=forms["subtitle"], head=forms["head"], cell=forms["cell"]
            )
        if found.shelters:
            _places(book, found, forms)


def _cover(book: xlsxwriter.Workbook, found: MoveList, forms: dict[str, Any]) -> None:
    figures = ("应转（户）", "应转（人）", "已转（户）", "已转（人）", "未转（户）", "未转（人）", "未填人数（户）")
    heads = (("乡镇", 18), ("村", 18), *((figure, 11) for figure in figures))
    sheet = _sheet(book, found, forms, TITLE, len(heads))
    write_heads(sheet, heads, forms["head"], at=HEADS_AT)
    at = 3
    for area in (*sorted(found.sums.villages, key=lambda one: one.code), found.sums.total):
        is_sum = area is found.sums.total
        form = forms["head"] if is_sum else forms["cell"]
        sheet.write_string(at, 0, "合计" if is_sum else found.names.get(township_of(area.code), ""), form)
        sheet.write_string(at, 1, "" if is_sum else (area.name if is_village(area.code) else "不在任何村内"), form)
        for n, heads_of in enumerate((area.due, area.moved, area.left)):
            sheet.write_number(at, 2 + 2 * n, heads_of.households, form)
            sheet.write_number(at, 3 + 2 * n, heads_of.people, form)
        sheet.write_number(at, 8, area.due.unsized, form)
        at += 1
    if found.without_home:
        sheet.write_string(at + 1, 0, waiting.said(waiting.summed(found.without_home)), forms["subtitle"])


def _township(
    book: xlsxwriter.Workbook, found: MoveList, forms: dict[str, Any], name: str, rows: list[EvacuationRow]
) -> None:
    own = max(found.area, township_of(rows[0].scope_code), key=len)
    sheet = _sheet(book, found, forms, name, PRINTED, area=own)
    # Nobody reads the mark, and on paper it has no place.
    write_heads(sheet, HEADS, forms["head"], at=HEADS_AT, hidden=MARK)
    sheet.set_row(HEADS_AT, row_height(HEADS))
    at, breaks = 3, []
    for code, listed in groupby(rows, key=lambda row: row.scope_code):
        if at > 3:
            breaks.append(at)
        households = list(listed)
        left = sum(not row.is_moved for row in households)
        village = found.names.get(code, code) if is_village(code) else "不在任何村内"
        first = sum(row.comes_first for row in households)
        heading = f"{village}　应转{len(households)}户　未转{left}户" + (f"　首批{first}户" if first else "")
        sheet.merge_range(at, 0, at, PRINTED - 1, heading, forms["village"])
        sheet.set_row(at, VILLAGE_HEIGHT)
        at += 1
        for number, row in enumerate(households, start=1):
            form = forms["first" if row.comes_first else "cell"]
            cells = _cells(number, row)
            sheet.set_row(at, row_height((value, width) for value, (_, width) in zip(cells, HEADS, strict=True)))
            for column, value in enumerate(cells):
                if isinstance(value, int):
                    sheet.write_number(at, column, value, form)
                else:
                    sheet.write_string(at, column, value, form)
            at += 1
    sheet.set_h_pagebreaks(breaks)
    sheet.print_area(0, 0, at - 1, PRINTED - 1)
    _choices(sheet, found, at - 1)


def _choices(sheet: Any, found: MoveList, last: int) -> None:
    """What is better chosen than typed, so that the list can be read when it comes back; where to may be anything."""
    at = {label: column for column, (label, _) in enumerate(HEADS)}
    states = [*EVACUATION_STATE.labels.values(), PLACE_UNKNOWN]
    sheet.data_validation(3, at[STATE], last, at[STATE], choice_of(states))
    if found.shelters:
        places = {"validate": "list", "source": f"='{PLACES}'!$B$4:$B${3 + len(found.shelters)}", "show_error": False}
        sheet.data_validation(3, at[TO], last, at[TO], places)


def _places(book: xlsxwriter.Workbook, found: MoveList, forms: dict[str, Any]) -> None:
    """The shelters by name, as the lists choose them."""
    counts = ("可容（人）", "已住（户）", "已住（人）", "是否已满")
    heads = (("所属", 26), ("安置点", 26), *((label, None) for label in counts))
    sheet = _sheet(book, found, forms, PLACES, len(heads))
    write_heads(sheet, heads, forms["head"], at=HEADS_AT)
    for at, place in enumerate(found.shelters, start=3):
        sheet.write_string(at, 0, place.area_name, forms["cell"])
        sheet.write_string(at, 1, place.name, forms["cell"])
        sheet.write(at, 2, "" if place.capacity is None else place.capacity, forms["cell"])
        now_in = found.inside.get(place.id, NOBODY)
        sheet.write(at, 3, now_in.households, forms["cell"])
        sheet.write(at, 4, now_in.people, forms["cell"])
        sheet.write(at, 5, "已满" if is_full(place, found.inside) else "", forms["cell"])


def _cells(number: int, row: EvacuationRow) -> tuple[int | str, ...]:
    moved_at = "" if row.moved_at is None else f"{row.moved_at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}"
    beside = "；".join(
        part
        for part in (
            row.what,
            row.owner_said,
            row.gone_said,
            row.homeward.said if row.homeward else None,
            row.fewer_said,
            row.place_said,
            row.elsewhere.said if row.elsewhere else None,
        )
        if part
    )
    return (
        number, row.head or "未登记农户", row.phone or row.phone_masked or "", "未填" if row.people is None else row.people,
        "、".join(TRAIT.label(trait) for trait in row.traits), RISK.label(row.risk) if row.risk else "",
        STRUCTURE.label(row.structure) if row.structure else "", row.settlement or "",
        "、".join((*first_said(row), *row.reasons)),
        row.state_said, moved_at, row.to, row.organiser or "", row.reported_by or "",
        row.note or "", beside, row.house_code or "", f"{row.id}-{row.version}",
    )  # fmt: skip


def first_said(row: EvacuationRow) -> tuple[str, ...]:
    """Why a household is of 首批: the standing risk area, and who answers for it."""
    if not row.comes_first:
        return ()
    whose = f"，责任人{row.standing_people}" if row.standing_people else ""
    return (f"首批（{row.standing_said}{whose}）",)


def _sheet(
    book: xlsxwriter.Workbook, found: MoveList, forms: dict[str, Any], name: str, columns: int, *, area: str = ""
) -> Any:
    event = found.event
    drill = "【演练】" if event.mode == "drill" else ""
    said = found.stand.level_said(found.area)
    level = f" {said}" if said else ""
    told = f"灾种：{kind_label(event)}{level}　事件编号：{event.id}　截至：{found.at_said}　制表：{found.made_by}"
    told += area_said(area)
    return paper_sheet(
        book,
        name,
        columns,
        title=(f"{drill}{event.name} {TITLE}", forms["title"]),
        told=(told, forms["subtitle"]) if found.full is None else (f"{told}\n{found.full.line}", forms["marked"]),
        header=None if found.full is None else found.full.header,
        footer=f"&L制表时间以首行“截至”为准{PAGES}",
    )


def _sheet_name(name: str, used: Counter[str]) -> str:
    plain = "".join("_" if char in "[]:*?/\\'" else char for char in name)[: MOST_SHEET_NAME - 4] or "未定乡镇"
    used[plain] += 1
    return plain if used[plain] == 1 else f"{plain}({used[plain]})"
