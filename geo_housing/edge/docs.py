"""The description of the API, for programs (/api/openapi.json) and for people (/api/docs), without another host (D18)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from geo_housing.accounts.access import identify
from geo_housing.accounts.rendering import render_outside
from geo_housing.edge.metrics import signed_in_or_local

router = APIRouter(prefix="/api", include_in_schema=False)

METHODS = ("get", "post", "put", "patch", "delete")
SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "API 令牌"},
    "basic": {"type": "http", "scheme": "basic", "description": "QGIS、GDAL：令牌作为密码，用户名任意"},
    "session": {"type": "apiKey", "in": "cookie", "name": "gh_session", "description": "登录后的浏览器"},
}
# Every refusal of every operation, as problems.py writes it (RFC 9457).
REFUSED = {
    "description": "未完成：title 和 detail 说明原因和办法，errors 逐处列出",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_TEXT_OR_NULL = {"type": ["string", "null"]}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "line": {"type": ["integer", "null"]},
                    "column": _TEXT_OR_NULL,
                    "value": _TEXT_OR_NULL,
                    "sentence": {"type": "string"},
                },
            },
        },
        "request_id": _TEXT_OR_NULL,
    },
}


@dataclass(frozen=True)
class Parameter:
    """One value that an operation takes."""

    name: str
    place: str
    kind: str
    required: bool
    about: str


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    title: str
    about: str
    parameters: tuple[Parameter, ...]
    body: tuple[str, ...]
    answers: tuple[tuple[str, str, str], ...]

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"{self.method}-{self.path}".replace("/", "-").replace("{", "").replace("}", "").lower()


@router.get("/openapi.json")
def schema(request: Request) -> Response:
    """OpenAPI 3.1 of everything that programs may call."""
    signed_in_or_local(request)
    return JSONResponse(_schema(request))


@router.get("/docs")
def docs(request: Request) -> Response:
    """The same as a page."""
    signed_in_or_local(request)
    request.state.person = identify(request)
    described = _schema(request)
    groups: dict[str, list[Operation]] = {}
    for tag, operation in _operations(described):
        groups.setdefault(tag, []).append(operation)
    return render_outside(
        request, "edge/docs.html", groups=sorted(groups.items()), version=described["info"]["version"]
    )


def _schema(request: Request) -> dict[str, Any]:
    described: dict[str, Any] = request.app.openapi()
    described.setdefault("components", {})["securitySchemes"] = SECURITY
    described["security"] = [{name: []} for name in SECURITY]
    described["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    for methods in described["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = REFUSED
    return described


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in described["paths"].items():
        for method in METHODS:
            if method in methods:
                found = methods[method]
                yield (found.get("tags") or ["other"])[0], _operation(method, path, found)


def _operation(method: str, path: str, found: dict[str, Any]) -> Operation:
    title, _, about = str(found.get("description") or found.get("summary") or "").partition("\n")
    parameters = tuple(
        Parameter(
            each["name"],
            each["in"],
            _kind(each.get("schema", {})),
            bool(each.get("required")),
            str(each.get("description") or ""),
        )
        for each in found.get("parameters", ())
    )
    body = tuple(
        f"{media}：{_kind(content.get('schema', {}))}"
        for media, content in found.get("requestBody", {}).get("content", {}).items()
    )
    answers = tuple(
        (status, str(answer.get("description", "")), ", ".join(answer.get("content", {})))
        for status, answer in found.get("responses", {}).items()
    )
    return Operation(method.upper(), path, title.strip(), about.strip(), parameters, body, answers)


def _kind(found: dict[str, Any]) -> str:
    """A schema in a few words."""
    if "$ref" in found:
        return str(found["$ref"]).rpartition("/")[2]
    if "anyOf" in found:
        return " | ".join(_kind(each) for each in found["anyOf"] if each.get("type") != "null")
    if "enum" in found:
        return " | ".join(str(value) for value in found["enum"])
    if found.get("type") == "array":
        return f"[{_kind(found.get('items', {}))}]"
    return str(found.get("format") or found.get("type") or "JSON")
