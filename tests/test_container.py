"""The other way in: docker-compose.yml walked step by step on a server that asks for passwords, without containers."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import urllib.request
import venv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from geo_housing import __version__, local_cluster
from geo_housing.own_code import PROJECT_FOLDER
from geo_housing.settings import Settings
from tests.fixtures.homes import make_home, new_folder, remove_home

COMPOSE = yaml.safe_load((PROJECT_FOLDER / "docker-compose.yml").read_text())
DOCKERFILE = (PROJECT_FOLDER / "Dockerfile").read_text()
PASSWORDS = {"GEO_HOUSING_ADMIN_PASSWORD": "adminword0", "GEO_HOUSING_SERVICE_PASSWORD": "serviceword0"}
PATIENCE_S = 90


def interpolated(text: str, given: Mapping[str, str]) -> str:
    """What compose makes of ``${NAME}``, ``${NAME:-default}`` and ``${NAME:?message}``."""

    def value(found: re.Match[str]) -> str:
        name, default = found["name"], found["default"]
        if given.get(name):
            return given[name]
        assert default is not None, f"{name} must be set"
        return default

    # A default may hold another name: the innermost first.
    while (filled := re.sub(r"\$\{(?P<name>\w+)(?::-(?P<default>[^${}]*)|:\?[^${}]*)?\}", value, text)) != text:
        text = filled
    return text


def instructions(name: str) -> list[str]:
    """Arguments of one kind of instruction of the Dockerfile, continued lines joined."""
    lines = re.sub(r"\\\n\s*", " ", DOCKERFILE).splitlines()
    return [line.removeprefix(name).strip() for line in lines if line.startswith(f"{name} ")]


@dataclass
class Composed:
    """A server with passwords in the place of ``db``, and what the services of the compose file are run with."""

    cluster: Settings
    port: int
    home: Path
    http_port: int

    def environment(self, service: str, **other: str) -> dict[str, str]:
        # The two addresses that differ outside of containers: the server's, and where the home lies.
        stated = {
            name: interpolated(text, PASSWORDS | other).replace("@db:5432/", f"@127.0.0.1:{self.port}/")
            for name, text in COMPOSE["services"][service]["environment"].items()
        }
        outside = {name: text for name, text in os.environ.items() if not name.startswith("GEO_HOUSING_")}
        return outside | stated | {"GEO_HOUSING_HOME": str(self.home), "GEO_HOUSING_LANG": "zh"}

    def command(self, service: str) -> list[str]:
        stated = COMPOSE["services"][service].get("command") or json.loads(instructions("CMD")[-1])
        return [*self.in_container(json.loads(instructions("ENTRYPOINT")[-1])), *stated]

    def healthcheck(self, service: str) -> list[str]:
        kind, *command = COMPOSE["services"][service]["healthcheck"]["test"]
        assert kind == "CMD"
        return [part.replace(":8000/", f":{self.http_port}/") for part in self.in_container(command)]

    @staticmethod
    def in_container(command: list[str]) -> list[str]:
        if command[0] == "geo-housing":
            return [sys.executable, "-m", "geo_housing", *command[1:]]
        assert command[0] == "python"
        return [sys.executable, *command[1:]]

    def run(self, service: str, command: list[str], **other: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command, env=self.environment(service, **other), capture_output=True, text=True, timeout=PATIENCE_S,
            check=False,
        )  # fmt: skip

    def admin(self) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="postgres", password=PASSWORDS["GEO_HOUSING_ADMIN_PASSWORD"],
            dbname="geo_housing", autocommit=True,
        )  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def composed() -> Iterator[Composed]:
    """PostgreSQL on loopback that lets in by password only, with a superuser as the image makes one."""
    settings = make_home(new_folder("gh-compose-"))
    port = free_port()
    local = settings.home / "postgresql.local.conf"
    local.write_text(f"{local.read_text()}listen_addresses = '127.0.0.1'\nport = {port}\nlog_statement = all\n")
    try:
        address = local_cluster.ensure_running(settings)
        with psycopg.connect(
            host=str(address.socket_dir), port=address.port, user="gh_super", dbname="geo_housing", autocommit=True
        ) as connection:
            password = PASSWORDS["GEO_HOUSING_ADMIN_PASSWORD"]
            connection.execute(f"CREATE ROLE postgres SUPERUSER LOGIN PASSWORD '{password}'")
            with (settings.pgdata / "pg_hba.conf").open("a") as rules:
                rules.write("host all all 127.0.0.1/32 scram-sha-256\n")
            connection.execute("SELECT pg_reload_conf()")
        home = settings.home.parent / "service"
        yield Composed(settings, port, home, free_port())
    finally:
        remove_home(settings)


def log_of(settings: Settings) -> str:
    return "\n".join(path.read_text(errors="replace") for path in settings.logs.iterdir())


def test_the_services_of_the_compose_file_come_up_one_after_the_other(composed: Composed) -> None:
    early = composed.run("worker", composed.command("worker"))
    assert early.returncode == 2 and "连不上数据库" in early.stderr, "before migrate there is no such login"

    migrated = composed.run("migrate", composed.command("migrate"))
    assert migrated.returncode == 0 and "注意" not in migrated.stderr, migrated.stderr
    with composed.admin() as connection:
        verifier = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'gh_service'").fetchone()
        superuser = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = 'gh_service'").fetchone()
    assert verifier is not None and verifier[0].startswith("SCRAM-SHA-256$") and superuser == (False,)
    assert PASSWORDS["GEO_HOUSING_SERVICE_PASSWORD"] not in log_of(composed.cluster)

    port = ["--port", str(composed.http_port)]
    told = composed.home.parent / "app.log"
    with told.open("w") as log:
        running = [
            subprocess.Popen(
                command, env=composed.environment(service, PORT="8081"), stdin=subprocess.DEVNULL, stdout=output
            )
            for service, command, output in (
                ("app", [part.replace("0.0.0.0", "127.0.0.1") for part in composed.command("app")] + port, log),
                ("worker", composed.command("worker"), None),
            )
        ]  # fmt: skip
    try:
        for service in ("app", "worker"):
            deadline = time.monotonic() + PATIENCE_S
            while (health := composed.run(service, composed.healthcheck(service))).returncode:
                assert time.monotonic() < deadline, health.stdout + health.stderr
                assert all(process.poll() is None for process in running), "one of them has ended"
                time.sleep(0.3)
        with urllib.request.urlopen(f"http://127.0.0.1:{composed.http_port}/healthz", timeout=10) as answer:
            assert answer.status == 200
        # It listens inside; the link leads to where compose publishes it.
        assert re.search(r"^  http://127\.0\.0\.1:8081/first/\S+$", told.read_text(), re.MULTILINE)
        doctor = composed.run("worker", [sys.executable, "-m", "geo_housing", "doctor", "--json"])
        found = json.loads(doctor.stdout.splitlines()[-1])
        assert found["ok"] and "外部服务器" in found["checks"][0]["detail"], found
        assert any("工作进程 1" in check["detail"] for check in found["checks"])
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(60) for process in running] == [0, 0]


def test_a_password_that_is_there_stays_and_another_one_in_the_address_is_said(composed: Composed) -> None:
    assert composed.run("migrate", composed.command("migrate")).returncode == 0
    with composed.admin() as connection:
        question = "SELECT rolpassword FROM pg_authid WHERE rolname = 'gh_service'"
        before = connection.execute(question).fetchone()
        again = composed.run("migrate", composed.command("migrate"), GEO_HOUSING_SERVICE_PASSWORD="another0")
        assert again.returncode == 0 and "password authentication failed" in again.stderr
        assert "ALTER ROLE gh_service PASSWORD" in again.stderr and "another0" not in again.stderr
        assert connection.execute(question).fetchone() == before
    refused = composed.run("worker", composed.command("worker"), GEO_HOUSING_SERVICE_PASSWORD="another0")
    assert refused.returncode == 2 and "连不上数据库" in refused.stderr and "Traceback" not in refused.stderr


def test_a_login_of_the_administrators_own_keeps_its_password_and_one_that_is_missing_is_named(
    composed: Composed,
) -> None:
    address = f"postgresql://{{}}:own%20word@127.0.0.1:{composed.port}/geo_housing"
    environment = composed.environment("migrate")
    with composed.admin() as connection:
        connection.execute("DROP ROLE IF EXISTS bureau")
        connection.execute("CREATE ROLE bureau LOGIN NOINHERIT")
        migrate = [sys.executable, "-m", "geo_housing", "db", "migrate"]
        for login in ("bureau", "nobody_made_it"):
            done = subprocess.run(
                migrate, env=environment | {"GEO_HOUSING_DATABASE_URL": address.format(login)}, capture_output=True,
                text=True, timeout=PATIENCE_S, check=False,
            )  # fmt: skip
            assert done.returncode == (0 if login == "bureau" else 2) and login in done.stderr, done.stderr
        found = connection.execute(
            "SELECT rolpassword, pg_has_role(oid, 'gh_app', 'MEMBER'), pg_has_role(oid, 'gh_owner', 'MEMBER')"
            " FROM pg_authid WHERE rolname = 'bureau'"
        ).fetchone()
        assert found == (None, True, False)
        # A password with a space is an address that programs of PostgreSQL refuse unless it is written as %20.
        connection.execute("ALTER ROLE bureau PASSWORD 'own word'")
    url = subprocess.run(
        [sys.executable, "-m", "geo_housing", "db", "url"],
        env=environment | {"GEO_HOUSING_DATABASE_URL": address.format("bureau")}, capture_output=True, text=True,
        timeout=PATIENCE_S, check=True,
    ).stdout.strip()  # fmt: skip
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("bureau",)


def test_every_service_that_stays_has_a_healthcheck_and_is_no_more_than_it_must_be() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"db", "migrate", "app", "worker"}
    assert {name for name, service in services.items() if "healthcheck" not in service} == {"migrate"}
    for name in ("migrate", "app", "worker"):
        assert services[name]["read_only"] and services[name]["cap_drop"] == ["ALL"]
    assert [name for name, service in services.items() if "ports" in service] == ["app"]
    assert all(port.startswith("127.0.0.1:") for port in services["app"]["ports"])
    assert services["app"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_passwords_of_the_compose_file_are_those_of_the_example_and_have_no_default() -> None:
    text = (PROJECT_FOLDER / "docker-compose.yml").read_text()
    example = (PROJECT_FOLDER / ".env.example").read_text()
    asked = set(re.findall(r"\$\{(\w+):\?", text))
    assert asked == set(PASSWORDS) == set(re.findall(r"^(\w+)=$", example, re.MULTILINE))


def test_images_are_pinned_to_a_major_version() -> None:
    images = [line.split(" AS ")[0] for line in instructions("FROM")] + [COMPOSE["services"]["db"]["image"]]
    assert images and all(re.search(r":\d+[.\w-]*$", image) for image in images), images


def test_the_image_takes_only_what_exists_and_ends_as_a_user_of_its_own() -> None:
    copied = [line.split()[:-1] for line in instructions("COPY") if not line.startswith("--from")]
    sources = [source for line in copied for source in line]
    assert sources and not [source for source in sources if not (PROJECT_FOLDER / source).exists()]
    ignored = (PROJECT_FOLDER / ".dockerignore").read_text().split()
    assert not [
        source for source in sources if any(source == name or source.startswith(f"{name}/") for name in ignored)
    ]
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER geo-housing$", last_stage, re.MULTILINE)
    assert last_stage.index("USER geo-housing") < last_stage.index("ENTRYPOINT")


def test_the_command_stands_in_the_image_under_its_name(tmp_path: Path) -> None:
    """The step of the Dockerfile itself, on an environment and a folder that stand for those of the image."""
    (step,) = (line for line in instructions("RUN") if "bin/geo-housing" in line)
    environment = tmp_path / "opt"
    venv.create(environment, symlinks=True)
    script = step.replace("/opt/geo-housing", str(environment)).replace("/app", str(PROJECT_FOLDER))
    subprocess.run(["sh", "-ec", script], check=True)
    # What the locked requirements bring there.
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(environment)}))
    (packages / "locked.pth").write_text(sysconfig.get_path("purelib"))
    path = f"{environment}/bin:/usr/bin:/bin"
    done = subprocess.run(
        ["sh", "-c", "command -v geo-housing && geo-housing --version"],
        cwd="/", env={"PATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == [f"{environment}/bin/geo-housing", f"geo-housing {__version__}"], done.stderr
    folders = next(line for line in instructions("ENV") if line.startswith("PATH="))
    assert folders.startswith("PATH=/opt/geo-housing/bin:")
    assert json.loads(instructions("ENTRYPOINT")[-1]) == ["geo-housing"]


def read_by_compose(**given: str) -> Iterator[tuple[str, str]]:
    """Address of the links and published port, as read here and, where docker compose is installed, by itself."""
    app = COMPOSE["services"]["app"]
    port = interpolated(app["ports"][0], given).removeprefix("127.0.0.1:").removesuffix(":8000")
    yield interpolated(app["environment"]["GEO_HOUSING_ADDRESS"], given), port
    compose = ["docker", "compose", "-f", str(PROJECT_FOLDER / "docker-compose.yml")]
    if (
        shutil.which("docker")
        and subprocess.run([*compose, "version"], capture_output=True, check=False).returncode == 0
    ):
        done = subprocess.run(
            [*compose, "config", "--format", "json"],
            env={"PATH": os.environ["PATH"], **PASSWORDS, **given}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        read = json.loads(done.stdout)["services"]["app"]
        yield read["environment"]["GEO_HOUSING_ADDRESS"], read["ports"][0]["published"]


def test_links_begin_with_the_published_port_or_the_address_that_is_stated() -> None:
    assert set(read_by_compose()) == {("http://127.0.0.1:8000", "8000")}
    assert set(read_by_compose(PORT="8081")) == {("http://127.0.0.1:8081", "8081")}
    stated = "https://housing.example"
    assert set(read_by_compose(PORT="8081", GEO_HOUSING_ADDRESS=stated)) == {(stated, "8081")}


def test_the_image_has_the_python_that_the_program_needs() -> None:
    needed = tomllib.loads((PROJECT_FOLDER / "pyproject.toml").read_text())["project"]["requires-python"]
    least = tuple(int(part) for part in needed.removeprefix(">=").split("."))
    versions = re.findall(r"^FROM python:(\d+)\.(\d+)", DOCKERFILE, re.MULTILINE)
    assert versions and all((int(major), int(minor)) >= least for major, minor in versions)
