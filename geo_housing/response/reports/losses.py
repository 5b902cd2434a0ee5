"""因灾倒塌损坏住房户台账: the ledger E of families whose house fell or was damaged, as the emergency bureau asks for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import is_village, township_of
from geo_housing.areas.queries import names_of
from geo_housing.conclusions.queries import STILL_HOLDS
from geo_housing.db import Actor
from geo_housing.errors import NotAllowed
from geo_housing.evacuation.states import state_said
from geo_housing.hazards.models import HazardEvent
from geo_housing.journal.service import Subject, record
from geo_housing.response.queries import kind_label
from geo_housing.response.reports.figures import LOSSES
from geo_housing.response.reports.homes import DAMAGE, FAMILIES
from geo_housing.scope import AreaScope
from geo_housing.sheets import FONT, HEADS_AT, TITLE_FONT, paper_sheet, workbook, write_heads
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS, EMERGENCY_CONCLUSION, UNSAFE_MEASURE

UNSTATED = "未填"
BY_ROOMS = "（按间数，程度待填）"
TITLE = "因灾倒塌损坏住房户台账"
HEADS = (
    ("序号", 6), ("灾害名称", 22), ("灾种", 8), ("日期", 12), ("乡镇", 14), ("村", 16), ("自然屯/组", 12), ("房屋编号", 18),
    ("户主", 12), ("人口（人）", 8), ("排查结果", 14), ("损坏程度", 10), ("倒塌（间）", 8), ("严重损坏（间）", 9), ("一般损坏（间）", 9),
    ("应急评估结论", 12), ("签署人", 10), ("转移人数（人）", 9), ("安置方式", 16), ("现居住地", 20), ("处置", 18),
)  # fmt: skip
# One line a family; a house of which no family is in the register is one line, too.
_ROWS = f"""
    SELECT i.scope_code, h.code, h.settlement, k.head, k.persons, i.result, {DAMAGE} AS damage, i.damage AS stated, i.rooms_collapsed, i.rooms_severe,
        i.rooms_slight, coalesce(i.visited_at, i.done_at, i.begun_at) AS seen_at, c.conclusion, c.signed_by,
        e.state AS move_state, e.people AS moved_people, e.shelter_id, s.name AS shelter, e.destination,
        u.living_now, u.measure, u.settled_how
    FROM emergency_inspection i
    JOIN house h ON h.id = i.house_id
    JOIN hazard_event v ON v.id = i.event_id
    LEFT JOIN LATERAL ({FAMILIES}) l ON true
    LEFT JOIN household k ON k.id = l.household_id
    LEFT JOIN LATERAL (
        SELECT c.* FROM emergency_conclusion c
        WHERE c.event_id = i.event_id AND c.house_id = i.house_id ORDER BY c.id DESC LIMIT 1
    ) c ON {STILL_HOLDS}
    LEFT JOIN evacuation e ON e.event_id = i.event_id AND e.house_id = i.house_id AND e.withdrawn_at IS NULL
        AND e.household_id IS NOT DISTINCT FROM k.id
    LEFT JOIN shelter s ON s.id = e.shelter_id
    LEFT JOIN unsafe_home u ON u.event_id = i.event_id AND u.house_id = i.house_id
    WHERE i.event_id = :event AND i.scope_code >= :lo AND i.scope_code < :hi AND i.state <> 'withdrawn'
      AND {DAMAGE} IN ('slight', 'severe', 'collapsed')
    ORDER BY i.scope_code, h.settlement NULLS LAST, h.code, k.id
