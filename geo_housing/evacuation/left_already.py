"""What the words of 表外新增 say of people who have left: 东墙倒塌，3人已到村委会. Decided without a database.

Words are not taken for a state: 2人已到村委会，1人还在家 says both. Where they say that somebody has left, it is asked how the family stands.
"""

import re
from dataclasses import dataclass

from geo_housing.evacuation.spoken_numbers import in_digits

_MOVES = "(?:转移|撤离|转|撤|搬|接|送|去|到|走|离开)"
_LEFT = re.compile(
    rf"(?<![未没不])(?:(?:已经?|都|全|刚刚?)(?:自行|安全|全部|都|被|由人|连夜)*{_MOVES}|(?:转移|撤离|搬|接|送|转|撤)(?:到|至|去|走)|住(?:到|进|在)(?!家))"
)
_PEOPLE = re.compile(r"(?<![\d.])(\d+)\s*(?:个人|口人|名(?:群众|村民|老人)?|人|口)")
_KIN = re.compile("亲戚|亲友|投亲|朋友|邻居|[儿女]子?[家婿]|儿子|女儿|[兄弟姐妹叔伯舅姑姨]+家|娘家")


@dataclass(frozen=True)
class Left:
    """``state`` and ``people`` are what the form proposes.

    Both are None where several numbers stand there: some have left, others have not. ``people`` alone where there is none.
    """

    state: str | None
    people: int | None


def left_already(what: str) -> Left | None:
    """What the words say of people who have left; None where they say of nobody that they have."""
    if not _LEFT.search(what):
        return None
    numbers = {int(found) for found in _PEOPLE.findall(in_digits(what))}
    if len(numbers) > 1:
        return Left(None, None)
    return Left("moved_to_kin" if _KIN.search(what) else "moved_to_shelter", numbers.pop() if numbers else None)
