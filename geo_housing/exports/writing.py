"""Which writer makes which format; one door for the service and the command line."""

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection

from geo_housing.exports import geojson, ledger, vector, workbook
from geo_housing.exports.copying import chunked
from geo_housing.exports.service import Export

STREAMS: dict[str, Callable[[Connection, Export], Iterator[bytes]]] = {
    "geojson": geojson.collection,
    "geojsonl": geojson.lines,
    "csv": ledger.csv,
}
FILES: dict[str, Callable[[Connection, Export, Path], None]] = {
    "gpkg": vector.geopackage,
    "fgb": vector.flatgeobuf,
    "zip": vector.shapefile,
    "parquet": vector.geoparquet,
    "xlsx": workbook.xlsx,
}


def streamed(connection: Connection, export: Export) -> Iterator[bytes]:
    """The bytes of a streamed format, in chunks."""
    return chunked(STREAMS[export.format.ending](connection, export))


def write_file(connection: Connection, export: Export, path: Path) -> None:
    """The whole file of any format at ``path``, which must not exist."""
    if export.format.making == "file":
        FILES[export.format.ending](connection, export, path)
        return
    with path.open("xb") as file:
        for chunk in streamed(connection, export):
            file.write(chunk)
