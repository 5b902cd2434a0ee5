"""The one thing to do next at an event, with the figures it will touch and a sentence what it does. No session here."""

from dataclasses import dataclass

from geo_housing.calls.board import NO_CALLS_LEFT, CallsLeft
from geo_housing.inspections.anew import NOTHING, Anew
from geo_housing.response.phases import RESPOND_IN, Open


@dataclass(frozen=True)
class GroundLeft:
    """A township that has not entered 灾后排查, with its inspections that wait (栋) and those that would start once more."""

    code: str
    name: str
    prepared: int
    anew: Anew = NOTHING


@dataclass(frozen=True)
class CalledOff:
    """What 误发撤销 takes back: inspections (项) that are not begun, families (户) on the list of whom nothing was entered."""

    tasks: int
    households: int

    @property
    def sentence(self) -> str:
        """Both, and what stays."""
        if not self.tasks and not self.households:
            return "没有尚未开始的排查任务，转移名单上也没有要撤下的户；已经开始的任务、已经登记的户不变。"
        return f"撤回尚未开始的排查任务 {self.tasks:,} 项，{self.households:,} 户从转移名单撤下；已经开始的任务、已经登记的户不变。"


@dataclass(frozen=True)
class Situation:
    """Where an event stands, in 栋 within the reader's area.

    ``has_tasks``: tasks were given for all of the reader's area. ``affected`` includes the uncertain ones; ``to_withdraw``
    left the zones and are not begun; ``to_open`` are houses in the zones without a task (registered or moved since).
    ``leads``: the reader's area holds the whole event, so phases are theirs to change. ``message_status``: of the warning
    message that it came from; only Actual ones (and events without message) give tasks. ``is_lifted``: none of its warnings
    is in force any more, which ends nothing by itself.

    In 户: ``to_move`` (and their people) the first respond would put on the list of those to be moved, ``moves_left`` left
    the zones and would be taken off it, ``not_moved`` stand on it. ``counts_later``: too many to be counted at once.
    ``to_list`` must be moved as register and standing areas are by now and are not on the list, ``to_renew`` stand there
    otherwise than they say now; ``to_hasten`` 栋 became more urgent, of ``to_restate`` others
    the reasons are no longer those that are said.

    ``phase`` is that of the reader's own ground, where their area lies in one. ``own_ground``: the township that they may let
    enter 灾后排查 for itself (None: it has, or the event is theirs to lead), ``own_is_lifted``: no warning is in force there.
    ``lifted``: grounds that could enter because theirs is lifted while it is not for others; ``entered`` have entered.
    ``to_start``: tasks (栋) that wait on ground that has entered, because their house moved there. ``called_off``: what a
    declared mistake (误发撤销) would take back, None where the reader is no person of the county, who alone declares it.
    ``unsafe``: 栋 that nobody may live in and whose families are not safely housed; ``calls``: divisions that nobody has
    reached, or that were called before it was called off, or before they left the zones, and are not told yet;
    ``has_expired``: the time that the warnings stated is over and nobody has said that the inspections begin;
    ``again``: 栋 that were looked at before a renewed warning only; ``to_name``: 户 told by telephone and not named;
    ``to_conclude``: 栋 that wait for a technician; ``away``: 户 who have not come home;
    ``told_only``: 栋 whose warnings are only to be known; ``anew``: what entering would start again.
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
    message_status: str = "Actual"
    is_lifted: bool = False
    to_move: int = 0
    to_move_people: int = 0
    to_move_unsized: int = 0
    moves_left: int = 0
    to_list: int = 0
    to_renew: int = 0
    to_hasten: int = 0
    to_restate: int = 0
    not_moved: int = 0
    counts_later: bool = False
    own_ground: str | None = None
    own_is_lifted: bool = False
    lifted: tuple[GroundLeft, ...] = ()
    entered: int = 0
    to_start: int = 0
    called_off: CalledOff | None = None
    unsafe: int = 0
    calls: CallsLeft = NO_CALLS_LEFT
    has_expired: bool = False
    again: int = 0
    to_name: int = 0
    to_conclude: int = 0
    away: int = 0
    told_only: int = 0
    anew: Anew = NOTHING

    @property
    def open_(self) -> Open:
        """What would be left open if the event were closed now."""
        return Open(
            self.unfinished, self.not_moved, self.unsafe, self.again, self.calls, self.to_name, self.to_conclude
        )

    @property
    def stays_away(self) -> str:
        """That who is away comes home after the end, too, which nobody need give a reason for; empty where nobody is."""
        return f"还有 {self.away:,} 户没有返回，返回后仍在“转移避险”登记。" if self.away else ""

    @property
    def is_over(self) -> bool:
        """Whether the warnings are over, lifted or past their time; that the disaster is, a person says."""
        return self.is_lifted or (self.has_expired and self.has_tasks)

    @property
    def may_give_tasks(self) -> bool:
        """Whether the phase and the message allow tasks at all."""
        return self.phase in RESPOND_IN and self.message_status == "Actual"


@dataclass(frozen=True)
class NextStep:
    """``act`` is respond, phase with ``phase``, or grounds with ``areas``; ``ask_reason``: a reason must be typed.

    ``confirm``: it cannot be taken back, and is done only after this has been read.
    """

    act: str
    label: str
    sentence: str
    phase: str | None = None
    ask_reason: bool = False
    expired: bool = False
    confirm: str | None = None
    areas: tuple[str, ...] = ()


def next_step(now: Situation) -> NextStep | None:
    """What the main button does; None when one waits for others, or all is over."""
    if now.phase in ("closed", "mistaken") or not now.has_zones:
        return None
    if now.phase == "draft":
        if now.message_status != "Actual":
            return None
        return _phase(now, "warning", "确认事件", "确认后进入“预警响应”，可以下达任务；现在还没有下达任何任务。")
    lifted = now.is_over and now.phase in ("warning", "ongoing") and now.leads
    if now.may_give_tasks and not lifted:
        tasks = _tasks(now)
        if tasks is not None:
            return tasks
    if now.phase in ("warning", "ongoing"):
        if not now.has_tasks and not lifted:
            return None
        if now.own_ground is not None:
            return _own_ground(now) if now.own_is_lifted or now.has_expired else None
        if now.leads and now.lifted and not lifted:
            return _lifted_grounds(now)
        begins = _over_said(now.is_lifted, now.has_expired)
        if now.not_moved:
            begins += f"还有 {now.not_moved:,} 户没有转移，名单保留。"
        if not now.has_tasks:
            sentence = "预警已解除，还没有下达任务。进入“灾后排查”后再下达，从那时起按优先级起算完成时限。"
            return _phase(now, "aftermath", "进入灾后排查", sentence, confirm=_confirm_aftermath(now))
        others = f"已有 {now.entered} 个乡镇先行进入。" if now.entered else ""
        if now.prepared or not now.anew.houses:
            enters = f"灾害过程结束后进入：{now.prepared:,} 栋待开始的任务转为待排查，按优先级从现在起算完成时限。"
        else:
            enters = "灾害过程结束后进入。"
        sentence = begins + others + enters + now.anew.sentence
        return _phase(now, "aftermath", "进入灾后排查", sentence, confirm=_confirm_aftermath(now))
    if now.open_.sentence or (now.affected and not now.done):
        return None
    seen = f"{now.done:,} 栋已全部排查。" if now.done else "没有需要排查的农房。"
    return _phase(now, "closed", "结束事件", f"{seen}结束后不能再下达任务，结果保留。{now.stays_away}")


def _tasks(now: Situation) -> NextStep | None:
    if now.affected > now.told_only and not now.has_tasks:
        beside = f"（其中位置不确定 {now.uncertain:,} 栋）" if now.uncertain and not now.told_only else ""
        waiting = "" if now.phase == "aftermath" else "，待开始；进入“灾后排查”后起算时限"
        houses = now.affected - now.told_only
        sentence = f"为影响范围内 {houses:,} 栋农房{beside}各下达一项应急排查任务{waiting}。不改变安全等级。"
        if now.told_only:
            sentence += f"另有 {now.told_only:,} 栋的预警只需掌握，不下达任务。"
        if now.to_move:
            sized = f"其中 {now.to_move_unsized:,} 户未填人数。" if now.to_move_unsized else ""
            sentence = f"按规则应转移 {now.to_move:,} 户 {now.to_move_people:,} 人，列入转移名单。{sized}" + sentence
        if now.is_expired:
            sentence = "这条预警已经失效，请核对后再下达。" + sentence
        label = "下达转移任务" if now.to_move else "下达任务"
        return NextStep("respond", label, sentence, expired=now.is_expired)
    lacking = (
        f"下达任务以后，影响范围内新登记或改了位置的农房有 {now.to_open:,} 栋还没有任务，为它们补下达。"
        if now.to_open
        else ""
    )
    behind = _moves_behind(now)
    if now.to_withdraw or now.moves_left:
        sentence = ""
        if now.to_withdraw and now.to_open:
            sentence = f"有 {now.to_withdraw:,} 栋已不在影响范围内（或已终止登记）且尚未开始排查，将撤销它们的任务；已开始的保留。"
        elif now.to_withdraw:
            sentence = f"有 {now.to_withdraw:,} 栋已不在影响范围内（或已终止登记）且尚未开始排查，将撤销它们的任务；已开始的保留，新增的已经下达。"
        if now.moves_left:
            sentence += f"有 {now.moves_left:,} 户已不在影响范围内（或房屋已终止登记）且没有转移，将从转移名单撤下。"
        return NextStep("respond", "按新范围更新任务", sentence + lacking + behind)
    if now.to_open:
        return NextStep("respond", "补下达任务", lacking + behind)
    if behind:
        label = "补列转移名单" if now.to_list else "更新转移名单" if now.to_renew else "更新任务"
        return NextStep("respond", label, behind)
    if now.to_start:
        sentence = f"有 {now.to_start:,} 栋改了位置，现在所在的乡镇已进入灾后排查，它们的任务还没有起算时限。"
        return NextStep("respond", "起算时限", sentence)
    return None


def _moves_behind(now: Situation) -> str:
    """What register and standing areas say otherwise by now than when tasks were given; empty when all agrees."""
    if now.own_is_lifted:
        return ""
    said = ""
    if now.to_list:
        said += f"下达任务以后台账或灾害易发地有变化，按规则应转移的还有 {now.to_list:,} 户不在转移名单上，补列进去。"
    if now.to_renew:
        said += f"名单上有 {now.to_renew:,} 户的转移理由、先后、人数或住处有变化，按现在的台账和灾害易发地更新；已登记的转移情况不变。"
    if now.to_hasten:
        said += f"{now.to_hasten:,} 栋的排查优先级提高。"
    if now.to_restate:
        said += f"{now.to_restate:,} 栋的排查理由有变化，按现在的台账和灾害易发地更新；优先级不降低。"
    return said


def _own_ground(now: Situation) -> NextStep:
    """The reader's own township enters, because the warning is lifted there."""
    if now.prepared or not now.anew.houses:
        enters = f"进入后 {now.prepared:,} 栋待开始的任务转为待排查，按优先级从现在起算完成时限；其他乡镇不受影响。"
    else:
        enters = "其他乡镇不受影响。"
    sentence = _over_said(now.own_is_lifted, now.has_expired) + enters + now.anew.sentence
    if now.not_moved:
        sentence = f"还有 {now.not_moved:,} 户没有转移，名单保留。{sentence}"
    assert now.own_ground is not None
    return NextStep(
        "grounds",
        "本乡镇进入灾后排查",
        sentence,
        confirm=_confirm_ground(now.prepared + now.anew.houses),
        areas=(now.own_ground,),
    )


