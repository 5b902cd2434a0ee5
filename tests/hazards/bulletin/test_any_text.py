"""Whatever is pasted: nothing is raised, what is said stands where it is said to stand, and no area is invented."""

import re
import time
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo_housing.areas.names import key_of
from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.hazards.bulletin.parts import Bulletin, ReadArea
from geo_housing.hazards.bulletin.plain import to_plain
from geo_housing.hazards.bulletin.reading import read_bulletin
from tests.hazards.bulletin.further_texts import FURTHER, IN_CHAT
from tests.hazards.bulletin.mixed_texts import MIXED
from tests.hazards.bulletin.texts import CASES, PASTED_ON

ALL = [*CASES, *MIXED, *FURTHER]

WIDE = str.maketrans("0123456789:;,()", "０１２３４５６７８９：；，（）")
WORDS = st.sampled_from(
    "宝石 宝石镇 永安 太平乡 水泉镇 突泉 突泉县 我县 全县 各乡镇 其余乡镇 等乡镇 等村 团结 团结村 宝田村 大部 东部 红岭镇 平乐县 气象台 "
    "突泉县气象台 兴安盟 兴安盟气象台 全盟 我盟中北部 暴雨 红色 橙 预警信号 发布 升级为 变更 解除 继续 2026年 7月 12日 01时 50分 26日8时 Ⅲ级 应急响应 启动 除 外 "
    "双城水库 开闸泄洪 通知 防御指南 预计 过去3小时 、 ， 。 ： ； （ ） 《 》 和 及 等 站 河 的 嘎查 苏木".split()
)
# Words that name a county or what is left of it, as documented in scopes.py.
SCOPE_WORDS = re.compile(r"[我本全][县盟市]|兴安盟|[我本全]旗|县域|县境|各|所有|全部|其余|其他|其它|剩余|上述|该|大部")
COLOUR_SIGNS = {"red": "红|Ⅰ|I|一|1", "orange": "橙|Ⅱ|I|二|2", "yellow": "黄|Ⅲ|I|三|3", "blue": "蓝|Ⅳ|I|V|四|4"}


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """One to three texts, cut, doubled, broken, widened, with words thrown in."""
    text = "".join(draw(st.lists(st.sampled_from([case.text for case in ALL]), min_size=1, max_size=3)))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(text)))
        to = draw(st.integers(at, len(text)))
        match draw(st.sampled_from(["cut", "keep", "double", "break", "blank", "widen", "word", "any"])):
            case "cut":
                text = text[:at] + text[to:]
            case "keep":
                text = text[at:to]
            case "double":
                text = text[:to] + text[at:]
            case "break":
                text = text[:at] + "\r\n" + text[at:to] + "\n" + text[to:]
            case "blank":
                text = text[:at] + " ".join(text[at : at + 40]) + text[at + 40 :]
            case "widen":
                text = text[:at] + text[at:to].translate(WIDE) + text[to:]
            case "word":
                text = text[:at] + draw(WORDS) + text[at:]
            case "any":
                text = text[:at] + draw(st.text(max_size=5)) + text[at:]
        text = text[:3000]
    return text


ANY_TEXT = st.one_of(mutated(), st.lists(WORDS, max_size=60).map("".join), st.text(max_size=200))


@given(text=ANY_TEXT)
@example(text="0时Ⅲ级响应")
def test_everything_said_stands_in_the_text(text: str, gazetteer: Gazetteer) -> None:
    for bulletin in read_bulletin(text, gazetteer, pasted_on=PASTED_ON).bulletins:
        for part in said_by(bulletin):
            assert 0 <= part.start < part.end <= len(text)
            # Digits broken apart keep one blank in the plain text.
            assert to_plain(text[part.start : part.end]).text == part.text
        check_levels_and_times(bulletin)


def said_by(bulletin: Bulletin) -> list[object]:
    parts = [bulletin.action, bulletin.kind, bulletin.level, bulletin.former_level, bulletin.response_level,
             *bulletin.issuers, bulletin.issued_at, bulletin.effective_at, bulletin.expires_at, bulletin.replaced_at, bulletin.drill,
             *bulletin.areas, *bulletin.questions, *bulletin.unread]  # fmt: skip
    return [part for part in parts if part is not None]


def check_levels_and_times(bulletin: Bulletin) -> None:
    for level in (bulletin.level, bulletin.former_level):
        assert level is None or re.search(COLOUR_SIGNS[level.value], level.text)
    for moment in (bulletin.issued_at, bulletin.effective_at, bulletin.replaced_at):
        if moment is not None:
            # Broken digits are one number, a date and its hour are two.
            written = [moment.text, moment.text.replace(" ", "")]
            numbers = {int(number) for form in written for number in re.findall(r"\d+", form)}
            # 24时 is the next day's 0 o'clock, 下午3时 is 15 o'clock.
            day_said = moment.value.day in numbers or 24 in numbers
            assert day_said and {moment.value.hour, moment.value.hour - 12, 24} & numbers
    # An end may be reckoned (有效时间6小时), but never without words that say so, nor from nowhere.
    since, until = bulletin.issued_at or bulletin.effective_at, bulletin.expires_at
    if until is not None:
        assert re.search("有效|时效|失效|截止|期限", until.text)
        assert since is None or timedelta() < until.value - since.value <= timedelta(days=30)


