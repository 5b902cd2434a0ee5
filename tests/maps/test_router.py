"""What the map asks over HTTP: tiles that are asked again only when something changed, figures equal to the database."""

import random
from typing import Any

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing.db import libpq_url
from geo_housing.words import RENOVATION, RISK
from tests.fixtures.toy import ToyDatabase
from tests.maps.tiling import add_houses, client_of, decoded, houses_in, tile_of
from tests.toy_county import COUNTY, EAST, WEST

TILE = "/tiles/houses/9/{}/{}.mvt".format(*tile_of((120.02, 45.01), 9))


def county(toy: ToyDatabase) -> TestClient:
    return client_of(toy, "county", COUNTY)


class TestTiles:
    def test_an_unchanged_tile_is_not_sent_again(self, toy_worker: ToyDatabase) -> None:
        client = county(toy_worker)
        first = client.get(TILE)
        assert first.status_code == 200
        assert first.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        assert first.headers["cache-control"] == "private, no-cache"
        again = client.get(TILE, headers={"If-None-Match": f'W/"other", {first.headers["etag"]}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])

    def test_a_change_of_any_fact_makes_a_new_version(self, toy: ToyDatabase) -> None:
        client = county(toy)
        etag = client.get(TILE).headers["etag"]
        with toy.transaction(WEST) as session:
            session.execute(text("UPDATE house SET storeys = 2 WHERE code = '西一-D'"))
        changed = client.get(TILE, headers={"If-None-Match": etag})
        assert changed.status_code == 200
        (house,) = [f for f in decoded(changed.content)["houses"] if f["properties"]["house_code"] == "西一-D"]
        assert house["properties"]["storeys"] == 2

    def test_folding_the_list_of_changes_never_brings_an_old_version_back(self, toy: ToyDatabase) -> None:
        client = county(toy)
        seen = {client.get(TILE).headers["etag"]}
        for _ in range(2):
            with psycopg.connect(libpq_url(toy.names.admin_url)) as owner:
                owner.execute("INSERT INTO layer_change (layer) SELECT 'houses' FROM generate_series(1, 1000)")
            with toy.transaction() as session:
                assert session.scalar(text("SELECT layer_change_fold()")) >= 1000
                assert session.scalar(text("SELECT count(*) FROM layer_change")) <= 5
            etag = client.get(TILE).headers["etag"]
            assert etag not in seen
            seen.add(etag)

    def test_the_version_depends_on_who_asks_and_for_what(self, toy_worker: ToyDatabase) -> None:
        west = client_of(toy_worker, "township", WEST)
        other_west = client_of(toy_worker, "leader", WEST)
        east = client_of(toy_worker, "township", EAST)
        asked = [client.get(path).headers["etag"] for client in (west, east) for path in (TILE, f"{TILE}?risk=D")]
        assert len(set(asked)) == 4
        assert other_west.get(TILE).headers["etag"] == asked[0]

    def test_who_may_not_filter_by_category_is_refused(self, toy_worker: ToyDatabase) -> None:
        planner = client_of(toy_worker, "planner", COUNTY)
        assert planner.get(f"{TILE}?category=K2").status_code == 403
        assert planner.get(f"{TILE}?trait=elderly_alone").status_code == 403
        found = county(toy_worker).get(f"{TILE}?category=K2")
        assert houses_in(decoded(found.content)) == 8
        assert {f["properties"]["risk"] for f in decoded(found.content)["houses"]} == {"D"}

    @pytest.mark.parametrize("path", ["/tiles/houses/3/9/0.mvt", "/tiles/houses/23/0/0.mvt", "/tiles/none/1/0/0.mvt"])
    def test_a_tile_that_does_not_exist_is_not_found(self, toy_worker: ToyDatabase, path: str) -> None:
        answer = county(toy_worker).get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")

    def test_nobody_gets_a_tile_without_signing_in(self, toy_worker: ToyDatabase) -> None:
        stranger = TestClient(toy_worker.app, base_url="http://127.0.0.1", follow_redirects=False)
        assert [stranger.get(path).status_code for path in (TILE, "/tiles/houses.json", "/map")] == [401, 401, 303]

    def test_tilejson_names_layers_fields_and_where_the_tiles_are(self, toy_worker: ToyDatabase) -> None:
        found = county(toy_worker).get("/tiles/houses.json?risk=C,D").json()
        assert found["tilejson"] == "3.0.0"
        assert found["tiles"] == ["http://127.0.0.1/tiles/houses/{z}/{x}/{y}.mvt?risk=C,D"]
        assert [layer["id"] for layer in found["vector_layers"]] == ["houses", "house_clusters"]
        assert found["vector_layers"][0]["fields"]["house_code"] == "String"
        assert {"houses", "risk_suspected", "renovation_moved_in"} <= set(found["vector_layers"][1]["fields"])
        assert found["bounds"] == pytest.approx([120.0, 45.0, 120.04, 45.02])

    def test_large_tiles_travel_packed_and_mean_the_same(self, toy: ToyDatabase) -> None:
        with toy.transaction() as session:
            add_houses(session, [(120.0 + n * 1e-5, 45.005) for n in range(900)], area=f"{WEST}201")
        client = county(toy)
        packed = client.get(TILE, headers={"Accept-Encoding": "gzip"})
        plain = client.get(TILE, headers={"Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
        assert packed.content == plain.content


def brute_counts(rows: list[dict[str, Any]], box: tuple[float, ...], asked: dict[str, list[str]]) -> dict[str, Any]:
    """The figures of the legend, one house at a time."""
    west, south, east, north = box

    def fits(row: dict[str, Any], *, without: str | None = None) -> bool:
        return all(row[name] in codes for name, codes in asked.items() if codes and name != without)

    seen = [r for r in rows if r["lon"] is not None and west <= r["lon"] < east and south <= r["lat"] < north]
    return {
        "total_houses": sum(fits(r) for r in seen),
        "total_households": sum(r["households"] for r in seen if fits(r)),
        "by_risk": {c: sum(r["risk"] == c and fits(r, without="risk") for r in seen) for c in RISK},
        "by_renovation": {
            c: sum(r["renovation"] == c and fits(r, without="renovation") for r in seen) for c in RENOVATION
        },
        "unlocated": sum(r["lon"] is None and fits(r) for r in rows),
    }


class TestFigures:
    @pytest.mark.parametrize("seed", range(12))
    def test_the_legend_counts_what_the_database_holds(self, toy_worker: ToyDatabase, seed: int) -> None:
        chance = random.Random(seed)
        area = chance.choice([COUNTY, WEST, EAST])
        with toy_worker.transaction(area) as session:
            query = "SELECT risk, renovation, households, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM house"
            rows = [dict(row) for row in session.execute(text(query)).mappings()]
        west, south = 120 + chance.random() * 0.03, 45 + chance.random() * 0.015
        box = tuple(round(v, 6) for v in (west, south, west + chance.random() * 0.03, south + chance.random() * 0.02))
        asked = {
            "risk": chance.sample(list(RISK), chance.randrange(0, 4)),
            "renovation": chance.sample(["not_needed", "unplanned", "listed"], chance.randrange(0, 2)),
        }
        client = client_of(toy_worker, "township" if area != COUNTY else "county", area)
        params = {name: ",".join(codes) for name, codes in asked.items() if codes}
        found = client.get("/api/v1/map/counts", params={**params, "bbox": ",".join(map(str, box))}).json()
        assert {key: found[key] for key in found if key not in ("as_of", "version")} == brute_counts(rows, box, asked)

    def test_villages_are_coloured_by_dangerous_houses_that_are_lived_in(self, toy_worker: ToyDatabase) -> None:
        found = county(toy_worker).get("/api/v1/map/villages").json()
        by_code = {item["code"]: item for item in found["items"]}
        assert found["measure"]["code"] == "dangerous_lived_in"
        west_one = by_code[f"{WEST}201"]
        assert (west_one["houses"], west_one["households"], west_one["cd"]) == (6, 6, 2)
        assert west_one["value"] == pytest.approx(33.33)
        assert west_one["all_households"] == 6
        assert by_code[f"{WEST}001"]["unlocated"] == 1
        refused = county(toy_worker).get("/api/v1/map/villages?measure=rich")
        assert refused.status_code == 422 and "dangerous_lived_in" in refused.json()["detail"]

    def test_a_rate_stays_one_of_the_whole_village_whatever_is_filtered(self, toy_worker: ToyDatabase) -> None:
        client = county(toy_worker)
        everything = {item["code"]: item for item in client.get("/api/v1/map/villages").json()["items"]}
        only_d = {item["code"]: item for item in client.get("/api/v1/map/villages?risk=D").json()["items"]}
        assert only_d.keys() == everything.keys()
        west_one = only_d[f"{WEST}201"]
        assert (west_one["houses"], west_one["households"], west_one["all_households"]) == (1, 1, 6)
        assert west_one["value"] == pytest.approx(16.67)
        # In 西街居委会 stands no D: a zero of its houses, not a village that nothing is known of.
        assert (only_d[f"{WEST}001"]["houses"], only_d[f"{WEST}001"]["value"]) == (0, 0)
        for code, item in everything.items():
            assert item["households"] == item["all_households"] == only_d[code]["all_households"]
        narrowed = client.get(f"/api/v1/map/villages?risk=D&area={EAST}").json()["items"]
        assert [item["code"] for item in narrowed] == [code for code in everything if code.startswith(EAST)]

    @pytest.mark.parametrize(
        ("asked", "measure", "is_left_out"),
        [
            ("risk=suspected,none,A,B", "dangerous_lived_in", True),
            ("risk=A", "suspected", True),
            ("risk=A", "unassessed", True),
            ("renovation=listed", "unplanned", True),
            ("risk=A,C", "dangerous_lived_in", False),
            ("renovation=listed", "dangerous_lived_in", False),
            ("risk=D&renovation=unplanned,listed", "unplanned", False),
            ("occupancy=lived_in", "suspected", False),
        ],
    )
    def test_what_the_filter_leaves_out_has_no_rate_of_zero(
        self, toy_worker: ToyDatabase, asked: str, measure: str, is_left_out: bool
    ) -> None:
        items = county(toy_worker).get(f"/api/v1/map/villages?measure={measure}&{asked}").json()["items"]
        lived = [item["value"] for item in items if item["all_households"]]
        assert lived and {value is None for value in lived} == {is_left_out}

    def test_rows_begin_with_the_most_dangerous_and_go_on_without_gap(
        self, toy_worker: ToyDatabase, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("geo_housing.maps.queries.ROWS", 7)
        client = county(toy_worker)
        codes, risks, cursor = [], [], None
        while True:
            page = client.get("/api/v1/map/rows", params={"cursor": cursor} if cursor else {}).json()
            codes += [item["house_code"] for item in page["items"]]
            risks += [item["risk"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert len(codes) == len(set(codes)) == 42
        order = ["D", "C", "suspected", "none", "B", "A"]
        assert [order.index(risk) for risk in risks] == sorted(order.index(risk) for risk in risks)
        assert client.get("/api/v1/map/rows?cursor=x").status_code == 422


class TestHouse:
    def test_the_popup_tells_by_rights(self, toy_worker: ToyDatabase) -> None:
        clerk = county(toy_worker).get("/api/v1/map/houses/西一-D").json()
        assert (clerk["head"], clerk["people"], clerk["traits"]) == ("户主03", 4, ["elderly_alone"])
        planner = client_of(toy_worker, "planner", COUNTY).get("/api/v1/map/houses/西一-D").json()
        assert planner["grade"] == "D"
        assert not {"head", "people", "traits"} & planner.keys()

    def test_a_house_of_another_township_is_not_there(self, toy_worker: ToyDatabase) -> None:
        client = client_of(toy_worker, "township", WEST)
        assert client.get("/api/v1/map/houses/东一-D").status_code == 404


class TestSearch:
    def groups(self, client: TestClient, wanted: str) -> dict[str, list[str]]:
        found = client.post("/api/v1/search", json={"q": wanted}).json()["groups"]
        return {group["label"]: [item["text"] for item in group["items"]] for group in found}

    def test_finds_houses_villages_and_townships_to_fly_to(self, toy_worker: ToyDatabase) -> None:
        client = county(toy_worker)
        found = self.groups(client, "西")
        assert found["乡镇"] == ["西山镇"]
        assert found["村"][:1] == ["西街居委会"] and len(found["村"]) == 5
        assert len(found["房屋"]) == 8
        village = client.post("/api/v1/search", json={"q": "西二"}).json()["groups"][1]["items"][0]
        assert village["bbox"] == pytest.approx([120.01, 45.0, 120.02, 45.01])

    def test_heads_are_found_only_by_those_who_may_know_them(self, toy_worker: ToyDatabase) -> None:
        assert len(self.groups(county(toy_worker), "户主0")["户主"]) == 8
        assert self.groups(client_of(toy_worker, "planner", COUNTY), "户主0") == {}

    def test_a_township_finds_nothing_of_its_neighbour(self, toy_worker: ToyDatabase) -> None:
        client = client_of(toy_worker, "township", WEST)
        assert self.groups(client, "东") == {}

    def test_signs_that_mean_something_to_the_database_are_just_signs(self, toy_worker: ToyDatabase) -> None:
        for wanted in ("%", "_", "\\", "'", '"; DROP TABLE house'):
            assert self.groups(county(toy_worker), wanted) == {}
