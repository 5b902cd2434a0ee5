"""Random small ledgers against a plain model of which rows are kept."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_housing.houses.intake.load import LoadOptions, load_ledger
from geo_housing.keys import ensure_keys
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import id_number, write_csv

ROW = st.fixed_dictionaries(
    {
        "房屋编号": st.sampled_from(["", "", "M-1", "M-2", " m-1 "]),
        "行政村": st.sampled_from(["西一村", "西二村", ""]),
        "户主姓名": st.sampled_from(["甲", "乙", ""]),
        "身份证号": st.sampled_from(["", "", id_number(41), id_number(42), "bad"]),
        "间数": st.sampled_from(["", "3", "三间", "x"]),
    }
).filter(lambda row: any(row.values()))  # an empty line is no row


def kept(rows: list[dict[str, str]]) -> tuple[int, int]:
    """The rules in words: how many rows of a first load are kept, and of how many houses they are.

    A row needs a code, or village and head. Rows with one code are families of one house, each family once. Rows
    without a code are known by ID number and village, each once; else by village and head, and each is a house. A number
    under another head and another code than where it stood first is no number.
    """
    holders: dict[str, tuple[str, str]] = {}
    seen: set[Any] = set()
    houses: set[Any] = set()
    kept_rows = 0
    for n, row in enumerate(rows):
        code, number = row["房屋编号"].strip().upper(), row["身份证号"].replace("bad", "")
        if code and number and (head := row["户主姓名"]):
            first_head, first_code = holders.setdefault(number, (head, code))
            number = number if head == first_head or code == first_code else ""
        if code:
            key: Any = (code, number or row["户主姓名"])
        elif not (row["行政村"] and row["户主姓名"]):
            continue
        else:
            key = ("id", number, row["行政村"]) if number else ("name", n)
        kept_rows += key not in seen
        seen.add(key)
        houses.add(code or key)
    return kept_rows, len(houses)


@given(rows=st.lists(ROW, min_size=1, max_size=7))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_first_load_keeps_what_the_rules_say(
    toy_worker: ToyDatabase, tmp_path: Any, rows: list[dict[str, str]]
) -> None:
    rows_kept, houses = kept(rows)
    rows = [*rows, {"房屋编号": "M-0", "行政村": "西一村", "户主姓名": "丙", "身份证号": "", "间数": ""}]
    path = write_csv(tmp_path, rows)
    with toy_worker.transaction() as session:
        loaded = load_ledger(
            session, toy_worker.actor(), path, LoadOptions(), ensure_keys(toy_worker.settings.keys_file)
        ).as_json()
        session.rollback()
    assert loaded["created"] == houses + 1
    assert loaded["read"] == len(rows) and loaded["rejected"] == len(rows) - rows_kept - 1