"""


@dataclass(frozen=True)
class LossLedger:
    """The rows as cells in the order of HEADS, and what stands above them."""

    title: str
    subtitle: str
    rows: list[tuple[object, ...]]
    houses: int


def loss_ledger(session: Session, actor: Actor, event: HazardEvent, *, area: str | None = None) -> LossLedger:
    """The ledger of the actor's area; names people, so it needs the right to take such files out and is journalled."""
    if not actor.may("export.personal"):
        raise NotAllowed("台账含户主姓名，您没有导出含个人信息文件的权限。")
    scope = actor.scope.narrowed(area)
    found = session.execute(text(_ROWS), {"event": event.id, "lo": scope.lo, "hi": scope.hi}).all()
    names = names_of(session, {township_of(row.scope_code) for row in found} | {row.scope_code for row in found})
    rows = [(number, *_cells(event, names, row)) for number, row in enumerate(found, start=1)]
    houses = len({row.code for row in found})
    record(
        session,
        actor,
        "export.losses",
        Subject("event", str(event.id), _scope_of(scope, event)),
        counts={"rows": len(rows), "houses": houses},
    )
    drill = "【演练】" if event.mode == "drill" else ""
    return LossLedger(
        f"{drill}{event.name} {TITLE}",
        f"截至：{clock.on_paper(clock.now())}　{len(rows)}户（行）{houses}栋　同一栋房屋的间数在每户各列一次，汇总时按房屋编号计",
        rows,
        houses,
    )


def _scope_of(scope: AreaScope, event: HazardEvent) -> str:
    return scope.prefix if scope.prefix.startswith(event.scope_code) else event.scope_code


def _cells(event: HazardEvent, names: dict[str, str], row: object) -> Iterator[object]:
    of = row._mapping  # type: ignore[attr-defined] # a Row
    seen: datetime | None = of["seen_at"]
    code = of["scope_code"]
    moved = of["move_state"] if of["move_state"] in ("moved_to_shelter", "moved_to_kin", "away", "returned") else None
    where = "；".join(part for part in (of["shelter"], of["destination"]) if part)
    handled = [UNSAFE_MEASURE.label(of["measure"])] if of["measure"] else []
    if of["settled_how"]:
        handled.append(of["settled_how"])
    yield event.name
    yield kind_label(event)
    yield seen.astimezone(clock.BEIJING).date().isoformat() if seen else ""
    yield names.get(township_of(code), "")
    yield names.get(code, "") if is_village(code) else ""
    yield of["settlement"] or ""
    yield of["code"]
    yield of["head"] or ""
    yield of["persons"] if of["persons"] is not None else (UNSTATED if of["head"] else "")
    yield CHECK_RESULT.label(of["result"]) if of["result"] else UNSTATED
    yield DAMAGE_CLASS.label(of["damage"]) + ("" if of["stated"] else BY_ROOMS)
    for damage in LOSSES:
        # Of what it is lost by nobody has told the rooms yet: that is not none.
        yield of[f"rooms_{damage}"] or (UNSTATED if damage == of["damage"] else 0)
    yield EMERGENCY_CONCLUSION.label(of["conclusion"]) if of["conclusion"] else "待评估"
    yield of["signed_by"] or ""
    yield (of["moved_people"] if of["moved_people"] is not None else UNSTATED) if moved else 0
    yield (state_said(moved, of["shelter_id"], of["destination"]) + (f"（{where}）" if where else "")) if moved else ""
    yield of["living_now"] or ""
    yield "；".join(handled)


def write_losses(found: LossLedger, path: Path) -> None:
    """Write the .xlsx; texts are never taken for formulas or links."""
    with workbook(path) as book:
        book.set_properties({"title": found.title, "comments": found.subtitle})
        title = book.add_format(TITLE_FONT)
        plain = book.add_format(FONT)
        head = book.add_format(
            {**FONT, "bold": True, "align": "center", "border": 1, "text_wrap": True, "bg_color": "#F2F2F2"}
        )
        cell = book.add_format({**FONT, "border": 1, "text_wrap": True})
        sheet = paper_sheet(
            book, "台账", len(HEADS), title=(found.title, title), told=(found.subtitle, plain), is_narrow=False
        )
        write_heads(sheet, HEADS, head, at=HEADS_AT)
        for at, row in enumerate(found.rows, start=3):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(at, column, value, cell)
                else:
                    sheet.write_string(at, column, str(value), cell)
