"""One timeline of a house out of all rooms, newest first: each happening with who, when and proof. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from geo_housing.clock import BEIJING
from geo_housing.desk.queries import InspectionSeen
from geo_housing.houses.models import GradeRecord
from geo_housing.houses.register.facts import (
    CATEGORY_FIELDS,
    FAMILY_FIELDS,
    HOUSE_FACTS,
    HOUSEHOLD_FACTS,
    shown,
)
from geo_housing.houses.register.queries import ImportSeen, JournalSeen
from geo_housing.journal.people import person
from geo_housing.journal.wording import action_label, field_label, field_value
from geo_housing.words import (
    CHECK_RESULT,
    DAMAGE_CLASS,
    FINDING_ITEM,
    GRADE,
    GRADE_BASIS,
    INSPECTION_STATE,
    REPORTED_HOW,
    SIGNED_BASES,
)

# Acts that are called otherwise beside the house itself than in the journal.
ACTS: dict[str, str] = {
    "houses.end": "终止登记",
    "houses.resume": "恢复登记",
    "houses.locate": "修正位置",
    "houses.confirm_location": "核对位置：点位正确",
    "houses.propose_location": "提请移到别的乡镇，待上级处理",
    "households.leave": "登记搬离",
    "links.reveal": "经村级链接查看联系电话",
}
# Who has looked at somebody's data: not everybody's to know.
LOOKS = ("households.reveal", "households.find", "links.reveal")
# Where a family lives that may not live at home, and what else was written of it.
OF_FAMILIES = FAMILY_FIELDS | {"living_now", "settled_how", "note"}
DECISIONS = {"take": "采用台账", "dismiss": "维持现有"}


@dataclass(frozen=True)
class Seen:
    """What this person may see of a family's data and of who looked at it."""

    families: bool
    categories: bool
    reveals: bool


