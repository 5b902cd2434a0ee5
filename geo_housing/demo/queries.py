"""What of the demo is loaded."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from geo_housing.areas.models import Area
from geo_housing.houses.intake.models import ImportBatch
from geo_housing.houses.models import House, Household


def register_counts(session: Session) -> tuple[int, int, int]:
    """Divisions, houses and households of the demo that the actor sees."""
    areas, houses, households = (
        session.execute(select(func.count()).select_from(table).where(table.is_demo)).scalar_one()
        for table in (Area, House, Household)
    )
    return areas, houses, households


def loaded_ledger_name(session: Session) -> str | None:
    """Name of the load that brought the demo's houses."""
    batch = select(func.min(House.batch_id)).where(House.is_demo).scalar_subquery()
    return session.execute(select(ImportBatch.file_name).where(ImportBatch.id == batch)).scalar_one_or_none()
