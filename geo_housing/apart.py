"""Reading a foreign file in a process of its own, whose memory and time are limited.

A few kilobytes may swell to more memory than there is, or never come to an end: that must not happen to the service.
What runs apart writes its answer to standard output and ends with 0, ``BROKEN`` or ``TOO_LARGE``.
"""

import os
import resource
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from geo_housing.errors import NotReady
from geo_housing.own_code import environment, module_command

# A full sheet (a million rows) with the columns of a ledger takes some three gigabytes while it is read.
MOST_MEMORY_BYTES = 4 << 30
MOST_SECONDS = 300
MOST_ANSWER_BYTES = 4 << 30
AT_ONCE = 2
PATIENCE_S = 60
BROKEN, TOO_LARGE = 3, 4

_turns = threading.BoundedSemaphore(AT_ONCE)


def run_apart(module: str, *arguments: str, into: IO[bytes]) -> int:
    """Run ``python -m module`` with ``arguments``, few at a time, its standard output ``into`` a file; its exit status."""
    # One thread each: numpy would take memory for every processor of a large machine, and there is a limit to it.
    variables = {**environment(), "OPENBLAS_NUM_THREADS": "1"}
    with (
        turn(),
        subprocess.Popen(
            module_command(module, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=into,
            stderr=subprocess.DEVNULL,
            env=variables,
        ) as process,
    ):
        try:
            _limit(process.pid)
            return process.wait(2 * MOST_SECONDS)
        except subprocess.TimeoutExpired:
            return TOO_LARGE
        finally:
            # Nothing when it has ended by itself.
            process.kill()


@contextmanager
def turn() -> Iterator[None]:
    """One of the few places; NotReady when none becomes free."""
    if not _turns.acquire(timeout=PATIENCE_S):
        raise NotReady("正在读取别的文件，请过几分钟再试。")
    try:
        yield
    finally:
        _turns.release()


def _limit(pid: int) -> None:
    """Set from here, so that the process need not be trusted with it."""
    for kind, most in (
        (resource.RLIMIT_AS, MOST_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, MOST_ANSWER_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.prlimit(pid, kind, (most, most))
    # Pages go first.
    os.setpriority(os.PRIO_PROCESS, pid, 5)
