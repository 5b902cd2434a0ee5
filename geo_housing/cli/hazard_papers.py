"""Papers of an event by command: village lists and reports."""

from pathlib import Path
from typing import Annotated

import typer

from geo_housing.cli.bar import bar
from geo_housing.cli.say import line, result, t

Json = Annotated[bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))]
Event = Annotated[int, typer.Argument(help=t("事件编号", "Number of the event"))]


def add_papers(app: typer.Typer) -> None:
    """Make them commands of ``geo-housing hazards``."""
    app.command(
        "list",
        epilog=t("例：geo-housing hazards list 3 -o 名单.xlsx", "Example: geo-housing hazards list 3 -o list.xlsx"),
    )(village_list)
    app.command(
        "report",
        epilog=t(
            "例：geo-housing hazards report 3 -o 快报.docx -o 快报.xlsx",
            "Example: geo-housing hazards report 3 -o report.docx -o report.xlsx",
        ),
    )(report)


def village_list(
    event: Event,
    output: Annotated[Path, typer.Option("-o", "--output", help=t("写到哪里（.xlsx）", "Target (.xlsx)"))],
    area: Annotated[str | None, typer.Option(help=t("只要这个区划", "Only this division"))] = None,
    as_json: Json = False,
) -> None:
    """Write the village lists (分村应急排查名单) as .xlsx."""
    from geo_housing.cli.run import work
    from geo_housing.errors import BadInput
    from geo_housing.response.lists import village_list as listed
    from geo_housing.response.papers.list_workbook import write_workbook

    if output.suffix.lower() != ".xlsx":
        raise BadInput(f"名单只能写成 .xlsx，不能写成“{output.suffix or '没有扩展名的文件'}”。")
    if not output.parent.is_dir():
        raise BadInput(f"没有目录 {output.parent}，请先建立，或改写到别处。")
    with bar(t("分村名单", "Village lists")), work() as w:
        found = listed(w.session, w.actor, event, area=area)
        write_workbook(found, output)
    result(
        {"rows": len(found.rows), "file": str(output)},
        as_json=as_json,
        rows=[(t("房屋（栋）", "houses"), len(found.rows)), (t("文件", "file"), output)],
    )


def report(
    event: Event,
    output: Annotated[
        list[Path],
        typer.Option(
            "-o",
            "--output",
            help=t(
                "写到哪里（.docx 或 .xlsx）；写两次，同一期出两种文件",
                "Target (.docx or .xlsx); given twice, one report as both files",
            ),
        ),
    ],
    as_of: Annotated[
        str | None,
        typer.Option(
            help=t(
                "截至时间，如 2026-07-12T06:00（不写时区为北京时间）；不写为现在。同一截至时间、同一种类的，仍是原来那一期",
                "As of, such as 2026-07-12T06:00 (Beijing time where no zone is stated); else now."
                " The same moment and kind asked again is the same report",
            ),
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help=t(
                "快报、续报或晨报；不写为第一期快报、以后续报",
                "flash | follow_up | morning; else flash, then follow-ups",
            )
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a report (快报, 续报, 晨报) of an event as .docx, .xlsx or both: the next one, or the one of that moment."""
    from geo_housing.cli.run import work
    from geo_housing.clock import BEIJING, moment_typed
    from geo_housing.errors import BadInput
    from geo_housing.response.queries import event_of
    from geo_housing.response.reports.service import Wanted, correction_of, later_sent, make_report
    from geo_housing.response.reports.showing import WRITERS, shown

    endings = [path.suffix.lower().lstrip(".") for path in output]
    for path, ending in zip(output, endings, strict=True):
        if ending not in WRITERS:
            raise BadInput(f"报告只能写成 .docx 或 .xlsx，不能写成“{path.suffix or '没有扩展名的文件'}”。")
        if not path.parent.is_dir():
            raise BadInput(f"没有目录 {path.parent}，请先建立，或改写到别处。")
    until = moment_typed(as_of, "截至时间")
    with bar(t("报告", "Report")), work() as w:
        row = make_report(w.session, w.actor, event, Wanted(kind, until, once=True))
        made = shown(w.session, event_of(w.session, event, w.actor.scope), row)
        for path, ending in zip(output, endings, strict=True):
            made.write(ending, path)
        later = later_sent(w.session, row, w.actor.scope)
        put_right = correction_of(w.session, row)
        replaced = put_right.number if put_right and put_right.sent_at else None
    moment = made.heading.as_of.isoformat(timespec="seconds")
    if later is not None:
        at = later.as_of.astimezone(BEIJING).isoformat(timespec="seconds")
        line(
            f"第 {row.number} 期截至 {moment}，早于已定稿的第 {later.number} 期（截至 {at}）。",
            f"No. {row.number} is as of {moment}, earlier than No. {later.number}, which is final (as of {at}).",
        )
    if replaced is not None:
        line(
            f"第 {row.number} 期已更正，见第 {replaced} 期。",
            f"No. {row.number} has been corrected, see No. {replaced}.",
        )
    files = [str(path) for path in output]
    result(
        {"event": event, "as_of": moment, "file": files[0], **({"files": files} if len(files) > 1 else {})},
        as_json=as_json,
        rows=[
            (t("期号", "number"), row.number),
            (t("截至", "as of"), moment),
            *((t("文件", "file"), path) for path in output),
        ],
    )
