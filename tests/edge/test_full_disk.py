"""A disk that is really full: a sentence, nothing half stored, and all goes on once there is room again."""

import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from geo_housing import local_cluster
from geo_housing.app import create_app
from geo_housing.cli import _of_the_surroundings
from geo_housing.cluster_files import _write
from geo_housing.disk import DiskFull, DiskReadOnly, refusal_of_disk
from geo_housing.errors import NotReady
from geo_housing.jobs.running import RunningJob, Task
from geo_housing.jobs.service import defer
from geo_housing.service_user import owner_of
from geo_housing.settings import read_settings
from geo_housing.worker import run_job
from tests.fixtures.people import signed_in
from tests.fixtures.toy import ToyDatabase
from tests.scope.country import _picture
from tests.toy_county import WEST

MAY_MOUNT = (
    os.geteuid() == 0
    and subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0
)
needs_a_disk = pytest.mark.skipif(not MAY_MOUNT, reason="a small disk is mounted, which the kernel lets only root do")


@dataclass(frozen=True)
class SmallDisk:
    """A disk of four megabytes."""

    folder: Path

    @contextmanager
    def full(self) -> Iterator[None]:
        """No byte is free within the block."""
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            file.writelines([b"\0" * 4096] * (1 + (4 << 20 >> 12)))
        try:
            yield
        finally:
            filler.unlink()


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with tempfile.TemporaryDirectory(prefix="gh-disk-", dir="/var/tmp") as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", name], check=True)
        try:
            yield SmallDisk(Path(name))
        finally:
            subprocess.run(["umount", "--lazy", name], check=True)


@pytest.fixture
def client(toy: ToyDatabase, disk: SmallDisk) -> TestClient:
    """A township's, of a service whose files lie on the small disk."""
    app = create_app(replace(toy.settings, home=disk.folder), toy.database)
    return signed_in(app, toy.member("township", WEST))


def everything(disk: SmallDisk) -> list[Path]:
    return [path for path in disk.folder.rglob("*") if path.is_file()]


@needs_a_disk
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # zipfile complains in __del__
class TestWithinTheService:
    def test_a_photo_and_a_ledger_are_refused_and_go_in_later(
        self, client: TestClient, disk: SmallDisk, toy: ToyDatabase
    ) -> None:
        event = client.post("/api/v1/events", json={"name": "暴雨", "kind": "flood", "areas": [WEST]}).json()["event"]
        assert client.post(f"/api/v1/events/{event}/respond", json={}).status_code == 200
        task = client.get(f"/api/v1/emergency-inspections?event={event}").json()["items"][0]["inspection_id"]
        uploads = (
            (f"/api/v1/inspections/{task}/photos", ("a.jpg", _picture(), "image/jpeg")),
            ("/api/v1/imports", ("a.csv", b"house_code,township,village,head\n", "text/csv")),
        )
        with disk.full():
            for path, file in uploads:
                answer = client.post(path, files={"file": file})
                assert answer.status_code == 503 and answer.json()["title"] == "磁盘已满", answer.text
            assert everything(disk) == [disk.folder / "filler"]
            with toy.transaction() as session:
                for table in ("stored_file", "inspection_photo"):
                    assert session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
        # The ledger has no row; it comes as far as being read.
        assert [client.post(path, files={"file": file}).status_code for path, file in uploads] == [200, 422]

    @pytest.mark.parametrize("ending", ["gpkg", "fgb", "parquet", "xlsx", "zip"])
    def test_a_file_to_be_made_first_is_refused(
        self, client: TestClient, disk: SmallDisk, monkeypatch: pytest.MonkeyPatch, ending: str
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
        with disk.full():
            answer = client.get(f"/api/v1/houses.{ending}")
            assert answer.status_code == 503 and answer.json()["title"] == "磁盘已满", answer.text
            assert everything(disk) == [disk.folder / "filler"]
        assert client.get(f"/api/v1/houses.{ending}").status_code == 200


@needs_a_disk
def test_a_cluster_that_finds_no_room_to_start_says_so(disk: SmallDisk) -> None:
    disk.folder.chmod(0o755)
    settings = read_settings({"GEO_HOUSING_HOME": str(disk.folder / "home")})
    with disk.full(), pytest.raises(NotReady, match=r"No space left|磁盘已满"):
        local_cluster.ensure_running(settings)
    (disk.folder / "pgdata").mkdir()
    with disk.full(), pytest.raises(DiskFull):
        _write(disk.folder / "pgdata" / "geo_housing.conf", "port = 1\n", owner_of(settings))


def test_what_led_to_an_error_is_looked_at_and_not_only_the_last() -> None:
    with pytest.raises(OSError, match="No space left") as full, Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    wrapped = ValueError("somebody's own")
    wrapped.__context__ = full.value
    assert isinstance(refusal_of_disk(wrapped), DiskFull)
    assert isinstance(refusal_of_disk(psycopg.errors.DiskFull()), DiskFull)
    assert isinstance(refusal_of_disk(OSError(errno.EROFS, "")), DiskReadOnly)
    assert refusal_of_disk(ValueError("ours"), Path("/"), Path("/nowhere")) is None


def test_a_command_says_it_in_a_sentence() -> None:
    with pytest.raises(OSError, match="No space left") as full, Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    assert isinstance(_of_the_surroundings(full.value), DiskFull)
    refused = _of_the_surroundings(PermissionError(errno.EACCES, "Permission denied", "/data/台账.csv"))
    assert isinstance(refused, NotReady) and "/data/台账.csv" in refused.sentence
    assert _of_the_surroundings(ZeroDivisionError()) is None


def fills_files(job: RunningJob) -> dict[str, object]:
    """Writes where nothing fits."""
    with Path("/dev/full").open("wb", buffering=0) as file:
        file.write(b"x")
    return {}


def fills_tables(job: RunningJob) -> dict[str, object]:
    """What PostgreSQL says when its disk is full."""
    job.session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$"))
    return {}


@pytest.mark.parametrize("task", [fills_files, fills_tables])
def test_a_job_ends_with_the_sentence_and_is_not_tried_again_and_again(toy: ToyDatabase, task: object) -> None:
    actor = toy.actor()
    with toy.transaction() as session:
        job_id = defer(session, actor, "tests.fill", {})
    run_job(toy.database, toy.settings, job_id, {"tests.fill": Task(task, "houses.view")})  # type: ignore[arg-type] # one of two
    with toy.transaction() as session:
        row = session.execute(text("SELECT state, error FROM job WHERE id = :id"), {"id": job_id}).one()
    assert row.state == "failed" and row.error["title"] == "磁盘已满"
