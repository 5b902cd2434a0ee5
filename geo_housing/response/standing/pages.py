"""灾害易发地: the list of standing risk areas, new ones out of a file, ending one with its reason."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.errors import BadInput, Fault, GeoHousingError, NotAllowed, NotFound, layers_to_choose
from geo_housing.files.service import safe_name
from geo_housing.hazards.service import end_standing_area
from geo_housing.keys import KeyRing, load_keys
from geo_housing.numbers import whole_number
from geo_housing.response.standing.areas import PAGE_ROWS, StandingAreaRow, count_standing_areas, standing_areas
from geo_housing.response.standing.columns import slots_of
from geo_housing.response.standing.details import details_of, edit_details, persons_of, reveal_phone
from geo_housing.response.standing.fields import (
    DUTY_LABELS,
    MOST_TEXT,
    NUMBERS,
    TEXT_LABELS,
    TEXTS,
    StandingFacts,
    facts_of,
)
from geo_housing.response.standing.loading import load_standing_file
from geo_housing.response.zones.answers import Given, kind_word
from geo_housing.response.zones.uploads import Posted, metres, on_disk
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


@dataclass(frozen=True)
class StandingForm:
    """What was typed, as it was typed."""

    kind: str = ""
    buffer_m: str = ""
    crs: str = ""
    layer: str = ""
    file: UploadFile | None = None


async def sent_form(request: Request) -> StandingForm:
    """The form as it was sent."""
    form = await request.form(max_files=1, max_fields=20)
    typed = {name: str(form.get(name) or "").strip()[:40] for name in ("kind", "buffer_m", "crs", "layer")}
    uploaded = form.get("file")
    return StandingForm(**typed, file=uploaded if isinstance(uploaded, UploadFile) else None)


async def sent_details(request: Request) -> dict[str, str]:
    """The form of one area as it was typed."""
    form = await request.form(max_files=0, max_fields=60)
    return {name: str(value).strip()[:MOST_TEXT] for name, value in form.items() if isinstance(value, str)}


@router.get("")
def standing_list(request: Request, access: Viewer, after: int | None = None) -> Response:
    """Standing risk areas of one's own area and of those above it."""
    return _page(request, access, StandingForm(), after=after)


@router.post("")
def post_standing(request: Request, access: Editor, form: Annotated[StandingForm, Depends(sent_form)]) -> Response:
    """Register the areas of a file; a refusal keeps what was typed."""
    try:
        with access.session.begin_nested():
            said, faults = _loaded(request, access, form)
    except GeoHousingError as error:
        return _page(request, access, form, error=error)
    if faults:
        # Line by line, to be read beside the file: more than a message that goes by can hold.
        return _page(request, access, form, said=said, faults=faults)
    return redirect("/events/standing", request=request, toast=said)


@router.get("/{zone_id:int}")
def standing_page(zone_id: int, request: Request, access: Viewer) -> Response:
    """One standing area: measures, route, where to, who answers for it."""
    return _area_page(request, access, zone_id)


@router.post("/{zone_id:int}")
def post_standing_area(
    zone_id: int, request: Request, access: Editor, typed: Annotated[dict[str, str], Depends(sent_details)]
) -> Response:
    """Measures and people as they are now; what is left empty is nothing."""
    version = typed.get("version", "")
    try:
        with access.session.begin_nested():
            edit_details(
                access.session,
                access.actor,
                zone_id,
                _facts(typed),
                _ring(request),
                version=whole_number(version),
            )
    except (NotFound, NotAllowed):
        raise
    except GeoHousingError as error:
        return _area_page(request, access, zone_id, typed=typed, error=error)
    return redirect(f"/events/standing/{zone_id}", request=request, toast="已保存措施和责任人。")


