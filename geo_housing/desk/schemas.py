"""What goes over HTTP about one house and about search."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo_housing.desk.house import HouseView, masked_numbers
from geo_housing.desk.search import Group
from geo_housing.houses.register.location import Settled
from geo_housing.houses.register.queries import Family
from geo_housing.settings import Language
from geo_housing.translation import translate


class FamilyOut(BaseModel):
    """A household of the house, as this person may see it: ID number and phone only masked."""

    id: int
    version: int
    relation: str
    head: str | None = None
    id_number_masked: str | None = None
    phone_masked: str | None = None
    persons: int | None = None
    categories: list[str] | None = None
    monitoring: list[str] | None = None
    traits: list[str] | None = None

    @classmethod
    def of(cls, family: Family, *, categories: bool) -> "FamilyOut":
        """The answer's form of a household."""
        return cls(
            id=family.id,
            version=family.version,
            relation=family.relation,
            head=family.head,
            id_number_masked=family.id_number,
            phone_masked=family.phone,
            persons=family.persons,
            categories=list(family.categories) if categories else None,
            monitoring=list(family.monitoring) if categories else None,
            traits=list(family.traits) if categories else None,
        )


class HouseInspectionOut(BaseModel):
    """An emergency inspection of the house that is still to be done."""

    id: int
    event: int
    state: str
    due_at: datetime | None
    overdue: bool


class HouseOut(BaseModel):
    """One house: the properties of the contract, its households by right, what is open about it."""

    house_code: str
    area_code: str
    township: str | None
    village: str | None
    declared_village: str | None
    settlement: str | None
    lon: float | None
    lat: float | None
    location_state: str
    location_note: str | None
    structure: str | None
    built_year: int | None
    storeys: int | None
    rooms: int | None
    area_m2: float | None
    building_kind: str | None
    occupancy: str | None
    occupancy_checked_on: date | None
    grade: str | None
    grade_basis: str | None
    graded_on: date | None
    risk: str
    renovation: str
    renovation_year: int | None
    measure: str | None
    ended_on: date | None
    ended_reason: str | None
    head: str | None = None
    remark: str | None = None
    households: list[FamilyOut] | None = None
    inspections: list[HouseInspectionOut]
    differences: int
    version: int

    @classmethod
    def of(cls, view: HouseView) -> "HouseOut":
        """The answer's form of a house's page; what belongs to families is left out without the right."""
        house = view.house
        facts = {name: getattr(house, name) for name in _HOUSE_FIELDS}
        here = [family for family in view.families if family.is_here]
        return cls(
            **facts,
            house_code=house.code,
            area_code=house.scope_code,
            township=view.place.township,
            village=view.place.village,
            declared_village=view.declared.village if view.declared else None,
            lon=view.point.lon if view.point else None,
            lat=view.point.lat if view.point else None,
            head=(here[0].head if here else view.owner) if view.shows_families else None,
            remark=masked_numbers(house.remark) if house.remark and view.shows_families else None,
            households=[FamilyOut.of(f, categories=view.shows_categories) for f in here]
            if view.shows_families
            else None,
            inspections=[
                HouseInspectionOut(
                    id=item.row.id,
                    event=item.row.event_id,
                    state=item.row.state,
                    due_at=item.row.due_at if view.shows_families else None,
                    overdue=item.is_overdue,
                )
                for item in view.inspections
                if item.is_open
            ],
            differences=len(view.differences),
        )


_HOUSE_FIELDS = (
    "settlement location_state location_note structure built_year storeys rooms area_m2 building_kind occupancy"
    " occupancy_checked_on grade grade_basis graded_on risk renovation renovation_year measure ended_on ended_reason version"
).split()


class HouseChange(BaseModel):
    """Facts to change; a field that is not given stays, null empties it. Labels are accepted beside code words."""

    model_config = ConfigDict(extra="forbid")

    settlement: str | None = None
    structure: str | None = None
    built_year: int | str | None = None
    storeys: int | str | None = None
    rooms: int | str | None = None
    area_m2: float | str | None = None
    building_kind: str | None = None
    occupancy: str | None = None
    occupancy_checked_on: date | None = None
    occupancy_checked_by: str | None = None
    renovation: str | None = None
    renovation_year: int | str | None = None
    measure: str | None = None
    remark: str | None = None

    def given(self) -> dict[str, Any]:
        """The fields that were stated."""
        return self.model_dump(exclude_unset=True)


class LocationChange(BaseModel):
    """What a person says about the place of a house."""

    model_config = ConfigDict(extra="forbid")

    verdict: Literal["moved", "confirmed", "wrong"] = "moved"
    lon: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    version: int | None = None


class LocationOut(BaseModel):
    """Where the house counts now; ``proposed`` waits for the level above."""

    house_code: str
    proposed: bool
    area_code: str
    location_state: str

    @classmethod
    def of(cls, code: str, settled: Settled) -> "LocationOut":
        """The answer's form."""
        return cls(
            house_code=code,
            proposed=settled.proposed,
            area_code=settled.scope_code,
            location_state=settled.location_state,
        )


class SearchAsked(BaseModel):
    """What was typed."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Field(max_length=100)]


class FoundOut(BaseModel):
    """One answer of the search; a house brings what a map's popup needs, a division its box."""

    text: str
    more: str
    address: str
    lon: float | None
    lat: float | None
    bbox: tuple[float, float, float, float] | None
    house: dict[str, Any] | None


class GroupOut(BaseModel):
    """Answers of one kind."""

    label: str
    items: list[FoundOut]


class SearchOut(BaseModel):
    """All answers, grouped."""

    groups: list[GroupOut]

    @classmethod
    def of(cls, groups: list[Group], language: Language) -> "SearchOut":
        """The answer's form."""
        return cls(
            groups=[
                GroupOut(
                    label=translate(group.label, language),
                    items=[
                        FoundOut(**{**vars(found), "more": translate(found.more, language)}) for found in group.found
                    ],
                )
                for group in groups
            ]
        )
