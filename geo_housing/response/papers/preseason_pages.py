"""避险明白卡 on a page: which villages have none that holds, and the paper itself."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import render
from geo_housing.areas.queries import area_names
from geo_housing.errors import TooLarge
from geo_housing.evacuation.queries import move_policy
from geo_housing.evacuation.rule import SEES_LIST
from geo_housing.keys import load_keys
from geo_housing.response.papers.card_families import families_counted
from geo_housing.response.papers.parts import Printing, parts_response
from geo_housing.response.papers.preseason import IN_NO_TOWNSHIP, KIND, card_states, cards_of, divisions_in
from geo_housing.roster.full_phones import NEEDED, asked_for
from geo_housing.words import EVENT_KIND

router = APIRouter(prefix="/roster/cards", include_in_schema=False)

Reader = Annotated[Access, requires(SEES_LIST)]


@router.get("")
def cards_page(request: Request, access: Reader, area: str = "", own: bool = False) -> Response:
    """The villages, those whose card must be printed first, and the form that prints; ``own``: the division's own card alone."""
    scope = access.actor.scope.narrowed(area or None)
    policy = move_policy(access.session, scope.lo)
    areas = area_names(access.session)
    return render(
        request,
        access,
        "response/cards.html",
        states=[one for one in card_states(access.session, scope) if not own or one.area.code == scope.prefix],
        own=own,
        townships=[one for one in areas if one.level == "township" and access.actor.scope.covers(one.code)],
        names={one.code: one.name for one in areas},
        area=scope.prefix,
        kinds={code: label for code, label in EVENT_KIND.labels.items() if policy.makes_list(code)},
        kind=KIND,
        may_print=access.actor.may("export"),
        may_phones=all(access.actor.may(permission) for permission in NEEDED),
        IN_NO_TOWNSHIP=IN_NO_TOWNSHIP,
    )


@router.post("/print")
def print_cards(
    request: Request,
    access: Reader,
    area: Annotated[str, Form(max_length=12)] = "",
    kind: Annotated[str, Form(max_length=20)] = KIND,
    personal: Annotated[bool, Form()] = False,
    purpose: Annotated[str, Form(max_length=1000)] = "",
    own: Annotated[bool, Form()] = False,
) -> Response:
    """The paper: one card and list for each village, each noted in the journal; ``personal`` with full numbers, for a purpose."""
    full = None
    if personal:
        ring = load_keys(request.app.state.settings.keys_file)
        full = asked_for(access.actor, is_drill=False, purpose=purpose, ring=ring)
    try:
        cards = cards_of(access.session, access.actor, area, kind=kind, full=full, only_own=own)
    except TooLarge as error:
        scope = access.actor.scope.narrowed(area)
        sent = {"kind": kind, **({"personal": "true", "purpose": full.purpose} if full else {})}
        policy = move_policy(access.session, scope.lo)
        counts = dict.fromkeys(divisions_in(access.session, scope), 0)
        asked = Printing(
            paper="/roster/cards/print",
            unit="户",
            counts=counts | families_counted(access.session, scope, kind, policy),
            back=f"/roster/cards?area={scope.prefix}",
            back_to="避险明白卡",
            sent=sent,
            prints_rest=True,
        )
        return parts_response(request, access, scope, error, asked)
    response = render(
        request, access, "response/cards_paper.html", cards=cards, full=full, kind_label=EVENT_KIND.label(kind)
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
