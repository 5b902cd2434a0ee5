"""The figures of a report out of the database, at one moment."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.areas.queries import names_of
from geo_housing.calls.night import board_now
from geo_housing.clock import now
from geo_housing.conclusions.queries import required_risks, still_holds
from geo_housing.conclusions.rule import NEEDS_IF_DANGEROUS, NEEDS_TECHNICIAN
from geo_housing.conclusions.unsafe import unsafe_by_township
from geo_housing.evacuation.elsewhere import away_elsewhere
from geo_housing.evacuation.sums import AreaTotals, totals
from geo_housing.hazards.ground_phase import phase_of_ground
from geo_housing.hazards.grounds import last_entries
from geo_housing.hazards.models import HazardEvent, HazardWarning
from geo_housing.hazards.queries import affected
from geo_housing.hazards.received import warnings_of
from geo_housing.hazards.without_home import WithoutHome
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.inspections.again import REPORTED_SINCE
from geo_housing.inspections.steps import INSPECTIONS_NOW, INSPECTIONS_THEN
from geo_housing.response.reports.figures import (
    LOSSES,
    AreaFigures,
    Checks,
    Concluded,
    Figures,
    Loss,
    Moves,
    ShelterLine,
    WarningLine,
)
from geo_housing.response.reports.homes import DAMAGE, FAMILIES
from geo_housing.response.reports.then import (
    SHELTERS_THEN,
    UNPLACED_THEN,
    affected_then,
    away_elsewhere_then,
    calls_then,
    phase_then,
    revision_then,
)
from geo_housing.response.reports.wording import CORRECTED, CORRECTED_TO, action_said, hour_corrected, places
from geo_housing.roster.inside import inside_now, inside_then
from geo_housing.roster.queries import shelters_of
from geo_housing.scope import AreaScope
from geo_housing.words import EVENT_PHASE, WARNING_LEVEL, event_kind_said

# How the inspections stood at :at; ``{rows}`` are those of then or of now (inspections/steps.py).
_CHECKED = """
    SELECT substr(i.scope_code, 1, 9) AS code, count(*) AS due,
        count(*) FILTER (WHERE i.done_at <= :at) AS done,
        count(*) FILTER (WHERE (i.due_at < :at OR i.overdue_earlier @> CAST(:at AS timestamptz)) AND (i.done_at <= :at) IS NOT TRUE)
            AS overdue,
        count(*) FILTER (WHERE i.begun_at <= :at AND i.result = 'suspected') AS suspected,
        count(*) FILTER (WHERE i.begun_at <= :at AND i.result = 'suspected' AND {damage} IS NULL) AS unclassed,
        count(*) FILTER (WHERE i.danger_reported_at <= :at
            AND ((i.begun_at <= :at AND i.result IS NOT NULL) IS NOT TRUE OR {reported_since})) AS reported,
        count(*) FILTER (WHERE i.begun_at <= :at AND NOT i.is_known) AS not_known,
        {losses}
    FROM {rows} i JOIN hazard_event v ON v.id = i.event_id
    WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi
      AND i.opened_at <= :at AND (i.state <> 'withdrawn' OR i.withdrawn_at > :at)
    GROUP BY 1
"""
# Families are looked up for damaged houses alone.
_LOSS = """
    count(*) FILTER (WHERE i.begun_at <= :at AND {damage} = '{code}') AS {code}_houses,
    coalesce(sum(CASE WHEN i.begun_at <= :at AND {damage} = '{code}' THEN (SELECT count(*) FROM ({families}) f) END), 0)::int
        AS {code}_households,
    coalesce(sum(i.rooms_{code}) FILTER (WHERE i.begun_at <= :at), 0)::int AS {code}_rooms,
    count(*) FILTER (WHERE i.begun_at <= :at AND {damage} = '{code}' AND coalesce(i.rooms_{code}, 0) = 0) AS {code}_unstated
