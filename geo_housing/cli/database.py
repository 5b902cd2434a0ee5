"""``geo-housing db`` and ``geo-housing keys``: the database itself, its backups, the keys of personal data."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_housing.cli.say import line, result, t, told

if TYPE_CHECKING:
    from geo_housing.backup.server import Server
    from geo_housing.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help=t(
        "数据库：启动、停止、状态、更新结构、备份、恢复。", "Database: start, stop, status, migrate, backup, restore."
    ),
)
keys_app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help=t("个人信息的加密密钥。", "Keys of the encrypted personal data."),
)

Json = Annotated[bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))]
AdminUrl = Annotated[
    str | None,
    typer.Option(
        "--admin-url",
        envvar="GEO_HOUSING_ADMIN_URL",
        help=t("自备服务器时管理员的数据库地址", "Administrator's URL of a server of your own"),
        show_envvar=True,
    ),
]
KEYS_ARE_APART = (
    "密钥文件 {keys} 不在备份里：请另行、分开保管；没有它，恢复后身份证号、电话和上传原件无法读取。",
    "The keys ({keys}) are not in it: keep them elsewhere. Without them ID numbers and phones cannot be read.",
)


@app.command(epilog=t("例：geo-housing db start", "Example: geo-housing db start"))
def start(as_json: Json = False) -> None:
    """Start (and make, the first time) the private cluster."""
    from geo_housing import local_cluster

    address = local_cluster.ensure_running(_own_cluster())
    values = {"state": "running", "pgdata": str(address.pgdata), "socket": str(address.socket_dir)}
    result(values, as_json=as_json, rows=[(t("数据库已启动", "running"), address.pgdata)])


@app.command(epilog=t("例：geo-housing db stop", "Example: geo-housing db stop"))
def stop(as_json: Json = False) -> None:
    """Stop the private cluster; whatever is connected ends."""
    from geo_housing import local_cluster

    stopped = local_cluster.stop(_own_cluster())
    happened = t("已停止", "stopped") if stopped else t("本来就没有运行", "was not running")
    result({"stopped": stopped}, as_json=as_json, rows=[(t("数据库", "cluster"), happened)])


@app.command(epilog=t("例：geo-housing db status --json", "Example: geo-housing db status --json"))
def status(as_json: Json = False) -> None:
    """Say what the private cluster does right now; changes nothing."""
    from geo_housing import local_cluster

    found = local_cluster.status(_own_cluster())
    labels = {
        "none": t("还没有建立", "not made yet"),
        "stopped": t("已停止", "stopped"),
        "starting": t("正在启动", "starting"),
        "running": t("运行中", "running"),
    }
    values = {"state": found.state, "pgdata": str(found.pgdata), "major": found.major, "pid": found.pid}
    rows = [(t("状态", "state"), labels[found.state]), (t("目录", "folder"), found.pgdata)]
    result(values, as_json=as_json, rows=[*rows, *([("PostgreSQL", found.major)] if found.major else [])])


@app.command(epilog=t("例：geo-housing db migrate", "Example: geo-housing db migrate"))
def migrate(admin_url: AdminUrl = None, as_json: Json = False) -> None:
    """Bring roles and tables to this program's version.

    On a server of your own it needs an administrator's URL, lets the login of GEO_HOUSING_DATABASE_URL use them, and
    gives gh_service the password of that URL as long as it has none.
    """
    from geo_housing.migrations import runner

    settings = _settings()
    address = _admin_url(settings, admin_url)
    done = runner.migrate(address)
    if settings.database_url:
        _let_in(address, settings.database_url)
    result(
        {"before": done.before, "after": done.after},
        as_json=as_json,
        rows=[(t("数据库结构", "revision"), f"{done.before or '—'} → {done.after}")],
    )


@app.command(epilog=t('例：psql "$(geo-housing db url)"', 'Example: psql "$(geo-housing db url)"'))
def url(as_json: Json = False) -> None:
    """Print the address for programs of PostgreSQL, GDAL and QGIS on this machine."""
    from geo_housing import local_cluster
    from geo_housing.db import libpq_url

    settings = _settings()
    address = settings.database_url or local_cluster.ensure_running(settings).url(local_cluster.SUPERUSER)
    plain = libpq_url(address)
    if as_json:
        result({"url": plain}, as_json=True)
    else:
        print(plain)


@app.command(
    epilog=t(
        "例：geo-housing db backup /backup/2026-11-24.tar", "Example: geo-housing db backup /backup/2026-11-24.tar"
    )
)
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("备份文件（.tar）", "Archive to write"))],
    admin_url: AdminUrl = None,
    as_json: Json = False,
) -> None:
    """Write database, stored files and a manifest of hashes into one archive, while the service goes on working."""
    from geo_housing.backup.service import make_backup
    from geo_housing.cli.run import work
    from geo_housing.journal.service import Subject, record

    with work() as w:
        with _progress(t("备份", "backup")) as tell:
            made = make_backup(_server(w.settings, admin_url), w.settings.files, file.resolve(), tell=tell)
        counts = {"rows": made.rows, "files": made.files, "bytes": made.bytes}
        record(w.session, w.actor, "db.backup", Subject("backup", file.name, w.actor.scope.lo), counts=counts)
        keys = w.settings.keys_file
    line(*(part.format(keys=keys) for part in KEYS_ARE_APART))
    result(
        {"file": str(file), **counts, "tables": len(made.manifest.tables), "keys_included": False},
        as_json=as_json,
        rows=[(t("备份", "backup"), file), (t("行", "rows"), f"{made.rows:,}"), (t("文件", "files"), made.files)],
    )


@app.command(
    epilog=t(
        "例：geo-housing db restore /backup/2026-11-24.tar --replace",
        "Example: geo-housing db restore /backup/2026-11-24.tar --replace",
    )
)
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("备份文件", "Archive made by db backup"))],
    replace: Annotated[
        bool, typer.Option("--replace", help=t("替换现有的全部数据", "Replace all data that are there"))
    ] = False,
    admin_url: AdminUrl = None,
    as_json: Json = False,
) -> None:
    """Bring a backup back. Everything is verified first; a database with data is only replaced with --replace."""
    from geo_housing.backup.service import restore_backup
    from geo_housing.cli.run import work
    from geo_housing.journal.service import Subject, record
    from geo_housing.service_user import give_to_service

    settings = _settings()
    server = _server(settings, admin_url)
    settings.files.mkdir(parents=True, exist_ok=True)
    with _progress(t("恢复", "restore")) as tell:
        done = restore_backup(server, settings.files, file.resolve(), replace=replace, tell=tell)
    if settings.database_url:
        _let_in(server.url, settings.database_url)
    else:
        give_to_service(settings, settings.files, *settings.files.rglob("*"))
    counts = {"rows": done.rows, "files": done.files, "bytes": done.bytes}
    with work() as w:
        made_at = f"{t('备份时间', 'made at')} {done.manifest.created_at}"
        subject = Subject("backup", file.name, w.actor.scope.lo)
        record(w.session, w.actor, "db.restore", subject, counts=counts, note=made_at)
    line(*(part.format(keys=settings.keys_file) for part in KEYS_ARE_APART))
    result(
        {"file": str(file), **counts, "tables": len(done.manifest.tables), "created_at": done.manifest.created_at},
        as_json=as_json,
        rows=[
            (t("已恢复", "restored"), done.manifest.created_at),
            (t("行", "rows"), f"{done.rows:,}"),
            (t("文件", "files"), done.files),
        ],
    )


@keys_app.callback()
def keys() -> None:
    """Keep ``rotate`` a sub-command."""


@keys_app.command(epilog=t("例：geo-housing keys rotate", "Example: geo-housing keys rotate"))
def rotate(as_json: Json = False) -> None:
    """Encrypt all personal data under a new key; interrupted, the same command goes on where it stopped."""
    from geo_housing.cli.run import open_work
    from geo_housing.rekeying import ready_keys, rotate_keys
    from geo_housing.service_user import give_to_service

    with open_work() as w:
        ready_keys(w.database, w.settings)
        with _progress(t("重新加密", "encrypting")) as tell:
            done = rotate_keys(w.database, w.settings, w.actor, tell=lambda n, of: tell(n, of or n))
        give_to_service(w.settings, w.settings.keys_file, *([done.old_keys] if done.old_keys else []))
    if done.old_keys:
        line(
            f"旧密钥另存为 {done.old_keys}：今天以前的备份还需要它。请与备份分开保管；旧备份作废后删除它。",
            f"The old keys are in {done.old_keys}: backups made before need them. Keep it apart from the backups.",
        )
    result(
        {"key": done.current, "households": done.households, "imports": done.imports, "roster": done.roster, "files": done.files,
         "retired": list(done.retired),
         "old_keys": done.old_keys and str(done.old_keys)},
        as_json=as_json,
        rows=[(t("当前密钥（号）", "current key"), done.current), (t("农户", "households"), f"{done.households:,}"),
              (t("导入前的内容（户）", "households as before an import"), f"{done.imports:,}"),
              (t("通讯录、安置点、技术人员", "contacts, shelters, technicians"), f"{done.roster:,}"), (t("文件", "files"), done.files)],
    )  # fmt: skip


def _settings() -> "Settings":
    from geo_housing.settings import get_settings

    return get_settings()


def _own_cluster() -> "Settings":
    from geo_housing.errors import BadInput

    settings = _settings()
    if settings.database_url:
        raise BadInput("设置了 GEO_HOUSING_DATABASE_URL：使用的是外部服务器，它的启动和停止不归本程序管。")
    return settings


def _admin_url(settings: "Settings", admin_url: str | None) -> str:
    """The administrator's address: of a server of one's own the given one, else the service's."""
    from geo_housing import local_cluster
    from geo_housing.settings import read_settings

    if not settings.database_url:
        return local_cluster.ensure_running(settings).url(local_cluster.SUPERUSER)
    given = {"GEO_HOUSING_HOME": str(settings.home), "GEO_HOUSING_DATABASE_URL": admin_url or settings.database_url}
    return read_settings(given).database_url or settings.database_url


