"""How what is said of a household stands in its steps and in the journal."""

import re
from datetime import datetime
from typing import Any

from geo_housing.evacuation.states import FIELDS, Said
from geo_housing.masking import mask_middle


def plain(value: Any) -> Any:
    """A value as a step keeps it."""
    return value.isoformat() if isinstance(value, datetime) else value


def difference(before: Said, after: Said) -> dict[str, list[Any]]:
    """What differs, as the journal keeps it."""
    names = {"state": "evacuation", "people": "people_moved"}
    return {
        names.get(name, name): [masked(getattr(before, name)), masked(getattr(after, name))]
        for name in FIELDS
        if getattr(before, name) != getattr(after, name)
    }


def masked(value: Any) -> Any:
    """Numbers of people and phones may stand in free text; the journal is read by more than the house's own people."""
    if isinstance(value, datetime):
        return value.isoformat()
    return re.sub(r"\d{7,}[Xx]?", lambda m: mask_middle(m.group()), value) if isinstance(value, str) else value
