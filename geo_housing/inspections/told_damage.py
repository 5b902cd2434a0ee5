"""Damage that is told in words beside 未见明显隐患: what a village writes under 现场情况 is read by nobody before the family goes home.

Read clause by clause and only for what is plain: a clause that says no, that it is old or mended, or that it is of a road or of
somebody else's house tells of no damage to this one. Pure.
"""

import re

_CLAUSE = re.compile(r"[，,。；;、！!？?\s]+")
_DAMAGE = re.compile(r"裂|漏(?!电)|塌|垮|倾斜|歪|下沉|沉降|外鼓|鼓出|鼓包|断了|断裂|进水|泡水|变形|滑坡|脱落")
_NONE_OF_IT = re.compile(
    r"[无未没不旧老原]|以前|往年|去年|早就|修好|修补|修过|已修|补好|维修|加固|邻|隔壁|别人|路|桥|沟|堤|河|田|地里|暖棚|大棚"
)


def damage_told(words: str | None) -> str | None:
    """The first clause that plainly tells of damage; None where none does."""
    for clause in _CLAUSE.split(words or ""):
        if _DAMAGE.search(clause) and not _NONE_OF_IT.search(clause):
            return clause
    return None
