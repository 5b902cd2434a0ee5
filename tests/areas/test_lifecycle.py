"""Other names, merged and abolished divisions, and what becomes of lists and houses."""

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from geo_housing.areas.lifecycle import Ended, add_alias, end_area, remove_alias, reopen_area
from geo_housing.areas.queries import aliases, area_names, heirs_of, present_heirs
from geo_housing.desk.search import search
from geo_housing.errors import BadInput, Conflict, GeoHousingError, NotFound
from geo_housing.geometry import tile_key
from geo_housing.houses.intake.declared import Divisions
from tests.areas.conftest import Desk

HEKOU, SHANQIAN, LIULIN = "990002100201", "990002100202", "990002200201"
WEST, EAST = shapely.box(121.0, 45.0, 121.1, 45.1), shapely.box(121.1, 45.0, 121.2, 45.1)


def merge(desk: Desk, code: str, into: str | None = None) -> Ended:
    with desk.database.transaction(desk.actor) as session:
        return end_area(session, desk.actor, code, successor=into)


def reopen(desk: Desk, code: str) -> int:
    with desk.database.transaction(desk.actor) as session:
        return reopen_area(session, desk.actor, code)


def call(desk: Desk, code: str, name: str) -> None:
    with desk.database.transaction(desk.actor) as session:
        add_alias(session, desk.actor, code, name)


def house(desk: Desk, code: str, declared: str, point: tuple[float, float] | None = None) -> None:
    key = None if point is None else int(tile_key(np.array([point[0]]), np.array([point[1]]))[0])
    desk.sql(
        "INSERT INTO house (code, declared_code, village_code, scope_code, location_state, geom, tile_key)"
        " VALUES (:code, CAST(:declared AS text), CASE WHEN CAST(:key AS bigint) IS NOT NULL THEN CAST(:declared AS text) END, :declared,"
        " CASE WHEN CAST(:key AS bigint) IS NULL THEN 'unlocated' ELSE 'located' END,"
        " ST_SetSRID(ST_MakePoint(CAST(:lon AS float8), CAST(:lat AS float8)), 4490), CAST(:key AS bigint))",
        code=code, declared=declared, key=key, lon=point and point[0], lat=point and point[1],
    )  # fmt: skip


def houses(desk: Desk) -> dict[str, tuple[str, str, str]]:
    found = desk.sql("SELECT code, declared_code, scope_code, location_state FROM house ORDER BY code")
    return {row.code: (row.declared_code, row.scope_code, row.location_state) for row in found}


@pytest.fixture
def outlined(listed: Desk) -> Desk:
    """河口 in the west and 山前 in the east have outlines."""
    listed.load(listed.geojson((WEST, {"code": HEKOU}), (EAST, {"code": SHANQIAN})), "village")
    return listed


def test_a_ledger_and_the_search_know_a_village_by_its_other_name(listed: Desk) -> None:
    call(listed, LIULIN, "巴彦嘎查")
    with listed.database.transaction(listed.actor) as session:
        divisions = Divisions(area_names(session), [(one.code, one.name) for one in aliases(session)])
        found = search(session, listed.actor, "巴彦")
    assert divisions.declared("西岭乡", "巴彦村").code == LIULIN
    assert [(group.label, one.text) for group in found for one in group.found] == [("村", "柳林村委会")]

    with listed.database.transaction(listed.actor) as session:
        remove_alias(session, listed.actor, LIULIN, "巴彦嘎查")
        assert not aliases(session)
        with pytest.raises(NotFound, match="没有“巴彦嘎查”这个别名"):
            remove_alias(session, listed.actor, LIULIN, "巴彦嘎查")


@pytest.mark.parametrize(
    ("code", "name", "told"),
    [
        (LIULIN, "柳林村", "同一个名称"),
        (LIULIN, "榆树村民委员会", "已是 榆树村委会 的名称"),
        (LIULIN, "  ", "1 到 60 个字"),
        ("990002999999", "新村", "没有区划"),
    ],
)
def test_a_name_that_would_confuse_is_refused(listed: Desk, code: str, name: str, told: str) -> None:
    with pytest.raises(GeoHousingError, match=told):
        call(listed, code, name)


