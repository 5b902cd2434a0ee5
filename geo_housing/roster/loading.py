"""A file into the roster: new rows, changes, what stays; who is not in the file is named, never removed.

An empty cell is not stated and leaves what is stored. The same file twice changes nothing.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.accounts.models import User
from geo_housing.area_codes import township_of
from geo_housing.areas.queries import aliases, area_names, names_of, present_heirs
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault, NotAllowed
from geo_housing.houses.intake.declared import Divisions
from geo_housing.houses.spreadsheet.faults import LedgerFault, kind_of
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing
from geo_housing.roster.changes import note_changed, note_made
from geo_housing.roster.closing import StillInside
from geo_housing.roster.facts import SEALED, Kind, shown
from geo_housing.roster.gave import GivenColumn
from geo_housing.roster.order import holds_on
from geo_housing.roster.points import Surroundings
from geo_housing.roster.queries import RosterEntry, entries_of
from geo_housing.roster.reading import Draft, Read, read_file
from geo_housing.roster.service import EDIT, LINK_ACCOUNTS
from geo_housing.roster.storing import (
    MODELS,
    Row,
    change_row,
    changes_of,
    current,
    has_ended,
    open_phone,
    store_new,
    take_turns,
)

SHOWN = 500


@dataclass(frozen=True)
class Change:
    """One row that a file brings or changes: ``changes`` are label, before, after, telephones masked."""

    line: int
    area: str
    name: str
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass
class Loaded:
    """What became of a file. ``read`` and ``rejected`` are lines; the others entries, of which a line may hold several."""

    kind: str
    read: int = 0
    rejected: int = 0
    unchanged: int = 0
    created: list[Change] = field(default_factory=list)
    updated: list[Change] = field(default_factory=list)
    missing: list[RosterEntry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    columns: tuple[GivenColumn, ...] = ()
    sheet: str | None = None

    @property
    def untaken(self) -> list[str]:
        """Headings of the columns of which no field was made."""
        return [column.heading for column in self.columns if column.field is None and column.heading]

    @property
    def of_columns(self) -> list[Fault]:
        """What is wrong with whole columns: more than one cell is concerned."""
        return [fault for fault in self.faults if fault.line is None]

    @property
    def counts(self) -> dict[str, int]:
        """The figures, as a script reads them."""
        return {
            "read": self.read,
            "created": len(self.created),
            "updated": len(self.updated),
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "missing": len(self.missing),
        }

    def as_preview(self) -> dict[str, Any]:
        """What the page of a load shows: the beginning of every list."""
        return {
            "counts": self.counts,
            "faults_in_all": len(self.faults),
            "sheet": self.sheet,
            "columns": [[c.heading, c.field, c.stated] for c in self.columns],
            "created": [_told(change) for change in self.created[:SHOWN]],
            "updated": [_told(change) for change in self.updated[:SHOWN]],
            "missing": [entry.id for entry in self.missing[:SHOWN]],
            "faults": [
                {"line": f.line, "column": f.column, "value": f.value, "sentence": f.sentence, "kind": kind_of(f)}
                for f in self.faults[:SHOWN]
            ],
        }


def load_file(
    session: Session,
    actor: Actor,
    kind: Kind,
    path: Path,
    *,
    ring: KeyRing,
    name: str,
    sheet: str | None = None,
    dry_run: bool = False,
    batch_id: int | None = None,
    is_demo: bool = False,
) -> Loaded:
    """Load a list; ``dry_run`` works everything out and stores nothing."""
    if not actor.may(EDIT):
        raise NotAllowed("您的角色不能导入通讯录；请联系乡镇或县住建局。")
    read = read_file(path, kind, _divisions(session), actor.scope.prefix or None, sheet=sheet)
    loaded = Loaded(kind.name, read.rows, read.lost, faults=list(read.faults), columns=read.columns, sheet=read.sheet)
    if not read.drafts:
        raise BadInput(f"{name} 里没有一行可用，没有导入。", faults=loaded.faults)
    within = session.begin_nested()
    _store(session, actor, kind, read, loaded, ring=ring, batch_id=batch_id, is_demo=is_demo)
    if dry_run:
        within.rollback()
        return loaded
    within.commit()
    subject = Subject("roster_load", str(batch_id or name), actor.scope.lo)
    record(session, actor, "roster.load", subject, counts={"kind": kind.name, **loaded.counts}, batch_id=batch_id)
    loaded.faults.sort(key=lambda fault: fault.line or 0)
    return loaded


def _divisions(session: Session) -> Divisions:
    other_names = [(alias.code, alias.name) for alias in aliases(session)]
    return Divisions(area_names(session), other_names, present_heirs(session))


def _store(
    session: Session,
    actor: Actor,
    kind: Kind,
    read: Read,
    loaded: Loaded,
    *,
    ring: KeyRing,
    batch_id: int | None,
    is_demo: bool,
) -> None:
    drafts = [draft for draft in read.drafts if _is_own(actor, draft, loaded)]
    around = Surroundings(session)
    for draft in drafts:
        _only_likely_point(draft, around, loaded)
    codes = {draft.area_code for draft in drafts}
    for township in sorted({township_of(code) for code in codes}):
        take_turns(session, township)
    known = _known(session, kind, codes)
    names = names_of(session, codes)
    accounts = _accounts(session, actor, drafts)
    matched: set[int] = set()
    for draft in drafts:
        _only_known_account(draft, accounts, loaded)
        area = names.get(draft.area_code, draft.area_code)
        row = _best(known.get(draft.key(kind), ()))
        if row is None:
            if kind.name == "contacts":
                draft.values.setdefault("turn", "A")
            row_id = store_new(
                session, actor, kind, draft.area_code, draft.values, ring=ring, batch_id=batch_id, is_demo=is_demo
            )
            if batch_id is not None:
                note_made(session, batch_id, kind, row_id, draft.area_code)
            loaded.created.append(Change(draft.line, area, draft.values["name"], _created(kind, draft)))
            continue
        matched.add(row.id)
        _bring_up(session, actor, kind, row, draft, loaded, area, ring=ring, batch_id=batch_id)
    loaded.missing = _missing(session, actor, kind, drafts, matched)


def _bring_up(
    session: Session,
    actor: Actor,
    kind: Kind,
    row: Row,
    draft: Draft,
    loaded: Loaded,
    area: str,
    *,
    ring: KeyRing,
    batch_id: int | None,
) -> None:
    """Change a stored row to what the file states; of one that was ended the file's owner is told."""
    wanted = changes_of(session, row, draft.values, ring=ring)
    # That a term has no end (长期) says less than that somebody has left.
    if has_ended(row, clock.today()) and wanted.get("valid_to") is None and "state" not in wanted:
        sentence = f"“{row.name}”已登记为离任或停用，文件里还有；没有恢复。仍在任的，请在通讯录里修改。"
        loaded.faults.append(LedgerFault(draft.line, None, None, sentence, "check"))
        loaded.unchanged += 1
        return
    if not wanted:
        loaded.unchanged += 1
        return
    before = current(session, row)
    phone = open_phone(kind, row, ring) if SEALED in wanted and row.phone_cipher is not None else None
    try:
        change_row(session, actor, row, wanted, ring=ring, batch_id=batch_id)
    except BadInput as error:
        loaded.faults += [Fault(draft.line, kind.facts[str(f.column)].label, None, f.sentence) for f in error.faults]
        loaded.unchanged += 1
        return
    except StillInside as error:
        # A file does not know who sleeps there; a person closes it.
        loaded.faults.append(Fault(draft.line, kind.facts["state"].label, None, error.sentence))
        loaded.unchanged += 1
        return
    if batch_id is not None:
        former = {name: before[name] for name in wanted}
        note_changed(
            session, batch_id, kind, row.id, row.scope_code, former, phone=phone, version=row.version, ring=ring
        )
    changes = tuple(
        (
            kind.facts[n].label,
            before[n] or "" if n == SEALED else shown(kind.facts[n], before[n]),
            shown(kind.facts[n], v),
        )
        for n, v in wanted.items()
    )
    loaded.updated.append(Change(draft.line, area, row.name, changes))