"""
_CONCLUDED = f"""
    SELECT substr(i.scope_code, 1, 9) AS code, count(*) AS needed,
        count(*) FILTER (WHERE c.conclusion IS NULL) AS waiting,
        count(*) FILTER (WHERE c.conclusion = 'habitable') AS habitable,
        count(*) FILTER (WHERE c.conclusion = 'not_habitable') AS not_habitable,
        count(*) FILTER (WHERE c.conclusion = 'restricted') AS restricted
    FROM {{rows}} i
    JOIN house h ON h.id = i.house_id
    LEFT JOIN LATERAL (
        SELECT CASE WHEN {still_holds(at=":at")} THEN c.conclusion END AS conclusion FROM emergency_conclusion c
        WHERE c.event_id = i.event_id AND c.house_id = i.house_id AND c.entered_at <= :at ORDER BY c.id DESC LIMIT 1
    ) c ON true
    WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi
      AND (i.state <> 'withdrawn' OR i.withdrawn_at > :at)
      -- Of the others nobody has to look for a signature.
      AND (i.begun_at <= :at OR i.house_id IN (SELECT x.house_id FROM emergency_conclusion x WHERE x.event_id = :event))
      AND (c.conclusion IS NOT NULL OR ((i.done_at <= :at OR (i.begun_at <= :at AND i.result = ANY (:always)))
        AND (i.result = ANY (:always) OR (i.result = ANY (:dangerous) AND h.risk = ANY (:risks)))))
    GROUP BY 1
"""
_SHELTERS = """
    SELECT count(DISTINCT shelter_id) FROM evacuation
    WHERE event_id = :event AND scope_code >= :lo AND scope_code < :hi AND withdrawn_at IS NULL
      AND state = 'moved_to_shelter' AND shelter_id IS NOT NULL
"""
_UNPLACED = """
    SELECT substr(scope_code, 1, 9) AS code, count(*) AS households, coalesce(sum(people), 0) AS people,
        count(*) FILTER (WHERE people IS NULL) AS unsized
    FROM evacuation
    WHERE event_id = :event AND scope_code >= :lo AND scope_code < :hi AND withdrawn_at IS NULL
      AND state = 'moved_to_shelter' AND shelter_id IS NULL AND destination IS NULL
    GROUP BY 1
"""
_UNREGISTERED = """
    SELECT count(*) FROM evacuation
    WHERE event_id = :event AND scope_code >= :lo AND scope_code < :hi AND withdrawn_at IS NULL
      AND origin = 'extra' AND NOT was_listed AND house_id IS NULL AND opened_at <= :at
