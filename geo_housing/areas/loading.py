"""What a loaded row means for the stored divisions: pure decisions, no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import shapely

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS
from geo_housing.areas.names import match_key
from geo_housing.areas.pieces import AreaRow, cut_code, joined_pieces
from geo_housing.areas.queries import EndedArea, StoredArea
from geo_housing.errors import BadInput, Fault
from geo_housing.geometry import length_m
from geo_housing.scope import EVERYWHERE, AreaScope
from geo_housing.words import AREA_CODE_LENGTH, AREA_LEVEL

PARENT_LEVEL = {"township": "county", "village": "township"}
# Lengths of --under: the parent that unnumbered rows of a level are numbered beneath.
UNDER_LENGTHS = {"county": (4,), "township": (6,), "village": (6, 9)}


# Further from the division above lies no ground of one's own, exclaves included; the next 3-degree zone lies some 240 km off.
FAR_KM = 50.0


@dataclass
class Plan:
    """What to do: new and changed divisions, what cannot be used and why, and what is used but should be looked at."""

    create: list[StoredArea] = field(default_factory=list)
    update: list[StoredArea] = field(default_factory=list)
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)


def check_under(level: str, under: str | None) -> None:
    """BadInput unless ``under`` has a length that fits ``level``."""
    if under is not None and (not under.isdigit() or len(under) not in UNDER_LENGTHS[level]):
        lengths = " 或 ".join(str(n) for n in UNDER_LENGTHS[level])
        raise BadInput(f"--under“{under}”不对：装入{AREA_LEVEL.label(level)}时应为 {lengths} 位区划代码。")


def plan_numbered(
    rows: Iterable[AreaRow],
    level: str,
    stored: Sequence[StoredArea],
    parents: set[str],
    scope: AreaScope = EVERYWHERE,
    ended: Sequence[EndedArea] = (),
    above: Mapping[str, StoredArea] | None = None,
) -> Plan:
    """Plan for rows that carry hierarchical codes; ``above``: the divisions above with their outlines, by code."""
    plan = Plan()
    gone = {area.code: area for area in ended}
    known = {area.code: area for area in stored}
    seen: dict[str, int] = {}
    near = []
    for row in rows:
        far = _far_from_above(row, cut_code(row.code, level) or "", above or {})
        if far is None:
            near.append(row)
        else:
            plan.faults.append(far)
    whole, plan.notes = joined_pieces(near, level)
    for row in whole:
        code = cut_code(row.code, level)
        parent = code[: AREA_CODE_LENGTH[PARENT_LEVEL[level]]] if code and level in PARENT_LEVEL else None
        wrong = _wrong_code(row, code, parent, level, parents, scope, seen) or has_ended(gone.get(code or ""))
        if code is None or wrong is not None:
            plan.faults.append(Fault(row.line, "code", row.code, wrong or ""))
            continue
        seen[code] = row.line
        before = known.get(code)
        name = _listed_name(plan, row, before)
        _place(plan, before, StoredArea(code, level, name, parent, None, row.geom))
    return plan


def _wrong_code(
    row: AreaRow,
    code: str | None,
    parent: str | None,
    level: str,
    parents: set[str],
    scope: AreaScope,
    seen: Mapping[str, int],
) -> str | None:
    """Why a row's code cannot be used; None when it can."""
    label = AREA_LEVEL.label(level)
    if code is None:
        return f"{label}代码应为不少于 {AREA_CODE_LENGTH[level]} 位的数字；没有统一代码的数据请加 --under 由系统编号。"
    if parent is not None and not code[len(parent) :].strip("0"):
        return f"{row.code} 是上级区划的代码，不是{label}代码，未装入。"
    if code in seen:
        return f"代码与第 {seen[code]} 行重复，只采用第一次出现的。"
    if not scope.covers(code):
        return f"区划 {code} 不在您的管辖范围（{scope.prefix}）内。"
    if parent is not None and parent not in parents:
        return f"上级区划 {parent} 尚未装入，请先装入{AREA_LEVEL.label(PARENT_LEVEL[level])}。"
    if parent is not None and row.parent is not None and cut_code(row.parent, PARENT_LEVEL[level]) != parent:
        return f"代码的前几位是 {parent}，所填的上级却是 {row.parent}；请改正其中之一。"
    return None


def _far_from_above(row: AreaRow, code: str, above: Mapping[str, StoredArea]) -> Fault | None:
    """An outline far from that of its township or county was drawn in another reference system, such as the next 3-degree zone.

    ``code`` may be that of the division above already.
    """
    around = next(
        (area for width in (TOWNSHIP_DIGITS, COUNTY_DIGITS) if (area := above.get(code[:width])) and area.geom), None
    )
    if row.geom is None or around is None or around.geom is None:
        return None
    far = length_m(shapely.shortest_line(row.geom, around.geom)) / 1000
    if far < FAR_KM:
        return None
    sentence = f"边界离{around.name}的边界约 {far:,.0f} 公里，坐标系可能不对（如 3 度带号选错，命令行 --crs），未装入。"
    return Fault(row.line, None, row.code or row.name, sentence)


