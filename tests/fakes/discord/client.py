"""People of the fake Discord, driven by a program, in the same words as those of the local chat service.

ada, ben = DiscordPerson(api, "ada"), DiscordPerson(api, "ben")
await ada.types("/ask How do you store insulin?")
await ben.sees("How do you store insulin?")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from adapters.local.client import ChatApi, Json, Person, Seen
from tests.fakes.discord import forms
from tests.fakes.discord.checks import SELECTS, walk
from tests.fakes.discord.reading import Reader


class DiscordApi(ChatApi):
    """The control API: people, places, faults, and what there is to look at. Use it as ``async with DiscordApi(url)``."""

    def __init__(self, url: str) -> None:
        super().__init__(url)

    async def directory(self) -> Json:
        """guild and bot (ids), people, places (each with who sees it) and threads."""
        return await self.request("GET", "/fake/directory")

    async def add_person(self, id: str, name: str, zone: str = "UTC", **more: Any) -> None:
        """``more``: announced (Discord says that they joined), dms_closed, admin, owner, roles, gone."""
        await self.request("POST", "/fake/people", {"id": id, "name": name, "zone": zone, **more})

    async def change_person(self, id: str, **changes: Any) -> None:
        """name, zone, dms_closed, admin, owner, roles (names), gone (has left the guild, or is back)."""
        await self.request("PATCH", f"/fake/people/{quote(id)}", changes)

    async def add_place(self, id: str, name: str = "", **more: Any) -> None:
        """``more``: closed, forum, tags (names), tag_required, topic. The id is the channel's name; ``name`` is not used."""
        await self.request("POST", "/fake/places", {"id": id, **more})

    async def change_place(self, id: str, **changes: Any) -> None:
        """name, topic, closed, tag_required, removed."""
        await self.request("PATCH", f"/fake/places/{quote(id)}", changes)

    async def add_member(self, place: str, person: str) -> None:
        """Let a person, or "bot", see a closed place."""
        await self.request("PUT", f"/fake/places/{quote(place)}/members/{quote(person)}")

    async def remove_member(self, place: str, person: str) -> None:
        await self.request("DELETE", f"/fake/places/{quote(place)}/members/{quote(person)}")

    async def permit(self, place: str, who: str, *, allow: tuple[str, ...] = (), deny: tuple[str, ...] = ()) -> None:
        """Overwrite permissions (names, like SEND_MESSAGES) for a person, "bot", "everyone" or another role."""
        given = {"allow": list(allow), "deny": list(deny)}
        await self.request("PUT", f"/fake/places/{quote(place)}/permissions/{quote(who)}", given)

    async def set_permissions(self, role: str, *permissions: str) -> None:
        """All that "bot", "everyone" or another role may do in the guild."""
        await self.request("PUT", f"/fake/roles/{quote(role)}", {"permissions": list(permissions)})

    async def set_faults(self, **plan: Any) -> None:
        """Chances of faults, see faults.Plan; nothing given ends them."""
        await self.request("POST", "/fake/faults", plan)

    async def add_fault(self, kind: str, **fault: Any) -> None:
        """So many faults one by one, see faults.Fault."""
        await self.request("POST", "/fake/faults/one", {"kind": kind, **fault})

    async def clear_faults(self) -> None:
        await self.request("DELETE", "/fake/faults")

    async def drop_sockets(self) -> int:
        return await self.drop_gateways()

    async def drop_gateways(self) -> int:
        """Cut the gateway's connections. Returns how many there were."""
        return int((await self.gateway("drop"))["dropped"])

    async def gateway(self, what: str, **given: Any) -> Json:
        """drop, reconnect (op 7), invalidate (resumable=…), forget (the next resume is refused), freeze (frozen=…),
        refuse (times=…), malformed (name=…, data=…), or "look". Returns what there is now: sessions, sockets, identified.
        """
        return await self.request("POST", f"/fake/gateway/{what}", given)

    async def add_guild(self, name: str) -> None:
        """Another guild with the bot in it. add_person and add_place take ``guild``; places' names must differ."""
        await self.request("POST", "/fake/guild/found", {"name": name})

    async def remove_bot(self, guild: str = "") -> None:
        await self.request("POST", "/fake/guild/remove_bot", {"guild": guild})

    async def invite_bot(self, guild: str = "") -> None:
        await self.request("POST", "/fake/guild/invite_bot", {"guild": guild})

    async def change_guild(self, *, name: str) -> None:
        await self.request("POST", "/fake/guild/change", {"name": name})

    async def change_limits(self, **changes: Any) -> None:
        """respond_within, token_lives, nonce_seconds (seconds), dm_opens, requests_a_second, per_channel (how many, seconds)."""
        await self.request("PATCH", "/fake/limits", changes)

    async def messages(self, place: str) -> list[Json]:
        """All of a place and its threads, or of dm-<person>: private replies too, oldest first. See views.message."""
        found: Any = await self.request("GET", f"/fake/places/{quote(place)}/messages")
        return list(found)

    async def events(self) -> list[Json]:
        """Scheduled events, with the short names of who is interested."""
        found: Any = await self.request("GET", "/fake/events")
        return list(found)

    async def inspect(self) -> Json:
        """violations, refusals, late, acks, invalid_requests, requests, identified, resumed, sessions."""
        return await self.request("GET", "/fake/inspect")


