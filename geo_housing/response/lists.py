"""分村应急排查名单 as a workbook: a cover with the villages, then one sheet per township, village by village.

What disaster response works from on paper and in WPS: A4 landscape, heads repeated, a page break before each village,
names and phones only for those allowed; the making of a list is journalled as an export.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import text
from sqlalchemy.orm import Session
from xlsxwriter.worksheet import Worksheet

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import Conflict, NotAllowed
from geo_housing.hazards.facts import Occupancy
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.queries import stale_before
from geo_housing.inspections.priority import SEES_URGENCY, reasons_said
from geo_housing.journal.service import Subject, record
from geo_housing.masking import mask_name
from geo_housing.response.queries import area_names_of, event_of, kind_label
from geo_housing.words import (
    CHECK_RESULT,
    DAMAGE_CLASS,
    EVENT_PHASE,
    GRADE_BASIS,
    INSPECTION_STATE,
    RISK,
    STRUCTURE,
    TRAIT,
    WARNING_LEVEL,
)

TITLE = "分村应急排查名单"
HEADS: tuple[tuple[str, float], ...] = (
    ("序号", 5), ("户主", 9), ("联系电话", 13), ("人口", 5), ("避险特征", 14), ("房屋编号", 17), ("自然屯/组", 10),
    ("结构", 9), ("等级", 15), ("优先级及理由", 28), ("应完成时间", 15), ("状态", 8), ("排查结果", 14), ("损坏程度", 10),
    ("损坏间数", 12), ("排查人", 9), ("备注", 16),
)  # fmt: skip
_CENTRED = frozenset({0, 3, 11})
# What only those see who may see families. Empty, such a column would say that nobody there needs help.
_OF_FAMILIES = frozenset({"联系电话", "避险特征", "优先级及理由", "应完成时间", "排查人"})
MOST_SHEET_NAME = 31


@dataclass(frozen=True)
class ListRow:
    """One house of the list."""

    scope_code: str
    heads: str
    phones: str
    people: int
    households_without_size: int
    traits: str
    house_code: str
    settlement: str
    structure: str
    risk: str
    priority: str
    due_at: datetime | None
    state: str
    result: str
    damage: str
    rooms: str
    visitor: str
    remark: str


@dataclass(frozen=True)
class VillageList:
    """Everything that goes into the workbook."""

    event: HazardEvent
    as_of: datetime
    made_by: str
    rows: tuple[ListRow, ...]
    names: dict[str, str]
    shows_families: bool


_ROWS = """
    SELECT i.scope_code, i.state, i.priority, i.reasons, i.uncertain, i.due_at, i.result, i.damage, i.rooms_collapsed,
        i.rooms_severe, i.rooms_slight, i.visitor, h.code, h.settlement, h.structure, h.risk, h.grade, h.grade_basis,
        h.people, h.households_without_size, h.traits, h.location_state, h.occupancy, h.occupancy_checked_on,
        h.rooms AS registered_rooms, f.heads, f.phones
    FROM emergency_inspection i
    JOIN house h ON h.id = i.house_id
    LEFT JOIN LATERAL (
        SELECT array_agg(k.head ORDER BY k.id) FILTER (WHERE k.head IS NOT NULL) AS heads,
            array_agg(k.phone_masked ORDER BY k.id) FILTER (WHERE k.phone_masked IS NOT NULL) AS phones
        FROM house_household l JOIN household k ON k.id = l.household_id
        WHERE l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL
    ) f ON true
    WHERE i.event_id = :event AND i.state <> 'withdrawn' AND i.scope_code >= :lo AND i.scope_code < :hi
    ORDER BY i.scope_code, {urgency}h.settlement NULLS LAST, h.code
