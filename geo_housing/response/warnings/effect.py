"""What a warning would do: the events it may belong to, and the figures of each, before anything is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.hazards import overlay
from geo_housing.hazards.first_list import FirstList, first_of_plan
from geo_housing.hazards.grounds import codes_of
from geo_housing.hazards.joining import OpenEvent, Proposal, doubts_about, overlaps, proposals, replaced_by
from geo_housing.hazards.models import HazardEvent, HazardWarning
from geo_housing.hazards.overtaken import Overtaken
from geo_housing.hazards.queries import Affected, affected_by_plan
from geo_housing.hazards.received import open_events, present_warnings, present_zones, presents_of, with_replaced
from geo_housing.hazards.sources import ZoneDraft
from geo_housing.hazards.told_only import told_only
from geo_housing.hazards.zone_change import ZoneChange, zone_change
from geo_housing.policy.queries import effective
from geo_housing.response.grounds import would_warn_again
from geo_housing.response.warnings.late import as_stated
from geo_housing.response.warnings.stated import Stated, drafts_of, ends_of, odd_time, record_of
from geo_housing.response.zones.changing import UNCHANGED, Changing, changing, with_warned_again


@dataclass(frozen=True)
class Effect:
    """What a warning would do to an event: nothing is stored.

    ``present`` are the event's warnings in force, ``ends`` those that this one replaces or lifts. ``affected`` is the event
    as it would be (of a lift: as it is); ``changing`` is what it does to the event; ``level_before`` None for a new one.
    ``overtaken``: by lifts of the event that were issued after it, which somebody may state. ``action``: as it is kept, where
    that shows only by what it replaces. ``doubts``: of a lift or a correction, why each warning in force that is left in force may not be meant,
    by its number. ``proposed`` is what ``ends`` would be if nobody had said otherwise.
    ``told_only`` are levels of its zones of which one is only told: they bring the event no tasks and no calls.
    """

    event: HazardEvent | None
    present: tuple[HazardWarning, ...]
    ends: tuple[int, ...]
    change: ZoneChange
    affected: Affected | None
    first: FirstList | None
    changing: Changing
    level_before: str | None
    overtaken: Overtaken | None = None
    action: str | None = None
    odd_time: str = ""
    doubts: Mapping[int, str] = field(default_factory=dict)
    proposed: tuple[int, ...] = ()
    told_only: tuple[str, ...] = ()


def levels_told_only(session: Session, event: HazardEvent, drafts: Sequence[tuple[ZoneDraft, str]]) -> tuple[str, ...]:
    """Of the zones that come, the levels that bring an event no tasks and no calls."""
    return tuple(sorted({level for _, level in drafts} & told_only(session, event)))


def candidates(session: Session, actor: Actor, stated: Stated) -> tuple[Proposal, ...]:
    """Open events of the actor's area that the warning may belong to, the likeliest first."""
    return _proposed(session, actor, stated, open_events(session, actor.scope))


def held_above(session: Session, actor: Actor, stated: Stated) -> tuple[Proposal, ...]:
    """Open events of the areas above that already say what the warning says here: nothing further is to be made."""
    around = open_events(session, actor.scope, above=True)
    found = _proposed(session, actor, stated, around)
    codes = [area.code for area in stated.areas]
    return tuple(one for one in found if one.is_first_choice and (not codes or overlaps(codes, one.event.codes)))


def _proposed(session: Session, actor: Actor, stated: Stated, events: Sequence[OpenEvent]) -> tuple[Proposal, ...]:
    days = int(effective(session, "warning.same_days", area_code=actor.scope.lo, on=clock.today()).value)
    return proposals(stated.said(), events, same_days=days)


def effect_of(session: Session, actor: Actor, stated: Stated, event: HazardEvent | None) -> Effect:
    """Whom the warning concerns, and what it would change of ``event``."""
    scope = actor.scope
    present = tuple(present_warnings(session, event.id)) if event is not None else ()
    known = presents_of(session, event.id) if event is not None else []
    ends = ends_of(stated, known)
    zones = present_zones(session, event.id) if event is not None else []
    change = zone_change(stated.said(), zones, with_replaced(ends, known), keep_unnamed=stated.keep_unnamed)
    drafts = drafts_of(session, stated, change.added)
    if event is None:
        found = affected_by_plan(session, overlay.values_of_plan((), drafts), scope) if drafts else None
        first = first_of_plan(session, overlay.values_of_plan((), drafts), scope) if drafts else None
        return Effect(None, present, ends, change, found, first, UNCHANGED, None, odd_time=odd_time(stated))
    levels = {zone.id: zone.level for zone in zones}
    kept = [(one.zone_id, one.level or levels[one.zone_id]) for one in change.kept]
    differs, becomes = changing(session, actor, event, levels, kept, drafts)
    received = record_of(stated, "", "", None)
    received, late = as_stated(session, event.id, received, codes_of(received), is_over=stated.is_over)
    again = would_warn_again(session, event, received, ends)
    differs = with_warned_again(session, event, differs, again)
    first = first_of_plan(session, overlay.values_of_plan(kept, drafts), scope)
    odd = odd_time(stated)
    doubts = doubts_about(stated.said(), known)
    return Effect(
        event, present, ends, change, becomes, first, differs, event.level, late, odd_time=odd, doubts=doubts,
        proposed=replaced_by(stated.said(), known), told_only=levels_told_only(session, event, drafts),
    )  # fmt: skip
