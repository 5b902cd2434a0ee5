"""Where a technician must conclude, and who may go home: decided without a database.

What a village sees is never a permission to go back. Neither a check result nor a conclusion is a grade, and none changes one
(words.md, "Disaster"). 可以居住 and 不可以居住 come from the guide for assessing rural houses after floods; which houses need a
conclusion is a setting; without the one that is required nobody below the county lets a family go home.
"""

from collections.abc import Collection
from dataclasses import dataclass

from geo_housing.inspections.stages import DANGEROUS

# After these somebody who knows must look, whatever the grade.
NEEDS_TECHNICIAN = ("suspected", "collapsed")
# Nobody was inside, or nothing alarming was seen: a house that was dangerous before is judged all the same.
NEEDS_IF_DANGEROUS = ("no_visible_hazard", "locked", "refused")
NOT_HABITABLE, NOT_CONCLUDED = "不可以居住，不能返回", "待评估，暂不返回"


@dataclass(frozen=True)
class Checked:
    """What is known of one house after the disaster.

    ``result`` is a word of CHECK_RESULT, None while nothing is said that counts: what is alarming does at
    once, whatever its form still lacks, what is harmless when it is finished. ``conclusion`` is one of
    EMERGENCY_CONCLUSION, None while nobody has signed. ``is_outdated``: the house was looked at before its ground was warned
    once more or somebody reported it; ``was_signed``: somebody had signed that it may be used, before something worse was
    found, reported, or it was warned once more. ``was_reported``: a person named the house, whatever the warning was (表外新增).
    """

    result: str | None
    conclusion: str | None
    risk: str
    is_outdated: bool = False
    was_signed: bool = False
    was_reported: bool = False


@dataclass(frozen=True)
class Hold:
    """Why a family does not go home, and who may let it all the same, with a reason that is kept.

    ``overcome_by``: ``nobody``, the ``county`` alone, or ``anybody`` who enters. ``said``: the same in a few words.
    """

    sentence: str
    overcome_by: str
    said: str
    # That another event has not looked at the house yet moves nobody who is home.
    waits_elsewhere: bool = False

    @property
    def blocks(self) -> bool:
        """Whether no reason overcomes it."""
        return self.overcome_by == "nobody"

    @property
    def fetches(self) -> bool:
        """Whether a family that is home already must leave the house again."""
        return self.overcome_by != "anybody" and not self.waits_elsewhere


def needs_conclusion(result: str | None, risk: str, required_risks: Collection[str]) -> bool:
    """Whether a technician must conclude on an inspected house."""
    if result in NEEDS_TECHNICIAN:
        return True
    return result in NEEDS_IF_DANGEROUS and risk in required_risks


def hold(checked: Checked, required_risks: Collection[str]) -> Hold | None:
    """What stands in the way of a return; None when the family may go home."""
    if checked.result in ("collapsed", "demolished"):
        # Whatever was signed before it fell.
        return Hold("房屋已倒塌或拆除，不能返回。请落实现居住地。", "nobody", "已倒塌或拆除，不能返回")
    if checked.conclusion == "not_habitable":
        return Hold(
            "专业技术人员的结论是“不可以居住”，不能返回。请落实现居住地，危险排除后重新评估。", "nobody", NOT_HABITABLE
        )
    if checked.conclusion == "restricted":
        return Hold(
            "结论是“限制使用”：只能使用写明的部分，返回前请向农户说明，并写明如何限制。",
            "anybody",
            "限制使用，说明后返回",
        )
    if checked.conclusion == "habitable":
        return None
    if checked.result == "uninhabited":
        # Empty because its family was moved: it says nothing of the house that they want to go back to.
        return Hold(
            "排查结果是“无人居住”，没有说房屋怎样，暂不返回。要回来住的，请重新查看房屋，改填排查结果。",
            "county",
            "待查看，暂不返回",
        )
    if checked.result is None:
        return Hold("房屋还没有排查，暂不返回。请先排查。", "county", "待排查，暂不返回")
    if needs_conclusion(checked.result, checked.risk, required_risks):
        if checked.was_signed:
            why = "待评估，暂不返回：签字以后又登记了更重的情况、又有人报告险情，或当地再次预警。请专业技术人员重新查看、签字。"
            return Hold(why, "county", NOT_CONCLUDED)
        return Hold(
            "待评估，暂不返回：还没有专业技术人员签字的结论。请专业技术人员查看、签字。", "county", NOT_CONCLUDED
        )
    if checked.is_outdated:
        return Hold(
            "排查以后当地再次预警，或又有人报告险情，暂不返回。请重新查看，改填排查时间和结果。",
            "county",
            "待再次查看，暂不返回",
        )
    return None


def hold_of_mistaken(checked: Checked) -> Hold | None:
    """The same after 误发撤销: nothing has happened, and what was not looked at keeps nobody out.

    What was found does all the same, and what a person reported until somebody has looked: no mistake about the weather
    mends a wall. Nobody signs any more in such an event but of what was found.
    """
    is_seen = checked.result in DANGEROUS
    if checked.conclusion is None and not is_seen and not checked.was_reported:
        return None
    held = hold(checked, ())
    if held is None or held.overcome_by != "county":
        return held
    if is_seen:
        why = "排查时看到有损坏或疑似危险，没有专业技术人员的结论，暂不返回。请先请专业技术人员查看。"
        return Hold(why, "county", NOT_CONCLUDED)
    return held if checked.was_reported else None
