"""What a row of a returned moving list would change, weighed against what stands and what was said since."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from dataclasses import replace as with_values
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from geo_housing.area_codes import COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS
from geo_housing.errors import BadInput
from geo_housing.evacuation.models import EvacuationStep
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import BROUGHT_HOME, MOVED, Said, fewer_said, is_unplaced
from geo_housing.evacuation.steps import said_of
from geo_housing.houses.spreadsheet.row import normalise
from geo_housing.response.returned.moves_meant import ListedMove
from geo_housing.response.returned.moves_reading import SentMove
from geo_housing.response.returned.sheets import Mark
from geo_housing.response.returned.three_ways import FieldChange, MoveVerdict, Values, weigh
from geo_housing.roster.queries import ShelterRow
from geo_housing.words import EVACUATION_STATE

AREA_DIGITS = (VILLAGE_DIGITS, TOWNSHIP_DIGITS, COUNTY_DIGITS)
# What is said of a household only once it has left.
OF_THE_MOVED = ("moved_at", "shelter_id", "destination")


@dataclass(frozen=True)
class MoveRow:
    """One household of the workbook with the row of the list that it means; ``hint`` is said beside it."""

    sent: SentMove
    row_id: int
    version: int
    area_code: str
    head: str
    verdict: MoveVerdict
    entry: MoveEntry
    hint: str = ""
    # Moved, and nobody says where to.
    unplaced: bool = False
    # What the row was weighed against.
    listed: ListedMove | None = None
    places: Sequence[ShelterRow] = ()

    @property
    def seen(self) -> str:
        """What somebody ticks who has seen it as it stands: once it has changed again, the tick means nothing."""
        return f"{self.row_id}-{self.version}"

    @property
    def changes(self) -> tuple[FieldChange, ...]:
        """The fields that differ from what stands."""
        return self.verdict.changes

    @property
    def is_asked(self) -> bool:
        """Whether a person must say first what its word for the state means."""
        return self.sent.asked is not None and "state" in self.fields

    @property
    def fields(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(one.field for one in self.changes)

    def only(self, fields: Collection[str]) -> "MoveRow":
        """The row with those fields alone; BadInput where they make no sense without the others.

        With another state goes by itself what was told of the former one. Of the fields that a person has seen beside the
        list and left, what stands is said once more, so that it stays.
        """
        assert self.listed is not None, "rows that differ are of the list"
        kept = tuple(one for one in self.changes if one.field in fields)
        said = {one.field: one.sent for one in kept}
        if "state" in said:
            stays = {one.field: one.stands for one in self.changes if one.field not in said}
            said |= {name: value for name, value in stays.items() if value is not None}
        verdict = MoveVerdict(self.verdict.kind, kept)
        return _row(self.listed, self.sent, verdict, said, self.places)


def steps_of(session: Session, ids: Collection[int]) -> dict[int, list[Any]]:
    """The changes of each row, the newest first."""
    one = EvacuationStep
    rows = session.execute(
        select(one.evacuation_id, one.version, one.state_before, one.people_before, one.changes)
        .where(one.evacuation_id.in_(list(ids)))
        .order_by(one.id.desc())
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.evacuation_id].append(row)
    return found


def weigh_row(
    one: ListedMove, sent: SentMove, mark: Mark | None, steps: Iterable[Any], places: Sequence[ShelterRow]
) -> MoveRow:
    """What the row of the workbook would change; BadInput where its cells contradict each other or are ambiguous."""
    present = said_of(one.row)
    names = {place.id: place.name for place in places}
    base = _values(_as_of(present, steps, mark.version), names) if mark else None
    told = sent.said
    if sent.somewhere and present.state in BROUGHT_HOME:
        # Nothing but what stands already, and more exactly.
        told = {name: value for name, value in told.items() if name != "state"}
    verdict = weigh(base, told, _values(present, names), merged=sent.line.merged)
    return _row(one, sent, verdict, {change.field: change.sent for change in verdict.changes}, places)


def _row(one: ListedMove, sent: SentMove, verdict: MoveVerdict, told: Values, places: Sequence[ShelterRow]) -> MoveRow:
    """What ``told`` would change; BadInput where it contradicts itself or is ambiguous."""
    present = said_of(one.row)
    said, hint = _said(told, one, present, places)
    if sent.somewhere and "state" in said and said.get("destination"):
        raise BadInput(
            f"只写了“{sent.somewhere}”，去向“{said['destination']}”不在安置点名录里，看不出是集中安置还是投亲靠友；"
            f"请把状态写成“{EVACUATION_STATE.label('moved_to_shelter')}”或“{EVACUATION_STATE.label('moved_to_kin')}”"
        )
    entry = MoveEntry(Said(**{"state": present.state, **said}), frozenset(said), one.row.version)
    after = with_values(present, **said)
    if after.state == "pending" and any(said.get(name) is not None for name in OF_THE_MOVED):
        # It would be dropped: who waits at home has no time of leaving and no place.
        raise BadInput(
            f"写了时间或安置点、去向，状态还是“{EVACUATION_STATE.label('pending')}”：已经转移的请填写状态，没有转移的请删去"
        )
    hint = "；".join(filter(None, (hint, _heads_said(after, one.registered) if "people" in said else "")))
    unplaced = is_unplaced(after.state, after.shelter_id, after.destination)
    return MoveRow(
        sent, one.row.id, one.row.version, one.row.scope_code, one.head, verdict, entry, hint, unplaced, one, places
    )


def _heads_said(after: Said, registered: int | None) -> str:
    """What to ask about the number of people who were brought away; empty where nothing is."""
    if after.state not in MOVED or after.people is None:
        return ""
    if after.people == 0:
        return "已转移0人，请核实人数"
    if registered is None:
        return ""
    if after.people > registered:
        return f"台账登记{registered}人，填了{after.people}人，请核实"
    return fewer_said(after.people, registered)


def _as_of(present: Said, steps: Iterable[Any], version: int) -> Said:
    """What was said of the household when its row had that version: the later changes taken back."""
    values = {**present.__dict__}
    for step in steps:
        if step.version <= version:
            break
        values["state"], values["people"] = step.state_before, step.people_before
        for name, (before, _) in (step.changes or {}).items():
            if name in values:
                values[name] = datetime.fromisoformat(before) if name == "moved_at" and before else before
    return Said(**values)


def _values(said: Said, names: dict[int, str]) -> Values:
    """As the list shows it: one column says where to."""
    to = names.get(said.shelter_id) if said.shelter_id is not None else None
    return {
        "state": said.state,
        "people": said.people,
        "moved_at": said.moved_at,
        "to": to or said.destination,
        "organiser": said.organiser,
        "reported_by": said.reported_by,
        "note": said.note,
    }


def _said(sent: Values, one: ListedMove, present: Said, places: Sequence[ShelterRow]) -> tuple[dict[str, Any], str]:
    """The changes as the service takes them, and what is to be said about them: a place is looked up by its name."""
    said: dict[str, Any] = dict(sent)
    to = said.pop("to", None)
    if to is None:
        return said, ""
    said["shelter_id"], said["destination"] = None, to
    if said.get("state", present.state) != "moved_to_shelter":
        return said, ""
    known = _places_named(str(to), one.row.scope_code, places)
    if len(known) > 1:
        raise BadInput(f"有 {len(known)} 个安置点叫“{to}”，请在页面上为这户选择安置点")
    if not known:
        return said, f"“{to}”不在安置点名录里，记为去向"
    said["shelter_id"], said["destination"] = known[0].id, None
    return said, ""


def _places_named(name: str, area: str, places: Sequence[ShelterRow]) -> list[ShelterRow]:
    """Places of that name: the household's own village's first, then its township's, its county's, any other."""
    known = [place for place in places if normalise(place.name) == normalise(name)]
    for digits in AREA_DIGITS:
        near = [place for place in known if place.area_code == area[:digits]]
        if near:
            return near
    return known
