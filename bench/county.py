"""Seeded houses in the demo county, as a ledger with the columns of 排查台账 (ledger A), and zones over them."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geo_housing.areas.demo import demo_areas

SEED = 20261124
SETTLEMENTS = 5
CHUNK = 50_000
# The headings of ledger A, then the two of grading.
HEADINGS = (
    "序号,乡镇,行政村,自然屯/组,户主姓名,身份证号,联系电话,家庭人口,常住人口,农户类型,是否六类对象,房屋地址,经度,纬度,"
    "房屋编号,建成年份,结构形式,基础类型,地上层数,间数,建筑面积,占地面积,房屋用途,是否唯一住房,是否有人居住,改扩建情况,"
    "隐患部位,隐患描述,排查结论,照片,排查人,排查日期,审核人,审核时间,技术人员,技术人员单位,备注,鉴定等级,评定日期"
).split(",")
WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK_DIGITS = np.array(list("10X98765432"))


@dataclass(frozen=True)
class Points:
    """Where the houses stand: degrees, and the village (by position in ``villages``) of each."""

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    village: NDArray[np.int64]
    villages: list[tuple[str, str, str]]


def make_points(count: int) -> Points:
    """``count`` points in settlements of the 188 outlined villages, each inside its village."""
    rng = np.random.default_rng(SEED)
    areas = demo_areas()
    names = {area.code: area.name for area in areas}
    outlined = [area for area in areas if area.level == "village" and area.geom is not None]
    share = rng.multinomial(count, rng.dirichlet(np.full(len(outlined), 8.0)))
    lon, lat = np.empty(count), np.empty(count)
    begin = 0
    for area, wanted in zip(outlined, share, strict=True):
        lon[begin : begin + wanted], lat[begin : begin + wanted] = _in_village(rng, area.geom, int(wanted))
        begin += wanted
    # Village by village, as townships hand their ledgers in.
    village = np.repeat(np.arange(len(outlined)), share)
    places = [(area.code, names[area.code[:9]], area.name) for area in outlined]
    return Points(np.round(lon, 7), np.round(lat, 7), village, places)


def _in_village(rng: np.random.Generator, outline: Polygon, wanted: int) -> tuple[NDArray[np.float64], ...]:
    west, south, east, north = outline.bounds
    inner = outline.buffer(-0.0005)
    inner = inner if not inner.is_empty else outline
    centres: list[tuple[float, float]] = []
    while len(centres) < SETTLEMENTS:
        x, y = rng.uniform(west, east), rng.uniform(south, north)
        if shapely.contains_xy(inner, x, y):
            centres.append((x, y))
    found_x, found_y, left = [], [], wanted
    while left > 0:
        centre = np.array(centres)[rng.integers(0, SETTLEMENTS, 2 * left + 10)]
        x, y = centre[:, 0] + rng.normal(0, 0.006, len(centre)), centre[:, 1] + rng.normal(0, 0.004, len(centre))
        inside = shapely.contains_xy(inner, x, y)
        found_x.append(x[inside][:left])
        found_y.append(y[inside][:left])
        left -= len(found_x[-1])
    return np.concatenate(found_x), np.concatenate(found_y)


def write_ledger(points: Points, path: Path) -> None:
    """The ledger as CSV in UTF-8, as a county would hand it over."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for begin in range(0, len(points.lon), CHUNK):
            writer.writerows(_lines(points, begin, min(begin + CHUNK, len(points.lon))))


def _lines(points: Points, begin: int, end: int) -> Iterator[list[object]]:
    rng = np.random.default_rng([SEED, begin])
    numbers = np.arange(begin, end)
    ids = id_numbers(numbers)
    year = rng.integers(1965, 2024, len(numbers))
    grade = np.where(year < 1985, rng.choice(list("BCCD"), len(numbers)), rng.choice(list("AAB"), len(numbers)))
    stated = rng.random(len(numbers)) < 0.6
    structure = np.where(year < 1985, "土木", np.where(year < 2000, "砖木", "砖混"))
    persons = rng.integers(1, 6, len(numbers))
    lived_in = np.where(rng.random(len(numbers)) < 0.8, "是", "否")
    rooms = rng.integers(2, 7, len(numbers))
    for place, n in enumerate(numbers):
        _, township, village = points.villages[points.village[n]]
        graded = stated[place]
        yield [
            n + 1, township, village, f"{n % 7 + 1}组", f"户主{n:07d}", ids[place], f"100{n:08d}", persons[place],
            persons[place], "", "否", f"{village}{n % 500}号", f"{points.lon[n]:.7f}", f"{points.lat[n]:.7f}",
            f"B{n:08d}", year[place], structure[place], "条石", 1, rooms[place], rooms[place] * 22.5,
            rooms[place] * 40, "主要住房", "是", lived_in[place], "", "", "", "安全" if not graded else "", "", "",
            "2026-09-20", "", "", "", "", "", grade[place] if graded else "", "2024-05-06" if graded else "",
        ]  # fmt: skip


def id_numbers(numbers: NDArray[np.int64]) -> list[str]:
    """Made-up ID numbers of nobody: no such division, born in 1900, check digit right, all different."""
    day = np.datetime64("1900-01-01") + (numbers // 1000 % 365).astype("timedelta64[D]")
    dates = np.char.replace(np.datetime_as_string(day), "-", "")
    bodies = [f"{990000 + n // 365_000:06d}{date}{n % 1000:03d}" for n, date in zip(numbers, dates, strict=True)]
    digits = np.array([list(body) for body in bodies]).astype(int)
    return [body + check for body, check in zip(bodies, CHECK_DIGITS[(digits @ WEIGHTS) % 11], strict=True)]


def jagged_zone(points: Points, *, vertices: int, houses: int, needles: bool = False) -> MultiPolygon:
    """A jagged zone around the middle of the county with about ``houses`` houses inside.

    Jagged as mapped flood lines and coasts are: rough at every scale (the outline is fractional noise around a circle).
    With ``needles`` every vertex lies up to 12 % further in or out than the next, kilometres on a few metres: no outline
    that anybody draws, but the hardest for everybody, since each height is crossed by thousands of edges.
    """
    rng = np.random.default_rng([SEED, vertices])
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    ragged = np.exp(0.35 * _fractional_noise(rng, vertices))
    if needles:
        ragged = 1 + 0.25 * np.cos(3 * angle + 1) + rng.uniform(-0.12, 0.12, vertices)
    middle = np.median(points.lon), np.median(points.lat)
    low, high = 0.0, 3.0
    every = max(1, len(points.lon) // 20_000)
    lon, lat = points.lon[::every], points.lat[::every]
    for _ in range(30):
        size = (low + high) / 2
        zone = Polygon(
            np.column_stack(
                [middle[0] + size * ragged * np.cos(angle), middle[1] + 0.7 * size * ragged * np.sin(angle)]
            )
        )
        shapely.prepare(zone)
        inside = np.count_nonzero(shapely.contains_xy(zone, lon, lat)) * every
        low, high = (size, high) if inside < houses else (low, size)
        if abs(inside - houses) <= houses * 0.02:
            break
    assert zone.is_valid, "a star-shaped ring does not cross itself"
    return MultiPolygon([zone])


def _fractional_noise(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """A closed rough line of ``count`` values, standard deviation 1: power falls with frequency as that of coasts."""
    frequency = np.arange(1, count // 2 + 1)
    spectrum = np.concatenate([[0], frequency**-1.2 * np.exp(2j * np.pi * rng.random(len(frequency)))])
    line = np.fft.irfft(spectrum, count)
    return np.asarray(line / line.std())
