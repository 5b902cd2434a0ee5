"""What tests of the demo share: its divisions, a second's work."""

import pytest

from geo_housing.areas.demo import DemoArea, demo_areas


@pytest.fixture(scope="session")
def areas() -> list[DemoArea]:
    """The demo county of the usual seed; not to be changed."""
    return demo_areas()
