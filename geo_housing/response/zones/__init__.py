"""Zones of an event: out of files, drawings and divisions, and other ones for an event that stands."""
