"""The text of features against json.dumps: whatever stands in a column comes out as it was, and valid."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Boolean, Date, Double, Integer, Numeric, Text, cast, func, select
from sqlalchemy import literal as value_of
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from geo_housing.exports.features import NULL, feature_text, point_text
from geo_housing.layers.columns import Column, Kind
from geo_housing.words import GRADE
from tests.fixtures.toy import ToyDatabase

# PostgreSQL holds every character but NUL and halves of pairs.
texts = st.text(st.characters(min_codepoint=1, exclude_categories=("Cs",)), max_size=40)
KINDS: dict[str, tuple[Kind, object, st.SearchStrategy[object]]] = {
    "t": ("text", Text(), st.none() | texts),
    "grade": ("text", Text(), st.none() | st.sampled_from(list(GRADE)) | texts),
    "n": ("int", Integer(), st.none() | st.integers(-(2**31), 2**31 - 1)),
    "m2": ("float", Numeric(), st.none() | st.decimals(-1000, 1000, places=2)),
    "b": ("bool", Boolean(), st.none() | st.booleans()),
    "d": ("date", Date(), st.none() | st.dates(date(1900, 1, 1))),
    "w": ("words", ARRAY(Text()), st.none() | st.lists(texts, max_size=3)),
}
COLUMNS = tuple(
    Column(name, name, kind, value_of(None), words=GRADE if name == "grade" else None)
    for name, (kind, _, _) in KINDS.items()
)
# As they are stored: every door rounds to 7 decimals.
degrees = st.integers(-180 * 10**7, 180 * 10**7).map(lambda number: number / 10**7)
rows = st.fixed_dictionaries({name: values for name, (_, _, values) in KINDS.items()})


@pytest.fixture(scope="module")
def session(toy_worker: ToyDatabase) -> Iterator[Session]:
    with toy_worker.transaction() as found:
        yield found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=rows, name=texts, place=st.tuples(degrees, degrees))
def test_a_feature_is_byte_for_byte_what_json_would_write(
    session: Session, row: dict[str, object], name: str, place: tuple[float, float]
) -> None:
    bound = {column: cast(value_of(value, KINDS[column][1]), KINDS[column][1]) for column, value in row.items()}
    point = point_text(func.ST_MakePoint(*place))
    ready = {"t": cast(func.to_json(bound["t"]), Text)} if row["b"] else {}
    text = session.execute(
        select(feature_text(COLUMNS, bound, feature_id=value_of(name, Text), geometry=point, ready=ready))
    ).scalar_one()
    plain = {
        k: float(v) if isinstance(v, Decimal) else v.isoformat() if isinstance(v, date) else v
        for k, v in ((name, row[name]) for name in KINDS)
    }
    wanted = {
        "type": "Feature",
        "id": name,
        "geometry": {"type": "Point", "coordinates": list(place)},
        "properties": plain,
    }
    found = json.loads(text)
    assert found == wanted
    assert list(found["properties"]) == list(KINDS)
    assert not [letter for letter in text if letter < " "], "a raw control character is no JSON"
    if row["m2"] is None and all(number % 1 and abs(number) >= 0.001 for number in place):
        # DEL is written as it is by both; a whole coordinate is 5 instead of 5.0, and the smallest have an exponent.
        assert text == json.dumps(wanted, ensure_ascii=False, separators=(",", ":"))


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("22.5", "22.5"),
        ("-1e300", "-1e+300"),
        ("NaN", '"NaN"'),
        ("Infinity", '"Infinity"'),
        ("-Infinity", '"-Infinity"'),
    ],
)
def test_what_is_no_number_or_has_no_end_is_still_valid(session: Session, number: str, written: str) -> None:
    column = Column("m", "m", "float", value_of(None))
    value = cast(value_of(number, Text), Double)
    text = session.scalar(select(feature_text([column], {"m": value}, feature_id=value_of("1", Text), geometry=NULL)))
    assert text is not None and f'"properties":{{"m":{written}}}' in text and json.loads(text)["id"] == "1"
