"""What is missing on the machine."""

from __future__ import annotations

import glob
import os
import shutil
import sys
from pathlib import Path

from setting_up.programs import PROJECT, TOOLS, output, succeeds

WEB = PROJECT / "web"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 18
# Chromium without a window: the tests' browser needs half of the processor time or less.
SHELL = "chromium-headless-shell"
CHROMIUMS = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHTS_CHROMIUM = "~/.cache/ms-playwright/chromium-*/chrome-linux*/chrome"
CJK_FONTS = ("/usr/share/fonts/**/NotoSansCJK*", "/usr/share/fonts/**/NotoSerifCJK*", "/usr/share/fonts/**/wqy-*")


def missing_packages(for_tests: bool, for_bench: bool) -> list[str]:
    """Names of the distribution's packages that are needed and not there."""
    names: list[str] = []
    interpreter = python()
    if interpreter is None:
        names += ["python3.11", "python3.11-venv"]
    elif uv() is None and not succeeds([interpreter, "-c", "import venv, ensurepip"]):
        names.append(venv_package(interpreter))
    if not has_postgis():
        names += ["postgresql", "postgis"]
    if (WEB / "package.json").exists() and not has_node():
        names += ["nodejs", "npm"]
    if for_tests and not has_chromium() and not is_ubuntu():
        names.append("chromium")
    if for_tests and not has_libatomic():
        names.append("libatomic1")
    if for_tests and not has_cjk_font():
        names.append("fonts-noto-cjk")
    if for_bench and not shutil.which("ogr2ogr"):
        names.append("gdal-bin")
    return names


def python() -> str | None:
    """An interpreter new enough, the system's own first: one in a home folder is closed to the service's user."""
    newer = [f"python3.{minor}" for minor in range(20, OLDEST_PYTHON[1] - 1, -1)]
    for candidate in ("/usr/bin/python3", "python3", *newer):
        found = shutil.which(candidate)
        if found and succeeds([found, "-c", f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"]):
            return found
    return None


def uv() -> str | None:
    """The path of uv: the machine's, or the one in .tools; None where there is neither."""
    own = TOOLS / "uv" / "bin" / "uv"
    return shutil.which("uv") or (str(own) if own.exists() else None)


def venv_package(interpreter: str) -> str:
    """What Debian calls the part of Python that makes environments."""
    version = output([interpreter, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]).strip()
    return f"python{version}-venv"


def has_postgis() -> bool:
    """Whether a PostgreSQL with PostGIS is there that the service could run, as the service itself looks."""
    sys.path.insert(0, str(PROJECT))
    from geo_housing.errors import NotReady
    from geo_housing.pg_binaries import find_binaries

    try:
        find_binaries()
    except NotReady:
        return False
    return True


def has_node() -> bool:
    """Whether npm is there, with a Node that is new enough."""
    if not shutil.which("npm"):
        return False
    major = output(["node", "--version"]).lstrip("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def has_chromium() -> bool:
    """Whether a Chromium is there that starts."""
    if os.environ.get("GEO_HOUSING_CHROMIUM"):
        return True
    # Ubuntu's chromium-browser only tells to install a snap, which servers and containers cannot run.
    found = [path for name in CHROMIUMS if (path := shutil.which(name))]
    found += glob.glob(os.path.expanduser(PLAYWRIGHTS_CHROMIUM))
    return any(succeeds([path, "--version"]) for path in found)


def has_cjk_font() -> bool:
    """Whether Chinese can be shown: a browser without it draws boxes."""
    return any(glob.glob(pattern, recursive=True) for pattern in CJK_FONTS)


def has_libatomic() -> bool:
    """Of Playwright's driver, which brings a Node of its own; a bare system lacks it."""
    return any(glob.glob(f"{place}/libatomic.so.1") for place in ("/usr/lib/*", "/usr/lib", "/usr/lib64", "/lib/*"))


def is_ubuntu() -> bool:
    """Whether Chromium would come as a snap."""
    try:
        return "ID=ubuntu" in Path("/etc/os-release").read_text().splitlines()
    except OSError:
        return False
