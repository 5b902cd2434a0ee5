"""What an event is called that nobody has named, or whose message is called like another: by area, kind and time.

Such a name follows the ground: who reads 宝石镇暴雨 of an event that has grown to the county takes it for another one. It says
no level, which rises and falls and stands beside the name wherever that is read.
"""

import re
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from geo_housing import clock
from geo_housing.area_codes import county_of
from geo_housing.hazards.models import HazardEvent
from geo_housing.words import WARNING_LEVEL, event_kind_said

# Townships that a name lists; of more it names the one most affected.
MOST_NAMED = 2
COLOURS = tuple(label for code, label in WARNING_LEVEL.labels.items() if code != "ungraded")
_TOWNSHIPS = text("SELECT count(*) FROM area WHERE parent_code = :county AND level = 'township' AND valid_to IS NULL")
_COUNTY = text("SELECT name FROM area WHERE code = :code")
_ADDED = re.compile(r"(?:（[^（）]* \d\d-\d\d \d\d:\d\d）| \d{4}-\d\d-\d\d \d\d:\d\d)(?: #\d+)?$")
_TOUCHED = text("""
    SELECT left(t.area_code, 9) AS code, sum(coalesce(t.overlap_m2, 0)) AS overlap,
        array_agg(DISTINCT a.name) FILTER (WHERE length(a.code) = 12 AND (t.whole OR a.geom IS NOT NULL)) AS villages,
        max(p.name) AS township
    FROM hazard_zone_area t
    JOIN hazard_zone z ON z.id = t.zone_id
    JOIN area a ON a.code = t.area_code
    LEFT JOIN area p ON p.code = left(t.area_code, 9)
    JOIN hazard_event e ON e.id = z.event_id
    JOIN zone_revision r ON r.id = z.revision_id AND r.n = e.revision
    WHERE z.event_id = :event AND length(t.area_code) >= 9 AND a.valid_to IS NULL
      -- What has no outline may lie anywhere: nobody knows that it lies here.
      AND (t.whole OR a.geom IS NOT NULL)
    GROUP BY 1 ORDER BY 2 DESC, count(DISTINCT t.area_code) DESC, 1
""")


def name_of(session: Session, event: HazardEvent, headline: str | None) -> str:
    """The headline, with area and time where another event has it already; without one, area, kind and time.

    A headline that says a colour is that of its message: the event goes on when another colour is in force.
    """
    own = own_name(session, event)
    if headline and not any(colour in headline for colour in COLOURS):
        at = _began(event)
        told_apart = f"{headline}（{_place(session, event)} {at:%m-%d %H:%M}）"
    else:
        headline = told_apart = own
    for name in (headline, told_apart):
        if not is_taken(session, name, event.id):
            return name
    return f"{told_apart} #{event.id}"


def own_name(session: Session, event: HazardEvent) -> str:
    """Area, kind and time, as the event stands now."""
    return f"{_place(session, event)}{_kind(event)} {_began(event):%Y-%m-%d %H:%M}"


def is_own_name(name: str, own: str) -> bool:
    """Whether nobody has named the event that is called ``name`` while ``own`` was its own name."""
    return name == own or re.fullmatch(re.escape(own) + r" #\d+", name) is not None


def _began(event: HazardEvent) -> datetime:
    return (event.starts_at or event.created_at).astimezone(clock.BEIJING)


def without_time(name: str) -> str:
    """A name without what ``name_of`` adds to tell events apart: for sentences that say the time themselves."""
    return _ADDED.sub("", name)


def _place(session: Session, event: HazardEvent) -> str:
    """A village, a township or two, or how many; the county where the zones touch none of them."""
    touched = session.execute(_TOUCHED, {"event": event.id}).all()
    names = [row.township or row.code for row in touched]
    county = county_of(event.scope_code)
    in_all = session.scalar(_TOWNSHIPS, {"county": county}) if len(names) > MOST_NAMED else None
    if not names or len(names) == in_all:
        return session.scalar(_COUNTY, {"code": county}) or event.scope_code
    if len(names) > MOST_NAMED:
        return f"{names[0]}等{len(names)}个乡镇"
    if len(names) == 1 and len(touched[0].villages or ()) == 1:
        return f"{names[0]}{touched[0].villages[0]}"
    return "、".join(names)


def _kind(event: HazardEvent) -> str:
    return event_kind_said(event.kind, event.kind_text)


def is_taken(session: Session, name: str, event_id: int) -> bool:
    """Whether another event is called so."""
    taken = select(HazardEvent.id).where(HazardEvent.name == name, HazardEvent.id != event_id).limit(1)
    return session.scalar(taken) is not None


def marked(event: HazardEvent) -> str:
    """The name of an event where it stands alone, beside real ones: a drill says so."""
    return f"{'【演练】' if event.mode == 'drill' else ''}{event.name}"
