"""What stands on the pages against what a plain count and the database say."""

from typing import Any

from sqlalchemy import text

from tests.flows.night.families import Families
from tests.flows.night.people import Night, Person, heads_in


def scalar(night: Night, query: str, **values: Any) -> Any:
    """One value of the database."""
    with night.county.transaction() as session:
        return session.scalar(text(query), values)


def column(night: Night, query: str, **values: Any) -> list[Any]:
    """One column of the database."""
    with night.county.transaction() as session:
        return list(session.scalars(text(query), values))


def sums_agree(person: Person, event: int, families: Families, *areas: str) -> None:
    """应转, 已转, 未转 on the pages of their own area, of all that stands below it and of ``areas`` are those of a count."""
    own = person.member.area
    page = person.goes(f"/events/{event}/evacuation")
    _page_agrees(person, own, families)
    length = 9 if len(own) == 6 else 12
    below = sorted({one.area[:length] for one in families.listed if one.area.startswith(own)})
    assert page.locator(".moves > li").count() == len(below)
    for code in below:
        line = page.locator(f".moves > li:has(a[href*='/areas/{code}'])").inner_text()
        left, due, moved = families.heads(code, moved=False), families.heads(code), families.heads(code, moved=True)
        assert f"未转 {left.households}户{left.people}人" in line, line
        assert f"已转 {moved.households}/{due.households} 户 · {moved.people}/{due.people} 人" in line, line
        assert (f"另 {due.unsized} 户未填人数" in line) == bool(due.unsized), line
    for code in areas:
        person.goes(f"/events/{event}/evacuation/areas/{code}")
        _page_agrees(person, code, families)


def _page_agrees(person: Person, area: str, families: Families) -> None:
    lines = person.page.locator(".move-sums li").all_inner_texts()
    wanted = [families.heads(area), families.heads(area, moved=True), families.heads(area, moved=False)]
    assert [heads_in(line) for line in lines] == wanted, f"{area}: {lines}"
