"""The report of a load of zones: what was refused, repaired or noted, as a workbook."""

from pathlib import Path

import xlsxwriter

from geo_housing import clock
from geo_housing.errors import Fault
from geo_housing.hazards.sources import ZoneSource

_HEADS = ("序号（文件中第几个）", "列", "值", "问题与处理")


def findings(source: ZoneSource) -> list[Fault]:
    """Faults, repairs and notes of one source, in this order."""
    found = list(source.faults)
    for zone in source.zones:
        if zone.repaired_m2 is not None:
            before, after = zone.repaired_m2
            found.append(Fault(None, None, zone.name, f"图形已修复：面积 {before:,.0f} → {after:,.0f} ㎡"))
    return [*found, *(Fault(None, None, None, note) for note in source.notes)]


def write_report(folder: Path, name: str, found: list[Fault]) -> Path | None:
    """Write the findings under ``folder``; None when there is nothing to report."""
    if not found:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"影响范围装入-{Path(name).stem}-{clock.now():%Y%m%d-%H%M%S-%f}.xlsx"
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("问题与处理")
        bold = book.add_format({"bold": True, "bg_color": "#D9E1F2"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 2, 22)
        sheet.set_column(3, 3, 90)
        for column, text in enumerate(_HEADS):
            sheet.write_string(0, column, text, bold)
        for row, fault in enumerate(found, start=1):
            if fault.line is not None:
                sheet.write_number(row, 0, fault.line)
            for column, cell in enumerate((fault.column, fault.value, fault.sentence), start=1):
                sheet.write_string(row, column, cell or "")
    return path
