"""Pages of signing in and of one's own account."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from geo_housing.accounts import credentials, service, sign_in
from geo_housing.accounts.access import (
    Access,
    SignedIn,
    check_origin,
    database,
    identify,
    names_loopback,
)
from geo_housing.accounts.cookies import (
    drop_session_cookie,
    origin_of,
    put_session_cookie,
)
from geo_housing.accounts.grants import WHOLE_DATABASE, HeldGrant
from geo_housing.accounts.models import User
from geo_housing.accounts.queries import (
    grants_of,
    sessions_of,
    tokens_of,
    user_of_first_link,
)
from geo_housing.accounts.rendering import (
    LANGUAGE_COOKIE,
    redirect,
    render,
    render_outside,
)
from geo_housing.accounts.tokens import token_hash
from geo_housing.areas.queries import name_of_area
from geo_housing.clock import now
from geo_housing.db import Actor
from geo_housing.errors import BadInput, NotFound, NotSignedIn
from geo_housing.words import ROLE

router = APIRouter(include_in_schema=False)

YEAR_SECONDS = 365 * 86400


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "/", lost: str = "") -> Response:
    """The form; somebody who is signed in goes on. ``lost``: what they have just sent was not recorded."""
    try:
        known = identify(request)
    except NotSignedIn:
        known = None
    if known is not None:
        return redirect(own_path(next), request=request)
    return _sign_in_form(request, next=next, username="", error=None, is_lost=bool(lost))


@router.post("/sign-in")
def post_sign_in(
    request: Request,
    username: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
    lost: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """Sign in and go on to where one wanted; a refusal keeps the name that was typed."""
    check_origin(request)
    try:
        opened = sign_in.sign_in(
            database(request), name=username, password=password, origin=origin_of(request, source="page")
        )
    except NotSignedIn as error:
        return _sign_in_form(
            request, next=next, username=username, error=error.sentence, is_lost=bool(lost), status_code=401
        )
    response = redirect(own_path(next), request=request)
    put_session_cookie(request, response, opened)
    return response


@router.post("/sign-out")
def post_sign_out(request: Request, access: SignedIn) -> Response:
    """End the session of this browser."""
    sign_in.sign_out(access.session, access.actor, access.person)
    response = redirect("/sign-in", request=request)
    drop_session_cookie(request, response)
    return response


@router.get("/first/{token}")
def first_link_page(request: Request, token: str) -> Response:
    """Asks for a password; looking does not use the link up (chat programs look at every link)."""
    with database(request).blind_transaction() as session:
        user = user_of_first_link(session, token_hash(token), at=now())
        name = user.name if user else None
    if name is None:
        raise NotFound("这个链接已用过或已过期，请向系统管理员要一个新的。")
    return render_outside(request, "accounts/first.html", name=name, error=None)


@router.post("/first/{token}")
def post_first_link(
    request: Request,
    token: str,
    password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Set the password by the link, and sign in."""
    check_origin(request)
    name = ""
    try:
        with database(request).blind_transaction() as session:
            owner = user_of_first_link(session, token_hash(token), at=now())
            name = owner.name if owner else ""
            _check_same(password, again)
            user = credentials.use_first_link(session, token=token, password=password)
            opened = sign_in.open_session_after_first_link(session, user, origin=origin_of(request, source="page"))
    except BadInput as error:
        return render_outside(request, "accounts/first.html", status_code=422, name=name, error=error.sentence)
    if opened is None:
        return redirect("/sign-in", request=request)
    response = redirect("/", request=request, toast="密码已设置，以后用它登录。")
    put_session_cookie(request, response, opened)
    return response


@router.get("/account")
def account_page(request: Request, access: SignedIn) -> Response:
    """My grants, sessions, tokens, password."""
    return _account(request, access)


