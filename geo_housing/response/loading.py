"""Zones out of files, drawings and chosen divisions: a new event, a new revision of one, or standing risk areas.

The one way in for the command line and the API: what a file is decides its ending, XML goes to the CAP reader only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict
from geo_housing.hazards.adding import Joining
from geo_housing.hazards.cap import CapMessage, read_cap
from geo_housing.hazards.divisions import zones_of_divisions
from geo_housing.hazards.joining import Present, Said, ZoneChange, replaced_by, zone_change
from geo_housing.hazards.messages import zones_of_message
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.received import (
    Received,
    as_present,
    event_of_message,
    event_of_references,
    present_warnings,
    present_zones,
    received_message,
    warnings_of,
)
from geo_housing.hazards.service import (
    EventDraft,
    add_standing_areas,
    create_event,
    draft_of_message,
    lock_event,
)
from geo_housing.hazards.sources import ZoneSource, check_buffer, zones_of_drawing, zones_of_file
from geo_housing.hazards.storing import Zoned, described
from geo_housing.response.receiving import NOTHING, join
from geo_housing.response.service import Revised, revise_zones
from geo_housing.words import EVENT_KIND, EVENT_MODE, WARNING_LEVEL

XML_ENDINGS = (".xml", ".cap", ".atom", ".rss", ".edxlde")
MOST_MESSAGE_BYTES = 5 * 1024**2


@dataclass(frozen=True)
class Given:
    """What is stated beside the zones; ``event`` names the event whose zones are replaced, if still of ``revision``.

    ``joins`` names the event that a warning message is a further warning of: its zones come to those that stand.
    """

    event: int | None = None
    joins: int | None = None
    name: str | None = None
    kind: str | None = None
    level: str | None = None
    mode: str | None = None
    buffer_m: float | None = None
    crs: str | None = None
    layer: str | None = None
    client_id: str | None = None
    revision: int | None = None


@dataclass(frozen=True)
class Loaded:
    """What became of it: the event's zones, what was opened at once, and the source with its findings."""

    zoned: Zoned
    opened: int
    to_withdraw: int
    source: ZoneSource
    notes: tuple[str, ...] = ()

    def as_json(self, report: str | None) -> dict[str, Any]:
        """The contract's object."""
        return {
            "event": self.zoned.event_id,
            "zones": self.zoned.zones,
            "repaired": self.zoned.repaired,
            "rejected": self.zoned.rejected,
            "area_km2": self.zoned.area_km2,
            "revision": self.zoned.revision,
            "opened": self.opened,
            "to_withdraw": self.to_withdraw,
            "crs": self.zoned.crs,
            "report": report,
            "warnings": [*warnings(self.zoned), *self.notes],
        }


def warnings(zoned: Zoned) -> list[str]:
    """What the user should know although everything was stored."""
    said = []
    if zoned.distance_m is not None:
        said.append(f"影响范围不涉及任何已装入的区划，最近的相距约 {zoned.distance_m / 1000:,.1f} 公里；请核对坐标系。")
    if not zoned.is_new:
        said.append("这条预警消息（或这次提交）以前已经装入，没有重复新建。")
    return said


def load_file(session: Session, actor: Actor, path: Path, given: Given) -> Loaded:
    """Zones of a geographic file or a CAP message."""
    if path.suffix.lower() in XML_ENDINGS:
        return _load_message(session, actor, path, given)
    if given.joins is not None:
        raise BadInput("只有预警消息（CAP）可以归入事件；文件里的范围请替换该事件的影响范围（命令行 --event）。")
    source = zones_of_file(path, crs=given.crs, layer=given.layer, buffer_m=given.buffer_m)
    return _stored(session, actor, source, given, via="buffer" if given.buffer_m else "file")


def load_drawing(session: Session, actor: Actor, geometry: Mapping[str, Any], given: Given) -> Loaded:
    """Zones drawn on the map, as GeoJSON."""
    source = zones_of_drawing(geometry, buffer_m=given.buffer_m)
    return _stored(session, actor, source, given, via="buffer" if given.buffer_m else "drawing")


