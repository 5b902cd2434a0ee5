"""What was done at an event, in the order of time, as the journal has it and as the reader may see it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.accounts.queries import display_names
from geo_housing.areas.queries import names_of
from geo_housing.db import Actor
from geo_housing.hazards.models import HazardEvent
from geo_housing.journal.queries import JournalPosition, Wanted, entries
from geo_housing.journal.wording import action_label, changes, figures

# In the course of one event it is clear what they are of.
_LABELS = {"级别": "事件级别", "种类": "灾种"}


def acts_of(
    session: Session,
    actor: Actor,
    event: HazardEvent,
    *,
    limit: int,
    until: datetime | None = None,
    after: JournalPosition | None = None,
) -> tuple[list[dict[str, Any]], JournalPosition | None]:
    """The journal of the event within the reader's area, the newest first, and where the next page begins.

    ``until``: what had been done by then.
    """
    wanted = Wanted(actor.scope, subject_kind="event", subject=str(event.id), until=until)
    found, following = entries(session, wanted, after=after, limit=limit)
    # Of a part of the event's ground the reader is told which.
    places = names_of(session, {entry.scope_code for entry in found if len(entry.scope_code) > len(event.scope_code)})
    people = display_names(session, {entry.user_id for entry in found if entry.user_id is not None})
    acts = [
        {
            **asdict(entry),
            "label": action_label(entry.action),
            "place": places.get(entry.scope_code, ""),
            # Nothing refused, nothing withdrawn: not worth a word beside what was done.
            "figures": [(name, value) for name, value in figures(entry.counts, entry.action) if value != "0"],
            "who": people.get(entry.user_id or 0) or entry.actor,
            # What follows for the event stands after what was done.
            "changes": sorted(
                ((_LABELS.get(field, field), *values) for field, *values in changes(entry.diff)),
                key=lambda change: change[0] == _LABELS["级别"],
            ),
            # What somebody typed may name a family.
            "note": entry.note if actor.may("heads.view") else None,
        }
        for entry in found
    ]
    return acts, following
