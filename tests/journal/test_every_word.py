"""Every field, count and kind of subject that the code writes into the journal has its Chinese words.

Read out of the code: what stands as text in a call that records, or in what is handed to one. Where names come from a
list, the list is named here; a call that this test cannot read makes it fail, so that no field slips by.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import geo_housing
from geo_housing.conclusions.care import _JOURNAL_NAMES, Care
from geo_housing.desk import timeline
from geo_housing.evacuation.states import FIELDS as MOVE_FIELDS
from geo_housing.houses.register.facts import HOUSE_FACTS, HOUSEHOLD_FACTS
from geo_housing.inspections.service import FIELDS as FINDINGS
from geo_housing.journal.count_words import COUNTS, NOT_TOLD
from geo_housing.journal.field_words import FIELDS
from geo_housing.journal.wording import ACTIONS, SUBJECTS, action_label, changes, figures
from geo_housing.response.standing.details import FIELDS as STANDING
from geo_housing.roster.facts import _IN_JOURNAL, KINDS

CODE = Path(geo_housing.__file__).parent
RECORDERS = frozenset({"record", "record_unseen", "record_house", "note_about", "_note", "_log", "_record"})
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Where a change is made of a list of fields: which.
LISTED: dict[str, frozenset[str]] = {
    "evacuation/service.py": frozenset(MOVE_FIELDS) - {"state", "people"} | {"evacuation", "people_moved"},
    "inspections/service.py": frozenset(FINDINGS),
    "conclusions/care.py": frozenset(
        _JOURNAL_NAMES.get(field.name, field.name) for field in fields(Care) if field.name != "stated"
    ),
    "houses/register/service.py": frozenset(HOUSE_FACTS),
    "houses/register/families.py": frozenset(HOUSEHOLD_FACTS),
    "houses/register/differences.py": frozenset(HOUSE_FACTS) | frozenset(HOUSEHOLD_FACTS),
    "roster/service.py": frozenset(_IN_JOURNAL.get(name, name) for kind in KINDS.values() for name in kind.facts),
    "roster/storing.py": frozenset(_IN_JOURNAL.get(name, name) for kind in KINDS.values() for name in kind.facts),
    "response/standing/details.py": frozenset(STANDING),
}
# Changes whose names stand in another place of the code, which is read as well: a function that makes them, or what a
# caller hands on. Days of a table of workdays are their own names.
READ_ELSEWHERE = frozenset({
    "accounts/service.py", "accounts/departments.py", "accounts/sign_in.py", "duty/service.py", "hazards/service.py",
    "hazards/adding.py", "calls/service.py", "orders/service.py", "policy/service.py", "houses/register/location.py",
})  # fmt: skip


def functions(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield node


def keys_in(node: ast.AST) -> set[str]:
    """Text keys of the dictionaries in a piece of code."""
    return {
        key.value
        for found in ast.walk(node)
        if isinstance(found, ast.Dict)
        for key in found.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def given_to(name: str, function: ast.AST) -> set[str]:
    """Text keys of what a variable of a function is made of, and of what is put into it."""
    found: set[str] = set()
    for node in ast.walk(function):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and target.id == name and getattr(node, "value", None) is not None:
                found |= keys_in(node.value)  # type: ignore[attr-defined, arg-type] # it has one
            of = target.value if isinstance(target, ast.Subscript) else None
            if isinstance(of, ast.Name) and of.id == name and isinstance(target.slice, ast.Constant):  # type: ignore[attr-defined]
                found.add(str(target.slice.value))  # type: ignore[attr-defined]
    return found


def handed_on(node: ast.AST) -> set[str]:
    """Variables that are the change itself, or a part of it; not those from which something else makes it."""
    if isinstance(node, ast.Name):
        return {node.id}
    parts: list[ast.AST] = []
    if isinstance(node, ast.BoolOp):
        parts = [*node.values]
    elif isinstance(node, ast.IfExp):
        parts = [node.body, node.orelse]
    elif isinstance(node, ast.Dict):
        parts = [value for key, value in zip(node.keys, node.values, strict=True) if key is None]
    return {name for part in parts for name in handed_on(part)}


def recorded(what: str) -> tuple[set[str], set[str]]:
    """Names of fields (``diff``) or counts in calls that record, and the files with a call whose names stand elsewhere."""
    names: set[str] = set()
    unread: set[str] = set()
    for path in CODE.rglob("*.py"):
        for function in functions(ast.parse(path.read_text("utf-8"))):
            for call in ast.walk(function):
                if (
                    not isinstance(call, ast.Call)
                    or getattr(call.func, "id", getattr(call.func, "attr", "")) not in RECORDERS
                ):
                    continue
                for keyword in call.keywords:
                    if keyword.arg != what:
                        continue
                    found = keys_in(keyword.value)
                    for name in handed_on(keyword.value):
                        found |= given_to(name, function)
                    names |= found
                    if not found:
                        unread.add(path.relative_to(CODE).as_posix())
    return names, unread


# Functions that make changes for a call of another place, by file.
MADE_BY = {
    "hazards/received.py": "told",
    "accounts/terms.py": "changes",
    "calls/service.py": "_told",
    "accounts/departments.py": None,
    "duty/service.py": None,
    "houses/register/location.py": None,
}


def made_elsewhere() -> set[str]:
    """Names in functions that make changes; of files whose own ``_note`` gets them as an argument: in those arguments."""
    found: set[str] = set()
    for name, maker in MADE_BY.items():
        for function in functions(ast.parse((CODE / name).read_text("utf-8"))):
            if maker is not None and getattr(function, "name", "") == maker:
                found |= keys_in(function) | given_to("told", function)
            elif maker is None:
                for call in ast.walk(function):
                    if isinstance(call, ast.Call) and getattr(call.func, "id", "") in RECORDERS:
                        for argument in call.args:
                            found |= keys_in(argument)
                found |= given_to("pairs", function) | given_to("diff", function)
    return found


def test_every_field_has_its_words() -> None:
    names, unread = recorded("diff")
    assert len(names) > 20 and unread <= LISTED.keys() | READ_ELSEWHERE, "say where the names of this change come from"
    made = made_elsewhere()
    assert {"categories", "shift_to", "call_state", "action", "area_code", "organisation"} <= made
    every = names | made | set().union(*LISTED.values())
    assert every - FIELDS.keys() == set(), "add its words to journal/field_words.py"
    assert all(CHINESE.search(label) for label, _ in FIELDS.values())


def test_every_count_has_its_words() -> None:
    names, _ = recorded("counts")
    assert len(names) > 30
    assert names - COUNTS.keys() - NOT_TOLD == set(), "add its words to journal/count_words.py"


def test_every_subject_has_its_words() -> None:
    kinds = {
        call.args[0].value
        for path in CODE.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") == "Subject"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(kinds) > 15 and {str(kind) for kind in kinds} - SUBJECTS.keys() == set()


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_a_timeline_calls_every_action_by_its_words(action: str) -> None:
    assert CHINESE.search(timeline.ACTS.get(action) or action_label(action))


def test_fields_and_values_of_a_timeline_are_words() -> None:
    assert timeline._label("conclusion") == "应急评估结论"
    assert timeline._value("conclusion", "not_habitable", {}) == "不可以居住"
    assert timeline._value("temporary_measure", "sealed", {}) == "封存停用、设警示标识"
    assert timeline._value("ended_reason", "duplicate", {}) == "重复登记"
    assert changes({"relation": [None, "lives"], "ended_reason": [None, "demolished"]}) == [
        ("与房屋的关系", "—", "居住"),
        ("终止原因", "—", "已拆除"),
    ]
    assert figures({"field": "id_number", "decision": "take", "kind": "shelters"}) == [
        ("项目", "身份证号"), ("处理", "采用台账"), ("种类", "安置点"),
    ]  # fmt: skip
