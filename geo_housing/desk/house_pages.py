"""The house's page and the forms that change a house; addresses under /houses/{code}.

A code holds no lower case letter (it is upper case by rule), so the words after it in an address are never part of it.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import escape
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.clock import today
from geo_housing.desk.forms import Form, Posted, day_of, text_of, version_of
from geo_housing.desk.house import HouseView, family_seen, house_view
from geo_housing.desk.search import house_address
from geo_housing.errors import BadInput, Conflict, GeoHousingError, NotFound
from geo_housing.houses.models import House, Household
from geo_housing.houses.register import differences, endings, families, personal, service
from geo_housing.houses.register.facts import HOUSE_FACTS, HOUSEHOLD_FACTS, SEALED
from geo_housing.houses.register.location_queries import REASONS
from geo_housing.houses.register.queries import Family, families_of, normal_code, places
from geo_housing.houses.register.service import require_house
from geo_housing.keys import KeyRing, load_keys
from geo_housing.numbers import MOST_BIGINT, whole_number
from geo_housing.words import (
    CATEGORY,
    ENDED_REASON,
    GRADE_BASIS,
    IN_ANNUAL_LEDGER,
    LOCATION_STATE,
    MONITORING,
    OCCUPANCY,
    RELATION,
    RENOVATION,
    RISK,
    TRAIT,
)

router = APIRouter(prefix="/houses", include_in_schema=False)

Viewer = Annotated[Access, requires("houses.view")]
Editor = Annotated[Access, requires("houses.edit")]
Revealer = Annotated[Access, requires(personal.VIEW)]


# The longer addresses first: a path parameter takes all that it can get.
@router.get("/{code:path}/households/add")
def add_household_page(code: str, request: Request, access: Editor) -> Response:
    """The form of a further household."""
    house = require_house(access.session, code)
    form = Form(HOUSEHOLD_FACTS, dict.fromkeys(HOUSEHOLD_FACTS, ""), dict.fromkeys(HOUSEHOLD_FACTS, ""), house.version)
    return _family_form(request, access, house, form, None)


@router.post("/{code:path}/households/add")
def post_add_household(code: str, request: Request, access: Editor, posted: Posted) -> Response:
    """Register a household in the house."""
    form = Form.sent(HOUSEHOLD_FACTS, posted)
    try:
        with access.session.begin_nested():
            families.add_family(
                access.session,
                access.actor,
                code,
                {name: value for name, value in form.typed.items() if value},
                relation=text_of(posted, "relation") or "lives",
                since=day_of(posted, "from_on", "起始日期"),
                ring=_ring(request),
            )
    except (BadInput, Conflict) as error:
        house = require_house(access.session, code)
        status = 409 if isinstance(error, Conflict) else 422
        return _family_form(request, access, house, form.refused(error), None, status)
    return redirect(house_address(normal_code(code)), request=request, toast="已登记这户。")


@router.get("/{code:path}/households/{household_id:int}/edit")
def household_page(code: str, household_id: int, request: Request, access: Editor) -> Response:
    """The form of one household; ID number and phone stay hidden, an empty field leaves them."""
    house = require_house(access.session, code)
    family = _family(access, house, household_id)
    stored = access.session.get_one(Household, household_id)
    return _family_form(request, access, house, Form.of(HOUSEHOLD_FACTS, stored, hidden=SEALED), family)


@router.post("/{code:path}/households/{household_id:int}/edit")
def post_household(code: str, household_id: int, request: Request, access: Editor, posted: Posted) -> Response:
    """Save one household."""
    form = Form.sent(HOUSEHOLD_FACTS, posted)
    house = require_house(access.session, code)
    family = _family(access, house, household_id)
    try:
        with access.session.begin_nested():
            changed = families.edit_family(
                access.session,
                access.actor,
                code,
                household_id,
                form.changed,
                version=form.version,
                ring=_ring(request),
            )
    except Conflict as error:
        stored = access.session.get_one(Household, household_id)
        access.session.refresh(stored)
        merged = form.merged(error, stored, hidden=SEALED)
        return _family_form(request, access, house, merged, family, 409)
    except BadInput as error:
        return _family_form(request, access, house, form.refused(error), family, 422)
    toast = f"已保存 {len(changed)} 项修改。" if changed else "没有改动，未保存。"
    return redirect(house_address(house.code), request=request, toast=toast)


@router.post("/{code:path}/households/{household_id:int}/leave")
def post_leave(code: str, household_id: int, request: Request, access: Editor, posted: Posted) -> Response:
    """The household has left the house."""
    house = require_house(access.session, code)
    family = _family(access, house, household_id)
    try:
        with access.session.begin_nested():
            waits = families.leave_house(
                access.session,
                access.actor,
                code,
                household_id,
                on=day_of(posted, "to_on", "搬离日期"),
                home=text_of(posted, "home"),
            )
    except BadInput as error:
        form = Form.of(HOUSEHOLD_FACTS, access.session.get_one(Household, household_id), hidden=SEALED)
        return _family_form(
            request, access, house, form.refused(error), family, 422, leaving=text_of(posted, "home") or ""
        )
    toast = (
        "已登记搬离，原登记留在历史中。这户还没有现住房，已列入无房户名单（核对位置）。"
        if waits
        else "已登记搬离，原登记留在历史中。"
    )
    return redirect(house_address(normal_code(code)), request=request, toast=toast)


@router.post("/{code:path}/households/{household_id:int}/show/{field}")
def post_show(code: str, household_id: int, field: str, request: Request, access: Revealer) -> Response:
    """One full value, journalled; never kept by a browser."""
    ring = _ring(request)
    value = personal.reveal(access.session, access.actor, code, household_id, field, ring=ring)
    return HTMLResponse(str(escape(value)), headers={"Cache-Control": "private, no-store"})


@router.get("/{code:path}/edit")
def edit_page(code: str, request: Request, access: Editor) -> Response:
    """The form of the house's facts."""
    house = require_house(access.session, code)
    return _edit_form(request, access, house, Form.of(HOUSE_FACTS, house))


