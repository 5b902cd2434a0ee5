"""Whether what a printed 避险明白卡 says of its families has changed since.

A card remembers one sum over its families (``list_sums``): a hash for each over what the paper says of it and nothing else.
Whatever changed a printed thing changes the sum, whoever did it and wherever: a form, a ledger, a setting, a standing area
that was drawn, a day that passed. What the paper does not say leaves the card as it is.

The sum over the houses of a division is kept with all that it was made of (``CardSum``), and believed only while every part
of that is so: the number of changes to houses and families there, which triggers count, whatever was changed (0035_card_sums.sql);
which of its houses stand in a standing area; the rules, the settings and this very statement; and until which day no
statement that a house is empty becomes too old. What differs is made again, for that division alone. Who waits for a home
are few: they are always asked.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.evacuation.queries import move_policy
from geo_housing.evacuation.rule import SETTING_OF
from geo_housing.houses.living import LIVED_IN_SQL, SIZE_SQL, STALE_DAYS
from geo_housing.policy.queries import areas_with_own
from geo_housing.response.papers.card_families import STANDING_SQL, bound, listed_sql
from geo_housing.scope import AreaScope

# Where the journal's entry of a print keeps the sum. Who sums up other things gives it another name: a card printed
# before then has none, and holds as it did.
SUM = "families_sum"

# A full number is known by its keyed hash: its middle digits do not show in what is masked. It stays when keys are changed.
_PHONE = "CASE WHEN :full THEN coalesce({k}.phone_key::text, {k}.phone_masked) ELSE {k}.phone_masked END"
_TRAITS = "nullif({k}.traits, '{{}}')"
_AMONG = "scope_code = ANY (CAST(:codes AS text[]))"
# How many changes there were and which houses stand in standing areas. Read in the statement that reads the houses, too:
# what is committed between two statements never stands with a sum that does not know it.
_STATE = f"""changed AS (
        SELECT scope_code, sum(changes) AS n FROM family_change WHERE {_AMONG} GROUP BY 1
    ), in_standing AS (
        SELECT scope_code, sum(hashint8extended(id, 0)) AS hashed FROM standing WHERE {_AMONG} GROUP BY 1
    ), state AS (
        SELECT c.code, coalesce(n.n, 0) AS changes, coalesce(s.hashed, 0) AS standing
        FROM unnest(CAST(:codes AS text[])) c (code)
        LEFT JOIN changed n ON n.scope_code = c.code LEFT JOIN in_standing s ON s.scope_code = c.code
    )"""
_KEPT = text(f"""WITH {STANDING_SQL}, {_STATE}
    SELECT c.code, k.sum FROM state c
    LEFT JOIN card_sum k ON k.scope_code = c.code AND k.asked = :asked AND k.changes = c.changes
        AND k.standing = c.standing AND k.since <= :stale_before AND (k.until IS NULL OR :stale_before <= k.until)
""")
# A record as text, because a name may hold any sign that could stand between two values.
_LISTED_SUMS = f"""{listed_sql(f"h.{_AMONG}")}, {_STATE}, printed AS (
        SELECT f.scope_code, sum(hashtextextended(ROW(coalesce(nullif(f.head, ''), f.code), f.persons,
            {_TRAITS.format(k="f")}, nullif(f.settlement, ''), f.reasons, f.first, {_PHONE.format(k="f")})::text COLLATE "C", 0)) AS sum
        FROM listed f GROUP BY 1
    ), soonest AS (
        SELECT h.scope_code, min(h.occupancy_checked_on) AS day FROM house h
        WHERE h.ended_on IS NULL AND h.{_AMONG} AND NOT {LIVED_IN_SQL} GROUP BY 1
    ), made AS (
        SELECT c.code, c.changes, c.standing, e.day, coalesce(p.sum, 0) AS sum FROM state c
        LEFT JOIN printed p ON p.scope_code = c.code LEFT JOIN soonest e ON e.scope_code = c.code
    )"""
_MAKE = text(f"""{_LISTED_SUMS}
    INSERT INTO card_sum (scope_code, asked, changes, standing, since, until, sum, made_on)
    SELECT code, :asked, changes, standing, :stale_before, day, sum, :today FROM made ORDER BY code
    ON CONFLICT (scope_code, asked) DO UPDATE SET changes = EXCLUDED.changes, standing = EXCLUDED.standing,
        since = EXCLUDED.since, until = EXCLUDED.until, sum = EXCLUDED.sum, made_on = EXCLUDED.made_on
    RETURNING scope_code, sum
""")
# A former house that was placed in another township says nothing: its own does not see it, and would take a card that the
# county printed for another one.
_WAITING_SUMS = text(f"""
    SELECT k.scope_code, sum(hashtextextended(ROW('waits', nullif(k.head, ''), {SIZE_SQL}, {_TRAITS.format(k="k")}, h.code,
        nullif(h.settlement, ''), w.since - date '2000-01-01', {_PHONE.format(k="k")})::text COLLATE "C", 0)) AS sum
    FROM households_waiting(:lo, :hi) w
    JOIN household k ON k.id = w.household_id
    LEFT JOIN house h ON h.id = w.house_id AND starts_with(h.scope_code, k.scope_code)
    WHERE k.{_AMONG} GROUP BY 1
""")


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

    All cards together: who waits is counted whole, however many there are.
    """
    scope = AreaScope(under)
    rules = bound(session, scope, kind, move_policy(session, scope.lo))
    values = {
        **rules,
        "lo": min(codes),
        "hi": f"{max(codes)}:",
        "codes": list(codes),
        "full": full,
        "today": clock.today(),
        "asked": _asked(rules, full=full),
    }
    found = {row.code: row.sum for row in session.execute(_KEPT, values)}
    unknown = [code for code, kept in found.items() if kept is None]
    if unknown:
        made = session.execute(_MAKE, {**values, "codes": unknown})
        found |= {row.scope_code: row.sum for row in made}
    for row in session.execute(_WAITING_SUMS, values):
        found[row.scope_code] += row.sum
    return {code: str(int(total)) for code, total in found.items()}


def _asked(rules: Mapping[str, Any], *, full: bool) -> str:
    """What a sum was asked with besides the register: the day, which is kept beside it, is no part of it."""
    parts = [_LISTED_SUMS, full, {name: value for name, value in rules.items() if name != "stale_before"}]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]


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
