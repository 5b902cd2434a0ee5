"""After 误发撤销 the page says where names are missing and whom to telephone; a village's link tells nothing."""

import re
from collections.abc import Callable

from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from geo_housing.evacuation.additions import ToldFigure, tell_figure
from geo_housing.evacuation.still_to_name import figures_to_name, to_name
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.service import change_phase, respond
from geo_housing.scope import AreaScope
from tests.evacuation.test_called_off import HEADS, named
from tests.evacuation.test_in_browser import photographed
from tests.evacuation.test_pages import plain
from tests.fixtures.browser import PHONE, Visit, fits
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event
from tests.roster.people import contact
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

WEST_ONE, WEST_TWO, EAST_ONE = (VILLAGES[name][0] for name in ("西一", "西二", "东一"))
SECRETARY, MAYOR, DESK = "13" + "911112222", "13" + "933334444", "0471-" + "5556666"


@furnished
def event(toy: ToyDatabase) -> int:
    """Two villages and a township were told by telephone, then the warning turns out to be none."""
    contact(toy, WEST_ONE, "张书记", phone=SECRETARY)
    contact(toy, EAST, "赵乡长", role="township_lead", phone=MAYOR)
    contact(toy, WEST, "值班室", role="duty_phone", phone=DESK)
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        made = make_event(session, actor, ["西一", "西二", "东一"], level="red")
        respond(session, actor, made)
        tell_figure(session, actor, made, ToldFigure(WEST_ONE, 2, reported_by="李会计"))
        tell_figure(session, actor, made, ToldFigure(WEST_TWO, 1))
        tell_figure(session, actor, made, ToldFigure(EAST, 4))
        change_phase(session, actor, made, "mistaken", reason="误发")
    return made


def asked(client: TestClient, event: int, code: str = "") -> list[str]:
    """What the page says of each place whose names are missing."""
    page = client.get(f"/events/{event}/evacuation" + (f"/areas/{code}" if code else "")).text
    found = re.search(r'<ul class="move-ask">(.*?)</ul>', page, re.DOTALL)
    return [] if found is None else [plain(one).strip() for one in re.findall(r"<li>(.*?)</li>", found[1], re.DOTALL)]


def test_each_place_with_its_people_the_most_households_first(toy: ToyDatabase, event: int) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    east, one, two = asked(county, event)
    assert "东河乡" in east and "还有 4 户没有姓名" in east and "没有分到村" in east and "赵乡长" in east
    assert "西山镇 西一村" in one and "还有 2 户没有姓名" in one and "李会计" in one and "张书记" in one
    assert "没有分到村" not in one and "值班室" in one, "the township's desk stands behind the village's own people"
    assert "西二村" in two and "还有 1 户没有姓名" in two and "值班室" in two, "nobody answers there"
    assert [text[: text.index("村")] for text in asked(county, event, WEST)] == ["西山镇 西一", "西山镇 西二"]
    assert len(asked(county, event, WEST_ONE)) == 1


def test_a_number_is_shown_to_whoever_may_and_to_nobody_by_the_page_alone(toy: ToyDatabase, event: int) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    page = county.get(f"/events/{event}/evacuation").text
    assert not any(number in page for number in (SECRETARY, MAYOR, DESK))
    presses = re.findall(r'hx-post="(/roster/contacts/\d+/phone)"', page)
    assert [SECRETARY in county.post(press).text for press in presses].count(True) == 1
    leader = toy.browser(toy.member("leader", COUNTY)).get(f"/events/{event}/evacuation").text
    assert "move-ask" not in leader and "张书记" not in leader


def test_a_township_asks_its_villages_and_not_its_own_desk(toy: ToyDatabase, event: int) -> None:
    one, two = asked(toy.browser(toy.member("township", WEST)), event)
    assert one.startswith("西一村") and "张书记" in one and "值班室" not in one
    assert "通讯录里没有这里的责任人" in two
    (whole,) = asked(toy.browser(toy.member("township", EAST)), event)
    assert "没有分到村" in whole and "逐村打电话问清" in whole and "赵乡长" not in whole
    assert asked(toy.browser(toy.member("village", WEST_ONE)), event) == [], "who is of the village knows"


def test_whoever_is_named_is_asked_for_no_more(toy: ToyDatabase, event: int) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    assert named(county, event, WEST_ONE, HEADS["西一-D"]).status_code == 303
    assert [text for text in asked(county, event) if "西一村" in text and "还有 1 户没有姓名" in text]
    assert named(county, event, WEST_ONE, HEADS["西一-C"]).status_code == 303
    assert not [text for text in asked(county, event) if "西一村" in text]


def test_the_places_add_up_to_what_the_page_says(toy: ToyDatabase, event: int) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    for village in (None, WEST_ONE, WEST_ONE, WEST_TWO, EAST_ONE):
        if village is not None:
            assert named(county, event, village, f"{village}户{counted(toy, event, COUNTY)}").status_code == 303
        for area in ("", COUNTY, WEST, EAST, WEST_ONE, WEST_TWO, EAST_ONE):
            counted(toy, event, area)
    assert counted(toy, event, COUNTY) == 3


def counted(toy: ToyDatabase, event: int, area: str) -> int:
    """户 to be named in an area, which the figures that tell of them make up."""
    with toy.transaction(COUNTY) as session:
        made, scope = session.get_one(HazardEvent, event), AreaScope(area)
        whole = to_name(session, made, scope)
        assert sum(one.households for one in figures_to_name(session, made, scope)) == whole, area
    return whole


def test_while_the_event_goes_on_nobody_is_asked_for(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        made = make_event(session, actor, ["西一"], level="red")
        respond(session, actor, made)
        tell_figure(session, actor, made, ToldFigure(WEST_ONE, 2))
        assert figures_to_name(session, session.get_one(HazardEvent, made), AreaScope(COUNTY)) == []
    assert asked(toy.browser(toy.member("county", COUNTY)), made) == []


def test_on_a_phone_one_tap_shows_the_number(visit: Callable[..., Visit], toy: ToyDatabase, event: int) -> None:
    page = visit(
        toy, toy.member("township", WEST), f"/events/{event}/evacuation", size=PHONE, before=without_telephone
    ).page
    assert fits(page), "nothing is pushed sideways"
    row = page.locator(".move-ask li").first
    tap = row.get_by_role("button")
    box = tap.bounding_box()
    assert box is not None and box["height"] >= 44
    photographed(page, "phone_whom_to_ask")
    tap.click()
    expect(row.get_by_role("link", name=SECRETARY)).to_be_visible()


def without_telephone(page: Page) -> None:
    """Chromium would ask which program dials."""
    page.add_init_script("HTMLAnchorElement.prototype.focus = () => {}; window.matchMedia = () => ({ matches: false })")
