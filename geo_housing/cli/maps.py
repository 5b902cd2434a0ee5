"""``geo-housing map``: the map as one file that opens without network."""

from pathlib import Path
from typing import Annotated

import typer

from geo_housing.cli.bar import bar
from geo_housing.cli.say import language, line, result, t


def map_page(
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            help=t(
                "写到哪里（.html）；已有的文件在新文件写完后被替换",
                "Target (.html); an older file is replaced once the new one is complete",
            ),
        ),
    ],
    area: Annotated[str | None, typer.Option(help=t("区划代码", "Area code"))] = None,
    event: Annotated[
        int | None, typer.Option(help=t("事件编号：范围和范围内的房屋", "Event: its zones and the houses in them"))
    ] = None,
    names: Annotated[bool, typer.Option("--names", help=t("含户主姓名", "With the names of heads"))] = False,
    purpose: Annotated[
        str | None, typer.Option(help=t("给谁、做什么用（记入日志）", "For whom and what for (journal)"))
    ] = None,
    maker: Annotated[
        str | None, typer.Option(help=t("制图单位或制图人（写在图上）", "Office or person that made it (on the map)"))
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))
    ] = False,
) -> None:
    """Write a self-contained map that opens from disk without network, without names unless asked."""
    from geo_housing.cli.run import work
    from geo_housing.maps.standalone import write_map

    with bar(t("写出地图", "Writing the map")), work() as w:
        done = write_map(
            w.session,
            w.actor,
            output,
            area=area,
            event=event,
            names=names,
            purpose=purpose,
            maker=maker,
            language="en" if language() == "en" else "zh",
        )
    if names and not (purpose or "").strip():
        line(
            "地图含户主姓名，日志记为“命令行导出，未写用途”；请用 --purpose 写明给谁、做什么。",
            "The map holds names: journalled without a purpose; say it with --purpose.",
        )
    if done.counted:
        line(
            f"房屋有 {done.houses} 栋，文件里只有聚合数量；要看单栋，请用 --area 缩小范围。",
            f"{done.houses} houses: the file holds numbers only; name a smaller --area for single houses.",
        )
    if done.unlocated:
        line(f"另有 {done.unlocated} 栋待定位，不在图上。", f"{done.unlocated} more houses have no point.")
    if done.uncertain:
        line(
            f"事件另涉及 {done.uncertain} 栋位置不确定的农房，不在图上。",
            f"The event concerns {done.uncertain} more houses of uncertain place, which are not on the map.",
        )
    beside = {} if event is None else {"uncertain": done.uncertain}
    result(
        {"bytes": done.bytes, "houses": done.houses, **beside, "file": str(output)},
        as_json=as_json,
        rows=[
            (t("房屋（栋）", "houses"), done.houses),
            (t("字节", "bytes"), done.bytes),
            (t("文件", "file"), output),
        ],
    )


map_page.__doc__ = f"{map_page.__doc__}\n\n" + t(
    "例：geo-housing map -o 突泉镇.html --area 152224100", "Example: geo-housing map -o township.html --area 152224100"
)
