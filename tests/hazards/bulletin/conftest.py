"""The divisions of the county that the texts are written for."""

import csv

import pytest

from geo_housing.areas.queries import AreaName
from geo_housing.hazards.bulletin.gazetteer import Gazetteer
from geo_housing.own_code import PROJECT_FOLDER
from geo_housing.words import AREA_CODE_LENGTH


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    with (PROJECT_FOLDER / "data" / "boundaries" / "tuquan_divisions.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] in AREA_CODE_LENGTH]
    names = [AreaName(row["code"][: AREA_CODE_LENGTH[row["level"]]], row["level"], row["name"], None) for row in rows]
    return Gazetteer(names, [("152224100", "溪柳乡")])


@pytest.fixture(scope="session")
def two_counties() -> Gazetteer:
    """Two counties with a township and a village of the same names."""
    return Gazetteer(
        [
            AreaName("990001", "county", "甲山县", None),
            AreaName("990001100", "township", "永安镇", "990001"),
            AreaName("990001100201", "village", "红旗村委会", "990001100"),
            AreaName("990001101", "township", "青石镇", "990001"),
            AreaName("990002", "county", "乙川旗", None),
            AreaName("990002100", "township", "永安镇", "990002"),
            AreaName("990002100201", "village", "红旗嘎查村民委员会", "990002100"),
        ],
        [("990002", "乙旗")],
    )
