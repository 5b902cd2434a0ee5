"""Standing risk areas drawn, redrawn and ended while an event is open: what stands on the list says what is true by now."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.evacuation import service as evacuation
from geo_housing.evacuation.rows import EvacuationRow, rows_of
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import Said
from geo_housing.evacuation.sums import first_heads, totals
from geo_housing.hazards.first_list import first_of_event
from geo_housing.hazards.service import end_standing_area
from geo_housing.houses.heads import Heads
from geo_housing.response import service
from geo_housing.response.next_step import next_step
from geo_housing.scope import AreaScope
from tests.evacuation.test_pages import plain
from tests.fixtures.toy import ToyDatabase, furnished
from tests.houses.test_at_the_same_time import meanwhile
from tests.response.test_at_the_same_time import act
from tests.response.test_register_changed import draw_standing, press, seen
from tests.response.test_returning import said
from tests.response.test_standing import load, row, write_list
from tests.response.zones import geometry, make_event, revise
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST, village_box

WEST_ONE = VILLAGES["西一"][0]
NO_RULE = "列入以后情况有变，现已不在应转移的规则之内，请核实是否仍需转移"
COUNTY_SCOPE = AreaScope(COUNTY)


def listed(toy: ToyDatabase, event: int) -> dict[str, EvacuationRow]:
    with toy.transaction(COUNTY) as session:
        return {str(one.house_code): one for one in rows_of(session, toy.actor(COUNTY), event, COUNTY_SCOPE)}


def first(toy: ToyDatabase, event: int) -> list[tuple[int, Heads]]:
    with toy.transaction(COUNTY) as session:
        return [(one.zone_id, one.due) for one in first_heads(session, event, COUNTY_SCOPE)]


def first_by_register(toy: ToyDatabase, event: int) -> list[tuple[int, Heads]]:
    with toy.transaction(COUNTY) as session:
        areas = first_of_event(session, event).areas
        return [(one.zone_id, Heads(one.households, one.people, one.unsized)) for one in areas]


def sums(toy: ToyDatabase, event: int) -> tuple[Heads, Heads, Heads]:
    with toy.transaction(COUNTY) as session:
        found = totals(session, event, COUNTY_SCOPE).total
    return found.due, found.moved, found.left


def standing_now(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        [zone] = session.scalars(text("SELECT id FROM hazard_zone WHERE event_id IS NULL AND ended_at IS NULL"))
        return int(zone)


def end(toy: ToyDatabase) -> None:
    zone = standing_now(toy)
    with toy.transaction(COUNTY) as session:
        end_standing_area(session, toy.actor(COUNTY), zone, reason="治理完成")


@furnished
def event(toy: ToyDatabase) -> int:
    """西一 under red, with its tasks."""
    with toy.transaction(COUNTY) as session:
        made = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
        service.respond(session, toy.actor(COUNTY), made)
    return made


@pytest.fixture
def begun(toy: ToyDatabase, event: int) -> dict[str, Any]:
    """One family refuses and one is away when the area is drawn."""
    said(toy, event, "西一-D", "refused", note="不肯走")
    said(toy, event, "西一-C", "moved_to_kin", people=2, destination="县城女儿家")
    return {"event": event}


class TestWhatIsBegun:
    def test_who_refused_comes_first_when_an_area_is_drawn_around_the_house(
        self, toy: ToyDatabase, begun: dict[str, Any]
    ) -> None:
        event = begun["event"]
        before = sums(toy, event)
        draw_standing(toy, ["西一"])
        now = seen(toy, event)
        main = next_step(now)
        assert (now.to_list, now.to_renew) == (1, 4), (
            "the sound house joins; refused, away and the two others are first"
        )
        assert main is not None and "名单上有 4 户的转移理由、先后、人数或住处有变化" in main.sentence
        press(toy, event)
        rows = listed(toy, event)
        refused, away = rows["西一-D"], rows["西一-C"]
        assert (refused.state, refused.note, refused.comes_first) == ("refused", "不肯走", True)
        assert "灾害易发地内土坯类结构（含结构不详）" in refused.reasons
        assert (away.state, away.people, away.destination) == ("moved_to_kin", 2, "县城女儿家"), "nothing said is lost"
        [(zone, due)] = first(toy, event)
        [(of_register, counted)] = first_by_register(toy, event)
        # One of three was counted as two when they were brought away.
        assert (zone, due) == (of_register, Heads(counted.households, counted.people - 1, 0))
        due, moved, left = sums(toy, event)
        assert (due, moved, left) == (before[0].plus(Heads(1, 1, 0)), before[1], before[2].plus(Heads(1, 1, 0)))
        assert (seen(toy, event).to_list, seen(toy, event).to_renew) == (0, 0)

    def test_what_was_entered_can_still_be_taken_back_and_saved(self, toy: ToyDatabase, begun: dict[str, Any]) -> None:
        event = begun["event"]
        version = listed(toy, event)["西一-D"].version
        draw_standing(toy, ["西一"])
        press(toy, event)
        assert listed(toy, event)["西一-D"].version == version, "a phone without network saves what it has typed"

    def test_an_ended_area_is_no_reason_any_more(self, toy: ToyDatabase, event: int) -> None:
        draw_standing(toy, ["西一"])
        press(toy, event)
        said(toy, event, "西一-D", "refused")
        said(toy, event, "西一-C", "moved_to_kin")
        before = sums(toy, event)
        end(toy)
        assert seen(toy, event).to_renew == 5
        press(toy, event)
        assert first(toy, event) == first_by_register(toy, event) == []
        rows = listed(toy, event)
        assert rows["西一-D"].reasons == ("D级", "有避险特征人员") and rows["西一-C"].reasons == ("C级",)
        assert not any("易发地" in reason for one in rows.values() for reason in one.reasons)
        assert sums(toy, event) == before, "nobody leaves the list, nothing said is lost"
        assert seen(toy, event).to_renew == 0

    def test_what_is_entered_while_the_list_is_brought_up_to_date_stays(self, toy: ToyDatabase, event: int) -> None:
        """How many they are and where they live is the register's word only until somebody says it, at this moment too."""
        draw_standing(toy, ["西一"])
        with toy.transaction(COUNTY) as session:
            session.execute(
                text(
                    "UPDATE household SET persons = 9 WHERE id IN (SELECT household_id FROM evacuation WHERE event_id = :e)"
                ),
                {"e": event},
            )
            session.execute(text("SELECT house_recount(array_agg(id)) FROM house WHERE code = '西一-D'"))
        number = listed(toy, event)["西一-D"]
        with toy.transaction(COUNTY) as session:
            entry = MoveEntry(Said(state="refused", people=2), frozenset({"state", "people"}), number.version)
            evacuation.enter(session, toy.actor(COUNTY), event, number.id, entry, hindrance=lambda *_: None)
            with meanwhile(toy, act(toy, service.respond, event)) as other:
                pass
        other.end()
        after = listed(toy, event)["西一-D"]
        assert (after.state, after.people, after.version) == ("refused", 2, number.version + 1)
        assert after.comes_first and seen(toy, event).to_renew == 0


