"""The house's page put together: everything that all rooms know of one house, as this person may see it."""

import re
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from geo_housing.db import Actor
from geo_housing.desk.queries import InspectionSeen, inspections_of
from geo_housing.desk.timeline import Happening, Seen, codes_in, timeline
from geo_housing.hazards.facts import Occupancy
from geo_housing.houses.heads import unsized_of
from geo_housing.houses.living import stale_before
from geo_housing.houses.models import House
from geo_housing.houses.register.differences import may_take
from geo_housing.houses.register.facts import HOUSE_FACTS, Fact, shown
from geo_housing.houses.register.location_queries import (
    Outline,
    outlines_around,
    proposed_point,
    reason_of,
    shared_points,
)
from geo_housing.houses.register.queries import (
    Difference,
    Family,
    HousePlace,
    JournalSeen,
    Point,
    code_of,
    families_of,
    former_codes,
    grades_of,
    imports_of_house,
    journal_of_house,
    open_differences,
    other_houses_of,
    places,
    point_of,
)
from geo_housing.layers.house_layer import CATEGORIES, HEADS
from geo_housing.masking import mask_middle, mask_name
from geo_housing.words import CATEGORY, GRADE, SIGNED_BASES

JOURNAL = "journal.view"
# Clerks write telephone, ID and account numbers into remarks and into columns of their own.
_NUMBERS = re.compile(r"[0-9]{7,}[Xx]?")
_NOWHERE = HousePlace(None, None)


@dataclass(frozen=True)
class OpenDifference:
    """A difference to settle, in words; ``may_take``: whether the ledger's value can be taken here."""

    id: int
    label: str
    stored: str
    stated: str
    line: int | None
    file_name: str | None
    may_take: bool


@dataclass(frozen=True)
class HouseView:
    """What the page shows."""

    house: House
    place: HousePlace
    declared: HousePlace | None
    point: Point | None
    outlines: list[Outline]
    families: list[Family]
    # Who owns it and is kept beyond the reader's area; None where a family of the house is seen, or nobody is known.
    owner: str | None
    elsewhere: dict[int, list[tuple[str, str]]]
    former_codes: list[str]
    duplicate_of: str | None
    inspections: list[InspectionSeen]
    differences: list[OpenDifference]
    happenings: list[Happening]
    location_reason: str | None
    shared_with: list[str]
    shows_families: bool
    shows_categories: bool
    occupancy_doubt: str | None
    unsized: int

    @property
    def heads(self) -> str:
        """Names of the heads of the house, in one line."""
        here = [family.head for family in self.families if family.is_here and family.head]
        return "、".join(here) or self.owner or ""

    @property
    def is_signed(self) -> bool:
        """Whether the grade is one of 评定 or 鉴定."""
        return self.house.grade_basis in SIGNED_BASES

    @property
    def outlines_json(self) -> list[dict[str, Any]]:
        """The villages around for the small map; ``own`` marks the house's."""
        own = self.house.village_code or self.house.scope_code
        return [{"geojson": outline.geojson, "own": outline.code == own} for outline in self.outlines]

    @property
    def facts(self) -> list[tuple[Fact, str]]:
        """The house's facts that this person may see, in words."""
        hidden = () if self.shows_families else ("remark", "occupancy_checked_by")
        return [
            (fact, masked_numbers(shown(fact, getattr(self.house, name))))
            for name, fact in HOUSE_FACTS.items()
            if name not in hidden
        ]

    @property
    def extra(self) -> list[tuple[str, str]]:
        """Columns of the ledger without a field of ours, for those who may see families."""
        stated = self.house.extra if self.shows_families else None
        return [(name, masked_numbers(str(value))) for name, value in (stated or {}).items()]

    def own_cells(self, family: Family) -> list[tuple[str, str]]:
        """What this family's row of a ledger says in such columns otherwise than the house's."""
        of_house = self.house.extra or {}
        stated = (family.extra if self.shows_families else None) or {}
        return [(name, masked_numbers(str(value))) for name, value in stated.items() if value != of_house.get(name)]


