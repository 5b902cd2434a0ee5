"""``geo-housing areas``: load divisions and check them."""

from pathlib import Path
from typing import Annotated

import typer

from geo_housing.cli.bar import bar
from geo_housing.cli.say import line, result, t, told

app = typer.Typer(
    no_args_is_help=True,
    help=t(
        "区划：装入、检查、别名、撤并县、乡镇、村。",
        "Divisions: load, check, rename and merge counties, townships, villages.",
    ),
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
    level: Annotated[
        str, typer.Option(help=t("county 县 | township 乡镇 | village 村", "county | township | village"))
    ],
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
            with bar(t("装入区划", "Loading")) as moved, w.transaction() as session:
                loaded = load_areas(session, w.actor, file, options, told=moved)
        except BadInput as error:
            if error.faults and (report := write_load_report(w.settings.reports, file.name, error.faults)):
                line(f"报告：{report}", f"Report: {report}")
            raise
        report = write_load_report(w.settings.reports, file.name, loaded.faults, loaded.repaired, loaded.notes)
    for row in loaded.repaired[:20]:
        mended = told(row.repair.sentence) if row.repair is not None else ""
        line(f"已修复 {row.code or row.name}：{mended}", f"Repaired {row.code or row.name}: {mended}")
    for note in loaded.notes[:20]:
        line(note.sentence, f"Feature {note.line}, to be looked at: {note.sentence}")
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
            (t("不在上级区划内的村、乡镇", "divisions outside the one above"), len(found.outside_parent)),
            (t("没有边界的区划（正常，按名称归属）", "divisions without outline (normal)"), len(found.without_polygon)),
            (t("报告", "report"), report or "—"),
        ],
    )


@app.command(
    epilog=t(
        "例：geo-housing areas alias 152224101200 --add 六户嘎查",
        "Example: geo-housing areas alias 152224101200 --add NAME",
    )
)
def alias(
    code: Annotated[
        str | None, typer.Argument(help=t("区划代码；不写时列出全部", "Area code; without it, all"))
    ] = None,
    add: Annotated[list[str] | None, typer.Option(help=t("增加别名，可多次", "Add a name, may be repeated"))] = None,
    remove: Annotated[
        list[str] | None, typer.Option(help=t("删除别名，可多次", "Remove a name, may be repeated"))
    ] = None,
    as_json: Json = False,
) -> None:
    """Other names under which ledgers and the search know a division: list, add, remove."""
    from geo_housing.areas.lifecycle import add_alias, remove_alias
    from geo_housing.areas.queries import aliases
    from geo_housing.cli.run import work
    from geo_housing.errors import BadInput

    if code is None and (add or remove):
        raise BadInput("请写明区划代码，例如：geo-housing areas alias 152224101200 --add 六户嘎查")
    with work() as w:
        for name in remove or ():
            remove_alias(w.session, w.actor, code or "", name)
        for name in add or ():
            add_alias(w.session, w.actor, code or "", name)
        found = aliases(w.session, code)
    result(
        {"items": [{"code": one.code, "name": one.area_name, "alias": one.name} for one in found]},
        as_json=as_json,
        rows=[(f"{one.code} {one.area_name}", one.name) for one in found],
    )


@app.command(
    epilog=t(
        "例：geo-housing areas end 152224101215 --into 152224101200",
        "Example: geo-housing areas end 152224101215 --into 152224101200",
    )
)
def end(
    code: Annotated[str, typer.Argument(help=t("乡镇或村的代码", "Code of a township or village"))],
    into: Annotated[
        str | None,
        typer.Option(help=t("并入哪个区划：房屋、界线和名称归它", "Successor: takes houses, ground and name")),
    ] = None,
    on: Annotated[str | None, typer.Option(help=t("撤销日期（默认今天）", "Day of the end (today)"))] = None,
    as_json: Json = False,
) -> None:
    """Abolish a township or village, or merge it into another; its code stays known and used up."""
    from geo_housing.accounts.queries import users_with_grant_at
    from geo_housing.areas.lifecycle import end_area
    from geo_housing.cli.run import work
    from geo_housing.clock import day_typed, now
    from geo_housing.houses.boundaries import declared_in

    day = day_typed(on, "--on")
    with work() as w:
        done = end_area(w.session, w.actor, code, successor=into, on=day)
        left = declared_in(w.session, done.code)
        users = users_with_grant_at(w.session, done.code, now())
    if left:
        line(
            f"还有 {left} 栋房屋登记在这个区划：仍归原上级查看，请在“核对位置”中逐栋处理，或重新装入台账写明现在的村。",
            f"{left} houses still name this division: those above see them as before;"
            " settle them under Check locations, or load a ledger that names their village now.",
        )
    if users:
        line(
            f"这些用户的授权还在已撤销的区划：{'、'.join(users)}；请用 geo-housing users grant 授予他们现在的区划。",
            f"These users have grants in the ended division: {', '.join(users)};"
            " give them their present one with geo-housing users grant.",
        )
    result(
        {
            "code": done.code,
            "ended_on": done.ended_on,
            "successor": done.successor,
            "replaced_houses": done.houses,
            "houses_left": left,
            "users": users,
        },
        as_json=as_json,
        rows=[
            (t("已撤销", "ended"), done.code),
            (t("撤销日期", "on"), done.ended_on),
            (t("并入", "into"), done.successor or "—"),
            (t("改变所属村的房屋（栋）", "houses placed anew"), done.houses),
            (t("仍登记在原处的房屋（栋）", "houses left there"), left),
        ],
    )


@app.command(epilog=t("例：geo-housing areas reopen 152224101215", "Example: geo-housing areas reopen 152224101215"))
def reopen(
    code: Annotated[str, typer.Argument(help=t("已撤销的区划代码", "Code of an ended division"))], as_json: Json = False
) -> None:
    """Bring an abolished division back with its outline; a list alone never does."""
    from geo_housing.areas.lifecycle import reopen_area
    from geo_housing.cli.run import work

    with work() as w:
        moved = reopen_area(w.session, w.actor, code)
    result(
        {"code": code.strip(), "replaced_houses": moved},
        as_json=as_json,
        rows=[(t("已恢复", "reopened"), code), (t("改变所属村的房屋（栋）", "houses placed anew"), moved)],
    )
