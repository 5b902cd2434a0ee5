"""A load is taken back: what it made goes, what it changed is as before, what was touched since stays and is named."""

from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.roster.facts import KINDS
from geo_housing.roster.queries import contacts_of, shelters_of
from geo_housing.roster.service import edit_row, reveal
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.roster.books import write_book
from tests.roster.people import contact, ring, shelter
from tests.toy_county.county import EAST, WEST

HEAD = ["村", "类别", "姓名", "电话", "任期止", "岗次"]


def loaded(client: TestClient, path: Path, kind: str = "contacts") -> str:
    """The address of a list that was sent and confirmed."""
    with path.open("rb") as file:
        sent = {"file": (path.name, file, "application/octet-stream")}
        address = client.post("/roster/loads", files=sent, data={"kind": kind}).headers["location"]
    assert client.post(f"{address}/run").status_code == 303
    return str(address)


def people(toy: ToyDatabase) -> dict[str, tuple[str, str | None, str | None]]:
    with toy.transaction() as session:
        return {
            row.name: (row.turn, row.phone, row.valid_to and row.valid_to.isoformat())
            for row in contacts_of(session, AreaScope(WEST))
        }


def test_what_it_made_goes_and_what_it_changed_is_as_before(toy: ToyDatabase, tmp_path: Path) -> None:
    known = contact(toy, f"{WEST}201", "甲", phone="10000000001", valid_to="2098-12-31")
    contact(toy, f"{WEST}201", "丁", phone="10000000004")
    before = people(toy)
    client = toy.browser(toy.member("township", WEST))
    rows = [HEAD, ["西一村", "书记", "甲", "10000000009", "2099-12-31", "B"], ["西二村", "书记", "乙", "10000000002"]]
    address = loaded(client, write_book(tmp_path / "a.xlsx", rows))
    assert people(toy)["甲"] == ("B", "100****0009", "2099-12-31") and "乙" in people(toy)
    page = client.get(address).text
    assert "新增的 1 条从通讯录里删去" in page and "更新的 1 条恢复为导入前的内容" in page
    assert client.post(f"{address}/undo").headers["location"] == address
    assert people(toy) == before
    with toy.transaction() as session:
        assert reveal(session, toy.actor(), KINDS["contacts"], known, ring=ring(toy)) == ("10000000001",)
        counts = session.scalar(text("SELECT counts FROM journal_entry WHERE action = 'roster.undo'"))
    assert counts == {"file": "a.xlsx", "removed": 1, "restored": 1, "stayed": 0}
    page = client.get(address).text
    assert "已撤销" in page and "确认撤销" not in page
    assert "已撤销" in client.get("/roster/loads?kind=contacts").text
    assert client.post(f"{address}/undo").status_code == 409, "once"
    # The same list may come again.
    loaded(client, tmp_path / "a.xlsx")
    assert people(toy)["甲"][1] == "100****0009" and "乙" in people(toy)


def test_what_was_changed_or_used_since_stays_and_is_named(toy: ToyDatabase, tmp_path: Path) -> None:
    contact(toy, f"{WEST}201", "甲", phone="10000000001")
    client = toy.browser(toy.member("township", WEST))
    rows = [HEAD, ["西一村", "书记", "甲", "10000000009"], ["西二村", "书记", "乙"], ["西三村", "书记", "丙"], ["西四村", "书记", "戊"]]  # fmt: skip
    address = loaded(client, write_book(tmp_path / "a.xlsx", rows))
    with toy.transaction() as session:
        ids = {row.name: row for row in contacts_of(session, AreaScope(WEST))}
        for name in ("甲", "乙"):
            edit_row(
                session, toy.actor(), KINDS["contacts"], ids[name].id, {"post": "书记"}, version=ids[name].version, ring=ring(toy)
            )  # fmt: skip
        event = session.scalar(
            text(
                "INSERT INTO hazard_event (scope_code, kind, name, mode, source, created_by)"
                " VALUES (:code, 'flood', '试', 'drill', 'manual', 'test') RETURNING id"
            ),
            {"code": WEST},
        )
        session.execute(
            text(
                "INSERT INTO call (event_id, scope_code, contact_id, name, called_at, called_by)"
                " VALUES (:event, :code, :contact, '丙', now(), 'test')"
            ),
            {"event": event, "code": f"{WEST}203", "contact": ids["丙"].id},
        )
    page = client.get(address).text
    assert "导入之后又被改动或使用过的 3 条不动：甲、乙、丙。" in page
    client.post(f"{address}/undo")
    left = people(toy)
    assert left.keys() == {"甲", "乙", "丙"} and left["甲"][1] == "100****0009"


def test_a_later_load_is_taken_back_before_an_earlier_one(toy: ToyDatabase, tmp_path: Path) -> None:
    client = toy.browser(toy.member("township", WEST))
    first = loaded(client, write_book(tmp_path / "a.xlsx", [HEAD, ["西一村", "书记", "甲", "10000000001"]]))
    second = loaded(client, write_book(tmp_path / "b.xlsx", [HEAD, ["西一村", "书记", "甲", "10000000002"]]))
    assert "又被改动或使用过的 1 条不动：甲" in client.get(first).text
    client.post(f"{second}/undo")
    assert people(toy)["甲"][1] == "100****0001"
    client.post(f"{first}/undo")
    assert people(toy) == {}


def test_shelters_get_their_point_and_kinds_back(toy: ToyDatabase, tmp_path: Path) -> None:
    shelter(toy, WEST, "小学", lon="120.001", lat="45.001", safe_from=["flood"], capacity="100")
    client = toy.browser(toy.member("township", WEST))
    rows = [
        ["乡镇", "安置点名称", "容纳人数", "适用灾种", "经度", "纬度"],
        ["西山镇", "小学", 300, "暴雨", 120.005, 45.005],
    ]
    address = loaded(client, write_book(tmp_path / "a.xlsx", rows), "shelters")
    client.post(f"{address}/undo")
    with toy.transaction() as session:
        (school,) = shelters_of(session, AreaScope(WEST))
    assert (school.lon, school.lat, school.capacity, school.safe_from) == (120.001, 45.001, 100, ("flood",))


def test_others_take_nothing_back(toy: ToyDatabase, tmp_path: Path) -> None:
    client = toy.browser(toy.member("township", WEST))
    rows = [HEAD, ["西一村", "书记", "甲", "10000000001"]]
    address = loaded(client, write_book(tmp_path / "a.xlsx", rows))
    assert toy.browser(toy.member("township", EAST)).post(f"{address}/undo").status_code == 404
    assert toy.browser(toy.member("leader", WEST)).post(f"{address}/undo").status_code == 403
    assert "甲" in people(toy)
    # A list that changed nothing has nothing to take back.
    again = loaded(client, tmp_path / "a.xlsx")
    assert "撤销这次导入" not in client.get(again).text and client.post(f"{again}/undo").status_code == 409
