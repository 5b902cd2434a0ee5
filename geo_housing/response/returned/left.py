"""What is left unfinished of the villages that a returned file is about, as it stands or would stand once it is entered."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import Fault
from geo_housing.evacuation.order import PLACE_SQL, WITH_FOUND, bound
from geo_housing.evacuation.states import MOVED, Said, is_unplaced
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.again import Supposed, would_be_seen_again
from geo_housing.inspections.service import FIELDS
from geo_housing.inspections.stages import Findings, again_why, missing
from geo_housing.masking import mask_name
from geo_housing.people_names import name_key
from geo_housing.response.returned.moves_reading import NO_FAMILY
from geo_housing.response.returned.sheets import Line, mark_of, place_of
from geo_housing.response.returned.unfinished import NOTHING_LEFT, REFUSED, UNTICKED, Left, LeftRow, left_of

# What an inspection still lacks, by the field that inspections/stages.py names.
INSPECTION_LACKS = {
    "result": "没有排查结果", "damage": "没有损坏程度", "rooms_collapsed": "没有倒塌间数", "rooms_slight": "没有损坏间数",
    "findings": "没有损坏情况或现场情况", "visitor": "没有排查人", "visited_at": "没有排查时间", "reported_by": "没有报告人",
}  # fmt: skip
NOT_STATED, NO_PLACE, NOT_COUNTED = "还是待转移，没有填状态", "已转移，没有填去向", "已转移，没有填人数"

# Seen in the storm, or before its ground was warned once more (stages.py: ``lacking``).
SEE_AGAIN = "需再次查看"

_INSPECTIONS = text("""
    SELECT i.id, i.scope_code, i.state, h.code, i.result, i.damage, i.rooms_collapsed, i.rooms_severe, i.rooms_slight,
        i.finding_items, i.findings, i.visitor, i.visited_at, i.reported_how, i.reported_by, i.reported_at, (
            SELECT array_agg(k.head ORDER BY k.id) FILTER (WHERE k.head IS NOT NULL)
            FROM house_household l JOIN household k ON k.id = l.household_id
            WHERE l.house_id = h.id AND l.relation = 'lives' AND l.to_on IS NULL
        ) AS heads
    FROM emergency_inspection i JOIN house h ON h.id = i.house_id
    WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi AND i.state <> 'withdrawn' AND (
        left(i.scope_code, 9) = ANY (:areas) OR i.scope_code = ANY (:areas) OR i.scope_code IN (
            SELECT o.scope_code FROM emergency_inspection o JOIN house g ON g.id = o.house_id
            WHERE o.event_id = :event AND g.code = ANY (:codes)))
    ORDER BY i.scope_code, i.priority, h.code
""")
_MOVES = text(f"""
    SELECT e.id, e.scope_code, h.code, coalesce(k.head, e.named) AS head, e.state, e.people, e.shelter_id, e.destination
    FROM {WITH_FOUND} LEFT JOIN house h ON h.id = e.house_id LEFT JOIN household k ON k.id = e.household_id
    WHERE e.event_id = :event AND e.scope_code >= :lo AND e.scope_code < :hi AND e.withdrawn_at IS NULL AND (
        left(e.scope_code, 9) = ANY (:areas) OR e.scope_code = ANY (:areas) OR e.scope_code IN (
            SELECT o.scope_code FROM evacuation o LEFT JOIN house g ON g.id = o.house_id
            WHERE o.event_id = :event AND (g.code = ANY (:codes) OR o.id = ANY (:ids))))
    ORDER BY e.scope_code, {PLACE_SQL}, e.id
