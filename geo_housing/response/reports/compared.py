"""How a report differs from the one before: every number that it prints, and what turned without being a number. Pure.

Which numbers there are is read off the figures themselves, so that none is printed and forgotten here.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from geo_housing.clock import BEIJING
from geo_housing.houses.heads import Heads
from geo_housing.response.reports.figures import LOSSES, AreaFigures, Figures, Loss, WarningLine
from geo_housing.words import DAMAGE_CLASS

# As frozen in Figures.affected.
_AFFECTED = {
    "houses": ("影响范围内农房", "栋"),
    "uncertain": ("位置不确定", "栋"),
    "households": ("影响范围内", "户"),
    "people": ("影响范围内", "人"),
    "unsized": ("影响范围内未填人数", "户"),
    "without_home": ("无房户", "户"),
    "without_home_people": ("无房户", "人"),
    "without_home_unsized": ("无房户未填人数", "户"),
}
# Label, unit, value; None where it is not known any more.
Number = tuple[str, str, int | None]


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
        return f"+{self.now - self.before:,}" if self.now > self.before else f"−{self.before - self.now:,}"

    @property
    def said(self) -> str:
        """倒塌+1户（0→1）."""
        return f"{self.label}{self.by}{self.unit}（{self.before:,}→{self.now:,}）"


def changes(now: Figures, before: Figures | None) -> list[Change]:
    """The numbers that differ from the report before, in the order of the report; none for a first one."""
    if before is None:
        return []
    old = {(label, unit): value for label, unit, value in _numbers(before, beside=now)}
    found = [(label, unit, old.get((label, unit), 0), value) for label, unit, value in _numbers(now, beside=before)]
    return [
        Change(label, unit, was, value)
        for label, unit, was, value in found
        if was is not None and value is not None and was != value
    ]


def differences(now: Figures, before: Figures | None) -> list[str]:
    """Everything that differs, as clauses of one sentence."""
    if before is None:
        return []
    found = [*_turns(now, before)]
    if numbers := changes(now, before):
        found.append("、".join(one.said for one in numbers))
    elif names := _moved_within(now, before):
        found.append(f"合计数字没有变化，分乡镇数字有变化的：{'、'.join(names)}")
    return found


def warning_said(one: WarningLine) -> str:
    """2026年7月12日06时00分，玩具县气象台发布暴雨红色预警; of an event without a warning, its kind and level."""
    if one.issued_at is None:
        return one.said
    at = datetime.fromisoformat(one.issued_at).astimezone(BEIJING)
    return f"{chinese_moment(at)}，{one.issuer or '发布单位未注明'}{one.said}"


def chinese_moment(at: datetime) -> str:
    """2026年7月12日06时00分."""
    return f"{at.year}年{at.month}月{at.day}日{at:%H时%M分}"


def _turns(now: Figures, before: Figures) -> Iterator[str]:
    if now.phase != before.phase:
        yield f"阶段由“{before.phase}”转为“{now.phase}”"
    phases = {area.code: area.phase for area in before.townships}
    for area in now.townships:
        own, was = area.phase or now.phase, phases.get(area.code) or before.phase
        # Who only goes with the event is told by the event's own phase.
        if own != was and (own, was) != (now.phase, before.phase):
            yield f"{area.name}由“{was}”转为“{own}”阶段"
    if now.revision != before.revision:
        yield f"影响范围由第{before.revision}版改为第{now.revision}版"
    yield from (f"新收到：{warning_said(one)}" for one in now.warnings if one.issued_at and one not in before.warnings)
    yield from (
        f"不再列入：{warning_said(one)}" for one in before.warnings if one.issued_at and one not in now.warnings
    )


def _moved_within(now: Figures, before: Figures) -> list[str]:
    nothing = list(_of_area(AreaFigures("", "")))
    here, there = ({area.code: list(_of_area(area)) for area in of.townships} for of in (now, before))
    names = {area.code: area.name for area in (*now.townships, *before.townships)}
    return [name for code, name in names.items() if here.get(code, nothing) != there.get(code, nothing)]


def _numbers(figures: Figures, *, beside: Figures) -> Iterator[Number]:
    for name, (label, unit) in _AFFECTED.items():
        yield label, unit, figures.affected.get(name, 0) if figures.affected else None
    reached, _, all_of = figures.calls.partition("/")
    yield "应叫应", "个", _known(all_of)
    yield "已应", "个", _known(reached)
    yield from _of_area(figures.total)
    yield from _labelled(figures)
    if figures.shelters is None or beside.shelters is None:
        return
    # A shelter that is not in one of the two stood empty; what it holds is no change then.
    here, there = ({one.place + one.name: one for one in of.shelters or ()} for of in (figures, beside))
    for name in dict.fromkeys([*here, *there]):
        yield from _of_heads(name, here[name].inside if name in here else Heads())
        yield f"{name}可容", "人", here[name].capacity if name in here and name in there else None


def _known(number: str) -> int | None:
    return int(number.replace(",", "")) if number else None


def _of_area(area: AreaFigures) -> Iterator[Number]:
    yield from _labelled(area.moves)
    for code in LOSSES:
        yield from _labelled(area.losses.get(code, Loss()), DAMAGE_CLASS.label(code))
    yield from _labelled(area.checks)
    yield from _labelled(area.concluded)


def _labelled(of: Any, before: str = "") -> Iterator[Number]:
    """Every field that bears a label."""
    for one in fields(of):
        value, said = getattr(of, one.name), one.metadata
        if isinstance(value, Heads):
            yield from _of_heads(said["label"], value)
        elif said:
            yield before + said["label"], said["unit"], value


def _of_heads(label: str, heads: Heads) -> Iterator[Number]:
    yield label, "户", heads.households
    yield label, "人", heads.people
    yield f"{label}未填人数", "户", heads.unsized
