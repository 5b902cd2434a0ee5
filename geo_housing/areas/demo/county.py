"""County, townships and villages of the demo county as one coverage of invented outlines.

Names and codes are the official ones (data/boundaries/tuquan_divisions.csv: 1 county, 10 township-level and 212
village-level units). Outlines get the county, the nine towns and townships, and their 188 villages; residents'
committees, forest-farm living areas and the state farm with its virtual unit have none, as in a real county whose
layers are incomplete: what stands there is found by its declared village.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon

from geo_housing.areas.demo.lattice import Lattice, Point, noise
from geo_housing.geometry import Floats, Integers
from geo_housing.own_code import PROJECT_FOLDER

DIVISIONS = PROJECT_FOLDER / "data" / "boundaries" / "tuquan_divisions.csv"
DEMO_SEED = 152224
DECIMALS = 6  # of a degree, 0.1 m
# The rectangle that the invented county stands in, and its size (the official figure is 4,797.29 km²).
WEST, SOUTH, EAST, NORTH = 120.73, 45.20, 122.17, 46.09
COUNTY_KM2 = 4797.0
KM_PER_LAT = 111.15
KM_PER_LON = 77.95  # at 45.65° north
SIDE_KM = 0.55
COUNTY_SEAT = "152224100"
VILLAGE_KIND = "村委会"
ATTEMPTS = 30


@dataclass(frozen=True)
class DemoArea:
    """One division; ``geom`` is lon/lat degrees (示意边界) or None, one part, no hole, counter-clockwise."""

    code: str
    name: str
    level: str
    parent_code: str | None
    geom: Polygon | None


@dataclass(frozen=True)
class Ground:
    """The honeycomb that one seed gives, with the region of each cell (-1: outside the county)."""

    lattice: Lattice
    inside: NDArray[np.bool_]
    centre: int
    townships: Integers
    villages: Integers


def demo_areas(seed: int = DEMO_SEED) -> list[DemoArea]:
    """The whole county in code order by level; the same seed gives the same coordinates on every machine."""
    rows = official_divisions()
    ground = demo_ground(seed)
    outlined = outlined_codes(rows)
    places = {code: (ground.townships, n) for n, code in enumerate(outlined)}
    places |= {
        code: (ground.villages, n) for n, code in enumerate(code for codes in outlined.values() for code in codes)
    }
    county = ground.inside.astype(np.int64) - 1
    return [
        DemoArea(*row, geom=outline(ground.lattice, *((county, 0) if row[2] == "county" else places[row[0]])))
        if row[2] == "county" or row[0] in places
        else DemoArea(*row, geom=None)
        for row in rows
    ]


def official_divisions() -> list[tuple[str, str, str, str | None]]:
    """Code, name, level, parent code of all 223 units: county, townships, villages, each in code order."""
    with DIVISIONS.open(encoding="utf-8", newline="") as file:
        return [(r["code"], r["name"], r["level"], r["parent_code"] or None) for r in csv.DictReader(file)]


def outlined_codes(rows: Sequence[tuple[str, str, str, str | None]]) -> dict[str, list[str]]:
    """Townships that have villages proper (村委会), with these villages."""
    codes: dict[str, list[str]] = {}
    for code, name, level, parent in rows:
        if level == "village" and parent and name.endswith(VILLAGE_KIND):
            codes.setdefault(parent, []).append(code)
    return codes


def to_degrees(points: Sequence[Point]) -> Floats:
    """Lon/lat of km in the rectangle, rounded as stored."""
    km = np.array(points, dtype=float)
    degrees = np.column_stack([WEST + km[:, 0] / KM_PER_LON, SOUTH + km[:, 1] / KM_PER_LAT])
    return np.round(degrees, DECIMALS).astype(np.float64)


def outline(lattice: Lattice, labels: Integers, label: int) -> Polygon:
    """The outline of one region, which is known to have no hole."""
    (ring,) = lattice.rings(labels, label)
    return Polygon(to_degrees(ring))


@lru_cache(maxsize=4)
def demo_ground(seed: int) -> Ground:
    """Cells, county, townships and villages of one seed; tries again where a region would enclose another."""
    sizes = {code: len(villages) for code, villages in outlined_codes(official_divisions()).items()}
    for attempt in range(ATTEMPTS):
        ground = _ground(np.random.default_rng([seed, attempt]), sizes)
        if ground is not None:
            return ground
    raise RuntimeError(f"seed {seed} gives no county of simple outlines in {ATTEMPTS} attempts")


def _ground(rng: np.random.Generator, sizes: dict[str, int]) -> Ground | None:
    lattice = Lattice.over((EAST - WEST) * KM_PER_LON, (NORTH - SOUTH) * KM_PER_LAT, SIDE_KM, rng)
    x, y = lattice.x, lattice.y
    centre = int(np.argmin((x - x.mean()) ** 2 + (y - y.mean()) ** 2))
    inside = _county_cells(lattice, centre, rng)
    if any(inside[n] and -1 in around for n, around in enumerate(lattice.neighbours)):
        return None  # cut off by the rectangle: a straight border
    roughness = 0.35 + 3.0 * noise(x, y, 6.0, rng) ** 2
    wanted = np.array([size**0.8 for size in sizes.values()])
    seat = list(sizes).index(COUNTY_SEAT)
    townships = _divide(lattice, inside, roughness, wanted, first=centre, place=seat)
    villages = np.full(len(inside), -1, dtype=np.int64)
    done = 0
    for n, size in enumerate(sizes.values()):
        shares = 0.6 + 0.8 * rng.random(size)
        start = int(rng.choice(np.flatnonzero(townships == n)))
        divided = _divide(lattice, townships == n, roughness, shares, first=start, place=None)
        villages = np.where(divided >= 0, divided + done, villages)
        done += size
    labelled = [(inside.astype(np.int64) - 1, 1), (townships, len(sizes)), (villages, done)]
    simple = all(len(lattice.rings(labels, n)) == 1 for labels, count in labelled for n in range(count))
    return Ground(lattice, inside, centre, townships, villages) if simple else None


def _county_cells(lattice: Lattice, centre: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """An oblong, lobed patch around the middle with a ragged edge: random numbers, nothing else."""
    x, y = lattice.x - lattice.x[centre], lattice.y - lattice.y[centre]
    along, across = 0.84 * x - 0.54 * y, 0.54 * x + 0.84 * y
    along, across = along / 1.36, across * 1.36
    direction, reach = np.arctan2(across, along), np.ones_like(x)
    for waves in range(2, 8):
        reach += 0.22 / waves * np.cos(waves * direction + rng.random() * 2 * np.pi)
    distance = np.sqrt(along**2 + across**2) / reach
    distance += 17.0 * noise(lattice.x, lattice.y, 14.0, rng) + 6.0 * noise(lattice.x, lattice.y, 4.0, rng)
    cells = round(COUNTY_KM2 / lattice.cell_km2)
    return lattice.without_holes(distance <= np.sort(distance)[cells - 1], centre)


def _divide(
    lattice: Lattice,
    inside: NDArray[np.bool_],
    roughness: Floats,
    wanted: Floats,
    *,
    first: int,
    place: int | None,
) -> Integers:
    """Cut ``inside`` into connected regions of about the ``wanted`` shares, neighbours with neighbouring numbers.

    ``place``: the number of the region that keeps its seed at ``first``.
    """
    seeds = _spread_seeds(lattice, inside, len(wanted), first)
    seeds = _in_turn(lattice, seeds, place)
    target = wanted / wanted.sum() * inside.sum()
    slowness = np.ones(len(wanted))
    labels = lattice.grow(inside, seeds, slowness.tolist(), roughness)
    for _ in range(14):
        counts = np.bincount(labels[inside], minlength=len(wanted))
        slowness = np.clip(slowness * (counts / target) ** 0.3, 0.35, 3.0)
        seeds = [seed if n == place else _middle(lattice, labels == n) for n, seed in enumerate(seeds)]
        labels = lattice.grow(inside, seeds, slowness.tolist(), roughness)
    return labels


def _spread_seeds(lattice: Lattice, inside: NDArray[np.bool_], count: int, first: int) -> list[int]:
    """Cells far from one another: each next one is the farthest from all before."""
    seeds = [first]
    nearest = np.where(inside, np.inf, -1.0)
    while len(seeds) < count:
        away = (lattice.x - lattice.x[seeds[-1]]) ** 2 + (lattice.y - lattice.y[seeds[-1]]) ** 2
        nearest = np.minimum(nearest, away)
        seeds.append(int(np.argmax(nearest)))
    return seeds


def _in_turn(lattice: Lattice, seeds: list[int], place: int | None) -> list[int]:
    """Seeds in turn around their middle, since neighbours have neighbouring codes; the first one goes to ``place``."""
    kept, others = ([seeds[0]], seeds[1:]) if place is not None else ([], seeds)
    x, y = lattice.x[others], lattice.y[others]
    turned = [others[n] for n in np.argsort(np.arctan2(y - y.mean(), x - x.mean()), kind="stable")]
    return turned if place is None else [*turned[:place], *kept, *turned[place:]]


def _middle(lattice: Lattice, region: NDArray[np.bool_]) -> int:
    """The region's cell that is nearest to its centroid."""
    cells = np.flatnonzero(region)
    x, y = lattice.x[cells], lattice.y[cells]
    return int(cells[np.argmin((x - x.mean()) ** 2 + (y - y.mean()) ** 2)])
