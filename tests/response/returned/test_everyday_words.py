"""Returned lists in the words of the villages: understood where it is certain, shown before it is entered, asked about elsewhere."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.clock import BEIJING
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.returned import moves, service
from geo_housing.response.returned.entering import Ticked
from geo_housing.response.returned.outcome import ListEntered, Preview
from geo_housing.response.returned.readings import places_of
from geo_housing.response.returned.sheets import Line
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.returned.filled import SEEN, Sheet, Workbook
from tests.response.returned.test_returned import new_event, stored
from tests.response.zones import begun_in_july, make_event
from tests.toy_county import COUNTY, WEST


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@furnished
def listed(toy: ToyDatabase) -> int:
    return begun_in_july(toy, new_event(toy.browser(toy.member("county", COUNTY))))


def test_lines_are_written_as_people_write_them() -> None:
    lines = [Line(sheet, number, {}) for sheet, number in (("甲", 8), ("甲", 5), ("乙", 6), ("甲", 9), ("甲", 5))]
    assert places_of(lines) == (("甲", "5、8–9"), ("乙", "6"))


def test_a_village_writes_as_it_speaks(toy: ToyDatabase, county: TestClient, listed: int, tmp_path: Path) -> None:
    sheet = Sheet(county, listed)
    for code in ("西一-A", "东一-A"):
        sheet.fill(code, 排查结果="没事", 倒塌间数="/", 损坏情况="无", **SEEN)
    sheet.fill("西一-B", 排查结果="锁门", 现场情况="从外面看完好，明天再来", 报告方式="微信群", 报告人="村书记", **SEEN)
    sheet.fill("西一-C", 排查结果="漏雨", 损坏程度="轻微", 一般损坏间数="两间", **SEEN)
    sheet.fill("西一-D", 排查结果="塌了", 倒塌间数="３间", 排查人="某巡查员", 排查时间=46327.35)
    sheet.fill("西二-A", 排查结果="√", **SEEN).fill("西二-B", 排查结果="没人", **SEEN)
    sheet.fill("西二-C", 排查结果="有损坏", 损坏程度="没事", 一般损坏间数=2, **SEEN)
    path = sheet.saved(tmp_path)
    page = county.post(f"/events/{listed}/returned", files={"file": ("名单.xlsx", sheet.content())}).text
    assert "按下面的意思读入" in page and page.index("按下面的意思读入") < page.index("确认录入")
    with toy.transaction(COUNTY) as session:
        event = session.get_one(HazardEvent, listed)
        found = service.preview(session, toy.actor(COUNTY), event, path)
        done = service.enter(session, toy.actor(COUNTY), event, path)
    said = {(one.heading, one.written): (one.taken_for, one.rows) for one in found.readings}
    assert said == {
        ("排查结果", "没事"): ("未见明显隐患", 2),
        ("倒塌间数", "/"): ("没有填", 2),
        ("损坏情况", "无"): ("没有损坏情况", 2),
        ("排查结果", "锁门"): ("锁门/外出", 1),
        ("报告方式", "微信群"): ("微信", 1),
        ("排查结果", "漏雨"): ("有损坏或疑似危险（现场情况没写的，原话记入现场情况）", 1),
        ("损坏程度", "轻微"): ("一般损坏", 1),
        ("一般损坏间数", "两间"): ("2间", 1),
        ("排查结果", "塌了"): ("倒塌", 1),
    }
    assert all(f"“{written}”" in page for _, written in said)
    assert {(one.column, one.value) for one in found.faults} == {
        ("西山镇·排查结果", "√"), ("西山镇·排查结果", "没人"), ("西山镇·损坏程度", "没事"),
    }  # fmt: skip
    assert "损坏程度不能是“无”" in next(one.sentence for one in found.faults if one.value == "没事")
    assert (done.entered, len(done.faults)) == (5, 3)
    leaking, fallen = stored(toy, listed, "西一-C"), stored(toy, listed, "西一-D")
    assert (leaking["result"], leaking["damage"], leaking["rooms_slight"], leaking["findings"]) == (
        "suspected", "slight", 2, "漏雨",
    )  # fmt: skip
    assert (fallen["result"], fallen["rooms_collapsed"], fallen["state"]) == ("collapsed", 3, "done")
    assert f"{fallen['visited_at'].astimezone(BEIJING):%m-%d %H:%M}" == "11-01 08:24"  # type: ignore[attr-defined] # a moment
    with toy.transaction(COUNTY) as session:
        again = service.enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, listed), path)
    assert (again.entered, again.left) == (0, 0) and stored(toy, listed, "西一-C") == leaking


def test_words_that_say_more_are_kept_where_nothing_or_something_else_is_told(
    toy: ToyDatabase, county: TestClient, listed: int, tmp_path: Path
) -> None:
    """A fallen roof is not a sagging one; a stroke under 现场情况 tells nothing."""
    rest = {"损坏程度": "轻微", "一般损坏间数": 1, **SEEN}
    sheet = Sheet(county, listed).fill("西一-A", 排查结果="漏雨", 现场情况="/", **rest)
    sheet.fill("西一-B", 排查结果="有损坏", 损坏情况="屋顶塌了；进水了", **rest)
    sheet.fill("西一-C", 排查结果="漏雨", 损坏情况="房顶塌了", 现场情况="人已搬到隔壁", **rest)
    sheet.fill("西一-D", 排查结果="有损坏", 损坏情况="屋顶塌了", 现场情况="西屋屋顶塌了，人没事", **rest)
    number, version = stored(toy, listed, "西二-A")["id"], stored(toy, listed, "西二-A")["version"]
    county.patch(f"/api/v1/inspections/{number}", json={"findings": "院里有水", "version": version})
    sheet.fill("西二-A", 排查结果="有损坏", 损坏情况="梁断了", **rest)
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        event = session.get_one(HazardEvent, listed)
        found = service.preview(session, toy.actor(COUNTY), event, path)
        ticked = {row.seen for row in found.conflicts}
        done = service.enter(session, toy.actor(COUNTY), event, path, Ticked(ticked))
    assert (done.faults, done.entered) == ((), 5) and [row.sent.house_code for row in found.conflicts] == ["西二-A"]
    kept = {code: stored(toy, listed, code)["findings"] for code in ("西一-A", "西一-B", "西一-C", "西一-D", "西二-A")}
    assert kept == {
        "西一-A": "漏雨",
        "西一-B": "屋顶塌了",
        "西一-C": "人已搬到隔壁；漏雨；房顶塌了",
        "西一-D": "西屋屋顶塌了，人没事",
        "西二-A": "院里有水；梁断了",
    }
    assert stored(toy, listed, "西一-B")["finding_items"] == ["roof_sag", "flooded"]
    said = {one.written: one.taken_for for one in found.readings}
    assert said["屋顶塌了;进水了"] == "屋面塌陷、变形；进水（现场情况没写的，原话记入现场情况）"
    with toy.transaction(COUNTY) as session:
        again = service.enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, listed), path)
    assert (again.entered, again.left, again.unchanged) == (0, 0, found.read)


def test_none_of_the_damages_is_an_answer_and_clashes_with_what_stands(
    toy: ToyDatabase, county: TestClient, listed: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, listed).fill("西一-C", 损坏情况="无")
    number, version = stored(toy, listed, "西一-C")["id"], stored(toy, listed, "西一-C")["version"]
    county.patch(f"/api/v1/inspections/{number}", json={"finding_items": ["roof_leak"], "version": version})
    with toy.transaction(COUNTY) as session:
        found = service.preview(session, toy.actor(COUNTY), session.get_one(HazardEvent, listed), sheet.saved(tmp_path))
    assert [row.sent.house_code for row in found.conflicts] == ["西一-C"] and not found.enters
    page = county.post(f"/events/{listed}/returned", files={"file": ("名单.xlsx", sheet.content())}).text
    assert "屋面漏雨</span>" in page and "<strong>无</strong>" in page


@furnished
def warned(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "orange")
        respond(session, toy.actor(), number)
        session.execute(
            text("INSERT INTO shelter (scope_code, name, capacity, created_by) VALUES (:a, '村小学', 200, 'x')"),
            {"a": WEST},
        )
    return number


def at(toy: ToyDatabase, event: int, path: Path) -> tuple[Preview[moves.MoveRow], ListEntered]:
    with toy.transaction() as session:
        row, actor = session.get_one(HazardEvent, event), toy.actor()
        hindrance = hindrance_of(session, actor, row)
        found = moves.preview(session, actor, row, path, hindrance=hindrance)
        return found, moves.enter_list(session, actor, row, path, hindrance=hindrance)


def standing(toy: ToyDatabase, event: int) -> dict[str, tuple[str, str | None, str | None]]:
    query = text(
        "SELECT h.code, e.state, s.name, e.destination FROM evacuation e JOIN house h ON h.id = e.house_id"
        " LEFT JOIN shelter s ON s.id = e.shelter_id WHERE e.event_id = :e"
    )
    with toy.transaction() as session:
        return {code: (state, shelter, to) for code, state, shelter, to in session.execute(query, {"e": event})}


def test_moved_says_that_they_are_out_and_where_only_if_that_is_certain(
    toy: ToyDatabase, warned: int, tmp_path: Path
) -> None:
    with toy.transaction() as session:
        book = Workbook(session, toy, warned, tmp_path)
    west = [code for code, (sheet, _, _) in book.lines().items() if sheet.title == "西山镇"]
    book.fill(west[0], 状态="转走了", 人数="三口人").fill(west[1], 状态="已转", 去向="村小学")
    book.fill(west[2], 状态="已转", 去向="女儿家").fill(west[3], 状态="投亲", 去向="女儿家").fill(west[4], 状态="锁门")
    found, done = at(toy, warned, book.saved())
    assert {(one.written, one.taken_for) for one in found.readings} == {
        ("转走了", "已转移（去向待核实）"), ("三口人", "3人"), ("已转", "已转移（集中安置）"), ("投亲", "已转移（投亲靠友）"),
    }  # fmt: skip
    assert [row.unplaced for row in found.enters] == [True, False, False]
    told = {one.value: one.sentence for one in found.faults}
    assert len(told) == 2 and "可能是“已外出”、“联系不上”" in told["锁门"]
    assert any("看不出是集中安置还是投亲靠友" in sentence for sentence in told.values())
    assert done.entered == 3
    rows = standing(toy, warned)
    assert rows[west[0]] == ("moved_to_shelter", None, None)
    assert rows[west[1]] == ("moved_to_shelter", "村小学", None) and rows[west[2]][0] == "pending"
    assert rows[west[3]] == ("moved_to_kin", None, "女儿家")


def test_moved_is_nothing_new_of_those_who_are_with_their_own(toy: ToyDatabase, warned: int, tmp_path: Path) -> None:
    with toy.transaction() as session:
        book = Workbook(session, toy, warned, tmp_path)
    code = next(iter(book.lines()))
    at(toy, warned, book.fill(code, 状态="投亲", 去向="女儿家").saved())
    found, done = at(toy, warned, book.fill(code, 状态="已转").saved())
    assert (found.conflicts, done.entered, done.left) == ((), 0, 0) and standing(toy, warned)[code][0] == "moved_to_kin"
