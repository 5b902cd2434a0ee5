"""The drill: wreck database and files, restore, everything equal by hash; and what a restore refuses."""

import hashlib
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.backup.archive import DUMP, MANIFEST
from geo_housing.backup.server import Server
from geo_housing.backup.service import make_backup, restore_backup
from geo_housing.backup.tables import TableState, table_states
from geo_housing.errors import BadInput, Conflict, NotReady
from geo_housing.files.service import store_file
from geo_housing.files.storage import FileStore
from geo_housing.keys import ensure_keys
from tests.fixtures.toy import ToyDatabase


def silent(_done: int, _total: int) -> None:
    """No progress bar."""


@pytest.fixture
def server(toy: ToyDatabase) -> Iterator[Server]:
    binaries = toy_binaries(toy)
    yield Server(toy.names.admin_url, binaries)
    with Server(toy.names.admin_url, binaries).other("postgres").connection(autocommit=True) as connection:
        for end in ("_restoring", "_replaced"):
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{toy.names.name}{end}" WITH (FORCE)')


def toy_binaries(toy: ToyDatabase) -> Any:
    from geo_housing import local_cluster

    return local_cluster.ensure_running(toy.settings).binaries()


@pytest.fixture
def files(toy: ToyDatabase, tmp_path: Path) -> Path:
    """A folder of stored files that rows name: a photo-like one and a sealed upload."""
    folder = tmp_path / "files"
    store = FileStore(folder)
    ring = ensure_keys(toy.settings.keys_file)
    with toy.transaction() as session:
        for content, sealed in ((b"picture" * 90_000, None), ("台账".encode() * 50_000, ring)):
            store_file(
                session,
                toy.actor(),
                store,
                source=BytesIO(content),
                name="a.bin",
                kind="upload",
                media_type="application/octet-stream",
                scope_code="990001",
                ring=sealed,
            )
    return folder


def states(server: Server) -> dict[str, TableState]:
    with server.whole_view() as connection:
        return table_states(connection)


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def wreck(toy: ToyDatabase, server: Server, files: Path) -> None:
    """Half the houses gone, a table dropped, one file altered, the other deleted."""
    toy.database.close()
    with server.connection(autocommit=True) as connection:
        connection.execute(text("SET session_replication_role = replica"))
        connection.execute(text("DELETE FROM house WHERE id % 2 = 0"))
        connection.execute(text("UPDATE household SET head = 'x'"))
        connection.execute(text("DROP TABLE inspection_photo CASCADE"))
    first, second = sorted(path for path in files.rglob("*") if path.is_file())
    first.write_bytes(b"ruined")
    second.unlink()


def test_after_a_wreck_everything_is_equal_by_hash(
    toy: ToyDatabase, server: Server, files: Path, tmp_path: Path
) -> None:
    with server.connection(autocommit=True) as connection:
        connection.execute(text("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())"))
    before, files_before = states(server), hashes(files)
    assert (
        before["house"].rows == 43
        and before["procrastinate_workers"].rows == 1
        and before["household"].rows > 0
        and len(files_before) == 2
    )
    made = make_backup(server, files, tmp_path / "backup.tar", tell=silent)
    assert made.files == 2 and made.manifest.tables == before
    wreck(toy, server, files)
    assert hashes(files) != files_before
    restore_backup(server, files, tmp_path / "backup.tar", replace=True, tell=silent)
    # Whoever worked in the old home does not work here: doctor would count them.
    after = states(server)
    assert after.pop("procrastinate_workers").rows == 0 and before.pop("procrastinate_workers")
    assert after == before and hashes(files) == files_before
    # And it works: the service's own door, policies and rights included.
    toy.database.check_identity()
    with toy.transaction("990001100") as session:
        seen = session.scalar(text("SELECT count(*) FROM house"))
    with toy.transaction() as session:
        everything = session.scalar(text("SELECT count(*) FROM house"))
        session.execute(
            text("INSERT INTO journal_entry (actor, action, scope_code, source) VALUES ('a', 'b', '0', 'c')")
        )
    assert everything == 43 and seen is not None and 0 < seen < 43


