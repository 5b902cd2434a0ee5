"""What a loaded row means for the stored divisions: pure decisions, no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import shapely

from geo_housing.areas.queries import StoredArea
from geo_housing.errors import BadInput, Fault
from geo_housing.words import AREA_CODE_LENGTH, AREA_LEVEL

PARENT_LEVEL = {"township": "county", "village": "township"}
# Lengths of --under: the parent that unnumbered rows of a level are numbered beneath.
UNDER_LENGTHS = {"county": (4,), "township": (6,), "village": (6, 9)}


@dataclass(frozen=True)
class AreaRow:
    """One row or feature of a file, geometry already repaired and in lon/lat degrees."""

    line: int
    code: str
    name: str
    geom: shapely.MultiPolygon | None
    parent: str | None = None
    repaired_m2: tuple[float, float] | None = None


@dataclass
class Plan:
    """What to do: new and changed divisions, and what cannot be used and why."""

    create: list[StoredArea] = field(default_factory=list)
    update: list[StoredArea] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)


def check_under(level: str, under: str | None) -> None:
    """BadInput unless ``under`` has a length that fits ``level``."""
    if under is not None and (not under.isdigit() or len(under) not in UNDER_LENGTHS[level]):
        lengths = "或".join(str(n) for n in UNDER_LENGTHS[level])
        raise BadInput(f"--under“{under}”不对：装入{AREA_LEVEL.label(level)}时应为 {lengths} 位区划代码。")


def cut_code(code: str, level: str) -> str | None:
    """The hierarchical code of ``level`` within ``code`` (6, 9 or 12 leading digits), None when there is none.

    Cut by the level's length, never by trailing zeros: 152224100200 is a village (contract, "Files").
    """
    digits = code.strip()
    wanted = AREA_CODE_LENGTH[level]
    return digits[:wanted] if digits.isascii() and digits.isdigit() and len(digits) >= wanted else None


def plan_numbered(rows: Iterable[AreaRow], level: str, stored: Sequence[StoredArea], parents: set[str]) -> Plan:
    """Plan for rows that carry hierarchical codes."""
    plan = Plan()
    known = {area.code: area for area in stored}
    seen: dict[str, int] = {}
    for row in rows:
        code = cut_code(row.code, level)
        if code is None:
            plan.faults.append(
                Fault(
                    row.line,
                    "code",
                    row.code,
                    f"{AREA_LEVEL.label(level)}代码应为不少于 {AREA_CODE_LENGTH[level]} 位的数字；"
                    "没有统一代码的数据请加 --under 由系统编号。",
                )
            )
            continue
        if code in seen:
            plan.faults.append(Fault(row.line, "code", row.code, f"代码与第 {seen[code]} 行重复，只采用第一次出现的。"))
            continue
        parent = code[: AREA_CODE_LENGTH[PARENT_LEVEL[level]]] if level in PARENT_LEVEL else None
        if parent is not None and parent not in parents:
            plan.faults.append(
                Fault(
                    row.line,
                    "code",
                    row.code,
                    f"上级区划 {parent} 尚未装入，请先装入{AREA_LEVEL.label(PARENT_LEVEL[level])}。",
                )
            )
            continue
        seen[code] = row.line
        _place(plan, known.get(code), StoredArea(code, level, row.name, parent, None, row.geom))
    return plan


def plan_unnumbered(
    rows: Iterable[AreaRow], level: str, stored: Sequence[StoredArea], parent_of: Mapping[int, str], by_code: bool
) -> Plan:
    """Plan for rows without hierarchical codes: numbered under ``parent_of[line]`` and recognised again.

    Known by source code under the same parent when ``by_code``, else by name under the same parent; a kept
    number never changes (D10).
    """
    plan = Plan()
    width = AREA_CODE_LENGTH[PARENT_LEVEL[level]] if level in PARENT_LEVEL else UNDER_LENGTHS[level][0]
    known = {(area.code[:width], area.source_code if by_code else area.name): area for area in stored}
    taken = {area.code for area in stored}
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        parent = parent_of.get(row.line)
        if parent is None:
            plan.faults.append(
                Fault(row.line, None, row.name, "代表点不在任何已装入的上级区划内，无法编号；请用 --under 指明上级。")
            )
            continue
        identity = row.code if by_code else row.name
        if not identity:
            plan.faults.append(
                Fault(row.line, "code" if by_code else "name", None, "没有代码也没有名称，无法识别，请补上。")
            )
            continue
        if (parent, identity) in seen:
            first = seen[parent, identity]
            plan.faults.append(
                Fault(row.line, None, identity, f"与第 {first} 行在同一上级下重复，只采用第一次出现的。")
            )
            continue
        seen[parent, identity] = row.line
        before = known.get((parent, identity))
        code = before.code if before else _next_code(parent, level, taken)
        taken.add(code)
        _place(
            plan,
            before,
            StoredArea(code, level, row.name, parent if level in PARENT_LEVEL else None, row.code or None, row.geom),
        )
    return plan


def _next_code(parent: str, level: str, taken: set[str]) -> str:
    width = AREA_CODE_LENGTH[level] - len(parent)
    for number in range(1, 10**width):
        code = f"{parent}{number:0{width}d}"
        if code not in taken:
            return code
    raise BadInput(f"{parent} 下的编号已用完（最多 {10**width - 1} 个）。")


def _place(plan: Plan, before: StoredArea | None, after: StoredArea) -> None:
    if before is None:
        plan.create.append(after)
        return
    # A file without outlines (a code list) leaves a stored outline alone; without a name, the name.
    merged = StoredArea(
        before.code,
        before.level,
        after.name or before.name,
        after.parent_code or before.parent_code,
        after.source_code or before.source_code,
        after.geom if after.geom is not None else before.geom,
    )
    if _same(before, merged):
        plan.unchanged += 1
    else:
        plan.update.append(merged)


def _same(before: StoredArea, after: StoredArea) -> bool:
    if (before.name, before.parent_code, before.source_code) != (after.name, after.parent_code, after.source_code):
        return False
    if before.geom is None or after.geom is None:
        return before.geom is after.geom
    return bool(shapely.equals_exact(before.geom, after.geom, tolerance=0))
