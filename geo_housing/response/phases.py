"""The phases of an event and how one leads to the next: decided without a database."""

from dataclasses import dataclass

from geo_housing.calls.board import NO_CALLS_LEFT, CallsLeft

# From which phase into which; skipping forward is ordinary (a quake has no warning).
NEXT: dict[str, tuple[str, ...]] = {
    "draft": ("warning", "ongoing", "aftermath", "mistaken"),
    "warning": ("ongoing", "aftermath", "closed", "mistaken"),
    "ongoing": ("warning", "aftermath", "closed", "mistaken"),
    "aftermath": ("closed", "mistaken"),
    "closed": ("aftermath",),
    "mistaken": (),
}
# Phases in which tasks may be given.
RESPOND_IN = ("warning", "ongoing", "aftermath")
# Inspections wait (待开始) until the disaster is over; due times count from 灾后排查.
WORKING_PHASES = ("aftermath",)


@dataclass(frozen=True)
class Step:
    """Whether a change of phase is possible, and what it asks."""

    refusal: str | None = None
    needs_reason: str | None = None


@dataclass(frozen=True)
class Open:
    """What an event has open: inspections (栋), families on the list who are not moved (户), houses (栋) that nobody may live in and whose families are not safely housed; ``again``: houses (栋) seen before a renewed warning only.

    ``calls``: places not reached, or not told that they left the zones; ``to_name``: 户 told by telephone as moved whom nobody has
    named, and who could not be named, nor come home, once the event is closed; ``to_conclude``: 栋 that wait for a technician.
    """

    unfinished: int = 0
    not_moved: int = 0
    unsafe: int = 0
    again: int = 0
    calls: CallsLeft = NO_CALLS_LEFT
    to_name: int = 0
    to_conclude: int = 0

    @property
    def sentence(self) -> str:
        """A sentence for each; empty where nothing is open."""
        unfinished = f"还有 {self.unfinished:,} 栋没有排查完。" if self.unfinished else ""
        not_moved = f"还有 {self.not_moved:,} 户没有转移。" if self.not_moved else ""
        unsafe = f"还有 {self.unsafe:,} 栋房屋不能居住，农户没有安全居住。" if self.unsafe else ""
        again = f"还有 {self.again:,} 栋重新预警或又报险情后未再查。" if self.again else ""
        to_conclude = f"还有 {self.to_conclude:,} 栋待评估。" if self.to_conclude else ""
        to_name = f"电话报数里还有 {self.to_name:,} 户没有录姓名。" if self.to_name else ""
        return unfinished + again + to_conclude + not_moved + to_name + unsafe + self.calls.sentence

    @property
    def tabs(self) -> tuple[tuple[str, str], ...]:
        """The steps of the event on which it is done, by address and label; the inspections stand on the event's own page."""
        found = (
            ("calls", "叫应", bool(self.calls.sentence)),
            ("evacuation", "转移避险", bool(self.not_moved or self.to_name)),
            ("conclusions", "评估", bool(self.unsafe or self.to_conclude)),
        )
        return tuple((tab, label) for tab, label, is_open in found if is_open)


def step(present: str, wanted: str, *, open_: Open) -> Step:
    """What stands in the way of ``wanted``: a refusal, or a sentence why a reason is asked.

    Closing with something open is never forbidden: it asks for the reason (words.md, "Rules").
    """
    if wanted == "draft":
        return Step("事件不能退回“待确认”；如系误发，请选“误发撤销”并写明原因。")
    if wanted not in NEXT[present]:
        return Step(_REFUSALS.get((present, wanted)) or _general(present))
    if wanted == "mistaken":
        return Step(
            needs_reason="误发撤销会撤回所有尚未开始的排查任务，没有登记过的户从转移名单撤下，请写明原因（命令行 --reason）。"
        )
    if wanted == "closed" and (left := open_.sentence):
        return Step(needs_reason=left + "确需结束的，请写明原因（命令行 --reason）。")
    if present == "closed":
        return Step(needs_reason="重新开启已结束的事件，请写明原因（命令行 --reason）。")
    return Step()


_BACK = "灾后排查已经开始，时限已起算，不能退回；预警又继续、升级的，请登记那条预警，它写到的乡镇回到预警响应；是另一次灾害过程的，请新建事件。"
_REFUSALS = {("aftermath", "warning"): _BACK, ("aftermath", "ongoing"): _BACK}


def _general(present: str) -> str:
    if present == "mistaken":
        return "事件已作误发撤销，不能再变更；如确有灾害，请新建事件。"
    if present == "closed":
        return "事件已结束；需要补充排查的，只能重新开启为“灾后排查”。"
    return "事件现在的阶段不能直接变更为所选阶段。"
