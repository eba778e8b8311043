"""Who is interested in our events: as they press it, and after we were away, as it is."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import structlog

from adapters.discord.directory import Directory
from adapters.discord.events import NAMED, Events, user_of
from adapters.discord.profile import ref
from adapters.discord.servers import Servers
from bot.core.events import Event, Interest
from bot.core.ports import SendError

Json = dict[str, Any]
log = structlog.get_logger("rounds.discord")
UNINTERESTED = 0
AT_ONCE = 25  # people reported in one transaction: it must not hold up what cannot wait
MOST_TOLD = 100_000


class Interested:
    """Discord says neither when somebody pressed nor how often: a press counts once, in the order in which it came."""

    def __init__(
        self, events: Events, servers: Servers, directory: Directory, report: Callable[[Event], Awaitable[None]]
    ) -> None:
        self._events, self._servers, self._directory, self._report = events, servers, directory, report
        self._told: set[tuple[str, str]] = set()  # event, person: of whom was reported that they are interested
        self.in_turn = asyncio.Lock()  # of two presses the later one is reported later

    async def pressed(self, native: Json, at: datetime, *, interested: bool) -> None:
        """Somebody pressed "Interested", or took it back. Of other people's events nothing is written. Raises SendError."""
        guild, event, user = str(native["guild_id"]), str(native["guild_scheduled_event_id"]), str(native["user_id"])
        if not await self._events.is_ours(guild, event):
            return
        if interested and not await self._known(guild, user, None):
            return
        who = (ref(guild, user),)
        await self._report(Interest(_key(), ref(guild, ""), f"{NAMED}{event}", who, interested, at))

    async def catch_up(self, guild: str) -> None:
        """Whoever is interested now in what is still open, once."""
        try:
            for event in await self._events.open(guild):
                if self._events.made(event) and event.get("user_count"):
                    await self._report_all(guild, str(event["id"]))
        except (SendError, KeyError, TypeError, ValueError) as error:  # nothing else has to wait for that
            log.warning("discord.interest_not_read", error=str(error))

    async def _report_all(self, guild: str, event: str) -> None:
        async with self.in_turn:
            listed = [one for one in await self._events.interested(guild, event) if one.get("response") != UNINTERESTED]
            new = [one for one in listed if (event, user_of(one)) not in self._told]
            known = [user_of(one) for one in new if await self._known(guild, user_of(one), one)]
            for begin in range(0, len(known), AT_ONCE):
                users = known[begin : begin + AT_ONCE]
                who = tuple(ref(guild, user) for user in users)
                await self._report(Interest(_key(), ref(guild, ""), f"{NAMED}{event}", who, True, None))
                self._told.update((event, user) for user in users)
            if len(self._told) > MOST_TOLD:
                self._told.clear()

    async def _known(self, guild: str, user: str, listed: Json | None) -> bool:
        """Whether they are in the server; who is new is written down first. Raises SendError."""
        if self._directory.has_met(ref(guild, user)):
            return True
        if listed is not None and listed.get("member") and listed.get("user"):
            member: Json | None = {**listed["member"], "user": listed["user"]}
        else:
            member = await self._servers.member(guild, user)
        if member is not None:
            await self._directory.meet(guild, member)
        return member is not None


def _key() -> str:
    return f"interest:{uuid.uuid4().hex}"
