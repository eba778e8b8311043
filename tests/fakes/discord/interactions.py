"""Interactions from beginning to end: sent over the gateway, answered once and in time, followed up while the token lives."""

from __future__ import annotations

import asyncio
import time
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from tests.fakes.discord import checks, limits, shapes
from tests.fakes.discord.errors import Json, Refused, unknown, wrong
from tests.fakes.discord.model import Channel, Form, Interaction, Message, Notice

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
NO_RESPONSE = "The application did not respond"
FORM_FAILED = "Something went wrong. Try again."


class Interactions:
    def __init__(self, fake: FakeDiscord) -> None:
        self._fake = fake
        self._timers: dict[int, asyncio.TimerHandle] = {}

    def begin(
        self, user: int, where: Channel, type: int, data: Json, *, message: int | None = None, form: int | None = None
    ) -> Interaction:
        state = self._fake.state
        one = Interaction(
            id=state.new_id(),
            token=token_urlsafe(32),
            type=type,
            user=user,
            channel=where.id,
            data=data,
            at=state.clock(),
            started=time.monotonic(),
            message=message,
            form=form,
        )
        state.interactions[one.id] = one
        loop = asyncio.get_running_loop()
        self._timers[one.id] = loop.call_later(self._fake.respond_within, self._too_late, one)
        if where.guild is None or state.guilds[where.guild].has_bot:
            self._fake.gateway.dispatch("INTERACTION_CREATE", shapes.interaction(one, state), intents=0)
        self._fake.changed()
        return one

    def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()

    def _too_late(self, one: Interaction) -> None:
        if one.responded is not None:
            return
        one.late = True
        self._fake.late.append({"id": str(one.id), "type": one.type, "what": named(one), "at": one.started})
        if one.type != AUTOCOMPLETE:
            self.notice(one.user, one.channel, FORM_FAILED if one.type == SUBMIT else NO_RESPONSE)
        self._fake.changed()

    def notice(self, user: int, channel: int, text: str) -> None:
        state = self._fake.state
        state.notices.append(Notice(state.new_id(), user, channel, text))
        self._fake.changed()

    # The first response

    def respond(self, id: int, token: str, type: int, data: Json, files: list[Json]) -> Interaction:
        state = self._fake.state
        one = state.interactions.get(id)
        if one is None or one.token != token or one.late:
            raise unknown("interaction")
        if one.responded is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        if time.monotonic() - one.started > self._fake.respond_within:
            raise unknown("interaction")
        self._check_kind(one, type)
        match type:
            case 4:
                one.answer = self._say(one, data, files).id
            case 5:
                flags = limits.LOADING | (data.get("flags") or 0) & limits.EPHEMERAL
                one.answer = self._post(one, {}, [], flags).id
            case 6 | 7:
                one.answer = one.message
                if type == 7:
                    self._update(one, data, files)
            case 8:
                checks.choices(data)
                one.choices = data.get("choices") or []
            case 9:
                checks.modal(data)
                self._open(one, data)
        self._answered(one, type)
        return one

    def _answered(self, one: Interaction, type: int) -> None:
        one.responded = type
        one.answered = self._fake.state.clock()
        self._timers.pop(one.id).cancel()
        took = {"at": one.started, "seconds": time.monotonic() - one.started}
        self._fake.acks.append({"id": str(one.id), "type": one.type, "what": named(one), "by": type, **took})
        if one.form is not None:
            self._fake.state.forms.pop(one.form, None)
        self._fake.changed()

    def _check_kind(self, one: Interaction, type: int) -> None:
        on_message = one.message is not None and one.type in (COMPONENT, SUBMIT)
        fits = {
            COMMAND: (MESSAGE, DEFERRED, MODAL),
            COMPONENT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, MODAL),
            AUTOCOMPLETE: (CHOICES,),
            SUBMIT: (MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE),
        }[one.type]
        if type not in fits or (type in (DEFERRED_UPDATE, UPDATE) and not on_message):
            raise wrong("type", f"Value must be one of {set(fits)}.", "BASE_TYPE_CHOICES")

    def _say(self, one: Interaction, body: Json, files: list[Json]) -> Message:
        checks.message(body, files=checks.names(files))
        return self._post(one, body, files, (body.get("flags") or 0) & limits.EPHEMERAL)

    def _post(self, one: Interaction, body: Json, files: list[Json], flags: int) -> Message:
        state = self._fake.state
        private_to = one.user if flags & limits.EPHEMERAL else 0
        kind = 20 if one.type == COMMAND and one.responded is None else 0
        more = {"flags": flags, "private_to": private_to, "interaction": one.id, "type": kind}
        return self._fake.messages.post(state.channels[one.channel], state.bot, body, files, **more)

    def _update(self, one: Interaction, data: Json, files: list[Json]) -> None:
        used = self._fake.state.find_message(one.message or 0)
        if used is None:
            raise unknown("Message")
        checks.message(data, files=checks.names(files), before=as_body(used))
        self._fake.messages.edit(used, data, files)

    def _open(self, one: Interaction, data: Json) -> None:
        """A client shows one form at a time: a new one takes the place of the one before."""
        state = self._fake.state
        state.forms = {id: form for id, form in state.forms.items() if form.user != one.user}
        state.forms[one.id] = Form(
            id=one.id,
            user=one.user,
            channel=one.channel,
            custom_id=data["custom_id"],
            title=data["title"],
            components=data["components"],
            message=one.message,
            at=state.clock(),
        )

    # What follows

    def by_token(self, application: int, token: str) -> Interaction:
        """Raises what a webhook's address answers that is not, or no longer, there."""
        state = self._fake.state
        one = next((each for each in state.interactions.values() if each.token == token), None)
        if application != state.application or one is None or one.responded in (None, CHOICES):
            raise unknown("Webhook")
        if (state.clock() - one.at).total_seconds() > self._fake.token_lives:
            raise Refused(401, 50027, "Invalid Webhook Token")
        return one

    def follow_up(self, one: Interaction, body: Json, files: list[Json]) -> Message:
        """The first one after a deferral takes the place of "is thinking…", and is as private as that was."""
        first = self._fake.state.find_message(one.answer or 0)
        if one.responded == DEFERRED and first is not None and first.flags & limits.LOADING:
            checks.message(body, files=checks.names(files))
            self._fake.messages.edit(first, body, files, fresh=True)
            return first
        return self._say(one, body, files)

    def message_of(self, one: Interaction, which: str) -> Message:
        id = (one.answer or 0) if which == "@original" else int(which)
        found = self._fake.state.find_message(id)
        if found is None or (found.interaction != one.id and found.id != one.answer):
            raise unknown("Message")
        return found

    def edit(self, message: Message, body: Json, files: list[Json]) -> None:
        loading = bool(message.flags & limits.LOADING)
        checks.message(body, files=checks.names(files), before={} if loading else as_body(message))
        self._fake.messages.edit(message, body, files, fresh=loading)


def as_body(message: Message) -> Json:
    return {
        "content": message.content,
        "embeds": message.embeds,
        "components": message.components,
        "attachments": message.attachments,
        "flags": message.flags,
    }


def named(one: Interaction) -> str:
    """For people: the command's name or the component's custom_id."""
    return str(one.data.get("name") or one.data.get("custom_id") or "")
