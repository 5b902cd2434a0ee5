"""A file of many zones: stored in sets, the same as one by one."""

import shapely
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.hazards.sources import ZoneDraft
from geo_housing.hazards.storing import ZonePlace, store_zones
from tests.fixtures.toy import ToyDatabase

PLACE = ZonePlace("990001", "flood", "orange", made_by="测试")


def puddles(count: int) -> list[ZoneDraft]:
    """Small squares from west to east through 西一、西二、东一、东二."""
    return [
        ZoneDraft(shapely.MultiPolygon([shapely.box(west, 45.002, west + 0.0001, 45.003)]), f"水面 {n:03d}")
        for n, west in enumerate(120.0005 + 0.039 * n / count for n in range(count))
    ]


def stored(session: Session, ids: list[int]) -> list[tuple[str, str, list[str], int]]:
    """Name, middle, touched divisions and number of pieces of each zone, in the order of the ids."""
    rows = session.execute(
        text(
            "SELECT z.name, ST_AsText(ST_Centroid(z.geom), 6), array_agg(a.area_code ORDER BY a.area_code),"
            "  (SELECT count(*) FROM hazard_zone_piece p WHERE p.zone_id = z.id)"
            " FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS wanted (id, n) JOIN hazard_zone z USING (id)"
            " JOIN hazard_zone_area a ON a.zone_id = z.id GROUP BY z.id, wanted.n ORDER BY wanted.n"
        ),
        {"ids": ids},
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def test_a_hundred_zones_are_the_same_in_one_go_as_one_by_one(toy: ToyDatabase) -> None:
    zones = puddles(100)
    with toy.transaction("990001") as session:
        together = stored(session, store_zones(session, zones, PLACE))
        singly = stored(session, [zone_id for zone in zones for zone_id in store_zones(session, [zone], PLACE)])
    assert together == singly
    assert [name for name, *_ in together] == [zone.name for zone in zones]
    # 西街居委会 has no outline and is touched with the township around it.
    assert "990001100001" in together[0][2] and "990001100201" in together[0][2]
    assert "990001200201" in together[-1][2] or "990001200202" in together[-1][2]


def test_a_chosen_division_and_a_drawing_stand_beside_each_other(toy: ToyDatabase) -> None:
    (drawn,) = puddles(1)
    with toy.transaction("990001") as session:
        whole, part = store_zones(session, [ZoneDraft(None, "西山镇", whole_area="990001100"), drawn], PLACE)
        rows = session.execute(
            text("SELECT zone_id, bool_and(whole) AND bool_or(whole), count(*) FROM hazard_zone_area GROUP BY 1")
        )
        found = {row[0]: (row[1], row[2]) for row in rows}
    assert found[whole] == (True, 6), "the township and its five villages"
    assert not found[part][0]


def test_many_zones_ask_the_database_as_often_as_one(toy: ToyDatabase) -> None:
    asked: list[int] = []
    for count in (1, 80):
        statements: list[str] = []

        def heard(_1: object, _2: object, statement: str, *_rest: object, into: list[str] = statements) -> None:
            into.append(statement)

        with toy.transaction("990001") as session:
            sqlalchemy_event.listen(toy.database.engine, "before_cursor_execute", heard)
            try:
                store_zones(session, puddles(count), PLACE)
            finally:
                sqlalchemy_event.remove(toy.database.engine, "before_cursor_execute", heard)
        asked.append(len(statements))
    assert asked[0] == asked[1] > 0
