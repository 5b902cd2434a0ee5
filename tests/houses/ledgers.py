"""Ledgers made in a test, loaded as the command loads them."""

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from geo_housing.houses.intake.load import Loaded, LoadOptions, load_ledger
from geo_housing.houses.spreadsheet.faults import LedgerFault, kind_of
from geo_housing.houses.spreadsheet.personal import check_character
from geo_housing.keys import ensure_keys
from tests.fixtures.toy import ToyDatabase

HEADS = ["房屋编号", "乡镇", "行政村", "户主姓名", "身份证号", "经度", "纬度", "鉴定等级", "评定日期"]


def id_number(serial: int) -> str:
    """Nobody's number: division 990001, born in 1900."""
    body = f"99000119000202{serial:03d}"
    return body + check_character(body)


def write_csv(folder: Path, rows: Sequence[dict[str, Any]], name: str = "ledger.csv") -> Path:
    """A CSV whose heads are the keys of all rows in order."""
    heads = list(dict.fromkeys(key for row in rows for key in row))
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, heads, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def load(
    toy: ToyDatabase,
    source: Path | Sequence[dict[str, Any]],
    *,
    area: str = "",
    **options: Any,
) -> Loaded:
    """Load a file, or rows, in a committed transaction."""
    path = source if isinstance(source, Path) else write_csv(toy.settings.home, source, f"{random.random()}.csv")
    with toy.transaction(area) as session:
        return load_ledger(session, toy.actor(area), path, LoadOptions(**options), ensure_keys(toy.settings.keys_file))


def counts(loaded: Loaded) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, rejected; that they add up is checked on the way."""
    answer = loaded.as_json()
    found = answer["created"], answer["updated"], answer["unchanged"], answer["rejected"]
    assert answer["read"] == sum(found), answer
    return found


def house(toy: ToyDatabase, code: str) -> Row[Any]:
    """The row of a house, its point as lon and lat."""
    with toy.transaction() as session:
        return house_in(session, code)


def house_in(session: Session, code: str) -> Row[Any]:
    """The row of a house within a transaction."""
    return session.execute(
        text("SELECT h.*, ST_X(geom) AS lon, ST_Y(geom) AS lat FROM house h WHERE code = :code"), {"code": code}
    ).one()


def query(toy: ToyDatabase, sql: str, **values: Any) -> list[Row[Any]]:
    """Rows as somebody sees them who may see all."""
    with toy.transaction() as session:
        return list(session.execute(text(sql), values))


def sentences(loaded: Loaded, kind: str | None = None) -> list[str]:
    """What the report says."""
    return [fault.sentence for fault in loaded.faults if kind is None or kind_of(fault) == kind]


def the_fault(loaded: Loaded, kind: str) -> LedgerFault:
    """The one fault of its kind."""
    (found,) = [fault for fault in loaded.faults if kind_of(fault) == kind]
    assert isinstance(found, LedgerFault)
    return found
