"""The form in which a result is entered: what stands in its fields, and what was sent as an entry of the service."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile

from geo_housing.accounts.access import Access
from geo_housing.area_codes import is_village
from geo_housing.clock import BEIJING, moment_typed, now
from geo_housing.errors import BadInput, Fault
from geo_housing.inspections import service
from geo_housing.inspections.models import EmergencyInspection
from geo_housing.inspections.queries import InspectionView, last_told
from geo_housing.inspections.stages import MOST_ROOMS, Findings, again_why
from geo_housing.numbers import half_width, number_typed, whole_number

ROOMS = ("rooms_collapsed", "rooms_severe", "rooms_slight")
MOMENTS = {"visited_at": "排查时间", "reported_at": "报告时间"}
# Not every form has these: what a form does not ask for stays as it is. Ticks and chosen circles are sent with an empty
# value beside, so that nothing ticked is an answer, too.
REPORT = ("reported_by", "reported_how", "reported_at")
ITEMS = "finding_items"
# One more than the service keeps, so that it can say so.
MOST_FILES = service.MOST_PHOTOS + 1
TYPED = tuple(field.name for field in fields(Findings))


@dataclass(frozen=True)
class SentForm:
    """The form as it was typed, which fields it had, and the photos with their names."""

    typed: dict[str, str]
    photos: list[UploadFile]
    stated: frozenset[str]


async def sent_form(request: Request) -> SentForm:
    """The form as it was sent; photos lie on disk until each is read."""
    form = await request.form(max_files=MOST_FILES, max_fields=100)
    typed = {name: str(form.get(name) or "").strip() for name in (*TYPED, "version", "client_id")}
    typed[ITEMS] = ",".join(item for item in map(str, form.getlist(ITEMS)) if item)
    photos = [item for item in form.getlist("photos") if isinstance(item, UploadFile) and item.filename]
    asked = {name for name, field in ((ITEMS, ITEMS), *((name, "reported_how") for name in REPORT)) if field in form}
    return SentForm(typed, photos, frozenset(TYPED) - {ITEMS, *REPORT} | asked)


async def sent_photos(request: Request) -> list[UploadFile]:
    """The photos of a plain form."""
    form = await request.form(max_files=MOST_FILES, max_fields=100)
    return [one for one in form.getlist("photos") if isinstance(one, UploadFile) and one.filename]


def as_typed(stored: Findings, view: InspectionView, *, visitor: str = "") -> dict[str, str]:
    """What stands in the fields at first: what is stored, the present moment and ``visitor`` for what is not told yet."""
    typed = typed_of(stored)
    # What was noted while the disaster went on, or before the ground was warned again, is looked at again.
    is_seen_anew = again_why(stored, view.inspection.state, warned_since=view.warned_since)
    at = None if is_seen_anew else stored.visited_at
    typed["visited_at"] = _as_local(at or now())
    typed["version"] = str(view.inspection.version)
    typed["client_id"] = ""
    typed["visitor"] = typed["visitor"] or visitor
    return typed


def typed_of(stored: Findings) -> dict[str, str]:
    """What is stored as a form's fields hold it."""
    typed = {name: "" if value is None else str(value) for name, value in asdict(stored).items()}
    typed[ITEMS] = ",".join(stored.finding_items)
    for name in MOMENTS:
        at = getattr(stored, name)
        typed[name] = _as_local(at) if at is not None else ""
    return typed


def own_name(access: Access) -> str:
    """Who looks, where somebody enters what they have seen themselves: a village's own account."""
    return access.person.display_name if is_village(access.actor.scope.prefix) else ""


# What somebody wrote longer ago belongs to another paper.
CARRIED_FOR = timedelta(hours=12)


def carried(access: Access, item: EmergencyInspection) -> dict[str, str]:
    """代录: who looked and when, as typed for the house before, proposed where nothing has been said of this one.

    A paper comes from one village and one person; empty for a village's own account, who looks and writes at once.
    """
    if item.begun_at is not None or is_village(access.actor.scope.prefix):
        return {}
    told = last_told(access.session, item, access.actor.label or access.actor.name, since=now() - CARRIED_FOR)
    if told is None:
        return {}
    typed = {"visitor": told.visitor}
    if told.visited_at is not None:
        typed["visited_at"] = _as_local(told.visited_at)
    if told.reported_how is not None:
        typed["reported_how"], typed["reported_by"] = told.reported_how, told.reported_by or ""
        typed["reported_at"] = _as_local(told.reported_at) if told.reported_at is not None else ""
    return typed


def _as_local(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")


def entry_of(
    typed: dict[str, str], *, has_photos: bool, stated: frozenset[str] = frozenset(TYPED)
) -> service.InspectionEntry:
    """The form as an entry: every field that it had is stated, an empty one clears."""
    values: dict[str, Any] = {name: typed[name] or None for name in TYPED}
    faults: list[Fault] = []
    for name in ROOMS:
        values[name] = _rooms(typed[name], name, faults)
    for name, label in MOMENTS.items():
        try:
            values[name] = moment_typed(typed[name], label, field=name)
        except BadInput as refused:
            faults.extend(refused.faults)
    values[ITEMS] = tuple(typed[ITEMS].split(",")) if typed[ITEMS] else ()
    if faults:
        raise BadInput("有几处填得不对，未保存：" + "；".join(f.sentence for f in faults), faults=faults)
    # An inspection on which nothing has been said is not begun by a visiting time that the page proposed.
    if values["result"] is None and not has_photos and not any(values[name] for name in ("findings", ITEMS, *ROOMS)):
        raise BadInput("请先选择排查结果。", faults=[fault_at("result", "请选择排查结果")])
    version = whole_number(typed["version"])
    if version is None:
        raise BadInput("页面缺少版本号，请刷新页面后重新填写。")
    return service.InspectionEntry(Findings(**values), stated, version, typed["client_id"] or None)


def _rooms(text: str, name: str, faults: list[Fault]) -> int | None:
    if not text:
        return None
    rooms = number_typed(text, most=MOST_ROOMS)
    if rooms is None:
        number = half_width(text).replace("−", "-")
        is_below = number.startswith("-") and number[1:].isdigit()
        sentence = f"间数不能小于 0，现在是“{text[:10]}”" if is_below else f"间数应是整数，现在是“{text[:10]}”"
        faults.append(fault_at(name, sentence, text[:10]))
    return rooms


def fault_at(name: str, sentence: str, value: str | None = None) -> Fault:
    """What is wrong in one field of the form."""
    return Fault(None, name, value, sentence)
