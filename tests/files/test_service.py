import io
import os
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from geo_housing.clock import now
from geo_housing.errors import NotAllowed, NotFound, NotReady
from geo_housing.files.models import StoredFile
from geo_housing.files.queries import stored_file
from geo_housing.files.response import disposition, file_response
from geo_housing.files.service import (
    content_of,
    delete_expired,
    safe_name,
    store_file,
    store_photo,
    sweep,
)
from geo_housing.files.storage import FileStore
from geo_housing.keys import KeyRing, new_key_ring
from geo_housing.scope import EVERYWHERE, AreaScope
from tests.fixtures.toy import ToyDatabase
from tests.toy_county import EAST, WEST

RING = new_key_ring()
FAR_FUTURE = 4_000_000_000.0


def keep(
    toy: ToyDatabase,
    store: FileStore,
    content: bytes = b"content",
    *,
    area: str = WEST,
    ring: KeyRing | None = None,
    days: int | None = None,
) -> StoredFile:
    with toy.transaction(area) as session:
        return store_file(
            session,
            toy.actor(area),
            store,
            source=io.BytesIO(content),
            name="ledger.xlsx",
            kind="upload",
            media_type="application/octet-stream",
            scope_code=area,
            ring=ring,
            keep_until=now() + timedelta(days=days) if days is not None else None,
        )


def rows(toy: ToyDatabase) -> int:
    with toy.transaction() as session:
        return session.scalar(select(func.count()).select_from(StoredFile)) or 0


