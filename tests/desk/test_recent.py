"""The lower half of the desk: progress of renovation, the small map, what changed in the last 30 days."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from geo_housing.clock import now, today
from geo_housing.desk.overview_map import STEPS, bounds_of, rate_said, share_of, step_of
from geo_housing.desk.queries import DivisionRow, division_rows, fresh
from geo_housing.maps.queries import DEFAULT_MEASURE, MEASURES, per_hundred, village_figures
from geo_housing.scope import AreaScope
from tests.desk.test_lists import open_inspections
from tests.desk.test_meeting import counts_as_lived_in, varied_occupancy
from tests.fixtures.toy import ToyDatabase
from tests.fixtures.undone import Undo, undone
from tests.toy_county import COUNTY, EAST, WEST

SCOPE = AreaScope(COUNTY)


def section(page: str, title: str) -> str:
    return page[page.index(title) :].partition("</section>")[0]


def changed(page: str) -> list[tuple[str, int]]:
    """Address and figure of every line that opens rows."""
    found = re.findall(
        r'class="row-link" href="([^"]+)">[^<]+</a></td><td class="number">([\d,]+)', section(page, "最近30天")
    )
    return [(address.replace("&amp;", "&"), int(figure.replace(",", ""))) for address, figure in found]


def rows_behind(client: TestClient, address: str) -> int:
    page = client.get(address).text
    found = re.search(r"共 ([\d,]+) 条", page)
    return int(found[1]) if found else page.count('class="linked"')


@pytest.fixture
def lately(toy: ToyDatabase) -> ToyDatabase:
    """Two houses graded lately, three inspections done: one lately, one lately in a drill, one long ago."""
    with toy.transaction() as session:
        session.execute(
            text("UPDATE house SET graded_on = :day WHERE code IN ('西一-D', '西二-C', '东一-D', '西一-A')"),
            {"day": today() - timedelta(days=29)},
        )
        session.execute(
            text("UPDATE house SET graded_on = :day WHERE code = '西三-D'"), {"day": today() - timedelta(days=30)}
        )
    open_inspections(toy)
    open_inspections(toy, mode="drill")
    done = (
        "UPDATE emergency_inspection i SET state = 'done', result = 'suspected', done_at = :at FROM house h, hazard_event e"
        " WHERE h.id = i.house_id AND e.id = i.event_id AND h.code = :code AND e.mode = :mode"
    )
    with toy.transaction() as session:
        for code, mode, days in (("西一-D", "actual", 3), ("西一-D", "drill", 3), ("西一-C", "actual", 40)):
            session.execute(text(done), {"code": code, "mode": mode, "at": now() - timedelta(days=days)})
    return toy


def test_each_figure_of_the_last_days_opens_as_many_rows(lately: ToyDatabase) -> None:
    client = lately.browser(lately.member("township", WEST))
    found = changed(client.get("/").text)
    figures = {address.partition("?")[0] + ("?result" if "result=" in address else ""): n for address, n in found}
    assert (figures["/houses"], figures["/inspections"], figures["/inspections?result"]) == (2, 1, 1)
    for address, figure in found:
        if address not in ("/imports", "/events"):
            assert rows_behind(client, address) == figure, address


def test_nothing_of_the_neighbour_is_counted(lately: ToyDatabase) -> None:
    client = lately.browser(lately.member("township", EAST))
    assert [n for address, n in changed(client.get("/").text) if address.startswith("/inspections")] == []


def test_a_leader_sees_no_imports(lately: ToyDatabase) -> None:
    page = lately.browser(lately.member("leader", COUNTY)).get("/").text
    assert "新定为 C、D级" in page and "台账导入" not in section(page, "最近30天")


def test_the_progress_of_renovation_opens_what_it_counts(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET renovation = 'moved_in' WHERE code = '西一-D'"))
    client = toy.browser(toy.member("county", COUNTY))
    row = re.search(r'>西山镇</a></td>.*?href="(/houses\?area=[^"]+renovation=[^"]+)">.*?(\d+) / (\d+)</a>', client.get("/").text, re.S)  # fmt: skip
    assert row is not None and row[2] == "1"
    assert rows_behind(client, row[1].replace("&amp;", "&")) == int(row[3]) > 1


def test_every_division_with_an_outline_lies_on_the_small_map(toy: ToyDatabase) -> None:
    page = toy.browser(toy.member("county", COUNTY)).get("/").text
    drawn = re.findall(r'<a href="/map\?area=(\d+)" aria-label="([^"]+)"><path d="M[^"]+Z" fill="(#\w+)"', page)
    assert {code for code, _, _ in drawn} == {WEST, EAST} and all(fill in STEPS for _, _, fill in drawn)


def test_without_outlines_there_is_no_map_and_all_else(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(text("UPDATE area SET geom = NULL"))
    page = toy.browser(toy.member("county", COUNTY)).get("/").text
    assert "desk-map" not in page and "西山镇" in page and "最近30天" in page


@pytest.mark.parametrize(
    ("shares", "bounds"),
    [([], []), ([0, 0], []), ([4.0], [4.0]), ([1.0, 2, 3, 4, 5], [2.0, 3.0, 4.0, 5.0]), ([5.0] * 9, [5.0])],
)
def test_steps_are_as_many_as_the_figures_need(shares: list[float], bounds: list[float]) -> None:
    assert bounds_of(shares) == bounds
    steps = [step_of(share, bounds) for share in sorted(shares)]
    assert steps == sorted(steps, key=lambda step: step or 0) and all(step in range(len(STEPS)) for step in steps)
    if bounds:
        assert step_of(max(shares), bounds) == len(STEPS) - 1 and step_of(0, bounds) == 0
    assert step_of(None, bounds) is None


def test_divisions_that_read_alike_have_one_colour() -> None:
    read = {
        share_of(DivisionRow("990001100", "西山镇", 0, n, 0, 0, 0, 0, 0, 0, 0, all_households=households))
        for households, n in ((488, 25), (98, 5))
    }
    # 5.12 and 5.10 per hundred both stand there as 5.1.
    assert read == {5.1}


@pytest.mark.parametrize(("dangerous", "read"), [(0, "0.0"), (25, "6.3"), (39, "9.8"), (40, "10"), (50, "13")])
def test_a_half_is_rounded_as_the_large_map_rounds_it(dangerous: int, read: str) -> None:
    row = DivisionRow("990001100", "西山镇", 900, dangerous, 0, 0, 0, 0, 0, 0, 0, all_households=400)
    assert rate_said(row) == read


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_the_desk_and_the_map_say_one_number_of_a_village(toy: ToyDatabase, seed: int) -> None:
    """Houses without and with several households, occupancy unknown and old: whatever the register says."""
    with undone(), toy.transaction(COUNTY) as session:
        rows = varied_occupancy(session, seed)
        session.execute(text("UPDATE house SET households = (id + :seed) % 4"), {"seed": seed})
        wanted = fresh(session, toy.actor(COUNTY))
        on_map = {one.code: one for one in village_figures(session, wanted, SCOPE, MEASURES[DEFAULT_MEASURE])}
        on_desk = {row.code: row for row in division_rows(session, SCOPE, wanted, 12)}
        assert on_map and any(one.value for one in on_map.values())
        for code, village in on_map.items():
            row = on_desk[code]
            assert (row.dangerous_lived_in, row.all_households) == (village.cd, village.all_households)
            assert per_hundred(row.dangerous_lived_in, row.all_households) == village.value
            here = [one for one in rows if one["scope_code"] == code]
            assert row.dangerous_lived_in == sum(one["risk"] in ("C", "D") and counts_as_lived_in(one) for one in here)
        raise Undo


def test_the_measure_has_one_name_wherever_it_is_drawn(toy: ToyDatabase) -> None:
    client = toy.browser(toy.member("county", COUNTY))
    name = "C、D级有人居住（栋/百户）"
    for address in ("/", "/map", "/map/meeting", "/map/print"):
        page = client.get(address).text
        assert name in page and "百栋" not in page, address
