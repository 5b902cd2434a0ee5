"""Installing from the distribution."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from setting_up.machine import SHELL
from setting_up.programs import APT_LOG, PROJECT, output, run, run_quietly, succeeds
from setting_up.terminal import CannotInstall, choose, say

# While the server package is installed no system cluster is made; the file is removed again afterwards.
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/geo-housing-setup.conf")
NO_CLUSTER_TEXT = "create_main_cluster = false\n"


def install_packages(names: list[str]) -> None:
    """Ask the distribution for these; CannotInstall, with what somebody with the rights must run, where that cannot be."""
    apt = shutil.which("apt-get")
    if apt is None:
        raise CannotInstall(choose("本机没有 apt-get。", "this machine has no apt-get. ") + by_hand(names))
    become_root = root_prefix()
    if become_root is None:
        raise CannotInstall(choose("没有 root 或 sudo 权限。", "neither root nor sudo. ") + by_hand(names))
    apt_get = apt_get_of(become_root, apt)
    say("更新软件包目录……", "reading the package lists …")
    run_quietly([*apt_get, "update"])
    wanted = real_names(names)
    say(
        f"安装系统软件包，约需几分钟：{' '.join(wanted)}（过程见 {APT_LOG.relative_to(PROJECT)}）",
        f"installing packages, a few minutes: {' '.join(wanted)} (details in {APT_LOG.relative_to(PROJECT)})",
    )
    no_cluster = "postgresql" in names
    if no_cluster:
        write_as_root(become_root, NO_CLUSTER, NO_CLUSTER_TEXT)
    try:
        run_quietly([*apt_get, "install", "--no-install-recommends", *wanted])
    finally:
        if no_cluster:
            run([*become_root, "rm", "-f", str(NO_CLUSTER)])


def apt_get_of(become_root: list[str], apt: str) -> list[str]:
    """apt-get that asks nothing."""
    return [*become_root, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-q", "-y", "-o", "DPkg::Lock::Timeout=600"]


def by_hand(names: list[str]) -> str:
    """What somebody with the rights must run, to be copied as it stands."""
    # The distribution's own names for "PostgreSQL with PostGIS, whatever the version here".
    there = ["postgresql-postgis" if name == "postgis" else name for name in names]
    lines = f"\n    apt-get update\n    apt-get install --no-install-recommends {' '.join(there)}\n"
    return choose(
        f"请有 root 权限的人运行（Debian/Ubuntu；其他系统安装相应的软件包，PostgreSQL 要带 PostGIS）：{lines}"
        "然后重新运行本命令。安装时自动建立的系统数据库用不到，可以停用。",
        f"Somebody with root rights please runs (Debian, Ubuntu; elsewhere the like, PostgreSQL with PostGIS):{lines}"
        "Then run this again. The system's own database cluster is not needed and may be disabled.",
    )


def root_prefix() -> list[str] | None:
    """How to run a command as root: directly, by sudo (asking for the password on a terminal), or not at all."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    if succeeds(["sudo", "-n", "true"]):
        return ["sudo", "-n"]
    return ["sudo"] if sys.stdin.isatty() else None


def real_names(names: list[str]) -> list[str]:
    """PostgreSQL and PostGIS of one major version, the newest that the distribution offers with both; a light Chromium."""
    if "chromium" in names and offers(SHELL):
        names = [SHELL if name == "chromium" else name for name in names]
    if "postgresql" not in names:
        return names
    found = output(["apt-cache", "--names-only", "search", "^postgresql-[0-9]+-postgis-3$"]).split()
    majors = [int(word.split("-")[1]) for word in found if word.startswith("postgresql-") and word.count("-") == 3]
    if not majors:
        raise CannotInstall(
            choose(
                "软件源里没有 PostGIS（postgresql-…-postgis-3）；Ubuntu 请启用 universe 源。",
                "the package sources have no PostGIS (postgresql-…-postgis-3); on Ubuntu enable universe.",
            )
        )
    rest = [name for name in names if name not in ("postgresql", "postgis")]
    return [f"postgresql-{max(majors)}", f"postgresql-{max(majors)}-postgis-3", *rest]


def offers(package: str) -> bool:
    """Whether the distribution has that package."""
    return succeeds(["apt-cache", "show", package])


def write_as_root(become_root: list[str], path: Path, text: str) -> None:
    """A file of the system with that text."""
    run([*become_root, "mkdir", "-p", str(path.parent)])
    subprocess.run([*become_root, "tee", str(path)], input=text.encode(), stdout=subprocess.DEVNULL, check=True)
