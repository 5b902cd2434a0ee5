"""Deployment settings, from the environment and ``.env``; the bureau's rules are in ``policy/``, not here.

Precedence: environment, ``.env`` in the current folder, ``.env`` beside the code. Read before every command,
so nothing heavy is imported.
"""

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit, urlunsplit

from dotenv import dotenv_values

from geo_housing.errors import BadInput, NotReady
from geo_housing.own_code import PROJECT_FOLDER

Language = Literal["zh", "en"]
BaseMapKind = Literal["none", "tianditu", "url", "folder"]

SERVICE_USER = "geo-housing"
SYSTEM_HOME = Path("/var/lib/geo-housing")
DRIVER = "postgresql+psycopg"


@dataclass(frozen=True)
class BaseMap:
    """What lies under the houses on the map; ``none`` (the default) breaks nothing.

    ``url`` is a template with {z}, {x} and {y}; ``folder`` holds local tiles as z/x/y.png, .jpg or .webp.
    ``approval_number`` is the 审图号 of the map, shown with ``attribution`` whenever the map is.
    """

    kind: BaseMapKind = "none"
    url: str | None = None
    folder: Path | None = None
    tianditu_key: str | None = field(default=None, repr=False)
    attribution: str = ""
    approval_number: str = ""


@dataclass(frozen=True)
class Settings:
    """Where this installation keeps its things and how it is reached."""

    home: Path
    database_url: str | None = field(repr=False)
    keys_file: Path
    language: Language
    host: str
    port: int
    base_map: BaseMap
    # Where browsers find the service, if that is not where it listens: a published port of a container, a proxy's name.
    address: str | None = None

    @property
    def files(self) -> Path:
        """Stored files, content-addressed."""
        return self.home / "files"

    @property
    def reports(self) -> Path:
        """Reports of loads, when the command names no other place."""
        return self.home / "reports"

    @property
    def pgdata(self) -> Path:
        """Data folder of the private cluster."""
        return self.home / "pgdata"

    @property
    def logs(self) -> Path:
        """Logs of the private cluster."""
        return self.home / "log"


@cache
def get_settings() -> Settings:
    """The settings of this process, read once; BadInput or NotReady names the variable that is wrong."""
    return read_settings(given_values())


def given_values() -> dict[str, str]:
    """All that was given: the environment over the ``.env`` files."""
    return {**_env_files(), **os.environ}


def read_settings(values: Mapping[str, str]) -> Settings:
    """Settings out of ``values`` (names as in the environment); an empty value counts as not set."""
    given = {name: value.strip() for name, value in values.items() if value.strip()}
    home = _home(given)
    keys = given.get("GEO_HOUSING_KEYS")
    return Settings(
        home=home,
        database_url=_database_url(given),
        keys_file=_absolute(keys, "GEO_HOUSING_KEYS") if keys else home / "keys.json",
        language=_language(given),
        host=given.get("GEO_HOUSING_HOST") or given.get("HOST") or "127.0.0.1",
        port=_port(given),
        base_map=_base_map(given),
        address=_address(given),
    )


def _env_files() -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in (PROJECT_FOLDER, Path.cwd()):
        try:
            read = dotenv_values(folder / ".env")
        except PermissionError:
            raise NotReady(f"无法读取 {folder / '.env'}，请检查该文件的权限。") from None
        found.update({name: value for name, value in read.items() if value is not None})
    return found


def _home(given: Mapping[str, str]) -> Path:
    if stated := given.get("GEO_HOUSING_HOME"):
        return _absolute(stated, "GEO_HOUSING_HOME")
    if os.geteuid() == 0 or _user_name() == SERVICE_USER:
        return SYSTEM_HOME
    data = given.get("XDG_DATA_HOME", "")
    # The XDG rule: a relative path is invalid and ignored.
    if data.startswith("/"):
        return Path(data) / "geo-housing"
    try:
        return Path.home() / ".local" / "share" / "geo-housing"
    except RuntimeError:
        raise NotReady("当前用户没有主目录，请用 GEO_HOUSING_HOME 指定数据目录。") from None


