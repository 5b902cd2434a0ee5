"""The lists and files of every layer: /api/v1/houses, /api/v1/houses.geojson and their like."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.encoders import jsonable_encoder
from starlette.responses import JSONResponse, Response

from geo_housing.accounts.access import Access, database, requires
from geo_housing.accounts.parameters import READS_ADDRESS
from geo_housing.accounts.rendering import language_of
from geo_housing.exports.asked import Cursor, ExportBody, flag, limit_of, query_values
from geo_housing.exports.folders import outgoing_folder
from geo_housing.exports.formats import format_of
from geo_housing.exports.response import ExportResponse
from geo_housing.exports.saving import METADATA_SUFFIX
from geo_housing.exports.service import EXPORT, Export, journalled_page, metadata, prepare, require_purpose
from geo_housing.layers.catalogue import LAYERS, layer_named
from geo_housing.layers.filters import settled
from geo_housing.layers.in_words import filter_in_words
from geo_housing.layers.parsing import parse_filter
from geo_housing.layers.queries import count_rows, page
from geo_housing.translation import translate

router = APIRouter(prefix="/api/v1", tags=["layers"])

Viewer = Annotated[Access, requires("houses.view")]
Taker = Annotated[Access, requires(EXPORT)]
_PAGE = frozenset({"limit", "cursor", "matched", "purpose"})
_FILE = frozenset({"crs", "public", "purpose"})


def rows_page(layer_name: str, request: Request, access: Access) -> Response:
    """One page of rows ``{items, next}`` under the filter; ``matched=1`` adds the count of all.

    No page of ours reads here: names that go out this way go to a program, page by page, and stand in the journal as
    those of a file do.
    """
    layer = layer_named(layer_name)
    params = request.query_params
    wanted = parse_filter(query_values(params, besides=_PAGE), layer=layer, actor=access.actor)
    wanted = settled(access.session, wanted, access.actor)
    columns = layer.visible(access.actor, "ledger")
    found = page(
        access.session,
        layer,
        columns,
        wanted,
        access.actor.scope,
        limit=limit_of(params),
        after=Cursor.read(params.get("cursor")).after,
    )
    if found.rows and any(column.permission for column in columns):
        journalled_page(
            access.session,
            access.actor,
            layer,
            wanted,
            columns,
            format="rows",
            rows=len(found.rows),
            purpose=params.get("purpose"),
        )
    answer: dict[str, Any] = {"items": found.rows, "next": Cursor(found.next_after).text()}
    if flag(params, "matched"):
        answer["matched"] = count_rows(access.session, layer, wanted, access.actor.scope).rows
    return JSONResponse(jsonable_encoder(answer))


@dataclass(frozen=True)
class Asked:
    """A file as it was asked for, by query string or by body."""

    values: dict[str, object]
    crs: str | None
    public: bool
    purpose: str | None = None
    must_tell_purpose: bool = False


def file_of(layer_name: str, ending: str, asked: Asked, request: Request, access: Access) -> Response:
    """A file of the whole filtered set, sent from a snapshot of its own after this transaction has ended.

    What is sent by POST must tell a purpose where names go out. An address (GET) may: programs have long asked without
    one, and then journal and file say that nobody has told it.
    """
    export = _prepared(layer_name, ending, asked, access)
    if asked.must_tell_purpose:
        require_purpose(export)
    return ExportResponse(database(request), export, outgoing_folder(request.app.state.settings))


def about_file(layer_name: str, ending: str, asked: Asked, request: Request, access: Access) -> Response:
    """数据说明 of a file that is not made: for the question before it, and beside formats that have no place for it.

    ``wants_purpose``: whether the one who takes it is asked for whom and what for.
    """
    export = _prepared(layer_name, ending, asked, access)
    counts = count_rows(access.session, export.layer, export.wanted, access.actor.scope)
    export = replace(export, counts=counts)
    name = f"{export.file_name}{METADATA_SUFFIX}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    told = metadata(export) | {"wants_purpose": export.wants_purpose}
    language = language_of(request, access.person)
    told["notes"] = [translate(note, language) for note in told["notes"]]
    told["filter_text"] = filter_in_words(access.session, export.wanted, language)
    return JSONResponse(told, headers=headers)


def _prepared(layer_name: str, ending: str, asked: Asked, access: Access) -> Export:
    layer = layer_named(layer_name)
    return prepare(
        access.session,
        access.actor,
        layer=layer,
        format=format_of(ending),
        wanted=parse_filter(asked.values, layer=layer, actor=access.actor),
        crs=asked.crs,
        public=asked.public,
        purpose=asked.purpose,
    )


def _add_routes(layer_name: str) -> None:
    def list_rows(request: Request, access: Viewer) -> Response:
        return rows_page(layer_name, request, access)

    def get_file(ending: str, request: Request, access: Taker) -> Response:
        params = request.query_params
        asked = Asked(
            query_values(params, besides=_FILE),
            params.get("crs") or None,
            flag(params, "public"),
            params.get("purpose"),
        )
        if ending.endswith(METADATA_SUFFIX):
            return about_file(layer_name, ending.removesuffix(METADATA_SUFFIX), asked, request, access)
        return file_of(layer_name, ending, asked, request, access)

    def post_file(ending: str, asked: ExportBody, request: Request, access: Taker) -> Response:
        wanted = Asked(asked.filter_values(), asked.crs, asked.public, asked.purpose, must_tell_purpose=True)
        return file_of(layer_name, ending, wanted, request, access)

    name = layer_name.replace("-", "_")
    label = LAYERS[layer_name].label
    router.add_api_route(
        f"/{layer_name}", list_rows, name=f"list_{name}", summary=f"{label}：分页列表", dependencies=[READS_ADDRESS]
    )
    path = f"/{layer_name}.{{ending}}"
    router.add_api_route(
        path, get_file, name=f"{name}_file", summary=f"{label}：导出文件", dependencies=[READS_ADDRESS]
    )
    router.add_api_route(
        path, post_file, methods=["POST"], name=f"{name}_file_by_body", summary=f"{label}：按多边形等条件导出文件"
    )


for _name in LAYERS:
    _add_routes(_name)
