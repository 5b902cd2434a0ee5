"""The houses that an event's present zones concern, with the facts of each as one number, put down for those who decide.

``collect`` fills the temporary table ``concerned``; what rooms open or withdraw they compare with it, in sets. Callers hold
the event's row locked, so that two who press at once come one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.hazards import overlay
from geo_housing.hazards.facts import FACTS_KEY_SQL
from geo_housing.hazards.queries import zones_overlap
from geo_housing.houses.living import stale_before, unsized_sql
from geo_housing.scope import AreaScope


@dataclass(frozen=True)
class Concerned:
    """Houses (栋) collected; ``uncertain`` of them have no or a disputed point."""

    houses: int
    uncertain: int


_TABLE = """
    CREATE TEMP TABLE IF NOT EXISTS concerned (
        house_id bigint, scope_code text COLLATE "C", uncertain bool, facts int, households smallint, people smallint,
        unsized smallint, standing_id bigint
    ) ON COMMIT DROP
"""

# Only standing areas near a zone of the event: houses of all others need not be looked at.
_NEAR = """near AS MATERIALIZED (
        SELECT z.id
        FROM hazard_zone z
        WHERE z.event_id IS NULL AND z.ended_at IS NULL
          AND EXISTS (SELECT FROM hazard_zone e WHERE e.event_id = :event AND (e.geom IS NULL OR e.geom && z.geom))
    )"""

_DOUBTFUL = f"""doubtful AS (
        SELECT c.*, l.level AS zone_level
        FROM candidate c
        JOIN (
            SELECT a.area_code, min({overlay.LEVEL_RANK_SQL.format(level="z.level")}) AS level
            FROM hazard_zone_area a JOIN hazard_zone z ON z.id = a.zone_id WHERE z.event_id = :event GROUP BY 1
        ) l ON l.area_code = c.declared
        -- Hashed: as an anti join the planner, which cannot know how many are inside, compares each with each.
        WHERE c.id NOT IN (SELECT id FROM inside)
    )"""

_FACTS = "id, scope_code, risk, structure, lived_in, key_groups, traits, zone_level, households, people, households_without_size"

_COLLECT = """
    WITH {parts}
    INSERT INTO concerned
        SELECT t.id, t.scope_code, t.uncertain, {key}, t.households, t.people, {unsized}, t.standing_id
        FROM (
            SELECT u.*, s.zone_id IS NOT NULL AS standing, s.zone_id AS standing_id
            FROM (SELECT {facts}, false AS uncertain FROM inside UNION ALL SELECT {facts}, true FROM doubtful) u
            LEFT JOIN standing s ON s.id = u.id
        ) t
        WHERE :everywhere OR EXISTS (
            SELECT FROM unnest(CAST(:areas AS text[])) a (code) WHERE starts_with(t.scope_code, a.code))
"""


def collect(session: Session, event_id: int, scope: AreaScope, *, areas: Sequence[str]) -> Concerned:
    """Put the houses that the event's present zones concern into ``concerned``.

    Within ``scope`` and within ``areas`` (prefixes, '0' for all).
    """
    session.execute(text(_TABLE))
    session.execute(text("DELETE FROM concerned"))
    parts = (
        overlay.PIECES_OF_EVENT,
        overlay.TOUCHED_BY_EVENT,
        overlay.CANDIDATES,
        overlay.INSIDE_ONCE if zones_overlap(session, event_id) else overlay.INSIDE,
        _NEAR,
        overlay.STANDING,
        _DOUBTFUL,
    )
    statement = _COLLECT.format(
        parts=", ".join(parts),
        facts=_FACTS,
        key=FACTS_KEY_SQL,
        unsized=unsized_sql("t"),
    )
    session.execute(
        text(statement),
        {
            "event": event_id,
            "scope_lo": scope.lo,
            "scope_hi": scope.hi,
            "stale_before": stale_before(session, scope),
            **values_of_areas(areas),
        },
    )
    # The planner does not know how many rows of a new event there are, and takes them for one: without the index it
    # would compare each of them with each house collected.
    session.execute(text("CREATE INDEX IF NOT EXISTS concerned_house_id ON concerned (house_id)"))
    session.execute(text("ANALYZE concerned (house_id, facts)"))
    row = session.execute(
        text("SELECT count(*) AS houses, count(*) FILTER (WHERE uncertain) AS u FROM concerned")
    ).one()
    return Concerned(row.houses, row.u)


def areas_beyond(session: Session, code: str) -> list[str]:
    """The divisions of collected houses that do not lie in ``code``."""
    query = text("SELECT DISTINCT scope_code FROM concerned WHERE NOT starts_with(scope_code, :code) ORDER BY 1")
    return list(session.scalars(query, {"code": code}))


def grounds_collected(session: Session) -> list[str]:
    """Grounds (townships, or the county for what lies in none) of the houses collected."""
    return list(session.scalars(text("SELECT DISTINCT left(scope_code, 9) FROM concerned")))


def values_of_areas(areas: Sequence[str]) -> dict[str, object]:
    """What is bound for ``areas`` where a statement says ``:everywhere OR … :areas``."""
    return {"everywhere": "0" in areas, "areas": list(areas)}
