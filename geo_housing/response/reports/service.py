"""Making, finishing, sending, dropping and correcting reports: figures are frozen once, words until the report is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, NotFound
from geo_housing.hazards.freezing import freeze_figures
from geo_housing.hazards.models import HazardEvent
from geo_housing.journal.service import Subject, record
from geo_housing.response.queries import event_of
from geo_housing.response.reports.figures import Figures, figures_of
from geo_housing.response.reports.gather import gather
from geo_housing.response.reports.models import EventReport
from geo_housing.scope import AreaScope
from geo_housing.words import REPORT_KIND

MOST_TEXT = 4000
MAKE = "reports.make"
NOT_SAID = "没有填写；确实没有的，写“无”"
_MISSING = {
    ("difficulties",): "“存在困难”还没有填写；确实没有的，请写“无”，再定稿。",
    ("next_steps",): "“下一步工作”还没有填写；确实没有的，请写“无”，再定稿。",
    ("difficulties", "next_steps"): "“存在困难”“下一步工作”还没有填写；确实没有的，请写“无”，再定稿。",
}


@dataclass(frozen=True)
class Wanted:
    """A report to be made. ``kind`` None: 快报 for the first one, then 续报. ``corrects`` with ``reason``: a 更正.

    ``as_of`` None: now, or of a 更正 the moment of the report that it corrects. ``once``: the report of the same 截至 and kind,
    where there is one, instead of another number for it.
    """

    kind: str | None = None
    as_of: datetime | None = None
    corrects: int | None = None
    reason: str | None = None
    client_id: str | None = None
    once: bool = False


def make_report(session: Session, actor: Actor, event_id: int, wanted: Wanted) -> EventReport:
    """Freeze the figures of now (or of ``as_of``) for the actor's area; the same press twice makes one report."""
    _may(actor)
    event = event_of(session, event_id, actor.scope)
    if wanted.client_id and (known := _sent_before(session, actor, wanted.client_id)):
        return known
    if event.phase == "draft":
        raise Conflict("事件还没有确认，不能出报告。")
    scope = _reporting_scope(actor, event)
    if wanted.as_of is not None and not event.created_at <= wanted.as_of <= clock.now():
        raise BadInput("截至时间应在事件建立之后、现在之前。", faults=[Fault(None, "as_of", None, "请核对截至时间")])
    # One number each, and one 更正 of a report, also when two press at once.
    session.execute(select(func.pg_advisory_xact_lock(_LOCK, event_id)))
    corrected = _corrected(session, event, scope, wanted)
    given = reports_of(session, event_id, actor.scope)
    if wanted.once and (same := _same(given, wanted)):
        return same
    # A number that was given is never given again, also not that of a draft nobody wanted.
    number = 1 + max((one.number for one in given), default=0)
    kind = "correction" if corrected else REPORT_KIND.code(wanted.kind) if wanted.kind else _next_kind(given)
    if kind == "correction" and corrected is None:
        raise BadInput("更正要说明更正哪一期，请在那一期的页面上办理。")
    freeze_figures(session)
    # What came later is no mistake of the report that is put right.
    moment = wanted.as_of or (corrected.as_of if corrected else None)
    row = EventReport(
        event_id=event_id,
        scope_code=scope.lo,
        number=number,
        kind=kind,
        as_of=moment or clock.now(),
        figures=gather(session, event, scope, as_of=moment).as_json(),
        difficulties=corrected.difficulties if corrected else None,
        next_steps=corrected.next_steps if corrected else None,
        corrects=corrected.id if corrected else None,
        reason=(wanted.reason or "").strip() or None if corrected else None,
        made_by=actor.name,
        made_at=clock.now(),
        client_id=wanted.client_id,
    )
    session.add(row)
    session.flush()
    record(
        session,
        actor,
        "reports.make",
        Subject("event", str(event_id), scope.lo),
        counts={"number": number},
        diff={"report_kind": [None, kind]},
    )
    return row


