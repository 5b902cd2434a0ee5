"""A returned row against what stands: nothing is overwritten unless the row was made upon it, nothing is cleared by an empty cell."""

from hypothesis import given
from hypothesis import strategies as st

from geo_housing.response.returned.compare import CONFLICT, ENTERS, FIELDS, UNCHANGED, Value, compare

VALUES = st.none() | st.sampled_from(["a", "b"])
ROWS = st.fixed_dictionaries(dict.fromkeys(FIELDS, VALUES))


@given(ROWS, ROWS, st.integers(1, 3), st.none() | st.integers(1, 3))
def test_what_stands_goes_only_when_it_was_read(
    stands: dict[str, Value], sent: dict[str, Value], version: int, made_upon: int | None
) -> None:
    verdict = compare(stands, version, sent, made_upon=made_upon)
    changed = [name for name in FIELDS if sent[name] is not None and sent[name] != stands[name]]
    assert [one.field for one in verdict.differences] == changed
    replaces = any(stands[name] is not None for name in changed)
    if not changed:
        assert verdict.kind == UNCHANGED
    elif replaces and made_upon != version:
        assert verdict.kind == CONFLICT
    else:
        assert verdict.kind == ENTERS


@given(ROWS, ROWS, st.sets(st.sampled_from(FIELDS)))
def test_a_merged_cell_may_add_and_overwrites_nothing(
    stands: dict[str, Value], sent: dict[str, Value], merged: set[str]
) -> None:
    """Upon what stands now; what lay under the merged cell is gone from the workbook, and nobody has typed over it."""
    verdict = compare(stands, 1, sent, made_upon=1, merged=merged)
    covered = [one for one in verdict.differences if one.field in merged and one.stands is not None]
    assert verdict.kind == (CONFLICT if covered else ENTERS if verdict.differences else UNCHANGED)


@given(ROWS, ROWS, st.integers(1, 3))
def test_the_second_time_nothing_changes(stands: dict[str, Value], sent: dict[str, Value], version: int) -> None:
    after = {name: sent[name] if sent[name] is not None else stands[name] for name in FIELDS}
    assert compare(after, version + 1, sent, made_upon=version).kind == UNCHANGED
