"""Which keys the stored data need, and changing them: every ciphertext anew under a fresh key, in small steps (D9)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from geo_housing.db import NOBODY, Actor, Database
from geo_housing.errors import NotReady
from geo_housing.files.models import StoredFile
from geo_housing.files.sealing import HEAD_BYTES, MAGIC
from geo_housing.files.storage import FileStore
from geo_housing.journal.service import Subject, record
from geo_housing.keys import KeyRing, ensure_keys, load_keys, save_keys, with_new_key
from geo_housing.settings import Settings

BATCH_ROWS = 5_000


@dataclass(frozen=True)
class SealedTable:
    """A table with sealed columns: ``columns`` maps each to the field that its ciphertexts are bound to, of row ``owner``."""

    name: str
    columns: dict[str, str]
    owner: str = "id"

    @property
    def stated(self) -> TextClause:
        """Whether any row holds something sealed."""
        conditions = " OR ".join(f"{column} IS NOT NULL" for column in self.columns)
        return text(f"SELECT EXISTS (SELECT FROM {self.name} WHERE {conditions})")

    @property
    def keys(self) -> TextClause:
        """How many values need which key."""
        each = (
            f"SELECT get_byte({column}, 0) AS key FROM {self.name} WHERE {column} IS NOT NULL"
            for column in self.columns
        )
        return text(f"SELECT key, count(*) FROM ({' UNION ALL '.join(each)}) used GROUP BY key")

    @property
    def sealed_with(self) -> TextClause:
        """One value of each column that a key has sealed."""
        each = (
            f"(SELECT {self.owner} AS owner, '{field}' AS field, {column} AS sealed FROM {self.name}"
            f" WHERE get_byte({column}, 0) = :key LIMIT 1)"
            for column, field in self.columns.items()
        )
        return text(" UNION ALL ".join(each))

    @property
    def take_batch(self) -> TextClause:
        """The next rows that are not yet all under the current key."""
        other = " OR ".join(f"get_byte({column}, 0) <> :current" for column in self.columns)
        return text(
            f"SELECT id, {self.owner} AS owner, {', '.join(self.columns)} FROM {self.name} WHERE id > :after AND ({other})"
            " ORDER BY id LIMIT :most FOR UPDATE"
        )

    @property
    def write_batch(self) -> TextClause:
        """Rows under the new key, by the columns' names as arrays."""
        assigned = ", ".join(f"{column} = b.{column}" for column in self.columns)
        arrays = ", ".join(f"CAST(:{column} AS bytea[])" for column in self.columns)
        return text(
            f"UPDATE {self.name} k SET {assigned}"
            f" FROM unnest(CAST(:ids AS bigint[]), {arrays}) AS b (id, {', '.join(self.columns)}) WHERE k.id = b.id"
        )


# Whoever seals a column adds it here, or its values are lost with the first key that is retired (a test looks for them).
SEALED = (
    SealedTable("household", {"id_number_cipher": "id_number", "phone_cipher": "phone"}),
    SealedTable("import_change", {"id_number_cipher": "id_number", "phone_cipher": "phone"}, owner="row_id"),
    SealedTable("contact", {"phone_cipher": "contact.phone"}),
    SealedTable("shelter", {"phone_cipher": "shelter.phone"}),
    SealedTable("technician", {"phone_cipher": "technician.phone"}),
    SealedTable("roster_change", {"phone_cipher": "roster_change.phone"}),
    SealedTable("standing_person", {"phone_cipher": "standing_person.phone"}),
)
_HAS_SEALED_FILES = text("SELECT EXISTS (SELECT FROM stored_file WHERE encrypted)")
_SEALED_FILES = text("SELECT DISTINCT sha256 FROM stored_file WHERE encrypted ORDER BY sha256")


@dataclass(frozen=True)
class Rotated:
    """What a rotation did; ``retired`` are key numbers that no stored value needs any more."""

    current: int
    households: int
    imports: int
    roster: int
    files: int
    retired: tuple[int, ...]
    old_keys: Path | None


def ready_keys(database: Database, settings: Settings) -> KeyRing:
    """The key ring, made when nothing is encrypted yet; NotReady when a key is missing that stored data need."""
    if not settings.keys_file.exists():
        with database.transaction(NOBODY) as session:
            needed = session.scalar(_HAS_SEALED_FILES) or any(session.scalar(table.stated) for table in SEALED)
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
            f"密钥文件 {settings.keys_file} 缺少 {numbers} 号密钥，部分加密内容无法读取；请放回完整的密钥文件"
            f"（更换密钥时，原来的另存在它旁边，文件名末尾是 .before-编号）。"
        )
    return ring


def _opens(session: Session, ring: KeyRing, number: int) -> bool:
    """Whether what is sealed under this number opens with the ring's key of this number; one value of each field tells."""
    for table in SEALED:
        for row in session.execute(table.sealed_with, {"key": number}):
            try:
                ring.decrypt(bytes(row.sealed), field=row.field, owner=row.owner)
            except NotReady:
                return False
    return True


def keys_in_use(session: Session, store: FileStore) -> dict[int, int]:
    """How many stored values need which key. The session must see every row."""
    used: dict[int, int] = {}
    for table in SEALED:
        for key, count in session.execute(table.keys):
            used[int(key)] = used.get(int(key), 0) + int(count)
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
    rows: dict[str, int] = {}
    for table in SEALED:
        begun = sum(rows.values())
        rows[table.name] = _rotate_table(
            database,
            ring,
            table,
            tell=lambda done, begun=begun: tell(begun + done, sum(before.values())),  # type: ignore[misc]
        )
    households, imports = rows.pop("household"), rows.pop("import_change")
    roster = sum(rows.values())
    files = _rotate_files(database, store, ring)
    with database.transaction(NOBODY) as session:
        retired = tuple(sorted(ring.keys.keys() - keys_in_use(session, store).keys() - {ring.current}))
    old_keys = _retire(settings, ring, retired) if retired else None
    with database.transaction(actor) as session:
        counts = {"households": households, "imports": imports, "roster": roster, "files": files, "key": ring.current}
        record(session, actor, "keys.rotate", Subject("keys", str(ring.current), actor.scope.lo), counts=counts)
    return Rotated(ring.current, households, imports, roster, files, retired, old_keys)


def _rotate_table(database: Database, ring: KeyRing, table: SealedTable, *, tell: Callable[[int], None]) -> int:
    after, done = 0, 0
    while True:
        with database.transaction(NOBODY) as session:
            values = {"after": after, "current": ring.current, "most": BATCH_ROWS}
            rows = session.execute(table.take_batch, values).all()
            if not rows:
                return done
            anew: dict[str, list[Any]] = {
                column: [_anew(ring, getattr(row, column), field, row.owner) for row in rows]
                for column, field in table.columns.items()
            }
            session.execute(table.write_batch, {"ids": [row.id for row in rows]} | anew)
        after, done = rows[-1].id, done + len(rows)
        tell(done)


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
