"""转移避险 by a village's link: whom to fetch stands first, a press counts once, is taken back, and shows nothing of others."""

import re
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.response.service import change_phase, respond
from tests.evacuation.test_pages import plain
from tests.links.conftest import WEST_ONE, Night, Phone
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, WEST


def move(night: Night, code: str, event: int | None = None) -> Any:
    with night.toy.transaction() as session:
        return session.execute(
            text(
                "SELECT e.id, e.version, e.state, e.people, e.entered_by, e.begun_at, k.head, k.phone_masked FROM evacuation e"
                " JOIN house h ON h.id = e.house_id LEFT JOIN household k ON k.id = e.household_id"
                " WHERE h.code = :code AND e.event_id = :event AND e.withdrawn_at IS NULL"
            ),
            {"code": code, "event": event or night.event},
        ).one()


def said(phone: Phone, row: int, **body: object) -> Any:
    return phone.client.patch(f"{phone.base}/moves/{row}", json=body, headers={"Accept": "application/json"})


def test_whom_to_fetch_stands_before_the_houses_and_only_of_this_village(red: Night) -> None:
    phone = red.phone()
    page = phone.client.get(f"{phone.base}/houses").text
    assert page.index('id="moves"') < page.index('id="houses"')
    listed = page[page.index('id="moves"') : page.index('id="houses"')]
    with red.toy.transaction() as session:
        heads = session.execute(
            text(
                "SELECT k.head, e.scope_code FROM evacuation e JOIN household k ON k.id = e.household_id WHERE e.event_id = :e"
            ),
            {"e": red.event},
        ).all()
        ids = session.scalars(text("SELECT id_number_masked FROM household WHERE id_number_masked IS NOT NULL")).all()
    own = {head for head, scope in heads if scope == WEST_ONE}
    assert own and all(head in listed for head in own)
    assert not [head for head, scope in heads if scope != WEST_ONE and head in page]
    assert f"未转 {len(own)} / {len(own)} 户" in listed and not [one for one in ids if one in page]
    assert "K1" not in listed and "低保" not in listed


def test_a_press_counts_once_and_the_sums_know_it(red: Night) -> None:
    phone, one = red.phone(), move(red, "西一-D")
    body = {"state": "moved_to_kin", "version": one.version, "client_id": "a1"}
    first = said(phone, one.id, **body)
    assert first.status_code == 200 and first.json()["is_moved"] and first.json()["said"] == "已转移（投亲靠友）"
    assert said(phone, one.id, **body).json() == first.json()
    assert red.value("SELECT count(*) FROM evacuation_step WHERE evacuation_id = :i", i=one.id) == 1
    journal = "SELECT count(*) FROM journal_entry WHERE action = 'evacuation.enter' AND actor LIKE 'link:%'"
    assert red.value(journal) == 1
    assert move(red, "西一-D").entered_by == "西一村村委会链接"
    total = red.county.get(f"/api/v1/events/{red.event}/evacuation/totals").json()["total"]
    assert total["moved"]["households"] == 1


def test_what_somebody_else_said_meanwhile_is_not_overwritten(red: Night) -> None:
    phone, one = red.phone(), move(red, "西一-D")
    theirs = {"state": "refused", "version": one.version}
    assert red.county.patch(f"/api/v1/events/{red.event}/evacuation/{one.id}", json=theirs).status_code == 200
    late = said(phone, one.id, state="moved_to_kin", version=one.version, client_id="a1")
    assert late.status_code == 409 and move(red, "西一-D").state == "refused"
    plain = phone.client.post(f"{phone.base}/moves/{one.id}", data={"state": "away", "version": str(one.version)})
    assert plain.status_code == 409 and "刚被别人改过" in plain.text and "拒绝转移" in plain.text


