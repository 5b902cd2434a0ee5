"""Requests that bring zones: a file as multipart form, or a drawing or chosen divisions as JSON."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from geo_housing.accounts.access import FORM_TYPES
from geo_housing.errors import BadInput, TooLarge
from geo_housing.files.service import safe_name
from geo_housing.numbers import whole_number
from geo_housing.response.schemas import EventBody
from geo_housing.response.zones.answers import Given

MOST_FILE_BYTES = 256 << 20
MOST_JSON_BYTES = 32 << 20
_FIELDS = (
    "name",
    "kind",
    "level",
    "mode",
    "buffer_m",
    "crs",
    "layer",
    "client_id",
    "revision",
    "adds",
    "even_if_known",
)


@dataclass(frozen=True)
class Posted:
    """What a request brings: a file with its name, or a JSON body; and what is stated beside it."""

    given: Given
    file: BinaryIO | None
    file_name: str
    body: EventBody | None


async def posted(request: Request) -> Posted:
    """The request's zones, whichever way they come."""
    # Whatever kind of form: its body has been taken in as a form already (access.py), and cannot be read as JSON.
    if request.headers.get("content-type", "").startswith(FORM_TYPES):
        return _of_form(await request.form())
    if int(request.headers.get("content-length") or 0) > MOST_JSON_BYTES:
        raise TooLarge("绘制的图形太大，请改为上传文件。")
    try:
        body = EventBody.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        raise RequestValidationError([{**item, "loc": ("body", *item["loc"])} for item in error.errors()]) from None
    given = Given(
        name=body.name,
        kind=body.kind,
        level=body.level,
        mode=body.mode,
        buffer_m=body.buffer_m,
        client_id=body.client_id,
        revision=body.revision,
        adds=body.adds,
    )
    return Posted(given, None, "", body)


def _of_form(form: FormData) -> Posted:
    uploaded = form.get("file")
    if not isinstance(uploaded, UploadFile) or not uploaded.filename:
        raise BadInput("没有收到文件，请选择一个影响范围文件后再提交。")
    # A misspelt one would be left out without a word: a buffer that never was.
    if unknown := sorted(set(form.keys()) - {"file", "csrf_token", *_FIELDS}):
        raise BadInput(f"没有“{'、'.join(unknown[:5])}”这个字段；可用的有 file、{'、'.join(_FIELDS)}。")
    values: dict[str, Any] = {}
    for name in _FIELDS:
        value = form.get(name)
        if isinstance(value, str) and value.strip():
            values[name] = value.strip()
    if "buffer_m" in values:
        values["buffer_m"] = metres(values["buffer_m"])
    if "revision" in values:
        values["revision"] = revision_of(values["revision"])
    for name in ("adds", "even_if_known"):
        if name in values:
            values[name] = _yes_or_no(name, values[name])
    return Posted(Given(**values), uploaded.file, safe_name(uploaded.filename), None)


def _yes_or_no(name: str, text: str) -> bool:
    if text.lower() not in ("1", "0", "true", "false"):
        raise BadInput(f"{name} 只能是 true 或 false，现在是“{text[:20]}”。")
    return text.lower() in ("1", "true")


def metres(text: str) -> float:
    """Metres as typed; BadInput when it is no number."""
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"缓冲距离“{text[:20]}”应是数字（米）。") from None


def revision_of(text: str) -> int:
    """The number of a revision as sent back; BadInput when it is none."""
    number = whole_number(text)
    if number is None:
        raise BadInput("影响范围的版次不对，请刷新页面后重新提交。")
    return number


@contextmanager
def on_disk(posted: Posted) -> Iterator[Path]:
    """The uploaded file under its own name, for as long as it is read."""
    if posted.file is None:
        raise BadInput("没有收到文件，请选择一个影响范围文件后再提交。")
    if Path(posted.file_name).suffix.lower() == ".shp":
        raise BadInput("Shapefile 由几个文件组成，请把 .shp、.shx、.dbf、.prj 一起打包成 .zip 再上传。")
    with tempfile.TemporaryDirectory(prefix="zones-") as folder:
        path = Path(folder) / posted.file_name
        posted.file.seek(0, 2)
        if posted.file.tell() > MOST_FILE_BYTES:
            raise TooLarge(f"文件超过 {MOST_FILE_BYTES >> 20} MB，请简化图形，或在服务器上用命令行装入。")
        posted.file.seek(0)
        with path.open("wb") as target:
            shutil.copyfileobj(posted.file, target)
        yield path