def _over_said(is_lifted: bool, has_expired: bool) -> str:
    if is_lifted:
        return "预警已解除，任务一项没有撤销。"
    return "预警已到期，任务一项没有撤销；还在续发的，请先登记新的预警。" if has_expired else ""


@dataclass(frozen=True)
class Before:
    """What comes before the main button: what to do, and the tab of the event on which it is done."""

    label: str
    tab: str


def before_that(now: Situation) -> Before | None:
    """What is to be done first where the main button only ends a phase: call, move people, house them. Lives first."""
    if now.phase in ("warning", "ongoing") and now.has_tasks and not now.is_over and not now.own_is_lifted:
        if now.calls.to_call:
            return Before(f"叫应：还有 {now.calls.to_call:,} 个没有叫应", "calls")
        if now.not_moved:
            return Before(f"转移避险：还有 {now.not_moved:,} 户未转", "evacuation")
        if now.calls.to_tell:
            return Before(f"叫应：还有 {now.calls.to_tell:,} 个已移出影响范围，叫过的没有告知", "calls")
    if now.phase == "aftermath" and not now.unfinished:
        if now.unsafe:
            return Before(f"还有 {now.unsafe:,} 栋农户没有安全居住", "conclusions")
        if now.not_moved:
            return Before(f"还有 {now.not_moved:,} 户未转", "evacuation")
        if now.to_conclude:
            return Before(f"还有 {now.to_conclude:,} 栋待评估", "conclusions")
        if now.to_name:
            return Before(f"电话报数里还有 {now.to_name:,} 户没有录姓名", "evacuation")
        if said := now.calls.sentence:
            return Before("叫应：" + said.partition("。")[0], "calls")
    return None


