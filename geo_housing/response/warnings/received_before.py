"""Warnings that were received before: the same text pasted twice, by one person or two, is one warning."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.errors import Conflict
from geo_housing.hazards.bulletin.plain import to_plain
from geo_housing.hazards.models import HazardEvent, HazardWarning
from geo_housing.hazards.received import known_texts
from geo_housing.response.warnings.stated import Stated


def digest_of(pasted: str) -> str:
    """What a paste is known again by, however its lines break and whichever width its digits have."""
    return hashlib.sha256(to_plain(pasted).text.encode()).hexdigest()


def known_before(session: Session, digest: str, stated: Stated) -> HazardWarning | None:
    """The same warning received before, for an event that is not over; else for one that is.

    The same is the same part of the same paste, or what says the same at the same time of no other place: pasted alone
    first, then with another one. What names a further place is told apart: nobody must be missed for a likeness.
    """
    found = [one for one in known_texts(session, digest) if one.part == stated.part]
    if stated.issuer and stated.issued_at:
        wanted = select(HazardWarning).where(
            HazardWarning.issued_at == stated.issued_at,
            HazardWarning.issuer == stated.issuer,
            HazardWarning.action == stated.action,
            HazardWarning.kind == stated.kind,
            HazardWarning.level.is_not_distinct_from(stated.level),
        )
        alike = session.scalars(wanted.order_by(HazardWarning.id.desc()).limit(20))
        codes = [area.code for area in stated.areas]
        found += [one for one in alike if all(_names(one, code) for code in codes)]
    # A drill may say what a real warning says, and a real warning what was drilled.
    phases = {
        row.id: row.phase
        for row in session.execute(
            select(HazardEvent.id, HazardEvent.phase).where(
                HazardEvent.id.in_([one.event_id for one in found]), HazardEvent.mode == stated.mode
            )
        )
    }
    found = [one for one in found if one.event_id in phases]
    open_ones = {event for event, phase in phases.items() if phase not in ("closed", "mistaken")}
    return next((one for one in found if one.event_id in open_ones), found[0] if found else None)


def _names(warning: HazardWarning, code: str) -> bool:
    return any(code.startswith(area["code"]) for area in warning.areas)


def stored_already(session: Session, own_id: str | None, digest: str, part: int, target: int | None) -> int | None:
    """The event of a warning that this very press has stored, or that stands in ``target`` already."""
    wanted = select(HazardWarning.event_id)
    if own_id is not None:
        found = session.scalar(wanted.where(HazardWarning.client_id == own_id))
        if found is not None:
            return found
    if target is None:
        return None
    return session.scalar(
        wanted.where(HazardWarning.event_id == target, HazardWarning.digest == digest, HazardWarning.part == part)
    )


def refuse_known(session: Session, digest: str, stated: Stated) -> None:
    """Conflict when the warning stands in an event that is not over."""
    known = known_before(session, digest, stated)
    if known is None:
        return
    event = session.get(HazardEvent, known.event_id)
    if event is not None and event.phase not in ("closed", "mistaken"):
        at = known.received_at.astimezone(clock.BEIJING)
        raise Conflict(
            f"这条预警已由{known.received_by}于 {at:%m-%d %H:%M} 登记在 {event.id} 号事件“{event.name}”中，没有重复新建。"
            "确需另建事件的，请勾选“仍要另建”再登记。"
        )
