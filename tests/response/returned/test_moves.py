"""转移名单 goes out, is filled in and comes back: in any mix with what is entered meanwhile, once, twice, late, spoiled."""

import io
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput
from geo_housing.evacuation.models import Evacuation
from geo_housing.evacuation.queries import last_step
from geo_housing.evacuation.service import MoveEntry, enter, undo
from geo_housing.evacuation.states import Said
from geo_housing.evacuation.steps import said_of
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.returned.entering import Ticked
from geo_housing.response.returned.moves import enter_list, preview
from geo_housing.response.returned.moves_weighed import MoveRow
from geo_housing.response.returned.outcome import ListEntered, Preview
from geo_housing.response.returned.sheets import place_of
from geo_housing.response.returning import hindrance_of
from geo_housing.response.service import respond
from geo_housing.words import EVACUATION_STATE
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.returned.filled import Workbook
from tests.response.zones import begun_in_july, make_event, revise
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

VILLAGE = VILLAGES["西一"][0]
SHELTER, FAR = "西山镇中心小学", "东河敬老院"


@furnished
def event(toy: ToyDatabase) -> int:
    """西一 and 东一 under orange: 9 households to be moved, four of them in 西一."""
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "orange")
        respond(session, toy.actor(), number)
        for area, name in ((WEST, SHELTER), (EAST, FAR)):
            session.execute(
                text("INSERT INTO shelter (scope_code, name, capacity, created_by) VALUES (:a, :n, 200, 'x')"),
                {"a": area, "n": name},
            )
    return begun_in_july(toy, number)


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


def looked_at(toy: ToyDatabase, event: int, path: Path, area: str = COUNTY) -> Preview[MoveRow]:
    with toy.transaction(area) as session:
        row = session.get_one(HazardEvent, event)
        return preview(session, toy.actor(area), row, path, hindrance=hindrance_of(session, toy.actor(area), row))


def entered(
    toy: ToyDatabase,
    event: int,
    path: Path,
    area: str = COUNTY,
    replace: set[str] | None = None,
    restore: set[str] | None = None,
    answers: set[str] | None = None,
    picked: Collection[str] = (),
) -> ListEntered:
    with toy.transaction(area) as session:
        row = session.get_one(HazardEvent, event)
        hindrance = hindrance_of(session, toy.actor(area), row)
        chosen = {"replace": replace or set(), "restore": restore or set(), "answers": answers or set()}
        return enter_list(session, toy.actor(area), row, path, Ticked(**chosen, picked=picked), hindrance=hindrance)


def workbook(toy: ToyDatabase, event: int, folder: Path, area: str | None = None) -> Workbook:
    with toy.transaction() as session:
        return Workbook(session, toy, event, folder, area)


def stored(toy: ToyDatabase, event: int) -> dict[str, Any]:
    with toy.transaction() as session:
        found = session.execute(
            text(
                "SELECT e.*, h.code AS house, s.name AS shelter, k.head FROM evacuation e"
                " LEFT JOIN house h ON h.id = e.house_id LEFT JOIN shelter s ON s.id = e.shelter_id"
                " LEFT JOIN household k ON k.id = e.household_id WHERE e.event_id = :event AND e.withdrawn_at IS NULL"
            ),
            {"event": event},
        )
        return {row.house: row for row in found}


def said(toy: ToyDatabase, event: int, code: str, **values: Any) -> None:
    """Entered in the service meanwhile."""
    with toy.transaction() as session:
        row_id = session.scalar(
            text(
                "SELECT e.id FROM evacuation e JOIN house h ON h.id = e.house_id"
                " WHERE h.code = :c AND e.event_id = :e AND e.withdrawn_at IS NULL"
            ),
            {"c": code, "e": event},
        )
        values = {"state": session.get_one(Evacuation, row_id).state, **values}
        entry = MoveEntry(Said(**values), frozenset(values))
        enter(session, toy.actor(), event, row_id, entry, hindrance=lambda row, reason: None)


