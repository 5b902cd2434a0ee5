"""The pages of administration over the toy county, as the people who use them."""

import re
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from fastapi.testclient import TestClient

from geo_housing.administration.journal_filter import action_groups
from geo_housing.clock import today
from geo_housing.policy.defaults import SETTINGS
from geo_housing.policy.queries import effective
from tests.fixtures.people import ADDRESS
from tests.fixtures.toy import ToyDatabase
from tests.toy_county.county import COUNTY, EAST, WEST

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def test_every_room_of_the_journals_filter_has_its_chinese_name() -> None:
    assert [room for room in action_groups() if room.isascii()] == []


@pytest.fixture
def admin(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("admin", COUNTY))


@pytest.fixture
def clerk(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("township", WEST))


def form_error(text: str) -> str:
    found = re.search(r'<div class="problem" role="alert">(.*?)</div>\s*</div>', text, re.S)
    return re.sub(r"<[^>]+>|\s+", "", found.group(1)) if found else ""


class TestJournal:
    def test_reads_in_words_who_did_what_when_and_from_where(self, toy: ToyDatabase) -> None:
        admin = toy.browser(toy.member("admin", "0"))
        page = admin.get("/journal").text
        assert "导入房屋台账" in page and "装入区划" in page and "登录" in page
        assert "新增（条） 43" in page and "命令行" in page
        assert "houses.load" not in re.sub(r"<(select|form).*?</\1>", "", page, flags=re.S)

    def test_shows_before_and_after_with_labels(self, admin: TestClient) -> None:
        admin.post("/users", data=new_user("li.si"))
        page = admin.get("/journal?kind=user&subject=li.si").text
        assert re.search(r"角色：<span class=\"before\">—</span> → <strong>乡镇</strong>", page)
        assert "增加授权" in page and "新增用户" in page

    def test_filters_by_time_person_action_subject_and_area(self, toy: ToyDatabase) -> None:
        admin, west = toy.member("admin", COUNTY), toy.member("township", WEST)
        client = toy.browser(admin)
        toy.browser(west).get("/account")

        def found(query: str) -> set[tuple[str, str]]:
            answer = client.get(f"/api/v1/journal?{query}")
            assert answer.status_code == 200, answer.text
            return {(item["action"], item["actor"]) for item in answer.json()["items"]}

        assert found(f"who={west.name}") == {("accounts.sign_in", f"user:{west.name}")}
        assert found(f"action=accounts.sign_in&area={WEST}") == {("accounts.sign_in", f"user:{west.name}")}
        assert {action for action, _ in found("action=accounts.")} == {
            "accounts.sign_in",
            "accounts.grant",
        }
        assert found(f"subject={west.name}&kind=user") == {
            ("accounts.sign_in", f"user:{west.name}"),
            ("accounts.grant", "cli:tests"),
        }
        # The county was made before midnight, perhaps.
        assert found(f"since={today() - timedelta(days=1):%Y-%m-%d}&until={today():%Y-%m-%d}") == found("")
        assert found("until=2020-01-01") == set()
        assert found("action=policy.") == set()

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("since=gestern", "“开始日期”请填成2026-07-19这样的日期"),
            ("since=2026-02-02&until=2026-02-01", "结束日期早于开始日期"),
            ("action=drop", "没有“drop”这种操作"),
            (f"area={EAST}", "不在您的管辖范围"),
            ("cursor=x", "cursor不对"),
        ],
    )
    def test_says_what_is_wrong_with_a_filter_and_keeps_it(self, clerk: TestClient, query: str, sentence: str) -> None:
        answer = clerk.get(f"/journal?{query}")
        assert answer.status_code == 422 and sentence in form_error(answer.text)

    def test_pages_walk_through_every_entry_once(self, admin: TestClient) -> None:
        for number in range(7):
            admin.post("/users", data=new_user(f"page{number}"))
        whole = [item["id"] for item in admin.get("/api/v1/journal?limit=1000").json()["items"]]
        seen, cursor = list[int](), ""
        while True:
            answer = admin.get(f"/api/v1/journal?limit=4{f'&cursor={cursor}' if cursor else ''}").json()
            seen += [item["id"] for item in answer["items"]]
            if (cursor := answer["next"]) is None:
                break
        assert seen == whole and len(whole) > 20

    def test_file_holds_what_the_page_shows_and_is_journalled_itself(self, admin: TestClient) -> None:
        admin.post("/users", data=new_user("=cmd"))
        admin.post("/users", data=new_user("wang.wu", display_name="=1+1"))
        shown = admin.get("/api/v1/journal?kind=user&limit=1000").json()["items"]
        answer = admin.get("/journal.xlsx?kind=user")
        assert answer.status_code == 200 and answer.headers["content-type"] == XLSX
        rows = list(openpyxl.load_workbook(BytesIO(answer.content))["日志"].iter_rows(values_only=True))
        assert rows[0][:5] == ("时间", "人员", "账号", "操作", "对象")
        assert [row[3] for row in rows[1:]] == [item["label"] for item in shown]
        latest = admin.get("/api/v1/journal?limit=1").json()["items"][0]
        assert latest["action"] == "journal.export"
        assert latest["counts"] == {"rows": len(shown), "format": "xlsx", "filter": {"kind": "user"}}

    def test_a_township_sees_its_own_entries_only(self, toy: ToyDatabase, clerk: TestClient) -> None:
        toy.browser(toy.member("township", EAST)).get("/journal.xlsx")
        seen = clerk.get("/api/v1/journal?limit=1000").json()["items"]
        assert seen and all(item["area"].startswith(WEST) for item in seen)
        assert EAST not in clerk.get("/journal").text


