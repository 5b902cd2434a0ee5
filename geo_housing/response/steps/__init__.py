"""The steps of an event's night, one file each: what its page shows and what is done there."""
