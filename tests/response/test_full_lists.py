"""含完整电话的名单: who gets one and who does not, what stands on it, what the journal tells, and that it comes back."""

import io
import re
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from fastapi.testclient import TestClient
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import text

from geo_housing.keys import load_keys
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event
from tests.roster.people import contact
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

VILLAGE = VILLAGES["西一"][0]
PURPOSE = "交村书记，逐户通知转移"
BOOKS = ("evacuation/list-full.xlsx", "list-full.xlsx", "calls/record-full.xlsx")
PAPERS = ("evacuation/print-full", "print-full", "calls/print-full")
MASKED = re.compile(r"\d{3}\*{4}\d{4}")
PRESS = "含完整电话…"


@furnished
def event(toy: ToyDatabase) -> int:
    """西一 and 东一 under orange with their tasks; the head of West was called."""
    contact(toy, WEST, "王镇长", "township_lead", phone="10900000002")
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "orange")
        respond(session, toy.actor(), number)
        callee = session.scalar(text("SELECT id FROM contact WHERE name = '王镇长'"))
    county = toy.browser(toy.member("county", COUNTY))
    started = county.post(f"/events/{number}/calls/at/{WEST}/start", data={"contact": callee, "seen": "0"})
    assert started.status_code == 303
    return number


@pytest.fixture
def township(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("township", WEST))


def numbers(toy: ToyDatabase, area: str) -> set[str]:
    """The full numbers of all families of an area."""
    ring = load_keys(toy.app.state.settings.keys_file)
    with toy.transaction() as session:
        found = session.execute(
            text("SELECT id, phone_cipher FROM household WHERE scope_code LIKE :a AND phone_cipher IS NOT NULL"),
            {"a": f"{area}%"},
        )
        return {ring.decrypt(bytes(row.phone_cipher), field="phone", owner=row.id) for row in found}


def journal(toy: ToyDatabase, event: int) -> list[dict[str, Any]]:
    with toy.transaction() as session:
        found = session.scalars(
            text(
                "SELECT counts FROM journal_entry WHERE action IN ('export.village_list', 'export.calls')"
                " AND subject_id = :e ORDER BY id"
            ),
            {"e": str(event)},
        )
        return [dict(counts) for counts in found]


def cells(content: bytes) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


def take(client: TestClient, event: int, path: str, **data: str) -> Any:
    return client.post(f"/events/{event}/{path}", data={"purpose": PURPOSE, **data})


@pytest.mark.parametrize("path", BOOKS[:2])
def test_a_township_gets_the_numbers_of_its_own_ground_with_its_mark_on_each_sheet(
    toy: ToyDatabase, township: TestClient, event: int, path: str
) -> None:
    answer = take(township, event, path)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    said = "\n".join(cells(answer.content))
    shown, own = set(re.findall(r"\b\d{11}\b", said)), numbers(toy, WEST)
    assert shown and shown <= own and not shown & numbers(toy, EAST) and not MASKED.search(said)
    for sheet in openpyxl.load_workbook(io.BytesIO(answer.content)):
        assert isinstance(sheet, Worksheet)
        mark = str(sheet["A2"].value)
        assert "含完整电话" in mark and PURPOSE in mark and re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", mark)
        # What repeats on every printed page.
        assert sheet.print_title_rows == "$1:$3" and PURPOSE in str(sheet.oddHeader.left.text)
    name = unquote(answer.headers["content-disposition"])
    assert "含完整电话" in name and "交村书记逐户通知转移" in name and str(answer.request.url).endswith(path)
    entry = journal(toy, event)[-1]
    assert entry["purpose"] == PURPOSE and entry["phones"] == len(shown) and entry["rows"] and entry["personal"]
    plain = township.get(f"/api/v1/events/{event}/{path.replace('-full', '')}")
    masked = "\n".join(cells(plain.content))
    assert not re.search(r"\b\d{11}\b", masked) and MASKED.search(masked) and "purpose" not in journal(toy, event)[-1]


@pytest.mark.parametrize("path", PAPERS)
def test_the_paper_has_them_and_the_mark_over_every_page(
    toy: ToyDatabase, township: TestClient, event: int, path: str
) -> None:
    area = "" if path.startswith("calls") else VILLAGE
    answer = take(township, event, path, area=area)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "private, no-store"
    shown = set(re.findall(r"\b\d{11}\b", answer.text))
    assert shown and shown <= numbers(toy, VILLAGE) | {"10900000002"}
    assert 'class="marked"' in answer.text and answer.text.count(PURPOSE) >= 2
    assert (
        journal(toy, event)[-1] | {"purpose": PURPOSE, "phones": len(shown), "format": "print"}
        == journal(toy, event)[-1]
    )
    before = township.get(f"/events/{event}/{path.replace('-full', '')}").text
    assert not re.search(r"\b1\d{10}\b", before) and 'class="marked"' not in before


