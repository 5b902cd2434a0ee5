"""避险明白卡: before the season, without an event, for each village who would have to be moved, who fetches them, and where to.

Who is on it is the rule of the evacuation list (evacuation/rule.py), as if a red warning of the chosen kind stood over the
whole village; so the card and the list of the night name the same families. Who is registered in a township and in none of
its villages has a card of the township's own, or of the county's: nobody is missed because their village is not known.
The card goes to the households, the list behind it stays with those who fetch them: they stand on separate sheets. A card that
masks whom to ring is a sample: nobody can be reached with it at night, so it never counts as one that holds.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, is_village, township_of
from geo_housing.areas.queries import AreaName, area_names, maker_of
from geo_housing.db import Actor
from geo_housing.errors import BadInput, NotAllowed, NotReady
from geo_housing.evacuation.queries import move_policy
from geo_housing.evacuation.rule import SEES_LIST
from geo_housing.hazards.without_home import WithoutHome
from geo_housing.journal.service import Subject, record
from geo_housing.policy.queries import effective
from geo_housing.response import waiting
from geo_housing.response.papers.card_families import CardRow, families_on, waiting_on
from geo_housing.response.papers.card_sums import Summed, changed_since, list_sums, summed_of
from geo_housing.response.standing.details import OnCard, standing_on_cards
from geo_housing.roster.facts import KINDS
from geo_housing.roster.full_phones import FullPhones, household_numbers
from geo_housing.roster.queries import ContactRow, ShelterRow, calling_orders, shelters_of
from geo_housing.roster.storing import open_phone, row_of
from geo_housing.scope import AreaScope
from geo_housing.words import EVENT_KIND

KIND = "rainstorm"
VALID_DAYS = "preseason.card_days"
PRINTED = "export.preseason"
IN_NO_VILLAGE, IN_NO_TOWNSHIP = "（不在任何村内）", "（不在任何乡镇内）"


@dataclass(frozen=True)
class VillageCard:
    """One village's card and list; people 人 of those families whose size is stated."""

    area: AreaName
    township: str
    rows: tuple[CardRow, ...]
    contacts: tuple[tuple[ContactRow, str | None], ...]
    shelters: tuple[tuple[ShelterRow, str | None], ...]
    standing: tuple[OnCard, ...] = ()
    # Who waits for a home, as the rows of waiting.HEADS: in no figure of the card.
    without_home: tuple[tuple[int | str, ...], ...] = ()
    waiting: WithoutHome = field(default_factory=WithoutHome)

    @property
    def households(self) -> int:
        """户 on the list; a house without a family in the register counts as one."""
        return len(self.rows)

    @property
    def masked(self) -> int:
        """Numbers of responsible persons and shelters, and standing areas with such numbers, that nobody can ring."""
        said = [phone for _, phone in (*self.contacts, *self.shelters)] + [one.people for one in self.standing]
        return sum("*" in (words or "") for words in said)

    @property
    def people(self) -> int:
        """人 of those families whose size is stated."""
        return sum(row.persons or 0 for row in self.rows)

    @property
    def without_size(self) -> int:
        """户 whose people nobody has counted."""
        return sum(row.persons is None for row in self.rows)


@dataclass(frozen=True)
class Cards:
    """All cards of one press."""

    kind: str
    printed_on: date
    valid_to: date
    made_by: str
    villages: tuple[VillageCard, ...]
    full: FullPhones | None = None