def test_taking_back_restores_what_stood_and_twice_is_once(red: Night) -> None:
    phone, one = red.phone(), move(red, "西一-D")
    step = said(phone, one.id, state="away", version=one.version).json()["step"]
    assert said(phone, one.id, undo=step).json()["state"] == "pending"
    assert said(phone, one.id, undo=step).status_code == 200
    row = move(red, "西一-D")
    assert (row.state, row.begun_at) == ("pending", None)
    # As a plain form, with a way back on the page that follows.
    done = phone.client.post(f"{phone.base}/moves/{one.id}", data={"state": "away", "version": str(row.version)})
    assert done.status_code == 303
    page = phone.client.get(done.headers["location"].partition("#")[0]).text
    back = re.search(r'name="undo" value="(\d+)">', page)
    assert back, "the way back is shown"
    assert phone.client.post(f"{phone.base}/moves/{one.id}", data={"undo": back[1]}).status_code == 303
    assert move(red, "西一-D").state == "pending"


def test_nobody_returns_by_a_link_and_nothing_without_version_or_csrf(red: Night) -> None:
    phone, one = red.phone(), move(red, "西一-D")
    said(phone, one.id, state="away", version=one.version)
    assert said(phone, one.id, state="returned", version=one.version + 1).status_code == 422
    assert said(phone, one.id, state="away").status_code == 428
    assert said(phone, one.id, state="away", version=2, destination="x").status_code == 422
    del phone.client.headers["X-CSRF-Token"]
    assert said(phone, one.id, state="refused", version=one.version + 1).status_code == 403
    assert move(red, "西一-D").state == "away"


def test_the_whole_number_is_shown_on_request_and_each_look_is_written_down(red: Night) -> None:
    phone, one = red.phone(), move(red, "西一-D")
    assert one.phone_masked
    shown = phone.client.post(f"{phone.base}/moves/{one.id}/phone").text
    found = re.search(r'href="tel:(\d{11})"', shown)
    assert found and found[1].startswith(one.phone_masked[:3]) and found[1].endswith(one.phone_masked[-4:])
    assert shown.count("tel:") == 1
    assert red.value("SELECT count(*) FROM journal_entry WHERE action = 'links.reveal' AND actor LIKE 'link:%'") == 1


def shelter_of(red: Night, area: str, name: str) -> int:
    return int(
        str(
            red.value(
                "INSERT INTO shelter (scope_code, name, capacity, created_by) VALUES (:a, :n, 5, 'x') RETURNING id",
                a=area,
                n=name,
            )
        )
    )


def stands(red: Night, row: int) -> tuple[Any, ...]:
    query = text("SELECT state, people, shelter_id, note FROM evacuation WHERE id = :i")
    with red.toy.transaction() as session:
        return tuple(session.execute(query, {"i": row}).one())


def test_how_many_where_to_and_a_word_come_with_the_press_and_count_once(red: Night) -> None:
    own, far = shelter_of(red, WEST, "西山小学"), shelter_of(red, EAST, "东河敬老院")
    phone, one = red.phone(), move(red, "西一-D")
    page = phone.client.get(f"{phone.base}/houses").text
    assert "西山小学" in page and "东河敬老院" not in page
    body = {
        "state": "moved_to_shelter",
        "people": 3,
        "shelter_id": own,
        "note": "老人在镇医院",
        "version": one.version,
        "client_id": "b1",
    }
    assert said(phone, one.id, **{**body, "shelter_id": far}).status_code == 422
    assert said(phone, one.id, **{**body, "people": 100}).status_code == 422
    assert said(phone, one.id, **{**body, "state": "unreachable", "shelter_id": None, "people": 0}).status_code == 422
    shut = shelter_of(red, WEST, "旧校舍")
    with red.toy.transaction() as session:
        session.execute(text("UPDATE shelter SET state = 'closed' WHERE id = :i"), {"i": shut})
    assert said(phone, one.id, **{**body, "shelter_id": shut}).status_code == 422
    assert stands(red, one.id)[0] == "pending"
    first = said(phone, one.id, **body)
    assert first.status_code == 200 and first.json()["told"] == "已转移（集中安置） → 西山小学 3人 老人在镇医院"
    assert said(phone, one.id, **body).json() == first.json()
    assert stands(red, one.id) == ("moved_to_shelter", 3, own, "老人在镇医院")
    assert red.value("SELECT count(*) FROM evacuation_step WHERE evacuation_id = :i", i=one.id) == 1
    shown = phone.client.get(f"{phone.base}/houses").text
    assert "→ 西山小学" in shown and "老人在镇医院" in shown
    # What is not stated stays: a plain press changes the state alone.
    again = said(phone, one.id, state="away", version=one.version + 1, client_id="b2")
    assert again.status_code == 200 and stands(red, one.id) == ("away", 3, None, "老人在镇医院")


