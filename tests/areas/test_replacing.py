"""Houses follow changed outlines, and everything works before any outline is loaded."""

import csv
from pathlib import Path

import pytest
from shapely import box
from sqlalchemy import text

from geo_housing.areas.report import write_load_report
from geo_housing.houses.intake.load import LoadOptions as LedgerOptions
from geo_housing.houses.intake.load import load_ledger
from geo_housing.keys import ensure_keys
from tests.areas.conftest import Desk
from tests.fixtures.cluster import TestCluster

WEST, EAST = box(121.40, 45.60, 121.44, 45.64), box(121.44, 45.60, 121.48, 45.64)
HOKOU, SHANQIAN = "990002100201", "990002100202"


@pytest.fixture
def settled(listed: Desk, test_cluster: TestCluster) -> Desk:
    """Ten houses of 河口村 from west to east, 121.405 … 121.475 and one without a point, before any outline is loaded."""
    path = listed.folder / "houses.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["房屋编号", "乡镇", "行政村", "户主姓名", "经度", "纬度"])
        for n in range(8):
            writer.writerow([f"H{n}", "东风镇", "河口村", f"户主{n}", f"{121.405 + n / 100:.3f}", "45.62"])
        writer.writerow(["H8", "东风镇", "河口村", "户主8", "", ""])
    ring = ensure_keys(test_cluster.settings.keys_file)
    with listed.database.transaction(listed.actor) as session:
        loaded = load_ledger(session, listed.actor, path, LedgerOptions(), ring).as_json()
    assert (loaded["created"], loaded["unlocated"], loaded["outside"], loaded["misplaced"]) == (9, 1, 0, 0)
    return listed


def places(desk: Desk) -> dict[str, tuple[str | None, str, str, str | None]]:
    return {
        row[0]: tuple(row[1:])
        for row in desk.sql("SELECT code, village_code, scope_code, location_state, location_note FROM house")
    }


def test_without_outlines_houses_belong_to_the_village_that_they_declare(settled: Desk) -> None:
    found = places(settled)
    assert {code: place[:3] for code, place in found.items()} == {
        **{f"H{n}": (None, HOKOU, "located") for n in range(8)},
        "H8": (None, HOKOU, "unlocated"),
    }


def test_an_overlap_that_is_mended_leaves_no_house_on_a_border(settled: Desk) -> None:
    settled.load(settled.geojson((WEST, {"code": HOKOU}), (EAST, {"code": SHANQIAN})), "village")
    before = places(settled)
    # The eastern village reaches over the western one: houses there lie in both.
    settled.load(settled.geojson((box(121.41, 45.60, 121.48, 45.64), {"code": SHANQIAN})), "village")
    assert [code for code, place in places(settled).items() if place[3] == "border"]
    settled.load(settled.geojson((EAST, {"code": SHANQIAN})), "village")
    assert places(settled) == before


def test_houses_on_one_point_stay_told_whatever_outlines_come_and_go(settled: Desk) -> None:
    with settled.database.transaction(settled.actor) as session:
        session.execute(text("UPDATE house SET geom = (SELECT geom FROM house WHERE code = 'H6') WHERE code = 'H7'"))
        session.execute(
            text("UPDATE house SET tile_key = (SELECT tile_key FROM house WHERE code = 'H6') WHERE code = 'H7'")
        )
        session.execute(text("UPDATE house SET location_note = 'shared_point' WHERE code IN ('H6', 'H7')"))

    def notes() -> list[str | None]:
        found = places(settled)
        return [found[code][3] for code in ("H0", "H6", "H7")]

    settled.load(settled.geojson((box(121.40, 45.60, 121.48, 45.64), {"code": HOKOU})), "village")
    assert notes() == [None, "shared_point", "shared_point"]
    settled.load(settled.geojson((WEST, {"code": HOKOU})), "village")
    assert notes() == [None, "outside", "outside"]
    settled.load(settled.geojson((box(121.40, 45.60, 121.48, 45.64), {"code": HOKOU})), "village")
    assert notes() == [None, "shared_point", "shared_point"]


def test_the_first_outline_places_its_houses_and_asks_about_those_beyond(settled: Desk) -> None:
    loaded = settled.load(settled.geojson((WEST, {"code": HOKOU})), "village")
    assert loaded.replaced_houses == 4
    found = places(settled)
    assert [found[f"H{n}"][0] for n in range(8)] == [HOKOU] * 4 + [None] * 4
    # Houses in no village keep their declared one and are asked about once they are touched by an outline.
    assert all(found[f"H{n}"][1] == HOKOU for n in range(9))


def test_a_border_that_moves_takes_the_houses_along_and_says_how_many(settled: Desk) -> None:
    both = settled.geojson((WEST, {"code": HOKOU}), (EAST, {"code": SHANQIAN}))
    assert settled.load(both, "village").replaced_houses == 8
    found = places(settled)
    assert [found[f"H{n}"][0] for n in range(8)] == [HOKOU] * 4 + [SHANQIAN] * 4
    # Declared in 河口村 but standing in 山前村: never silently moved, asked about.
    assert {found[f"H{n}"][2:] for n in range(4, 8)} == {("disputed", "misplaced")}

    moved = settled.geojson(
        (box(121.40, 45.60, 121.45, 45.64), {"code": HOKOU}), (box(121.45, 45.60, 121.48, 45.64), {"code": SHANQIAN})
    )
    assert settled.load(moved, "village").replaced_houses == 1
    found = places(settled)
    assert found["H4"] == (HOKOU, HOKOU, "located", None)
    assert settled.load(moved, "village").replaced_houses == 0


def test_what_hangs_on_a_house_follows_it(settled: Desk) -> None:
    both = settled.geojson((WEST, {"code": HOKOU}), (EAST, {"code": SHANQIAN}))
    settled.load(both, "village")
    rows = settled.sql(
        "SELECT h.code, h.scope_code, k.scope_code, l.scope_code FROM house h"
        " JOIN house_household l ON l.house_id = h.id JOIN household k ON k.id = l.household_id"
    )
    assert len(rows) == 9
    assert all(row[1] == row[2] == row[3] for row in rows)
    assert {row[0] for row in rows if row[1] == SHANQIAN} == {"H4", "H5", "H6", "H7"}


def test_the_report_of_a_load_lists_faults_and_repairs(listed: Desk, tmp_path: Path) -> None:
    loaded = listed.load(listed.csv("990002100209,新村,village,990002100", "1,短,village,"), "village")
    report = write_load_report(tmp_path / "reports", "名单.csv", loaded.faults, loaded.repaired)
    assert report is not None
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["行", "列", "值", "说明"]
    assert rows[1][:3] == ["3", "code", "1"]
    assert write_load_report(tmp_path / "reports", "名单.csv", ()) is None
