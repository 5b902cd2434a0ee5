"""What is read out on the telephone, and sent as a text: whom it concerns, what is to be done, until when to report back.

No name, no number of anybody: it may be passed on. Chinese whatever the reader's language, because it is spoken in villages.
"""

from dataclasses import dataclass
from datetime import datetime

from geo_housing.clock import BEIJING
from geo_housing.words import TRAIT

# Settings: what is asked of a township and of a village before and during a disaster, and of both when it is over.
DEMAND, DEMAND_VILLAGE, DEMAND_AFTER = "calls.demand", "calls.demand_village", "calls.demand_aftermath"
# By phase: once an event is over nobody is asked to fetch or to inspect anybody.
OVER = {
    "closed": "已经结束，不再转移和排查。还没有返回、还没有安置好的，请报来。",
    "mistaken": "系误发，已经撤销，不再转移和排查。已经转移出来的可以返回，返回后请报来。",
}
# After 误发撤销, of {n} households whose houses were found dangerous, or reported and not looked at: no mistake about the
# weather mends a wall.
KEPT = "但有{n}户的房屋查出有危险，或者报了险情还没有人看过：这些户不要返回，还在家里的马上转移。其他已经转移出来的可以返回，返回后请报来。"
# And of {n} houses whose inspections were begun, or reported.
GOES_ON = "还有{n}栋已经开始排查或者报过险情，请接着查完。"

# Lifted, and the inspections have not begun: nobody is sent home by a lift.
AFTER_LIFT = "灾后排查还没有开始：已经转移的先不要返回，等通知；有险情、有损坏的马上报来。"


@dataclass(frozen=True)
class ReadFigures:
    """Whom the event concerns in one division; 户, 栋 and 人 stand apart, who has no stated size beside the 人."""

    households: int
    houses: int
    people: int
    households_without_size: int
    dangerous: int
    suspected: int
    uncertain: int
    traits: dict[str, int]
    without_home: int = 0


@dataclass(frozen=True)
class Work:
    """How far it has come there: 应转 户 and 人 (``unsized`` 户 beside the 人), 已转 户; 应排查 and 已排查 栋."""

    due: int = 0
    people: int = 0
    unsized: int = 0
    moved: int = 0
    to_inspect: int = 0
    inspected: int = 0


@dataclass(frozen=True)
class Left:
    """What goes on at a division that no zone of the event touches any more; 户, of the last two 栋.

    ``danger``: whose house was found dangerous, or who was reported; ``wait``: moved, while nobody may return yet; ``may`` and
    ``kept``: who may return and who may not. ``inspect``: inspections that stay; ``doubtful``: houses that may lie in a zone.
    """

    danger: int = 0
    wait: int = 0
    may: int = 0
    kept: int = 0
    inspect: int = 0
    doubtful: int = 0


@dataclass(frozen=True)
class Message:
    """All that is said; ``traits`` of the figures is empty for a caller who may not see families.

    ``is_written``: sent to be read, not read out.
    """

    event: str
    phase: str
    is_drill: bool
    warning: str
    issued_at: datetime | None
    place: str
    caller: str
    figures: ReadFigures
    demand: str
    reply_by: datetime
    work: Work = Work()
    # 户 that must not go home, or must leave, whatever became of the warning.
    kept: int = 0
    is_written: bool = False
    # 预警已解除 or 预警已到期 where no warning is in force there any more.
    over: str = ""
    is_lifted: bool = False
    # The event's name without the time by which the program tells it apart; empty where it is not given.
    untimed: str = ""
    # Of a division that is out of range.
    left: Left | None = None


def read_out(message: Message) -> str:
    """The text in three or four short sentences."""
    if message.phase == "mistaken":
        said = f"{message.event}{_of_mistake(message)}"
    elif over := OVER.get(message.phase):
        said = f"{message.event}{over}"
    elif message.left is not None:
        said = _left(message.event, message.left)
    else:
        demand = AFTER_LIFT if message.is_lifted and message.phase != "aftermath" else message.demand
        said = f"{_warning(message)}{_concerned(message.figures)}{_work(message)}{demand}请在{_clock(message.reply_by)}前回报。"
    text = f"{message.place}：{message.caller}。{said}{'收到请回复。' if message.is_written else '听清请复述一遍。'}"
    return f"【演练】{text}这是演练。" if message.is_drill else text


