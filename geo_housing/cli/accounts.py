"""``geo-housing users`` and ``geo-housing tokens``: accounts, grants, API tokens."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from geo_housing.cli.address import first_link_address, served_address, was_served
from geo_housing.cli.say import line, result, t

if TYPE_CHECKING:
    from datetime import datetime

    from geo_housing.accounts.grants import HeldGrant

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help=t("用户：新增、授权、列表、停用。", "Users: add, grant, list, disable."),
)
tokens_app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=t("API 令牌。", "API tokens.")
)

Name = Annotated[str, typer.Argument(metavar="NAME", help=t("用户名", "Sign-in name"))]
Role = Annotated[
    str,
    typer.Option(
        help="village | township | county | emergency | planner | leader | technician | admin"
        " | duty | department | third_party"
    ),
]
ShiftFrom = Annotated[
    str | None, typer.Option(help=t("值班员：班次开始，如 2026-11-26 18:00", "duty: when the shift begins"))
]
ShiftTo = Annotated[
    str | None, typer.Option(help=t("值班员：班次结束，如 2026-11-27 08:00", "duty: when the shift ends"))
]
Organisation = Annotated[
    str | None,
    typer.Option(help=t("第三方机构：名称，与通讯录技术人员的单位一致", "third_party: name, as the technicians' unit")),
]
DepartmentName = Annotated[
    str | None, typer.Option(help=t("部门：已登记的部门名称", "department: name of a registered department"))
]
Area = Annotated[str, typer.Option(help=t("县 6 位、乡镇 9 位、村 12 位代码；全库写 0", "Area code; 0 for everything"))]
# Which of the grants that somebody has.
GivenRole = Annotated[str | None, typer.Option("--role", help=t("授权的角色", "Role of the grant"))]
GivenArea = Annotated[str | None, typer.Option("--area", help=t("授权的区域", "Area of the grant"))]
GivenNumber = Annotated[
    int | None,
    typer.Option("--grant", help=t("授权的编号（见 users list --json）", "Number of the grant (users list --json)")),
]
Json = Annotated[bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))]


@app.command(
    epilog=t(
        "例：geo-housing users add wang --role township --area 152224100",
        "Example: geo-housing users add wang --role township --area 152224100",
    )
)
def add(
    name: Name,
    role: Role,
    area: Area,
    display_name: Annotated[str | None, typer.Option(help=t("姓名", "Name on pages"))] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help=t("从标准输入读密码", "Read the password from standard input"))
    ] = False,
    shift_from: ShiftFrom = None,
    shift_to: ShiftTo = None,
    organisation: Organisation = None,
    department: DepartmentName = None,
    as_json: Json = False,
) -> None:
    """Add a user with one grant; without a password, a one-time link to set it is printed."""
    from geo_housing.accounts import credentials, service
    from geo_housing.accounts.terms import Terms
    from geo_housing.cli.run import work
    from geo_housing.clock import moment_typed
    from geo_housing.demo.technicians import link_technicians

    password = _read_password() if password_stdin else None
    terms = Terms(
        moment_typed(shift_from, "--shift-from"), moment_typed(shift_to, "--shift-to"), organisation, department
    )
    with work() as w:
        user = service.add_user(w.session, w.actor, name=name, display_name=display_name)
        grant = service.grant_role(w.session, w.actor, user=user, role=role, area_code=area, terms=terms)
        link = None
        if password is None:
            link = first_link_address(
                served_address(w.settings), credentials.issue_first_link(w.session, w.actor, user=user)
            )
        else:
            credentials.set_password(w.session, user=user, password=password)
        # On a demo whoever is added as a technician tries their page at once.
        linked = link_technicians(w.session, w.actor)
        settled = {"user": user.name, "role": grant.role, "area": grant.area_code}
        is_known = was_served(w.settings)
    if settled["user"] in linked:
        line("演示数据：已对应到通讯录里的一名专业技术人员。", "Demo: linked to one of the technicians of the roster.")
    if link:
        line("请把下面的一次性链接交给本人，由他设置密码：", "Give the person this one-time link to set a password:")
    result(
        {**settled, "first_link": link},
        as_json=as_json,
        rows=[
            (t("用户", "user"), settled["user"]),
            (t("角色", "role"), settled["role"]),
            (t("区域", "area"), settled["area"]),
            *([(t("首次登录链接", "first link"), link)] if link else []),
        ],
    )
    if link and not is_known:
        _say_where()


@app.command(
    epilog=t(
        "例：geo-housing users grant wang --role planner --area 152224 --until 2027-12-31",
        "Example: geo-housing users grant wang --role planner --area 152224 --until 2027-12-31",
    )
)
def grant(
    name: Name,
    role: Role,
    area: Area,
    since: Annotated[str | None, typer.Option("--from", help=t("起始日期（默认今天）", "First day (today)"))] = None,
    until: Annotated[str | None, typer.Option("--until", help=t("最后一天（默认长期）", "Last day (open)"))] = None,
    shift_from: ShiftFrom = None,
    shift_to: ShiftTo = None,
    organisation: Organisation = None,
    department: DepartmentName = None,
    as_json: Json = False,
) -> None:
    """Give a user a further role in an area, from a day to a day; duty officers have a shift instead."""
    from geo_housing.accounts import service
    from geo_housing.accounts.terms import Terms
    from geo_housing.cli.run import work
    from geo_housing.clock import day_typed, moment_typed

    terms = Terms(
        moment_typed(shift_from, "--shift-from"), moment_typed(shift_to, "--shift-to"), organisation, department
    )
    with work() as w:
        user = service.user_to_manage(w.session, w.actor, name)
        given = service.grant_role(
            w.session,
            w.actor,
            user=user,
            role=role,
            area_code=area,
            valid_from=day_typed(since, "--from"),
            valid_to=day_typed(until, "--until"),
            terms=terms,
        )
        shift = given.shift
        settled = {
            "user": user.name,
            "role": given.role,
            "area": given.area_code,
            "valid_from": given.valid_from,
            "valid_to": given.valid_to,
            **({"shift_from": shift.begins.isoformat(), "shift_to": shift.planned_end.isoformat()} if shift else {}),
        }
    result(
        settled,
        as_json=as_json,
        rows=[
            (t("用户", "user"), settled["user"]),
            (t("角色", "role"), settled["role"]),
            (t("区域", "area"), settled["area"]),
            (t("自", "from"), settled["valid_from"]),
            (t("至", "until"), settled["valid_to"] or t("长期", "open")),
        ],
    )


@app.command("list", epilog=t("例：geo-housing users list --json", "Example: geo-housing users list --json"))
def list_users(as_json: Json = False) -> None:
    """List users with their present and coming grants."""
    from geo_housing.accounts.queries import users_within
    from geo_housing.cli.run import work
    from geo_housing.clock import now

    with work() as w:
        users = users_within(w.session, w.actor.scope)
    at = now()
    items = [
        {
            "user": user.name,
            "name": user.display_name,
            "disabled": user.disabled_at is not None,
            "has_password": user.has_password,
            "grants": [_told(g) for g in user.grants if g.holds_at(at)],
            "coming": [_told(g) for g in user.grants if g.is_coming(at)],
        }
        for user in users
    ]
    result(
        {"items": items},
        as_json=as_json,
        rows=[
            (
                user.name + (t("（已停用）", " (disabled)") if user.disabled_at else ""),
                "  ".join(_in_list(g, at) for g in user.grants if not g.is_over(at)) or "—",
            )
            for user in users
        ],
    )


@app.command(
    epilog=t(
        "例：geo-housing users revoke wang --role planner --area 152224",
        "Example: geo-housing users revoke wang --role planner --area 152224",
    )
)
def revoke(
    name: Name, role: GivenRole = None, area: GivenArea = None, number: GivenNumber = None, as_json: Json = False
) -> None:
    """End one grant of a user at once, with the sessions and tokens under it; the account stays."""
    from geo_housing.accounts import service
    from geo_housing.accounts.grants import Meant
    from geo_housing.accounts.queries import grants_of
    from geo_housing.cli.run import work
    from geo_housing.clock import now
    from geo_housing.errors import BadInput

    meant = Meant(number, role, area)
    if not meant.is_stated:
        raise BadInput("请写明终止哪一项授权：--role 和 --area，或 --grant 编号（见 users list --json）。")
    with work() as w:
        user = service.user_to_manage(w.session, w.actor, name)
        grant = meant.among([grant for grant in grants_of(w.session, user.id) if not grant.is_over(now())])
        service.end_grant(w.session, w.actor, user=user, grant_id=grant.id)
        settled = {"user": user.name, "role": grant.role, "area": grant.area_code, "grant": grant.id, "ended": True}
    result(
        settled,
        as_json=as_json,
        rows=[(t("已终止", "ended"), f"{settled['user']}  {grant.role}:{grant.area_code}")],
    )


@app.command(epilog=t("例：geo-housing users disable wang", "Example: geo-housing users disable wang"))
def disable(name: Name, as_json: Json = False) -> None:
    """Stop an account at once: sessions, tokens and links; nothing is deleted."""
    from geo_housing.accounts import service
    from geo_housing.cli.run import work

    with work() as w:
        user = service.user_to_manage(w.session, w.actor, name)
        service.disable_user(w.session, w.actor, user=user)
        settled = {"user": user.name, "disabled": True}
    result(settled, as_json=as_json, rows=[(t("已停用", "disabled"), settled["user"])])


@app.command(epilog=t("例：geo-housing users enable wang", "Example: geo-housing users enable wang"))
def enable(name: Name, as_json: Json = False) -> None:
    """Let a stopped or locked account sign in again."""
    from geo_housing.accounts import service
    from geo_housing.cli.run import work

    with work() as w:
        user = service.user_to_manage(w.session, w.actor, name)
        service.enable_user(w.session, w.actor, user=user)
        service.unlock_user(w.session, w.actor, user=user)
        settled = {"user": user.name, "disabled": False}
    result(settled, as_json=as_json, rows=[(t("已启用", "enabled"), settled["user"])])


@app.command(epilog=t("例：geo-housing users link wang", "Example: geo-housing users link wang"))
def link(name: Name, as_json: Json = False) -> None:
    """Print a new one-time link with which a user sets a (new) password."""
    from geo_housing.accounts import credentials, service
    from geo_housing.cli.run import work

    with work() as w:
        user = service.user_to_manage(w.session, w.actor, name)
        address = first_link_address(
            served_address(w.settings), credentials.issue_first_link(w.session, w.actor, user=user)
        )
        settled = {"user": user.name, "first_link": address}
        is_known = was_served(w.settings)
    result(settled, as_json=as_json, rows=[(t("一次性链接", "one-time link"), address)])
    if not is_known:
        _say_where()


@tokens_app.callback()
def tokens() -> None:
    """Keep ``add`` a sub-command."""


@tokens_app.command(
    "add", epilog=t("例：geo-housing tokens add wang --note QGIS", "Example: geo-housing tokens add wang --note QGIS")
)
def add_token(
    name: Name,
    note: Annotated[str | None, typer.Option(help=t("用途", "What it is for"))] = None,
    role: GivenRole = None,
    area: GivenArea = None,
    number: GivenNumber = None,
    as_json: Json = False,
) -> None:
    """Print a new API token of a user, once; it acts under the grant that is named, else under their widest present one."""
    from geo_housing.accounts import credentials, service
    from geo_housing.accounts.grants import Meant
    from geo_housing.accounts.queries import grants_of
    from geo_housing.cli.run import work
    from geo_housing.clock import now

    meant = Meant(number, role, area)
    with work() as w:
        user = service.user_to_manage(w.session, w.actor, name)
        present = [grant for grant in grants_of(w.session, user.id) if grant.holds_at(now())]
        chosen = meant.among(present).id if meant.is_stated and present else None
        issued = credentials.add_token(w.session, w.actor, user=user, note=note, grant_id=chosen)
        settled = {
            "user": user.name,
            "token": issued.token,
            "role": issued.grant.role,
            "area": issued.grant.area_code,
            "grant": issued.grant.id,
        }
    line("令牌只显示这一次，请妥善保存。", "The token is shown this once; keep it safe.")
    result(
        settled,
        as_json=as_json,
        rows=[
            (t("用户", "user"), settled["user"]),
            (t("角色", "role"), settled["role"]),
            (t("区域", "area"), settled["area"]),
            (t("令牌", "token"), settled["token"]),
        ],
    )


def _told(grant: "HeldGrant") -> dict[str, object]:
    """A grant in the list, for programs."""
    shift = grant.shift
    times = {"shift_from": shift.begins.isoformat(), "shift_to": shift.planned_end.isoformat()} if shift else {}
    return {
        "grant": grant.id,
        "role": grant.role,
        "area": grant.area_code,
        "valid_from": grant.valid_from,
        "valid_to": grant.valid_to,
        **times,
    }


def _in_list(grant: "HeldGrant", at: "datetime") -> str:
    """A grant in the list, for people: with its beginning where that is still to come."""
    from geo_housing.accounts.grants import said

    named = f"{grant.role}:{grant.area_code}"
    if not grant.is_coming(at):
        return named
    begins = said(grant.shift.begins) if grant.shift else grant.valid_from.isoformat()
    return named + t(f"（{begins} 起）", f" (from {begins})")


def _read_password() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _say_where() -> None:
    """The link's address is what the settings say: ``up`` may be told another one."""
    line(
        "服务还没有启动过，链接里的地址是按设置写的；启动时用别的地址或端口的，请换成启动时显示的那个。",
        "The service was never started here: the link's address is what the settings say; if you start it on another"
        " one, put that one in its place.",
    )
