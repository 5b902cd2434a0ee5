"""The board as each role sees and presses it, its API, and the record of the night on paper and in a workbook."""

import io
import json
import re
from collections.abc import Callable
from urllib.parse import unquote

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text

from geo_housing import clock
from geo_housing.response.service import change_phase
from tests.fixtures.toy import ToyDatabase
from tests.response.warnings import FLASH_FLOOD, RED, confirm
from tests.response.zones import make_event
from tests.roster.people import contact
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

WEST_ONE = VILLAGES["西一"][0]
MOBILE, SECOND = "13" + "900000001", "13" + "900000002"


@pytest.fixture
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        return make_event(session, toy.actor(COUNTY), ["西一", "东一"], level="red")


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@pytest.fixture
def people(toy: ToyDatabase) -> tuple[int, int]:
    """Two of 西山镇."""
    first = contact(toy, WEST, "王镇长", role="township_lead", phone=MOBILE)
    return first, contact(toy, WEST, "李副镇长", role="deputy_lead", turn="B", phone=SECOND)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def fields(page: str, address: str) -> dict[str, str]:
    """The hidden fields of the form that goes to an address, as the browser sends them."""
    form = re.search(rf'<form method="post" action="{re.escape(address)}".*?</form>', page, re.S)
    assert form, f"no form to {address}"
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


def counted(toy: ToyDatabase, query: str, **values: object) -> int:
    with toy.transaction() as session:
        return int(session.scalar(text(query), values) or 0)


@pytest.mark.parametrize("phase", ["closed", "mistaken"])
def test_the_text_of_what_is_over_asks_for_nothing(
    toy: ToyDatabase, event: int, county: TestClient, phase: str
) -> None:
    read = f"/events/{event}/calls/at/{WEST}/text"
    assert "请在" in county.get(read).text
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "aftermath", reason="试", areas=[WEST])
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, phase, reason="试")
    told = county.get(read).text
    assert "不再转移和排查" in told and "请在" not in told


def test_a_village_is_asked_to_go_from_door_to_door_and_a_township_to_call_its_villages(
    event: int, county: TestClient
) -> None:
    of_township = county.get(f"/events/{event}/calls/at/{WEST}/text?way=message").text
    of_village = county.get(f"/events/{event}/calls/at/{WEST_ONE}/text?way=message").text
    assert "请马上叫应各村" in of_township and "逐户上门" not in of_township
    assert "请马上逐户上门通知并组织转移" in of_village and "各村" not in of_village


