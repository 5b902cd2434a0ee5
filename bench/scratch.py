"""A private cluster of the benchmark's own, configured as the product configures its own, removed afterwards."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from geo_housing import cluster_files, local_cluster
from geo_housing.accounts.permissions import CLI_PERMISSIONS
from geo_housing.areas.demo import demo_areas, write_files
from geo_housing.areas.demo.county import DIVISIONS
from geo_housing.areas.service import LoadOptions, load_areas
from geo_housing.db import SERVICE_LOGIN, Actor, Database
from geo_housing.local_cluster import SUPERUSER, ClusterAddress
from geo_housing.migrations.runner import migrate
from geo_housing.reactions import connect_reactions
from geo_housing.scope import AreaScope
from geo_housing.service_user import owner_of
from geo_housing.settings import Settings, read_settings

TEMPLATE = "bench_template"
COUNTY = "152224"
TOWNSHIP = "152224100"


def actor(area: str = "") -> Actor:
    """Who measures, with every right within ``area``."""
    return Actor(name="cli:bench", scope=AreaScope(area), permissions=CLI_PERMISSIONS, source="cli")


@dataclass(frozen=True)
class Scratch:
    """The running cluster and a folder for files that its programs and ours may read."""

    settings: Settings
    address: ClusterAddress
    folder: Path

    def create(self, name: str, template: str = TEMPLATE) -> Database:
        """A fresh database through the service's login."""
        with self.connect("postgres") as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return Database(self.address.url(SERVICE_LOGIN, name))

    def connect(self, name: str) -> "psycopg.Connection[tuple[object, ...]]":
        """The bootstrap superuser's way in, for the peers."""
        return psycopg.connect(
            host=str(self.address.socket_dir), port=self.address.port, user=SUPERUSER, dbname=name, autocommit=True
        )

    def run(self, command: list[str], name: str) -> str:
        """A peer's program with its connection to database ``name``; its standard output."""
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", **self.address.environment(SUPERUSER, name)}
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


@contextmanager
def scratch_cluster() -> Iterator[Scratch]:
    """A cluster with a template database that holds the demo county's divisions."""
    top = Path(tempfile.mkdtemp(prefix="gh-bench-", dir="/var/tmp"))
    top.chmod(0o755)
    (top / "home").mkdir()
    settings = read_settings({"GEO_HOUSING_HOME": str(top / "home")})
    try:
        address = local_cluster.ensure_running(settings)
        found = Scratch(settings, address, top)
        _make_template(found)
        yield found
    finally:
        local_cluster.stop(settings)
        shutil.rmtree(cluster_files.socket_folder(settings, owner_of(settings)), ignore_errors=True)
        shutil.rmtree(top)


def _make_template(scratch: Scratch) -> None:
    connect_reactions()
    with scratch.connect("postgres") as connection:
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    migrate(scratch.address.url(SUPERUSER, TEMPLATE))
    county, townships, villages = write_files(demo_areas(), scratch.folder / "areas")
    database = Database(scratch.address.url(SERVICE_LOGIN, TEMPLATE))
    try:
        with database.transaction(actor()) as session:
            for level, outlines in (("county", county), ("township", townships), ("village", villages)):
                load_areas(session, actor(), DIVISIONS, LoadOptions(level=level))
                load_areas(session, actor(), outlines, LoadOptions(level=level))
    finally:
        database.close()
