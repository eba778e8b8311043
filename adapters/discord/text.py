"""Safe text → Discord's markdown. Pure. What members wrote is escaped; who is told of it is decided apart from its text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from adapters.discord.profile import LINK_URL, same_guild
from bot.core.events import Ref
from bot.core.text import Bold, Channel, Link, MessageLink, Person, Quoted, Span, Text, Typed, When, plain, split

MARKS = re.compile(r"([\\*_~`|\[\]<])")
AT_LINE_START = re.compile(r"^([^\S\n]*)(#{1,3}|[>+-]|(?:\d+)(?=[.)]))", re.MULTILINE)
# An address keeps its underscores, or the link would break; Discord takes nothing shorter, nor one that ends with a mark.
ADDRESS = re.compile(r"https?://[^\s<>*`|\\\[\]]+[^\s<>*`|\\\[\]().,:;\"']")
# Ends an address where a mark follows that Discord would take into it; a space that nobody types, so it can be told from theirs.
END = "\u200a"
ENDED = re.compile(f"({ADDRESS.pattern}){END}")
# To Discord an address goes on up to a space or "<", and a backslash within it escapes nothing.
RUNS_ON = re.compile(r"[^\s<]*[\\*_~`|\[\]<]")
# Of the one Discord could make an address with what follows, of the other the end of a link that began before.
NO_ADDRESS, NO_LINK = re.compile(r"(^|:)/"), re.compile(r"(^|\])\(")
IN_AN_ADDRESS = re.compile(r"https?://[^\s<]*$")
ROUND, TYPED = str.maketrans("[]", "()"), str.maketrans("[]`", "()'")  # for what no backslash makes harmless
APART = "\u200b"  # between marks that would run into each other


def escaped(text: str) -> str:
    """Shown as it was typed: no formatting, mention, link with another face, or instant can come of it."""
    text = re.sub(r"\r\n?", "\n", text).replace("\f", " ")  # as Discord's client reads them, and then begins a line
    parts, last = [], 0
    for found in ADDRESS.finditer(text):
        parts += [_marked(text[last : found.start()]), found[0]]
        last = found.end()
        if RUNS_ON.match(text, last) or text.startswith(END, last):
            parts.append(END)
    return AT_LINE_START.sub(_not_a_list, "".join([*parts, _marked(text[last:])]))


def unescaped(text: str) -> str:
    """What was typed: the reverse of ``escaped``, but for line breaks of other kinds and form feeds."""
    return re.sub(r"\\(.)", r"\1", ENDED.sub(r"\1", text))


def quoted(content: str) -> str:
    """What a text that we drew quotes first, or nothing: the reverse of ``markdown``."""
    found = re.search(r"^> .*(?:\n> .*)*", content, re.MULTILINE)
    return unescaped("\n".join(line[2:] for line in found[0].split("\n"))) if found else ""


def _marked(text: str) -> str:
    return NO_LINK.sub(r"\1\\(", NO_ADDRESS.sub(r"\1\\/", MARKS.sub(r"\\\1", text)))


def _not_a_list(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}\\" if found[2].isdigit() else f"{found[1]}\\{found[2]}"


def is_web(url: str) -> bool:
    return re.fullmatch(r"https?://[^\s\x00-\x1f\x7f<>()\\\"']+", url) is not None and len(url) <= LINK_URL


def account_here(person: Person, guild: str) -> str | None:
    return next((account.id for account in person.accounts if same_guild(account, guild)), None)


def told(text: Text, guild: str) -> list[str]:
    """Who is to be told of this text: their ids."""
    people = [span for span in text if isinstance(span, Person) and span.notify]
    return [here for person in people if (here := account_here(person, guild))]


def markdown(text: Text, guild: str) -> str:
    written, at_line_start = "", True
    for span in text:
        if isinstance(span, Quoted) and at_line_start and span.text.strip():
            written += "\n".join(f"> {line}" for line in escaped(span.text).split("\n"))
        else:
            written += _beside(written, _span(span, guild))
        at_line_start = not written or written.endswith("\n")
        if isinstance(span, Quoted) and not at_line_start and written.rpartition("\n")[2].startswith("> "):
            written += "\n"
            at_line_start = True
    return _one_break(written)


def _beside(written: str, drawn: str) -> str:
    """What follows, kept apart from what stands before it where the two would run into each other."""
    if drawn[:1] in ("*", "`") and written.endswith(drawn[0]):
        return APART + drawn
    return f" {drawn}" if IN_AN_ADDRESS.search(written) and RUNS_ON.match(drawn) else drawn


def _one_break(text: str) -> str:
    """A quotation ends with its line; what follows may have brought a break of its own."""
    return re.sub(r"(^> .*)\n\n", r"\1\n", text, flags=re.MULTILINE).rstrip("\n")


def _span(span: Span, guild: str) -> str:
    match span:
        case str() | Quoted():
            return escaped(span.text if isinstance(span, Quoted) else span)
        case Bold(words):
            return f"**{escaped(words)}**" if words.strip() and words == words.strip() else escaped(words)
        case Link(label, url):
            return f"[{_label(label)}]({url})" if is_web(url) else escaped(f"{label} ({url})")
        case Person(name, _, notify):
            here = account_here(span, guild)
            return f"<@{here}>" if notify and here else escaped(name)
        case Channel(name, place):
            return f"<#{place.id}>" if place and same_guild(place, guild) else escaped(f"#{name}")
        case MessageLink(label, place, message):
            there = message_url(place, message) if same_guild(place, guild) else None
            return f"[{_label(label)}]({there})" if there else escaped(label)
        case When(at):
            return f"<t:{int(at.timestamp())}:f>"
        case Typed(command):
            return f"`/{' '.join(command.split()).translate(TYPED)}`"


def _label(label: str) -> str:
    """Discord looks for the end of a label without heeding escapes: with brackets of its own it could end too early."""
    return escaped(" ".join(label.split()).translate(ROUND)) or "link"


def message_url(place: Ref, message: str) -> str | None:
    """Where a message stands: "channel:message", or a message of the place itself."""
    channel, _, id = message.rpartition(":")
    if not id.isdigit() or not (channel or place.id).isdigit():
        return None
    return f"https://discord.com/channels/{place.workspace}/{channel or place.id}/{id}"


# What is too long for one piece is cut before it is drawn: drawn, it could be cut within a link or after a backslash.


def pieces(text: Text, guild: str, longest: int, draw: Callable[[Text, str], str]) -> list[str]:
    """The text drawn, as one piece or several of at most ``longest`` characters. No word is lost."""
    drawn = draw(text, guild)
    if len(drawn) <= longest:
        return [drawn] if drawn.strip() else []
    text = tuple(shown for span in text if (shown := _as_shown(span, guild)))
    words = sum(map(_length, text))
    one, other = _cut(text, max(1, words * longest * 9 // (len(drawn) * 10)))
    return [*pieces(one, guild, longest, draw), *pieces(other, guild, longest, draw)]


def _as_shown(span: Span, guild: str) -> Span:
    """What is shown as mere words, as words; a label without the white space that is not shown."""
    match span:
        case Link(label, url) if not is_web(url):
            return f"{label} ({url})"
        case Link(label) | MessageLink(label):
            return replace(span, label=" ".join(label.split()))
        case Channel(name, place) if not (place and same_guild(place, guild)):
            return f"#{name}"
        case Person(name, _, notify) if not (notify and account_here(span, guild)):
            return name
        case _:
            return span


def _length(span: Span) -> int:
    return max(1, len(plain((span,))))


def _cut(text: Text, at: int) -> tuple[Text, Text]:
    """Two parts that together are the text, the first of about ``at`` characters. Neither is empty."""
    number = 0
    while at >= _length(text[number]) and number + 1 < len(text):
        at -= _length(text[number])
        number += 1
    head, tail = _halves(text[number], at)
    one, other = (*text[:number], *head), (*tail, *text[number + 1 :])
    return (one, other) if other else (text[:number], text[number:])


def _halves(span: Span, at: int) -> tuple[Text, Text]:
    """A span as two, or whole where it cannot be cut."""
    words = plain((span,))
    if len(words) < 3 or isinstance(span, When | Person | Channel | Typed):
        return (span,), ()
    one = split(words, max(2, min(at, len(words) - 1)))[0]
    other = words[len(one) :]
    match span:
        case Bold() | Quoted():
            return (replace(span, text=one.rstrip()),), (replace(span, text=other.lstrip()),)
        case Link() | MessageLink():
            return (replace(span, label=one),), (replace(span, label=other),)
        case _:
            return (one,), (other,)
