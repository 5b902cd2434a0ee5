"""What may be done with a call: which press leads where, and what stands in the way."""

from dataclasses import dataclass

# From confirmation on. After the end nobody is called any more; after a false alarm who was called is told of it.
CALL_IN = ("warning", "ongoing", "aftermath", "mistaken")
SETTLED = "这次呼叫是误发撤销以前的，不再更改；告知误发的，请另记一次呼叫。"


@dataclass(frozen=True)
class Turn:
    """What a press leads to: the new state, or why not; ``same`` when the call stands so already."""

    state: str | None = None
    refusal: str | None = None
    same: bool = False


def refused_in(phase: str) -> str | None:
    """Why no call is made or answered in a phase, None where it may be."""
    if phase in CALL_IN:
        return None
    if phase == "draft":
        return "事件还没有确认，不能叫应；请先确认事件。"
    return "事件已经结束，不再记叫应；确需补记的，请先在事件页把事件重新开启为“灾后排查”并写明原因（没有权限的，报乡镇或县里开启），再记。"


def answer(present: str) -> Turn:
    """已应: also of somebody who rings back after the next name was called; said again, it corrects what they said."""
    return Turn("answered", same=present == "answered")


def hand_on(present: str) -> Turn:
    """未应, the next name is called."""
    if present == "answered":
        return Turn(refusal="这次呼叫已记为“已应”，不能再记未应；按错了请先撤销。")
    return Turn("handed_on", same=present == "handed_on")


def reply(present: str) -> Turn:
    """回报: what was asked for by a time has come."""
    if present != "answered":
        return Turn(refusal="还没有人应答，不能记回报；请先记“已应”。")
    return Turn("answered")


def undo(before: str | None, *, is_last: bool) -> Turn:
    """The last press is taken back: the call stands as ``before``; None, it was never made. Later calls build upon it."""
    if not is_last and before in (None, "calling"):
        return Turn(refusal="后面已经叫了下一人，不能再撤销这一次；如有出入，请在后面的呼叫里注明。")
    return Turn(before)
