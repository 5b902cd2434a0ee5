"""Who is fetched first: one order on page, paper, workbook, link and for other systems, whatever was found and whenever."""

import io
import random
import re
import tempfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text

from geo_housing.evacuation.additions import ExtraHousehold
from geo_housing.evacuation.rows import rows_of
from geo_housing.evacuation.rule import FOUND_LABELS
from geo_housing.policy.defaults import SETTINGS
from geo_housing.response.extra import add_extra
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from geo_housing.words import CHECK_RESULT
from tests.fixtures.toy import ToyDatabase, furnished
from tests.links.conftest import Night
from tests.response.returned.filled import Workbook
from tests.response.test_returning import engineer, looked, said, signed
from tests.response.test_standing import load
from tests.response.zones import make_event, write_zone
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

__all__ = ["engineer"]
VILLAGE = VILLAGES["西一"][0]
FOUND = {"collapsed": {"rooms_collapsed": 2}, "suspected": {"damage": "severe", "rooms_severe": 1}}


@furnished
def event(toy: ToyDatabase) -> int:
    """All villages under red, 西二 and 东一 standing areas; every third family has somebody who needs help."""
    with tempfile.TemporaryDirectory() as folder:
        load(toy, write_zone(Path(folder) / "易发地.geojson", ["西二", "东一"]))
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE household SET traits = CASE WHEN id % 3 = 0 THEN '{impaired}' ELSE traits END"))
        session.execute(text("UPDATE house SET traits = ARRAY(SELECT unnest(k.traits) FROM house_household l JOIN household k ON k.id = l.household_id WHERE l.house_id = house.id)"))  # fmt: skip
        number = make_event(session, toy.actor(COUNTY), list(VILLAGES), "red")
        respond(session, toy.actor(COUNTY), number)
    return number


_ROWS = """
    SELECT e.id, e.scope_code, h.code, coalesce(k.head, e.named) AS head, e.origin, e.state, h.risk, i.result,
        cardinality(coalesce(h.traits, '{}')) > 0 AS trait, e.standing_id IS NOT NULL AS first
    FROM evacuation e LEFT JOIN house h ON h.id = e.house_id LEFT JOIN household k ON k.id = e.household_id
    LEFT JOIN emergency_inspection i ON i.event_id = e.event_id AND i.house_id = e.house_id
    WHERE e.event_id = :event AND e.withdrawn_at IS NULL
"""


def group(row: Any) -> tuple[Any, ...]:
    """In words of the order: found, 首批, other dangerous houses, who needs help, everybody else."""
    if row.result in ("collapsed", "suspected"):
        return 0, row.result == "suspected"
    if row.origin == "extra":
        return 2, 2, True
    by_class = ("D", "C", "suspected", "none", "B", "A").index(row.risk)
    if row.first:
        return 1, by_class, not row.trait
    if row.risk in ("D", "C", "suspected"):
        return 2, by_class, not row.trait
    return 3 if row.trait else 4, by_class


def expected(toy: ToyDatabase, event: int) -> list[Any]:
    with toy.transaction(COUNTY) as session:
        rows = session.execute(text(_ROWS), {"event": event}).all()
    moved = ("moved_to_shelter", "moved_to_kin", "away")
    return sorted(rows, key=lambda row: (row.scope_code, row.state in moved, group(row), row.id))


def everywhere(toy: ToyDatabase, event: int, folder: Path) -> dict[str, list[str]]:
    """The codes of the houses, or the heads where a place names no house, as each place lists them."""
    county = toy.browser(toy.member("county", COUNTY))
    with toy.transaction(COUNTY) as session:
        book = openpyxl.load_workbook(io.BytesIO(Workbook(session, toy, event, folder).path.read_bytes()))
    listed = [
        [str(cell.value) for cell in column[3:] if cell.value]
        for sheet in book.worksheets[1:]
        for column in sheet.columns
        if column[2].value == "房屋编号"
    ]
    codes = "|".join(re.escape(code) for sheet in listed for code in sheet)
    pages = [county.get(f"/events/{event}/evacuation/areas/{code}?all=1").text for code in (WEST, EAST)]
    paper = county.get(f"/events/{event}/evacuation/print").text
    link = Night(toy, county, county, event).phone()
    shown = link.client.get(f"{link.base}/houses").text.partition('id="moves"')[2].partition('id="houses"')[0]
    return {
        "workbook": [code for codes in listed for code in codes],
        "page": [code for page in pages for code in re.findall(rf'<span class="muted">({codes})</span>', page)],
        "paper": re.findall(r'<td class="who">([^<]*)</td>', paper),
        "link": re.findall(r"<strong>([^<]*)</strong>", shown),
    }


