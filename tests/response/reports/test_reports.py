"""Reports: figures that equal the database at their moment, frozen, corrected and never edited, as files that open."""

import io
import re
import threading
from datetime import UTC, timedelta
from pathlib import Path
from urllib.parse import unquote
from zipfile import ZipFile

import docx
import openpyxl
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.evacuation import service as moves
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import Said
from geo_housing.evacuation.sums import totals
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.heads import Heads
from geo_housing.houses.register.endings import end_house
from geo_housing.houses.register.families import leave_house
from geo_housing.inspections.service import InspectionEntry, enter_result
from geo_housing.inspections.stages import Findings
from geo_housing.response.grounds import enter_grounds
from geo_housing.response.reports import service
from geo_housing.response.reports.compared import changes
from geo_housing.response.reports.document import write_document
from geo_housing.response.reports.figures import AreaFigures, Checks, Figures, Loss, Moves, figures_of
from geo_housing.response.reports.gather import gather
from geo_housing.response.reports.models import EventReport
from geo_housing.response.reports.service import Wanted
from geo_housing.response.reports.showing import shown
from geo_housing.response.reports.wording import Heading, Section
from geo_housing.response.reports.workbook import write_workbook
from geo_housing.response.service import change_phase, respond
from geo_housing.response.zones.loading import Given, load_divisions
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase, furnished
from tests.houses.ledgers import house
from tests.response.warnings import LIFT, ORANGE, RED, confirm
from tests.response.zones import make_event, revise
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction(COUNTY) as session:
        number = make_event(session, toy.actor(COUNTY), ("西一", "东一"), "red")
        respond(session, toy.actor(COUNTY), number)
        change_phase(session, toy.actor(COUNTY), number, "aftermath")
    return number


def entered(toy: ToyDatabase, event: int, code: str, **said: object) -> None:
    values = {"visitor": "某巡查员", "visited_at": clock.now(), "findings": "东墙", **said}
    findings = Findings(**values)  # type: ignore[arg-type] # fields of Findings
    with toy.transaction(COUNTY) as session:
        query = "SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = :c AND event_id = :e"
        number = session.scalar(text(query), {"c": code, "e": event})
        enter_result(session, toy.actor(COUNTY), number, InspectionEntry(findings, frozenset(values)))


def made(toy: ToyDatabase, event: int, area: str = COUNTY, **wanted: object) -> EventReport:
    with toy.transaction(area) as session:
        return service.make_report(session, toy.actor(area), event, Wanted(**wanted))  # type: ignore[arg-type] # its fields


def sent(toy: ToyDatabase, event: int, number: int, area: str = COUNTY) -> EventReport:
    with toy.transaction(area) as session:
        row = service.report_of(session, event, number, toy.actor(area).scope)
        said = {"difficulties": "道路中断", "next_steps": "无"}
        row = service.write_words(session, toy.actor(area), event, number, version=row.version, **said)
        return service.send_report(session, toy.actor(area), event, number, version=row.version)


def figures(row: EventReport) -> Figures:
    return figures_of(row.figures)


def test_the_figures_are_those_of_the_database(toy: ToyDatabase, event: int) -> None:
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2, rooms_slight=1)
    entered(toy, event, "西一-A", result="suspected", damage="severe", rooms_severe=3)
    entered(toy, event, "东一-A", result="no_visible_hazard")
    found = figures(made(toy, event))
    with toy.transaction(COUNTY) as session:
        row = session.execute(
            text(
                "SELECT count(*) AS due, count(*) FILTER (WHERE i.state = 'done') AS done,"
                " sum(rooms_collapsed) AS collapsed, sum(rooms_severe) AS severe, sum(rooms_slight) AS slight,"
                " sum(h.households) FILTER (WHERE damage = 'collapsed') AS fallen,"
                " (SELECT count(*) FROM evacuation e WHERE e.event_id = :e AND withdrawn_at IS NULL) AS moves"
                " FROM emergency_inspection i JOIN house h ON h.id = i.house_id"
                " WHERE event_id = :e AND state <> 'withdrawn'"
            ),
            {"e": event},
        ).one()
    total = found.total
    assert (total.checks.due, total.checks.done) == (row.due, row.done)
    assert [total.losses[code].rooms for code in ("collapsed", "severe", "slight")] == [
        row.collapsed,
        row.severe,
        row.slight,
    ]
    assert total.losses["collapsed"].households == row.fallen == 1
    assert total.moves.due.households == row.moves
    # County = its townships, figure by figure.
    assert total.checks.due == sum(area.checks.due for area in found.townships)
    assert total.moves.due.households == sum(area.moves.due.households for area in found.townships)
    assert total.losses["severe"].rooms == sum(area.losses["severe"].rooms for area in found.townships)


