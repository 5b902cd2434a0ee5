"""The households to be moved of one area: village by village, who is not moved first, then in the order of order.py."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from geo_housing.conclusions.homeward import Homeward
from geo_housing.db import Actor
from geo_housing.errors import BadInput, NotAllowed
from geo_housing.evacuation.elsewhere import BOUND, KNOWN_ELSEWHERE, Elsewhere
from geo_housing.evacuation.order import PLACE_SQL, WITH_FOUND, bound
from geo_housing.evacuation.released import released_in
from geo_housing.evacuation.rule import FOUND_LABELS, FOUND_WHAT, SEES_LIST, reasons_said
from geo_housing.evacuation.states import CALLED_BACK, GONE, MOVED, fewer_said, state_said, takes
from geo_housing.hazards.facts import Occupancy
from geo_housing.houses.living import stale_before
from geo_housing.scope import AreaScope

PAGE_ROWS = 200


@dataclass(frozen=True)
class EvacuationRow:
    """One household on the list; ``head`` None where no family is in the register (``named`` as entered, or nobody)."""

    id: int
    version: int
    scope_code: str
    house_code: str | None
    household_id: int | None
    head: str | None
    phone_masked: str | None
    traits: tuple[str, ...]
    settlement: str | None
    structure: str | None
    risk: str | None
    grade_basis: str | None
    origin: str
    reasons: tuple[str, ...]
    what: str | None
    uncertain: bool
    place: int
    state: str
    people: int | None
    organiser: str | None
    departure: str | None
    shelter_id: int | None
    shelter: str | None
    destination: str | None
    moved_at: datetime | None
    reported_by: str | None
    reported_how: str | None
    note: str | None
    entered_by: str | None
    entered_at: datetime | None
    is_moved: bool
    # Whose the house is of which no family is known that lives there: they live in another township.
    owner: str | None = None
    # What dangerous was found of the house in the event: asked at reading, the first of the ``reasons``.
    found: str | None = None
    standing_id: int | None = None
    standing: str | None = None
    standing_people: str | None = None
    standing_is_ended: bool = False
    # Home before and to be fetched once more: the act of the last step, see evacuation/fetching.py.
    called_back: str | None = None
    # Whether something was entered of it; whether it was called back at any time, however it stands since.
    is_begun: bool = False
    was_called_back: bool = False
    lon: float | None = None
    lat: float | None = None
    # Read from the house itself: it may have ended since.
    house_ended: str | None = None
    house_ended_on: date | None = None
    # How many the register says that they are by now.
    registered: int | None = None
    # 误发撤销: nobody is moved any more.
    is_called_off: bool = False
    # After 误发撤销: a telephone figure tells of households there that nobody has named (evacuation/naming.py).
    is_told: bool = False
    # What another event knows of them that this row does not.
    elsewhere: Elsewhere | None = None
    # Whether they may go home by now (evacuation/homeward.py); None where nobody asked, or it is no question.
    homeward: Homeward | None = None
    # In full only on a list that somebody has pressed for (roster/full_phones.py).
    phone: str | None = None

    @property
    def comes_first(self) -> bool:
        """首批: a weak house in a standing risk area (灾害易发地)."""
        return self.standing_id is not None

    @property
    def found_said(self) -> str:
        """What dangerous was found of the house; empty where nothing was."""
        return FOUND_LABELS[self.found] if self.found else ""

    @property
    def what_said(self) -> str:
        """What the matter is with somebody who was added (表外新增), unless that is the finding, which is said anyway."""
        what = self.what or ""
        if not what.startswith(FOUND_WHAT):
            return what
        # It stands after a colon.
        return "" if self.found else f"排查结果为{what.removeprefix(FOUND_WHAT)}"

    @property
    def why(self) -> tuple[str, ...]:
        """The reasons where there is little room: a person's word stands for the rule."""
        said = tuple(part for part in (self.found_said, self.what_said) if part)
        return said if self.what else self.reasons

    @property
    def standing_said(self) -> str:
        """The place as papers name it, and that it was taken off since; empty where there is none."""
        if self.standing_id is None:
            return ""
        return (self.standing or "灾害易发地") + ("（已撤销）" if self.standing_is_ended else "")

    @property
    def gone_said(self) -> str:
        """That the house has ended in the register, and what follows; empty while it stands."""
        return GONE.get(self.house_ended, "") if self.house_ended else ""

    @property
    def owner_said(self) -> str:
        """Whom to ask who is in a house of which no family is known; empty where one is, or nobody knows the owner."""
        return f"房主{self.owner}另有住处" if self.owner and not self.head else ""

    @property
    def place_said(self) -> str:
        """That nobody can be sent to a point for them; empty where the register has one that nobody doubts."""
        if self.lon is None or self.lat is None:
            return "位置不确定（没有坐标）"
        return "位置不确定" if self.uncertain else ""

    @property
    def fewer_said(self) -> str:
        """That fewer were brought away than the register says live there: somebody may still be at home."""
        if (
            self.is_called_off
            or not self.is_moved
            or self.state == "returned"
            or None in (self.people, self.registered)
        ):
            return ""
        return fewer_said(self.people or 0, self.registered or 0)

    @property
    def state_said(self) -> str:
        """How it stands, as people read it."""
        return state_said(self.state, self.shelter_id, self.destination)

    def takes(self, phase: str, state: str) -> bool:
        """Whether an event in that phase takes it that the household stands so."""
        return takes(
            phase,
            self.state,
            state,
            is_begun=self.is_begun,
            is_called_back=self.was_called_back,
            is_in_danger=self.is_in_danger,
            is_told=self.is_told,
        )

    @property
    def is_in_danger(self) -> bool:
        """Whether they must leave although the warning was a mistake; told where ``homeward`` was asked."""
        return self.origin == "extra" or (self.homeward is not None and self.homeward.must_leave)

    @property
    def may_be_taken_over(self) -> bool:
        """Whether another event that goes on knows what is not entered here."""
        return self.elsewhere is not None and not self.elsewhere.is_over

    @property
    def cursor(self) -> str:
        """Where the next page begins."""
        return f"{self.scope_code}-{int(self.is_moved)}-{self.place}-{self.id}"

    @property
    def to(self) -> str:
        """Where they are brought, or were."""
        return self.shelter or self.destination or ""


