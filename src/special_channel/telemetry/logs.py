"""Configure process logs: every line on stderr is one JSON object.

Lines of the standard library's loggers (asyncio, asyncpg, aiohttp), warnings and uncaught
exceptions use the same format, with the traceback as one field. Lines never contain content of
entries, names, addresses, tokens or keys: a processor masks fields with such names, whatever
a caller passes.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, Final, Literal

import orjson
import structlog

SECRET_FIELDS: Final = frozenset(
    {
        "text", "subject", "name", "email", "token", "one_time_code", "seed", "password",
        "authorization", "cookie",
    }
)  # fmt: skip
"""Field names that are always masked; `problem` carries an error's code."""

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure(level: Literal["debug", "info", "warning", "error"], *, json_lines: bool) -> None:
    """Send structured lines to stderr, as JSON or as plain text for people."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_secrets,
        structlog.processors.format_exc_info,
    ]
    renderer: Any = structlog.dev.ConsoleRenderer(colors=False)
    if json_lines:
        renderer = structlog.processors.JSONRenderer(serializer=_json)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    _configure_other_loggers(max(_LEVELS[level], logging.WARNING), [*shared, renderer])


def _configure_other_loggers(level: int, processors: list[Any]) -> None:
    """Format lines of libraries, warnings and uncaught exceptions like the program's own."""
    *shared, renderer = processors
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def _json(value: object, **_options: object) -> str:
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # unpaired surrogates, in a file's name for instance
        return json.dumps(value, default=str)


def _uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    structlog.get_logger(__name__).error("uncaught", exc_info=(kind, error, traceback))


def _uncaught_in_thread(event: threading.ExceptHookArgs) -> None:
    if event.exc_value is None or issubclass(event.exc_type, SystemExit):
        return
    _uncaught(event.exc_type, event.exc_value, event.exc_traceback)


def _unraisable(event: sys.UnraisableHookArgs) -> None:
    error = event.exc_value
    exc_info = None if error is None else (type(error), error, event.exc_traceback)
    structlog.get_logger(__name__).error("unraisable", where=event.err_msg or "", exc_info=exc_info)


def _without_secrets(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for field in SECRET_FIELDS & event.keys():
        event[field] = "…"
    return event
