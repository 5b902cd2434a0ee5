"""Making a backup of a running service, and bringing one back: all of it, verified, or nothing."""

import os
import re
import secrets
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from geo_housing import __version__
from geo_housing.backup.archive import (
    DUMP,
    FILES,
    Manifest,
    members_of,
    pieces_of,
    verified_manifest,
    write_archive,
)
from geo_housing.backup.server import Server, feed, finish
from geo_housing.backup.tables import TableState, holds_content, table_states
from geo_housing.clock import now
from geo_housing.errors import BadInput, Conflict, NotReady
from geo_housing.migrations.revisions import known_revisions
from geo_housing.migrations.runner import migrate
from geo_housing.migrations.scripts import run_script

Tell = Callable[[int, int], None]
_OTHER_SCHEMAS = text(
    "SELECT nspname FROM pg_namespace"
    " WHERE nspname NOT IN ('public', 'information_schema') AND nspname NOT LIKE 'pg\\_%'"
)
# Held by the session: whoever is killed leaves no lock.
_ONE_AT_A_TIME = text("SELECT pg_try_advisory_lock(hashtextextended('restore ' || :name, 0))")
_END_ALL = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
# As in files/storage.py: what nobody finished there goes with the next sweep.
INCOMING = "incoming"
STORED_FILE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}")


@dataclass(frozen=True)
class Backup:
    """What a backup holds."""

    manifest: Manifest
    bytes: int

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(state.rows for state in self.manifest.tables.values())

    @property
    def files(self) -> int:
        """Stored files."""
        return len(self.manifest.members) - 1


def make_backup(server: Server, files: Path, target: Path, *, tell: Tell) -> Backup:
    """Write dump, files and manifest to ``target``; the service may go on working meanwhile."""
    if target.exists():
        raise Conflict(f"{target} 已经存在；为免覆盖旧备份，请换一个文件名。")
    if not target.parent.is_dir():
        raise BadInput(f"没有目录 {target.parent}，请先建立它。")
    # Names of one's own: two backups at once must not write into each other's drafts.
    own = secrets.token_hex(4)
    dump, draft = target.with_name(f".{target.name}.{own}.dump"), target.with_name(f".{target.name}.{own}.part")
    try:
        # The folder of files is read after the snapshot: every file that the snapshot's rows name is there by then.
        manifest = _dump(server, dump)
        write_archive(draft, manifest, dump, dict(_stored_files(files)), tell=tell)
        _put(draft, target)
    except OSError as error:
        raise NotReady(f"备份没有写成（{error.strerror or error}），请检查磁盘空间和权限：{target}") from None
    finally:
        dump.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)
    return Backup(manifest, target.stat().st_size)


def _put(draft: Path, target: Path) -> None:
    """Give the finished archive its name, never over another one that has come meanwhile."""
    try:
        os.link(draft, target)
    except FileExistsError:
        raise Conflict(f"{target} 已经存在；为免覆盖旧备份，请换一个文件名。") from None
    except OSError:
        # A disk that knows no second name of a file, as USB sticks and network shares.
        draft.rename(target)


def restore_backup(server: Server, files: Path, archive: Path, *, replace: bool, tell: Tell) -> Backup:
    """Bring ``archive`` back into the server's database and ``files``.

    Hashes are verified before anything changes; the dump goes into a new database beside the present one, which is
    exchanged for it, in one step, only when every table agrees with the manifest: whenever it is killed, the present one
    or the restored one stands there whole. A database with content is refused unless ``replace``; Conflict while
    somebody else restores.
    """
    if not archive.is_file():
        raise BadInput(f"没有找到备份文件 {archive}，请检查路径。")
    manifest = verified_manifest(archive, tell=tell)
    if manifest.revision not in known_revisions():
        raise BadInput("这份备份由更新版本的程序制作，请先升级程序再恢复。")
    maintenance = server.other("postgres")
    with maintenance.connection(autocommit=True) as connection:
        if not connection.scalar(_ONE_AT_A_TIME, {"name": server.database}):
            raise Conflict("另一个恢复正在进行，没有开始。请等它结束后再试。")
        present = _exists(connection, server.database)
        if present and not replace:
            _refuse_content(server)
        run_script(connection, "roles.sql")
        new = server.other(f"{server.database}_restoring")
        _drop(connection, new.database)
        connection.exec_driver_sql(f"CREATE DATABASE {_quoted(connection, new.database)} TEMPLATE template0")
        try:
            _restore_members(new, files, archive)
            _compare(new, manifest.tables)
            migrate(new.url)
            _forget_workers(new)
            _exchange(maintenance, connection, server.database, new.database)
        except BaseException:
            _drop(connection, new.database)
            raise
    return Backup(manifest, archive.stat().st_size)


