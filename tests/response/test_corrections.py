"""更正 of a warning takes the place of the one that it surely names; of any other it is said what cannot be told."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.hazards.models import HazardEvent
from geo_housing.response.reports.gather import gather
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.test_warning_pages import read, sent
from tests.response.test_what_a_lift_means import county, offered
from tests.response.warnings import ORANGE, confirm
from tests.toy_county import COUNTY, WEST

__all__ = ["county"]

THEN = "玩具县气象台2026年7月12日00时20分发布的暴雨橙色预警信号"
EARLIER = "玩具县气象台2026年7月11日22时10分发布暴雨橙色预警信号：预计未来3小时西山镇有50毫米以上降水。"
SURE = f"更正：{THEN}，应为暴雨黄色预警信号。"


@furnished
def event(toy: ToyDatabase) -> int:
    number = confirm(toy, ORANGE).event
    toy.browser(toy.member("county", COUNTY)).post(f"/api/v1/events/{number}/respond")
    return number


def in_force(toy: ToyDatabase) -> list[str]:
    with toy.transaction(COUNTY) as session:
        wanted = "SELECT level FROM warning WHERE ended_at IS NULL AND action <> 'lift' ORDER BY id"
        return list(session.scalars(text(wanted)))


def work(toy: ToyDatabase) -> tuple[int, int]:
    with toy.transaction(COUNTY) as session:
        tasks = session.scalar(text("SELECT count(*) FROM emergency_inspection WHERE state <> 'withdrawn'"))
        moves = session.scalar(text("SELECT count(*) FROM evacuation WHERE withdrawn_at IS NULL"))
        return int(tasks or 0), int(moves or 0)


def test_it_takes_the_place_of_what_it_names_and_withdraws_nothing(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    page = read(county, SURE)
    assert offered(page) == [(True, "")] and "它更正的预警" in page and "已下达的任务和转移名单都不撤销" in page
    before = work(toy)
    assert before[0] and county.post("/events/warnings/confirm", data=sent(page)).status_code == 303
    assert in_force(toy) == ["yellow"] and work(toy) == before
    with toy.transaction(COUNTY) as session:
        assert session.scalar(text("SELECT level FROM hazard_event")) == "yellow"
        # Named as what it is, in report, course and list of warnings; what it put right is marked.
        said = [one.said for one in gather(session, session.get_one(HazardEvent, event), AreaScope(COUNTY)).warnings]
    assert said == ["发布暴雨橙色预警（西山镇）（已更正）", "更正为暴雨黄色预警"]
    shown = re.sub(r"<[^>]+>|\s+", " ", county.get(f"/events/{event}").text)
    listed = shown.rpartition(" 预警 ")[2]
    assert "更正 暴雨" in re.sub(" +", " ", listed) and "已更正" in listed and "已被替代" not in listed
    course = county.get(f"/events/{event}/course").text
    assert "更正预警" in course


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ("更正：玩具县气象台2026年7月12日00时50分发布的暴雨橙色预警信号，应为暴雨黄色预警信号。", "发布时间不同"),
        ("更正：玩具县气象台发布的暴雨红色预警信号，应为暴雨黄色预警信号。", "级别不同"),
        ("更正：邻旗气象台2026年7月12日00时20分发布的暴雨橙色预警信号，应为暴雨黄色预警信号。", "发布单位不同"),
        ("更正：2026年7月12日00时20分发布的暴雨橙色预警信号，应为暴雨黄色预警信号。", "更正没有写明发布单位"),
        ("更正：玩具县气象台2026年7月12日00时20分发布的大风橙色预警信号，应为大风黄色预警信号。", "灾种不同"),
    ],
)
def test_what_it_may_not_mean_stays_in_force(
    toy: ToyDatabase, county: TestClient, event: int, pasted: str, reason: str
) -> None:
    form = sent(read(county, pasted), **{"0-target": str(event)})
    page = county.post("/events/warnings/effect?part=0", data=form).text
    ((ticked, said),) = offered(page)
    assert not ticked and said.startswith(reason) and "不能确定更正的是哪一条" in page
    before = in_force(toy)
    answer = county.post("/events/warnings/confirm", data=form)
    assert answer.status_code == 422 and "还没有说明更正的是哪一条预警" in answer.text and in_force(toy) == before
    none = {**form, "0-ends": "none", "0-ends_of": str(event), "0-areas": WEST}
    assert re.search(r'value="none" checked', county.post("/events/warnings/effect?part=0", data=none).text)
    assert county.post("/events/warnings/confirm", data=none).status_code == 303
    assert in_force(toy)[0] == "orange" and len(in_force(toy)) == 2


def test_without_an_office_its_ground_and_hour_tell(toy: ToyDatabase, county: TestClient, event: int) -> None:
    page = read(county, "更正：2026年7月12日00时20分发布的暴雨橙色预警信号，应为暴雨黄色预警信号：西山镇。")
    assert offered(page) == [(True, "")]


def test_of_two_that_fit_the_hour_tells_and_without_it_nobody_guesses(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    confirm(toy, EARLIER, target=str(event))
    page = read(county, "更正：玩具县气象台发布的暴雨橙色预警信号，应为暴雨黄色预警信号。")
    assert offered(page) == [(False, "不止一条预警相符")] * 2
    assert sorted(offered(read(county, SURE))) == [(False, "发布时间不同"), (True, "")]


def test_a_person_may_tick_it_all_the_same(toy: ToyDatabase, county: TestClient, event: int) -> None:
    page = read(county, "更正：玩具县气象台发布的暴雨红色预警信号，应为暴雨黄色预警信号。")
    (number,) = re.findall(r'name="0-ends" value="(\d+)"', page)
    county.post("/events/warnings/confirm", data=sent(page, **{"0-ends": number}))
    assert in_force(toy) == ["yellow"]


def test_without_the_warning_it_corrects_the_page_says_so(toy: ToyDatabase, county: TestClient) -> None:
    assert "没有找到它更正的预警" in read(county, f"{SURE[:-1]}：西山镇。")


def test_the_api_ends_the_same(toy: ToyDatabase, county: TestClient, event: int) -> None:
    found = county.post("/api/v1/warnings/read", json={"text": SURE}).json()
    assert found["corrects"] is True and len(found["effect"]["ends"]) == 1
    body = {"action": "downgrade", "kind": "rainstorm", "level": "yellow", "issuer": "玩具县气象台", "event": event}
    assert county.post("/api/v1/warnings", json={"text": SURE, "warnings": [body]}).status_code == 200
    assert in_force(toy) == ["yellow"]


def test_an_hour_without_a_day_tells_which_of_several_is_wrong(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    east = "玩具县气象台2026年7月12日00时22分发布暴雨橙色预警信号：预计未来3小时东河乡有50毫米以上降水。"
    confirm(toy, east, target=str(event))
    said = "玩具县气象台2026年7月12日00时59分"
    for pasted in (
        f"【更正】{said}：00时22分发布的暴雨橙色预警信号有误，应为西山镇，原发布的东河乡不在范围内。",
        f"{said}发布：00时20分发布的暴雨橙色预警信号范围有误，现更正为东河乡。",
    ):
        page = read(county, pasted)
        assert sorted(offered(page)) == [(False, "发布时间不同"), (True, "")]
    # What it leaves out was the mistake, or was not: nobody else knows.
    refused = county.post("/events/warnings/confirm", data=sent(page))
    assert refused.status_code == 422 and "更正没有写到“西山镇”" in refused.text
    assert len(in_force(toy)) == 2 and 'id="w0-rest-drop"' in page
    keep = county.post("/events/warnings/effect?part=0", data=sent(page, **{"0-rest": "keep"})).text
    drop = county.post("/events/warnings/effect?part=0", data=sent(page, **{"0-rest": "drop"})).text
    assert re.search(r'value="keep" checked', keep) and re.search(r'value="drop" checked', drop)
    assert county.post("/events/warnings/confirm", data=sent(page, **{"0-rest": "drop"})).status_code == 303
    with toy.transaction(COUNTY) as session:
        where = "SELECT z.name FROM hazard_zone z JOIN zone_revision r ON r.id = z.revision_id JOIN hazard_event e"
        there = session.scalars(text(f"{where} ON e.id = z.event_id AND e.revision = r.n")).all()
        assert "西山镇" not in there and "东河乡" in there
        ended = session.scalars(text("SELECT to_char(issued_at AT TIME ZONE 'Asia/Shanghai', 'HH24:MI') FROM warning"
                                     " WHERE ended_at IS NOT NULL")).all()  # fmt: skip
    assert list(ended) == ["00:20"]


def test_a_text_that_says_the_hour_alone_is_never_taken_for_a_warning_of_another_hour(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    wrong = "更正：{}00时{}分发布的暴雨橙色预警信号范围有误，应为西山镇。"
    # Of the one warning there is, which is of 00:20 on the ground that the text names.
    for office in ("玩具县气象台", ""):
        page = county.post("/events/warnings/effect?part=0", data=sent(read(county, wrong.format(office, "50")), **{"0-target": str(event)})).text  # fmt: skip
        assert offered(page) == [(False, "发布时间不同")]
    assert offered(read(county, wrong.format("玩具县气象台", "20"))) == [(True, "")]
    east = "玩具县气象台2026年7月12日00时50分发布暴雨橙色预警信号：预计未来3小时东河乡有50毫米以上降水。"
    confirm(toy, east, target=str(event))
    assert sorted(offered(read(county, wrong.format("玩具县气象台", "50")))) == [(False, "发布时间不同"), (True, "")]
    found = county.post("/api/v1/warnings/read", json={"text": wrong.format("玩具县气象台", "50")}).json()
    assert found["replaced_at"] is None and found["replaced_clock"] == "00:50" and len(found["effect"]["ends"]) == 1


def test_the_api_asks_which_one_it_is(toy: ToyDatabase, county: TestClient, event: int) -> None:
    unsure = "更正：玩具县气象台发布的暴雨红色预警信号，应为暴雨黄色预警信号。"
    body = {"action": "downgrade", "kind": "rainstorm", "level": "yellow", "issuer": "玩具县气象台", "event": event}
    assert county.post("/api/v1/warnings", json={"text": unsure, "warnings": [body]}).status_code == 422
    body["areas"] = [{"code": WEST}]
    answer = county.post("/api/v1/warnings", json={"text": unsure, "warnings": [{**body, "ends": []}]})
    assert answer.status_code == 200 and in_force(toy) == ["orange", "yellow"]


@pytest.mark.parametrize(
    "said",
    [
        "00时20分发布的暴雨橙色预警信号发布时间有误，应为00时05分，其他内容不变，继续有效。",
        "00时20分发布的暴雨橙色预警信号，原‘00时20分’更正为‘00时05分’。",
    ],
)
def test_the_hour_of_issue_is_put_right(toy: ToyDatabase, county: TestClient, event: int, said: str) -> None:
    pasted = f"【更正】玩具县气象台2026年7月12日00时50分更正：{said}"
    page = read(county, pasted)
    assert offered(page) == [(True, "")] and sent(page)["0-issued_at"] == ["2026-07-12T00:05"]
    assert re.search(r'title="发布时间[^"]*"[^>]*>00时05分', page) and re.search(r'title="更正时间[^"]*"', page)
    found = county.post("/api/v1/warnings/read", json={"text": pasted}).json()
    assert (
        found["unread"] == []
        and found["issued_at"].startswith("2026-07-12T00:05")
        and len(found["effect"]["ends"]) == 1
    )
    assert found["replaced_at"].startswith("2026-07-12T00:20") and found["corrected_at"].startswith("2026-07-12T00:50")
    assert county.post("/events/warnings/confirm", data=sent(page)).status_code == 303
    assert in_force(toy) == ["orange"]
    # The event began with it, and is called by its beginning.
    begun = county.get(f"/api/v1/events/{event}").json()
    assert begun["starts_at"].startswith("2026-07-12T00:05") and begun["name"].endswith("2026-07-12 00:05")
    told = county.get(f"/api/v1/events/{event}/calls/at/{WEST}/text").json()["text"]
    assert "12日00:05暴雨橙色预警" in told and "00:20" not in told and "00:50" not in told
    with toy.transaction(COUNTY) as session:
        said_there = [
            one.said for one in gather(session, session.get_one(HazardEvent, event), AreaScope(COUNTY)).warnings
        ]
    assert said_there == [
        "发布暴雨橙色预警（西山镇）（已更正）",
        "发布暴雨橙色预警（发布时间已更正，原为00时20分）",
    ]


def test_the_api_ends_the_one_whose_hour_is_put_right(toy: ToyDatabase, county: TestClient, event: int) -> None:
    pasted = "【更正】玩具县气象台2026年7月12日00时50分更正：00时20分发布的暴雨橙色预警信号发布时间应为00时05分。"
    body = {"action": "change", "kind": "rainstorm", "level": "orange", "issuer": "玩具县气象台", "event": event,
            "issued_at": "2026-07-12T00:05:00+08:00"}  # fmt: skip
    assert county.post("/api/v1/warnings", json={"text": pasted, "warnings": [body]}).status_code == 200
    assert in_force(toy) == ["orange"]


def test_an_hour_that_is_not_surely_that_of_issue_is_shown(toy: ToyDatabase, county: TestClient, event: int) -> None:
    pasted = "【更正】玩具县气象台2026年7月12日00时50分更正：00时20分发布的暴雨橙色预警信号有误，应为00时05分。"
    page = read(county, pasted)
    assert offered(page) == [(True, "")] and sent(page)["0-issued_at"] == ["2026-07-12T00:50"]
    assert "更正里的这个时间没有读出是什么时间，请核对。" in page
