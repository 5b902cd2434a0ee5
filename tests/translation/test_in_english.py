"""The whole service walked by somebody who has chosen English: pages and refusals hold no Chinese but data."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import text

from geo_housing.accounts.rendering import LANGUAGE_COOKIE
from geo_housing.edge.problems import is_program_path
from tests.scope.country import Country, country
from tests.scope.routes import WALKS
from tests.scope.test_every_route import sent
from tests.toy_county.county import COUNTY
from tests.translation.said import CHINESE

__all__ = ["country"]

# Attributes that people see or hear.
SPOKEN = {"placeholder", "title", "aria-label", "alt", "data-empty", "data-label", "data-words"}
# What the county has called by name: that stays as it is.
NAMES = (
    "SELECT name FROM area UNION SELECT head FROM household UNION SELECT name FROM hazard_event UNION SELECT name FROM hazard_zone"
    " UNION SELECT file_name FROM import_batch UNION SELECT code FROM house UNION SELECT settlement FROM house"
    " UNION SELECT name FROM call UNION SELECT name FROM contact UNION SELECT name FROM shelter UNION SELECT name FROM technician"
    " UNION SELECT reported_by FROM evacuation_figure UNION SELECT named FROM evacuation UNION SELECT file_name FROM roster_load"
    " UNION SELECT visitor FROM emergency_inspection"
)
# Pages that are Chinese for everybody, and why.
CHINESE_PAGES = {
    ("GET", "/events/{event_id}/print"): "a paper for villages",
    ("GET", "/events/{event_id}/calls/print"): "a paper for the files",
    ("GET", "/map/print"): "a paper for offices",
    ("GET", "/events/{event_id}/picture"): "a picture for the chats of townships and villages",
    ("GET", "/events/{event_id}/evacuation/print"): "a paper for villages",
    ("POST", "/events/{event_id}/evacuation/print-full"): "a paper for villages",
    ("POST", "/events/{event_id}/print-full"): "a paper for villages",
    ("POST", "/events/{event_id}/calls/print-full"): "a paper for the files",
    ("POST", "/roster/cards/print"): "a paper for villages",
}
# The switch back, masked names, the two words of a table of workdays, and what these walks themselves type.
NOT_OURS = re.compile("中文|.?某某.?|越界|[休班]|[东西]$")


class Shown(HTMLParser):
    """What a page shows: its texts and the attributes that are read out, without scripts and without what was typed.

    What is marked translate="no" holds what stands in somebody's file or in a text that was pasted.
    """

    def __init__(self) -> None:
        super().__init__()
        self.told: list[str] = []
        self._hidden = 0
        self._kept: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style", "textarea")
        self.told += [value for name, value in attrs if name in SPOKEN and value]
        if ("translate", "no") in attrs:
            assert not self._kept, "what is kept holds no other that is"
            self._kept = tag
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style", "textarea")
        if tag == self._kept:
            self._kept = None
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.told.append(data)


def shown(answer: Response) -> list[str]:
    """What an answer says to a person; the fields of data are not sentences."""
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html"):
        page = Shown()
        page.feed(answer.text)
        return page.told
    if kind.startswith("application/problem+json"):
        problem = answer.json()
        return [problem["title"], problem["detail"], *(fault["sentence"] for fault in problem["errors"])]
    return []


def walked(client: TestClient, country: Country) -> Iterator[tuple[str, str]]:
    """Address and text of everything that is shown in Chinese."""
    with country.toy.transaction() as session:
        names = sorted(filter(None, session.scalars(text(NAMES))), key=len, reverse=True)
    names += [name.removesuffix("村委会") for name in names if name.endswith("村委会")]
    data = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))
    for (method, template), walk in WALKS.items():
        if (method, template) in CHINESE_PAGES:
            continue
        # What programs are given when all goes well is data; the sentences are in what is refused.
        calls = walk.foreign if is_program_path(template) else (*walk.reads, *walk.foreign, *walk.tried)
        for call in calls:
            asked, answer = sent(client, method, call, country.west, country.east)
            for part in shown(answer):
                if CHINESE.search(data.sub("", NOT_OURS.sub("", part))):
                    yield f"{method} {asked}", " ".join(part.split())


def english_browser(country: Country, role: str, area: str) -> TestClient:
    client = country.toy.browser(country.toy.member(role, area))
    client.cookies.set(LANGUAGE_COOKIE, "en")
    return client


@pytest.mark.parametrize("role", ["township", "county", "planner"])
def test_everything_that_is_shown_or_refused_is_english(country: Country, role: str) -> None:
    client = english_browser(country, role, country.west.area if role == "township" else COUNTY)
    found = list(walked(client, country))
    assert not found, "\n".join(sorted({f"{asked}: {part}" for asked, part in found}))


def test_without_a_choice_the_same_refusal_is_chinese(country: Country) -> None:
    client = country.toy.browser(country.toy.member("township", country.west.area))
    said: dict[str, Any] = client.get("/api/v1/events/999999").json()
    assert CHINESE.search(said["title"]) and CHINESE.search(said["detail"])
