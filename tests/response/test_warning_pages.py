"""The page of pasted warnings: what was read is underlined, whatever was corrected is what is stored, nothing is invented."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.hazards.bulletin.reading import read_bulletin
from geo_housing.response.warnings.underlined import LABELS, pieces_of
from tests.fixtures.toy import ToyDatabase
from tests.hazards.bulletin.texts import CASES, PASTED_ON
from tests.response.test_pages import words
from tests.response.warnings import FLASH_FLOOD, LIFT, ORANGE, RED, confirm
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

BOTH = f"{ORANGE}\n{FLASH_FLOOD}"
# 西一 is a village of 西山镇; the bare stem may be any of what is called so.
ASKED = "玩具县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时我县西部有100毫米以上降水。"
FOREIGN = "永远县气象台2026年7月12日01时50分发布暴雨红色预警信号：预计未来3小时西山镇有100毫米以上降水。"


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def scalar(toy: ToyDatabase, query: str, **values: Any) -> Any:
    with toy.transaction() as session:
        return session.scalar(text(query), values)


def read(client: TestClient, pasted: str, **form: Any) -> str:
    answer = client.post("/events/warnings", data={"text": pasted, **form})
    assert answer.status_code == 200, answer.text[:400]
    return answer.text


def sent(page: str, **other: Any) -> dict[str, Any]:
    """The form of a page as a browser would send it, with what somebody has changed."""
    body = page[page.index('class="warning-form"') :]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", body):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if attributes.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        if "name" in attributes:
            found.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body, re.DOTALL):
        found[name] = (
            re.findall(r'<option value="([^"]*)" selected', options) or re.findall(r'value="([^"]*)"', options)[:1]
        )
    pasted = re.search(r'<textarea name="text" hidden>(.*?)</textarea>', body, re.DOTALL)
    assert pasted
    return {**found, "text": pasted[1], **other}


class TestReading:
    def test_each_part_is_underlined_where_it_was_read(self, county: TestClient) -> None:
        page = read(county, RED)
        marks = re.findall(r'<mark class="read read-(\w+)"[^>]*>([^<]+)</mark>', page)
        assert ("issuer", "玩具县气象台") in marks and ("area", "西山镇") in marks
        assert ("issued_at", "2026年7月12日01时50分") in marks and ("level", "红色") in marks
        assert "暴雨橙色预警信号升级" in words(page).replace(" ", "")

    def test_figures_stand_before_anything_is_stored(self, toy: ToyDatabase, county: TestClient) -> None:
        page = read(county, RED)
        assert scalar(toy, "SELECT count(*) FROM warning") == scalar(toy, "SELECT count(*) FROM hazard_event") == 0
        found = county.post("/api/v1/warnings/read", json={"text": RED}).json()["effect"]["affected"]
        assert f"{found['houses']} 栋" in words(page) and f"{found['people']} 人" in words(page)
        assert "影响分析" in page and "西山镇" in page

    def test_the_figures_follow_what_is_ticked(self, county: TestClient) -> None:
        page = read(county, RED)
        form = sent(page, **{"0-areas": [VILLAGES["西一"][0]]})
        part = county.post("/events/warnings/effect?part=0", data=form)
        assert part.status_code == 200 and "<html" not in part.text
        houses = [int(n.replace(",", "")) for n in re.findall(r"<strong>([\d,]+)</strong> 栋<", part.text)]
        assert houses and houses[0] < int(re.findall(r"<strong>([\d,]+)</strong> 栋<", page)[0])

    def test_what_is_not_ours_is_named_and_not_taken(self, county: TestClient) -> None:
        page = read(county, FOREIGN)
        assert "未识别" in page and 'name="0-areas" value="990001100" checked' not in page
        refused = county.post("/events/warnings/confirm", data=sent(page, **{"0-take": "1"}))
        assert refused.status_code == 422 and "还没有选择" in refused.text

    def test_what_may_mean_several_places_is_asked_and_must_be_answered(
        self, toy: ToyDatabase, county: TestClient
    ) -> None:
        page = read(county, ASKED)
        assert 'class="question"' in page and "都不是" in page
        refused = county.post("/events/warnings/confirm", data=sent(page, **{"0-take": "1"}))
        assert refused.status_code == 422 and "没有选择" in refused.text
        assert scalar(toy, "SELECT count(*) FROM warning") == 0
        done = county.post("/events/warnings/confirm", data=sent(page, **{"0-take": "1", "0-q0": [WEST]}))
        assert done.status_code == 303, words(done.text)[:600]
        assert scalar(toy, "SELECT areas -> 0 ->> 'code' FROM warning") == WEST

    @pytest.mark.parametrize(
        ("pasted", "words_said", "sentence"),
        [
            (
                "玩具县气象台：截至20时，目前没有发布暴雨红色预警信号，全县请勿轻信网络传言。",
                "没有发布",
                "文中说没有发布",
            ),
            ("玩具县气象台7月12日20时20分消息：20时50分将解除西山镇暴雨红色预警信号。", "将解除", "还没有解除"),
            ("谣传玩具县气象台今晚发布暴雨红色预警信号，西山镇全部转移。", "谣传", "传言或不实消息"),
            (
                "玩具县气象台拟于7月12日22时发布暴雨红色预警信号，西山镇请做好准备。",
                "拟于7月12日22时发布",
                "还没有发布",
            ),
            ("玩具县防汛抗旱指挥部7月12日9时终止西山镇防汛Ⅱ级应急响应。", "II级应急响应", "不解除也不改变任何预警"),
        ],
    )
    def test_what_is_not_done_is_neither_ticked_nor_preset(
        self, toy: ToyDatabase, county: TestClient, pasted: str, words_said: str, sentence: str
    ) -> None:
        page = read(county, pasted)
        form = sent(page)
        assert "0-take" not in form and "0-areas" not in form and form["0-action"] == [""]
        reason = words(page[page.index('class="missing undone"') :].partition("</p>")[0])
        assert words_said in reason and sentence in reason and "没有勾选登记" in reason
        assert "进入“灾后排查”" not in page and "影响分析" not in page
        refused = county.post("/events/warnings/confirm", data=form)
        assert refused.status_code == 422 and "没有选择要登记的预警" in refused.text
        refused = county.post("/events/warnings/confirm", data={**form, "0-take": "1", "0-areas": [WEST]})
        assert refused.status_code == 422 and "请选择这条预警的动作" in refused.text
        assert scalar(toy, "SELECT count(*) FROM warning") == 0
        chosen = {**form, "0-take": "1", "0-areas": [WEST], "0-kind": "rainstorm", "0-action": "issue"}
        assert county.post("/events/warnings/confirm", data=chosen).status_code == 303
        told = scalar(toy, "SELECT unread -> 0 ->> 'text' FROM warning")
        assert told == words_said, "what the text says is kept with it"

    def test_a_title_without_a_verb_asks_what_is_done(self, county: TestClient) -> None:
        page = read(county, "西山镇暴雨红色预警，请注意防范。")
        form = sent(page)
        assert "0-take" not in form and form["0-action"] == [""] and form["0-areas"] == [WEST]
        assert "没有写明是发布、升级还是解除" in words(page) and "动作未读出" in words(page)
        part = county.post("/events/warnings/effect?part=0", data={**form, "0-action": "issue"})
        assert "影响分析" in part.text and "影响分析" not in page

    @pytest.mark.parametrize(
        ("said", "unticked"),
        [
            ("东河乡以外的其余乡镇将有大暴雨。", "“东河乡” 原文写明除外"),
            ("西山镇将有大暴雨，东河乡不在预警范围内。", "“东河乡” 原文写明除外"),
            ("落区应为“西山镇”，误发为“东河乡”。", "“东河乡” 原文写明这里是误发"),
        ],
    )
    def test_a_place_left_out_or_taken_back_is_not_ticked_and_said(
        self, county: TestClient, said: str, unticked: str
    ) -> None:
        page = read(county, f"玩具县气象台7月12日9时发布暴雨红色预警信号：{said}")
        assert sent(page)["0-areas"] == [WEST]
        assert unticked in words(page[page.index('class="unread"') :])

    def test_the_beginning_of_a_response_is_read_and_not_ticked(self, county: TestClient) -> None:
        page = read(county, "玩具县防汛抗旱指挥部7月12日9时启动西山镇防汛Ⅱ级应急响应。")
        form = sent(page)
        assert "0-take" not in form and "0-areas" not in form and form["0-action"] == ["response"]
        assert "本身不是预警" in words(page)

    @pytest.mark.parametrize("pasted", ["", "   \n", "今天开会，请各村带好材料。"])
    def test_what_is_no_warning_says_so(self, county: TestClient, pasted: str) -> None:
        answer = county.post("/events/warnings", data={"text": pasted})
        assert "没有文字" in answer.text or "没有读出预警" in answer.text
        assert "warning-form" not in answer.text

    def test_too_much_is_refused_and_kept(self, county: TestClient) -> None:
        answer = county.post("/events/warnings", data={"text": "雨" * 40_000})
        assert answer.status_code == 422 and "超过 100 KB" in answer.text

    def test_what_somebody_typed_is_text(self, county: TestClient) -> None:
        page = read(county, f"<script>alert(1)</script>{RED}")
        assert "<script>alert" not in page and "&lt;script&gt;" in page


class TestConfirming:
    def test_one_press_from_the_text_to_the_event(self, toy: ToyDatabase, county: TestClient) -> None:
        form = sent(read(county, RED), client_id="a")
        done = county.post("/events/warnings/confirm", data=form)
        assert done.status_code == 303, words(done.text)[:600]
        event = scalar(toy, "SELECT id FROM hazard_event")
        assert done.headers["location"] == f"/events/{event}"
        page = county.get(f"/events/{event}").text
        assert "升级 暴雨" in words(page) and RED in page
        again = county.post("/events/warnings/confirm", data=form)
        assert again.status_code == 303 and scalar(toy, "SELECT count(*) FROM hazard_event") == 1

    def test_what_a_person_corrects_is_what_is_stored(self, toy: ToyDatabase, county: TestClient) -> None:
        said = {
            "0-level": "orange",
            "0-kind": "hail",
            "0-issuer": "县气象局",
            "0-issued_at": "2026-07-12T02:10",
            "0-areas": [EAST],
        }
        county.post("/events/warnings/confirm", data=sent(read(county, RED), **said))
        with toy.transaction() as session:
            [row] = session.execute(text("SELECT level, kind, issuer, issued_at, areas FROM warning"))
        assert (row.level, row.kind, row.issuer) == ("orange", "hail", "县气象局")
        assert row.issued_at.isoformat() == "2026-07-12T02:10:00+08:00"
        assert [(area["code"], area["text"]) for area in row.areas] == [(EAST, None)], "the text says nothing of it"

    @pytest.mark.parametrize("odd", ["今天凌晨", "2026-02-30T08:00", "0001-01-01T00:00"])
    def test_a_time_that_is_none_is_refused_by_the_name_of_its_field(
        self, toy: ToyDatabase, county: TestClient, odd: str
    ) -> None:
        for name, label in (("0-issued_at", "发布时间"), ("0-expires_at", "有效期至")):
            refused = county.post("/events/warnings/confirm", data=sent(read(county, RED), **{name: odd}))
            assert refused.status_code == 422
            assert f"“{label}”请填成 2026-07-19 06:30 这样的时间" in refused.text
        assert scalar(toy, "SELECT count(*) FROM warning") == 0

    def test_the_event_it_belongs_to_is_chosen_beforehand(self, toy: ToyDatabase, county: TestClient) -> None:
        event = confirm(toy, ORANGE).event
        page = read(county, RED)
        assert f'name="0-target" value="{event}" checked' in page
        assert "事件级别" in page and "橙色" in page and "它替代的预警" in page
        county.post("/events/warnings/confirm", data=sent(page))
        assert scalar(toy, "SELECT count(*) FROM hazard_event") == 1
        assert scalar(toy, "SELECT level FROM hazard_event") == "red"

    def test_who_read_the_difference_to_other_zones_confirms_nothing(
        self, toy: ToyDatabase, county: TestClient
    ) -> None:
        event = confirm(toy, ORANGE).event
        form = sent(read(county, RED))
        confirm(toy, FLASH_FLOOD, target=str(event))
        refused = county.post("/events/warnings/confirm", data=form)
        assert refused.status_code == 409 and "刚被改过，现在是第 2 版" in refused.text
        assert scalar(toy, "SELECT count(*) FROM warning") == 2
        done = county.post("/events/warnings/confirm", data=sent(refused.text))
        assert done.status_code == 303 and scalar(toy, "SELECT revision FROM hazard_event") == 3

    def test_two_further_warnings_in_one_press_are_no_conflict(self, toy: ToyDatabase, county: TestClient) -> None:
        event = confirm(toy, ORANGE).event
        done = county.post("/events/warnings/confirm", data=sent(read(county, f"{RED}\n{FLASH_FLOOD}")))
        assert done.status_code == 303 and done.headers["location"] == f"/events/{event}"
        assert scalar(toy, "SELECT revision FROM hazard_event") == 3

    def test_a_new_one_stands_where_somebody_says_so(self, toy: ToyDatabase, county: TestClient) -> None:
        confirm(toy, ORANGE)
        county.post("/events/warnings/confirm", data=sent(read(county, RED), **{"0-target": "new"}))
        assert scalar(toy, "SELECT count(*) FROM hazard_event") == 2

    def test_several_of_one_paste_are_several_blocks_of_one_event(self, toy: ToyDatabase, county: TestClient) -> None:
        page = read(county, BOTH)
        assert page.count('class="warning-block"') == 2
        done = county.post("/events/warnings/confirm", data=sent(page))
        assert done.status_code == 303, words(done.text)[:600]
        assert scalar(toy, "SELECT count(*) FROM hazard_event") == 1
        assert scalar(toy, "SELECT string_agg(kind, ',' ORDER BY id) FROM warning") == "rainstorm,flash_flood"

    def test_what_is_not_ticked_is_not_stored(self, toy: ToyDatabase, county: TestClient) -> None:
        form = sent(read(county, BOTH))
        del form["1-take"]
        county.post("/events/warnings/confirm", data=form)
        assert scalar(toy, "SELECT string_agg(kind, ',') FROM warning") == "rainstorm"

    def test_the_same_text_again_says_where_it_stands(self, toy: ToyDatabase, county: TestClient) -> None:
        event = confirm(toy, RED, client_id="b").event
        page = read(county, RED)
        assert "登记过" in page and f'href="/events/{event}"' in page
        assert 'name="0-take" value="1" checked' not in page

    def test_a_township_is_told_of_the_event_of_its_county(self, toy: ToyDatabase) -> None:
        township = toy.browser(toy.member("township", WEST))
        assert "上级已建立事件" not in read(township, RED)
        event = confirm(toy, ORANGE).event
        page = read(township, RED)
        assert "上级已建立事件" in page and f'href="/events/{event}"' in page
        assert 'name="0-take" value="1" checked' not in page and f'name="0-target" value="{event}"' not in page
        # Of its neighbour's event it hears nothing.
        other = toy.browser(toy.member("township", EAST))
        assert "上级已建立事件" not in read(other, RED.replace("西山镇", "东河乡"))

    def test_a_lift_leads_to_the_step_that_begins_the_inspections(self, toy: ToyDatabase, county: TestClient) -> None:
        event = confirm(toy, RED).event
        county.post(f"/api/v1/events/{event}/respond")
        page = read(county, LIFT)
        assert "登记解除不撤销任何任务" in page
        done = county.post("/events/warnings/confirm", data=sent(page))
        assert done.headers["location"] == f"/events/{event}#next"
        assert scalar(toy, "SELECT count(*) FROM emergency_inspection WHERE state <> 'prepared'") == 0
        assert "确认进入灾后排查" in county.get(f"/events/{event}").text

    def test_a_lift_of_nothing_has_nothing_to_press(self, toy: ToyDatabase, county: TestClient) -> None:
        page = read(county, LIFT)
        assert "没有进行中的事件与这条解除对应" in page
        refused = county.post("/events/warnings/confirm", data=sent(page))
        assert refused.status_code == 422 and scalar(toy, "SELECT count(*) FROM warning") == 0

    def test_a_refusal_keeps_what_was_typed(self, county: TestClient) -> None:
        form = sent(read(county, RED), **{"0-areas": [], "0-issuer": "县气象局", "0-level": "orange"})
        refused = county.post("/events/warnings/confirm", data=form)
        assert refused.status_code == 422
        assert 'value="县气象局"' in refused.text and '<option value="orange" selected' in refused.text

    @pytest.mark.parametrize("role", ["planner", "leader", "village"])
    def test_who_makes_no_events_has_no_field(self, toy: ToyDatabase, role: str) -> None:
        client = toy.browser(toy.member(role, COUNTY if role != "village" else VILLAGES["西一"][0]))
        assert "paste-text" not in client.get("/events").text
        assert client.get("/events/warnings").status_code == 403


class TestTheApi:
    def test_what_is_not_done_is_said_and_nothing_is_proposed(self, county: TestClient) -> None:
        pasted = "玩具县气象台：截至20时，目前没有发布暴雨红色预警信号，全县请勿轻信网络传言。"
        found = county.post("/api/v1/warnings/read", json={"text": pasted}).json()
        assert (found["action"], found["effect"], found["events"]) == (None, None, [])
        assert found["undone"]["text"] == "没有发布" and "文中说没有发布" in found["undone"]["sentence"]
        assert county.post("/api/v1/warnings/read", json={"text": RED}).json()["undone"] is None

    def test_reading_confirming_and_listing(self, toy: ToyDatabase, county: TestClient) -> None:
        read_ = county.post("/api/v1/warnings/read", json={"text": ORANGE}).json()
        assert (read_["action"], read_["kind"], read_["level"]) == ("issue", "rainstorm", "orange")
        assert read_["events"] == [] and read_["effect"]["affected"]["houses"] > 0
        body = {
            "text": ORANGE, "client_id": "a",
            "warnings": [{
                "action": "issue", "kind": "rainstorm", "level": "orange", "areas": [{"code": WEST}],
                "issued_at": "2026-07-12T00:20:00+08:00",
            }],
        }  # fmt: skip
        made = county.post("/api/v1/warnings", json=body).json()["warnings"][0]
        assert made["is_new"] and made["revision"] == 1
        assert not county.post("/api/v1/warnings", json=body).json()["warnings"][0]["is_new"]
        again = county.post("/api/v1/warnings/read", json={"text": RED}).json()
        assert [one["id"] for one in again["events"] if one["proposed"]] == [made["event"]]
        assert (again["effect"]["level_before"], again["effect"]["level"]) == ("orange", "red")
        body = {
            "text": RED,
            "warnings": [
                {
                    "action": "upgrade",
                    "kind": "rainstorm",
                    "level": "red",
                    "areas": [{"code": WEST}],
                    "event": made["event"],
                }
            ],
        }
        assert county.post("/api/v1/warnings", json=body).json()["warnings"][0]["revision"] == 2
        items = county.get(f"/api/v1/events/{made['event']}/warnings").json()["items"]
        assert [(one["action"], one["text"]) for one in items] == [("issue", ORANGE), ("upgrade", RED)]
        assert items[0]["ended_by"] == items[1]["id"]

    @pytest.mark.parametrize(
        "said",
        [
            {"action": "none"},
            {"action": "x"},
            {"level": "purple"},
            {"areas": [{"code": "152299"}]},
            {"part": 3},
            {"event": 99},
            {"mode": "x"},
        ],
    )
    def test_what_cannot_be_is_refused_whole(self, toy: ToyDatabase, county: TestClient, said: dict[str, Any]) -> None:
        one = {"action": "issue", "kind": "rainstorm", "level": "red", "areas": [{"code": WEST}], **said}
        answer = county.post("/api/v1/warnings", json={"text": RED, "warnings": [one]})
        assert answer.status_code in (404, 422), answer.text
        assert scalar(toy, "SELECT count(*) FROM warning") == scalar(toy, "SELECT count(*) FROM hazard_event") == 0


@given(case=st.sampled_from(CASES), cut=st.integers(0, 400))
def test_the_pieces_put_together_are_the_text(case: Any, cut: int) -> None:
    pasted = case.text[cut % len(case.text) :]
    named = Gazetteer([])
    pieces = pieces_of(read_bulletin(pasted, named, pasted_on=PASTED_ON))
    assert "".join(piece.text for piece in pieces) == pasted
    assert all(piece.name is None or piece.label == LABELS[piece.name] for piece in pieces)
