"""会议模式: its figures are those of the desk and of the database; nothing in it names a person."""

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from sqlalchemy import text

from geo_housing.clock import now, today
from geo_housing.desk.meeting import meeting, summed
from geo_housing.desk.queries import division_rows, fresh
from geo_housing.response.service import respond
from geo_housing.words import IN_ANNUAL_LEDGER, LIVED_IN, RENOVATION
from tests.fixtures.browser import DESK, PHONE, Visit
from tests.fixtures.toy import ToyDatabase
from tests.fixtures.undone import Undo, undone
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

WALL = {"width": 1920, "height": 1080}
FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
in_browser = pytest.mark.xdist_group("meeting-in-browser")


def varied_occupancy(session: Any, seed: int) -> list[dict[str, Any]]:
    """Houses with any occupancy, checked long ago or lately or never, and families of unstated size; all rows afterwards."""
    chance = random.Random(seed)
    for (house,) in session.execute(text("SELECT id FROM house")).all():
        values = {
            "house": house,
            "occupancy": chance.choice([*LIVED_IN, "away", "empty", None]),
            "checked": chance.choice([None, today(), today() - timedelta(days=179), today() - timedelta(days=181)]),
            "people": chance.randint(0, 5),
            "without": chance.randint(0, 1),
            "renovation": (status := chance.choice(tuple(RENOVATION))),
            "year": chance.choice((None, today().year, today().year - 1)) if status in IN_ANNUAL_LEDGER else None,
        }
        session.execute(
            text(
                "UPDATE house SET occupancy = :occupancy, occupancy_checked_on = :checked, people = :people,"
                " households_without_size = :without, renovation = :renovation, renovation_year = :year WHERE id = :house"
            ),
            values,
        )
    columns = "scope_code, risk, occupancy, occupancy_checked_on, households, people, households_without_size"
    columns += ", renovation, renovation_year"
    rows = session.execute(text(f"SELECT {columns} FROM house WHERE ended_on IS NULL")).mappings()
    return [dict(row) for row in rows]


def counts_as_lived_in(row: dict[str, Any]) -> bool:
    since = today() - timedelta(days=180)
    checked = row["occupancy_checked_on"]
    return row["occupancy"] in (None, *LIVED_IN) or checked is None or checked < since


@FEW
@given(seed=st.integers(0, 10**6), area=st.sampled_from(["", COUNTY, WEST, EAST, f"{WEST}201"]))
def test_figures_are_those_of_the_houses_and_add_up_on_each_level(
    toy_worker: ToyDatabase, seed: int, area: str
) -> None:
    with undone(), toy_worker.transaction() as session:
        rows = varied_occupancy(session, seed)
        actor = toy_worker.actor(area)
        wanted = fresh(session, actor)
        found = meeting(session, actor.scope, wanted)
        mine = [row for row in rows if row["scope_code"].startswith(area)]
        for level in found.levels:
            assert summed(division.figures for division in level.divisions) == found.total
            desk = {row.code: row for row in division_rows(session, actor.scope, wanted, level.digits)}
            assert desk.keys() == {division.code for division in level.divisions}
            for division in level.divisions:
                inside = [row for row in mine if row["scope_code"][: level.digits] == division.code]
                danger = [row for row in inside if row["risk"] in ("C", "D") and counts_as_lived_in(row)]
                figures = division.figures
                assert (figures.houses, figures.dangerous_lived_in) == (len(inside), len(danger))
                for name in ("households", "people", "households_without_size"):
                    assert getattr(figures, name) == sum(row[name] for row in danger), (division.name, name)
                assert figures.suspected == sum(row["risk"] == "suspected" for row in inside)
                listed = [row for row in inside if row["renovation_year"] == today().year]
                done = [row for row in listed if row["renovation"] in ("completed", "accepted", "moved_in")]
                assert (figures.listed_this_year, figures.renovated_this_year) == (len(listed), len(done))
                assert figures.without_year == sum(
                    row["renovation_year"] is None
                    and row["renovation"] in ("listed", "started", "completed", "accepted")
                    for row in inside
                )
                assert (
                    figures.renovated_this_year <= figures.renovated and figures.listed_this_year <= figures.to_renovate
                )
                for name in ("dangerous_lived_in", "suspected", "to_renovate", "renovated"):
                    assert getattr(figures, name) == getattr(desk[division.code], name)
        if found.levels:
            assert found.total.houses == len(mine)
        raise Undo


TWICE = """
    SELECT min(house_id) FROM (
        SELECT i.house_id, left(i.scope_code, 9) AS township
        FROM emergency_inspection i JOIN hazard_event e ON e.id = i.event_id AND e.mode = 'actual'
        GROUP BY 1, 2 HAVING count(*) > 1
    ) AS twice
    GROUP BY township
"""


