"""Layers of disasters and divisions under their filters: list, file and OGC count what stands in the tables."""

import psycopg
import pytest

from tests.exports.conftest import Disasters
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, WEST

INSPECTIONS = "SELECT count(*) FROM emergency_inspection WHERE event_id = %(event)s"


@pytest.mark.parametrize(
    ("layer", "query", "counted"),
    [
        ("emergency-inspections", {"event": 0}, INSPECTIONS),
        ("emergency-inspections", {"event": 1, "state": "open,done"}, f"{INSPECTIONS} AND state IN ('open', 'done')"),
        (
            "emergency-inspections",
            {"event": 0, "area": WEST},
            f"{INSPECTIONS} AND starts_with(scope_code, '{WEST}')",
        ),
        (
            "zones",
            {"event": 0},
            "SELECT count(*) FROM hazard_zone z JOIN zone_revision r ON r.id = z.revision_id"
            " JOIN hazard_event e ON e.id = z.event_id AND e.revision = r.n WHERE e.id = %(event)s",
        ),
        ("standing-areas", {}, "SELECT count(*) FROM hazard_zone WHERE event_id IS NULL AND ended_at IS NULL"),
        (
            "villages",
            {"area": WEST},
            f"SELECT count(*) FROM area WHERE level = 'village' AND starts_with(code, '{WEST}')",
        ),
    ],
)
def test_each_way_out_counts_the_rows_of_the_tables(
    varied: ToyDatabase, disasters: Disasters, raw: psycopg.Connection, layer: str, query: dict, counted: str
) -> None:
    client = varied.browser(varied.member("county", COUNTY))
    event = disasters.events[query["event"]] if "event" in query else 0
    asked = {**query, "event": event} if "event" in query else query
    found = raw.execute(counted, {"event": event}).fetchone()
    assert found and found[0] > 0
    assert len(client.get(f"/api/v1/{layer}", params={**asked, "limit": 500}).json()["items"]) == found[0]
    assert client.get(f"/api/v1/{layer}.csv", params=asked).headers["x-geo-housing-rows"] == str(found[0])
    located = len(client.get(f"/api/v1/{layer}.geojson", params=asked).json()["features"])
    assert client.get(f"/ogc/collections/{layer}/items", params=asked).json()["numberMatched"] >= located > 0
