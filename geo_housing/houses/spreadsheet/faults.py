"""A cell that cannot be used, a bad place in a ledger, and what became of its row."""

from dataclasses import dataclass

from geo_housing.errors import Fault


class CellFault(Exception):
    """The cell cannot be used; the message says why and what to do. ``value``: what of it can be used all the same."""

    def __init__(self, sentence: str, value: str | None = None) -> None:
        super().__init__(sentence)
        self.value = value


@dataclass(frozen=True)
class LedgerFault(Fault):
    """A fault that says what became of its row.

    ``kind``: cell (that cell was not used), rejected (the row was not kept), check (kept, a person should look), differs (a
    signed fact was left as it is), sum (the row is a sum and no house), and generated, second_house, same_house for information.
    """

    kind: str = "cell"


def kind_of(fault: Fault) -> str:
    """The kind of any fault of a ledger; a plain one is about a cell."""
    return fault.kind if isinstance(fault, LedgerFault) else "cell"
