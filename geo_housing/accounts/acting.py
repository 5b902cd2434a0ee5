"""Acting for somebody who is not there any more: their work in the queue, checked again when it begins."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from geo_housing.accounts.grants import scope_of
from geo_housing.accounts.models import Grant, User
from geo_housing.accounts.permissions import CLI_PERMISSIONS, permissions_of, works_as
from geo_housing.accounts.queries import held
from geo_housing.clock import now
from geo_housing.db import Actor
from geo_housing.errors import NotAllowed

COMMAND_LINE = "cli:"


@dataclass(frozen=True)
class Absent:
    """Who left the work: as whom, under which grant, for which area, from where."""

    name: str
    user_id: int | None
    grant_id: int | None
    area_code: str
    address: str | None
    request_id: str | None


def actor_again(session: Session, absent: Absent, permission: str) -> Actor:
    """The same person with the same area, now; NotAllowed when they may no longer do this."""
    scope = scope_of(absent.area_code)
    if absent.user_id is None:
        if not absent.name.startswith(COMMAND_LINE):
            raise NotAllowed("交办这项任务的不是登录的用户，任务没有执行。")
        return Actor(absent.name, scope, CLI_PERMISSIONS, source="job", request_id=absent.request_id)
    user = session.get(User, absent.user_id)
    if user is None or user.disabled_at is not None:
        raise NotAllowed("交办这项任务的账号已停用，任务没有执行。")
    grant = session.get(Grant, absent.grant_id) if absent.grant_id is not None else None
    if grant is None or grant.user_id != user.id or not held(grant).holds_at(now()):
        raise NotAllowed("交办这项任务所用的授权已结束，任务没有执行。请重新登录后再交办。")
    permissions = permissions_of(grant.role)
    if permission not in permissions or not held(grant).scope.covers(scope.prefix):
        raise NotAllowed("交办人现在的授权不包括这项操作或这个区域，任务没有执行。")
    return Actor(
        name=f"job:{user.name}",
        scope=scope,
        permissions=permissions,
        user_id=user.id,
        grant_id=grant.id,
        source="job",
        address=absent.address,
        request_id=absent.request_id,
        label=user.display_name,
        **works_as(held(grant)),
    )
