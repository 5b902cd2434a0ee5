"""Papers that are too long: whatever was pressed or opened, its parts are printed by one press each, in the same way."""

import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.response.papers import card_families, paper
from geo_housing.response.service import respond
from geo_housing.response.steps import evacuation_list
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST
from tests.toy_county.county import NO_OUTLINE

PURPOSE = "交村书记，逐户通知转移"
FULL = re.compile(r"\b1\d{10}\b")
LISTS = [("", paper, "MOST_ROWS", "栋"), ("evacuation/", evacuation_list, "MOST_PRINTED", "户")]
CARDS = "/roster/cards/print"


@furnished
def event(toy: ToyDatabase) -> int:
    """西一, 西二 and 东一 under orange with their tasks."""
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "西二", "东一"], "orange")
        respond(session, toy.actor(), number)
    return number


class Presses(HTMLParser):
    """The forms of a page: where each sends, what, and what stands on and behind its button."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], list[str]]] = []
        self.feed(page[page.index('<div class="page') : page.index("</main>")])

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        given = dict(attributes)
        if tag == "form":
            assert given["method"] == "post"
            self.found.append((given["action"], {}, []))
        elif tag == "input":
            self.found[-1][1][given["name"]] = given["value"]

    def handle_data(self, data: str) -> None:
        if self.found and data.strip():
            self.found[-1][2].append(data.strip())


def parts_of(page: str, address: str, sent: Mapping[str, str]) -> dict[str, tuple[dict[str, str], int]]:
    """What is sent for each part, and how much it is said to have; every one of them sends all that was ``sent``."""
    parts = {}
    for action, fields, said in Presses(page).found:
        if action == address:
            assert sent.items() <= fields.items() and fields["csrf_token"], fields
            parts[fields["area"]] = fields, int(re.sub(r"\D", "", said[1]))
    return parts


def journal(toy: ToyDatabase, action: str) -> list[tuple[str, str | None]]:
    with toy.transaction() as session:
        found = session.execute(
            text("SELECT scope_code, counts ->> 'purpose' AS purpose FROM journal_entry WHERE action = :a ORDER BY id"),
            {"a": action},
        )
        return [(row.scope_code, row.purpose) for row in found]


def rows_on(page: str) -> int:
    return len(re.findall(r"<tr[^>]*><td class=\"c\">\d+</td>", page))


@pytest.mark.parametrize(("step", "module", "most", "unit"), LISTS)
def test_a_list_with_full_numbers_is_pressed_for_part_by_part_with_its_purpose(
    toy: ToyDatabase, event: int, monkeypatch: pytest.MonkeyPatch, step: str, module: Any, most: str, unit: str
) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    address, sent = f"/events/{event}/{step}print-full", {"purpose": PURPOSE}
    monkeypatch.setattr(module, most, 3)
    refused = county.post(address, data=sent)
    assert refused.status_code == 413 and "浏览器打印不了" in refused.text and PURPOSE in refused.text
    assert refused.headers["cache-control"] == "private, no-store"
    assert not FULL.search(refused.text) and journal(toy, "export.village_list") == []
    townships = parts_of(refused.text, address, sent)
    assert set(townships) == {WEST, EAST} and unit in refused.text
    # The west is too long itself: its villages, and the purpose is kept on the way there.
    again = county.post(address, data=townships[WEST][0])
    villages = parts_of(again.text, address, sent)
    assert again.status_code == 413 and set(villages) == {VILLAGES["西一"][0], VILLAGES["西二"][0], NO_OUTLINE}
    assert sum(count for _, count in villages.values()) == townships[WEST][1]
    monkeypatch.setattr(module, most, 5_000)
    for code, (fields, count) in villages.items():
        before = len(journal(toy, "export.village_list"))
        printed = county.post(address, data=fields)
        assert printed.status_code == 200 and FULL.search(printed.text) and 'class="marked"' in printed.text, code
        assert rows_on(printed.text) == count > 0
        assert journal(toy, "export.village_list")[before:] == [(code, PURPOSE)]
    # The workbook has no such limit; its press is that of the full list.
    [(book, fields, _)] = [one for one in Presses(again.text).found if one[0] != address]
    taken = county.post(book, data=fields)
    assert book == f"/events/{event}/{step}list-full.xlsx" and taken.status_code == 200
    assert journal(toy, "export.village_list")[-1] == (WEST, PURPOSE)


@pytest.mark.parametrize(("step", "module", "most", "unit"), LISTS)
def test_a_village_that_is_too_long_is_offered_its_workbook_and_not_itself(
    toy: ToyDatabase, event: int, monkeypatch: pytest.MonkeyPatch, step: str, module: Any, most: str, unit: str
) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    monkeypatch.setattr(module, most, 0)
    address, village = f"/events/{event}/{step}print", VILLAGES["西一"][0]
    opened = county.get(address, params={"area": village})
    assert opened.status_code == 413 and f"{address}?area=" not in opened.text
    assert f'href="/api/v1/events/{event}/{step}list.xlsx?area={village}"' in opened.text
    pressed = county.post(f"{address}-full", data={"purpose": PURPOSE, "area": village})
    [(book, fields, _)] = Presses(pressed.text).found
    assert book.endswith("list-full.xlsx") and fields["area"] == village and county.post(book, data=fields).is_success


@pytest.mark.parametrize("full", [True, False])
def test_cards_of_a_township_are_printed_village_by_village(
    toy: ToyDatabase, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    with toy.transaction() as session:
        session.execute(
            text("UPDATE house SET scope_code = :w, village_code = NULL, declared_code = :w WHERE code = '西一-D'"),
            {"w": WEST},
        )
    township = toy.browser(toy.member("township", WEST))
    sent = {"kind": "flood", **({"personal": "true", "purpose": PURPOSE} if full else {})}
    whole = township.post(CARDS, data={"area": WEST, **sent}).text
    heads = re.findall(r"<h1>(\S+?)　避险明白卡", whole)
    before = journal(toy, "export.preseason")
    monkeypatch.setattr(card_families, "MOST_ROWS", 1)
    refused = township.post(CARDS, data={"area": WEST, **sent})
    assert refused.status_code == 413 and "按村分别打印" in refused.text and journal(toy, "export.preseason") == before
    parts = parts_of(refused.text, CARDS, sent)
    assert len(parts) == len(heads) == 6 and parts[WEST][0]["own"] == "1"
    assert ("purpose" in parts[WEST][0]) == full and "own" not in parts[VILLAGES["西一"][0]][0]
    printed = []
    # Each of them, also the one for who is in no village and one with more families than a press of many may have.
    monkeypatch.setattr(card_families, "MOST_ROWS", 0)
    for code, (fields, count) in parts.items():
        card = township.post(CARDS, data=fields)
        assert card.status_code == 200 and rows_on(card.text) == count, code
        printed += re.findall(r"<h1>(\S+?)　避险明白卡", card.text)
        assert journal(toy, "export.preseason")[-1] == (code, PURPOSE if full else None)
    assert sorted(printed) == sorted(heads)
    assert len(journal(toy, "export.preseason")) == len(before) + len(parts)
    assert sum(count for _, count in parts.values()) == rows_on(whole) > 1
