"""What entering 灾后排查 would start once more beside what waits, counted before it is done (opening.py does it)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.inspections.stages import DANGEROUS


@dataclass(frozen=True)
class Anew:
    """In 栋: ``unfinished`` were given a due time before their ground was warned again, ``harmless`` are looked at once more."""

    unfinished: int = 0
    harmless: int = 0

    def __add__(self, other: "Anew") -> "Anew":
        return Anew(self.unfinished + other.unfinished, self.harmless + other.harmless)

    @property
    def houses(self) -> int:
        """All of them."""
        return self.unfinished + self.harmless

    @property
    def sentence(self) -> str:
        """Both; empty where nothing starts once more."""
        said = (
            f"再次预警以前下达、还没有查完的 {self.unfinished:,} 栋，完成时限从现在重新起算。"
            if self.unfinished
            else ""
        )
        if self.harmless:
            said += f"灾害过程结束以前查过、没有发现损坏的 {self.harmless:,} 栋要再查一次，完成时限从现在起算。"
        return said


NOTHING = Anew()
# Of an inspection ``{i}``: what has its whole time once more, and what is looked at once more, damage being ``:damage``.
UNFINISHED = "({i}.state IN ('open', 'in_progress') AND {i}.due_at IS NOT NULL)"
HARMLESS = "({i}.state = 'done' AND {i}.result <> ALL (CAST(:damage AS text[])))"
_COUNT = text(f"""
    SELECT left(i.scope_code, 9) AS code,
        (count(*) FILTER (WHERE {UNFINISHED.format(i="i")}
            AND left(i.scope_code, 9) = ANY (CAST(:again AS text[]))))::int AS unfinished,
        (count(*) FILTER (WHERE {HARMLESS.format(i="i")}))::int AS harmless
    FROM emergency_inspection i
    WHERE i.event_id = :event AND left(i.scope_code, 9) = ANY (CAST(:grounds AS text[]))
      AND ({UNFINISHED.format(i="i")} OR {HARMLESS.format(i="i")})
    GROUP BY 1
""")


def count_anew(session: Session, event_id: int, grounds: Sequence[str], *, again: Sequence[str]) -> dict[str, Anew]:
    """By ground; ``again`` are those of the grounds that were warned again, where what is not done has its whole time once more."""
    if not grounds:
        return {}
    bound = {"event": event_id, "grounds": list(grounds), "again": list(again), "damage": list(DANGEROUS)}
    return {row.code: Anew(row.unfinished, row.harmless) for row in session.execute(_COUNT, bound)}
