"""What is stated beside zones that come in, and what became of them: the answers of files, drawings and messages."""

from dataclasses import dataclass
from typing import Any

from geo_housing.errors import BadInput
from geo_housing.hazards.sources import ZoneSource
from geo_housing.hazards.storing import Zoned
from geo_housing.response.service import Revised
from geo_housing.words import EVENT_KIND

# Warnings of a league or of half a region lie over one county as well; a hundred times as large is no place that anybody meant.
MOST_TIMES = 100
# Of unusable shapes: reasons that a toast has room for.
TOLD_FAULTS = 2


@dataclass(frozen=True)
class Given:
    """What is stated beside the zones; ``event`` names the event whose zones are replaced, if still of ``revision``.

    ``adds``: the zones come beside those that stand, a warning message as a further one.

    ``joins`` names the event that a warning message is a further warning of: its zones come to those that stand. ``ends``
    are then the warnings that it replaces, None for those that we would propose; ``keep_unnamed`` whether zones of theirs
    stay that it does not name; ``is_over``: a lift of the event that was issued after it has ended it.
    ``even_if_known``: a message makes an event though it was received for one that has ended.
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
    ends: tuple[int, ...] | None = None
    keep_unnamed: bool = False
    adds: bool = False
    is_over: bool = False
    even_if_known: bool = False


@dataclass(frozen=True)
class Loaded:
    """What became of it: the event's zones, what was opened at once, and the source with its findings.

    ``fetched`` are the households (户) that had returned and are to be fetched once more.
    """

    zoned: Zoned
    opened: int
    to_withdraw: int
    source: ZoneSource
    notes: tuple[str, ...] = ()
    fetched: int = 0

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
            "returned_again": self.fetched,
            "crs": self.zoned.crs,
            "report": report,
            "warnings": [*warnings(self.zoned), *self.source.repairs, *self.source.left_out, *self.notes],
        }


def warnings(zoned: Zoned) -> list[str]:
    """What the user should know although everything was stored."""
    said = []
    if zoned.distance_m is not None:
        said.append(f"影响范围不涉及任何已装入的区划，最近的相距约 {zoned.distance_m / 1000:,.1f} 公里；请核对坐标系。")
    if zoned.times_areas is not None and zoned.times_areas > MOST_TIMES:
        said.append(
            f"影响范围有 {zoned.area_km2:,.0f} 平方公里，是所涉及区划面积的 {zoned.times_areas:,.0f} 倍；请核对范围和坐标系。"
        )
    if not zoned.is_new:
        said.append("这条预警消息（或这次提交）以前已经装入，没有重复新建。")
    return said


def revised_to_loaded(revised: Revised, source: ZoneSource) -> Loaded:
    """The answer of zones that were changed."""
    return Loaded(revised.zoned, revised.opened, revised.to_withdraw, source, fetched=revised.fetched.households)


def loaded_toast(loaded: Loaded, done: str) -> str:
    """What became of the zones; warnings and the reasons of what could not be used stand in it."""
    zoned = loaded.zoned
    if loaded.notes and zoned.is_new:
        return "".join(loaded.notes)
    if not zoned.is_new:
        return "这个事件已经建立过，没有重复新建。"
    parts = [f"{done}：{zoned.zones} 个范围，{zoned.area_km2:,.2f} 平方公里"]
    if zoned.rejected:
        parts.append(f"{zoned.rejected} 个图形不能用，未采用")
    if loaded.opened:
        parts.append(f"新增任务 {loaded.opened:,} 栋")
    if loaded.fetched:
        parts.append(f"已返回的 {loaded.fetched:,} 户改回待转移，请马上再次转移")
    if loaded.to_withdraw:
        parts.append(f"待确认撤销 {loaded.to_withdraw:,} 栋")
    unused = [*(fault.sentence for fault in loaded.source.faults), *loaded.source.left_out]
    told = [sentence.rstrip("。") for sentence in (*loaded.source.repairs[:TOLD_FAULTS], *unused[:TOLD_FAULTS])]
    return (
        "。".join(["，".join(parts), *told, *(sentence.rstrip("。") for sentence in (*warnings(zoned), *loaded.notes))])
        + "。"
    )


def kind_word(text: str | None) -> str | None:
    """The code word of a kind as typed; a word that the list does not know is kept (words.md)."""
    if text is None or not text.strip():
        return None
    try:
        return EVENT_KIND.code(text)
    except BadInput:
        return text.strip()[:40]
