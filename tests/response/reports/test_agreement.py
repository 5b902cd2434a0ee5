"""What a report counts agrees with its annex, the ledger and the report before: nothing printed is left out of any of them."""

import io
from dataclasses import fields, replace
from typing import Any

import docx
import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from geo_housing import clock
from geo_housing.evacuation import service as moves
from geo_housing.evacuation.additions import ToldFigure, tell_figure
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import PLACE_UNKNOWN, Said
from geo_housing.houses.heads import Heads
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.reports import service
from geo_housing.response.reports.compared import changes, differences
from geo_housing.response.reports.figures import (
    AreaFigures,
    Checks,
    Concluded,
    Figures,
    Loss,
    Moves,
    ShelterLine,
    WarningLine,
    figures_of,
)
from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase
from tests.response.reports.test_reports import entered, event, figures, made, sent
from tests.response.warnings import LIFT, RED, confirm
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

__all__ = ["event"]


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def begun(toy: ToyDatabase, event: int, code: str, **said: Any) -> None:
    """Entered as a village sends it back: not everything that a finished one needs."""
    with toy.transaction(COUNTY) as session:
        query = "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c AND event_id = :e"
        number = session.execute(text(query), {"c": code, "e": event}).scalar_one()
        row = enter_result(session, toy.actor(COUNTY), number, InspectionEntry(Findings(**said), frozenset(said)))
        assert row.state == "in_progress"


def moved(toy: ToyDatabase, event: int, code: str, **said: Any) -> None:
    with toy.transaction(COUNTY) as session:
        query = "SELECT e.id, e.version FROM evacuation e JOIN house h ON h.id = e.house_id WHERE h.code = :c AND event_id = :e"
        row = session.execute(text(query), {"c": code, "e": event}).one()
        entry = MoveEntry(Said(**said), frozenset(said), row.version)
        moves.enter(session, toy.actor(COUNTY), event, row.id, entry, hindrance=lambda *_: None)


def ledger(client: TestClient, event: int) -> dict[object, dict[object, object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/events/{event}/reports/losses.xlsx").content))
    heads, *rows = book.get_sheet_by_index(0).to_python()[2:]
    return {row[heads.index("房屋编号")]: dict(zip(heads, row, strict=True)) for row in rows}


class Papers:
    """One report as its two files say it."""

    def __init__(self, client: TestClient, event: int, number: int) -> None:
        address = f"/events/{event}/reports/{number}/file"
        document = docx.Document(io.BytesIO(client.get(f"{address}.docx").content))
        self.said = "\n".join(one.text for one in document.paragraphs)
        self.tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]
        book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"{address}.xlsx").content))
        self.sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}

    def total(self, label: str) -> object:
        """A sum of the workbook's sheet of townships, by what stands above it."""
        rows = self.sheets["分乡镇"]
        first = next(n for n, row in enumerate(rows) if label in [str(cell).replace("\n", "") for cell in row])
        last = next(row for row in rows[first:] if row[0] == "合计")
        return last[[str(cell).replace("\n", "") for cell in rows[first]].index(label)]


@pytest.mark.parametrize(
    ("code", "label", "rooms"),
    [
        ("slight", "一般损坏", {"rooms_slight": 1}),
        ("severe", "严重损坏", {"rooms_slight": 2, "rooms_severe": 1}),
        ("collapsed", "倒塌", {"rooms_severe": 2, "rooms_collapsed": 1}),
    ],
)
def test_rooms_without_a_stated_class_give_the_class_in_every_paper(
    toy: ToyDatabase, county: TestClient, event: int, code: str, label: str, rooms: dict[str, int]
) -> None:
    begun(toy, event, "西一-D", result="suspected", findings="漏雨", **rooms)
    report = made(toy, event)
    assert figures(report).total.losses[code] == Loss(1, 1, 1, 0)
    assert figures(report).total.checks.unclassed == 0
    papers = Papers(county, event, report.number)
    assert f"{label}1户1栋1间" in papers.said and "未定损坏程度" not in papers.said
    assert "一般损坏0户0栋，另有" not in papers.said or code != "slight"
    assert (papers.total(f"{label}（户）"), papers.total(f"{label}（间）")) == (1, 1)
    row = ledger(county, event)["西一-D"]
    assert (row["损坏程度"], row[f"{label}（间）"]) == (f"{label}（按间数，程度待填）", 1)
    # Stated, it is what was said.
    begun(toy, event, "西一-D", damage="collapsed")
    assert ledger(county, event)["西一-D"]["损坏程度"] == "倒塌"


