"""Who lifts: a pasted text and a message (Cancel, all-clear, 解除 in its headline) end what their own office has issued.

What another office warns of stays in force until a person says otherwise.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.errors import BadInput
from geo_housing.hazards.ground_phase import Warned, is_lifted_at
from geo_housing.hazards.grounds import warned
from geo_housing.response.zones.loading import Given
from tests.fixtures.toy import ToyDatabase, furnished
from tests.hazards.test_cap import alert, area, info
from tests.response.test_cap_files import code
from tests.response.test_loading import IN_WEST_ONE, loaded
from tests.response.warnings import confirm
from tests.toy_county import COUNTY, EAST, WEST

RED = "玩具县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时西山镇、东河乡有100毫米以上降水。"
LEAGUE_LIFT = "某某盟气象台2026年7月12日05时30分解除玩具县暴雨红色预警信号。"
COUNTY_OFFICE, LEAGUE_OFFICE = "玩具县气象台", "某某盟气象台"


def lift(where: str, office: str, form: str = "Cancel", number: str = "c1", head: str = "") -> bytes:
    """One message that lifts, in one of the three forms in which they come."""
    more = f"<senderName>{office}</senderName>"
    said = {"headline": "解除暴雨红色预警"} if form == "words" else {"headline": "暴雨红色预警"}
    clear = "<responseType>AllClear</responseType>" if form == "clear" else ""
    content = alert(
        info(where, more=clear + more, **said), msg_type="Cancel" if form == "Cancel" else "Alert", head=head
    )
    return content.replace(b"15222441600000_1", number.encode())


def in_force(toy: ToyDatabase) -> Any:
    with toy.transaction(COUNTY) as session:
        return session.scalar(text("SELECT count(*) FROM warning WHERE action <> 'lift' AND ended_at IS NULL"))


def lifted(toy: ToyDatabase, event: int) -> set[str]:
    with toy.transaction(COUNTY) as session:
        known = warned(session, event)
        return {ground for ground in (WEST, EAST) if is_lifted_at(ground, known)}


@furnished
def event(toy: ToyDatabase) -> int:
    return confirm(toy, RED).event


@pytest.mark.parametrize("form", ["Cancel", "clear", "words"])
class TestMessages:
    def test_another_office_lifts_nothing_of_ours(
        self, toy: ToyDatabase, tmp_path: Path, event: int, form: str
    ) -> None:
        loaded(toy, tmp_path, lift(code(COUNTY), LEAGUE_OFFICE, form), Given(event=event))
        assert in_force(toy) == 1 and lifted(toy, event) == set()

    def test_its_own_office_lifts_it(self, toy: ToyDatabase, tmp_path: Path, event: int, form: str) -> None:
        loaded(toy, tmp_path, lift(code(COUNTY), COUNTY_OFFICE, form), Given(event=event))
        assert in_force(toy) == 0 and lifted(toy, event) == {WEST, EAST}

    def test_a_person_may_say_that_it_is_lifted(self, toy: ToyDatabase, tmp_path: Path, event: int, form: str) -> None:
        with toy.transaction(COUNTY) as session:
            number = session.scalar(text("SELECT id FROM warning"))
        loaded(toy, tmp_path, lift(code(COUNTY), LEAGUE_OFFICE, form), Given(event=event, ends=(number,)))
        assert in_force(toy) == 0 and lifted(toy, event) == {WEST, EAST}

    def test_for_one_township_it_holds_in_the_other(
        self, toy: ToyDatabase, tmp_path: Path, event: int, form: str
    ) -> None:
        loaded(toy, tmp_path, lift(code(WEST), COUNTY_OFFICE, form), Given(event=event))
        assert in_force(toy) == 1 and lifted(toy, event) == {WEST}

    def test_a_shape_alone_does_not_say_where(self, toy: ToyDatabase, tmp_path: Path, event: int, form: str) -> None:
        with pytest.raises(BadInput, match="不能确定解除的是哪里"):
            loaded(toy, tmp_path, lift(area(IN_WEST_ONE), COUNTY_OFFICE, form), Given(event=event))
        assert in_force(toy) == 1 and lifted(toy, event) == set()


class TestByName:
    HEAD = "<references>tester,m1,2026-07-12T00:00:00+08:00</references>"

    def message(self, where: str) -> bytes:
        return alert(info(where, severity="Extreme")).replace(b"15222441600000_1", b"m1")

    def test_a_message_that_names_it_ends_it_where_it_says_so(self, toy: ToyDatabase, tmp_path: Path) -> None:
        event = loaded(toy, tmp_path, self.message(code(WEST) + code(EAST))).zoned.event_id
        loaded(toy, tmp_path, lift(code(WEST), COUNTY_OFFICE, head=self.HEAD))
        assert in_force(toy) == 1
        loaded(toy, tmp_path, lift(code(WEST) + code(EAST), COUNTY_OFFICE, number="c2", head=self.HEAD))
        assert in_force(toy) == 0 and event

    def test_drawn_it_is_ended_as_a_whole(self, toy: ToyDatabase, tmp_path: Path) -> None:
        loaded(toy, tmp_path, self.message(area(IN_WEST_ONE)))
        loaded(toy, tmp_path, lift(area(IN_WEST_ONE), COUNTY_OFFICE, head=self.HEAD))
        assert in_force(toy) == 0


def test_an_all_clear_of_nothing_that_is_known_makes_no_event(toy: ToyDatabase, tmp_path: Path) -> None:
    for form in ("clear", "words"):
        with pytest.raises(BadInput, match="没有登记过"):
            loaded(toy, tmp_path, lift(code(COUNTY), COUNTY_OFFICE, form))


def test_a_change_in_the_headline_is_no_lift(toy: ToyDatabase, tmp_path: Path) -> None:
    said = alert(info(code(WEST), headline="解除暴雨红色预警，发布暴雨橙色预警"))
    assert loaded(toy, tmp_path, said).zoned.event_id


def test_pasted_it_is_the_same(toy: ToyDatabase, event: int) -> None:
    confirm(toy, LEAGUE_LIFT, target=str(event))
    assert in_force(toy) == 1 and lifted(toy, event) == set()


def test_of_a_part_it_is_lifted_where_its_office_says_so_or_as_a_person_has_said() -> None:
    ours = Warned(1, "issue", "rainstorm", (WEST, EAST), is_ended=False, issuer=COUNTY_OFFICE, level="red")
    theirs = Warned(2, "lift", "rainstorm", (WEST,), is_ended=False, issuer=LEAGUE_OFFICE, level="red")
    own = Warned(3, "lift", "rainstorm", (WEST,), is_ended=False, issuer="县气象局", level="red")
    assert not is_lifted_at(WEST, [ours, theirs])
    assert is_lifted_at(WEST, [ours, own]) and not is_lifted_at(EAST, [ours, own])
    assert not is_lifted_at(WEST, [ours, replace(own, level="orange")]), "of another level it is another warning's"
    ended = replace(ours, is_ended=True, ended_by=2)
    assert is_lifted_at(WEST, [ended, theirs])


def test_what_somebody_has_left_in_force_as_a_whole_is_lifted_nowhere() -> None:
    ours = Warned(1, "issue", "rainstorm", (WEST,), is_ended=False, issuer=COUNTY_OFFICE, level="red")
    own = Warned(3, "lift", "rainstorm", (), is_ended=False, issuer=COUNTY_OFFICE, level="red")
    assert not is_lifted_at(WEST, [ours, own])
