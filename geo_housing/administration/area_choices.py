"""The divisions that somebody may choose from in a form, grouped by township."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from geo_housing.accounts.grants import WHOLE_DATABASE
from geo_housing.area_codes import township_of
from geo_housing.areas.queries import AreaName, area_names
from geo_housing.scope import AreaScope

# A longer list is no help in a form: then the code is typed.
MOST_CHOICES = 4000


@dataclass(frozen=True)
class Choice:
    """One division of a list; ``indent`` 0 for a county (or everything), 1 for a township, 2 for a village."""

    code: str
    name: str
    indent: int


@dataclass(frozen=True)
class Choices:
    """What a form offers; ``is_listed`` False: too many, the code is typed."""

    items: tuple[Choice, ...]
    is_listed: bool

    def name(self, code: str) -> str:
        """Name of a division, its code when it is not in the list."""
        return next((item.name for item in self.items if item.code == code), code)


def area_choices(session: Session, scope: AreaScope) -> Choices:
    """The divisions within ``scope``, each township after its county and before its villages."""
    names = [area for area in area_names(session) if scope.covers(area.code)]
    listed = len(names) <= MOST_CHOICES
    whole = (Choice(WHOLE_DATABASE, "全库（所有区划）", 0),) if not scope.prefix else ()
    indents = {"county": 0, "township": 1, "village": 2}
    items = tuple(Choice(area.code, area.name, indents[area.level]) for area in names) if listed else ()
    return Choices(whole + items, listed)


def names_of_areas(session: Session) -> dict[str, str]:
    """Code → name with the township before a village: 西山镇西一村."""
    known = {area.code: area for area in area_names(session)}
    return {code: _full_name(area, known) for code, area in known.items()} | {WHOLE_DATABASE: "全库"}


def _full_name(area: AreaName, known: dict[str, AreaName]) -> str:
    above = known.get(township_of(area.code)) if area.level == "village" else None
    return f"{above.name}{area.name}" if above else area.name
