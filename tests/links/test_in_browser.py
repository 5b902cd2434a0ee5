"""A village's phone: the list, a house without network, both sides of a conflict, the same save twice; and giving links out."""

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect
from sqlalchemy import text

from geo_housing import clock
from tests.fixtures.browser import DESK, PHONE, Visit, fits
from tests.links.conftest import WEST_ONE, Night

pytestmark = pytest.mark.xdist_group("links-in-browser")
OFFLINE = ("net::ERR_INTERNET_DISCONNECTED", "net::ERR_FAILED", "Failed to fetch", "409", "422", "404")
Visits = Callable[..., Visit]


def opened(visit: Visits, night: Night, *, size: dict[str, int] = PHONE, token: str | None = None) -> Visit:
    """A phone that has opened the village's link."""
    found = visit(night.toy, None, f"/v/{token or night.token()}", size=size)
    found.expected += OFFLINE
    expect(found.page.locator(".link-rows")).to_be_visible()
    return found


def photo(colour: str = "grey") -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(out, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def without_worker(page: Page) -> None:
    """As the browser in a chat program; what the page asks for can be held up then."""
    page.add_init_script("delete Navigator.prototype.serviceWorker")


def lost(route: Route) -> None:
    """There is no network for what is sent."""
    if route.request.method == "PATCH":
        route.abort()
    else:
        route.continue_()


def read_anew_while_it_is_sent(page: Page, sent: str) -> None:
    """The network is back and the page is read anew: the server has written it before what waits arrives from the old one."""
    pages: list[tuple[Route, Any]] = []
    held: list[Route] = []

    def written(route: Route) -> None:
        pages.append((route, route.fetch()))
        for one in held:
            one.continue_()

    def told(route: Route) -> None:
        route.abort()
        read, answer = pages[0]
        read.fulfill(response=answer)

    page.unroute(sent)
    page.route("**/houses", written)
    page.route("**/told", told)
    page.route(sent, lambda route: route.continue_() if pages else held.append(route))
    with page.expect_navigation():
        page.evaluate(
            "document.addEventListener('gh:stopped', () => fetch('/v/told').catch(() => {}));"
            "location.reload(); window.dispatchEvent(new Event('online'))"
        )
    for pattern in ("**/houses", "**/told", sent):
        page.unroute(pattern)


def row(page: Page, code: str) -> Any:
    return page.locator(".link-row", has_text=code)


def test_a_house_is_entered_without_network_and_sent_once_when_it_is_back(visit: Visits, night: Night) -> None:
    found = opened(visit, night)
    page, number = found.page, night.inspection("西一-D")
    assert re.search(r"/v/\d+/houses$", page.url), "the token is gone from the address"
    assert fits(page)
    expect(page.locator(".link-row").first).to_contain_text("西一-D")
    expect(page.locator(".link-row").first).to_contain_text("独居老人")

    page.context.set_offline(True)
    row(page, "西一-D").locator("a").click()
    form = page.locator("#opened form.inspection-form")
    expect(form.locator("[data-for=suspected]").first).to_be_hidden()
    form.locator(".results label", has_text="倒塌").click()
    expect(form.locator("[name=damage]").first).to_be_hidden()
    # As Chinese input writes it.
    form.locator("[name=rooms_collapsed]").fill("２")
    form.locator("label", has_text="进水").click()
    form.locator("[name=visitor]").fill("某巡查员")
    form.locator("[name=photos]").nth(1).set_input_files([photo(), photo("blue")])
    expect(form.locator("[data-shows=chosen]")).to_have_text("已选 2 张")
    assert fits(page), "the form is wider than the phone"
    form.locator(".form-save .btn-primary").click()
    expect(page.locator("#list")).to_be_visible()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 3")
    expect(row(page, "西一-D")).to_contain_text("待上传")
    assert night.value("SELECT result FROM emergency_inspection WHERE id = :i", i=number) is None

    # The next house of the same walk: who looks is remembered.
    row(page, "西一-C").locator("a").click()
    form = page.locator("#opened form.inspection-form")
    expect(form.locator("[name=visitor]")).to_have_value("某巡查员")
    form.locator(".results label", has_text="未见明显隐患").click()
    form.locator(".form-save .btn-primary").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 4")

    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#waiting")).to_be_hidden()
    expect(row(page, "西一-D")).to_contain_text("已排查 · 倒塌")
    stored = "SELECT result || ' ' || rooms_collapsed || ' ' || state || ' ' || array_to_string(finding_items, ',') FROM emergency_inspection WHERE id = :i"
    assert night.value(stored, i=number) == "collapsed 2 done flooded"
    assert night.value("SELECT count(*) FROM inspection_photo WHERE inspection_id = :i", i=number) == 2
    assert night.value("SELECT count(*) FROM journal_entry WHERE action = 'inspections.enter'") == 2


def test_what_waits_survives_closing_the_page_and_an_answer_that_is_lost_sends_it_twice_for_once(
    visit: Visits, night: Night
) -> None:
    found = opened(visit, night)
    page, number = found.page, night.inspection("西一-D")

    def lose(route: Route) -> None:
        """The server saves, the answer never arrives."""
        route.fetch()
        route.abort()

    page.route("**/api/*", lose)
    row(page, "西一-D").locator("a").click()
    form = page.locator("#opened form.inspection-form")
    form.locator(".results label", has_text="锁门").click()
    form.locator("[name=findings]").fill("门锁着，窗台下有裂缝")
    form.locator("[name=visitor]").fill("某巡查员")
    form.locator(".form-save .btn-primary").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 1")
    assert night.value("SELECT state FROM emergency_inspection WHERE id = :i", i=number) == "done"

    page.unroute("**/api/*")
    context = page.context
    page.close()
    again = context.new_page()
    again.goto(found.server + "/v/1/houses")
    expect(row(again, "西一-D")).to_contain_text("已排查")
    expect(again.locator("#waiting")).to_be_hidden()
    assert night.value("SELECT count(*) FROM journal_entry WHERE action LIKE 'inspections.%'") == 1


def test_what_is_sent_while_the_list_is_read_anew_is_shown_as_entered(visit: Visits, night: Night) -> None:
    found = visit(night.toy, None, f"/v/{night.token()}", size=PHONE, before=without_worker)
    found.expected += OFFLINE
    page, number = found.page, night.inspection("西一-D")
    page.route("**/api/*", lost)
    row(page, "西一-D").locator("a").click()
    form = page.locator("#opened form.inspection-form")
    form.locator(".results label", has_text="锁门").click()
    form.locator("[name=findings]").fill("门锁着，窗台下有裂缝")
    form.locator("[name=visitor]").fill("某巡查员")
    form.locator(".form-save .btn-primary").click()
    expect(row(page, "西一-D")).to_contain_text("待上传")
    expect(page.locator(".waiting-line")).to_contain_text("现在没有网络")
    read_anew_while_it_is_sent(page, "**/api/*")
    assert night.value("SELECT state FROM emergency_inspection WHERE id = :i", i=number) == "done"
    expect(row(page, "西一-D")).to_contain_text("已排查 · 锁门")
    expect(page.locator("[data-counts]")).to_contain_text("已查 1 /")
    row(page, "西一-D").locator("a").click()
    expect(page.locator("#opened [name=findings]")).to_have_value("门锁着，窗台下有裂缝")


def test_a_form_without_a_name_says_so_at_saving_without_network_and_is_kept(visit: Visits, night: Night) -> None:
    found = opened(visit, night)
    page, number = found.page, night.inspection("西一-D")
    page.context.set_offline(True)
    row(page, "西一-D").locator("a").click()
    form = page.locator("#opened form.inspection-form")
    form.locator(".results label", has_text="倒塌").click()
    form.locator("[name=rooms_collapsed]").fill("2")
    form.locator(".form-save .btn-primary").click()
    expect(form.locator(".field", has=page.locator("[name=visitor]")).locator(".field-fault")).to_have_text(
        "请写明排查人"
    )
    expect(form.locator("[name=rooms_collapsed]")).to_have_value("2")
    expect(page.locator(".waiting-line")).to_contain_text("待上传 1")
    assert fits(page)

    form.locator("[name=visitor]").fill("某巡查员")
    form.locator(".form-save .btn-primary").click()
    expect(page.locator("#list")).to_be_visible()
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#waiting")).to_be_hidden()
    expect(row(page, "西一-D")).to_contain_text("已排查 · 倒塌")
    stored = "SELECT visitor || ' ' || rooms_collapsed || ' ' || state FROM emergency_inspection WHERE id = :i"
    assert night.value(stored, i=number) == "某巡查员 2 done"


def test_what_is_missing_with_network_stands_beside_its_field(visit: Visits, night: Night) -> None:
    page = opened(visit, night).page
    row(page, "西一-D").locator("a").click()
    form = page.locator("#opened form.inspection-form")
    form.locator(".results label", has_text="倒塌").click()
    form.locator(".form-save .btn-primary").click()
    expect(form.locator(".field-fault")).to_have_text(["请填写倒塌间数", "请写明排查人"])


def test_an_unfinished_form_that_is_sent_by_itself_says_so_until_it_is_filled_in(visit: Visits, night: Night) -> None:
    found = opened(visit, night)
    page, number = found.page, night.inspection("西一-D")
    page.context.set_offline(True)
    row(page, "西一-D").locator("a").click()
    form = page.locator("#opened form.inspection-form")
    form.locator(".results label", has_text="倒塌").click()
    form.locator("[name=visitor]").fill("某巡查员")
    form.locator(".form-save .btn-primary").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 1")
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    card = page.locator(".waiting-card")
    expect(card).to_contain_text("已保存，但还没有完成：请填写倒塌间数")
    expect(row(page, "西一-D")).to_contain_text("还没有完成：请填写倒塌间数")
    assert night.value("SELECT state FROM emergency_inspection WHERE id = :i", i=number) == "in_progress"

    page.reload()
    expect(row(page, "西一-D")).to_contain_text("还没有完成：请填写倒塌间数")
    row(page, "西一-D").locator("a").click()
    form.locator("[name=rooms_collapsed]").fill("2")
    form.locator(".form-save .btn-primary").click()
    expect(row(page, "西一-D")).to_contain_text("已排查 · 倒塌")
    expect(row(page, "西一-D")).not_to_contain_text("还没有完成")
    expect(page.locator("#waiting")).to_be_hidden()


def test_the_page_opens_without_network_and_a_draft_is_still_there(visit: Visits, night: Night) -> None:
    found = opened(visit, night)
    page = found.page
    expect(page.locator("#opens-offline")).to_be_visible()
    row(page, "西一-D").locator("a").click()
    page.locator("#opened [name=findings]").fill("打了一半")
    page.context.set_offline(True)
    # The phone has closed the page while its camera was open.
    page.goto(found.server + f"/v/1/houses/{night.inspection('西一-D')}")
    expect(page.locator("#opened [name=findings]")).to_have_value("打了一半")
    page.locator("#opened [data-leaves]").click()
    expect(page.locator("#list")).to_be_visible()
    page.context.set_offline(False)


def test_two_of_one_house_are_shown_both_and_nothing_is_overwritten_unasked(visit: Visits, night: Night) -> None:
    found = opened(visit, night)
    page, number = found.page, night.inspection("西一-D")
    row(page, "西一-D").locator("a").click()
    theirs = {"version": night.version(number), "result": "collapsed", "rooms_collapsed": 1, "visitor": "另一人", "visited_at": clock.now().isoformat()}  # fmt: skip
    assert night.county.patch(f"/api/v1/inspections/{number}", json=theirs).status_code == 200
    form = page.locator("#opened form.inspection-form")
    form.locator(".results label", has_text="未见明显隐患").click()
    form.locator("[name=visitor]").fill("某巡查员")
    form.locator(".form-save .btn-primary").click()
    card = page.locator(".waiting-card")
    expect(card).to_contain_text("别人已经保存了这一栋")
    expect(card).to_contain_text("排查结果：倒塌")
    expect(card).to_contain_text("排查结果：未见明显隐患")
    assert night.value("SELECT result FROM emergency_inspection WHERE id = :i", i=number) == "collapsed"
    card.get_by_text("用我填的").click()
    expect(page.locator("#waiting")).to_be_hidden()
    assert night.value("SELECT result FROM emergency_inspection WHERE id = :i", i=number) == "no_visible_hazard"


def test_photos_of_others_in_between_are_no_conflict_and_a_refusal_stands_at_its_field(
    visit: Visits, night: Night
) -> None:
    found = opened(visit, night)
    page, number = found.page, night.inspection("西一-D")
    row(page, "西一-D").locator("a").click()
    files = {"file": ("a.jpg", photo("red")["buffer"], "image/jpeg")}
    assert night.county.post(f"/api/v1/inspections/{number}/photos", files=files).status_code == 200
    form = page.locator("#opened form.inspection-form")
    form.locator(".results label", has_text="有损坏").click()
    form.locator("[name=rooms_severe]").fill("1")
    form.locator(".choices label", has_text="一般损坏").click()
    form.locator("[name=visitor]").fill("某巡查员")
    form.locator(".form-save .btn-primary").click()
    expect(form.locator(".field-fault")).to_contain_text("轻于所填间数")
    form.locator("fieldset[data-for=suspected] label", has_text="严重损坏").click()
    form.locator("label", has_text="墙体开裂").click()
    form.locator(".form-save .btn-primary").click()
    expect(page.locator("#list")).to_be_visible()
    expect(page.locator("#waiting")).to_be_hidden()
    assert night.value("SELECT damage FROM emergency_inspection WHERE id = :i", i=number) == "severe"


def test_a_link_that_has_ended_keeps_what_was_typed(visit: Visits, night: Night) -> None:
    found = opened(visit, night)
    page = found.page
    row(page, "西一-D").locator("a").click()
    assert night.county.post(f"/events/{night.event}/links/1/withdraw", data={"area": WEST_ONE}).status_code == 303
    form = page.locator("#opened form.inspection-form")
    form.locator(".results label", has_text="倒塌").click()
    form.locator("[name=rooms_collapsed]").fill("2")
    form.locator("[name=visitor]").fill("某巡查员")
    form.locator(".form-save .btn-primary").click()
    expect(page.locator("#waiting")).to_contain_text("链接已失效")
    expect(page.locator("#waiting")).to_contain_text("倒塌（间）：2")


def test_an_account_has_the_same_form_and_its_entries_are_its_own(visit: Visits, night: Night) -> None:
    village = night.toy.member("village", WEST_ONE)
    number = night.inspection("西一-D")
    found = visit(night.toy, village, f"/inspections/{number}", size=PHONE)
    found.expected += OFFLINE
    page = found.page
    form = page.locator("form.inspection-form")
    page.context.set_offline(True)
    form.locator(".results label", has_text="倒塌").click()
    form.locator("[name=rooms_collapsed]").fill("1")
    form.locator(".form-save .btn-primary").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 1")
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator("#waiting")).to_be_hidden()
    assert night.value("SELECT visitor FROM emergency_inspection WHERE id = :i", i=number) == village.name


