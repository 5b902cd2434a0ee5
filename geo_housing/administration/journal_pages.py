"""日志: who did what, when, from where; the page and its file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.queries import display_names
from geo_housing.accounts.rendering import render
from geo_housing.administration.area_choices import area_choices, names_of_areas
from geo_housing.administration.journal_filter import Asked, action_groups
from geo_housing.clock import BEIJING, now
from geo_housing.db import Actor
from geo_housing.errors import BadInput, NotAllowed
from geo_housing.files.response import made_file
from geo_housing.journal.queries import Entry, JournalPosition, Wanted, all_entries, count_entries, entries
from geo_housing.journal.service import Subject, record
from geo_housing.journal.wording import SUBJECTS, action_label, changes, figures, source_label, subject_label
from geo_housing.policy.defaults import SETTINGS
from geo_housing.sheets import long_workbook, told_sheet, write_heads
from geo_housing.words import AREA_LEVEL, EVENT_KIND

router = APIRouter(include_in_schema=False)

Reader = Annotated[Access, requires("journal.view")]
ROWS_A_PAGE = 50
# What a person can still look through; more is asked for by shorter times.
MOST_ROWS_IN_FILE = 100_000
HEADINGS = ("时间", "人员", "账号", "操作", "对象", "编号", "区划代码", "区划", "数量", "变更", "说明", "来源", "地址")
WIDTHS = (18, 12, 16, 18, 10, 20, 14, 20, 36, 48, 30, 8, 16)


@dataclass(frozen=True)
class Line:
    """One entry as people read it."""

    entry: Entry
    who: str
    action: str
    subject: str
    name: str | None
    address: str | None
    area: str
    source: str
    changes: list[tuple[str, str, str]]
    figures: list[tuple[str, str]]

    @property
    def account(self) -> str:
        """The sign-in name, or the operating system's of a command."""
        kind, _, name = self.entry.actor.partition(":")
        return name or kind


@router.get("/journal")
def journal_page(request: Request, access: Reader) -> Response:
    """Entries newest first; the filter stands in the address."""
    asked = Asked.read(request.query_params)
    error, found, following = None, list[Line](), None
    try:
        wanted = asked.wanted(access.session, access.actor)
        place = JournalPosition.read(request.query_params.get("cursor"))
        page, following = entries(access.session, wanted, after=place, limit=ROWS_A_PAGE)
        found = lines_of(access.session, page)
    except (BadInput, NotAllowed) as refused:
        error = refused.sentence
    return render(
        request,
        access,
        "administration/journal.html",
        status_code=422 if error else 200,
        asked=asked,
        error=error,
        lines=found,
        choices=area_choices(access.session, access.actor.scope),
        groups=action_groups(),
        kinds=SUBJECTS,
        first=asked.address("/journal") if request.query_params.get("cursor") else None,
        next=asked.address("/journal", cursor=following.text()) if following else None,
    )


@router.get("/journal.xlsx")
def journal_file(request: Request, access: Reader) -> Response:
    """The same entries as a workbook; that it was taken out is an entry itself."""
    asked = Asked.read(request.query_params)
    wanted = asked.wanted(access.session, access.actor)
    rows = count_entries(access.session, wanted, most=MOST_ROWS_IN_FILE)
    if rows > MOST_ROWS_IN_FILE:
        raise BadInput(f"超过 {MOST_ROWS_IN_FILE:,} 条，一个文件放不下。请用开始、结束日期缩小范围，分几次导出。")

    def write(path: Path) -> None:
        write_journal(access.session, wanted, path, asked=asked)
        note_export(access.session, access.actor, asked, wanted, rows)

    return made_file(write, f"日志-{now():%Y%m%d-%H%M}.xlsx")


def note_export(session: Session, actor: Actor, asked: Asked, wanted: Wanted, rows: int) -> None:
    """Record that entries were taken out, and which."""
    counts = {"rows": rows, "format": "xlsx", "filter": asked.values()}
    record(session, actor, "journal.export", Subject("journal", "entries", wanted.scope.prefix or "0"), counts=counts)


def lines_of(session: Session, found: list[Entry]) -> list[Line]:
    """Entries with names and labels; two queries however many there are."""
    people = display_names(session, {entry.user_id for entry in found if entry.user_id is not None})
    areas = names_of_areas(session)
    return [_line(entry, people, areas) for entry in found]


def write_journal(session: Session, wanted: Wanted, path: Path, *, asked: Asked) -> None:
    """Write the workbook; memory stays flat, texts are never taken for formulas."""
    people, areas = dict[int, str](), names_of_areas(session)
    with long_workbook(path) as book:
        heading = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1})
        sheet = book.add_worksheet("日志")
        sheet.freeze_panes(1, 1)
        write_heads(sheet, zip(HEADINGS, WIDTHS, strict=True), heading)
        for number, entry in enumerate(all_entries(session, wanted), start=1):
            if entry.user_id is not None and entry.user_id not in people:
                people |= display_names(session, {entry.user_id})
            for place, text in enumerate(_cells(_line(entry, people, areas))):
                sheet.write_string(number, place, text)
        told = [("导出时间", f"{now():%Y-%m-%d %H:%M}"), *asked.values().items()]
        told_sheet(book, "数据说明", told, widths=(40, 40))


def _line(entry: Entry, people: dict[int, str], areas: dict[str, str]) -> Line:
    kind, _, name = entry.actor.partition(":")
    who = people.get(entry.user_id or 0) or ("系统" if kind == "system" else name or kind)
    return Line(
        entry=entry,
        who=who,
        action=action_label(entry.action),
        subject=subject_label(entry.subject_kind),
        name=_name(entry),
        address=_address(entry),
        area=areas.get(entry.scope_code, entry.scope_code),
        source=source_label(entry.source),
        changes=changes(entry.diff),
        figures=figures(entry.counts, entry.action),
    )


def _name(entry: Entry) -> str | None:
    """What the entry is about, in words where its id is one of our own codes."""
    if entry.subject_kind == "setting" and entry.subject_id in SETTINGS:
        return SETTINGS[entry.subject_id].label
    if entry.subject_kind == "level":
        return AREA_LEVEL.label(entry.subject_id)
    if entry.subject_kind == "zone" and entry.subject_id in EVENT_KIND.labels:
        return EVENT_KIND.label(entry.subject_id)
    return {"entries": None, "outlines": None, "all": None}.get(entry.subject_id or "", entry.subject_id)


def _address(entry: Entry) -> str | None:
    """The page of what the entry is about, where it has one."""
    pages = {"house": "/houses/{}", "event": "/events/{}"}
    page = pages.get(entry.subject_kind or "")
    return page.format(entry.subject_id) if page and entry.subject_id else None


def _cells(line: Line) -> tuple[str, ...]:
    entry = line.entry
    return (
        f"{entry.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}",
        line.who,
        line.account,
        line.action,
        line.subject,
        line.name or "",
        entry.scope_code,
        line.area,
        "；".join(f"{name} {value}" for name, value in line.figures),
        "；".join(f"{field}：{before} → {after}" for field, before, after in line.changes),
        entry.note or "",
        line.source,
        entry.address or "",
    )
