"""The page and the API of imports, from the upload to the report, the undo and the form going out again."""

import io
import re
from pathlib import Path
from typing import Any

import psycopg
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlalchemy import text

from geo_housing.houses.imports import service
from geo_housing.houses.spreadsheet.reader import open_ledger
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, id_number, load, query, write_csv
from tests.houses.spreadsheet.test_reader import township_book
from tests.toy_county import EAST, WEST
from tests.toy_county.county import COUNTY

PLACE = {"乡镇": "西山镇", "行政村": "西一村"}


def upload(client: TestClient, path: Path, **fields: str) -> str:
    """Upload on the page; the address of the import."""
    answer = client.post("/imports", files={"file": (path.name, path.read_bytes())}, data=fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def township(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("township", WEST))


def post(client: TestClient, path: Path, **fields: Any) -> Any:
    return client.post("/api/v1/imports", files={"file": (path.name, path.read_bytes())}, data=fields)


def test_from_the_upload_to_the_undo(toy: ToyDatabase, tmp_path: Path) -> None:
    client = township(toy)
    rows = [
        {"房屋编号": "西一-A", "户主姓名": "户主00", "结构形式": "石木"},
        {"房屋编号": "新-1", **PLACE, "户主姓名": "甲", "建筑面积": "很大"},
        {"房屋编号": "", **PLACE, "户主姓名": ""},
    ]
    address = upload(client, write_csv(tmp_path, rows))
    page = client.get(address).text
    assert "待确认，尚未改动任何房屋" in page and "砖混" in page and "石木" in page
    assert "面积应为数字" in page and "无法知道是哪一户" in page
    assert query(toy, "SELECT count(*) FROM house WHERE code = '新-1'")[0][0] == 0
    assert client.post(f"{address}/run").status_code == 303
    page = client.get(address).text
    assert "已导入" in page and house(toy, "西一-A").structure == "stone_wood" and house(toy, "新-1").ended_on is None
    report = client.get(f"{address}/report.xlsx")
    sheet = load_workbook(io.BytesIO(report.content))["问题行"]
    head = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, head.index("建筑面积") + 1).fill.fgColor.rgb == "FFFFC7CE"
    assert client.post(f"{address}/undo").status_code == 303
    assert house(toy, "西一-A").structure == "brick_concrete"
    assert "已撤销" in client.get(address).text
    assert "已撤销" in client.get("/imports").text


def test_confirming_twice_loads_once(toy: ToyDatabase, tmp_path: Path) -> None:
    client = township(toy)
    address = upload(client, township_book(tmp_path))
    for _ in range(2):
        assert client.post(f"{address}/run").status_code == 303
    assert query(toy, "SELECT count(*) FROM house WHERE code LIKE :code", code=f"{WEST}20_0000_")[0][0] == 3


def test_the_same_form_sent_twice_is_one_import(toy: ToyDatabase, tmp_path: Path) -> None:
    client = township(toy)
    path = township_book(tmp_path)
    assert upload(client, path, client_id="c1") == upload(client, path, client_id="c1")
    assert upload(client, path, client_id="c2") != upload(client, path, client_id="c1")


def test_what_was_corrected_is_remembered_for_the_same_form(toy: ToyDatabase, tmp_path: Path) -> None:
    client = township(toy)
    rows = [{"编码": "新-1", **PLACE, "户主": "甲", "姓名": "乙", "房间": "3"}]
    address = upload(client, write_csv(tmp_path, rows, "a.csv"))
    corrected = {
        "column:编码": "house_code", "column:乡镇": "township", "column:行政村": "village", "column:户主": "",
        "column:姓名": "head", "column:房间": "rooms", "crs": "gcj02",
    }  # fmt: skip
    assert client.post(f"{address}/recognise", data=corrected).status_code == 303
    client.post(f"{address}/run")
    assert house(toy, "新-1").rooms == 3 and house(toy, "新-1").extra == {"户主": "甲"}
    rows[0] |= {"编码": "新-2", "姓名": "丙"}
    again = upload(client, write_csv(tmp_path, rows, "b.csv"))
    page = client.get(again).text
    assert re.search(r'value="gcj02" selected', page)
    client.post(f"{again}/run")
    assert house(toy, "新-2").rooms == 3


