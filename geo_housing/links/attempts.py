"""How often one address may try links that open nothing; a right one opens whoever else has tried from there.

256 bits are not guessed. Phones of one village, of one carrier or behind the county's proxy share an address: in the night
none of them may lock the others out. What this bounds is what wrong tries write down, and that they are told to wait.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

MOST_WRONG = 30
WITHIN = timedelta(minutes=10)
# Addresses remembered at once; the oldest are forgotten first.
MOST_REMEMBERED = 10_000


@dataclass
class Attempts:
    """Wrong tokens by address."""

    _wrong: dict[str, deque[datetime]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def is_over(self, address: str, at: datetime) -> bool:
        """Whether this address has tried too much."""
        with self._lock:
            return len(self._recent(address, at)) >= MOST_WRONG

    def note_wrong(self, address: str, at: datetime) -> bool:
        """A token opened nothing; True when this was the one too many."""
        with self._lock:
            recent = self._recent(address, at)
            recent.append(at)
            self._wrong[address] = recent
            while len(self._wrong) > MOST_REMEMBERED:
                del self._wrong[next(iter(self._wrong))]
            return len(recent) == MOST_WRONG

    def _recent(self, address: str, at: datetime) -> deque[datetime]:
        found = self._wrong.get(address, deque())
        while found and found[0] < at - WITHIN:
            found.popleft()
        return found
