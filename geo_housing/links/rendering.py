"""Pages that somebody sees who has no account: a frame of their own, without menu, search and sign-in."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import unquote

from fastapi import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from geo_housing.accounts.access import names_loopback
from geo_housing.accounts.rendering import TOAST_COOKIE, environment, language_of
from geo_housing.inspections.form_content import LABELS, WORDS
from geo_housing.translation import translate
from geo_housing.web_assets import asset

CLOSED_TITLE = "链接打不开"
# Said of any link, so that it tells nothing of one: whoever was fetched and is not home must not be forgotten with it.
CLOSED = (
    "链接可能没有抄全、已过期、已收回，或者这次灾害应急已经结束。请向发链接的乡镇干部要一个新的。"
    "村里还有人在外没有回家，或有情况没有报的，请直接打电话告诉乡镇，由乡镇登记。"
)
TOO_MANY = "试的次数太多，请过十分钟再打开。"


def page(request: Request, template: str, *, status_code: int = 200, csrf_token: str = "", **context: Any) -> Response:
    """A page of the link; ``template`` lies under web/templates."""
    language = language_of(request)
    toast = request.cookies.get(TOAST_COOKIE)
    nothing: Callable[[str], bool] = frozenset[str]().__contains__
    text = (
        environment(language)
        .get_template(template)
        .render(
            request=request,
            language=language,
            csrf_token=csrf_token,
            csp_nonce=getattr(request.state, "csp_nonce", ""),
            toast=unquote(toast) if toast else None,
            asset=asset,
            may=nothing,
            translated=partial(translate, language=language),
            **context,
        )
    )
    response = HTMLResponse(text, status_code)
    if toast:
        response.delete_cookie(TOAST_COOKIE, httponly=True, samesite="lax", secure=not names_loopback(request))
    return response


def closed(request: Request, *, too_many: bool = False) -> Response:
    """The one answer to a link that opens nothing, to people and to their pages' own requests."""
    status, sentence = (429, TOO_MANY) if too_many else (404, CLOSED)
    response: Response
    accepted = request.headers.get("accept", "")
    if "json" in accepted and "html" not in accepted:
        language = language_of(request)
        told = {"title": translate(CLOSED_TITLE, language), "detail": translate(sentence, language), "status": status}
        response = JSONResponse({**told, "closed": not too_many}, status, media_type="application/problem+json")
    else:
        response = page(
            request,
            "links/closed.html",
            status_code=status,
            title=CLOSED_TITLE,
            sentence=sentence,
            labels=LABELS,
            words=WORDS,
        )
    if too_many:
        response.headers["Retry-After"] = "600"
    # The address may hold somebody's token: nothing of this page hands it on.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
