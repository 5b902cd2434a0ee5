"""The private PostgreSQL cluster of one home: made, started, found again, stopped (D2).

It listens on a Unix socket only, lets in by operating system user only, and outlives the command that started it.
Nothing here needs a person after a crash: locks are the kernel's, and what a killed server left is told from a
living one by looking at the processes.
"""

import fcntl
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from geo_housing import cluster_files
from geo_housing.cluster_files import DATABASE, LOGINS, PORT, SUPERUSER
from geo_housing.cluster_processes import Postmaster, end_leftovers, running_postmaster
from geo_housing.errors import NotReady
from geo_housing.pg_binaries import Binaries, find_binaries
from geo_housing.service_user import Owner, owner_of, prepare_home
from geo_housing.settings import DRIVER, Settings

__all__ = ["DATABASE", "LOGINS", "PORT", "SUPERUSER", "ClusterAddress", "ClusterStatus"]
__all__ += ["ensure_running", "find_binaries", "status", "stop"]

# A crash recovery replays at most some max_wal_size; on a slow disk that takes minutes, not seconds.
START_TIMEOUT_S = 600
LOCK_TIMEOUT_S = 660


@dataclass(frozen=True)
class ClusterAddress:
    """How to reach a running cluster; the operating system's user decides who gets in."""

    socket_dir: Path
    port: int
    superuser: str
    pgdata: Path

    def binaries(self) -> Binaries:
        """The programs of the same major version as the cluster (pg_dump, pg_restore …)."""
        return find_binaries(cluster_files.major_of(self.pgdata))

    def url(self, role: str, dbname: str = DATABASE) -> str:
        """SQLAlchemy URL of ``dbname`` for the login ``role`` (gh_super or gh_service)."""
        return (
            f"{DRIVER}://{quote(role)}@/{quote(dbname)}?host={quote(str(self.socket_dir), safe='/')}&port={self.port}"
        )

    def environment(self, role: str, dbname: str = DATABASE) -> dict[str, str]:
        """The same for programs of PostgreSQL (pg_dump, psql) and GDAL: the variables of libpq."""
        return {"PGHOST": str(self.socket_dir), "PGPORT": str(self.port), "PGUSER": role, "PGDATABASE": dbname}


@dataclass(frozen=True)
class ClusterStatus:
    """``none``: never made; ``starting`` includes recovery after a crash."""

    state: Literal["none", "stopped", "starting", "running"]
    pgdata: Path
    major: int | None = None
    pid: int | None = None
    socket_dir: Path | None = None


def ensure_running(settings: Settings) -> ClusterAddress:
    """The address of this home's cluster, after making and starting it if need be (0.6 s, else 1 ms).

    NotReady, with what to do, when it cannot be: binaries missing, home out of reach, another major version.
    """
    owner = owner_of(settings)
    found = running_postmaster(settings.pgdata)
    if not (found and _answers(found)):
        prepare_home(settings, owner)
        with _only_one(settings, owner):
            found = running_postmaster(settings.pgdata)
            if not (found and _answers(found)):
                found = _start(settings, owner, found)
    return ClusterAddress(found.socket_dir, found.port, SUPERUSER, settings.pgdata)


def stop(settings: Settings) -> bool:
    """Stop the cluster, ending its connections; False when it did not run."""
    if cluster_files.major_of(settings.pgdata) is None:
        return False
    owner = owner_of(settings)
    with _only_one(settings, owner):
        if running_postmaster(settings.pgdata) is None:
            return False
        _stop(settings, owner)
        # Made anew by the next start; what somebody else put there keeps it.
        with suppress(OSError):
            cluster_files.socket_folder(settings, owner).rmdir()
        return True


def status(settings: Settings) -> ClusterStatus:
    """What the cluster of this home does right now; changes nothing."""
    pgdata = settings.pgdata
    major = cluster_files.major_of(pgdata)
    if major is None:
        return ClusterStatus("none", pgdata)
    found = running_postmaster(pgdata)
    if found is None:
        return ClusterStatus("stopped", pgdata, major)
    return ClusterStatus("running" if _answers(found) else "starting", pgdata, major, found.pid, found.socket_dir)


def _start(settings: Settings, owner: Owner, running: Postmaster | None) -> Postmaster:
    pgdata = settings.pgdata
    binaries = find_binaries(cluster_files.major_of(pgdata))
    if running and running.is_ready:
        # It lives, but its socket is gone (a cleaner of /tmp): nobody can reach it, so nobody works in it.
        _stop(settings, owner)
        running = None
    if running is None:
        end_leftovers(pgdata, cluster_files.socket_folder(settings, owner))
        cluster_files.make(settings, owner, binaries)
        cluster_files.configure(settings, owner)
        _pg_ctl(settings, owner, binaries, ["start", "-w", "-t", str(START_TIMEOUT_S), "-l", str(_start_log(settings))])
    return _wait_until_ready(settings)


def _stop(settings: Settings, owner: Owner) -> None:
    binaries = find_binaries(cluster_files.major_of(settings.pgdata))
    _pg_ctl(settings, owner, binaries, ["stop", "-w", "-t", "120", "-m", "fast"])


def _wait_until_ready(settings: Settings) -> Postmaster:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        found = running_postmaster(settings.pgdata)
        if found is None:
            break
        if _answers(found):
            return found
        time.sleep(0.02)
    raise NotReady(f"数据库没有启动成功，原因见日志目录 {settings.logs}。")


def _answers(found: Postmaster) -> bool:
    """Whether the server has finished starting and its socket takes connections."""
    if not found.is_ready:
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(10)
        try:
            probe.connect(str(found.socket_dir / f".s.PGSQL.{found.port}"))
        except OSError:
            return False
    return True


def _pg_ctl(settings: Settings, owner: Owner, binaries: Binaries, arguments: Sequence[str]) -> None:
    try:
        cluster_files.run(owner, [binaries.program("pg_ctl"), "-s", "-D", str(settings.pgdata), *arguments])
    except subprocess.CalledProcessError as error:
        reason = _last_lines(settings.logs) or error.stderr.strip()
        raise NotReady(f"数据库命令 pg_ctl {arguments[0]} 失败，日志目录 {settings.logs}，最后几行：{reason}") from None


def _start_log(settings: Settings) -> Path:
    return settings.logs / "start.log"


def _last_lines(logs: Path, count: int = 3) -> str:
    """The end of the newest log: before the collector starts the reason stands in start.log, then in its file."""
    try:
        newest = max(logs.iterdir(), key=lambda log: log.stat().st_mtime_ns)
        lines = newest.read_text(errors="replace").strip().splitlines()
    except (OSError, ValueError):
        return ""
    return " / ".join(lines[-count:])


@contextmanager
def _only_one(settings: Settings, owner: Owner) -> Iterator[None]:
    """Starts and stops one after the other; the kernel frees the lock when its holder dies."""
    path = settings.home / "cluster.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if owner.is_other:
            os.fchown(handle, owner.uid, owner.gid)
        _lock(handle, path)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, path: Path) -> None:
    deadline = time.monotonic() + LOCK_TIMEOUT_S
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise NotReady(f"另一个进程正在启动或停止数据库（{path}），请稍后再试。") from None
            time.sleep(0.02)
