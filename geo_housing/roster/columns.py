"""Which column of a list is what. Pure.

Townships keep contacts in two forms: one line a person (村, 类别, 姓名, 电话), and one line a village with a pair of columns
for each role (村, 包村领导, 电话, 村书记, 电话 …), under one head row or two. Both become slots: column, field, whose.
An upper head is context: it tells equal sub-heads apart (起, 止 under 任期; 姓名 under each of several roles).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from geo_housing.houses.spreadsheet.fields import Catalogue, plain_heading
from geo_housing.houses.spreadsheet.tables import Merge
from geo_housing.roster.facts import KINDS
from geo_housing.roster.headings import FIELDS, field_of, field_under
from geo_housing.roster.spelling import known_role, known_turn

_TURN = re.compile(r"[(（\[]?\s*[ABab]\s*[岗角]\s*[)）\]]?")
# Words of an upper head that only says: here are people.
_GENERAL = re.compile(
    r"责任人|负责人|联系人|人员|联系方式|通讯|名单|基本|相关|有关|信息|情况|资料|登记|个人|姓名|电话|手机|职务|单位|任职|[及和与的、()（）]"
)
# After the name of a role in one heading: 村书记姓名, 网格员联系电话.
_PARTS = (
    ("phone", re.compile(r"(的?联系电话|联系方式|电话号码|手机号码|手机号|手机|电话)$")),
    ("post", re.compile(r"职务$")),
    ("unit", re.compile(r"单位$")),
    ("name", re.compile(r"(的?姓名|名字)$")),
)
# A telephone without a person: the heading says both.
_DUTY = frozenset({"值班电话", "值班室电话", "值守电话", "24小时值班电话", "应急值班电话"})
_BESIDE_A_NAME = frozenset({"post", "unit", "phone", "phone_2", "turn"})


@dataclass(frozen=True)
class Slot:
    """One column: its heading as reports name it, its field, and the person of the row it belongs to.

    ``group`` -1 is the row itself; each further one is a person whose ``role`` the head names.
    """

    column: int
    heading: str
    field: str
    role: str | None = None
    group: int = -1


def catalogue_of(kind: str) -> Catalogue:
    """How the reader of ledgers finds the heads of such a list."""

    def recognise(heading: str) -> tuple[str, int] | None:
        found = _contact_heading(heading)[1] if kind == "contacts" else field_of(kind, heading)
        return (found, 0) if found else None

    needs = "、".join(fact.label for fact in KINDS[kind].facts.values() if fact.is_needed)
    return Catalogue(
        recognise=recognise,
        by_name={field.name: field for field in FIELDS[kind]},
        keys=frozenset({"name", "phone"}),
        tells_sums=True,
        needs=f"前 20 行里没有认出表头；至少要有 {needs}，请在表头写明。",
    )


def slots_of(kind: str, heads: Sequence[Sequence[str]], merges: Sequence[Merge], first_line: int) -> list[Slot]:
    """The slots of a list with these head rows (one or two); ``first_line`` is the line of the upper one."""
    width = max(map(len, heads))
    low = _filled(heads[-1], width)
    top = _carried(_filled(heads[0], width), low, merges, first_line) if len(heads) > 1 else [""] * width
    if kind == "contacts":
        return _contact_slots(top, low)
    slots: dict[str, Slot] = {}
    for n, (above, here) in enumerate(zip(top, low, strict=True)):
        name = field_under(kind, above, here)
        if name is not None and (name not in slots or name in ("phone", "phone_2")):
            # Every column of telephones counts, in its order.
            slots[name if name not in slots else f"{name} {n}"] = Slot(n, _told(kind, above, here), name)
    return list(slots.values())


def _told(kind: str, above: str, here: str) -> str:
    """A heading as reports name it: with the upper one where only both say what it is."""
    return f"{above}{here}" if above and here and field_of(kind, here) is None else here or above


def _contact_slots(top: list[str], low: list[str]) -> list[Slot]:
    slots: list[Slot] = []
    role: str | None = None
    group = -1
    persons = _persons(top, low)
    for n, (above, here) in enumerate(zip(top, low, strict=True)):
        own_role, name = _contact_heading(here or above, above if here and above in persons else "")
        if name is None and here:
            name = field_under("contacts", above, here)
        if name is None:
            role = None
            continue
        taken = {slot.field for slot in slots if slot.group == group and role is not None}
        if own_role is not None:
            if own_role != role or name in taken - {"phone"}:
                group += 1
            role = own_role
        elif name not in _BESIDE_A_NAME or name in taken - {"phone", "phone_2"}:
            role = None
        heading = f"{above}{here}" if own_role and above and here else _told("contacts", above, here)
        place = group if role is not None else -1
        if place >= 0 or name in ("phone", "phone_2") or all((s.field, s.group) != (name, -1) for s in slots):
            slots.append(Slot(n, heading, name, role, place))
    return slots


def _persons(top: list[str], low: list[str]) -> frozenset[str]:
    """The upper heads that say whose columns stand under them.

    Each of several with a name under it does, and a known role; one alone only where nothing else in the head is the
    role, and where it says more than that people are listed.
    """
    named = {
        above for above, here in zip(top, low, strict=True) if here and above and field_of("contacts", here) == "name"
    }
    has_role = any(field_under("contacts", above, here) == "role" for above, here in zip(top, low, strict=True))
    if len(named) > 1:
        return frozenset(above for above in named if not (has_role and _is_general(above)))
    return frozenset(
        above for above in named if _names_role(above) or known_turn(above) or not (has_role or _is_general(above))
    )


def _is_general(above: str) -> bool:
    return not _GENERAL.sub("", plain_heading(above))


def _contact_heading(heading: str, above: str = "") -> tuple[str | None, str | None]:
    """Role (as written) and field of one column of a list of contacts; ``above`` is what the upper head says over it."""
    if not heading:
        return None, None
    if heading in _DUTY:
        return heading, "phone"
    plain = field_of("contacts", heading)
    if above and plain in _BESIDE_A_NAME | {"name"}:
        return above, plain
    if plain is not None:
        return None, plain
    for name, pattern in _PARTS:
        stem = pattern.sub("", heading)
        if stem != heading and _names_role(stem):
            return stem, name
    return (heading, "name") if _names_role(heading) else (None, None)


def _names_role(text: str) -> bool:
    return bool(bare := _TURN.sub("", text).strip()) and known_role(bare) not in (None, "other")


def _filled(row: Sequence[str], width: int) -> list[str]:
    return [cell.strip() for cell in row] + [""] * (width - len(row))


def _carried(top: list[str], low: list[str], merges: Sequence[Merge], line: int) -> list[str]:
    """The upper head over all of its columns: as far as it is merged, else as far as only the lower row says something."""
    carried = list(top)
    spans = [(left, right) for first, _, left, right in merges if first == line and right > left]
    for left, right in spans:
        for n in range(left, min(right, len(top) - 1) + 1):
            carried[n] = top[left]
    for n in range(1, len(top)):
        if not spans and not carried[n] and low[n]:
            carried[n] = carried[n - 1]
    return carried
