"""The command ``geo-housing``. Commands live in one file per room and load their room only when they run."""

import importlib
import re
import sys
from typing import Any

import typer
import typer.main
from typer._click.exceptions import ClickException, NoArgsIsHelpError
from typer.core import TyperGroup

from geo_housing import __version__
from geo_housing.cli import say
from geo_housing.cli.chinese_help import EXAMPLES, HELP
from geo_housing.errors import GeoHousingError, NotReady
from geo_housing.garbage import look_seldom

# Command → (module, attribute): looked at only when the command is asked for. A Typer app becomes a group.
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("geo_housing.cli.service", "up"),
    "doctor": ("geo_housing.cli.service", "doctor"),
    "worker": ("geo_housing.cli.service", "worker"),
    "db": ("geo_housing.cli.database", "app"),
    "keys": ("geo_housing.cli.database", "keys_app"),
    "demo": ("geo_housing.cli.demo", "demo"),
    "users": ("geo_housing.cli.accounts", "app"),
    "tokens": ("geo_housing.cli.accounts", "tokens_app"),
    "areas": ("geo_housing.cli.areas", "app"),
    "houses": ("geo_housing.cli.houses", "app"),
    "hazards": ("geo_housing.cli.hazards", "app"),
    "roster": ("geo_housing.cli.roster", "app"),
    "layers": ("geo_housing.cli.layers", "app"),
    "export": ("geo_housing.cli.exports", "export"),
    "map": ("geo_housing.cli.maps", "map_page"),
}


class LazyCommands(TyperGroup):
    """Loads the file of a command when the command is named, not before."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        _explain_help(self)

    def list_commands(self, ctx: Any) -> list[str]:  # Typer carries its own Click
        """All commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command itself, from its own file."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        found = getattr(importlib.import_module(module), attribute)
        if not isinstance(found, typer.Typer):
            single = typer.Typer()
            single.command(cmd_name)(found)
            found = single
        # Frames drawn by rich cost a start more than all the rest of a help page.
        found.rich_markup_mode, found._add_completion = None, False
        command = typer.main.get_command(found)
        command.name = cmd_name
        _explain_itself(command, cmd_name)
        return command


def _explain_itself(command: Any, path: str) -> None:
    """Give a command its help in the reader's language, and an example below."""
    _explain_help(command)
    for name, below in getattr(command, "commands", {}).items():
        _explain_itself(below, f"{path} {name}")
    if say.language() == "zh" and path in HELP:
        command.help, command.short_help = HELP[path], HELP[path].partition("。")[0]
    elif command.help:
        # The parser would cut the line in the list of commands.
        command.short_help = " ".join(re.split(r"\n\n|[.;]\s", command.help)[0].split()).removesuffix(".")
    if path in EXAMPLES:
        command.epilog = say.t(f"例：{EXAMPLES[path]}", f"Example: {EXAMPLES[path]}")


def _explain_help(command: Any) -> None:
    """The parser's own option speaks English only."""
    made = command.get_help_option

    def explained(ctx: Any) -> Any:
        option = made(ctx)
        if option is not None:
            option.help = say.t("显示这份说明", "Show this message and exit.")
        return option

    command.get_help_option = explained


app = typer.Typer(
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=say.t(
        "农村住房安全管理平台：台账、地图、灾害影响分析、应急排查。",
        "Keeps a county's rural houses safe: register, map, disaster analysis, emergency inspections.",
    ),
)


@app.callback(invoke_without_command=True)
def root(version: bool = typer.Option(False, "--version", help=say.t("显示版本", "Show the version"))) -> None:
    """Options before any command."""
    if version:
        print(f"geo-housing {__version__}")
        raise typer.Exit


def main() -> None:
    """Entry point: exit 0 done, 2 bad input or not allowed (with a sentence), 1 our fault."""
    look_seldom()
    try:
        sys.exit(app(prog_name="geo-housing", standalone_mode=False) or 0)
    except NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except ClickException as error:
        from geo_housing.cli.usage import wrong_usage

        _explain(wrong_usage(error))
        sys.exit(2)
    except typer.Abort:
        sys.exit(1)
    except GeoHousingError as error:
        _explain(error)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:
        refusal = _of_the_surroundings(error)
        if refusal is None:
            raise
        _explain(refusal)
        sys.exit(2)


def _of_the_surroundings(error: Exception) -> GeoHousingError | None:
    """What a disk or a folder refused, or that the database went away, as a sentence; None when it is our own fault."""
    from geo_housing.db import has_gone_away
    from geo_housing.disk import DiskReadOnly, refusal_of_disk
    from geo_housing.settings import get_settings

    # Read without a fault before the command came so far.
    refusal = refusal_of_disk(error, get_settings().home)
    if refusal is None and has_gone_away(error):
        return NotReady(
            "数据库连接中断，没有做完的全部撤回，没有存一半的内容。请稍后再运行一次；一直不行请运行 geo-housing doctor。"
        )
    if isinstance(refusal, DiskReadOnly) and isinstance(error, OSError) and error.filename:
        return NotReady(f"不能读写 {error.filename}（{error.strerror}），请检查权限后重试。")
    return refusal


def _explain(error: GeoHousingError) -> None:
    print(say.labelled(error.title, error.sentence), file=sys.stderr)
    for fault in error.faults[:20]:
        place = "，".join(
            part
            for part in (
                f"第 {fault.line} 行" if fault.line is not None else "",
                f"“{fault.column}”列" if fault.column else "",
                f"值“{fault.value}”" if fault.value is not None else "",
            )
            if part
        )
        print(f"  {say.labelled(place, fault.sentence)}", file=sys.stderr)
    if len(error.faults) > 20:
        print(say.told(f"  ……另有 {len(error.faults) - 20} 处，见报告。"), file=sys.stderr)
    if "--json" in sys.argv:
        say.result(
            {
                "error": say.told(error.title),
                "detail": say.told(error.sentence),
                "errors": [
                    {"line": f.line, "column": f.column, "value": f.value, "sentence": say.told(f.sentence)}
                    for f in error.faults[:1000]
                ],
            },
            as_json=True,
        )
