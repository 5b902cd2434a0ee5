"""A department sees the households that it certifies, masked, and nothing else: on its page, in its file, in the database."""

import io

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from geo_housing.accounts.departments import add_department, departments_of
from geo_housing.accounts.models import Department
from geo_housing.accounts.terms import Terms
from geo_housing.db import Actor
from geo_housing.scope import AreaScope
from tests.fixtures.people import ADMINISTRATOR, Member
from tests.fixtures.toy import ToyDatabase
from tests.migrations.test_rights import INSUFFICIENT_PRIVILEGE, NARROW, NARROW_COMMON, tables_open_to
from tests.toy_county.county import COUNTY, EAST, WEST, house_rows

# 低保户 of the toy county, by brute force over its ledger.
CERTIFIED = {row["房屋编号"]: row for row in house_rows() if row["农户类型"] == "农村低保户"}


@pytest.fixture
def civil_affairs(toy: ToyDatabase) -> Department:
    with toy.transaction(COUNTY) as session:
        return add_department(
            session, toy.actor(COUNTY), scope_code=COUNTY, name="民政局", categories=["K2", "K3", "K5"]
        )


def member_of(toy: ToyDatabase, area: str = COUNTY) -> Member:
    return toy.member("department", area, terms=Terms(department="民政局"))


def workbook(client: TestClient, **sent: str) -> list[tuple[object, ...]]:
    answer = client.post("/department/list.xlsx", data=sent)
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert [sheet.title for sheet in book] == ["名单", "数据说明"]
    return list(book["名单"].iter_rows(values_only=True))


@pytest.mark.usefixtures("civil_affairs")
class TestItsPage:
    def test_lists_its_households_masked_and_no_others(self, toy: ToyDatabase) -> None:
        client = toy.browser(member_of(toy))
        assert client.get("/").headers["location"] == "/department"
        page = client.get("/department").text
        for row in house_rows():
            code = str(row["房屋编号"])
            assert (f"{code}<" in page or f"{code} ·" in page) == (code in CERTIFIED), code
            assert str(row["户主姓名"]) not in page
            assert str(row["身份证号"]) not in page and str(row["联系电话"]) not in page
        assert "户某某" in page
        assert f"<strong>{len(CERTIFIED)}</strong> 户" in page
        people = sum(int(row["家庭人口"]) for row in CERTIFIED.values())
        assert f"<strong>{people}</strong> 人" in page
        assert "独居老人" not in page

    def test_keeps_to_its_area(self, toy: ToyDatabase) -> None:
        page = toy.browser(member_of(toy, WEST)).get("/department").text
        assert "西一-D" in page and "东一-D" not in page and "东河乡" not in page
        assert toy.browser(member_of(toy, WEST)).get(f"/department?area={EAST}").status_code == 403

    def test_other_categories_of_a_family_are_another_office_s(self, toy: ToyDatabase) -> None:
        with toy.transaction() as session:
            session.execute(text("UPDATE household SET categories = '{K1,K2}' WHERE categories = '{K2}'"))
        page = toy.browser(member_of(toy)).get("/department").text
        assert "农村低保户" in page and "农村易返贫致贫户" not in page

    def test_what_the_office_changes_holds_at_once(self, toy: ToyDatabase) -> None:
        client = toy.browser(member_of(toy))
        admin = toy.browser(toy.member("admin", COUNTY))
        with toy.transaction() as session:
            row = departments_of(session)[0]
        changed = admin.post(
            f"/settings/departments/{row.id}", data={"name": "民政局", "categories": "K3", "version": str(row.version)}
        )
        assert changed.status_code == 303, changed.text
        assert "西一-D" not in client.get("/department").text
        stale = admin.post(
            f"/settings/departments/{row.id}", data={"name": "民政局", "categories": "K2", "version": str(row.version)}
        )
        assert stale.status_code == 409
        in_use = admin.post(f"/settings/departments/{row.id}/end", data={"version": str(row.version + 1)})
        assert in_use.status_code == 409 and "还有用户授权" in in_use.text

    def test_a_family_without_home_stays_on_it(self, toy: ToyDatabase) -> None:
        with toy.transaction() as session:
            session.execute(
                text(
                    "UPDATE house_household l SET to_on = current_date, closed_with = 'ended' FROM house h"
                    " WHERE h.id = l.house_id AND h.code = '西一-D'"
                )
            )
        page = toy.browser(member_of(toy)).get("/department").text
        assert f"<strong>{len(CERTIFIED)}</strong> 户" in page and "未登记现住房" in page
        assert "西一-D" not in page


@pytest.mark.usefixtures("civil_affairs")
class TestItsFile:
    def test_has_names_for_a_purpose_and_leaves_a_trace(self, toy: ToyDatabase) -> None:
        client = toy.browser(member_of(toy))
        heading, *rows = workbook(client, purpose="与低保台账核对")
        at = {str(name): place for place, name in enumerate(heading)}
        assert {row[at["房屋编号"]] for row in rows} == CERTIFIED.keys()
        assert {row[at["户主姓名"]] for row in rows} == {row["户主姓名"] for row in CERTIFIED.values()}
        assert {row[at["保障类别"]] for row in rows} == {"农村低保户"}
        with toy.transaction() as session:
            entry = session.execute(
                text(
                    "SELECT counts, scope_code FROM journal_entry WHERE action = 'export.made' ORDER BY id DESC LIMIT 1"
                )
            ).one()
        assert entry.counts == {"rows": 8, "format": "xlsx", "personal": True, "purpose": "与低保台账核对"}
        assert entry.scope_code == COUNTY

    def test_without_a_purpose_has_no_names(self, toy: ToyDatabase) -> None:
        heading, *rows = workbook(toy.browser(member_of(toy)))
        at = heading.index("户主姓名")
        assert {row[at] for row in rows} == {"户某某"}

    def test_takes_what_the_page_shows(self, toy: ToyDatabase) -> None:
        client = toy.browser(member_of(toy))
        assert len(workbook(client, area=WEST, purpose="x")) == 1 + 4
        assert len(workbook(client, risk="A", purpose="x")) == 1
        assert client.post("/department/list.xlsx", data={"category": "K1"}).status_code == 422


