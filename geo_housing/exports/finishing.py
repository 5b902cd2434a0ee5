"""The file that is put together after all its rows were read, which of a large one takes as long again: until nobody wants it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from geo_housing.exports.reading import Reading
from geo_housing.exports.service import Export


class _Wanted:
    """A file that asks before each piece whether it is wanted still; the first refusal ends it, as a failing disk does.

    Nothing reaches it afterwards, without a further word: a packer that has been broken off still closes what it began.
    """

    def __init__(self, file: IO[bytes], ask: Callable[[], None]) -> None:
        self.file, self.ask = file, ask
        self.has_ended = False

    def write(self, piece: bytes) -> int:
        if self.has_ended:
            return len(piece)
        try:
            self.ask()
            return self.file.write(piece)
        except BaseException:
            self.has_ended = True
            raise

    def seek(self, at: int, whence: int = 0) -> int:
        return 0 if self.has_ended else self.file.seek(at, whence)

    def tell(self) -> int:
        return 0 if self.has_ended else self.file.tell()

    def flush(self) -> None:
        if not self.has_ended:
            self.file.flush()

    def close(self) -> None:
        """Of whoever has opened the file below."""


@contextmanager
def packed(reading: Reading, export: Export, path: Path) -> Iterator[IO[bytes]]:
    """The new file at ``path`` for a packer; what the hearer of ``reading`` raises ends the packing, too."""
    with path.open("xb") as file:
        wanted = _Wanted(file, lambda: reading.tell(export.rows, export.rows))
        try:
            yield cast("IO[bytes]", wanted)
        finally:
            wanted.has_ended = True
