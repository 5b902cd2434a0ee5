"""What a warning warns of: kind, colour, response level, and what is done with it (发布, 升级, 解除 …). Pure."""

import re
from dataclasses import dataclass, replace

from geo_housing.hazards.bulletin.undone import DENIED, none_of_it, open_after, open_before, open_turn
from geo_housing.hazards.cap_words import LEVELS, kind_of_words

COLOURS = {"红": "red", "橙": "orange", "黄": "yellow", "蓝": "blue"}
# By law four levels: I is red, IV is blue (domain.md 10.1). An emergency response has I to IV, too: another thing.
_NUMBER = {
    "I": "I", "II": "II", "III": "III", "IV": "IV", "一": "I", "二": "II", "三": "III", "四": "IV",
    "1": "I", "2": "II", "3": "III", "4": "IV", "V": "IV",
}  # fmt: skip
_RESPONSES = ("I", "II", "III", "IV")
LEVEL_OF_NUMBER = dict(zip(_RESPONSES, LEVELS, strict=True))

KINDS = (
    "山洪地质灾害|山洪|中小河流洪水|江河洪水|洪水|洪涝|地质灾害|滑坡|泥石流|水库泄洪|泄洪|暴雨|暴雪|雷暴大风|雷雨大风|大风|冰雹|寒潮|"
    "强对流|雷电|台风|高温|干旱|道路结冰|道路冰雪|大雾|霜冻|霾|沙尘暴|沙尘|低温|强降温|森林草原火险|森林火险|草原火险|火灾|地震|"
    "城市内涝|内涝|渍涝|强降雨|强降水|龙卷"
)
_N = r"(?:IV|III|II|I|[一二三四1-4])"
_FILL = r"(?:灾害)?(?:事件)?(?:天气)?(?:气象)?(?:灾害)?(?:风险)?(?:等级)?(?:(?:立即|准备)转移)?"
_GRADE = rf"(?P<level>[红橙黄蓝](?=色|预警|\)|警)色?|{_N}级)"
_END = r"(?:等级)?(?:预警(?:信号|信息)?|警报|(?<=[红橙黄蓝])警(?![戒示惕察报]))"
_AND = "(?:[、,和与及/+]|以及)"
# Kind before the colour or after it; the word 预警 must stand, or the colour is no warning's.
SIGNAL = re.compile(
    rf"(?P<kind>{KINDS})?{_FILL}\(?{_GRADE}\)?(?:\((?P<also>[红橙黄蓝])色?\))?(?P<kind2>{KINDS})?{_FILL}{_END}"
    rf"|(?P<kind3>{KINDS}){_FILL}{_END}(?!(?:级别|等级|颜色|类型|类别|区域|内容|时间)(?:为|:))|(?P<kind4>地震)(?:信息|速报|消息)"
    rf"|发生(?:里氏|MS|M)?\d(?:\.\d)?级左?右?(?P<kind7>地震)"
    # A form: 预警等级：橙色 预警类型：山洪灾害
    rf"|(?:预警|灾害)(?:信号|信息)?(?:类型|类别|种类|名称)(?:为|:)(?P<kind8>{KINDS})(?!{_FILL}\(?[红橙黄蓝]|{_FILL}{_END}(?!(?:级别|等级|颜色)(?:为|:)))"
    rf"|(?:预警|风险)(?:信号)?(?:等级|级别|颜色)(?:为|:)\(?(?P<level2>[红橙黄蓝]色?|{_N}级)"
    # Several that share one 预警信号: 暴雨红色、大风黄色预警信号; 暴雨、大风橙色预警信号.
    rf"|(?P<kind5>{KINDS}){_FILL}\(?(?P<level5>[红橙黄蓝]色?)\)?"
    rf"(?=(?:{_AND}(?:{KINDS}){_FILL}\(?[红橙黄蓝]色?\)?){{1,4}}{_FILL}{_END})"
    # 暴雨红色（甲、乙）、橙色（丙）预警
    rf"|(?P<kind9>{KINDS}){_FILL}(?P<level9>[红橙黄蓝]色)(?=\([^()]{{2,60}}\)(?:{_AND}[红橙黄蓝]色\([^()]{{2,60}}\)){{0,3}}{_END})"
    rf"|(?P<kind6>{KINDS})(?=(?:{_AND}(?:{KINDS})){{1,4}}{_FILL}\(?(?P<level6>[红橙黄蓝](?=色|预警)色?)\)?{_FILL}{_END})"
)
# Where a change goes: 由黄色升级为(暴雨)红色(预警信号).
_UP = "连升[两二三]级|升级|提升|上调|升格|提高|调高|升"
_DOWN = "连降[两二三]级|降级|降低|下调|调低|降"
_OTHER = "变更|更新|更改|调整|改发|改|转"
# 橙色→红色
_ARROW = "[→⇒➔➜]|[-=—]+>"
# 昨天23时50分发布的暴雨橙色预警今天2时升级为红色
_WHEN = r"(?:[于在]?(?:[今昨当][天日]|\d{1,2}月\d{1,2}[日号]|\d{1,2}[日号])?(?:凌晨|清晨|早上|上午|中午|下午|傍晚|晚上|夜间)?\d{1,2}(?:[时点](?:\d{1,2}分?|半|整)?|:\d{2}))"
# Between the old one and the verb: 已, 再次, 直接; 预警信号，今天2时升级.
_MID = rf"(?:,(?={_WHEN}))?(?:现|已|再次|直接|进一步|正式|拟|将)*{_WHEN}?(?:现|已|再次|直接|进一步|正式|由县气象台)*"
_TURN = re.compile(
    rf"(?:(?P<kind>{KINDS})?{_FILL}\(?(?P<was>[红橙黄蓝]色?)\)?{_FILL}(?:预警)?(?:信号|信息)?{_MID})?"
    # 变更暴雨橙色预警信号为暴雨红色预警信号 is read below.
    rf"(?P<verb>{_UP}|{_DOWN}|{_OTHER}|(?<=[红橙黄蓝]色)(?:{_ARROW}))(?!(?:{KINDS}){_FILL}\(?[红橙黄蓝]色?\)?{_FILL}预警(?:信号|信息)?为)(?:发布)?(?:为|至|到|成)?(?P<kind2>{KINDS})?{_FILL}"
    rf"\(?(?P<now>[红橙黄蓝](?:色|(?=预警)))\)?{_FILL}(?:预警(?:信号|信息)?)?"
)
# 变更7月12日00时20分发布的暴雨橙色预警信号为暴雨红色预警信号: the verb stands before.
_AS = re.compile(
    rf"(?P<kind>{KINDS})?{_FILL}\(?(?P<was>[红橙黄蓝]色?)\)?{_FILL}预警(?:信号|信息)?为(?P<kind2>{KINDS})?{_FILL}"
    rf"\(?(?P<now>[红橙黄蓝](?:色|(?=预警)))\)?{_FILL}(?:预警(?:信号|信息)?)?"
)
VERBS = {
    "解除": "lift", "取消": "lift", "撤销": "lift", "终止": "lift", "结束": "lift",
    "继续发布": "continue", "继发布": "continue", "继续": "continue", "维持": "continue", "延续": "continue",
    "仍为": "continue", "仍执行": "continue", "仍处于": "continue",
    "升级": "upgrade", "提升": "upgrade", "上调": "upgrade", "升格": "upgrade", "提高": "upgrade", "调高": "upgrade",
    "连升两级": "upgrade", "连升二级": "upgrade", "连升三级": "upgrade", "升": "upgrade",
    "连降两级": "downgrade", "连降二级": "downgrade", "连降三级": "downgrade", "降级": "downgrade", "降低": "downgrade", "下调": "downgrade", "调低": "downgrade", "降": "downgrade",
    "变更": "change", "更新": "change", "更改": "change", "调整": "change", "改发": "change", "改": "change", "转": "change",
    "联合发布": "issue", "发布": "issue", "签发": "issue", "发出": "issue", "启动": "response",
}  # fmt: skip
VERB = re.compile(
    "解除|取消|撤销|终止|结束|继续发布|继发布|继续|维持|延续|仍为|仍执行|仍处于|升级|提升|降级|变更|更新|发布|签发|发出|启动"
)
_RESPONSE = re.compile(
    rf"(?P<level>{_N}级)\)?(?P<kind>{KINDS}|防汛|抗旱|救助|自然灾害救助)?(?:应急)?(?:\([红橙黄蓝]色\))?响应"
)
_RESPONSE_TURN = re.compile(
    rf"(?:(?P<was>{_N})级)?(?:(?:防汛|抗旱|防汛抗旱|防汛防台)?应急响应(?:级别)?)?(?:由(?P<was2>{_N})级)?"
    rf"(?P<verb>{_UP}|{_DOWN}|调整)(?:为|至|到)(?:防汛)?(?P<level>{_N}级)"
)
_BEFORE_RESPONSE = re.compile(rf"(?P<kind>{KINDS}|防汛|抗旱|救助)(?:抗旱|灾害)?(?:救助)?$")
# What is only planned or asked for does not lift: 拟于今天14时解除, 研判是否解除, 申请解除.
PLANNED = re.compile(
    "(?:拟|计划|预计|有望|打算|争取|准备|请求|申请|建议|提议|是否|能否|可否|考虑|研判)[^。;!:,]{0,24}?$"
)
# Words around 解除 that do not lift.
NOT_LIFTED = re.compile(
    r"(?:[未不没待至到]|没有|等(?!乡|镇|嘎|苏|村|地|区|部|多|个|\d|[一二两三四五六七八九十]))[^ ,。;:]{0,4}?$"
)
_RELEASE = re.compile(r"(?:开闸|提闸)?(?:下泄流量|泄洪|泄流|溢洪|放水|预泄)")
_RELEASE_BEGINS = re.compile(
    r"开闸|提闸|开始泄洪|将泄洪|泄洪的|泄洪公告|泄洪通知|泄洪预警|泄洪通告|加大泄|泄洪流量|溢洪|泄洪结束|停止泄洪|结束泄洪|泄洪(?:将|已)?于[^。;!,]{2,16}结束|下泄流量|预泄"
    r"|(?:[时点分起]|定于|拟于|将于)[^。;!,:]{0,16}?(?:泄洪|泄流|放水)"
)
_RELEASE_ENDS = re.compile("泄洪(?:将|已)?(?:于[^。;!,]{2,16})?结束|停止泄洪|结束泄洪")
_NOTICE = re.compile("通知|通告|公告|通报")
_ENDED = re.compile("解除|终止|结束")
_KEPT = re.compile(
    "的?(?:有效时间|有效期|时效)?(?:均|都)?(继续(?:保持)?(?:生效|有效|保留|执行)|(?:仍然?|还)(?:将|在)?(?:继续)?(?:生效|有效|保留|维持|保持|执行)"
    "|延长|维持(?:不变)?|保持不变|不变|(?:[暂尚仍还])?(?:[不未没]|没有)(?:予|能|得|作)?(?:解除|取消))"
)
# 昨日20时发布的暴雨红色预警信号现继续发布
_ISSUED_ON = re.compile(",?(?:现|现在|目前|今)?(?:决定)?(?:予以)?(继续发布)(?=[,。:]|$)")
_IN_FORCE = re.compile("(?:同步|同时|已|正在|现已)?(?:发布)?(生效)(?!时间|期|前|后)")
_OF_RESPONSE = re.compile(rf"(?:信号)?\(?(?:{_N}级)?\)?(?:应急|联动)响应")
# 将暴雨橙色预警范围扩大至甲、乙
_GROWN = re.compile("(?:信号)?的?(?:影响)?(?:范围|区域)(?:再|进一步)?(扩大|扩展|增加)")
# 发布暴雨红色预警，7月13日5时已解除; not 已解除大风预警, which is another one.
_LIFTED = re.compile(
    rf"(?:,(?:现|目前)?{_WHEN}?(?:现|均)?已经?|现?已?|同时|同步|随之|自动)(?:予以)?(?:于[^。;!,:]{{1,16}}?)?(解除|取消)(?!前|后|[^,。;!]{{0,14}}预警)"
)