@FEW
@given(seed=st.integers(0, 10**6), area=st.sampled_from([COUNTY, WEST, EAST, f"{WEST}201"]))
@example(seed=105, area=WEST)
def test_a_house_in_two_events_is_one_house(toy_worker: ToyDatabase, seed: int, area: str) -> None:
    """Against every house by hand: done when it is in each event that goes on, overdue when it is in one; a drill is none."""
    with undone(), toy_worker.transaction() as session:
        chance = random.Random(seed)
        for villages, mode in (
            (["西一", "西二", "东一"], "actual"),
            (["西二", "东一", "东二"], "actual"),
            (["西一"], "drill"),
        ):
            event = make_event(session, toy_worker.actor(), villages, "red")
            respond(session, toy_worker.actor(), event)
            session.execute(text("UPDATE hazard_event SET mode = :m WHERE id = :e"), {"m": mode, "e": event})
        # Of each township one house stays on both lists, whatever chance takes off.
        stays = set(session.scalars(text(TWICE)))
        for number, house in session.execute(text("SELECT id, house_id FROM emergency_inspection ORDER BY id")).all():
            states = ["open", "done", "done", "in_progress", "prepared", *(() if house in stays else ("withdrawn",))]
            state = chance.choice(states)
            due = now() + timedelta(hours=chance.choice([-1, 5]))
            values = {"s": state, "d": None if state == "prepared" else due, "i": number}
            session.execute(text("UPDATE emergency_inspection SET state = :s, due_at = :d WHERE id = :i"), values)
        told: dict[int, list[Any]] = {}
        query = (
            "SELECT i.* FROM emergency_inspection i JOIN hazard_event e ON e.id = i.event_id AND e.mode = 'actual'"
            " WHERE i.state <> 'withdrawn' AND starts_with(i.scope_code, :area)"
        )
        for row in session.execute(text(query), {"area": area}):
            told.setdefault(row.house_id, []).append(row)
        late = ("open", "in_progress")
        expected = (
            len(told),
            sum(all(one.state == "done" for one in rows) for rows in told.values()),
            sum(any(one.state in late and one.due_at < now() for one in rows) for rows in told.values()),
        )
        assert any(len(rows) > 1 for rows in told.values()) or area == f"{WEST}201"
        actor = toy_worker.actor(area)
        found = meeting(session, actor.scope, fresh(session, actor))
        if found.levels:
            assert (found.total.to_inspect, found.total.inspected, found.total.overdue) == expected
            assert found.total.to_inspect <= found.total.houses
        for level in found.levels:
            assert summed(division.figures for division in level.divisions) == found.total
        raise Undo


@pytest.mark.parametrize("role", ["leader", "county", "planner"])
def test_whoever_sees_the_map_may_open_it_and_finds_no_name(toy_worker: ToyDatabase, role: str) -> None:
    client = toy_worker.browser(toy_worker.member(role, COUNTY))
    for path in ("/map/meeting", "/map/meeting/figures"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "户主0" not in answer.text and "\\u6237\\u4e3b0" not in answer.text
    figures = client.get("/map/meeting/figures").json()
    assert [level["digits"] for level in figures["levels"]] == [9, 12]


def opened(visit: Any, toy: ToyDatabase, path: str, **more: Any) -> Page:
    page: Page = visit(toy, toy.member("leader", COUNTY), path, **more).page
    page.wait_for_selector("[data-ready]")
    return page


def figure(page: Page, name: str) -> Any:
    return page.locator(f"[data-figure={name}]")


@in_browser
@pytest.mark.parametrize("size", [WALL, DESK, PHONE], ids=["wall", "desk", "phone"])
def test_the_wall_shows_the_county_and_the_keys_walk_through_the_townships(
    visit: Any, toy_worker: ToyDatabase, size: dict[str, int]
) -> None:
    page = opened(visit, toy_worker, "/map/meeting", size=size)
    with toy_worker.transaction() as session:
        sums = dict(
            session.execute(
                text("SELECT left(scope_code, 9), count(*) FROM house WHERE risk IN ('C', 'D') GROUP BY 1")
            ).all()
        )
    expect(page.locator("[data-more=danger]")).to_contain_text(f"{sum(sums.values())} 栋")
    expect(figure(page, "households")).to_have_text(str(sum(sums.values())))
    expect(page.locator("[data-shows=place]")).to_have_text("")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-shows=place]")).to_have_text("西山镇")
    expect(page.locator("[data-more=danger]")).to_contain_text(f"{sums[WEST]} 栋")
    assert page.url.endswith(f"?area={WEST}")
    rows = page.locator("[data-shows=rank-rows] tr")
    expect(rows).to_have_count(sum(code.startswith(WEST) for code, _, _ in VILLAGES.values()) + 1)
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-shows=place]")).to_have_text("东河乡")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-shows=place]")).to_have_text("")
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-shows=place]")).to_have_text("东河乡")
    page.keyboard.press("Home")
    expect(figure(page, "houses")).to_have_text("43")
    if size is not PHONE:
        tall = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.m-figure em')).fontSize)")
        # A twenty-fourth of the wall's height for what is read from five metres.
        assert tall > size["height"] / 24
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "nothing to scroll on a wall"
        wide = page.evaluate(
            "[...document.querySelectorAll('.m-figure')].filter((e) => e.scrollWidth > e.clientWidth).length"
        )
        assert wide == 0, "no figure is cut"