def _lifted_grounds(now: Situation) -> NextStep:
    """Some townships enter, because the warning is lifted there and not for the others."""
    waiting = sum(one.prepared for one in now.lifted)
    anew = sum((one.anew for one in now.lifted), NOTHING)
    names = "、".join(one.name for one in now.lifted)
    if waiting or not anew.houses:
        sentence = (
            f"预警已在 {len(now.lifted)} 个乡镇解除（{names}），任务一项没有撤销。让它们先进入：{waiting:,} 栋待开始的任务转为"
            "待排查，按优先级从现在起算完成时限；其他乡镇不受影响。"
        )
    else:
        sentence = (
            f"预警已在 {len(now.lifted)} 个乡镇解除（{names}），任务一项没有撤销。让它们先进入；其他乡镇不受影响。"
        )
    sentence += anew.sentence
    codes = tuple(one.code for one in now.lifted)
    return NextStep(
        "grounds", "已解除的乡镇进入灾后排查", sentence, confirm=_confirm_ground(waiting + anew.houses), areas=codes
    )


def _confirm_ground(waiting: int) -> str:
    """What entering touches for a township: times run, and only a new warning takes it back."""
    return (
        f"将有 {waiting:,} 栋的完成时限从现在起算，不能改晚；进入以后只有新的预警才使乡镇回到预警响应。"
        "请确认那里的灾害过程已经结束。"
    )