MOVED = {
    "状态": "已转移（集中安置）",
    "时间": "2026-11-20 02:41",
    "去向": SHELTER,
    "组织人": "包村干部",
    "谁报的": "村书记",
}


def test_who_was_moved_where_when_and_by_whom_is_entered_once(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    book = workbook(toy, event, tmp_path)
    book.fill("西一-D", **MOVED, 备注="带了药，老人（1人）")
    book.fill("西一-C", 状态="投亲靠友", 去向="县城女儿家", 时间=datetime(2026, 11, 20, 3, 5), 人数=4)  # noqa: DTZ001 -- as a workbook holds it
    path = book.saved()
    found = looked_at(toy, event, path)
    assert (
        [row.sent.house_code for row in found.enters] == ["西一-D", "西一-C"]
        and not found.conflicts
        and not found.faults
    )
    assert found.read == 9 and stored(toy, event)["西一-D"].state == "pending", "looked at only"
    done = entered(toy, event, path)
    assert (done.entered, done.replaced, done.left, done.unchanged, done.faults) == (2, 0, 0, 7, ())
    rows = stored(toy, event)
    one, other = rows["西一-D"], rows["西一-C"]
    assert (one.state, one.shelter, one.destination, one.organiser) == ("moved_to_shelter", SHELTER, None, "包村干部")
    assert one.moved_at == datetime(2026, 11, 20, 2, 41, tzinfo=BEIJING) and one.note == "带了药，老人（1人）"
    assert (other.state, other.destination, other.people) == ("moved_to_kin", "县城女儿家", 4)
    assert other.moved_at == datetime(2026, 11, 20, 3, 5, tzinfo=BEIJING)
    again = entered(toy, event, path)
    assert (again.entered, again.unchanged, again.left, again.faults) == (0, 9, 0, ()) and stored(toy, event) == rows


def test_a_place_or_a_time_of_whom_nobody_says_that_he_left_is_asked_about(
    toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    """It was told as entered, and thrown away: the one cell that says 已转移 was forgotten."""
    book = workbook(toy, event, tmp_path)
    book.fill("西一-D", 去向=SHELTER, 时间="2026-11-20 02:41", 组织人="包村干部").fill("西一-C", 组织人="包村干部")
    before = stored(toy, event)
    done = entered(toy, event, book.saved())
    assert done.entered == 1 and len(done.faults) == 1
    assert "状态还是“待转移”" in done.faults[0].sentence and done.faults[0].value
    assert stored(toy, event)["西一-D"] == before["西一-D"]


def test_nobody_is_not_brought_away(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    before = stored(toy, event)
    done = entered(toy, event, workbook(toy, event, tmp_path).fill("西一-D", **{**MOVED, "人数": 0}).saved())
    assert done.entered == 0 and "人数不能是 0" in done.faults[0].sentence and stored(toy, event) == before
    # Of who had left before anybody came nobody may have been there.
    book = workbook(toy, event, tmp_path).fill("西一-D", 状态="已外出", 人数=0)
    [row] = looked_at(toy, event, book.saved()).enters
    assert row.hint == "已转移0人，请核实人数"


@pytest.mark.parametrize(("people", "hint"), [(1, "还有"), (15, "填了15人，请核实"), (None, "")])
def test_other_numbers_than_the_register_s_are_asked_about(
    toy: ToyDatabase, event: int, tmp_path: Path, people: int | None, hint: str
) -> None:
    book = workbook(toy, event, tmp_path)
    book.fill("西一-D", **MOVED, **({} if people is None else {"人数": people}))
    with toy.transaction() as session:
        session.execute(
            text(
                "UPDATE household SET persons = 3 WHERE id IN (SELECT l.household_id FROM house_household l"
                " JOIN house h ON h.id = l.house_id WHERE h.code = '西一-D')"
            )
        )
    [row] = looked_at(toy, event, book.saved()).enters
    assert hint in row.hint if hint else row.hint == ""


def test_a_list_without_any_column_that_tells_the_rows_is_refused_as_a_whole(
    toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    """Told row by row that nobody is on the list, a village would have been entered once more as 表外新增."""
    book = workbook(toy, event, tmp_path)
    book.fill("西一-D", **MOVED)
    for sheet in book.book.worksheets[1:]:
        heads = {cell.value: cell.column for cell in sheet[3]}
        if "房屋编号" not in heads:
            continue
        for heading in sorted((heads["房屋编号"], heads["核对码"]), reverse=True):
            sheet.delete_cols(heading)
    with pytest.raises(BadInput, match=r"核对码.*房屋编号.*恢复"):
        looked_at(toy, event, book.saved())


def test_an_untouched_list_changes_nothing_whatever_was_entered_since(
    toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    said(toy, event, "西一-C", state="moved_to_kin", destination="女儿家（县城），二楼", note="全角，标点；（1）")
    path = workbook(toy, event, tmp_path).saved()
    said(toy, event, "西一-C", state="refused")
    said(toy, event, "西一-D", state="away", people=2)
    rows = stored(toy, event)
    done = entered(toy, event, path)
    assert (done.entered, done.left, done.unchanged, done.faults) == (0, 0, 9, ()) and stored(toy, event) == rows


def test_what_was_entered_in_between_stands_beside_and_is_replaced_only_as_it_was_seen(
    toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    path = workbook(toy, event, tmp_path).fill("西一-D", **MOVED).saved()
    said(toy, event, "西一-D", state="refused", reported_by="网格员")
    found = looked_at(toy, event, path)
    (row,) = found.conflicts
    shown = {one.field: (one.stands, one.sent, one.clashes) for one in row.changes}
    assert shown["state"] == ("refused", "moved_to_shelter", True)
    assert shown["reported_by"] == ("网格员", "村书记", True) and shown["to"] == (None, SHELTER, False)
    assert entered(toy, event, path).left == 1 and stored(toy, event)["西一-D"].state == "refused"
    # Somebody has entered more since the conflict was shown: the tick was for something else.
    said(toy, event, "西一-D", note="已报派出所")
    assert entered(toy, event, path, replace={row.seen}).left == 1
    (row,) = looked_at(toy, event, path).conflicts
    done = entered(toy, event, path, replace={row.seen})
    now = stored(toy, event)["西一-D"]
    assert (done.entered, done.replaced, now.state, now.shelter, now.note) == (
        1, 1, "moved_to_shelter", SHELTER, "已报派出所",
    )  # fmt: skip


def test_another_field_than_that_of_the_service_does_not_clash(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    path = workbook(toy, event, tmp_path).fill("西一-D", 组织人="王支书", 人数=3).saved()
    said(toy, event, "西一-D", state="away")
    assert entered(toy, event, path).entered == 1
    row = stored(toy, event)["西一-D"]
    assert (row.state, row.organiser, row.people) == ("away", "王支书", 3)


def test_bad_cells_unknown_rows_and_doubled_ones_are_named(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    book = workbook(toy, event, tmp_path)
    book.fill("西一-D", 状态="转走一半").fill("西一-C", 人数="三四个")
    codes = [code for code in book.lines() if code not in ("西一-D", "西一-C")]
    book.fill(codes[0], 时间="前几天", 状态="已外出").fill(codes[1], 户主="别人家", 状态="已外出")
    sheet, line, heads = book.lines()[codes[2]]
    for extra in (
        ("新来的", "已外出", None),
        (sheet.cell(line, heads["户主"]).value, "已外出", sheet.cell(line, heads["核对码"]).value),
    ):
        at = sheet.max_row + 1
        for heading, value in zip(("户主", "状态", "核对码"), extra, strict=True):
            sheet.cell(at, heads[heading]).value = value
    done = entered(toy, event, book.saved())
    told = {fault.value: fault.sentence for fault in done.faults}
    assert (
        "“转走一半”不在转移避险的取值中，可以填：待转移、" in told["转走一半"]
        and "0 到 99" in told["三四个"]
        and "2026-07-12" in told["前几天"]
    )
    assert "名单上这一行是" in told["别人家"] and "表外新增" in told["新来的"]
    assert any("同一户" in sentence for sentence in told.values())
    assert done.entered == 0 and len(done.faults) == 6 and all(fault.line for fault in done.faults)
    sheets = book.book.sheetnames
    places = [(sheets.index(sheet), line) for sheet, line in map(place_of, done.faults)]
    assert places == sorted(places), "as who has the workbook open goes through it"


def test_places_are_known_by_name_and_others_are_kept_as_written(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    with toy.transaction() as session:
        for _ in range(2):
            session.execute(
                text("INSERT INTO shelter (scope_code, name, created_by) VALUES (:a, '村委会', 'x')"), {"a": WEST}
            )
    book = workbook(toy, event, tmp_path)
    codes = [code for code, (sheet, _, _) in book.lines().items() if sheet.title == "西山镇"]
    moved = {"状态": "已转移（集中安置）"}
    book.fill(codes[0], **moved, 去向=f" {FAR} ").fill(codes[1], **moved, 去向="临时帐篷").fill(
        codes[2], **moved, 去向="村委会"
    )
    found = looked_at(toy, event, book.saved())
    hints = {row.sent.house_code: row.hint for row in found.enters}
    assert hints[codes[0]] == "" and "不在安置点名录" in hints[codes[1]] and len(found.faults) == 1
    assert "2 个安置点叫“村委会”" in found.faults[0].sentence
    entered(toy, event, book.saved())
    rows = stored(toy, event)
    assert (rows[codes[0]].shelter, rows[codes[1]].destination) == (FAR, "临时帐篷") and rows[
        codes[2]
    ].state == "pending"


def test_nobody_returns_by_workbook_whom_the_house_keeps_out(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    said(toy, event, "西一-D", state="moved_to_kin")
    path = workbook(toy, event, tmp_path).fill("西一-D", 状态="已返回").saved()
    found = looked_at(toy, event, path)
    assert not found.enters and "暂不返回" in found.faults[0].sentence
    assert entered(toy, event, path).entered == 0 and stored(toy, event)["西一-D"].state == "moved_to_kin"


def test_a_row_that_left_the_list_and_came_back_is_found_again(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    book = workbook(toy, event, tmp_path).fill("西一-D", **MOVED).fill("西一-C", **MOVED)
    with toy.transaction() as session:
        for code in ("西一-D", "西一-C"):
            session.execute(
                text(
                    "UPDATE evacuation e SET withdrawn_at = now() FROM house h WHERE h.id = e.house_id AND h.code = :c"
                    " AND e.event_id = :e"
                ),
                {"c": code, "e": event},
            )
        session.execute(
            text(
                "INSERT INTO evacuation (event_id, scope_code, house_id, household_id, reasons, place, people, revision,"
                " opened_at) SELECT event_id, scope_code, house_id, household_id, reasons, place, people, revision, now()"
                " FROM evacuation e WHERE event_id = :e AND house_id = (SELECT id FROM house WHERE code = '西一-D')"
            ),
            {"e": event},
        )
    done = entered(toy, event, book.saved())
    assert done.entered == 1 and stored(toy, event)["西一-D"].state == "moved_to_shelter"
    assert [fault.sentence for fault in done.faults] == ["已从名单撤下，没有勾选恢复，没有录入"]


def test_who_was_moved_before_the_zone_left_him_out_comes_back_when_somebody_says_so(
    toy: ToyDatabase, event: int, tmp_path: Path
) -> None:
    book = workbook(toy, event, tmp_path).fill("西一-D", **MOVED)
    with toy.transaction(COUNTY) as session:
        revise(session, toy.actor(COUNTY), event, ["东一"])
        respond(session, toy.actor(COUNTY), event)
    assert "西一-D" not in stored(toy, event)
    path = book.saved()
    found = looked_at(toy, event, path)
    assert [row.sent.house_code for row in found.taken_off] == ["西一-D"] and not found.faults
    assert found.read == found.unchanged + 1, "who was not filled in is no fault"
    left = entered(toy, event, path)
    assert left.entered == 0 and "没有勾选恢复" in left.faults[0].sentence and "西一-D" not in stored(toy, event)
    ticked = {found.taken_off[0].seen}
    done = entered(toy, event, path, restore=ticked)
    assert (done.entered, done.restored, done.faults) == (1, 1, ())
    assert stored(toy, event)["西一-D"].state == "moved_to_shelter"
    with toy.transaction(COUNTY) as session:
        # Their house is inspected again, too, and no further change of the zones takes either off.
        respond(session, toy.actor(COUNTY), event)
        query = "SELECT i.state, i.origin FROM emergency_inspection i JOIN house h ON h.id = i.house_id WHERE h.code = '西一-D'"
        assert tuple(session.execute(text(query)).one()) == ("prepared", "extra")
    assert stored(toy, event)["西一-D"].state == "moved_to_shelter"
    before = len(stored(toy, event))
    again = entered(toy, event, path, restore=ticked)
    assert (again.entered, again.restored, again.faults) == (0, 0, ()) and len(stored(toy, event)) == before


def test_only_ones_own_rows_and_the_own_events_list(toy: ToyDatabase, event: int, tmp_path: Path) -> None:
    book = workbook(toy, event, tmp_path)
    east = next(code for code, (sheet, _, _) in book.lines().items() if sheet.title == "东河乡")
    path = book.fill("西一-D", **MOVED).fill(east, **MOVED).saved()
    done = entered(toy, event, path, area=WEST)
    assert (
        done.entered == 1
        and east in {fault.value for fault in done.faults} | {stored(toy, event)[east].house}
        and stored(toy, event)[east].state == "pending"
    )
    with toy.transaction() as session:
        other = make_event(session, toy.actor(), ["西一"], "orange")
        respond(session, toy.actor(), other)
    with pytest.raises(BadInput, match=f"这是 {event} 号事件的名单"):
        looked_at(toy, other, path)


def test_the_pages(toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(county.get(f"/api/v1/events/{event}/evacuation/list.xlsx").content))
    sheet = book["西山镇"]
    heads = {cell.value: cell.column for cell in sheet[3]}
    assert (
        sheet.column_dimensions[sheet.cell(3, heads["核对码"]).column_letter].hidden
        and sheet.data_validations.dataValidation
    )
    states = next(one for one in sheet.data_validations.dataValidation if "待转移" in (one.formula1 or ""))
    assert states.errorStyle == "warning" and states.showErrorMessage, "who types 已转走 is asked, not stopped"
    line = next(n for n in range(4, 20) if sheet.cell(n, heads["房屋编号"]).value == "西一-D")
    sheet.cell(line, heads["状态"]).value, sheet.cell(line, heads["安置点、去向"]).value = "已转移", SHELTER
    out = io.BytesIO()
    book.save(out)
    address = f"/events/{event}/evacuation/returned"
    assert address in county.get(f"/events/{event}/evacuation").text
    page = county.post(address, files={"file": ("转移.xlsx", out.getvalue())})
    assert page.status_code == 200 and SHELTER in page.text and "将录入" in page.text
    confirm = page.text.split(f'action="{address}/')[1].split('"')[0]
    assert toy.browser(toy.member("county", COUNTY)).post(f"{address}/{confirm}").status_code == 404
    answer = county.post(f"{address}/{confirm}")
    assert answer.status_code == 200 and "已录入 1 户" in answer.text and "还有 8 户没有填完" in answer.text
    assert stored(toy, event)["西一-D"].shelter == SHELTER
    neither = county.post(address, files={"file": ("x.xlsx", b"x")})
    assert neither.status_code == 422
    assert toy.browser(toy.member("planner", COUNTY)).get(address).status_code == 403


# Anything may be filled in, anything may be entered meanwhile; what should stand is told by a plain model.
CODES = ("西一-D", "西一-C", "西一-0")
STATES = st.sampled_from(["pending", "refused", "unreachable", "away", "moved_to_kin"])
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "状态": STATES.map(EVACUATION_STATE.label),
        "组织人": st.sampled_from(["甲", "乙"]),
        "备注": st.sampled_from(["丙", "丁"]),
        "人数": st.integers(1, 3),
    },
)
MEANWHILE = st.fixed_dictionaries(
    {},
    optional={
        "state": STATES,
        "organiser": st.sampled_from(["甲", "乙"]),
        "note": st.sampled_from(["丙", "丁"]),
        "people": st.integers(1, 3),
    },
)
FIELD_OF = {"状态": "state", "组织人": "organiser", "备注": "note", "人数": "people"}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(st.tuples(st.sampled_from(CODES), MEANWHILE), max_size=2),
    cells=st.dictionaries(st.sampled_from(CODES), CELLS, max_size=3),
    after=st.lists(st.tuples(st.sampled_from(CODES), MEANWHILE | st.just({"undo": True})), max_size=3),
    ticks=st.booleans(),
)
def test_any_mix_of_the_file_and_the_service(
    toy: ToyDatabase, event: int, tmp_path: Path, before: Any, cells: Any, after: Any, ticks: bool
) -> None:
    with toy.transaction() as session:
        try:
            _mixed(session, toy, event, tmp_path, before, cells, after, ticks)
        finally:
            session.rollback()


def _mixed(
    session: Session, toy: ToyDatabase, event: int, folder: Path, before: Any, cells: Any, after: Any, ticks: bool
) -> None:
    actor, row = toy.actor(), session.get_one(HazardEvent, event)
    rows = {
        code: session.scalar(
            text(
                "SELECT e.id FROM evacuation e JOIN house h ON h.id = e.house_id WHERE h.code = :c AND e.event_id = :e"
            ),
            {"c": code, "e": event},
        )
        for code in CODES
    }

    def stands(code: str) -> dict[str, Any]:
        session.expire_all()
        said = said_of(session.get_one(Evacuation, rows[code]))
        return {name: getattr(said, name) for name in FIELD_OF.values()}

    def happen(code: str, values: dict[str, Any]) -> None:
        last = last_step(session, rows[code])
        if values.get("undo"):
            if last is not None and last.act == "enter":
                undo(session, actor, event, rows[code], last.id, hindrance=lambda r, why: None)
            return
        values = {"state": stands(code)["state"], **values}
        enter(
            session,
            actor,
            event,
            rows[code],
            MoveEntry(Said(**values), frozenset(values)),
            hindrance=lambda r, why: None,
        )

    for code, values in before:
        happen(code, values)
    then = {code: stands(code) for code in CODES}
    book = Workbook(session, toy, event, folder)
    for code, said in cells.items():
        book.fill(code, **said)
    for code, values in after:
        happen(code, values)
    now = {code: stands(code) for code in CODES}

    path = book.saved()
    hindrance = hindrance_of(session, actor, row)
    found = preview(session, actor, row, path, hindrance=hindrance)
    ticked = {one.seen for one in found.conflicts} if ticks else set()
    done = enter_list(session, actor, row, path, Ticked(ticked), hindrance=hindrance)
    assert found.read == 9 and not done.faults
    for code in CODES:
        filled = {
            FIELD_OF[heading]: EVACUATION_STATE.code(value) if heading == "状态" else value
            for heading, value in cells.get(code, {}).items()
        }
        changed = {k: v for k, v in filled.items() if v != then[code][k] and v != now[code][k]}
        clash = any(now[code][k] != then[code][k] for k in changed)
        assert stands(code) == (now[code] if clash and not ticks else {**now[code], **changed}), code
    settled = {code: stands(code) for code in CODES}
    again = enter_list(session, actor, row, path, hindrance=hindrance)
    assert again.entered == 0 and {code: stands(code) for code in CODES} == settled
