"""Which keys the stored data need, and changing them: every ciphertext anew under a fresh key, in small steps (D9)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.db import NOBODY, Actor, Database
from geo_housing.errors import NotReady
from geo_housing.files.models import StoredFile
from geo_housing.files.sealing import HEAD_BYTES, MAGIC
from geo_housing.files.storage import FileStore
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing, ensure_keys, load_keys, save_keys, with_new_key
from geo_housing.settings import Settings

FIELDS = ("id_number", "phone")
BATCH_ROWS = 5_000

_HAS_ENCRYPTED = text("""
    SELECT EXISTS (SELECT FROM household WHERE id_number_cipher IS NOT NULL OR phone_cipher IS NOT NULL)
        OR EXISTS (SELECT FROM stored_file WHERE encrypted)
""")
_KEYS_OF_HOUSEHOLDS = text("""
    SELECT key, count(*) FROM (
        SELECT get_byte(id_number_cipher, 0) AS key FROM household WHERE id_number_cipher IS NOT NULL
        UNION ALL SELECT get_byte(phone_cipher, 0) FROM household WHERE phone_cipher IS NOT NULL
    ) used GROUP BY key
""")
_SEALED_WITH = text("""
    (SELECT id, 'id_number' AS field, id_number_cipher AS sealed FROM household
        WHERE get_byte(id_number_cipher, 0) = :key LIMIT 1)
    UNION ALL (SELECT id, 'phone', phone_cipher FROM household WHERE get_byte(phone_cipher, 0) = :key LIMIT 1)
""")
_SEALED_FILES = text("SELECT DISTINCT sha256 FROM stored_file WHERE encrypted ORDER BY sha256")
_TAKE_BATCH = text("""
    SELECT id, id_number_cipher, phone_cipher FROM household
    WHERE id > :after AND (get_byte(id_number_cipher, 0) <> :current OR get_byte(phone_cipher, 0) <> :current)
    ORDER BY id LIMIT :most FOR UPDATE
""")
_WRITE_BATCH = text("""
    UPDATE household k SET id_number_cipher = b.id_number, phone_cipher = b.phone
    FROM unnest(CAST(:ids AS bigint[]), CAST(:id_numbers AS bytea[]), CAST(:phones AS bytea[])) AS b (id, id_number, phone)
    WHERE k.id = b.id
""")


@dataclass(frozen=True)
class Rotated:
    """What a rotation did; ``retired`` are key numbers that no stored value needs any more."""

    current: int
    households: int
    files: int
    retired: tuple[int, ...]
    old_keys: Path | None


def ready_keys(database: Database, settings: Settings) -> KeyRing:
    """The key ring, made when nothing is encrypted yet; NotReady when a key is missing that stored data need."""
    if not settings.keys_file.exists():
        with database.transaction(NOBODY) as session:
            needed = session.scalar(_HAS_ENCRYPTED)
        if needed:
            raise NotReady(
                f"没有找到密钥文件 {settings.keys_file}，而库中已有加密的身份证号、电话或文件。"
                "请把原来的密钥文件放回原处（或用 GEO_HOUSING_KEYS 指定）；新建密钥将使这些内容永远无法读取。"
            )
        return ensure_keys(settings.keys_file)
    ring = load_keys(settings.keys_file)
    with database.transaction(NOBODY) as session:
        used = keys_in_use(session, FileStore(settings.files)).keys()
        missing = sorted(used - ring.keys.keys())
        foreign = [number for number in sorted(used & ring.keys.keys()) if not _opens(session, ring, number)]
    if foreign:
        # Every ring begins with number 1: a new home's own keys fit by number. New rows must not be mixed among old ones.
        raise NotReady(
            f"密钥文件 {settings.keys_file} 不是加密现有数据时所用的那一份，身份证号和电话无法读取。"
            "请放回原来的密钥文件（或用 GEO_HOUSING_KEYS 指定）；从备份恢复的，用备份当时的密钥文件。"
        )
    if missing:
        numbers = "、".join(str(number) for number in missing)
        raise NotReady(
            f"密钥文件 {settings.keys_file} 缺少 {numbers} 号密钥，部分加密内容无法读取；请放回完整的密钥文件。"
        )
    return ring


def _opens(session: Session, ring: KeyRing, number: int) -> bool:
    """Whether what is sealed under this number opens with the ring's key of this number; one value of each field tells."""
    for row in session.execute(_SEALED_WITH, {"key": number}):
        try:
            ring.decrypt(bytes(row.sealed), field=row.field, owner=row.id)
        except NotReady:
            return False
    return True


