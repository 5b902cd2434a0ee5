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

from geo_housing.errors import BadInput, Fault
from geo_housing.houses.intake.declared import Divisions
from geo_housing.houses.spreadsheet import row as cells
from geo_housing.houses.spreadsheet.body import is_sum
from geo_housing.houses.spreadsheet.faults import CellFault, LedgerFault, kind_of
from geo_housing.houses.spreadsheet.reader import Ledger, open_ledger
from geo_housing.houses.spreadsheet.tables import SHEETS, TEXTS
from geo_housing.masking import mask_middle, mask_numbers
from geo_housing.phones import merged, read_phones
from geo_housing.roster.columns import Slot, catalogue_of, slots_of
from geo_housing.roster.facts import SEALED, Kind, Values, rule_of, whole_faults
from geo_housing.roster.gave import Gave, GivenColumn
from geo_housing.roster.headings import TERM_FIELDS
from geo_housing.roster.persons import NOT_TAKEN, people_in, without_label
from geo_housing.roster.places import Places
from geo_housing.roster.spelling import known_role, read_role
from geo_housing.roster.terms import UNREAD_SPAN, is_open, read_span
from geo_housing.roster.upper import heads_and_titles

MOST_ROWS = 20_000
_PLACES = ("township", "village", "place")
# Where the word for a sum stands for what a row would be about.
_NAMING = (*_PLACES, "name", "role")
_SUM = re.compile(r"[合总小共]\s*计")
# What a row says once of all the people in it.
_COMMON = ("role", "turn", "unit", "remark", "valid_from", "valid_to")


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
    columns: tuple[GivenColumn, ...]
    sheet: str | None


def read_file(path: Path, kind: Kind, divisions: Divisions, own: str | None, *, sheet: str | None = None) -> Read:
    """Everything in a list (.xlsx, .xls, .csv); BadInput when it is none. ``own`` is the area of who brings it."""
    if path.suffix.lower() not in (*SHEETS, *TEXTS):
        raise BadInput(f"不认识 {path.suffix or '没有扩展名的'} 文件；请用 XLSX、XLS 或 CSV。")
    ledger = open_ledger(path, sheet=sheet, is_lenient=True, catalogue=catalogue_of(kind.name))
    heads, titles = heads_and_titles(kind.name, ledger)
    slots = slots_of(kind.name, heads, ledger.merges, ledger.recognised.head_rows[-len(heads)])
    if not any(slot.field == "name" or slot.group >= 0 for slot in slots):
        needed = "姓名" if kind.name != "shelters" else "安置点名称"
        raise BadInput(f"没有认出“{needed}”这一列，请在表头写明。")
    gave = Gave(kind, slots, _headings(ledger, heads))
    reader = _Reader(kind, slots, Places(kind.name, divisions, titles, own), gave, _title_role(titles, slots))
    drafts: list[Draft] = []
    faults: list[Fault] = []
    rows = lost = 0
    for batch in ledger.batches:
        faults += batch.faults
        lost += batch.lost
        rows += batch.lost
        gave.see(batch.cells)
        for i, line in enumerate(batch.lines):
            row = [column[i] for column in batch.cells]
            if (sum_said := reader.sum_in(row)) is not None:
                sentence = "这一行是合计，不是一条记录，已跳过。"
                faults.append(LedgerFault(line, None, sum_said[:60], sentence, "check"))
                continue
            rows += 1
            if rows > MOST_ROWS:
                raise BadInput(f"文件超过 {MOST_ROWS:,} 行，请按乡镇分开导入。")
            found, wrong = reader.read(line, row)
            faults += wrong
            drafts += found
            lost += not found
    drafts = list(_joined(kind, drafts, faults))
    faults[:0] = gave.faults()
    if kind.name != "technicians" and not any(slot.field in _PLACES for slot in slots) and drafts:
        where = "、".join(dict.fromkeys(divisions.labels.get(draft.area_code, draft.area_code) for draft in drafts))
        sentence = f"没有认出“乡镇”“行政村”这样的列，{len(drafts)} 条全部登记在{where}；要登记到村的，请把表头改成“乡镇”“行政村”再上传。"
        faults.insert(0, LedgerFault(None, "乡镇、行政村", None, sentence, "check"))
    columns = gave.columns()
    return Read(drafts, faults, rows, lost, columns, ledger.recognised.sheet)


