"""The SQL of the steps, with what several of them say filled in from one place."""

from collections.abc import Iterable
from importlib.resources import files as package_files

from geo_housing.houses.intake.models import SAID_AGAIN
from geo_housing.houses.intake.shift import SAMPLE
from geo_housing.houses.intake.staging import CLEARED_BIT, FAMILY_FIELDS, HOUSE_FIELDS
from geo_housing.houses.models import DERIVED
from geo_housing.houses.spreadsheet.fields import TICKED
from geo_housing.houses.spreadsheet.originals import AXES, KEPT, TOWNSHIP, VILLAGE, gone_with, original, originals
from geo_housing.houses.spreadsheet.spellings import SETS
from geo_housing.words import IN_ANNUAL_LEDGER

# What a further line of a house may state otherwise than its first, whose cells are the house's; the point apart.
_STATED_OTHERWISE = "\n            ".join(
    f"CASE WHEN s.{name} IS NOT NULL AND s.{name} IS DISTINCT FROM f.{name} THEN '{name}' END,"
    for name in (
        "declared_code",
        "settlement",
        *HOUSE_FIELDS,
        "grade",
        "graded_on",
        "suspected",
        "renovation",
        "renovation_year",
    )
)
# A row that says something of a family, and one that says more than whose it is.
_STATES_PEOPLE = "({})".format(
    " OR ".join(f"s.{name} IS NOT NULL" for name in ("persons", "categories", "traits", "monitoring", "phone_key"))
)
_STATES_FAMILY = f"(s.head IS NOT NULL OR s.id_number_masked IS NOT NULL OR {_STATES_PEOPLE})"
# No family of that name is seen in the house ``h``, whose owner is called so: the policies hide the record.
_IS_KEPT_ELSEWHERE = (
    "NOT EXISTS (SELECT FROM house_household l JOIN household k ON k.id = l.household_id"
    " WHERE l.house_id = h.id AND l.to_on IS NULL AND k.head = h.owner)"
)

# Where a row ``s`` and a house ``h`` both state something, whether it is the same.
_SAME = (
    *(f"s.{name} = h.{name}" for name in ("structure", "built_year", "area_m2", "rooms", "grade")),
    "(s.lon = ST_X(h.geom) AND s.lat = ST_Y(h.geom))",
)
# A row ``s`` that states of a house ``h`` nothing else than is known of it.
_SAYS_NOTHING_ELSE = "({})".format(" AND ".join(f"coalesce({same}, true)" for same in _SAME))
# In how many of these they agree, and contradict each other.
_AGREEMENTS = "({})".format(" + ".join(f"coalesce(({same})::int, 0)" for same in _SAME))
_CONTRADICTIONS = "({})".format(" + ".join(f"coalesce((NOT ({same}))::int, 0)" for same in _SAME))

_IS_STATED = {
    **dict.fromkeys(AXES, "s.tile_key IS NOT NULL"),
    # Ticks speak of their own words alone.
    "traits": "(s.traits IS NOT NULL AND s.traits_denied IS NULL)",
    **{name: f"'{name}' = ANY (s.{of} || s.{of}_denied)" for name, of in TICKED.items()},
}


def _cleared(name: str) -> str:
    return f" OR s.cleared & {CLEARED_BIT[name]} <> 0" if name in CLEARED_BIT else ""


# How a row, or a house, had its place written where no division answered to it; NULL where one did.
_WRITTEN = "nullif(concat_ws(' ', {0}.extra ->> '%s', {0}.extra ->> '%s'), '')" % (TOWNSHIP, VILLAGE)  # noqa: UP031 -- both marks

# The village alone, of a house and of a row.
_VILLAGE_OF_HOUSE, _VILLAGE_OF_ROW = (f"({of}.extra ->> '{VILLAGE}')" for of in ("h", "s"))


# What the register itself has written into a ledger says no more than is stored: the original beside it stays what it was.
_FAMILY_HAS = (
    "EXISTS (SELECT FROM family f JOIN household k ON k.id = f.household_id WHERE f.line = s.line AND k.{0} = s.{0})"
)
_IS_STORED = {
    **dict.fromkeys(AXES, "s.lon = ST_X(h.geom) AND s.lat = ST_Y(h.geom)"),
    "suspected": "s.suspected = (h.suspected_on IS NOT NULL)",
    # No ledger states a signed basis: an export that does enters as any other one.
    "grade_basis": "s.grade = h.grade AND (s.grade_basis = h.grade_basis OR h.grade_basis IN ('assessment', 'appraisal'))",
    **{name: _FAMILY_HAS.format(name) for name in FAMILY_FIELDS},
    # No export has columns of single words.
    **dict.fromkeys(TICKED, "false"),
}


def _says(name: str) -> str:
    """Whether the row says of a field what nobody else has said."""
    stated = _IS_STATED.get(name, f"s.{name} IS NOT NULL")
    stored = _IS_STORED.get(name, f"s.{name} = h.{name}")
    return f"({stated} AND NOT coalesce((SELECT is_exported FROM intake) AND {stored}, false){_cleared(name)})"


# Which originals go because the row states their field: all of them, those of the house's own fields, and all that may go so.
def _stated(names: Iterable[str]) -> str:
    return "array_remove(ARRAY[{}], NULL)".format(
        ", ".join(f"CASE WHEN {_says(name)} THEN '{kept}' END" for name in names for kept in gone_with(name))
    )


