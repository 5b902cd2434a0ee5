"""Whatever the order and the words: of townships where the warning goes on none is read as lifted."""

from hypothesis import given
from hypothesis import strategies as st

from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.hazards.bulletin.reading import read_bulletin
from tests.hazards.bulletin.texts import PASTED_ON

TOWNSHIPS = ("六户镇", "东杜尔基镇", "永安镇", "水泉镇", "宝石镇", "学田乡", "九龙乡", "太平乡")
SIGNAL = "暴雨红色预警信号"
LIFTED = ("解除{}" + SIGNAL, "{}" + SIGNAL + "解除", "{}解除" + SIGNAL, "解除{}的" + SIGNAL)
KEPT = (
    "{}维持" + SIGNAL, "{}" + SIGNAL + "继续生效", "{}" + SIGNAL + "仍然有效", "{}继续发布" + SIGNAL, "{}预警继续有效", "{}继续维持预警",
    "继续维持{}" + SIGNAL, "{}暂不解除", "{}除外", "{}不在此次解除范围", "{}降级为暴雨橙色预警信号", "{}维持红色", "{}仍处于红色预警",
)  # fmt: skip
NAMES = st.lists(st.sampled_from(TOWNSHIPS), min_size=2, max_size=6, unique=True)
MARKS = st.sampled_from("，；。")


def listed(names: list[str], last: str) -> str:
    return last.join(["、".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


@given(
    names=NAMES, cut=st.integers(1, 5), lifted=st.sampled_from(LIFTED), kept=st.sampled_from(KEPT), mark=MARKS,
    last=st.sampled_from(["、", "和", "及"]), is_kept_first=st.booleans(),
)  # fmt: skip
def test_what_goes_on_is_never_lifted(
    names: list[str], cut: int, lifted: str, kept: str, mark: str, last: str, is_kept_first: bool, gazetteer: Gazetteer
) -> None:
    some, others = names[: min(cut, len(names) - 1)], names[min(cut, len(names) - 1) :]
    clauses = [lifted.format(listed(some, last)), kept.format(listed(others, last))]
    said = mark.join(reversed(clauses) if is_kept_first else clauses)
    found = read_bulletin(f"突泉县气象台7月12日5时{said}。", gazetteer, pasted_on=PASTED_ON).bulletins
    ends = {area.name for one in found if one.action and one.action.value == "lift" for area in one.areas}
    assert ends.isdisjoint(others), found
    for one in found:
        if one.action and one.action.value == "lift":
            # Nor is it read as a lift of everything.
            assert one.says_where
    if not is_kept_first and lifted.startswith("解除"):
        assert ends == set(some)
        told = "".join(unread.text for unread in found[0].unread)
        assert all(name in told for name in others)


@given(
    names=NAMES,
    text=st.sampled_from(["解除{}预警信号，{}维持暴雨红色预警信号", "解除暴雨红色预警信号：{}降水结束，{}预警继续"]),
)
def test_a_name_that_stands_on_both_sides_goes_on(names: list[str], text: str, gazetteer: Gazetteer) -> None:
    said = text.format("、".join(names), names[0])
    found = read_bulletin(f"突泉县气象台7月12日5时{said}。", gazetteer, pasted_on=PASTED_ON).bulletins
    for one in found:
        if one.action and one.action.value == "lift":
            assert names[0] not in {area.name for area in one.areas}
