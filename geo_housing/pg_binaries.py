"""Finds PostgreSQL with PostGIS where distributions put it; a private cluster needs no system cluster."""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from geo_housing.errors import NotReady

OLDEST_MAJOR = 14
NEEDED = ("postgres", "initdb", "pg_ctl", "pg_dump", "pg_restore")
# All that a server elsewhere needs here: a container of the service has no server of its own.
CLIENTS = ("pg_dump", "pg_restore")
# Debian and Ubuntu; PGDG on RHEL and its like; openSUSE, Alpine; built by hand. PATH comes last.
PLACES = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/lib/postgresql[0-9]*/bin",
    "usr/libexec/postgresql[0-9]*",
    "usr/local/pgsql/bin",
)


@dataclass(frozen=True)
class Binaries:
    """One installed PostgreSQL: its programs, its major version, its full version."""

    folder: Path
    major: int
    version: str

    def program(self, name: str) -> str:
        """Path of one program."""
        return str(self.folder / name)


def find_binaries(major: int | None = None, *, root: Path = Path("/")) -> Binaries:
    """The newest PostgreSQL ≥ 14 with PostGIS, or exactly ``major`` (that of an existing data folder).

    NotReady says what is installed and what to install.
    """
    installed = _installed(root)
    usable = [found for found in installed if has_postgis(found)]
    if major is not None:
        fitting = [found for found in usable if found.major == major]
        if fitting:
            return fitting[0]
        raise NotReady(_other_major(major, installed))
    newest = max(usable, key=lambda found: found.major, default=None)
    if newest is None or newest.major < OLDEST_MAJOR:
        raise NotReady(_nothing_usable(installed))
    return newest


def find_clients(*, root: Path = Path("/")) -> Binaries:
    """The newest pg_dump and pg_restore, for a server elsewhere; an older pg_dump refuses a newer server."""
    installed = _installed(root, CLIENTS)
    if not installed:
        raise NotReady(
            "备份和恢复需要 pg_dump 和 pg_restore，本机没有。请安装 postgresql-client（版本不低于数据库服务器）。"
        )
    return installed[0]


def has_postgis(binaries: Binaries) -> bool:
    """Whether the PostGIS extension is installed for exactly this server."""
    return any(os.path.isfile(folder / "extension" / "postgis.control") for folder in _share_folders(binaries))


def _installed(root: Path, programs: Sequence[str] = NEEDED) -> list[Binaries]:
    found: dict[Path, Binaries] = {}
    for folder in _folders(root):
        # PATH may hold folders that this user cannot enter: os.path answers False where Path raises.
        real = Path(os.path.realpath(folder))
        if real not in found and all(os.access(real / name, os.X_OK) for name in programs):
            version = _version(real / programs[0])
            if version:
                found[real] = Binaries(real, int(version.partition(".")[0]), version)
    return sorted(found.values(), key=lambda each: each.major, reverse=True)


def _folders(root: Path) -> Iterator[Path]:
    for place in PLACES:
        yield from root.glob(place)
    if root == Path("/"):
        yield from (Path(part) for part in os.environ.get("PATH", "").split(os.pathsep) if part)


def _version(program: Path) -> str | None:
    match = re.search(r"PostgreSQL\) (\d+[\d.]*)", _output([str(program), "--version"]))
    return match.group(1) if match else None


def _share_folders(binaries: Binaries) -> Iterator[Path]:
    """Where the extensions of this server may lie; pg_config is in a package of its own on some distributions."""
    pg_config = binaries.folder / "pg_config"
    if os.access(pg_config, os.X_OK):
        yield Path(_output([str(pg_config), "--sharedir"]).strip())
        return
    yield binaries.folder.parent / "share"
    yield Path(f"/usr/share/postgresql/{binaries.major}")
    yield Path(f"/usr/share/postgresql{binaries.major}")
    if binaries.folder == Path("/usr/bin"):
        yield Path("/usr/share/pgsql")


def _output(command: Sequence[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stdout
    except OSError:
        return ""


def _listed(installed: Sequence[Binaries]) -> str:
    return "、".join(
        f"PostgreSQL {found.version}（{'有' if has_postgis(found) else '没有'} PostGIS）" for found in installed
    )


def _nothing_usable(installed: Sequence[Binaries]) -> str:
    there = f"本机有 {_listed(installed)}" if installed else "本机没有 PostgreSQL 服务器程序"
    return (
        f"{there}，需要 PostgreSQL {OLDEST_MAJOR} 以上并带 PostGIS。"
        "请运行 make setup，或安装：apt install postgresql postgresql-postgis"
        "（RHEL 系：postgresql-server 与 postgis）；也可用 GEO_HOUSING_DATABASE_URL 指定现有的服务器。"
    )


def _other_major(major: int, installed: Sequence[Binaries]) -> str:
    there = f"本机现有 {_listed(installed)}" if installed else "本机没有 PostgreSQL 服务器程序"
    return (
        f"数据目录是 PostgreSQL {major} 建立的，{there}，不能直接打开。"
        f"请安装 postgresql-{major} 和 postgresql-{major}-postgis-3（可与新版本并存）；"
        f"要换到新版本，先在 {major} 下运行 geo-housing db backup，移开原数据目录，再用新版本运行 geo-housing db restore。"
    )
