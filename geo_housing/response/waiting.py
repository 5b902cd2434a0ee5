"""无房户 of an event on its pages and papers: who waits for a home and lived in the zones, and must be asked after.

They stand beside the lists and in no figure of them: of a family whose house is gone nobody knows where it sleeps, so no rule
can say that it must be moved. Who is found in danger joins the list by a press (表外新增) under the family's own record.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.area_codes import is_village, township_of
from geo_housing.db import Actor
from geo_housing.evacuation.queries import households_listed
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.without_home import WaitingFamily, WithoutHome, without_home_of_event
from geo_housing.scope import AreaScope
from geo_housing.sheets import row_height
from geo_housing.words import TRAIT

SHEET = "无房户"
# What a sheet and a printed page ask; the last two columns are filled in by hand.
HEADS: tuple[tuple[str, float], ...] = (
    ("序号", 5), ("乡镇", 13), ("村", 18), ("户主", 9), ("联系电话", 14), ("人数", 6), ("避险特征", 16), ("原房屋编号", 20),
    ("自然屯/组", 12), ("自何时", 12), ("现住何处", 24), ("询问人、时间", 18),
)  # fmt: skip
NOTE = "原住房在影响范围内，房屋已不在或已搬离，现住处没有登记：不在应转和排查数里，请逐户问清现住何处，住帐篷、工棚、危房的加入转移名单。"


def concerned(session: Session, event: HazardEvent, scope: AreaScope) -> list[WaitingFamily]:
    """Those of the area whom the event's zones concern; after 误发撤销 nobody is asked for anything."""
    return [] if event.phase == "mistaken" else without_home_of_event(session, event.id, scope)


def to_ask_after(session: Session, event: HazardEvent, scope: AreaScope) -> list[WaitingFamily]:
    """Those of them who are not on the list of those to be moved."""
    found = concerned(session, event, scope)
    listed = households_listed(session, event.id, [family.household_id for family in found])
    return [family for family in found if family.household_id not in listed]


def summed(families: Sequence[WaitingFamily]) -> WithoutHome:
    """户, and the 人 of those who are counted."""
    return WithoutHome(
        len(families),
        sum(family.persons or 0 for family in families),
        sum(family.persons is None for family in families),
    )


def said(found: WithoutHome) -> str:
    """One line for a paper; empty where nobody waits."""
    if not found.households:
        return ""
    beside = f"（另{found.households_without_size}户未填人数）" if found.households_without_size else ""
    return f"另有无房户{found.households}户{found.people}人{beside}，不在以上数字里，见“{SHEET}”。"


def paper_rows(
    families: Sequence[WaitingFamily], actor: Actor, names: dict[str, str], phones: Mapping[int, str] | None = None
) -> list[tuple[int | str, ...]]:
    """The rows of a paper, as HEADS says; what tells of a family only for those who may see families.

    ``phones``: full numbers by household, on a list that somebody has pressed for.
    """
    full = phones or {}
    sees = actor.may("heads.view")
    return [
        (
            number,
            names.get(township_of(family.scope_code), ""),
            names.get(family.scope_code, family.scope_code) if is_village(family.scope_code) else "不在任何村内",
            (family.head or "未登记姓名") if sees else "",
            full.get(family.household_id, family.phone_masked or "") if sees else "",
            "" if not sees else "未填" if family.persons is None else family.persons,
            "、".join(TRAIT.label(trait) for trait in family.traits) if sees else "",
            family.house_code or "已划到别的辖区",
            family.settlement or "",
            "" if family.since is None else f"{family.since:%Y-%m-%d}",
            "",
            "",
        )
        for number, family in enumerate(families, start=1)
    ]


def write_rows(sheet: Any, rows: Sequence[tuple[int | str, ...]], *, note: Any, head: Any, cell: Any) -> None:
    """A sheet whose title and subtitle stand already: the note, the heads, the rows."""
    for column, (label, width) in enumerate(HEADS):
        sheet.set_column(column, column, width)
        sheet.write_string(3, column, label, head)
    sheet.merge_range(2, 0, 2, len(HEADS) - 1, NOTE, note)
    for at, row in enumerate(rows, start=4):
        sheet.set_row(at, row_height((value, width) for value, (_, width) in zip(row, HEADS, strict=True)))
        for column, value in enumerate(row):
            if isinstance(value, int):
                sheet.write_number(at, column, value, cell)
            else:
                sheet.write_string(at, column, value, cell)
