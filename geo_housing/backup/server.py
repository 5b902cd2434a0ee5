"""The administrator's way to a server: connections that see every row, and PostgreSQL's own programs."""

import os
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, create_engine, make_url, text

from geo_housing.db import BACKUP_ROLE
from geo_housing.errors import NotReady
from geo_housing.pg_binaries import Binaries


@dataclass(frozen=True)
class Server:
    """One database of one server, reached as an administrator."""

    url: str
    binaries: Binaries

    @property
    def database(self) -> str:
        """The database's name."""
        name = make_url(self.url).database
        if not name:
            raise NotReady("数据库地址里没有写数据库名，请补上，例如 postgresql://…/geo_housing。")
        return name

    def other(self, database: str) -> "Server":
        """Another database of the same server."""
        return Server(make_url(self.url).set(database=database).render_as_string(hide_password=False), self.binaries)

    @contextmanager
    def connection(self, *, autocommit: bool = False) -> Iterator[Connection]:
        """A connection with the rights that the address gives."""
        engine = self._engine(autocommit=autocommit)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()

    @contextmanager
    def whole_view(self) -> Iterator[Connection]:
        """A read-only snapshot of all rows: as superuser, else as gh_backup; NotReady when neither is allowed."""
        with self.connection() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            if role := self.dump_role(connection):
                connection.execute(text(f"SET LOCAL ROLE {role}"))
            yield connection

    @staticmethod
    def dump_role(connection: Connection) -> str | None:
        """The role that sees every row: None for a superuser, who needs no other."""
        superuser, member = connection.execute(
            text(
                "SELECT r.rolsuper, coalesce(pg_has_role(session_user, b.oid, 'MEMBER'), false) FROM pg_roles r"
                " LEFT JOIN pg_roles b ON b.rolname = :backup WHERE r.rolname = session_user"
            ),
            {"backup": BACKUP_ROLE},
        ).one()
        if superuser:
            return None
        if not member:
            raise NotReady(
                f"备份需要能看到所有行的登录角色：请管理员运行 GRANT {BACKUP_ROLE} TO 该角色，"
                "或用 --admin-url 给出管理员的数据库地址。"
            )
        return BACKUP_ROLE

    def start(self, program: str, *arguments: str, stdin: int | None = None) -> "subprocess.Popen[bytes]":
        """Start one of PostgreSQL's programs on this database; the password travels in its environment."""
        return subprocess.Popen(
            [self.binaries.program(program), "--no-password", *arguments],
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=self._environment(),
            cwd="/",
        )

    def _engine(self, *, autocommit: bool) -> Engine:
        if autocommit:
            return create_engine(self.url, isolation_level="AUTOCOMMIT", hide_parameters=True)
        return create_engine(self.url, hide_parameters=True)

    def _environment(self) -> dict[str, str]:
        url = make_url(self.url)
        host, port = url.query.get("host", url.host), url.query.get("port", url.port)
        values = {
            "PGHOST": host,
            "PGPORT": port,
            "PGUSER": url.username,
            "PGPASSWORD": url.password,
            "PGDATABASE": url.database,
            "PGSSLMODE": url.query.get("sslmode"),
        }
        stated = {name: str(value) for name, value in values.items() if value}
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", **stated}


def feed(process: "subprocess.Popen[bytes]", pieces: Iterable[bytes]) -> None:
    """Write ``pieces`` to a program's standard input and close it."""
    stdin = process.stdin
    assert stdin is not None, "started with a pipe"
    # What ends early has its reason on standard error; the broken pipe is only how we notice.
    with suppress(BrokenPipeError):
        for piece in pieces:
            stdin.write(piece)
        stdin.flush()
    with suppress(BrokenPipeError):
        stdin.close()
    process.stdin = None


def finish(process: "subprocess.Popen[bytes]", doing: str) -> None:
    """Wait for a program; NotReady with its last line when it failed."""
    _, told_bytes = process.communicate()
    told = (told_bytes or b"").decode(errors="replace")
    if process.returncode == -signal.SIGXFSZ or "No space left" in told or "File too large" in told:
        raise NotReady(f"{doing}失败：磁盘空间不足，或文件超过了允许的大小。请腾出空间后重试。")
    if process.returncode != 0:
        raise NotReady(f"{doing}失败：{_last_line(told)}")


def _last_line(told: str) -> str:
    # Errors of a COPY quote the row they failed at, which may be somebody's.
    lines = [line for line in told.splitlines() if "error" in line.lower() and "CONTEXT" not in line]
    return (lines or told.splitlines() or [""])[0][:300]