def _of_mistake(message: Message) -> str:
    left = message.work.to_inspect - message.work.inspected
    if not message.kept and not left:
        return OVER["mistaken"]
    called_off = "系误发，已经撤销。" if message.kept else "系误发，已经撤销，不再转移。"
    home = KEPT.format(n=_n(message.kept)) if message.kept else "已经转移出来的可以返回，返回后请报来。"
    return f"{called_off}{home}{GOES_ON.format(n=_n(left)) if left else ''}"


def _left(event: str, left: Left) -> str:
    """That it is warned no more, and what there is to do all the same: no wall is mended by that."""
    stays = []
    if left.danger:
        stays.append(f"{_n(left.danger)}户的房屋查出危险或者报了险情：这些户不要返回，还在家里的马上转移。")
    if left.inspect:
        stays.append(f"已经开始的、报了损坏的和已转移户的房屋，还有{_n(left.inspect)}栋要排查。")
    if left.doubtful:
        stays.append(f"登记在这里的{_n(left.doubtful)}栋房屋位置没有核实，可能还在影响范围内，请找到人。")
    if left.kept:
        stays.append(f"{_n(left.kept)}户暂时不能返回，原因见转移名单。")
    others = "其他" if left.danger or left.kept else ""
    if left.may:
        stays.append(f"{others}已经转移出来的可以返回，返回后请报来。")
    if left.wait:
        stays.append(f"{others}已经转移出来的先不要返回，等通知；有险情、有损坏的马上报来。")
    but = "除下面说的以外，" if left.danger or left.inspect or left.doubtful else ""
    over = f"现已不在预警范围内（预警已更正，或影响范围已缩小），{but}不再要求转移和排查。"
    return f"这里原列入“{event}”，{over}{''.join(stays)}"


def _warning(message: Message) -> str:
    issued = "" if message.issued_at is None else f"{_clock(message.issued_at)}"
    over = f"{message.over}。" if message.over else ""
    event = _without_time(message)
    if message.warning in event:
        return f"{issued}{event}。{over}"
    named = f"（{event}）" if event and event != message.place else ""
    return f"{issued}{message.warning}{named}。{over}"


def _without_time(message: Message) -> str:
    """The event as it is spoken of: without the time that the program has put behind its name, and the kind before it.

    When the warning was issued and of what kind it is has just been said.
    """
    name = message.untimed or message.event
    if name == message.event:
        return name
    kinds = (message.warning[:n] for n in range(len(message.warning), 0, -1))
    return name.removesuffix(next((kind for kind in kinds if name.endswith(kind)), ""))


def _concerned(found: ReadFigures) -> str:
    waiting = f"另有无房户{_n(found.without_home)}户原住在影响范围内，请问清现住何处" if found.without_home else ""
    if not (found.houses or found.uncertain):
        beside = f"{waiting}。" if waiting else ""
        return f"影响范围内没有登记的农房，请核实有没有未登记的住人房屋和工棚。{beside}"
    parts = [f"影响范围内{_n(found.households)}户、{_n(found.people)}人"]
    if found.households_without_size:
        parts[0] += f"（另{_n(found.households_without_size)}户未填人数）"
    parts.append(f"农房{_n(found.houses)}栋")
    if found.dangerous:
        parts.append(f"其中C、D级{_n(found.dangerous)}栋")
    if found.suspected:
        parts.append(f"疑似危房{_n(found.suspected)}栋")
    if found.uncertain:
        parts.append(f"另有{_n(found.uncertain)}栋位置不确定，也要找到人")
    if waiting:
        parts.append(waiting)
    said = "，".join(parts) + "。"
    traits = [f"{TRAIT.label(code)}{_n(count)}户" for code, count in found.traits.items() if count]
    return said + (f"需要先照顾的：{'、'.join(traits)}。" if traits else "")


def _work(message: Message) -> str:
    """What is on the lists: of those to be moved, and once the disaster is over of the houses to be inspected."""
    work, is_over = message.work, message.phase == "aftermath"
    said = ""
    if work.due and not (is_over and work.moved == work.due):
        unsized = f"（另{_n(work.unsized)}户未填人数）" if work.unsized else ""
        said = f"转移名单上应转{_n(work.due)}户、{_n(work.people)}人{unsized}，已登记转移{_n(work.moved)}户。"
    if is_over and work.to_inspect:
        said += f"应排查{_n(work.to_inspect)}栋，已排查{_n(work.inspected)}栋。"
    return said


def _n(value: int) -> str:
    return f"{value:,}"


def _clock(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{local.day}日{local:%H:%M}"
