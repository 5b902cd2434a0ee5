"""A returned row of 转移避险 against what stood and what stands: only what was filled in enters, nobody's words are lost."""

from hypothesis import given
from hypothesis import strategies as st

from geo_housing.response.returned.compare import CONFLICT, ENTERS, UNCHANGED
from geo_housing.response.returned.three_ways import FIELDS, NOTHING_SAID, Values, weigh

TEXTS = st.none() | st.sampled_from(["一", "二"])
STATES = st.sampled_from([NOTHING_SAID, "refused", "away"])
ROWS = st.fixed_dictionaries(dict.fromkeys(FIELDS, TEXTS) | {"state": STATES})
SENT = st.fixed_dictionaries(dict.fromkeys(FIELDS, TEXTS) | {"state": st.none() | STATES})


@given(ROWS, SENT, ROWS)
def test_field_by_field(base: Values, sent: Values, stands: Values) -> None:
    verdict = weigh(base, sent, stands)
    filled = [name for name in FIELDS if sent[name] is not None and sent[name] != base[name]]
    changed = [name for name in filled if sent[name] != stands[name]]
    assert [one.field for one in verdict.changes] == changed
    somebody_else = [name for name in changed if stands[name] != base[name]]
    assert [one.field for one in verdict.changes if one.clashes] == somebody_else
    assert verdict.kind == (CONFLICT if somebody_else else ENTERS if changed else UNCHANGED)


@given(ROWS, SENT, ROWS, st.sets(st.sampled_from(FIELDS)))
def test_a_merged_cell_overwrites_nothing(base: Values, sent: Values, stands: Values, merged: set[str]) -> None:
    open_state = (None, NOTHING_SAID)
    verdict, plain = weigh(base, sent, stands, merged=merged), weigh(base, sent, stands)
    assert [(one.field, one.sent) for one in verdict.changes] == [(one.field, one.sent) for one in plain.changes]
    for one, alone in zip(verdict.changes, plain.changes, strict=True):
        is_said = one.stands not in (open_state if one.field == "state" else (None,))
        assert one.clashes == (alone.clashes or (one.field in merged and is_said))


def test_a_family_that_refused_is_not_moved_by_a_merged_cell() -> None:
    verdict = weigh({"state": "refused"}, {"state": "moved_to_shelter"}, {"state": "refused"}, merged={"state"})
    assert verdict.kind == CONFLICT and (verdict.changes[0].stands, verdict.changes[0].sent) == (
        "refused",
        "moved_to_shelter",
    )


@given(SENT, ROWS)
def test_where_nobody_knows_what_stood_only_what_is_open_is_filled(sent: Values, stands: Values) -> None:
    verdict = weigh(None, sent, stands)
    changed = [name for name in FIELDS if sent[name] is not None and sent[name] != stands[name]]
    assert [one.field for one in verdict.changes] == changed
    taken = any(stands[name] not in ((None, NOTHING_SAID) if name == "state" else (None,)) for name in changed)
    assert verdict.kind == (CONFLICT if taken else ENTERS if changed else UNCHANGED)


@given(ROWS, SENT, ROWS)
def test_the_second_time_nothing_changes(base: Values, sent: Values, stands: Values) -> None:
    after = {**stands, **{one.field: one.sent for one in weigh(base, sent, stands).changes}}
    assert weigh(base, sent, after).kind == UNCHANGED
