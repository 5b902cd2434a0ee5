"""What villages write for the words of our lists: each word with one meaning as that one, any other asked about or refused."""

import pytest

from geo_housing.errors import BadInput
from geo_housing.everyday_words import (
    MOVED_SOMEWHERE,
    NONE_OF_THEM,
    PLACES,
    PROPOSED,
    SAID,
    SAYS_MORE,
    SeveralMeanings,
    count_of,
    folded,
    meaning_of,
    place_of,
)
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS, EVACUATION_STATE, FINDING_ITEM, REPORTED_HOW, WordList

LISTS = (CHECK_RESULT, DAMAGE_CLASS, EVACUATION_STATE, FINDING_ITEM, REPORTED_HOW)


@pytest.mark.parametrize(
    ("known", "written", "meant"),
    [
        (CHECK_RESULT, "锁门", "locked"),
        (CHECK_RESULT, "无人在家", "locked"),
        (CHECK_RESULT, "没人在家。", "locked"),
        (CHECK_RESULT, "没人住", "uninhabited"),
        (CHECK_RESULT, "没事", "no_visible_hazard"),
        (CHECK_RESULT, "正 常", "no_visible_hazard"),
        (CHECK_RESULT, "没问题！", "no_visible_hazard"),
        (CHECK_RESULT, "塌了", "collapsed"),
        (CHECK_RESULT, "倒了", "collapsed"),
        (CHECK_RESULT, "裂了", "suspected"),
        (CHECK_RESULT, "漏雨", "suspected"),
        (CHECK_RESULT, "拆了", "demolished"),
        (CHECK_RESULT, "不让进", "refused"),
        (DAMAGE_CLASS, "没事", "none"),
        (DAMAGE_CLASS, "安全", "none"),
        (DAMAGE_CLASS, "轻微", "slight"),
        (DAMAGE_CLASS, "严重", "severe"),
        (DAMAGE_CLASS, "塌了", "collapsed"),
        (FINDING_ITEM, "漏雨", "roof_leak"),
        (FINDING_ITEM, "墙裂了", "wall_crack"),
        (FINDING_ITEM, "进水了", "flooded"),
        (EVACUATION_STATE, "已转", "moved_to_shelter"),
        (EVACUATION_STATE, "已转走", "moved_to_shelter"),
        (EVACUATION_STATE, "转了", "moved_to_shelter"),
        (EVACUATION_STATE, "未转", "pending"),
        (EVACUATION_STATE, "没转", "pending"),
        (EVACUATION_STATE, "投亲", "moved_to_kin"),
        (EVACUATION_STATE, "去儿子家了", "moved_to_kin"),
        (EVACUATION_STATE, "去女儿家", "moved_to_kin"),
        (EVACUATION_STATE, "在闺女家", "moved_to_kin"),
        (EVACUATION_STATE, "外出打工", "away"),
        (EVACUATION_STATE, "外出务工", "away"),
        (EVACUATION_STATE, "在外打工", "away"),
        (EVACUATION_STATE, "在外务工", "away"),
        (EVACUATION_STATE, "在外地", "away"),
        (EVACUATION_STATE, "不愿走", "refused"),
        (EVACUATION_STATE, "打不通", "unreachable"),
        (EVACUATION_STATE, "已回家", "returned"),
        (REPORTED_HOW, "微信群", "chat"),
    ],
)
def test_a_word_with_one_meaning_is_read_as_that(known: WordList, written: str, meant: str) -> None:
    meaning = meaning_of(known, written)
    assert (meaning.code, bool(meaning.word)) == (meant, True)


@pytest.mark.parametrize(
    ("known", "written", "either"),
    [
        # Somebody must come again, or nobody lives there: not the same.
        (CHECK_RESULT, "没人", ("锁门/外出", "无人居住")),
        (EVACUATION_STATE, "锁门", ("已外出", "联系不上")),
        # With the sheep and back at dusk, or working in another province.
        (EVACUATION_STATE, "外出", ("已外出", "联系不上")),
        (EVACUATION_STATE, "外出了", ("已外出", "联系不上")),
        (EVACUATION_STATE, "在外", ("已外出", "联系不上")),
        (DAMAGE_CLASS, "裂了", ("一般损坏", "严重损坏")),
        (DAMAGE_CLASS, "有", ("一般损坏", "严重损坏")),
        (FINDING_ITEM, "裂了", ("墙体开裂", "地面、地基下沉")),
        (FINDING_ITEM, "墙倒了", ("墙体局部倒塌", "院墙、仓房倒塌")),
    ],
)
def test_a_word_with_two_meanings_is_asked_about_with_both(
    known: WordList, written: str, either: tuple[str, str]
) -> None:
    with pytest.raises(BadInput) as refused:
        meaning_of(known, written)
    assert f"“{written}”可能是“{either[0]}”、“{either[1]}”" in refused.value.sentence


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("住院", ("pending", "away")),
        ("打工去了", ("away", "unreachable")),
        ("走亲戚", ("moved_to_kin", "away")),
    ],
)
def test_of_several_meanings_the_likeliest_is_proposed(written: str, codes: tuple[str, ...]) -> None:
    with pytest.raises(SeveralMeanings) as asked:
        meaning_of(EVACUATION_STATE, written)
    assert (asked.value.codes, asked.value.proposed) == (codes, "away")
    with pytest.raises(SeveralMeanings) as asked:
        meaning_of(EVACUATION_STATE, "锁门")
    assert asked.value.proposed is None


