"""Cards, forms and outcomes → the local service's JSON. Pure.

A plain string stays one: the service shows strings as they are, so there is nothing in them to escape.
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from adapters.local.profile import LONGEST_LABEL, LONGEST_TITLE, local_id
from bot.core.events import Ref, Value
from bot.core.forms import FormField, FormView
from bot.core.replies import Ask, Consider, Done, Outcome, Said, Wrong
from bot.core.ritual import Spec
from bot.core.text import Bold, Channel, Link, MessageLink, Person, Quoted, Span, Text, Typed, When, shortened
from bot.core.ui import Attachment, Button, Card, LinkButton

Json = dict[str, Any]


def card(shown: Card) -> Json:
    """A title or label that is too long is shortened; the title is then whole in the body, so that no word is lost."""
    body = text(shown.body)
    if len(shown.title) > LONGEST_TITLE:
        body = [{"kind": "bold", "text": shown.title}, "\n\n", *body]
    return {
        "title": shortened(shown.title, LONGEST_TITLE),
        "body": body,
        "sections": [
            {"text": text(section.text), "buttons": [button(item) for item in section.buttons]}
            for section in shown.sections
        ],
        "buttons": [button(item) for item in shown.buttons],
        "state": text(shown.state),
        "file": _file(shown.attachment) if shown.attachment else None,
    }


def _file(file: Attachment) -> Json:
    return {"name": file.name, "content": b64encode(file.content).decode()}


def text(spans: Text) -> list[str | Json]:
    return [span(item) for item in spans]


def span(item: Span) -> str | Json:
    match item:
        case str():
            return item
        case Bold(words):
            return {"kind": "bold", "text": words}
        case Quoted(words):
            return {"kind": "quoted", "text": words}
        case Link(label, url):
            return {"kind": "link", "label": label, "url": url} if _is_web(url) else f"{label} ({url})"
        case Person(name, accounts, notify):
            here = next((id for account in accounts if (id := local_id(account))), None)
            return {"kind": "person", "name": name, "person": here, "notify": notify and here is not None}
        case Channel(name, place):
            return {"kind": "channel", "name": name, "place": local_id(place) if place else None}
        case MessageLink(label, place, message):
            here = local_id(place)
            linked = here is not None and message.isdecimal()
            return {"kind": "message", "label": label, "place": here, "message": int(message)} if linked else label
        case When(at):
            return {"kind": "when", "at": instant(at)}
        case Typed(command):
            return {"kind": "typed", "command": command}


def instant(at: datetime) -> str:
    """Whole seconds of UTC, like 2026-03-05T14:30:00Z."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z"


def button(item: Button | LinkButton) -> Json:
    label = shortened(item.label, LONGEST_LABEL)
    if isinstance(item, LinkButton):
        return {"kind": "link", "label": label, "url": item.url}
    packed = item.action.pack()
    return {"kind": "button", "label": label, "packed": packed, "style": item.style, "confirm": item.confirm}


def form(view: FormView) -> Json:
    fields = view.fields()
    return {
        "title": shortened(view.form.heading(), LONGEST_TITLE),
        "submit": shortened(view.form.submit, LONGEST_LABEL),
        "origin": view.origin,
        "draft": view.draft,
        "fields": [_field(item) for item in fields],
        "values": {item.name: _value(item, view.values[item.name]) for item in fields if item.name in view.values},
        "errors": dict(view.errors),
        "note": text(view.note),
    }


def _field(item: FormField) -> Json:
    return {
        "name": item.name,
        "kind": item.kind,
        "title": item.title,
        "hint": item.hint,
        "required": item.required,
        "max_length": item.max_length,
        "options": [{"value": option.value, "label": option.label} for option in item.options],
    }


def _value(item: FormField, value: Value) -> Value:
    """People are chosen by the service's own ids; one who is not in this workspace cannot be chosen."""
    if item.kind == "person" and isinstance(value, str) and value:
        return local_id(Ref.parse(value))
    return value


def command(spec: Spec) -> Json:
    """What people are told of a command while they type it."""
    fields = spec.form.fields() if spec.form else ()
    titles = [*(item.title for item in fields), *(f"{item.name}:…" for item in spec.filters)]
    return {"name": spec.name, "summary": spec.summary, "fields": titles}


def answer(outcome: Outcome) -> Json:
    match outcome:
        case Said(shown, private):
            return {"type": "message", "card": card(shown), "private": private}
        case Consider(shown):
            return {"type": "message", "card": card(shown), "private": True}
        case Ask(view):
            return {"type": "form", "form": form(view)}
        case Wrong(errors):
            return {"type": "errors", "errors": dict(errors)}
        case Done():
            return {"type": "done"}


def late_answer(outcome: Outcome) -> Json:
    """As ``answer``, once the form that was sent has closed: what is wrong with it is then a private message."""
    if isinstance(outcome, Wrong):
        return answer(Said(Card(body=("\n".join(outcome.errors.values()),))))
    return answer(outcome)


def _is_web(url: str) -> bool:
    return re.fullmatch(r"https?://[^\s\x00-\x1f]+", url) is not None
