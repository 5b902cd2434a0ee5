"""One warning of a paste as a person states it, and what follows from it alone: its record, its zones, what it ends."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.errors import BadInput
from geo_housing.hazards.divisions import zones_of_divisions
from geo_housing.hazards.joining import Present, WarningSaid, replaced_by
from geo_housing.hazards.received import Received
from geo_housing.hazards.sources import ZoneDraft
from geo_housing.hazards.zone_change import ZoneChange


@dataclass(frozen=True)
class StatedArea:
    """A division as confirmed; ``text`` and ``extent`` are the words of the warning, ``level`` its own where it has one."""

    code: str
    name: str = ""
    text: str | None = None
    extent: str | None = None
    level: str | None = None


@dataclass(frozen=True)
class Stated:
    """One warning of a paste as a person states it.

    ``target`` is ``new``, ``first`` (the event of the first warning of the same paste) or the number of an event; ``ends``
    the warnings that it replaces or lifts, None for those that we would propose. ``revision`` is that of the event's zones
    when the difference was read. ``says_where``: the text names places, read or not. ``is_over``: lifts of the event that were
    issued after it have ended it, where they name. ``corrects``: its text calls it the correction of one that was issued,
    at ``was_level`` as it is said there; ``corrects_none``: somebody says that it is none of those in force.
    ``corrected_at``: when the correction was sent, whose ``issued_at`` is the hour that it puts right.
    ``rest_said``: ``keep_unnamed`` is what somebody has said, not what stands where nobody was asked.
    """

    part: int
    action: str
    kind: str
    areas: tuple[StatedArea, ...] = ()
    kind_text: str | None = None
    level: str | None = None
    former_level: str | None = None
    response_level: str | None = None
    issuer: str | None = None
    issued_at: datetime | None = None
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    replaced_at: datetime | None = None
    replaced_clock: time | None = None
    corrected_at: datetime | None = None
    mode: str = "actual"
    unread: tuple[tuple[str, str], ...] = ()
    target: str = "new"
    ends: tuple[int, ...] | None = None
    keep_unnamed: bool = True
    name: str | None = None
    revision: int | None = None
    says_where: bool = False
    is_over: bool = False
    corrects: bool = False
    corrects_none: bool = False
    rest_said: bool = False
    was_level: str | None = None

    @property
    def was_at(self) -> datetime | time | None:
        """When what it speaks of was issued: the moment, or the hour alone."""
        return self.replaced_clock if self.replaced_at is None else self.replaced_at

    def said(self) -> WarningSaid:
        """What of it decides where it belongs."""
        return WarningSaid(
            action=self.action,
            kind=self.kind,
            level=self.level,
            issuer=self.issuer,
            at=self.corrected_at or self.issued_at or clock.now(),
            mode=self.mode,
            areas=tuple((area.code, area.level) for area in self.areas),
            says_where=self.says_where,
            corrects=self.corrects,
            was_level=self.was_level,
            was_at=self.was_at,
        )


# Warnings are pasted within hours; who enters one of last week has a reason.
FAR_OFF = timedelta(days=3)
CLOCK_TOLERANCE = timedelta(minutes=10)


def odd_time(stated: Stated) -> str:
    """What to ask about the time at which a warning was issued; empty where it is of now. It is entered all the same."""
    at, now = stated.issued_at, clock.now()
    if at is None or now - FAR_OFF <= at <= now + CLOCK_TOLERANCE:
        return ""
    said = f"{at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}"
    if at > now:
        return f"发布时间 {said} 还没有到，请核对年、月、日和时间；填错的请在上面改正。"
    return f"发布时间 {said} 离现在已有 {(now - at).days} 天，请核对年、月、日；填错的请在上面改正。"


def record_of(stated: Stated, pasted: str, digest: str, own_id: str | None) -> Received:
    """What is kept of it, with the text that it was read from."""
    return Received(
        form="text",
        action=stated.action,
        kind=stated.kind,
        kind_text=stated.kind_text,
        level=None if stated.level == "ungraded" else stated.level,
        former_level=stated.former_level,
        response_level=stated.response_level,
        status="Actual" if stated.mode == "actual" else "Exercise",
        issuer=stated.issuer,
        issued_at=stated.issued_at,
        effective_at=stated.effective_at,
        expires_at=stated.expires_at,
        replaced_at=stated.replaced_at,
        text=pasted,
        digest=digest,
        part=stated.part,
        areas=tuple(_area_json(area) for area in stated.areas),
        unread=tuple({"text": words, "sentence": sentence} for words, sentence in stated.unread),
        client_id=own_id,
        is_correction=stated.corrects and stated.action != "lift",
    )


def _area_json(area: StatedArea) -> dict[str, Any]:
    return {"code": area.code, "name": area.name, "text": area.text, "extent": area.extent, "level": area.level}


def ends_of(stated: Stated, present: Sequence[Present]) -> tuple[int, ...]:
    """As stated, as far as they are the event's; else as proposed."""
    if stated.ends is None:
        return replaced_by(stated.said(), present)
    known = {one.id for one in present}
    return tuple(warning for warning in stated.ends if warning in known)


def require_corrected(stated: Stated, present: Sequence[Present], ends: Sequence[int]) -> None:
    """BadInput for a correction of which nobody has said which warning it puts right: beside the false one it would stand."""
    if stated.corrects and stated.action != "lift" and present and not ends and not stated.corrects_none:
        raise BadInput(
            "还没有说明更正的是哪一条预警。请在“它更正的预警”里勾选；都不是的，勾选“都不是”，原来的预警继续有效，更正另算一条。"
        )


def require_rest(stated: Stated, change: ZoneChange) -> None:
    """BadInput for a correction that leaves ground out of which nobody has said whether it was the mistake."""
    if stated.corrects and stated.keep_unnamed and change.unnamed and not stated.rest_said:
        left = "、".join(zone.name or zone.code or "" for zone in change.unnamed[:5])
        raise BadInput(f"更正没有写到“{left}”，还没有说明是移出还是保留。请在“更正没有写到的区域”里选择。")


def drafts_of(session: Session, stated: Stated, added: Sequence[tuple[str, str]]) -> list[tuple[ZoneDraft, str]]:
    """The divisions that come as zones, each with its level; BadInput for one that is not known."""
    found: list[tuple[ZoneDraft, str]] = []
    for level in dict.fromkeys(level for _, level in added):
        source = zones_of_divisions(session, [code for code, own in added if own == level])
        found += [(replace(zone, level=level, kind=stated.kind), level) for zone in source.zones]
    return sorted(found, key=lambda one: str(one[0].whole_area))
