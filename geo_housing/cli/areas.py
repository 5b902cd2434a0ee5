"""``geo-housing areas``: load divisions and check them."""

from pathlib import Path
from typing import Annotated

import typer

from geo_housing.cli.say import line, result, t

app = typer.Typer(
    no_args_is_help=True,
    help=t("区划：装入和检查县、乡镇、村。", "Divisions: load and check counties, townships, villages."),
)

Json = Annotated[bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))]


@app.command(
    epilog=t(
        "例：geo-housing areas load 村界.shp --level village",
        "Example: geo-housing areas load villages.shp --level village",
    )
)
def load(
    file: Annotated[Path, typer.Argument(help=t("CSV 名单或边界文件", "CSV list or boundary file"))],
    level: Annotated[str, typer.Option(help="county | township | village")],
    code_field: Annotated[str | None, typer.Option(help=t("代码所在列", "Column of the code"))] = None,
    name_field: Annotated[str | None, typer.Option(help=t("名称所在列", "Column of the name"))] = None,
    under: Annotated[
        str | None, typer.Option(help=t("没有统一代码时的上级代码", "Parent of rows without a code"))
    ] = None,
    where: Annotated[str | None, typer.Option(help=t("只装入满足条件的要素", "Only features that fulfil this"))] = None,
    crs: Annotated[str | None, typer.Option(help=t("坐标是什么：EPSG:n、gcj02、bd09", "What coordinates are"))] = None,
    layer: Annotated[str | None, typer.Option(help=t("图层名", "Layer"))] = None,
    as_json: Json = False,
) -> None:
    """Load one level of divisions; loading again updates in place."""
    from geo_housing.areas.report import write_load_report
    from geo_housing.areas.service import LoadOptions, load_areas
    from geo_housing.cli.run import open_work
    from geo_housing.errors import BadInput
    from geo_housing.words import AREA_LEVEL

    options = LoadOptions(AREA_LEVEL.code(level), code_field, name_field, under, where, crs, layer)
    with open_work() as w:
        try:
            with w.transaction() as session:
                loaded = load_areas(session, w.actor, file, options)
        except BadInput as error:
            if error.faults and (report := write_load_report(w.settings.reports, file.name, error.faults)):
                line(f"报告：{report}", f"Report: {report}")
            raise
        report = write_load_report(w.settings.reports, file.name, loaded.faults, loaded.repaired)
    for row in loaded.repaired[:20]:
        before, after = row.repaired_m2 or (0.0, 0.0)
        line(
            f"已修复 {row.code or row.name}：面积 {before:,.0f} → {after:,.0f} ㎡",
            f"Repaired {row.code or row.name}: area {before:,.0f} → {after:,.0f} m²",
        )
    result(
        {
            "read": loaded.read,
            "loaded": loaded.loaded,
            "updated": loaded.updated,
            "unchanged": loaded.unchanged,
            "repaired": len(loaded.repaired),
            "rejected": loaded.rejected,
            "replaced_houses": loaded.replaced_houses,
            "crs": loaded.crs,
            "report": None if report is None else str(report),
        },
        as_json=as_json,
        rows=[
            (t("读到", "read"), loaded.read),
            (t("新装入", "loaded"), loaded.loaded),
            (t("更新", "updated"), loaded.updated),
            (t("未变", "unchanged"), loaded.unchanged),
            (t("修复边界", "repaired"), len(loaded.repaired)),
            (t("拒绝", "rejected"), loaded.rejected),
            (t("改变所属村的房屋（栋）", "houses placed anew"), loaded.replaced_houses),
            (t("坐标系", "CRS"), loaded.crs or "—"),
            (t("报告", "report"), report or "—"),
        ],
    )


@app.command(epilog=t("例：geo-housing areas check --json", "Example: geo-housing areas check --json"))
def check(as_json: Json = False) -> None:
    """Overlaps and gaps over 100 m², villages outside their township, divisions without outline."""
    from geo_housing.areas.checks import check_areas
    from geo_housing.areas.report import write_check_report
    from geo_housing.cli.run import work

    with work() as w:
        found = check_areas(w.session)
        report = write_check_report(w.settings.reports, found)
    result(
        {
            "overlaps": len(found.overlaps),
            "gaps": len(found.gaps),
            "outside_parent": len(found.outside_parent),
            "without_polygon": len(found.without_polygon),
            "report": None if report is None else str(report),
        },
        as_json=as_json,
        rows=[
            (t("村界重叠（处）", "overlaps"), len(found.overlaps)),
            (t("村界空隙（处）", "gaps"), len(found.gaps)),
            (t("不在所属乡镇内的村", "villages outside their township"), len(found.outside_parent)),
            (t("没有边界的区划（正常，按名称归属）", "divisions without outline (normal)"), len(found.without_polygon)),
            (t("报告", "report"), report or "—"),
        ],
    )
