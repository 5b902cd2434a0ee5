"""A link opens one village of one event and nothing else, and every link that opens nothing is answered alike."""

import io
import json
import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import text

from geo_housing import clock
from geo_housing.evacuation.additions import ToldFigure, tell_figure
from geo_housing.houses.register.endings import end_house
from geo_housing.links import attempts
from tests.fixtures.people import ADDRESS
from tests.links.conftest import WEST_ONE, WEST_TWO, Night, new_event
from tests.toy_county import COUNTY, EAST, WEST

# As a form tells a moment: to the minute.
NOW = f"{clock.now():%Y-%m-%dT%H:%M}"
SAID = {"visitor": "某巡查员", "visited_at": f"{NOW}:00+08:00"}


def jpeg(colour: str = "red", *, taken: str | None = None) -> bytes:
    out, exif = io.BytesIO(), Image.Exif()
    if taken:
        exif[0x0132] = taken
    Image.new("RGB", (40, 20), colour).save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


def stranger(night: Night) -> TestClient:
    return TestClient(night.toy.app, base_url=ADDRESS, follow_redirects=False)


class TestOpening:
    def test_the_token_becomes_a_cookie_of_its_own_and_stands_in_no_address(self, night: Night) -> None:
        token = night.token(note="某书记")
        answer = stranger(night).get(f"/v/{token}")
        cookie = answer.headers["set-cookie"]
        base = answer.headers["location"].removesuffix("/houses")
        assert re.fullmatch(r"/v/\d+", base) and token not in answer.headers["location"]
        assert f"Path={base};" in cookie + ";" and "HttpOnly" in cookie and "samesite=lax" in cookie.lower()
        assert "secure" not in cookie.lower(), "this machine without TLS"
        assert (
            answer.headers["referrer-policy"] == "no-referrer"
            and answer.headers["cache-control"] == "private, no-store"
        )
        assert (
            "Secure"
            in TestClient(night.toy.app, base_url="https://zj.example", follow_redirects=False)
            .get(f"/v/{token}")
            .headers["set-cookie"]
        )
        assert token not in night.phone(token).client.get(f"{base}/houses").text
        stored = night.value(
            "SELECT encode(token_hash, 'hex') || to_json(l)::text FROM village_link l ORDER BY id DESC LIMIT 1"
        )
        assert token not in str(stored)

    def test_it_tells_who_of_the_village_waits_for_a_home(self, night: Night) -> None:
        phone, other = night.phone(), night.phone(night.token(WEST_TWO))
        assert "无房户" not in phone.client.get(f"{phone.base}/houses").text
        with night.toy.transaction() as session:
            end_house(session, night.toy.actor(), "西一-A", reason="demolished", on=clock.today(), version=1)
        head = night.value(
            "SELECT k.head FROM household k JOIN households_waiting('0', ':') w ON w.household_id = k.id"
        )
        page = phone.client.get(f"{phone.base}/houses").text
        said = page[page.index("无房户：请问清现住何处") :][:2000]
        assert str(head) in said and "西一-A" in said
        page = other.client.get(f"{other.base}/houses").text
        assert "无房户" not in page and str(head) not in page

    def test_nobody_at_home_by_an_old_check_is_a_number_that_nobody_knows(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        pages = (f"{phone.base}/houses", f"{phone.base}/houses/{number}")
        said = re.compile("<(?:span|p)>人数未填")
        assert not any(said.search(phone.client.get(page).text) for page in pages)
        with night.toy.transaction() as session:
            changed = "UPDATE house SET occupancy = 'empty', occupancy_checked_on = '2025-01-01' WHERE code = '西一-D'"
            session.execute(text(changed))
            session.execute(
                text(
                    "UPDATE household SET persons = 0 WHERE id = (SELECT l.household_id FROM house_household l"
                    " JOIN house h ON h.id = l.house_id WHERE h.code = '西一-D' AND l.relation = 'lives')"
                )
            )
            session.execute(text("SELECT house_recount((SELECT array_agg(id) FROM house))"))
        assert [len(said.findall(phone.client.get(page).text)) for page in pages] == [1, 1]

    def test_it_shows_this_village_in_this_event_and_nothing_personal_beyond(self, night: Night) -> None:
        phone = night.phone()
        page = phone.client.get(f"{phone.base}/houses").text
        codes = set(re.findall(r"(?:西[一二三四]|东[一二三四]|疑)-\w+", page))
        with night.toy.transaction() as session:
            query = "SELECT h.code FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE i.event_id = :e AND i.scope_code = :v"
            assert codes == set(session.scalars(text(query), {"e": night.event, "v": WEST_ONE}))
            numbers = session.execute(text("SELECT id_number_masked, phone_masked FROM household")).all()
        assert "西一村" in page and "西二" not in page and "东" not in re.sub("东河", "", page)
        house = phone.client.get(f"{phone.base}/houses/{night.inspection('西一-D')}").text
        for masked, _ in numbers:
            assert not masked or masked not in page + house
        # Random marks (nonces, tokens) may hold any two letters.
        told = re.sub(r'"[\w-]{20,}"', "", page + house)
        for word in ("K1", "K2", "低保", "特困", "六类", "保障类别：", "categories"):
            assert word not in told, word
        assert "独居老人" in page, "who must be helped first is known"

    def test_the_whole_number_is_shown_on_request_and_each_look_is_written_down(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        masked = night.value(
            "SELECT k.phone_masked FROM household k JOIN house_household l ON l.household_id = k.id"
            " JOIN house h ON h.id = l.house_id WHERE h.code = '西一-D' AND k.phone_masked IS NOT NULL"
        )
        house = f"{phone.base}/houses/{number}"
        before = phone.client.get(house).text
        assert str(masked) in before and "tel:" not in before
        shown = phone.client.post(f"{house}/phone").text
        found = re.search(r'href="tel:(\d{11})"', shown)
        assert found and found[1].startswith(str(masked)[:3]) and found[1].endswith(str(masked)[-4:])
        assert (
            night.value("SELECT count(*) FROM journal_entry WHERE action = 'links.reveal' AND actor LIKE 'link:%'") == 1
        )

    def test_opening_and_using_stand_in_the_journal(self, night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
        phone = night.phone()
        uses = "SELECT count(*) FROM journal_entry WHERE action = :a"
        assert (night.value(uses, a="links.make"), night.value(uses, a="links.open")) == (1, 1)
        phone.client.get(f"{phone.base}/houses")
        assert night.value(uses, a="links.use") == 0, "within the same ten minutes"
        later = clock.now() + timedelta(minutes=11)
        monkeypatch.setattr("geo_housing.links.access.now", lambda: later)
        phone.client.get(f"{phone.base}/houses")
        phone.client.get(f"{phone.base}/houses")
        assert night.value(uses, a="links.use") == 1
        assert night.value("SELECT last_used_at FROM village_link") == later
        page = night.county.get("/journal?action=links.").text
        assert "打开村级链接" in page and "使用村级链接" in page


class TestClosed:
    def test_every_link_that_opens_nothing_is_answered_alike(
        self, night: Night, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        open_elsewhere = night.phone(night.token(WEST_TWO))
        answers = {}

        def tried(name: str, token: str) -> None:
            answer = stranger(night).get(f"/v/{token}")
            answers[name] = (
                answer.status_code,
                re.sub(r'nonce="[^"]*"', "", answer.text),
                answer.headers.get("set-cookie"),
            )

        tried("guessed", "x" * 43)
        tried("of another form", "%20x")
        tried("a number", "1")
        withdrawn = night.token()
        phone = night.phone(withdrawn)
        link = phone.base.rsplit("/", 1)[1]
        assert (
            night.county.post(f"/events/{night.event}/links/{link}/withdraw", data={"area": WEST_ONE}).status_code
            == 303
        )
        tried("withdrawn", withdrawn)
        other = new_event(night.county, "别的灾害")
        ended = night.token(event=other)
        closing = {"phase": "closed", "reason": "排查完"}
        assert night.county.post(f"/api/v1/events/{other}/phase", json=closing).status_code == 200
        tried("its event has ended", ended)
        good = night.token()
        tried("changed by one letter", good[:-1] + ("A" if good[-1] != "A" else "B"))
        page = phone.client.get(f"{phone.base}/houses")
        answers["withdrawn, by its cookie"] = (page.status_code, re.sub(r'nonce="[^"]*"', "", page.text), None)
        # Another link's cookie under this one's address.
        forged = stranger(night)
        forged.cookies.set("gh_link", open_elsewhere.client.cookies["gh_link"], path="/v")
        page = forged.get(f"{phone.base}/houses")
        answers["the cookie of another link"] = (page.status_code, re.sub(r'nonce="[^"]*"', "", page.text), None)
        late = clock.now() + timedelta(days=31)
        with monkeypatch.context() as patched:
            patched.setattr("geo_housing.links.recognition.now", lambda: late)
            tried("expired", good)
        assert len(set(answers.values())) == 1, {name: told[0] for name, told in answers.items()}
        assert next(iter(answers.values()))[0] == 404
        assert stranger(night).get(f"/v/{good}").status_code == 303

    def test_after_a_mistake_it_tells_nothing_and_whoever_asks_reads_whom_to_telephone(self, night: Night) -> None:
        token, code = night.token(), new_event(night.county, "误报的灾害")
        mistaken = night.token(event=code)
        with night.toy.transaction() as session:
            tell_figure(session, night.toy.actor(), code, ToldFigure(WEST_ONE, 2))
        off = {"phase": "mistaken", "reason": "误发"}
        assert night.county.post(f"/api/v1/events/{code}/phase", json=off).status_code == 200
        pages = {stranger(night).get(f"/v/{one}").text for one in (mistaken, token[:-4] + "AAAA")}
        told = {re.sub(r'nonce="[^"]*"', "", page) for page in pages}
        assert len(told) == 1 and "没有回家" in (page := told.pop()) and "打电话告诉乡镇" in page
        given = night.county.get(f"/events/{code}/links?area={WEST_ONE}").text
        assert "链接都已失效" in given and f'href="/events/{code}/evacuation/areas/{WEST_ONE}"' in given
        assert 'class="give-links"' not in given
        assert 'class="give-links"' in night.county.get(f"/events/{night.event}/links?area={WEST_ONE}").text

    def test_programs_are_told_that_the_link_is_closed(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        with night.toy.transaction() as session:
            session.execute(text("UPDATE village_link SET withdrawn_at = now()"))
        answer = phone.client.patch(
            f"{phone.base}/api/{number}", json={"version": 1}, headers={"Accept": "application/json"}
        )
        assert answer.status_code == 404 and answer.json()["closed"] is True

    def test_trying_many_is_stopped_and_written_down_once(self, night: Night) -> None:
        known = night.phone()
        client = stranger(night)
        told = [client.get(f"/v/{number:043d}").status_code for number in range(attempts.MOST_WRONG + 5)]
        assert told == [404] * attempts.MOST_WRONG + [429] * 5
        assert client.get(f"/v/{night.token()}").status_code in (200, 303), (
            "a right one opens, whoever shares its address"
        )
        assert known.client.get(f"{known.base}/houses").status_code == 200, "who was in stays in"
        assert night.value("SELECT count(*) FROM journal_entry WHERE action = 'links.refused'") == 1

    def test_no_token_in_the_logs(self, night: Night, capfd: pytest.CaptureFixture[str]) -> None:
        token = night.token()
        phone = night.phone(token)
        phone.client.get(f"{phone.base}/houses")
        stranger(night).get(f"/v/{token[:-2]}xx")
        told = capfd.readouterr()
        assert token[:20] not in told.out + told.err


class TestScope:
    @pytest.fixture
    def strange(self, night: Night) -> dict[str, int]:
        """Inspections that no link of 西一村 in this event may touch."""
        other = new_event(night.county, "另一次")
        return {
            "another village": night.inspection("西二-D"),
            "another township": night.inspection("东一-D"),
            "another event, the same village": night.inspection("西一-D", other),
        }

    def test_what_is_not_of_this_village_and_event_is_not_there(self, night: Night, strange: dict[str, int]) -> None:
        phone = night.phone()
        photos = {}
        for name, number in strange.items():
            answer = night.county.post(
                f"/api/v1/inspections/{number}/photos", files={"file": ("a.jpg", jpeg(), "image/jpeg")}
            )
            photos[name] = answer.json()["id"]
        digest = "SELECT md5(string_agg(i::text, ',' ORDER BY id)) FROM emergency_inspection i"
        before = night.value(digest)
        for name, number in strange.items():
            for answer in (
                phone.client.get(f"{phone.base}/houses/{number}"),
                phone.client.post(f"{phone.base}/houses/{number}", data={"version": "1", "result": "collapsed"}),
                phone.client.post(f"{phone.base}/houses/{number}/phone"),
                phone.client.get(f"{phone.base}/api/{number}"),
                phone.client.patch(f"{phone.base}/api/{number}", json={"version": 1, "result": "collapsed"}),
                phone.client.post(f"{phone.base}/api/{number}/photos", files={"file": ("a.jpg", jpeg(), "image/jpeg")}),
                phone.client.get(f"{phone.base}/photos/{photos[name]}"),
            ):
                assert answer.status_code == 404, (name, answer.request.url)
        assert night.value(digest) == before

    def test_nothing_is_sent_without_the_pages_own_token_or_from_another_site(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        body = {"version": night.version(number), "result": "no_visible_hazard", **SAID}
        own = phone.client.headers.pop("X-CSRF-Token")
        for headers in ({}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": own, "Origin": "http://evil.example"}):
            assert phone.client.patch(f"{phone.base}/api/{number}", json=body, headers=headers).status_code == 403

    def test_who_gives_links_out(self, night: Night) -> None:
        address = f"/events/{night.event}/links"
        for role, area in (("village", WEST_ONE), ("planner", COUNTY), ("leader", COUNTY), ("technician", WEST)):
            client = night.toy.browser(night.toy.member(role, area))
            assert client.get(address).status_code == 403
            assert client.post(address, data={"area": WEST_ONE}).status_code == 403
        assert night.township.post(address, data={"area": EAST}).status_code == 403
        assert night.value("SELECT count(*) FROM village_link") == 0
        made = night.township.post(address, data={"area": WEST})
        villages = night.value(
            "SELECT count(DISTINCT scope_code) FROM emergency_inspection WHERE event_id = :e AND scope_code LIKE :w AND length(scope_code) = 12",
            e=night.event,
            w=f"{WEST}%",
        )
        assert made.text.count("<svg") == villages == night.value("SELECT count(*) FROM village_link")
        assert night.value("SELECT count(*) FROM village_link WHERE scope_code NOT LIKE :w", w=f"{WEST}%") == 0

    def test_a_press_counts_once(self, night: Night) -> None:
        address, data = f"/events/{night.event}/links", {"area": WEST_ONE, "client_id": "once"}
        assert night.county.post(address, data=data).status_code == 200
        again = night.county.post(address, data=data)
        assert again.status_code == 409 and "已经发过" in again.text
        assert night.value("SELECT count(*) FROM village_link") == 1

    def test_the_neighbour_does_not_withdraw(self, night: Night) -> None:
        link = night.phone().base.rsplit("/", 1)[1]
        east = night.toy.browser(night.toy.member("township", EAST))
        assert east.post(f"/events/{night.event}/links/{link}/withdraw").status_code == 404
        assert night.value("SELECT count(*) FROM village_link WHERE withdrawn_at IS NULL") == 1


class TestEntering:
    def test_the_same_save_twice_is_one(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        body = {
            "version": night.version(number),
            "client_id": "a1",
            "result": "collapsed",
            "rooms_collapsed": 2,
            **SAID,
        }
        first = phone.client.patch(f"{phone.base}/api/{number}", json=body)
        assert first.status_code == 200 and first.json()["state"] == "done" and first.json()["missing"] == []
        again = phone.client.patch(f"{phone.base}/api/{number}", json=body)
        assert again.json() == first.json()
        assert (
            night.value("SELECT count(*) FROM journal_entry WHERE action LIKE 'inspections.%' AND actor LIKE 'link:%'")
            == 1
        )
        assert night.value("SELECT entered_by FROM emergency_inspection WHERE id = :i", i=number) == "西一村村委会链接"

    def test_a_save_that_arrives_again_long_after_overwrites_nobody(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        body = {"version": night.version(number), "client_id": "a1", "result": "locked", "findings": "门锁着", **SAID}
        assert phone.client.patch(f"{phone.base}/api/{number}", json=body).status_code == 200
        version = phone.entry(number)["version"]
        newer = {
            "version": version,
            "client_id": "b1",
            "result": "collapsed",
            "rooms_collapsed": 1,
            "findings": None,
            **SAID,
        }
        assert night.county.patch(f"/api/v1/inspections/{number}", json=newer).status_code == 200
        again = phone.client.patch(f"{phone.base}/api/{number}", json=body)
        assert again.status_code == 200 and again.json()["result"] == "collapsed"

    def test_two_at_once_are_told_both(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        theirs = {"version": night.version(number), "result": "collapsed", "rooms_collapsed": 1, **SAID}
        assert night.county.patch(f"/api/v1/inspections/{number}", json=theirs).status_code == 200
        mine = {"version": night.version(number) - 1, "client_id": "c", "result": "no_visible_hazard", **SAID}
        late = phone.client.patch(f"{phone.base}/api/{number}", json=mine, headers={"Accept": "application/json"})
        assert late.status_code == 409 and {"result"} <= {fault["column"] for fault in late.json()["errors"]}
        plain = phone.client.post(
            f"{phone.base}/houses/{number}",
            data={
                "version": str(night.version(number) - 1),
                "result": "no_visible_hazard",
                "visitor": "我",
                "visited_at": NOW,
            },
        )
        assert plain.status_code == 409 and "现在保存的内容" in plain.text and "倒塌" in plain.text
        assert phone.entry(number)["result"] == "collapsed"

    def test_a_visit_before_the_disaster_is_refused(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        said = {"version": night.version(number), "result": "no_visible_hazard", **SAID}
        told = {**said, "visited_at": "1999-01-01T00:00:00+08:00"}
        refused = phone.client.patch(f"{phone.base}/api/{number}", json=told, headers={"Accept": "application/json"})
        assert refused.status_code == 422 and "早于这次灾害" in refused.json()["detail"]
        typed = {**said, "version": str(said["version"]), "visited_at": "1999-01-01T00:00"}
        refused = phone.client.post(f"{phone.base}/houses/{number}", data=typed)
        assert refused.status_code == 422 and "早于这次灾害" in refused.text
        assert phone.entry(number)["state"] == "open"

    def test_a_link_is_no_person(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        saved = phone.client.patch(
            f"{phone.base}/api/{number}", json={"version": night.version(number), "result": "no_visible_hazard"}
        ).json()
        assert saved["visitor"] is None and saved["state"] == "in_progress"
        assert [fault["column"] for fault in saved["missing"]] == ["visitor"]

    def test_the_plain_form_leads_to_the_next_house_and_remembers_who_looks(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        data = {"version": str(night.version(number)), "result": "suspected", "damage": "slight", "rooms_slight": "1", "finding_items": ["", "roof_leak", "wall_crack"], "visitor": "某巡查员", "visited_at": NOW}  # fmt: skip
        saved = phone.client.post(f"{phone.base}/houses/{number}", data=data)
        assert saved.status_code == 303 and re.fullmatch(rf"{phone.base}/houses/\d+", saved.headers["location"])
        assert phone.entry(number)["finding_items"] == ["wall_crack", "roof_leak"]
        following = phone.client.get(saved.headers["location"]).text
        assert 'name="visitor" value="某巡查员"' in following and "本栋排查完成" in following
        refused = phone.client.post(
            f"{phone.base}/houses/{number}", data={**data, "version": str(night.version(number)), "rooms_slight": "两"}
        )
        assert refused.status_code == 422 and "间数应是整数" in refused.text and 'value="两"' in refused.text

    def test_photos_are_kept_once_checked_and_shown_without_where(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        for _ in range(2):
            kept = phone.client.post(
                f"{phone.base}/api/{number}/photos", files={"file": ("a.jpg", jpeg(), "image/jpeg")}
            )
            assert kept.status_code == 200, kept.text
        assert night.value("SELECT count(*) FROM inspection_photo") == 1
        assert kept.json()["version"] == phone.entry(number)["version"]
        assert phone.client.get(kept.json()["url"]).headers["content-type"] == "image/jpeg"
        bad = phone.client.post(
            f"{phone.base}/api/{number}/photos", files={"file": ("a.jpg", b"no photo", "image/jpeg")}
        )
        assert bad.status_code == 422
        large = phone.client.post(
            f"{phone.base}/api/{number}/photos", files={"file": ("b.jpg", jpeg("blue") + b"\0" * 200_000, "image/jpeg")}
        )
        assert large.status_code == 200, "more than an unknown sender may send"

    def test_only_a_contradiction_of_a_photos_time_is_told(self, night: Night) -> None:
        phone, number = night.phone(), night.inspection("西一-D")
        for name, content in (("old.jpg", jpeg(taken="2020:01:02 03:04:05")), ("plain.jpg", jpeg("blue"))):
            phone.client.post(f"{phone.base}/api/{number}/photos", files={"file": (name, content, "image/jpeg")})
        page = phone.client.get(f"{phone.base}/houses/{number}").text
        assert page.count("拍摄时间早于这次灾害") == 1 and "2020-01-02 03:04" in page

    def test_a_drill_says_so(self, night: Night) -> None:
        drill = new_event(night.county, "汛前演练", mode="drill")
        token = night.token(event=drill)
        phone = night.phone(token)
        assert "【演练】" in phone.client.get(f"{phone.base}/houses").text
        assert (
            "【演练】西一村村委会：汛前演练"
            in night.county.post(f"/events/{drill}/links", data={"area": WEST_ONE}).text
        )


class TestForVillages:
    """代录: the township says who reported, how and when."""

    def test_who_reported_how_and_when(self, night: Night) -> None:
        number = night.inspection("西一-D")
        page = night.township.get(f"/inspections/{number}").text
        assert "怎样得知（代录）" in page and 'name="reported_by"' in page
        data = {
            "version": str(night.version(number)),
            "result": "no_visible_hazard",
            "visitor": "某巡查员",
            "visited_at": NOW,
            "reported_how": "phone",
        }
        saved = night.township.post(f"/inspections/{number}", data=data)
        assert saved.headers["location"] == f"/inspections/{number}"
        assert "请写明报告人" in night.township.get(f"/inspections/{number}").text
        data |= {"version": str(night.version(number)), "reported_by": "某会计", "reported_at": NOW}
        following = night.township.post(f"/inspections/{number}", data=data).headers["location"]
        found = night.county.get(f"/api/v1/inspections/{number}").json()
        assert (found["state"], found["reported_by"], found["reported_how"]) == ("done", "某会计", "phone")
        assert 'value="某会计"' in night.township.get(following).text, "a telephone call reports several houses"
        # The village's own form does not ask, and takes nothing away.
        village = night.toy.browser(night.toy.member("village", WEST_ONE))
        assert 'name="reported_by"' not in village.get(f"/inspections/{number}").text
        own = {
            "version": str(found["version"]),
            "result": "locked",
            "findings": "已锁门",
            "visitor": "某巡查员",
            "visited_at": NOW,
        }
        assert village.post(f"/inspections/{number}", data=own).status_code == 303
        assert night.county.get(f"/api/v1/inspections/{number}").json()["reported_by"] == "某会计"

    def test_who_was_there_himself_reports_nothing(self, night: Night) -> None:
        number = night.inspection("西一-D")
        data = {
            "version": str(night.version(number)),
            "result": "no_visible_hazard",
            "visitor": "某干部",
            "visited_at": NOW,
            "reported_how": "",
            "reported_by": "某会计",
        }
        night.township.post(f"/inspections/{number}", data=data)
        found = night.county.get(f"/api/v1/inspections/{number}").json()
        assert (found["state"], found["reported_by"], found["reported_how"], found["reported_at"]) == (
            "done",
            None,
            None,
            None,
        )

    def test_the_journal_says_it_in_words(self, night: Night) -> None:
        number = night.inspection("西一-D")
        body = {
            "version": night.version(number),
            "result": "suspected",
            "finding_items": ["flooded"],
            "reported_how": "chat",
            "reported_by": "某会计",
        }
        assert night.county.patch(f"/api/v1/inspections/{number}", json=body).status_code == 200
        diff = night.value("SELECT diff::text FROM journal_entry WHERE action = 'inspections.enter'")
        assert json.loads(str(diff))["finding_items"] == [[], ["flooded"]]
        page = night.county.get("/journal?action=inspections.enter").text
        assert "进水" in page and "微信" in page
