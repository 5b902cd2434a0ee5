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
