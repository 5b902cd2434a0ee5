"""Whose turn it is to change the register in bulk. It stands by itself: who undoes a load needs nothing that reads a file."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.area_codes import COUNTY_DIGITS, county_of
from geo_housing.areas.turns import keep_outlines
from geo_housing.db import Actor


def wait_for_turn(session: Session, actor: Actor) -> None:
    """One load or undo at a time in a county: two that bring the same new houses would not see one another's."""
    county = county_of(actor.scope.prefix) if len(actor.scope.prefix) >= COUNTY_DIGITS else None
    how = "pg_advisory_xact_lock" if county is None else "pg_advisory_xact_lock_shared"
    session.execute(text(f"SELECT {how}(hashtextextended('houses.load', 0))"))
    if county is not None:
        session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended('houses.load:' || :county, 0))"), {"county": county}
        )
    keep_outlines(session)
