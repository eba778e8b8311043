"""What Discord's client makes of a text, token by token: a model of its own, so that ours is not tested by itself.

The rules are tried in the client's order (escape, code, address, what stands in angle brackets, link); what formats is one
token for each mark. A link's label ends where the client's expression ends it, which knows no escapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: text, code, address, user, role, channel, time, other, link, mark (formats), block (formats a line)."""

    kind: str
    text: str
    target: str = ""


INSIDE = r"(?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*"
HREF = r"\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?(?:\s+['\"]([\s\S]*?)['\"])?\s*"
RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("escape", re.compile(r"\\([^0-9A-Za-z\s])")),
    ("code", re.compile(r"```(?:[a-z0-9_+\-.#]+?\n)?\n*([^\n][\s\S]*?)\n*```")),
    ("code", re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")),
    ("address", re.compile(r"https?://[^\s<]+[^<.,:;\"')\]\s]")),
    ("address", re.compile(r"<(?:https?|steam)://[^\s<>]+>")),
    ("user", re.compile(r"<@!?(\d+)>")),
    ("role", re.compile(r"<@&(\d+)>")),
    ("channel", re.compile(r"<#(\d+)>")),
    ("time", re.compile(r"<t:(-?\d+)(?::[tTdDfFRsS])?>")),
    ("other", re.compile(r"<(?:a?:\w+:\d+|/[^:>]+:\d+|id:\w+)>")),
    ("link", re.compile(rf"\[({INSIDE})\]\({HREF}\)")),
    ("mark", re.compile(r"\*+|~~|\|\||_+")),
)
BLOCK = re.compile(r"#{1,3} +(?=\S)|-# +(?=[^\n])|>>> |> |[ \t]*[-*] +(?=\S)|[ \t]*\d+[.)] +(?=\S)")


def tokens(text: str) -> Iterator[Token]:
    at, plain = 0, ""
    while at < len(text):
        if found := _next(text, at):
            if plain:
                yield Token("text", plain)
                plain = ""
            token, at = found
            yield token
        else:
            plain += text[at]
            at += 1
    if plain:
        yield Token("text", plain)


def _next(text: str, at: int) -> tuple[Token, int] | None:
    if (at == 0 or text[at - 1] == "\n") and (block := BLOCK.match(text, at)):
        return Token("block", block[0]), block.end()
    if text[at] not in "\\`h<[*~|_":
        return None
    for kind, rule in RULES:
        if found := rule.match(text, at):
            if kind == "mark" and set(found[0]) == {"_"} and _within_a_word(text, found):
                return Token("text", found[0]), found.end()
            if kind == "address" and "**" in found[0]:  # what is bold ends before what is an address does
                address = found[0].partition("**")[0]
                return Token(kind, address), at + len(address)
            return _token(kind, found), found.end()
    return None


def _within_a_word(text: str, found: re.Match[str]) -> bool:
    before, after = text[: found.start()][-1:], text[found.end() :][:1]
    return before.isalnum() and after.isalnum()


def _token(kind: str, found: re.Match[str]) -> Token:
    match kind:
        case "escape":
            return Token("text", found[1])
        case "code":
            return Token("code", found[found.lastindex or 0])
        case "link":
            return Token("link", found[1], found[2])
        case "user" | "role" | "channel" | "time":
            return Token(kind, found[1])
        case _:
            return Token(kind, found[0])


def read(text: str) -> str:
    """The words as they are shown; names and times as their ids and seconds."""
    return "".join(_words(token) for token in tokens(text))


def _words(token: Token) -> str:
    match token.kind:
        case "mark" | "block":
            return ""
        case "link":
            return read(token.text)
        case "address":
            return token.text.replace("\\", "")
        case "user":
            return f"@{token.text}"
        case "channel":
            return f"#{token.text}"
        case _:
            return token.text
