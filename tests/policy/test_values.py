"""Values of settings as people type them: what is shown can be typed again, what is not allowed is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_housing.errors import BadInput
from geo_housing.policy.defaults import Setting
from geo_housing.policy.values import read_value, shown
from geo_housing.words import RISK

OF_WORDS = Setting("x", "危险等级", "", ["C", "D"], words=RISK)


@given(st.lists(st.sampled_from(list(RISK)), unique=True))
def test_a_list_of_words_is_typed_as_it_is_shown(value: list[str]) -> None:
    assert read_value(OF_WORDS, shown(value, RISK)) == value


@pytest.mark.parametrize(
    ("typed", "value"), [("无", []), ("C、D", ["C", "D"]), ("D级，C级", ["D", "C"]), ("疑似/C、C", ["suspected", "C"])]
)
def test_words_are_read_by_code_label_and_alias(typed: str, value: list[str]) -> None:
    assert read_value(OF_WORDS, typed) == value


def test_a_word_that_is_none_of_the_list_is_named() -> None:
    with pytest.raises(BadInput, match="“E级”不在危险等级的取值中"):
        read_value(OF_WORDS, "D、E级")