def test_an_upload_that_is_no_ledger_is_refused_on_the_page_and_nothing_stays(toy: ToyDatabase, tmp_path: Path) -> None:
    client = township(toy)
    answer = client.post("/imports", files={"file": ("x.csv", b"1,2\n3,4\n")})
    assert answer.status_code == 422 and "没有认出表头" in answer.text
    assert query(toy, "SELECT count(*) FROM stored_file")[0][0] == 0


def test_a_ledger_without_a_usable_row_says_so_and_cannot_be_confirmed(toy: ToyDatabase, tmp_path: Path) -> None:
    client = township(toy)
    address = upload(client, write_csv(tmp_path, [{"乡镇": "西山镇", "行政村": "", "户主姓名": "甲"}]))
    page = client.get(address).text
    assert "没有一行可以导入" in page and "缺少 行政村" in page and "确认导入" not in page


def test_the_upload_lies_sealed_and_for_a_time_only(toy: ToyDatabase, tmp_path: Path) -> None:
    number = id_number(11)
    upload(township(toy), write_csv(tmp_path, [{"房屋编号": "新-1", **PLACE, "户主姓名": "甲", "身份证号": number}]))
    (row,) = query(toy, "SELECT sha256, encrypted, keep_until - created_at AS kept FROM stored_file")
    raw = (toy.settings.files / row.sha256[:2] / row.sha256).read_bytes()
    assert row.encrypted and number.encode() not in raw and 29 <= row.kept.days <= 30
    preview = query(toy, "SELECT preview, recognised FROM import_batch WHERE preview IS NOT NULL")
    assert number not in str(preview)


def test_others_see_no_import_of_this_township(toy: ToyDatabase, tmp_path: Path) -> None:
    address = upload(township(toy), township_book(tmp_path))
    east = toy.browser(toy.member("township", EAST))
    for method, path in (
        ("GET", ""),
        ("POST", "/run"),
        ("POST", "/undo"),
        ("GET", "/report.xlsx"),
        ("POST", "/form.xlsx"),
    ):
        assert east.request(method, address + path).status_code == 404, path
    assert "township.xlsx" not in east.get("/imports").text
    village = toy.browser(toy.member("village", f"{WEST}201"))
    assert village.get("/imports").status_code == 403


def test_the_api_answers_as_the_command_does(toy: ToyDatabase, tmp_path: Path) -> None:
    client = township(toy)
    path = write_csv(
        tmp_path,
        [{"房屋编号": "新-1", **PLACE, "户主姓名": "甲"}, {"房屋编号": "", "行政村": "", "乡镇": "", "户主姓名": "乙"}],
    )
    tried = post(client, path, dry_run="true")
    assert tried.status_code == 200 and tried.json()["created"] == 1
    assert query(toy, "SELECT count(*) FROM house WHERE code = '新-1'")[0][0] == 0
    answer = post(client, path, client_id="k1").json()
    assert {key: answer[key] for key in ("read", "created", "updated", "unchanged", "rejected", "crs")} == {
        "read": 2, "created": 1, "updated": 0, "unchanged": 0, "rejected": 1, "crs": "EPSG:4326",
    }  # fmt: skip
    assert client.get(answer["report"]).status_code == 200
    assert post(client, path, client_id="k1").json() == answer
    assert client.get(f"/api/v1/imports/{answer['import']}").json()["counts"]["created"] == 1
    assert len(client.get("/api/v1/imports").json()["items"]) == 2
    assert client.post(f"/api/v1/imports/{answer['import']}/undo").status_code == 200
    assert client.post(f"/api/v1/imports/{answer['import']}/undo").status_code == 409


def test_the_api_refuses_what_has_no_usable_row_and_stores_nothing(toy: ToyDatabase, tmp_path: Path) -> None:
    answer = post(township(toy), write_csv(tmp_path, [{"乡镇": "", "行政村": "", "户主姓名": "甲"}]))
    assert answer.status_code == 422 and answer.json()["errors"][0]["line"] == 2
    assert query(toy, "SELECT count(*) FROM stored_file")[0][0] == 0


