"""The outermost layer of every request: its id, security headers, one log line, metrics, the limit of its size.

Plain ASGI, because Starlette's BaseHTTPMiddleware would hide a client's disconnect from streams.
"""

import re
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import anyio
import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_housing.accounts.access import SAFE_METHODS, SESSION_COOKIE, identify
from geo_housing.edge.metrics import Metrics
from geo_housing.edge.problems import Problem, answer, log_unforeseen, look_up_frame, unforeseen
from geo_housing.errors import NotSignedIn
from geo_housing.links.recognition import LINK_COOKIE, LINK_PATH, is_link_open
from geo_housing.settings import BaseMap

log = structlog.get_logger("geo_housing.edge")

# A ledger of a million houses is some 200 MB; beyond this the command line reads the file where it lies.
MOST_BYTES = 1 << 30
# What is not a file is held in memory as a whole; a drawing of a million vertices fits.
MOST_BYTES_IN_MEMORY = 32 << 20
# What somebody may send of whom nothing is known: a sign-in form. Beyond it their cookie or token must hold.
MOST_BYTES_UNKNOWN = 1 << 16
# The photos of one house by a village's link, as a plain form.
MOST_BYTES_LINK = 256 << 20
# A client that sends nothing for so long, or less than a modem, is given up: it keeps a connection and space on disk.
SILENCE_S = 30.0
LEAST_BYTES_A_SECOND = 500
GRACE_S = 60.0
# Watchers ask these by HEAD. Nowhere else: many a GET journals what was read.
ANSWERS_HEAD = frozenset({"/", "/sign-in", "/healthz", "/readyz"})
GIVEN_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


@dataclass
class _Answered:
    """What is known of the answer while it goes out."""

    status: int = 0
    started: bool = False
    bytes: int = 0
    began: float = field(default_factory=time.perf_counter)


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, base_map: BaseMap) -> None:
        self.app = app
        self.metrics = metrics
        self.image_hosts = _image_hosts(base_map)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request; other scopes pass."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = _request_id(Headers(scope=scope))
        state["csp_nonce"] = secrets.token_urlsafe(16)
        answered = _Answered()
        try:
            await self._serve(scope, receive, send, answered)
        finally:
            self._note(scope, answered)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, answered: _Answered) -> None:
        asked = scope
        is_head = scope["method"] == "HEAD" and scope["path"] in ANSWERS_HEAD
        if is_head:
            # The server still knows the method that was asked.
            scope = {**scope, "method": "GET"}

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.started = True
                answered.status = message["status"]
                self._add_headers(scope, MutableHeaders(scope=message))
            elif message["type"] == "http.response.body":
                if is_head:
                    message = {**message, "body": b""}
                answered.bytes += len(message.get("body", b""))
            await send(message)

        request = Request(scope)
        counted = _Counted(receive, request)
        try:
            headers = Headers(scope=scope)
            if "content-length" in headers and "transfer-encoding" in headers:
                # A proxy in front may read the other of the two: what follows would be a request of nobody's.
                raise _Refused(_AMBIGUOUS)
            stated = headers.get("content-length", "")
            if stated.isdigit() and int(stated) > counted.most:
                raise _Refused(_too_large(counted.most))
            if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
                await answer(request, _UNREADABLE)(scope, receive, send_on)
                return
            await self.app(scope, counted, send_on)
        except _Refused as refused:
            if answered.started:
                raise
            refusal = answer(request, refused.problem)
            # The rest of the body is not read: the connection cannot be used again.
            refusal.headers["Connection"] = "close"
            await refusal(scope, receive, send_on)
        except Exception as error:  # noqa: BLE001 (the edge: whatever it is, the client gets no text of it)
            if answered.started:
                log_unforeseen(request, error)
                # The answer must look broken, not finished; the text of the error stays out of uvicorn's log.
                raise AnswerBrokenOff from None
            # Half a character (a lone surrogate) can be sent in JSON, but neither stored nor answered.
            await look_up_frame(request, error)
            is_half = isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed"
            told = answer(request, _UNREADABLE) if is_half else unforeseen(request, error)
            await told(scope, receive, send_on)
        finally:
            if is_head and "route" in scope:
                asked["route"] = scope["route"]

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        state = scope["state"]
        headers["X-Request-ID"] = state["request_id"]
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("X-Frame-Options", "SAMEORIGIN")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=(), payment=()")
        headers.setdefault("Content-Security-Policy", self._content_policy(state["csp_nonce"]))
        # Office computers are shared: nothing of the register may stay in a browser's cache by default.
        headers.setdefault("Cache-Control", "private, no-store")
        if scope["scheme"] == "https":
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")

    def _content_policy(self, nonce: str) -> str:
        return "; ".join(
            (
                "default-src 'self'",
                f"script-src 'self' 'nonce-{nonce}'",
                # Widths of bars and positions of map layers are style attributes.
                "style-src 'self' 'unsafe-inline'",
                f"img-src 'self' data: blob:{self.image_hosts}",
                "worker-src 'self' blob:",
                f"connect-src 'self'{self.image_hosts}",
                "object-src 'none'",
                "base-uri 'none'",
                "form-action 'self'",
                "frame-ancestors 'self'",
            )
        )

    def _note(self, scope: Scope, answered: _Answered) -> None:
        route = getattr(scope.get("route"), "path", None) or "unmatched"
        seconds = time.perf_counter() - answered.began
        self.metrics.note(scope["method"], route, answered.status, seconds)
        person = scope["state"].get("person")
        # The route, not the path: a path may hold a first link's token.
        log.info(
            "request",
            request_id=scope["state"]["request_id"],
            method=scope["method"],
            route=route,
            status=answered.status,
            ms=round(seconds * 1000, 1),
            bytes=answered.bytes,
            user_id=person.user_id if person else None,
        )


