"""A report as .docx, as an office goes on editing it: 公文 fonts, numbered parts, a table of the townships."""

from datetime import UTC
from pathlib import Path
from typing import Any

from geo_housing.response.reports.figures import AreaFigures, Figures, Loss
from geo_housing.response.reports.wording import Heading, Section, people

BODY, HEAD, TITLE = "仿宋", "黑体", "宋体"
NUMERALS = "一二三四五六七八九十"
COLUMNS = (
    "乡镇", "应转移", "已转移", "未转移", "倒塌（户/间）", "严重损坏（户/间）", "一般损坏（户/间）", "应排查/已排查（栋）",
    "不可以居住（栋）",
)  # fmt: skip
NOTE = "户、栋、间、人分别统计，不相加。排查结果和应急评估结论不是安全等级。"


def township_cells(area: AreaFigures) -> list[str]:
    """One township's line of the table, as texts in the order of COLUMNS."""
    losses = [area.losses.get(code, Loss()) for code in ("collapsed", "severe", "slight")]
    return [
        area.title,
        people(area.moves.due),
        people(area.moves.moved),
        people(area.moves.left),
        *(f"{loss.households:,}/{loss.rooms:,}" for loss in losses),
        f"{area.checks.due:,}/{area.checks.done:,}",
        f"{area.concluded.not_habitable:,}",
    ]


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
    _line(book, heading.title, TITLE, 22, bold=True, centre=True)
    _line(book, heading.number_line, BODY, 16, centre=True)
    _line(book, f"{heading.as_of_line}　报送单位：{heading.office}", BODY, 14, centre=True)
    for number, part in enumerate(parts):
        _line(book, f"{NUMERALS[number]}、{part.heading}", HEAD, 16, indent=True)
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


def _table(book: Any, heading: Heading, figures: Figures) -> None:
    """The townships on a page laid across."""
    from docx.enum.section import WD_ORIENT
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm

    page = book.add_section()
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Cm(29.7), Cm(21)
    _line(book, f"附表　分乡镇情况（{heading.as_of_line}）", HEAD, 16, centre=True)
    lines = [list(COLUMNS), *(township_cells(area) for area in figures.townships)]
    lines.append(["合计", *township_cells(figures.total)[1:]])
    table = book.add_table(rows=0, cols=len(COLUMNS))
    table.style = "Table Grid"
    for number, line in enumerate(lines):
        for cell, text in zip(table.add_row().cells, line, strict=True):
            _run(cell.paragraphs[0], text, HEAD if number == 0 else BODY, 11)
    # The head stands again on every page.
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(mark)


def _line(
    book: Any, text: str, font: str, size: float, *, bold: bool = False, centre: bool = False, indent: bool = False
) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    paragraph = book.add_paragraph()
    if centre:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if indent:
        paragraph.paragraph_format.first_line_indent = Pt(size * 2)
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
