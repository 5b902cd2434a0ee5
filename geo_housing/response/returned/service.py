"""A returned list against the database: what it would enter, what it would overwrite; then entering it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from dataclasses import replace as with_values
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault, GeoHousingError
from geo_housing.everyday_words import folded
from geo_housing.hazards.began import earliest
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.ground_phase import ground_of
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections import service as inspections
from geo_housing.inspections.again import MUST_LOOK_AGAIN
from geo_housing.inspections.service import InspectionEntry, aftermath_at, enter_result, weighed
from geo_housing.inspections.stages import (
    DANGEROUS,
    Aftermath,
    Findings,
    again_why,
    finishes,
    is_noted,
    more_than_registered,
    why_over,
)
from geo_housing.response.extra import open_again
from geo_housing.response.returned.compare import CONFLICT, ENTERS, FIELDS, UNCHANGED, Value, Verdict, compare
from geo_housing.response.returned.entering import FELL_LATER, NOTHING_TICKED, TAKEN_OFF_AND_OVER, Ticked, enter_rows
from geo_housing.response.returned.families import contradicts, names_shown
from geo_housing.response.returned.left import inspections_left
from geo_housing.response.returned.moves_reading import NO_FAMILY
from geo_housing.response.returned.outcome import HouseToSee, ListEntered, Preview, check_event
from geo_housing.response.returned.picking import NOTHING_PICKED, Picked, picked_of, to_pick
from geo_housing.response.returned.reading import (
    DAMAGED,
    HEADINGS,
    MOMENTS,
    SentList,
    SentRow,
    line_tells_damage,
    read_list,
    tells_damage,
)
from geo_housing.response.returned.sheets import fault, in_line_order, place_of, sheets_of
from geo_housing.response.returned.which import refuse_moves


@dataclass(frozen=True)
class Row:
    """One row of the workbook with the inspection that it means.

    ``rooms``: damaged ones once it is entered; ``registered``: rooms of the house in the register. ``heads``: its families.
    """

    sent: SentRow
    inspection_id: int
    version: int
    area_code: str
    verdict: Verdict
    house_id: int
    entry: InspectionEntry
    rooms: int
    registered: int | None
    heads: tuple[str, ...] = ()
    # Why a conflict would not be entered as a whole.
    refused: str = ""

    @property
    def hint(self) -> str:
        """What is odd of the rooms that it tells, where the register may be what is wrong; or why not all of it can be taken."""
        return self.refused or more_than_registered(self.rooms, self.registered)

    @property
    def is_damage(self) -> bool:
        """Whether it tells of a house that may come down upon somebody."""
        return self.sent.said.get("result") in DAMAGED

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that differ from what stands."""
        return tuple(one.field for one in self.verdict.differences)

    def only(self, fields: Collection[str]) -> "Row":
        """The row with those fields alone: the others stay as they stand."""
        kept = tuple(one for one in self.verdict.differences if one.field in fields)
        entry = _entry({one.field: one.sent for one in kept}, self.version)
        return with_values(self, verdict=Verdict(self.verdict.kind, kept), entry=entry)

    @property
    def seen(self) -> str:
        """What somebody ticks who has seen it as it stands: once it has changed again, the tick means nothing."""
        return f"{self.inspection_id}-{self.version}"


_STANDS = """
    SELECT {again} AS again, h.code, h.id AS house_id, i.id, i.version, i.scope_code, i.state, i.origin, i.result, i.damage, i.rooms_collapsed,
        i.rooms_severe, i.rooms_slight, nullif(i.finding_items, ARRAY[]::text[]) AS finding_items, i.findings, i.visitor, i.visited_at, i.reported_how,
        i.reported_by, i.reported_at, h.rooms AS registered_rooms, f.heads, f.known
    FROM house h JOIN emergency_inspection i ON i.house_id = h.id AND i.event_id = :event
    LEFT JOIN LATERAL (
        SELECT array_agg(k.head ORDER BY k.id) FILTER (WHERE l.relation = 'lives' AND l.to_on IS NULL) AS heads, array_agg(k.head) AS known
        FROM house_household l JOIN household k ON k.id = l.household_id WHERE l.house_id = h.id AND k.head IS NOT NULL
    ) f ON true
    WHERE h.code = ANY (:codes) AND i.scope_code >= :lo AND i.scope_code < :hi
""".format(again=MUST_LOOK_AGAIN.format(i="i"))

