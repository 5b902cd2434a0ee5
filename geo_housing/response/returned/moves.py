"""A returned 转移名单 against the database: what it would enter, what it would overwrite; then entering it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_values
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault, GeoHousingError
from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.evacuation.models import Evacuation, EvacuationStep
from geo_housing.evacuation.queries import within
from geo_housing.evacuation.service import Entry, Hindrance, check_open, enter, may_enter, weighed
from geo_housing.evacuation.states import BROUGHT_HOME, MOVED, Said, fewer_said, is_unplaced
from geo_housing.evacuation.steps import said_of
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.service import lock_event
from geo_housing.houses.models import House, Household
from geo_housing.houses.spreadsheet.row import normalise
from geo_housing.journal.service import Subject, record
from geo_housing.response.extra import add_extra
from geo_housing.response.returned.compare import CONFLICT, UNCHANGED
from geo_housing.response.returned.left import moves_left
from geo_housing.response.returned.moves_reading import SentMove, SentMoves, read_moves
from geo_housing.response.returned.outcome import Entered, Preview, check_event
from geo_housing.response.returned.sheets import Mark, fault, sheets_of
from geo_housing.response.returned.three_ways import FieldChange, Values, Verdict, weigh
from geo_housing.roster.queries import ShelterRow, shelters_of
from geo_housing.words import EVACUATION_STATE

AREA_DIGITS = (12, 9, 6)
# What is said of a household only once it has left.
OF_THE_MOVED = ("moved_at", "shelter_id", "destination")


@dataclass(frozen=True)
class MoveRow:
    """One household of the workbook with the row of the list that it means; ``hint`` is said beside it."""

    sent: SentMove
    row_id: int
    version: int
    area_code: str
    head: str
    verdict: Verdict
    entry: Entry
    hint: str = ""
    # Moved, and nobody says where to.
    unplaced: bool = False

    @property
    def seen(self) -> str:
        """What somebody ticks who has seen it as it stands: once it has changed again, the tick means nothing."""
        return f"{self.row_id}-{self.version}"

    @property
    def changes(self) -> tuple[FieldChange, ...]:
        """The fields that differ from what stands."""
        return self.verdict.changes


@dataclass(frozen=True)
class _Listed:
    """A row of the list as it stands, with the names by which a workbook may mean it."""

    row: Evacuation
    house_code: str | None
    head: str
    # 人 as the register says, None where nobody knows.
    registered: int | None = None


_Meant = tuple[_Listed, SentMove, Mark | None]
NOT_LISTED = "这户不在这个事件的转移名单上，或不在您的管辖范围内；确需转移的请按“表外新增”登记"


def preview(
    session: Session, actor: Actor, event: HazardEvent, path: Path, *, hindrance: Hindrance
) -> Preview[MoveRow]:
    """Read and compare; nothing is stored. BadInput when the list is of another event."""
    return _looked_at(session, actor, event, _read(session, actor, event, path), hindrance=hindrance)


def _read(session: Session, actor: Actor, event: HazardEvent, path: Path) -> SentMoves:
    may_enter(actor)
    check_open(session, event.id)
    found = read_moves(sheets_of(path))
    check_event(found.event, event)
    return found


def _looked_at(
    session: Session, actor: Actor, event: HazardEvent, found: SentMoves, *, hindrance: Hindrance
) -> Preview[MoveRow]:
    faults = list(found.faults)
    listed, off = _meant(session, actor, event, found.rows, faults)
    steps = _steps(session, [one.row.id for one, _, _ in (*listed, *off)])
    places = shelters_of(session, actor.scope, with_closed=True)
    enters: list[MoveRow] = []
    conflicts: list[MoveRow] = []
    after: dict[int, Said] = {}
    unchanged = 0
    for one, sent, mark in listed:
        try:
            row = _row(one, sent, mark, steps[one.row.id], places)
            if row.verdict.kind == UNCHANGED:
                unchanged += 1
                continue
            said = weighed(session, actor, one.row, row.entry, hindrance=hindrance)
        except GeoHousingError as error:
            faults.append(fault(sent.line, "户主", sent.called, error.sentence.rstrip("。")))
            continue
        if row.verdict.kind != CONFLICT:
            after[row.row_id] = said
        (conflicts if row.verdict.kind == CONFLICT else enters).append(row)
    taken_off: list[MoveRow] = []
    for one, sent, mark in off:
        try:
            row = _row(one, sent, mark, steps[one.row.id], places)
        except GeoHousingError as error:
            faults.append(fault(sent.line, "户主", sent.called, error.sentence.rstrip("。")))
            continue
        if row.verdict.kind == UNCHANGED:
            unchanged += 1
        elif one.head:
            taken_off.append(row)
        else:
            # A house without a family comes back under somebody's name alone.
            faults.append(fault(sent.line, "户主", sent.called, NOT_LISTED))
    unticked = {row.row_id for row in conflicts}
    left = moves_left(session, actor, event, found.lines, found.areas, faults, unticked, after)
    return Preview(
        tuple(enters), tuple(conflicts), unchanged, tuple(faults), taken_off=tuple(taken_off), left_open=left
    )


def enter_list(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    path: Path,
    *,
    hindrance: Hindrance,
    replace: Collection[str] = (),
    restore: Collection[str] = (),
) -> Entered:
    """Enter what the workbook adds; conflicts only where ``replace`` holds the row's ``seen``. Every refused row is told.

    Who was taken off the list joins it again as 表外新增 where ``restore`` holds him.

    The same workbook again changes nothing: its rows then say what stands.
    """
    sent = _read(session, actor, event, path)
    found = _looked_at(session, actor, event, sent, hindrance=hindrance)
    chosen = [row for row in found.conflicts if row.seen in replace]
    coming_back = [row for row in found.taken_off if row.seen in restore]
    left_off = [row for row in found.taken_off if row.seen not in restore]
    faults = [
        *found.faults,
        *(fault(row.sent.line, "户主", row.sent.called, "已从名单撤下，没有勾选恢复，没有录入") for row in left_off),
    ]
    if coming_back:
        # Before any row: whoever gives tasks locks in this order.
        lock_event(session, event.id)
    entered = replaced = restored = 0
    own = ((row, False) for row in (*found.enters, *chosen))
    for row, is_back in (*own, *((row, True) for row in coming_back)):
        try:
            with session.begin_nested():
                if is_back:
                    again = _listed_again(session, actor, event, row)
                    entry = with_values(row.entry, version=again.version)
                    enter(session, actor, event.id, again.id, entry, hindrance=hindrance)
                else:
                    enter(session, actor, event.id, row.row_id, row.entry, hindrance=hindrance)
        except GeoHousingError as error:
            faults.append(fault(row.sent.line, "户主", row.sent.called, error.sentence.rstrip("。")))
            continue
        entered += 1
        restored += is_back
        replaced += row.verdict.kind == CONFLICT and not is_back
    left = len(found.conflicts) - len(chosen)
    record(
        session,
        actor,
        "evacuation.returned",
        Subject("event", str(event.id), actor.scope.prefix or event.scope_code),
        counts={
            "read": found.read,
            "entered": entered,
            "replaced": replaced,
            "restored": restored,
            "unchanged": found.unchanged,
            "left": left,
            "rejected": len(faults),
        },
    )
    unticked = {row.row_id for row in found.conflicts if row.seen not in replace}
    open_now = moves_left(session, actor, event, sent.lines, sent.areas, faults, unticked)
    return Entered(entered, replaced, left, found.unchanged, tuple(faults), restored=restored, left_open=open_now)


def _listed_again(session: Session, actor: Actor, event: HazardEvent, row: MoveRow) -> Evacuation:
    """Who left the list with a change of the zones joins it anew; the row that was withdrawn stays as history."""
    extra = ExtraHousehold(
        area=row.area_code,
        head=row.head,
        what="已移出影响范围，按回传的转移名单恢复",
        people=row.entry.said.people if "people" in row.entry.stated else None,
        house_code=row.sent.house_code or None,
    )
    return add_extra(session, actor, event.id, extra)


def _meant(
    session: Session, actor: Actor, event: HazardEvent, rows: Sequence[SentMove], faults: list[Fault]
) -> tuple[list[_Meant], list[_Meant]]:
    """Which row of the list each one means, and those that mean one taken off it, as it stood then."""
    ids = [row.mark.row_id for row in rows if row.mark]
    joined = _joined_into(session, {row.house_code for row in rows if row.house_code})
    codes = [joined.get(row.house_code, row.house_code) for row in rows if row.house_code]
    wanted = or_(Evacuation.id.in_(ids), and_(Evacuation.withdrawn_at.is_(None), House.code.in_(codes)))
    found = session.execute(
        select(Evacuation, House.code, Household.head, Household.persons)
        .outerjoin(House, House.id == Evacuation.house_id)
        .outerjoin(Household, Household.id == Evacuation.household_id)
        .where(Evacuation.event_id == event.id, within(actor.scope), wanted)
        .execution_options(populate_existing=True)
    )
    by_id: dict[int, _Listed] = {}
    by_name: dict[tuple[str | None, str], list[_Listed]] = defaultdict(list)
    for row, code, head, persons in found:
        by_id[row.id] = listed = _Listed(row, code, head or row.named or "", persons or None)
        if row.withdrawn_at is None:
            by_name[code, normalise(listed.head)].append(listed)
    # A house registered twice has two rows in the workbook: what either says is weighed against the one that stands.
    meant: list[_Meant] = []
    off: list[_Meant] = []
    taken: set[int] = set()
    for sent in rows:
        one = by_id.get(sent.mark.row_id) if sent.mark else None
        if one is not None and sent.head and normalise(one.head) != normalise(sent.head):
            faults.append(
                fault(
                    sent.line,
                    "户主",
                    sent.called,
                    f"名单上这一行是“{one.head or '未登记农户'}”；不在名单上的户请按“表外新增”登记",
                )
            )
            continue
        mark = sent.mark
        if one is None or one.row.withdrawn_at is not None:
            # Off the list, and back on it under a new row, or the hidden column was lost.
            called_so = by_name.get((joined.get(sent.house_code, sent.house_code) or None, sent.head), [])
            if one is not None and not called_so and one.row.id not in taken:
                taken.add(one.row.id)
                off.append((one, sent, mark))
                continue
            one, mark = (called_so[0] if len(called_so) == 1 else None), None
        if one is None:
            faults.append(fault(sent.line, "户主", sent.called, NOT_LISTED))
        elif one.row.id in taken and sent.house_code not in joined:
            faults.append(fault(sent.line, "户主", sent.called, "与前面一行是同一户，只采用前一行"))
        else:
            taken.add(one.row.id)
            meant.append((one, sent, mark))
    return meant, off


def _joined_into(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Of codes that were a second registration of a house: the code of the house that is kept."""
    kept = aliased(House)
    found = session.execute(
        select(House.code, kept.code).join(kept, kept.id == House.duplicate_of).where(House.code.in_(codes))
    )
    return {row[0]: row[1] for row in found}


