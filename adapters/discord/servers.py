"""What Discord says of servers, channels, threads and members: as the gateway told us, else asked for and kept for a minute."""

from __future__ import annotations

import time
from typing import Any

from adapters.discord import permissions
from adapters.discord.http import DiscordHttp
from bot.core.ports import Refused

Json = dict[str, Any]
KEPT = 60.0  # seconds; the gateway tells of changes, but only to the process that has it
TEXT, DM, ANNOUNCEMENT, FORUM = 0, 1, 5, 15
PRIVATE_THREAD = 12
THREADS = (10, 11, PRIVATE_THREAD)
PLACES = (TEXT, ANNOUNCEMENT, FORUM)
MOST_KEPT = 10_000


class Servers:
    def __init__(self, http: DiscordHttp) -> None:
        self._http = http
        self._guilds: dict[str, tuple[float, Json]] = {}
        self._channels: dict[str, tuple[float, Json]] = {}

    @property
    def me(self) -> str:
        """The bot's own id."""
        return self._http.user

    def learn_guild(self, guild: Json) -> None:
        """Raises KeyError, TypeError or ValueError, and has learned nothing, when it is not as Discord describes servers."""
        permissions.in_server(guild, {"roles": (), "user": {"id": ""}})
        self._keep(self._guilds, guild)
        for channel in (*guild.get("channels", ()), *guild.get("threads", ())):
            self.learn_channel({**channel, "guild_id": guild["id"]})

    def learn_channel(self, channel: Json) -> None:
        """A channel or a thread. Raises KeyError, TypeError or ValueError when it is not as Discord describes them."""
        int(channel["type"])
        for one in channel.get("permission_overwrites") or ():
            int(one["id"]), int(one["allow"]), int(one["deny"])
        self._keep(self._channels, channel)

    def forget_channel(self, id: str) -> None:
        self._channels.pop(id, None)

    def forget_guild(self, id: str) -> None:
        self._guilds.pop(id, None)

    def _keep(self, where: dict[str, tuple[float, Json]], what: Json) -> None:
        if len(where) >= MOST_KEPT:
            where.clear()
        where[str(what["id"])] = (time.monotonic(), what)

    async def guild(self, id: str) -> Json:
        """With its roles. Raises SendError."""
        at, known = self._guilds.get(id, (0.0, None))
        if known is None or time.monotonic() - at > KEPT:
            known = dict(await self._http.ask("GET", "/guilds/{guild_id}", guild_id=id))
            self._keep(self._guilds, known)
        return known

    async def channel(self, id: str, *, fresh: bool = False) -> Json:
        """A channel or a thread. Raises SendError."""
        at, known = self._channels.get(id, (0.0, None))
        if known is None or fresh or time.monotonic() - at > KEPT:
            known = dict(await self._http.ask("GET", "/channels/{channel_id}", channel_id=id))
            self._keep(self._channels, known)
        return known

    async def is_forum(self, id: str) -> bool:
        """However old what is known of it: a forum stays one, and nothing else becomes one. Raises SendError."""
        known = self.known_channel(id) or await self.channel(id)
        return bool(known["type"] == FORUM)

    def known_channel(self, id: str) -> Json | None:
        """Without asking, however old."""
        return self._channels.get(id, (0.0, None))[1]

    async def channels(self, guild: str) -> list[Json]:
        """Text channels and forums. Raises SendError."""
        listed = await self._http.ask("GET", "/guilds/{guild_id}/channels", guild_id=guild)
        for channel in listed:
            self.learn_channel(channel)
        return [channel for channel in listed if channel["type"] in PLACES]

    async def member(self, guild: str, user: str) -> Json | None:
        """A member as they are now; nothing when they left. Raises SendError."""
        try:
            path = "/guilds/{guild_id}/members/{user_id}"
            return dict(await self._http.ask("GET", path, guild_id=guild, user_id=user))
        except Refused as error:
            if "no longer" in str(error):
                return None
            raise

    async def may(self, guild: str, channel: Json, member: Json) -> int:
        """What a member may do in a channel, as bits. Raises SendError."""
        return permissions.of_member(await self.guild(guild), channel, member)

    async def ours(self, guild: str, channel: Json) -> int:
        """What the bot itself may do in a channel. Raises SendError."""
        member = await self.member(guild, self._http.user)
        return await self.may(guild, channel, member) if member else 0

    async def is_closed(self, guild: str, channel: Json) -> bool:
        """Whether only some members can read a channel. Raises SendError."""
        return not permissions.of_everyone(await self.guild(guild), channel) & permissions.VIEW_CHANNEL