MOVED_APART = "本行的核对码不是这栋房屋的，可能排序或粘贴时只动了部分列；没有录入，请核对后把整行恢复成一栋的内容"
_ENDED = text("""
    SELECT h.code, k.code FROM house h LEFT JOIN house k ON k.id = h.duplicate_of
    WHERE h.code = ANY (:codes) AND h.ended_reason IN ('duplicate', 'mistaken')
""")


def preview(session: Session, actor: Actor, event: HazardEvent, path: Path) -> Preview[Row]:
    """Read and compare; nothing is stored. BadInput when the list is of another event."""
    return _looked_at(session, actor, event, _read(actor, event, path))


def _read(actor: Actor, event: HazardEvent, path: Path, picked: Picked = NOTHING_PICKED) -> SentList:
    inspections.may_enter(actor)
    try:
        # What was picked is of one person's answer, not of the file.
        found = read_list(path, since=earliest(event), **({"picked": picked} if picked else {}))
    except BadInput:
        refuse_moves(sheets_of(path))
        raise
    check_event(found.event, event)
    return found


def _looked_at(session: Session, actor: Actor, event: HazardEvent, found: SentList) -> Preview[Row]:
    codes = [row.house_code for row in found.rows]
    stands = _stands(session, actor, event, codes)
    everybody = {head for present in stands.values() for head in present["known"]}
    no_house = _no_house(session, codes)
    enters: list[Row] = []
    conflicts: list[Row] = []
    again: list[HouseToSee] = []
    taken_off: list[Row] = []
    unchanged = 0
    faults = list(found.faults)
    left_out: list[Fault] = []
    after: dict[int, tuple[Findings, str]] = {}
    grounds: dict[str, Aftermath] = {}
    for as_read in found.rows:
        present = stands.get(as_read.house_code)
        sent = _without_bad_moments(as_read, present, actor, event)
        if present is None and sent.house_code in no_house:
            if all(value is None for value in sent.said.values()):
                unchanged += 1
            else:
                faults.append(_fault(sent, no_house[sent.house_code]))
        elif present is None:
            faults.append(_fault(sent, "这个事件没有这栋房屋的排查任务，或不在您的管辖范围内；请核对房屋编号"))
        elif sent.inspection not in (None, present["id"]):
            faults.append(_fault(sent, MOVED_APART))
        else:
            said_of_it = _with_words(sent, present)
            verdict = compare(
                {name: present[name] for name in FIELDS},
                present["version"],
                said_of_it,
                made_upon=sent.made_upon,
                merged=sent.line.merged,
            )
            entry = _entry(said_of_it, present["version"])
            row = Row(
                sent=sent,
                inspection_id=present["id"],
                version=present["version"],
                area_code=present["scope_code"],
                verdict=verdict,
                house_id=present["house_id"],
                entry=entry,
                rooms=entry.said.rooms,
                registered=present["registered_rooms"],
                heads=present["heads"],
            )
            is_off = present["state"] == "withdrawn"
            left_out += sent.left_out
            if verdict.kind == UNCHANGED:
                # An empty row of a house that left the zones says nothing, as every empty row.
                unchanged += 1
                if not is_off and (why := _again_why(present)):
                    again.append(HouseToSee(sent.house_code, row.area_code, why))
            elif not sent.is_picked and contradicts(sent.head, present["known"], everybody):
                faults.append(_other_family(sent, present["heads"] or present["known"], actor))
            elif is_off and sent.house_code in no_house:
                faults.append(_fault(sent, no_house[sent.house_code]))
            elif is_off and event.phase not in ENDED_PHASES:
                taken_off.append(row)
            elif is_off:
                faults.append(_fault(sent, FELL_LATER if entry.said.result in DANGEROUS else TAKEN_OFF_AND_OVER))
            elif over := why_over(event.phase, present["state"]):
                faults.append(_fault(sent, over.rstrip("。")))
            else:
                try:
                    said = _weighed(present, entry, actor, event)
                except GeoHousingError as error:
                    if verdict.kind == CONFLICT:
                        # Some of its fields may be taken all the same.
                        conflicts.append(with_values(row, refused=error.sentence))
                    else:
                        faults.append(_refused(sent, error))
                    continue
                row = with_values(row, rooms=said.rooms)
                if verdict.kind == ENTERS:
                    ground = ground_of(row.area_code)
                    if ground not in grounds:
                        grounds[ground] = aftermath_at(session, event, ground)
                    ends = finishes(_present_findings(present), present["state"], said, grounds[ground])
                    after[row.inspection_id] = (said, "done" if ends else "in_progress")
                (enters if verdict.kind == ENTERS else conflicts).append(row)
    # The worst first: a page may show the beginning alone.
    taken_off.sort(key=lambda row: not row.is_damage)
    unticked = {row.inspection_id for row in conflicts}
    left = inspections_left(session, actor, event, found.lines, found.areas, faults, unticked, after)
    return Preview(
        tuple(enters),
        tuple(conflicts),
        unchanged,
        _worst_first(faults, found),
        tuple(again),
        tuple(taken_off),
        left,
        in_line_order(_beside(left_out, faults), found.lines),
        to_pick=to_pick(found.nameless, left.absent),
    )


