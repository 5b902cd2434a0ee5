"""A file of contacts, shelters or technicians as drafts of rows, with everything that could not be used.

The file is opened by the reader of ledgers (titles, merged heads, encodings, limits), divisions are found as ledgers find
them. A bad cell does not lose its row; a row is lost when nobody could say whom or where it means, or how far it lets
somebody act.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo_housing.area_codes import is_township
from geo_housing.errors import BadInput, Fault
from geo_housing.houses.intake.declared import Divisions
from geo_housing.houses.spreadsheet import row as cells
from geo_housing.houses.spreadsheet.faults import LedgerFault, kind_of
from geo_housing.houses.spreadsheet.reader import Ledger, open_ledger
from geo_housing.houses.spreadsheet.tables import SHEETS, TEXTS
from geo_housing.masking import mask_middle, mask_numbers
from geo_housing.roster.columns import Slot, catalogue_of, slots_of
from geo_housing.roster.facts import SEALED, Kind, Values, rule_of, whole_faults
from geo_housing.roster.order import DUTY_PHONE
from geo_housing.roster.phones import DIVIDER, merged, read_phones
from geo_housing.roster.spelling import known_role, read_role

MOST_ROWS = 20_000
_NOT_TAKEN = "这一行未导入。"
DUTY_NAME = "值班室"
_NAMES = re.compile(r"[、,;/\n\r]|\s{2,}")
_INNER_SPACE = re.compile(r"(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff])")
_VILLAGES = re.compile(r"[、,;/\n\r]")
# In the column of villages: the township itself is meant.
_OF_THE_TOWNSHIP = re.compile(
    r"^(全[乡镇]|全苏木|乡镇|乡|镇|苏木|本级|机关|(乡|镇|苏木|乡镇)?(人民)?政府|(乡|镇|乡镇)本级)$"
)


@dataclass
class Draft:
    """One row to be: whose it is, what the file states of it, and where that stands."""

    line: int
    area_code: str
    values: Values
    headings: dict[str, str] = field(default_factory=dict)

    def key(self, kind: Kind) -> tuple[Any, ...]:
        """By which a row is known again."""
        return (self.area_code, *(self.values.get(name) for name in kind.key))


@dataclass
class Read:
    """What a file says."""

    drafts: list[Draft]
    faults: list[Fault]
    rows: int
    lost: int
    columns: tuple[tuple[str, str | None], ...]
    sheet: str | None


@dataclass(frozen=True)
class DefaultPlace:
    """Where a row without place stands: the township that the title names, else the reader's own area."""

    township: str | None
    own: str | None


def read_file(path: Path, kind: Kind, divisions: Divisions, own: str | None, *, sheet: str | None = None) -> Read:
    """Everything in a list (.xlsx, .xls, .csv); BadInput when it is none. ``own`` is the area of who brings it."""
    if path.suffix.lower() not in (*SHEETS, *TEXTS):
        raise BadInput(f"不认识 {path.suffix or '没有扩展名的'} 文件；请用 XLSX、XLS 或 CSV。")
    ledger = open_ledger(path, sheet=sheet, is_lenient=True, catalogue=catalogue_of(kind.name))
    heads, titles = _heads_and_titles(ledger)
    slots = slots_of(kind.name, heads, ledger.merges, ledger.recognised.head_rows[0])
    if not any(slot.field == "name" or slot.group >= 0 for slot in slots):
        needed = "姓名" if kind.name != "shelters" else "安置点名称"
        raise BadInput(f"没有认出“{needed}”这一列，请在表头写明。")
    reader = _Reader(kind, slots, divisions, _place(titles, divisions, own), _title_role(titles, slots))
    drafts: list[Draft] = []
    faults: list[Fault] = []
    rows = lost = 0
    for batch in ledger.batches:
        faults += batch.faults
        lost += batch.lost
        rows += batch.lost
        for i, line in enumerate(batch.lines):
            rows += 1
            if rows > MOST_ROWS:
                raise BadInput(f"文件超过 {MOST_ROWS:,} 行，请按乡镇分开导入。")
            found, wrong = reader.read(line, [column[i] for column in batch.cells])
            faults += wrong
            drafts += found
            lost += not found
    drafts = list(_joined(kind, drafts, faults))
    used = {slot.column: slot.field for slot in slots}
    columns = tuple((column.heading, used.get(n)) for n, column in enumerate(ledger.recognised.columns))
    return Read(drafts, faults, rows, lost, columns, ledger.recognised.sheet)


