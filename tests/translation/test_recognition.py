"""How a finished Chinese sentence becomes English: recognised by its form, put together from parts, or left alone."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from geo_housing.accounts.rendering import environment
from geo_housing.translation import choose, english, forms, translate

PLACE = re.compile(r"%\((\w+)\)([sd])")


def said(text: str) -> str:
    return translate(text, "en")


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("用户“wang”已停用，不能新建令牌。", "The user “wang” is disabled; no token can be made."),
        # What somebody typed stays, a label does not.
        ("没有用户“王某”。", "没有用户“王某”。"),
        ("事件已转为“灾后排查”。", "The event is now in the phase “Aftermath inspection”."),
        # Several sentences, of which one entry may hold two.
        (
            "这条预警已经失效，请核对后再下达。为影响范围内 1 栋农房各下达一项应急排查任务。不改变安全等级。",
            "This warning has expired; check before you give tasks. One emergency inspection for each house in the zones:"
            " 1 house. No grade changes.",
        ),
        ("任务已下达：新下达 3 栋，原有 1 栋。", "Tasks given: 3 new, 1 kept."),
        ("D级且有人居住；六类重点对象", "Grade D, lived in; Key group of the six"),
        ("损坏程度：一般损坏（倒塌 1 间，严重 2 间）", "Damage: Slight damage (Collapsed 1 room, severe 2 rooms)"),
        ("西山镇山洪（山洪红色预警）", "西山镇山洪 (Flash flood, red warning)"),
        ("西山镇、东河乡", "西山镇、东河乡"),
        ("窗台下有裂缝，其他", "窗台下有裂缝，其他"),
    ],
)
def test_a_sentence_is_said_in_english(chinese: str, english: str) -> None:
    assert said(chinese) == english
    assert translate(chinese, "zh") == chinese


def test_english_chooses_by_the_number_before() -> None:
    text = "%(a)s [house|houses] and %(b)s [person|people]"
    assert choose(text, {"a": "1", "b": 2}) % {"a": "1", "b": 2} == "1 house and 2 people"
    assert choose("%(name)s [a|b]", {"name": "王"}) == "%(name)s b"


@pytest.mark.parametrize("msgid", [msgid for msgid in english() if PLACE.search(msgid)])
def test_every_form_recognises_what_it_is_made_for(msgid: str) -> None:
    values = {name: str(n + 2) if kind == "d" else "甲" for n, (name, kind) in enumerate(PLACE.findall(msgid))}
    finished = PLACE.sub(lambda place: values[place[1]], msgid).replace("%%", "%")
    if any(form.pattern.fullmatch(finished) for form in forms()):
        assert said(finished) == choose(english()[msgid], values) % values
    else:
        # One character beside a value recognises nothing.
        assert len(PLACE.sub("", msgid).replace(" ", "")) < 2


@given(st.text(max_size=40))
def test_what_people_type_never_breaks_it_and_what_has_no_chinese_stays(text: str) -> None:
    assert isinstance(said(f"用户“{text}”已停用，不能新建令牌。"), str)
    assert isinstance(said(text), str)
    if text.isascii():
        assert said(text) == text


def test_a_name_that_looks_like_markup_or_a_place_stays_text() -> None:
    template = environment("en").from_string("{{ _(sentence) }}")
    shown = template.render(sentence="没有用户“<b>%(x)s</b>”。用户列表：设置 → 用户（或 geo-housing users list）。")
    assert "&lt;b&gt;%(x)s&lt;/b&gt;" in shown and not isinstance(said("没有"), Markup)


def test_marks_between_texts_are_latin_in_english_pages_only() -> None:
    source = '{{ name }}：{{ ["甲", "乙"]|join("、") }}（{{ _("其他") }}）。'
    assert environment("en").from_string(source).render(name="户主：王") == "户主：王: 甲, 乙 (Other). "
    assert environment("zh").from_string(source).render(name="户主：王") == "户主：王：甲、乙（其他）。"