def test_a_file_is_read_within_its_area_only(toy: ToyDatabase, tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    file = keep(toy, store)
    with toy.transaction(WEST) as session:
        found = stored_file(session, AreaScope(WEST), file.id)
        assert b"".join(content_of(store, found)) == b"content"
    for area in (EAST, f"{WEST}201"):
        with toy.transaction(area) as session, pytest.raises(NotFound):
            stored_file(session, AreaScope(area), file.id)


def test_a_scope_forgotten_in_the_database_is_still_asked_in_the_program(toy: ToyDatabase, tmp_path: Path) -> None:
    file = keep(toy, FileStore(tmp_path))
    with toy.transaction() as session, pytest.raises(NotFound):
        stored_file(session, AreaScope(EAST), file.id)


def test_nobody_keeps_files_in_anothers_area(toy: ToyDatabase, tmp_path: Path) -> None:
    with toy.transaction(WEST) as session, pytest.raises(NotAllowed):
        store_file(
            session,
            toy.actor(WEST),
            FileStore(tmp_path),
            source=io.BytesIO(b"x"),
            name="x",
            kind="upload",
            media_type="text/plain",
            scope_code=EAST,
        )


@pytest.mark.parametrize("ring", [None, RING], ids=["open", "sealed"])
def test_the_same_content_in_the_same_area_is_kept_once(toy: ToyDatabase, tmp_path: Path, ring: KeyRing | None) -> None:
    store = FileStore(tmp_path)
    first, second = keep(toy, store, ring=ring), keep(toy, store, ring=ring)
    assert first.id == second.id and rows(toy) == 1
    assert keep(toy, store, area=EAST, ring=ring).id != first.id
    assert len(list(store.names(older_than=FAR_FUTURE))) == (1 if ring is None else 2)


def test_a_file_kept_again_is_kept_as_long_as_the_longer_of_both(toy: ToyDatabase, tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    keep(toy, store, days=30)
    assert keep(toy, store, days=2).keep_until > now() + timedelta(days=29)  # type: ignore[operator] # it has one
    assert keep(toy, store).keep_until is None
    assert keep(toy, store, days=2).keep_until is None


def test_bytes_go_only_when_no_row_of_any_area_names_them(toy: ToyDatabase, tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    west, east = keep(toy, store), keep(toy, store, area=EAST)
    assert west.sha256 == east.sha256
    with toy.transaction(WEST) as session:
        session.delete(stored_file(session, AreaScope(WEST), west.id))
    # The one who sweeps sees nothing of the east, and still leaves its bytes.
    with toy.transaction(WEST) as session:
        assert sweep(session, store, older_than=FAR_FUTURE) == 0
    with toy.transaction(EAST) as session:
        session.delete(stored_file(session, AreaScope(EAST), east.id))
    with toy.transaction(WEST) as session:
        assert sweep(session, store, older_than=FAR_FUTURE) == 1
    assert not store.holds(west.sha256)


def test_an_upload_that_was_rolled_back_is_swept_when_it_is_old(toy: ToyDatabase, tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    written = store.write(io.BytesIO(b"nobody's"))
    with toy.transaction() as session:
        assert sweep(session, store, older_than=now().timestamp() - 60) == 0
        os.utime(store.path(written.sha256), (1.0, 1.0))
        assert sweep(session, store, older_than=now().timestamp() - 60) == 1


def test_bytes_whose_row_is_not_committed_yet_stay(toy: ToyDatabase, tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with toy.transaction(WEST) as session:
        file = store_file(
            session,
            toy.actor(WEST),
            store,
            source=io.BytesIO(b"just now"),
            name="x",
            kind="upload",
            media_type="text/plain",
            scope_code=WEST,
        )
        with toy.transaction() as other:
            assert sweep(other, store, older_than=FAR_FUTURE) == 0
    assert store.holds(file.sha256)


def test_files_are_forgotten_when_their_time_is_over(toy: ToyDatabase, tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    keep(toy, store, b"short", days=1)
    keep(toy, store, b"long", days=40)
    keep(toy, store, b"for ever")
    with toy.transaction() as session:
        assert delete_expired(session, scope=EVERYWHERE, at=now()) == 0
        assert delete_expired(session, scope=EVERYWHERE, at=now() + timedelta(days=30)) == 1
    assert rows(toy) == 2


def test_a_sealed_file_needs_the_keys_and_a_lost_one_says_so(toy: ToyDatabase, tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    file = keep(toy, store, b"secret", ring=RING)
    with pytest.raises(NotReady, match="密钥"):
        content_of(store, file)
    assert b"".join(content_of(store, file, RING)) == b"secret"
    store.remove(file.sha256)
    with pytest.raises(NotReady, match="从备份恢复"):
        content_of(store, file, RING)


def test_a_photo_is_kept_as_jpeg_under_its_own_name(toy: ToyDatabase, tmp_path: Path) -> None:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), "green").save(out, "PNG")
    store = FileStore(tmp_path)
    with toy.transaction(WEST) as session:
        kept = store_photo(
            session, toy.actor(WEST), store, data=out.getvalue(), name="C:\\照片\\东墙.png", scope_code=f"{WEST}201"
        )
    assert (kept.file.name, kept.file.media_type, kept.file.kind) == ("东墙.jpg", "image/jpeg", "photo")
    answer = file_response(store, kept.file)
    assert answer.headers["content-disposition"].startswith("inline;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    etag = answer.headers["etag"]
    assert file_response(store, kept.file, if_none_match=etag).status_code == 304


def test_anything_but_a_photo_is_a_download(toy: ToyDatabase, tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with toy.transaction(WEST) as session:
        file = store_file(
            session,
            toy.actor(WEST),
            store,
            source=io.BytesIO(b"<script>"),
            name="x.html",
            kind="document",
            media_type="text/html",
            scope_code=WEST,
        )
    assert file_response(store, file).headers["content-disposition"].startswith("attachment;")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\台账\\六户镇.xlsx", "六户镇.xlsx"),
        ('a"b\r\nSet-Cookie: x.csv', "a_bSet-Cookie_ x.csv"),
        ("...", "文件"),
        ("长" * 300 + ".xlsx", "长" * 115 + ".xlsx"),
    ],
)
def test_names_for_downloads_are_safe(given: str, kept: str) -> None:
    assert safe_name(given) == kept
    assert "\r" not in disposition(given) and "\n" not in disposition(given)
