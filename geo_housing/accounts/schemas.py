"""What goes over HTTP about accounts."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from geo_housing.accounts.grants import HeldGrant


class Credentials(BaseModel):
    """Sign-in name and password."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class GrantOut(BaseModel):
    """A grant: role and area; area 0 is the whole database."""

    id: int
    role: str
    area: str
    valid_from: date
    valid_to: date | None
    acting: bool = False

    @classmethod
    def of(cls, grant: HeldGrant, *, acting: bool = False) -> "GrantOut":
        """The answer's form of a grant."""
        return cls(
            id=grant.id,
            role=grant.role,
            area=grant.area_code,
            valid_from=grant.valid_from,
            valid_to=grant.valid_to,
            acting=acting,
        )


class SessionOut(BaseModel):
    """Who is signed in, under which grant; ``csrf_token`` goes into X-CSRF-Token of every change made by cookie."""

    user: str
    name: str
    role: str
    area: str
    permissions: list[str]
    grants: list[GrantOut]
    csrf_token: str | None


class OpenSessionOut(BaseModel):
    """One signed-in browser of the user."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str | None
    agent: str | None
    current: bool


class OpenSessions(BaseModel):
    """The user's sessions."""

    items: list[OpenSessionOut]
    next: None = None


class ChooseGrant(BaseModel):
    """The grant to act under."""

    model_config = ConfigDict(extra="forbid")

    grant_id: int


class NewToken(BaseModel):
    """What to make an API token for."""

    model_config = ConfigDict(extra="forbid")

    note: str | None = Field(None, max_length=200)
    grant_id: int | None = None


class IssuedTokenOut(BaseModel):
    """A token, shown this once."""

    id: int
    user: str
    token: str


class TokenOut(BaseModel):
    """An API token as its owner sees it later."""

    id: int
    note: str | None
    role: str
    area: str
    created_at: datetime
    last_used_at: datetime | None


class Tokens(BaseModel):
    """The user's API tokens."""

    items: list[TokenOut]
    next: None = None


class Ended(BaseModel):
    """How many sessions ended."""

    ended: int
