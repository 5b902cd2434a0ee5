"""What may not lie in this repository: addresses of registries, paths of a machine, heavy files, tests that do not test."""

import ast
import json
import os
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

import pytest

from geo_housing.own_code import PROJECT_FOLDER

BOUNDARIES = PROJECT_FOLDER / "data" / "boundaries"
MOST_BYTES = 1 << 20
LOCKS = ["requirements.txt", "requirements-dev.txt", "scripts/requirements-uv.txt", "bench/requirements-peers.txt"]
# In pieces, so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    "|".join((r"pypi\.or[g]", r"pythonhoste[d]", r"npmjs\.[co]", r"npmmirro[r]", r"registry\.yar[n]", r"deb\.debia[n]",
              r"archive\.ubunt[u]", r"unpk[g]\.com", r"jsdeliv[r]", r"cdnj[s]", r"mirrors\.(?:aliyu|tun)[an]"))
)  # fmt: skip
MACHINES = re.compile(r"(?<![\w.~}])/(?:wor[k]|roo[t]|User[s]|hom[e]/(?!clerk\b)\w+)/\w")
URL = re.compile(r"https?:/[/]")


def ignored() -> set[str]:
    """Names that .gitignore leaves out, without their slashes."""
    lines = (PROJECT_FOLDER / ".gitignore").read_text().split()
    return {line.strip("/") for line in lines} | {".git"}


@cache
def files() -> tuple[Path, ...]:
    """Everything that is or could be committed."""
    leave = ignored()
    found: list[Path] = []
    for folder, names, entries in os.walk(PROJECT_FOLDER):
        here = Path(folder)
        relative = here.relative_to(PROJECT_FOLDER)
        names[:] = [
            n for n in names if n not in leave and str(relative / n) not in leave and not n.endswith(".egg-info")
        ]
        found += [here / entry for entry in entries if entry not in leave and not entry.endswith(".pyc")]
    return tuple(found)


def texts() -> Iterator[tuple[Path, str]]:
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content[:4096]:
            yield path, content.decode(errors="replace")


def test_nothing_is_a_link() -> None:
    """A link to a folder of one machine would take the place of everybody's own; what is left out here may be one."""
    here = {folder for file in files() for folder in file.parents if folder.is_relative_to(PROJECT_FOLDER)}
    inside = [entry for folder in here for entry in folder.iterdir()]
    leave = ignored()
    left_out = [one for one in inside if one.name in leave or one.relative_to(PROJECT_FOLDER).as_posix() in leave]
    assert [one for one in inside if one.is_symlink() and one not in left_out] == []


