"""Rivers and roads: what is read of a file, mended, known again; what a view shows, and to whom."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from geo_housing.errors import BadInput, NotAllowed
from geo_housing.maps.line_facts import facts_of_lines, rank_of
from geo_housing.maps.lines import LoadedLines, clear_lines, kinds_of_lines, lines_in_view, load_lines
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, WEST, village_box

WEST_BOX = village_box("西一")
EVERYWHERE = (-180.0, -90.0, 180.0, 90.0)


def feature(coordinates: list[Any], kind: str = "LineString", **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": coordinates}}


def across(share: float = 0.5) -> list[list[float]]:
    west, south, east, north = WEST_BOX
    y = south + (north - south) * share
    return [[west, y], [(west + east) / 2, y + 0.0001], [east, y]]


def write(path: Path, *features: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return path


def load(toy: ToyDatabase, path: Path, *, kind: str = "river", area: str = COUNTY, **said: Any) -> LoadedLines:
    with toy.transaction(area) as session:
        return load_lines(session, toy.actor(area), path, kind=kind, **said)


def names(
    toy: ToyDatabase, zoom: int, *, box: tuple[float, float, float, float] = EVERYWHERE, area: str = COUNTY
) -> list[Any]:
    with toy.transaction(area) as session:
        return [one["properties"]["name"] for one in lines_in_view(session, box, kinds=["river", "road"], zoom=zoom)]


class TestFacts:
    def test_names_numbers_and_classes_of_usual_files(self) -> None:
        columns = {"osm_id": [1.0, 2.0], "name": ["大河", None], "waterway": ["river", "ditch"], "layer": [None, None]}
        facts, unknown = facts_of_lines(columns, 2)
        assert [(one.name, one.number, one.rank) for one in facts] == [("大河", "1", 1), (None, "2", 3)]
        assert unknown == ["layer"]
        facts, _ = facts_of_lines({"路线编号": ["G111"], "道路名称": ["京加线"], "行政等级": ["国道"]}, 1)
        assert [(one.name, one.number, one.rank) for one in facts] == [("京加线", "G111", 1)]

    @pytest.mark.parametrize(
        ("said", "rank"), [("", 2), ("trunk", 1), ("trunk_link", 2), ("县道 三级", 2), ("村道", 3), ("residential", 3)]
    )
    def test_ranks(self, said: str, rank: int) -> None:
        assert rank_of(said) == rank


class TestLoading:
    def test_loaded_again_nothing_changes_and_what_changed_is_updated_in_place(
        self, toy: ToyDatabase, tmp_path: Path
    ) -> None:
        path = write(tmp_path / "河.geojson", feature(across(), name="大河", 编号="R1", waterway="river"))
        first = load(toy, path)
        assert (first.read, first.created, first.updated, first.unchanged, first.rejected) == (1, 1, 0, 0, 0)
        again = load(toy, path)
        assert (again.created, again.updated, again.unchanged) == (0, 0, 1)
        write(path, feature(across(0.7), name="新大河", 编号="R1", waterway="river"))
        changed = load(toy, path)
        assert (changed.created, changed.updated, changed.unchanged) == (0, 1, 0)
        assert names(toy, 8) == ["新大河"]

    def test_pieces_of_one_road_are_told_apart_by_their_shape(self, toy: ToyDatabase, tmp_path: Path) -> None:
        pieces = [feature(across(share), 路线编号="S203", name="省道203") for share in (0.2, 0.4, 0.4)]
        first = load(toy, write(tmp_path / "路.geojson", *pieces), kind="道路")
        assert (first.read, first.created, first.unchanged) == (3, 2, 1), "the very same piece twice is one"
        assert load(toy, tmp_path / "路.geojson", kind="road").unchanged == 3

    def test_bad_shapes_are_told_and_the_others_stay(self, toy: ToyDatabase, tmp_path: Path) -> None:
        west, south, east, north = WEST_BOX
        ring = [[west, south], [east, south], [east, north], [west, south]]
        path = write(
            tmp_path / "混.geojson",
            feature(across(), name="好"),
            feature([ring], "Polygon", name="河面"),
            feature([west, south], "Point", name="桥"),
            feature([[west, south], [west, south]], name="零长"),
            feature([across(0.1), [[west, south], [west, south]]], "MultiLineString", name="有残段"),
        )
        done = load(toy, path)
        assert (done.read, done.created, done.repaired, done.rejected) == (5, 2, 1, 3)
        assert {fault.line for fault in done.faults} == {2, 3, 4}
        assert done.read == done.created + done.updated + done.unchanged + done.rejected

    def test_lines_of_another_place_are_counted(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = write(
            tmp_path / "远.geojson", feature([[10.0, 47.0], [10.1, 47.1]], name="远"), feature(across(), name="近")
        )
        assert load(toy, path).outside == 1

    def test_refusals(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = write(tmp_path / "河.geojson", feature(across(), name="大河"))
        with pytest.raises(BadInput, match="种类"):
            load(toy, path, kind="铁路")
        with pytest.raises(BadInput, match="没有一条"):
            load(toy, write(tmp_path / "点.geojson", feature([120.0, 45.0], "Point")))
        with toy.transaction(COUNTY) as session:
            reader = toy.actor(COUNTY)
            object.__setattr__(reader, "permissions", frozenset({"map.view"}))
            with pytest.raises(NotAllowed):
                load_lines(session, reader, path, kind="river")

    def test_taken_off_they_come_back(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = write(tmp_path / "河.geojson", feature(across(), name="大河"))
        load(toy, path)
        with toy.transaction(COUNTY) as session:
            assert clear_lines(session, toy.actor(COUNTY), kind="river") == 1
            assert kinds_of_lines(session) == []
        assert names(toy, 14) == []
        assert load(toy, path).updated == 1
        assert names(toy, 14) == ["大河"]


class TestTheView:
    def test_the_finer_the_nearer_and_only_what_is_in_view(self, toy: ToyDatabase, tmp_path: Path) -> None:
        lines = [feature(across(share), name=name, waterway=kind) for share, name, kind in
                 ((0.2, "大", "river"), (0.4, "中", "stream"), (0.6, "小", "ditch"))]  # fmt: skip
        load(toy, write(tmp_path / "河.geojson", *lines))
        assert [sorted(names(toy, zoom)) for zoom in (8, 11, 14)] == [["大"], ["中", "大"], ["中", "大", "小"]]
        assert names(toy, 14, box=(0.0, 0.0, 1.0, 1.0)) == []
        # A township looks at the county's rivers, too.
        assert len(names(toy, 14, area=WEST)) == 3

    def test_an_index_finds_them_for_whoever_looks(self, toy: ToyDatabase, tmp_path: Path) -> None:
        load(toy, write(tmp_path / "河.geojson", feature(across(), name="大河")))
        with toy.transaction(WEST) as session:
            session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = "\n".join(
                session.scalars(
                    text("EXPLAIN SELECT 1 FROM map_line WHERE geom && ST_MakeEnvelope(120, 45, 120.1, 45.1, 4490)")
                )
            )
        assert "ix_map_line_geom" in plan, plan

    def test_only_who_is_signed_in_sees_them(self, toy: ToyDatabase, tmp_path: Path) -> None:
        load(toy, write(tmp_path / "河.geojson", feature(across(), name="大河")))
        address = "/api/v1/map/lines?kinds=river&zoom=14&bbox=" + ",".join(map(str, WEST_BOX))
        assert TestClient(toy.app).get(address).status_code == 401
        reader = toy.browser(toy.member("planner", COUNTY))
        found = reader.get(address).json()["features"]
        assert [one["properties"]["name"] for one in found] == ["大河"]
        for wrong in ("kinds=rail&zoom=14", "kinds=river&zoom=x", "kinds=river&zoom=14&bbox=1"):
            assert reader.get(f"/api/v1/map/lines?{wrong}").status_code == 422
        assert 'name="lines"' in reader.get("/map").text

    def test_the_printed_sheet_shows_them_with_their_names(self, toy: ToyDatabase, tmp_path: Path) -> None:
        load(toy, write(tmp_path / "河.geojson", feature(across(), name="大河", waterway="river")))
        reader = toy.browser(toy.member("planner", COUNTY))
        page = reader.get("/map/print?lines=river").text
        assert 'class="river' in page and "大河" in page and "河流</span>" in page
        assert "大河" not in reader.get("/map/print").text