def enter(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    path: Path,
    ticked: Ticked = NOTHING_TICKED,
) -> ListEntered:
    """Enter what the workbook adds, and of the conflicts those that are ticked. Every refused row is told.

    What was taken off the list is opened again where that is ticked, as 表外新增 is: no zone takes it off any more.

    The same workbook again changes nothing: its rows then say what stands.
    """
    sent = _read(actor, event, path, picked_of(ticked.picked))
    found = _looked_at(session, actor, event, sent)
    again, odd = list(found.again), list[HouseToSee]()

    def put(row: Row, comes_back: bool) -> None:
        version = row.version
        if comes_back:
            version = open_again(session, actor, event, row.house_id, row.inspection_id)
        saved = enter_result(session, actor, row.inspection_id, with_values(row.entry, version=version))
        if why := more_than_registered(inspections.findings_of(saved).rooms, row.registered):
            odd.append(HouseToSee(row.sent.house_code, row.area_code, why))
        if why := inspections.again_of(session, saved):
            again.append(HouseToSee(row.sent.house_code, row.area_code, why))

    done = enter_rows(
        session,
        actor,
        event,
        found,
        ticked,
        action="inspections.returned",
        put=put,
        refused=lambda row, error: _refused(row.sent, error),
        stays_off=lambda row: _fault(row.sent, "任务已撤销，没有勾选恢复，没有录入"),
    )
    unticked = {row.inspection_id for row in done.left}
    open_now = inspections_left(session, actor, event, sent.lines, sent.areas, done.faults, unticked)
    return ListEntered(
        done.entered,
        done.replaced,
        len(done.left),
        found.unchanged,
        _worst_first(done.faults, sent),
        tuple(again),
        done.restored,
        open_now,
        tuple(odd),
        _beside(found.left_out, done.faults),
        done.partly,
    )


def _without_bad_moments(sent: SentRow, present: dict[str, Any] | None, actor: Actor, event: HazardEvent) -> SentRow:
    """A row that tells of damage without those of its moments that cannot be right: the damage is entered all the same."""
    if present is None or not tells_damage(sent.said):
        return sent
    try:
        _weighed(present, _entry(sent.said, present["version"]), actor, event)
    except GeoHousingError as error:
        wrong = {one.column: one for one in error.faults if one.column in MOMENTS and one.column in sent.said}
        headings = {name: heading for heading, name in HEADINGS.items()}
        unread = [
            fault(sent.line, headings[name], sent.line.cells.get(name, "")[:40], one.sentence)
            for name, one in wrong.items()
            if name is not None
        ]
        said = {name: value for name, value in sent.said.items() if name not in wrong}
        return with_values(sent, said=said, left_out=(*sent.left_out, *unread))
    return sent