@router.post("/{zone_id:int}/persons/{person_id:int}/phone")
def post_phone(zone_id: int, person_id: int, request: Request, access: Viewer) -> Response:
    """One person's numbers in full, as links that dial; journalled, never kept by a browser."""
    numbers = reveal_phone(access.session, access.actor, zone_id, person_id, _ring(request))
    response = render(request, access, "roster/phone.html", numbers=numbers)
    response.headers["Cache-Control"] = "private, no-store"
    return response


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


def _loaded(request: Request, access: Access, form: StandingForm) -> tuple[str, tuple[Fault, ...]]:
    """What was done, and what is to be checked line by line."""
    if form.file is None or not form.file.filename:
        raise BadInput("还没有选择文件。请选择灾害易发地的范围文件，或带经纬度的清单。")
    buffer_m = metres(form.buffer_m) if form.buffer_m else None
    posted = Posted(Given(), form.file.file, safe_name(form.file.filename), None)
    with on_disk(posted) as path:
        done = load_standing_file(
            access.session,
            access.actor,
            path,
            lambda: _ring(request),
            kind=kind_word(form.kind),
            buffer_m=buffer_m,
            crs=form.crs or None,
            layer=form.layer or None,
        )
    parts = [f"已登记 {len(done.created)} 处灾害易发地"]
    if done.updated:
        parts.append(f"{len(done.updated)} 处更新了内容")
    if done.unchanged:
        parts.append(f"{done.unchanged} 处以前已登记")
    if done.rejected:
        parts.append(f"{done.rejected} 处不能用，未采用")
    if done.kept:
        parts.append(f"{done.kept} 处不在文件里，照旧保留")
    told = [f"没有认出的列：{'、'.join(done.unknown_columns[:8])}"] if done.unknown_columns else []
    return "。".join(["，".join(parts), *told]) + "。", done.faults


def _ring(request: Request) -> KeyRing:
    return load_keys(request.app.state.settings.keys_file)


def _area(access: Access, zone_id: int) -> StandingAreaRow:
    found = standing_areas(access.session, access.actor.scope, only=zone_id)
    if not found:
        raise NotFound(f"没有 {zone_id} 号灾害易发地，或不在您的管辖范围内。")
    return found[0]


def _area_page(
    request: Request,
    access: Access,
    zone_id: int,
    *,
    typed: dict[str, str] | None = None,
    error: GeoHousingError | None = None,
) -> Response:
    area = _area(access, zone_id)
    return render(
        request,
        access,
        "response/standing_area.html",
        status_code=status_of(error),
        area=area,
        details=details_of(access.session, [zone_id]).get(zone_id),
        persons=persons_of(access.session, [zone_id]).get(zone_id, []),
        duties=DUTY_LABELS,
        texts=TEXT_LABELS,
        typed=typed,
        error=error,
    )


def _facts(typed: dict[str, str]) -> StandingFacts:
    """What the form states; the telephone of somebody who stays may be left empty."""
    headings = ["name", "number", *NUMBERS, *TEXTS]
    cells = [typed.get(name, "") for name in headings]
    for duty in DUTY_LABELS:
        headings += [DUTY_LABELS[duty], f"{DUTY_LABELS[duty]}电话"]
        cells += [typed.get(f"{duty}-name", ""), typed.get(f"{duty}-phone", "")]
    return facts_of(slots_of(headings)[0], cells)


def _page(
    request: Request,
    access: Access,
    typed: StandingForm,
    *,
    after: int | None = None,
    error: GeoHousingError | None = None,
    said: str | None = None,
    faults: tuple[Fault, ...] = (),
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
        people=persons_of(access.session, [area.id for area in found[:PAGE_ROWS]]),
        total=count_standing_areas(access.session, scope),
        following=found[PAGE_ROWS - 1].id if len(found) > PAGE_ROWS else None,
        is_first=after is None,
        typed=typed,
        error=error,
        layers=layers_to_choose(error),
        said=said,
        faults=faults,
        crs_choices=CRS_CHOICES,
        words=words,
    )
