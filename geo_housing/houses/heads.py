"""How many: 户, the 人 of those that are counted, and the 户 whose people nobody counted. The three are never added up."""

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
