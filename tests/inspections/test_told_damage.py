"""Damage told in words beside 未见明显隐患 sent a family home: it is read where it is plain, and asked about."""

from datetime import timedelta

import pytest

from geo_housing import clock
from geo_housing.inspections.stages import Findings, contradictions
from geo_housing.inspections.told_damage import damage_told


@pytest.mark.parametrize(
    ("words", "clause"),
    [
        ("屋顶漏雨严重，西墙裂了一道缝", "屋顶漏雨严重"),
        ("一切正常。东山墙有点歪", "东山墙有点歪"),
        ("后墙鼓包", "后墙鼓包"),
        ("屋里进水约20厘米", "屋里进水约20厘米"),
        ("房后滑坡", "房后滑坡"),
        ("未见裂缝，没有漏雨", None),
        ("墙体无裂缝、屋面不漏", None),
        ("旧裂缝，和去年一样", None),
        ("屋顶漏雨已修好", None),
        ("村口路面塌陷，绕行", None),
        ("邻居家院墙塌了", None),
        ("漏电保护器正常", None),
        ("", None),
        (None, None),
    ],
)
def test_what_is_plain(words: str | None, clause: str | None) -> None:
    assert damage_told(words) == clause


@pytest.mark.parametrize(("result", "is_asked"), [("no_visible_hazard", True), ("suspected", False), ("locked", False)])
def test_is_asked_about_beside_no_visible_hazard_alone(result: str, is_asked: bool) -> None:
    now = clock.now()
    said = Findings(result=result, damage="none", findings="屋顶漏雨严重", visitor="甲", visited_at=now)
    told = [fault.column for fault in contradictions(Findings(), said, now=now, earliest=now - timedelta(hours=1))]
    assert ("findings" in told) is is_asked