def _steps(session: Session, ids: Collection[int]) -> dict[int, list[Any]]:
    """The changes of each row, the newest first."""
    one = EvacuationStep
    rows = session.execute(
        select(one.evacuation_id, one.version, one.state_before, one.people_before, one.changes)
        .where(one.evacuation_id.in_(list(ids)))
        .order_by(one.id.desc())
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.evacuation_id].append(row)
    return found


def _row(
    one: _Listed, sent: SentMove, mark: Mark | None, steps: Iterable[Any], places: Sequence[ShelterRow]
) -> MoveRow:
    present = said_of(one.row)
    names = {place.id: place.name for place in places}
    base = _values(_as_of(present, steps, mark.version), names) if mark else None
    told = sent.said
    if sent.somewhere and present.state in BROUGHT_HOME:
        # Nothing but what stands already, and more exactly.
        told = {name: value for name, value in told.items() if name != "state"}
    verdict = weigh(base, told, _values(present, names), merged=sent.line.merged)
    said, hint = _said({change.field: change.sent for change in verdict.changes}, one, present, places)
    if sent.somewhere and "state" in said and said.get("destination"):
        raise BadInput(
            f"只写了“{sent.somewhere}”，去向“{said['destination']}”不在安置点名录里，看不出是集中安置还是投亲靠友；"
            f"请把状态写成“{EVACUATION_STATE.label('moved_to_shelter')}”或“{EVACUATION_STATE.label('moved_to_kin')}”"
        )
    entry = Entry(Said(**{"state": present.state, **said}), frozenset(said), one.row.version)
    after = with_values(present, **said)
    if after.state == "pending" and any(said.get(name) is not None for name in OF_THE_MOVED):
        # It would be dropped: who waits at home has no time of leaving and no place.
        raise BadInput(
            f"写了时间或安置点、去向，状态还是“{EVACUATION_STATE.label('pending')}”：已经转移的请填写状态，没有转移的请删去"
        )
    hint = "；".join(filter(None, (hint, _heads_said(after, one.registered) if "people" in said else "")))
    unplaced = is_unplaced(after.state, after.shelter_id, after.destination)
    return MoveRow(sent, one.row.id, one.row.version, one.row.scope_code, one.head, verdict, entry, hint, unplaced)


