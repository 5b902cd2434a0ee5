"""What the command line prints: Chinese or English by GEO_HOUSING_LANG / LANG, JSON as the last line."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from geo_housing.errors import Fault


def language() -> str:
    """'zh' unless the environment asks for English."""
    wanted = os.environ.get("GEO_HOUSING_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or "zh"
    return "en" if wanted.lower().startswith("en") else "zh"


def t(zh: str, en: str) -> str:
    """The sentence in the user's language."""
    return en if language() == "en" else zh


# Fields of the pages' forms and what is chosen there, which sentences of the rooms name, and the option that is the same here.
_COLUMNS = t("--columns 字段=表头，字段见 houses load --fields", "--columns FIELD=HEADING, see houses load --fields")
_OPTIONS = {
    "缓冲距离（米）": "--buffer",
    "坐标系": "--crs",
    "文件里的图层": "--layer",
    "坐标是什么": "--crs",
    "GCJ-02（高德、腾讯地图）": "gcj02",
    "BD-09（百度地图）": "bd09",
    "工作表": "--sheet",
    "识别结果": _COLUMNS,
    "仍要另建": "--even-if-known",
}


def told(sentence: str) -> str:
    """A sentence of a room, which is Chinese, in the user's language; a field that it names with its option."""
    return _with_options(sentence, _in_language(sentence), _in_language, t("（", " ("), t("）", ")"))


def in_report(fault: Fault) -> Fault:
    """What the file says that a command leaves behind, which is Chinese: with the options, too."""
    return replace(fault, sentence=_with_options(fault.sentence, fault.sentence, str, "（", "）"))


def _with_options(sentence: str, said: str, shown: Callable[[str], str], before: str, after: str) -> str:
    for label, option in _OPTIONS.items():
        if f"“{label}”" in sentence:
            field = f"“{shown(label)}”"
            said = said.replace(field, f"{field}{before}{option}{after}")
    return said


def _in_language(text: str) -> str:
    if language() == "zh":
        return text
    # The catalogues are read only where they are needed.
    from geo_housing.translation import translate

    return translate(text, "en")


def labelled(label: str, sentence: str) -> str:
    """``label：sentence`` in the user's language; without label the sentence alone."""
    return f"{told(label)}{t('：', ': ')}{told(sentence)}" if label else told(sentence)


def line(zh: str, en: str) -> None:
    """One line for the person, on standard error: standard output belongs to results."""
    print(t(zh, en), file=sys.stderr)


def result(values: Mapping[str, Any], *, as_json: bool, rows: Sequence[tuple[str, object]] = ()) -> None:
    """The outcome: one JSON object as the last line of standard output, or ``rows`` of label and value."""
    if as_json:
        print(json.dumps(values, ensure_ascii=False, default=str))
        return
    width = max((_width(label) for label, _ in rows), default=0)
    for label, value in rows:
        print(f"{label}{' ' * (width - _width(label))}  {value}")


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E80 else 1 for char in text)
