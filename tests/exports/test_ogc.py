import json
import os
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator

import psycopg
import pytest

from geo_housing.app import create_app
from tests.fixtures.browser import served
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY

READ_BY_GDAL = """
import json, sys
import pyogrio
source = sys.argv[1]
read = lambda **more: pyogrio.read_dataframe(source, layer="houses", **more)
print(json.dumps({
    "layers": [name for name, _ in pyogrio.list_layers(source)],
    "all": len(read()),
    "risky": list(read(where="grade = 'D'")["grade"]),
    "in_box": len(read(bbox=(120.0, 45.0, 120.0099, 45.0099))),
}))
"""


@pytest.fixture(scope="module")
def token(varied: ToyDatabase) -> str:
    answer = varied.browser(varied.member("county", COUNTY)).post("/api/v1/tokens", json={"note": "GIS"})
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]


@pytest.fixture(scope="module")
def address(varied: ToyDatabase) -> Iterator[str]:
    with served(create_app(varied.settings, varied.database)) as found:
        yield found


def test_gdal_reads_every_collection_with_a_token_as_password(
    address: str, token: str, raw: psycopg.Connection
) -> None:
    # In a process of its own: GDAL waits for the answer without letting other threads of ours, the server, run.
    done = subprocess.run(
        [sys.executable, "-c", READ_BY_GDAL, f"OAPIF:{address}/ogc"],
        env={**os.environ, "GDAL_HTTP_USERPWD": f"gis:{token}"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    read = json.loads(done.stdout)
    assert {"houses", "villages", "townships", "zones", "emergency-inspections"} <= set(read["layers"])
    located = raw.execute("SELECT count(*) FROM house WHERE geom IS NOT NULL AND ended_on IS NULL").fetchone()[0]
    assert read["all"] == located
    assert read["risky"] == ["D"] * 8
    # GDAL asked for these rows only, and did not fetch everything to choose by itself.
    filters = raw.execute(
        "SELECT counts -> 'filter' ->> 'where' FROM journal_entry WHERE action = 'export.made' AND counts ->> 'format' = 'ogc'"
    ).fetchall()
    assert [text for (text,) in filters if text and "grade" in text]
    assert read["in_box"] == 6


def test_a_client_that_hangs_up_stops_the_query(
    varied: ToyDatabase, address: str, token: str, raw: psycopg.Connection
) -> None:
    """A slow query stands for a million houses; the socket is closed while the answer runs."""
    with psycopg.connect(varied.names.admin_url.replace("+psycopg", ""), autocommit=True) as admin:
        # 100,000 further rows of one house without family: enough that no buffer can hold the answer.
        admin.execute("SET session_replication_role = replica")
        columns = [
            row[0]
            for row in admin.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'house'"
                " AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'code')"
            )
        ]
        listed = ", ".join(columns)
        admin.execute(
            f"INSERT INTO house (code, {listed}) SELECT 'VIEL-' || g, {listed}"
            " FROM (SELECT * FROM house WHERE code = '东四-A') h, generate_series(1, 100000) g"
        )
        try:
            host, port = address.removeprefix("http://").split(":")
            client = socket.create_connection((host, int(port)))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            basic = b64encode(f"gis:{token}".encode()).decode()
            client.sendall(
                f"GET /api/v1/houses.geojson HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Basic {basic}\r\n\r\n".encode()
            )
            client.settimeout(20)
            received = client.recv(4096)
            assert received.startswith(b"HTTP/1.1 200")
            while b"FeatureCollection" not in received:
                received += client.recv(4096)
            deadline = time.monotonic() + 10
            while not _copying(admin) and time.monotonic() < deadline:
                time.sleep(0.02)
            assert _copying(admin), "the stream waits for its reader"
            client.close()
            deadline = time.monotonic() + 10
            while _copying(admin) and time.monotonic() < deadline:
                time.sleep(0.02)
            assert not _copying(admin)
            while not (stopped := _stopped(admin)) and time.monotonic() < deadline:
                time.sleep(0.05)
            assert json.loads(stopped)["stopped_after_bytes"] > 0
        finally:
            admin.execute("DELETE FROM house WHERE code LIKE 'VIEL-%'")


def _copying(admin: psycopg.Connection) -> bool:
    found = admin.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
        " AND query LIKE 'COPY (%' AND pid <> pg_backend_pid()"
    ).fetchone()
    return bool(found and found[0])


def _stopped(admin: psycopg.Connection) -> str:
    found = admin.execute(
        "SELECT counts::text FROM journal_entry WHERE action = 'export.stopped' ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return found[0] if found else ""
