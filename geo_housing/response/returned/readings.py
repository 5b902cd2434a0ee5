"""What of a returned list was not read as it stands, so that a person sees it before it is entered. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from geo_housing.response.returned.sheets import Line, ReadAs, runs


@dataclass(frozen=True)
class Reading:
    """One word of a column, as what it is taken, and where it stands: each sheet with its lines."""

    heading: str
    written: str
    taken_for: str
    rows: int
    places: tuple[tuple[str, str], ...]


def readings(found: Iterable[ReadAs]) -> tuple[Reading, ...]:
    """The same words together, in the order in which they were met."""
    together: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for one in found:
        together[one.heading, one.written, one.taken_for].append(one.line)
    return tuple(Reading(*said, len(lines), places_of(lines)) for said, lines in together.items())


def places_of(lines: Iterable[Line]) -> tuple[tuple[str, str], ...]:
    """Each sheet with its lines, as people write them: 5、8–9."""
    sheets: dict[str, list[int]] = defaultdict(list)
    for line in lines:
        sheets[line.sheet].append(line.number)
    return tuple((sheet, _written(sorted(set(numbers)))) for sheet, numbers in sheets.items())


def _written(numbers: Iterable[int]) -> str:
    together = runs((number, number) for number in numbers)
    return "、".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in together)
