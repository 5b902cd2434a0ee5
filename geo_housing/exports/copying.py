"""Rows out of PostgreSQL by COPY: never more in memory than a few of them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import psycopg
from sqlalchemy import Connection, Select
from sqlalchemy.dialects import postgresql

CHUNK_BYTES = 256 * 1024

# Hears how many rows have been read, and how many there are in all.
Told = Callable[[int, int], None]


def raw_connection(connection: Connection) -> "psycopg.Connection[Any]":
    """The driver's own connection, inside the transaction of ``connection``."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def _query(statement: Select[Any]) -> tuple[str, dict[str, Any]]:
    """The text of a statement for the driver, and its values apart: the driver quotes them, nothing is pasted here."""
    dialect = postgresql.psycopg.dialect()  # type: ignore[no-untyped-call] # untyped in SQLAlchemy
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    return str(compiled), dict(compiled.params)


def copied_texts(connection: Connection, statement: Select[Any]) -> Iterator[bytes]:
    """The one text column of ``statement``, row by row, in UTF-8.

    Binary COPY, because the text format doubles backslashes (D16).
    """
    query, values = _query(statement)
    with raw_connection(connection).cursor() as cursor:
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)", values) as copy:
            copy.set_types(["bytea"])  # the bytes of a text are its UTF-8: no decoding
            for row in copy.rows():
                yield row[0]


def copied_csv(connection: Connection, statement: Select[Any]) -> Iterator[bytes]:
    """CSV lines of ``statement``, the heading first; one item a row, also where a cell holds line breaks."""
    query, values = _query(statement)
    with raw_connection(connection).cursor() as cursor:
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)", values) as copy:
            for block in copy:
                yield bytes(block)


def chunked(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of some CHUNK_BYTES."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= CHUNK_BYTES:
            yield b"".join(waiting)
            waiting.clear()
            size = 0
    if waiting:
        yield b"".join(waiting)