def test_the_same_as_a_plain_form_and_without_a_shelter_nobody_claims_one(red: Night) -> None:
    own = shelter_of(red, WEST, "西山小学")
    phone, one = red.phone(), move(red, "西一-D")
    before = stands(red, one.id)[1]
    sent = {"state": "moved_to_shelter", "version": str(one.version), "people": "", "shelter_id": "", "note": ""}
    assert phone.client.post(f"{phone.base}/moves/{one.id}", data=sent).status_code == 303
    assert stands(red, one.id)[:3] == ("moved_to_shelter", before, None)
    assert "已转移（去向待核实）" in phone.client.get(f"{phone.base}/houses").text
    later = {**sent, "version": str(one.version + 1), "people": " ２ ", "shelter_id": str(own), "note": "平安"}
    assert phone.client.post(f"{phone.base}/moves/{one.id}", data=later).status_code == 303
    assert stands(red, one.id) == ("moved_to_shelter", 2, own, "平安")


def away_in_another_event(red: Night, code: str, state: str = "moved_to_kin", **more: object) -> int:
    """A second real event over the village, which knows that this household is away."""
    with red.toy.transaction() as session:
        other = make_event(session, red.toy.actor(), ["西一"], "orange")
        respond(session, red.toy.actor(), other)
    told(red, other, code, state, **more)
    return other


def told(red: Night, event: int, code: str, state: str, **more: object) -> None:
    one = move(red, code, event)
    body = {"state": state, "version": one.version, **more}
    assert red.county.patch(f"/api/v1/events/{event}/evacuation/{one.id}", json=body).status_code == 200


TAKE_OVER = "接转：按另一事件登记"


def test_who_is_away_under_another_event_is_taken_over_once_and_taken_back(red: Night) -> None:
    phone, one = red.phone(), move(red, "西一-D")
    assert TAKE_OVER not in phone.client.get(f"{phone.base}/houses").text
    nothing = said(phone, one.id, take_over=True, version=one.version, client_id="c0")
    assert nothing.status_code == 409 and "另一事件里已不是这样" in nothing.text
    away_in_another_event(red, "西一-D", people=2, destination="女儿家")
    page = phone.client.get(f"{phone.base}/houses").text
    assert page.count(TAKE_OVER) == 1 and "女儿家" in plain(page)
    body = {"take_over": True, "note": "已打电话核对", "version": one.version, "client_id": "c1"}
    first = said(phone, one.id, **body)
    assert first.status_code == 200 and first.json()["told"].startswith("已转移（投亲靠友） → 女儿家")
    assert said(phone, one.id, **body).json() == first.json(), "twice is once"
    assert red.value("SELECT count(*) FROM evacuation_step WHERE evacuation_id = :i", i=one.id) == 1
    assert stands(red, one.id) == ("moved_to_kin", one.people, None, "已打电话核对"), "who was counted here stays so"
    journal = "SELECT count(*) FROM journal_entry WHERE action = 'evacuation.take_over' AND actor LIKE 'link:%'"
    assert red.value(journal) == 1
    assert TAKE_OVER not in phone.client.get(f"{phone.base}/houses").text
    assert said(phone, one.id, undo=first.json()["step"]).json()["state"] == "pending"
    # As a plain form; how many came is said beside.
    now = move(red, "西一-D")
    sent = {"take_over": "1", "version": str(now.version), "people": "1", "shelter_id": "", "note": ""}
    assert phone.client.post(f"{phone.base}/moves/{one.id}", data=sent).status_code == 303
    assert stands(red, one.id) == ("moved_to_kin", 1, None, None)


