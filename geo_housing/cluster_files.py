"""The files of the private cluster: data folder, configuration, who may log in, the socket's folder."""

import hashlib
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

from geo_housing.disk import refusal_of_disk
from geo_housing.errors import NotReady
from geo_housing.pg_binaries import Binaries
from geo_housing.service_user import Owner, foreign_home
from geo_housing.settings import Settings

SUPERUSER = "gh_super"
# The bootstrap superuser makes extensions, migrates and backs up; the service logs in as gh_service.
LOGINS = (SUPERUSER, "gh_service")
DATABASE = "geo_housing"
PORT = 5432
# sun_path of a Unix socket holds 108 bytes with the closing zero.
SOCKET_PATH_BYTES = 107
MAP = "geo_housing"
MIB = 1 << 20


def major_of(pgdata: Path) -> int | None:
    """Major version that made the data folder, None when there is none yet."""
    try:
        text = (pgdata / "PG_VERSION").read_text(errors="replace").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise NotReady(foreign_home(pgdata.parent)) from None
    if not text.isdigit():
        raise NotReady(f"数据目录 {pgdata} 的 PG_VERSION 不是版本号，目录可能已损坏；请用备份恢复到新的数据目录。")
    return int(text)


def make(settings: Settings, owner: Owner, binaries: Binaries) -> None:
    """Make the data folder with its empty database, unless it is there. A half-made one is never left in its place."""
    pgdata = settings.pgdata
    if major_of(pgdata) is not None:
        return
    if pgdata.is_dir() and any(pgdata.iterdir()):
        raise NotReady(f"{pgdata} 里有文件，却不是数据库目录；请移开它，再运行一次。")
    raw = pgdata.with_name("pgdata.new")
    if raw.exists():
        shutil.rmtree(raw)
    try:
        run(owner, [binaries.program("initdb"), "-D", str(raw), "-U", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8",
                    "--auth-local=peer", "--auth-host=reject", "--no-instructions"])  # fmt: skip
        # Single-user mode: the database exists before anybody can connect.
        run(owner, [binaries.program("postgres"), "--single", "-c", "exit_on_error=on", "-D", str(raw), "postgres"],
            text=f"CREATE DATABASE {DATABASE};\n")  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise NotReady(f"无法建立数据库目录：{error.stderr.strip() or error.stdout.strip()}") from None
    if pgdata.is_dir():
        pgdata.rmdir()
    raw.rename(pgdata)


def configure(settings: Settings, owner: Owner) -> None:
    """Write our configuration anew before each start, so that it follows the program; local.conf is the county's."""
    folder = socket_folder(settings, owner)
    _private_folder(folder, owner)
    pgdata = settings.pgdata
    if not settings.logs.is_dir():
        run(owner, ["mkdir", "-p", "-m", "700", str(settings.logs)])
    _write(pgdata / "geo_housing.conf", _configuration(settings, folder, _memory_bytes()), owner)
    _write(pgdata / "pg_hba.conf", f"# Only this machine's users, by name.\nlocal all all peer map={MAP}\n", owner)
    _write(pgdata / "pg_ident.conf", ident_map(owner), owner)
    main = (pgdata / "postgresql.conf").read_text()
    include = "include 'geo_housing.conf'"
    if not re.search(rf"^{include}$", main, re.MULTILINE):
        _write(pgdata / "postgresql.conf", f"{main}\n{include}\n", owner)


def socket_folder(settings: Settings, owner: Owner) -> Path:
    """A short folder of the owner's, the same for each path of one home."""
    digest = hashlib.sha256(os.fsencode(settings.home.resolve())).hexdigest()[:12]
    folder = Path("/tmp") / f"gh-{owner.uid}-{digest}"  # noqa: S108 -- made 0700 and checked below
    assert len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES, "a socket path must fit sun_path"
    return folder


