"""What goes over HTTP about 转移避险."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo_housing.evacuation.additions import ExtraHousehold, ToldFigure
from geo_housing.evacuation.models import EvacuationFigure, EvacuationStep
from geo_housing.evacuation.naming import NamedHousehold
from geo_housing.evacuation.rows import EvacuationRow
from geo_housing.evacuation.service import MoveEntry
from geo_housing.evacuation.states import FIELDS, Said
from geo_housing.evacuation.sums import AreaTotals, FigureEntry, Totals
from geo_housing.numbers import MOST_BIGINT

Word = Annotated[str, Field(max_length=40)]
Text = Annotated[str, Field(max_length=200)]
Code = Annotated[str, Field(pattern=r"^[0-9]{6,12}$")]
ClientId = Annotated[str, Field(max_length=64)]
People = Annotated[int, Field(ge=0, le=99)]
Many = Annotated[int, Field(ge=0, le=1_000_000)]


class MoveEntryBody(BaseModel):
    """What is stated of one household; what is left out stays as it is, null clears it."""

    model_config = ConfigDict(extra="forbid")

    state: Word | None = None
    people: People | None = None
    organiser: Text | None = None
    departure: Text | None = None
    shelter_id: int | None = None
    destination: Text | None = None
    moved_at: datetime | None = None
    reported_by: Text | None = None
    reported_how: Word | None = None
    note: Text | None = None
    version: int | None = None
    client_id: ClientId | None = None

    def entry(self, version: int | None) -> MoveEntry:
        """As the service takes it, made upon ``version``."""
        values = {name: getattr(self, name) for name in FIELDS}
        stated = self.model_fields_set & set(FIELDS)
        if values["state"] is None:
            values["state"] = "pending"
            stated -= {"state"}
        return MoveEntry(Said(**values), frozenset(stated), version, self.client_id)


class RowVersion(BaseModel):
    """A household as it was shown."""

    model_config = ConfigDict(extra="forbid")

    id: int
    version: int


class ManyBody(BaseModel):
    """整村已转: one state for the households that were shown; those changed since stay as they are."""

    model_config = ConfigDict(extra="forbid")

    state: Word
    rows: Annotated[list[RowVersion], Field(min_length=1, max_length=500)]
    organiser: Text | None = None
    shelter_id: int | None = None
    destination: Text | None = None
    reported_by: Text | None = None
    reported_how: Word | None = None
    client_id: ClientId | None = None

    def entry(self) -> MoveEntry:
        """As the service takes it."""
        named = ("organiser", "shelter_id", "destination", "reported_by", "reported_how")
        said = Said(state=self.state, **{name: getattr(self, name) for name in named})
        stated = {"state", *(self.model_fields_set & set(named))}
        return MoveEntry(said, frozenset(stated), None, self.client_id)


class TakeOverBody(BaseModel):
    """接转: the households that were shown, of which another event knows more."""

    model_config = ConfigDict(extra="forbid")

    rows: Annotated[list[RowVersion], Field(min_length=1, max_length=500)]
    client_id: ClientId | None = None


class FigureBody(BaseModel):
    """电话报数: moved so far in an area."""

    model_config = ConfigDict(extra="forbid")

    area: Code
    households: Many
    people: Many | None = None
    said_at: datetime | None = None
    reported_by: Text | None = None
    reported_how: Word = "phone"
    note: Text | None = None
    client_id: ClientId | None = None
    sure: bool = False

    def told(self) -> ToldFigure:
        """As the service takes it."""
        return ToldFigure(**self.model_dump())


class SettleBody(BaseModel):
    """Why a figure no longer stands."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = None
    note: Text | None = None


class ExtraBody(BaseModel):
    """表外新增: where, whose family, what the matter is; ``household_id`` instead means a family without a home.

    ``state``: how they stand, to be said where the matter tells of people who have left.
    """

    model_config = ConfigDict(extra="forbid")

    area: Code = ""
    head: Text = ""
    what: Text = ""
    household_id: Annotated[int, Field(ge=1, le=MOST_BIGINT)] | None = None
    people: People | None = None
    house_code: Annotated[str, Field(max_length=60)] | None = None
    client_id: ClientId | None = None
    is_house: bool = True
    state: Literal["pending", "moved_to_shelter", "moved_to_kin", "away"] | None = None

    def extra(self) -> ExtraHousehold:
        """As the service takes it."""
        return ExtraHousehold(**self.model_dump(exclude={"is_house", "state"}))


class NamedBody(BaseModel):
    """After 误发撤销: a family that a telephone figure has told of, and where they are."""

    model_config = ConfigDict(extra="forbid")

    area: Code
    head: Text
    state: Word = "moved_to_shelter"
    people: People | None = None
    house_code: Annotated[str, Field(max_length=60)] | None = None
    client_id: ClientId | None = None

    def named(self) -> NamedHousehold:
        """As the service takes it."""
        return NamedHousehold(**self.model_dump())


def totals_json(found: Totals) -> dict[str, Any]:
    """The sums by township and village, with the figures that stand."""
    return {
        "event": found.event,
        "as_of": _moment(found.as_of),
        "total": _area_json(found.total),
        "townships": [_area_json(area) for area in found.townships],
        "villages": [_area_json(area) for area in found.villages],
        "figures": [_figure_json(figure) for figure in found.figures],
    }


def row_json(row: EvacuationRow) -> dict[str, Any]:
    """One household, for those who may see families."""
    values = asdict(row)
    for name in ("is_moved", "place", "lon", "lat", "is_begun", "was_called_back", "is_told"):
        del values[name]
    values["area_code"] = values.pop("scope_code")
    if values["elsewhere"] is not None:
        values["elsewhere"] = _plain(values["elsewhere"])
    return _plain(values)


def step_json(step: EvacuationStep | None) -> dict[str, Any] | None:
    """The change that was made."""
    if step is None:
        return None
    return {"id": step.id, "act": step.act, "from": step.state_before, "to": step.state_after, "at": _moment(step.at)}


def told_json(row: EvacuationFigure) -> dict[str, Any]:
    """A figure as it was kept."""
    return {
        "id": row.id,
        "area": row.scope_code,
        "households": row.households,
        "people": row.people,
        "said_at": _moment(row.said_at),
        "settled_at": _moment(row.settled_at),
        "version": row.version,
    }


def _area_json(area: AreaTotals) -> dict[str, Any]:
    values = asdict(area)
    values["figure"] = None if area.figure is None else _figure_json(area.figure)
    return values


def _figure_json(figure: FigureEntry) -> dict[str, Any]:
    return _plain(asdict(figure))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _moment(value) if isinstance(value, datetime) else value for name, value in values.items()}


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds")
