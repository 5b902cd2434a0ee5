"""In which order people are called: pure. Main duty before stand-by, the given order before the order of roles."""

from datetime import date

from geo_housing.words import CONTACT_ROLE

DUTY_PHONE = "duty_phone"
# At the end of an order that somebody gave; at the end of the roles that the list knows.
_UNRANKED = 1 << 15
_ROLES = {role: n for n, role in enumerate(CONTACT_ROLE)}


def call_key(*, role: str, turn: str, rank: int | None, id: int) -> tuple[bool, str, int, int, int]:
    """The place of one contact among those of its division; a duty telephone is rung when nobody else answers."""
    return (
        role == DUTY_PHONE,
        turn,
        _UNRANKED if rank is None else rank,
        _ROLES.get(role, len(_ROLES)),
        id,
    )


def holds_on(on: date, valid_from: date | None, valid_to: date | None) -> bool:
    """Whether a period that may be open at both ends holds on a day; both of its days count."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or valid_to >= on)
