"""Reading conclusions: which houses need one, what is signed, who cannot go home."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session, aliased

from geo_housing import clock
from geo_housing.conclusions.models import EmergencyConclusion, UnsafeHome
from geo_housing.conclusions.rule import NEEDS_IF_DANGEROUS, NEEDS_TECHNICIAN, Checked
from geo_housing.conclusions.unsafe import not_safely_housed
from geo_housing.errors import NotFound
from geo_housing.hazards.freezing import begin_entry
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import heads_of_house
from geo_housing.houses.living import UNSIZED_SQL, stale_before
from geo_housing.inspections.again import REPORTED_SINCE, WARNED_SINCE
from geo_housing.inspections.stages import DANGEROUS
from geo_housing.policy.queries import effective
from geo_housing.scope import AreaScope

# The last of the chain of each house: the one that none supersedes.
_HOLDING = """
    SELECT c.id, c.house_id, c.conclusion, c.signed_by, c.signed_at, c.entered_at
    FROM emergency_conclusion c
    WHERE c.event_id = :event AND c.scope_code >= :lo AND c.scope_code < :hi
      AND NOT EXISTS (SELECT FROM emergency_conclusion n WHERE n.supersedes = c.id)
"""
# Whether a conclusion (c) still holds beside what was found (i). 不可以居住 always does; what permits does not when something
# worse was entered since, or somebody reported the house or its ground was warned once more after the technician had been there. As of :at, given by other
# rooms, it holds what was known then; here what is known.
_STILL_HOLDS = """(c.conclusion = 'not_habitable' OR ((i.worsened_at IS NULL OR i.worsened_at <= c.entered_at
            OR i.worsened_at > {at})
        AND (i.danger_reported_at IS NULL OR i.danger_reported_at <= c.signed_at OR i.danger_reported_at > {at})
        AND NOT EXISTS (
            SELECT FROM event_ground g WHERE g.event_id = {event} AND g.scope_code = left(i.scope_code, 9)
              AND g.phase = 'warning' AND g.at > c.signed_at AND g.at <= {at})))"""


def still_holds(*, event: str = ":event", at: str = "'infinity'") -> str:
    """The condition, of the event and the moment that these SQL expressions name."""
    return _STILL_HOLDS.format(event=event, at=at)


STILL_HOLDS = still_holds()
# Whether the result of an inspection (i) counts: rule.Checked.
_ALARMING = ", ".join(f"'{result}'" for result in DANGEROUS)
_COUNTS = f"(i.state = 'done' OR (i.state = 'in_progress' AND i.result IN ({_ALARMING})))"
# Whether something dangerous was found of a house in :event (i) that no technician has lifted since; what fell has fallen.
FOUND_DANGEROUS = f"""i.result IN ('collapsed', 'suspected') AND {_COUNTS} AND (i.result = 'collapsed' OR NOT EXISTS (
        SELECT FROM emergency_conclusion c WHERE c.event_id = :event AND c.house_id = i.house_id
          AND c.conclusion = 'habitable' AND {STILL_HOLDS}
          AND NOT EXISTS (SELECT FROM emergency_conclusion n WHERE n.supersedes = c.id)))"""
_CONCERNED_COLUMNS = """i.id AS inspection_id, i.house_id, i.scope_code, i.result, i.damage, i.done_at,
        c.id AS conclusion_id, c.conclusion, c.signed_by, c.signed_at"""
# Houses that need a conclusion by what counts of their inspection, and those that have one, whoever was there first. Two parts,
# because an event has a hundred times as many inspections as anybody has looked at or signed of.
_CONCERNED = f"""
    SELECT {_CONCERNED_COLUMNS}
    FROM emergency_inspection i
    JOIN house h ON h.id = i.house_id
    LEFT JOIN ({_HOLDING}) c ON c.house_id = i.house_id AND {STILL_HOLDS}
    WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi AND {_COUNTS}
      AND (c.id IS NOT NULL OR i.result = ANY (:always) OR (i.result = ANY (:dangerous) AND h.risk = ANY (:risks)))
    UNION ALL
    SELECT {_CONCERNED_COLUMNS}
    FROM ({_HOLDING}) c
    JOIN emergency_inspection i ON i.event_id = :event AND i.house_id = c.house_id AND {STILL_HOLDS}
    WHERE i.scope_code >= :lo AND i.scope_code < :hi AND i.state <> 'withdrawn' AND {_COUNTS} IS NOT TRUE
