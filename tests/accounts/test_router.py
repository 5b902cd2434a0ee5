"""Signing in over the API, and what a session may do."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, text, update

from geo_housing.accounts import service
from geo_housing.accounts.models import Grant, SignInSession, User
from geo_housing.accounts.sign_in import REFUSED
from geo_housing.clock import now, today
from geo_housing.db import Database
from geo_housing.errors import Conflict, NotFound
from tests.fixtures.people import ADDRESS, ADMINISTRATOR, MakeMember, Member, OpenBrowser

COUNTY = "152224"
TOWNSHIP = "152224100"


def post_session(client: TestClient, name: str, password: str) -> tuple[int, str]:
    answer = client.post("/api/v1/session", json={"username": name, "password": password})
    return answer.status_code, answer.json().get("detail", "")


def actions_about(database: Database, name: str) -> list[str]:
    with database.transaction(ADMINISTRATOR) as session:
        return list(
            session.scalars(
                text("SELECT action FROM journal_entry WHERE subject_kind = 'user' AND subject_id = :n ORDER BY id"),
                {"n": name},
            )
        )


class TestSignIn:
    def test_right_password_gives_a_cookie_and_says_who_one_is(self, stranger: TestClient, members: MakeMember) -> None:
        member = members(role="township", area=TOWNSHIP)
        answer = stranger.post("/api/v1/session", json={"username": member.name, "password": member.password})
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "Secure" not in cookie
        assert answer.json()["role"] == "township" and answer.json()["area"] == TOWNSHIP
        assert stranger.get("/api/v1/session").json()["user"] == member.name

    def test_cookie_is_secure_elsewhere_than_on_this_machine(self, worker_app: FastAPI, members: MakeMember) -> None:
        member = members(role="leader", area=COUNTY)
        with_tls = TestClient(worker_app, base_url="https://housing.example")
        answer = with_tls.post("/api/v1/session", json={"username": member.name, "password": member.password})
        assert "Secure" in answer.headers["set-cookie"]

    def test_database_holds_neither_token_nor_password(
        self, stranger: TestClient, members: MakeMember, worker_service: Database
    ) -> None:
        member = members(role="leader", area=COUNTY)
        post_session(stranger, member.name, member.password)
        token = stranger.cookies["gh_session"]
        with worker_service.transaction(ADMINISTRATOR) as session:
            stored = session.scalars(select(User).where(User.id == member.user_id)).one()
            hashes = session.scalars(
                select(SignInSession.token_hash).where(SignInSession.user_id == member.user_id)
            ).all()
        assert stored.password_hash is not None and stored.password_hash.startswith("$argon2id$")
        assert token.encode() not in hashes and all(len(hashed) == 32 for hashed in hashes)

    def test_unknown_name_wrong_password_and_disabled_user_get_the_same_answer(
        self, stranger: TestClient, members: MakeMember, worker_service: Database
    ) -> None:
        known, disabled = members(role="leader", area=COUNTY), members(role="leader", area=COUNTY)
        with worker_service.transaction(ADMINISTRATOR) as session:
            service.disable_user(session, ADMINISTRATOR, user=session.get_one(User, disabled.user_id))
        answers = {
            post_session(stranger, "nobody-here", "some password"),
            post_session(stranger, known.name, "wrong password"),
            post_session(stranger, disabled.name, disabled.password),
        }
        assert answers == {(401, REFUSED)}

    def test_name_is_known_in_any_spelling(self, stranger: TestClient, members: MakeMember) -> None:
        member = members(role="leader", area=COUNTY)
        assert post_session(stranger, f"  {member.name.upper()} ", member.password)[0] == 200

    def test_sign_in_from_another_site_is_refused(self, stranger: TestClient, members: MakeMember) -> None:
        member = members(role="leader", area=COUNTY)
        answer = stranger.post(
            "/api/v1/session",
            json={"username": member.name, "password": member.password},
            headers={"Origin": "http://evil.example"},
        )
        assert answer.status_code == 403


class TestLock:
    def test_fifth_failure_locks_even_the_right_password_out(
        self, stranger: TestClient, members: MakeMember, worker_service: Database
    ) -> None:
        member = members(role="leader", area=COUNTY)
        for _ in range(5):
            assert post_session(stranger, member.name, "wrong password")[0] == 401
        assert post_session(stranger, member.name, member.password) == (401, REFUSED)
        assert actions_about(worker_service, member.name).count("accounts.sign_in_failed") == 5

    def test_success_forgets_earlier_failures(self, stranger: TestClient, members: MakeMember) -> None:
        member = members(role="leader", area=COUNTY)
        for _ in range(2):
            for _ in range(4):
                post_session(stranger, member.name, "wrong password")
            assert post_session(stranger, member.name, member.password)[0] == 200

    def test_lock_runs_out(self, stranger: TestClient, members: MakeMember, worker_service: Database) -> None:
        member = members(role="leader", area=COUNTY)
        for _ in range(5):
            post_session(stranger, member.name, "wrong password")
        with worker_service.transaction(ADMINISTRATOR) as session:
            session.get_one(User, member.user_id).locked_until = now() - timedelta(seconds=1)
        assert post_session(stranger, member.name, "wrong again")[0] == 401
        assert post_session(stranger, member.name, member.password)[0] == 200

    def test_administrator_unlocks(self, stranger: TestClient, members: MakeMember, worker_service: Database) -> None:
        member = members(role="leader", area=COUNTY)
        for _ in range(5):
            post_session(stranger, member.name, "wrong password")
        with worker_service.transaction(ADMINISTRATOR) as session:
            service.unlock_user(session, ADMINISTRATOR, user=session.get_one(User, member.user_id))
        assert post_session(stranger, member.name, member.password)[0] == 200


class TestSession:
    @pytest.fixture
    def member(self, members: MakeMember) -> Member:
        return members(role="county", area=COUNTY)

    def test_nobody_is_answered_401(self, stranger: TestClient) -> None:
        answer = stranger.get("/api/v1/session")
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "请先登录"

    def test_signing_out_ends_it_on_the_server(self, browser: OpenBrowser, member: Member) -> None:
        client = browser(member)
        token = client.cookies["gh_session"]
        assert client.delete("/api/v1/session").status_code == 200
        client.cookies.set("gh_session", token)
        assert client.get("/api/v1/session").status_code == 401

    def test_idle_session_ends(self, browser: OpenBrowser, member: Member, worker_service: Database) -> None:
        client = browser(member)
        with worker_service.transaction(ADMINISTRATOR) as session:
            session.execute(
                update(SignInSession)
                .where(SignInSession.user_id == member.user_id)
                .values(last_seen_at=now() - timedelta(minutes=31))
            )
        assert client.get("/api/v1/session").status_code == 401
        with worker_service.transaction(ADMINISTRATOR) as session:
            assert not session.scalars(select(SignInSession).where(SignInSession.user_id == member.user_id)).all()

    def test_use_keeps_it_awake_but_a_page_that_refreshes_itself_does_not(
        self, browser: OpenBrowser, member: Member, worker_service: Database
    ) -> None:
        client = browser(member)
        seen = now() - timedelta(minutes=20)

        def last_seen() -> float:
            with worker_service.transaction(ADMINISTRATOR) as session:
                found = session.scalars(
                    select(SignInSession.last_seen_at).where(SignInSession.user_id == member.user_id)
                ).one()
                return (now() - found).total_seconds()

        with worker_service.transaction(ADMINISTRATOR) as session:
            session.execute(
                update(SignInSession).where(SignInSession.user_id == member.user_id).values(last_seen_at=seen)
            )
        assert client.get("/api/v1/session", headers={"X-Background": "1"}).status_code == 200
        assert last_seen() > 1000
        assert client.get("/api/v1/session").status_code == 200
        assert last_seen() < 60

    def test_session_ends_at_its_longest_time(
        self, browser: OpenBrowser, member: Member, worker_service: Database
    ) -> None:
        client = browser(member)
        with worker_service.transaction(ADMINISTRATOR) as session:
            session.execute(
                update(SignInSession).where(SignInSession.user_id == member.user_id).values(expires_at=now())
            )
        assert client.get("/api/v1/session").status_code == 401

    def test_disabling_the_user_ends_it_at_once(
        self, browser: OpenBrowser, member: Member, worker_service: Database
    ) -> None:
        client = browser(member)
        with worker_service.transaction(ADMINISTRATOR) as session:
            session.execute(update(User).where(User.id == member.user_id).values(disabled_at=now()))
        assert client.get("/api/v1/session").status_code == 401

    def test_grant_that_ended_yesterday_ends_it(
        self, browser: OpenBrowser, member: Member, worker_service: Database
    ) -> None:
        client = browser(member)
        with worker_service.transaction(ADMINISTRATOR) as session:
            session.execute(
                update(Grant)
                .where(Grant.user_id == member.user_id)
                .values(valid_from=today() - timedelta(days=9), valid_to=today() - timedelta(days=1))
            )
        assert client.get("/api/v1/session").status_code == 401

    def test_ending_the_grant_ends_it_at_once(
        self, browser: OpenBrowser, member: Member, worker_service: Database
    ) -> None:
        client = browser(member)
        with worker_service.transaction(ADMINISTRATOR) as session:
            user = session.get_one(User, member.user_id)
            service.end_grant(session, ADMINISTRATOR, user=user, grant_id=member.grant_id)
        assert client.get("/api/v1/session").status_code == 401

    def test_one_that_is_over_stays_as_it_was_and_another_s_is_not_found(
        self, member: Member, members: MakeMember, worker_service: Database
    ) -> None:
        last_day = today() - timedelta(days=100)
        other = members(role="county", area=COUNTY)
        with worker_service.transaction(ADMINISTRATOR) as session:
            session.execute(update(Grant).where(Grant.user_id == member.user_id).values(valid_to=last_day))
            user = session.get_one(User, member.user_id)
            with pytest.raises(Conflict, match="已经终止或到期"):
                service.end_grant(session, ADMINISTRATOR, user=user, grant_id=member.grant_id)
            assert session.get_one(Grant, member.grant_id).valid_to == last_day
            with pytest.raises(NotFound):
                service.end_grant(session, ADMINISTRATOR, user=user, grant_id=other.grant_id)

    def test_grant_of_tomorrow_is_no_grant_today(
        self, stranger: TestClient, member: Member, worker_service: Database
    ) -> None:
        with worker_service.transaction(ADMINISTRATOR) as session:
            session.execute(
                update(Grant).where(Grant.user_id == member.user_id).values(valid_from=today() + timedelta(days=1))
            )
        status, detail = post_session(stranger, member.name, member.password)
        assert status == 401 and "没有有效的授权" in detail

    def test_sessions_are_listed_and_ended_one_by_one_and_all(self, browser: OpenBrowser, member: Member) -> None:
        here, there, elsewhere = browser(member), browser(member), browser(member)
        listed = here.get("/api/v1/session/all").json()["items"]
        assert len(listed) == 3 and [item["current"] for item in listed].count(True) == 1
        others = there.get("/api/v1/session/all").json()["items"]
        that = next(item["id"] for item in others if item["current"])
        assert here.delete(f"/api/v1/session/all/{that}").status_code == 200
        assert there.get("/api/v1/session").status_code == 401
        assert here.delete("/api/v1/session/all").json() == {"ended": 2}
        assert here.get("/api/v1/session").status_code == 401
        assert elsewhere.get("/api/v1/session").status_code == 401

    def test_nobody_ends_the_session_of_somebody_else(
        self, browser: OpenBrowser, member: Member, members: MakeMember
    ) -> None:
        mine, other = browser(member), browser(members(role="admin", area="0"))
        theirs = next(item["id"] for item in other.get("/api/v1/session/all").json()["items"] if item["current"])
        assert mine.delete(f"/api/v1/session/all/{theirs}").status_code == 404
        assert other.get("/api/v1/session").status_code == 200


class TestGrants:
    def test_one_acts_under_one_grant_at_a_time_and_switches(
        self, browser: OpenBrowser, members: MakeMember, worker_service: Database
    ) -> None:
        member = members(role="township", area=TOWNSHIP)
        with worker_service.transaction(ADMINISTRATOR) as session:
            user = session.get_one(User, member.user_id)
            other = service.grant_role(session, ADMINISTRATOR, user=user, role="planner", area_code="152224101")
        client = browser(member)
        first = client.get("/api/v1/session").json()
        assert (first["role"], first["area"]) == ("township", TOWNSHIP)
        assert "houses.edit" in first["permissions"]
        assert client.post("/api/v1/session/grant", json={"grant_id": other.id}).json()["role"] == "planner"
        after = client.get("/api/v1/session").json()
        assert (after["role"], after["area"]) == ("planner", "152224101")
        assert "houses.edit" not in after["permissions"]

    def test_nobody_acts_under_a_grant_of_somebody_else(self, browser: OpenBrowser, members: MakeMember) -> None:
        member, other = members(role="village", area="152224100200"), members(role="admin", area="0")
        answer = browser(member).post("/api/v1/session/grant", json={"grant_id": other.grant_id})
        assert answer.status_code == 404


class TestForgery:
    @pytest.mark.parametrize("token", [None, "", "guess"])
    def test_change_by_cookie_needs_the_csrf_token(
        self, browser: OpenBrowser, members: MakeMember, token: str | None
    ) -> None:
        client = browser(members(role="leader", area=COUNTY))
        del client.headers["X-CSRF-Token"]
        headers = {} if token is None else {"X-CSRF-Token": token}
        assert client.delete("/api/v1/session", headers=headers).status_code == 403
        assert client.get("/api/v1/session").status_code == 200

    @pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999"])
    def test_change_from_another_origin_is_refused(
        self, browser: OpenBrowser, members: MakeMember, origin: str
    ) -> None:
        client = browser(members(role="leader", area=COUNTY))
        assert client.delete("/api/v1/session", headers={"Origin": origin}).status_code == 403
        assert client.delete("/api/v1/session", headers={"Origin": ADDRESS}).status_code == 200

    def test_token_of_another_session_does_not_count(self, browser: OpenBrowser, members: MakeMember) -> None:
        member = members(role="leader", area=COUNTY)
        client, other = browser(member), browser(member)
        answer = client.delete("/api/v1/session", headers={"X-CSRF-Token": other.headers["X-CSRF-Token"]})
        assert answer.status_code == 403


class TestTokens:
    @pytest.fixture
    def member(self, members: MakeMember) -> Member:
        return members(role="planner", area=COUNTY)

    def test_token_is_shown_once_and_works_as_bearer_and_as_basic_password(
        self, browser: OpenBrowser, stranger: TestClient, member: Member
    ) -> None:
        client = browser(member)
        made = client.post("/api/v1/tokens", json={"note": "QGIS"})
        assert made.status_code == 201
        token = made.json()["token"]
        assert token not in client.get("/api/v1/tokens").text
        bearer = stranger.get("/api/v1/session", headers={"Authorization": f"Bearer {token}"})
        basic = stranger.get("/api/v1/session", auth=("whoever", token))
        assert bearer.json()["user"] == basic.json()["user"] == member.name

    def test_change_by_token_needs_no_csrf_token_but_cannot_make_tokens(
        self, browser: OpenBrowser, stranger: TestClient, member: Member
    ) -> None:
        made = browser(member).post("/api/v1/tokens", json={}).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        assert stranger.post("/api/v1/tokens", json={}, headers=headers).status_code == 403
        assert stranger.delete(f"/api/v1/tokens/{made['id']}", headers=headers).status_code == 204
        assert stranger.get("/api/v1/session", headers=headers).status_code == 401

    def test_token_dies_with_its_user_and_with_its_grant(
        self, browser: OpenBrowser, stranger: TestClient, members: MakeMember, worker_service: Database
    ) -> None:
        for end in ("user", "grant"):
            member = members(role="planner", area=COUNTY)
            token = browser(member).post("/api/v1/tokens", json={}).json()["token"]
            headers = {"Authorization": f"Bearer {token}"}
            assert stranger.get("/api/v1/session", headers=headers).status_code == 200
            with worker_service.transaction(ADMINISTRATOR) as session:
                if end == "user":
                    service.disable_user(session, ADMINISTRATOR, user=session.get_one(User, member.user_id))
                else:
                    user = session.get_one(User, member.user_id)
                    service.end_grant(session, ADMINISTRATOR, user=user, grant_id=member.grant_id)
            assert stranger.get("/api/v1/session", headers=headers).status_code == 401

    def test_nobody_revokes_a_token_of_somebody_else(
        self, browser: OpenBrowser, member: Member, members: MakeMember
    ) -> None:
        made = browser(member).post("/api/v1/tokens", json={}).json()
        other = browser(members(role="admin", area="0"))
        assert other.delete(f"/api/v1/tokens/{made['id']}").status_code == 404

    @pytest.mark.parametrize("header", ["Bearer x", "Basic !!!", "Basic eDp5", "Digest abc"])
    def test_wrong_authorization_is_nobody(self, stranger: TestClient, header: str) -> None:
        assert stranger.get("/api/v1/session", headers={"Authorization": header}).status_code == 401


class TestTheLastAdministrator:
    def test_is_neither_disabled_nor_left_without_the_grant(
        self, members: MakeMember, worker_service: Database
    ) -> None:
        last, other = members(role="admin", area="0"), members(role="admin", area=COUNTY)
        with worker_service.transaction(ADMINISTRATOR) as session:
            others = User.id.not_in([last.user_id, other.user_id])
            session.execute(update(User).where(others).values(disabled_at=now()))
            user, second = (session.get_one(User, member.user_id) for member in (last, other))
            service.disable_user(session, ADMINISTRATOR, user=second)
            with pytest.raises(Conflict, match="仅有的管理员"):
                service.disable_user(session, ADMINISTRATOR, user=user)
            with pytest.raises(Conflict, match="仅有的管理员"):
                service.end_grant(session, ADMINISTRATOR, user=user, grant_id=last.grant_id)
            service.enable_user(session, ADMINISTRATOR, user=second)
            service.disable_user(session, ADMINISTRATOR, user=user)
            assert user.disabled_at is not None and second.disabled_at is None
            session.rollback()


class TestSecurityLog:
    def test_failed_and_successful_sign_ins_stand_in_the_journal_without_what_was_typed(
        self, stranger: TestClient, members: MakeMember, worker_service: Database
    ) -> None:
        member = members(role="leader", area=COUNTY)
        post_session(stranger, member.name, "typed-by-mistake")
        post_session(stranger, "secret-typed-as-name", "x")
        post_session(stranger, member.name, member.password)
        assert actions_about(worker_service, member.name)[-2:] == ["accounts.sign_in_failed", "accounts.sign_in"]
        with worker_service.transaction(ADMINISTRATOR) as session:
            whole = "\n".join(session.scalars(text("SELECT j::text FROM journal_entry j")))
        assert "typed-by-mistake" not in whole and "secret-typed-as-name" not in whole
        assert "accounts.sign_in_refused" in whole
