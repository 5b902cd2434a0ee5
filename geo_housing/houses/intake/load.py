"""A ledger file into the register: open, check, declare, seal, stage, write, report."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import COUNTY_DIGITS, VILLAGE_DIGITS
from geo_housing.areas.models import AreaAlias
from geo_housing.areas.queries import area_names, names_beyond, present_heirs
from geo_housing.areas.service import refuse_beside_demo
from geo_housing.areas.turns import keep_outlines
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault, TooLarge
from geo_housing.geometry import SourceCrs, parse_crs
from geo_housing.houses.intake.alike import Alike, find_alike
from geo_housing.houses.intake.declared import Declared, Divisions
from geo_housing.houses.intake.service import (
    BLOCK_ROWS,
    MOST_KEPT_ROWS,
    Outcome,
    Progress,
    Source,
    load_staged,
    take_blocks,
)
from geo_housing.houses.intake.staging import CLEARED_BIT, StagedBatch, seal, whole_numbers
from geo_housing.houses.intake.straight import NotAlone
from geo_housing.houses.spreadsheet.batch import Checked, Checker, shown
from geo_housing.houses.spreadsheet.columns import Cells, each, flags, nothing, texts
from geo_housing.houses.spreadsheet.faults import LedgerFault
from geo_housing.houses.spreadsheet.fields import is_exported, is_township_computed
from geo_housing.houses.spreadsheet.kept import as_object, members, only, together
from geo_housing.houses.spreadsheet.originals import TOWNSHIP, VILLAGE
from geo_housing.houses.spreadsheet.reader import Ledger, Recognised, open_ledger
from geo_housing.houses.spreadsheet.row import CLEARED
from geo_housing.keys import KeyRing
from geo_housing.masking import mask_numbers

# A ledger states grades, it does not sign them (D12): whatever basis it names enters as the old ledger's.
LEDGER_BASIS = {"field_judgement": "field_judgement"}


# A first load of more rows than are kept line by line goes the straight way (straight.py); smaller files hold fewer.
STRAIGHT_ROWS = MOST_KEPT_ROWS
STRAIGHT_BYTES = 4 * STRAIGHT_ROWS


@dataclass(frozen=True)
class LoadOptions:
    """What the person says about the file (contract, ``houses load``)."""

    crs: str | None = None
    sheet: str | None = None
    layer: str | None = None
    columns: tuple[str, ...] = ()
    dry_run: bool = False
    is_demo: bool = False
    batch_id: int | None = None
    wants_details: bool = False


@dataclass
class Loaded:
    """The contract's counts, all faults in line order, and the ledger as it was understood."""

    read: int
    outcome: Outcome
    crs: str
    ledger: Ledger
    faults: list[Fault] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """Rows that were not kept."""
        return self.outcome.counts.rejected

    def as_json(self) -> dict[str, Any]:
        """The answer of ``houses load`` without the report's path."""
        shift = self.outcome.shift
        return {
            "read": self.read,
            **vars(self.outcome.counts),
            "crs": self.crs,
            "shift": shift.offset if shift else None,
            "beyond": self.outcome.beyond,
            "sheets": {"read": self.ledger.recognised.sheet, "not_read": list(self.ledger.recognised.unread)},
        }


def load_ledger(
    session: Session,
    actor: Actor,
    path: Path,
    options: LoadOptions,
    ring: KeyRing,
    *,
    name: str | None = None,
    progress: Progress | None = None,
) -> Loaded:
    """Load ``path`` in the caller's transaction. BadInput when not one row is usable: nothing is stored then.

    ``progress`` is told how far it is.
    """
    if not options.is_demo:
        refuse_beside_demo(session)
    try:
        with session.begin_nested():
            return _load(session, actor, path, options, ring, name, progress, may_go_straight=True)
    except NotAlone:
        return _load(session, actor, path, options, ring, name, progress, may_go_straight=False)


