"""How a lower room lets upper rooms react: it announces what happened, handlers run in the same transaction.

The table of handlers stands in geo_housing/reactions.py; this file only keeps what that table connected.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.db import Actor


@dataclass(frozen=True)
class Announcement:
    """Base of what rooms announce."""


Handler = Callable[[Session, Actor, Any], Any]
_handlers: dict[type[Announcement], tuple[Handler, ...]] = {}


def connect(table: dict[type[Announcement], tuple[Handler, ...]]) -> None:
    """Use ``table`` from now on; called once when the service or a command starts."""
    _handlers.clear()
    _handlers.update(table)


def announce(session: Session, actor: Actor, what: Announcement) -> list[Any]:
    """Run every handler of ``what`` and return their answers in table order; an exception undoes everything."""
    return [handler(session, actor, what) for handler in _handlers.get(type(what), ())]
