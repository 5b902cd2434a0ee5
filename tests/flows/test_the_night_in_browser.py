"""The night of a red warning as people work it, in a real browser, at a desk and on a phone, with the clock moved on.

Everything that somebody does is done on pages; every figure on them is compared with the database or with a plain count.
Each visit asserts at its end that the console was clean and that no request left the host (tests/fixtures/browser.py).
SCREENSHOTS names a folder for a picture of each step.
"""

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from geo_housing import clock
from geo_housing.db import Database
from tests.fixtures.browser import DESK, PHONE, Visit
from tests.fixtures.cluster import TestCluster
from tests.fixtures.toy import ToyDatabase
from tests.flows.night import dark, dawn
from tests.flows.night.county import COUNTY, load_county
from tests.flows.night.families import Families
from tests.flows.night.people import Night

TEMPLATE = "geo_housing_night"


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def night(
    request: pytest.FixtureRequest,
    test_cluster: TestCluster,
    visit: Callable[..., Visit],
    later: Callable[..., None],
) -> Iterator[Night]:
    """The coming night, at 01:40, in a county of its own."""

    def fill(url: str) -> None:
        database = Database(url, pool_size=1, stream_pool_size=1)
        load_county(database, test_cluster.settings)
        database.close()

    size = request.param
    test_cluster.make_once(TEMPLATE, fill)
    names = test_cluster.create(f"night_{size['width']}", template=TEMPLATE)
    county = ToyDatabase(names, Database(names.service_url, pool_size=4, stream_pool_size=2), test_cluster.settings)
    begins = (clock.now() + timedelta(days=1)).replace(hour=1, minute=40, second=0, microsecond=0)
    later(seconds=(begins - clock.now()).total_seconds())
    yield Night(county, size, begins, visit, later)
    county.database.close()


def test_the_night_of_a_red_warning(night: Night, tmp_path: Path) -> None:
    officer = night.wakes("值班员", "county", COUNTY, "/")
    engineer = night.county.member("technician", COUNTY)
    dark.before_the_season(officer, tmp_path, engineer)
    families = Families()

    night.comes(1, 52)
    event = dark.the_warning_is_pasted(night, officer, families)
    dark.townships_are_called(night, officer, event)
    fetcher = dark.people_are_moved(night, officer, event, families)
    dark.figures_are_told(night, officer, event, families)
    at_twenty_to_three = copy.deepcopy(families)

    night.comes(3, 10)
    dark.the_zone_grows(night, officer, event, families)
    dark.a_second_warning_joins(night, officer, event, families)
    dark.a_house_outside_the_list_collapses(night, fetcher, event, families)

    night.comes(5, 32)
    dawn.the_warnings_are_lifted(night, officer, event)
    dawn.houses_are_looked_at(night, fetcher, event, tmp_path)
    night.comes(8, 0)
    report = dawn.the_morning_report(night, officer, event, families, tmp_path)
    night.comes(8, 25)
    dawn.technicians_sign(night, event, engineer)
    dawn.one_returns_and_one_goes_to_a_shelter(night, officer, fetcher, event, families)
    dawn.the_report_stays(night, officer, event, report)
    dawn.the_course_is_asked(officer, event, at_twenty_to_three, night.moment(2, 40), families)
