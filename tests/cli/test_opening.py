"""A command that begins while a backup is put back: there is no database of the name for a moment."""

import threading
from collections.abc import Iterator

import pytest

from geo_housing.cli import opening
from geo_housing.errors import NotReady
from tests.fixtures.cluster import TestCluster


@pytest.fixture
def coming(test_cluster: TestCluster, worker_id: str) -> Iterator[str]:
    """The name of a database that is not there."""
    name = f"coming_{worker_id}"
    yield name
    test_cluster.drop(name)


def test_a_database_that_is_put_back_just_now_is_waited_for(test_cluster: TestCluster, coming: str) -> None:
    made = test_cluster.create(coming, template="template1")
    test_cluster.drop(coming)
    later = threading.Timer(0.6, test_cluster.create, (coming,), {"template": "template1"})
    later.start()
    try:
        assert opening._revision_of(made.admin_url) is None
    finally:
        later.join()


def test_one_that_does_not_come_is_told_in_a_sentence(
    test_cluster: TestCluster, coming: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = test_cluster.create(coming, template="template1")
    test_cluster.drop(coming)
    monkeypatch.setattr(opening, "_MOST_TRIES", 2)
    with pytest.raises(NotReady, match="可能正在恢复备份，请稍后再试"):
        opening._revision_of(made.admin_url)
