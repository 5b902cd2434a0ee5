"""Errors become answers here and nowhere else: problem+json for programs, a page in the frame for people.

Only sentences that were written for the user leave the service; of anything unforeseen the answer tells the request
id, under which the log has the rest.
"""

import tempfile
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, unquote, urlsplit

import anyio
import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match

from geo_housing.accounts.access import request_id
from geo_housing.accounts.rendering import language_of, remember_frame, render_outside
from geo_housing.disk import refusal_of_disk
from geo_housing.edge.validation import faults_of
from geo_housing.errors import Fault, GeoHousingError, NotSignedIn
from geo_housing.translation import translate

log = structlog.get_logger("geo_housing.edge")

Handler = Callable[[Request, Exception], Awaitable[Response]]
# Of Starlette's own refusals: what the page or the program is told.
HTTP_TITLES = {
    404: ("没有找到", "没有这个地址。请检查网址，或从菜单进入。"),
    405: ("方法不允许", "这个地址不支持该请求方法。"),
    406: ("无法按此格式回答", "这个地址不提供所要求的格式。"),
    413: ("超出限制", "上传的内容太大。请分成几份，或在服务器上用命令行装入。"),
}
# Answered to programs even without an Accept header; everything else is a page.
PROGRAM_PATHS = ("/api/", "/tiles/", "/ogc", "/static/", "/healthz", "/readyz", "/metrics")
# Of the narrowest ids (int); a longer number of digits is not even read.
MOST_ID = 2**31 - 1
LONGEST_ID = 19
# Faults in one answer; the report of a load holds all.
MOST_FAULTS = 1000


@dataclass(frozen=True)
class Problem:
    """One refusal as the client gets it (RFC 9457)."""

    status: int
    title: str
    detail: str
    faults: Sequence[Fault] = ()

    def body(self, request: Request) -> dict[str, Any]:
        """The JSON object."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": [asdict(fault) for fault in self.faults],
            "request_id": request_id(request),
        }


def add_handlers(app: FastAPI) -> None:
    """Register the table of errors with the application."""
    for kind, handler in (
        (GeoHousingError, _own),
        (RequestValidationError, _validation),
        (HTTPException, _http),
        (PoolTimeout, _busy),
        (DBAPIError, _database),
        # COPY runs below SQLAlchemy.
        (psycopg.Error, _database),
        (OSError, _unforeseen),
    ):
        app.add_exception_handler(kind, _within_frame(cast(Handler, handler)))


def _within_frame(handler: Handler) -> Handler:
    """``handler`` after the page's frame has been looked up: a refusal is a page like any other, with county and menu."""

    async def handled(request: Request, error: Exception) -> Response:
        await look_up_frame(request, error)
        return await handler(request, error)

    return handled


async def look_up_frame(request: Request, error: Exception) -> None:
    """Find out for the page of a refusal who asks and what stands around it; without that the page says less."""
    without = (NotSignedIn, PoolTimeout, OperationalError)
    if isinstance(error, without) or _is_program(request) or "hx-request" in request.headers:
        return
    try:
        # Few at a time and in threads of their own: refusals may not take connections from what is being done.
        await anyio.to_thread.run_sync(remember_frame, request, limiter=request.app.state.frames)
    except (GeoHousingError, SQLAlchemyError):
        log.info("frame_unknown", request_id=request_id(request))


def unforeseen(request: Request, error: Exception) -> Response:
    """The answer to an error that nobody foresaw; its text stays here, since it may hold anything."""
    log_unforeseen(request, error)
    if refusal := refusal_of_disk(error, *_places(request)):
        return answer(request, Problem(503, refusal.title, refusal.sentence))
    number = request_id(request)
    return answer(request, Problem(500, "系统出错", f"操作未完成，没有保存。请把编号 {number} 告诉系统管理员。"))


def _places(request: Request) -> tuple[Path, ...]:
    """Where the service writes."""
    return (request.app.state.settings.home, Path(tempfile.gettempdir()))


