"""What a load does to single rows: new, changed from what to what, without a point. For the page before and after."""

from dataclasses import asdict, dataclass, field
from typing import Any

import psycopg

from geo_housing.houses.spreadsheet.fields import BY_NAME
from geo_housing.words import (
    BUILDING_KIND,
    CATEGORY,
    GRADE,
    GRADE_BASIS,
    LOCATION_STATE,
    MEASURE,
    MONITORING,
    OCCUPANCY,
    RENOVATION,
    STRUCTURE,
    TRAIT,
    WordList,
)

SHOWN = 300
# Of these a person would see no more than that something changed; columns without a field of ours are told one by one.
_SILENT = (
    "version updated_at created_at batch_id households first_household_id owner people households_without_size key_groups risk geom tile_key scope_code"
    " source_crs extra id_number_cipher id_number_key phone_cipher phone_key location_note ended_reason occupancy_checked_by"
).split()
_LABELS = {
    "village_code": "所在村（按坐标）",
    "declared_code": "所在村（台账）",
    "location_state": "定位状态",
    "id_number_masked": "身份证号",
    "phone_masked": "联系电话",
    "suspected_on": "疑似危房（起）",
    "ended_on": "终止日期",
    "lon": "经度",
    "lat": "纬度",
}
WORDS: dict[str, WordList] = {
    "structure": STRUCTURE, "building_kind": BUILDING_KIND, "occupancy": OCCUPANCY, "grade": GRADE,
    "grade_basis": GRADE_BASIS, "renovation": RENOVATION, "measure": MEASURE, "categories": CATEGORY,
    "monitoring": MONITORING, "traits": TRAIT, "location_state": LOCATION_STATE,
}  # fmt: skip

_CHANGED = """
WITH row_changes AS (
    SELECT i.line, h.code, i.before - %(silent)s::text[] || coalesce(nullif(i.before -> 'extra', 'null'), '{}') AS before,
        (to_jsonb(h) || coalesce(h.extra, '{}') || jsonb_build_object('lon', ST_X(h.geom), 'lat', ST_Y(h.geom)))
            - %(silent)s::text[] - 'traits' AS after,
        h.extra AS own, o.line AS own_line
    FROM import_change i JOIN house h ON h.id = i.row_id LEFT JOIN own o ON o.house_id = h.id AND o.is_the_houses
    WHERE i.batch_id = %(batch)s AND i.kind = 'house'
    UNION ALL
    SELECT i.line, coalesce(t.code, h.code), i.before - %(silent)s::text[], to_jsonb(k) - %(silent)s::text[], NULL, NULL
    FROM import_change i JOIN household k ON k.id = i.row_id JOIN target t ON t.line = i.line
    LEFT JOIN house h ON h.id = t.house_id
    WHERE i.batch_id = %(batch)s AND i.kind = 'household'
    UNION ALL
    SELECT i.line, h.code, coalesce(o.before, '{}'), l.extra, NULL, NULL
    FROM import_change i JOIN house_household l ON l.id = i.row_id JOIN house h ON h.id = l.house_id
    JOIN own o ON o.line = i.line
    WHERE i.batch_id = %(batch)s AND i.kind = 'link'
    UNION ALL
    SELECT f.line, coalesce(t.code, h.code), '{}'::jsonb, jsonb_build_object('head', k.head), NULL, NULL
    FROM family f JOIN target t ON t.line = f.line JOIN household k ON k.id = f.new_id
    LEFT JOIN house h ON h.id = t.house_id
    WHERE f.household_id IS NULL AND NOT (t.is_new AND t.place = 1)
)
-- Of several rows of a house one speaks for its own columns, not always the first.
SELECT CASE WHEN r.own ? e.key THEN coalesce(r.own_line, r.line) ELSE r.line END AS line, r.code, e.key AS field, r.before -> e.key AS old, e.value AS new
FROM row_changes r CROSS JOIN LATERAL jsonb_each(r.after) e
WHERE r.before -> e.key IS DISTINCT FROM e.value AND NOT (r.before -> e.key IS NULL AND e.value = 'null')
ORDER BY 1, e.key
LIMIT %(limit)s
"""
_CREATED = """
SELECT t.line, t.code, coalesce(a.name, p.scope_code) AS place, s.head
FROM target t JOIN staging s ON s.line = t.line
LEFT JOIN placed p ON p.line = t.line LEFT JOIN area a ON a.code = p.scope_code
WHERE t.is_new AND t.place = 1 ORDER BY t.line LIMIT %(limit)s
"""
_UNLOCATED = """
SELECT t.line, coalesce(h.code, t.code) AS code, coalesce(a.name, h.scope_code) AS place
FROM target t JOIN house h ON h.id = CASE WHEN t.is_new THEN t.reserved_id ELSE t.house_id END
LEFT JOIN area a ON a.code = h.scope_code
WHERE t.place = 1 AND h.location_state = 'unlocated' ORDER BY t.line LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Change:
    """One field of one row: what the register holds, what the ledger says."""

    line: int
    code: str
    field: str
    old: str
    new: str


@dataclass(frozen=True)
class Mention:
    """One row that is new, or stands without a point."""

    line: int
    code: str
    place: str | None
    head: str | None = None


@dataclass
class Details:
    """The first SHOWN rows of each kind; the counts tell how many there are."""

    created: list[Mention] = field(default_factory=list)
    updated: list[Change] = field(default_factory=list)
    unlocated: list[Mention] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For the import's row, until the page shows it."""
        return asdict(self)


def details_of(cursor: psycopg.Cursor[Any], batch_id: int) -> Details:
    """Read from the temporary tables of the load, which are still there."""
    limit = {"limit": SHOWN}
    names = dict(cursor.execute("SELECT code, name FROM area").fetchall())
    cursor.execute(_CHANGED, {"batch": batch_id, "silent": _SILENT, **limit})
    changes = [
        Change(
            row.line, row.code, label_of(row.field), _text(row.field, row.old, names), _text(row.field, row.new, names)
        )
        for row in cursor.fetchall()
    ]
    cursor.execute(_CREATED, limit)
    created = [Mention(row.line, row.code, row.place, row.head) for row in cursor.fetchall()]
    cursor.execute(_UNLOCATED, limit)
    unlocated = [Mention(row.line, row.code, row.place) for row in cursor.fetchall()]
    return Details(created, changes, unlocated)


def label_of(name: str) -> str:
    """How a column of the register is called on pages."""
    return _LABELS.get(name) or (BY_NAME[name].label if name in BY_NAME else name)


def _text(name: str, value: Any, names: dict[str, str]) -> str:
    if value is None or value == []:
        return "—"
    if name in ("village_code", "declared_code"):
        return names.get(value, str(value))
    words = WORDS.get(name)
    if isinstance(value, list):
        return "、".join(words.label(str(one)) if words else str(one) for one in value)
    return words.label(str(value)) if words else str(value)