def keys_in_use(session: Session, store: FileStore) -> dict[int, int]:
    """How many stored values need which key. The session must see every row."""
    used = {int(key): int(count) for key, count in session.execute(_KEYS_OF_HOUSEHOLDS)}
    for _, key in _sealed_with(session, store):
        used[key] = used.get(key, 0) + 1
    return used


def rotate_keys(
    database: Database, settings: Settings, actor: Actor, *, tell: Callable[[int, int | None], None]
) -> Rotated:
    """Encrypt everything under a new key; after an interruption the same command goes on where it stopped.

    The file has the new key before any row needs it, and loses the old ones only when no row does. The old file is
    kept beside it: backups made before still need it.
    """
    ring = load_keys(settings.keys_file)
    store = FileStore(settings.files)
    with database.transaction(NOBODY) as session:
        before = keys_in_use(session, store)
    if not any(key != ring.current for key in before):
        ring = with_new_key(ring)
        save_keys(ring, settings.keys_file)
    households = _rotate_households(database, ring, tell=tell, total=sum(before.values()))
    files = _rotate_files(database, store, ring)
    with database.transaction(NOBODY) as session:
        retired = tuple(sorted(ring.keys.keys() - keys_in_use(session, store).keys() - {ring.current}))
    old_keys = _retire(settings, ring, retired) if retired else None
    with database.transaction(actor) as session:
        counts = {"households": households, "files": files, "key": ring.current}
        record(session, actor, "keys.rotate", Subject("keys", str(ring.current), actor.scope.lo), counts=counts)
    return Rotated(ring.current, households, files, retired, old_keys)


def _rotate_households(
    database: Database, ring: KeyRing, *, tell: Callable[[int, int | None], None], total: int
) -> int:
    after, done = 0, 0
    while True:
        with database.transaction(NOBODY) as session:
            rows = session.execute(_TAKE_BATCH, {"after": after, "current": ring.current, "most": BATCH_ROWS}).all()
            if not rows:
                return done
            anew = [
                (row.id, *(_anew(ring, sealed, field, row.id) for field, sealed in zip(FIELDS, row[1:], strict=True)))
                for row in rows
            ]
            ids, id_numbers, phones = (list(column) for column in zip(*anew, strict=True))
            session.execute(_WRITE_BATCH, {"ids": ids, "id_numbers": id_numbers, "phones": phones})
        after, done = rows[-1].id, done + len(rows)
        tell(done, total)


def _anew(ring: KeyRing, sealed: bytes | None, field: str, owner: int) -> bytes | None:
    if sealed is None or sealed[0] == ring.current:
        return sealed
    return ring.encrypt(ring.decrypt(sealed, field=field, owner=owner), field=field, owner=owner)


def _rotate_files(database: Database, store: FileStore, ring: KeyRing) -> int:
    """Each file's bytes anew, then its rows; the old bytes, named by no row then, go with the next sweep."""
    with database.transaction(NOBODY) as session:
        old = [sha256 for sha256, key in _sealed_with(session, store) if key != ring.current]
    for sha256 in old:
        with database.transaction(NOBODY) as session:
            written = store.write(_Content(store.read(sha256, ring=ring)), ring=ring)  # type: ignore[arg-type] # it reads
            session.query(StoredFile).filter(StoredFile.sha256 == sha256).update({"sha256": written.sha256})
    return len(old)


def _sealed_with(session: Session, store: FileStore) -> Iterator[tuple[str, int]]:
    """Hash and key number of each sealed file that is there; what is missing or damaged doctor reports."""
    for sha256 in session.scalars(_SEALED_FILES):
        try:
            with store.path(sha256).open("rb") as file:
                head = file.read(HEAD_BYTES)
        except FileNotFoundError:
            continue
        if len(head) == HEAD_BYTES and head.startswith(MAGIC):
            yield sha256, head[len(MAGIC)]


def _retire(settings: Settings, ring: KeyRing, retired: tuple[int, ...]) -> Path:
    aside = settings.keys_file.with_name(f"{settings.keys_file.name}.before-{ring.current}")
    save_keys(ring, aside)
    kept = {number: key for number, key in ring.keys.items() if number not in retired}
    save_keys(KeyRing(kept, ring.current, ring.search_key), settings.keys_file)
    return aside


class _Content:
    """Pieces as a file that is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def read(self, size: int) -> bytes:
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left = piece
        given, self._left = self._left[:size], self._left[size:]
        return given
