"""Responding again costs about as much as the first time, however many houses there are."""

from sqlalchemy import text

from geo_housing.hazards import concerned
from geo_housing.inspections import opening
from geo_housing.inspections.opening import _IN_STEP, _LEFT
from geo_housing.response.service import respond
from geo_housing.response.zones.loading import Given, load_divisions
from geo_housing.scope import EVERYWHERE
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY


def test_what_stands_is_found_by_its_house_and_not_by_comparing_each_with_each(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        event = load_divisions(session, toy.actor(), [COUNTY], Given(name="暴雨", kind="rainstorm")).zoned.event_id
        assert respond(session, toy.actor(), event).opened == 43
        concerned.collect(session, event, EVERYWHERE, areas=["0"])
        opening.decide_collected(session)
        session.execute(
            text("INSERT INTO concerned (house_id, scope_code) SELECT -n, '990001' FROM generate_series(1, 20000) n")
        )
        session.execute(text("ANALYZE concerned"))
        values = {
            "event": event, "at": "2026-11-25", "grounds": [], "hours_1": [], "hours_2": [], "hours_3": [],
            "scope_lo": "0", "scope_hi": ":", "everywhere": True, "areas": ["0"], "staffed": [], "kept": "kept", "spared": [1],
        }  # fmt: skip
        for statement in (_IN_STEP, f"SELECT count(*) FROM emergency_inspection i WHERE {_LEFT}"):
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            plan = "\n".join(session.scalars(text(f"EXPLAIN {statement}"), used))
            assert "Seq Scan on concerned" not in plan, plan
