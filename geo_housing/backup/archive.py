"""The archive: a plain tar of ``database.dump``, ``files/…`` and, last, ``manifest.json``; written and read as a stream."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from geo_housing.backup.tables import TableState
from geo_housing.errors import BadInput

DUMP = "database.dump"
MANIFEST = "manifest.json"
FILES = "files/"
FORMAT = 1
CHUNK_BYTES = 1 << 20


@dataclass
class Manifest:
    """What an archive holds: hash of each member, state of each table at the moment of the dump."""

    created_at: str
    program: str
    revision: str
    server_version: str
    tables: dict[str, TableState]
    members: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def to_json(self) -> bytes:
        """As it lies in the archive."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Manifest":
        """Read back; BadInput when it is none, or of a format that this program does not know."""
        try:
            values: dict[str, Any] = json.loads(content)
            if values["format"] != FORMAT:
                raise BadInput("这份备份由更新版本的程序制作，请先升级程序再恢复。")
            tables = {name: TableState(**state) for name, state in values.pop("tables").items()}
            return cls(tables=tables, **values)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadInput("备份中的清单（manifest.json）无法识别，请换一份备份。") from None


def write_archive(
    target: Path, manifest: Manifest, dump: Path, files: Mapping[str, Path], *, tell: Callable[[int, int], None]
) -> None:
    """Write the archive, filling in the manifest's hashes; ``tell(done, total)`` bytes. Missing files are left out."""
    total = dump.stat().st_size + sum(path.stat().st_size for path in files.values() if path.is_file())
    done = 0
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for name, path in ((DUMP, dump), *files.items()):
                try:
                    opened = path.open("rb")
                except FileNotFoundError:
                    continue  # expired and swept away since the list was made
                with opened:
                    size = os.fstat(opened.fileno()).st_size
                    manifest.members[name] = _add(tar, name, opened, size)
                done += size
                tell(done, total)
            content = manifest.to_json()
            _add(tar, MANIFEST, io.BytesIO(content), len(content))
        out.flush()
        os.fsync(out.fileno())


def verified_manifest(archive: Path, *, tell: Callable[[int, int], None]) -> Manifest:
    """The manifest, after the whole archive was read and every hash agreed; BadInput names what does not."""
    total, hashes, manifest = archive.stat().st_size, {}, None
    with _readable(archive):
        for name, content, offset in _members(archive):
            if name == MANIFEST:
                manifest = Manifest.from_json(content.read())
                continue
            digest = hashlib.sha256()
            for piece in pieces_of(content):
                digest.update(piece)
            hashes[name] = digest.hexdigest()
            tell(offset, total)
    if manifest is None:
        raise BadInput(f"{archive} 不完整（缺少清单），可能没有复制完；请换一份备份。")
    if bad := sorted({name for name in (*hashes, *manifest.members) if hashes.get(name) != manifest.members.get(name)}):
        raise BadInput(f"备份已损坏：{len(bad)} 个部分与清单的校验值不符（如 {bad[0]}），没有恢复；请换一份备份。")
    return manifest


def members_of(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and content of each member but the manifest, in order."""
    for name, content, _ in _members(archive):
        if name != MANIFEST:
            yield name, content


def pieces_of(content: IO[bytes]) -> Iterator[bytes]:
    """A member's content, never all of it at once."""
    while piece := content.read(CHUNK_BYTES):
        yield piece


def _members(archive: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    with tarfile.open(archive, mode="r|") as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                yield member.name, content, member.offset_data + member.size


@contextmanager
def _readable(archive: Path) -> Iterator[None]:
    try:
        yield
    except tarfile.TarError:
        raise BadInput(f"{archive} 不是本平台的备份，或没有复制完；请换一份备份。") from None
    except OSError as error:
        raise BadInput(f"无法读取备份 {archive}（{error.strerror or error}），请检查路径和权限。") from None


def _add(tar: tarfile.TarFile, name: str, content: IO[bytes], size: int) -> str:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    hashed = _Hashed(content)
    tar.addfile(info, hashed)
    return str(hashed.digest.hexdigest())


@dataclass
class _Hashed:
    """Hashes what is read through it."""

    content: IO[bytes]
    digest: Any = field(default_factory=hashlib.sha256)

    def read(self, size: int = -1) -> bytes:
        piece = self.content.read(size)
        self.digest.update(piece)
        return piece
