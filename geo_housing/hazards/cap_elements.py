"""How the elements of a CAP message are read: children by name, texts, and all words as they stand. Pure."""

import re
from typing import Any

from lxml import etree


def children(element: Any, name: str) -> list[Any]:
    """The children of that name, whatever their namespace."""
    return [child for child in element if isinstance(child.tag, str) and etree.QName(child).localname == name]


def text_of(element: Any, name: str) -> str | None:
    """The text of the first child of that name, in one line; None where there is none."""
    found = children(element, name)
    text = "".join(found[0].itertext()).strip() if found else ""
    return re.sub(r"\s+", " ", text) or None


def content(part: Any) -> str:
    """Everything that is written inside an element."""
    return "".join(part.itertext()).strip()


def words_of(element: Any) -> dict[str, Any]:
    """The children as they were received, those that come several times as lists."""
    found: dict[str, Any] = {}
    for child in element:
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child).localname
        # Pictures and signatures may be megabytes; they say nothing that is decided on here.
        if name in ("info", "area", "resource", "Signature"):
            continue
        if len(child):
            value: Any = {etree.QName(part).localname: content(part) for part in child if isinstance(part.tag, str)}
        else:
            value = content(child)
        if name in found:
            found[name] = [*(found[name] if isinstance(found[name], list) else [found[name]]), value]
        else:
            found[name] = value
    return found
