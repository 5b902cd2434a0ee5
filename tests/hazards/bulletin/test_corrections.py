"""Texts that correct a warning: read as what holds now, with the level that was wrong; never as one more of what they quote."""

import pytest

from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.hazards.bulletin.parts import Bulletin
from geo_housing.hazards.bulletin.reading import read_bulletin
from tests.hazards.bulletin.texts import PASTED_ON

THEN = "突泉县气象台7月12日14时20分发布的暴雨橙色预警信号"


def one(text: str, gazetteer: Gazetteer) -> Bulletin:
    (found,) = read_bulletin(text, gazetteer, pasted_on=PASTED_ON).bulletins
    return found


def levels(found: Bulletin) -> tuple[str | None, str | None, str | None]:
    return tuple(part and part.value for part in (found.action, found.level, found.former_level))  # type: ignore[return-value] # three


@pytest.mark.parametrize(
    "text",
    [
        f"更正：{THEN}，应为暴雨黄色预警信号：宝石镇、永安镇。",
        f"更正：{THEN}级别有误，应为黄色。",
        f"更正：{THEN}中橙色应为黄色，特此更正。",
        f"更正通知：{THEN}，误将黄色写为橙色。",
        f"{THEN}更正为暴雨黄色预警信号：宝石镇。",
        f"{THEN}订正为黄色。",
        "【更正】突泉县气象台2026年7月12日14时40分更正：14时20分发布的暴雨橙色预警应为暴雨黄色预警，影响宝石镇。",
        "更正：突泉县气象台7月12日14时20分应发布暴雨黄色预警信号，误发为暴雨橙色预警信号。",
    ],
)
def test_the_level_that_holds_and_the_one_that_was_wrong(text: str, gazetteer: Gazetteer) -> None:
    found = one(text, gazetteer)
    assert levels(found) == ("downgrade", "yellow", "orange") and found.corrects is not None
    assert [part.value for part in found.issuers] == ["突泉县气象台"]
    assert text[found.corrects.start : found.corrects.end] == found.corrects.text
    assert all(area.level is None for area in found.areas), "the level of the text is theirs"


def test_what_it_corrects_was_issued_at_the_hour_that_it_names(gazetteer: Gazetteer) -> None:
    found = one(f"更正：{THEN}，应为暴雨黄色预警信号。", gazetteer)
    assert found.issued_at is None and found.replaced_at is not None
    assert f"{found.replaced_at.value:%m-%d %H:%M}" == "07-12 14:20"


def test_a_correction_upwards_is_an_upgrade(gazetteer: Gazetteer) -> None:
    assert levels(one(f"更正：{THEN}，应为红色。", gazetteer)) == ("upgrade", "red", "orange")


def test_of_a_wrong_place_the_level_stays(gazetteer: Gazetteer) -> None:
    found = one(f"更正：{THEN}，落区应为“水泉镇”，误发为“宝石镇”。", gazetteer)
    assert levels(found) == ("change", "orange", None) and found.corrects is not None
    assert [area.name for area in found.areas] == ["水泉镇"]


@pytest.mark.parametrize(
    "text",
    [
        "突泉县气象台7月12日14时20分发布暴雨橙色预警信号：宝石镇应为重点防范区域。",
        f"{THEN}继续生效：宝石镇。",
        "突泉县气象台7月12日14时20分将暴雨橙色预警信号变更为暴雨黄色预警信号：宝石镇。",
        "突泉县气象台7月12日14时20分解除暴雨橙色预警信号。此前误发的短信已更正。",
    ],
)
def test_others_correct_nothing(text: str, gazetteer: Gazetteer) -> None:
    assert all(found.corrects is None for found in read_bulletin(text, gazetteer, pasted_on=PASTED_ON).bulletins)


AT = "突泉县气象台2026年7月12日02时59分"


