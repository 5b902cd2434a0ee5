"""Entering what was seen at a house after a disaster, and correcting it. Never a grade, changes none."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import is_village
from geo_housing.clock import BEIJING
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, TooLarge, differs
from geo_housing.files.service import StoredPhoto, store_photo
from geo_housing.files.storage import FileStore
from geo_housing.hazards.began import earliest
from geo_housing.hazards.ended import EventEnded
from geo_housing.hazards.ground_phase import BEFORE_AFTERMATH
from geo_housing.hazards.grounds import aftermath_since, phase_at
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections.again import is_to_be_seen_again
from geo_housing.inspections.announcements import HouseJudged
from geo_housing.inspections.models import EmergencyInspection, InspectionPhoto
from geo_housing.inspections.queries import PhotoEntry, locked_inspection, photos_of
from geo_housing.inspections.stages import (
    DANGEROUS,
    Aftermath,
    Findings,
    again_why,
    contradictions,
    finishes,
    is_noted,
    is_worse,
    lacking,
    missing,
    settled,
    why_over,
)
from geo_housing.inspections.steps import keep, stood
from geo_housing.journal.announcements import announce
from geo_housing.journal.service import Subject, record
from geo_housing.masking import mask_middle
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS, FINDING_ITEM, REPORTED_HOW

MOST_PHOTOS = 30
MOST_TEXT = 2000
MOST_NAME = 100
FIELDS = tuple(field.name for field in fields(Findings))
# A village's own account is the one who looks; everybody else types for somebody (代录) and says for whom.


@dataclass(frozen=True)
class InspectionEntry:
    """What a form sends: values, and which of them it states (others stay as they are).

    ``version`` is the one that was read; None, for whatever stands, only where somebody said so.
    """

    said: Findings
    stated: frozenset[str]
    version: int | None = None
    client_id: str | None = None


def enter_result(session: Session, actor: Actor, inspection_id: int, entry: InspectionEntry) -> EmergencyInspection:
    """Save what is stated; the first saved content begins the inspection, all that the result needs ends it.

    Conflict when somebody else saved in between (``version``) or the task was withdrawn. A finished inspection may be
    corrected as a whole; the journal keeps what stood before.
    """
    may_enter(actor)
    inspection = locked_inspection(session, inspection_id, actor.scope)
    client_id = actor.own_id(entry.client_id)
    if client_id is not None and client_id in (inspection.client_id, *inspection.saved_ids):
        return inspection
    check_open(session, inspection)
    if entry.version is not None and entry.version != inspection.version:
        raise Conflict(
            "这条排查刚被别人改过，您的内容未保存。请刷新，核对后重新保存。", faults=_clashes(inspection, entry)
        )
    before = findings_of(inspection)
    seen_anew = is_noted(before, inspection.state) or is_to_be_seen_again(session, inspection.id)
    was_done = inspection.state == "done"
    event = session.get_one(HazardEvent, inspection.event_id)
    after = weighed(before, entry, actor, event, asks_time=seen_anew, was_done=was_done)
    is_done = finishes(before, inspection.state, after, aftermath_at(session, event, inspection.scope_code))
    if after == before and is_done == was_done:
        return inspection
    stands, now = stood(inspection), clock.now()
    _store(inspection, after, actor, now, is_done=is_done)
    if worse := is_worse(before, after):
        inspection.worsened_at = now
    if not stands.was_untouched:
        keep(session, inspection, stands, now)
    if inspection.client_id is not None:
        inspection.saved_ids = [*inspection.saved_ids, inspection.client_id]
    inspection.client_id = client_id
    inspection.version += 1
    session.flush()
    record(
        session,
        actor,
        "inspections.correct" if was_done else "inspections.enter",
        Subject("inspection", str(inspection.id), inspection.scope_code),
        diff=_diff(before, after),
        batch_id=inspection.batch_id,
    )
    # Also when it is finished only now: before that, what is said of it is not yet a result.
    if worse or (after.result in DANGEROUS and not (was_done and after.result == before.result)):
        announce(session, actor, HouseJudged(inspection.event_id, inspection.house_id))
    return inspection


def weighed(
    before: Findings, entry: InspectionEntry, actor: Actor, event: HazardEvent, *, asks_time: bool, was_done: bool
) -> Findings:
    """What would be said after an entry; what ``enter_result`` refuses for what it says is raised. Nothing is changed."""
    after = _combined(before, entry, actor, asks_time=asks_time)
    if problems := contradictions(before, after, now=clock.now(), earliest=earliest(event)):
        raise BadInput(
            "填写的内容互相矛盾，未保存：" + "；".join(fault.sentence for fault in problems), faults=problems
        )
    if was_done and after != before and (faults := missing(after)):
        raise BadInput("已完成的排查只能改成完整的内容：" + "；".join(f.sentence for f in faults), faults=faults)
    return after


def add_photo(
    session: Session, actor: Actor, store: FileStore, inspection_id: int, *, data: bytes, name: str
) -> PhotoEntry:
    """Keep a photo of an inspection; the same photo twice is kept once. It is content: it begins the inspection."""
    may_enter(actor)
    inspection = locked_inspection(session, inspection_id, actor.scope)
    check_open(session, inspection)
    _check_room(photos_of(session, inspection_id))
    stored = store_photo(session, actor, store, data=data, name=name, scope_code=inspection.scope_code)
    return hold_photo(session, actor, inspection, stored)


def hold_photo(session: Session, actor: Actor, inspection: EmergencyInspection, stored: StoredPhoto) -> PhotoEntry:
    """A kept file of the inspection's own area as its photo; the row is locked, the actor may enter."""
    file, from_before = stored.file, photos_of(session, inspection.id)
    for known in from_before:
        if known.file_id == file.id:
            return known
    _check_room(from_before)
    photo = session.scalar(
        select(InspectionPhoto).where(
            InspectionPhoto.inspection_id == inspection.id, InspectionPhoto.file_id == file.id
        )
    )
    if photo is None:
        lon, lat = stored.position or (None, None)
        photo = InspectionPhoto(
            inspection_id=inspection.id,
            file_id=file.id,
            scope_code=inspection.scope_code,
            taken_at=stored.taken_at,
            taken_lon=lon,
            taken_lat=lat,
        )
        session.add(photo)
    photo.taken_back_at = None
    if inspection.begun_at is None:
        inspection.begun_at = clock.now()
        inspection.state = "in_progress"
        inspection.entered_by = actor.label or actor.name
    inspection.version += 1
    session.flush()
    record(
        session,
        actor,
        "inspections.photo",
        Subject("inspection", str(inspection.id), inspection.scope_code),
        counts={"photos": len(from_before) + 1},
    )
    return next(one for one in photos_of(session, inspection.id) if one.id == photo.id)


