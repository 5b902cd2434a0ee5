"""A returned 转移名单 against the database: what it would enter, what it would overwrite; then entering it."""

from collections.abc import Collection
from dataclasses import replace as with_values
from pathlib import Path

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault, GeoHousingError
from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.evacuation.models import Evacuation
from geo_housing.evacuation.naming import NOBODY_LEFT, NamedHousehold, name_told
from geo_housing.evacuation.service import Hindrance, check_open, enter, may_enter, weighed
from geo_housing.evacuation.states import Said
from geo_housing.evacuation.still_to_name import rooms_to_name
from geo_housing.hazards.began import earliest
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.extra import add_extra
from geo_housing.response.returned.compare import CONFLICT, UNCHANGED
from geo_housing.response.returned.entering import NOTHING_TICKED, Ticked, cell_of, enter_rows
from geo_housing.response.returned.left import moves_left
from geo_housing.response.returned.moves_meant import not_listed, rows_meant
from geo_housing.response.returned.moves_reading import SentMove, SentMoves, answered, read_moves
from geo_housing.response.returned.moves_weighed import MoveRow, steps_of, weigh_row
from geo_housing.response.returned.outcome import ListEntered, Preview, check_event
from geo_housing.response.returned.picking import NOTHING_PICKED, Picked, picked_of, to_pick
from geo_housing.response.returned.sheets import fault, in_line_order, place_of, sheets_of
from geo_housing.response.returned.which import refuse_inspections
from geo_housing.roster.queries import shelters_of
from geo_housing.words import EVACUATION_STATE

WHICH_HOUR = "只写了哪一天，没有写几点，当天才转移的，看不出什么时候返回；请写上几点"

NOT_ANSWERED = "没有选择状态，没有录入；请在核对页上选择，或在表格里写清楚"


def preview(
    session: Session, actor: Actor, event: HazardEvent, path: Path, *, hindrance: Hindrance
) -> Preview[MoveRow]:
    """Read and compare; nothing is stored. BadInput when the list is of another event."""
    return _looked_at(session, actor, event, _read(session, actor, event, path), hindrance=hindrance)


def _read(session: Session, actor: Actor, event: HazardEvent, path: Path, picked: Picked = NOTHING_PICKED) -> SentMoves:
    may_enter(actor)
    check_open(session, event.id)
    sheets = sheets_of(path)
    try:
        found = read_moves(sheets, began=earliest(event), picked=picked)
    except BadInput:
        refuse_inspections(sheets)
        raise
    check_event(found.event, event)
    return found


def _looked_at(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    found: SentMoves,
    answers: Collection[str] = (),
    *,
    hindrance: Hindrance,
) -> Preview[MoveRow]:
    faults = list(found.faults)
    listed, off = rows_meant(session, actor, event, found.rows, faults)
    steps = steps_of(session, [one.row.id for one, _, _ in (*listed, *off)])
    places = shelters_of(session, actor.scope, with_closed=True)
    enters: list[MoveRow] = []
    conflicts: list[MoveRow] = []
    asked: list[MoveRow] = []
    after: dict[int, Said] = {}
    unchanged = 0
    for one, sent, mark in listed:
        row = None
        try:
            row = weigh_row(one, sent, mark, steps[one.row.id], places)
            if row.is_asked and row.verdict.kind == CONFLICT:
                # Two questions at once: what is meant, and whether it is to replace what stands.
                faults.append(_stands_otherwise(row))
                continue
            if row.is_asked and (code := _answer(row, answers)):
                row = weigh_row(one, answered(sent, code), mark, steps[one.row.id], places)
            if row.verdict.kind == UNCHANGED:
                unchanged += 1
                continue
            said = weighed(session, actor, one.row, row.entry, hindrance=hindrance)
        except GeoHousingError as error:
            if row is not None and row.verdict.kind == CONFLICT:
                # Some of its fields may be taken all the same.
                conflicts.append(with_values(row, hint=_refused(sent, error).sentence))
            else:
                faults.append(_refused(sent, error))
            continue
        if row.verdict.kind != CONFLICT:
            after[row.row_id] = said
        if row.is_asked:
            asked.append(row)
            continue
        (conflicts if row.verdict.kind == CONFLICT else enters).append(row)
    taken_off: list[MoveRow] = []
    covered = _covered(session, event, {one.row.scope_code for one, _, _ in off})
    for one, sent, mark in off:
        try:
            row = weigh_row(one, sent, mark, steps[one.row.id], places)
        except GeoHousingError as error:
            faults.append(_fault(sent, error.sentence))
            continue
        if row.verdict.kind == UNCHANGED:
            unchanged += 1
        elif row.is_asked:
            # Whether it comes back, and as what: two questions at once.
            faults.append(_stands_otherwise(row))
        elif row.area_code in covered:
            faults.append(_fault(sent, NOBODY_LEFT))
        elif one.head:
            taken_off.append(row)
        else:
            # A house without a family comes back under somebody's name alone.
            faults.append(_fault(sent, not_listed(event)))
    nobodys = {place_of(one) for one in faults if one.sentence == not_listed(event)}
    unlisted = [row.line for row in found.rows if (row.line.sheet, row.line.number) in nobodys]
    unticked = {row.row_id for row in conflicts}
    left = moves_left(session, actor, event, found.lines, found.areas, faults, unticked, after)
    return Preview(
        tuple(enters),
        tuple(conflicts),
        unchanged,
        in_line_order(faults, found.lines),
        taken_off=tuple(taken_off),
        left_open=left,
        asked=tuple(asked),
        to_pick=to_pick(unlisted, left.absent),
    )


