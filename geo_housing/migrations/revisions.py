"""Which revision a database is at and which one this code needs, without Alembic: every command asks this first."""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, text

from geo_housing.errors import NotReady

VERSIONS = Path(__file__).parent / "versions"
# As Alembic's template writes them; a test compares the answer with Alembic's.
_NAMES = re.compile(r"""^(revision|down_revision)\b[^=\n]*= *['\"]([^'\"]+)""", re.MULTILINE)


@cache
def head_revision() -> str:
    """The newest revision that this code knows: the one that no other one builds upon."""
    named = _named()
    built_upon = {name for kind, name in named if kind == "down_revision"}
    heads = [name for kind, name in named if kind == "revision" and name not in built_upon]
    assert len(heads) == 1, f"the migrations have one end, not {heads}"
    return str(heads[0])


def refuse_newer(found: str | None) -> None:
    """NotReady where a newer program has changed the database already: this one must not touch it."""
    if found is not None and found not in known_revisions():
        raise NotReady(
            f"数据库已由更新版本的程序升级（结构 {found}，本程序到 {head_revision()}），请换回新版本的程序；"
            "要退回旧版本，请用升级前的备份恢复。"
        )


def known_revisions() -> frozenset[str]:
    """All revisions that this code can bring to the newest one."""
    return frozenset(name for kind, name in _named() if kind == "revision")


def _named() -> list[tuple[str, str]]:
    return [name for path in VERSIONS.glob("*.py") for name in _NAMES.findall(path.read_text("utf-8"))]


def current_revision(url: str) -> str | None:
    """The revision that the database is at, None when it was never migrated."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
                return None
            revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return revision
    finally:
        engine.dispose()
