"""灾害易发地: the list of standing risk areas, new ones out of a file, ending one with its reason."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.errors import BadInput, GeoHousingError
from geo_housing.files.service import safe_name
from geo_housing.hazards.service import end_standing_area
from geo_housing.response.loaded import Given
from geo_housing.response.loading import load_standing
from geo_housing.response.standing_areas import PAGE_ROWS, count_standing_areas, standing_areas
from geo_housing.response.uploads import Posted, metres, on_disk
from geo_housing.words import EVENT_KIND

router = APIRouter(prefix="/events/standing", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]
Editor = Annotated[Access, requires("events.edit")]
# What a county is given: degrees, the two 3-degree zones of the region, and the two shifted systems of web maps.
CRS_CHOICES = (
    ("EPSG:4490", "CGCS2000 经纬度"),
    ("EPSG:4528", "CGCS2000 三度带 40 带"),
    ("EPSG:4529", "CGCS2000 三度带 41 带"),
    ("gcj02", "高德、腾讯（GCJ-02）"),
    ("bd09", "百度（BD-09）"),
)
TOLD_FAULTS = 2


@dataclass(frozen=True)
class StandingForm:
    """What was typed, as it was typed."""

    kind: str = "geological"
    buffer_m: str = ""
    crs: str = ""
    file: UploadFile | None = None


async def sent_form(request: Request) -> StandingForm:
    """The form as it was sent."""
    form = await request.form(max_files=1, max_fields=20)
    typed = {name: str(form.get(name) or "").strip()[:40] for name in ("kind", "buffer_m", "crs")}
    uploaded = form.get("file")
    return StandingForm(**typed, file=uploaded if isinstance(uploaded, UploadFile) else None)


@router.get("")
def standing_list(request: Request, access: Viewer, after: int | None = None) -> Response:
    """Standing risk areas of one's own area and of those above it."""
    return _page(request, access, StandingForm(), after=after)


@router.post("")
def post_standing(request: Request, access: Editor, form: Annotated[StandingForm, Depends(sent_form)]) -> Response:
    """Register the areas of a file; a refusal keeps what was typed."""
    try:
        with access.session.begin_nested():
            said = _loaded(access, form)
    except GeoHousingError as error:
        return _page(request, access, form, error=error)
    return redirect("/events/standing", request=request, toast=said)


@router.post("/{zone_id}/end")
def post_end(
    zone_id: int, request: Request, access: Editor, reason: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """It no longer holds; it stays as history."""
    try:
        if not reason.strip():
            raise BadInput("请写明为什么不再作为灾害易发地，如“已治理”“已搬迁”。")
        with access.session.begin_nested():
            end_standing_area(access.session, access.actor, zone_id, reason=reason.strip())
    except BadInput as error:
        return _page(request, access, StandingForm(), error=error)
    return redirect("/events/standing", request=request, toast="已撤销这处灾害易发地，以前的记录保留。")


def _loaded(access: Access, form: StandingForm) -> str:
    if form.file is None or not form.file.filename:
        raise BadInput("还没有选择文件。请选择灾害易发地的范围文件。")
    buffer_m = metres(form.buffer_m) if form.buffer_m else None
    posted = Posted(Given(), form.file.file, safe_name(form.file.filename), None)
    with on_disk(posted) as path:
        ids, source = load_standing(
            access.session,
            access.actor,
            path,
            kind=form.kind or None,
            buffer_m=buffer_m,
            crs=form.crs or None,
            layer=None,
        )
    parts = [f"已登记 {len(ids)} 处灾害易发地"]
    known = len(source.zones) - len(ids)
    if known:
        parts.append(f"{known} 处以前已登记")
    if source.faults:
        parts.append(f"{len(source.faults)} 个图形不能用，未采用")
    told = [fault.sentence.rstrip("。") for fault in source.faults[:TOLD_FAULTS]]
    return "。".join(["，".join(parts), *told]) + "。"


def _page(
    request: Request,
    access: Access,
    typed: StandingForm,
    *,
    after: int | None = None,
    error: GeoHousingError | None = None,
) -> Response:
    scope = access.actor.scope
    found = standing_areas(access.session, scope, after=after, limit=PAGE_ROWS + 1)
    words: dict[str, Any] = {"kind": EVENT_KIND}
    return render(
        request,
        access,
        "response/standing.html",
        status_code=422 if error else 200,
        areas=found[:PAGE_ROWS],
        total=count_standing_areas(access.session, scope),
        following=found[PAGE_ROWS - 1].id if len(found) > PAGE_ROWS else None,
        is_first=after is None,
        typed=typed,
        error=error,
        crs_choices=CRS_CHOICES,
        words=words,
    )
