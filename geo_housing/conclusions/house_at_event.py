"""One house with its inspection of one event, for the form in which a technician concludes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.errors import NotFound
from geo_housing.houses.living import UNSIZED_SQL, stale_before
from geo_housing.scope import AreaScope


@dataclass(frozen=True)
class HouseAtEvent:
    """A house in one's area with its inspection of the event, as the form shows it."""

    house_id: int
    house_code: str
    scope_code: str
    settlement: str | None
    structure: str | None
    built_year: int | None
    storeys: int | None
    risk: str
    people: int
    households_without_size: int
    inspection_id: int
    state: str
    result: str | None
    damage: str | None
    findings: str | None
    visitor: str | None
    visited_at: datetime | None
    lon: float | None
    lat: float | None


# The house that stands for one registered twice, however often that was found.
_KEPT = text("""
    WITH RECURSIVE same (id) AS (
        SELECT duplicate_of FROM house WHERE code = :code AND scope_code >= :lo AND scope_code < :hi
        UNION
        SELECT h.duplicate_of FROM same s JOIN house h ON h.id = s.id
    )
    SELECT h.code FROM same s JOIN house h ON h.id = s.id WHERE h.duplicate_of IS NULL
""")


def house_at_event(session: Session, event_id: int, house_code: str, scope: AreaScope) -> HouseAtEvent:
    """NotFound outside the scope, or where the event gave no task for the house."""
    asked = {"code": house_code, "lo": scope.lo, "hi": scope.hi}
    row = session.execute(
        text(f"""
            SELECT h.id AS house_id, h.code AS house_code, i.scope_code, h.settlement, h.structure, h.built_year,
                h.storeys, h.risk, h.people, {UNSIZED_SQL} AS households_without_size, i.id AS inspection_id, i.state, i.result,
                i.damage, i.findings, i.visitor, i.visited_at, ST_X(h.geom) AS lon, ST_Y(h.geom) AS lat
            FROM house h JOIN emergency_inspection i ON i.house_id = h.id AND i.event_id = :event
            WHERE h.code = :code AND i.state <> 'withdrawn' AND i.scope_code >= :lo AND i.scope_code < :hi
        """),
        {"event": event_id, "stale_before": stale_before(session, scope), **asked},
    ).one_or_none()
    if row is None:
        kept = session.scalar(_KEPT, asked)
        if kept is not None:
            raise NotFound(f"{house_code} 是重复登记，已并入 {kept}，请打开 {kept} 查看、填写。")
        raise NotFound("这个事件没有这栋农房的排查任务，或不在您的管辖范围内。")
    return HouseAtEvent(**row._mapping)
