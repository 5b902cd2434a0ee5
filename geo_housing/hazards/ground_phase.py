"""In which phase the ground of one township is, and whether it is still warned: decided without a database.

A township may enter 灾后排查 for its own ground before the event does, because the warning is lifted there first. A new
warning takes it back: what is begun stays, what waits there waits again. Once the event has entered, all grounds have.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, township_of
from geo_housing.hazards.lifting import doubt

# While the event is in one of these its grounds may differ; afterwards they are where the event is.
BEFORE_AFTERMATH = ("warning", "ongoing")
# Actions that warn again where they name a ground. A falling level is no new danger, a response is no warning.
WARNS_AGAIN = ("issue", "continue", "upgrade", "change")


# How a ground stands by the warnings that name it.
IN_FORCE, EXPIRED, LIFTED, OUTSIDE = "in_force", "expired", "lifted", "outside"


@dataclass(frozen=True)
class Warned:
    """A warning as it was received; ``codes`` are the divisions that it names, none: all of the event, or of those that it replaces.

    ``is_ended``: another one has replaced or lifted it, ``ended_by``. What a person has said to be lifted already when it came
    is none of ``codes``. ``standing`` are the codes of its zones that stand, None where nobody has looked: what the one that
    replaces it does not name is kept, unless somebody has taken its zone out.
    """

    id: int
    action: str
    kind: str
    codes: tuple[str, ...]
    is_ended: bool
    issuer: str | None = None
    ended_by: int | None = None
    level: str | None = None
    at: datetime | None = None
    expires_at: datetime | None = None
    standing: tuple[str, ...] | None = None


def ground_of(code: str) -> str:
    """The ground that a division lies in."""
    return township_of(code)


def phase_of_ground(event_phase: str, last: str | None) -> str:
    """The phase of a ground whose last entry is ``last`` (None: it has none)."""
    return "aftermath" if event_phase in BEFORE_AFTERMATH and last == "aftermath" else event_phase


def is_lifted_at(ground: str, warnings: Sequence[Warned]) -> bool:
    """Whether the ground had warnings and none of them is in force there any more, at least one by a lift."""
    return warned_there(ground, warnings) == LIFTED


def warned_there(ground: str, warnings: Sequence[Warned], *, now: datetime | None = None) -> str:
    """How the ground stands by its warnings: IN_FORCE, EXPIRED (by ``now``), LIFTED, or OUTSIDE of all that stand.

    A ground that no warning names, or of which it was taken out, has its tasks from those around it: it is lifted with all of
    them, and a later one that does not name it changes nothing there. One that was lifted stays so when a later warning that
    named it has left it again, by mistake or not.
    """
    ordered = sorted(warnings, key=lambda one: one.id)
    held = _held(ground, ordered)
    if in_force := [one for one in ordered if held.open.get(one.id)]:
        over = [now is not None and one.expires_at is not None and one.expires_at < now for one in in_force]
        return EXPIRED if all(over) else IN_FORCE
    if held.is_lifted:
        return LIFTED
    lifts = [one.id for one in ordered if one.action == "lift"]
    return LIFTED if any(_is_over(_until(ordered, lift)) for lift in lifts) else OUTSIDE


def _held(ground: str, ordered: Sequence[Warned]) -> "_Held":
    held, family = _Held(ground), _families(ordered)
    for one in ordered:
        held.take(one, ordered, family)
    return held


class _Held:
    """What the warnings in force hold at one ground, as one after the other is received."""

    def __init__(self, ground: str) -> None:
        self.ground = ground
        # By warning: all that it speaks of anywhere, and what of it is in force at the ground.
        self.codes: dict[int, frozenset[str]] = {}
        self.open: dict[int, frozenset[str]] = {}
        # What was taken out when a warning took another's place: the lift of the one is that of the other, too.
        self.left: dict[int, frozenset[str]] = {}
        # Whether something that was in force here has been lifted: for good, since what names it later is in force or has left it.
        self.is_lifted = False

    def take(self, one: Warned, every: Sequence[Warned], family: Mapping[int, tuple[str, ...] | None]) -> None:
        """The next warning."""
        before = [other.id for other in every if other.ended_by == one.id and other.id < one.id]
        if one.action == "lift":
            self._lift(one, before, every)
            return
        codes, there = frozenset(one.codes), frozenset(code for code in one.codes if _touches(code, self.ground))
        if not codes and before:
            # It speaks of all of theirs.
            codes = frozenset().union(*(self.codes.get(id, ()) for id in before))
            there = frozenset(code for code in codes if _touches(code, self.ground))
        elif not codes:
            there = frozenset([_EVERYWHERE])
        kept, left = family[one.id], frozenset[str]()
        for id in before:
            stays = {code for code in self.codes.pop(id, ()) if _stands(code, kept)}
            codes |= stays
            was = self.open.pop(id, frozenset())
            there |= was & stays
            left |= (was - stays) | self.left.pop(id, frozenset())
        if one.is_ended and (one.ended_by is None or one.ended_by < one.id):
            # It came when what had ended it was there already.
            lifts = {other.id for other in every if other.action == "lift"}
            self.is_lifted |= bool(there) and one.ended_by in lifts
            return
        self.codes[one.id], self.open[one.id], self.left[one.id] = codes, there, left

    def _lift(self, lift: Warned, before: Sequence[int], every: Sequence[Warned]) -> None:
        for id in before:
            # As a person has stated it.
            self.is_lifted |= bool(self.open.pop(id, frozenset()) | self.left.pop(id, frozenset()))
        for one in every:
            there, left = self.open.get(one.id, frozenset()), self.left.get(one.id, frozenset())
            if not (there or left) or wholly_lifted(self.codes[one.id], lift.codes):
                # Of one that it may mean as a whole somebody was asked, and has said that it is in force.
                continue
            covered = {code for code in there | left if self._covers(lift, code)}
            if covered and not doubt(lift, one, names_ground=True):
                self.open[one.id], self.left[one.id] = there - covered, left - covered
                self.is_lifted = True

    def _covers(self, lift: Warned, code: str) -> bool:
        """Whether it names all that the warning means here by ``code``: a village that is lifted lifts no township."""
        meant = max(code, self.ground, key=len)
        return not lift.codes or any(meant.startswith(other) for other in lift.codes)


# The code that stands for all of the event: it touches every ground.
_EVERYWHERE = ""


def _touches(code: str, ground: str) -> bool:
    return ground.startswith(code) or code.startswith(ground)


def _stands(code: str, zones: tuple[str, ...] | None) -> bool:
    return zones is None or code.startswith(zones)


def _families(warnings: Sequence[Warned]) -> dict[int, tuple[str, ...] | None]:
    """For each warning the codes of the zones that stand of it and of those that it replaced or that have replaced it."""
    lifts = {one.id for one in warnings if one.action == "lift"}
    by = {one.id: one.ended_by for one in warnings if one.ended_by is not None and one.ended_by not in lifts}
    last: dict[int, int] = {}
    for one in sorted(warnings, key=lambda one: one.id, reverse=True):
        following = by.get(one.id)
        last[one.id] = last.get(following or 0, one.id)
    found: dict[int, tuple[str, ...] | None] = {}
    for one in warnings:
        parts = [other.standing for other in warnings if last[other.id] == last[one.id]]
        known = [part for part in parts if part is not None]
        found[one.id] = tuple(code for part in known for code in part) if len(known) == len(parts) else None
    return found


def _until(warnings: Sequence[Warned], last: int) -> list[Warned]:
    """The warnings as they stood when the one numbered ``last`` had been received."""
    return [
        replace(one, is_ended=False, ended_by=None) if one.ended_by is not None and one.ended_by > last else one
        for one in warnings
        if one.id <= last
    ]


def _is_over(warnings: Sequence[Warned]) -> bool:
    told = [one for one in warnings if one.action != "lift"]
    is_lifted = bool(told) and len(told) < len(warnings)
    return is_lifted and (all(one.is_ended for one in told) or is_lifted_by_townships(warnings))


def is_lifted_by_townships(warnings: Sequence[Warned]) -> bool:
    """Whether each township that was named is lifted, one after the other; what a warning took out is in force no more, either."""
    replacing = {one.ended_by for one in warnings}
    told = [one for one in warnings if one.action != "lift" and (one.codes or one.id not in replacing)]
    named = {code for one in told for code in one.codes or (_EVERYWHERE,)}
    if not named or any(len(code) < TOWNSHIP_DIGITS for code in named):
        return False
    ordered = sorted(warnings, key=lambda one: one.id)
    held = [_held(ground, ordered) for ground in {ground_of(code) for code in named}]
    return any(one.is_lifted for one in held) and not any(codes for one in held for codes in one.open.values())


def wholly_lifted(named: Iterable[str], lift: Iterable[str]) -> bool:
    """Whether a lift that names ``lift`` ends a warning of ``named`` everywhere; one that names nothing does.

    Of a warning that only draws shapes nobody can tell by names: then a whole county must be named.
    """
    lifts, codes = tuple(lift), tuple(named)
    if not lifts:
        return True
    if not codes:
        return any(len(other) <= COUNTY_DIGITS for other in lifts)
    return all(any(code.startswith(other) for other in lifts) for code in codes)