class TestWhoseOnlyReasonIsGone:
    def test_stays_and_the_list_says_that_no_rule_holds(self, toy: ToyDatabase, event: int) -> None:
        draw_standing(toy, ["西一"])
        press(toy, event)
        assert listed(toy, event)["西一-A"].reasons == ("红色预警下在灾害易发地内",)
        end(toy)
        main = next_step(seen(toy, event))
        assert main is not None and main.label == "更新转移名单"
        press(toy, event)
        assert listed(toy, event)["西一-A"].reasons == (NO_RULE,)
        township = toy.browser(toy.member("township", WEST))
        assert NO_RULE in plain(township.get(f"/events/{event}/evacuation/areas/{WEST_ONE}").text)
        draw_standing(toy, ["西一"])
        press(toy, event)
        assert listed(toy, event)["西一-A"].reasons == ("红色预警下在灾害易发地内",)

    def test_a_level_that_falls_takes_away_the_reason_that_it_was_and_no_other(
        self, toy: ToyDatabase, event: int
    ) -> None:
        draw_standing(toy, ["西一"])
        press(toy, event)
        due = sums(toy, event)[0]
        with toy.transaction(COUNTY) as session:
            revise(session, toy.actor(COUNTY), event, ["西一"], level="yellow")
        press(toy, event)
        rows = listed(toy, event)
        assert rows["西一-A"].reasons == (NO_RULE,)
        assert rows["西一-D"].reasons == ("D级", "有避险特征人员", "灾害易发地内土坯类结构（含结构不详）")
        assert rows["西一-D"].comes_first and sums(toy, event)[0] == due
        assert seen(toy, event).to_renew == 0


def reasons(toy: ToyDatabase, event: int) -> dict[str, tuple[int, list[str]]]:
    """Of every inspection: its priority, and why."""
    query = text(
        "SELECT h.code, i.priority, i.reasons FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
        " WHERE i.event_id = :event AND i.state <> 'withdrawn'"
    )
    with toy.transaction(COUNTY) as session:
        return {row.code: (row.priority, row.reasons) for row in session.execute(query, {"event": event})}


