"""Whom to fetch, on a village's phone: one tap without network, sent once when it is back, taken back before and after."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.fixtures.browser import PHONE, fits
from tests.links.conftest import WEST_ONE, WEST_TWO, Night
from tests.links.test_in_browser import OFFLINE, Visits, lost, read_anew_while_it_is_sent, without_worker
from tests.links.test_moves import TAKE_OVER, away_in_another_event, listed_long_ago, move, shelter_of, stands, told
from tests.toy_county import WEST

pytestmark = pytest.mark.xdist_group("links-in-browser")


def opened(visit: Visits, red: Night) -> Page:
    found = visit(red.toy, None, f"/v/{red.token()}", size=PHONE)
    found.expected += OFFLINE
    expect(found.page.locator(".link-moves")).to_be_visible()
    return found.page


def back_online(page: Page) -> None:
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#waiting")).to_be_hidden()


def test_taps_without_network_are_kept_sent_once_and_taken_back(visit: Visits, red: Night) -> None:
    page = opened(visit, red)
    assert fits(page)
    one, two = move(red, "西一-D"), move(red, "西一-C")
    row, other = page.locator(f"#m{one.id}"), page.locator(f"#m{two.id}")
    counts = page.locator("[data-move-counts]")
    before = counts.inner_text()
    page.context.set_offline(True)
    row.get_by_role("button", name="已转移").click()
    expect(row).to_contain_text("已转移（去向待核实） · 待上传")
    expect(page.locator(".toast-text").last).to_contain_text("已登记：已转移（去向待核实）")
    other.get_by_role("button", name="已外出").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 2")
    # A tap on the wrong row is taken back before it was sent.
    other.get_by_role("button", name="撤销").click()
    expect(other).to_contain_text("待转移")
    assert move(red, "西一-D").state == "pending"
    assert fits(page)

    back_online(page)
    expect(row).to_contain_text("已转移（去向待核实） · 西一村村委会链接")
    assert (move(red, "西一-D").state, move(red, "西一-C").state) == ("moved_to_shelter", "pending")
    expect(counts).not_to_have_text(before)
    row.get_by_role("button", name="撤销").click()
    expect(row.locator("[data-state-said]")).to_contain_text("待转移 · 西一村村委会链接")
    expect(page.locator("#waiting")).to_be_hidden()
    expect(counts).to_have_text(before)
    row_after = move(red, "西一-D")
    assert (row_after.state, row_after.begun_at) == ("pending", None)


def test_an_answer_that_is_lost_sends_it_twice_for_once_also_after_closing_the_page(visit: Visits, red: Night) -> None:
    page, one = opened(visit, red), move(red, "西一-D")

    def lose(route: Route) -> None:
        """The server saves, the answer never arrives."""
        if route.request.method == "PATCH":
            route.fetch()
            return route.abort()
        return route.continue_()

    page.route("**/moves/*", lose)
    page.locator(f"#m{one.id}").get_by_role("button", name="拒绝转移").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 1 现在没有网络")
    assert move(red, "西一-D").state == "refused"
    page.unroute("**/moves/*")
    page.reload()
    expect(page.locator(f"#m{one.id}")).to_contain_text("拒绝转移 · 西一村村委会链接")
    expect(page.locator("#waiting")).to_be_hidden()
    assert red.value("SELECT count(*) FROM evacuation_step WHERE evacuation_id = :i", i=one.id) == 1


def test_two_of_one_household_are_shown_both(visit: Visits, red: Night) -> None:
    page, one = opened(visit, red), move(red, "西一-D")
    theirs = {"state": "refused", "version": one.version}
    assert red.county.patch(f"/api/v1/events/{red.event}/evacuation/{one.id}", json=theirs).status_code == 200
    page.locator(f"#m{one.id}").get_by_role("button", name="已外出").click()
    card = page.locator(".waiting-card")
    expect(card).to_contain_text("拒绝转移")
    expect(card).to_contain_text("您填的：已外出")
    assert move(red, "西一-D").state == "refused"
    card.get_by_text("用我填的").click()
    expect(page.locator("#waiting")).to_be_hidden()
    assert move(red, "西一-D").state == "away"


def test_what_waits_under_a_withdrawn_link_goes_by_the_new_one_of_the_same_village_alone(
    visit: Visits, red: Night
) -> None:
    found = visit(red.toy, None, f"/v/{red.token()}", size=PHONE)
    found.expected += OFFLINE
    page, one = found.page, move(red, "西一-D")
    page.context.set_offline(True)
    page.locator(f"#m{one.id}").get_by_role("button", name="已外出").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 1 现在没有网络")
    assert red.county.post(f"/events/{red.event}/links/1/withdraw", data={"area": WEST_ONE}).status_code == 303
    page.context.set_offline(False)
    page.goto(f"{found.server}/v/{red.token(WEST_TWO)}")
    expect(page.locator(".link-moves")).to_be_visible()
    assert move(red, "西一-D").state == "pending", "another village's link takes nothing over"
    page.goto(f"{found.server}/v/{red.token()}")
    expect(page.locator(f"#m{one.id}")).to_contain_text("已外出 · 西一村村委会链接")
    assert move(red, "西一-D").state == "away"


def test_what_waits_when_the_event_ends_is_not_typed_again_and_goes_once_it_is_opened_again(
    visit: Visits, red: Night
) -> None:
    found = visit(red.toy, None, f"/v/{red.token()}", size=PHONE)
    found.expected += [*OFFLINE, "404"]
    page, one = found.page, move(red, "西一-D")
    page.context.set_offline(True)
    page.locator(f"#m{one.id}").get_by_role("button", name="已外出").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 1 现在没有网络")
    phase = f"/api/v1/events/{red.event}/phase"
    assert red.county.post(phase, json={"phase": "closed", "reason": "雨停了"}).status_code == 200
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".waiting-line")).to_contain_text("链接已失效")
    expect(page.locator(".waiting-line")).to_contain_text("会自动上传")
    expect(page.locator(".waiting-line")).not_to_contain_text("重新填")
    assert red.county.post(phase, json={"phase": "aftermath", "reason": "补记"}).status_code == 200
    page.goto(f"{found.server}/v/{red.token()}")
    expect(page.locator(f"#m{one.id}")).to_contain_text("已外出 · 西一村村委会链接")
    assert move(red, "西一-D").state == "away"


def test_people_shelter_and_note_wait_without_network_and_are_taken_back_with_the_press(
    visit: Visits, red: Night
) -> None:
    shelter = shelter_of(red, WEST, "西山小学")
    page, one = opened(visit, red), move(red, "西一-D")
    row, before = page.locator(f"#m{one.id}"), stands(red, one.id)
    row.get_by_text("人数、安置点、备注").click()
    # As Chinese input writes it.
    row.get_by_label("实到人数").fill("２")
    row.get_by_label("安置点").select_option(label="西山小学")
    row.get_by_label("备注").fill("老人在镇医院")
    assert fits(page)
    expect(page.locator("#opens-offline")).to_be_visible()
    page.context.set_offline(True)
    row.get_by_role("button", name="已转移").click()
    expect(row).to_contain_text("已转移（集中安置） · 待上传 → 西山小学 老人在镇医院")
    expect(row.locator("[data-people-said]")).to_have_text("2 人")
    assert stands(red, one.id) == before
    page.reload()
    expect(row).to_contain_text("待上传 → 西山小学")
    back_online(page)
    expect(row).to_contain_text("已转移（集中安置） · 西一村村委会链接 → 西山小学 老人在镇医院")
    assert stands(red, one.id) == ("moved_to_shelter", 2, shelter, "老人在镇医院")
    row.get_by_role("button", name="撤销").click()
    expect(row.locator("[data-state-said]")).to_contain_text("待转移 · 西一村村委会链接")
    expect(page.locator("#waiting")).to_be_hidden()
    assert stands(red, one.id) == before
    expect(row.locator("[data-to-said]")).to_have_text("")


def test_who_is_away_under_another_event_is_taken_over_without_network_too(visit: Visits, red: Night) -> None:
    away_in_another_event(red, "西一-D", people=2, destination="女儿家")
    page, one = opened(visit, red), move(red, "西一-D")
    row, line = page.locator(f"#m{one.id}"), page.locator(f"#m{one.id} [data-elsewhere]")
    before = stands(red, one.id)
    expect(line).to_contain_text("女儿家")
    assert fits(page)
    page.context.set_offline(True)
    row.get_by_role("button", name=TAKE_OVER).click()
    expect(row).to_contain_text("已转移（投亲靠友） · 待上传 → 女儿家")
    expect(line).to_be_hidden()
    assert stands(red, one.id) == before
    back_online(page)
    expect(row).to_contain_text("已转移（投亲靠友） · 西一村村委会链接 → 女儿家")
    assert stands(red, one.id)[0] == "moved_to_kin"
    assert red.value("SELECT count(*) FROM evacuation_step WHERE evacuation_id = :i", i=one.id) == 1
    row.get_by_role("button", name="撤销").click()
    expect(row.locator("[data-state-said]")).to_contain_text("待转移 · 西一村村委会链接")
    expect(page.locator("#waiting")).to_be_hidden()
    assert stands(red, one.id) == before
    expect(line).to_be_visible()
    # What the other event says no more is refused with what to do, and nothing is claimed.
    page.context.set_offline(True)
    row.get_by_role("button", name=TAKE_OVER).click()
    told_back(red)
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".waiting-card")).to_contain_text("另一事件里已不是这样")
    expect(row.locator("[data-state-said]")).to_contain_text("待转移")
    assert stands(red, one.id) == before


def told_back(red: Night) -> None:
    other = int(str(red.value("SELECT max(id) FROM hazard_event")))
    told(red, other, "西一-D", "pending")


def test_what_is_sent_while_the_page_is_read_anew_is_shown_as_entered(visit: Visits, red: Night) -> None:
    found = visit(red.toy, None, f"/v/{red.token()}", size=PHONE, before=without_worker)
    found.expected += OFFLINE
    page, one = found.page, move(red, "西一-D")
    row, counts = page.locator(f"#m{one.id}"), page.locator("[data-move-counts]")
    page.route("**/moves/*", lost)
    row.get_by_role("button", name="已转移").click()
    expect(row).to_contain_text("待上传")
    left = counts.inner_text()
    expect(page.locator(".waiting-line")).to_contain_text("现在没有网络")
    read_anew_while_it_is_sent(page, "**/moves/*")
    assert move(red, "西一-D").state == "moved_to_shelter"
    expect(row).to_contain_text("已转移（去向待核实） · 西一村村委会链接")
    expect(counts).to_have_text(left)
    row.get_by_role("button", name="撤销").click()
    expect(row.locator("[data-state-said]")).to_contain_text("待转移 · 西一村村委会链接")
    # Somebody else's later word is newer than the answer that was kept.
    theirs = {"state": "refused", "version": move(red, "西一-D").version}
    assert red.county.patch(f"/api/v1/events/{red.event}/evacuation/{one.id}", json=theirs).status_code == 200
    page.reload()
    expect(row).to_contain_text("拒绝转移")


def test_the_copy_that_opens_without_network_shows_what_was_entered_since(visit: Visits, red: Night) -> None:
    page, one = opened(visit, red), move(red, "西一-D")
    row, counts = page.locator(f"#m{one.id}"), page.locator("[data-move-counts]")
    expect(page.locator("#opens-offline")).to_be_visible()
    row.get_by_role("button", name="已外出").click()
    expect(row).to_contain_text("已外出 · 西一村村委会链接")
    left = counts.inner_text()
    page.context.set_offline(True)
    page.reload()
    expect(row).to_contain_text("已外出 · 西一村村委会链接")
    expect(counts).to_have_text(left)


def test_a_press_without_network_counts_from_the_press_by_a_phone_with_a_wrong_clock(visit: Visits, red: Night) -> None:
    listed_long_ago(red)
    found = visit(
        red.toy, None, f"/v/{red.token()}", size=PHONE, before=lambda page: page.clock.install(time="2031-01-01")
    )
    found.expected += OFFLINE
    page, one = found.page, move(red, "西一-D")
    page.context.set_offline(True)
    page.locator(f"#m{one.id}").get_by_role("button", name="已外出").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 1")
    page.clock.fast_forward("04:00:00")
    back_online(page)
    hours = "SELECT round(extract(epoch FROM entered_at - moved_at) / 3600) FROM evacuation WHERE id = :i"
    assert red.value(hours, i=one.id) == 4
