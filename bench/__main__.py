"""``make bench``: the table of section "Speed", peers and limits side by side in the same run.

    python -m bench [--houses N] [--rounds N] [--only PART …] [--small]

``--small`` (5,000 houses, one round) only proves that everything runs: its ratios mean nothing. Exit 0 when every bar is
met (always with --small), 1 when one is missed.
"""

import argparse
import sys
from collections.abc import Iterator

from bench.county import Points, jagged_zone, make_points, write_ledger
from bench.measures import geojson, ledger, night, overlay, respond, tiles
from bench.scratch import Scratch, scratch_cluster
from bench.table import Row, print_table, say
from geo_housing.db import Database

PARTS = ("overlay", "scaling", "respond", "night", "geojson", "tiles")
SMALL = 5_000


def main() -> int:
    """Run the measures and print the table."""
    asked = _arguments()
    with scratch_cluster() as scratch:
        ok = print_table(_rows(scratch, asked))
    return 0 if ok or asked.small else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--houses", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--small", action="store_true")
    asked = parser.parse_args()
    if asked.small:
        asked.houses, asked.rounds = SMALL, 1
    return asked


def _rows(scratch: Scratch, asked: argparse.Namespace) -> Iterator[Row]:
    say(f"making a ledger of {asked.houses:,} houses …")
    points = make_points(asked.houses)
    file = scratch.folder / "ledger.csv"
    write_ledger(points, file)
    say("houses load …")
    database, rows = ledger.measure(scratch, file, asked.rounds)
    yield from rows
    try:
        yield from _parts(scratch, database, points, asked)
    finally:
        database.close()


def _parts(scratch: Scratch, database: Database, points: Points, asked: argparse.Namespace) -> Iterator[Row]:
    many, few = int(asked.houses * 0.4), int(asked.houses * 0.015)
    if "overlay" in asked.only:
        say("zones …")
        peers = overlay.prepare(scratch, ledger.DATA)
        # The bars were set with the first kind, where plain ST_Intersects compares a house with thousands of edges at its
        # height. Of a merely rough outline it, too, finds the few edges quickly, and a twelfth or fortieth of its time is
        # less than it takes to read the outline or to count the houses: see DECISIONS.md.
        for kind, needles in ((" (needles: the kind of the bars)", True), (" (rough coast)", False)):
            for houses, by_sedona, by_plain in ((many, 0.8, 1 / 40), (few, 1.0, 1 / 12)):
                zone = jagged_zone(points, vertices=50_000, houses=houses, needles=needles)
                bars = {"sedona": by_sedona, "plain": by_plain}
                yield from overlay.measure(scratch, database, peers, zone, asked.rounds, bars=bars, kind=kind)
        plain = jagged_zone(points, vertices=200, houses=few)
        yield from overlay.measure(scratch, database, peers, plain, asked.rounds, bars={"plain": 1.3})
    if "scaling" in asked.only:
        say("the same zone among ever more houses …")
        yield overlay.scaling(scratch, database, points, asked.rounds)
    if "respond" in asked.only:
        say("opening inspections …")
        yield respond.measure(database, points, asked.rounds)
    if "night" in asked.only:
        say("the night of a red warning …")
        yield from night.measure(scratch, database, points, asked.rounds)
    if "geojson" in asked.only:
        say("GeoJSON of all …")
        yield from geojson.measure(scratch, database, asked.rounds)
    if "tiles" in asked.only:
        say("tiles …")
        yield from tiles.measure(scratch, points, asked.rounds)


if __name__ == "__main__":
    sys.exit(main())
