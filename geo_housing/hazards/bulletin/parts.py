"""What is read from a pasted warning: every part with its value and where it stands in the original text. Pure."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Part(Generic[T]):
    """One thing read; ``start`` and ``end`` count the original's characters, ``text`` is what is said there, without breaks."""

    value: T
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class ReadArea:
    """A division that the text names.

    ``text`` the words that name it (``宝石镇北部``, ``其余乡镇``); ``extent`` what they say of its part (北部, 大部);
    ``level`` its own warning level where the text gives it one; ``is_observed``: the text reports what has happened there
    and does not warn of more.
    """

    code: str
    name: str
    text: str
    start: int
    end: int
    extent: str | None = None
    level: str | None = None
    is_observed: bool = False


@dataclass(frozen=True)
class Candidate:
    """A division that may be meant."""

    code: str
    name: str


@dataclass(frozen=True)
class Question:
    """Words that may mean several divisions, or none: a person decides; nothing of it is among the areas."""

    text: str
    start: int
    end: int
    sentence: str
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Unread:
    """Words that look like a part of the warning and could not be used, and why; ``is_place``: they say where."""

    text: str
    start: int
    end: int
    sentence: str
    is_place: bool = False


@dataclass(frozen=True)
class Bulletin:
    """One warning as read; what the text does not say is None or empty, never assumed.

    ``action`` is a code word (issue, continue, upgrade, downgrade, change, lift, response), ``kind`` a code word of the
    kinds with its word in the text, ``level`` a colour, ``former_level`` the colour before an upgrade or change;
    ``response_level`` I to IV is another thing than a level. ``issuers`` in order, several when joint. ``issued_at`` is
    Beijing time, its year (and month) from the day of pasting where the text leaves it out; ``effective_at`` when a
    measure begins, ``expires_at`` the end of what the text calls its validity, ``replaced_at`` the time of the warning that this one changes or lifts; ``drill`` when it
    is marked as an exercise. ``undone``, one of the unread words: why nothing that it says has been done (没有发布, 将解除, 谣言),
    or why it is no warning (应急响应); then nobody may take it for one without looking. ``corrects``: the words that
    call it a correction of a warning that was issued, which was at ``former_level`` where that was wrong, else at ``level``.
    ``replaced_clock``: the hour alone of ``replaced_at``, where neither the words nor the text's own time tell the day.
    ``puts_hour_right``: ``issued_at`` is when the warning that it corrects was really issued; the correction itself was at
    ``corrected_at``, where it says so.
    ``retracts``: it is undone because it takes back a warning that was issued by mistake (误发), at ``level`` and ``replaced_at``.
    """

    action: Part[str] | None
    kind: Part[str] | None
    level: Part[str] | None
    former_level: Part[str] | None
    response_level: Part[str] | None
    issuers: tuple[Part[str], ...]
    issued_at: Part[datetime] | None
    effective_at: Part[datetime] | None
    expires_at: Part[datetime] | None
    replaced_at: Part[datetime] | None
    drill: Part[str] | None
    areas: tuple[ReadArea, ...]
    questions: tuple[Question, ...]
    unread: tuple[Unread, ...]
    undone: Unread | None = None
    corrects: Part[str] | None = None
    retracts: bool = False
    replaced_clock: Part[time] | None = None
    corrected_at: Part[datetime] | None = None
    puts_hour_right: bool = False

    @property
    def says_where(self) -> bool:
        """Whether the text names places, read or not: a lift that does is none of the whole warning."""
        return bool(self.areas or self.questions or any(one.is_place for one in self.unread))


@dataclass(frozen=True)
class Paste:
    """What a pasted text holds: its different warnings in their order; none when it is no warning."""

    text: str
    bulletins: tuple[Bulletin, ...]