def test_the_record_of_calls_has_the_number_that_was_called_while_the_roster_has_it(
    toy: ToyDatabase, township: TestClient, event: int
) -> None:
    assert "10900000002" in cells(take(township, event, BOOKS[2]).content)
    assert "109****0002" in cells(township.get(f"/api/v1/events/{event}/calls.xlsx").content)
    with toy.transaction() as session:
        session.execute(text("UPDATE contact SET phone_masked = '109****7777' WHERE name = '王镇长'"))
    later = cells(take(township, event, BOOKS[2]).content)
    assert "109****0002" in later and "10900000002" not in later


@pytest.mark.parametrize("role", ["village", "planner", "leader", "technician", "duty"])
def test_who_may_not_sees_no_press_and_gets_none(toy: ToyDatabase, event: int, role: str) -> None:
    client = toy.browser(toy.member(role, VILLAGE if role == "village" else COUNTY))
    before = len(journal(toy, event))
    for path in (*BOOKS, *PAPERS):
        assert take(client, event, path).status_code == 403, path
    for page in ("", "/evacuation", "/calls", f"/areas/{VILLAGE}"):
        assert PRESS not in client.get(f"/events/{event}{page}").text, page
    assert len(journal(toy, event)) == before


def test_a_purpose_is_asked_others_ground_refused_and_nothing_stands_in_an_address(
    toy: ToyDatabase, township: TestClient, event: int
) -> None:
    before = len(journal(toy, event))
    for path in (*BOOKS, *PAPERS):
        nothing = take(township, event, path, purpose="  ")
        assert nothing.status_code == 422 and "用途" in nothing.text, path
        assert take(township, event, path, purpose="用" * 101).status_code == 422
        assert take(township, event, path, area=EAST).status_code in (403, 404), path
        assert township.get(f"/events/{event}/{path}?purpose=x").status_code in (404, 405), path
    assert len(journal(toy, event)) == before
    for page, forms in (("", 1), ("/evacuation", 1), ("/calls", 1), (f"/areas/{VILLAGE}", 1)):
        found = township.get(f"/events/{event}{page}").text
        assert found.count(PRESS) == forms, page
        press = found[found.index(PRESS) :]
        assert '<form method="post"' in press.split("</details>")[0] and 'name="purpose"' in press


def test_a_drill_shows_its_real_people_no_more_than_before(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一"], "orange", mode="drill")
        respond(session, toy.actor(), number)
    county = toy.browser(toy.member("county", COUNTY))
    for path in (*BOOKS, *PAPERS):
        answer = take(county, number, path)
        assert answer.status_code == 409 and "演练" in answer.text, path
    for page in ("", "/evacuation", "/calls", f"/areas/{VILLAGE}"):
        assert PRESS not in county.get(f"/events/{number}{page}").text


def test_filled_in_it_comes_back_and_its_numbers_are_no_conflict(
    toy: ToyDatabase, township: TestClient, event: int
) -> None:
    for path, sheet_heads, column, value, address in (
        (BOOKS[0], 3, "状态", "已外出", "evacuation/returned"),
        (BOOKS[1], 3, "排查结果", "未见明显隐患", "returned"),
    ):
        book = openpyxl.load_workbook(io.BytesIO(take(township, event, path).content))
        sheet = book["西山镇"]
        heads = {cell.value: cell.column for cell in sheet[sheet_heads]}
        line = next(n for n in range(4, 30) if sheet.cell(n, heads["房屋编号"]).value == "西一-D")
        assert re.fullmatch(r"\d{11}", str(sheet.cell(line, heads["联系电话"]).value))
        sheet.cell(line, heads[column]).value = value
        out = io.BytesIO()
        book.save(out)
        page = township.post(f"/events/{event}/{address}", files={"file": ("名单.xlsx", out.getvalue())})
        figures = re.findall(r"<strong>([\d,]+)</strong> (将录入|与现有内容不同|不能用)", page.text)
        assert figures == [("1", "将录入"), ("0", "与现有内容不同"), ("0", "不能用")]
        kept = re.search(rf'action="/events/{event}/{address}/(\d+)"', page.text)
        assert kept and "已录入 1 " in township.post(f"/events/{event}/{address}/{kept[1]}").text
    with toy.transaction() as session:
        assert (
            session.scalar(
                text("SELECT state FROM evacuation e JOIN house h ON h.id = e.house_id WHERE h.code = '西一-D'")
            )
            == "away"
        )


def test_a_number_whose_key_is_gone_stays_masked_and_all_others_are_there(
    toy: ToyDatabase, township: TestClient, event: int
) -> None:
    whole = cells(take(township, event, BOOKS[0]).content)
    with toy.transaction() as session:
        session.execute(
            text(
                "UPDATE household SET phone_cipher = '\\x6301' WHERE id = (SELECT household_id FROM evacuation"
                " WHERE scope_code = :v AND household_id IS NOT NULL ORDER BY id LIMIT 1)"
            ),
            {"v": VILLAGE},
        )
    left = cells(take(township, event, BOOKS[0]).content)
    full = [len(re.findall(r"\b\d{11}\b", "\n".join(one))) for one in (whole, left)]
    assert full[1] == full[0] - 1 and MASKED.search("\n".join(left)) and not MASKED.search("\n".join(whole))
