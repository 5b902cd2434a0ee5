"""From checked columns to the staging table: COPY text built column by column, personal data sealed on the way."""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import Cursor

from geo_housing.keys import KeyRing

# Order of the staging columns (sql/1_staging.sql).
STAGED = (
    "line", "code", "declared_code", "settlement", "head", "id_number_cipher", "id_number_key", "id_number_masked",
    "phone_cipher", "phone_key", "phone_masked", "persons", "lon", "lat", "tile_key", "structure", "built_year",
    "storeys", "rooms", "area_m2", "building_kind", "occupancy", "occupancy_checked_on", "grade", "grade_basis",
    "graded_on", "suspected", "renovation", "measure", "categories", "monitoring", "traits", "remark", "extra",
    "names_place", "cleared", "reserved_id",
)  # fmt: skip

# Plain cells that a ledger sets on a house (extra is kept from the first load only), in bit order of "cleared"; the other fields have rules of their own.
HOUSE_FIELDS = (
    "structure", "built_year", "storeys", "rooms", "area_m2", "building_kind", "occupancy", "occupancy_checked_on",
    "measure", "remark",
)  # fmt: skip
FAMILY_FIELDS = ("head", "persons", "categories", "monitoring", "traits")
CLEARED_BIT = {name: 1 << bit for bit, name in enumerate((*HOUSE_FIELDS, *FAMILY_FIELDS, "suspected"))}

_FREE_TEXT = frozenset({"code", "settlement", "head", "remark", "extra"})
_NULL = "\\N"


@dataclass(frozen=True)
class StagedBatch:
    """Columns of equal length by staging name (missing ones are all NULL); values as PostgreSQL reads them."""

    size: int
    columns: dict[str, list[str | None]]


def copy_batches(cursor: Cursor, batches: Iterable[StagedBatch]) -> int:
    """COPY every batch into staging; returns the number of rows."""
    rows = 0
    with cursor.copy(f"COPY staging ({', '.join(STAGED)}) FROM STDIN") as copy:
        for batch in batches:
            copy.write(_as_copy_text(batch))
            rows += batch.size
    return rows


def _as_copy_text(batch: StagedBatch) -> str:
    columns = []
    for name in STAGED:
        values = batch.columns.get(name)
        if values is None:
            columns.append([_NULL] * batch.size)
        elif name in _FREE_TEXT:
            columns.append([_NULL if value is None else _escape(value) for value in values])
        else:
            columns.append([_NULL if value is None else value for value in values])
    lines = map("\t".join, zip(*columns, strict=True))
    return "\n".join(lines) + "\n" if batch.size else ""


def _escape(text: str) -> str:
    if "\\" in text or "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text


def seal(ring: KeyRing, field: str, values: list[str | None], owners: list[int]) -> dict[str, list[str | None]]:
    """Cipher and keyed-hash columns of ``field`` (id_number or phone), ready for COPY."""
    sealed = ring.encrypt_many(values, field=field, owners=owners)
    return {
        f"{field}_cipher": [None if value is None else "\\\\x" + value.hex() for value in sealed],
        f"{field}_key": ring.search_ids(values, field=field),
    }
