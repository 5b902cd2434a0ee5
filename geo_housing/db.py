"""The one door to the database: every transaction of the service begins here. The base of all tables is here, too.

The login role of the service may do nothing by itself (it is NOINHERIT); each transaction first becomes ``gh_app`` (or
one of the narrow roles, who see what their grant opens) and states the area and the actor, all transaction-local, in one
statement. A duty officer's transaction asks besides whether the shift holds: without it there is no area. Signing in,
sessions and health go through the door with no area at all, long streams through it on a pool of their own, in one
read-only snapshot. Whoever forgets the door reads and writes nothing. See D4 and D6 of the design and
``migrations/sql`` for the policies.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import ClassVar

import psycopg
from sqlalchemy import Connection, Engine, MetaData, Text, create_engine, event, make_url, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction
from sqlalchemy.pool import ConnectionPoolEntry

from geo_housing.clock import now
from geo_housing.errors import NotReady
from geo_housing.scope import EVERYWHERE, AreaScope

APP_ROLE = "gh_app"
# Each sees what one grant opens and nothing else (0018_narrow_roles.sql).
NARROW_ROLES = ("gh_department", "gh_third_party")
BACKUP_ROLE = "gh_backup"
SERVICE_LOGIN = "gh_service"

DOOR = text(
    "SELECT set_config('role', 'gh_app', true), set_config('gh.area_lo', :lo, true),"
    " set_config('gh.area_hi', :hi, true), set_config('gh.actor', :actor, true)"
)
# Who sees one list only: as which role, and the grant by which the policies look up what it opens.
NARROW_DOOR = text(
    "SELECT set_config('role', :role, true), set_config('gh.area_lo', :lo, true), set_config('gh.area_hi', :hi, true),"
    " set_config('gh.actor', :actor, true), set_config('gh.grant', :grant, true)"
)
# Whose shift does not hold has no area, whatever the service believes.
OUTSIDE_SHIFT = text(
    "SELECT set_config('gh.area_lo', '', true), set_config('gh.area_hi', '', true) WHERE NOT gh_shift_holds(:grant, :at)"
)
IDENTITY = text(
    "SELECT current_user AS name, r.rolsuper, r.rolbypassrls,"
    " pg_has_role(current_user, 'gh_owner', 'USAGE') AS owns FROM pg_roles r WHERE r.rolname = current_user"
)


def libpq_url(url: str) -> str:
    """``url`` as programs of PostgreSQL read it: without the driver, and a space of the password as %20."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False).replace(" ", "%20")


class Base(DeclarativeBase):
    """Base of all tables; constraint names are predictable, geometry and text types are the house style."""

    type_annotation_map: ClassVar = {str: Text()}
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


# Codes compare by bytes: the prefix ranges of the row level security policies need it, and so do their indexes.
Code = Text(collation="C")
Codes = ARRAY(Text(collation="C"))


@dataclass(frozen=True)
class Actor:
    """Who acts, with which rights, from where; stands in every journal entry.

    ``name`` is ``user:<login name>``, ``cli:<os user>`` or ``job:<login name>``.
    """

    name: str
    scope: AreaScope
    permissions: frozenset[str] = frozenset()
    user_id: int | None = None
    grant_id: int | None = None
    source: str = "system"
    address: str | None = None
    request_id: str | None = None
    label: str | None = None
    # Another role of the database than gh_app sees what one grant opens and nothing else.
    database_role: str = APP_ROLE
    # The grant of a duty officer: the door asks the database whether it holds.
    shift_id: int | None = None

    @property
    def called(self) -> str:
        """Who it is, as lists and papers show it: the name on pages, else the one that they sign in with."""
        return self.label or self.name.partition(":")[2] or self.name

    def own_id(self, client_id: str | None) -> str | None:
        """The number that a form gave itself, unique for whoever sent it."""
        return f"{self.name}:{client_id}" if client_id else None

    def may(self, permission: str) -> bool:
        """Whether one of the actor's grants carries ``permission``."""
        return permission in self.permissions

    def within(self, scope: AreaScope) -> "Actor":
        """The same actor narrowed to ``scope`` (which must lie inside the own one)."""
        return replace(self, scope=self.scope.narrowed(scope.prefix))


# Looks after the service itself (sign-in, sessions, health); sees no scoped row, because its area is empty.
NOBODY = Actor(name="system", scope=EVERYWHERE)


