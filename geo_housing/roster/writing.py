"""The roster going out as a workbook in the columns in which it comes in: loaded again it changes nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import TOWNSHIP_DIGITS, township_of
from geo_housing.areas.queries import AreaName, area_names
from geo_housing.db import Actor
from geo_housing.errors import NotAllowed
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing
from geo_housing.roster.facts import SEALED, Fact, Kind, shown
from geo_housing.roster.order import holds_on
from geo_housing.roster.queries import entries_of
from geo_housing.roster.service import VIEW
from geo_housing.roster.storing import MODELS, Row, current, open_phone
from geo_housing.scope import AreaScope
from geo_housing.sheets import told_sheet, workbook, write_heads

FAMILY_VIEW = "heads.view"
COUNTY_ITSELF = "县本级"
WHOLE_COUNTY = "全县"
_WIDTHS = {
    "remark": 30,
    "address": 30,
    "unit": 22,
    "certificate": 24,
    SEALED: 26,
    "safe_from": 22,
    "areas": 24,
    "role": 24,
}


def write_roster(
    session: Session, actor: Actor, kind: Kind, scope: AreaScope, path: Path, *, ring: KeyRing | None = None
) -> int:
    """Write who holds today in a scope to ``path`` (.xlsx); how many. ``ring`` gives telephones in full. Journalled.

    Who does not work with families (planners, leaders) gets no column of telephones at all.
    """
    if not (actor.may("export") and actor.may(VIEW)) or (ring is not None and not actor.may("export.personal")):
        raise NotAllowed("您没有导出通讯录的权限；完整电话需要“导出个人信息”的权限。")
    rows = _holding(session, kind, scope)
    facts = [fact for fact in kind.facts.values() if fact.name != SEALED or actor.may(FAMILY_VIEW)]
    names = {area.code: area for area in area_names(session)}
    who, at = actor.called, clock.now()
    with workbook(path) as book:
        sheet = book.add_worksheet(kind.label)
        head = book.add_format(
            {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "bg_color": "#E9EFF7"}
        )
        cell = book.add_format({"border": 1, "text_wrap": True, "valign": "vcenter"})
        columns = (("乡镇", 14), ("行政村", 14), *((fact.label, _WIDTHS.get(fact.name, 14)) for fact in facts))
        write_heads(sheet, columns, head)
        sheet.freeze_panes(1, 2)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{who} {at:%Y-%m-%d %H:%M} 导出&R第 &P 页，共 &N 页")
        for line, row in enumerate(rows, start=1):
            values = current(session, row)
            cells = (_cell(kind, row, fact, values, names, ring) for fact in facts)
            for n, value in enumerate((*_place(row.scope_code, names), *cells)):
                if isinstance(value, int | float):
                    sheet.write_number(line, n, value, cell)
                else:
                    sheet.write_string(line, n, value, cell)
        phones = (
            "电话为完整号码，请妥善保管，不得外传。"
            if ring is not None
            else "电话已遮盖；重新导入时遮盖的电话不改动已登记的号码。"
        )
        notes = (
            f"导出人：{who}",
            f"导出时间：{at:%Y-%m-%d %H:%M}",
            f"行数：{len(rows)}（不含已离任、已停用的）",
            phones,
        )
        told_sheet(book, "说明", ((note,) for note in notes), widths=(80,))
    counts = {"kind": kind.name, "rows": len(rows), "personal": ring is not None}
    record(session, actor, "roster.export", Subject("roster", kind.name, scope.lo), counts=counts)
    return len(rows)


def _holding(session: Session, kind: Kind, scope: AreaScope) -> list[Row]:
    """Who holds today, of the scope's own divisions, in the order of the page."""
    today = clock.today()
    order = [
        entry.id
        for entry in entries_of(session, kind, scope)
        if scope.covers(entry.area_code) and not entry.is_closed and holds_on(today, None, entry.valid_to)
    ]
    model: Any = MODELS[kind.name]
    found = {row.id: row for row in session.scalars(select(model).where(model.id.in_(order)))}
    return [found[row_id] for row_id in order]


def _place(code: str, names: Mapping[str, AreaName]) -> tuple[str, str]:
    """Names of township and village, as the reader of lists understands them."""
    if len(code) < TOWNSHIP_DIGITS:
        return COUNTY_ITSELF, ""
    township = names.get(township_of(code))
    village = names.get(code) if len(code) > TOWNSHIP_DIGITS else None
    return township.name if township else township_of(code), village.name if village else ""


def _cell(
    kind: Kind, row: Row, fact: Fact, values: Mapping[str, Any], names: Mapping[str, AreaName], ring: KeyRing | None
) -> str | int | float:
    value = values[fact.name]
    if fact.name == SEALED:
        return open_phone(kind, row, ring) if ring is not None and row.phone_cipher is not None else value or ""
    if fact.name == "areas":
        return "、".join(names[code].name if code in names else code for code in value) if value else WHOLE_COUNTY
    if fact.kind in ("number", "degrees"):
        return "" if value is None else value
    return shown(fact, value)
