"""What stands around a warning that was copied out of a chat group: who speaks, who is called upon, who answers. Pure.

A township that answers or passes a warning on is not warned by it. Whatever names one so is told as unread, so that a person
can tick it after all; a line that warns or asks itself is read as the warning.
"""

import re
from bisect import bisect_left

from geo_housing.hazards.bulletin.plain import Plain

IS_CHAT = "像是群聊里的人名、群名、回复或者抄送，没有读作受影响的区域；确实受影响的，请在下面勾选。"
_WARNS = re.compile("发布|预警信号|警报|解除|升级|变更")
_ASKS = re.compile(
    f"{_WARNS.pattern}|预警|毫米|降雨|降水|暴雨|暴雪|请(?!(?:及时|尽快|速)?(?:回复|回执|接龙|收到|知悉))|务必|须|也要|还要|都要|需要|要求"
    "|要(?:马上|立即|赶紧|抓紧|尽快)|注意|影响|受灾|立即|预计|可能|以下|如下"
)
_NAME = r"[^\W\d_镇乡村苏嘎]{1,7}(?:镇|乡|村|嘎查|苏木|农场)"
_CLOCK = (
    r"(?:\d{2,4}[-/年.]\d{1,2}[-/月.]\d{1,2}日?[ \t]*)?(?:凌晨|上午|下午|晚上|昨天|今天)?[ \t]*\d{1,2}:\d{2}(?::\d{2})?"
)
_ANSWER = r"(?:已经?)?收到了?(?!后|以后|之后|请|预警|通知|此|本|该|上级|消息|信息|的)"
# 收到, 六户镇收到, 学田乡 李刚：收到, 好的: it warns itself only where it issues something.
_ANSWERS = re.compile(
    rf"(?:\d+[.、)][ \t]*)?(?:{_NAME})?[^\s:,。]{{0,8}}[ \t]*[:,]?[ \t]*(?:好的?|嗯|是)?[,、!\s]*"
    rf"(?:{_ANSWER}|好的(?=[,。!;~\s]|$)|明白了?(?=[,。!;~\s]|$)|知悉|知道了)"
)
# What a line tells that neither warns nor asks: that it is done, who is called upon, where one may ring.
_TOLD = re.compile(
    rf"{_ANSWER}|接龙|(?:已经?|均已?|都已?)[^,。;]{{0,6}}?(?:通知|传达|转发|安排|部署|落实|转移|组织|到位)"
    "|请(?:及时|尽快|速)?(?:回复|回执|接龙)|我们|我镇|我乡|本镇|本乡|(?:没有?|未|暂无|无)(?:下雨|降雨|雨|险情|灾情|异常)|正常|雨停|(?:目前|现在)小雨"
    "|(?:正在|正|马上|立刻)(?:落实|通知|传达|转移|组织|入户|安排|部署)|值班电话|联系电话|联系人"
    r"|^(?:抄送|抄报|主送|报送|分送|发送)(?:单位)?:|^(?:抄送|转发|转|发)(?:给|至|到)|^[-\u2010-\u2015\u2500]{1,4}\S{2,20}$|^@"
    rf"|^.{{1,20}}[ \t]{_CLOCK}$|^\S{{1,10}}\({_NAME}[^()]{{0,6}}\)[ \t]*(?:{_CLOCK})?:?$"
)
# Within any line: a duty room, a group, whoever passed it on, whoever is called upon without being asked for anything.
_NAMED = re.compile(
    rf"{_NAME}(?:党委|政府|人民政府|党政|综合|应急|防汛|抗旱|联防|工作|微信|村民|网格)*(?:值班(?:室|员|人员|电话)?|办公室|(?<=[政急汛合旱])办|群(?!众|体)|联系群)"
    rf"(?:转发|转)?(?!.{{0,2}}(?:请|立即|马上|要))|{_NAME}(?:党委|政府|人民政府)?(?:转发|转|转来)(?=:)|来自{_NAME}的?(?:转发|消息|通知)?|(?:转发?|抄送|发)(?:给|至|到){_NAME}(?:[、和及与]{_NAME})*"
    r"|各(?:苏木)?乡镇[ \t]*(?:收到)?请?(?:及时|尽快|速)?(?:回复|回执|接龙)"
    rf"|@{_NAME}(?![^@。;!]{{0,12}}(?:请|立即|马上|转移|撤离|注意|务必|须))"
)
# One character for one, so that places stay.
_HALF = str.maketrans("\uff0c\uff01\uff1b\uff5e\uff1a\uff08\uff09\uff20\r", ",!;~:()@\n")


def chat_in(plain: Plain) -> list[tuple[int, int]]:
    """Where in ``plain.text`` somebody speaks around the warning, in order; nothing in a text that warns nowhere."""
    original = plain.original.translate(_HALF)
    if _WARNS.search(original) is None:
        return []
    spans: list[tuple[int, int]] = []
    for line in re.finditer(r"[^\n]+", original):
        said = line[0].strip()
        answers = _ANSWERS.match(said) is not None and _WARNS.search(said) is None
        if answers or (_TOLD.search(said) is not None and _ASKS.search(said) is None):
            spans.append(line.span())
        else:
            spans += [(line.start() + one.start(), line.start() + one.end()) for one in _NAMED.finditer(line[0])]
    found = [(bisect_left(plain.starts, start), bisect_left(plain.starts, end)) for start, end in spans]
    return [(start, end) for start, end in found if start < end]