@dataclass
class Database:
    """Engines of one database: requests and jobs share ``engine``, streams have ``stream_engine`` of their own."""

    url: str
    pool_size: int = 10
    stream_pool_size: int = 4
    engine: Engine = field(init=False)
    stream_engine: Engine = field(init=False)

    def __post_init__(self) -> None:
        # The door finds out whether a connection still lives, see _gone_in.
        self.engine = self._make(self.pool_size, pool_pre_ping=False)
        # A stream holds its connection as long as the client reads: it must not starve the pages.
        self.stream_engine = self._make(self.stream_pool_size, pool_pre_ping=True)

    def _make(self, size: int, *, pool_pre_ping: bool) -> Engine:
        engine = create_engine(
            self.url,
            pool_size=size,
            max_overflow=size,
            pool_timeout=30,
            pool_pre_ping=pool_pre_ping,
            # The one used last: it has the plans, and knows the tables.
            pool_use_lifo=True,
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_connection)
        return engine

    @contextmanager
    def transaction(self, actor: Actor) -> Iterator[Session]:
        """One transaction of ``actor``: commits at the end of the block, rolls back on any exception."""
        with Session(self.engine, expire_on_commit=False) as session:
            with _gone_in(session, lambda connection: enter(connection, actor)):
                yield session

    @contextmanager
    def blind_transaction(self, actor: Actor = NOBODY) -> Iterator[Session]:
        """A transaction that sees no scoped row: sign-in, sessions, security log, health."""
        nowhere = {"lo": "", "hi": "", "actor": actor.name}
        with Session(self.engine, expire_on_commit=False) as session:
            with _gone_in(session, lambda connection: connection.execute(DOOR, nowhere)):
                yield session

    @contextmanager
    def stream(self, actor: Actor) -> Iterator[Connection]:
        """A read-only snapshot of ``actor`` for a long stream, on the separate pool."""
        with (
            self.stream_engine.connect().execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            ) as connection,
            connection.begin(),
        ):
            enter(connection, actor)
            yield connection

    def check_identity(self) -> None:
        """Refuse (NotReady) to work as superuser, as owner, or with BYPASSRLS: the policies would not hold."""
        with self.blind_transaction() as session:
            row = session.execute(IDENTITY).one()
        if row.rolsuper or row.rolbypassrls or row.owns or row.name != APP_ROLE:
            raise NotReady(
                f"数据库事务内的身份是 {row.name}，不是受行级安全约束的 gh_app，服务拒绝工作。"
                "请用只被授予 gh_app 的登录角色连接，然后运行 geo-housing db migrate。"
            )

    def close(self) -> None:
        """Give all pooled connections back to the server."""
        self.engine.dispose()
        self.stream_engine.dispose()


def _gone_in(session: Session, door: Callable[[Connection], object]) -> SessionTransaction:
    """The transaction of ``session``, begun and through ``door``, on a connection that lives.

    What lay in the pool may have died meanwhile, with the server or an idle line. The door is the first that asks, and it
    changes nothing: when its connection is found dead, the pool throws all of them away, and the door is gone through anew.
    Asking before each transaction would cost a way to the server and back every time.
    """
    try:
        door(session.connection())
    except DBAPIError as error:
        session.rollback()
        if not error.connection_invalidated:
            raise
        door(session.connection())
    begun = session.get_transaction()
    assert begun is not None
    return begun


def enter(connection: Connection, actor: Actor) -> None:
    """Go through the door: become gh_app (or what ``actor`` works as) with their area for the rest of the transaction."""
    values = {"lo": actor.scope.lo, "hi": actor.scope.hi, "actor": actor.name}
    if actor.database_role != APP_ROLE:
        narrow = {"role": actor.database_role, "grant": str(actor.grant_id)}
        connection.execute(NARROW_DOOR, {**values, **narrow})
        return
    connection.execute(DOOR, values)
    if actor.shift_id is not None:
        connection.execute(OUTSIDE_SHIFT, {"grant": actor.shift_id, "at": now()})


def _prepare_connection(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Session settings of a new connection; no personal data may reach the server log through parameters."""
    cursor = connection.cursor()
    try:
        cursor.execute("SET TIME ZONE 'Asia/Shanghai'")
        cursor.execute("SET statement_timeout = '10min'")
        cursor.execute("SET idle_in_transaction_session_timeout = '5min'")
    finally:
        cursor.close()
    connection.commit()


def has_gone_away(error: BaseException | None) -> bool:
    """Whether somewhere behind an error the server has ended the connection, or was not there: killed, stopped, started anew."""
    while error is not None:
        refused = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(refused, psycopg.OperationalError):
            state = refused.sqlstate
            if state is None or state.startswith(("08", "57P")):
                return True
        error = error.__cause__ or error.__context__
    return False
