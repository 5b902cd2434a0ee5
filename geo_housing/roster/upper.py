"""Which of the rows above a list are its head: a line of prose and a title are none. Pure."""

import re
from collections.abc import Sequence

from geo_housing.houses.spreadsheet.reader import Ledger
from geo_housing.houses.spreadsheet.row import normalise
from geo_housing.roster.headings import field_of

_IN_BRACKETS = re.compile(r"[(\[【][^)\]】]*[)\]】]")
# A label with its value, a day, a sentence, or the words with which who filled a form in begins.
_PROSE = re.compile(
    r"^[^:]{1,20}:\s*\S|^\D{0,6}\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]\s*(\d{1,2}\s*日?)?$|。|^(填报|填表|制表|报送|上报|编制|审核|统计)(单位|部门|人|日期|时间)"
)

# So many headings make a head of a line, whatever else stands in it.
_HEADINGS = 2


def heads_and_titles(kind: str, ledger: Ledger) -> tuple[Sequence[Sequence[str]], list[str]]:
    """The head rows, and what stands above them."""
    heads, titles = ledger.heads, ledger.title_texts
    if len(heads) > 1 and _is_no_head(kind, ledger):
        return heads[1:], [*titles, *(cell for cell in heads[0] if cell.strip())]
    return heads, titles


def _is_no_head(kind: str, ledger: Ledger) -> bool:
    top, low = ledger.heads
    said = [n for n, cell in enumerate(top) if cell.strip()]
    headings = sum(field_of(kind, top[n]) is not None for n in said)
    if headings < _HEADINGS and any(_PROSE.search(_IN_BRACKETS.sub("", normalise(top[n]))) for n in said):
        return True
    if len(said) != 1:
        return False
    # One text above a heading at the left, or over more than half of the columns, is a title; over some it is an upper head.
    line = ledger.recognised.head_rows[0]
    widths = [right - left + 1 for first, _, left, right in ledger.merges if first == line and left == said[0]]
    columns = sum(bool(cell.strip()) for cell in low)
    return said[0] == next((n for n, cell in enumerate(low) if cell.strip()), 0) or max(widths, default=1) > columns / 2
