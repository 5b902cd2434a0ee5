"""A form that is sent after the session has ended: nothing of it is kept, that is said, and the way leads back to its page."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text

from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY

SAID = "登录已过期，刚才提交的内容没有保存。请登录后重新填写。"


@pytest.mark.parametrize(
    ("sent_to", "page", "back"),
    [
        ("/events/1/evacuation/extra", "/events/1/evacuation?area=990001100", "/events/1/evacuation?area=990001100"),
        # A refusal is shown at the form's own address, which a browser cannot open.
        ("/events/1/evacuation/extra", "/events/1/evacuation/extra", "/events/1/evacuation"),
        ("/houses/%E8%A5%BF/edit", "/houses/%E8%A5%BF/edit", "/houses/%E8%A5%BF/edit"),
        ("/events/1/evacuation/figures", "http://elsewhere.example/events", None),
        ("/events/1/evacuation/figures", "http://[", None),
        ("/events/1/evacuation/figures", None, None),
    ],
)
def test_it_is_said_and_one_comes_back(toy: ToyDatabase, sent_to: str, page: str | None, back: str | None) -> None:
    member = toy.member("county", COUNTY)
    client = toy.browser(member)
    address = str(client.base_url).rstrip("/")
    with toy.transaction() as session:
        session.execute(text("DELETE FROM sign_in_session"))
    headers = {} if page is None else {"Referer": f"{address}{page}" if page.startswith("/") else page}
    answer = client.post(
        sent_to, data={"head": "尉迟某"}, headers={**headers, "Accept": "text/html"}, follow_redirects=False
    )
    assert answer.status_code == 303
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert asked == {**({"next": [back]} if back else {}), "lost": ["1"]}
    form = client.get(answer.headers["location"]).text
    assert SAID in form and "尉迟某" not in form + answer.headers["location"]
    wrong = client.post("/sign-in", data={"username": member.name, "password": "no", "next": back or "/", "lost": "1"})
    assert wrong.status_code == 401 and SAID in wrong.text
    right = client.post(
        "/sign-in",
        data={"username": member.name, "password": member.password, "next": back or "/"},
        follow_redirects=False,
    )
    client.cookies.clear()
    client.cookies.set("gh_language", "en")
    assert "Sign in and fill it in again" in client.get(answer.headers["location"]).text
    assert (right.status_code, right.headers["location"]) == (303, back or "/")


def test_who_only_looks_or_signs_out_has_lost_nothing(toy: ToyDatabase) -> None:
    client = toy.browser(toy.member("county", COUNTY))
    with toy.transaction() as session:
        session.execute(text("DELETE FROM sign_in_session"))
    for answer in (client.get("/houses", follow_redirects=False), client.post("/sign-out", follow_redirects=False)):
        assert answer.status_code == 303 and "lost" not in answer.headers["location"]
    assert SAID not in client.get("/sign-in").text
    pressed = client.post(
        "/events/1/evacuation/extra", headers={"HX-Request": "true", "HX-Current-URL": "http://x/events/1"}
    )
    assert (pressed.status_code, pressed.headers["hx-redirect"]) == (401, "/sign-in?next=%2Fevents%2F1&lost=1")
