"""地图图片: what a chat may see, with the figures of the lists; a real PNG in the browser."""

import io
import math
import os
import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import shapely
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import text

from geo_housing.paper_frame import Frame
from geo_housing.response.papers.picture import LINE_WIDTH, SMALL, Picture, picture_of, width_of
from geo_housing.response.papers.picture_houses import MAP_HEIGHT, PLAIN, WIDTH, houses_on
from geo_housing.response.service import respond
from tests.fixtures.browser import PHONE, Visit, fits
from tests.fixtures.toy import ToyDatabase, furnished
from tests.response.zones import make_event
from tests.toy_county import COUNTY, EAST, VILLAGES, WEST, village_box

VILLAGE = VILLAGES["西一"][0]
SHAPES = text("SELECT code, ST_AsBinary(geom) AS geom FROM area WHERE parent_code = :code AND geom IS NOT NULL")


@furnished
def event(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        number = make_event(session, toy.actor(), ["西一", "东一"], "red")
        respond(session, toy.actor(), number)
    return number


def test_its_figures_are_those_of_the_lists_and_nobody_is_named(toy: ToyDatabase, event: int) -> None:
    client: TestClient = toy.browser(toy.member("township", WEST))
    sums = client.get(f"/api/v1/events/{event}/evacuation/totals?area={VILLAGE}").json()["total"]
    page = client.get(f"/events/{event}/picture?area={VILLAGE}")
    assert page.status_code == 200
    due, left = sums["due"], sums["left"]
    assert f"应转 {due['households']}户{due['people']}人" in page.text
    assert f"未转 {left['households']}户{left['people']}人" in page.text
    with toy.transaction() as session:
        names = session.scalars(text("SELECT head FROM household UNION SELECT phone_masked FROM household"))
        assert not [name for name in names if name and name in page.text]
        found = picture_of(session, toy.actor(), event, WEST)
        assert {one.name: one.moves for one in found.villages if one.moves} == {"西一村": left["households"]}
        assert found.unmarked == ("西街居委会未转1户",), "no outline: said in words"
        assert found.dots == () and found.outline and found.zones
        village = picture_of(session, toy.actor(), event, VILLAGE)
        listed = session.scalar(
            text(
                "SELECT count(DISTINCT h.id) FROM house h JOIN emergency_inspection i ON i.house_id = h.id"
                " WHERE i.event_id = :e AND i.scope_code = :v AND h.geom IS NOT NULL"
            ),
            {"e": event, "v": VILLAGE},
        )
        assert len(village.dots) == listed and any(dot.waits for dot in village.dots)
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM journal_entry WHERE action = 'export.picture'")) == 3


@given(
    st.lists(
        st.builds("{}未转{}户".format, st.text("东西村屯一二", min_size=2, max_size=9), st.integers(1, 9999)),
        max_size=60,
    )
)
def test_what_found_no_place_is_named_in_full(unmarked: list[str]) -> None:
    lines = Picture.unmarked_lines.fget(SimpleNamespace(unmarked=tuple(unmarked)))  # type: ignore[attr-defined] # a property
    said = "".join(lines)
    assert said == (f"图上没有标出的 {len(unmarked)} 处：" + "、".join(unmarked) if unmarked else "")
    assert all(width_of(line) * SMALL <= LINE_WIDTH for line in lines)


def test_names_stand_in_their_village_and_not_upon_one_another(toy: ToyDatabase, event: int) -> None:
    with toy.transaction() as session:
        found = picture_of(session, toy.actor(), event, WEST)
        shapes = {row.code: shapely.from_wkb(bytes(row.geom)) for row in session.execute(SHAPES, {"code": WEST})}
        frame = Frame(*shapely.total_bounds([*shapes.values()]), width=WIDTH, height=MAP_HEIGHT)
    marked = [one for one in found.villages if one.x is not None]
    assert len(marked) == len(shapes)
    for one in marked:
        here = shapely.transform(shapes[one.code], lambda at: np.array([frame.place(x, y) for x, y in at]))
        assert here.buffer(1).covers(shapely.Point(one.x, one.y)), one.name


def test_houses_too_near_for_the_village_stand_on_a_map_of_their_settlement(toy: ToyDatabase, event: int) -> None:
    west, south, *_ = village_box("西一")
    with toy.transaction() as session:
        session.execute(
            text(
                "UPDATE house SET settlement = '前街', geom = ST_Translate(ST_SetSRID(ST_MakePoint(:lon, :lat), 4490), id % 3 * 0.00005, 0)"
                " WHERE scope_code = :village AND geom IS NOT NULL"
            ),
            {"lon": west + 0.002, "lat": south + 0.002, "village": VILLAGE},
        )
        found = picture_of(session, toy.actor(), event, VILLAGE)
        (closer,) = found.closer
        assert closer.name == "前街" and closer.houses == len(closer.dots) == len(found.dots) >= 3
        assert all(dot.is_on_closer for dot in found.dots) and len(found.frames) == 1
        assert closer.y >= found.map_height and closer.y + closer.height == found.height
        for one, other in combinations(closer.dots, 2):
            assert math.dist((one.x, one.y), (other.x, other.y)) >= 2 * PLAIN
    page = toy.browser(toy.member("township", WEST)).get(f"/events/{event}/picture?area={VILLAGE}").text
    assert f"图1 前街</tspan>　{closer.houses}栋" in page


places = st.lists(st.tuples(st.floats(120.0, 120.03), st.floats(45.0, 45.03)), min_size=1, max_size=12)


@given(places, st.integers(1, 12), st.sampled_from(["C", "none"]))
def test_each_house_of_a_village_is_on_one_map_once(middles: list[tuple[float, float]], houses: int, risk: str) -> None:
    rows = [
        SimpleNamespace(
            lon=lon + n % 4 * 0.0002, lat=lat + n // 4 * 0.0002, risk=risk, waits=n % 2 == 0, settlement="屯"
        )
        for lon, lat in middles
        for n in range(houses)
    ]
    rows += [
        SimpleNamespace(lon=lon, lat=lat, risk=risk, waits=True, settlement=None)
        for lon, lat in ((None, None), (121.0, 45.0))
    ]
    drawn = houses_on(
        lambda height: Frame(120, 45, 120.031, 45.031, width=WIDTH, height=height), rows, lambda _: (None, None)
    )
    own = [dot for dot in drawn.dots if not dot.is_on_closer]
    assert len(drawn.dots) == len(rows) - 2 and drawn.outside == 1
    assert len(own) + sum(len(one.dots) for one in drawn.closer) == len(rows) - 2
    assert len(drawn.frames) == len(drawn.closer)
    for width, height, dots in [
        (WIDTH, drawn.frame.height, own),
        *((one.width, one.height, one.dots) for one in drawn.closer),
    ]:
        for one, other in combinations(dots, 2):
            assert math.dist((one.x, one.y), (other.x, other.y)) >= 2 * PLAIN
        assert all(0 < dot.x < width and 0 < dot.y < height for dot in dots)
    boxes = [(0.0, 0.0, WIDTH, drawn.frame.height)]
    boxes += [(one.x, one.y, one.x + one.width, one.y + one.height) for one in drawn.closer]
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    assert max(box[3] for box in boxes) == drawn.height and max(box[2] for box in boxes) <= WIDTH


def test_a_drill_says_so_and_who_may_not_gets_none(toy: ToyDatabase, event: int) -> None:
    county = toy.browser(toy.member("county", COUNTY))
    with toy.transaction() as session:
        session.execute(text("UPDATE hazard_event SET mode = 'drill' WHERE id = :e"), {"e": event})
    page = county.get(f"/events/{event}/picture?area={WEST}").text
    assert len(re.findall("【演练】", page)) >= 3
    assert county.get(f"/events/{event}/picture?area={COUNTY}").status_code == 422
    assert toy.browser(toy.member("leader", COUNTY)).get(f"/events/{event}/picture?area={WEST}").status_code == 403
    east = toy.browser(toy.member("township", EAST))
    assert east.get(f"/events/{event}/picture?area={WEST}").status_code in (403, 404)


def test_the_page_makes_a_png_of_it(visit: Callable[..., Visit], toy: ToyDatabase, event: int) -> None:
    found = visit(toy, toy.member("township", WEST), f"/events/{event}/picture?area={VILLAGE}", size=PHONE)
    page = found.page
    save = page.locator("[data-does=save]")
    expect(save).to_be_visible(timeout=20_000)
    assert fits(page)
    with page.expect_download() as coming:
        save.click()
    path = coming.value.path()
    picture = Image.open(io.BytesIO(Path(path).read_bytes()))
    assert picture.format == "PNG" and picture.width == 1080 and picture.height > 1080
    assert coming.value.suggested_filename.endswith(".png")
    assert len(picture.convert("RGB").getcolors(1_000_000) or ()) > 20, "it is drawn, not empty"
    if folder := os.environ.get("SCREENSHOTS"):
        picture.save(Path(folder) / "picture_village.png")
        page.screenshot(path=str(Path(folder) / "picture_page.png"))
        found.open(f"/events/{event}/picture?area={WEST}")
        expect(save).to_be_visible(timeout=20_000)
        page.screenshot(path=str(Path(folder) / "picture_township.png"), full_page=True)
