"""How a shift stands between its officer and the next one: decided without a database.

Rights end with the shift; what is handed over does not. A shift goes on beyond its planned end until somebody has taken over, at
the latest until its cap: a night in which the successor is late is not without an officer, and nobody keeps rights for good.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from geo_housing.accounts.grants import Shift

# What a shift is. ``overrun``: its end has passed and nothing was handed over; ``lapsed``: so has its cap.
COMING, ON_DUTY, OVERRUN, HANDED_OVER, TAKEN_OVER, LAPSED, ENDED, CANCELLED = (
    "coming", "on_duty", "overrun", "handed_over", "taken_over", "lapsed", "ended", "cancelled",
)  # fmt: skip
LABELS = {
    COMING: "待上岗",
    ON_DUTY: "值班中",
    OVERRUN: "到点未交班",
    HANDED_OVER: "已交班，待接班",
    TAKEN_OVER: "已交接",
    LAPSED: "未交接",
    ENDED: "提前结束",
    CANCELLED: "已取消",
}
# Where the next officer, and the county, must do something.
WAITING = (HANDED_OVER, OVERRUN, LAPSED)
# A reminder of one's own end.
SOON = timedelta(minutes=30)


@dataclass(frozen=True)
class Standing:
    """One word for a shift, and whether another officer may take over now."""

    word: str
    may_take_over: bool

    @property
    def label(self) -> str:
        """As pages say it."""
        return LABELS[self.word]


def standing(shift: Shift, at: datetime, *, is_handed_over: bool, is_taken_over: bool) -> Standing:
    """How ``shift`` stands at ``at``.

    Whoever has not handed over is taken over only once their planned end has passed: nobody ends another one's night by a press.
    """
    if is_taken_over:
        return Standing(TAKEN_OVER, may_take_over=False)
    if shift.ended_at is not None and shift.ended_at <= at:
        if shift.ended_at <= shift.begins:
            return Standing(CANCELLED, may_take_over=False)
        # The office ended it; what was handed over before that still waits for somebody.
        return Standing(HANDED_OVER if is_handed_over else ENDED, may_take_over=is_handed_over)
    if at < shift.begins:
        return Standing(COMING, may_take_over=False)
    if is_handed_over:
        return Standing(HANDED_OVER, may_take_over=True)
    if at < shift.planned_end:
        return Standing(ON_DUTY, may_take_over=False)
    return Standing(OVERRUN if shift.holds_at(at) else LAPSED, may_take_over=True)


def is_soon_over(shift: Shift, at: datetime) -> bool:
    """Whether its officer should hand over now."""
    return shift.holds_at(at) and at >= shift.planned_end - SOON