def _dump(server: Server, dump: Path) -> Manifest:
    with server.whole_view() as connection:
        snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
        role = server.dump_role(connection)
        # Ours is all in public; what an administrator keeps elsewhere in the same database is not ours to move.
        arguments = [
            "--format=custom",
            f"--snapshot={snapshot}",
            f"--file={dump}",
            "--extension=postgis",
            *(f'--exclude-schema="{name}"' for name in connection.scalars(_OTHER_SCHEMAS)),
        ]
        os.close(os.open(dump, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        process = server.start("pg_dump", *arguments, *([f"--role={role}"] if role else []))
        try:
            states = table_states(connection)
            revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
            version = connection.scalar(text("SHOW server_version"))
        finally:
            finish(process, "导出数据库")
    return Manifest(now().isoformat(), __version__, str(revision), str(version), states)


def _stored_files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob("*/*")):
        name = path.relative_to(folder).as_posix()
        if STORED_FILE.fullmatch(name) and path.is_file() and not path.is_symlink():
            yield FILES + name, path


def _restore_members(server: Server, files: Path, archive: Path) -> None:
    for name, content in members_of(archive):
        if name == DUMP:
            process = server.start(
                "pg_restore", "--exit-on-error", f"--dbname={server.database}", stdin=subprocess.PIPE
            )
            feed(process, pieces_of(content))
            finish(process, "恢复数据库")
        elif STORED_FILE.fullmatch(name.removeprefix(FILES)):
            _restore_file(files, name.removeprefix(FILES), pieces_of(content))


def _restore_file(files: Path, name: str, pieces: Iterator[bytes]) -> None:
    path = files / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = files / INCOMING / f"{path.name}.restoring"
    draft.parent.mkdir(exist_ok=True, mode=0o700)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:
        for piece in pieces:
            target.write(piece)
        target.flush()
        os.fsync(target.fileno())
    # Over whatever lies there: it may be what was wrecked.
    draft.replace(path)


def _refuse_content(server: Server) -> None:
    with server.connection() as connection:
        if holds_content(connection):
            raise Conflict(
                f"数据库 {server.database} 里已有数据，没有恢复。确要用备份替换现有的全部数据，请加 --replace"
                "（现有数据会被删除，建议先做一次备份）。"
            )


def _compare(server: Server, expected: dict[str, TableState]) -> None:
    with server.whole_view() as connection:
        found = table_states(connection)
    if wrong := sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)):
        raise NotReady(f"恢复后核对不一致的表：{'、'.join(wrong[:10])}；现有数据没有改动。请换一份备份再试。")


def _forget_workers(server: Server) -> None:
    """Whoever worked in the database of the backup does not work in this one; its unfinished jobs are taken up again."""
    with server.connection() as connection:
        connection.exec_driver_sql("DELETE FROM procrastinate_workers")
        connection.commit()


def _exchange(maintenance: Server, connection: Connection, present: str, new: str) -> None:
    """Put the new database in the place of the present one, whose connections end; both names change at once."""
    old = f"{present}_replaced"
    _drop(connection, old)
    names = {key: _quoted(connection, name) for key, name in (("present", present), ("new", new), ("old", old))}
    steps = ["ALTER DATABASE {new} RENAME TO {present}"]
    if _exists(connection, present):
        steps.insert(0, "ALTER DATABASE {present} RENAME TO {old}")
    with _kept_empty(maintenance, present):
        # One message is one transaction: there is no moment without a database of this name.
        connection.exec_driver_sql("; ".join(step.format(**names) for step in steps))
    _drop(connection, old)


@contextmanager
def _kept_empty(maintenance: Server, database: str) -> Iterator[None]:
    """End all connections to a database again and again.

    A rename lets nobody in and then waits five seconds for those who are there. To forbid connections before it would
    outlive us: whoever is killed then leaves a database that nobody can enter.
    """
    enough = threading.Event()

    def keep_empty() -> None:
        with maintenance.connection(autocommit=True) as connection:
            while not enough.wait(0.05):
                connection.execute(_END_ALL, {"name": database})

    keeper = threading.Thread(target=keep_empty, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        enough.set()
        keeper.join()


def _exists(connection: Connection, name: str) -> bool:
    return (
        connection.scalar(text("SELECT EXISTS (SELECT FROM pg_database WHERE datname = :name)"), {"name": name}) is True
    )


def _drop(connection: Connection, name: str) -> None:
    connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {_quoted(connection, name)} WITH (FORCE)")


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
