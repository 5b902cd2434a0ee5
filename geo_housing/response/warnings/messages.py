"""Warning messages (CAP): a new event, a further warning of one, a lift; and what one would do, before it is done.

A message is kept with the event whose warning it updates or ends. Nothing that has begun is lost by it, and a lift
withdraws nothing.
"""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict
from geo_housing.hazards import overlay
from geo_housing.hazards.adding import Joining
from geo_housing.hazards.cap import CapMessage, read_cap
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.first_list import first_of_plan
from geo_housing.hazards.joining import (
    Proposal,
    WarningSaid,
    action_of_update,
    doubts_of_lift,
    highest,
    proposals,
    replaced_by,
)
from geo_housing.hazards.messages import places_of_lift, zones_of_message
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.offices import may_speak_for
from geo_housing.hazards.queries import affected_by_plan
from geo_housing.hazards.received import (
    Received,
    event_of_message,
    event_of_references,
    open_events,
    present_warnings,
    present_zones,
    presents_of,
    received_message,
    warnings_of,
    with_replaced,
)
from geo_housing.hazards.service import create_event, draft_of_message, lock_event
from geo_housing.hazards.sources import ZoneDraft, ZoneSource, check_buffer
from geo_housing.hazards.storing import described
from geo_housing.hazards.zone_change import ZoneChange, zone_change
from geo_housing.policy.queries import effective
from geo_housing.response.grounds import would_warn_again
from geo_housing.response.warnings.effect import Effect, levels_told_only
from geo_housing.response.warnings.late import as_stated, require_stated
from geo_housing.response.warnings.receiving import NOTHING, join
from geo_housing.response.zones.answers import Given, Loaded, kind_word, revised_to_loaded
from geo_housing.response.zones.changing import UNCHANGED, changing, with_warned_again
from geo_housing.words import EVENT_MODE, WARNING_LEVEL

_LIFTED = "解除已登记，没有撤销任何任务；请核对后进入“灾后排查”，从那时起算排查时限。"


@dataclass(frozen=True)
class Looked:
    """A message before it is stored: what it says, where it may belong, what could not be used of it.

    ``known`` is the event for which it was received before, ``ended`` that one where it has ended; ``said`` how it enters, with what was stated beside it;
    ``strangers`` are messages that it updates or lifts and that were never received.
    """

    message: CapMessage
    said: Received
    source: ZoneSource
    proposals: tuple[Proposal, ...]
    known: int | None
    strangers: tuple[str, ...] = ()
    ended: HazardEvent | None = None


def load_message(session: Session, actor: Actor, content: bytes, given: Given) -> Loaded:
    """Store one message as a person has confirmed it: where ``given`` names no event, it makes one."""
    message, source = _read(session, content, given)
    if message.is_lift:
        return _lift(session, actor, message, given)
    if given.event is None and given.joins is None:
        _refuse_known_update(session, message)
    if given.event is not None or given.joins is not None:
        return _add_message(session, actor, message, source, given)
    draft = draft_of_message(message, name=given.name, kind=kind_word(given.kind), level=_stated_level(given))
    if given.mode and draft.mode == "actual":
        draft = replace(draft, mode=EVENT_MODE.code(given.mode))
    draft = replace(draft, client_id=given.client_id, even_if_known=given.even_if_known)
    return Loaded(create_event(session, actor, draft, source), 0, 0, source)


def look(session: Session, actor: Actor, content: bytes, given: Given) -> Looked:
    """What a message says and which open events of the actor's area it may belong to; stores nothing."""
    message, source = _read(session, content, given)
    received = received_message(message, kind=kind_word(given.kind), level=_stated_level(given))
    if message.is_lift:
        received = replace(received, areas=places_of_lift(session, message))
    days = int(effective(session, "warning.same_days", area_code=actor.scope.lo, on=clock.today()).value)
    mode = given.mode if given.mode and message.is_actual else _mode_of(message)
    codes = tuple((zone.whole_area, zone.level) for zone in source.zones if zone.whole_area is not None)
    said = replace(_said(received), mode=mode, areas=codes or _said(received).areas)
    found = tuple(
        one
        for one in proposals(said, open_events(session, actor.scope), same_days=days)
        if _may_join(message, one.event.phase)
    )
    known = event_of_message(session, message.identifier)
    strangers = tuple(one for one in message.named if event_of_references(session, [one]) is None)
    before = None if known is None else session.get(HazardEvent, known)
    ended = before if before is not None and before.phase in ENDED_PHASES else None
    return Looked(message, received, source, found, known, strangers, ended)