def new_user(name: str, **more: str) -> dict[str, str]:
    return {"name": name, "display_name": "李四", "role": "township", "area": WEST, **more}


class TestUsers:
    def test_new_user_sets_a_password_by_the_link_that_is_shown_once(self, toy: ToyDatabase, admin: TestClient) -> None:
        answer = admin.post("/users", data=new_user("li.si", valid_to="2099-12-31"))
        assert answer.status_code == 201
        link = re.search(r'<code id="first-link"[^>]*>([^<]+)<', answer.text)
        assert link and link.group(1).startswith(f"{ADDRESS}/first/")
        assert "/first/" not in admin.get("/users/li.si").text
        newcomer = TestClient(toy.app, base_url=ADDRESS, follow_redirects=False)
        path = link.group(1).removeprefix(ADDRESS)
        done = newcomer.post(path, data={"password": "correct horse battery", "again": "correct horse battery"})
        assert done.status_code == 303
        assert newcomer.get("/api/v1/session").json()["area"] == WEST

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"name": "x"}, "用户名应为2到40个字"),
            ({"role": ""}, "请选择角色"),
            ({"area": ""}, "请选择授权区域"),
            ({"area": "990002"}, "不在您的管辖范围内"),
            ({"area": "0"}, "不在您的管辖范围内"),
            ({"area": f"{WEST}999"}, "没有区划"),
            ({"role": "village"}, f"“村级”只能授权到村，而{WEST}是乡镇。请改选区域"),
            ({"role": "county"}, f"“县住建局”只能授权到全库或县，而{WEST}是乡镇"),
            ({"area": f"{WEST}201"}, f"“乡镇”只能授权到乡镇，而{WEST}201是村"),
            ({"role": "admin", "area": f"{WEST}201"}, f"“系统管理员”只能授权到全库、县或乡镇，而{WEST}201是村"),
            ({"valid_from": "2026-05-05", "valid_to": "2026-05-04"}, "截止日期早于开始日期"),
            ({"valid_from": "5月5日"}, "“开始日期”请填成2026-07-19这样的日期"),
            ({"valid_to": "2026-02-30"}, "“截止日期”请填成2026-07-19这样的日期"),
        ],
    )
    def test_refused_form_keeps_what_was_typed_and_makes_nothing(
        self, admin: TestClient, change: dict[str, str], sentence: str
    ) -> None:
        answer = admin.post("/users", data={**new_user("zhao.liu"), **change})
        assert answer.status_code in (403, 404, 422) and sentence in form_error(answer.text)
        assert 'value="李四"' in answer.text
        assert "zhao.liu" not in admin.get("/users").text

    def test_a_name_that_is_taken_is_said(self, admin: TestClient) -> None:
        admin.post("/users", data=new_user("li.si"))
        assert admin.post("/users", data=new_user("LI.SI")).status_code == 409

    def test_disabling_ends_everything_and_enabling_lets_in_again(self, toy: ToyDatabase, admin: TestClient) -> None:
        member = toy.member("township", WEST)
        client = toy.browser(member)
        assert admin.post(f"/users/{member.name}/disable").status_code == 303
        assert client.get("/api/v1/session").status_code == 401
        assert "已停用" in admin.get(f"/users/{member.name}").text
        assert admin.post(f"/users/{member.name}/enable").status_code == 303
        toy.browser(member)

    def test_signing_out_everywhere_ends_sessions_but_not_the_account(
        self, toy: ToyDatabase, admin: TestClient
    ) -> None:
        member = toy.member("township", WEST)
        first, second = toy.browser(member), toy.browser(member)
        admin.post(f"/users/{member.name}/sign-out")
        assert [client.get("/api/v1/session").status_code for client in (first, second)] == [401, 401]
        toy.browser(member)
        latest = admin.get("/api/v1/journal?action=accounts.sign_out_user").json()["items"]
        assert [item["counts"] for item in latest] == [{"sessions": 2}]

    def test_a_new_link_makes_the_old_one_useless(self, toy: ToyDatabase, admin: TestClient) -> None:
        first = re.search(r"/first/[\w-]+", admin.post("/users", data=new_user("li.si")).text)
        second = re.search(r"/first/[\w-]+", admin.post("/users/li.si/link").text)
        stranger = TestClient(toy.app, base_url=ADDRESS, follow_redirects=False)
        assert first and second
        assert stranger.get(first.group()).status_code == 404
        assert stranger.get(second.group()).status_code == 200

    def test_grants_are_added_and_ended(self, toy: ToyDatabase, admin: TestClient) -> None:
        member = toy.member("township", WEST)
        admin.post(f"/users/{member.name}/grants", data={"role": "planner", "area": EAST})
        page = admin.get(f"/users/{member.name}").text
        assert "东河乡" in page and "规划" in page
        client = toy.browser(member)
        assert admin.post(f"/users/{member.name}/grants/{member.grant_id}/end").status_code == 303
        assert client.get("/api/v1/session").status_code == 401

    def test_nobody_locks_himself_out(self, toy: ToyDatabase) -> None:
        member = toy.member("admin", COUNTY)
        client = toy.browser(member)
        assert client.post(f"/users/{member.name}/disable").status_code == 409
        assert client.post(f"/users/{member.name}/grants/{member.grant_id}/end").status_code == 409
        assert client.get("/users").status_code == 200

    def test_a_township_administrator_manages_his_township_only(self, toy: ToyDatabase) -> None:
        west, east, county = (
            toy.member(role, area) for role, area in (("leader", WEST), ("leader", EAST), ("leader", COUNTY))
        )
        client = toy.browser(toy.member("admin", WEST))
        listed = client.get("/users").text
        assert west.name in listed and east.name not in listed and county.name not in listed
        for other in (east, county):
            for act in ("disable", "link", "sign-out", "unlock"):
                assert client.post(f"/users/{other.name}/{act}").status_code == 403
            assert client.get(f"/users/{other.name}").status_code == 403
        assert client.post("/users", data=new_user("li.si", area=EAST)).status_code == 403

    def test_only_administrators_come_here(self, toy: ToyDatabase, clerk: TestClient) -> None:
        assert clerk.get("/users").status_code == 403
        assert clerk.post("/users", data=new_user("li.si")).status_code == 403
        assert "/users" not in clerk.get("/").text


