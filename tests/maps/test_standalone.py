"""geo-housing map: one file with everything in it."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from geo_housing.accounts.permissions import permissions_of
from geo_housing.areas.queries import county_name
from geo_housing.cli import app, run
from geo_housing.db import Actor, Database
from geo_housing.errors import BadInput, NotAllowed, NotFound
from geo_housing.hazards.queries import affected
from geo_housing.maps import standalone
from geo_housing.response.service import respond
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.fixtures.undone import Undo, undone
from tests.response.zones import make_event
from tests.toy_county import COUNTY, WEST

HOSTS = re.compile(r"https?://(?!www\.w3\.org)[^\s\"'<>]+")


def written(toy: ToyDatabase, path: Path, **asked: object) -> tuple[standalone.Written, str]:
    with undone(), toy.transaction() as session:
        done = standalone.write_map(session, toy.actor(), path, **asked)
        raise Undo
    return done, path.read_text("utf-8")


def test_holds_every_located_house_and_no_name(toy_worker: ToyDatabase, tmp_path: Path) -> None:
    done, page = written(toy_worker, tmp_path / "map.html")
    assert (done.houses, done.unlocated, done.counted, done.bytes) == (42, 1, False, len(page.encode()))
    assert all(code in page for code in ("\\u897f\\u4e00-A", "\\u4e1c\\u56db-0", "\\u4e89-1")), (
        "JSON in a script is ASCII"
    )
    assert "\\u6237\\u4e3b03" not in page and "\\u6237\\u4e3b" not in page
    assert HOSTS.findall(page) == []
    assert not re.search(r"<(?:script|link|img)[^>]+(?:src|href)=", page)


def test_names_are_in_it_only_when_asked_for(toy_worker: ToyDatabase, tmp_path: Path) -> None:
    _, page = written(toy_worker, tmp_path / "map.html", names=True)
    assert "\\u6237\\u4e3b03" in page


def test_an_area_narrows_it(toy_worker: ToyDatabase, tmp_path: Path) -> None:
    done, page = written(toy_worker, tmp_path / "west.html", area=WEST)
    assert done.houses == 21
    assert "990001200201" not in page


def test_too_many_houses_become_numbers_and_the_file_says_so(
    toy_worker: ToyDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standalone, "MOST_SINGLE", 10)
    done, page = written(toy_worker, tmp_path / "map.html")
    assert done.counted and done.houses == 42
    assert "本文件只含聚合数量" in page and "\\u897f\\u4e00-A" not in page and "西一-A" not in page
    config = json.loads(re.search(r"config: (\{.*\}),\n", page)[1])
    rows = [dict(zip(config["embedded"]["columns"], row, strict=True)) for row in config["embedded"]["rows"]]
    assert sum(row["houses"] for row in rows) == 42
    assert sum(row["houses"] for row in rows if row["risk"] == "D") == 8
    assert config["embedded"]["households"][f"{WEST}201"] == 6


def test_too_many_inspections_are_left_out_and_the_file_says_so(
    toy: ToyDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"])
        respond(session, toy.actor(COUNTY), event)
        monkeypatch.setattr(standalone, "MOST_SINGLE", 6)
        standalone.write_map(session, toy.actor(COUNTY), tmp_path / "map.html", event=event)
    page = (tmp_path / "map.html").read_text("utf-8")
    embedded = json.loads(re.search(r"config: (\{.*\}),\n", page)[1])["embedded"]
    assert embedded["inspections"] == [] and "应急排查任务 7 项，数量过多，未放入本文件" in page


def test_of_an_event_it_tells_the_houses_of_uncertain_place_that_no_map_shows(toy: ToyDatabase, tmp_path: Path) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ["西一"])
        respond(session, toy.actor(COUNTY), event)
        found = affected(session, event, AreaScope(COUNTY))
        done = standalone.write_map(session, toy.actor(COUNTY), tmp_path / "map.html", event=event)
        alone = standalone.write_map(session, toy.actor(COUNTY), tmp_path / "all.html")
    assert (done.houses, done.uncertain) == (found.houses, found.uncertain) == (6, 2) and alone.uncertain == 0
    page = (tmp_path / "map.html").read_text("utf-8")
    assert "另有位置不确定 2 栋，不在图上" in page
    with toy.transaction() as session:
        name = session.execute(text("SELECT name FROM hazard_event WHERE id = :event"), {"event": event}).scalar_one()
    assert f"{name} 农村房屋分布图</title>" in page and "只含影响范围内的农房，村着色" in page
    assert "影响范围内的农房" not in (tmp_path / "all.html").read_text("utf-8")
    assert "位置不确定 0" not in (tmp_path / "all.html").read_text("utf-8")
    embedded = json.loads(re.search(r"config: (\{.*\}),\n", page)[1])["embedded"]
    # 争-1 has a point, 无-1 has none.
    assert (len(embedded["inspections"]), embedded["inspections_unlocated"]) == (7, 1)


def test_it_stands_in_the_journal(toy_worker: ToyDatabase, tmp_path: Path) -> None:
    with undone(), toy_worker.transaction() as session:
        standalone.write_map(session, toy_worker.actor(), tmp_path / "map.html", area=WEST, names=True)
        entry = session.execute(
            text("SELECT action, subject_id, counts FROM journal_entry ORDER BY id DESC LIMIT 1")
        ).one()
        raise Undo
    assert (entry.action, entry.subject_id) == ("export.made", "houses")
    assert entry.counts["rows"] == 21 and entry.counts["personal"] is True and entry.counts["filter"] == {"area": WEST}


def test_says_what_is_wrong_with_the_target_area_or_event(toy_worker: ToyDatabase, tmp_path: Path) -> None:
    with toy_worker.transaction() as session:
        for path in (tmp_path / "map.pdf", tmp_path / "nowhere" / "map.html"):
            with pytest.raises(BadInput):
                standalone.write_map(session, toy_worker.actor(), path)
        for asked in ({"area": "110101"}, {"event": 99999}):
            with pytest.raises(NotFound):
                standalone.write_map(session, toy_worker.actor(), tmp_path / "map.html", **asked)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("role", "names"), [("leader", False), ("planner", True)])
def test_takes_the_right_to_export(toy_worker: ToyDatabase, tmp_path: Path, role: str, names: bool) -> None:
    actor = Actor(name="user:x", scope=AreaScope(COUNTY), permissions=permissions_of(role))
    with toy_worker.database.transaction(actor) as session, pytest.raises(NotAllowed):
        standalone.write_map(session, actor, tmp_path / "map.html", names=names)


def test_the_command_writes_the_file_and_answers_json(
    toy_worker: ToyDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEO_HOUSING_LANG", "zh")
    # The command's own way to a database ends at a cluster; this is the same service login on ours.
    monkeypatch.setattr(run, "open_database", lambda _settings: Database(toy_worker.names.service_url, pool_size=1))
    target = tmp_path / "map.html"
    ran = CliRunner().invoke(app, ["map", "-o", str(target), "--area", WEST, "--json"])
    assert ran.exit_code == 0, ran.output
    answer = json.loads(ran.stdout.splitlines()[-1])
    assert answer == {"bytes": target.stat().st_size, "houses": 21, "file": str(target)}
    # Who signed in to the machine is nobody of the bureau.
    with toy_worker.transaction() as session:
        county = county_name(session)
    assert f"· {county}（命令行） ·" in target.read_text(encoding="utf-8") and "cli:" not in target.read_text(
        encoding="utf-8"
    )
    ran = CliRunner().invoke(app, ["map", "-o", str(target), "--area", WEST, "--maker", "玩具县住房和城乡建设局"])
    assert ran.exit_code == 0 and "· 玩具县住房和城乡建设局 ·" in target.read_text(encoding="utf-8")
    # As any other export by command: it is written, and said that nobody told what for.
    told, why = "地图含户主姓名，日志记为“命令行导出，未写用途”", ["--purpose", "乡镇抢险队"]
    for more, is_said in (([], False), (["--names"], True), (["--names", *why], False)):
        ran = CliRunner().invoke(app, ["map", "-o", str(target), "--area", WEST, *more])
        assert ran.exit_code == 0 and (told in ran.stderr) is is_said
    refused = CliRunner().invoke(app, ["map", "-o", str(tmp_path / "map.txt")])
    assert isinstance(refused.exception, BadInput)
