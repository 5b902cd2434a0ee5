"""电话报数 beside the names: no family counts twice, whatever is told of whom."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_housing.errors import BadInput
from geo_housing.evacuation.figures import Told, known_by_area
from geo_housing.evacuation.one_line import Line, NamedDivision, read_line, told_area
from geo_housing.evacuation.spoken_numbers import in_digits, vague_number
from geo_housing.houses.heads import Heads

TOWN, V1, V2 = "152224105", "152224105201", "152224105202"
COUNTY = "152224"


def unnamed(named: dict[str, Heads], told: dict[str, Told], area: str) -> tuple[int, ...]:
    """户 and 人; with the 户 of unknown people where there are any."""
    found = known_by_area(named, told)[area].unnamed
    return (found.households, found.people, found.unsized)[: 3 if found.unsized else 2]


def test_who_is_told_and_not_named_stands_beside() -> None:
    assert unnamed({}, {TOWN: Told(12, 19)}, TOWN) == (12, 19)
    assert unnamed({V1: Heads(5, 9)}, {TOWN: Told(12, 19)}, TOWN) == (7, 10)


def test_names_that_reach_the_figure_replace_it_also_when_they_are_more_or_fewer_people() -> None:
    assert unnamed({V1: Heads(7, 11), V2: Heads(5, 6)}, {TOWN: Told(12, 19)}, TOWN) == (0, 0)
    assert known_by_area({V1: Heads(12, 17)}, {TOWN: Told(12, 19)})[TOWN].is_covered


def test_a_village_told_of_is_part_of_what_its_township_tells() -> None:
    told = {V1: Told(4, 6), TOWN: Told(12, 19)}
    assert unnamed({}, told, V1) == (4, 6)
    assert unnamed({}, told, TOWN) == (12, 19), "not 16"
    assert unnamed({}, {**told, TOWN: Told(3, 5)}, TOWN) == (4, 6), "the township's is older than the village's"
    assert unnamed({}, {**told, COUNTY: Told(20, 30)}, COUNTY) == (20, 30)


def test_rows_of_no_village_are_the_townships_own() -> None:
    assert unnamed({TOWN: Heads(2, 2), V1: Heads(3, 4)}, {TOWN: Told(6, 8)}, TOWN) == (1, 2)


def test_whom_a_figure_tells_without_their_people_are_of_unknown_size() -> None:
    assert unnamed({V1: Heads(2, 5)}, {TOWN: Told(4, None)}, TOWN) == (2, 0, 2)
    assert unnamed({V1: Heads(2, 0, 2)}, {TOWN: Told(4, None)}, TOWN) == (2, 0, 2), "those of the names stand with them"
    assert unnamed({}, {V1: Told(4, None), V2: Told(3, 5)}, TOWN) == (7, 5, 4)
    assert unnamed({}, {V1: Told(4, None), TOWN: Told(7, 12)}, TOWN) == (7, 12), "the township tells of all its people"
    assert unnamed({V1: Heads(7, 19)}, {TOWN: Told(9, 19)}, TOWN) == (2, 0, 2), "no people are left for two households"


def test_who_was_named_for_a_figure_and_is_moved_no_longer_is_not_replaced_by_somebody_unnamed() -> None:
    assert unnamed({V1: Heads(9, 22)}, {TOWN: Told(10, 25, gone=Heads(1, 3))}, TOWN) == (0, 0)
    assert known_by_area({V1: Heads(9, 22)}, {TOWN: Told(10, 25, gone=Heads(1, 3))})[TOWN].is_covered
    assert unnamed({V1: Heads(9, 20)}, {TOWN: Told(12, 25, gone=Heads(1, 3))}, TOWN) == (2, 2)
    assert unnamed({}, {TOWN: Told(2, 5, gone=Heads(4, 9))}, TOWN) == (0, 0), "more were named than told"
    assert unnamed({V1: Heads(1, 2)}, {TOWN: Told(4, 9, gone=Heads(1, 0, 1))}, TOWN) == (2, 0, 2), (
        "nobody knows how many"
    )


areas = st.sampled_from([V1, V2, TOWN, "152224104201", "152224104", COUNTY])
amounts = st.integers(0, 9)
named_heads = st.builds(Heads, amounts, amounts, amounts)


@given(
    st.dictionaries(areas, named_heads),
    st.dictionaries(areas, st.builds(Told, amounts, st.none() | amounts, named_heads)),
)
def test_what_is_known_is_never_less_than_named_nor_told_and_each_level_adds_up(
    named: dict[str, Heads], told: dict[str, Told]
) -> None:
    found = known_by_area(named, told)
    for area, one in found.items():
        inside = [amount for code, amount in named.items() if code.startswith(area)]
        assert one.named.households == sum(amount.households for amount in inside)
        assert one.named.people == sum(amount.people for amount in inside)
        assert one.unnamed.households >= 0 and one.unnamed.people >= 0 and one.unnamed.unsized >= 0
        assert one.unnamed.people or one.unnamed.unsized or not one.unnamed.households, "nobody is nobody"
        below = [part for code, part in found.items() if code != area and above(code) == area]
        parts = sum(part.known.households for part in below) + named.get(area, Heads()).households
        figure = told[area].households_still if area in told else 0
        # Those of the parts are among those of the whole: the larger of both, never their sum.
        assert one.known.households == max(parts, figure)
        assert one.is_covered == (area not in told or figure <= parts)


def above(code: str) -> str:
    return {12: code[:9], 9: code[:6], 6: ""}[len(code)] if code else "-"


PLACES = [
    NamedDivision(COUNTY, "突泉县", "county"),
    NamedDivision("152224103", "永安镇", "township"),
    NamedDivision("152224106", "东杜尔基镇", "township"),
    NamedDivision(TOWN, "宝石镇", "township"),
    NamedDivision("152224100", "突泉镇", "township"),
    NamedDivision(V1, "宝石村村委会", "village"),
    NamedDivision("152224105001", "宝石居委会", "village"),
    NamedDivision(V2, "永平村委会", "village"),
    NamedDivision("152224100210", "永平村委会", "village"),
    NamedDivision("152224100211", "东风村委会", "village"),
]


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("宝石镇已转12户19人", Line(TOWN, 12, 19)),
        ("宝石镇已转移１２户，１９人", Line(TOWN, 12, 19)),
        ("12户19人", Line(None, 12, 19)),
        ("东风村 3户", Line("152224100211", 3, None)),
        ("宝石镇永平村已转 5 户 8 人", Line(V2, 5, 8)),
        ("突泉镇永平村5户8人", Line("152224100210", 5, 8)),
        ("宝石村 2户 3口", Line(V1, 2, 3)),
        ("宝石居委会转1户", Line("152224105001", 1, None)),
        ("突泉镇1,204户3,011人", Line("152224100", 1204, 3011)),
        ("东风村 12 households, 19 people", Line("152224100211", 12, 19)),
        ("宝石镇应转411户784人，已转12户19人", Line(TOWN, 12, 19)),
        ("宝石镇已转12户19人，还有399户765人没转", Line(TOWN, 12, 19)),
        ("宝石镇 已转移12户，19人；其中投亲3户5人", Line(TOWN, 12, 19)),
        ("宝石镇已转12户还剩4户不走", Line(TOWN, 12, None)),
        ("宝石镇又转了5户9人，累计已转17户28人", Line(TOWN, 17, 28)),
        ("应转411户，其中已转12户", Line(None, 12, None)),
        ("突泉县已转500户1200人", Line(COUNTY, 500, 1200)),
        ("突泉县宝石镇已转2户", Line(TOWN, 2, None)),
        ("全县已转500户", Line(None, 500, None, "county")),
        ("已转2人1户", Line(None, 1, 2)),
        ("宝石镇已转十户二十三个人", Line(TOWN, 10, 23)),
        ("12户共19个人", Line(None, 12, 19)),
        ("两户五口人", Line(None, 2, 5)),
        ("东风村转了三户，十一口", Line("152224100211", 3, 11)),
        ("宝石镇累计一百零五户，共计二百三十七人", Line(TOWN, 105, 237)),
        ("宝石镇已转一百二十户三百一十名群众", Line(TOWN, 120, 310)),
        ("已转十二户19名老人", Line(None, 12, 19)),
        ("宝石镇应转四百一十一户，已转十二户十九人", Line(TOWN, 12, 19)),
        ("宝石镇已转十二户，河边还有一户老人不走", Line(TOWN, 12, None)),
    ],
)
def test_a_line_is_read(typed: str, line: Line) -> None:
    assert replace(read_line(typed, PLACES), more=None) == line


@pytest.mark.parametrize(
    ("typed", "said", "by", "is_more"),
    [
        ("宝石镇已转12户19人", None, None, False),
        ("今晚2时30分宝石镇已转12户", "今晚2时30分", None, False),
        ("宝石镇已转12户，19人。王主任02:40报", "02:40", "王主任", False),
        ("据李支书电话报告，宝石镇已转12户", None, "李支书", False),
        ("截至凌晨3点，全镇累计转移12户19人", "凌晨3点", None, False),
        ("宝石镇已转12户，王主任报：河边还有一户老人不走", None, "王主任", True),
        ("宝石镇应转411户784人，已转12户19人", None, None, True),
        ("宝石镇已转12户19人上报", None, None, False),
    ],
)
def test_who_said_it_and_when_is_read_and_nothing_of_the_line_is_lost(
    typed: str, said: str | None, by: str | None, is_more: bool
) -> None:
    line = read_line(typed, PLACES)
    assert (line.households, line.said, line.reported_by, line.more) == (12, said, by, typed if is_more else None)


def test_a_stem_of_a_township_and_its_villages_is_asked_about_with_all_of_them() -> None:
    with pytest.raises(BadInput, match="宝石镇、宝石居委会、宝石村村委会"):
        read_line("宝石已转12户", PLACES)
    with pytest.raises(BadInput, match="东风镇、东风村委会"):
        read_line("东风已转12户", [*PLACES, NamedDivision("152224108", "东风镇", "township")])


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("宝石镇已转19人", "没有看到户数"),
        ("永平村5户8人", "写上乡镇和村的全名"),
        ("", "没有看到户数"),
        ("宝石镇还有399户765人没转", "没有看到已转的户数"),
        ("宝石镇还有399户765人", "没有看到已转的户数"),
        ("宝石镇399户765人没转", "没有看到已转的户数"),
        ("宝石镇应转411户784人", "没有看到已转的户数"),
        ("宝石镇未转399户，应转411户", "没有看到已转的户数"),
        ("宝石镇又转了5户9人", "一共转了多少"),
        ("宝石镇新增5户9人", "一共转了多少"),
        ("宝石镇12户，19户", "几个数"),
        ("东风村已转3户、永平村5户", "几个地方|几个数"),
        ("宝石镇、东杜尔基镇已转12户", "一行只报一个地方"),
        ("宝石已转12户", "全名"),
        ("向阳镇已转12户", "不知道“向阳镇”是哪里"),
        ("双城已转3户5人", "不知道“双城”是哪里"),
        ("河东组 已转3户", "不知道“河东组”是哪里"),
        ("宝石镇已转十几户", "不是准数"),
        ("宝石镇已转几十户", "不是准数"),
        ("宝石镇已转12户三十多人", "不是准数"),
        ("宝石镇已转三五户", "不是准数"),
        ("宝石镇已转十二户七八个人", "不是准数"),
        ("宝石镇已转一百二户", "不是准数"),
        ("宝石镇已转二十多户", "不是准数"),
    ],
)
def test_what_cannot_be_read_is_asked_and_never_guessed(typed: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read_line(typed, PLACES)


def test_of_namesakes_ones_own_is_meant_and_a_level_without_name_is_that_of_the_page() -> None:
    assert read_line("永平村5户8人", PLACES, own="152224100") == Line("152224100210", 5, 8)
    assert read_line("永安镇已转77户", PLACES, own=TOWN).area == "152224103", "another's is not one's own"
    assert told_area(read_line("全镇已转3户", PLACES), TOWN) == TOWN
    with pytest.raises(BadInput, match="请写上地名"):
        told_area(read_line("全县已转3户", PLACES), TOWN)


def test_a_stem_of_a_township_and_of_another_ones_village_is_asked_about_on_either_page() -> None:
    places = [
        NamedDivision("152224103", "永安镇", "township"),
        NamedDivision(TOWN, "宝石镇", "township"),
        NamedDivision(V1, "永安村村委会", "village"),
    ]
    for own in ("152224103", TOWN, COUNTY, ""):
        with pytest.raises(BadInput, match="永安镇、永安村村委会"):
            read_line("永安已转12户", places, own=own)
    assert read_line("永安镇已转12户", places, own=TOWN).area == "152224103"
    assert read_line("永安村已转12户", places, own="152224103").area == V1
    assert read_line("宝石镇永安已转12户", places).area == V1
    assert read_line("永安已转12户", places, own=V1).area == V1, "who speaks for a village speaks of it"


def test_a_township_that_is_called_like_a_number_of_families() -> None:
    places = [NamedDivision("152224102", "六户镇", "township"), NamedDivision(TOWN, "宝石镇", "township")]
    assert read_line("六户镇已转六十户", places) == Line("152224102", 60, None)
    assert read_line("六户已转12户", places).area == "152224102"
    for typed in ("已转六户", "宝石镇已转六户九人", "六户镇转移六户"):
        with pytest.raises(BadInput, match="户数还是六户镇"):
            read_line(typed, places)


@given(st.integers(1, 9999))
def test_a_number_that_is_said_is_the_number(number: int) -> None:
    thousands, hundreds, tens, ones = (int(one) for one in f"{number:04}")
    said = ""
    for count, unit in ((thousands, "千"), (hundreds, "百"), (tens, "十"), (ones, "")):
        if count:
            said += "零一二三四五六七八九"[count] + unit
        elif said and not said.endswith("零"):
            said += "零"
    said = said.rstrip("零")
    assert in_digits(f"已转{said}户") == f"已转{number}户" and vague_number(f"已转{said}户") is None


@given(st.integers(1, 999), st.integers(1, 999), st.sampled_from(["应转", "还有", "未转", "又转了", "还剩"]))
def test_a_figure_of_others_than_moved_is_never_taken(due: int, moved: int, says: str) -> None:
    with pytest.raises(BadInput):
        read_line(f"宝石镇{says}{due}户{due}人", PLACES)
    typed = f"宝石镇{says}{due}户{due}人，累计已转{moved}户{moved}人"
    assert read_line(typed, PLACES) == Line(TOWN, moved, moved, more=typed)
