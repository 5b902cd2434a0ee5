"""Who may go home, and where a technician must sign: every combination against the sentences of the rule."""

from itertools import product

import pytest

from geo_housing.conclusions.rule import Checked, hold, needs_conclusion
from geo_housing.words import CHECK_RESULT, EMERGENCY_CONCLUSION, RISK

RESULTS = (None, *CHECK_RESULT)
CONCLUSIONS = (None, *EMERGENCY_CONCLUSION)
DANGEROUS = ("C", "D", "suspected")


def may_return(checked: Checked) -> bool:
    return hold(checked, DANGEROUS) is None


def is_forbidden(checked: Checked) -> bool:
    found = hold(checked, DANGEROUS)
    return found is not None and found.blocks


@pytest.mark.parametrize(("result", "conclusion", "risk"), list(product(RESULTS, CONCLUSIONS, RISK)))
def test_nobody_goes_home_against_a_conclusion_or_unseen(result: str | None, conclusion: str | None, risk: str) -> None:
    checked = Checked(result, conclusion, risk)
    if conclusion == "not_habitable" or result in ("collapsed", "demolished"):
        assert is_forbidden(checked)
    elif conclusion == "habitable":
        assert may_return(checked)
    elif conclusion is None and result in (None, "suspected", "uninhabited"):
        assert not may_return(checked)
    elif conclusion is None and risk not in DANGEROUS:
        assert may_return(checked)


def test_a_ruin_is_forbidden_and_a_missing_signature_is_asked_about() -> None:
    assert is_forbidden(Checked("collapsed", None, "A"))
    waits = hold(Checked("suspected", None, "A"), DANGEROUS)
    assert waits is not None and not waits.blocks and "待评估，暂不返回" in waits.sentence
    unseen = hold(Checked(None, None, "A"), DANGEROUS)
    assert unseen is not None and not unseen.blocks and "还没有排查" in unseen.sentence


def test_the_setting_decides_which_sound_looking_houses_need_a_technician() -> None:
    assert needs_conclusion("no_visible_hazard", "D", DANGEROUS)
    assert not needs_conclusion("no_visible_hazard", "D", ())
    assert not needs_conclusion("no_visible_hazard", "B", DANGEROUS)
    assert not needs_conclusion("uninhabited", "D", DANGEROUS)
    assert needs_conclusion("suspected", "A", ())


def test_that_nobody_was_met_says_nothing_of_the_house_they_want_back_to() -> None:
    empty = hold(Checked("uninhabited", None, "A"), DANGEROUS)
    assert empty is not None and empty.overcome_by == "county" and "重新查看房屋" in empty.sentence
