"""Structured logs: an event's name and facts, never message texts or tokens."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

# Slack's and Discord's tokens, wherever they turn up; and what follows "Bearer".
TOKENS = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}|(?<=Bearer )\S+|(?<=://)[^/@\s]+(?=@)"
)


def without_tokens(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in entry.items():
        if isinstance(value, str):
            entry[key] = TOKENS.sub("…", value)
    return entry


class _OurText(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return TOKENS.sub("…", super().format(record))


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
            without_tokens,
            last,
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # as it is when something is logged
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_OurText("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
