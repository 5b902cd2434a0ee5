"""Signing conclusions: only named technicians, never twice over each other, and nobody is forgotten who cannot go home."""

import re
import threading
from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing import clock
from geo_housing.conclusions import queries
from geo_housing.conclusions.care import Care, keep_care
from geo_housing.conclusions.house_at_event import house_at_event
from geo_housing.conclusions.service import Signing, sign
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.service import change_phase, respond
from geo_housing.roster.models import Technician
from geo_housing.scope import AreaScope
from geo_housing.words import EVACUATION_STATE, UNSAFE_MEASURE
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import begun_in_july, everybody_moved, make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

RISKS = ("C", "D", "suspected")


def wide(digits: str) -> str:
    """In full width, as an input method writes them."""
    return digits.translate({ord("0") + n: chr(ord("０") + n) for n in range(10)})


@furnished
def event(toy: ToyDatabase) -> int:
    """Two villages in 灾后排查: 西一 looked at by its village, 东一 not yet."""
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ("西一", "东一"), "red")
        respond(session, toy.actor(COUNTY), number)
        change_phase(session, toy.actor(COUNTY), number, "aftermath")
    seen = {"西一-A": "suspected", "西一-B": "no_visible_hazard", "西一-C": "no_visible_hazard", "西一-D": "collapsed"}
    for code, result in seen.items():
        looked_at(toy, number, code, result)
    return number


def looked_at(toy: ToyDatabase, event: int, code: str, result: str) -> None:
    said = Findings(
        result=result,
        damage={"suspected": "slight", "collapsed": "collapsed"}.get(result, "none"),
        rooms_collapsed=1 if result == "collapsed" else None,
        rooms_slight=1 if result == "suspected" else None,
        findings="东墙",
        visitor="某巡查员",
        visited_at=clock.now(),
    )
    with toy.transaction(COUNTY) as session:
        number = session.scalar(
            text(
                "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
                " WHERE h.code = :c AND i.event_id = :e"
            ),
            {"c": code, "e": event},
        )
        saved = enter_result(session, toy.actor(COUNTY), number, InspectionEntry(said, frozenset(said.__dict__)))
        assert saved.state == "done"


def technician(toy: ToyDatabase, name: str = "某工程师", **more: object) -> int:
    with toy.transaction(COUNTY) as session:
        row = Technician(
            scope_code=COUNTY, name=name, unit="某设计室", created_by="test", valid_from=date(2026, 1, 1), **more
        )
        session.add(row)
        session.flush()
        return row.id


def signed(toy: ToyDatabase, event: int, code: str, conclusion: str, who: int, **more: object) -> int:
    values: dict[str, object] = {"items": ("wall_crack",), "advice": "住到安置点，支顶后复评", "technician_id": who}
    with toy.transaction(COUNTY) as session:
        return sign(session, toy.actor(COUNTY), event, code, Signing(conclusion, **{**values, **more})).id  # type: ignore[arg-type] # fields of Signing


def test_who_needs_a_technician_is_counted_by_village_and_in_all(toy: ToyDatabase, event: int) -> None:
    who = technician(toy)
    signed(toy, event, "西一-A", "habitable", who)
    with toy.transaction(COUNTY) as session:
        areas = queries.standing(session, event, AreaScope(COUNTY), RISKS)
        # A looks dangerous, C was dangerous before, D fell; B is sound, 东一 was not looked at.
        assert [(one.code, one.needed, one.waiting) for one in areas] == [(VILLAGES["西一"][0], 3, 2)]
        assert queries.waiting_count(session, event, AreaScope(COUNTY), RISKS) == (1, 3)
        assert queries.waiting_count(session, event, AreaScope(COUNTY), ()) == (1, 2)
        rows = queries.conclusion_rows(session, event, AreaScope(WEST), RISKS, limit=10)
        assert [(row.house_code, row.conclusion) for row in rows] == [
            ("西一-C", None),
            ("西一-D", None),
            ("西一-A", "habitable"),
        ]
    with toy.transaction(EAST) as session:
        assert queries.standing(session, event, AreaScope(EAST), RISKS) == []