class TestTheNightWithoutScript:
    def test_from_the_first_call_to_the_record(
        self, toy: ToyDatabase, county: TestClient, event: int, people: tuple[int, int], later: Callable[..., None]
    ) -> None:
        page = county.get(f"/events/{event}/calls").text
        assert "0/2" in words(page) and page.index("西山镇") < page.index("东河乡")
        assert f'href="tel:{MOBILE}"' in page and SECOND not in page
        start = f"/events/{event}/calls/at/{WEST}/start"
        answer = county.post(start, data=fields(page, start))
        assert answer.status_code == 303 and answer.headers["location"].endswith(f"#r{WEST}")
        later(minutes=12)
        page = county.get(f"/events/{event}/calls").text
        assert "请按“未应”，转叫下一人" in page and f"tel:{MOBILE}" in page
        call = counted(toy, "SELECT max(id) FROM call")
        hand_on = f"/events/{event}/calls/{call}/hand-on"
        assert county.post(hand_on, data=fields(page, hand_on)).status_code == 303
        page = county.get(f"/events/{event}/calls").text
        assert f"tel:{SECOND}" in page and f"tel:{MOBILE}" not in page
        county.post(start, data=fields(page, start))
        page = county.get(f"/events/{event}/calls").text
        yes = f"/events/{event}/calls/{call + 1}/answer"
        county.post(yes, data=fields(page, yes) | {"quick": "收到，马上组织", "said": "先转河边"})
        page = county.get(f"/events/{event}/calls").text
        assert "1/2" in words(page) and "李副镇长：收到，马上组织；先转河边" in words(page)
        # Nobody has called the neighbour yet: they stand first now.
        assert page.index("东河乡") < page.index("西山镇")
        reply = f"/events/{event}/calls/{call + 1}/reply"
        county.post(reply, data=fields(page, reply) | {"said": "已转12户19人"})
        assert "已转12户19人" in county.get(f"/events/{event}/calls").text
        # One entry for each call, none for a look at the page.
        assert counted(toy, "SELECT count(*) FROM journal_entry WHERE action = 'calls.start'") == 2
        assert counted(toy, "SELECT count(*) FROM journal_entry WHERE action = 'roster.reveal'") == 0

    def test_the_first_rings_back_while_the_second_is_called(
        self, toy: ToyDatabase, county: TestClient, event: int, people: tuple[int, int], later: Callable[..., None]
    ) -> None:
        board, start = f"/events/{event}/calls", f"/events/{event}/calls/at/{WEST}/start"
        county.post(start, data=fields(county.get(board).text, start))
        first = counted(toy, "SELECT max(id) FROM call")
        later(minutes=3)
        for address in (f"{board}/{first}/hand-on", start):
            county.post(address, data=fields(county.get(board).text, address))
        later(minutes=2)
        back = f"{board}/{first}/answer"
        county.post(back, data=fields(county.get(board).text, back) | {"quick": "收到，马上组织"})
        later(minutes=12)
        page = county.get(board).text
        assert "1/2" in words(page) and "转叫下一人" not in words(page) and "王镇长：收到，马上组织" in words(page)
        assert f'action="{board}/{first}/reply"' in page, "what they have promised is waited for"
        assert f'action="{start}"' not in page, "the second call is not settled yet"
        settled = f"{board}/{first + 1}/hand-on"
        county.post(settled, data=fields(page, settled))
        page = county.get(board).text
        assert "1/2" in words(page) and f'action="{start}"' in page
        assert county.post(start, data=fields(page, start)).status_code == 303

    def test_a_double_press_is_one_call(self, toy: ToyDatabase, county: TestClient, event: int, people: object) -> None:
        start = f"/events/{event}/calls/at/{WEST}/start"
        sent = fields(county.get(f"/events/{event}/calls").text, start)
        assert [county.post(start, data=sent).status_code for _ in range(2)] == [303, 303]
        assert counted(toy, "SELECT count(*) FROM call") == 1

    def test_the_second_officer_sees_what_stands_instead(
        self, toy: ToyDatabase, county: TestClient, event: int, people: object
    ) -> None:
        other = toy.browser(toy.member("emergency", COUNTY))
        start = f"/events/{event}/calls/at/{WEST}/start"
        mine, theirs = (fields(one.get(f"/events/{event}/calls").text, start) for one in (county, other))
        assert county.post(start, data=mine).status_code == 303
        refused = other.post(start, data=theirs)
        assert refused.status_code == 409 and "还没有记结果" in refused.text and "正在呼叫" in refused.text
        part = other.post(start, data=theirs, headers={"HX-Request": "true"})
        assert part.status_code == 200 and "还没有记结果" in part.text and "<html" not in part.text

    def test_where_nobody_is_known_somebody_is_typed_and_kept(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        page = county.get(f"/events/{event}/calls").text
        assert "通讯录里还没有这里的责任人" in page and "tel:" not in page
        start = f"/events/{event}/calls/at/{EAST}/start"
        sent = fields(page, start) | {"name": "赵书记", "role": "书记", "number": MOBILE, "keep": "true"}
        assert county.post(start, data=sent).status_code == 303
        assert counted(toy, "SELECT count(*) FROM contact WHERE scope_code = :e AND name = '赵书记'", e=EAST) == 1
        assert f"tel:{MOBILE}" in county.get(f"/events/{event}/calls").text
        assert counted(toy, "SELECT count(*) FROM call WHERE number_masked = '139****0001'") == 1

    def test_a_number_that_does_not_open_any_more_stops_nobody_from_being_called(
        self, toy: ToyDatabase, county: TestClient, event: int, people: object
    ) -> None:
        with toy.transaction() as session:
            session.execute(text("UPDATE contact SET phone_cipher = '\\x01' WHERE name = '王镇长'"))
        page = county.get(f"/events/{event}/calls").text
        assert "139****0001" in page and MOBILE not in page and f"/calls/at/{WEST}/start" in page

    @pytest.mark.parametrize("number", ["不知道号码1", "12345678901234567"])
    def test_a_number_that_cannot_be_dialled_is_refused(
        self, toy: ToyDatabase, county: TestClient, event: int, number: str
    ) -> None:
        start = f"/events/{event}/calls/at/{EAST}/start"
        sent = fields(county.get(f"/events/{event}/calls").text, start) | {"name": "赵书记", "number": number}
        refused = county.post(start, data=sent)
        assert refused.status_code == 422 and "电话号码不对" in refused.text
        assert counted(toy, "SELECT count(*) FROM call") == 0


class TestRoles:
    def test_a_township_calls_its_villages_and_reads_how_it_was_called(
        self, toy: ToyDatabase, county: TestClient, event: int, people: object
    ) -> None:
        contact(toy, WEST_ONE, "钱书记", phone=SECOND)
        start = f"/events/{event}/calls/at/{WEST}/start"
        county.post(start, data=fields(county.get(f"/events/{event}/calls").text, start))
        township = toy.browser(toy.member("township", WEST))
        page = township.get(f"/events/{event}/calls").text
        assert "上级叫应本级" in page and "西一村" in page and "东河乡" not in page and f"tel:{SECOND}" in page
        village = f"/events/{event}/calls/at/{WEST_ONE}/start"
        assert township.post(village, data=fields(page, village)).status_code == 303
        assert township.post(start, data={"name": "自己"}).status_code == 403
        assert "村 0/2" in words(county.get(f"/events/{event}/calls").text)

    def test_a_village_without_anybody_is_not_called_by_its_townships_own_people(
        self, toy: ToyDatabase, event: int, people: object
    ) -> None:
        page = toy.browser(toy.member("township", WEST)).get(f"/events/{event}/calls").text
        assert "通讯录里还没有这里的责任人" in page and "王镇长" not in page

    @pytest.mark.parametrize("role", ["leader", "planner", "technician", "village"])
    def test_others_read_and_press_nothing(
        self, toy: ToyDatabase, county: TestClient, event: int, people: object, role: str
    ) -> None:
        start = f"/events/{event}/calls/at/{WEST}/start"
        county.post(start, data=fields(county.get(f"/events/{event}/calls").text, start))
        call = counted(toy, "SELECT max(id) FROM call")
        answer = {"said": "河边王二家的人不肯走"}
        county.post(f"/events/{event}/calls/{call}/answer", data=answer)
        reader = toy.browser(toy.member(role, WEST_ONE if role == "village" else COUNTY))
        page = reader.get(f"/events/{event}/calls").text
        assert "<textarea" not in page and "/start" not in page and MOBILE not in page
        assert reader.post(start).status_code == 403
        assert reader.post(f"/events/{event}/calls/{call}/undo").status_code == 403
        told = page + reader.get(f"/api/v1/events/{event}/calls").text
        assert ("河边王二" in told) == (role == "technician")
        assert ("王镇长" in told) == (role == "technician")

    def test_a_drill_wears_its_mark_everywhere(self, toy: ToyDatabase, county: TestClient) -> None:
        answer = county.post(
            "/api/v1/events", json={"areas": [WEST], "name": "桌面推演", "kind": "flood", "mode": "drill"}
        )
        number = answer.json()["event"]
        assert "【演练】" in county.get(f"/events/{number}/calls").text
        assert "【演练】" in county.get(f"/events/{number}/calls/at/{WEST}/text").text
        assert "【演练】" in county.get(f"/events/{number}/calls/print").text
        book = openpyxl.load_workbook(io.BytesIO(county.get(f"/api/v1/events/{number}/calls.xlsx").content))
        assert str(book.active["A1"].value).startswith("【演练】")

    def test_a_draft_says_that_it_must_be_confirmed_first(
        self, toy: ToyDatabase, county: TestClient, event: int
    ) -> None:
        with toy.transaction() as session:
            session.execute(text("UPDATE hazard_event SET phase = 'draft' WHERE id = :e"), {"e": event})
        page = county.get(f"/events/{event}/calls").text
        assert "请先确认事件" in page and "/start" not in page


class TestParts:
    def test_the_board_comes_alone_and_a_press_brings_it_with_the_way_back(
        self, toy: ToyDatabase, county: TestClient, event: int, people: object
    ) -> None:
        part = county.get(f"/events/{event}/calls/board").text
        assert "<html" not in part and 'id="calls"' in part
        start = f"/events/{event}/calls/at/{WEST}/start"
        answer = county.post(start, data=fields(part, start), headers={"HX-Request": "true"})
        assert answer.status_code == 200 and "正在呼叫" in answer.text
        told = json.loads(answer.headers["HX-Trigger"])["gh:toast"]
        assert told["text"] == "正在呼叫王某某，请记下结果。"
        undone = county.post(told["undo"], headers={"HX-Request": "true"})
        assert undone.status_code == 200
        assert counted(toy, "SELECT count(*) FROM call WHERE is_void") == 1
        # The page that is loaded then tells why there is nothing more to take back.
        assert "误按" in unquote(county.post(told["undo"], headers={"HX-Request": "true"}).headers["set-cookie"])

    def test_the_tab_tells_how_many_were_reached(
        self, toy: ToyDatabase, county: TestClient, event: int, people: object
    ) -> None:
        assert re.search(r"叫应\s*<span class=\"step-figure\">0/2", county.get(f"/events/{event}/steps").text)

    def test_what_is_read_out_holds_figures_and_no_number_of_anybody(
        self, toy: ToyDatabase, county: TestClient, event: int, people: object
    ) -> None:
        found = county.get(f"/api/v1/events/{event}/affected").json()
        west = [area for area in found["areas"] if area["code"].startswith(WEST)]
        told = county.get(f"/api/v1/events/{event}/calls/at/{WEST}/text").json()["text"]
        houses, homes = (sum(area[name] for area in west) for name in ("houses", "households"))
        assert f"影响范围内{homes}户" in told and f"农房{houses}栋" in told and "独居老人" in told
        assert not re.search(r"\d{7,}", told)
        page = county.get(f"/events/{event}/calls?text={WEST}").text
        assert "听清请复述一遍" in page

    def test_one_look_at_a_long_board_asks_the_database_no_more_than_at_a_short_one(
        self, toy: ToyDatabase, county: TestClient
    ) -> None:
        numbers = []
        for areas in ([WEST_ONE], [WEST]):
            answer = county.post("/api/v1/events", json={"areas": areas, "name": "范围", "kind": "flood"})
            numbers.append(answer.json()["event"])
        for name, (code, _, _) in VILLAGES.items():
            contact(toy, code, f"{name}书记", phone=MOBILE)
        township = toy.browser(toy.member("township", WEST))
        asked = []
        for number in numbers:
            township.get(f"/events/{number}/calls/board")
            statements: list[str] = []

            def heard(*given: object, into: list[str] = statements) -> None:
                into.append(str(given[2]))

            sqlalchemy_event.listen(toy.database.engine, "before_cursor_execute", heard)
            township.get(f"/events/{number}/calls/board")
            sqlalchemy_event.remove(toy.database.engine, "before_cursor_execute", heard)
            asked.append(len(statements))
        assert asked[0] == asked[1]


class TestRecord:
    def test_the_workbook_holds_every_call_as_it_was_known(
        self, toy: ToyDatabase, county: TestClient, event: int, people: tuple[int, int], later: Callable[..., None]
    ) -> None:
        later(minutes=1)
        before = clock.now().strftime("%Y-%m-%dT%H:%M:%S")
        later(minutes=1)
        path = f"/api/v1/events/{event}/calls"
        call = county.post(f"{path}/at/{WEST}", json={"contact": people[0]}).json()
        county.post(f"{path}/{call['id']}/answer", json={"said": "=1+1 收到"})
        book = openpyxl.load_workbook(io.BytesIO(county.get(f"{path}.xlsx").content))
        rows = list(book.active.iter_rows(min_row=4, values_only=True))
        assert [(row[1], row[4], row[6], row[10], row[12]) for row in rows] == [
            ("西山镇", "王镇长", "139****0001", "已应", "=1+1 收到"),
            ("东河乡", "", "", "未叫应", ""),
        ]
        assert "乡镇已应 1/2" in str(book.active["A2"].value)
        then = openpyxl.load_workbook(io.BytesIO(county.get(f"{path}.xlsx?as_of={before}").content)).active
        assert [row[10] for row in then.iter_rows(min_row=4, values_only=True)] == ["未叫应", "未叫应"]
        assert "乡镇已应 0/2" in str(then["A2"].value)
        paper = words(county.get(f"/events/{event}/calls/print").text)
        assert "王镇长" in paper and "乡镇已应 1/2" in paper and "139****0001" in paper and MOBILE not in paper
        assert counted(toy, "SELECT count(*) FROM journal_entry WHERE action = 'export.calls'") == 3


class TestApi:
    def test_presses_by_api_stand_on_the_board(
        self, toy: ToyDatabase, county: TestClient, event: int, people: tuple[int, int]
    ) -> None:
        path = f"/api/v1/events/{event}/calls"
        board = county.get(path).json()
        assert (board["reached"], board["total"], board["next_after_minutes"]) == (0, 2, 10)
        assert board["items"][0]["next"]["name"] == "王镇长" and MOBILE not in json.dumps(board)
        call = county.post(f"{path}/at/{WEST}", json={"contact": people[0], "seen": 0, "client_id": "x"}).json()
        stale = county.post(f"{path}/{call['id']}/hand-on", json={"seen": 9})
        assert stale.status_code == 409 and "您的这一步没有记录" in stale.json()["detail"]
        county.post(f"{path}/{call['id']}/answer", json={"seen": 1, "said": "收到"})
        assert county.get(path).json()["reached"] == 1
        assert county.post(f"{path}/{call['id']}/shout", json={}).status_code == 404
        assert county.post(f"{path}/at/{WEST}", json={"contact": 999}).status_code == 404
        assert county.post(f"{path}/at/{WEST}", json={"nobody": 1}).status_code == 422


def test_a_township_that_is_warned_once_more_is_called_anew(
    toy: ToyDatabase, county: TestClient, later: Callable[..., None]
) -> None:
    event = confirm(toy, FLASH_FLOOD).event
    people = [contact(toy, code, "镇长", role="township_lead", phone=MOBILE) for code in (WEST, EAST)]
    board = f"/events/{event}/calls"
    for code, _ in zip((WEST, EAST), people, strict=True):
        start = f"{board}/at/{code}/start"
        county.post(start, data=fields(county.get(board).text, start))
        answer = f"{board}/{counted(toy, 'SELECT max(id) FROM call')}/answer"
        county.post(answer, data=fields(county.get(board).text, answer))
    assert "2/2" in words(county.get(board).text)
    later(minutes=5)
    confirm(toy, RED, target=str(event))
    page = county.get(board).text
    assert "1/2 已应" in words(page) and "1 待叫" in words(page) and "又有新的预警，请重新叫应" in words(page)
    assert f'action="{board}/at/{WEST}/start"' in page


@pytest.mark.parametrize(
    ("steps", "told"),
    [(["mistaken"], "误发撤销前呼叫，未接通"), (["aftermath", "closed"], "未接通，事件已结束")],
    ids=["mistaken", "closed"],
)
def test_a_call_that_was_running_counts_no_minutes_once_nobody_calls_any_more(
    toy: ToyDatabase,
    event: int,
    county: TestClient,
    people: tuple[int, int],
    later: Callable[..., None],
    steps: list[str],
    told: str,
) -> None:
    page = f"/events/{event}/calls"
    address = f"{page}/at/{WEST}/start"
    begun = {**fields(county.get(page).text, address), "contact": str(people[0])}
    assert county.post(address, data=begun).status_code in (200, 303)
    assert 'class="call-timer"' in county.get(page).text and told not in county.get(page).text
    with toy.transaction(COUNTY) as session:
        for phase in steps:
            change_phase(session, toy.actor(COUNTY), event, phase, reason="试")
    later(minutes=12)
    for shown in (county.get(page).text, county.get(f"{page}/board").text):
        assert told in words(shown)
        for running in ("data-elapsed", "正在呼叫", "转叫下一人", "请按“未应”"):
            assert running not in shown, running
        if "closed" in steps:
            assert "事件已结束，这里是当时的叫应记录" in shown and "没有叫应" in words(shown) and "待叫" not in shown
        board = shown.partition('id="calls"')[2]
        assert 'class="late"' not in board and "call-due" not in board, "told, and no alarm"


def test_a_report_that_was_promised_is_late_no_more_once_nobody_waits_for_it(
    toy: ToyDatabase, event: int, county: TestClient, people: tuple[int, int], later: Callable[..., None]
) -> None:
    page = f"/events/{event}/calls"
    begun = {**fields(county.get(page).text, f"{page}/at/{WEST}/start"), "contact": str(people[0])}
    assert county.post(f"{page}/at/{WEST}/start", data=begun).status_code in (200, 303)
    (answer,) = re.findall(rf'method="post" action="({page}/[0-9]+/answer)"', county.get(page).text)
    assert county.post(answer, data=fields(county.get(page).text, answer)).status_code in (200, 303)
    later(minutes=61)
    county = toy.browser(toy.member("county", COUNTY))
    assert "已过时限" in words(county.get(page).text)
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="试")
    board = county.get(page).text.partition('id="calls"')[2]
    assert "应告知" in words(board) and "回报" not in words(board).partition("其他人、记录")[0]
    assert "已过时限" not in board
    assert 'class="late"' not in board and 'class="attention"' not in board
