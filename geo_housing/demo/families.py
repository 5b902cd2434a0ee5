"""Who lives in the demo's houses: nobody. Names are drawn from lists, ID numbers belong to births before 1901."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from geo_housing.geometry import Floats
from geo_housing.houses.spreadsheet.personal import check_character

Words = list[str]
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
FIRST = "国建玉桂春秀明永德福长志凤海金文立俊淑振广学宝树洪庆云兴景占连万殿守喜"
SECOND = "民军英兰珍香荣华梅芳生林山江河峰成义才财昌有发全友龙虎武琴霞莲花清海林田臣久"
DIVISION = "152224"
FIRST_BIRTH, LAST_BIRTH = date(1871, 1, 1), date(1900, 12, 31)
MOST_FAMILIES = ((LAST_BIRTH - FIRST_BIRTH).days + 1) * 999
# Protection categories and how often a family has them: in a sound house, in the weakest one.
CATEGORIES = {
    "K1": (0.010, 0.05),
    "K2": (0.035, 0.17),
    "K3": (0.006, 0.06),
    "K4": (0.010, 0.05),
    "K5": (0.015, 0.05),
    "K6": (0.012, 0.07),
}
# Families of whom the ledger does not say how many they are.
UNSIZED = 0.02
MONITORING = {"已脱贫户": 0.085, "脱贫不稳定户": 0.006, "边缘易致贫户": 0.007, "突发严重困难户": 0.004}


@dataclass(frozen=True)
class Families:
    """Columns of the ledger, one entry a family, '' where it says nothing."""

    head: Words
    id_number: Words
    phone: Words
    persons: Words
    categories: Words
    monitoring: Words
    traits: Words


def families(occupancy: Words, weakness: Floats, rng: np.random.Generator) -> Families:
    """One family for each house; how poor it is follows the house, how many live there the occupancy."""
    size = len(occupancy)
    lived_in = np.isin(occupancy, ("常住", "季节性居住", "出租", ""))
    persons = np.where(lived_in, np.searchsorted((0.21, 0.58, 0.80, 0.93, 0.985), rng.random(size)) + 1, 0)
    # A generator of its own, so that all else stays.
    unsized = lived_in & (rng.spawn(1)[0].random(size) < UNSIZED)
    need = np.clip((weakness - 0.6) / 2.2, 0, 1)
    return Families(
        head=names_of_nobody(size, rng),
        id_number=_id_numbers(size, rng),
        phone=numbers_of_nobody(size, rng),
        persons=["" if u else str(n) for n, u in zip(persons, unsized, strict=True)],
        categories=_some_of({code: low + (high - low) * need for code, (low, high) in CATEGORIES.items()}, 1, rng),
        monitoring=_some_of({word: np.full(size, share) for word, share in MONITORING.items()}, 1, rng),
        traits=_traits(persons, rng),
    )


def names_of_nobody(size: int, rng: np.random.Generator) -> Words:
    """Drawn from lists of common characters."""
    # Common surnames stand first in the list and are drawn more often.
    surname = np.minimum((rng.random(size) ** 1.8 * len(SURNAMES)).astype(int), len(SURNAMES) - 1)
    first, second = rng.integers(0, len(FIRST), size), rng.integers(0, len(SECOND), size)
    short = rng.random(size) < 0.12
    return [
        SURNAMES[s] + ("" if one else FIRST[f]) + SECOND[n]
        for s, f, n, one in zip(surname, first, second, short, strict=True)
    ]


def _id_numbers(size: int, rng: np.random.Generator) -> Words:
    """Numbers of nobody alive, all different, with the right check character so that the intake takes them."""
    numbers = []
    for place in rng.choice(MOST_FAMILIES, size, replace=False).tolist():
        day, serial = divmod(place, 999)
        body = f"{DIVISION}{FIRST_BIRTH + timedelta(days=day):%Y%m%d}{serial + 1:03d}"
        numbers.append(body + check_character(body))
    return numbers


def numbers_of_nobody(size: int, rng: np.random.Generator) -> Words:
    """Numbers that no line has (they begin with 100), some families without."""
    numbers, known = rng.integers(0, 10**8, size), rng.random(size) < 0.93
    return [f"100{n:08d}" if k else "" for n, k in zip(numbers, known, strict=True)]


def _some_of(chances: dict[str, Floats], most: int, rng: np.random.Generator) -> Words:
    """For each family up to ``most`` of the words, each by its own chance."""
    hits = [(word, rng.random(len(chance)) < chance) for word, chance in chances.items()]
    size = len(hits[0][1])
    return ["、".join([word for word, hit in hits if hit[n]][:most]) for n in range(size)]


def _traits(persons: np.ndarray[tuple[int], np.dtype[np.int64]], rng: np.random.Generator) -> Words:
    luck = rng.random((4, len(persons)))
    alone = (persons == 1) & (luck[0] < 0.45)
    impaired = (persons > 0) & (luck[1] < 0.045)
    child = (persons >= 3) & (luck[2] < 0.12)
    helped = (impaired | alone) & (luck[3] < 0.4)
    words = (("独居老人", alone), ("残疾或行动不便", impaired), ("孕妇儿童", child), ("需帮助转移", helped))
    return ["、".join(word for word, hit in words if hit[n]) for n in range(len(persons))]
