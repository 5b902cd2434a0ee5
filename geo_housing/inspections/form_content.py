"""What the form of a result shows, whoever fills it in: an account in its frame, or a village by its link.

One template (inspections/entry.html), one content: what a result needs, what is missing and what clashes is the same.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, GeoHousingError, TooLarge
from geo_housing.files.photos import MOST_BYTES
from geo_housing.files.storage import FileStore
from geo_housing.inspections import service
from geo_housing.inspections.entry_form import REPORT, TYPED, fault_at
from geo_housing.inspections.queries import InspectionView, inspection_view
from geo_housing.inspections.stages import NEEDS_WORDS, Findings, lacking, more_than_registered
from geo_housing.settings import Language
from geo_housing.translation import translate
from geo_housing.words import (
    CHECK_RESULT,
    DAMAGE_CLASS,
    EVENT_MODE,
    FINDING_ITEM,
    INSPECTION_STATE,
    REPORTED_HOW,
    RISK,
    STRUCTURE,
    TRAIT,
)

WORDS: dict[str, Any] = {
    "state": INSPECTION_STATE, "result": CHECK_RESULT, "damage": DAMAGE_CLASS, "risk": RISK, "structure": STRUCTURE,
    "trait": TRAIT, "mode": EVENT_MODE, "item": FINDING_ITEM, "how": REPORTED_HOW,
}  # fmt: skip
LABELS = {
    "result": "排查结果", "damage": "损坏程度", "rooms_collapsed": "倒塌（间）", "rooms_severe": "严重损坏（间）",
    "rooms_slight": "一般损坏（间）", "finding_items": "损坏情况", "findings": "现场情况", "visitor": "排查人",
    "visited_at": "排查时间", "reported_by": "报告人", "reported_how": "报告方式", "reported_at": "报告时间",
}  # fmt: skip


@dataclass(frozen=True)
class FormPlace:
    """Where a form is sent.

    ``action``: as a plain form; ``api``: what the page's script sends to; ``photos``: before a photo's number. ``holder``
    says whose entries wait in this browser, so that nobody sends those of another. ``asks_report``: 代录.
    """

    action: str
    api: str
    photos: str
    holder: str
    back: str
    asks_report: bool
    following: str | None = None

    @property
    def needs_name(self) -> bool:
        """Whether nobody fills in who looked: a village's own account is a person, its link and 代录 are not."""
        return self.asks_report or self.holder.startswith("link:")


def form_content(
    view: InspectionView,
    place: FormPlace,
    present: dict[str, str],
    *,
    typed: dict[str, str] | None = None,
    error: GeoHousingError | None = None,
) -> dict[str, Any]:
    """What the template is given. ``present`` is what stands; ``typed`` what somebody sent and ``error`` refused."""
    item = view.inspection
    stored = service.findings_of(item)
    others: dict[str, str] = {}
    if typed is not None and isinstance(error, Conflict) and typed["version"] != present["version"]:
        # What somebody else saved is shown beside; saving again is then meant to replace it.
        asked = [name for name in TYPED if place.asks_report or name not in REPORT]
        others = {name: present[name] for name in asked if present[name] and present[name] != typed[name]}
        typed = {**typed, "version": present["version"]}
    return {
        "place": place,
        "view": view,
        "item": item,
        "typed": typed or present,
        "stands": stands(stored),
        "others": {name: said_of(name, value) for name, value in others.items()},
        "others_by": item.entered_by,
        "labels": LABELS,
        "faults": {fault.column: fault.sentence for fault in error.faults} if error else {},
        "error": error,
        "missing": {
            fault.column: fault.sentence for fault in lacking(stored, item.state, warned_since=view.warned_since)
        }
        if item.begun_at and not error
        else {},
        "needs_words": NEEDS_WORDS,
        "registered_rooms": view.rooms,
        "many_rooms": more_than_registered(stored.rooms, view.rooms),
        "photos": photos_shown(view, place.photos),
        "words": WORDS,
    }


def photos_shown(view: InspectionView, before: str) -> list[dict[str, Any]]:
    """The photos of an inspection as pages show them; ``before`` is what an address has before a photo's number."""
    return [
        {
            "address": f"{before}{photo.id}",
            "name": photo.name,
            "taken_at": photo.taken_at,
            "hint": photo.hint,
        }
        for photo in view.photos
    ]


def odd_of(view: InspectionView, sent: int) -> str:
    """What to check of a house that was just saved with ``sent`` photos: said beside the next one, with its code."""
    rooms = more_than_registered(service.findings_of(view.inspection).rooms, view.rooms)
    hints = [photo.hint for photo in view.photos[len(view.photos) - sent :]] if sent else []
    odd = "；".join(dict.fromkeys(one for one in (rooms, *hints) if one))
    return f"{view.house_code}：{odd}。" if odd else ""


def hint_in(hint: str, language: Language) -> str:
    """What to check of a photo, for a page's script."""
    return "；".join(translate(part, language) for part in hint.split("；")) if hint else ""


def stands(stored: Findings) -> dict[str, Any]:
    """What is stored, for the page's script: what somebody's entry was made upon."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(stored).items()}


def said_of(name: str, value: str) -> list[str]:
    """The value of a field as people read it; parts of it are translated one by one."""
    known = {
        "result": CHECK_RESULT,
        "damage": DAMAGE_CLASS,
        "reported_how": REPORTED_HOW,
        "finding_items": FINDING_ITEM,
    }
    if name in known:
        return [known[name].label(part) for part in value.split(",")]
    return [value.replace("T", " ") if name in ("visited_at", "reported_at") else value]


def add_photo(session: Session, actor: Actor, store: FileStore, inspection_id: int, photo: UploadFile) -> None:
    """Keep one photo of a form; a refusal names it. No further than one byte over the limit is read."""
    name, data = photo.filename or "照片.jpg", photo.file.read(MOST_BYTES + 1)
    try:
        service.add_photo(session, actor, store, inspection_id, data=data, name=name)
    except (BadInput, TooLarge) as error:
        raise BadInput(
            f"照片“{name[:60]}”没有保存：{error.sentence}", faults=[fault_at("photos", error.sentence)]
        ) from None


def keep_photos(
    session: Session,
    actor: Actor,
    store: FileStore,
    inspection_id: int,
    typed: dict[str, str],
    photos: Sequence[UploadFile],
) -> tuple[dict[str, str], int, list[str]]:
    """Keep those photos of a refused form that can be kept: how many, why not the others; the form stays as new as it was."""
    before = inspection_view(session, inspection_id, actor.scope).inspection.version
    kept, refused = 0, []
    for photo in photos:
        photo.file.seek(0)
        try:
            with session.begin_nested():
                add_photo(session, actor, store, inspection_id, photo)
        except GeoHousingError as error:
            refused.append(error.sentence)
            continue
        kept += 1
    if typed["version"] == str(before):
        typed = {**typed, "version": str(inspection_view(session, inspection_id, actor.scope).inspection.version)}
    return typed, kept, refused


@dataclass(frozen=True)
class KeptPhotos:
    """Of the photos of a refused form: how many were kept, and why not the others."""

    kept: int = 0
    refused: tuple[str, ...] = ()


def keep_chosen(
    session: Session, actor: Actor, store: FileStore, inspection_id: int, photos: Sequence[UploadFile]
) -> KeptPhotos:
    """The same where the form is not the inspection's own: a browser forgets chosen files."""
    _, kept, refused = keep_photos(session, actor, store, inspection_id, {"version": ""}, photos)
    return KeptPhotos(kept, tuple(dict.fromkeys(refused)))
