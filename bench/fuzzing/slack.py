"""Every kind of request that Slack makes, signed as Slack signs, with payloads that Slack would never send."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any
from urllib.parse import quote_plus

from bench.fuzzing import hostile
from bench.fuzzing.actions import Actions
from bench.fuzzing.hostile import Json
from bench.fuzzing.house import ATTACKERS, House
from bench.fuzzing.web import TYPES, Unaddressable, ask
from tests.fakes.slack import events, payloads
from tests.fakes.slack.model import Channel, Message, User, View

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
CHANGES = ("rename", "archive", "unarchive", "deleted")
SENDERS = tuple(f"U{name.upper()}" for name in ATTACKERS)
# Where everybody reads, or one of the senders; None: an answer to whoever sent something.
OPEN = (None, "CGENERAL", "CQUESTIONS", *(f"D{name.upper()}" for name in ATTACKERS))


class Slack:
    def __init__(self, house: House, chance: Random) -> None:
        self._house, self._chance, self._fake = house, chance, house.slack
        self._actions = Actions(house.rounds.registry, chance, self._ref)
        self._team = self._fake.team
        self._last = ("", b"", FORM)
        self._told: list[Json] = []
        self._fake.delivery.event = self._told.append  # type: ignore[method-assign, assignment]
        self.kinds: dict[str, Callable[[], Json]] = {
            "command": self._command,
            "press": self._press,
            "press in a view": self._press_in_view,
            "view submission": self._submission,
            "view closed": lambda: payloads.closed(self._fake, self._team, self._who(), self._view(), cleared=False),
            "suggestion": self._suggestion,
            "message action": self._message_action,
            "shortcut": self._shortcut,
            **{f"event {name}": partial(self._event, make) for name, make in self._events().items()},
        }
        # What people do comes four times as often as each of the events.
        self._turns = [*self.kinds, *[kind for kind in self.kinds if not kind.startswith("event")] * 3]

    def _ref(self, name: str) -> str:
        return f"slack/{self._team.id}/U{name.upper()}"

    def _who(self) -> User:
        return self._team.person(self._chance.choice(ATTACKERS))

    def _where(self) -> Channel:
        return self._team.channels[self._chance.choice(("CGENERAL", "CQUESTIONS"))]

    # Payloads as Slack makes them

    def _command(self) -> Json:
        name, _, more = self._actions.command().partition(" ")
        text = hostile.text(self._chance) if self._chance.random() < 0.7 else "insulin"
        text = text.encode("utf-8", "replace").decode()  # a form holds no halves of pairs
        return payloads.command(
            self._fake, self._team, self._who(), self._where(), f"/{name}", f"{more} {text[:60_000]}".strip()
        )

    def _button(self) -> Json:
        words = {"type": "plain_text", "text": "Press"}
        return {
            "type": "button",
            "action_id": "press.0",
            "block_id": "b",
            "text": words,
            "value": self._actions.packed(),
        }

    def _message(self, channel: Channel) -> Message:
        ours = [one for one in channel.messages[-40:] if one.to is None]
        if ours and self._chance.random() < 0.6:
            return self._chance.choice(ours)
        return Message(self._fake.next_ts(), self._who().id, hostile.text(self._chance))

    def _press(self) -> Json:
        channel = self._where()
        return payloads.on_message(self._fake, self._team, self._who(), channel, self._message(channel), self._button())

    def _press_in_view(self) -> Json:
        return payloads.on_view(self._fake, self._team, self._who(), self._view(), self._button())

    def _view(self, origin: str = "", state: Json | None = None) -> View:
        """A modal of ours, or a home, that remembers what it was opened by: now and then a closed channel."""
        chance = self._chance
        place = chance.choice(("CQUESTIONS", "CWARDTEAM", "", "C" + hostile.text(chance)[:20]))
        memory = {"origin": origin, "draft": self._actions.draft(), "place": place}
        if chance.random() < 0.3:
            memory |= {"thread": "1.1", "home": "yes"}
        title = {"type": "plain_text", "text": "Ask"}
        blocks = [{"type": "input", "block_id": name, "label": title, "element": {}} for name in state or {}]
        kind = "modal" if origin or chance.random() < 0.7 else "home"
        metadata = json.dumps(memory) if kind == "modal" else ""
        given = {"type": kind, "blocks": blocks, "private_metadata": metadata, "callback_id": "form", "title": title}
        return View("V1", self._who().id, given, "1.1", "V1", state=state or {})

    def _submission(self) -> Json:
        origin, form = self._actions.form()
        fields = {field.name: {field.kind: self._input(field)} for field in form.fields()}
        return payloads.submission(self._fake, self._team, self._who(), self._view(origin, fields))

    def _input(self, field: Any) -> Json:
        given = self._actions.value(field)
        option: Callable[[Any], Json] = lambda one: {"text": {"type": "plain_text", "text": "x"}, "value": one}  # noqa: E731
        match field.kind:
            case "choice":
                return {"type": "static_select", "selected_option": option(given)}
            case "choices" | "tags":
                many = given if isinstance(given, list) else [given]
                return {"type": "multi_static_select", "selected_options": [option(one) for one in many]}
            case "person":
                return {"type": "users_select", "selected_user": str(given).rpartition("/")[2]}
            case "yesno":
                return {"type": "checkboxes", "selected_options": [option("yes")] if given else []}
            case "number":
                return {"type": "number_input", "value": given}
            case _:
                return {"type": "plain_text_input", "value": given}

    def _suggestion(self) -> Json:
        typed = hostile.text(self._chance)
        return payloads.suggestion(self._fake, self._team, self._who(), self._view("/ask"), "tags", "tags", typed)

    def _message_action(self) -> Json:
        channel = self._where()
        name = self._chance.choice([*self._house.rounds.registry.shortcuts, "Nothing of ours"])
        return payloads.message_action(self._fake, self._team, self._who(), channel, self._message(channel), name)

    def _shortcut(self) -> Json:
        return payloads.shortcut(self._fake, self._team, self._who(), f"run:{self._actions.command()}")

    def _changed(self, what: str, channel: Channel, _user: User) -> None:
        events.channel_changed(self._fake, self._team, channel, what)

    def _events(self) -> dict[str, Callable[[Channel, User], None]]:
        fake, team = self._fake, self._team
        changed: dict[str, Callable[[Channel, User], None]] = {
            f"channel {what}": partial(self._changed, what) for what in CHANGES
        }
        return {
            "message": lambda channel, user: events.message(fake, team, channel, self._said(channel, user)),
            "message to us": lambda _, user: events.message(fake, team, team.dm(user), self._said(team.dm(user), user)),
            "message changed": lambda channel, user: events.message_changed(
                fake, team, channel, self._said(channel, user), self._said(channel, user).as_api(team, channel)
            ),
            "message deleted": lambda channel, user: events.message_deleted(
                fake, team, channel, self._said(channel, user).as_api(team, channel)
            ),
            "joined": lambda channel, user: events.joined(fake, team, channel, user),
            "left": lambda channel, user: events.joined(fake, team, channel, user, left=True),
            "user changed": lambda _, user: events.user_changed(fake, team, user),
            "team join": lambda _, user: events.team_join(fake, team, user),
            "home opened": lambda _, user: events.home_opened(fake, team, user),
            **changed,
        }

    def _said(self, channel: Channel, user: User) -> Message:
        roots = [one for one in channel.messages[-40:] if one.to is None]
        thread = self._chance.choice(roots).ts if roots and self._chance.random() < 0.8 else None
        return Message(self._fake.next_ts(), user.id, hostile.text(self._chance), thread_ts=thread)

    def _event(self, make: Callable[[Channel, User], None]) -> Json:
        self._told.clear()
        make(self._where(), self._who())
        return self._told[0] if self._told else {"type": "event_callback", "team_id": self._team.id}

    # On their way

    async def one(self, number: int) -> None:
        chance, kind = self._chance, self._turns[number % len(self._turns)]
        given = self.kinds[kind]()
        if chance.random() < 0.65:
            given = hostile.mutated(chance, given)
        kind, body, content = self._written(kind, given)
        headers, proper = self._signed(body)
        if proper and chance.random() < 0.05:
            content = chance.choice(TYPES)
        self._house.watch.begins(f"slack {kind}" if proper else "slack unsigned", body[:600].decode("utf-8", "replace"))
        path = self._path
        host, port, _ = self._house.apps["public"]
        head = [f"POST {path} HTTP/1.1", f"Host: {host}:{port}", f"Content-Length: {len(body)}", "Connection: close"]
        head += [f"Content-Type: {content}", *headers]
        self._fake.calls.clear()
        answer = await ask(host, port, "\r\n".join(head).encode("utf-8", "replace") + b"\r\n\r\n" + body)
        if not proper and answer.status == 200:
            self._house.watch.finds("a request that Slack did not sign was taken")
        self._house.watch.page(answer.body, answer.content_type)
        self._house.watch.secret(answer.body)
        if answer.body.startswith("{"):
            self._house.watch.slack(json.loads(answer.body))
        quiet = await self._house.quiet(self._house.bolt)
        self._look_at_calls()
        self._house.watch.ends(answer.seconds, status=answer.status)
        if not quiet:
            self._house.watch.finds("not done within 15 s")

    def _look_at_calls(self) -> None:
        """What the program told Slack because of it: all of it is for whoever sent it, but what is meant for a place."""
        for call in self._fake.calls:
            self._house.watch.slack(call["args"])
            args = call["args"]
            if args.get("user") in SENDERS or args.get("channel") in OPEN:
                self._house.watch.secret(json.dumps(args))
        for one in self._fake.violations:
            self._house.watch.finds(f"Slack refuses: {one['where']} {one['problems']}"[:200], json.dumps(one)[:1500])
        self._fake.violations.clear()

    def _written(self, kind: str, given: Any) -> tuple[str, bytes, str]:
        """As it stands in a request: a command as a form, an interaction as JSON in one, an event as JSON."""
        chance = self._chance
        if chance.random() < 0.03 and self._last[1]:
            return self._last  # the same once more
        if kind == "command" and isinstance(given, dict):
            flat = {name: one if isinstance(one, str) else hostile.dumped(one) for name, one in given.items()}
            pairs = [f"{_quoted(name)}={_quoted(one)}" for name, one in flat.items()]
            body, content = "&".join(pairs).encode(), FORM
        elif kind.startswith("event"):
            body, content = hostile.dumped(given).encode("utf-8", "surrogatepass"), JSON
        else:
            body, content = f"payload={_quoted(hostile.dumped(given))}".encode(), FORM
        if chance.random() < 0.06:
            body = hostile.garbled(chance, body)
        self._last = (kind, body, content)
        return kind, body, content

    def _signed(self, body: bytes) -> tuple[list[str], bool]:
        """The headers of a signature, and whether it is a good one. Most are."""
        moment, proper = str(int(time.time())), True
        secret = self._fake.app.signing_secret.encode()
        match self._chance.randrange(30):
            case 0:
                return [], False
            case 1:
                secret, proper = b"guessed", False
            case 2:
                moment, proper = self._chance.choice(("0", "-1", str(2**63), str(int(moment) - 400))), False
            case 3:
                return [
                    f"X-Slack-Request-Timestamp: {hostile.text(self._chance)[:200]}",
                    "X-Slack-Signature: v0=" + "0" * 64,
                ], False
        made = hmac.new(secret, b"v0:" + moment.encode() + b":" + body, hashlib.sha256).hexdigest()
        return [f"X-Slack-Request-Timestamp: {moment}", f"X-Slack-Signature: v0={made}"], proper

    @property
    def _path(self) -> str:
        """Where the program takes what Slack sends. Raises Unaddressable when that is no longer one route."""
        _, _, app = self._house.apps["public"]
        posts = {one.resource.canonical for one in app.router.routes() if one.method == "POST" and one.resource}
        if len(posts) != 1:
            raise Unaddressable(f"of several routes it is not known which is Slack's: {sorted(posts)}")
        return posts.pop()


def _quoted(text: str) -> str:
    return quote_plus(text.encode("utf-8", "surrogatepass"))