# Families are looked up for the rows of the page alone. A page goes on after where the last row stood then.
_ROWS = f"""
    WITH wanted AS (
        SELECT e.*, i.result AS found, e.state = ANY (CAST(:moved AS text[])) AS is_moved, {PLACE_SQL} AS comes
        FROM {WITH_FOUND}
        WHERE e.event_id = :event AND e.withdrawn_at IS NULL AND e.scope_code >= :lo AND e.scope_code < :hi
          AND (:states OR e.state = ANY (CAST(:wanted AS text[])))
          AND (CAST(:placed AS bool) IS NULL OR e.state <> 'moved_to_shelter'
              OR CAST(:placed AS bool) = (e.shelter_id IS NOT NULL OR coalesce(e.destination, '') <> ''))
          {{only}}
          AND (NOT :follows OR (e.scope_code, e.state = ANY (CAST(:moved AS text[])), {PLACE_SQL}, e.id)
              > (CAST(:after_code AS text) COLLATE "C", CAST(:after_moved AS bool), CAST(:after_place AS int),
                 CAST(:after AS bigint)))
        ORDER BY e.scope_code, is_moved, comes, e.id
        LIMIT :limit
    )
    SELECT w.*, h.code AS house_code, h.settlement, h.structure, h.risk, h.occupancy, h.occupancy_checked_on,
        CASE WHEN h.grade = h.risk THEN h.grade_basis END AS grade_basis, ST_X(h.geom) AS lon, ST_Y(h.geom) AS lat,
        h.ended_reason, h.ended_on, h.owner, k.head, k.phone_masked, k.traits, k.persons AS registered,
        (SELECT v.phase = 'mistaken' FROM hazard_event v WHERE v.id = :event) AS is_called_off,
        s.name AS shelter, coalesce(z.name, '') AS standing, z.ended_at IS NOT NULL AS standing_is_ended, (
            SELECT string_agg(p.name || coalesce(' ' || p.phone_masked, ''), '、' ORDER BY p.rank)
            FROM standing_person p WHERE p.zone_id = w.standing_id AND p.ended_at IS NULL
        ) AS standing_people, (
            SELECT t.act FROM evacuation_step t WHERE w.state = 'pending' AND w.begun_at IS NOT NULL
                AND t.evacuation_id = w.id ORDER BY t.id DESC LIMIT 1
        ) AS last_act, NOT w.is_moved AND w.begun_at IS NOT NULL AND EXISTS (
            SELECT FROM evacuation_step t WHERE t.evacuation_id = w.id AND t.act = ANY (CAST(:called_back AS text[]))
        ) AS was_called_back, x.id AS other_id, x.event_id AS other_event, x.event AS other_name, x.phase AS other_phase,
        x.version AS other_version, x.state AS other_state, x.people AS other_people, x.shelter_id AS other_shelter_id,
        x.destination AS other_destination, x.moved_at AS other_moved_at, y.name AS other_shelter
    FROM wanted w
    LEFT JOIN LATERAL ({KNOWN_ELSEWHERE}) x ON (
        SELECT here.mode = 'actual' AND (here.phase <> 'mistaken' OR w.is_moved) FROM hazard_event here WHERE here.id = :event)
    LEFT JOIN shelter y ON y.id = x.shelter_id
    LEFT JOIN hazard_zone z ON z.id = w.standing_id
    LEFT JOIN house h ON h.id = w.house_id
    LEFT JOIN household k ON k.id = w.household_id
    LEFT JOIN shelter s ON s.id = w.shelter_id
    ORDER BY w.scope_code, w.is_moved, w.comes, w.id
"""


