"""geo_housing keeps a county's rural houses safe, from the village patrol to the family's move-in."""

__version__ = "0.1.0"
