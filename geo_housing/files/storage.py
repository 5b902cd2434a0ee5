"""Bytes on disk: content-addressed under ``files/ab/<sha256>``, whole or not at all, no database.

A file is written beside its place, flushed to the disk and then renamed: whoever sees the name sees all of it, also
after a power cut. Sealed files are named by the hash of what lies there, so that a backup can verify without keys.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from geo_housing.errors import TooLarge
from geo_housing.files.sealing import Seal, unsealed
from geo_housing.keys import KeyRing

CHUNK_BYTES = 1 << 18
INCOMING = "incoming"


@dataclass(frozen=True)
class Written:
    """What lies on the disk: ``sha256`` of the bytes there (its name), ``content_sha256`` and size of the content."""

    sha256: str
    content_sha256: str
    bytes: int


@dataclass(frozen=True)
class FileStore:
    """The folder of stored files; ``most_bytes`` is the largest file taken."""

    folder: Path
    most_bytes: int = 2 << 30

    def path(self, sha256: str) -> Path:
        """Where bytes of this hash lie."""
        return self.folder / sha256[:2] / sha256

    def write(self, source: BinaryIO, *, ring: KeyRing | None = None) -> Written:
        """Keep all of ``source``, sealed with ``ring`` where one is given; TooLarge leaves nothing behind."""
        incoming = self.folder / INCOMING
        self._make(incoming)
        draft = incoming / secrets.token_hex(16)
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                written = self._copy(source, target, ring)
                target.flush()
                os.fsync(target.fileno())
            self._hand_over(draft)
            self._place(draft, self.path(written.sha256))
        finally:
            draft.unlink(missing_ok=True)
        return written

    def read(self, sha256: str, *, ring: KeyRing | None = None) -> Iterator[bytes]:
        """The content in pieces; ``ring`` opens what was sealed."""
        with self.path(sha256).open("rb") as file:
            if ring is not None:
                yield from unsealed(file, ring)
                return
            while piece := file.read(CHUNK_BYTES):
                yield piece

    def holds(self, sha256: str) -> bool:
        """Whether bytes of this hash lie there."""
        return self.path(sha256).is_file()

    def remove(self, sha256: str) -> None:
        """Delete the bytes; gone already is fine."""
        self.path(sha256).unlink(missing_ok=True)

    def names(self, *, older_than: float) -> Iterator[str]:
        """Hashes of all files that were written before a moment (Unix time)."""
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if path.stat().st_mtime < older_than:
                    yield path.name

    def drop_drafts(self, *, older_than: float) -> int:
        """Remove what an interrupted write left beside; how many."""
        drafts = [path for path in (self.folder / INCOMING).glob("*") if path.stat().st_mtime < older_than]
        for path in drafts:
            path.unlink(missing_ok=True)
        return len(drafts)

    def _copy(self, source: BinaryIO, target: BinaryIO, ring: KeyRing | None) -> Written:
        content, stored, size = hashlib.sha256(), hashlib.sha256(), 0
        seal = Seal(ring) if ring is not None else None

        def put(piece: bytes) -> None:
            stored.update(piece)
            target.write(piece)

        if seal is not None:
            put(seal.head)
        while piece := source.read(CHUNK_BYTES):
            size += len(piece)
            if size > self.most_bytes:
                raise TooLarge(f"文件超过 {self.most_bytes >> 20} MB，未保存；请压缩或分成几个文件再上传。")
            content.update(piece)
            put(seal.add(piece) if seal is not None else piece)
        if seal is not None:
            put(seal.end())
        return Written(stored.hexdigest(), content.hexdigest(), size)

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            self._hand_over(self.folder)
            self._hand_over(folder)

    def _hand_over(self, path: Path) -> None:
        """What root makes belongs to whom the home belongs to: a command of root's, and the service could not read it."""
        if os.geteuid() == 0:
            home = self.folder.parent.stat()
            os.chown(path, home.st_uid, home.st_gid, follow_symlinks=False)

    def _place(self, draft: Path, place: Path) -> None:
        made = not place.parent.is_dir()
        self._make(place.parent)
        if place.is_file():
            # The same bytes again: young once more, so that the sweep leaves them until their new row is there.
            os.utime(place)
            return
        draft.replace(place)
        _sync_folder(place.parent)
        if made:
            _sync_folder(self.folder)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
