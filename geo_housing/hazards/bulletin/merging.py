"""Readings of one warning that stands twice in a paste, as text and title or sent again, put together. Pure."""

from dataclasses import replace

from geo_housing.hazards.bulletin.parts import Bulletin


def key_of(one: Bulletin) -> tuple[object, ...]:
    """What tells one warning from another."""
    parts = (one.action, one.kind, one.level, one.response_level, one.issued_at)
    return (*(part and part.value for part in parts), one.undone is None, *(part.value for part in one.issuers))


def is_same(one: Bulletin, other: Bulletin) -> bool:
    """Nothing that both say differs."""
    if (one.undone is None) != (other.undone is None):
        # 尚未发布 and what was issued since are two things.
        return False
    pairs = [(one.action, other.action), (one.kind, other.kind), (one.level, other.level),
             (one.response_level, other.response_level), (one.issued_at, other.issued_at)]  # fmt: skip
    if any(left is not None and right is not None and left.value != right.value for left, right in pairs):
        return False
    offices = ({part.value for part in one.issuers}, {part.value for part in other.issuers})
    return not all(offices) or bool(offices[0] & offices[1])


def together(one: Bulletin, other: Bulletin) -> Bulletin:
    """The first with what only the second says."""
    known = {area.code for area in one.areas}
    return replace(
        one,
        **{name: getattr(one, name) or getattr(other, name) for name in (
            "action", "kind", "level", "former_level", "response_level", "issuers", "issued_at", "effective_at", "expires_at", "replaced_at", "replaced_clock", "drill", "corrects", "corrected_at", "puts_hour_right",
        )},
        areas=(*one.areas, *(area for area in other.areas if area.code not in known)),
        questions=_merged(one.questions, other.questions),
        unread=_merged(one.unread, other.unread),
    )  # fmt: skip


def _merged(ones: tuple, others: tuple) -> tuple:  # type: ignore[type-arg] # questions or unread words
    known = {(one.text, one.sentence) for one in ones}
    return (*ones, *(other for other in others if (other.text, other.sentence) not in known))