def test_a_fingerprint_notices_a_single_changed_cell(toy: ToyDatabase, server: Server) -> None:
    before = states(server)
    with server.connection(autocommit=True) as connection:
        connection.execute(
            text("UPDATE household SET persons = persons + 1 WHERE id = (SELECT min(id) FROM household)")
        )
    after = states(server)
    assert {name for name in before if before[name] != after[name]} >= {"household"}
    assert before["household"].rows == after["household"].rows


def test_a_database_with_content_is_refused_and_stays(
    toy: ToyDatabase, server: Server, files: Path, tmp_path: Path
) -> None:
    make_backup(server, files, tmp_path / "backup.tar", tell=silent)
    before = states(server)
    with pytest.raises(Conflict, match="--replace"):
        restore_backup(server, files, tmp_path / "backup.tar", replace=False, tell=silent)
    assert states(server) == before


def altered(archive: Path, target: Path, member: str) -> Path:
    """A copy of the archive in which one byte in the middle of a member is another."""
    with tarfile.open(archive) as tar:
        found = tar.getmember(member)
        place = found.offset_data + found.size // 2
    content = bytearray(archive.read_bytes())
    content[place] ^= 0xFF
    target.write_bytes(content)
    return target


def packed_anew(archive: Path, target: Path, *, is_strange: bool) -> Path:
    """A copy of the archive with one stored file more, or one less, than its manifest says."""
    with tarfile.open(archive) as old, tarfile.open(target, "w") as new:
        members = old.getmembers()
        for member in members if is_strange else members[:1] + members[2:]:
            new.addfile(member, old.extractfile(member))
            if is_strange and member is members[0]:
                member.name = f"files/ab/{'ab' * 32}"
                new.addfile(member, old.extractfile(members[0]))
    return target


@pytest.mark.parametrize("part", ["dump", "file", "cut", "missing", "strange"])
def test_a_damaged_archive_is_refused_before_anything_changes(
    toy: ToyDatabase, server: Server, files: Path, tmp_path: Path, part: str
) -> None:
    archive = tmp_path / "backup.tar"
    make_backup(server, files, archive, tell=silent)
    before, files_before = states(server), hashes(files)
    if part == "cut":
        damaged = tmp_path / "cut.tar"
        damaged.write_bytes(archive.read_bytes()[:-30_000])
    elif part in ("missing", "strange"):
        damaged = packed_anew(archive, tmp_path / "packed.tar", is_strange=part == "strange")
    else:
        with tarfile.open(archive) as tar:
            names = [name for name in tar.getnames() if name != MANIFEST]
        member = DUMP if part == "dump" else next(name for name in names if name != DUMP)
        damaged = altered(archive, tmp_path / "damaged.tar", member)
    with pytest.raises(BadInput, match="备份"):
        restore_backup(server, files, damaged, replace=True, tell=silent)
    assert states(server) == before and hashes(files) == files_before


def test_a_backup_does_not_overwrite_another(server: Server, files: Path, tmp_path: Path) -> None:
    target = tmp_path / "backup.tar"
    target.write_bytes(b"yesterday's")
    with pytest.raises(Conflict, match="已经存在"):
        make_backup(server, files, target, tell=silent)
    assert target.read_bytes() == b"yesterday's"


def test_the_services_own_login_cannot_make_a_backup_and_is_told_what_can(
    toy: ToyDatabase, server: Server, files: Path, tmp_path: Path
) -> None:
    as_service = Server(toy.names.service_url, server.binaries)
    with pytest.raises(NotReady, match="gh_backup"):
        make_backup(as_service, files, tmp_path / "backup.tar", tell=silent)
    assert list(tmp_path.glob("*.tar")) + list(tmp_path.glob(".*")) == []
