"""``geo-housing demo``: the demo county, in and out."""

from typing import Annotated

import typer

from geo_housing.cli.bar import bar
from geo_housing.cli.say import line, result, t


def demo(
    houses: Annotated[
        int | None, typer.Option(min=1, max=2_000_000, help=t("房屋数（默认 20,000）", "Houses (default 20,000)"))
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help=t("随机种子", "Seed of the generator"))] = None,
    clear: Annotated[
        bool,
        typer.Option(
            "--clear", help=t("清除演示数据（含在其上试做的事件和排查）", "Remove the demo and what was tried on it")
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help=t("最后一行输出 JSON", "One JSON object as the last line"))
    ] = False,
) -> None:
    """Load a made-up county to try everything on; for example geo-housing demo --houses 5000.

    Official names and codes, invented borders (示意边界), houses and families; its rows are marked, and real data
    are refused beside it until --clear. With --houses or --seed, --clear takes out the old demo and loads a new one.
    """
    from geo_housing.cli.run import open_work
    from geo_housing.demo.service import clear_demo, load_demo
    from geo_housing.rekeying import ready_keys

    afresh = not clear or houses is not None or seed is not None
    with open_work() as w:
        ring = ready_keys(w.database, w.settings) if afresh else None
        with bar(t("演示县", "Demo county")), w.transaction() as session:
            if clear:
                counts = clear_demo(session, w.actor)
            if ring is not None:
                line("正在装入演示县……", "Loading the demo county …")
                counts = load_demo(session, w.actor, ring, houses=houses, seed=seed)
    if afresh:
        line("示意图，界线不作为权属依据；房屋和农户均为虚构。", "Borders, houses and families are invented.")
    else:
        line("演示数据已清除。", "The demo is removed.")
    result(
        vars(counts),
        as_json=as_json,
        rows=[
            (t("区划", "areas"), f"{counts.areas:,}"),
            (t("房屋（栋）", "houses"), f"{counts.houses:,}"),
            (t("农户（户）", "households"), f"{counts.households:,}"),
        ],
    )
