"""Zones of events and standing risk areas on the printed map: told apart without colour, named in the legend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shapely.geometry import shape
from sqlalchemy.orm import Session

from geo_housing.layers.catalogue import layer_named
from geo_housing.layers.filters import Filter
from geo_housing.maps.outlines import features
from geo_housing.paper_frame import Frame
from geo_housing.scope import AreaScope
from geo_housing.words import WARNING_LEVEL


@dataclass(frozen=True)
class PaperZone:
    """One outline; ``is_drill`` is drawn in strokes, as on the screen."""

    path: str
    level: str
    is_drill: bool


@dataclass(frozen=True)
class PaperEvent:
    """The zones of one event, and what the legend says of them."""

    name: str
    levels: str
    zones: tuple[PaperZone, ...]


@dataclass(frozen=True)
class Overlaid:
    """What is switched on beside houses; ``standing`` None: it is not, empty: there is none on this sheet."""

    events: tuple[PaperEvent, ...] = ()
    standing: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Wanted:
    """Which events' zones, and whether standing risk areas."""

    events: tuple[int, ...] = ()
    standing: bool = False


def overlaid(session: Session, scope: AreaScope, frame: Frame, wanted: Wanted) -> Overlaid:
    """What of them lies on the sheet of ``frame``."""
    found = tuple(one for event in wanted.events for one in _event(session, scope, frame, event))
    if not wanted.standing:
        return Overlaid(found)
    areas = features(session, layer_named("standing-areas"), Filter(), scope)
    paths = [frame.path(shape(one["geometry"])) for one in areas if _is_on(frame, one["geometry"])]
    return Overlaid(found, tuple(paths))


def _event(session: Session, scope: AreaScope, frame: Frame, event: int) -> Iterator[PaperEvent]:
    """Nothing of an event that nobody here may see, or that does not reach the sheet."""
    zones = [
        one
        for one in features(session, layer_named("zones"), Filter(event=event), scope)
        if _is_on(frame, one["geometry"])
    ]
    if not zones:
        return
    levels: Sequence[str] = [level for level in WARNING_LEVEL if any(_level(one) == level for one in zones)]
    yield PaperEvent(
        zones[0]["properties"]["event_name"],
        "、".join(WARNING_LEVEL.label(level) for level in levels if level != "ungraded"),
        tuple(
            PaperZone(frame.path(shape(one["geometry"])), _level(one), one["properties"]["mode"] == "drill")
            for one in zones
        ),
    )


def _level(zone: dict) -> str:  # type: ignore[type-arg] # a GeoJSON feature
    return str(zone["properties"]["level"] or "ungraded")


def _is_on(frame: Frame, geometry: dict) -> bool:  # type: ignore[type-arg] # GeoJSON
    west, south, east, north = shape(geometry).bounds
    (left, bottom), (right, top) = frame.place(west, south), frame.place(east, north)
    return right >= 0 and left <= frame.width and bottom >= 0 and top <= frame.height
