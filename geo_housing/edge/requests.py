"""The outermost layer of every request: its id, security headers, one log line, metrics, the limit of its size.

Plain ASGI, because Starlette's BaseHTTPMiddleware would hide a client's disconnect from streams.
"""

import re
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_housing.accounts.access import SAFE_METHODS, SESSION_COOKIE
from geo_housing.edge.metrics import Metrics
from geo_housing.edge.problems import Problem, answer, log_unforeseen, look_up_frame, unforeseen
from geo_housing.settings import BaseMap

log = structlog.get_logger("geo_housing.edge")

# A ledger of a million houses is some 200 MB; beyond this the command line reads the file where it lies.
MOST_BYTES = 1 << 30
# What somebody may send who shows neither cookie nor token: a sign-in form.
MOST_BYTES_UNKNOWN = 1 << 16
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
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered.started = True
                answered.status = message["status"]
                self._add_headers(scope, MutableHeaders(scope=message))
            elif message["type"] == "http.response.body":
                answered.bytes += len(message.get("body", b""))
            await send(message)

        most = _most_bytes(scope)
        counted = _Counted(receive, most)
        request = Request(scope)
        try:
            stated = Headers(scope=scope).get("content-length", "")
            if stated.isdigit() and int(stated) > most:
                raise _BodyTooLarge
            if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
                await answer(request, _UNREADABLE)(scope, receive, send_on)
                return
            await self.app(scope, counted, send_on)
        except _BodyTooLarge:
            if answered.started:
                raise
            refusal = answer(request, _refusal(most))
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


class _BodyTooLarge(BaseException):
    """No Exception: FastAPI would take it for a body that it cannot read, and answer 400 with a useless sentence."""


class _Counted:
    """``receive`` that stops a body which turns out longer than allowed."""

    def __init__(self, receive: Receive, most: int) -> None:
        self.receive = receive
        self.left = most

    async def __call__(self) -> Message:
        message = await self.receive()
        if message["type"] == "http.request":
            self.left -= len(message.get("body", b""))
            if self.left < 0:
                raise _BodyTooLarge
        return message


def _request_id(headers: Headers) -> str:
    given = headers.get("x-request-id", "")
    return given if GIVEN_REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _most_bytes(scope: Scope) -> int:
    headers = Headers(scope=scope)
    if scope["method"] in SAFE_METHODS:
        return MOST_BYTES_UNKNOWN
    known = "authorization" in headers or f"{SESSION_COOKIE}=" in headers.get("cookie", "")
    return MOST_BYTES if known else MOST_BYTES_UNKNOWN


# No name, code or word holds a NUL, and no column of the database could.
_UNREADABLE = Problem(422, "输入有误", "输入的内容里有不可见的控制字符或残缺的字符，请重新输入。")


def _refusal(most: int) -> Problem:
    if most == MOST_BYTES_UNKNOWN:
        return Problem(401, "请先登录", "上传之前请先登录，或在请求中带上 API 令牌。")
    return Problem(413, "超出限制", f"上传的内容超过 {most >> 30} GB。请分成几份，或在服务器上用命令行装入。")


def _image_hosts(base_map: BaseMap) -> str:
    """The one foreign host that may be asked for pictures: the base map that the county has set, if any."""
    if base_map.kind == "tianditu":
        return " https://*.tianditu.gov.cn"
    if base_map.kind == "url" and base_map.url:
        parts = urlsplit(base_map.url)
        return f" {parts.scheme}://{parts.netloc.replace('{s}', '*')}"
    return ""
