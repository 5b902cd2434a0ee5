"""ID numbers of the first generation, 15 digits: kept sealed with their family, by which nobody is known or found."""

from typing import Any

import pytest

from geo_housing.houses.imports.undo import undo_import
from geo_housing.houses.spreadsheet.personal import first_generation
from geo_housing.keys import load_keys
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import counts, id_number, load, query, sentences
from tests.toy_county import WEST

NUMBER = id_number(81)
OLD = first_generation(NUMBER)
OTHER = first_generation(id_number(82))
PLACE = {"乡镇": "西山镇", "行政村": "西一村"}
KEPT = "已随这户加密留存"


def row(number: str, **more: Any) -> dict[str, Any]:
    return {"房屋编号": "X-1", **PLACE, "户主姓名": "甲某某", "身份证号": number, **more}


def stored(toy: ToyDatabase) -> tuple[str, bool]:
    """The number of the one family, and whether it is found by it."""
    (one,) = query(
        toy, "SELECT id, id_number_cipher, id_number_key, id_number_masked FROM household WHERE head = '甲某某'"
    )
    number = load_keys(toy.settings.keys_file).decrypt(bytes(one.id_number_cipher), field="id_number", owner=one.id)
    assert one.id_number_masked == f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"
    return number, one.id_number_key is not None


def test_it_is_kept_as_a_note_and_told(toy: ToyDatabase) -> None:
    assert len(OLD) == 15
    first = load(toy, [row(OLD)])
    assert counts(first) == (1, 0, 0, 0) and stored(toy) == (OLD, False)
    (told,) = [fault for fault in first.faults if KEPT in fault.sentence]
    assert told.value is not None and OLD not in told.value
    again = load(toy, [row(OLD)])
    assert counts(again) == (0, 0, 1, 0) and stored(toy) == (OLD, False)
    # Two of them are nobody's proof of one family, and an empty cell takes nothing away.
    assert counts(load(toy, [row(OLD, 房屋编号="X-2", 户主姓名="乙某某"), row("")])) == (1, 0, 1, 0)
    corrected = load(toy, [row(OTHER)])
    assert counts(corrected) == (0, 1, 0, 0) and stored(toy) == (OTHER, False)
    with toy.transaction() as session:
        undo_import(session, toy.actor(), corrected.outcome.batch_id)
    assert stored(toy) == (OLD, False)


def test_one_that_comes_later_is_added_to_a_known_family(toy: ToyDatabase) -> None:
    load(toy, [row("")])
    assert counts(load(toy, [row(OLD)])) == (0, 1, 0, 0) and stored(toy) == (OLD, False)


@pytest.mark.parametrize(("old", "is_told"), [(OLD, False), (OTHER, True)])
def test_eighteen_digits_take_its_place(toy: ToyDatabase, old: str, is_told: bool) -> None:
    load(toy, [row(old)])
    whole = load(toy, [row(NUMBER)])
    assert counts(whole) == (0, 1, 0, 0) and stored(toy) == (NUMBER, True)
    assert ("不是同一人的" in "".join(sentences(whole, "check"))) is is_told
    # The old ledger, loaded again, does not take it back.
    late = load(toy, [row(old)])
    assert counts(late) == (0, 0, 1, 0) and stored(toy) == (NUMBER, True)
    assert ("没有采用" in "".join(sentences(late, "check"))) is is_told


def test_the_page_shows_it_masked_and_in_full_by_permission(toy: ToyDatabase) -> None:
    load(toy, [row(OLD)])
    browser = toy.browser(toy.member("township", WEST))
    page = browser.get("/houses/X-1").text
    assert OLD not in page and f"{OLD[:6]}*****{OLD[-4:]}" in page and "15 位旧号" in page
    assert OLD not in "".join(str(one) for one in query(toy, "SELECT * FROM journal_entry"))
