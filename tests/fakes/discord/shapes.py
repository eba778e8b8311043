"""How Discord writes down what it knows: the objects of its API."""

from __future__ import annotations

from datetime import datetime

from tests.fakes.discord import limits
from tests.fakes.discord.model import (
    DM,
    FORUM,
    Channel,
    Guild,
    Interaction,
    Json,
    Member,
    Message,
    Role,
    ScheduledEvent,
    State,
    User,
)
from tests.fakes.discord.permissions import in_channel, in_guild


def instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def user(one: User) -> Json:
    return {
        "id": str(one.id),
        "username": one.name,
        "discriminator": "0",
        "global_name": None if one.bot else one.display,
        "avatar": None,
        "bot": one.bot,
        "public_flags": 0,
    }


def role(one: Role, state: State) -> Json:
    return {
        "id": str(one.id),
        "name": one.name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "icon": None,
        "unicode_emoji": None,
        "position": one.position,
        "permissions": str(one.permissions),
        "managed": one.managed,
        "mentionable": one.mentionable,
        "flags": 0,
        **({"tags": {"bot_id": str(state.bot)}} if one.managed else {}),
    }


def member(one: Member, state: State, *, with_user: bool = True) -> Json:
    found: Json = {
        "nick": None,
        "avatar": None,
        "roles": [str(id) for id in sorted(one.roles)],
        "joined_at": instant(one.joined),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
    }
    return {**found, "user": user(state.users[one.user])} if with_user else found


def channel(one: Channel, state: State) -> Json:
    if one.is_thread:
        return thread(one, state)
    if one.type == DM:
        others = [user(state.users[id]) for id in one.recipients if id != state.bot]
        last = _last_message(one, state)
        return {"id": str(one.id), "type": 1, "last_message_id": last, "flags": 0, "recipients": others}
    guild = state.guilds[one.guild or 0]
    overwrites = [
        {"id": str(id), "type": 0 if id in guild.roles else 1, "allow": str(allow), "deny": str(deny)}
        for id, (allow, deny) in one.overwrites.items()
    ]
    found: Json = {
        "id": str(one.id),
        "type": one.type,
        "guild_id": str(one.guild),
        "name": one.name,
        "position": one.position,
        "permission_overwrites": overwrites,
        "nsfw": False,
        "parent_id": None,
        "topic": one.topic,
        "flags": one.flags,
        "rate_limit_per_user": 0,
        "last_message_id": _last_message(one, state),
    }
    if one.type == FORUM:
        found |= {"available_tags": one.tags, "default_reaction_emoji": None, "default_sort_order": None}
        found |= {"default_forum_layout": 0, "last_message_id": None}
    return found


def _last_message(one: Channel, state: State) -> str | None:
    public = [id for id, found in state.messages.get(one.id, {}).items() if not found.private_to]
    return str(public[-1]) if public else None


def thread(one: Channel, state: State) -> Json:
    replies = [
        found for found in state.messages.get(one.id, {}).values() if found.id != one.id and not found.private_to
    ]
    found: Json = {
        "id": str(one.id),
        "type": one.type,
        "guild_id": str(one.guild),
        "parent_id": str(one.parent),
        "owner_id": str(one.owner),
        "name": one.name,
        "last_message_id": _last_message(one, state),
        "message_count": min(len(replies), 50),
        "member_count": min(len(one.thread_members), 50),
        "total_message_sent": len(replies),
        "rate_limit_per_user": 0,
        "flags": one.flags,
        "applied_tags": [str(tag) for tag in one.applied_tags],
        "thread_metadata": {
            "archived": one.archived,
            "locked": one.locked,
            "auto_archive_duration": one.auto_archive,
            "archive_timestamp": instant(one.changed),
            "create_timestamp": instant(one.created),
        },
    }
    if state.bot in one.thread_members:
        found["member"] = thread_member(one, state.bot)
    return found


def thread_member(one: Channel, user: int) -> Json:
    return {"id": str(one.id), "user_id": str(user), "join_timestamp": instant(one.created), "flags": 1}


def guild(one: Guild, state: State, *, whole: bool = False) -> Json:
    """``whole``: as GUILD_CREATE has it, with channels, threads and, of the members, the bot alone."""
    found: Json = {
        "id": str(one.id),
        "name": one.name,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "description": None,
        "banner": None,
        "owner_id": str(one.owner),
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "verification_level": 0,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "preferred_locale": "en-US",
        "features": ["COMMUNITY"],
        "roles": [role(each, state) for each in one.roles.values()],
        "emojis": [],
        "stickers": [],
        "vanity_url_code": None,
        "max_members": 500_000,
    }
    if not whole:
        return found
    channels = [each for each in state.channels.values() if each.guild == one.id]
    threads = [each for each in channels if each.is_thread and not each.archived and in_channel(state, state.bot, each)]
    events = [each for each in state.events.values() if each.guild == one.id and each.status in (1, 2)]
    return found | {
        "joined_at": instant(one.members[state.bot].joined),
        "large": False,
        "unavailable": False,
        "member_count": len(one.members),
        "voice_states": [],
        "members": [member(one.members[state.bot], state)],
        "channels": [channel(each, state) for each in channels if not each.is_thread],
        "threads": [thread(each, state) for each in threads],
        "presences": [],
        "stage_instances": [],
        "soundboard_sounds": [],
        "guild_scheduled_events": [event(each, state) for each in events],
    }