def test_a_township_that_is_further_than_the_event_is_told(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ("西一", "东一"), "red")
        respond(session, toy.actor(COUNTY), event)
    early = made(toy, event)
    assert all(area.phase == "" for area in figures(early).townships)
    with toy.transaction(COUNTY) as session:
        enter_grounds(session, toy.actor(COUNTY), event, [WEST])
    found = figures(made(toy, event))
    assert (found.phase, {area.code: area.phase for area in found.townships}) == (
        "预警响应", {WEST: "灾后排查", EAST: ""},
    )  # fmt: skip
    page = toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}/reports/2").text
    assert "其中西山镇已处于“灾后排查”阶段" in page
    assert "已处于" not in toy.browser(toy.member("county", COUNTY)).get(f"/events/{event}/reports/1").text
    # As of before: nobody was further. Once the event has entered, nobody is.
    with toy.transaction(COUNTY) as session:
        then = gather(session, session.get_one(HazardEvent, event), AreaScope(COUNTY), as_of=early.as_of)
        assert (then.phase, [area.phase for area in then.townships]) == ("预警响应", ["", ""])
        change_phase(session, toy.actor(COUNTY), event, "aftermath")
        now = gather(session, session.get_one(HazardEvent, event), AreaScope(COUNTY))
        assert (now.phase, [area.phase for area in now.townships]) == ("灾后排查", ["", ""])
        then = gather(session, session.get_one(HazardEvent, event), AreaScope(COUNTY), as_of=early.as_of)
        assert then.phase == "预警响应", "as it was, whatever came since"


def test_a_township_reports_its_own_part(toy: ToyDatabase, event: int) -> None:
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    west, county = figures(made(toy, event, WEST)), figures(made(toy, event))
    assert [area.code for area in west.townships] == [WEST]
    assert west.total.checks.due == next(area for area in county.townships if area.code == WEST).checks.due
    with toy.transaction(EAST) as session, pytest.raises(NotFound):
        service.report_of(session, event, 1, toy.actor(EAST).scope)


def test_what_was_made_stays_as_it_was(toy: ToyDatabase, event: int) -> None:
    first = made(toy, event)
    frozen = figures(first)
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    with toy.transaction(COUNTY) as session:
        assert figures(service.report_of(session, event, 1, toy.actor(COUNTY).scope)) == frozen
    sent(toy, event, 1)
    second = made(toy, event)
    with toy.transaction(COUNTY) as session:
        said = changes(figures(second), service.before(session, second))
    assert ("倒塌", "户", 0, 1) in [(one.label, one.unit, one.before, one.now) for one in said]
    assert (first.kind, second.kind) == ("flash", "follow_up")


def test_a_moment_before_the_damage_knows_nothing_of_it(toy: ToyDatabase, event: int) -> None:
    before = clock.now()
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    then = figures(made(toy, event, as_of=before))
    now = figures(made(toy, event))
    assert (then.total.checks.done, now.total.checks.done) == (0, 1)
    assert (then.total.losses["collapsed"].houses, now.total.losses["collapsed"].houses) == (0, 1)
    with pytest.raises(BadInput, match="截至时间"):
        made(toy, event, as_of=clock.now() + timedelta(hours=1))


