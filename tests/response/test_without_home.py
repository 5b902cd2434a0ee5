"""无房户: families whose house is gone and who lived in a zone are told beside its figures, and asked after by name."""

import io
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from openpyxl import load_workbook
from shapely.geometry import GeometryCollection, box, mapping
from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from geo_housing.clock import now, today
from geo_housing.db import Database
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.queries import affected
from geo_housing.hazards.without_home import without_home_of_event
from geo_housing.houses.register.endings import end_house, give_home
from geo_housing.layers.concerned import house_concerned, house_uncertain
from geo_housing.layers.tables import HOUSE
from geo_housing.response.papers.preseason import cards_of
from geo_housing.response.reports.figures import figures_of
from geo_housing.response.reports.gather import gather
from geo_housing.response.reports.wording import Heading, sections
from geo_housing.response.service import respond
from geo_housing.response.zones.loading import Given, load_divisions, load_drawing
from geo_housing.scope import AreaScope
from tests.fixtures.cluster import TestCluster, TestDatabase
from tests.fixtures.toy import ToyDatabase
from tests.hazards.test_chosen_divisions import DOUBTFUL
from tests.houses.ledgers import house, load, query
from tests.layers.test_concerned import ZONES
from tests.response.zones import geometry, make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

CORNER = mapping(box(120.0002, 45.0002, 120.0014, 45.0014))
NOBODY_WAITS = {"households": 0, "people": 0, "households_without_size": 0}


def end(toy: ToyDatabase, code: str) -> int:
    """The house is gone; the number of its family, which waits for a home."""
    with toy.transaction() as session:
        end_house(session, toy.actor(), code, reason="demolished", on=today(), version=house(toy, code).version)
    found = query(
        toy,
        "SELECT w.household_id AS id FROM households_waiting('0', ':') w JOIN house h ON h.id = w.house_id WHERE h.code = :c",
        c=code,
    )
    return int(found[0].id)


def people_of(toy: ToyDatabase, household: int) -> int:
    return int(query(toy, "SELECT persons FROM household WHERE id = :id", id=household)[0].persons)


