"""What an export may take: memory, places for streams, rows of a sheet and of a Shapefile."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2 as httpx
import openpyxl
import psycopg
import pytest
from fastapi.testclient import TestClient

from geo_housing.exports import vector, workbook
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY

# 60 MB of answer: several times what may be held.
ROWS, TEXT = 20_000, 1000
MOST_MIB = 24
SERVED = """
import sys
import uvicorn
from geo_housing.app import create_app
from geo_housing.db import Database
from geo_housing.edge.logs import configure_logs
from geo_housing.settings import read_settings
home, url, port = sys.argv[1:]
configure_logs(level=40)
database = Database(url, stream_pool_size=1)
database.stream_engine.pool._timeout = 0.3
uvicorn.run(create_app(read_settings({"GEO_HOUSING_HOME": home}), database), port=int(port), log_config=None)
"""


class Served:
    """The service as a process of its own, with places for two streams (one, and one beyond it)."""

    def __init__(self, toy: ToyDatabase, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVED, str(folder), toy.names.service_url, str(self.port)], env=os.environ
        )
        answer = toy.browser(toy.member("planner", COUNTY)).post("/api/v1/tokens", json={"note": "GIS"})
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {answer.json()['token']}"},
            timeout=60,
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("the service does not answer")

    def memory_mib(self, name: str) -> float:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


@pytest.fixture
def served(toy: ToyDatabase, tmp_path: Path) -> Iterator[Served]:
    """Over the toy county with very many houses more."""
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        # Copies of one house without family, each with a long text.
        columns = [
            row[0]
            for row in admin.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'house'"
                " AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'code', 'settlement')"
            )
        ]
        names = ", ".join(columns)
        admin.execute(
            f"INSERT INTO house (code, settlement, {names}) SELECT 'VIEL-' || g, repeat('屯', {TEXT}), {names}"
            f" FROM (SELECT * FROM house WHERE code = '东四-A') h, generate_series(1, {ROWS}) g"
        )
        admin.execute("ANALYZE house")
    found = Served(toy, tmp_path)
    yield found
    found.client.close()
    found.process.terminate()
    found.process.wait(timeout=20)


def test_a_large_stream_holds_hardly_any_memory_and_a_third_one_is_asked_to_come_later(served: Served) -> None:
    client = served.client
    for ending in ("geojson", "csv"):  # loads what the first answer needs
        assert client.get(f"/api/v1/houses.{ending}?risk=D").status_code == 200
    before = served.memory_mib("VmRSS")
    Path(f"/proc/{served.process.pid}/clear_refs").write_text("5")
    for ending in ("geojson", "csv"):
        with client.stream("GET", f"/api/v1/houses.{ending}") as answer:
            assert sum(len(block) for block in answer.iter_raw()) > ROWS * TEXT * 3
    grown = served.memory_mib("VmHWM") - before
    assert grown < MOST_MIB, f"{grown:.0f} MiB"

    with ExitStack() as held:
        # Two clients that do not read on hold both places; nobody waits in silence for a third.
        for _ in range(2):
            assert held.enter_context(client.stream("GET", "/api/v1/houses.geojson")).status_code == 200
        refused = client.get("/api/v1/houses.geojson")
        assert refused.status_code == 503
        assert refused.headers["content-type"].startswith("application/problem+json")
        assert "正在进行的导出太多" in refused.json()["detail"]
        # Pages and lists have connections of their own.
        assert client.get("/api/v1/houses?limit=1").status_code == 200
    deadline = time.monotonic() + 15
    while (again := client.get("/api/v1/houses.geojson?risk=D")).status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert again.status_code == 200


@pytest.fixture(scope="module")
def county(varied: ToyDatabase) -> TestClient:
    return varied.browser(varied.member("county", COUNTY))


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(
    county: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "SHEET_ROWS", 14)
    path = tmp_path / "houses.xlsx"
    path.write_bytes(county.get("/api/v1/houses.xlsx").content)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["农房", "农房2", "农房3", "数据说明"]
    sheets = [list(book[name].iter_rows(values_only=True)) for name in book.sheetnames[:3]]
    assert [len(rows) for rows in sheets] == [15, 15, 15]
    assert sheets[0][0] == sheets[1][0] == sheets[2][0], "each sheet has its headings"
    place = sheets[0][0].index("房屋编号")
    codes = [row[place] for rows in sheets for row in rows[1:]]
    assert len(set(codes)) == 42


def test_a_shapefile_beyond_its_limit_is_refused_before_a_row_is_read(
    county: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector, "SHAPEFILE_ROWS", 40)
    answer = county.get("/api/v1/houses.zip")
    assert answer.status_code == 413, answer.text
    assert "Shapefile 最多放 40 行，现有 41 行" in answer.json()["detail"]
    assert county.get("/api/v1/houses.zip", params={"risk": "D"}).status_code == 200
