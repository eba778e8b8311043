"""Hostile values, and well-formed payloads made hostile. Pure: the same random numbers give the same requests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]
SCRIPT = "<script>fuzzed()</script>"
MENTION = "<!channel>"
EVERYONE = "@everyone"
TEXTS = (
    SCRIPT,
    f'"><img src=x onerror="fuzzed()">{SCRIPT}',
    f"{MENTION} <!here> <@UFUZZED> <#CFUZZED> <!subteam^SFUZZED> <https://fuzzed.invalid|here>",
    f"{EVERYONE} @here <@&100> <@!100> <#100> </fuzzed:100> [here](https://fuzzed.invalid)",
    "*bold* _x_ ~y~ `code` ```block``` > quote\n# head\n||spoiler||",
    "\0",
    "before\0after",
    "\ud800",
    "half \udfff of a pair",
    "\u202eright to left\u202c \u200f\u2066",
    "\u200b\u200d\ufeff",
    "\u0007\u001b[31m\x7f\x85\u2028\u2029",
    "Z\u0351\u036b\u0343\u036a\u0302" * 40,
    "👩🏽\u200d⚕️" * 30,
    "../../../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "..\\..\\windows\\win.ini",
    "x\r\nSet-Cookie: fuzzed=1\r\n\r\n<script>fuzzed()</script>",
    "'; DROP TABLE member; --",
    '" OR 1=1 --',
    "{{ 7 * 7 }} {% raw %} ${7*7} #{7*7} %(x)s %s%n {0} {self.__class__}",
    "javascript:fuzzed()",
    "http://127.0.0.1:1/x",
    "http://[::1",
    "https://fuzzed.invalid/" + "a" * 3000,
    "NaN",
    "Infinity",
    "-1",
    "0",
    "1e400",
    "9" * 400,
    "2147483648",
    "-9223372036854775809",
    "1.5",
    "١٢٣",
    "null",
    "[1]",
    '{"id": 1}',
    "",
    " ",
    "\n\t\r",
    "|",
    "%",
    "a|b|c|d|e|f|g|h|i|j|k",
    "/",
    "local/local/ada",
    "slack/T0ROUNDS/UADA",
    "A" * 76,
    "A" * 3001,
    "word " * 4000,
)
HUGE = "h" * 300_000
NUMBERS: tuple[Any, ...] = (0, -1, 1, 7, 2**31, -(2**31) - 1, 2**53 + 1, 2**63, -(2**63) - 1, 10**30, 1.5, 1e308)
ODD: tuple[Any, ...] = (None, True, False, [], {}, [None], [[]], {"id": None}, {"id": {}}, {"": ""}, float("nan"))
KNOWN = ("1", "2", "3", "5", "8", "13")  # ids that there are, some of them of what the sender may not see
DEEP = re.compile(r'"@@deep(\d+)@@"')
DEPTHS = (50, 400, 900, 1500, 100_000)


def text(chance: Random) -> str:
    """Mostly one of the texts above; now and then two of them, or a very long one."""
    if chance.random() < 0.004:
        return HUGE
    found = chance.choice(TEXTS)
    return found + chance.choice(TEXTS) if chance.random() < 0.15 else found


def value(chance: Random) -> Any:
    drawn = chance.random()
    if drawn < 0.55:
        return text(chance)
    if drawn < 0.72:
        return chance.choice(NUMBERS)
    if drawn < 0.98:
        return json.loads(json.dumps(chance.choice(ODD)))
    return f"@@deep{chance.choice(DEPTHS)}@@"


def dumped(given: Any) -> str:
    """JSON in which what stands for something deeply nested is nested so deeply."""
    return DEEP.sub(lambda found: "[" * int(found[1]) + "]" * int(found[1]), json.dumps(given))


def paths(given: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = given.items() if isinstance(given, dict) else enumerate(given) if isinstance(given, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from paths(one, (*at, key))


def mutated(chance: Random, given: Any, times: int = 0) -> Any:
    """A copy with one to three things wrong: missing, renamed, of another type, hostile, twice, or much too deep."""
    made = json.loads(json.dumps(given))
    for _ in range(times or chance.choice((1, 1, 1, 2, 3))):
        found = list(paths(made))
        if not found:
            return value(chance)
        *way, last = chance.choice(found)
        holder = made
        for key in way:
            holder = holder[key]
        _damage(chance, holder, last)
    return made


def _damage(chance: Random, holder: Any, last: Any) -> None:
    match chance.choice(("replace", "replace", "replace", "delete", "rename", "wrap", "append", "twice")):
        case "delete":
            del holder[last]
        case "rename" if isinstance(holder, dict):
            holder[chance.choice((f"{last}s", str(last).upper(), "", "__proto__"))] = holder.pop(last)
        case "wrap":
            holder[last] = chance.choice(([holder[last]], {"id": holder[last]}, {str(last): holder[last]}))
        case "append" if isinstance(holder[last], str):
            holder[last] += text(chance)
        case "twice" if isinstance(holder, list):
            holder.extend([holder[last]] * chance.choice((1, 30)))
        case _:
            holder[last] = value(chance)


def garbled(chance: Random, body: bytes) -> bytes:
    """Bytes that are no longer what they were: cut short, with rubbish in them, in another encoding, much too long."""
    at = chance.randrange(len(body) + 1)
    match chance.randrange(9):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + bytes(chance.randrange(256) for _ in range(8)) + body[at:]
        case 2:
            return b"\xff\xfe" + body.decode("utf-8", "replace").encode("utf-16-le")
        case 3:
            return b"\xef\xbb\xbf" + body
        case 4:
            return body.replace(b'"', b"\0")
        case 5:
            return body + body
        case 6:
            return body + b" " * 2_000_000
        case 7:
            return b"[" * chance.choice((900, 50_000)) + body
        case _:
            return chance.choice((b"", b"null", b"[]", b'""', b"0", b"{", b"payload=", b"payload=%00", b"\xc3\x28"))


def segment(chance: Random) -> str:
    """Part of a path, percent-encoded as far as it has to be."""
    return quote(text(chance)[:2000].encode("utf-8", "replace"), safe=chance.choice(("", "/", "%/.")))
