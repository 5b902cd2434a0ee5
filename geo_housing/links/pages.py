"""The pages of a link: the village's list, the form of a house, photos; on a phone, without an account."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, RedirectResponse, Response

from geo_housing.accounts.access import names_loopback
from geo_housing.accounts.rendering import language_of, redirect, status_of
from geo_housing.area_codes import township_of
from geo_housing.areas.queries import names_of
from geo_housing.clock import now
from geo_housing.errors import GeoHousingError, NotFound, VersionMissing
from geo_housing.files.photos import MOST_BYTES
from geo_housing.files.response import file_response
from geo_housing.files.storage import FileStore
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.over import Stand
from geo_housing.inspections import service as inspections
from geo_housing.inspections.entry_form import SentForm, as_typed, entry_of, sent_form, typed_of
from geo_housing.inspections.form_content import (
    LABELS,
    WORDS,
    FormPlace,
    add_photo,
    form_content,
    hint_in,
    keep_photos,
    odd_of,
    stands,
)
from geo_housing.inspections.queries import inspection_people, locked_inspection
from geo_housing.inspections.router import sent_photo
from geo_housing.inspections.schemas import InspectionEntryBody
from geo_housing.inspections.stages import NEEDS_WORDS, Findings
from geo_housing.keys import load_keys
from geo_housing.links import rendering, service
from geo_housing.links.access import ByLink, LinkAccess, LinkRoute, note_opening, recognise
from geo_housing.links.moves import STATES
from geo_housing.links.queries import (
    VillageHouse,
    event_of_link,
    families_living,
    last_visitor,
    next_of_link,
    photo_of_link,
    reasons_shown,
    view_of_link,
)
from geo_housing.links.recognition import LINK_COOKIE, link_address
from geo_housing.links.schemas import LinkEntryOut, LinkPhotoOut, photo_address
from geo_housing.links.sections import SECTIONS
from geo_housing.scope import AreaScope
from geo_housing.web_assets import STATIC
from geo_housing.words import EVACUATION_STATE

router = APIRouter(prefix="/v", include_in_schema=False, route_class=LinkRoute)

# Who looked is proposed again for as long as one walks through a village.
CARRIED_FOR = timedelta(hours=12)


@router.get("/worker.js")
def service_worker() -> Response:
    """The worker that lets a link's pages open without network; its place says for which addresses."""
    return FileResponse(STATIC / "links" / "worker.js", media_type="text/javascript", headers=_NO_STORE)


