"""Forms of the house's page as the browser sends them: what was typed, what stood there before, the version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import FormData

from geo_housing.clock import day_typed, today
from geo_housing.errors import BadInput, Fault, GeoHousingError
from geo_housing.houses.register.facts import Fact, Value, as_typed, shown
from geo_housing.numbers import whole_number


async def _posted(request: Request) -> FormData:
    # Parsed once a request: the check of the CSRF token reads the same object.
    return await request.form()


Posted = Annotated[FormData, Depends(_posted)]


@dataclass
class Form:
    """A form over ``facts``, what was typed as texts.

    ``was`` is what stood there when the form was opened, ``faults`` what is wrong by field, ``theirs`` what somebody
    else changed meanwhile (label, before, now).
    """

    facts: Mapping[str, Fact]
    typed: dict[str, Any]
    was: dict[str, str]
    version: int
    faults: dict[str, str] = field(default_factory=dict)
    refusal: str | None = None
    theirs: list[tuple[str, str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, facts: Mapping[str, Fact], stored: Any, *, hidden: tuple[str, ...] = ()) -> "Form":
        """The form as it opens, filled with what is stored; ``hidden`` fields open empty."""
        typed = {name: "" if name in hidden else as_typed(getattr(stored, name)) for name in facts}
        return cls(facts, typed, dict(typed), getattr(stored, "version", 0))

    @classmethod
    def sent(cls, facts: Mapping[str, Fact], posted: FormData) -> "Form":
        """The form as it came back."""
        typed = {name: _typed(fact, posted) for name, fact in facts.items()}
        was = {name: text_of(posted, f"was_{name}", longest=2000) for name in facts}
        return cls(facts, typed, was, version_of(posted))

    @property
    def changed(self) -> dict[str, Any]:
        """The fields that the person changed; only these are written."""
        return {name: value for name, value in self.typed.items() if value != self.was[name]}

    def refused(self, error: GeoHousingError) -> "Form":
        """The same form with what is wrong, beside the fields."""
        self.refusal = error.sentence
        self.faults = {fault.column: fault.sentence for fault in error.faults if fault.column}
        return self

    def merged(self, error: GeoHousingError, stored: Any, *, hidden: tuple[str, ...] = ()) -> "Form":
        """The same form over what somebody else has saved: their values where I typed nothing, mine where I did."""
        now = Form.of(self.facts, stored, hidden=hidden)
        mine = self.changed
        self.theirs = [
            (fact.label, _in_words(fact, self.was[name]), _in_words(fact, now.typed[name]))
            for name, fact in self.facts.items()
            if self.was[name] != now.typed[name]
        ]
        self.typed = {**now.typed, **mine}
        self.was, self.version, self.refusal = now.was, now.version, error.sentence
        return self


def _typed(fact: Fact, posted: FormData) -> str:
    if fact.kind != "words":
        return text_of(posted, fact.name, longest=2000)
    chosen = [value for value in posted.getlist(fact.name) if isinstance(value, str) and value]
    return ",".join(sorted(set(chosen)))


def _in_words(fact: Fact, typed: str) -> str:
    value: Value = tuple(part for part in typed.split(",") if part) if fact.kind == "words" else typed
    return shown(fact, value)


def text_of(posted: FormData, name: str, *, longest: int = 500) -> str:
    """One text of the form, trimmed; BadInput when it is far too long for any field."""
    value = posted.get(name)
    text = value.strip() if isinstance(value, str) else ""
    if len(text) > longest:
        raise _fault(name, f"超过 {longest} 个字，请缩短。")
    if "\x00" in text:
        raise _fault(name, "有不可见的控制字符，请重新输入。")
    return text


def version_of(posted: FormData) -> int:
    """The version that the form was opened with."""
    version = whole_number(text_of(posted, "version"))
    if version is None:
        raise BadInput("页面缺少版本号，请刷新页面后重新填写。")
    return version


def day_of(posted: FormData, name: str, label: str) -> date:
    """A day of the form; today when nothing was stated."""
    return day_typed(text_of(posted, name), label, field=name) or today()


def _fault(name: str, sentence: str) -> BadInput:
    return BadInput(sentence, faults=[Fault(None, name, None, sentence)])
