"""What a returned row changes, and where it would overwrite what somebody else has entered. Pure.

An empty cell is "not stated", never "clear". A row may be entered when it was made upon what stands now, or when it only adds to
it; where something else was entered since, the fields are shown side by side and a person decides.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from geo_housing.houses.spreadsheet.row import normalise

FIELDS = (
    "result", "damage", "rooms_collapsed", "rooms_severe", "rooms_slight", "finding_items", "findings", "visitor",
    "visited_at", "reported_how", "reported_by", "reported_at",
)  # fmt: skip
UNCHANGED, ENTERS, CONFLICT = "unchanged", "enters", "conflict"
Value = str | int | datetime | tuple[str, ...] | None


@dataclass(frozen=True)
class CellDifference:
    """One field: what the workbook says and what stands."""

    field: str
    stands: Value
    sent: Value


@dataclass(frozen=True)
class Verdict:
    """What becomes of a row, with the fields that it changes."""

    kind: str
    differences: tuple[CellDifference, ...] = ()


def compare(
    stands: dict[str, Value],
    version: int,
    sent: dict[str, Value],
    *,
    made_upon: int | None,
    merged: Collection[str] = (),
) -> Verdict:
    """One row against what stands; ``made_upon`` is the version that the workbook was made upon, None where it does not say.

    ``merged``: fields of merged cells. Merging throws away what the rows below said: they may add, and never overwrite.
    """
    found = tuple(
        CellDifference(name, stands.get(name), sent[name])
        for name in FIELDS
        if sent.get(name) is not None and not same(sent[name], stands.get(name))
    )
    if not found:
        return Verdict(UNCHANGED)
    replaces = [one for one in found if one.stands is not None]
    if replaces and (made_upon != version or any(one.field in merged for one in replaces)):
        return Verdict(CONFLICT, found)
    return Verdict(ENTERS, found)


def same(one: Value, other: Value) -> bool:
    """Whether two values say the same: a workbook keeps minutes, and its cells may be spelled in half or full width."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one.replace(second=0, microsecond=0) == other.replace(second=0, microsecond=0)
    if isinstance(one, str) and isinstance(other, str):
        return normalise(one) == normalise(other)
    # None of several is what a form says that ticks nothing.
    return one == other or (one, other) in (((), None), (None, ()))
