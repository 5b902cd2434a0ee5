"""Backup and restore when something goes wrong in the middle: whatever is left is the old state or the new one, whole."""

import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from geo_housing.backup import archive, service
from geo_housing.backup.archive import Manifest
from geo_housing.backup.server import Server
from geo_housing.backup.service import make_backup, restore_backup
from geo_housing.errors import BadInput, Conflict, NotReady
from geo_housing.files.storage import INCOMING
from geo_housing.keys import load_keys, new_key_ring, save_keys
from geo_housing.migrations.revisions import current_revision, head_revision
from geo_housing.migrations.runner import alembic_config
from geo_housing.rekeying import ready_keys
from tests.backup.test_drill import files, hashes, server, silent, states, wreck
from tests.fixtures.cluster import TestCluster
from tests.fixtures.toy import ToyDatabase

__all__ = ["files", "server"]

# A program of its own that kills itself, without a chance to tidy up, when ``point`` has been reached.
KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import Connection
from geo_housing.backup import archive, service
from geo_housing.backup.server import Server
from geo_housing.pg_binaries import find_binaries

def die(*_given, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

act, point, url, major, files, target = sys.argv[1:]
where = Server(url, find_binaries(int(major)))
if point.startswith("file"):
    service._restore_file = die
elif point.startswith("sql "):
    plain = Connection.exec_driver_sql
    def watched(self, statement, *given):
        if point[4:] in statement:
            die()
        return plain(self, statement, *given)
    Connection.exec_driver_sql = watched
else:
    module, name = point.split()
    setattr({"service": service, "archive": archive}[module], name, die)
quiet = lambda done, total: None
if act == "backup":
    service.make_backup(where, Path(files), Path(target), tell=quiet)
else:
    service.restore_backup(where, Path(files), Path(target), replace=True, tell=quiet)
"""
BACKUP_POINTS = ("service write_archive", "archive _add", "service _put")
RESTORE_POINTS = ("service feed", "file", "service _compare", "sql RENAME TO")


def killed(act: str, point: str, server: Server, files: Path, target: Path) -> None:
    arguments = [act, point, server.url, str(server.binaries.major), str(files), str(target)]
    done = subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, (point, done.stderr.decode()[-800:])


def test_a_backup_that_is_killed_leaves_no_archive_and_the_next_one_is_whole(
    toy: ToyDatabase, server: Server, files: Path, tmp_path: Path
) -> None:
    target = tmp_path / "backup.tar"
    for point in BACKUP_POINTS:
        killed("backup", point, server, files, target)
        assert not target.exists(), point
    drafts = [path for path in tmp_path.iterdir() if path.name.startswith(".backup.tar.")]
    assert all(path.stat().st_mode & 0o077 == 0 for path in drafts), "a draft is for the administrator alone"
    before = states(server)
    make_backup(server, files, target, tell=silent)
    wreck(toy, server, files)
    restore_backup(server, files, target, replace=True, tell=silent)
    assert states(server) == before


def test_a_restore_that_is_killed_leaves_the_old_state_and_the_next_one_is_whole(
    toy: ToyDatabase, server: Server, files: Path, tmp_path: Path
) -> None:
    target = tmp_path / "backup.tar"
    backed_up, files_before = states(server), hashes(files)
    make_backup(server, files, target, tell=silent)
    with toy.transaction() as session:
        session.execute(text("UPDATE house SET remark = 'later', version = version + 1"))
    present = states(server)
    assert present != backed_up
    for point in RESTORE_POINTS:
        killed("restore", point, server, files, target)
        assert states(server) == present, point
        stored = {name: found for name, found in hashes(files).items() if not name.startswith(INCOMING)}
        assert stored == files_before, point
        with toy.transaction() as session:
            assert session.scalar(text("SELECT count(*) FROM house WHERE remark = 'later'")) == 43, point
    # Between the exchange and the removal of what was replaced: the new state stands.
    killed_after_exchange(server, files, target)
    assert states(server) == backed_up
    restore_backup(server, files, target, replace=True, tell=silent)
    assert (states(server), hashes(files)) == (backed_up, files_before)
    with server.other("postgres").connection() as connection:
        left = connection.scalars(
            text("SELECT datname FROM pg_database WHERE datname LIKE :name"), {"name": f"{toy.names.name}\\_%"}
        )
        assert left.all() == []


def killed_after_exchange(server: Server, files: Path, target: Path) -> None:
    program = KILLED.replace("if point[4:] in statement:\n            die()", "").replace(
        "return plain(self, statement, *given)",
        "done = plain(self, statement, *given); die() if point[4:] in statement else None; return done",
    )
    arguments = ["restore", "sql RENAME TO", server.url, str(server.binaries.major), str(files), str(target)]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-800:]


def test_a_backup_while_people_write_is_one_moment(
    toy: ToyDatabase, server: Server, files: Path, tmp_path: Path
) -> None:
    """Each writing transaction adds one to a house and one entry: in any moment both sums are the same."""
    stop, written = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            with toy.transaction() as session:
                session.execute(text("UPDATE house SET version = version + 1 WHERE code = '西一-A'"))
                session.execute(
                    text("INSERT INTO journal_entry (actor, action, scope_code, source) VALUES ('w', 'w', '0', 'w')")
                )
            written.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(written) < 3:
            assert writer.is_alive()
        made = make_backup(server, files, tmp_path / "backup.tar", tell=silent)
        at_the_end = len(written)
    finally:
        stop.set()
        writer.join()
    assert at_the_end > 3, "nobody wrote meanwhile"
    restore_backup(server, files, tmp_path / "backup.tar", replace=True, tell=silent)
    assert states(server) == made.manifest.tables
    with toy.transaction() as session:
        versions = session.scalar(text("SELECT version - 1 FROM house WHERE code = '西一-A'"))
        assert versions == session.scalar(text("SELECT count(*) FROM journal_entry WHERE actor = 'w'"))
        assert versions is not None and versions >= 3


def test_a_home_in_use_is_exchanged_under_its_people(
    toy: ToyDatabase, server: Server, files: Path, tmp_path: Path
) -> None:
    make_backup(server, files, tmp_path / "backup.tar", tell=silent)
    stop, refused = threading.Event(), []

    def work() -> None:
        while not stop.is_set():
            try:
                with toy.transaction() as session:
                    session.execute(text("UPDATE house SET remark = 'x' WHERE code = '西一-A'"))
            except DBAPIError as error:
                refused.append(error)

    people = [threading.Thread(target=work) for _ in range(3)]
    for one in people:
        one.start()
    try:
        restore_backup(server, files, tmp_path / "backup.tar", replace=True, tell=silent)
    finally:
        stop.set()
        for one in people:
            one.join()
    with toy.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM house")) == 43
    with server.other("postgres").connection() as connection:
        allowed = connection.scalar(
            text("SELECT datallowconn FROM pg_database WHERE datname = :name"), {"name": toy.names.name}
        )
        assert allowed is True


def test_two_restores_at_once_do_not_meet(toy: ToyDatabase, server: Server, files: Path, tmp_path: Path) -> None:
    make_backup(server, files, tmp_path / "backup.tar", tell=silent)
    before = states(server)
    with server.other("postgres").connection() as connection:
        connection.execute(service._ONE_AT_A_TIME, {"name": server.database})
        with pytest.raises(Conflict, match="另一个恢复"):
            restore_backup(server, files, tmp_path / "backup.tar", replace=True, tell=silent)
    assert states(server) == before


def test_two_backups_of_one_name_do_not_mix(server: Server, files: Path, tmp_path: Path) -> None:
    target, start, told = tmp_path / "backup.tar", threading.Barrier(2), []

    def back_up() -> None:
        start.wait()
        try:
            make_backup(server, files, target, tell=silent)
            told.append("made")
        except Conflict:
            told.append("refused")

    both = [threading.Thread(target=back_up) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(told) == ["made", "refused"]
    assert archive.verified_manifest(target, tell=silent).members
    assert [path.name for path in tmp_path.iterdir() if path.name != "files"] == ["backup.tar"]


@pytest.mark.parametrize("most_bytes", [20_000, 400_000])
def test_a_full_disk_is_said_and_leaves_nothing(server: Server, files: Path, tmp_path: Path, most_bytes: int) -> None:
    """20 kB stop pg_dump, 400 kB the archive with its files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        with pytest.raises(NotReady, match="磁盘空间"):
            make_backup(server, files, tmp_path / "backup.tar", tell=silent)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


def test_an_archive_of_a_newer_program_is_refused_before_anything_changes(
    toy: ToyDatabase, server: Server, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Manifest.to_json
    with monkeypatch.context() as patched:
        patched.setattr(
            Manifest, "to_json", lambda self: plain(self).replace(f'"{head_revision()}"'.encode(), b'"9999"')
        )
        make_backup(server, files, tmp_path / "backup.tar", tell=silent)
    before = states(server)
    with pytest.raises(BadInput, match="升级程序"):
        restore_backup(server, files, tmp_path / "backup.tar", replace=True, tell=silent)
    assert states(server) == before


@pytest.fixture
def old_server(test_cluster: TestCluster, server: Server, worker_id: str) -> Iterator[Server]:
    """A database of the first schema with a county, a house and its history."""
    names = test_cluster.create(f"old_{worker_id}", template="template1")
    first = Server(names.admin_url, server.binaries)
    with first.connection(autocommit=True) as guard:
        for statement in ("CREATE EXTENSION postgis", "GRANT CREATE, USAGE ON SCHEMA public TO gh_owner"):
            guard.execute(text(statement))
        guard.exec_driver_sql(f'GRANT CREATE, TEMPORARY ON DATABASE "{names.name}" TO gh_owner')
    with first.connection() as connection:
        connection.execute(text("SET LOCAL ROLE gh_owner"))
        command.upgrade(alembic_config(connection), "0001")
        connection.execute(
            text("INSERT INTO area (code, level, name, match_name) VALUES ('990001', 'county', '县', '县')")
        )
        connection.execute(
            text(
                "INSERT INTO house (code, scope_code, location_state, households) VALUES ('旧-1', '990001', 'unlocated', 1)"
            )
        )
        # A family of whom the old ledger does not say how many they are.
        connection.execute(
            text(
                "WITH k AS (INSERT INTO household (scope_code, head) VALUES ('990001', '某某') RETURNING id)"
                " INSERT INTO house_household (house_id, household_id, scope_code, relation)"
                " SELECT h.id, k.id, '990001', 'lives' FROM house h, k"
            )
        )
        # An event that a warning message made: the message stood in the event then.
        connection.execute(
            text(
                "WITH e AS (INSERT INTO hazard_event (scope_code, name, kind, level, source, created_by, message_id, message)"
                " VALUES ('990001', '旧预警', 'rainstorm', 'red', 'cap', 'x', 'm1', CAST(:message AS jsonb)) RETURNING id),"
                " r AS (INSERT INTO zone_revision (event_id, scope_code, n, source, made_by)"
                " SELECT id, '990001', 1, 'cap', 'x' FROM e RETURNING id, event_id)"
                " INSERT INTO hazard_zone (event_id, revision_id, scope_code, kind, area_m2)"
                " SELECT event_id, id, '990001', 'rainstorm', 0 FROM r"
            ),
            {
                "message": '{"status": "Exercise", "msgType": "Update", "sent": "2026-07-12T01:50:00+08:00",'
                ' "references": "a,m0,2026-07-12T00:00:00+08:00  b,m9,whenever"}'
            },
        )
        connection.execute(
            text(
                "INSERT INTO hazard_event (scope_code, name, kind, source, created_by, message_id, message) VALUES"
                " ('990001', '时间不对', 'flood', 'cap', 'x', 'm2', '{\"sent\": \"12 Uhr\"}')"
            )
        )
        connection.commit()
    yield first
    test_cluster.drop(names.name)


def test_a_backup_of_the_first_schema_comes_back_in_the_present_one(
    toy: ToyDatabase, server: Server, old_server: Server, files: Path, tmp_path: Path
) -> None:
    made = make_backup(old_server, files, tmp_path / "old.tar", tell=silent)
    assert made.manifest.revision == "0001" and made.manifest.tables["house"].rows == 1
    restore_backup(server, files, tmp_path / "old.tar", replace=True, tell=silent)
    assert current_revision(server.url) == head_revision()
    with toy.transaction("990001") as session:
        house = session.execute(text("SELECT code, households, people, households_without_size FROM house")).one()
        assert house == ("旧-1", 1, 0, 1)
        warnings = session.execute(
            text("SELECT identifier, status, action, kind, level, refers_to, issued_at FROM warning ORDER BY id")
        ).all()
        assert [tuple(one[:6]) for one in warnings] == [
            ("m1", "Exercise", "change", "rainstorm", "red", ["m0", "m9"]),
            ("m2", "Actual", "issue", "flood", None, None),
        ]
        assert [one.issued_at and one.issued_at.isoformat() for one in warnings] == ["2026-07-12T01:50:00+08:00", None]
        assert session.scalars(
            text("SELECT w.identifier FROM hazard_zone z JOIN warning w ON w.id = z.warning_id")
        ).all() == ["m1"]
        policies = session.scalars(text("SELECT policyname FROM pg_policies WHERE tablename = 'area'")).all()
        assert {"add_own", "change_own", "read_overlap", "remove_own"} <= set(policies)
        assert "own_and_above" not in policies


def test_a_restore_under_other_keys_comes_whole_and_the_start_says_which_file_is_missing(
    toy: ToyDatabase, server: Server, files: Path, tmp_path: Path
) -> None:
    make_backup(server, files, tmp_path / "backup.tar", tell=silent)
    before = states(server)
    restore_backup(server, files, tmp_path / "backup.tar", replace=True, tell=silent)
    assert states(server) == before
    own, other = load_keys(toy.settings.keys_file), tmp_path / "keys.json"
    save_keys(new_key_ring(), other)
    elsewhere = replace(toy.settings, keys_file=other)
    with pytest.raises(NotReady, match="备份当时的密钥文件"):
        ready_keys(toy.database, elsewhere)
    with pytest.raises(NotReady, match="放回原处"):
        ready_keys(toy.database, replace(elsewhere, keys_file=tmp_path / "none.json"))
    save_keys(own, other)
    assert ready_keys(toy.database, elsewhere) == own
