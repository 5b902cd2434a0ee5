"""评估: which houses wait for a technician, in walking order; the form they sign; families who cannot go home."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, UploadFile
from sqlalchemy.orm import Session
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.area_codes import township_of, with_townships
from geo_housing.areas.queries import names_of
from geo_housing.clock import BEIJING, day_typed, moment_typed, now, today
from geo_housing.conclusions import care as cares
from geo_housing.conclusions import queries as found
from geo_housing.conclusions import service
from geo_housing.conclusions.house_at_event import HouseAtEvent, house_at_event
from geo_housing.conclusions.queries import ConclusionRow, Standing
from geo_housing.conclusions.unsafe import unsafe_rows
from geo_housing.conclusions.walk import Stop, walking_order
from geo_housing.db import Actor
from geo_housing.errors import BadInput, GeoHousingError, NotFound
from geo_housing.inspections.entry_form import sent_photos
from geo_housing.inspections.form_content import KeptPhotos
from geo_housing.inspections.queries import inspection_people
from geo_housing.masking import mask_name
from geo_housing.numbers import whole_number
from geo_housing.policy.queries import effective
from geo_housing.response.queries import event_of
from geo_housing.response.returning import let_home
from geo_housing.response.steps.conclusion_photos import add_photos, keep_chosen, shown_photos
from geo_housing.response.steps.tabs import head_of
from geo_housing.roster.queries import areas_of_technician, technicians_of
from geo_housing.scope import AreaScope
from geo_housing.words import (
    CHECK_RESULT,
    CONCLUSION_ITEM,
    DAMAGE_CLASS,
    EMERGENCY_CONCLUSION,
    EVENT_MODE,
    EVENT_PHASE,
    RISK,
    STRUCTURE,
    UNSAFE_MEASURE,
    WARNING_LEVEL,
)

router = APIRouter(prefix="/events/{event_id}/conclusions", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]
Signer = Annotated[Access, requires(service.SIGN)]
Inspector = Annotated[Access, requires("inspections.enter")]
Typed = Annotated[str, Form(max_length=2000)]
NAME = "conclusions"
MOST_ROWS = 1000
# What a technician sees first: where somebody may have been hurt or may go back into danger.
URGENCY = {"collapsed": 1, "suspected": 2}
WORDS: dict[str, Any] = {
    "phase": EVENT_PHASE, "level": WARNING_LEVEL, "mode": EVENT_MODE, "risk": RISK, "structure": STRUCTURE,
    "result": CHECK_RESULT, "damage": DAMAGE_CLASS, "conclusion": EMERGENCY_CONCLUSION, "item": CONCLUSION_ITEM,
    "measure": UNSAFE_MEASURE,
}  # fmt: skip
SIGNED_FIELDS = ("conclusion", "advice", "technician", "signed_at", "reason")
CARE_FIELDS = ("living_now", "measure", "measure_on", "assessment_asked_on", "note", "settled_how")


@router.get("")
def conclusions_page(event_id: int, request: Request, access: Viewer) -> Response:
    """How far the conclusions are, by township and village, and who is not safely housed yet."""
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    risks = found.required_risks(session, event.scope_code)
    areas = found.standing(session, event_id, actor.scope, risks)
    unsafe = unsafe_rows(session, event_id, actor.scope)
    let = let_home(session, event, actor.scope)
    mine = _own_areas(access)
    codes = (
        {row.scope_code for row in let}
        | {area.code for area in areas}
        | {township_of(area.code) for area in areas}
        | {row.scope_code for row in unsafe}
    )
    own, others = _by_technician(areas, mine)
    return render(
        request,
        access,
        "response/conclusions.html",
        event=event,
        head=head_of(session, actor, event),
        here=NAME,
        total=_sum("", areas),
        # Their own divisions first; everything else stays in reach.
        mine=_sum("", own) if mine is not None else None,
        mine_areas=mine or (),
        townships=_townships(own),
        other_townships=_townships(others),
        unsafe=unsafe,
        heads=[_heads(actor, row.heads) for row in unsafe],
        let_home=[(row, _heads(actor, (row.head,) if row.head else ())) for row in let],
        names=names_of(session, codes | set(mine or ())),
        risks=risks,
        as_of=now(),
        words=WORDS,
    )


@router.get("/mine")
def own_page(event_id: int, request: Request, access: Signer) -> Response:
    """The houses of a technician's own divisions, of all of them together, in walking order."""
    return _houses_page(request, access, event_id, access.actor.scope, areas=_own_areas(access))


@router.get("/areas/{code}")
def area_page(event_id: int, code: str, request: Request, access: Viewer) -> Response:
    """The houses of one area in walking order: collapsed ones first, then those that look dangerous, then the others."""
    return _houses_page(request, access, event_id, access.actor.scope.narrowed(code), code=code)


