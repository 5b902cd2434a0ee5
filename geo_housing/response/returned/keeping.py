"""The uploaded workbook between looking at it and entering it: sealed, because it names people; gone after half a day."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from fastapi import Request, UploadFile

from geo_housing.accounts.access import Access
from geo_housing.clock import now
from geo_housing.errors import BadInput, NotFound, TooLarge
from geo_housing.files.models import StoredFile
from geo_housing.files.queries import stored_file
from geo_housing.files.service import content_of, store_file
from geo_housing.files.storage import FileStore
from geo_housing.hazards.models import HazardEvent
from geo_housing.keys import KeyRing, load_keys

MOST_BYTES = 20 * 1024**2
KEPT_FOR = timedelta(hours=12)
ENDINGS = (".xlsx", ".xls", ".xlsm")


def keep(request: Request, access: Access, event: HazardEvent, file: UploadFile | None, kind: str) -> StoredFile:
    """Keep what was chosen; BadInput or TooLarge says what is wrong with it."""
    if file is None or not file.filename:
        raise BadInput("请选择填写好的名单文件（.xlsx）。")
    ending = Path(file.filename).suffix.lower()
    if ending not in ENDINGS:
        raise BadInput("请上传 .xlsx 或 .xls 文件。")
    if (file.size or 0) > MOST_BYTES:
        raise TooLarge(f"文件超过 {MOST_BYTES // 1024**2} MB，请按乡镇分开上传。")
    scope = access.actor.scope
    return store_file(
        access.session,
        access.actor,
        _store(request),
        source=file.file,
        name=f"returned{ending}",
        kind=_own(kind, access),
        media_type="application/octet-stream",
        scope_code=scope.prefix if scope.prefix.startswith(event.scope_code) else event.scope_code,
        ring=_ring(request),
        keep_until=now() + KEPT_FOR,
    )


def kept_list(access: Access, file_id: int, kind: str) -> StoredFile:
    """One's own upload; NotFound for anybody else's."""
    kept = stored_file(access.session, access.actor.scope, file_id)
    if kept.kind != _own(kind, access):
        raise NotFound("没有这份名单，请重新上传。")
    return kept


@contextmanager
def on_disk(request: Request, kept: StoredFile) -> Iterator[Path]:
    """Its content as a file, as long as it is read."""
    with tempfile.TemporaryDirectory(prefix="returned-") as folder:
        # Sentences about it name it; the name that it came under may be a person's, and is not kept.
        path = (Path(folder) / "上传的名单.xlsx").with_suffix(Path(kept.name).suffix)
        with path.open("wb") as out:
            for piece in content_of(_store(request), kept, _ring(request)):
                out.write(piece)
        yield path


def _own(kind: str, access: Access) -> str:
    """The same content is kept once for each person, not once for all: two may upload the same list."""
    return f"{kind} {access.actor.name}"


def _store(request: Request) -> FileStore:
    return FileStore(request.app.state.settings.files)


def _ring(request: Request) -> KeyRing:
    return load_keys(request.app.state.settings.keys_file)
