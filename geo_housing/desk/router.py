"""JSON API of one house and of the search."""

from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from geo_housing.accounts.access import Access, requires
from geo_housing.accounts.rendering import language_of
from geo_housing.desk.house import house_view
from geo_housing.desk.schemas import HouseChange, HouseOut, LocationChange, LocationOut, SearchAsked, SearchOut
from geo_housing.desk.search import search
from geo_housing.errors import VersionMissing
from geo_housing.houses.register.location import CHECK, settle_location
from geo_housing.houses.register.queries import Point, normal_code
from geo_housing.houses.register.service import edit_house, require_house
from geo_housing.numbers import whole_number

router = APIRouter(prefix="/api/v1", tags=["houses"])

Viewer = Annotated[Access, requires("houses.view")]
Editor = Annotated[Access, requires("houses.edit")]
Checker = Annotated[Access, requires(CHECK)]
IfMatch = Annotated[str | None, Header()]


@router.get("/search")
def get_search(request: Request, access: Viewer, q: str = "") -> SearchOut:
    """Houses, heads (for those allowed), villages and townships by the beginning of a code or name."""
    return SearchOut.of(search(access.session, access.actor, q), language_of(request, access.person))


@router.post("/search", summary="查找（不写进网址）")
def post_search(request: Request, access: Viewer, asked: SearchAsked) -> SearchOut:
    """The same for what is typed into a field: it may be a name, and stands in no address."""
    return SearchOut.of(search(access.session, access.actor, asked.q), language_of(request, access.person))


@router.post("/houses/{code:path}/location")
def post_location(code: str, access: Checker, wanted: LocationChange, if_match: IfMatch = None) -> LocationOut:
    """Say where a house stands; If-Match (or ``version``) is the version that was looked at."""
    version = wanted.version if wanted.version is not None else _version(if_match)
    point = Point(wanted.lon, wanted.lat) if wanted.lon is not None and wanted.lat is not None else None
    settled = settle_location(access.session, access.actor, code, verdict=wanted.verdict, version=version, point=point)
    return LocationOut.of(normal_code(code), settled)


@router.get("/houses/{code:path}")
def get_house(code: str, response: Response, access: Viewer) -> HouseOut:
    """One house, as far as the role may see it; ETag is the version for If-Match. A former code answers, too."""
    return _answer(access, code, response)


@router.patch("/houses/{code:path}")
def patch_house(
    code: str, response: Response, access: Editor, change: HouseChange, if_match: IfMatch = None
) -> HouseOut:
    """Change facts of a house that is still at the version of If-Match; 409 when somebody was quicker."""
    edit_house(access.session, access.actor, code, change.given(), version=_version(if_match))
    return _answer(access, code, response)


def _answer(access: Access, code: str, response: Response) -> HouseOut:
    house = require_house(access.session, code)
    response.headers["ETag"] = f'"{house.version}"'
    return HouseOut.of(house_view(access.session, access.actor, house))


def _version(if_match: str | None) -> int:
    version = whole_number((if_match or "").strip().removeprefix("W/").strip('"'))
    if version is None:
        raise VersionMissing('修改要带 If-Match：先读取房屋，把回答里的 ETag（如 "3"）原样带上。')
    return version