@pytest.mark.parametrize(
    "written",
    ["没去儿子家", "儿子家也没人", "等女儿家来接", "他住院的儿子在家", "不打工去了", "女儿家塌了", "村里打工去了两人"],
)
def test_a_phrase_counts_as_a_whole_or_not_at_all(written: str) -> None:
    with pytest.raises(BadInput, match="可以填：待转移、"):
        meaning_of(EVACUATION_STATE, written)
    assert place_of(written) is None


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("去女儿家", "女儿家"),
        ("到儿子家了", "儿子家"),
        ("住亲戚家", "亲戚家"),
        ("住院", "住院"),
        ("在外打工", "在外打工"),
        ("投亲", None),
    ],
)
def test_where_they_are_is_kept_of_a_word_that_says_so(written: str, place: str | None) -> None:
    assert place_of(written) == place


@pytest.mark.parametrize("known", LISTS, ids=lambda known: known.name)
@pytest.mark.parametrize("written", ["√", "×", "是", "否", "1", "0", "对", "失联", "塌了半边", "差不多", "不知道"])
def test_what_says_nothing_certain_is_refused_with_what_may_be_written(known: WordList, written: str) -> None:
    with pytest.raises(BadInput) as refused:
        meaning_of(known, written)
    assert all(label in refused.value.sentence for label in known.labels.values())


@pytest.mark.parametrize("written", ["好的", "好", "安全"])
def test_an_acknowledgement_or_a_grade_is_no_result(written: str) -> None:
    with pytest.raises(BadInput, match="可以填：未见明显隐患、"):
        meaning_of(CHECK_RESULT, written)


@pytest.mark.parametrize("known", LISTS, ids=lambda known: known.name)
def test_the_words_fit_the_lists_and_hide_no_label(known: WordList) -> None:
    assert set(SAID[known.name]) <= set(known.labels)
    labels = {folded(label) for label in known.labels.values()} | set(known.aliases or ())
    for words in SAID[known.name].values():
        for word in words.split():
            assert word == folded(word) and word not in labels, word
    for code, label in known.labels.items():
        assert meaning_of(known, f" {label} ").code == code and meaning_of(known, label).word is None


def test_sets_of_words_are_words_of_the_lists() -> None:
    for name, words in SAYS_MORE.items():
        assert words <= {word for said in SAID[name].values() for word in said.split()}
    assert all(meaning_of(EVACUATION_STATE, word).code == "moved_to_shelter" for word in MOVED_SOMEWHERE)
    words = {word for said in SAID[EVACUATION_STATE.name].values() for word in said.split()}
    assert words >= {*PROPOSED[EVACUATION_STATE.name], *PLACES}
    assert not NONE_OF_THEM & {word for words in SAID["损坏情况"].values() for word in words.split()}


@pytest.mark.parametrize(
    ("what", "written", "count", "in_words"),
    [
        ("rooms", "3", 3, False),
        ("rooms", "３间", 3, False),
        ("rooms", "3.0", 3, False),
        ("rooms", " 3 间。", 3, False),
        ("rooms", "三间", 3, True),
        ("rooms", "两间", 2, True),
        ("rooms", "俩", 2, True),
        ("rooms", "十二间", 12, True),
        ("rooms", "二十间", 20, True),
        ("rooms", "无", 0, True),
        ("people", "5人", 5, False),
        ("people", "三口人", 3, True),
        ("people", "三\n口人", 3, True),
        ("people", "两个人", 2, True),
    ],
)
def test_whole_numbers_are_read_in_digits_and_in_words(what: str, written: str, count: int, in_words: bool) -> None:
    assert count_of(what, written, most=99) == (count, in_words)


@pytest.mark.parametrize(
    "written", ["2 间半", "两间半", "半间", "几间", "三四间", "3-4间", "√", "全部", "2.5", "-1", "100"]
)
def test_no_other_number_is_made_up(written: str) -> None:
    with pytest.raises(BadInput, match="整数"):
        count_of("rooms", written, most=99)


@pytest.mark.parametrize("written", ["3\n2", "1 2", "3　2", "十 二", "二十\n三", "3人\n2人", "3 2人"])
def test_two_numbers_in_one_cell_are_not_one(written: str) -> None:
    for what in ("rooms", "people"):
        with pytest.raises(BadInput, match="整数"):
            count_of(what, written, most=99)


def test_nobody_is_no_number_of_people() -> None:
    with pytest.raises(BadInput, match="人数要填 0 到 99"):
        count_of("people", "无", most=99)
