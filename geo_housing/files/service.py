"""Keeping and deleting files: bytes first, flushed to the disk, then their row; deletion the other way round."""

import io
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.clock import now
from geo_housing.db import Actor
from geo_housing.errors import NotAllowed, NotReady
from geo_housing.files.models import StoredFile
from geo_housing.files.photos import prepare_photo
from geo_housing.files.queries import expired_files, named_bytes_unscoped, same_content
from geo_housing.files.storage import FileStore
from geo_housing.keys import KeyRing
from geo_housing.scope import AreaScope

MOST_NAME = 120
SWEEP_AFTER_SECONDS = 86_400.0  # a rolled back upload leaves bytes without a row; a running one may still get its row


@dataclass(frozen=True)
class StoredPhoto:
    """A photo that is kept, when it was taken and where (longitude, latitude), as far as the camera says."""

    file: StoredFile
    taken_at: datetime | None
    position: tuple[float, float] | None = None


def store_file(
    session: Session,
    actor: Actor,
    store: FileStore,
    *,
    source: BinaryIO,
    name: str,
    kind: str,
    media_type: str,
    scope_code: str,
    ring: KeyRing | None = None,
    keep_until: datetime | None = None,
) -> StoredFile:
    """Keep a file for an area; ``ring`` seals it. The same content in the same area is kept once.

    ``name`` is what it is called when downloaded; it must not hold personal data.
    """
    if not actor.scope.covers(scope_code):
        raise NotAllowed("文件所属区划不在您的管辖范围内，未保存。")
    written = store.write(source, ring=ring)
    # Held until the row is committed, so that the sweep does not take the bytes for nobody's in between.
    session.execute(text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:sha, 0))"), {"sha": written.sha256})
    known = same_content(
        session,
        scope_code=scope_code,
        content_sha256=written.content_sha256,
        kind=kind,
        encrypted=ring is not None,
    )
    if known is not None and store.holds(known.sha256):
        if known.keep_until is not None:
            known.keep_until = max(known.keep_until, keep_until) if keep_until else None
        if known.sha256 != written.sha256:
            store.remove(written.sha256)  # sealed anew under another nonce: nobody else can name it
        session.flush()
        return known
    if not store.holds(written.sha256):
        raise NotReady("文件刚写入就被移走了，未保存；请重试，若仍不行请检查数据目录。")
    row = StoredFile(
        scope_code=scope_code,
        sha256=written.sha256,
        content_sha256=written.content_sha256,
        bytes=written.bytes,
        media_type=media_type,
        name=safe_name(name),
        kind=kind,
        encrypted=ring is not None,
        keep_until=keep_until,
        arrived_at=now(),
        created_by=actor.name,
    )
    session.add(row)
    session.flush()
    return row


def store_photo(
    session: Session, actor: Actor, store: FileStore, *, data: bytes, name: str, scope_code: str
) -> StoredPhoto:
    """Keep a photo, encoded anew without position and camera; BadInput or TooLarge says why it cannot be kept."""
    photo = prepare_photo(data)
    stem = safe_name(name).rpartition(".")[0] or safe_name(name)
    file = store_file(
        session,
        actor,
        store,
        source=io.BytesIO(photo.jpeg),
        name=f"{stem}.jpg",
        kind="photo",
        media_type="image/jpeg",
        scope_code=scope_code,
    )
    return StoredPhoto(file, photo.taken_at, photo.position)


def store_for(session: Session, actor: Actor, store: FileStore, file: StoredFile, *, scope_code: str) -> StoredFile:
    """A kept file, not sealed, for another area: a row of its own over the same bytes."""
    if file.scope_code == scope_code:
        return file
    return store_file(
        session,
        actor,
        store,
        source=io.BytesIO(b"".join(content_of(store, file))),
        name=file.name,
        kind=file.kind,
        media_type=file.media_type,
        scope_code=scope_code,
    )


def content_of(store: FileStore, file: StoredFile, ring: KeyRing | None = None) -> Iterator[bytes]:
    """The content of a file in pieces; sealed files need the ring."""
    if not store.holds(file.sha256):
        raise NotReady(f"文件“{file.name}”的内容不在数据目录里，请管理员从备份恢复。")
    if file.encrypted and ring is None:
        raise NotReady("这个文件是加密保存的，需要密钥才能打开。")
    return store.read(file.sha256, ring=ring if file.encrypted else None)


def delete_expired(session: Session, *, scope: AreaScope, at: datetime) -> int:
    """Forget all files whose time is over; how many."""
    found = expired_files(session, at=at, scope=scope)
    for file in found:
        session.delete(file)
    session.flush()
    return len(found)


def sweep(session: Session, store: FileStore, *, older_than: float) -> int:
    """Delete bytes that no row names and that were written before a moment (Unix time); how many.

    Run it in a transaction of its own, after the rows are gone for good; see SWEEP_AFTER_SECONDS.
    """
    store.drop_drafts(older_than=older_than)
    removed = 0
    every = store.names(older_than=older_than)
    while names := list(islice(every, 500)):
        for name in sorted(set(names) - named_bytes_unscoped(session, names)):
            locked = session.scalar(text("SELECT pg_try_advisory_xact_lock(hashtextextended(:sha, 0))"), {"sha": name})
            # Asked again under the lock: a row may have come since.
            if locked and not named_bytes_unscoped(session, [name]):
                store.remove(name)
                removed += 1
    return removed


def safe_name(name: str) -> str:
    """A name for downloads without folders, control characters and what Windows forbids; the ending stays."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join("_" if char in '<>:"|?*' else char for char in base if char.isprintable()).strip(" .")
    if len(plain) > MOST_NAME:
        stem, dot, ending = plain.rpartition(".")
        plain = f"{stem[: MOST_NAME - len(ending) - 1]}{dot}{ending}" if dot and len(ending) < 12 else plain[:MOST_NAME]
    return plain or "文件"
