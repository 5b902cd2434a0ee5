"""The journal speaks: every action that the code records has its words."""

import re
from pathlib import Path

import pytest

import geo_housing
from geo_housing.accounts.permissions import CLI_PERMISSIONS
from geo_housing.journal.wording import ACTIONS, changes, figures
from geo_housing.translation import translate

CODE = Path(geo_housing.__file__).parent
RECORDED = re.compile(r'(?:record|record_unseen|_note|_log|_record)\(\s*[^()"]*?"([a-z_]+\.[a-z_]+)"', re.S)


def recorded() -> set[str]:
    """Actions that stand as text in a call that records."""
    return {action for path in CODE.rglob("*.py") for action in RECORDED.findall(path.read_text("utf-8"))}


def test_every_recorded_action_has_its_words() -> None:
    found = recorded()
    assert len(found) > 20
    assert found - ACTIONS.keys() - CLI_PERMISSIONS == set(), "add its words to journal/wording.py"


def test_changes_are_told_with_labels_and_without_what_stayed_nothing() -> None:
    diff = {
        "to": [None, None],
        "grade": ["C", "D"],
        "traits": [[], ["elderly_alone"]],
        "unheard_of": [1, 2],
        "role": [None, "township"],
    }
    assert changes(diff) == [
        ("角色", "—", "乡镇"),
        ("安全等级", "C级", "D级"),
        ("避险特征", "—", "独居老人"),
        ("unheard_of", "1", "2"),
    ]


def test_figures_are_told_in_order_and_unknown_ones_last() -> None:
    assert figures({"zz": 1, "rejected": 2, "created": 40, "personal": False, "filter": {}, "families_sum": {"sum": "1"}}) == [
        ("新增", "40"), ("拒绝", "2"), ("含个人信息", "否"), ("zz", "1"),
    ]  # fmt: skip


def test_figures_have_their_thousands_and_moments_are_read_on_our_clock_but_years_stay_years() -> None:
    assert figures({"opened": 3159, "area_km2": 853.977}) == [("面积（km²）", "853.977"), ("下达任务（栋）", "3,159")]
    assert changes({"visited_at": [None, "2026-11-25T03:04:00+00:00"], "built_year": [1979, 1980]}) == [
        ("排查时间", "—", "2026-11-25 11:04"),
        ("建成年份", "1979", "1980"),
    ]


def test_a_moving_list_that_came_back_is_counted_in_families_and_a_photo_has_its_number() -> None:
    counts = {"read": 8, "entered": 7, "left": 1}
    assert figures(counts, "evacuation.returned") == [("读取（条）", "8"), ("录入（户）", "7"), ("保持原样（户）", "1")]
    assert figures(counts, "inspections.returned") == [
        ("读取（条）", "8"),
        ("录入（栋）", "7"),
        ("保持原样（栋）", "1"),
    ]
    assert figures({"photo": 2}) == [("照片编号", "2")]


OF_EVENTS = {
    "response.respond": {"changed": "有变化（栋）"},
    "response.grow": {"changed": "有变化（栋）"},
    "hazards.zones": {"rejected": "拒绝（个图形）"},
    "evacuation.enter_many": {"unchanged": "未变（户）"},
    "inspections.returned": {"unchanged": "未变（栋）", "restored": "恢复（栋）", "rejected": "拒绝（处）"},
    "evacuation.returned": {"unchanged": "未变（户）", "restored": "恢复（户）", "partly": "部分替换（户）"},
    "export.village_list": {"villages": "村（个）"},
}


@pytest.mark.parametrize("action", OF_EVENTS)
def test_every_count_of_an_event_says_of_what(action: str) -> None:
    for name, label in OF_EVENTS[action].items():
        assert figures({name: 2}, action) == [(label, "2")]
        said = translate(label, "en")
        assert not re.search("[\u3400-\u9fff]", said), said
