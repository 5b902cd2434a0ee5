"""Adding, correcting, ending; the one look at a full number."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from geo_housing.accounts.permissions import permissions_of
from geo_housing.clock import today
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.keys import KeyRing
from geo_housing.roster.facts import KINDS
from geo_housing.roster.queries import contacts_of, shelters_of
from geo_housing.roster.service import add_row, edit_row, end_row, reveal
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.roster.people import calling_order, contact, ring, shelter, technician
from tests.toy_county.county import COUNTY, EAST, WEST

VILLAGE = f"{WEST}201"
CONTACTS, SHELTERS = KINDS["contacts"], KINDS["shelters"]


def somebody(role: str, area: str) -> Actor:
    return Actor(name=f"user:{role}", scope=AreaScope(area), permissions=permissions_of(role))


def journal(toy: ToyDatabase, action: str) -> list[tuple[str, object, object]]:
    with toy.transaction() as session:
        rows = session.execute(
            text("SELECT subject_id, diff, counts FROM journal_entry WHERE action = :a ORDER BY id"), {"a": action}
        )
        return [(row.subject_id, row.diff, row.counts) for row in rows]


class TestAdding:
    def test_the_telephone_is_sealed_masked_and_nowhere_in_full(self, toy: ToyDatabase) -> None:
        row_id = contact(toy, VILLAGE, "甲", phone="手机10000000001、0482-5120000")
        with toy.transaction() as session:
            whole = session.scalar(text("SELECT CAST(c AS text) FROM contact c WHERE id = :id"), {"id": row_id})
            entry = session.scalar(text("SELECT CAST(j AS text) FROM journal_entry j WHERE action = 'roster.add'"))
        assert "10000000001" not in whole + entry and "5120000" not in whole + entry
        assert "100****0001、048****0000" in whole

    def test_the_same_form_twice_is_one(self, toy: ToyDatabase) -> None:
        given = {"role": "网格员", "name": "甲"}
        ids = []
        for _ in range(2):
            with toy.transaction() as session:
                ids.append(add_row(session, toy.actor(), CONTACTS, VILLAGE, given, ring=ring(toy), client_id="form-1"))
        assert ids[0] == ids[1]

    def test_the_same_person_twice_is_refused_and_a_role_of_the_countys_own_kept(self, toy: ToyDatabase) -> None:
        contact(toy, VILLAGE, "甲", "护林员")
        with pytest.raises(Conflict, match="没有重复登记"):
            contact(toy, VILLAGE, "甲", "护林员")
        contact(toy, VILLAGE, "甲", "secretary")
        with toy.transaction() as session:
            assert [row.role_label for row in calling_order(session, VILLAGE, today())] == ["村书记", "护林员"]

    def test_all_that_is_wrong_is_told_at_once(self, toy: ToyDatabase) -> None:
        with pytest.raises(BadInput) as refused:
            contact(toy, VILLAGE, "", phone="1000", turn="C", valid_from="昨天")
        assert [fault.column for fault in refused.value.faults] == ["name", "turn", "valid_from"]
        with pytest.raises(BadInput) as refused:
            contact(toy, VILLAGE, "甲", valid_from="2026-05-02", valid_to="2026-05-01")
        assert refused.value.faults[0].column == "valid_to"
        with pytest.raises(BadInput) as refused:
            shelter(toy, WEST, "小学", lon="120.005", capacity="0")
        assert [fault.column for fault in refused.value.faults] == ["capacity", "lat"]

    def test_a_technicians_account_and_townships_must_exist(self, toy: ToyDatabase) -> None:
        with pytest.raises(BadInput) as refused:
            technician(toy, COUNTY, "甲", account="nobody", areas=[WEST, "990001999"])
        assert [fault.column for fault in refused.value.faults] == ["areas", "account"]


class TestEditing:
    def test_an_empty_telephone_leaves_the_stored_one_and_dropping_it_is_said(self, toy: ToyDatabase) -> None:
        row_id = contact(toy, VILLAGE, "甲", phone="10000000001", unit="村委会")
        with toy.transaction() as session:
            changed = edit_row(
                session, toy.actor(), CONTACTS, row_id, {"role": "secretary", "name": "甲", "phone": "", "unit": ""},
                version=1, ring=ring(toy),
            )  # fmt: skip
            assert changed == ["unit"]
            assert reveal(session, toy.actor(), CONTACTS, row_id, ring=ring(toy)) == ("10000000001",)
            changed = edit_row(
                session, toy.actor(), CONTACTS, row_id, {"name": "甲"}, version=2, ring=ring(toy), drops_phone=True
            )
            [row] = [row for row in contacts_of(session, AreaScope(VILLAGE)) if row.id == row_id]
        assert changed == ["phone"] and row.phone is None
        assert journal(toy, "roster.edit")[-1][1] == {"phone": ["100****0001", None]}

    def test_nothing_changed_writes_nothing(self, toy: ToyDatabase) -> None:
        row_id = contact(toy, VILLAGE, "甲", phone="10000000001", turn="A")
        with toy.transaction() as session:
            given = {"role": "村书记", "name": "甲", "phone": "100 0000 0001", "turn": ""}
            assert edit_row(session, toy.actor(), CONTACTS, row_id, given, version=1, ring=ring(toy)) == []
            [row] = [row for row in contacts_of(session, AreaScope(VILLAGE)) if row.id == row_id]
        assert row.version == 1

    def test_who_comes_second_is_told_what_stands_there_now(self, toy: ToyDatabase) -> None:
        row_id = contact(toy, VILLAGE, "甲", unit="村委会")
        with toy.transaction() as session:
            edit_row(session, toy.actor(), CONTACTS, row_id, {"unit": "镇政府"}, version=1, ring=ring(toy))
        with pytest.raises(Conflict, match="刚被别人改过") as refused, toy.transaction() as session:
            edit_row(session, toy.actor(), CONTACTS, row_id, {"unit": "派出所"}, version=1, ring=ring(toy))
        assert [(fault.column, fault.value) for fault in refused.value.faults] == [("unit", "镇政府")]

    def test_a_term_is_checked_with_what_is_stored(self, toy: ToyDatabase) -> None:
        row_id = contact(toy, VILLAGE, "甲", valid_from="2026-05-02")
        with pytest.raises(BadInput, match="早于起始"), toy.transaction() as session:
            edit_row(session, toy.actor(), CONTACTS, row_id, {"valid_to": "2026-05-01"}, version=1, ring=ring(toy))


class TestEnding:
    def test_he_is_not_called_any_more_and_stays(self, toy: ToyDatabase) -> None:
        row_id = contact(toy, VILLAGE, "甲", phone="10000000001", valid_from=str(today()))
        for _ in range(2):
            with toy.transaction() as session:
                end_row(session, toy.actor(), CONTACTS, row_id)
        with toy.transaction() as session:
            assert calling_order(session, VILLAGE, today()) == []
            [row] = [row for row in contacts_of(session, AreaScope(VILLAGE)) if row.id == row_id]
        assert row is not None and row.valid_to == today() - timedelta(days=1)
        assert len(journal(toy, "roster.end")) == 1
        contact(toy, VILLAGE, "甲", phone="10000000001")

    def test_a_shelter_is_closed(self, toy: ToyDatabase) -> None:
        row_id = shelter(toy, WEST, "小学")
        with toy.transaction() as session:
            end_row(session, toy.actor(), SHELTERS, row_id)
            assert shelters_of(session, AreaScope(WEST)) == []


class TestRights:
    def test_a_township_writes_its_own_area_only(self, toy: ToyDatabase) -> None:
        above = contact(toy, COUNTY, "县值班", "duty_phone", phone="0482-5120000")
        beside = contact(toy, f"{EAST}201", "别处的人", phone="10000000001")
        actor = somebody("township", WEST)
        with toy.database.transaction(actor) as session:
            add_row(session, actor, CONTACTS, VILLAGE, {"role": "网格员", "name": "甲"}, ring=ring(toy))
            for area in (COUNTY, EAST, f"{EAST}201"):
                with pytest.raises(NotAllowed):
                    add_row(session, actor, CONTACTS, area, {"role": "网格员", "name": "甲"}, ring=ring(toy))
            with pytest.raises(NotAllowed):
                edit_row(session, actor, CONTACTS, above, {"name": "乙"}, version=1, ring=ring(toy))
            for refused in (end_row, edit_row):
                more = {} if refused is end_row else {"given": {"name": "乙"}, "version": 1, "ring": ring(toy)}
                with pytest.raises(NotFound):
                    refused(session, actor, CONTACTS, beside, **more)  # type: ignore[operator] # both take these

    @pytest.mark.parametrize("role", ["planner", "leader", "village", "technician"])
    def test_those_without_the_right_change_nothing(self, toy: ToyDatabase, role: str) -> None:
        actor = somebody(role, WEST)
        with toy.database.transaction(actor) as session, pytest.raises(NotAllowed):
            add_row(session, actor, CONTACTS, VILLAGE, {"role": "网格员", "name": "甲"}, ring=ring(toy))


class TestRevealing:
    def test_one_person_at_a_time_and_each_look_in_the_journal(self, toy: ToyDatabase) -> None:
        row_id = contact(toy, VILLAGE, "甲", phone="10000000001、0482-5120000")
        actor = somebody("township", WEST)
        with toy.database.transaction(actor) as session:
            assert reveal(session, actor, CONTACTS, row_id, ring=ring(toy)) == ("10000000001", "04825120000")
        assert journal(toy, "roster.reveal") == [(str(row_id), None, {"phones": 2})]

    def test_without_the_right_only_an_offices_number(self, toy: ToyDatabase) -> None:
        person = contact(toy, VILLAGE, "甲", phone="10000000001")
        duty = contact(toy, WEST, "值班室", "duty_phone", phone="0482-5120000")
        village = somebody("village", VILLAGE)
        with toy.database.transaction(village) as session:
            with pytest.raises(NotAllowed):
                reveal(session, village, CONTACTS, person, ring=ring(toy))
            assert reveal(session, village, CONTACTS, duty, ring=ring(toy)) == ("04825120000",)
        for role in ("planner", "leader"):
            actor = somebody(role, COUNTY)
            with toy.database.transaction(actor) as session:
                for row_id in (person, duty):
                    with pytest.raises(NotAllowed):
                        reveal(session, actor, CONTACTS, row_id, ring=ring(toy))

    def test_nobody_elses_and_nothing_where_there_is_none(self, toy: ToyDatabase) -> None:
        beside = contact(toy, f"{EAST}201", "别处的人", phone="10000000001")
        bare = contact(toy, VILLAGE, "甲")
        actor = somebody("township", WEST)
        with toy.database.transaction(actor) as session:
            for row_id in (beside, bare, 10**9):
                with pytest.raises(NotFound):
                    reveal(session, actor, CONTACTS, row_id, ring=ring(toy))

    def test_a_number_moved_to_another_person_does_not_open(self, toy: ToyDatabase) -> None:
        one, other = contact(toy, VILLAGE, "甲", phone="10000000001"), contact(toy, VILLAGE, "乙", phone="10000000002")
        keys: KeyRing = ring(toy)
        with toy.transaction() as session:
            session.execute(
                text(
                    "UPDATE contact SET phone_cipher = (SELECT phone_cipher FROM contact WHERE id = :one) WHERE id = :other"
                ),
                {"one": one, "other": other},
            )
            with pytest.raises(Exception, match="不符"):
                reveal(session, toy.actor(), CONTACTS, other, ring=keys)
