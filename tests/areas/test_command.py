"""The real commands in processes of their own: exit codes, JSON as the last line, reports in the home."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from geo_housing.own_code import PROJECT_FOLDER
from geo_housing.settings import Settings

BOUNDARIES = PROJECT_FOLDER / "data" / "boundaries"


def run(home: Settings, *arguments: str, language: str = "zh") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GEO_HOUSING_HOME": str(home.home), "GEO_HOUSING_LANG": language}
    environment.pop("GEO_HOUSING_DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "geo_housing", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_county_is_loaded_checked_and_refused_by_command(installed: Settings, tmp_path: Path) -> None:
    home = installed
    listed = str(BOUNDARIES / "tuquan_divisions.csv")
    for level, number in (("county", 1), ("township", 10), ("village", 212)):
        done = run(home, "areas", "load", listed, "--level", level, "--json")
        assert done.returncode == 0, done.stderr
        assert answer(done) == {
            "read": number, "loaded": number, "updated": 0, "unchanged": 0, "repaired": 0, "rejected": 0,
            "replaced_houses": 0, "crs": None, "report": None,
        }  # fmt: skip

    outlines = run(home, "areas", "load", str(BOUNDARIES / "demo_villages.geojson"), "--level", "村", "--json")
    assert outlines.returncode == 0, outlines.stderr
    assert (answer(outlines)["updated"], answer(outlines)["crs"]) == (188, "EPSG:4326")

    checked = run(home, "areas", "check", "--json")
    assert checked.returncode == 0, checked.stderr
    found = answer(checked)
    report = Path(found.pop("report"))
    # 24 of the villages, the townships and the county have no outline.
    assert found == {"overlaps": 0, "gaps": 0, "outside_parent": 0, "without_polygon": 35}
    assert report.parent == home.reports
    assert report.read_text("utf-8-sig").count("没有边界") == 35

    # One bad row beside a good one: done, with a report in the home, never beside the input.
    mixed = tmp_path / "mixed.csv"
    mixed.write_text("code,name\n152224100299,新村委会\n15222410,短码\n", "utf-8")
    done = run(home, "areas", "load", str(mixed), "--level", "village", "--json")
    assert done.returncode == 0
    assert (answer(done)["loaded"], answer(done)["rejected"]) == (1, 1)
    assert Path(answer(done)["report"]).parent == home.reports
    assert "短码" not in {path.name for path in tmp_path.iterdir()}
    assert [path.name for path in tmp_path.iterdir()] == ["mixed.csv"]

    # Nothing usable: exit 2 and a sentence, the rows as errors.
    mixed.write_text("code,name\n15222410,短码\n", "utf-8")
    done = run(home, "areas", "load", str(mixed), "--level", "village", "--json")
    assert done.returncode == 2
    assert "输入有误：mixed.csv 中没有可用的村（读到 1 条）。" in done.stderr
    assert "报告：" in done.stderr
    assert answer(done)["errors"][0]["line"] == 2


def test_demo_comes_and_goes_by_command(installed: Settings) -> None:
    home = installed
    loaded = run(home, "demo", "--houses", "60", "--json")
    assert loaded.returncode == 0, loaded.stderr
    counts = answer(loaded)
    assert (counts["areas"], counts["houses"]) == (223, 60)
    assert 50 < counts["households"] <= 62
    assert "界线不作为权属依据" in loaded.stderr

    refused = run(home, "areas", "load", str(BOUNDARIES / "tuquan_divisions.csv"), "--level", "county")
    assert refused.returncode == 2
    assert "geo-housing demo --clear" in refused.stderr

    cleared = run(home, "demo", "--clear", "--json")
    assert cleared.returncode == 0, cleared.stderr
    assert answer(cleared) == counts


def test_the_help_shows_an_example_without_a_database(home: Settings) -> None:
    for command in (("areas", "load"), ("areas", "check"), ("demo",)):
        done = run(home, *command, "--help")
        assert done.returncode == 0
        assert f"geo-housing {' '.join(command)}" in done.stdout
    assert "Divisions" in run(home, "areas", "--help", language="en").stdout
    assert not home.pgdata.exists()
