"""An empty database of one's own with the divisions that a test loads into it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text

from geo_housing.accounts.permissions import CLI_PERMISSIONS
from geo_housing.areas.queries import StoredArea, stored_areas
from geo_housing.areas.service import Loaded, LoadOptions, load_areas
from geo_housing.db import Actor, Database
from geo_housing.reactions import connect_reactions
from geo_housing.scope import AreaScope
from tests.fixtures.cluster import TestDatabase


class Desk:
    """Writes files into a folder and loads them, one transaction each."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.actor = self.actor_of("")

    def actor_of(self, area: str) -> Actor:
        return Actor(name="cli:tests", scope=AreaScope(area), permissions=CLI_PERMISSIONS, source="cli")

    def load(self, path: Path, level: str, *, area: str = "", **options: str) -> Loaded:
        actor = self.actor_of(area)
        with self.database.transaction(actor) as session:
            return load_areas(session, actor, path, LoadOptions(level=level, **options))

    def stored(self, level: str) -> dict[str, StoredArea]:
        with self.database.transaction(self.actor) as session:
            return {area.code: area for area in stored_areas(session, level)}

    def names(self, level: str) -> dict[str, str]:
        return {code: area.name for code, area in self.stored(level).items()}

    def csv(self, *rows: str, head: str = "code,name,level,parent_code", name: str = "list.csv") -> Path:
        path = self.folder / name
        path.write_text("\n".join((head, *rows)) + "\n", "utf-8")
        return path

    def geojson(
        self, *features: tuple[BaseGeometry | None, dict[str, Any]], crs: str | None = None, name: str = "areas.geojson"
    ) -> Path:
        content: dict[str, Any] = {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": None if geom is None else json.loads(shapely.to_geojson(geom)),
                }
                for geom, properties in features
            ],
        }
        if crs is not None:
            content["crs"] = {"type": "name", "properties": {"name": crs}}
        path = self.folder / name
        path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        return path

    def sql(self, statement: str, **values: Any) -> list[Any]:
        with self.database.transaction(self.actor) as session:
            found = session.execute(text(statement), values)
            return list(found) if found.returns_rows else []


@pytest.fixture
def desk(fresh_database: TestDatabase, tmp_path: Path) -> Iterator[Desk]:
    """A migrated database without divisions."""
    connect_reactions()
    database = Database(fresh_database.service_url, pool_size=2, stream_pool_size=1)
    yield Desk(database, tmp_path)
    database.close()


@pytest.fixture
def listed(desk: Desk) -> Desk:
    """The same with one county, two townships and five villages, known by name only."""
    path = desk.csv(
        "990002,测试县,county,",
        "990002100,东风镇,township,990002",
        "990002200,西岭乡,township,990002",
        "990002100001,河口居委会,village,990002100",
        "990002100201,河口村委会,village,990002100",
        "990002100202,山前村委会,village,990002100",
        "990002200201,柳林村委会,village,990002200",
        "990002200202,榆树村委会,village,990002200",
    )
    for level in ("county", "township", "village"):
        desk.load(path, level)
    return desk
