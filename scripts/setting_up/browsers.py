"""A Chromium for the tests."""

from __future__ import annotations

import os
import shutil

from setting_up.distribution import apt_get_of, root_prefix
from setting_up.environments import VENV
from setting_up.machine import SHELL, has_chromium, is_ubuntu
from setting_up.programs import PROJECT, run, succeeds
from setting_up.stamps import digest, stamp, stamped
from setting_up.terminal import CannotInstall, choose, say


def install_browser() -> None:
    """Where the distribution has no Chromium of its own (Ubuntu has a snap only): the one that Playwright brings."""
    if has_chromium():
        add_light_browser()
        return
    say("安装测试用的 Chromium（Playwright 提供）……", "installing Chromium for the tests (Playwright's) …")
    try:
        run([str(VENV / "bin" / "python"), "-m", "playwright", "install", "--with-deps", "chromium"])
    except CannotInstall:
        raise CannotInstall(
            choose(
                "没有装上 Chromium。请安装 Chromium 或 Google Chrome，并用环境变量 GEO_HOUSING_CHROMIUM 写明程序路径，然后重新运行。",
                "no Chromium could be installed. Install Chromium or Google Chrome, name its program in"
                " GEO_HOUSING_CHROMIUM, then run this again.",
            )
        ) from None


def add_light_browser() -> None:
    """The light one beside a full Chromium, where nobody has to be asked: tried once, and no harm if it cannot be had."""
    key = digest(text=str(PROJECT))
    if os.environ.get("GEO_HOUSING_CHROMIUM") or shutil.which(SHELL) or stamped("light-browser", key):
        return
    apt, become_root = shutil.which("apt-get"), root_prefix()
    if apt and not is_ubuntu() and become_root in ([], ["sudo", "-n"]):
        say(
            "安装测试用的无界面 Chromium，更省处理器……",
            "installing Chromium without a window, which spares the processor …",
        )
        apt_get = [*apt_get_of(become_root or [], apt), "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=20"]
        # The package lists as they are, and read anew if they are missing or too old.
        if not succeeds([*apt_get, "install", "--no-install-recommends", SHELL]):
            succeeds([*apt_get, "update"])
            succeeds([*apt_get, "install", "--no-install-recommends", SHELL])
    stamp("light-browser", key)