def _headings(ledger: Ledger, heads: Sequence[Sequence[str]]) -> list[str]:
    """The heading of every column; the reader may have put prose before those of which it knows nothing."""
    columns = [column.heading for column in ledger.recognised.columns]
    if len(heads) > 1:
        return columns
    return [cell.strip() for cell in heads[0]] + [""] * (len(columns) - len(heads[0]))


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

    def __init__(self, kind: Kind, slots: Sequence[Slot], places: Places, gave: Gave, title_role: str | None) -> None:
        self.kind, self.places, self.gave, self.title_role = kind, places, gave, title_role
        self.of_row = [slot for slot in slots if slot.group < 0]
        groups = sorted({slot.group for slot in slots if slot.group >= 0})
        self.people = [[slot for slot in slots if slot.group == group] for group in groups]

    def sum_in(self, row: Sequence[str]) -> str | None:
        """The words of a row of sums; a remark may speak of one."""
        said = [cells.normalise(row[slot.column]) for slot in self.of_row if slot.field in _NAMING]
        if is_sum(row):
            said.append(next(cells.normalise(cell) for cell in row if cell))
        return next((text for text in said if _SUM.match(text)), None)

    def read(self, line: int, row: Sequence[str]) -> tuple[list[Draft], list[Fault]]:
        """The drafts of one row (a row may name several people and several villages), and what is wrong with it."""
        faults: list[Fault] = []
        places = {slot.column: slot.field for slot in self.of_row if slot.field in _PLACES}
        stated = {name: text for n, name in places.items() if cells.is_stated(text := cells.normalise(row[n]))}
        used = [n for n, name in places.items() if name in stated]
        codes = self.places.areas(line, self.places.told_apart(stated), faults)
        if not codes:
            return [], faults
        told = len(faults)
        shared = self._values(line, self.of_row, row, faults, used)
        if any(kind_of(fault) == "rejected" for fault in faults[told:]):
            return [], faults
        people: list[tuple[Values, dict[str, str]]] = []
        if self.kind.name == "contacts":
            if "name" in shared[0] or not self.people:
                people += people_in(line, None, *shared, self.title_role, faults)
            common = {name: value for name, value in shared[0].items() if name in _COMMON}
            for slots in self.people:
                own: list[int] = []
                values, headings = self._values(line, slots, row, faults, own)
                if not values:
                    continue
                if found := people_in(line, slots[0].role, {**common, **values}, headings, self.title_role, faults):
                    people += found
                    used += own
        else:
            people.append((without_label(line, self.kind, *shared, faults), shared[1]))
        drafts = [
            Draft(line, code, dict(values), headings)
            for values, headings in people
            for code in codes
            if self._is_whole(line, values, faults)
        ]
        if drafts:
            self.gave.keep(row, used)
        elif not any(isinstance(fault, LedgerFault) and fault.kind == "rejected" for fault in faults):
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

    def _values(
        self, line: int, slots: Sequence[Slot], row: Sequence[str], faults: list[Fault], used: list[int]
    ) -> tuple[Values, dict[str, str]]:
        """What the cells of these columns state, by field; bad cells become faults, the other columns are ``used``."""
        values: Values = {}
        headings: dict[str, str] = {}
        for slot in slots:
            if slot.field in _PLACES:
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
                if not phones.unread:
                    used.append(slot.column)
                continue
            try:
                values |= self._value(name, text)
                used.append(slot.column)
            except (CellFault, BadInput) as fault:
                faults.append(self._fault(line, slot.heading, mask_numbers(text)[:60], str(fault), name))
        return values, headings

    def _fault(self, line: int, heading: str, said: str | None, sentence: str, name: str) -> Fault:
        """Of a bad cell; a bad bound takes its row along."""
        if name in self.kind.bounds or (name == "term" and "valid_to" in self.kind.bounds):
            return LedgerFault(line, heading, said, sentence + NOT_TAKEN, "rejected")
        return Fault(line, heading, said, sentence)

    def _value(self, name: str, text: str) -> Values:
        if name == "role":
            role, turn = read_role(text)
            return {"role": role} | ({"turn": turn} if turn else {})
        if name == "areas":
            return {"areas": self.places.worked_in(text)}
        if name == "account":
            return {"account": text}
        if name in TERM_FIELDS:
            return self._term(name, text)
        return {name: rule_of(self.kind.facts[name])(text)}

    def _term(self, name: str, text: str) -> Values:
        """A cell of a term: both of its days where it says both, wherever that stands."""
        span = read_span(text)
        if span is None:
            if name == "term":
                raise CellFault(UNREAD_SPAN)
            return {name: rule_of(self.kind.facts[name])(text)}
        if is_open(text):
            return {} if name == "valid_from" else {"valid_to": None}
        begins, ends = span
        return {"valid_from": begins, "valid_to": ends}


def _bad_phone(line: int, heading: str, unread: Sequence[str]) -> Fault:
    said = "、".join(mask_middle(part) for part in unread)[:60]
    return Fault(
        line,
        heading,
        said,
        "有不像电话号码的内容，这部分未采用：手机应为 11 位，座机写区号加号码；多个号码用顿号隔开。",
    )