def write_words(
    session: Session,
    actor: Actor,
    event_id: int,
    number: int,
    *,
    difficulties: str | None,
    next_steps: str | None,
    version: int,
) -> EventReport:
    """存在困难 and 下一步工作; only until the report is sent. Conflict when somebody else wrote in between."""
    _may(actor)
    row = report_of(session, event_id, number, actor.scope, lock=True)
    _require_unsent(row)
    if row.version != version:
        raise Conflict("报告刚被别人改过，您的没有保存。请核对后再保存。")
    texts = [(value or "").strip() or None for value in (difficulties, next_steps)]
    if any(value and len(value) > MOST_TEXT for value in texts):
        raise BadInput(f"文字最多 {MOST_TEXT} 个字，请精简。")
    row.difficulties, row.next_steps = texts
    row.version += 1
    session.flush()
    return row


def send_report(session: Session, actor: Actor, event_id: int, number: int, *, version: int) -> EventReport:
    """Say that the report went out: from here on nothing of it changes."""
    _may(actor)
    row = report_of(session, event_id, number, actor.scope, lock=True)
    if row.sent_at is not None:
        return row
    _require_unsent(row)
    if row.version != version:
        raise Conflict("报告刚被别人改过，请核对后再定稿。")
    empty = {"difficulties": row.difficulties, "next_steps": row.next_steps}
    if lacking := [name for name, said in empty.items() if not (said or "").strip()]:
        faults = [Fault(None, name, None, NOT_SAID) for name in lacking]
        raise BadInput(_MISSING[tuple(lacking)], faults=faults)
    row.sent_at, row.sent_by = clock.now(), actor.name
    row.version += 1
    session.flush()
    record(
        session,
        actor,
        "reports.send",
        Subject("event", str(event_id), row.scope_code),
        counts={"number": row.number},
        diff={"report_kind": [None, row.kind]},
    )
    return row


def drop_draft(session: Session, actor: Actor, event_id: int, number: int, *, reason: str, version: int) -> EventReport:
    """作废 of a draft that nobody wants: it stays with its number and its reason, and counts nowhere."""
    _may(actor)
    row = report_of(session, event_id, number, actor.scope, lock=True)
    if row.dropped_at is not None:
        return row
    _require_unsent(row)
    if row.version != version:
        raise Conflict("报告刚被别人改过，请核对后再作废。")
    if not reason.strip():
        raise BadInput("请写明作废的原因。", faults=[Fault(None, "drop_reason", None, "请写明作废的原因")])
    row.dropped_at, row.dropped_by, row.drop_reason = clock.now(), actor.name, reason.strip()
    row.version += 1
    session.flush()
    record(
        session,
        actor,
        "reports.drop",
        Subject("event", str(event_id), row.scope_code),
        counts={"number": row.number},
        diff={"report_kind": [row.kind, None]},
        note=row.drop_reason,
    )
    return row


def report_of(session: Session, event_id: int, number: int, scope: AreaScope, *, lock: bool = False) -> EventReport:
    """One report of one's own area; NotFound otherwise."""
    wanted = select(EventReport).where(
        EventReport.event_id == event_id,
        EventReport.number == number,
        EventReport.scope_code == _own(session, event_id, scope),
    )
    row = session.scalar((wanted.with_for_update() if lock else wanted).execution_options(populate_existing=True))
    if row is None:
        raise NotFound(f"没有第 {number} 期报告，或不是您辖区的。")
    return row


def reports_of(session: Session, event_id: int, scope: AreaScope) -> list[EventReport]:
    """The reports of one's own area about an event, the newest first."""
    return list(
        session.scalars(
            select(EventReport)
            .where(EventReport.event_id == event_id, EventReport.scope_code == _own(session, event_id, scope))
            .order_by(EventReport.number.desc())
        )
    )


def kinds_put_right(rows: Sequence[EventReport]) -> dict[int, str]:
    """Of all reports of an area about an event: the kind of each, of a 更正 that of the report which it puts right in the end."""
    by_id = {row.id: row for row in rows}
    found = {}
    for row in rows:
        origin = row
        while origin.corrects is not None:
            origin = by_id[origin.corrects]
        found[row.id] = origin.kind
    return found


def correction_of(session: Session, row: EventReport) -> EventReport | None:
    """The 更正 of a report, also while it is a draft; None where there is none but what was dropped."""
    return session.scalar(select(EventReport).where(EventReport.corrects == row.id, EventReport.dropped_at.is_(None)))


