"""A client that takes nothing or goes away may not keep others from their export, nor its request from ending."""

import asyncio
import json
import socket
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geo_housing.app import create_app
from geo_housing.exports import response
from geo_housing.exports.formats import format_of
from geo_housing.exports.service import prepare
from geo_housing.layers.catalogue import LAYERS
from geo_housing.layers.filters import EVERYTHING
from tests.fixtures.browser import served
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY

STOPPED = "SELECT counts::text FROM journal_entry WHERE action = 'export.stopped' ORDER BY id DESC LIMIT 1"


def test_a_client_that_takes_nothing_loses_its_stream(toy: ToyDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(response, "STALLED_SECONDS", 0.5)
    member = toy.member("county", COUNTY)
    token = toy.browser(member).post("/api/v1/tokens", json={"note": "GIS"}).json()["token"]
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", ""), autocommit=True) as admin:
        # Longer answers than the buffers of both sides hold.
        admin.execute("UPDATE house SET settlement = repeat('屯', 1000000) WHERE geom IS NOT NULL")
        with served(create_app(toy.settings, toy.database)) as address:
            host, port = address.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port)), timeout=20) as client:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
                client.sendall(
                    f"GET /api/v1/houses.geojson HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
                )
                assert client.recv(4096).startswith(b"HTTP/1.1 200")
                deadline = time.monotonic() + 15
                while (found := admin.execute(STOPPED).fetchone()) is None and time.monotonic() < deadline:
                    time.sleep(0.05)
                assert found, "the journal knows that the stream was stopped"
                counts = json.loads(found[0])
                assert counts["stalled"] and counts["stopped_after_bytes"] > 0
                busy = admin.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY (%'"
                    " AND state <> 'idle' AND pid <> pg_backend_pid()"
                ).fetchone()
                assert busy == (0,)


def test_a_stop_that_cannot_be_journalled_ends_the_request_all_the_same(toy: ToyDatabase, tmp_path: Path) -> None:
    with toy.transaction() as session:
        export = prepare(
            session, toy.actor(COUNTY), layer=LAYERS["houses"], format=format_of("geojson"), wanted=EVERYTHING
        )
    gone = asyncio.Event()
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("UPDATE house SET settlement = repeat('屯', 1000000) WHERE geom IS NOT NULL")

        async def receive() -> dict[str, str]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            if message.get("body") and not gone.is_set():
                admin.execute("ALTER TABLE journal_entry RENAME TO journal_elsewhere")
                gone.set()

        async def request() -> None:
            answer = response.ExportResponse(toy.database, export, tmp_path)
            await asyncio.wait_for(answer({"type": "http"}, receive, send), 20)

        try:
            asyncio.run(request())
        finally:
            admin.execute("ALTER TABLE journal_elsewhere RENAME TO journal_entry")
        assert admin.execute(STOPPED).fetchone() is None
