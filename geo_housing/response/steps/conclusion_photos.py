"""The photos beside a technician's conclusion: those of the house's inspection, and their own among them."""

from collections.abc import Sequence
from typing import Any

from fastapi import Request, UploadFile

from geo_housing.accounts.access import Access
from geo_housing.conclusions.house_at_event import HouseAtEvent, house_at_event
from geo_housing.files.storage import FileStore
from geo_housing.inspections import form_content
from geo_housing.inspections.form_content import KeptPhotos, add_photo, photos_shown
from geo_housing.inspections.queries import inspection_view


def shown_photos(access: Access, house: HouseAtEvent) -> list[dict[str, Any]]:
    """All photos of the house's inspection, for those who may see families."""
    view = inspection_view(access.session, house.inspection_id, access.actor.scope)
    return photos_shown(view, f"/api/v1/inspections/{house.inspection_id}/photos/")


def add_photos(request: Request, access: Access, event_id: int, house_code: str, photos: Sequence[UploadFile]) -> None:
    """Keep the photos of a form; BadInput names the first that cannot be kept."""
    if photos:
        house = house_at_event(access.session, event_id, house_code, access.actor.scope)
        for photo in photos:
            add_photo(access.session, access.actor, _store(request), house.inspection_id, photo)


def keep_chosen(
    request: Request, access: Access, event_id: int, house_code: str, photos: Sequence[UploadFile]
) -> KeptPhotos:
    """Keep what can be kept of a form that was refused."""
    if not photos:
        return KeptPhotos()
    house = house_at_event(access.session, event_id, house_code, access.actor.scope)
    return form_content.keep_chosen(access.session, access.actor, _store(request), house.inspection_id, photos)


def _store(request: Request) -> FileStore:
    return FileStore(request.app.state.settings.files)
