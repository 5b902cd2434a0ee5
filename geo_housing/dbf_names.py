"""Names of a Shapefile's columns: ten bytes at most, which most programs cut without a look at characters.

UTF-8 takes three bytes for a Chinese character, so a name of four ends with a third of one, and no reader decodes it.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

NAME_BYTES = 10
_HEADER, _ENTRY, _LANGUAGE, _END = 32, 32, 29, 0x0D
_MOST_LEFT_OVER = 3  # bytes of a character that is not whole
# By which GDAL tells names apart that are cut to the same ten bytes.
_NUMBER = re.compile(rb"_[0-9]{1,2}$")
_UTF_8 = frozenset({"UTF-8", "UTF8", "65001"})
_CHINESE = frozenset({"GBK", "GB2312", "GB18030", "EUC-CN", "936", "CP936", "ANSI 936", "OEM 936"})
_CHINESE_LANGUAGE = 0x4D


def raw_names(head: bytes) -> list[bytes]:
    """The names in the head of a .dbf, as they stand there."""
    names = []
    at = _HEADER
    while at + _ENTRY <= len(head) and head[at] != _END:
        names.append(head[at : at + NAME_BYTES].split(b"\0")[0])
        at += _ENTRY
    return names


def head_of(table: Path) -> bytes:
    """The head of a .dbf."""
    with table.open("rb") as file:
        start = file.read(_HEADER)
        return start + file.read(max(0, int.from_bytes(start[8:10], "little") - _HEADER))


def encoding_of(head: bytes, stated: Path | None) -> str | None:
    """What a Shapefile says of its texts, where it is one of those that hold Chinese; ``stated`` is its .cpg."""
    if stated is not None:
        said = stated.read_bytes()[:40].decode("ascii", "replace").strip("\x00 \r\n\t").upper()
        return "UTF-8" if said in _UTF_8 else "GB18030" if said in _CHINESE else None
    return "GB18030" if head[_LANGUAGE : _LANGUAGE + 1] == bytes([_CHINESE_LANGUAGE]) else None


def whole(name: bytes, encoding: str) -> bytes:
    """``name`` without what is left of a character where it was cut; as it is where that does not make it readable."""
    if len(name) == NAME_BYTES:
        number = _NUMBER.search(name)
        end = number.start() if number else NAME_BYTES
        for left_over in range(_MOST_LEFT_OVER + 1):
            try:
                name[: end - left_over].decode(encoding)
            except UnicodeDecodeError:
                continue
            return name[: end - left_over] + name[end:]
    return name


def beginning(name: bytes) -> bytes:
    """What is left of the name that was cut, without the number by which GDAL tells it from another one cut alike."""
    return _NUMBER.sub(b"", name) if len(name) == NAME_BYTES else name


def whole_names(names: list[bytes], encoding: str) -> list[bytes]:
    """``names``, each readable and still different from all others."""
    taken = {name for name in names if whole(name, encoding) == name}
    found = []
    for name in names:
        kept = whole(name, encoding)
        if kept != name:
            numbered = (kept, *(kept + str(number).encode() for number in range(2, 10)))
            kept = next((one for one in numbered if one not in taken), name)
            taken.add(kept)
        found.append(kept)
    return found


@contextmanager
def readable(path: Path, parts: dict[str, Path], encoding: str | None) -> Iterator[Path]:
    """The Shapefile at ``path``, or one beside it whose column names can be read; ``parts`` are its files by ending."""
    table = parts.get(".dbf")
    names = raw_names(head_of(table)) if table is not None and encoding is not None else []
    wanted = whole_names(names, encoding) if encoding is not None else []
    if table is None or wanted == names:
        yield path
        return
    with TemporaryDirectory() as folder:
        for part in parts.values():
            if part != table:
                (Path(folder) / part.name).symlink_to(part.absolute())
        copy = Path(folder) / table.name
        shutil.copyfile(table, copy)
        with copy.open("r+b") as file:
            for n, name in enumerate(wanted):
                file.seek(_HEADER + _ENTRY * n)
                file.write(name.ljust(NAME_BYTES, b"\0"))
        yield Path(folder) / path.name
