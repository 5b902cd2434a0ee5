"""Opens the configured database, and no more than that: what ``up`` needs while it still is root."""

import time

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from geo_housing import local_cluster
from geo_housing.cli import say
from geo_housing.db import SERVICE_LOGIN, Database
from geo_housing.errors import NotReady
from geo_housing.migrations.revisions import current_revision, head_revision, refuse_newer
from geo_housing.migrations.service_login import cannot_connect, fault_of_login
from geo_housing.settings import Settings

_MOST_TRIES, _PAUSE_S = 20, 0.25


def open_database(settings: Settings) -> Database:
    """The configured server, which must be migrated, or the private cluster, started and migrated if need be."""
    if settings.database_url:
        return _open_server(settings.database_url)
    address = local_cluster.ensure_running(settings)
    admin_url = address.url(local_cluster.SUPERUSER)
    revision = _revision_of(admin_url)
    refuse_newer(revision)
    if revision != head_revision():
        # Alembic is needed once; every command comes this way.
        from geo_housing.migrations.runner import migrate

        say.line("正在更新数据库结构……", "Migrating the database …")
        migrate(admin_url)
    return Database(address.url(SERVICE_LOGIN))


def _revision_of(admin_url: str) -> str | None:
    """While a backup is put back there is no database of the name for a moment: nobody dies of that, a worker least of all."""
    for _ in range(_MOST_TRIES):
        try:
            return current_revision(admin_url)
        except OperationalError as error:
            refused = error
            time.sleep(_PAUSE_S)
    raise NotReady(f"数据库连不上，可能正在恢复备份，请稍后再试：{str(refused.orig).strip()}") from refused


def _open_server(url: str) -> Database:
    if fault := fault_of_login(url):
        raise NotReady(cannot_connect(url, fault))
    database = Database(url)
    try:
        # Through the door: the login by itself may not read even this.
        with database.blind_transaction() as session:
            revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError:
        # Neither role nor table of ours: never migrated.
        revision = None
    try:
        refuse_newer(revision)
    except NotReady:
        database.close()
        raise
    if revision != head_revision():
        database.close()
        raise NotReady(
            "数据库结构不是当前版本，请先运行：geo-housing db migrate（要用管理员的数据库地址 --admin-url）。"
        )
    return database
