"""Standing risk areas with measures and people: lists as counties keep them, loading again, the page, the first list."""

import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import text

from geo_housing.evacuation.rows import rows_of
from geo_housing.evacuation.sums import first_heads, totals
from geo_housing.hazards.first_list import first_of_event, first_of_geometry
from geo_housing.keys import KeyRing, load_keys
from geo_housing.response.service import respond
from geo_housing.response.standing.columns import slots_of
from geo_housing.response.standing.details import details_of, persons_of, standing_on_cards
from geo_housing.response.standing.fields import DUTY_LABELS, facts_of, kind_of
from geo_housing.response.standing.loading import StandingLoaded, load_standing_file
from geo_housing.response.zones.preview import drawn
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import geometry, make_event, write_zone
from tests.toy_county import COUNTY, EAST, WEST, village_box

HEADS = [
    "序号", "统一编号", "隐患点名称", "乡镇", "行政村", "经度", "纬度", "灾害类型", "威胁户数", "威胁人数", "防灾责任人",
    "联系电话", "监测人", "电话", "防治措施", "撤离路线", "避险地点", "是否销号",
]  # fmt: skip


def ring(toy: ToyDatabase) -> KeyRing:
    return load_keys(toy.settings.keys_file)


def middle(village: str) -> tuple[float, float]:
    west, south, east, north = village_box(village)
    return (west + east) / 2, (south + north) / 2


def row(number: str, name: str, village: str, **other: Any) -> list[Any]:
    lon, lat = middle(village)
    said = {
        "responsible": "张甲", "phone": "10000000001", "monitor": "李乙、王丙", "phones": "10000000002、10000000003",
        "measures": "雨前巡查，雨中撤离", "route": "沿村路向北", "shelter": "村小学",
    } | other  # fmt: skip
    return [
        1, number, name, "西山镇", village, lon, lat, "滑坡", 3, 11, said["responsible"], said["phone"], said["monitor"],
        said["phones"], said["measures"], said["route"], said["shelter"], "否",
    ]  # fmt: skip


def write_list(path: Path, rows: list[list[Any]], heads: list[str] = HEADS) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, len(heads) - 1, "玩具县地质灾害隐患点一览表")
        for n, line in enumerate([heads, *rows], start=1):
            for column, value in enumerate(line):
                sheet.write(n, column, value)
    return path


def load(toy: ToyDatabase, path: Path, *, area: str = COUNTY, **said: Any) -> StandingLoaded:
    with toy.transaction(area) as session:
        return load_standing_file(session, toy.actor(area), path, lambda: ring(toy), **{"kind": "geological", **said})


