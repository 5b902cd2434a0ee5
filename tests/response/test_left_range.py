"""A township that a correction, or smaller zones, took out of an event: page, list, line, text and API say so, and nothing else."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.calls.service import Person, Press, answered, start_call
from geo_housing.duty.matters import note_of, open_matters
from geo_housing.hazards.out_of_range import out_of_range
from geo_housing.response.line import event_lines
from geo_housing.response.service import respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.warnings import FLASH_FLOOD, confirm
from tests.response.zones import make_event, revise
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

OUT = "已不在预警范围内"
OFFICES = "玩具县水利局和玩具县气象台"
TAKEN_OUT = f"【更正】{OFFICES}2026年7月12日02时59分更正：02时30分发布的山洪灾害气象风险橙色预警有误，应为西山镇，原发布的东河乡不在范围内。"


def taken_out(toy: ToyDatabase, *, updated: bool = True) -> int:
    """An event of both townships of which a correction has taken out the eastern one."""
    number = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), number)
    confirm(toy, TAKEN_OUT, target=str(number), keep_unnamed=False, rest_said=True)
    if updated:
        with toy.transaction(COUNTY) as session:
            respond(session, toy.actor(COUNTY), number)
    return number


def head(client: TestClient, path: str) -> str:
    """The facts under the heading of a page."""
    page = client.get(path).text
    place = "crumb" if path.count("/") > 2 else "event-facts"
    found = re.search(rf'class="{place}">(.*?)</p>', page, re.DOTALL)
    assert found is not None, path
    return re.sub(r"<[^>]+>|\s+", " ", found[1])


def told(client: TestClient, event: int, code: str = EAST) -> str:
    return str(client.get(f"/api/v1/events/{event}/calls/at/{code}/text").json()["text"])


@pytest.mark.parametrize("updated", [False, True])
def test_everywhere_it_is_said_that_it_is_warned_no_more(toy: ToyDatabase, *, updated: bool) -> None:
    event = taken_out(toy, updated=updated)
    east, west = toy.browser(toy.member("township", EAST)), toy.browser(toy.member("township", WEST))
    for path in ("", "/evacuation", "/calls"):
        said = head(east, f"/events/{event}{path}")
        assert OUT in said and "橙色" not in said, (path, said)
        assert "橙色预警" in head(west, f"/events/{event}{path}") and OUT not in head(west, f"/events/{event}{path}")
    listed = east.get("/events").text
    assert OUT in listed and "level level-orange" not in listed and OUT not in west.get("/events").text
    for client, said in ((east, OUT), (west, None)):
        assert client.get(f"/api/v1/events/{event}").json()["over"] == said
        assert client.get("/api/v1/events").json()["items"][0]["over"] == said
    with toy.transaction(EAST) as session:
        note = note_of(open_matters(session, AreaScope(EAST)))
        for line in event_lines(session, AreaScope(EAST)):
            assert line.level == "ungraded" and line.standing.startswith(f"{OUT} · ") and "橙色" not in line.name
    assert f"（{OUT}）" in note and "橙色" not in note
    county = toy.browser(toy.member("county", COUNTY))
    assert OUT not in head(county, f"/events/{event}")
    grounds = {one["code"]: one["warned"] for one in county.get(f"/api/v1/events/{event}").json()["grounds"]}
    assert grounds.get(EAST, "outside") == "outside" and grounds[WEST] == "in_force"


def test_the_line_of_a_township_that_was_taken_out(toy: ToyDatabase) -> None:
    event = taken_out(toy, updated=False)
    with toy.transaction(EAST) as session:
        [line] = event_lines(session, AreaScope(EAST))
    assert (line.event_id, line.level) == (event, "ungraded") and line.standing.startswith(f"{OUT} · 预警响应")
    assert "橙色" not in line.name + line.short
    with toy.transaction(WEST) as session:
        [line] = event_lines(session, AreaScope(WEST))
    assert line.level == "orange" and OUT not in line.standing
    part = toy.browser(toy.member("township", EAST)).get("/events/line", headers={"accept-language": "en"}).text
    assert "event-line-ungraded" in part


@pytest.mark.parametrize("updated", [False, True])
def test_nobody_there_is_told_to_move(toy: ToyDatabase, *, updated: bool) -> None:
    event = taken_out(toy, updated=updated)
    county = toy.browser(toy.member("county", COUNTY))
    said = told(county, event)
    assert "这里原列入“" in said and "现已不在预警范围内" in said and "不再要求转移和排查。" in said
    assert not any(words in said for words in ("先转移", "马上", "请在", "橙色预警", "应转", "没有登记的农房")), said
    assert told(county, event, VILLAGES["东一"][0]).count("现已不在预警范围内") == 1
    assert "现已不在预警范围内" not in told(county, event, WEST) and "橙色预警" in told(county, event, WEST)


def rows(toy: ToyDatabase, event: int) -> list[int]:
    wanted = "SELECT id FROM evacuation WHERE event_id = :e AND scope_code LIKE :t AND withdrawn_at IS NULL ORDER BY id"
    with toy.transaction(COUNTY) as session:
        return list(session.scalars(text(wanted), {"e": event, "t": f"{EAST}%"}))


def change(toy: ToyDatabase, statement: str, **bound: Any) -> None:
    with toy.transaction(COUNTY) as session:
        session.execute(text(statement), bound)


def test_who_is_away_waits_and_who_was_reported_is_still_fetched(toy: ToyDatabase) -> None:
    event = taken_out(toy, updated=False)
    there = rows(toy, event)
    assert len(there) >= 2
    county = toy.browser(toy.member("county", COUNTY))
    change(
        toy,
        "UPDATE evacuation SET state = 'moved_to_kin', moved_at = now(), begun_at = now() WHERE id = :id",
        id=there[0],
    )
    said = told(county, event)
    assert "已经转移出来的先不要返回，等通知" in said and "的可以返回" not in said and "还有1栋要排查" in said
    change(toy, "UPDATE evacuation SET origin = 'extra' WHERE id = :id", id=there[1])
    said = told(county, event)
    assert "1户的房屋查出危险或者报了险情：这些户不要返回，还在家里的马上转移。" in said
    assert "除下面说的以外，不再要求转移和排查。" in said and "其他已经转移出来的先不要返回" in said


def test_once_the_disaster_is_over_who_may_return_is_told(toy: ToyDatabase) -> None:
    event = taken_out(toy, updated=False)
    there = rows(toy, event)
    change(
        toy,
        "UPDATE evacuation SET state = 'moved_to_kin', moved_at = now(), begun_at = now() WHERE id = ANY (:ids)",
        ids=there,
    )
    county = toy.browser(toy.member("county", COUNTY))
    county.post(f"/events/{event}/phase", data={"phase": "aftermath"})
    said = told(county, event)
    assert f"{len(there)}户暂时不能返回，原因见转移名单。" in said and "等通知" not in said, (
        "nobody has looked at a house"
    )
    assert OUT in head(toy.browser(toy.member("township", EAST)), f"/events/{event}")


def test_what_is_lifted_is_lifted_and_not_only_out_of_range(toy: ToyDatabase) -> None:
    event = taken_out(toy)
    lift = f"{OFFICES}2026年7月12日05时30分联合解除山洪灾害气象风险橙色预警。"
    confirm(toy, lift, target=str(event))
    assert "预警已解除" in head(toy.browser(toy.member("township", EAST)), f"/events/{event}")


def test_zones_that_are_drawn_smaller_leave_whom_they_touched(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        event = make_event(session, actor, ["西一", "东一"], level="red")
        never = make_event(session, actor, ["西一"], level="red")
        respond(session, actor, event)
        asked = [WEST, EAST, COUNTY, VILLAGES["东一"][0], VILLAGES["西一"][0]]
        assert out_of_range(session, [event, never], asked) == frozenset()
        revise(session, actor, event, ["西一"], level="red")
        # What never was in the event has not left it.
        assert out_of_range(session, [event, never], asked) == {(event, EAST), (event, VILLAGES["东一"][0])}
    assert OUT in head(toy.browser(toy.member("township", EAST)), f"/events/{event}")


def test_the_board_asks_to_tell_whoever_was_called_there(toy: ToyDatabase) -> None:
    prompt = "已不在影响范围内，叫过的请告知"
    with toy.transaction() as session:
        # Where houses of doubtful position count one goes on calling.
        session.execute(text("UPDATE house SET declared_code = scope_code WHERE declared_code <> scope_code"))
    event = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
        for code in (EAST, WEST):
            call = start_call(session, toy.actor(COUNTY), event, code, Person("值班室"), Press())
            answered(session, toy.actor(COUNTY), call.id, Press())
    county = toy.browser(toy.member("county", COUNTY))
    assert prompt not in county.get(f"/events/{event}/calls").text
    confirm(toy, TAKEN_OUT, target=str(event), keep_unnamed=False, rest_said=True)
    board = county.get(f"/events/{event}/calls").text
    assert board.count(prompt) == 1 and prompt in board.partition(f'id="r{EAST}"')[2].partition('<li id="r')[0]
