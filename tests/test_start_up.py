"""What is loaded before the first answer: counted by modules in a fresh process, because seconds depend on the machine."""

import subprocess
import sys

import pytest

# Each costs a tenth of a second and more, and is wanted by some commands and pages only.
HEAVY = {
    "pandas", "geopandas", "folium", "branca", "pyogrio", "pyarrow", "alembic", "mako", "procrastinate",
    "dateutil", "openpyxl", "requests",
}  # fmt: skip
OF_THE_SERVICE = {
    "fastapi", "pydantic", "starlette", "uvicorn", "jinja2", "babel", "lxml", "xlsxwriter", "PIL", "rich",
    "charset_normalizer", "prometheus_client", "structlog",
}  # fmt: skip
OF_SPACE = {"numpy", "shapely", "pyproj", "geoalchemy2"}
OF_THE_DATABASE = {"sqlalchemy", "psycopg", "argon2", "cryptography"}


def loaded_by(*modules: str) -> set[str]:
    program = f"import {', '.join(modules)}, sys; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    found = set(done.stdout.split())
    assert "geo_housing" in found
    return found


@pytest.mark.parametrize(
    "module",
    ["", ".accounts", ".areas", ".database", ".demo", ".exports", ".hazards", ".houses", ".maps", ".service"],
)
def test_help_of_a_command_loads_nothing_of_what_the_command_needs(module: str) -> None:
    assert not loaded_by(f"geo_housing.cli{module}") & (HEAVY | OF_THE_SERVICE | OF_SPACE | OF_THE_DATABASE)


def test_what_every_command_of_the_database_loads_knows_neither_web_nor_maps_nor_migrations() -> None:
    found = loaded_by("geo_housing.cli.run")
    assert "sqlalchemy" in found
    assert not found & (HEAVY | OF_THE_SERVICE | OF_SPACE)


def test_a_command_about_accounts_loads_no_library_of_files() -> None:
    assert not loaded_by("geo_housing.cli.run", "geo_housing.accounts.service") & (HEAVY | OF_THE_SERVICE)


def test_the_service_answers_before_folium_and_pandas_and_arrow_are_loaded() -> None:
    found = loaded_by("geo_housing.cli.opening", "geo_housing.rekeying", "geo_housing.serving")
    assert "fastapi" in found
    assert not found & HEAVY


def test_what_the_first_map_and_the_first_file_need_is_loaded_once_the_service_answers() -> None:
    program = (
        "import gc, sys; from geo_housing.serving import warm_up; warm_up();"
        " print({'folium', 'pyarrow', 'pyogrio'} <= sys.modules.keys(), gc.get_freeze_count() > 100_000)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"], "not loaded, or looked through again whenever Python collects"


def test_a_command_does_not_look_for_garbage_while_it_loads_itself() -> None:
    program = (
        "import gc, sys; sys.argv = ['geo-housing', '--version']; from geo_housing.cli import main\n"
        "try: main()\n"
        "finally: print(gc.get_threshold()[0])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) > 10_000