def log_unforeseen(request: Request, error: BaseException) -> None:
    """Log kind and place of an error, never its message or values: they may hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    log.error(
        "unforeseen",
        request_id=request_id(request),
        kind=type(error).__qualname__,
        sqlstate=getattr(getattr(error, "orig", None), "sqlstate", None),
        at=[f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
    )


def answer(request: Request, problem: Problem) -> Response:
    """``problem`` in the form that this client reads."""
    problem = _in_language(request, problem)
    headers: dict[str, str] = {}
    if problem.status == 401:
        if not _is_program(request):
            return _to_sign_in(request)
        headers["WWW-Authenticate"] = _challenge(request)
    if problem.status == 503:
        headers["Retry-After"] = "10"
    if _is_program(request) or "hx-request" in request.headers:
        body = problem.body(request)
        return JSONResponse(body, problem.status, headers=headers, media_type="application/problem+json")
    return render_outside(request, "error.html", problem=problem, status_code=problem.status)


def _in_language(request: Request, problem: Problem) -> Problem:
    language = language_of(request, getattr(request.state, "person", None))
    # A column is a heading of somebody's file, or the name of a field: it stays.
    faults = tuple(
        replace(fault, sentence=translate(fault.sentence, language)) for fault in problem.faults[:MOST_FAULTS]
    )
    return Problem(problem.status, translate(problem.title, language), translate(problem.detail, language), faults)


def is_program_path(path: str) -> bool:
    """Whether programs, not people, ask for this path."""
    return path.startswith(PROGRAM_PATHS)


def _is_program(request: Request) -> bool:
    if is_program_path(request.url.path):
        # /api/docs is a page for people.
        return not request.url.path.startswith("/api/docs")
    accepted = request.headers.get("accept", "")
    return "json" in accepted and "html" not in accepted


def _challenge(request: Request) -> str:
    # Desktop GIS sends its password only when asked by Basic; a browser would open a box of its own.
    by_browser = "sec-fetch-mode" in request.headers
    return 'Bearer realm="geo-housing"' if by_browser else 'Basic realm="geo-housing", Bearer realm="geo-housing"'


def _to_sign_in(request: Request) -> Response:
    if "hx-request" in request.headers:
        # The page stays where it is in the bar: that is where the person wants to return to.
        here = _own_page(request.headers.get("hx-current-url", ""))
        return Response(status_code=401, headers={"HX-Redirect": _sign_in_address(here, is_lost=_is_lost(request))})
    if request.method in ("GET", "HEAD"):
        return RedirectResponse(_sign_in_address(_whole(request.url.path, request.url.query)), 303)
    # Nothing of what was sent is kept, neither here nor in an address: the form's page is where it is filled in again.
    here = _form_page(request)
    return RedirectResponse(_sign_in_address(here, is_lost=_is_lost(request)), 303)


def _is_lost(request: Request) -> bool:
    """Whether something was sent that is recorded nowhere; who wanted to sign out has lost nothing."""
    return request.method not in ("GET", "HEAD") and request.url.path != "/sign-out"


def _form_page(request: Request) -> str:
    """The page on which a form was sent; of one that was shown anew at the form's own address, which nobody can open, the page above."""
    try:
        here = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return ""
    if here.netloc != request.headers.get("host", ""):
        return ""
    path = here.path
    while path and not _can_open(request, path):
        path = path.rpartition("/")[0]
    return _whole(path, here.query if path == here.path else "")


def _can_open(request: Request, path: str) -> bool:
    asked = {**request.scope, "method": "GET", "path": unquote(path), "root_path": ""}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)


def _own_page(address: str) -> str:
    try:
        here = urlsplit(address)
    except ValueError:
        return ""
    return _whole(here.path, here.query)


