"""The running service as its clients meet it: a process on loopback, people with tokens, requests over HTTP."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.scratch import Scratch, actor
from geo_housing.accounts import credentials, service
from geo_housing.db import SERVICE_LOGIN, Database
from geo_housing.links.recognition import LINK_COOKIE, holder_of

BLOCK = 1 << 20
IDLE_SECONDS = 3


@dataclass
class Client:
    """A phone or a browser: one connection that is kept, and what it sends with every request."""

    port: int
    headers: dict[str, str]

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self.used = time.monotonic()

    def send(self, method: str, path: str, *, body: Any = None, form: dict[str, str] | None = None) -> bytes:
        """The whole answer; an error for anything but 200."""
        # The service hangs up on who is silent for some seconds; a browser calls again.
        if time.monotonic() - self.used > IDLE_SECONDS:
            self.connection.close()
        data, headers = None, dict(self.headers)
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        elif form is not None:
            data, headers["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        self.connection.request(method, path, body=data, headers=headers)
        answer = self.connection.getresponse()
        content = answer.read()
        self.used = time.monotonic()
        if answer.status != 200:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {content[:300]!r}")
        return content

    def close(self) -> None:
        """Hang up."""
        self.connection.close()


@dataclass(frozen=True)
class Service:
    """The process and where it answers."""

    pid: int
    port: int
    database: Database

    def token(self, role: str, area: str) -> str:
        """An API token of a new account with one grant."""
        with self.database.transaction(actor()) as session:
            user = service.add_user(session, actor(), name=f"bench-{uuid.uuid4().hex[:8]}")
            service.grant_role(session, actor(), user=user, role=role, area_code=area)
            return credentials.add_token(session, actor(), user=user, note="bench").token

    def with_token(self, role: str, area: str) -> Client:
        """A program of somebody with that role."""
        return Client(self.port, {"Authorization": f"Bearer {self.token(role, area)}"})

    def signed_in(self, role: str, area: str) -> Client:
        """The browser of somebody with that role."""
        password = uuid.uuid4().hex
        with self.database.transaction(actor()) as session:
            user = service.add_user(session, actor(), name=f"bench-{uuid.uuid4().hex[:8]}")
            credentials.set_password(session, user=user, password=password)
            service.grant_role(session, actor(), user=user, role=role, area_code=area)
            name = user.name
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            given = json.dumps({"username": name, "password": password})
            connection.request("POST", "/api/v1/session", given, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            opened = json.loads(answer.read())
            cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        finally:
            connection.close()
        return Client(self.port, {"Cookie": cookie, "X-CSRF-Token": opened["csrf_token"]})

    def by_link(self, token: str) -> Client:
        """A phone that has opened the link of a village."""
        holder = holder_of(self.database, token)
        assert holder is not None, "the link was made just now"
        return Client(self.port, {"Cookie": f"{LINK_COOKIE}={token}", "X-CSRF-Token": holder.csrf_token})

    def get(self, path: str, token: str) -> int:
        """Bytes of one answer over a new connection, read as they come; an error for anything but 200 or 204."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            size = 0
            while block := answer.read(BLOCK):
                size += len(block)
            if answer.status not in (200, 204):
                raise RuntimeError(f"{path} answered {answer.status}")
            return size
        finally:
            connection.close()

    def memory_kib(self) -> int:
        """Resident memory of the process now."""
        return self._status("VmRSS")

    def peak_memory_kib(self) -> int:
        """Highest resident memory since ``forget_peak``."""
        return self._status("VmHWM")

    def forget_peak(self) -> None:
        """Begin to note the highest memory anew."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


@contextmanager
def running_service(scratch: Scratch, database: Database, name: str) -> Iterator[Service]:
    """The service over database ``name``, ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = scratch.address.url(SERVICE_LOGIN, name)
    command = [sys.executable, "-m", "bench.serve", str(scratch.settings.home), url, str(port)]
    process = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield Service(process.pid, port, database)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("the service ended at once")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("the service does not answer")
