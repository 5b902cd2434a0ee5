"""Loading a list in steps, on the page and by the command."""

from pathlib import Path

from sqlalchemy import text

from geo_housing.clock import today
from geo_housing.roster.queries import contacts_of
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.roster.lists import write_xlsx
from tests.roster.people import contact
from tests.toy_county.county import EAST, WEST

ROWS = [
    ["村", "类别", "姓名", "电话"],
    ["西一村", "村书记", "甲", "10000000001"],
    ["西二村", "村书记", "乙", "100000"],
    ["没有这个村", "村书记", "丙", "10000000003"],
]


def sent(client, path: Path, client_id: str = "form-1"):  # type: ignore[no-untyped-def] # the client of the tests
    with path.open("rb") as file:
        return client.post(
            "/roster/loads",
            files={"file": (path.name, file, "application/octet-stream")},
            data={"kind": "contacts", "client_id": client_id},
        )


def test_looked_at_then_loaded_once(toy: ToyDatabase, tmp_path: Path) -> None:
    leaver = contact(toy, f"{WEST}201", "前任", phone="10000000009")
    client = toy.browser(toy.member("township", WEST))
    path = write_xlsx(tmp_path / "名单.xlsx", ROWS)
    answer = sent(client, path)
    assert answer.status_code == 303
    address = answer.headers["location"]
    assert sent(client, path).headers["location"] == address, "the same form twice is one load"
    page = client.get(address)
    assert (
        page.status_code == 200
        and "待确认" in page.text
        and "没有找到村" in page.text
        and "<strong>前任</strong>" in page.text
    )
    assert "10000000001" not in page.text
    with toy.transaction() as session:
        assert [row.name for row in contacts_of(session, AreaScope(WEST))] == ["前任"]
    for _ in range(2):
        assert client.post(f"{address}/run").headers["location"] == address
    with toy.transaction() as session:
        assert [row.name for row in contacts_of(session, AreaScope(WEST))] == ["前任", "甲", "乙"]
        assert session.scalar(text("SELECT count(*) FROM journal_entry WHERE action = 'roster.load'")) == 1
        stored = session.scalar(text("SELECT CAST(l AS text) FROM roster_load l"))
    assert "10000000001" not in stored and "100000、" not in stored
    back = client.post(f"/roster/contacts/{leaver}/end", data={"back": address, "sure": "1"})
    assert back.headers["location"] == address
    assert "<strong>前任</strong>" not in client.get(address).text
    assert client.get("/roster/loads?kind=contacts").text.count("名单.xlsx") == 1


def test_what_is_no_list_is_refused_on_the_page(toy: ToyDatabase, tmp_path: Path) -> None:
    client = toy.browser(toy.member("township", WEST))
    answer = sent(client, write_xlsx(tmp_path / "a.xlsx", [["一", "二"], ["三", "四"]]))
    assert answer.status_code == 422 and "没有认出表头" in answer.text
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM roster_load")) == 0


def test_others_neither_see_nor_run_a_load(toy: ToyDatabase, tmp_path: Path) -> None:
    address = sent(toy.browser(toy.member("township", WEST)), write_xlsx(tmp_path / "a.xlsx", ROWS)).headers["location"]
    other = toy.browser(toy.member("township", EAST))
    assert other.get(address).status_code == 404 and other.post(f"{address}/run").status_code == 404
    assert toy.browser(toy.member("leader", WEST)).get(address).status_code == 403


def test_a_file_that_changed_nothing_says_so(toy: ToyDatabase, tmp_path: Path) -> None:
    contact(toy, f"{WEST}201", "甲", phone="10000000001", valid_from=str(today()))
    client = toy.browser(toy.member("township", WEST))
    address = sent(client, write_xlsx(tmp_path / "a.xlsx", ROWS[:2])).headers["location"]
    client.post(f"{address}/run")
    with toy.transaction() as session:
        counts = session.scalar(text("SELECT counts FROM roster_load"))
        assert counts == {"read": 1, "created": 0, "updated": 0, "unchanged": 1, "rejected": 0, "missing": 0}


def test_columns_that_were_not_taken_stand_above_everything_else(toy: ToyDatabase, tmp_path: Path) -> None:
    client = toy.browser(toy.member("township", WEST))
    rows = [["村", "类别", "姓名", "电话", "届期情况", "备注"], ["西一村", "村书记", "甲", "见附表", "本届", ""]]
    page = client.get(sent(client, write_xlsx(tmp_path / "a.xlsx", rows)).headers["location"]).text
    above = page[: page.index("确认导入")]
    assert "有的列没有采用，请先核对" in above and "认出了这一列，但 1 格内容一格也没有采用" in above
    assert "届期情况：这一列像是“任期”" in above
    assert "备注</span>（没有内容）" in page
