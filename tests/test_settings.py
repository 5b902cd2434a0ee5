"""Settings: what the environment says, and the sentence when it says nonsense."""

import os
import pwd
from pathlib import Path

import pytest

from geo_housing.cli.address import service_address
from geo_housing.errors import BadInput, NotReady
from geo_housing.settings import SYSTEM_HOME, get_settings, read_settings


class TestHome:
    def test_stated_home_is_made_absolute(self) -> None:
        assert read_settings({"GEO_HOUSING_HOME": "somewhere"}).home == Path.cwd() / "somewhere"

    def test_root_keeps_its_data_under_var_lib(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        assert read_settings({"XDG_DATA_HOME": "/data"}).home == SYSTEM_HOME

    def test_others_keep_it_in_their_data_directory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: pwd.getpwnam("nobody").pw_uid)
        assert read_settings({"XDG_DATA_HOME": "/data"}).home == Path("/data/geo-housing")

    def test_a_relative_xdg_directory_is_ignored(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: pwd.getpwnam("nobody").pw_uid)
        monkeypatch.setenv("HOME", "/home/clerk")
        assert read_settings({"XDG_DATA_HOME": "data"}).home == Path("/home/clerk/.local/share/geo-housing")

    def test_everything_derives_from_the_home(self) -> None:
        settings = read_settings({"GEO_HOUSING_HOME": "/srv/gh"})
        assert (settings.files, settings.reports, settings.pgdata, settings.keys_file) == tuple(
            Path("/srv/gh", name) for name in ("files", "reports", "pgdata", "keys.json")
        )


class TestAddress:
    @pytest.mark.parametrize(
        ("text", "address"),
        [
            ("", None),
            ("https://housing.example/", "https://housing.example"),
            ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        ],
    )
    def test_printed_links_begin_with_what_is_stated(self, text: str, address: str | None) -> None:
        settings = read_settings({"GEO_HOUSING_HOME": "/srv/gh", "GEO_HOUSING_ADDRESS": text})
        assert settings.address == address
        assert service_address(settings) == (address or "http://127.0.0.1:8000")

    @pytest.mark.parametrize(
        "text", ["housing.example", "ftp://a", "https://", "http://a:99999", "http://[", "http://a/b", "http://a?b"]
    )
    def test_what_is_no_address_is_said(self, text: str) -> None:
        with pytest.raises(BadInput, match="GEO_HOUSING_ADDRESS"):
            read_settings({"GEO_HOUSING_HOME": "/srv/gh", "GEO_HOUSING_ADDRESS": text})


class TestDatabaseUrl:
    def test_no_url_means_the_private_cluster(self) -> None:
        assert read_settings({"GEO_HOUSING_DATABASE_URL": " "}).database_url is None

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_every_usual_spelling_gets_our_driver(self, scheme: str) -> None:
        url = read_settings({"GEO_HOUSING_DATABASE_URL": f"{scheme}://u:p@h:5433/d?sslmode=require"}).database_url
        assert url == "postgresql+psycopg://u:p@h:5433/d?sslmode=require"

    def test_another_database_is_refused(self) -> None:
        with pytest.raises(BadInput, match="GEO_HOUSING_DATABASE_URL"):
            read_settings({"GEO_HOUSING_DATABASE_URL": "mysql://u@h/d"})

    def test_password_comes_from_a_secret_file(self, tmp_path: Path) -> None:
        secret = tmp_path / "password"
        secret.write_text("p@ss/word\n")
        values = {
            "GEO_HOUSING_DATABASE_URL": "postgresql://gh_service@db:5432/geo_housing",
            "GEO_HOUSING_DATABASE_PASSWORD_FILE": str(secret),
        }
        settings = read_settings(values)
        assert settings.database_url == "postgresql+psycopg://gh_service:p%40ss%2Fword@db:5432/geo_housing"

    def test_a_missing_secret_file_is_named(self, tmp_path: Path) -> None:
        values = {
            "GEO_HOUSING_DATABASE_URL": "postgresql://gh_service@db/geo_housing",
            "GEO_HOUSING_DATABASE_PASSWORD_FILE": str(tmp_path / "absent"),
        }
        with pytest.raises(NotReady, match="absent"):
            read_settings(values)

    def test_printing_settings_shows_no_secret(self) -> None:
        values = {"GEO_HOUSING_DATABASE_URL": "postgresql://u:hush@h/d", "GEO_HOUSING_TIANDITU_KEY": "hushkey"}
        assert "hush" not in repr(read_settings(values))


