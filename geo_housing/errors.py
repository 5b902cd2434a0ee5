"""The few errors of the service; app.py and the CLI alone turn them into status and exit codes.

Every message is a sentence that a clerk can act on: what is wrong and what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One bad place in the input: where it stands, what stands there, why it is wrong.

    ``value`` must already be masked when the field holds personal data. ``line`` counts from 1 as a
    spreadsheet shows it (features of a geographic file: their number in the file).
    """

    line: int | None
    column: str | None
    value: str | None
    sentence: str


def differs(field: str, stored: object) -> Fault:
    """One field of a change that came too late; ``stored`` is what stands there now, masked already."""
    return Fault(None, field, None if stored is None else str(stored), "现在存的内容与您提交的不同，请核对后再保存。")


class GeoHousingError(Exception):
    """Base of all errors whose message is meant for the user."""

    title = "操作未完成"
    # Of the answer over HTTP; a command ends with 2.
    status = 422

    def __init__(self, sentence: str, *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.faults = tuple(faults)


class BadInput(GeoHousingError):
    """What was given cannot be used (HTTP 422, exit 2)."""

    title = "输入有误"


class LayersUnchosen(BadInput):
    """A file has several layers and none of them was chosen, or one that it has not; ``layers`` are those to choose from."""

    def __init__(self, sentence: str, layers: Sequence[str] = (), *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(sentence, faults=faults)
        self.layers = tuple(layers)


def layers_to_choose(error: GeoHousingError | None) -> tuple[str, ...]:
    """The layers of a file of which one must be chosen; none where something else is wrong."""
    return error.layers if isinstance(error, LayersUnchosen) else ()


class VersionMissing(BadInput):
    """A change that does not say what it was made upon: it could overwrite somebody's newer entry (HTTP 428, exit 2)."""

    title = "缺少版本号"
    status = 428


class NotAllowed(GeoHousingError):
    """The user may not do this, here (HTTP 403, exit 2)."""

    title = "没有权限"
    status = 403


class NotSignedIn(GeoHousingError):
    """There is no valid session or token (HTTP 401, exit 2)."""

    title = "请先登录"
    status = 401


class NotFound(GeoHousingError):
    """There is no such thing within the user's area (HTTP 404, exit 2)."""

    title = "没有找到"
    status = 404


class Conflict(GeoHousingError):
    """Expected clash with the present state: somebody was quicker, or a step is missing (HTTP 409, exit 2)."""

    title = "与当前状态冲突"
    status = 409


class TooLarge(GeoHousingError):
    """The input is over a stated limit (HTTP 413, exit 2)."""

    title = "超出限制"
    status = 413


class NotReady(GeoHousingError):
    """The surroundings are not as the service needs them: database, keys, binaries (HTTP 503, exit 2)."""

    title = "服务未就绪"
    status = 503
