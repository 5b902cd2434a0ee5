"""What the demo's houses are like: built in waves, of what was built with then, the worse the older."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from geo_housing.geometry import Floats, Integers

Words = list[str]
# Building waves: first year, last year, share.
WAVES = ((1958, 1979, 0.07), (1980, 1989, 0.16), (1990, 1999, 0.22), (2000, 2009, 0.24), (2010, 2024, 0.31))
# What was built with, by wave; the numbers are shares.
MATERIALS: tuple[dict[str, float], ...] = (
    {"土木": 0.58, "生土": 0.17, "砖木": 0.13, "砖土混杂": 0.07, "石木": 0.03, "木结构": 0.02},
    {"土木": 0.34, "砖木": 0.38, "砖土混杂": 0.19, "生土": 0.05, "石木": 0.04},
    {"砖木": 0.56, "砖土混杂": 0.15, "土木": 0.11, "砖混": 0.17, "石木": 0.01},
    {"砖木": 0.37, "砖混": 0.60, "土木": 0.02, "钢": 0.01},
    {"砖混": 0.80, "砖木": 0.09, "混凝土": 0.05, "钢": 0.06},
)
WEAKNESS = {
    "生土": 1.5, "土木": 1.25, "砖土混杂": 0.9, "石木": 0.8, "木结构": 0.7, "砖木": 0.45, "钢": 0.1, "砖混": 0.05, "混凝土": 0.0,
}  # fmt: skip
# Shares of the whole county, from the worst house to the best.
SHARE_D, SHARE_C, SHARE_B = 0.011, 0.044, 0.40
UNGRADED, SUSPECTED = 0.10, 0.018
OCCUPANCY = ("常住", "季节性居住", "长期外出空置", "出租", "无人居住")
RENOVATION = ("未纳入计划", "已纳入年度台账", "已开工", "已竣工", "已验收", "已入住")
# Of which annual ledger a house is, by stage: shares of the last year seen and of those before it; and of how many nobody says.
LEDGER_YEARS = {
    "已纳入年度台账": (0.90, 0.08, 0.02), "已开工": (0.85, 0.13, 0.02), "已竣工": (0.80, 0.17, 0.03),
    "已验收": (0.55, 0.30, 0.15), "已入住": (0.15, 0.30, 0.25, 0.18, 0.12),
}  # fmt: skip
YEAR_NOT_TOLD = 0.04
FIRST_GRADED, LAST_GRADED = date(2019, 3, 1), date(2025, 11, 28)
FIRST_SEEN, LAST_SEEN = date(2025, 3, 1), date(2026, 11, 10)
# Who stands empty is looked up again each autumn, but for a few: what nobody has checked lately counts as lived in.
FIRST_ROUND, LOOKED_UP = date(2026, 9, 10), 0.95


@dataclass(frozen=True)
class Conditions:
    """Columns of the ledger, one entry a house, '' where the ledger says nothing; ``weakness`` orders the houses."""

    weakness: Floats
    built_year: Words
    structure: Words
    storeys: Words
    rooms: Words
    area_m2: Words
    kind: Words
    occupancy: Words
    checked_on: Words
    grade: Words
    basis: Words
    graded_on: Words
    suspected: Words
    renovation: Words
    renovation_year: Words
    measure: Words


def conditions(houses: int, second: np.ndarray[tuple[int], np.dtype[np.bool_]], rng: np.random.Generator) -> Conditions:
    """State of ``houses`` houses; ``second`` marks those whose family lives in another one."""
    wave = rng.choice(len(WAVES), houses, p=[share for _, _, share in WAVES])
    first, last = (np.array([w[n] for w in WAVES])[wave] for n in (0, 1))
    year = first + (rng.random(houses) * (last - first + 1)).astype(np.int64)
    structure = _structures(wave, rng)
    weakness = np.clip(2025 - year, 0, None) / 45 + np.array([WEAKNESS[s] for s in structure])
    weakness += rng.normal(0, 0.42, houses) + 0.35 * second
    grade = _grades(weakness, rng)
    ungraded = grade == ""
    suspicion = _worst(
        np.where(ungraded, weakness + 3, weakness) + rng.normal(0, 0.5, houses), ~np.isin(grade, ("C", "D")), SUSPECTED
    )
    occupancy = _occupancies(grade, second, rng)
    rooms = np.clip(np.round(rng.normal(3.4, 0.9, houses)), 1, 7).astype(np.int64)
    area = np.round(rooms * rng.normal(23.5, 3.0, houses) + rng.normal(4, 5, houses), 1).clip(15)
    renovation, measure = _works(grade, rng)
    unknown = rng.random(houses) < 0.02
    empty = np.isin(occupancy, ("长期外出空置", "无人居住"))
    return Conditions(
        weakness=weakness,
        built_year=["不详" if u else str(y) for u, y in zip(unknown, year, strict=True)],
        structure=structure,
        storeys=["2" if w >= 3 and s < 0.015 else "1" for w, s in zip(wave, rng.random(houses), strict=True)],
        rooms=[str(n) for n in rooms],
        area_m2=[f"{m:.1f}" for m in area],
        kind=np.where(second, "闲置旧房", "主要住房").tolist(),
        occupancy=occupancy,
        checked_on=_looked_up(_days(FIRST_SEEN, LAST_SEEN, rng.random(houses) < 0.9, rng), empty, rng.spawn(1)[0]),
        grade=grade.tolist(),
        basis=np.where(ungraded, "", np.where(rng.random(houses) < 0.3, "排查初判", "旧台账")).tolist(),
        graded_on=_days(FIRST_GRADED, LAST_GRADED, ~ungraded, rng),
        suspected=np.where(suspicion, "是", "").tolist(),
        renovation=renovation,
        # Numbers of their own: all other columns are what they were before there was this one.
        renovation_year=_ledger_years(renovation, rng.spawn(1)[0]),
        measure=measure,
    )


def _structures(wave: Integers, rng: np.random.Generator) -> Words:
    structure = np.full(len(wave), "", dtype="<U4")
    for n, shares in enumerate(MATERIALS):
        mine = wave == n
        structure[mine] = rng.choice(list(shares), int(mine.sum()), p=list(shares.values()))
    return [str(s) for s in structure]


def _grades(weakness: Floats, rng: np.random.Generator) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    rank = np.empty(len(weakness))
    rank[np.argsort(-weakness, kind="stable")] = (np.arange(len(weakness)) + 0.5) / max(len(weakness), 1)
    steps = (rank < SHARE_D, rank < SHARE_D + SHARE_C, rank < SHARE_D + SHARE_C + SHARE_B)
    grade = np.select(steps, ("D", "C", "B"), "A")
    # What is plainly dangerous has been graded; the rest waits its turn here and there.
    waiting = (rng.random(len(weakness)) < UNGRADED) & (rank >= SHARE_D + SHARE_C)
    return np.where(waiting, "", grade)


def _worst(
    weakness: Floats, among: np.ndarray[tuple[int], np.dtype[np.bool_]], share: float
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    wanted = round(len(weakness) * share)
    chosen = np.zeros(len(weakness), dtype=bool)
    chosen[np.argsort(np.where(among, -weakness, np.inf))[: min(wanted, int(among.sum()))]] = True
    return chosen


def _occupancies(
    grade: np.ndarray[tuple[int], np.dtype[np.str_]],
    second: np.ndarray[tuple[int], np.dtype[np.bool_]],
    rng: np.random.Generator,
) -> Words:
    luck = rng.random(len(grade))
    usual = np.array(OCCUPANCY)[np.searchsorted((0.62, 0.72, 0.90, 0.93), luck)]
    poor = np.array(OCCUPANCY)[np.searchsorted((0.38, 0.46, 0.66, 0.67), luck)]
    found = np.where(np.isin(grade, ("C", "D")), poor, usual)
    found = np.where(rng.random(len(grade)) < 0.04, "", found)
    return [str(word) for word in np.where(second, "无人居住", found)]


def _works(grade: np.ndarray[tuple[int], np.dtype[np.str_]], rng: np.random.Generator) -> tuple[Words, Words]:
    """Renovation status and measure of C and D houses; the others have neither."""
    concerned = np.isin(grade, ("C", "D"))
    stage = np.searchsorted((0.40, 0.68, 0.84, 0.93, 0.97), rng.random(len(grade)))
    luck = rng.random(len(grade))
    planned = np.where(
        luck < 0.74, "补助改造", np.where(luck < 0.9, "自行改造", np.where(grade == "D", "公房安置", "补助改造"))
    )
    undecided = np.where(luck < 0.08, "农户不愿改造（书面）", np.where(luck < 0.14, "封存", ""))
    measure = np.where(stage == 0, undecided, planned)
    return (
        [str(word) for word in np.where(concerned, np.array(RENOVATION)[stage], "")],
        [str(word) for word in np.where(concerned, measure, "")],
    )


def _looked_up(seen: Words, empty: np.ndarray[tuple[int], np.dtype[np.bool_]], rng: np.random.Generator) -> Words:
    """The days with those of the last round for nearly all empty houses; ``rng`` of its own, so that all else stays."""
    again = _days(FIRST_ROUND, LAST_SEEN, empty & (rng.random(len(seen)) < LOOKED_UP), rng)
    return [late or day for late, day in zip(again, seen, strict=True)]


def _ledger_years(stages: Words, rng: np.random.Generator) -> Words:
    """Years of the annual ledgers that houses of these stages stand in, the later the farther they are."""
    ago = np.zeros(len(stages), np.int64)
    for stage, shares in LEDGER_YEARS.items():
        mine = np.array([one == stage for one in stages])
        ago[mine] = rng.choice(len(shares), int(mine.sum()), p=shares)
    told = rng.random(len(stages)) >= YEAR_NOT_TOLD
    return [
        str(LAST_SEEN.year - n) if known and stage in LEDGER_YEARS else ""
        for stage, n, known in zip(stages, ago.tolist(), told.tolist(), strict=True)
    ]


def _days(
    first: date, last: date, known: np.ndarray[tuple[int], np.dtype[np.bool_]], rng: np.random.Generator
) -> Words:
    days = rng.integers(0, (last - first).days + 1, len(known))
    return [(first + timedelta(days=int(d))).isoformat() if k else "" for d, k in zip(days, known, strict=True)]
