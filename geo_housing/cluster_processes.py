"""Tells a living cluster from what a killed one left behind, by the processes themselves.

``postmaster.pid`` alone lies after a crash: its number may belong to another program by then.
"""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geo_housing.errors import NotReady

PROC = Path("/proc")
# Orphaned server processes notice by themselves that their parent died, unless a long query keeps them busy.
NOTICE_S, END_S = 3.0, 10.0


@dataclass(frozen=True)
class Postmaster:
    """What ``postmaster.pid`` says of a process that was seen alive."""

    pid: int
    socket_dir: Path
    port: int
    is_ready: bool


def running_postmaster(pgdata: Path) -> Postmaster | None:
    """The living server of ``pgdata``; None when there is none, whatever the file says."""
    try:
        lines = (pgdata / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return None
    # The lines are written one by one while the server starts: pid, data folder, time, port, socket folder, …, status.
    if not lines or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    if not _works_in(pid, pgdata):
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].strip().isdigit() else 0
    folder = Path(lines[4].strip()) if len(lines) > 4 else Path()
    return Postmaster(pid, folder, port, is_ready=len(lines) > 7 and lines[7].strip() == "ready")


def end_leftovers(pgdata: Path, socket_folder: Path) -> None:
    """After a crash: see the server's orphans end, then remove lock files that name a foreign process.

    A server whose data folder was deleted under it counts as an orphan, too: it still holds the socket.

    The order matters: a new server beside a living orphan of the old one would ruin the data, and the pid file
    is what PostgreSQL itself guards that with.
    """
    for send, patience_s in ((None, NOTICE_S), (signal.SIGTERM, END_S), (signal.SIGKILL, END_S)):
        deadline = time.monotonic() + patience_s
        while left := [*_processes_in(pgdata), *_bereft(socket_folder)]:
            if send is not None:
                _send(left, send)
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        if not left:
            break
    else:
        raise NotReady(f"上次异常退出的数据库进程 {left} 无法结束，请检查磁盘，必要时重启机器。")
    for lock in (pgdata / "postmaster.pid", *socket_folder.glob(".s.PGSQL.*.lock")):
        _remove_if_foreign(lock)


def _remove_if_foreign(lock: Path) -> None:
    """PostgreSQL replaces a lock of a dead process by itself, but refuses when its number is in use again."""
    try:
        pid = lock.read_text().partition("\n")[0].strip()
        if pid.isdigit() and (PROC / pid).exists() and not _is_server(PROC / pid):
            lock.unlink(missing_ok=True)
    except (FileNotFoundError, NotADirectoryError, ProcessLookupError):
        return


def _processes_in(pgdata: Path) -> Iterator[int]:
    for entry in PROC.iterdir():
        if entry.name.isdigit() and _works_in(int(entry.name), pgdata):
            yield int(entry.name)


def _bereft(socket_folder: Path) -> Iterator[int]:
    try:
        lock = next(socket_folder.glob(".s.PGSQL.*.lock"))
        pid = lock.read_text().partition("\n")[0].strip()
        process = PROC / pid
        if pid.isdigit() and _is_server(process) and os.readlink(process / "cwd").endswith(" (deleted)"):
            yield int(pid)
    except (StopIteration, FileNotFoundError, ProcessLookupError, PermissionError):
        return


def _is_server(process: Path) -> bool:
    """Whether a living process is PostgreSQL's; a dead one that nobody collects (containers without init) is not."""
    number_and_name, _, rest = (process / "stat").read_text().rpartition(") ")
    return number_and_name.partition(" (")[2] in ("postgres", "postmaster") and rest[0] not in "ZX"


def _works_in(pid: int, pgdata: Path) -> bool:
    """Whether the process is a server process of ``pgdata``: they all have it as their working folder."""
    try:
        process = PROC / str(pid)
        return os.path.samefile(process / "cwd", pgdata) and _is_server(process)
    except (FileNotFoundError, ProcessLookupError, PermissionError, NotADirectoryError):
        return False


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