def _houses_page(
    request: Request,
    access: Access,
    event_id: int,
    scope: AreaScope,
    *,
    code: str = "",
    areas: tuple[str, ...] | None = None,
) -> Response:
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    risks = found.required_risks(session, event.scope_code)
    rows = found.conclusion_rows(session, event_id, scope, risks, limit=MOST_ROWS, areas=areas)
    ordered = _in_walking_order([row for row in rows if row.conclusion is None])
    return render(
        request,
        access,
        "response/conclusions_area.html",
        event=event,
        head=head_of(session, actor, event),
        here=NAME,
        code=code,
        areas=areas or (),
        waiting=[(row, _heads(actor, row.heads)) for row in ordered],
        signed=[(row, _heads(actor, row.heads)) for row in rows if row.conclusion is not None],
        is_cut=len(rows) == MOST_ROWS,
        names=names_of(session, {township_of(code), code, *(areas or ())} | {row.scope_code for row in rows}),
        words=WORDS,
    )


def _own_areas(access: Access) -> tuple[str, ...] | None:
    """The divisions in which the reader works as a technician; None for everybody else, and for one who works everywhere."""
    user = access.actor.user_id
    if user is None or not access.actor.may(service.SIGN):
        return None
    return areas_of_technician(access.session, user, today())


@router.get("/houses/{house_code}")
def house_page(event_id: int, house_code: str, request: Request, access: Viewer) -> Response:
    """One house: what was seen, what is signed, the form to sign, where the families live now."""
    return _house_page(request, access, event_id, house_code)


@router.post("/houses/{house_code}")
def post_conclusion(
    event_id: int,
    house_code: str,
    request: Request,
    access: Signer,
    conclusion: Typed = "",
    items: Annotated[list[str] | None, Form()] = None,
    advice: Typed = "",
    technician: Typed = "",
    signed_at: Typed = "",
    upon: Typed = "",
    reason: Typed = "",
    client_id: Annotated[str, Form(max_length=64)] = "",
    photos: Annotated[list[UploadFile] | None, Depends(sent_photos)] = None,
) -> Response:
    """Sign, photos with it; a refusal keeps what was typed and the photos, a conflict shows what somebody else has signed."""
    typed = dict(zip(SIGNED_FIELDS, (conclusion, advice, technician, signed_at, reason), strict=True))
    try:
        with access.session.begin_nested():
            signing = service.Signing(
                conclusion,
                tuple(items or ()),
                advice,
                whole_number(technician) if technician else None,
                moment_typed(signed_at, "评估时间", field="signed_at"),
                whole_number(upon) if upon else None,
                reason,
                client_id or None,
            )
            row = service.sign(access.session, access.actor, event_id, house_code, signing)
            add_photos(request, access, event_id, house_code, photos or [])
    except NotFound:
        raise
    except GeoHousingError as error:
        kept = keep_chosen(request, access, event_id, house_code, photos or [])
        return _house_page(
            request, access, event_id, house_code, error=error, typed=typed, items=items or [], photos_kept=kept
        )
    said = f"已签署：{EMERGENCY_CONCLUSION.label(row.conclusion)}（{row.signed_by}）。"
    said += f"照片 {len(photos)} 张。" if photos else ""
    if row.conclusion == "not_habitable":
        address = f"/events/{event_id}/conclusions/houses/{house_code}#care"
        return redirect(address, request=request, toast=said + "请登记现居住地和临时措施。")
    return redirect(f"/events/{event_id}/conclusions/areas/{row.scope_code}", request=request, toast=said)


@router.post("/houses/{house_code}/care")
def post_care(
    event_id: int,
    house_code: str,
    request: Request,
    access: Inspector,
    living_now: Typed = "",
    measure: Typed = "",
    measure_on: Typed = "",
    assessment_asked_on: Typed = "",
    note: Typed = "",
    settled_how: Typed = "",
    version: Typed = "",
) -> Response:
    """Where they live now, what is done to the house, and when they are safely housed."""
    sent = (living_now, measure, measure_on, assessment_asked_on, note, settled_how)
    typed = dict(zip(CARE_FIELDS, (value.strip() for value in sent), strict=True))
    try:
        with access.session.begin_nested():
            care = cares.Care(
                living_now=typed["living_now"] or None,
                measure=typed["measure"] or None,
                measure_on=day_typed(typed["measure_on"], "措施日期", field="measure_on"),
                assessment_asked_on=day_typed(
                    typed["assessment_asked_on"], "申请评定或鉴定的日期", field="assessment_asked_on"
                ),
                note=typed["note"] or None,
                settled_how=typed["settled_how"] or None,
                stated=frozenset(CARE_FIELDS),
            )
            number = whole_number(version)
            if number is None:
                raise BadInput("页面缺少版本号，请刷新页面后重新填写。")
            home = cares.keep_care(access.session, access.actor, event_id, house_code, care, version=number)
    except NotFound:
        raise
    except GeoHousingError as error:
        return _house_page(request, access, event_id, house_code, error=error, care=typed)
    said = "已办结：农户已安全居住。" if home.settled_at else "已保存。"
    return redirect(f"/events/{event_id}/conclusions/houses/{house_code}#care", request=request, toast=said)


