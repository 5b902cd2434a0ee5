"""What villages write for the words of our lists when they fill in a table: read where one meaning is certain. Pure.

Beside the labels (words.py), for every reader of a list that comes back. A word that stands under two codes is certain in
neither: it is asked about, with both. What stands nowhere here (√ where there are seven answers) is refused as any other word.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from geo_housing.errors import BadInput
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS, EVACUATION_STATE, FINDING_ITEM, REPORTED_HOW, WordList

_FALLEN = "塌了 倒了 塌 倒 塌房了 房塌了 房倒了 房子塌了 房子倒了 房屋倒塌 已倒塌 倒塌了 已经倒塌 全塌了 全倒了 全部倒塌 垮塌 垮了"
# Nobody is there at the moment, or nobody lives there: for the first one somebody must come again.
_NOBODY = "没人 无人 没有人"
_NOT_HOME = "锁门 锁着门 门锁着 门锁了 上锁 锁门了 无人在家 没人在家 没有人在家 家里没人 家里没有人 家中无人 家中没人 不在家 没在家 人没在家 都没在家 人不在家 都不在家"
# Far away, or with the sheep and back at dusk: the second one must still be reached.
_OUT = "外出 外出了 在外"
_NO_ONE_LIVES = (
    "没人住 无人住 没有人住 没人居住 没有人居住 不住人 长期没人住 长期无人居住 常年没人住 常年无人居住 空房 空房子"
)
# One of the family is in hospital and the others at home; day labour that ends at dusk; a visit of an hour.
_IN_HOSPITAL = "住院 住院了 住院去了 在住院 在医院 去医院了"
_WORKS_AWAY = "外出务工 外出打工 在外务工 在外打工"
_AT_WORK = "打工 打工去了 去打工 去打工了"
_VISITING = "走亲戚 走亲戚去了 去走亲戚 去走亲戚了 串亲戚 串亲戚去了"
_TO_KIN = [
    f"{before}{kin}家{after}"
    for kin in ("亲戚", "亲友", "儿子", "女儿", "闺女", "儿女", "子女")
    for before, after in (
        ("", ""),
        ("在", ""),
        ("去", ""),
        ("去", "了"),
        ("到", ""),
        ("到", "了"),
        ("住", ""),
        ("住", "了"),
    )
]
# Not 好 and 好的, with which a message is acknowledged, too.
_SOUND = "没事 没问题 没有问题 无问题 完好 完好无损 正常 一切正常 无异常 没有异常 未见异常 未发现异常 无损坏 没损坏 没有损坏 未损坏 未受损"
SAID: dict[str, dict[str, str]] = {
    CHECK_RESULT.name: {
        "no_visible_hazard": f"{_SOUND} 无隐患 没隐患 没有隐患 未见隐患 未发现隐患 无明显隐患 没有明显隐患 未发现明显隐患",
        "suspected": "有损坏 损坏 受损 有隐患 疑似危险 疑似危房 有危险 危险 裂了 开裂 有裂缝 裂缝 墙裂了 墙裂 漏雨 漏雨了 漏了 歪了 倾斜 倾斜了 变形",
        "collapsed": _FALLEN,
        "locked": f"外出 锁门外出 外出锁门 {_NOT_HOME} {_NOBODY}",
        "uninhabited": f"{_NO_ONE_LIVES} {_NOBODY}",
        "refused": "拒绝 不让进 不让进门 不让进屋 不让入户 不让查 拒绝进入 拒绝排查",
        "demolished": "拆了 已拆 拆掉了 拆除 拆除了 已经拆了 已经拆除 已拆掉",
    },
    DAMAGE_CLASS.name: {
        "none": f"{_SOUND} 安全 没有 无损",
        "slight": "一般 轻微 轻微损坏 轻微受损 轻度 轻度损坏 一般受损 裂了 开裂 有裂缝 裂缝 漏雨 漏雨了 漏了 歪了 倾斜 有损坏 损坏 受损 有",
        "severe": "严重 严重受损 损坏严重 重度 重度损坏 裂了 开裂 有裂缝 裂缝 漏雨 漏雨了 漏了 歪了 倾斜 有损坏 损坏 受损 有",
        "collapsed": _FALLEN,
    },
    FINDING_ITEM.name: {
        "wall_crack": "墙裂 墙裂了 墙裂缝 墙开裂 墙面开裂 墙体裂缝 墙体裂了 墙有裂缝 墙上有裂缝 墙体有裂缝 裂了 开裂 裂缝 有裂缝",
        "wall_lean": "墙歪 墙歪了 墙倾斜 墙体倾斜 墙鼓了 墙外鼓 墙体外鼓",
        "wall_fall": "墙塌了 墙倒了 墙塌 墙倒 墙体倒塌",
        "wall_soaked": "墙根泡水 墙根泡了 墙泡水 墙根剥落",
        "roof_leak": "漏雨 漏雨了 屋顶漏雨 房顶漏雨 屋顶漏 房顶漏",
        "roof_sag": "屋顶塌了 房顶塌了 屋顶塌陷 房顶塌陷 屋面塌陷 屋面变形 屋顶变形",
        "roof_blown": "屋顶掀了 房顶掀了 房盖掀了 屋顶被掀 房顶被掀 屋顶掀落",
        "beam": "梁断了 房梁断了 檩子断了 檩断了 柱子断了 柱子歪了 梁歪了",
        # A crack in the ground behind a house may be the slope that comes down.
        "ground": "地面下沉 地基下沉 地面沉降 地基沉降 裂了 开裂 裂缝 有裂缝",
        "scour": "基础被冲 地基被冲 地基被冲刷 基础冲刷 地基冲刷",
        "flooded": "进水了 屋里进水 屋内进水 家里进水 房屋进水",
        "slope": "滑坡 房后滑坡 屋后滑坡 房前滑坡 屋前滑坡 房后崩塌 屋后崩塌",
        "yard_wall": "院墙塌了 院墙倒了 院墙倒塌 仓房塌了 仓房倒了 仓房倒塌 墙塌了 墙倒了 墙塌 墙倒",
        "opening": "门窗变形 门变形 门打不开 窗打不开 门窗打不开",
    },
    REPORTED_HOW.name: {
        "phone": "打电话 电话报 电话报告 电话告知 来电",
        "chat": "微信群 微信报 微信报告 微信告知 发微信 群里报",
        "in_person": "当面说 当面报 当面报告 当面告知 见面说",
    },
    EVACUATION_STATE.name: {
        "pending": f"{_IN_HOSPITAL} 未转 没转 还没转 未转移 没转移 没有转移 还没转移 尚未转移 待转 未撤离 没撤离 没撤 没走 还没走 未走",
        "moved_to_shelter": "已转 已转走 转了 转走 转走了 接走 接走了 已接走 转移了 已经转移 已经转走 已经转了 撤了 撤走了 已撤 已撤离 已经撤离 撤离了 在安置点 到安置点",
        "moved_to_kin": "投亲 投友 投亲友 投靠亲友 投奔亲友 "
        f"{' '.join(_TO_KIN)} {_VISITING}",
        "away": f"{_IN_HOSPITAL} {_AT_WORK} {_VISITING} {_OUT} 在外地 {_WORKS_AWAY} {_NOT_HOME} {_NOBODY}",
        "refused": "拒绝 拒转 拒不转移 拒绝撤离 不走 不肯走 不肯转 不愿走 不愿转 不愿转移 不愿意走 不愿意转移 不同意转移",
        # 失联 is none of them: somebody is missed.
        "unreachable": f"{_AT_WORK} 联系不上了 联系不到 没联系上 未联系上 无法联系 打不通 电话打不通 打不通电话 联络不上 {_OUT} {_NOT_HOME} {_NOBODY}",
        "returned": "返回 返回了 已经返回 回来了 已回来 回家了 已回家 已经回家 返家 已返家",
    },
}  # fmt: skip
# They say that somebody is out of danger, and not where.
MOVED_SOMEWHERE = frozenset(
    {"已转移", *(SAID[EVACUATION_STATE.name]["moved_to_shelter"].split())} - {"在安置点", "到安置点"}
)
# Words with several meanings of which one is by far the likeliest: a person is asked, with that one chosen.
PROPOSED: dict[str, dict[str, str]] = {
    EVACUATION_STATE.name: dict.fromkeys(f"{_IN_HOSPITAL} {_AT_WORK} {_VISITING}".split(), "away"),
}
# They say where somebody is, too.
PLACES = frozenset(f"{' '.join(_TO_KIN)} {_WORKS_AWAY} {_IN_HOSPITAL} {_AT_WORK} {_VISITING}".split())
# They say more than the answer as which they are read: what it is must not be lost. For a technician a fallen roof is not a
# sagging one, and a broken beam not a leaning one.
SAYS_MORE: dict[str, frozenset[str]] = {
    CHECK_RESULT.name: frozenset("裂了 开裂 有裂缝 裂缝 墙裂了 墙裂 漏雨 漏雨了 漏了 歪了 倾斜 倾斜了 变形".split()),
    FINDING_ITEM.name: frozenset("屋顶塌了 房顶塌了 墙体倒塌 梁断了 房梁断了 檩子断了 檩断了 柱子断了".split()),
}
# Nothing is said, as papers write it.
BLANK = frozenset({"/", "//", "\\", "-", "--", "—", "——", "―"})
NONE_OF_THEM = frozenset({"无", "没有", "没"})
_ENDS = "。.!~;,"
_UNITS = {"rooms": "间", "people": "口人|个人|人|口"}
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
_TENS = re.compile("([一二三四五六七八九])?十([一二三四五六七八九])?")


class SeveralMeanings(BadInput):
    """A word that may be several answers; ``proposed``: the likeliest, where one is."""

    def __init__(self, sentence: str, codes: tuple[str, ...], proposed: str | None) -> None:
        super().__init__(sentence)
        self.codes, self.proposed = codes, proposed


@dataclass(frozen=True)
class Meaning:
    """What a cell says; ``word`` is the everyday word by which it says so, None where it is the list's own.

    ``says_more``: the word tells more than the answer.
    """

    code: str
    word: str | None = None
    says_more: bool = False


def folded(text: str) -> str:
    """As words are compared: half width, without spaces and the mark after a sentence."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).rstrip(_ENDS)