def rows_of(
    session: Session,
    actor: Actor,
    event_id: int,
    scope: AreaScope,
    *,
    states: tuple[str, ...] = (),
    placed: bool | None = None,
    after: str | None = None,
    only: Collection[int] | None = None,
    with_released: bool = False,
    limit: int = PAGE_ROWS,
) -> list[EvacuationRow]:
    """The list within the scope, ``states`` of it only, after the cursor ``after``; for those who may see families.

    ``only`` these rows; else without those whom 误发撤销 has released (evacuation/released.py) unless ``with_released``. ``placed``: of those moved whether it is told where to (集中安置), or not (去向待核实).
    """
    if not actor.may(SEES_LIST):
        raise NotAllowed("您的角色只能看转移避险的汇总数，不能看到户的名单。")
    code, was_moved, place, last = _place_of(after)
    values = {
        **BOUND,
        **bound(scope),
        "event": event_id,
        "lo": scope.lo,
        "hi": scope.hi,
        "moved": list(MOVED),
        "called_back": list(CALLED_BACK),
        "states": not states,
        "placed": placed,
        "wanted": list(states),
        **({} if only is None else {"only": list(only)}),
        "follows": after is not None,
        "after_code": code,
        "after_moved": was_moved,
        "after_place": place,
        "after": last,
        "limit": limit,
    }
    fresh_since = stale_before(session, scope)
    # Where all are meant nothing is said of it: an array that may be empty spoils the plan.
    narrowed = "" if only is None else "AND e.id = ANY (CAST(:only AS bigint[]))"
    if only is None and not with_released and (released := released_in(session, event_id, scope)):
        narrowed = "AND e.id <> ALL (CAST(:released AS bigint[]))"
        values["released"] = [one.id for one in released]
    statement = _ROWS.format(only=narrowed)
    return [_row(row, fresh_since) for row in session.execute(text(statement), values)]


def _place_of(cursor: str | None) -> tuple[str, bool, int, int]:
    if cursor is None:
        return "", False, 0, 0
    parts = cursor.split("-")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise BadInput("翻页位置不对，请从列表第一页重新开始。")
    return parts[0], parts[1] == "1", min(int(parts[2]), 32_000), int(parts[3])


def _row(row: Any, fresh_since: date) -> EvacuationRow:
    occupancy = None
    if row.house_id is not None:
        occupancy = Occupancy(row.occupancy, row.occupancy_checked_on, fresh_since)
    return EvacuationRow(
        id=row.id,
        version=row.version,
        scope_code=row.scope_code,
        house_code=row.house_code,
        household_id=row.household_id,
        head=row.head or row.named,
        phone_masked=row.phone_masked,
        traits=tuple(dict.fromkeys(row.traits or [])),
        settlement=row.settlement,
        structure=row.structure,
        risk=row.risk,
        grade_basis=row.grade_basis,
        origin=row.origin,
        reasons=tuple(reasons_said(row.reasons, occupancy if row.origin == "rule" else None, row.found)),
        what=row.what,
        uncertain=row.uncertain,
        place=row.comes,
        state=row.state,
        people=row.people,
        organiser=row.organiser,
        departure=row.departure,
        shelter_id=row.shelter_id,
        shelter=row.shelter,
        destination=row.destination,
        moved_at=row.moved_at,
        reported_by=row.reported_by,
        reported_how=row.reported_how,
        note=row.note,
        entered_by=row.entered_by,
        entered_at=row.entered_at,
        is_moved=row.is_moved,
        owner=row.owner,
        found=row.found,
        standing_id=row.standing_id,
        standing=row.standing if row.standing_id is not None else None,
        standing_people=row.standing_people,
        standing_is_ended=row.standing_is_ended,
        called_back=row.last_act if row.last_act in CALLED_BACK else None,
        is_begun=row.begun_at is not None,
        was_called_back=row.was_called_back,
        elsewhere=None if row.other_id is None else _elsewhere(row),
        registered=row.registered,
        is_called_off=row.is_called_off,
        house_ended=row.ended_reason,
        house_ended_on=row.ended_on,
        lon=row.lon,
        lat=row.lat,
    )


def _elsewhere(row: Any) -> Elsewhere:
    return Elsewhere(
        event_id=row.other_event,
        event=row.other_name,
        phase=row.other_phase,
        row_id=row.other_id,
        version=row.other_version,
        state=row.other_state,
        people=row.other_people,
        shelter_id=row.other_shelter_id,
        shelter=row.other_shelter,
        destination=row.other_destination,
        moved_at=row.other_moved_at,
    )
