"""Reports of area loads and checks: CSV files that a spreadsheet opens, one line per finding."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from geo_housing import clock
from geo_housing.areas.checks import AreaChecks
from geo_housing.areas.pieces import AreaRow
from geo_housing.errors import Fault


def write_load_report(
    folder: Path, name: str, faults: Sequence[Fault], repaired: Sequence[AreaRow] = (), notes: Sequence[Fault] = ()
) -> Path | None:
    """Faults, repairs and notes of one load; None when there is nothing to report."""
    rows = [(fault.line, fault.column, fault.value, fault.sentence) for fault in (*faults, *notes)]
    for row in repaired:
        mended = "" if row.repair is None else row.repair.sentence
        rows.append((row.line, None, row.code or row.name, f"边界已修复：{mended}"))
    return _write(folder, f"区划装入-{Path(name).stem}", ("行", "列", "值", "说明"), rows)


def write_check_report(folder: Path, found: AreaChecks) -> Path | None:
    """Every finding of ``areas check``; None when there is none."""
    rows: list[tuple[object, ...]] = []
    rows += [("重叠", f"{o.first}、{o.second}", f"{o.area_m2:,.0f} ㎡") for o in found.overlaps]
    rows += [("空隙", gap.within, f"{gap.area_m2:,.0f} ㎡，约在 {gap.lon:.5f}, {gap.lat:.5f}") for gap in found.gaps]
    rows += [("不在上级区划内", code, "代表点在所属乡镇（没有边界的为县）的边界之外") for code in found.outside_parent]
    rows += [("没有边界", code, "按名称归属，属正常情况") for code in found.without_polygon]
    return _write(folder, "区划检查", ("类别", "区划", "说明"), rows)


def _write(folder: Path, title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Path | None:
    listed = list(rows)
    if not listed:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{title}-{clock.now():%Y%m%d-%H%M%S-%f}.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(listed)
    return path
