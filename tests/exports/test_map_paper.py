"""The map on paper: one sheet that fits, every figure that of the filter, nothing that needs colour."""

import io
import re
import unicodedata
from itertools import combinations
from typing import Any

import psycopg
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Page
from pypdf import PdfReader
from shapely.geometry import mapping, shape
from shapely.ops import unary_union
from sqlalchemy import text

from geo_housing.areas.demo import demo_areas
from geo_housing.areas.names import short_name
from geo_housing.geometry import GEOD
from geo_housing.layers.house_layer import HOUSES
from geo_housing.layers.parsing import parse_filter
from geo_housing.maps import paper, paper_names, paper_pages
from geo_housing.maps.outlines import Division
from geo_housing.maps.paper import BOUNDS, MARKED, MOST_KEY, SHEETS, STEP_LABELS, _named, ratio_of, sheet, step_of
from geo_housing.maps.paper_names import Named, box_of_name, box_of_township, furniture
from geo_housing.paper_frame import Frame
from geo_housing.words import RISK
from tests.exports.test_one_filter import FACTS, House, asked, expected, filters
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY, WEST

FEW = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
MILLIMETRES = {"a4": (297, 210), "a3": (420, 297)}


@pytest.fixture
def houses(raw: psycopg.Connection) -> list[House]:
    return raw.cursor(row_factory=psycopg.rows.dict_row).execute(FACTS).fetchall()


@FEW
@given(wanted=filters)
def test_what_is_drawn_and_counted_is_what_the_filter_means(
    varied: ToyDatabase, houses: list[House], wanted: dict[str, Any]
) -> None:
    found = expected(houses, wanted)
    located = [house for house in found if house["lon"] is not None]
    actor = varied.actor(COUNTY)
    with varied.transaction(COUNTY) as session:
        made = sheet(session, parse_filter(asked(wanted), layer=HOUSES, actor=actor), actor.scope)
    if made is None:
        assert not located and wanted.get("area") == f"{WEST}001", "the one division without an outline"
        return
    assert made.total == len(located)
    assert made.by_risk == {code: sum(house["risk"] == code for house in located) for code in RISK}
    if len(wanted.get("area", "")) >= 9:
        drawn = [one.risk for one in made.symbols]
        assert sorted(drawn) == sorted(house["risk"] for house in located)
        assert all(one.letter == MARKED.get(one.risk, "") for one in made.symbols)
        # What is marked lies on top of what is not, D on top of all.
        order = ["", *MARKED.values()]
        places = [order.index(one.letter) for one in made.symbols]
        assert places == sorted(places)
    else:
        assert not made.shows_houses
    assert sum(village.dangerous for village in made.villages) <= made.dangerous_lived_in


def test_the_scale_is_that_of_the_ground() -> None:
    for size, (width, height) in SHEETS.items():
        frame = Frame(121.0, 45.2, 121.8, 45.9, width=width, height=height)
        (x0, y0), (x1, y1) = frame.place(121.2, 45.5), frame.place(121.3, 45.6)
        _, _, metres = GEOD.inv(121.2, 45.5, 121.3, 45.6)
        on_paper_m = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5 / 10_000
        assert ratio_of(frame.per_metre) == pytest.approx(metres / on_paper_m, rel=0.06), size


def test_hatchings_and_their_labels_belong_together() -> None:
    assert len(STEP_LABELS) == len(BOUNDS) + 1
    assert [step_of(value) for value in (None, 0.0, 0.5, 2.0, 4.9, 5.0, 10.0, 99.0)] == [None, 0, 1, 2, 2, 3, 4, 4]


def papers(page: Page, server: str, query: str, size: str) -> PdfReader:
    page.goto(f"{server}/map/print?size={size}{query}")
    return PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))


