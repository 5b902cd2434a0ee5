"""``geo-housing export``: a layer under a filter as a file."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_housing.cli.say import line, result, t

if TYPE_CHECKING:
    from geo_housing.exports.reading import Told

_LIST = t("可用逗号列出多个", "several with commas")


def export(
    layer: Annotated[
        str,
        typer.Argument(
            help="houses | villages | townships | zones | emergency-inspections | standing-areas | village-statistics"
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help=t(
                "写到哪里；格式按扩展名，已有的文件在新文件写完后被替换",
                "Target; its ending is the format; an older file is replaced once the new one is complete",
            ),
        ),
    ],
    area: Annotated[str | None, typer.Option(help=t("区划代码", "Area code"))] = None,
    bbox: Annotated[str | None, typer.Option(help=t("西,南,东,北", "W,S,E,N"))] = None,
    within: Annotated[Path | None, typer.Option(help=t("多边形文件", "File of polygons"))] = None,
    grade: Annotated[str | None, typer.Option(help=t("安全等级，", "Grades, ") + _LIST)] = None,
    risk: Annotated[str | None, typer.Option(help=t("危险等级，", "Risks, ") + _LIST)] = None,
    renovation: Annotated[str | None, typer.Option(help=t("改造状态，", "Renovation, ") + _LIST)] = None,
    renovation_year: Annotated[
        str | None, typer.Option(help=t("改造年度或 none（未填），", "Years of renovation or none, ") + _LIST)
    ] = None,
    occupancy: Annotated[str | None, typer.Option(help=t("居住状况，", "Occupancy, ") + _LIST)] = None,
    structure: Annotated[str | None, typer.Option(help=t("结构形式，", "Structures, ") + _LIST)] = None,
    category: Annotated[str | None, typer.Option(help=t("保障类别，", "Categories, ") + _LIST)] = None,
    trait: Annotated[str | None, typer.Option(help=t("避险特征，", "Traits, ") + _LIST)] = None,
    location: Annotated[str | None, typer.Option(help=t("定位状态，", "Location states, ") + _LIST)] = None,
    state: Annotated[str | None, typer.Option(help=t("排查状态，", "Inspection states, ") + _LIST)] = None,
    event: Annotated[str | None, typer.Option(help=t("事件编号", "Event"))] = None,
    uncertain: Annotated[
        bool,
        typer.Option(
            "--uncertain",
            help=t("事件另涉及的、位置不确定的农房", "Houses of uncertain place that the event concerns besides"),
        ),
    ] = False,
    zone: Annotated[str | None, typer.Option(help=t("影响范围编号", "Zone"))] = None,
    standing: Annotated[str | None, typer.Option(help=t("灾害易发地编号或 any", "Standing area or any"))] = None,
    where: Annotated[str | None, typer.Option(help=t("CQL2 条件", "CQL2 condition"))] = None,
    crs: Annotated[
        str | None,
        typer.Option(help=t("输出坐标系 EPSG:n；auto 按范围选 3度带", "CRS of the file, EPSG:n; auto: 3-degree zone")),
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help=t("不含任何个人信息", "Without anything about persons"))
    ] = False,
    purpose: Annotated[
        str | None,
        typer.Option(help=t("给谁、做什么用（记入日志和数据说明）", "For whom and what for (journal, metadata)")),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))
    ] = False,
) -> None:
    """Write a layer to .geojson .geojsonl .gpkg .parquet .fgb .csv .xlsx or .zip (Shapefile)."""
    from geo_housing.cli.run import open_work
    from geo_housing.exports.formats import format_of
    from geo_housing.exports.saving import check_target, saved
    from geo_housing.exports.service import prepare
    from geo_housing.geofiles import read_features
    from geo_housing.layers.catalogue import layer_named
    from geo_housing.layers.parsing import parse_filter
    from geo_housing.layers.spatial import united
    from geo_housing.translation import translate

    chosen, file_format, target = layer_named(layer), format_of(output.suffix), check_target(output)
    given: dict[str, object] = {
        "area": area, "bbox": bbox, "grade": grade, "risk": risk, "renovation": renovation,
        "renovation_year": renovation_year, "occupancy": occupancy, "structure": structure, "category": category, "trait": trait, "location": location, "state": state,
        "event": event, "uncertain": "1" if uncertain else None, "zone": zone, "standing": standing, "where": where,
        "within": united(read_features(within).geoms) if within else None,
    }  # fmt: skip
    with open_work() as w:
        wanted = parse_filter(given, layer=chosen, actor=w.actor)
        with w.transaction() as session:
            asked = prepare(
                session,
                w.actor,
                layer=chosen,
                format=file_format,
                wanted=wanted,
                crs=crs,
                public=public,
                purpose=purpose,
            )
        if asked.warning:
            line(asked.warning, translate(asked.warning, "en"))
        if asked.wants_purpose and not asked.purpose:
            line(
                "导出含个人信息或全县逐栋数据，日志记为“命令行导出，未写用途”；请用 --purpose 写明给谁、做什么。",
                "Names or a whole county house by house: journalled without a purpose; say it with --purpose.",
            )
        with _bar() as told:
            done = saved(w.database, asked, target, told=told)
    if done.leaves_out_unlocated and done.counts.unlocated:
        line(
            f"有 {done.counts.unlocated} 行没有坐标，不在文件里；.csv 和 .xlsx 含有它们。",
            f"{done.counts.unlocated} rows have no point and are not in the file; .csv and .xlsx hold them.",
        )
    if done.uncertain:
        line(
            f"事件另涉及 {done.uncertain} 栋位置不确定的农房，不在文件里；加 --uncertain 另行导出。",
            f"The event concerns {done.uncertain} more houses of uncertain place: export them with --uncertain.",
        )
    answer = {
        "rows": done.rows,
        "bytes": target.stat().st_size,
        "unlocated": done.counts.unlocated,
        "file": str(output),
        "crs": done.crs_name,
    }
    labels = {
        "crs": t("坐标系", "CRS"),
        "rows": t("行数", "rows"),
        "bytes": t("字节", "bytes"),
        "unlocated": t("其中没有坐标", "without a point"),
    }
    result(answer, as_json=as_json, rows=[(labels.get(k, t("文件", "file")), v) for k, v in answer.items()])


export.__doc__ = f"{export.__doc__}\n\n" + t(
    "例：geo-housing export houses -o 危房.gpkg --area 152224100 --risk C,D",
    "Example: geo-housing export houses -o risky.gpkg --area 152224100 --risk C,D",
)


@contextmanager
def _bar() -> "Iterator[Told | None]":
    """A progress bar for a person; nobody reads one in a log."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(t("导出", "Export"), total=None)
        yield lambda rows, total: progress.update(task, completed=min(rows, total), total=total)