def meaning_of(known: WordList, text: str) -> Meaning:
    """A label of the list, or an everyday word with one meaning in it; BadInput says what may be written."""
    said = folded(text)
    for code, label in known.labels.items():
        if said in (code, folded(label)):
            return Meaning(code)
    if known.aliases and said in known.aliases:
        return Meaning(known.aliases[said], said)
    codes = _by_word(known.name).get(said, ())
    if len(codes) == 1:
        return Meaning(codes[0], said, said in SAYS_MORE.get(known.name, ()))
    if codes:
        either = "、".join(f"“{known.label(code)}”" for code in codes)
        sentence = f"“{text[:20]}”可能是{either}，看不出是哪一种，请写清楚"
        raise SeveralMeanings(sentence, codes, PROPOSED.get(known.name, {}).get(said))
    raise BadInput(f"“{text[:20]}”不在{known.name}的取值中，可以填：{'、'.join(known.labels.values())}")


def place_of(text: str) -> str | None:
    """Where somebody is, as a word says that is read as a state; None where it does not."""
    said = folded(text)
    return said.lstrip("去到在住").removesuffix("了") if said in _TO_KIN else said if said in PLACES else None


def certain_words(known: WordList) -> list[str]:
    """Everyday words that have one meaning in a list."""
    return [word for word, codes in _by_word(known.name).items() if len(codes) == 1]


def count_of(what: str, text: str, *, most: int) -> tuple[int, bool]:
    """A whole number of ``rooms`` or ``people`` and whether it was written in words; BadInput when it is none.

    Two numbers in one cell, one below the other, are none: whitespace stands around a number and before its unit alone.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    bare = re.sub(rf"\s*(?:{_UNITS[what]})?[\s{_ENDS}]*$", "", written).removesuffix(".0")
    if "半" in bare:
        raise BadInput(f"“{text[:20]}”不是整数，请核定后写整数")
    name = "间数" if what == "rooms" else "人数"
    if bare.isascii() and bare.isdigit() and len(bare) <= len(str(most)):
        return int(bare), False
    if what == "rooms" and bare in NONE_OF_THEM:
        return 0, True
    if bare in _DIGITS:
        return _DIGITS[bare], True
    if tens := _TENS.fullmatch(bare):
        return 10 * _DIGITS[tens[1] or "一"] + (_DIGITS[tens[2]] if tens[2] else 0), True
    raise BadInput(f"{name}要填 0 到 {most} 的整数")


@cache
def _by_word(name: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code, words in SAID.get(name, {}).items():
        for word in dict.fromkeys(words.split()):
            found[word] = (*found.get(word, ()), code)
    return found
