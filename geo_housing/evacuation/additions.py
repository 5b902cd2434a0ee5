"""What reaches the list from outside it: figures told by telephone before the names, and households that no list holds."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.areas.queries import AreaName, area_names, name_of_area
from geo_housing.clock import BEIJING
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotFound, VersionMissing
from geo_housing.evacuation.doubts import doubt_of
from geo_housing.evacuation.figures import Told
from geo_housing.evacuation.meant import fault, is_one, registered
from geo_housing.evacuation.models import Evacuation, EvacuationFigure
from geo_housing.evacuation.one_line import MOST, NamedDivision
from geo_housing.evacuation.queries import is_listed
from geo_housing.evacuation.rule import EXTRA, PLACE_OF_EXTRA, PLACE_OF_TOLD, REPORTED, TOLD
from geo_housing.evacuation.service import check_open, may_enter
from geo_housing.evacuation.standing_figures import warned_since
from geo_housing.evacuation.states import CLOCK_TOLERANCE, MOST_PEOPLE, MOST_TEXT
from geo_housing.hazards.began import began_said, earliest
from geo_housing.hazards.ended import refuse_new
from geo_housing.hazards.freezing import begin_entry
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.service import lock_event
from geo_housing.houses.heads import size_of
from geo_housing.houses.models import Household
from geo_housing.journal.service import Subject, record
from geo_housing.numbers import MOST_BIGINT
from geo_housing.people_names import tidy_name
from geo_housing.scope import AreaScope
from geo_housing.words import REPORTED_HOW

# What is said of such a family unless somebody says more.
WITHOUT_HOME = "无房户，现住处待问清"
CLOSED_TO_MORE = "事件已经结束，不能再登记；确需补充的，请先在事件页把事件重新开启为“灾后排查”并写明原因（没有权限的，报乡镇或县里开启），再登记。"
MISTAKEN_TO_MORE = "事件已作误发撤销，不能再登记；确有险情的，请新建事件。"


class DoubtfulFigure(Conflict):
    """A figure that can hardly be right: it is asked about before it counts."""


@dataclass(frozen=True)
class ToldFigure:
    """户 and 人 moved so far in an area, as told at a moment by somebody."""

    area: str
    households: int
    people: int | None = None
    said_at: datetime | None = None
    reported_by: str | None = None
    reported_how: str = "phone"
    note: str | None = None
    client_id: str | None = None
    # Somebody has looked at what is odd about it.
    sure: bool = False


def tell_figure(session: Session, actor: Actor, event_id: int, told: ToldFigure) -> EvacuationFigure:
    """Keep a figure; it replaces the last one of its area. The same form twice is once.

    DoubtfulFigure for one that can hardly be right, until somebody says that they are sure.
    """
    may_enter(actor)
    begin_entry(session)
    # One after the other: the second of two who tell at the same moment is asked with the first one's figure before them.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"figures:{event_id}", 0))))
    code = actor.own_id(told.client_id)
    if code is not None:
        known = session.scalar(select(EvacuationFigure).where(EvacuationFigure.client_id == code))
        if known is not None:
            return known
    _check_phase(session, event_id)
    area = _area(session, actor, told.area)
    now = clock.now()
    said_at = told.said_at or now
    if said_at.tzinfo is None:
        said_at = said_at.replace(tzinfo=BEIJING)
    _check_moment(session, session.get_one(HazardEvent, event_id), area, said_at)
    if not 0 <= told.households <= MOST or not 0 <= (told.people or 0) <= MOST:
        raise fault("households", "户数、人数不对，请核对。")
    if told.people is not None and told.people < told.households:
        raise fault("people", "人数比户数还少，请核对。")
    figure = Told(told.households, told.people)
    stated = None if told.said_at is None else said_at
    if not told.sure and (doubt := doubt_of(session, event_id, area, figure, said_at=stated)):
        raise DoubtfulFigure(
            f"{doubt}确实如此的，请再按一次“核对过，照此登记”。", faults=[Fault(None, "sure", None, doubt)]
        )
    row = EvacuationFigure(
        event_id=event_id,
        scope_code=area,
        households=told.households,
        people=told.people,
        said_at=said_at,
        reported_by=_text(told.reported_by),
        reported_how=REPORTED_HOW.code(told.reported_how),
        note=_text(told.note),
        entered_by=actor.called,
        entered_at=now,
        client_id=code,
    )
    session.add(row)
    session.flush()
    counts = {"households": told.households, **({} if told.people is None else {"people": told.people})}
    record(session, actor, "evacuation.figure", Subject("event", str(event_id), area), counts=counts)
    return row


def _check_moment(session: Session, event: HazardEvent, area: str, said_at: datetime) -> None:
    """BadInput for a figure of a moment that says nothing of now: to come, of before the event or of before its ground was warned again."""
    if said_at > clock.now() + CLOCK_TOLERANCE:
        raise fault("said_at", "报数时间不能晚于现在。")
    if said_at < earliest(event):
        began = began_said(event)
        raise fault("said_at", f"报数时间早于这次灾害（{began}），请核对日期、时间；以前的报数不能用于这次灾害。")
    again = warned_since(session, event.id, area, said_at)
    if again is not None:
        at = f"{again.astimezone(BEIJING):%m-%d %H:%M}"
        sentence = f"报数时间以后，当地在{at}又收到预警，已返回的户要再次转移；请问清现在一共转了多少，再登记。"
        raise fault("said_at", sentence)


def settle_figure(
    session: Session, actor: Actor, event_id: int, figure_id: int, *, note: str | None, version: int | None
) -> EvacuationFigure:
    """A figure no longer stands: it was wrong, or its families are all named under other areas."""
    may_enter(actor)
    begin_entry(session)
    scope = actor.scope
    row = session.scalar(
        select(EvacuationFigure)
        .where(
            EvacuationFigure.id == figure_id,
            EvacuationFigure.event_id == event_id,
            EvacuationFigure.scope_code >= scope.lo,
            EvacuationFigure.scope_code < scope.hi,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound("没有这次报数，或不在您的管辖范围内。")
    if row.settled_at is not None:
        return row
    if version is None:
        raise VersionMissing("销去报数要说明是在哪一版上（version）。")
    if version != row.version:
        raise Conflict("这次报数刚被别人改过，请刷新后再操作。")
    row.settled_at, row.settled_by, row.settled_note = clock.now(), actor.called, _text(note)
    row.version += 1
    session.flush()
    subject = Subject("event", str(event_id), row.scope_code)
    record(session, actor, "evacuation.settle_figure", subject, counts={"households": row.households}, note=_text(note))
    return row


@dataclass(frozen=True)
class ExtraHousehold:
    """表外新增 in three fields: where, whose family, what the matter is. ``house_code`` tells namesakes apart.

    ``household_id`` means a family that waits for a home (无房户), whose village and head the register knows.
    """

    area: str
    head: str
    what: str
    people: int | None = None
    house_code: str | None = None
    client_id: str | None = None
    household_id: int | None = None


def add_extra(session: Session, actor: Actor, event_id: int, extra: ExtraHousehold) -> Evacuation:
    """Put a household on the list that is not in the zone, or not in the register; it joins at once.

    Who is in the register under this name in this village is meant. Conflict when it is on the list already.
    """
    may_enter(actor)
    event = lock_event(session, event_id)
    _check_phase(session, event.id)
    code = actor.own_id(extra.client_id)
    if code is not None:
        known = session.scalar(select(Evacuation).where(Evacuation.client_id == code))
        if known is not None:
            return known
    if extra.household_id is not None:
        return _add_waiting(session, actor, event, extra, code)
    stated = checked(session, actor, event, extra)
    area, head, what = stated.area, stated.head, stated.what
    found = registered(session, area, head, stated.house_code)
    if found is not None:
        standing = is_listed(session, event_id, household_id=found[1].id, house_id=found[0].id)
        if standing is not None:
            raise Conflict(
                f"{head}家已在转移名单上，请在名单里登记。", faults=[Fault(None, "head", None, str(standing))]
            )
    elif is_named(session, event_id, area, head):
        raise fault("head", f"“{head}”已作为表外新增登记过。如是另一户，请在姓名后注明位置，如“{head}（村西）”。")
    return join_list(
        session,
        actor,
        event,
        scope_code=found[0].scope_code if found else area,
        house_id=found[0].id if found else None,
        household_id=found[1].id if found else None,
        named=None if found else head,
        what=what,
        people=extra.people if extra.people is not None or found is None else size_of(found[1].persons),
        client_id=code,
    )


def listed(session: Session, event_id: int, stated: ExtraHousehold) -> Evacuation | None:
    """The row of a family of the register that the list holds already; ``stated`` as it was checked."""
    found = registered(session, stated.area, stated.head, stated.house_code)
    standing = found and is_listed(session, event_id, household_id=found[1].id, house_id=found[0].id)
    return session.get_one(Evacuation, standing, with_for_update=True, populate_existing=True) if standing else None


def report_listed(session: Session, actor: Actor, row: Evacuation, what: str) -> None:
    """A danger is reported of a family on the list: from now on it stands there by a person's word, too, with what was told.

    No change of the zones takes it off any more, and no 误发撤销. 表外新增 it is not counted as: the rule had listed it.
    """
    row.was_listed = row.was_listed or row.origin != EXTRA
    row.origin, row.place = EXTRA, min(row.place, PLACE_OF_EXTRA)
    row.reasons = [*row.reasons, *({REPORTED} if row.was_listed else {EXTRA}).difference(row.reasons)]
    row.what = "；".join(dict.fromkeys(part for part in (row.what, what) if part))[:MOST_TEXT]
    row.version += 1
    session.flush()
    record(session, actor, "evacuation.reported", Subject("evacuation", str(row.id), row.scope_code))


def join_list(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    *,
    scope_code: str,
    what: str | None,
    people: int | None,
    house_id: int | None = None,
    household_id: int | None = None,
    named: str | None = None,
    client_id: str | None = None,
    is_told: bool = False,
) -> Evacuation:
    """Write a family that no rule put on the list; the caller has seen to it that it is not there yet.

    ``is_told``: it is named for a telephone figure (evacuation/naming.py). Nobody reports a danger there, so that the row stands
    like one of the rules: 误发撤销 lets them go home, and what is taken back leaves the list.
    """
    why, act = (TOLD, "evacuation.named") if is_told else (EXTRA, "evacuation.extra")
    was_listed = not is_told and _was_listed(session, event.id, household_id)
    row = Evacuation(
        event_id=event.id,
        scope_code=scope_code,
        house_id=house_id,
        household_id=household_id,
        origin="rule" if is_told else EXTRA,
        was_listed=was_listed,
        reasons=[REPORTED if was_listed else why],
        place=PLACE_OF_TOLD if is_told else PLACE_OF_EXTRA,
        named=named,
        what=what,
        people=people,
        revision=event.revision,
        opened_at=clock.now(),
        entered_by=actor.called,
        entered_at=clock.now(),
        client_id=client_id,
    )
    session.add(row)
    session.flush()
    subject = Subject("evacuation", str(row.id), row.scope_code)
    counts = {"households": 1, "registered": household_id is not None}
    record(session, actor, act, subject, counts=counts)
    return row


def _was_listed(session: Session, event_id: int, household_id: int | None) -> bool:
    """Whether a rule had the family on the list before it left it: it is no family that no rule knew."""
    before = select(Evacuation.id).where(
        Evacuation.event_id == event_id,
        Evacuation.household_id == household_id,
        Evacuation.withdrawn_at.is_not(None),
        (Evacuation.origin != EXTRA) | Evacuation.was_listed,
    )
    return household_id is not None and session.scalar(before.limit(1)) is not None


def _add_waiting(
    session: Session, actor: Actor, event: HazardEvent, extra: ExtraHousehold, code: str | None
) -> Evacuation:
    """A family without a home joins under its own record, so that it is no second family once it has one."""
    family = waiting_family(session, actor.scope, extra.household_id or 0)
    what = _text(extra.what) or WITHOUT_HOME
    _check_people(extra.people)
    standing = is_listed(session, event.id, household_id=family.id, house_id=None)
    if standing is not None:
        raise Conflict("这户已在转移名单上，请在名单里登记。", faults=[Fault(None, "head", None, str(standing))])
    return join_list(
        session,
        actor,
        event,
        scope_code=family.scope_code,
        household_id=family.id,
        named=family.head or "未登记姓名",
        what=what,
        people=extra.people if extra.people is not None else size_of(family.persons),
        client_id=code,
    )


def waiting_family(session: Session, scope: AreaScope, household_id: int) -> Household:
    """A family of the area that waits for a home; Conflict when it waits no more."""
    waits = text("SELECT household_id FROM households_waiting(:lo, :hi) WHERE household_id = :id")
    bound = {"lo": scope.lo, "hi": scope.hi, "id": household_id}
    if not 0 < household_id <= MOST_BIGINT or session.scalar(waits, bound) is None:
        raise Conflict("这户不在无房户名单里，可能刚登记了现住房。请刷新后再看。")
    return session.get_one(Household, household_id)


def checked(session: Session, actor: Actor, event: HazardEvent, extra: ExtraHousehold) -> ExtraHousehold:
    """What was entered, cleaned; BadInput where something is missing, Conflict where the event takes nothing."""
    _check_phase(session, event.id)
    return cleaned(session, actor, extra)


def cleaned(session: Session, actor: Actor, extra: ExtraHousehold) -> ExtraHousehold:
    """What was entered, without blanks; BadInput where something is missing or cannot be."""
    area = _area(session, actor, extra.area, least=9)
    head, what = _text(tidy_name(extra.head)), _text(extra.what)
    if head is None:
        raise fault("head", "请写户主姓名；不知道的写“不详”和位置，如“村东头第二家”。")
    if what is None:
        raise fault("what", "请写明情况，如“房屋东墙倒塌”。")
    _check_people(extra.people)
    return replace(extra, area=area, head=head, what=what)


def _check_people(people: int | None) -> None:
    """BadInput for a number that no family has: of nobody there is nothing to enter."""
    if people is not None and not 0 <= people <= MOST_PEOPLE:
        raise fault("people", f"人数应在 0 到 {MOST_PEOPLE} 之间。")
    if people == 0:
        raise fault("people", "人数不能是 0：请填写实际人数，不清楚的请留空。")


def places_of(session: Session, scope: AreaScope) -> list[NamedDivision]:
    """The divisions that somebody may tell figures of."""
    wanted = (one for level in ("county", "township", "village") for one in area_names(session, level))
    return [NamedDivision(one.code, one.name, one.level) for one in wanted if _is_within(one, scope)]


def _is_within(area: AreaName, scope: AreaScope) -> bool:
    return scope.lo <= area.code < scope.hi


def is_named(session: Session, event_id: int, area: str, head: str) -> bool:
    """Whether a family that no register holds stands on the list under that name already."""
    same = select(Evacuation.id).where(
        Evacuation.event_id == event_id,
        Evacuation.scope_code == area,
        is_one(Evacuation.named, head),
        Evacuation.withdrawn_at.is_(None),
    )
    return bool(session.scalar(select(same.exists())))


def _area(session: Session, actor: Actor, code: str, *, least: int = 6) -> str:
    """The code of a division of one's own; BadInput when there is none."""
    area = code.strip()
    if len(area) < least or not actor.scope.covers(area) or name_of_area(session, area) is None:
        raise fault("area", "请选本辖区内的乡镇或村。")
    return area


def _check_phase(session: Session, event_id: int) -> None:
    refuse_new(check_open(session, event_id), closed=CLOSED_TO_MORE, mistaken=MISTAKEN_TO_MORE)


def _text(value: str | None) -> str | None:
    if value is None or not value.strip():
        return None
    if len(value.strip()) > MOST_TEXT:
        raise BadInput(f"文字最多 {MOST_TEXT} 个字，请精简。")
    return value.strip()
