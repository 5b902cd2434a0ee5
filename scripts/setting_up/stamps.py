"""What has been done before is known by a stamp: the digest of what it was done from."""

from __future__ import annotations

import hashlib
from pathlib import Path

from setting_up.programs import TOOLS

STAMPS = TOOLS / "stamps"


def digest(*files: Path, text: str = "") -> str:
    """Of files and of a text."""
    state = hashlib.sha256(text.encode())
    for file in files:
        state.update(file.read_bytes())
    return state.hexdigest()


def stamped(name: str, key: str) -> bool:
    """Whether that was done from just this."""
    path = STAMPS / name
    return path.exists() and path.read_text() == key


def stamp(name: str, key: str) -> None:
    """Keep that it was done."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(key)


def clear_stamps(prefix: str) -> None:
    """What begins so is not done any more."""
    for path in STAMPS.glob(f"{prefix}*"):
        path.unlink()