@router.post("/account/password")
def post_password(
    request: Request,
    access: SignedIn,
    old: Annotated[str, Form(max_length=1000)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Change my password; other browsers are signed out."""
    try:
        _check_same(password, again)
        with access.session.begin_nested():
            credentials.change_password(
                access.session,
                access.actor,
                user_id=access.person.user_id,
                old=old,
                new=password,
                keep=access.person.session_hash,
            )
    except BadInput as error:
        return _account(request, access, error=error.sentence, status_code=422)
    return redirect("/account", request=request, toast="密码已修改，其他浏览器上的登录已退出。")


@router.post("/account/grant")
def post_grant(request: Request, access: SignedIn, grant_id: Annotated[int, Form()]) -> Response:
    """Go on under another of my grants."""
    grant = sign_in.switch_grant(access.session, access.actor, access.person, grant_id=grant_id)
    return redirect("/", request=request, toast=f"现在以“{ROLE.label(grant.role)}”身份办理。")


@router.post("/account/tokens")
def post_token(
    request: Request,
    access: SignedIn,
    note: Annotated[str, Form(max_length=200)] = "",
    grant_id: Annotated[int | None, Form()] = None,
) -> Response:
    """Make an API token and show it this once."""
    issued = credentials.add_token(
        access.session,
        access.actor,
        user=access.session.get_one(User, access.person.user_id),
        note=note,
        grant_id=grant_id or access.person.grant.id,
    )
    # Not by redirect: the token would have to wait in a cookie or an address.
    return _account(request, access, token=issued.token)


@router.post("/account/tokens/{token_id}/revoke")
def post_revoke(request: Request, access: SignedIn, token_id: int) -> Response:
    """Revoke one of my tokens."""
    credentials.revoke_token(access.session, access.actor, user_id=access.person.user_id, token_id=token_id)
    return redirect("/account", request=request, toast="令牌已撤销，立即失效。")


@router.post("/account/sessions/{short_id}/end")
def post_end_session(request: Request, access: SignedIn, short_id: str) -> Response:
    """Sign out in another of my browsers."""
    sign_in.end_session(access.session, access.actor, access.person, short_id=short_id)
    return redirect("/account", request=request, toast="已退出那台设备上的登录。")


@router.post("/account/sign-out-everywhere")
def post_sign_out_everywhere(request: Request, access: SignedIn) -> Response:
    """End all my sessions."""
    sign_in.sign_out_everywhere(access.session, access.actor, access.person)
    response = redirect("/sign-in", request=request)
    drop_session_cookie(request, response)
    return response


@router.post("/account/language")
def post_language(
    request: Request,
    access: SignedIn,
    language: Annotated[str, Form()],
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Read in another language from now on."""
    service.set_language(access.session, user_id=access.person.user_id, language=language)
    return _in_language(redirect(own_path(next), request=request), language)


@router.get("/language/{language}")
def language_page(request: Request, language: str, next: str = "/sign-in") -> Response:
    """Choose the language of this browser before signing in."""
    return _in_language(redirect(own_path(next), request=request), "en" if language == "en" else "zh")


def own_path(wanted: str) -> str:
    """``wanted`` if it is a path of this very service, else the desk: nobody is sent elsewhere after signing in."""
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return wanted if inside and not any(char < " " for char in wanted) else "/"


def _in_language(response: Response, language: str) -> Response:
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_SECONDS, samesite="lax")
    return response


def _check_same(password: str, again: str) -> None:
    if password != again:
        raise BadInput("两次输入的密码不一样，请重新输入。")


def _sign_in_form(
    request: Request, *, next: str, username: str, error: str | None, is_lost: bool, status_code: int = 200
) -> Response:
    # Without encryption a browser elsewhere does not keep the (Secure) cookie: say so before it is tried in vain.
    unencrypted = request.url.scheme != "https" and not names_loopback(request)
    return render_outside(
        request,
        "accounts/sign_in.html",
        status_code=status_code,
        next=own_path(next),
        username=username,
        error=error,
        is_lost=is_lost,
        unencrypted=unencrypted,
    )


def _account(
    request: Request, access: Access, *, token: str | None = None, error: str | None = None, status_code: int = 200
) -> Response:
    person = access.person
    grants = [grant for grant in grants_of(access.session, person.user_id) if grant.holds_at(now())]
    return render(
        request,
        access,
        "accounts/account.html",
        status_code=status_code,
        grants=[(grant, ROLE.label(grant.role), _area_of_grant(request, access.actor, grant)) for grant in grants],
        sessions=sessions_of(access.session, person.user_id, this=person.session_hash, at=now()),
        tokens=tokens_of(access.session, person.user_id),
        roles=ROLE,
        token=token,
        error=error,
    )


def _area_of_grant(request: Request, actor: Actor, grant: HeldGrant) -> str:
    """The area's name, read under that very grant: the one acted under may not see it."""
    if grant.area_code == WHOLE_DATABASE:
        return "全库"
    under = Actor(name=actor.name, scope=grant.scope, user_id=actor.user_id)
    with database(request).transaction(under) as session:
        return name_of_area(session, grant.area_code) or grant.area_code
