"""Giving out links and taking them back. A token is known to whoever it is shown to, once; the table has its hash."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.accounts.tokens import new_token, token_hash
from geo_housing.area_codes import is_village, township_of, with_townships
from geo_housing.areas.queries import area_exists, names_of
from geo_housing.clock import now, today
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, NotAllowed, NotFound
from geo_housing.hazards.ended import ENDED_PHASES
from geo_housing.hazards.models import HazardEvent
from geo_housing.houses.register import personal
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing
from geo_housing.links.models import VillageLink
from geo_housing.links.queries import event_within, families_living, view_of_link, villages_of
from geo_housing.links.recognition import Holder
from geo_housing.policy.queries import effective

GIVES_OUT = "events.respond"
MOST_NOTE = 60
# More are no press any more but a mistake: the county has 188 villages.
MOST_AT_ONCE = 400


@dataclass(frozen=True)
class MadeLink:
    """A new link with its token, which is shown this once."""

    link: VillageLink
    token: str
    village: str
    township: str


def make_links(
    session: Session, actor: Actor, event_id: int, *, area: str, note: str = "", client_id: str | None = None
) -> tuple[HazardEvent, list[MadeLink]]:
    """A link for the village ``area``, or one for each village of the township or county that has tasks in the event."""
    _may_give_out(actor)
    scope = actor.scope.narrowed(area)
    event = event_within(session, event_id, actor.scope)
    if event.phase == "draft":
        raise Conflict("事件还没有确认，不能发链接；请先确认影响范围。")
    if event.phase in ENDED_PHASES:
        raise Conflict("事件已经结束，不能再发链接。")
    note = " ".join(note.split())
    if len(note) > MOST_NOTE:
        raise BadInput(f"“发给谁”最多 {MOST_NOTE} 个字。")
    codes = _villages(session, event_id, scope.prefix, actor)
    client = (client_id or "").strip()[:64] or None
    if client and _was_pressed(session, actor, client):
        raise Conflict("这次的链接已经发过了。链接只在发放时显示一次；没有看到的，请收回后重新发。")
    days = int(effective(session, "village_link.valid_days", area_code=scope.prefix, on=today()).value)
    names = names_of(session, with_townships(codes))
    made = []
    for code in codes:
        token = new_token()
        link = VillageLink(
            event_id=event_id,
            scope_code=code,
            token_hash=token_hash(token),
            note=note or None,
            made_by=actor.label or actor.name,
            made_at=now(),
            expires_at=now() + timedelta(days=days),
            client_id=client,
        )
        session.add(link)
        session.flush()
        record(
            session,
            actor,
            "links.make",
            Subject("link", str(link.id), code),
            counts={"event": event_id},
            diff={"for_whom": [None, note]} if note else None,
        )
        made.append(MadeLink(link, token, names.get(code, code), names.get(township_of(code), "")))
    return event, made


def withdraw_link(session: Session, actor: Actor, event_id: int, link_id: int) -> VillageLink:
    """The link opens nothing any more, from this moment on; again is harmless."""
    _may_give_out(actor)
    link = session.scalar(
        select(VillageLink).where(
            VillageLink.id == link_id,
            VillageLink.event_id == event_id,
            VillageLink.scope_code >= actor.scope.lo,
            VillageLink.scope_code < actor.scope.hi,
        )
    )
    if link is None:
        raise NotFound("没有这个链接，或不在您的管辖范围内。")
    if link.withdrawn_at is None:
        link.withdrawn_at = now()
        link.withdrawn_by = actor.label or actor.name
        session.flush()
        record(session, actor, "links.withdraw", Subject("link", str(link.id), link.scope_code))
    return link


def reveal_phones(
    session: Session, actor: Actor, holder: Holder, inspection_id: int, *, ring: KeyRing
) -> list[tuple[str, str]]:
    """Whom to call at this house: head and full number of each family; each look stands in the journal."""
    view = view_of_link(session, holder, inspection_id)
    found = []
    for family in families_living(session, [view.inspection.house_id]).get(view.inspection.house_id, []):
        if family.phone_masked:
            number = personal.phone_of(session, family.household_id, ring=ring)
            found.append((family.head or "", number))
    if found:
        subject = Subject("house", view.house_code, holder.village)
        record(session, actor, "links.reveal", subject, counts={"households": len(found)})
    return found


def _may_give_out(actor: Actor) -> None:
    if not actor.may(GIVES_OUT) or is_village(actor.scope.prefix):
        raise NotAllowed("村级链接由乡镇或县里发放，您没有这项权限。")


def _villages(session: Session, event_id: int, code: str, actor: Actor) -> list[str]:
    if is_village(code):
        if not area_exists(session, code):
            raise NotFound("没有这个村，或不在您的管辖范围内。")
        return [code]
    codes = [village.code for village in villages_of(session, event_id, actor.scope.narrowed(code))]
    if not codes:
        raise Conflict("这里还没有排查任务；请先下达任务，再给各村发链接。")
    if len(codes) > MOST_AT_ONCE:
        raise BadInput(f"一次最多给 {MOST_AT_ONCE} 个村发链接，请按乡镇分别发。")
    return codes


def _was_pressed(session: Session, actor: Actor, client_id: str) -> bool:
    made_by = actor.label or actor.name
    return (
        session.scalar(
            select(VillageLink.id).where(VillageLink.made_by == made_by, VillageLink.client_id == client_id).limit(1)
        )
        is not None
    )