class TestHeadings:
    def test_telephones_belong_to_the_person_before_them(self) -> None:
        slots, unknown = slots_of(HEADS)
        assert unknown == ["是否销号"]
        facts = facts_of(slots, row("D1", "大沟", "西一"))
        assert (facts.number, facts.name, facts.kind) == ("D1", "大沟", "geological")
        assert (facts.stated_households, facts.stated_people, facts.place) == (3, 11, "西山镇西一")
        said = [(one.duty, one.name, one.phone) for one in facts.persons]
        assert said == [
            ("responsible", "张甲", "10000000001"),
            ("monitor", "李乙", "10000000002"),
            ("monitor", "王丙", "10000000003"),
        ]

    @pytest.mark.parametrize(
        ("heads", "cells", "expected"),
        [
            (["名称", "责任人", "监测人", "监测人电话", "责任人电话"], ["a", "甲", "乙", "10000000002", "10000000001"],
             [("responsible", "甲", "10000000001"), ("monitor", "乙", "10000000002")]),
            (["NAME", "责任人", "责任人电"], ["a", "甲", 10000000001.0], [("responsible", "甲", "10000000001")]),
            (["危险区名称", "转移责任人", "职务", "手机"], ["a", "甲", "村支书", "无"], [("mover", "甲", None)]),
            (["名称", "预警员", "联系方式"], ["a", "无", ""], []),
        ],
    )  # fmt: skip
    def test_other_forms(self, heads: list[str], cells: list[Any], expected: list[Any]) -> None:
        facts = facts_of(slots_of(heads)[0], cells)
        assert [(one.duty, one.name, one.phone) for one in facts.persons] == expected

    @pytest.mark.parametrize(
        ("heads", "theirs", "untold"),
        [
            ("责任人 责任人电话 联系人 联系电话", {"责任人": 1, "联系人": 3}, []),
            ("责任人 联系人 责任人电话 联系电话", {"责任人": 2, "联系人": 3}, []),
            ("联系人 联系电话 责任人 责任人电话", {"责任人": 3, "联系人": 1}, []),
            ("责任人 联系电话 联系人 责任人电话", {"责任人": 3, "联系人": 1}, []),
            ("联系人 责任人 责任人电话 联系电话", {"责任人": 2, "联系人": 3}, []),
            ("责任人 联系电话 联系人 联系电话", {"责任人": 1, "联系人": 3}, []),
            ("责任人 联系电话", {"责任人": 1}, []),
            ("联系电话 责任人", {"责任人": 0}, []),
            ("防灾责任人 监测责任人 巡查员 巡查员电话 监测责任人电话 防灾责任人电话",
             {"责任人": 5, "监测人": 4, "监测人/2": 3}, []),
            ("行政责任人 防汛责任人 行政责任人电话 防汛责任人电话", {"责任人": 2, "责任人/2": 3}, []),
            ("责任人 监测人 电话 电话", {"责任人": 2, "监测人": 3}, []),
            ("责任人1 责任人2 责任人电话1 责任人电话2", {"责任人": 2, "责任人/2": 3}, []),
            # Whose it is cannot be known, or it is somebody's for whom there is no place.
            ("责任人 联系电话 联系人", {"责任人": None, "联系人": None}, ["联系电话（看不出是谁的）"]),
            ("责任人 监测人 电话 电话 电话", {"责任人": None, "监测人": None}, ["电话（看不出是谁的）"] * 3),
            ("责任人 责任人电话 村书记 联系电话", {"责任人": 1}, ["村书记", "联系电话"]),
            ("责任人 村书记电话 监测人", {"责任人": None, "监测人": None}, ["村书记电话（看不出是谁的）"]),
        ],
    )  # fmt: skip
    def test_a_number_belongs_to_whom_its_column_stands_with(
        self, heads: str, theirs: dict[str, int | None], untold: list[str]
    ) -> None:
        headings = heads.split()
        cells = [f"1380000000{n}" if "电话" in one else f"人{n}" for n, one in enumerate(headings)]
        slots, unknown = slots_of(headings)
        assert unknown == untold
        said: dict[str, int | None] = {}
        for one in facts_of(slots, cells).persons:
            label = DUTY_LABELS[one.duty]
            said[f"{label}/2" if label in said else label] = None if one.phone is None else int(one.phone[-1])
        assert said == theirs

    def test_more_numbers_than_people_in_a_cell_are_nobodys(self) -> None:
        facts = facts_of(slots_of(["责任人", "电话"])[0], ["甲、乙", "13800000001、13800000002、13800000003"])
        assert [(one.name, one.phone) for one in facts.persons] == [("甲", None), ("乙", None)]
        assert facts.unread == ("甲、乙共 2 人，电话有 3 个，看不出哪个是谁的，没有采用。",)

    def test_who_stands_in_two_columns_of_a_duty_is_one(self) -> None:
        heads = ["监测人", "监测人电话", "巡查员", "巡查员电话"]
        facts = facts_of(slots_of(heads)[0], ["甲", "13800000001", "甲", "13800000002"])
        assert [(one.name, one.phone) for one in facts.persons] == [("甲", "13800000001、13800000002")]

    def test_what_cannot_be_read_is_told(self) -> None:
        heads = ["名称", "威胁户数", "责任人", "电话"]
        facts = facts_of(slots_of(heads)[0], ["a", "约十户", "甲", "找村书记"])
        assert len(facts.unread) == 2 and facts.stated_households is None and facts.persons[0].phone is None

    @pytest.mark.parametrize(
        ("text", "code", "is_sure"),
        [
            ("滑坡", "geological", True),
            ("滑坡、崩塌", "geological", True),
            ("山洪沟", "flash_flood", True),
            ("沿河低洼地带", "flood", True),
            ("水库下游", "dam_release", True),
            ("雪崩", "雪崩", False),
            ("河边", "flood", False),
            ("低洼易涝", "flood", False),
            ("小型滑坡", "geological", False),
            ("滑坡、山洪", "flash_flood", False),
        ],
    )
    def test_kinds(self, text: str, code: str, is_sure: bool) -> None:
        assert kind_of(text) == (code, is_sure)