def house_view(session: Session, actor: Actor, house: House) -> HouseView:
    """Everything about ``house``, read once."""
    journal = journal_of_house(session, house.code)
    seen = Seen(actor.may(HEADS), actor.may(CATEGORIES), actor.may(JOURNAL))
    codes = [house.scope_code, house.declared_code, house.village_code, *codes_in(journal)]
    named = places(session, codes)
    inspections = inspections_of(session, house.id)
    families = families_of(session, house.id)
    elsewhere: dict[int, list[tuple[str, str]]] = {}
    if families and seen.families:
        for household, code, relation in other_houses_of(session, [f.id for f in families], besides=house.id):
            elsewhere.setdefault(household, []).append((code, relation))
    # Nobody looks for the place of a house that has ended.
    disputed = house.ended_on is None and (
        house.location_state != "located" or house.location_note in ("shared_point", "shifted", "border")
    )
    point = point_of(session, house.id)
    occupancy = Occupancy(house.occupancy, house.occupancy_checked_on, stale_before(session, actor.scope))
    shared = disputed and house.tile_key is not None
    return HouseView(
        house=house,
        place=named.get(house.scope_code, _NOWHERE),
        declared=named.get(house.declared_code) if house.declared_code else None,
        point=point,
        outlines=outlines_around(session, [house.scope_code]) if point else [],
        families=[family_seen(family, actor) for family in families],
        owner=_owner_beyond(house, families, actor),
        elsewhere=elsewhere,
        former_codes=former_codes(session, house.id),
        duplicate_of=code_of(session, house.duplicate_of) if house.duplicate_of else None,
        inspections=inspections,
        differences=[_in_words(found) for found in open_differences(session, house.id)],
        happenings=timeline(
            grades=grades_of(session, house.id),
            inspections=inspections,
            journal=journal,
            imports=imports_of_house(session, house.id),
            seen=seen,
            names={code: place.name for code, place in named.items()},
        ),
        location_reason=reason_of(house.location_state, house.location_note) if disputed else None,
        shared_with=shared_points(session, house.id, house.tile_key) if shared and house.tile_key is not None else [],
        shows_families=seen.families,
        shows_categories=seen.categories,
        occupancy_doubt=occupancy.doubt,
        unsized=unsized_of(house.households, house.households_without_size, is_lived_in=occupancy.is_lived_in),
    )


def masked_numbers(text: str) -> str:
    """Free text whose long numbers keep only their ends."""
    return _NUMBERS.sub(lambda found: mask_middle(found[0]), text)


def family_seen(family: Family, actor: Actor) -> Family:
    """A household as this person may see it: a masked name without further data, no categories without the right."""
    if not actor.may(HEADS):
        family = replace(
            family,
            head=mask_name(family.head) if family.head else None,
            id_number=None,
            phone=None,
            persons=None,
            extra=None,
        )
    if not actor.may(CATEGORIES):
        family = replace(family, categories=(), monitoring=(), traits=(), certified=())
    return family


def _owner_beyond(house: House, families: list[Family], actor: Actor) -> str | None:
    """The owner's name, as this person may see one, where the family's own record is not theirs to see."""
    if house.owner is None or any(family.is_here and family.head == house.owner for family in families):
        return None
    return house.owner if actor.may(HEADS) else mask_name(house.owner)


def last_proposal(journal: list[JournalSeen]) -> tuple[tuple[float, float] | None, JournalSeen | None]:
    """The place that a township proposed last, and the entry that says so."""
    for entry in journal:
        if entry.action == "houses.propose_location":
            return proposed_point(entry.diff), entry
    return None, None


def _in_words(found: Difference) -> OpenDifference:
    label: dict[str, Any] = {"grade": "安全等级", "categories": "保障类别"}
    return OpenDifference(
        found.id,
        label.get(found.field, found.field),
        _codes_in_words(found.field, found.stored),
        _codes_in_words(found.field, found.stated),
        found.line,
        found.file_name,
        may_take(found.field),
    )


def _codes_in_words(field: str, text: str | None) -> str:
    if not text:
        return "—"
    words = {"grade": GRADE, "categories": CATEGORY}.get(field)
    return "、".join(words.label(part) for part in text.split("、")) if words else text
