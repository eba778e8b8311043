"""Neutral calls → Discord's API, and its failures → ours.

A message of ours is named "channel:message" where it does not stand in the place itself: in a thread, a forum, a conversation.
A thread has the id of the message it began with, so either names both.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog

from adapters.discord import render
from adapters.discord.events import Events, is_event
from adapters.discord.failures import EXISTS_ALREADY, WORDS
from adapters.discord.http import DiscordHttp
from adapters.discord.inbound import instant
from adapters.discord.permissions import VIEW_CHANNEL
from adapters.discord.profile import FILES_IN_MESSAGE, FORUM_TAGS, THREAD_NAME
from adapters.discord.servers import Servers
from adapters.discord.text import told
from bot.core.clock import Clock
from bot.core.events import Ref
from bot.core.ports import Arrival, Gone, Outgoing, Refused, SendError
from bot.core.text import shortened
from bot.core.ui import Card

Json = dict[str, Any]
log = structlog.get_logger("rounds.discord")
# Discord finds a message of the same nonce again for "the past few minutes"; less than that is counted on.
NONCE_COUNTS = timedelta(minutes=2)
LOOKED_AT = 100  # messages of a channel among which an earlier try is looked for; Discord gives no more at once
WEEK = 10080  # minutes, the longest before an idle thread is archived
MOST_CLOSED = 10_000
TOO_LONG = "This is too long for one message on Discord."
TOO_LARGE = f"This file is larger than Discord takes: {FILES_IN_MESSAGE // 2**20} MB."
NO_WORDS = (
    "On Discord I can't read what was written. Whoever wrote it can choose “Save to Rounds…” in the message's menu."
)
WANTS_TAG = 1 << 4  # a forum's flag REQUIRE_TAG
UNKNOWN_CHANNEL_WORDS, ARCHIVED_WORDS = WORDS[10003], WORDS[50083]


class DiscordOutbound:
    """Implements bot.core.ports.Outbound but for ``answer``, which needs to know how an interaction came."""

    pace = 1.0  # seconds between two messages in one channel: five in five seconds are let through

    def __init__(self, http: DiscordHttp, servers: Servers, clock: Clock) -> None:
        """``clock`` is the machine's: on it runs what the ledger and Discord say of when a message was first tried."""
        self.http, self.servers, self._clock = http, servers, clock
        self.events = Events(http)
        self._conversations: dict[str, str] = {}
        self._closed: set[str] = set()  # threads of what is over

    async def send(self, message: Outgoing) -> str:
        if message.as_event:
            return await self.events.put(message)
        drawn = _drawn(message.card, message.to.workspace, message.id)
        if message.whole and drawn.cut:
            raise Refused(TOO_LONG)
        if message.to_person:
            channel = await self._conversation(message.to)
            return f"{channel}:{await self._post(channel, drawn, message.id)}"
        if message.thread:
            thread = _thread_of(message.thread)
            return f"{thread}:{await self._post_in_thread(thread, drawn, message)}"
        if await self.servers.is_forum(message.to.id):
            forum = await self.servers.channel(message.to.id)
            return await self._post_in_forum(forum, message.card, drawn, message.to)
        id = await self._post(message.to.id, drawn, message.id)
        await self._after_posting(message, id)
        return id

    async def _post(self, channel: str, drawn: render.Drawn, delivery: str) -> str:
        body = {**drawn.body, "nonce": delivery, "enforce_nonce": True}
        path = "/channels/{channel_id}/messages"
        return str((await self.http.ask("POST", path, body, files=drawn.files, channel_id=channel))["id"])

    async def _post_in_thread(self, thread: str, drawn: render.Drawn, message: Outgoing) -> str:
        try:
            id = await self._post(thread, drawn, message.id)
        except Refused as error:
            if not _was_never_begun(message, error):
                raise
            await self._begin_thread(message.to.id, thread, "Answers")  # the start of it was lost
            return await self._post(thread, drawn, message.id)
        if thread in self._closed:  # which every message opens again
            await self._close(thread)
        return id

    async def _after_posting(self, message: Outgoing, id: str) -> None:
        """What belongs to a message but is not it: when that fails, it is no reason to send the message again."""
        try:
            if message.card.discussed:
                await self._begin_thread(message.to.id, id, message.card.title or "Answers")
                await self._add_to_thread(id, message.card, message.to.workspace)
            if message.card.pinned:
                path = "/channels/{channel_id}/messages/pins/{message_id}"
                await self.http.ask("PUT", path, channel_id=message.to.id, message_id=id)
        except SendError as error:
            log.warning("discord.message_incomplete", error=str(error))

    async def _begin_thread(self, channel: str, message: str, name: str) -> None:
        body = {"name": shortened(name, THREAD_NAME) or "Answers", "auto_archive_duration": WEEK}
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        try:
            thread = await self.http.ask("POST", path, body, channel_id=channel, message_id=message)
        except Refused as error:
            if str(error) != WORDS[EXISTS_ALREADY]:  # begun by a try whose answer was lost
                raise
        else:
            self.servers.learn_channel(thread)

    async def _add_to_thread(self, thread: str, card: Card, guild: str) -> None:
        """So that Discord tells them of every answer."""
        for user in dict.fromkeys(told(card.body, guild)):
            path = "/channels/{channel_id}/thread-members/{user_id}"
            await self.http.ask("PUT", path, channel_id=thread, user_id=user)

    async def _post_in_forum(self, forum: Json, card: Card, drawn: render.Drawn, to: Ref) -> str:
        name = shortened(card.title, THREAD_NAME) or shortened(card.as_text(), THREAD_NAME) or "…"
        body: Json = {"name": name, "auto_archive_duration": WEEK, "message": drawn.body}
        if tags := _tags(forum, card.tags):
            body["applied_tags"] = tags
        path = "/channels/{channel_id}/threads"
        thread = await self.http.ask("POST", path, body, files=drawn.files, once=True, channel_id=to.id)
        self.servers.learn_channel(thread)
        try:
            await self._add_to_thread(str(thread["id"]), card, to.workspace)
            if card.pinned:
                await self.http.ask("PATCH", "/channels/{channel_id}", {"flags": 1 << 1}, channel_id=str(thread["id"]))
        except SendError as error:
            log.warning("discord.message_incomplete", error=str(error))
        return f"{thread['id']}:{thread['id']}"

    async def _conversation(self, person: Ref) -> str:
        """The channel of our direct messages with somebody."""
        known = self._conversations.get(person.id)
        if known is None:
            opened = await self.http.ask("POST", "/users/@me/channels", {"recipient_id": person.id})
            known = self._conversations[person.id] = str(opened["id"])
        return known

    async def arrived(self, message: Outgoing) -> str | Arrival:
        """Soon after, sending again by the same nonce finds it; later it is looked for among our own messages."""
        if message.as_event:
            return await self.events.arrived(message)
        if not message.to_person and not message.thread and await self.servers.is_forum(message.to.id):
            return await self._in_forum(message)
        if self._clock.now() - message.first_try < NONCE_COUNTS:
            return Arrival.NO
        channel, named = message.to.id, ""
        if message.to_person:
            channel = named = await self._conversation(message.to)
        elif message.thread:
            channel = named = _thread_of(message.thread)
        try:
            listed = await self.http.ask("GET", "/channels/{channel_id}/messages?limit=100", channel_id=channel)
        except Refused as error:
            if message.thread and _was_never_begun(message, error):  # nor did anything arrive in it: sending begins it
                return Arrival.NO
            raise
        found = _among(listed, message, self.http.user)
        return f"{named}:{found}" if isinstance(found, str) and named else found

    async def _in_forum(self, message: Outgoing) -> str | Arrival:
        """Posts in forums take no nonce: those that we began since the first try are looked at."""
        listed = await self.http.ask("GET", "/guilds/{guild_id}/threads/active", guild_id=message.to.workspace)
        unclear = False
        for thread in listed["threads"]:
            is_ours = str(thread.get("owner_id")) == self.http.user and str(thread["parent_id"]) == message.to.id
            if not is_ours or instant(str(thread["id"])) < message.first_try - timedelta(minutes=1):
                continue
            id = str(thread["id"])
            path = "/channels/{channel_id}/messages/{message_id}"
            try:
                carried = _carried(await self.http.ask("GET", path, channel_id=id, message_id=id))
            except Refused:  # its beginning was deleted
                carried = set()
            if message.id in carried:
                return f"{id}:{id}"
            unclear = unclear or not carried
        return Arrival.CANNOT_TELL if unclear else Arrival.NO

    async def redraw(self, to: Ref, remote: str, card: Card, id: str) -> None:
        if card.planned is not None:
            return await self.events.change(to.workspace, remote, card, card.planned, id)
        drawn = _drawn(card, to.workspace, id)
        channel, message = _where(to, remote)
        body = {key: value for key, value in drawn.body.items() if key != "allowed_mentions"}
        body["allowed_mentions"] = {"parse": []}  # who was told once is not told again
        if not drawn.files:
            body["attachments"] = []  # of an earlier drawing
        try:
            await self._edit(channel, message, body, drawn.files)
        except Refused as error:
            if str(error) != ARCHIVED_WORDS:
                raise
            await self._archive(channel, archived=False)
            await self._edit(channel, message, body, drawn.files)
            if channel in self._closed:
                await self._close(channel)
        if card.discussed and card.over:
            await self._close(message)

    async def _edit(self, channel: str, message: str, body: Json, files: tuple[render.File, ...]) -> None:
        path = "/channels/{channel_id}/messages/{message_id}"
        await self.http.ask("PATCH", path, body, files=files, edits=True, channel_id=channel, message_id=message)

    async def _archive(self, thread: str, *, archived: bool) -> None:
        await self.http.ask("PATCH", "/channels/{channel_id}", {"archived": archived}, channel_id=thread)

    async def _close(self, thread: str) -> None:
        try:
            await self._archive(thread, archived=True)
        except SendError as problem:
            log.info("discord.thread_not_closed", error=str(problem))
            return
        if len(self._closed) >= MOST_CLOSED:
            self._closed.clear()
        self._closed.add(thread)

    async def delete(self, to: Ref, remote: str) -> None:
        if is_event(remote):
            return await self.events.remove(to.workspace, remote)
        channel, message = _where(to, remote)
        if channel == message:  # a post in a forum goes as a whole: without its beginning nobody would understand it
            await self.http.ask("DELETE", "/channels/{channel_id}", edits=True, channel_id=channel)
            return
        path = "/channels/{channel_id}/messages/{message_id}"
        await self.http.ask("DELETE", path, edits=True, channel_id=channel, message_id=message)

    async def can_see(self, person: Ref, place: Ref) -> bool:
        member = await self.servers.member(place.workspace, person.id)
        if member is None:
            return False
        try:
            channel = await self.servers.channel(place.id, fresh=True)
        except (Refused, Gone):  # deleted, or out of our own sight: nobody can be shown what we no longer see
            return False
        return bool(await self.servers.may(place.workspace, channel, member) & VIEW_CHANNEL)

    async def words(self, place: Ref, message: str, thread: str) -> str:
        """Without the privileged intent for it Discord gives nobody's words, but for a message somebody chose in its menu."""
        raise Refused(NO_WORDS)


