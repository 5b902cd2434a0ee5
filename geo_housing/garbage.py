"""When Python looks for circles of objects that nobody holds any more.

It looks after every 700 new objects, and at some of these times through all that is alive. The service makes hundreds of
thousands while it starts (routes, tables, forms), none of which ever goes: looking through them again and again was a fifth
of each start, and later a pause of a third of a second for whoever asked for a page just then.
"""

import gc

# Circles are rare here (an error with its frames, say), and small.
NEW_OBJECTS = 20_000


def look_seldom() -> None:
    """From now on look after many new objects only."""
    gc.set_threshold(NEW_OBJECTS, 20, 20)


def keep_what_is_loaded() -> None:
    """Look once; what is alive then stays, and is looked through no more."""
    gc.collect()
    gc.freeze()