def test_large_ledgers_go_to_the_background_and_come_to_the_same(
    toy: ToyDatabase, tmp_path: Path, monkeypatch: Any
) -> None:
    from geo_housing.worker import run_worker

    monkeypatch.setattr(service, "AT_ONCE_ROWS", 10)
    client = township(toy)
    rows = [{"房屋编号": f"新-{n}", **PLACE, "户主姓名": f"户{n}"} for n in range(30)]
    answer = post(client, write_csv(tmp_path, rows))
    assert answer.status_code == 202
    address = upload(client, write_csv(tmp_path, [{**row, "间数": 3} for row in rows], "b.csv"))
    assert "后台处理" in client.get(address).text
    run_worker(toy.database, toy.settings, once=True)
    assert client.get(answer.json()["address"]).json()["result"]["created"] == 30
    assert client.get(f"{address}/progress").headers["hx-refresh"] == "true"
    assert "确认导入" in client.get(address).text
    client.post(f"{address}/run")
    run_worker(toy.database, toy.settings, once=True)
    assert house(toy, "新-7").rooms == 3 and "已导入" in client.get(address).text


def test_the_question_before_an_undo_says_what_it_does_and_what_is_in_the_way(toy: ToyDatabase, tmp_path: Path) -> None:
    client = township(toy)
    rows = [{"房屋编号": "西一-A", "结构形式": "石木"}, {"房屋编号": "西一-C", "户主姓名": "户主02", "家庭人口": 9}]
    address = upload(client, write_csv(tmp_path, [*rows, {"房屋编号": "新-1", **PLACE, "户主姓名": "甲"}]))
    client.post(f"{address}/run")
    page = client.get(address).text
    assert "撤销这次导入" in page and "确认撤销" not in page
    part = client.get(f"{address}/undo").text
    assert "新增的 1 栋登记为误登记" in part and "改动过的 1 栋、1 户恢复" in part and "确认撤销" in part
    load(toy, [{"房屋编号": "新-1", "间数": 2}])
    part = client.get(f"{address}/undo").text
    assert "不能整体撤销：之后有 1 栋房屋又被改动或使用过（新-1）" in part and "确认撤销" not in part


def test_many_houses_are_taken_back_in_the_background_once(toy: ToyDatabase, tmp_path: Path, monkeypatch: Any) -> None:
    from geo_housing.houses.imports import undo
    from geo_housing.worker import run_worker

    monkeypatch.setattr(undo, "AT_ONCE_ROWS", 10)
    client = township(toy)
    rows = [{"房屋编号": f"新-{n}", **PLACE, "户主姓名": f"户{n}"} for n in range(12)]
    address = upload(client, write_csv(tmp_path, rows))
    client.post(f"{address}/run")
    assert "在后台撤销" in client.get(f"{address}/undo").text
    assert [client.post(f"{address}/undo").status_code for _ in range(2)] == [303, 303]
    by_api = client.post(f"/api/v1{address}/undo")
    assert by_api.status_code == 202 and house(toy, "新-7").ended_on is None
    jobs = query(toy, "SELECT id, state FROM job WHERE task = 'houses.import_undo'")
    assert [job.id for job in jobs] == [by_api.json()["job"]]
    page = client.get(address).text
    assert "排队等待后台处理" in page and "撤销这次导入" not in page
    run_worker(toy.database, toy.settings, once=True)
    assert client.get(f"{address}/progress").headers["hx-refresh"] == "true"
    assert "已撤销" in client.get(address).text and house(toy, "新-7").ended_reason == "mistaken"
    assert client.post(f"/api/v1{address}/undo").status_code == 409
    assert client.post(f"{address}/undo").status_code == 409


def test_what_somebody_has_the_worker_take_back_waits_on_everybodys_page(
    toy: ToyDatabase, tmp_path: Path, monkeypatch: Any
) -> None:
    from geo_housing.houses.imports import undo
    from geo_housing.worker import run_worker

    monkeypatch.setattr(undo, "AT_ONCE_ROWS", 1)
    client, colleague, county = township(toy), township(toy), toy.browser(toy.member("county", COUNTY))
    rows = [{"房屋编号": f"新-{n}", **PLACE, "户主姓名": f"户{n}"} for n in range(2)]
    address = upload(client, write_csv(tmp_path, rows))
    client.post(f"{address}/run")
    for other in (colleague, county):
        assert "撤销这次导入</summary>" in other.get(address).text
    client.post(f"{address}/undo")
    for other in (colleague, county):
        page = other.get(address).text
        assert "有人正在后台撤销这次导入" in page and "撤销这次导入</summary>" not in page
    run_worker(toy.database, toy.settings, once=True)
    for other in (colleague, county):
        page = other.get(address).text
        assert "有人正在后台" not in page and "已撤销" in page
    # An office above has left it: its job is not seen below, but that the worker holds the import is.
    address = upload(client, write_csv(tmp_path, rows))
    client.post(f"{address}/run")
    county.post(f"{address}/undo")
    with toy.transaction() as session:
        number = int(address.split("/")[-1])
        session.execute(text("SELECT id FROM import_batch WHERE id = :i FOR UPDATE"), {"i": number})
        page = client.get(address).text
        assert "有人正在后台撤销这次导入" in page and "撤销这次导入</summary>" not in page