@dataclass(frozen=True)
class Change:
    """One field of a change."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Happening:
    """One line of the timeline; ``at`` sorts it, ``is_day`` when only the day is known."""

    at: datetime
    is_day: bool
    kind: str
    title: str
    who: str | None = None
    lines: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    proof: str | None = None
    address: str | None = None
    late: bool = False
    grade: str | None = None
    basis: str | None = None
    order: int = field(default=0, compare=False)


def timeline(
    *,
    grades: Sequence[GradeRecord],
    inspections: Sequence[InspectionSeen],
    journal: Sequence[JournalSeen],
    imports: Sequence[ImportSeen],
    seen: Seen,
    names: Mapping[str, str],
) -> list[Happening]:
    """Everything that happened to a house, newest first; ``names`` are the divisions that may be named."""
    found = [_grade(record) for record in grades]
    found += [_inspection(item, seen) for item in inspections]
    found += [_import(item) for item in imports]
    found += [_act(entry, seen, names) for entry in journal if _is_shown(entry, seen)]
    return sorted(found, key=lambda item: (item.at, item.order), reverse=True)


def codes_in(journal: Sequence[JournalSeen]) -> list[str]:
    """Division codes that the entries name."""
    return [code for entry in journal for code in (entry.diff or {}).get("area_code", ()) if code]


def _grade(record: GradeRecord) -> Happening:
    decided = record.decided_on
    at = datetime.combine(decided, time(), BEIJING) if decided else record.recorded_at
    signed = record.basis in SIGNED_BASES
    return Happening(
        at=at,
        is_day=decided is not None,
        kind="等级",
        title=f"{GRADE_BASIS.label(record.basis)}：{GRADE.label(record.grade)}",
        lines=() if signed else ("未经评定、鉴定签字",),
        proof=record.source,
        grade=record.grade,
        basis=record.basis,
        order=1,
    )


def _inspection(item: InspectionSeen, seen: Seen) -> Happening:
    row = item.row
    lines = []
    if row.result is not None:
        lines.append(f"结果：{CHECK_RESULT.label(row.result)}")
    if row.damage is not None:
        lines.append(f"损坏程度：{DAMAGE_CLASS.label(row.damage)}{_rooms(row)}")
    if row.finding_items:
        lines.append("损坏情况：" + "、".join(map(FINDING_ITEM.label, row.finding_items)))
    if row.findings and seen.families:
        lines.append(row.findings)
    # The due time follows from the family, too (inspections/priority.py).
    if row.state in ("prepared", "open", "in_progress") and row.due_at and seen.families:
        lines.append(f"应完成：{row.due_at.astimezone(BEIJING):%Y-%m-%d %H:%M}{'（逾期）' if item.is_overdue else ''}")
    who = row.visitor if seen.families else None
    if row.entered_by and seen.families:
        entered = row.entered_by.partition(":")[2] or row.entered_by
        who = f"{row.visitor}（{entered} 录入）" if row.visitor and row.visitor != entered else entered
        if row.reported_how is not None:
            lines.append(f"代录：{row.reported_by or ''} {REPORTED_HOW.label(row.reported_how)}报告")
    drill = "【演练】" if item.event_mode == "drill" else ""
    return Happening(
        at=row.done_at or row.visited_at or row.begun_at or row.withdrawn_at or row.opened_at,
        is_day=False,
        kind="应急排查",
        title=f"{drill}{item.event_name}：{INSPECTION_STATE.label(row.state)}",
        who=who,
        lines=tuple(lines),
        proof=f"照片 {item.photos} 张" if item.photos and seen.families else None,
        address=f"/inspections/{row.id}",
        late=item.is_overdue,
    )


def _rooms(row: Any) -> str:
    parts = [
        f"{label} {count} 间"
        for label, count in (("倒塌", row.rooms_collapsed), ("严重", row.rooms_severe), ("一般", row.rooms_slight))
        if count
    ]
    return f"（{'，'.join(parts)}）" if parts else ""


def _import(item: ImportSeen) -> Happening:
    what = "台账导入：新增登记" if item.is_first else "台账导入：更新"
    return Happening(
        at=item.at,
        is_day=False,
        kind="台账",
        title=what,
        who=person(item.actor),
        lines=("这次导入已撤销",) if item.undone_at else (),
        proof=f"{item.file_name}{f' 第 {item.line} 行' if item.line else ''}",
        address=f"/imports/{item.batch_id}",
    )


def _is_shown(entry: JournalSeen, seen: Seen) -> bool:
    if entry.action == "houses.taken_back":
        # The same act once more, told to the area that lost the house.
        return False
    return entry.action not in LOOKS or seen.reveals


def _act(entry: JournalSeen, seen: Seen, names: Mapping[str, str]) -> Happening:
    counts = entry.counts or {}
    lines = []
    if entry.action == "households.reveal":
        lines.append(HOUSEHOLD_FACTS[counts["field"]].label if counts.get("field") in HOUSEHOLD_FACTS else "")
    if entry.action == "houses.settle_difference":
        lines.append(DECISIONS.get(str(counts.get("decision")), ""))
    if entry.note:
        lines.append(f"说明：{entry.note}")
    changes = tuple(
        Change(_label(name), _value(name, pair[0], names), _value(name, pair[1], names))
        for name, pair in (entry.diff or {}).items()
        if isinstance(pair, list) and len(pair) == 2 and _may_see(name, seen)
    )
    return Happening(
        at=entry.at,
        is_day=False,
        kind="查看" if entry.action in LOOKS else "变更",
        title=ACTS.get(entry.action) or action_label(entry.action),
        who=person(entry.actor),
        lines=tuple(line for line in lines if line),
        changes=changes,
    )


def _may_see(name: str, seen: Seen) -> bool:
    if name in CATEGORY_FIELDS:
        return seen.categories
    return name not in OF_FAMILIES or seen.families


def _label(name: str) -> str:
    fact = HOUSE_FACTS.get(name) or HOUSEHOLD_FACTS.get(name)
    return fact.label if fact else field_label(name)


def _value(name: str, value: Any, names: Mapping[str, str]) -> str:
    if value is None:
        return "—"
    fact = HOUSE_FACTS.get(name) or HOUSEHOLD_FACTS.get(name)
    if fact is not None:
        return shown(fact, tuple(value) if isinstance(value, list) else value)
    if name == "area_code":
        return names.get(str(value), str(value))
    return field_value(name, value)