"""


def gather(session: Session, event: HazardEvent, scope: AreaScope, *, as_of: datetime | None = None) -> Figures:
    """Everything that a report of ``scope`` counts. Now, or at an earlier moment as it was known then."""
    at = as_of or now()
    values: dict[str, Any] = {"event": event.id, "lo": scope.lo, "hi": scope.hi, "at": at}
    moves = totals(session, event.id, scope, as_of=as_of)
    by_code = {area.code: area for area in moves.townships}
    losses = ",".join(_LOSS.format(code=code, families=FAMILIES, damage=DAMAGE) for code in LOSSES)
    rows = INSPECTIONS_THEN if as_of else INSPECTIONS_NOW
    checked = {
        row.code: row
        for row in session.execute(
            text(_CHECKED.format(losses=losses, rows=rows, damage=DAMAGE, reported_since=REPORTED_SINCE.format(i="i"))),
            values,
        )
    }
    wanted = text(_CONCLUDED.format(rows=rows))
    concluded = {row.code: row for row in session.execute(wanted, {**values, **_lists(session, event)})}
    unsafe = unsafe_by_township(session, event.id, scope, as_of=as_of)
    unplaced = {
        row.code: Heads(row.households, int(row.people), row.unsized)
        for row in session.execute(text(UNPLACED_THEN if as_of else _UNPLACED), values)
    }
    codes = sorted({*by_code, *checked, *concluded, *unsafe})
    names = names_of(session, {scope.prefix, *codes} - {""})
    phase = phase_then(session, event, scope, at) if as_of else event.phase
    revision = revision_then(session, event, at) if as_of else event.revision
    grounds = last_entries(session, [event.id], as_of=at).get(event.id, {})
    own = {code: phase_of_ground(phase, last.phase) for code, last in grounds.items()}
    townships = tuple(
        AreaFigures(
            code,
            names.get(code, code),
            _moves(by_code.get(code), unplaced.get(code, Heads())),
            _losses(checked.get(code)),
            _checks(checked.get(code)),
            _concluded(concluded.get(code), unsafe.get(code, 0)),
            EVENT_PHASE.label(own[code]) if own.get(code, phase) != phase else "",
        )
        for code in codes
    )
    found = (
        affected(session, event.id, scope)
        if revision == event.revision
        else affected_then(session, event, scope, revision)
    )
    waiting = WithoutHome() if found is None or phase == "mistaken" else found.without_home
    shelters = _shelters(session, event, scope, as_of)
    called, lifted = _calls(session, event.id, scope, as_of)
    return Figures(
        total=_total(scope, names, townships, _moves(moves.total, _summed(unplaced.values()))),
        townships=townships,
        warnings=_warnings(session, event, at),
        calls=called,
        calls_lifted=lifted,
        phase=EVENT_PHASE.label(phase),
        revision=revision,
        affected={
            "houses": found.houses,
            "uncertain": found.uncertain,
            "households": found.households,
            "people": found.people,
            "unsized": found.households_without_size,
            "without_home": waiting.households,
            "without_home_people": waiting.people,
            "without_home_unsized": waiting.households_without_size,
        }
        if found is not None
        else {},
        shelters_used=int(session.execute(text(SHELTERS_THEN if as_of else _SHELTERS), values).scalar_one()),
        shelters=shelters,
        crowded=tuple(
            (one.name, one.inside.people, one.capacity)
            for one in shelters
            if one.capacity is not None and one.inside.people > one.capacity
        ),
        elsewhere=_elsewhere(session, event, scope, as_of, phase),
        extra=moves.total.extra,
        extra_unregistered=int(session.execute(text(_UNREGISTERED), values).scalar_one()),
        is_known=not any(row.not_known for row in checked.values()),
    )


def _lists(session: Session, event: HazardEvent) -> dict[str, Any]:
    return {
        "always": list(NEEDS_TECHNICIAN),
        "dangerous": list(NEEDS_IF_DANGEROUS),
        "risks": list(required_risks(session, event.scope_code)),
    }


def _summed(parts: Iterable[Heads]) -> Heads:
    every = list(parts)
    return Heads(*(sum(getattr(one, name) for one in every) for name in ("households", "people", "unsized")))


def _moves(area: AreaTotals | None, unplaced: Heads) -> Moves:
    if area is None:
        return Moves()
    of = area.by_state
    placed = of.get("moved_to_shelter", NOBODY)
    return Moves(
        due=area.due,
        moved=area.moved,
        left=area.left,
        in_shelters=Heads(
            placed.households - unplaced.households,
            placed.people - unplaced.people,
            placed.unsized - unplaced.unsized,
        ),
        with_kin=of.get("moved_to_kin", NOBODY),
        away=of.get("away", NOBODY),
        returned=of.get("returned", NOBODY),
        refused=of.get("refused", NOBODY),
        unreachable=of.get("unreachable", NOBODY),
        told=area.unnamed,
        unplaced=unplaced,
    )


def _elsewhere(session: Session, event: HazardEvent, scope: AreaScope, as_of: datetime | None, phase: str) -> Heads:
    """Of those not moved: who is away by another event. After 误发撤销 nobody has to be moved."""
    if phase == "mistaken":
        return NOBODY
    if as_of is not None:
        return away_elsewhere_then(session, event, scope, as_of)
    return _summed(one.heads for one in away_elsewhere(session, event.id, scope))


def _losses(row: Any) -> dict[str, Loss]:
    if row is None:
        return {code: Loss() for code in LOSSES}
    return {code: Loss(**{name: getattr(row, f"{code}_{name}") for name in _names(Loss)}) for code in LOSSES}


def _checks(row: Any) -> Checks:
    return (
        Checks() if row is None else Checks(row.due, row.done, row.overdue, row.suspected, row.unclassed, row.reported)
    )


def _concluded(row: Any, unsafe: int) -> Concluded:
    if row is None:
        return Concluded(unsafe=unsafe)
    return Concluded(row.needed, row.waiting, row.habitable, row.not_habitable, row.restricted, unsafe)


def _total(scope: AreaScope, names: dict[str, str], townships: tuple[AreaFigures, ...], moves: Moves) -> AreaFigures:
    """The sum of the townships; the people come from the one count that figures by telephone are set against, too."""
    losses = {
        code: Loss(*(sum(getattr(one.losses[code], name) for one in townships) for name in _names(Loss)))
        for code in LOSSES
    }
    checks = Checks(*(sum(getattr(one.checks, name) for one in townships) for name in _names(Checks)))
    concluded = Concluded(*(sum(getattr(one.concluded, name) for one in townships) for name in _names(Concluded)))
    return AreaFigures(scope.prefix or "0", names.get(scope.prefix, "全部"), moves, losses, checks, concluded)


def _names(kind: type[Loss | Checks | Concluded]) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


def _calls(session: Session, event_id: int, scope: AreaScope, as_of: datetime | None) -> tuple[str, int]:
    """3/6: reached of those to be called; and how many were lifted unanswered."""
    if as_of is None:
        board = board_now(session, event_id, scope, is_of_night=True)
        return board.figure, board.lifted
    return calls_then(session, event_id, scope, as_of)


def _warnings(session: Session, event: HazardEvent, at: datetime) -> tuple[WarningLine, ...]:
    """Every warning that had been received by then, as it was said; of an event without one, what it was made as."""
    found = [one for one in warnings_of(session, event.id) if one.received_at <= at]
    corrections = {one.id for one in found if one.is_correction}
    lines = [
        WarningLine(
            (one.issued_at or one.received_at).isoformat(),
            one.issuer,
            f"{_said(one, found)}{CORRECTED if one.ended_by in corrections else ''}",
        )
        for one in sorted(found, key=lambda one: (_said_at(one, found), one.id))
    ]
    if lines:
        return tuple(lines)
    return (WarningLine(None, None, f"{event_kind_said(event.kind, event.kind_text)}{_level(event.level)}"),)


def _said(one: HazardWarning, every: list[HazardWarning]) -> str:
    """What was done with which warning, and where; of a corrected hour which one it was."""
    warning = f"{one.kind_said}{_level(one.level)}{_places(one)}"
    if not one.is_correction:
        return f"{action_said(one.action)}{warning}"
    wrong = [other for other in every if other.ended_by == one.id]
    hours = {other.issued_at for other in wrong if (other.kind, other.level) == (one.kind, one.level)} - {one.issued_at}
    if one.issued_at is None or len(wrong) != 1 or not (then := next(iter(hours), None)):
        return f"{CORRECTED_TO}{warning}"
    return f"{action_said('issue')}{warning}{hour_corrected(then)}"


def _said_at(one: HazardWarning, every: list[HazardWarning]) -> datetime:
    """When it was issued; one that puts an earlier hour right is said after the warning that had the wrong one."""
    then = one.issued_at or one.received_at
    if not one.is_correction:
        return then
    return max([then, *(other.issued_at or other.received_at for other in every if other.ended_by == one.id)])


def _level(level: str | None) -> str:
    return "" if level in (None, "ungraded") else f"{WARNING_LEVEL.label(level)}预警"


def _places(one: HazardWarning) -> str:
    return places([str(area["name"]) for area in one.areas or () if area.get("name")])


def _shelters(
    session: Session, event: HazardEvent, scope: AreaScope, as_of: datetime | None
) -> tuple[ShelterLine, ...]:
    """Those of the area in which somebody is, whichever event brought them there."""
    drill = event.id if event.mode == "drill" else None
    inside = inside_then(session, as_of, drill=drill) if as_of else inside_now(session, drill=drill)
    return tuple(
        ShelterLine(one.area_name, one.name, inside[one.id], one.capacity)
        for one in shelters_of(session, scope, with_closed=True)
        if inside.get(one.id, NOBODY) != NOBODY
    )
