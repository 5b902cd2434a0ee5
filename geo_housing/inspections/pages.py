"""巡查排查: what is to be inspected in one's area, and the form in which a result is entered (代录) with photos."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import redirect, render
from geo_housing.areas.queries import name_of_area
from geo_housing.clock import BEIJING, now
from geo_housing.errors import BadInput, Conflict, Fault, GeoHousingError
from geo_housing.files.photos import MOST_BYTES
from geo_housing.files.storage import FileStore
from geo_housing.inspections import service
from geo_housing.inspections.priority import reason_labels
from geo_housing.inspections.queries import (
    InspectionView,
    inspection_people,
    inspection_view,
    inspections_page,
    next_open,
)
from geo_housing.inspections.stages import NEEDS_WORDS, Findings, missing
from geo_housing.words import CHECK_RESULT, DAMAGE_CLASS, INSPECTION_STATE, RISK, STRUCTURE, TRAIT

router = APIRouter(prefix="/inspections", include_in_schema=False)

Viewer = Annotated[Access, requires("events.view")]
Inspector = Annotated[Access, requires("inspections.enter")]
WORDS: dict[str, Any] = {
    "state": INSPECTION_STATE, "result": CHECK_RESULT, "damage": DAMAGE_CLASS, "risk": RISK, "structure": STRUCTURE,
    "trait": TRAIT,
}  # fmt: skip
ROOMS = ("rooms_collapsed", "rooms_severe", "rooms_slight")
PAGE_ROWS = 100
TYPED = tuple(field.name for field in fields(Findings))


@router.get("")
def inspection_list(
    request: Request,
    access: Viewer,
    state: str = "",
    overdue: bool = False,
    area: str = "",
    after: str | None = None,
) -> Response:
    """Unfinished inspections of all open events in one's area, the first to be done on top."""
    states = tuple(code for code in INSPECTION_STATE if code == state) or ("open", "in_progress", "prepared")
    rows = inspections_page(
        access.session,
        access.actor.scope.narrowed(area or None),
        states=states,
        only_overdue=overdue,
        include_drills=True,
        after=_place(after),
        limit=PAGE_ROWS + 1,
    )
    shown = rows[:PAGE_ROWS]
    last = shown[-1][0] if len(rows) > PAGE_ROWS else None
    return render(
        request,
        access,
        "inspections/inspections.html",
        rows=[_entry(row, access) for row in shown],
        next_after=f"{last.priority}-{last.id}" if last else None,
        is_first=after is None,
        state=state,
        overdue=overdue,
        area=area,
        words=WORDS,
    )


@router.get("/{inspection_id}")
def inspection_form(inspection_id: int, request: Request, access: Viewer) -> Response:
    """One inspection: the house, why it is urgent, what was seen."""
    return _form(request, access, inspection_id)


@dataclass(frozen=True)
class SentForm:
    """The form as it was typed, and the photos with their names."""

    typed: dict[str, str]
    photos: list[tuple[str, bytes]]


async def sent_form(request: Request) -> SentForm:
    """Read the form; photos no further than one byte over their limit."""
    form = await request.form()
    typed = {name: str(form.get(name) or "").strip() for name in (*TYPED, "version", "client_id")}
    photos = [item for item in form.getlist("photos") if isinstance(item, UploadFile) and item.filename]
    return SentForm(typed, [(photo.filename or "", await photo.read(MOST_BYTES + 1)) for photo in photos])


@router.post("/{inspection_id}")
def post_inspection(
    inspection_id: int, request: Request, access: Inspector, sent: Annotated[SentForm, Depends(sent_form)]
) -> Response:
    """Save what was seen, photos with it; a refusal keeps what was typed."""
    return _saved(request, access, inspection_id, sent.typed, sent.photos)


def _saved(
    request: Request, access: Access, inspection_id: int, typed: dict[str, str], photos: list[tuple[str, bytes]]
) -> Response:
    try:
        with access.session.begin_nested():
            saved = service.enter_result(access.session, access.actor, inspection_id, _sent(typed))
            for name, data in photos:
                service.add_photo(access.session, access.actor, _store(request), inspection_id, data=data, name=name)
    except GeoHousingError as error:
        return _form(request, access, inspection_id, typed=typed, error=error)
    if saved.state == "done":
        following = next_open(access.session, access.actor.scope, saved)
        said = "已保存，本栋排查完成。" + (f"已带了 {len(photos)} 张照片。" if photos else "")
        address = f"/inspections/{following}" if following and access.actor.may("inspections.enter") else None
        return redirect(address or f"/inspections/{inspection_id}", request=request, toast=said)
    return redirect(f"/inspections/{inspection_id}", request=request, toast="已保存，还有内容没有填完，见下。")


