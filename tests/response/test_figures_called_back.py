"""电话报数 once people are fetched once more: what was told before says of nobody at home that they are moved."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from geo_housing import clock
from geo_housing.errors import BadInput
from geo_housing.evacuation import service
from geo_housing.evacuation.additions import ToldFigure, tell_figure
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.response.reports.gather import gather
from geo_housing.scope import AreaScope
from tests.evacuation.test_pages import plain
from tests.fixtures.toy import ToyDatabase
from tests.response.test_grounds import AGAIN_WEST
from tests.response.test_returning import event, home, looked, number_of, said, state_of
from tests.response.warnings import confirm
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

__all__ = ["event"]

WEST_ONE = VILLAGES["西一"][0]


def tell(toy: ToyDatabase, event: int, area: str, households: int, people: int | None, **more: object) -> None:
    with toy.transaction(COUNTY) as session:
        tell_figure(session, toy.actor(COUNTY), event, ToldFigure(area, households, people, sure=True, **more))  # type: ignore[arg-type]


def unnamed(toy: ToyDatabase, event: int, area: str = COUNTY, *, as_of: datetime | None = None) -> Heads:
    """As the sums say it, and the report of that moment."""
    with toy.transaction(area) as session:
        found = totals(session, event, AreaScope(area), as_of=as_of).total.unnamed
        frozen = gather(session, session.get_one(HazardEvent, event), AreaScope(area), as_of=as_of)
    assert frozen.total.moves.told == found
    return found


class TestWarnedAgain:
    def test_what_was_told_before_says_nothing_of_now(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        tell(toy, event, WEST_ONE, 2, 5)
        tell(toy, event, WEST, 3, 8)
        tell(toy, event, COUNTY, 4, 9)
        tell(toy, event, EAST, 1, 2)
        home(toy, event, "西一-D")
        assert unnamed(toy, event, WEST) == Heads(2, 5)
        before = clock.now()
        later(minutes=20)
        confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
        assert state_of(toy, event, "西一-D") == "pending"
        assert unnamed(toy, event, WEST) == unnamed(toy, event, WEST_ONE) == NOBODY
        assert unnamed(toy, event) == unnamed(toy, event, EAST) == Heads(1, 2), "the other township's still stands"
        assert unnamed(toy, event, WEST, as_of=before) == Heads(2, 5), "then it did"
        page = plain(toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}/evacuation/areas/{WEST}").text)
        assert "还没有录姓名" not in page and "以前的报数不再计" in page

    def test_what_is_told_after_it_stands_and_is_not_compared_with_what_was_told_before(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        tell(toy, event, WEST, 4, 9)
        told_at = clock.now()
        later(minutes=20)
        confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
        later(minutes=1)
        with toy.transaction(COUNTY) as session:
            tell_figure(session, toy.actor(COUNTY), event, ToldFigure(WEST, 1, 2))
        assert unnamed(toy, event, WEST) == Heads(1, 2)
        with pytest.raises(BadInput, match="又收到预警"):
            tell(toy, event, WEST, 4, 9, said_at=told_at)
        with pytest.raises(BadInput, match="又收到预警"):
            tell(toy, event, WEST_ONE, 2, 4, said_at=told_at)
        tell(toy, event, EAST, 2, 4, said_at=told_at)
        assert unnamed(toy, event) == Heads(3, 6)

    def test_a_clock_that_runs_ahead_brings_no_figure_over_the_warning(
        self, toy: ToyDatabase, event: int, later: Callable[..., None]
    ) -> None:
        tell(toy, event, WEST, 3, 8, said_at=clock.now() + timedelta(minutes=8))
        later(minutes=2)
        confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
        assert unnamed(toy, event, WEST) == NOBODY


class TestNamedAndCalledBack:
    @pytest.fixture(autouse=True)
    def _told_and_home(self, toy: ToyDatabase, event: int) -> None:
        """Three told, two of them named, one of these home again."""
        said(toy, event, "西一-C", "moved_to_kin", people=2)
        tell(toy, event, WEST, 3, 8)
        home(toy, event, "西一-D")

    def test_a_family_whose_house_is_unsafe_is_named_still(self, toy: ToyDatabase, event: int) -> None:
        assert unnamed(toy, event, WEST) == Heads(1, 3)
        before = clock.now()
        looked(toy, event, "西一-D", "collapsed", rooms_collapsed=2)
        assert state_of(toy, event, "西一-D") == "pending"
        assert unnamed(toy, event, WEST) == Heads(1, 3), "one is still to be named, and nobody for who is at home"
        assert unnamed(toy, event, WEST, as_of=before) == Heads(1, 3)
        said(toy, event, "西一-D", "moved_to_shelter", people=3)
        assert unnamed(toy, event, WEST) == Heads(1, 3), "brought away once more they are named once"

    def test_who_is_set_back_to_waiting_is_named_still_and_who_was_entered_by_mistake_is_not(
        self, toy: ToyDatabase, event: int
    ) -> None:
        step = said(toy, event, "西一-D", "pending")
        assert unnamed(toy, event, WEST) == Heads(1, 3)
        between = clock.now()
        with toy.transaction(COUNTY) as session:
            number = number_of(session, event, "西一-D")
            service.undo(session, toy.actor(COUNTY), event, number, step or 0, hindrance=lambda *_: None)
        assert unnamed(toy, event, WEST) == Heads(1, 3)
        wrong = said(toy, event, "西二-D", "away")
        assert unnamed(toy, event, WEST).households == 0
        with toy.transaction(COUNTY) as session:
            number = number_of(session, event, "西二-D")
            service.undo(session, toy.actor(COUNTY), event, number, wrong or 0, hindrance=lambda *_: None)
        assert unnamed(toy, event, WEST) == Heads(1, 3)
        assert unnamed(toy, event, WEST, as_of=between) == Heads(1, 3)

    def test_a_figure_told_after_they_were_called_back_does_not_count_them(self, toy: ToyDatabase, event: int) -> None:
        said(toy, event, "西一-D", "pending")
        tell(toy, event, WEST, 3, 8)
        assert unnamed(toy, event, WEST) == Heads(2, 6)


def test_where_a_figure_stood_the_page_says_that_it_counts_no_longer(toy: ToyDatabase, event: int) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    tell(toy, event, WEST, 3, 8)
    pages = (f"/events/{event}/evacuation", f"/events/{event}/evacuation/areas/{WEST}")
    for page in pages:
        assert "不再计入" not in plain(county.get(page).text)
    confirm(toy, AGAIN_WEST, target=str(event), even_if_known=True)
    for page in pages:
        assert plain(county.get(page).text).count("前报的 3户8人 不再计入") == 1, page
    tell(toy, event, WEST, 4, 9)
    for page in pages:
        assert "不再计入" not in plain(county.get(page).text), page
