"""Cards → messages of components (v2). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.discord.profile import (
    BUTTON_LABEL,
    BUTTONS_IN_ROW,
    COMPONENTS_IN_MESSAGE,
    CUSTOM_ID,
    IS_COMPONENTS_V2,
    TEXT_IN_MESSAGE,
)
from adapters.discord.text import escaped, is_web, markdown, pieces, told
from adapters.discord.text import quoted as quoted_in
from bot.core.text import Bold, Person, Quoted, Text, shortened
from bot.core.ui import Button, Card, LinkButton

Json = dict[str, Any]
CONTAINER, ROW, BUTTON, SECTION, TEXT, FILE = 17, 1, 2, 9, 10, 13
STYLES = {"primary": 1, "plain": 2, "danger": 4}
LINK_STYLE = 5
NO_WORDS = "…"
MARK = "~"  # between a button's action and the delivery it stands in
CARRIED = re.compile(rf"{MARK}([a-z2-7]{{24}})$")  # storage makes the ids of deliveries so
LONG_TITLE = 250
WHOLE_TEXT = "whole-text.txt"
# What a message says of a text that is too long for it; escaped, each character may take two.
EXCERPT, LINES, LINE, STATE = 900, 5, 100, 200
MEANT, BUTTONS = 5, 20


File = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message's body, and the files that go with it: name and content. ``cut``: the first has what did not fit."""

    body: Json
    files: tuple[File, ...] = ()
    cut: bool = False


def custom_id(packed: str, delivery: str) -> str:
    """What a button carries: its action, and of which delivery it is a part, by which an earlier try is found again."""
    carried = f"{packed}{MARK}{delivery}" if delivery else packed
    assert len(carried) <= CUSTOM_ID, "an action takes 70 characters, a delivery's id 24"
    return carried


def uncarried(custom_id: str) -> tuple[str, str]:
    """A button's action and the delivery it stands in, or nothing."""
    found = CARRIED.search(custom_id)
    return (custom_id[: found.start()], found[1]) if found else (custom_id, "")


def quoted(components: Iterable[Json]) -> str:
    """What a message of ours quotes first, or nothing."""
    for component in components:
        within = quoted(component.get("components") or ())
        if found := within or quoted_in(str(component.get("content") or "")):
            return found
    return ""


def pages(card: Card, guild: str, delivery: str = "") -> list[Json]:
    """The card as one message, or as several where it is too long for one. No word is lost."""
    found: list[list[Json]] = [[]]
    room, text = COMPONENTS_IN_MESSAGE - 1, TEXT_IN_MESSAGE  # less the container
    for component in components(card, guild, delivery):
        count, length = _count(component), _length(component)
        if found[-1] and (count > room or length > text):
            found.append([])
            room, text = COMPONENTS_IN_MESSAGE - 1, TEXT_IN_MESSAGE
        found[-1].append(component)
        room, text = room - count, text - length
    return [_message(page, card, guild) for page in found]


def message(card: Card, guild: str, delivery: str) -> Drawn:
    """The card as one message, as deliveries are. What is too long stands whole in a file; the card's own comes as well."""
    own = ((card.attachment.name, card.attachment.content),) if card.attachment is not None else ()
    drawn = components(card, guild, delivery)
    room = COMPONENTS_IN_MESSAGE - 1 - len(own)  # less the container
    if sum(map(_count, drawn)) <= room and sum(map(_length, drawn)) <= TEXT_IN_MESSAGE:
        return Drawn(_message([*drawn, *map(_attached, own)], card, guild), own)
    whole = card.as_text() or NO_WORDS
    title, words = shortened(card.title, LONG_TITLE), shortened(Card(body=card.body).as_text(), EXCERPT)
    lines = [shortened(Card(body=section.text).as_text(), LINE) for section in card.sections[:LINES]]
    told_of = [span for span in card.body if isinstance(span, Person) and span.notify][:MEANT]
    meant = [replace(person, name=shortened(person.name, LINE)) for person in told_of]
    said: Text = ("\n".join(line for line in (words, *lines) if line), "\nThe whole text is in the file. ", *meant)
    state = (shortened(Card(body=card.state).as_text(), STATE),)
    buttons = (*card.buttons, *(button for section in card.sections for button in section.buttons))
    short = Card(title, said, buttons=buttons[:BUTTONS], state=state)
    files = ((WHOLE_TEXT, whole.encode()), *own)
    kept = components(short, guild, delivery)
    return Drawn(_message([*kept, *map(_attached, files)], card, guild), files, cut=True)


