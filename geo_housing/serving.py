"""The running service: the web server in this process, the workers beside it, one stop for all of them."""

import os
import resource
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
import uvicorn

from geo_housing import local_cluster
from geo_housing.app import create_app
from geo_housing.db import Database
from geo_housing.edge.connection import Connection
from geo_housing.errors import NotReady
from geo_housing.garbage import keep_what_is_loaded
from geo_housing.own_code import environment, module_command
from geo_housing.settings import Settings

log = structlog.get_logger("geo_housing.serving")

# A page in flight may finish; a stream of a million houses is broken off, visibly for its client.
PATIENCE_S = 10
# Longer than a worker's own patience with its jobs, see worker.py.
WORKER_PATIENCE_S = 25
SLOWEST_RESTART_S = 30
CLUSTER_LOOK_S = 3


def serve(
    settings: Settings, database: Database, listening: socket.socket, *, workers: int, ready: Callable[[], None]
) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is called when the first request would be answered."""
    app = create_app(settings, database)
    _open_many_files()
    config = uvicorn.Config(
        app, http=Connection, log_config=None, access_log=False, ws="none", server_header=False, lifespan="on",
        timeout_graceful_shutdown=PATIENCE_S,
    )  # fmt: skip
    with _signals_only_stop(), _kept_cluster(settings), _Workers(settings, workers) as hands:

        def started() -> None:
            ready()
            # Only now: until then they would compete with the first page for the processor.
            hands.start()
            threading.Thread(target=warm_up, name="warm-up").start()

        _Server(config, started).run(sockets=[listening])


def _open_many_files() -> None:
    """As many connections as the system lets us have: by default it is a thousand."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def warm_up() -> None:
    """Load what the first map and the first file need, so that nobody waits for it; the service answers meanwhile."""
    import pyogrio  # noqa: F401

    from geo_housing.exports import vector, workbook  # noqa: F401
    from geo_housing.houses.intake import load  # noqa: F401
    from geo_housing.maps import folium_page  # noqa: F401

    keep_what_is_loaded()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so when it listens."""
        await super().startup(sockets)
        if self.started:
            self._ready()


@contextmanager
def _signals_only_stop() -> Iterator[None]:
    """The server raises a signal again after its clean stop: that must not end us before the workers have ended."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _kept_cluster(settings: Settings) -> Iterator[None]:
    """Start the private cluster again when it dies under the service (out of memory, killed by mistake).

    Whoever stopped it in order (``db stop``) wants it stopped: then its pid file is gone, and it is left alone.
    """
    stopping = threading.Event()
    watch = threading.Thread(target=_watch_cluster, args=(settings, stopping), name="cluster-watch")
    if settings.database_url is None:
        watch.start()
    try:
        yield
    finally:
        stopping.set()
        if watch.ident is not None:
            watch.join()


def _watch_cluster(settings: Settings, stopping: threading.Event) -> None:
    while not stopping.wait(CLUSTER_LOOK_S):
        if local_cluster.status(settings).state != "stopped" or not (settings.pgdata / "postmaster.pid").exists():
            continue
        log.error("cluster_died")
        try:
            local_cluster.ensure_running(settings)
        except NotReady as error:
            log.error("cluster_not_started", reason=error.sentence)


class _Workers:
    """Workers as child processes, each started again when it ends by itself."""

    def __init__(self, settings: Settings, count: int) -> None:
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=_keep_worker, args=(settings, self._stopping), name=f"worker-{number}")
            for number in range(count)
        ]

    def start(self) -> None:
        """Begin; once."""
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> "_Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()


def _keep_worker(settings: Settings, stopping: threading.Event) -> None:
    wait_s = 1.0
    while not stopping.is_set():
        began = time.monotonic()
        process = _start_worker(settings)
        while process.poll() is None and not stopping.wait(0.2):
            pass
        if stopping.is_set():
            _stop(process)
            return
        wait_s = 1.0 if time.monotonic() - began > 60 else min(wait_s * 2, SLOWEST_RESTART_S)
        log.error("worker_ended", status=process.returncode, restart_in_s=wait_s)
        stopping.wait(wait_s)


def _start_worker(settings: Settings) -> "subprocess.Popen[bytes]":
    # Its standard input is a pipe from us: when we die in whatever way, it reads the end and stops.
    return subprocess.Popen(
        module_command("geo_housing", "worker", "--until-eof"),
        stdin=subprocess.PIPE,
        cwd=os.getcwd(),
        env={**environment(), "GEO_HOUSING_HOME": str(settings.home), "GEO_HOUSING_KEYS": str(settings.keys_file)},
    )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(WORKER_PATIENCE_S)
    except subprocess.TimeoutExpired:
        # Its transaction is rolled back, its job is taken up by the next worker.
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()