class TestInspections:
    def test_an_area_that_has_ended_is_no_reason_to_look_and_no_priority_falls(
        self, toy: ToyDatabase, event: int
    ) -> None:
        before = reasons(toy, event)
        assert before["西一-A"] == (2, ["lived_in"])
        draw_standing(toy, ["西一"])
        press(toy, event)
        assert reasons(toy, event)["西一-A"] == (1, ["standing_area_under_red"])
        end(toy)
        now = seen(toy, event)
        gone = {code for code, (_, why) in reasons(toy, event).items() if any("standing_area" in one for one in why)}
        assert (now.to_hasten, now.to_restate) == (0, len(gone)) and "西一-A" in gone
        main = next_step(now)
        assert main is not None and f"{len(gone)} 栋的排查理由有变化" in main.sentence
        press(toy, event)
        after = reasons(toy, event)
        assert after["西一-A"] == (1, ["lived_in", "kept"]) and after["西一-D"] == before["西一-D"]
        assert not any("standing_area" in one for _, why in after.values() for one in why)
        now = seen(toy, event)
        assert (now.to_hasten, now.to_restate, now.to_renew) == (0, 0, 0)
        draw_standing(toy, ["西一"])
        press(toy, event)
        assert reasons(toy, event)["西一-A"] == (1, ["standing_area_under_red"])

    def test_pages_say_that_the_priority_stays(self, toy: ToyDatabase, event: int) -> None:
        draw_standing(toy, ["西一"])
        press(toy, event)
        end(toy)
        press(toy, event)
        township = toy.browser(toy.member("township", WEST))
        page = township.get(f"/inspections?event={event}").text
        assert "有人居住、下达以后情况有变，优先级不降低" in plain(page) and "灾害易发地" not in page

    def test_what_is_begun_keeps_what_it_was_given_for(self, toy: ToyDatabase, event: int) -> None:
        draw_standing(toy, ["西一"])
        press(toy, event)
        with toy.transaction(COUNTY) as session:
            session.execute(
                text(
                    "UPDATE emergency_inspection SET state = 'in_progress', begun_at = now() WHERE house_id ="
                    " (SELECT id FROM house WHERE code = '西一-A')"
                )
            )
        end(toy)
        press(toy, event)
        assert reasons(toy, event)["西一-A"] == (1, ["standing_area_under_red"])


class TestAListThatOutlivesTheArea:
    """In 灾后排查 lists are brought in step no more: they say who was fetched first, and that the area is no more."""

    def test_says_so_and_its_link_leads_somewhere(self, toy: ToyDatabase, event: int) -> None:
        draw_standing(toy, ["西一"])
        press(toy, event)
        zone = standing_now(toy)
        with toy.transaction(COUNTY) as session:
            service.change_phase(session, toy.actor(COUNTY), event, "aftermath")
        township = toy.browser(toy.member("township", WEST))
        list_page = f"/events/{event}/evacuation/areas/{WEST_ONE}"
        assert "已撤销" not in township.get(f"/events/{event}/evacuation").text + township.get(list_page).text
        end(toy)
        for address in (f"/events/{event}/evacuation", list_page):
            page = township.get(address).text
            assert f'href="/events/standing/{zone}"' in page and "已撤销" in page, address
        paper = township.get(f"/events/{event}/evacuation/print?area={WEST_ONE}").text
        assert "新画的山洪沟（已撤销）" in paper
        county = toy.browser(toy.member("county", COUNTY))
        shown = county.get(f"/events/standing/{zone}")
        assert shown.status_code == 200 and "撤销或重新划定，不再计入" in shown.text
        assert "修改措施和责任人" not in shown.text and f"/houses?standing={zone}" not in shown.text
        saved = county.post(f"/events/standing/{zone}", data={"name": "别名", "version": "0"})
        assert saved.status_code == 409 and "已经撤销，不能再改" in saved.text
        assert "新画的山洪沟" not in county.get("/events/standing").text, "the list of those that hold does not show it"