class TestLanguage:
    @pytest.mark.parametrize(
        ("values", "language"),
        [
            ({}, "zh"),
            ({"LANG": "C.UTF-8"}, "zh"),
            ({"LANG": "en_US.UTF-8"}, "en"),
            ({"LANG": "en_US.UTF-8", "GEO_HOUSING_LANG": "zh"}, "zh"),
            ({"LANG": "zh_CN.UTF-8", "GEO_HOUSING_LANG": "en"}, "en"),
        ],
    )
    def test_language_of_the_messages(self, values: dict[str, str], language: str) -> None:
        assert read_settings(values).language == language

    def test_an_unknown_language_is_refused(self) -> None:
        with pytest.raises(BadInput, match="GEO_HOUSING_LANG"):
            read_settings({"GEO_HOUSING_LANG": "fr"})


class TestPort:
    def test_default_is_loopback_8000(self) -> None:
        settings = read_settings({})
        assert (settings.host, settings.port) == ("127.0.0.1", 8000)

    @pytest.mark.parametrize("text", ["0", "65536", "-1", "80a", "８０"])
    def test_no_port_number_is_refused(self, text: str) -> None:
        with pytest.raises(BadInput, match="端口"):
            read_settings({"PORT": text})


class TestBaseMap:
    def test_none_is_the_default(self) -> None:
        assert read_settings({}).base_map.kind == "none"

    def test_a_key_alone_chooses_tianditu(self) -> None:
        base_map = read_settings({"GEO_HOUSING_TIANDITU_KEY": "k"}).base_map
        assert (base_map.kind, base_map.tianditu_key, base_map.attribution) == ("tianditu", "k", "天地图")

    def test_tianditu_without_key_says_what_is_missing(self) -> None:
        with pytest.raises(BadInput, match="GEO_HOUSING_TIANDITU_KEY"):
            read_settings({"GEO_HOUSING_BASE_MAP": "tianditu"})

    def test_a_template_brings_attribution_and_approval_number(self) -> None:
        values = {
            "GEO_HOUSING_BASE_MAP": "https://tiles.example.org/{z}/{x}/{y}.png",
            "GEO_HOUSING_BASE_MAP_ATTRIBUTION": "某测绘院",
            "GEO_HOUSING_BASE_MAP_APPROVAL": "蒙S(2026)001号",
        }
        base_map = read_settings(values).base_map
        assert (base_map.kind, base_map.attribution, base_map.approval_number) == ("url", "某测绘院", "蒙S(2026)001号")

    @pytest.mark.parametrize("url", ["https://tiles.example.org/{z}/{x}.png", "ftp://tiles.example.org/{z}/{x}/{y}"])
    def test_a_template_that_cannot_work_is_refused(self, url: str) -> None:
        with pytest.raises(BadInput, match="底图地址"):
            read_settings({"GEO_HOUSING_BASE_MAP": url})

    def test_a_folder_of_tiles(self, tmp_path: Path) -> None:
        assert read_settings({"GEO_HOUSING_BASE_MAP": str(tmp_path)}).base_map.folder == tmp_path

    def test_a_folder_that_does_not_exist_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="GEO_HOUSING_BASE_MAP"):
            read_settings({"GEO_HOUSING_BASE_MAP": str(tmp_path / "tiles")})


class TestEnvFile:
    def test_env_file_counts_and_the_environment_wins(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".env").write_text("GEO_HOUSING_HOME=/srv/from-file\nGEO_HOUSING_PORT=8123\n")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("GEO_HOUSING_PORT", "8124")
        monkeypatch.delenv("GEO_HOUSING_HOME", raising=False)
        get_settings.cache_clear()
        try:
            settings = get_settings()
        finally:
            get_settings.cache_clear()
        assert (settings.home, settings.port) == (Path("/srv/from-file"), 8124)
