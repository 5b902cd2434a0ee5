"""What a change of an event's zones does, and whom the event concerns then: every house is read once, with both its levels.

Levels are ranks, 1 for red; ``NOWHERE`` stands for a zone, or a house, that is not there before, or not after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from geo_housing.area_codes import township_of
from geo_housing.hazards import overlay
from geo_housing.hazards.queries import Affected, beside_of_plan, summed
from geo_housing.hazards.sources import ZoneDraft
from geo_housing.houses.living import stale_before, unsized_sql
from geo_housing.scope import EVERYWHERE, AreaScope

NOWHERE = 9


@dataclass(frozen=True)
class TownshipDifference:
    """What a change of zones does in one township, in 栋, uncertain ones too; ``raised`` and ``lowered`` stay concerned."""

    code: str
    added: int
    left: int
    raised: int
    lowered: int


@dataclass(frozen=True)
class Counted:
    """栋, those of uncertain place too; 户 and 人 that live in them; of ``unsized`` 户 nobody counted the 人."""

    houses: int = 0
    households: int = 0
    people: int = 0
    unsized: int = 0


@dataclass(frozen=True)
class Difference:
    """Who comes, goes and stays, and by township, those where nothing changes left out."""

    added: Counted = Counted()
    left: Counted = Counted()
    kept: Counted = Counted()
    townships: tuple[TownshipDifference, ...] = ()

    @property
    def raised(self) -> int:
        """栋 that stay, at a higher level."""
        return sum(one.raised for one in self.townships)

    @property
    def lowered(self) -> int:
        """栋 that stay, at a lower level."""
        return sum(one.lowered for one in self.townships)


@dataclass(frozen=True)
class Change:
    """What changes, and the analysis of the event as it would be."""

    difference: Difference
    affected: Affected


# ``touched`` are the divisions of the zones to come, as of a plan.
_ZONES = f"""zone AS (
        SELECT z.* FROM unnest(CAST(:zones AS bigint[]), CAST(:befores AS int[]), CAST(:afters AS int[])) AS z (id, before, after)
    ), piece AS (
        SELECT {overlay.PIECE_COLUMNS}, z.before, z.after FROM zone z JOIN hazard_zone_piece p ON p.zone_id = z.id
        UNION ALL
        SELECT c.lo, c.hi, ST_GeomFromWKB(c.wkb, 4490), {NOWHERE}, c.level
        FROM unnest(CAST(:lo AS bigint[]), CAST(:hi AS bigint[]), CAST(:geoms AS bytea[]), CAST(:ranks AS int[]))
            AS c (lo, hi, wkb, level)
        OFFSET 0
    ), whole AS (
        SELECT code, min(before) AS before, min(after) AS after FROM (
            SELECT a.area_code AS code, z.before, z.after
            FROM zone z JOIN hazard_zone_area a ON a.zone_id = z.id AND a.whole
            UNION ALL
            SELECT c.code COLLATE "C", {NOWHERE}, c.level
            FROM unnest(CAST(:chosen AS text[]), CAST(:chosen_ranks AS int[])) AS c (code, level)
        ) w GROUP BY code
    ), touching AS (
        SELECT code, min(before) AS before, min(after) AS after FROM (
            SELECT a.area_code AS code, z.before, {NOWHERE} AS after
            FROM zone z JOIN hazard_zone_area a ON a.zone_id = z.id WHERE z.before < {NOWHERE}
            UNION ALL
            SELECT code, {NOWHERE}, level FROM touched
        ) t GROUP BY code
    )"""
# Which of the chosen divisions a house belongs to is decided once for each code that houses have, not once a house.
_PLACED = """code AS (
        (SELECT h.scope_code FROM house h
         WHERE h.scope_code >= :scope_lo AND h.scope_code < :scope_hi ORDER BY h.scope_code LIMIT 1)
        UNION ALL
        SELECT (SELECT h.scope_code FROM house h
            WHERE h.scope_code > c.scope_code AND h.scope_code < :scope_hi ORDER BY h.scope_code LIMIT 1)
        FROM code c WHERE c.scope_code IS NOT NULL
    ), placed AS MATERIALIZED (
        SELECT c.scope_code AS code, min(w.before) AS before, min(w.after) AS after
        FROM code c JOIN whole w ON starts_with(c.scope_code, w.code) GROUP BY c.scope_code
    )"""
# By its point is looked for whose code does not say as much already, and whose place is doubtful (as overlay.INSIDE_ONCE).
_APART = f"""candidate AS MATERIALIZED (
        SELECT h.id, h.tile_key FROM house h
        WHERE h.location_state <> 'located' AND h.ended_on IS NULL
          AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi
          AND {overlay.DECLARED_SQL} IN (SELECT code FROM touching)
    ), stranger AS (
        SELECT p.*, f.scope_code
        FROM piece p
        CROSS JOIN LATERAL (
            SELECT DISTINCT h.scope_code FROM house h
            WHERE h.tile_key >= p.lo AND h.tile_key < p.hi AND h.scope_code >= :scope_lo AND h.scope_code < :scope_hi
            OFFSET 0
        ) f
        LEFT JOIN placed l ON l.code = f.scope_code
        WHERE p.before < coalesce(l.before, {NOWHERE}) OR p.after < coalesce(l.after, {NOWHERE})
        OFFSET 0
    ), apart AS MATERIALIZED (
        SELECT id, min(before) AS before, min(after) AS after FROM (
            SELECT h.id, p.before, p.after
            FROM stranger p
            CROSS JOIN LATERAL (
                SELECT h.id, h.geom FROM house h
                WHERE h.tile_key >= p.lo AND h.tile_key < p.hi AND h.scope_code = p.scope_code AND h.ended_on IS NULL
                OFFSET 0
            ) h
            WHERE {overlay.IN_PIECE}
            UNION ALL
            SELECT h.id, p.before, p.after
            FROM candidate c
            JOIN house h ON h.id = c.id
            JOIN piece p ON c.tile_key >= p.lo AND c.tile_key < p.hi
            WHERE {overlay.IN_PIECE}
        ) found GROUP BY id
    )"""
# One by one are judged: whom a point puts into a zone or out of it, and whose place is doubtful. Whom the candidates do not hold
# is counted by their code: a house of a chosen division is never in neither.
_JUDGED = f"""single AS (
        SELECT id FROM apart
        UNION
        SELECT id FROM candidate
        UNION
        SELECT h.id FROM house h
        WHERE h.location_state <> 'located' AND h.ended_on IS NULL AND h.scope_code IN (SELECT code FROM placed)
    ), judged AS (
        SELECT {overlay.HOUSE_COLUMNS}, coalesce(t.before, {NOWHERE}) AS doubtful_before, coalesce(t.after, {NOWHERE}) AS doubtful_after,
            least(a.before, CASE WHEN t.before < {NOWHERE} THEN {NOWHERE} ELSE l.before END, {NOWHERE}) AS inside_before,
            least(a.after, CASE WHEN t.after < {NOWHERE} THEN {NOWHERE} ELSE l.after END, {NOWHERE}) AS inside_after
        FROM single s
        JOIN house h ON h.id = s.id
        LEFT JOIN placed l ON l.code = h.scope_code
        LEFT JOIN apart a ON a.id = h.id
        LEFT JOIN touching t ON h.location_state <> 'located' AND t.code = {overlay.DECLARED_SQL}
    ), compared AS (
        SELECT *, least(inside_before, doubtful_before) AS was, least(inside_after, doubtful_after) AS becomes FROM judged
    )"""
# All others of a chosen division share its levels: they are counted, not judged. A hashed list, and not a join: it is asked
# inside the scan of each division.
_OTHERS = "h.ended_on IS NULL AND h.location_state = 'located' AND h.id NOT IN (SELECT id FROM apart)"
_FACTS = ("houses", "households", "people", "unsized")
_GROUPED = "risk, key_groups, traits, structure, lived_in"
_SUMS = f"""count(*) AS houses, coalesce(sum(households), 0) AS households, coalesce(sum(people), 0) AS people,
            coalesce(sum({unsized_sql("h")}), 0) AS unsized"""
_COUNTED = f"""
    SELECT grouping(risk) = 0 AS of_risk, grouping(traits) = 0 AS of_families, scope_code, risk, key_groups, traits,
        structure, lived_in, was, becomes,
        {", ".join(f"coalesce(sum({fact}) FILTER (WHERE inside), 0)::bigint AS {fact}" for fact in _FACTS)},
        {", ".join(f"sum({fact})::bigint AS all_{fact}" for fact in _FACTS)},
        coalesce(sum(houses) FILTER (WHERE inside AND candidate), 0)::bigint AS doubtful,
        coalesce(sum(houses) FILTER (WHERE candidate), 0)::bigint AS candidates
    FROM (
        SELECT l.code AS scope_code, {_GROUPED}, l.before AS was, l.after AS becomes, l.after < {NOWHERE} AS inside,
            false AS candidate, houses, households, people, unsized
        FROM placed l
        CROSS JOIN LATERAL (
            SELECT {_GROUPED}, {_SUMS} FROM (
                SELECT {overlay.HOUSE_COLUMNS} FROM house h WHERE h.scope_code = l.code AND {_OTHERS} OFFSET 0
            ) h GROUP BY {_GROUPED}
        ) h
        UNION ALL
        SELECT scope_code, {_GROUPED}, was, becomes, inside_after < {NOWHERE}, doubtful_after < {NOWHERE}, {_SUMS}
        FROM compared h GROUP BY scope_code, {_GROUPED}, was, becomes, 9, 10
    ) h
    GROUP BY GROUPING SETS ((scope_code, risk, was, becomes), (scope_code, key_groups, traits), (structure, lived_in))
