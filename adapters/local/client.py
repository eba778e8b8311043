"""People of the local chat service, driven by a program: tests and rehearsals read like a conversation.

ada, ben = Person(api, "ada"), Person(api, "ben")
await ada.types("/ask")
await ada.submits(question="How do you store insulin?")
await ben.sees("How do you store insulin?")
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from adapters.local.chat import words
from bot.core.events import Value

Json = dict[str, Any]


class ApiError(Exception):
    """The service said no: the status, its code and its words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message


class ChatApi:
    """The service's HTTP API. With ``token`` also what lies under /bot/. Use it as ``async with ChatApi(url) as api``."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(self, method: str, path: str, given: Any = None) -> Json:
        """Raises ApiError when the service refuses, aiohttp.ClientError when it cannot be reached."""
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers)
        async with self._session.request(method, self.url + path, json=given) as response:
            answer: Json = await response.json()
            if response.status >= 400:
                raise ApiError(response.status, answer["error"], answer["message"])
            return answer

    async def directory(self) -> Json:
        return await self.request("GET", "/api/directory")

    async def add_person(self, id: str, name: str, zone: str = "UTC", **more: bool) -> None:
        await self.request("POST", "/api/people", {"id": id, "name": name, "zone": zone, **more})

    async def change_person(self, id: str, **changes: Any) -> None:
        await self.request("PATCH", f"/api/people/{quote(id)}", changes)

    async def add_place(self, id: str, name: str = "", **more: bool) -> None:
        await self.request("POST", "/api/places", {"id": id, "name": name or id, **more})

    async def change_place(self, id: str, **changes: Any) -> None:
        """Rename, close, archive: name, closed, archived, forum."""
        await self.request("PATCH", f"/api/places/{quote(id)}", changes)

    async def add_member(self, place: str, person: str) -> None:
        await self.request("PUT", f"/api/places/{quote(place)}/members/{quote(person)}")

    async def remove_member(self, place: str, person: str) -> None:
        await self.request("DELETE", f"/api/places/{quote(place)}/members/{quote(person)}")

    async def set_faults(self, **plan: float) -> None:
        """See adapters.local.chat.faults.Plan; nothing given ends all faults."""
        await self.request("POST", "/faults", plan)

    async def drop_sockets(self) -> int:
        """Cut the bots' connections. Returns how many there were."""
        return int((await self.request("POST", "/sockets/drop"))["dropped"])


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that a person sees: a message, a private reply or a form, where it stands and its words."""

    kind: str
    place: str
    text: str
    item: Json

    @property
    def id(self) -> Any:
        return self.item["id"]

    def __str__(self) -> str:
        return f"[{self.kind} in {self.place}] {self.text}"


class Person:
    """Somebody at the page. ``place`` is where they type unless they say otherwise."""

    def __init__(self, api: ChatApi, id: str, place: str = "questions", *, within: float = 5.0) -> None:
        """``within``: how many seconds they are willing to wait for what they expect to see."""
        self.api, self.id, self.place, self.within = api, id, place, within
        self._zone = ""
        self._filled: tuple[str, dict[str, Value]] = ("", {})

    async def types(self, text: str, *, place: str | None = None, dm: bool = False, thread: int | None = None) -> Json:
        """A command's outcome: answered, answer, form, message; or a message's id."""
        where: Json = {"dm": True} if dm else {"place": place or self.place}
        return await self._do("type", {**where, "thread": thread, "text": text})

    async def says(self, text: str, *, thread_of: str | int) -> Json:
        """Reply in the thread that a message of that id, or the last one with those words, belongs to."""
        found = await self._wait(lambda seen: _is_message(seen, thread_of), f"a message with {thread_of!r}")
        root = found.item["thread"] or found.id
        where: Json = {"dm": True} if found.place == f"dm-{self.id}" else {"place": found.place}
        return await self._do("type", {**where, "thread": root, "text": text})

    async def presses(self, label: str, *, on: str | int | None = None) -> Json:
        """Press a button of the last message that has it; ``on`` names a message by its id or some of its words."""

        def has_it(seen: Seen) -> bool:
            return _is_message(seen, on) and _packed(seen, label) is not None

        found = await self._wait(has_it, f"a button {label!r}" + (f" on {on!r}" if on is not None else ""))
        return await self._do("press", {"message": found.id, "packed": _packed(found, label)})

    async def chooses_in_menu(self, entry: str, *, of: str | int) -> Json:
        """Choose an entry of the bot's in the menu of a message: of that id, or the last one with those words."""
        found = await self._wait(lambda seen: _is_message(seen, of), f"a message with {of!r}")
        return await self._do("choose", {"message": found.id, "shortcut": entry})

    async def fills(self, **values: Value) -> Seen:
        """Fill fields of the last form that is open, without sending it. People are given by their ids."""
        form = await self._wait(lambda seen: seen.kind == "form", "an open form")
        names = [field["name"] for field in form.item["view"]["fields"]]
        assert values.keys() <= set(names), f"the form has the fields {names}"
        id, before = self._filled
        self._filled = (form.id, {**(before if id == form.id else form.item["values"]), **values})
        return form

    async def submits(self, **values: Value) -> Json:
        """Fill and send the last form that is open; what was in it already goes with it."""
        await self.fills(**values)
        id, filled = self._filled
        return await self._do("submit", {"form": id, "values": filled})

    async def cancels(self) -> None:
        form = await self._wait(lambda seen: seen.kind == "form", "an open form")
        await self.api.request("DELETE", f"{self._path}/forms/{form.id}")

    async def sees(self, text: str, *, within: float | None = None) -> Seen:
        """Wait until something that they see, anywhere, contains the text; the last such thing.

        Raises AssertionError with all that they do see instead.
        """
        return await self._wait(lambda seen: text in seen.text, repr(text), within)

    async def sees_not(self, text: str, *, during: float = 0.0) -> None:
        """Nothing that they see contains the text, now and for some seconds."""
        try:
            found = await self._wait(lambda seen: text in seen.text, repr(text), during)
        except AssertionError:
            return
        raise AssertionError(f"{self.id} sees {text!r}: {found}")

    async def everything(self) -> list[Seen]:
        """All that they see now, in every place: messages, oldest first, then open forms, oldest first."""
        return (await self._look())[1]

    @property
    def _path(self) -> str:
        return f"/api/as/{quote(self.id)}"

    async def _do(self, what: str, given: Json) -> Json:
        return await self.api.request("POST", f"{self._path}/{what}", given)

    async def _wait(self, fits: Callable[[Seen], bool], what: str, within: float | None = None) -> Seen:
        deadline = time.monotonic() + (self.within if within is None else within)
        while True:
            number, seen = await self._look()
            if found := [one for one in seen if fits(one)]:
                return found[-1]
            left = deadline - time.monotonic()
            if left <= 0:
                listed = "\n".join(f"  {one}" for one in seen) or "  nothing at all"
                raise AssertionError(f"{self.id} does not see {what}. They see:\n{listed}")
            await self.api.request("GET", f"{self._path}/changes?after={number}&wait={left:.3f}")

    async def _look(self) -> tuple[int, list[Seen]]:
        if not self._zone:
            people = (await self.api.directory())["people"]
            self._zone = next(one["zone"] for one in people if one["id"] == self.id)
        answer = await self.api.request("GET", f"{self._path}/view")
        seen = [one for view in answer["views"] for one in _seen(view, self._zone)]
        messages = sorted((one for one in seen if one.kind != "form"), key=lambda one: int(one.id))
        forms = sorted((one for one in seen if one.kind == "form"), key=lambda one: int(one.item["opened_ms"]))
        return answer["seq"], [*messages, *forms]


async def together(*doing: Any) -> list[Any]:
    """Several people at once, or one of them twice: await together(ada.submits(), ada.submits())."""
    return list(await asyncio.gather(*doing))


def _seen(view: Json, zone: str) -> list[Seen]:
    place = view["place"]["id"]
    found = []
    for root in view["messages"]:
        for message in (root, *root["replies"]):
            kind = "private reply" if message["private"] else "reply" if message["thread"] else "message"
            found.append(Seen(kind, place, words.message(message, zone), message))
    found += [Seen("form", place, words.form(form, zone), form) for form in view["forms"]]
    return found


def _is_message(seen: Seen, which: str | int | None) -> bool:
    if seen.kind == "form":
        return False
    return which is None or (seen.id == which if isinstance(which, int) else which in seen.text)


def _packed(seen: Seen, label: str) -> str | None:
    for button in words.buttons(seen.item["card"]) if seen.item["card"] else []:
        if button["kind"] == "button" and button["label"] == label:
            return str(button["packed"])
    return None
