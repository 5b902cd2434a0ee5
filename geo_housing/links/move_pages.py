"""What a village says by its link of those who must be moved: a press as a plain form, and what the page's script sends."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from geo_housing.accounts.rendering import redirect
from geo_housing.errors import BadInput, GeoHousingError, NotFound, VersionMissing
from geo_housing.evacuation.states import Said
from geo_housing.keys import load_keys
from geo_housing.links import moves
from geo_housing.links.access import ByLink, LinkRoute
from geo_housing.links.pages import village
from geo_housing.links.recognition import link_address
from geo_housing.numbers import number_typed

router = APIRouter(prefix="/v", include_in_schema=False, route_class=LinkRoute)


class MoveBody(BaseModel):
    """How a household stands, that another event knows it (``take_over``), or which change is taken back."""

    model_config = ConfigDict(extra="forbid")

    state: Annotated[str, Field(max_length=40)] | None = None
    people: int | None = None
    shelter_id: int | None = None
    note: Annotated[str, Field(max_length=500)] | None = None
    undo: int | None = None
    take_over: bool = False
    # Seconds since the press, by the phone's own clock; the clock may be wrong, so no time of day is asked of it.
    ago: int = 0
    version: int | None = None
    client_id: Annotated[str, Field(max_length=64)] | None = None


@router.get("/{link_id}/moves/{row_id}")
def get_move(link_id: int, row_id: int, access: ByLink) -> Any:
    """One household as it stands."""
    del link_id
    return moves.move_json(moves.move_of_link(access.session, access.actor, access.holder, row_id))


@router.patch("/{link_id}/moves/{row_id}")
def patch_move(link_id: int, row_id: int, body: MoveBody, access: ByLink) -> Any:
    """Save how it stands; the same ``client_id`` again changes nothing, an older ``version`` is refused."""
    del link_id
    if body.undo is not None:
        return moves.move_json(moves.undo_move(access.session, access.actor, access.holder, row_id, body.undo))
    if body.version is None:
        raise VersionMissing("页面缺少版本号，请刷新页面后重试。")
    enter = moves.take_move_over if body.take_over else partial(moves.enter_move, ago=body.ago)
    moved = enter(
        access.session,
        access.actor,
        access.holder,
        row_id,
        said=Said(state=body.state or "", people=body.people, shelter_id=body.shelter_id, note=body.note),
        stated=frozenset(body.model_fields_set),
        version=body.version,
        client_id=body.client_id,
    )
    return moves.move_json(moved)


@router.post("/{link_id}/moves/{row_id}")
def post_move(
    link_id: int,
    row_id: int,
    request: Request,
    access: ByLink,
    state: Annotated[str, Form(max_length=40)] = "",
    undo: Annotated[str, Form(max_length=20)] = "",
    take_over: Annotated[str, Form(max_length=20)] = "",
    version: Annotated[str, Form(max_length=20)] = "",
    people: Annotated[str, Form(max_length=10)] = "",
    shelter_id: Annotated[str, Form(max_length=20)] = "",
    note: Annotated[str | None, Form(max_length=500)] = None,
) -> Response:
    """A press as a plain form: for browsers without the page's script."""
    session, actor, holder = access.session, access.actor, access.holder
    try:
        with session.begin_nested():
            if undo:
                moved = moves.undo_move(session, actor, holder, row_id, _number(undo))
                said = f"已撤销，恢复为“{moved.row.state_said}”。"
            else:
                told = Said(
                    state=state,
                    people=_people(people),
                    shelter_id=_number(shelter_id) if shelter_id else None,
                    note=note,
                )
                # An empty number or place is not stated; a remark that was on the page and is not any more is cleared.
                stated = {"state", *(["people"] if people.strip() else []), *(["note"] if note is not None else [])}
                if shelter_id and state == "moved_to_shelter":
                    stated.add("shelter_id")
                enter = moves.take_move_over if take_over else moves.enter_move
                moved = enter(
                    session, actor, holder, row_id, said=told, stated=frozenset(stated), version=_number(version)
                )
                said = f"已登记为“{moved.row.state_said}”。"
    except NotFound:
        raise
    except GeoHousingError as error:
        return village(request, access, error=error)
    done = "" if undo or moved.step is None else f"?done={row_id}-{moved.step}"
    return redirect(f"{link_address(link_id)}/houses{done}#m{row_id}", request=request, toast=said)


@router.post("/{link_id}/moves/{row_id}/phone")
def post_move_phone(link_id: int, row_id: int, request: Request, access: ByLink) -> Response:
    """The household's full number on its row; each look is written down."""
    del link_id
    ring = load_keys(request.app.state.settings.keys_file)
    number = moves.reveal_phone(access.session, access.actor, access.holder, row_id, ring=ring)
    return village(request, access, phone=(row_id, number))


def _people(text: str) -> int | None:
    if not text.strip():
        return None
    people = number_typed(text)
    if people is None:
        raise BadInput(f"“人数”请填数字，不是“{text.strip()}”。")
    return people


def _number(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadInput("页面已经过时，请刷新后重试。")
    return int(text)