def test_a_house_without_class_and_rooms_is_counted_as_such(toy: ToyDatabase, county: TestClient, event: int) -> None:
    begun(toy, event, "西一-D", result="suspected", findings="漏雨")
    begun(toy, event, "西一-A", result="suspected", damage="none")
    report = made(toy, event)
    assert figures(report).total.checks.unclassed == 1
    papers = Papers(county, event, report.number)
    assert "另有未定损坏程度1栋（有损坏或疑似危险，损坏程度和间数都没有填），不在以上各类" in papers.said
    assert papers.total("未定损坏程度（栋）") == 1 and ledger(county, event) == {}


def test_townships_without_damage_are_named_as_far_as_they_were_looked_at(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    early = Papers(county, event, made(toy, event).number).said
    assert "目前没有损坏报告、排查还没有完成的乡镇：东河乡。" in early and "零报告" not in early
    with toy.transaction(EAST) as session:
        codes = session.scalars(
            text(
                "SELECT h.code FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
                " WHERE event_id = :e AND i.scope_code LIKE :east AND i.state <> 'withdrawn'"
            ),
            {"e": event, "east": f"{EAST}%"},
        ).all()
    for code in codes:
        entered(toy, event, code, result="no_visible_hazard", findings=None)
    late = Papers(county, event, made(toy, event).number).said
    assert "零报告：东河乡。" in late and "没有损坏报告" not in late


def test_the_ledger_says_of_the_moved_what_the_report_says(toy: ToyDatabase, county: TestClient, event: int) -> None:
    for code in ("西一-D", "西一-C"):
        entered(toy, event, code, result="collapsed", rooms_collapsed=2)
    moved(toy, event, "西一-D", state="moved_to_shelter", people=3)
    moved(toy, event, "西一-C", state="moved_to_shelter", destination="镇敬老院", people=2)
    found = ledger(county, event)
    assert found["西一-D"]["安置方式"] == PLACE_UNKNOWN
    assert found["西一-C"]["安置方式"] == "已转移（集中安置）（镇敬老院）"
    papers = Papers(county, event, made(toy, event).number)
    assert (papers.total("集中安置（户）"), papers.total("去向待核实（户）")) == (1, 1)


def test_each_shelter_stands_in_the_annex_with_who_is_inside(toy: ToyDatabase, county: TestClient, event: int) -> None:
    assert "安置点" not in Papers(county, event, made(toy, event).number).sheets
    with toy.transaction(COUNTY) as session:
        made_of = "INSERT INTO shelter (scope_code, name, capacity, created_by) VALUES (:town, :name, :holds, 'cli:tests') RETURNING id"
        one, two, _ = [
            session.execute(text(made_of), {"town": WEST, "name": name, "holds": holds}).scalar_one()
            for name, holds in (("小学", 50), ("村委会", None), ("没有人的中学", 9))
        ]
    moved(toy, event, "西一-D", state="moved_to_shelter", shelter_id=one, people=3)
    moved(toy, event, "西一-C", state="moved_to_shelter", shelter_id=two, people=2)
    report = made(toy, event)
    assert figures(report) == figures_of(report.figures) and len(figures(report).shelters or ()) == 2
    papers = Papers(county, event, report.number)
    rows = papers.tables[1]
    assert rows[0] == ["乡镇、村", "安置点", "现有（户）", "现有（人）", "未填人数（户）", "可容（人）"]
    assert sorted(rows[1:]) == sorted(
        [["西山镇", "小学", "1", "3", "0", "50"], ["西山镇", "村委会", "1", "2", "0", "未填"]]
    )
    assert sorted(str(row[:4]) for row in papers.sheets["安置点"][-2:]) == sorted(
        [str(["西山镇", "小学", 1.0, 3.0]), str(["西山镇", "村委会", 1.0, 2.0])]
    )
    # An older report says nothing of shelters, and nothing is compared with it.
    assert figures_of({**report.figures, "shelters": None}).shelters is None


def test_a_figure_by_telephone_and_a_lifted_warning_are_no_standing_still(toy: ToyDatabase, county: TestClient) -> None:
    event = confirm(toy, RED).event
    with toy.transaction(COUNTY) as session:
        respond(session, toy.actor(COUNTY), event)
    made(toy, event)
    sent(toy, event, 1)
    quiet = Papers(county, event, made(toy, event).number).said
    assert "与上一期相比没有变化。" in quiet
    with toy.transaction(COUNTY) as session:
        tell_figure(session, toy.actor(COUNTY), event, ToldFigure(VILLAGES["西一"][0], 2, 5))
    second = made(toy, event)
    told = Papers(county, event, second.number).said
    assert "电话报数、姓名待落实+2户（0→2）、电话报数、姓名待落实+5人（0→5）。" in told
    sent(toy, event, second.number)
    moved(toy, event, "西一-D", state="moved_to_kin", people=4)
    confirm(toy, LIFT, target=str(event))
    third = made(toy, event)
    said = Papers(county, event, third.number).said
    assert "新收到：2026年7月12日05时30分，玩具县气象台解除暴雨红色预警；" in said
    assert "投亲靠友+1户（0→1）" in said and "投亲靠友+4人（0→4）" in said
    with toy.transaction(COUNTY) as session:
        assert service.before(session, third) == figures(second)


NUMBERS = (Moves, Loss, Checks, Concluded)


@pytest.mark.parametrize(("kind", "name"), [(kind, one.name) for kind in NUMBERS for one in fields(kind)])
def test_every_number_of_an_area_is_compared(kind: Any, name: str) -> None:
    value = Heads(1, 2, 3) if kind is Moves else 1
    part = replace(kind(), **{name: value})
    of = {Moves: "moves", Checks: "checks", Concluded: "concluded"}.get(kind)
    area = AreaFigures(WEST, "西山镇", **({of: part} if of else {"losses": {"severe": part}}))
    found = changes(Figures(area, ()), Figures(AreaFigures(WEST, "西山镇"), ()))
    assert [one.now for one in found] == ([1, 2, 3] if kind is Moves else [1])
    assert all(one.label and one.unit for one in found)


OTHERS: dict[str, Any] = {
    "townships": (AreaFigures(WEST, "西山镇", Moves(due=Heads(1, 1))),),
    "total": AreaFigures(COUNTY, "玩具县", Moves(due=Heads(1, 1))),
    "warnings": (WarningLine(clock.now().isoformat(), "气象台", "解除暴雨红色预警"),),
    "calls": "3/6",
    "calls_lifted": 2,
    "phase": "灾后排查",
    "revision": 2,
    "affected": {"houses": 4, "households": 3, "people": 9},
    "shelters_used": 1,
    # Told by the shelter's own line.
    "crowded": None,
    "elsewhere": Heads(1, 1),
    "extra": 1,
    "extra_unregistered": 1,
    "shelters": (ShelterLine("西山镇", "小学", Heads(1, 3), 2),),
    # Says how far the figures are those of then; none of them is another one by it.
    "is_known": None,
}  # fmt: skip


@pytest.mark.parametrize("name", [one.name for one in fields(Figures)])
def test_everything_that_a_report_says_is_compared(name: str) -> None:
    empty = Figures(AreaFigures(COUNTY, "玩具县"), (), calls="0/6", phase="预警响应", revision=1, affected={"houses": 1}, shelters=())  # fmt: skip
    if OTHERS[name] is None:
        return
    assert differences(replace(empty, **{name: OTHERS[name]}), empty) and differences(empty, empty) == []
    assert differences(empty, replace(empty, **{name: OTHERS[name]})), "also when it is gone"


def test_what_is_not_known_any_more_is_no_change() -> None:
    known = Figures(AreaFigures(COUNTY, "玩具县"), (), calls="3/6", affected={"houses": 4}, shelters=(ShelterLine("西山镇", "小学", Heads(1, 3), 2),))  # fmt: skip
    assert differences(replace(known, calls="3", affected={}, shelters=None), known) == []


def test_a_township_that_goes_before_the_event_is_told_and_one_that_goes_with_it_is_not() -> None:
    def of(phase: str, own: str) -> Figures:
        return Figures(AreaFigures(COUNTY, "玩具县"), (AreaFigures(WEST, "西山镇", phase=own),), phase=phase)

    both, early, late = of("预警响应", ""), of("预警响应", "灾后排查"), of("灾后排查", "")
    assert differences(early, both) == ["西山镇由“预警响应”转为“灾后排查”阶段"]
    assert differences(late, early) == differences(late, both) == ["阶段由“预警响应”转为“灾后排查”"]
    assert differences(both, early) == ["西山镇由“灾后排查”转为“预警响应”阶段"]
