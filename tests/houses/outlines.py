"""Other outlines for two villages of the toy county."""

import json
from pathlib import Path

from sqlalchemy.orm import Session

from geo_housing.areas.service import LoadOptions, load_areas
from geo_housing.reactions import connect_reactions
from tests.fixtures.toy import ToyDatabase

WEST_ONE, WEST_TWO = "990001100201", "990001100202"


def load_villages(toy: ToyDatabase, folder: Path, border: float) -> int:
    """西一村 and 西二村 with another border between them (0.01 is where it was); houses that changed their village."""
    with toy.transaction() as session:
        return villages_in(session, toy, folder, border)


def villages_in(session: Session, toy: ToyDatabase, folder: Path, border: float) -> int:
    """The same within a transaction that stays open."""
    connect_reactions()
    squares = ((WEST_ONE, "西一村村委会", 120.0, 120 + border), (WEST_TWO, "西二村村委会", 120 + border, 120.02))
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name, "parent_code": code[:9]},
            "geometry": {"type": "Polygon", "coordinates": [[[w, 45], [e, 45], [e, 45.01], [w, 45.01], [w, 45]]]},
        }
        for code, name, w, e in squares
    ]
    path = folder / "villages.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return load_areas(session, toy.actor(), path, LoadOptions(level="village")).replaced_houses