"""


def village_list(session: Session, actor: Actor, event_id: int, *, area: str | None = None) -> VillageList:
    """The list of an event's inspections within the actor's area (or ``area`` in it); journalled as an export."""
    if not (actor.may("export") or actor.may("inspections.enter")):
        raise NotAllowed("您没有导出名单的权限。")
    scope = actor.scope.narrowed(area)
    event = event_of(session, event_id, actor.scope)
    statement = _ROWS.format(urgency="i.priority, " if actor.may(SEES_URGENCY) else "")
    found = session.execute(text(statement), {"event": event_id, "lo": scope.lo, "hi": scope.hi})
    fresh_since = stale_before(session, scope)
    rows = tuple(_row(row, actor, fresh_since) for row in found)
    if not rows and event.responded_at is None:
        raise Conflict("这个事件还没有下达任务，没有名单可出；请先核对影响范围并下达任务。")
    codes = {row.scope_code for row in rows}
    record(
        session,
        actor,
        "export.village_list",
        Subject("event", str(event_id), scope.prefix or event.scope_code),
        counts={"rows": len(rows), "villages": len(codes), "personal": actor.may("heads.view")},
    )
    names = area_names_of(session, {code[:length] for code in codes for length in (6, 9, 12)})
    made_by = actor.label or actor.name.partition(":")[2]
    return VillageList(event, clock.now(), made_by, rows, names, shows_families=actor.may("heads.view"))


def _row(row: Any, actor: Actor, fresh_since: date) -> ListRow:
    heads = row.heads or []
    may_see, sees_urgency = actor.may("heads.view"), actor.may(SEES_URGENCY)
    occupancy = Occupancy(row.occupancy, row.occupancy_checked_on, fresh_since)
    remarks = []
    if row.uncertain:
        remarks.append("位置待核对" if row.location_state == "disputed" else "无坐标，按申报村列入")
    return ListRow(
        scope_code=row.scope_code,
        heads="、".join(heads if may_see else [mask_name(head) for head in heads]),
        phones="、".join(row.phones or []) if may_see else "",
        people=row.people,
        households_without_size=row.households_without_size,
        traits="、".join(TRAIT.label(code) for code in dict.fromkeys(row.traits or [])) if may_see else "",
        house_code=row.code,
        settlement=row.settlement or "",
        structure="" if row.structure is None else STRUCTURE.label(row.structure),
        risk=RISK.label(row.risk) + (f"（{GRADE_BASIS.label(row.grade_basis)}）" if row.grade == row.risk else ""),
        priority=f"{row.priority}级：" + "；".join(reasons_said(row.reasons, occupancy)) if sees_urgency else "",
        due_at=row.due_at if sees_urgency else None,
        state=INSPECTION_STATE.label(row.state),
        result="" if row.result is None else CHECK_RESULT.label(row.result),
        damage="" if row.damage is None else DAMAGE_CLASS.label(row.damage),
        rooms=_rooms(row),
        visitor=(row.visitor or "") if may_see else "",
        remark="；".join(remarks),
    )


def _rooms(row: Any) -> str:
    parts = (("倒塌", row.rooms_collapsed), ("严重", row.rooms_severe), ("一般", row.rooms_slight))
    damaged = sum(count or 0 for _, count in parts)
    mark = "（多于登记）" if row.registered_rooms is not None and damaged > row.registered_rooms else ""
    return " ".join(f"{label}{count}" for label, count in parts if count) + mark


def write_workbook(found: VillageList, path: Path) -> None:
    """Write the .xlsx; texts are never taken for formulas or links."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"title": _title(found), "comments": _subtitle(found)})
        writer = _Writer(book, found)
        writer.cover()
        used: set[str] = set()
        for township, rows in groupby(found.rows, key=lambda row: row.scope_code[:9]):
            writer.township(_sheet_name(found.names.get(township, township), used), list(rows))


def _title(found: VillageList) -> str:
    drill = "【演练】" if found.event.mode == "drill" else ""
    return f"{drill}{found.event.name} {TITLE}"


def _subtitle(found: VillageList) -> str:
    event = found.event
    level = "" if event.level == "ungraded" else f" {WARNING_LEVEL.label(event.level)}预警"
    at = found.as_of.astimezone(clock.BEIJING)
    return (
        f"灾种：{kind_label(event)}{level}　阶段：{EVENT_PHASE.label(event.phase)}　事件编号：{event.id}"
        f"　截至：{at.year}年{at.month}月{at.day}日{at:%H:%M}　制表：{found.made_by}"
    )


def _sheet_name(name: str, used: set[str]) -> str:
    plain = "".join("_" if char in "[]:*?/\\'" else char for char in name)[: MOST_SHEET_NAME - 4] or "未定乡镇"
    wanted, n = plain, 2
    while wanted in used or wanted == TITLE:
        wanted, n = f"{plain}({n})", n + 1
    used.add(wanted)
    return wanted


