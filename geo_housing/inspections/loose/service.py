"""Keeping photos that were sent later, giving them to houses, taking them back. None is ever lost.

Only when somebody has said of which house a photo is does it appear with that house's inspection.
"""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound, TooLarge
from geo_housing.files.queries import stored_file
from geo_housing.files.service import StoredPhoto, store_for, store_photo
from geo_housing.files.storage import FileStore
from geo_housing.hazards.models import HazardEvent
from geo_housing.inspections import service as inspections
from geo_housing.inspections.loose.queries import locked_photos, same_photo, waiting_counts
from geo_housing.inspections.models import EmergencyInspection, LoosePhoto
from geo_housing.inspections.queries import locked_inspection
from geo_housing.journal.service import Subject, record
from geo_housing.scope import AreaScope

MOST_WAITING = 1_000
AREA_DIGITS = (TOWNSHIP_DIGITS, VILLAGE_DIGITS)
# Number of a photo → version that was seen.
Seen = Mapping[int, int]


def keep_loose(
    session: Session, actor: Actor, store: FileStore, event: HazardEvent, area: str, *, data: bytes, name: str
) -> LoosePhoto:
    """Keep a photo of an area until somebody says of which house it is; the same one again is kept once."""
    inspections.may_enter(actor)
    check_area(actor, event, area)
    if waiting_counts(session, event.id, AreaScope(area)).get(area, 0) >= MOST_WAITING:
        raise TooLarge(f"已有 {MOST_WAITING:,} 张照片等待归户，请先归户再传。")
    stored = store_photo(session, actor, store, data=data, name=name, scope_code=area)
    known = same_photo(session, event.id, area, stored.file.id)
    if known is not None:
        if known.set_aside_at is not None:
            _restored(session, actor, known)
        return known
    lon, lat = stored.position or (None, None)
    photo = LoosePhoto(
        event_id=event.id,
        scope_code=area,
        file_id=stored.file.id,
        taken_at=stored.taken_at,
        taken_lon=lon,
        taken_lat=lat,
        sent_by=actor.called,
        sent_at=clock.now(),
        version=1,
    )
    session.add(photo)
    session.flush()
    _record(session, actor, "inspections.loose_photo", photo)
    return photo


def assign(
    session: Session,
    actor: Actor,
    store: FileStore,
    event: HazardEvent,
    area: str,
    seen: Seen,
    inspection_id: int,
) -> list[LoosePhoto]:
    """Photos become those of a house's inspection; twice is once. Conflict where somebody else has decided since."""
    inspections.may_enter(actor)
    photos = _seen(session, event, area, seen, unless=lambda photo: photo.inspection_id == inspection_id)
    # Always in the order of their numbers: two people who exchange photos of two houses do not wait for each other.
    former = {photo.inspection_id for photo in photos if photo.inspection_id is not None}
    locked = {number: locked_inspection(session, number, actor.scope) for number in sorted({*former, inspection_id})}
    inspection = locked[inspection_id]
    if inspection.event_id != event.id:
        raise NotFound(f"这个事件没有 {inspection_id} 号排查任务。")
    inspections.check_open(session, inspection)
    for photo in photos:
        if photo.inspection_id is not None:
            _take_back(session, actor, photo)
        file = stored_file(session, actor.scope, photo.file_id)
        own = store_for(session, actor, store, file, scope_code=inspection.scope_code)
        position = None if photo.taken_lon is None or photo.taken_lat is None else (photo.taken_lon, photo.taken_lat)
        held = inspections.hold_photo(session, actor, inspection, StoredPhoto(own, photo.taken_at, position))
        photo.inspection_id, photo.photo_id = inspection_id, held.id
        photo.assigned_at, photo.assigned_by = clock.now(), actor.called
        photo.set_aside_at = photo.set_aside_by = None
        photo.version += 1
        session.flush()
        _record(session, actor, "inspections.loose_assign", photo, inspection=inspection)
    return photos


def take_back(session: Session, actor: Actor, event: HazardEvent, area: str, seen: Seen) -> list[LoosePhoto]:
    """Photos wait again: the house was the wrong one."""
    inspections.may_enter(actor)
    photos = _seen(session, event, area, seen, unless=lambda photo: photo.inspection_id is None)
    for photo in photos:
        _take_back(session, actor, photo)
        photo.version += 1
    session.flush()
    return photos