def message(one: Message, state: State, *, emptied: bool = False) -> Json:
    """``emptied``: as somebody without the message content intent gets other people's messages."""
    flags = one.flags | (limits.HAS_THREAD if one.thread else 0)
    found: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel),
        "author": user(state.users[one.author]),
        "content": "" if emptied else one.content,
        "timestamp": instant(one.at),
        "edited_timestamp": instant(one.edited) if one.edited else None,
        "tts": False,
        "mention_everyone": one.mention_everyone,
        "mentions": [user(state.users[id]) for id in one.mentions],
        "mention_roles": [str(id) for id in one.mention_roles],
        "attachments": [] if emptied else one.attachments,
        "embeds": [] if emptied else one.embeds,
        "components": [] if emptied else one.components,
        "pinned": one.pinned,
        "type": one.type,
        "flags": flags,
    }
    if one.author == state.bot and one.interaction:
        found |= {"application_id": str(state.application), "webhook_id": str(state.application)}
        made = state.interactions[one.interaction]
        found["interaction_metadata"] = {
            "id": str(made.id),
            "type": made.type,
            "user": user(state.users[made.user]),
            "authorizing_integration_owners": {},
        }
    elif one.author == state.bot:
        found["application_id"] = str(state.application)
    if one.reference is not None:
        referenced = state.find_message(one.reference)
        found["message_reference"] = {"type": 0, "message_id": str(one.reference), "channel_id": str(one.channel)}
        found["referenced_message"] = (
            message(referenced, state) if referenced and referenced.reference is None else None
        )
    if one.thread and one.thread in state.channels:
        found["thread"] = thread(state.channels[one.thread], state)
    return found


def event(one: ScheduledEvent, state: State, *, counted: bool = False) -> Json:
    found: Json = {
        "id": str(one.id),
        "guild_id": str(one.guild),
        "channel_id": None,
        "creator_id": str(one.creator),
        "creator": user(state.users[one.creator]),
        "name": one.body["name"],
        "description": one.body.get("description"),
        "scheduled_start_time": one.body["scheduled_start_time"],
        "scheduled_end_time": one.body.get("scheduled_end_time"),
        "privacy_level": 2,
        "status": one.status,
        "entity_type": one.body["entity_type"],
        "entity_id": None,
        "entity_metadata": one.body.get("entity_metadata"),
        "image": None,
        "recurrence_rule": one.body.get("recurrence_rule"),
        "guild_scheduled_event_exceptions": [],
    }
    return {**found, "user_count": len(one.interested)} if counted else found


def interaction(one: Interaction, state: State) -> Json:
    where = state.channels[one.channel]
    person = state.users[one.user]
    found: Json = {
        "id": str(one.id),
        "application_id": str(state.application),
        "type": one.type,
        "token": one.token,
        "version": 1,
        "data": one.data,
        "channel_id": str(where.id),
        "channel": _partial(where, one.user, state),
        "app_permissions": str(int(in_channel(state, state.bot, where))),
        "locale": "en-US",
        "entitlements": [],
        "entitlement_sku_ids": [],
        "attachment_size_limit": limits.FILE_BYTES,
    }
    if one.message is not None and (used := state.find_message(one.message)) is not None:
        found["message"] = message(used, state)
    if where.guild is None:
        return found | {"user": user(person), "context": 1, "authorizing_integration_owners": {"0": "0"}}
    home = state.guilds[where.guild]
    permissions = str(int(in_channel(state, one.user, where)))
    return found | {
        "guild_id": str(home.id),
        "guild": {"id": str(home.id), "locale": "en-US", "features": ["COMMUNITY"]},
        "guild_locale": "en-US",
        "member": {**member(home.members[one.user], state), "permissions": permissions},
        "context": 0,
        "authorizing_integration_owners": {"0": str(home.id)},
    }


def _partial(one: Channel, reader: int, state: State) -> Json:
    return {**channel(one, state), "permissions": str(int(in_channel(state, reader, one)))}


def resolved(state: State, guild: int | None, users: list[int], channels: list[int], roles: list[int]) -> Json:
    """What the ids in an interaction's data stand for; kinds that it has none of are left out."""
    home = state.guilds[guild] if guild is not None else None

    def may(id: int) -> str:
        return str(int(in_guild(state, id, guild or 0)))

    found: Json = {"users": {str(id): user(state.users[id]) for id in users}}
    if home is not None:
        here = [home.members[id] for id in users if id in home.members]
        members = {
            str(each.user): {**member(each, state, with_user=False), "permissions": may(each.user)} for each in here
        }
        found["members"] = members
        found["roles"] = {str(id): role(home.roles[id], state) for id in roles}
    found["channels"] = {str(id): _partial(state.channels[id], state.bot, state) for id in channels}
    return {kind: ones for kind, ones in found.items() if ones}