def test_a_conclusion_changes_no_grade_and_is_in_the_journal(toy: ToyDatabase, event: int) -> None:
    who = technician(toy)
    with toy.transaction() as session:
        before = session.execute(text("SELECT grade, risk, version FROM house WHERE code = '西一-C'")).one()
    signed(toy, event, "西一-C", "not_habitable", who)
    with toy.transaction() as session:
        assert session.execute(text("SELECT grade, risk, version FROM house WHERE code = '西一-C'")).one() == before
        assert session.scalar(text("SELECT count(*) FROM journal_entry WHERE action = 'conclusions.sign'")) == 1


@pytest.mark.parametrize("mode", ["actual", "drill"])
def test_the_house_tells_it_in_words_and_of_a_drill_that_it_is_one(toy: ToyDatabase, event: int, mode: str) -> None:
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET mode = :mode WHERE id = :id"), {"mode": mode, "id": event})
    signed(toy, event, "西一-C", "not_habitable", technician(toy))
    with toy.transaction(COUNTY) as session:
        care = Care(living_now="县城亲戚家", measure="sealed", stated=frozenset({"living_now", "measure"}))
        keep_care(session, toy.actor(COUNTY), event, "西一-C", care, version=None)
        name = session.scalar(text("SELECT name FROM hazard_event WHERE id = :id"), {"id": event})
    page = toy.browser(toy.member("county", COUNTY)).get("/houses/西一-C").text
    told = re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index('<ol class="timeline"') :].partition("</ol>")[0])
    )
    assert "签署应急评估结论" in told and "应急评估结论：不可以居住" in told, told
    assert "现居住地：县城亲戚家" in told and UNSAFE_MEASURE.label("sealed") in told
    assert not re.search(r"conclusions|habitable|sealed|living_now|— →", told), told
    said = f"{'【演练】' if mode == 'drill' else ''}{name}"
    assert f"说明：{said} · 某工程师" in told and told.count(f"说明：{said}") == 2


