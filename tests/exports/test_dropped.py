"""Files that are finished before they are sent: whoever hangs up meanwhile is worked for no longer, and holds no snapshot."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import xlsxwriter

from geo_housing.exports import reading, response, vector
from geo_housing.exports.formats import FORMATS
from geo_housing.exports.service import prepare
from geo_housing.layers.catalogue import LAYERS
from geo_housing.layers.filters import EVERYTHING
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY

FILES = sorted(ending for ending, form in FORMATS.items() if form.making == "file")
SNAPSHOTS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@pytest.fixture
def admin(toy: ToyDatabase) -> Iterator[psycopg.Connection]:
    """The same database past all policies."""
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def _snapshots(admin: psycopg.Connection) -> int:
    found = admin.execute(SNAPSHOTS).fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("ending", FILES)
def test_who_hangs_up_while_the_rows_are_read_gets_no_further_part(
    toy: ToyDatabase, admin: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(reading, "PART_ROWS", 1)
    with toy.transaction() as session:
        export = prepare(session, toy.actor(COUNTY), layer=LAYERS["houses"], format=FORMATS[ending], wanted=EVERYTHING)
    gone, noticed = asyncio.Event(), threading.Event()
    parts: list[int] = []
    read, stop = reading.Reading.parts, response._Pipe.stop

    def parts_until_gone(self: reading.Reading, *asked: Any) -> Iterator[Any]:
        # Between two parts no statement runs that could be cancelled.
        for part in read(self, *asked):
            parts.append(len(part))
            if len(parts) == 3:
                loop.call_soon_threadsafe(gone.set)
                assert noticed.wait(20)
            yield part

    def stopped(pipe: response._Pipe) -> None:
        stop(pipe)
        noticed.set()

    monkeypatch.setattr(reading.Reading, "parts", parts_until_gone)
    monkeypatch.setattr(response._Pipe, "stop", stopped)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, str]:
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def request() -> None:
        nonlocal loop
        loop = asyncio.get_running_loop()
        answer = response.ExportResponse(toy.database, export, tmp_path)
        await asyncio.wait_for(answer({"type": "http"}, receive, send), 30)

    loop: asyncio.AbstractEventLoop
    asyncio.run(request())
    assert len(parts) == 3, "nobody asked for the fourth"
    assert not sent
    assert _snapshots(admin) == 0
    assert list(tmp_path.iterdir()) == []
    stopped_exports = admin.execute("SELECT counts FROM journal_entry WHERE action = 'export.stopped'").fetchall()
    assert [counts["stopped_after_bytes"] for (counts,) in stopped_exports] == [0]


@pytest.mark.parametrize(
    ("ending", "place", "finishing"),
    [("xlsx", xlsxwriter.Workbook, "close"), ("zip", vector, "write_beside")],
)
def test_a_file_is_put_together_after_its_snapshot_has_ended(
    toy: ToyDatabase,
    admin: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    place: Any,
    finishing: str,
) -> None:
    """Whoever hangs up while a large file is packed would else hold it for as long."""
    client = toy.browser(toy.member("county", COUNTY))
    finish = getattr(place, finishing)
    held: list[int] = []

    def watched(*arguments: Any) -> Any:
        held.append(_snapshots(admin))
        return finish(*arguments)

    monkeypatch.setattr(place, finishing, watched)
    answer = client.get(f"/api/v1/houses.{ending}")
    assert answer.status_code == 200, answer.text
    assert held == [0]
