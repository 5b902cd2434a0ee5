"""Rows out of PostgreSQL by COPY: never more in memory than a few of them."""

from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
from sqlalchemy import Connection, Select
from sqlalchemy.dialects import postgresql

CHUNK_BYTES = 256 * 1024


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


# Before the first row of a binary COPY, before each value of one column, and after the last row.
_HEAD_BYTES, _ROW_BYTES, _END = 19, 6, b"\xff\xff"


def copied_texts(connection: Connection, statement: Select[Any]) -> Iterator[list[memoryview]]:
    """The one text column of ``statement`` in UTF-8, as many rows at a time as have arrived.

    Binary COPY, because the text format doubles backslashes (D16). Rows are taken from libpq themselves: asking for each
    through the cursor costs more than the row. Never more than the buffer of libpq is in memory.
    """
    query, values = _query(statement)
    raw = raw_connection(connection)
    with raw.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)", values) as copy:
        row = memoryview(copy.read())[_HEAD_BYTES:]
        while row != _END:
            rows = []
            length = 1
            while length > 0 and row != _END:
                rows.append(row[_ROW_BYTES:])
                length, row = raw.pgconn.get_copy_data(1)
            if rows:
                yield rows
            if length == 0:  # nothing more has arrived: wait for it
                row = memoryview(copy.read())
            elif length < 0:
                raise _broken_off(raw)
        copy.read()  # nothing comes any more: ends the COPY


def _broken_off(raw: "psycopg.Connection[Any]") -> psycopg.Error:
    """Why the rows ended before their end was told."""
    failed = raw.pgconn.get_result()
    while raw.pgconn.get_result() is not None:
        pass  # the connection is free for the next statement only after the last result
    assert failed is not None, "libpq told the end of COPY"
    return psycopg.errors.error_from_result(failed, encoding="utf-8")


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
