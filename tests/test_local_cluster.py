"""The private cluster, with real clusters: made once, found again, started after every kind of crash."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geo_housing import cluster_files, local_cluster
from geo_housing.errors import NotReady
from geo_housing.local_cluster import SUPERUSER, ClusterAddress
from geo_housing.own_code import PROJECT_FOLDER
from geo_housing.service_user import Owner, owner_of
from geo_housing.settings import SERVICE_USER, Settings, read_settings

START = (
    "import os, pwd, sys\n"
    "from geo_housing import local_cluster\n"
    "from geo_housing.settings import read_settings\n"
    # Only after the imports: an ordinary user may not be able to read a checkout of root's.
    "if len(sys.argv) > 2:\n"
    "    user = pwd.getpwnam(sys.argv[2])\n"
    "    os.setgroups([]), os.setgid(user.pw_gid), os.setuid(user.pw_uid)\n"
    "settings = read_settings({'GEO_HOUSING_HOME': sys.argv[1]})\n"
    "print(local_cluster.ensure_running(settings).url('gh_super'))\n"
    "print(local_cluster.status(settings).pid)\n"
)
only_as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for other users")


def connect(address: ClusterAddress, dbname: str = "geo_housing") -> psycopg.Connection[tuple[Any, ...]]:
    """A connection as the bootstrap superuser."""
    return psycopg.connect(host=str(address.socket_dir), port=address.port, user=SUPERUSER, dbname=dbname)


def start_command(home: Path) -> list[str]:
    return [sys.executable, "-c", START, str(home)]


def pid_of(settings: Settings) -> int:
    pid = local_cluster.status(settings).pid
    assert pid is not None
    return pid


def ended(pid: int) -> bool:
    """Whether the process is gone; a zombie that nobody has collected yet counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


CLIENT = "import sys, psycopg\npsycopg.connect(sys.argv[1]).execute(sys.argv[2])"


