"""The API of emergency inspections: reading one, entering what was seen, photos."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import language_of
from geo_housing.errors import BadInput, NotFound
from geo_housing.files.photos import MOST_BYTES
from geo_housing.files.queries import stored_file
from geo_housing.files.response import file_response
from geo_housing.files.storage import FileStore
from geo_housing.if_match import version_stated
from geo_housing.inspections import service
from geo_housing.inspections.form_content import hint_in
from geo_housing.inspections.queries import inspection_view, locked_inspection, photos_of
from geo_housing.inspections.schemas import InspectionEntryBody, InspectionOut, PhotoOut

router = APIRouter(prefix="/api/v1/inspections", tags=["inspections"])

Viewer = Annotated[Access, requires("events.view")]
FamilyViewer = Annotated[Access, requires("heads.view")]
Inspector = Annotated[Access, requires("inspections.enter")]
WITHOUT_VERSION = '修改要带 If-Match：先读取这条排查，把回答里的 ETag（如 "3"）原样带上。'


async def sent_photo(request: Request) -> UploadFile:
    """The photo of a multipart form."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise BadInput("请以表单（multipart/form-data）上传照片，字段名 file。")
    uploaded = (await request.form()).get("file")
    if not isinstance(uploaded, UploadFile):
        raise BadInput("没有收到照片，请选择或拍摄一张照片。")
    return uploaded


@router.get("/{inspection_id}")
def get_inspection(inspection_id: int, access: Viewer, response: Response) -> InspectionOut:
    """One inspection, with what its result still needs."""
    return _answer(access, inspection_id, response)


@router.patch("/{inspection_id}")
def patch_inspection(
    inspection_id: int,
    body: InspectionEntryBody,
    access: Inspector,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> InspectionOut:
    """Save what is stated; 409 when somebody else saved in between (``If-Match`` or ``version``, one is needed)."""
    version = version_stated(if_match, body.version, missing=WITHOUT_VERSION)
    service.enter_result(access.session, access.actor, inspection_id, body.entry(version))
    return _answer(access, inspection_id, response)


@router.post("/{inspection_id}/photos")
def post_photo(
    inspection_id: int, request: Request, access: Inspector, photo: Annotated[UploadFile, Depends(sent_photo)]
) -> PhotoOut:
    """Keep a photo: type, size and content are checked, it is encoded anew without position and camera."""
    data = photo.file.read(MOST_BYTES + 1)
    kept = service.add_photo(
        access.session, access.actor, _store(request), inspection_id, data=data, name=photo.filename or "照片.jpg"
    )
    found = PhotoOut.of(
        inspection_id, kept, locked_inspection(access.session, inspection_id, access.actor.scope).version
    )
    found.hint = hint_in(found.hint, language_of(request, access.person))
    return found


@router.get("/{inspection_id}/photos/{photo_id}")
def get_photo(
    inspection_id: int,
    photo_id: int,
    request: Request,
    access: FamilyViewer,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The photo itself."""
    view = inspection_view(access.session, inspection_id, access.actor.scope)
    file_id = next(
        (photo.file_id for photo in photos_of(access.session, view.inspection.id) if photo.id == photo_id), None
    )
    if file_id is None:
        raise NotFound("没有这张照片，或不在您的管辖范围内。")
    row = stored_file(access.session, access.actor.scope, file_id)
    return file_response(_store(request), row, if_none_match=if_none_match)


def _answer(access: Access, inspection_id: int, response: Response) -> InspectionOut:
    view = inspection_view(access.session, inspection_id, access.actor.scope)
    response.headers["ETag"] = f'"{view.inspection.version}"'
    return InspectionOut.of(view, access.actor)


def _store(request: Request) -> FileStore:
    settings: Any = request.app.state.settings
    return FileStore(settings.files)
