"""Zones over the toy county: squares well inside their villages, so that no neighbour is touched."""

import json
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.response.zones.loading import Given, Loaded, load_drawing
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import village_box

INSET = 0.0005


def geometry(villages: Iterable[str]) -> dict[str, object]:
    """A FeatureCollection with one inset square for each village."""
    features = []
    for name in sorted(villages):
        west, south, east, north = village_box(name)
        west, south, east, north = west + INSET, south + INSET, east - INSET, north - INSET
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        features.append({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}})
    return {"type": "FeatureCollection", "features": features}


def make_event(
    session: Session,
    actor: Actor,
    villages: Iterable[str],
    level: str = "ungraded",
    *,
    name: str = "试验过程",
    **said: str,
) -> int:
    """An event over these villages."""
    given = Given(name=name, kind="rainstorm", level=level, **said)  # type: ignore[arg-type] # names and words
    return load_drawing(session, actor, geometry(villages), given).zoned.event_id


def revise(session: Session, actor: Actor, event_id: int, villages: Iterable[str], level: str | None = None) -> Loaded:
    """Its zones anew."""
    return load_drawing(session, actor, geometry(villages), Given(event=event_id, level=level))


def begun_in_july(toy: ToyDatabase, event_id: int) -> int:
    """The same event, said to have begun long ago: what a test tells of a fixed day has happened since."""
    statement = (
        "UPDATE hazard_event SET starts_at = '2026-07-01', created_at = '2026-07-01',"
        " aftermath_at = aftermath_at - (created_at - TIMESTAMPTZ '2026-07-01') WHERE id = :event"
    )
    with toy.transaction() as session:
        session.execute(text(statement), {"event": event_id})
    return event_id


def everybody_moved(session: Session, event_id: int) -> None:
    """Whoever is on the list is with kin: nobody waits any more, however they came there."""
    moved = "UPDATE evacuation SET state = 'moved_to_kin', begun_at = now(), moved_at = now() WHERE event_id = :event AND state = 'pending'"
    session.execute(text(moved), {"event": event_id})


def write_zone(path: Path, villages: Iterable[str]) -> Path:
    """The same as a file."""
    path.write_text(json.dumps(geometry(villages)), "utf-8")
    return path
