"""The names that the register holds are written by the migration as every door writes them since."""

from importlib import import_module
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing.people_names import tidy_name
from tests.fixtures.toy import ToyDatabase

MADE = import_module("geo_housing.migrations.versions.2026_11_29_0400_tidy_names")


@pytest.fixture
def statement(monkeypatch: pytest.MonkeyPatch) -> str:
    said: list[str] = []

    class Noted:
        execute = staticmethod(said.append)

    monkeypatch.setattr(MADE, "op", Noted)
    MADE.upgrade()
    return said[0]


def test_it_writes_the_names_of_the_register(toy: ToyDatabase, statement: str) -> None:
    written = [
        "丁　华",
        "丁\u200b广华",
        "乌云•其其格",
        "乌云 · 其其格",
        "张三 李四",
        "欧 阳 小 花",
        "丁广华（村西）",
        " 包刚 ",
    ]

    def run(session: Any) -> dict[int, str]:
        ids = session.scalars(text("SELECT id FROM household ORDER BY id LIMIT :n"), {"n": len(written)}).all()
        for number, name in zip(ids, written, strict=True):
            session.execute(text("UPDATE household SET head = :head WHERE id = :id"), {"head": name, "id": number})
        session.execute(text(statement.replace(":", r"\:")))
        found = session.execute(text("SELECT id, head FROM household WHERE id = ANY (:ids)"), {"ids": list(ids)})
        return {row.id: row.head for row in found}

    with toy.transaction() as session:
        assert list(dict(sorted(run(session).items())).values()) == [tidy_name(name) for name in written]
