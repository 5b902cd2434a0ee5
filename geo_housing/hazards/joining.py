"""What a further warning means for an event: to which it belongs and what it replaces. Pure.

A person says it in the end; this is what the page proposes. Which zones and level result stands in ``zone_change``.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from geo_housing.hazards import lifting
from geo_housing.hazards.correcting import OTHER_TIME, doubts_of_correction, issued_then
from geo_housing.hazards.ground_phase import wholly_lifted
from geo_housing.hazards.offices import may_speak_for

# Kinds that come in one weather or one quake: a flash flood within a rainstorm is the same event (应急过程).
FAMILIES: tuple[frozenset[str], ...] = (
    frozenset({"rainstorm", "flood", "flash_flood", "dam_release", "geological", "hail", "gale"}),
    frozenset({"snowstorm", "cold_wave", "gale"}),
    frozenset({"earthquake", "geological"}),
)
# Of one water: who is moved because of one is moved because of the others.
_TOGETHER: tuple[frozenset[str], ...] = (
    frozenset({"rainstorm", "flood", "flash_flood", "dam_release", "geological"}),
    frozenset({"snowstorm", "cold_wave"}),
    frozenset({"earthquake", "geological"}),
)
RANKED = ("red", "orange", "yellow", "blue", "ungraded")
# What begins something of its own; the other actions speak of a warning before them.
BEGINNING = ("issue", "response")


@dataclass(frozen=True)
class Present:
    """A warning of an event that is in force; ``codes`` are the divisions that it names.

    ``former`` are the identifiers of those that it has replaced, directly or through others, ``replaced`` their numbers. ``own_levels`` are levels that it
    states of some divisions alone, ``county`` the name of the one in which it lies.
    """

    id: int
    kind: str
    level: str | None
    issuer: str | None
    identifier: str | None = None
    codes: tuple[str, ...] = ()
    former: frozenset[str] = frozenset()
    issued_at: datetime | None = None
    received_at: datetime | None = None
    own_levels: frozenset[str] = frozenset()
    county: str | None = None
    replaced: frozenset[int] = frozenset()

    @property
    def at(self) -> datetime | None:
        """When it was issued, as far as anybody knows."""
        return self.issued_at or self.received_at

    def is_named_by(self, identifiers: Collection[str]) -> bool:
        """Whether one of the identifiers is its own, or of a message whose place it has taken.

        A Cancel often names the first message of a chain alone, and means what became of it.
        """
        return self.identifier in identifiers or not self.former.isdisjoint(identifiers)


@dataclass(frozen=True)
class OpenEvent:
    """An event that is not over: ``codes`` of the divisions its zones name or touch, ``last_at`` its last warning.

    ``has_work``: tasks have been given for it. ``warned_at``: when its warnings were issued, its own beginning where it has none;
    an old text may be entered today, so that ``first_at`` and ``last_at`` lie a year apart.
    """

    id: int
    name: str
    kind: str
    level: str
    mode: str
    phase: str
    first_at: datetime
    last_at: datetime
    codes: frozenset[str]
    warnings: tuple[Present, ...]
    has_work: bool = False
    warned_at: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class WarningSaid:
    """Of a warning what decides here; ``areas`` are codes, each with its own level where one is stated.

    ``brings_shapes``: it draws its own zones, beside or instead of divisions. ``says_where``: its text names places, though
    none of them may be among the areas. ``corrects``: it puts right a warning that was issued, at ``was_level`` as far as
    it says so. ``was_at``: when what it speaks of was issued, where it says that; the hour alone of some day.
    """

    action: str
    kind: str
    level: str | None
    issuer: str | None
    at: datetime
    mode: str = "actual"
    areas: tuple[tuple[str, str | None], ...] = ()
    refers_to: tuple[str, ...] = ()
    brings_shapes: bool = False
    says_where: bool = False
    corrects: bool = False
    was_level: str | None = None
    was_at: datetime | time | None = None


@dataclass(frozen=True)
class Proposal:
    """An event that a warning may belong to, why, and whether it is what we would choose."""

    event: OpenEvent
    reasons: tuple[str, ...]
    is_first_choice: bool


def of_one_family(kind: str, other: str) -> bool:
    """Whether two kinds may be one event."""
    return kind == other or any(kind in family and other in family for family in FAMILIES)


def overlaps(codes: Iterable[str], others: Iterable[str]) -> bool:
    """Whether a division of one side is, holds or lies in one of the other."""
    there = tuple(others)
    return any(code.startswith(other) or other.startswith(code) for code in codes for other in there)


def highest(levels: Iterable[str | None]) -> str:
    """The highest level; ungraded when none is stated."""
    return min((level for level in levels if level in RANKED), key=RANKED.index, default="ungraded")


def proposals(said: WarningSaid, events: Sequence[OpenEvent], *, same_days: int) -> tuple[Proposal, ...]:
    """Open events that the warning may belong to, the likeliest first; at most one is chosen beforehand."""
    found: list[tuple[tuple[object, ...], Proposal]] = []
    codes = [code for code, _ in said.areas]
    for event in events:
        days = timedelta(days=same_days)
        if event.mode != said.mode or not (_of_the_same_days(said.at, event, days) or _speaks_of(said, event)):
            continue
        named = any(one.identifier in said.refers_to for one in event.warnings if one.identifier)
        kinds = {event.kind, *(one.kind for one in event.warnings)}
        same, family = said.kind in kinds, any(of_one_family(said.kind, kind) for kind in kinds)
        overlap = overlaps(codes, event.codes)
        if not (named or same or family or overlap):
            continue
        reasons = (
            *(("它所更新的预警在这个事件中",) if named else ()),
            *(("同一灾种",) if same else ("同一类天气过程",) if family else ()),
            *(("区域有重叠",) if overlap else ()),
            *(("已下达任务",) if event.has_work else ()),
        )
        facts = (named, same, overlap and family, event.phase != "aftermath", family, overlap)
        # Elsewhere in the county the same weather is one event; a zone on no ground of ours is another one's.
        is_here = bool(event.codes) or not codes
        is_likely = named or (is_here and _is_of_its_time(said, event, days) and _is_likely(said, facts))
        found.append((_rank(said, event, facts, is_likely=is_likely), Proposal(event, reasons, is_likely)))
    found.sort(key=lambda one: one[0], reverse=True)
    return tuple(replace(one, is_first_choice=one.is_first_choice and n == 0) for n, (_, one) in enumerate(found))


def _rank(said: WarningSaid, event: OpenEvent, facts: tuple[bool, ...], *, is_likely: bool) -> tuple[object, ...]:
    """The higher, the likelier: where people are already called and moved on this ground, the warning changes their list.

    What speaks of a warning before it belongs where that is; what begins something belongs where the work is.
    """
    named, same, _, before_aftermath, family, overlap = facts
    codes = [code for code, _ in said.areas]
    kinds = {event.kind, *(one.kind for one in event.warnings)}
    together = same or any(_belong_together(said.kind, kind) for kind in kinds)
    of_then = [one for one in event.warnings if one.kind == said.kind]
    goes_on = said.action not in BEGINNING
    return (
        named, is_likely, goes_on and bool(issued_then(of_then, said.was_at)), goes_on and same, before_aftermath,
        event.has_work and (overlap or not codes), (together, same, family), share_of(codes, event.codes),
        -RANKED.index(highest([event.level])), event.last_at, event.id,
    )  # fmt: skip


def _belong_together(kind: str, other: str) -> bool:
    return any(kind in kinds and other in kinds for kinds in _TOGETHER)


def share_of(codes: Sequence[str], covered: Collection[str]) -> float:
    """How much of ``codes`` the divisions ``covered`` hold; one that they hold in part counts half."""
    if not codes:
        return 0.0
    whole = sum(any(code.startswith(other) for other in covered) for code in codes)
    return (whole + sum(overlaps([code], covered) for code in codes)) / (2 * len(codes))


def _of_the_same_days(at: datetime, event: OpenEvent, days: timedelta) -> bool:
    return event.first_at - days <= at <= event.last_at + days


def _speaks_of(said: WarningSaid, event: OpenEvent) -> bool:
    """A lift may come after a week in which nothing was said: it is offered wherever a warning of its kind is in force."""
    goes_on = said.action not in BEGINNING
    return goes_on and any(one.kind == said.kind and one.at is not None and one.at <= said.at for one in event.warnings)


def _is_of_its_time(said: WarningSaid, event: OpenEvent, days: timedelta) -> bool:
    """Within days of one of its warnings; what puts right or goes on with a warning often has no time but that one's."""
    if said.corrects or issued_then([one for one in event.warnings if one.kind == said.kind], said.was_at):
        return True
    return any(abs(said.at - moment) <= days for moment in event.warned_at or (event.first_at, event.last_at))


