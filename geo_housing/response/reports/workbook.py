"""A report as .xlsx: the same figures as numbers, by township, and the words on a sheet of their own."""

from pathlib import Path

from geo_housing.response.reports.figures import AreaFigures, Figures, Loss
from geo_housing.response.reports.wording import Heading, Section
from geo_housing.sheets import FONT, HEADS_AT, TITLE_FONT, paper_sheet, workbook, write_heads

HEADS = (
    "乡镇", "应转移（户）", "应转移（人）", "未填人数（户）", "已转移（户）", "已转移（人）", "未转移（户）", "未转移（人）",
    "集中安置（户）", "投亲靠友（户）", "去向待核实（户）", "已外出（户）", "已返回（户）", "拒绝转移（户）", "联系不上（户）", "电话报数待落实（户）", "倒塌（户）", "倒塌（间）", "严重损坏（户）",
    "严重损坏（间）", "一般损坏（户）", "一般损坏（间）", "应排查（栋）", "已排查（栋）", "逾期（栋）", "有损坏或疑似（栋）", "应评估（栋）", "待评估（栋）",
    "可以居住（栋）", "不可以居住（栋）", "限制使用（栋）", "未安全居住（栋）",
)  # fmt: skip


def numbers(area: AreaFigures) -> list[int]:
    """The figures of one line in the order of HEADS, without the name."""
    moves, checks, concluded = area.moves, area.checks, area.concluded
    losses = [area.losses.get(code, Loss()) for code in ("collapsed", "severe", "slight")]
    return [
        moves.due.households, moves.due.people, moves.due.unsized, moves.moved.households, moves.moved.people,
        moves.left.households, moves.left.people, moves.in_shelters.households, moves.with_kin.households,
        moves.unplaced.households, moves.away.households, moves.returned.households, moves.refused.households, moves.unreachable.households, moves.told.households,
        *(value for loss in losses for value in (loss.households, loss.rooms)),
        checks.due, checks.done, checks.overdue, checks.suspected, concluded.needed, concluded.waiting,
        concluded.habitable, concluded.not_habitable, concluded.restricted, concluded.unsafe,
    ]  # fmt: skip


def write_workbook(heading: Heading, figures: Figures, parts: list[Section], path: Path) -> None:
    """Write the .xlsx; texts are never taken for formulas or links."""
    with workbook(path) as book:
        book.set_properties({"title": heading.title, "comments": f"{heading.number_line} {heading.as_of_line}"})
        font = {**FONT, "text_wrap": True}
        title = book.add_format({**TITLE_FONT, "text_wrap": False})
        head = book.add_format({**font, "bold": True, "align": "center", "border": 1, "bg_color": "#F2F2F2"})
        name = book.add_format({**font, "border": 1})
        number = book.add_format({**font, "border": 1, "num_format": "#,##0", "align": "center"})
        words = book.add_format({**font, "font_size": 12, "text_wrap": True})
        told_line = f"{heading.as_of_line}　报送单位：{heading.office}　制表：{heading.made_by}"
        sheet = paper_sheet(
            book,
            "分乡镇",
            len(HEADS),
            title=(f"{heading.title}　{heading.number_line}", title),
            told=(told_line, words),
            is_narrow=False,
            frozen=1,
        )
        write_heads(sheet, zip(HEADS, (18, *[9] * (len(HEADS) - 1)), strict=True), head, at=HEADS_AT)
        rows = [*((area.title, area) for area in figures.townships), ("合计", figures.total)]
        for at, (label, area) in enumerate(rows, start=3):
            form = head if label == "合计" else number
            sheet.write_string(at, 0, label, head if label == "合计" else name)
            for column, value in enumerate(numbers(area), start=1):
                sheet.write_number(at, column, value, form)
        told = book.add_worksheet("文字")
        told.set_column(0, 0, 100)
        at = 0
        for part in parts:
            told.write_string(at, 0, part.heading, head)
            for offset, paragraph in enumerate(part.paragraphs, start=1):
                told.write_string(at + offset, 0, paragraph, words)
            at += len(part.paragraphs) + 1
