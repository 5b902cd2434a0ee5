"""Names of divisions as ledgers write them (domain section 2, traps)."""

import csv
from collections import Counter, defaultdict

import pytest

from geo_housing.areas.names import MatchKey, key_of, match_key, normalise_area_name
from geo_housing.areas.queries import AreaName
from geo_housing.houses.intake.declared import Divisions
from geo_housing.own_code import PROJECT_FOLDER


@pytest.fixture(scope="module")
def official() -> list[AreaName]:
    with (PROJECT_FOLDER / "data" / "boundaries" / "tuquan_divisions.csv").open(encoding="utf-8") as file:
        return [AreaName(r["code"], r["level"], r["name"], r["parent_code"] or None) for r in csv.DictReader(file)]


@pytest.mark.parametrize(
    "written",
    ["南厢村委会", "南厢村", "南厢村民委员会", "南厢行政村", "南厢嘎查", "南厢嘎查村", "南厢嘎查委员会", " 南厢 村（委会）", "突泉县南厢村", "内蒙古自治区兴安盟突泉县南厢村"],
)  # fmt: skip
def test_a_village_is_one_unit_under_all_its_words(written: str) -> None:
    assert key_of(written, "village") == MatchKey("南厢", "village")


@pytest.mark.parametrize(
    "written", ["宝石居委会", "宝石社区", "宝石社区居委会", "宝石居民委员会", "宝石社区居民委员会"]
)
def test_a_residents_committee_is_another_unit(written: str) -> None:
    key = key_of(written, "village")
    assert key == MatchKey("宝石", "residents")
    assert not key.meets(key_of("宝石村", "village"))
    assert key.meets(key_of("宝石", "village"))


def test_a_township_is_known_without_its_kind_and_a_name_of_one_character_stays() -> None:
    assert {key_of(name, "township").stem for name in ("突泉镇", "突泉", "突泉乡", "突泉县突泉镇")} == {"突泉"}
    assert key_of("村", "village").stem == "村"
    assert key_of("突泉县", "county").stem == "突泉县"


def test_full_width_letters_and_brackets_do_not_matter() -> None:
    assert normalise_area_name("Ａ１（新）村") == "A1新村"
    assert match_key("宝石村委会", "village") == "宝石/village"


def test_full_names_are_unique_in_the_county_and_nine_stems_collide(official: list[AreaName]) -> None:
    villages = [area for area in official if area.level == "village"]
    assert len({(area.parent_code, match_key(area.name, "village")) for area in villages}) == 212
    stems: dict[str, list[AreaName]] = defaultdict(list)
    for area in villages:
        if area.name.endswith(("村委会", "居委会")):
            stems[key_of(area.name, "village").stem].append(area)
    colliding = {stem: found for stem, found in stems.items() if len(found) > 1}
    assert set(colliding) == {"兴安", "光明", "幸福", "利民", "胜利", "团结", "向阳", "永平", "宝石"}
    within = [stem for stem, found in colliding.items() if max(Counter(a.parent_code for a in found).values()) > 1]
    assert within == ["宝石"]


def test_a_colliding_stem_is_asked_about_and_the_full_name_answers(official: list[AreaName]) -> None:
    divisions = Divisions(official)
    codes = {area.name: area.code for area in official if area.name.startswith("宝石")}
    assert divisions.declared("宝石镇", "宝石村").code == codes["宝石村委会"]
    assert divisions.declared("宝石镇", "宝石社区").code == codes["宝石居委会"]
    asked = divisions.declared("宝石镇", "宝石")
    assert asked.code == codes["宝石镇"]
    assert asked.sentence is not None
    assert "宝石居委会" in asked.sentence
    assert "宝石村委会" in asked.sentence


def test_every_official_name_finds_its_own_code_in_many_spellings(official: list[AreaName]) -> None:
    divisions = Divisions(official)
    townships = {area.code: area.name for area in official if area.level == "township"}
    for area in official:
        if area.level != "village":
            continue
        township = townships[area.parent_code or ""]
        spellings = [area.name, area.name.replace("村委会", "村"), area.name.replace("村委会", "村民委员会")]
        spellings += [area.name.replace("居委会", "社区"), area.code]
        for spelling in spellings:
            assert divisions.declared(township, spelling).code == area.code, spelling


def test_an_abolished_township_is_known_by_its_alias(official: list[AreaName]) -> None:
    township = next(area for area in official if area.name == "太平乡")
    divisions = Divisions(official, [(township.code, "太东乡")])
    assert divisions.declared("太东乡", None).code == township.code
    assert divisions.declared("太东", None).code == township.code
    unknown = Divisions(official).declared("太东乡", None)
    assert unknown.code is None
    assert unknown.sentence == "没有找到乡镇“太东乡”，请核对名称。"


@pytest.mark.parametrize(
    ("written", "stem"),
    [("红旗村", "红旗"), ("东红旗村委会", "东红旗"), ("联盟村", "联盟"), ("联盟红旗村", "联盟红旗"), ("省庄村", "省庄"), ("扎赉特旗红旗村", "红旗")],
)  # fmt: skip
def test_a_village_called_like_a_banner_keeps_its_name(written: str, stem: str) -> None:
    assert key_of(written, "village") == MatchKey(stem, "village")