def test_nobody_waits_for_a_worker_that_takes_back(toy: ToyDatabase, tmp_path: Path, monkeypatch: Any) -> None:
    from geo_housing.houses.imports import undo

    monkeypatch.setattr(undo, "AT_ONCE_ROWS", 1)
    client = township(toy)
    rows = [{"房屋编号": f"新-{n}", **PLACE, "户主姓名": f"户{n}"} for n in range(2)]
    address = upload(client, write_csv(tmp_path, rows))
    client.post(f"{address}/run")
    with toy.transaction() as session:
        # As the worker does until all is taken back.
        session.execute(
            text("SELECT id FROM import_batch WHERE id = :i FOR UPDATE"), {"i": int(address.split("/")[-1])}
        )
        by_api, by_page = client.post(f"/api/v1{address}/undo"), client.post(f"{address}/undo")
    assert by_api.status_code == by_page.status_code == 409
    assert "正在后台办理" in by_api.json()["detail"] and "正在后台办理" in by_page.text
    assert query(toy, "SELECT id FROM job WHERE task = 'houses.import_undo'") == []
    assert client.post(f"/api/v1{address}/undo").status_code == 202


def test_a_refusal_in_the_background_is_told_on_the_page(toy: ToyDatabase, tmp_path: Path, monkeypatch: Any) -> None:
    from geo_housing.houses.imports import undo
    from geo_housing.worker import run_worker

    monkeypatch.setattr(undo, "AT_ONCE_ROWS", 1)
    client = township(toy)
    rows = [{"房屋编号": f"新-{n}", **PLACE, "户主姓名": f"户{n}"} for n in range(2)]
    address = upload(client, write_csv(tmp_path, rows))
    client.post(f"{address}/run")
    client.post(f"{address}/undo")
    load(toy, [{"房屋编号": "新-1", "间数": 2}])
    run_worker(toy.database, toy.settings, once=True)
    page = client.get(address).text
    assert "不能整体撤销：之后有 1 栋房屋又被改动或使用过（新-1）" in page and "已导入" in page
    assert house(toy, "新-0").ended_on is None


def test_a_townships_book_goes_out_in_its_own_form(toy: ToyDatabase, tmp_path: Path) -> None:
    client = township(toy)
    original = township_book(tmp_path)
    address = upload(client, original)
    client.post(f"{address}/run")
    load(toy, [{"房屋编号": f"{WEST}20100001", "间数": 6, "联系电话": "10012345678"}])
    answer = client.post(f"{address}/form.xlsx")
    assert answer.status_code == 200
    written = load_workbook(io.BytesIO(answer.content))["台账"]
    source = load_workbook(original).worksheets[0]
    for line in range(1, 5):
        assert [cell.value for cell in written[line]] == [cell.value for cell in source[line]]
    heads = {str(merged) for merged in source.merged_cells.ranges if merged.max_row <= 4}
    assert {str(merged) for merged in written.merged_cells.ranges} == heads
    first = [cell.value for cell in written[5]]
    assert first == [1, "西一村村委会", "甲某", None, "100****5678", 1990, "土木", 80, 6, "墙裂", None]
    assert written.max_row == 7
    full = client.post(f"{address}/form.xlsx", data={"personal": "true"})
    assert load_workbook(io.BytesIO(full.content))["台账"].cell(5, 5).value == "10012345678"
    # What went out comes in again and changes nothing.
    path = tmp_path / "out.xlsx"
    path.write_bytes(answer.content)
    assert counts(load(toy, path, area=WEST)) == (0, 0, 3, 0)
    assert open_ledger(path).recognised.head_rows == (3, 4)
    actions = [row.action for row in query(toy, "SELECT action FROM journal_entry ORDER BY id")]
    assert actions.count("houses.form") == 2


