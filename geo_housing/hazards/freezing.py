"""Whoever enters what happened in the night and whoever freezes its figures go one after the other.

Otherwise an entry that is under way bears a time before the report's 截至 and is in none of its figures: what was frozen
would never again be what the database says of that moment. Who enters takes their turn before they read the clock.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

_KEY = "hashtextextended('hazards.figures', 0)"


def begin_entry(session: Session) -> None:
    """No figures are frozen until this transaction ends; many may enter at once."""
    session.execute(text(f"SELECT pg_advisory_xact_lock_shared({_KEY})"))


def freeze_figures(session: Session) -> None:
    """Wait until nobody is entering, and keep it so until this transaction ends."""
    session.execute(text(f"SELECT pg_advisory_xact_lock({_KEY})"))