def later_sent(session: Session, row: EventReport, scope: AreaScope) -> EventReport | None:
    """The report of the latest 截至 among those that are out, where it knows more than this one."""
    out = [one for one in reports_of(session, row.event_id, scope) if one.sent_at is not None and one.as_of > row.as_of]
    return max(out, key=lambda one: (one.as_of, one.number), default=None)


def before(session: Session, row: EventReport) -> Figures | None:
    """The figures that a report is compared with: the last one before it that was sent and that no sent 更正 had replaced.

    A 更正 is compared with what came before the report that it puts right. What is sent after a report changes nothing in it.
    """
    wanted = select(EventReport).where(
        EventReport.event_id == row.event_id,
        EventReport.scope_code == row.scope_code,
    )
    every = {one.id: one for one in session.scalars(wanted)}

    def origin(one: EventReport) -> int:
        while one.corrects is not None:
            one = every[one.corrects]
        return one.number

    out = [
        one for one in every.values() if one.sent_at is not None and (row.sent_at is None or one.sent_at <= row.sent_at)
    ]
    replaced = {one.corrects for one in out if one.id != row.id}
    found = [
        one
        for one in out
        # A report of an earlier moment is compared with what was known before it.
        if one.id not in replaced and one.as_of <= row.as_of and origin(one) < origin(row)
    ]
    last = max(found, key=lambda one: (one.as_of, one.number), default=None)
    return figures_of(last.figures) if last else None


_LOCK = 7_203


def _same(given: Sequence[EventReport], wanted: Wanted) -> EventReport | None:
    """The newest report of the same second and kind; without a kind it is what a report is by itself, 快报 or 续报."""
    if wanted.as_of is None:
        return None
    kinds = (REPORT_KIND.code(wanted.kind),) if wanted.kind else ("flash", "follow_up")
    second = wanted.as_of.replace(microsecond=0)
    for one in given:
        if one.dropped_at is None and one.kind in kinds and one.as_of.replace(microsecond=0) == second:
            return one
    return None


def _next_kind(given: Sequence[EventReport]) -> str:
    return "follow_up" if any(one.dropped_at is None for one in given) else "flash"


def _own(session: Session, event_id: int, scope: AreaScope) -> str:
    return _reporting(scope, event_of(session, event_id, scope)).lo


def _reporting_scope(actor: Actor, event: HazardEvent) -> AreaScope:
    return _reporting(actor.scope, event)


def _reporting(scope: AreaScope, event: HazardEvent) -> AreaScope:
    """Who reports: the area that leads the event for whoever stands above or beside it, else one's own part."""
    return AreaScope(event.scope_code) if scope.covers(event.scope_code) and event.scope_code != "0" else scope


def _corrected(session: Session, event: HazardEvent, scope: AreaScope, wanted: Wanted) -> EventReport | None:
    if wanted.corrects is None:
        return None
    row = report_of(session, event.id, wanted.corrects, scope)
    if row.sent_at is None:
        raise Conflict("这一期还没有定稿，直接修改或另出一期即可，不需要更正。")
    if known := correction_of(session, row):
        if known.sent_at is None:
            raise Conflict(f"这一期的更正（第 {known.number} 期）正在起草，请先把它定稿，或者作废。")
        raise Conflict("这一期已经更正过，请更正最新的那一期。")
    if not (wanted.reason or "").strip():
        raise BadInput("请写明更正的原因。", faults=[Fault(None, "reason", None, "请写明更正的原因")])
    return row


def _require_unsent(row: EventReport) -> None:
    if row.sent_at is not None:
        raise Conflict("这一期已经定稿，不能再改；有误的，请出更正。")
    if row.dropped_at is not None:
        raise Conflict("这一期草稿已经作废，不能再改、不能定稿；需要的，请另出一期。")


def _sent_before(session: Session, actor: Actor, client_id: str) -> EventReport | None:
    return session.scalar(
        select(EventReport).where(EventReport.made_by == actor.name, EventReport.client_id == client_id)
    )


def _may(actor: Actor) -> None:
    if not actor.may(MAKE):
        raise NotAllowed("您没有出报告的权限。")
