"""What a layer is made of: columns with their words and rights, joins, legend. No layer is named here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, FromClause

from geo_housing.db import Actor
from geo_housing.scope import AreaScope
from geo_housing.words import WordList

Kind = Literal["text", "int", "float", "date", "datetime", "bool", "words"]
# tile: vector tiles. map: GeoJSON, OGC and GIS files. ledger: csv, xlsx and the list of the API.
Form = Literal["tile", "map", "ledger"]


@dataclass(frozen=True)
class Column:
    """One property of a layer.

    ``name`` is the fixed English name of the contract, ``label`` the Chinese heading, ``words`` the list that
    its code words come from. ``permission`` (and export.personal in a file) is needed to see it; ``ledger``
    columns stand in ledgers only. ``needs`` names the joins of ``value``; ``test`` is the same value without
    any join, for ``where``; a column without it cannot be filtered by. Kind ``words`` is several code words.
    ``json`` is the value as JSON text, which a bulk join makes once per joined row instead of once per row.
    """

    name: str
    label: str
    kind: Kind
    value: ColumnElement[Any]
    test: ColumnElement[Any] | None = None
    words: WordList | None = None
    permission: str | None = None
    ledger: bool = False
    needs: frozenset[str] = frozenset()
    json: ColumnElement[str] | None = None

    @property
    def filterable(self) -> bool:
        """Whether everybody who sees the layer may name it in ``where``."""
        return self.test is not None and self.permission is None


@dataclass(frozen=True)
class Join:
    """A table that some columns need. ``bulk`` serves many rows at once, ``single`` looks up row by row."""

    single: FromClause
    on_single: ColumnElement[bool]
    bulk: FromClause
    on_bulk: ColumnElement[bool]


@dataclass(frozen=True)
class LegendItem:
    """One class of a colouring, in drawing order: the last is drawn on top."""

    code: str
    label: str
    colour: str


@dataclass(frozen=True)
class Colouring:
    """A way to colour a layer by one of its columns."""

    column: str
    label: str
    items: tuple[LegendItem, ...]


@dataclass(frozen=True)
class Layer:
    """One layer of map, files and API.

    ``source`` is what is counted (one row of it is one row of the layer), ``scope_column`` and ``key`` give the
    keyset order, ``within_scope`` the rows that concern an area, ``geometry`` stands in EPSG:4490 and may be NULL.
    ``whole_digits``: its rows are made of whole divisions of that code length; who sees less than one sees none of them.
    """

    name: str
    label: str
    geometry_type: Literal["Point", "MultiPolygon"]
    source: FromClause
    scope_column: ColumnElement[str]
    key: ColumnElement[Any]
    feature_id: ColumnElement[Any]
    geometry: ColumnElement[Any]
    columns: tuple[Column, ...]
    within_scope: Callable[[AreaScope], ColumnElement[bool] | None]
    always: tuple[ColumnElement[bool], ...] = ()
    joins: dict[str, Join] = field(default_factory=dict)
    filters: frozenset[str] = frozenset()
    colourings: tuple[Colouring, ...] = ()
    whole_digits: int | None = None

    @property
    def is_points(self) -> bool:
        """Whether features are points (and may be missing)."""
        return self.geometry_type == "Point"

    def column(self, name: str) -> Column | None:
        """The column of that name, None when there is none."""
        return next((column for column in self.columns if column.name == name), None)

    def visible(self, actor: Actor, form: Form, *, to_file: bool = False, public: bool = False) -> tuple[Column, ...]:
        """Columns that ``actor`` gets in ``form``; ``public`` leaves out everything about persons."""

        def shown(column: Column) -> bool:
            if column.ledger and form != "ledger":
                return False
            if column.permission is None:
                return True
            if public or form == "tile" or not actor.may(column.permission):
                return False
            return not to_file or actor.may("export.personal")

        return tuple(column for column in self.columns if shown(column))
