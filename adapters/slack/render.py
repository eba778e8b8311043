"""Cards → Block Kit. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.slack.profile import (
    ACTIONS_ELEMENTS,
    BLOCKS_IN_MESSAGE,
    BLOCKS_IN_VIEW,
    BUTTON_TEXT,
    BYTES_IN_VIEW,
    CHARACTERS_IN_MESSAGE,
    CONFIRM_BUTTON,
    CONFIRM_TEXT,
    CONFIRM_TITLE,
    CONTEXT_TEXT,
    FALLBACK_TEXT,
    HEADER_TEXT,
    MODAL_TITLE,
)
from adapters.slack.text import Voice, fallback, is_web, mrkdwn, rich_blocks
from bot.core.text import Bold, Text, shortened
from bot.core.ui import Button, Card, LinkButton

Json = dict[str, Any]
NO_WORDS = "…"  # Slack wants some text in every message


def plain_text(text: str, longest: int) -> Json:
    """Emoji stay as they were typed: ":-)" is not to become a picture in somebody's title."""
    return {"type": "plain_text", "text": shortened(text, longest) or NO_WORDS, "emoji": False}


@dataclass(frozen=True, slots=True)
class Page:
    """One message: blocks, and the words alone for notifications."""

    blocks: list[Json]
    text: str


def pages(card: Card, voice: Voice) -> list[Page]:
    """The card as one message, or as several where it is too long for one. No word is lost."""
    found: list[list[Json]] = [[]]
    characters = 0
    for block in blocks(card, voice):
        size = _characters(block)
        if found[-1] and (len(found[-1]) == BLOCKS_IN_MESSAGE or characters + size > CHARACTERS_IN_MESSAGE):
            found.append([])
            characters = 0
        found[-1].append(block)
        characters += size
    words = notification(card, voice)
    return [Page(page, words if number == 0 else NO_WORDS) for number, page in enumerate(found)]


def notification(card: Card, voice: Voice) -> str:
    parts: list[Text] = [(card.title,), card.body, *(section.text for section in card.sections), card.state]
    lines = [fallback(part, voice) for part in parts]
    whole = "\n".join(line for line in lines if line.strip())
    return shortened(whole, FALLBACK_TEXT) if len(whole) > FALLBACK_TEXT else whole or NO_WORDS


def blocks(card: Card, voice: Voice) -> list[Json]:
    """All blocks of a card, top to bottom."""
    found: list[Json] = []
    title, body = " ".join(card.title.split()), card.body
    if len(title) > HEADER_TEXT:
        body = (Bold(card.title), "\n", *body)
    if title:
        found.append({"type": "header", "text": plain_text(title, HEADER_TEXT)})
    found += rich_blocks(body, voice)
    for section in card.sections:
        found += rich_blocks(section.text, voice)
        found += buttons(section.buttons)
    found += buttons(card.buttons)
    found += small_print(card.state, voice)
    return found or [{"type": "context", "elements": [{"type": "mrkdwn", "text": NO_WORDS, "verbatim": True}]}]


def small_print(text: Text, voice: Voice) -> list[Json]:
    words = mrkdwn(text, voice)
    if not words.strip():
        return []
    if len(words) > CONTEXT_TEXT:  # a cut could go through a link or a mention: rich text is cut between words
        return rich_blocks(text, voice)
    return [{"type": "context", "elements": [{"type": "mrkdwn", "text": words, "verbatim": True}]}]


def buttons(items: Sequence[Button | LinkButton]) -> list[Json]:
    drawn = [_button(item, number) for number, item in enumerate(item for item in items if _can_be_drawn(item))]
    rows = [drawn[at : at + ACTIONS_ELEMENTS] for at in range(0, len(drawn), ACTIONS_ELEMENTS)]
    return [{"type": "actions", "elements": row} for row in rows]


def _can_be_drawn(item: Button | LinkButton) -> bool:
    return isinstance(item, Button) or is_web(item.url)


def _button(item: Button | LinkButton, number: int) -> Json:
    """``number`` makes the id unique within its block, as Slack wants it; what is pressed stands in the value."""
    drawn: Json = {
        "type": "button",
        "text": plain_text(item.label or NO_WORDS, BUTTON_TEXT),
        "action_id": f"press.{number}",
    }
    if isinstance(item, LinkButton):
        return {**drawn, "action_id": f"open.{number}", "url": item.url}
    drawn["value"] = item.action.pack()
    if item.style != "plain":
        drawn["style"] = item.style
    if item.confirm:
        drawn["confirm"] = {
            "title": plain_text("Are you sure?", CONFIRM_TITLE),
            "text": plain_text(item.confirm, CONFIRM_TEXT),
            "confirm": plain_text(item.label or "Yes", CONFIRM_BUTTON),
            "deny": plain_text("Cancel", CONFIRM_BUTTON),
        }
    return drawn


def home(cards: Iterable[Card], voice: Voice) -> Json:
    """The App Home: what does not fit is left out from the end, where the rituals put what matters least."""
    found: list[Json] = []
    for card in cards:
        found += [{"type": "divider"}] if found else []
        found += blocks(card, voice)
    if not fits_a_view(found):
        more = small_print(("There is more than fits here; the commands show it.",), voice)
        del found[BLOCKS_IN_VIEW - len(more) :]
        while not fits_a_view([*found, *more]):
            found.pop()
        found += more
    return {"type": "home", "blocks": found}


def fits_a_view(found: list[Json]) -> bool:
    return len(found) <= BLOCKS_IN_VIEW and len(json.dumps(found)) <= BYTES_IN_VIEW


def reading_view(card: Card, voice: Voice, metadata: str) -> Json:
    """A modal that shows a card, if its blocks fit a view, and has nothing to send."""
    title = card.title if 0 < len(card.title) <= MODAL_TITLE else "Rounds"
    shown = blocks(Card(body=card.body, sections=card.sections, buttons=card.buttons, state=card.state), voice)
    if title != card.title and card.title:
        shown = blocks(card, voice)
    return {
        "type": "modal",
        "title": plain_text(title, MODAL_TITLE),
        "close": plain_text("Close", 24),
        "private_metadata": metadata,
        "blocks": shown,
    }


def _characters(block: Any) -> int:
    """How many characters of text a block holds, as far as is known of how Slack counts."""
    match block:
        case dict():
            return sum(_characters(value) for key, value in block.items() if key not in ("type", "action_id", "style"))
        case list():
            return sum(map(_characters, block))
        case str():
            return len(block)
        case _:
            return 0