def _created(kind: Kind, draft: Draft) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (fact.label, "", shown(fact, draft.values[name]))
        for name, fact in kind.facts.items()
        if name != "name" and draft.values.get(name) is not None
    )


def _is_own(actor: Actor, draft: Draft, loaded: Loaded) -> bool:
    if actor.scope.covers(draft.area_code):
        return True
    loaded.faults.append(
        LedgerFault(draft.line, None, draft.area_code, "这一行是上级的，不能由下级导入；未导入。", "rejected")
    )
    loaded.rejected += 1
    return False


def _only_likely_point(draft: Draft, around: Surroundings, loaded: Loaded) -> None:
    lon, lat = draft.values.get("lon"), draft.values.get("lat")
    if lon is None or lat is None or (sentence := around.wrong(draft.area_code, lon, lat)) is None:
        return
    del draft.values["lon"], draft.values["lat"]
    loaded.faults.append(Fault(draft.line, draft.headings.get("lon", "经度"), f"{lon}, {lat}", sentence))


def _known(session: Session, kind: Kind, codes: Collection[str]) -> dict[tuple[Any, ...], list[Row]]:
    model: Any = MODELS[kind.name]
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in session.scalars(select(model).where(model.scope_code.in_(sorted(codes))).order_by(model.id)):
        found[row.scope_code, *(getattr(row, name) for name in kind.key)].append(row)
    return found


