"""Who is named on a 避险明白卡 and its list."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.errors import TooLarge
from geo_housing.evacuation.rule import MovePolicy, reasons_said, to_move_table
from geo_housing.hazards import overlay
from geo_housing.hazards.facts import FACTS_KEY_SQL
from geo_housing.hazards.without_home import WaitingFamily, without_home_in
from geo_housing.houses.living import LIVED_IN_SQL, SIZE_SQL, stale_before
from geo_housing.roster.full_phones import FullPhones, household_numbers
from geo_housing.scope import AreaScope
from geo_housing.words import RISK, TRAIT

# A township's villages; more than a browser prints are asked for village by village.
MOST_ROWS = 3_000
STANDING_SQL = f"""standing AS (
        SELECT DISTINCT h.id, h.scope_code
        FROM (
            SELECT {overlay.PIECE_COLUMNS} FROM hazard_zone z JOIN hazard_zone_piece p ON p.zone_id = z.id
            WHERE z.event_id IS NULL AND z.ended_at IS NULL OFFSET 0
        ) p
        CROSS JOIN LATERAL (
            SELECT h.id, h.scope_code, h.geom FROM house h
            WHERE h.tile_key >= p.lo AND h.tile_key < p.hi AND h.ended_on IS NULL
              AND h.scope_code >= :lo AND h.scope_code < :hi
            OFFSET 0
        ) h
        WHERE {overlay.IN_PIECE}
    )"""


def listed_sql(among: str) -> str:
    """The statement's beginning: ``listed`` are those to be moved of the houses ``h`` that ``among`` names."""
    return f"""WITH {STANDING_SQL}, t AS (
        SELECT h.id, h.code, h.scope_code, h.settlement, h.risk, h.structure, h.key_groups, h.traits,
            {LIVED_IN_SQL} AS lived_in, 1 AS zone_level, h.id IN (SELECT id FROM standing) AS standing
        FROM house h WHERE h.ended_on IS NULL AND {among}
    ), listed AS (
        SELECT t.code, t.scope_code, t.settlement, t.risk, d.reasons, d.place, d.first, k.id AS household_id, k.head,
            {SIZE_SQL} AS persons, k.traits, k.phone_masked, k.phone_key
        FROM t
        JOIN unnest(CAST(:keys AS int[]), CAST(:reasons AS text[]), CAST(:places AS smallint[]), CAST(:firsts AS bool[]))
            AS d (key, reasons, place, first)
            ON d.key = {FACTS_KEY_SQL}
        LEFT JOIN (house_household l JOIN household k ON k.id = l.household_id)
            ON l.house_id = t.id AND l.relation = 'lives' AND l.to_on IS NULL
    )"""


_LISTED = listed_sql("h.scope_code >= :lo AND h.scope_code < :hi")
_COUNTS = text(f"{_LISTED} SELECT scope_code, count(*) FROM listed GROUP BY 1")
_ROWS = f"""{_LISTED}
    SELECT * FROM listed
    ORDER BY scope_code, place, settlement NULLS LAST, code, household_id
    LIMIT :most
"""


@dataclass(frozen=True)
class CardRow:
    """One family that would have to be moved; of a house without one in the register only the house."""

    house_code: str
    settlement: str | None
    head: str | None
    persons: int | None
    risk: str
    traits: tuple[str, ...]
    reasons: tuple[str, ...]
    phone: str | None


def families_on(
    session: Session, scope: AreaScope, kind: str, policy: MovePolicy, full: FullPhones | None, *, alone: bool
) -> dict[str, list[CardRow]]:
    """Who would have to be moved, by village; TooLarge past MOST_ROWS.

    ``alone``: of the scope's own code, without what lies below it. That is one card, however many are on it: nothing less
    could be asked for.
    """
    found = session.execute(
        text(_ROWS),
        {
            **bound(session, scope, kind, policy),
            "lo": scope.lo,
            "hi": f"{scope.lo}0" if alone else scope.hi,
            "most": None if alone else MOST_ROWS + 1,
        },
    ).all()
    if not alone and len(found) > MOST_ROWS:
        raise TooLarge(f"名单超过 {MOST_ROWS:,} 户，浏览器打印不了这么多；请按村分别打印。")
    phones = household_numbers(session, [row.household_id for row in found if row.household_id is not None], full)
    rows: dict[str, list[CardRow]] = {}
    for row in found:
        phone = phones.get(row.household_id, row.phone_masked)
        rows.setdefault(row.scope_code, []).append(
            CardRow(
                row.code,
                row.settlement,
                row.head,
                row.persons,
                RISK.label(row.risk),
                tuple(TRAIT.label(code) for code in row.traits or ()),
                (*(("首批",) if row.first else ()), *reasons_said(row.reasons.split(","))),
                phone,
            )
        )
    return rows


def families_counted(session: Session, scope: AreaScope, kind: str, policy: MovePolicy) -> dict[str, int]:
    """How many would have to be moved, by village."""
    found = session.execute(_COUNTS, {**bound(session, scope, kind, policy), "lo": scope.lo, "hi": scope.hi})
    return {row[0]: row[1] for row in found}


def waiting_on(session: Session, scope: AreaScope) -> dict[str, list[WaitingFamily]]:
    """Who waits for a home, by village."""
    found: dict[str, list[WaitingFamily]] = {}
    for family in without_home_in(session, scope):
        found.setdefault(family.scope_code, []).append(family)
    return found


def bound(session: Session, scope: AreaScope, kind: str, policy: MovePolicy) -> dict[str, Any]:
    """The rules of ``listed_sql`` as values, and since when a statement of who lives in a house is believed."""
    table = to_move_table(kind, policy)
    return {
        "stale_before": stale_before(session, scope),
        "keys": [entry.key for entry in table],
        "reasons": [",".join(entry.reasons) for entry in table],
        "places": [entry.place for entry in table],
        "firsts": [entry.comes_first for entry in table],
    }