def test_full_numbers_need_their_own_permission(toy: ToyDatabase, tmp_path: Path) -> None:
    address = upload(township(toy), township_book(tmp_path))
    planner = toy.browser(toy.member("planner", WEST))
    assert planner.post(f"{address}/form.xlsx", data={"personal": "true"}).status_code == 403


def test_a_file_that_nobody_has_looked_into_still_has_its_page(toy: ToyDatabase) -> None:
    with toy.transaction(WEST) as session:
        batch = session.scalar(
            text(
                "INSERT INTO import_batch (scope_code, actor, file_name, source_crs)"
                " VALUES (:area, 'cli:tests', '旧.csv', '') RETURNING id"
            ),
            {"area": WEST},
        )
    answer = township(toy).get(f"/imports/{batch}")
    assert answer.status_code == 200 and "旧.csv" in answer.text


def test_the_county_sees_what_became_of_an_import_of_the_command_line(toy: ToyDatabase, tmp_path: Path) -> None:
    rows = [
        {"房屋编号": "新-1", **PLACE, "户主姓名": "甲", "建筑面积": "很大"},
        {"房屋编号": "", **PLACE, "户主姓名": ""},
    ]
    loaded = load(toy, write_csv(tmp_path, rows))
    with toy.transaction() as session:
        session.execute(
            text("UPDATE import_batch SET actor = 'cli:root' WHERE id = :n"), {"n": loaded.outcome.batch_id}
        )
    county = toy.browser(toy.member("county", COUNTY))
    address = f"/imports/{loaded.outcome.batch_id}"
    assert address in county.get("/imports").text
    # Of an import from before its rows were kept, the counts at least.
    assert 'href="#rejected">1<' in county.get(address).text
    with toy.transaction() as session:
        service.keep_answer(session, loaded)
    page = county.get(address).text
    assert (
        'href="#rejected">1<' in page
        and "无法知道是哪一户" in page
        and "面积应为数字" in page
        and "由命令行导入" in page
    )
    assert county.post(f"{address}/undo").status_code == 303


def test_what_is_wrong_with_an_upload_is_said_under_its_own_name(toy: ToyDatabase, tmp_path: Path) -> None:
    broken = tmp_path / "西山镇台账.xlsx"
    broken.write_bytes(b"PK no book")
    answer = township(toy).post("/imports", files={"file": (broken.name, broken.read_bytes())})
    assert answer.status_code == 422 and broken.name in answer.text and "ledger.xlsx" not in answer.text
    shapes = tmp_path / "shapes.geojson"
    shapes.write_text('{"type": "Point", "coordinates": [120.0051, 45.0051]}')
    answer = township(toy).post("/imports", files={"file": (shapes.name, shapes.read_bytes())})
    assert answer.status_code == 422 and "文件里只有图形" in answer.text and "--columns" not in answer.text


def test_a_ledger_called_like_its_report_is_read_to_its_end(toy: ToyDatabase, tmp_path: Path) -> None:
    client = township(toy)
    address = upload(client, township_book(tmp_path).rename(tmp_path / "report.xlsx"))
    assert client.post(f"{address}/run").status_code == 303
    report = load_workbook(io.BytesIO(client.get(f"{address}/report.xlsx").content))
    assert report["问题行"].max_row == 4, "the head and three rows whose codes were given out"


def test_the_demo_says_before_the_upload_that_it_takes_no_real_ledger(toy: ToyDatabase, tmp_path: Path) -> None:
    client = township(toy)
    assert 'type="file"' in client.get("/imports").text
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", "")) as connection:
        connection.execute(
            "INSERT INTO area (code, level, name, match_name, is_demo) VALUES ('990001100299', 'village', '示例村', '示例', true)"
        )
    page = client.get("/imports").text
    assert "演示县不收真实台账" in page and "demo --clear" in page and 'type="file"' not in page
    # Who sends one all the same is refused before anything is kept.
    path = write_csv(tmp_path, [{**PLACE, "户主姓名": "甲"}])
    answer = client.post("/imports", files={"file": (path.name, path.read_bytes())})
    assert answer.status_code == 409 and "demo --clear" in answer.text
    assert post(client, path).status_code == 409
    assert query(toy, "SELECT count(*) FROM stored_file")[0][0] == 0
