"""Brings a database to the newest schema: roles, extension, Alembic, row level security, queue.

Runs with an administrator's connection (in the private cluster its bootstrap superuser); everything is
made as ``gh_owner``, so that the service's roles own nothing.
"""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text

from geo_housing.migrations.revisions import refuse_newer
from geo_housing.migrations.scripts import run_script

HERE = Path(__file__).parent
# One migrator at a time, whatever process it runs in.
MIGRATION_LOCK = 7_201_152_224


@dataclass(frozen=True)
class Migrated:
    """Revision before and after; None before the first migration."""

    before: str | None
    after: str


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without an ini file; ``connection`` is handed to env.py."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def migrate(admin_url: str) -> Migrated:
    """Make roles and schema in the database of ``admin_url`` (whose role must be allowed to create roles)."""
    engine = create_engine(admin_url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as guard:
            guard.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
            run_script(guard, "roles.sql")
            guard.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
            # Before version 15 everybody may; whoever makes a function there could be called instead of ours.
            guard.execute(text("REVOKE CREATE ON SCHEMA public FROM PUBLIC"))
            guard.execute(text("GRANT CREATE, USAGE ON SCHEMA public TO gh_owner"))
            _let_owner_create_schemas(guard)
            before = _revision(guard)
            refuse_newer(before)
            with engine.execution_options(isolation_level="READ COMMITTED").connect() as connection:
                with connection.begin():
                    connection.execute(text("SET LOCAL ROLE gh_owner"))
                    connection.execute(text("SET LOCAL lock_timeout = '10s'"))
                    command.upgrade(alembic_config(connection), "head")
            after = _revision(guard)
            assert after is not None, "an upgrade leaves a revision"
            return Migrated(before, after)
    finally:
        engine.dispose()


def _let_owner_create_schemas(connection: Connection) -> None:
    database = connection.execute(text("SELECT quote_ident(current_database())")).scalar_one()
    connection.exec_driver_sql(f"GRANT CREATE, TEMPORARY ON DATABASE {database} TO gh_owner")
    connection.exec_driver_sql(f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO gh_app, gh_service, gh_backup")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
