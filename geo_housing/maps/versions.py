"""Which state of the data a tile shows: its ETag. Read before the tile itself, so that it is never newer than that."""

import hashlib
import json

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo_housing import __version__
from geo_housing.clock import now
from geo_housing.db import Actor
from geo_housing.layers.filters import Filter, described
from geo_housing.maps.models import LayerChange

# What each layer is made of.
SOURCES: dict[str, tuple[str, ...]] = {
    "houses": ("houses", "areas", "zones"),
    "villages": ("areas",),
    "townships": ("areas",),
    "zones": ("zones", "areas"),
    "standing-areas": ("zones", "areas"),
    "emergency-inspections": ("inspections", "houses", "areas", "zones"),
    "village-statistics": ("houses", "areas"),
}
# "Overdue" begins by itself, and so does a new value of the least number of houses.
TIMED = frozenset({"emergency-inspections", "village-statistics"})


def data_version(session: Session, layer: str) -> str:
    """Changes whenever something is committed that ``layer`` shows, to whomever."""
    change = LayerChange
    row = session.execute(
        select(func.count(), func.coalesce(func.max(change.id), 0), func.coalesce(func.sum(change.id), 0)).where(
            change.layer.in_(SOURCES[layer])
        )
    ).one()
    return f"{row[0]}.{row[1]}.{row[2]}"


def tile_etag(session: Session, actor: Actor, layer: str, wanted: Filter, place: str) -> str:
    """The ETag of one tile: who sees it (by area), what was asked, and the version of the data."""
    minute = now().strftime("%Y%m%d%H%M") if layer in TIMED else None
    parts = [__version__, actor.scope.prefix, layer, place, described(wanted), data_version(session, layer), minute]
    text = json.dumps(parts, ensure_ascii=False, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:24]}"'


def matches(given: str | None, etag: str) -> bool:
    """Whether the browser's If-None-Match names ``etag``."""
    if not given:
        return False
    return given.strip() == "*" or etag in (part.strip().removeprefix("W/") for part in given.split(","))