def _listed_name(plan: Plan, row: AreaRow, before: StoredArea | None) -> str:
    """Names are those of a list: an outline renames no division, and one under another name may bear a neighbour's code."""
    if before is None or row.geom is None or not row.name or _is_number(before):
        return row.name
    if match_key(row.name, before.level) != match_key(before.name, before.level):
        sentence = (
            f"边界已装入 {before.code} {before.name}，边界文件中的名称却是“{row.name}”，名称没有改动；"
            "请核对代码与名称是否对应，确已更名的请装入新的名单（CSV）。"
        )
        plan.notes.append(Fault(row.line, None, row.code, sentence))
    return before.name


def _is_number(area: StoredArea) -> bool:
    """Whether a code stands in for a name that no list has brought yet."""
    return area.name in (area.code, area.source_code)


def has_ended(area: EndedArea | None) -> str | None:
    """Why a row of an abolished division is not loaded, None for a present one: a list of last year brings none back."""
    if area is None:
        return None
    how = f"确需恢复请运行 geo-housing areas reopen {area.code}。"
    if area.successor_name is None:
        return f"区划 {area.code} {area.name} 已于 {area.ended_on} 撤销，未装入；{how}"
    return f"区划 {area.code} {area.name} 已于 {area.ended_on} 并入{area.successor_name}（{area.successor}），未装入；{how}"


def plan_unnumbered(
    rows: Iterable[AreaRow],
    level: str,
    stored: Sequence[StoredArea],
    parent_of: Mapping[int, str],
    *,
    by_code: bool,
    ended: Sequence[EndedArea] = (),
    above: Mapping[str, StoredArea] | None = None,
) -> Plan:
    """Plan for rows without hierarchical codes: numbered under ``parent_of[line]`` and recognised again.

    Known by source code under the same parent when ``by_code``, else by name under the same parent (names.py says
    which names are one); a kept number never changes (D10).
    """
    plan = Plan()
    width = AREA_CODE_LENGTH[PARENT_LEVEL[level]] if level in PARENT_LEVEL else UNDER_LENGTHS[level][0]
    coded = {(area.code[:width], area.source_code): area for area in stored if area.source_code}
    named = {(area.code[:width], match_key(area.name, level)): area for area in stored}
    gone = {(area.code[:width], "name", match_key(area.name, level)): area for area in ended}
    gone |= {(area.code[:width], "code", area.source_code): area for area in ended if area.source_code}
    # A number that was given out stays used up.
    taken = {area.code for area in stored} | {area.code for area in ended}
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        parent = parent_of.get(row.line)
        name = match_key(row.name, level)
        identity = ("code", row.code) if row.code and (by_code or not row.name) else ("name", name)
        wrong = _wrong_identity(parent, identity, seen)
        if parent is None or wrong is not None:
            plan.faults.append(Fault(row.line, None, row.name or row.code or None, wrong or ""))
            continue
        if far := _far_from_above(row, parent, above or {}):
            plan.faults.append(far)
            continue
        seen[(parent, *identity)] = row.line
        before = coded.get((parent, row.code)) if identity[0] == "code" else named.get((parent, name))
        if before is None and identity[0] == "code":
            # Known by name from an earlier list that had no codes: it gets its source code now.
            listed = named.get((parent, name))
            before = listed if listed is not None and listed.source_code is None else None
        if before is None and (past := has_ended(gone.get((parent, *identity)))):
            plan.faults.append(Fault(row.line, None, row.name or row.code or None, past))
            continue
        code = before.code if before else _next_code(parent, level, taken)
        taken.add(code)
        parent_code = parent if level in PARENT_LEVEL else None
        # 某村 and 某村委会 are one unit: the stored name stays, a list with codes may change it.
        kept = before.name if before and match_key(before.name, level) == name else row.name
        if before is not None and row.name and kept != before.name and not _is_number(before):
            note = f"{before.code} 的名称已由“{before.name}”改为“{row.name}”。"
            plan.notes.append(Fault(row.line, None, row.code or row.name, note))
        _place(plan, before, StoredArea(code, level, kept, parent_code, row.code or None, row.geom))
    return plan


def _wrong_identity(
    parent: str | None, identity: tuple[str, str], seen: Mapping[tuple[str, str, str], int]
) -> str | None:
    """Why a row cannot be numbered; None when it can."""
    if parent is None:
        return "代表点不在任何已装入的上级区划内，无法编号；请用 --under 指明上级。"
    if not identity[1]:
        return "没有代码也没有名称，无法识别，请补上。"
    first = seen.get((parent, *identity))
    return f"与第 {first} 行在同一上级下重复，只采用第一次出现的。" if first is not None else None


def _next_code(parent: str, level: str, taken: set[str]) -> str:
    width = AREA_CODE_LENGTH[level] - len(parent)
    for number in range(1, 10**width):
        code = f"{parent}{number:0{width}d}"
        if code not in taken:
            return code
    raise BadInput(f"{parent} 下的编号已用完（最多 {10**width - 1} 个）。")


def _place(plan: Plan, before: StoredArea | None, after: StoredArea) -> None:
    if before is None:
        # A layer without names: the code stands in until a list brings the name.
        plan.create.append(after if after.name else replace(after, name=after.source_code or after.code))
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