def test_a_session_that_ended_meanwhile_is_taken_up_again_and_the_entry_is_saved_once(
    visit: Visits, night: Night
) -> None:
    member = night.toy.member("county", "990001")
    number = night.inspection("西一-D")
    found = visit(night.toy, member, f"/inspections/{number}")
    found.expected += [*OFFLINE, "401"]
    page = found.page
    page.click(".results label:has-text('未见明显隐患')")
    page.fill("[name=visitor]", "某巡查员")
    with night.toy.transaction() as session:
        session.execute(text("DELETE FROM sign_in_session"))
    page.click(".form-save .btn-primary")
    page.locator("#sign-in-again").wait_for()
    assert night.value("SELECT result FROM emergency_inspection WHERE id = :i", i=number) is None
    page.fill("#again-password", member.password)
    page.click("#sign-in-again .btn-primary")
    expect(page.locator(".toast-text")).to_contain_text("本栋排查完成")
    expect(page.locator("#waiting")).to_be_hidden()
    assert night.value("SELECT count(*) FROM journal_entry WHERE action LIKE 'inspections.%'") == 1


def test_giving_links_out_copying_printing_withdrawing(visit: Visits, night: Night) -> None:
    township = night.toy.member("township", WEST_ONE[:9])
    found = visit(night.toy, township, f"/events/{night.event}/areas/{WEST_ONE}", size=DESK)
    page = found.page
    page.click("a:has-text('村级链接')")
    page.fill("[name=note]", "某书记")
    page.click("button:has-text('给本村发链接')")
    expect(page.locator(".ticket-qr svg")).to_have_count(1)
    expect(page.locator(".ticket-copy textarea")).to_contain_text("请勿转发")
    page.emulate_media(media="print")
    assert page.locator(".ticket-copy").is_hidden() and page.locator(".ticket-qr").is_visible()
    page.emulate_media(media="screen")
    page.click("p.crumb a")
    expect(page.locator("tbody tr", has_text="某书记")).to_contain_text("从未使用")
    page.click("button:has-text('收回')")
    expect(page.locator("tbody tr", has_text="某书记")).to_contain_text("已收回")
    assert night.value("SELECT count(*) FROM village_link WHERE withdrawn_at IS NOT NULL") == 1


