"""``geo-housing houses``: load ledgers."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_housing.cli.say import in_report, line, result, t

if TYPE_CHECKING:
    from geo_housing.houses.intake.service import Progress

app = typer.Typer(no_args_is_help=True, help=t("房屋：导入台账。", "Houses: load ledgers."))


@app.callback()
def houses() -> None:
    """Keep ``load`` a sub-command."""


@app.command(
    epilog=t(
        "例：geo-housing houses load 排查台账.xlsx --dry-run", "Example: geo-housing houses load ledger.csv --crs gcj02"
    )
)
def load(
    file: Annotated[Path | None, typer.Argument(help=t("台账文件", "Ledger file"))] = None,
    crs: Annotated[str | None, typer.Option(help=t("坐标是什么：EPSG:n、gcj02、bd09", "What coordinates are"))] = None,
    sheet: Annotated[str | None, typer.Option(help=t("工作表", "Sheet"))] = None,
    layer: Annotated[str | None, typer.Option(help=t("图层", "Layer"))] = None,
    columns: Annotated[
        list[str] | None, typer.Option(help=t("字段=表头，可多次", "FIELD=HEADING, may be repeated"))
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("只试算，不保存", "Work it out, store nothing"))] = False,
    report: Annotated[Path | None, typer.Option(help=t("报告写到哪里", "Where the report goes"))] = None,
    fields: Annotated[
        bool, typer.Option("--fields", help=t("列出可识别的字段和表头", "List fields and headings"))
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))
    ] = False,
) -> None:
    """Load a ledger; good rows are kept, bad ones reported; loading it again changes nothing."""
    if fields:
        _print_fields(as_json=as_json)
        return
    from geo_housing import clock
    from geo_housing.cli.run import open_work
    from geo_housing.errors import BadInput
    from geo_housing.houses.imports.service import keep_answer
    from geo_housing.houses.intake.load import STRAIGHT_BYTES, LoadOptions, beyond_said, load_ledger
    from geo_housing.houses.spreadsheet.reader import UnknownHeads, open_ledger
    from geo_housing.houses.spreadsheet.report import SHEET_ROWS, write_report
    from geo_housing.rekeying import ready_keys

    if file is None:
        raise BadInput(t("请给出台账文件，例如：geo-housing houses load 台账.xlsx", "Name the ledger file."))
    # Row by row for the import's page, but for what may go the straight way.
    wants_details = not dry_run and file.is_file() and file.stat().st_size < STRAIGHT_BYTES
    options = LoadOptions(crs, sheet, layer, tuple(columns or ()), dry_run, wants_details=wants_details)
    with open_work() as w:
        ring = ready_keys(w.database, w.settings)
        target = report or w.settings.reports / f"导入-{file.stem}-{clock.now():%Y%m%d-%H%M%S-%f}.xlsx"
        try:
            with _bar() as told, w.transaction() as session:
                loaded = load_ledger(session, w.actor, file, options, ring, progress=told)
                if dry_run:
                    session.rollback()
                else:
                    keep_answer(session, loaded)
        except UnknownHeads:
            line(
                "各列可用 --columns 字段=表头 指定；字段见 geo-housing houses load --fields。",
                "Name columns with --columns FIELD=HEADING; geo-housing houses load --fields lists the fields.",
            )
            raise
        except BadInput as error:
            if error.faults:
                again = open_ledger(file, columns=options.columns, sheet=sheet, layer=layer, crs=crs)
                write_report(target, [in_report(fault) for fault in error.faults], again)
                line(f"报告：{target}", f"Report: {target}")
            raise
    written = bool(loaded.faults)
    if written:
        again = open_ledger(file, columns=options.columns, sheet=sheet, layer=layer, crs=crs)
        write_report(target, [in_report(fault) for fault in loaded.faults], again)
        if len(loaded.faults) > SHEET_ROWS and target.suffix.lower() != ".csv":
            line(
                f"报告只列出前 {SHEET_ROWS} 处；用 --report 写成 .csv 可以查看全部。",
                f"The report lists the first {SHEET_ROWS} only; --report writes all of them as .csv.",
            )
    answer = {**loaded.as_json(), "report": str(target) if written else None}
    labels = {
        "read": t("读到（行）", "read"), "created": t("新增", "created"), "updated": t("更新", "updated"),
        "unchanged": t("未变", "unchanged"), "rejected": t("拒绝", "rejected"), "unlocated": t("其中待定位", "unlocated"),
        "misplaced": t("其中坐标与申报村不符", "misplaced"), "outside": t("其中不在任何村界内", "outside"),
        "differs": t("与已签字内容不一致", "differs"), "crs": t("坐标系", "CRS"), "shift": t("可能的整体偏移", "possible shift"), "report": t("报告", "report"),
    }  # fmt: skip
    unread = loaded.ledger.recognised.unread
    if unread:
        line(
            f"没有读的工作表（{len(unread)} 个）：{'、'.join(unread)}。其中有台账的请用 --sheet 工作表名 逐个导入。",
            f"Sheets not read ({len(unread)}): {', '.join(unread)}. Load those that hold a ledger with --sheet NAME.",
        )
    if beyond := loaded.outcome.beyond:
        line(
            beyond_said(beyond),
            f"The ledger speaks of villages of others ({', '.join(beyond)}), {sum(beyond.values())} rows, not loaded:"
            " that township loads them, or the county.",
        )
    if dry_run:
        line("试算，未保存任何内容。", "Dry run: nothing was stored.")
    result(
        answer,
        as_json=as_json,
        rows=[(labels[key], "—" if value is None else value) for key, value in answer.items() if key in labels],
    )


@contextmanager
def _bar() -> "Iterator[Progress | None]":
    """Rows read so far, for a person at a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    parts = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"), TimeElapsedColumn())
    with Bar(*parts, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(t("导入（行）", "Loading (rows)"), total=None)

        def tell(done: int, steps: int | None) -> None:
            if steps is None:
                bar.update(task, completed=done)

        yield tell


def _print_fields(*, as_json: bool) -> None:
    from geo_housing.houses.spreadsheet.fields import FIELDS

    result(
        {field.name: list(field.headings) for field in FIELDS},
        as_json=as_json,
        rows=[(field.name, "、".join(field.headings)) for field in FIELDS],
    )
