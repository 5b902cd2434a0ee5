"""How often one address may try links that open nothing. 256 bits are not guessed: this keeps the trying cheap for us."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

MOST_WRONG = 30
WITHIN = timedelta(minutes=10)
# Addresses and tokens remembered at once; the oldest are forgotten first.
MOST_REMEMBERED = 10_000


@dataclass
class Attempts:
    """Wrong tokens by address, and the hashes of right ones: many phones of one village share an address."""

    _wrong: dict[str, deque[datetime]] = field(default_factory=dict)
    _right: dict[bytes, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def is_over(self, address: str, hashed: bytes, at: datetime) -> bool:
        """Whether this address has tried too much; a token that was right before is let in nevertheless."""
        with self._lock:
            return hashed not in self._right and len(self._recent(address, at)) >= MOST_WRONG

    def note_right(self, hashed: bytes, at: datetime) -> None:
        """A token opened something."""
        with self._lock:
            self._right[hashed] = at
            _forget(self._right)

    def note_wrong(self, address: str, hashed: bytes, at: datetime) -> bool:
        """A token opened nothing; True when this was the one too many."""
        with self._lock:
            self._right.pop(hashed, None)
            recent = self._recent(address, at)
            recent.append(at)
            self._wrong[address] = recent
            _forget(self._wrong)
            return len(recent) == MOST_WRONG

    def _recent(self, address: str, at: datetime) -> deque[datetime]:
        found = self._wrong.get(address, deque())
        while found and found[0] < at - WITHIN:
            found.popleft()
        return found


def _forget(remembered: dict[str, deque[datetime]] | dict[bytes, datetime]) -> None:
    while len(remembered) > MOST_REMEMBERED:
        del remembered[next(iter(remembered))]  # type: ignore[arg-type] # a key of this very dict
