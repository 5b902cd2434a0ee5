"""The straight way into an empty register: rows that stand alone go in portion by portion while the next are checked.

Nothing is stored that they could mean, and no other row of the ledger shares their code or ID number (alike.py), so
each is a new house with its family. All other rows are held and go through the ordinary steps afterwards.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from geo_housing.houses.intake.alike import Alike, repeated
from geo_housing.houses.intake.scripts import script
from geo_housing.houses.intake.staging import StagedBatch, copy_batches

Cursor = psycopg.Cursor[Any]

_EMPTIED = "TRUNCATE staging, target, covered, around, placed"
_COUNT = """
SELECT count(*) AS created, count(*) FILTER (WHERE p.location_state = 'unlocated') AS unlocated,
    count(*) FILTER (WHERE p.location_note IN ('misplaced', 'border')) AS misplaced,
    count(*) FILTER (WHERE p.location_note = 'outside') AS outside
FROM target t JOIN placed p ON p.line = t.line
"""
# Told of every such house; its own note only where none stands that is worse (3c_shared.sql).
_ON_ONE_POINT = """
WITH told AS (
    SELECT c.line, h.id, h.village_code, h.location_note
    FROM unnest(%s::bigint[], %s::int[]) AS c (id, line)
    JOIN house h ON h.id = c.id
    WHERE EXISTS (
        SELECT FROM house o WHERE o.tile_key = h.tile_key AND o.id <> h.id AND o.ended_on IS NULL
          AND ST_X(o.geom) = ST_X(h.geom) AND ST_Y(o.geom) = ST_Y(h.geom))
), noted AS (
    UPDATE house h SET location_note = 'shared_point' FROM told t WHERE t.id = h.id AND t.location_note IS NULL
)
INSERT INTO finding
    SELECT t.line, 'lon', a.name, 'check', 'shared_point' FROM told t LEFT JOIN area a ON a.code = t.village_code
    ORDER BY t.line LIMIT (SELECT greatest(100000 - count(*), 0) FROM finding WHERE kind = 'check')
"""


class NotAlone(Exception):
    """A pair of rows was missed when alike ones were looked for: the load has to go the ordinary way."""


@dataclass
class Tally:
    """What became of the rows that went straight in."""

    staged: int = 0
    created: int = 0
    unlocated: int = 0
    misplaced: int = 0
    outside: int = 0


class Straight:
    """One load's straight way; ``put`` every batch, then ``finish``, then the ordinary steps, then ``tell_shared``."""

    def __init__(self, cursor: Cursor, alike: Alike) -> None:
        self._cursor = cursor
        self._alike = alike
        self._script = script("straight")
        self._marks: dict[str, list[NDArray[np.uint64]]] = {name: [] for name in alike.several}
        self._points: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
        self._held_points: list[NDArray[np.int64]] = []
        self.tally = Tally()

    def put(self, batch: StagedBatch) -> None:
        """The rows that stand alone into the register, the others to those that are held."""
        alone = batch.alone
        assert alone is not None and batch.marks is not None, "the walk looks at every batch of such a load"
        if not alone.all():
            copy_batches(self._cursor, [batch.held], "held")
            self._held_points.append(_whole(batch.held, "tile_key"))
        if not alone.any():
            return
        lone = batch.lone
        for name, marks in batch.marks.items():
            self._marks[name].append(marks)
        self._points.append((_whole(lone, "tile_key"), _whole(lone, "reserved_id"), _whole(lone, "line")))
        self._cursor.execute(_EMPTIED)
        self.tally.staged += copy_batches(self._cursor, [lone])
        self._cursor.execute(self._script)
        found = self._cursor.execute(_COUNT).fetchone()
        assert found is not None, "an aggregate gives one row"
        for part in fields(Tally)[1:]:
            setattr(self.tally, part.name, getattr(self.tally, part.name) + getattr(found, part.name))

    def finish(self) -> int:
        """Everything set aside is made again, and the held rows are staged; returns how many."""
        if any(len(repeated(marks)) for marks in self._marks.values()):
            raise NotAlone
        self._cursor.execute("SELECT register_put_back()")
        self._cursor.execute("SELECT register_analyze()")
        self._cursor.execute(_EMPTIED)
        return self._cursor.execute("INSERT INTO staging SELECT * FROM held").rowcount

    def tell_shared(self) -> None:
        """Several houses on one point: known when all of them are stored."""
        if not self._points:
            return
        keys, ids, lines = (np.concatenate(part) for part in zip(*self._points, strict=True))
        others = np.concatenate([keys, *self._held_points])
        others = np.sort(others[others >= 0])
        shared = np.isin(keys, others[1:][others[1:] == others[:-1]])
        if shared.any():
            self._cursor.execute(_ON_ONE_POINT, (ids[shared].tolist(), lines[shared].tolist()))


def _whole(batch: StagedBatch, name: str) -> NDArray[np.int64]:
    """A column of whole numbers, -1 where nothing stands."""
    cells = batch.columns.get(name)
    if cells is None:
        return np.full(batch.size, -1)
    return np.asarray(cells.cast("int64").fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
