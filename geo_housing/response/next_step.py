"""The one thing to do next at an event, with the figures it will touch and a sentence what it does. No session here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Situation:
    """Where an event stands, in 栋 within the reader's area.

    ``has_tasks``: tasks were given for all of the reader's area. ``affected`` includes the uncertain ones; ``to_withdraw``
    left the zones and are not begun; ``to_open`` are houses in the zones without a task (registered or moved since). ``leads``: the reader's area holds the whole event, so phases are his to change.
    """

    phase: str
    has_zones: bool
    has_tasks: bool
    affected: int
    uncertain: int
    prepared: int
    unfinished: int
    done: int
    to_withdraw: int
    to_open: int
    is_expired: bool
    leads: bool


@dataclass(frozen=True)
class NextStep:
    """``act`` is respond, or phase with ``phase``; ``ask_reason``: a reason must be typed; None when there is nothing to do."""

    act: str
    label: str
    sentence: str
    phase: str | None = None
    ask_reason: bool = False
    expired: bool = False


def next_step(now: Situation) -> NextStep | None:
    """What the main button does; None when one waits for others, or all is over."""
    if now.phase in ("closed", "mistaken"):
        return None
    if now.phase == "draft":
        return _phase(now, "warning", "确认事件", "确认后进入“预警响应”，可以下达任务；现在还没有下达任何任务。")
    if not now.has_zones:
        return None
    if now.affected and not now.has_tasks:
        beside = f"（其中位置不确定 {now.uncertain:,} 栋）" if now.uncertain else ""
        waiting = "" if now.phase == "aftermath" else "，待开始；进入“灾后排查”后起算时限"
        sentence = f"为影响范围内 {now.affected:,} 栋农房{beside}各下达一项应急排查任务{waiting}。不改变安全等级。"
        if now.is_expired:
            sentence = "这条预警已经失效，请核对后再下达。" + sentence
        return NextStep("respond", "下达任务", sentence, expired=now.is_expired)
    if now.to_withdraw:
        sentence = f"有 {now.to_withdraw:,} 栋已不在新的影响范围内且尚未开始排查，将撤销它们的任务；已开始的保留，新增的已经下达。"
        return NextStep("respond", "按新范围更新任务", sentence)
    if now.to_open:
        sentence = f"下达任务以后，影响范围内新登记或改了位置的农房有 {now.to_open:,} 栋还没有任务，为它们补下达。"
        return NextStep("respond", "补下达任务", sentence)
    if now.phase in ("warning", "ongoing"):
        if not now.has_tasks:
            return None
        sentence = f"灾害过程结束后进入：{now.prepared:,} 栋待开始的任务转为待排查，按优先级从现在起算完成时限。"
        return _phase(now, "aftermath", "进入灾后排查", sentence)
    if now.unfinished:
        return None
    return _phase(now, "closed", "结束事件", f"{now.done:,} 栋已全部排查。结束后不能再下达任务，结果保留。")


def _phase(now: Situation, phase: str, label: str, sentence: str) -> NextStep | None:
    return NextStep("phase", label, sentence, phase=phase) if now.leads else None


@dataclass(frozen=True)
class OtherStep:
    """A further change of phase that is possible, and whether it asks a reason."""

    phase: str
    label: str
    sentence: str
    ask_reason: bool


def other_steps(now: Situation) -> tuple[OtherStep, ...]:
    """What else may be done with the phase; nothing for those whose area does not hold the whole event."""
    if not now.leads or now.phase == "mistaken":
        return ()
    if now.phase == "closed":
        return (OtherStep("aftermath", "重新开启", "重新开启为“灾后排查”，可以补充排查。", True),)
    found = []
    if now.phase == "warning":
        found.append(OtherStep("ongoing", "进入灾中", "灾害正在发生；任务仍为待开始。", False))
    if now.phase in ("warning", "ongoing", "draft") and not now.has_tasks:
        found.append(OtherStep("aftermath", "直接进入灾后排查", "灾害已经发生（如地震），直接开始排查。", False))
    if now.phase == "aftermath" and now.unfinished:
        found.append(OtherStep("closed", "提前结束", f"还有 {now.unfinished:,} 栋没有排查完，须写明原因。", True))
    elif now.phase in ("warning", "ongoing"):
        found.append(
            OtherStep("closed", "结束", "预警解除、没有受灾，结束事件；已下达的任务保留。", now.unfinished > 0)
        )
    found.append(OtherStep("mistaken", "误发撤销", "撤回所有尚未开始的排查任务，不能恢复，须写明原因。", True))
    return tuple(found)
