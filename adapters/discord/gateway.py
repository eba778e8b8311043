"""The gateway: one process has it, by a lease; whatever ends a connection, another follows."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable
from typing import Any, Literal

import discord
import structlog
from discord.backoff import ExponentialBackoff

from adapters.discord.inbound import MALFORMED
from bot.core.ports import Leases

log = structlog.get_logger("rounds.discord")
LEASE = "discord.gateway"
LONGEST_PAUSE = 60.0  # seconds between two tries to connect
MOST_DOUBLED = 4  # so many times the second that discord.py waits before it connects again: sixteen at most
Dispatched = Callable[[str, dict[str, Any]], None]


class Backoff(ExponentialBackoff[Literal[False]]):
    """discord.py's own, which after some failures within half an hour waits up to seventeen minutes: nobody is answered then."""

    def __init__(self) -> None:
        super().__init__()
        self._max = MOST_DOUBLED


discord.client.ExponentialBackoff = Backoff  # type: ignore[attr-defined, assignment]
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # we never speak: what that needs is not missing


class Receiver(discord.Client):
    """discord.py identifies, resumes and keeps the heart beating; what is dispatched is read as Discord sent it.

    So a button works whether or not this process has ever heard of its message, and nothing depends on what is cached.
    """

    def __init__(self, dispatched: Dispatched) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True, guild_scheduled_events=True),
            enable_debug_events=True,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_messages=None,
            guild_ready_timeout=0.1,
        )
        # An event that discord.py could not make sense of would end the connection: it reads those of the connection alone.
        parsers = self._connection.parsers
        self._connection.parsers = {name: parsers[name] for name in ("READY", "RESUMED")}
        self._dispatched = dispatched
        self.was_ready = asyncio.Event()

    @property
    def is_connected(self) -> bool:
        return self.was_ready.is_set() and self.ws is not None and self.ws.open

    async def on_socket_raw_receive(self, message: str) -> None:
        try:
            frame = json.loads(message)
            if frame.get("op") != 0 or not isinstance(frame.get("d"), dict):
                return
            if frame["t"] == "READY":
                self.was_ready.set()
            self._dispatched(str(frame["t"]), frame["d"])
        except MALFORMED as error:
            log.error("discord.malformed", kind="event", error=type(error).__name__)
        except Exception:
            log.exception("discord.event_not_understood")

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py waits five seconds here, for bots of many shards; we have one, and our own pause between tries."""


class Gateway:
    """Has the gateway while it has the lease."""

    def __init__(self, token: str, leases: Leases, lasts: float, dispatched: Dispatched) -> None:
        """``lasts``: seconds of the lease; it is renewed three times as often."""
        self._token, self._leases, self._lasts, self._dispatched = token, leases, lasts, dispatched
        self._me = uuid.uuid4().hex
        self._owning: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None
        self._receiver: Receiver | None = None
        self._believed_until = 0.0
        self.first_tried = asyncio.Event()  # connected once, or somebody else has it

    @property
    def is_owner(self) -> bool:
        """Whether the lease is ours by our own clock: frozen for long, we no longer act on what comes in."""
        return time.monotonic() < self._believed_until

    @property
    def is_ready(self) -> bool:
        return self._receiver is not None and self._receiver.is_connected

    def start(self) -> None:
        self._owning = asyncio.create_task(self._own(), name="discord lease")

    async def close(self) -> None:
        if self._owning is not None:
            self._owning.cancel()
            await asyncio.gather(self._owning, return_exceptions=True)
        await self._stop()
        if self.is_owner:
            with contextlib.suppress(Exception):  # it runs out by itself
                await self._leases.give_up(LEASE, self._me)

    async def _own(self) -> None:
        while True:
            asked = time.monotonic()
            try:
                if await self._leases.take(LEASE, self._me, self._lasts):
                    self._believed_until = asked + self._lasts
                else:
                    self._believed_until = 0.0
            except Exception as error:  # the database is away: what we have is ours until it runs out
                log.warning("discord.lease_not_renewed", error=type(error).__name__)
            if self.is_owner and (self._running is None or self._running.done()):
                self._running = asyncio.create_task(self._keep_connected(), name="discord gateway")
            elif not self.is_owner:
                await self._stop()
                self.first_tried.set()
            # Who waits for it looks more often: until it is taken over nobody answers.
            await asyncio.sleep(self._lasts / 3 if self.is_owner else min(1.0, self._lasts / 3))

    async def _stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
            self._running = None

    async def _keep_connected(self) -> None:
        """discord.py reconnects by itself; what it cannot go on after (an event it cannot read, say) ends up here."""
        pause = 0.5
        while True:
            began = time.monotonic()
            receiver = self._receiver = Receiver(self._dispatched)
            ready = asyncio.create_task(self._told_when_ready(receiver))
            try:
                await receiver.start(self._token)
            except discord.LoginFailure:
                log.error("discord.token_not_accepted")
                pause = LONGEST_PAUSE
            except discord.PrivilegedIntentsRequired:
                log.error("discord.intents_refused")
                pause = LONGEST_PAUSE
            except Exception as error:
                log.warning("discord.gateway_ended", error=type(error).__name__, again_in=pause)
            finally:
                ready.cancel()
                self.first_tried.set()
                with contextlib.suppress(Exception):
                    await asyncio.shield(receiver.close())
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = 0.5
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _told_when_ready(self, receiver: Receiver) -> None:
        await receiver.was_ready.wait()
        self.first_tried.set()
