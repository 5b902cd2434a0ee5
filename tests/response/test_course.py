"""过程: the event as it stood at a moment, and every change of its zones as a picture."""

import re
from collections.abc import Callable

import pytest

from geo_housing import clock
from geo_housing.evacuation.service import Entry, enter
from geo_housing.evacuation.states import Said
from geo_housing.response.queries import revisions
from geo_housing.response.service import respond
from geo_housing.response.zone_pictures import zone_pictures
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
            Entry(said, frozenset({"state", "destination"}), 1),
            hindrance=lambda _row, _why: None,
        )
    later(minutes=5)
    for area in (COUNTY, WEST):
        assert re.search(r"已转\s*1户", asked(toy, event, area=area))
        then = asked(toy, event, before, area=area)
        assert re.search(r"已转\s*0户", then) and "那时的情况" in then and "回到现在" in then


def test_a_time_before_the_event_or_none_at_all_is_refused_and_now_is_shown(toy: ToyDatabase, event: int) -> None:
    assert "那时还没有这个事件" in asked(toy, event, "2001-01-01T00:00", status=422)
    assert "时间的写法不对" in asked(toy, event, "昨晚", status=422)
    # A clock that runs ahead asks for now.
    assert "那时的情况" in asked(toy, event, "2999-01-01T00:00")


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
