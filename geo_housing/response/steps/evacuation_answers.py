"""What is said and shown after something was entered at 转移避险: where to go on, who is meant, what to look at."""

import json

from fastapi import Request
from starlette.responses import Response

from geo_housing.accounts.access import Access
from geo_housing.accounts.rendering import language_of
from geo_housing.evacuation.models import EvacuationStep
from geo_housing.hazards.models import HazardEvent
from geo_housing.masking import mask_name
from geo_housing.response.steps.evacuation import inside_of
from geo_housing.roster.inside import over_capacity
from geo_housing.roster.queries import shelter_row
from geo_housing.translation import translate
from geo_housing.words import EVACUATION_STATE


def with_toast(request: Request, access: Access, response: Response, said: str, undo: str | None) -> Response:
    """The answer with a toast on the page that asked for a part; ``undo`` is where it is taken back."""
    told = {"text": translate(said, language_of(request, access.person)), "undo": undo}
    response.headers["HX-Trigger"] = json.dumps({"gh:toast": told, "gh:moved": {}})
    return response


def list_address(event_id: int, code: str, state: str = "", after: str = "", done: str = "") -> str:
    """The list (or the whole), at the row that was entered."""
    path = f"/events/{event_id}/evacuation" + (f"/areas/{code}" if code else "")
    asked = [f"{name}={value}" for name, value in (("state", state), ("after", after), ("done", done)) if value]
    anchor = f"#r{done.partition('-')[0]}" if done else ""
    return path + ("?" + "&".join(asked) if asked else "") + anchor


def called(head: str | None) -> str:
    """Whom a sentence is about: toasts stay on the screen of whoever stands behind."""
    return mask_name(head) if head else "这户"


def taken_back(step: EvacuationStep) -> str:
    """What stands after a step was taken back."""
    if not step.counts_after:
        return "已撤销。事件已作误发撤销，这户没有别的登记，不再转移，已从转移名单撤下。"
    return f"已撤销，恢复为“{EVACUATION_STATE.label(step.state_after)}”。"


def crowded(access: Access, event: HazardEvent, shelter_id: int | None) -> str:
    """What is said when more are in a shelter than it holds: a warning, never a refusal."""
    shelter = shelter_row(access.session, shelter_id) if shelter_id is not None else None
    return "" if shelter is None else over_capacity(shelter, inside_of(access.session, event))
