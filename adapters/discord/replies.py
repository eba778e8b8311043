"""What people say in threads: who and when. Discord tells it once; what nobody heard is looked for when one is connected anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.discord import inbound
from adapters.discord.directory import Directory
from adapters.discord.http import DiscordHttp
from adapters.discord.profile import PROFILE
from adapters.discord.servers import MOST_KEPT, THREADS, Servers
from bot.core.events import Event
from bot.core.inside import Inside
from bot.core.ports import Gone, Refused

Json = dict[str, Any]
CAUGHT_UP = 100  # messages of a thread that are looked at for replies we did not hear of; Discord gives no more at once
# So long before the last reply that was heard of, others may have been missed: by a process that died while it worked on them.
UNSURE = timedelta(minutes=10)


class Replies:
    def __init__(
        self,
        http: DiscordHttp,
        servers: Servers,
        directory: Directory,
        report: Callable[[Event], Awaitable[None]],
        inside: Inside,
    ) -> None:
        self._http, self._servers, self._directory = http, servers, directory
        self._report, self._inside = report, inside
        self._below_ours: dict[str, bool] = {}  # threads that others began: whether below a message of ours
        self._since: datetime | None = None
        self._asking = asyncio.Lock()

    def connected(self) -> None:
        """Anew: nobody tells what was said before."""
        self._since = None

    async def heard(self, native: Json, guild: str) -> None:
        """A message in some thread. Raises SendError."""
        await self.unsure_since()  # what is heard now says nothing of what nobody heard before
        thread = await self._servers.channel(str(native["channel_id"]))
        if thread["type"] not in THREADS:
            return
        if await self._is_ours(thread):
            await self._reply(native, guild, thread)
        elif (said := inbound.talked(native, guild, thread)) is not None and await self._inside.counts(said.place):
            await self._report(said)

    async def unsure_since(self) -> datetime:
        """From when on replies may have been missed. Asked once for a connection: what is heard in the server that is told of
        first says nothing of the others."""
        async with self._asking:
            if self._since is None:
                newest = (await self._inside.newest(PROFILE.name, inbound.REPLY_KEY)).removeprefix(inbound.REPLY_KEY)
                self._since = inbound.instant(newest) - UNSURE if newest else datetime.min.replace(tzinfo=UTC)
            return self._since

    async def catch_up(self, guild: str, thread: Json, since: datetime) -> None:
        """Hear what was said in a thread, as its server tells of it when one is connected. What was acted on before is known by
        its key. Raises SendError."""
        last = thread.get("last_message_id")
        if not last or inbound.instant(last) < since or not await self._is_ours(thread):
            return
        listed = await self._http.ask(
            "GET", f"/channels/{{channel_id}}/messages?limit={CAUGHT_UP}", channel_id=str(thread["id"])
        )
        for message in reversed(listed):
            if inbound.instant(str(message["id"])) >= since:
                await self._reply({**message, "channel_id": thread["id"]}, guild, thread)

    async def begun_with(self, thread: str, place: str) -> str:
        """The message that a thread began with, as what we sent is named. Raises SendError."""
        return f"{thread}:{thread}" if await self._servers.is_forum(place) else thread

    async def _is_ours(self, thread: Json) -> bool:
        """Whether we began it, or somebody who was quicker than we are began it below a message of ours. Raises SendError."""
        if str(thread.get("owner_id")) == self._http.user:
            return True
        id = str(thread["id"])
        if id not in self._below_ours:
            if len(self._below_ours) >= MOST_KEPT:
                self._below_ours.clear()
            try:
                self._below_ours[id] = await self._is_below_ours(id, str(thread["parent_id"]))
            except Refused:  # until we may read there
                return False
        return self._below_ours[id]

    async def _is_below_ours(self, thread: str, place: str) -> bool:
        """A thread that was begun below a message has its id."""
        if await self._servers.is_forum(place):
            return False
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            begun_with = await self._http.ask("GET", path, edits=True, channel_id=place, message_id=thread)
        except Gone:  # below nothing that stands
            return False
        return str(begun_with["author"]["id"]) == self._http.user

    async def _reply(self, native: Json, guild: str, thread: Json) -> None:
        place, id = str(thread["parent_id"]), str(thread["id"])
        reply = inbound.thread_reply(native, guild, place, await self.begun_with(id, place))
        if reply is None:
            return
        member = native.get("member")
        if member is None and not self._directory.has_met(reply.who):
            member = await self._servers.member(guild, reply.who.id)
        if member is not None:
            await self._directory.meet(guild, {**member, "user": native["author"]})
        await self._report(reply)