class TestLoading:
    def test_a_list_becomes_places_with_people_and_again_nothing(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = write_list(tmp_path / "隐患点.xlsx", [row("D1", "大沟", "西一"), row("D2", "小沟", "东一")])
        first = load(toy, path, buffer_m=200)
        assert (first.read, len(first.created), first.rejected, first.unknown_columns) == (2, 2, 0, ("是否销号",))
        again = load(toy, path, buffer_m=200)
        assert (len(again.created), len(again.updated), again.unchanged) == (0, 0, 2)
        with toy.transaction(COUNTY) as session:
            one = details_of(session, first.created)[first.created[0]]
            assert (one.measures, one.route, one.shelter) == ("雨前巡查，雨中撤离", "沿村路向北", "村小学")
            person = persons_of(session, first.created)[first.created[0]][0]
            sealed = session.execute(text("SELECT phone_cipher, phone_masked FROM standing_person")).all()
        assert (person.duty_label, person.name) == ("责任人", "张甲") and "10000000001" not in (
            person.phone_masked or ""
        )
        assert all(b"1000000000" not in bytes(row.phone_cipher) and "*" in row.phone_masked for row in sealed)

    def test_a_later_list_changes_what_it_states_and_nothing_else(self, toy: ToyDatabase, tmp_path: Path) -> None:
        [zone] = load(toy, write_list(tmp_path / "a.xlsx", [row("D1", "大沟", "西一")]), buffer_m=200).created
        # Without coordinates, known by its number; 无 clears, an empty cell leaves.
        later = write_list(
            tmp_path / "b.xlsx",
            [["D1", "赵丁", "10000000009", "无", ""]],
            ["编号", "监测人", "电话", "措施", "转移路线"],
        )
        done = load(toy, later)
        assert (len(done.created), done.updated, done.rejected) == (0, (zone,), 0)
        with toy.transaction(COUNTY) as session:
            one = details_of(session, [zone])[zone]
            assert (one.measures, one.route) == (None, "沿村路向北")
            seen = {(person.duty, person.name) for person in persons_of(session, [zone])[zone]}
            assert seen == {("monitor", "赵丁"), ("responsible", "张甲")}
            ended = session.scalar(text("SELECT count(*) FROM standing_person WHERE ended_at IS NOT NULL"))
        assert ended == 2, "who is replaced stays as history"

    def test_a_place_drawn_anew_keeps_what_is_known_of_it(self, toy: ToyDatabase, tmp_path: Path) -> None:
        [old] = load(toy, write_list(tmp_path / "a.xlsx", [row("D1", "大沟", "西一")]), buffer_m=200).created
        moved = write_list(tmp_path / "b.xlsx", [row("D1", "大沟", "西二", measures="")])
        done = load(toy, moved, buffer_m=300)
        [new] = [*done.updated, *done.created]
        with toy.transaction(COUNTY) as session:
            assert details_of(session, [new])[new].measures == "雨前巡查，雨中撤离"
            assert len(persons_of(session, [new])[new]) == 3
            holds = session.scalars(
                text("SELECT id FROM hazard_zone WHERE event_id IS NULL AND ended_at IS NULL")
            ).all()
        assert holds == [new] and new != old

    def test_rows_that_mean_no_place_are_told_and_the_others_stay(self, toy: ToyDatabase, tmp_path: Path) -> None:
        nowhere = row("D9", "没有坐标", "西一")
        nowhere[5] = nowhere[6] = ""
        path = write_list(tmp_path / "a.xlsx", [row("D1", "大沟", "西一"), nowhere])
        without = load(toy, path, buffer_m=200)
        assert (len(without.created), without.rejected) == (1, 1)
        assert any("没有可用的经纬度" in fault.sentence for fault in without.faults)

    def test_a_map_file_tells_of_people_too(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = write_zone(tmp_path / "易发地.geojson", ["西一"])
        content = json.loads(path.read_text("utf-8"))
        content["features"][0]["properties"] = {
            "名称": "西河",
            "责任人": "张甲",
            "责任人电话": "10000000001",
            "颜色": "红",
        }
        path.write_text(json.dumps(content), "utf-8")
        done = load(toy, path)
        assert done.unknown_columns == ("颜色",)
        with toy.transaction(COUNTY) as session:
            [person] = persons_of(session, done.created)[done.created[0]]
            assert (person.name, person.phone_masked is not None) == ("张甲", True)
            assert session.scalar(text("SELECT name FROM hazard_zone WHERE event_id IS NULL")) == "西河"

    def test_a_township_changes_nothing_of_the_countys(self, toy: ToyDatabase, tmp_path: Path) -> None:
        [zone] = load(toy, write_list(tmp_path / "a.xlsx", [row("D1", "大沟", "西一")]), buffer_m=200).created
        load(
            toy, write_list(tmp_path / "b.xlsx", [row("D1", "大沟", "西一", measures="别的")]), area=WEST, buffer_m=200
        )
        with toy.transaction(COUNTY) as session:
            assert details_of(session, [zone])[zone].measures == "雨前巡查，雨中撤离"

    def test_a_shape_that_a_file_holds_twice_is_one_area(self, toy: ToyDatabase, tmp_path: Path) -> None:
        once, twice = write_zone(tmp_path / "一次.geojson", ["西一"]), tmp_path / "两次.geojson"
        content = json.loads(once.read_text("utf-8"))
        content["features"] *= 2
        twice.write_text(json.dumps(content), "utf-8")
        found = load(toy, twice)
        assert (found.read, len(found.created), found.unchanged) == (2, 1, 1)
        assert found.area_km2 == load(toy, once).area_km2 > 0


class TestTheCard:
    def test_each_number_stands_with_its_person(self, toy: ToyDatabase, tmp_path: Path) -> None:
        lon, lat = middle("西一")
        heads = ["编号", "名称", "经度", "纬度", "责任人", "责任人电话", "联系人", "联系电话"]
        values = ["D1", "大沟", lon, lat, "张三", "13800001111", "李四", "13800005678"]
        load(toy, write_list(tmp_path / "a.xlsx", [values], heads), buffer_m=200)
        village = f"{WEST}201"
        with toy.transaction(COUNTY) as session:
            [card] = standing_on_cards(session, [village], ring=ring(toy))[village]
        assert card.people == "责任人 张三 13800001111、联系人 李四 13800005678"


class TestThePage:
    def test_seen_edited_and_dialled(self, toy: ToyDatabase, tmp_path: Path) -> None:
        [zone] = load(toy, write_list(tmp_path / "a.xlsx", [row("D1", "大沟", "西一")]), buffer_m=200).created
        county = toy.browser(toy.member("county", COUNTY))
        page = county.get(f"/events/standing/{zone}").text
        assert "张甲" in page and "沿村路向北" in page and "10000000001" not in page
        form = {"version": "1", "name": "大沟", "number": "D1", "responsible-name": "张甲", "measures": "立即撤离"}
        assert county.post(f"/events/standing/{zone}", data=form).status_code in (200, 204, 303)
        page = county.get(f"/events/standing/{zone}").text
        assert "立即撤离" in page and "李乙" not in page and "沿村路向北" not in page
        for none in ("", "²", "9" * 60):
            assert county.post(f"/events/standing/{zone}", data=form | {"version": none}).status_code == 428
        late = county.post(f"/events/standing/{zone}", data=form)
        assert late.status_code == 409 and "刚被别人改过" in late.text
        unread = county.post(
            f"/events/standing/{zone}",
            data=form | {"version": "2", "stated_households": "几户", "stated_people": "约十人"},
        )
        assert unread.status_code == 422
        assert "“几户”不是户数或人数，没有采用。“约十人”不是户数或人数，没有采用。" in unread.text
        assert unread.text.count("不是户数或人数") == 2, "each is said once"
        person = toy_scalar(toy, "SELECT id FROM standing_person WHERE ended_at IS NULL")
        shown = county.post(f"/events/standing/{zone}/persons/{person}/phone")
        assert "10000000001" in shown.text and shown.headers["cache-control"] == "private, no-store"
        assert toy_scalar(toy, "SELECT count(*) FROM journal_entry WHERE action = 'hazards.standing_reveal'") == 1
        leader = toy.browser(toy.member("leader", COUNTY))
        assert leader.post(f"/events/standing/{zone}/persons/{person}/phone").status_code == 403
        assert "10000000001" not in county.get("/events/standing").text
        [feature] = county.get("/api/v1/map/standing-areas").json()["features"]
        seen = feature["properties"]
        assert (seen["measures"], seen["people"][0]["name"]) == ("立即撤离", "张甲")
        assert "10000000001" not in str(seen)


def toy_scalar(toy: ToyDatabase, query: str) -> Any:
    with toy.transaction() as session:
        return session.scalar(text(query))


class TestTheFirstList:
    def test_weak_lived_in_houses_of_standing_areas_come_first(self, toy: ToyDatabase, tmp_path: Path) -> None:
        [zone] = load(toy, write_zone(tmp_path / "易发地.geojson", ["西一"])).created
        with toy.transaction(COUNTY) as session:
            event = make_event(session, toy.actor(COUNTY), ["西一", "西二", "东一"], level="red")
            before = first_of_event(session, event)
            drawing = first_of_geometry(session, drawn(geometry(["西一", "西二", "东一"]), buffer_m=None))
            respond(session, toy.actor(COUNTY), event)
        assert [area.zone_id for area in before.areas] == [zone] and before == drawing
        with toy.transaction(COUNTY) as session:
            rows = rows_of(session, toy.actor(COUNTY), event, AreaScope(COUNTY))
            [heads] = first_heads(session, event, AreaScope(COUNTY))
            west = totals(session, event, AreaScope(WEST))
            at_west = first_heads(session, event, AreaScope(WEST))
            at_east = first_heads(session, event, AreaScope(EAST))
        first = [one for one in rows if one.comes_first]
        assert {one.scope_code for one in first} == {f"{WEST}201"}
        assert (heads.due.households, heads.due.people) == (before.households, before.people)
        assert heads.due == heads.left and at_west == [heads] and at_east == []
        assert 0 < heads.due.households <= west.total.due.households
        # Sorted first within their village, and by the rules alone: risk C, D, 疑似, 未评定, or built of earth.
        of_village = [one.comes_first for one in rows if one.scope_code == f"{WEST}201"]
        assert of_village == sorted(of_village, reverse=True)
        assert {one.house_code for one in first} == {"西一-C", "西一-D", "西一-0", "疑-1"}
        page = toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}/evacuation").text
        assert "首批" in page and "没有登记责任人" in page
        # 西一-0 is 未评定 and nobody's 危房: the heading says of whom it is true.
        assert "首批转移对象：灾害易发地内须先转移的户" in page and "未评定房屋" in page and "危房户" not in page
        analysis = toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}").text
        assert "首批转移对象：灾害易发地内须先转移的房屋" in analysis and "有人居住的危房" not in analysis

    def test_without_standing_areas_nobody_is_set_before_others(self, toy: ToyDatabase) -> None:
        with toy.transaction(COUNTY) as session:
            event = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
            respond(session, toy.actor(COUNTY), event)
            assert first_of_event(session, event).areas == ()
            assert first_heads(session, event, AreaScope(COUNTY)) == []
