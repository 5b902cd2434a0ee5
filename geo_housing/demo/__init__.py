"""The demo county with its houses and families: everything invented but the names and codes of the divisions.

Borders come from ``areas/demo``; this room settles them: natural villages along lanes, houses whose state follows
their age, families with made-up names. The ledger goes through the ordinary intake, and every row is marked.
"""
