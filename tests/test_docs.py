"""What README and its like promise exists: commands, options, make targets, files; in both languages the same."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from geo_housing.cli import app
from geo_housing.own_code import PROJECT_FOLDER

GUIDES = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "data/boundaries/README.md"]
# The spoken parts of a written command: `A|B` and `…` stand for several.
ENDS = re.compile(r"\s{2,}#|\s#\s|[`）]|\s+[|&>]\s|$")


def text_of(guide: str) -> str:
    return (PROJECT_FOLDER / guide).read_text()


def named_commands(guide: str) -> Iterator[list[str]]:
    """The words after each ``geo-housing`` that stands as a command: in a block, or between backticks."""
    text = text_of(guide)
    for block in re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for line in block.splitlines():
            if found := re.match(r"(?:\$ )?(?:\.venv/bin/)?geo-housing (.*)", line.strip()):
                yield words(found[1])
    for span in re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)):
        if found := re.match(r"(?:\.venv/bin/)?geo-housing (\w.*)", span):
            yield words(found[1])


def words(told: str) -> list[str]:
    told = re.sub(r"\$\([^)]*\)", "shell", told)
    return shlex.split(told[: ENDS.search(told).start()].strip())  # type: ignore[union-attr] # its end at the least


def resolve(arguments: list[str]) -> tuple[str, Any, list[str]]:
    """The command that ``arguments`` name, asked of the program itself, and what is left: its own arguments."""
    command, path, rest = typer.main.get_command(app), [], list(arguments)
    while hasattr(command, "list_commands"):
        assert rest and rest[0] in command.list_commands(None), f"no such command: {' '.join(arguments)}"
        command = command.get_command(None, rest[0])
        path.append(rest.pop(0))
    return " ".join(path), command, rest


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_that_is_named_is_understood_by_the_program(guide: str) -> None:
    for arguments in named_commands(guide):
        if arguments == ["--help"]:
            continue
        path, command, rest = resolve(arguments)
        known = {opt for option in command.params for opt in (*option.opts, *option.secondary_opts)} | {"--help"}
        unknown = [word for word in rest if word.startswith("-") and word.partition("=")[0] not in known]
        assert not unknown, f"geo-housing {path} has no {unknown}"
        # A whole line is parsed as the program would, its types and required options included.
        if rest and "--help" not in rest and "…" not in rest:
            command.make_context(path, list(rest), resilient_parsing=False)


@pytest.mark.parametrize("guide", GUIDES)
def test_every_make_target_that_is_named_exists(guide: str) -> None:
    targets = set(re.findall(r"^([\w-]+):", text_of("Makefile"), re.MULTILINE))
    assert {"run", "test", "check", "bench", "setup"} <= targets
    named = set(re.findall(r"(?:^|`)make ([a-z][\w-]*)", text_of(guide), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("guide", GUIDES)
def test_every_file_that_is_linked_exists(guide: str) -> None:
    folder = (PROJECT_FOLDER / guide).parent
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text_of(guide))]
    local = [link for link in links if link and "://" not in link]
    assert [link for link in local if not (folder / link).exists()] == []


def test_both_languages_show_the_same_commands() -> None:
    shown = {}
    for guide in ("README.md", "README.zh-CN.md"):
        shown[guide] = {resolve(arguments)[0] for arguments in named_commands(guide) if arguments != ["--help"]}
    assert shown["README.md"] == shown["README.zh-CN.md"] and len(shown["README.md"]) >= 10


def test_every_variable_that_is_named_is_read_by_the_program() -> None:
    code = "".join(path.read_text() for path in (PROJECT_FOLDER / "geo_housing").rglob("*.py"))
    code += (PROJECT_FOLDER / "docker-compose.yml").read_text()
    for guide in GUIDES:
        assert [name for name in set(re.findall(r"GEO_HOUSING_\w+", text_of(guide))) if name not in code] == []


def test_the_guides_are_there_and_the_readme_is_short_enough_to_be_read() -> None:
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "GLOSSARY.md", "LICENSE"):
        assert (Path(PROJECT_FOLDER) / name).stat().st_size > 500
    assert len(text_of("README.md").splitlines()) < 120 and len(text_of("README.zh-CN.md").splitlines()) < 120
