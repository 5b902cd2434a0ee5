"""The snapshot that a file is written from: read part by part, given back as soon as no row of it is wanted any more."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select

# Hears how many rows have been read, and how many there are in all; what it raises ends the reading.
Told = Callable[[int, int], None]

PART_ROWS = 5_000


@dataclass(frozen=True)
class Reading:
    """``connection`` with its open snapshot; who hears of the rows, and how it is given back."""

    connection: Connection
    told: Told | None = None
    give_back: Callable[[Connection], None] = Connection.close

    def parts(self, statement: Select[Any], total: int) -> Iterator[Sequence[Row[Any]]]:
        """All rows of ``statement``, some thousand at a time.

        To put a file together may take as long as to read its rows: nobody else waits for this connection meanwhile, and
        whoever stops the reading need not wait until a writer has closed its unfinished file.
        """
        rows = 0
        try:
            with self.connection.execute(statement, execution_options={"yield_per": PART_ROWS}) as result:
                for part in result.partitions():
                    yield part
                    rows += len(part)
                    self.tell(rows, total)
        finally:
            self.give_back(self.connection)

    def tell(self, rows: int, total: int) -> None:
        """``rows`` of ``total`` have been read."""
        if self.told is not None:
            self.told(rows, total)
