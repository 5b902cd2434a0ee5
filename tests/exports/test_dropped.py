"""Files that are finished before they are sent: whoever hangs up meanwhile is worked for no longer, and holds no snapshot."""

import asyncio
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import xlsxwriter

from geo_housing.exports import reading, response, vector
from geo_housing.exports.finishing import packed
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


@dataclass
class Reader:
    """Who has asked for a file and hangs up when told to; ``hang_up`` returns once the service has noticed."""

    toy: ToyDatabase
    folder: Path
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    noticed: threading.Event = field(default_factory=threading.Event)
    sent: list[dict[str, Any]] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop | None = None

    def hang_up(self) -> None:
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self.gone.set)
        assert self.noticed.wait(20)

    def ask(self, ending: str) -> None:
        with self.toy.transaction() as session:
            layer, form = LAYERS["houses"], FORMATS[ending]
            export = prepare(session, self.toy.actor(COUNTY), layer=layer, format=form, wanted=EVERYTHING)

        async def receive() -> dict[str, str]:
            await self.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            self.sent.append(message)

        async def request() -> None:
            self.loop = asyncio.get_running_loop()
            answer = response.ExportResponse(self.toy.database, export, self.folder)
            await asyncio.wait_for(answer({"type": "http"}, receive, send), 30)

        asyncio.run(request())


@pytest.fixture
def reader(toy: ToyDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    found, stop = Reader(toy, tmp_path), response._Pipe.stop

    def stopped(pipe: response._Pipe) -> None:
        stop(pipe)
        found.noticed.set()

    monkeypatch.setattr(response._Pipe, "stop", stopped)
    return found


def _nothing_is_left(reader: Reader, admin: psycopg.Connection) -> bool:
    """Nothing sent, no snapshot, no file; and the journal knows that it was stopped."""
    stopped = admin.execute("SELECT counts FROM journal_entry WHERE action = 'export.stopped'").fetchall()
    assert [counts["stopped_after_bytes"] for (counts,) in stopped] == [0]
    return not reader.sent and _snapshots(admin) == 0 and list(reader.folder.iterdir()) == []


@pytest.mark.parametrize("ending", FILES)
def test_who_hangs_up_while_the_rows_are_read_gets_no_further_part(
    reader: Reader, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setattr(reading, "PART_ROWS", 1)
    parts: list[int] = []
    read = reading.Reading.parts

    def parts_until_gone(self: reading.Reading, *asked: Any) -> Iterator[Any]:
        # Between two parts no statement runs that could be cancelled.
        for part in read(self, *asked):
            parts.append(len(part))
            if len(parts) == 3:
                reader.hang_up()
            yield part

    monkeypatch.setattr(reading.Reading, "parts", parts_until_gone)
    reader.ask(ending)
    assert len(parts) == 3, "nobody asked for the fourth"
    assert _nothing_is_left(reader, admin)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("ending", ["xlsx", "zip"])
def test_who_hangs_up_while_the_file_is_packed_ends_the_packing(
    reader: Reader, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """The sheet of a million houses is packed for a minute."""
    parts: list[Any] = []
    pack = zipfile.ZipFile.write

    def packed_until_gone(self: zipfile.ZipFile, *asked: Any) -> None:
        parts.append(asked)
        if len(parts) == 1:
            reader.hang_up()
        pack(self, *asked)

    monkeypatch.setattr(zipfile.ZipFile, "write", packed_until_gone)
    reader.ask(ending)
    assert len(parts) == 1, "nobody packed the second part of the file"
    assert _nothing_is_left(reader, admin)


def test_one_large_part_is_given_up_in_its_middle(toy: ToyDatabase, tmp_path: Path) -> None:
    with toy.transaction() as session:
        layer, form = LAYERS["houses"], FORMATS["xlsx"]
        export = prepare(session, toy.actor(COUNTY), layer=layer, format=form, wanted=EVERYTHING)
        asked: list[int] = []

        def ask(rows: int, total: int) -> None:
            asked.append(rows)
            if len(asked) == 5:
                raise response.ClientGone

        def pack(path: Path) -> None:
            hearer = reading.Reading(session.connection(), ask)
            with (
                packed(hearer, export, path) as file,
                zipfile.ZipFile(file, "w") as box,
                box.open("sheet", "w") as part,
            ):
                for _ in range(100):
                    part.write(bytes(1 << 16))

        path = tmp_path / "file.zip"
        with pytest.raises(response.ClientGone):
            pack(path)
    assert len(asked) == 5 and path.stat().st_size < 5 << 16


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
