"""Shifts of duty officers (值班) and what one leaves to the next (交接班)."""
