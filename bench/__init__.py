"""Measurements against peers, side by side in one run: ``make bench``. Figures are ratios, never a test's time limit."""
