"""Pages: templates, the frame around them, Chinese or English, toasts after a redirect.

Every template gets ``frame`` (see Frame), ``person``, ``permissions`` (a set), ``may(permission)``, ``csrf_token`` (for
forms and the X-CSRF-Token header), ``csp_nonce`` (inline scripts need it), ``language``, ``toast``, ``asset(path)``
(address of a file under web/static), ``base_map()`` (for small maps), ``access`` and ``request``; the filters ``moment``,
``day``, ``empty``, ``device``, ``said`` (``_()`` as a filter, for lists) and ``said_values`` (for the labels of a list).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Any
from urllib.parse import quote, unquote

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import escape
from starlette.responses import HTMLResponse, RedirectResponse

from geo_housing.accounts.access import Access, actor_of, database, identify, names_loopback
from geo_housing.accounts.devices import device_name
from geo_housing.accounts.grants import WHOLE_DATABASE, Person
from geo_housing.accounts.marks import LatinMarks
from geo_housing.accounts.navigation import Entry, menu_of
from geo_housing.accounts.permissions import permissions_of
from geo_housing.areas.queries import surroundings
from geo_housing.base_map import for_browser
from geo_housing.clock import BEIJING, now
from geo_housing.errors import GeoHousingError
from geo_housing.journal.people import person
from geo_housing.own_code import PROJECT_FOLDER
from geo_housing.settings import Language
from geo_housing.translation import choose, translate, translate_counted
from geo_housing.web_assets import asset
from geo_housing.words import ROLE

TEMPLATES = PROJECT_FOLDER / "web" / "templates"
LANGUAGE_COOKIE = "gh_language"
TOAST_COOKIE = "gh_toast"
TOAST_SECONDS = 60
MOST_TOAST = 300


@dataclass(frozen=True)
class Frame:
    """What stands around a page: whose county, who, where, and the menu.

    ``paths`` are the addresses that exist: search and the line of the open event appear with their pages.
    """

    county: str | None
    area: str | None
    role: str | None
    menu: tuple[Entry, ...]
    path: str
    is_demo: bool
    paths: frozenset[str] = frozenset()


def render(request: Request, access: Access, template: str, *, status_code: int = 200, **context: Any) -> HTMLResponse:
    """A page for somebody signed in, inside the frame; ``template`` lies under web/templates."""
    frame = _frame_of(request, access)
    # An error page that follows in the same request has no session any more.
    request.state.frame = frame
    return _respond(request, access.person, frame, template, status_code, {"access": access, **context})


def render_outside(request: Request, template: str, *, status_code: int = 200, **context: Any) -> HTMLResponse:
    """A page that needs nobody signed in (sign-in, errors); asks no database."""
    person: Person | None = getattr(request.state, "person", None)
    frame: Frame | None = getattr(request.state, "frame", None)
    return _respond(
        request, person, frame or _bare_frame(request, person), template, status_code, {"access": None, **context}
    )


def remember_frame(request: Request) -> None:
    """Look up who asks and what stands around their page, for a page that is made outside of any transaction: a refusal.

    NotSignedIn when their session has ended.
    """
    person = getattr(request.state, "person", None) or identify(request)
    if person is None or getattr(request.state, "frame", None) is not None:
        return
    request.state.person = person
    actor = actor_of(request, person)
    with database(request).transaction(actor) as session:
        request.state.frame = _frame_of(request, Access(session, actor, person))


def redirect(path: str, *, request: Request, toast: str | None = None) -> RedirectResponse:
    """After a change: to the page that shows it, which says ``toast`` once, in the reader's language."""
    response = RedirectResponse(path, 303)
    if toast:
        response.set_cookie(
            TOAST_COOKIE,
            quote(toast[:MOST_TOAST]),
            max_age=TOAST_SECONDS,
            httponly=True,
            samesite="lax",
            secure=not names_loopback(request),
        )
    return response


def language_of(request: Request, person: Person | None = None) -> Language:
    """Chinese unless the person, or this browser, chose English."""
    chosen = (person.language if person else None) or request.cookies.get(LANGUAGE_COOKIE)
    return "en" if chosen == "en" else "zh"


