"""What a member may do where: roles of the guild, then the channel's overwrites, as the documentation computes them."""

from __future__ import annotations

from enum import IntFlag

from tests.fakes.discord.model import Channel, State


class Can(IntFlag):
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    CREATE_EVENTS = 1 << 44
    PIN_MESSAGES = 1 << 51


ALL = Can(sum(Can))
EVERYONE = (
    Can.ADD_REACTIONS
    | Can.VIEW_CHANNEL
    | Can.SEND_MESSAGES
    | Can.EMBED_LINKS
    | Can.ATTACH_FILES
    | Can.READ_MESSAGE_HISTORY
    | Can.USE_APPLICATION_COMMANDS
    | Can.CREATE_PUBLIC_THREADS
    | Can.SEND_MESSAGES_IN_THREADS
)
THE_BOT = (
    Can.VIEW_CHANNEL
    | Can.SEND_MESSAGES
    | Can.SEND_MESSAGES_IN_THREADS
    | Can.CREATE_PUBLIC_THREADS
    | Can.EMBED_LINKS
    | Can.ATTACH_FILES
    | Can.READ_MESSAGE_HISTORY
    | Can.MANAGE_THREADS
    | Can.PIN_MESSAGES
    | Can.CREATE_EVENTS
)
IN_A_DM = (
    Can.VIEW_CHANNEL
    | Can.SEND_MESSAGES
    | Can.EMBED_LINKS
    | Can.ATTACH_FILES
    | Can.READ_MESSAGE_HISTORY
    | Can.ADD_REACTIONS
    | Can.USE_APPLICATION_COMMANDS
    | Can.PIN_MESSAGES
)


def bits(names: list[str]) -> int:
    """Permissions by their names."""
    return int(sum({Can[name] for name in names}))


def in_guild(state: State, user: int, guild: int) -> Can:
    found = state.guilds[guild]
    member = found.members.get(user)
    if member is None:
        return Can(0)
    total = Can(found.roles[guild].permissions)
    for role in member.roles:
        total |= Can(found.roles[role].permissions)
    return ALL if found.owner == user or Can.ADMINISTRATOR in total else total


def in_channel(state: State, user: int, channel: Channel) -> Can:
    """Everything that a user may do there; nothing at all where they cannot see the channel."""
    if channel.guild is None:
        return IN_A_DM if user in channel.recipients else Can(0)
    base = in_guild(state, user, channel.guild)
    if base & Can.ADMINISTRATOR or user not in state.guilds[channel.guild].members:
        return base
    if channel.is_thread:
        parent = in_channel(state, user, state.channels[channel.parent])
        hidden = channel.type == 12 and user not in channel.thread_members and not parent & Can.MANAGE_THREADS
        return Can(0) if hidden else parent
    total = _overwritten(state, user, channel, base)
    return total if total & Can.VIEW_CHANNEL else Can(0)


def _overwritten(state: State, user: int, channel: Channel, total: Can) -> Can:
    if channel.guild in channel.overwrites:
        allow, deny = channel.overwrites[channel.guild]
        total = total & ~Can(deny) | Can(allow)
    roles = state.guilds[channel.guild or 0].members[user].roles
    mine = [channel.overwrites[role] for role in roles if role in channel.overwrites]
    for _, deny in mine:
        total &= ~Can(deny)
    for allow, _ in mine:
        total |= Can(allow)
    if user in channel.overwrites:
        allow, deny = channel.overwrites[user]
        total = total & ~Can(deny) | Can(allow)
    return total


def sees(state: State, user: int, channel: Channel) -> bool:
    return bool(in_channel(state, user, channel) & Can.VIEW_CHANNEL)
