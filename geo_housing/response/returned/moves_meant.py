"""Which rows of the moving list the rows of a returned workbook mean."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

from geo_housing.db import Actor
from geo_housing.errors import Fault
from geo_housing.evacuation.models import Evacuation
from geo_housing.evacuation.queries import within
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.models import House, Household
from geo_housing.people_names import name_key
from geo_housing.response.returned.families import is_called
from geo_housing.response.returned.moves_reading import SentMove
from geo_housing.response.returned.sheets import Mark, fault

NOT_LISTED = "这户不在这个事件的转移名单上，或不在您的管辖范围内；在名单上用别的姓名的，请在核对页选择是哪一户；确需转移的请在“转移避险”页按“表外新增”登记"

CALLED_OFF = "这户不在名单上，事件已作误发撤销，不再加户；电话报数里有、还没有录姓名的，请在“转移避险”页“补录姓名”登记"


def not_listed(event: HazardEvent) -> str:
    """What is said of a household that is not on the list: where it is entered."""
    return CALLED_OFF if event.phase == "mistaken" else NOT_LISTED


@dataclass(frozen=True)
class ListedMove:
    """A row of the list as it stands, with the names by which a workbook may mean it."""

    row: Evacuation
    house_code: str | None
    head: str
    # 人 as the register says, None where nobody knows.
    registered: int | None = None


# A row of the list, the row of the workbook that means it, and its mark where that still holds.
Meant = tuple[ListedMove, SentMove, Mark | None]


def rows_meant(
    session: Session, actor: Actor, event: HazardEvent, rows: Sequence[SentMove], faults: list[Fault]
) -> tuple[list[Meant], list[Meant]]:
    """Which row of the list each one means, and those that mean one taken off it, as it stood then."""
    ids = [number for row in rows if (number := row.row_id) is not None]
    joined = _joined_into(session, {row.house_code for row in rows if row.house_code})
    codes = [joined.get(row.house_code, row.house_code) for row in rows if row.house_code]
    wanted = or_(Evacuation.id.in_(ids), and_(Evacuation.withdrawn_at.is_(None), House.code.in_(codes)))
    found = session.execute(
        select(Evacuation, House.code, Household.head, Household.persons)
        .outerjoin(House, House.id == Evacuation.house_id)
        .outerjoin(Household, Household.id == Evacuation.household_id)
        .where(Evacuation.event_id == event.id, within(actor.scope), wanted)
        .execution_options(populate_existing=True)
    )
    by_id: dict[int, ListedMove] = {}
    by_name: dict[tuple[str | None, str], list[ListedMove]] = defaultdict(list)
    for row, code, head, persons in found:
        by_id[row.id] = listed = ListedMove(row, code, head or row.named or "", persons or None)
        if row.withdrawn_at is None:
            by_name[code, name_key(listed.head)].append(listed)
    # A house registered twice has two rows in the workbook: what either says is weighed against the one that stands.
    meant: list[Meant] = []
    off: list[Meant] = []
    taken: set[int] = set()
    for sent in rows:
        one = by_id.get(sent.row_id) if sent.row_id is not None else None
        if one is not None and sent.picked is None and sent.head and not is_called(sent.head, (one.head,)):
            faults.append(
                fault(
                    sent.line,
                    "户主",
                    sent.called,
                    f"名单上这一行是“{one.head or '未登记农户'}”；不在名单上的户请按“表外新增”登记",
                )
            )
            continue
        mark = sent.mark
        if one is None or one.row.withdrawn_at is not None:
            # Off the list, and back on it under a new row, or the hidden column was lost.
            called_so = by_name.get((joined.get(sent.house_code, sent.house_code) or None, name_key(sent.head)), [])
            if one is not None and not called_so and one.row.id not in taken:
                taken.add(one.row.id)
                off.append((one, sent, mark))
                continue
            one, mark = (called_so[0] if len(called_so) == 1 else None), None
        if one is None:
            faults.append(fault(sent.line, "户主", sent.called, not_listed(event)))
        elif one.row.id in taken and sent.house_code not in joined:
            faults.append(fault(sent.line, "户主", sent.called, "与前面一行是同一户，只采用前一行"))
        else:
            taken.add(one.row.id)
            meant.append((one, sent, mark))
    return meant, off


def _joined_into(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Of codes that were a second registration of a house: the code of the house that is kept."""
    kept = aliased(House)
    found = session.execute(
        select(House.code, kept.code).join(kept, kept.id == House.duplicate_of).where(House.code.in_(codes))
    )
    return {row[0]: row[1] for row in found}