@pytest.mark.parametrize(
    ("text", "then"),
    [
        (f"【更正】{AT}：02时56分发布的暴雨红色预警信号有误，应为六户镇，原发布的太平乡不在范围内。", "12 02:56"),
        (f"{AT}发布：02时56分发布的暴雨红色预警信号范围有误，现更正为六户镇。", "12 02:56"),
        (f"{AT}发布：7月12日2点56分发布的暴雨红色预警信号范围有误，现更正为六户镇。", "12 02:56"),
        (f"{AT}发布：02时56分发布的暴雨红色预警信号落区有误，应为六户镇。", "12 02:56"),
        (f"【更正】{AT}：凌晨2点40发布的暴雨红色预警信号有误，应为六户镇。", "12 02:40"),
        (f"【更正】{AT}：凌晨两点半发布的暴雨红色预警信号有误，应为六户镇。", "12 02:30"),
        (f"【更正】{AT}：今晨2时发布的暴雨红色预警信号有误，应为六户镇。", "12 02:00"),
        (f"{AT}更正：刚才02时56分发布的暴雨红色预警信号有误，应为六户镇。", "12 02:56"),
        (f"【更正】{AT}：昨日20时发布的暴雨红色预警信号有误，应为六户镇。", "11 20:00"),
        (f"【更正】{AT}：昨晚8点发布的暴雨红色预警信号有误，应为六户镇。", "11 20:00"),
        (f"【更正】{AT}：昨夜1时发布的暴雨红色预警信号有误，应为六户镇。", "12 01:00"),
        # The latest such hour before the text's own; what contradicts it is no moment.
        (f"【更正】{AT}：23时30分发布的暴雨红色预警信号有误，应为六户镇。", "11 23:30"),
        (f"【更正】{AT}：今日20时发布的暴雨红色预警信号有误，应为六户镇。", None),
        ("更正：突泉县气象台刚才02时56分发布的暴雨红色预警信号有误，应为六户镇。", None),
    ],
)
def test_an_hour_without_a_day_is_the_last_one_before_the_text(
    text: str, then: str | None, gazetteer: Gazetteer
) -> None:
    found = one(text, gazetteer)
    assert levels(found) == ("change", "red", None) and found.corrects is not None
    assert [area.name for area in found.areas] == ["六户镇"]
    assert (found.replaced_at and f"{found.replaced_at.value:%d %H:%M}") == then


@pytest.mark.parametrize(
    ("said", "hour"),
    [("刚才02时56分", "02:56"), ("昨晚8点", "20:00"), ("下午3点半", "15:30"), ("24时", "00:00"), ("25时10分", None)],
)
def test_without_a_time_of_its_own_the_hour_alone_is_known(said: str, hour: str | None, gazetteer: Gazetteer) -> None:
    found = one(f"更正：突泉县气象台{said}发布的暴雨红色预警信号有误，应为六户镇。", gazetteer)
    assert found.replaced_at is None
    assert (found.replaced_clock and f"{found.replaced_clock.value:%H:%M}") == hour
    assert found.replaced_clock is None or found.replaced_clock.text == said


def test_where_it_stands_is_underlined(gazetteer: Gazetteer) -> None:
    text = f"【更正】{AT}：刚才02时56分发布的暴雨红色预警信号有误，应为六户镇。"
    read = one(text, gazetteer).replaced_at
    assert read is not None and text[read.start : read.end] == read.text == "刚才02时56分"


@pytest.mark.parametrize(
    ("text", "action"),
    [
        (f"{AT}解除02时56分发布的暴雨红色预警信号。", "lift"),
        (f"{AT}将02时56分发布的暴雨橙色预警信号升级为暴雨红色预警信号：六户镇。", "upgrade"),
    ],
)
def test_of_what_is_lifted_or_changed_the_hour_is_read_too(text: str, action: str, gazetteer: Gazetteer) -> None:
    found = one(text, gazetteer)
    assert found.action is not None and found.action.value == action and found.corrects is None
    assert found.replaced_at is not None and f"{found.replaced_at.value:%d %H:%M}" == "12 02:56"


# The one thing that is corrected is the hour at which it was issued.
OF_NOON = "突泉县气象台2026年7月12日11时13分"
THEN_ISSUED = "11时02分发布的暴雨红色预警信号"


def issued(found: Bulletin) -> tuple[str | None, ...]:
    parts = (found.issued_at, found.replaced_at, found.corrected_at)
    return tuple(part and f"{part.value:%d %H:%M}" for part in parts)


