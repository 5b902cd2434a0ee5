"""Who is fetched first of a list that stands: asked whenever it is read, so that no finding can miss its row.

What the register says of a household is its ``place`` (rule.py:place_of), which follows the register. What was found in the
event is entered from many sides, and withdrawn again: it is read from the inspection itself.
"""

from geo_housing.conclusions.queries import FOUND_DANGEROUS
from geo_housing.evacuation.rule import FOUND_LABELS
from geo_housing.scope import AreaScope

_TOWNSHIP_DIGITS = 9
_CASES = " ".join(f"WHEN '{result}' THEN {place}" for place, result in enumerate(FOUND_LABELS))
# Of a row ``e`` with ``i`` of WITH_FOUND: its number within the village, 0 before 1.
PLACE_SQL = f"CASE i.result {_CASES} ELSE e.place + {len(FOUND_LABELS)} END"
# A row ``e`` of :event beside ``i``, what dangerous was found of its house. The area only keeps the inspections few that are read.
WITH_FOUND = f"""evacuation e LEFT JOIN emergency_inspection i ON i.event_id = :event AND i.house_id = e.house_id
        AND i.scope_code >= :found_lo AND i.scope_code < :found_hi AND {FOUND_DANGEROUS}"""


def bound(scope: AreaScope) -> dict[str, str]:
    """The names of WITH_FOUND: a row may still name the village from which its house was moved into the next one."""
    around = AreaScope(scope.prefix[:_TOWNSHIP_DIGITS])
    return {"found_lo": around.lo, "found_hi": around.hi}