def test_a_typed_minute_ends_where_the_course_of_the_event_ends_it(toy: ToyDatabase, event: int) -> None:
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    minute = clock.now().strftime("%Y-%m-%dT%H:%M")
    client = toy.browser(toy.member("county", COUNTY))
    assert client.post(f"/events/{event}/reports", data={"as_of": minute}).status_code == 303
    with toy.transaction(COUNTY) as session:
        report = service.report_of(session, event, 1, toy.actor(COUNTY).scope)
    assert figures(report).total.losses["collapsed"].houses == 1
    assert f"{report.as_of:%Y-%m-%dT%H:%M}" == minute
    later = (clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    refused = client.post(f"/events/{event}/reports", data={"as_of": later})
    assert refused.status_code == 422 and "截至时间应在事件建立之后、现在之前" in refused.text


@pytest.mark.parametrize(
    ("typed", "until"),
    [
        ("2026-07-13T02:27", "2026-07-13T02:27:59.999999+08:00"),
        ("2026-07-13T02:28", "2026-07-13T02:28:31+08:00"),
        ("2026-07-13T02:29", "2026-07-13T02:29:59.999999+08:00"),
    ],
)
def test_a_typed_minute_holds_what_was_done_in_it(typed: str, until: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: clock.moment_typed("2026-07-13T02:28:31", "现在"))
    asked = clock.typed_until(typed, "截至时间")
    assert asked is not None and asked.isoformat() == until


def test_a_correction_names_what_it_corrects_and_is_not_compared_with_it(toy: ToyDatabase, event: int) -> None:
    made(toy, event)
    with pytest.raises(Conflict, match="还没有定稿"):
        made(toy, event, corrects=1, reason="间数有误")
    sent(toy, event, 1)
    with pytest.raises(BadInput, match="原因"):
        made(toy, event, corrects=1)
    row = made(toy, event, corrects=1, reason="间数有误")
    assert (row.kind, row.number) == ("correction", 2)
    with toy.transaction(COUNTY) as session:
        assert service.before(session, row) is None, "not with the report that was wrong"
    with pytest.raises(Conflict, match="第 2 期）正在起草"):
        made(toy, event, corrects=1, reason="又一次")
    sent(toy, event, 2)
    with pytest.raises(Conflict, match="已经更正过"):
        made(toy, event, corrects=1, reason="又一次")


def test_a_correction_is_of_the_moment_of_what_it_corrects_and_compared_with_what_came_before_that(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    made(toy, event)
    sent(toy, event, 1)
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    wrong = made(toy, event)
    sent(toy, event, 2)
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=3)
    corrected = clock.now()
    entered(toy, event, "西一-C", result="collapsed", rooms_collapsed=4)
    made(toy, event)
    sent(toy, event, 3)
    row = made(toy, event, corrects=2, reason="间数有误", as_of=corrected)
    assert figures(row).total.losses["collapsed"] == Loss(1, 1, 3), "what was put right, without what came later"
    page = " ".join(re.sub("<[^>]+>", " ", county.get(f"/events/{event}/reports/4").text).split())
    assert "与第2期不同的数字：倒塌+1间（2→3）。" in page
    assert (
        "倒塌+1户（0→1）、倒塌+1栋（0→1）、倒塌+3间（0→3）、已排查+1栋（0→1）、应评估+1栋（0→1）、待评估+1栋（0→1）"
        in page
    ), "beside the first report"
    sent(toy, event, 4)
    again = made(toy, event, corrects=4, reason="又有误")
    later = made(toy, event)
    with toy.transaction(COUNTY) as session:
        assert again.as_of == row.as_of == corrected > wrong.as_of
        assert service.before(session, again) == figures(service.report_of(session, event, 1, AreaScope(COUNTY)))
        assert service.before(session, later) == figures(service.report_of(session, event, 3, AreaScope(COUNTY)))


def test_a_correction_of_a_moment_before_the_last_revision_counts_the_zones_as_they_were_named(
    toy: ToyDatabase,
) -> None:
    # Nobody knows where they stand; the villages on the other side of the township's border have some, too.
    unlocated = (
        "INSERT INTO house (code, scope_code, declared_code, location_state)"
        " SELECT 'U' || a.code || n, a.code, a.code, 'unlocated' FROM area a CROSS JOIN generate_series(1, 3) n"
    )
    with toy.transaction(COUNTY) as session:
        session.execute(text(unlocated))
        said = Given(name="试验过程", kind="rainstorm", level="red")
        number = load_divisions(session, toy.actor(COUNTY), [WEST], said).zoned.event_id
    first = made(toy, number, kind="morning")
    sent(toy, number, 1)
    with toy.transaction(COUNTY) as session:
        load_divisions(session, toy.actor(COUNTY), [EAST], Given(event=number, level="yellow", adds=True))
    again = made(toy, number, corrects=1, reason="核对")
    sent(toy, number, 2)
    twice = made(toy, number, corrects=2, reason="再核对")
    with toy.transaction(COUNTY) as session:
        event = session.get_one(HazardEvent, number)
        titles = [shown(session, event, session.get_one(EventReport, row.id)).heading.title for row in (again, twice)]
    assert titles == ["玩具县农村住房灾害应急晨报（更正）"] * 2
    assert again.as_of == first.as_of and figures(again).revision == 1
    assert figures(again).affected == figures(first).affected and figures(first).affected["uncertain"]
    assert changes(figures(again), figures(first)) == []


def test_a_correction_keeps_the_kind_and_each_names_the_other(toy: ToyDatabase, county: TestClient, event: int) -> None:
    made(toy, event, kind="morning")
    sent(toy, event, 1)
    pages = f"/events/{event}/reports"
    assert "已更正" not in county.get(f"{pages}/1").text
    made(toy, event, corrects=1, reason="间数有误")
    assert "更正在起草（第 2 期，未定稿）" in county.get(f"{pages}/1").text
    sent(toy, event, 2)
    made(toy, event, corrects=2, reason="又一次")
    listed, first = county.get(pages).text, county.get(f"{pages}/1").text
    assert (
        listed.count("晨报（更正）") == 2
        and "已更正，见第 2 期" in listed
        and "更正在起草（第 3 期，未定稿）" in listed
    )
    assert f'href="{pages}/2"' in first and "更正在起草" not in first and "出更正" not in first
    name = unquote(county.get(f"{pages}/3/file.docx").headers["content-disposition"])
    assert f"晨报（更正）-玩具县-{event}-第3期-未定稿.docx" in name


def test_final_is_final(toy: ToyDatabase, event: int) -> None:
    made(toy, event)
    row = sent(toy, event, 1)
    with toy.transaction(COUNTY) as session, pytest.raises(Conflict, match="已经定稿"):
        service.write_words(
            session, toy.actor(COUNTY), event, 1, difficulties="x", next_steps=None, version=row.version
        )


def test_what_nobody_typed_is_asked_for_before_it_is_final(toy: ToyDatabase, county: TestClient, event: int) -> None:
    address = county.post(f"/events/{event}/reports", data={}).headers["location"].split("?")[0]
    assert county.get(address).text.count("（待填写）") == 2
    typed = {"difficulties": "", "next_steps": "天亮后逐户排查", "version": "1", "send": "1"}
    refused = county.post(address, data=typed)
    assert refused.status_code == 422 and "确实没有的，请写“无”" in refused.text and "天亮后逐户排查" in refused.text
    assert "“存在困难”还没有填写" in refused.text and "“下一步工作”" not in refused.text
    assert county.post(address, data=typed | {"difficulties": "无"}).status_code == 303
    assert (
        "（待填写）" not in county.get(address).text and "报送单位：玩具县住房和城乡建设局" in county.get(address).text
    )


def test_rooms_that_nobody_told_are_no_zero(toy: ToyDatabase, county: TestClient, event: int) -> None:
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    with toy.transaction(COUNTY) as session:
        number = session.scalar(text("SELECT i.id FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = '东一-A'"))  # fmt: skip
        said = Findings(damage="slight")
        assert (
            enter_result(session, toy.actor(COUNTY), number, InspectionEntry(said, frozenset({"damage"}))).state
            == "in_progress"
        )
    total = figures(made(toy, event)).total
    assert total.losses["slight"] == Loss(1, 1, 0, 1) and total.losses["collapsed"] == Loss(1, 1, 2, 0)
    address = county.post(f"/events/{event}/reports", data={}).headers["location"].split("?")[0]
    assert "一般损坏1户1栋0间（1栋未填间数，不在内）" in county.get(address).text
    book = CalamineWorkbook.from_filelike(io.BytesIO(county.get(f"/events/{event}/reports/losses.xlsx").content))
    heads, *rows = book.get_sheet_by_index(0).to_python()[2:]
    found = {row[heads.index("房屋编号")]: dict(zip(heads, row, strict=True)) for row in rows}
    assert (found["东一-A"]["一般损坏（间）"], found["东一-A"]["倒塌（间）"], found["东一-A"]["排查结果"]) == (
        "未填",
        0,
        "未填",
    )


def test_two_who_press_at_once_get_two_numbers_and_one_press_twice_gets_one(toy: ToyDatabase, event: int) -> None:
    numbers: list[int] = []
    together = threading.Barrier(2)

    def press() -> None:
        together.wait()
        numbers.append(made(toy, event).number)

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [1, 2]
    assert made(toy, event, client_id="n-1").number == made(toy, event, client_id="n-1").number == 3


def test_who_may_not_report_does_not(toy: ToyDatabase, event: int) -> None:
    village = VILLAGES["西一"][0]
    client = toy.browser(toy.member("village", village))
    assert client.post(f"/events/{event}/reports", data={}).status_code == 403
    mute = Actor(name="user:nobody", scope=AreaScope(COUNTY))
    with toy.transaction(COUNTY) as session, pytest.raises(NotAllowed):
        service.make_report(session, mute, event, Wanted())


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def test_the_pages_from_the_press_to_the_files(toy: ToyDatabase, county: TestClient, event: int) -> None:
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    answer = county.post(f"/events/{event}/reports", data={"kind": "morning", "client_id": "p-1"})
    assert answer.status_code == 303
    address = answer.headers["location"].split("?")[0]
    page = county.get(address).text
    assert "玩具县农村住房灾害应急晨报" in page and "倒塌1户1栋2间" in page and "存在困难" in page
    typed = {"difficulties": "西一村道路中断", "next_steps": "天亮后逐户排查", "version": "1", "send": "1"}
    assert county.post(address, data=typed).status_code == 303
    assert county.post(address, data=typed).status_code == 409
    document = docx.Document(io.BytesIO(county.get(f"{address}/file.docx").content))
    said = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "西一村道路中断" in said and "倒塌1户1栋2间" in said and "截至" in said
    cells = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert cells[0][0] == "乡镇" and cells[-1][0] == "合计" and cells[-1][5] == "1/2"
    book = CalamineWorkbook.from_filelike(io.BytesIO(county.get(f"{address}/file.xlsx").content))
    rows = book.get_sheet_by_name("分乡镇").to_python()
    first = next(n for n, row in enumerate(rows) if "倒塌\n（间）" in row)
    last = next(n for n, row in enumerate(rows) if n > first and row[0] == "合计")
    at = rows[first].index("倒塌\n（间）")
    assert rows[last][at] == 2 == sum(row[at] for row in rows[first + 1 : last])
    assert county.get(f"{address}/file.pdf").status_code == 404


def test_the_document_is_paged_and_tells_what_the_words_tell(tmp_path: Path) -> None:
    collapsed = {"collapsed": Loss(2, 2, 3, unstated=1)}
    area = AreaFigures(WEST, "西山镇", Moves(due=Heads(9, 20), told=Heads(4, 9)), collapsed)
    heading = Heading("暴雨", False, "flash", 1, clock.now(), "内蒙古自治区国营杜尔基农场", "李某", area_code=WEST)
    path = tmp_path / "report.docx"
    write_document(
        heading, Figures(area, (area,)), [Section("预警和响应", ("一",)), Section("转移避险", ("二",))], path
    )
    book = docx.Document(str(path))
    said = [paragraph.text for paragraph in book.paragraphs]
    assert "报送单位：内蒙古自治区国营杜尔基农场人民政府" in said, "on a line of its own it is not broken"
    for paragraph in book.paragraphs:
        if paragraph.text.startswith(("一、", "二、")):
            assert paragraph.paragraph_format.keep_with_next
    assert all('w:instr="PAGE"' in section.footer._element.xml for section in book.sections)
    heads, row, total = book.tables[0].rows
    cells = dict(zip([cell.text for cell in heads.cells], row.cells, strict=True))
    assert cells["电话报数、姓名待落实"].text == "4户9人" and cells["倒塌（户/间）"].text == "2/3（1栋未填间数）"
    assert cells["应转移"].paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.RIGHT
    assert [cell.text for cell in total.cells][1:] == [cell.text for cell in row.cells][1:]


def test_the_workbook_can_be_read_on_paper(tmp_path: Path) -> None:
    moves = Moves(due=Heads(9, 20), told=Heads(4, 9))
    area = AreaFigures(WEST, "内蒙古自治区国营杜尔基农场", moves, {"collapsed": Loss(2, 2, 3, unstated=1)})
    heading = Heading("暴雨", False, "flash", 1, clock.now(), "玩具县", "李某", area_code=COUNTY)
    path = tmp_path / "report.xlsx"
    long = "道路中断，救援车辆进不去；" * 12
    write_workbook(heading, Figures(area, (area,)), [Section("存在困难", (long,))], path)
    book = openpyxl.load_workbook(path)
    figures, words = book["分乡镇"], book["文字"]
    for sheet in (figures, words):
        assert "快报" in sheet["A1"].value and "截至" in sheet["A2"].value
        assert sheet.print_title_rows == "$1:$2" and "&P" in sheet.oddFooter.center.text
        assert sheet.page_setup.paperSize == 9 and sheet.page_setup.fitToHeight == 0
    assert figures.max_column <= 18
    heads = {
        cell.value.replace("\n", ""): cell for row in figures.iter_rows() for cell in row if isinstance(cell.value, str)
    }
    found = {label: figures.cell(heads[label].row + 1, heads[label].column).value for label in heads if "（" in label}
    assert found["电话报数待落实（人）"] == 9 and found["倒塌未填间数（栋）"] == 1 and found["倒塌（间）"] == 3
    told = next(row for row in words.iter_rows() if row[0].value == long)[0]
    assert told.alignment.wrap_text and words.row_dimensions[told.row].height >= 4 * 16


def test_a_draft_says_so_in_itself(toy: ToyDatabase, county: TestClient, event: int) -> None:
    address = county.post(f"/events/{event}/reports", data={}).headers["location"].split("?")[0]

    def said(ending: str) -> bool:
        with ZipFile(io.BytesIO(county.get(f"{address}/file.{ending}").content)) as parts:
            return any("（未定稿）" in parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))

    assert said("docx") and said("xlsx")
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE event_report SET sent_at = now(), sent_by = 'test'"))
    assert not said("docx") and not said("xlsx")


