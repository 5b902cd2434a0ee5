"""A house that was registered twice: whoever is to be moved stands on each list once, under the house that is kept.

What was begun is never lost. Of two rows of one family the one that was begun stays; of two that were begun the one entered
last, and its note says what the other one said. The row that gives way is withdrawn and stays as history. What a person
put on the list stays on it whatever becomes of the zones. An event that has ended says what it said: a row of it follows the
house where nothing is doubled by that.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, insert, or_, select, text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.evacuation.models import Evacuation, EvacuationStep
from geo_housing.evacuation.rule import EXTRA, REPORTED
from geo_housing.evacuation.states import MOST_TEXT, MOVED, state_said
from geo_housing.evacuation.steps import apply_said, said_of
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.freezing import begin_entry
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import size_of
from geo_housing.houses.models import House, Household, HouseHousehold
from geo_housing.houses.register.announcements import HousesJoined
from geo_housing.journal.service import Subject, record

# The record of a family that gave way to another one of the same family: who stays lives in the kept house.
_SAME = text("""
    SELECT DISTINCT ON (k.id) k.id AS gone, o.id AS kept
    FROM house_household l
    JOIN household k ON k.id = l.household_id
    JOIN house_household m ON m.house_id = :kept AND m.relation = 'lives' AND m.to_on IS NULL
    JOIN household o ON o.id = m.household_id AND o.id <> k.id
        AND (o.id_number_key = k.id_number_key
            OR (o.head = k.head AND (o.id_number_key IS NULL OR k.id_number_key IS NULL)))
    WHERE l.house_id IN (:ended, :kept) AND l.relation = 'lives' AND l.closed_with = 'same'
    ORDER BY k.id, o.id_number_key IS NOT DISTINCT FROM k.id_number_key DESC, m.id