def _heads_said(after: Said, registered: int | None) -> str:
    """What to ask about the number of people who were brought away; empty where nothing is."""
    if after.state not in MOVED or after.people is None:
        return ""
    if after.people == 0:
        return "已转移0人，请核实人数"
    if registered is None:
        return ""
    if after.people > registered:
        return f"台账登记{registered}人，填了{after.people}人，请核实"
    return fewer_said(after.people, registered)


def _as_of(present: Said, steps: Iterable[Any], version: int) -> Said:
    """What was said of the household when its row had that version: the later changes taken back."""
    values = {**present.__dict__}
    for step in steps:
        if step.version <= version:
            break
        values["state"], values["people"] = step.state_before, step.people_before
        for name, (before, _) in (step.changes or {}).items():
            if name in values:
                values[name] = datetime.fromisoformat(before) if name == "moved_at" and before else before
    return Said(**values)


def _values(said: Said, names: dict[int, str]) -> Values:
    """As the list shows it: one column says where to."""
    to = names.get(said.shelter_id) if said.shelter_id is not None else None
    return {
        "state": said.state,
        "people": said.people,
        "moved_at": said.moved_at,
        "to": to or said.destination,
        "organiser": said.organiser,
        "reported_by": said.reported_by,
        "note": said.note,
    }


def _said(sent: Values, one: _Listed, present: Said, places: Sequence[ShelterRow]) -> tuple[dict[str, Any], str]:
    """The changes as the service takes them, and what is to be said about them: a place is looked up by its name."""
    said: dict[str, Any] = dict(sent)
    to = said.pop("to", None)
    if to is None:
        return said, ""
    said["shelter_id"], said["destination"] = None, to
    if said.get("state", present.state) != "moved_to_shelter":
        return said, ""
    known = _places_named(str(to), one.row.scope_code, places)
    if len(known) > 1:
        raise BadInput(f"有 {len(known)} 个安置点叫“{to}”，请在页面上为这户选择安置点")
    if not known:
        return said, f"“{to}”不在安置点名录里，记为去向"
    said["shelter_id"], said["destination"] = known[0].id, None
    return said, ""


def _places_named(name: str, area: str, places: Sequence[ShelterRow]) -> list[ShelterRow]:
    """Places of that name: the household's own village's first, then its township's, its county's, any other."""
    known = [place for place in places if normalise(place.name) == normalise(name)]
    for digits in AREA_DIGITS:
        near = [place for place in known if place.area_code == area[:digits]]
        if near:
            return near
    return known
