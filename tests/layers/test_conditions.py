"""A condition is put together for every page, tile and count: nothing large is copied for it."""

import pytest
from sqlalchemy import Alias
from sqlalchemy.sql import visitors

from geo_housing.layers.filters import Filter, condition

PLACES = (Filter(event=1), Filter(event=1, uncertain=True), Filter(zone=1), Filter(standing="any"))


def copies(wanted: Filter) -> set[Alias]:
    """The tables under a name of their own, each a copy of all columns."""
    return {part for part in visitors.iterate(condition(wanted)) if type(part) is Alias}


@pytest.mark.parametrize("wanted", PLACES, ids=["event", "uncertain", "zone", "standing"])
def test_two_conditions_share_their_copies_of_tables(wanted: Filter) -> None:
    assert copies(wanted)
    assert copies(wanted) == copies(wanted)
