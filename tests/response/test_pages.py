"""The pages of events as each role sees them: figures of the database, what may be pressed, refusals that help."""

import io
import json
import re
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text

from geo_housing.response import rows as listing
from geo_housing.response.papers import paper as printing
from geo_housing.response.service import respond
from geo_housing.response.steps import evacuation_list
from tests.fixtures.toy import ToyDatabase
from tests.response.zones import geometry, make_event, revise, write_zone
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

WEST_ONE = VILLAGES["西一"][0]


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    """Over 西一 and 东一, no tasks yet."""
    with toy.transaction(COUNTY) as session:
        return make_event(session, toy.actor(COUNTY), ["西一", "东一"], level="red")


def followed(client: TestClient, answer: Response) -> str:
    """The page that a change leads to."""
    assert answer.status_code == 303, answer.text[:500]
    return client.get(answer.headers["location"]).text


def counted(toy: ToyDatabase, query: str, **values: object) -> int:
    with toy.transaction() as session:
        return int(session.scalar(text(query), values) or 0)


def words(page: str) -> str:
    """The page's text without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_who_made_it_by_command_is_said_in_words(toy: ToyDatabase, county: TestClient, event: int) -> None:
    assert county.post(f"/events/{event}/respond", data={"revision": "1"}).status_code == 303
    for path in (f"/events/{event}", "/events"):
        page = county.get(path).text
        assert "命令行 tests" in page and "cli:" not in page and "user:" not in words(page)


class TestTheNight:
    def test_figures_and_buttons_lead_from_the_zone_to_the_end(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        page = county.get(f"/events/{event}").text
        assert "下达转移任务" in page and "按规则应转移 9 户" in words(page) and "还没有给本辖区下达排查任务" in page
        found = county.get(f"/api/v1/events/{event}/affected").json()
        assert f"{found['houses']} 栋" in words(page) and f"{found['people']} 人" in words(page)
        done = followed(county, county.post(f"/events/{event}/respond", data={"revision": "1"}))
        opened = counted(toy, "SELECT count(*) FROM emergency_inspection WHERE event_id = :e", e=event)
        assert f"新下达 {opened} 栋" in done and f"{opened} 栋应查" in words(done)
        assert "进入灾后排查" in done
        # What cannot be taken back is said with its figures before the press that does it.
        sure = re.search(r'<details class="confirm-step">.*?</details>', done, re.DOTALL)
        assert sure and f"将有 {opened} 栋的完成时限从现在起算；进入以后只有新的预警才使乡镇回到预警响应" in sure[0]
        assert done.count("<button", 0, sure.start()) == done.count("<button", 0, done.index('class="next-step"'))
        again = followed(county, county.post(f"/events/{event}/respond", data={"revision": "1"}))
        assert f"新下达 0 栋，原有 {opened} 栋" in again
        after = followed(county, county.post(f"/events/{event}/phase", data={"phase": "aftermath"}))
        assert f"还有 {opened} 栋没有完成" in words(after)
        refused = county.post(f"/events/{event}/phase", data={"phase": "closed"})
        assert refused.status_code == 422 and f"还有 {opened} 栋没有排查完" in refused.text
        ended = followed(county, county.post(f"/events/{event}/phase", data={"phase": "closed", "reason": "试"}))
        assert "事件已结束" in ended and "重新开启" in ended
        actions = "SELECT count(*) FROM journal_entry WHERE subject_id = :e AND action = :a"
        assert counted(toy, actions, e=str(event), a="response.respond") == 2
        assert counted(toy, actions, e=str(event), a="response.phase") == 2

    def test_who_read_the_figures_of_other_zones_confirms_nothing(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        county.post(f"/events/{event}/respond", data={"revision": "1"})
        with toy.transaction(COUNTY) as session:
            revise(session, toy.actor(COUNTY), event, ["东一"])
        refused = county.post(f"/events/{event}/respond", data={"revision": "1"})
        assert refused.status_code == 409 and "影响范围刚被别人改过" in refused.text
        assert counted(toy, "SELECT count(*) FROM emergency_inspection WHERE state = 'withdrawn'") == 0
        left = counted(toy, "SELECT count(*) FROM emergency_inspection WHERE scope_code LIKE :w", w=f"{WEST}%")
        assert f"有 {left} 栋已不在影响范围内" in refused.text
        done = followed(county, county.post(f"/events/{event}/respond", data={"revision": "2"}))
        assert f"撤销 {left} 栋" in done

    def test_a_large_event_compares_tasks_and_zones_when_the_page_stands(
        self, toy: ToyDatabase, county: TestClient, event: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        county.post(f"/events/{event}/respond")
        with toy.transaction(COUNTY) as session:
            revise(session, toy.actor(COUNTY), event, ["东一"])
        monkeypatch.setattr("geo_housing.response.pages.COMPARED_AT_ONCE", 1)
        page = county.get(f"/events/{event}").text
        assert f'hx-get="/events/{event}/next"' in page and "按新范围更新任务" not in page
        part = county.get(f"/events/{event}/next").text
        assert "按新范围更新任务" in part and "<html" not in part

    def test_progress_comes_as_a_part(self, county: TestClient, event: int) -> None:
        county.post(f"/events/{event}/respond")
        part = county.get(f"/events/{event}/progress").text
        total = county.get(f"/api/v1/events/{event}/progress").json()["total"]["due"]
        assert f"{total} 栋应查" in words(part) and "<html" not in part and "西一村" in part

    def test_the_line_under_the_top_bar_tells_what_is_open(self, county: TestClient, event: int) -> None:
        county.post(f"/events/{event}/respond")
        total = county.get(f"/api/v1/events/{event}/progress").json()["total"]["due"]
        assert f"待开始 {total}" in county.get("/events/line").text

    def test_the_line_is_shown_to_those_whom_the_event_concerns(self, toy: ToyDatabase, county: TestClient) -> None:
        with toy.transaction(COUNTY) as session:
            number = make_event(session, toy.actor(COUNTY), ["西一"], level="red")
        concerned = [("county", COUNTY), ("leader", COUNTY), ("township", WEST), ("village", WEST_ONE)]
        others = [("township", EAST), ("village", VILLAGES["西二"][0]), ("village", VILLAGES["东一"][0])]
        readers = {pair: toy.browser(toy.member(*pair)) for pair in (*concerned, *others)}

        def told() -> list[tuple[str, str]]:
            return [pair for pair, reader in readers.items() if "试验过程" in reader.get("/events/line").text]

        # 争-1 lies in 东一 and is declared in 西一: whoever may have to look for it is concerned.
        assert told() == [*concerned, ("township", EAST), ("village", VILLAGES["东一"][0])]
        with toy.transaction() as session:
            session.execute(text("UPDATE house SET declared_code = scope_code WHERE code = '争-1'"))
        assert told() == concerned
        county.post(f"/events/{number}/respond")
        assert told() == concerned
        county.post(f"/events/{number}/phase", data={"phase": "mistaken", "reason": "误发"})
        assert told() == []


class TestRoles:
    def test_a_township_responds_in_its_area_and_leaves_the_phase_to_the_county(
        self, toy: ToyDatabase, event: int
    ) -> None:
        township = toy.browser(toy.member("township", WEST))
        page = township.get(f"/events/{event}").text
        assert "下达转移任务" in page and "其他操作" not in page and "更改影响范围" not in page and "东一" not in page
        followed(township, township.post(f"/events/{event}/respond", data={"revision": "1"}))
        assert counted(toy, "SELECT count(*) FROM emergency_inspection WHERE scope_code LIKE :e", e=f"{EAST}%") == 0
        refused = township.post(f"/events/{event}/phase", data={"phase": "aftermath"})
        assert refused.status_code == 403 and "由建立它的一级修改" in refused.text
        assert township.get(f"/events/{event}/zones").status_code == 403

    @pytest.mark.parametrize("role", ["planner", "leader"])
    def test_planners_and_leaders_see_figures_without_names_or_buttons(
        self, toy: ToyDatabase, county: TestClient, event: int, role: str
    ) -> None:
        county.post(f"/events/{event}/respond")
        county.post(f"/events/{event}/phase", data={"phase": "aftermath"})
        reader = toy.browser(toy.member(role, COUNTY))
        for path in ("", f"/areas/{WEST_ONE}", f"/areas/{COUNTY}", "/progress", "/next"):
            page = reader.get(f"/events/{event}{path}")
            assert page.status_code == 200
            shown = re.sub(r"户主(?=[<（])", "", page.text)
            assert not re.search(r"户主\d\d|户主0", shown) and "独居老人" not in page.text and "六类" not in page.text
            assert 'method="post" action="/events' not in page.text
        people = 'data-label="人"'
        assert people in county.get(f"/events/{event}/areas/{WEST_ONE}").text
        assert people not in reader.get(f"/events/{event}/areas/{WEST_ONE}").text
        assert reader.post(f"/events/{event}/respond").status_code == 403
        printed = reader.get(f"/events/{event}/print")
        if role == "leader":
            assert printed.status_code == 403 and "打印名单" not in reader.get(f"/events/{event}").text
        else:
            assert "户主" not in printed.text and "独居老人" not in printed.text and "户某某" not in printed.text
            # Left empty, the column would say that nobody there needs help.
            assert "避险特征" not in printed.text and "避险特征" in county.get(f"/events/{event}/print").text
            lists = [_headings(who.get(f"/api/v1/events/{event}/list.xlsx")) for who in (county, reader)]
            assert "避险特征" in lists[0] and not {"户主", "避险特征", "联系电话", "排查人", "人口"} & lists[1]
            # How many people live in one house is of the family.
            assert "人口" in lists[0] and "<th>人口</th>" not in printed.text
            assert not re.search(r"栋\s*\d+\s*人", printed.text)
            assert {"房屋编号", "排查结果", "备注"} <= lists[1]

    @pytest.mark.parametrize("role", ["planner", "leader"])
    def test_what_follows_from_the_family_shows_nowhere_to_planners_and_leaders(
        self, toy: ToyDatabase, county: TestClient, event: int, role: str
    ) -> None:
        """All they get is the same, byte by byte, whatever priority a house has for its family's sake."""
        county.post(f"/events/{event}/respond")
        county.post(f"/events/{event}/phase", data={"phase": "aftermath"})
        number = counted(
            toy,
            "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = '西一-A'",
        )
        paths = [
            f"/events/{event}", f"/events/{event}/areas/{WEST_ONE}", f"/events/{event}/areas/{COUNTY}", "/inspections",
            f"/inspections/{number}", f"/api/v1/inspections/{number}", "/houses/西一-A", "/api/v1/houses/西一-A",
        ]  # fmt: skip
        if role == "planner":
            paths.append(f"/api/v1/emergency-inspections.geojson?event={event}")
        readers = {"reader": toy.browser(toy.member(role, COUNTY)), "county": county}

        def seen(reader: TestClient) -> list[str]:
            answers = [reader.get(path) for path in paths]
            assert [answer.status_code for answer in answers] == [200] * len(paths)
            changing = r'(nonce|csrf_token)[^>]*|"version" value="\d+"|\d\d:\d\d(:\d\d)?'
            return [re.sub(changing, "", answer.text) for answer in answers]

        urgent = "UPDATE emergency_inspection SET priority = :p, reasons = :r, due_at = now() + :h * interval '1 hour'"
        facts = []
        for one in ({"p": 3, "r": ["in_zone"], "h": 72}, {"p": 1, "r": ["key_group", "trait"], "h": 24}):
            with toy.transaction() as session:
                session.execute(text(f"{urgent} WHERE id = :i"), {**one, "i": number})
            facts.append({name: seen(client) for name, client in readers.items()})
        assert facts[0]["county"] != facts[1]["county"]
        for path, before, after in zip(paths, facts[0]["reader"], facts[1]["reader"], strict=True):
            assert before == after, path

    def test_a_village_sees_the_event_of_its_county_with_its_own_houses_only(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        county.post(f"/events/{event}/respond")
        village = toy.browser(toy.member("village", WEST_ONE))
        page = village.get(f"/events/{event}").text
        own = counted(toy, "SELECT count(*) FROM emergency_inspection WHERE scope_code = :v", v=WEST_ONE)
        assert f"{own} 栋应查" in words(page) and "东一" not in page and "任务</button>" not in page
        rows = village.get(f"/events/{event}/areas/{WEST_ONE}").text
        assert rows.count('class="row-link"') == own and "户主" in rows

    def test_a_drill_is_marked_everywhere(self, toy: ToyDatabase, county: TestClient) -> None:
        with toy.transaction(COUNTY) as session:
            number = make_event(session, toy.actor(COUNTY), ["西一"], mode="drill")
        county.post(f"/events/{number}/respond")
        county.post(f"/events/{number}/phase", data={"phase": "aftermath"})
        first = counted(toy, "SELECT min(id) FROM emergency_inspection")
        for path in (
            "/events", f"/events/{number}", f"/events/{number}/areas/{WEST_ONE}", f"/events/{number}/print",
            "/inspections", f"/inspections/{first}",
        ):  # fmt: skip
            assert "【演练】" in county.get(path).text, path


def _headings(answer: Response) -> set[object]:
    """Headings of the second sheet of a village list: of its first township."""
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets[1]
    return {cell.value for cell in sheet[3]}


class TestRows:
    def test_pages_go_on_behind_the_last_row_whatever_is_finished_meanwhile(
        self, toy: ToyDatabase, county: TestClient, event: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        county.post(f"/events/{event}/respond")
        monkeypatch.setattr("geo_housing.response.pages.PAGE_ROWS", 3)
        seen: list[str] = []
        address: str | None = f"/events/{event}/areas/{COUNTY}"
        while address:
            page = county.get(address).text
            shown = re.findall(r'class="row-link" href="/inspections/(\d+)"', page)
            assert 0 < len(shown) <= 3
            seen += shown
            if len(seen) == 3:  # the first page is finished before the second is asked for
                with toy.transaction() as session:
                    session.execute(
                        text("UPDATE emergency_inspection SET state = 'done' WHERE id = ANY (:ids)"),
                        {"ids": [int(number) for number in shown]},
                    )
            following = re.search(r'href="([^"]+)" rel="next"', page)
            address = following[1] if following else None
        everything = counted(toy, "SELECT count(*) FROM emergency_inspection")
        assert len(set(seen)) == everything
        assert len(seen) == everything + 3, "what was finished stands once more at the end"

    def test_a_wrong_place_is_refused_with_a_sentence(self, county: TestClient, event: int) -> None:
        assert county.get(f"/events/{event}/areas/{WEST}?after=1;drop").status_code == 422

    def test_a_page_asks_the_database_as_often_for_many_rows_as_for_one(
        self, toy: ToyDatabase, county: TestClient, event: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        county.post(f"/events/{event}/respond")

        def asked(path: str) -> int:
            statements: list[str] = []

            def heard(_1: object, _2: object, statement: str, *_rest: object) -> None:
                statements.append(statement)

            sqlalchemy_event.listen(toy.database.engine, "before_cursor_execute", heard)
            try:
                assert county.get(path).status_code == 200
            finally:
                sqlalchemy_event.remove(toy.database.engine, "before_cursor_execute", heard)
            return len(statements)

        for path in (f"/events/{event}/areas/{COUNTY}", "/inspections", "/events/standing"):
            county.get(path)
            many = asked(path)
            monkeypatch.setattr("geo_housing.response.pages.PAGE_ROWS", 1)
            monkeypatch.setattr("geo_housing.inspections.pages.PAGE_ROWS", 1)
            assert asked(path) == many
            monkeypatch.setattr("geo_housing.response.pages.PAGE_ROWS", listing.PAGE_ROWS)


class TestTheForm:
    def test_an_event_from_chosen_townships_counts_the_declared_ones_too(
        self, toy: ToyDatabase, county: TestClient
    ) -> None:
        form = {"where": "areas", "kind": "flood", "level": "orange", "name": "河水上涨", "areas": [WEST]}
        page = followed(county, county.post("/events/new", data=form))
        assert "河水上涨" in page and "已新建事件" in page
        number = counted(toy, "SELECT max(id) FROM hazard_event")
        found = county.get(f"/api/v1/events/{number}/affected").json()
        # The committee has no outline and its house no point: it belongs to the township by its declaration.
        own = counted(toy, "SELECT count(*) FROM house WHERE coalesce(declared_code, scope_code) LIKE :w", w=f"{WEST}%")
        assert found["houses"] + found["uncertain"] == own
        assert f"为影响范围内 {own} 栋" in page

    def test_the_same_form_twice_is_one_event(self, toy: ToyDatabase, county: TestClient) -> None:
        form = {"where": "areas", "kind": "flood", "areas": [WEST], "client_id": "form-1"}
        first, second = (county.post("/events/new", data=form) for _ in range(2))
        assert first.headers["location"] == second.headers["location"]
        assert "没有重复新建" in followed(county, second)
        assert counted(toy, "SELECT count(*) FROM hazard_event") == 1

    @pytest.mark.parametrize(
        ("form", "sentence"),
        [
            ({"where": "areas"}, "还没有选择乡镇或村"),
            ({"where": "file"}, "还没有选择文件"),
            ({"where": "drawing", "geometry": "{"}, "还没有在地图上画出范围"),
            ({"where": "areas", "areas": ["990009"]}, "990009"),
            ({"where": "drawing", "geometry": "{}", "buffer_m": "远"}, "应是数字"),
        ],
    )
    def test_a_refusal_keeps_what_was_typed(
        self, toy: ToyDatabase, county: TestClient, form: dict[str, object], sentence: str
    ) -> None:
        answer = county.post("/events/new", data={"name": "打了一半", "kind": "hail", **form})
        assert answer.status_code == 422 and sentence in answer.text
        assert 'value="打了一半"' in answer.text and '<option value="hail" selected' in answer.text
        assert counted(toy, "SELECT count(*) FROM hazard_event") == 0

    def test_a_file_with_a_bad_shape_tells_why_and_keeps_the_rest(self, county: TestClient, tmp_path: Path) -> None:
        shapes = geometry(["西一"])
        point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [120.0, 45.0]}}
        file = json.dumps({**shapes, "features": [*shapes["features"], point]}).encode()  # type: ignore[misc] # a list
        answer = county.post(
            "/events/new", data={"where": "file", "kind": "flood"}, files={"file": ("范围.geojson", file)}
        )
        page = followed(county, answer)
        assert "1 个图形不能用，未采用" in page and "缓冲" in page

    def test_zones_that_touch_nothing_are_stored_and_said(self, county: TestClient) -> None:
        far = {"type": "Polygon", "coordinates": [[[110.0, 30.0], [110.1, 30.0], [110.1, 30.1], [110.0, 30.0]]]}
        form = {"where": "drawing", "kind": "flood", "geometry": json.dumps(far)}
        page = followed(county, county.post("/events/new", data=form))
        assert "不涉及任何已装入的区划" in page and "影响范围内没有本辖区的农房" in page
        assert "任务</button>" not in page

    def test_other_zones_open_what_came_and_say_what_would_be_withdrawn(self, county: TestClient, event: int) -> None:
        county.post(f"/events/{event}/respond")
        assert county.get(f"/events/{event}/zones").status_code == 200
        page = followed(county, county.post(f"/events/{event}/zones", data={"where": "areas", "areas": [EAST]}))
        assert "新增任务" in page and "待确认撤销" in page and "按新范围更新任务" in page


class TestPaper:
    def test_one_sheet_a_village_with_map_and_all_rows_journalled_as_export(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        assert county.get(f"/events/{event}/print").status_code == 409
        county.post(f"/events/{event}/respond")
        page = county.get(f"/events/{event}/print").text
        villages = counted(toy, "SELECT count(DISTINCT scope_code) FROM emergency_inspection")
        rows = counted(toy, "SELECT count(*) FROM emergency_inspection")
        assert page.count('class="sheet"') == villages and page.count('class="reasons"') == rows
        assert page.count("<svg") >= villages - 1 and "西一-D" in page
        assert counted(toy, "SELECT count(*) FROM journal_entry WHERE action = 'export.village_list'") == 1
        one = county.get(f"/events/{event}/print?area={WEST_ONE}").text
        assert one.count('class="sheet"') == 1 and "东一-D" not in one

    def test_more_than_a_browser_prints_is_refused_with_the_way_out(
        self, toy: ToyDatabase, county: TestClient, event: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        county.post(f"/events/{event}/respond")
        monkeypatch.setattr(printing, "MOST_ROWS", 3)
        refused = county.get(f"/events/{event}/print")
        assert refused.status_code == 413 and "按乡镇或村分别打印" in refused.text
        assert f'href="/api/v1/events/{event}/list.xlsx"' in refused.text
        ways = re.findall(r'href="(/events/\d+/print\?area=(\d+))">[^<]+</a> ([\d,]+) 栋', refused.text)
        found = "SELECT count(*) FROM emergency_inspection WHERE starts_with(scope_code, '{}')"
        assert ways and all(int(count) == counted(toy, found.format(code)) for _, code, count in ways)
        assert sum(int(count) for *_, count in ways) == counted(toy, "SELECT count(*) FROM emergency_inspection")
        # A township that is too long itself leads to its villages, whose pages are printed.
        address = next(address for address, _, count in ways if int(count) > 3)
        villages = re.findall(rf'href="(/events/{event}/print\?area=\d{{12}})"', county.get(address).text)
        monkeypatch.setattr(printing, "MOST_ROWS", 12)
        assert villages and all(county.get(village).status_code == 200 for village in villages)

    def test_a_list_of_moves_that_is_too_long_leads_to_its_townships_too(
        self, county: TestClient, event: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        county.post(f"/events/{event}/respond")
        monkeypatch.setattr(evacuation_list, "MOST_PRINTED", 1)
        refused = county.get(f"/events/{event}/evacuation/print")
        assert refused.status_code == 413 and f'href="/api/v1/events/{event}/evacuation/list.xlsx"' in refused.text
        ways = re.findall(r'href="(/events/\d+/evacuation/print\?area=\d{9})">[^<]+</a> [\d,]+ 户', refused.text)
        monkeypatch.setattr(evacuation_list, "MOST_PRINTED", 5_000)
        assert ways and all(county.get(address).status_code == 200 for address in ways)


class TestStandingAreas:
    def test_listed_with_houses_and_source_usable_as_filter_and_ended_with_a_reason(
        self, toy: ToyDatabase, county: TestClient, tmp_path: Path
    ) -> None:
        file = write_zone(tmp_path / "a.geojson", ["西一"]).read_bytes()
        send = {"data": {"kind": "geological"}, "files": {"file": ("隐患点.geojson", file)}}
        page = followed(county, county.post("/events/standing", **send))
        assert "已登记 1 处" in page and "隐患点.geojson" in page
        assert "1 处以前已登记" in followed(county, county.post("/events/standing", **send))
        inside = len(county.get("/api/v1/houses?standing=any&limit=500").json()["items"])
        assert inside == 6 and re.search(rf"/houses\?standing=\d+\">{inside}<", page)
        houses = county.get("/houses?standing=any").text
        assert "西一-D" in houses and "西二-D" not in houses
        number = counted(toy, "SELECT max(id) FROM hazard_zone")
        without = county.post(f"/events/standing/{number}/end", data={"reason": " "})
        assert without.status_code == 422 and "请写明" in without.text
        followed(county, county.post(f"/events/standing/{number}/end", data={"reason": "已治理"}))
        assert counted(toy, "SELECT count(*) FROM hazard_zone WHERE ended_at IS NOT NULL") == 1
        assert county.get("/api/v1/houses?standing=any").json()["items"] == []
        note = "SELECT count(*) FROM journal_entry WHERE action = 'hazards.standing_end' AND note = '已治理'"
        assert counted(toy, note) == 1

    def test_a_township_cannot_end_what_the_county_drew(self, toy: ToyDatabase, county: TestClient) -> None:
        county.post("/api/v1/standing-areas", json={"geometry": geometry(["西一", "东一"])["features"][0]["geometry"]})  # type: ignore[index] # a list
        with toy.transaction() as session:
            session.execute(text("UPDATE hazard_zone SET scope_code = :c WHERE event_id IS NULL"), {"c": COUNTY})
        township = toy.browser(toy.member("township", WEST))
        page = township.get("/events/standing").text
        assert "由上级划定" in page and "/end" not in page
        number = counted(toy, "SELECT max(id) FROM hazard_zone")
        assert township.post(f"/events/standing/{number}/end", data={"reason": "试"}).status_code == 403

    def test_readers_only_read(self, toy: ToyDatabase, county: TestClient) -> None:
        reader = toy.browser(toy.member("leader", COUNTY))
        page = reader.get("/events/standing")
        assert page.status_code == 200 and "上传范围文件" not in page.text
        assert reader.post("/events/standing").status_code == 403
        refused = county.post("/events/standing", data={"kind": "flood"})
        assert refused.status_code == 422 and "还没有选择文件" in refused.text


class TestFamiliesOfUnstatedSize:
    """A ledger without 家庭人口 says nothing of people; it does not say that nobody lives there."""

    @pytest.fixture
    def uncounted(self, toy: ToyDatabase, county: TestClient, event: int) -> int:
        """How many households of 西一 have no size: all but the one whose house stands empty by a check of this month."""
        with toy.transaction() as session:
            ids = session.scalars(
                text(
                    "UPDATE household k SET persons = NULL FROM house_household l WHERE l.household_id = k.id"
                    " AND l.relation = 'lives' AND l.to_on IS NULL AND l.scope_code = :v RETURNING l.house_id"
                ),
                {"v": WEST_ONE},
            ).all()
            session.execute(text("SELECT house_recount(:ids)"), {"ids": list(ids)})
        county.post(f"/events/{event}/respond")
        found = county.get(f"/api/v1/events/{event}/affected").json()
        west = next(area for area in found["areas"] if area["code"] == WEST_ONE)
        assert west["people"] == 0 and west["households_without_size"] == west["households"] - 1 > 0
        assert found["households_without_size"] == west["households_without_size"]
        return int(west["households_without_size"])

    def test_the_analysis_tells_them_beside_the_people(self, county: TestClient, event: int, uncounted: int) -> None:
        page = words(county.get(f"/events/{event}").text)
        assert f"另 {uncounted} 户未填人数" in page and f"0 另 {uncounted} 户未填" in page

    def test_rows_and_paper_say_so(self, county: TestClient, event: int, uncounted: int) -> None:
        page = county.get(f"/events/{event}/areas/{WEST_ONE}").text
        assert page.count('data-label="人">未填') == uncounted and page.count('data-label="人">0') == 1
        paper = county.get(f"/events/{event}/print?area={WEST_ONE}").text
        assert re.search(r"栋 0 人（另 \d+ 户未填人数）", paper) and '<td class="c">未填</td>' in paper


def test_a_house_said_to_stand_empty_long_ago_tells_why_it_counts_as_lived_in(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    with toy.transaction() as session:
        session.execute(
            text(
                "UPDATE house SET occupancy = 'empty', occupancy_checked_on = current_date - CASE code"
                " WHEN '西一-D' THEN 400 ELSE 1 END WHERE code IN ('西一-D', '西一-C')"
            )
        )
    county.post(f"/events/{event}/respond")
    doubt = "居住核实已过期，按有人居住计"
    number = counted(
        toy, "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = '西一-D'"
    )
    for path in (f"/events/{event}/areas/{WEST_ONE}", f"/events/{event}/print?area={WEST_ONE}", "/inspections"):
        page = county.get(path).text
        assert page.count(doubt) == 1 and re.search(rf"D级且有人居住[^<]*、{doubt}", page), path
    assert doubt in county.get(f"/inspections/{number}").text
    assert doubt in county.get("/houses/西一-D").text and doubt not in county.get("/houses/西一-C").text


def test_long_reasons_stay_a_row_on_paper_and_whole_in_the_sheet(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        event = make_event(session, toy.actor(), ["西一"], "red")
        respond(session, toy.actor(), event)
        what = "后墙外闪，屋面塌陷，" * 12
        session.execute(
            text(
                "UPDATE evacuation SET what = :what WHERE id = (SELECT e.id FROM evacuation e JOIN house h"
                " ON h.id = e.house_id WHERE h.code = '西一-D' AND e.event_id = :event)"
            ),
            {"what": what, "event": event},
        )
    county = toy.browser(toy.member("county", COUNTY))
    paper = county.get(f"/events/{event}/evacuation/print").text
    assert what not in paper and what[:55] + "…" in paper
    book = openpyxl.load_workbook(io.BytesIO(county.get(f"/api/v1/events/{event}/evacuation/list.xlsx").content))
    assert any(what in str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row)
