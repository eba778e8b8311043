"""The one way in which a call fails."""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """An answer with ``ok: false``: its code, and what else stands in it."""

    def __init__(self, code: str, *, status: int = 200, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(code)
        self.code, self.status, self.headers, self.more = code, status, headers or {}, more


class Invalid(SlackError):
    """Something that Slack's validation refuses: a mistake of the program, never of a person."""

    def __init__(self, code: str, problems: list[str], **more: Any) -> None:
        messages = [f"[ERROR] {problem}" for problem in problems]
        super().__init__(code, errors=problems, response_metadata={"messages": messages}, **more)
        self.problems = problems
