"""Which families stand on a 避险明白卡 and its list, and whether what is printed of them has changed since.

A card remembers one sum over its families (``list_sums``): a hash for each over what the paper says of it and nothing else.
Whatever changed a printed thing changes the sum, whoever did it and wherever: a form, a ledger, a setting, a standing area
that was drawn, a day that passed. What the paper does not say leaves the card as it is.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.area_codes import TOWNSHIP_DIGITS
from geo_housing.errors import TooLarge
from geo_housing.evacuation.queries import move_policy
from geo_housing.evacuation.rule import SETTING_OF, MovePolicy, reasons_said, to_move_table
from geo_housing.hazards import overlay
from geo_housing.hazards.facts import FACTS_KEY_SQL
from geo_housing.hazards.without_home import WaitingFamily, without_home_in
from geo_housing.houses.living import LIVED_IN_SQL, SIZE_SQL, STALE_DAYS, stale_before
from geo_housing.policy.queries import areas_with_own
from geo_housing.roster.full_phones import FullPhones, household_numbers
from geo_housing.scope import AreaScope
from geo_housing.words import RISK, TRAIT

# A township's villages; more than a browser prints are asked for village by village.
MOST_ROWS = 3_000
# Where the journal's entry of a print keeps the sum. Who sums up other things gives it another name: a card printed
# before then has none, and holds as it did.
SUM = "families_sum"

_LISTED = f"""
    WITH standing AS (
        SELECT DISTINCT h.id
        FROM (
            SELECT {overlay.PIECE_COLUMNS} FROM hazard_zone z JOIN hazard_zone_piece p ON p.zone_id = z.id
            WHERE z.event_id IS NULL AND z.ended_at IS NULL OFFSET 0
        ) p
        CROSS JOIN LATERAL (
            SELECT h.id, h.geom FROM house h
            WHERE h.tile_key >= p.lo AND h.tile_key < p.hi AND h.ended_on IS NULL
              AND h.scope_code >= :lo AND h.scope_code < :hi
            OFFSET 0
        ) h
        WHERE {overlay.IN_PIECE}
    ), t AS (
        SELECT h.id, h.code, h.scope_code, h.settlement, h.risk, h.structure, h.key_groups, h.traits,
            {LIVED_IN_SQL} AS lived_in, 1 AS zone_level, h.id IN (SELECT id FROM standing) AS standing
        FROM house h WHERE h.ended_on IS NULL AND {{among}}
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
_ROWS = f"""{_LISTED.format(among="h.scope_code >= :lo AND h.scope_code < :hi")}
    SELECT * FROM listed
    ORDER BY scope_code, place, settlement NULLS LAST, code, household_id
    LIMIT :most
"""
# A full number is known by its keyed hash: its middle digits do not show in what is masked. It stays when keys are changed.
_PHONE = "CASE WHEN :full THEN coalesce({k}.phone_key::text, {k}.phone_masked) ELSE {k}.phone_masked END"
_TRAITS = "nullif({k}.traits, '{{}}')"
_AMONG = "scope_code = ANY (CAST(:codes AS text[]))"
# A record as text, because a name may hold any sign that could stand between two values. A former house that was placed in
# another township says nothing: its own does not see it, and would take a card that the county printed for another one.
_SUMS = f"""{_LISTED.format(among=f"h.{_AMONG}")}, printed AS (
        SELECT f.scope_code, ROW(coalesce(nullif(f.head, ''), f.code), f.persons, {_TRAITS.format(k="f")},
            nullif(f.settlement, ''), f.reasons, f.first, {_PHONE.format(k="f")})::text AS said
        FROM listed f
        UNION ALL
        SELECT k.scope_code, ROW('waits', nullif(k.head, ''), {SIZE_SQL}, {_TRAITS.format(k="k")}, h.code,
            nullif(h.settlement, ''), w.since - date '2000-01-01', {_PHONE.format(k="k")})::text
        FROM households_waiting(:lo, :hi) w
        JOIN household k ON k.id = w.household_id
        LEFT JOIN house h ON h.id = w.house_id AND starts_with(h.scope_code, k.scope_code)
        WHERE k.{_AMONG}
    )
    SELECT scope_code, sum(hashtextextended(said COLLATE "C", 0)) AS sum FROM printed GROUP BY scope_code
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
    session: Session, scope: AreaScope, kind: str, policy: MovePolicy, full: FullPhones | None
) -> dict[str, list[CardRow]]:
    """Who would have to be moved, by village; of a county's code who is in no township alone."""
    found = session.execute(
        text(_ROWS),
        {
            **_bound(session, scope, kind, policy),
            "lo": scope.lo,
            "hi": scope.hi if len(scope.prefix) >= TOWNSHIP_DIGITS else f"{scope.lo}0",
            "most": MOST_ROWS + 1,
        },
    ).all()
    if len(found) > MOST_ROWS:
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


def waiting_on(session: Session, scope: AreaScope) -> dict[str, list[WaitingFamily]]:
    """Who waits for a home, by village."""
    found: dict[str, list[WaitingFamily]] = {}
    for family in without_home_in(session, scope):
        found.setdefault(family.scope_code, []).append(family)
    return found


@dataclass(frozen=True)
class Summed:
    """What a card remembers of its families: the sum, and what it was made with.

    ``under``: the area printed, whose settings held. ``full``: whether the families' telephones were printed in full.
    """

    kind: str
    under: str
    full: bool
    sum: str

    @property
    def counts(self) -> dict[str, Any]:
        """What the journal's entry keeps beside kind and ``personal``."""
        return {SUM: {"under": self.under, "sum": self.sum}}


def summed_of(counts: Mapping[str, Any]) -> Summed | None:
    """What an entry of the journal remembers; None of cards printed before they did."""
    kept = counts.get(SUM)
    return None if kept is None else Summed(counts["kind"], kept["under"], bool(counts.get("personal")), kept["sum"])


def list_sums(session: Session, codes: Collection[str], *, kind: str, under: str, full: bool) -> dict[str, str]:
    """The sum of each card. Whoever prints asks before the families are read: what changes in between makes the card old.

    One statement for all cards: who waits is counted whole, however many there are.
    """
    scope = AreaScope(under)
    found = session.execute(
        text(_SUMS),
        {
            **_bound(session, scope, kind, move_policy(session, scope.lo)),
            "lo": min(codes),
            "hi": f"{max(codes)}:",
            "codes": list(codes),
            "full": full,
        },
    )
    return dict.fromkeys(codes, "0") | {row.scope_code: str(row.sum) for row in found}


def changed_since(session: Session, printed: Mapping[str, Summed]) -> set[str]:
    """Which of these cards, by code, would name other families today, or say something else of them."""
    own = areas_with_own(session, (*SETTING_OF, STALE_DAYS))
    alike: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for code, one in printed.items():
        # What has no settings of its own goes by those above: most cards are asked about together.
        under = max((area for area in own if one.under.startswith(area)), key=len, default="")
        alike[one.kind, under, one.full].append(code)
    return {
        code
        for (kind, under, full), codes in alike.items()
        for code, now in list_sums(session, codes, kind=kind, under=under, full=full).items()
        if now != printed[code].sum
    }


def _bound(session: Session, scope: AreaScope, kind: str, policy: MovePolicy) -> dict[str, Any]:
    table = to_move_table(kind, policy)
    return {
        "stale_before": stale_before(session, scope),
        "keys": [entry.key for entry in table],
        "reasons": [",".join(entry.reasons) for entry in table],
        "places": [entry.place for entry in table],
        "firsts": [entry.comes_first for entry in table],
    }
