"""One export: what was asked, what it will hold, and its entry in the journal."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, text
from sqlalchemy.orm import Session

from geo_housing.area_codes import COUNTY_DIGITS
from geo_housing.areas.queries import has_demo, maker_of
from geo_housing.clock import now, today
from geo_housing.db import Actor
from geo_housing.errors import BadInput, Fault, NotAllowed
from geo_housing.exports.formats import Format
from geo_housing.exports.notes import (
    PERSONS_AS_STATED,
    SKETCH,
    merging_note,
    uncertain_note,
    unlocated_note,
    zone_meridian,
    zone_warning,
)
from geo_housing.geometry import HOUSE_SRID, SHIFT_SRID, parse_crs, zone_of_longitude
from geo_housing.journal.purposes import not_stated
from geo_housing.journal.service import Subject, record
from geo_housing.layers.columns import Column, Layer
from geo_housing.layers.filters import Filter, described, settled
from geo_housing.layers.in_words import EVERYTHING, filter_in_words
from geo_housing.layers.queries import BULK_ROWS, CRS84_SRID, Counts, count_rows, longitudes, rows_of, uncertain_beside
from geo_housing.layers.statistics_layer import LEAST_HOUSES, VILLAGE_STATISTICS
from geo_housing.policy.queries import effective

EXPORT = "export"
# A stream lasts as long as its reader. Scans begin at the front of the table and not where another one is just reading, so
# that a small export comes twice in the same order; parallel workers of a large one mix their rows. No order is promised:
# who compares two files sorts them by their code. All rows of a cursor are wanted, not the first tenth that it plans for:
# looking families up one by one took four times as long.
STREAM_SETTINGS = text(
    "SELECT set_config('statement_timeout', '1h', true), set_config('synchronize_seqscans', 'off', true),"
    " set_config('work_mem', '64MB', true), set_config('cursor_tuple_fraction', '1', true)"
)
DEGREES = (HOUSE_SRID, CRS84_SRID)
NOT_COUNTED = Counts(0, 0)
MOST_PURPOSE = 200
# For the 3-degree zone that the rows themselves lie in.
AUTOMATIC_CRS = ("auto", "3度带", "3°带")


@dataclass(frozen=True)
class Export:
    """An export that may be made; ``counts`` is filled in the snapshot that is written out.

    So is ``uncertain``: houses of uncertain place that an event concerns beside those of the file.
    """

    actor: Actor
    layer: Layer
    format: Format
    wanted: Filter
    columns: tuple[Column, ...]
    srid: int
    made_at: datetime
    counts: Counts = NOT_COUNTED
    uncertain: int = 0
    filter_text: str = EVERYTHING
    warning: str | None = None
    is_demo: bool = False
    least_houses: int | None = None
    purpose: str | None = None
    maker: str = ""

    @property
    def is_personal(self) -> bool:
        """Whether it tells of persons: names, families, remarks."""
        return any(column.permission for column in self.columns)

    @property
    def wants_purpose(self) -> bool:
        """Whether it is asked for whom and what for: what tells of persons, and the houses of a whole county."""
        return self.is_personal or self.is_of_whole_county

    @property
    def stated_purpose(self) -> str | None:
        """The purpose as file and journal have it: that nobody has said it where it is asked for is said, too."""
        return self.purpose or (not_stated(self.actor.source) if self.wants_purpose else None)

    @property
    def is_of_whole_county(self) -> bool:
        """Whether house by house a county or more goes out, whatever kinds of houses."""
        wanted = self.wanted
        place = (wanted.bbox, wanted.within, wanted.event, wanted.zone, wanted.standing)
        widest = wanted.area if wanted.area is not None else self.actor.scope.prefix
        return self.layer.is_points and len(widest) <= COUNTY_DIGITS and all(part is None for part in place)

    @property
    def rows(self) -> int:
        """Rows that the file holds: point layers leave out what has no point, except in ledgers."""
        return self.counts.located if self.leaves_out_unlocated else self.counts.rows

    @property
    def leaves_out_unlocated(self) -> bool:
        """Whether rows without geometry are left out (and told)."""
        return self.layer.is_points and not self.format.holds_all

    @property
    def crs_name(self) -> str:
        """The reference system of the coordinates in the file."""
        return "OGC:CRS84" if self.format.fixed_crs else f"EPSG:{self.srid}"

    @property
    def file_name(self) -> str:
        """Name for the download."""
        return f"{self.layer.name}-{self.made_at:%Y%m%d-%H%M}.{self.format.ending}"


def prepare(
    session: Session,
    actor: Actor,
    *,
    layer: Layer,
    format: Format,
    wanted: Filter,
    crs: str | None = None,
    public: bool = False,
    purpose: str | None = None,
) -> Export:
    """The export that ``actor`` may have: columns by right, filter with the county's settings; ``purpose``: for whom, what for.

    NotAllowed without the right to export, BadInput for a CRS that the format cannot have, NotFound for unknown areas.
    """
    if not actor.may(EXPORT):
        raise NotAllowed("您的角色不能导出数据；需要数据请找县住建局。")
    wanted = settled(session, wanted, actor)
    srid, warning = _reference_system(session, actor, layer, format, wanted, crs)
    of_statistics = layer is VILLAGE_STATISTICS
    return Export(
        actor,
        layer,
        format,
        wanted,
        layer.visible(actor, format.form, to_file=True, public=public),
        srid,
        now(),
        filter_text=filter_in_words(session, wanted),
        warning=warning,
        is_demo=has_demo(session),
        least_houses=_least_houses(session, actor.scope.narrowed(wanted.area).lo) if of_statistics else None,
        purpose=purpose_line(purpose),
        maker=maker_of(session, actor),
    )


def require_purpose(export: Export) -> None:
    """BadInput for a file that tells of persons and for which nobody has said for whom and what for."""
    if export.is_personal and not export.purpose:
        why = "文件含户主姓名等个人信息，请写明用途（purpose）：给谁、做什么；会记入日志和文件内的数据说明。不需要个人信息的，请选不含个人信息（public）。"
        raise BadInput(why, faults=[Fault(None, "purpose", None, why)])


def purpose_line(purpose: str | None) -> str | None:
    """The purpose in one line, None for one without a word; BadInput for one that is longer than MOST_PURPOSE."""
    text = " ".join((purpose or "").split())
    if len(text) > MOST_PURPOSE:
        raise BadInput(f"用途最多 {MOST_PURPOSE} 个字，请只写给谁、做什么。")
    return text if any(sign.isalnum() for sign in text) else None


def _least_houses(session: Session, area_code: str) -> int:
    return int(effective(session, LEAST_HOUSES, area_code=area_code, on=today()).value)


def _reference_system(
    session: Session, actor: Actor, layer: Layer, format: Format, wanted: Filter, crs: str | None
) -> tuple[int, str | None]:
    """The number of the reference system, and what is to be said about it."""
    if format.fixed_crs or crs is None or not (is_automatic(crs) or zone_meridian(_srid(session, format, crs))):
        return _srid(session, format, crs), None
    ends = longitudes(session, layer, wanted, actor.scope)
    if is_automatic(crs):
        srid = HOUSE_SRID if ends is None else zone_of_longitude(sum(ends) / 2)
    else:
        srid = _srid(session, format, crs)
    return srid, None if ends is None else zone_warning(srid, *ends)


def is_automatic(crs: str) -> bool:
    """Whether the zone is to be chosen by where the rows lie."""
    return crs.strip().lower() in AUTOMATIC_CRS


def _srid(session: Session, format: Format, crs: str | None) -> int:
    if crs is None:
        return CRS84_SRID if format.fixed_crs else HOUSE_SRID
    if format.fixed_crs:
        raise BadInput("GeoJSON 只用 WGS 84 经纬度（RFC 7946），不能另选坐标系；需要其他坐标系请改用 .gpkg 等格式。")
    source = parse_crs(crs)
    if source.is_offset:
        raise BadInput(f"不输出 {source.name} 坐标：它没有正式编号，软件会把位置标错。请改用 EPSG:4490 等坐标系。")
    number = int(source.name.removeprefix("EPSG:"))
    known = session.execute(text("SELECT 1 FROM spatial_ref_sys WHERE srid = :n"), {"n": number}).first()
    if known is None:
        raise BadInput(f"数据库不认识 EPSG:{number}，请改用 EPSG:4490 或 EPSG:4528、EPSG:4529 等。")
    return number


def opened(connection: Connection, export: Export) -> Export:
    """The export counted in the snapshot of ``connection``."""
    connection.execute(STREAM_SETTINGS)
    asked = (connection, export.layer, export.wanted, export.actor.scope)
    return replace(export, counts=count_rows(*asked), uncertain=uncertain_beside(*asked))


def journalled(
    session: Session, export: Export, *, stopped_after_bytes: int | None = None, stalled: bool = False
) -> None:
    """Record who took out what: before the first row leaves, and again when the client went away in between.

    ``stalled``: it was still there, but took nothing any more.
    """
    counts: dict[str, Any] = {
        "rows": export.rows,
        "unlocated": export.counts.unlocated,
        "format": export.format.ending,
        "personal": export.is_personal,
        "filter": described(export.wanted),
    }
    if export.stated_purpose:
        counts["purpose"] = export.stated_purpose
    if stopped_after_bytes is not None:
        counts["stopped_after_bytes"] = stopped_after_bytes
    if stalled:
        counts["stalled"] = True
    action = "export.made" if stopped_after_bytes is None else "export.stopped"
    # An area above one's own means one's own: whoever gets such an address sees, and takes out, what is theirs.
    subject = Subject("layer", export.layer.name, export.actor.scope.narrowed(export.wanted.area).lo)
    record(session, export.actor, action, subject, counts=counts)


def journalled_page(
    session: Session,
    actor: Actor,
    layer: Layer,
    wanted: Filter,
    columns: Sequence[Column],
    *,
    format: str,
    rows: int,
    purpose: str | None = None,
) -> None:
    """Record one page of features that a GIS took, or of rows that a program took."""
    is_personal = any(column.permission for column in columns)
    counts = {"rows": rows, "format": format, "personal": is_personal, "filter": described(wanted)}
    if purpose := purpose_line(purpose) or (not_stated("api") if is_personal else None):
        counts["purpose"] = purpose
    subject = Subject("layer", layer.name, actor.scope.narrowed(wanted.area).lo)
    record(session, actor, "export.made", subject, counts=counts)


def metadata(export: Export) -> dict[str, Any]:
    """数据说明, which every file brings along: layer, time, filter, rows, reference system, maker, what to know about it."""
    told: dict[str, Any] = {
        "layer": export.layer.name,
        "title": export.layer.label,
        "time": export.made_at.isoformat(timespec="seconds"),
        "filter": described(export.wanted),
        "filter_text": export.filter_text,
        "rows": export.rows,
        "unlocated": export.counts.unlocated,
        "crs": export.crs_name,
        "maker": export.maker,
        "purpose": export.stated_purpose,
        "notes": list(_notes(export)),
    }
    return {name: value for name, value in told.items() if value is not None}


def _notes(export: Export) -> Iterator[str]:
    if export.is_demo:
        yield SKETCH
    left_out = export.leaves_out_unlocated
    if told := unlocated_note(export.counts.unlocated, left_out=left_out):
        yield told
    if export.uncertain:
        yield uncertain_note(export.uncertain)
    if export.warning:
        yield export.warning
    if export.is_personal:
        yield "含个人信息：只用于填写的用途，不得转发，用完删除。"
    if export.least_houses is not None:
        yield merging_note(export.least_houses)
    if any(column.name == "persons" for column in export.columns):
        yield PERSONS_AS_STATED


def metadata_json(export: Export) -> str:
    """The metadata as one line of JSON."""
    return json.dumps(metadata(export), ensure_ascii=False)


def geometry_of(export: Export) -> ColumnElement[Any]:
    """The geometry in the file's reference system; degrees are only relabelled (D5: equality of numbers)."""
    geom = export.layer.geometry
    if export.srid in DEGREES:
        return func.ST_SetSRID(geom, export.srid)
    return func.ST_Transform(func.ST_SetSRID(geom, SHIFT_SRID), export.srid)


def is_bulk(export: Export) -> bool:
    """Whether joined tables are joined as a whole, not looked up row by row."""
    return export.counts.rows > BULK_ROWS


def rows_to_write(export: Export, *more: ColumnElement[Any]) -> Select[Any]:
    """The rows of the file with its columns and ``more``."""
    statement = rows_of(
        export.layer, export.columns, export.wanted, export.actor.scope, bulk=is_bulk(export)
    ).add_columns(*more)
    return statement.where(export.layer.geometry.is_not(None)) if export.leaves_out_unlocated else statement
