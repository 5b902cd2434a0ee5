import base64
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from geo_housing.layers.catalogue import LAYERS
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import COUNTY


@pytest.fixture(scope="module")
def county(varied: ToyDatabase) -> TestClient:
    return varied.browser(varied.member("county", COUNTY))


@contextmanager
def counted(varied: ToyDatabase) -> Iterator[list[str]]:
    statements: list[str] = []

    def heard(_connection, _cursor, statement, *_rest) -> None:
        statements.append(statement)

    event.listen(varied.database.engine, "before_cursor_execute", heard)
    try:
        yield statements
    finally:
        event.remove(varied.database.engine, "before_cursor_execute", heard)


@pytest.mark.parametrize("layer", LAYERS)
def test_a_list_asks_as_many_questions_for_forty_rows_as_for_one(
    varied: ToyDatabase, county: TestClient, layer: str
) -> None:
    county.get(f"/api/v1/{layer}")
    asked = []
    for limit in ("1", "40"):
        with counted(varied) as statements:
            assert county.get(f"/api/v1/{layer}", params={"limit": limit}).status_code == 200
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 6


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "nonsense"},
        {"cursor": base64.urlsafe_b64encode(b'["99", "x"]').decode()},
        {"cursor": base64.urlsafe_b64encode(b'["99"]').decode()},
        {"limit": "0"},
        {"limit": "viele"},
        {"risk": "E"},
        {"colour": "red"},
        {"bbox": "1,2,3"},
        {"bbox": "nan,1,2,3"},
        {"within": "POINT(120 45)"},
        {"where": "grade ="},
        {"area": "99000A"},
    ],
)
def test_a_wrong_question_is_answered_with_a_sentence(county: TestClient, query: dict[str, str]) -> None:
    answer = county.get("/api/v1/houses", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["detail"].endswith("。")


def test_unknown_areas_events_and_formats_are_named(county: TestClient) -> None:
    assert county.get("/api/v1/houses", params={"area": "990001999"}).status_code == 404
    assert county.get("/api/v1/houses.geojson", params={"event": "4711"}).status_code == 404
    assert county.get("/api/v1/houses.dwg").status_code == 422
