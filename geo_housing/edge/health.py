"""Whether the process lives (/healthz) and whether it may be sent people (/readyz)."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache

from fastapi import APIRouter, Request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse

from geo_housing.accounts.access import database
from geo_housing.db import Database
from geo_housing.errors import GeoHousingError, NotReady
from geo_housing.migrations.revisions import head_revision, refuse_newer

router = APIRouter(tags=["service"])


@dataclass(frozen=True)
class Check:
    """One condition of being ready."""

    name: str
    ok: bool
    detail: str


@router.get("/healthz")
def healthz() -> dict[str, bool]:
    """The process answers."""
    return {"ok": True}


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """The database is reached, as the role that the policies hold, at the revision that this code knows."""
    checks = readiness(database(request))
    ok = all(check.ok for check in checks)
    return JSONResponse({"ok": ok, "checks": [asdict(check) for check in checks]}, 200 if ok else 503)


def readiness(database: Database) -> list[Check]:
    """All conditions, each answered even when one before it failed."""
    return [
        _check("identity", database.check_identity),
        _check("migrations", lambda: _check_revision(database)),
        _check("postgis", lambda: _check_postgis(database)),
    ]


def _check(name: str, condition: Callable[[], None]) -> Check:
    try:
        condition()
    except GeoHousingError as error:
        return Check(name, False, error.sentence)
    except SQLAlchemyError as error:
        # The driver's text names hosts and roles; its kind is enough for the outside.
        return Check(name, False, f"数据库不可用（{type(error).__name__}）")
    return Check(name, True, "")


def _check_revision(database: Database) -> None:
    with database.blind_transaction() as session:
        found = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    refuse_newer(found)
    if found != _head():
        raise NotReady("数据库结构不是当前版本，请先运行：geo-housing db migrate")


def _check_postgis(database: Database) -> None:
    with database.blind_transaction() as session:
        session.execute(text("SELECT postgis_lib_version()"))


@cache
def _head() -> str:
    return head_revision()
