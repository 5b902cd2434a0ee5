"""What a request asks for: query parameters or a JSON body become a filter, a page, a file."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict
from starlette.datastructures import QueryParams

from geo_housing.errors import BadInput
from geo_housing.numbers import whole_number

# Up to this many rows are answered at once (contract); files have no limit.
MOST_ROWS = 5_000
DEFAULT_ROWS = 100

Words = str | list[str] | None


class ExportBody(BaseModel):
    """The filter of a POST, for polygons that no address can hold; the fields are those of the query string."""

    model_config = ConfigDict(extra="forbid")

    area: str | None = None
    bbox: str | list[float] | None = None
    within: str | dict[str, Any] | None = None
    grade: Words = None
    risk: Words = None
    renovation: Words = None
    renovation_year: int | str | list[int | str] | None = None
    occupancy: Words = None
    category: Words = None
    trait: Words = None
    structure: Words = None
    location: Words = None
    state: Words = None
    event: int | None = None
    uncertain: bool | None = None
    zone: int | None = None
    standing: int | str | None = None
    where: str | None = None
    crs: str | None = None
    public: bool = False
    purpose: str | None = None

    def filter_values(self) -> dict[str, object]:
        """The filter alone."""
        return self.model_dump(exclude_none=True, exclude={"crs", "public", "purpose"})


def query_values(params: QueryParams, *, besides: frozenset[str]) -> dict[str, object]:
    """The filter of a query string without the parameters in ``besides``; ``risk=C&risk=D`` is ``risk=C,D``."""
    values: dict[str, object] = {}
    for name in params:
        if name in besides:
            continue
        given = [value for value in params.getlist(name) if value]
        if len(given) > 1 and name in ("where", "within", "area", "bbox", "event", "uncertain", "zone", "standing"):
            raise BadInput(f"“{name}”只能给一次。")
        values[name] = ",".join(given)
    return values


def flag(params: QueryParams, name: str) -> bool:
    """Whether ``name`` is switched on."""
    return params.get(name, "").lower() in ("1", "true", "yes", "是")


def limit_of(params: QueryParams, *, default: int = DEFAULT_ROWS, most: int = MOST_ROWS) -> int:
    """How many rows are wanted; more than ``most`` gives ``most``, as OGC API Features asks."""
    given = params.get("limit")
    if given is None or given == "":
        return default
    # Of any length: who asks for more than there is gets the most there is.
    number = whole_number(given, most=10**4000)
    if not number:
        raise BadInput(f"limit 应为 1 到 {most} 的整数，现在是“{given[:40]}”。")
    return min(number, most)


@dataclass(frozen=True)
class Cursor:
    """A place in keyset order; what it looks like is nobody's business but ours."""

    after: tuple[str, str] | None

    @classmethod
    def read(cls, text: str | None) -> "Cursor":
        """The cursor of ``next``; BadInput when it was not made here."""
        if not text:
            return cls(None)
        try:
            parts = json.loads(base64.urlsafe_b64decode(text.encode()))
            scope, key = (str(part) for part in parts)
        except (binascii.Error, ValueError, TypeError):
            raise BadInput("cursor 不对：请原样使用上一页返回的 next。") from None
        return cls((scope, key))

    def text(self) -> str | None:
        """The cursor as the client gets it."""
        return None if self.after is None else base64.urlsafe_b64encode(json.dumps(self.after).encode()).decode()