def _load(
    session: Session,
    actor: Actor,
    path: Path,
    options: LoadOptions,
    ring: KeyRing,
    name: str | None,
    progress: Progress | None,
    *,
    may_go_straight: bool,
) -> Loaded:
    ledger = open_ledger(path, columns=options.columns, sheet=options.sheet, layer=options.layer, crs=options.crs)
    crs = SourceCrs(ledger.recognised.crs) if ledger.recognised.crs else parse_crs(options.crs or "EPSG:4326")
    # The divisions that rows are matched with are not abolished before the rows are placed.
    keep_outlines(session)
    walk = _Walk(session, ledger, crs, ring)
    # Of a township's ledger each row is looked at for whose it is.
    is_whole = not walk.divisions.beyond.labels
    if may_go_straight and is_whole and not options.wants_details and path.stat().st_size >= STRAIGHT_BYTES:
        walk.look_for_alike(path)
    source = Source(
        name or path.name,
        crs.name,
        _sha256(path),
        recognised=described(ledger.recognised),
        layout={"titles": ledger.titles, "heads": ledger.heads, "merges": ledger.merges} if ledger.heads else None,
        is_demo=options.is_demo,
        is_exported=is_exported([column.heading for column in ledger.recognised.columns]),
        default_scope=actor.scope.prefix if len(actor.scope.prefix) >= COUNTY_DIGITS else walk.divisions.only_county,
        batch_id=options.batch_id,
        wants_details=options.wants_details,
        alike=walk.alike,
        called=ledger.recognised.called,
    )
    outcome = load_staged(
        session, actor, source, walk.staged(), ring, progress or (lambda done, steps: None), lost=lambda: walk.lost
    )
    faults = sorted([*_unread(ledger.recognised), *walk.faults, *outcome.faults], key=lambda fault: fault.line or 0)
    loaded = Loaded(outcome.staged + walk.lost, outcome, crs.name, ledger, faults)
    if loaded.read == loaded.rejected:
        sentence = f"{source.name} 中没有一行可以导入（读到 {loaded.read} 行）。"
        raise BadInput(sentence + beyond_said(outcome.beyond), faults=faults)
    return loaded


def beyond_said(beyond: dict[str, int]) -> str:
    """What is told of a ledger that speaks of divisions of others; empty where it does not."""
    if not beyond:
        return ""
    return (
        f"台账写的是别的辖区的村（{'、'.join(beyond)}），共 {sum(beyond.values())} 行，没有导入；请由该乡镇或县级导入。"
    )


# So many sheets are named in a sentence; the answer of the command names them all.
NAMED_SHEETS = 20


def _unread(recognised: Recognised) -> list[Fault]:
    """A workbook with one sheet for each village loads one of them at a time."""
    names = recognised.unread
    if not names:
        return []
    named = "、".join(f"“{name}”" for name in names[:NAMED_SHEETS])
    more = f"等 {len(names)} 个" if len(names) > NAMED_SHEETS else ""
    sentence = (
        f"本次只读了工作表“{recognised.sheet}”，没有读：{named}{more}；其中有台账的请在“工作表”中选定后逐个导入。"
    )
    return [LedgerFault(None, "工作表", None, sentence, "check")]


def described(recognised: Recognised) -> dict[str, Any]:
    """What was understood of a file, as its import keeps it; samples are masked."""
    return {
        "columns": [
            {
                "heading": column.heading,
                "field": column.field,
                "samples": [shown(column.field or "", mask_numbers(sample)) for sample in column.samples],
            }
            for column in recognised.columns
        ],
        "head_rows": list(recognised.head_rows),
        "encoding": recognised.encoding,
        "sheet": recognised.sheet,
        "sheets": list(recognised.sheets),
        "crs": recognised.crs,
    }


