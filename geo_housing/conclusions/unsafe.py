"""尚未安全居住: houses whose families may not live there and are not safely housed yet. One definition for pages and reports.

A house that fell is counted from the moment it is entered: no family is fine because a technician has still to sign. From
the signature 不可以居住 on the care for its families decides. What a technician has to look at first (损坏, a grade) is not
counted here: nobody knows yet whether it is safe, and it stands in 待评估.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.conclusions.models import UnsafeHome
from geo_housing.houses.living import UNSIZED_SQL, stale_before
from geo_housing.inspections.steps import INSPECTIONS_THEN
from geo_housing.scope import AreaScope

# Two parts that exclude each other. A permit that was signed before the house fell, or for a part of it, is no shelter: the
# ruin is counted until somebody has signed 不可以居住.
_NOT_SAFELY_HOUSED = """
    SELECT u.event_id, u.house_id, u.scope_code, u.opened_at AS since, true AS is_signed FROM unsafe_home u
    WHERE u.opened_at <= {at} AND (u.settled_at IS NULL OR u.settled_at > {at})
    UNION ALL
    SELECT i.event_id, i.house_id, i.scope_code, i.begun_at, false FROM {rows} i
    WHERE i.result = 'collapsed' AND i.state IN ('in_progress', 'done') AND i.begun_at <= {at}
      AND 'not_habitable' IS DISTINCT FROM (
        SELECT c.conclusion FROM emergency_conclusion c
        WHERE c.event_id = i.event_id AND c.house_id = i.house_id AND c.entered_at <= {at} ORDER BY c.id DESC LIMIT 1)
      AND NOT EXISTS (
        SELECT FROM unsafe_home u WHERE u.event_id = i.event_id AND u.house_id = i.house_id
          AND u.opened_at <= {at} AND (u.settled_at IS NULL OR u.settled_at > {at}))
"""


def not_safely_housed() -> str:
    """event_id, house_id, scope_code, since when and whether it is signed, one row for each house."""
    return _NOT_SAFELY_HOUSED.format(at="'infinity'", rows="emergency_inspection")


@dataclass(frozen=True)
class UnsafeRow:
    """One house with its families who are, or were, not safely housed; ``home`` is the care for them, once there is one.

    ``is_signed``: nobody may live there by signature; else it fell and waits for one.
    """

    home: UnsafeHome | None
    house_code: str
    scope_code: str
    since: datetime
    is_signed: bool
    settled_at: datetime | None
    people: int
    households_without_size: int
    heads: tuple[str, ...]


def unsafe_rows(session: Session, event_id: int, scope: AreaScope) -> list[UnsafeRow]:
    """What 不可以居住 and 倒塌 left open, the longest open first; settled ones last."""
    rows = session.execute(
        text(f"""
            SELECT x.house_id, x.scope_code, x.since, x.is_signed, x.settled_at, h.code, h.people,
                {UNSIZED_SQL} AS households_without_size,
                (SELECT array_agg(k.head ORDER BY k.id) FILTER (WHERE k.head IS NOT NULL)
                 FROM house_household l JOIN household k ON k.id = l.household_id
                 WHERE l.house_id = x.house_id AND l.relation = 'lives' AND l.to_on IS NULL) AS heads
            FROM (
                SELECT n.*, NULL AS settled_at FROM ({not_safely_housed()}) n
                UNION ALL
                SELECT s.event_id, s.house_id, s.scope_code, s.opened_at, true, s.settled_at FROM unsafe_home s
                WHERE s.settled_at IS NOT NULL AND NOT EXISTS (
                    SELECT FROM ({not_safely_housed()}) n WHERE n.event_id = s.event_id AND n.house_id = s.house_id)
            ) x JOIN house h ON h.id = x.house_id
            WHERE x.event_id = :event AND x.scope_code >= :lo AND x.scope_code < :hi
              -- What is said of a house registered twice is told of the one that is kept.
              AND (x.settled_at IS NULL OR h.duplicate_of IS NULL)
            ORDER BY x.settled_at IS NOT NULL, x.since, x.house_id
        """),
        {**_values(scope), "event": event_id, "stale_before": stale_before(session, scope)},
    ).all()
    homes = {
        home.house_id: home
        for home in session.query(UnsafeHome).where(
            UnsafeHome.event_id == event_id, UnsafeHome.house_id.in_([row.house_id for row in rows])
        )
    }
    return [
        UnsafeRow(
            homes.get(row.house_id),
            row.code,
            row.scope_code,
            row.since,
            row.is_signed,
            row.settled_at,
            row.people,
            row.households_without_size,
            tuple(row.heads or ()),
        )
        for row in rows
    ]


def unsafe_by_township(
    session: Session, event_id: int, scope: AreaScope, *, as_of: datetime | None = None
) -> dict[str, int]:
    """Houses (栋) by nine digits; ``as_of`` an earlier moment, as it was known then."""
    then = _NOT_SAFELY_HOUSED.format(at=":at", rows=INSPECTIONS_THEN)
    rows = session.execute(
        text(f"""
            SELECT substr(scope_code, 1, 9) AS code, count(*) AS houses FROM ({then if as_of else not_safely_housed()}) x
            WHERE event_id = :event AND scope_code >= :lo AND scope_code < :hi GROUP BY 1
        """),
        {**_values(scope), "event": event_id, **({"at": as_of} if as_of else {})},
    )
    return {row.code: row.houses for row in rows}


def unsafe_count(session: Session, scope: AreaScope, *, event_id: int) -> int:
    """Houses (栋) of an event that people may not live in and whose families are not safely housed yet."""
    wanted = text(f"""
        SELECT count(*) FROM ({not_safely_housed()}) x
        WHERE event_id = :event AND scope_code >= :lo AND scope_code < :hi
    """)
    return int(session.execute(wanted, {**_values(scope), "event": event_id}).scalar_one())


def unsafe_by_event(session: Session, scope: AreaScope) -> list[tuple[int, str, int]]:
    """Number, name and houses (栋) of every real event with families not safely housed yet, closed ones too."""
    rows = session.execute(
        text(f"""
            SELECT o.id, o.name, count(*) AS houses
            FROM ({not_safely_housed()}) x JOIN hazard_event o ON o.id = x.event_id
            WHERE x.scope_code >= :lo AND x.scope_code < :hi AND o.mode = 'actual'
            GROUP BY o.id ORDER BY min(x.since), o.id
        """),
        _values(scope),
    )
    return [(row.id, row.name, row.houses) for row in rows]


def _values(scope: AreaScope) -> dict[str, str]:
    return {"lo": scope.lo, "hi": scope.hi}