def take_photo_back(session: Session, actor: Actor, inspection: EmergencyInspection, photo_id: int) -> None:
    """The photo was another house's: it is shown here no more. What only this photo had begun is not begun any more."""
    session.execute(
        update(InspectionPhoto)
        .where(InspectionPhoto.id == photo_id, InspectionPhoto.inspection_id == inspection.id)
        .values(taken_back_at=clock.now())
    )
    left = photos_of(session, inspection.id)
    if inspection.state == "in_progress" and not left and findings_of(inspection) == Findings():
        event = session.get_one(HazardEvent, inspection.event_id)
        waits = "open" if aftermath_at(session, event, inspection.scope_code).has_begun else "prepared"
        stands = stood(inspection)
        inspection.state, inspection.begun_at, inspection.entered_by = waits, None, None
        keep(session, inspection, stands, clock.now())
    inspection.version += 1
    session.flush()
    record(
        session,
        actor,
        "inspections.photo_back",
        Subject("inspection", str(inspection.id), inspection.scope_code),
        counts={"photos": len(left)},
    )


def _check_room(photos: Sequence[PhotoEntry]) -> None:
    if len(photos) >= MOST_PHOTOS:
        raise TooLarge(f"一次排查最多保存 {MOST_PHOTOS} 张照片。")


def findings_of(inspection: EmergencyInspection) -> Findings:
    """What is said so far."""
    stored = {name: getattr(inspection, name) for name in FIELDS}
    return Findings(**{**stored, "finding_items": tuple(inspection.finding_items or ())})


def again_of(session: Session, inspection: EmergencyInspection) -> str:
    """Why the house must be looked at again; empty where it need not."""
    again = is_to_be_seen_again(session, inspection.id)
    return again_why(findings_of(inspection), inspection.state, warned_since=again)


def toast_of(session: Session, inspection: EmergencyInspection) -> str:
    """What is said after a save."""
    said, again = findings_of(inspection), is_to_be_seen_again(session, inspection.id)
    if not missing(said) and (left := lacking(said, inspection.state, warned_since=again)):
        return f"已保存。{left[0].sentence}。"
    return "已保存，本栋排查完成。" if inspection.state == "done" else "已保存，还有内容没有填完，见下。"


def may_enter(actor: Actor) -> None:
    """NotAllowed for those who enter nothing here."""
    if not actor.may("inspections.enter"):
        raise NotAllowed("您没有录入排查结果的权限。")


