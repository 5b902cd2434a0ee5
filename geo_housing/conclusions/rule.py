"""Where a technician must conclude, and who may go home: decided without a database.

What a village sees is never a permission to go back. Neither a check result nor a conclusion is a grade, and none changes one
(words.md, "Disaster"). 可以居住 and 不可以居住 come from the guide for assessing rural houses after floods; which houses need a
conclusion is a setting, so that a return without one is asked about and not forbidden.
"""

from collections.abc import Collection
from dataclasses import dataclass

# After these somebody who knows must look, whatever the grade.
NEEDS_TECHNICIAN = ("suspected", "collapsed")
# Nobody was inside, or nothing alarming was seen: a house that was dangerous before is judged all the same.
NEEDS_IF_DANGEROUS = ("no_visible_hazard", "locked", "refused")
# Nobody lives there, or nothing stands there any more.
NEEDS_NOBODY = ("uninhabited", "demolished")


@dataclass(frozen=True)
class Checked:
    """What is known of one house after the disaster.

    ``result`` is a word of CHECK_RESULT, None while the inspection is not finished; ``conclusion`` one of
    EMERGENCY_CONCLUSION, None while nobody has signed.
    """

    result: str | None
    conclusion: str | None
    risk: str


@dataclass(frozen=True)
class Hold:
    """Why a family does not go home. ``blocks``: no reason overcomes it; else a reason is asked and kept."""

    sentence: str
    blocks: bool


def needs_conclusion(result: str | None, risk: str, required_risks: Collection[str]) -> bool:
    """Whether a technician must conclude on an inspected house."""
    if result in NEEDS_TECHNICIAN:
        return True
    return result in NEEDS_IF_DANGEROUS and risk in required_risks


def hold(checked: Checked, required_risks: Collection[str]) -> Hold | None:
    """What stands in the way of a return; None when the family may go home."""
    if checked.result in ("collapsed", "demolished"):
        # Whatever was signed before it fell.
        return Hold("房屋已倒塌或拆除，不能返回。请落实现居住地。", True)
    if checked.conclusion == "not_habitable":
        return Hold("专业技术人员的结论是“不可以居住”，不能返回。请落实现居住地，危险排除后重新评估。", True)
    if checked.conclusion == "habitable":
        return None
    if checked.conclusion == "restricted":
        return Hold("结论是“限制使用”：只能使用写明的部分，返回前请向农户说明，并写明如何限制。", False)
    if checked.result is None:
        return Hold("房屋还没有排查，暂不返回。", False)
    if needs_conclusion(checked.result, checked.risk, required_risks):
        return Hold("待评估，暂不返回：还没有专业技术人员签字的结论。", False)
    return None
