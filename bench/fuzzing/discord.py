"""Every kind of interaction and event that comes through Discord's gateway, as Discord would never send it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from bench.fuzzing import hostile
from bench.fuzzing.actions import Actions
from bench.fuzzing.hostile import Json
from bench.fuzzing.house import ATTACKERS, House
from tests.fakes.discord import shapes
from tests.fakes.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, SUBMIT
from tests.fakes.discord.model import Channel, Message

PING, UNKNOWN = 1, 99
# Discord's documentation of modals: a label holds a text input, a list of choices or of people.
LABEL, TEXT_INPUT, SELECT, USER_SELECT = 18, 4, 3, 5
DEEPEST = 400
MOST_KEPT = 200  # interactions: the stand-in looks through all for each answer that comes later


class Discord:
    def __init__(self, house: House, chance: Random) -> None:
        self._house, self._chance, self._fake = house, chance, house.discord
        self._actions = Actions(house.rounds.registry, chance, self._ref)
        self._told: list[tuple[str, Any]] | None = None
        self._marks = 0
        dispatch = self._fake.gateway.dispatch

        def kept(name: str, make: Any, *more: Any, **named: Any) -> None:
            if self._told is None:
                dispatch(name, make, *more, **named)
            elif not callable(make):
                self._told.append((name, make))

        self._fake.gateway.dispatch = kept  # type: ignore[method-assign]
        self.kinds: dict[str, Callable[[], tuple[str, Any]]] = {
            "command": self._command,
            "message command": self._message_command,
            "autocomplete": self._autocomplete,
            "component": self._component,
            "modal submit": self._modal,
            "ping": lambda: self._begun(PING, {}),
            "unknown interaction": lambda: self._begun(UNKNOWN, {"custom_id": "x"}),
            **{name: partial(self._named, name) for name in EVENTS},
        }
        # What people do comes four times as often as each of the events.
        self._turns = [*self.kinds, *[kind for kind in self.kinds if kind not in EVENTS] * 3]

    def _ref(self, name: str) -> str:
        users = {user.name: user.id for user in self._fake.state.users.values()}
        return f"discord/{self._fake.guild.id}/{users.get(name, 1)}"

    def _who(self) -> int:
        return self._fake.state.user_named(self._chance.choice(("dana", "emre"))).id

    def _where(self) -> Channel:
        return self._fake.state.place_named(self._chance.choice(("general", "questions")))

    # Interactions, as Discord makes them

    def _begun(self, type: int, data: Json, message: Message | None = None) -> tuple[str, Any]:
        where = self._fake.state.channels[message.channel] if message else self._where()
        self._told = []
        id = message.id if message else None
        self._fake.interactions.begin(self._who(), where, type, data, message=id)
        (told,), self._told = self._told, None
        return told

    def _command(self, kind: int = COMMAND) -> tuple[str, Any]:
        name, _, more = self._actions.command().partition(" ")
        option: Json = {"name": "text", "type": 3, "value": hostile.text(self._chance)[:6000]}
        if kind == AUTOCOMPLETE:
            option["focused"] = True
        options = [option] if self._chance.random() < 0.8 else []
        if self._chance.random() < 0.3:
            options.append({"name": "person", "type": 6, "value": str(self._who())})
        data: Json = {"id": "1", "name": name, "type": 1, "options": options}
        if more:
            data["options"] = [{"name": more, "type": 1, "options": options}]
        return self._begun(kind, data)

    def _autocomplete(self) -> tuple[str, Any]:
        return self._command(AUTOCOMPLETE)

    def _message(self) -> Message:
        """One of ours or somebody's, in an open place."""
        where = self._where()
        there = list(self._fake.state.messages.get(where.id, {}).values())[-30:]
        if there:
            return self._chance.choice(there)
        return self._fake.messages.post(where, self._who(), {"content": "hello"})

    def _message_command(self) -> tuple[str, Any]:
        message = self._message()
        name = self._chance.choice([*self._house.rounds.registry.shortcuts, "Nothing of ours"])
        shown = shapes.message(message, self._fake.state) | {"content": hostile.text(self._chance)[:4000]}
        data = {"id": "1", "name": name, "type": 3, "target_id": str(message.id)}
        return self._begun(COMMAND, {**data, "resolved": {"messages": {str(message.id): shown}}})

    def _component(self) -> tuple[str, Any]:
        carried = f"~{'a' * 24}" if self._chance.random() < 0.3 else ""
        data = {"custom_id": f"{self._actions.packed()}{carried}", "component_type": 2, "id": 3}
        return self._begun(COMPONENT, data, self._message())

    def _modal(self) -> tuple[str, Any]:
        origin, form = self._actions.form()
        step = self._chance.choice(("0", "0", "0", "1", "7", "-1", "x"))
        shown = [self._input(number, field) for number, field in enumerate(form.fields()[:5])]
        return self._begun(SUBMIT, {"custom_id": f"{self._actions.draft()}.{step}~{origin}", "components": shown})

    def _input(self, number: int, field: Any) -> Json:
        given: Json = {"id": number, "custom_id": f"{field.name}~{field.kind}"}
        value = self._actions.value(field)
        match field.kind:
            case "choice" | "choices" | "yesno":
                chosen = ["yes" if one is True else one for one in (value if isinstance(value, list) else [value])]
                given |= {"type": SELECT, "values": chosen}
            case "person":
                given |= {"type": USER_SELECT, "values": [str(value).rpartition("/")[2]]}
            case _:
                given |= {"type": TEXT_INPUT, "value": ", ".join(value) if _is_words(value) else value}
        return {"type": LABEL, "id": number, "component": given}

    # What happens in a server

    def _named(self, name: str) -> tuple[str, Any]:
        return name, self._event(name)

    def _event(self, name: str) -> Any:
        state, home = self._fake.state, self._fake.guild
        whole = shapes.guild(home, state, whole=True)
        match name:
            case "GUILD_DELETE":  # of another server: of this one, nothing more could be tried
                return {"id": "1", "unavailable": False}
            case "GUILD_CREATE" | "GUILD_UPDATE":
                return whole
            case "GUILD_ROLE_CREATE" | "GUILD_ROLE_UPDATE" | "GUILD_ROLE_DELETE":
                return {"guild_id": str(home.id), "role": whole["roles"][0], "role_id": "1"}
            case "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "CHANNEL_DELETE":
                extra = {"id": "55", "name": hostile.text(self._chance)[:90]}
                return {**shapes.channel(self._where(), state), "guild_id": str(home.id), **extra}
            case "THREAD_CREATE" | "THREAD_UPDATE" | "THREAD_DELETE":
                thread = {"parent_id": str(self._where().id), "owner_id": str(self._who()), "name": "x"}
                return {"id": "56", "type": 11, "guild_id": str(home.id), **thread}
            case "MESSAGE_CREATE" | "MESSAGE_UPDATE":
                return {**shapes.message(self._message(), state), **self._said()}
            case "MESSAGE_DELETE" | "MESSAGE_DELETE_BULK":
                message = self._message()
                gone = {"ids": [str(message.id), "1"]} if name.endswith("BULK") else {"id": "1"}
                return {**gone, "channel_id": str(message.channel), "guild_id": str(home.id)}
            case "GUILD_SCHEDULED_EVENT_CREATE":
                return {"id": "57", "guild_id": str(home.id), "creator_id": str(state.bot), "name": "x"}
            case _:
                told = {"guild_scheduled_event_id": "57", "user_id": str(self._who())}
                return {**told, "guild_id": str(home.id)}

    def _said(self) -> Json:
        """In a channel or one of its threads, or to us, by somebody; now and then that they joined the server."""
        state, chance = self._fake.state, self._chance
        open_places = [state.place_named(name).id for name in ("general", "questions")]
        threads = [one.id for one in state.channels.values() if one.is_thread and one.parent in open_places][-20:]
        where = chance.choice(threads) if threads and chance.random() < 0.7 else self._where().id
        user = self._who()
        member = shapes.member(self._fake.guild.members[user], state, with_user=False)
        named = {
            "id": str(state.new_id()),
            "content": hostile.text(chance)[:4000],
            "type": chance.choice((0, 0, 7, 19)),
        }
        there = {"guild_id": str(self._fake.guild.id), "member": member} if chance.random() < 0.8 else {}
        return {**named, **there, "author": shapes.user(state.users[user]), "channel_id": str(where)}

    # On their way

    async def one(self, number: int) -> None:
        chance, kind = self._chance, self._turns[number % len(self._turns)]
        name, given = self.kinds[kind]()
        if chance.random() < 0.65:
            given = hostile.mutated(chance, given)
        self._house.watch.begins(f"discord {kind}", hostile.dumped(given)[:600])
        began = time.monotonic()
        if not await self._sent(name, given):
            self._house.watch.finds("Discord's gateway was not read any more")
        quiet = await self._house.quiet(self._house.gateway)
        # What takes long is answered in time with "thinking…"; without an answer, it is the time until all was done.
        acks = [one["seconds"] for one in self._fake.acks]
        self._house.watch.ends(acks[0] if acks else time.monotonic() - began)
        self._fake.acks.clear()
        if not quiet:
            self._house.watch.finds("not done within 15 s")
        self._look_at_answers()

    async def _sent(self, name: str, given: Any) -> bool:
        """Whether it was taken. Now and then a frame is none at all."""
        session = next(iter(self._fake.gateway.sessions.values()))
        session.number += 1
        frame = {"op": 0, "t": name, "s": session.number, "d": given}
        if self._chance.random() < 0.01:
            frame = hostile.mutated(self._chance, frame, 1)
            # What kind of frame it is, discord.py has to know, or it begins its connection anew.
            frame |= {"op": 0, "s": session.number, "t": str(frame.get("t"))} if isinstance(frame, dict) else {}
        text = hostile.dumped(frame)
        if (
            "[" * DEEPEST in text
        ):  # discord.py cannot read it, and begins its connection anew: that would be all this tries
            text = json.dumps({"op": 0, "t": name, "s": session.number, "d": [[[]]]})
        session.outgoing.put_nowait(text)
        self._marks += 1
        mark = {"op": 0, "t": "FUZZED", "s": session.number, "d": {"number": self._marks}}
        session.outgoing.put_nowait(json.dumps(mark))
        return await self._house.heard.wait(self._marks, within=10.0)

    def _look_at_answers(self) -> None:
        """What the stand-in keeps: what senders were shown, whom a message pinged, what Discord refuses as malformed."""
        fake = self._fake
        for one in fake.violations:
            self._house.watch.finds(f"Discord refuses: {one['message']} {one.get('errors', '')}"[:300], str(one)[:1500])
        fake.violations.clear()
        fake.late.clear()
        if self._marks % MOST_KEPT:
            return
        senders = {fake.state.user_named(name).id for name in ATTACKERS if name != "gus"}
        for messages in fake.state.messages.values():
            for message in messages.values():
                if "everyone" in message.pinged:
                    self._house.watch.finds("everyone was told")
                if message.private_to in senders:
                    self._house.watch.secret(json.dumps(message.components))
            for id in [id for id, message in messages.items() if message.private_to in senders]:
                del messages[id]
        fake.interactions.stop()
        shown = {message.interaction for messages in fake.state.messages.values() for message in messages.values()}
        fake.state.interactions = {id: one for id, one in fake.state.interactions.items() if id in shown}
        fake.state.notices.clear()
        fake.state.forms.clear()


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


EVENTS = (
    *("GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE", "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE", "GUILD_ROLE_DELETE"),
    *("CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE", "THREAD_CREATE", "THREAD_UPDATE", "THREAD_DELETE"),
    *("MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"),
    *("GUILD_SCHEDULED_EVENT_CREATE", "GUILD_SCHEDULED_EVENT_USER_ADD", "GUILD_SCHEDULED_EVENT_USER_REMOVE"),
    "SOMETHING_NEW",
)