def cards_of(
    session: Session,
    actor: Actor,
    area: str,
    *,
    kind: str = KIND,
    full: FullPhones | None = None,
    only_own: bool = False,
) -> Cards:
    """The cards of a village or of all villages of a township; journalled for each of them.

    Those of a township hold one for who is in none of its villages; a county's code means who is in none of its townships.
    ``only_own``: of a township that one alone. ``full``: somebody has pressed for full telephone numbers.
    """
    if not (actor.may(SEES_LIST) and actor.may("export")):
        raise NotAllowed("您没有打印避险明白卡的权限。")
    scope = actor.scope.narrowed(area)
    if len(scope.prefix) < TOWNSHIP_DIGITS and not (
        len(scope.prefix) == COUNTY_DIGITS and _above_villages(session, [scope.prefix])
    ):
        raise BadInput("请先选一个乡镇或村，再打印避险明白卡。")
    policy = move_policy(session, scope.prefix)
    if kind not in EVENT_KIND or not policy.makes_list(kind):
        raise BadInput("这个灾种没有提前转移名单，请另选一个灾种。")
    names = {one.code: one for one in area_names(session)}
    own = only_own or len(scope.prefix) < TOWNSHIP_DIGITS
    areas = divisions_in(session, scope, only_own=own)
    # Before the families are read: what somebody changes in between makes the card old, never a card that seems to hold.
    sums = list_sums(session, areas, kind=kind, under=scope.prefix, full=full is not None) if areas else {}
    rows = families_on(session, scope, kind, policy, full, alone=own or is_village(scope.prefix))
    today = clock.today()
    calls = calling_orders(session, areas, today)
    shelters = shelters_of(session, AreaScope(township_of(scope.prefix)))
    standing = standing_on_cards(session, areas, ring=full.ring if full else None)
    days = int(effective(session, VALID_DAYS, area_code=scope.prefix, on=today).value)
    homeless = waiting_on(session, scope)
    phones = household_numbers(session, [one.household_id for code in areas for one in homeless.get(code, ())], full)
    places = {code: one.name for code, one in names.items()}
    cards = tuple(
        VillageCard(
            _called(names[code]),
            _township(names, code),
            tuple(rows.get(code, ())),
            tuple((row, _number(session, "contacts", row, full)) for row in calls[code]),
            tuple(
                (row, _number(session, "shelters", row, full))
                # Its own first, then what serves the township.
                for row in sorted(shelters, key=lambda row: -len(row.area_code))
                if row.area_code == code or code.startswith(row.area_code)
            ),
            tuple(standing.get(code, ())),
            tuple(waiting.paper_rows(homeless.get(code, ()), actor, places, phones)),
            waiting.summed(homeless.get(code, ())),
        )
        for code in areas
    )
    for card in cards:
        record(
            session,
            actor,
            PRINTED,
            Subject("area", card.area.code, card.area.code),
            counts={
                "rows": card.households + len(card.without_home),
                "people": card.people,
                "kind": kind,
                "masked": card.masked,
                **(full.counts if full else {}),
                **Summed(kind, scope.prefix, full is not None, sums[card.area.code]).counts,
            },
        )
    return Cards(kind, today, today + timedelta(days=days), maker_of(session, actor), cards, full)


def divisions_in(session: Session, scope: AreaScope, *, only_own: bool = False) -> list[str]:
    """Which divisions have a card each: the villages, and the scope's own code where somebody is in none of what lies below."""
    villages = [one.code for one in area_names(session) if one.level == "village" and scope.covers(one.code)]
    above = _above_villages(session, [] if is_village(scope.prefix) else [scope.prefix])
    return above if only_own else villages + above


def _above_villages(session: Session, codes: Collection[str]) -> list[str]:
    """Those of the townships and counties in which houses or waiting families are registered that are in none of what is below."""
    found = session.scalars(
        text("""
            SELECT a.code FROM unnest(CAST(:codes AS text[])) a (code)
            WHERE EXISTS (SELECT FROM house h WHERE h.scope_code = a.code AND h.ended_on IS NULL)
               OR EXISTS (SELECT FROM households_waiting(a.code, a.code || ':') w
                   JOIN household k ON k.id = w.household_id WHERE k.scope_code = a.code)
            ORDER BY 1
        """),
        {"codes": list(codes)},
    )
    return list(found)


def _called(area: AreaName) -> AreaName:
    """As its card is headed: a division above the villages stands for whom none of them has."""
    if area.level == "village":
        return area
    return replace(area, name=IN_NO_VILLAGE if area.level == "township" else IN_NO_TOWNSHIP)


def _township(names: dict[str, AreaName], code: str) -> str:
    own = names.get(township_of(code) if len(code) >= TOWNSHIP_DIGITS else code)
    return own.name if own else ""


@dataclass(frozen=True)
class Printed:
    """When a village's card was printed last, and when last with every number that it names to be rung: whom that one named."""

    last: datetime
    usable: datetime | None
    families: Summed | None


