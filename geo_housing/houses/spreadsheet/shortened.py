"""A Shapefile of the register that comes back: names of ten letters, texts of 254 bytes (exports/shapefile.py writes it).

Its short names are those of the register's columns again; a text that was cut is no statement about the house: it is left
out, told, and what the register has stays.
"""

from geo_housing.errors import Fault
from geo_housing.houses.spreadsheet.faults import LedgerFault
from geo_housing.masking import mask_numbers

NAME_LETTERS = 10
TEXT_BYTES = 254
CUT = "…"
# Columns of houses whose names are longer, and how they stand in a Shapefile.
SHORT_HOUSE_NAMES = {
    "declared_village": "decl_vill",
    "location_state": "loc_state",
    "occupancy_checked_on": "occ_check",
    "building_kind": "build_kind",
    "grade_basis": "grade_base",
    "renovation_year": "reno_year",
}
_LONG = {short: name for name, short in SHORT_HOUSE_NAMES.items()}


def is_ours(names: list[str]) -> bool:
    """Whether columns of these names are those of a Shapefile of the register."""
    return SHORT_HOUSE_NAMES["declared_village"] in names


def long_name(name: str) -> str:
    """The register's name of a column of such a file."""
    return _LONG.get(name, name)


def without_cut(heading: str, cells: list[str]) -> tuple[list[str], list[Fault]]:
    """The texts of one column of such a file, those that were cut left out, and a word about each."""
    # A character has at most four bytes: what was cut fills the field but for fewer than that.
    faults: list[Fault] = [
        LedgerFault(
            n,
            heading,
            mask_numbers(text),
            "文字超过 Shapefile 的长度，已被截断，未导入；全文见导出压缩包里的 long-texts.csv，请改用 GeoPackage 或 CSV 导入。",
            "cell",
        )
        for n, text in enumerate(cells, start=1)
        if text.endswith(CUT) and len(text.encode()) > TEXT_BYTES - 4
    ]
    left_out = {fault.line for fault in faults}
    return ["" if n in left_out else text for n, text in enumerate(cells, start=1)], faults
