"""Upon which version a change is made: what a request of the API states, by its header or in its body."""

import re

from geo_housing.errors import BadInput, VersionMissing


def version_stated(if_match: str | None, stated: int | None, *, missing: str) -> int | None:
    """The version that was read; None for ``*``, which names whatever stands; VersionMissing (``missing``) for none."""
    tag = (if_match or "").strip()
    if not tag:
        if stated is None:
            raise VersionMissing(missing)
        return stated
    if tag == "*":
        return None
    found = re.fullmatch(r'(?:W/)?"?(\d{1,9})"?', tag)
    if found is None:
        raise BadInput('If-Match 应是上次读到的 ETag，如 "3"。')
    return int(found.group(1))