@router.post("/{code:path}/edit")
def post_edit(code: str, request: Request, access: Editor, posted: Posted) -> Response:
    """Save the facts; a refusal keeps what was typed and says why, beside the field."""
    form = Form.sent(HOUSE_FACTS, posted)
    try:
        with access.session.begin_nested():
            changed = service.edit_house(access.session, access.actor, code, form.changed, version=form.version)
    except Conflict as error:
        house = require_house(access.session, code)
        access.session.refresh(house)
        return _edit_form(request, access, house, form.merged(error, house), 409)
    except BadInput as error:
        return _edit_form(request, access, require_house(access.session, code), form.refused(error), 422)
    toast = f"已保存 {len(changed)} 项修改。" if changed else "没有改动，未保存。"
    return redirect(house_address(normal_code(code)), request=request, toast=toast + _year_gone(changed))


# After the pages of families: any path may be a house's code, and theirs end in /edit, too.
@router.post("/{code:path}/differences/{difference_id:int}")
def post_difference(code: str, difference_id: int, request: Request, access: Editor, posted: Posted) -> Response:
    """Settle one difference between ledger and signed fact."""
    differences.settle_difference(
        access.session,
        access.actor,
        code,
        difference_id,
        decision=text_of(posted, "decision"),  # type: ignore[arg-type] # checked by the service
        note=text_of(posted, "note") or None,
    )
    return redirect(house_address(normal_code(code)), request=request, toast="差异已处理，记入日志。")


@router.post("/{code:path}/end")
def post_end(code: str, request: Request, access: Editor, posted: Posted) -> Response:
    """End a house: demolished, registered twice, or by mistake."""

    def end() -> None:
        endings.end_house(
            access.session,
            access.actor,
            code,
            reason=text_of(posted, "reason"),
            on=day_of(posted, "ended_on", "终止日期"),
            version=version_of(posted),
            duplicate_of=text_of(posted, "duplicate_of"),
            note=text_of(posted, "note") or None,
            homes=_homes(posted),
        )

    return _changed(request, access, code, posted, end, "已终止登记，可在房屋页面恢复。")


@router.post("/{code:path}/resume")
def post_resume(code: str, request: Request, access: Editor, posted: Posted) -> Response:
    """Bring an ended house back."""

    def resume() -> str:
        note = text_of(posted, "note") or None
        told = endings.resume_house(access.session, access.actor, code, version=version_of(posted), note=note)
        return "".join(told)

    return _changed(request, access, code, posted, resume, "已恢复登记。")


