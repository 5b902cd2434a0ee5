"""Whom to call, where to bring people, who may judge houses."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from geo_housing.clock import today
from geo_housing.roster.order import call_key, holds_on
from geo_housing.roster.queries import (
    calling_orders,
    contacts_of,
    shelters_of,
    technician_of_user,
    technicians_of,
)
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.roster.people import calling_order, contact, shelter, technician
from tests.toy_county.county import COUNTY, EAST, WEST

VILLAGE, OTHER = f"{WEST}201", f"{WEST}202"


class TestCallingOrder:
    def test_a_before_b_by_rank_then_role_and_the_duty_telephone_last(self, toy: ToyDatabase) -> None:
        contact(toy, WEST, "值班室", "duty_phone", phone="0482-5120000", rank="1")
        contact(toy, VILLAGE, "乙", "director", phone="10000000002", turn="B", rank="1")
        contact(toy, VILLAGE, "丙", "grid_worker", phone="10000000003")
        contact(toy, VILLAGE, "甲", "secretary", phone="10000000001")
        contact(toy, VILLAGE, "丁", "helper", phone="10000000004", rank="2")
        with toy.transaction() as session:
            order = calling_order(session, VILLAGE, today())
        assert [(row.name, row.from_above) for row in order] == [
            ("丁", False),
            ("甲", False),
            ("丙", False),
            ("乙", False),
            ("值班室", True),
        ]
        assert order[0].phone == "100****0004" and order[0].area_code == VILLAGE

    def test_a_village_nobody_of_which_can_be_called_falls_back_to_its_township_and_says_so(
        self, toy: ToyDatabase
    ) -> None:
        contact(toy, VILLAGE, "没有电话", "secretary")
        contact(toy, WEST, "镇长", "township_lead", phone="10000000001")
        contact(toy, WEST, "副镇长", "deputy_lead", phone="10000000002", turn="B")
        contact(toy, EAST, "别的乡长", "township_lead", phone="10000000003")
        with toy.transaction() as session:
            order = calling_orders(session, [VILLAGE, OTHER, WEST], today())
        assert [(row.name, row.from_above) for row in order[VILLAGE]] == [
            ("没有电话", False),
            ("镇长", True),
            ("副镇长", True),
        ]
        assert [row.name for row in order[OTHER]] == ["镇长", "副镇长"]
        assert not any(row.from_above for row in order[WEST])

    def test_who_has_left_or_not_yet_begun_is_not_called(self, toy: ToyDatabase) -> None:
        on = today()
        contact(toy, VILLAGE, "前任", phone="10000000001", valid_to=str(on - timedelta(days=1)))
        contact(toy, VILLAGE, "最后一天", phone="10000000002", valid_to=str(on))
        contact(toy, VILLAGE, "明天上任", phone="10000000003", valid_from=str(on + timedelta(days=1)))
        with toy.transaction() as session:
            assert [row.name for row in calling_order(session, VILLAGE, on)] == ["最后一天"]
            assert [row.name for row in calling_order(session, VILLAGE, on + timedelta(days=1))] == ["明天上任"]

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["secretary", "duty_phone", "屯里的人"]),
                st.sampled_from("AB"),
                st.none() | st.integers(1, 9),
            ),
            max_size=8,
        )
    )
    def test_every_order_puts_a_before_b_and_duty_behind_all(self, rows: list[tuple[str, str, int | None]]) -> None:
        order = sorted(
            ({"role": role, "turn": turn, "rank": rank, "id": n} for n, (role, turn, rank) in enumerate(rows)),
            key=lambda row: call_key(**row),  # type: ignore[arg-type] # the values are those of a row
        )
        duty = [row["role"] == "duty_phone" for row in order]
        assert duty == sorted(duty)
        turns = [row["turn"] for row in order if row["role"] != "duty_phone"]
        assert turns == sorted(turns)
        for turn in "AB":
            ranks = [row["rank"] or 99 for row in order if row["turn"] == turn and row["role"] != "duty_phone"]
            assert ranks == sorted(ranks)


def test_both_days_of_a_period_count() -> None:
    first, last = date(2026, 5, 1), date(2026, 5, 3)
    held = [holds_on(date(2026, 5, day), first, last) for day in range(1, 6)]
    assert held == [True, True, True, False, False]
    assert holds_on(first, None, None)


class TestWhoSeesWhat:
    def test_a_township_sees_its_own_people_and_those_above_never_its_neighbours(self, toy: ToyDatabase) -> None:
        contact(toy, COUNTY, "县值班", "duty_phone", phone="0482-5120000")
        contact(toy, VILLAGE, "甲")
        contact(toy, f"{EAST}201", "别处的人")
        shelter(toy, COUNTY, "县体育馆")
        shelter(toy, WEST, "镇小学")
        shelter(toy, f"{EAST}201", "别处的学校")
        with toy.transaction(WEST) as session:
            assert [row.name for row in contacts_of(session, AreaScope(WEST))] == ["甲"]
            assert [row.name for row in shelters_of(session, AreaScope(WEST))] == ["县体育馆", "镇小学"]
            assert contacts_of(session, AreaScope(EAST)) == []
            assert [row.name for row in calling_order(session, COUNTY, today())] == ["县值班"]
        with toy.transaction(VILLAGE) as session:
            assert [row.name for row in shelters_of(session, AreaScope(VILLAGE))] == ["县体育馆", "镇小学"]


class TestShelters:
    def test_closed_ones_are_left_out_unless_asked_for(self, toy: ToyDatabase) -> None:
        shelter(toy, WEST, "小学", capacity="300", safe_from=["flood", "rainstorm"], lon="120.005", lat="45.005")
        shelter(toy, WEST, "旧仓库", state="closed")
        with toy.transaction() as session:
            (found,) = shelters_of(session, AreaScope(WEST))
            assert len(shelters_of(session, AreaScope(WEST), with_closed=True)) == 2
        assert (found.capacity, found.safe_from, found.lon, found.lat) == (300, ("flood", "rainstorm"), 120.005, 45.005)
        assert found.safe_from_labels == ["洪水", "暴雨"]


class TestTechnicians:
    def test_those_who_work_there_today(self, toy: ToyDatabase) -> None:
        on = today()
        technician(toy, COUNTY, "全县", team="一组")
        technician(toy, COUNTY, "只去西山", areas=[WEST])
        technician(toy, COUNTY, "只去东河", areas=[EAST])
        technician(toy, COUNTY, "去年的", valid_to=str(on - timedelta(days=1)))
        with toy.transaction() as session:
            names = {row.name for row in technicians_of(session, AreaScope(VILLAGE), on)}
            everywhere = {row.name for row in technicians_of(session, AreaScope(COUNTY), on)}
        assert names == {"全县", "只去西山"}
        assert everywhere == {"全县", "只去西山", "只去东河"}

    def test_an_account_signs_as_its_technician(self, toy: ToyDatabase) -> None:
        member = toy.member("technician", WEST)
        technician(toy, COUNTY, "张某", account=member.name)
        with toy.transaction(WEST) as session:
            found = technician_of_user(session, member.user_id, today())
            assert found is not None and (found.name, found.account) == ("张某", member.name)
            assert technician_of_user(session, member.user_id + 1, today()) is None
