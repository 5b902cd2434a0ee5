"""What a grant gives: pure, no session (D7)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from geo_housing.errors import BadInput
from geo_housing.scope import EVERYWHERE, AreaScope

# The area code of a grant over the whole database.
WHOLE_DATABASE = "0"


@dataclass(frozen=True)
class HeldGrant:
    """A grant as its holder has it; ``valid_to`` is the last day it holds."""

    id: int
    role: str
    area_code: str
    valid_from: date
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the grant holds on an official day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def scope(self) -> AreaScope:
        """The areas it covers."""
        return scope_of(self.area_code)


@dataclass(frozen=True)
class Person:
    """Somebody who signed in or sent a token, with the one grant that he acts under.

    ``session_hash`` and ``csrf_token`` are None for API tokens: no browser sends those by itself.
    """

    user_id: int
    name: str
    display_name: str
    language: str | None
    grant: HeldGrant
    session_hash: bytes | None = None
    csrf_token: str | None = None


def scope_of(area_code: str) -> AreaScope:
    """The scope of a grant's area code; ``0`` is the whole database."""
    return EVERYWHERE if area_code == WHOLE_DATABASE else AreaScope(area_code)


def grant_area_code(text: str) -> str:
    """The area code of a new grant: a division of county, township or village, or ``0``; else BadInput."""
    code = text.strip()
    if code in (WHOLE_DATABASE, ""):
        return WHOLE_DATABASE
    if len(AreaScope(code).prefix) not in (6, 9, 12):
        raise BadInput(f"授权区域“{code}”不对：县 6 位，乡镇 9 位，村 12 位；全库写 0。")
    return code


def first_to_act_under(grants: list[HeldGrant], on: date) -> HeldGrant | None:
    """The grant that a new session begins with: the widest that holds, the oldest of these."""
    held = [grant for grant in grants if grant.holds_on(on)]
    return min(held, key=lambda grant: (len(grant.scope.prefix), grant.id), default=None)


def session_is_over(
    *, at: datetime, last_seen_at: datetime, expires_at: datetime, idle_minutes: int, disabled: bool, grant: HeldGrant
) -> bool:
    """Whether a stored session no longer counts: expired, idle too long, user disabled, grant ended."""
    return (
        disabled
        or at >= expires_at
        or at - last_seen_at >= timedelta(minutes=idle_minutes)
        or not grant.holds_on(at.date())
    )
