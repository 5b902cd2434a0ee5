"""What a text says of an act that has not been done: denied, only planned, or told by a rumour. Pure.

没有发布, 不会升级 deny it; 将解除, 拟于20时发布, 预计升级 announce it; 网传…系谣言 takes it back. 将橙色升级为红色 is done: 将 names there
what is changed, and something stands between it and the verb.
"""

import re

DENIED, PLANNED_ONLY = "denied", "planned"

_HOUR = r"\d{1,2}(?:[时点](?:\d{1,2}分?|半|整)?|:\d{2})"
_TIME = (
    rf"(?:(?:[今昨明后当次][天日晚晨早夜]?|\d{{4}}年|\d{{1,2}}月|\d{{1,2}}[日号]|凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜间"
    rf"|{_HOUR}|前后|左右|之后|以后|后|前|稍|未来|小时|\d{{1,2}}个?小时内?|近期|适时|及时|随时|视情|视情况|择机|按时|如期)*)"
)
_DENIAL = r"(?:没有?|[并尚还从暂]?未(?!来)|不会|不再|不予|不拟|暂不|并不|不曾|不能|无需|无须|不需要?|不必|(?<![不一])不(?=发布|升级|解除))"
_PLAN = r"(?:拟|计划|打算|预定|预计|预期|准备|考虑|研究|建议|申请|请求|请示|争取|有望|有可能|可能|或许?|不排除|是否|能否|可否|即将|马上|(?<![已现])将|要(?=发布|升级|解除))"
_SMALL = r"(?:[再又也正对于在自从由会就要至]|正式|对外|继续|重新|另行|进一步|统一|联合|全部|陆续)*"
# Directly before a verb, times and such small words between them.
_BEFORE = re.compile(
    rf"(?P<planned>{_PLAN}(?:{_SMALL}{_TIME}{_SMALL})(?:{_PLAN}{_SMALL})?)$"
    rf"|(?P<denied>{_DENIAL}(?:{_SMALL}|收到|接到|听说|[^,。;:!\d]{{0,3}}))$"
)
# 计划今晚将暴雨橙色预警升级, 预计21时将…降为: 将 names what is changed, a word before it says that it is only planned.
_BEFORE_OBJECT = re.compile(
    rf"(?:拟|计划|打算|预定|预计|准备|考虑|建议|申请|有可能|可能|或|不排除){_SMALL}{_TIME}(?:将|把|对)?(?:由|从)?(?:原)?$"
    r"|(?:预警(?:信号)?|信号)(?:等级|级别)?(?:拟|将|或|可能)(?:由|从)$"
)
_BETWEEN = re.compile(rf"(?P<planned>{_PLAN}){_SMALL}{_TIME}{_SMALL}$|(?P<denied>{_DENIAL}){_SMALL}$")
_AFTER = re.compile(
    rf"的?(?:信息|消息)?[,]?(?:目前|现|暂|均|都|今[天日晚])?(?:(?P<planned>{_PLAN}{_SMALL}{_TIME}{_SMALL}(?:予以)?)|(?P<denied>{_DENIAL}(?:正式|对外)?))"
    r"(?P<verb>解除|取消|撤销|发布|升级|降级|提升|调整)"
    r"|(?P<mistaken>(?:系|属|是|为)(?:误发|误操作|误报|测试|系统测试|系统故障))(?!为)"
)
# 目前没有暴雨红色预警, 未达到暴雨红色预警标准
_NONE_OF_IT = re.compile(
    "(?:没有|[暂并尚]?无|不存在|(?:[尚并]?未|没有?)(?:达到?|够)|达不到|不符合)(?:任何|新的|生效的|有效的|在?生效中?的)?$"
)
# 取消原定20时发布…的计划: nothing was issued that could be lifted.
_PLAN_DROPPED = re.compile(
    r"(?:取消|撤销|放弃|中止)[^。;!,:]{0,30}?(?:发布|升级|解除)[^。;!,:]{0,30}?(?:计划|打算|安排|方案|决定)|(?:取消|撤销|放弃)[^。;!,:]{0,24}?(?:发布|升级)(?:的)?(?:计划|打算|安排)"
)
_RUMOUR_BEFORE = re.compile(
    "谣传|网传|讹传|传言|传闻|流传|疯传|有人(?:说|称|传)|听说|冒充|冒名|假冒|谣言[:称说]|网上(?:说|称|有)"
)
_RUMOUR = re.compile(
    r"辟谣(?!平台|网站|小程序)|(?<![如凡])(?:[系属为]|皆是|都是|均是|这是|纯是)(?:网络|一[条则])?(?:谣言|谣传|不实|虚假|假消息|旧闻|误传)"
    r"|(?<!如)不属实|与(?:事实|实际)不符|并非(?:事实|真实)|(?:消息|信息|内容|截图|图片|视频|传言|文件)[^,。;!]{0,4}?(?:不实|不真实|是假的|系伪造)"
)


def open_before(text: str, start: int, at: int) -> tuple[int, str] | None:
    """Where words directly before ``at``, not before ``start``, begin that leave the verb there undone, and how."""
    begins = max(start, at - 40)
    found = _BEFORE.search(text[begins:at])
    return None if found is None else (begins + found.start(), _how(found))


def open_turn(text: str, start: int, found_at: int, verb_at: int) -> tuple[int, str] | None:
    """The same of a change from one level to another that begins at ``found_at``: before it, or before its verb."""
    begins = max(start, found_at - 40)
    if (led := _BEFORE_OBJECT.search(text[begins:found_at])) is not None:
        return begins + led.start(), PLANNED_ONLY
    between = _BETWEEN.search(text[max(begins, found_at) : verb_at])
    if between is not None:
        return found_at + between.start(), _how(between)
    return open_before(text, start, verb_at)


def none_of_it(text: str, start: int, at: int) -> int | None:
    """Where words directly before a signal at ``at`` begin that say that there is none."""
    begins = max(start, at - 12)
    found = _NONE_OF_IT.search(text[begins:at])
    return None if found is None else begins + found.start()


def open_after(text: str, at: int, end: int) -> tuple[int, int, str, str] | None:
    """预警信号将于20时解除: words at ``at``: where they and their verb begin and end, how, and the verb."""
    found = _AFTER.match(text, at, end)
    if found is None:
        return None
    if found["mistaken"]:
        return found.start(), found.end(), DENIED, "发布"
    return found.start(), found.end(), _how(found), found["verb"]


def dropped(text: str, start: int, at: int, end: int) -> tuple[int, int] | None:
    """取消…发布…的计划 around ``at``."""
    return next(
        (one.span() for one in _PLAN_DROPPED.finditer(text, start, end) if one.start() <= at <= one.end()), None
    )


def rumour_in(text: str, start: int, end: int, said_at: int) -> tuple[int, int] | None:
    """Words that call a statement at ``said_at`` hearsay: before it in its sentence, or anywhere in ``text[start:end]``."""
    begins = max(text.rfind(mark, 0, said_at) for mark in "。;!") + 1
    found = _RUMOUR_BEFORE.search(text, max(begins, said_at - 60), said_at) or _RUMOUR.search(text, start, end)
    return None if found is None else found.span()


def _how(found: re.Match[str]) -> str:
    return PLANNED_ONLY if found["planned"] else DENIED
