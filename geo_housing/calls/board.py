"""The board of a night's calls (叫应): how each division stands, who is called next, which row comes first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# What a row is. ``due``: nobody has answered for so long, or was tried in vain, that the next name must be called.
DUE, CALLING, WAITING, ANSWERED = "due", "calling", "waiting", "answered"
UNANSWERED = (DUE, CALLING)


@dataclass(frozen=True)
class Made:
    """One call as it stands; what was pressed by mistake is none. ``state`` is one of words.CALL_STATE."""

    id: int
    contact_id: int | None
    state: str
    called_at: datetime
    reply_by: datetime | None = None
    has_replied: bool = False


@dataclass(frozen=True)
class Called:
    """One division: whom one calls there, in order, and the calls so far; ``weight`` is how much is at stake there."""

    code: str
    order: Sequence[int]
    calls: Sequence[Made]
    weight: int = 0


@dataclass(frozen=True)
class Row:
    """How one division stands.

    ``since`` is when the first call was made that nobody has answered. ``last`` is the call on which answers are pressed.
    ``next`` is whom to call, None where nobody is known. ``all_tried``: everybody known was called in vain. ``reached``:
    somebody has answered, whatever is tried since. ``reply_by`` is when the answer is due that was promised and has not come.
    """

    code: str
    state: str
    since: datetime | None
    last: Made | None
    next: int | None
    all_tried: bool
    reached: bool
    reply_by: datetime | None
    is_reply_late: bool


@dataclass(frozen=True)
class Board:
    """The rows, the first to be dealt with on top, and how many divisions were reached."""

    rows: tuple[Row, ...]
    reached: int
    unanswered: int

    @property
    def figure(self) -> str:
        """3/6: reached of those to be called; empty where nobody is."""
        return f"{self.reached:,}/{len(self.rows):,}" if self.rows else ""


def board_of(areas: Iterable[Called], *, now: datetime, next_after: timedelta) -> Board:
    """The board at ``now``; a call counts as not answered ``next_after`` it was made."""
    found = [(row_of(area, now=now, next_after=next_after), area.weight) for area in areas]
    rows = [row for row, _ in sorted(found, key=lambda one: _turn(*one))]
    return Board(
        tuple(rows),
        reached=sum(row.reached for row in rows),
        unanswered=sum(row.state in UNANSWERED for row in rows),
    )


def row_of(area: Called, *, now: datetime, next_after: timedelta) -> Row:
    """One division: the calls since somebody last answered decide."""
    calls = sorted(area.calls, key=lambda call: call.id)
    answers = [place for place, call in enumerate(calls) if call.state == "answered"]
    tried = calls[answers[-1] + 1 :] if answers else calls
    last = calls[-1] if calls else None
    promised = calls[answers[-1]] if answers else None
    waits = promised is not None and promised.reply_by is not None and not promised.has_replied
    reply_by = promised.reply_by if promised and waits else None
    following, all_tried = _next(area.order, tried, promised)
    return Row(
        code=area.code,
        state=_state(last, now=now, next_after=next_after),
        since=min((call.called_at for call in tried), default=None),
        last=last,
        next=following,
        all_tried=all_tried,
        reached=bool(answers),
        reply_by=reply_by,
        is_reply_late=reply_by is not None and reply_by <= now,
    )


def _state(last: Made | None, *, now: datetime, next_after: timedelta) -> str:
    if last is None:
        return WAITING
    if last.state == "answered":
        return ANSWERED
    return CALLING if last.state == "calling" and now - last.called_at < next_after else DUE


def _next(order: Sequence[int], tried: Sequence[Made], promised: Made | None) -> tuple[int | None, bool]:
    """Whom to call, and whether everybody was tried: least often called first, then in the order of the roster.

    Who has answered before is called again as long as nothing was tried since.
    """
    if not order:
        return None, False
    if not tried and promised is not None and promised.contact_id in order:
        return promised.contact_id, False
    times = Counter(call.contact_id for call in tried)
    place = {contact: n for n, contact in enumerate(order)}
    following = min(order, key=lambda contact: (times[contact], place[contact]))
    return following, times[following] > 0


def _turn(row: Row, weight: int) -> tuple[int, float, str]:
    """Longest unanswered first, then whom nobody has called, most at stake first, then a late promise, at last who has answered."""
    if row.state in UNANSWERED:
        assert row.since is not None, "what is unanswered was called"
        return 0, row.since.timestamp(), row.code
    if row.state == WAITING:
        return 1, -weight, row.code
    if row.is_reply_late and row.reply_by is not None:
        return 2, row.reply_by.timestamp(), row.code
    return 3, 0, row.code
