"""The figures of a report (快报, 续报, 晨报), as they are frozen, and how they differ from those before. Pure.

户, 栋, 间 and 人 are different numbers and stand apart; whom nobody counted stands beside every number of people.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from geo_housing.houses.heads import Heads

LOSSES = ("collapsed", "severe", "slight")


@dataclass(frozen=True)
class Moves:
    """转移避险: ``due`` = ``moved`` + ``left``, by names; ``told`` is moved by telephone figures beyond the names.

    ``unplaced``: moved, and nobody has told where to; not among ``in_shelters``.
    """

    due: Heads = field(default_factory=Heads)
    moved: Heads = field(default_factory=Heads)
    left: Heads = field(default_factory=Heads)
    in_shelters: Heads = field(default_factory=Heads)
    with_kin: Heads = field(default_factory=Heads)
    away: Heads = field(default_factory=Heads)
    returned: Heads = field(default_factory=Heads)
    refused: Heads = field(default_factory=Heads)
    unreachable: Heads = field(default_factory=Heads)
    told: Heads = field(default_factory=Heads)
    unplaced: Heads = field(default_factory=Heads)


@dataclass(frozen=True)
class Loss:
    """Houses of one damage class: 户 living there, 栋, and damaged 间 of that class; ``unstated`` 栋 of which no 间 are told yet."""

    households: int = 0
    houses: int = 0
    rooms: int = 0
    unstated: int = 0


@dataclass(frozen=True)
class Checks:
    """灾后应急排查 in 栋."""

    due: int = 0
    done: int = 0
    overdue: int = 0
    suspected: int = 0


@dataclass(frozen=True)
class Concluded:
    """应急评估 in 栋: ``needed`` = ``waiting`` + those signed. ``unsafe``: families not safely housed yet."""

    needed: int = 0
    waiting: int = 0
    habitable: int = 0
    not_habitable: int = 0
    restricted: int = 0
    unsafe: int = 0


@dataclass(frozen=True)
class AreaFigures:
    """One township, or all. ``is_zero``: nothing is damaged as far as it was looked at (零报告).

    ``phase`` is that of the township's own ground (its label) where it is another one than the event's.
    """

    code: str
    name: str
    moves: Moves = field(default_factory=Moves)
    losses: dict[str, Loss] = field(default_factory=dict)
    checks: Checks = field(default_factory=Checks)
    concluded: Concluded = field(default_factory=Concluded)
    phase: str = ""

    @property
    def title(self) -> str:
        """宝石镇（灾后排查）: the name, with the phase where it differs."""
        return f"{self.name}（{self.phase}）" if self.phase else self.name

    @property
    def is_zero(self) -> bool:
        """No damage found, and everything looked at that was to be looked at."""
        found = any(loss.houses or loss.rooms for loss in self.losses.values())
        return not found and self.checks.suspected == 0 and self.checks.done == self.checks.due


@dataclass(frozen=True)
class WarningLine:
    """One warning of the event as the report names it; times in ISO 8601."""

    issued_at: str | None
    issuer: str | None
    said: str


@dataclass(frozen=True)
class Figures:
    """Everything that a report counts, at one moment."""

    total: AreaFigures
    townships: tuple[AreaFigures, ...]
    warnings: tuple[WarningLine, ...] = ()
    # 3/6: reached of those to be called. 3 alone where it is not known any more who was to be called then.
    calls: str = ""
    phase: str = ""
    revision: int = 0
    affected: dict[str, int] = field(default_factory=dict)
    shelters_used: int = 0
    # Shelters in which there are (or were then) more than they hold: name, 人 inside, 人 that it holds.
    crowded: tuple[tuple[str, int, int], ...] = ()
    # Of those not moved: who is away by another event, and counts there.
    elsewhere: Heads = field(default_factory=Heads)
    # 户 of 应转 that no list held; of these, whose house is in no register and so has no inspection.
    extra: int = 0
    extra_unregistered: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it is frozen."""
        return asdict(self)


def figures_of(frozen: Mapping[str, Any]) -> Figures:
    """What was frozen, as figures again; a field that an older report lacks is zero."""
    return Figures(
        total=_area(frozen["total"]),
        townships=tuple(_area(one) for one in frozen["townships"]),
        warnings=tuple(WarningLine(**one) for one in frozen.get("warnings", ())),
        calls=frozen.get("calls", ""),
        phase=frozen.get("phase", ""),
        revision=frozen.get("revision", 0),
        affected=dict(frozen.get("affected", {})),
        shelters_used=frozen.get("shelters_used", 0),
        crowded=tuple((str(name), int(people), int(holds)) for name, people, holds in frozen.get("crowded", ())),
        elsewhere=Heads(**frozen.get("elsewhere", {})),
        extra=frozen.get("extra", 0),
        extra_unregistered=frozen.get("extra_unregistered", 0),
    )


def _area(frozen: Mapping[str, Any]) -> AreaFigures:
    return AreaFigures(
        frozen["code"],
        frozen["name"],
        Moves(**{name: Heads(**value) for name, value in frozen["moves"].items()}),
        {name: Loss(**value) for name, value in frozen["losses"].items()},
        Checks(**frozen["checks"]),
        Concluded(**frozen["concluded"]),
        frozen.get("phase", ""),
    )


@dataclass(frozen=True)
class Change:
    """One number that is another one than in the report before."""

    label: str
    unit: str
    before: int
    now: int

    @property
    def by(self) -> str:
        """+3, −2."""
        return f"+{self.now - self.before}" if self.now > self.before else f"−{self.before - self.now}"


# What a reader compares: label, unit, where it stands.
_COMPARED: tuple[tuple[str, str, Callable[[AreaFigures], int]], ...] = (
    ("应转移", "户", lambda a: a.moves.due.households),
    ("应转移", "人", lambda a: a.moves.due.people),
    ("已转移", "户", lambda a: a.moves.moved.households),
    ("已转移", "人", lambda a: a.moves.moved.people),
    ("未转移", "户", lambda a: a.moves.left.households),
    ("倒塌", "户", lambda a: a.losses.get("collapsed", Loss()).households),
    ("倒塌", "间", lambda a: a.losses.get("collapsed", Loss()).rooms),
    ("严重损坏", "户", lambda a: a.losses.get("severe", Loss()).households),
    ("严重损坏", "间", lambda a: a.losses.get("severe", Loss()).rooms),
    ("一般损坏", "户", lambda a: a.losses.get("slight", Loss()).households),
    ("一般损坏", "间", lambda a: a.losses.get("slight", Loss()).rooms),
    ("已排查", "栋", lambda a: a.checks.done),
    ("已评估", "栋", lambda a: a.concluded.needed - a.concluded.waiting),
    ("不可以居住", "栋", lambda a: a.concluded.not_habitable),
)


def changes(now: Figures, before: Figures | None) -> list[Change]:
    """What differs from the report before, in the order of the report; nothing for a first one."""
    if before is None:
        return []
    pairs = [(label, unit, read(before.total), read(now.total)) for label, unit, read in _COMPARED]
    return [Change(label, unit, old, new) for label, unit, old, new in pairs if old != new]
