"""What files about one event are called: a drill says so before anything else."""

from datetime import datetime

from geo_housing.clock import BEIJING
from geo_housing.hazards.models import HazardEvent


def event_file(title: str, event: HazardEvent, at: datetime, ending: str = "xlsx") -> str:
    """演练-分村应急排查名单-7-20260712-0600.xlsx, in the county's time."""
    drill = "演练-" if event.mode == "drill" else ""
    return f"{drill}{title}-{event.id}-{at.astimezone(BEIJING):%Y%m%d-%H%M}.{ending}"
