"""How an event stands at a division, as pages, papers and texts say it: its level, whether its warnings are over, its phase.

A lift or an hour that has passed changes neither level nor phase, which a person changes; whoever reads the level must be
told so beside it.
"""

from collections.abc import Collection, Sequence

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import TOWNSHIP_DIGITS
from geo_housing.hazards.ground_phase import BEFORE_AFTERMATH, Warned, ground_of, is_lifted_at, is_lifted_by_townships
from geo_housing.hazards.grounds import entered_grounds, warned
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.out_of_range import out_of_range
from geo_housing.hazards.received import is_lifted, levels_in_force, lifted_among, with_lift
from geo_housing.words import EVENT_PHASE, WARNING_LEVEL

LIFTED, EXPIRED = "预警已解除", "预警已到期"
# Where no zone of the event is any more, of which nobody has lifted anything there.
OUT_OF_RANGE = "已不在预警范围内"


def has_expired(event: HazardEvent) -> bool:
    """Whether the time that its warnings stated is over while it is still in the phase of warnings: that ends nothing."""
    return event.phase in BEFORE_AFTERMATH and event.expires_at is not None and event.expires_at < clock.now()


def lifted_events(session: Session, event_ids: Collection[int], code: str) -> frozenset[int]:
    """Of several events those that are LIFTED at a division, as Stand.over_at says it of one."""
    whole = lifted_among(session, event_ids)
    partly = with_lift(session, frozenset(event_ids) - whole)
    return whole | {number for number in partly if _is_lifted_for(code, warned(session, number))}


def _is_lifted_for(code: str, warnings: Sequence[Warned]) -> bool:
    """Whether no warning is in force at a division any more, or (above the townships) in none of those that were named."""
    here = len(code) >= TOWNSHIP_DIGITS and is_lifted_at(ground_of(code), warnings)
    return here or is_lifted_by_townships(warnings)


def over_events(session: Session, events: Collection[HazardEvent], code: str) -> dict[int, str]:
    """Of several events LIFTED, OUT_OF_RANGE or EXPIRED at a division, or empty, as Stand.over_at says it of one."""
    numbers = [event.id for event in events]
    lifted, out = lifted_events(session, numbers, code), out_of_range(session, numbers, [code])
    return {event.id: _over(event, code, is_lifted=event.id in lifted, out=out) for event in events}


def _over(event: HazardEvent, code: str, *, is_lifted: bool, out: Collection[tuple[int, str]]) -> str:
    if is_lifted:
        return LIFTED
    if (event.id, code) in out:
        return OUT_OF_RANGE
    return EXPIRED if has_expired(event) else ""


class Stand:
    """An event as it stands now, read once for all of its divisions."""

    def __init__(self, session: Session, event: HazardEvent) -> None:
        self.event = event
        self._session = session
        self._warned = warned(session, event.id)
        self._entered = entered_grounds(session, event)
        self.level = levels_in_force(session, [event])[event.id]
        self._is_lifted = is_lifted(session, event.id)

    def phase_at(self, code: str) -> str:
        """A word of EVENT_PHASE: that of the ground that the division lies in."""
        return "aftermath" if ground_of(code) in self._entered else self.event.phase

    def over_at(self, code: str) -> str:
        """LIFTED, OUT_OF_RANGE or EXPIRED, or empty while a warning is in force there; '' for the event as a whole."""
        lifted = self._is_lifted or _is_lifted_for(code, self._warned)
        said = _over(self.event, code, is_lifted=lifted, out=out_of_range(self._session, [self.event.id], [code]))
        return "" if said == EXPIRED and self.phase_at(code) == "aftermath" else said

    @property
    def level_word(self) -> str:
        """红色预警, the highest that is in force, or was where all are lifted; empty for an event without level."""
        return "" if self.level == "ungraded" else f"{WARNING_LEVEL.label(self.level)}预警"

    def level_said(self, code: str) -> str:
        """红色预警（预警已解除）; empty for an event without level whose warnings are in force."""
        over = self.over_at(code)
        return f"{self.level_word}（{over}）" if self.level_word and over else self.level_word or over

    def phase_said(self, code: str) -> str:
        """The phase there in words."""
        return EVENT_PHASE.label(self.phase_at(code))
