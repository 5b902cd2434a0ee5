"""The pages: who sees what, what is missing on top, forms that keep what was typed, files."""

import io
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from geo_housing.clock import today
from geo_housing.roster.queries import contacts_of, shelters_of, technicians_of
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.roster.lists import counts, load
from tests.roster.people import contact, shelter, technician
from tests.toy_county.county import COUNTY, EAST, WEST

VILLAGE = f"{WEST}201"
TABS = ("/roster", "/roster/shelters", "/roster/technicians")


def furnished(toy: ToyDatabase) -> int:
    """Somebody of each kind; the contact's id."""
    contact(toy, VILLAGE, "前任", "grid_worker", valid_to=str(today() - timedelta(days=1)))
    contact(toy, f"{WEST}202", "没有电话的人", turn="B")
    shelter(toy, WEST, "中心小学", phone="10000000005")
    technician(toy, COUNTY, "丁工", phone="10000000006")
    return contact(toy, VILLAGE, "甲书记", phone="10000000001")


@pytest.mark.parametrize(
    "role", ["village", "township", "county", "emergency", "planner", "leader", "technician", "admin"]
)
def test_who_works_with_families_sees_masked_numbers_and_nobody_a_whole_one(toy: ToyDatabase, role: str) -> None:
    furnished(toy)
    client = toy.browser(toy.member(role, WEST))
    pages = [client.get(path) for path in TABS]
    assert [page.status_code for page in pages] == [200, 200, 200]
    text_of_all = "".join(page.text for page in pages)
    assert "甲书记" in text_of_all and "中心小学" in text_of_all and "丁工" in text_of_all
    assert "10000000001" not in text_of_all
    assert ("100****0001" in text_of_all) == (role not in ("planner", "leader"))
    may_edit = role in ("township", "county", "emergency", "admin")
    assert ("/roster/contacts/new" in text_of_all) == may_edit
    assert client.get("/roster/contacts/new").status_code == (200 if may_edit else 403)


def test_what_is_missing_stands_on_top(toy: ToyDatabase) -> None:
    furnished(toy)
    page = toy.browser(toy.member("township", WEST)).get("/roster").text
    gaps = page.partition("roster-gaps")[2].partition("</section>")[0]
    for told in (
        "没有主责（A岗）的乡镇和村",
        "西二",
        "西三",
        "没有电话的",
        "没有电话的人",
        "任期已到、没有接任的",
        "前任",
    ):
        assert told in gaps, told
    assert "甲书记" not in gaps
    shelters = toy.browser(toy.member("county", COUNTY)).get("/roster/shelters").text
    assert "没有安置点的乡镇" in shelters and "东河乡" in shelters and "没有填容量的安置点" in shelters


def test_a_county_sees_its_townships_as_a_table_and_each_as_a_list(toy: ToyDatabase) -> None:
    furnished(toy)
    client = toy.browser(toy.member("county", COUNTY))
    page = client.get("/roster").text
    assert f'href="/roster?area={WEST}"' in page and "甲书记" not in page.partition("<table")[2]
    assert "甲书记" in client.get(f"/roster?area={WEST}").text


def test_the_technicians_page_counts_no_shelters(toy: ToyDatabase) -> None:
    furnished(toy)
    client = toy.browser(toy.member("county", COUNTY))
    page = client.get("/roster/technicians").text
    assert "丁工" in page and page.count("<table") == 1
    assert "可容纳（人）" not in page and "可容纳（人）" in client.get("/roster/shelters").text


def test_a_number_is_shown_one_at_a_time_and_journalled(toy: ToyDatabase) -> None:
    row_id = furnished(toy)
    client = toy.browser(toy.member("township", WEST))
    answer = client.post(f"/roster/contacts/{row_id}/phone")
    assert 'href="tel:10000000001"' in answer.text and answer.headers["cache-control"] == "private, no-store"
    with toy.transaction() as session:
        told = session.execute(
            text("SELECT subject_kind, subject_id FROM journal_entry WHERE action = 'roster.reveal'")
        )
        assert [tuple(row) for row in told] == [("contact", str(row_id))]
    for role in ("village", "leader", "planner", "technician"):
        assert toy.browser(toy.member(role, WEST)).post(f"/roster/contacts/{row_id}/phone").status_code == 403
    assert toy.browser(toy.member("township", EAST)).post(f"/roster/contacts/{row_id}/phone").status_code == 404


