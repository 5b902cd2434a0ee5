"""What follows where somebody who answers for a division leaves: whom nobody answers for then, and who may take over."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from geo_housing.area_codes import TOWNSHIP_DIGITS, township_of
from geo_housing.areas.queries import AreaName, area_names
from geo_housing.roster.models import Contact
from geo_housing.roster.order import DUTY_PHONE
from geo_housing.roster.queries import ContactRow, calling_orders, contacts_of
from geo_housing.scope import AreaScope


@dataclass(frozen=True)
class Following:
    """``alone``: divisions for which nobody with a telephone is left, ``leaned``: villages that only the township answers for then.

    ``is_main``: its division has no 主责 then; ``others`` answer for the same division still and may take over, ``namesakes`` are
    further rows of somebody of that name, which stay.
    """

    alone: tuple[AreaName, ...]
    leaned: tuple[AreaName, ...]
    is_main: bool
    others: tuple[ContactRow, ...]
    namesakes: tuple[ContactRow, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nobody is missed."""
        return not (self.alone or self.leaned or self.is_main)


def what_follows(session: Session, contact: Contact, scope: AreaScope, on: date) -> Following:
    """If ``contact`` answered no longer on the day ``on``; namesakes as far as ``scope`` holds them."""
    code = contact.scope_code
    areas = [area for area in area_names(session) if area.code.startswith(code)]
    if len(code) < TOWNSHIP_DIGITS:
        areas = [area for area in areas if area.code == code]
    orders = calling_orders(session, sorted({code, township_of(code), *(area.code for area in areas)}), on)

    def answering(division: str) -> list[ContactRow]:
        rows = orders.get(division, [])
        return [row for row in rows if row.area_code == division and row.id != contact.id and row.role != DUTY_PHONE]

    above = answering(township_of(code)) if len(code) > TOWNSHIP_DIGITS else answering(code)
    is_held_above = any(row.phone for row in above)
    bare = [area for area in areas if not any(row.phone for row in answering(area.code))]
    others = answering(code)
    is_main = contact.turn == "A" and not any(row.turn == "A" for row in others)
    return Following(
        alone=tuple(area for area in bare if not (is_held_above and area.code != township_of(code))),
        leaned=tuple(area for area in bare if is_held_above and area.code != township_of(code) and area.code == code),
        is_main=is_main,
        others=tuple(others),
        namesakes=tuple(
            row
            for row in contacts_of(session, scope)
            if row.name == contact.name and row.id != contact.id and row.holds_on(on)
        ),
    )
