"""Accounts by command: which grants somebody has and will have, ending one, and the token of a chosen one."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from typer.testing import CliRunner

from geo_housing.cli import app
from geo_housing.clock import today
from geo_housing.errors import BadInput, Conflict, GeoHousingError, NotFound
from geo_housing.settings import get_settings
from tests.fixtures.people import ADDRESS, Member
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, WEST

TOMORROW = today() + timedelta(days=1)


@pytest.fixture(autouse=True)
def here(toy: ToyDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands of this process work on the toy county."""
    monkeypatch.setenv("GEO_HOUSING_DATABASE_URL", toy.database.url)
    monkeypatch.setenv("GEO_HOUSING_HOME", str(toy.settings.home))
    monkeypatch.setenv("GEO_HOUSING_LANG", "zh")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def shown(*words: str) -> str:
    """What a command prints; raises what it is refused with."""
    done = CliRunner().invoke(app, list(words), standalone_mode=False)
    if isinstance(done.exception, Exception):
        raise done.exception
    return done.stdout


def told(*words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(shown(*words, "--json").splitlines()[-1])
    return answer


def refused(*words: str) -> GeoHousingError:
    with pytest.raises(GeoHousingError) as raised:
        shown(*words)
    return raised.value


def asks(toy: ToyDatabase, token: str) -> TestClient:
    return TestClient(toy.app, base_url=ADDRESS, headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def planner(toy: ToyDatabase) -> Member:
    """Of the township, with a second grant in the county."""
    member = toy.member("township", WEST)
    shown("users", "grant", member.name, "--role", "planner", "--area", COUNTY)
    return member


def listed(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in told("users", "list")["items"] if item["user"] == name)
    return found


def test_a_grant_that_begins_later_is_listed_with_its_day(planner: Member) -> None:
    shown("users", "grant", planner.name, "--role", "leader", "--area", WEST, "--from", str(TOMORROW))
    found = listed(planner.name)
    assert [(grant["role"], grant["area"]) for grant in found["grants"]] == [("township", WEST), ("planner", COUNTY)]
    assert [(g["role"], g["area"], g["valid_from"]) for g in found["coming"]] == [("leader", WEST, str(TOMORROW))]
    line = next(line for line in shown("users", "list").splitlines() if line.startswith(planner.name))
    assert line.endswith(f"township:{WEST}  planner:{COUNTY}  leader:{WEST}（{TOMORROW} 起）")


def test_a_shift_of_tomorrow_is_listed_with_its_hour(planner: Member) -> None:
    begins, ends = f"{TOMORROW} 18:00", f"{TOMORROW + timedelta(days=1)} 08:00"
    shown(
        "users", "grant", planner.name, "--role", "duty", "--area", COUNTY, "--shift-from", begins, "--shift-to", ends
    )
    (coming,) = listed(planner.name)["coming"]
    assert coming["shift_from"].startswith(f"{TOMORROW}T18:00")
    assert f"duty:{COUNTY}（{TOMORROW:%m-%d} 18:00 起）" in shown("users", "list")


class TestRevoke:
    def test_the_named_grant_ends_at_once_with_its_sessions_and_tokens_and_stands_in_the_journal(
        self, toy: ToyDatabase, planner: Member
    ) -> None:
        session = toy.browser(planner)
        assert session.post("/api/v1/session/grant", json={"grant_id": planner.grant_id}).status_code == 200
        tokens = {
            role: told("tokens", "add", planner.name, "--role", role)["token"] for role in ("township", "planner")
        }
        done = told("users", "revoke", planner.name, "--role", "township", "--area", WEST)
        assert (done["role"], done["area"], done["ended"]) == ("township", WEST, True)
        assert session.get("/api/v1/session").status_code == 401
        assert asks(toy, tokens["township"]).get("/api/v1/session").status_code == 401
        assert asks(toy, tokens["planner"]).get("/api/v1/session").status_code == 200
        assert [grant["role"] for grant in listed(planner.name)["grants"]] == ["planner"]
        admin = toy.browser(toy.member("admin", "0"))
        (entry,) = admin.get("/api/v1/journal?action=accounts.end_grant").json()["items"]
        assert (entry["subject_id"], entry["area"], entry["source"]) == (planner.name, WEST, "cli")
        assert "当天终止" in admin.get(f"/users/{planner.name}").text

    def test_one_that_has_not_begun_never_will(self, planner: Member) -> None:
        shown("users", "grant", planner.name, "--role", "leader", "--area", WEST, "--from", str(TOMORROW))
        told("users", "revoke", planner.name, "--role", "leader", "--area", WEST)
        assert listed(planner.name)["coming"] == []

    def test_what_is_not_stated_or_not_there_is_said_with_what_there_is(self, planner: Member) -> None:
        assert isinstance(unstated := refused("users", "revoke", planner.name), BadInput)
        assert "请写明终止哪一项授权" in unstated.sentence
        absent = refused("users", "revoke", planner.name, "--role", "leader", "--area", WEST)
        assert isinstance(absent, NotFound) and f"township:{WEST}" in absent.sentence
        assert len(listed(planner.name)["grants"]) == 2

    def test_of_several_that_fit_the_number_is_asked(self, planner: Member) -> None:
        shown("users", "grant", planner.name, "--role", "planner", "--area", COUNTY, "--until", "2099-12-31")
        several = refused("users", "revoke", planner.name, "--role", "planner", "--area", COUNTY)
        assert isinstance(several, BadInput) and "2099-12-31" in several.sentence
        number = next(grant["grant"] for grant in listed(planner.name)["grants"] if grant["valid_to"])
        assert told("users", "revoke", planner.name, "--grant", str(number))["grant"] == number
        assert [grant["valid_to"] for grant in listed(planner.name)["grants"]] == [None, None]

    def test_one_that_ended_is_not_there_any_more(self, planner: Member) -> None:
        for _ in range(2):
            role = "township" if len(listed(planner.name)["grants"]) == 2 else "planner"
            shown("users", "revoke", planner.name, "--role", role)
        assert "没有可选的授权" in refused("users", "revoke", planner.name, "--role", "planner").sentence

    def test_a_grant_of_today_under_which_a_shift_was_taken_over_ends_too(
        self, toy: ToyDatabase, planner: Member
    ) -> None:
        officer = toy.member("duty", COUNTY)
        with toy.transaction() as session:
            session.execute(
                text(
                    "INSERT INTO duty_takeover (scope_code, grant_id, user_id, by_grant_id, figures, taken_by)"
                    " SELECT :area, :shift, :user, id, '{}', :name FROM area_grant WHERE user_id = :user AND role = 'planner'"
                ),
                {"area": COUNTY, "shift": officer.grant_id, "user": planner.user_id, "name": planner.name},
            )
        shown("users", "revoke", planner.name, "--role", "planner")
        assert [grant["role"] for grant in listed(planner.name)["grants"]] == ["township"]


class TestToken:
    def test_speaks_for_the_grant_that_is_chosen_and_says_which(self, toy: ToyDatabase, planner: Member) -> None:
        widest = told("tokens", "add", planner.name)
        chosen = told("tokens", "add", planner.name, "--role", "township", "--area", WEST)
        for issued, role, area in ((widest, "planner", COUNTY), (chosen, "township", WEST)):
            assert (issued["role"], issued["area"]) == (role, area)
            acts = asks(toy, issued["token"]).get("/api/v1/session").json()
            assert (acts["role"], acts["area"]) == (role, area)
        assert "planner" in shown("tokens", "add", planner.name) and COUNTY in shown("tokens", "add", planner.name)

    def test_a_grant_that_is_not_there_or_holds_no_more_makes_none(self, toy: ToyDatabase, planner: Member) -> None:
        shown("users", "grant", planner.name, "--role", "leader", "--area", EAST, "--from", str(TOMORROW))
        for words in (("--area", EAST), ("--role", "leader"), ("--grant", "999999")):
            assert isinstance(refused("tokens", "add", planner.name, *words), NotFound)
        with toy.transaction() as session:
            assert session.scalar(text("SELECT count(*) FROM api_token")) == 0
        for role in ("township", "planner"):
            shown("users", "revoke", planner.name, "--role", role)
        assert isinstance(refused("tokens", "add", planner.name, "--role", "planner"), Conflict)


@pytest.mark.parametrize(
    ("role", "area", "level"),
    [
        ("village", COUNTY, "村"),
        ("village", WEST, "村"),
        ("township", f"{WEST}201", "乡镇"),
        ("county", WEST, "全库或县"),
    ],
)
def test_role_and_level_of_the_area_agree(toy: ToyDatabase, planner: Member, role: str, area: str, level: str) -> None:
    sentence = refused("users", "grant", planner.name, "--role", role, "--area", area).sentence
    assert f"只能授权到{level}，而 {area} 是" in sentence and len(listed(planner.name)["grants"]) == 2
    refused("users", "add", "zhao.liu", "--role", role, "--area", area)
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM app_user WHERE name = 'zhao.liu'")) == 0
