"""Looking up stored files, within the actor's area only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geo_housing.errors import NotFound
from geo_housing.files.models import StoredFile
from geo_housing.scope import AreaScope


def stored_file(session: Session, scope: AreaScope, file_id: int) -> StoredFile:
    """The row of a file that has arrived; NotFound outside the scope or when it was deleted."""
    row = session.get(StoredFile, file_id)
    if row is None or not scope.covers(row.scope_code):
        raise NotFound("没有找到这个文件，可能已按保存期删除，或不在您的管辖范围内。")
    if row.arrived_at is None:
        raise NotFound("这个文件还没有传完，请等上传的人联网后再看。")
    return row


def same_content(
    session: Session, *, scope_code: str, content_sha256: str, kind: str, encrypted: bool
) -> StoredFile | None:
    """A file of the same content, kind and area that is kept already."""
    return session.scalars(
        select(StoredFile)
        .where(
            StoredFile.scope_code == scope_code,
            StoredFile.content_sha256 == content_sha256,
            StoredFile.kind == kind,
            StoredFile.encrypted == encrypted,
            StoredFile.arrived_at.is_not(None),
        )
        .limit(1)
    ).one_or_none()


def expired_files(session: Session, *, at: datetime, scope: AreaScope) -> list[StoredFile]:
    """Files whose time is over."""
    return list(
        session.scalars(
            select(StoredFile).where(
                StoredFile.keep_until < at, StoredFile.scope_code >= scope.lo, StoredFile.scope_code < scope.hi
            )
        )
    )


def named_bytes_unscoped(session: Session, hashes: Sequence[str]) -> set[str]:
    """Which of these hashes any row names, whoever may see it: bytes are deleted only when none does."""
    found = session.scalars(text("SELECT stored_bytes_named(:hashes)"), {"hashes": list(hashes)})
    return set(found)
