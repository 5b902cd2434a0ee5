"""What is read out: figures that stand apart, no sentence without content, no number of anybody, a drill says so twice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from geo_housing.calls.readout import Message, ReadFigures, Work, read_out
from geo_housing.hazards.naming import without_time

FOUND = ReadFigures(12, 14, 31, 2, 3, 1, 4, {"elderly_alone": 2, "impaired": 0})
NONE = ReadFigures(0, 0, 0, 0, 0, 0, 0, {})
MESSAGE = Message(
    event="宝石镇强降雨",
    phase="warning",
    is_drill=False,
    warning="暴雨红色预警",
    issued_at=datetime(2026, 7, 11, 17, 50, tzinfo=UTC),
    place="宝石镇",
    caller="这里是某县值班",
    figures=FOUND,
    demand="请马上转移。",
    reply_by=datetime(2026, 7, 11, 19, 10, tzinfo=UTC),
)


def test_it_says_whom_it_concerns_what_to_do_and_until_when() -> None:
    assert read_out(MESSAGE) == (
        "宝石镇：这里是某县值班。12日01:50暴雨红色预警（宝石镇强降雨）。"
        "影响范围内12户、31人（另2户未填人数），农房14栋，其中C、D级3栋，疑似危房1栋，另有4栋位置不确定，也要找到人。"
        "需要先照顾的：独居老人2户。请马上转移。请在12日03:10前回报。听清请复述一遍。"
    )


def test_how_many_must_be_moved_is_told_and_how_far_it_has_come() -> None:
    told = read_out(replace(MESSAGE, work=Work(8, 20, 1, 3, 14, 2)))
    assert "转移名单上应转8户、20人（另1户未填人数），已登记转移3户。请马上转移。" in told and "排查" not in told
    after = replace(MESSAGE, phase="aftermath", work=Work(8, 20, 0, 8, 14, 2), demand="请逐栋排查。")
    assert "另有4栋位置不确定，也要找到人。需要先照顾的：独居老人2户。应排查14栋，已排查2栋。请逐栋排查。" in read_out(
        after
    )
    assert "应转8户、20人，已登记转移7户。应排查14栋" in read_out(replace(after, work=Work(8, 20, 0, 7, 14, 2)))


def test_a_lift_is_told_and_sends_nobody_home() -> None:
    told = read_out(replace(MESSAGE, over="预警已解除", is_lifted=True))
    assert "12日01:50暴雨红色预警（宝石镇强降雨）。预警已解除。" in told and "请马上转移" not in told
    assert "已经转移的先不要返回，等通知" in told
    assert "请马上转移。" in read_out(replace(MESSAGE, over="预警已到期")), "nobody has lifted it"
    after = replace(MESSAGE, over="预警已解除", is_lifted=True, phase="aftermath", demand="请逐栋排查。")
    assert "请逐栋排查。" in read_out(after) and "等通知" not in read_out(after)


def test_what_is_sent_is_answered_and_not_repeated() -> None:
    told = read_out(replace(MESSAGE, is_written=True))
    assert told.endswith("请在12日03:10前回报。收到请回复。") and "复述" not in told


def test_what_is_not_there_is_not_said() -> None:
    told = read_out(replace(MESSAGE, figures=ReadFigures(1, 1, 4, 0, 0, 0, 0, {})))
    assert "影响范围内1户、4人，农房1栋。请马上转移。" in told


def test_without_registered_houses_people_are_looked_for_all_the_same() -> None:
    assert "没有登记的农房，请核实有没有未登记的住人房屋和工棚。" in read_out(replace(MESSAGE, figures=NONE))


def test_houses_of_doubtful_place_alone_are_told() -> None:
    told = read_out(replace(MESSAGE, figures=replace(NONE, uncertain=2)))
    assert "另有2栋位置不确定，也要找到人。" in told and "没有登记" not in told


def test_a_drill_says_so_at_both_ends() -> None:
    told = read_out(replace(MESSAGE, is_drill=True))
    assert told.startswith("【演练】") and told.endswith("这是演练。")


def test_an_event_that_is_called_by_its_warning_is_not_named_twice() -> None:
    told = read_out(replace(MESSAGE, event="某县7月12日暴雨红色预警"))
    assert told.count("暴雨红色预警") == 1 and "某县7月12日暴雨红色预警。" in told


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ("宝石镇、永安镇暴雨 2026-07-12 01:50", "12日01:50暴雨红色预警（宝石镇、永安镇）。影响"),
        ("宝石镇、永安镇暴雨 2026-07-12 01:50 #7", "12日01:50暴雨红色预警（宝石镇、永安镇）。影响"),
        ("宝石镇暴雨 2026-07-12 01:50", "12日01:50暴雨红色预警。影响"),
        ("宝石镇地质灾害 2026-07-12 01:50", "12日01:50暴雨红色预警（宝石镇地质灾害）。影响"),
        ("强降雨过程（宝石镇 07-12 01:50）", "12日01:50暴雨红色预警（强降雨过程）。影响"),
    ],
)
def test_date_and_place_are_told_once(event: str, told: str) -> None:
    message = replace(MESSAGE, event=event, untimed=without_time(event))
    assert told in read_out(message)
    assert f"{event}已经结束" in read_out(replace(message, phase="closed")), "there the time tells it apart"


def test_what_a_mistake_leaves_is_said_and_asked_for() -> None:
    mistake = replace(MESSAGE, phase="mistaken", work=Work(to_inspect=9, inspected=4), kept=7)
    told = read_out(mistake)
    assert "系误发，已经撤销。但有7户的房屋查出有危险，或者报了险情还没有人看过：这些户不要返回" in told
    assert "还有5栋已经开始排查或者报过险情，请接着查完" in told and "不再" not in told
    begun = read_out(replace(mistake, kept=0))
    assert "不再转移。已经转移出来的可以返回" in begun and "5栋" in begun and "不再转移和排查" not in begun
    done = read_out(replace(mistake, work=Work(to_inspect=9, inspected=9)))
    assert "查完" not in done and "7户" in done


@pytest.mark.parametrize("phase", ["closed", "mistaken"])
def test_when_it_is_over_nobody_is_asked_to_move_or_to_inspect(phase: str) -> None:
    told = read_out(replace(MESSAGE, phase=phase))
    assert told.startswith("宝石镇：这里是某县值班。宝石镇强降雨") and told.endswith("听清请复述一遍。")
    assert "不再转移和排查" in told
    assert not any(asked in told for asked in ("请马上转移", "回报", "影响范围", "预警", "户")), told
