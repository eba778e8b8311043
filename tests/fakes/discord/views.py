"""What one person sees: messages and private replies where they may look, the open form, and what Discord itself tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.discord import limits
from tests.fakes.discord.errors import Json
from tests.fakes.discord.model import DM, FORUM, Channel, Form, Message, Notice, State, User
from tests.fakes.discord.permissions import Can, in_channel, sees

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord


def of(fake: FakeDiscord, name: str) -> Json:
    state, me = fake.state, fake.state.user_named(name)
    items = [
        message(state, one)
        for where in state.channels.values()
        if in_channel(state, me.id, where) & Can.READ_MESSAGE_HISTORY
        for one in state.messages.get(where.id, {}).values()
        if one.private_to in (0, me.id)
    ]
    items += [_notice(state, one) for one in state.notices if one.user == me.id]
    items.sort(key=lambda item: int(item["id"]))
    items += [_form(state, one) for one in state.forms.values() if one.user == me.id]
    return {"seq": fake.number, "zone": me.zone, "names": names(state), "items": items}


def names(state: State) -> Json:
    """What ids in a text stand for."""
    return {
        "users": {str(user.id): user.display for user in state.users.values()},
        "channels": {str(one.id): one.name for one in state.channels.values() if one.name},
        "roles": {str(role.id): role.name for home in state.guilds.values() for role in home.roles.values()},
        "commands": {id: one["name"] for ones in state.commands.values() for id, one in ones.items()},
    }


def place_of(state: State, where: Channel) -> str:
    """The name by which tests know it; a thread is where its channel is."""
    if where.type == DM:
        return "dm-" + next(state.users[id].name for id in where.recipients if id != state.bot)
    if where.is_thread:
        return state.channels[where.parent].name
    return where.name


def message(state: State, one: Message) -> Json:
    where = state.channels[one.channel]
    in_forum = where.is_thread and state.channels[where.parent].type == FORUM
    first = one.id == where.id
    kind = "private reply" if one.private_to else "reply" if where.is_thread and not first else "message"
    return {
        "kind": kind,
        "id": one.id,
        "place": place_of(state, where),
        "channel": where.id,
        "thread": where.id if where.is_thread else one.thread,
        "title": where.name if first and in_forum else "",
        "tags": _tags(state, where) if first and in_forum else [],
        "archived": where.archived,
        "author": state.users[one.author].name,
        "by_bot": one.author == state.bot,
        "content": one.content,
        "embeds": one.embeds,
        "components": one.components,
        "attachments": one.attachments,
        "private": bool(one.private_to),
        "loading": bool(one.flags & limits.LOADING),
        "flags": one.flags,
        "nonce": one.nonce,
        "mentions": one.pinged,
        "pinned": one.pinned,
        "edited": one.edited is not None,
        "type": one.type,
        "at": one.at.isoformat(),
        "reference": one.reference,
    }


def _tags(state: State, thread: Channel) -> list[str]:
    offered = {int(tag["id"]): tag["name"] for tag in state.channels[thread.parent].tags}
    return [offered[id] for id in thread.applied_tags]


def _notice(state: State, one: Notice) -> Json:
    return {"kind": "notice", "id": one.id, "place": place_of(state, state.channels[one.channel]), "content": one.text}


def _form(state: State, one: Form) -> Json:
    return {
        "kind": "form",
        "id": one.id,
        "place": place_of(state, state.channels[one.channel]),
        "title": one.title,
        "custom_id": one.custom_id,
        "components": one.components,
    }


def directory(fake: FakeDiscord) -> Json:
    state = fake.state
    people = [user for user in state.users.values() if not user.bot]
    places = [one for one in state.channels.values() if one.name and not one.is_thread]
    return {
        "guild": str(fake.guild.id),
        "bot": str(state.bot),
        "people": [_person(state, user) for user in people],
        "places": [
            {
                "id": one.name,
                "snowflake": str(one.id),
                "forum": one.type == FORUM,
                "tags": [tag["name"] for tag in one.tags],
                "people": [user.name for user in people if sees(state, user.id, one)],
            }
            for one in places
        ],
        "threads": [
            {
                "id": one.id,
                "name": one.name,
                "place": place_of(state, one),
                "archived": one.archived,
                "locked": one.locked,
            }
            for one in state.channels.values()
            if one.is_thread
        ],
    }


def _person(state: State, user: User) -> Json:
    here = any(user.id in home.members for home in state.guilds.values())
    return {"id": user.name, "name": user.display, "zone": user.zone, "snowflake": str(user.id), "gone": not here}


def events(fake: FakeDiscord) -> list[Json]:
    state = fake.state
    fake.pass_time()
    return [
        {
            "id": one.id,
            **one.body,
            "status": one.status,
            "interested": [state.users[id].name for id in sorted(one.interested)],
        }
        for one in state.events.values()
    ]
