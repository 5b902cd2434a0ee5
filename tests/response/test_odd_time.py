"""A warning of last year, pasted as of tonight: it is asked about, and opens no house with a signature of then."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from geo_housing import clock
from geo_housing.errors import BadInput
from geo_housing.hazards.began import BELIEVED_FOR, earliest
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.warnings.stated import Stated, odd_time
from tests.conclusions.test_signing import event, signed, technician
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY

__all__ = ["event"]


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(hours=2), ""),
        (timedelta(days=2), ""),
        (timedelta(minutes=-5), ""),
        (timedelta(hours=-5), "还没有到"),
        (timedelta(days=365), "离现在已有 365 天"),
    ],
)
def test_when_it_was_issued_is_asked_about(ago: timedelta, words: str) -> None:
    said = odd_time(Stated(0, "issue", "rainstorm", issued_at=clock.now() - ago))
    assert words in said if words else said == ""
    assert odd_time(Stated(0, "issue", "rainstorm")) == ""


def test_the_page_shows_it_beside_the_effect(toy: ToyDatabase) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    for year, is_odd in ((clock.today().year - 1, True), (None, False)):
        day = clock.now() - timedelta(hours=1) if year is None else (clock.now() - timedelta(days=366))
        when = day.astimezone(clock.BEIJING)
        pasted = f"突泉县气象台{when.year}年{when.month}月{when.day}日{when.hour}时{when.minute}分发布暴雨红色预警信号：西山镇。"
        page = county.post("/events/warnings", data={"text": pasted}).text
        assert ("离现在已有" in page) is is_odd


def test_a_begin_of_last_year_is_none(toy: ToyDatabase, event: int) -> None:
    who = technician(toy)
    with toy.transaction(COUNTY) as session:
        session.execute(text("UPDATE hazard_event SET starts_at = created_at - interval '330 days'"))
    with pytest.raises(BadInput, match="早于这次灾害"):
        signed(toy, event, "西一-A", "not_habitable", who, signed_at=clock.now() - timedelta(days=300))
    with toy.transaction(COUNTY) as session:
        one = session.get_one(HazardEvent, event)
        one.starts_at = one.created_at - BELIEVED_FOR
        assert earliest(one) < one.starts_at
        one.starts_at = one.created_at - BELIEVED_FOR - timedelta(seconds=1)
        assert earliest(one) > one.starts_at