def _user_name() -> str | None:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return None


def _absolute(text: str, name: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise BadInput(f"{name} 的值“{text}”中的“~”无法展开，请写绝对路径。") from None
    return Path(os.path.abspath(path))


def _database_url(given: Mapping[str, str]) -> str | None:
    url = given.get("GEO_HOUSING_DATABASE_URL")
    if not url:
        return None
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgresql", "postgres", DRIVER):
        raise BadInput(
            "GEO_HOUSING_DATABASE_URL 应写成 postgresql://用户@主机:端口/数据库；不设置它，则使用自带的数据库集群。"
        )
    password_file = given.get("GEO_HOUSING_DATABASE_PASSWORD_FILE")
    url = f"{DRIVER}://{rest}"
    return _with_password(url, Path(password_file)) if password_file else url


def _with_password(url: str, file: Path) -> str:
    """``url`` with the password from ``file``: how a container's secret reaches the connection."""
    try:
        password = file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise NotReady(f"无法读取 GEO_HOUSING_DATABASE_PASSWORD_FILE 指定的文件 {file}，请检查路径和权限。") from None
    parts = urlsplit(url)
    if not parts.username:
        raise BadInput("用了 GEO_HOUSING_DATABASE_PASSWORD_FILE，GEO_HOUSING_DATABASE_URL 中必须写明用户名。")
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{parts.username}:{quote(password, safe='')}@{host}"))


def _language(given: Mapping[str, str]) -> Language:
    stated = given.get("GEO_HOUSING_LANG")
    if stated and not stated.lower().startswith(("zh", "en")):
        raise BadInput(f"GEO_HOUSING_LANG 只能是 zh 或 en，现在是“{stated}”。")
    wanted = stated or given.get("LC_ALL") or given.get("LANG") or "zh"
    return "en" if wanted.lower().startswith("en") else "zh"


def _port(given: Mapping[str, str]) -> int:
    text = given.get("GEO_HOUSING_PORT") or given.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise BadInput(f"端口（PORT）应是 1 到 65535 之间的整数，现在是“{text}”。")
    return int(text)


def _address(given: Mapping[str, str]) -> str | None:
    text = given.get("GEO_HOUSING_ADDRESS")
    if not text:
        return None
    try:
        parts = urlsplit(text)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or parts.path.strip("/") or parts.query or parts.fragment:
        raise BadInput(
            f"GEO_HOUSING_ADDRESS 是浏览器打开本服务的地址，应写成 https://名称 或 http://名称:端口，现在是“{text}”。"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _base_map(given: Mapping[str, str]) -> BaseMap:
    key = given.get("GEO_HOUSING_TIANDITU_KEY")
    wanted = given.get("GEO_HOUSING_BASE_MAP") or ("tianditu" if key else "none")
    attribution = given.get("GEO_HOUSING_BASE_MAP_ATTRIBUTION", "")
    approval = given.get("GEO_HOUSING_BASE_MAP_APPROVAL", "")
    if wanted == "none":
        return BaseMap()
    if wanted == "tianditu":
        if not key:
            raise BadInput("底图选了天地图，还需要用 GEO_HOUSING_TIANDITU_KEY 给出天地图的密钥。")
        return BaseMap("tianditu", tianditu_key=key, attribution=attribution or "天地图", approval_number=approval)
    if "://" in wanted:
        if not wanted.startswith(("http://", "https://")) or not all(p in wanted for p in ("{z}", "{x}", "{y}")):
            raise BadInput(f"底图地址“{wanted}”应是 http(s) 开头并含 {{z}}、{{x}}、{{y}} 的模板。")
        return BaseMap("url", url=wanted, attribution=attribution, approval_number=approval)
    folder = _absolute(wanted, "GEO_HOUSING_BASE_MAP")
    if not folder.is_dir():
        raise BadInput(
            f"底图“{wanted}”既不是 none、tianditu，也不是瓦片地址模板，又没有这个目录；请改正 GEO_HOUSING_BASE_MAP。"
        )
    return BaseMap("folder", folder=folder, attribution=attribution, approval_number=approval)