def _beside(left_out: Iterable[Fault], faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Cells that were left out, but for those of rows that are refused as a whole: such a row is told once."""
    refused = {place_of(one) for one in faults}
    return tuple(one for one in left_out if place_of(one) not in refused)


def _worst_first(faults: list[Fault], found: SentList) -> tuple[Fault, ...]:
    """Refused rows that tell of damage before all others, each part in the order of the workbook."""
    lines = (*found.lines, *found.nameless)
    refused = {place_of(one) for one in faults}
    danger = {
        (line.sheet, line.number) for line in lines if (line.sheet, line.number) in refused and line_tells_damage(line)
    }
    return tuple(sorted(in_line_order(faults, lines), key=lambda one: place_of(one) not in danger))


def _with_words(sent: SentRow, present: dict[str, Any]) -> dict[str, Value]:
    """What is said of a house, with those words that say more than the lists where 现场情况 does not hold them already."""
    stands = str(sent.said.get("findings") or present["findings"] or "")
    words = [word for word in dict.fromkeys(sent.told) if folded(word) not in folded(stands)]
    return {**sent.said, "findings": "；".join(filter(None, [stands, *words]))} if words else sent.said


def _entry(found: dict[str, Value], version: int) -> InspectionEntry:
    said = {name: value for name, value in found.items() if value is not None}
    return InspectionEntry(Findings(**said), frozenset(said), version)  # type: ignore[arg-type] # values of these fields


def _weighed(present: dict[str, Any], entry: InspectionEntry, actor: Actor, event: HazardEvent) -> Findings:
    """What would be said of the house; raised is what entering it would refuse."""
    before, state = _present_findings(present), present["state"]
    asks_time = is_noted(before, state) or present["again"]
    return weighed(before, entry, actor, event, asks_time=asks_time, was_done=state == "done")


def _stands(session: Session, actor: Actor, event: HazardEvent, codes: list[str]) -> dict[str, dict[str, Any]]:
    values = {"event": event.id, "codes": codes, "lo": actor.scope.lo, "hi": actor.scope.hi}
    found = {row.code: dict(row._mapping) for row in session.execute(text(_STANDS), values)}
    for present in found.values():
        present["finding_items"] = tuple(present["finding_items"]) if present["finding_items"] else None
        present["heads"], present["known"] = tuple(present["heads"] or ()), tuple(present["known"] or ())
    return found


def _no_house(session: Session, codes: list[str]) -> dict[str, str]:
    """Of codes that stand for no house of their own: why they take nothing, and where it belongs."""
    found: dict[str, str] = {}
    for code, kept in session.execute(_ENDED, {"codes": codes}):
        found[code] = (
            f"这栋房屋是重复登记，已并入 {kept}，没有录入；请把这一行的内容填到 {kept} 的排查里"
            if kept
            else "这栋房屋已按误登记终止，没有录入；确有这栋房屋的，请先在台账里恢复它，再录入"
        )
    return found


def _again_why(present: dict[str, Any]) -> str:
    return again_why(_present_findings(present), present["state"], warned_since=present["again"])


def _present_findings(present: dict[str, Any]) -> Findings:
    said = Findings(**{name: present[name] for name in FIELDS if name != "finding_items"})
    return with_values(said, finding_items=present["finding_items"] or ())


def _fault(sent: SentRow, sentence: str) -> Fault:
    return fault(sent.line, "房屋编号", sent.house_code, sentence)


def _other_family(sent: SentRow, heads: tuple[str, ...], actor: Actor) -> Fault:
    """The name of the row is not of the house that its code means: nobody but a person can say which of them is right."""
    in_full = actor.may("heads.view")
    written, stands = names_shown((sent.head[:20],), in_full=in_full), names_shown(heads, in_full=in_full)
    sentence = f"这一行的户主写的是“{written}”，房屋 {sent.house_code} 登记的是“{stands or NO_FAMILY}”，可能排序或粘贴时只动了部分列；没有录入，请核对是哪一户的房屋，改正户主或编号后重新上传"
    return fault(sent.line, "户主", written, sentence)


def _refused(sent: SentRow, error: GeoHousingError) -> Fault:
    """Why a row is not entered, at the cell that it is about where the file has one."""
    cells = {name: heading for heading, name in HEADINGS.items() if name in sent.said}
    for one in error.faults:
        if one.column in cells:
            written = sent.line.cells.get(one.column, sent.house_code)
            return fault(sent.line, cells[one.column], written[:40], error.sentence.rstrip("。"))
    return _fault(sent, error.sentence.rstrip("。"))
