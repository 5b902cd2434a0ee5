"""The divisions of the county that the texts are written for."""

import csv

import pytest

from geo_housing.areas.queries import AreaName
from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.settings import PROJECT_FOLDER
from geo_housing.words import AREA_CODE_LENGTH


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    with (PROJECT_FOLDER / "data" / "boundaries" / "tuquan_divisions.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] in AREA_CODE_LENGTH]
    names = [AreaName(row["code"][: AREA_CODE_LENGTH[row["level"]]], row["level"], row["name"], None) for row in rows]
    return Gazetteer(names, [("152224100", "溪柳乡")])