def _phase(now: Situation, phase: str, label: str, sentence: str, *, confirm: str | None = None) -> NextStep | None:
    return NextStep("phase", label, sentence, phase=phase, confirm=confirm) if now.leads else None


def _confirm_aftermath(now: Situation) -> str:
    """What entering 灾后排查 touches: times run, and no hand takes it back, a new warning alone."""
    if not (starting := now.prepared + now.anew.houses):
        return "进入以后只有新的预警才使乡镇回到预警响应，请确认灾害过程已经结束。"
    return (
        f"将有 {starting:,} 栋的完成时限从现在起算；进入以后只有新的预警才使乡镇回到预警响应，请确认灾害过程已经结束。"
    )


@dataclass(frozen=True)
class OtherStep:
    """A further change of phase that is possible, and whether it asks a reason; ``areas``: of these townships alone.

    ``tabs``: the steps on which it is done what it would leave open, as phases.Open has them.
    """

    phase: str
    label: str
    sentence: str
    ask_reason: bool
    confirm: str | None = None
    areas: tuple[str, ...] = ()
    told_too: bool = False
    tabs: tuple[tuple[str, str], ...] = ()

    @property
    def act(self) -> str:
        """As NextStep has it."""
        return "respond" if self.told_too else "grounds" if self.areas else "phase"


def other_steps(now: Situation) -> tuple[OtherStep, ...]:
    """What else may be done with the phase; whose area does not hold the whole event may lead their own township only."""
    if now.own_ground is not None and now.has_tasks and not now.own_is_lifted and now.phase in ("warning", "ongoing"):
        sentence = "本乡镇的灾害过程已经结束，不等其他乡镇，先开始排查。"
        confirm = _confirm_ground(now.prepared + now.anew.houses)
        return (OtherStep("aftermath", "本乡镇进入灾后排查", sentence, False, confirm, (now.own_ground,)),)
    if not now.leads or now.phase == "mistaken":
        return ()
    if now.phase == "closed":
        return (OtherStep("aftermath", "重新开启", "重新开启为“灾后排查”，可以补充排查。", True),)
    found = []
    if now.told_only and now.may_give_tasks:
        sentence = f"{now.told_only:,} 栋的预警只需掌握，没有下达任务；确需排查的，为它们也下达。"
        found.append(OtherStep(now.phase, "也下达任务", sentence, False, told_too=True))
    if now.phase == "warning":
        found.append(OtherStep("ongoing", "进入灾中", "灾害正在发生；任务仍为待开始。", False))
    main = next_step(now)
    if now.phase in ("warning", "ongoing", "draft") and (main is None or main.phase != "aftermath"):
        sentence = "灾害已经发生（如地震），直接开始排查。"
        found.append(OtherStep("aftermath", "直接进入灾后排查", sentence, False, confirm=_confirm_aftermath(now)))
    if now.phase == "aftermath":
        if now.open_.sentence:
            sentence = now.open_.sentence + now.stays_away + "须写明原因。"
            found.append(OtherStep("closed", "提前结束", sentence, True, tabs=now.open_.tabs))
        elif main is None or main.phase != "closed":
            sentence = "结束后不能再下达任务，结果保留。" + now.stays_away
            found.append(OtherStep("closed", "结束", sentence, False))
    elif now.phase in ("warning", "ongoing"):
        left = now.open_.sentence
        asked = left + now.stays_away + "须写明原因。" if left else now.stays_away
        sentence = f"预警解除、没有受灾，结束事件；已下达的任务保留。{asked}"
        found.append(OtherStep("closed", "结束", sentence, bool(left), tabs=now.open_.tabs))
    if now.called_off is not None:
        sentence = now.called_off.sentence + "不能恢复，须写明原因。"
        found.append(OtherStep("mistaken", "误发撤销", sentence, True))
    return tuple(found)
