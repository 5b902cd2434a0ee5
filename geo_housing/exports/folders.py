"""The folder where files are finished before they are sent."""

import shutil
import time
from pathlib import Path

from geo_housing.settings import Settings

KEEP_SECONDS = 24 * 3600


def outgoing_folder(settings: Settings) -> Path:
    """``outgoing`` in the home, readable by nobody else; what a crash left there for a day is removed."""
    folder = settings.home / "outgoing"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob("export-*"):
        try:
            if time.time() - left.stat().st_mtime > KEEP_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
        except FileNotFoundError:
            continue  # its own request removed it just now
    return folder
