"""The figures of a report (快报, 续报, 晨报), as they are frozen. Pure.

户, 栋, 间 and 人 are different numbers and stand apart; whom nobody counted stands beside every number of people.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from geo_housing.houses.heads import Heads

LOSSES = ("collapsed", "severe", "slight")


def _as(label: str = "", unit: str = "") -> dict[str, str]:
    """By which name two reports are compared; Heads have their own units, a number of a class goes on with the class's name."""
    return {"label": label, "unit": unit}


@dataclass(frozen=True)
class Moves:
    """转移避险: ``due`` = ``moved`` + ``left``, by names; ``told`` is moved by telephone figures beyond the names.

    ``unplaced``: moved, and nobody has told where to; not among ``in_shelters``.
    """

    due: Heads = field(default_factory=Heads, metadata=_as("应转移"))
    moved: Heads = field(default_factory=Heads, metadata=_as("已转移"))
    left: Heads = field(default_factory=Heads, metadata=_as("未转移"))
    in_shelters: Heads = field(default_factory=Heads, metadata=_as("集中安置"))
    with_kin: Heads = field(default_factory=Heads, metadata=_as("投亲靠友"))
    away: Heads = field(default_factory=Heads, metadata=_as("已外出"))
    returned: Heads = field(default_factory=Heads, metadata=_as("已返回"))
    refused: Heads = field(default_factory=Heads, metadata=_as("拒绝转移"))
    unreachable: Heads = field(default_factory=Heads, metadata=_as("联系不上"))
    told: Heads = field(default_factory=Heads, metadata=_as("电话报数、姓名待落实"))
    unplaced: Heads = field(default_factory=Heads, metadata=_as("去向待核实"))


@dataclass(frozen=True)
class Loss:
    """Houses of one damage class: 户 living there, 栋, and damaged 间 of that class; ``unstated`` 栋 of which no 间 are told yet."""

    households: int = field(default=0, metadata=_as("", "户"))
    houses: int = field(default=0, metadata=_as("", "栋"))
    rooms: int = field(default=0, metadata=_as("", "间"))
    unstated: int = field(default=0, metadata=_as("未填间数", "栋"))


@dataclass(frozen=True)
class Checks:
    """灾后应急排查 in 栋. ``unclassed``: of those suspected, with neither a damage class nor rooms that would give one.

    ``reported``: a person told of a danger there (表外新增), and nobody has looked since.
    """

    due: int = field(default=0, metadata=_as("应排查", "栋"))
    done: int = field(default=0, metadata=_as("已排查", "栋"))
    overdue: int = field(default=0, metadata=_as("逾期未排查", "栋"))
    suspected: int = field(default=0, metadata=_as("有损坏或疑似危险", "栋"))
    unclassed: int = field(default=0, metadata=_as("未定损坏程度", "栋"))
    reported: int = field(default=0, metadata=_as("有险情报来、还没有查实", "栋"))


@dataclass(frozen=True)
class Concluded:
    """应急评估 in 栋: ``needed`` = ``waiting`` + those signed. ``unsafe``: families not safely housed yet."""

    needed: int = field(default=0, metadata=_as("应评估", "栋"))
    waiting: int = field(default=0, metadata=_as("待评估", "栋"))
    habitable: int = field(default=0, metadata=_as("可以居住", "栋"))
    not_habitable: int = field(default=0, metadata=_as("不可以居住", "栋"))
    restricted: int = field(default=0, metadata=_as("限制使用", "栋"))
    unsafe: int = field(default=0, metadata=_as("农户尚未安全居住", "栋"))


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
    def is_unharmed(self) -> bool:
        """No damage found so far."""
        return self.checks.suspected == 0 and not any(loss.houses or loss.rooms for loss in self.losses.values())

    @property
    def is_zero(self) -> bool:
        """No damage found or told of, and everything looked at that was to be looked at."""
        return self.is_unharmed and not self.checks.reported and self.checks.done == self.checks.due


@dataclass(frozen=True)
class WarningLine:
    """One warning of the event as the report names it; times in ISO 8601."""

    issued_at: str | None
    issuer: str | None
    said: str


@dataclass(frozen=True)
class ShelterLine:
    """One 安置点: who is inside, whichever event brought them, and 人 that it holds (None: nobody has said)."""

    place: str
    name: str
    inside: Heads
    capacity: int | None


@dataclass(frozen=True)
class Figures:
    """Everything that a report counts, at one moment."""

    total: AreaFigures
    townships: tuple[AreaFigures, ...]
    warnings: tuple[WarningLine, ...] = ()
    # 3/6: reached of those to be called. 3 alone where it is not known any more who was to be called then.
    calls: str = ""
    # Not among these: their warnings were lifted before they had answered.
    calls_lifted: int = field(default=0, metadata=_as("解除时还没有应", "个"))
    phase: str = ""
    revision: int = 0
    affected: dict[str, int] = field(default_factory=dict)
    shelters_used: int = field(default=0, metadata=_as("启用安置点", "处"))
    # Shelters in which there are (or were then) more than they hold: name, 人 inside, 人 that it holds.
    crowded: tuple[tuple[str, int, int], ...] = ()
    # Of those not moved: who is away by another event, and counts there.
    elsewhere: Heads = field(default_factory=Heads, metadata=_as("因其他事件已转移在外"))
    # 户 of 应转 that no list held; of these, whose house is in no register and so has no inspection.
    extra: int = field(default=0, metadata=_as("应转移中表外新增", "户"))
    extra_unregistered: int = field(default=0, metadata=_as("表外新增而没有排查记录", "户"))
    # Those of the area in which somebody is; None: a report of before they were kept.
    shelters: tuple[ShelterLine, ...] | None = None
    # Whether all results are as they were known at that moment; of before steps were kept they have what was corrected since.
    is_known: bool = True

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
        calls_lifted=frozen.get("calls_lifted", 0),
        phase=frozen.get("phase", ""),
        revision=frozen.get("revision", 0),
        affected=dict(frozen.get("affected", {})),
        shelters_used=frozen.get("shelters_used", 0),
        crowded=tuple((str(name), int(people), int(holds)) for name, people, holds in frozen.get("crowded", ())),
        elsewhere=Heads(**frozen.get("elsewhere", {})),
        extra=frozen.get("extra", 0),
        extra_unregistered=frozen.get("extra_unregistered", 0),
        shelters=None if frozen.get("shelters") is None else tuple(_shelter(one) for one in frozen["shelters"]),
        is_known=frozen.get("is_known", False),
    )


def _shelter(frozen: Mapping[str, Any]) -> ShelterLine:
    return ShelterLine(frozen["place"], frozen["name"], Heads(**frozen["inside"]), frozen["capacity"])


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
