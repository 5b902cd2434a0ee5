"""Signing whether people may live in a house; what follows for those who may not stands in care.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.conclusions.care import MOST_TEXT, keep_unsafe
from geo_housing.conclusions.house_at_event import HouseAtEvent, house_at_event
from geo_housing.conclusions.models import EmergencyConclusion
from geo_housing.conclusions.queries import holding
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, differs
from geo_housing.hazards.began import began_said, earliest
from geo_housing.hazards.ground_phase import BEFORE_AFTERMATH
from geo_housing.hazards.grounds import aftermath_since, phase_at
from geo_housing.hazards.models import HazardEvent
from geo_housing.hazards.naming import marked
from geo_housing.inspections.announcements import HouseJudged
from geo_housing.inspections.models import EmergencyInspection
from geo_housing.inspections.queries import locked_inspection
from geo_housing.inspections.stages import CLOCK_TOLERANCE, DANGEROUS
from geo_housing.journal.announcements import announce
from geo_housing.journal.service import Subject, record
from geo_housing.policy.queries import effective
from geo_housing.roster.queries import TechnicianRow, technicians_of
from geo_housing.scope import AreaScope
from geo_housing.words import CONCLUSION_ITEM, EMERGENCY_CONCLUSION

# Conclusions with which people may live there.
PERMITS = ("habitable", "restricted")
SIGN = "conclusions.sign"
# 代录: what somebody else signed on paper.
TYPE = "conclusions.type"


@dataclass(frozen=True)
class Signing:
    """What a technician signs. ``technician_id`` names them in the roster; None: the account signs for itself.

    ``upon`` is the id of the conclusion that was read, None when there was none: another one by now is a conflict.
    """

    conclusion: str
    items: tuple[str, ...] = ()
    advice: str | None = None
    technician_id: int | None = None
    signed_at: datetime | None = None
    upon: int | None = None
    reason: str | None = None
    client_id: str | None = None


def sign(session: Session, actor: Actor, event_id: int, house_code: str, signing: Signing) -> EmergencyConclusion:
    """Keep a signed conclusion; 不可以居住 opens the care for those who lived there, 可以居住 ends it.

    Conflict when somebody else has signed since ``upon`` was read; BadInput names what is missing.
    """
    if not actor.may(SIGN):
        raise NotAllowed("您没有录入应急评估结论的权限。只有专业技术人员可以签署，乡镇、县可以代录。")
    house = house_at_event(session, event_id, house_code, actor.scope)
    # One after the other for each house; who looks at other houses of the event does not wait.
    looked_at = locked_inspection(session, house.inspection_id, actor.scope)
    # Meanwhile it may have turned out to be another house registered twice.
    house = house_at_event(session, event_id, house_code, actor.scope)
    if house.inspection_id != looked_at.id:
        looked_at = locked_inspection(session, house.inspection_id, actor.scope)
    event = session.get_one(HazardEvent, event_id)
    if signing.client_id and (known := _sent_before(session, actor, signing.client_id)):
        return known
    _check_phase(event, house)
    present = holding(session, event_id, house.house_id)
    if (present.id if present else None) != signing.upon:
        raise Conflict(
            "这栋房屋刚由别人签署了结论，您的没有保存。请看下面的结论；确需更正的，写明原因后重新签署。",
            faults=_clashes(present, signing),
        )
    said = _checked(session, actor, event, house, signing, unseen=_worse_unseen(looked_at, signing))
    row = EmergencyConclusion(
        event_id=event_id,
        house_id=house.house_id,
        scope_code=house.scope_code,
        entered_by=actor.name,
        entered_at=clock.now(),
        supersedes=present.id if present else None,
        client_id=signing.client_id,
        **said,
    )
    session.add(row)
    session.flush()
    keep_unsafe(session, event_id, house, row.conclusion)
    record(
        session,
        actor,
        "conclusions.sign",
        Subject("house", house.house_code, house.scope_code),
        diff={"conclusion": [present.conclusion if present else None, row.conclusion]},
        note=f"{marked(event)} · {row.signed_by}" + (f" · {row.reason}" if row.reason else ""),
    )
    announce(session, actor, HouseJudged(event_id, house.house_id))
    return row


def _worse_unseen(looked_at: EmergencyInspection, signing: Signing) -> datetime | None:
    """When something worse was seen than the technician can have known, who was there before it; their form comes later.

    Entered before they were there it was known to them, whatever the clock of the phone said.
    """
    at, worsened, seen = signing.signed_at, looked_at.worsened_at, looked_at.visited_at
    if at is None or worsened is None or seen is None or worsened <= at:
        return None
    # Forms state minutes.
    return seen if seen.replace(second=0, microsecond=0) > at else None


def _checked(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    house: HouseAtEvent,
    signing: Signing,
    *,
    unseen: datetime | None,
) -> dict[str, object]:
    """The columns of what is signed; BadInput with every fault at once. ``unseen``: worse was seen after they had been there."""
    faults: list[Fault] = []
    conclusion = EMERGENCY_CONCLUSION.code(signing.conclusion) if signing.conclusion else None
    if conclusion is None:
        faults.append(Fault(None, "conclusion", None, "请选择结论"))
    if conclusion == "restricted" and event.kind not in _restricted_kinds(session, event):
        faults.append(Fault(None, "conclusion", "restricted", "本县没有对这种灾害启用“限制使用”，请选可以或不可以居住"))
    items = tuple(dict.fromkeys(CONCLUSION_ITEM.code(item) for item in signing.items))
    if not items:
        faults.append(Fault(None, "items", None, "请选择评估所见，没有问题的选“未见上述情况”"))
    if "none" in items and len(items) > 1:
        faults.append(Fault(None, "items", None, "“未见上述情况”不能与其他所见同时选"))
    advice = (signing.advice or "").strip() or None
    if advice and len(advice) > MOST_TEXT:
        faults.append(Fault(None, "advice", None, f"文字最多 {MOST_TEXT} 个字，请精简"))
    if conclusion in ("not_habitable", "restricted") and not advice:
        faults.append(Fault(None, "advice", None, "请写明处理意见：住到哪里、怎样处置、哪些部分可以使用"))
    if conclusion == "habitable" and house.result == "collapsed":
        faults.append(
            Fault(None, "conclusion", "habitable", "排查结果是“倒塌”，不能认定可以居住；结果有误的请先更正排查结果")
        )
    at = signing.signed_at or clock.now()
    if at > clock.now() + CLOCK_TOLERANCE:
        faults.append(Fault(None, "signed_at", at.isoformat(), "评估时间不能晚于现在"))
    if at < earliest(event):
        began = began_said(event)
        sentence = f"评估时间早于这次灾害（{began}），请核对日期、时间；以前的评估不能用于这次灾害"
        faults.append(Fault(None, "signed_at", at.isoformat(), sentence))
    if conclusion in PERMITS:
        faults += _permits_too_early(session, event, house.scope_code, conclusion, at)
    if unseen is not None and conclusion in PERMITS:
        seen = f"{unseen.astimezone(clock.BEIJING):%m-%d %H:%M}"
        sentence = f"排查人 {seen} 看到了更重的情况，晚于您的评估时间，请重新查看后再签；评估时间填错的请改正"
        faults.append(Fault(None, "signed_at", at.isoformat(), sentence))
    reason = (signing.reason or "").strip() or None
    if signing.upon is not None and reason is None:
        faults.append(Fault(None, "reason", None, "已有签署的结论，请写明更正的原因"))
    who = _technician(session, actor, signing, house, at.astimezone(clock.BEIJING).date(), faults)
    if faults:
        raise BadInput("结论没有保存：" + "；".join(fault.sentence for fault in faults) + "。", faults=faults)
    return {
        "conclusion": conclusion,
        "items": list(items),
        "advice": advice,
        "signed_at": at,
        "reason": reason,
        **who,
    }


def _permits_too_early(session: Session, event: HazardEvent, code: str, conclusion: str, at: datetime) -> list[Fault]:
    """A house that stands while it rains may not stand afterwards: who may live there is said when it is over."""
    label = EMERGENCY_CONCLUSION.label(conclusion)
    if phase_at(session, event, code) in BEFORE_AFTERMATH:
        sentence = (
            f"灾害过程还没有结束，现在不能认定“{label}”：转入灾后排查后到现场查看再签；不能住人的可以先签“不可以居住”"
        )
        return [Fault(None, "conclusion", conclusion, sentence)]
    since = aftermath_since(session, event, code)
    if since is None or at >= since - CLOCK_TOLERANCE:
        return []
    began = f"{since.astimezone(clock.BEIJING):%m-%d %H:%M}"
    sentence = f"评估时间早于当地转入灾后排查（{began}），不能认定“{label}”：请在这以后到现场查看；评估时间填错的请改正"
    return [Fault(None, "signed_at", at.isoformat(), sentence)]


def may_sign_as(actor: Actor, technicians: Sequence[TechnicianRow]) -> list[TechnicianRow]:
    """In whose name the actor signs: a technician in their own, who types what was signed on paper in each of them."""
    return [
        one
        for one in technicians
        if actor.may(TYPE) or (actor.user_id is not None and one.app_user_id == actor.user_id)
    ]


def _technician(
    session: Session, actor: Actor, signing: Signing, house: HouseAtEvent, on: date, faults: list[Fault]
) -> dict[str, object]:
    """Who signs: the named technician of the roster, else the technician whose account this is."""
    for one in may_sign_as(actor, technicians_of(session, AreaScope(house.scope_code), on)):
        if signing.technician_id == one.id or (
            signing.technician_id is None and actor.user_id is not None and one.app_user_id == actor.user_id
        ):
            return {"technician_id": one.id, "signed_by": one.name, "unit": one.unit}
    if not actor.may(TYPE):
        sentence = "只能以本人名义签署；“通讯录 · 专业技术人员”里还没有与您的账号对应、负责本村且在有效期内的人，请联系县住建局登记"
        faults.append(Fault(None, "technician", None, sentence))
        return {}
    sentence = "请选择签署的专业技术人员；名单里没有的，先在“通讯录 · 专业技术人员”中登记（负责的区域和有效期要包含本村、当天）"
    faults.append(Fault(None, "technician", None, sentence))
    return {}


def _restricted_kinds(session: Session, event: HazardEvent) -> list[str]:
    return list(effective(session, "conclusion.restricted_kinds", area_code=event.scope_code, on=clock.today()).value)


def _sent_before(session: Session, actor: Actor, client_id: str) -> EmergencyConclusion | None:
    return session.scalar(
        select(EmergencyConclusion).where(
            EmergencyConclusion.entered_by == actor.name, EmergencyConclusion.client_id == client_id
        )
    )


def _check_phase(event: HazardEvent, house: HouseAtEvent) -> None:
    if event.phase == "draft":
        raise Conflict("事件还没有确认，不能签署结论。")
    if event.phase == "mistaken" and house.result not in DANGEROUS:
        raise Conflict("事件已作误发撤销，没有查出损坏的房屋不再签署结论。")


def _clashes(present: EmergencyConclusion | None, signing: Signing) -> list[Fault]:
    if present is None:
        return []
    label = EMERGENCY_CONCLUSION.label(present.conclusion)
    is_same = present.conclusion == signing.conclusion
    return [
        Fault(None, "conclusion", label, "与您要签署的结论相同。") if is_same else differs("conclusion", label),
        differs("signed_by", present.signed_by),
        differs("signed_at", present.signed_at.isoformat(timespec="minutes")),
    ]
