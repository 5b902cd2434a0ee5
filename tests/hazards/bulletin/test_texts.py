"""Every text is read as a person reads it; the answers stand beside the texts (texts.py)."""

import pytest

from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.hazards.bulletin.parts import Bulletin, Part, ReadArea
from geo_housing.hazards.bulletin.reading import read_bulletin
from tests.hazards.bulletin.contrary_texts import CONTRARY
from tests.hazards.bulletin.corrected_texts import CORRECTED
from tests.hazards.bulletin.further_texts import FURTHER
from tests.hazards.bulletin.mixed_texts import MIXED
from tests.hazards.bulletin.texts import CASES, PASTED_ON, Case

ALL = [*CASES, *MIXED, *FURTHER, *CONTRARY, *CORRECTED]


def value(part: Part[str] | None) -> str | None:
    return None if part is None else part.value


def moment(part: Part | None) -> str | None:
    return None if part is None else f"{part.value:%Y-%m-%d %H:%M}"


def said(area: ReadArea, gazetteer: Gazetteer) -> str:
    above = gazetteer.places[area.code[:9]].name if len(area.code) > 9 else ""
    marks = "".join((f"@{area.extent}" if area.extent else "", f"!{area.level}" if area.level else ""))
    return f"{above}{area.name}{marks}{'~' if area.is_observed else ''}"


def as_read(bulletin: Bulletin, gazetteer: Gazetteer) -> dict[str, object]:
    return {
        "action": value(bulletin.action),
        "kind": value(bulletin.kind),
        "level": value(bulletin.level),
        "former": value(bulletin.former_level),
        "response": value(bulletin.response_level),
        "issuers": tuple(part.value for part in bulletin.issuers),
        "issued": moment(bulletin.issued_at),
        "effective": moment(bulletin.effective_at),
        "expires": moment(bulletin.expires_at),
        "replaced": moment(bulletin.replaced_at),
        "areas": {said(area, gazetteer) for area in bulletin.areas},
        "asked": tuple(one.text for one in bulletin.questions),
        "unread": {one.text for one in bulletin.unread},
    }


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_a_text_is_read(case: Case, gazetteer: Gazetteer) -> None:
    bulletins = read_bulletin(case.text, gazetteer, pasted_on=case.pasted_on).bulletins
    expected = {name: getattr(case, name) for name in (
        "action", "kind", "level", "former", "response", "issuers", "issued", "effective", "expires", "replaced", "asked",
    )} | {"areas": set(case.areas), "unread": set(case.unread)}  # fmt: skip
    if case.action is None and not case.areas and not case.unread:
        assert bulletins == ()
        return
    assert as_read(bulletins[0], gazetteer) == expected
    further = tuple(
        f"{value(one.action)} {value(one.kind)} {value(one.level)} {moment(one.issued_at)} "
        + " ".join(said(area, gazetteer) for area in one.areas)
        for one in bulletins[1:]
    )
    assert further == case.further


def test_there_are_enough_texts() -> None:
    assert len(ALL) >= 40 and len({case.name for case in ALL}) == len({case.text for case in ALL}) == len(ALL)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("【演练】突泉县气象台7月12日9时发布暴雨红色预警信号：宝石镇将有大暴雨。", "演练"),
        ("演练 突泉县气象台7月12日9时发布暴雨红色预警信号：宝石镇将有大暴雨。", "演练"),
        ("突泉县气象台7月12日9时发布暴雨红色预警信号：宝石镇将有大暴雨。（演习）", "演习"),
        ("突泉县气象台7月12日9时发布暴雨红色预警信号：宝石镇将有大暴雨。此为演练", "此为演练"),
        ("（桌面推演）突泉县气象台7月12日9时发布暴雨红色预警信号：宝石镇将有大暴雨。", "推演"),
        ("【应急演练】突泉县气象台7月12日9时发布暴雨红色预警信号：宝石镇将有大暴雨。", "演练"),
        ("突泉县气象台7月12日9时发布暴雨红色预警信号：宝石镇将有大暴雨。（演练结束）", "演练"),
        ("以下为演习内容：突泉县气象台7月12日9时发布暴雨红色预警信号：宝石镇将有大暴雨。", "演习"),
        ("宝石镇7月12日9时举行演练，届时将模拟发布暴雨红色预警信号：宝石镇将有大暴雨。", "模拟发布"),
        ("突泉县气象台7月12日9时发布暴雨红色预警信号：宝石镇将有大暴雨，按避险演练的路线转移。", None),
    ],
)
def test_an_exercise_is_told_by_its_mark(text: str, marked: str | None, gazetteer: Gazetteer) -> None:
    (found,) = read_bulletin(text, gazetteer, pasted_on=PASTED_ON).bulletins
    assert (found.drill and found.drill.text) == marked


def test_names_before_those_words_are_underlined_where_they_stand(gazetteer: Gazetteer) -> None:
    text = (
        "突泉县气象台7月12日9时发布暴雨红色预警信号：过去3小时宝石镇、永安镇已出现50毫米降水，预计上述地区仍将有暴雨。"
    )
    (found,) = read_bulletin(text, gazetteer, pasted_on=PASTED_ON).bulletins
    told = [(area.text, text[area.start : area.end], area.is_observed) for area in found.areas]
    assert told == [("宝石镇", "宝石镇", False), ("永安镇", "永安镇", False)]
