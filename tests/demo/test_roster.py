"""The demo's contacts, shelters and technicians: seeded, of nobody, where they belong, with gaps to be shown."""

import pytest
from shapely import Point

from geo_housing.areas.demo import DEMO_SEED, DemoArea
from geo_housing.demo.roster import demo_contacts, demo_shelters, demo_technicians
from geo_housing.phones import read_phones
from geo_housing.roster.facts import KINDS

MADE = {"contacts": demo_contacts, "shelters": demo_shelters, "technicians": demo_technicians}


@pytest.mark.parametrize("kind", MADE)
def test_the_same_seed_makes_the_same_rows_of_known_fields(areas: list[DemoArea], kind: str) -> None:
    rows = MADE[kind](areas, 5)
    assert rows == MADE[kind](areas, 5) and rows != MADE[kind](areas, 6)
    codes = {area.code for area in areas}
    assert all(code in codes for code, _ in rows)
    assert all(values.keys() <= KINDS[kind].facts.keys() for _, values in rows)


@pytest.mark.parametrize("kind", MADE)
def test_numbers_are_nobodys_and_can_be_read(areas: list[DemoArea], kind: str) -> None:
    numbers = [values["phone"] for _, values in MADE[kind](areas, DEMO_SEED) if "phone" in values]
    assert len(numbers) > 10 and all(number.startswith("100") for number in numbers)
    assert all(read_phones(number).text == number for number in numbers)


def test_every_township_can_be_called_and_a_few_villages_cannot(areas: list[DemoArea]) -> None:
    rows = demo_contacts(areas, DEMO_SEED)
    townships = {area.code for area in areas if area.level == "township"}
    villages = {area.code for area in areas if area.level == "village"}
    assert {code for code, values in rows if values["role"] == "duty_phone"} >= townships
    without = villages - {code for code, _ in rows}
    assert 0 < len(without) < len(villages) / 20
    assert 0 < sum("valid_to" in values for _, values in rows) < 10


def test_shelters_stand_in_their_division(areas: list[DemoArea]) -> None:
    outlines = {area.code: area.geom for area in areas}
    placed = [(code, values) for code, values in demo_shelters(areas, DEMO_SEED) if "lon" in values]
    assert len(placed) > 30
    assert all(outlines[code].buffer(1e-6).contains(Point(values["lon"], values["lat"])) for code, values in placed)
    assert any("capacity" not in values for _, values in placed)
