"""The board of a night's calls (叫应): how each division stands, who is called next, which row comes first."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# What a row is. ``due``: nobody has answered for so long, or was tried in vain, that the next name must be called.
# ``lifted``: its warnings are over before anybody has answered, or were a mistake before anybody was called: nobody is called
# because of them any more. Of a mistake, and of a division that left the zones, whoever was called is ``waiting`` to be told of
# it, and ``answered`` when told.
DUE, CALLING, WAITING, ANSWERED, LIFTED = "due", "calling", "waiting", "answered", "lifted"
UNANSWERED = (DUE, CALLING)


@dataclass(frozen=True)
class Made:
    """One call as it stands; what was pressed by mistake is none. ``state`` is one of words.CALL_STATE.

    ``tells_left``: it was made to tell that the division has left the zones.
    """

    id: int
    contact_id: int | None
    state: str
    called_at: datetime
    reply_by: datetime | None = None
    has_replied: bool = False
    answered_at: datetime | None = None
    tells_left: bool = False

    @property
    def spoke_at(self) -> tuple[datetime, int]:
        """When somebody answered, by the order of the calls where that is not known."""
        return self.answered_at or self.called_at, self.id


@dataclass(frozen=True)
class Called:
    """One division: whom one calls there, in order, and the calls so far; ``weight`` is how much is at stake there.

    ``warned_at``: when it was warned last; who had answered before that has not been told of it. ``is_lifted``: no warning is
    in force there any more. ``mistaken_at``: when it was called a mistake (误发撤销); no answer is late from then on, and
    whoever was called before is told. ``has_left``: no zone touches it any more; whoever was called is told of that,
    and nobody else is called but because of houses of doubtful place.
    """

    code: str
    order: Sequence[int]
    calls: Sequence[Made]
    weight: int = 0
    warned_at: datetime | None = None
    is_lifted: bool = False
    mistaken_at: datetime | None = None
    has_left: bool = False


@dataclass(frozen=True)
class Row:
    """How one division stands.

    ``since`` is when the first call was made that nobody has answered. ``last`` is the call on which answers are pressed,
    ``newest`` the number of the one that was begun last (0: none).
    ``next`` is whom to call, None where nobody is known. ``all_tried``: everybody known was called in vain.
    ``has_answered``: somebody has, whatever is tried since; ``warned_again`` is when they were warned once more and must be called
    anew. ``has_left``: its state is that of telling it so; ``entered_again``: it was told so, and zones touch it again.
    ``settled``: how many of the calls, the oldest ones, are of before all was a mistake, or before it left.
    ``reply_by`` is when the answer is due that was promised and has not come.
    """

    code: str
    state: str
    since: datetime | None
    last: Made | None
    newest: int
    next: int | None
    all_tried: bool
    has_answered: bool
    reply_by: datetime | None
    is_reply_late: bool
    warned_again: datetime | None = None
    has_left: bool = False
    entered_again: bool = False
    settled: int = 0

    @property
    def reached(self) -> bool:
        """Whether it has answered what was said last."""
        return self.state == ANSWERED


@dataclass(frozen=True)
class Board:
    """The rows, the first to be dealt with on top. Each is counted once: reached, unanswered, waiting, or lifted and no more to be called; but for those that have left."""

    rows: tuple[Row, ...]

    def _count(self, *states: str) -> int:
        return sum(row.state in states for row in self.rows if not row.has_left)

    @property
    def reached(self) -> int:
        """Divisions that have answered."""
        return self._count(ANSWERED)

    @property
    def unanswered(self) -> int:
        """Divisions that were called and have not answered."""
        return self._count(*UNANSWERED)

    @property
    def waiting(self) -> int:
        """Divisions that nobody has called, or not since they were warned again."""
        return self._count(WAITING)

    @property
    def lifted(self) -> int:
        """Divisions that had not answered when their warnings were lifted."""
        return self._count(LIFTED)

    @property
    def total(self) -> int:
        """Divisions to be called: reached, unanswered and waiting."""
        return self._count(ANSWERED, *UNANSWERED, WAITING)

    @property
    def to_tell(self) -> int:
        """Divisions that were called, have left the zones, and have not been told so."""
        return sum(row.has_left and row.state not in (ANSWERED, LIFTED) for row in self.rows)

    @property
    def figure(self) -> str:
        """3/6: reached of those to be called; empty where nobody is."""
        return f"{self.reached:,}/{self.total:,}" if self.total else ""


@dataclass(frozen=True)
class CallsLeft:
    """What the calls of an event leave open: divisions to be called that nobody has reached, and to be told what is over for them.

    The first two stand on the board of whoever asks, ``of_villages`` where that is a township's. The others are villages on the
    boards of the townships below, of those townships that call their villages here: what the rest have told theirs is in
    their own answer.
    """

    to_call: int = 0
    to_tell: int = 0
    villages_to_call: int = 0
    villages_to_tell: int = 0
    of_villages: bool = False

    @property
    def sentence(self) -> str:
        """A sentence for each; empty where nothing is open."""
        of_township = (
            (self.to_call, f"还有 {self.to_call:,} 个村没有叫应。"),
            (self.to_tell, f"还有 {self.to_tell:,} 个村已移出影响范围，叫过的没有告知。"),
        )
        of_county = (
            (self.to_call, f"还有 {self.to_call:,} 个乡镇没有叫应。"),
            (self.villages_to_call, f"乡镇还有 {self.villages_to_call:,} 个村没有叫应。"),
            (self.to_tell, f"还有 {self.to_tell:,} 个乡镇已移出影响范围，叫过的没有告知。"),
            (self.villages_to_tell, f"乡镇还有 {self.villages_to_tell:,} 个村已移出影响范围，叫过的没有告知。"),
        )
        return "".join(sentence for places, sentence in (of_township if self.of_villages else of_county) if places)


NO_CALLS_LEFT = CallsLeft()


def board_of(areas: Iterable[Called], *, now: datetime, next_after: timedelta) -> Board:
    """The board at ``now``; a call counts as not answered ``next_after`` it was made."""
    found = [(row_of(area, now=now, next_after=next_after), area.weight) for area in areas]
    return Board(tuple(row for row, _ in sorted(found, key=lambda one: _turn(*one))))


def row_of(area: Called, *, now: datetime, next_after: timedelta) -> Row:
    """One division: the calls that were begun since somebody last answered decide.

    Who rings back after the next name was called answers for the division, too.
    """
    calls = sorted(area.calls, key=lambda call: (call.called_at, call.id))
    if area.mistaken_at is not None:
        settled = sum(call.called_at < area.mistaken_at for call in calls)
        row = _told_anew(area, calls[:settled], calls[settled:], now=now, next_after=next_after)
        return row if calls else replace(row, state=LIFTED)
    told = [n for n, call in enumerate(calls) if call.tells_left]
    if area.has_left and calls:
        settled = max((n + 1 for n, call in enumerate(calls) if not call.tells_left), default=0)
        row = _told_anew(area, calls[:settled], calls[settled:], now=now, next_after=next_after)
        is_over = area.is_lifted and row.state != ANSWERED
        return replace(row, has_left=True, state=LIFTED if is_over else row.state)
    if told:
        row = _row(replace(area, calls=calls[told[-1] + 1 :]), now=now, next_after=next_after)
        newest = max(row.newest, *(call.id for call in calls))
        return replace(row, newest=newest, entered_again=row.state not in (ANSWERED, LIFTED))
    return _row(area, now=now, next_after=next_after)


def _row(area: Called, *, now: datetime, next_after: timedelta) -> Row:
    calls = sorted(area.calls, key=lambda call: (call.called_at, call.id))
    promised = max((call for call in calls if call.state == "answered"), key=lambda call: call.spoke_at, default=None)
    tried = [call for call in calls if promised is None or (call.called_at, call.id) > promised.spoke_at]
    last = tried[-1] if tried else promised
    is_old = promised is not None and area.warned_at is not None and promised.spoke_at[0] < area.warned_at
    waits = not is_old and promised is not None and promised.reply_by is not None and not promised.has_replied
    reply_by = promised.reply_by if promised and waits else None
    following, all_tried = _next(area.order, tried, promised)
    state = WAITING if is_old and not tried else _state(last, now=now, next_after=next_after)
    if area.is_lifted and state != ANSWERED:
        state = LIFTED
    return Row(
        code=area.code,
        state=state,
        since=min((call.called_at for call in tried), default=None),
        last=last,
        newest=max((call.id for call in calls), default=0),
        next=following,
        all_tried=all_tried,
        has_answered=promised is not None,
        reply_by=reply_by,
        is_reply_late=reply_by is not None and reply_by <= now,
        warned_again=area.warned_at if is_old and not area.is_lifted else None,
    )


def _told_anew(
    area: Called, before: Sequence[Made], since: Sequence[Made], *, now: datetime, next_after: timedelta
) -> Row:
    """Who was called ``before`` is told in calls of their own, ``since``; who spoke there is told first."""
    night = _row(replace(area, calls=before), now=now, next_after=next_after)
    row = _row(replace(area, calls=since, warned_at=None, is_lifted=False), now=now, next_after=next_after)
    spoke = max((call for call in before if call.state == "answered"), key=lambda call: call.spoke_at, default=None)
    is_known = not since and spoke is not None and spoke.contact_id in area.order
    return replace(
        row,
        newest=max(row.newest, night.newest),
        next=spoke.contact_id if spoke is not None and is_known else row.next,
        has_answered=row.has_answered or night.has_answered,
        reply_by=None,
        is_reply_late=False,
        settled=len(before),
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
    """Longest unanswered first, then whom nobody has called, most at stake first, then who is to be told that they left, then a late promise, at last who has answered, and where nobody is called any more."""
    if row.state == LIFTED:
        return 5, -weight, row.code
    if row.state in UNANSWERED:
        assert row.since is not None, "what is unanswered was called"
        return 0, row.since.timestamp(), row.code
    if row.state == WAITING:
        return 2 if row.has_left else 1, -weight, row.code
    if row.is_reply_late and row.reply_by is not None:
        return 3, row.reply_by.timestamp(), row.code
    return 4, 0, row.code
