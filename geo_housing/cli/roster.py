"""``geo-housing roster``: contacts, shelters and technicians out of the lists that townships keep."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from geo_housing.cli.bar import bar
from geo_housing.cli.say import line, result, t

app = typer.Typer(
    no_args_is_help=True,
    help=t("通讯录：导入责任人、安置点、专业技术人员。", "Roster: load contacts, shelters, technicians."),
)


class RosterKind(StrEnum):
    """What a list is about."""

    contacts = "contacts"
    shelters = "shelters"
    technicians = "technicians"


@app.callback()
def roster() -> None:
    """Keep ``load`` a sub-command."""


@app.command(
    epilog=t(
        "例：geo-housing roster load 责任人通讯录.xlsx --kind contacts --dry-run",
        "Example: geo-housing roster load contacts.xlsx --kind contacts --dry-run",
    )
)
def load(
    file: Annotated[Path, typer.Argument(help=t("表格文件（XLSX、XLS、CSV）", "List (XLSX, XLS, CSV)"))],
    kind: Annotated[
        RosterKind,
        typer.Option(help=t("责任人 contacts、安置点 shelters、专业技术人员 technicians", "What the list is about")),
    ],
    sheet: Annotated[str | None, typer.Option(help=t("工作表", "Sheet"))] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("只试算，不保存", "Work it out, store nothing"))] = False,
    report: Annotated[Path | None, typer.Option(help=t("报告写到哪里", "Where the report goes"))] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))
    ] = False,
) -> None:
    """Load a list; good rows are kept, bad ones reported, nobody is removed; loading it again changes nothing."""
    from geo_housing import clock
    from geo_housing.cli.run import open_work
    from geo_housing.errors import BadInput
    from geo_housing.files.storage import FileStore
    from geo_housing.houses.imports.service import Keeping
    from geo_housing.rekeying import ready_keys
    from geo_housing.roster.facts import KINDS
    from geo_housing.roster.loads import load_at_once, write_report
    from geo_housing.translation import translate

    with open_work() as w:
        keeping = Keeping(FileStore(w.settings.files), ready_keys(w.database, w.settings))
        target = report or w.settings.reports / f"通讯录导入-{file.stem}-{clock.now():%Y%m%d-%H%M%S-%f}.xlsx"
        try:
            with bar(t("导入通讯录", "Loading the roster")), w.transaction() as session:
                loaded = load_at_once(session, w.actor, KINDS[kind.value], file, keeping, sheet=sheet, dry_run=dry_run)
        except BadInput as error:
            if error.faults:
                write_report(target, list(error.faults))
                line(f"报告：{target}", f"Report: {target}")
            raise
    if loaded.faults:
        write_report(target, loaded.faults)
    if dry_run:
        line("试算，未保存任何内容。", "Dry run: nothing was stored.")
    if loaded.untaken:
        headings = "、".join(loaded.untaken)
        line(f"没有采用的列：{headings}", f"Columns not used: {headings}")
    for fault in loaded.of_columns:
        line(
            f"请核对 {fault.column}：{fault.sentence}",
            f"Please check {fault.column}: {translate(fault.sentence, 'en')}",
        )
    for entry in loaded.missing[:20]:
        line(
            f"不在文件里：{entry.area_name} {entry.role_label} {entry.name}（没有删除）",
            f"Not in the file: {entry.area_name} {entry.name} (not removed)",
        )
    answer = {**loaded.counts, "report": str(target) if loaded.faults else None}
    labels = {
        "read": t("读到（行）", "read (rows)"), "created": t("新增（条）", "created"), "updated": t("更新（条）", "updated"),
        "unchanged": t("未变（条）", "unchanged"), "rejected": t("拒绝（行）", "rejected (rows)"),
        "missing": t("不在文件里（条）", "not in the file"), "report": t("报告", "report"),
    }  # fmt: skip
    result(answer, as_json=as_json, rows=[(labels[key], "—" if v is None else v) for key, v in answer.items()])
