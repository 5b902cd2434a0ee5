"""Whether a lift surely means a warning: only that is ended, or held to be over at a township, without a person saying so. Pure.

Nothing is worse than a warning that is in force and that nobody acts on any more.
"""

from datetime import datetime
from typing import Protocol

from geo_housing.hazards.offices import may_speak_for, speaks_for_county

OTHER_KIND = "灾种不同"
ISSUED_LATER = "发布晚于解除"
OTHER_LEVEL, UNKNOWN_LEVEL = "级别不同", "级别没有写明"
OTHER_OFFICE, UNKNOWN_OFFICE = "发布单位不同", "发布单位没有写明"
OTHER_GROUND, PART_OF_GROUND, GROUND_NOT_CHOSEN = "区域不同", "只解除了部分地方", "解除的地方还没有选择"
OTHER_MESSAGE = "不是它所指的消息"


class Told(Protocol):
    """Of a lift, or of a warning, what decides; None where it is not said."""

    @property
    def kind(self) -> str:
        """A code word of the kinds."""

    @property
    def level(self) -> str | None:
        """A colour."""

    @property
    def issuer(self) -> str | None:
        """Its office, several joined by 、."""

    @property
    def at(self) -> datetime | None:
        """When it was issued, else when it was received."""


def doubt(lift: Told, one: Told, *, names_ground: bool, county: str | None = None) -> str:
    """Why ``lift`` may not mean the warning ``one``, where it lies apart; empty where it surely does.

    An office that is not known is no hindrance where the lift ``names_ground``, nor where the one that lifts is that of the
    ``county`` in which the warning lies.
    """
    if lift.kind != one.kind:
        return OTHER_KIND
    if lift.at is not None and one.at is not None and one.at > lift.at:
        return ISSUED_LATER
    if lift.level is not None and lift.level != one.level:
        return UNKNOWN_LEVEL if one.level is None else OTHER_LEVEL
    if lift.issuer and one.issuer:
        return "" if may_speak_for(lift.issuer, one.issuer) else OTHER_OFFICE
    if names_ground or (lift.issuer and county and speaks_for_county(lift.issuer, county)):
        return ""
    # Of an office elsewhere it is more likely that it speaks of elsewhere.
    return OTHER_OFFICE if lift.issuer and county else UNKNOWN_OFFICE
