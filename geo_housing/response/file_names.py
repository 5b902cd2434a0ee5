"""What files about one event are called: a drill says so before anything else, and each division's file has its name."""

from datetime import datetime

from geo_housing.accounts.access import Access
from geo_housing.area_codes import is_village, township_of
from geo_housing.areas.queries import names_of
from geo_housing.clock import BEIJING
from geo_housing.hazards.models import HazardEvent


def event_file(access: Access, title: str, event: HazardEvent, at: datetime, area: str | None) -> str:
    """演练-分村应急排查名单-宝石镇某某村-7-20260712-0600.xlsx, in the county's time; nineteen villages are nineteen names."""
    drill = "演练-" if event.mode == "drill" else ""
    place = _place(access, access.actor.scope.narrowed(area or None).prefix)
    parts = (f"{drill}{title}", *([place] if place else []), str(event.id), f"{at.astimezone(BEIJING):%Y%m%d-%H%M}")
    return f"{'-'.join(parts)}.xlsx"


def _place(access: Access, area: str) -> str:
    """宝石镇某某村, 宝石镇, 某县, without signs that a disk does not take; a village has its township before it."""
    codes = [township_of(area), area] if is_village(area) else [area]
    names = names_of(access.session, codes)
    return "".join(char for code in codes for char in names.get(code, "") if char.isalnum())
