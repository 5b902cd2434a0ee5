"""One row of the table: our time, the peer's, their ratio, and the bar."""

import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Row:
    """A figure beside its bar (None: for comparison only). ``ours``, ``peer`` are seconds unless ``unit`` says otherwise."""

    what: str
    ours: float
    peer_name: str
    peer: float
    bar: float | None
    unit: str = "s"
    note: str = ""

    @property
    def ratio(self) -> float:
        """Ours by the peer's (for plain limits: the share of the limit that is used up)."""
        return self.ours / self.peer if self.peer else float("inf")

    @property
    def holds(self) -> bool:
        """Whether the bar is met."""
        return self.bar is None or self.ratio <= self.bar


def median_seconds(rounds: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Median wall-clock time of ``rounds`` calls, and what the last one gave."""
    times, result = [], None
    for _ in range(rounds):
        begun = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - begun)
    return median(times), result


def say(text: str) -> None:
    """Progress, apart from the table."""
    print(text, file=sys.stderr, flush=True)


def print_table(rows: Iterable[Row]) -> bool:
    """Print all rows as Markdown; whether every bar is met."""
    rows = list(rows)  # all of it is measured before anything is printed: the table stands in one piece
    print("| what | ours | peer | | ratio | bar | |")
    print("|---|---:|---|---:|---:|---:|---|")
    for row in rows:
        ours, peer = (_figure(value, row.unit) for value in (row.ours, row.peer))
        bar = "–" if row.bar is None else f"≤ {row.bar:.3f}"
        verdict = "–" if row.bar is None else "ok" if row.holds else "MISSED"
        note = f" {row.note}" if row.note else ""
        print(f"| {row.what}{note} | {ours} | {row.peer_name} | {peer} | {row.ratio:.3f} | {bar} | {verdict} |")
    return all(row.holds for row in rows)


def _figure(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1000:,.0f} ms" if value < 1 else f"{value:,.2f} s"
    return f"{value:,.1f} {unit}"