def test_the_analysis_tells_them_beside_its_figures(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一"], "red")
        before = affected(session, event)
    family = end(toy, "西一-D")
    waits = {"households": 1, "people": people_of(toy, family), "households_without_size": 0}
    for role, area, expected in (
        ("county", COUNTY, waits),
        ("township", WEST, waits),
        ("village", VILLAGES["西一"][0], waits),
        ("township", EAST, NOBODY_WAITS),
    ):
        client = toy.browser(toy.member(role, area))
        answer = client.get(f"/api/v1/events/{event}/affected").json()
        assert answer["without_home"] == expected, area
        drawn = client.post("/api/v1/affected-preview", json={"geometry": geometry(["西一"])}).json()
        assert drawn["without_home"] == expected, area
    with toy.transaction() as session:
        found = affected(session, event)
    # In no other figure.
    assert (found.houses, found.households) == (before.houses - 1, before.households - 1)
    assert found.people == before.people - waits["people"]


def test_its_pages_and_papers_lead_to_them(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一"], "red")
        respond(session, toy.actor(), event)
    family = end(toy, "西一-A")
    head = query(toy, "SELECT head FROM household WHERE id = :id", id=family)[0].head
    browser = toy.browser(toy.member("township", WEST))
    page = browser.get(f"/events/{event}").text
    assert "另有无房户 1 户" in page and f'href="/events/{event}/evacuation#without-home"' in page
    moves = browser.get(f"/events/{event}/evacuation").text
    assert 'id="without-home"' in moves and head in moves and "西一-A" in moves
    for printed in ("print", "evacuation/print"):
        paper = browser.get(f"/events/{event}/{printed}").text
        assert "无房户 1 户" in paper and head in paper, printed
    for address in ("list.xlsx", "evacuation/list.xlsx"):
        book = load_workbook(io.BytesIO(browser.get(f"/api/v1/events/{event}/{address}").content))
        rows = [[cell.value for cell in line] for line in book["无房户"].iter_rows()]
        assert rows[4][3] == head and rows[4][7] == "西一-A", address
        assert any("另有无房户1户" in str(cell.value) for line in book.worksheets[0] for cell in line), address
    told = browser.get(f"/events/{event}/calls/at/{VILLAGES['西一'][0]}/text").text
    assert "无房户1户" in told
    # Who may not see families sees how many, and no name.
    reader = toy.browser(toy.member("leader", COUNTY))
    assert "另有无房户 1 户" in reader.get(f"/events/{event}/evacuation").text
    assert head not in reader.get(f"/events/{event}/evacuation").text


def test_a_press_puts_a_family_on_the_list_under_its_own_record(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一"], "red")
        respond(session, toy.actor(), event)
    family = end(toy, "西一-A")
    browser = toy.browser(toy.member("township", WEST))

    def due() -> int:
        with toy.transaction() as session:
            return totals(session, event, AreaScope("")).total.due.households

    before = due()
    form = {"household_id": str(family), "what": "村西帐篷", "client_id": "a" * 32}
    for _ in range(2):
        assert browser.post(f"/events/{event}/evacuation/extra", data=form).status_code == 303
    assert due() == before + 1
    page = browser.get(f"/events/{event}/evacuation").text
    assert 'id="without-home"' not in page
    assert "村西帐篷" in browser.get(f"/events/{event}/evacuation/areas/{VILLAGES['西一'][0]}").text
    again = browser.post(f"/events/{event}/evacuation/extra", data={**form, "client_id": "b" * 32})
    assert again.status_code == 409 and due() == before + 1
    # It gets a home in the zone: still one family, on one row.
    with toy.transaction() as session:
        give_home(session, toy.actor(), family, "西一-D", on=today())
        respond(session, toy.actor(), event)
    rows = query(toy, "SELECT FROM evacuation WHERE household_id = :id AND withdrawn_at IS NULL", id=family)
    assert len(rows) == 1
    assert browser.post(f"/events/{event}/evacuation/extra", data={**form, "client_id": "c" * 32}).status_code == 409
    east = toy.browser(toy.member("township", EAST))
    other = end(toy, "西一-C")
    refused = east.post(f"/events/{event}/evacuation/extra", data={"household_id": str(other), "client_id": "d" * 32})
    assert refused.status_code == 409 and "无房户" in refused.text


def test_a_house_of_doubtful_place_counts_where_a_zone_touches_its_village(toy: ToyDatabase) -> None:
    end(toy, "争-1")
    county = toy.browser(toy.member("county", COUNTY))
    drawn = county.post("/api/v1/affected-preview", json={"geometry": CORNER}).json()
    assert drawn["without_home"]["households"] == 1
    with toy.transaction() as session:
        far = make_event(session, toy.actor(), ["西四"])
        assert affected(session, far).without_home.households == 0


@pytest.fixture(scope="module")
def counties(
    clone_toy: Callable[[str], TestDatabase], test_cluster: TestCluster
) -> Iterator[tuple[ToyDatabase, ToyDatabase]]:
    """The toy county with houses of every kind of doubt, standing, and with every house of it gone."""
    both = []
    for name in ("standing", "gone"):
        names = clone_toy(f"{name}_{uuid.uuid4().hex[:12]}")
        both.append(
            ToyDatabase(names, Database(names.service_url, pool_size=2, stream_pool_size=1), test_cluster.settings)
        )
        load(both[-1], DOUBTFUL)
    with both[1].transaction() as session:
        session.execute(text("UPDATE house_household SET to_on = current_date, closed_with = 'ended'"))
        session.execute(text("UPDATE house SET ended_on = current_date, ended_reason = 'demolished'"))
    yield both[0], both[1]
    for toy in both:
        toy.database.close()
        test_cluster.drop(toy.names.name)


def make(toy: ToyDatabase, session: Session, zones: list[Any]) -> int:
    if isinstance(zones[0], str):
        return load_divisions(session, toy.actor(), zones, Given(kind="flood")).zoned.event_id
    return load_drawing(session, toy.actor(), mapping(GeometryCollection(zones)), Given()).zoned.event_id


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(zones=ZONES)
def test_each_family_is_told_whose_house_would_count(
    counties: tuple[ToyDatabase, ToyDatabase], zones: list[Any]
) -> None:
    standing, gone = counties
    with standing.transaction() as session:
        event = make(standing, session, zones)
        counts = or_(house_concerned(event), house_uncertain(event))
        wanted = select(HOUSE.c.code).where(counts, HOUSE.c.ended_on.is_(None), HOUSE.c.households > 0)
        expected = set(session.scalars(wanted))
        session.rollback()
    with gone.transaction() as session:
        event = make(gone, session, zones)
        told = without_home_of_event(session, event)
        assert affected(session, event).without_home.households == len(told)
        session.rollback()
    assert {family.house_code for family in told} == expected


def test_a_report_and_the_card_before_the_season_tell_them_with_the_same_figures(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一"], "red")
    family = end(toy, "西一-D")
    with toy.transaction(COUNTY) as session:
        head = session.scalar(text("SELECT head FROM household WHERE id = :id"), {"id": family})
        page = affected(session, event).without_home
        for as_of in (None, now()):
            found = gather(session, session.get_one(HazardEvent, event), AreaScope(COUNTY), as_of=as_of)
            told = [found.affected[f"without_home{part}"] for part in ("", "_people", "_unsized")]
            assert told == [page.households, page.people, page.households_without_size] and page.households == 1
        heading = Heading("强降雨", False, "flash", 1, now(), "玩具县", "县住建局")
        said = sections(heading, found, (), difficulties=None, next_steps=None, has_before=False, is_final=False)[
            0
        ].paragraphs
        assert f"另有无房户1户{page.people}人原住在影响范围内，不在以上数字里，须逐户问清现住何处。" in said
        # A report that was frozen before they were told has none.
        frozen = found.as_json()
        frozen["affected"] = {name: n for name, n in frozen["affected"].items() if "without_home" not in name}
        older = sections(
            heading, figures_of(frozen), (), difficulties=None, next_steps=None, has_before=False, is_final=False
        )
        assert not any("无房户" in line for line in older[0].paragraphs)
        cards = {card.area.code: card for card in cards_of(session, toy.actor(COUNTY), WEST).villages}
    village = VILLAGES["西一"][0]
    assert cards[village].waiting == page and [row[3] for row in cards[village].without_home] == [head]
    assert all(card.waiting.households == 0 for code, card in cards.items() if code != village)
    township = toy.browser(toy.member("township", WEST))
    paper = township.post("/roster/cards/print", data={"area": village}).text
    assert "另有无房户 <strong>1</strong> 户" in paper and "原住本村" in paper and str(head) in paper
    assert "原住在影响范围内" not in paper


def test_lists_and_papers_name_every_one_of_them_however_many_wait(toy: ToyDatabase) -> None:
    """More than any screen shows: after an earthquake a whole village may wait, and who is missing is asked after by nobody."""
    many = 2_345
    village = VILLAGES["西一"][0]
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一"], "red")
        respond(session, toy.actor(), event)
    end(toy, "西一-A")
    with toy.transaction() as session:
        session.execute(
            text(
                "WITH k AS (INSERT INTO household (scope_code, head, persons)"
                " SELECT :village, '等' || n, 3 FROM generate_series(1, :many) n RETURNING id, scope_code)"
                " INSERT INTO house_household (house_id, household_id, scope_code, relation, from_on, to_on, closed_with)"
                " SELECT h.id, k.id, k.scope_code, 'lives', '2020-01-01', '2026-11-20', 'ended' FROM k, house h"
                " WHERE h.code = '西一-A'"
            ),
            {"village": village, "many": many},
        )
    browser = toy.browser(toy.member("township", WEST))
    for printed in ("print", "evacuation/print"):
        paper = browser.get(f"/events/{event}/{printed}").text
        assert f"无房户 {many + 1} 户" in paper, printed
        assert all(f">等{n}<" in paper for n in range(1, many + 1)), printed
    for address in ("list.xlsx", "evacuation/list.xlsx"):
        book = load_workbook(io.BytesIO(browser.get(f"/api/v1/events/{event}/{address}").content))
        heads = {line[3].value for line in book["无房户"].iter_rows() if len(line) > 3}
        assert {f"等{n}" for n in range(1, many + 1)} <= heads, address
    page = browser.get(f"/events/{event}/evacuation").text
    assert f"无房户 {many + 1:,} 户" in page and "只列出前 200 户" in page
    with toy.transaction(WEST) as session:
        [card] = cards_of(session, toy.actor(WEST), village).villages
    assert len(card.without_home) == many + 1
