"""A county whose answers are visible by eye: two townships of four square villages each, 43 houses.

::

    45.02 ┌──────┬──────┬──────┬──────┐
          │ 西三 │ 西四 │ 东三 │ 东四 │
    45.01 ├──────┼──────┼──────┼──────┤
          │ 西一 │ 西二 │ 东一 │ 东二 │
    45.00 └──────┴──────┴──────┴──────┘
       120.00  .01    .02    .03    .04

西山镇 990001100 holds the left four villages (…201-…204) and 西街居委会 (…001), which has no outline; 东河乡 990001200
the right four. In each village stand five houses in a cross, graded A, B, C, D and not at all: ``西一-A`` … ``东四-0``.
Beside them: ``疑-1`` (西一村, suspected), ``无-1`` (西街居委会, no point), ``争-1`` (point in 东一村, declared in 西一村).
"""

from tests.toy_county.county import COUNTY, EAST, VILLAGES, WEST, house_rows, village_box, write_areas, write_houses

__all__ = ["COUNTY", "EAST", "VILLAGES", "WEST", "house_rows", "village_box", "write_areas", "write_houses"]
