"""委托, a house of it: what the organisation sees of it, the conclusion that its technician signs, the photos it sends."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Header, Request, UploadFile
from pydantic import BaseModel
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.area_codes import with_townships
from geo_housing.areas.queries import names_of
from geo_housing.clock import BEIJING, moment_typed, now, today
from geo_housing.conclusions.service import Signing
from geo_housing.errors import GeoHousingError, NotFound
from geo_housing.files.response import file_response
from geo_housing.files.storage import FileStore
from geo_housing.inspections.entry_form import sent_photos
from geo_housing.inspections.form_content import KeptPhotos
from geo_housing.numbers import whole_number
from geo_housing.orders import photos as order_photos
from geo_housing.orders import queries, service
from geo_housing.orders.pages import WORDS, Long, Short
from geo_housing.policy.queries import effective
from geo_housing.words import EMERGENCY_CONCLUSION

router = APIRouter(prefix="/orders", include_in_schema=False)

Doer = Annotated[Access, requires(service.CARRY_OUT)]


class SigningForm(BaseModel):
    """What a technician signs by an order."""

    conclusion: Short = ""
    items: list[Short] = []
    advice: Long = ""
    technician: Short = ""
    signed_at: Short = ""
    upon: Short = ""
    reason: Long = ""
    client_id: Short = ""


@router.get("/{order_id:int}/houses/{code:path}")
def house_page(request: Request, access: Doer, order_id: int, code: str) -> Response:
    """One house of an order, with the form to sign."""
    return _house(request, access, order_id, code)


@router.post("/{order_id:int}/houses/{code:path}")
def post_conclusion(
    request: Request,
    access: Doer,
    order_id: int,
    code: str,
    sent: Annotated[SigningForm, Form()],
    photos: Annotated[list[UploadFile], Depends(sent_photos)],
) -> Response:
    """Sign, photos with it; a refusal keeps what was typed and the photos, a conflict shows what somebody else has signed."""
    store = FileStore(request.app.state.settings.files)
    try:
        with access.session.begin_nested():
            signing = Signing(
                sent.conclusion,
                tuple(sent.items),
                sent.advice,
                whole_number(sent.technician) if sent.technician else None,
                moment_typed(sent.signed_at, "评估时间", field="signed_at"),
                whole_number(sent.upon) if sent.upon else None,
                sent.reason,
                sent.client_id or None,
            )
            row = service.sign(access.session, access.actor, order_id, code, signing)
            said = f"已签署：{EMERGENCY_CONCLUSION.label(row.conclusion)}（{row.signed_by}）。"
            order_photos.add_photos(access.session, access.actor, store, order_id, code, photos)
            said += f"照片 {len(photos)} 张。" if photos else ""
    except NotFound:
        raise
    except GeoHousingError as error:
        kept = order_photos.keep_chosen(access.session, access.actor, store, order_id, code, photos)
        return _house(request, access, order_id, code, error=error, typed=sent, photos_kept=kept)
    return redirect(f"/orders/{order_id}", request=request, toast=said)


@router.get("/{order_id:int}/photos/{photo_id:int}/{code:path}")
def get_photo(
    request: Request,
    access: Doer,
    order_id: int,
    photo_id: int,
    code: str,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A photo of the house that this account has sent."""
    found = order_photos.own_photo(access.session, access.actor, order_id, code, photo_id)
    return file_response(FileStore(request.app.state.settings.files), found, if_none_match=if_none_match)


def _house(
    request: Request,
    access: Access,
    order_id: int,
    code: str,
    *,
    error: GeoHousingError | None = None,
    typed: SigningForm | None = None,
    photos_kept: KeptPhotos | None = None,
) -> Response:
    session = access.session
    order = queries.order_of(session, order_id)
    house = queries.house_of(session, order_id, code)
    kinds = effective(session, "conclusion.restricted_kinds", area_code=house.scope_code, on=today()).value
    own = queries.signers(session, order.organisation, house.scope_code, today())
    fresh = SigningForm(
        signed_at=f"{now().astimezone(BEIJING):%Y-%m-%dT%H:%M}",
        technician=str(next((one.id for one in own if one.app_user_id == access.actor.user_id), "")),
    )
    return render(
        request,
        access,
        "orders/house.html",
        status_code=status_of(error),
        error=error,
        faults={fault.column: fault.sentence for fault in error.faults} if error else {},
        order=order,
        house=house,
        names=names_of(session, with_townships([house.scope_code])),
        choices=[word for word in EMERGENCY_CONCLUSION if word != "restricted" or kinds],
        technicians=own,
        photos=order_photos.own_photos(session, access.actor, order_id, code) if order.event_id else [],
        photos_kept=photos_kept or KeptPhotos(),
        typed=typed or fresh,
        words=WORDS,
    )