class DiscordPerson(Person):
    """Somebody at a Discord client. What the client would not let them do raises ApiError.

    ``types`` and the like return when the application has responded, or when its time for that is over: answered, kind
    (message, deferred, update, form), interaction, answer (a message's id), form.
    """

    api: DiscordApi

    def __init__(self, api: DiscordApi, id: str, place: str = "questions", *, within: float = 5.0) -> None:
        super().__init__(api, id, place, within=within)

    @property
    def _path(self) -> str:
        return f"/fake/as/{quote(self.id)}"

    async def types(self, text: str, *, place: str | None = None, dm: bool = False, thread: int | None = None) -> Json:
        """A command: "/rounds me", "/ask all the rest is its first text option" or "/ask question:… topic:…".

        Anything else is a message: its id as "message". In a forum it begins a post.
        """
        where: Json = {"dm": True} if dm else {"place": place or self.place}
        return await self._do("types", {**where, "thread": thread, "text": text})

    async def says(self, text: str, *, thread_of: str | int) -> Json:
        """Reply in the thread of a message (by id or words), or in one begun for it; in a DM, reply to it."""
        found = await self._wait(_message(thread_of), f"a message with {thread_of!r}")
        return await self._do("says", {"message": found.id, "text": text})

    async def presses(self, label: str, *, on: str | int | None = None) -> Json:
        """Press a button of the last message that has it; ``on`` names a message by its id or some of its words."""

        def has_it(seen: Seen) -> bool:
            return _message(on)(seen) and _button(seen, label) is not None

        found = await self._wait(has_it, f"a button {label!r}" + (f" on {on!r}" if on is not None else ""))
        return await self._do("presses", {"message": found.id, "custom_id": _button(found, label)})

    async def chooses(self, label: str, value: Any, *, on: str | int | None = None) -> Json:
        """Pick from the list with that placeholder (or name in its custom_id) in the last message that has it."""

        def has_it(seen: Seen) -> bool:
            return _message(on)(seen) and _list(seen, label) is not None

        found = await self._wait(has_it, f"a list {label!r}")
        return await self._do("chooses", {"message": found.id, "custom_id": _list(found, label), "value": value})

    async def fills(self, **values: Any) -> Seen:
        """Fill fields of the form that is open, without sending it. A field's name is its custom_id up to a separator."""
        form = await self._wait(lambda seen: seen.kind == "form", "an open form")
        names = list(forms.inputs(form.item["components"]))
        assert values.keys() <= set(names), f"the form has the fields {names}"
        id, before = self._filled
        self._filled = (form.id, {**(before if id == form.id else {}), **values})
        return form

    async def submits(self, **values: Any) -> Json:
        """Fill and send the form that is open; what was in it already goes with it."""
        await self.fills(**values)
        id, filled = self._filled
        return await self._do("submits", {"form": id, "values": filled})

    async def cancels(self) -> None:
        form = await self._wait(lambda seen: seen.kind == "form", "an open form")
        await self._do("cancels", {"form": form.id})

    async def uses_message_command(self, label: str, *, on: str | int) -> Json:
        """A command from the menu of a message, named by its id or some of its words."""
        found = await self._wait(_message(on), f"a message with {on!r}")
        return await self._do("uses_message_command", {"message": found.id, "label": label})

    async def chooses_in_menu(self, entry: str, *, of: str | int) -> Json:
        """Choose an entry of the bot's in the menu of a message: of that id, or the last one with those words."""
        return await self.uses_message_command(entry, on=of)

    async def completes(self, command_text: str, option: str, typed: str) -> list[str]:
        """What is offered while an option of a command is being typed."""
        given = {"place": self.place, "text": command_text, "option": option, "typed": typed}
        answer = await self._do("completes", given)
        return [one["name"] for one in answer["choices"]]

    async def edits(self, text: str, *, message: str | int) -> None:
        found = await self._wait(_message(message), f"a message with {message!r}")
        await self._do("edits", {"message": found.id, "text": text})

    async def deletes(self, message: str | int) -> None:
        found = await self._wait(_message(message), f"a message with {message!r}")
        await self._do("deletes", {"message": found.id})

    async def dismisses(self) -> None:
        """Start the client anew: private replies, notices and an open form are gone."""
        await self._do("dismisses", {})

    async def is_interested(self, event: str, *, yes: bool = True) -> None:
        """In the scheduled event of that name; or no longer."""
        await self._do("interested", {"event": event, "yes": yes})

    async def _look(self) -> tuple[int, list[Seen]]:
        answer = await self.api.request("GET", f"{self._path}/view")
        reader = Reader(answer["zone"], answer["names"])
        seen = [Seen(item["kind"], item["place"], reader.item(item), item) for item in answer["items"]]
        return answer["seq"], seen


def _message(which: str | int | None) -> Callable[[Seen], bool]:
    def fits(seen: Seen) -> bool:
        if seen.kind in ("form", "notice"):
            return False
        return which is None or (seen.id == which if isinstance(which, int) else which in seen.text)

    return fits


def _usable(seen: Seen) -> Iterator[Json]:
    return (one for _, one in walk(seen.item["components"]) if one.get("custom_id") and not one.get("disabled"))


def _button(seen: Seen, label: str) -> str | None:
    return next((one["custom_id"] for one in _usable(seen) if one["type"] == 2 and one.get("label") == label), None)


def _list(seen: Seen, label: str) -> str | None:
    for one in _usable(seen):
        if one["type"] in SELECTS and label in (one.get("placeholder"), forms.field_name(one["custom_id"])):
            return str(one["custom_id"])
    return None
