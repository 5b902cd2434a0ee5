"""The set-up script where it may not install: it says what to install, by the names of the distribution, and exits 2."""

import subprocess
import sys
from pathlib import Path

import pytest

from geo_housing.own_code import PROJECT_FOLDER

SETUP = PROJECT_FOLDER / "scripts" / "setup"


def set_up(*arguments: str, path: Path, language: str = "zh") -> "subprocess.CompletedProcess[str]":
    """Run it with programs of ``path`` only: neither apt-get nor sudo, Node or a browser."""
    return subprocess.run(
        [sys.executable, str(SETUP), *arguments], capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": str(path), "GEO_HOUSING_LANG": language},
    )  # fmt: skip


@pytest.mark.parametrize(("what", "packages"), [("run", "nodejs npm"), ("test", "nodejs npm chromium")])
def test_without_the_right_to_install_it_says_the_command(tmp_path: Path, what: str, packages: str) -> None:
    done = set_up(what, path=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert "未完成" in done.stderr and "apt-get install --no-install-recommends" in done.stderr
    assert packages in done.stderr and "然后重新运行本命令" in done.stderr


def test_it_says_so_in_english_too(tmp_path: Path) -> None:
    done = set_up("run", path=tmp_path, language="en_US.UTF-8")
    assert done.returncode == 2 and "Then run this again" in done.stderr and "nodejs npm" in done.stderr


def test_a_node_that_is_too_old_counts_as_none(tmp_path: Path) -> None:
    for name, answer in (("npm", "6.1.0"), ("node", "v12.22.0")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {answer}\n")
        (tmp_path / name).chmod(0o755)
    assert "nodejs npm" in set_up("run", path=tmp_path).stderr


def test_an_unknown_part_is_answered_with_what_there_is(tmp_path: Path) -> None:
    done = set_up("everything", path=tmp_path)
    assert done.returncode == 2 and "scripts/setup run" in done.stderr
