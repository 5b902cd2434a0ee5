"""分村应急排查名单 as a workbook: a cover with the villages, then one sheet per township, village by village.

What disaster response works from on paper and in WPS: A4 landscape, heads repeated, a page break before each village. On paper
columns must be narrow to be read, and those that are only typed back (who told it, who entered it) stay out of the print. Filled
in it comes back (response/returned/).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from geo_housing import clock
from geo_housing.area_codes import is_village, township_of
from geo_housing.inspections.stages import WARNED_AGAIN
from geo_housing.response import waiting
from geo_housing.response.lists import TITLE, ListRow, VillageList
from geo_housing.response.queries import kind_label
from geo_housing.response.returned.sheets import area_said
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
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS, REPORTED_HOW

HEADS: tuple[tuple[str, float], ...] = (
    ("序号", 4.5), ("户主", 7), ("联系电话", 12.5), ("人口", 4.5), ("避险特征", 8.5), ("房屋编号", 9.5), ("自然屯/组", 8), ("结构", 6.5),
    ("等级", 8), ("优先级及理由", 18), ("应完成时间", 11), ("状态", 6.5), ("排查结果", 8.5), ("损坏程度", 8.5), ("倒塌间数", 4.5),
    ("严重损坏间数", 4.5), ("一般损坏间数", 4.5), ("损坏情况", 10.5), ("现场情况", 13), ("排查人", 7), ("排查时间", 11), ("备注", 10),
    ("报告方式", 9), ("报告人", 9), ("报告时间", 12), ("录入人", 9),
    # By what a filled list is known again (response/returned/): number and version of the inspection.
    ("核对码", 10),
)  # fmt: skip
# The last column that is printed.
_LAST_PRINTED = "备注"
_CENTRED = frozenset({0, 3, 11, 14, 15, 16})
# What only those see who may see families. Empty, such a column would say that nobody there needs help.
_OF_FAMILIES = frozenset(
    {"户主", "联系电话", "人口", "避险特征", "优先级及理由", "应完成时间", "现场情况", "排查人", "报告人", "录入人"}
)
MARK = "核对码"
# What is chosen and not typed, so that a list that comes back can be read.
_CHOICES = {
    "排查结果": tuple(CHECK_RESULT.labels.values()),
    "损坏程度": tuple(DAMAGE_CLASS.labels.values()),
    "报告方式": tuple(REPORTED_HOW.labels.values()),
}
MOST_SHEET_NAME = 31


def write_workbook(found: VillageList, path: Path) -> None:
    """Write the .xlsx; texts are never taken for formulas or links."""
    with workbook(path) as book:
        book.set_properties({"title": _title(found), "comments": _subtitle(found)})
        writer = _Writer(book, found)
        writer.cover()
        used: set[str] = set()
        for township, rows in groupby(found.rows, key=lambda row: township_of(row.scope_code)):
            writer.township(_sheet_name(found.names.get(township, township), used), list(rows))
        writer.without_home()


def _title(found: VillageList) -> str:
    drill = "【演练】" if found.event.mode == "drill" else ""
    return f"{drill}{found.event.name} {TITLE}"


def _subtitle(found: VillageList) -> str:
    event = found.event
    level = f" {found.level_said}" if found.level_said else ""
    return (
        f"灾种：{kind_label(event)}{level}　阶段：{found.phase_said}　事件编号：{event.id}"
        f"　截至：{clock.on_paper(found.as_of)}　制表：{found.made_by}"
    )


def _sheet_name(name: str, used: set[str]) -> str:
    plain = "".join("_" if char in "[]:*?/\\'" else char for char in name)[: MOST_SHEET_NAME - 4] or "未定乡镇"
    wanted, n = plain, 2
    while wanted in used or wanted in (TITLE, waiting.SHEET):
        wanted, n = f"{plain}({n})", n + 1
    used.add(wanted)
    return wanted


class _Writer:
    """The sheets of one workbook, all in the same forms."""

    def __init__(self, book: xlsxwriter.Workbook, found: VillageList) -> None:
        self.book, self.found = book, found
        shown = enumerate(label for label, _ in HEADS)
        self.columns = [n for n, label in shown if found.shows_families or label not in _OF_FAMILIES]
        self.printed = 1 + [HEADS[n][0] for n in self.columns].index(_LAST_PRINTED)
        cell = {**FONT, "border": 1, "text_wrap": True}
        self.title = book.add_format(TITLE_FONT)
        self.subtitle = book.add_format({**FONT, "align": "left"})
        self.marked = book.add_format({**FONT, "align": "left", "text_wrap": True, "bold": True})
        self.village = book.add_format({**FONT, "font_size": 12, "bold": True, "bg_color": "#E8EEF7", "border": 1})
        self.head = book.add_format({**cell, "bold": True, "align": "center", "bg_color": "#F2F2F2"})
        self.cell = book.add_format(cell)
        self.centre = book.add_format({**cell, "align": "center"})
        self.moment = book.add_format({**cell, "num_format": "mm-dd hh:mm", "align": "center"})

    def cover(self) -> None:
        """How many houses and people in each village, with the sums."""
        heads = (
            "序号",
            "乡镇",
            "村",
            "房屋（栋）",
            *(("居住人口（人）", "未填人数（户）") if self.found.shows_families else ()),
        )
        sheet = self._sheet(TITLE, len(heads), is_landscape=False)
        write_heads(sheet, zip(heads, (7, 22, 26, 14, 14, 14), strict=False), self.head, at=HEADS_AT)
        at = 3
        for number, (code, listed) in enumerate(rows_by_village(self.found), start=1):
            names = (self.found.names.get(township_of(code), ""), self.found.names.get(code, code))
            sheet.write_number(at, 0, number, self.centre)
            sheet.write_string(at, 1, names[0], self.cell)
            sheet.write_string(at, 2, names[1] if is_village(code) else "不在任何村内", self.cell)
            self._sums(sheet, at, listed, self.centre)
            at += 1
        sheet.merge_range(at, 0, at, 2, "合计", self.head)
        self._sums(sheet, at, self.found.rows, self.head)
        if self.found.waiting_rows:
            sheet.write_string(at + 2, 0, waiting.said(self.found.without_home), self.subtitle)

    def without_home(self) -> None:
        """Who waits for a home and must be asked after; nothing where nobody does."""
        if self.found.waiting_rows:
            sheet = self._sheet(waiting.SHEET, len(waiting.HEADS), is_landscape=True)
            waiting.write_rows(sheet, self.found.waiting_rows, note=self.subtitle, head=self.head, cell=self.cell)

    def _sums(self, sheet: Worksheet, at: int, rows: Sequence[ListRow], form: Format) -> None:
        sheet.write_number(at, 3, len(rows), form)
        if self.found.shows_families:
            sheet.write_number(at, 4, sum(row.people or 0 for row in rows), form)
            sheet.write_number(at, 5, sum(row.households_without_size for row in rows), form)

    def township(self, name: str, rows: list[ListRow]) -> None:
        """One township's villages one below the other, each on a page of its own when printed."""
        own = max(self.found.area, township_of(rows[0].scope_code), key=len)
        sheet = self._sheet(name, self.printed, is_landscape=True, area=own)
        # Nobody reads the mark, and on paper it has no place.
        write_heads(sheet, (HEADS[n] for n in self.columns), self.head, at=HEADS_AT, hidden=MARK)
        sheet.set_row(HEADS_AT, row_height(HEADS[n] for n in self.columns))
        at, breaks = 3, []
        for code, listed in groupby(rows, key=lambda row: row.scope_code):
            if at > 3:
                breaks.append(at)
            houses = list(listed)
            village = self.found.names.get(code, code) if is_village(code) else "不在任何村内"
            people = f"　{sum(row.people or 0 for row in houses)}人" if self.found.shows_families else ""
            unsized = sum(row.households_without_size for row in houses)
            beside = f"（另{unsized}户未填人数）" if unsized else ""
            again = sum(row.again for row in houses)
            anew = f"　其中{again}栋需再次查看（{WARNED_AGAIN}）" if again else ""
            heading = f"{village}　{len(houses)}栋{people}{beside}{anew}"
            sheet.merge_range(at, 0, at, self.printed - 1, heading, self.village)
            sheet.set_row(at, VILLAGE_HEIGHT)
            at += 1
            for number, row in enumerate(houses, start=1):
                self._house(sheet, at, number, row)
                at += 1
        for column, (label, _) in enumerate(HEADS[n] for n in self.columns):
            if label in _CHOICES and at > 3:
                sheet.data_validation(3, column, at - 1, column, choice_of(_CHOICES[label]))
        sheet.set_h_pagebreaks(breaks)
        sheet.print_area(0, 0, at - 1, self.printed - 1)
        sheet.autofilter(2, 0, max(at - 1, 3), len(self.columns) - 1)

    def _house(self, sheet: Worksheet, at: int, number: int, row: ListRow) -> None:
        cells: Sequence[object] = (
            number, row.heads, row.phones, people_of_row(row), row.traits, row.house_code, row.settlement, row.structure,
            row.risk, row.priority, row.due_at, row.state, row.result, row.damage, *row.rooms, row.finding_items,
            row.findings, row.visitor, row.visited_at, row.remark, row.reported_how, row.reported_by, row.reported_at,
            row.entered_by, row.mark,
        )  # fmt: skip
        texts = ((cells[n], HEADS[n][1]) for n in self.columns if not isinstance(cells[n], datetime))
        sheet.set_row(at, row_height(texts))
        for column, n in enumerate(self.columns):
            value, form = cells[n], self.centre if n in _CENTRED else self.cell
            if isinstance(value, datetime):
                sheet.write_datetime(at, column, value.astimezone(clock.BEIJING).replace(tzinfo=None), self.moment)
            elif isinstance(value, int):
                sheet.write_number(at, column, value, form)
            else:
                sheet.write_string(at, column, "" if value is None else str(value), form)

    def _sheet(self, name: str, columns: int, *, is_landscape: bool, area: str = "") -> Worksheet:
        full, told = self.found.full, _subtitle(self.found) + area_said(area)
        return paper_sheet(
            self.book,
            name,
            columns,
            title=(_title(self.found), self.title),
            told=(told, self.subtitle) if full is None else (f"{told}\n{full.line}", self.marked),
            header=None if full is None else full.header,
            footer=f"&L制表时间以首行“截至”为准{PAGES}",
            is_landscape=is_landscape,
        )


def people_of_row(row: ListRow) -> int | str | None:
    """人 of a house; 未填 where nobody counted them, and how many families are missing where only some are counted."""
    if not row.households_without_size:
        return row.people
    return f"{row.people}，另{row.households_without_size}户未填" if row.people else "未填"


def rows_by_village(found: VillageList) -> Iterator[tuple[str, list[ListRow]]]:
    """Code and rows of each village, for the printed page."""
    for code, rows in groupby(found.rows, key=lambda row: row.scope_code):
        yield code, list(rows)