def test_a_drill_says_so_on_every_paper(toy: ToyDatabase, county: TestClient) -> None:
    made_by = county.post("/api/v1/events", json={"areas": [WEST], "name": "汛前", "kind": "flood", "mode": "drill"})
    event = made_by.json()["event"]
    county.post(f"/api/v1/events/{event}/respond")
    address = county.post(f"/events/{event}/reports", data={}).headers["location"].split("?")[0]
    assert "【演练】" in county.get(address).text
    answer = county.get(f"{address}/file.docx")
    with ZipFile(io.BytesIO(answer.content)) as parts:
        assert "【演练】" in parts.read("word/document.xml").decode()
    assert "%E6%BC%94%E7%BB%83" in answer.headers["content-disposition"]


def test_the_ledger_of_damaged_homes_has_every_family_once(toy: ToyDatabase, county: TestClient, event: int) -> None:
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    entered(toy, event, "东一-A", result="suspected", damage="slight", rooms_slight=1)
    entered(toy, event, "东一-B", result="no_visible_hazard")
    book = CalamineWorkbook.from_filelike(io.BytesIO(county.get(f"/events/{event}/reports/losses.xlsx").content))
    rows = book.get_sheet_by_index(0).to_python()
    heads = rows[2]
    found = {row[heads.index("房屋编号")]: dict(zip(heads, row, strict=True)) for row in rows[3:]}
    assert set(found) == {"西一-D", "东一-A"} and len(rows) == 5
    assert found["西一-D"]["倒塌（间）"] == 2 and found["西一-D"]["应急评估结论"] == "待评估"
    planner = toy.browser(toy.member("planner", COUNTY))
    assert planner.get(f"/events/{event}/reports/losses.xlsx").status_code == 403


