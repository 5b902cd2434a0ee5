"""Personal data sealed for its household, found without opening, and safe files of keys."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_housing.errors import NotReady
from geo_housing.keys import ensure_keys, load_keys, new_key_ring, save_keys, with_new_key

RING = new_key_ring()
texts = st.text(max_size=40)


@given(texts, st.sampled_from(["id_number", "phone"]), st.integers(1, 2**50))
def test_what_is_sealed_opens_for_its_owner_and_field_only(text: str, field: str, owner: int) -> None:
    sealed = RING.encrypt(text, field=field, owner=owner)
    assert RING.decrypt(sealed, field=field, owner=owner) == text
    for other in ({"field": field, "owner": owner + 1}, {"field": "other", "owner": owner}):
        with pytest.raises(NotReady, match="被移动或改动过"):
            RING.decrypt(sealed, **other)


@given(texts)
def test_the_same_text_is_sealed_differently_and_found_the_same(text: str) -> None:
    first, second = (RING.encrypt(text, field="phone", owner=1) for _ in range(2))
    assert first != second
    assert RING.search_id(text, field="phone") == RING.search_id(text, field="phone")
    assert RING.search_id(text, field="phone") != RING.search_id(text, field="id_number")
    assert new_key_ring().search_id(text, field="phone") != RING.search_id(text, field="phone")


@given(st.lists(st.none() | texts, max_size=20))
def test_a_column_is_sealed_as_its_values_are(column: list[str | None]) -> None:
    owners = list(range(7, 7 + len(column)))
    sealed = RING.encrypt_many(column, field="phone", owners=owners)
    opened = [
        None if one is None else RING.decrypt(one, field="phone", owner=owner)
        for one, owner in zip(sealed, owners, strict=True)
    ]
    assert opened == column
    ids = RING.search_ids(column, field="phone")
    assert ids == [None if text is None else RING.search_id(text, field="phone").hex for text in column]


def test_a_changed_byte_is_noticed() -> None:
    sealed = bytearray(RING.encrypt("990001190001010015", field="id_number", owner=3))
    sealed[-1] ^= 1
    with pytest.raises(NotReady):
        RING.decrypt(bytes(sealed), field="id_number", owner=3)


def test_old_values_open_after_a_new_key_and_new_ones_carry_its_number() -> None:
    old = RING.encrypt("x", field="phone", owner=1)
    newer = with_new_key(RING)
    assert newer.decrypt(old, field="phone", owner=1) == "x"
    fresh = newer.encrypt("x", field="phone", owner=1)
    assert (old[0], fresh[0]) == (1, 2)
    assert newer.search_id("x", field="phone") == RING.search_id("x", field="phone")
    with pytest.raises(NotReady, match="缺少 2 号密钥"):
        RING.decrypt(fresh, field="phone", owner=1)


def test_keys_lie_in_a_file_that_only_the_service_reads(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "keys.json"
    ring = ensure_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_keys(path) == ensure_keys(path) == ring
    path.chmod(0o640)
    with pytest.raises(NotReady, match="chmod 600"):
        load_keys(path)


def test_a_missing_or_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    with pytest.raises(NotReady, match="请放回原来的密钥文件"):
        load_keys(path)
    save_keys(RING, path)
    for damaged in ("", "{}", json.dumps({"keys": {"1": "?"}, "current": 1, "search": ""}), "[1]", '{"keys": []}'):
        path.write_text(damaged)
        with pytest.raises(NotReady, match="已损坏"):
            load_keys(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(NotReady, match="已损坏"):
        load_keys(path)
