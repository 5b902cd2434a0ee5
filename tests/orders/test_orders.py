"""A third party sees the houses of its open orders and nothing else, and signs for them as its own technicians."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from geo_housing import clock
from geo_housing.accounts.terms import Terms
from geo_housing.conclusions.service import SIGN, TYPE, Signing, sign
from geo_housing.db import APP_ROLE, Actor, enter
from geo_housing.orders.service import as_office
from geo_housing.response.service import change_phase
from geo_housing.roster.models import Technician
from geo_housing.scope import AreaScope
from tests.conclusions.test_signing import event, looked_at
from tests.conclusions.test_technicians_page import jpeg
from tests.fixtures.people import Member
from tests.fixtures.toy import ToyDatabase
from tests.migrations.test_rights import INSUFFICIENT_PRIVILEGE, NARROW, NARROW_COMMON, tables_open_to
from tests.toy_county.county import COUNTY, EAST, WEST

__all__ = ["event"]

FIRM, OTHER = "甲设计院", "乙检测公司"
TOMORROW = clock.today() + timedelta(days=1)


def technician(toy: ToyDatabase, unit: str, name: str) -> int:
    with toy.transaction(COUNTY) as session:
        row = Technician(scope_code=COUNTY, name=name, unit=unit, created_by="test", valid_from=date(2026, 1, 1))
        session.add(row)
        session.flush()
        return row.id


@pytest.fixture
def people(toy: ToyDatabase) -> dict[str, int]:
    """One technician of each firm."""
    return {FIRM: technician(toy, FIRM, "甲工"), OTHER: technician(toy, OTHER, "乙工")}


@pytest.fixture
def order(toy: ToyDatabase, event: int, people: dict[str, int]) -> int:
    return ordered(toy, event, FIRM, "西一-A", "西一-C")


def ordered(toy: ToyDatabase, event: int, firm: str, *codes: str) -> int:
    county = toy.browser(toy.member("county", COUNTY))
    sent = {"event": str(event), "organisation": firm, "due_on": f"{TOMORROW}", "houses": list(codes)}
    answer = county.post("/orders", data=sent)
    assert answer.status_code == 303, answer.text
    return int(answer.headers["location"].rpartition("/")[2])


def member_of(toy: ToyDatabase, firm: str, area: str = COUNTY) -> Member:
    return toy.member("third_party", area, terms=Terms(organisation=firm))


def firm_actor(member: Member) -> Actor:
    return Actor(
        f"user:{member.name}", AreaScope(member.area), user_id=member.user_id, grant_id=member.grant_id,
        database_role="gh_third_party",
    )  # fmt: skip


def said(technician_id: int, **more: object) -> dict[str, object]:
    return {"conclusion": "habitable", "items": "none", "technician": str(technician_id), **more}


class TestItsPages:
    def test_show_its_houses_and_no_others(self, toy: ToyDatabase, order: int) -> None:
        client = toy.browser(member_of(toy, FIRM))
        assert client.get("/").headers["location"] == "/orders"
        assert "甲设计院" not in client.get("/orders").text  # it knows who it is
        page = client.get(f"/orders/{order}").text
        assert "西一-A" in page and "西一-C" in page and "西一-D" not in page
        # A collapsed or suspected one before the others: A looks dangerous, C was before.
        assert page.index("西一-A") < page.index("西一-C")
        house = client.get(f"/orders/{order}/houses/西一-A").text
        assert "砖混" in house and re.search(r"geo:45\.\d{6},120\.\d{6}", house)
        for told in ("户主", "独居老人", "低保", "100000", "墙体开裂</dd>"):
            assert told not in house, told
        # Any other answers like one that is not there.
        known, unknown = (client.get(f"/orders/{order}/houses/{code}") for code in ("西一-D", "没有-9"))
        assert known.status_code == unknown.status_code == 404
        assert strip(known) == strip(unknown)

    def test_another_firm_finds_nothing(self, toy: ToyDatabase, order: int) -> None:
        client = toy.browser(member_of(toy, OTHER))
        assert "现在没有委托给本机构的房屋" in client.get("/orders").text
        for path in (f"/orders/{order}", f"/orders/{order}/houses/西一-A", "/orders/999999"):
            assert client.get(path).status_code == 404, path

    def test_a_grant_of_another_township_opens_no_house_here(self, toy: ToyDatabase, order: int) -> None:
        client = toy.browser(member_of(toy, FIRM, EAST))
        assert client.get(f"/orders/{order}/houses/西一-A").status_code == 404
        assert client.get(f"/orders/{order}").text.count("西一-") == 0

    def test_withdrawn_is_gone_at_once(self, toy: ToyDatabase, order: int) -> None:
        client = toy.browser(member_of(toy, FIRM))
        county = toy.browser(toy.member("county", COUNTY))
        without = county.post(f"/orders/{order}/end", data={"reason": "", "version": "1"})
        assert without.status_code == 422
        assert county.post(f"/orders/{order}/end", data={"reason": "改派", "version": "7"}).status_code == 409
        assert county.post(f"/orders/{order}/end", data={"reason": "改派", "version": "1"}).status_code == 303
        assert client.get(f"/orders/{order}").status_code == 404
        assert client.get(f"/orders/{order}/houses/西一-A").status_code == 404
        assert "改派" in county.get(f"/orders/{order}").text
        assert client.post(f"/orders/{order}/houses/西一-A", data=said(1)).status_code == 404


def test_an_order_without_end_is_open_to_the_calendar_s_last_day(
    toy: ToyDatabase, event: int, people: dict[str, int]
) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    sent = {"event": str(event), "organisation": FIRM, "due_on": "9999-12-31", "houses": ["西一-A"]}
    assert county.post("/orders", data=sent).status_code == 303


class TestSigning:
    def test_at_no_time_is_refused(self, toy: ToyDatabase, event: int, order: int, people: dict[str, int]) -> None:
        client = toy.browser(member_of(toy, FIRM))
        refused = client.post(f"/orders/{order}/houses/西一-A", data=said(people[FIRM], signed_at="下午"))
        assert refused.status_code == 422 and "“评估时间”请填成 2026-07-19 06:30 这样的时间" in refused.text

    def test_as_its_own_technician(self, toy: ToyDatabase, event: int, order: int, people: dict[str, int]) -> None:
        client = toy.browser(member_of(toy, FIRM))
        sent = said(people[FIRM], client_id="a")
        answer = client.post(f"/orders/{order}/houses/西一-A", data=sent)
        assert answer.status_code == 303, answer.text
        # The same press again is the same conclusion.
        assert client.post(f"/orders/{order}/houses/西一-A", data=sent).status_code == 303
        with toy.transaction() as session:
            rows = session.execute(
                text(
                    "SELECT c.conclusion, c.signed_by, c.unit, h.code FROM emergency_conclusion c JOIN house h ON h.id = c.house_id"
                )
            ).all()
        assert [tuple(row) for row in rows] == [("habitable", "甲工", FIRM, "西一-A")]
        assert "1 / 2" in client.get("/orders").text
        with toy.transaction() as session:
            entry = session.execute(
                text("SELECT actor, note FROM journal_entry WHERE action = 'conclusions.sign' ORDER BY id DESC LIMIT 1")
            ).one()
        assert entry.actor.startswith("user:") and "甲工" in entry.note

    def test_photos_stand_with_the_inspection_of_the_house(
        self, toy: ToyDatabase, event: int, order: int, people: dict[str, int]
    ) -> None:
        client = toy.browser(member_of(toy, FIRM))
        address = f"/orders/{order}/houses/西一-A"
        files = [("photos", (f"{n}.jpg", jpeg(colour), "image/jpeg")) for n, colour in enumerate(("red", "blue"))]
        refused = client.post(address, data=said(people[FIRM], conclusion=""), files=files)
        # The browser forgets what was chosen; what could be kept is kept.
        assert refused.status_code == 422 and "照片 2 张已保存，不用重新选择" in refused.text
        # As on every technician's page: all is well but for a file that is no photo, and nothing is half signed.
        bad = ("photos", ("墙.jpg", b"not a photo", "image/jpeg"))
        answer = client.post(address, data=said(people[FIRM]), files=[bad])
        assert answer.status_code == 422 and "照片“墙.jpg”没有保存" in answer.text
        with toy.transaction() as session:
            assert session.scalar(text("SELECT count(*) FROM emergency_conclusion")) == 0
        again = ("photos", ("again.jpg", jpeg("red"), "image/jpeg"))
        assert client.post(address, data=said(people[FIRM]), files=[again]).status_code == 303
        with toy.transaction() as session:
            rows = session.execute(
                text(
                    "SELECT h.code, i.event_id, p.scope_code = i.scope_code FROM inspection_photo p"
                    " JOIN emergency_inspection i ON i.id = p.inspection_id JOIN house h ON h.id = i.house_id"
                )
            ).all()
        assert [tuple(row) for row in rows] == [("西一-A", event, True)] * 2, "the same photo twice is one"
        page = client.get(address).text
        own = re.findall(r'src="(/orders/[0-9]+/photos/[0-9]+/[^"]+)"', page)
        assert "本账号已上传 2 张" in page and len(own) == 2
        assert all(client.get(one).content[:3] == b"\xff\xd8\xff" for one in own)
        # Those of the village, of another account of the firm and by another house's address are not its own.
        county = toy.browser(toy.member("county", COUNTY))
        with toy.transaction() as session:
            task = session.scalars(
                text(
                    "SELECT id FROM emergency_inspection WHERE house_id = (SELECT id FROM house WHERE code = '西一-A')"
                )
            ).one()
        theirs = county.post(
            f"/api/v1/inspections/{task}/photos", files={"file": ("村.jpg", jpeg("green"), "image/jpeg")}
        ).json()
        for who, address_of_photo in (
            (client, re.sub(r"/photos/\d+", f"/photos/{theirs['id']}", own[0])),
            (client, own[0].replace(quote("西一-A"), quote("西一-C"))),
            (toy.browser(member_of(toy, FIRM)), own[0]),
            (toy.browser(member_of(toy, OTHER)), own[0]),
        ):
            assert who.get(address_of_photo).status_code == 404
        shown = county.get(f"/events/{event}/conclusions/houses/西一-A").text
        assert len(set(re.findall(r'src="(/api/v1/inspections/[0-9]+/photos/[0-9]+)"', shown))) == 3

    def test_a_house_whose_task_was_withdrawn_can_still_be_read(self, toy: ToyDatabase, order: int) -> None:
        with toy.transaction() as session:
            session.execute(text("UPDATE emergency_inspection SET state = 'withdrawn', withdrawn_at = now()"))
        assert toy.browser(member_of(toy, FIRM)).get(f"/orders/{order}/houses/西一-A").status_code == 200

    def test_no_photo_of_a_house_of_others(
        self, toy: ToyDatabase, event: int, order: int, people: dict[str, int]
    ) -> None:
        client = toy.browser(member_of(toy, OTHER))
        mine = ordered(toy, event, OTHER, "西一-D")
        photo = ("photos", ("a.jpg", jpeg("red"), "image/jpeg"))
        for number, code in ((order, "西一-A"), (mine, "西一-A"), (mine, "没有-9")):
            answer = client.post(
                f"/orders/{number}/houses/{code}", data=said(people[OTHER], conclusion=""), files=[photo]
            )
            assert answer.status_code == 404, (number, code)
        # Whatever the rooms below let pass, the database asks for the order.
        actor = firm_actor(member_of(toy, OTHER))
        insert = text(
            "INSERT INTO inspection_photo (inspection_id, file_id, scope_code) SELECT i.id, f.id, i.scope_code"
            " FROM emergency_inspection i JOIN house h ON h.id = i.house_id AND h.code = :code, stored_file f"
            " WHERE i.event_id = :event LIMIT 1"
        )
        assert client.post(f"/orders/{mine}/houses/西一-D", data=said(0), files=[photo]).status_code == 422
        with toy.transaction() as session:
            village = session.scalars(text("SELECT scope_code FROM stored_file")).one()
        with toy.database.transaction(actor) as session, as_office(session, actor, village, "inspections.enter"):
            assert session.connection().execute(insert, {"code": "西一-D", "event": event}).rowcount == 1
        with (
            pytest.raises(ProgrammingError, match="no order of one's own"),
            toy.database.transaction(actor) as session,
            as_office(session, actor, village, "inspections.enter"),
        ):
            session.execute(insert, {"code": "西一-A", "event": event})

    def test_not_as_somebody_else_s(self, toy: ToyDatabase, order: int, people: dict[str, int]) -> None:
        client = toy.browser(member_of(toy, FIRM))
        for who in (people[OTHER], 999_999, ""):
            answer = client.post(f"/orders/{order}/houses/西一-A", data={**said(0), "technician": str(who)})
            assert answer.status_code == 422 and "本机构" in answer.text, who
        with toy.transaction() as session:
            assert session.scalar(text("SELECT count(*) FROM emergency_conclusion")) == 0

    def test_a_refusal_keeps_what_was_typed_and_the_next_page_is_narrow_again(
        self, toy: ToyDatabase, order: int, people: dict[str, int]
    ) -> None:
        client = toy.browser(member_of(toy, FIRM))
        answer = client.post(
            f"/orders/{order}/houses/西一-A",
            data={**said(people[FIRM]), "conclusion": "not_habitable", "items": "wall_crack"},
        )
        assert answer.status_code == 422 and "处理意见" in answer.text
        assert 'value="wall_crack" checked' in answer.text
        assert client.get("/houses").status_code == 403

    def test_nobody_signs_over_what_he_has_not_read(self, toy: ToyDatabase, order: int, people: dict[str, int]) -> None:
        client = toy.browser(member_of(toy, FIRM))
        assert client.post(f"/orders/{order}/houses/西一-A", data=said(people[FIRM])).status_code == 303
        clash = client.post(f"/orders/{order}/houses/西一-A", data=said(people[FIRM]))
        assert clash.status_code == 409 and "刚由别人签署了结论" in clash.text

    def test_the_ordinary_door_stays_shut(self, toy: ToyDatabase, event: int, order: int) -> None:
        client = toy.browser(member_of(toy, FIRM))
        body = {"conclusion": "habitable", "items": ["none"]}
        assert client.post(f"/api/v1/events/{event}/conclusions/西一-A", json=body).status_code == 403
        assert client.get(f"/events/{event}").status_code == 403


class TestGiving:
    def test_asks_for_what_is_needed(self, toy: ToyDatabase, event: int, people: dict[str, int]) -> None:
        township = toy.browser(toy.member("township", WEST))
        page = township.get(f"/orders?new={event}").text
        assert "西一-A" in page and FIRM in page
        good = {"event": str(event), "organisation": FIRM, "due_on": f"{TOMORROW}", "houses": ["西一-A"]}
        for change, told in (
            ({"organisation": "没有的公司"}, "没有人能签字"),
            ({"due_on": "2026-01-01"}, "不能早于今天"),
            ({"due_on": ""}, "完成期限"),
            ({"houses": []}, "请选择要评估的房屋"),
            ({"houses": ["东一-A"]}, "不在您的管辖范围内"),
        ):
            answer = township.post("/orders", data={**good, **change})
            assert answer.status_code == 422 and told in answer.text, change
        assert township.post("/orders", data=good).status_code == 303
        twice = township.post("/orders", data=good)
        assert twice.status_code == 409 and "已在另一项委托里" in twice.text
        assert toy.browser(toy.member("leader", COUNTY)).get("/orders").status_code == 403
        # Another township sees nothing of it, the county does.
        assert FIRM not in toy.browser(toy.member("township", EAST)).get("/orders").text
        assert FIRM in toy.browser(toy.member("county", COUNTY)).get("/orders").text

    def test_goes_to_nobody_whose_technicians_have_all_left(self, toy: ToyDatabase, event: int) -> None:
        former = technician(toy, "丙设计院", "丙工")
        with toy.transaction() as session:
            session.execute(text("UPDATE technician SET valid_to = valid_from WHERE id = :id"), {"id": former})
        township = toy.browser(toy.member("township", WEST))
        assert "没有机构可选" in township.get(f"/orders?new={event}").text
        technician(toy, FIRM, "甲工")
        page = township.get(f"/orders?new={event}").text
        assert FIRM in page and "丙设计院" not in page and "没有机构可选" not in page
        sent = {"event": str(event), "organisation": "丙设计院", "due_on": f"{TOMORROW}", "houses": ["西一-A"]}
        answer = township.post("/orders", data=sent)
        assert answer.status_code == 422 and "今天没有一人在任期内" in answer.text
        with toy.transaction() as session:
            session.execute(text("UPDATE technician SET valid_to = NULL WHERE id = :id"), {"id": former})
        assert township.post("/orders", data=sent).status_code == 303


def version_of(toy: ToyDatabase, order: int) -> str:
    with toy.transaction() as session:
        return str(session.scalar(text("SELECT version FROM work_order WHERE id = :id"), {"id": order}))


class TestPartsAndDays:
    def test_single_houses_are_given_back_and_signed_ones_stay(
        self, toy: ToyDatabase, event: int, order: int, people: dict[str, int]
    ) -> None:
        county, firm = toy.browser(toy.member("county", COUNTY)), toy.browser(member_of(toy, FIRM))
        assert firm.post(f"/orders/{order}/houses/西一-A", data=said(people[FIRM])).status_code == 303
        path = f"/orders/{order}/withdraw"
        sent = {"houses": ["西一-C"], "reason": "改由本局评估", "version": version_of(toy, order)}
        assert county.post(path, data={**sent, "version": "9"}).status_code == 409
        assert county.post(path, data={**sent, "reason": " "}).status_code == 422
        assert county.post(path, data={**sent, "houses": []}).status_code == 422
        signed = county.post(path, data={**sent, "houses": ["西一-A", "西一-C"]})
        assert signed.status_code == 409 and "已签署结论" in signed.text
        # Nothing of a refused press is done.
        assert firm.get(f"/orders/{order}/houses/西一-C").status_code == 200
        assert county.post(path, data=sent).status_code == 303
        page = firm.get(f"/orders/{order}").text
        assert "西一-A" in page and "西一-C" not in page
        assert firm.get(f"/orders/{order}/houses/西一-C").status_code == 404
        assert firm.post(f"/orders/{order}/houses/西一-C", data=said(people[FIRM])).status_code == 404
        told = county.get(f"/orders/{order}").text
        assert "已收回的房屋 1 栋" in told and "改由本局评估" in told and "1 / 1" in told
        again = county.post(path, data={**sent, "version": version_of(toy, order)})
        assert again.status_code == 422 and "已经收回" in again.text
        # It may be given to somebody else now; the database lets the first one see nothing of it.
        assert ordered(toy, event, OTHER, "西一-C") != order
        with toy.database.transaction(firm_actor(member_of(toy, FIRM))) as session:
            assert set(session.scalars(text("SELECT code FROM house"))) == {"西一-A"}

    def test_it_ends_by_its_date_and_goes_on_by_another(
        self, toy: ToyDatabase, event: int, order: int, people: dict[str, int]
    ) -> None:
        county = toy.browser(toy.member("county", COUNTY))
        # Two weeks after the day it is due, as the setting says.
        assert f"{TOMORROW + timedelta(days=14)}" in county.get(f"/orders/{order}").text
        with toy.transaction() as session:
            session.execute(text("UPDATE work_order SET due_on = current_date - 5, ends_on = current_date - 2"))
        firm = toy.browser(member_of(toy, FIRM))
        assert firm.get(f"/orders/{order}").status_code == 404
        assert "现在没有委托给本机构的房屋" in firm.get("/orders").text
        with toy.database.transaction(firm_actor(member_of(toy, FIRM))) as session:
            assert session.scalar(text("SELECT count(*) FROM house")) == 0
        assert "已到期" in county.get("/orders").text and "自动收回" in county.get(f"/orders/{order}").text
        # Its houses may be ordered anew meanwhile.
        other = ordered(toy, event, OTHER, "西一-A")
        days = {"due_on": f"{clock.today()}", "ends_on": f"{TOMORROW}", "version": version_of(toy, order)}
        early = county.post(f"/orders/{order}/days", data={**days, "ends_on": f"{clock.today() - timedelta(days=1)}"})
        assert early.status_code == 422 and "不能早于完成期限" in early.text
        assert county.post(f"/orders/{order}/days", data={**days, "version": "9"}).status_code == 409
        for name, label in (("due_on", "完成期限"), ("ends_on", "对方可见到")):
            odd = county.post(f"/orders/{order}/days", data={**days, name: "2026-02-30"})
            assert odd.status_code == 422 and f"“{label}”请填成 2026-07-19 这样的日期" in odd.text
        # Whoever was sent there instead stays the only one: those houses are taken back first.
        twice = county.post(f"/orders/{order}/days", data=days)
        assert twice.status_code == 409 and "1 栋已在另一项委托里（西一-A），不能延长" in twice.text
        back = {"houses": ["西一-A"], "reason": "改由另一家评估", "version": days["version"]}
        assert county.post(f"/orders/{order}/withdraw", data=back).status_code == 303
        days["version"] = version_of(toy, order)
        assert county.post(f"/orders/{order}/days", data=days).status_code == 303
        assert "西一-C" in firm.get(f"/orders/{order}").text and other != order
        assert firm.get(f"/orders/{order}/houses/西一-A").status_code == 404
        journal = county.get("/journal").text
        assert "更改委托期限" in journal

    def test_two_offices_at_once_send_one_organisation(
        self, toy: ToyDatabase, event: int, people: dict[str, int]
    ) -> None:
        def give_to(firm: str) -> int:
            county = toy.browser(toy.member("county", COUNTY))
            sent = {"event": str(event), "organisation": firm, "due_on": f"{TOMORROW}", "houses": ["西一-A"]}
            barrier.wait()
            return int(county.post("/orders", data=sent).status_code)

        barrier = Barrier(2)
        with ThreadPoolExecutor(2) as threads:
            assert sorted(threads.map(give_to, (FIRM, OTHER))) == [303, 409]

    def test_nobody_signs_past_the_last_day_whatever_the_service_believes(
        self, toy: ToyDatabase, event: int, order: int, people: dict[str, int]
    ) -> None:
        firm = firm_actor(member_of(toy, FIRM))
        office = Actor(
            firm.name, AreaScope(f"{WEST}201"), frozenset({SIGN, TYPE}), user_id=firm.user_id, grant_id=firm.grant_id,
            database_role=APP_ROLE,
        )  # fmt: skip
        for change in ("UPDATE work_order SET ends_on = '2026-01-09'", WITHDRAWN):
            with toy.transaction() as session:
                session.execute(text(change))
            signing = Signing("habitable", ("none",), None, people[FIRM])
            with toy.database.transaction(firm) as session:
                enter(session.connection(), office)
                with pytest.raises(ProgrammingError) as raised:
                    sign(session, office, event, "西一-A", signing)
                assert getattr(raised.value.orig, "sqlstate", None) == INSUFFICIENT_PRIVILEGE
                session.rollback()
            with toy.transaction() as session:
                session.execute(text("UPDATE work_order SET ends_on = NULL"))


WITHDRAWN = "UPDATE work_order_house SET withdrawn_at = now(), withdrawn_by = 'x'"


class TestATownship:
    def test_reads_the_county_s_orders_for_its_own_houses(
        self, toy: ToyDatabase, event: int, people: dict[str, int]
    ) -> None:
        looked_at(toy, event, "东一-A", "suspected")
        order = ordered(toy, event, FIRM, "西一-A", "东一-A")
        west = toy.browser(toy.member("township", WEST))
        assert FIRM in west.get("/orders").text and "上级委托" in west.get("/orders").text
        page = west.get(f"/orders/{order}").text
        assert "西一-A" in page and "东一-A" not in page and "收回部分房屋" not in page
        # It is the county's to change.
        sent = {"reason": "x", "version": "1"}
        assert west.post(f"/orders/{order}/end", data=sent).status_code == 403
        assert west.post(f"/orders/{order}/withdraw", data={**sent, "houses": "西一-A"}).status_code == 403
        assert west.post(f"/orders/{order}/days", data={**sent, "due_on": f"{TOMORROW}"}).status_code == 403
        assert west.get(f"/api/v1/orders/{order}").json()["houses"] == 1
        none = ordered(toy, event, OTHER, "西一-C")
        east = toy.browser(toy.member("township", EAST))
        assert OTHER not in east.get("/orders").text and east.get(f"/orders/{none}").status_code == 404


class TestTheMap:
    def test_has_its_own_houses_and_no_others(self, toy: ToyDatabase, order: int) -> None:
        page = toy.browser(member_of(toy, FIRM)).get(f"/orders/{order}").text
        sketch = page.partition('<figure class="order-map">')[2].partition("</figure>")[0]
        assert set(re.findall("<title>([^<]+)</title>", sketch)) == {"西一-A", "西一-C"}
        assert "西一村" in sketch and "东一" not in sketch


class TestTheApi:
    def test_lists_gives_changes_and_signs(self, toy: ToyDatabase, event: int, people: dict[str, int]) -> None:
        county = toy.browser(toy.member("county", COUNTY))
        body = {
            "event": event, "organisation": FIRM, "houses": ["西一-A", "西一-C"], "due_on": f"{TOMORROW}", "client_id": "k",
        }  # fmt: skip
        made = county.post("/api/v1/orders", json=body).json()
        assert county.post("/api/v1/orders", json=body).json()["order"] == made["order"]
        assert (made["houses"], made["signed"], made["stands"]) == (2, 0, True)
        later = county.post("/api/v1/orders", json={**body, "houses": ["西一-D"], "client_id": "l"})
        assert later.status_code in (200, 422)
        firm = toy.browser(member_of(toy, FIRM))
        path = f"/api/v1/orders/{made['order']}"
        sent = {"conclusion": "habitable", "items": ["none"], "technician": people[FIRM]}
        assert firm.post(f"{path}/houses/西一-A", json=sent).json()["conclusion"] == "habitable"
        assert firm.post(f"{path}/houses/西一-A", json=sent).status_code == 409
        assert firm.post(f"{path}/end", json={"reason": "x", "version": 1}).status_code == 403
        own = firm.get(path).json()
        assert {row["house_code"] for row in own["items"]} == {"西一-A", "西一-C"} and "head" not in own["items"][0]
        gone = county.post(f"{path}/withdraw", json={"houses": ["西一-C"], "reason": "x", "version": made["version"]})
        assert (gone.json()["houses"], gone.json()["withdrawn"]) == (1, 1)
        assert county.post(f"{path}/days", json={"due_on": f"{TOMORROW}", "version": 1}).status_code == 409
        ended = county.post(f"{path}/end", json={"reason": "办结", "version": gone.json()["version"]}).json()
        assert ended["stands"] is False and ended["ended_reason"] == "办结"
        assert firm.get(path).status_code == 404

    def test_pages_through_the_list(self, toy: ToyDatabase, event: int, people: dict[str, int]) -> None:
        county = toy.browser(toy.member("county", COUNTY))
        made = {ordered(toy, event, FIRM, code) for code in ("西一-A", "西一-C")}
        with toy.transaction() as session:
            session.execute(
                text(
                    "INSERT INTO work_order (scope_code, organisation, event_id, due_on, ends_on, made_by)"
                    " SELECT '990001', :firm, :event, date '2026-01-01' + n, CASE n % 2 WHEN 0 THEN date '2026-02-01' END, 'x'"
                    " FROM generate_series(1, 5) n"
                ),
                {"firm": FIRM, "event": event},
            )
        seen: list[int] = []
        path = "/api/v1/orders?limit=2"
        while path:
            answer = county.get(path).json()
            seen += [one["order"] for one in answer["items"]]
            path = f"/api/v1/orders?limit=2&cursor={answer['next']}" if answer["next"] else ""
        assert len(seen) == len(set(seen)) == 7 and made < set(seen)
        whole = [one["order"] for one in county.get("/api/v1/orders?limit=100").json()["items"]]
        assert seen == whole
        assert county.get("/api/v1/orders?cursor=1.x").status_code == 422


class TestTheDatabase:
    def test_shows_what_was_ordered(self, toy: ToyDatabase, event: int, order: int, people: dict[str, int]) -> None:
        looked_at(toy, event, "东一-A", "suspected")
        ordered(toy, event, OTHER, "东一-A", "西一-D")
        for firm, codes in ((FIRM, {"西一-A", "西一-C"}), (OTHER, {"东一-A", "西一-D"})):
            with toy.database.transaction(firm_actor(member_of(toy, firm))) as session:
                assert set(session.scalars(text("SELECT code FROM house"))) == codes
                assert session.scalar(text("SELECT count(*) FROM emergency_inspection")) == 2
                assert set(session.scalars(text("SELECT organisation FROM work_order"))) == {firm}
                assert set(session.scalars(text("SELECT unit FROM technician"))) == {firm}
                assert session.scalar(text("SELECT count(*) FROM hazard_event")) == 1

    def test_inspections_of_other_events_stay_hidden(self, toy: ToyDatabase, event: int, order: int) -> None:
        with toy.transaction() as session:
            session.execute(
                text(
                    "WITH e AS (INSERT INTO hazard_event (scope_code, name, kind, source, created_by) VALUES (:county, 'x', 'flood',"
                    " 'x', 'x') RETURNING id) INSERT INTO emergency_inspection (event_id, house_id, scope_code, state, priority,"
                    " reasons, assignee_area, revision, batch_id) SELECT e.id, h.id, h.scope_code, 'open', 1, '{}', h.scope_code, 1, 1"
                    " FROM e, house h WHERE h.code = '西一-A'"
                ),
                {"county": COUNTY},
            )
        with toy.database.transaction(firm_actor(member_of(toy, FIRM))) as session:
            assert (
                session.scalar(text("SELECT count(*) FROM emergency_inspection WHERE event_id <> :e"), {"e": event})
                == 0
            )

    def test_other_tables_are_closed(self, toy: ToyDatabase, order: int) -> None:
        actor = firm_actor(member_of(toy, FIRM))
        open_ = tables_open_to(toy, actor)
        assert open_ <= set(NARROW["gh_third_party"]) | set(NARROW_COMMON)

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT head FROM household",
            "SELECT key_groups FROM house",
            "SELECT remark FROM house",
            "SELECT findings FROM emergency_inspection",
            "SELECT phone_cipher FROM technician",
            "SELECT reason FROM emergency_conclusion",
            "UPDATE emergency_inspection SET version = 2",
            "UPDATE work_order SET organisation = 'x'",
            "INSERT INTO work_order_house (order_id, house_id, scope_code) SELECT 1, 1, '990001'",
            "INSERT INTO emergency_conclusion (event_id, house_id, scope_code, conclusion, items, signed_by, signed_at,"
            " entered_by) VALUES (1, 1, '990001', 'habitable', '{}', 'x', now(), 'x')",
        ],
    )
    def test_gives_nothing_more(self, toy: ToyDatabase, order: int, statement: str) -> None:
        actor = firm_actor(member_of(toy, FIRM))
        with pytest.raises(ProgrammingError) as raised, toy.database.transaction(actor) as session:
            session.execute(text(statement))
        assert getattr(raised.value.orig, "sqlstate", None) == INSUFFICIENT_PRIVILEGE

    @pytest.mark.parametrize(
        ("code", "whose", "may"), [("西一-A", FIRM, True), ("西一-D", FIRM, False), ("西一-A", OTHER, False)]
    )
    def test_the_conclusions_room_itself_asks_for_the_order(
        self, toy: ToyDatabase, event: int, order: int, people: dict[str, int], code: str, whose: str, may: bool
    ) -> None:
        """As the service signs, but past its questions: the trigger holds."""
        actor = firm_actor(member_of(toy, FIRM))
        office = Actor(
            actor.name,
            AreaScope(f"{WEST}201"),
            frozenset({SIGN, TYPE}),
            actor.user_id,
            actor.grant_id,
            database_role=APP_ROLE,
        )
        items = ("wall_crack",)
        signing = Signing("not_habitable", items, "住到安置点", people[whose])
        with toy.database.transaction(actor) as session:
            enter(session.connection(), office)
            if may:
                assert sign(session, office, event, code, signing).unit == FIRM
                return
            with pytest.raises(ProgrammingError) as raised:
                sign(session, office, event, code, signing)
            assert getattr(raised.value.orig, "sqlstate", None) == INSUFFICIENT_PRIVILEGE
            session.rollback()


def strip(answer: object) -> str:
    """The page without what changes with every request and with the question."""
    assert hasattr(answer, "text")
    shown = re.sub(
        r'nonce="[^"]*"|name="csrf-token" content="[^"]*"|value="[A-Za-z0-9_-]{20,}"|[0-9a-f]{16}', "", answer.text
    )
    return re.sub("西一-D|没有-9", "", shown)


def test_a_client_is_a_client(toy: ToyDatabase, event: int, order: int) -> None:
    """An API token of a third party opens its orders, and no layer, tile or list."""
    client: TestClient = toy.browser(member_of(toy, FIRM))
    for path in (
        "/api/v1/houses", "/api/v1/houses.geojson", "/tiles/houses/14/13654/5893.mvt", "/tiles/houses.json", "/map", "/events",
        "/inspections", "/search?q=西", "/api/v1/events", "/ogc/collections/houses/items", "/api/v1/jobs/1", "/metrics",
        "/department", "/duty", "/roster", "/journal", f"/events/{event}/conclusions",
    ):  # fmt: skip
        assert client.get(path).status_code in (403, 404), path


class TestWhatHolds:
    """A conclusion that was overtaken is not shown as one: by the page, the list and the API, to the firm and to the office."""

    def looks(self, toy: ToyDatabase, order: int) -> list[tuple[int, dict[str, str | None]]]:
        found = []
        for client in (toy.browser(member_of(toy, FIRM)), toy.browser(toy.member("county", COUNTY))):
            seen = client.get(f"/api/v1/orders/{order}").json()
            (line,) = [one for one in client.get("/api/v1/orders").json()["items"] if one["order"] == order]
            assert line["signed"] == seen["signed"]
            found.append((seen["signed"], {row["house_code"]: row["conclusion"] for row in seen["items"]}))
        return found

    def test_after_a_worse_finding_and_a_renewed_warning(
        self, toy: ToyDatabase, event: int, order: int, people: dict[str, int]
    ) -> None:
        client = toy.browser(member_of(toy, FIRM))
        for code in ("西一-A", "西一-C"):
            assert client.post(f"/orders/{order}/houses/{code}", data=said(people[FIRM])).status_code == 303
        assert self.looks(toy, order) == [(2, {"西一-A": "habitable", "西一-C": "habitable"})] * 2
        looked_at(toy, event, "西一-A", "collapsed")
        assert self.looks(toy, order) == [(1, {"西一-A": None, "西一-C": "habitable"})] * 2
        with toy.transaction(COUNTY) as session:
            session.execute(
                text(
                    "INSERT INTO event_ground (event_id, scope_code, phase, at, made_by)"
                    " VALUES (:e, :g, 'warning', now() + interval '1 minute', 'x')"
                ),
                {"e": event, "g": WEST},
            )
        assert self.looks(toy, order) == [(0, {"西一-A": None, "西一-C": None})] * 2
        assert "原结论“可以居住”不再有效" in client.get(f"/orders/{order}").text
        page = client.get(f"/orders/{order}/houses/西一-A").text
        assert "下面的结论不再有效" in page and "更正原因" in page
        upon = re.search(r'name="upon" value="(\d+)"', page)
        assert upon
        again = said(
            people[FIRM],
            conclusion="not_habitable",
            items="wall_crack",
            advice="住到安置点",
            reason="已倒塌",
            upon=upon[1],
        )
        answer = client.post(f"/orders/{order}/houses/西一-A", data=again)
        assert answer.status_code == 303, answer.text
        assert self.looks(toy, order)[0] == (1, {"西一-A": "not_habitable", "西一-C": None})

    def test_an_event_that_was_a_mistake_ends_its_orders(self, toy: ToyDatabase, event: int, order: int) -> None:
        client = toy.browser(member_of(toy, FIRM))
        assert client.get(f"/orders/{order}").status_code == 200
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "mistaken", reason="县气象台误发")
        assert client.get(f"/orders/{order}").status_code == 404
        county = toy.browser(toy.member("county", COUNTY))
        assert "事件已作误发撤销：县气象台误发" in county.get(f"/orders/{order}").text
        seen = county.get(f"/api/v1/orders/{order}").json()
        assert (seen["stands"], seen["ended_reason"]) == (False, "事件已作误发撤销：县气象台误发")
