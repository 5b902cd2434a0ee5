"""Whose each column of a list of risk areas is: telephones and posts go to the person whose column they stand with. Pure.

A heading that names its person (监测人电话) is theirs. One that does not (联系电话) stands for the people to its left who have
none by name, in their order. Where that leaves a choice, nobody gets the number and the column is told: a wrong number on
a card is worse than none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from geo_housing.houses.spreadsheet.fields import plain_heading
from geo_housing.response.standing.fields import DUTIES, FIELD_OF, Slot

_DUTY_OF = {plain_heading(text): duty for duty, texts in DUTIES.items() for text in (duty, *texts)}
_PARTS = {
    "phone": re.compile(r"(?:的|及)?(联系电话|联系方式|联系号码|电话号码|手机号码|手机号|手机|电话)([_\d]*)$"),
    "post": re.compile(r"(?:的|及)?(职务)([_\d]*)$"),
}
_NAME = re.compile(r"(的?姓名|名字)$")
_COUNT = re.compile(r"[_\d]+$")
# A shape file cuts a name after ten bytes, in the middle of a word.
_CUT = re.compile(r"(电|联|联系|联系电|手|职)$")
# People whom we keep no place for: what stands with them is theirs all the same, and nobody else's.
_SOMEBODY = re.compile(r"(人|员|长|书记|主任|干部|领导|姓名)[_\d]*$")
_UNSURE = "（看不出是谁的）"
# Columns that say nothing of the place: read over, not reported.
_IDLE = frozenset(
    plain_heading(text) for text in ("序号", "县", "县区", "旗县", "fid", "id", "objectid", "shape_leng", "shape_area")
)


@dataclass(frozen=True)
class _Holder:
    """A column of names; ``duty`` None: somebody whom we keep no place for."""

    column: int
    text: str
    duty: str | None


@dataclass(frozen=True)
class _Part:
    """A column of telephones or posts; ``whose`` is what its heading says before it, "" nothing."""

    column: int
    field: str
    word: str
    whose: tuple[str, ...]


def slots_of(headings: Sequence[str]) -> tuple[list[Slot], list[str]]:
    """What each column states, in their order, and the headings of those that say nothing to us."""
    slots: list[Slot] = []
    unknown: dict[int, str] = {}
    holders: list[_Holder] = []
    parts: list[_Part] = []
    for n, heading in enumerate(headings):
        text = plain_heading(heading)
        if not text or text in _IDLE:
            continue
        named = _NAME.sub("", text)
        duty = _DUTY_OF.get(named) or _DUTY_OF.get(_COUNT.sub("", named))
        if duty is not None:
            holders.append(_Holder(n, named, duty))
        elif (part := _part_of(n, text)) is not None:
            parts.append(part)
        elif (name := FIELD_OF.get(text)) is not None and all(slot.field != name for slot in slots):
            slots.append(Slot(n, name))
        else:
            unknown[n] = heading
            if name is None and _SOMEBODY.search(text):
                holders.append(_Holder(n, named, None))
    persons = [holder for holder in holders if holder.duty is not None]
    slots += [Slot(one.column, "person", one.duty, i) for i, one in enumerate(persons)]
    owners = _owners(holders, parts)
    for part in parts:
        owner = owners.get(part.column)
        if owner is None:
            unknown[part.column] = headings[part.column] + _UNSURE
        elif owner.duty is None:
            unknown[part.column] = headings[part.column]
        else:
            slots.append(Slot(part.column, part.field, owner.duty, persons.index(owner)))
    return sorted(slots, key=lambda slot: slot.column), [unknown[n] for n in sorted(unknown)]


def _part_of(column: int, text: str) -> _Part | None:
    """Whether a heading is a telephone or a post, and whose it says it is: 责任人2电话 and 责任人电话2 are one."""
    for field, form in _PARTS.items():
        if found := form.search(text):
            whose = _NAME.sub("", text[: found.start()])
            return _Part(column, field, found[1], (whose + found[2], whose) if whose else ())
    if (found := _CUT.search(text)) and text[: found.start()] in _DUTY_OF:
        whose = text[: found.start()]
        return _Part(column, "post" if found[1] == "职" else "phone", "", (whose,))
    return None


def _owners(holders: Sequence[_Holder], parts: Sequence[_Part]) -> dict[int, _Holder]:
    """Whose each telephone and post is, by its column."""
    owners: dict[int, _Holder] = {}
    for field in _PARTS:
        of_field = [part for part in parts if part.field == field]
        for part in of_field:
            if part.whose and (found := _named(holders, part)) is not None:
                owners[part.column] = found
        named = {owner.column for column, owner in owners.items() if any(part.column == column for part in of_field)}
        bare = [part for part in of_field if not part.whose]
        owners |= _by_place(holders, bare, named)
    return owners


def _named(holders: Sequence[_Holder], part: _Part) -> _Holder | None:
    """The person whom a heading names: by the very word, else by the duty where one alone has it."""
    for whose in part.whose:
        same = [holder for holder in holders if holder.text == whose]
        if same:
            before = [holder for holder in same if holder.column < part.column]
            return (before or same)[-1 if before else 0]
    duty = _DUTY_OF.get(part.whose[-1])
    of_duty = [holder for holder in holders if duty is not None and holder.duty == duty]
    return of_duty[0] if len(of_duty) == 1 else None


def _by_place(holders: Sequence[_Holder], bare: Sequence[_Part], named: set[int]) -> dict[int, _Holder]:
    """Whose the columns are that name nobody: runs of them belong to the run of people before, one each or all to one."""
    waiting = [holder for holder in holders if holder.column not in named]
    owners: dict[int, _Holder] = {}
    for people, run in _runs(waiting, bare):
        if len(people) == len(run):
            owners |= {part.column: holder for part, holder in zip(run, people, strict=True)}
        elif len(people) == 1 or (people and len(run) == 1):
            owners |= {part.column: people[-1] for part in run}
        elif not people and len(holders) == 1:
            # 责任人, 责任人电话, 手机: the only one there is.
            owners |= {part.column: holders[0] for part in run}
    contacts = [holder for holder in waiting if holder.duty == "contact"]
    if len(contacts) == 1 and contacts[0] not in owners.values():
        # 联系电话 is by its word the 联系人's, unless it stands with another: then it is not known whose.
        for part in bare:
            if part.word.startswith("联系") and owners.pop(part.column, None) is None:
                owners[part.column] = contacts[0]
    return owners


def _runs(people: Sequence[_Holder], bare: Sequence[_Part]) -> list[tuple[list[_Holder], list[_Part]]]:
    """Neighbouring columns of people, each run with the columns behind it that name nobody."""
    runs: list[tuple[list[_Holder], list[_Part]]] = [([], [])]
    both: list[_Holder | _Part] = [*people, *bare]
    for one in sorted(both, key=lambda one: one.column):
        if isinstance(one, _Part):
            runs[-1][1].append(one)
        elif runs[-1][1]:
            runs.append(([one], []))
        else:
            runs[-1][0].append(one)
    return runs
