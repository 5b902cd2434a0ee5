"""A report as it is read, on the page and in its files: heading, figures, the parts in words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from geo_housing.accounts.queries import display_name_of
from geo_housing.areas.queries import county_name, name_of_area
from geo_housing.clock import BEIJING
from geo_housing.hazards.models import HazardEvent
from geo_housing.response.reports import service
from geo_housing.response.reports.compared import differences
from geo_housing.response.reports.document import write_document
from geo_housing.response.reports.figures import Figures, figures_of
from geo_housing.response.reports.models import EventReport
from geo_housing.response.reports.wording import Heading, Section, sections
from geo_housing.response.reports.workbook import write_workbook

# A report of now is made in seconds.
EARLIER = timedelta(minutes=1)
WRITERS: dict[str, Callable[[Heading, Figures, list[Section], Path], None]] = {
    "docx": write_document,
    "xlsx": write_workbook,
}


@dataclass(frozen=True)
class Shown:
    """One report with everything that its page and its files say."""

    row: EventReport
    heading: Heading
    figures: Figures
    parts: list[Section]

    def write(self, ending: str, path: Path) -> None:
        """Write it as ``docx`` or ``xlsx``."""
        WRITERS[ending](self.heading, self.figures, self.parts, path)


def _called(session: Session, made_by: str) -> str:
    """The name on pages of who made a report; the name that they sign in with is nobody's to read."""
    name = made_by.partition(":")[2] or made_by
    return display_name_of(session, name) or name


def _kind_put_right(session: Session, row: EventReport) -> str:
    """Which kind of report a 更正 puts right, through any other 更正 between; of any other report its own."""
    while row.corrects is not None:
        row = session.get_one(EventReport, row.corrects)
    return row.kind


def shown(session: Session, event: HazardEvent, row: EventReport) -> Shown:
    """A report put into words, compared with the one before."""
    figures = figures_of(row.figures)
    before = service.before(session, row)
    corrected = session.get(EventReport, row.corrects) if row.corrects else None
    heading = Heading(
        event.name,
        event.mode == "drill",
        row.kind,
        row.number,
        row.as_of.astimezone(BEIJING),
        name_of_area(session, row.scope_code) or county_name(session) or "",
        _called(session, row.made_by),
        corrected.number if corrected else None,
        row.reason,
        row.scope_code,
        row.sent_at is not None,
        row.made_at - row.as_of > EARLIER,
        corrected_kind=_kind_put_right(session, row),
        is_dropped=row.dropped_at is not None,
    )
    parts = sections(
        heading,
        figures,
        differences(figures, before),
        difficulties=row.difficulties,
        next_steps=row.next_steps,
        has_before=before is not None,
        is_final=row.sent_at is not None,
        put_right=differences(figures, figures_of(corrected.figures)) if corrected else None,
    )
    return Shown(row, heading, figures, parts)
