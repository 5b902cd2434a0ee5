"""What FastAPI finds wrong with a request, said in Chinese and without repeating what was typed."""

from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError

from geo_housing.errors import Fault

# Kind of pydantic error → sentence; the placeholders are pydantic's own context.
SENTENCES = {
    "missing": "缺少此项",
    "extra_forbidden": "没有这一项",
    "int_parsing": "应是整数",
    "int_type": "应是整数",
    "int_from_float": "应是整数",
    "float_parsing": "应是数字",
    "float_type": "应是数字",
    "finite_number": "应是有限的数字",
    "decimal_parsing": "应是数字",
    "bool_parsing": "应是“是”或“否”（true/false）",
    "bool_type": "应是“是”或“否”（true/false）",
    "string_type": "应是文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不对",
    "date_parsing": "应是日期，如 2026-11-24",
    "date_from_datetime_parsing": "应是日期，如 2026-11-24",
    "datetime_parsing": "应是时间，如 2026-11-24T08:30:00+08:00",
    "datetime_from_date_parsing": "应是时间，如 2026-11-24T08:30:00+08:00",
    "timezone_aware": "时间应带时区，如 +08:00",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "enum": "应是 {expected} 之一",
    "literal_error": "应是 {expected} 之一",
    "list_type": "应是列表",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "dict_type": "应是 JSON 对象",
    "model_attributes_type": "应是 JSON 对象",
    "model_type": "应是 JSON 对象",
    "json_invalid": "不是有效的 JSON",
    "uuid_parsing": "应是 UUID",
    "value_error": "内容不对",
}


def faults_of(error: RequestValidationError) -> list[Fault]:
    """One fault per place; ``column`` is the field's path without "body", "query" and their like."""
    return [Fault(None, _field(item["loc"]), None, _sentence(item)) for item in error.errors()]


def _field(place: tuple[Any, ...]) -> str | None:
    # An invalid JSON names the character where it broke, which is no field.
    named = [str(part) for part in place[1:]] if (place and not isinstance(place[-1], int)) or len(place) > 2 else []
    return ".".join(named) or None


def _sentence(item: Mapping[str, Any]) -> str:
    sentence = SENTENCES.get(str(item["type"]), "格式不对")
    try:
        return sentence.format(**item.get("ctx", {}))
    except KeyError:
        return "格式不对"
