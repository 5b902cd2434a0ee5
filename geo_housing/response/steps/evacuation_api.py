"""The API of 转移避险: the list and its sums, one household, a whole village, figures by telephone, households outside it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from geo_housing.accounts.access import Access, requires
from geo_housing.clock import BEIJING
from geo_housing.evacuation import additions, at_once, service
from geo_housing.evacuation.homeward import on_the_way_home
from geo_housing.evacuation.naming import name_told
from geo_housing.evacuation.rows import rows_of
from geo_housing.evacuation.schemas import (
    ExtraBody,
    FigureBody,
    ManyBody,
    MoveEntryBody,
    NamedBody,
    SettleBody,
    TakeOverBody,
    row_json,
    step_json,
    told_json,
    totals_json,
)
from geo_housing.evacuation.sums import totals
from geo_housing.evacuation.take_over import take_over
from geo_housing.files.response import made_file
from geo_housing.if_match import version_stated
from geo_housing.response.extra import add_extra, require_state
from geo_housing.response.file_names import event_file
from geo_housing.response.queries import event_of
from geo_housing.response.returning import hindrance_of
from geo_housing.response.steps.evacuation import HOMEWARD, one_row, placed_of, states_of
from geo_housing.response.steps.evacuation_answers import taken_back
from geo_housing.response.steps.evacuation_list import TITLE, move_list, write_moves

router = APIRouter(prefix="/api/v1/events/{event_id}/evacuation", tags=["evacuation"])

Viewer = Annotated[Access, requires("events.view")]
Enterer = Annotated[Access, requires("evacuation.enter")]
DEFAULT_ROWS, MOST_ROWS = 100, 500
WITHOUT_VERSION = "修改要带 If-Match 或 version：先读取这户，把回答里的版本原样带上。"


@router.get("")
def get_rows(
    event_id: int,
    access: Viewer,
    area: str | None = None,
    state: str = "",
    cursor: str | None = None,
    limit: int = DEFAULT_ROWS,
) -> Any:
    """The households to be moved: village by village, who is not moved first.

    ``state``: one, or ``moved``, ``left``, ``in_shelter``, ``unplaced``, ``may_return``, ``kept`` (the last two where the
    disaster is over: who may go home by what is known of the house, and who may not).
    """
    event = event_of(access.session, event_id, access.actor.scope)
    wanted = max(1, min(limit, MOST_ROWS))
    scope = access.actor.scope.narrowed(area)
    found = rows_of(
        access.session,
        access.actor,
        event_id,
        scope,
        states=states_of(state),
        placed=placed_of(state),
        only=on_the_way_home(access.session, access.actor, event, scope).ids(may=HOMEWARD[state])
        if state in HOMEWARD
        else None,
        after=cursor,
        limit=wanted + 1,
    )
    following = found[wanted - 1].cursor if len(found) > wanted else None
    return {"items": [row_json(row) for row in found[:wanted]], "next": following}


@router.get("/totals")
def get_totals(event_id: int, access: Viewer, area: str | None = None, as_of: datetime | None = None) -> Any:
    """应转, 已转, 未转 in 户 and 人 by township and village, now or as it was known at ``as_of``; figures beside."""
    event_of(access.session, event_id, access.actor.scope)
    at = as_of.replace(tzinfo=BEIJING) if as_of is not None and as_of.tzinfo is None else as_of
    return totals_json(totals(access.session, event_id, access.actor.scope.narrowed(area), as_of=at))


@router.get("/list.xlsx")
def get_list(event_id: int, access: Viewer, area: str | None = None) -> Response:
    """分村转移避险名单 as a workbook."""
    found = move_list(access.session, access.actor, event_id, area=area)
    name = event_file(access, TITLE, found.event, found.as_of, area)
    return made_file(lambda path: write_moves(found, path), name, headers={"X-Rows": str(len(found.rows))})


@router.patch("/{row_id}")
def patch_row(
    event_id: int,
    row_id: int,
    body: MoveEntryBody,
    access: Enterer,
    response: Response,
    if_match: Annotated[str | None, Header()] = None,
) -> Any:
    """Save what is stated; 409 when somebody else saved in between (``If-Match`` or ``version``, one is needed)."""
    event = event_of(access.session, event_id, access.actor.scope)
    entry = body.entry(version_stated(if_match, body.version, missing=WITHOUT_VERSION))
    hindrance = hindrance_of(access.session, access.actor, event)
    step = service.enter(access.session, access.actor, event_id, row_id, entry, hindrance=hindrance)
    row = one_row(access, event_id, row_id)
    response.headers["ETag"] = f'"{row.version}"'
    return {**row_json(row), "step": step_json(step)}


@router.post("/{row_id}/undo/{step_id}")
def post_undo(event_id: int, row_id: int, step_id: int, access: Enterer) -> Any:
    """Take the last change of a household back; ``withdrawn``: with it the row has left the list (after 误发撤销)."""
    event = event_of(access.session, event_id, access.actor.scope)
    hindrance = hindrance_of(access.session, access.actor, event)
    step = service.undo(access.session, access.actor, event_id, row_id, step_id, hindrance=hindrance)
    if not step.counts_after:
        return {"id": row_id, "withdrawn": True, "detail": taken_back(step), "step": step_json(step)}
    return {**row_json(one_row(access, event_id, row_id)), "step": step_json(step)}


@router.post("/many")
def post_many(event_id: int, body: ManyBody, access: Enterer) -> Any:
    """整村已转 (after 误发撤销 整村已返回), with the rows that were shown: what was changed and what stayed because somebody was quicker."""
    event = event_of(access.session, event_id, access.actor.scope)
    hindrance = hindrance_of(access.session, access.actor, event)
    shown = [(row.id, row.version) for row in body.rows]
    batch, changed = at_once.enter_many(
        access.session, access.actor, event_id, shown, body.entry(), hindrance=hindrance
    )
    return {"batch": batch, "changed": changed, "unchanged": [row for row, _ in shown if row not in set(changed)]}


@router.post("/take-over")
def post_take_over(event_id: int, body: TakeOverBody, access: Enterer) -> Any:
    """接转: what another event that goes on knows of the households shown (``elsewhere``) is entered here."""
    event = event_of(access.session, event_id, access.actor.scope)
    hindrance = hindrance_of(access.session, access.actor, event)
    shown = [(row.id, row.version) for row in body.rows]
    batch, changed = take_over(
        access.session, access.actor, event_id, shown, hindrance=hindrance, client_id=body.client_id
    )
    return {"batch": batch, "changed": changed, "unchanged": [row for row, _ in shown if row not in set(changed)]}


@router.post("/figures")
def post_figure(event_id: int, body: FigureBody, access: Enterer) -> Any:
    """电话报数: it replaces the last one of its area."""
    event_of(access.session, event_id, access.actor.scope)
    return told_json(additions.tell_figure(access.session, access.actor, event_id, body.told()))


@router.post("/figures/{figure_id}/settle")
def post_settle(event_id: int, figure_id: int, body: SettleBody, access: Enterer) -> Any:
    """A figure no longer stands."""
    event_of(access.session, event_id, access.actor.scope)
    return told_json(
        additions.settle_figure(access.session, access.actor, event_id, figure_id, note=body.note, version=body.version)
    )


@router.post("/extra")
def post_extra(event_id: int, body: ExtraBody, access: Enterer) -> Any:
    """表外新增: a house that no list holds joins at once, its inspection too; ``is_house`` false: people without a house."""
    event_of(access.session, event_id, access.actor.scope)
    extra = body.extra()
    require_state(extra, body.state)
    row = add_extra(access.session, access.actor, event_id, extra, is_house=body.is_house, state=body.state)
    return row_json(one_row(access, event_id, row.id))


@router.post("/named")
def post_named(event_id: int, body: NamedBody, access: Enterer) -> Any:
    """After 误发撤销: one of those told by telephone and not yet named is put on the list as moved; 409 once all are named."""
    event_of(access.session, event_id, access.actor.scope)
    row, step = name_told(access.session, access.actor, event_id, body.named())
    return {**row_json(one_row(access, event_id, row.id)), "step": step_json(step)}
