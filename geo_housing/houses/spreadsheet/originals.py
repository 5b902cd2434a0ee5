"""What a ledger's cells said that no field could take: kept with the house word for word, so that nothing typed is lost.

Columns without a field of ours are kept under their heading. A cell that its field could not use (外出 as a structure,
a village that nobody knows) is kept under the field's label with （台账原文）, goes out again in the ledger's own form, and
goes when the field is stated so that it is understood. So is a word of which the field takes a part only (需评定, of which
疑似危房 knows that it is so). Personal fields are never kept so: nothing would encrypt them.
"""

from geo_housing.houses.spreadsheet.fields import BY_NAME, TICKED, recognise

MARK = "（台账原文）"
# How the place was written that nobody understood: stays, because by it the row is found again.
TOWNSHIP, VILLAGE = (f"{BY_NAME[name].label}{MARK}" for name in ("township", "village"))
# Fields of which a cell is kept; those of a point go together.
KEPT = (
    "structure", "built_year", "storeys", "rooms", "area_m2", "building_kind", "occupancy", "occupancy_checked_on", "grade",
    "grade_basis", "graded_on", "suspected", "renovation", "renovation_year", "measure", "persons", "categories", "monitoring",
    "traits", *TICKED,
)  # fmt: skip
AXES = ("lon", "lat")


# Fields that came later than the first ledgers: until then their columns were kept under their headings, and go as originals do.
LATER = ("renovation_year", *TICKED)


def originals(name: str) -> tuple[str, ...]:
    """Everything under which a cell of field ``name`` may be kept."""
    return (original(name), *(BY_NAME[name].headings if name in LATER else ()))


def gone_with(name: str) -> tuple[str, ...]:
    """The originals that go when field ``name`` is stated: of a set also those of the columns of its words."""
    return (*originals(name), *(kept for one, of in TICKED.items() if of == name for kept in originals(one)))


def came_later(heading: str) -> str | None:
    """The field of a heading that meant nothing to us when the first ledgers came."""
    field, _ = recognise(heading) or ("", 0)
    return field if field in LATER else None


def original(name: str) -> str:
    """Under what the cell of field ``name`` is kept as the ledger wrote it."""
    return f"{BY_NAME[name].label}{MARK}"
