"""What may be seen of personal data where it may not be seen in full."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_housing.masking import mask_id_number, mask_middle, mask_name, mask_phone


@pytest.mark.parametrize(
    ("masked", "shown"),
    [
        (mask_id_number("990001190001010015"), "990001********0015"),
        (mask_id_number("990001900101001"), "990001*****1001"),
        (mask_phone("10012345678"), "100****5678"),
        (mask_name("王小明"), "王某某"),
        (mask_name(""), ""),
        (mask_middle(""), ""),
    ],
)
def test_official_forms(masked: str, shown: str) -> None:
    assert masked == shown


@given(st.text("0123456789X", min_size=1, max_size=40))
def test_most_of_a_number_is_never_shown(text: str) -> None:
    for mask in (mask_id_number, mask_phone, mask_middle):
        shown = mask(text).replace("*", "")
        assert len(shown) <= 10
        assert len(text) < 4 or mask(text) != text
        assert len(text) >= 8 or len(shown) <= 2
