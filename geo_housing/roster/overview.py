"""What a page of the roster says about its divisions: who is there, and what is missing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from geo_housing.area_codes import township_of
from geo_housing.areas.queries import AreaName
from geo_housing.roster.order import holds_on
from geo_housing.roster.queries import ContactRow, ShelterRow, TechnicianRow


@dataclass(frozen=True)
class ContactGaps:
    """What must be seen to before the season: nobody to call, no number, a term that is over and nobody new."""

    without_main: list[AreaName]
    without_phone: list[ContactRow]
    expired: list[ContactRow]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is missing."""
        return not (self.without_main or self.without_phone or self.expired)


@dataclass(frozen=True)
class ShelterGaps:
    """Shelters of which nobody knows how many they hold or whom to ring, and townships without any."""

    without_capacity: list[ShelterRow]
    without_phone: list[ShelterRow]
    townships_without: list[AreaName]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is missing."""
        return not (self.without_capacity or self.without_phone or self.townships_without)


@dataclass(frozen=True)
class TechnicianGaps:
    """Technicians who cannot be reached, and those whose term is over."""

    without_phone: list[TechnicianRow]
    expired: list[TechnicianRow]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is missing."""
        return not (self.without_phone or self.expired)


@dataclass
class Division:
    """One township or village with its rows; ``former`` no longer hold."""

    area: AreaName
    contacts: list[ContactRow] = field(default_factory=list)
    shelters: list[ShelterRow] = field(default_factory=list)
    former: list[ContactRow] = field(default_factory=list)


@dataclass(frozen=True)
class TownshipFigures:
    """One line of the county's table: contacts and shelters 条 and 处, capacity 人."""

    area: AreaName
    contacts: int
    villages_without_main: int
    without_phone: int
    expired: int
    shelters: int
    capacity: int
    without_capacity: int


def contact_gaps(contacts: Sequence[ContactRow], areas: Iterable[AreaName], on: date) -> ContactGaps:
    """The gaps of these contacts; ``areas`` are all divisions they should cover."""
    holding = [row for row in contacts if row.holds_on(on)]
    with_main = {row.area_code for row in holding if row.turn == "A"}
    filled = {(row.area_code, row.role) for row in holding}
    return ContactGaps(
        [area for area in areas if area.level != "county" and area.code not in with_main],
        [row for row in holding if row.phone is None],
        [
            row
            for row in contacts
            if row.valid_to is not None and row.valid_to < on and (row.area_code, row.role) not in filled
        ],
    )


def shelter_gaps(shelters: Sequence[ShelterRow], areas: Iterable[AreaName]) -> ShelterGaps:
    """The gaps of these shelters; closed ones have none."""
    usable = [row for row in shelters if row.state == "open"]
    served = {township_of(row.area_code) for row in usable}
    return ShelterGaps(
        [row for row in usable if row.capacity is None],
        [row for row in usable if row.phone is None],
        [area for area in areas if area.level == "township" and area.code not in served],
    )


def technician_gaps(technicians: Sequence[TechnicianRow], on: date) -> TechnicianGaps:
    """The gaps of these technicians."""
    return TechnicianGaps(
        [row for row in technicians if row.phone is None and row.holds_on(on)],
        [row for row in technicians if row.valid_to is not None and row.valid_to < on],
    )


def divisions(
    areas: Iterable[AreaName], contacts: Iterable[ContactRow], shelters: Iterable[ShelterRow], on: date
) -> list[Division]:
    """Divisions in code order, each township before its villages, with their rows in the order of calling."""
    found = {area.code: Division(area) for area in areas}
    for contact in contacts:
        if (division := found.get(contact.area_code)) is not None:
            # Who begins next week is no former one.
            is_former = contact.valid_to is not None and contact.valid_to < on
            (division.former if is_former else division.contacts).append(contact)
    for shelter in shelters:
        if (division := found.get(shelter.area_code)) is not None:
            division.shelters.append(shelter)
    return [found[code] for code in sorted(found)]


def by_township(
    areas: Sequence[AreaName], contacts: Sequence[ContactRow], shelters: Sequence[ShelterRow], on: date
) -> list[TownshipFigures]:
    """The county's table, the township with most gaps first."""
    below: dict[str, list[AreaName]] = defaultdict(list)
    for area in areas:
        if area.level != "county":
            below[township_of(area.code)].append(area)
    figures = []
    for township in (area for area in areas if area.level == "township"):
        own = [row for row in contacts if row.area_code.startswith(township.code)]
        gaps = contact_gaps(own, below[township.code], on)
        places = [row for row in shelters if row.area_code.startswith(township.code) and row.state == "open"]
        figures.append(
            TownshipFigures(
                township,
                sum(holds_on(on, row.valid_from, row.valid_to) for row in own),
                sum(area.level == "village" for area in gaps.without_main),
                len(gaps.without_phone),
                len(gaps.expired),
                len(places),
                sum(row.capacity or 0 for row in places),
                sum(row.capacity is None for row in places),
            )
        )
    return sorted(
        figures,
        key=lambda line: (
            -line.villages_without_main,
            -(line.without_phone + line.expired + line.without_capacity),
            line.area.code,
        ),
    )