def _covered(session: Session, event: HazardEvent, areas: Collection[str]) -> set[str]:
    """After 误发撤销: villages of which everybody is named whom a telephone figure has told of."""
    if event.phase != "mistaken":
        return set()
    return {area for area, room in rooms_to_name(session, event.id, areas).items() if not room}


def _answer(row: MoveRow, answers: Collection[str]) -> str | None:
    """Which of its meanings somebody has chosen who saw the row as it stands."""
    codes = row.sent.asked.codes if row.sent.asked else ()
    return next((code for code in codes if cell_of(row, code) in answers), None)


def enter_list(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    path: Path,
    ticked: Ticked = NOTHING_TICKED,
    *,
    hindrance: Hindrance,
) -> ListEntered:
    """Enter what the workbook adds, and of the conflicts those that are ticked. Every refused row is told.

    Who was taken off the list joins it again as 表外新增 where that is ticked; of an event that was called off, as one of
    those told by telephone.

    The same workbook again changes nothing: its rows then say what stands.
    """
    sent = _read(session, actor, event, path, picked_of(ticked.picked))
    found = _looked_at(session, actor, event, sent, ticked.answers, hindrance=hindrance)
    unanswered = [_fault(row.sent, NOT_ANSWERED) for row in found.asked]
    found = with_values(found, faults=(*found.faults, *unanswered), asked=())

    def put(row: MoveRow, comes_back: bool) -> None:
        number, entry = row.row_id, row.entry
        if comes_back:
            again = _listed_again(session, actor, event, row)
            number, entry = again.id, with_values(entry, version=again.version)
        enter(session, actor, event.id, number, entry, hindrance=hindrance)

    done = enter_rows(
        session,
        actor,
        event,
        found,
        ticked,
        action="evacuation.returned",
        put=put,
        refused=lambda row, error: _refused(row.sent, error),
        stays_off=lambda row: _fault(row.sent, "已从名单撤下，没有勾选恢复，没有录入"),
    )
    unticked = {row.row_id for row in done.left}
    open_now = moves_left(session, actor, event, sent.lines, sent.areas, done.faults, unticked)
    return ListEntered(
        done.entered,
        done.replaced,
        len(done.left),
        found.unchanged,
        in_line_order(done.faults, sent.lines),
        restored=done.restored,
        partly=done.partly,
        left_open=open_now,
    )


def _listed_again(session: Session, actor: Actor, event: HazardEvent, row: MoveRow) -> Evacuation:
    """Who left the list with a change of the zones joins it anew; the row that was withdrawn stays as history.

    After 误发撤销 nobody does, but whom a telephone figure has told of: they are named by it.
    """
    if event.phase == "mistaken":
        said = row.entry.said
        people = said.people if "people" in row.entry.stated else None
        told = NamedHousehold(row.area_code, row.head, said.state, people, row.sent.house_code or None)
        return name_told(session, actor, event.id, told)[0]
    extra = ExtraHousehold(
        area=row.area_code,
        head=row.head,
        what="已移出影响范围，按回传的转移名单恢复",
        people=row.entry.said.people if "people" in row.entry.stated else None,
        house_code=row.sent.house_code or None,
    )
    return add_extra(session, actor, event.id, extra, is_report=False)


def _stands_otherwise(row: MoveRow) -> Fault:
    word = row.sent.asked.word if row.sent.asked else ""
    stands = next((str(one.stands) for one in row.changes if one.field == "state"), "pending")
    return _fault(
        row.sent, f"“{word}”看不出是哪一种，现有登记是“{EVACUATION_STATE.label(stands)}”；请把状态写清楚，再上传"
    )


def _refused(sent: SentMove, error: GeoHousingError) -> Fault:
    """Why a row is not entered. A day without a clock is read as its first minute, before which nobody has returned who was moved on it."""
    is_of_time = any(one.column == "moved_at" for one in error.faults)
    if is_of_time and sent.has_no_clock and "返回" in error.sentence:
        return fault(sent.line, "时间", sent.line.cells.get("moved_at", "")[:40], WHICH_HOUR)
    return _fault(sent, error.sentence)


def _fault(sent: SentMove, sentence: str) -> Fault:
    return fault(sent.line, "户主", sent.called, sentence.rstrip("。"))
