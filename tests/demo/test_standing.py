"""The demo's standing risk areas: seeded, of nobody, with measures and a way out, and a gap that the pages show."""

from geo_housing.areas.demo import DEMO_SEED, DemoArea, demo_standing_areas
from geo_housing.demo.roster import demo_shelters
from geo_housing.demo.standing import demo_standing_facts
from geo_housing.phones import read_phones


def test_every_area_has_people_measures_and_a_shelter_of_the_roster(areas: list[DemoArea]) -> None:
    facts = demo_standing_facts(areas, DEMO_SEED)
    assert facts == demo_standing_facts(areas, DEMO_SEED)
    assert set(facts) == {zone.name for zone in demo_standing_areas(DEMO_SEED)}
    shelters = {values["name"] for _, values in demo_shelters(areas, DEMO_SEED)}
    for one in facts.values():
        assert one.measures and one.signal and one.shelter in shelters and one.number and "演示" in one.number
        assert {person.duty for person in one.persons} == {"responsible", "monitor", "mover"}
    phones = [person.phone for one in facts.values() for person in one.persons if person.phone]
    assert all(phone.startswith("100") and read_phones(phone).text == phone for phone in phones)
    assert len(set(phones)) == len(phones) == 3 * len(facts) - 1
    assert sum(one.route is None for one in facts.values()) == 1