@router.get("/{code:path}")
def house_page(code: str, request: Request, access: Viewer) -> Response:
    """房屋: what it is, what is open about it, who lives there, and everything that happened, newest first."""
    house = require_house(access.session, code)
    if house.code != code:
        # A former code, or one typed in lower case: the address shall be the present one.
        return redirect(house_address(house.code), request=request)
    return _house(request, access, house_view(access.session, access.actor, house))


def _house(
    request: Request, access: Access, view: HouseView, status_code: int = 200, refusal: GeoHousingError | None = None
) -> Response:
    return render(
        request,
        access,
        "desk/house.html",
        status_code=status_code,
        view=view,
        house=view.house,
        refusal=refusal,
        address=house_address(view.house.code),
        house_address=house_address,
        in_ledger=IN_ANNUAL_LEDGER,
        reasons=REASONS,
        words={
            "risk": RISK,
            "basis": GRADE_BASIS,
            "renovation": RENOVATION,
            "occupancy": OCCUPANCY,
            "location": LOCATION_STATE,
            "category": CATEGORY,
            "monitoring": MONITORING,
            "trait": TRAIT,
            "relation": RELATION,
            "ended": ENDED_REASON,
        },
    )


def _year_gone(changed: Mapping[str, list[Any]]) -> str:
    """What is said when a status that knows no year took the one that stood there."""
    year, left = changed.get("renovation_year", (None, None))
    if year is None or left is not None or "renovation" not in changed:
        return ""
    return f"改造年度（{year}）已随改造状态清除。"


def _changed(
    request: Request, access: Access, code: str, posted: FormData, change: Callable[[], str | None], toast: str
) -> Response:
    """Run ``change``; a refusal shows the house's edit page with the sentence, or the house's page when it is ended."""
    try:
        with access.session.begin_nested():
            told = change() or ""
    except (BadInput, Conflict) as error:
        house = require_house(access.session, code)
        access.session.refresh(house)
        status = 409 if isinstance(error, Conflict) else 422
        if house.ended_on is not None:
            return _house(request, access, house_view(access.session, access.actor, house), status, error)
        form = Form.of(HOUSE_FACTS, house)
        ending = {name: text_of(posted, name) for name in ("reason", "ended_on", "duplicate_of", "note")}
        ending |= {f"home_{key}": typed for key, typed in _homes(posted).items()}
        return _edit_form(request, access, house, form.refused(error), status, ending)
    return redirect(house_address(normal_code(code)), request=request, toast=toast + told)


def _edit_form(
    request: Request,
    access: Access,
    house: House,
    form: Form,
    status_code: int = 200,
    ending: dict[str, str] | None = None,
) -> Response:
    return render(
        request,
        access,
        "desk/house_edit.html",
        status_code=status_code,
        house=house,
        form=form,
        this_year=today().year,
        in_ledger=IN_ANNUAL_LEDGER,
        ending=ending,
        address=house_address(house.code),
        place=places(access.session, [house.scope_code])[house.scope_code],
        ended_reasons=ENDED_REASON,
        living=[
            family_seen(family, access.actor)
            for family in families_of(access.session, house.id)
            if family.is_here and family.relation == "lives"
        ],
    )


def _family_form(
    request: Request,
    access: Access,
    house: House,
    form: Form,
    family: Family | None,
    status_code: int = 200,
    *,
    leaving: str | None = None,
) -> Response:
    context: dict[str, Any] = {"family": family_seen(family, access.actor) if family else None, "leaving": leaving}
    return render(
        request,
        access,
        "desk/household_edit.html",
        status_code=status_code,
        house=house,
        form=form,
        relations=RELATION,
        address=house_address(house.code),
        place=places(access.session, [house.scope_code])[house.scope_code],
        **context,
    )


def _homes(posted: FormData) -> dict[int, str]:
    """Where each family of a house that ends lives now, as typed."""
    keys = {
        name: whole_number(name.removeprefix("home_"), most=MOST_BIGINT) for name in posted if name.startswith("home_")
    }
    return {key: text_of(posted, name) for name, key in keys.items() if key is not None}


def _family(access: Access, house: House, household_id: int) -> Family:
    for family in families_of(access.session, house.id):
        if family.id == household_id and family.is_here:
            return family
    raise NotFound("这栋房屋没有登记这一户。")


def _ring(request: Request) -> KeyRing:
    return load_keys(request.app.state.settings.keys_file)
