"""How Discord says no: an HTTP status, a code of its own, a sentence, and for bodies a tree of what is wrong where."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
Problems = list[tuple[tuple[str | int, ...], str, str]]  # path in the body, Discord's code, sentence


class Refused(Exception):
    """A request that is turned down. ``errors`` is the tree of an invalid form body."""

    def __init__(self, status: int, code: int, message: str, errors: Json | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.errors = status, code, message, errors

    def body(self) -> Json:
        answer: Json = {"message": self.message, "code": self.code}
        return {**answer, "errors": self.errors} if self.errors else answer


def invalid(problems: Problems) -> Refused:
    """50035 with its tree: {"embeds": {"0": {"title": {"_errors": [{"code": …, "message": …}]}}}}."""
    tree: Json = {}
    for path, code, message in problems:
        node = tree
        for step in path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": code, "message": message})
    return Refused(400, 50035, "Invalid Form Body", tree)


def wrong(path: str, message: str, code: str = "BASE_TYPE_BAD_VALUE") -> Refused:
    """One thing wrong at a dotted path."""
    return invalid([(tuple(path.split(".")) if path else (), code, message)])


def unknown(what: str) -> Refused:
    codes = {
        "Application": 10002,
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "Role": 10011,
        "User": 10013,
        "Webhook": 10015,
        "interaction": 10062,
        "application command": 10063,
        "Guild Scheduled Event": 10070,
    }
    return Refused(404, codes[what], f"Unknown {what}")


def missing_access() -> Refused:
    return Refused(403, 50001, "Missing Access")


def missing_permissions() -> Refused:
    return Refused(403, 50013, "Missing Permissions")
