"""The API of one's own account: session, grants, tokens."""

from fastapi import APIRouter, Request, Response

from geo_housing.accounts import credentials, sign_in
from geo_housing.accounts.access import Access, SignedIn, check_origin, database
from geo_housing.accounts.cookies import (
    drop_session_cookie,
    origin_of,
    put_session_cookie,
)
from geo_housing.accounts.grants import HeldGrant
from geo_housing.accounts.models import User
from geo_housing.accounts.permissions import permissions_of
from geo_housing.accounts.queries import grants_of, sessions_of, tokens_of
from geo_housing.accounts.schemas import (
    ChooseGrant,
    Credentials,
    Ended,
    GrantOut,
    IssuedTokenOut,
    NewToken,
    OpenSessionOut,
    OpenSessions,
    SessionOut,
    TokenOut,
    Tokens,
)
from geo_housing.clock import now
from geo_housing.errors import NotAllowed

router = APIRouter(prefix="/api/v1/session", tags=["session"])
tokens_router = APIRouter(prefix="/api/v1/tokens", tags=["session"])


@router.post("")
def post_session(request: Request, response: Response, given: Credentials) -> SessionOut:
    """Sign in with name and password; the answer sets the session cookie."""
    check_origin(request)
    opened = sign_in.sign_in(
        database(request), name=given.username, password=given.password, origin=origin_of(request, source="api")
    )
    put_session_cookie(request, response, opened)
    with database(request).blind_transaction() as session:
        grants = grants_of(session, opened.user_id)
    return _session_out(opened.name, opened.display_name, opened.grant, grants, opened.csrf_token)


@router.get("")
def get_session(access: SignedIn) -> SessionOut:
    """Who I am, and under which grant."""
    return _own_session(access, access.person.grant)


@router.delete("")
def delete_session(request: Request, response: Response, access: SignedIn) -> Ended:
    """Sign out in this browser."""
    sign_in.sign_out(access.session, access.actor, access.person)
    drop_session_cookie(request, response)
    return Ended(ended=1)


@router.post("/grant")
def post_grant(access: SignedIn, chosen: ChooseGrant) -> SessionOut:
    """Go on under another of my grants."""
    grant = sign_in.switch_grant(access.session, access.actor, access.person, grant_id=chosen.grant_id)
    return _own_session(access, grant)


@router.get("/all")
def get_sessions(access: SignedIn) -> OpenSessions:
    """All browsers in which I am signed in."""
    found = sessions_of(access.session, access.person.user_id, this=access.person.session_hash, at=now())
    return OpenSessions(
        items=[
            OpenSessionOut(
                id=item.short_id,
                created_at=item.created_at,
                last_seen_at=item.last_seen_at,
                expires_at=item.expires_at,
                address=item.address,
                agent=item.agent,
                current=item.is_this,
            )
            for item in found
        ]
    )


@router.delete("/all")
def delete_sessions(request: Request, response: Response, access: SignedIn) -> Ended:
    """Sign out everywhere, here too."""
    ended = sign_in.sign_out_everywhere(access.session, access.actor, access.person)
    drop_session_cookie(request, response)
    return Ended(ended=ended)


@router.delete("/all/{short_id}")
def delete_one_session(short_id: str, access: SignedIn) -> Ended:
    """Sign out in one of my other browsers."""
    sign_in.end_session(access.session, access.actor, access.person, short_id=short_id)
    return Ended(ended=1)


@tokens_router.get("")
def get_tokens(access: SignedIn) -> Tokens:
    """My API tokens; the tokens themselves are shown only when they are made."""
    return Tokens(
        items=[
            TokenOut(
                id=item.id,
                note=item.note,
                role=item.role,
                area=item.area_code,
                created_at=item.created_at,
                last_used_at=item.last_used_at,
            )
            for item in tokens_of(access.session, access.person.user_id)
        ]
    )


@tokens_router.post("", status_code=201)
def post_token(access: SignedIn, wanted: NewToken) -> IssuedTokenOut:
    """A new API token of mine; it acts under the grant I act under, unless another of mine is named."""
    if access.person.session_hash is None:
        # A token that got lost must not be able to make itself successors.
        raise NotAllowed("不能用令牌新建令牌，请登录后在“我的账号”里新建。")
    user = access.session.get_one(User, access.person.user_id)
    issued = credentials.add_token(
        access.session,
        access.actor,
        user=user,
        note=wanted.note,
        grant_id=wanted.grant_id or access.person.grant.id,
    )
    return IssuedTokenOut(id=issued.id, user=user.name, token=issued.token)


@tokens_router.delete("/{token_id}", status_code=204)
def delete_token(token_id: int, access: SignedIn) -> None:
    """Revoke one of my API tokens."""
    credentials.revoke_token(access.session, access.actor, user_id=access.person.user_id, token_id=token_id)


def _own_session(access: Access, grant: HeldGrant) -> SessionOut:
    person = access.person
    grants = grants_of(access.session, person.user_id)
    return _session_out(person.name, person.display_name, grant, grants, person.csrf_token)


def _session_out(
    user: str, name: str, acting: HeldGrant, grants: list[HeldGrant], csrf_token: str | None
) -> SessionOut:
    return SessionOut(
        user=user,
        name=name,
        role=acting.role,
        area=acting.area_code,
        permissions=sorted(permissions_of(acting.role)),
        grants=[GrantOut.of(grant, acting=grant.id == acting.id) for grant in grants if grant.holds_at(now())],
        csrf_token=csrf_token,
    )
