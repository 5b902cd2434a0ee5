"""过程: the event as it stood at a moment, and every change of its zones as a picture."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from geo_housing import clock
from geo_housing.evacuation.service import MoveEntry, enter
from geo_housing.evacuation.states import Said
from geo_housing.hazards.models import HazardEvent
from geo_housing.journal.service import Subject, record
from geo_housing.response.course import acts_of
from geo_housing.response.papers.zone_pictures import zone_pictures
from geo_housing.response.queries import revisions
from geo_housing.response.service import respond
from geo_housing.response.steps import course
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.warnings import FLASH_FLOOD, RED, confirm
from tests.response.zones import make_event, revise
from tests.toy_county import COUNTY, EAST, WEST

Later = Callable[..., None]


def asked(toy: ToyDatabase, event: int, at: str = "", *, status: int = 200, area: str = COUNTY) -> str:
    client = toy.browser(toy.member("county" if area == COUNTY else "township", area))
    answer = client.get(f"/events/{event}/course", params={"at": at} if at else {})
    assert answer.status_code == status, answer.text
    return re.sub(r"<[^>]+>", "", answer.text)


def minute() -> str:
    return clock.now().strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ["西一", "西二"], "red")
        respond(session, toy.actor(COUNTY), number)
    return number


def test_it_stands_as_it_stood_at_the_moment_that_is_asked_for(toy: ToyDatabase, event: int, later: Later) -> None:
    before = minute()
    later(minutes=5)
    with toy.transaction(WEST) as session:
        row = session.connection().exec_driver_sql("SELECT min(id) FROM evacuation").scalar_one()
        said = Said("moved_to_kin", destination="女儿家")
        enter(
            session,
            toy.actor(WEST),
            event,
            row,
            MoveEntry(said, frozenset({"state", "destination"}), 1),
            hindrance=lambda _row, _why: None,
        )
    later(minutes=5)
    for area in (COUNTY, WEST):
        assert re.search(r"已转\s*1户", asked(toy, event, area=area))
        then = asked(toy, event, before, area=area)
        assert re.search(r"已转\s*0户", then) and "当时的情况" in then and "回到现在" in then


def test_a_time_before_the_event_or_none_at_all_is_refused_and_now_is_shown(toy: ToyDatabase, event: int) -> None:
    assert "那时还没有这个事件" in asked(toy, event, "2001-01-01T00:00", status=422)
    for odd in ("昨晚", "0001-01-01T00:00", "2026-02-30T08:00"):
        assert "请填成 2026-07-19 06:30 这样的时间" in asked(toy, event, odd, status=422)
    # A clock that runs ahead asks for now.
    assert "当时的情况" in asked(toy, event, "2999-01-01T00:00")


def test_every_change_of_the_zones_is_a_picture(toy: ToyDatabase, event: int, later: Later) -> None:
    first = clock.now()
    later(minutes=1)
    with toy.transaction(COUNTY) as session:
        revise(session, toy.actor(COUNTY), event, ["西二", "东一"])
    with toy.transaction(COUNTY) as session:
        found = zone_pictures(session, event, AreaScope(COUNTY))
        assert [(one.revision.n, len(one.shapes), one.came, len(one.gone)) for one in found] == [
            (2, 2, 1, 1),
            (1, 2, 0, 0),
        ]
        assert found[0].outlines.count("M") == 2, "two townships around"
        assert [one.revision.n for one in zone_pictures(session, event, AreaScope(COUNTY), until=first)] == [1]
        assert zone_pictures(session, event, AreaScope(EAST))[0].outlines.count("M") == 1
    assert "第 2 版范围" in asked(toy, event) and "移出 1 处" in asked(toy, event)


def test_two_warnings_of_one_township_are_one_area(toy: ToyDatabase) -> None:
    event = confirm(toy, RED).event
    confirm(toy, FLASH_FLOOD, target=str(event))
    with toy.transaction(COUNTY) as session:
        second, first = revisions(session, event)
    assert (first.zones, second.zones) == (1, 3)
    # 西山镇 and 东河乡 are equally large, and 西山镇 stands there twice.
    assert second.area_km2 == pytest.approx(2 * first.area_km2, rel=0.01)
    with toy.transaction(COUNTY) as session:
        newest = zone_pictures(session, event, AreaScope(COUNTY))[0]
    assert sorted((shape.level, shape.is_new) for shape in newest.shapes) == [("orange", True), ("red", False)]


def test_what_was_done_is_paged_and_an_early_moment_has_its_own(
    toy: ToyDatabase, event: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(course, "SHOWN_ACTS", 2)
    moments = []
    for n in range(5):
        moments.append(datetime.now(UTC))
        with toy.transaction(COUNTY) as session:
            record(session, toy.actor(COUNTY), "response.note", Subject("event", str(event), COUNTY), note=f"第{n}件")
    client = toy.browser(toy.member("county", COUNTY))
    address, found, pages = f"/events/{event}/course", [], 0
    while address:
        page = client.get(address).text
        acts = page.partition('<ol class="acts">')[2].partition("</ol>")[0]
        found += re.findall(r"第\d件", acts)
        assert acts.count("<li>") <= 2
        pages += 1
        older = re.search(r'href="([^"]+before=[^"]+)#acts"', page)
        address = html.unescape(older.group(1)) if older else ""
    assert found == ["第4件", "第3件", "第2件", "第1件", "第0件"] and pages >= 4
    assert client.get(f"/events/{event}/course", params={"before": "x"}).status_code == 422
    # The newest acts are all later than that moment: its own are shown all the same.
    with toy.transaction(COUNTY) as session:
        shown = session.get_one(HazardEvent, event)
        then, _ = acts_of(session, toy.actor(COUNTY), shown, limit=2, until=moments[2])
    assert [act["note"] for act in then] == ["第1件", "第0件"]


def test_who_had_to_be_called_then_is_told_as_long_as_nobody_has_drawn_anew(
    toy: ToyDatabase, event: int, later: Later
) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    before = minute()
    later(minutes=3)
    called = county.post(
        f"/api/v1/events/{event}/calls/at/{WEST}", json={"name": "李某", "number": "13900000001"}
    ).json()
    answered = county.post(f"/api/v1/events/{event}/calls/{called['id']}/answer", json={"seen": called["version"]})
    assert answered.status_code == 200, answer_of(answered)
    assert re.search(r"叫应\s*1/2", asked(toy, event)) and re.search(r"叫应\s*0/2", asked(toy, event, before))
    between = minute()
    later(minutes=3)
    with toy.transaction(COUNTY) as session:
        revise(session, toy.actor(COUNTY), event, ["西二", "东一"])
    then = asked(toy, event, between)
    assert re.search(r"叫应\s*已应\s*1", then) and "当时应叫应几个没有记录" in then


def answer_of(answer: object) -> str:
    return str(getattr(answer, "text", ""))


def test_what_was_done_reads_as_people_write_it(toy: ToyDatabase) -> None:
    event = confirm(toy, RED).event
    client = toy.browser(toy.member("county", COUNTY))
    client.post(f"/api/v1/events/{event}/respond")
    confirm(toy, FLASH_FLOOD, target=str(event))
    client.post(f"/events/{event}/phase", data={"phase": "closed", "reason": "没有受灾"})
    told = re.sub(r"\s+", " ", asked(toy, event))
    page = re.sub(r"<[^>]+>|\s+", " ", client.get(f"/events/{event}").text)
    for shown in (told, re.sub(" +", " ", page)):
        assert "登记预警 动作：发布 灾种：山洪 预警级别：橙色" in shown, "nothing stood before: no arrow"
    assert re.search(r"灾种：暴雨 预警级别：红色 事件级别：红色", told), "the event's level after the warning's own"
    assert re.search(r"下达任务 \d+ 栋", told) and "（栋） " not in told[told.index("经过") :]
    assert "说明：没有受灾" in told and "影响范围或预警改变后更新任务" in told
