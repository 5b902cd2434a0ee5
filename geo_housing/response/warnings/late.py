"""A warning that its lift has overtaken (hazards/overtaken.py), before it is stored and as it is: only where somebody says so."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from geo_housing.errors import Conflict
from geo_housing.hazards.overtaken import Overtaken, as_overtaken, overtaken
from geo_housing.hazards.received import Received, warnings_of


def as_stated(
    session: Session, event_id: int, received: Received, named: Sequence[str], *, is_over: bool
) -> tuple[Received, Overtaken | None]:
    """The warning as it would be kept, and the lifts of the event that may have ended it; ``named`` as of ``overtaken``."""
    found = overtaken(received, named, warnings_of(session, event_id))
    return (as_overtaken(received, found) if found and is_over else received), found


def require_stated(
    session: Session, event_id: int, received: Received, named: Sequence[str], *, is_over: bool
) -> Received:
    """The warning as it is kept; Conflict where somebody says that it is over and no lift has ended it."""
    kept, found = as_stated(session, event_id, received, named, is_over=is_over)
    if is_over and found is None:
        raise Conflict("这个事件里没有发布在后、解除这条预警的解除；请去掉“确已解除”，再登记。")
    return kept
