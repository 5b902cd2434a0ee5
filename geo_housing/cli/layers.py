"""``geo-housing layers``: rivers and roads of the map, for orientation."""

from pathlib import Path
from typing import Annotated

import typer

from geo_housing.cli.bar import bar
from geo_housing.cli.say import line, result, t

app = typer.Typer(
    no_args_is_help=True,
    help=t("一张图上的河流和道路：装入、撤下。", "Rivers and roads of the map: load them, take them off."),
)

Json = Annotated[bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))]
Kind = Annotated[str, typer.Option(help=t("river 河流 | road 道路", "river | road"))]


@app.command(
    epilog=t(
        "例：geo-housing layers load 河流.shp --kind river",
        "Example: geo-housing layers load rivers.shp --kind river",
    )
)
def load(
    file: Annotated[Path, typer.Argument(help=t("线的地图文件", "A file of lines"))],
    kind: Kind,
    crs: Annotated[str | None, typer.Option(help=t("坐标是什么：EPSG:n、gcj02、bd09", "What coordinates are"))] = None,
    layer: Annotated[str | None, typer.Option(help=t("图层名", "Layer"))] = None,
    as_json: Json = False,
) -> None:
    """Load rivers or roads; loading again updates in place."""
    from geo_housing.cli.run import open_work
    from geo_housing.errors import BadInput
    from geo_housing.hazards.report import write_report
    from geo_housing.maps.lines import load_lines

    with open_work() as w:
        try:
            with bar(t("装入河流和道路", "Loading lines")), w.transaction() as session:
                done = load_lines(session, w.actor, file, kind=kind, crs=crs, layer=layer)
        except BadInput as error:
            if error.faults and (report := write_report(w.settings.reports, file.name, list(error.faults))):
                line(f"报告：{report}", f"Report: {report}")
            raise
        report = write_report(w.settings.reports, file.name, list(done.faults))
    if done.outside:
        line(
            f"注意：有 {done.outside:,} 条不在任何已装入的县内；请核对坐标系，或先按县裁剪。",
            f"Note: {done.outside:,} lie in no loaded county; check the reference system, or cut the file to the county.",
        )
    result(
        done.as_json(None if report is None else str(report)),
        as_json=as_json,
        rows=[
            (t("读到", "read"), done.read),
            (t("新装入", "created"), done.created),
            (t("更新", "updated"), done.updated),
            (t("未变", "unchanged"), done.unchanged),
            (t("修复图形", "repaired"), done.repaired),
            (t("拒绝", "rejected"), done.rejected),
            (t("不在任何县内", "in no county"), done.outside),
            (t("长度（公里）", "length, km"), done.km),
            (t("坐标系", "CRS"), done.crs),
            (t("没有用到的列", "columns not used"), "、".join(done.unknown_columns[:20]) or "—"),
            (t("报告", "report"), report or "—"),
        ],
    )


@app.command(epilog=t("例：geo-housing layers clear --kind road", "Example: geo-housing layers clear --kind road"))
def clear(kind: Kind, as_json: Json = False) -> None:
    """Take all rivers or all roads off the map; they come back when they are loaded again."""
    from geo_housing.cli.run import work
    from geo_housing.maps.lines import clear_lines

    with work() as w:
        ended = clear_lines(w.session, w.actor, kind=kind)
    result({"kind": kind, "ended": ended}, as_json=as_json, rows=[(t("撤下", "taken off"), ended)])
