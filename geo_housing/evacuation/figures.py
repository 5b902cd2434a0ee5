"""电话报数 beside the names: how many are told of more than are named, so that no family counts twice. Pure.

A figure says how many of an area have been moved so far. Those who are named there are among them, and so are those told of
its villages. So an area knows of as many moved as the larger of its figure and what its parts know; a figure that its parts
have reached is covered and says nothing more.

Who was named as moved at the figure's moment or later is named for it, also when they are to be fetched once more since: of
them it says no longer that they are moved, and nobody unnamed takes their place. Where it tells no people, or no more than its
parts have, the people of those not named are unknown (未填人数), not none.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS
from geo_housing.houses.heads import NOBODY, Heads

# Lengths of codes from the village up; '' holds all.
_LEVELS = (VILLAGE_DIGITS, TOWNSHIP_DIGITS, COUNTY_DIGITS)


@dataclass(frozen=True)
class Told:
    """What a standing figure says; ``people`` None where nobody said how many.

    ``gone``: who was named for it and is moved no longer.
    """

    households: int
    people: int | None
    gone: Heads = NOBODY

    @property
    def households_still(self) -> int:
        """户 of which it still says that they are moved."""
        return self.households - self.gone.households

    @property
    def people_still(self) -> int | None:
        """人 of these; None where nobody knows."""
        return None if self.people is None or self.gone.unsized else self.people - self.gone.people


@dataclass(frozen=True)
class Known:
    """Of one area: what is named, what is known with figures, and whether its own figure is covered.

    ``room``: of how many households its own figure tells that no part of it knows.
    """

    named: Heads
    known: Heads
    is_covered: bool
    room: int = 0

    @property
    def unnamed(self) -> Heads:
        """Told by figures and not named."""
        known, named = self.known, self.named
        return Heads(known.households - named.households, known.people - named.people, known.unsized - named.unsized)


def known_by_area(named: Mapping[str, Heads], told: Mapping[str, Told]) -> dict[str, Known]:
    """Every area that has a name or a figure, and those above it up to '' (all), with what is known of it.

    ``named`` is what the rows of each code say (a village, or a township for those of no village), ``told`` the standing
    figure of an area.
    """
    found: dict[str, Known] = {}
    of_names, of_parts = dict(named), dict(named)
    for area in sorted(_with_those_above((*named, *told)), key=len, reverse=True):
        names, parts = of_names.get(area, NOBODY), of_parts.get(area, NOBODY)
        figure = told.get(area)
        is_covered = figure is None or figure.households_still <= parts.households
        known = parts if figure is None or is_covered else _more_than(figure, names, parts)
        found[area] = Known(names, known, is_covered, known.households - parts.households)
        if area:
            above = _parent(area)
            of_names[above] = of_names.get(above, NOBODY).plus(names)
            of_parts[above] = of_parts.get(above, NOBODY).plus(known)
    return found


def room_to_name(known: Mapping[str, Known], area: str) -> int:
    """How many households of an area may still be named: told of it and not named, or told of an area above and of no part.

    Naming one of a village while there is such a household makes the highest of these figures know of no more than before.
    """
    own = known[area].unnamed.households if area in known else 0
    return own + sum(known[one].room for one in areas_above(area) if one in known)


def areas_above(area: str) -> list[str]:
    """The areas in which an area lies, the nearest first; '' is all."""
    return _path(area)[1:]


def _more_than(figure: Told, names: Heads, parts: Heads) -> Heads:
    """What a figure says of more households than its parts know."""
    households, people = figure.households_still, figure.people_still
    if people is None or people <= parts.people:
        return Heads(households, parts.people, parts.unsized + households - parts.households)
    # All are in it, also whom a figure of a part has told without their people.
    return Heads(households, people, names.unsized)


def _with_those_above(areas: Iterable[str]) -> set[str]:
    return {"", *(code for area in areas for code in _path(area))}


def _path(area: str) -> list[str]:
    """An area and those above it."""
    found = [area]
    while found[-1]:
        found.append(_parent(found[-1]))
    return found


def _parent(area: str) -> str:
    """The code one level up; '' above a county."""
    shorter = [length for length in _LEVELS if length < len(area)]
    return area[: shorter[0]] if shorter else ""
