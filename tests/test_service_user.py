"""What root hands over, and how the service becomes the system user, wherever the code lies."""

import ctypes
import errno
import io
import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geo_housing import service_user
from geo_housing.cli.service import _leave_root
from geo_housing.files.storage import FileStore
from geo_housing.own_code import PROJECT_FOLDER
from geo_housing.service_user import (
    Owner,
    _show_only,
    continue_as_service_user,
    give_to_service,
    owner_of,
    prepare_home,
)
from geo_housing.settings import SERVICE_USER, Settings

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes its user")

# Stands in for the command line in a copy of the package: becomes the service's user and tells what it can see.
PROBE = """
import json, os, sys
from pathlib import Path
from geo_housing import own_code, settings
from geo_housing.service_user import continue_as_service_user

here = own_code.PROJECT_FOLDER
still_root = continue_as_service_user(settings.get_settings())
from geo_housing import words  # loaded by the new user: lazily imported code must be readable
try:
    secret = (here.parent / "secret").read_text()
except OSError:
    secret = None
print(json.dumps({"uid": os.getuid(), "groups": os.getgroups(), "still_root": still_root, "code": words.__file__,
                  "secret": secret, "arguments": sys.argv[1:], "home": str(settings.get_settings().home)}))
"""


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A copy of the package in a folder that only root can enter, as in /root."""
    closed = Path(tempfile.mkdtemp(prefix="gh-closed-", dir="/var/tmp"))
    closed.chmod(0o700)
    (closed / "secret").write_text("of root's")
    (closed / "secret").chmod(0o644)
    copy = closed / "checkout"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT_FOLDER / "geo_housing", copy / "geo_housing", ignore=ignored)
    (copy / "geo_housing" / "__main__.py").write_text(PROBE)
    yield copy
    shutil.rmtree(closed)


def probe(checkout: Path, home: Settings) -> dict[str, Any]:
    """The probe's answer."""
    done = subprocess.run(
        [sys.executable, "-m", "geo_housing", "up", "--port", "8123"],
        cwd=checkout,
        env={**os.environ, "GEO_HOUSING_HOME": str(home.home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


class TestContinueAsServiceUser:
    def test_code_in_a_folder_of_roots_is_seen_and_nothing_else_there(self, checkout: Path, home: Settings) -> None:
        answer = probe(checkout, home)
        if answer["still_root"]:
            # Only where the kernel allows no mount namespace: then root goes on, and up warns.
            tried = subprocess.run(["unshare", "--mount", "--propagation", "private", "true"], capture_output=True)
            assert tried.returncode != 0 and answer["secret"] == "of root's"
            assert f"进不了程序所在的目录 {checkout.parent}" in answer["still_root"]
            return
        user = pwd.getpwnam(SERVICE_USER)
        assert answer == {
            "uid": user.pw_uid,
            "groups": [user.pw_gid],
            "still_root": None,
            "code": str(checkout / "geo_housing" / "words.py"),
            "secret": None,
            "arguments": ["up", "--port", "8123"],
            "home": str(home.home),
        }

    def test_the_cover_is_seen_by_the_service_only(self, checkout: Path, home: Settings) -> None:
        before = Path("/proc/self/mounts").read_text()
        probe(checkout, home)
        assert Path("/proc/self/mounts").read_text() == before
        assert (checkout.parent / "secret").read_text() == "of root's"

    def test_code_that_is_closed_itself_leaves_root_running(self, checkout: Path, home: Settings) -> None:
        checkout.chmod(0o700)
        answer = probe(checkout, home)
        assert answer["secret"] == "of root's"
        assert (
            answer["still_root"] == f"系统用户 {SERVICE_USER} 读不了程序目录 {checkout}，请运行：chmod o+rx {checkout}"
        )

    def test_where_the_kernel_lets_nothing_be_covered_the_folder_in_the_way_is_named(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Forbidding:
            """A kernel as in a container without the right to mount."""

            def unshare(self, flags: int) -> int:
                ctypes.set_errno(errno.EPERM)
                return -1

        monkeypatch.setattr(ctypes, "CDLL", lambda *args, **more: Forbidding())
        user = pwd.getpwnam(SERVICE_USER)
        said = _show_only([checkout], Owner(SERVICE_USER, user.pw_uid, user.pw_gid))
        assert said is not None
        assert f"进不了程序所在的目录 {checkout.parent}，" in said and os.strerror(errno.EPERM) in said

    def test_up_and_worker_say_why_root_goes_on(
        self, home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(service_user, "continue_as_service_user", lambda settings: "系统用户读不了")
        monkeypatch.setenv("GEO_HOUSING_LANG", "zh")
        _leave_root(home)
        assert "以 root 继续运行。原因：系统用户读不了。" in capsys.readouterr().err

    def test_another_user_goes_on_unchanged(self, home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: pwd.getpwnam("nobody").pw_uid)
        assert continue_as_service_user(home) is None


class TestHandOver:
    def test_files_that_a_command_of_roots_made_become_readable_to_the_service(self, home: Settings) -> None:
        prepare_home(home, owner_of(home))
        home.files.mkdir()
        (home.files / "photo").touch(mode=0o600)
        give_to_service(home, home.files, home.files / "photo")
        owners = {path.stat().st_uid for path in (home.files, home.files / "photo")}
        assert owners == {pwd.getpwnam(SERVICE_USER).pw_uid}

    def test_what_a_command_of_roots_stores_the_service_can_read_and_write_beside(self, home: Settings) -> None:
        prepare_home(home, owner_of(home))
        store = FileStore(home.files)
        store.write(io.BytesIO(b"ledger"))
        # A file into a folder that is there, and one that is there already.
        store.write(io.BytesIO(b"ledger"))
        owners = {path: path.stat().st_uid for path in (home.files, *home.files.rglob("*"))}
        assert len(owners) == 4 and set(owners.values()) == {pwd.getpwnam(SERVICE_USER).pw_uid}, owners

    def test_files_outside_the_home_stay_roots(self, home: Settings, tmp_path: Path) -> None:
        prepare_home(home, owner_of(home))
        outside = tmp_path / "export.geojson"
        outside.touch()
        give_to_service(home, outside)
        assert outside.stat().st_uid == 0

    def test_starting_the_service_hands_over_what_was_forgotten(self, checkout: Path, home: Settings) -> None:
        prepare_home(home, owner_of(home))
        (home.files / "ab").mkdir(parents=True)
        (home.files / "ab" / "photo").touch(mode=0o600)
        probe(checkout, home)
        assert (home.files / "ab" / "photo").stat().st_uid == pwd.getpwnam(SERVICE_USER).pw_uid

    def test_links_out_of_the_home_are_not_followed(self, checkout: Path, home: Settings, tmp_path: Path) -> None:
        prepare_home(home, owner_of(home))
        target = tmp_path / "roots"
        target.touch()
        (home.home / "link").symlink_to(target)
        (home.home / "folder").symlink_to(tmp_path)
        probe(checkout, home)
        assert target.stat().st_uid == 0