def _house_page(
    request: Request,
    access: Access,
    event_id: int,
    house_code: str,
    *,
    error: GeoHousingError | None = None,
    typed: dict[str, str] | None = None,
    items: list[str] | None = None,
    care: dict[str, str] | None = None,
    photos_kept: KeptPhotos | None = None,
) -> Response:
    session, actor = access.session, access.actor
    event = event_of(session, event_id, actor.scope)
    house = house_at_event(session, event_id, house_code, actor.scope)
    chain = found.history(session, event_id, house.house_id)
    home = found.unsafe_home(session, event_id, house.house_id)
    kinds = effective(session, "conclusion.restricted_kinds", area_code=event.scope_code, on=today()).value
    choices = [word for word in EMERGENCY_CONCLUSION if word != "restricted" or event.kind in kinds]
    technicians = service.may_sign_as(actor, technicians_of(session, AreaScope(house.scope_code), today()))
    return render(
        request,
        access,
        "response/conclusion.html",
        status_code=status_of(error),
        event=event,
        head=head_of(session, actor, event),
        here=NAME,
        house=house,
        heads=_heads(actor, _heads_of(session, house)),
        place=" · ".join(names_of(session, with_townships([house.scope_code])).values()),
        chain=chain,
        is_void=bool(chain)
        and found.checked_houses(session, event_id, [house.house_id])[house.house_id].conclusion is None,
        home=home,
        may_sign=actor.may(service.SIGN) and event.phase not in ("draft", "mistaken"),
        may_care=actor.may("inspections.enter"),
        may_see=actor.may("heads.view"),
        may_add=actor.may("inspections.enter"),
        photos=shown_photos(access, house) if actor.may("heads.view") else [],
        photos_kept=photos_kept or KeptPhotos(),
        choices=choices,
        technicians=technicians,
        own=next((one.id for one in technicians if one.app_user_id == actor.user_id), None),
        typed=typed or {**dict.fromkeys(SIGNED_FIELDS, ""), "signed_at": f"{now().astimezone(BEIJING):%Y-%m-%dT%H:%M}"},
        ticked=items if items is not None else [],
        care=care or _care_typed(home),
        upon=chain[0].id if chain else "",
        faults={fault.column: fault.sentence for fault in error.faults} if error else {},
        error=error,
        words=WORDS,
    )


def _care_typed(home: Any) -> dict[str, str]:
    if home is None:
        return {}
    return {name: "" if getattr(home, name) is None else str(getattr(home, name)) for name in CARE_FIELDS}


def _heads_of(session: Session, house: HouseAtEvent) -> tuple[str, ...]:
    return inspection_people(session, house.house_id, AreaScope(house.scope_code)).heads


def _heads(actor: Actor, heads: tuple[str, ...]) -> str:
    return "、".join(heads if actor.may("heads.view") else [mask_name(head) for head in heads])


def _in_walking_order(rows: list[ConclusionRow]) -> list[ConclusionRow]:
    by_id = {row.house_id: row for row in rows}
    stops = [
        Stop(row.house_id, URGENCY.get(row.result or "", 3), row.settlement or "", row.lon, row.lat) for row in rows
    ]
    return [by_id[number] for number in walking_order(stops)]


def _by_technician(areas: list[Standing], own: tuple[str, ...] | None) -> tuple[list[Standing], list[Standing]]:
    """Those of their divisions, and all others; without divisions of their own everything is theirs."""
    if own is None:
        return areas, []
    mine = [area for area in areas if area.code.startswith(own)]
    return mine, [area for area in areas if area not in mine]


def _townships(areas: list[Standing]) -> list[tuple[Standing, list[Standing]]]:
    """Villages under their townships, those with the most waiting first."""
    groups: dict[str, list[Standing]] = {}
    for area in areas:
        groups.setdefault(township_of(area.code), []).append(area)
    summed = [(_sum(code, villages), sorted(villages, key=_worst_first)) for code, villages in groups.items()]
    return sorted(summed, key=lambda group: _worst_first(group[0]))


def _worst_first(area: Standing) -> tuple[int, int, str]:
    return -area.waiting, -area.unsafe, area.code


def _sum(code: str, areas: list[Standing]) -> Standing:
    words = ("habitable", "not_habitable", "restricted")
    return Standing(
        code,
        sum(area.needed for area in areas),
        sum(area.waiting for area in areas),
        {word: sum(area.by_conclusion[word] for area in areas) for word in words},
        sum(area.unsafe for area in areas),
    )