def _heads_and_titles(ledger: Ledger) -> tuple[Sequence[Sequence[str]], list[str]]:
    """The head rows, and what stands above them. A title right above the head is no upper head: it is one cell."""
    heads, titles = ledger.heads, ledger.title_texts
    if len(heads) > 1 and sum(bool(cell.strip()) for cell in heads[0]) == 1:
        return heads[1:], [*titles, *(cell for cell in heads[0] if cell.strip())]
    return heads, titles


def _place(titles: Sequence[str], divisions: Divisions, own: str | None) -> DefaultPlace:
    named = divisions.named_in(titles)
    return DefaultPlace(named or (own if own and is_township(own) else None), own or divisions.only_county)


def _title_role(titles: Sequence[str], slots: Sequence[Slot]) -> str | None:
    """The role of everybody in a list that only its title names: 六户镇网格员通讯录."""
    if any(slot.field == "role" or slot.group >= 0 for slot in slots):
        return None
    named = {role for text in titles for role in _roles_in(text)}
    return named.pop() if len(named) == 1 else None


def _roles_in(text: str) -> set[str]:
    known = ("包村领导", "包村干部", "村书记", "村主任", "网格员", "驻村工作队", "帮扶责任人", "屯长", "村民小组长")
    return {role for word in known if word in text and (role := known_role(word)) is not None}


def _joined(kind: Kind, drafts: list[Draft], faults: list[Fault]) -> Iterator[Draft]:
    """One draft for each key: what a second line adds is added, both telephones count, and the file's owner is told."""
    first: dict[tuple[Any, ...], Draft] = {}
    for draft in drafts:
        known = first.setdefault(draft.key(kind), draft)
        if known is draft:
            continue
        said = {name: value for name, value in draft.values.items() if known.values.get(name) != value}
        known.values[SEALED] = merged(known.values.get(SEALED), draft.values.get(SEALED))
        if known.values[SEALED] is None:
            del known.values[SEALED]
        known.values = {**draft.values, **known.values}
        if said:
            faults.append(
                LedgerFault(
                    draft.line,
                    None,
                    draft.values.get("name"),
                    f"与第 {known.line} 行是同一个{kind.label}，已并为一条，电话都保留；确是两人的，请在姓名后加以区分。",
                    "check",
                )
            )
    yield from first.values()