def _attached(file: File) -> Json:
    name, _ = file
    return {"type": FILE, "file": {"url": f"attachment://{name}"}}


def _message(components: list[Json], card: Card, guild: str) -> Json:
    """Only the people meant are told, whatever stands in the text."""
    people = told(card.body, guild)
    for section in card.sections:
        people += told(section.text, guild)
    people += told(card.state, guild)
    return {
        "flags": IS_COMPONENTS_V2,
        "components": [{"type": CONTAINER, "components": components}],
        "allowed_mentions": {"parse": [], "users": list(dict.fromkeys(people))[:100]},
    }


def components(card: Card, guild: str, delivery: str) -> list[Json]:
    """Top to bottom: title, body, sections, buttons, small print."""
    words: list[str] = []
    found: list[Json] = []
    seen: set[str] = set()

    def set_down() -> None:
        found.extend({"type": TEXT, "content": text} for text in _joined(words))
        words.clear()

    def say(text: Text) -> None:
        words.extend(pieces(text, guild, TEXT_IN_MESSAGE, markdown))

    title = " ".join(card.title.split())
    if title and len(title) <= LONG_TITLE:
        words.append(f"## {escaped(title)}")
    elif title:
        say((Bold(title),))
    say(card.body)
    for section in card.sections:
        say(section.text)
        if section.buttons:
            set_down()
            found.extend(rows(section.buttons, delivery, seen))
    set_down()
    found.extend(rows(card.buttons, delivery, seen))
    words.extend(pieces(card.state, guild, TEXT_IN_MESSAGE, _small))
    set_down()
    return found or [{"type": TEXT, "content": NO_WORDS}]


def _joined(words: Sequence[str]) -> list[str]:
    """One below the other, as many together as a message holds."""
    found: list[str] = []
    for part in words:
        if found and len(found[-1]) + 1 + len(part) <= TEXT_IN_MESSAGE:
            found[-1] += f"\n{part}"
        else:
            found.append(part)
    return found


def _small(text: Text, guild: str) -> str:
    """Nothing is set apart in small print."""
    text = tuple(span.text if isinstance(span, Quoted) else span for span in text)
    lines = [line for line in markdown(text, guild).split("\n") if line.strip()]
    return "\n".join(f"-# {line}" for line in lines)


def rows(items: Sequence[Button | LinkButton], delivery: str, seen: set[str]) -> list[Json]:
    """``seen`` are the ids of the message so far: Discord takes each once, and two buttons of one id would do the same."""
    once = []
    for item in items:
        if isinstance(item, Button) or is_web(item.url):
            drawn = _button(item, delivery)
            id = str(drawn.get("custom_id") or drawn.get("url"))
            if id not in seen:
                seen.add(id)
                once.append(drawn)
    return [{"type": ROW, "components": once[at : at + BUTTONS_IN_ROW]} for at in range(0, len(once), BUTTONS_IN_ROW)]


def _button(item: Button | LinkButton, delivery: str) -> Json:
    label = shortened(item.label, BUTTON_LABEL) or NO_WORDS
    if isinstance(item, LinkButton):
        return {"type": BUTTON, "style": LINK_STYLE, "label": label, "url": item.url}
    carried = custom_id(item.action.pack(), delivery)
    return {"type": BUTTON, "style": STYLES[item.style], "label": label, "custom_id": carried}


def _count(component: Json) -> int:
    return 1 + sum(map(_count, component.get("components", ())))


def _length(component: Json) -> int:
    return len(component.get("content", "")) + sum(map(_length, component.get("components", ())))