def _is_likely(said: WarningSaid, rank: tuple[bool, ...]) -> bool:
    named, same, both, before_aftermath, family, overlap = rank
    if named:
        return True
    if said.action in BEGINNING:
        # Time limits run in 灾后排查: a new warning elsewhere is then mostly another event; over the same ground it takes the
        # event back there (response/grounds.py).
        # A drill is played for itself: another kind elsewhere is none of the same weather.
        akin = overlap if said.mode == "drill" else True
        return (same or (family and akin)) and (before_aftermath or overlap)
    return same or both


def replaced_by(said: WarningSaid, present: Sequence[Present]) -> tuple[int, ...]:
    """Warnings in force that this one replaces or lifts, as far as it can be told; a person may say otherwise.

    Texts come in any order: what was issued after it it neither replaces nor lifts.
    """
    if said.action == "lift" or said.corrects:
        return tuple(number for number, doubt in doubts_about(said, present).items() if not doubt)
    present = [one for one in present if one.issued_at is None or one.issued_at <= said.at]
    if said.refers_to:
        if named := [one for one in present if one.is_named_by(said.refers_to)]:
            return tuple(one.id for one in named)
        # It names other messages than these: only what was pasted may be meant.
        present = [one for one in present if one.identifier is None]
    if said.action in BEGINNING:
        return ()
    # What another office has issued it does not change: that stays in force until somebody says otherwise.
    meant = [one for one in present if one.kind == said.kind and may_speak_for(said.issuer, one.issuer)]
    # 02时56分发布的…升级为…: of several it says which.
    return tuple(issued_then(meant, said.was_at) or (one.id for one in meant))


