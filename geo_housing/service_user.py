"""The system user that cluster and service run as when they are started by root.

PostgreSQL refuses root, and a web service should not be root either. Commands given as root stay root (they
must read and write the files of whoever called them) and reach the cluster through its ident map; only the
service itself becomes ``geo-housing``, by ``continue_as_service_user``.
"""

import ctypes
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geo_housing.errors import NotReady
from geo_housing.own_code import PROJECT_FOLDER, environment, module_command
from geo_housing.settings import (
    SERVICE_USER,
    SYSTEM_HOME,
    Settings,
    given_values,
)

SBIN = "/usr/sbin:/sbin:/usr/bin:/bin"
# What may lie in a home that root made beforehand; anything else means that the folder has another purpose.
OUR_NAMES = frozenset(
    {"pgdata", "pgdata.new", "files", "reports", "log", "keys.json", "cluster.lock", "postgresql.local.conf", ".env"}
)
# linux/sched.h and linux/mount.h; Python has os.unshare only from 3.12 and no mount at all.
CLONE_NEWNS = 0x00020000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 4096, 16384, 1 << 18
MNT_DETACH = 2


@dataclass(frozen=True)
class Owner:
    """An operating system user."""

    name: str
    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether this process must change its user to act as the owner."""
        return self.uid != os.geteuid()

    @property
    def process_options(self) -> dict[str, Any]:
        """Keyword arguments that make ``subprocess`` run a program as this user."""
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "umask": 0o077}


def owner_of(settings: Settings) -> Owner:
    """Who owns the private cluster of this home: its data folder's owner, else the caller, for root the system user.

    Makes the system user when it is missing. NotReady when the cluster is somebody else's.
    """
    me = os.geteuid()
    try:
        uid = settings.pgdata.stat().st_uid
    except (FileNotFoundError, NotADirectoryError):
        uid = me
    except PermissionError:
        raise NotReady(foreign_home(settings.home)) from None
    if me == 0:
        return _system_user() if uid == 0 else _user(uid)
    if uid != me:
        raise NotReady(foreign_home(settings.home))
    return _user(uid)


def prepare_home(settings: Settings, owner: Owner) -> None:
    """Make the home, private to ``owner``; NotReady with the fix when the owner could not work in it."""
    home = settings.home
    try:
        if not home.is_dir():
            home.parent.mkdir(parents=True, exist_ok=True)
            home.mkdir(mode=0o700)
        if owner.is_other:
            _hand_over(home, owner)
        elif home.stat().st_uid == owner.uid and _is_ours(home):
            # Made beforehand with the usual rights: everybody could look into it.
            home.chmod(0o700)
    except (FileExistsError, NotADirectoryError):
        raise NotReady(f"数据目录 {home} 的路径上有一个不是目录，请用 GEO_HOUSING_HOME 另选一个。") from None
    except OSError as error:
        raise NotReady(
            f"无法建立数据目录 {home}（{error.strerror}），请检查权限，或用 GEO_HOUSING_HOME 另选一个。"
        ) from None
    if not _can_use(owner, home, write=True):
        raise NotReady(_unreachable(owner, home))


def give_to_service(settings: Settings, *paths: Path) -> None:
    """Let the service read and write what a command given as root has just made inside the home; else nothing."""
    if os.geteuid() != 0:
        return
    owner = owner_of(settings)
    for path in paths:
        if path.is_relative_to(settings.home):
            os.chown(path, owner.uid, owner.gid, follow_symlinks=False)


def continue_as_service_user(settings: Settings) -> str | None:  # noqa: RET503 -- execve does not return
    """As root: carry on with this same command as the system user (does not return). Else why it still is root, if it is.

    ``up`` calls it when the cluster runs and is migrated. The code may lie where the system user cannot go
    (a checkout in /root): the process then gets a mount namespace of its own in which just the code is
    visible at its place. Where that is forbidden, too (some containers), the answer says so, and the caller
    warns that the service runs as root.
    """
    if os.geteuid() != 0:
        return None
    owner = owner_of(settings)
    prepare_home(settings, owner)
    _hand_over_contents(settings, owner)
    code = [PROJECT_FOLDER, Path(sys.prefix), Path(sys.base_prefix)]
    if not _can_run(owner, code) and (hindrance := _show_only(code, owner)):
        return hindrance
    variables = given_values() | {
        "HOME": str(settings.home),
        "USER": owner.name,
        "LOGNAME": owner.name,
        "GEO_HOUSING_HOME": str(settings.home),
        "GEO_HOUSING_KEYS": str(settings.keys_file),
    }
    os.chdir(PROJECT_FOLDER)
    os.setgroups([owner.gid])
    os.setgid(owner.gid)
    os.setuid(owner.uid)
    os.umask(0o077)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, module_command("geo_housing", *sys.argv[1:]), environment(variables))  # noqa: S606


def _user(uid: int) -> Owner:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise NotReady(
            f"当前系统用户（编号 {uid}）没有用户名，数据库无法辨认它；请用有名字的用户运行，"
            "或用 GEO_HOUSING_DATABASE_URL 指定现有的服务器。"
        ) from None
    return Owner(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _system_user() -> Owner:
    try:
        return _user(pwd.getpwnam(SERVICE_USER).pw_uid)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path=SBIN)
    fix = f"请先运行：useradd --system --user-group --home-dir {SYSTEM_HOME} --shell /usr/sbin/nologin {SERVICE_USER}"
    if useradd is None:
        raise NotReady(f"以 root 运行时需要系统用户 {SERVICE_USER}，而本机没有 useradd 命令。{fix}")
    command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", str(SYSTEM_HOME)]
    done = subprocess.run(
        [*command, "--shell", "/usr/sbin/nologin", SERVICE_USER], capture_output=True, text=True, check=False
    )
    # 9: somebody else was quicker.
    if done.returncode not in (0, 9):
        raise NotReady(f"无法建立系统用户 {SERVICE_USER}：{done.stderr.strip()}。{fix}")
    return _user(pwd.getpwnam(SERVICE_USER).pw_uid)


def _is_ours(home: Path) -> bool:
    return {entry.name for entry in home.iterdir()} <= OUR_NAMES


def _hand_over(home: Path, owner: Owner) -> None:
    """Make a home that root has made the owner's; never a folder that serves something else."""
    if home.stat().st_uid == 0 and _is_ours(home):
        os.chown(home, owner.uid, owner.gid)
        home.chmod(0o700)


