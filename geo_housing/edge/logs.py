"""Structured logs: one JSON line per event on standard error, without personal data.

Only what this code names is logged; query strings, bodies and exception messages never are.
"""

import logging
import sys

import structlog


def configure_logs(level: int = logging.INFO) -> None:
    """Make structlog and the standard library (uvicorn, warnings of libraries) write JSON lines to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Looked up at each write: whoever replaces sys.stderr later (a test, a supervisor) gets the lines.
        logger_factory=_ToStandardError,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_message_of_exceptions,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # uvicorn's own line holds the query string; the service writes one without.
    logging.getLogger("uvicorn.access").disabled = True


class _ToStandardError:
    def __init__(self, *args: object) -> None:
        self.name = str(args[0]) if args else "geo_housing"

    def msg(self, message: str) -> None:
        print(message, file=sys.stderr, flush=True)  # noqa: T201 -- this is where logs come out

    log = debug = info = warning = warn = error = critical = fatal = exception = msg


def _without_message_of_exceptions(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Keep the kind of a foreign exception, drop its text: drivers quote values in it."""
    info = event.pop("exc_info", None)
    if isinstance(info, tuple) and info[0] is not None:
        event["kind"] = info[0].__qualname__
    event.pop("exception", None)
    return event