def load_divisions(session: Session, actor: Actor, codes: Sequence[str], given: Given) -> Loaded:
    """Whole townships and villages chosen by code."""
    if given.buffer_m is not None:
        raise BadInput("按乡镇村选定的范围不能再加缓冲距离。")
    return _stored(session, actor, zones_of_divisions(session, codes), given, via="areas")


def load_standing(
    session: Session,
    actor: Actor,
    path: Path,
    *,
    kind: str | None,
    buffer_m: float | None,
    crs: str | None,
    layer: str | None,
) -> tuple[list[int], ZoneSource]:
    """Standing risk areas (灾害易发地) out of a geographic file: ids of those that are new, and the source."""
    if path.suffix.lower() in XML_ENDINGS:
        raise BadInput("灾害易发地请用地图文件装入（GeoJSON、GeoPackage、Shapefile、KML、FlatGeobuf），不用预警消息。")
    source = zones_of_file(path, crs=crs, layer=layer, buffer_m=buffer_m)
    kind_code = kind_word(kind) or "geological"
    return add_standing_areas(session, actor, source, kind=kind_code, via=path.name), source


def kind_word(text: str | None) -> str | None:
    """The code word of a kind as typed; a word that the list does not know is kept (words.md)."""
    if text is None or not text.strip():
        return None
    try:
        return EVENT_KIND.code(text)
    except BadInput:
        return text.strip()[:40]


def _stored(session: Session, actor: Actor, source: ZoneSource, given: Given, *, via: str) -> Loaded:
    level = WARNING_LEVEL.code(given.level) if given.level else None
    if given.event is not None:
        revised = revise_zones(session, actor, given.event, source, via=via, level=level, revision=given.revision)
        return _revised(revised, source)
    kind = kind_word(given.kind) or "other"
    draft = EventDraft(
        name=given.name,
        kind=kind,
        kind_text=None if kind in EVENT_KIND else kind,
        level=level or "ungraded",
        mode=EVENT_MODE.code(given.mode) if given.mode else "actual",
        source=via,
        client_id=given.client_id,
    )
    return Loaded(create_event(session, actor, draft, source), 0, 0, source)


def _load_message(session: Session, actor: Actor, path: Path, given: Given) -> Loaded:
    if given.crs is not None or given.layer is not None:
        raise BadInput(
            "预警消息（CAP）里总是经纬度，也没有图层；请不要另选坐标系和图层（命令行去掉 --crs 和 --layer）。"
        )
    check_buffer(given.buffer_m)
    message = read_cap(_content(path))
    if message.msg_type == "Cancel":
        return _lift(session, actor, message, given)
    if given.event is None and given.joins is None:
        _refuse_known_update(session, message)
    stated_level = WARNING_LEVEL.code(given.level) if given.level else None
    source = zones_of_message(session, message, buffer_m=given.buffer_m, level=stated_level)
    if not source.zones:
        raise BadInput("这条预警消息里没有一个可用的影响区域，未保存任何内容。", faults=source.faults)
    if given.event is not None or given.joins is not None:
        return _add_message(session, actor, message, source, given)
    draft = draft_of_message(
        message,
        name=given.name,
        kind=kind_word(given.kind),
        level=WARNING_LEVEL.code(given.level) if given.level else None,
    )
    if given.mode and draft.mode == "actual":
        draft = replace(draft, mode=EVENT_MODE.code(given.mode))
    return Loaded(create_event(session, actor, replace(draft, client_id=given.client_id), source), 0, 0, source)


