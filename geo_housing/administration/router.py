"""The API of journal and settings: reading only, changes are made on the pages by a person."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from geo_housing.accounts.access import Access, requires
from geo_housing.administration.journal_filter import Asked
from geo_housing.administration.journal_pages import Reader, lines_of
from geo_housing.administration.schemas import Entries, EntryOut, RecordedOut, SettingOut, SettingsOut
from geo_housing.administration.settings_pages import SettingLine, setting_lines
from geo_housing.journal.queries import JournalPosition, entries
from geo_housing.journal.wording import counts_told

router = APIRouter(prefix="/api/v1", tags=["administration"])

MOST_ROWS = 1000


def _asked(
    since: str = "",
    until: str = "",
    who: str = "",
    action: str = "",
    kind: str = "",
    subject: str = "",
    area: str = "",
) -> Asked:
    """The filter of the page, parameter by parameter: days since and until (both included)."""
    return Asked.read(
        {
            "since": since, "until": until, "who": who, "action": action, "kind": kind, "subject": subject, "area": area,
        }
    )  # fmt: skip


@router.get("/journal")
def get_journal(
    access: Reader,
    asked: Annotated[Asked, Depends(_asked)],
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Entries:
    """Entries newest first, filtered as on the page."""
    wanted = asked.wanted(access.session, access.actor)
    found, following = entries(access.session, wanted, after=JournalPosition.read(cursor), limit=limit)
    items = [
        EntryOut(
            id=line.entry.id,
            at=line.entry.at,
            actor=line.entry.actor,
            who=line.who,
            action=line.entry.action,
            label=line.action,
            subject_kind=line.entry.subject_kind,
            subject_id=line.entry.subject_id,
            area=line.entry.scope_code,
            batch_id=line.entry.batch_id,
            source=line.entry.source,
            address=line.entry.address,
            request_id=line.entry.request_id,
            counts=counts_told(line.entry.counts),
            diff=line.entry.diff,
            note=line.entry.note,
        )
        for line in lines_of(access.session, found)
    ]
    return Entries(items=items, next=following.text() if following else None)


@router.get("/settings")
def get_settings(access: Annotated[Access, requires("settings.edit")]) -> SettingsOut:
    """Every rule with the value in force in one's area and everything recorded."""
    return SettingsOut(items=[_setting(line) for line in setting_lines(access.session, access.actor)])


def _setting(line: SettingLine) -> SettingOut:
    return SettingOut(
        key=line.setting.key,
        label=line.setting.label,
        unit=line.setting.unit,
        value=line.holds.value,
        basis=line.holds.basis,
        area=line.holds.area_code,
        effective_from=line.holds.effective_from,
        proposed=line.is_proposed,
        default=line.setting.default,
        history=[
            RecordedOut(
                value=row.value,
                area=row.area_code,
                effective_from=row.effective_from,
                basis=row.basis,
                recorded_by=row.recorded_by,
                recorded_at=row.recorded_at,
            )
            for row in line.history
        ],
    )
