"""What a disk refuses, told from whatever error it came as: the standard library's, PostgreSQL's, a library's own."""

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from geo_housing.errors import NotReady

# Less than this is full: a library that fails at it seldom says why.
FULL_BYTES = 1 << 20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
# PostgreSQL's own "disk full".
SQLSTATE_DISK_FULL = "53100"


class DiskFull(NotReady):
    """There is no space left; nothing of what was asked for is stored."""

    title = "磁盘已满"

    def __init__(self) -> None:
        super().__init__("服务器的磁盘已满，操作没有保存。请管理员腾出空间后重试。")


class DiskReadOnly(NotReady):
    """The home lets nothing be written."""

    def __init__(self) -> None:
        super().__init__("服务器的数据目录不能写入，操作没有保存。请管理员运行 geo-housing doctor 检查。")


def refusal_of_disk(error: BaseException, *folders: Path) -> NotReady | None:
    """What to say when ``error``, or what led to it, is the disk's doing, or one of ``folders`` is full; else None."""
    for cause in _causes(error):
        if isinstance(cause, NotReady):
            return None
        number = cause.errno if isinstance(cause, OSError) else None
        state = getattr(cause, "sqlstate", None) or getattr(getattr(cause, "orig", None), "sqlstate", None)
        if number in _FULL or state == SQLSTATE_DISK_FULL:
            return DiskFull()
        if number in _READ_ONLY:
            return DiskReadOnly()
    return DiskFull() if any(_is_full(folder) for folder in folders) else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from, newest first."""
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or current.__context__


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < FULL_BYTES
    except OSError:
        return False
