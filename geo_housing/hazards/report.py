"""The report of a load of zones: what was refused, repaired or noted, as a workbook."""

from pathlib import Path

from geo_housing import clock
from geo_housing.errors import Fault
from geo_housing.hazards.sources import ZoneSource
from geo_housing.sheets import list_sheet, workbook

_HEADS = (("序号（文件中第几个）", 22), ("列", 22), ("值", 22), ("问题与处理", 90))


def findings(source: ZoneSource) -> list[Fault]:
    """Faults, repairs and notes of one source, in this order."""
    found = list(source.faults)
    for zone in source.zones:
        if zone.repair is not None:
            found.append(Fault(None, None, zone.name, f"图形已修复：{zone.repair.sentence}"))
    return [*found, *(Fault(None, None, None, note) for note in (*source.left_out, *source.notes))]


def write_report(folder: Path, name: str, found: list[Fault]) -> Path | None:
    """Write the findings under ``folder``; None when there is nothing to report."""
    if not found:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"影响范围装入-{Path(name).stem}-{clock.now():%Y%m%d-%H%M%S-%f}.xlsx"
    with workbook(path) as book:
        rows = ((fault.line, fault.column or "", fault.value or "", fault.sentence or "") for fault in found)
        list_sheet(book, "问题与处理", _HEADS, rows)
    return path
