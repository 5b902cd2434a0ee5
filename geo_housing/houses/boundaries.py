"""Houses follow changed outlines: whose village is another one now is placed there, and the answer says how many."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from geo_housing.areas.announcements import AreaEnded, AreaReopened, OutlinesChanged
from geo_housing.db import Actor
from geo_housing.houses.unsettled import UNSETTLED
from geo_housing.journal.service import Subject, record

# Candidates: houses whose village's outline changed, houses whose point lies in a cell of a changed outline, and whatever
# somebody should look at: where outlines overlapped that fit together now, the cells of before are gone.
REPLACE = text(
    f"""
    WITH changed AS (
        SELECT unnest(CAST(:codes AS text[])) AS code
    ), candidate AS (
        SELECT h.id, h.geom, h.tile_key, h.village_code, h.declared_code, h.scope_code, h.location_state, h.location_note
        FROM house h
        WHERE h.tile_key IS NOT NULL AND h.ended_on IS NULL AND (
            h.id = ANY (CAST(:houses AS bigint[]))
            OR h.village_code IN (SELECT code FROM changed)
            OR h.tile_key >> 20 IN (SELECT c.cell FROM area_cell c JOIN changed ON changed.code = c.area_code)
            OR (EXISTS (SELECT FROM changed) AND {UNSETTLED}))
    ), covered AS (
        SELECT h.id, min(c.area_code) AS village_code, count(*) AS villages
        FROM candidate h
        JOIN area_cell c ON c.cell = h.tile_key >> 20
        WHERE length(c.area_code) = 12 AND (c.geom IS NULL OR ST_DWithin(c.geom, h.geom, 1e-9))
        GROUP BY h.id
    ), around AS (
        SELECT h.id, max(c.area_code) AS area_code
        FROM candidate h
        JOIN area_cell c ON c.cell = h.tile_key >> 20
        WHERE length(c.area_code) < 12 AND (c.geom IS NULL OR ST_DWithin(c.geom, h.geom, 1e-9))
        GROUP BY h.id
    ), decided AS (
        SELECT h.id, v.village_code, coalesce(v.village_code, h.declared_code, r.area_code, h.scope_code) AS scope_code,
            CASE
                WHEN h.location_note = 'confirmed' THEN 'located'
                WHEN h.location_note = 'proposed' THEN h.location_state
                WHEN v.village_code IS NULL AND d.outline THEN 'disputed'
                WHEN u.unclear THEN 'disputed'
                WHEN v.village_code IS NULL THEN 'located'
                WHEN NOT starts_with(v.village_code, coalesce(h.declared_code, '')) THEN 'disputed'
                ELSE 'located'
            END AS state,
            CASE
                WHEN h.location_note IN ('confirmed', 'proposed') THEN h.location_note
                WHEN v.village_code IS NULL AND d.outline THEN 'outside'
                WHEN u.unclear THEN 'misplaced'
                WHEN NOT starts_with(v.village_code, coalesce(h.declared_code, '')) THEN 'misplaced'
                WHEN v.villages > 1 THEN 'border'
                WHEN h.location_note IN ('shared_point', 'shifted') THEN h.location_note
                -- What the worse note stood before.
                WHEN h.location_note IS NOT NULL AND EXISTS (
                    SELECT FROM house o WHERE o.tile_key = h.tile_key AND o.id <> h.id AND o.ended_on IS NULL
                      AND ST_X(o.geom) = ST_X(h.geom) AND ST_Y(o.geom) = ST_Y(h.geom)) THEN 'shared_point'
            END AS note
        FROM candidate h
        LEFT JOIN covered v ON v.id = h.id
        LEFT JOIN around r ON r.id = h.id
        CROSS JOIN LATERAL (
            SELECT h.declared_code IS NULL AND (SELECT EXISTS (SELECT FROM area WHERE geom IS NOT NULL))
                OR (SELECT bool_or(a.geom IS NOT NULL) FROM area a WHERE a.code = h.declared_code) AS outline
        ) d
        -- The ledger named a village that nobody understood: no outline settles that.
        CROSS JOIN LATERAL (
            SELECT h.location_note IS NOT DISTINCT FROM 'misplaced' AND length(coalesce(h.declared_code, '')) < 12
                AND starts_with(coalesce(h.village_code, h.scope_code), coalesce(h.declared_code, '')) AS unclear
        ) u
    ), updated AS (
        UPDATE house h
        SET village_code = d.village_code, scope_code = d.scope_code, location_state = d.state,
            location_note = d.note, version = h.version + 1, updated_at = now()
        FROM decided d
        WHERE h.id = d.id AND (h.village_code, h.scope_code, h.location_state, h.location_note)
            IS DISTINCT FROM (d.village_code, d.scope_code, d.state, d.note)
        RETURNING (SELECT c.village_code FROM candidate c WHERE c.id = h.id) IS DISTINCT FROM h.village_code AS moved
    )
    SELECT count(*) FILTER (WHERE moved) FROM updated
    """
)


def replace_houses(session: Session, actor: Actor, change: OutlinesChanged) -> int:
    """Place anew every house that the changed outlines may concern; returns how many changed their village."""
    moved: int = session.execute(REPLACE, {"codes": list(change.codes), "houses": []}).scalar_one()
    if moved:
        record(session, actor, "houses.replace", Subject("areas", "outlines", actor.scope.lo), counts={"houses": moved})
    return moved


# What was declared in the abolished division is declared in its successor; a house without a point counts there, too.
TAKE_OVER = text(
    """
    WITH updated AS (
        UPDATE house h
        SET declared_code = CASE WHEN h.declared_code = :code THEN :successor ELSE h.declared_code END,
            scope_code = CASE WHEN h.scope_code = :code THEN :successor ELSE h.scope_code END,
            declared_before = CASE WHEN h.declared_code = :code THEN :code ELSE h.declared_before END,
            version = h.version + 1, updated_at = now()
        WHERE h.declared_code = :code OR h.scope_code = :code
        RETURNING h.ended_on IS NULL AND h.tile_key IS NULL AS moved
    )
    SELECT count(*) FILTER (WHERE moved) FROM updated
    """
)
GIVE_BACK = text(
    """
    WITH updated AS (
        UPDATE house h
        SET declared_code = :code, declared_before = NULL,
            scope_code = CASE WHEN h.scope_code = h.declared_code THEN :code ELSE h.scope_code END,
            version = h.version + 1, updated_at = now()
        WHERE h.declared_before = :code AND h.declared_code = ANY (CAST(:heirs AS text[]))
        RETURNING h.ended_on IS NULL AND h.tile_key IS NULL AS moved
    )
    SELECT count(*) FILTER (WHERE moved) FROM updated
    """
)
_DECLARED = text("SELECT count(*) FROM house WHERE declared_code = :code AND ended_on IS NULL")


def take_over(session: Session, actor: Actor, ended: AreaEnded) -> int:
    """Houses of an abolished division go to its successor; how many without a point did (the others are placed anew)."""
    if ended.successor is None:
        return 0
    return _hand_on(session, actor, ended.code, TAKE_OVER, {"code": ended.code, "successor": ended.successor})


def give_back(session: Session, actor: Actor, reopened: AreaReopened) -> int:
    """Houses that an abolished division handed on are declared in it again; how many without a point are."""
    return _hand_on(session, actor, reopened.code, GIVE_BACK, {"code": reopened.code, "heirs": list(reopened.heirs)})


def _hand_on(session: Session, actor: Actor, code: str, how: TextClause, values: dict[str, Any]) -> int:
    moved: int = session.execute(how, values).scalar_one()
    if moved:
        record(session, actor, "houses.replace", Subject("areas", code, code), counts={"houses": moved})
    return moved


def declared_in(session: Session, code: str) -> int:
    """How many present houses (栋) name exactly this division as theirs."""
    return int(session.execute(_DECLARED, {"code": code}).scalar_one())


def place_again(session: Session, houses: Sequence[int]) -> int:
    """Place these houses by the present outlines: their own village stood before outlines that came since."""
    return int(session.execute(REPLACE, {"codes": [], "houses": list(houses)}).scalar_one())