class _Walk:
    """Walks the batches of a ledger once, keeping the faults."""

    def __init__(self, session: Session, ledger: Ledger, crs: SourceCrs, ring: KeyRing) -> None:
        self.ledger = ledger
        self.ring = ring
        self.checker = Checker(ledger.recognised, crs, clock.today())
        aliases = session.execute(select(AreaAlias.area_code, AreaAlias.name)).all()
        beyond = names_beyond(session)
        self.divisions = Divisions(area_names(session), list(aliases), present_heirs(session), beyond)
        # A township's own ledger names it in the title only.
        self.township = self.divisions.named_in([*ledger.title_texts, ledger.recognised.sheet or ""])
        self.is_township_computed = is_township_computed([column.heading for column in ledger.recognised.columns])
        self.faults: list[Fault] = []
        self.lost = 0
        self.rows = 0
        self.alike: Alike | None = None
        self._blocks = take_blocks(session)
        self._next_id, self._end = 0, 0

    def look_for_alike(self, path: Path) -> None:
        """Read the keys ahead; what is not large enough for the straight way is not worth it."""
        alike = find_alike(path, self.ledger.recognised, self.checker.as_read)
        if alike is not None and alike.rows > STRAIGHT_ROWS:
            self.alike = alike

    def staged(self) -> Iterator[StagedBatch]:
        """The batches, ready for COPY."""
        for batch in self.ledger.batches:
            checked = self.checker.check(batch)
            self.lost += checked.lost
            self.faults += checked.faults
            self.rows += len(batch.lines)
            if checked.lines:
                yield self._stage(checked)

    def _stage(self, checked: Checked) -> StagedBatch:
        size = len(checked.lines)
        ids = self._ids(size)
        columns, cleared = _without_cleared(checked)
        alone, marks = None, None
        if self.alike is not None:
            keys = {name: whole_numbers(name, columns[name]) for name in self.alike.several}
            alone = self.alike.alone(keys)
            marks = {name: self.alike.marks(cells.filter(pa.array(alone))) for name, cells in keys.items()}
        columns["code"] = columns.pop("house_code", nothing(size))
        columns |= self._declared(checked, columns.pop("township", None), columns.pop("village", None))
        columns["extra"] = as_object(columns["extra"])
        for name in ("id_number", "phone"):
            if name in columns:
                columns |= seal(self.ring, name, columns.pop(name), ids)
        if "grade" in columns:
            bases = columns["grade_basis"] if "grade_basis" in columns else nothing(size)
            ledgers = each(bases.fill_null(""), lambda basis: LEDGER_BASIS.get(basis, "legacy"))
            columns["grade_basis"] = pc.if_else(columns["grade"].is_valid(), ledgers, None)
        columns["line"] = pa.array(checked.lines, pa.int64())
        columns["reserved_id"] = pa.array(ids, pa.int64())
        columns["cleared"] = pa.array(cleared)
        return StagedBatch(size, columns, self.rows, alone, marks)

    def _declared(self, checked: Checked, townships: Cells | None, villages: Cells | None) -> dict[str, Cells]:
        size = len(checked.lines)
        if townships is None:
            townships = texts([self.township] * size)
        if villages is None:
            villages = nothing(size)
        means = self.divisions.declared
        if self.is_township_computed:
            # It is no statement, and where no village was declared nothing is stated.
            townships = pc.if_else(villages.is_valid(), townships, None)
            means = self.divisions.declared_beside
        # Pairs of names repeat: the division of each is looked for once.
        pairs, places = _distinct_pairs(townships, villages)
        declared = [means(township, village) for township, village in pairs]
        originals = [checked.columns["extra"], *_originals(townships, villages, declared, places)]
        for n, (township, village) in enumerate(pairs):
            sentence = declared[n].sentence
            if sentence is None:
                continue
            called = self.ledger.recognised.called("village" if village else "township")
            self.faults += [
                LedgerFault(checked.lines[i], called, village or township, sentence, "check")
                for i in np.flatnonzero(places == n).tolist()
            ]
        return {
            "extra": together(originals, size),
            "declared_code": texts([one.code for one in declared]).take(pa.array(places)),
            "place_beyond": texts([one.beyond for one in declared]).take(pa.array(places)),
            "names_place": pc.or_(townships.is_valid(), villages.is_valid()),
            "is_unclear": pa.array([not one.is_clear for one in declared]).take(pa.array(places)),
        }

    def _ids(self, size: int) -> list[int]:
        if self._next_id + size > self._end:
            if not self._blocks:
                raise TooLarge("台账超过 6,700 万行，请按县拆分。")
            self._next_id = self._blocks.pop(0)
            self._end = self._next_id + BLOCK_ROWS
        first = self._next_id
        self._next_id += size
        return list(range(first, first + size))


def _distinct_pairs(first: Cells, second: Cells) -> tuple[list[tuple[str | None, str | None]], NDArray[np.int64]]:
    """The different pairs of two columns, and which of them each row holds."""
    one, two = (cells.dictionary_encode(null_encoding="encode") for cells in (first, second))
    width = max(1, len(two.dictionary))
    keys = one.indices.to_numpy().astype(np.int64) * width + two.indices.to_numpy()
    found, places = np.unique(keys, return_inverse=True)
    names, others = one.dictionary.to_pylist(), two.dictionary.to_pylist()
    return [(names[key // width], others[key % width]) for key in found.tolist()], places


def _originals(townships: Cells, villages: Cells, declared: list[Declared], places: NDArray[np.int64]) -> list[Cells]:
    """The cells of rows that no division answers to: by them a row is known again, and goes out as it came."""
    no_village = [n for n, one in enumerate(declared) if not one.is_clear and len(one.code or "") < VILLAGE_DIGITS]
    if not no_village:
        return []
    no_township = [n for n in no_village if declared[n].code is None]
    return [
        members(label, only(cells, np.flatnonzero(np.isin(places, numbers)).tolist()))
        for label, cells, numbers in ((TOWNSHIP, townships, no_township), (VILLAGE, villages, no_village))
        if numbers
    ]


def _without_cleared(checked: Checked) -> tuple[dict[str, Cells], NDArray[np.int64]]:
    """Columns with CLEARED as null, and the bits that say which fields were cleared."""
    columns, bits = dict(checked.columns), np.zeros(len(checked.lines), np.int64)
    for name, column in checked.columns.items():
        if name in CLEARED_BIT:
            cleared = pc.equal(column, CLEARED)
            if pc.any(cleared).as_py():
                columns[name] = pc.if_else(cleared.fill_null(False), None, column)
                bits |= np.where(flags(cleared), CLEARED_BIT[name], 0)
    return columns, bits


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
