"""A township that a correction, or smaller zones, took out of an event: page, list, line, text and API say so, and nothing else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.calls.record_sheet import cells_of, record_of
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
from tests.toy_county.county import NO_OUTLINE

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


def test_a_village_is_left_by_zones_that_still_touch_its_township(toy: ToyDatabase) -> None:
    """As long as any part of the township was in a zone, none of its villages was told that it had left."""
    left, kept, no_outline = VILLAGES["西二"][0], VILLAGES["西一"][0], NO_OUTLINE
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        event = make_event(session, actor, ["西一", "西二"], level="red")
        respond(session, actor, event)
        asked = [WEST, left, kept, no_outline]
        assert out_of_range(session, [event], asked) == frozenset()
        revise(session, actor, event, ["西一"], level="red")
        # Where 西街居委会 lies nobody knows: its township is what can be said of it.
        assert out_of_range(session, [event], asked) == {(event, left)}
        inside = session.execute(
            text("SELECT code FROM house WHERE scope_code = :v AND village_code IS NOT NULL LIMIT 1"), {"v": left}
        ).scalar_one()
        # Confirmed by a person to stand beyond all outlines: it is in the township's ground, and its village's.
        session.execute(text("UPDATE house SET village_code = NULL WHERE code = :code"), {"code": inside})
        assert out_of_range(session, [event], asked) == frozenset()


PROMPT = "已不在影响范围内，叫过的请告知"


def called_and_taken_out(toy: ToyDatabase, *, doubtful: bool = False) -> int:
    """Both townships have answered, then a correction takes out the eastern one; ``doubtful``: a house there may lie in the other."""
    if not doubtful:
        with toy.transaction() as session:
            session.execute(text("UPDATE house SET declared_code = scope_code WHERE declared_code <> scope_code"))
    event = confirm(toy, FLASH_FLOOD).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
    for code in (EAST, WEST):
        ring(toy, event, code)
    county = toy.browser(toy.member("county", COUNTY))
    assert PROMPT not in county.get(f"/events/{event}/calls").text
    confirm(toy, TAKEN_OUT, target=str(event), keep_unnamed=False, rest_said=True)
    return event


def ring(toy: ToyDatabase, event: int, code: str, *, ago: timedelta = timedelta(0), by: str = COUNTY) -> None:
    with toy.transaction(by) as session:
        call = start_call(session, toy.actor(by), event, code, Person("值班室"), Press(ago=ago))
        answered(session, toy.actor(by), call.id, Press(), reply_within=timedelta(hours=1))


def row_of(page: str, code: str) -> str:
    """What one place of the board says, without the lists of further presses."""
    part = page.partition(f'id="r{code}"')[2].partition('<li id="r')[0].partition("<details")[0]
    return re.sub(r"<[^>]+>|\s+", " ", part)


def figures(client: TestClient, event: int) -> dict[str, Any]:
    told = client.get(f"/api/v1/events/{event}/calls").json()
    return {name: told[name] for name in ("reached", "unanswered", "waiting", "lifted", "total", "to_tell")}


def test_the_board_asks_to_tell_whoever_was_called_there_and_takes_down_who_was_told(toy: ToyDatabase) -> None:
    event = called_and_taken_out(toy)
    county = toy.browser(toy.member("county", COUNTY))
    reached = {"reached": 1, "unanswered": 0, "waiting": 0, "lifted": 0, "total": 1}
    assert figures(county, event) == {**reached, "to_tell": 1}
    board = county.get(f"/events/{event}/calls").text
    assert board.count(PROMPT) == 1 and PROMPT in row_of(board, EAST) and "<strong>1/1</strong> 已应" in board
    assert "应告知" in row_of(board, EAST) and "移出影响范围前已应过" in row_of(board, EAST)
    assert "前回报" not in row_of(board, EAST) and "前回报" in row_of(board, WEST)
    with toy.transaction(COUNTY) as session:
        note = open_matters(session, AreaScope(COUNTY))["events"][0]
        assert (note["to_call"], note["not_reached"], note["unreached"]) == (1, 0, [])
        respond(session, toy.actor(COUNTY), event)
        session.execute(
            text("UPDATE evacuation SET state = 'away', begun_at = now(), moved_at = now() WHERE event_id = :e"),
            {"e": event},
        )
    assert "还有 1 个已移出影响范围，叫过的没有告知" in county.get(f"/events/{event}").text
    ring(toy, event, EAST)
    board = county.get(f"/events/{event}/calls").text
    assert PROMPT not in board and "已告知" in row_of(board, EAST) and "前回报" not in row_of(board, EAST)
    assert figures(county, event) == {**reached, "to_tell": 0}
    assert "叫过的没有告知" not in county.get(f"/events/{event}").text
    with toy.transaction(COUNTY) as session:
        cells = [cells_of(row, 1) for row in record_of(session, toy.actor(COUNTY), event, form="xlsx").rows]
    assert [row[7] for row in cells if row[1] == "东河乡"] == ["电话", "电话，告知移出"]


def test_what_was_pressed_before_it_left_and_arrives_late_tells_nobody(toy: ToyDatabase) -> None:
    event = called_and_taken_out(toy)
    ring(toy, event, EAST, ago=timedelta(minutes=30))
    assert figures(toy.browser(toy.member("county", COUNTY)), event)["to_tell"] == 1


@pytest.mark.parametrize("doubtful", [False, True])
def test_who_was_told_to_be_out_and_is_warned_again_by_a_drawing_is_called_anew(
    toy: ToyDatabase, *, doubtful: bool
) -> None:
    event = called_and_taken_out(toy, doubtful=doubtful)
    told = figures(toy.browser(toy.member("county", COUNTY)), event)
    assert (told["to_tell"], told["reached"], told["total"]) == (1, 1, 1)
    ring(toy, event, EAST)
    county = toy.browser(toy.member("county", COUNTY))
    with toy.transaction(COUNTY) as session:
        revise(session, toy.actor(COUNTY), event, ["西一", "东一"], level="orange")
    assert figures(county, event)["waiting"] == 1
    board = county.get(f"/events/{event}/calls").text
    assert "告知移出以后又列入影响范围，请重新叫应" in row_of(board, EAST) and "待叫" in row_of(board, EAST)
    ring(toy, event, EAST)
    assert figures(county, event) == {
        "reached": 2, "unanswered": 0, "waiting": 0, "lifted": 0, "total": 2, "to_tell": 0,
    }  # fmt: skip


def test_a_place_that_houses_of_doubtful_position_alone_bring_in_has_never_left(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
        respond(session, toy.actor(COUNTY), event)
    county = toy.browser(toy.member("county", COUNTY))
    assert "有 1 栋位置待核对的农房计在这里" in row_of(county.get(f"/events/{event}/calls").text, EAST)
    for code in (EAST, WEST):
        ring(toy, event, code)
    assert figures(county, event) == {
        "reached": 2, "unanswered": 0, "waiting": 0, "lifted": 0, "total": 2, "to_tell": 0,
    }  # fmt: skip


@pytest.mark.parametrize("state", ["refused", "unreachable"])
def test_who_refused_there_counts_no_more_once_the_smaller_zones_are_confirmed(toy: ToyDatabase, state: str) -> None:
    event = taken_out(toy, updated=False)
    # The first one's house is declared in the other township, and stays.
    doubtful, stubborn, gone, *others = rows(toy, event)
    said = "UPDATE evacuation SET state = :state, begun_at = now(), note = '不走' WHERE id = :id"
    change(toy, said, id=stubborn, state=state)
    change(toy, "UPDATE evacuation SET state = 'away', begun_at = now(), moved_at = now() WHERE id = :id", id=gone)
    county, east = toy.browser(toy.member("county", COUNTY)), toy.browser(toy.member("township", EAST))
    page = county.get(f"/events/{event}").text
    assert f"有 {1 + len(others)} 户已不在影响范围内（或房屋已终止登记）且没有转移，将从转移名单撤下。" in page
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
    left = east.get(f"/api/v1/events/{event}/evacuation/totals").json()["total"]
    assert (left["due"]["households"], left["left"]["households"]) == (2, 1)
    assert rows(toy, event) == [doubtful, gone], "who is away waits for the way home"
    with toy.transaction(COUNTY) as session:
        kept = session.execute(text("SELECT state, note FROM evacuation WHERE id = :id"), {"id": stubborn}).one()
        assert tuple(kept) == (state, "不走"), "what was said stays"


def test_who_refused_in_a_house_that_was_found_dangerous_stays_on_the_list(toy: ToyDatabase) -> None:
    event = taken_out(toy, updated=False)
    there = rows(toy, event)[1:]
    change(
        toy, "UPDATE evacuation SET state = 'refused', begun_at = now(), note = '不走' WHERE id = ANY (:ids)", ids=there
    )
    change(
        toy,
        "UPDATE emergency_inspection SET state = 'done', begun_at = now(), done_at = now(), result = 'collapsed'"
        " WHERE event_id = :event AND house_id = (SELECT house_id FROM evacuation WHERE id = :id)",
        event=event, id=there[0],
    )  # fmt: skip
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
    assert rows(toy, event)[1:] == [there[0]]


def test_one_confirmation_withdraws_what_it_says_of_those_who_refused_too(toy: ToyDatabase) -> None:
    event = taken_out(toy, updated=False)
    _, stubborn, gone, *_ = rows(toy, event)
    change(toy, "UPDATE evacuation SET state = 'refused', begun_at = now() WHERE id = :id", id=stubborn)
    change(toy, "UPDATE evacuation SET state = 'away', begun_at = now(), moved_at = now() WHERE id = :id", id=gone)
    county = toy.browser(toy.member("county", COUNTY))
    told = re.search(r"有 (\d+) 栋已不在影响范围内", county.get(f"/events/{event}").text)
    assert told is not None
    done = [county.post(f"/api/v1/events/{event}/respond").json() for _ in range(2)]
    assert [one["withdrawn"] for one in done] == [int(told[1]), 0] and done[1]["evacuation"]["withdrawn"] == 0
    with toy.transaction(COUNTY) as session:
        wanted = (
            "SELECT i.state FROM evacuation e JOIN emergency_inspection i USING (event_id, house_id)"
            " WHERE e.id = ANY (:ids) ORDER BY e.id"
        )
        states = session.scalars(text(wanted), {"ids": [stubborn, gone]}).all()
    assert states == ["withdrawn", "prepared"], "who is away goes home once somebody has looked"


def test_a_place_that_was_never_in_a_zone_is_not_told_that_it_left(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
        respond(session, toy.actor(COUNTY), event)
    county = toy.browser(toy.member("county", COUNTY))
    for _ in ("before the call", "after it"):
        with toy.transaction(COUNTY) as session:
            assert out_of_range(session, [event], [EAST, WEST, VILLAGES["东一"][0]]) == frozenset()
        assert "这里原列入" not in told(county, event)
        assert OUT not in head(toy.browser(toy.member("township", EAST)), f"/events/{event}")
        ring(toy, event, EAST)
