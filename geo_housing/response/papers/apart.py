"""Dots that lie on one another, moved apart as little as that takes. Pure: units of paper in and out."""

import math
from collections import defaultdict
from collections.abc import Sequence

# Between two dots, and how much of that may be missing in the end.
GAP, SLACK = 1.0, 0.5
# So often all dots are looked at; of many fewer times, because nobody waits for a picture.
MOST_ROUNDS, MOST_LOOKS = 400, 30_000
# Where many stand at one point they lie in rings; each next one turns so far (the golden angle), and so far out for its size.
TURN, OUT = math.pi * (3 - math.sqrt(5)), 1.2


def moved_apart(dots: Sequence[tuple[float, float, float]], width: float, height: float) -> list[tuple[float, float]]:
    """Places for dots (x, y, radius) on a paper of this size; where there is no room they lie on one another still."""
    if not dots:
        return []
    radii = [r for _, _, r in dots]
    at = _spread(dots)
    side = 2 * max(radii) + GAP
    for _ in range(min(MOST_ROUNDS, max(5, MOST_LOOKS // len(dots)))):
        cells: dict[tuple[int, int], list[int]] = defaultdict(list)
        for n, (x, y) in enumerate(at):
            cells[math.floor(x / side), math.floor(y / side)].append(n)
        is_still = True
        for (column, row), inside in cells.items():
            near = [n for dx in (-1, 0, 1) for dy in (-1, 0, 1) for n in cells.get((column + dx, row + dy), ())]
            for one in inside:
                for other in near:
                    if one < other and _push(at, radii, one, other):
                        is_still = False
        # Whoever is brought back onto the paper may lie on somebody again.
        if not _kept_on_paper(at, radii, width, height) and is_still:
            break
    return [(round(x, 1), round(y, 1)) for x, y in at]


def _kept_on_paper(at: list[list[float]], radii: Sequence[float], width: float, height: float) -> bool:
    """Dots beyond the edge come back; whether one did by so much that somebody sees it."""
    has_moved = False
    for n, (x, y) in enumerate(at):
        r = radii[n]
        at[n] = [min(max(x, r), width - r), min(max(y, r), height - r)]
        has_moved = has_moved or math.dist(at[n], (x, y)) > SLACK
    return has_moved


def _spread(dots: Sequence[tuple[float, float, float]]) -> list[list[float]]:
    """Where to begin: who stands at one point with others stands around it."""
    seen: dict[tuple[float, float], int] = defaultdict(int)
    at = []
    for x, y, r in dots:
        n = seen[x, y]
        seen[x, y] += 1
        far = OUT * r * math.sqrt(n)
        at.append([x + far * math.cos(n * TURN), y + far * math.sin(n * TURN)])
    return at


def _push(at: list[list[float]], radii: Sequence[float], one: int, other: int) -> bool:
    """Each of two goes half of what is missing; whether so much was missing that somebody sees it."""
    dx, dy = at[other][0] - at[one][0], at[other][1] - at[one][1]
    far, needed = math.hypot(dx, dy), radii[one] + radii[other] + GAP
    if far >= needed:
        return False
    # Upon one another there is no direction to go: a different one for each pair, or they would stand in a line.
    turn = (one + other) * TURN
    x, y = (dx / far, dy / far) if far > 1e-6 else (math.cos(turn), math.sin(turn))
    half = (needed - far) / 2
    at[one][0] -= x * half
    at[one][1] -= y * half
    at[other][0] += x * half
    at[other][1] += y * half
    return needed - far > SLACK