class TestTheDatabase:
    """Whatever a page asks for: as the role itself, by SQL."""

    @pytest.fixture
    def actor(self, toy: ToyDatabase, civil_affairs: Department) -> Actor:
        member = member_of(toy, WEST)
        return Actor(
            f"user:{member.name}", AreaScope(WEST), user_id=member.user_id, grant_id=member.grant_id,
            database_role="gh_department",
        )  # fmt: skip

    def test_other_tables_are_closed(self, toy: ToyDatabase, actor: Actor) -> None:
        tables = set(NARROW["gh_department"]) | set(NARROW_COMMON)
        open_ = tables_open_to(toy, actor)
        assert open_ <= tables, open_ - tables

    def test_shows_its_households_and_their_houses(self, toy: ToyDatabase, actor: Actor) -> None:
        mine = {code for code, row in CERTIFIED.items() if row["乡镇"] == "西山镇"}
        with toy.database.transaction(actor) as session:
            assert set(session.scalars(text("SELECT code FROM house"))) == mine
            assert session.scalar(text("SELECT count(*) FROM household")) == len(mine)
            assert session.scalar(text("SELECT count(*) FROM house_household")) == len(mine)
            assert session.scalar(text("SELECT count(*) FROM area_grant")) == 1

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT id_number_cipher FROM household",
            "SELECT phone_masked FROM household",
            "SELECT traits FROM household",
            "SELECT monitoring FROM household",
            "SELECT geom FROM house",
            "SELECT key_groups FROM house",
            "SELECT actor FROM journal_entry",
            "UPDATE household SET persons = 9",
            "UPDATE department SET categories = '{K1}'",
            "UPDATE area_grant SET area_code = '0'",
            "DELETE FROM house_household",
            "SELECT * FROM gh_ordered_houses()",
            "SET ROLE gh_owner",
        ],
    )
    def test_gives_nothing_more(self, toy: ToyDatabase, actor: Actor, statement: str) -> None:
        with pytest.raises(ProgrammingError) as raised, toy.database.transaction(actor) as session:
            session.execute(text(statement))
        assert getattr(raised.value.orig, "sqlstate", None) == INSUFFICIENT_PRIVILEGE

    def test_another_grant_s_number_opens_another_department_s_list_only(self, toy: ToyDatabase, actor: Actor) -> None:
        with toy.transaction(COUNTY) as session:
            add_department(session, ADMINISTRATOR, scope_code=COUNTY, name="残联", categories=["L4"])
        other = toy.member("department", WEST, terms=Terms(department="残联"))
        narrowed = Actor("user:x", AreaScope(WEST), grant_id=other.grant_id, database_role="gh_department")
        with toy.database.transaction(narrowed) as session:
            assert session.scalar(text("SELECT count(*) FROM household")) == 0
        # A grant that opens no list.
        leader = toy.member("leader", WEST)
        none = Actor("user:x", AreaScope(WEST), grant_id=leader.grant_id, database_role="gh_department")
        with toy.database.transaction(none) as session:
            assert session.scalar(text("SELECT count(*) FROM household")) == 0


def test_the_usual_departments_are_data(toy: ToyDatabase) -> None:
    admin = toy.browser(toy.member("admin", "0"))
    assert admin.post("/settings/departments", data={"usual": "1"}).status_code == 303
    page = admin.get("/settings/departments").text
    assert "民政局" in page and "农业农村（乡村振兴）局" in page and "残疾人联合会" in page
    with toy.transaction() as session:
        assert {row.scope_code for row in departments_of(session)} == {COUNTY}
    made = {"name": "退役军人局", "categories": ["K6"], "client_id": "a"}
    assert admin.post("/settings/departments", data=made).status_code == 303
    assert admin.post("/settings/departments", data=made).status_code == 303
    assert admin.post("/settings/departments", data={**made, "client_id": "b"}).status_code == 409
    assert admin.post("/settings/departments", data={"name": "空", "categories": []}).status_code == 422
    with toy.transaction() as session:
        assert [row.name for row in departments_of(session)].count("退役军人局") == 1


def test_the_api_pages_through_the_list_masked(toy: ToyDatabase, civil_affairs: Department) -> None:
    client = toy.browser(member_of(toy))
    seen, path = [], "/api/v1/department?limit=2"
    while path:
        told = client.get(path)
        assert told.status_code == 200, (path, told.text)
        answer = told.json()
        seen += answer["items"]
        path = f"/api/v1/department?limit=2&cursor={answer['next']}" if answer["next"] else ""
    assert sorted(row["house_code"] for row in seen) == sorted(CERTIFIED)
    assert answer["counts"]["households"] == len(seen) and answer["department"] == "民政局"
    assert all(row["head"].endswith("某某") for row in seen), "as on the page"
    assert client.get("/api/v1/department?cursor=x").status_code == 422
    assert client.get("/api/v1/department?category=K1").status_code == 422, "another department's"
    assert toy.browser(toy.member("county", COUNTY)).get("/api/v1/department").status_code == 403
