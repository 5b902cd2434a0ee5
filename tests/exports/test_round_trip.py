import csv
import io
from pathlib import Path

import openpyxl
import psycopg
import pytest

from geo_housing.houses.intake.load import Loaded, LoadOptions, load_ledger
from geo_housing.houses.spreadsheet.row import is_stated, normalise
from geo_housing.keys import ensure_keys
from tests.exports.conftest import NASTY, vary
from tests.fixtures.toy import ToyDatabase
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
    counts = result.outcome.counts
    assert (counts.created, counts.updated, result.rejected) == (0, 0, 0)
    assert counts.unchanged == int(answer.headers["x-geo-housing-rows"]) > 0


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
        counts = result.outcome.counts
        assert (counts.created, counts.updated, result.rejected, counts.unchanged) == (0, 0, 0, len(before))
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