def check_open(session: Session, inspection: EmergencyInspection) -> None:
    """Conflict where nothing is entered any more, or not yet."""
    if inspection.state == "withdrawn":
        raise Conflict("这项排查任务已撤销，不能录入；如房屋确有损坏，请报告乡镇重新下达任务。")
    # As it stands at this moment: the event may have been read before the row was waited for.
    phase = session.scalars(select(HazardEvent.phase).where(HazardEvent.id == inspection.event_id)).one()
    if phase == "draft":
        raise Conflict("事件还没有确认，不能录入排查结果。")
    if why := why_over(phase, inspection.state):
        raise EventEnded(why)


def aftermath_at(session: Session, event: HazardEvent, code: str) -> Aftermath:
    """Whether inspections have begun at a division; who enters asks with the row locked, so that a new warning is seen."""
    has_begun = phase_at(session, event, code) not in BEFORE_AFTERMATH
    return Aftermath(has_begun, aftermath_since(session, event, code))


def _clashes(inspection: EmergencyInspection, entry: InspectionEntry) -> list[Fault]:
    """What of the entry differs from what somebody else has saved."""
    stored = findings_of(inspection)
    stated = sorted(entry.stated & frozenset(FIELDS))
    return [
        differs(name, _told(getattr(stored, name)))
        for name in stated
        if _cleaned(name, getattr(entry.said, name)) != getattr(stored, name)
    ]


def _told(value: Any) -> Any:
    return "、".join(map(FINDING_ITEM.label, value)) if isinstance(value, tuple) else _masked(value)


def _combined(before: Findings, entry: InspectionEntry, actor: Actor, *, asks_time: bool) -> Findings:
    """What stands after the entry: stated values cleaned and checked, what follows by itself filled in.

    ``asks_time``: what stands was seen too early, so that a village that says something without a time has looked now.
    """
    changes: dict[str, Any] = {}
    for name in entry.stated & frozenset(FIELDS):
        changes[name] = _cleaned(name, getattr(entry.said, name))
    after = replace(before, **changes)
    if "result" in changes and before.result != after.result and "damage" not in changes:
        # The old damage belonged to the old result.
        after = replace(after, damage=None)
        if "finding_items" not in changes:
            after = replace(after, finding_items=())
        if not entry.stated & {"rooms_collapsed", "rooms_severe", "rooms_slight"}:
            after = replace(after, rooms_collapsed=None, rooms_severe=None, rooms_slight=None)
    if after.result is not None and is_village(actor.scope.prefix):
        # Whoever came by a link is not known: they say who they are.
        own = actor.called if actor.user_id is not None else None
        at = None if asks_time and "visited_at" not in changes else after.visited_at
        after = replace(after, visitor=after.visitor or own, visited_at=at or clock.now())
    if after.reported_how is None:
        # Nobody reported: the one who looked typed it themselves.
        after = replace(after, reported_by=None, reported_at=None)
    elif after.reported_at is None:
        after = replace(after, reported_at=clock.now())
    return settled(after)


def _cleaned(name: str, value: Any) -> Any:
    if name == "finding_items":
        chosen = {FINDING_ITEM.code(item) for item in value or ()}
        return tuple(item for item in FINDING_ITEM if item in chosen)
    if isinstance(value, str):
        value = value.strip() or None
    if value is None:
        return None
    if name == "result":
        return CHECK_RESULT.code(value)
    if name == "damage":
        return DAMAGE_CLASS.code(value)
    if name == "reported_how":
        return REPORTED_HOW.code(value)
    if name in ("findings", "visitor") and len(value) > MOST_TEXT:
        raise BadInput(f"文字最多 {MOST_TEXT} 个字，请精简。")
    if name == "reported_by" and len(value) > MOST_NAME:
        raise BadInput(f"报告人最多 {MOST_NAME} 个字。")
    if name in ("visited_at", "reported_at") and isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=BEIJING)
    return value


def _store(inspection: EmergencyInspection, said: Findings, actor: Actor, now: datetime, *, is_done: bool) -> None:
    for name in FIELDS:
        value = getattr(said, name)
        setattr(inspection, name, list(value) if isinstance(value, tuple) else value)
    inspection.begun_at = inspection.begun_at or now
    inspection.entered_by = actor.label or actor.name
    inspection.state = "done" if is_done else "in_progress"
    inspection.done_at = (inspection.done_at or now) if is_done else None


def _diff(before: Findings, after: Findings) -> dict[str, list[Any]]:
    old, new = asdict(before), asdict(after)
    return {name: [_masked(old[name]), _masked(new[name])] for name in FIELDS if old[name] != new[name]}


def _masked(value: Any) -> Any:
    """Numbers of people and phones may stand in free text; the journal is read by more than the house's own people."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return re.sub(r"\d{7,}[Xx]?", lambda m: mask_middle(m.group()), value) if isinstance(value, str) else value
