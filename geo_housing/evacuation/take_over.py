"""接转: what another event knows of a household becomes what this one knows, by somebody's press; taken back like any entry."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.errors import Conflict, GeoHousingError, TooLarge
from geo_housing.evacuation.at_once import MOST_AT_ONCE, batch_once
from geo_housing.evacuation.elsewhere import BOUND, KNOWN_ELSEWHERE
from geo_housing.evacuation.models import Evacuation, EvacuationStep
from geo_housing.evacuation.queries import locked_rows
from geo_housing.evacuation.service import Hindrance, MoveEntry, check_open, may_enter, weighed
from geo_housing.evacuation.states import Said
from geo_housing.evacuation.steps import apply_said
from geo_housing.journal.service import Subject, record, reserve_entry

# What whoever presses may say beside: the rest is the other event's word.
BESIDE = frozenset({"people", "note"})
# Whoever changes the other row meanwhile is waited for, and then read as it stands.
_KNOWN = text(f"""
    SELECT w.id AS own, known.* FROM evacuation w
    JOIN LATERAL ({KNOWN_ELSEWHERE}) known ON true
    WHERE w.id = ANY (CAST(:rows AS bigint[])) AND known.phase <> ALL (CAST(:ended AS text[]))
      AND EXISTS (SELECT FROM hazard_event here WHERE here.id = w.event_id AND here.mode = 'actual')
    ORDER BY w.id
""")
_HELD = text("SELECT id FROM evacuation WHERE id = ANY (CAST(:rows AS bigint[])) ORDER BY id FOR SHARE")


def take_over(
    session: Session,
    actor: Actor,
    event_id: int,
    rows: Sequence[tuple[int, int]],
    *,
    hindrance: Hindrance,
    client_id: str | None = None,
    beside: MoveEntry | None = None,
) -> tuple[int, list[int]]:
    """Enter of the rows shown (number, version) what another event that goes on knows of them; number of the batch, and which.

    Where they are and since when comes with it, and how many they are where nobody has counted them here. Rows that somebody
    changed since, of which nothing is known elsewhere any more, or that must not return, stay as they are; Conflict, with the
    reason, where all of them do. ``beside``: how many they are and a word, from whoever presses; it wins.
    """
    may_enter(actor)
    if len(rows) > MOST_AT_ONCE:
        raise TooLarge(f"一次最多接转 {MOST_AT_ONCE} 户，请按村分次接转。")
    check_open(session, event_id)
    known = batch_once(session, actor, event_id, client_id)
    if known is not None:
        return known
    versions = dict(rows)
    batch = reserve_entry(session)
    standing = {
        row.id: row
        for row in locked_rows(session, event_id, versions, actor.scope)
        if row.version == versions[row.id] and row.withdrawn_at is None
    }
    found = _known(session, list(standing))
    steps: list[dict[str, Any]] = []
    refused: GeoHousingError | None = None
    for number, other in found.items():
        row = standing[number]
        try:
            after = weighed(session, actor, row, _entry(row, other, beside), hindrance=hindrance)
        except GeoHousingError as error:
            refused = error
            continue
        steps.append(apply_said(row, after, actor, act="enter", client_id=client_id, batch_id=batch))
    if not steps:
        raise refused or Conflict("这些户刚有变动，另一事件里已不是这样；请刷新，核对后再登记。")
    session.flush()
    session.execute(insert(EvacuationStep), steps)
    changed = [step["evacuation_id"] for step in steps]
    record(
        session,
        actor,
        "evacuation.take_over",
        Subject("event", str(event_id), actor.scope.lo),
        counts={"households": len(changed), "unchanged": len(rows) - len(changed)},
        diff={"from_event": [None, sorted({found[number].event_id for number in changed})]},
        entry_id=batch,
    )
    return batch, changed


def _known(session: Session, numbers: list[int]) -> dict[int, Any]:
    """What other events know of these rows, once nobody is changing it any more."""
    bound = {**BOUND, "rows": numbers}
    others = [row.id for row in session.execute(_KNOWN, bound)]
    session.execute(_HELD, {"rows": others})
    return {row.own: row for row in session.execute(_KNOWN, bound)}


def _entry(row: Evacuation, other: Any, beside: MoveEntry | None) -> MoveEntry:
    said = Said(
        state=other.state,
        people=other.people,
        shelter_id=other.shelter_id,
        destination=other.destination,
        moved_at=other.moved_at,
    )
    stated = {"state", "shelter_id", "destination", "moved_at"}
    if row.people is None and other.people is not None:
        stated.add("people")
    if beside is not None:
        own = {name: getattr(beside.said, name) for name in beside.stated & BESIDE}
        said, stated = replace(said, **own), stated | own.keys()
    return MoveEntry(said, frozenset(stated), row.version, is_taken_over=True)