def doubts_about(said: WarningSaid, present: Sequence[Present]) -> dict[int, str]:
    """Of a lift or a correction, why each of the warnings in force may not be meant; of any other nothing is said."""
    if said.action == "lift":
        return doubts_of_lift(said, present)
    if not said.corrects:
        return {}
    codes = [code for code, _ in said.areas]
    there = [one.id for one in present if overlaps(codes, one.codes)]
    return doubts_of_correction(said, present, was_level=said.was_level, was_at=said.was_at, on_its_ground=there)


def doubts_of_lift(said: WarningSaid, present: Sequence[Present]) -> dict[int, str]:
    """Why a lift may not mean each of the warnings in force, by its number; empty for those that it surely means."""
    is_named = any(one.is_named_by(said.refers_to) for one in present)
    found = {one.id: _doubt_of_lift(said, one, is_named=is_named) for one in present}
    # 解除02时56分发布的…: of several it says which.
    if then := issued_then([one for one in present if not found[one.id]], said.was_at):
        found |= {one.id: OTHER_TIME for one in present if not found[one.id] and one.id not in then}
    return found


def _doubt_of_lift(said: WarningSaid, one: Present, *, is_named: bool) -> str:
    lifted = [code for code, _ in said.areas]
    if one.is_named_by(said.refers_to):
        # A message that ends another one by its name ends it everywhere, unless it names only some of its divisions.
        if one.issued_at is not None and one.issued_at > said.at:
            return lifting.ISSUED_LATER
        is_whole = not (lifted and one.codes) or wholly_lifted(one.codes, lifted)
        return "" if is_whole else lifting.PART_OF_GROUND
    if is_named or (said.refers_to and one.identifier is not None):
        return lifting.OTHER_MESSAGE
    if doubt := lifting.doubt(said, one, names_ground=bool(lifted), county=one.county):
        return doubt
    if said.level is not None and one.own_levels - {said.level}:
        return lifting.OTHER_LEVEL
    if said.says_where and not lifted:
        # Lifted for places that nobody has chosen yet, it is not lifted everywhere.
        return lifting.GROUND_NOT_CHOSEN
    if wholly_lifted(one.codes, lifted):
        return ""
    # Lifted for some townships it is in force for the others: those enter 灾后排查 by themselves.
    return lifting.PART_OF_GROUND if overlaps(one.codes, lifted) else lifting.OTHER_GROUND


def action_of_update(level: str | None, codes: Collection[str], replaced: Sequence[Present]) -> str:
    """What an Update of a message is, which says no more than that.

    升级 where it stands above any of those that it replaces, or nobody knows above what: whoever answered is called once more.
    发布 where it replaces none, or names a division that none of them does. 降级 only where it stands below all of them.
    """
    if not replaced:
        return "issue"
    if level is None or level not in RANKED[:-1]:
        return "change"
    before = [one.level for one in replaced]
    if any(known not in RANKED[:-1] or RANKED.index(level) < RANKED.index(known) for known in before):
        return "upgrade"
    named = [code for one in replaced for code in one.codes]
    if codes and all(one.codes for one in replaced) and any(not code.startswith(tuple(named)) for code in codes):
        return "issue"
    are_known = bool(codes) and all(one.codes for one in replaced)
    return "downgrade" if are_known and all(level != known for known in before) else "change"