def printed_at(session: Session, scope: AreaScope) -> dict[str, Printed]:
    """When the card of each village was printed, by code. Entries that do not count masked numbers say whether they have full ones."""
    found = session.execute(
        text(
            "SELECT subject_id, max(at) AS last, max(at) FILTER (WHERE rung) AS usable,"
            " (array_agg(counts ORDER BY at DESC, id DESC) FILTER (WHERE rung))[1] AS counts"
            " FROM (SELECT *, (counts ->> 'masked' = '0'"
            "   OR (counts ->> 'masked' IS NULL AND counts ->> 'personal' = 'true')) AS rung FROM journal_entry"
            "  WHERE action = :action AND subject_kind = 'area' AND scope_code >= :lo AND scope_code < :hi) p"
            " GROUP BY subject_id"
        ),
        {"action": PRINTED, "lo": scope.lo, "hi": scope.hi},
    )
    return {row.subject_id: Printed(row.last, row.usable, summed_of(row.counts or {})) for row in found}


@dataclass(frozen=True)
class CardState:
    """A village's card: when it was printed last, and why it must be printed again (None: it holds)."""

    area: AreaName
    printed_at: datetime | None
    why: str | None


def card_states(session: Session, scope: AreaScope) -> list[CardState]:
    """All villages of a scope, those to be printed first."""
    printed = printed_at(session, scope)
    changed = _roster_changed(session, scope)
    days = int(effective(session, VALID_DAYS, area_code=scope.lo, on=clock.today()).value)
    oldest = clock.now() - timedelta(days=days)
    states = []
    areas = [area for area in area_names(session) if scope.covers(area.code)]
    above = set(_above_villages(session, [area.code for area in areas if area.level != "village"]))
    for area in areas:
        if area.level != "village" and area.code not in above:
            continue
        done = printed.get(area.code)
        at = done.usable if done else None
        why = None
        if done is None:
            why = "没有打印过"
        elif at is None:
            why = "只打印过电话遮盖的样张，待打印"
        elif at < oldest:
            why = f"超过 {days} 天，待更新"
        elif any(moment > at for code, moment in changed.items() if area.code.startswith(code)):
            why = "责任人、安置点或灾害易发地有变动，待更新"
        states.append(CardState(_called(area), at or (done.last if done else None), why))
    # Only of those that hold otherwise: it reads their houses.
    holding = {state.area.code for state in states if state.why is None}
    others = changed_since(
        session, {code: one.families for code, one in printed.items() if code in holding and one.families}
    )
    states = [replace(one, why="名单上的户有变动，待更新") if one.area.code in others else one for one in states]
    return sorted(states, key=lambda state: (state.why is None, state.area.code))


def _roster_changed(session: Session, scope: AreaScope) -> dict[str, datetime]:
    """When the roster of each division around or in the scope changed last (a term that ended or began, too), or a standing risk area that touches it."""
    found = session.execute(
        text(
            "SELECT scope_code, max(updated_at) AS at FROM ("
            " SELECT scope_code, updated_at FROM contact UNION ALL SELECT scope_code, updated_at FROM shelter"
            # Whose term has ended, or begun, without anybody's change.
            " UNION ALL SELECT scope_code, d.day::timestamp AT TIME ZONE 'Asia/Shanghai' FROM contact,"
            "  LATERAL (VALUES (valid_to + 1), (valid_from)) d (day) WHERE d.day <= :today"
            " UNION ALL SELECT a.area_code, greatest(z.created_at, z.ended_at, s.updated_at) FROM hazard_zone z"
            "  JOIN hazard_zone_area a ON a.zone_id = z.id LEFT JOIN standing_area s ON s.zone_id = z.id"
            "  WHERE z.event_id IS NULL) r"
            " WHERE (scope_code >= :lo AND scope_code < :hi) OR starts_with(:lo, scope_code) GROUP BY 1"
        ),
        {"lo": scope.lo, "hi": scope.hi, "today": clock.today()},
    )
    return {row.scope_code: row.at for row in found}


def _number(session: Session, kind: str, row: ContactRow | ShelterRow, full: FullPhones | None) -> str | None:
    if full is None or row.phone is None:
        return row.phone
    stored = row_of(session, KINDS[kind], row.id)
    if stored is None or stored.phone_cipher is None:
        return row.phone
    try:
        return open_phone(KINDS[kind], stored, full.ring)
    except NotReady:
        # What no longer opens stays masked and visible as such.
        return row.phone
