"""What the code says in Chinese, read from the code itself: no sentence can be forgotten.

A sentence with values in it is given back with a number in every place, as it would be said.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from geo_housing.own_code import PROJECT_FOLDER

CODE = PROJECT_FOLDER / "geo_housing"
CHINESE = re.compile("[\u3400-\u9fff]")
# Functions of the command line that are given both languages, and what only developers see.
BOTH_LANGUAGES = {"t", "line"}
FOR_DEVELOPERS = {"comment", "pattern"}
A_NUMBER = "7"


@dataclass(frozen=True)
class Said:
    """One Chinese text of the code; ``within``: the function, class or table at the top of its file that holds it."""

    path: str
    within: str
    line: int
    text: str


def said_in(path: Path) -> Iterator[Said]:
    """All Chinese texts of one file, but for docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    passed_over: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed_over.add(node.value)
        elif isinstance(node, ast.Call):
            if getattr(node.func, "id", getattr(node.func, "attr", None)) in BOTH_LANGUAGES:
                passed_over.update(each for argument in node.args for each in ast.walk(argument))
            passed_over.update(
                each for word in node.keywords if word.arg in FOR_DEVELOPERS for each in ast.walk(word.value)
            )
        elif isinstance(node, ast.Dict):
            # The comment of a table stands among its arguments.
            passed_over.update(
                value
                for key, value in zip(node.keys, node.values, strict=True)
                if isinstance(key, ast.Constant) and key.value in FOR_DEVELOPERS
            )
        elif isinstance(node, ast.JoinedStr):
            passed_over.update(part for part in node.values if isinstance(part, ast.Constant))
            passed_over.update(
                part.format_spec for part in node.values if isinstance(part, ast.FormattedValue) and part.format_spec
            )
    for holder, node in ((top, each) for top in tree.body for each in ast.walk(top)):
        if node in passed_over:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value if isinstance(part, ast.Constant) else A_NUMBER for part in node.values)  # type: ignore[misc] # a literal part is text
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = re.sub(r"\{\w+\}", A_NUMBER, node.value)
        else:
            continue
        if CHINESE.search(text):
            yield Said(path.relative_to(CODE).as_posix(), _name(holder), node.lineno, text)


def _name(top: ast.stmt) -> str:
    if isinstance(top, ast.Assign):
        top = top.targets[0]  # type: ignore[assignment] # its first name is enough
    if isinstance(top, ast.AnnAssign):
        top = top.target  # type: ignore[assignment] # its name
    return str(getattr(top, "name", None) or getattr(top, "id", ""))


def said_in_code() -> list[Said]:
    """All Chinese texts of the code."""
    return [said for path in sorted(CODE.rglob("*.py")) for said in said_in(path)]
