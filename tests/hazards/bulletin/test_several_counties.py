"""With a league's counties loaded a text means those of the county that issues it, or that it names."""

import pytest

from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.hazards.bulletin.reading import read_bulletin
from tests.hazards.bulletin.texts import PASTED_ON

SIGNAL = "2026年7月12日1时50分发布暴雨红色预警信号："


@pytest.mark.parametrize(
    ("text", "areas", "asked"),
    [
        (f"甲山县气象台{SIGNAL}永安镇将有大暴雨。", {"990001100"}, ()),
        (f"乙川旗气象台{SIGNAL}永安镇红旗嘎查将有大暴雨。", {"990002100201"}, ()),
        (f"乙川旗气象台{SIGNAL}全旗大部将有大暴雨。", {"990002"}, ()),
        (f"某某盟气象台{SIGNAL}甲山县永安镇、乙旗大部将有大暴雨。", {"990001100", "990002"}, ()),
        (f"某某盟气象台{SIGNAL}甲山县、乙川旗将有大暴雨。", {"990001", "990002"}, ()),
        (f"某某盟气象台{SIGNAL}永安镇将有大暴雨。", set(), ()),
        # No issuer: what only one county has is clear, the rest is asked.
        ("发布暴雨红色预警信号：青石镇将有大暴雨。", {"990001101"}, ()),
        ("发布暴雨红色预警信号：永安镇将有大暴雨。", set(), ("永安镇",)),
        ("发布暴雨红色预警信号：我县将有大暴雨。", set(), ("我县",)),
    ],
)
def test_the_county_is_told_by_who_speaks(
    text: str, areas: set[str], asked: tuple[str, ...], two_counties: Gazetteer
) -> None:
    (found,) = read_bulletin(text, two_counties, pasted_on=PASTED_ON).bulletins
    assert {area.code for area in found.areas} == areas
    assert tuple(question.text for question in found.questions) == asked
    assert all(len(question.candidates) == 2 for question in found.questions)


def test_without_divisions_everything_but_the_areas_is_read() -> None:
    (found,) = read_bulletin(f"甲山县气象台{SIGNAL}永安镇将有大暴雨。", Gazetteer([]), pasted_on=PASTED_ON).bulletins
    assert found.level and found.level.value == "red" and found.areas == ()
    assert [part.text for part in found.unread] == ["甲山县气象台"]
