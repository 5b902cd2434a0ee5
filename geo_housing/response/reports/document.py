"""A report as .docx, as an office goes on editing it: 公文 fonts, numbered parts, a table of the townships."""

from datetime import UTC
from pathlib import Path
from typing import Any

from geo_housing.response.reports.figures import AreaFigures, Figures, Loss
from geo_housing.response.reports.wording import Heading, Section, people

BODY, HEAD, TITLE = "仿宋", "黑体", "宋体"
NUMERALS = "一二三四五六七八九十"
COLUMNS = (
    "乡镇", "应转移", "已转移", "电话报数、姓名待落实", "未转移", "倒塌（户/间）", "严重损坏（户/间）", "一般损坏（户/间）",
    "应排查/已排查（栋）", "不可以居住（栋）",
)  # fmt: skip
# Centimetres, together what lies between the margins of the page laid across.
WIDTHS = (2.6, 3.2, 2.8, 2.9, 3.2, 2.2, 1.9, 1.9, 2.0, 1.6)
# Of one 安置点, in the document and in the workbook.
SHELTERS = "附表　安置点情况（现有的人，含其他事件、其他地方转移来的）"
SHELTER_COLUMNS = ("乡镇、村", "安置点", "现有（户）", "现有（人）", "未填人数（户）", "可容（人）")
SHELTER_WIDTHS = (4.4, 7.0, 2.6, 2.6, 3.2, 2.6)
NOTE = "户、栋、间、人分别统计，不相加。排查结果和应急评估结论不是安全等级。"


def township_cells(area: AreaFigures) -> list[str]:
    """One township's line of the table, as texts in the order of COLUMNS."""
    losses = [area.losses.get(code, Loss()) for code in ("collapsed", "severe", "slight")]
    return [
        area.title,
        people(area.moves.due),
        people(area.moves.moved),
        people(area.moves.told),
        people(area.moves.left),
        *(_lost(loss) for loss in losses),
        f"{area.checks.due:,}/{area.checks.done:,}",
        f"{area.concluded.not_habitable:,}",
    ]


def shelter_rows(figures: Figures) -> list[list[str | int]]:
    """The shelters' lines in the order of SHELTER_COLUMNS."""
    return [
        [
            one.place, one.name, one.inside.households, one.inside.people, one.inside.unsized,
            "未填" if one.capacity is None else one.capacity,
        ]
        for one in figures.shelters or ()
    ]  # fmt: skip


def _lost(loss: Loss) -> str:
    """户/间; houses whose rooms nobody has told are no rooms of zero."""
    unstated = f"（{loss.unstated:,}栋未填间数）" if loss.unstated else ""
    return f"{loss.households:,}/{loss.rooms:,}{unstated}"


def write_document(heading: Heading, figures: Figures, parts: list[Section], path: Path) -> None:
    """Write the .docx; every text may be edited, nothing of it is a picture."""
    # Half a second to load: only who writes a document pays for it.
    import docx
    from docx.shared import Cm

    book = docx.Document()
    book.core_properties.title = heading.title
    book.core_properties.author = heading.made_by
    # The template's own date and picture would say something else.
    book.core_properties.created = book.core_properties.modified = heading.as_of.astimezone(UTC)
    book.core_properties.last_modified_by = heading.made_by
    _drop_thumbnail(book)
    book.core_properties.comments = f"{heading.number_line} {heading.as_of_line}"
    page = book.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin, page.right_margin, page.top_margin, page.bottom_margin = Cm(2.8), Cm(2.6), Cm(3), Cm(2.6)
    _number_pages(page)
    _line(book, heading.title, TITLE, 22, bold=True, centre=True)
    _line(book, heading.number_line, BODY, 16, centre=True)
    _line(book, heading.as_of_line, BODY, 14, centre=True)
    _line(book, f"报送单位：{heading.office}", BODY, 14, centre=True)
    for number, part in enumerate(parts):
        _line(book, f"{NUMERALS[number]}、{part.heading}", HEAD, 16, indent=True, with_next=True)
        for text in part.paragraphs:
            _line(book, text, BODY, 16, indent=True)
    _line(book, f"制表：{heading.made_by}", BODY, 14)
    _line(book, NOTE, BODY, 12)
    _table(book, heading, figures)
    book.save(str(path))


def _drop_thumbnail(book: Any) -> None:
    """The template brings a picture of its own first page."""
    relations = book.part.package.rels
    for number in [key for key, one in relations.items() if one.reltype.endswith("/thumbnail")]:
        del relations[number]


def _number_pages(page: Any) -> None:
    """— 1 — at the foot of every page, as papers of an office have it."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph = page.footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, "— ", TITLE, 14)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)
    _run(paragraph, "1", TITLE, 14)
    field.append(paragraph.runs[-1]._r)
    _run(paragraph, " —", TITLE, 14)


def _table(book: Any, heading: Heading, figures: Figures) -> None:
    """The townships on a page laid across."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    page = book.add_section()
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Cm(29.7), Cm(21)
    _line(book, f"附表　分乡镇情况（{heading.as_of_line}）", HEAD, 16, centre=True)
    lines = [list(COLUMNS), *(township_cells(area) for area in figures.townships)]
    lines.append(["合计", *township_cells(figures.total)[1:]])
    _grid(book, lines, WIDTHS)
    if figures.shelters:
        _line(book, SHELTERS, HEAD, 16, centre=True, with_next=True)
        _grid(
            book,
            [list(SHELTER_COLUMNS), *([str(cell) for cell in row] for row in shelter_rows(figures))],
            SHELTER_WIDTHS,
        )


def _grid(book: Any, lines: list[list[str]], widths: tuple[float, ...]) -> None:
    """A table whose first line is its head."""
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm

    table = book.add_table(rows=0, cols=len(widths))
    table.style = "Table Grid"
    table.autofit = False
    sides = (WD_ALIGN_PARAGRAPH.LEFT, *[WD_ALIGN_PARAGRAPH.RIGHT] * (len(widths) - 1))
    for number, line in enumerate(lines):
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, text, side, width in zip(row.cells, line, sides, widths, strict=True):
            cell.width = Cm(width)
            cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
            cell.paragraphs[0].alignment = side if number else WD_ALIGN_PARAGRAPH.CENTER
            _run(cell.paragraphs[0], text, HEAD if number == 0 else BODY, 10.5)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    # The head stands again on every page.
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)


def _line(
    book: Any,
    text: str,
    font: str,
    size: float,
    *,
    bold: bool = False,
    centre: bool = False,
    indent: bool = False,
    with_next: bool = False,
) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = book.add_paragraph()
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(size * 2)
    # A heading alone at the foot of a page heads nothing.
    paragraph.paragraph_format.keep_with_next = with_next or None
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.line_spacing = Pt(max(28, size * 1.4))
    _run(paragraph, text, font, size, bold=bold)


def _run(paragraph: Any, text: str, font: str, size: float, *, bold: bool = False) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.font.bold = font, Pt(size), bold
    # Word and WPS take the font of Chinese characters from another attribute.
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