def _form(
    request: Request,
    access: Access,
    inspection_id: int,
    *,
    typed: dict[str, str] | None = None,
    error: GeoHousingError | None = None,
) -> Response:
    session, actor = access.session, access.actor
    view = inspection_view(session, inspection_id, actor.scope)
    may_see = actor.may("heads.view")
    item = view.inspection
    reasons = [code for code in item.reasons if may_see or code not in ("key_group", "trait")]
    stored = service.findings_of(item)
    return render(
        request,
        access,
        "inspections/inspection.html",
        status_code=_status(error),
        view=view,
        item=item,
        may_see=may_see,
        people=inspection_people(session, item.house_id) if may_see else None,
        place=_place_name(access, item.scope_code),
        reasons=reason_labels(reasons),
        typed=typed or _as_typed(stored, view, access),
        faults={fault.column: fault.sentence for fault in error.faults} if error else {},
        error=error,
        missing={fault.column: fault.sentence for fault in missing(stored)} if item.begun_at and not error else {},
        needs_words=NEEDS_WORDS,
        may_enter=actor.may("inspections.enter") and item.state != "withdrawn",
        following=next_open(session, actor.scope, item),
        words=WORDS,
    )


def _status(error: GeoHousingError | None) -> int:
    if error is None:
        return 200
    return 409 if isinstance(error, Conflict) else 422


def _as_typed(stored: Findings, view: InspectionView, access: Access) -> dict[str, str]:
    """What stands in the fields at first: what is stored, the present moment for a visit that is not told yet."""
    typed = {name: "" if value is None else str(value) for name, value in asdict(stored).items()}
    at = stored.visited_at or now()
    typed["visited_at"] = at.astimezone(BEIJING).strftime("%Y-%m-%dT%H:%M")
    typed["version"] = str(view.inspection.version)
    typed["client_id"] = ""
    if not stored.visitor and len(access.actor.scope.prefix) == service.VILLAGE_CODE_LENGTH:
        typed["visitor"] = access.person.display_name
    return typed


def _sent(typed: dict[str, str]) -> service.Entry:
    """The form as an entry: every field of it is stated, an empty one clears."""
    values: dict[str, Any] = {name: typed[name] or None for name in TYPED}
    faults: list[Fault] = []
    for name in ROOMS:
        values[name] = _rooms(typed[name], name, faults)
    values["visited_at"] = _moment(typed["visited_at"], faults)
    if faults:
        raise BadInput("有几处填得不对，未保存：" + "；".join(f.sentence for f in faults), faults=faults)
    # An inspection on which nothing has been said is not begun by a visiting time that the page proposed.
    if values["result"] is None and not any(values[name] for name in ("findings", *ROOMS)):
        raise BadInput("请先选择排查结果。", faults=[_fault("result", "请选择排查结果")])
    version = int(typed["version"]) if typed["version"].isdigit() else None
    return service.Entry(Findings(**values), frozenset(TYPED), version, typed["client_id"] or None)


def _rooms(text: str, name: str, faults: list[Fault]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        faults.append(_fault(name, f"间数应是整数，现在是“{text[:10]}”", text[:10]))
        return None
    return int(text)


def _moment(text: str, faults: list[Fault]) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
    except ValueError:
        faults.append(_fault("visited_at", "排查时间的写法不对", text[:20]))
        return None


def _fault(name: str, sentence: str, value: str | None = None) -> Fault:
    return Fault(None, name, value, sentence)


def _entry(row: Any, access: Access) -> dict[str, Any]:
    inspection, code, scope_code, event_name = row
    due = inspection.due_at
    return {
        "item": inspection,
        "house_code": code,
        "place": _place_name(access, scope_code),
        "event_name": event_name,
        "is_overdue": due is not None and inspection.state in ("open", "in_progress") and due < now(),
    }


def _place(text: str | None) -> tuple[int, int] | None:
    if not text:
        return None
    priority, _, number = text.partition("-")
    if not (priority.isdigit() and number.isdigit()):
        raise BadInput("翻页位置不对，请从列表第一页重新开始。")
    return int(priority), int(number)


def _place_name(access: Access, code: str) -> str:
    names = [name_of_area(access.session, code[:length]) for length in (9, 12) if len(code) >= length]
    return " · ".join(name for name in names if name) or code


def _store(request: Request) -> FileStore:
    return FileStore(request.app.state.settings.files)
