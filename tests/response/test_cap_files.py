"""Messages as files, each kind that is met in the wild once: read, or refused with the reason, and nothing half stored.

What became of the 49 real ones stands in docs/real-input.md.
"""

from pathlib import Path

import pytest
from sqlalchemy import text

from geo_housing.errors import BadInput, Conflict, TooLarge
from geo_housing.hazards.cap import MAX_BYTES
from geo_housing.hazards.received import reasons_at
from geo_housing.response.queries import event_of
from geo_housing.response.reports.gather import gather
from geo_housing.response.zones.loading import Given
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.hazards.test_cap import alert, area, info
from tests.response.test_loading import IN_WEST_ONE, loaded
from tests.response.test_warning_pages import words
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST

IN_EAST = "<polygon>45.0005,120.0205 45.0005,120.0295 45.0095,120.0295 45.0095,120.0205 45.0005,120.0205</polygon>"
NOTHING = (0, 0, 0, 0)


def code(value: str, scheme: str = "CPEAS Geographic Code") -> str:
    return area(f"<geocode><valueName>{scheme}</valueName><value>{value}</value></geocode>")


def stored(toy: ToyDatabase) -> tuple[int, ...]:
    tables = ("hazard_event", "warning", "zone_revision", "hazard_zone")
    with toy.transaction() as session:
        return tuple(int(session.scalar(text(f"SELECT count(*) FROM {table}")) or 0) for table in tables)


def zones(toy: ToyDatabase) -> list[tuple[str | None, str, str]]:
    """Name, kind and level of the present zones."""
    with toy.transaction() as session:
        rows = session.execute(
            text(
                "SELECT z.name, z.kind, z.level FROM hazard_zone z JOIN zone_revision r ON r.id = z.revision_id"
                " JOIN hazard_event e ON e.id = z.event_id AND e.revision = r.n ORDER BY z.id"
            )
        )
        return [tuple(row) for row in rows]


READ = {
    "a polygon": (alert(info(area(IN_WEST_ONE))), 1, "rainstorm", "yellow"),
    "a circle": (alert(info(area("<circle>45.005,120.005 0.3</circle>"))), 1, "rainstorm", "yellow"),
    "a village by 12 digits": (alert(info(code(VILLAGES["西一"][0]))), 1, "rainstorm", "yellow"),
    "a village that is not loaded falls back to its township": (alert(info(code(f"{WEST}299"))), 1, "rainstorm", "yellow"),
    "a township that is not loaded falls back to its county": (alert(info(code("990001999000"))), 1, "rainstorm", "yellow"),
    "a township by 9 digits": (alert(info(code(WEST))), 1, "rainstorm", "yellow"),
    "a county by the name that map services use": (alert(info(code(COUNTY, "adcode"))), 1, "rainstorm", "yellow"),
    "a village by that name in capitals": (alert(info(code(VILLAGES["西一"][0], "AdCode"))), 1, "rainstorm", "yellow"),
    "a township under a name of the standard": (alert(info(code(f"{WEST}000", "GB/T 2260"))), 1, "rainstorm", "yellow"),
    "a loaded division under an unknown name": (alert(info(code(f"{WEST}000", "cityid"))), 1, "rainstorm", "yellow"),
    "a county by 6 digits": (alert(info(code(COUNTY))), 1, "rainstorm", "yellow"),
    "a colour in place of the severity": (alert(info(area(IN_WEST_ONE), severity="RED")), 1, "rainstorm", "red"),
    "a colour in the headline beside another severity": (
        alert(info(area(IN_WEST_ONE), severity="Minor", headline="发布暴雨橙色预警")), 1, "rainstorm", "orange",
    ),
    "an unknown severity": (alert(info(area(IN_WEST_ONE), severity="UNKNOWN")), 1, "rainstorm", "ungraded"),
    "a code of the national list": (alert(info(area(IN_WEST_ONE), event="11B15")), 1, "hail", "yellow"),
    "a code that nobody knows is kept": (alert(info(area(IN_WEST_ONE), event="11Z99")), 1, "11Z99", "yellow"),
    "several areas in one block": (alert(info(area(IN_WEST_ONE) + area(IN_EAST, "东一"))), 2, "rainstorm", "yellow"),
    "several blocks with a level each": (
        alert(info(area(IN_WEST_ONE), severity="Extreme") + info(area(IN_EAST, "东一"), severity="Minor")),
        2, "rainstorm", "red",
    ),
    "two languages of one area": (
        alert(info(area(IN_WEST_ONE), event="rainstorm", language="en-US") + info(area(IN_WEST_ONE))), 1, "rainstorm", "yellow",
    ),
    "without a namespace": (alert(info(area(IN_WEST_ONE)), namespace=""), 1, "rainstorm", "yellow"),
    "in another encoding": (
        alert(info(area(IN_WEST_ONE))).decode().replace('encoding="UTF-8"', 'encoding="GB18030"').encode("gb18030"),
        1, "rainstorm", "yellow",
    ),
    "signed": (
        alert(info(area(IN_WEST_ONE)) + '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignatureValue>eA==</SignatureValue></Signature>'),
        1, "rainstorm", "yellow",
    ),
    "one good area beside a bad one": (alert(info(area(IN_WEST_ONE) + code("888888"))), 1, "rainstorm", "yellow"),
}  # fmt: skip

