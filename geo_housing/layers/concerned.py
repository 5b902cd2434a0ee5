"""Houses that an event concerns, as 影响分析 counts them, as a condition: its figures open exactly these rows.

The analysis itself is one statement in SQL (hazards/overlay.py); a test compares the two.
"""

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    union_all,
)

from geo_housing.layers.spatial import houses_in_zones
from geo_housing.layers.tables import HOUSE, ZONE, ZONE_AREA

# Made once: an alias copies every column of its table when it is first asked for one.
_HOUSE, _CHOSEN, _ABOVE = HOUSE.alias("chosen_house"), ZONE_AREA.alias("chosen"), ZONE_AREA.alias("above")
_TOUCHED = ZONE_AREA.alias("touched")


def house_concerned(event: int) -> ColumnElement[bool]:
    """栋 inside the zones: by their point, or as houses of a division that was chosen by code."""
    found: CompoundSelect[int] = union_all(houses_in_zones([ZONE.c.event_id == event]), _of_chosen_divisions(event))
    return HOUSE.c.id.in_(found)


def house_uncertain(event: int) -> ColumnElement[bool]:
    """Further 栋 with no or a disputed point, declared in a division that the zones touch."""
    return and_(
        HOUSE.c.location_state != "located",
        _declared(HOUSE).in_(_touched(event)),
        HOUSE.c.id.not_in(houses_in_zones([ZONE.c.event_id == event])),
    )


def _of_chosen_divisions(event: int) -> Select[int]:
    house, chosen, above = _HOUSE, _CHOSEN, _ABOVE
    lies_in_another = exists().where(
        above.c.zone_id == chosen.c.zone_id,
        above.c.whole,
        above.c.area_code != chosen.c.area_code,
        func.starts_with(chosen.c.area_code, above.c.area_code),
    )
    return (
        select(house.c.id)
        .join_from(chosen, ZONE, ZONE.c.id == chosen.c.zone_id)
        .join(
            house,
            and_(house.c.scope_code >= chosen.c.area_code, house.c.scope_code < chosen.c.area_code.concat(":")),
        )
        .where(ZONE.c.event_id == event, chosen.c.whole, ~lies_in_another, house.c.ended_on.is_(None))
        # Whoever is uncertain is counted there, and nowhere twice.
        .where(or_(house.c.location_state == "located", _declared(house).in_(_touched(event)).is_not(True)))
    )


def _touched(event: int) -> Select[str]:
    return select(_TOUCHED.c.area_code).join(ZONE, ZONE.c.id == _TOUCHED.c.zone_id).where(ZONE.c.event_id == event)


def _declared(house: FromClause) -> ColumnElement[str]:
    """Where a ledger says the house stands. Who has a point but no declaration is looked for at their point only."""
    return func.coalesce(house.c.declared_code, case((house.c.tile_key.is_(None), house.c.scope_code)))