"""


@dataclass(frozen=True)
class Standing:
    """How far the conclusions are in one area, in 栋: ``needed`` = ``waiting`` + those signed, by conclusion.

    ``unsafe``: 栋 whose families are not safely housed yet (unsafe.py); among them are those that fell and wait to be signed.
    """

    code: str
    needed: int
    waiting: int
    by_conclusion: dict[str, int]
    unsafe: int


@dataclass(frozen=True)
class ConclusionRow:
    """One house that needs, or has, a conclusion."""

    house_id: int
    house_code: str
    scope_code: str
    settlement: str | None
    structure: str | None
    risk: str
    people: int
    households_without_size: int
    heads: tuple[str, ...]
    result: str | None
    damage: str | None
    conclusion: str | None
    signed_by: str | None
    signed_at: datetime | None
    lon: float | None
    lat: float | None


def seen_event(session: Session, event_id: int, scope: AreaScope) -> HazardEvent:
    """The event; NotFound for one that concerns other areas."""
    event = session.get(HazardEvent, event_id)
    if event is None or not (scope.covers(event.scope_code) or scope.prefix.startswith(event.scope_code)):
        raise NotFound(f"没有 {event_id} 号事件，或不在您的管辖范围内。")
    return event


def required_risks(session: Session, area_code: str) -> tuple[str, ...]:
    """Risk classes for which a technician must sign before anybody returns."""
    return tuple(effective(session, "conclusion.required_risks", area_code=area_code, on=clock.today()).value)


def standing(session: Session, event_id: int, scope: AreaScope, risks: Collection[str]) -> list[Standing]:
    """One entry for each village (or township, county for houses in no village) that has such a house."""
    rows = session.execute(
        text(f"""
            SELECT coalesce(w.scope_code, u.scope_code) AS code, coalesce(w.needed, 0) AS needed,
                coalesce(w.waiting, 0) AS waiting, coalesce(w.habitable, 0) AS habitable,
                coalesce(w.not_habitable, 0) AS not_habitable, coalesce(w.restricted, 0) AS restricted,
                coalesce(u.unsafe, 0) AS unsafe
            FROM (
                SELECT scope_code, count(*) AS needed, count(*) FILTER (WHERE conclusion IS NULL) AS waiting,
                    count(*) FILTER (WHERE conclusion = 'habitable') AS habitable,
                    count(*) FILTER (WHERE conclusion = 'not_habitable') AS not_habitable,
                    count(*) FILTER (WHERE conclusion = 'restricted') AS restricted
                FROM ({_CONCERNED}) i GROUP BY scope_code
            ) w
            FULL JOIN (
                SELECT scope_code, count(*) AS unsafe FROM ({not_safely_housed()}) x
                WHERE event_id = :event AND scope_code >= :lo AND scope_code < :hi
                GROUP BY scope_code
            ) u ON u.scope_code = w.scope_code
            ORDER BY 1
        """).bindparams(*_LISTS),
        _values(event_id, scope, risks),
    )
    words = ("habitable", "not_habitable", "restricted")
    return [
        Standing(row.code, row.needed, row.waiting, {word: getattr(row, word) for word in words}, row.unsafe)
        for row in rows
    ]


def waiting_count(session: Session, event_id: int, scope: AreaScope, risks: Collection[str]) -> tuple[int, int]:
    """(signed, needed) in 栋."""
    row = session.execute(
        text(f"SELECT count(conclusion) AS signed, count(*) AS needed FROM ({_CONCERNED}) i").bindparams(*_LISTS),
        _values(event_id, scope, risks),
    ).one()
    return row.signed, row.needed


def conclusion_rows(
    session: Session,
    event_id: int,
    scope: AreaScope,
    risks: Collection[str],
    *,
    limit: int,
    areas: Collection[str] | None = None,
) -> list[ConclusionRow]:
    """Houses of the area that need or have a conclusion: those without first, then by village and code.

    ``areas``: of these divisions only.
    """
    values = {**_values(event_id, scope, risks), "limit": limit}
    rows = session.execute(
        text(f"""
            SELECT i.*, h.code, h.settlement, h.structure, h.risk, h.people, h.owner, {UNSIZED_SQL} AS households_without_size,
                ST_X(h.geom) AS lon, ST_Y(h.geom) AS lat,
                (SELECT array_agg(k.head ORDER BY k.id) FILTER (WHERE k.head IS NOT NULL)
                 FROM house_household l JOIN household k ON k.id = l.household_id
                 WHERE l.house_id = i.house_id AND l.relation = 'lives' AND l.to_on IS NULL) AS heads
            FROM ({_CONCERNED}) i JOIN house h ON h.id = i.house_id
            WHERE CAST(:areas AS text[]) IS NULL
              OR EXISTS (SELECT FROM unnest(CAST(:areas AS text[])) a (code) WHERE starts_with(i.scope_code, a.code))
            ORDER BY (i.conclusion IS NOT NULL), i.scope_code, h.code
            LIMIT :limit
        """).bindparams(*_LISTS),
        values | {"areas": None if areas is None else sorted(areas), "stale_before": stale_before(session, scope)},
    )
    return [
        ConclusionRow(
            row.house_id,
            row.code,
            row.scope_code,
            row.settlement,
            row.structure,
            row.risk,
            row.people,
            row.households_without_size,
            heads_of_house(row.heads or (), row.owner),
            row.result,
            row.damage,
            row.conclusion,
            row.signed_by,
            row.signed_at,
            row.lon,
            row.lat,
        )
        for row in rows
    ]


def history(session: Session, event_id: int, house_id: int) -> list[EmergencyConclusion]:
    """Everything signed of one house after one event, the newest first: the first one holds."""
    return list(
        session.scalars(
            select(EmergencyConclusion)
            .where(EmergencyConclusion.event_id == event_id, EmergencyConclusion.house_id == house_id)
            .order_by(EmergencyConclusion.id.desc())
        )
    )


def holding(session: Session, event_id: int, house_id: int) -> EmergencyConclusion | None:
    """The conclusion that holds, None while nobody has signed."""
    newer = aliased(EmergencyConclusion)
    return session.scalar(
        select(EmergencyConclusion)
        .outerjoin(newer, newer.supersedes == EmergencyConclusion.id)
        .where(
            EmergencyConclusion.event_id == event_id,
            EmergencyConclusion.house_id == house_id,
            newer.id.is_(None),
        )
    )


def signed_houses(session: Session, event_id: int) -> list[int]:
    """Houses of which somebody has signed in an event: work that has begun, whether or not the village has been there."""
    signed = select(EmergencyConclusion.house_id).where(EmergencyConclusion.event_id == event_id)
    return list(session.scalars(signed.distinct()))


def alarming_houses(session: Session, event_id: int) -> list[int]:
    """Houses of which something dangerous was seen in an event, or signed."""
    statement = text(f"""
        SELECT i.house_id FROM emergency_inspection i
        WHERE i.event_id = :event AND i.state <> 'withdrawn' AND i.result IN ({_ALARMING}) AND {_COUNTS}
        UNION SELECT house_id FROM emergency_conclusion WHERE event_id = :event AND conclusion <> 'habitable'
        UNION SELECT house_id FROM unsafe_home WHERE event_id = :event AND settled_at IS NULL
    """)
    return list(session.scalars(statement, {"event": event_id}))


def unsafe_home(session: Session, event_id: int, house_id: int, *, lock: bool = False) -> UnsafeHome | None:
    """Where the families of a house live that they may not live in; None when there is nothing of the kind."""
    wanted = select(UnsafeHome).where(UnsafeHome.event_id == event_id, UnsafeHome.house_id == house_id)
    if lock:
        begin_entry(session)
        wanted = wanted.with_for_update()
    return session.scalar(wanted.execution_options(populate_existing=True))


def checked_houses(session: Session, event_id: int, house_ids: Collection[int]) -> dict[int, Checked]:
    """What is known of each house after the event, for the question who may go home.

    As long as the care for those who may not live there is open it is 不可以居住, whoever signed it of which record.
    """
    rows = session.execute(
        text(f"""
            SELECT h.id, h.risk, CASE WHEN h.ended_reason = 'demolished' THEN 'demolished' WHEN {_COUNTS} THEN i.result END
                    AS result,
                CASE WHEN u.id IS NOT NULL THEN 'not_habitable' WHEN i.id IS NULL OR {STILL_HOLDS} THEN c.conclusion END
                    AS conclusion, c.id IS NOT NULL AS was_signed,
                ({WARNED_SINCE.format(i="i")} OR {REPORTED_SINCE.format(i="i")}) AS is_outdated, coalesce(i.origin = 'extra', false) AS was_reported
            FROM house h
            LEFT JOIN emergency_inspection i ON i.house_id = h.id AND i.event_id = :event AND i.state <> 'withdrawn'
            LEFT JOIN emergency_conclusion c ON c.house_id = h.id AND c.event_id = :event
                AND NOT EXISTS (SELECT FROM emergency_conclusion n WHERE n.supersedes = c.id)
            LEFT JOIN unsafe_home u ON u.house_id = h.id AND u.event_id = :event AND u.settled_at IS NULL
            WHERE h.id = ANY (:houses)
        """),
        {"event": event_id, "houses": list(house_ids)},
    )
    return {
        row.id: Checked(row.result, row.conclusion, row.risk, row.is_outdated, row.was_signed, row.was_reported)
        for row in rows
    }


# Families of a house who are on the event's list and not out of danger; also where the list names another house of theirs.
_NOT_MOVED = text("""
    SELECT coalesce(k.head, e.named) AS head, e.state FROM evacuation e LEFT JOIN household k ON k.id = e.household_id
    WHERE e.event_id = :event AND e.withdrawn_at IS NULL AND e.state IN ('pending', 'refused', 'unreachable')
      AND (e.house_id = :house OR e.household_id IN (SELECT l.household_id FROM house_household l
            WHERE l.house_id = :house AND l.relation = 'lives' AND l.to_on IS NULL))
    ORDER BY e.id
""")


def not_moved(session: Session, event_id: int, house_id: int) -> list[tuple[str | None, str]]:
    """Head and state of each household of the house that the event's list has as not moved."""
    found = session.execute(_NOT_MOVED, {"event": event_id, "house": house_id})
    return [(row.head, row.state) for row in found]


_LISTS = tuple(bindparam(name, type_=ARRAY(TEXT(collation="C"))) for name in ("always", "dangerous", "risks"))


def _values(event_id: int, scope: AreaScope, risks: Collection[str]) -> dict[str, Any]:
    return {
        "event": event_id,
        "lo": scope.lo,
        "hi": scope.hi,
        "always": list(NEEDS_TECHNICIAN),
        "dangerous": list(NEEDS_IF_DANGEROUS),
        "risks": list(risks),
    }