class TestSettings:
    def test_every_rule_is_listed_with_value_and_basis(self, admin: TestClient) -> None:
        page = admin.get("/settings").text
        assert all(setting.label in page for setting in SETTINGS.values())
        assert page.count("系统建议值（待县局确认）") >= len(SETTINGS)
        told = {item["key"]: item for item in admin.get("/api/v1/settings").json()["items"]}
        assert told.keys() == SETTINGS.keys()
        assert all(told[key]["value"] == setting.default for key, setting in SETTINGS.items())

    def test_new_value_holds_from_its_day_and_stands_in_the_history(self, toy: ToyDatabase, admin: TestClient) -> None:
        typed = {"value": "12/36/60", "effective_from": f"{today():%Y-%m-%d}", "basis": "玩具县应急办〔2026〕1号"}
        assert admin.post("/settings/inspection.due_hours", data=typed).status_code == 303
        page = admin.get("/settings/inspection.due_hours").text
        assert "<strong>12 / 36 / 60</strong>" in page and "玩具县应急办〔2026〕1号" in page
        with toy.transaction() as session:
            assert effective(session, "inspection.due_hours", area_code=WEST, on=today()).value == [12, 36, 60]
            assert effective(session, "inspection.due_hours", area_code="152224", on=today()).value == [24, 48, 72]

    def test_a_slip_is_corrected_by_a_later_record_of_the_same_day(self, toy: ToyDatabase, admin: TestClient) -> None:
        for value in ("900", "90"):
            typed = {"value": value, "effective_from": "2026-01-01", "basis": "玩具县住建局〔2026〕2号"}
            assert admin.post("/settings/occupancy.stale_days", data=typed).status_code == 303
        with toy.transaction() as session:
            assert effective(session, "occupancy.stale_days", area_code=WEST, on=today()).value == 90
        history = next(
            item for item in admin.get("/api/v1/settings").json()["items"] if item["key"] == "occupancy.stale_days"
        )["history"]
        assert [row["value"] for row in history] == [90, 900]

    def test_a_coming_value_is_announced_but_does_not_hold(self, toy: ToyDatabase, admin: TestClient) -> None:
        typed = {"value": "60", "effective_from": "2099-01-01", "basis": "玩具县住建局〔2026〕3号"}
        admin.post("/settings/occupancy.stale_days", data=typed)
        assert "2099-01-01" in admin.get("/settings").text
        with toy.transaction() as session:
            assert effective(session, "occupancy.stale_days", area_code=WEST, on=today()).value == 180

    def test_the_same_form_sent_twice_records_once(self, admin: TestClient) -> None:
        typed = {"value": "60", "effective_from": "2026-01-01", "basis": "玩具县住建局〔2026〕3号"}
        assert admin.post("/settings/occupancy.stale_days", data=typed).status_code == 303
        assert admin.post("/settings/occupancy.stale_days", data=typed).status_code == 409

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"value": ""}, "请填写"),
            ({"value": "many"}, "要填整数"),
            ({"value": "2"}, "应不小于3"),
            ({"basis": "  "}, "请写明依据"),
            ({"effective_from": "morgen"}, "“生效日期”请填成2026-07-19这样的日期"),
            ({"effective_from": " "}, "请填写“生效日期”"),
            ({"area": "152224"}, "管辖范围以外"),
        ],
    )
    def test_refused_value_says_why_and_is_kept(self, admin: TestClient, change: dict[str, str], sentence: str) -> None:
        typed = {"value": "6", "effective_from": "2026-01-01", "basis": "玩具县住建局〔2026〕3号", **change}
        answer = admin.post("/settings/sign_in.max_failures", data=typed)
        assert answer.status_code in (403, 422) and sentence in form_error(answer.text)
        assert f'value="{typed["value"]}"' in answer.text
        assert admin.get("/api/v1/journal?action=policy.record_value").json()["items"] == []

    def test_what_is_asked_before_anybody_is_known_has_one_value_for_all(
        self, admin: TestClient, toy: ToyDatabase
    ) -> None:
        typed = {"value": "3", "effective_from": "2026-01-01", "basis": "玩具县住建局〔2026〕3号"}
        county = toy.browser(toy.member("admin", COUNTY))
        refused = county.post("/settings/sign_in.max_failures", data={**typed, "area": COUNTY})
        assert refused.status_code == 422 and "只能对全库设置" in form_error(refused.text)
        everywhere = toy.browser(toy.member("admin", "0"))
        assert everywhere.post("/settings/sign_in.max_failures", data={**typed, "area": "0"}).status_code == 303

    def test_table_of_workdays_is_taken_whole_or_not_at_all(self, admin: TestClient) -> None:
        bad = admin.post(
            "/settings/workdays",
            data={"days": "2026-10-01 休\n2026-13-01 休\n2026-10-02", "basis": "国办发明电〔2025〕7号"},
        )
        assert bad.status_code == 422
        assert "第2行" in form_error(bad.text) and "第3行" in form_error(bad.text)
        assert "2026-10-01" not in re.sub(
            r"<textarea.*?</textarea>", "", admin.get("/settings/workdays").text, flags=re.S
        )

    def test_table_of_workdays_comes_as_a_file_of_an_office_computer(self, admin: TestClient) -> None:
        table = "日期,安排\r\n2026/10/1,休\r\n2026年10月10日,班\r\n".encode("gb18030")
        for changed in ("其中 2 天有变化", "没有变化"):
            answer = admin.post(
                "/settings/workdays",
                data={"basis": "国办发明电〔2025〕7号"},
                files={"file": ("a.csv", table, "text/csv")},
            )
            assert answer.status_code == 303
            assert changed in admin.get(answer.headers["location"]).text
        page = admin.get("/settings/workdays?year=2026").text
        assert re.search(r"2026-10-10</td><td>六</td><td[^>]*>上班", page)

    def test_settings_are_for_the_county_only(self, clerk: TestClient) -> None:
        assert clerk.get("/settings").status_code == 403
        assert clerk.get("/api/v1/settings").status_code == 403
        assert clerk.post("/settings/workdays", data={"days": "2026-10-01 休", "basis": "x"}).status_code == 403