def test_not_habitable_opens_the_care_and_habitable_ends_it(toy: ToyDatabase, event: int) -> None:
    who = technician(toy)
    first = signed(toy, event, "西一-C", "not_habitable", who)
    with toy.transaction(COUNTY) as session:
        house = house_at_event(session, event, "西一-C", AreaScope(COUNTY)).house_id
        home = queries.unsafe_home(session, event, house)
        assert home is not None and home.settled_at is None
        # Beside it 西一-D, which fell and waits to be signed.
        assert [one.unsafe for one in queries.standing(session, event, AreaScope(COUNTY), RISKS)] == [2]
    second = signed(toy, event, "西一-C", "habitable", who, upon=first, reason="已支顶加固")
    with toy.transaction(COUNTY) as session:
        home = queries.unsafe_home(session, event, house)
        assert home is not None and home.settled_at is not None and home.settled_how
        assert [row.id for row in queries.history(session, event, house)] == [second, first]
        assert queries.holding(session, event, house).id == second  # type: ignore[union-attr] # there is one
    signed(toy, event, "西一-C", "not_habitable", who, upon=second, reason="余震后开裂")
    with toy.transaction(COUNTY) as session:
        home = queries.unsafe_home(session, event, house)
        assert home is not None and home.settled_at is None, "open again"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"technician_id": None}, "请选择签署的专业技术人员"),
        ({"technician_id": 987654}, "请选择签署的专业技术人员"),
        ({"items": ()}, "请选择评估所见"),
        ({"items": ("none", "roof")}, "不能与其他所见同时选"),
        ({"advice": " "}, "请写明处理意见"),
        ({"signed_at": clock.now() + timedelta(days=1)}, "不能晚于现在"),
        ({"conclusion": "restricted"}, "没有对这种灾害启用"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_kept(
    toy: ToyDatabase, event: int, more: dict[str, object], said: str
) -> None:
    who = technician(toy)
    asked = {"conclusion": "not_habitable", **more}
    with pytest.raises(BadInput, match=said):
        signed(toy, event, "西一-C", str(asked.pop("conclusion")), who, **asked)
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM emergency_conclusion")) == 0


def test_technicians_sign_where_and_when_they_work(toy: ToyDatabase, event: int) -> None:
    elsewhere = technician(toy, areas=[EAST])
    gone = technician(toy, name="离任的", valid_to=clock.today() - timedelta(days=1))
    for who in (elsewhere, gone):
        with pytest.raises(BadInput, match="专业技术人员"):
            signed(toy, event, "西一-C", "habitable", who)
    assert signed(toy, event, "西一-C", "habitable", technician(toy, name="本镇的", areas=[WEST]))


def test_a_ruin_is_never_habitable(toy: ToyDatabase, event: int) -> None:
    with pytest.raises(BadInput, match="倒塌"):
        signed(toy, event, "西一-D", "habitable", technician(toy))


def test_a_village_may_not_sign_and_a_township_only_its_own(toy: ToyDatabase, event: int) -> None:
    who = technician(toy)
    with toy.transaction(EAST) as session, pytest.raises(NotFound):
        sign(session, toy.actor(EAST), event, "西一-C", Signing("habitable", ("none",), None, who))
    village = toy.browser(toy.member("village", VILLAGES["西一"][0]))
    answer = village.post(f"/api/v1/events/{event}/conclusions/西一-C", json={"conclusion": "habitable"})
    assert answer.status_code == 403
    mute = Actor(name="user:nobody", scope=AreaScope(COUNTY))
    with toy.transaction(COUNTY) as session, pytest.raises(NotAllowed):
        sign(session, mute, event, "西一-C", Signing("habitable", ("none",), None, who))


def test_two_technicians_on_one_house_get_a_clear_conflict(toy: ToyDatabase, event: int) -> None:
    one, other = technician(toy, name="甲"), technician(toy, name="乙")
    results: list[object] = []
    together = threading.Barrier(2)

    def press(who: int, conclusion: str) -> None:
        together.wait()
        try:
            results.append(signed(toy, event, "西一-C", conclusion, who))
        except Conflict as refused:
            results.append(refused)

    threads = [threading.Thread(target=press, args=args) for args in ((one, "habitable"), (other, "not_habitable"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusals = [result for result in results if isinstance(result, Conflict)]
    assert len(refusals) == 1 and "刚由别人签署" in refusals[0].sentence
    assert {fault.column for fault in refusals[0].faults} >= {"conclusion", "signed_by"}
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM emergency_conclusion")) == 1


def test_the_same_form_sent_twice_signs_once(toy: ToyDatabase, event: int) -> None:
    who = technician(toy)
    first = signed(toy, event, "西一-C", "not_habitable", who, client_id="a-1")
    assert signed(toy, event, "西一-C", "not_habitable", who, client_id="a-1") == first


def test_the_forms_on_the_pages(toy: ToyDatabase, event: int) -> None:
    begun_in_july(toy, event)
    who = technician(toy)
    county: TestClient = toy.browser(toy.member("county", COUNTY))
    page = county.get(f"/events/{event}/conclusions")
    assert "待评估，暂不返回" in page.text and "西一村" in page.text
    village = county.get(f"/events/{event}/conclusions/areas/{VILLAGES['西一'][0]}")
    # What fell is walked to first.
    assert village.text.index("西一-D") < village.text.index("西一-A") < village.text.index("西一-C")
    address = f"/events/{event}/conclusions/houses/西一-C"
    refused = county.post(address, data={"conclusion": "not_habitable", "advice": "", "technician": str(who)})
    assert refused.status_code == 422 and "请写明处理意见" in refused.text and "请选择评估所见" in refused.text
    form = {"conclusion": "not_habitable", "items": "roof", "advice": "住到安置点", "technician": str(who)}
    for odd in ("刚才", "0001-01-01T00:00", "2026-02-30T08:00"):
        refused = county.post(address, data={**form, "signed_at": odd})
        assert refused.status_code == 422 and "“评估时间”请填成 2026-07-19 06:30 这样的时间" in refused.text
    assert county.post(address, data=form).status_code == 303
    late = county.post(address, data={**form, "conclusion": "habitable"})
    assert late.status_code == 409 and "刚由别人签署" in late.text and "住到安置点" in late.text
    assert "现在存的内容与您提交的不同" in late.text and "与您要签署的结论相同" not in late.text
    assert "与您要签署的结论相同" in county.post(address, data=form).text
    version = re.search(r'name="version" value="(\d+)"', county.get(address).text)
    assert version
    care = {"living_now": "西山镇中心校安置点", "measure": "sealed", "version": version[1]}
    for name, label in (("measure_on", "措施日期"), ("assessment_asked_on", "申请评定或鉴定的日期")):
        refused = county.post(f"{address}/care", data={**care, name: "2026-02-30"})
        assert refused.status_code == 422 and f"“{label}”请填成 2026-07-19 这样的日期" in refused.text
    assert (
        county.post(f"{address}/care", data={**care, "measure_on": wide(f"{clock.today():%Y/%m/%d}")}).status_code
        == 303
    )
    assert f'value="{clock.today()}"' in county.get(address).text
    assert county.post(f"{address}/care", data=care).status_code == 409, "made upon an older state"
    assert "西山镇中心校安置点" in county.get(f"/events/{event}/conclusions").text
    # On the desk until they are safely housed, whatever became of the event.
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET phase = 'closed'"))
    chore = "安置房屋倒塌或不可以居住的农户"
    assert chore in county.get("/").text and f'href="/events/{event}/conclusions"' in county.get("/").text
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET phase = 'aftermath'"))
    leader = toy.browser(toy.member("leader", COUNTY))
    for path in (f"/events/{event}/conclusions", address):
        seen = leader.get(path).text
        assert "西山镇中心校安置点" not in seen and "住到安置点" not in seen


@pytest.mark.parametrize("state", ["pending", "refused", "unreachable"])
def test_a_family_that_the_list_has_as_still_there_is_not_safely_housed(
    toy: ToyDatabase, event: int, state: str
) -> None:
    signed(toy, event, "西一-C", "not_habitable", technician(toy))
    row = "house_id = (SELECT id FROM house WHERE code = '西一-C')"
    with toy.transaction() as session:
        session.execute(text(f"UPDATE evacuation SET state = :state WHERE {row}"), {"state": state})
    county = toy.browser(toy.member("county", COUNTY))
    address = f"/api/v1/events/{event}/unsafe-homes/西一-C"
    care = {"living_now": "公房", "settled_how": "迁入公房"}
    refused = county.patch(address, json={**care, "version": 1})
    assert refused.status_code == 409
    assert f"户某某（{EVACUATION_STATE.label(state)}）" in refused.json()["detail"]
    form = county.post(f"/events/{event}/conclusions/houses/西一-C/care", data={**care, "version": "1"})
    assert form.status_code == 409 and "转移名单上还没有转移的" in form.text and 'value="迁入公房"' in form.text
    # Where they live now is kept all the same, and once they are moved the care ends.
    kept = county.patch(address, json={"living_now": "公房", "version": 1}).json()["unsafe_home"]
    assert kept["settled_at"] is None
    with toy.transaction() as session:
        session.execute(text(f"UPDATE evacuation SET state = 'moved_to_kin' WHERE {row}"))
    assert county.patch(address, json={**care, "version": kept["version"]}).json()["unsafe_home"]["settled_at"]


def test_a_family_is_settled_only_when_it_is_written_where_it_lives(toy: ToyDatabase, event: int) -> None:
    # The other ruin was a mistake: one family is left.
    looked_at(toy, event, "西一-D", "suspected")
    signed(toy, event, "西一-C", "not_habitable", technician(toy))
    county = toy.browser(toy.member("county", COUNTY))
    address = f"/api/v1/events/{event}/unsafe-homes/西一-C"
    chore = "安置房屋倒塌或不可以居住的农户"
    assert chore in county.get("/").text
    assert county.patch(address, json={"settled_how": "迁入公房", "version": 1}).status_code == 422
    with toy.transaction() as session:
        everybody_moved(session, event)
    kept = county.patch(address, json={"living_now": "公房", "settled_how": "迁入公房", "version": 1})
    assert kept.status_code == 200 and kept.json()["unsafe_home"]["settled_at"]
    assert chore not in county.get("/").text
    again = county.patch(address, json={"settled_how": None, "version": kept.json()["unsafe_home"]["version"]})
    assert again.json()["unsafe_home"]["settled_at"] is None
    once_more = {"settled_how": "迁入公房", "version": again.json()["unsafe_home"]["version"]}
    settled = county.patch(address, json=once_more).json()["unsafe_home"]
    # Whoever takes back where they live opens it again.
    gone = county.patch(address, json={"living_now": "", "version": settled["version"]}).json()["unsafe_home"]
    assert settled["settled_at"] and gone["settled_at"] is None and gone["living_now"] is None


class TestWhoseHouses:
    def test_a_technician_s_own_divisions_come_first_and_the_others_stay_in_reach(
        self, toy: ToyDatabase, event: int
    ) -> None:
        looked_at(toy, event, "东一-A", "suspected")
        member = toy.member("technician", COUNTY)
        who = technician(toy, "甲工", app_user_id=member.user_id, areas=[WEST], team="一组")
        client = toy.browser(member)
        page = client.get(f"/events/{event}/conclusions").text
        assert "我的待评估房屋 3 栋" in page
        assert page.index("西山镇") < page.index("其他乡镇、村") < page.index("东河乡")
        mine = client.get(f"/events/{event}/conclusions/mine").text
        assert "西一-A" in mine and "西一-D" in mine and "东一-A" not in mine
        assert "东一-A" in client.get(f"/events/{event}/conclusions/areas/{EAST}").text
        # A village alone; then, without divisions of their own, those of their team; then everything.
        for areas, count in (([VILLAGES["东一"][0]], 1), (None, 1), (None, 4)):
            with toy.transaction(COUNTY) as session:
                session.get_one(Technician, who).areas = areas
            if areas is None and count == 1:
                technician(toy, "乙工", areas=[EAST], team="一组")
            if count == 4:
                with toy.transaction(COUNTY) as session:
                    session.get_one(Technician, who).team = None
            listed = client.get(f"/events/{event}/conclusions/mine").text
            assert listed.count("待评估</span>") == count, (areas, count)
        assert "我的待评估房屋" not in client.get(f"/events/{event}/conclusions").text

    def test_who_is_no_technician_has_no_houses_of_his_own(self, toy: ToyDatabase, event: int) -> None:
        assert (
            "我的待评估房屋" not in toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}/conclusions").text
        )
        assert (
            toy.browser(toy.member("village", VILLAGES["西一"][0])).get(f"/events/{event}/conclusions/mine").status_code
            == 403
        )


@pytest.mark.parametrize("conclusion", ["habitable", "not_habitable"])
def test_a_form_of_before_typed_afterwards_permits_nothing(toy: ToyDatabase, event: int, conclusion: str) -> None:
    """The technician was there at ten, the village saw it crack at eleven, their form is typed at twelve."""
    who = technician(toy)
    early = clock.now() - timedelta(hours=1)
    if conclusion == "not_habitable":
        assert signed(toy, event, "西一-A", conclusion, who, signed_at=early)
        return
    with pytest.raises(BadInput, match="晚于您的评估时间") as refused:
        signed(toy, event, "西一-A", conclusion, who, signed_at=early)
    assert [fault.column for fault in refused.value.faults] == ["signed_at"]
    # Nothing worse was seen since at the house that only looked as before.
    assert signed(toy, event, "西一-C", conclusion, who, signed_at=early)
    assert signed(toy, event, "西一-A", conclusion, who, signed_at=clock.now())


def test_what_was_typed_late_but_seen_before_is_covered(toy: ToyDatabase, event: int) -> None:
    """Seen by the village at nine, by the technician at ten, both typed at noon; a later look that finds no worse changes nothing."""
    who = technician(toy)
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE emergency_inspection SET visited_at = visited_at - interval '3 hours'"))
    assert signed(toy, event, "西一-A", "habitable", who, signed_at=clock.now() - timedelta(hours=2))


def test_a_signature_of_another_day_before_the_disaster_lets_nobody_home(toy: ToyDatabase, event: int) -> None:
    who = technician(toy)
    with pytest.raises(BadInput, match="早于这次灾害"):
        signed(toy, event, "西一-A", "habitable", who, signed_at=clock.now() - timedelta(days=1))
