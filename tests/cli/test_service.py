"""The service as it is run: ``up`` in a process of its own, on a home of its own, with its worker; ``doctor`` beside it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geo_housing import local_cluster
from geo_housing.accounts.permissions import CLI_PERMISSIONS
from geo_housing.cli.address import served_address
from geo_housing.cli.opening import open_database
from geo_housing.cli.service import check_label
from geo_housing.db import Actor, Database
from geo_housing.doctor import Check, examine
from geo_housing.jobs.queries import job_state
from geo_housing.jobs.service import defer
from geo_housing.scope import EVERYWHERE
from geo_housing.settings import Settings
from tests.fixtures.homes import make_home, new_folder, remove_home

CLERK = Actor(name="cli:tests", scope=EVERYWHERE, permissions=CLI_PERMISSIONS, source="cli")
# A start takes some five seconds of processor time; how long that is, others decide.
PATIENCE_S = 180


@dataclass
class Installation:
    """A home, and the service on it."""

    settings: Settings
    port: int
    process: "subprocess.Popen[str] | None" = None
    told: list[str] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        return {**os.environ, "GEO_HOUSING_HOME": str(self.settings.home), "GEO_HOUSING_LANG": "zh"}

    def command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "geo_housing", *arguments],
            env=self.environment(), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip

    def start(self) -> None:
        log = (self.settings.home.parent / "up.log").open("w")
        with log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "geo_housing", "up", "--port", str(self.port)],
                env=self.environment(), stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
            )  # fmt: skip
        wait_for(lambda: self.get("/healthz")[0] == 200 or self.process.poll() is not None)
        assert self.process.poll() is None, self.log()

    def examined(self) -> dict[str, Check]:
        """What doctor finds, without the time that a command needs to begin."""
        return {check.name: check for check in examine(self.settings, lambda: open_database(self.settings))}

    def log(self) -> str:
        return (self.settings.home.parent / "up.log").read_text()

    def get(self, path: str) -> tuple[int, dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except OSError:
            return 0, {}

    def admin(self) -> "psycopg.Connection[tuple[Any, ...]]":
        address = local_cluster.ensure_running(self.settings)
        return psycopg.connect(
            host=str(address.socket_dir), port=address.port, user="gh_super", dbname="geo_housing", autocommit=True
        )

    def workers(self) -> list[int]:
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task")
        found: list[int] = []
        for thread in children.glob("*/children"):
            found += [int(pid) for pid in thread.read_text().split()]
        return found


def wait_for(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def until_at_work(database: Database) -> None:
    """Wait until a job was looked at: no room has this one, and the worker says so, which only a living one does."""
    with database.transaction(CLERK) as session:
        job_id = defer(session, CLERK, "tests.unknown", {})

    def state() -> str:
        with database.transaction(CLERK) as session:
            return job_state(session, CLERK, job_id).state

    wait_for(lambda: state() == "failed")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def service() -> Iterator[Installation]:
    """A running service with one worker."""
    installation = Installation(make_home(new_folder("gh-up-")), free_port())
    try:
        installation.start()
        yield installation
    finally:
        if installation.process is not None and installation.process.poll() is None:
            installation.process.kill()
            installation.process.wait()
        remove_home(installation.settings)


def test_up_answers_and_prints_its_address_and_a_link_for_the_first_administrator(service: Installation) -> None:
    assert service.get("/healthz") == (200, {"ok": True})
    status, ready = service.get("/readyz")
    assert status == 200 and ready["ok"], ready
    wait_for(lambda: "/first/" in service.log())
    assert f"http://127.0.0.1:{service.port}\n" in service.log()
    assert service.settings.keys_file.stat().st_mode & 0o777 == 0o600


def test_the_link_of_a_new_user_leads_to_the_service_that_runs(service: Installation) -> None:
    wait_for(lambda: "服务已启动" in service.log())
    # Without --port here: only the service knows where it listens.
    added = service.command("users", "add", "clerk", "--role", "county", "--area", "152224", "--json")
    told = json.loads(added.stdout.splitlines()[-1]) if added.returncode == 0 else {"first_link": added.stderr}
    assert told["first_link"].startswith(f"http://127.0.0.1:{service.port}/first/"), told


def test_a_taken_port_is_a_sentence_and_exit_2(service: Installation) -> None:
    done = service.command("up", "--port", str(service.port))
    assert done.returncode == 2
    assert f"端口 {service.port} 已被占用" in done.stderr and "--port" in done.stderr


def test_a_second_service_on_one_home_is_refused_and_leaves_the_first_alone(service: Installation) -> None:
    done = service.command("up", "--port", str(free_port()))
    assert done.returncode == 2
    assert f"已有服务在运行（http://127.0.0.1:{service.port}）" in done.stderr and "GEO_HOUSING_HOME" in done.stderr
    assert served_address(service.settings).endswith(f":{service.port}")


def test_the_worker_of_up_takes_jobs_and_comes_again_when_it_is_killed(service: Installation) -> None:
    database = Database(local_cluster.ensure_running(service.settings).url("gh_service"), pool_size=1)
    try:
        wait_for(lambda: len(service.workers()) == 1)
        first = service.workers()[0]
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: service.workers() not in ([], [first]))
        until_at_work(database)
    finally:
        database.close()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("ALTER ROLE gh_app BYPASSRLS", "ALTER ROLE gh_app NOBYPASSRLS"),
        ("ALTER ROLE gh_app SUPERUSER", "ALTER ROLE gh_app NOSUPERUSER"),
        ("GRANT gh_owner TO gh_app", "REVOKE gh_owner FROM gh_app"),
    ],
)
def test_readyz_refuses_an_identity_that_the_policies_do_not_hold(
    service: Installation, wrong: str, right: str
) -> None:
    with service.admin() as connection:
        try:
            connection.execute(wrong)
            status, answer = service.get("/readyz")
            found = service.examined()
        finally:
            connection.execute(right)
    assert status == 503 and not answer["ok"]
    assert "行级安全" in next(check["detail"] for check in answer["checks"] if check["name"] == "identity")
    assert not found["roles"].ok and "行级安全" in found["roles"].detail
    assert service.get("/readyz")[0] == 200


def test_a_database_that_died_is_started_again_under_the_running_service(service: Installation) -> None:
    pid = int((service.settings.pgdata / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: local_cluster.status(service.settings).pid not in (None, pid))
    wait_for(lambda: service.get("/readyz")[0] == 200 and bool(service.workers()))


def test_doctor_finds_a_sound_installation_well(service: Installation) -> None:
    done = service.command("doctor", "--json")
    found = json.loads(done.stdout.splitlines()[-1])
    bad = [check for check in found["checks"] if not check["ok"]]
    assert found["ok"] and done.returncode == 0, bad
    assert {check["name"] for check in found["checks"]} >= {
        "cluster", "extensions", "migrations", "roles", "keys", "grid", "events", "families", "journal", "files",
        "assets", "base_map",
    }  # fmt: skip
    assert [check["name"] for check in found["checks"] if check_label(check["name"]).isascii()] == []


def test_doctor_finds_a_count_that_the_houses_do_not_have(service: Installation) -> None:
    with service.admin() as connection:
        connection.execute(
            "INSERT INTO house_grid (cell, scope_code, risk, renovation, houses) VALUES (1, '990001', 'D', 'listed', 3)"
        )
        try:
            found = service.examined()
        finally:
            connection.execute("DELETE FROM house_grid WHERE cell = 1")
    assert not found["grid"].ok and "1 格" in found["grid"].detail


def test_doctor_finds_a_sum_of_an_event_that_its_rows_do_not_have(service: Installation) -> None:
    with service.admin() as connection:
        connection.execute(
            "INSERT INTO inspection_count (event_id, scope_code, state, uncertain, houses) VALUES (9, '990001', 'open', false, 3)"
        )
        try:
            found = service.examined()
        finally:
            connection.execute("DELETE FROM inspection_count WHERE event_id = 9")
    assert not found["events"].ok and "1 项" in found["events"].detail


def test_doctor_finds_a_house_that_counts_other_families_than_live_there(service: Installation) -> None:
    with service.admin() as connection:
        connection.execute("INSERT INTO house (code, scope_code, households, people) VALUES ('错-1', '990001', 1, 4)")
        try:
            found = service.examined()
        finally:
            connection.execute("SET session_replication_role = replica")
            connection.execute("DELETE FROM house WHERE code = '错-1'")
    assert not found["families"].ok and "1 栋" in found["families"].detail


def test_backup_and_restore_by_command_say_that_the_keys_are_not_in_it(service: Installation, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    made = service.command("db", "backup", str(archive), "--json")
    answer = json.loads(made.stdout.splitlines()[-1])
    assert made.returncode == 0 and answer["rows"] > 0 and answer["keys_included"] is False
    assert "keys.json" in made.stderr and archive.stat().st_mode & 0o077 == 0
    refused = service.command("db", "restore", str(archive))
    assert refused.returncode == 2 and "--replace" in refused.stderr
    done = service.command("db", "restore", str(archive), "--replace", "--json")
    assert done.returncode == 0, done.stderr
    assert "keys.json" in done.stderr
    # The running service finds its way to the database that is there now.
    wait_for(lambda: service.get("/readyz")[0] == 200)


def test_one_signal_stops_service_and_worker_and_the_next_up_finds_the_cluster(service: Installation) -> None:
    assert service.process is not None
    # One that has just died, as after the database did, is on its way back.
    wait_for(lambda: bool(service.workers()))
    workers = service.workers()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(60) == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
    assert "Traceback" not in service.log() and "Fatal" not in service.log()
    before = local_cluster.status(service.settings)
    assert before.state == "running"
    service.start()
    assert local_cluster.status(service.settings).pid == before.pid


def test_the_worker_ends_when_up_is_killed(service: Installation) -> None:
    assert service.process is not None
    wait_for(lambda: len(service.workers()) == 1)
    workers = service.workers()
    # It listens to its parent before it takes its first job.
    database = open_database(service.settings)
    try:
        until_at_work(database)
    finally:
        database.close()
    service.process.kill()
    service.process.wait()
    wait_for(lambda: not any(is_running(pid) for pid in workers))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except FileNotFoundError:
        return False


def test_the_start_is_refused_when_a_needed_key_is_missing(service: Installation) -> None:
    with service.admin() as connection:
        connection.execute(
            "INSERT INTO household (scope_code, id_number_cipher, is_demo) VALUES ('990001', '\\x0700', false)"
        )
    other = service.command("up", "--port", str(free_port()))
    assert other.returncode == 2 and "缺少 7 号密钥" in other.stderr


@pytest.mark.parametrize("command", ["houses load {ledger}", "demo --houses 1"])
def test_commands_that_encrypt_make_no_new_keys_beside_what_is_encrypted(
    service: Installation, tmp_path: Path, command: str
) -> None:
    with service.admin() as connection:
        connection.execute(
            "INSERT INTO household (scope_code, id_number_cipher, is_demo) VALUES ('990001', '\\x0700', false)"
        )
    ledger = tmp_path / "台账.csv"
    ledger.write_text("房屋编号,乡镇,行政村,户主\nA-1,甲镇,乙村,张三\n")
    keys, aside = service.settings.keys_file, service.settings.keys_file.with_suffix(".aside")
    keys.rename(aside)
    try:
        refused = service.command(*command.format(ledger=ledger).split())
        assert refused.returncode == 2 and "放回原处" in refused.stderr
        assert not keys.exists()
    finally:
        aside.rename(keys)
