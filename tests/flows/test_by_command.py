"""Both stories of the design by command: real processes on a home of their own, the way a county's desk works.

1. A township's spreadsheet becomes houses in their villages, on the map and in files.
2. A warning's file becomes a zone, the zone tells whom it concerns, tasks are given, the village gets its list, a result
   comes in and the progress moves.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from geo_housing import clock
from geo_housing.settings import Settings
from tests.cli.test_service import free_port
from tests.fixtures.homes import make_home, new_folder, remove_home
from tests.response.zones import write_zone
from tests.toy_county import COUNTY, VILLAGES, WEST, house_rows, write_areas, write_houses

PATIENCE_S = 180
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def home() -> Iterator[Settings]:
    settings = make_home(new_folder("gh-flow-"))
    yield settings
    remove_home(settings)


@pytest.fixture(scope="module")
def work() -> Iterator[Path]:
    """A folder that the service's own user may read and write."""
    with tempfile.TemporaryDirectory(prefix="gh-work-", dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


def environment(home: Settings) -> dict[str, str]:
    return {**os.environ, "GEO_HOUSING_HOME": str(home.home), "GEO_HOUSING_LANG": "zh"}


@pytest.fixture(scope="module")
def run(home: Settings) -> Run:
    """A command as somebody types it; gives the JSON of its last line, fails with what it said."""

    def command(*words: str, given: str | None = None) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "geo_housing", *words, "--json"],
            env=environment(home), input=given, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stderr}"
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    return command


@pytest.fixture(scope="module")
def register(run: Run, work: Path) -> Path:
    """Story 1 up to the register: areas, then the spreadsheet."""
    paths = write_areas(work)
    for level, file, count in (
        ("county", "county", 1), ("township", "township", 2), ("village", "village", 8), ("village", "list", 1),
    ):  # fmt: skip
        loaded = run("areas", "load", str(paths[file]), "--level", level)
        assert (loaded["loaded"], loaded["rejected"]) == (count, 0)
    return write_houses(work / "台账.csv")


def test_a_spreadsheet_becomes_houses_in_their_villages_and_a_map(run: Run, register: Path, work: Path) -> None:
    loaded = run("houses", "load", str(register))
    assert (loaded["read"], loaded["created"], loaded["rejected"]) == (43, 43, 0)
    assert (loaded["unlocated"], loaded["misplaced"]) == (1, 1)
    again = run("houses", "load", str(register))
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 43)

    target = work / "houses.geojson"
    out = run("export", "houses", "-o", str(target), "--area", WEST)
    file = json.loads(target.read_text("utf-8"))
    features = file["features"]
    assert out["rows"] == len(features)
    # A command that names no purpose works, and the file says so; one that names it has it.
    assert file["geo_housing"]["purpose"] == "命令行导出，未写用途" and features[0]["properties"]["head"]
    run("export", "houses", "-o", str(target), "--area", WEST, "--purpose", "镇政府 核对")
    assert json.loads(target.read_text("utf-8"))["geo_housing"]["purpose"] == "镇政府 核对"
    placed = {feature["properties"]["house_code"]: feature["properties"]["area_code"] for feature in features}
    assert placed["西一-D"] == VILLAGES["西一"][0] and placed["西四-A"] == VILLAGES["西四"][0]

    page = work / "map.html"
    assert run("map", "-o", str(page), "--area", COUNTY)["houses"] == 42
    named, written = {row["户主姓名"] for row in house_rows()}, page.read_text("utf-8")
    assert len(named) == 43 and not [name for name in named if name in written]


def test_a_warning_becomes_lists_results_and_progress(run: Run, register: Path, work: Path, home: Settings) -> None:
    run("houses", "load", str(register))
    zone = write_zone(work / "暴雨.geojson", ["西一", "西二"])
    loaded = run("hazards", "load", str(zone), "--name", "强降雨", "--kind", "暴雨", "--level", "红色")
    event = str(loaded["event"])
    assert (loaded["zones"], loaded["rejected"], loaded["opened"]) == (2, 0, 0)

    found = run("hazards", "affected", event)
    assert (found["houses"], found["uncertain"]) == (11, 2)
    assert sum(area["houses"] for area in found["areas"]) == 11
    done = run("hazards", "respond", event)
    assert (done["opened"], done["kept"], done["uncertain"]) == (13, 0, 2)
    assert run("hazards", "respond", event)["kept"] == 13
    assert run("hazards", "phase", event, "aftermath")["inspections"]["open"] == 13

    target = work / "名单.xlsx"
    assert run("hazards", "list", event, "-o", str(target), "--area", WEST)["rows"] == 12
    listed = [row[0] for sheet in openpyxl.load_workbook(target).worksheets[1:] for row in sheet.iter_rows(min_col=6, max_col=6, values_only=True)]  # fmt: skip
    assert "西一-D" in listed and "无-1" in listed

    with Serving(home) as ask:
        run(
            "users", "add", "clerk", "--role", "county", "--area", COUNTY, "--password-stdin", given="pass-word-of-9A\n"
        )
        ask.token = run("tokens", "add", "clerk")["token"]
        before = ask("GET", f"/api/v1/events/{event}/progress")
        assert (before["total"]["due"], before["total"]["done"]) == (13, 0)
        todo = ask("GET", f"/api/v1/emergency-inspections?event={event}&limit=100")["items"]
        number = next(_facts(item)["inspection_id"] for item in todo if _facts(item)["house_code"] == "西一-D")
        said = {"result": "collapsed", "rooms_collapsed": 2, "visitor": "某巡查员", "visited_at": clock.now().isoformat()}  # fmt: skip
        said["version"] = ask("GET", f"/api/v1/inspections/{number}")["version"]
        assert ask("PATCH", f"/api/v1/inspections/{number}", said)["state"] == "done"
        after = ask("GET", f"/api/v1/events/{event}/progress")
        assert (after["total"]["due"], after["total"]["done"]) == (13, 1)
        assert after["total"]["by_result"] == {"collapsed": 1}

    rows = run("export", "emergency-inspections", "-o", str(work / "排查.geojson"), "--area", WEST)["rows"]
    features = json.loads((work / "排查.geojson").read_text("utf-8"))["features"]
    assert rows == len(features)
    assert {f["properties"]["house_code"] for f in features if f["properties"]["state"] == "done"} == {"西一-D"}
    assert run("hazards", "phase", event, "closed", "--reason", "试验结束")["phase"] == "closed"


def _facts(item: dict[str, Any]) -> dict[str, Any]:
    """The properties of a row, whether it comes as a feature or plain."""
    found: dict[str, Any] = item.get("properties", item)
    return found


class Serving:
    """``up`` in a process of its own; calling it asks its API with the token."""

    def __init__(self, home: Settings) -> None:
        self.home, self.port, self.token = home, free_port(), ""

    def __enter__(self) -> "Serving":
        log = (self.home.home.parent / "up.log").open("w")
        with log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "geo_housing", "up", "--port", str(self.port)],
                env=environment(self.home), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < deadline, "up does not answer"
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def __call__(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False
