"""What a database holds, as one count and one fingerprint per table, so that a restore can be told from the original."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

# PostGIS' own; its rows come with the extension.
NOT_COUNTED = ("spatial_ref_sys",)
# Rows that a service without any content has, too.
OF_AN_EMPTY_SERVICE = ("alembic_version", "procrastinate_")

_TABLES = text("""
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1
""")
# The text of a row must not depend on who asks.
_PLAIN_TEXT = text(
    "SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),"
    " set_config('extra_float_digits', '1', true), set_config('bytea_output', 'hex', true),"
    " set_config('IntervalStyle', 'postgres', true)"
)


@dataclass(frozen=True)
class TableState:
    """Rows of a table, and a sum over the hashes of all rows that does not depend on their order."""

    rows: int
    fingerprint: str


def table_names(connection: Connection) -> list[str]:
    """All tables of ours, the queue's too."""
    return [name for name in connection.scalars(_TABLES) if name not in NOT_COUNTED]


def table_states(connection: Connection) -> dict[str, TableState]:
    """Every table's state; the connection must see every row (superuser or gh_backup)."""
    connection.execute(_PLAIN_TEXT)
    states = {}
    for name in table_names(connection):
        quoted = connection.dialect.identifier_preparer.quote(name)
        rows, total = connection.exec_driver_sql(
            "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0)"
            f" FROM {quoted} t"
        ).one()
        states[name] = TableState(rows, str(total))
    return states


def holds_content(connection: Connection) -> bool:
    """Whether any table holds a row that somebody brought in."""
    for name in table_names(connection):
        if name.startswith(OF_AN_EMPTY_SERVICE):
            continue
        quoted = connection.dialect.identifier_preparer.quote(name)
        if connection.exec_driver_sql(f"SELECT EXISTS (SELECT FROM {quoted})").scalar_one():
            return True
    return False
