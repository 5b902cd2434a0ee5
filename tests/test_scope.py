"""Whose rows a piece of work may touch: half-open ranges of codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_housing.errors import BadInput, NotAllowed
from geo_housing.scope import ACCEPTED_LENGTHS, EVERYWHERE, AreaScope

digits = st.text("0123456789", min_size=12, max_size=12)
prefixes = st.tuples(digits, st.sampled_from((0, *ACCEPTED_LENGTHS))).map(lambda pair: AreaScope(pair[0][: pair[1]]))


@given(prefixes, digits, st.sampled_from((6, 9, 12)))
def test_the_range_holds_exactly_the_codes_with_the_prefix(scope: AreaScope, digits: str, length: int) -> None:
    code = digits[:length]
    assert (scope.lo <= code < scope.hi) == code.startswith(scope.prefix) == scope.covers(code)


@given(prefixes, prefixes)
def test_narrowing_gives_the_smaller_one_or_refuses(scope: AreaScope, wanted: AreaScope) -> None:
    if not (scope.covers(wanted.prefix) or wanted.covers(scope.prefix)):
        with pytest.raises(NotAllowed, match="不在您的管辖范围"):
            scope.narrowed(wanted.prefix)
        return
    narrowed = scope.narrowed(wanted.prefix)
    assert narrowed.prefix == max(scope.prefix, wanted.prefix, key=len)
    assert scope.lo <= narrowed.lo and narrowed.hi <= scope.hi


@pytest.mark.parametrize("code", ["15222x", "152 224", "１５２２２４", "1", "15222", "1522241001", "-1"])
def test_what_is_no_code_is_refused_with_a_sentence(code: str) -> None:
    with pytest.raises(BadInput, match="区划代码"):
        AreaScope(code)


def test_everywhere_begins_after_the_empty_text() -> None:
    # '' is what a used connection of the pool holds: it must mean no rows.
    assert EVERYWHERE.lo > "" and EVERYWHERE.covers("990001100201")