def effect_of_message(
    session: Session, actor: Actor, looked: Looked, event: HazardEvent | None, given: Given
) -> Effect:
    """Whom the message concerns, and what it would change of ``event``."""
    drafts = [_leveled(zone, looked.said) for zone in looked.source.zones]
    if event is None:
        change = ZoneChange((), (), (), looked.said.level or "ungraded")
        plan = overlay.values_of_plan((), drafts)
        found = affected_by_plan(session, plan, actor.scope) if drafts else None
        first = first_of_plan(session, plan, actor.scope) if drafts else None
        return Effect(None, (), (), change, found, first, UNCHANGED, None)
    _require_fitting(looked.message, event)
    present = tuple(present_warnings(session, event.id))
    ends, change, said = _changed(session, looked.message, looked.said, event, given, looked.source)
    zones = present_zones(session, event.id)
    levels = {zone.id: zone.level for zone in zones}
    kept = [(one.zone_id, one.level or levels[one.zone_id]) for one in change.kept]
    differs, becomes = changing(session, actor, event, levels, kept, drafts)
    said, late = as_stated(session, event.id, said, _drawn_or_named(looked.source), is_over=given.is_over)
    again = would_warn_again(session, event, said, ends, zones=looked.source.zones)
    differs = with_warned_again(session, event, differs, again)
    first = first_of_plan(session, overlay.values_of_plan(kept, drafts), actor.scope)
    is_lift = said.action == "lift"
    doubts = doubts_of_lift(_said_where(looked.message, said), presents_of(session, event.id)) if is_lift else {}
    told = levels_told_only(session, event, drafts)
    return Effect(
        event,
        present,
        ends,
        change,
        becomes,
        first,
        differs,
        event.level,
        late,
        said.action,
        doubts=doubts,
        told_only=told,
    )


def _drawn_or_named(source: ZoneSource) -> tuple[str, ...]:
    """The divisions that the zones of a message are; none where one of them is a shape, of which nobody can tell by names."""
    codes = [zone.whole_area for zone in source.zones]
    return tuple(code for code in codes if code) if all(codes) else ()


def _read(session: Session, content: bytes, given: Given) -> tuple[CapMessage, ZoneSource]:
    """The message and its zones; BadInput when it states none that can be used, a lift apart, which needs none."""
    if given.crs is not None or given.layer is not None:
        raise BadInput("预警消息（CAP）里总是经纬度，也没有图层；请不要另选“坐标系”和“文件里的图层”。")
    check_buffer(given.buffer_m)
    message = read_cap(content)
    if message.is_lift:
        return message, NOTHING
    source = zones_of_message(session, message, buffer_m=given.buffer_m, level=_stated_level(given))
    if not source.zones:
        raise BadInput("这条预警消息里没有一个可用的影响区域，未保存任何内容。", faults=source.faults)
    return message, source


def _stated_level(given: Given) -> str | None:
    return WARNING_LEVEL.code(given.level) if given.level else None


def _mode_of(message: CapMessage) -> str:
    return "actual" if message.status in ("Actual", "Draft") else "drill"


def _may_join(message: CapMessage, phase: str) -> bool:
    """A draft is not issued yet: it may stand beside another draft and changes nothing that is real."""
    return message.status != "Draft" or phase == "draft"


def _leveled(zone: ZoneDraft, received: Received) -> tuple[ZoneDraft, str]:
    return zone, zone.level or received.level or "ungraded"


def _joined(
    session: Session, message: CapMessage, received: Received, event: HazardEvent, given: Given
) -> tuple[tuple[int, ...], ZoneChange]:
    """Which warnings of the event the message ends, as stated or proposed, and what becomes of the zones that stand."""
    present = presents_of(session, event.id)
    if given.ends is None:
        ends = replaced_by(_said_where(message, received), present)
    else:
        ends = tuple(one.id for one in present if one.id in given.ends)
    theirs = with_replaced(ends, present)
    return ends, zone_change(_said(received), present_zones(session, event.id), theirs, keep_unnamed=given.keep_unnamed)


def _said_where(message: CapMessage, received: Received) -> WarningSaid:
    return replace(_said(received), says_where=bool(message.areas))


def _changed(
    session: Session, message: CapMessage, received: Received, event: HazardEvent, given: Given, source: ZoneSource
) -> tuple[tuple[int, ...], ZoneChange, Received]:
    """The same, and where the message is no further one: its zones in the place of all that stand. A lift changes none.

    With it the message as it enters: what an update is shows by what it replaces.
    """
    present = presents_of(session, event.id)
    if given.joins is not None or received.action == "lift":
        ends, change = _joined(session, message, received, event, given)
    else:
        ends = replaced_by(replace(_said(received), action="change"), present)
        change = ZoneChange((), tuple(present_zones(session, event.id)), (), received.level or event.level)
    if received.action != "change":
        return ends, change, received
    replaced = [one for one in present if one.id in ends]
    before = highest(one.level for one in replaced)
    action = action_of_update(received.level, _drawn_or_named(source), replaced)
    return ends, change, replace(received, action=action, former_level=None if before == "ungraded" else before)