class AnswerBrokenOff(Exception):
    """An answer failed after its first byte was sent."""


class _Refused(BaseException):
    """No Exception: FastAPI would take it for a body that it cannot read, and answer 400 with a useless sentence."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class _Counted:
    """``receive`` that gives up a body which is too large, too slow, or large and from nobody."""

    def __init__(self, receive: Receive, request: Request) -> None:
        self.receive = receive
        self.request = request
        self.most = _most_bytes(request.scope)
        self.taken = 0
        self.is_known = False
        self.is_whole = False
        self.began = time.monotonic()

    async def __call__(self) -> Message:
        if self.is_whole:
            # What comes now is the client's leaving, whenever that is.
            return await self.receive()
        try:
            with anyio.fail_after(SILENCE_S):
                message = await self.receive()
        except TimeoutError:
            raise _Refused(_TOO_SLOW) from None
        if message["type"] == "http.request":
            self.taken += len(message.get("body", b""))
            self.is_whole = not message.get("more_body", False)
            await self._check()
        return message

    async def _check(self) -> None:
        if self.taken > self.most:
            raise _Refused(_too_large(self.most))
        if time.monotonic() - self.began > GRACE_S + self.taken / LEAST_BYTES_A_SECOND:
            raise _Refused(_TOO_SLOW)
        if self.taken > MOST_BYTES_UNKNOWN and not self.is_known:
            # Once, and only for what is large: whoever makes up a cookie may not fill the disk.
            await self._look_up()
            self.is_known = True

    async def _look_up(self) -> None:
        try:
            is_known = await anyio.to_thread.run_sync(_is_known, self.request)
        except NotSignedIn as error:
            raise _Refused(Problem(401, error.title, error.sentence)) from None
        except SQLAlchemyError:
            raise _Refused(Problem(503, "服务未就绪", "暂时连不上数据库，操作没有保存。请稍后重试。")) from None
        if not is_known:
            raise _Refused(_too_large(MOST_BYTES_UNKNOWN))


def _is_known(request: Request) -> bool:
    return is_link_open(request) or identify(request) is not None


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if GIVEN_REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _most_bytes(scope: Scope) -> int:
    headers = Headers(scope=scope)
    if scope["method"] in SAFE_METHODS:
        return MOST_BYTES_UNKNOWN
    cookies = headers.get("cookie", "")
    if scope["path"].startswith(LINK_PATH) and f"{LINK_COOKIE}=" in cookies:
        return MOST_BYTES_LINK
    known = "authorization" in headers or f"{SESSION_COOKIE}=" in cookies
    if not known:
        return MOST_BYTES_UNKNOWN
    return MOST_BYTES if headers.get("content-type", "").startswith("multipart/form-data") else MOST_BYTES_IN_MEMORY


# No name, code or word holds a NUL, and no column of the database could.
_UNREADABLE = Problem(422, "输入有误", "输入的内容里有不可见的控制字符或残缺的字符，请重新输入。")


_AMBIGUOUS = Problem(400, "请求未完成", "请求里有两个互相矛盾的长度，无法处理。")
_TOO_SLOW = Problem(408, "传得太慢", "上传中断或太慢，没有保存。请检查网络后重试，或分成几份上传。")


def _too_large(most: int) -> Problem:
    if most == MOST_BYTES_UNKNOWN:
        return Problem(401, "请先登录", "上传之前请先登录，或在请求中带上 API 令牌。")
    if most == MOST_BYTES_LINK:
        return Problem(413, "超出限制", f"一次上传的照片超过 {most >> 20} MB。请分几次上传。")
    if most == MOST_BYTES_IN_MEMORY:
        return Problem(413, "超出限制", f"提交的内容超过 {most >> 20} MB。图形太大时请改为上传文件。")
    return Problem(413, "超出限制", f"上传的内容超过 {most >> 30} GB。请分成几份，或在服务器上用命令行装入。")


def _image_hosts(base_map: BaseMap) -> str:
    """The one foreign host that may be asked for pictures: the base map that the county has set, if any."""
    if base_map.kind == "tianditu":
        return " https://*.tianditu.gov.cn"
    if base_map.kind == "url" and base_map.url:
        parts = urlsplit(base_map.url)
        return f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}"
    return ""