def places(pattern: re.Pattern[str], *, but: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{path.relative_to(PROJECT_FOLDER)}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        if path.relative_to(PROJECT_FOLDER).as_posix() not in but
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_the_files_are_seen() -> None:
    names = {path.relative_to(PROJECT_FOLDER).as_posix() for path in files()}
    assert {"README.md", "geo_housing/db.py", "web/package.json", ".ci/run"} <= names
    assert not [name for name in names if name.startswith((".venv/", ".git/", "web/node_modules/", "bench/.peers/"))]


def test_no_registry_is_named() -> None:
    assert places(REGISTRIES) == []


def test_no_path_of_a_machine_is_named() -> None:
    assert places(MACHINES) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_a_hash_for_everything_and_no_address(lock: str) -> None:
    text = (PROJECT_FOLDER / lock).read_text()
    assert not URL.search(text)
    entries = re.split(r"\n(?=[a-z0-9])", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    pinned = [entry for entry in entries if entry.strip()]
    assert pinned and all(re.match(r"[\w.\-\[\],]+==[\w.+!]+", entry.strip()) for entry in pinned)
    assert [entry.splitlines()[0] for entry in pinned if "--hash=sha256:" not in entry] == []


def test_the_lock_of_the_pages_is_exact_and_has_no_address() -> None:
    package = json.loads((PROJECT_FOLDER / "web" / "package.json").read_text())
    lock = json.loads((PROJECT_FOLDER / "web" / "package-lock.json").read_text())
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in package["dependencies"].values())
    assert lock["packages"][""]["dependencies"] == package["dependencies"]
    installed = {name: entry for name, entry in lock["packages"].items() if name}
    assert not [name for name, entry in installed.items() if "resolved" in entry or not entry.get("integrity")]
    assert not URL.search(json.dumps(lock))


def test_no_file_is_heavy_but_the_boundaries() -> None:
    heavy = [path for path in files() if path.stat().st_size > MOST_BYTES and BOUNDARIES not in path.parents]
    assert heavy == []


def test_whatever_is_still_to_do_has_a_number() -> None:
    # An issue's number after the word: TODO(12), TODO #12.
    assert places(re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X]|HAC[K])\b(?!\s*[(#]\s*#?\d)")) == []


REASON_TO_SKIP = re.compile(r"mark\.skipif\((os\.geteuid\(\) != 0|not MAY_MOUNT),")


def test_no_test_is_skipped_expected_to_fail_or_fooled() -> None:
    """Thresholds may be lowered by monkeypatch; a stand-in for a session or a library may not be made.

    The two reasons to leave a test out: only root can become another user, and only who may mount has a small disk.
    """
    found: list[str] = []
    for path in sorted((PROJECT_FOLDER / "tests").rglob("*.py")):
        text = path.read_text()
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if name == "skipif" and REASON_TO_SKIP.search(lines[node.lineno - 1]):
                continue
            if name in {"skip", "skipif", "xfail", "importorskip", "MagicMock", "Mock", "mocker"} or any(
                module.split(".")[0] in {"unittest", "mock"} for module in modules
            ):
                found.append(f"{path.relative_to(PROJECT_FOLDER)}:{getattr(node, 'lineno', 0)}")
    assert found == []


def test_every_room_of_tests_can_hold_files_of_equal_names() -> None:
    folders = {path.parent for path in (PROJECT_FOLDER / "tests").rglob("test_*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_source_file_is_longer_than_a_reader_bears() -> None:
    package = PROJECT_FOLDER / "geo_housing"
    sources = [path for path in files() if path.suffix == ".py" and package in path.parents]
    # A migration is one step, however long.
    sources = [path for path in sources if path.parent != package / "migrations" / "versions"]
    long = {path.name: n for path in sources if (n := len(path.read_text().splitlines())) > 400}
    assert sources and long == {}


def test_the_layers_name_every_room_and_no_other() -> None:
    """Import Linter passes over a room in brackets that is not there, and what it passes over it does not hold."""
    contracts = tomllib.loads((PROJECT_FOLDER / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    named = [room.strip() for layer in layers for room in layer.split("|")]
    service = PROJECT_FOLDER / "geo_housing"
    sources = [path.relative_to(service) for path in files() if path.suffix == ".py" and service in path.parents]
    assert sorted(named) == sorted({path.parts[0].removesuffix(".py") for path in sources} - {"__init__"})


@cache
def modules() -> dict[str, tuple[ast.Module, bool]]:
    """Every module of the service, the benchmark and the scripts by its name, read; whether what it defines must be used."""
    found = {}
    for path in files():
        parts = path.relative_to(PROJECT_FOLDER).with_suffix("").parts
        if path.suffix == ".py" and parts[0] in {"geo_housing", "bench", "scripts"}:
            # A migration is called by Alembic, and uses what it imports.
            is_ours = parts[0] != "scripts" and parts[1:3] != ("migrations", "versions") and parts[-1] != "env"
            name = ".".join(parts).removesuffix(".__init__")
            found[name] = (ast.parse(path.read_text()), is_ours)
    return found


def named_elsewhere() -> set[tuple[str, str]]:
    """(module, name) of whatever some module imports, reads through an imported module or names as a pair of strings."""
    known, found = modules(), set()
    for tree, _ in known.values():
        called: dict[str, str] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                found |= {(node.module, alias.name) for alias in node.names}
                whole = {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
                called |= {name: module for name, module in whole.items() if module in known}
            elif isinstance(node, ast.Tuple) and len(node.elts) == 2:
                pair = [one.value for one in node.elts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                found |= {(pair[0], pair[1])} if len(pair) == 2 else set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in called:
                found.add((called[node.value.id], node.attr))
    return found


def is_called_by_a_framework(node: ast.stmt) -> bool:
    """A function that an object has taken by its decorator (a route, a command), and a table, which the database has."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return any(isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) for one in node.decorator_list)
    return isinstance(node, ast.ClassDef) and "__tablename__" in ast.unparse(node)


def names_of(node: ast.stmt) -> list[str]:
    """What a statement at the top of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    named = [one for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
    return [one.id for one in named if isinstance(one.ctx, ast.Store)]


def test_whatever_a_module_defines_is_used() -> None:
    """By the service, the benchmark or a script: what only tests use is dead as well."""
    elsewhere, unused = named_elsewhere(), []
    for module, (tree, is_ours) in modules().items():
        read: defaultdict[str, set[ast.stmt]] = defaultdict(set)
        for statement in tree.body:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    read[node.id].add(statement)
        for statement in tree.body if is_ours else ():
            if not is_called_by_a_framework(statement):
                unused += [
                    f"{module}.{name}"
                    for name in names_of(statement)
                    if not name.startswith("__") and not read[name] - {statement} and (module, name) not in elsewhere
                ]
    assert len(modules()) > 500
    assert unused == []


EXPORTED = re.compile(r"^export (?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)
IMPORTED = re.compile(r"\{([^{}]*)\}\s*(?:from|= await import\()\s*\"([^\"]+)\"")


def test_whatever_a_script_exports_another_imports() -> None:
    static = PROJECT_FOLDER / "web" / "static"
    scripts = {
        path.relative_to(static).as_posix(): path.read_text()
        for path in files()
        if path.suffix == ".js" and static in path.parents
    }
    imported = {
        (
            address.removeprefix("gh/") if address.startswith("gh/") else normpath(join(dirname(script), address)),
            name.strip(),
        )
        for script, text in scripts.items()
        for names, address in IMPORTED.findall(text)
        for name in re.sub(r" as \w+", "", names).split(",")
    }
    exported = {(script, name) for script, text in scripts.items() for name in EXPORTED.findall(text)}
    assert len(exported) > 50
    assert exported - imported == set()
