"""Structured logs: an event's name and facts, never message texts or tokens."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog
from aiohttp.http_exceptions import HttpProcessingError

TOKENS = re.compile(
    r"""
    xox[a-z]-[\w-]+ | xapp-[\w-]+                            # Slack
    | [\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}                  # Discord
    | (bearer\ )\S+
    | (hooks\.slack\.com/\w+/ | /(?:webhooks|interactions)/\d+/)\S+  # addresses that are secrets themselves
    | (://)(?:[^\s/@:]*:\S*|[^\s/@]+)(?=@)                  # user:password@, even if the password has / or @ in it
    """,
    re.VERBOSE | re.IGNORECASE,
)


def without_tokens(text: str) -> str:
    return TOKENS.sub(lambda found: f"{found[1] or found[2] or found[3] or ''}…", text)


def _clean(value: Any) -> Any:
    match value:
        case str():
            return without_tokens(value)
        case dict():
            return {key: _clean(item) for key, item in value.items()}
        case list() | tuple():
            return [_clean(item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return without_tokens(repr(value))


def _cleaned(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: _clean(value) for key, value in entry.items()}


class _OurText(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return without_tokens(super().format(record))


class _OneLine(logging.Filter):
    """Whoever reaches our web servers may send what is no HTTP, or hang up midway: no failure of ours with a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError | ConnectionResetError | BrokenPipeError):
            record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
            record.msg, record.args = f"{record.getMessage()}: {type(error).__name__}", ()
        return True


ONE_LINE = _OneLine()


def set_up(form: Literal["text", "json"] = "text") -> None:
    """Send our logs to standard error, and the libraries' warnings with them."""
    last: Any = structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
            if form == "json"
            else structlog.processors.format_exc_info,
            _cleaned,
            last,
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is when something is logged
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OurText("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("aiohttp.server").addFilter(ONE_LINE)  # the same one however often
