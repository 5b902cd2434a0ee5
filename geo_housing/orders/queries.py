"""Reading orders and their houses: by the office, and by the organisation, which the database shows its own open ones only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.orm import Session

from geo_housing.conclusions.queries import still_holds
from geo_housing.errors import NotFound
from geo_housing.scope import AreaScope

MOST_ROWS = 200


@dataclass(frozen=True)
class OrderLine:
    """One order; ``houses`` and ``signed`` (those with a conclusion of its event that holds) in 栋, as far as the reader sees.

    ``ends_on`` is the last day on which the organisation sees the houses; ``withdrawn`` 栋 were given back before that.
    """

    id: int
    scope_code: str
    organisation: str
    event_id: int | None
    event_name: str | None
    mode: str | None
    phase: str | None
    reason: str | None
    due_on: date
    ends_on: date | None
    made_at: datetime
    ended_at: datetime | None
    ended_reason: str | None
    version: int
    houses: int
    signed: int
    withdrawn: int

    def has_lapsed(self, on: date) -> bool:
        """Whether it ended by its date alone."""
        return self.ended_at is None and self.ends_on is not None and self.ends_on < on

    def stands(self, on: date) -> bool:
        """Whether the organisation sees its houses."""
        return self.ended_at is None and not self.has_lapsed(on)


@dataclass(frozen=True)
class OrderedRow:
    """One house of an order: where, what the village saw, what was signed.

    ``conclusion`` is what holds. What was signed last (``conclusion_id``, ``signed``) may hold no more: something worse was
    found since, or the ground was warned once more.
    """

    house_id: int
    house_code: str
    scope_code: str
    settlement: str | None
    structure: str | None
    built_year: int | None
    storeys: int | None
    rooms: int | None
    area_m2: float | None
    risk: str
    people: int
    households_without_size: int
    lon: float | None
    lat: float | None
    result: str | None
    damage: str | None
    finding_items: tuple[str, ...]
    conclusion_id: int | None
    signed: str | None
    conclusion: str | None
    items: tuple[str, ...]
    advice: str | None
    signed_by: str | None
    unit: str | None
    signed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


@dataclass(frozen=True)
class Signer:
    """A technician of an organisation."""

    id: int
    name: str
    unit: str | None
    app_user_id: int | None


_HOLDS = still_holds(event="o.event_id")
_ORDERS = f"""
    SELECT o.id, o.scope_code, o.organisation, o.event_id, e.name AS event_name, e.mode, e.phase, o.reason, o.due_on,
        o.ends_on, o.made_at, o.ended_at, o.ended_reason, o.version, c.houses, c.signed, c.withdrawn
    FROM work_order o
    LEFT JOIN hazard_event e ON e.id = o.event_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE w.withdrawn_at IS NULL) AS houses,
            count(*) FILTER (WHERE w.withdrawn_at IS NULL AND EXISTS (
                SELECT FROM emergency_conclusion c
                LEFT JOIN emergency_inspection i ON i.event_id = o.event_id AND i.house_id = c.house_id
                    AND i.state <> 'withdrawn'
                WHERE c.event_id = o.event_id AND c.house_id = w.house_id AND {_HOLDS}
                  AND NOT EXISTS (SELECT FROM emergency_conclusion n WHERE n.supersedes = c.id))) AS signed,
            count(w.withdrawn_at) AS withdrawn
        FROM work_order_house w WHERE w.order_id = o.id
    ) c
"""
# A conclusion that none supersedes holds.
_HOUSES = f"""
    SELECT h.id AS house_id, h.code AS house_code, h.scope_code, h.settlement, h.structure, h.built_year, h.storeys, h.rooms,
        h.area_m2, h.risk, h.people, h.households_without_size, ST_X(h.geom) AS lon, ST_Y(h.geom) AS lat,
        i.result, i.damage, coalesce(i.finding_items, '{{}}') AS finding_items, c.id AS conclusion_id, c.conclusion AS signed,
        CASE WHEN {_HOLDS} THEN c.conclusion END AS conclusion, coalesce(c.items, '{{}}') AS items, c.advice, c.signed_by, c.unit, c.signed_at, w.withdrawn_at,
        w.withdrawn_reason
    FROM work_order_house w
    JOIN work_order o ON o.id = w.order_id
    JOIN house h ON h.id = w.house_id
    LEFT JOIN emergency_inspection i ON i.event_id = o.event_id AND i.house_id = h.id AND i.state <> 'withdrawn'
    LEFT JOIN emergency_conclusion c ON c.event_id = o.event_id AND c.house_id = h.id
        AND NOT EXISTS (SELECT FROM emergency_conclusion n WHERE n.supersedes = c.id)
    WHERE w.order_id = :order
