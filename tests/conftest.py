"""Fixtures for all tests; each family stands in its own file under fixtures/."""

pytest_plugins = [
    "tests.fixtures.homes",
    "tests.fixtures.cluster",
    "tests.fixtures.people",
    "tests.fixtures.toy",
    "tests.fixtures.browser",
]
