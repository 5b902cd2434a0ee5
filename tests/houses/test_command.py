"""``geo-housing houses load`` as a person calls it."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

import geo_housing.houses
from geo_housing.areas.service import LoadOptions, load_areas
from geo_housing.db import SERVICE_LOGIN, Database
from geo_housing.settings import Settings
from tests.fixtures.cluster import TestCluster
from tests.fixtures.people import ADMINISTRATOR
from tests.houses.ledgers import write_csv
from tests.toy_county import write_areas

PLACE = {"乡镇": "西山镇", "行政村": "西一村"}


def run(home: Path, *arguments: str, language: str = "zh") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "geo_housing", *arguments],
        env={**os.environ, "GEO_HOUSING_HOME": str(home), "GEO_HOUSING_LANG": language},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def answer(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture
def given(installed: Settings, test_cluster: TestCluster, tmp_path: Path) -> Path:
    """A folder for ledgers, beside a register of divisions without houses."""
    paths = write_areas(tmp_path)
    database = Database(test_cluster.address.url(SERVICE_LOGIN), pool_size=1, stream_pool_size=1)
    try:
        with database.transaction(ADMINISTRATOR) as session:
            for level in ("county", "township", "village"):
                load_areas(session, ADMINISTRATOR, paths[level], LoadOptions(level=level))
    finally:
        database.close()
    return tmp_path


def test_good_rows_are_kept_bad_ones_reported_and_again_nothing_changes(installed: Settings, given: Path) -> None:
    home = installed.home
    rows = [
        {"房屋编号": "X-1", **PLACE, "户主姓名": "甲", "建筑面积": "大"},
        {"房屋编号": "", **PLACE, "户主姓名": "乙"},
        {"房屋编号": "", "户主姓名": "丙"},
    ]
    ledger = write_csv(given, rows)
    tried = answer(run(home, "houses", "load", str(ledger), "--dry-run", "--json"))
    assert (tried["read"], tried["created"], tried["rejected"]) == (3, 2, 1)
    report = given / "report.xlsx"
    loaded = answer(run(home, "houses", "load", str(ledger), "--report", str(report), "--json"))
    assert set(loaded) >= {
        *("read", "created", "updated", "unchanged", "rejected", "unlocated", "misplaced", "outside", "differs"),
        *("crs", "report"),
    }
    assert loaded["created"] == 2 and loaded["report"] == str(report)
    listed = [row[1] or None for row in load_workbook(report)["问题清单"].iter_rows(min_row=2, values_only=True)]
    assert listed == ["建筑面积", "房屋编号", None]
    again = answer(run(home, "houses", "load", str(ledger), "--json"))
    assert (again["created"], again["updated"], again["unchanged"], again["rejected"]) == (0, 0, 2, 1)
    assert Path(again["report"]).parent == home / "reports"


def test_nothing_usable_is_exit_2_with_a_sentence_and_a_report(installed: Settings, given: Path) -> None:
    ledger = write_csv(given, [{"乡镇": "西山镇", "行政村": "", "户主姓名": "甲"}], "bad.csv")
    done = run(installed.home, "houses", "load", str(ledger))
    assert done.returncode == 2 and "没有一行可以导入" in done.stderr and "报告：" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere.csv",), "找不到文件"),
        ((), "请给出台账文件"),
    ],
)
def test_a_wrong_call_says_what_to_do(installed: Settings, arguments: tuple[str, ...], sentence: str) -> None:
    done = run(installed.home, "houses", "load", *arguments)
    assert done.returncode == 2 and sentence in done.stderr


def test_the_fields_are_listed_without_a_database(tmp_path: Path) -> None:
    done = run(tmp_path / "none", "houses", "load", "--fields", "--json")
    fields = answer(done)
    assert fields["head"][:2] == ["户主姓名", "户主"] and not (tmp_path / "none").exists()


def test_the_sheets_that_were_not_read_are_named(installed: Settings, given: Path) -> None:
    book = Workbook()
    book.active.title = "西一村"
    for name in ("西二村", "西三村"):
        book.create_sheet(name)
    for n, sheet in enumerate(book.worksheets):
        sheet.append(["房屋编号", "乡镇", "行政村", "户主姓名"])
        sheet.append([f"SH-{n}", "西山镇", sheet.title, "甲"])
    path = given / "villages.xlsx"
    book.save(path)
    done = run(installed.home, "houses", "load", str(path), "--json")
    loaded = answer(done)
    assert done.returncode == 0 and loaded["read"] == 1
    assert loaded["sheets"] == {"read": "西一村", "not_read": ["西二村", "西三村"]}
    assert "西二村、西三村" in done.stderr + done.stdout and "--sheet" in done.stderr + done.stdout
    told = [row[3] for row in load_workbook(loaded["report"])["问题清单"].iter_rows(min_row=2, values_only=True)]
    assert any("“西二村”、“西三村”" in sentence and "“工作表”（--sheet）" in sentence for sentence in told)


def test_a_field_of_the_import_page_is_named_with_its_option(installed: Settings, given: Path) -> None:
    path = write_csv(given, [{"房屋编号": "X-1", "房屋编码": "X-2", "户主姓名": "甲"}], "doubled.csv")
    done = run(installed.home, "houses", "load", str(path))
    assert (
        done.returncode == 2 and "在“识别结果”（--columns 字段=表头，字段见 houses load --fields）中指定" in done.stderr
    )
    done = run(installed.home, "houses", "load", str(path), language="en")
    assert done.returncode == 2 and "under “Recognised” (--columns FIELD=HEADING" in done.stderr


def test_what_is_read_in_the_browser_names_no_option() -> None:
    said = re.compile(r"[\u4e00-\u9fff].*--[a-z]|--[a-z].*[\u4e00-\u9fff]")
    rooms = Path(geo_housing.houses.__file__).parent
    texts = (
        (path.name, node.value)
        for path in rooms.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    assert [(name, text) for name, text in texts if said.search(text)] == []
