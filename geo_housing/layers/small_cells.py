"""Merging small cells, so that a table of villages can be given away: the rule, as one SQL expression.

A *cell* is the number of houses of one item (a village) in one part (built before 1980) of one breakdown (years). A cell is
small when it holds some houses but fewer than ``least``. What must not be possible: to find the number of a small cell by
adding and subtracting what is published and the totals of the township (or county) that everybody knows.

The rule, for each breakdown by itself and for each township by itself:

1. Items with a small cell are put together, the ones with the fewest houses first; while any part of the sum is still
   small, the next item (without a small cell, the fewest houses first) joins them. Items without houses never do.
2. If all items of the township together still have a small part, the township as a whole is an item of its county, and step 1
   is done with whole townships. If the whole county has a small part, the breakdown is not given for it at all.
3. Published are the parts of each item that stands alone and of each sum; of an item in a sum nothing but its total number
   of houses, which is at least ``least`` (items with fewer houses were put together in the same way before).

Why that is enough: within a township the published cells of a breakdown are a partition of its houses, each with 0 or at
least ``least`` of them, so that a township's total less published cells is again a sum of such. Of the items inside a sum an
attacker knows both margins (total of each item, parts of the sum) and nothing inside: an inner cell lies anywhere between
max(0, item + part - sum) and min(item, part). Both margins are at least ``least``, so the upper end is, too, and the two ends
meet only where the sum has one item or one part. Breakdowns are never crossed with each other, rows are never made for a
filter (filters choose among finished rows), and whole townships that join a sum of the county give nothing of their inside.
No secret is that a village has no houses at all (so a township of one village is that village), nor a part with no house in it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Text, and_, case, func, null, or_, select
from sqlalchemy import literal as value_of

ALONE, TOGETHER, IMPOSSIBLE = "alone", "together", "impossible"


def grouped(cells: CTE, name: str) -> Select[Any]:
    """In which row of the result each item stands, breakdown by breakdown: (item, breakdown, row_id).

    ``cells`` has item, container (township), above (county), breakdown, part, houses (of the cell), size (houses of the item)
    and least. ``row_id`` is the item itself, ``<container or above>:<breakdown>`` for a sum, NULL for what is not given.
    """
    c = cells.c
    of_items = _put_together(cells, c.item, c.container, f"{name}_items")
    summed = (
        select(
            c.above,
            c.container.label("container"),
            c.breakdown,
            c.part,
            func.sum(c.houses).label("houses"),
            func.sum(c.size).label("size"),
            func.max(c.least).label("least"),
        )
        .group_by(c.above, c.container, c.breakdown, c.part)
        .cte(f"{name}_containers")
    )
    of_containers = _put_together(summed, summed.c.container, summed.c.above, f"{name}_whole")
    items = select(c.item, c.container, c.above, c.breakdown, func.max(c.size).label("size")).group_by(
        c.item, c.container, c.above, c.breakdown
    )
    i = items.subquery(f"{name}_each").c
    own, whole = of_items.c, of_containers.c
    row_id = case(
        (i.size == 0, i.item),
        (whole.outcome == TOGETHER, _sum_id(i.above, i.breakdown)),
        (whole.outcome == IMPOSSIBLE, null()),
        (own.outcome == TOGETHER, _sum_id(i.container, i.breakdown)),
        else_=i.item,
    )
    return (
        select(i.item, i.breakdown, row_id.label("row_id"))
        .outerjoin(of_items, and_(own.item == i.item, own.container == i.container, own.breakdown == i.breakdown))
        .outerjoin(
            of_containers,
            and_(whole.item == i.container, whole.container == i.above, whole.breakdown == i.breakdown),
        )
    )


def _sum_id(container: ColumnElement[str], breakdown: ColumnElement[str]) -> ColumnElement[str]:
    return container.concat(value_of(":", Text)).concat(breakdown)


def _put_together(cells: CTE, item: ColumnElement[str], container: ColumnElement[str], name: str) -> CTE:
    """Step 1: (item, container, breakdown, outcome) of all items that have houses."""
    c = cells.c
    small = and_(c.houses > 0, c.houses < c.least)
    each = (
        select(
            item.label("item"),
            container.label("container"),
            c.breakdown,
            func.max(c.size).label("size"),
            func.bool_or(small).label("is_small"),
        )
        .where(c.size > 0)
        .group_by(item, container, c.breakdown)
        .cte(name)
    )
    e = each.c
    within = [e.container, e.breakdown]
    ordered = select(
        e.item,
        e.container,
        e.breakdown,
        func.row_number().over(partition_by=within, order_by=[e.is_small.desc(), e.size, e.item]).label("place"),
        func.count().filter(e.is_small).over(partition_by=within).label("small_ones"),
    ).cte(f"{name}_ordered")
    o = ordered.c
    running = (
        select(
            o.container,
            o.breakdown,
            o.place,
            o.small_ones,
            c.least,
            func.sum(c.houses).over(partition_by=[o.container, o.breakdown, c.part], order_by=o.place).label("so_far"),
        )
        .join_from(ordered, cells, and_(item == o.item, container == o.container, c.breakdown == o.breakdown))
        .cte(f"{name}_running")
    )
    r = running.c
    enough = (
        select(r.container, r.breakdown, r.place)
        .where(r.place >= r.small_ones)
        .group_by(r.container, r.breakdown, r.place)
        .having(func.bool_and(or_(r.so_far == 0, r.so_far >= r.least)))
        .subquery(f"{name}_enough")
    )
    last = (
        select(enough.c.container, enough.c.breakdown, func.min(enough.c.place).label("place"))
        .group_by(enough.c.container, enough.c.breakdown)
        .subquery(f"{name}_last")
    )
    outcome = case(
        (o.small_ones == 0, ALONE),
        (last.c.place.is_(None), IMPOSSIBLE),
        (o.place <= last.c.place, TOGETHER),
        else_=ALONE,
    )
    return (
        select(o.item, o.container, o.breakdown, outcome.label("outcome"))
        .outerjoin_from(ordered, last, and_(last.c.container == o.container, last.c.breakdown == o.breakdown))
        .cte(f"{name}_outcome")
    )


def long_form(wide: CTE, breakdown: str, parts: Sequence[str], keep: Sequence[str]) -> list[Select[Any]]:
    """The columns ``parts`` of ``wide`` as rows (…keep, breakdown, part, houses)."""
    return [
        select(
            *(wide.c[name] for name in keep),
            value_of(breakdown, Text).label("breakdown"),
            value_of(part, Text).label("part"),
            wide.c[part].label("houses"),
        )
        for part in parts
    ]
