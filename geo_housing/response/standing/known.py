"""Which registered place a line of a list is: the same kind and number, else the same kind and name on common ground.

Where more than one may be meant nothing is changed, and it is said: a list that comes again never puts a place beside itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.response.standing.fields import StandingFacts, label_of
from geo_housing.scope import AreaScope


@dataclass(frozen=True)
class Known:
    """One registered place that holds; ``is_own``: this list may change it."""

    id: int
    name: str | None
    kind: str
    number: str | None
    geom: shapely.Geometry
    is_own: bool


@dataclass(frozen=True)
class Unsure:
    """Why a line cannot be brought together with what is registered."""

    sentence: str


_HOLD = text("""
    SELECT z.id, z.name, z.kind, a.number, ST_AsBinary(z.geom) AS geom, z.scope_code >= :lo AND z.scope_code < :hi AS is_own
    FROM hazard_zone z LEFT JOIN standing_area a ON a.zone_id = z.id
    WHERE z.event_id IS NULL AND z.ended_at IS NULL AND z.geom IS NOT NULL
      AND (z.scope_code >= :lo AND z.scope_code < :hi OR starts_with(:lo, z.scope_code))
    ORDER BY z.id
""")


@dataclass
class Register:
    """The places that hold, those of the reader and of the offices above; ``placed``: what this file has said already."""

    places: dict[int, Known] = field(default_factory=dict)
    placed: set[int] = field(default_factory=set)
    mentioned: set[int] = field(default_factory=set)
    reserved: set[int] = field(default_factory=set)

    @classmethod
    def of(cls, session: Session, scope: AreaScope) -> "Register":
        """As it is now; callers hold the lock of standing areas."""
        rows = session.execute(_HOLD, {"lo": scope.lo, "hi": scope.hi})
        return cls({row.id: Known(**{**row._mapping, "geom": shapely.from_wkb(row.geom)}) for row in rows})

    def __post_init__(self) -> None:
        self._by_number: dict[str, set[int]] = {}
        self._by_name: dict[str, set[int]] = {}
        self._by_bounds: dict[tuple[float, ...], set[int]] = {}
        for known in self.places.values():
            self._index(known)

    def _index(self, known: Known) -> None:
        if known.number:
            self._by_number.setdefault(known.number, set()).add(known.id)
        if known.name:
            self._by_name.setdefault(known.name, set()).add(known.id)
        self._by_bounds.setdefault(known.geom.bounds, set()).add(known.id)

    def put(self, known: Known, *, instead_of: int | None = None) -> None:
        """What a line has become."""
        if instead_of is not None:
            self.places.pop(instead_of, None)
        self.places[known.id] = known
        self._index(known)
        self.placed.add(known.id)

    def reserve(self, shapes: Iterable[shapely.Geometry]) -> None:
        """Places whose very outline stands in the file: no other line is taken for them by its name."""
        self.reserved |= {known.id for geom in shapes for known in self._of_shape(geom)}

    def kept(self, kinds: set[str]) -> int:
        """How many of one's own of these kinds the file says nothing of."""
        said = self.placed | self.mentioned
        return sum(one.is_own and one.kind in kinds and one.id not in said for one in self.places.values())

    def kind_of_number(self, number: str | None) -> str | None:
        """The kind of the only place with this number."""
        found = self._all(self._by_number, number)
        return found[0].kind if len(found) == 1 else None

    def without_shape(self, facts: StandingFacts) -> Known | Unsure | None:
        """The place that a line without coordinates tells more of: by its number, else the only one of its name."""
        numbered = [one for one in self._all(self._by_number, facts.number) if one.is_own]
        if facts.kind is not None and len(numbered) > 1:
            numbered = [one for one in numbered if one.kind == facts.kind]
        if len(numbered) == 1:
            return numbered[0]
        if numbered:
            return self._many(numbered, facts.number)
        named = [one for one in self._all(self._by_name, facts.name) if one.is_own and _may_be(one, facts.number)]
        if facts.kind is not None and len(named) > 1:
            named = [one for one in named if one.kind == facts.kind]
        return self._many(named, facts.name) if len(named) > 1 else next(iter(named), None)

    def with_shape(self, facts: StandingFacts, kind: str, geom: shapely.Geometry) -> Known | Unsure | None:
        """The place that a line with an outline is; None: a new one."""
        same_shape = [one for one in self._of_shape(geom) if one.kind == kind]
        numbered = self._all(self._by_number, facts.number)
        of_kind = [one for one in numbered if one.kind == kind]
        if of_kind:
            found = [one for one in of_kind if one in same_shape] or of_kind
            if len(found) > 1:
                return self._many(found, facts.number)
            if found[0].id in self.placed and found[0] not in same_shape:
                return Unsure(f"编号“{facts.number}”在这个文件里不止一处，范围不同，后面的未采用；请核对编号。")
            return self._mine(found[0], same_shape)
        for other in numbered:
            if other.name == facts.name or shapely.intersects(other.geom, geom):
                self.mentioned.add(other.id)
                return Unsure(
                    f"编号“{facts.number}”已登记为{label_of(other.kind)}“{other.name or '未命名'}”，与这一条的灾种不同，"
                    "未采用；请核对灾种，或先撤销原来的一处。"
                )
        if same_shape:
            return self._of_same_shape(facts, same_shape)
        named = [
            one
            for one in self._all(self._by_name, facts.name)
            if one.kind == kind
            and one.id not in self.placed | self.reserved
            and _may_be(one, facts.number)
            and shapely.intersects(one.geom, geom)
        ]
        if len(named) > 1:
            return self._many(named, facts.name)
        return self._mine(named[0], same_shape) if named else None

    def _of_same_shape(self, facts: StandingFacts, same: list[Known]) -> Known | Unsure:
        """One outline is one place: another number or, within a file, another name on it is a slip of the list."""
        found = [one for one in same if _may_be(one, facts.number)]
        named = [one for one in found if one.name == facts.name or one.id not in self.placed]
        if named:
            return named[0]
        other = same[0]
        said = f"“{other.name or '未命名'}”" + (f"（编号 {other.number}）" if other.number else "")
        return Unsure(f"范围与已登记的{said}完全相同，未采用；请核对坐标。")

    def _mine(self, known: Known, same_shape: list[Known]) -> Known | Unsure:
        """What the office above has drawn stays as it is."""
        if known.is_own or known in same_shape:
            return known
        return Unsure(f"“{known.name or '未命名'}”由上级登记，范围与这一条不同，未采用；请由登记它的单位更新。")

    def _many(self, found: list[Known], key: str | None) -> Unsure:
        self.mentioned |= {one.id for one in found}
        numbers = "、".join(str(one.id) for one in found[:6])
        return Unsure(
            f"已登记的有 {len(found)} 处“{key}”（{numbers} 号），看不出是哪一处，未采用；请先撤销多余的，或给它们各写编号。"
        )

    def _all(self, index: dict[str, set[int]], key: str | None) -> list[Known]:
        return [self.places[n] for n in sorted(index.get(key, ())) if n in self.places] if key else []

    def _of_shape(self, geom: shapely.Geometry) -> list[Known]:
        ids = sorted(n for n in self._by_bounds.get(geom.bounds, ()) if n in self.places)
        return [self.places[n] for n in ids if shapely.equals(self.places[n].geom, geom)]


def _may_be(known: Known, number: str | None) -> bool:
    """Two numbers are two places, whatever they are called."""
    return not known.number or not number or known.number == number