""")


def inspections_left(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    lines: Sequence[Line],
    areas: Collection[str],
    faults: Collection[Fault],
    unticked: Collection[int],
    after: Mapping[int, tuple[Findings, str]] | None = None,
) -> Left:
    """Houses whose inspection is not done; ``after``: what would be said of those that the file changes, and their state.

    ``unticked``: those of which the file says something else than what stands, and nobody has decided.
    """
    if event.phase in ENDED_PHASES:
        return NOTHING_LEFT
    by_code = {line.cells.get("house_code", "").upper(): line for line in reversed(lines)}
    refused = {place_of(fault) for fault in faults}
    values = {"event": event.id, "lo": actor.scope.lo, "hi": actor.scope.hi}
    found = session.execute(_INSPECTIONS, {**values, "areas": list(areas), "codes": list(by_code)}).all()
    stands = {row.id: (after or {}).get(row.id) or (_said_of(row), row.state) for row in found}
    supposed = []
    for row in found:
        said, state = stands[row.id]
        supposed.append(Supposed(row.id, row.scope_code, state, said.result, said.visited_at))
    again = would_be_seen_again(session, event.id, supposed)
    rows = []
    for row in found:
        said, state = stands[row.id]
        lacks = [INSPECTION_LACKS[fault.column or ""] for fault in missing(said)]
        if not lacks and again_why(said, state, warned_since=row.id in again):
            lacks = [SEE_AGAIN]
        if row.id in unticked:
            lacks = [UNTICKED]
        if not lacks:
            continue
        # Of a house without a result nothing else is asked yet.
        lacks = lacks[:1] if said.result is None else lacks
        heads = "、".join(_named(actor, head) for head in row.heads or ())
        line = by_code.get(row.code)
        rows.append(
            LeftRow(
                f"/inspections/{row.id}",
                row.scope_code,
                row.code,
                heads,
                _or_refused(lacks, line, refused),
                line,
                row.id,
            )
        )
    in_file = {row.scope_code for row in found if row.code in by_code}
    return left_of(rows, in_file=in_file, order=(*INSPECTION_LACKS.values(), SEE_AGAIN))


def moves_left(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    lines: Sequence[Line],
    areas: Collection[str],
    faults: Collection[Fault],
    unticked: Collection[int],
    after: Mapping[int, Said] | None = None,
) -> Left:
    """Households of whom nobody has said where they are; ``after``, ``unticked`` as of the inspections."""
    if event.phase in ENDED_PHASES:
        return NOTHING_LEFT
    by_id = {mark.row_id: line for line in reversed(lines) if (mark := mark_of(line.cells.get("mark", "")))}
    by_name = {_name_of(line.cells.get("house_code"), line.cells.get("head")): line for line in reversed(lines)}
    codes = [line.cells["house_code"].upper() for line in lines if "house_code" in line.cells]
    refused = {place_of(fault) for fault in faults}
    values = {"event": event.id, "lo": actor.scope.lo, "hi": actor.scope.hi, **bound(actor.scope)}
    found = session.execute(_MOVES, {**values, "areas": list(areas), "codes": codes, "ids": list(by_id)}).all()
    rows = []
    in_file = set()
    for row in found:
        line = by_id.get(row.id) or by_name.get(_name_of(row.code, row.head))
        if line is not None:
            in_file.add(row.scope_code)
        said = (after or {}).get(row.id) or row
        lacks = []
        if said.state == "pending":
            lacks.append(NOT_STATED)
        if is_unplaced(said.state, said.shelter_id, said.destination):
            lacks.append(NO_PLACE)
        if said.state in MOVED and said.people is None:
            lacks.append(NOT_COUNTED)
        if row.id in unticked:
            lacks = [UNTICKED]
        if lacks:
            address = f"/events/{event.id}/evacuation/{row.id}"
            head = _named(actor, row.head) if row.head else ""
            why = _or_refused(lacks, line, refused)
            rows.append(LeftRow(address, row.scope_code, row.code or "", head, why, line, row.id))
    return left_of(rows, in_file=in_file, order=(NOT_STATED, NO_PLACE, NOT_COUNTED))


def _said_of(row: Any) -> Findings:
    stored = {name: getattr(row, name) for name in FIELDS}
    return Findings(**{**stored, "finding_items": tuple(row.finding_items or ())})


def _named(actor: Actor, head: str) -> str:
    return head if actor.may("heads.view") else mask_name(head)


def _name_of(code: str | None, head: str | None) -> tuple[str, str]:
    return (code or "").upper(), name_key((head or "").replace(NO_FAMILY, ""))


def _or_refused(lacks: Sequence[str], line: Line | None, refused: Collection[object]) -> tuple[str, ...]:
    return (REFUSED,) if line is not None and (line.sheet, line.number) in refused else tuple(lacks)
