"""Runs the SQL files that migrations are made of."""

from pathlib import Path

from sqlalchemy import Connection

SQL = Path(__file__).parent / "sql"


def run_script(connection: Connection, name: str) -> None:
    """Run ``sql/<name>`` as it stands: through the driver, because a percent sign there is no placeholder."""
    driver = connection.connection.driver_connection
    assert driver is not None, "the connection is open"
    driver.execute((SQL / name).read_text("utf-8"))
