import hashlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_housing.errors import NotReady, TooLarge
from geo_housing.files.sealing import HEAD_BYTES, PIECE_BYTES, TAG_BYTES, Seal, unsealed
from geo_housing.files.storage import FileStore
from geo_housing.keys import KeyRing, new_key_ring, with_new_key

RING = new_key_ring()


def sealed(content: bytes, ring: KeyRing = RING, step: int = 10_000) -> bytes:
    seal = Seal(ring)
    pieces = [seal.head, *(seal.add(content[i : i + step]) for i in range(0, len(content), step)), seal.end()]
    return b"".join(pieces)


def opened(data: bytes, ring: KeyRing = RING) -> bytes:
    return b"".join(unsealed(io.BytesIO(data), ring))


def test_bytes_lie_under_their_hash_and_come_back(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "files")
    written = store.write(io.BytesIO(b"ledger"))
    assert written.sha256 == written.content_sha256 == hashlib.sha256(b"ledger").hexdigest()
    path = tmp_path / "files" / written.sha256[:2] / written.sha256
    assert path.read_bytes() == b"ledger" and path.stat().st_mode & 0o077 == 0
    assert b"".join(store.read(written.sha256)) == b"ledger"


def test_sealed_bytes_show_nothing_and_are_named_by_what_lies_there(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    content = "户主某某，身份证号".encode() * 20_000
    written = store.write(io.BytesIO(content), ring=RING)
    raw = store.path(written.sha256).read_bytes()
    assert hashlib.sha256(raw).hexdigest() == written.sha256 != written.content_sha256
    assert "户主".encode() not in raw and written.bytes == len(content)
    assert b"".join(store.read(written.sha256, ring=RING)) == content


def test_too_large_leaves_nothing_behind(tmp_path: Path) -> None:
    store = FileStore(tmp_path, most_bytes=1 << 20)
    with pytest.raises(TooLarge, match="超过 1 MB"):
        store.write(io.BytesIO(bytes((1 << 20) + 1)))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_source_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    class Breaks(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 0:
                raise ConnectionError
            return super().read(4)

    with pytest.raises(ConnectionError):
        FileStore(tmp_path).write(Breaks(b"half of it"))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_old_drafts_are_dropped_and_running_ones_stay(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.write(io.BytesIO(b"x"))
    for name, age in (("old", 1000.0), ("running", 3000.0)):
        (tmp_path / "incoming" / name).write_bytes(b"half")
        os.utime(tmp_path / "incoming" / name, (age, age))
    assert store.drop_drafts(older_than=2000.0) == 1
    assert [path.name for path in (tmp_path / "incoming").iterdir()] == ["running"]


@given(size=st.sampled_from([0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 200_000]))
@settings(max_examples=10)
def test_any_length_is_sealed_and_opened(size: int) -> None:
    content = os.urandom(size)
    assert opened(sealed(content)) == content


@pytest.mark.parametrize("piece", [0, 1])
def test_a_changed_byte_does_not_open(piece: int) -> None:
    data = bytearray(sealed(bytes(2 * PIECE_BYTES)))
    data[HEAD_BYTES + piece * (PIECE_BYTES + TAG_BYTES) + 5] ^= 1
    with pytest.raises(NotReady, match="损坏"):
        opened(bytes(data))


def test_pieces_cut_off_at_the_end_or_swapped_do_not_open() -> None:
    data = sealed(bytes(3 * PIECE_BYTES))
    size = PIECE_BYTES + TAG_BYTES
    first, second = data[HEAD_BYTES : HEAD_BYTES + size], data[HEAD_BYTES + size : HEAD_BYTES + 2 * size]
    for damaged in (data[:-size], data[:HEAD_BYTES] + second + first + data[HEAD_BYTES + 2 * size :]):
        with pytest.raises(NotReady, match="损坏"):
            opened(damaged)


def test_an_old_key_still_opens_and_a_missing_one_is_named() -> None:
    data = sealed(b"x")
    newer = with_new_key(RING)
    assert opened(data, newer) == b"x"
    with pytest.raises(NotReady, match="缺少 2 号密钥"):
        opened(sealed(b"x", newer), RING)


def test_a_file_that_was_never_sealed_is_named() -> None:
    with pytest.raises(NotReady, match="不是本平台加密保存的"):
        opened(b"PK\x03\x04 something")