def test_without_a_script_it_is_a_plain_form(visit: Visits, night: Night) -> None:
    browser = opened(visit, night).page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    try:
        page = context.new_page()
        server = visit(night.toy, None, "/sign-in", size=PHONE).server
        page.goto(f"{server}/v/{night.token()}")
        page.click(".link-row a")
        page.click(".results label:has-text('未见明显隐患')")
        page.fill("[name=visitor]", "某巡查员")
        page.click(".form-save .btn-primary")
        expect(page.locator(".toast-text")).to_contain_text("排查完成")
        expect(page.locator("[name=visitor]")).to_have_value("某巡查员")
    finally:
        context.close()


def test_what_was_typed_without_network_is_shown_when_the_event_has_ended_and_goes_when_it_is_opened_again(
    visit: Visits, night: Night
) -> None:
    found = opened(visit, night)
    page, number = found.page, night.inspection("西一-D")
    page.context.set_offline(True)
    row(page, "西一-D").locator("a").click()
    form = page.locator("#opened form.inspection-form")
    form.locator(".results label", has_text="锁门").click()
    form.locator("[name=findings]").fill("门锁着，窗台下有裂缝")
    form.locator("[name=visitor]").fill("某巡查员")
    form.locator(".form-save .btn-primary").click()
    expect(page.locator(".waiting-line")).to_contain_text("待上传 1")
    closing = {"phase": "closed", "reason": "排查完"}
    assert night.county.post(f"/api/v1/events/{night.event}/phase", json=closing).status_code == 200

    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.locator(".waiting-card")).to_contain_text("窗台下有裂缝")
    page.goto(found.server + "/v/1/houses")
    expect(page.locator("#kept .waiting-card")).to_contain_text("窗台下有裂缝")
    expect(page.locator("#kept")).to_contain_text("没有丢")
    assert fits(page)
    assert night.value("SELECT state FROM emergency_inspection WHERE id = :i", i=number) == "open"

    opening = {"phase": "aftermath", "reason": "还有一户没有录入"}
    assert night.county.post(f"/api/v1/events/{night.event}/phase", json=opening).status_code == 200
    page.reload()
    expect(row(page, "西一-D")).to_contain_text("已排查")
    expect(page.locator("#waiting")).to_be_hidden()
    assert night.value("SELECT state FROM emergency_inspection WHERE id = :i", i=number) == "done"