def test_one_order_everywhere(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    chance = random.Random(5)
    listed = [row for row in expected(toy, event) if row.code]
    for row in chance.sample(listed, 9):
        result = chance.choice(list(FOUND))
        looked(toy, event, row.code, result, **FOUND[result])
    said(toy, event, next(r.code for r in expected(toy, event) if r.result), "moved_to_kin")
    with toy.transaction(COUNTY) as session:
        add_extra(session, toy.actor(COUNTY), event, ExtraHousehold(VILLAGE, "某外来户", "漏雨"))
    order = expected(toy, event)
    assert len({group(row)[0] for row in order}) == 5
    shown = everywhere(toy, event, tmp_path)
    assert shown["paper"] == [row.head for row in order]
    assert shown["workbook"] == shown["page"] == [row.code for row in order if row.code]
    assert [one for one in shown["link"] if one in {r.head for r in order}] == [
        row.head for row in order if row.scope_code == VILLAGE
    ]
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        assert [one.id for one in rows_of(session, actor, event, AreaScope(COUNTY))] == [row.id for row in order]
        paged: list[int] = []
        after = None
        while page := rows_of(session, actor, event, AreaScope(COUNTY), after=after, limit=4):
            paged += [one.id for one in page]
            after = page[-1].cursor
    assert paged == [row.id for row in order], "page after page is the list, none twice and none missing"


def reasons(toy: ToyDatabase, event: int, code: str) -> tuple[str, ...]:
    with toy.transaction(COUNTY) as session:
        rows = rows_of(session, toy.actor(COUNTY), event, AreaScope(COUNTY))
        return next(row.reasons for row in rows if row.house_code == code)


@pytest.mark.parametrize("result", FOUND)
def test_what_is_found_after_the_list_was_made_is_the_first_reason_until_it_is_corrected(
    toy: ToyDatabase, event: int, result: str
) -> None:
    before = reasons(toy, event, "西一-0")
    looked(toy, event, "西一-0", result, **FOUND[result])
    label = f"排查：{CHECK_RESULT.label(result)}"
    assert reasons(toy, event, "西一-0") == (label, *before) and FOUND_LABELS[result] == label
    assert next(row.code for row in expected(toy, event) if row.scope_code == VILLAGE) == "西一-0"
    county = toy.browser(toy.member("county", COUNTY))
    for address in (f"evacuation/areas/{VILLAGE}", f"evacuation/print?area={VILLAGE}"):
        assert label in county.get(f"/events/{event}/{address}").text
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "aftermath")
    looked(
        toy, event, "西一-0", "no_visible_hazard", findings=None, damage=None, rooms_collapsed=None, rooms_severe=None
    )
    assert reasons(toy, event, "西一-0") == before


def test_who_joined_because_of_the_finding_is_said_to_once(toy: ToyDatabase, event: int) -> None:
    looked(toy, event, "西一-A", "collapsed", **FOUND["collapsed"])
    county = toy.browser(toy.member("county", COUNTY))
    paper = county.get(f"/events/{event}/evacuation/print?area={VILLAGE}").text
    assert paper.count("倒塌") == 1 and "排查：倒塌" in paper
    assert reasons(toy, event, "西一-A") == ("排查：倒塌", "表外新增")


def test_a_house_signed_to_be_habitable_comes_first_no_more_and_a_fallen_one_does(
    toy: ToyDatabase, event: int, engineer: int
) -> None:
    before = reasons(toy, event, "西一-C")
    for code, result in (("西一-C", "suspected"), ("西一-D", "collapsed")):
        looked(toy, event, code, result, **FOUND[result])
        assert reasons(toy, event, code)[0].startswith("排查")
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "aftermath")
    signed(toy, event, "西一-C", "habitable", engineer)
    assert reasons(toy, event, "西一-C") == before
    assert reasons(toy, event, "西一-D")[0] == "排查：倒塌"


def test_what_villages_are_told_to_do_first_is_the_order_of_their_list() -> None:
    groups = ("倒塌、有损坏或疑似危险", "灾害易发地内危房", "其他D、C级和疑似危房", "行动不便的人", "其他住户")
    for key in ("calls.demand", "calls.demand_village"):
        heard = str(SETTINGS[key].default)
        places = [heard.find(one) for one in groups]
        assert places == sorted(places) and places[0] > 0
