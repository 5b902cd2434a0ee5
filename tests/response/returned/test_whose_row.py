"""Names beside codes in a returned list: who sorts one column alone enters nothing for another family, and is told both names."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.hazards.models import HazardEvent
from geo_housing.response.returned.families import contradicts, is_called
from geo_housing.response.returned.service import enter, preview
from tests.fixtures.toy import ToyDatabase
from tests.response.returned.filled import SEEN, Sheet
from tests.response.returned.test_returned import new_event, stored
from tests.response.zones import begun_in_july
from tests.toy_county import COUNTY


@pytest.fixture
def county(toy: ToyDatabase) -> TestClient:
    return toy.browser(toy.member("county", COUNTY))


@pytest.fixture
def event(toy: ToyDatabase, county: TestClient) -> int:
    return begun_in_july(toy, new_event(county))


def head_of(sheet: Sheet, code: str) -> str:
    at, line = sheet.place(code)
    return str(at.cell(line, sheet.column("户主")).value or "")


def shifted(sheet: Sheet) -> dict[str, tuple[str, str]]:
    """Five names of a township one down, the last one on top; each house with its name and the one that it got."""
    codes = [code for code in sheet.codes("西山镇") if head_of(sheet, code)][:5]
    names = [head_of(sheet, code) for code in codes]
    found = dict(zip(codes, zip(names, names[-1:] + names[:-1], strict=True), strict=True))
    for code, (_, got) in found.items():
        sheet.fill(code, 户主=got)
    return found


def test_names_that_were_sorted_alone_enter_nothing_for_another_family(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, event)
    names = shifted(sheet)
    fallen = next(iter(names))
    own, got = names[fallen]
    sheet.fill(fallen, 排查结果="倒塌", 倒塌间数=2, **SEEN)
    other = next(code for code in sheet.codes("东河乡") if head_of(sheet, code))
    sheet.fill(other, 排查结果="未见明显隐患", **SEEN)
    page = county.post(f"/events/{event}/returned", files={"file": ("名单.xlsx", sheet.content())}).text
    assert f'{other} <span class="muted">{head_of(sheet, other)}</span>' in page
    path = sheet.saved(tmp_path)
    with toy.transaction(COUNTY) as session:
        found = preview(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), path)
        done = enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), path)
    assert [row.sent.house_code for row in found.enters] == [other] and done.entered == 1
    assert [(one.column, one.value) for one in done.faults] == [("西山镇·户主", got)]
    assert f"“{own}”" in done.faults[0].sentence and f"“{got}”" in done.faults[0].sentence
    assert stored(toy, event, fallen)["result"] is None


def test_a_name_that_is_empty_or_spelled_otherwise_contradicts_nothing(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, event)
    codes = [code for code in sheet.codes("西山镇") if head_of(sheet, code)][:4]
    written = ["", "{0} {1}", "　{0}{1}（儿子在家）", "某某、{0}{1}"]
    for code, form in zip(codes, written, strict=True):
        name = head_of(sheet, code)
        sheet.fill(code, 户主=form.format(name[:1], name[1:]) or None, 排查结果="倒塌", 倒塌间数=1, **SEEN)
    with toy.transaction(COUNTY) as session:
        done = enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), sheet.saved(tmp_path))
    assert (done.entered, done.faults) == (4, ())


def test_a_family_that_moved_out_since_is_still_of_the_house(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, event)
    code = next(code for code in sheet.codes("西山镇") if head_of(sheet, code))
    with toy.transaction(COUNTY) as session:
        query = (
            "UPDATE house_household SET to_on = current_date WHERE house_id = (SELECT id FROM house WHERE code = :c)"
        )
        session.execute(text(query), {"c": code})
    sheet.fill(code, 排查结果="倒塌", 倒塌间数=1, **SEEN)
    with toy.transaction(COUNTY) as session:
        done = enter(session, toy.actor(COUNTY), session.get_one(HazardEvent, event), sheet.saved(tmp_path))
    assert done.entered == 1


def test_whose_name_it_is() -> None:
    assert is_called("程 宝林", ["程宝林"]) and is_called("程某某", ["程宝林"]) and not is_called("冯树生", ["程宝林"])
    assert not contradicts("", ["程宝林"], ()) and not contradicts("未登记农户", ["程宝林"], ())
    # To a house of which nobody is known a name may be written, unless it is that of another house of the list.
    assert not contradicts("冯树生", [], ["程宝林"]) and contradicts("程宝林", [], ["程宝林"])


def test_who_may_not_see_families_is_told_masked_names(
    toy: ToyDatabase, county: TestClient, event: int, tmp_path: Path
) -> None:
    sheet = Sheet(county, event)
    names = shifted(sheet)
    fallen = next(iter(names))
    path = sheet.fill(fallen, 排查结果="倒塌", 倒塌间数=2, **SEEN).saved(tmp_path)
    actor = toy.actor(COUNTY)
    blind = replace(actor, permissions=actor.permissions - {"heads.view"})
    with toy.transaction(COUNTY) as session:
        found = preview(session, blind, session.get_one(HazardEvent, event), path)
    assert [one.value for one in found.faults] == [f"{names[fallen][1][:1]}某某"]
    assert not any(name in str(found.faults) for name in names[fallen])