"""
_PARTS = (overlay.DRAWN_OF_PLAN, overlay.TOUCHED_BY_PLAN, _ZONES, _PLACED, _APART, _JUDGED)
CHANGE = (
    f"WITH RECURSIVE {', '.join(_PARTS)}, counted AS ({_COUNTED})"
    " SELECT c.*, a.name FROM counted c LEFT JOIN area a ON a.code = c.scope_code"
)


def change_of(
    session: Session,
    standing: Mapping[int, str],
    kept: Sequence[tuple[int, str]],
    drafts: Sequence[tuple[ZoneDraft, str]],
    scope: AreaScope = EVERYWHERE,
) -> Change:
    """From the zones that stand, each with its level, to those that stay, with the level they are to have, and those to come."""
    plan = overlay.values_of_plan(kept, drafts)
    values = {**plan, **_levels(standing, kept), "scope_lo": scope.lo, "scope_hi": scope.hi}
    rows = session.execute(text(CHANGE), {**values, "stale_before": stale_before(session, scope)}).all()
    return Change(_difference(rows), summed(rows, None, beside_of_plan(session, plan, scope)))


_LEFT_TABLE = "CREATE TEMP TABLE IF NOT EXISTS left_out (house_id bigint) ON COMMIT DROP"
_LEFT = f"""WITH RECURSIVE {", ".join(_PARTS)} INSERT INTO left_out
    SELECT id FROM compared WHERE was < {NOWHERE} AND becomes = {NOWHERE}
    UNION ALL
    SELECT h.id FROM placed l CROSS JOIN LATERAL (SELECT h.id FROM house h WHERE h.scope_code = l.code AND {_OTHERS} OFFSET 0) h
    WHERE l.before < {NOWHERE} AND l.after = {NOWHERE}"""
# After ``collect_left``, in the same transaction.
LEFT_OUT = "(SELECT house_id FROM left_out)"


def collect_left(
    session: Session,
    standing: Mapping[int, str],
    kept: Sequence[tuple[int, str]],
    drafts: Sequence[tuple[ZoneDraft, str]],
    scope: AreaScope = EVERYWHERE,
) -> None:
    """Put down the houses that the same change leaves out, for rooms that have work of theirs."""
    session.execute(text(_LEFT_TABLE))
    session.execute(text("DELETE FROM left_out"))
    plan = overlay.values_of_plan(kept, drafts)
    values = {**plan, **_levels(standing, kept), "scope_lo": scope.lo, "scope_hi": scope.hi}
    session.execute(text(_LEFT), {**values, "stale_before": stale_before(session, scope)})


def _levels(standing: Mapping[int, str], kept: Sequence[tuple[int, str]]) -> dict[str, Any]:
    after = dict(kept)
    zones = sorted(standing.keys() | after.keys())
    return {
        "zones": zones,
        "befores": [overlay.rank(standing[zone]) if zone in standing else NOWHERE for zone in zones],
        "afters": [overlay.rank(after[zone]) if zone in after else NOWHERE for zone in zones],
    }


def _difference(rows: Sequence[Row[Any]]) -> Difference:
    by_fate = {fate: [0] * len(_FACTS) for fate in ("added", "left", "kept")}
    found: dict[str, TownshipDifference] = {}
    for row in rows:
        if not row.of_risk or (row.was == NOWHERE and row.becomes == NOWHERE):
            continue
        fate = "added" if row.was == NOWHERE else "left" if row.becomes == NOWHERE else "kept"
        for place, fact in enumerate(_FACTS):
            by_fate[fate][place] += row._mapping[f"all_{fact}"]
        change = (
            fate
            if fate != "kept"
            else "raised"
            if row.becomes < row.was
            else "lowered"
            if row.becomes > row.was
            else ""
        )
        if change:
            code = township_of(row.scope_code)
            before = found.get(code, TownshipDifference(code, 0, 0, 0, 0))
            found[code] = replace(before, **{change: getattr(before, change) + row.all_houses})
    added, left, kept = (Counted(*sums) for sums in by_fate.values())
    return Difference(added, left, kept, tuple(found[code] for code in sorted(found)))
