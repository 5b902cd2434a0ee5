"""The one response class of exports: streams with flat memory and stops the query when the client goes away (D4, D16).

A thread reads the database and fills a short queue, the event loop sends; another task waits for
``http.disconnect`` and cancels the running statement, which a plain generator would leave running; a file that is being
written stops before its next part (reading.py), one that is being packed before its next piece (finishing.py). What GDAL does
at the end of a file, its spatial index above all, cannot be stopped; of a million houses it takes a few seconds.
"""

import asyncio
import json
import shutil
import tempfile
import threading
from collections.abc import Awaitable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from geo_housing.db import Database
from geo_housing.errors import NotReady
from geo_housing.exports.copying import CHUNK_BYTES, raw_connection
from geo_housing.exports.reading import Reading
from geo_housing.exports.service import Export, journalled, metadata, opened
from geo_housing.exports.writing import streamed, write_file

log = structlog.get_logger("geo_housing.exports")

QUEUED_CHUNKS = 4
CANCEL_SECONDS = 5.0
# Who takes not one chunk in this time (less than 2 KiB a second) has fallen asleep: their connection is needed by others.
STALLED_SECONDS = 120.0


class ClientGone(Exception):
    """The reader hung up: nobody wants the rest."""


class _Stalled(Exception):
    """The reader is connected and takes nothing."""


