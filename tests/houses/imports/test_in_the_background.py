"""An import that the worker has: its page, the list and the bar say what is being done with it, from the press on."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo_housing.houses.imports import service, undo
from geo_housing.houses.intake.service import STEPS
from geo_housing.jobs import running
from geo_housing.jobs.running import RunningJob
from geo_housing.worker import run_worker
from tests.fixtures.browser import DESK, PHONE, fits
from tests.fixtures.toy import ToyDatabase
from tests.houses.imports.test_import_page import upload
from tests.houses.ledgers import write_csv
from tests.toy_county import WEST

PLACE = {"乡镇": "西山镇", "行政村": "西一村"}
ROWS = [{"房屋编号": f"新-{n}", **PLACE, "户主姓名": f"户{n}"} for n in range(30)]


def heading(page: str) -> str:
    found = re.search(r'class="import-state">\s*<strong>(.*?)</strong>', page)
    assert found is not None
    return found[1]


def listed(client: TestClient) -> str:
    return client.get("/imports").text


def test_heading_and_list_follow_the_worker(toy: ToyDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "AT_ONCE_ROWS", 10)
    monkeypatch.setattr(undo, "AT_ONCE_ROWS", 10)
    client, colleague = (toy.browser(toy.member("township", WEST)) for _ in range(2))
    address = upload(client, write_csv(tmp_path, ROWS))
    before = "待确认，尚未改动任何房屋"

    def headings() -> set[str]:
        return {heading(one.get(address).text) for one in (client, colleague)}

    assert headings() == {"正在核对，尚未改动任何房屋"} and "正在核对" in listed(client)
    run_worker(toy.database, toy.settings, once=True)
    assert headings() == {before} and "待确认" in listed(client)
    client.post(f"{address}/run")
    assert headings() == {"已确认，正在导入"} and "待确认" not in client.get(address).text + listed(client)
    run_worker(toy.database, toy.settings, once=True)
    assert headings() == {"已导入"} and "正在导入" not in listed(colleague)
    client.post(f"{address}/undo")
    assert headings() == {"正在撤销"} and "正在撤销" in listed(colleague)
    run_worker(toy.database, toy.settings, once=True)
    assert headings() == {"已撤销"}


def test_the_bar_has_a_length_as_soon_as_the_rows_are_counted(
    toy: ToyDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AT_ONCE_ROWS", 10)
    client = toy.browser(toy.member("township", WEST))
    address = upload(client, write_csv(tmp_path, ROWS))
    bars: list[str] = []
    tell = RunningJob.progress

    def told(job: RunningJob, *args: Any) -> None:
        tell(job, *args)
        bars.append(client.get(f"{address}/progress").text)

    monkeypatch.setattr(RunningJob, "progress", told)
    monkeypatch.setattr(running, "PROGRESS_STEP_S", 0)
    run_worker(toy.database, toy.settings, once=True)
    read, first = bars[-1 - len(STEPS) :][:2]
    assert "读取并核对：30 行" in read and "<progress>" in read
    assert f"与房屋登记比对（第 1 步，共 {len(STEPS)} 步）" in first
    assert f'value="1" max="{len(STEPS)}"' in first
    bars.clear()
    client.post(f"{address}/run")
    waiting = client.get(f"{address}/progress").text
    assert "排队等待后台处理" in waiting and "<progress>" in waiting
    run_worker(toy.database, toy.settings, once=True)
    read, first = bars[-1 - len(STEPS) :][:2]
    assert "读取并核对：30 / 30 行" in read and 'value="30" max="30"' in read
    assert f"写入房屋登记（第 1 步，共 {len(STEPS)} 步）" in first


def work(toy: ToyDatabase) -> None:
    """A turn of the worker beside the browser, whose thread has a loop of its own."""
    turn = threading.Thread(target=run_worker, args=(toy.database, toy.settings), kwargs={"once": True})
    turn.start()
    turn.join()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_press_is_answered_by_the_heading(
    toy: ToyDatabase, visit: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: dict[str, int]
) -> None:
    monkeypatch.setattr(service, "AT_ONCE_ROWS", 10)
    page = visit(toy, toy.member("township", WEST), "/imports", size=size).page
    page.set_input_files("input[type=file]", write_csv(tmp_path, ROWS))
    page.get_by_text("正在核对，尚未改动任何房屋").wait_for()
    work(toy)
    page.get_by_text("待确认，尚未改动任何房屋").wait_for()
    page.get_by_role("button", name="确认导入").click()
    page.get_by_text("已确认，正在导入").wait_for()
    assert page.get_by_text("待确认").count() == 0 and page.get_by_text("排队等待后台处理").is_visible() and fits(page)
    work(toy)
    page.get_by_text("已导入", exact=True).wait_for()