def test_a_merged_village_hands_on_ground_houses_and_name(outlined: Desk) -> None:
    house(outlined, "L1", SHANQIAN, (121.15, 45.05))
    house(outlined, "L2", SHANQIAN)
    house(outlined, "L3", HEKOU, (121.05, 45.05))

    done = merge(outlined, SHANQIAN, HEKOU)

    assert (done.successor, done.houses) == (HEKOU, 2)
    assert houses(outlined) == {
        "L1": (HEKOU, HEKOU, "located"),
        "L2": (HEKOU, HEKOU, "unlocated"),
        "L3": (HEKOU, HEKOU, "located"),
    }
    villages = outlined.stored("village")
    ground = villages[HEKOU].geom
    assert SHANQIAN not in villages and ground is not None and ground.equals(shapely.union(WEST, EAST))
    with outlined.database.transaction(outlined.actor) as session:
        assert [one.name for one in aliases(session, HEKOU)] == ["山前村委会"]
    journalled = outlined.sql("SELECT action, diff FROM journal_entry WHERE action = 'areas.end'")
    assert [row.diff["successor"] for row in journalled] == [[None, HEKOU]]


def test_without_a_successor_no_house_is_lost(outlined: Desk) -> None:
    house(outlined, "L1", SHANQIAN, (121.15, 45.05))
    house(outlined, "L2", SHANQIAN)
    merge(outlined, SHANQIAN)
    assert houses(outlined) == {"L1": (SHANQIAN, SHANQIAN, "disputed"), "L2": (SHANQIAN, SHANQIAN, "unlocated")}


def test_a_merger_that_was_a_mistake_is_taken_back_with_ground_names_and_houses(outlined: Desk) -> None:
    house(outlined, "L1", SHANQIAN, (121.15, 45.05))
    house(outlined, "L2", SHANQIAN)
    house(outlined, "L3", HEKOU, (121.05, 45.05))
    house(outlined, "L4", SHANQIAN)
    call(outlined, SHANQIAN, "东沟嘎查")
    before, outlines = houses(outlined), outlined.stored("village")
    merge(outlined, SHANQIAN, HEKOU)
    # Somebody has found out meanwhile where this one belongs.
    outlined.sql(
        "UPDATE house SET declared_code = :code, scope_code = :code, declared_before = NULL WHERE code = 'L4'",
        code=LIULIN,
    )

    assert reopen(outlined, SHANQIAN) == 2

    assert houses(outlined) == before | {"L4": (LIULIN, LIULIN, "unlocated")}
    villages = outlined.stored("village")
    for code in (HEKOU, SHANQIAN):
        was, now = outlines[code].geom, villages[code].geom
        assert was is not None and now is not None and was.symmetric_difference(now).area < 1e-12
    with outlined.database.transaction(outlined.actor) as session:
        assert [(one.code, one.name) for one in aliases(session)] == [(SHANQIAN, "东沟嘎查")]


def test_an_heir_that_has_an_outline_of_its_own_by_now_keeps_it(outlined: Desk) -> None:
    merge(outlined, SHANQIAN, HEKOU)
    official = shapely.box(121.0, 45.0, 121.11, 45.1)
    outlined.load(outlined.geojson((official, {"code": HEKOU})), "village")
    reopen(outlined, SHANQIAN)
    kept = outlined.stored("village")[HEKOU].geom
    assert kept is not None and kept.equals(official)


def test_the_code_of_a_merged_village_in_a_ledger_means_the_last_heir(listed: Desk) -> None:
    merge(listed, SHANQIAN, HEKOU)
    merge(listed, HEKOU, LIULIN)
    with listed.database.transaction(listed.actor) as session:
        divisions = Divisions(area_names(session), heirs=present_heirs(session))
        assert heirs_of(session, SHANQIAN) == [HEKOU, LIULIN] and heirs_of(session, LIULIN) == []
    assert divisions.declared(None, SHANQIAN).code == LIULIN


