"""A village list goes out, is filled in by hand and comes back: once, twice, late, of another event, spoiled."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing import clock
from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.spreadsheet.workbook import Grid
from geo_housing.response.returned.entering import Ticked
from geo_housing.response.returned.reading import rows_of_sheets
from geo_housing.response.returned.service import enter, preview
from geo_housing.response.steps.returned import LABELS
from tests.fixtures.toy import ToyDatabase
from tests.response.returned.filled import SEEN, Sheet
from tests.response.zones import begun_in_july
from tests.toy_county import COUNTY, EAST, WEST


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@pytest.fixture
def event(toy: ToyDatabase, county: TestClient) -> int:
    return begun_in_july(toy, new_event(county))


def new_event(county: TestClient) -> int:
    body = {"areas": [WEST, EAST], "name": "强降雨", "kind": "flood"}
    number = int(county.post("/api/v1/events", json=body).json()["event"])
    county.post(f"/api/v1/events/{number}/respond")
    county.post(f"/api/v1/events/{number}/phase", json={"phase": "aftermath"})
    return number


def stored(toy: ToyDatabase, event: int, code: str) -> dict[str, object]:
    with toy.transaction(COUNTY) as session:
        query = "SELECT i.* FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c AND event_id = :e"
        return dict(session.execute(text(query), {"c": code, "e": event}).one()._mapping)


def test_a_filled_list_is_entered_and_the_same_again_changes_nothing(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, event)
    sheet.fill("西一-D", 排查结果="倒塌", 倒塌间数=2, 现场情况="全部倒塌", **SEEN)
    sheet.fill("东二-A", 排查结果="未见明显隐患", **SEEN)
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        done = enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), path)
    assert (done.entered, done.left, done.faults) == (2, 0, ())
    fallen = stored(toy, event, "西一-D")
    assert (fallen["state"], fallen["result"], fallen["rooms_collapsed"]) == ("done", "collapsed", 2)
    with toy.transaction(COUNTY) as session:
        again = enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), path)
    assert (again.entered, again.unchanged, again.faults) == (0, 43, ())
    assert stored(toy, event, "西一-D") == fallen


def test_columns_that_were_sorted_apart_enter_nothing_under_another_house(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, event).fill("西一-D", 排查结果="倒塌", 倒塌间数=2, **SEEN)
    sheet.fill("西一-A", 排查结果="未见明显隐患", **SEEN)
    for before, after in (("西一-D", "甲"), ("西一-C", "西一-D"), ("甲", "西一-C")):
        sheet.fill(before, 房屋编号=after)
    with toy.transaction(COUNTY) as session:
        done = enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), sheet.saved(tmp_path))
    assert done.entered == 1 and stored(toy, event, "西一-A")["result"] == "no_visible_hazard"
    assert {fault.value for fault in done.faults} == {"西一-C", "西一-D"}
    assert all("核对码不是这栋房屋的" in fault.sentence for fault in done.faults)
    assert stored(toy, event, "西一-C")["result"] is stored(toy, event, "西一-D")["result"] is None


def test_what_somebody_else_entered_since_is_shown_and_kept(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, event).fill("西一-D", 排查结果="倒塌", 倒塌间数=2, **SEEN)
    number, version = stored(toy, event, "西一-D")["id"], stored(toy, event, "西一-D")["version"]
    said = {
        "result": "no_visible_hazard",
        "visitor": "别人",
        "visited_at": (clock.now() - timedelta(hours=1)).isoformat(),
    }
    county.patch(f"/api/v1/inspections/{number}", json={**said, "version": version})
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        found = preview(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), path)
        assert [row.sent.house_code for row in found.conflicts] == ["西一-D"] and found.enters == ()
        fields = {one.field: (one.stands, one.sent) for one in found.conflicts[0].verdict.differences}
        assert fields["result"] == ("no_visible_hazard", "collapsed") and fields["visitor"] == ("别人", "某巡查员")
        assert set(fields) <= set(LABELS)
        ticked = {found.conflicts[0].seen}
        left = enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), path)
    assert (left.entered, left.left) == (0, 1)
    assert stored(toy, event, "西一-D")["result"] == "no_visible_hazard"
    # Changed again after it was looked at: the tick was for something else.
    county.patch(f"/api/v1/inspections/{number}", json={"findings": "又看了一次", "version": version + 1})
    with toy.transaction(COUNTY) as session:
        late = enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), path, Ticked(ticked))
    assert (late.entered, late.left) == (0, 1) and stored(toy, event, "西一-D")["result"] == "no_visible_hazard"
    with toy.transaction(COUNTY) as session:
        event_row = session.get_one(HazardEvent, event)
        ticked = {row.seen for row in preview(session, toy.actor(COUNTY), event_row, path).conflicts}
        done = enter(session, toy.actor(COUNTY), event_row, path, Ticked(ticked))
    assert (done.entered, done.replaced) == (1, 1)
    assert stored(toy, event, "西一-D")["result"] == "collapsed"


def test_what_was_seen_of_houses_that_left_the_zone_is_not_lost(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, event)
    sheet.fill("东一-D", 排查结果="倒塌", 倒塌间数=2, **SEEN).fill("东一-A", 排查结果="未见明显隐患", **SEEN)
    assert county.put(f"/api/v1/events/{event}/zones", json={"areas": [WEST], "revision": 1}).status_code == 200
    county.post(f"/api/v1/events/{event}/respond")
    assert stored(toy, event, "东一-D")["state"] == "withdrawn"
    page = county.post(f"/events/{event}/returned", files={"file": ("名单.xlsx", sheet.content())}).text
    ticks = re.findall(r'name="restore" value="([\d-]+)" aria-label="恢复 (\S+?)"( checked)?', page)
    # Damage first and ticked already; who was not filled in is nobody's fault.
    assert [(code, bool(checked)) for _, code, checked in ticks] == [("东一-D", True), ("东一-A", False)]
    assert "不能用的行" not in page
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        left = enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), path)
    assert left.entered == 0 and [fault.value for fault in left.faults] == ["东一-D", "东一-A"]
    kept = re.search(r'action="(/events/\d+/returned/\d+)"', page)
    assert kept is not None
    answer = county.post(kept[1], data={"restore": [ticks[0][0]]})
    assert "其中恢复已撤销的任务 1 栋" in answer.text and "没有勾选恢复" in answer.text
    back = stored(toy, event, "东一-D")
    assert (back["state"], back["result"], back["origin"]) == ("done", "collapsed", "extra")
    assert stored(toy, event, "东一-A")["state"] == "withdrawn"
    county.post(f"/api/v1/events/{event}/respond")
    assert stored(toy, event, "东一-D")["state"] == "done"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("11月1日 8时20分", "11-01 08:20"),
        ("11月1日8点", "11-01 08:00"),
        ("11-01 08:20", "11-01 08:20"),
        ("2026/11/1 8:20", "11-01 08:20"),
    ],
)
def test_moments_are_read_as_people_write_them(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path, typed: str, meant: str
) -> None:
    path = (
        Sheet(county, event).fill("西一-D", 排查结果="未见明显隐患", 排查人="某巡查员", 排查时间=typed).saved(tmp_path)
    )
    with toy.transaction(COUNTY) as session:
        assert enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), path).entered == 1
    at = stored(toy, event, "西一-D")["visited_at"]
    assert f"{at.astimezone(BEIJING):%m-%d %H:%M}" == meant  # type: ignore[attr-defined] # a moment


def test_bad_rows_are_named_with_sheet_line_and_value_and_the_others_go_in(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, event)
    sheet.fill("西一-A", 排查结果="塌了半边", **SEEN)
    sheet.fill("西一-B", 排查结果="有损坏或疑似危险", 一般损坏间数="两间半", **SEEN)
    sheet.fill("西一-C", 排查结果="未见明显隐患", 房屋编号="没有这栋", **SEEN)
    sheet.fill("西一-D", 排查结果="未见明显隐患", 倒塌间数=2, **SEEN)
    sheet.fill("西一-0", 排查结果="未见明显隐患", 排查人="某巡查员", 排查时间="前几天")
    sheet.fill("东一-A", 排查结果="未见明显隐患", **SEEN)
    with toy.transaction(COUNTY) as session:
        done = enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), sheet.saved(tmp_path))
    # Damage is entered without the cell that cannot be read; that cell is told.
    assert done.entered == 2 and stored(toy, event, "西一-B")["result"] == "suspected"
    said = {fault.value: fault.sentence for fault in (*done.faults, *done.left_out)}
    # What may stand there is told as the list has it, without the words of the code.
    assert "未见明显隐患、" in said["塌了半边"] and not re.search("[a-z]", said["塌了半边"])
    assert "不在排查结果的取值中" in said["塌了半边"] and "整数" in said["两间半"] and "2026-07-12" in said["前几天"]
    assert "没有这栋房屋的排查任务" in said["没有这栋"] and "互相矛盾" in said["西一-D"]
    assert all(fault.line and fault.column.startswith("西山镇·") for fault in done.faults)  # type: ignore[union-attr] # each has one


def test_a_township_enters_only_its_own_rows(toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path) -> None:
    sheet = (
        Sheet(county, event)
        .fill("东一-A", 排查结果="未见明显隐患", **SEEN)
        .fill("西一-A", 排查结果="未见明显隐患", **SEEN)
    )
    with toy.transaction(WEST) as session:
        done = enter(session, toy.actor(WEST), session.get_one(HazardEvent, event), sheet.saved(tmp_path))
    assert done.entered == 1 and "东一-A" in {fault.value for fault in done.faults}
    assert stored(toy, event, "东一-A")["result"] is None


def test_a_list_of_another_event_is_refused(toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path) -> None:
    other = new_event(county)
    path = Sheet(county, other).saved(tmp_path)
    with toy.transaction(COUNTY) as session, pytest.raises(BadInput, match=f"这是 {other} 号事件的名单"):
        preview(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), path)


def test_what_is_no_list_and_a_house_twice_are_told() -> None:
    with pytest.raises(BadInput, match="没有认出名单"):
        rows_of_sheets({"表": Grid([["村", "户主"], ["西一", "某某"]])})
    head = ["房屋编号", "排查结果", "倒塌间数（间）"]
    found = rows_of_sheets(
        {"表": Grid([["标题"], head, ["Ａ-1", "倒塌", "２"], ["a-1", "倒塌", "1"], ["", "合计", ""]])}
    )
    assert [(row.house_code, row.said) for row in found.rows] == [
        ("A-1", {"result": "collapsed", "rooms_collapsed": 2})
    ]
    assert len(found.faults) == 1 and "同一栋房屋" in found.faults[0].sentence and found.faults[0].line == 4


def test_the_pages_show_before_they_enter(toy: ToyDatabase, county: TestClient, event: int) -> None:
    content = Sheet(county, event).fill("西一-D", 排查结果="倒塌", 倒塌间数=2, **SEEN).content()
    address = f"/events/{event}/returned"
    page = county.post(address, files={"file": ("回传.xlsx", content)})
    assert page.status_code == 200 and "将录入" in page.text and "倒塌（间）：2" in page.text
    assert stored(toy, event, "西一-D")["result"] is None
    confirm = page.text.split(f'action="{address}/')[1].split('"')[0]
    answer = county.post(f"{address}/{confirm}")
    assert answer.status_code == 200 and "已录入 1 栋" in answer.text
    assert stored(toy, event, "西一-D")["result"] == "collapsed"
    other = toy.browser(toy.member("county", COUNTY))
    assert other.post(f"{address}/{confirm}").status_code == 404, "somebody else's upload"
    assert county.post(address, files={"file": ("照片.jpg", b"x")}).status_code == 422
    assert county.post(address, files={"file": ("坏.xlsx", b"x")}).status_code == 422


def test_items_reports_and_hours_come_back_as_they_went_out(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    told = {"报告方式": "电话", "报告人": "村书记（西一）", "报告时间": SEEN["排查时间"]}
    seen = {
        "排查结果": "有损坏或疑似危险",
        "损坏程度": "一般损坏",
        "一般损坏间数": 1,
        "现场情况": "东墙，裂缝（新）",
        **SEEN,
    }
    sheet = Sheet(county, event)
    sheet.fill("西一-B", 损坏情况="墙体倾斜、外鼓；墙体开裂", **seen, **told)
    sheet.fill("西一-C", 损坏情况="墙塌了", **seen)
    sheet.fill("西一-A", 排查结果="未见明显隐患", 报告人="某人", **SEEN)
    with toy.transaction(COUNTY) as session:
        done = enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), sheet.saved(tmp_path))
    said = {fault.value: fault.sentence for fault in done.faults}
    assert done.entered == 2 and "报告方式" in said["某人"]
    assert stored(toy, event, "西一-C")["findings"] == "东墙，裂缝（新）；墙塌了"
    row = stored(toy, event, "西一-B")
    assert row["finding_items"] == ["wall_crack", "wall_lean"] and row["findings"] == "东墙，裂缝（新）"
    assert (row["reported_how"], row["reported_by"]) == ("phone", "村书记（西一）")
    # Out again and back untouched, full-width marks, hours and all: nothing has changed.
    again = Sheet(county, event)
    heads = {cell.value: cell.column for cell in again.book.worksheets[1][3]}
    line = next(
        row for row in again.book.worksheets[1].iter_rows(min_row=4) if row[heads["房屋编号"] - 1].value == "西一-B"
    )
    assert line[heads["损坏情况"] - 1].value == "墙体开裂；墙体倾斜、外鼓"
    assert line[heads["录入人"] - 1].value and line[heads["报告时间"] - 1].value is not None
    with toy.transaction(COUNTY) as session:
        found = preview(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), again.saved(tmp_path))
    assert (found.enters, found.conflicts, found.faults) == ((), (), ()) and found.unchanged == 43
    assert stored(toy, event, "西一-B") == row


def test_two_people_may_upload_the_same_list(toy: ToyDatabase, county: TestClient, event: int) -> None:
    content = Sheet(county, event).fill("西一-D", 排查结果="倒塌", 倒塌间数=2, **SEEN).content()
    address, other = f"/events/{event}/returned", toy.browser(toy.member("county", COUNTY))
    pages = [client.post(address, files={"file": ("回传.xlsx", content)}).text for client in (county, other)]
    mine, theirs = (page.split(f'action="{address}/')[1].split('"')[0] for page in pages)
    assert mine != theirs
    assert county.post(f"{address}/{theirs}").status_code == 404
    assert "已录入 1 栋" in other.post(f"{address}/{theirs}").text
    assert "已录入 0 栋，未变 43 栋" in county.post(f"{address}/{mine}").text


def test_more_rooms_than_registered_are_entered_and_asked_about(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE house SET rooms = 2 WHERE code IN ('西一-D', '西一-C', '西一-B')"))
    sheet = Sheet(county, event).fill("西一-D", 排查结果="倒塌", 倒塌间数="三间", **SEEN)
    sheet.fill("西一-C", 排查结果="倒塌", 倒塌间数=2, **SEEN)
    # What the file adds to what stands counts together.
    house = stored(toy, event, "西一-B")
    county.patch(f"/api/v1/inspections/{house['id']}", json={"rooms_severe": 1, "version": house["version"]})
    sheet.fill("西一-B", 排查结果="有损坏或疑似危险", 一般损坏间数=2)
    odd = "损坏间数多于登记的 2 间，请核对"
    page = county.post(f"/events/{event}/returned", files={"file": ("名单.xlsx", sheet.content())}).text
    assert page.count(odd) == 2 and "不能用的行" not in page
    kept = re.search(r'action="(/events/\d+/returned/\d+)"', page)
    assert kept is not None
    done = county.post(kept[1]).text
    assert "已录入，请核对 2 栋" in done and done.count(odd) == 2 and "西一-D" in done
    row = stored(toy, event, "西一-D")
    assert (row["rooms_collapsed"], row["state"]) == (3, "done")
    # It stays with the house as if a phone had told it.
    assert odd in county.get(f"/inspections/{row['id']}").text
    remark = Sheet(county, event)
    at, line = remark.place("西一-D")
    assert at.cell(line, remark.column("备注")).value == "损坏间数多于登记的2间"
