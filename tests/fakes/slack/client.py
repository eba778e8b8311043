"""People of the fake Slack, driven by a program, with the methods of the local chat service's people.

async with SlackApi(slack.url) as api:
    ada = SlackPerson(api, "ada")
    await ada.types("/ask")
    await ada.submits(title="How do you store insulin?")
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from urllib.parse import quote

import aiohttp

Json = dict[str, Any]
TS = re.compile(r"\d{9,}\.\d{6}")


class SlackApi:
    """The fake's control API. ``team``: the id of the workspace, the first one if not given."""

    def __init__(self, url: str, team: str = "") -> None:
        self.url, self.team = url.rstrip("/"), team
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def request(self, method: str, path: str, given: Any = None, **query: Any) -> Json:
        """Raises AssertionError with the fake's words for what somebody cannot do."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        params = {**({"team": self.team} if self.team else {}), **query}
        async with self._session.request(method, self.url + path, json=given, params=params) as response:
            answer: Json = await response.json()
            if response.status >= 400:
                raise AssertionError(answer["message"])
            return answer

    async def do(self, what: str, **given: Any) -> Json:
        return await self.request("POST", f"/fake/{what}", given)

    async def state(self) -> Json:
        """places, violations, acks, late, calls, sent, sockets, …: see control._state."""
        return await self.request("GET", "/fake/state")

    async def messages(self, place: str) -> list[Json]:
        """As the Web API shows them, with ``mentions`` and ``to`` (of ephemerals)."""
        found: list[Json] = (await self.state())["places"][place]["messages"]
        return found

    async def violations(self) -> list[Json]:
        found: list[Json] = (await self.state())["violations"]
        return found

    async def add_person(self, id: str, name: str = "", zone: str = "UTC", **more: Any) -> None:
        """more: shown (display name), admin, owner, primary_owner, guest, bot, deleted; home: another organisation's id."""
        await self.do("add_person", id=id, name=name, zone=zone, **more)

    async def change_person(self, id: str, **changes: Any) -> None:
        await self.do("change_person", id=id, **changes)

    async def add_place(self, id: str, **more: Any) -> None:
        """more: closed, bot (whether the app is in it; it is unless told otherwise), members."""
        await self.do("add_place", id=id, **more)

    async def change_place(self, id: str, **changes: Any) -> None:
        """name, closed, archived, deleted."""
        await self.do("change_place", id=id, **changes)

    async def add_member(self, place: str, person: str) -> None:
        await self.do("add_member", place=place, person=person)

    async def remove_member(self, place: str, person: str) -> None:
        await self.do("remove_member", place=place, person=person)

    async def invite_bot(self, place: str) -> None:
        await self.do("invite_bot", place=place)

    async def remove_bot(self, place: str) -> None:
        await self.do("remove_bot", place=place)

    async def set_faults(self, **plan: Any) -> None:
        """See faults.Faults; nothing given ends all faults."""
        await self.do("set_faults", **plan)

    async def drop_sockets(self) -> int:
        return int((await self.do("drop_sockets"))["dropped"])

    async def until(self, condition: Callable[[Json], Any], within: float = 5.0) -> Any:
        """Wait until a condition on ``state()`` holds; what it returned."""
        deadline = time.monotonic() + within
        while True:
            version = (await self.request("GET", "/fake/changes", after=-1))["version"]
            if found := condition(await self.state()):
                return found
            left = deadline - time.monotonic()
            assert left > 0, "it did not come to pass"
            await self.request("GET", "/fake/changes", after=version, wait=f"{left:.3f}")


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that a person sees: message, reply, private reply, home or form; its words, and more in ``item``."""

    kind: str
    place: str
    text: str
    item: Json

    @property
    def id(self) -> str:
        return str(self.item["id"])

    def __str__(self) -> str:
        return f"[{self.kind} in {self.place}] {self.text}"


class SlackPerson:
    """Somebody at Slack. ``place`` is where they type unless they say otherwise."""

    def __init__(self, api: SlackApi, id: str, place: str = "questions", *, within: float = 5.0) -> None:
        """``within``: how many seconds they are willing to wait for what they expect to see."""
        self.api, self.id, self.place, self.within = api, id, place, within

    async def types(self, text: str, *, place: str | None = None, dm: bool = False, thread: str | None = None) -> Json:
        """A command's outcome: answered, failed, unknown; or a message's id."""
        return await self._do("types", text=text, place=place or self.place, dm=dm, thread=thread)

    async def says(self, text: str, *, thread_of: str) -> Json:
        """Reply in the thread that a message of that id, or the last one with those words, belongs to."""
        found = await self._wait(lambda seen: _is_message(seen, thread_of), f"a message with {thread_of!r}")
        root = found.item["thread"] or found.id
        return await self._do("types", text=text, place=found.place, thread=root)

    async def edits(self, text: str, *, of: str) -> Json:
        found = await self._wait(lambda seen: _is_message(seen, of), f"a message with {of!r}")
        return await self._do("edits", id=found.id, text=text)

    async def deletes(self, which: str) -> Json:
        found = await self._wait(lambda seen: _is_message(seen, which), f"a message with {which!r}")
        return await self._do("deletes", id=found.id)

    async def presses(self, label: str, *, on: str | None = None, choosing: str | None = None) -> Json:
        """Press a button, or choose an option of a menu, of the last thing that has it.

        ``on``: a message's id or some of its words. ``choosing``: what to choose in the menu whose placeholder or
        action_id is ``label``: an option, a date, people or channels by their short names.
        """

        def has_it(seen: Seen) -> bool:
            return _control(seen, label, choosing) is not None and (on is None or seen.id == on or on in seen.text)

        what = f"a button {label!r}" + (f" on {on!r}" if on is not None else "")
        for tries in range(3):
            found = await self._wait(has_it, what)
            control = _control(found, label, choosing) or {}
            option = choosing or (label if control["type"] != "button" else "")
            where = {"block_id": control["block_id"], "action_id": control["action_id"]}
            try:
                return await self._do("presses", on=found.id, option=option, **where)
            except AssertionError as error:
                if "any more" not in str(error) or tries == 2:
                    raise  # else the message changed under the finger, and they press again
        raise AssertionError("the last try returns or raises")

    async def fills(self, **values: Any) -> Seen:
        """Fill fields of the form on top, by their block_ids, without sending it. People are given by short names."""
        form = await self._form()
        given = {name: _written(value) for name, value in values.items()}
        await self._do("fills", form=form.id, values=given)
        return form

    async def submits(self, **values: Any) -> Json:
        """Fill and send the form on top. The outcome: closed, errors, refused, failed, updated, pushed, cleared."""
        form = await self.fills(**values)
        return await self._do("submits", form=form.id)

    async def cancels(self, *, all: bool = False) -> None:
        form = await self._form()
        await self._do("cancels", form=form.id, all=all)

    async def suggestions(self, field: str, typed: str) -> list[str]:
        """The labels that the app offers for what was typed into a field."""
        form = await self._form()
        found = await self._do("suggestions", form=form.id, field=field, typed=typed)
        return list(found)

    async def uses_shortcut(self, shortcut: str, *, on: str | None = None) -> Json:
        """A shortcut by its name or callback_id; with ``on`` from the menu of a message."""
        if on is None:
            return await self._do("uses_shortcut", shortcut=shortcut)
        found = await self._wait(lambda seen: _is_message(seen, on), f"a message with {on!r}")
        return await self._do("uses_shortcut", shortcut=shortcut, on=found.id)

    async def chooses_in_menu(self, entry: str, *, of: str) -> Json:
        """Choose an entry of the bot's in the menu of a message: of that id, or the last one with those words."""
        return await self.uses_shortcut(entry, on=of)

    async def opens_home(self) -> None:
        await self._do("opens_home")

    async def hides_ephemerals(self) -> None:
        """Reload: what only they saw is gone."""
        await self._do("reloads")

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
        """All that they see now, in every place: messages, oldest first, then the home tab, then open forms."""
        return (await self._look())[1]

    async def _form(self) -> Seen:
        return await self._wait(lambda seen: seen.kind == "form", "an open form")

    async def _do(self, what: str, **given: Any) -> Json:
        return await self.api.request("POST", f"/fake/as/{quote(self.id)}/{what}", given)

    async def _wait(self, fits: Callable[[Seen], bool], what: str, within: float | None = None) -> Seen:
        deadline = time.monotonic() + (self.within if within is None else within)
        while True:
            version, seen = await self._look()
            if found := [one for one in seen if fits(one)]:
                return found[-1]
            left = deadline - time.monotonic()
            if left <= 0:
                listed = "\n".join(f"  {one}" for one in seen) or "  nothing at all"
                raise AssertionError(f"{self.id} does not see {what}. They see:\n{listed}")
            await self.api.request("GET", "/fake/changes", after=version, wait=f"{left:.3f}")

    async def _look(self) -> tuple[int, list[Seen]]:
        answer = await self.api.request("GET", f"/fake/as/{quote(self.id)}")
        return answer["version"], [Seen(**one) for one in answer["seen"]]


def _is_message(seen: Seen, which: str) -> bool:
    if seen.kind in ("form", "home"):
        return False
    return seen.id == which if TS.fullmatch(which) else which in seen.text


def _control(seen: Seen, label: str, choosing: str | None) -> Json | None:
    for control in seen.item.get("buttons", []):
        names = [control["label"]] if control["type"] == "button" else control["options"]
        if label in (names if choosing is None else (control["label"], control["action_id"])):
            found: Json = control
            return found
    return None


def _written(value: Any) -> Any:
    """As JSON: an instant as seconds since 1970."""
    return int(value.timestamp()) if isinstance(value, datetime) and value.tzinfo else value
