"""What a grant gives: pure, no session (D7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS
from geo_housing.clock import BEIJING
from geo_housing.errors import BadInput, NotFound
from geo_housing.scope import EVERYWHERE, AreaScope
from geo_housing.words import ROLE

# The area code of a grant over the whole database.
WHOLE_DATABASE = "0"
# Digits of an area's code → what such an area is called.
LEVELS = {0: "全库", COUNTY_DIGITS: "县", TOWNSHIP_DIGITS: "乡镇", VILLAGE_DIGITS: "村"}
# Whose role is an office of one level works at that level: a village's clerk granted a county would see all its families,
# a county's in one township would let families home in the county's name. The others are as wide as who engages them says.
LEVELS_OF_ROLE = {
    "village": ((VILLAGE_DIGITS,), "村"),
    "township": ((TOWNSHIP_DIGITS,), "乡镇"),
    "county": ((0, COUNTY_DIGITS), "全库或县"),
    "admin": ((0, COUNTY_DIGITS, TOWNSHIP_DIGITS), "全库、县或乡镇"),
    "emergency": ((0, COUNTY_DIGITS, TOWNSHIP_DIGITS), "全库、县或乡镇"),
    "duty": ((COUNTY_DIGITS, TOWNSHIP_DIGITS), "县或乡镇"),
}

SHIFT_OVER = "您的班次已结束，值班权限已收回。还需要继续值班的，请县局或系统管理员延长班次，再重新登录。"
# Nobody stays awake longer; a county that plans otherwise gives two shifts.
LONGEST_SHIFT = timedelta(hours=48)


@dataclass(frozen=True)
class Shift:
    """A shift of a duty officer (值班), from moment to moment.

    It holds beyond ``planned_end`` as long as nobody has taken over, so that no night is without an officer because a
    successor is late; ``cap`` is the end of that. Before ``begins`` and after ``ends`` there is nothing.
    """

    begins: datetime
    planned_end: datetime
    cap: datetime
    ended_at: datetime | None = None

    @property
    def ends(self) -> datetime:
        """When it ended, or will end at the latest."""
        return self.cap if self.ended_at is None else min(self.ended_at, self.cap)

    @property
    def longest(self) -> datetime:
        """When it will have ended, whatever is extended until then."""
        return self.begins + LONGEST_SHIFT + (self.cap - self.planned_end)

    def holds_at(self, at: datetime) -> bool:
        """Whether it is this officer's turn."""
        return self.begins <= at < self.ends

    def is_coming(self, at: datetime) -> bool:
        """Whether it has not begun."""
        return at < self.begins and self.ended_at is None


