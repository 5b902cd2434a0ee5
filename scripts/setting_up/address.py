"""Whether the service can be started: its address is looked at before anybody waits for the set-up."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from setting_up.programs import PROJECT
from setting_up.terminal import CannotInstall, choose


def check_address(words: list[str]) -> None:
    """CannotInstall when the service would not get its address: nobody waits for the set-up to hear that."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--host", default=given("HOST") or "127.0.0.1")
    parser.add_argument("--port", default=given("PORT") or "8000")
    asked, _ = parser.parse_known_args(words)
    if not (asked.port.isascii() and asked.port.isdigit() and 0 < int(asked.port) < 65536):
        raise CannotInstall(
            choose(
                f"端口（PORT）应是 1 到 65535 之间的整数，现在是“{asked.port}”。",
                f"the port (PORT) is a number from 1 to 65535, not “{asked.port}”.",
            )
        )
    sys.path.insert(0, str(PROJECT))
    from geo_housing.errors import BadInput
    from geo_housing.listening import listening_socket

    try:
        listening_socket(asked.host, int(asked.port)).close()
    except BadInput as error:
        raise CannotInstall(
            choose(
                f"{error.sentence}用 make run 启动的，写成 make run PORT=8080。",
                f"the service cannot listen on {asked.host}, port {asked.port}: something does already (perhaps the"
                f" service itself: open http://{asked.host}:{asked.port}), or the system does not let it. Stop that,"
                " or choose another port: make run PORT=8080.",
            )
        ) from None


def given(name: str) -> str | None:
    """HOST or PORT of the service's settings, before anything is there that reads them: environment, then .env."""
    names = (f"GEO_HOUSING_{name}", name)
    files: dict[str, str] = {}
    for folder in (PROJECT, Path.cwd()):
        try:
            text = (folder / ".env").read_text()
        except OSError:
            continue
        files.update(re.findall(r"""^\s*(?:export\s+)?(\w+)\s*=\s*["']?([^\s"'#]*)""", text, re.MULTILINE))
    values = {**files, **os.environ}
    return next((value for one in names if (value := values.get(one, "").strip())), None)
