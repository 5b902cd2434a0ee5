"""Files that people take from a page: by POST, because for whom and what for must stand in no address."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form, Request
from starlette.datastructures import QueryParams
from starlette.responses import Response

from geo_housing.accounts.access import Access, requires
from geo_housing.exports.asked import query_values
from geo_housing.exports.router import Asked, file_of
from geo_housing.exports.service import EXPORT

router = APIRouter(include_in_schema=False)

Taker = Annotated[Access, requires(EXPORT)]


@router.post("/export/{layer_name}.{ending}")
def take_file(
    layer_name: str,
    ending: str,
    request: Request,
    access: Taker,
    asked: Annotated[str, Form()] = "",
    crs: Annotated[str, Form()] = "",
    purpose: Annotated[str, Form()] = "",
    public: Annotated[str, Form()] = "",
) -> Response:
    """A file of the filter ``asked`` (as it stands in an address), with the purpose that goes into the journal."""
    params = QueryParams(parse_qsl(asked))
    wanted = Asked(
        query_values(params, besides=frozenset()), crs or None, bool(public), purpose, must_tell_purpose=True
    )
    return file_of(layer_name, ending, wanted, request, access)
