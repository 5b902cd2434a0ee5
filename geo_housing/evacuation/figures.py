"""电话报数 beside the names: how many are told of more than are named, so that no family counts twice. Pure.

A figure says how many of an area have been moved so far. Those who are named there are among them, and so are those told of
its villages. So an area knows of as many moved as the larger of its figure and what its parts know; a figure that its parts
have reached is covered and says nothing more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS

# Lengths of codes from the village up; '' holds all.
_LEVELS = (VILLAGE_DIGITS, TOWNSHIP_DIGITS, COUNTY_DIGITS)


@dataclass(frozen=True)
class Moved:
    """户 and 人."""

    households: int = 0
    people: int = 0

    def plus(self, other: "Moved") -> "Moved":
        """Both together."""
        return Moved(self.households + other.households, self.people + other.people)


@dataclass(frozen=True)
class Told:
    """What a standing figure says; ``people`` None where nobody said how many."""

    households: int
    people: int | None


@dataclass(frozen=True)
class Known:
    """Of one area: what is named, what is known with figures, and whether its own figure is covered."""

    named: Moved
    known: Moved
    is_covered: bool

    @property
    def unnamed(self) -> Moved:
        """Told by figures and not named."""
        return Moved(self.known.households - self.named.households, self.known.people - self.named.people)


def known_by_area(named: Mapping[str, Moved], told: Mapping[str, Told]) -> dict[str, Known]:
    """Every area that has a name or a figure, and those above it up to '' (all), with what is known of it.

    ``named`` is what the rows of each code say (a village, or a township for those of no village), ``told`` the standing
    figure of an area.
    """
    found: dict[str, Known] = {}
    of_names, of_parts = dict(named), dict(named)
    for area in sorted(_with_those_above((*named, *told)), key=len, reverse=True):
        names, parts = of_names.get(area, Moved()), of_parts.get(area, Moved())
        figure = told.get(area)
        is_covered = figure is None or figure.households <= parts.households
        known = parts
        if figure is not None and not is_covered:
            known = Moved(figure.households, max(parts.people, figure.people or 0))
        found[area] = Known(names, known, is_covered)
        if area:
            above = _parent(area)
            of_names[above] = of_names.get(above, Moved()).plus(names)
            of_parts[above] = of_parts.get(above, Moved()).plus(known)
    return found


def _with_those_above(areas: Iterable[str]) -> set[str]:
    found = {""}
    for area in areas:
        code = area
        while code:
            found.add(code)
            code = _parent(code)
    return found


def _parent(area: str) -> str:
    """The code one level up; '' above a county."""
    shorter = [length for length in _LEVELS if length < len(area)]
    return area[: shorter[0]] if shorter else ""
