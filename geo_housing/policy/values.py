"""Values of settings between the form, the database and the page: pure."""

from datetime import date
from typing import Any

from geo_housing.clock import day_typed
from geo_housing.errors import BadInput
from geo_housing.policy.defaults import Setting
from geo_housing.words import WordList

BETWEEN = " / "
AND = "、"
NONE = "无"
MOST_BASIS = 300
_YES = {"是": True, "否": False, "true": True, "false": False, "1": True, "0": False}


def shown(value: Any, words: WordList | None = None) -> str:
    """A value as the page shows it, without its unit: 30, 24 / 48 / 72, 是; of a list of words: C级、D级, 无."""
    if words is not None:
        return AND.join(words.label(code) for code in value) or NONE
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return BETWEEN.join(shown(part) for part in value)
    return str(value)


def read_value(setting: Setting, typed: str) -> Any:
    """The value that somebody typed, of the same form as the default; BadInput says what is expected."""
    text = typed.strip()
    if not text:
        raise BadInput(f"请填写“{setting.label}”的新值。")
    if setting.words is not None:
        return (
            [] if text == NONE else list(dict.fromkeys(setting.words.codes(text.replace(AND, ",").replace("/", ","))))
        )
    default = setting.default
    if isinstance(default, bool):
        if text.lower() not in _YES:
            raise BadInput(f"“{setting.label}”只能填“是”或“否”。")
        return _YES[text.lower()]
    if isinstance(default, int):
        return _number(setting, text)
    if isinstance(default, list):
        parts = [
            part for part in text.replace("，", "/").replace(",", "/").replace("、", "/").split("/") if part.strip()
        ]
        if len(parts) != len(default):
            raise BadInput(f"“{setting.label}”要填 {len(default)} 个值，用 / 隔开，如 {shown(default)}。")
        return [_number(setting, part) if isinstance(default[0], int) else part.strip() for part in parts]
    return text


def _number(setting: Setting, text: str) -> int:
    # int() also reads full-width digits, as people type them in Chinese input.
    try:
        number = int(text.strip().removesuffix(setting.unit).strip())
    except ValueError:
        raise BadInput(f"“{setting.label}”要填整数（{setting.unit}），“{text.strip()}”不是。") from None
    if number < setting.least or (setting.most is not None and number > setting.most):
        most = "" if setting.most is None else f"，不大于 {setting.most}"
        raise BadInput(f"“{setting.label}”应不小于 {setting.least}{most}（{setting.unit}）。")
    return number


def read_basis(typed: str) -> str:
    """The document that a value rests on; BadInput without one."""
    text = " ".join(typed.split())
    if not text:
        raise BadInput("请写明依据：文件名称和文号，如“×政办发〔2026〕12号”。没有依据的值不能记录。")
    if len(text) > MOST_BASIS:
        raise BadInput(f"依据最多 {MOST_BASIS} 个字，请只写文件名称、文号和条款。")
    return text


def read_day(typed: str, *, what: str) -> date:
    """An official day as typed; BadInput without one."""
    day = day_typed(typed, what)
    if day is None:
        raise BadInput(f"请填写“{what}”。")
    return day
