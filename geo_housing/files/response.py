"""A stored file as an answer of HTTP; the caller has checked by queries.stored_file that the reader may have it."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response, StreamingResponse

from geo_housing.files.models import StoredFile
from geo_housing.files.service import content_of
from geo_housing.files.storage import FileStore
from geo_housing.keys import KeyRing

# What a browser may show in place; everything else is downloaded, whatever its sender called it.
SHOWN = frozenset({"image/jpeg"})
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def file_response(
    store: FileStore, file: StoredFile, *, ring: KeyRing | None = None, if_none_match: str | None = None
) -> Response:
    """Streams the file; photos are shown in place, all else is a download. ``if_none_match`` may answer 304."""
    etag = f'"{file.content_sha256}"'
    headers = {
        "Cache-Control": "private, no-cache",
        "ETag": etag,
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": disposition(file.name, inline=file.media_type in SHOWN),
    }
    if if_none_match is not None and etag in if_none_match:
        return Response(status_code=304, headers=headers)
    headers["Content-Length"] = str(file.bytes)
    return StreamingResponse(content_of(store, file, ring), media_type=file.media_type, headers=headers)


def made_file(
    write: Callable[[Path], object], name: str, *, media_type: str = XLSX, headers: Mapping[str, str] | None = None
) -> Response:
    """A file that ``write`` makes for this answer alone, as the download ``name``; nothing of it stays behind."""
    folder = Path(tempfile.mkdtemp(prefix="geo-housing-"))
    try:
        path = folder / f"made{Path(name).suffix}"
        write(path)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        path,
        media_type=media_type,
        headers={"Content-Disposition": disposition(name), "Cache-Control": "no-store", **(headers or {})},
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def disposition(name: str, *, inline: bool = False) -> str:
    """Content-Disposition with any name, in the form that all browsers read."""
    plain = "".join(char if (char.isascii() and char.isalnum()) or char in "._-" else "_" for char in name)
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
