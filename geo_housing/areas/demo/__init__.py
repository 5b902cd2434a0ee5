"""The demo county: official names and codes, invented borders (示意边界), made by a seeded generator.

The outline, the townships, the villages and the zones are drawn from random numbers alone; no boundary file of
any kind goes in. ``python -m geo_housing.areas.demo data/boundaries/`` writes the files that are kept there.
"""

from geo_housing.areas.demo.county import DEMO_SEED, DemoArea, demo_areas
from geo_housing.areas.demo.files import NOTE, write_files
from geo_housing.areas.demo.zones import DemoZone, demo_standing_areas, demo_zones

__all__ = [
    "DEMO_SEED",
    "NOTE",
    "DemoArea",
    "DemoZone",
    "demo_areas",
    "demo_standing_areas",
    "demo_zones",
    "write_files",
]
