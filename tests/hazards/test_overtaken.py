"""A warning that came after its lift: proposed as over only where nothing leaves a doubt."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from geo_housing.hazards.grounds import codes_of
from geo_housing.hazards.models import HazardWarning
from geo_housing.hazards.overtaken import as_overtaken, overtaken
from geo_housing.hazards.received import Received
from tests.toy_county import COUNTY, EAST, WEST

FIVE = datetime(2026, 7, 12, 5, tzinfo=UTC)
HALF = timedelta(minutes=30)
STATION = "玩具县气象台"


def areas(*codes: str) -> tuple[dict[str, Any], ...]:
    return tuple({"code": code, "name": code} for code in codes)


def late(*codes: str, **said: Any) -> Received:
    known = {"kind": "rainstorm", "level": "red", "issuer": STATION, "issued_at": FIVE, "action": "issue"}
    return Received("text", areas=areas(*codes), **{**known, **said})


def lift(*codes: str, **said: Any) -> HazardWarning:
    known = {
        "id": 7, "kind": "rainstorm", "level": None, "issuer": STATION, "action": "lift", "issued_at": FIVE + HALF,
        "received_at": FIVE + 2 * HALF, "areas": list(areas(*codes)),
    }  # fmt: skip
    return HazardWarning(**{**known, **said})


@pytest.mark.parametrize(
    ("one", "by"),
    [
        ({}, {}),
        ({"issuer": "内蒙古自治区兴安盟玩具县气象台"}, {}),
        ({}, {"level": "red"}),
        ({"level": "yellow"}, {"level": "orange"}),
    ],
)
def test_it_is_proposed(one: dict[str, Any], by: dict[str, Any]) -> None:
    found = overtaken(late(WEST, **one), [WEST], [lift(COUNTY, **by)])
    assert found is not None and (found.lift_id, found.at, found.codes, found.is_whole) == (
        7,
        FIVE + HALF,
        (WEST,),
        True,
    )
    over = as_overtaken(late(WEST, **one), found)
    assert over.lifted_by == 7 and codes_of(over) == ()


@pytest.mark.parametrize(
    ("one", "by"),
    [
        ({"issued_at": FIVE + HALF}, {}),
        ({"issued_at": None}, {}),
        ({}, {"issued_at": None}),
        ({"kind": "flash_flood"}, {}),
        # Nobody knows whose it is.
        ({"issuer": None}, {}),
        ({}, {"issuer": None}),
        ({"issuer": "兴安盟气象台"}, {}),
        # 解除黄色 ends no red, and no warning whose level was not read.
        ({}, {"level": "yellow"}),
        ({"level": None}, {"level": "yellow"}),
        # A lift of tomorrow has a day that was misread.
        ({}, {"issued_at": FIVE + timedelta(days=1)}),
        ({}, {"areas": list(areas(EAST))}),
        ({"action": "lift"}, {}),
        ({}, {"action": "issue"}),
    ],
)
def test_a_doubt_leaves_it_in_force(one: dict[str, Any], by: dict[str, Any]) -> None:
    assert overtaken(late(WEST, **one), [WEST], [lift(COUNTY, **by)]) is None


def test_of_a_part_the_rest_stays_in_force() -> None:
    one = late(WEST, EAST)
    found = overtaken(one, [WEST, EAST], [lift(WEST)])
    assert found is not None and (found.codes, found.is_whole) == ((WEST,), False)
    over = as_overtaken(one, found)
    assert over.lifted_by is None and codes_of(over) == (EAST,)
    both = overtaken(one, [WEST, EAST], [lift(WEST), lift(EAST, id=8, issued_at=FIVE + HALF + HALF / 2)])
    assert both is not None and both.is_whole and both.lift_id == 8


def test_a_shape_is_over_only_where_everything_is_lifted() -> None:
    """Nobody can tell by names where it lies: a message that names one division and draws another is not the first one alone."""
    assert overtaken(late(), [], [lift(WEST)]) is None
    for everywhere in (lift(), lift(COUNTY)):
        found = overtaken(late(), [], [everywhere])
        assert found is not None and found.is_whole
    # A message lists no divisions that could be marked: all of it or nothing.
    assert overtaken(late(), [WEST, EAST], [lift(WEST)]) is None
