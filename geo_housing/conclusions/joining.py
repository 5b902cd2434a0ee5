"""A house that was registered twice: what was signed, and who cannot live there, stand under the house that is kept.

What is signed is never changed and stays where it was signed. The last signature of the two is written once more, under the
kept house and after what was signed of it, as its technician signed it: so it is seen by whoever sees that house, in another
village, too, and the next duplicate takes it along. Of two open cares one stays; what the other says stands beside it.
"""

from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session, aliased

from geo_housing import clock
from geo_housing.conclusions.care import MOST_TEXT, settle_by
from geo_housing.conclusions.models import EmergencyConclusion, UnsafeHome
from geo_housing.conclusions.queries import STILL_HOLDS
from geo_housing.conclusions.rule import NEEDS_TECHNICIAN
from geo_housing.db import Actor
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.freezing import begin_entry
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.naming import marked
from geo_housing.houses.models import House
from geo_housing.houses.register.announcements import HousesJoined, HousesParted
from geo_housing.inspections.announcements import HouseJudged
from geo_housing.inspections.models import EmergencyInspection
from geo_housing.journal.announcements import announce
from geo_housing.journal.service import Subject, record
from geo_housing.words import UNSAFE_MEASURE

NOBODY_MAY_LIVE_THERE = "not_habitable"
# What was signed, by whom and when it was typed; neither its number nor the house.
_SIGNED = (
    "event_id", "conclusion", "items", "advice", "technician_id", "signed_by", "unit", "signed_at", "entered_by", "entered_at"
)  # fmt: skip

# Whether what was signed (c) holds beside what is known of the kept house by now.
_HOLDS_OF_KEPT = text(f"""
    SELECT i.id IS NULL OR {STILL_HOLDS} FROM emergency_conclusion c
    LEFT JOIN emergency_inspection i ON i.house_id = :kept AND i.event_id = :event AND i.state <> 'withdrawn'
    WHERE c.id = :id
""")


def follow_kept(session: Session, actor: Actor, joined: HousesJoined) -> int:
    """Bring both together in every event, after tasks and people were; in how many there was something."""
    begin_entry(session)
    ended, kept = session.get_one(House, joined.ended_id), session.get_one(House, joined.kept_id)
    homes = _homes(session, ended, kept)
    signed = _signed(session, ended, kept)
    concerned = sorted({event for event, house in (*homes, *signed) if house == ended.id})
    for event_id in concerned:
        theirs, own = signed.get((event_id, ended.id)), signed.get((event_id, kept.id))
        holds = own.conclusion if own is not None and _holds(session, own, kept) else None
        # What an event that has ended says stays said: where each record keeps its task, each keeps its signatures.
        stays = _has_task(session, event_id, ended)
        if theirs is not None and _speaks(session, theirs, own, holds, kept):
            if not stays:
                _sign_again(session, theirs, own, ended, kept)
            if not stays or theirs.conclusion == NOBODY_MAY_LIVE_THERE:
                holds = theirs.conclusion
        home, other = homes.get((event_id, kept.id)), homes.get((event_id, ended.id))
        if other is not None and home is None:
            home = other
            home.house_id, home.scope_code = kept.id, kept.scope_code
            home.version += 1
        elif other is not None and home is not None and other.settled_at is None:
            _both(home, other, kept)
        if home is not None and holds not in (None, NOBODY_MAY_LIVE_THERE):
            settle_by(home, holds)
        session.flush()
        event = session.get_one(HazardEvent, event_id)
        subject = Subject("house", kept.code, kept.scope_code)
        record(session, actor, "conclusions.join_houses", subject, note=f"{marked(event)} · {ended.code}")
        if holds == NOBODY_MAY_LIVE_THERE or event.phase not in ENDED_PHASES:
            announce(session, actor, HouseJudged(event_id, kept.id))
    return len(concerned)


def come_apart(session: Session, actor: Actor, parted: HousesParted) -> list[str]:
    """What was signed of the house that comes back holds for the kept one no longer; what a person has to see to, in sentences.

    A permit that came with it lets nobody home there until somebody has signed of that very house; 不可以居住 stays until then.
    Where the house that comes back must not be lived in, its care is open again, in an event that has ended, too.
    """
    begin_entry(session)
    house, kept = session.get_one(House, parted.house_id), session.get_one(House, parted.kept_id)
    homes, signed = _homes(session, house, kept), _signed(session, house, kept)
    told = []
    for (event_id, of), own in sorted(signed.items()):
        event = session.get_one(HazardEvent, event_id)
        copy = signed.get((event_id, kept.id))
        if of != house.id:
            continue
        if own.conclusion == NOBODY_MAY_LIVE_THERE:
            brought = homes.get((event_id, kept.id))
            stays = copy is not None and copy.conclusion == NOBODY_MAY_LIVE_THERE
            _care_again(session, event_id, house, homes.get((event_id, house.id)), brought, stays=stays)
        if event.phase in ENDED_PHASES:
            continue
        if copy is None or any(getattr(copy, name) != getattr(own, name) for name in _SIGNED):
            continue
        if copy.conclusion != NOBODY_MAY_LIVE_THERE:
            task = EmergencyInspection
            mine = (task.event_id == event_id, task.house_id == kept.id, task.state != "withdrawn")
            session.execute(update(task).where(*mine).values(worsened_at=clock.now(), version=task.version + 1))
        session.flush()
        subject = Subject("house", kept.code, kept.scope_code)
        record(session, actor, "conclusions.part_houses", subject, note=f"{marked(event)} · {house.code}")
        told.append(
            f"“{event.name}”：{kept.code} 的评估结论是合并时从 {house.code} 带来的，请技术员到 {kept.code} 重新评估、签署。"
        )
    return told


