"""Whom a text speaks for, and so which of several divisions of one name it can mean. Pure."""

from dataclasses import dataclass

from geo_housing.area_codes import TOWNSHIP_DIGITS, county_of, township_of
from geo_housing.hazards.bulletin.gazetteer import Gazetteer, Place


@dataclass(frozen=True)
class Ground:
    """Whom the text speaks for: ``home`` a loaded county, or None; ``is_other``: a place that is none of them.

    ``above`` are the loaded counties of the league or region that then speaks, ``is_league`` whether it is a league.
    """

    gazetteer: Gazetteer
    home: str | None
    is_other: bool
    above: tuple[str, ...] = ()
    is_league: bool = False

    def ours(self, places: tuple[Place, ...], county: str | None) -> list[Place]:
        """Those of ``places`` that the text can mean."""
        if county is not None:
            return [place for place in places if place.code.startswith(county) or place.level == "county"]
        if self.is_other:
            return [place for place in places if place.level == "county"]
        if self.home is not None:
            return [place for place in places if place.code.startswith(self.home) or place.level == "county"]
        return list(places)

    def perhaps_ours(self, places: tuple[Place, ...]) -> list[Place]:
        """Those that a text of the league can mean, though it does not say of which county they are."""
        return [place for place in places if county_of(place.code) in self.above and place.level != "county"]

    def full_name(self, place: Place) -> str:
        """The name as people choose by it: a village with its township."""
        above = self.gazetteer.places.get(township_of(place.code))
        return f"{above.name}{place.name}" if above is not None and len(place.code) > TOWNSHIP_DIGITS else place.name


def largest(places: list[Place]) -> list[Place]:
    """The one that holds all others of the same stem, else all: a township with a village of its name, but no county."""
    below = [place for place in places if place.level != "county"]
    top = min(below, key=lambda place: len(place.code), default=None)
    if len(below) == len(places) and top and all(place.code.startswith(top.code) for place in below):
        return [top]
    return places
