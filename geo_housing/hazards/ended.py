"""What an event that has ended (结束, 误发撤销) still takes: decided without a database.

Nothing begins in it any more: nobody is newly moved, no house is looked at for the first time. What was entered is put right,
and whoever is away comes home, which may be weeks after the event was closed. Who has more to enter opens it again first, so
that the figures of an event that is over change only where somebody said that it is not over.
"""

from geo_housing.errors import Conflict, Fault

ENDED_PHASES = ("closed", "mistaken")


class EventEnded(Conflict):
    """The event has ended and takes nothing new; the sentence says what to do instead."""

    title = "事件已经结束"

    def __init__(self, sentence: str) -> None:
        # The field tells a page's script that nobody else's words stand against what was typed.
        super().__init__(sentence, faults=[Fault(None, "event", None, sentence)])


def refuse_new(phase: str, *, closed: str, mistaken: str) -> None:
    """EventEnded with the sentence of the phase; nothing while the event goes on."""
    if phase in ENDED_PHASES:
        raise EventEnded(closed if phase == "closed" else mistaken)
