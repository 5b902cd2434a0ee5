"""Who must be moved and is, counted the plain way: families in a list, added up one by one."""

from dataclasses import dataclass, field
from typing import Any

MOVED = ("moved_to_shelter", "moved_to_kin", "away", "returned")


@dataclass(frozen=True)
class Heads:
    """户, the 人 of those who are counted, 户 that nobody counted."""

    households: int
    people: int
    unsized: int


@dataclass
class Family:
    """One family of the list; ``area`` is its village."""

    head: str
    area: str
    people: int | None
    state: str = "pending"


@dataclass
class Families:
    """The list as it should stand."""

    listed: list[Family] = field(default_factory=list)

    def warn(self, rows: list[dict[str, Any]], area_of: dict[str, str], townships: tuple[str, ...]) -> None:
        """Under a red warning for whole townships: lived-in C/D, suspected, never graded, and whoever must be fetched."""
        for row in rows:
            if row["乡镇"] not in townships or row["居住状况"] == "无人居住":
                continue
            if row["鉴定等级"] in ("C", "D", "") or row["疑似危房"] or row["避险特征"]:
                people = int(row["家庭人口"]) if row["家庭人口"] != "" else None
                self.listed.append(Family(row["户主姓名"], area_of[row["行政村"].removesuffix("村")], people))

    def of(self, head: str) -> Family:
        """The family of that head."""
        return next(one for one in self.listed if one.head == head)

    def heads(self, area: str = "", *, moved: bool | None = None) -> Heads:
        """How many in a division: all, those out of danger, or those who are not."""
        found = [one for one in self.listed if one.area.startswith(area)]
        if moved is not None:
            found = [one for one in found if (one.state in MOVED) == moved]
        return Heads(len(found), sum(one.people or 0 for one in found), sum(one.people is None for one in found))
