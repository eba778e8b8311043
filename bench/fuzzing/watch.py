"""What must not happen while hostile requests come in, and what did: failures, hangs, echoes, and what somebody may not see."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from bench.fuzzing.hostile import EVERYONE, MENTION, SCRIPT

SECRET = "Sample-secret-of-the-ward"  # stands in a closed channel that no sender of these requests can read
LONGEST = 3.0  # seconds until an answer
# Said in one line of the log, of what could not be understood: that is how it is to be refused.
IN_ORDER = ("slack.malformed", "discord.malformed", "a frame from the chat service makes no sense")
NOT_INSTALLED = "Although the app should be installed into this workspace"  # Bolt's, of a workspace that has us no more
Json = dict[str, Any]


@dataclass
class Finding:
    """Something that must not happen: how often, and the first request that did it."""

    what: str
    request: str
    times: int = 0


@dataclass
class Watch:
    longest: float = LONGEST
    sent: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    findings: dict[str, Finding] = field(default_factory=dict)
    malformed: int = 0
    _malformed_before: int = 0
    _kind: str = ""
    _request: str = ""

    def begins(self, kind: str, request: str) -> None:
        """What follows is because of this request."""
        self._kind, self._request = kind, f"{kind}: {request}"
        self.sent[kind] += 1
        self._malformed_before = self.malformed

    def ends(self, seconds: float, *, status: int = 0) -> None:
        self.seconds[self._kind].append(seconds)
        if status:
            self.statuses[status] += 1
        if 400 <= status < 500 or self.malformed > self._malformed_before:
            self.refused[self._kind] += 1
        if status >= 500:
            self.finds(f"answered with {status}")
        if seconds > self.longest:
            self.finds(f"answered after {self.longest:.0f} s")

    def finds(self, what: str, more: str = "") -> None:
        """The first of each kind is said at once: a run takes long."""
        found = self.findings.setdefault(what, Finding(what, f"{self._request} {more}"))
        found.times += 1
        if found.times == 1:
            print(f"{what}\n    by {found.request[:3000]!r}", file=sys.stderr, flush=True)

    # What comes back

    def page(self, body: str, content_type: str) -> None:
        if "html" in content_type and SCRIPT in body:
            self.finds("a page holds a script that somebody sent")

    def secret(self, words: str) -> None:
        if SECRET in words:
            at = words.index(SECRET)
            self.finds("somebody was shown what they may not see", f"… {words[max(0, at - 700) : at + 300]}")

    def slack(self, given: Any) -> None:
        """Something on its way to Slack."""
        for text in _mrkdwn(given):
            if any(mark in text for mark in (MENTION, "<!here>", "<@UFUZZED>", "<!subteam", "<https://fuzzed")):
                self.finds("markup that somebody sent goes to Slack unescaped", text[:200])

    def discord(self, given: Any) -> None:
        """Something on its way to Discord."""
        for message in _messages(given):
            allowed = message.get("allowed_mentions")
            if EVERYONE in json.dumps(message) and (not isinstance(allowed, dict) or allowed.get("parse") != []):
                self.finds("@everyone that somebody sent goes to Discord with mentions allowed")

    # What is logged

    def _structured(self, _logger: Any, method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event = str(entry.get("event"))
        if event in IN_ORDER:
            self.malformed += 1
        elif method in ("error", "exception", "critical"):
            self.finds(f"logged: {event} {_raised(entry.get('exc_info'))}", str(entry.get("error", "")))
        raise structlog.DropEvent

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """To the log, in place of whoever read it."""
        root = logging.getLogger()
        handlers, root.handlers = root.handlers, [_Handler(self)]
        before = structlog.get_config()
        structlog.configure(processors=[self._structured], logger_factory=structlog.ReturnLoggerFactory())
        try:
            yield
        finally:
            structlog.configure(**before)
            root.handlers = handlers


class _Handler(logging.Handler):
    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.ERROR)
        self._watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno < logging.ERROR:
            return
        if str(record.msg).startswith(NOT_INSTALLED):
            self._watch.malformed += 1
            return
        self._watch.finds(f"logged by {record.name}: {record.msg} {_raised(record.exc_info)}"[:300])


def _raised(given: Any) -> str:
    """What was raised, and where of ours."""
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else None
    error = error or (sys.exc_info()[1] if given else None)
    if error is None:
        return ""
    frames = [one for one in traceback.extract_tb(error.__traceback__) if "site-packages" not in one.filename]
    where = " < ".join(f"{one.filename.rsplit('/', 2)[-1]}:{one.lineno} {one.name}" for one in reversed(frames[-3:]))
    return f"{type(error).__name__} in {where}"


def _mrkdwn(given: Any, key: str = "") -> Iterator[str]:
    """Every text that Slack would read markup in."""
    match given:
        case {"type": "mrkdwn", "text": str(text)}:
            yield text
        case {"response_action": "errors"}:
            return  # plain text
        case dict():
            if isinstance(given.get("text"), str) and given.get("type") in (None, "message"):
                yield given["text"]
            for name, one in given.items():
                yield from _mrkdwn(one, name)
        case list():
            for one in given:
                yield from _mrkdwn(one)


def _messages(given: Any) -> Iterator[Json]:
    """Every message in a body: itself, an answer's data, the first message of a post."""
    if not isinstance(given, dict):
        return
    if given.get("type") in (4, 7) and isinstance(given.get("data"), dict):
        yield given["data"]
    elif isinstance(given.get("message"), dict):
        yield given["message"]
    elif "content" in given or "components" in given:
        yield given
