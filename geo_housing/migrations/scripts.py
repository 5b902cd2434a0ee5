"""Runs the SQL files that migrations are made of."""

from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection

SQL = Path(__file__).parent / "sql"


def run_script(connection: Connection, name: str) -> None:
    """Run ``sql/<name>`` as it stands: through the driver, because a percent sign there is no placeholder."""
    _run(connection, (SQL / name).read_text("utf-8"))


def make_queue(connection: Connection) -> None:
    """Make the queue's tables by its library's own schema, and note which version made them.

    A newer library brings a migration of ours that runs those of its sql/migrations that are newer than this note.
    """
    _run(connection, files("procrastinate").joinpath("sql", "schema.sql").read_text("utf-8"))
    connection.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS 'procrastinate {version('procrastinate')}'")


def _run(connection: Connection, script: str) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None, "the connection is open"
    driver.execute(script)
