"""Puts scripts, styles and data of the map into one page; asks neither database nor network."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from geo_housing.accounts.rendering import environment
from geo_housing.area_codes import township_of
from geo_housing.areas.queries import AreaName
from geo_housing.clock import BEIJING
from geo_housing.maps.browser_config import FAR_ZOOM, MODULES, legend_words, words_and_colours
from geo_housing.maps.folium_page import compose
from geo_housing.maps.map_content import MapContent, layer_labels
from geo_housing.maps.queries import OpenEvent
from geo_housing.settings import Language
from geo_housing.web_assets import STATIC, asset_file

STYLES = ("vendor/bootstrap/bootstrap.min.css", "frame.css", "vendor/leaflet/leaflet.css", "map.css")
_ADDRESS = re.compile(r"https?://(?!www\.w3\.org)[^\s\"'`)<>\\]*")
_PICTURE = re.compile(r"url\((?![\"']?data:)[^)]*\)")
_SOURCE_MAP = re.compile(r"(?://|/\*)[#@] sourceMappingURL=[^\n*]*(?:\*/)?")


@dataclass(frozen=True)
class Alone:
    """What a page of its own shows."""

    content: MapContent
    areas: Sequence[AreaName]
    events: Sequence[OpenEvent]
    has_standing: bool
    has_inspections: bool
    houses: int
    uncertain: int
    inspections_left_out: int
    counted: bool
    is_demo: bool
    language: Language
    made_by: str
    made_at: datetime
    has_names: bool


def standalone_html(alone: Alone) -> str:
    """The whole page."""
    config = {
        **words_and_colours(alone.language),
        "farZoom": FAR_ZOOM,
        "bounds": alone.content.bounds,
        "hasBaseMap": False,
        "areas": {area.code: area.name for area in alone.areas},
        **alone.content.config,
    }
    content = replace(alone.content, config=config, labels=layer_labels(alone.language))
    counties = [area for area in alone.areas if area.level == "county"]
    villages: dict[str, list[AreaName]] = {}
    for area in alone.areas:
        if area.level == "village":
            villages.setdefault(township_of(area.code), []).append(area)
    return (
        environment(alone.language)
        .get_template("maps/alone.html")
        .render(
            composed=compose(content),
            styles=[_text(path) for path in STYLES],
            leaflet=_text("vendor/leaflet/leaflet.js"),
            modules={f"gh/map/{name}.js": _text(f"map/{name}.js") for name in (*MODULES, "embedded", "page")},
            title=_title(alone.areas, alone.events),
            of_events=bool(alone.events),
            panel={
                "townships": [area for area in alone.areas if area.level == "township"],
                "villages": villages,
                "counties": counties,
                "categories": {},
                "events": alone.events,
                "with_inspections": alone.events if alone.has_inspections else (),
                "has_standing": alone.has_standing,
                "lines": {},
                "measures": {},
            },
            base_map_note="",
            is_demo_map=alone.is_demo,
            export_formats=(),
            may_open_events=False,
            houses=alone.houses,
            uncertain=alone.uncertain,
            inspections_left_out=alone.inspections_left_out,
            counted=alone.counted,
            made_by=alone.made_by,
            made_at=alone.made_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M"),
            has_names=alone.has_names,
            language=alone.language,
            may=lambda _permission: False,
            embedded=True,
            **legend_words(),
        )
    )


def _title(areas: Sequence[AreaName], events: Sequence[OpenEvent]) -> str:
    """Name of the one county, township or village that the map is of, several have none; and of the event."""
    place = ""
    for level in ("county", "township", "village"):
        names = [area.name for area in areas if area.level == level]
        if names:
            place = names[0] if len(names) == 1 else ""
            break
    return " · ".join(filter(None, (place, _names(events))))


def _names(events: Sequence[OpenEvent]) -> str:
    return "、".join(event.name for event in events)


@cache
def _text(path: str) -> str:
    """A file of the pages as it can stand inside another: no pictures beside it, no addresses of other hosts."""
    file = asset_file(path) or STATIC / path
    text = _ADDRESS.sub("", _SOURCE_MAP.sub("", file.read_text("utf-8")))
    if path.endswith(".css"):
        text = _PICTURE.sub("none", text)
    return text.replace("</script", "<\\/script").replace("</style", "<\\/style")