def losses_of(client: TestClient, event: int) -> list[tuple[object, object]]:
    """House and head of each row of the ledger."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(f"/events/{event}/reports/losses.xlsx").content))
    heads, *rows = book.get_sheet_by_index(0).to_python()[2:]
    return [(row[heads.index("房屋编号")], row[heads.index("户主")]) for row in rows]


def test_a_ruin_cleared_away_and_a_family_that_left_it_stay_in_the_losses(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    """Demolished, left, divided, a new family taken in: the register follows, the loss is what it was."""
    for code in ("西一-D", "西一-C", "东一-A"):
        entered(toy, event, code, result="collapsed", damage="collapsed", rooms_collapsed=2)
    before, ledger = figures(made(toy, event)).total.losses, losses_of(county, event)
    assert before["collapsed"].households == 3 and all(head for _, head in ledger)
    with toy.transaction() as session:
        actor = toy.actor()
        end_house(session, actor, "西一-D", reason="demolished", on=clock.today(), version=house(toy, "西一-D").version)
        lived = "SELECT household_id FROM house_household l JOIN house h ON h.id = l.house_id WHERE h.code = '西一-C'"
        leave_house(session, actor, "西一-C", session.scalars(text(lived)).one(), on=clock.today(), home="东一-B")
        session.execute(
            text(
                "WITH late AS (INSERT INTO household (scope_code, head, persons) SELECT scope_code, '后来户', 2 FROM house"
                " WHERE code = '东一-A' RETURNING id, scope_code) INSERT INTO house_household (house_id, household_id,"
                " scope_code, from_on) SELECT h.id, late.id, late.scope_code, :tomorrow FROM late, house h"
                " WHERE h.code = '东一-A'"
            ),
            {"tomorrow": clock.today() + timedelta(days=1)},
        )
        session.execute(text("SELECT house_recount(array_agg(id)) FROM house WHERE code = '东一-A'"))
    assert figures(made(toy, event)).total.losses == before
    assert losses_of(county, event) == ledger


COUNTS = st.integers(0, 300)


@st.composite
def areas(draw: st.DrawFn) -> AreaFigures:
    def people() -> Heads:
        return Heads(draw(COUNTS), draw(COUNTS), draw(COUNTS))

    losses = {code: Loss(draw(COUNTS), draw(COUNTS), draw(COUNTS)) for code in ("collapsed", "severe", "slight")}
    return AreaFigures(
        "990001100", "西山镇", Moves(due=people(), moved=people(), left=people()), losses, Checks(draw(COUNTS))
    )


@given(st.lists(areas(), max_size=3), areas())
def test_what_is_frozen_comes_back_the_same(townships: list[AreaFigures], total: AreaFigures) -> None:
    found = Figures(total, tuple(townships), calls="2/6", affected={"houses": 3})
    assert figures_of(found.as_json()) == found
    assert changes(found, found) == []


def test_a_report_names_the_warnings_as_they_came(toy: ToyDatabase, county: TestClient) -> None:
    event = confirm(toy, ORANGE).event
    confirm(toy, RED, target=str(event))
    address = county.post(f"/events/{event}/reports", data={}).headers["location"].split("?")[0]
    page = county.get(address).text
    first = page.index("2026年7月12日00时20分，玩具县气象台发布暴雨橙色预警")
    assert first < page.index("2026年7月12日01时50分，玩具县气象台升级发布暴雨红色预警")


def test_a_report_of_an_earlier_moment_knows_the_zones_the_shelters_and_the_delay_of_then(
    toy: ToyDatabase, event: int
) -> None:
    with toy.transaction(COUNTY) as session:
        shelter = session.scalar(
            text(
                "INSERT INTO shelter (scope_code, name, capacity, created_by) VALUES (:town, '小学', 2, 'cli:tests')"
                " RETURNING id"
            ),
            {"town": WEST},
        )
        row = session.execute(
            text("SELECT id, version FROM evacuation WHERE event_id = :e ORDER BY id LIMIT 1"), {"e": event}
        ).one()
        said = Said(state="moved_to_shelter", shelter_id=shelter, people=3)
        entry = MoveEntry(said, frozenset({"state", "shelter_id", "people"}), row.version)
        moves.enter(session, toy.actor(COUNTY), event, row.id, entry, hindrance=lambda *_: None)
        session.execute(
            text("UPDATE emergency_inspection SET due_at = now() - interval '1 minute' WHERE event_id = :e"),
            {"e": event},
        )
    then = clock.now()
    at_once = figures(made(toy, event))
    assert (at_once.revision, at_once.shelters_used, at_once.total.checks.overdue) == (1, 1, at_once.total.checks.due)
    entered(toy, event, "西一-D", result="no_visible_hazard")
    with toy.transaction(COUNTY) as session:
        revise(session, toy.actor(COUNTY), event, ["西一", "西二", "东一"])
        again = session.execute(text("SELECT version FROM evacuation WHERE id = :id"), {"id": row.id}).scalar_one()
        entry = MoveEntry(Said(state="moved_to_kin"), frozenset({"state"}), again)
        moves.enter(session, toy.actor(COUNTY), event, row.id, entry, hindrance=lambda *_: None)
    now, before = figures(made(toy, event)), figures(made(toy, event, as_of=then))
    assert (now.revision, now.shelters_used, now.total.checks.overdue) == (2, 0, at_once.total.checks.due - 1)
    assert (before.revision, before.shelters_used, before.total.checks) == (1, 1, at_once.total.checks)
    assert before.crowded == at_once.crowded == (("小学", 3, 2),) and now.crowded == ()
    assert before.affected == at_once.affected and now.affected["houses"] > before.affected["houses"]


@pytest.mark.parametrize("corrected", [False, True])
def test_what_is_looked_at_again_was_done_until_then(toy: ToyDatabase, event: int, corrected: bool) -> None:
    """Harmless houses are looked at again after a second rain: by the phase, or because somebody corrects one in it."""
    with toy.transaction() as session:
        session.execute(text("UPDATE emergency_inspection SET due_at = now() WHERE event_id = :e"), {"e": event})
    for code in ("西一-D", "西一-A"):
        entered(toy, event, code, result="no_visible_hazard")
    confirm(toy, RED, target=str(event))
    live = made(toy, event)
    assert (figures(live).total.checks.done, figures(live).total.concluded.needed) == (2, 1)
    if corrected:
        for code in ("西一-D", "西一-A"):
            entered(toy, event, code, result="no_visible_hazard", findings="再看一次")
    else:
        with toy.transaction(COUNTY) as session:
            change_phase(session, toy.actor(COUNTY), event, "aftermath")
    now, then = figures(made(toy, event)), figures(made(toy, event, as_of=live.as_of))
    assert (now.total.checks.done, now.total.concluded.needed) == (0, 0)
    assert (then.total.checks, then.total.concluded) == (figures(live).total.checks, figures(live).total.concluded)
    with toy.transaction(COUNTY) as session:
        if corrected:
            change_phase(session, toy.actor(COUNTY), event, "aftermath")
    middle = clock.now()
    entered(toy, event, "西一-D", result="no_visible_hazard", findings="又看一次")
    assert figures(made(toy, event)).total.checks.done == 1
    assert figures(made(toy, event, as_of=middle)).total.checks.done == 0
    assert figures(made(toy, event, as_of=live.as_of)).total.checks == figures(live).total.checks


def test_who_was_moved_without_a_place_is_no_one_in_a_shelter_now_and_at_any_moment(
    toy: ToyDatabase, event: int
) -> None:
    def move(**said: object) -> None:
        with toy.transaction(COUNTY) as session:
            row = session.execute(
                text("SELECT id, version FROM evacuation WHERE event_id = :e ORDER BY id LIMIT 1"), {"e": event}
            ).one()
            entry = MoveEntry(Said(**said), frozenset(said), row.version)  # type: ignore[arg-type] # of its fields
            moves.enter(session, toy.actor(COUNTY), event, row.id, entry, hindrance=lambda *_: None)

    def told(as_of: object = None) -> tuple[Heads, Heads]:
        of = figures(made(toy, event, **({"as_of": as_of} if as_of else {})))
        assert of.total.moves.unplaced.households == sum(one.moves.unplaced.households for one in of.townships)
        return of.total.moves.in_shelters, of.total.moves.unplaced

    first = clock.now()
    move(state="moved_to_shelter", people=3)
    second = clock.now()
    assert told() == told(second) == (Heads(), Heads(1, 3, 0))
    move(destination="镇敬老院")
    third = clock.now()
    move(state="away")
    assert told() == told(first) == (Heads(), Heads())
    assert told(second) == (Heads(), Heads(1, 3, 0)) and told(third) == (Heads(1, 3, 0), Heads())


def test_what_is_being_entered_is_waited_for_and_what_comes_later_is_not_in_it(toy: ToyDatabase) -> None:
    with toy.transaction(COUNTY) as session:
        event = make_event(session, toy.actor(COUNTY), ("西一", "东一"), "red")
        respond(session, toy.actor(COUNTY), event)
        first, second = session.execute(
            text("SELECT id, version FROM evacuation WHERE event_id = :e ORDER BY id LIMIT 2"), {"e": event}
        ).all()
    entry = MoveEntry(Said(state="moved_to_kin", people=3), frozenset({"state", "people"}))
    done: list[EventReport] = []
    later = threading.Thread(target=moved_apart, args=(toy, event, second.id, entry))
    with toy.transaction(COUNTY) as session:
        moves.enter(session, toy.actor(COUNTY), event, first.id, entry, hindrance=lambda *_: None)
        reporting = threading.Thread(target=lambda: done.append(made(toy, event)))
        reporting.start()
        reporting.join(0.5)
        assert reporting.is_alive(), "a report does not go by what is being entered"
        # Who comes after the report waits for it, and bears a later time.
        later.start()
        later.join(0.2)
    reporting.join(30)
    later.join(30)
    frozen = figures(done[0]).total.moves.moved
    assert (frozen.households, frozen.people) == (1, 3)
    with toy.transaction(COUNTY) as session:
        then = totals(session, event, AreaScope(COUNTY), as_of=done[0].as_of).total.moved
        now = totals(session, event, AreaScope(COUNTY)).total.moved
    assert (then.households, then.people) == (1, 3) and now.households == 2


def moved_apart(toy: ToyDatabase, event: int, row: int, entry: MoveEntry) -> None:
    with toy.transaction(COUNTY) as session:
        moves.enter(session, toy.actor(COUNTY), event, row, entry, hindrance=lambda *_: None)


def test_a_lift_for_one_township_says_which(toy: ToyDatabase) -> None:
    event = confirm(toy, RED).event
    confirm(toy, LIFT.replace("解除", "解除西山镇"), target=str(event))
    said = [one.said for one in figures(made(toy, event)).warnings]
    assert said == ["升级发布暴雨红色预警（西山镇）", "解除暴雨红色预警（西山镇）"]


def test_a_correction_says_which_numbers_were_wrong(toy: ToyDatabase, county: TestClient, event: int) -> None:
    made(toy, event)
    sent(toy, event, 1)
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    made(toy, event, corrects=1, reason="漏报倒塌一户", as_of=clock.now())
    page = " ".join(re.sub("<[^>]+>", " ", county.get(f"/events/{event}/reports/2").text).split())
    assert "更正的数字" in page and "与第1期不同的数字" in page and "倒塌+2间（0→2）" in page
    assert "首期报告" in page, "what it puts right was the first one"
    file = ZipFile(io.BytesIO(county.get(f"/events/{event}/reports/2/file.docx").content))
    assert not [name for name in file.namelist() if "thumbnail" in name]
    assert f"{clock.now().astimezone(UTC):%Y-%m-%d}" in file.read("docProps/core.xml").decode()


def test_who_is_away_by_another_event_is_told_beside_now_and_at_any_moment(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    def move(number: int, code: str, **said: object) -> None:
        with toy.transaction(COUNTY) as session:
            query = "SELECT e.id, e.version FROM evacuation e JOIN house h ON h.id = e.house_id WHERE h.code = :c AND event_id = :e"
            row = session.execute(text(query), {"c": code, "e": number}).one()
            entry = MoveEntry(Said(**said), frozenset(said), row.version)  # type: ignore[arg-type] # of its fields
            moves.enter(session, toy.actor(COUNTY), number, row.id, entry, hindrance=lambda *_: None)

    def told(as_of: object = None, area: str = COUNTY) -> Heads:
        return figures(made(toy, event, area, **({"as_of": as_of} if as_of else {}))).elsewhere

    with toy.transaction(COUNTY) as session:
        other = make_event(session, toy.actor(COUNTY), ("西一",), "orange")
        drill = make_event(session, toy.actor(COUNTY), ("西一",), "orange")
        session.execute(text("UPDATE hazard_event SET mode = 'drill' WHERE id = :id"), {"id": drill})
        for number in (other, drill):
            respond(session, toy.actor(COUNTY), number)
    moments, expected = [clock.now()], [Heads()]

    def after(households: int) -> None:
        now = told()
        assert now.households == households
        moments.append(clock.now())
        expected.append(now)

    move(drill, "西一-C", state="moved_to_kin")
    after(0)
    move(other, "西一-D", state="moved_to_shelter", people=4)
    after(1)
    move(other, "西一-C", state="away")
    after(2)
    assert told(area=WEST) == expected[-1] and told(area=EAST) == Heads()
    page = county.get(f"/events/{event}/reports/{made(toy, event).number}").text
    line = f"未转移中有2户{expected[-1].people}人因其他事件已转移在外（计入该事件，本事件尚未接转）。"
    assert line in page
    move(event, "西一-D", state="moved_to_kin")
    after(1)
    move(event, "西一-D", state="pending")
    after(2)
    with toy.transaction(COUNTY) as session:
        for phase in ("aftermath", "closed"):
            change_phase(session, toy.actor(COUNTY), other, phase, reason="核对")
    after(0)
    with toy.transaction(COUNTY) as session:
        change_phase(session, toy.actor(COUNTY), other, "aftermath", reason="重新开启")
    after(2)
    assert [told(moment) for moment in moments] == expected
    frozen = made(toy, event, as_of=moments[3])
    assert figures_of(frozen.figures).elsewhere == expected[3]
    assert figures_of({**frozen.figures, "elsewhere": {}}).elsewhere == Heads(), "an older report says nothing"
    for ending in ("docx", "xlsx"):
        made_file = county.get(f"/events/{event}/reports/{frozen.number}/file.{ending}")
        assert made_file.status_code == 200, made_file.text
        with ZipFile(io.BytesIO(made_file.content)) as parts:
            whole = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
        assert line.replace(str(expected[-1].people), str(expected[3].people)) in whole
