"""The presses of the board as a form sends them."""

from datetime import timedelta
from typing import Annotated

from fastapi import Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from geo_housing.accounts.access import Access
from geo_housing.calls import service
from geo_housing.calls.people import keep_in_roster, person_of, typed_number
from geo_housing.errors import BadInput
from geo_housing.keys import load_keys

# An empty field of a form is none; the bounds are the number's, not those of none.
Number = Annotated[
    Annotated[int, Field(ge=0, le=2**31 - 1)] | None, BeforeValidator(lambda value: None if value == "" else value)
]
Text = Annotated[str, Field(max_length=2000)]
MOST_AGO_S = 12 * 3600


class _Sent(BaseModel):
    """What every press sends: the board it came from (``area``), the row (``at``), what was seen, how long it waited."""

    model_config = ConfigDict(extra="ignore")

    area: Annotated[str, Field(pattern=r"^[0-9]{0,12}$")] = ""
    at: Annotated[str, Field(pattern=r"^[0-9]{0,12}$")] = ""
    client_id: Annotated[str, Field(max_length=64)] = ""
    seen: Number = None
    ago: Annotated[float, Field(ge=0)] = 0.0

    def press(self) -> service.Press:
        """As the service takes it."""
        ago = timedelta(seconds=min(self.ago, MOST_AGO_S))
        return service.Press(self.client_id or None, self.seen, ago)


class Press(_Sent):
    """An answer, no answer, a report, a slip taken back. ``quick`` is a common reply that was pressed instead of typed."""

    said: Text = ""
    quick: Text = ""
    reason: Text = ""

    @property
    def words(self) -> str | None:
        """What they said: the common reply, then what was typed beside it."""
        return "；".join(part for part in (self.quick.strip(), self.said.strip()) if part) or None


class Start(_Sent):
    """A call: of a contact of the roster, or of somebody who is typed, kept in the roster where asked."""

    contact: Number = None
    name: Text = ""
    role: Text = ""
    number: Text = ""
    keep: bool = False
    way: Annotated[str, Field(max_length=20)] = "phone"


def person_of_form(request: Request, access: Access, code: str, sent: Start) -> service.Person:
    """Who is called: by their id in the roster, else as typed."""
    if sent.contact is not None:
        name, role, masked = person_of(access.session, sent.contact, code)
        return service.Person(name, role, masked, sent.contact)
    name, role = sent.name.strip(), sent.role.strip()
    if not name:
        raise BadInput("请填写叫应谁：姓名，或值班电话的单位。")
    masked = typed_number(sent.number)
    if not (sent.keep and masked and access.actor.may("roster.edit")):
        return service.Person(name, role or None, masked)
    kept = keep_in_roster(
        access.session,
        access.actor,
        code,
        name=name,
        role=role,
        phone=sent.number,
        ring=load_keys(request.app.state.settings.keys_file),
        client_id=sent.client_id or None,
    )
    return service.Person(name, role or None, masked, kept)