def _add_message(session: Session, actor: Actor, message: CapMessage, source: ZoneSource, given: Given) -> Loaded:
    """A further message of an event: its zones take the place of all that stand, or join them.

    Where it joins, only the zones of the warnings go that it updates: that is what an update means.
    """
    event = _event_for(session, message, given)
    if (known := _known_in(session, message, event, source)) is not None:
        return known
    if given.revision is not None and event.revision != given.revision:
        raise Conflict(f"影响范围刚被改过，现在是第 {event.revision} 版，您的没有保存。请核对后再提交。")
    received = received_message(message, kind=kind_word(given.kind), level=_stated_level(given))
    ends, change, received = _changed(session, message, received, event, given, source)
    received = require_stated(session, event.id, received, _drawn_or_named(source), is_over=given.is_over)
    own = tuple(replace(zone, kind=received.kind) for zone in source.zones)
    noted = replace(source, zones=own, notes=(*source.notes, f"依据预警消息 {message.identifier}"))
    return revised_to_loaded(join(session, actor, event.id, received, Joining(ends, change, noted)), source)


def _lift(session: Session, actor: Actor, message: CapMessage, given: Given) -> Loaded:
    """A Cancel is kept with the event whose warning it ends. It withdraws nothing: 灾后排查 is for a person to begin."""
    known = (
        given.event
        or given.joins
        or event_of_message(session, message.identifier)
        or event_of_references(session, message.named)
    )
    if known is None:
        raise BadInput(
            "这是一条解除（如 Cancel）消息，它所解除的预警没有登记过，未保存任何内容。"
            "解除的预警已在某个事件中的，请在粘贴预警信息处登记解除（命令行 --event 指明事件）。"
        )
    event = _event_for(session, message, replace(given, event=known, joins=None))
    if (loaded := _known_in(session, message, event, NOTHING)) is not None:
        return loaded
    received = replace(received_message(message), areas=places_of_lift(session, message))
    ends, _ = _joined(session, message, received, event, given)
    if message.areas and not ends and not received.areas and _may_mean_one(session, received, event):
        # Without places it would be read as lifted everywhere.
        raise BadInput(
            "这条解除所写的区域没有区划代码，也没有写明解除哪一条预警，不能确定解除的是哪里，未保存任何内容。"
            "请在粘贴预警信息处登记解除，勾选解除的乡镇、村。"
        )
    change = zone_change(_said(received), present_zones(session, event.id), ends)
    revised = join(session, actor, event.id, received, Joining(ends, change, NOTHING))
    return replace(revised_to_loaded(revised, NOTHING), notes=(_LIFTED,))


def _may_mean_one(session: Session, received: Received, event: HazardEvent) -> bool:
    """Whether a warning of its kind and office is in force."""
    return any(
        one.kind == received.kind and may_speak_for(received.issuer, one.issuer)
        for one in presents_of(session, event.id)
    )


def _event_for(session: Session, message: CapMessage, given: Given) -> HazardEvent:
    """The event, locked; Conflict where the message may not change it."""
    event = lock_event(session, given.event or given.joins or 0)
    _require_fitting(message, event)
    return event


def _require_fitting(message: CapMessage, event: HazardEvent) -> None:
    """Conflict where an exercise or a draft would change a real event, or a real message an exercise."""
    if not _may_join(message, event.phase):
        raise Conflict(
            f"这条预警消息是草稿（Draft），还没有正式发布，不能归入 {event.id} 号事件，未保存任何内容。"
            "请等正式消息；要先看它涉及哪些房屋，可以另建事件，它只作为草稿保存。"
        )
    if (_mode_of(message) == "drill") != (event.mode == "drill"):
        raise Conflict(
            f"这条预警消息的状态是 {message.status}，{event.id} 号事件是{EVENT_MODE.label(event.mode)}事件，不能归入。请核对。"
        )


def _known_in(session: Session, message: CapMessage, event: HazardEvent, source: ZoneSource) -> Loaded | None:
    if any(one.identifier == message.identifier for one in warnings_of(session, event.id)):
        return Loaded(described(session, event.id, source, is_new=False), 0, 0, source)
    return None


def _said(received: Received) -> WarningSaid:
    return WarningSaid(
        action=received.action,
        kind=received.kind,
        level=received.level,
        issuer=received.issuer,
        at=received.issued_at or clock.now(),
        refers_to=received.refers_to,
        brings_shapes=received.action != "lift",
        areas=tuple((area["code"], None) for area in received.areas),
    )


def _refuse_known_update(session: Session, message: CapMessage) -> None:
    """An Update replaces the zones of the event it names, which is for a person to say; of an unknown one it is new.

    One that is a draft changes no event, so that it is a draft of its own.
    """
    if message.msg_type != "Update" or message.status == "Draft":
        return
    known = event_of_references(session, message.named)
    already = event_of_message(session, message.identifier)
    event = None if known is None else session.get(HazardEvent, known)
    # The zones of an event that has ended are replaced by nobody: what updates its warning begins anew.
    if event is not None and event.phase not in ENDED_PHASES and already is None:
        raise Conflict(
            f"这条消息更新的是 {known} 号事件所依据的预警；如要按它替换该事件的影响范围，请在该事件的页面上更改影响范围（命令行 --event {known}，作为新增预警归入的用 --join {known}）。"
        )
