import csv
import io
from pathlib import Path

import openpyxl
import psycopg
import pytest

from geo_housing.houses.intake.load import Loaded, LoadOptions, load_ledger
from geo_housing.houses.spreadsheet.fields import BY_NAME
from geo_housing.houses.spreadsheet.originals import original
from geo_housing.houses.spreadsheet.row import is_stated, normalise
from geo_housing.keys import ensure_keys
from tests.exports.conftest import NASTY, vary
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, house, load, query, write_csv
from tests.toy_county import COUNTY, EAST


def loaded_again(county: ToyDatabase, path: Path, area: str) -> Loaded:
    """Load the file as an office of ``area`` would, and forget it."""
    with county.transaction(area) as session:
        result = load_ledger(session, county.actor(area), path, LoadOptions(), ensure_keys(county.settings.keys_file))
        session.rollback()
    return result


@pytest.fixture
def entered(toy: ToyDatabase) -> ToyDatabase:
    """Varied houses with texts as ledgers and forms store them: full-width, line breaks and edges settled."""
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", "")) as connection:
        vary(connection, [text for nasty in NASTY if is_stated(text := normalise(nasty))])
    return toy


@pytest.mark.parametrize(("area", "ending"), [(COUNTY, "csv"), (EAST, "csv"), (COUNTY, "xlsx")])
def test_an_exported_ledger_loaded_again_creates_and_updates_nothing(
    entered: ToyDatabase, tmp_path: Path, area: str, ending: str
) -> None:
    role = "county" if area == COUNTY else "township"
    answer = entered.browser(entered.member(role, area)).get(f"/api/v1/houses.{ending}")
    assert answer.status_code == 200, answer.text
    path = tmp_path / f"houses.{ending}"
    path.write_bytes(answer.content)
    result = loaded_again(entered, path, area)
    told = result.outcome.counts
    assert (told.created, told.updated, result.rejected) == (0, 0, 0)
    assert told.unchanged == int(answer.headers["x-geo-housing-rows"]) > 0


WORDS_OF_NOBODY = {
    "structure": "窑洞", "built_year": "解放前", "storeys": "若干层", "rooms": "几间", "area_m2": "不大", "building_kind": "祠堂",
    "occupancy": "时常", "occupancy_checked_on": "年初", "grade": "丙", "grade_basis": "第三方鉴定", "graded_on": "去年",
    "suspected": "待定", "renovation": "排队", "renovation_year": "明后年", "measure": "再议", "persons": "若干", "categories": "烈属",
    "monitoring": "观察", "traits": "耳聋", "lon": "12O", "lat": "4S",
}  # fmt: skip
ORIGINALS = {original(name): word for name, word in WORDS_OF_NOBODY.items()}


@pytest.fixture
def with_originals(entered: ToyDatabase) -> ToyDatabase:
    """Houses of which all is known, and of which a later ledger has written what nobody understands."""
    with psycopg.connect(entered.names.admin_url.replace("+psycopg", "")) as connection:
        connection.execute("""
            UPDATE house SET structure = 'brick_wood', built_year = 1990, storeys = 1, rooms = 3, area_m2 = 61.5,
                building_kind = 'dwelling', occupancy = 'resident', occupancy_checked_on = '2026-05-01', grade = 'D',
                grade_basis = CASE WHEN code = '西一-A' THEN 'appraisal' ELSE 'legacy' END, graded_on = '2025-04-01',
                renovation = 'listed', renovation_year = 2025, measure = 'subsidised', suspected_on = '2026-05-02'
            WHERE code IN ('西一-A', '西一-B')
        """)
        connection.execute("""
            UPDATE household SET persons = 2, categories = '{K2,L2}', monitoring = '{lifted}', traits = '{impaired}'
            WHERE id IN (SELECT first_household_id FROM house WHERE code IN ('西一-A', '西一-B'))
        """)
    labels = {BY_NAME[name].label: word for name, word in WORDS_OF_NOBODY.items()}
    loaded = load(entered, [{"房屋编号": code, **labels} for code in ("西一-A", "西一-B")])
    assert counts(loaded) == (0, 2, 0, 0)
    assert house(entered, "西一-A").extra == house(entered, "西一-B").extra == ORIGINALS
    return entered


@pytest.mark.parametrize("ending", ["csv", "xlsx", "gpkg", "zip"])
def test_what_nobody_understood_stays_beside_what_the_register_says_of_itself(
    with_originals: ToyDatabase, tmp_path: Path, ending: str
) -> None:
    county = with_originals
    answer = county.browser(county.member("county", COUNTY)).get(f"/api/v1/houses.{ending}")
    assert answer.status_code == 200, answer.text
    path = tmp_path / f"houses.{ending}"
    path.write_bytes(answer.content)
    created, updated, unchanged, rejected = counts(load(county, path))
    assert (created, updated, rejected) == (0, 0, 0) and unchanged > 0
    assert house(county, "西一-A").extra == house(county, "西一-B").extra == ORIGINALS


def test_so_does_what_the_row_of_one_family_has_said(with_originals: ToyDatabase, tmp_path: Path) -> None:
    kept = "SELECT l.extra FROM house_household l JOIN house h ON h.id = l.house_id WHERE h.code = '西一-A'"
    with psycopg.connect(with_originals.names.admin_url.replace("+psycopg", "")) as connection:
        connection.execute(
            "UPDATE house_household l SET extra = h.extra FROM house h WHERE h.id = l.house_id AND h.code = '西一-A'"
        )
    path = tmp_path / "houses.csv"
    path.write_bytes(with_originals.browser(with_originals.member("county", COUNTY)).get("/api/v1/houses.csv").content)
    created, updated, _, rejected = counts(load(with_originals, path))
    assert (created, updated, rejected) == (0, 0, 0)
    assert [row.extra for row in query(with_originals, kept)] == [ORIGINALS]


