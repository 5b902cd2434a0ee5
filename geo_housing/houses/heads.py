"""How many: 户, the 人 of those that are counted, and the 户 whose people nobody counted. The three are never added up.

And how a list that goes from house to house calls them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Heads:
    """户, the 人 of those who are counted, and the 户 whose people nobody counted."""

    households: int = 0
    people: int = 0
    unsized: int = 0

    def plus(self, other: "Heads") -> "Heads":
        """Both together."""
        return Heads(self.households + other.households, self.people + other.people, self.unsized + other.unsized)


NOBODY = Heads()


def unsized_of(households: int, without_size: int, *, is_lived_in: bool) -> int:
    """户 of a house whose people nobody knows, as living.UNSIZED_SQL says it of its row."""
    return max(without_size, int(households == 0)) if is_lived_in else 0


def size_of(persons: int | None) -> int | None:
    """人 of a family; None where nobody knows, as living.SIZE_SQL says it."""
    return persons or None


def heads_of_house(
    living: Iterable[str | None], owner: str | None, shown: Callable[[str], str] = lambda name: name
) -> tuple[str, ...]:
    """The heads of a house, each as ``shown``; where nobody is registered as living there its owner, marked as who is not found there."""
    here = tuple(shown(head) for head in living if head)
    if here or not owner:
        return here
    name = shown(owner)
    return (f"{name}（另有住处）",)
