"""Where the bot may act: what a handler asks before it does anything, with Discord's own refusals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.discord.errors import Refused, missing_access, missing_permissions, unknown
from tests.fakes.discord.model import Channel, Guild, Message
from tests.fakes.discord.permissions import Can, in_channel, in_guild, sees

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord


def guild(fake: FakeDiscord, id: int) -> Guild:
    found = fake.state.guilds.get(id)
    if found is None:
        raise unknown("Guild")
    if not found.has_bot:
        raise missing_access()
    return found


def channel(fake: FakeDiscord, id: int, *needed: Can) -> Channel:
    """A channel that the bot sees, and in which it has these permissions."""
    found = fake.state.channels.get(id)
    if found is None:
        raise unknown("Channel")
    if found.guild is not None:
        guild(fake, found.guild)
    if not sees(fake.state, fake.state.bot, found):
        raise missing_access()
    need(fake, found, *needed)
    return found


def need(fake: FakeDiscord, where: Channel, *needed: Can) -> None:
    mine = in_channel(fake.state, fake.state.bot, where)
    if any(not mine & one for one in needed):
        raise missing_permissions()


def may(fake: FakeDiscord, where: Channel, what: Can) -> bool:
    return bool(in_channel(fake.state, fake.state.bot, where) & what)


def need_in_guild(fake: FakeDiscord, where: Guild, *anyone: Can) -> None:
    """One of these permissions."""
    mine = in_guild(fake.state, fake.state.bot, where.id)
    if not any(mine & one for one in anyone):
        raise missing_permissions()


def message(fake: FakeDiscord, where: Channel, id: int) -> Message:
    """A message that the bot can fetch; private replies are not among them."""
    found = fake.state.messages.get(where.id, {}).get(id)
    if found is None or found.private_to:
        raise unknown("Message")
    return found


def writable(fake: FakeDiscord, where: Channel) -> None:
    """Whether the bot may send there at all."""
    if where.type == 15:
        raise Refused(400, 50008, "Cannot send messages in a non-text channel")
    if where.guild is None:
        person = next(fake.state.users[id] for id in where.recipients if id != fake.state.bot)
        shared = any(person.id in one.members and one.has_bot for one in fake.state.guilds.values())
        if person.dms_closed or not shared:
            raise Refused(403, 50007, "Cannot send messages to this user")
        return
    if where.is_thread:
        need(fake, where, Can.SEND_MESSAGES_IN_THREADS)
        if where.locked and not may(fake, where, Can.MANAGE_THREADS):
            raise (
                Refused(400, 50083, "Thread is archived")
                if where.archived
                else Refused(400, 160005, "This thread is locked")
            )
        return
    need(fake, where, Can.SEND_MESSAGES)
