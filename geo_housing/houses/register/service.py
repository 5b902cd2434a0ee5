"""Changes of one house by a person. Versioned, journalled with a masked diff; its end and return: endings.py."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, text, update
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Conflict, Fault, NotAllowed, NotFound, differs
from geo_housing.houses.models import House
from geo_housing.houses.register.facts import HOUSE_FACTS, Value, masked, read_facts
from geo_housing.houses.register.queries import code_behind_alias, house_at, normal_code
from geo_housing.houses.spreadsheet.originals import KEPT, original
from geo_housing.journal.service import Subject, record
from geo_housing.words import ENDED_REASON, IN_ANNUAL_LEDGER, RENOVATION

EDIT = "houses.edit"
# What somebody who came too late is told of: what they can have meant to change.
TOLD = frozenset((*HOUSE_FACTS, "location_state", "ended_on", "ended_reason"))


def require_house(session: Session, code: str) -> House:
    """The house of a code, an old one too; NotFound within the actor's area."""
    wanted = normal_code(code)
    house = house_at(session, wanted)
    if house is None and (present := code_behind_alias(session, wanted)):
        house = house_at(session, present)
    if house is None:
        raise NotFound(f"没有编号为“{code[:64]}”的房屋，或不在您的管辖范围内。")
    return house


def edit_house(
    session: Session, actor: Actor, code: str, given: Mapping[str, object], *, version: int
) -> dict[str, list[Any]]:
    """Change facts of a house; only what differs is written. Returns {field: [before, after]} unmasked.

    Conflict when somebody has changed the house since ``version``; a change of 居住状况 brings its day and name.
    """
    check_may(actor)
    house = require_house(session, code)
    check_open(house)
    wanted = read_facts(given, HOUSE_FACTS, on=clock.today())
    changed = {name: value for name, value in wanted.items() if value != getattr(house, name)}
    if not changed:
        return {}
    _complete_occupancy(changed, actor)
    _check_renovation(house, changed)
    _check_renovation_year(house, changed)
    before = {name: getattr(house, name) for name in changed}
    next_version(session, house, version, changed | _without_originals(house, changed))
    _forget_in_rows(session, house, changed)
    diff = {name: [before[name], changed[name]] for name in changed}
    record_house(
        session, actor, house, "houses.edit", diff={n: [masked(n, a), masked(n, b)] for n, (a, b) in diff.items()}
    )
    return diff


def next_version(session: Session, house: House, version: int, values: Mapping[str, Any]) -> None:
    """Write ``values`` if the house is still at ``version``; Conflict otherwise."""
    written = session.execute(
        update(House)
        .where(House.id == house.id, House.version == version)
        .values(**values, version=House.version + 1, updated_at=func.now())
        .execution_options(synchronize_session=False)
    )
    if written.rowcount == 0:  # type: ignore[attr-defined] # an UPDATE gives a CursorResult
        session.refresh(house)
        raise Conflict(
            "这栋房屋刚被别人改过，您的修改没有保存。请核对对方改了什么，再保存一次。",
            faults=[
                differs(name, masked(name, getattr(house, name)))
                for name, value in values.items()
                if name in TOLD and value != getattr(house, name)
            ],
        )
    session.refresh(house)


def record_house(
    session: Session,
    actor: Actor,
    house: House,
    action: str,
    *,
    diff: dict[str, Any] | None = None,
    note: str | None = None,
    counts: dict[str, Any] | None = None,
) -> None:
    """An entry of the journal about one house; the version tells later what a concurrent editor has not seen."""
    subject = Subject("house", house.code, house.scope_code)
    record(session, actor, action, subject, diff=diff, note=note, counts={"version": house.version, **(counts or {})})


def check_may(actor: Actor) -> None:
    """NotAllowed for whoever may not change houses."""
    if not actor.may(EDIT):
        raise NotAllowed("您的角色不能修改房屋信息。")


def check_open(house: House) -> None:
    """Conflict when the house has ended."""
    if house.ended_on is not None:
        raise Conflict(
            f"这栋房屋已于 {house.ended_on.isoformat()} 终止（{ENDED_REASON.label(house.ended_reason)}），要修改请先恢复。"
        )


def _without_originals(house: House, changed: Mapping[str, Value]) -> dict[str, Any]:
    """What a ledger wrote and nobody understood goes once a person has said what it is."""
    said = {original(name) for name in changed if name in KEPT} & (house.extra or {}).keys()
    return (
        {"extra": {key: value for key, value in (house.extra or {}).items() if key not in said} or None} if said else {}
    )


def _forget_in_rows(session: Session, house: House, changed: Mapping[str, Value]) -> None:
    """The same in the rows of further families, of which each has its own cells."""
    if said := [original(name) for name in changed if name in KEPT]:
        session.execute(
            text(
                "UPDATE house_household SET extra = extra - CAST(:said AS text[])"
                " WHERE house_id = :house AND extra ?| CAST(:said AS text[])"
            ),
            {"said": said, "house": house.id},
        )


def _complete_occupancy(changed: dict[str, Value], actor: Actor) -> None:
    """居住状况 always has a day and a name: those that were not stated are today and whoever writes."""
    if "occupancy" not in changed:
        return
    if changed["occupancy"] is None:
        changed |= {"occupancy_checked_on": None, "occupancy_checked_by": None}
        return
    if changed.get("occupancy_checked_on") is None:
        changed["occupancy_checked_on"] = clock.today()
    if changed.get("occupancy_checked_by") is None:
        changed["occupancy_checked_by"] = actor.called


def _check_renovation(house: House, changed: dict[str, Value]) -> None:
    """Only dangerous houses are renovated: a C or D has a status, any other house 不涉及."""
    if "renovation" not in changed:
        return
    if changed["renovation"] is None:
        changed["renovation"] = "unplanned" if house.grade in ("C", "D") else "not_needed"
    if house.grade not in ("C", "D") and changed["renovation"] != "not_needed":
        raise fault_at("renovation", "只有 C 级、D 级房屋才有改造状态，这栋房屋应为“不涉及”。")


def _check_renovation_year(house: House, changed: dict[str, Value]) -> None:
    """The year is that of an annual ledger: what is in none, or no more, has none."""
    status = str(changed.get("renovation", house.renovation))
    if status in IN_ANNUAL_LEDGER:
        return
    if changed.get("renovation_year") is not None:
        label = RENOVATION.label(status)
        raise fault_at("renovation_year", f"改造状态是“{label}”的房屋没有改造年度；已纳入年度台账的，请先改改造状态。")
    if house.renovation_year is not None:
        changed["renovation_year"] = None


def fault_at(field: str, sentence: str) -> BadInput:
    """What is wrong with one field of a form."""
    return BadInput(sentence, faults=[Fault(None, field, None, sentence)])
