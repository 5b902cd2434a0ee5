"""CAP messages as files, through the same way in that the command and the API use."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from geo_housing.errors import BadInput, Conflict
from geo_housing.hazards.queries import affected
from geo_housing.keys import KeyRing, load_keys
from geo_housing.response.service import change_phase, respond
from geo_housing.response.standing.loading import load_standing_file
from geo_housing.response.zones.loading import Given, Loaded, load_file
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.hazards.test_cap import alert, area, info
from tests.response.zones import write_zone
from tests.toy_county import COUNTY, WEST

IN_WEST_ONE = "<polygon>45.0005,120.0005 45.0005,120.0095 45.0095,120.0095 45.0095,120.0005 45.0005,120.0005</polygon>"


def loaded(toy: ToyDatabase, folder: Path, content: bytes, given: Given | None = None) -> Loaded:
    path = folder / "message.xml"
    path.write_bytes(content)
    with toy.transaction(COUNTY) as session:
        return load_file(session, toy.actor(COUNTY), path, given or Given())


def respond_to(toy: ToyDatabase, event: int, *, even_if_expired: bool = False) -> int:
    with toy.transaction(COUNTY) as session:
        return respond(session, toy.actor(COUNTY), event, even_if_expired=even_if_expired).opened


def message(inner: str = IN_WEST_ONE, number: str = "m1", more: str = "", **said: str) -> bytes:
    content = alert(info(area(inner), severity="Severe", more=more), **said)
    return content.replace(b"15222441600000_1", number.encode())


def test_a_message_makes_one_event_however_often_it_comes(toy: ToyDatabase, tmp_path: Path) -> None:
    first = loaded(toy, tmp_path, message())
    again = loaded(toy, tmp_path, message())
    assert first.zoned.event_id == again.zoned.event_id
    assert again.zoned.revision == 1
    with toy.transaction() as session:
        row = session.execute(text("SELECT kind, level, source, issuer FROM hazard_event")).one()
    assert tuple(row) == ("rainstorm", "orange", "cap", "tester")
    assert respond_to(toy, first.zoned.event_id) == 8


def test_messages_of_one_headline_are_told_apart(toy: ToyDatabase, tmp_path: Path) -> None:
    for number in ("m1", "m2", "m3"):
        loaded(toy, tmp_path, message(number=number))
    loaded(toy, tmp_path, message(number="m4"), Given(name="值班员起的名"))
    first, second, third, stated = _names(toy)
    assert second.startswith(f"{first}（西山镇西一村村委会 ") and third.startswith(second) and third != second
    assert stated == "值班员起的名"


def test_an_event_that_nobody_names_is_called_by_area_kind_and_time(toy: ToyDatabase, tmp_path: Path) -> None:
    for n, villages in enumerate((["西一"], ["西一", "东一"], ["西一", "东一"])):
        path = write_zone(tmp_path / f"{n}.geojson", villages)
        with toy.transaction(COUNTY) as session:
            load_file(session, toy.actor(COUNTY), path, Given(kind="rainstorm"))
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    first, second, third = _names(toy)
    assert re.fullmatch(f"西山镇西一村村委会暴雨 {moment}", first)
    assert re.fullmatch(f"(西山镇、东河乡|东河乡、西山镇)暴雨 {moment}", second) and third != second


def _names(toy: ToyDatabase) -> list[str]:
    with toy.transaction() as session:
        return list(session.scalars(text("SELECT name FROM hazard_event ORDER BY id")))


@pytest.mark.parametrize("status", ["Test", "Exercise", "Draft"])
def test_tests_exercises_and_drafts_are_stored_and_never_responded_to(
    toy: ToyDatabase, tmp_path: Path, status: str
) -> None:
    event = loaded(toy, tmp_path, message(status=status)).zoned.event_id
    with pytest.raises(Conflict, match=status):
        respond_to(toy, event)


def test_an_expired_warning_is_responded_to_only_when_said_so(toy: ToyDatabase, tmp_path: Path) -> None:
    event = loaded(toy, tmp_path, message(more="<expires>2026-07-12T05:00:00+08:00</expires>")).zoned.event_id
    with pytest.raises(Conflict, match="失效"):
        respond_to(toy, event)
    assert respond_to(toy, event, even_if_expired=True) == 8


def test_an_update_of_an_unknown_message_is_a_new_event_that_keeps_the_reference(
    toy: ToyDatabase, tmp_path: Path
) -> None:
    head = "<references>tester,elsewhere,2026-07-12T00:00:00+08:00</references>"
    event = loaded(toy, tmp_path, message(number="m2", msg_type="Update", head=head)).zoned.event_id
    with toy.transaction() as session:
        kept = session.scalar(text("SELECT message ->> 'references' FROM warning WHERE event_id = :e"), {"e": event})
    assert "elsewhere" in kept


def test_an_update_of_a_known_message_asks_for_the_event_and_then_revises_it(toy: ToyDatabase, tmp_path: Path) -> None:
    event = loaded(toy, tmp_path, message()).zoned.event_id
    head = "<references>tester,m1,2026-07-12T00:00:00+08:00</references>"
    update = message(number="m2", msg_type="Update", head=head)
    with pytest.raises(Conflict, match=f"--event {event}"):
        loaded(toy, tmp_path, update)
    assert loaded(toy, tmp_path, update, Given(event=event)).zoned.revision == 2


def test_cancel_makes_no_zone_and_withdraws_nothing(toy: ToyDatabase, tmp_path: Path) -> None:
    event = loaded(toy, tmp_path, message()).zoned.event_id
    assert respond_to(toy, event) == 8
    head = "<references>tester,m1,2026-07-12T00:00:00+08:00</references>"
    cancel = message(number="m2", msg_type="Cancel", head=head)
    done = loaded(toy, tmp_path, cancel)
    assert (done.zoned.event_id, done.zoned.revision, done.opened, done.to_withdraw) == (event, 1, 0, 0)
    assert "灾后排查" in done.as_json(None)["warnings"][-1]
    assert standing(toy, event) == {"prepared": 8}
    assert warnings(toy) == [("m1", "issue", "m2"), ("m2", "lift", None)]
    again = loaded(toy, tmp_path, cancel)
    assert again.zoned.event_id == event and not again.zoned.is_new
    assert len(warnings(toy)) == 2


def warnings(toy: ToyDatabase) -> list[tuple[str, str, str | None]]:
    """Identifier, action, and the identifier of what ended it."""
    with toy.transaction() as session:
        rows = session.execute(
            text(
                "SELECT w.identifier, w.action, b.identifier AS by FROM warning w LEFT JOIN warning b ON b.id = w.ended_by"
                " ORDER BY w.id"
            )
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize("head", ["", "<references>tester,elsewhere,2026-07-12T00:00:00+08:00</references>"])
def test_cancel_of_what_was_never_received_stores_nothing(toy: ToyDatabase, tmp_path: Path, head: str) -> None:
    with pytest.raises(BadInput, match="没有登记过"):
        loaded(toy, tmp_path, message(msg_type="Cancel", head=head))
    assert warnings(toy) == []


def test_an_exercise_ends_and_changes_nothing_real(toy: ToyDatabase, tmp_path: Path) -> None:
    event = loaded(toy, tmp_path, message()).zoned.event_id
    head = "<references>tester,m1,2026-07-12T00:00:00+08:00</references>"
    for kind in ("Cancel", "Update"):
        with pytest.raises(Conflict, match="Exercise"):
            loaded(toy, tmp_path, message(number="m2", msg_type=kind, head=head, status="Exercise"), Given(event=event))
    assert warnings(toy) == [("m1", "issue", None)]


def test_a_message_that_replaces_an_event_s_zones_is_one_of_its_warnings(toy: ToyDatabase, tmp_path: Path) -> None:
    event = loaded(toy, tmp_path, message()).zoned.event_id
    head = "<references>tester,m1,2026-07-12T00:00:00+08:00</references>"
    update = message(IN_WEST_ONE.replace("120.0", "120.02"), "m2", msg_type="Update", head=head)
    assert loaded(toy, tmp_path, update, Given(event=event)).zoned.revision == 2
    assert warnings(toy) == [("m1", "issue", "m2"), ("m2", "change", None)]
    again = loaded(toy, tmp_path, update, Given(event=event))
    assert again.zoned.revision == 2 and not again.zoned.is_new
    # Sent again without saying where, it is known as well.
    assert not loaded(toy, tmp_path, update).zoned.is_new


def test_neither_expiry_nor_the_end_withdraws_anything(toy: ToyDatabase, tmp_path: Path) -> None:
    event = loaded(toy, tmp_path, message()).zoned.event_id
    assert respond_to(toy, event) == 8
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET expires_at = '2026-01-01' WHERE id = :e"), {"e": event})
    assert respond_to(toy, event) == 0
    assert standing(toy, event) == {"prepared": 8}
    with toy.transaction() as session:
        change_phase(session, toy.actor(), event, "aftermath")
        change_phase(session, toy.actor(), event, "closed", reason="洪水已退")
    assert standing(toy, event) == {"open": 8}


def standing(toy: ToyDatabase, event: int) -> dict[str, int]:
    with toy.transaction() as session:
        rows = session.execute(
            text("SELECT state, count(*) AS n FROM emergency_inspection WHERE event_id = :e GROUP BY 1"), {"e": event}
        )
        return {row.state: row.n for row in rows}


@pytest.mark.parametrize(
    ("code", "zones", "houses"),
    [(f"{WEST}201", 1, 6), (f"{WEST}000", 1, 21), ("990001000000", 1, 42), ("990001", 1, 42), ("990001300000", 1, 42)],
)
def test_a_division_code_means_village_township_or_else_the_county_around_it(
    toy: ToyDatabase, tmp_path: Path, code: str, zones: int, houses: int
) -> None:
    inner = f"<geocode><valueName>CPEAS Geographic Code</valueName><value>{code}</value></geocode>"
    found = loaded(toy, tmp_path, message(inner))
    assert found.zoned.zones == zones
    with toy.transaction(COUNTY) as session:
        assert affected(session, found.zoned.event_id, AreaScope(COUNTY)).houses == houses


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("<polygon>45.0,120.0 45.1,120.1</polygon>", "图形又不能用，无法确定影响范围：有一个多边形不足三个角。"),
        ("<circle>95,120 5</circle>", "图形又不能用，无法确定影响范围：有一个圆的写法无法识别"),
    ],
)
def test_a_shape_that_is_none_is_refused_for_that(toy: ToyDatabase, tmp_path: Path, inner: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        loaded(toy, tmp_path, message(inner))
    assert reason in refused.value.faults[0].sentence


def test_a_circle_of_radius_0_needs_a_buffer(toy: ToyDatabase, tmp_path: Path) -> None:
    inner = "<circle>45.005,120.005 0</circle>"
    with pytest.raises(BadInput) as refused:
        loaded(toy, tmp_path, message(inner))
    assert "缓冲" in refused.value.faults[0].sentence
    found = loaded(toy, tmp_path, message(inner), Given(buffer_m=250))
    assert found.zoned.area_km2 == pytest.approx(0.196, abs=0.001)


def test_standing_areas_load_once(toy: ToyDatabase, tmp_path: Path) -> None:
    path = write_zone(tmp_path / "易发地.geojson", ["西一", "东二"])

    def keys() -> KeyRing:
        return load_keys(toy.settings.keys_file)

    for expected in (2, 0):
        with toy.transaction(COUNTY) as session:
            done = load_standing_file(session, toy.actor(COUNTY), path, keys, kind="flash_flood")
        assert len(done.created) == expected


def test_a_draft_changes_no_event_that_is_real(toy: ToyDatabase, tmp_path: Path) -> None:
    event = loaded(toy, tmp_path, message()).zoned.event_id
    assert respond_to(toy, event) == 8
    head = "<references>tester,m1,2026-07-12T00:00:00+08:00</references>"
    for said in ({}, {"msg_type": "Update", "head": head}, {"msg_type": "Cancel", "head": head}):
        draft = message(number="d1", status="Draft", **said)
        for given in (Given(joins=event), Given(event=event)):
            with pytest.raises(Conflict, match="草稿（Draft）"):
                loaded(toy, tmp_path, draft, given)
    with pytest.raises(Conflict, match="草稿（Draft）"):
        loaded(toy, tmp_path, message(number="d2", status="Draft", msg_type="Cancel", head=head))
    assert standing(toy, event) == {"prepared": 8} and warnings(toy) == [("m1", "issue", None)]
    # An Update that is a draft is a draft of its own; a further draft may stand beside it, none is a warning's.
    draft = loaded(toy, tmp_path, message(number="d3", status="Draft", msg_type="Update", head=head)).zoned.event_id
    assert draft != event
    assert loaded(toy, tmp_path, message(number="d4", status="Draft"), Given(joins=draft)).zoned.event_id == draft
    assert warnings(toy)[0] == ("m1", "issue", None)


def test_a_cancel_that_names_the_first_message_ends_what_has_taken_its_place(toy: ToyDatabase, tmp_path: Path) -> None:
    event = loaded(toy, tmp_path, message()).zoned.event_id
    head = "<references>tester,{},2026-07-12T00:00:00+08:00</references>"
    for n in (2, 3):
        update = message(number=f"m{n}", msg_type="Update", head=head.format(f"m{n - 1}"))
        loaded(toy, tmp_path, update, Given(joins=event))
    loaded(toy, tmp_path, message(number="other"), Given(joins=event))
    loaded(toy, tmp_path, message(number="m4", msg_type="Cancel", head=head.format("m1")))
    assert warnings(toy) == [
        ("m1", "issue", "m2"),
        ("m2", "change", "m3"),
        ("m3", "change", "m4"),
        ("other", "issue", None),
        ("m4", "lift", None),
    ]


def test_a_further_message_by_file_tells_of_the_open_event_that_it_may_belong_to(
    toy: ToyDatabase, tmp_path: Path
) -> None:
    event = loaded(toy, tmp_path, message()).zoned.event_id
    told = loaded(toy, tmp_path, message(number="m7")).as_json(None)["warnings"]
    assert any(f"--join {event}" in one and "同一灾种" in one for one in told)
    assert not any("--join" in one for one in loaded(toy, tmp_path, message(number="m7")).as_json(None)["warnings"])