def _hand_over_contents(settings: Settings, owner: Owner) -> None:
    """Give the owner what commands given as root left in the home.

    By directory handles and without following links, because the folders are writable by the (less trusted) owner.
    """
    for _, folders, names, handle in os.fwalk(settings.home, follow_symlinks=False):
        folders[:] = [name for name in folders if name != settings.pgdata.name]
        for name in (*folders, *names):
            entry = os.stat(name, dir_fd=handle, follow_symlinks=False)
            if entry.st_uid == 0 and (entry.st_nlink == 1 or name in folders):
                os.chown(name, owner.uid, owner.gid, dir_fd=handle, follow_symlinks=False)


def _can_use(owner: Owner, folder: Path, *, write: bool) -> bool:
    """Whether ``owner`` can read (and write) in ``folder``, tried as that user: access lists count, too."""
    if not owner.is_other:
        return os.access(folder, os.R_OK | os.X_OK | (os.W_OK if write else 0))
    script = 'cd "$1" && test -r . && { test "$2" = read || test -w .; }'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", str(folder), "write" if write else "read"],
        capture_output=True,
        check=False,
        cwd="/",
        **owner.process_options,
    )
    return done.returncode == 0


def _can_run(owner: Owner, code: Sequence[Path]) -> bool:
    return all(_can_use(owner, folder, write=False) for folder in (*code, Path(__file__).parent))


def _barrier(owner: Owner, folder: Path) -> Path | None:
    """The highest folder on the way to ``folder`` that ``owner`` cannot enter."""
    for step in [*reversed(folder.parents), folder]:
        if step.exists() and not _can_use(owner, step, write=False):
            return step
    return None


def _show_only(code: Sequence[Path], owner: Owner) -> str | None:
    """Cover the folders that hide ``code`` from ``owner`` with empty ones that hold nothing but the code.

    Only this process and its children see that. What hinders, and nothing covered, when the kernel does not let us.
    """
    for folder in code:
        if folder.stat().st_mode & 0o005 != 0o005:
            return f"系统用户 {owner.name} 读不了程序目录 {folder}，请运行：chmod o+rx {folder}"
    barriers = list(dict.fromkeys(barrier for folder in code if (barrier := _barrier(owner, folder))))
    libc = ctypes.CDLL(None, use_errno=True)
    # Without the second step the covers would appear to every process of the machine.
    if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        return _walled_off(owner, barriers, os.strerror(ctypes.get_errno()))
    # Opened in the new namespace: a mount of the old one cannot be bound here.
    handles = {folder: os.open(folder, os.O_PATH | os.O_DIRECTORY) for folder in code}
    try:
        done = all(_cover(libc, barrier) for barrier in barriers) and all(
            _uncover(libc, folder, handle) for folder, handle in handles.items()
        )
    finally:
        for handle in handles.values():
            os.close(handle)
    refused = os.strerror(ctypes.get_errno())
    if done and _can_run(owner, code):
        return None
    for barrier in barriers:
        libc.umount2(os.fsencode(barrier), MNT_DETACH)
    if done:
        return f"系统用户 {owner.name} 读不了程序目录里的文件，请运行：chmod -R o+rX {code[0]}"
    return _walled_off(owner, barriers, refused)


def _walled_off(owner: Owner, barriers: Sequence[Path], refused: str) -> str:
    """The sentence for code behind folders that the owner cannot enter, where nothing can be put over them."""
    where = "、".join(str(barrier) for barrier in barriers)
    return (
        f"系统用户 {owner.name} 进不了程序所在的目录 {where}，系统又不允许为它单独开放程序目录（{refused}，容器里常见）。"
        "请把程序移到其他用户能进入的目录，例如 /opt"
    )


def _cover(libc: ctypes.CDLL, folder: Path) -> bool:
    options = b"mode=0755,size=1m"
    return not libc.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", MS_NOSUID | MS_NODEV, options)


def _uncover(libc: ctypes.CDLL, folder: Path, handle: int) -> bool:
    if folder.exists():
        return True
    folder.mkdir(parents=True)
    source = f"/proc/self/fd/{handle}".encode()
    return not libc.mount(source, os.fsencode(folder), None, MS_BIND | MS_REC, None)


def foreign_home(home: Path) -> str:
    """The sentence for a home that belongs to somebody else."""
    return f"数据目录 {home} 属于另一个系统用户；请用那个用户（或 root）运行，或用 GEO_HOUSING_HOME 另选一个数据目录。"


def _unreachable(owner: Owner, home: Path) -> str:
    barrier = _barrier(owner, home)
    if barrier in (None, home):
        return (
            f"系统用户 {owner.name} 不能写数据目录 {home}。请选一个专用的空目录，"
            f"或运行：chown {owner.name}: {home} && chmod 700 {home}"
        )
    return (
        f"系统用户 {owner.name} 进不了数据目录 {home}（被 {barrier} 的权限挡住）。以 root 运行时请用缺省的 "
        f"{SYSTEM_HOME}，或用 GEO_HOUSING_HOME 指定该用户能到达的目录。"
    )
