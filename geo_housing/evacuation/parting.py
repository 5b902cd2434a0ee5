"""A house that was joined to another one by mistake is a house of its own again: each family stands under its home."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.evacuation.joining import lives_in, plain_step, step_kept
from geo_housing.evacuation.models import Evacuation
from geo_housing.hazards.freezing import begin_entry
from geo_housing.houses.models import House, HouseHousehold
from geo_housing.houses.register.announcements import HousesParted
from geo_housing.journal.service import Subject, record


def come_apart(
    session: Session, actor: Actor, parted: HousesParted, *, since: datetime, events: Collection[int]
) -> None:
    """In these events every family's row follows it home; one that gave way (``since``) is on the list again."""
    begin_entry(session)
    both = (parted.house_id, parted.kept_id)
    link = HouseHousehold
    living = select(link.household_id, link.house_id).where(
        link.house_id.in_(both), link.relation == "lives", link.to_on.is_(None)
    )
    homes = {row[0]: row[1] for row in session.execute(living)}
    houses = {number: session.get_one(House, number) for number in both}
    rows = session.scalars(
        select(Evacuation)
        .where(
            Evacuation.event_id.in_(events),
            Evacuation.household_id.in_(homes),
            or_(Evacuation.withdrawn_at.is_(None), Evacuation.withdrawn_at >= since),
        )
        .order_by(Evacuation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    found: dict[tuple[int, int], Evacuation] = {}
    for row in rows:
        key = (row.event_id, row.household_id or 0)
        stands = found.get(key)
        # The one that stands, else the last that gave way.
        if stands is None or stands.withdrawn_at is not None:
            found[key] = row
    changed: dict[int, int] = {}
    for (event, family), row in sorted(found.items()):
        home = houses[homes[family]]
        if row.house_id not in both or (row.withdrawn_at is None and row.house_id == home.id):
            continue
        if row.withdrawn_at is not None:
            row.withdrawn_at = None
            row.version += 1
            step = {**plain_step(actor, row, "renew", counts_after=True), "counts_before": False}
            step_kept(session, step)
        lives_in(session, actor, row, home, family, row.people)
        changed[event] = changed.get(event, 0) + 1
    for event, households in changed.items():
        subject = Subject("event", str(event), houses[parted.house_id].scope_code)
        counts = {"households": households}
        record(session, actor, "evacuation.part_houses", subject, counts=counts, note=houses[parted.house_id].code)