def _best(rows: Collection[Row]) -> Row | None:
    """Of several with one name the one that holds today, else the latest."""
    return max(rows, key=lambda row: (not has_ended(row, clock.today()), row.id), default=None)


def _accounts(session: Session, actor: Actor, drafts: Collection[Draft]) -> frozenset[str] | None:
    """The sign-in names of the file that exist; None for who may not link accounts."""
    named = {draft.values["account"] for draft in drafts if draft.values.get("account")}
    if not named or not actor.may(LINK_ACCOUNTS):
        return None
    return frozenset(session.scalars(select(User.name).where(User.name.in_(sorted(named)))))


def _only_known_account(draft: Draft, accounts: frozenset[str] | None, loaded: Loaded) -> None:
    account = draft.values.get("account")
    if account is None or (accounts is not None and account in accounts):
        return
    del draft.values["account"]
    heading = draft.headings.get("account", "平台账号")
    sentence = "没有这个登录名，未关联；请核对。" if accounts is not None else "平台账号由县局关联，这一格未采用。"
    loaded.faults.append(Fault(draft.line, heading, account, sentence))


def _missing(
    session: Session, actor: Actor, kind: Kind, drafts: Collection[Draft], matched: Collection[int]
) -> list[RosterEntry]:
    """Who holds today in the townships of the file, with a role that the file lists, and does not stand in it."""
    townships = {township_of(draft.area_code) for draft in drafts}
    roles = {draft.values.get("role") for draft in drafts}
    new = {(draft.area_code, *(draft.values.get(name) for name in kind.key)) for draft in drafts}
    today = clock.today()
    return [
        entry
        for entry in entries_of(session, kind, actor.scope)
        if entry.id not in matched
        and township_of(entry.area_code) in townships
        and actor.scope.covers(entry.area_code)
        and (kind.name != "contacts" or entry.role in roles)
        and holds_on(today, None, entry.valid_to)
        and not entry.is_closed
        and (entry.area_code, *(getattr(entry, name) for name in kind.key)) not in new
    ]


def _told(change: Change) -> dict[str, Any]:
    return {"line": change.line, "area": change.area, "name": change.name, "changes": [list(c) for c in change.changes]}