def run(owner: Owner, command: Sequence[str], *, text: str | None = None) -> str:
    """Run a program as ``owner`` in a bare environment (PG… variables of the caller must not reach it)."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        command,
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"},
        **owner.process_options,
    )
    return done.stdout


def _write(path: Path, text: str, owner: Owner) -> None:
    """Write as the owner: root must not follow links that a folder of the owner's may hold."""
    script = 'umask 077; cat > "$1.new" && mv "$1.new" "$1"'
    try:
        run(owner, ["/bin/sh", "-c", script, "sh", str(path)], text=text)
    except subprocess.CalledProcessError as error:
        refusal = refusal_of_disk(error, path.parent)
        raise refusal or NotReady(f"不能写入 {path}（{error.stderr.strip()}），请检查磁盘和权限。") from None


def _private_folder(folder: Path, owner: Owner) -> None:
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    entry = folder.lstat()
    if not stat.S_ISDIR(entry.st_mode) or entry.st_uid not in (owner.uid, os.geteuid()):
        raise NotReady(f"{folder} 已被另一个用户占用，无法放置数据库的连接文件；请管理员删除它。")
    os.chown(folder, owner.uid, owner.gid, follow_symlinks=False)
    folder.chmod(0o700)


def ident_map(owner: Owner) -> str:
    """Who may log in as what: the owner of the cluster and root, as each of our logins."""
    users = dict.fromkeys((owner.name, "root"))
    lines = [f'{MAP} "{user}" {login}' for user in users for login in LOGINS]
    return "\n".join(["# Written at each start. root could become the owner anyway.", *lines, ""])


def _memory_bytes() -> int:
    """Memory of the machine, or of the container when that is less."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return whole
    return min(whole, int(limit)) if limit.isdigit() else whole


def _between(low: int, value: int, high: int) -> str:
    return f"{max(low, min(value, high))}MB"


def _configuration(settings: Settings, folder: Path, memory_bytes: int) -> str:
    """For a small server that other programs share: a 4 GB machine gives 512 MB, a 16 GB machine 2 GB."""
    memory = memory_bytes // MIB
    values = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": str(folder),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": _between(128, memory // 8, 2048),
        "effective_cache_size": _between(256, memory // 2, 1 << 20),
        "work_mem": _between(8, memory // 256, 64),
        "maintenance_work_mem": _between(64, memory // 32, 512),
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        # Temporary tables of an import: a portion of a ledger stays in memory.
        "temp_buffers": _between(8, memory // 256, 64),
        "synchronous_commit": "on",
        # Disks are solid state now; the default of 4 makes the planner shy of our indexes.
        "random_page_cost": "1.1",
        # Compiling costs more than it gives on sets of our size (some 0.2 s a query).
        "jit": "off",
        "timezone": "Asia/Shanghai",
        "log_timezone": "Asia/Shanghai",
        "lc_messages": "C",
        "logging_collector": "on",
        "log_directory": str(settings.logs),
        "log_filename": "postgresql-%a.log",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",
        # No personal data in the log: neither parameters nor statements nor the DETAIL and CONTEXT of errors.
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_statement": "none",
        "log_min_duration_statement": "-1",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    local = settings.home / "postgresql.local.conf"
    if not _is_copied_by_log(local, settings.pgdata / "postgresql.auto.conf"):
        # Nobody copies this cluster by its log (backups are dumps), so what a transaction writes into new files goes there once.
        values |= {"wal_level": "minimal", "max_wal_senders": "0"}
    lines = [f"{name} = '{_quoted(value)}'" for name, value in values.items()]
    return "\n".join(
        [
            "# Written at each start; put changes into postgresql.local.conf in the home, it is read last.",
            *lines,
            f"include_if_exists '{_quoted(str(local))}'",
            "",
        ]
    )


def _is_copied_by_log(*files: Path) -> bool:
    """Whether the county archives the write-ahead log or sends it to a second server: PostgreSQL would not start without its details."""
    named = re.compile(
        r"^\s*(archive_|wal_level|max_wal_senders|max_replication_slots|include)", re.MULTILINE | re.IGNORECASE
    )
    return any(named.search(file.read_text(errors="replace")) for file in files if file.is_file())


def _quoted(value: str) -> str:
    return value.replace("'", "''")
