"""Messages made here, one rule each."""

from datetime import datetime, timedelta, timezone

import pytest

from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput, TooLarge
from geo_housing.hazards.cap import MAX_BYTES, read_cap
from geo_housing.hazards.cap_areas import Circle

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
SQUARE = "45.0,120.0 45.0,120.01 45.01,120.01 45.01,120.0 45.0,120.0"


def area(inner: str = f"<polygon>{SQUARE}</polygon>", name: str = "西一村") -> str:
    return f"<area><areaDesc>{name}</areaDesc>{inner}</area>"


def info(
    areas: str,
    *,
    event: str = "暴雨",
    severity: str = "Moderate",
    language: str = "zh-CN",
    headline: str = "突发预警",
    more: str = "",
) -> str:
    return (
        f"<info><language>{language}</language><category>Met</category><event>{event}</event>"
        f"<urgency>Immediate</urgency><severity>{severity}</severity><certainty>Likely</certainty>"
        f"{more}<headline>{headline}</headline>{areas}</info>"
    )


def alert(
    infos: str, *, head: str = "", namespace: str = CAP, sent: str = "2026-07-12T01:50:00+08:00", **said: str
) -> bytes:
    status, kind = said.get("status", "Actual"), said.get("msg_type", "Alert")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><alert xmlns="{namespace}"><identifier>15222441600000_1</identifier>'
        f"<sender>tester</sender><sent>{sent}</sent><status>{status}</status><msgType>{kind}</msgType>"
        f"<scope>Public</scope>{head}{infos}</alert>"
    ).encode()


def test_a_polygon_is_read_latitude_first() -> None:
    message = read_cap(alert(info(area())))
    assert message.identifier == "15222441600000_1"
    assert message.areas[0].rings == (((120.0, 45.0), (120.01, 45.0), (120.01, 45.01), (120.0, 45.01), (120.0, 45.0)),)
    assert message.notes == ()


def test_a_circle_has_its_radius_in_kilometres() -> None:
    message = read_cap(alert(info(area("<circle>45.0,120.0 12.5</circle>"))))
    assert message.areas[0].circles == (Circle(120.0, 45.0, 12.5),)


def test_an_unclosed_ring_is_closed_and_noted() -> None:
    open_ring = SQUARE.rsplit(" ", 1)[0]
    message = read_cap(alert(info(area(f"<polygon>{open_ring}</polygon>"))))
    assert message.areas[0].rings[0][0] == message.areas[0].rings[0][-1]
    assert any("没有闭合" in note for note in message.notes)


@pytest.mark.parametrize("text", ["", "45.0,120.0", "45.0 120.0 45,121", "120.0,45.0 120.1,45.0 120.1,45.1 120.0,45.0"])
def test_a_polygon_that_cannot_be_read_is_said_so_and_gives_no_ring(text: str) -> None:
    found = read_cap(alert(info(area(f"<polygon>{text}</polygon>")))).areas[0]
    assert found.rings == ()
    assert found.unread


def test_equal_areas_of_two_languages_are_one() -> None:
    english = info(area(name="Xiyi"), language="en-US", event="Rainstorm")
    message = read_cap(alert(english + info(area())))
    assert [one.name for one in message.areas] == ["西一村"]
    assert message.name == "突发预警"


def test_the_same_shape_under_other_codes_is_one_area() -> None:
    code = "<geocode><valueName>{}</valueName><value>1</value></geocode>"
    first = area(f"<polygon>{SQUARE}</polygon>" + code.format("UGC"))
    second = area(f"<polygon>{SQUARE}</polygon>" + code.format("SAME"))
    assert len(read_cap(alert(info(first) + info(second, language="en-US"))).areas) == 1


def test_division_codes_are_told_from_foreign_ones() -> None:
    inner = (
        "<geocode><valueName>CPEAS Geographic Code</valueName><value>152224100000</value></geocode>"
        "<geocode><valueName>FIPS6</valueName><value>036003</value></geocode>"
    )
    found = read_cap(alert(info(area(inner)))).areas[0]
    assert found.division_codes == ("152224100000",)
    assert found.other_codes == (("FIPS6", "036003"),)


