"""Standing risk areas (灾害易发地): their lists, what is known of them, their pages."""
