"""Reading the register house by house: the house, its families, its past, what waits for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Double, func, select, text
from sqlalchemy.orm import Session

from geo_housing.area_codes import TOWNSHIP_DIGITS, VILLAGE_DIGITS, is_village, township_of
from geo_housing.areas.models import Area
from geo_housing.houses.intake.models import ImportBatch, LedgerDifference
from geo_housing.houses.models import CategoryCertificate, GradeRecord, House, HouseAlias, Household, HouseHousehold
from geo_housing.houses.spreadsheet.row import normalise
from geo_housing.scope import AreaScope


def normal_code(typed: str) -> str:
    """A house code as the register writes it: NFKC, trimmed, upper case."""
    return normalise(typed).upper()


@dataclass(frozen=True)
class Point:
    """Where a house stands, degrees."""

    lon: float
    lat: float


@dataclass(frozen=True)
class Family:
    """A household of a house; ID number and phone masked. ``link_id`` is the row that joins the two."""

    id: int
    link_id: int
    version: int
    relation: str
    from_on: date | None
    to_on: date | None
    head: str | None
    id_number: str | None
    phone: str | None
    persons: int | None
    categories: tuple[str, ...]
    monitoring: tuple[str, ...]
    traits: tuple[str, ...]
    certified: tuple[str, ...]
    # What its row of a ledger says in columns without a field; None: what the house's row says.
    extra: dict[str, Any] | None = None

    @property
    def is_here(self) -> bool:
        """Whether the relation still holds."""
        return self.to_on is None


@dataclass(frozen=True)
class Difference:
    """What a ledger says against a signed fact, not yet settled."""

    id: int
    field: str
    stored: str | None
    stated: str | None
    line: int | None
    file_name: str | None


@dataclass(frozen=True)
class ImportSeen:
    """A load that created or changed a house."""

    batch_id: int
    file_name: str
    actor: str
    at: datetime
    undone_at: datetime | None
    line: int | None
    is_first: bool


@dataclass(frozen=True)
class JournalSeen:
    """One act on a house as the journal keeps it."""

    at: datetime
    actor: str
    action: str
    source: str
    counts: dict[str, Any] | None
    diff: dict[str, Any] | None
    note: str | None


def house_at(session: Session, code: str) -> House | None:
    """The house of that code, None when there is none within the actor's area."""
    if "\x00" in code:
        return None
    return session.execute(select(House).where(House.code == code)).scalar_one_or_none()


def code_behind_alias(session: Session, code: str) -> str | None:
    """The present code of a house that once had ``code``."""
    if "\x00" in code:
        return None
    found = select(House.code).join(HouseAlias, HouseAlias.house_id == House.id).where(HouseAlias.code == code)
    return session.execute(found).scalar_one_or_none()


def code_of(session: Session, house_id: int) -> str | None:
    """Code of a house known by its id."""
    return session.execute(select(House.code).where(House.id == house_id)).scalar_one_or_none()


def former_codes(session: Session, house_id: int) -> list[str]:
    """Codes that the house had before."""
    return list(
        session.scalars(select(HouseAlias.code).where(HouseAlias.house_id == house_id).order_by(HouseAlias.code))
    )


def point_of(session: Session, house_id: int) -> Point | None:
    """The stored point."""
    x, y = func.ST_X(House.geom, type_=Double), func.ST_Y(House.geom, type_=Double)
    row = session.execute(select(x, y).where(House.id == house_id, House.geom.is_not(None))).first()
    return Point(row[0], row[1]) if row else None