@pytest.mark.parametrize("size", SHEETS)
@pytest.mark.parametrize("query", ["", f"&area={WEST}", f"&area={WEST}201"], ids=["county", "township", "village"])
def test_one_sheet_holds_title_legend_scale_north_maker_and_date(
    visit: Any, varied: ToyDatabase, size: str, query: str
) -> None:
    found = visit(varied, varied.member("leader", COUNTY), "/account")
    paper = papers(found.page, found.server, query, size)
    assert len(paper.pages) == 1
    wide, high = (float(edge) / 72 * 25.4 for edge in paper.pages[0].mediabox[2:])
    assert (round(wide), round(high)) == MILLIMETRES[size]
    # A font may write a character by the radical that looks like it.
    told = re.sub(r"\s+", "", unicodedata.normalize("NFKC", paper.pages[0].extract_text()))
    for part in ("农村住房安全分布图", "图例", "北", "比例尺约1:", "制图", "截至", "内部用图"):
        assert part in told, part
    assert "户主" not in told
    # Nothing is pushed out of the sheet, and the drawing has its true width: the scale holds.
    assert found.page.evaluate(
        "() => { const s = document.querySelector('.sheet'); return s.scrollHeight <= s.clientHeight + 1 }"
    )
    drawn = found.page.evaluate("() => document.querySelector('.sheet > svg').getScreenCTM().a * 10 / 96 * 25.4")
    assert drawn == pytest.approx(1.0, rel=0.01), "ten units are a millimetre"


def test_it_tells_what_is_not_on_the_sheet_and_which_village_it_is_of(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        session.execute(
            text("UPDATE house SET tile_key = NULL, geom = NULL, location_state = 'unlocated' WHERE code = '西一-D'")
        )
    client = toy.browser(toy.member("county", COUNTY))
    page = client.get(f"/map/print?area={WEST}201").text
    assert "（其中待定位 1 栋不在图上）" in page and "西山镇西一村农村住房安全分布图" in page
    assert "没有注名" not in page


def divisions_of_demo(level: str) -> list[Division]:
    """The demo county's: its villages are as many as a sheet of A4 cannot name."""
    areas = demo_areas()
    names = {area.code: area.name for area in areas}
    found = []
    for area in areas:
        if area.level == level and area.geom is not None:
            at = area.geom.representative_point()
            parent = names.get(area.code[:9]) if level == "village" else None
            found.append(Division(area.code, area.name, parent, at.x, at.y, mapping(area.geom)))
    return found


@pytest.mark.parametrize("size", SHEETS)
def test_every_village_is_named_on_the_map_or_by_its_number_in_the_key(size: str) -> None:
    villages = divisions_of_demo("village")
    dangerous = {one.code: n % 23 for n, one in enumerate(villages)}
    frame, found, townships = on_sheet(size, villages, dangerous)
    width, height = SHEETS[size]
    assert len(found.names) == len(villages) > 180
    boxes = [box_of_township(one.name, *frame.place(one.label_lon, one.label_lat)) for one in townships]
    for one, name in zip(villages, found.names, strict=True):
        if name.x is None or name.y is None:
            continue
        if name.number is None:
            boxes.append(box_of_name(short_name(one.name), name.x, name.y, dangerous[one.code]))
        else:
            assert name.radius is not None
            boxes.append((name.x - name.radius, name.y - name.radius, name.x + name.radius, name.y + name.radius))
    written = [shapely.box(*box) for box in (*boxes, *furniture(frame))]
    assert not [
        (n, m) for n, m in combinations(range(len(written)), 2) if written[n].intersection(written[m]).area > 0.01
    ]
    assert all(box[0] >= 0 and box[2] <= frame.width and box[3] <= height for box in boxes[len(townships) :])
    # The key tells each number once, beside the map and within the sheet.
    keyed = [row for row in found.key if row.number is not None]
    assert [row.number for row in keyed] == list(range(1, len(keyed) + 1))
    by_number = {name.number: short_name(one.name) for one, name in zip(villages, found.names, strict=True)}
    assert all(by_number[row.number] == row.words for row in keyed)
    assert len(keyed) == sum(name.number is not None for name in found.names)
    assert frame.width + found.key_width == width and all(0 < row.y <= height for row in found.key)
    assert found.key_width <= width * MOST_KEY and max((row.x for row in found.key), default=-1) < found.key_width
    if size == "a3":
        assert len(keyed) < len(villages) / 20, "nearly all find room"


def on_sheet(size: str, villages: list[Division], dangerous: dict[str, int]) -> tuple[Frame, Named, list[Division]]:
    townships = divisions_of_demo("township")
    box = unary_union([shape(one.geometry) for one in townships]).bounds
    frame, found, _ = _named(box, *SHEETS[size], villages, townships, dangerous)
    return frame, found, townships


def test_villages_with_most_dangerous_houses_are_named_before_others() -> None:
    villages = divisions_of_demo("village")
    _, found, _ = on_sheet("a4", villages, {})
    in_key = [name.code for name in found.names if name.number is not None]
    assert in_key
    _, found, _ = on_sheet("a4", villages, dict.fromkeys(in_key, 9))
    still = {name.code for name in found.names if name.number is not None}
    assert len(still & set(in_key)) < len(in_key)


def test_a_key_too_long_for_the_sheet_leaves_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "MOST_KEY", 0.01)
    frame, found, _ = on_sheet("a4", divisions_of_demo("village"), {})
    assert frame.width == SHEETS["a4"][0] and not found.key
    assert all(name.number is None for name in found.names) and any(name.x is None for name in found.names)


