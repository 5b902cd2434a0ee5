"""The packages of the pages, from Node's registry."""

from __future__ import annotations

import os
from pathlib import Path

from setting_up.machine import WEB
from setting_up.programs import PROJECT, run
from setting_up.stamps import digest, stamp, stamped
from setting_up.terminal import say

SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def install_web_packages() -> None:
    """What the pages load, as the lock says; nothing where it is so already."""
    lock = WEB / "package-lock.json"
    if not lock.exists():
        return
    key = digest(lock, text=str(PROJECT))
    if stamped("web", key) and (WEB / "node_modules").is_dir():
        return
    say("安装页面用的 Node 包（web/）……", "installing the packages of the pages (web/) …")
    environment = dict(os.environ)
    if SYSTEM_CERTIFICATES.exists():
        # npm trusts its own list only; what the administrator has added stands in the system's.
        environment.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_CERTIFICATES))
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB, env=environment)
    stamp("web", key)
