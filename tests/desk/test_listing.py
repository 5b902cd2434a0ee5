"""Figures and page of a list in one answer are those that are asked one by one, whatever the filter."""

from dataclasses import replace

import pytest
import shapely

from geo_housing.desk.house_list import figures, house_page, listing
from geo_housing.layers.filters import Filter, settled
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import make_event
from tests.toy_county import COUNTY, WEST

WHOLE = shapely.MultiPolygon([shapely.box(119.9, 44.9, 120.1, 45.1)])
FILTERS = [
    {},
    {"risk": ("D", "C")},
    {"trait": ("elderly_alone",)},
    {"category": ("K2",), "risk": ("D",)},
    {"trait": ("elderly_alone", "impaired")},
    {"risk": ("B",), "where": "built_year > 3000"},
]


@pytest.mark.parametrize("area", [COUNTY, WEST])
@pytest.mark.parametrize("place", ["event", "uncertain", "within"])
@pytest.mark.parametrize("more", FILTERS)
def test_one_answer_says_what_two_say(toy: ToyDatabase, area: str, place: str, more: dict[str, object]) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一", "西二", "东一"], level="red")
    where = {"within": WHOLE} if place == "within" else {"event": event, "uncertain": place == "uncertain"}
    actor = toy.actor(area)
    with toy.transaction(area) as session:
        wanted = settled(session, replace(Filter(**where), **more), actor)  # type: ignore[arg-type] # names and words
        after, seen = None, 0
        while True:
            counted, page = listing(session, wanted, actor, after=after, limit=3)
            assert counted == figures(session, wanted, actor)
            assert page == house_page(session, wanted, actor, after=after, limit=3)
            seen += len(page.rows)
            after = page.next_after
            if after is None:
                break
        assert seen == counted.houses
