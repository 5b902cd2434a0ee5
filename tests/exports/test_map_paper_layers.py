"""What is switched on beside houses stands on the printed map and in its legend; a filter is said in words."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from geo_housing.hazards.service import add_standing_areas
from geo_housing.hazards.sources import zones_of_drawing
from tests.exports.test_map_paper import papers
from tests.fixtures.browser import Visit
from tests.fixtures.toy import ToyDatabase, furnished
from tests.maps.test_in_browser import ready
from tests.response.zones import geometry, make_event
from tests.toy_county import COUNTY, WEST


@furnished
def events(toy: ToyDatabase) -> list[int]:
    """A drill and a rain, both over 西一, and two standing areas."""
    actor = toy.actor(COUNTY)
    with toy.transaction(COUNTY) as session:
        made = [
            make_event(session, actor, ["西一"], level="orange", name="汛前演习", mode="drill"),
            make_event(session, actor, ["西一", "西二"], level="red", name="七月暴雨"),
        ]
        for villages in (["西一"], ["东一"]):
            add_standing_areas(session, actor, zones_of_drawing(geometry(villages)), kind="flood")
    return made


def drawn(page: str, kind: str) -> int:
    return len(re.findall(rf'<path class="{kind}[ "]', page.partition("<footer>")[0]))


def test_zones_and_standing_areas_are_drawn_and_in_the_legend(toy: ToyDatabase, events: list[int]) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    page = county.get("/map/print", params={"zones": ",".join(map(str, events)), "standing-areas": "1"}).text
    legend = re.sub(r"<[^>]+>", "", page.partition('<div class="legend">')[2])
    assert (drawn(page, "zone"), drawn(page, "standing")) == (3, 2)
    assert "影响范围：【演练】汛前演习（橙色）" in legend and "影响范围：七月暴雨（红色）" in legend
    assert "灾害易发地 2 处" in legend and 'class="zone orange drill"' in page
    back = re.search(r'<a href="(/map\?[^"]*)">', page)
    assert back is not None
    said = parse_qs(urlsplit(back[1].replace("&amp;", "&")).query)
    assert said == {"zones": [",".join(map(str, events))], "standing-areas": ["1"]}
    assert f"zones={events[0]}" in page.partition("A3 横向")[0], "the other size shows the same"
    for query in ("", "?zones=none", "?zones=x,99999999999,²"):
        plain = county.get(f"/map/print{query}").text
        assert drawn(plain, "zone") == drawn(plain, "standing") == 0
        assert "影响范围" not in plain and "灾害易发地" not in plain


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({}, ""),
        ({"area": WEST}, ""),
        ({"risk": "C,D", "occupancy": "lived_in"}, "危险等级：C级、D级；有人居住（居住状况不明或核实已过期的也算）"),
        ({"area": WEST, "category": "K1", "risk": "D"}, "危险等级：D级；保障类别：农村易返贫致贫户"),
    ],
)
def test_the_paper_says_which_filter(toy: ToyDatabase, query: dict[str, str], said: str) -> None:
    page = toy.browser(toy.member("county", COUNTY)).get("/map/print", params=query).text
    found = re.search(r'<strong class="filter">有筛选，不是全部房屋：(.*?)</strong>', page)
    assert (found[1] if found else "") == said


def test_the_button_prints_what_is_switched_on(visit: Any, toy: ToyDatabase, events: list[int]) -> None:
    found: Visit = visit(toy, toy.member("county", COUNTY), f"/map?zones={events[1]}&standing-areas=1&risk=C,D")
    page = found.page
    ready(page)
    button = page.locator("[data-does=paper]")
    expect(button).to_have_attribute("href", f"/map/print?risk=C,D&zones={events[1]}&standing-areas=1")
    page.uncheck("[name=standing]")
    expect(button).to_have_attribute("href", f"/map/print?risk=C,D&zones={events[1]}")
    query = f"&zones={events[0]},{events[1]}&standing-areas=1&risk=C,D&occupancy=lived_in"
    for size in ("a4", "a3"):
        paper = papers(page, found.server, query, size)
        assert len(paper.pages) == 1
        assert page.evaluate(
            "() => { const s = document.querySelector('.sheet'); return s.scrollHeight <= s.clientHeight + 1 }"
        )
        wide = page.evaluate("() => document.querySelector('.sheet > svg').getScreenCTM().a * 10 / 96 * 25.4")
        assert wide == pytest.approx(1.0, rel=0.01), "ten units are a millimetre"