def _whole(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


def _sign_in_address(here: str, *, is_lost: bool = False) -> str:
    said = [f"next={quote(here, safe='')}"] if here not in ("", "/") else []
    said += ["lost=1"] if is_lost else []
    return f"/sign-in?{'&'.join(said)}" if said else "/sign-in"


async def _own(request: Request, error: GeoHousingError) -> Response:
    if isinstance(error, NotSignedIn):
        log.info("not_signed_in", request_id=request_id(request))
    return answer(request, Problem(error.status, error.title, error.sentence, error.faults))


def _names_no_row(request: Request) -> bool:
    """Whether a number in the address is beyond all that are ever given: there is no such thing, as with any other."""
    # A template may have made a number of it already.
    numbers = [str(value) for name, value in request.path_params.items() if name.endswith("_id")]
    return any(len(text) > LONGEST_ID or int(text) > MOST_ID for text in numbers if text.isascii() and text.isdigit())


async def _validation(request: Request, error: RequestValidationError) -> Response:
    if all(item["loc"][0] == "path" for item in error.errors()):
        # /events/abc: an address like any other that is not there.
        return answer(request, Problem(404, *HTTP_TITLES[404]))
    faults = faults_of(error)
    detail = "；".join(f"{fault.column}：{fault.sentence}" if fault.column else fault.sentence for fault in faults[:3])
    return answer(request, Problem(422, "输入有误", detail or "输入的内容无法识别。", faults))


async def _http(request: Request, error: HTTPException) -> Response:
    if isinstance(error.__cause__, OSError):
        # An upload that could not be put aside: FastAPI calls it a body that cannot be read.
        return unforeseen(request, error.__cause__)
    title, detail = HTTP_TITLES.get(error.status_code, ("请求未完成", "请求无法处理，请检查后重试。"))
    response = answer(request, Problem(error.status_code, title, detail))
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


async def _busy(request: Request, error: PoolTimeout) -> Response:
    log.error("pool_exhausted", request_id=request_id(request))
    return answer(request, Problem(503, "服务繁忙", "现在办理的人太多，请稍等几秒再试。"))


async def _unforeseen(request: Request, error: Exception) -> Response:
    return unforeseen(request, error)


async def _database(request: Request, error: DBAPIError | psycopg.Error) -> Response:
    orig = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(orig, "sqlstate", None)
    if state == "57014":
        log_unforeseen(request, error)
        return answer(request, Problem(503, "查询超时", "查询用时太长，已停止，没有保存任何内容。请缩小范围后重试。"))
    if state in ("40001", "40P01", "55P03"):
        return answer(request, Problem(409, "与当前状态冲突", "有人同时在改同样的内容，您的操作未保存。请刷新后重试。"))
    if isinstance(orig, psycopg.DataError) and _names_no_row(request):
        return answer(request, Problem(404, *HTTP_TITLES[404]))
    if state == "54000":
        # Longer than an index entry may be: a name of a megabyte.
        log_unforeseen(request, error)
        return answer(request, Problem(422, "输入有误", "输入里有一项内容太长，无法保存。请缩短后重试。"))
    if isinstance(orig, psycopg.DataError) and (state is None or state.startswith("22")):
        # A NUL, a number beyond its column, a day beyond the calendar: what was sent cannot be stored or looked up.
        log_unforeseen(request, error)
        return answer(
            request, Problem(422, "输入有误", "输入里有超出范围的数字、日期或不可见的控制字符，请改正后重试。")
        )
    if state == "23505":
        # Somebody pressed at the same moment: what they stored stands, ours is not stored twice.
        log_unforeseen(request, error)
        return answer(request, Problem(409, "与当前状态冲突", "同样的内容刚刚已经保存，没有重复保存。请刷新后查看。"))
    if isinstance(orig, psycopg.OperationalError) and refusal_of_disk(error, *_places(request)) is None:
        log_unforeseen(request, error)
        return answer(request, Problem(503, "服务未就绪", "暂时连不上数据库，操作没有保存。请稍后重试。"))
    return unforeseen(request, error)
