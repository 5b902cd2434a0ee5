"""A report as .xlsx: the same figures as numbers, by township, and the words on a sheet of their own."""

from collections.abc import Callable
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from geo_housing.response.reports.document import SHELTER_COLUMNS, SHELTERS, shelter_rows
from geo_housing.response.reports.figures import LOSSES, AreaFigures, Figures, Loss
from geo_housing.response.reports.wording import Heading, Section
from geo_housing.sheets import FONT, HEADS_AT, TITLE_FONT, VILLAGE_HEIGHT, paper_sheet, row_height, workbook
from geo_housing.words import DAMAGE_CLASS

# What stands side by side on one page, in figures of one township each; its label, and how it is read off the township.
Column = tuple[str, Callable[[AreaFigures], int]]
_MOVES: tuple[Column, ...] = (
    ("应转移（户）", lambda a: a.moves.due.households),
    ("应转移（人）", lambda a: a.moves.due.people),
    ("未填人数（户）", lambda a: a.moves.due.unsized),
    ("已转移（户）", lambda a: a.moves.moved.households),
    ("已转移（人）", lambda a: a.moves.moved.people),
    ("未转移（户）", lambda a: a.moves.left.households),
    ("未转移（人）", lambda a: a.moves.left.people),
    ("集中安置（户）", lambda a: a.moves.in_shelters.households),
    ("投亲靠友（户）", lambda a: a.moves.with_kin.households),
    ("去向待核实（户）", lambda a: a.moves.unplaced.households),
    ("已外出（户）", lambda a: a.moves.away.households),
    ("已返回（户）", lambda a: a.moves.returned.households),
    ("拒绝转移（户）", lambda a: a.moves.refused.households),
    ("联系不上（户）", lambda a: a.moves.unreachable.households),
    ("电话报数待落实（户）", lambda a: a.moves.told.households),
    ("电话报数待落实（人）", lambda a: a.moves.told.people),
    ("电话报数待落实未填人数（户）", lambda a: a.moves.told.unsized),
)


def _loss(code: str, label: str) -> tuple[Column, ...]:
    return (
        (f"{label}（户）", lambda a: a.losses.get(code, Loss()).households),
        (f"{label}（间）", lambda a: a.losses.get(code, Loss()).rooms),
        (f"{label}未填间数（栋）", lambda a: a.losses.get(code, Loss()).unstated),
    )


BLOCKS: tuple[tuple[str, tuple[Column, ...]], ...] = (
    ("转移避险", _MOVES),
    ("房屋损失", tuple(column for code in LOSSES for column in _loss(code, DAMAGE_CLASS.label(code)))),
    (
        "排查和评估",
        (
            ("应排查（栋）", lambda a: a.checks.due),
            ("已排查（栋）", lambda a: a.checks.done),
            ("逾期（栋）", lambda a: a.checks.overdue),
            ("有损坏或疑似（栋）", lambda a: a.checks.suspected),
            ("未定损坏程度（栋）", lambda a: a.checks.unclassed),
            ("应评估（栋）", lambda a: a.concluded.needed),
            ("待评估（栋）", lambda a: a.concluded.waiting),
            ("可以居住（栋）", lambda a: a.concluded.habitable),
            ("不可以居住（栋）", lambda a: a.concluded.not_habitable),
            ("限制使用（栋）", lambda a: a.concluded.restricted),
            ("未安全居住（栋）", lambda a: a.concluded.unsafe),
        ),
    ),
)
# One column alone is not made to fit by LibreOffice: it must be narrower than the page also where signs are wide.
_NAME, _FIGURE, _WORDS = 18, 8.5, 74
_WIDEST = 1 + max(len(columns) for _, columns in BLOCKS)
_WORDS_SIZE = 12


def write_workbook(heading: Heading, figures: Figures, parts: list[Section], path: Path) -> None:
    """Write the .xlsx; texts are never taken for formulas or links."""
    with workbook(path) as book:
        book.set_properties({"title": heading.title, "comments": f"{heading.number_line} {heading.as_of_line}"})
        writer = _Writer(book, heading)
        writer.figures(figures)
        writer.shelters(figures)
        writer.words(parts)