@given(text=ANY_TEXT)
def test_no_area_is_invented(text: str, gazetteer: Gazetteer) -> None:
    for bulletin in read_bulletin(text, gazetteer, pasted_on=PASTED_ON).bulletins:
        for area in bulletin.areas:
            assert is_named(area, gazetteer), area
        assert len({area.code for area in bulletin.areas}) == len(bulletin.areas)
        for question in bulletin.questions:
            assert question.candidates and all(one.code in gazetteer.places for one in question.candidates)


def is_named(area: ReadArea, gazetteer: Gazetteer) -> bool:
    place = gazetteer.places[area.code]
    stem = to_plain(key_of(place.name, place.level).stem).text
    names = {stem, stem.replace("国营", ""), stem.replace("生活区", ""), stem.removesuffix("县")}
    # The alias that the fixture knows.
    names |= {"溪柳"} if area.code == "152224100" else set()
    return any(name in area.text for name in names) or (
        len(area.code) < 12 and SCOPE_WORDS.search(area.text) is not None
    )


@given(text=mutated())
def test_widened_digits_change_nothing(text: str, gazetteer: Gazetteer) -> None:
    plain = read_bulletin(text, gazetteer, pasted_on=PASTED_ON)
    wide = read_bulletin(text.translate(WIDE), gazetteer, pasted_on=PASTED_ON)
    assert plain.bulletins == wide.bulletins


@given(
    text=st.sampled_from([case.text for case in ALL]),
    times=st.integers(2, 3),
    between=st.sampled_from(["", "\n", "\n\n"]),
)
def test_a_text_pasted_again_is_one_warning(text: str, times: int, between: str, gazetteer: Gazetteer) -> None:
    if not re.match("【?(突泉|平乐|兴安|内蒙)", text):
        return  # Without a heading of its own the second copy cannot be told from more of the first.
    if text in [case.text for case in IN_CHAT]:
        between = between or "\n"  # Each message of a group begins on a line of its own.
    once = read_bulletin(text, gazetteer, pasted_on=PASTED_ON).bulletins
    again = read_bulletin(between.join([text] * times), gazetteer, pasted_on=PASTED_ON).bulletins
    assert [values(one) for one in again] == [values(one) for one in once]


def values(bulletin: Bulletin) -> tuple[object, ...]:
    parts = (bulletin.action, bulletin.kind, bulletin.level, bulletin.issued_at, bulletin.replaced_at)
    return (
        *(part and part.value for part in parts),
        {(area.code, area.level) for area in bulletin.areas},
        {question.text for question in bulletin.questions},
    )


PIECES = [
    "宝石、", "宝石镇、", "宝石镇", "宝石镇其余乡镇，", "红色预警", "1", "1 ", "12日", "发布", "突泉县气象台", "平乐县气象台7月12日3时发布",
    "团结、", "我县", "中", "Ⅲ级响应", "解除", "暴雨红色预警信号升级为", "（", "《", "红岭、", "宝石、红岭、", "\n宝", "东永安镇", "突泉县突泉县",
    "".join(case.text for case in ALL),
]  # fmt: skip
FULL_PASTE = 100_000


def pasted(piece: str, size: int) -> str:
    """The piece as often as a paste of ``size`` bytes holds it, the last one cut off."""
    data = piece.encode()
    return (data * (size // len(data) + 1))[:size].decode(errors="ignore")


def seconds(text: str, gazetteer: Gazetteer) -> float:
    """Processor time: other work on the machine does not count."""
    begun = time.process_time()
    read_bulletin(text, gazetteer, pasted_on=PASTED_ON)
    return time.process_time() - begun


@pytest.mark.parametrize("piece", PIECES, ids=[f"{n}" for n in range(len(PIECES))])
def test_a_long_paste_is_read_in_time_that_grows_with_its_length(piece: str, gazetteer: Gazetteer) -> None:
    whole, quarter = pasted(piece, FULL_PASTE), pasted(piece, FULL_PASTE // 4)
    taken, taken_by_quarter = seconds(whole, gazetteer), seconds(quarter, gazetteer)
    if taken > min(1, 8 * taken_by_quarter + 0.05):
        # Once more before it is judged: the processor may have had other work in its caches.
        taken = min(taken, seconds(whole, gazetteer))
    assert taken <= 1
    # Four times the text: about four times, not sixteen.
    assert taken <= 8 * taken_by_quarter + 0.05
