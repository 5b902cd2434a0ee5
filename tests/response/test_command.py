"""The story of a zone by command, with the contract's JSON as the last line."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from geo_housing import clock
from geo_housing.cli.hazards import app
from geo_housing.errors import BadInput
from geo_housing.settings import get_settings
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import write_zone

Run = Callable[..., dict[str, Any]]
# C, D, 疑似 and 未评定 of both villages, among them two of uncertain place.
LISTED = {"opened": 9, "kept": 0, "withdrawn": 0}


@pytest.fixture
def run(toy: ToyDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A command of ``hazards`` against the toy county; gives its JSON, or lets its error rise."""
    monkeypatch.setenv("GEO_HOUSING_DATABASE_URL", toy.names.service_url.replace("postgresql+psycopg", "postgresql"))
    monkeypatch.setenv("GEO_HOUSING_HOME", str(tmp_path / "home"))
    get_settings.cache_clear()

    def command(*words: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, [*words, "--json"], catch_exceptions=False)
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    yield command
    get_settings.cache_clear()


def test_the_story_of_a_zone_by_command(
    run: Run, toy: ToyDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write_zone(tmp_path / "first.geojson", ["西一", "西二"])
    loaded = run("load", str(first), "--kind", "暴雨", "--level", "橙色", "--name", "强降雨")
    contract = {
        "event",
        "zones",
        "repaired",
        "rejected",
        "area_km2",
        "revision",
        "opened",
        "to_withdraw",
        "crs",
        "report",
    }
    assert contract <= set(loaded)
    assert (loaded["zones"], loaded["revision"], loaded["opened"], loaded["report"]) == (2, 1, 0, None)
    event = str(loaded["event"])
    found = run("affected", event)
    assert (found["houses"], found["uncertain"]) == (11, 2)
    assert sum(area["houses"] for area in found["areas"]) == 11
    assert run("respond", event) == {
        "event": 1,
        "opened": 13,
        "kept": 0,
        "withdrawn": 0,
        "uncertain": 2,
        "evacuation": LISTED,
    }
    assert run("respond", event)["kept"] == 13
    second = write_zone(tmp_path / "second.geojson", ["西二", "东二"])
    revised = run("load", str(second), "--event", event)
    assert (revised["opened"], revised["to_withdraw"], revised["revision"]) == (5, 7, 2)
    assert run("respond", event)["withdrawn"] == 7
    assert run("phase", event, "aftermath") == {
        "event": 1,
        "phase": "aftermath",
        "inspections": {"prepared": 0, "open": 11, "in_progress": 0, "done": 0, "withdrawn": 7},
    }
    with pytest.raises(BadInput, match=r"还有 2 个乡镇没有叫应。确需结束的，请写明原因（命令行 --reason）"):
        run("phase", event, "closed")
    target = tmp_path / "名单.xlsx"
    assert run("list", event, "-o", str(target)) == {"rows": 11, "file": str(target)}
    assert len(openpyxl.load_workbook(target).sheetnames) == 3
    paper = tmp_path / "快报.docx"
    told = run("report", event, "-o", str(paper))
    assert set(told) == {"event", "as_of", "file"} and told["file"] == str(paper)
    assert "应排查11栋" in "".join(paragraph.text for paragraph in docx.Document(str(paper)).paragraphs)
    with pytest.raises(BadInput, match="截至时间"):
        run("report", event, "-o", str(tmp_path / "续报.xlsx"), "--as-of", "2020-01-01T06:00")
    # As a script writes a moment: with seconds, with its zone. Of an event that is older than the second that has begun.
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET created_at = created_at - interval '1 minute'"))
    # Not the second of the report above, which would be the same report.
    at = clock.now().replace(microsecond=0) - timedelta(seconds=20)
    for n, said in enumerate((f"{at:%Y-%m-%dT%H:%M:%S}", at.isoformat(), at.astimezone(UTC).isoformat())):
        later = run("report", event, "-o", str(tmp_path / f"续报{n}.docx"), "--as-of", said)
        assert later["as_of"] == at.isoformat(timespec="seconds")
    # One moment, one report: as another file, and in whatever zone it is said. Another kind is another one.
    with toy.transaction() as session:
        assert session.scalars(text("SELECT number FROM event_report ORDER BY number")).all() == [1, 2]
        session.execute(text("UPDATE event_report SET sent_at = now(), sent_by = 'test' WHERE number = 2"))
    both = [tmp_path / "晨报.docx", tmp_path / "晨报.xlsx"]
    before = (at - timedelta(seconds=30)).isoformat()
    told: list[str] = []
    monkeypatch.setattr("geo_housing.cli.hazard_papers.line", lambda zh, en: told.append(zh))
    morning = run("report", event, "-o", str(both[0]), "-o", str(both[1]), "--kind", "晨报", "--as-of", before)
    assert morning["file"] == str(both[0]) and morning["files"] == [str(path) for path in both]
    assert all(path.stat().st_size for path in both)
    assert len(told) == 1 and "早于已定稿的第 2 期" in told[0]
    run("report", event, "-o", str(both[1]), "--kind", "morning", "--as-of", before)
    with toy.transaction() as session:
        assert session.scalars(text("SELECT kind FROM event_report ORDER BY number")).all() == [
            "flash",
            "follow_up",
            "morning",
        ]
    with pytest.raises(BadInput, match="“截至时间”请填成 2026-07-19 06:30 这样的时间"):
        run("report", event, "-o", str(tmp_path / "续报.xlsx"), "--as-of", "昨晚")
    with pytest.raises(BadInput, match=r"只能写成 \.docx 或 \.xlsx"):
        run("report", event, "-o", str(tmp_path / "快报.pdf"))


def test_a_file_of_faults_leaves_a_report_and_stores_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "points.geojson"
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [120.005, 45.005]}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [point]}), "utf-8")
    with pytest.raises(BadInput):
        run("load", str(path))
    assert len(list((tmp_path / "home" / "reports").glob("*.xlsx"))) == 1
    loaded = run("load", str(path), "--buffer", "300")
    assert (loaded["event"], loaded["zones"]) == (1, 1)


def test_standing_areas_by_command(run: Run, tmp_path: Path) -> None:
    path = write_zone(tmp_path / "standing.geojson", ["西一"])
    assert run("load", str(path), "--standing", "--kind", "山洪")["zones"] == 1
    assert run("load", str(path), "--standing", "--kind", "山洪")["unchanged"] == 1
    with pytest.raises(BadInput):
        run("load", str(path), "--standing", "--event", "1")
