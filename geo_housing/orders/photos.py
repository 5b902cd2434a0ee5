"""Photos of a house by order: they stand with its inspection, as those of every technician do."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import UploadFile
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.conclusions.house_at_event import house_at_event
from geo_housing.db import Actor
from geo_housing.errors import NotAllowed, NotFound
from geo_housing.files.models import StoredFile
from geo_housing.files.storage import FileStore
from geo_housing.houses.models import House
from geo_housing.inspections import form_content
from geo_housing.inspections.form_content import KeptPhotos
from geo_housing.inspections.models import EmergencyInspection, InspectionPhoto
from geo_housing.orders.queries import house_of, order_of
from geo_housing.orders.service import CARRY_OUT, as_office

ENTER = "inspections.enter"


@dataclass(frozen=True)
class OwnPhoto:
    """A photo that this account has sent, with its file."""

    id: int
    file: StoredFile


def add_photos(
    session: Session, actor: Actor, store: FileStore, order_id: int, house_code: str, photos: Sequence[UploadFile]
) -> None:
    """Keep the photos of a form; BadInput names the first that cannot be kept, NotFound a house of no order of one's own."""
    if not photos:
        return
    event_id, village = _ordered(session, actor, order_id, house_code)
    with as_office(session, actor, village, ENTER) as office:
        house = house_at_event(session, event_id, house_code, office.scope)
        for photo in photos:
            form_content.add_photo(session, office, store, house.inspection_id, photo)


def keep_chosen(
    session: Session, actor: Actor, store: FileStore, order_id: int, house_code: str, photos: Sequence[UploadFile]
) -> KeptPhotos:
    """Keep what can be kept of a form that was refused."""
    if not photos:
        return KeptPhotos()
    event_id, village = _ordered(session, actor, order_id, house_code)
    with as_office(session, actor, village, ENTER) as office:
        house = house_at_event(session, event_id, house_code, office.scope)
        return form_content.keep_chosen(session, office, store, house.inspection_id, photos)


def own_photos(session: Session, actor: Actor, order_id: int, house_code: str) -> list[OwnPhoto]:
    """What this account has sent of the house, in the order of arrival; nobody else's."""
    event_id, village = _ordered(session, actor, order_id, house_code)
    with as_office(session, actor, village, ENTER):
        sent = (
            select(InspectionPhoto.id, StoredFile)
            .join(StoredFile, StoredFile.id == InspectionPhoto.file_id)
            .join(EmergencyInspection, EmergencyInspection.id == InspectionPhoto.inspection_id)
            .join(House, House.id == EmergencyInspection.house_id)
            .where(
                EmergencyInspection.event_id == event_id,
                House.code == house_code,
                InspectionPhoto.taken_back_at.is_(None),
                StoredFile.created_by == actor.name,
            )
            .order_by(InspectionPhoto.id)
        )
        return [OwnPhoto(*row) for row in session.execute(sent)]


def own_photo(session: Session, actor: Actor, order_id: int, house_code: str, photo_id: int) -> StoredFile:
    """The file of one of them; NotFound for any other."""
    for photo in own_photos(session, actor, order_id, house_code):
        if photo.id == photo_id:
            return photo.file
    raise NotFound("没有这张照片，或不是本账号上传的。")


def _ordered(session: Session, actor: Actor, order_id: int, house_code: str) -> tuple[int, str]:
    """The event of an order and the village of one of its houses, as the organisation sees them."""
    if not actor.may(CARRY_OUT):
        raise NotAllowed("您没有按委托签署结论的权限。")
    order = order_of(session, order_id)
    if order.event_id is None:
        raise NotFound("这项委托没有对应的灾害事件，不能添加照片。")
    return order.event_id, house_of(session, order_id, house_code).scope_code