"""


def orders_of(
    session: Session,
    *,
    event_id: int | None = None,
    on: date,
    after: tuple[bool, date, int] | None = None,
    limit: int = MOST_ROWS,
) -> list[OrderLine]:
    """Orders that the reader may see: open ones first, those due first on top; ``after`` is ``place_of`` the last one."""
    over, due, number = after or (None, None, None)
    wanted = text(f"""{_ORDERS} WHERE (CAST(:event AS int) IS NULL OR o.event_id = CAST(:event AS int))
          AND (CAST(:over AS bool) IS NULL
            OR (coalesce(o.ended_at IS NOT NULL OR o.ends_on < :today, false), o.due_on, -o.id)
              > (CAST(:over AS bool), CAST(:due AS date), CAST(:number AS bigint)))
        ORDER BY coalesce(o.ended_at IS NOT NULL OR o.ends_on < :today, false), o.due_on, -o.id LIMIT :most""")
    values = {"event": event_id, "today": on, "over": over, "due": due, "number": number, "most": limit}
    return [OrderLine(**row._mapping) for row in session.execute(wanted, values)]


def place_of(line: OrderLine, on: date) -> tuple[bool, date, int]:
    """Where an order stands in the list."""
    return not line.stands(on), line.due_on, -line.id


def order_of(session: Session, order_id: int) -> OrderLine:
    """One order; NotFound for one of others, and for the organisation once it has ended."""
    row = session.execute(text(f"{_ORDERS} WHERE o.id = :order"), {"order": order_id}).one_or_none()
    if row is None:
        raise NotFound("没有这项委托，或它已收回。")
    return OrderLine(**row._mapping)


def houses_of(session: Session, order_id: int) -> list[OrderedRow]:
    """The houses of an order that the reader may see, by village and code."""
    rows = session.execute(text(f"{_HOUSES} ORDER BY h.scope_code, h.code"), {"order": order_id})
    return [_ordered(row._mapping) for row in rows]


def house_of(session: Session, order_id: int, code: str) -> OrderedRow:
    """One house of an order; any other answers like one that is not there."""
    one = text(f"{_HOUSES} AND h.code = :code AND w.withdrawn_at IS NULL")
    row = session.execute(one, {"order": order_id, "code": code}).one_or_none()
    if row is None:
        raise NotFound("没有这栋房屋，或它不在这项委托里。")
    return _ordered(row._mapping)


def signers(session: Session, organisation: str, area_code: str, on: date) -> list[Signer]:
    """Technicians of an organisation who may work in a division on a day."""
    rows = session.execute(
        text("""
            SELECT id, name, unit, app_user_id, areas FROM technician
            WHERE unit = :unit AND (valid_from IS NULL OR valid_from <= :day) AND (valid_to IS NULL OR valid_to >= :day)
            ORDER BY name, id
        """),
        {"unit": organisation, "day": on},
    )
    return [
        Signer(row.id, row.name, row.unit, row.app_user_id)
        for row in rows
        if row.areas is None or any(area_code.startswith(code) or code.startswith(area_code) for code in row.areas)
    ]


def organisations(session: Session, on: date) -> list[str]:
    """Units of the technicians whom the reader sees and of whom somebody may sign on a day."""
    found = session.scalars(
        text("""
            SELECT DISTINCT unit FROM technician WHERE unit IS NOT NULL
              AND (valid_from IS NULL OR valid_from <= :day) AND (valid_to IS NULL OR valid_to >= :day)
            ORDER BY 1
        """),
        {"day": on},
    )
    return [unit for unit in found if unit.strip()]


def has_had_technicians(session: Session, organisation: str) -> bool:
    """Whether an organisation stands in the roster, be it with people whose term is over."""
    found = text("SELECT EXISTS (SELECT FROM technician WHERE unit = :unit)")
    return bool(session.scalar(found, {"unit": organisation}))


@dataclass(frozen=True)
class Candidate:
    """A house of an event that may be put into an order: it has a task there."""

    id: int
    code: str
    scope_code: str


def with_task(session: Session, event_id: int, codes: Collection[str], scope: AreaScope) -> list[Candidate]:
    """Those of the houses for which the event gave a task within the scope."""
    rows = session.execute(
        text("""
            SELECT h.id, h.code, i.scope_code FROM house h
            JOIN emergency_inspection i ON i.house_id = h.id AND i.event_id = :event AND i.state <> 'withdrawn'
            WHERE h.code = ANY (:codes) AND i.scope_code >= :lo AND i.scope_code < :hi
        """).bindparams(bindparam("codes", type_=ARRAY(TEXT(collation="C")))),
        {"event": event_id, "codes": sorted(set(codes)), "lo": scope.lo, "hi": scope.hi},
    )
    return [Candidate(row.id, row.code, row.scope_code) for row in rows]


def ordered_already(
    session: Session, event_id: int, house_ids: Sequence[int], on: date, *, beside: int | None = None
) -> set[int]:
    """Houses that stand in an open order of the event (``beside``: in another one): nobody is sent twice."""
    rows = session.scalars(
        text("""
            SELECT w.house_id FROM work_order_house w JOIN work_order o ON o.id = w.order_id
            WHERE o.event_id = :event AND o.ended_at IS NULL AND (o.ends_on IS NULL OR o.ends_on >= :today)
              AND w.withdrawn_at IS NULL AND w.house_id = ANY (CAST(:houses AS bigint[]))
              AND o.id IS DISTINCT FROM :beside
        """),
        {"event": event_id, "houses": list(house_ids), "today": on, "beside": beside},
    )
    return set(rows)


def _ordered(row: object) -> OrderedRow:
    values = dict(row)  # type: ignore[call-overload] # the mapping of a row
    return OrderedRow(**{**values, "finding_items": tuple(values["finding_items"]), "items": tuple(values["items"])})