def planned_shift(begins: datetime, planned_end: datetime, *, grace: timedelta) -> Shift:
    """A shift as it is given; BadInput when its times cannot be meant."""
    if planned_end <= begins:
        raise BadInput("班次的结束时间应晚于开始时间，请改正。")
    if planned_end - begins > LONGEST_SHIFT:
        hours = int(LONGEST_SHIFT.total_seconds() // 3600)
        raise BadInput(f"一个班次最长 {hours} 小时，请分成几个班次。")
    return Shift(begins, planned_end, planned_end + grace)


@dataclass(frozen=True)
class HeldGrant:
    """A grant as its holder has it; ``valid_to`` is the last day it holds.

    ``shift`` of a duty officer, ``organisation`` of a third party, ``department_id`` of a department.
    """

    id: int
    role: str
    area_code: str
    valid_from: date
    valid_to: date | None
    shift: Shift | None = None
    organisation: str | None = None
    department_id: int | None = None

    def holds_at(self, at: datetime) -> bool:
        """Whether the grant gives anything at a moment: the one place where that is decided."""
        if self.shift is not None:
            return self.shift.holds_at(at)
        return self.valid_from <= at.date() and (self.valid_to is None or at.date() <= self.valid_to)

    def is_coming(self, at: datetime) -> bool:
        """Whether it will hold later."""
        return self.shift.is_coming(at) if self.shift is not None else self.valid_from > at.date()

    def is_over(self, at: datetime) -> bool:
        """Whether it neither holds nor ever will."""
        return not self.holds_at(at) and not self.is_coming(at)

    @property
    def scope(self) -> AreaScope:
        """The areas it covers."""
        return scope_of(self.area_code)


@dataclass(frozen=True)
class Person:
    """Somebody who signed in or sent a token, with the one grant that they act under.

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
    if len(AreaScope(code).prefix) not in (COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS):
        raise BadInput(f"授权区域“{code}”不对：县 6 位，乡镇 9 位，村 12 位；全库写 0。")
    return code


def fits_level(role: str, area_code: str) -> bool:
    """Whether ``role`` is one of the level of this area."""
    return role not in LEVELS_OF_ROLE or len(scope_of(area_code).prefix) in LEVELS_OF_ROLE[role][0]


def check_level(role: str, area_code: str) -> None:
    """BadInput, naming the levels that ``role`` is granted at, unless the area is of one of them."""
    if not fits_level(role, area_code):
        wanted = LEVELS_OF_ROLE[role][1]
        level = LEVELS[len(scope_of(area_code).prefix)]
        raise BadInput(
            f"“{ROLE.label(role)}”只能授权到{wanted}，而 {area_code} 是{level}。请改选区域（每个区域授权一次），或换一个角色。"
        )


@dataclass(frozen=True)
class Meant:
    """Which of somebody's grants is spoken of: by its number, its role, its area, or several of these."""

    grant_id: int | None = None
    role: str | None = None
    area_code: str | None = None

    @property
    def is_stated(self) -> bool:
        """Whether anything was said."""
        return any(value is not None for value in (self.grant_id, self.role, self.area_code))

    def among(self, grants: Sequence[HeldGrant]) -> HeldGrant:
        """The one that is meant; NotFound where none is, BadInput where several may be: both name what there is."""
        role = None if self.role is None else ROLE.code(self.role)
        code = None if self.area_code is None else grant_area_code(self.area_code)
        found = [
            grant
            for grant in grants
            if self.grant_id in (None, grant.id) and role in (None, grant.role) and code in (None, grant.area_code)
        ]
        if len(found) == 1:
            return found[0]
        if not grants:
            raise NotFound("这个用户没有可选的授权，请用 users list 核对。")
        named = ", ".join(_named(grant) for grant in found or grants)
        if not found:
            raise NotFound(f"这个用户没有这样的授权。可选的有：{named}。请用 --role 和 --area，或 --grant 编号 写明。")
        raise BadInput(f"这个用户有几项授权：{named}。请用 --role 和 --area，或 --grant 编号 写明是哪一项。")


def _named(grant: HeldGrant) -> str:
    """As the command line writes it: ``12 (planner:152224 2026-11-29/)``."""
    first, last = (
        (said(grant.shift.begins), said(grant.shift.planned_end))
        if grant.shift
        else (grant.valid_from.isoformat(), grant.valid_to.isoformat() if grant.valid_to else "")
    )
    return f"{grant.id} ({grant.role}:{grant.area_code} {first}/{last})"


def first_to_act_under(grants: list[HeldGrant], at: datetime) -> HeldGrant | None:
    """The grant that a new session begins with: the widest that holds, the oldest of these."""
    held = [grant for grant in grants if grant.holds_at(at)]
    return min(held, key=lambda grant: (len(grant.scope.prefix), grant.id), default=None)


def no_grant(grants: list[HeldGrant], at: datetime) -> str:
    """Why somebody without a grant that holds cannot work now; told only to whoever knows the password."""
    coming = min((g.shift.begins for g in grants if g.shift is not None and g.shift.is_coming(at)), default=None)
    if coming is not None:
        return f"您的班次 {said(coming)} 开始，到时再登录；需要提前的，请县局或系统管理员调整班次。"
    if any(g.shift is not None for g in grants):
        return SHIFT_OVER
    return "您的账号目前没有有效的授权，请联系系统管理员。"


def said(moment: datetime) -> str:
    """A moment in a sentence: 11-26 18:00."""
    return f"{moment.astimezone(BEIJING):%m-%d %H:%M}"


def session_is_over(
    *, at: datetime, last_seen_at: datetime, expires_at: datetime, idle_minutes: int, disabled: bool, grant: HeldGrant
) -> bool:
    """Whether a stored session no longer counts: expired, idle too long, user disabled, grant ended."""
    return (
        disabled or at >= expires_at or at - last_seen_at >= timedelta(minutes=idle_minutes) or not grant.holds_at(at)
    )
