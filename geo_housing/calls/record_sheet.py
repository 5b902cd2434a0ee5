"""叫应记录 as a workbook: every call of an event, division by division, with what was known at a moment."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS, is_village, township_of, with_townships
from geo_housing.areas.queries import maker_of, names_of
from geo_housing.calls.board import board_of
from geo_housing.calls.people import NAMES
from geo_housing.calls.queries import (
    Entry,
    called_length,
    calls_by_place,
    entries,
    event_of,
    next_after,
    places_to_call,
)
from geo_housing.calls.standing import mistaken_at, to_be_called
from geo_housing.db import Actor
from geo_housing.hazards.models import HazardEvent
from geo_housing.journal.service import Subject, record
from geo_housing.masking import mask_name
from geo_housing.phones import mask_phones
from geo_housing.roster.full_phones import FullPhones, contact_numbers
from geo_housing.sheets import FONT, HEADS_AT, TITLE_FONT, paper_sheet, workbook, write_heads
from geo_housing.words import CALL_STATE, CALL_WAY

TITLE = "叫应记录"
HEADS: tuple[tuple[str, float], ...] = (
    ("序号", 5), ("乡镇", 12), ("村", 18), ("第几次", 6), ("被叫应人", 10), ("职务", 16), ("电话", 13), ("方式", 9),
    ("呼叫时间", 11), ("呼叫人", 10), ("结果", 11), ("应答时间", 11), ("答复", 26), ("回报时限", 11), ("回报时间", 11), ("回报内容", 24),
)  # fmt: skip
NOT_CALLED = "未叫应"
# How a call is marked that told of 误发撤销, or that the place has left the zones.
TOLD_OF_MISTAKE, TOLD_IT_LEFT = "告知误发", "告知移出"


@dataclass(frozen=True)
class RecordRow:
    """One call, or a division that nobody has called (``call`` None)."""

    code: str
    township: str
    village: str
    nth: int
    call: Entry | None
    is_of_mistake: bool = False


@dataclass(frozen=True)
class Record:
    """All calls of an event in one area as they were known at ``as_of``; reached of those to be called, by level.

    ``told``: of a mistake, how many of those who were called are told of it; empty where it is none.
    """

    event: HazardEvent
    as_of: datetime
    made_by: str
    place: str
    townships: str
    villages: str
    rows: tuple[RecordRow, ...]
    full: FullPhones | None = None
    told: str = ""


def record_of(
    session: Session,
    actor: Actor,
    event_id: int,
    *,
    area: str | None = None,
    as_of: datetime | None = None,
    form: str,
    full: FullPhones | None = None,
) -> Record:
    """The record within the actor's area (or ``area`` in it); making it stands in the journal.

    Telephones are masked. ``full``: somebody has pressed for full numbers; of a contact whose number was changed since, and
    of whom was typed, only the mask of the number that was called is known.
    """
    scope = actor.scope.narrowed(area)
    event = event_of(session, event_id, actor.scope)
    now = clock.now()
    moment = (min(as_of, now) if as_of else now).astimezone(clock.BEIJING)
    found = entries(session, event_id, scope, as_of=moment if as_of else None)
    numbers = _numbers(session, found, full)
    shown = [replace(call, number_masked=numbers.get(call.id, call.number_masked)) for call in found]
    by_place = calls_by_place(shown)
    known_at = moment if as_of else None
    wrong_since = mistaken_at(event, known_at)
    levels = {
        length: places_to_call(session, event_id, scope, length=length) for length in (TOWNSHIP_DIGITS, VILLAGE_DIGITS)
    }
    # Whom one calls oneself stands there even uncalled.
    shown_places = (*levels[TOWNSHIP_DIGITS], *levels[called_length(scope)])
    codes = sorted({*by_place, *(place.code for place in shown_places)})
    names = names_of(session, with_townships(codes))
    rows: list[RecordRow] = []
    for code in codes:
        township = names.get(township_of(code), township_of(code))
        village = names.get(code, code) if is_village(code) else ""
        calls: list[Entry | None] = [_seen(call, actor) for call in by_place.get(code, ())]
        rows += [
            RecordRow(code, township, village, n, call, is_told_of(call, wrong_since))
            for n, call in enumerate(calls or [None], start=1)
        ]
    after = next_after(session, scope)
    figures = {
        length: board_of(
            to_be_called(session, event_id, level, by_place, as_of=known_at, is_of_night=True),
            now=moment,
            next_after=after,
        ).figure
        for length, level in levels.items()
    }
    own = to_be_called(session, event_id, levels[called_length(scope)], by_place, as_of=known_at)
    told = "" if wrong_since is None else board_of(own, now=moment, next_after=after).figure
    record(
        session,
        actor,
        "export.calls",
        Subject("event", str(event_id), scope.prefix or event.scope_code),
        counts={
            "rows": len(found),
            "format": form,
            **({} if full is None else {**full.counts, "phones": len(numbers)}),
        },
    )
    place = names_of(session, {scope.prefix}).get(scope.prefix, "") if scope.prefix else ""
    made_by = maker_of(session, actor)
    return Record(
        event, moment, made_by, place, figures[TOWNSHIP_DIGITS], figures[VILLAGE_DIGITS], tuple(rows), full, told
    )


def _numbers(session: Session, calls: Iterable[Entry], full: FullPhones | None) -> dict[int, str]:
    """The full number of each call whose number the roster still has."""
    of_contacts = {call.id: call for call in calls if call.contact_id is not None and call.number_masked}
    called: dict[int, set[str]] = {}
    for call in of_contacts.values():
        called.setdefault(call.contact_id or 0, set()).add(call.number_masked or "")
    numbers = contact_numbers(session, called, full)
    return {
        number: numbers[call.contact_id]
        for number, call in of_contacts.items()
        if call.contact_id in numbers and mask_phones(numbers[call.contact_id]) == call.number_masked
    }


def is_told_of(call: Entry | None, wrong_since: datetime | None) -> bool:
    """Whether a call was made to tell that all was a mistake."""
    return call is not None and wrong_since is not None and call.called_at >= wrong_since


def _seen(call: Entry, actor: Actor) -> Entry:
    return call if actor.may(NAMES) else replace(call, name=mask_name(call.name), said=None, reply=None)


def title_of(found: Record) -> str:
    """The heading; a drill says so."""
    return f"{'【演练】' if found.event.mode == 'drill' else ''}{found.event.name}　{TITLE}"


def subtitle_of(found: Record) -> str:
    """Where, until when, how many were reached, by whom made."""
    reached = [f"乡镇已应 {found.townships}"] if found.townships else []
    if found.villages and any(is_village(row.code) for row in found.rows):
        reached.append(f"村已应 {found.villages}")
    if found.told:
        reached.append(f"误发已告知 {found.told}")
    return "　".join((found.place, f"截至 {clock.on_paper(found.as_of)}", *reached, f"制表 {found.made_by}")).strip()


def cells_of(row: RecordRow, number: int) -> tuple[object, ...]:
    """The cells of a row under HEADS."""
    call = row.call
    if call is None:
        return (number, row.township, row.village, "", "", "", "", "", None, "", NOT_CALLED, None, "", None, None, "")
    return (
        number, row.township, row.village, row.nth, call.name, call.role or "", call.number_masked or "",
        _way(row, call), call.called_at, call.called_by, CALL_STATE.label(call.state), call.answered_at,
        call.said or "", call.reply_by, call.replied_at, call.reply or "",
    )  # fmt: skip


def _way(row: RecordRow, call: Entry) -> str:
    way = CALL_WAY.label(call.way)
    why = TOLD_OF_MISTAKE if row.is_of_mistake else TOLD_IT_LEFT if call.tells_left else ""
    return f"{way}，{why}" if why else way


def write_workbook(found: Record, path: Path) -> None:
    """Write the .xlsx; texts are never taken for formulas or links."""
    with workbook(path) as book:
        cell = book.add_format({**FONT, "border": 1, "text_wrap": True})
        moment = book.add_format({**FONT, "border": 1, "align": "center", "num_format": "mm-dd hh:mm"})
        head = book.add_format({**FONT, "border": 1, "bold": True, "align": "center", "bg_color": "#F2F2F2"})
        told = (subtitle_of(found), book.add_format(FONT))
        if found.full is not None:
            marked = book.add_format({**FONT, "text_wrap": True, "bold": True})
            told = (f"{told[0]}\n{found.full.line}", marked)
        sheet = paper_sheet(
            book,
            TITLE,
            len(HEADS),
            title=(title_of(found), book.add_format(TITLE_FONT)),
            told=told,
            header=None if found.full is None else found.full.header,
        )
        write_heads(sheet, HEADS, head, at=HEADS_AT)
        for at, row in enumerate(found.rows, start=3):
            for column, value in enumerate(cells_of(row, at - 2)):
                if isinstance(value, datetime):
                    local = value.astimezone(clock.BEIJING).replace(tzinfo=None)
                    sheet.write_datetime(at, column, local, moment)
                elif isinstance(value, int):
                    sheet.write_number(at, column, value, cell)
                else:
                    sheet.write_string(at, column, "" if value is None else str(value), cell)
