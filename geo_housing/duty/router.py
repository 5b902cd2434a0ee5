"""The API of 交接班: who is on duty, what is open, handing over, taking over."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from geo_housing.accounts.access import Access, requires
from geo_housing.clock import now
from geo_housing.duty import matters, queries, service
from geo_housing.duty.queries import ShiftLine

router = APIRouter(prefix="/api/v1/duty", tags=["duty"])

Officer = Annotated[Access, requires(service.WORK)]
Leaver = Annotated[Access, requires(service.HAND_OVER)]


class HandoverBody(BaseModel):
    """What is left to the next officer; ``to`` is the user who is meant to come."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, Field(max_length=service.MOST_NOTE)] = ""
    to: int | None = None
    client_id: Annotated[str, Field(max_length=64)] | None = None


class TakeoverBody(BaseModel):
    """``read``: the id of the handover that was read, null where there is none."""

    model_config = ConfigDict(extra="forbid")

    read: int | None = None


@router.get("")
def get_duty(access: Officer) -> Any:
    """What is open in each event, and the shifts of the last days, present and coming ones, the latest first."""
    at, scope = now(), access.actor.scope
    lines = queries.shift_lines(access.session, scope, at)
    own = next((line.grant_id for line in lines if line.grant_id == access.actor.shift_id), None)
    return {"own_shift": own, "open": matters.open_matters(access.session, scope), "shifts": [*map(_line_json, lines)]}


@router.post("/hand-over")
def post_hand_over(access: Leaver, body: HandoverBody) -> Any:
    """Leave one's shift; the rights stay until somebody has taken over. The same ``client_id`` again changes nothing."""
    row = service.hand_over(access.session, access.actor, note=body.note, to_user_id=body.to, client_id=body.client_id)
    return {"handover": row.id, "shift": row.grant_id, "given_at": _iso(row.given_at), "open": row.figures}


@router.post("/shifts/{grant_id}/take-over")
def post_take_over(access: Officer, grant_id: int, body: TakeoverBody) -> Any:
    """Go on from a shift, which ends with it; 409 when there is a later word than ``read``, or somebody was quicker."""
    row = service.take_over(access.session, access.actor, grant_id=grant_id, read=body.read)
    return {"takeover": row.id, "shift": row.grant_id, "taken_at": _iso(row.taken_at), "open": row.figures}


def _line_json(line: ShiftLine) -> dict[str, Any]:
    left, taken = line.handover, line.takeover
    return {
        "shift": line.grant_id,
        "user": line.user_id,
        "officer": line.officer,
        "area_code": line.area_code,
        "begins": _iso(line.shift.begins),
        "planned_end": _iso(line.shift.planned_end),
        "cap": _iso(line.shift.cap),
        "state": line.standing.word,
        "may_take_over": line.standing.may_take_over,
        "handover": left and {"id": left.id, "given_at": _iso(left.given_at), "note": left.note, "open": left.figures},
        "taken_over_at": taken and _iso(taken.taken_at),
        "successor": line.successor,
    }


def _iso(at: Any) -> str:
    return str(at.isoformat(timespec="seconds"))