def test_a_place_drawn_anew_stands_once_with_who_answers_for_it(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    load(toy, write_list(tmp_path / "a.xlsx", [row("D1", "大沟", "西一")]), buffer_m=600)
    press(toy, event)
    said(toy, event, "西一-D", "refused")
    load(toy, write_list(tmp_path / "b.xlsx", [row("D1", "大沟", "西一")]), buffer_m=700)
    press(toy, event)
    assert first(toy, event) == first_by_register(toy, event)
    with toy.transaction(COUNTY) as session:
        [place] = first_heads(session, event, COUNTY_SCOPE)
    assert place.zone_id == standing_now(toy) and "张甲" in (place.people_said or "")


def version_of(page: str) -> str:
    found = re.search(r'name="version" value="(\d*)"', page)
    return found[1] if found else ""


def test_who_answers_for_a_place_drawn_anew_is_told_in_the_aftermath_too(
    toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    """Lists are brought in step no more by then; the place is the same, under whatever number its shape stands."""
    load(toy, write_list(tmp_path / "a.xlsx", [row("D1", "大沟", "西一")]), buffer_m=600)
    press(toy, event)
    due = first(toy, event)[0][1]
    with toy.transaction(COUNTY) as session:
        service.change_phase(session, toy.actor(COUNTY), event, "aftermath")
    load(toy, write_list(tmp_path / "b.xlsx", [row("D1", "大沟", "西一")]), buffer_m=700)
    assert first(toy, event) == [(standing_now(toy), due)]
    page = toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}/evacuation").text
    assert "张甲" in page and "没有登记责任人" not in page


class TestAnAreaOverTheBorder:
    """A township draws what reaches into its neighbour: water asks nobody whose ground it is."""

    @pytest.fixture
    def both(self, toy: ToyDatabase) -> int:
        with toy.transaction(COUNTY) as session:
            made = make_event(session, toy.actor(COUNTY), ["西一", "东一"], level="red")
            service.respond(session, toy.actor(COUNTY), made)
        drawn = toy.browser(toy.member("township", WEST)).post(
            "/api/v1/standing-areas",
            json={"geometry": geometry(["西一", "东一"]), "kind": "flood", "name": "界河", "buffer_m": 40},
        )
        assert drawn.status_code == 200, drawn.text
        return made

    def test_the_neighbour_lists_whom_the_county_lists(self, toy: ToyDatabase, both: int) -> None:
        by_county = {area: (seen(toy, both, area).to_list, seen(toy, both, area).to_renew) for area in (WEST, EAST)}
        whole = seen(toy, both)
        assert by_county == {WEST: (1, 4), EAST: (1, 4)} and (whole.to_list, whole.to_renew) == (2, 8)
        for area in (EAST, COUNTY, EAST, WEST):
            press(toy, both, area)
        assert {(seen(toy, both, area).to_list, seen(toy, both, area).to_renew) for area in (COUNTY, WEST, EAST)} == {
            (0, 0)
        }
        assert first(toy, both) == first_by_register(toy, both)
        assert listed(toy, both)["东一-A"].reasons == ("红色预警下在灾害易发地内",)
        page = toy.browser(toy.member("township", EAST)).get(f"/events/{both}/evacuation").text
        assert "界河" in page

    def test_the_neighbour_sees_who_answers_for_it_and_changes_nothing(self, toy: ToyDatabase, both: int) -> None:
        west, east = (toy.browser(toy.member("township", area)) for area in (WEST, EAST))
        press(toy, both, EAST)
        zone = listed(toy, both)["东一-D"].standing_id
        form = {"name": "界河", "responsible-name": "张甲", "responsible-phone": "10000000001"}
        form["version"] = version_of(west.get(f"/events/standing/{zone}").text)
        assert west.post(f"/events/standing/{zone}", data=form).status_code in (200, 204, 303)
        page = east.get(f"/events/{both}/evacuation").text
        assert "张甲" in page and "没有登记责任人" not in page
        seen_there = east.get(f"/events/standing/{zone}")
        assert seen_there.status_code == 200 and "张甲" in seen_there.text and "10000000001" not in seen_there.text
        names = east.get("/events/standing").text
        assert "界河" in names and "相邻辖区划定，延伸到本辖区" in names and WEST not in names
        assert all("由上级划定" not in page and "由相邻辖区管理" in page for page in (names, seen_there.text))
        form["version"] = "1"
        assert east.post(f"/events/standing/{zone}", data=form | {"measures": "别的"}).status_code == 403

    def test_it_stays_the_township_s_that_drew_it(self, toy: ToyDatabase, both: int) -> None:
        [zone, *_] = [zone for zone, _ in first_by_register(toy, both)]
        neighbour = toy.browser(toy.member("township", EAST))
        assert neighbour.delete(f"/api/v1/standing-areas/{zone}", params={"reason": "不要"}).status_code == 403
        with toy.transaction(EAST) as session:
            changed = session.connection().execute(
                text("UPDATE hazard_zone SET name = 'x' WHERE id = :id"), {"id": zone}
            )
            assert changed.rowcount == 0
            assert session.connection().execute(text("DELETE FROM hazard_zone_piece")).rowcount == 0

    def test_one_that_ends_at_the_border_line_is_no_business_of_the_neighbour(self, toy: ToyDatabase) -> None:
        west, south, east, north = village_box("西二")
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        drawn = toy.browser(toy.member("township", WEST)).post(
            "/api/v1/standing-areas", json={"geometry": {"type": "Polygon", "coordinates": [ring]}, "kind": "flood"}
        )
        [zone] = drawn.json()["ids"]
        assert toy.browser(toy.member("township", EAST)).get(f"/events/standing/{zone}").status_code == 404
