"""Whoever places houses by the outlines and whoever changes the outlines go one after the other.

Otherwise a house that is placed while new outlines come is seen by neither: placed by the old ones, and not yet there
when the new ones place what stands in them.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

_KEY = "hashtextextended('areas.outlines', 0)"


def keep_outlines(session: Session) -> None:
    """The outlines stay as they are until this transaction ends; many may hold them at once."""
    session.execute(text(f"SELECT pg_advisory_xact_lock_shared({_KEY})"))


def change_outlines(session: Session) -> None:
    """Wait until nobody places houses, and keep it so until this transaction ends."""
    session.execute(text(f"SELECT pg_advisory_xact_lock({_KEY})"))
