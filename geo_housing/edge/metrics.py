"""Figures for a monitoring system: how many requests, how long, how busy the database's pools are."""

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.responses import Response

from geo_housing.accounts.access import identify, is_loopback
from geo_housing.accounts.permissions import permissions_of
from geo_housing.db import Database
from geo_housing.errors import NotAllowed, NotSignedIn

router = APIRouter(tags=["service"])


class Metrics:
    """The figures of one application; a registry of its own, so that several can live in one process."""

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "geo_housing_requests", "Answered requests", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "geo_housing_request_seconds",
            "Time until the answer was sent",
            ("route",),
            buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100),
            registry=self.registry,
        )
        for name, engine in (("requests", database.engine), ("streams", database.stream_engine)):
            gauge = Gauge(f"geo_housing_pool_{name}_in_use", "Connections in use", registry=self.registry)
            gauge.set_function(lambda pool=engine.pool: float(pool.checkedout()))  # type: ignore[misc] # QueuePool has it

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; ``route`` is the route's template, so that the number of series stays small."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)


def signed_in_or_local(request: Request) -> None:
    """Dependency of what describes the service itself: a session, a token, or this very machine (D7)."""
    person = identify(request)
    if person is None and not is_loopback(request):
        raise NotSignedIn("请先登录，或在服务器本机上访问。")
    if person is not None and "desk.view" not in permissions_of(person.grant.role):
        raise NotAllowed("您当前的角色不能看服务的运行情况。")


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Prometheus figures; for those signed in and for this machine."""
    signed_in_or_local(request)
    found: Metrics = request.app.state.metrics
    return Response(found.text(), media_type=CONTENT_TYPE_LATEST)
