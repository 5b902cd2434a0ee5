"""Which warning in force a correction (更正) surely names: only that is replaced without a person saying so. Pure.

A text that corrects was sent because something was wrong: what it says of the warning that it names must agree with one that
stands, and with one alone, or the wrong one is taken off and the one that it was written for stays in force.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Protocol

from geo_housing.clock import BEIJING
from geo_housing.hazards.lifting import OTHER_GROUND, OTHER_KIND, OTHER_LEVEL, OTHER_OFFICE, Told
from geo_housing.hazards.offices import may_speak_for

ISSUED_LATER = "发布晚于更正"
OTHER_TIME = "发布时间不同"
UNKNOWN_WHOSE = "更正没有写明发布单位，也没有写到它的地方"
NEITHER_LEVEL_NOR_TIME = "更正没有写明原来的级别和发布时间"
SEVERAL = "不止一条预警相符"
# What a text says of an hour may be that at which it was signed or at which it was sent.
CLOSE = timedelta(minutes=1)


class InForce(Told, Protocol):
    """A warning that is in force."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def issued_at(self) -> datetime | None:
        """When it was issued, where that is known."""


def doubts_of_correction(
    said: Told,
    present: Sequence[InForce],
    *,
    was_level: str | None,
    was_at: datetime | time | None,
    on_its_ground: Sequence[int],
) -> dict[int, str]:
    """Why each warning in force may not be the one that is corrected, by its number; empty for the one that surely is.

    ``was_level`` and ``was_at`` (a time: the hour of some day): what the correction says of it; ``on_its_ground``: those that share ground with what it names.
    """
    found = {one.id: _doubt(said, one, was_level, was_at, is_on_ground=one.id in on_its_ground) for one in present}
    meant = [number for number, doubt in found.items() if not doubt]
    # Of several that the level fits, the hour tells which one.
    at_that_hour = issued_then([one for one in present if one.id in meant], was_at)
    if len(at_that_hour) == 1:
        meant = at_that_hour
    elif len(meant) > 1:
        meant = []
    return {number: doubt or ("" if number in meant else SEVERAL) for number, doubt in found.items()}


def _doubt(
    said: Told, one: InForce, was_level: str | None, was_at: datetime | time | None, *, is_on_ground: bool
) -> str:
    if said.kind != one.kind:
        return OTHER_KIND
    if said.at is not None and one.issued_at is not None and one.issued_at > said.at:
        return ISSUED_LATER
    if said.issuer and one.issuer and not may_speak_for(said.issuer, one.issuer):
        return OTHER_OFFICE
    if not (said.issuer and one.issuer) and not is_on_ground:
        return OTHER_GROUND if said.issuer or one.issuer is None else UNKNOWN_WHOSE
    if was_at is not None and one.issued_at is not None and not _is_at(one, was_at):
        return OTHER_TIME
    if was_level is not None and one.level != was_level:
        return OTHER_LEVEL
    return "" if was_level is not None or _is_at(one, was_at) else NEITHER_LEVEL_NOR_TIME


def issued_then(present: Sequence[InForce], at: datetime | time | None) -> list[int]:
    """The numbers of those that were issued at ``at``, or at that hour of whichever day: to the minute, else within one."""
    then = [one for one in present if _is_at(one, at)]
    exactly = [one.id for one in then if _apart(one, at) == timedelta()]
    return exactly or [one.id for one in then]


def _is_at(one: InForce, at: datetime | time | None) -> bool:
    apart = _apart(one, at)
    return apart is not None and apart <= CLOSE


def _apart(one: InForce, at: datetime | time | None) -> timedelta | None:
    """How far apart to the minute, None where either is not known."""
    if at is None or one.issued_at is None:
        return None
    issued = one.issued_at.replace(second=0, microsecond=0)
    if isinstance(at, datetime):
        return abs(issued - at.replace(second=0, microsecond=0))
    there = issued.astimezone(BEIJING)
    apart = (there - there.replace(hour=at.hour, minute=at.minute)) % timedelta(days=1)
    return min(apart, timedelta(days=1) - apart)
