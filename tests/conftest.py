"""Fixtures for all tests; each family stands in its own file under fixtures/. And how Hypothesis looks for examples."""

import os
import sys

import pytest
from hypothesis import HealthCheck, Phase, settings

from geo_housing.garbage import keep_what_is_loaded, look_seldom

# As commands and the service do.
look_seldom()

# Whoever starts the tests may have told Python to keep no compiled code. Three workers and hundreds of programs that tests
# start would then compile the service anew, half a second each.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# Time is no verdict: a test that asks the database is slow on a busy machine, and right. Where CI is set, the examples
# are always the same, so that nobody's change goes red by somebody else's find; at a desk each run looks elsewhere.
# Nothing is explained: following every line makes a find so slow to shrink that the test's end comes before the answer.
UNHURRIED = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
    "phases": [phase for phase in Phase if phase is not Phase.explain],
}
settings.register_profile("desk", **UNHURRIED)
settings.register_profile("ci", **UNHURRIED, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

pytest_plugins = ["tests.fixtures.scheduling"]
FIXTURES = ("homes", "cluster", "engines", "apps", "clock", "people", "toy", "browser")
for _name in FIXTURES:
    pytest.register_assert_rewrite(f"tests.fixtures.{_name}")


def pytest_configure(config: pytest.Config) -> None:
    """The fixtures, where tests run: who only hands them out to workers need not load the whole service first."""
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", 0):
        for name in FIXTURES:
            config.pluginmanager.import_plugin(f"tests.fixtures.{name}")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """All tests are loaded: these objects stay."""
    keep_what_is_loaded()
