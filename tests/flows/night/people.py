"""Those who work through the night, each with a browser of their own, and the clock that all of them live by."""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from playwright.sync_api import Error, Locator, Page, expect

from geo_housing import clock
from tests.fixtures.browser import PHONE, Visit, fits
from tests.fixtures.people import Member
from tests.fixtures.settled import settled
from tests.fixtures.toy import ToyDatabase
from tests.flows.night.families import Heads

# A thumb needs 44 px; half a pixel is rounding.
THUMB = 43.5
SMALL = """least => [...document.querySelectorAll(
        "main .btn, main .event-steps a, main .results label, main .move-area, main .choices label, main .event-line")]
    .filter(one => one.checkVisibility())
    .map(one => [one.textContent.trim().slice(0, 20), one.getBoundingClientRect()])
    .filter(([, box]) => box.height && (box.height < least || box.width < least))
    .map(([text, box]) => `${text} ${Math.round(box.width)} × ${Math.round(box.height)}`)"""
_HEADS = re.compile(r"([\d,]+)\s*户\s*([\d,]+)\s*人")
_UNSIZED = re.compile(r"另\s*([\d,]+)\s*户未填人数")


@dataclass
class Person:
    """Somebody at their browser."""

    name: str
    member: Member | None
    visit: Visit
    size: dict[str, int]
    shots: list[str]

    @property
    def page(self) -> Page:
        """What they look at."""
        return self.visit.page

    def goes(self, path: str) -> Page:
        """Opens a page of the service by a link that they were sent or have kept."""
        self.visit.open(path)
        # The line of the open event comes a moment later and moves what is below it: nobody presses before it stands.
        settled(self.page)
        return self.page

    def sees(self, step: str) -> None:
        """The page as it stands is whole, fits its screen, and a thumb reaches what can be pressed on it."""
        page = self.page
        assert fits(page), f"{step}: wider than the screen"
        if self.size == PHONE:
            small = page.evaluate(SMALL, THUMB)
            assert not small, f"{step}: too small for a thumb: {small}"
        if folder := os.environ.get("SCREENSHOTS"):
            self.shots.append(step)
            width = self.size["width"]
            name = f"{width}_{len(self.shots):02d}_{step}.png"
            page.screenshot(path=str(Path(folder) / name), full_page=True)
            page.screenshot(path=str(Path(folder) / name.replace(".png", "_seen.png")))

    def signs_in_again(self, path: str) -> Page:
        """Nobody has touched their page for half an hour: whatever they open asks them to sign in, and stands there then."""
        page = self.page
        for _ in range(10):
            # Their page is on its way to the sign-in by itself, once for each thing that it asks for.
            with suppress(Error):
                page.goto(self.visit.server + path)
                break
        assert "/sign-in" in page.url and self.member is not None
        page.fill("[name=username]", self.member.name)
        page.fill("[name=password]", self.member.password)
        page.click("form button.btn-primary")
        page.wait_for_url(lambda address: "/sign-in" not in address)
        return self.goes(path)

    def is_told(self, sentence: str | re.Pattern[str]) -> None:
        """The sentence at the foot of the page."""
        expect(self.page.locator("#toasts")).to_contain_text(sentence)

    def opens_step(self, label: str) -> None:
        """A tab of the event."""
        self.page.locator("#event-steps a", has_text=label).click()
        expect(self.page.locator("#event-steps a[aria-current]")).to_contain_text(label)


def can_press(button: Locator) -> None:
    """A main button is seen without scrolling."""
    expect(button).to_be_in_viewport(ratio=0.9)


def heads_in(text: str) -> Heads:
    """户, 人 and 户 without a number of people, as a line of the page says them."""
    found, unsized = _HEADS.search(text), _UNSIZED.search(text)
    assert found is not None, text
    households, people = (int(number.replace(",", "")) for number in found.groups())
    return Heads(households, people, int(unsized.group(1)) if unsized else 0)


@dataclass
class Night:
    """The night of one county: its clock, and all who are awake."""

    county: ToyDatabase
    size: dict[str, int]
    begins: datetime
    visit: Callable[..., Visit]
    later: Callable[..., None]
    awake: list[Person] = field(default_factory=list)
    shots: list[str] = field(default_factory=list)

    def wakes(self, name: str, role: str, area: str, path: str, member: Member | None = None) -> Person:
        """Somebody signs in and opens a page."""
        member = member or self.county.member(role, area)
        visit = self.visit(self.county, member, path, webgl=False, size=self.size, before=self._prepare)
        person = Person(name, member, visit, self.size, self.shots)
        self.awake.append(person)
        return person

    def opens_link(self, path: str) -> Person:
        """A village's phone, of which nobody has an account."""
        visit = self.visit(self.county, None, path, webgl=False, size=PHONE, before=self._prepare)
        return Person("村里的手机", None, visit, PHONE, self.shots)

    def moment(self, hour: int, minute: int) -> datetime:
        """A time of this night."""
        return self.begins.replace(hour=hour, minute=minute)

    def comes(self, hour: int, minute: int) -> None:
        """It is so late now: for the server and for every browser, whose timers run."""
        passed = self.moment(hour, minute) - clock.now()
        assert passed > timedelta(0), "time does not go back"
        self.later(seconds=passed.total_seconds())
        for person in self.awake:
            # Whoever has done nothing for half an hour is signed out; their page hears it when it next asks.
            person.visit.expected.append("401 (Unauthorized)")
            person.page.clock.fast_forward(int(passed.total_seconds() * 1000))

    @staticmethod
    def _prepare(page: Page) -> None:
        page.clock.install(time=clock.now())
        # No telephone: Chromium would ask which program dials, and take no click meanwhile.
        page.add_init_script(
            "addEventListener('click', (event) =>"
            " event.target.closest?.('a[href^=\"tel:\"]') && event.preventDefault(), true)"
        )


def said_at(at: datetime) -> str:
    """A moment as a weather station writes it."""
    return f"{at.year}年{at.month}月{at.day}日{at:%H时%M分}"
