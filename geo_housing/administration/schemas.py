"""Journal and settings as they go over HTTP."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel


class EntryOut(BaseModel):
    """One act; ``label`` is the action in words."""

    id: int
    at: datetime
    actor: str
    who: str
    action: str
    label: str
    subject_kind: str | None
    subject_id: str | None
    area: str
    batch_id: int | None
    source: str
    address: str | None
    request_id: str | None
    counts: dict[str, Any] | None
    diff: dict[str, Any] | None
    note: str | None


class Entries(BaseModel):
    """One page of the journal, newest first; ``next`` is the cursor of the following page."""

    items: list[EntryOut]
    next: str | None


class RecordedOut(BaseModel):
    """A value as it was recorded."""

    value: Any
    area: str
    effective_from: date
    basis: str
    recorded_by: str
    recorded_at: datetime


class SettingOut(BaseModel):
    """A rule with the value in force in one's area; ``proposed``: it rests on our proposal alone, so it only warns."""

    key: str
    label: str
    unit: str
    value: Any
    basis: str
    area: str
    effective_from: date | None
    proposed: bool
    default: Any
    history: list[RecordedOut]


class SettingsOut(BaseModel):
    """All rules."""

    items: list[SettingOut]
    next: None = None