def families_of(session: Session, house_id: int) -> list[Family]:
    """Households of a house, those living there first, former ones last."""
    certified = (
        select(func.array_agg(CategoryCertificate.category))
        .where(
            CategoryCertificate.household_id == Household.id,
            (CategoryCertificate.valid_to.is_(None)) | (CategoryCertificate.valid_to >= func.current_date()),
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(HouseHousehold, Household, certified.label("certified"))
        .join(Household, Household.id == HouseHousehold.household_id)
        .where(HouseHousehold.house_id == house_id)
        .order_by(HouseHousehold.to_on.is_not(None), HouseHousehold.relation, HouseHousehold.id)
    )
    return [
        Family(
            k.id,
            link.id,
            k.version,
            link.relation,
            link.from_on,
            link.to_on,
            k.head,
            k.id_number_masked,
            k.phone_masked,
            k.persons,
            tuple(k.categories or ()),
            tuple(k.monitoring or ()),
            tuple(k.traits or ()),
            tuple(certificates or ()),
            link.extra,
        )
        for link, k, certificates in rows
    ]


def other_houses_of(session: Session, household_ids: Sequence[int], *, besides: int) -> list[tuple[int, str, str]]:
    """Household, house code and relation of further houses of these households."""
    rows = session.execute(
        select(HouseHousehold.household_id, House.code, HouseHousehold.relation)
        .join(House, House.id == HouseHousehold.house_id)
        .where(
            HouseHousehold.household_id.in_(household_ids),
            HouseHousehold.to_on.is_(None),
            House.id != besides,
            House.ended_on.is_(None),
        )
        .order_by(House.code)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def grades_of(session: Session, house_id: int) -> list[GradeRecord]:
    """All grades a house ever had, newest decision first."""
    return list(
        session.scalars(
            select(GradeRecord)
            .where(GradeRecord.house_id == house_id)
            .order_by(
                func.coalesce(GradeRecord.decided_on, func.date(GradeRecord.recorded_at)).desc(), GradeRecord.id.desc()
            )
        )
    )


def open_differences(session: Session, house_id: int) -> list[Difference]:
    """What ledgers say against signed facts of a house, until somebody settles it.

    The file of a load that lies above the reader's area has no name for them.
    """
    rows = session.execute(
        select(LedgerDifference, ImportBatch.file_name)
        .outerjoin(ImportBatch, ImportBatch.id == LedgerDifference.batch_id)
        .where(LedgerDifference.house_id == house_id, LedgerDifference.settled_at.is_(None))
        .order_by(LedgerDifference.id)
    )
    return [Difference(row.id, row.field, row.stored, row.stated, row.line, name) for row, name in rows]


def houses_with_differences(session: Session, scope: AreaScope, *, limit: int) -> list[tuple[str, str, int]]:
    """Code, area and number of open differences of the houses that have any."""
    rows = session.execute(
        select(House.code, House.scope_code, func.count())
        .join(LedgerDifference, LedgerDifference.house_id == House.id)
        .where(LedgerDifference.settled_at.is_(None), House.scope_code >= scope.lo, House.scope_code < scope.hi)
        .group_by(House.code, House.scope_code)
        .order_by(House.scope_code, House.code)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def journal_of_house(session: Session, code: str) -> list[JournalSeen]:
    """What was done to a house, newest first, also while it was counted in another area."""
    rows = session.execute(text("SELECT * FROM house_journal(:code)"), {"code": code})
    return [JournalSeen(r.at, r.actor, r.action, r.source, r.counts, r.diff, r.note) for r in rows]


def imports_of_house(session: Session, house_id: int) -> list[ImportSeen]:
    """The loads that created or changed a house, newest first."""
    rows = session.execute(text("SELECT * FROM house_imports(:house)"), {"house": house_id})
    return [ImportSeen(r.batch_id, r.file_name, r.actor, r.at, r.undone_at, r.line, r.is_first) for r in rows]


@dataclass(frozen=True)
class HousePlace:
    """Names of the divisions that a code lies in."""

    township: str | None
    village: str | None

    @property
    def name(self) -> str:
        """Township and village in one; a code outside everything known is —."""
        return "".join(part for part in (self.township, self.village) if part) or "—"


def places(session: Session, codes: Sequence[str | None]) -> dict[str, HousePlace]:
    """Names of several codes at once; divisions that the actor may not see have none."""
    wanted = {
        code[:length] for code in codes if code for length in (TOWNSHIP_DIGITS, VILLAGE_DIGITS) if len(code) >= length
    }
    asked = select(Area.code, Area.name).where(Area.code.in_(wanted))
    names = {row.code: row.name for row in session.execute(asked)} if wanted else {}
    return {
        code: HousePlace(names.get(township_of(code)), names.get(code) if is_village(code) else None)
        for code in codes
        if code
    }
