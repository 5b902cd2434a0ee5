"""An export as a file of one's own: finished beside its place, then put there at once, never half of it."""

import json
import os
import shutil
import tempfile
from pathlib import Path

from geo_housing.db import Database
from geo_housing.errors import BadInput
from geo_housing.exports.reading import Reading, Told
from geo_housing.exports.service import Export, journalled, metadata, opened
from geo_housing.exports.writing import write_file

# These formats have no place for the metadata; the neighbour's name is that of "CSV on the Web" (W3C).
WITHOUT_METADATA = ("csv", "geojsonl")
METADATA_SUFFIX = "-metadata.json"


def check_target(path: Path) -> Path:
    """Where the file will really stand; BadInput when it cannot be written there. An older file is replaced."""
    target = path.resolve()
    if target.is_dir():
        raise BadInput(f"{path} 是文件夹，请写明文件名，例如 {path / 'houses.geojson'}。")
    if target.exists() and not target.is_file():
        raise BadInput(f"{path} 不是普通文件，不能写到那里。")
    if not target.parent.is_dir():
        raise BadInput(f"文件夹 {target.parent} 不存在，请先建好或改写到别处。")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise BadInput(f"文件夹 {target.parent} 不能写入，请改写到别处。")
    return target


def saved(database: Database, export: Export, target: Path, *, told: Told | None = None) -> Export:
    """Write ``export`` to ``target`` (see ``check_target``) and journal it; the answer knows its counts.

    ``told`` hears ``(rows read, rows in all)``. What fails or is interrupted leaves an older file as it was.
    """
    work = Path(tempfile.mkdtemp(prefix=".export-", dir=target.parent))
    try:
        path = work / f"file.{export.format.ending}"
        with database.stream(export.actor) as connection:
            export = opened(connection, export)
            with database.transaction(export.actor) as session:
                journalled(session, export)
            write_file(Reading(connection, told), export, path)
        if export.format.ending in WITHOUT_METADATA:
            note = work / "metadata.json"
            note.write_text(json.dumps(metadata(export), ensure_ascii=False, indent=1) + "\n", "utf-8")
            note.replace(target.with_name(target.name + METADATA_SUFFIX))
        path.replace(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return export