_ENTITY = b'<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_SWELLING = (
    b'<?xml version="1.0"?><!DOCTYPE alert [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
_BODY = alert(info(area(IN_WEST_ONE))).partition(b"?>")[2]
REFUSED = {
    "an external entity": (_ENTITY + _BODY.replace("突发预警".encode(), b"&x;"), "DOCTYPE"),
    "entities that swell": (_SWELLING + _BODY.replace("突发预警".encode(), b"&c;"), "DOCTYPE"),
    "a schema of its own": (b'<?xml version="1.0"?><!DOCTYPE alert SYSTEM "http://127.0.0.1:9/x.dtd">' + _BODY, "DOCTYPE"),
    "cut off": (alert(info(area(IN_WEST_ONE)))[:-40], "不完整"),
    "no XML at all": ("暴雨红色预警".encode(), "不完整"),
    "bytes that are no text": (b"\x89PNG\r\n\x1a\n\x00\x00" * 40, "不完整"),
    "a wrong encoding": (_BODY.replace("突发预警".encode(), b"\xff\xfe\xfa"), "不完整"),
    "empty": (b"", "不完整"),
    "CAP 1.1": (alert(info(area(IN_WEST_ONE)), namespace="urn:oasis:names:tc:emergency:cap:1.1"), "CAP 1.1"),
    "a feed": (b'<feed xmlns="http://www.w3.org/2005/Atom"><entry/></feed>', "Atom"),
    "another feed": (b'<rss version="2.0"><channel/></rss>', "RSS"),
    "an envelope": (b'<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"/>', "EDXL"),
    "something else": (b"<html><body>404</body></html>", "html"),
    "without an identifier": (alert(info(area(IN_WEST_ONE))).replace(b"<identifier>15222441600000_1</identifier>", b""), "编号"),
    "without an area": (alert(info("")), "没有写影响区域"),
    "codes of others alone": (alert(info(code("CAC011", "FIPS6"))), "没有一个可用"),
    "a county that is not loaded": (alert(info(code("888888"))), "没有一个可用"),
    "a circle without extent": (alert(info(area("<circle>45.0,120.0 0</circle>"))), "没有一个可用"),
    "a polygon of two points": (alert(info(area("<polygon>45.0,120.0 45.1,120.1</polygon>"))), "没有一个可用"),
    "an acknowledgement": (alert(info(area(IN_WEST_ONE)), msg_type="Ack"), "回执"),
    "an error message": (alert(info(area(IN_WEST_ONE)), msg_type="Error"), "报错"),
    "a lift of what was never received": (alert(info(area(IN_WEST_ONE)), msg_type="Cancel"), "没有登记过"),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_read(toy: ToyDatabase, tmp_path: Path, name: str) -> None:
    content, count, kind, level = READ[name]
    done = loaded(toy, tmp_path, content)
    assert (done.zoned.zones, stored(toy)[:3]) == (count, (1, 1, 1))
    with toy.transaction() as session:
        row = session.execute(text("SELECT kind, level, source FROM hazard_event")).one()
        warning = session.execute(text("SELECT kind, coalesce(level, 'ungraded'), form, identifier FROM warning")).one()
    assert tuple(row) == (kind, level, "cap")
    assert tuple(warning) == (kind, level, "cap", "15222441600000_1")
    again = loaded(toy, tmp_path, content)
    assert not again.zoned.is_new and stored(toy)[:3] == (1, 1, 1)


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(toy: ToyDatabase, tmp_path: Path, name: str) -> None:
    content, reason = REFUSED[name]
    with pytest.raises(BadInput, match=reason):
        loaded(toy, tmp_path, content)
    assert stored(toy) == NOTHING


def test_what_is_too_large_is_refused_before_it_is_read(toy: ToyDatabase, tmp_path: Path) -> None:
    content = alert(info(area(IN_WEST_ONE, "x" * MAX_BYTES)))
    with pytest.raises((BadInput, TooLarge), match="5 MB"):
        loaded(toy, tmp_path, content)
    assert stored(toy) == NOTHING


def test_each_area_has_the_level_of_its_block(toy: ToyDatabase, tmp_path: Path) -> None:
    both = info(area(IN_WEST_ONE), severity="Extreme") + info(area(IN_EAST, "东一"), severity="Minor")
    loaded(toy, tmp_path, alert(both))
    assert [level for _, _, level in zones(toy)] == ["red", "blue"]


def test_a_stated_level_is_that_of_all(toy: ToyDatabase, tmp_path: Path) -> None:
    both = info(area(IN_WEST_ONE), severity="Extreme") + info(area(IN_EAST, "东一"), severity="Minor")
    loaded(toy, tmp_path, alert(both), Given(level="orange"))
    assert [level for _, _, level in zones(toy)] == ["orange", "orange"]


def test_a_further_message_joins_and_an_update_takes_the_place_of_what_it_names(
    toy: ToyDatabase, tmp_path: Path
) -> None:
    def message(number: str, where: str, head: str = "", **said: str) -> bytes:
        return alert(where, head=head, **said).replace(b"15222441600000_1", number.encode())

    event = loaded(toy, tmp_path, message("m1", info(area(IN_WEST_ONE)))).zoned.event_id
    hail = info(area(IN_EAST, "东一"), event="11B15", severity="Severe")
    joined = loaded(toy, tmp_path, message("m2", hail), Given(joins=event))
    assert joined.zoned.event_id == event
    assert zones(toy) == [("西一村", "rainstorm", "yellow"), ("东一", "hail", "orange")]
    head = "<references>tester,m1,2026-07-12T00:00:00+08:00</references>"
    update = message("m3", info(code(f"{EAST}000"), severity="Extreme"), head, msg_type="Update")
    with pytest.raises(Conflict, match=f"--join {event}"):
        loaded(toy, tmp_path, update)
    loaded(toy, tmp_path, update, Given(joins=event))
    assert zones(toy) == [("东一", "hail", "orange"), ("东河乡", "rainstorm", "red")]
    with toy.transaction() as session:
        assert session.scalar(text("SELECT level FROM hazard_event")) == "red"
    again = loaded(toy, tmp_path, update, Given(joins=event))
    assert not again.zoned.is_new and stored(toy)[1:3] == (3, 3)


def test_a_loaded_code_under_an_unknown_name_is_taken_with_a_note(toy: ToyDatabase, tmp_path: Path) -> None:
    found = loaded(toy, tmp_path, alert(info(code(COUNTY, "cityid"))))
    assert any("“cityid”不认识，与已装入的区划代码相同" in note for note in found.source.notes)
    # What is no loaded division itself is nobody's: neither a part of one nor all around it.
    for value in (f"{WEST}299", "990000", "036003"):
        with pytest.raises(BadInput) as refused:
            loaded(toy, tmp_path, alert(info(code(value, "cityid"))))
        assert "cityid" in refused.value.faults[0].sentence


def test_an_unknown_name_beside_a_known_one_adds_nothing(toy: ToyDatabase, tmp_path: Path) -> None:
    known = f"<geocode><valueName>adcode</valueName><value>{WEST}</value></geocode>"
    other = f"<geocode><valueName>cityid</valueName><value>{EAST}</value></geocode>"
    found = loaded(toy, tmp_path, alert(info(area(known + other))))
    assert [zone[0] for zone in zones(toy)] == ["西山镇"] and found.source.notes == ()


def test_a_code_that_we_do_not_know_is_said_in_the_words_of_the_message(toy: ToyDatabase, tmp_path: Path) -> None:
    unknown = "<eventCode><valueName>kind</valueName><value>11Z99</value></eventCode>"
    message = alert(info(code(VILLAGES["西一"][0]), event="暗流", more=unknown))
    event = loaded(toy, tmp_path, message).zoned.event_id
    browser = toy.browser(toy.member("county", COUNTY))
    page = browser.get(f"/events/{event}").text
    beside = ' <span class="muted" translate="no">11Z99</span>'
    assert f"<span>暗流{beside}</span>" in page and f"暗流</strong>{beside}" in page
    assert "灾种：暗流（11Z99）" in words(page)
    assert "暗流（11Z99）" in browser.post("/events/warnings", data={"text": message.decode()}).text
    with toy.transaction(COUNTY) as session:
        [reason] = reasons_at(session, event, VILLAGES["西一"][0])
        assert reason.kind_said == "暗流"
        [line] = gather(session, event_of(session, event, AreaScope(COUNTY)), AreaScope(COUNTY)).warnings
    assert "暗流" in line.said and "11Z99" not in line.said
