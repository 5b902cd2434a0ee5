"""Files of one event tell their division in the name: who sends nineteen lists sends each village its own."""

from urllib.parse import unquote

import pytest

from geo_housing.response.service import respond
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event
from tests.toy_county import COUNTY, VILLAGES, WEST

VILLAGE = VILLAGES["西一"][0]
FILES = [
    ("evacuation/list.xlsx", "分村转移避险名单"),
    ("list.xlsx", "分村应急排查名单"),
    ("calls.xlsx", "叫应记录"),
]


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "西二"], "red")
        respond(session, toy.actor(), number)
    return number


@pytest.mark.parametrize(("file", "title"), FILES)
def test_county_township_and_village_have_files_of_their_own_name(
    toy: ToyDatabase, event: int, file: str, title: str
) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    for area, place in (("", "玩具县"), (WEST, "西山镇"), (VILLAGE, "西山镇西一村村委会")):
        answer = county.get(f"/api/v1/events/{event}/{file}", params={"area": area} if area else {})
        name = unquote(answer.headers["content-disposition"])
        assert f"{title}-{place}-{event}-" in name, name
    township = toy.browser(toy.member("township", WEST))
    own = unquote(township.get(f"/api/v1/events/{event}/{file}").headers["content-disposition"])
    assert f"{title}-西山镇-{event}-" in own


def test_so_have_lists_with_full_numbers_reports_and_the_ledger_of_losses(toy: ToyDatabase, event: int) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    asked = {"area": VILLAGE, "purpose": "逐户通知"}
    for file in ("evacuation/list-full.xlsx", "list-full.xlsx"):
        name = county.post(f"/events/{event}/{file}", data=asked).headers["content-disposition"]
        assert f"-逐户通知-西山镇西一村村委会-{event}-" in unquote(name)
    losses = county.get(f"/events/{event}/reports/losses.xlsx", params={"area": WEST}).headers["content-disposition"]
    assert f"-西山镇-{event}-" in unquote(losses)
    for role, area, place in (("county", COUNTY, "玩具县"), ("township", WEST, "西山镇")):
        client = toy.browser(toy.member(role, area))
        client.post(f"/events/{event}/reports", data={"client_id": f"n-{role}"})
        name = unquote(client.get(f"/events/{event}/reports/1/file.docx").headers["content-disposition"])
        assert f"快报-{place}-{event}-第1期-未定稿" in name
