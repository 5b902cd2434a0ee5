"""An ID number finds its household's houses for those who may see it: by the whole number, journalled, in no address or log."""

import re

import pytest
from sqlalchemy import text

from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, EAST, WEST

# Made up: nobody was born in division 990001 in 1900. Those of 西一-A, 西一-D and 东一-A in the toy ledger.
NUMBER = "990001190001010004"
OF_THE_EAST = "990001190001010207"
HTML = {"Accept": "text/html"}


def searches(toy: ToyDatabase) -> list[tuple[str, str | None, dict[str, object]]]:
    with toy.transaction() as session:
        rows = session.execute(
            text("SELECT actor, subject_id, counts FROM journal_entry WHERE action = 'households.find' ORDER BY id")
        )
        return [tuple(row) for row in rows]


def test_the_whole_number_opens_the_house_and_stands_in_the_journal(
    toy: ToyDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    member = toy.member("township", WEST)
    client = toy.browser(member)
    for typed in (NUMBER, f" {NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]} "):
        found = client.post("/search", data={"q": typed})
        assert (found.status_code, found.headers["location"]) == (303, "/houses/%E8%A5%BF%E4%B8%80-A")
    assert [(actor, house) for actor, house, _ in searches(toy)] == [(f"user:{member.name}", "西一-A")] * 2
    page = client.get("/houses/西一-A").text
    assert "按身份证号查找" in page and NUMBER not in page
    with toy.transaction() as session:
        assert (
            session.scalar(text("SELECT count(*) FROM journal_entry e WHERE e::text LIKE :n"), {"n": f"%{NUMBER}%"})
            == 0
        )
    told = capsys.readouterr()
    assert NUMBER not in told.out + told.err


def test_a_search_that_finds_nothing_is_journalled_too(toy: ToyDatabase) -> None:
    client = toy.browser(toy.member("township", WEST))
    page = client.post("/search", data={"q": OF_THE_EAST})
    assert page.status_code == 200 and "没有找到" in page.text and OF_THE_EAST not in page.text
    assert "990001********0207" in page.text
    assert [(house, counts["found"]) for _, house, counts in searches(toy)] == [(None, 0)]
    assert toy.browser(toy.member("township", EAST)).post("/search", data={"q": OF_THE_EAST}).status_code == 303


@pytest.mark.parametrize("role", ["village", "planner", "leader", "technician"])
def test_who_may_not_see_numbers_finds_nothing_by_them(toy: ToyDatabase, role: str) -> None:
    client = toy.browser(toy.member(role, COUNTY if role != "village" else f"{WEST}201"))
    page = client.post("/search", data={"q": NUMBER})
    assert page.status_code == 200 and "您的角色不能按身份证号查找" in page.text and "西一-A" not in page.text
    assert searches(toy) == []


@pytest.mark.parametrize(
    ("typed", "sentence"), [("990001190001010005", "校验位不对"), ("990001000101000", "15 位旧身份证号")]
)
def test_a_wrong_number_is_told(toy_worker: ToyDatabase, typed: str, sentence: str) -> None:
    page = toy_worker.browser(toy_worker.member("county", COUNTY)).post("/search", data={"q": typed})
    assert page.status_code == 200 and sentence in page.text and typed not in page.text


def test_typing_a_number_asks_nothing_yet_and_never_reaches_an_address(toy_worker: ToyDatabase) -> None:
    client = toy_worker.browser(toy_worker.member("county", COUNTY))
    rows = client.post("/search", data={"q": NUMBER}, headers={"HX-Request": "true"}).text
    assert "按回车" in rows and "西一-A" not in rows
    for most_of_it in (NUMBER[:14], NUMBER[:17]):
        answer = client.post("/search", data={"q": most_of_it})
        assert answer.status_code == 200 and "location" not in answer.headers
    assert client.post("/search", data={"q": "西一"}).headers["location"] == "/search?q=%E8%A5%BF%E4%B8%80"
    page = client.get("/houses", headers=HTML).text
    form = re.search(r'<form class="top-search"[^>]*>', page)
    assert form and 'method="post"' in form[0] and 'hx-get="/search"' not in page
    # Who writes it into an address themselves gets no answer to it.
    assert "西一-A" not in client.get(f"/search?q={NUMBER}").text
