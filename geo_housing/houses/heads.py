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
