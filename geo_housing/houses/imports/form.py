"""A ledger going out in its own form: the same title rows, heads, merged cells and columns, filled from the register."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import Conflict, NotAllowed
from geo_housing.houses.imports.queries import form_rows, import_batch
from geo_housing.houses.intake.details import WORDS
from geo_housing.houses.intake.models import ImportBatch
from geo_housing.houses.spreadsheet.faults import CellFault
from geo_housing.houses.spreadsheet.fields import BY_NAME, TICKED, plain_heading
from geo_housing.houses.spreadsheet.originals import VILLAGE, came_later, original, originals
from geo_housing.houses.spreadsheet.row import known_words, normalise, says_yes, suspected
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing
from geo_housing.sheets import told_sheet, workbook
from geo_housing.words import AREA_CODE_LENGTH

CODE = "house_code"
LEDGER_ALONE = "legacy"  # what a grade of a ledger is based on, whatever it says itself
_RETURNING = (
    "改正后可直接再导入：按房屋编号对应到原来的房屋，编号请勿改动。",
    "原表没有房屋编号，已加在最后一列：改正后可直接再导入，按编号对应到原来的房屋，编号请勿改动。",
    "本表没有房屋编号，再导入时只能按身份证号，或村名和户主姓名对应：改了这几项的行会成为新的房屋，一户有几栋的请先填房屋编号。",
)
SERIAL = frozenset(plain_heading(text) for text in ("序号", "编号序号", "No", "No."))
_NUMBERS = frozenset({"persons", "lon", "lat", "built_year", "storeys", "rooms", "area_m2", "renovation_year"})
# Two sets that many forms have one column for: it takes both, and each word comes in again into its own.
_SETS = ("categories", "monitoring")
_PERSONAL = ("id_number", "phone")


@dataclass(frozen=True)
class FormColumn:
    """One column of the form: its heading and the field that fills it, None for what the register keeps as it was."""

    heading: str
    field: str | None


def write_form(
    session: Session, actor: Actor, batch_id: int, path: Path, *, ring: KeyRing | None = None, adds_codes: bool = False
) -> tuple[ImportBatch, int]:
    """Write the ledger of an import to ``path`` (.xlsx) as the register has it now; the import and the rows written.

    ``ring`` gives ID numbers and phones in full, which needs export.personal; without they are masked. ``adds_codes``
    puts the house codes after the last column of a form that has none: by them a row is the same house again, whatever
    was put right in it meanwhile. Journalled.
    """
    if not actor.may("export") or (ring is not None and not actor.may("export.personal")):
        raise NotAllowed("您没有导出这份台账的权限；完整身份证号和电话需要“导出个人信息”的权限。")
    batch = import_batch(session, actor.scope, batch_id)
    if batch.finished_at is None or batch.undone_at is not None:
        raise Conflict("这份台账没有导入，或已撤销，不能按原表格式导出。")
    rows = form_rows(session, batch_id)
    if rows is None or not batch.layout:
        raise Conflict("这个文件没有表头版式（图层文件），或行数太多，不能按原表格式导出；请用房屋列表的“导出”。")
    columns = [
        FormColumn(column["heading"], column["field"] or came_later(column["heading"]))
        for column in (batch.recognised or {})["columns"]
    ]
    has_codes = any(column.field == CODE for column in columns)
    layout = batch.layout
    if adds_codes and not has_codes:
        layout, columns = _with_codes(layout, columns), [*columns, FormColumn(BY_NAME[CODE].label, CODE)]
    notes = (
        f"原表：{batch.file_name}",
        f"导出时间：{clock.now():%Y-%m-%d %H:%M}",
        f"行数：{len(rows)}（未导入或已不存在的房屋不在表中）",
        "坐标为 CGCS2000 经纬度（EPSG:4490）。",
        "身份证号、电话为完整值，请妥善保管。"
        if ring is not None
        else "身份证号、电话已遮盖，再导入时不改动已登记的号码。",
        "没有认出的内容（村名、取值等）按台账原文写出，请核对改正。",
        _RETURNING[0 if has_codes else 1 if adds_codes else 2],
    )
    with workbook(path) as book:
        _fill_sheet(book, layout, columns, [_cells(row, columns, ring) for row in rows])
        told_sheet(book, "说明", ((note,) for note in notes), widths=(80,))
    record(
        session,
        actor,
        "houses.form",
        Subject("import", str(batch_id), batch.scope_code),
        counts={"rows": len(rows), "personal": ring is not None},
        batch_id=batch_id,
    )
    return batch, len(rows)


def _fill_sheet(
    book: xlsxwriter.Workbook, layout: dict[str, Any], columns: Sequence[FormColumn], rows: Sequence[list[Any]]
) -> None:
    title = book.add_format({"bold": True, "font_size": 14, "align": "center", "valign": "vcenter"})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
    cell = book.add_format({"border": 1})
    sheet = book.add_worksheet("台账")
    titles, heads = layout["titles"], layout["heads"]
    for n, texts in enumerate([*titles, *heads]):
        for place, text in enumerate(texts):
            if text or n >= len(titles):
                sheet.write_string(n, place, text, title if n < len(titles) else head)
    for top, bottom, left, right in layout.get("merges") or ():
        text = ([*titles, *heads][top - 1][left : left + 1] or [""])[0]
        sheet.merge_range(top - 1, left, bottom - 1, right, text, title if top <= len(titles) else head)
    first = len(titles) + len(heads)
    sheet.freeze_panes(first, 0)
    sheet.set_column(0, len(columns) - 1, 13)
    for n, values in enumerate(rows):
        for place, (value, column) in enumerate(zip(values, columns, strict=True)):
            if column.field is None and plain_heading(column.heading) in SERIAL:
                sheet.write_number(first + n, place, n + 1, cell)
            elif isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(first + n, place, value, cell)
            elif value:
                sheet.write_string(first + n, place, value, cell)
            else:
                sheet.write_blank(first + n, place, None, cell)


def _with_codes(layout: dict[str, Any], columns: Sequence[FormColumn]) -> dict[str, Any]:
    """The form with one more head at its end, as high as the others."""
    width, top = len(columns), len(layout["titles"]) + 1
    first, *rest = ([*texts, *[""] * (width - len(texts))] for texts in layout["heads"])
    heads = [[*first, BY_NAME[CODE].label], *([*texts, ""] for texts in rest)]
    merges = [*(layout.get("merges") or ())]
    if rest:
        merges.append((top, top + len(rest), width, width))
    return {**layout, "heads": heads, "merges": merges}


def _cells(row: Any, columns: Sequence[FormColumn], ring: KeyRing | None) -> list[Any]:
    fields = frozenset(column.field for column in columns)
    return [_cell(row, column, ring, fields) for column in columns]


def _cell(row: Any, column: FormColumn, ring: KeyRing | None, fields: frozenset[str | None]) -> Any:
    name, kept = column.field, row.extra or {}
    if name is None:
        return kept.get(column.heading)
    # A place that no division answers to goes out as it was written.
    written = kept if VILLAGE in kept else row.house_extra or {}
    if VILLAGE in written and len(row.declared_code or "") < AREA_CODE_LENGTH.get(name, 0):
        return written.get(original(name))
    if name in _PERSONAL:
        cipher = getattr(row, f"{name}_cipher")
        if ring is not None and cipher is not None:
            return ring.decrypt(bytes(cipher), field=name, owner=row.household_id)
        return getattr(row, f"{name}_masked")
    if name == "suspected":
        return _conclusion(kept.get(original(name)), column.heading, is_suspected=row.suspected, is_own=row.is_own)
    if row.is_own and name not in _SETS and name not in TICKED and (typed := _typed(kept, name)) is not None:
        # What the house's row says is not what this family's row said.
        return typed
    if name in TICKED:
        return _ticked(row, name, column.heading)
    value = getattr(row, BY_NAME[name].name)
    if name in _SETS:
        return _sets_said(row, name, fields)
    if value is None:
        return _typed(kept, name, column.heading)
    if name in _NUMBERS:
        return value
    if name == "grade_basis" and value == LEDGER_ALONE and (typed := _typed(kept, name)) is not None:
        # That a ledger says so is the register's word, not that of whoever wrote it (第三方鉴定).
        return typed
    label: Callable[[str], str] = WORDS[name].label if name in WORDS else str
    if isinstance(value, list):
        return _as_typed(row, name, [(name, one) for one in value])
    return value.isoformat() if isinstance(value, date) else label(value)


def _conclusion(typed: str | None, heading: str, *, is_suspected: bool, is_own: bool) -> str | None:
    """The cell as it was typed while that is what holds (安全, 疑似, 需评定); else a word of its own column."""
    if typed is not None:
        try:
            if (suspected(normalise(typed)) == "t") == is_suspected:
                return typed
        except CellFault:
            # Nobody knows what it says: where something else is known of the house, that goes out.
            if is_own or not is_suspected:
                return typed
    # Who is suspected no more has not been called safe.
    return ("疑似" if "结论" in heading else "是") if is_suspected else None


def _typed(kept: dict[str, Any], name: str, *headings: str) -> Any:
    """The cell of a field as the ledger wrote it, where it is kept."""
    return next((kept[key] for key in (*originals(name), *headings) if key in kept), None)


def _ticked(row: Any, name: str, heading: str) -> str | None:
    """The cell of a column that one word of a set has for its own: as it was typed, unless it says what is no longer so."""
    typed: str | None = _typed(row.extra or {}, name, heading)
    if name in (getattr(row, TICKED[name]) or ()):
        return typed or "√"
    return None if typed and says_yes(typed) else typed


def _sets_said(row: Any, name: str, fields: frozenset[str | None]) -> str | None:
    names = [name, *(other for other in _SETS if other != name and other not in fields)]
    return _as_typed(row, name, [(one, code) for one in names for code in getattr(row, one) or ()])


def _as_typed(row: Any, name: str, said: list[tuple[str, str]]) -> str | None:
    """Labels of ``said``; after the cell as it was typed, where not all of it was understood."""
    typed = (row.extra or {}).get(original(name))
    known = {(one, code) for one in {one for one, _ in said} for code in known_words(typed or "", one)}
    rest = [WORDS[one].label(code) for one, code in said if (one, code) not in known]
    return "、".join([typed, *rest] if typed else rest) or None
