"""Alembic's entry: runs on the connection that runner.migrate hands over, or compares models for `make check`."""

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers

import geo_housing.accounts.models
import geo_housing.areas.models
import geo_housing.calls.models
import geo_housing.conclusions.models
import geo_housing.duty.models
import geo_housing.evacuation.models
import geo_housing.files.models
import geo_housing.hazards.models
import geo_housing.houses.intake.models
import geo_housing.houses.models
import geo_housing.inspections.models
import geo_housing.jobs.models
import geo_housing.journal.models
import geo_housing.links.models
import geo_housing.maps.models
import geo_housing.orders.models
import geo_housing.policy.models
import geo_housing.response.papers.models
import geo_housing.response.reports.models
import geo_housing.roster.models  # noqa: F401 -- the imports above register the tables
from geo_housing.db import Base

NOT_OURS = {"spatial_ref_sys", "alembic_version"}


def include_object(obj: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    """Leave PostGIS' and the queue's tables alone."""
    if type_ == "table" and (name in NOT_OURS or str(name).startswith("procrastinate_")):
        return False
    return bool(alembic_helpers.include_object(obj, name, type_, reflected, compare_to))  # type: ignore[no-untyped-call]


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_object=include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
