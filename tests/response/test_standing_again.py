"""Lists of risk areas that come again: in place, counted, asked where unsure; kinds as lists write them."""

import json
from pathlib import Path
from typing import Any

import shapely
from sqlalchemy import text

from geo_housing.response.standing.areas import standing_areas
from geo_housing.response.standing.details import standing_on_cards
from geo_housing.response.standing.loading import StandingLoaded
from geo_housing.scope import AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.response.test_standing import load, ring, toy_scalar
from tests.toy_county import COUNTY, WEST, village_box


def write_areas(path: Path, *features: tuple[tuple[float, float, float, float], dict[str, Any]]) -> Path:
    """Boxes (metres east, north, wide, high, from a corner of 西一) with what they say."""
    west, south, _, _ = village_box("西一")
    found = []
    for (x, y, wide, high), said in features:
        box = shapely.box(*(west + x / 1e5, south + y / 1e5, west + (x + wide) / 1e5, south + (y + high) / 1e5))
        found.append({"type": "Feature", "properties": said, "geometry": shapely.geometry.mapping(box)})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": found}, ensure_ascii=False), "utf-8")
    return path


def holding(toy: ToyDatabase) -> list[tuple[str, int, str | None]]:
    """Name, metres of width and number of those that hold."""
    with toy.transaction(COUNTY) as session:
        return [
            (row.name, round((row.east - row.west) * 1e5), row.number)
            for row in session.execute(
                text(
                    "SELECT z.name, ST_XMin(z.geom) AS west, ST_XMax(z.geom) AS east, a.number FROM hazard_zone z"
                    " LEFT JOIN standing_area a ON a.zone_id = z.id"
                    " WHERE z.event_id IS NULL AND z.ended_at IS NULL ORDER BY z.name, 2"
                )
            )
        ]


GULLY = {"名称": "大沟", "灾种": "山洪", "责任人": "张三", "责任人电话": "13800001111"}


class TestLoadedAgain:
    def counts(self, done: StandingLoaded) -> tuple[int, int, int, int, int]:
        return len(done.created), len(done.updated), done.unchanged, done.kept, done.rejected

    def test_a_changed_outline_is_the_same_place_and_the_former_stays_as_history(
        self, toy: ToyDatabase, tmp_path: Path
    ) -> None:
        other, gone = {"名称": "小沟", "灾种": "山洪"}, {"名称": "西坡", "灾种": "山洪"}
        fall = {"名称": "东坡", "灾种": "滑坡"}
        first = load(
            toy, write_areas(tmp_path / "a.geojson", ((0, 0, 200, 100), GULLY), ((300, 0, 50, 50), other),
                             ((500, 0, 50, 50), gone), ((600, 0, 50, 50), fall)),
        )  # fmt: skip
        assert self.counts(first) == (4, 0, 0, 0, 0)
        new = {"名称": "新沟", "灾种": "山洪"}
        again = write_areas(
            tmp_path / "b.geojson", ((100, 0, 250, 100), GULLY | {"责任人电话": "13800002222"}),
            ((300, 0, 50, 50), other), ((700, 0, 50, 50), new),
        )  # fmt: skip
        assert self.counts(load(toy, again)) == (1, 1, 1, 1, 0), (
            "one of the same kind is not named; another kind is not meant"
        )
        assert self.counts(load(toy, again)) == (0, 0, 3, 1, 0)
        assert [(name, wide) for name, wide, _ in holding(toy)] == [
            ("东坡", 50), ("大沟", 250), ("小沟", 50), ("新沟", 50), ("西坡", 50),
        ]  # fmt: skip
        with toy.transaction(COUNTY) as session:
            former = session.execute(
                text(
                    "SELECT name, round((ST_XMax(geom) - ST_XMin(geom)) * 1e5) FROM hazard_zone WHERE ended_at IS NOT NULL"
                )
            ).all()
            cards = standing_on_cards(session, [f"{WEST}201"], ring=ring(toy))[f"{WEST}201"]
        assert former == [("大沟", 200)]
        assert [one.people for one in cards if one.name == "大沟"] == ["责任人 张三 13800002222"]

    def test_the_number_says_which_whatever_it_is_called_and_wherever_it_lies(
        self, toy: ToyDatabase, tmp_path: Path
    ) -> None:
        load(
            toy,
            write_areas(
                tmp_path / "a.geojson",
                ((0, 0, 100, 100), GULLY | {"编号": "S1"}),
                ((100, 0, 80, 80), GULLY | {"编号": "S2"}),
            ),
        )
        done = load(
            toy, write_areas(tmp_path / "b.geojson", ((300, 0, 60, 60), GULLY | {"编号": "S2", "名称": "二沟"}))
        )
        assert self.counts(done) == (0, 1, 0, 1, 0)
        assert holding(toy) == [("二沟", 60, "S2"), ("大沟", 100, "S1")]

    def test_the_name_alone_means_nothing_far_away_or_of_another_kind(self, toy: ToyDatabase, tmp_path: Path) -> None:
        load(toy, write_areas(tmp_path / "a.geojson", ((0, 0, 100, 100), GULLY)))
        done = load(
            toy,
            write_areas(tmp_path / "b.geojson", ((400, 0, 60, 60), GULLY), ((0, 0, 70, 70), GULLY | {"灾种": "滑坡"})),
        )
        assert self.counts(done) == (2, 0, 0, 1, 0)

    def test_parts_of_one_name_in_a_file_stay_parts_and_which_one_is_meant_is_asked(
        self, toy: ToyDatabase, tmp_path: Path
    ) -> None:
        parts = write_areas(tmp_path / "a.geojson", ((0, 0, 100, 100), GULLY), ((100, 0, 100, 100), GULLY))
        assert self.counts(load(toy, parts)) == (2, 0, 0, 0, 0)
        assert self.counts(load(toy, parts)) == (0, 0, 2, 0, 0)
        over_both = write_areas(
            tmp_path / "b.geojson", ((50, 0, 90, 90), GULLY), ((600, 0, 20, 20), GULLY | {"名称": "别处"})
        )
        done = load(toy, over_both)
        assert self.counts(done) == (1, 0, 0, 0, 1)
        assert any("看不出是哪一处" in fault.sentence and fault.line == 1 for fault in done.faults)
        # Of one of them the outline stands in the file: the other is meant.
        done = load(toy, write_areas(tmp_path / "c.geojson", ((50, 0, 90, 90), GULLY), ((100, 0, 100, 100), GULLY)))
        assert self.counts(done)[:3] == (0, 1, 1)

    def test_two_of_one_number_in_a_file_or_of_two_kinds_are_told(self, toy: ToyDatabase, tmp_path: Path) -> None:
        first = GULLY | {"编号": "S1"}
        done = load(toy, write_areas(tmp_path / "a.geojson", ((0, 0, 100, 100), first), ((300, 0, 50, 50), first)))
        assert self.counts(done) == (1, 0, 0, 0, 1) and "不止一处" in done.faults[0].sentence
        slide = write_areas(tmp_path / "b.geojson", ((0, 0, 90, 90), first | {"灾种": "滑坡"}), ((600, 0, 9, 9), GULLY))
        done = load(toy, slide)
        assert done.rejected == 1 and "灾种不同" in done.faults[0].sentence

    def test_a_township_puts_nothing_beside_what_the_county_has(self, toy: ToyDatabase, tmp_path: Path) -> None:
        load(toy, write_areas(tmp_path / "a.geojson", ((0, 0, 100, 100), GULLY)))
        changed = write_areas(
            tmp_path / "b.geojson", ((0, 0, 90, 90), GULLY), ((600, 0, 9, 9), GULLY | {"名称": "别处"})
        )
        done = load(toy, changed, area=WEST)
        assert self.counts(done)[0::4] == (1, 1) and "由上级登记" in done.faults[0].sentence


