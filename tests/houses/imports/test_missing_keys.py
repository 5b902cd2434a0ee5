from dataclasses import replace
from pathlib import Path

import pytest

from geo_housing.errors import NotReady
from geo_housing.houses.imports.service import Keeping
from tests.fixtures.toy import ToyDatabase


def test_an_import_never_makes_keys_where_the_file_is_gone(toy_worker: ToyDatabase, tmp_path: Path) -> None:
    settings = replace(toy_worker.settings, keys_file=tmp_path / "keys.json")
    with pytest.raises(NotReady):
        Keeping.of(settings)
    assert not settings.keys_file.exists()
