"""The set-up script where it may not install: it says what to install, by the names of the distribution, and exits 2."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from geo_housing.own_code import PROJECT_FOLDER

SETUP = PROJECT_FOLDER / "scripts" / "setup"
# Ubuntu's package of Chromium only tells to install a snap: there Playwright's own is taken, and no package is named.
BROWSER = "" if "ID=ubuntu" in Path("/etc/os-release").read_text().splitlines() else " chromium"


def set_up(*arguments: str, path: Path, language: str = "zh", **more: str) -> "subprocess.CompletedProcess[str]":
    """Run it with programs of ``path`` only: neither apt-get nor sudo, Node or a browser."""
    return subprocess.run(
        [sys.executable, str(SETUP), *arguments], capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": str(path), "GEO_HOUSING_LANG": language, **more},
    )  # fmt: skip


@pytest.mark.parametrize(("what", "packages"), [("run", "nodejs npm"), ("test", f"nodejs npm{BROWSER}")])
def test_without_the_right_to_install_it_says_the_command(tmp_path: Path, what: str, packages: str) -> None:
    done = set_up(what, path=tmp_path)
    assert done.returncode == 2 and done.stdout == ""
    assert "未完成" in done.stderr and "apt-get install --no-install-recommends" in done.stderr
    assert packages in done.stderr and "然后重新运行本命令" in done.stderr


def test_it_says_so_in_english_too(tmp_path: Path) -> None:
    done = set_up("run", path=tmp_path, language="en_US.UTF-8")
    assert done.returncode == 2 and "Then run this again" in done.stderr and "nodejs npm" in done.stderr


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield str(listening.getsockname()[1])


@pytest.mark.parametrize("way", ["option", "environment"])
def test_a_port_that_is_in_use_is_told_before_anything_is_looked_for(tmp_path: Path, taken: str, way: str) -> None:
    words = ("--port", taken) if way == "option" else ()
    done = set_up("start", *words, "--workers", "0", path=tmp_path, PORT="" if words else taken)
    assert done.returncode == 2
    assert f"端口 {taken} 已被占用" in done.stderr and "make run PORT=8080" in done.stderr
    assert "apt-get" not in done.stderr, "the set-up had begun"


def test_a_port_that_is_none_is_told_as_well_and_a_free_one_is_not_in_the_way(tmp_path: Path) -> None:
    wrong = set_up("start", "--port", "80a", path=tmp_path)
    assert wrong.returncode == 2 and "现在是“80a”" in wrong.stderr and "apt-get" not in wrong.stderr
    with socket.create_server(("127.0.0.1", 0)) as listening:
        free = str(listening.getsockname()[1])
    assert "nodejs npm" in set_up("start", "--port", free, path=tmp_path).stderr


def test_make_run_hands_its_address_to_the_set_up_and_to_the_service(tmp_path: Path) -> None:
    command = ["make", "-n", "run", "HOST=127.0.0.2", "PORT=8123", "ARGS=--workers 0"]
    # The tests themselves run below a make, whose level and variables would come along.
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    done = subprocess.run(command, cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True, env=env)
    looked, started = done.stdout.splitlines()
    assert looked.startswith("scripts/setup start ") and "geo-housing up --demo" in started
    assert all("--host 127.0.0.2 --port 8123 --workers 0" in line for line in (looked, started))


def test_a_node_that_is_too_old_counts_as_none(tmp_path: Path) -> None:
    for name, answer in (("npm", "6.1.0"), ("node", "v12.22.0")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {answer}\n")
        (tmp_path / name).chmod(0o755)
    assert "nodejs npm" in set_up("run", path=tmp_path).stderr


def test_an_unknown_part_is_answered_with_what_there_is(tmp_path: Path) -> None:
    done = set_up("everything", path=tmp_path)
    assert done.returncode == 2 and "scripts/setup run" in done.stderr


@pytest.fixture
def browsers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """That part of it: for root, on Debian with a full Chromium, its stamps and programs in a folder of the test."""
    monkeypatch.syspath_prepend(SETUP.parent)
    module = import_module("setting_up.browsers")
    monkeypatch.setattr("setting_up.stamps.STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(module, "is_ubuntu", lambda: False)
    monkeypatch.setattr(module, "root_prefix", list)
    # "env" and "sh" are the system's; no browser is.
    for program in ("env", "sh"):
        (tmp_path / program).symlink_to(f"/usr/bin/{program}")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GEO_HOUSING_CHROMIUM", raising=False)
    return module


def apt_get(folder: Path, ends: str) -> Path:
    """An apt-get that notes what it was asked, and ends so; the notes."""
    notes = folder / "notes"
    (folder / "apt-get").write_text(f'#!/bin/sh\necho "$@" >> {notes}\n{ends}\n')
    (folder / "apt-get").chmod(0o755)
    return notes


def test_the_light_browser_is_added_to_a_full_one(browsers: ModuleType, tmp_path: Path) -> None:
    notes = apt_get(tmp_path, "exit 0")
    browsers.add_light_browser()
    assert [line.split()[-1] for line in notes.read_text().splitlines()] == ["chromium-headless-shell"]


def test_where_there_is_none_it_is_tried_once_and_does_no_harm(browsers: ModuleType, tmp_path: Path) -> None:
    notes = apt_get(tmp_path, "exit 100")
    for _ in range(2):
        browsers.add_light_browser()
    asked = [line.split()[-1] for line in notes.read_text().splitlines()]
    assert asked == ["chromium-headless-shell", "update", "chromium-headless-shell"], "once, though run twice"


@pytest.mark.parametrize("offered", [True, False])
def test_of_two_chromiums_the_light_one_is_taken(browsers: ModuleType, tmp_path: Path, offered: bool) -> None:
    (tmp_path / "apt-cache").write_text(f"#!/bin/sh\nexit {0 if offered else 100}\n")
    (tmp_path / "apt-cache").chmod(0o755)
    taken = import_module("setting_up.distribution").real_names(["chromium", "fonts-noto-cjk"])
    assert taken == ["chromium-headless-shell" if offered else "chromium", "fonts-noto-cjk"]