@router.get("/{token}")
def open_link(token: str, request: Request) -> Response:
    """Exchange the token of the address for a cookie, so that it stands in no address, history or referrer any more."""
    holder = recognise(request, token)
    note_opening(request, holder)
    response = RedirectResponse(f"{link_address(holder.id)}/houses", 303)
    response.set_cookie(
        LINK_COOKIE,
        token,
        max_age=max(1, int((holder.expires_at - now()).total_seconds())),
        path=link_address(holder.id),
        httponly=True,
        samesite="lax",
        secure=not names_loopback(request),
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@router.get("/{link_id}/houses")
def village_page(link_id: int, request: Request, access: ByLink, done: str = "") -> Response:
    """The village: whom to fetch, which houses to see first, and everything that its forms need without network."""
    del link_id
    row, _, step = done.partition("-")
    is_done = len(done) < 40 and all(part.isascii() and part.isdigit() for part in (row, step))
    return village(request, access, done=(int(row), int(step)) if is_done else None)


def village(
    request: Request,
    access: LinkAccess,
    *,
    done: tuple[int, int] | None = None,
    phone: tuple[int, str] | None = None,
    error: GeoHousingError | None = None,
) -> Response:
    """The page of the village; ``done`` is what was just said of a household (row, step), ``phone`` its number."""
    contents = {section.name: section.content(access.session, access.actor, access.holder) for section in SECTIONS}
    houses: list[VillageHouse] = contents["houses"]
    visitor = _visitor(access)
    return rendering.page(
        request,
        "links/village.html",
        status_code=status_of(error),
        csrf_token=access.holder.csrf_token,
        **_around(access),
        sections=[(section, contents[section.name]) for section in SECTIONS],
        done=done,
        phone=phone,
        error=error,
        evacuation_words=EVACUATION_STATE,
        move_states=STATES,
        kept=[_kept(access, house) for house in houses],
        # A form for the page's script to fill in: of no house yet.
        place=_place(access, 0, None),
        typed={**typed_of(Findings()), "version": "", "client_id": "", "visitor": visitor},
        faults={},
        missing={},
        photos=[],
        needs_words=NEEDS_WORDS,
        registered_rooms=None,
        many_rooms="",
        is_carried=False,
        labels=LABELS,
        words=WORDS,
    )


@router.get("/{link_id}/houses/{inspection_id}")
def house_page(link_id: int, inspection_id: int, request: Request, access: ByLink) -> Response:
    """One house with its form."""
    del link_id
    return _house(request, access, inspection_id)


@router.post("/{link_id}/houses/{inspection_id}")
def post_house(
    link_id: int,
    inspection_id: int,
    request: Request,
    access: ByLink,
    sent: Annotated[SentForm, Depends(sent_form)],
) -> Response:
    """Save what was seen, as a plain form: for browsers without the page's script."""
    session, actor, typed = access.session, access.actor, sent.typed
    view_of_link(session, access.holder, inspection_id)
    base = f"{link_address(link_id)}/houses"
    try:
        with session.begin_nested():
            entry = entry_of(typed, has_photos=bool(sent.photos), stated=sent.stated)
            saved = inspections.enter_result(session, actor, inspection_id, entry)
            for photo in sent.photos:
                add_photo(session, actor, _store(request), inspection_id, photo)
    except NotFound:
        raise
    except GeoHousingError as error:
        typed, kept, refused = keep_photos(session, actor, _store(request), inspection_id, typed, sent.photos)
        return _house(request, access, inspection_id, typed=typed, error=error, kept=kept, refused=refused)
    if saved.state != "done":
        return redirect(f"{base}/{inspection_id}", request=request, toast=inspections.toast_of(session, saved))
    following = next_of_link(session, access.holder, inspection_id)
    address = f"{base}/{following}" if following else base
    said = inspections.toast_of(session, saved) + odd_of(
        view_of_link(session, access.holder, inspection_id), len(sent.photos)
    )
    return redirect(address, request=request, toast=said)


@router.post("/{link_id}/houses/{inspection_id}/phone")
def post_phone(link_id: int, inspection_id: int, request: Request, access: ByLink) -> Response:
    """Whom to call at this house, with the full number; each look is written down."""
    del link_id
    ring = load_keys(request.app.state.settings.keys_file)
    found = service.reveal_phones(access.session, access.actor, access.holder, inspection_id, ring=ring)
    return _house(request, access, inspection_id, phones=found)


@router.get("/{link_id}/photos/{photo_id}")
def get_photo(
    link_id: int,
    photo_id: int,
    request: Request,
    access: ByLink,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A photo of this village in this event."""
    del link_id
    row = photo_of_link(access.session, access.holder, photo_id)
    return file_response(_store(request), row, if_none_match=if_none_match)


# What the page's script sends


@router.get("/{link_id}/api/{inspection_id}")
def get_entry(link_id: int, inspection_id: int, access: ByLink) -> LinkEntryOut:
    """One house as it stands."""
    del link_id
    return LinkEntryOut.of(access.holder, view_of_link(access.session, access.holder, inspection_id))


@router.patch("/{link_id}/api/{inspection_id}")
def patch_entry(link_id: int, inspection_id: int, body: InspectionEntryBody, access: ByLink) -> LinkEntryOut:
    """Save what is stated; the same ``client_id`` again changes nothing, an older ``version`` is refused."""
    del link_id
    view_of_link(access.session, access.holder, inspection_id)
    if body.version is None:
        raise VersionMissing("页面缺少版本号，请刷新页面后重新填写。")
    inspections.enter_result(access.session, access.actor, inspection_id, body.entry(body.version))
    return LinkEntryOut.of(access.holder, view_of_link(access.session, access.holder, inspection_id))


@router.post("/{link_id}/api/{inspection_id}/photos")
def post_photo(
    link_id: int,
    inspection_id: int,
    request: Request,
    access: ByLink,
    photo: Annotated[UploadFile, Depends(sent_photo)],
) -> LinkPhotoOut:
    """Keep a photo: checked, encoded anew; the same one again is kept once."""
    del link_id
    session = access.session
    view_of_link(session, access.holder, inspection_id)
    data = photo.file.read(MOST_BYTES + 1)
    name = photo.filename or "照片.jpg"
    kept = inspections.add_photo(session, access.actor, _store(request), inspection_id, data=data, name=name)
    version = locked_inspection(session, inspection_id, access.actor.scope).version
    hint = hint_in(kept.hint, language_of(request))
    return LinkPhotoOut(id=kept.id, url=photo_address(access.holder, kept.id), version=version, hint=hint)


def _house(
    request: Request,
    access: LinkAccess,
    inspection_id: int,
    *,
    typed: dict[str, str] | None = None,
    error: GeoHousingError | None = None,
    kept: int = 0,
    refused: list[str] | None = None,
    phones: list[tuple[str, str]] | None = None,
) -> Response:
    session, holder = access.session, access.holder
    view = view_of_link(session, holder, inspection_id)
    following = next_of_link(session, holder, inspection_id)
    present = as_typed(inspections.findings_of(view.inspection), view, visitor=_visitor(access))
    return rendering.page(
        request,
        "links/house.html",
        status_code=status_of(error),
        csrf_token=holder.csrf_token,
        **_around(access),
        families=families_living(session, [view.inspection.house_id]).get(view.inspection.house_id, []),
        people=inspection_people(session, view.inspection.house_id, AreaScope(holder.village)),
        reasons=reasons_shown(view.inspection, view.occupancy),
        phones=phones,
        is_carried=False,
        kept_photos=kept,
        lost_photos=len(refused or ()),
        why_lost=[one for one in dict.fromkeys(refused or ()) if error is None or one != error.sentence],
        may_enter=view.inspection.state != "withdrawn",
        **form_content(view, _place(access, inspection_id, following), present, typed=typed, error=error),
    )


def _place(access: LinkAccess, inspection_id: int, following: int | None) -> FormPlace:
    base = link_address(access.holder.id)
    return FormPlace(
        action=f"{base}/houses/{inspection_id}",
        api=f"{base}/api/{inspection_id}",
        photos=f"{base}/photos/",
        holder=f"link:{access.holder.id}",
        back=f"{base}/houses",
        asks_report=False,
        following=f"{base}/houses/{following}" if following else None,
    )


def _around(access: LinkAccess) -> dict[str, Any]:
    """What stands on every page of a link: whose village, which event, until when."""
    event: HazardEvent = event_of_link(access.session, access.holder)
    village = access.holder.village
    names = names_of(access.session, {village, township_of(village)})
    stand = Stand(access.session, event)
    return {
        "base": link_address(access.holder.id),
        "holder": access.holder,
        "event": event,
        "village": names.get(village, village),
        "township": names.get(township_of(village), ""),
        "level_word": stand.level_word,
        "over": stand.over_at(village),
        "phase_said": stand.phase_said(village),
    }


def _kept(access: LinkAccess, house: VillageHouse) -> dict[str, Any]:
    """One house for the page's script: enough to show and fill in its form without network."""
    item = house.inspection
    base = link_address(access.holder.id)
    typed = typed_of(inspections.findings_of(item))
    if house.again:
        # It is looked at anew: the time of the visit is asked for, not carried on.
        typed["visited_at"] = ""
    return {
        "id": item.id,
        "api": f"{base}/api/{item.id}",
        "action": f"{base}/houses/{item.id}",
        "title": house.heads,
        "state": item.state,
        "again": house.again,
        "lacks": house.lacks,
        "version": item.version,
        "typed": typed,
        "stands": stands(inspections.findings_of(item)),
        "by": item.entered_by or "",
        "rooms": house.house.rooms,
    }


def _visitor(access: LinkAccess) -> str:
    """Who was named last through this link."""
    by = access.actor.label or access.actor.name
    return last_visitor(access.session, access.holder, by, now() - CARRIED_FOR)


def _store(request: Request) -> FileStore:
    return FileStore(request.app.state.settings.files)


_NO_STORE = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/v/"}
