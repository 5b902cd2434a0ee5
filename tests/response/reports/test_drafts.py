"""A draft changes nothing of what went out; one that nobody wants is dropped, with its number and a reason."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from geo_housing.duty.matters import open_matters
from geo_housing.errors import BadInput, Conflict
from geo_housing.response.reports import service
from geo_housing.response.reports.models import EventReport
from tests.fixtures.toy import ToyDatabase
from tests.response.reports.test_reports import county, entered, event, figures, made, sent
from tests.toy_county import COUNTY, EAST

__all__ = ["county", "event"]


def dropped(toy: ToyDatabase, event: int, number: int, reason: str = "重复生成") -> EventReport:
    with toy.transaction(COUNTY) as session:
        row = service.report_of(session, event, number, toy.actor(COUNTY).scope)
        return service.drop_draft(session, toy.actor(COUNTY), event, number, reason=reason, version=row.version)


def beside(toy: ToyDatabase, event: int, number: int) -> int | None:
    """How many houses had collapsed in the report that a report is compared with; None where there is none."""
    with toy.transaction(COUNTY) as session:
        found = service.before(session, service.report_of(session, event, number, toy.actor(COUNTY).scope))
        return None if found is None else found.total.losses["collapsed"].houses


def seen(client: TestClient, address: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", client.get(address).text).split())


def test_only_a_correction_that_went_out_replaces_what_was_sent(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    made(toy, event)
    sent(toy, event, 1)
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    made(toy, event, corrects=1, reason="漏报", as_of=None)
    made(toy, event)
    pages = f"/events/{event}/reports"
    assert beside(toy, event, 3) == 0 and "不作比较" not in county.get(f"{pages}/3").text
    listed = seen(county, pages)
    assert "更正在起草（第 2 期，未定稿）" in listed and "已更正" not in listed
    # What went out stays as it was read, whatever is sent after it.
    sent(toy, event, 3)
    paper = seen(county, f"{pages}/3").partition("一、")[2]
    sent(toy, event, 2)
    assert "已更正，见第 2 期" in seen(county, pages) and beside(toy, event, 3) == 0
    assert seen(county, f"{pages}/3").partition("一、")[2] == paper


def test_a_correction_made_earlier_and_sent_later_is_what_the_next_one_is_compared_with(
    toy: ToyDatabase, event: int
) -> None:
    made(toy, event)
    sent(toy, event, 1)
    entered(toy, event, "西一-D", result="collapsed", rooms_collapsed=2)
    made(toy, event)
    late = made(toy, event, corrects=1, reason="漏报", as_of=made(toy, event).as_of)
    assert late.number == 4 and figures(late).total.losses["collapsed"].houses == 1
    made(toy, event)
    assert beside(toy, event, 5) == 0
    sent(toy, event, 4)
    assert beside(toy, event, 5) == 1


def test_a_dropped_draft_keeps_its_number_and_counts_nowhere(toy: ToyDatabase, county: TestClient, event: int) -> None:
    pages = f"/events/{event}/reports"
    made(toy, event)
    page = county.get(f"{pages}/1").text
    assert "作废草稿" in page
    form = {"version": "1", "drop_reason": " "}
    refused = county.post(f"{pages}/1/drop", data=form)
    assert refused.status_code == 422 and "请写明作废的原因" in refused.text
    assert county.post(f"{pages}/1/drop", data=form | {"version": "9", "drop_reason": "x"}).status_code == 409
    assert county.post(f"{pages}/1/drop", data=form | {"drop_reason": "误点生成"}).status_code == 303
    assert county.post(f"{pages}/1/drop", data=form | {"drop_reason": "误点生成"}).status_code == 303, "said once"
    listed, page = seen(county, pages), seen(county, f"{pages}/1")
    assert "已作废" in listed and "未定稿" not in listed and "出快报" in listed
    assert "误点生成" in page and "第1期（已作废）" in page and "定稿" not in page and "出更正" not in page
    assert "-%E5%B7%B2%E4%BD%9C%E5%BA%9F.docx" in county.get(f"{pages}/1/file.docx").headers["content-disposition"]
    with pytest.raises(Conflict, match="已经作废"):
        sent(toy, event, 1)
    with toy.transaction(COUNTY) as session, pytest.raises(DBAPIError, match="dropped"):
        session.execute(text("UPDATE event_report SET dropped_at = NULL, dropped_by = NULL, drop_reason = NULL"))
    row = made(toy, event)
    assert (row.number, row.kind) == (2, "flash") and beside(toy, event, 2) is None
    with toy.transaction(COUNTY) as session:
        query = "SELECT note FROM journal_entry WHERE action = 'reports.drop'"
        assert session.scalars(text(query)).all() == ["误点生成"]
        (told,) = [one for one in open_matters(session, toy.actor(COUNTY).scope)["events"] if one["event"] == event]
        assert told["draft_reports"] == 1
    sent(toy, event, 2)
    with pytest.raises(Conflict, match="已经定稿"):
        dropped(toy, event, 2)


def test_of_what_was_sent_another_correction_is_made_once_its_draft_is_dropped(
    toy: ToyDatabase, county: TestClient, event: int
) -> None:
    made(toy, event)
    sent(toy, event, 1)
    made(toy, event, corrects=1, reason="有误")
    dropped(toy, event, 2)
    assert "更正在起草" not in county.get(f"/events/{event}/reports").text
    assert "出更正" in county.get(f"/events/{event}/reports/1").text
    assert made(toy, event, corrects=1, reason="又有误").number == 3


def test_only_whoever_reports_drops(toy: ToyDatabase, event: int) -> None:
    made(toy, event)
    form = {"version": "1", "drop_reason": "x"}
    for role, area, status in (("technician", COUNTY, 403), ("leader", COUNTY, 403), ("township", EAST, 404)):
        client = toy.browser(toy.member(role, area))
        assert client.post(f"/events/{event}/reports/1/drop", data=form).status_code == status, role
    with pytest.raises(BadInput):
        dropped(toy, event, 1, reason="")
