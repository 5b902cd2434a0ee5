"""用户: accounts and their grants, for whoever administers them within their own area."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, StringConstraints
from starlette.responses import Response

from geo_housing.accounts import credentials, service
from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.departments import departments_of
from geo_housing.accounts.grants import HeldGrant
from geo_housing.accounts.models import User
from geo_housing.accounts.queries import ListedUser, count_open_sessions, users_within
from geo_housing.accounts.rendering import redirect, render, status_of
from geo_housing.accounts.terms import Terms
from geo_housing.administration.area_choices import area_choices, names_of_areas
from geo_housing.clock import day_typed, moment_typed, now, today
from geo_housing.errors import BadInput, Conflict, GeoHousingError, NotAllowed, NotFound
from geo_housing.roster.queries import all_technicians
from geo_housing.words import ROLE

router = APIRouter(prefix="/users", include_in_schema=False)

Manager = Annotated[Access, requires("accounts.manage")]
Field = Annotated[str, StringConstraints(max_length=100)]
# What a form answers in place, with what was typed kept.
REFUSED = (BadInput, Conflict, NotAllowed, NotFound)


@dataclass(frozen=True)
class GrantLine:
    """A grant as the page shows it."""

    grant: HeldGrant
    role: str
    area: str
    holds: bool
    is_coming: bool
    # The department's name.
    department: str | None = None


@dataclass(frozen=True)
class UserLine:
    """A user as the list shows it; ``state`` is a code: active, waiting (no password yet), locked, disabled, idle (no grant)."""

    user: ListedUser
    grants: tuple[GrantLine, ...]
    state: str


STATES = {
    "active": "正常",
    "waiting": "未设密码",
    "locked": "已锁定",
    "disabled": "已停用",
    "idle": "无有效授权",
}


@router.get("")
def users_page(request: Request, access: Manager, q: str = "", state: str = "", new: str | None = None) -> Response:
    """All users with a grant in one's area; with ``?new=1`` the form for another (any path may be somebody's name)."""
    if new is not None:
        return _new_user(request, access, {})
    everybody = _lines(access)
    typed = q.strip().lower()[:100]
    shown = [
        line
        for line in everybody
        if (not typed or typed in line.user.name or typed in line.user.display_name.lower())
        and (state not in STATES or line.state == state)
    ]
    counts = {code: sum(line.state == code for line in everybody) for code in STATES}
    return render(
        request,
        access,
        "administration/users.html",
        users=shown,
        total=len(everybody),
        states=STATES,
        counts=counts,
        q=q.strip()[:100],
        state=state,
    )


class GrantForm(BaseModel):
    """What the form of a grant sends; times in Beijing time, as the browser writes them."""

    role: Field = ""
    area: Field = ""
    valid_from: Field = ""
    valid_to: Field = ""
    shift_from: Field = ""
    shift_to: Field = ""
    organisation: Field = ""
    department: Field = ""


class UserForm(GrantForm):
    """The same with the account itself."""

    name: Field = ""
    display_name: Field = ""


@router.post("")
def post_user(request: Request, access: Manager, sent: Annotated[UserForm, Form()]) -> Response:
    """A new account with one grant; its one-time link is shown on this answer and never again."""
    typed = sent.model_dump()
    try:
        with access.session.begin_nested():
            user = service.add_user(access.session, access.actor, name=sent.name, display_name=sent.display_name)
            _grant(access, user, sent)
            token = credentials.issue_first_link(access.session, access.actor, user=user)
    except REFUSED as refused:
        return _new_user(request, access, typed, error=refused)
    return _user(request, access, user, link=_link(request, token), status_code=201)


@router.get("/{name}")
def user_page(request: Request, access: Manager, name: str) -> Response:
    """One account: state, grants, what can be done with it."""
    return _user(request, access, service.user_to_manage(access.session, access.actor, name))


@router.post("/{name}/grants")
def post_grant(request: Request, access: Manager, name: str, sent: Annotated[GrantForm, Form()]) -> Response:
    """One more grant."""
    user = service.user_to_manage(access.session, access.actor, name)
    try:
        with access.session.begin_nested():
            _grant(access, user, sent)
    except REFUSED as refused:
        return _user(request, access, user, error=refused, typed=sent.model_dump())
    return redirect(f"/users/{user.name}", request=request, toast="授权已增加。")


@router.post("/{name}/grants/{grant_id}/end")
def post_end_grant(request: Request, access: Manager, name: str, grant_id: int) -> Response:
    """End a grant at once."""
    user = service.user_to_manage(access.session, access.actor, name)
    try:
        with access.session.begin_nested():
            service.end_grant(access.session, access.actor, user=user, grant_id=grant_id)
    except REFUSED as refused:
        return _user(request, access, user, error=refused)
    return redirect(f"/users/{user.name}", request=request, toast="授权已终止，即时生效。")


@router.post("/{name}/{act}")
def post_act(request: Request, access: Manager, name: str, act: str) -> Response:
    """Disable, enable, unlock, sign out everywhere, or a new one-time link."""
    user = service.user_to_manage(access.session, access.actor, name)
    try:
        with access.session.begin_nested():
            done = _act(request, access, user, act)
    except REFUSED as refused:
        return _user(request, access, user, error=refused)
    if act == "link":
        # Not by redirect: the link would have to wait in a cookie or an address.
        return _user(request, access, user, link=done)
    return redirect(f"/users/{user.name}", request=request, toast=done)


def _act(request: Request, access: Access, user: User, act: str) -> str:
    """What was done, as a sentence; for ``link`` the link."""
    session, actor = access.session, access.actor
    match act:
        case "disable":
            service.disable_user(session, actor, user=user)
            return "用户已停用：登录、令牌和链接即时失效，记录保留。"
        case "enable":
            service.enable_user(session, actor, user=user)
            return "用户已恢复启用。"
        case "unlock":
            service.unlock_user(session, actor, user=user)
            return "登录锁定已解除。"
        case "sign-out":
            return f"已退出该用户的全部登录（{service.sign_out_user(session, actor, user=user)} 个）。"
        case "link":
            return _link(request, credentials.issue_first_link(session, actor, user=user))
    raise NotFound("没有这项操作。")


def _grant(access: Access, user: User, sent: GrantForm) -> None:
    if not sent.role:
        raise BadInput("请选择角色。")
    if not sent.area.strip():
        raise BadInput("请选择授权区域。")
    # A browser sends all fields; those of other roles are hidden, whatever was typed before.
    service.grant_role(
        access.session,
        access.actor,
        user=user,
        role=sent.role,
        area_code=sent.area,
        valid_from=day_typed(sent.valid_from, "开始日期", field="valid_from"),
        valid_to=day_typed(sent.valid_to, "截止日期", field="valid_to"),
        terms=Terms(
            moment_typed(sent.shift_from, "班次开始", field="shift_from") if sent.role == "duty" else None,
            moment_typed(sent.shift_to, "班次结束", field="shift_to") if sent.role == "duty" else None,
            sent.organisation if sent.role == "third_party" else None,
            sent.department if sent.role == "department" else None,
        ),
    )


def _offered(access: Access) -> dict[str, object]:
    """What a grant may open: units of the roster's technicians, departments."""
    units = {row.unit for row in all_technicians(access.session, access.actor.scope) if row.unit}
    return {"units": sorted(units), "departments": [row.name for row in departments_of(access.session)]}


