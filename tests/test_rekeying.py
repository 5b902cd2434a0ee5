"""Changing the keys: everything readable before, in between and afterwards, also when it was interrupted."""

import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from geo_housing import rekeying
from geo_housing.db import NOBODY
from geo_housing.errors import NotReady
from geo_housing.files.models import StoredFile
from geo_housing.files.service import content_of, store_file
from geo_housing.files.storage import FileStore
from geo_housing.houses.imports.undo import undo_import
from geo_housing.keys import KeyRing, load_keys, new_key_ring, save_keys
from geo_housing.rekeying import keys_in_use, ready_keys, rotate_keys
from geo_housing.settings import Settings, read_settings
from tests.fixtures.people import ADMINISTRATOR
from tests.fixtures.toy import ToyDatabase
from tests.houses.ledgers import load, query

LEDGER = "台账".encode() * 60_000


def silent(_done: int, _total: int | None) -> None:
    """No progress bar."""


@pytest.fixture
def settings(toy: ToyDatabase, tmp_path: Path) -> Settings:
    """A home of one's own with a copy of the toy county's keys and one sealed upload."""
    own = read_settings({"GEO_HOUSING_HOME": str(tmp_path)})
    ring = load_keys(toy.settings.keys_file)
    save_keys(ring, own.keys_file)
    with toy.transaction() as session:
        store_file(
            session, toy.actor(), FileStore(own.files), source=io.BytesIO(LEDGER), name="a.csv", kind="upload",
            media_type="text/csv", scope_code="990001", ring=ring,
        )  # fmt: skip
        for household_id in session.scalars(text("SELECT id FROM household ORDER BY id LIMIT 30")).all():
            session.execute(
                text("UPDATE household SET id_number_cipher = :n, phone_cipher = :p WHERE id = :id"),
                {
                    "id": household_id,
                    "n": ring.encrypt(f"number {household_id}", field="id_number", owner=household_id),
                    "p": ring.encrypt(f"phone {household_id}", field="phone", owner=household_id),
                },
            )
        for table in ("contact", "shelter", "technician"):
            role = "role, " if table == "contact" else ""
            value = "'secretary', " if role else ""
            for name in ("甲", "乙"):
                row_id = session.scalar(
                    text(
                        f"INSERT INTO {table} (scope_code, {role}name, created_by)"
                        f" VALUES ('990001', {value}:name, 'cli:tests') RETURNING id"
                    ),
                    {"name": name},
                )
                sealed = ring.encrypt(f"{table} {name}", field=f"{table}.phone", owner=row_id)
                session.execute(
                    text(
                        f"UPDATE {table} SET phone_cipher = :p, phone_key = gen_random_uuid(), phone_masked = 'x'"
                        " WHERE id = :id"
                    ),
                    {"id": row_id, "p": sealed},
                )
    return own


def readable(toy: ToyDatabase, settings: Settings) -> dict[Any, str]:
    """All personal data and the upload, opened with the keys that the file has now."""
    ring, store = load_keys(settings.keys_file), FileStore(settings.files)
    found: dict[Any, str] = {}
    with toy.transaction() as session:
        for row in session.execute(text("SELECT id, id_number_cipher AS n, phone_cipher AS p FROM household")):
            for field, sealed in (("id_number", row.n), ("phone", row.p)):
                if sealed is not None:
                    found[field, row.id] = ring.decrypt(sealed, field=field, owner=row.id)
        for table in ("contact", "shelter", "technician"):
            for row in session.execute(text(f"SELECT id, phone_cipher AS p FROM {table}")):
                found[table, row.id] = ring.decrypt(row.p, field=f"{table}.phone", owner=row.id)
        for file in session.query(StoredFile).filter(StoredFile.encrypted):
            found["file", file.name] = b"".join(content_of(store, file, ring)).decode()
    return found


