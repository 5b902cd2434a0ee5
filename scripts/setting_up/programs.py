"""Running other programs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from setting_up.terminal import CannotInstall, choose

PROJECT = Path(__file__).resolve().parents[2]
TOOLS = PROJECT / ".tools"
APT_LOG = TOOLS / "apt-get.log"


def run(command: list[str], *, cwd: Path = PROJECT, env: dict[str, str] | None = None) -> None:
    """Run a step, its output going where ours goes; CannotInstall when it fails."""
    done = subprocess.run(command, cwd=cwd, env=env, stdout=sys.stderr, check=False)
    if done.returncode:
        raise CannotInstall(
            choose("这一步失败（见上面的输出）：", "this step failed (see its output above): ") + " ".join(command)
        )


def run_quietly(command: list[str]) -> None:
    """A talkative step: its output goes to a file, and the end of it on the terminal when it fails."""
    TOOLS.mkdir(exist_ok=True)
    with APT_LOG.open("w") as log:
        done = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        print("\n".join(APT_LOG.read_text(errors="replace").splitlines()[-15:]), file=sys.stderr)
        raise CannotInstall(
            choose("这一步失败（见上面的输出）：", "this step failed (see its output above): ") + " ".join(command)
        )


def succeeds(command: list[str]) -> bool:
    """Whether a program is there and ends well; its output goes nowhere."""
    try:
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def output(command: list[str]) -> str:
    """What a program says; empty where it is not there."""
    try:
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False).stdout
    except OSError:
        return ""