def _care_again(
    session: Session, event_id: int, house: House, home: UnsafeHome | None, brought: UnsafeHome | None, *, stays: bool
) -> None:
    """``brought``: the kept house's care, which was this house's own where it has none; it ``stays`` at a house that is unsafe, too."""
    if home is None and brought is not None and brought.settled_at is None and not stays:
        brought.house_id, brought.scope_code = house.id, house.scope_code
        brought.version += 1
    elif home is None:
        home = UnsafeHome(event_id=event_id, house_id=house.id, scope_code=house.scope_code, opened_at=clock.now())
        if brought is not None:
            for name in ("living_now", "measure", "measure_on", "assessment_asked_on"):
                setattr(home, name, getattr(brought, name))
            home.note = "；".join(part for part in (brought.note, brought.settled_how) if part)[:MOST_TEXT] or None
        session.add(home)
    elif home.settled_at is not None and (home.settled_how or "").startswith("重复登记"):
        home.settled_at, home.settled_how = None, None
        home.version += 1


def _homes(session: Session, *houses: House) -> dict[tuple[int, int], UnsafeHome]:
    rows = session.scalars(
        select(UnsafeHome)
        .where(UnsafeHome.house_id.in_([house.id for house in houses]))
        .order_by(UnsafeHome.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {(row.event_id, row.house_id): row for row in rows}


def _signed(session: Session, *houses: House) -> dict[tuple[int, int], EmergencyConclusion]:
    """What holds of each: the one that none supersedes."""
    newer = aliased(EmergencyConclusion)
    rows = session.scalars(
        select(EmergencyConclusion)
        .outerjoin(newer, newer.supersedes == EmergencyConclusion.id)
        .where(EmergencyConclusion.house_id.in_([house.id for house in houses]), newer.id.is_(None))
    )
    return {(row.event_id, row.house_id): row for row in rows}


def _speaks(
    session: Session, theirs: EmergencyConclusion, own: EmergencyConclusion | None, holds: str | None, kept: House
) -> bool:
    """Whether what was signed of the ended record is what holds of the kept house from now on.

    Who signed last knows better. ``holds``: what was signed of the kept house itself, as far as it still holds.
    """
    if theirs.conclusion == NOBODY_MAY_LIVE_THERE:
        later = own is None or theirs.signed_at >= own.signed_at
        return holds is None or (holds != NOBODY_MAY_LIVE_THERE and later)
    if own is not None and theirs.signed_at <= own.signed_at:
        return False
    return _holds(session, theirs, kept) and not _found_since(session, theirs, kept)


def _holds(session: Session, said: EmergencyConclusion, kept: House) -> bool:
    bound = {"id": said.id, "kept": kept.id, "event": said.event_id}
    return bool(session.scalar(_HOLDS_OF_KEPT, bound))


def _found_since(session: Session, permit: EmergencyConclusion, kept: House) -> bool:
    """Whether the kept house had a task of its own, and something dangerous was found there after the permit was signed."""
    tasks = session.scalars(
        select(EmergencyInspection).where(
            EmergencyInspection.event_id == permit.event_id,
            EmergencyInspection.house_id.in_((permit.house_id, kept.id)),
        )
    ).all()
    heirs = [task for task in tasks if task.house_id == kept.id]
    return len(tasks) > len(heirs) and any(
        heir.result in NEEDS_TECHNICIAN and (heir.done_at is None or heir.done_at > permit.signed_at) for heir in heirs
    )


def _has_task(session: Session, event_id: int, ended: House) -> bool:
    task = EmergencyInspection
    wanted = select(task.id).where(task.event_id == event_id, task.house_id == ended.id, task.state != "withdrawn")
    return session.scalar(wanted) is not None


def _sign_again(
    session: Session, theirs: EmergencyConclusion, own: EmergencyConclusion | None, ended: House, kept: House
) -> None:
    said: dict[str, Any] = {name: getattr(theirs, name) for name in _SIGNED}
    why = f"{ended.code} 与本栋是重复登记，对它的签署对本栋有效"
    reason = "；".join(part for part in (why, theirs.reason) if part)
    session.add(
        EmergencyConclusion(
            **said,
            house_id=kept.id,
            scope_code=kept.scope_code,
            supersedes=own.id if own else None,
            reason=reason[:MOST_TEXT],
        )
    )
    session.flush()


def _both(home: UnsafeHome, other: UnsafeHome, kept: House) -> None:
    """The open one stays open, with what is said at either; the other one ends, as history."""
    notes = [home.note, other.note]
    if home.settled_at is not None:
        notes.append(home.settled_how)
        home.settled_at, home.settled_how = None, None
    lives = [place for place in dict.fromkeys((home.living_now, other.living_now)) if place]
    home.living_now = "；".join(lives)[:MOST_TEXT] or None
    if home.measure is None:
        home.measure, home.measure_on = other.measure, other.measure_on
    elif other.measure not in (None, home.measure):
        notes.append(UNSAFE_MEASURE.label(other.measure))
    home.assessment_asked_on = home.assessment_asked_on or other.assessment_asked_on
    home.note = "；".join(part for part in dict.fromkeys(notes) if part)[:MOST_TEXT] or None
    home.version += 1
    other.settled_at, other.settled_how = clock.now(), f"重复登记，并入 {kept.code}"
    other.version += 1