def kill_server(settings: Settings) -> None:
    """What a power cut leaves, without the power cut."""
    pid = pid_of(settings)
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while not ended(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ended(pid)


class TestFirstStart:
    def test_cluster_speaks_utf8_and_listens_on_no_network(self, home: Settings) -> None:
        with connect(local_cluster.ensure_running(home)) as connection:
            shown = [
                connection.execute(f"SHOW {name}").fetchone()
                for name in ("server_encoding", "listen_addresses", "timezone")
            ]
            # A setting to be shown up to PostgreSQL 15; from 16 on it stands with the database alone.
            letters = connection.execute(
                "SELECT datctype FROM pg_database WHERE datname = current_database()"
            ).fetchone()
        assert shown == [("UTF8",), ("",), ("Asia/Shanghai",)]
        assert letters == ("C.UTF-8",)

    def test_utf8_even_when_the_environment_is_empty(self, home: Settings) -> None:
        subprocess.run(start_command(home.home), env={}, cwd=PROJECT_FOLDER, check=True, capture_output=True)
        with connect(local_cluster.ensure_running(home)) as connection:
            assert connection.execute("SELECT upper('突泉é')").fetchone() == ("突泉É",)

    def test_variables_of_another_server_do_not_reach_it(self, home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PGDATA", "/nowhere")
        monkeypatch.setenv("PGPORT", "6543")
        with connect(local_cluster.ensure_running(home)) as connection:
            assert connection.execute("SHOW data_directory").fetchone() == (str(home.pgdata),)

    def test_everything_is_private(self, home: Settings) -> None:
        address = local_cluster.ensure_running(home)
        modes = {
            oct(folder.stat().st_mode & 0o777) for folder in (home.home, home.pgdata, home.logs, address.socket_dir)
        }
        assert modes == {"0o700"}

    def test_socket_fits_for_a_home_with_a_long_name(self, home: Settings) -> None:
        owner = owner_of(home)
        long_home = Settings(**{**vars(home), "home": home.home / ("很长的目录名" * 20)})
        path = cluster_files.socket_folder(long_home, owner) / f".s.PGSQL.{cluster_files.PORT}"
        assert len(os.fsencode(path)) <= 107

    def test_three_starts_at_once_make_one_cluster(self, home: Settings) -> None:
        starts = [
            subprocess.Popen(start_command(home.home), cwd=PROJECT_FOLDER, stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        answers = {start.communicate(timeout=60)[0] for start in starts}
        assert [start.returncode for start in starts] == [0, 0, 0]
        assert len(answers) == 1

    def test_a_half_made_data_folder_is_made_anew(self, home: Settings) -> None:
        raw = home.home / "pgdata.new"
        raw.mkdir()
        (raw / "PG_VERSION").write_text("15\n")
        with connect(local_cluster.ensure_running(home)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

    def test_local_settings_are_read_last(self, made: Settings) -> None:
        (made.home / "postgresql.local.conf").write_text("work_mem = 5MB\n")
        with connect(local_cluster.ensure_running(made)) as connection:
            assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)

    @pytest.mark.parametrize(
        ("local", "level"),
        [
            ("# archive_mode = on\n", "minimal"),
            ("archive_mode = on\narchive_command = '/bin/true'\n", "replica"),
            ("max_wal_senders = 2\n", "replica"),
        ],
    )
    def test_the_log_is_kept_whole_only_where_it_is_sent_elsewhere(
        self, made: Settings, local: str, level: str
    ) -> None:
        (made.home / "postgresql.local.conf").write_text(local)
        with connect(local_cluster.ensure_running(made)) as connection:
            assert connection.execute("SHOW wal_level").fetchone() == (level,)

    def test_an_archive_that_was_set_by_statement_is_seen_too(self, made: Settings) -> None:
        with connect(local_cluster.ensure_running(made)) as connection:
            connection.autocommit = True
            connection.execute("ALTER SYSTEM SET archive_mode = on")
            connection.execute("ALTER SYSTEM SET archive_command = '/bin/true'")
        local_cluster.stop(made)
        with connect(local_cluster.ensure_running(made)) as connection:
            assert connection.execute("SHOW wal_level").fetchone() == ("replica",)


class TestSecondStart:
    def test_it_finds_the_running_cluster_at_once(self, made: Settings) -> None:
        first = local_cluster.ensure_running(made)
        pid = pid_of(made)
        began = time.perf_counter()
        assert local_cluster.ensure_running(made) == first
        assert time.perf_counter() - began < 0.1
        assert pid_of(made) == pid

    def test_data_outlives_a_stop(self, made: Settings) -> None:
        with connect(local_cluster.ensure_running(made)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        assert local_cluster.stop(made) is True
        with connect(local_cluster.ensure_running(made)) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)

    def test_it_outlives_the_process_that_started_it(self, made: Settings) -> None:
        done = subprocess.run(start_command(made.home), cwd=PROJECT_FOLDER, check=True, capture_output=True, text=True)
        assert done.stdout.split()[1] == str(pid_of(made))
        assert local_cluster.status(made).state == "running"


class TestCrash:
    def test_a_killed_server_starts_again_with_what_was_committed(self, made: Settings) -> None:
        with connect(local_cluster.ensure_running(made)) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
        kill_server(made)
        assert local_cluster.status(made).state == "stopped"
        with connect(local_cluster.ensure_running(made)) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (7,)

    def test_what_went_into_new_files_without_a_log_outlives_a_kill(self, made: Settings) -> None:
        with connect(local_cluster.ensure_running(made)) as connection:
            assert connection.execute("SHOW wal_level").fetchone() == ("minimal",)
            connection.execute("CREATE TABLE kept (n int PRIMARY KEY)")
            connection.commit()
            connection.execute("CLUSTER kept USING kept_pkey")
            connection.execute("INSERT INTO kept SELECT generate_series(1, 200000)")
            connection.execute("CREATE INDEX kept_by_half ON kept ((n / 2))")
            connection.commit()
            kill_server(made)
        with connect(local_cluster.ensure_running(made)) as connection:
            assert connection.execute("SELECT count(*), sum(n) FROM kept").fetchone() == (200_000, 20_000_100_000)
            connection.execute("SET enable_seqscan = off")
            assert connection.execute("SELECT count(*) FROM kept WHERE n / 2 = 50").fetchone() == (2,)

    def test_a_query_that_outlives_its_server_is_ended_first(self, made: Settings) -> None:
        address = local_cluster.ensure_running(made)
        busy = connect(address)
        busy_pid = busy.info.backend_pid
        endless = "SELECT count(*) FROM generate_series(1, 1e12)"
        query = subprocess.Popen([sys.executable, "-c", CLIENT, busy.info.dsn, endless], stderr=subprocess.DEVNULL)
        try:
            while (working := busy.execute(
                "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT count%%' AND pid <> %s", (busy_pid,)
            ).fetchone()) is None:  # fmt: skip
                busy.rollback()
                time.sleep(0.05)
            kill_server(made)
            assert not ended(working[0])
            with connect(local_cluster.ensure_running(made)) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            assert ended(working[0])
        finally:
            query.kill()
            query.wait()
            busy.close()

    def test_a_pid_file_whose_number_belongs_to_another_program_is_no_obstacle(self, made: Settings) -> None:
        local_cluster.ensure_running(made)
        pid_file = made.pgdata / "postmaster.pid"
        left_behind = pid_file.read_text().partition("\n")[2]
        kill_server(made)
        owner = owner_of(made)
        bystander = subprocess.Popen(["sleep", "60"], **owner.process_options)
        try:
            pid_file.write_text(f"{bystander.pid}\n{left_behind}")
            assert local_cluster.status(made).state == "stopped"
            with connect(local_cluster.ensure_running(made)) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            assert bystander.poll() is None
        finally:
            bystander.kill()
            bystander.wait()

    def test_a_socket_that_a_cleaner_removed_comes_back(self, made: Settings) -> None:
        shutil.rmtree(local_cluster.ensure_running(made).socket_dir)
        assert local_cluster.status(made).state == "starting"
        with connect(local_cluster.ensure_running(made)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

    def test_a_data_folder_deleted_under_its_server_can_be_made_anew(self, made: Settings) -> None:
        local_cluster.ensure_running(made)
        orphan = pid_of(made)
        # The server may write a file into a folder that is just being emptied.
        while made.pgdata.exists():
            shutil.rmtree(made.pgdata, ignore_errors=True)
        with connect(local_cluster.ensure_running(made)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert pid_of(made) != orphan
        assert ended(orphan)

    def test_a_lock_file_without_holder_is_no_obstacle(self, made: Settings) -> None:
        (made.home / "cluster.lock").write_text("left behind")
        local_cluster.ensure_running(made)
        assert local_cluster.status(made).state == "running"


class TestRefusals:
    def test_another_major_version_is_named_with_what_to_do(self, made: Settings) -> None:
        local_cluster.ensure_running(made)
        local_cluster.stop(made)
        (made.pgdata / "PG_VERSION").write_text("13\n")
        try:
            with pytest.raises(NotReady, match=r"PostgreSQL 13 建立.*postgresql-13-postgis-3"):
                local_cluster.ensure_running(made)
        finally:
            (made.pgdata / "PG_VERSION").write_text("15\n")

    def test_a_version_of_garbage_is_a_damaged_folder(self, home: Settings) -> None:
        home.pgdata.mkdir()
        (home.pgdata / "PG_VERSION").write_bytes(b"\x89\xff\x00")
        with pytest.raises(NotReady, match="不是版本号"):
            local_cluster.status(home)
        shutil.rmtree(home.pgdata)

    def test_a_home_that_is_a_file_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(NotReady, match="不是目录"):
            local_cluster.ensure_running(read_settings({"GEO_HOUSING_HOME": str(tmp_path / "file")}))

    def test_a_server_that_cannot_start_gives_the_reason(self, home: Settings) -> None:
        (home.home / "postgresql.local.conf").write_text("no_such_setting = 1\n")
        with pytest.raises(NotReady, match="no_such_setting"):
            local_cluster.ensure_running(home)

    def test_foreign_files_in_the_place_of_the_data_folder_are_not_touched(self, home: Settings) -> None:
        home.pgdata.mkdir()
        (home.pgdata / "holiday.jpg").touch()
        shutil.chown(home.pgdata, owner_of(home).uid)
        with pytest.raises(NotReady, match="不是数据库目录"):
            local_cluster.ensure_running(home)
        assert (home.pgdata / "holiday.jpg").exists()


class TestStop:
    def test_stopping_twice_is_harmless(self, made: Settings) -> None:
        folder = local_cluster.ensure_running(made).socket_dir
        assert folder.is_dir()
        assert (local_cluster.stop(made), local_cluster.stop(made)) == (True, False)
        assert not folder.exists(), "nothing is left behind in a folder that all share"
        assert local_cluster.status(made).state == "stopped"

    def test_without_a_cluster_there_is_nothing_to_stop(self, home: Settings) -> None:
        assert local_cluster.stop(home) is False
        assert local_cluster.status(home).state == "none"


class TestLog:
    def test_a_failed_statement_leaves_none_of_its_values(self, made: Settings) -> None:
        with connect(local_cluster.ensure_running(made)) as connection:
            connection.execute("CREATE TABLE people (name text UNIQUE)")
            connection.execute("INSERT INTO people VALUES ('张三丰')")
            connection.commit()
            for statement, values in (
                ("INSERT INTO people VALUES ('张三丰')", ()),
                ("SELECT %s::text::int", ("张三丰",)),
            ):
                with pytest.raises(psycopg.Error):
                    connection.execute(statement, values)
                connection.rollback()
        local_cluster.stop(made)
        text = "".join(log.read_text() for log in made.logs.iterdir())
        assert "people_name_key" in text
        assert "张三丰" not in text.replace('invalid input syntax for type integer: "张三丰"', "")


@only_as_root
class TestAsRoot:
    def test_cluster_runs_as_the_system_user_and_root_gets_in(self, home: Settings) -> None:
        with connect(local_cluster.ensure_running(home)) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (SUPERUSER,)
        assert Path(f"/proc/{pid_of(home)}").stat().st_uid == pwd.getpwnam(SERVICE_USER).pw_uid

    def test_another_user_cannot_connect(self, made: Settings) -> None:
        address = local_cluster.ensure_running(made)
        address.socket_dir.chmod(0o755)
        (address.socket_dir / f".s.PGSQL.{address.port}").chmod(0o777)
        psql = shutil.which("psql") or "psql"
        done = subprocess.run(
            [psql, "-c", "SELECT 1"],
            env=address.environment(SUPERUSER),
            user="nobody",
            extra_groups=[],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode != 0
        assert "Peer authentication failed" in done.stderr

    def test_a_home_behind_a_closed_folder_is_refused_with_the_folder(self, home: Settings) -> None:
        home.home.parent.chmod(0o700)
        with pytest.raises(NotReady, match=f"被 {home.home.parent} 的权限挡住"):
            local_cluster.ensure_running(home)

    def test_a_folder_that_serves_something_else_is_not_taken_over(self, home: Settings) -> None:
        (home.home / "somebody's.txt").touch()
        with pytest.raises(NotReady, match="专用的空目录"):
            local_cluster.ensure_running(home)
        assert home.home.stat().st_uid == 0

    def test_a_socket_folder_taken_by_somebody_else_is_named(self, home: Settings) -> None:
        folder = cluster_files.socket_folder(home, owner_of(home))
        folder.mkdir()
        shutil.chown(folder, "nobody")
        with pytest.raises(NotReady, match="已被另一个用户占用"):
            local_cluster.ensure_running(home)


@pytest.fixture
def nobodys_home(home: Settings) -> Settings:
    """A home of an ordinary user, for whom root may act."""
    shutil.chown(home.home, "nobody")
    return home


@only_as_root
class TestAsOrdinaryUser:
    def start(self, settings: Settings) -> "subprocess.CompletedProcess[str]":
        command = [*start_command(settings.home), "nobody"]
        return subprocess.run(command, cwd=PROJECT_FOLDER, capture_output=True, text=True, check=False)

    def test_an_ordinary_user_has_a_cluster_of_their_own(self, nobodys_home: Settings) -> None:
        done = self.start(nobodys_home)
        assert done.returncode == 0, done.stderr
        assert Path(f"/proc/{done.stdout.split()[1]}").stat().st_uid == pwd.getpwnam("nobody").pw_uid

    def test_root_finds_the_cluster_of_that_user(self, nobodys_home: Settings) -> None:
        pid = self.start(nobodys_home).stdout.split()[1]
        with connect(local_cluster.ensure_running(nobodys_home)) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (SUPERUSER,)
        assert pid_of(nobodys_home) == int(pid)

    def test_root_starts_it_again_as_that_user(self, nobodys_home: Settings) -> None:
        self.start(nobodys_home)
        kill_server(nobodys_home)
        local_cluster.ensure_running(nobodys_home)
        assert Path(f"/proc/{pid_of(nobodys_home)}").stat().st_uid == pwd.getpwnam("nobody").pw_uid

    def test_the_home_of_another_user_is_refused(self, made: Settings) -> None:
        local_cluster.ensure_running(made)
        done = self.start(made)
        assert "属于另一个系统用户" in done.stderr


class TestIdentMap:
    def test_odd_user_names_are_quoted(self) -> None:
        text = cluster_files.ident_map(Owner("OFFICE\\li si", 1000, 1000))
        assert 'geo_housing "OFFICE\\li si" gh_service\n' in text