def _drawn(card: Card, guild: str, delivery: str) -> render.Drawn:
    """Raises Refused where its files are larger than Discord takes."""
    drawn = render.message(card, guild, delivery)
    if sum(len(content) for _, content in drawn.files) > FILES_IN_MESSAGE:
        raise Refused(TOO_LARGE)
    return drawn


def _tags(forum: Json, wanted: tuple[str, ...]) -> list[str]:
    """Those of a forum's tags that have the names of ours. Where one is required and none fits, the forum's first."""
    there = {str(tag["name"]).casefold().replace(" ", "-"): str(tag["id"]) for tag in forum.get("available_tags") or ()}
    found = [there[tag] for tag in wanted if tag in there][:FORUM_TAGS]
    if not found and int(forum.get("flags") or 0) & WANTS_TAG and there:
        return [next(iter(there.values()))]
    return found


def _was_never_begun(message: Outgoing, error: Refused) -> bool:
    """Whether the thread is missing that belongs to a message of ours; that of a post in a forum is the post itself."""
    return str(error) == UNKNOWN_CHANNEL_WORDS and ":" not in message.thread


def _thread_of(remote: str) -> str:
    return remote.rpartition(":")[2]


def _where(to: Ref, remote: str) -> tuple[str, str]:
    channel, _, message = remote.rpartition(":")
    return channel or to.id, message


def _among(listed: list[Json], message: Outgoing, bot: str) -> str | Arrival:
    """The message's id if it is among these; where one without buttons could be it, nobody can tell."""
    unclear = False
    for item in listed:
        if str(item["author"]["id"]) != bot:
            continue
        carried = _carried(item)
        if message.id in carried:
            return str(item["id"])
        unclear = unclear or (not carried and instant(str(item["id"])) >= message.first_try)
    oldest = min((instant(str(item["id"])) for item in listed), default=message.first_try)
    too_many = len(listed) >= LOOKED_AT and oldest > message.first_try
    return Arrival.CANNOT_TELL if unclear or too_many else Arrival.NO


def _carried(component: Any) -> set[str]:
    """The ids of deliveries that the buttons of a message carry."""
    match component:
        case dict():
            own = {delivery} if (delivery := render.uncarried(str(component.get("custom_id") or ""))[1]) else set()
            return own.union(*(_carried(component[key]) for key in ("components", "component") if component.get(key)))
        case list():
            return set().union(*map(_carried, component))
        case _:
            return set()
