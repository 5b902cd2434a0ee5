"""What was written wrongly on the command line, said so that a clerk can mend it; the parser's own words are English."""

import re
from typing import Any

from geo_housing.cli.say import language
from geo_housing.errors import BadInput

# The parser's sentence → ours; what is in brackets there stands in the braces here.
SENTENCES = (
    (r"No such command '([^']+)'\.?(?: Did you mean '([^']+)'\?)?", "没有命令 {0}", "，是不是 {1}？"),
    (r"No such option:? '?([^\s']+)'?(?: \(Possible options: (.+)\))?", "没有选项 {0}", "，可用的有 {1}"),
    (r"No such option:? '?([^\s']+)'?(?: Did you mean '?([^\s'?]+)'?\?)?", "没有选项 {0}", "，是不是 {1}？"),
    (r"Missing (?:argument|parameter) '?([^'.]+)'?", "缺少 {0}", ""),
    (r"Missing option '?([^'.]+)'?", "缺少选项 {0}", ""),
    (r"Option '([^']+)' requires an argument", "选项 {0} 后面要写值", ""),
    (r"Got unexpected extra arguments?(?:\(s\))? \((.+)\)", "多写了 {0}", ""),
)
VALUES = (
    (r"valid integer", "应是整数"),
    (r"valid number", "应是数字"),
    (r"greater than or equal to (\S+)", "不能小于 {0}"),
    (r"less than or equal to (\S+)", "不能大于 {0}"),
    (r"is not one of (.+)|Input should be ('.+)", "应是 {0}"),
)


def wrong_usage(error: Any) -> BadInput:
    """The parser's error (of Typer's own Click) as ours: what is wrong, and where the way to write it is shown."""
    told = error.format_message()
    path = error.ctx.command_path if getattr(error, "ctx", None) is not None else "geo-housing"
    if language() == "en":
        return BadInput(f"{told} See: {path} --help")
    sentence = _chinese(told)
    return BadInput(f"{sentence}{'' if sentence.endswith('？') else '。'}写法见：{path} --help")


def _chinese(told: str) -> str:
    if found := re.match(r"Invalid value(?: for '?([^':]+)'?)?: (.+)", told, re.DOTALL):
        return f"{found[1] or '值'} 写得不对，{_value(found[2])}"
    for pattern, sentence, more in SENTENCES:
        if found := re.match(pattern, told):
            parts = [part or "" for part in found.groups()]
            return sentence.format(*parts) + (more.format(*parts) if more and parts[-1] else "")
    return told.rstrip(".")


def _value(told: str) -> str:
    for pattern, sentence in VALUES:
        if found := re.search(pattern, told):
            return sentence.format(*(part.rstrip(".") for part in found.groups() if part))
    return told.rstrip(".")