@in_browser
def test_this_years_renovation_stands_beside_that_of_all_years(visit: Any, toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        codes = session.scalars(
            text("SELECT code FROM house WHERE risk IN ('C', 'D') AND starts_with(scope_code, :w) ORDER BY code"),
            {"w": WEST},
        ).all()
        states = [
            ("completed", today().year),
            ("listed", today().year),
            ("moved_in", today().year - 1),
            ("started", None),
        ]
        assert len(codes) > len(states)
        for code, (status, year) in zip(codes, states, strict=False):
            values = {"r": status, "y": year, "c": code}
            session.execute(text("UPDATE house SET renovation = :r, renovation_year = :y WHERE code = :c"), values)
        count = "SELECT count(*) FROM house WHERE renovation <> 'not_needed'"
        every = session.execute(text(count)).scalar_one()
        west = session.execute(text(f"{count} AND starts_with(scope_code, '{WEST}')")).scalar_one()
    page = opened(visit, toy, f"/map/meeting?area={WEST}")
    more, years = page.locator("[data-more=renovation]"), page.locator("[data-more=years]")
    for place, renovate in (("西山镇", west), ("", every)):
        expect(page.locator("[data-shows=place]")).to_have_text(place)
        expect(figure(page, "renovated_this_year")).to_have_text("1")
        expect(figure(page, "listed_this_year")).to_have_text("2")
        expect(more).to_have_text(f"50.0% · 历年 2/{renovate}")
        expect(years).to_have_text("另有 1 栋改造年度未填")
        page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-shows=place]")).to_have_text("东河乡")
    expect(figure(page, "listed_this_year")).to_have_text("0")
    expect(years).to_have_text("")
    expect(years).to_be_visible()


@in_browser
def test_a_bar_leads_to_its_township_and_a_village_to_the_map(visit: Any, toy_worker: ToyDatabase) -> None:
    page = opened(visit, toy_worker, "/map/meeting")
    box = page.locator("#m-chart").bounding_box()
    assert box is not None
    first = page.locator("[data-shows=rank-rows] th").first.text_content()
    # Two bars and no more: the first lies in the middle of the upper half.
    rows = page.locator("[data-shows=rank-rows] tr").count()
    page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] / rows / 2)
    expect(page.locator("[data-shows=place]")).to_have_text(first or "")
    village = page.evaluate(
        "() => { const code = new URLSearchParams(location.search).get('area');"
        " const shape = ghMap.layers.villages.getLayers().find((one) => one.feature.properties.code.startsWith(code));"
        " const p = ghMap.map.latLngToContainerPoint(shape.getBounds().getCenter()); return [p.x, p.y] }"
    )
    on_map = page.locator("#gh-view").bounding_box()
    assert on_map is not None
    with page.expect_navigation(url=re.compile(r"/map\?area=\d{12}"), wait_until="commit"):
        page.mouse.click(on_map["x"] + village[0] + 20, on_map["y"] + village[1] + 20)


@in_browser
def test_old_figures_are_told_to_be_old(visit: Any, toy_worker: ToyDatabase) -> None:
    found: Visit = visit(toy_worker, toy_worker.member("leader", COUNTY), "/account")
    found.expected.append("401")
    page = found.page
    page.clock.install()
    found.open("/map/meeting")
    page.wait_for_selector("[data-ready]")
    page.context.clear_cookies()
    page.clock.run_for(61_000)
    expect(page.locator("[data-shows=banner]")).to_contain_text("登录已过期")


@in_browser
def test_the_map_of_the_wall_writes_the_figure_of_its_legend(visit: Any, toy_worker: ToyDatabase) -> None:
    member = toy_worker.member("county", COUNTY)
    desk = toy_worker.browser(member).get("/").text
    wall = visit(toy_worker, member, "/map/meeting", size=DESK).page
    for name in ("西山镇", "东河乡"):
        found = re.search(rf">{name}<tspan[^>]*>([\d.]+)</tspan>", desk)
        assert found is not None
        expect(wall.locator(".m-name", has_text=name).locator("b")).to_have_text(found[1])
