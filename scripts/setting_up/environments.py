"""The Python environments: the service's, and that of the benchmark's peers. Locked by version and hash, made by uv."""

from __future__ import annotations

import glob
import os

from setting_up.machine import OLDEST_PYTHON, python, uv
from setting_up.programs import PROJECT, TOOLS, output, run, succeeds
from setting_up.stamps import STAMPS, clear_stamps, digest, stamp, stamped
from setting_up.terminal import say

VENV = PROJECT / ".venv"
# What packages bring along and no start of ours loads.
UNUSED = r"/(tests?|testing|mypy|mypyc|hatchling|pip|lib2to3)/"


def install_python_packages(for_tests: bool) -> None:
    """The service's environment as the lock says; nothing where it is so already."""
    # The tests' packages contain the service's: after `make test`, `make run` must not take them away.
    for_tests = for_tests or (STAMPS / "python-requirements-dev.txt").exists()
    lock = PROJECT / ("requirements-dev.txt" if for_tests else "requirements.txt")
    key = digest(lock, PROJECT / "pyproject.toml", text=str(PROJECT))
    if stamped(f"python-{lock.name}", key) and succeeds(compile_own()):
        return
    interpreter = python()
    assert interpreter is not None, "missing_packages has seen to it"
    tool = install_uv(interpreter)
    environment = uv_environment(interpreter)
    if not succeeds([str(VENV / "bin" / "python"), "-c", f"import sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"]):
        say(f"建立 Python 环境 .venv（{interpreter}）……", f"making the Python environment .venv ({interpreter}) …")
        run([tool, "venv", "-q", "--clear", "--python", interpreter, str(VENV)], env=environment)
    say(f"安装 {lock.name} 中锁定的 Python 包……", f"installing the Python packages locked in {lock.name} …")
    clear_stamps("python-")
    target = ["-q", "--python", str(VENV / "bin" / "python")]
    run([tool, "pip", "sync", *target, "--require-hashes", str(lock)], env=environment)
    run([tool, "pip", "install", *target, "--no-deps", "--no-build-isolation", "--offline", "-e", "."], env=environment)
    say("编译 Python 包，使启动更快……", "compiling the Python packages, so that starts are quick …")
    # Not run(): a template among the packages that is no Python is no reason to stop.
    succeeds([str(VENV / "bin" / "python"), "-m", "compileall", "-q", "-j", "0", "-x", UNUSED, *site_packages()])
    succeeds(compile_own())
    stamp(f"python-{lock.name}", key)


def install_peers() -> None:
    """What the benchmark compares with must not share our packages: newer ones there would change ours."""
    lock, peers = PROJECT / "bench" / "requirements-peers.txt", PROJECT / "bench" / ".peers"
    key = digest(lock, text=str(PROJECT))
    if stamped("peers", key) and (peers / "bin" / "python").exists():
        return
    interpreter = python()
    assert interpreter is not None, "missing_packages has seen to it"
    tool, environment = install_uv(interpreter), uv_environment(interpreter)
    say("安装性能对比用的软件（bench/.peers）……", "installing the peers of the benchmark (bench/.peers) …")
    run([tool, "venv", "-q", "--clear", "--python", interpreter, str(peers)], env=environment)
    run(
        [tool, "pip", "sync", "-q", "--python", str(peers / "bin" / "python"), "--require-hashes", str(lock)],
        env=environment,
    )
    stamp("peers", key)


def install_uv(interpreter: str) -> str:
    """The path of uv, which is put into .tools where the machine has none."""
    if found := uv():
        return found
    say("安装 uv（装在 .tools 里）……", "installing uv (into .tools) …")
    run([interpreter, "-m", "venv", str(TOOLS / "uv")])
    pip = [str(TOOLS / "uv" / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "install", "-q", "--require-hashes", "-r", str(PROJECT / "scripts" / "requirements-uv.txt")])
    return str(TOOLS / "uv" / "bin" / "uv")


def uv_environment(interpreter: str) -> dict[str, str]:
    """What uv is told: it reads neither pip's configuration nor the machine's certificates, where many bureaus have set a mirror."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}
    environment.pop("VIRTUAL_ENV", None)
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    own_pip = str(TOOLS / "uv" / "bin" / "python")
    asked = own_pip if os.path.exists(own_pip) else interpreter
    if not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & environment.keys() and (
        mirror := os.environ.get("PIP_INDEX_URL") or pip_setting(asked, "index-url")
    ):
        environment["UV_DEFAULT_INDEX"] = mirror
    if "SSL_CERT_FILE" not in environment and (
        certificates := os.environ.get("PIP_CERT") or pip_setting(asked, "cert")
    ):
        environment["SSL_CERT_FILE"] = certificates
    return environment


def pip_setting(interpreter: str, name: str) -> str:
    """What this machine's pip is told, empty where it is not."""
    return output([interpreter, "-m", "pip", "config", "get", f"global.{name}"]).strip()


def compile_own() -> list[str]:
    """The command that compiles what has changed of our own code (0.1 s), which also shows that the environment works.

    Nobody else would do it: the system user of the service cannot write here, and would compile at each start.
    """
    program = (
        "import compileall, geo_housing, sys; sys.exit(not compileall.compile_dir(geo_housing.__path__[0], quiet=2))"
    )
    return [str(VENV / "bin" / "python"), "-c", program]


def site_packages() -> list[str]:
    """Where the service's packages lie."""
    return glob.glob(str(VENV / "lib" / "python3*" / "site-packages"))