@dataclass(frozen=True)
class Words:
    """A code word and where it was read in the plain text."""

    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Signal:
    """One statement of a warning in the plain text, from ``start`` to ``end``, its verb included.

    ``undone``: the words that say that it has not been done, their value how (undone.py); then it has no action.
    ``deed``: what has not been done.
    """

    start: int
    end: int
    action: Words | None
    kind: Words | None
    level: Words | None
    former_level: Words | None = None
    response_level: Words | None = None
    undone: Words | None = None
    deed: str = "issue"


def signals_in(text: str, start: int, end: int) -> list[Signal]:
    """All statements of ``text[start:end]`` in their order, none inside another: a change before the signals that it names."""
    turns = [
        _unless_open(text, start, one, _turn(one, _words(one, "verb", VERBS.get(one["verb"], "change"))))
        for one in _TURN.finditer(text, start, end)
    ]
    for found in _AS.finditer(text, start, end):
        if verb := _last_verb(text, max(start, found.start() - 60), found.start()):
            turns.append(_turn(found, verb))
    for found in _RESPONSE_TURN.finditer(text, start, end):
        if "响应" in text[max(start, found.start() - 12) : found.end() + 12]:
            turns.append(_response_turn(text, start, found))
    single = [_response(text, start, one) for one in _RESPONSE.finditer(text, start, end)]
    single += [_signal(text, start, end, one) for one in SIGNAL.finditer(text, start, end)]
    kept: list[Signal] = []
    for rank in (_apart(turns), _apart(single)):
        taken = [(one.start, one.end) for one in kept]
        n = 0
        for one in rank:
            while n < len(taken) and taken[n][1] <= one.start:
                n += 1
            if n == len(taken) or taken[n][0] >= one.end:
                kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def lifts_only(text: str) -> bool:
    """Whether a headline lifts a warning and says nothing of one that goes on; the end of a response (应急响应) lifts none."""
    said = [one for one in signals_in(text, 0, len(text)) if one.response_level is None]
    actions = [one.action and one.action.value for one in said]
    return "lift" in actions and set(actions) <= {"lift", None}