class _Writer:
    """The sheets of one report, all below the same two lines."""

    def __init__(self, book: xlsxwriter.Workbook, heading: Heading) -> None:
        self.book, self.heading = book, heading
        font = {**FONT, "text_wrap": True}
        self.title = book.add_format(TITLE_FONT)
        self.told = book.add_format(FONT)
        self.head = book.add_format({**font, "bold": True, "align": "center", "border": 1, "bg_color": "#F2F2F2"})
        self.sum = book.add_format({**font, "bold": True, "border": 1, "num_format": "#,##0", "bg_color": "#F2F2F2"})
        self.name = book.add_format({**font, "border": 1})
        self.number = book.add_format({**font, "border": 1, "num_format": "#,##0"})
        self.block = book.add_format({**FONT, "font_size": 12, "bold": True})
        self.text = book.add_format({**font, "font_size": _WORDS_SIZE, "valign": "top"})

    def figures(self, figures: Figures) -> None:
        """The townships one below the other, in blocks: all figures in one line would be too small to read on paper."""
        sheet = self._sheet("分乡镇", _WIDEST, is_landscape=True)
        sheet.set_column(0, 0, _NAME)
        sheet.set_column(1, _WIDEST - 1, _FIGURE)
        rows = [*((area.title, area) for area in figures.townships), ("合计", figures.total)]
        at = HEADS_AT
        for block, columns in BLOCKS:
            sheet.write_string(at, 0, block, self.block)
            sheet.set_row(at, VILLAGE_HEIGHT)
            at += 1
            # The unit on a line of its own, or its bracket is torn.
            labels = ["乡镇", *(label.replace("（", "\n（") for label, _ in columns)]
            for column, label in enumerate(labels):
                sheet.write_string(at, column, label, self.head)
            sheet.set_row(at, row_height((label, _FIGURE) for label in labels))
            for name, area in rows:
                at += 1
                is_sum = area is figures.total
                sheet.write_string(at, 0, name, self.sum if is_sum else self.name)
                sheet.set_row(at, row_height([(name, _NAME)]))
                for column, (_, read) in enumerate(columns, start=1):
                    sheet.write_number(at, column, read(area), self.sum if is_sum else self.number)
            at += 2

    def shelters(self, figures: Figures) -> None:
        """Who is in each 安置点, and how many it holds."""
        if not figures.shelters:
            return
        sheet = self._sheet("安置点", len(SHELTER_COLUMNS), is_landscape=False)
        sheet.set_column(0, 1, _NAME)
        sheet.set_column(2, len(SHELTER_COLUMNS) - 1, _FIGURE)
        sheet.write_string(HEADS_AT, 0, SHELTERS, self.block)
        labels = [label.replace("（", "\n（") for label in SHELTER_COLUMNS]
        for column, label in enumerate(labels):
            sheet.write_string(HEADS_AT + 1, column, label, self.head)
        sheet.set_row(HEADS_AT + 1, row_height((label, _FIGURE) for label in labels))
        for at, row in enumerate(shelter_rows(figures), start=HEADS_AT + 2):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(at, column, value, self.number)
                else:
                    sheet.write_string(at, column, value, self.name)
            sheet.set_row(at, row_height([(str(row[0]), _NAME), (str(row[1]), _NAME)]))

    def words(self, parts: list[Section]) -> None:
        """The parts in words, one paragraph a row."""
        sheet = self._sheet("文字", 1, is_landscape=False)
        sheet.set_column(0, 0, _WORDS)
        at = HEADS_AT
        for part in parts:
            sheet.write_string(at, 0, part.heading, self.head)
            for paragraph in part.paragraphs:
                at += 1
                sheet.write_string(at, 0, paragraph, self.text)
                sheet.set_row(at, row_height([(paragraph, _WORDS)], size=_WORDS_SIZE))
            at += 1

    def _sheet(self, name: str, columns: int, *, is_landscape: bool) -> Worksheet:
        heading = self.heading
        told = f"{heading.as_of_line}　报送单位：{heading.office}　制表：{heading.made_by}"
        return paper_sheet(
            self.book,
            name,
            columns,
            title=(f"{heading.title}　{heading.number_line}", self.title),
            told=(told, self.told),
            is_landscape=is_landscape,
            frozen=1 if columns > 1 else 0,
            repeated=HEADS_AT - 1,
        )
