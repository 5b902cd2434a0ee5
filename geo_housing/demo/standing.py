"""What is known of the demo's standing risk areas: nobody answers for them, seeded, with a gap that the pages show."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from geo_housing.areas.demo import DemoArea, demo_standing_areas
from geo_housing.areas.demo.zones import DemoZone
from geo_housing.demo.families import names_of_nobody, numbers_of_nobody
from geo_housing.response.standing.fields import Person, StandingFacts

# Who answers for a place, by duty, and in which office.
DUTIES = (("responsible", "副乡镇长"), ("monitor", "村委会委员"), ("mover", "党支部书记"))


@dataclass(frozen=True)
class _Place:
    """What is done where such a danger is: measures, signal, the way out."""

    measures: str
    signal: str
    route: str


_PLACES = {
    "flood": _Place(
        "汛期每天巡查两次；橙色以上预警时转移低处住户，备沙袋、铁锹。", "铜锣、村广播", "沿村路向高处走，不过漫水桥"
    ),
    "flash_flood": _Place(
        "降雨时不在沟道停留、不过沟；红色预警时沟道两侧住户全部转移。",
        "手摇报警器、铜锣",
        "离开沟口，向两侧坡上走，不顺沟走",
    ),
    "geological": _Place(
        "雨前雨后查看裂缝和落石；见新裂缝、掉块立即撤离并报告。", "铜锣、电话逐户通知", "向滑坡体两侧走，不在坡脚停留"
    ),
}
NUMBERED = "演示-{:02d}"
WITHOUT_ROUTE, WITHOUT_PHONE = 3, 1


def demo_standing_facts(areas: Sequence[DemoArea], seed: int) -> dict[str, StandingFacts]:
    """By name of the area: people, measures, the way out, and the school of the township in which it lies."""
    zones = demo_standing_areas(seed)
    rng = np.random.default_rng((seed, 74))
    names = iter(names_of_nobody(len(zones) * len(DUTIES), rng))
    # One in a few has no telephone: it is drawn again until it is one.
    numbers = iter([number for number in numbers_of_nobody(len(zones) * 12, rng) if number])
    found: dict[str, StandingFacts] = {}
    for n, zone in enumerate(zones):
        told = _PLACES[zone.kind]
        persons = tuple(Person(duty, next(names), post, next(numbers)) for duty, post in DUTIES)
        if n == WITHOUT_PHONE:
            persons = (persons[0], Person("monitor", persons[1].name, persons[1].post), persons[2])
        township = _township(areas, zone)
        found[zone.name] = StandingFacts(
            number=NUMBERED.format(n + 1),
            place=township,
            measures=told.measures,
            signal=told.signal,
            route=None if n == WITHOUT_ROUTE else told.route,
            shelter=f"{township}中心小学" if township else None,
            persons=persons,
        )
    return found


def _township(areas: Sequence[DemoArea], zone: DemoZone) -> str | None:
    """The township that holds most of it."""
    shared = [
        (shapely.intersection(area.geom, zone.geom).area, area.name)
        for area in areas
        if area.level == "township" and area.geom is not None
    ]
    most, name = max(shared, default=(0.0, ""))
    return name if most else None
