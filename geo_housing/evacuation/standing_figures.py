"""Which telephone figures still say something of now, and who was named for them and is moved no longer.

The last figure of an area stands until somebody settles it or its ground is warned again after the moment of which it tells:
whoever had gone home there is fetched once more, so that nobody knows how many of them are away. A figure of a county falls
with the first of its townships. All of it can be asked as of an earlier moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from geo_housing.evacuation.models import EvacuationFigure
from geo_housing.evacuation.states import MOVED
from geo_housing.hazards.grounds import warned_again_at
from geo_housing.houses.heads import NOBODY, Heads
from geo_housing.scope import AreaScope

_UNTIL = "coalesce(CAST(:as_of AS timestamptz), 'infinity')"
# Households that stand as not moved and were moved before: the last time that somebody said so, or that they were called
# back. A step that was taken back was an error, and taking one back says that nobody was moved.
_GONE = """
    SELECT DISTINCT ON (t.id) t.scope_code, s.at, s.people_before AS people
    FROM evacuation_step s JOIN ({rows}) t ON t.id = s.evacuation_id
    WHERE s.event_id = :event AND s.at > :since AND s.at <= {until} AND s.act <> 'undo'
      AND s.state_before = ANY (CAST(:moved AS text[])) AND s.state_after <> ALL (CAST(:moved AS text[]))
      AND t.state <> ALL (CAST(:moved AS text[]))
      AND NOT EXISTS (
        SELECT FROM evacuation_step u WHERE u.evacuation_id = s.evacuation_id AND u.undoes = s.id AND u.at <= {until})
    ORDER BY t.id, s.id DESC
"""
_ROWS = """
    SELECT id, scope_code, state FROM evacuation
    WHERE event_id = :event AND scope_code >= :lo AND scope_code < :hi AND withdrawn_at IS NULL
"""


@dataclass(frozen=True)
class Standing:
    """A figure that stands; ``gone`` were named for it and are to be fetched once more."""

    row: EvacuationFigure
    gone: Heads


def standing_figures(
    session: Session, event_id: int, scope: AreaScope, *, as_of: datetime | None, rows_then: str = ""
) -> list[Standing]:
    """The last figure of each area, as far as it says something of now; ``rows_then`` reads the rows as of ``as_of``."""
    found = _last_figures(session, event_id, scope, as_of=as_of)
    if not found:
        return []
    values = {
        "event": event_id,
        "lo": scope.lo,
        "hi": scope.hi,
        "since": min(said(row) for row in found),
        "as_of": as_of,
        "moved": list(MOVED),
    }
    gone = session.execute(text(_GONE.format(rows=rows_then if as_of else _ROWS, until=_UNTIL)), values).all()
    return [Standing(row, _gone_since(row, gone)) for row in found]


def standing_figure(session: Session, event_id: int, area: str) -> EvacuationFigure | None:
    """What was told last of this very area and still stands."""
    found = _last_figures(session, event_id, AreaScope(area), as_of=None)
    return next((row for row in found if row.scope_code == area), None)


def fallen_figures(session: Session, event_id: int, scope: AreaScope) -> dict[str, EvacuationFigure]:
    """The last figure of each area that says nothing of now, because its ground was warned again since."""
    found = _last_figures(session, event_id, scope, as_of=None, is_overtaken=True)
    return {row.scope_code: row for row in found}


def said(row: EvacuationFigure) -> datetime:
    """The moment of which a figure tells; the clock of whoever stated it may run ahead."""
    return min(row.said_at, row.entered_at)


def warned_since(
    session: Session, event_id: int, area: str, at: datetime, *, as_of: datetime | None = None
) -> datetime | None:
    """When ground of an area was warned again after a moment; None where it was not."""
    return _warned_since(warned_again_at(session, event_id, as_of=as_of), area, at)


def _warned_since(again: dict[str, datetime], area: str, at: datetime) -> datetime | None:
    found = [when for code, when in again.items() if when > at and (code.startswith(area) or area.startswith(code))]
    return max(found, default=None)


def _last_figures(
    session: Session, event_id: int, scope: AreaScope, *, as_of: datetime | None, is_overtaken: bool = False
) -> list[EvacuationFigure]:
    """The last figure of each area that nobody has settled and no warning has overtaken, or that one has."""
    one = EvacuationFigure
    wanted = (
        select(one)
        .where(one.event_id == event_id, one.scope_code >= scope.lo, one.scope_code < scope.hi)
        .order_by(one.scope_code, one.id.desc())
        .ext(distinct_on(one.scope_code))
    )
    if as_of is not None:
        wanted = wanted.where(one.entered_at <= as_of)
    last = session.scalars(wanted.execution_options(populate_existing=True))
    rows = [row for row in last if row.settled_at is None or (as_of is not None and row.settled_at > as_of)]
    again = warned_again_at(session, event_id, as_of=as_of) if rows else {}
    return [row for row in rows if (_warned_since(again, row.scope_code, said(row)) is not None) == is_overtaken]


def _gone_since(figure: EvacuationFigure, gone: Sequence[Row[Any]]) -> Heads:
    found = NOBODY
    for row in gone:
        if row.scope_code.startswith(figure.scope_code) and row.at > said(figure):
            found = found.plus(Heads(1, row.people or 0, int(row.people is None)))
    return found