def _link(request: Request, token: str) -> str:
    return f"{request.url.scheme}://{request.url.netloc}/first/{token}"


def _lines(access: Access) -> list[UserLine]:
    areas = names_of_areas(access.session)
    names = {row.id: row.name for row in departments_of(access.session, with_ended=True)}
    return [_user_line(user, areas, names) for user in users_within(access.session, access.actor.scope)]


def _user_line(user: ListedUser, areas: dict[str, str], departments: dict[int, str]) -> UserLine:
    grants = tuple(_grant_line(grant, areas, departments) for grant in user.grants)
    if user.disabled_at is not None:
        state = "disabled"
    elif user.locked_until is not None and user.locked_until > now():
        state = "locked"
    elif not any(line.holds or line.is_coming for line in grants):
        state = "idle"
    else:
        state = "active" if user.has_password else "waiting"
    return UserLine(user, grants, state)


def _grant_line(grant: HeldGrant, areas: dict[str, str], departments: dict[int, str]) -> GrantLine:
    area = areas.get(grant.area_code, grant.area_code)
    department = departments.get(grant.department_id) if grant.department_id is not None else None
    return GrantLine(grant, ROLE.label(grant.role), area, grant.holds_at(now()), grant.is_coming(now()), department)


def _new_user(
    request: Request, access: Access, typed: dict[str, str], *, error: GeoHousingError | None = None
) -> Response:
    return render(
        request,
        access,
        "administration/user_new.html",
        status_code=status_of(error),
        error=error.sentence if error else None,
        typed=typed,
        roles=ROLE.labels,
        choices=area_choices(access.session, access.actor.scope),
        offered=_offered(access),
        today=today(),
    )


def _user(
    request: Request,
    access: Access,
    user: User,
    *,
    link: str | None = None,
    error: GeoHousingError | None = None,
    typed: dict[str, str] | None = None,
    status_code: int = 200,
) -> Response:
    line = next((line for line in _lines(access) if line.user.id == user.id), None)
    if line is None:
        raise NotFound(f"没有用户“{user.name}”。用户列表：设置 → 用户（或 geo-housing users list）。")
    return render(
        request,
        access,
        "administration/user.html",
        status_code=status_of(error) if error else status_code,
        line=line,
        states=STATES,
        link=link,
        error=error.sentence if error else None,
        typed=typed or {},
        roles=ROLE.labels,
        choices=area_choices(access.session, access.actor.scope),
        offered=_offered(access),
        sessions=count_open_sessions(access.session, user.id, at=now()),
        is_self=user.id == access.person.user_id,
        today=today(),
    )
