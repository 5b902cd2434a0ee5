"""Reading CQL2 text (OGC 21-065r2) into the tree of condition.py. Pure: knows neither columns nor SQL.

Read are comparisons, LIKE, IN, BETWEEN, IS NULL, S_INTERSECTS with a polygon, AND, OR, NOT and brackets, with the
precedence of the standard. A reader of our own, because pygeofilter 0.4 gives AND and OR the same rank and so
answers ``a OR b AND c`` wrongly without a word.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from geo_housing.errors import BadInput
from geo_housing.layers.condition import (
    Between,
    Both,
    Comparison,
    Condition,
    Either,
    Intersects,
    IsNull,
    Like,
    Not,
    OneOf,
    Value,
)

MAX_LENGTH = 20_000
MAX_TERMS = 200
MAX_DEPTH = 50

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<wkt>(?:(?:MULTI)?POLYGON|BBOX)\s*(?=\())
    | (?P<timestamp>(?:DATE|TIMESTAMP)\s*\(\s*'[^']*'\s*\))
    | (?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<word>[^\W\d][\w.:]*)
    | (?P<sign><>|<=|>=|!=|[=<>(),])
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_WORDS = {"and", "or", "not", "in", "like", "between", "is", "null", "true", "false"}
_FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class _Name:
    text: str


def parse(text: str) -> Condition:
    """The tree of ``text``; BadInput names the place that cannot be read."""
    if len(text) > MAX_LENGTH:
        raise BadInput(f"条件（where）太长：最多 {MAX_LENGTH} 个字符；复杂的范围请用范围文件（命令行 --within）。")
    return _Reader(_tokens(text)).whole()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text[at : at + 20].strip(), at)
        group = match.lastgroup or ""
        word = match.group(group)
        is_keyword = group == "word" and word.lower() in _WORDS
        kind, word = ("keyword", word.lower()) if is_keyword else (group, word)
        at = match.end()
        if kind == "wkt":
            at = _closing(text, at)
            word = text[match.start(group) : at]
        tokens.append(_Token(kind, word, match.start(group)))
    return tokens


def _closing(text: str, at: int) -> int:
    """The place after the bracket that closes the one at ``at``."""
    depth = 0
    for place in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1
    raise _unreadable(text[at : at + 20], at)


def _unreadable(what: str, at: int) -> BadInput:
    return BadInput(
        f"条件（where）在第 {at + 1} 个字符“{what}”处读不懂。写法示例："
        "grade IN ('C','D') AND built_year < 1990 AND NOT (structure = 'rc')。"
    )


class _Reader:
    """Recursive descent over the tokens: OR, then AND, then NOT, then predicates."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.terms = 0
        self.depth = 0

    def whole(self) -> Condition:
        if not self.tokens:
            raise BadInput("条件（where）是空的。")
        condition = self.either()
        if self.at < len(self.tokens):
            raise self.wrong()
        return condition

    def wrong(self) -> BadInput:
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            return _unreadable(token.text[:20], token.at)
        last = self.tokens[-1]
        return BadInput(f"条件（where）没有写完：“{last.text[:20]}”之后还缺内容。")

    def accept(self, *texts: str) -> str | None:
        """The next token if it is one of these keywords or signs."""
        if self.at < len(self.tokens):
            token = self.tokens[self.at]
            if token.kind in ("keyword", "sign") and token.text in texts:
                self.at += 1
                return token.text
        return None

    def expect(self, text: str) -> None:
        if self.accept(text) is None:
            raise self.wrong()

    def take(self, *kinds: str) -> _Token:
        if self.at < len(self.tokens) and self.tokens[self.at].kind in kinds:
            self.at += 1
            return self.tokens[self.at - 1]
        raise self.wrong()

    def either(self) -> Condition:
        items = self.chain(self.both, "or")
        return items[0] if len(items) == 1 else Either(items)

    def both(self) -> Condition:
        items = self.chain(self.negation, "and")
        return items[0] if len(items) == 1 else Both(items)

    def chain(self, part: Callable[[], Condition], word: str) -> tuple[Condition, ...]:
        items = [part()]
        while self.accept(word):
            items.append(part())
        return tuple(items)

    def negation(self) -> Condition:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadInput(f"条件（where）的括号和 NOT 套得太深：最多 {MAX_DEPTH} 层。")
        if self.accept("not"):
            condition: Condition = Not(self.negation())
        elif self.accept("("):
            condition = self.either()
            self.expect(")")
        else:
            condition = self.predicate()
        self.depth -= 1
        return condition

    def predicate(self) -> Condition:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise BadInput(f"条件（where）太复杂：最多 {MAX_TERMS} 个比较。")
        left = self.operand()
        if not isinstance(left, _Name):
            op = self.comparison_sign()
            right = self.operand()
            if not isinstance(right, _Name):
                raise BadInput("条件（where）里的比较要有一个字段名，例如 built_year < 1990。")
            return Comparison(right.text, _FLIPPED[op], left)
        if left.text.lower() == "s_intersects" and self.accept("("):
            return self.intersects()
        if self.accept("is"):
            negated = self.accept("not")
            self.expect("null")
            return Not(IsNull(left.text)) if negated else IsNull(left.text)
        if self.accept("not"):
            return Not(self.rest(left.text))
        return self.rest(left.text)

    def rest(self, name: str) -> Condition:
        """What follows a name: LIKE, IN, BETWEEN or a comparison."""
        if self.accept("like"):
            return Like(name, _unquoted(self.take("string").text))
        if self.accept("in"):
            self.expect("(")
            values = [self.value()]
            while self.accept(","):
                values.append(self.value())
            self.expect(")")
            return OneOf(name, tuple(values))
        if self.accept("between"):
            low = self.value()
            self.expect("and")
            return Between(name, low, self.value())
        if self.tokens[self.at - 1].text == "not":
            raise self.wrong()
        return Comparison(name, self.comparison_sign(), self.value())

    def intersects(self) -> Condition:
        name = self.operand()
        if not isinstance(name, _Name):
            raise self.wrong()
        self.expect(",")
        wkt = self.take("wkt").text
        self.expect(")")
        return Intersects(name.text, wkt)

    def comparison_sign(self) -> str:
        op = self.accept("=", "<>", "!=", "<", "<=", ">", ">=")
        if op is None:
            raise self.wrong()
        return "<>" if op == "!=" else op

    def value(self) -> Value:
        operand = self.operand()
        if isinstance(operand, _Name):
            raise BadInput(f"条件（where）里“{operand.text}”应是一个值；文字要放在单引号里，如 'C'。")
        return operand

    def operand(self) -> Value | _Name:
        if flag := self.accept("true", "false"):
            return flag == "true"
        token = self.take("number", "string", "timestamp", "word", "quoted")
        if token.kind == "word":
            return _Name(token.text)
        if token.kind == "quoted":
            return _Name(token.text[1:-1].replace('""', '"'))
        if token.kind == "string":
            return _unquoted(token.text)
        if token.kind == "timestamp":
            return _moment(token)
        # Beyond 18 digits no column holds a whole number, and Python refuses to read very long ones.
        return float(token.text) if re.search(r"[.eE]|\d{19}", token.text) else int(token.text)


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _moment(token: _Token) -> date | datetime:
    text = token.text.split("'")[1]
    try:
        if token.text.lower().startswith("date"):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"日期“{text}”写法不对：应如 DATE('2024-05-01') 或 TIMESTAMP('2024-05-01T08:00:00+08:00')。"
        ) from None