@pytest.mark.parametrize(
    "text",
    [
        f"【更正】{OF_NOON}更正：{THEN_ISSUED}发布时间有误，应为10时50分，其他内容不变，继续有效。",
        f"【更正】{OF_NOON}更正：{THEN_ISSUED}的发布时间更正为10时50分，其他内容不变。",
        f"【更正】{OF_NOON}更正：{THEN_ISSUED}，原‘11时02分’更正为‘10时50分’。",
        f"【更正】{OF_NOON}更正：{THEN_ISSUED}，发布时间应为10时50分。",
        f"【更正】{OF_NOON}更正：{THEN_ISSUED}有误。其发布时间实际为12日10时50分。",
        f"【更正】{OF_NOON}更正：{THEN_ISSUED}应为10时50分发布。",
        f"【更正】{OF_NOON}更正：{THEN_ISSUED}应于10:50发布。",
        f"【更正】{OF_NOON}更正：{THEN_ISSUED}，误将发布时间10时50分写为11时02分。",
        f"【更正】{OF_NOON}更正：暴雨红色预警信号发布时间由“11时02分”更正为“10时50分”。",
        f"【更正】{OF_NOON}更正：暴雨红色预警信号发布时间应为10时50分，误写为11时02分。",
        f"【更正】{OF_NOON}更正：暴雨红色预警信号发布时间从7月12日11时02分更正为7月12日10时50分。",
        f"{OF_NOON}发布：{THEN_ISSUED}发布时间有误，应为上午10点50，影响宝石镇。",
    ],
)
def test_the_hour_that_is_put_right_is_that_of_the_warning(text: str, gazetteer: Gazetteer) -> None:
    found = one(text, gazetteer)
    assert levels(found) == ("change", "red", None) and found.corrects is not None and found.puts_hour_right
    assert issued(found) == ("12 10:50", "12 11:02", "12 11:13")
    assert found.issued_at is not None and found.effective_at is None and found.unread == ()
    assert text[found.issued_at.start : found.issued_at.end] == found.issued_at.text
    assert found.issued_at.text.endswith(("10时50分", "10:50", "10点50"))


@pytest.mark.parametrize(
    ("text", "then"),
    [
        # On the day of the warning, or the day before it; never after the correction.
        (f"【更正】{AT}更正：00时10分发布的暴雨红色预警信号发布时间有误，应为23时50分。", ("11 23:50", "12 00:10", "12 02:59")),
        (f"【更正】{AT}更正：23时50分发布的暴雨红色预警信号发布时间有误，应为00时10分。", ("12 00:10", "11 23:50", "12 02:59")),
        (f"【更正】{AT}更正：昨日20时发布的暴雨红色预警信号发布时间有误，应为昨日19时。", ("11 19:00", "11 20:00", "12 02:59")),
        # The warning that is put right has a day, the correction none.
        ("更正：突泉县气象台7月12日14时20分发布的暴雨红色预警信号发布时间应为14时02分。", ("12 14:02", "12 14:20", None)),
        ("更正：突泉县气象台14时20分发布的暴雨红色预警信号发布时间应为7月12日14时02分。", ("12 14:02", None, None)),
        # What holds until when is another time.
        (f"【更正】{OF_NOON}更正：{THEN_ISSUED}发布时间应为10时50分，有效期应为至12日15时。", ("12 10:50", "12 11:02", "12 11:13")),
    ],
)  # fmt: skip
def test_the_day_of_the_hour_that_is_put_right(text: str, then: tuple[str | None, ...], gazetteer: Gazetteer) -> None:
    found = one(text, gazetteer)
    assert issued(found) == then and found.puts_hour_right


@pytest.mark.parametrize(
    ("text", "unread", "at"),
    [
        (f"【更正】{OF_NOON}更正：{THEN_ISSUED}有误，应为10时50分。", "10时50分", "12 11:13"),
        (f"【更正】{OF_NOON}更正：{THEN_ISSUED}，原“14时”更正为“15时”。", "15时", "12 11:13"),
        (f"【更正】{OF_NOON}更正：{THEN_ISSUED}降雨时段有误，应为12时至15时。", "12时", "12 11:13"),
        (f"【更正】{OF_NOON}更正：{THEN_ISSUED}发布时间有误，应为11时30分。", "11时30分", "12 11:13"),
        (f"【更正】{OF_NOON}更正：{THEN_ISSUED}发布时间有误，应为25时30分。", "25时30分", "12 11:13"),
        ("更正：突泉县气象台14时20分发布的暴雨红色预警信号发布时间应为14时02分。", "14时02分", None),
        ("更正：突泉县气象台7月12日00时10分发布的暴雨红色预警信号发布时间应为23时50分。", "23时50分", None),
    ],
)
def test_an_hour_of_which_nobody_can_tell_is_shown(
    text: str, unread: str, at: str | None, gazetteer: Gazetteer
) -> None:
    found = one(text, gazetteer)
    assert not found.puts_hour_right and unread in [words.text for words in found.unread]
    assert (found.issued_at and f"{found.issued_at.value:%d %H:%M}") == at and found.corrected_at is None


@pytest.mark.parametrize(
    "text",
    [
        f"{OF_NOON}发布暴雨红色预警信号：宝石镇应于12时前转移。",
        f"【更正】{OF_NOON}更正：{THEN_ISSUED}范围有误，应为宝石镇，12时前转移。",
    ],
)
def test_other_hours_are_as_they_were(text: str, gazetteer: Gazetteer) -> None:
    found = one(text, gazetteer)
    assert not found.puts_hour_right and found.issued_at is not None and f"{found.issued_at.value:%H:%M}" == "11:13"
    assert not any("时" in words.text for words in found.unread)
