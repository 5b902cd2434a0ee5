"""What goes over HTTP about emergency conclusions."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from geo_housing.conclusions.care import Care
from geo_housing.conclusions.models import EmergencyConclusion, UnsafeHome
from geo_housing.conclusions.queries import Standing
from geo_housing.conclusions.service import Signing
from geo_housing.db import Actor

Word = Annotated[str, Field(max_length=40)]
Sentence = Annotated[str, Field(max_length=2000)]


class SigningBody(BaseModel):
    """A conclusion as signed; ``upon`` is the id of the one that was read, null when there was none."""

    model_config = ConfigDict(extra="forbid")

    conclusion: Word
    items: list[Word] = Field(default_factory=list, max_length=30)
    advice: Sentence | None = None
    technician: int | None = None
    signed_at: datetime | None = None
    upon: int | None = None
    reason: Sentence | None = None
    client_id: Annotated[str, Field(max_length=64)] | None = None

    def signing(self) -> Signing:
        """As the service takes it."""
        return Signing(
            self.conclusion,
            tuple(self.items),
            self.advice,
            self.technician,
            self.signed_at,
            self.upon,
            self.reason,
            self.client_id,
        )


class CareBody(BaseModel):
    """What is stated of families who may not live in their house; what is left out stays, null clears."""

    model_config = ConfigDict(extra="forbid")

    living_now: Sentence | None = None
    measure: Word | None = None
    measure_on: date | None = None
    assessment_asked_on: date | None = None
    note: Sentence | None = None
    settled_how: Sentence | None = None
    version: int

    def care(self) -> Care:
        """As the service takes it."""
        values = self.model_dump(exclude={"version"}, exclude_unset=True)
        return Care(**values, stated=frozenset(values))


def standing_json(areas: list[Standing]) -> dict[str, Any]:
    """Totals and areas; every total is the sum over ``areas``, in 栋."""
    words = ("habitable", "not_habitable", "restricted")
    return {
        "needed": sum(area.needed for area in areas),
        "waiting": sum(area.waiting for area in areas),
        "by_conclusion": {word: sum(area.by_conclusion[word] for area in areas) for word in words},
        "unsafe": sum(area.unsafe for area in areas),
        "areas": [
            {
                "code": area.code,
                "needed": area.needed,
                "waiting": area.waiting,
                "by_conclusion": area.by_conclusion,
                "unsafe": area.unsafe,
            }
            for area in areas
        ],
    }


def conclusion_json(row: EmergencyConclusion, actor: Actor) -> dict[str, Any]:
    """One signed conclusion; what was written in words only for those who may see families."""
    may_see = actor.may("heads.view")
    return {
        "id": row.id,
        "conclusion": row.conclusion,
        "items": row.items,
        "advice": row.advice if may_see else None,
        "signed_by": row.signed_by,
        "unit": row.unit,
        "signed_at": row.signed_at.isoformat(),
        "entered_at": row.entered_at.isoformat(),
        "supersedes": row.supersedes,
        "reason": row.reason if may_see else None,
    }


def home_json(home: UnsafeHome, actor: Actor) -> dict[str, Any]:
    """The care for the families of one house."""
    may_see = actor.may("heads.view")
    return {
        "living_now": home.living_now if may_see else None,
        "measure": home.measure,
        "measure_on": home.measure_on and home.measure_on.isoformat(),
        "assessment_asked_on": home.assessment_asked_on and home.assessment_asked_on.isoformat(),
        "note": home.note if may_see else None,
        "opened_at": home.opened_at.isoformat(),
        "settled_at": home.settled_at and home.settled_at.isoformat(),
        "settled_how": home.settled_how if may_see else None,
        "version": home.version,
    }
