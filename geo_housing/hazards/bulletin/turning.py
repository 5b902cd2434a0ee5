"""A lift of one level and another level of the same kind in one text: what is meant is a change. Pure.

解除暴雨红色预警，继续发布暴雨黄色预警：甲、乙 is a warning that goes on at another level. Read as a lift alone it would
end what is in force. Where both name places of their own, each is a statement of its own (several.py).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from geo_housing.hazards.bulletin.marks import is_reference
from geo_housing.hazards.bulletin.signals import Signal, Words, direction

# Whether places are named between two positions.
NamesBetween = Callable[[int, int], bool]
_SENTENCE_END = "。;!"


def turned(
    text: str, heading: Signal | None, others: list[Signal], names_between: NamesBetween
) -> tuple[Signal | None, list[Signal]]:
    """The heading as the change that it is with one of ``others``, and the others without it."""
    if heading is None or heading.action is None or heading.kind is None:
        return heading, others
    for one in _of_its_kind(text, heading, others):
        lift, other = (heading, one) if heading.action.value == "lift" else (one, heading)
        if not _is_turn(lift, other) or _both_have_places(text, lift, other, names_between):
            continue
        return _change(heading, lift, other), [two for two in others if two is not one]
    return heading, others


def _of_its_kind(text: str, heading: Signal, others: list[Signal]) -> Iterator[Signal]:
    for one in others:
        kind = one.kind.value if one.kind is not None else None
        if is_reference(text, one):
            continue
        is_same = heading.kind is not None and kind in (None, heading.kind.value)
        if is_same and one.start >= heading.end and one.action is not None and one.level is not None:
            yield one


def _is_turn(lift: Signal, other: Signal) -> bool:
    """Whether one ends a level and the other says which one holds."""
    if lift.action is None or other.action is None or other.level is None:
        return False
    if lift.response_level is not None or other.response_level is not None:
        return False
    if lift.action.value != "lift" or other.action.value in ("lift", "response"):
        return False
    return lift.level is None or lift.level.value != other.level.value


def _both_have_places(text: str, lift: Signal, other: Signal, names_between: NamesBetween) -> bool:
    """解除甲暴雨红色预警，乙、丙降为橙色: what each is said of is told apart."""
    begins = min(lift.start, lift.action.start) if lift.action is not None else lift.start
    if lift.start < other.start:
        return names_between(begins, lift.end) and names_between(lift.end, _end(text, other.end))
    return names_between(lift.start if begins > lift.start else begins, lift.end) and names_between(
        other.start, min(begins, lift.start)
    )


def _end(text: str, at: int) -> int:
    ends = [place for mark in _SENTENCE_END if (place := text.find(mark, at)) >= 0]
    return min(ends, default=len(text))


def _change(heading: Signal, lift: Signal, other: Signal) -> Signal:
    """At the place of both; its verb stands where the lift's does, which then lifts nothing by itself."""
    assert lift.action is not None and other.level is not None and other.action is not None
    was = lift.level or other.former_level
    action = "change" if was is None else direction(was.value, other.level.value)
    return replace(
        other,
        start=min(lift.start, other.start),
        end=max(lift.end, other.end),
        action=Words(action, lift.action.start, lift.action.end),
        kind=heading.kind,
        former_level=was,
    )
