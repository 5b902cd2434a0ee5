"""Attempts side by side, and rights that end while their holder is at work."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from tests.fixtures.people import ADDRESS, ADMINISTRATOR, Member
from tests.fixtures.toy import ToyDatabase
from tests.houses.test_at_the_same_time import Other, waiting
from tests.toy_county.county import WEST

HOUSE = "/api/v1/houses/西一-A"
MOST_FAILURES = 5
# What ends a right must not wait for the work that it ends.
SOON_SECONDS = 10


@pytest.mark.usefixtures("dear_passwords")
def test_of_many_passwords_tried_at_once_no_more_are_looked_at_than_one_after_the_other(toy: ToyDatabase) -> None:
    member = toy.member("leader", WEST)

    def attempt(password: str) -> int:
        stranger = TestClient(toy.app, base_url=ADDRESS)
        return stranger.post("/api/v1/session", json={"username": member.name, "password": password}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, [f"wrong-{n}" for n in range(12)]))
    assert answers == [401] * 12
    with toy.transaction() as session:
        looked_at = session.scalar(
            text("SELECT count(*) FROM journal_entry WHERE action = 'accounts.sign_in_failed' AND subject_id = :name"),
            {"name": member.name},
        )
        user = session.execute(
            text("SELECT failed_sign_ins, locked_until > now() AS locked FROM app_user WHERE id = :id"),
            {"id": member.user_id},
        ).one()
    assert (looked_at, user.failed_sign_ins, user.locked) == (MOST_FAILURES, MOST_FAILURES, True)
    assert attempt(member.password) == 401, "locked, for the right one too"


@pytest.mark.usefixtures("dear_passwords")
def test_one_failure_less_at_once_does_not_lock(toy: ToyDatabase) -> None:
    member = toy.member("leader", WEST)

    def attempt(password: str) -> int:
        stranger = TestClient(toy.app, base_url=ADDRESS)
        return stranger.post("/api/v1/session", json={"username": member.name, "password": password}).status_code

    with ThreadPoolExecutor(MOST_FAILURES - 1) as pool:
        assert set(pool.map(attempt, [f"wrong-{n}" for n in range(MOST_FAILURES - 1)])) == {401}
    assert attempt(member.password) == 200


class TestARightThatEndsDuringARequest:
    """The request that has begun is finished as one that came before; the next one is nobody's. Ending waits for none."""

    def test_by_signing_out_everywhere(self, toy: ToyDatabase) -> None:
        member = toy.member("township", WEST)
        elsewhere = toy.browser(member)
        self.tried(toy, toy.browser(member), member, lambda: elsewhere.delete("/api/v1/session/all"))

    def test_by_disabling_the_user(self, toy: ToyDatabase) -> None:
        member = toy.member("township", WEST)
        self.tried(
            toy,
            toy.browser(member),
            member,
            lambda: change(toy, "UPDATE app_user SET disabled_at = now() WHERE id = :user", member),
        )

    def test_by_ending_the_grant(self, toy: ToyDatabase) -> None:
        member = toy.member("township", WEST)
        ended = "UPDATE area_grant SET valid_from = current_date - 9, valid_to = current_date - 1 WHERE id = :grant"
        self.tried(toy, toy.browser(member), member, lambda: change(toy, ended, member))

    def test_by_revoking_the_token(self, toy: ToyDatabase) -> None:
        member = toy.member("township", WEST)
        owner = toy.browser(member)
        token = owner.post("/api/v1/tokens", json={"note": "程序"}).json()
        program = TestClient(toy.app, base_url=ADDRESS, headers={"Authorization": f"Bearer {token['token']}"})
        self.tried(toy, program, member, lambda: owner.delete(f"/api/v1/tokens/{token['id']}"))

    @staticmethod
    def tried(toy: ToyDatabase, client: TestClient, member: Member, end: Callable[[], Any]) -> None:
        assert client.get(HOUSE).status_code == 200
        with toy.transaction() as session:
            session.execute(text("SELECT FROM house WHERE code = '西一-A' FOR UPDATE"))
            working = Other(lambda: client.patch(HOUSE, json={"rooms": 9}, headers={"If-Match": '"1"'}))
            working.start()
            until = time.monotonic() + SOON_SECONDS
            while not waiting(toy):
                assert time.monotonic() < until and working.is_alive()
                time.sleep(0.02)
            ending = threading.Thread(target=end)
            ending.start()
            ending.join(timeout=SOON_SECONDS)
            assert not ending.is_alive(), "waits for the request"
        assert working.end().status_code == 200
        assert client.get(HOUSE).status_code == 401
        assert client.patch(HOUSE, json={"rooms": 8}, headers={"If-Match": '"2"'}).status_code == 401


def change(toy: ToyDatabase, statement: str, member: Member) -> None:
    with toy.database.transaction(ADMINISTRATOR) as session:
        session.execute(text(statement), {"user": member.user_id, "grant": member.grant_id})