def set_aside(session: Session, actor: Actor, event: HazardEvent, area: str, seen: Seen) -> list[LoosePhoto]:
    """Photos that show no house: kept, and out of the way."""
    inspections.may_enter(actor)
    photos = _seen(session, event, area, seen, unless=lambda photo: photo.set_aside_at is not None)
    for photo in photos:
        if photo.inspection_id is not None:
            raise Conflict("已归户的照片请先收回，再设为不归户。")
        photo.set_aside_at, photo.set_aside_by = clock.now(), actor.called
        photo.version += 1
        _record(session, actor, "inspections.loose_aside", photo)
    session.flush()
    return photos


def restore(session: Session, actor: Actor, event: HazardEvent, area: str, seen: Seen) -> list[LoosePhoto]:
    """Photos that were set aside wait again."""
    inspections.may_enter(actor)
    photos = _seen(session, event, area, seen, unless=lambda photo: photo.set_aside_at is None)
    for photo in photos:
        _restored(session, actor, photo)
    return photos


def undo(session: Session, actor: Actor, event: HazardEvent, area: str, seen: Seen) -> list[LoosePhoto]:
    """What was just done with photos is taken back: they wait again, whether they had a house or were set aside."""
    inspections.may_enter(actor)
    photos = _seen(
        session, event, area, seen, unless=lambda photo: photo.inspection_id is None and photo.set_aside_at is None
    )
    for photo in photos:
        if photo.inspection_id is None:
            _restored(session, actor, photo)
        else:
            _take_back(session, actor, photo)
            photo.version += 1
    session.flush()
    return photos


def check_area(actor: Actor, event: HazardEvent, area: str) -> None:
    """NotAllowed or BadInput where no photos are kept: beside one's own area, for a county as a whole, before an event."""
    if len(area) not in AREA_DIGITS or not area.isdigit():
        raise BadInput("照片按乡镇或村收，请先选择乡镇。")
    if not actor.scope.covers(area):
        raise NotAllowed("这个乡镇不在您的管辖范围内。")
    if event.phase in ("draft", "mistaken"):
        raise Conflict("事件还没有确认，或已误发撤销，不能上传照片。")


def _seen(
    session: Session, event: HazardEvent, area: str, seen: Seen, *, unless: Callable[[LoosePhoto], bool]
) -> list[LoosePhoto]:
    """The photos as they were seen, locked; those that are so already (``unless``) are left out."""
    found = locked_photos(session, event.id, area, seen)
    if len(found) != len(seen):
        raise NotFound("有的照片已不在这里，请刷新页面后重新选择。")
    left = [photo for photo in found if not unless(photo)]
    if any(photo.version != seen[photo.id] for photo in left):
        raise Conflict("有照片刚被别人归户或收回，没有改动。请刷新页面，核对后再归户。")
    return left


def _take_back(session: Session, actor: Actor, photo: LoosePhoto) -> None:
    assert photo.inspection_id is not None and photo.photo_id is not None, "callers look"
    inspection = locked_inspection(session, photo.inspection_id, actor.scope)
    inspections.take_photo_back(session, actor, inspection, photo.photo_id)
    photo.inspection_id = photo.photo_id = photo.assigned_at = photo.assigned_by = None


def _restored(session: Session, actor: Actor, photo: LoosePhoto) -> None:
    photo.set_aside_at = photo.set_aside_by = None
    photo.version += 1
    session.flush()
    _record(session, actor, "inspections.loose_restore", photo)


def _record(
    session: Session,
    actor: Actor,
    action: str,
    photo: LoosePhoto,
    *,
    inspection: EmergencyInspection | None = None,
) -> None:
    subject = (
        Subject("event", str(photo.event_id), photo.scope_code)
        if inspection is None
        else Subject("inspection", str(inspection.id), inspection.scope_code)
    )
    record(session, actor, action, subject, counts={"photo": photo.id})


def numbers_of(texts: Sequence[str]) -> dict[int, int]:
    """``photo-version`` as a form sends it."""
    found: dict[int, int] = {}
    for text in texts:
        number, _, version = text.partition("-")
        if not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (number, version)):
            raise BadInput("没有说明是哪张照片，请刷新页面后重试。")
        found[int(number)] = int(version)
    return found
