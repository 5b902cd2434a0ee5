"""The web application, put together. Nothing happens at import: whoever starts it calls ``create_app``."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

import anyio
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from geo_housing import __version__
from geo_housing.accounts import pages as accounts_pages
from geo_housing.accounts import router as accounts_api
from geo_housing.administration import department_pages, journal_pages, settings_pages, users_pages
from geo_housing.administration import router as administration_api
from geo_housing.conclusions import router as conclusions_api
from geo_housing.db import Database
from geo_housing.departments import pages as department_list_pages
from geo_housing.departments import router as department_list_api
from geo_housing.desk import check_pages, house_pages, list_pages, meeting_pages
from geo_housing.desk import pages as desk_pages
from geo_housing.desk import router as desk_api
from geo_housing.duty import pages as duty_pages
from geo_housing.duty import router as duty_api
from geo_housing.edge import docs, health, jobs, metrics, problems
from geo_housing.edge.assets import Assets
from geo_housing.edge.directory import Directory
from geo_housing.edge.requests import Edge
from geo_housing.exports import ogc
from geo_housing.exports import pages as exports_pages
from geo_housing.exports import router as exports_api
from geo_housing.houses.imports import pages as imports_pages
from geo_housing.houses.imports import router as imports_api
from geo_housing.inspections import pages as inspections_pages
from geo_housing.inspections import router as inspections_api
from geo_housing.links import move_pages as links_move_pages
from geo_housing.links import office_pages as links_office_pages
from geo_housing.links import pages as links_pages
from geo_housing.links.attempts import Attempts
from geo_housing.maps import ogc_tiles, paper_pages
from geo_housing.maps import pages as maps_pages
from geo_housing.maps import router as maps_api
from geo_housing.orders import house_pages as order_house_pages
from geo_housing.orders import pages as order_pages
from geo_housing.orders import router as orders_api
from geo_housing.reactions import connect_reactions
from geo_housing.response import behind_pages
from geo_housing.response import pages as response_pages
from geo_housing.response import router as response_api
from geo_housing.response.papers import picture_pages, preseason_pages
from geo_housing.response.standing import pages as standing_pages
from geo_housing.response.steps import calls as calls_pages
from geo_housing.response.steps import calls_api, evacuation_api, evacuation_forms, evacuation_press, full_lists
from geo_housing.response.steps import conclusions as conclusions_pages
from geo_housing.response.steps import course as course_pages
from geo_housing.response.steps import evacuation as evacuation_pages
from geo_housing.response.steps import loose_photos as loose_photo_pages
from geo_housing.response.steps import reports as reports_pages
from geo_housing.response.steps import returned as returned_pages
from geo_housing.response.steps import returned_moves as returned_moves_pages
from geo_housing.response.warnings import message_pages
from geo_housing.response.warnings import pages as warning_pages
from geo_housing.response.warnings import router as warning_router
from geo_housing.response.zones import pages as response_form_pages
from geo_housing.roster import load_pages as roster_load_pages
from geo_housing.roster import pages as roster_pages
from geo_housing.settings import Settings

# The table of contents of the service: one line per router.
ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    metrics.router,
    jobs.router,
    docs.router,
    accounts_api.router,
    accounts_api.tokens_router,
    accounts_pages.router,
    response_api.router,
    response_form_pages.router,
    standing_pages.router,
    picture_pages.router,
    calls_pages.router,
    calls_api.router,
    conclusions_api.router,
    conclusions_pages.router,
    reports_pages.router,
    course_pages.router,
    returned_pages.router,
    returned_moves_pages.router,
    loose_photo_pages.router,
    loose_photo_pages.api_router,
    warning_router.router,
    warning_pages.router,
    message_pages.router,
    links_office_pages.router,
    links_pages.router,
    links_move_pages.router,
    evacuation_api.router,
    full_lists.router,
    evacuation_pages.router,
    evacuation_press.router,
    evacuation_forms.router,
    # After every other page under /events.
    behind_pages.router,
    response_pages.router,
    inspections_api.router,
    inspections_pages.router,
    maps_api.tiles_router,
    maps_api.router,
    maps_pages.router,
    paper_pages.router,
    meeting_pages.router,
    exports_api.router,
    exports_pages.router,
    ogc.router,
    ogc_tiles.router,
    preseason_pages.router,
    roster_load_pages.router,
    roster_pages.router,
    desk_pages.router,
    duty_pages.router,
    duty_api.router,
    order_pages.router,
    order_house_pages.router,
    orders_api.router,
    department_list_pages.router,
    department_list_api.router,
    desk_api.router,
    list_pages.router,
    imports_pages.router,
    imports_api.router,
    check_pages.router,
    # After every other page under /houses: a code may be any text.
    house_pages.router,
    journal_pages.router,
    users_pages.router,
    # Before the settings themselves: a key may be any word.
    department_pages.router,
    settings_pages.router,
    administration_api.router,
)


def create_app(settings: Settings, database: Database) -> FastAPI:
    """The application over ``database``; the caller keeps the database and closes it after the server has stopped."""
    app = FastAPI(
        title="农村住房安全管理平台",
        version=__version__,
        lifespan=_lifespan,
        # The built-in pages of documentation load scripts from another host.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # An address has one spelling; a silent redirect would hide a wrong link and drop a posted body.
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.database = database
    app.state.metrics = metrics.Metrics(database)
    # The rest of the pool stays free for look-ups of sessions and for the security log.
    app.state.admission = anyio.CapacityLimiter(_admitted_at_once(database))
    # Of this process: who has tried links that open nothing.
    app.state.link_attempts = Attempts()
    # Pages of refusals that look up their frame at the same time.
    app.state.frames = anyio.CapacityLimiter(2)
    app.add_middleware(Edge, metrics=app.state.metrics, base_map=settings.base_map)
    problems.add_handlers(app)
    # None is included with a prefix or a dependency of its own: the routes stand as their routers have made them.
    routes = list(_routes(ROUTERS))
    app.router.routes += [Directory(routes), *routes]
    app.mount("/static", Assets())
    app.state.page_paths = frozenset(route.path for route in routes if "GET" in (route.methods or ()))
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    connect_reactions()
    database: Database = app.state.database
    # Refuses to start rather than to serve without the second lock.
    await anyio.to_thread.run_sync(database.check_identity)
    yield


def _routes(routers: Iterable[APIRouter]) -> Iterator[APIRoute]:
    for router in routers:
        for route in router.routes:
            assert isinstance(route, APIRoute), f"{route}: what answers a path is a function of a router"
            yield route


def _admitted_at_once(database: Database) -> int:
    # Each engine overflows to twice its pool size, see db.py.
    return max(1, database.pool_size * 2 - max(1, database.pool_size // 2))