class _Pipe:
    """From the reading thread to the event loop; at most QUEUED_CHUNKS wait, then the reader of rows waits."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.queue: asyncio.Queue[Export | bytes | BaseException | None] = asyncio.Queue(QUEUED_CHUNKS)
        self.stopped = threading.Event()
        self.ended = False
        self._lock = threading.Lock()
        self._running: psycopg.Connection[tuple[object, ...]] | None = None

    def put(self, item: "Export | bytes | BaseException | None") -> None:
        """Hand over from the thread; an item of None is the end. ClientGone when the service stops meanwhile."""
        waiting = self.queue.put(item)
        try:
            asyncio.run_coroutine_threadsafe(waiting, self.loop).result()
        except (RuntimeError, CancelledError):  # the event loop has ended, or ends now
            waiting.close()
            self.stopped.set()
            raise ClientGone from None

    async def get(self) -> "Export | bytes | BaseException | None":
        """The next item, None at the end."""
        item = await self.queue.get()
        self.ended = item is None
        return item

    def send(self, item: "Export | bytes") -> None:
        """Hand over what the client should get; ClientGone when it has gone."""
        self.check()
        self.put(item)

    def check(self) -> None:
        """ClientGone when nobody reads any more."""
        if self.stopped.is_set():
            raise ClientGone

    def running(self, connection: "psycopg.Connection[tuple[object, ...]] | None") -> None:
        """Which connection ``stop`` may cancel; None before it goes back to the pool."""
        with self._lock:
            self._running = connection

    def stop(self) -> None:
        """Cancel the running statement; under the lock, so that it cannot hit a later user of the connection."""
        self.stopped.set()
        with self._lock:
            if self._running is not None:
                self._running.cancel_safe(timeout=CANCEL_SECONDS)


class ExportResponse(Response):
    """Sends ``export`` from its own read-only snapshot; ``folder`` holds files that must be finished first."""

    def __init__(self, database: Database, export: Export, folder: Path) -> None:
        super().__init__()
        self.database, self.export, self.folder = database, export, folder
        self.bytes_sent = 0
        self.stalled = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send head and body; an error before the first byte rises to the error handlers, a later one breaks off."""
        pipe = _Pipe(asyncio.get_running_loop())
        producer = threading.Thread(target=self._produce, args=(pipe,), name="export", daemon=True)
        producer.start()
        watcher = asyncio.create_task(_stop_on_disconnect(receive, pipe))
        try:
            await self._forward(pipe, send)
        except _Stalled:
            # Returning before the end is announced makes the server break the connection off.
            self.stalled = True
        finally:
            watcher.cancel()
            if not pipe.ended:
                await asyncio.to_thread(pipe.stop)
                await _drained(pipe)
            await asyncio.to_thread(producer.join)

    async def _forward(self, pipe: _Pipe, send: Send) -> None:
        while (item := await pipe.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            if isinstance(item, Export):
                await send({"type": "http.response.start", "status": 200, "headers": self._metadata_headers(item)})
            else:
                # Counted first: when the client goes, part of what is being sent has already reached it.
                self.bytes_sent += len(item)
                await _taken(send({"type": "http.response.body", "body": item, "more_body": True}))
        if not pipe.stopped.is_set():
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _metadata_headers(self, export: Export) -> list[tuple[bytes, bytes]]:
        """Metadata in headers, too: not every format has a place for it."""
        told = metadata(export)
        self.init_headers(
            {
                "content-type": export.format.media_type,
                "content-disposition": f'attachment; filename="{export.file_name}"',
                "cache-control": "private, no-store",
                "x-geo-housing-rows": str(told["rows"]),
                "x-geo-housing-unlocated": str(told["unlocated"]),
                "x-geo-housing-time": str(told["time"]),
                "x-geo-housing-crs": str(told["crs"]),
                "x-geo-housing-filter": quote(json.dumps(told["filter"], ensure_ascii=False)),
            }
        )
        return [(name, value) for name, value in self.raw_headers if name != b"content-length"]

    def _produce(self, pipe: _Pipe) -> None:
        """The thread: everything that touches the database."""
        failure: BaseException | None = None
        try:
            self._run(pipe)
        except ClientGone:
            pass
        except PoolTimeout:
            failure = NotReady("正在进行的导出太多，请稍后再试。")
        except DBAPIError as error:
            failure = None if pipe.stopped.is_set() else error
        except psycopg.Error as error:  # COPY runs below SQLAlchemy
            failure = None if pipe.stopped.is_set() else error
        except BaseException as error:  # noqa: BLE001 -- handed to the event loop, which raises it there
            failure = error
        pipe.running(None)
        try:
            if pipe.stopped.is_set():
                self._record_stop()
        except Exception as error:  # noqa: BLE001 -- nobody is left to be told, and whoever waits for the end must not wait for ever
            log.error("export_stop_not_journalled", error=type(error).__name__, bytes=self.bytes_sent)
        finally:
            with suppress(ClientGone):
                if failure is not None:
                    pipe.put(failure)
                pipe.put(None)

    def _run(self, pipe: _Pipe) -> None:
        work = Path(tempfile.mkdtemp(prefix="export-", dir=self.folder))
        try:
            path = work / f"file.{self.export.format.ending}"
            with self.database.stream(self.export.actor) as connection:
                self._read(connection, pipe, path)
            if path.exists():
                for chunk in _chunks_of(path):
                    pipe.send(chunk)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _read(self, connection: Connection, pipe: _Pipe, path: Path) -> None:
        pipe.running(raw_connection(connection))
        try:
            self.export = opened(connection, self.export)
            with self.database.transaction(self.export.actor) as session:
                journalled(session, self.export)
            if self.export.format.making == "file":
                self._write(connection, pipe, path)
                pipe.send(self.export)
                return
            pipe.send(self.export)
            for chunk in streamed(connection, self.export):
                pipe.send(chunk)
        finally:
            _give_back(connection, pipe)

    def _write(self, connection: Connection, pipe: _Pipe, path: Path) -> None:
        reading = Reading(connection, lambda rows, total: pipe.check(), lambda given: _give_back(given, pipe))
        try:
            write_file(reading, self.export, path)
        except Exception:
            # A writer of a format calls its own error what has ended its rows.
            pipe.check()
            raise

    def _record_stop(self) -> None:
        with self.database.transaction(self.export.actor) as session:
            journalled(session, self.export, stopped_after_bytes=self.bytes_sent, stalled=self.stalled)


def _give_back(connection: Connection, pipe: _Pipe) -> None:
    """To the pool, its snapshot ended; the second time is none."""
    pipe.running(None)
    if connection.closed:
        return
    if pipe.stopped.is_set():
        # A late cancel must not meet the next user of this connection.
        connection.invalidate()
    connection.close()


def _chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


async def _taken(sending: Awaitable[None]) -> None:
    """Wait until the client has taken what is being sent; _Stalled when it does not for STALLED_SECONDS."""
    try:
        await asyncio.wait_for(sending, STALLED_SECONDS)
    except TimeoutError:
        raise _Stalled from None


async def _stop_on_disconnect(receive: Receive, pipe: _Pipe) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    await asyncio.to_thread(pipe.stop)


async def _drained(pipe: _Pipe) -> None:
    """Empty the queue until the thread has ended, so that it never waits for nobody."""
    while await pipe.get() is not None:
        pass