@pytest.mark.parametrize("case", ["drill", "ended", "home", "old", "other village"])
def test_a_link_takes_nothing_over_that_the_rules_do_not_give(red: Night, case: str) -> None:
    phone, code = red.phone(), "东一-D" if case == "other village" else "西一-D"
    if case == "home":
        told(red, red.event, code, "away")
    with red.toy.transaction() as session:
        other = make_event(session, red.toy.actor(), ["西一", "东一"], "orange")
        if case == "drill":
            session.execute(text("UPDATE hazard_event SET mode = 'drill' WHERE id = :id"), {"id": other})
        respond(session, red.toy.actor(), other)
    told(red, other, code, "moved_to_kin")
    if case == "home":
        query = "UPDATE evacuation SET state = 'returned', entered_at = now() + interval '1 minute' WHERE event_id = :e"
        with red.toy.transaction() as session:
            session.execute(text(f"{query} AND household_id IN (SELECT id FROM household)"), {"e": other})
    if case == "ended":
        with red.toy.transaction() as session:
            change_phase(session, red.toy.actor(COUNTY), other, "closed", reason="核对")
    assert (TAKE_OVER in phone.client.get(f"{phone.base}/houses").text) is (case == "old")
    one = move(red, code)
    before = stands(red, one.id)
    version = one.version - 1 if case == "old" else one.version
    answer = said(phone, one.id, take_over=True, version=version, client_id="d1")
    assert answer.status_code == (404 if case == "other village" else 409)
    assert stands(red, one.id) == before


def test_after_the_disaster_the_village_reads_who_may_go_home(red: Night) -> None:
    """Who keeps people out of a cracked house is who lives next to it."""
    phone, one = red.phone(), move(red, "西一-D")
    assert said(phone, one.id, state="moved_to_kin", version=one.version).status_code == 200
    page = f"{phone.base}/houses"
    assert "暂不返回" not in phone.client.get(page).text
    assert red.county.post(f"/api/v1/events/{red.event}/phase", json={"phase": "aftermath"}).status_code == 200
    row = phone.client.get(page).text.partition(f'id="m{one.id}"')[2].partition("</li>")[0]
    assert "待排查，暂不返回" in row


def test_what_was_said_without_network_has_the_moment_of_the_press(red: Night) -> None:
    phone, one = red.phone(), move(red, "西一-D")
    listed_long_ago(red)
    hours = "SELECT round(extract(epoch FROM entered_at - moved_at) / 3600) FROM evacuation WHERE id = :i"
    body = {"state": "moved_to_kin", "version": one.version, "client_id": "a1", "ago": 4 * 3600}
    assert said(phone, one.id, **body).status_code == 200
    assert red.value(hours, i=one.id) == 4
    entered = "SELECT now() - at < interval '5 minutes' FROM evacuation_step WHERE evacuation_id = :i"
    assert red.value(entered, i=one.id), "the step was entered when it was sent"
    # What is only told beside changes no moment.
    beside = {"state": "moved_to_kin", "note": "在女儿家", "version": one.version + 1, "client_id": "a2", "ago": 60}
    assert said(phone, one.id, **beside).status_code == 200
    assert red.value(hours, i=one.id) == 4


@pytest.mark.parametrize("ago", [-3600, 6 * 3600, 60 * 365 * 86400, 10**30])
def test_a_clock_that_was_set_between_press_and_sending_is_not_believed(red: Night, ago: int) -> None:
    phone, one = red.phone(), move(red, "西一-D")
    listed_long_ago(red)
    assert said(phone, one.id, state="away", version=one.version, client_id="a1", ago=ago).status_code == 200
    near = "SELECT abs(extract(epoch FROM entered_at - moved_at)) < 60 FROM evacuation WHERE id = :i"
    assert red.value(near, i=one.id), "neither in the future nor before the household was listed"


def listed_long_ago(red: Night) -> None:
    with red.toy.transaction() as session:
        session.execute(text("UPDATE evacuation SET opened_at = now() - interval '5 hours'"))