class TestForms:
    def test_added_corrected_and_ended(self, toy: ToyDatabase) -> None:
        client = toy.browser(toy.member("township", WEST))
        form = {
            "area_code": VILLAGE,
            "role": "own",
            "role_own": "护林员",
            "name": "甲",
            "phone": "100 0000 0001",
            "turn": "B",
            "client_id": "f1",
        }
        for _ in range(2):
            answer = client.post("/roster/contacts/new", data=form)
            assert answer.status_code == 303 and answer.headers["location"] == f"/roster?area={WEST}#a{VILLAGE}"
        with toy.transaction() as session:
            (row,) = contacts_of(session, AreaScope(WEST))
        assert (row.role, row.turn, row.phone) == ("护林员", "B", "100****0001")
        page = client.get(f"/roster/contacts/{row.id}/edit").text
        assert 'value="护林员"' in page and "10000000001" not in page
        changed = {**form, "phone": "", "unit": "村委会", "version": "1"}
        for none in ("", "²", "x"):
            old = client.post(f"/roster/contacts/{row.id}/edit", data={**changed, "version": none})
            assert old.status_code == 409
        assert client.post(f"/roster/contacts/{row.id}/edit", data=changed).status_code == 303
        late = client.post(f"/roster/contacts/{row.id}/edit", data={**changed, "unit": "镇政府"})
        assert late.status_code == 409 and 'value="镇政府"' in late.text and 'name="version" value="2"' in late.text
        client.post(f"/roster/contacts/{row.id}/end", data={"sure": "1"})
        with toy.transaction() as session:
            (row,) = contacts_of(session, AreaScope(WEST))
        assert row.valid_to == today() - timedelta(days=1) and row.phone == "100****0001"

    def test_a_refusal_keeps_what_was_typed_beside_what_is_wrong(self, toy: ToyDatabase) -> None:
        client = toy.browser(toy.member("township", WEST))
        answer = client.post(
            "/roster/shelters/new",
            data={
                "area_code": WEST,
                "name": "",
                "address": "学校路1号",
                "capacity": "很多",
                "safe_from": ["flood"],
                "client_id": "f2",
            },
        )
        assert answer.status_code == 422
        for told in (
            'value="学校路1号"',
            'value="很多"',
            "请填写安置点名称",
            "可容纳人数应为整数",
            'value="flood" checked',
        ):
            assert told in answer.text, told

    def test_shelters_and_technicians(self, toy: ToyDatabase) -> None:
        county = toy.browser(toy.member("county", COUNTY))
        assert county.post(
            "/roster/shelters/new",
            data={"area_code": WEST, "name": "小学", "capacity": "300", "safe_from": ["flood", "gale"], "lon": "120.005", "lat": "45.005"},
        ).status_code == 303  # fmt: skip
        member = toy.member("technician", COUNTY)
        assert county.post(
            "/roster/technicians/new",
            data={"area_code": COUNTY, "name": "丁工", "areas": [WEST], "account": member.name, "specialty": "结构"},
        ).status_code == 303  # fmt: skip
        with toy.transaction() as session:
            (place,) = shelters_of(session, AreaScope(WEST))
            (person,) = technicians_of(session, AreaScope(VILLAGE), today())
        assert (place.capacity, place.safe_from, place.lon) == (300, ("flood", "gale"), 120.005)
        assert (person.areas, person.account) == ((WEST,), member.name)
        page = county.get(f"/roster/technicians/{person.id}/edit").text
        assert f'value="{WEST}" checked' in page and f'value="{member.name}"' in page

    def test_a_township_leaves_the_account_that_the_county_linked(self, toy: ToyDatabase) -> None:
        member = toy.member("technician", WEST)
        row_id = technician(toy, WEST, "丁工", account=member.name)
        client = toy.browser(toy.member("township", WEST))
        answer = client.post(
            f"/roster/technicians/{row_id}/edit", data={"name": "丁工", "unit": "站里", "version": "1"}
        )
        assert answer.status_code == 303
        with toy.transaction() as session:
            (person,) = technicians_of(session, AreaScope(WEST), today())
        assert (person.unit, person.account) == ("站里", member.name)

    def test_unknown_kinds_and_rows_are_not_found(self, toy: ToyDatabase) -> None:
        client = toy.browser(toy.member("township", WEST))
        beside = contact(toy, f"{EAST}201", "别处的人")
        for path in ("/roster/houses/new", f"/roster/contacts/{beside}/edit", "/roster/contacts/999999999/edit"):
            assert client.get(path).status_code == 404, path


class TestFiles:
    def test_masked_for_all_and_whole_for_those_entitled_each_in_the_journal(
        self, toy: ToyDatabase, tmp_path: Path
    ) -> None:
        furnished(toy)
        township = toy.browser(toy.member("township", WEST))
        masked, whole = (
            township.post("/roster/contacts/export.xlsx", data=form) for form in ({}, {"personal": "true"})
        )
        assert "10000000001" not in cells(masked.content) and "100****0001" in cells(masked.content)
        assert "10000000001" in cells(whole.content)
        planner = toy.browser(toy.member("planner", WEST))
        assert "100****0001" not in cells(planner.post("/roster/contacts/export.xlsx").content)
        assert planner.post("/roster/contacts/export.xlsx", data={"personal": "true"}).status_code == 403
        assert toy.browser(toy.member("leader", WEST)).post("/roster/contacts/export.xlsx").status_code == 403
        with toy.transaction() as session:
            told = session.scalars(
                text("SELECT counts ->> 'personal' FROM journal_entry WHERE action = 'roster.export' ORDER BY id")
            )
            assert told.all() == ["false", "true", "false"]
        path = tmp_path / "again.xlsx"
        path.write_bytes(whole.content)
        assert counts(load(toy, path)) == (0, 0, 2, 0)


def cells(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return "|".join(str(cell.value) for sheet in book for row in sheet for cell in row)
