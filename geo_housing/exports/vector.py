"""GeoPackage, FlatGeobuf and Shapefile through GDAL, GeoParquet through Arrow; all in batches into a file."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyproj

from geo_housing.errors import TooLarge
from geo_housing.exports.batches import GEOMETRY, row_batches, schema_of
from geo_housing.exports.finishing import packed
from geo_housing.exports.reading import Reading
from geo_housing.exports.service import Export, metadata, metadata_json
from geo_housing.exports.shapefile import LongTexts, mend_extent, short_names, write_beside

SHAPEFILE_ROWS = 2_000_000  # beyond it the .dbf passes 2 GB, which much software cannot read


def geopackage(reading: Reading, export: Export, path: Path) -> None:
    """A GeoPackage; the metadata stands in its gpkg_metadata table and in the layer's description."""
    schema = schema_of(export)
    batches = row_batches(reading, export, schema)
    _through_gdal(batches, schema, export, path, "GPKG", layer_options={"DESCRIPTION": metadata_json(export)})


def flatgeobuf(reading: Reading, export: Export, path: Path) -> None:
    """A FlatGeobuf with its spatial index, where every row has a geometry; metadata in the header."""
    index = "YES" if export.leaves_out_unlocated or export.counts.unlocated == 0 else "NO"
    options = {"SPATIAL_INDEX": index, "TITLE": export.layer.label, "DESCRIPTION": metadata_json(export)}
    # The index is built in a temporary file: it belongs beside the result, not where the service may not write.
    options["TEMPORARY_DIR"] = str(path.parent)
    schema = schema_of(export)
    batches = row_batches(reading, export, schema)
    _through_gdal(batches, schema, export, path, "FlatGeobuf", layer_options=options)


def shapefile(reading: Reading, export: Export, path: Path) -> None:
    """A .zip with the Shapefile, its encoding and what explains it (shapefile.py); TooLarge past its limits."""
    if export.rows > SHAPEFILE_ROWS:
        raise TooLarge(f"Shapefile 最多放 {SHAPEFILE_ROWS} 行，现有 {export.rows} 行；请改用 .gpkg，或按乡镇分开导出。")
    base = path.with_suffix("") / export.layer.name
    base.parent.mkdir()
    names, long_texts = short_names(export.columns), LongTexts()
    schema = schema_of(export, names)
    schema = pa.schema([pa.field(f.name, _plain_type(f.type)) for f in schema])
    batches = long_texts.fitted(row_batches(reading, export, schema))
    _through_gdal(batches, schema, export, base.with_suffix(".shp"), "ESRI Shapefile")
    # Only outlines may be missing; of points, which have no box of their own, those without place are left out.
    if export.counts.unlocated and not export.leaves_out_unlocated:
        mend_extent(base.with_suffix(".shp"))
    write_beside(export, base, names, long_texts)
    with (
        packed(reading, export, path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for part in sorted(base.parent.iterdir()):
            archive.write(part, part.name)
            part.unlink()
    base.parent.rmdir()


def _through_gdal(
    batches: Iterator[pa.RecordBatch],
    schema: pa.Schema,
    export: Export,
    path: Path,
    driver: str,
    *,
    layer_options: dict[str, str] | None = None,
) -> None:
    """Write all batches with GDAL."""
    reader = pa.RecordBatchReader.from_batches(schema, batches)
    holds_metadata = driver == "GPKG"
    # Brings GeoPandas with it: loaded when a file is asked for, not when the service starts.
    import pyogrio

    pyogrio.write_arrow(
        reader,
        path,
        layer=export.layer.name,
        driver=driver,
        geometry_name=GEOMETRY,
        geometry_type=export.layer.geometry_type,
        crs=f"EPSG:{export.srid}",
        encoding=None if driver != "ESRI Shapefile" else "UTF-8",
        layer_metadata=_flat(metadata(export)) if holds_metadata else None,
        layer_options=layer_options or {},
    )


def _plain_type(kind: pa.DataType) -> pa.DataType:
    # A Shapefile has neither truth values nor moments.
    return pa.string() if pa.types.is_boolean(kind) or pa.types.is_timestamp(kind) else kind


def _flat(values: dict[str, Any]) -> dict[str, str]:
    return {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in values.items()}


def geoparquet(reading: Reading, export: Export, path: Path) -> None:
    """A GeoParquet 1.1 file; our metadata stands beside its own in the footer."""
    schema = schema_of(export).with_metadata({"geo": _geo_member(export), "geo_housing": metadata_json(export)})
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _row_groups(row_batches(reading, export, schema)):
            writer.write_table(batch)


def _row_groups(batches: Iterator[pa.RecordBatch], wanted: int = 10) -> Iterator[pa.Table]:
    """Some batches at a time: row groups of 50,000 rows are read quickly and kept in memory cheaply."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        waiting.append(batch)
        if len(waiting) == wanted:
            yield pa.Table.from_batches(waiting)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting)


def _geo_member(export: Export) -> str:
    column = {
        "encoding": "WKB",
        "geometry_types": [export.layer.geometry_type],
        "crs": pyproj.CRS.from_epsg(export.srid).to_json_dict(),
        "edges": "planar",
    }
    return json.dumps({"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}})