def _server(settings: "Settings", admin_url: str | None) -> "Server":
    """The same with the programs that back up and restore."""
    from geo_housing import local_cluster
    from geo_housing.backup.server import Server
    from geo_housing.pg_binaries import find_clients

    if settings.database_url:
        return Server(_admin_url(settings, admin_url), find_clients())
    return Server(_admin_url(settings, None), local_cluster.ensure_running(settings).binaries())


def _let_in(admin_url: str, service_url: str) -> None:
    """Let the service in, and say so when it still cannot come in: a password of its own stays what it is."""
    from sqlalchemy import create_engine

    from geo_housing.migrations.service_login import cannot_connect, fault_of_login, let_in

    engine = create_engine(admin_url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with engine.connect() as connection:
            let_in(connection, service_url)
    finally:
        engine.dispose()
    if fault := fault_of_login(service_url):
        sentence = cannot_connect(service_url, fault)
        line(f"注意：{sentence}", f"Warning: {told(sentence)}")


class _progress:  # noqa: N801 -- reads as a statement
    """A bar on a terminal, nothing elsewhere."""

    def __init__(self, label: str) -> None:
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        self._progress = Progress(console=console, transient=True, disable=not console.is_terminal)
        self._task = self._progress.add_task(label, total=None)

    def __enter__(self) -> Callable[[int, int], None]:
        self._progress.start()
        return lambda done, total: self._progress.update(self._task, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