def _add_message(session: Session, actor: Actor, message: CapMessage, source: ZoneSource, given: Given) -> Loaded:
    """A further message of an event: its zones take the place of all that stand, or join them.

    Where it joins, only the zones of the warnings go that it updates: that is what an update means.
    """
    event = _event_for(session, message, given)
    if (known := _known_in(session, message, event, source)) is not None:
        return known
    if given.revision is not None and event.revision != given.revision:
        raise Conflict(f"影响范围刚被改过，现在是第 {event.revision} 版，您的没有保存。请核对后再提交。")
    level = WARNING_LEVEL.code(given.level) if given.level else None
    received = received_message(message, kind=kind_word(given.kind), level=level)
    zones = present_zones(session, event.id)
    if given.joins is None:
        change = ZoneChange((), tuple(zones), (), received.level or event.level)
        ends = replaced_by(replace(_said(received), action="change"), _present(session, event.id))
    else:
        ends = replaced_by(_said(received), _present(session, event.id))
        change = zone_change(_said(received), zones, ends, keep_unnamed=False)
    own = tuple(replace(zone, kind=received.kind) for zone in source.zones)
    noted = replace(source, zones=own, notes=(*source.notes, f"依据预警消息 {message.identifier}"))
    return _revised(join(session, actor, event.id, received, Joining(ends, change, noted)), source)


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
            "这是一条解除（Cancel）消息，它所解除的预警没有登记过，未保存任何内容。"
            "解除的预警已在某个事件中的，请在粘贴预警信息处登记解除（命令行 --event 指明事件）。"
        )
    event = _event_for(session, message, replace(given, event=known, joins=None))
    if (loaded := _known_in(session, message, event, NOTHING)) is not None:
        return loaded
    received = received_message(message)
    ends = replaced_by(_said(received), _present(session, event.id))
    change = zone_change(_said(received), present_zones(session, event.id), ends)
    revised = join(session, actor, event.id, received, Joining(ends, change, NOTHING))
    said = "解除已登记，没有撤销任何任务；请核对后进入“灾后排查”（命令行 hazards phase），从那时起算排查时限。"
    return replace(_revised(revised, NOTHING), notes=(said,))


def _event_for(session: Session, message: CapMessage, given: Given) -> HazardEvent:
    """The event, locked; Conflict where an exercise would change a real one, or the other way round."""
    event = lock_event(session, given.event or given.joins or 0)
    is_drill = message.status not in ("Actual", "Draft")
    if is_drill != (event.mode == "drill"):
        raise Conflict(
            f"这条预警消息的状态是 {message.status}，{event.id} 号事件是{EVENT_MODE.label(event.mode)}事件，不能归入。请核对。"
        )
    return event


def _known_in(session: Session, message: CapMessage, event: HazardEvent, source: ZoneSource) -> Loaded | None:
    if any(one.identifier == message.identifier for one in warnings_of(session, event.id)):
        return Loaded(described(session, event.id, source, is_new=False), 0, 0, source)
    return None


def _present(session: Session, event_id: int) -> list[Present]:
    return [as_present(one) for one in present_warnings(session, event_id)]


def _said(received: Received) -> Said:
    return Said(
        action=received.action,
        kind=received.kind,
        level=received.level,
        issuer=received.issuer,
        at=received.issued_at or clock.now(),
        refers_to=received.refers_to,
        brings_shapes=received.action != "lift",
    )


def _refuse_known_update(session: Session, message: CapMessage) -> None:
    """An Update replaces the zones of the event it names, which is for a person to say; of an unknown one it is new."""
    if message.msg_type != "Update":
        return
    known = event_of_references(session, message.named)
    already = event_of_message(session, message.identifier)
    if known is not None and already is None:
        raise Conflict(
            f"这条消息更新的是 {known} 号事件所依据的预警；如要按它替换该事件的影响范围，请在该事件的页面上更改影响范围（命令行 --event {known}，作为新增预警归入的用 --join {known}）。"
        )


def _revised(revised: Revised, source: ZoneSource) -> Loaded:
    return Loaded(revised.zoned, revised.opened, revised.to_withdraw, source)


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise BadInput(f"找不到文件 {path.name}，请核对路径。")
    if path.stat().st_size > MOST_MESSAGE_BYTES:
        raise BadInput(f"{path.name} 超过 5 MB，不像一条预警消息。")
    return path.read_bytes()