class TestKinds:
    def test_a_guessed_kind_is_told_by_line(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = write_areas(
            tmp_path / "a.geojson", ((0, 0, 9, 9), GULLY), ((20, 0, 9, 9), {"名称": "河", "灾种": "河边"})
        )
        done = load(toy, path)
        [told] = done.faults
        assert (told.line, told.column, told.value, done.rejected) == (2, "灾种", "河边", 0)
        assert "灾种“河边”按“沿河低洼”登记" in told.sentence

    def test_an_empty_kind_takes_the_one_of_the_load_or_is_refused(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = write_areas(
            tmp_path / "a.geojson", ((0, 0, 9, 9), {"名称": "甲"}), ((20, 0, 9, 9), GULLY | {"编号": "S1"})
        )
        done = load(toy, path, kind=None)
        assert (len(done.created), done.rejected) == (1, 1)
        assert [(fault.line, fault.value) for fault in done.faults] == [(1, "甲")] and "--kind" in done.faults[
            0
        ].sentence
        # What is known by its number has a kind.
        later = write_areas(tmp_path / "b.geojson", ((20, 0, 8, 8), {"名称": "大沟", "编号": "S1"}))
        assert len(load(toy, later, kind=None).updated) == 1
        assert len(load(toy, path, kind="flood").created) == 1
        assert toy_scalar(toy, "SELECT kind FROM hazard_zone WHERE name = '甲'") == "flood"

    def test_the_page_tells_line_by_line(self, toy: ToyDatabase, tmp_path: Path) -> None:
        path = write_areas(
            tmp_path / "a.geojson", ((0, 0, 9, 9), GULLY | {"灾种": "低洼易涝"}), ((20, 0, 9, 9), {"名称": "乙"})
        )
        county = toy.browser(toy.member("county", COUNTY))
        page = county.post("/events/standing", files={"file": ("a.geojson", path.read_bytes())}).text
        assert "已登记 1 处灾害易发地，1 处不能用，未采用。" in page
        assert "第 1 行 · 灾种：灾种“低洼易涝”按“沿河低洼”登记" in page and "第 2 行 · 这一条没有写灾种" in page


def test_where_an_area_lies_is_its_village_or_how_many(toy: ToyDatabase, tmp_path: Path) -> None:
    load(toy, write_areas(tmp_path / "a.geojson", ((100, 100, 50, 50), GULLY)))
    # A sliver over the border, as drawings have it, is no second village.
    west, south, east, north = village_box("西一")
    alone = shapely.box(west, south, east + 1e-7, north)
    for n, (kind, geom) in enumerate(
        {
            "fire": alone,
            "flood": shapely.union_all([shapely.box(*village_box(name)) for name in ("西一", "西二")]),
            "other": shapely.union_all([shapely.box(*village_box(name)) for name in ("西一", "东一")]),
        }.items()
    ):
        path = tmp_path / f"{n}.geojson"
        path.write_text(json.dumps({"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(geom)}))
        load(toy, path, kind=kind)
    with toy.transaction(COUNTY) as session:
        found = {one.kind: one.place for one in standing_areas(session, AreaScope(COUNTY))}
    assert found == {
        "flash_flood": "西山镇 · 西一村",
        "fire": "西山镇 · 西一村",
        "flood": "西山镇 · 跨 2 个村",
        "other": "跨 2 个村",
    }
    page = toy.browser(toy.member("county", COUNTY)).get("/events/standing").text
    assert "<td>西山镇 · 西一村</td>" in page and "<td>跨 2 个村</td>" in page