def test_an_import_is_taken_back_after_a_rotation_and_what_it_had_changed_is_readable(
    toy: ToyDatabase, settings: Settings
) -> None:
    row = {"房屋编号": "新-1", "乡镇": "西山镇", "行政村": "西一村", "户主姓名": "甲", "联系电话": "13800000001"}
    row["身份证号"] = "11010519491231002X"
    family = "SELECT k.* FROM household k JOIN import_change i ON i.row_id = k.id AND i.kind = 'household'"
    load(toy, [row])
    loaded = load(toy, [row | {"联系电话": "13800000002"}])
    done = rotate_keys(toy.database, settings, ADMINISTRATOR, tell=silent)
    assert done.retired == (1,) and done.imports == 1, "what it keeps is sealed anew, too"
    assert used(toy, settings) == {2}
    with toy.transaction() as session:
        undo_import(session, ADMINISTRATOR, loaded.outcome.batch_id)
    again, ring = query(toy, family)[0], load_keys(settings.keys_file)
    assert ring.decrypt(again.id_number_cipher, field="id_number", owner=again.id) == row["身份证号"]
    assert ring.decrypt(again.phone_cipher, field="phone", owner=again.id) == row["联系电话"]


def used(toy: ToyDatabase, settings: Settings) -> set[int]:
    with toy.database.transaction(NOBODY) as session:
        return set(keys_in_use(session, FileStore(settings.files)))


def test_after_a_rotation_everything_is_readable_under_the_new_key_alone(toy: ToyDatabase, settings: Settings) -> None:
    before = readable(toy, settings)
    assert len(before) > 66 and before["file", "a.csv"] == LEDGER.decode()
    done = rotate_keys(toy.database, settings, ADMINISTRATOR, tell=silent)
    assert (done.current, done.retired, done.files, done.roster) == (2, (1,), 1, 6)
    assert used(toy, settings) == {2} and set(load_keys(settings.keys_file).keys) == {2}
    assert readable(toy, settings) == before
    # A backup made before is still readable with the file that was put aside.
    assert done.old_keys is not None and set(load_keys(done.old_keys).keys) == {1, 2}


def test_an_interrupted_rotation_loses_nothing_and_goes_on_under_the_same_new_key(
    toy: ToyDatabase, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = readable(toy, settings)
    monkeypatch.setattr(rekeying, "BATCH_ROWS", 7)

    def interrupt(_done: int, _total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotate_keys(toy.database, settings, ADMINISTRATOR, tell=interrupt)
    assert used(toy, settings) == {1, 2} and set(load_keys(settings.keys_file).keys) == {1, 2}
    assert readable(toy, settings) == before
    done = rotate_keys(toy.database, settings, ADMINISTRATOR, tell=silent)
    assert done.current == 2 and used(toy, settings) == {2}
    assert readable(toy, settings) == before


def test_a_start_without_a_needed_key_is_refused_and_makes_no_new_one(toy: ToyDatabase, settings: Settings) -> None:
    ring = load_keys(settings.keys_file)
    save_keys(KeyRing({9: ring.keys[1]}, 9, ring.search_key), settings.keys_file)
    with pytest.raises(NotReady, match="缺少 1 号密钥"):
        ready_keys(toy.database, settings)
    settings.keys_file.unlink()
    with pytest.raises(NotReady, match="放回原处"):
        ready_keys(toy.database, settings)
    assert not settings.keys_file.exists()


def test_a_start_with_the_keys_of_another_home_is_refused(toy: ToyDatabase, settings: Settings) -> None:
    own = load_keys(settings.keys_file)
    save_keys(new_key_ring(), settings.keys_file)
    assert load_keys(settings.keys_file).keys.keys() == own.keys.keys(), "the same number, another key"
    with pytest.raises(NotReady, match="不是加密现有数据时所用的那一份"):
        ready_keys(toy.database, settings)
    save_keys(own, settings.keys_file)
    assert ready_keys(toy.database, settings) == own


def test_every_sealed_column_of_the_schema_is_rotated(toy: ToyDatabase) -> None:
    with toy.transaction() as session:
        sealed = session.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name LIKE '%\\_cipher'"
            )
        ).all()
    assert {(row.table_name, row.column_name) for row in sealed} == {
        (table.name, column) for table in rekeying.SEALED for column in table.columns
    }
    assert len(sealed) >= 5