_STATED_ORIGINALS = _stated((*AXES, *KEPT))
# Whether a year is taken depends on more than the row that states it.
_YEAR = "renovation_year"
_STATED_HOUSE_ORIGINALS = _stated(name for name in (*AXES, *KEPT) if name not in (*FAMILY_FIELDS, *TICKED, _YEAR))
_YEAR_ORIGINALS = "ARRAY[{}]".format(", ".join(f"'{kept}'" for kept in originals(_YEAR)))
_ORIGINALS = "ARRAY[{}]".format(", ".join(f"'{kept}'" for name in (*AXES, *KEPT) for kept in originals(name)))
_IS_IN_LEDGER = f"(renovation IN {IN_ANNUAL_LEDGER})"
# Whether a new house of a row has a year of renovation, if the row states one.
_NEW_HAS_YEAR = f"coalesce(s.grade IN ('C', 'D') AND s.renovation IN {IN_ANNUAL_LEDGER}, false)"


def _read(step: str) -> str:
    return (package_files("geo_housing.houses.intake") / "sql" / f"{step}.sql").read_text("utf-8")


def script(step: str) -> str:
    """The SQL of one step, its field lists filled in from the one list of fields."""
    text = _read(step)
    text = text.replace("{states_family}", _STATES_FAMILY).replace("{states_people}", _STATES_PEOPLE)
    text = text.replace("{is_kept_elsewhere}", _IS_KEPT_ELSEWHERE)
    text = text.replace("{says_nothing_else}", _SAYS_NOTHING_ELSE)
    text = text.replace("{agreements}", _AGREEMENTS).replace("{contradictions}", _CONTRADICTIONS)
    text = text.replace("{family_bits}", str(sum(CLEARED_BIT[name] for name in FAMILY_FIELDS)))
    text = text.replace("{stated_otherwise}", _STATED_OTHERWISE)
    text = text.replace("{written_place}", _WRITTEN.format("s")).replace("{written_of_house}", _WRITTEN.format("h"))
    for name, village in (("house", _VILLAGE_OF_HOUSE), ("row", _VILLAGE_OF_ROW), ("area", "v.name")):
        stem = _read("stem").rstrip().replace("{name}", village)
        text = text.replace(f"{{stem_of_{name}}}", stem).replace(f"{{village_of_{name}}}", village)
    text = text.replace("{stated_originals}", _STATED_ORIGINALS).replace("{originals}", _ORIGINALS)
    text = text.replace("{stated_house_originals}", _STATED_HOUSE_ORIGINALS)
    text = text.replace("{is_in_ledger}", _IS_IN_LEDGER).replace("{new_has_year}", _NEW_HAS_YEAR)
    text = text.replace("{year_said}", _says(_YEAR)).replace("{said_again}", SAID_AGAIN)
    text = text.replace("{year_kept_under}", f"'{original(_YEAR)}'").replace("{year_originals}", _YEAR_ORIGINALS)
    if step == "4a_families":
        pair = _read("pair_by_head")
        pairs = (("NOT", "NOT"), ("", "NOT"), ("NOT", ""))
        text = text.replace(
            "{pair_by_head}",
            "".join(
                pair.replace("{row_has_number}", f"{row} (s.id_number_key IS NOT NULL)").replace(
                    "{family_has_number}", f"{family} t.has_number"
                )
                for row, family in pairs
            ),
        )
    if step == "straight":
        for shared in ("3b_place", "4_new"):
            text = text.replace(f"{{{shared}}}", script(shared))
        return text.replace("{sample}", str(SAMPLE))
    if step == "5_changed":
        text = text.replace("{derived}", "ARRAY[{}]".format(", ".join(f"'{name}'" for name in DERIVED)))
        for name in ("suspected", "renovation_year"):
            text = text.replace(f"{{{name}_bit}}", str(CLEARED_BIT[name]))
        return _fill(text, HOUSE_FIELDS, "h", "d")
    if step in ("6_households", "6a_changed", "7_finish"):
        text = text.replace("{categories_bit}", str(CLEARED_BIT["categories"]))
        return _fill(text, FAMILY_FIELDS, "k", "w")
    return text


def _joined(name: str, stored: str) -> str:
    """Of a list of words of which not all are understood what is known stays: the others may have meant it."""
    if name not in SETS:
        return ""
    both = (
        f"CASE WHEN s.{name} <@ {stored}.{name} THEN {stored}.{name}"
        f" ELSE (SELECT array_agg(DISTINCT w ORDER BY w) FROM unnest({stored}.{name} || s.{name}) w) END"
    )
    return f" WHEN s.{name} IS NOT NULL AND s.extra ? '{original(name)}' THEN {both}"


def _ticked(name: str, stored: str) -> str:
    """Of a set whose words were ticked one by one, those of which nothing was said stay as they are."""
    if name not in TICKED.values():
        return ""
    held = f"unnest(coalesce({stored}.{name}, '{{}}') || coalesce(s.{name}, '{{}}')) w"
    return (
        f" WHEN s.{name}_denied IS NOT NULL"
        f" THEN (SELECT array_agg(DISTINCT w ORDER BY w) FROM {held} WHERE w <> ALL (s.{name}_denied))"
    )


def _fill(text: str, names: tuple[str, ...], stored: str, wanted: str) -> str:
    fields = "\n        ".join(
        f"CASE WHEN s.cleared & {CLEARED_BIT[name]} <> 0 THEN NULL{_ticked(name, stored)}{_joined(name, stored)}"
        f" ELSE coalesce(s.{name}, {stored}.{name}) END AS {name},"
        for name in names
    )
    return (
        text.replace("{fields}", fields)
        .replace("{old_fields}", "".join(f"{stored}.{name}, " for name in names))
        .replace("{new_fields}", "".join(f"{wanted}.{name}, " for name in names))
        .replace("{assignments}", "".join(f"{name} = c.{name}, " for name in names))
    )
