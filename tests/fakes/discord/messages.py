"""Messages, threads and direct conversations: what changes in them, and the events that tell of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import checks, limits, mentions, shapes
from tests.fakes.discord.errors import Json, Refused
from tests.fakes.discord.model import DM, FORUM, PUBLIC_THREAD, Channel, Message
from tests.fakes.discord.permissions import sees

if TYPE_CHECKING:
    from tests.fakes.discord.gateway import Session
    from tests.fakes.discord.server import FakeDiscord

KEPT_FLAGS = limits.SUPPRESS_EMBEDS | limits.SUPPRESS_NOTIFICATIONS | limits.COMPONENTS_V2_FLAG


class Messages:
    def __init__(self, fake: FakeDiscord) -> None:
        self._fake = fake
        self._nonces: dict[tuple[int, str], Message] = {}

    def post(self, where: Channel, author: int, body: Json, files: list[Json] | None = None, **more: Any) -> Message:
        """``more``: fields of the message, like private_to and interaction. The body has been checked."""
        state = self._fake.state
        flags = (body.get("flags") or 0) & KEPT_FLAGS | more.pop("flags", 0)
        # A forum post's first message has the post's id.
        own_id = where.id if where.is_thread and state.channels[where.parent].type == FORUM else None
        first = own_id is not None and not state.messages.get(where.id)
        message = Message(
            id=own_id if first and own_id else state.new_id(),
            channel=where.id,
            author=author,
            at=state.clock(),
            content=body.get("content") or "",
            embeds=[{**embed, "type": "rich"} for embed in body.get("embeds") or []],
            components=numbered(body.get("components") or []),
            attachments=self._attached(files or []),
            flags=flags,
            nonce=body.get("nonce"),
            **more,
        )
        reference = body.get("message_reference") or {}
        if reference.get("message_id"):
            message.reference, message.type = int(reference["message_id"]), 19
        self._ping(message, where, body.get("allowed_mentions"))
        state.messages.setdefault(where.id, {})[message.id] = message
        if where.is_thread and not message.private_to:
            self._heard_in_thread(where, author)
        if not message.private_to:
            self._tell("MESSAGE_CREATE", message)
        self._fake.changed()
        return message

    def _attached(self, files: list[Json]) -> list[Json]:
        """Files as messages have them; what is in them is there at their address."""
        found = []
        for one in files:
            path = f"/attachments/{self._fake.state.new_id()}/{one['filename']}"
            self._fake.files[path] = one["content"]
            url = self._fake.url + path
            about = {key: one[key] for key in ("filename", "size", "content_type")}
            found.append({"id": path.split("/")[2], **about, "url": url, "proxy_url": url})
        return found

    def _ping(self, message: Message, where: Channel, allowed: Json | None) -> None:
        state = self._fake.state
        replied = state.find_message(message.reference) if message.reference else None
        found = mentions.find(
            state,
            where,
            message.author,
            mentions.text_of(message.content, message.components),
            allowed=allowed,
            replied=replied.author if replied else None,
            only=message.private_to,
            flags=message.flags,
        )
        message.mentions, message.mention_roles, message.mention_everyone = found.users, found.roles, found.everyone
        message.pinged = found.names
        if where.type == DM and message.author == state.bot:
            others = [state.users[id].name for id in where.recipients if id != state.bot]
            message.pinged = [] if message.flags & limits.SUPPRESS_NOTIFICATIONS else others

    def once(self, where: Channel, author: int, body: Json, files: list[Json]) -> Message:
        """Post, or give back what was posted with the same nonce in the past few minutes."""
        nonce, enforced = body.get("nonce"), body.get("enforce_nonce")
        key = (where.id, str(nonce))
        before = self._nonces.get(key)
        if enforced and nonce is not None and before is not None:
            age = (self._fake.state.clock() - before.at).total_seconds()
            if age <= self._fake.nonce_seconds:
                return before
        message = self.post(where, author, body, files)
        if nonce is not None:
            self._nonces[key] = message
        return message

    def edit(self, message: Message, body: Json, files: list[Json] | None = None, *, fresh: bool = False) -> None:
        """An edit pings nobody anew, unless it fills in a ``fresh`` message. What is not in the body stays as it is."""
        state = self._fake.state
        if "content" in body:
            message.content = body["content"] or ""
        if "embeds" in body:
            message.embeds = [{**embed, "type": "rich"} for embed in body["embeds"] or []]
        if "components" in body:
            message.components = numbered(body["components"] or [])
        if "attachments" in body:
            kept = {str(one["id"]) for one in body["attachments"] or []}
            message.attachments = [one for one in message.attachments if one["id"] in kept]
        message.attachments += self._attached(files or [])
        if body.get("flags") is not None:
            message.flags = message.flags & ~limits.SUPPRESS_EMBEDS | body["flags"] & KEPT_FLAGS
        message.flags &= ~limits.LOADING
        message.edited = None if fresh else state.clock()
        pinged = message.pinged
        self._ping(message, state.channels[message.channel], body.get("allowed_mentions"))
        message.pinged = message.pinged if fresh else pinged
        if not message.private_to:
            self._tell("MESSAGE_UPDATE", message)
        self._fake.changed()

    def delete(self, message: Message) -> None:
        where = self._fake.state.channels[message.channel]
        del self._fake.state.messages[message.channel][message.id]
        where.pins = [pin for pin in where.pins if pin[0] != message.id]
        self._nonces = {key: one for key, one in self._nonces.items() if one is not message}
        if not message.private_to and self._bot_sees(where):
            guild = {"guild_id": str(where.guild)} if where.guild else {}
            gone = {"id": str(message.id), "channel_id": str(where.id), **guild}
            self._fake.gateway.dispatch("MESSAGE_DELETE", gone, self._intents(where))
        self._fake.changed()

    def delete_many(self, messages: list[Message]) -> None:
        """As moderators' bots do it, of one place: one event tells of all."""
        where = self._fake.state.channels[messages[0].channel]
        for message in messages:
            del self._fake.state.messages[where.id][message.id]
        if self._bot_sees(where):
            ids = [str(message.id) for message in messages]
            gone = {"ids": ids, "channel_id": str(where.id), "guild_id": str(where.guild)}
            self._fake.gateway.dispatch("MESSAGE_DELETE_BULK", gone, self._intents(where))
        self._fake.changed()

    def _bot_sees(self, where: Channel) -> bool:
        return sees(self._fake.state, self._fake.state.bot, where)

    def _intents(self, where: Channel) -> int:
        return limits.DIRECT_MESSAGES if where.type == DM else limits.GUILD_MESSAGES

    def readable(self, message: Message, intents: int) -> bool:
        """Whether the application with those intents gets the text of a message."""
        state = self._fake.state
        mine = message.author == state.bot or state.bot in message.mentions
        return mine or bool(intents & limits.MESSAGE_CONTENT) or state.channels[message.channel].type == DM

    def _tell(self, name: str, message: Message) -> None:
        state = self._fake.state
        where = state.channels[message.channel]
        if not self._bot_sees(where):
            return

        def make(session: Session) -> Json:
            found = shapes.message(message, state, emptied=not self.readable(message, session.intents))
            if message.author == state.bot and message.nonce is not None and name == "MESSAGE_CREATE":
                found["nonce"] = message.nonce
            if where.guild is not None:
                found["guild_id"] = str(where.guild)
                member = state.guilds[where.guild].members.get(message.author)
                if member is not None:
                    found["member"] = shapes.member(member, state, with_user=False)
            found["channel_type"] = where.type
            return found

        self._fake.gateway.dispatch(name, make, self._intents(where))

    # Threads

    def _heard_in_thread(self, thread: Channel, author: int) -> None:
        if thread.archived:
            thread.archived = False
            self.thread_changed(thread)
        self.join_thread(thread, author)

    def join_thread(self, thread: Channel, user: int) -> None:
        state = self._fake.state
        if user in thread.thread_members:
            return
        thread.thread_members.add(user)
        if user == state.bot:
            self._members_changed(thread, added=[shapes.thread_member(thread, user)], removed=[])
        self._fake.changed()

    def leave_thread(self, thread: Channel, user: int) -> None:
        if user not in thread.thread_members:
            return
        thread.thread_members.discard(user)
        if user == self._fake.state.bot:
            self._members_changed(thread, added=[], removed=[str(user)])
        self._fake.changed()

    def _members_changed(self, thread: Channel, added: list[Json], removed: list[str]) -> None:
        """Without the intent for members an application hears only of its own comings and goings."""
        head = {"id": str(thread.id), "guild_id": str(thread.guild), "member_count": len(thread.thread_members)}
        told = {**head, "added_members": added, "removed_member_ids": removed}
        self._fake.gateway.dispatch("THREAD_MEMBERS_UPDATE", told)

    def start_thread(
        self,
        parent: Channel,
        owner: int,
        name: str,
        *,
        message: Message | None = None,
        type: int = PUBLIC_THREAD,
        **more: Any,
    ) -> Channel:
        """``more``: fields of the thread. With ``message`` it hangs on that message and has its id."""
        state = self._fake.state
        now = state.clock()
        thread = Channel(
            id=message.id if message else state.new_id(),
            type=type,
            name=name,
            guild=parent.guild,
            parent=parent.id,
            owner=owner,
            created=now,
            changed=now,
            **more,
        )
        state.channels[thread.id] = thread
        thread.thread_members.add(owner)
        if message is not None:
            message.thread = thread.id
        if self._bot_sees(thread):
            self._fake.gateway.dispatch("THREAD_CREATE", {**shapes.thread(thread, state), "newly_created": True})
        if message is not None:
            self._tell("MESSAGE_UPDATE", message)
        self._fake.changed()
        return thread

    def archive_what_rests(self) -> None:
        """Threads in which nothing was said for so many minutes are archived, as by themselves."""
        state = self._fake.state
        for thread in list(state.channels.values()):
            if not thread.is_thread or thread.archived or not self._fake.auto_archives:
                continue
            said = next(reversed(state.messages.get(thread.id, {}).values()), None)
            last = max(thread.changed, said.at) if said else thread.changed
            if state.clock() - last > timedelta(minutes=thread.auto_archive):
                thread.archived = True
                self.thread_changed(thread)

    def thread_changed(self, thread: Channel) -> None:
        thread.changed = self._fake.state.clock()
        if self._bot_sees(thread):
            self._fake.gateway.dispatch("THREAD_UPDATE", shapes.thread(thread, self._fake.state))
        self._fake.changed()

    # Direct conversations

    def open_dm(self, user: int) -> Channel:
        """The conversation of the bot with that person. Raises 40003 when too many were begun."""
        state = self._fake.state
        found = state.dm_with(user)
        if found is not None:
            return found
        now = state.clock()
        state.dm_opens = [at for at in state.dm_opens if (now - at).total_seconds() < limits.DM_SECONDS]
        if len(state.dm_opens) >= self._fake.dm_opens:
            raise Refused(403, 40003, "You are opening direct messages too fast.")
        state.dm_opens.append(now)
        channel = Channel(id=state.new_id(), type=DM, name="", recipients={state.bot, user}, created=now)
        state.channels[channel.id] = channel
        return channel


def numbered(components: list[Json]) -> list[Json]:
    """Components as Discord keeps them: each with an id of its own."""
    copied = [_copied(one) for one in components]
    taken = {one["id"] for _, one in checks.walk(copied) if one.get("id")}
    number = 0
    for _, one in checks.walk(copied):
        if not one.get("id"):
            number += 1
            while number in taken:
                number += 1
            one["id"] = number
            taken.add(number)
    return copied


def _copied(one: Json) -> Json:
    copy = {key: value for key, value in one.items() if value is not None}
    if "components" in copy:
        copy["components"] = [_copied(child) for child in copy["components"]]
    for key in ("accessory", "component"):
        if key in copy:
            copy[key] = _copied(copy[key])
    return copy
