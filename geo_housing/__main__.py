"""``python -m geo_housing``."""

from geo_housing.cli import main

main()