def _apart(signals: list[Signal]) -> list[Signal]:
    """In order, the longest of those that begin together, none that begins within another."""
    kept: list[Signal] = []
    for one in sorted(signals, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def release_in(text: str, start: int, end: int) -> Signal | None:
    """A reservoir that lets water out, in a text without a warning signal."""
    begins = _RELEASE_BEGINS.search(text, start, end)
    found = _RELEASE.search(text, max(start, begins.start() - 2), end) if begins else None
    if found is None or text.find("水库", start, end) < 0:
        return None
    kind = Words("dam_release", found.start(), found.end())
    verb = VERB.search(text, start, end)
    action = None
    if ended := _RELEASE_ENDS.search(text, start, end):
        action = Words("lift", ended.start(), ended.end())
    elif verb and VERBS[verb[0]] in ("issue", "lift"):
        action = Words(VERBS[verb[0]], verb.start(), verb.end())
    elif notice := _NOTICE.search(text, start, end):
        action = Words("issue", notice.start(), notice.end())
    return Signal(found.start(), found.end(), action, kind, None)


def _turn(found: re.Match[str], verb: Words) -> Signal:
    now = _words(found, "now", COLOURS[found["now"][0]])
    was = _words(found, "was", COLOURS[found["was"][0]]) if found["was"] else None
    if was is not None:
        verb = Words(direction(was.value, now.value), verb.start, verb.end)
    kind = _kind(found, "kind2") or _kind(found, "kind")
    return Signal(found.start(), found.end(), verb, kind, now, was)


def _unless_open(text: str, start: int, found: re.Match[str], turn: Signal) -> Signal:
    """A change that is only planned, or denied, has not been made."""
    opened = open_turn(text, _clause(text, start, found.start()), found.start(), found.start("verb"))
    if opened is None or turn.action is None:
        return turn
    words = Words(opened[1], opened[0], found.end("verb"))
    return replace(turn, start=min(turn.start, opened[0]), action=None, undone=words, deed=turn.action.value)


def _clause(text: str, start: int, at: int) -> int:
    return max(start, *(text.rfind(mark, start, at) + 1 for mark in "。;!:,"))


def direction(was: str, now: str) -> str:
    """What a change from one colour to another is."""
    return _direction(LEVELS, was, now)


def _direction(order: tuple[str, ...], was: str, now: str) -> str:
    """What a change from one level to another is; ``order`` begins with the highest."""
    up = order.index(was) - order.index(now)
    return "upgrade" if up > 0 else "downgrade" if up < 0 else "change"


def _response_turn(text: str, start: int, found: re.Match[str]) -> Signal:
    level = _words(found, "level", _NUMBER[found["level"][:-1]])
    action = VERBS[found["verb"]]
    if was := found["was"] or found["was2"]:
        action = _direction(_RESPONSES, _NUMBER[was], level.value)
    kind = _kind_before(text, start, found.start())
    return Signal(found.start(), found.end(), _words(found, "verb", action), kind, None, response_level=level)


def _response(text: str, start: int, found: re.Match[str]) -> Signal:
    level = _words(found, "level", _NUMBER[found["level"][:-1]])
    verb = _last_verb(text, max(start, found.start() - 20), found.start())
    if ended := _ENDED.match(text, found.end()):
        verb = Words("lift", ended.start(), ended.end())
    elif verb is not None and verb.value != "lift":
        verb = Words("response", verb.start, verb.end)
    kind = _words(found, "kind", _response_kind(found["kind"])) if found["kind"] else None
    kind = kind or _kind_before(text, start, found.start())
    return Signal(found.start(), found.end(), verb, kind, None, response_level=level)


def _kind_before(text: str, start: int, at: int) -> Words | None:
    before = max(start, at - 12)
    found = _BEFORE_RESPONSE.search(text[before:at])
    if not found:
        return None
    return Words(_response_kind(found["kind"]), before + found.start("kind"), before + found.end("kind"))


def _response_kind(word: str) -> str:
    return "flood" if word == "防汛" else kind_of_words(word)


def _signal(text: str, start: int, end: int, found: re.Match[str]) -> Signal:
    level = None
    if group := next((name for name in ("level", "level2", "level5", "level6", "level9") if found[name]), None):
        code = COLOURS.get(found[group][0]) or LEVEL_OF_NUMBER[_NUMBER[found[group][:-1]]]
        level = _words(found, group, code)
    groups = ("kind", "kind2", "kind3", "kind4", "kind5", "kind6", "kind7", "kind8", "kind9")
    kind = next((kind for group in groups if (kind := _kind(found, group)) is not None), None)
    action = _last_verb(text, max(start, found.start() - 40), found.start())
    if lifted := _LIFTED.match(text, found.end(), end):
        action = Words("lift", lifted.start(1), lifted.end(1))
    elif kept := _KEPT.match(text, found.end(), end):
        action = Words("continue", kept.start(1), kept.end(1))
    elif _is_named_only(text, action) and (goes_on := _ISSUED_ON.match(text, found.end(), end)):
        action = Words("continue", goes_on.start(1), goes_on.end(1))
    elif action is None and (grown := _GROWN.match(text, found.end(), end)):
        action = Words("change", grown.start(1), grown.end(1))
    elif action is None and (in_force := _IN_FORCE.match(text, found.end(), end)):
        action = Words("issue", in_force.start(1), in_force.end(1))
    made = Signal(found.start(), found.end(), action, kind, level)
    if action is not None and action.value != "response" and (of := _OF_RESPONSE.match(text, found.end(), end)):
        # 终止暴雨红色预警应急响应 ends the response.
        return replace(
            made, action=None, undone=Words("response", min(action.start, found.start()), of.end()), deed=action.value
        )
    if (none := none_of_it(text, _clause(text, start, found.start()), found.start())) is not None:
        return replace(made, action=None, undone=Words(DENIED, none, found.end()))
    after = open_after(text, found.end(), end)
    if after is not None and _is_named_only(text, action):
        first, last, how, verb = after
        return replace(made, action=None, undone=Words(how, first, last), deed=VERBS[verb])
    return made if action is not None else _with_open(text, start, made)


def _is_named_only(text: str, action: Words | None) -> bool:
    return action is None or (action.value == "issue" and text.startswith("的", action.end))


def _with_open(text: str, start: int, signal: Signal) -> Signal:
    """With the words before it that leave its verb undone."""
    begins = _clause(text, max(start, signal.start - 40), signal.start)
    for verb in VERB.finditer(text, begins, signal.start):
        if opened := open_before(text, begins, verb.start()):
            return replace(signal, undone=Words(opened[1], opened[0], verb.end()), deed=VERBS[verb[0]])
    return signal


def _last_verb(text: str, start: int, end: int) -> Words | None:
    """What is done, from the words of the same sentence before a signal: the outermost verb (解除…发布的…)."""
    start = _clause(text, start, end)
    verbs = [one for one in VERB.finditer(text, start, end) if not _is_open(text, start, one)]
    if not verbs:
        return None
    # 解除…发布的暴雨红色预警信号, 升级发布: the first verb says it, 发布 only where it stands alone.
    first = next((one for one in verbs if VERBS[one[0]] != "issue"), verbs[0])
    return Words(VERBS[first[0]], first.start(), first.end())


def _is_open(text: str, start: int, verb: re.Match[str]) -> bool:
    """Whether what is done is not done: 未解除, 拟于14时解除."""
    before = text[start : verb.start()]
    is_planned = VERBS[verb[0]] == "lift" and PLANNED.search(before) is not None
    return (
        is_planned or NOT_LIFTED.search(before[-6:]) is not None or open_before(text, start, verb.start()) is not None
    )


def _kind(found: re.Match[str], group: str) -> Words | None:
    return _words(found, group, kind_of_words(found[group])) if found[group] else None


def _words(found: re.Match[str], group: str, value: str) -> Words:
    return Words(value, found.start(group), found.end(group))
