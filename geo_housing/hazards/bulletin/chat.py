"""What stands around a warning that was copied out of a chat group: the replies of others. Pure."""

import re
from bisect import bisect_left

from geo_housing.hazards.bulletin.plain import Plain

IS_REPLY = "像是群里的回复，不是预警的内容，没有读作受影响的区域；确实受影响的，请在下面勾选。"
# A message that begins so answers; 收到请回复 and 收到预警后 ask.
_REPLY = re.compile(
    r"^[ \t\u3000]*(?:@[^\s@]{1,20}\s+|[^\s:,。]{1,12}:[ \t]*)?(?:好的?|嗯|是)?[,、!\s]*"
    r"(?:(?:我们|我镇|我乡)?(?:已经?)?收到了?|好的|明白了?|知悉|知道了)(?=[,。!;~\s]|$)[^\n]*$",
    re.MULTILINE,
)
_WARNS = re.compile("发布|预警信号|警报|解除|升级|变更")
# One character for one, so that places stay.
_HALF = str.maketrans("\uff0c\uff01\uff1b\uff5e\uff1a\r", ",!;~:\n")


def replies_in(plain: Plain) -> list[tuple[int, int]]:
    """Where in ``plain.text`` somebody answers a warning that stands before; a line that warns itself is none."""
    original = plain.original.translate(_HALF)
    warned = _WARNS.search(original)
    found = []
    for reply in _REPLY.finditer(original):
        if warned is None or reply.start() < warned.end() or _WARNS.search(reply[0]):
            continue
        start, end = bisect_left(plain.starts, reply.start()), bisect_left(plain.starts, reply.end())
        if start < end:
            found.append((start, end))
    return found
