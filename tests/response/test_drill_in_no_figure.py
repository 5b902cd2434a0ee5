"""A drill is played from its first call to its last signature, and no figure that names no event has moved."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing import clock
from geo_housing.doctor import look_at_events
from tests.fixtures.toy import ToyDatabase, furnished
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

WEST_ONE = VILLAGES["西一"][0]
LISTS = ("state=open", "state=done", "overdue=1", "again=1", "result=collapsed", "result=suspected", "mode=actual")
PAGES = ("/", "/inspections", *(f"/inspections?{asked}" for asked in LISTS), f"/inspections?area={WEST}", "/houses")
PAGES += ("/houses?risk=C,D", "/orders", "/roster/shelters", "/map/meeting/figures")
COUNTED = ("/api/v1/emergency-inspections?matched=1", "/api/v1/houses?matched=1", "/api/v1/map/counts")
COUNTED += ("/ogc/collections/emergency-inspections/items?limit=1", "/api/v1/map/inspection-counts", "/api/v1/orders")
READERS = (("county", COUNTY), ("township", WEST), ("village", WEST_ONE), ("leader", COUNTY), ("duty", COUNTY))
# Times, keys of a page, the token of its forms, the strip that tells of the drill, and the drill that is offered beside
# the figures, apart.
PASSING = re.compile(
    r"\d\d-\d\d \d\d:\d\d|\d\d:\d\d(?::\d\d)?|\d{4}-\d\d-\d\dT[\d:.+Z]+|v=[\w-]+|\bcursor\b[^,]*|after=[\d-]+"
    r'|name="csrf_token" value="[^"]*"|<a href="/inspections\?mode=drill[^"]*"[^>]*>.*?</a>|"(?:etag|version|timeStamp|next|as_of)":\s*"?[^,"}]*"?'
)


def posted(client: TestClient, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, f"{path}: {answer.text}"
    return answer.json()


def ids(toy: ToyDatabase, query: str, event: int) -> dict[str, int]:
    with toy.transaction() as session:
        return {row[0]: row[1] for row in session.execute(text(query), {"e": event})}


def played(toy: ToyDatabase, mode: str) -> int:
    """Calls, moves, a figure by telephone, results, a collapse, a signature; what is left stays open and becomes overdue."""
    county = toy.browser(toy.member("county", COUNTY))
    asked = {"areas": [WEST, EAST], "name": f"夜{mode}", "kind": "flood", "level": "red", "mode": mode}
    event = int(posted(county, "/api/v1/events", asked)["event"])
    base = f"/api/v1/events/{event}"
    posted(county, f"{base}/respond", {})
    posted(county, f"{base}/calls/at/{WEST}", {"name": "李某", "number": "13900000001"})
    posted(
        county, f"{base}/evacuation/figures", {"area": WEST_ONE, "households": 1, "people": 2, "reported_by": "李某"}
    )
    posted(county, f"{base}/evacuation/extra", {"area": WEST_ONE, "head": f"某{mode}", "what": "山洪围困"})
    rows = "SELECT CAST(id AS text), version FROM evacuation WHERE event_id = :e AND withdrawn_at IS NULL"
    moved = [{"id": int(row), "version": version} for row, version in ids(toy, rows, event).items()]
    assert len(moved) > 1
    posted(county, f"{base}/evacuation/many", {"state": "moved_to_kin", "rows": moved[:-1], "destination": "镇中学"})
    posted(county, f"{base}/phase", {"phase": "aftermath"})
    with toy.transaction() as session:
        session.execute(text("UPDATE emergency_inspection SET due_at = now() - interval '1 hour' WHERE event_id = :e"), {"e": event})  # fmt: skip
    houses = "SELECT h.code, i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE i.event_id = :e"
    seen = {"visitor": "某巡查员", "visited_at": clock.now().isoformat()}
    for code, said in (
        ("西一-D", {"result": "collapsed", "rooms_collapsed": 2}),
        ("西一-C", {"result": "suspected", "damage": "severe", "rooms_severe": 1, "findings": "东墙开裂"}),
        ("西一-A", {"result": "no_visible_hazard"}),
    ):
        number = ids(toy, houses, event)[code]
        answer = county.patch(f"/api/v1/inspections/{number}", json={**seen, **said}, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["state"] == "done"
    return event


def signed(toy: ToyDatabase, event: int) -> None:
    with toy.transaction() as session:
        number = session.execute(
            text("INSERT INTO technician (scope_code, name, unit, valid_from, created_by)"
                 " VALUES (:c, '某技术员', '某单位', current_date - 9, 'tests') RETURNING id"), {"c": COUNTY},
        ).scalar_one()  # fmt: skip
    county = toy.browser(toy.member("county", COUNTY))
    said = {"conclusion": "not_habitable", "items": ["wall_lean"], "technician": number, "advice": "封存"}
    said["signed_at"] = clock.now().isoformat()
    posted(county, f"/api/v1/events/{event}/conclusions/西一-D", said)


@furnished
def real(toy: ToyDatabase) -> int:
    """A real event over the same ground, worked on."""
    return played(toy, "actual")


def figures(toy: ToyDatabase) -> dict[tuple[str, str], str]:
    """What each reader is told, page by page; of pages their content, of answers the whole."""
    found = {}
    for role, area in READERS:
        client = toy.browser(toy.member(role, area))
        for path in (*PAGES, *COUNTED):
            answer = client.get(path)
            if answer.status_code in (303, 403, 404):
                continue
            assert answer.status_code == 200, f"{role} {path}: {answer.text[:200]}"
            told = re.search(r"<main.*</main>", answer.text, re.S)
            found[role, path] = re.sub(r"\s+", " ", PASSING.sub("", told[0] if told else answer.text))
        events = client.get("/api/v1/duty").json().get("open", {}).get("events", [])
        found[role, "duty"] = str([{**one} for one in events if one["mode"] == "actual"])
    found["", "doctor"] = look_at_events(toy.settings, toy.database)
    return found


def test_a_whole_drill_moves_no_figure(toy: ToyDatabase, real: int) -> None:
    before = figures(toy)
    assert len(before) > 60
    drill = played(toy, "drill")
    signed(toy, drill)
    after = figures(toy)
    assert before.keys() == after.keys()
    for of_whom, told in after.items():
        assert told == before[of_whom], of_whom


def chips(client: TestClient, asked: str = "") -> dict[str, str]:
    page = client.get(f"/inspections{asked}").text
    return dict(re.findall(r'<a href="/inspections[^"]*"[^>]*>([^<]+) <b>([\d,]+)</b></a>', page))


def test_a_drill_stands_apart_on_the_list_of_inspections(toy: ToyDatabase, real: int) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    alone = chips(county)
    drill = played(toy, "drill")
    beside = chips(county)
    apart = beside.pop("【演练】未完成")
    assert beside == alone and apart == alone["全部未完成"]
    page = county.get("/inspections?mode=drill").text
    assert "is-drill" in page and "演练，不计入任何统计" in page and "夜actual</td>" not in page and "夜drill" in page
    assert chips(county, "?mode=drill") == alone
    assert "is-drill" in county.get(f"/inspections?event={drill}").text
    assert "夜drill</td>" not in county.get("/inspections").text
    # The real night is over: what its drill has left is no work.
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET phase = 'closed' WHERE id = :e"), {"e": real})
    over = chips(county)
    assert (over["全部未完成"], over["待排查"], over["【演练】未完成"]) == ("0", "0", apart)
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET phase = 'closed' WHERE id = :e"), {"e": drill})
    assert "【演练】未完成" not in chips(county)
    for role, area in READERS:
        assert "夜drill</td>" not in toy.browser(toy.member(role, area)).get("/inspections?state=done").text


@pytest.mark.parametrize("asked", ["", "?state=done", "?result=collapsed", "?mode=drill"])
def test_the_list_shows_as_many_as_it_says(toy: ToyDatabase, real: int, asked: str) -> None:
    played(toy, "drill")
    county = toy.browser(toy.member("county", COUNTY))
    page = county.get(f"/inspections{asked}").text
    here = re.search(r'aria-current="true">[^<]+<b>(\d+)</b>', page)
    assert here and int(here[1]) == page.count('<tr class="linked">')


def test_what_a_technician_signed_is_told_in_words_and_a_drill_says_so(toy: ToyDatabase) -> None:
    """Signed, and cared for: on the page of the house, with what a leader may not see of the family left out."""
    drill = played(toy, "drill")
    signed(toy, drill)
    county = toy.browser(toy.member("county", COUNTY))
    path = f"/api/v1/events/{drill}/unsafe-homes/西一-D"
    said = {"living_now": "镇中学", "measure": "sealed", "note": "某话"}
    assert county.patch(path, json={**said, "version": 1}).status_code == 200
    page = county.get("/houses/西一-D").text
    assert "conclusions." not in page and "not_habitable" not in page and "living_now" not in page
    assert (
        "签署应急评估结论" in page
        and "应急评估结论" in page
        and "不可以居住" in page
        and "【演练】夜drill · 某技术员" in page
    )
    assert "登记现居住地和临时措施" in page and "封存停用、设警示标识" in page and "镇中学" in page
    assert "镇中学" not in toy.browser(toy.member("leader", COUNTY)).get("/houses/西一-D").text