def test_what_a_clerk_changes_in_an_export_takes_the_place_of_what_nobody_understood(
    with_originals: ToyDatabase, tmp_path: Path
) -> None:
    answer = with_originals.browser(with_originals.member("county", COUNTY)).get("/api/v1/houses.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
    (row,) = [row for row in rows if row["house_code"] == "西一-B"]
    load(with_originals, write_csv(tmp_path, [{**row, "structure": "石木", "traits": "孕妇", "grade": "C"}]))
    gone = {original(name) for name in ("structure", "traits", "grade", "grade_basis")}
    assert house(with_originals, "西一-B").extra == {key: ORIGINALS[key] for key in ORIGINALS.keys() - gone}


def test_a_clerks_own_ledger_says_what_holds_also_where_the_register_has_it_already(
    with_originals: ToyDatabase,
) -> None:
    load(with_originals, [{"房屋编号": "西一-B", "结构形式": "砖木", "经度": "", "层数": "1"}])
    gone = {original(name) for name in ("structure", "storeys")}
    assert house(with_originals, "西一-B").extra == {key: ORIGINALS[key] for key in ORIGINALS.keys() - gone}


def test_whatever_a_clerk_typed_stands_in_the_csv_and_the_workbook_as_it_was(varied: ToyDatabase) -> None:
    client = varied.browser(varied.member("county", COUNTY))
    rows = list(csv.DictReader(io.StringIO(client.get("/api/v1/houses.csv").content.decode(), newline="")))
    assert {row["settlement"] for row in rows} >= set(NASTY)
    features = client.get("/api/v1/houses.geojson").json()["features"]
    assert {feature["properties"]["settlement"] for feature in features} >= set(NASTY)
    book = openpyxl.load_workbook(io.BytesIO(client.get("/api/v1/houses.xlsx").content))
    sheet = book["农房"]
    heads = [cell.value for cell in sheet[1]]
    column = heads.index("自然屯/组")
    cells = {row[column].value: row[column].data_type for row in sheet.iter_rows(min_row=2)}
    assert cells["=1+1"] == "s"
    assert {text for text in NASTY if "\r" not in text} <= cells.keys()


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "zip"])
def test_features_loaded_again_keep_the_village_that_was_declared(
    toy: ToyDatabase, tmp_path: Path, ending: str
) -> None:
    """Also of a house whose point lies in another township's village, and of one of which none was declared."""
    declared = "SELECT code, declared_code, scope_code, location_state FROM house WHERE geom IS NOT NULL ORDER BY code"
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", "")) as connection:
        connection.execute("UPDATE house SET declared_code = NULL WHERE code = '西一-A'")
        # Columns whose names are longer than a Shapefile's.
        connection.execute("UPDATE house SET building_kind = 'disused', occupancy_checked_on = '2026-05-01'")
        connection.execute("UPDATE house SET renovation = 'listed', renovation_year = 2025 WHERE grade = 'D'")
        connection.commit()
        before = connection.execute(declared).fetchall()
        assert [row for row in before if row[3] == "disputed" and row[1][:9] != row[2][:9]], "one of each kind"
        answer = toy.browser(toy.member("county", COUNTY)).get(f"/api/v1/houses.{ending}")
        assert answer.status_code == 200, answer.text
        path = tmp_path / f"houses.{ending}"
        path.write_bytes(answer.content)
        with toy.transaction(COUNTY) as session:
            keys = ensure_keys(toy.settings.keys_file)
            result = load_ledger(session, toy.actor(COUNTY), path, LoadOptions(), keys)
        told = result.outcome.counts
        assert (told.created, told.updated, result.rejected, told.unchanged) == (0, 0, 0, len(before))
        assert connection.execute(declared).fetchall() == before


def test_a_text_that_a_shapefile_has_cut_is_left_out_and_told(toy: ToyDatabase, tmp_path: Path) -> None:
    whole = "屯" * 100
    with psycopg.connect(toy.names.admin_url.replace("+psycopg", "")) as connection:
        connection.execute("UPDATE house SET settlement = %s WHERE code = '西一-A'", [whole])
        # Fits into the field to the last byte: a text like any other.
        connection.execute("UPDATE house SET settlement = %s WHERE code = '西一-B'", ["屯" * 84])
        connection.commit()
        answer = toy.browser(toy.member("county", COUNTY)).get("/api/v1/houses.zip")
        path = tmp_path / "houses.zip"
        path.write_bytes(answer.content)
        with toy.transaction(COUNTY) as session:
            keys = ensure_keys(toy.settings.keys_file)
            result = load_ledger(session, toy.actor(COUNTY), path, LoadOptions(), keys)
        assert (result.outcome.counts.created, result.outcome.counts.updated, result.rejected) == (0, 0, 0)
        (fault,) = [fault for fault in result.faults if "截断" in fault.sentence]
        assert fault.column == "settlement"
        assert fault.value is not None and fault.value.endswith("…")
        found = connection.execute("SELECT settlement FROM house WHERE code IN ('西一-A', '西一-B') ORDER BY code")
        assert [row[0] for row in found.fetchall()] == [whole, "屯" * 84]