def test_a_standing_risk_area_of_a_merged_village_goes_to_its_heir(listed: Desk) -> None:
    for code in (LIULIN, HEKOU):
        listed.sql(
            "INSERT INTO hazard_zone (scope_code, kind, area_m2, name) VALUES (:code, 'geological', 5, :code)",
            code=code,
        )
    merge(listed, LIULIN, SHANQIAN)
    found = listed.sql("SELECT name, scope_code FROM hazard_zone ORDER BY name")
    assert [(row.name, row.scope_code) for row in found] == [(HEKOU, HEKOU), (LIULIN, SHANQIAN)]


def test_a_list_of_last_year_says_which_village_has_ended_and_brings_none_back(listed: Desk) -> None:
    merge(listed, SHANQIAN, HEKOU)
    again = listed.csv(f"{SHANQIAN},山前村委会,village,990002100", f"{HEKOU},河口村委会,village,990002100")
    loaded = listed.load(again, "village")
    assert (loaded.read, loaded.unchanged, loaded.rejected) == (2, 1, 1)
    told = loaded.faults[0].sentence
    assert "并入河口村委会（990002100201），未装入；确需恢复请运行 geo-housing areas reopen 990002100202" in told

    assert reopen(listed, SHANQIAN) == 0
    assert listed.load(again, "village").unchanged == 2
    with listed.database.transaction(listed.actor) as session:
        assert not aliases(session)


def test_a_number_that_was_given_out_is_never_given_to_another(listed: Desk) -> None:
    def numbered(*names: str) -> dict[str, str]:
        listed.load(listed.csv(*names, head="name", name="names.csv"), "village", under="990002200")
        return {name: code for code, name in listed.names("village").items() if name in names}

    before = numbered("甲村", "乙村")
    merge(listed, before["甲村"], before["乙村"])
    after = numbered("乙村", "丙村", "甲村")
    assert after["乙村"] == before["乙村"] and "甲村" not in after
    assert after["丙村"] not in before.values()


def test_what_cannot_be_ended_is_refused_with_a_reason(listed: Desk) -> None:
    with pytest.raises(Conflict, match="下还有 3 个现行的村"):
        merge(listed, "990002100", "990002200")
    with pytest.raises(BadInput, match="县级区划"):
        merge(listed, "990002")
    with pytest.raises(BadInput, match="只能并入另一个村"):
        merge(listed, LIULIN, LIULIN)
    with pytest.raises(BadInput, match="只能并入另一个村"):
        merge(listed, LIULIN, "990002100")
    with pytest.raises(Conflict, match="没有撤销"):
        reopen(listed, LIULIN)
    merge(listed, LIULIN)
    with pytest.raises(Conflict, match="已经撤销"):
        call(listed, LIULIN, "别名")


def test_a_division_with_an_open_event_is_not_ended(listed: Desk) -> None:
    with listed.database.transaction(listed.actor) as session:
        event = session.scalar(
            text(
                "INSERT INTO hazard_event (scope_code, name, kind, source, created_by)"
                " VALUES ('990002', '测试洪水', 'flood', 'areas', 'tests') RETURNING id"
            )
        )
        revision = session.scalar(
            text(
                "INSERT INTO zone_revision (event_id, scope_code, n, source, made_by)"
                " VALUES (:event, '990002', 1, 'areas', 'tests') RETURNING id"
            ),
            {"event": event},
        )
        zone = session.scalar(
            text(
                "INSERT INTO hazard_zone (event_id, revision_id, scope_code, kind, area_m2)"
                " VALUES (:event, :revision, '990002', 'flood', 0) RETURNING id"
            ),
            {"event": event, "revision": revision},
        )
        session.execute(
            text("INSERT INTO hazard_zone_area VALUES (:zone, :code, true)"), {"zone": zone, "code": LIULIN}
        )
    with pytest.raises(Conflict, match="“测试洪水”涉及柳林村委会"):
        merge(listed, LIULIN)
    listed.sql("UPDATE hazard_event SET phase = 'closed'")
    assert merge(listed, LIULIN).houses == 0
