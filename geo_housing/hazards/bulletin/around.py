"""What stands before or after a name and says whether a warned place is meant by it. Pure.

突泉县防汛办 speaks, 毗邻突泉县的 lies elsewhere, 转移至永安镇中学 is where people are brought; 影响东杜 and 太平将有 are places.
"""

import re

DESTINATION = "这里写的是转移安置的去处，不作为区域。"
REST_KEPT = "这里写的是其余乡镇的预警继续；原来没有预警的乡镇，请取消勾选。"
REPLACED = "原文写明是调整以前的范围，没有列入。"
BROADCAST = "这里写的是转发、播出的单位，没有列入，请核对。"
OF_ANOTHER_COUNTY = re.compile("[旗县市盟]")
LEVEL_BETWEEN = re.compile(r"\((?:[红橙黄蓝]色?|[IV]{1,3}级?)(?:预警)?\)[、,及和]")
_ANOTHER_COUNTY_BEFORE = re.compile("[\u3400-\u9fff]*[^我本全各该邻在是时分日,、。:;0-9][县旗盟市]$")
# A day or an hour is that of the speaker only where they then speak (what they say is blotted out): 突泉县26日夜间有大暴雨.
_NO_PLACE = re.compile(
    r"各(?:级|有关|部门|单位)|人民|委|政府|应急预案|发布|继续发布|解除|(?:相邻|接壤|毗邻|毗连|交界|邻近|以外|之外)"
    # An office that is not known by its name (突泉县防汛办, 突泉县融媒体中心): it speaks, or somebody speaks for it.
    r"|[\u3400-\u9fff]{1,8}?(?:办公室|[办台局站委室所处厅]|中心|广播|公众号)(?=[\d:,今昨于]|发布|转发|消息|通报|提示|提醒|通知|紧急)"
    r"|(?=\d)(?:[\d年月日号时点分:, ]|凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜间|联合){2,24}"
    r"(?=\0|发布|签发|印发|解除|继续|变更|升级|提升|降级|启动|终止|更新)"
)
# Where people are brought: 转移至永安镇中学.
_TO_SHELTER = re.compile("(?:(?:转移|撤离|撤|搬离|搬|疏散)(?:到|至|往|去)|安置(?:到|至|在|于))[^,。;:!、]{0,3}$")
# 六户镇应急广播: who passes it on.
_PASSES_ON = re.compile("(?:应急)?(?:广播|公众号|融媒体|微信)")
# 黄色(太平)、影响东杜: a stem right after such words is a place.
_PLACE_BEFORE = re.compile("(?:[红橙黄蓝]色?[^,。;!]{0,4}[:(]|影响|波及|涉及|[:(])$")
# 邻近我县的, 毗邻突泉县的
_BESIDE_US = re.compile("(?:毗邻|邻近|靠近|临近|紧邻|邻接|接近|相邻)$")
_OUTSIDE = re.compile("[)”]?(?:以|之|除)?外")
_GOES_ON = re.compile("[^,。;!:]{0,16}?(?:维持|保持|继续|仍|不变)")
_TOLD_OF = re.compile("[、和及与]$|影响$|预计$|其中$")
# After a short name: what a warning says of a place, and ordinary words rarely do.
_WEATHER_AFTER = re.compile(
    r"[将已有仍降受及大暴中小特最累为达还预雨雪风(\d]|出现|可能|强降|过程|过去|未来|发生|遭|局地|等地|一带|的?(?:雨|降)"
)


def of_other_county(text: str, start: int) -> bool:
    """扎赉特旗太平乡: the name of another county stands directly before."""
    return _ANOTHER_COUNTY_BEFORE.search(text[max(0, start - 6) : start]) is not None


def speaks(text: str, start: int, end: int) -> bool:
    """突泉县各有关部门, 突泉县7月12日发布: the county as somebody who is spoken to, or speaks; 与突泉县相邻的."""
    return _NO_PLACE.match(text, end) is not None or lies_beside(text, start)


def lies_beside(text: str, start: int) -> bool:
    """邻近我县的."""
    return _BESIDE_US.search(text[max(0, start - 3) : start]) is not None


def is_destination(text: str, start: int) -> bool:
    """Where people are brought."""
    return _TO_SHELTER.search(text[max(0, start - 8) : start]) is not None


def passes_on(text: str, end: int) -> bool:
    """六户镇应急广播."""
    return _PASSES_ON.match(text, end) is not None


def has_weather(text: str, end: int) -> bool:
    """What a warning says of a place stands after it."""
    return _WEATHER_AFTER.match(text, end) is not None


def is_pointed_at(text: str, start: int) -> bool:
    """Words before that point at a place."""
    return _PLACE_BEFORE.search(text[max(0, start - 8) : start]) is not None


def is_told_of(text: str, start: int) -> bool:
    """预计突泉, 、突泉: a list or a forecast goes on with it."""
    return _TOLD_OF.search(text[max(0, start - 3) : start]) is not None


def is_outside(text: str, end: int) -> bool:
    """宝石镇以外地区: what lies around the names before is meant."""
    return _OUTSIDE.match(text, end) is not None


def goes_on(text: str, end: int) -> bool:
    """其余乡镇维持不变: what was said before goes on, in the words of the same clause."""
    return _GOES_ON.match(text, end) is not None
