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


def end_leftovers(pgdata: Path) -> None:
    """After a crash: see the server's orphans end, then remove a pid file that names a foreign process.

    The order matters: a new server beside a living orphan of the old one would ruin the data, and the pid file
    is what PostgreSQL itself guards that with.
    """
    for send, patience_s in ((None, NOTICE_S), (signal.SIGTERM, END_S), (signal.SIGKILL, END_S)):
        deadline = time.monotonic() + patience_s
        while left := list(_processes_in(pgdata)):
            if send is not None:
                _send(left, send)
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        if not left:
            break
    else:
        raise NotReady(f"上次异常退出的数据库进程 {left} 无法结束，请检查磁盘，必要时重启机器。")
    _remove_foreign_pid_file(pgdata)


def _remove_foreign_pid_file(pgdata: Path) -> None:
    """PostgreSQL replaces the file of a dead process by itself, but refuses when its number is in use again."""
    try:
        first = (pgdata / "postmaster.pid").read_text().partition("\n")[0].strip()
    except (FileNotFoundError, NotADirectoryError):
        return
    if first.isdigit() and (PROC / first).exists():
        (pgdata / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(pgdata: Path) -> Iterator[int]:
    for entry in PROC.iterdir():
        if entry.name.isdigit() and _works_in(int(entry.name), pgdata):
            yield int(entry.name)


def _works_in(pid: int, pgdata: Path) -> bool:
    """Whether the process is a server process of ``pgdata``: they all have it as their working folder."""
    try:
        if not os.path.samefile(PROC / str(pid) / "cwd", pgdata):
            return False
        return (PROC / str(pid) / "comm").read_text().strip() in ("postgres", "postmaster")
    except (FileNotFoundError, ProcessLookupError, PermissionError, NotADirectoryError):
        return False


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
