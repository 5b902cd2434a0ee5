"""Finding PostgreSQL: the newest with PostGIS, or exactly the version that an existing data folder needs."""

from pathlib import Path

import pytest

from geo_housing.errors import NotReady
from geo_housing.pg_binaries import CLIENTS, NEEDED, find_binaries, find_clients


def install(
    root: Path,
    major: int,
    *,
    postgis: bool,
    place: str = "usr/lib/postgresql/{}/bin",
    programs: tuple[str, ...] = NEEDED,
) -> None:
    """Programs that answer like PostgreSQL ``major``, in a tree that looks like a distribution's."""
    folder = root / place.format(major)
    folder.mkdir(parents=True)
    answers = dict.fromkeys(programs, f"postgres (PostgreSQL) {major}.4 (Debian)") | {
        "pg_config": f"{root}/share/{major}"
    }
    for name, answer in answers.items():
        (folder / name).write_text(f"#!/bin/sh\necho '{answer}'\n")
        (folder / name).chmod(0o755)
    if postgis:
        extension = root / "share" / str(major) / "extension"
        extension.mkdir(parents=True)
        (extension / "postgis.control").touch()


class TestFindBinaries:
    def test_newest_with_postgis_is_taken(self, tmp_path: Path) -> None:
        install(tmp_path, 15, postgis=True)
        install(tmp_path, 16, postgis=True)
        install(tmp_path, 17, postgis=False)
        assert find_binaries(root=tmp_path).version == "16.4"

    def test_places_of_other_distributions_count(self, tmp_path: Path) -> None:
        install(tmp_path, 16, postgis=True, place="usr/pgsql-{}/bin")
        assert find_binaries(root=tmp_path).folder == tmp_path / "usr/pgsql-16/bin"

    def test_an_existing_data_folder_gets_its_own_version(self, tmp_path: Path) -> None:
        install(tmp_path, 15, postgis=True)
        install(tmp_path, 16, postgis=True)
        assert find_binaries(15, root=tmp_path).major == 15

    def test_without_postgis_it_says_what_is_there_and_what_to_install(self, tmp_path: Path) -> None:
        install(tmp_path, 15, postgis=False)
        with pytest.raises(NotReady, match=r"15\.4（没有 PostGIS）.*apt install postgresql"):
            find_binaries(root=tmp_path)

    def test_too_old_a_server_is_not_taken(self, tmp_path: Path) -> None:
        install(tmp_path, 13, postgis=True)
        with pytest.raises(NotReady, match="PostgreSQL 14 以上"):
            find_binaries(root=tmp_path)

    def test_nothing_installed_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(NotReady, match="没有 PostgreSQL"):
            find_binaries(root=tmp_path)

    def test_another_version_than_the_data_folders_is_explained(self, tmp_path: Path) -> None:
        install(tmp_path, 16, postgis=True)
        with pytest.raises(NotReady, match=r"PostgreSQL 15 建立的，本机现有 PostgreSQL 16\.4.*db restore"):
            find_binaries(15, root=tmp_path)

    def test_this_machine_has_what_the_tests_need(self) -> None:
        assert find_binaries().major >= 14


class TestFindClients:
    def test_a_container_without_a_server_has_what_backups_need(self, tmp_path: Path) -> None:
        install(tmp_path, 15, postgis=False, programs=CLIENTS)
        install(tmp_path, 16, postgis=False, programs=CLIENTS)
        assert find_clients(root=tmp_path).version == "16.4"
        with pytest.raises(NotReady, match="没有 PostgreSQL"):
            find_binaries(root=tmp_path)

    def test_nothing_installed_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(NotReady, match="请安装 postgresql-client"):
            find_clients(root=tmp_path)
