"""Clients that send slowly, much, or from nobody: none of them holds what others need."""

import errno
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from geo_housing.edge import connection, requests
from geo_housing.edge.connection import Connection
from geo_housing.edge.requests import MOST_BYTES_IN_MEMORY, MOST_BYTES_UNKNOWN
from tests.edge.test_requests import with_route
from tests.fixtures.people import ADDRESS, MakeMember, OpenBrowser
from tests.fixtures.toy import ToyDatabase

BOUNDARY = "----b"
BEGUN = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\nhouse_code\r\n'.encode()


@contextmanager
def served(app: FastAPI) -> Iterator[int]:
    """The port on which ``app`` is really served, by the server of the service."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http=Connection, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield int(listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def begin_upload(port: int, path: str, cookie: str, *, length: int = 1_000_000) -> socket.socket:
    """A connection on which an upload has begun and goes no further."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: testserver\r\nCookie: gh_session={cookie}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n"
    )
    connection.sendall(head.encode() + BEGUN)
    return connection


def status_of(connection: socket.socket) -> int:
    return int(connection.recv(4096).split(b" ", 2)[1])


@pytest.mark.parametrize("path", ["/inspections/1", "/events/new", "/api/v1/imports", "/settings/x"])
def test_uploads_that_stand_still_leave_every_place_to_others(toy: ToyDatabase, path: str) -> None:
    client = toy.browser(toy.member("county", "990001"))
    places = toy.app.state.admission.total_tokens
    with served(toy.app) as port:
        slow = [begin_upload(port, path, "made-up") for _ in range(int(places) + 2)]
        time.sleep(0.2)
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", port), timeout=10) as other:
            cookie = client.cookies["gh_session"]
            other.sendall(
                f"GET /api/v1/events HTTP/1.1\r\nHost: testserver\r\nCookie: gh_session={cookie}\r\n\r\n".encode()
            )
            assert status_of(other) == 200
        assert time.monotonic() - began < 5
        for connection in slow:
            connection.close()


def test_who_falls_silent_is_given_up(toy: ToyDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "SILENCE_S", 0.3)
    with served(toy.app) as port, begin_upload(port, "/api/v1/imports", "made-up") as connection:
        assert status_of(connection) == 408


def test_who_sends_drop_by_drop_is_given_up(toy: ToyDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "GRACE_S", -1.0)
    with served(toy.app) as port, begin_upload(port, "/api/v1/imports", "made-up") as connection:
        assert status_of(connection) == 408


def test_a_made_up_cookie_does_not_fill_the_disk(toy: ToyDatabase) -> None:
    length = 50_000_000
    with served(toy.app) as port, begin_upload(port, "/api/v1/imports", "made-up", length=length) as connection:
        connection.sendall(b"x" * (2 * MOST_BYTES_UNKNOWN))
        # Answered although nearly all of it is still to come.
        assert status_of(connection) == 401


def test_a_made_up_token_sends_no_more_than_nobody(stranger: TestClient) -> None:
    answer = stranger.post(
        "/api/v1/affected-preview",
        content=b'{"geometry": "' + b"x" * (MOST_BYTES_UNKNOWN + 1) + b'"}',
        headers={"Authorization": "Bearer made-up", "Content-Type": "application/json"},
    )
    assert answer.status_code == 401 and answer.headers["connection"] == "close"


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", ""])
def test_what_is_held_in_memory_is_not_as_large_as_a_file(browser: OpenBrowser, members: MakeMember, kind: str) -> None:
    client = browser(members(role="county", area="152224"))
    stated = {"Content-Length": str(MOST_BYTES_IN_MEMORY + 1), "Content-Type": kind}
    answer = client.post("/api/v1/affected-preview", content=b"", headers=stated)
    assert answer.status_code == 413 and "32 MB" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "磁盘已满"), (errno.EROFS, "不能写入"), (errno.EIO, "系统管理员")]
)
def test_a_disk_that_takes_no_more_is_said(toy_worker: ToyDatabase, number: int, said: str) -> None:
    client = with_route(toy_worker.app, f"/api/test/disk{number}", OSError(number, "secret path"))
    answer = client.get(f"/api/test/disk{number}")
    assert answer.status_code == (500 if number == errno.EIO else 503)
    assert said in answer.json()["detail"] and "secret" not in answer.text
    assert str(client.base_url) == ADDRESS


def is_closed(client: socket.socket) -> bool:
    """Whether the server closes, after what it still had to say."""
    client.settimeout(10)
    while client.recv(4096):
        pass
    return True


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "], ids=["silent", "half a head"])
def test_who_never_ends_his_head_is_given_up(
    toy_worker: ToyDatabase, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.5)
    with served(toy_worker.app) as port, socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(begun)
        assert is_closed(client)


def test_a_second_head_that_drips_is_given_up_and_a_slow_answer_is_not(
    toy_worker: ToyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_S", 0.5)
    app = toy_worker.app
    if not any(getattr(route, "path", "") == "/api/test/slow" for route in app.routes):
        app.add_api_route("/api/test/slow", lambda: time.sleep(1.2))
    with served(app) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET /api/test/slow HTTP/1.1\r\nHost: x\r\n\r\n")
        assert status_of(client) == 200
        client.sendall(b"GET / HTTP/1.1\r\n")
        assert is_closed(client)


def test_two_lengths_that_contradict_each_other_smuggle_no_second_request(toy_worker: ToyDatabase) -> None:
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with served(toy_worker.app) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(head + smuggled)
        answered = b""
        while piece := client.recv(65_536):
            answered += piece
    assert answered.count(b"HTTP/1.1 ") == 1 and answered.startswith(b"HTTP/1.1 400")
