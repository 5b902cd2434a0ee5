"""The command and the loaded divisions: whose names are known, what is answered, that nothing is stored."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from geo_housing.areas.service import LoadOptions, load_areas
from geo_housing.clock import today
from geo_housing.db import SERVICE_LOGIN, Database
from geo_housing.errors import BadInput, TooLarge
from geo_housing.hazards.pasted import MAX_BYTES, decode, paste_json, read_pasted
from geo_housing.own_code import PROJECT_FOLDER
from geo_housing.settings import Settings
from tests.fixtures.cluster import TestCluster
from tests.fixtures.people import ADMINISTRATOR
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import EAST, VILLAGES, WEST

WARNING = (
    "玩具县气象台7月12日1时50分将暴雨橙色预警信号升级为暴雨红色预警信号：预计未来3小时西山镇西一、西二等村，东河乡，红岭镇将出现大暴雨，"
    "我县南部有大雨。"
)
BOUNDARIES = PROJECT_FOLDER / "data" / "boundaries"


def run(
    home: Settings, *arguments: str, given: bytes = b"", language: str = "zh"
) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "GEO_HOUSING_HOME": str(home.home), "GEO_HOUSING_LANG": language}
    environment.pop("GEO_HOUSING_DATABASE_URL", None)
    return subprocess.run(
        [sys.executable, "-m", "geo_housing", *arguments],
        env=environment,
        input=given,
        capture_output=True,
        timeout=120,
    )


def test_names_are_those_of_the_loaded_divisions(toy_worker: ToyDatabase) -> None:
    with toy_worker.transaction() as session:
        before = session.execute(
            sql("SELECT (SELECT count(*) FROM hazard_event), (SELECT count(*) FROM journal_entry)")
        ).one()
        answer = paste_json(read_pasted(session, WARNING))
        after = session.execute(
            sql("SELECT (SELECT count(*) FROM hazard_event), (SELECT count(*) FROM journal_entry)")
        ).one()
    assert before == after
    assert [answer[name] for name in ("action", "kind", "level", "former_level", "issuer")] == [
        "upgrade", "rainstorm", "red", "orange", "玩具县气象台",
    ]  # fmt: skip
    assert answer["issued_at"].endswith("-07-12T01:50:00+08:00")
    assert abs(int(answer["issued_at"][:4]) - today().year) <= 1
    assert [(area["code"], area["name"], area["text"]) for area in answer["areas"]] == [
        (VILLAGES["西一"][0], "西一村村委会", "西山镇西一"),
        (VILLAGES["西二"][0], "西二村村委会", "西二"),
        (EAST, "东河乡", "东河乡"),
    ]
    assert [part["text"] for part in answer["unread"]] == ["红岭镇"]
    assert [(asked["text"], len(asked["candidates"])) for asked in answer["questions"]] == [("我县南部", 3)]
    assert answer["missing"] == answer["further"] == []
    for part in [*answer["areas"], *answer["unread"], *answer["questions"], answer["parts"]["level"]]:
        assert WARNING[part["start"] : part["end"]] == part["text"]


def test_an_alias_is_a_name(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(
            sql("INSERT INTO area_alias (area_code, name, match_name) VALUES (:code, '旧河乡', '旧河')"), {"code": EAST}
        )
        answer = paste_json(read_pasted(session, "玩具县气象台7月12日1时50分发布暴雨红色预警信号：旧河乡将有大暴雨。"))
    assert [(area["code"], area["text"]) for area in answer["areas"]] == [(EAST, "旧河乡")]


def test_a_township_is_answered_within_its_scope(toy_worker: ToyDatabase) -> None:
    with toy_worker.transaction(WEST) as session:
        answer = paste_json(read_pasted(session, WARNING))
    assert answer["areas"] and all(area["code"].startswith(WEST) for area in answer["areas"])
    assert {part["text"] for part in answer["unread"]} == {"东河乡", "红岭镇"}
    assert all(place["code"].startswith(WEST) or WEST.startswith(place["code"])
               for asked in answer["questions"] for place in asked["candidates"])  # fmt: skip


def test_what_is_no_warning_is_said_so(toy_worker: ToyDatabase) -> None:
    with toy_worker.transaction() as session:
        answer = paste_json(read_pasted(session, "明天上午在西山镇开会。"))
    assert answer["action"] == "none" and answer["areas"] == [] and answer["kind"] is None


def test_text_comes_in_both_encodings_and_nothing_else() -> None:
    assert (
        decode(WARNING.encode()) == decode(WARNING.encode("utf-8-sig")) == decode(WARNING.encode("gb18030")) == WARNING
    )
    for content, word in (
        (b"", "没有文字"),
        (b" \n", "没有文字"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "不是文字"),
        (b"\xff\xff", "不是文字"),
    ):
        with pytest.raises(BadInput, match=word):
            decode(content)
    with pytest.raises(TooLarge):
        decode(b"a" * (MAX_BYTES + 1))


def test_the_command_reads_a_file_and_the_standard_input(
    installed: Settings, test_cluster: TestCluster, tmp_path: Path
) -> None:
    home = installed
    database = Database(test_cluster.address.url(SERVICE_LOGIN), pool_size=1, stream_pool_size=1)
    try:
        with database.transaction(ADMINISTRATOR) as session:
            for level in ("county", "township", "village"):
                options = LoadOptions(level=level)
                assert load_areas(session, ADMINISTRATOR, BOUNDARIES / "tuquan_divisions.csv", options).rejected == 0
    finally:
        database.close()
    text = (
        "突泉县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时宝石、水泉等乡镇将出现大暴雨。\n"
        "突泉县气象台2026年7月12日02时20分发布大风蓝色预警信号：红岭镇有大风。"
    )
    path = tmp_path / "warning.txt"
    path.write_bytes(text.encode("gb18030"))
    done = run(home, "hazards", "text", str(path), "--json")
    assert done.returncode == 0, done.stderr.decode()
    answer = json.loads(done.stdout.decode().splitlines()[-1])
    assert (answer["action"], answer["kind"], answer["level"], answer["issuer"]) == (
        "issue", "rainstorm", "red", "突泉县气象台",
    )  # fmt: skip
    assert answer["issued_at"] == "2026-07-12T01:50:00+08:00"
    assert [(area["code"], area["name"]) for area in answer["areas"]] == [
        ("152224105", "宝石镇"),
        ("152224104", "水泉镇"),
    ]
    assert [(one["kind"], one["level"], [part["text"] for part in one["unread"]]) for one in answer["further"]] == [
        ("gale", "blue", ["红岭镇"])
    ]

    said = run(home, "hazards", "text", "-", given=text.encode())
    assert said.returncode == 0, said.stderr.decode()
    out = said.stdout.decode()
    assert "152224105 宝石镇 “宝石”" in out and "“红岭镇” 您能看到的区划中没有这个名称" in out and "区域" in out
    assert "文中有 2 条不同的预警" in said.stderr.decode()
    assert "2026-07-12 01:50" in out and "发布单位  突泉县气象台" in out

    english = run(home, "hazards", "text", "-", given=text.encode(), language="en").stdout.decode()
    assert "Rainstorm" in english and "No division that you may see has this name" in english


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "没有文字"),
        (b"\0\1\2", "不是文字"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><alert/>", "hazards load"),
        (b"a" * (MAX_BYTES + 1), "KB"),
        (None, "读不到文件"),
    ],
)
def test_wrong_input_ends_with_2_and_opens_no_database(
    content: bytes | None, word: str, home: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "input.txt"
    if content is not None:
        path.write_bytes(content)
    done = run(home, "hazards", "text", str(path))
    assert done.returncode == 2 and word in done.stderr.decode() and done.stdout == b""
    assert not home.pgdata.exists()