""")
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def follow_kept(session: Session, actor: Actor, joined: HousesJoined) -> int:
    """Bring the rows of both houses together in every event that goes on; how many households were on a list twice."""
    begin_entry(session)
    bound = {"ended": joined.ended_id, "kept": joined.kept_id}
    same = {row.gone: row.kept for row in session.execute(_SAME, bound)}
    rows = _rows(session, joined, same)
    kept = session.get_one(House, joined.kept_id)
    ended = select(HazardEvent.id).where(
        HazardEvent.id.in_({row.event_id for row in rows}), HazardEvent.phase.in_(ENDED_PHASES)
    )
    over = set(session.scalars(ended))
    doubled = 0
    for event_id in sorted({row.event_id for row in rows}):
        mine = [row for row in rows if row.event_id == event_id]
        if event_id in over:
            _follow_house(session, actor, mine, joined.ended_id, kept)
            continue
        if not any(row.house_id == joined.ended_id or row.household_id in same for row in mine):
            continue
        gone = _joined(session, actor, mine, kept, same)
        doubled += gone
        record(
            session,
            actor,
            "evacuation.join_houses",
            Subject("event", str(event_id), kept.scope_code),
            counts={"households": len(mine) - gone, "doubled": gone},
            note=kept.code,
        )
    return doubled


def _rows(session: Session, joined: HousesJoined, same: dict[int, int]) -> list[Evacuation]:
    """Of both houses; of their families also what stands without a house, and of a doubled family whatever it has."""
    living = select(HouseHousehold.household_id).where(
        HouseHousehold.house_id == joined.kept_id, HouseHousehold.relation == "lives", HouseHousehold.to_on.is_(None)
    )
    one = Evacuation
    meant = or_(
        one.house_id.in_((joined.ended_id, joined.kept_id)),
        and_(one.house_id.is_(None), one.household_id.in_(living)),
        one.household_id.in_({*same, *same.values()}),
    )
    wanted = select(one).where(meant, one.withdrawn_at.is_(None)).order_by(one.id)
    return list(session.scalars(wanted.with_for_update().execution_options(populate_existing=True)))


def _follow_house(session: Session, actor: Actor, rows: list[Evacuation], ended_id: int, kept: House) -> None:
    """The event has ended: nobody is put together any more, and no figure of it changes."""
    if any(row.house_id == kept.id for row in rows):
        return
    for row in rows:
        if row.house_id == ended_id:
            lives_in(session, actor, row, kept, row.household_id, row.people)
    session.flush()


def _joined(session: Session, actor: Actor, rows: list[Evacuation], kept: House, same: dict[int, int]) -> int:
    families: dict[int | None, list[Evacuation]] = {}
    for row in rows:
        family = row.household_id
        families.setdefault(same.get(family, family) if family is not None else None, []).append(row)
    # What stands comes first: what is handed on after it is told beside it.
    nobodys = sorted(families.pop(None, []), key=lambda row: _standing(row, kept), reverse=True)
    stay = {family: max(own, key=lambda row: _standing(row, kept)) for family, own in families.items()}
    gone = [(row, stay[family]) for family, own in families.items() for row in own if row is not stay[family]]
    if nobodys:
        # A house of which no family was known: it is the family's, as far as that can be told.
        house = nobodys[0]
        if stay and (len(stay) == 1 or house.begun_at is None):
            heir = max(stay.values(), key=lambda row: _standing(row, kept))
            gone += [(row, heir) for row in nobodys]
        else:
            # Several families, and nobody knows of which of them it was said: it stays beside them.
            gone += [(row, house) for row in nobodys if row is not house]
            stay[0] = house
    for row, heir in gone:
        _withdraw(session, actor, row)
        if row.begun_at is not None:
            _take(session, actor, heir, row)
        if row.origin == EXTRA:
            _named_by_person(session, actor, heir, row)
    session.flush()
    for family, row in stay.items():
        people = row.people
        if people is None and family:
            people = size_of(session.get_one(Household, family).persons)
        lives_in(session, actor, row, kept, family or None, people)
    session.flush()
    return len(gone)


def _standing(row: Evacuation, kept: House) -> tuple[bool, bool, datetime, bool]:
    """What was begun before what was not, out of danger before not, the last word before an earlier one."""
    begun = row.begun_at is not None
    return begun, begun and row.state in MOVED, (begun and row.entered_at) or _LONG_AGO, row.house_id == kept.id


def _take(session: Session, actor: Actor, heir: Evacuation, gone: Evacuation) -> None:
    """What was said in the row that gives way: all of it where nothing was said here, else beside it in the note.

    Who said what stands, and when, stays: another event asks whether it was later than its own word.
    """
    own, told = said_of(heir), said_of(gone)
    spoke = gone if heir.begun_at is None else heir
    entered_by, entered_at = spoke.entered_by, spoke.entered_at
    if heir.begun_at is None:
        after = replace(told, people=told.people if told.people is not None else own.people)
    else:
        where = state_said(told.state, told.shelter_id, told.destination)
        beside = f"重复登记的一条：{where}" + (f"→{told.destination}" if told.destination else "")
        note = "；".join(part for part in (own.note, beside, told.note) if part)
        after = replace(own, people=own.people if own.people is not None else told.people, note=note[:MOST_TEXT])
    step = apply_said(heir, after, actor, act="renew")
    heir.entered_by, heir.entered_at = entered_by, entered_at
    step_kept(session, step)


def _named_by_person(session: Session, actor: Actor, heir: Evacuation, gone: Evacuation) -> None:
    """A person's word stays: no change of the zones takes the family off, and what was told of it is read."""
    before = heir.people
    heir.was_listed = heir.was_listed or heir.origin != EXTRA or gone.was_listed
    heir.origin = EXTRA
    told_why = [REPORTED if heir.was_listed and reason == EXTRA else reason for reason in gone.reasons]
    heir.reasons = [*heir.reasons, *(reason for reason in told_why if reason not in heir.reasons)]
    told = [what for what in (heir.what, gone.what) if what]
    heir.what = "；".join(dict.fromkeys(told))[:MOST_TEXT] or None
    heir.place = min(heir.place, gone.place)
    heir.people = heir.people if heir.people is not None else gone.people
    heir.version += 1
    step_kept(session, {**plain_step(actor, heir, "renew", counts_after=True), "people_before": before})


def _withdraw(session: Session, actor: Actor, row: Evacuation) -> None:
    row.withdrawn_at = clock.now()
    row.version += 1
    step = plain_step(actor, row, "withdraw", counts_after=False)
    session.flush()
    step_kept(session, step)


def lives_in(
    session: Session, actor: Actor, row: Evacuation, kept: House, family: int | None, people: int | None
) -> None:
    """The row is that family's and stands under that house, with the step that says so; nothing where it does."""
    if (row.house_id, row.scope_code, row.household_id, row.people) == (kept.id, kept.scope_code, family, people):
        return
    before = row.people
    row.house_id, row.scope_code, row.household_id, row.people = kept.id, kept.scope_code, family, people
    row.version += 1
    step = {**plain_step(actor, row, "renew", counts_after=True), "people_before": before}
    session.flush()
    step_kept(session, step)


def plain_step(actor: Actor, row: Evacuation, act: str, *, counts_after: bool) -> dict[str, Any]:
    """A step by which nothing that was said changes."""
    return {
        "evacuation_id": row.id,
        "event_id": row.event_id,
        "scope_code": row.scope_code,
        "at": clock.now(),
        "act": act,
        "state_before": row.state,
        "state_after": row.state,
        "people_before": row.people,
        "people_after": row.people,
        "counts_before": True,
        "counts_after": counts_after,
        "entered_by": actor.called,
        "version": row.version,
    }


def step_kept(session: Session, step: dict[str, Any]) -> None:
    """Keep the step of a row that was changed."""
    session.flush()
    session.execute(insert(EvacuationStep), [step])
