"""One call of a Web API method, and the table of the methods there are."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fakes.slack import limits
from tests.fakes.slack.errors import Invalid, SlackError
from tests.fakes.slack.model import Channel, Json, Team, User

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


@dataclass
class Call:
    slack: FakeSlack
    team: Team
    method: str
    args: Json

    def text(self, key: str, default: str = "") -> str:
        value = self.args.get(key, default)
        return value if isinstance(value, str) else str(value)

    def required(self, key: str, code: str = "invalid_arguments") -> str:
        if not self.text(key):
            raise Invalid(code, [f"missing required field: {key}"])
        return self.text(key)

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.args.get(key, default)
        return value in (True, 1, "1", "true", "True")

    def need(self, *any_of: str) -> None:
        """Raises SlackError unless the token was granted one of these scopes."""
        granted = self.team.install.scopes
        if any_of and not granted & set(any_of):
            raise SlackError("missing_scope", needed=",".join(any_of), provided=",".join(sorted(granted)))

    def channel(self, key: str = "channel", *, scope: str = "") -> Channel:
        """The channel of that id, as far as the app may know of it. ``scope``: read or history."""
        found = self.team.channels.get(self.required(key))
        hidden = found is not None and found.kind == "groups" and self.team.install.bot_user not in found.members
        if found is None or hidden:
            raise SlackError("channel_not_found")
        if scope:
            self.need(f"{found.kind}:{scope}")
        return found

    def user(self, key: str = "user") -> User:
        found = self.team.users.get(self.required(key))
        if found is None:
            raise SlackError("user_not_found")
        return found

    def page(self, items: list[Any], *, most: int = limits.PAGE, default: int = 100) -> tuple[list[Any], Json]:
        """One page and the response_metadata that leads to the next."""
        try:
            size = int(self.args.get("limit") or default)
            start = int(base64.b64decode(self.text("cursor") or "MA==", validate=True))
        except ValueError:
            raise SlackError("invalid_cursor" if self.args.get("cursor") else "invalid_limit") from None
        if not 1 <= size <= most:
            raise SlackError("invalid_limit")
        end = start + size
        cursor = base64.b64encode(str(end).encode()).decode() if end < len(items) else ""
        return items[start:end], {"response_metadata": {"next_cursor": cursor}}


Run = Callable[[Call], Awaitable[Json]]


@dataclass(frozen=True)
class Method:
    name: str
    scopes: tuple[str, ...]
    args: frozenset[str]
    run: Run


METHODS: dict[str, Method] = {}


def method(name: str, args: str = "", *scopes: str) -> Callable[[Run], Run]:
    """Register a method: the arguments it knows, and the scopes of which it needs one."""

    def register(run: Run) -> Run:
        METHODS[name] = Method(name, scopes, frozenset(args.split()), run)
        return run

    return register