class _Writer:
    """The sheets of one workbook, all in the same forms."""

    def __init__(self, book: xlsxwriter.Workbook, found: VillageList) -> None:
        self.book, self.found = book, found
        shown = enumerate(label for label, _ in HEADS)
        self.columns = [n for n, label in shown if found.shows_families or label not in _OF_FAMILIES]
        font = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
        cell = {**font, "border": 1, "text_wrap": True}
        self.title = book.add_format({**font, "font_size": 16, "bold": True, "align": "center"})
        self.subtitle = book.add_format({**font, "align": "left"})
        self.village = book.add_format({**font, "font_size": 12, "bold": True, "bg_color": "#E8EEF7", "border": 1})
        self.head = book.add_format({**cell, "bold": True, "align": "center", "bg_color": "#F2F2F2"})
        self.cell = book.add_format(cell)
        self.centre = book.add_format({**cell, "align": "center"})
        self.moment = book.add_format({**cell, "num_format": "yyyy-mm-dd hh:mm", "align": "center"})

    def cover(self) -> None:
        """How many houses and people in each village, with the sums."""
        sheet = self._sheet(TITLE, 6, is_landscape=False)
        for column, width in enumerate((7, 22, 26, 14, 14, 14)):
            sheet.set_column(column, column, width)
        for column, label in enumerate(("序号", "乡镇", "村", "房屋（栋）", "居住人口（人）", "未填人数（户）")):
            sheet.write_string(2, column, label, self.head)
        at = 3
        for number, (code, listed) in enumerate(rows_by_village(self.found), start=1):
            names = (self.found.names.get(code[:9], ""), self.found.names.get(code, code))
            sheet.write_number(at, 0, number, self.centre)
            sheet.write_string(at, 1, names[0], self.cell)
            sheet.write_string(at, 2, names[1] if len(code) == 12 else "不在任何村内", self.cell)
            sheet.write_number(at, 3, len(listed), self.centre)
            sheet.write_number(at, 4, sum(row.people for row in listed), self.centre)
            sheet.write_number(at, 5, sum(row.households_without_size for row in listed), self.centre)
            at += 1
        sheet.merge_range(at, 0, at, 2, "合计", self.head)
        sheet.write_number(at, 3, len(self.found.rows), self.head)
        sheet.write_number(at, 4, sum(row.people for row in self.found.rows), self.head)
        sheet.write_number(at, 5, sum(row.households_without_size for row in self.found.rows), self.head)

    def township(self, name: str, rows: list[ListRow]) -> None:
        """One township's villages one below the other, each on a page of its own when printed."""
        sheet = self._sheet(name, len(self.columns), is_landscape=True)
        for column, (label, width) in enumerate(HEADS[n] for n in self.columns):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, label, self.head)
        at, breaks = 3, []
        for code, listed in groupby(rows, key=lambda row: row.scope_code):
            if at > 3:
                breaks.append(at)
            houses = list(listed)
            village = self.found.names.get(code, code) if len(code) == 12 else "不在任何村内"
            people = sum(row.people for row in houses)
            unsized = sum(row.households_without_size for row in houses)
            beside = f"（另{unsized}户未填人数）" if unsized else ""
            heading = f"{village}　{len(houses)}栋　{people}人{beside}"
            sheet.merge_range(at, 0, at, len(self.columns) - 1, heading, self.village)
            at += 1
            for number, row in enumerate(houses, start=1):
                self._house(sheet, at, number, row)
                at += 1
        sheet.set_h_pagebreaks(breaks)
        sheet.autofilter(2, 0, max(at - 1, 3), len(self.columns) - 1)

    def _house(self, sheet: Worksheet, at: int, number: int, row: ListRow) -> None:
        cells: Sequence[object] = (
            number, row.heads, row.phones, people_of_row(row), row.traits, row.house_code, row.settlement, row.structure,
            row.risk, row.priority, row.due_at, row.state, row.result, row.damage, row.rooms, row.visitor, row.remark,
        )  # fmt: skip
        for column, n in enumerate(self.columns):
            value, form = cells[n], self.centre if n in _CENTRED else self.cell
            if isinstance(value, datetime):
                sheet.write_datetime(at, column, value.astimezone(clock.BEIJING).replace(tzinfo=None), self.moment)
            elif isinstance(value, int):
                sheet.write_number(at, column, value, form)
            else:
                sheet.write_string(at, column, "" if value is None else str(value), form)

    def _sheet(self, name: str, columns: int, *, is_landscape: bool) -> Worksheet:
        sheet: Worksheet = self.book.add_worksheet(name)
        sheet.set_paper(9)
        if is_landscape:
            sheet.set_landscape()
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 2)
        sheet.freeze_panes(3, 0)
        sheet.set_footer("&L制表时间以首行“截至”为准&C第 &P 页 共 &N 页")
        sheet.merge_range(0, 0, 0, columns - 1, _title(self.found), self.title)
        sheet.merge_range(1, 0, 1, columns - 1, _subtitle(self.found), self.subtitle)
        sheet.set_row(0, 26)
        return sheet


def people_of_row(row: ListRow) -> int | str:
    """人 of a house; 未填 where nobody counted them, and how many families are missing where only some are counted."""
    if not row.households_without_size:
        return row.people
    return f"{row.people}，另{row.households_without_size}户未填" if row.people else "未填"


def rows_by_village(found: VillageList) -> Iterator[tuple[str, list[ListRow]]]:
    """Code and rows of each village, for the printed page."""
    for code, rows in groupby(found.rows, key=lambda row: row.scope_code):
        yield code, list(rows)