class _Reader:
    """Reads row after row of one file."""

    def __init__(
        self, kind: Kind, slots: Sequence[Slot], divisions: Divisions, place: DefaultPlace, title_role: str | None
    ) -> None:
        self.kind, self.divisions, self.place, self.title_role = kind, divisions, place, title_role
        self.of_row = [slot for slot in slots if slot.group < 0]
        groups = sorted({slot.group for slot in slots if slot.group >= 0})
        self.people = [[slot for slot in slots if slot.group == group] for group in groups]

    def read(self, line: int, row: Sequence[str]) -> tuple[list[Draft], list[Fault]]:
        """The drafts of one row (a row may name several people and several villages), and what is wrong with it."""
        faults: list[Fault] = []
        codes = self._areas(line, row, faults)
        if not codes:
            return [], faults
        told = len(faults)
        shared = self._values(line, self.of_row, row, faults)
        if any(kind_of(fault) == "rejected" for fault in faults[told:]):
            return [], faults
        people: list[tuple[Values, dict[str, str]]] = []
        if self.kind.name == "contacts":
            if "name" in shared[0] or not self.people:
                people += self._contacts(line, None, *shared, faults)
            common = {name: value for name, value in shared[0].items() if name in ("remark", "valid_from", "valid_to")}
            for slots in self.people:
                values, headings = self._values(line, slots, row, faults)
                if values:
                    people += self._contacts(line, slots[0].role, {**common, **values}, headings, faults)
        else:
            people.append(shared)
        drafts = [
            Draft(line, code, dict(values), headings)
            for values, headings in people
            for code in codes
            if self._is_whole(line, values, faults)
        ]
        if not drafts and not any(isinstance(fault, LedgerFault) and fault.kind == "rejected" for fault in faults):
            needed = "姓名" if self.kind.name != "shelters" else "安置点名称"
            faults.append(LedgerFault(line, None, None, f"没有写{needed}，未导入。", "rejected"))
        return drafts, faults

    def _is_whole(self, line: int, values: Values, faults: list[Fault]) -> bool:
        if values.get("name") is None:
            return False
        for fault in whole_faults(self.kind, values):
            name = str(fault.column)
            faults.append(self._fault(line, self.kind.facts[name].label, None, fault.sentence, name))
            if name in self.kind.bounds:
                return False
            values.pop("valid_to", None)
            values.pop("lon", None)
            values.pop("lat", None)
        return True

    def _areas(self, line: int, row: Sequence[str], faults: list[Fault]) -> list[str]:
        """Codes of the divisions that the row is about; empty when they cannot be found."""
        stated = {
            slot.field: text
            for slot in self.of_row
            if slot.field in ("township", "village") and cells.is_stated(text := cells.normalise(row[slot.column]))
        }
        township, village = stated.get("township"), stated.get("village")
        if self.kind.name == "technicians" and self.place.own and not (township or village):
            return [self.place.own]
        if village and _OF_THE_TOWNSHIP.match(village):
            village = None
        if township and _is_county(township, self.divisions):
            return [self.divisions.only_county] if self.divisions.only_county and not village else []
        if village is None:
            code = (
                self._one(line, township or self.place.township, None, faults)
                if township or self.place.township
                else self.place.own
            )
            if code is None and not faults:
                faults.append(LedgerFault(line, "乡镇", None, "没有写明乡镇和村，未导入。", "rejected"))
            return [code] if code else []
        parts = [part.strip() for part in _VILLAGES.split(village) if part.strip()]
        found = (self._one(line, township or self.place.township, part, faults) for part in parts)
        return [code for code in dict.fromkeys(found) if code is not None]

    def _one(self, line: int, township: str | None, village: str | None, faults: list[Fault]) -> str | None:
        declared = self.divisions.declared(township, village)
        wanted = 9 if village is None else 12
        if declared.code is not None and len(declared.code) == wanted and declared.sentence is None:
            return declared.code
        if declared.is_ambiguous:
            sentence = declared.sentence or ""
        elif village is None:
            sentence = f"没有找到乡镇“{township}”，或不在您的管辖范围内；请核对名称。这一处未导入。"
        else:
            sentence = f"没有找到村“{village}”，或不在您的管辖范围内；请核对村名和乡镇。这一处未导入。"
        faults.append(LedgerFault(line, "行政村" if village else "乡镇", village or township, sentence, "rejected"))
        return None

    def _values(
        self, line: int, slots: Sequence[Slot], row: Sequence[str], faults: list[Fault]
    ) -> tuple[Values, dict[str, str]]:
        """What the cells of these columns state, by field; bad cells become faults."""
        values: Values = {}
        headings: dict[str, str] = {}
        for slot in slots:
            if slot.field in ("township", "village"):
                continue
            text = cells.normalise(row[slot.column])
            name = "phone" if slot.field == "phone_2" else slot.field
            if not cells.is_stated(text) or (text in cells.CLEARING and name != "turn"):
                continue
            headings.setdefault(name, slot.heading)
            if name == SEALED:
                phones = read_phones(row[slot.column])
                values[SEALED] = merged(values.get(SEALED), phones.text)
                if phones.unread:
                    faults.append(_bad_phone(line, slot.heading, phones.unread))
                if values[SEALED] is None:
                    del values[SEALED]
                continue
            try:
                values |= self._value(name, text)
            except (cells.CellFault, BadInput) as fault:
                faults.append(self._fault(line, slot.heading, mask_numbers(text)[:60], str(fault), name))
        return values, headings

    def _fault(self, line: int, heading: str, said: str | None, sentence: str, name: str) -> Fault:
        """Of a bad cell; a bad bound takes its row along."""
        if name in self.kind.bounds:
            return LedgerFault(line, heading, said, sentence + _NOT_TAKEN, "rejected")
        return Fault(line, heading, said, sentence)

    def _value(self, name: str, text: str) -> Values:
        if name == "role":
            role, turn = read_role(text)
            return {"role": role} | ({"turn": turn} if turn else {})
        if name == "areas":
            return {"areas": self._worked_in(text)}
        if name == "account":
            return {"account": text}
        return {name: rule_of(self.kind.facts[name])(text)}

    def _worked_in(self, text: str) -> tuple[str, ...] | None:
        if text in ("全县", "全域", "全旗"):
            return None
        codes = []
        for part in (part.strip() for part in _VILLAGES.split(text) if part.strip()):
            declared = self.divisions.declared(part, None)
            if declared.code is None or declared.sentence is not None:
                raise cells.CellFault(f"没有找到乡镇“{part}”；多个乡镇用顿号隔开，负责全县的请留空。")
            codes.append(declared.code)
        return tuple(dict.fromkeys(codes))

    def _contacts(
        self, line: int, role: str | None, values: Values, headings: dict[str, str], faults: list[Fault]
    ) -> list[tuple[Values, dict[str, str]]]:
        """The people of one group of columns: several names in a cell are several people, each with their own number."""
        stated = dict(values)
        if role is not None:
            stated["role"], turn = read_role(role)
            if turn:
                stated.setdefault("turn", turn)
        if "role" not in stated:
            said = known_role(stated["post"]) if stated.get("post") else None
            if said is None and self.title_role is None:
                faults.append(
                    LedgerFault(
                        line, "责任人类别", None, "没有写明责任人类别，如 包村干部、网格员；未导入。", "rejected"
                    )
                )
                return []
            stated["role"] = said or self.title_role
        if "name" not in stated:
            if stated["role"] != DUTY_PHONE or SEALED not in stated:
                return []
            stated["name"] = DUTY_NAME
        names = [name for part in _NAMES.split(stated["name"]) if (name := _INNER_SPACE.sub("", part).strip())]
        numbers = (stated.get(SEALED) or "").split(DIVIDER) if stated.get(SEALED) else []
        if len(names) == 1:
            return [({**stated, "name": names[0]}, headings)]
        if numbers and len(numbers) != len(names):
            heading = headings.get("phone", "联系电话")
            faults.append(
                LedgerFault(
                    line,
                    heading,
                    None,
                    f"有 {len(names)} 个姓名、{len(numbers)} 个电话，无法对应，未导入；请一人一行填写。",
                    "rejected",
                )
            )
            return []
        alone = {name: value for name, value in stated.items() if name != SEALED}
        return [
            ({**alone, "name": name} | ({SEALED: numbers[n]} if numbers else {}), headings)
            for n, name in enumerate(names)
        ]


def _is_county(text: str, divisions: Divisions) -> bool:
    county = divisions.only_county
    name = divisions.labels.get(county or "")
    return text in ("全县", "县级", "县本级", "县") or (name is not None and text in (name, county))


def _bad_phone(line: int, heading: str, unread: Sequence[str]) -> Fault:
    said = "、".join(mask_middle(part) for part in unread)[:60]
    return Fault(
        line,
        heading,
        said,
        "有不像电话号码的内容，这部分未采用：手机应为 11 位，座机写区号加号码；多个号码用顿号隔开。",
    )
