"""A row that tells of damage is entered without the cell that cannot be read; what is refused as a whole comes in the order of its danger."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from geo_housing import clock
from geo_housing.clock import BEIJING
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.returned.service import enter, preview
from tests.fixtures.toy import ToyDatabase
from tests.response.returned.filled import SEEN, Sheet
from tests.response.returned.test_returned import new_event, stored
from tests.response.zones import begun_in_july
from tests.toy_county import COUNTY


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@pytest.fixture
def event(toy: ToyDatabase, county: TestClient) -> int:
    return begun_in_july(toy, new_event(county))


def test_a_collapse_is_entered_without_a_time_that_is_still_to_come(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    later = f"{clock.now().astimezone(BEIJING) + timedelta(days=2):%Y-%m-%d}"
    # Not of last year.
    of_no_year = f"{clock.now().astimezone(BEIJING) + timedelta(days=2):%m月%d日}"
    sheet = Sheet(county, event)
    sheet.fill("西一-D", 排查结果="倒塌", 倒塌间数="三间", 排查人="某巡查员", 排查时间=of_no_year)
    sheet.fill("西一-C", 排查结果="倒塌", 倒塌间数="两间半", 报告人="村书记", **SEEN)
    # Long before the disaster: no reason to lose that it fell.
    sheet.fill("西一-B", 排查结果="倒塌", 倒塌间数=1, 排查人="某巡查员", 排查时间="2024-05-01 08:00")
    sheet.fill("西一-A", 排查结果="未见明显隐患", 排查人="某巡查员", 排查时间=later)
    told = [of_no_year, "村书记", "两间半", "2024-05-01 08:00"]
    page = county.post(f"/events/{event}/returned", files={"file": ("名单.xlsx", sheet.content())}).text
    assert "没有录入的格 4 个" in page and page.index("没有录入的格") < page.index("确认录入")
    assert "是将来的时间" in page and "没有写年份" in page and all(f">{value}<" in page for value in told)
    kept = re.search(r'action="(/events/\d+/returned/\d+)"', page)
    assert kept is not None
    done = county.post(kept[1]).text
    assert "已录入 3 栋" in done and "没有录入的格 4 个" in done and "西山镇·排查时间" in done
    fallen = stored(toy, event, "西一-D")
    assert (fallen["result"], fallen["rooms_collapsed"], fallen["visited_at"]) == ("collapsed", 3, None)
    half, early = stored(toy, event, "西一-C"), stored(toy, event, "西一-B")
    assert (half["result"], half["rooms_collapsed"], half["reported_by"]) == ("collapsed", None, None)
    assert half["visited_at"] is not None and (early["result"], early["visited_at"]) == ("collapsed", None)
    assert stored(toy, event, "西一-A")["result"] is None


def test_the_same_again_tells_the_same_cells(toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path) -> None:
    path = Sheet(county, event).fill("西一-D", 排查结果="倒塌", 倒塌间数=2, 排查时间="吃过饭").saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        first, again = (enter(session, toy.actor(COUNTY), row, path) for _ in range(2))
    assert (first.entered, again.entered, again.unchanged) == (1, 0, 43)
    assert [one.value for one in again.left_out] == [one.value for one in first.left_out] == ["吃过饭"]


def test_refused_rows_that_tell_of_damage_come_first(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, event)
    codes = sheet.codes("西山镇")[:4]
    sheet.fill(codes[0], 排查结果="√", **SEEN).fill(codes[1], 排查结果="没人", **SEEN)
    sheet.fill(codes[2], 排查结果="塌了半边", **SEEN)
    sheet.fill(codes[3], 房屋编号="没有这栋", 排查结果="倒塌", 倒塌间数=1, **SEEN)
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        path = sheet.saved(tmp_path)
        found, done = preview(session, toy.actor(COUNTY), row, path), enter(session, toy.actor(COUNTY), row, path)
    for faults in (found.faults, done.faults):
        assert [one.value for one in faults] == ["塌了半边", "没有这栋", "√", "没人"]


def test_a_day_without_a_clock_is_read_and_shown_before_it_is_entered(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    day = clock.now().astimezone(BEIJING) - timedelta(days=1)
    sheet = Sheet(county, event)
    written = [f"{day:%Y-%m-%d}", f"{day:%Y.%m.%d}", f"{day.month}月{day.day}日", f"{day.day}号", "昨天", day.date()]
    codes = sheet.codes("西山镇")[: len(written)]
    for code, when in zip(codes, written, strict=True):
        sheet.fill(code, 排查结果="未见明显隐患", 排查人="某巡查员", 排查时间=when)
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        path = sheet.saved(tmp_path)
        found, done = preview(session, toy.actor(COUNTY), row, path), enter(session, toy.actor(COUNTY), row, path)
        again = enter(session, toy.actor(COUNTY), row, path)
    assert (done.entered, done.faults, again.entered) == (6, (), 0)
    assert {one.taken_for for one in found.readings} == {f"{day:%Y-%m-%d} 00:00（没有写几点，按当天可能的最早时间）"}
    for code in codes:
        assert f"{stored(toy, event, code)['visited_at'].astimezone(BEIJING):%m-%d %H:%M}" == f"{day:%m-%d} 00:00"  # type: ignore[attr-defined] # a moment


def test_an_unknown_word_among_the_damages_is_kept_where_it_can_be_read(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, event)
    rest = {"排查结果": "有损坏或疑似危险", "损坏程度": "一般损坏", "一般损坏间数": 1, **SEEN}
    sheet.fill("西一-B", 损坏情况="墙体开裂；炕面塌了个洞", 现场情况="东屋", **rest).fill(
        "西一-C", 损坏情况="炕面塌了个洞", **rest
    )
    with toy.transaction(COUNTY) as session:
        row = session.get_one(HazardEvent, event)
        path = sheet.saved(tmp_path)
        found, done = preview(session, toy.actor(COUNTY), row, path), enter(session, toy.actor(COUNTY), row, path)
        again = enter(session, toy.actor(COUNTY), row, path)
    assert (done.entered, done.faults, again.entered) == (2, (), 0)
    both, alone = stored(toy, event, "西一-B"), stored(toy, event, "西一-C")
    assert (both["finding_items"], both["findings"]) == (["wall_crack"], "东屋；炕面塌了个洞")
    assert (not alone["finding_items"], alone["findings"], alone["state"]) == (True, "炕面塌了个洞", "done")
    assert {one.taken_for for one in found.readings} == {
        "墙体开裂；“炕面塌了个洞”看不出是名单上的哪一项（现场情况没写的，原话记入现场情况）",
        "“炕面塌了个洞”看不出是名单上的哪一项（现场情况没写的，原话记入现场情况）",
    }
