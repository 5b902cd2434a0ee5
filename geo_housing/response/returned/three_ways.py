"""What a returned row of 转移避险 changes: as the list was made, as it came back, as it stands now. Pure.

A cell that says what the list said when it was made was not filled in; an empty one is "not stated", never "clear". What was
filled in enters where nobody has entered anything else since; otherwise the fields are shown side by side and a person decides.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from geo_housing.response.returned.compare import CONFLICT, ENTERS, UNCHANGED, same

FIELDS = ("state", "people", "moved_at", "to", "organiser", "reported_by", "note")
NOTHING_SAID = "pending"
Told = str | int | datetime | None
Values = dict[str, Told]


@dataclass(frozen=True)
class FieldChange:
    """One field that was filled in: what stands now and what the list says."""

    field: str
    stands: Told
    sent: Told
    clashes: bool


@dataclass(frozen=True)
class MoveVerdict:
    """What becomes of a row: unchanged, enters, conflict; with the fields that differ from what stands."""

    kind: str
    changes: tuple[FieldChange, ...] = ()


def weigh(base: Values | None, sent: Values, stands: Values, *, merged: Collection[str] = ()) -> MoveVerdict:
    """One row; ``base`` is what stood when the list was made, None where nobody knows.

    Without it whatever stands counts as somebody else's: only what nobody has said yet may be added. Of fields of ``merged``
    cells, too: merging throws away what the rows below said, and nobody has typed over it.
    """
    changes = []
    for name in FIELDS:
        said = sent.get(name)
        if said is None or same(said, stands.get(name)):
            continue
        if base is not None and same(said, base.get(name)):
            continue
        clashes = _clashes(name, base, stands) or (name in merged and _clashes(name, None, stands))
        changes.append(FieldChange(name, stands.get(name), said, clashes))
    if not changes:
        return MoveVerdict(UNCHANGED)
    return MoveVerdict(CONFLICT if any(change.clashes for change in changes) else ENTERS, tuple(changes))


def _clashes(name: str, base: Values | None, stands: Values) -> bool:
    if base is not None:
        return not same(base.get(name), stands.get(name))
    return stands.get(name) not in ((None, NOTHING_SAID) if name == "state" else (None,))