@pytest.mark.parametrize(
    ("severity", "headline", "level"),
    [
        ("Extreme", "预警", "red"),
        ("Severe", "预警", "orange"),
        ("Moderate", "预警", "yellow"),
        ("Minor", "预警", "blue"),
        ("Unknown", "预警", "ungraded"),
        ("RED", "预警", "red"),
        ("Minor", "发布暴雨红色预警信号", "red"),
        ("Severe", "由黄色升级为橙色", "orange"),
    ],
)
def test_the_colour_in_the_headline_wins_over_the_severity(severity: str, headline: str, level: str) -> None:
    assert read_cap(alert(info(area(), severity=severity, headline=headline))).level == level


@pytest.mark.parametrize(
    ("event", "code", "kind", "text"),
    [
        ("暴雨", "11B03", "rainstorm", "暴雨"),
        ("暴雪", "11B04", "snowstorm", "暴雪"),
        ("台风", "11B01", "11B01", "台风"),
        ("11B22", "", "11B22", "干旱"),
        ("某事", "11X99", "11X99", "某事"),
        ("滑坡", "11D02", "geological", "滑坡"),
        ("Flash Flood Warning", "", "flash_flood", "Flash Flood Warning"),
        ("Small Craft Warning", "", "other", "Small Craft Warning"),
    ],
)
def test_event_codes_are_understood_and_unknown_ones_kept(event: str, code: str, kind: str, text: str) -> None:
    more = f"<eventCode><valueName>eventType</valueName><value>{code}</value></eventCode>" if code else ""
    message = read_cap(alert(info(area(), event=event, headline="x", more=more)))
    assert (message.kind, message.kind_text) == (kind, text)


def test_a_time_without_zone_is_beijing_time_and_said_so() -> None:
    message = read_cap(alert(info(area(), more="<expires>2026-07-12T12:00:00</expires>"), sent="2026-07-12T01:50:00"))
    assert message.sent_at == datetime(2026, 7, 12, 1, 50, tzinfo=BEIJING)
    assert message.expires_at == datetime(2026, 7, 12, 12, 0, tzinfo=BEIJING)
    assert any("时区" in note for note in message.notes)


def test_the_last_of_several_expiries_counts() -> None:
    first = info(area(), more="<expires>2026-07-12T12:00:00+00:00</expires>")
    second = info(area(), language="en-US", more="<expires>2026-07-12T14:00:00+00:00</expires>")
    assert read_cap(alert(first + second)).expires_at == datetime(2026, 7, 12, 14, tzinfo=timezone(timedelta(0)))


def test_faults_against_the_schema_are_noted_not_refused() -> None:
    bare = f"<info><event>暴雨</event>{area()}</info>"
    message = read_cap(alert(bare, status="Real"))
    assert message.areas
    assert any("severity" in note for note in message.notes)
    assert any("Real" in note for note in message.notes)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (alert(info(area()), namespace="urn:oasis:names:tc:emergency:cap:1.1"), "CAP 1.1"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', "Atom"),
        (b"<rss/>", "RSS"),
        (b'<EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0"/>', "EDXL"),
        (b"<kml/>", "kml"),
        (b"<alert>", "XML"),
        (b"not xml", "XML"),
        (b"", "XML"),
        (alert(info(area())).replace(b"<identifier>15222441600000_1</identifier>", b""), "identifier"),
    ],
)
def test_what_is_no_cap_12_message_is_refused_by_name(content: bytes, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        read_cap(content)


def test_entities_are_refused_before_they_are_followed(tmp_path: object) -> None:
    body = alert(info(area())).decode().replace("<scope>", "<scope>&x;")
    attack = body.replace("<alert", '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert', 1)
    with pytest.raises(BadInput, match="DOCTYPE"):
        read_cap(attack.encode())


def test_a_message_too_large_is_not_parsed() -> None:
    with pytest.raises(TooLarge):
        read_cap(b"<" * (MAX_BYTES + 1))


def test_what_the_message_says_is_kept_as_received() -> None:
    fields = read_cap(
        alert(info(area(), more="<parameter><valueName>a</valueName><value>b</value></parameter>"))
    ).fields
    assert fields["sender"] == "tester"
    assert fields["info"][0]["parameter"] == {"valueName": "a", "value": "b"}


def test_references_are_kept() -> None:
    head = "<references>a,1,2026-07-12T00:00:00+08:00 a,2,2026-07-12T00:00:00+08:00</references>"
    assert len(read_cap(alert(info(area()), head=head, msg_type="Update")).references) == 2
