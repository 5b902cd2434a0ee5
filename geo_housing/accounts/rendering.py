"""Pages: templates, the frame around them, Chinese or English."""

from functools import cache
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse

from geo_housing.accounts.access import Access, names_loopback
from geo_housing.accounts.grants import Person
from geo_housing.accounts.permissions import permissions_of
from geo_housing.settings import PROJECT_FOLDER, Language

TEMPLATES = PROJECT_FOLDER / "web" / "templates"
LANGUAGE_COOKIE = "gh_language"


def render(
    request: Request, access: Access, template: str, *, status_code: int = 200, **context: Any
) -> HTMLResponse:
    """A page for somebody signed in, inside the frame; ``template`` lies under web/templates."""
    return _respond(request, access.person, template, status_code, {"access": access, **context})


def render_outside(request: Request, template: str, *, status_code: int = 200, **context: Any) -> HTMLResponse:
    """A page that needs nobody signed in (sign-in, errors); asks no database."""
    person: Person | None = getattr(request.state, "person", None)
    return _respond(request, person, template, status_code, {"access": None, **context})


def language_of(request: Request, person: Person | None = None) -> Language:
    """Chinese unless the person, or this browser, chose English."""
    chosen = (person.language if person else None) or request.cookies.get(LANGUAGE_COOKIE)
    return "en" if chosen == "en" else "zh"


@cache
def environment(language: Language) -> Environment:
    """The template environment of one language; a missing variable is an error, never an empty place."""
    del language
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html", "svg", "xml")),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _respond(
    request: Request, person: Person | None, template: str, status_code: int, context: dict[str, Any]
) -> HTMLResponse:
    page = environment(language_of(request, person)).get_template(template)
    text = page.render(
        request=request,
        person=person,
        permissions=permissions_of(person.grant.role) if person else frozenset(),
        csrf_token=(person.csrf_token if person else None) or "",
        csp_nonce=getattr(request.state, "csp_nonce", ""),
        is_local=names_loopback(request),
        **context,
    )
    return HTMLResponse(text, status_code)
