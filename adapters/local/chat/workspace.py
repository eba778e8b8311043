"""The workspace: its store, those who wait for changes, and the bots that hear of events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import aiosqlite
from aiohttp import web

from adapters.local.chat import answers, directory, messages, native, sockets
from adapters.local.chat.changes import EVERYTHING, Change, Changes
from adapters.local.chat.faults import Faults
from adapters.local.chat.model import BOT, Directory, Json, Person, Place, Problem
from adapters.local.chat.sockets import Envelope, Sockets
from adapters.local.chat.store import Store
from bot.core.clock import Clock

NOT_IN_TIME = "Rounds did not answer in time."
NOT_SHOWN = "Rounds answered with something that cannot be shown."


class Workspace:
    def __init__(self, store: Store, clock: Clock, patience: float, pauses: Sequence[float]) -> None:
        """``patience``: seconds a person waits for the bot before they are told; ``pauses``: see sockets."""
        self.store, self.clock, self.patience = store, clock, patience
        self.changes, self.faults = Changes(), Faults()
        self.sockets = Sockets(self._acknowledged, self._give_up, self._expired, pauses)

    def now_ms(self) -> int:
        return int(self.clock.now().timestamp() * 1000)

    async def open(self, beginning: Directory) -> None:
        await self.store.open()
        async with self.store.transaction() as db:
            await directory.seed(db, beginning)
            waiting = await sockets.kept(db)
        for envelope in waiting:
            self.sockets.carry(envelope)

    async def let_go(self) -> None:
        """End everything that waits: for changes, for the bot, for people."""
        self.changes.close()
        await self.sockets.close()

    async def changed(
        self, db: aiosqlite.Connection, place: str, message: int, thread: int | None, only_for: str | None = None
    ) -> None:
        """A message came, was edited or went: tell those who see its place, or the one for whom a private reply is."""
        people = [only_for] if only_for else await directory.readers(db, place)
        self.changes.tell(people, Change("message", place, message, thread or message))

    async def changed_directory(self, db: aiosqlite.Connection, *events: Json) -> None:
        """Tell everybody, and the bot."""
        self.changes.tell([person.id for person in await directory.people(db)], EVERYTHING)
        for event in events:
            await self.tell_bot(db, event)

    async def tell_bot(self, db: aiosqlite.Connection, event: Json) -> None:
        """Send the bot an event that it only acknowledges; it cannot do so before this transaction has ended."""
        self.sockets.carry(await sockets.keep(db, event, self.now_ms()))

    async def ask_bot(
        self, event: Json, person: str, place: str, thread: int | None = None, form: str | None = None
    ) -> Json:
        """Send the bot what a person did, and wait a while for its answer.

        Returns ``answered``, whether it acknowledged in time; ``answer``, what it said or null; and the ids of the
        ``form`` or ``message`` that came of it.
        """
        occasion = answers.Occasion(answers.new_token(), person, place, thread, form)
        async with self.store.transaction() as db:
            now = self.now_ms()
            await answers.begin(db, occasion, now)
            event = {**event, "person": person, "place": place, "answer_to": occasion.token, "at_ms": now}
            envelope = await sockets.keep(db, event, now)
        result = self.sockets.carry(envelope)
        outcome: Json = {"answered": True, "answer": None, "form": None, "message": None}
        try:
            async with asyncio.timeout(self.patience):
                return outcome | await asyncio.shield(result)
        except TimeoutError:
            await self._private_notice(occasion, NOT_IN_TIME)
            return outcome | {"answered": False}

    async def answer_later(self, token: str, answer: Any) -> Json:
        """An answer after the acknowledgement. Raises Problem."""
        checked = native.check_answer(answer)
        async with self.store.transaction() as db:
            occasion = await answers.use(db, token, self.now_ms())
            result = await answers.apply(db, occasion, checked, self.now_ms())
            await self._changed_by(db, occasion, checked, result)
        return result

    async def _acknowledged(self, envelope: Envelope, answer: Any) -> Json | None:
        token = envelope.event.get("answer_to")
        result: Json = {}
        async with self.store.transaction() as db:
            if not await sockets.forget(db, envelope.id):
                return None
            occasion = await answers.find(db, token) if token else None
            if occasion is None:
                return {}
            try:
                checked = None if answer is None else native.check_answer(answer)
                result = await answers.apply(db, occasion, checked, self.now_ms())
                await self._changed_by(db, occasion, checked, result)
            except Problem as problem:
                refused = problem
            else:
                return {"answer": answer, **result}
        if refused.code == "form_closed":
            return {"answer": answer}  # the other half of a double click has closed it
        await self._private_notice(occasion, NOT_SHOWN)
        raise refused

    async def _changed_by(
        self, db: aiosqlite.Connection, occasion: answers.Occasion, answer: native.Answer | None, result: Json
    ) -> None:
        if occasion.form is not None or "form" in result:
            self.changes.tell([occasion.person], Change("forms", occasion.place))
        if isinstance(answer, native.MessageAnswer):
            only_for = occasion.person if answer.private else None
            await self.changed(db, occasion.place, result["message"], occasion.thread, only_for)

    async def _private_notice(self, occasion: answers.Occasion, words: str) -> None:
        card = native.check_card({"body": [words]})
        async with self.store.transaction() as db:
            id = await messages.add(
                db,
                occasion.place,
                BOT,
                self.now_ms(),
                thread=occasion.thread,
                card=card,
                only_for=occasion.person,
            )
            await self.changed(db, occasion.place, id, occasion.thread, occasion.person)

    def _expired(self, envelope: Envelope) -> bool:
        """What a person did is not worth telling once it cannot be answered; everything else is."""
        return "answer_to" in envelope.event and self.now_ms() > envelope.made_ms + answers.LIFE_MS

    async def _give_up(self, envelope: Envelope) -> None:
        async with self.store.transaction() as db:
            await sockets.forget(db, envelope.id)


WORKSPACE_KEY = web.AppKey("workspace", Workspace)


def person_event(person: Person) -> Json:
    return {"type": "person", "person": asdict(person)}


def place_event(place: Place) -> Json:
    return {"type": "place", "place": asdict(place)}


async def members_event(db: aiosqlite.Connection, place: str, now_ms: int) -> Json:
    return {"type": "members", "place": place, "people": await directory.readers(db, place), "at_ms": now_ms}