def test_the_sheet_shows_the_numbers_and_says_where_they_are_told(
    toy: ToyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = toy.browser(toy.member("county", COUNTY))
    with toy.transaction(COUNTY) as session:
        actor = toy.actor(COUNTY)
        made = sheet(session, parse_filter({}, layer=HOUSES, actor=actor), actor.scope)
    assert made is not None and len(made.villages) > made.unnamed
    # As if nothing fitted.
    monkeypatch.setattr(paper_names, "HALF_LETTER", 2_000.0)
    page = client.get("/map/print").text
    n = len(made.villages)
    assert f"圆圈内为编号，{n} 个村的村名见图右" in page and "编号村名" in page
    assert page.count('class="keyed') == page.count('class="key-number"') == n
    for village in made.villages:
        assert f">{village.name}" in page.partition("编号村名")[2], village.name
    monkeypatch.setattr(paper, "MOST_KEY", 0.0)
    page = client.get("/map/print").text
    assert f"{n} 个村没有注名，请分乡镇打印" in page and "编号村名" not in page


def test_the_approval_number_is_a_setting(toy: ToyDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    client = toy.browser(toy.member("county", COUNTY))
    assert "未经审图，不得公开" in client.get("/map/print").text
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", "")) as raw:
        raw.execute(
            "INSERT INTO policy_setting (key, area_code, value, effective_from, basis, recorded_by)"
            " VALUES ('map.approval_number', '0', '\"蒙S（2026）001号\"', DATE '2020-01-01', '试', '试')"
        )
    page = client.get("/map/print").text
    assert "审图号：蒙S（2026）001号" in page and "不得公开" not in page
    monkeypatch.setattr(paper_pages, "has_demo", lambda _session: True)
    page = client.get("/map/print").text
    assert "示意图，界线不作为权属依据" in page and "审图号" not in page
    assert client.get("/map/print?size=a5").status_code == 422


@pytest.mark.parametrize(
    ("risk", "said"),
    [
        ("", ""),
        ("A,B,C,D,suspected,none", ""),
        ("C,D", "已筛去A级、B级、疑似危房（待评定）、未评定，图上没有这些房屋"),
        ("D,A,B,suspected,none", "已筛去C级，“C、D级有人居住”只计其余部分"),
        ("A,B,suspected,none", "已筛去C级、D级，“C、D级有人居住”不计算，不是没有"),
    ],
)
def test_the_sheet_says_what_is_filtered_away(varied: ToyDatabase, risk: str, said: str) -> None:
    page = varied.browser(varied.member("county", COUNTY)).get("/map/print", params={"risk": risk} if risk else {}).text
    found = re.search(r'<strong class="left-out">(.*?)</strong>', page)
    assert (found[1] if found else "") == said
