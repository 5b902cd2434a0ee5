"""The API of emergency conclusions: how far they are, what was signed of a house, signing, care for who cannot go home."""

from typing import Annotated, Any

from fastapi import APIRouter

from geo_housing.accounts.access import Access, requires
from geo_housing.conclusions import queries, service
from geo_housing.conclusions.care import keep_care
from geo_housing.conclusions.house_at_event import house_at_event
from geo_housing.conclusions.schemas import CareBody, SigningBody, conclusion_json, home_json, standing_json

router = APIRouter(prefix="/api/v1/events/{event_id}", tags=["conclusions"])

Viewer = Annotated[Access, requires("events.view")]
Signer = Annotated[Access, requires(service.SIGN)]
Inspector = Annotated[Access, requires("inspections.enter")]


@router.get("/conclusions")
def get_conclusions(event_id: int, access: Viewer) -> Any:
    """Houses (栋) that need a technician's conclusion, those that have one, and who is not safely housed, by area."""
    event = queries.seen_event(access.session, event_id, access.actor.scope)
    risks = queries.required_risks(access.session, event.scope_code)
    return {"event": event_id, **standing_json(queries.standing(access.session, event_id, access.actor.scope, risks))}


@router.get("/conclusions/{house_code}")
def get_house(event_id: int, house_code: str, access: Viewer) -> Any:
    """Everything signed of one house, the newest first: the first one holds."""
    return _house_json(access, event_id, house_code)


@router.post("/conclusions/{house_code}")
def post_conclusion(event_id: int, house_code: str, access: Signer, body: SigningBody) -> Any:
    """Sign; 409 when somebody else has signed since ``upon`` was read."""
    service.sign(access.session, access.actor, event_id, house_code, body.signing())
    return _house_json(access, event_id, house_code)


@router.patch("/unsafe-homes/{house_code}")
def patch_unsafe_home(event_id: int, house_code: str, access: Inspector, body: CareBody) -> Any:
    """Where they live now, what is done to the house; ``settled_how`` ends it, null opens it again."""
    keep_care(access.session, access.actor, event_id, house_code, body.care(), version=body.version)
    return _house_json(access, event_id, house_code)


def _house_json(access: Access, event_id: int, house_code: str) -> dict[str, Any]:
    session, actor = access.session, access.actor
    house = house_at_event(session, event_id, house_code, actor.scope)
    home = queries.unsafe_home(session, event_id, house.house_id)
    return {
        "event": event_id,
        "house_code": house.house_code,
        "area_code": house.scope_code,
        "result": house.result,
        "conclusions": [conclusion_json(row, actor) for row in queries.history(session, event_id, house.house_id)],
        "unsafe_home": home_json(home, actor) if home else None,
    }
