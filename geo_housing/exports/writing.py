"""Which writer makes which format; one door for the service and the command line."""

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection

from geo_housing.disk import refusal_of_disk
from geo_housing.exports import geojson, ledger
from geo_housing.exports.copying import chunked
from geo_housing.exports.reading import Reading
from geo_housing.exports.service import Export

STREAMS: dict[str, Callable[[Connection, Export], Iterator[bytes]]] = {
    "geojson": geojson.collection,
    "geojsonl": geojson.lines,
    "csv": ledger.csv,
}


def streamed(connection: Connection, export: Export) -> Iterator[bytes]:
    """The bytes of a streamed format, in chunks."""
    return chunked(STREAMS[export.format.ending](connection, export))


def write_file(reading: Reading, export: Export, path: Path) -> None:
    """The whole file of any format at ``path``, which must not exist."""
    if export.format.making == "file":
        try:
            _file_writer(export.format.ending)(reading, export, path)
        except Exception as error:
            # Looked at while the unfinished file still lies there: GDAL says little of a full disk, and afterwards
            # there is room again.
            if refusal := refusal_of_disk(error, path.parent):
                raise refusal from error
            raise
        return
    rows = 0
    with path.open("xb") as file:
        for chunk in streamed(reading.connection, export):
            file.write(chunk)
            rows += chunk.count(b"\n")  # as good as exact: only a cell of a ledger holds further ones
            reading.tell(rows, export.rows)


def _file_writer(ending: str) -> Callable[[Reading, Export, Path], None]:
    # Arrow and GDAL are heavy: loaded when a file is asked for, not when the service starts.
    from geo_housing.exports import vector, workbook

    return {
        "gpkg": vector.geopackage,
        "fgb": vector.flatgeobuf,
        "zip": vector.shapefile,
        "parquet": vector.geoparquet,
        "xlsx": workbook.xlsx,
    }[ending]