@cache
def environment(language: Language) -> Environment:
    """The template environment of one language; a missing variable is an error, never an empty place."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html", "svg", "xml")),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", *([LatinMarks] if language == "en" else [])],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    sentences = _sentences_in(language)
    made.install_gettext_callables(  # type: ignore[attr-defined] # added by the extension
        sentences, partial(translate_counted, language=language), newstyle=False
    )
    # The extension's own looks "gettext" up anew for each of a page's hundreds of sentences.
    made.globals["_"] = sentences
    said = partial(translate, language=language)
    made.filters.update(moment=moment, day=day, empty=empty, device=device_name, said=said)
    made.filters["person"] = lambda actor: translate(person(actor), language)
    made.filters["said_values"] = lambda labels: {code: said(label) for code, label in labels.items()}
    return made


def _sentences_in(language: Language) -> Callable[..., str]:
    """``_("…")`` and ``_("… %(name)s …", name=value)`` of the templates.

    Jinja's own would take every text for trusted HTML and for a format, and templates pass texts here that people have
    typed: a refusal repeats what was asked for, the journal shows what was written. These stay texts.
    """

    @pass_context
    def sentence(context: Context, text: object, **values: Any) -> str:
        said = translate(text, language) if isinstance(text, str) else str(text)
        if not values:
            return said
        said = choose(said, values)
        return escape(said) % values if context.eval_ctx.autoescape else said % values

    return sentence


def moment(value: datetime | None) -> str:
    """A moment as screens show it: 07-12 02:41, with the year only where it is not this one; none is —."""
    if value is None:
        return "—"
    local = value.astimezone(BEIJING)
    return local.strftime("%m-%d %H:%M" if local.year == now().year else "%Y-%m-%d %H:%M")


def day(value: date | None) -> str:
    """An official day as screens show it: 2026-11-24; none is —."""
    return "—" if value is None else value.isoformat()


def empty(value: object) -> object:
    """— for nothing."""
    return "—" if value is None or value == "" else value


def page_paths(request: Request) -> frozenset[str]:
    """The addresses without parameters that the application answers."""
    found: frozenset[str] = request.app.state.page_paths
    return found


def _respond(
    request: Request, person: Person | None, frame: Frame, template: str, status_code: int, context: dict[str, Any]
) -> HTMLResponse:
    language = language_of(request, person)
    permissions = permissions_of(person.grant.role) if person else frozenset[str]()
    may: Callable[[str], bool] = permissions.__contains__
    toast = request.cookies.get(TOAST_COOKIE)
    text = (
        environment(language)
        .get_template(template)
        .render(
            request=request,
            person=person,
            permissions=permissions,
            may=may,
            frame=frame,
            language=language,
            csrf_token=(person.csrf_token if person else None) or "",
            csp_nonce=getattr(request.state, "csp_nonce", ""),
            toast=unquote(toast) if toast else None,
            asset=asset,
            base_map=partial(for_browser, request.app.state.settings.base_map),
            **context,
        )
    )
    response = HTMLResponse(text, status_code)
    if toast:
        response.delete_cookie(TOAST_COOKIE, httponly=True, samesite="lax", secure=not names_loopback(request))
    return response


def _frame_of(request: Request, access: Access) -> Frame:
    grant = access.person.grant
    around = surroundings(access.session, grant.area_code)
    return Frame(
        county=around.county,
        area="全库" if grant.area_code == WHOLE_DATABASE else around.area or grant.area_code,
        role=ROLE.label(grant.role),
        menu=tuple(menu_of(access.actor.permissions, page_paths(request))),
        path=request.url.path,
        is_demo=around.has_demo,
        paths=page_paths(request),
    )


def _bare_frame(request: Request, person: Person | None) -> Frame:
    permissions = permissions_of(person.grant.role) if person else frozenset[str]()
    menu = tuple(menu_of(permissions, page_paths(request))) if person else ()
    role = ROLE.label(person.grant.role) if person else None
    return Frame(None, None, role, menu, request.url.path, False)


def status_of(error: GeoHousingError | None) -> int:
    """With which status a page answers that shows a refusal beside what was typed; 200 without one."""
    return 200 if error is None else error.status
