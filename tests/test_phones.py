"""Telephone cells as townships fill them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_housing.phones import DIVIDER, mask_phones, merged, numbers_of, read_phones


@pytest.mark.parametrize(
    ("cell", "numbers"),
    [
        ("10000000001", ("10000000001",)),
        ("１００００００００１１", ("10000000011",)),
        ("10000000001.0", ("10000000001",)),
        ("100 0000 0001", ("10000000001",)),
        ("100-0000-0001", ("10000000001",)),
        ("+86 10000000001", ("10000000001",)),
        ("10000000001、10000000002", ("10000000001", "10000000002")),
        ("10000000001/10000000002", ("10000000001", "10000000002")),
        ("10000000001 10000000002", ("10000000001", "10000000002")),
        ("10000000001\n0482-5120000", ("10000000001", "04825120000")),
        ("手机：10000000001；办公：0482-5120000", ("10000000001", "04825120000")),
        ("办5120000手机10000000001", ("5120000", "10000000001")),
        ("(0482)5120000", ("04825120000",)),
        ("0482 5120000", ("04825120000",)),
        ("0482-5120000转801", ("04825120000-801",)),
        ("0482-5120000转8", ("04825120000-8",)),
        ("5120000分机12", ("5120000-12",)),
        ("10000000001（短号660123）", ("10000000001", "660123")),
        ("10000000001、10000000001", ("10000000001",)),
        ("", ()),
        ("无", ()),
        ("—", ()),
    ],
)
def test_what_can_be_dialled_is_read(cell: str, numbers: tuple[str, ...]) -> None:
    found = read_phones(cell)
    assert (found.numbers, found.unread, found.is_masked) == (numbers, (), False)


@pytest.mark.parametrize(
    ("cell", "numbers", "unread"),
    [
        ("1000000001", (), ("1000000001",)),
        ("10000000001、100000000022", ("10000000001",), ("100000000022",)),
        ("同村书记", (), ("同村书记",)),
        ("1.39E+10", (), ("1.39E+10",)),
    ],
)
def test_what_cannot_be_dialled_is_told_and_the_rest_kept(
    cell: str, numbers: tuple[str, ...], unread: tuple[str, ...]
) -> None:
    found = read_phones(cell)
    assert (found.numbers, found.unread) == (numbers, unread)


def test_a_masked_number_states_nothing() -> None:
    assert read_phones("100****0001").is_masked and read_phones("100****0001").text is None


def test_masks_keep_no_number_whole() -> None:
    assert mask_phones("10000000001、04825120000、5120000-12、110") == "100****0001、048****0000、51******12、***"


def test_numbers_of_two_cells_are_kept_once_the_first_in_front() -> None:
    assert merged("10000000001", "10000000002、10000000001") == "10000000001、10000000002"
    assert merged(None, "110") == "110" and merged(None, None) is None


@given(
    st.lists(
        st.from_regex(r"1[0-9]{10}|0[0-9]{10}|[2-8][0-9]{6,7}", fullmatch=True), min_size=1, max_size=6, unique=True
    )
)
def test_what_was_read_is_read_again_as_the_same(numbers: list[str]) -> None:
    text = DIVIDER.join(numbers)
    assert numbers_of(text) == tuple(numbers)
    assert read_phones(text).text == text
    assert all(number not in mask_phones(text) for number in numbers)
