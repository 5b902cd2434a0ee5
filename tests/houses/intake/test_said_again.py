"""What ledgers say against signed facts waits for a person once, however often it is said."""

import pytest
from sqlalchemy import text

from geo_housing.houses.imports.undo import undo_import
from geo_housing.houses.intake.load import Loaded
from geo_housing.houses.intake.models import SAID_AGAIN
from geo_housing.houses.register.differences import settle_difference
from geo_housing.migrations.scripts import run_script
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import load, query, write_csv
from tests.toy_county import COUNTY, WEST

ROWS = [
    {"房屋编号": "西一-A", "鉴定等级": "B", "六类对象": "农村低保边缘家庭"},
    {"房屋编号": "西一-B", "鉴定等级": "A", "六类对象": ""},
]
OPEN = (
    "SELECT h.code, d.id, d.field, d.stored, d.stated, d.batch_id FROM ledger_difference d"
    " JOIN house h ON h.id = d.house_id WHERE d.settled_at IS NULL ORDER BY h.code, d.field"
)
WAITING = [("西一-A", "categories"), ("西一-A", "grade"), ("西一-B", "grade")]


@pytest.fixture
def signed(toy: ToyDatabase) -> ToyDatabase:
    """Two houses with a signed grade, one of them with a certified category."""
    with toy.transaction() as session:
        session.execute(
            text(
                "UPDATE house SET grade = 'D', grade_basis = 'appraisal', graded_on = '2024-01-01',"
                " renovation = 'unplanned' WHERE code IN ('西一-A', '西一-B')"
            )
        )
        session.execute(
            text(
                "INSERT INTO category_certificate (household_id, scope_code, category, certified_on, certifier)"
                " SELECT first_household_id, scope_code, 'K3', '2024-01-01', '民政' FROM house WHERE code = '西一-A'"
            )
        )
    return toy


def loaded(toy: ToyDatabase, name: str) -> Loaded:
    return load(toy, write_csv(toy.settings.home, ROWS, name), area=WEST)


def waiting(toy: ToyDatabase) -> list[tuple[str, str]]:
    return [(row.code, row.field) for row in query(toy, OPEN)]


def test_the_same_ledger_twice_asks_once_and_the_page_names_the_file(signed: ToyDatabase) -> None:
    loaded(signed, "春季台账.csv")
    assert waiting(signed) == WAITING
    last = loaded(signed, "秋季台账.csv")
    assert last.as_json()["differs"] == 3
    assert waiting(signed) == WAITING
    assert {row.batch_id for row in query(signed, OPEN)} == {last.outcome.batch_id}
    browser = signed.browser(signed.member("township", WEST))
    page = browser.get("/houses/西一-A").text
    assert page.count("秋季台账.csv 第 2 行") == 2 and page.count("台账与已签字内容不一致") == 2
    # Another grade is another difference, and both are asked about.
    load(signed, [{"房屋编号": "西一-A", "鉴定等级": "C"}], area=WEST)
    assert waiting(signed) == [*WAITING[:2], *WAITING[1:]]


def test_a_ledger_of_the_county_has_no_name_for_the_township(signed: ToyDatabase) -> None:
    load(signed, write_csv(signed.settings.home, ROWS, "全县台账.csv"), area=COUNTY)
    assert "上级导入的台账第 2 行" in signed.browser(signed.member("township", WEST)).get("/houses/西一-A").text
    assert "全县台账.csv 第 2 行" in signed.browser(signed.member("county", COUNTY)).get("/houses/西一-A").text


def test_what_an_earlier_ledger_says_is_asked_again_when_the_later_one_is_taken_back(signed: ToyDatabase) -> None:
    batches = [loaded(signed, f"{name}.csv").outcome.batch_id for name in ("一", "二", "三")]
    found = next(row for row in query(signed, OPEN) if row.field == "categories")
    with signed.transaction() as session:
        settle_difference(session, signed.actor(), "西一-A", found.id, decision="dismiss", note=None)
    asked = WAITING[1:]
    for taken, next_one in ((1, 2), (2, 0), (0, None)):
        with signed.transaction() as session:
            undo_import(session, signed.actor(), batches[taken])
        rows = query(signed, OPEN)
        assert [(row.code, row.field) for row in rows] == ([] if next_one is None else asked)
        assert next_one is None or {row.batch_id for row in rows} == {batches[next_one]}


def test_what_was_asked_several_times_before_is_asked_once(signed: ToyDatabase) -> None:
    loaded(signed, "一.csv")
    with signed.transaction() as session:
        # As loads left it that did not know of each other.
        session.execute(
            text(
                "INSERT INTO ledger_difference (batch_id, house_id, scope_code, line, field, stored, stated)"
                " SELECT batch_id, house_id, scope_code, line, field, stored, stated FROM ledger_difference"
            )
        )
    assert waiting(signed) == sorted([*WAITING, *WAITING])
    last = {row.id for row in query(signed, OPEN)}
    with signed.transaction() as session:
        run_script(session.connection(), "0052_said_alike.sql")
    assert waiting(signed) == WAITING
    assert {row.id for row in query(signed, OPEN)} == set(sorted(last)[len(WAITING) :])
    assert {row.settled_by for row in query(signed, "SELECT settled_by FROM ledger_difference")} == {None, SAID_AGAIN}
