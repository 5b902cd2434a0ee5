"""What surrounds every request: errors as problems, headers, size limits, logs that name nobody, health and metrics."""

import json
import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import Request

from geo_housing import errors
from geo_housing.db import Database
from geo_housing.edge.requests import MOST_BYTES_UNKNOWN
from tests.fixtures.people import ADDRESS, MakeMember, OpenBrowser
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import WEST

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.GeoHousingError)]
# What programs of others rely on; an error that is missing here fails.
STATUS = {
    errors.GeoHousingError: 422,
    errors.BadInput: 422,
    errors.LayersUnchosen: 422,
    errors.VersionMissing: 428,
    errors.NotAllowed: 403,
    errors.NotSignedIn: 401,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.NotReady: 503,
}
SECRET = "990001190001010015"


def with_route(app: FastAPI, path: str, error: Exception) -> TestClient:
    """A client of ``app`` with one more route, which fails."""

    def fail(request: Request) -> None:
        raise error

    app.add_api_route(path, fail)
    return TestClient(app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=False)


class TestProblems:
    @pytest.mark.parametrize("kind", KINDS)
    def test_each_error_is_a_problem_with_its_status_and_sentence(self, toy_worker: ToyDatabase, kind: type) -> None:
        fault = errors.Fault(3, "经度", "x", "不是数字")
        client = with_route(toy_worker.app, f"/api/test/{kind.__name__}", kind("请改正后重试。", faults=[fault]))
        answer = client.get(f"/api/test/{kind.__name__}")
        assert answer.status_code == STATUS[kind]
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert (problem["title"], problem["detail"], problem["status"]) == (kind.title, "请改正后重试。", STATUS[kind])
        assert problem["errors"] == [{"line": 3, "column": "经度", "value": "x", "sentence": "不是数字"}]
        assert problem["request_id"] == answer.headers["x-request-id"]

    def test_an_unforeseen_error_tells_its_number_and_nothing_of_itself(
        self, toy_worker: ToyDatabase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        client = with_route(toy_worker.app, "/api/test/unforeseen", ValueError(f"value {SECRET}"))
        answer = client.get("/api/test/unforeseen")
        assert answer.status_code == 500 and answer.json()["request_id"] in answer.json()["detail"]
        assert SECRET not in answer.text and SECRET not in "".join(capsys.readouterr())

    def test_people_get_a_page_and_programs_a_problem_for_a_wrong_address(self, stranger: TestClient) -> None:
        page, problem = stranger.get("/no-such-page", headers={"Accept": "text/html"}), stranger.get("/api/v1/no-such")
        assert (page.status_code, problem.status_code) == (404, 404)
        assert "没有这个地址" in page.text and page.headers["content-type"].startswith("text/html")
        assert problem.headers["content-type"] == "application/problem+json"

    def test_what_is_wrong_with_the_input_is_said_without_repeating_it(self, stranger: TestClient) -> None:
        answer = stranger.post("/api/v1/session", json={"username": {"x": SECRET}})
        assert answer.status_code == 422 and SECRET not in answer.text
        assert {fault["column"] for fault in answer.json()["errors"]} == {"username", "password"}


class TestHeaders:
    def test_every_answer_is_closed_to_other_sites_and_not_kept(self, stranger: TestClient) -> None:
        for path in ("/sign-in", "/api/v1/session", "/no-such-page", "/healthz"):
            headers = stranger.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "SAMEORIGIN"
            assert headers["referrer-policy"] == "same-origin"
            assert headers["cache-control"] == "private, no-store"

    def test_scripts_run_only_from_this_host_or_with_the_answers_own_nonce(self, stranger: TestClient) -> None:
        first, second = (stranger.get("/sign-in") for _ in range(2))
        policy = dict(part.split(" ", 1) for part in first.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'self'" and policy["object-src"] == "'none'" and policy["base-uri"] == "'none'"
        assert "unsafe-inline" not in policy["script-src"] and "unsafe-eval" not in policy["script-src"]
        assert "http" not in first.headers["content-security-policy"]
        nonces = [
            re.findall(r"nonce-([\w-]+)", answer.headers["content-security-policy"]) for answer in (first, second)
        ]
        assert nonces[0] != nonces[1]
        # No handler or script in the page that the policy would refuse.
        assert not re.search(r"\son\w+=|<script(?![^>]*(src=|nonce=))", first.text)

    def test_a_given_request_id_is_kept_if_it_is_one(self, stranger: TestClient) -> None:
        assert (
            stranger.get("/healthz", headers={"X-Request-ID": "abcdef-12345"}).headers["x-request-id"] == "abcdef-12345"
        )
        for bad in ("x", "a b c d e f g h", "x" * 65, '"><script>'):
            assert stranger.get("/healthz", headers={"X-Request-ID": bad}).headers["x-request-id"] != bad


class TestLimits:
    def test_who_is_not_signed_in_sends_little(self, stranger: TestClient) -> None:
        answer = stranger.post("/api/v1/session", content=b"x" * (MOST_BYTES_UNKNOWN + 1))
        assert answer.status_code == 401 and answer.headers["connection"] == "close"

    def test_a_body_that_turns_out_longer_than_stated_is_stopped(self, stranger: TestClient) -> None:
        answer = stranger.post("/api/v1/session", content=(b"x" * 10_000 for _ in range(10)))
        assert answer.status_code == 401

    def test_more_than_any_ledger_is_refused_by_what_it_states(self, browser: OpenBrowser, members: MakeMember) -> None:
        client = browser(members(role="county", area="152224"))
        stated = {"Content-Length": str(1 << 31), "Content-Type": "multipart/form-data; boundary=b"}
        answer = client.post("/api/v1/events", content=b"", headers=stated)
        assert answer.status_code == 413 and "超过 1 GB" in answer.json()["detail"]


class TestLogs:
    def test_lines_name_route_and_user_number_but_no_person_and_nothing_that_was_asked(
        self, toy_worker: ToyDatabase, capsys: pytest.CaptureFixture[str]
    ) -> None:
        member = toy_worker.member("township", "990001100")
        client = toy_worker.browser(member)
        capsys.readouterr()
        for path in (
            f"/search?q={SECRET}",
            f"/houses?q={SECRET}",
            f"/houses/{SECRET}",
            f"/api/v1/houses?where=head='{SECRET}'",
            f"/journal?subject={SECRET}",
            f"/first/{SECRET}",
        ):
            client.get(path)
        client.post("/api/v1/session", json={"username": SECRET, "password": SECRET})
        client.post(f"/houses/{SECRET}/edit", data={"id_number": SECRET, "version": "1"})
        written = "".join(capsys.readouterr())
        assert written.count("request") >= 8 and "/houses/{code:path}" in written
        assert SECRET not in written and member.name not in written and SECRET[:14] not in written


class TestHealth:
    def test_alive_and_ready(self, stranger: TestClient) -> None:
        assert stranger.get("/healthz").json() == {"ok": True}
        answer = stranger.get("/readyz")
        assert answer.status_code == 200
        assert {check["name"]: check["ok"] for check in answer.json()["checks"]} == {
            "identity": True, "migrations": True, "postgis": True,
        }  # fmt: skip

    def test_not_ready_without_database_and_no_secret_of_it_is_told(self, toy_worker: ToyDatabase) -> None:
        from geo_housing.app import create_app

        lost = Database("postgresql+psycopg://gh_service:verysecret@/nowhere?host=/nonexistent", pool_size=1)
        client = TestClient(create_app(toy_worker.settings, lost), base_url=ADDRESS)
        answer = client.get("/readyz")
        assert answer.status_code == 503 and not answer.json()["ok"]
        assert "verysecret" not in answer.text and "nonexistent" not in answer.text
        lost.close()

    def test_metrics_are_for_those_signed_in_and_this_machine(
        self, stranger: TestClient, browser: OpenBrowser, members: MakeMember
    ) -> None:
        # The test's client is no address of this machine.
        assert stranger.get("/metrics").status_code == 401
        client = browser(members(role="leader", area="152224"))
        told = client.get("/metrics").text
        assert 'geo_housing_requests_total{method="POST",route="/api/v1/session",status="200"}' in told
        local = TestClient(client.app, base_url=ADDRESS, client=("127.0.0.1", 50000))
        assert local.get("/metrics").status_code == 200
        assert local.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 401
        assert json.dumps(told).count("152224") == 0


class TestPagesOfRefusals:
    """A refusal is a page like any other: county, search, menu and account stay around it."""

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/no-such-page", 404),
            ("/houses/NO-SUCH-HOUSE", 404),
            ("/settings", 403),
            ("/inspections?after=x", 422),
            ("/test/conflict", 409),
            ("/test/unforeseen", 500),
        ],
    )
    def test_it_stands_in_the_whole_frame(self, toy: ToyDatabase, path: str, status: int) -> None:
        member = toy.member("township", WEST)
        app = toy.app
        for name, error in (("conflict", errors.Conflict("别人刚改过。")), ("unforeseen", ValueError("?"))):
            with_route(app, f"/test/{name}", error)
        client = TestClient(app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=False)
        signed_in = {"username": member.name, "password": member.password}
        assert client.post("/api/v1/session", json=signed_in).status_code == 200
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.status_code == status
        assert "玩具县" in answer.text and 'class="top-search"' in answer.text and "西山镇" in answer.text
        assert 'href="/inspections"' in answer.text and "退出" in answer.text

    def test_without_a_session_it_says_the_same_and_no_more(self, toy_worker: ToyDatabase) -> None:
        client = TestClient(toy_worker.app, base_url=ADDRESS, follow_redirects=False)
        client.cookies.set("gh_session", "gone")
        page = client.get("/no-such-page", headers={"Accept": "text/html"})
        assert page.status_code == 404 and "玩具县" not in page.text and 'class="top-search"' not in page.text

    def test_it_is_answered_while_no_connection_is_left(self, toy: ToyDatabase) -> None:
        client = with_route(toy.app, "/test/busy", PoolTimeout("all taken"))
        page = client.get("/test/busy", headers={"Accept": "text/html"})
        assert page.status_code == 503 and "服务繁忙" in page.text
