"""``--help``: quick, with an example, in the reader's language; for every command and sub-command."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from geo_housing.cli import app, main
from geo_housing.cli.chinese_help import EXAMPLES, HELP

# What takes longer to load than a help page may take.
HEAVY = {"sqlalchemy", "geopandas", "shapely", "pandas", "numpy", "pyproj", "fastapi", "folium", "jinja2"}
HEAVY |= {"psycopg", "procrastinate", "cryptography", "pyarrow", "alembic", "rich"}
SHOW_IMPORTS = """
import sys
from geo_housing.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("LOADED", *sorted(name for name in sys.modules if "." not in name))
"""


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that does something, with its words."""
    if not hasattr(command, "list_commands"):
        yield path, command
        return
    for name in command.list_commands(None):
        yield from leaves(command.get_command(None, name), (*path, name))


def all_commands() -> dict[str, Any]:
    return {" ".join(path): command for path, command in leaves(typer.main.get_command(app))}


def geo_housing(*arguments: str, language: str = "zh") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "geo_housing", *arguments], capture_output=True, text=True, timeout=60, check=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), "GEO_HOUSING_LANG": language},
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("room", ["", "up", "doctor", "db", "users", "areas", "houses", "hazards", "export", "map"])
def test_help_loads_nothing_heavy(room: str) -> None:
    arguments = [*room.split(), "--help"]
    done = subprocess.run(
        [sys.executable, "-c", SHOW_IMPORTS, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = set(done.stdout.rpartition("LOADED ")[2].split())
    assert "geo_housing" in loaded and not loaded & HEAVY


def test_every_command_is_explained_in_chinese_and_english() -> None:
    commands = all_commands()
    assert set(commands) == set(HELP)
    untold = [path for path, command in commands.items() if not (command.callback.__doc__ or "").strip()]
    assert not untold
    assert all(re.search(r"[一-鿿]", text) and text.endswith("。") for text in HELP.values())


def test_every_command_has_an_example_that_names_it() -> None:
    without = [path for path, command in all_commands().items() if f"geo-housing {path}" not in (command.epilog or "")]
    # `db url` is shown in the command that it is for.
    assert without == []


def test_options_of_every_command_are_explained() -> None:
    unexplained = [
        f"{path} {option.opts[0]}"
        for path, command in all_commands().items()
        for option in command.params
        if not option.hidden and option.name != "help" and not (getattr(option, "help", "") or "").strip()
    ]
    assert not unexplained


def test_the_language_of_the_reader_is_taken() -> None:
    chinese, english = geo_housing("areas", "check", "--help"), geo_housing("areas", "check", "--help", language="en")
    assert HELP["areas check"] in chinese.replace("\n  ", "") and "例：" in chinese
    assert "Overlaps and gaps" in english and "Example: " in english
    assert not re.search(r"[一-鿿]", english)


@pytest.mark.parametrize("command", ["", "areas", "areas load", "up"])
def test_the_parsers_own_option_is_explained_in_chinese(command: str) -> None:
    told = geo_housing(*command.split(), "--help")
    assert "显示这份说明" in told and "Show this message" not in told


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("group", ["", "db", "users", "areas", "hazards"])
def test_no_line_of_a_list_of_commands_is_cut(group: str, language: str) -> None:
    told = geo_housing(*group.split(), "--help", language=language)
    assert not re.search(r"\.\.\.\n|…", told.partition("Commands:")[2])


def test_examples_stand_below_the_commands_that_have_no_epilog_of_their_own() -> None:
    assert set(EXAMPLES) <= set(HELP)
    assert f"例：{EXAMPLES['up']}" in geo_housing("up", "--help")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("areas load", "缺少 file"),
        ("areas lod", "没有命令 lod，是不是 load？"),
        ("areas load x --lvel village", "没有选项 --lvel"),
        ("areas load x --level", "选项 --level 后面要写值"),
        ("up --port abc", "--port 写得不对，应是整数"),
        ("up --port 99999", "--port 写得不对，不能大于 65535"),
        ("db start now", "多写了 now"),
    ],
)
def test_what_is_written_wrongly_is_said_in_chinese_and_ends_with_2(
    written: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["geo-housing", *written.split()])
    monkeypatch.setenv("GEO_HOUSING_LANG", "zh")
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 2 and said.out == ""
    assert told in said.err and "--help" in said.err and not re.search(r"Error|Usage|Invalid", said.err)
