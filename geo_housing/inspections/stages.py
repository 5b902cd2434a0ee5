"""When an inspection has begun, when it is done, what each result needs: decided without a database.

A village or township person writes what is seen. None of it is a grade, none changes one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from geo_housing.errors import Fault
from geo_housing.inspections.told_damage import damage_told
from geo_housing.words import CHECK_RESULT

BEGUN = ("in_progress", "done")

# A finished one is put right also after the event has ended.
CLOSED_TO_RESULTS = "事件已经结束，没有排查完的不再录入；确需补录的，请先在事件页把事件重新开启为“灾后排查”并写明原因（没有权限的，报乡镇或县里开启），再录入。"
MOST_ROOMS = 999
# A clock on a phone may run ahead a little.
CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Findings:
    """What is said of one visit; None where nothing is said yet."""

    result: str | None = None
    damage: str | None = None
    rooms_collapsed: int | None = None
    rooms_severe: int | None = None
    rooms_slight: int | None = None
    finding_items: tuple[str, ...] = ()
    findings: str | None = None
    visitor: str | None = None
    visited_at: datetime | None = None
    reported_by: str | None = None
    reported_how: str | None = None
    reported_at: datetime | None = None

    @property
    def rooms(self) -> int:
        """Damaged rooms (间) of all classes."""
        return (self.rooms_collapsed or 0) + (self.rooms_severe or 0) + (self.rooms_slight or 0)


# Results that say who was met and nothing of the walls: damage beside them would be counted and move nobody.
NOT_FOR_DAMAGE = ("locked", "uninhabited", "refused")
NEEDS_WORDS = {
    "locked": "请在“现场情况”写明从外面看到的情况和再次联系的安排",
    "refused": "请在“现场情况”写明从外面看到的情况和劝说经过",
    "suspected": "请勾选损坏情况，或在“现场情况”写明看到的损坏或疑似危险",
}


def why_over(phase: str, state: str) -> str | None:
    """Why an event in that phase takes nothing more for an inspection in that state, and what to do; None where it does.

    误发撤销 withdraws what is not begun. What it leaves was begun, or somebody has reported the house: it is finished, since a wrong
    warning mends no wall.
    """
    return CLOSED_TO_RESULTS if phase == "closed" and state != "done" else None


def missing(said: Findings) -> list[Fault]:
    """What the result still needs before the inspection is done; empty when it is."""
    faults: list[Fault] = []
    if said.result is None:
        faults.append(Fault(None, "result", None, "还没有选择排查结果"))
    if said.visitor is None:
        faults.append(Fault(None, "visitor", None, "请写明排查人"))
    if said.visited_at is None:
        faults.append(Fault(None, "visited_at", None, "请写明排查时间"))
    is_told = bool(said.findings) or (said.result == "suspected" and bool(said.finding_items))
    if said.result in NEEDS_WORDS and not is_told:
        faults.append(Fault(None, "findings", None, NEEDS_WORDS[said.result]))
    if said.result == "suspected":
        if said.damage is None:
            faults.append(Fault(None, "damage", None, "请选择损坏程度；只是疑似危险、没有损坏的选“无”"))
        elif said.damage != "none" and said.rooms == 0:
            faults.append(Fault(None, "rooms_slight", None, "请填写损坏的间数"))
    if said.result == "collapsed" and not said.rooms_collapsed:
        faults.append(Fault(None, "rooms_collapsed", None, "请填写倒塌间数"))
    if said.reported_how is not None and said.reported_by is None:
        faults.append(Fault(None, "reported_by", None, "请写明报告人"))
    return faults


# Results after which nobody stays in the house, at least until a technician has seen it.
DANGEROUS = ("suspected", "collapsed", "demolished")


@dataclass(frozen=True)
class Aftermath:
    """Whether 灾后排查 runs where a house lies, and since when; None, too, where the event began with it."""

    has_begun: bool
    since: datetime | None


def is_noted(said: Findings, state: str) -> bool:
    """Whether it says all that its result needs and is not finished: seen while the disaster went on."""
    return state == "in_progress" and not missing(said)


def finishes(before: Findings, state: str, after: Findings, aftermath: Aftermath) -> bool:
    """Whether what is said now ends an inspection that stood in ``state``: it begins with 灾后排查.

    What was harmless while the disaster went on is noted, and looked at again afterwards: by another visit, made since then.
    """
    if missing(after):
        return False
    if after.result in DANGEROUS:
        return True
    is_another = not is_noted(before, state) or after.visited_at != before.visited_at
    is_since = (
        aftermath.since is None or after.visited_at is None or after.visited_at >= aftermath.since - CLOCK_TOLERANCE
    )
    return aftermath.has_begun and is_another and is_since


NOTED = "灾害过程中看到的已经记下，本栋还没有排查完：灾后排查开始后请再到现场看一次，写明新的排查时间"


# Why a house is looked at again: its ground was warned once more since, or somebody reported it; or what is said of it was seen
# in the storm.
WARNED_AGAIN = "重新预警或又报险情后未再查"
SEEN_IN_STORM = "灾害过程中看到的，灾后未再查"
_LOOK_AGAIN = {
    WARNED_AGAIN: "查看以后当地重新预警，或又有人报告险情，登记的结果继续有效；本栋需再次查看：灾后排查开始后请再到现场看一次，改填排查时间和结果",
    SEEN_IN_STORM: NOTED,
}


def again_why(said: Findings, state: str, *, warned_since: bool) -> str:
    """Why the house must be looked at again, empty where it need not; ``warned_since`` it was seen (again.py)."""
    if warned_since:
        return WARNED_AGAIN
    return SEEN_IN_STORM if is_noted(said, state) else ""


def lacking(said: Findings, state: str, *, warned_since: bool) -> list[Fault]:
    """What stands in the way of done for an inspection that stands so: what is missing, or another look."""
    if faults := missing(said):
        return faults
    why = again_why(said, state, warned_since=warned_since)
    return [Fault(None, "visited_at", None, _LOOK_AGAIN[why])] if why else []


# How bad a result and a damage are, for what is worse than before; all others are 0.
_BAD_RESULT = {"suspected": 1, "collapsed": 2}
_BAD_DAMAGE = {"slight": 1, "severe": 2, "collapsed": 3}


def is_worse(before: Findings, after: Findings) -> bool:
    """Whether something dangerous is said that was not said before: who judged the house upon ``before`` has not judged this."""
    if after.result not in _BAD_RESULT:
        return False
    return (
        _BAD_RESULT[after.result] > _BAD_RESULT.get(before.result or "", 0)
        or _BAD_DAMAGE.get(after.damage or "", 0) > _BAD_DAMAGE.get(before.damage or "", 0)
        or any(
            (getattr(after, name) or 0) > (getattr(before, name) or 0)
            for name in ("rooms_collapsed", "rooms_severe", "rooms_slight")
        )
        or not set(after.finding_items) <= set(before.finding_items)
    )


_TOO_EARLY = {
    "visited_at": "排查时间早于这次灾害，请核对日期、时间；灾害以前看的不能用于这次灾害",
    "reported_at": "报告时间早于这次灾害，请核对日期、时间",
}


def contradictions(before: Findings, said: Findings, *, now: datetime, earliest: datetime) -> list[Fault]:
    """What cannot be true together; such an entry is not saved. Before ``earliest`` nobody was there because of this disaster.

    What stands already with an earlier moment (``before``) may be saved again with it.
    """
    faults: list[Fault] = []
    for name in ("rooms_collapsed", "rooms_severe", "rooms_slight"):
        count = getattr(said, name)
        if count is not None and not 0 <= count <= MOST_ROOMS:
            faults.append(Fault(None, name, str(count), f"间数应在 0 到 {MOST_ROOMS} 之间"))
    if said.visited_at is not None and said.visited_at > now + CLOCK_TOLERANCE:
        faults.append(Fault(None, "visited_at", said.visited_at.isoformat(), "排查时间不能晚于现在"))
    if said.reported_at is not None and said.reported_at > now + CLOCK_TOLERANCE:
        faults.append(Fault(None, "reported_at", said.reported_at.isoformat(), "报告时间不能晚于现在"))
    for name, sentence in _TOO_EARLY.items():
        at = getattr(said, name)
        if at is not None and at < earliest and at != getattr(before, name):
            faults.append(Fault(None, name, at.isoformat(), sentence))
    damaged = said.damage not in (None, "none") or said.rooms > 0
    if said.result == "no_visible_hazard" and damaged:
        faults.append(Fault(None, "damage", said.damage, "结果是“未见明显隐患”，不能同时填损坏；请改选结果或清除损坏"))
    if said.result == "no_visible_hazard" and said.finding_items:
        sentence = "结果是“未见明显隐患”，不能同时勾选损坏情况；请改选结果或取消勾选"
        faults.append(Fault(None, "finding_items", None, sentence))
    if said.result == "no_visible_hazard" and (clause := damage_told(said.findings)) is not None:
        sentence = (
            f"现场情况写了“{clause}”：看到损坏的，排查结果请选“有损坏或疑似危险”；是旧痕、已经修好的，请在现场情况写明"
        )
        faults.append(Fault(None, "findings", clause, sentence))
    if said.result in NOT_FOR_DAMAGE and (damaged or said.finding_items):
        told = CHECK_RESULT.label(said.result)
        sentence = f"看到损坏的，排查结果请选“有损坏或疑似危险”或“倒塌”；“{told}”写在“现场情况”"
        faults.append(Fault(None, "result", said.result, sentence))
    if said.result == "collapsed" and said.damage not in (None, "collapsed"):
        faults.append(Fault(None, "damage", said.damage, "结果是“倒塌”，损坏程度只能是“倒塌”"))
    if said.damage == "none" and said.rooms > 0:
        faults.append(Fault(None, "damage", said.damage, "填了损坏间数，损坏程度不能是“无”"))
    worst = {"slight": 1, "severe": 2, "collapsed": 3}.get(said.damage or "", 0)
    if worst and said.rooms and worst < _worst_room(said):
        faults.append(Fault(None, "damage", said.damage, "损坏程度轻于所填间数中最重的一类，请核对"))
    return faults


def more_than_registered(damaged: int, registered: int | None) -> str:
    """A mark where more rooms (间) are damaged than the house is registered with, else nothing.

    The register may be what is wrong: it is asked about and never refused.
    """
    if registered is None or damaged <= registered:
        return ""
    return f"损坏间数多于登记的 {registered} 间，请核对"


# A photo of the evening before may be of this disaster; one of last month is not. Nor does a phone's clock go a day ahead.
PHOTO_TOLERANCE = timedelta(hours=24)


def photo_hint(taken_at: datetime | None, began_at: datetime, arrived_at: datetime | None) -> str:
    """What is odd about a photo: only a contradiction. Photos that came through a chat carry no time, which is ordinary."""
    if taken_at is None:
        return ""
    if arrived_at is not None and taken_at > arrived_at + PHOTO_TOLERANCE:
        return "拍摄时间比上传时间还晚，请核对手机日期，以及是不是本次现场照片"
    if taken_at >= began_at - PHOTO_TOLERANCE:
        return ""
    return "拍摄时间早于这次灾害，请核对是不是本次现场照片"


# Where a phone says that a photo was taken is as good as its satellites, and some phones say it in another datum.
PLACE_TOLERANCE_M = 1_500


def place_hint(distance_m: float | None) -> str:
    """What is odd about where a photo was taken, seen from the house; a photo without a place is ordinary."""
    if distance_m is None or distance_m <= PLACE_TOLERANCE_M:
        return ""
    return f"拍摄位置离这栋约 {distance_m / 1000:.1f} 公里，请核对是不是这一栋"


def outside_hint(distance_m: float | None) -> str:
    """The same where no house is known, or its place is not: seen from the outline of the township or village."""
    if distance_m is None or distance_m <= PLACE_TOLERANCE_M:
        return ""
    return f"拍摄位置在辖区以外约 {distance_m / 1000:.1f} 公里，请核对是不是这里的照片"


def settled(said: Findings) -> Findings:
    """The same with what follows by itself: a collapsed house has collapsed, an unharmed one has no damage."""
    implied = {"collapsed": "collapsed", "no_visible_hazard": "none"}.get(said.result or "")
    if implied is None or said.damage is not None:
        return said
    return Findings(**{**said.__dict__, "damage": implied})


def _worst_room(said: Findings) -> int:
    if said.rooms_collapsed:
        return 3
    return 2 if said.rooms_severe else 1
