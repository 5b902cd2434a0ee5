"""Who answers for the demo's divisions, where its people are brought, who judges its houses: nobody, seeded.

A few gaps are left on purpose (no telephone, a village without anybody, a term that is over): the page shows them on top.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from geo_housing import clock
from geo_housing.area_codes import county_of
from geo_housing.areas.demo import DemoArea
from geo_housing.demo.families import names_of_nobody, numbers_of_nobody
from geo_housing.roster.facts import Values

Rows = list[tuple[str, Values]]
TOWNSHIP_ROLES = (
    ("township_lead", "A", "党委书记"),
    ("township_lead", "B", "乡镇长"),
    ("deputy_lead", "A", "副乡镇长"),
)
VILLAGE_ROLES: tuple[tuple[str, str, str | None], ...] = (
    ("secretary", "A", "党支部书记"),
    ("director", "B", "村委会主任"),
    ("village_cadre", "A", None),
    ("grid_worker", "A", None),
)
TEAMS = ("第一技术组", "第二技术组", "第三技术组")
WITHOUT_ANYBODY, WITH_EXPIRED = 41, 29
FLOODS = ("rainstorm", "flood", "flash_flood")


def demo_contacts(areas: Sequence[DemoArea], seed: int) -> Rows:
    """Township leaders and duty telephones, four people of each village."""
    rng = np.random.default_rng((seed, 71))
    townships = [area for area in areas if area.level == "township"]
    villages = [area for area in areas if area.level == "village"]
    names = iter(names_of_nobody(len(townships) * 3 + len(villages) * 4, rng))
    numbers = iter(numbers_of_nobody(len(townships) * 4 + len(villages) * 4 + 1, rng))
    yesterday = clock.today() - timedelta(days=1)
    rows: Rows = [(county_of(areas[0].code), _duty(next(numbers)))]
    for township in townships:
        for rank, (role, turn, post) in enumerate(TOWNSHIP_ROLES, start=1):
            values = {"role": role, "turn": turn, "post": post, "name": next(names), "rank": rank}
            rows.append((township.code, _with_phone(values, next(numbers))))
        rows.append((township.code, _duty(next(numbers))))
    for n, village in enumerate(villages):
        for role, turn, office in VILLAGE_ROLES:
            person: Values = {"role": role, "turn": turn, "name": next(names)} | ({"post": office} if office else {})
            number = next(numbers)
            if n % WITHOUT_ANYBODY == WITHOUT_ANYBODY - 1:
                continue
            if role == "grid_worker" and n % WITH_EXPIRED == WITH_EXPIRED - 1:
                person["valid_to"] = yesterday
            rows.append((village.code, _with_phone(person, number)))
    return rows


def demo_shelters(areas: Sequence[DemoArea], seed: int) -> Rows:
    """A school in each township, a hall in every fourth village."""
    rng = np.random.default_rng((seed, 72))
    placed = [area for area in areas if area.level in ("township", "village")]
    names, numbers = names_of_nobody(len(placed), rng), numbers_of_nobody(len(placed), rng)
    rows: Rows = []
    for n, area in enumerate(placed):
        if area.level == "village" and n % 4:
            continue
        is_school = area.level == "township"
        values: Values = {
            "name": f"{area.name}中心小学" if is_school else f"{area.name}活动室",
            "address": area.name,
            "contact_name": names[n],
            "state": "open",
            "safe_from": FLOODS if is_school else FLOODS[:2],
        }
        if n % 11:
            values["capacity"] = int(rng.integers(20, 45)) * (10 if is_school else 2)
        if area.geom is not None:
            point = area.geom.representative_point()
            values |= {"lon": round(point.x, 7), "lat": round(point.y, 7)}
        rows.append((area.code, _with_phone(values, numbers[n])))
    return rows


def demo_technicians(areas: Sequence[DemoArea], seed: int) -> Rows:
    """Three teams of four, each for a third of the townships."""
    rng = np.random.default_rng((seed, 73))
    townships = [area.code for area in areas if area.level == "township"]
    names, numbers = names_of_nobody(12, rng), numbers_of_nobody(12, rng)
    return [
        (
            county_of(areas[0].code),
            _with_phone(
                {
                    "name": names[n],
                    "unit": "演示县住建局" if n % 2 else "演示建筑设计院",
                    "specialty": ("结构工程", "建筑工程", "岩土工程", "工程管理")[n // 3],
                    "certificate": "工程师",
                    "team": TEAMS[n % 3],
                    "areas": tuple(townships[n % 3 :: 3]),
                },
                numbers[n],
            ),
        )
        for n in range(12)
    ]


def _duty(number: str) -> Values:
    return _with_phone({"role": "duty_phone", "turn": "A", "name": "值班室"}, number or "10000000000")


def _with_phone(values: dict[str, Any], number: str) -> Values:
    return {**values, "phone": number} if number else values
