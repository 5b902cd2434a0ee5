"""最近30天: what has changed in one's area lately, each figure with the address of its rows."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from geo_housing.clock import BEIJING, today
from geo_housing.db import Actor
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.intake.models import ImportBatch
from geo_housing.houses.models import House
from geo_housing.inspections.models import EmergencyInspection
from geo_housing.scope import AreaScope

DAYS = 30


@dataclass(frozen=True)
class RecentChange:
    """One kind of change: how many, of what (栋, 次), where the rows are."""

    label: str
    count: int
    unit: str
    address: str


def first_day() -> date:
    """The day with which the last DAYS days begin."""
    return today() - timedelta(days=DAYS - 1)


def recent_changes(session: Session, actor: Actor) -> list[RecentChange]:
    """What has changed since ``first_day`` within the actor's area; drills are in no figure."""
    since = first_day()
    begin = datetime.combine(since, time(), BEIJING)
    scope = actor.scope
    inspection, event = EmergencyInspection, HazardEvent
    done = and_(inspection.state != "withdrawn", inspection.done_at >= begin, event.mode == "actual")

    def inspected(*more: ColumnElement[bool]) -> Select[int]:
        held = select(func.count()).select_from(inspection).join(event, event.id == inspection.event_id)
        return held.where(done, *_inside(inspection.scope_code, scope), *more)

    asked = {
        "graded": select(func.count())
        .select_from(House)
        .where(
            House.ended_on.is_(None),
            House.risk.in_(("C", "D")),
            House.graded_on >= since,
            *_inside(House.scope_code, scope),
        ),
        "events": select(func.count())
        .select_from(event)
        .where(
            event.mode == "actual",
            event.created_at >= begin,
            # The list shows those of the areas above, too.
            or_(and_(*_inside(event.scope_code, scope)), func.starts_with(scope.lo, event.scope_code)),
        ),
        "done": inspected(),
        "suspected": inspected(inspection.result == "suspected"),
        "collapsed": inspected(inspection.result == "collapsed"),
        "imports": select(func.count())
        .select_from(ImportBatch)
        .where(
            ImportBatch.finished_at >= begin, ImportBatch.undone_at.is_(None), *_inside(ImportBatch.scope_code, scope)
        ),
    }
    row = session.execute(select(*(part.scalar_subquery().label(name) for name, part in asked.items()))).one()
    of_inspections = {"mode": "actual", "since": since.isoformat()}
    changes = [
        RecentChange("新定为 C、D级", row.graded, "栋", _rows("/houses", **graded_since(since))),
        RecentChange("灾害事件", row.events, "", "/events"),
        RecentChange("完成应急排查", row.done, "栋", _rows("/inspections", state="done", **of_inspections)),
        RecentChange(
            "其中有损坏或疑似危险", row.suspected, "栋", _rows("/inspections", result="suspected", **of_inspections)
        ),
        RecentChange("其中倒塌", row.collapsed, "栋", _rows("/inspections", result="collapsed", **of_inspections)),
    ]
    if actor.may("houses.import"):
        changes.append(RecentChange("台账导入", row.imports, "次", "/imports"))
    return changes


def graded_since(since: date) -> dict[str, str]:
    """The filter of the list of houses for what was graded C or D from ``since`` on."""
    return {"risk": "C,D", "where": f"graded_on >= DATE('{since.isoformat()}')"}


def _inside(code: InstrumentedAttribute[str], scope: AreaScope) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return code >= scope.lo, code < scope.hi


def _rows(path: str, **asked: str) -> str:
    return f"{path}?{urlencode(asked)}"
