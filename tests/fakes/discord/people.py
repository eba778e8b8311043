"""The server's side of people and places: who is there, what they may see, and what the bot hears when that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.discord import limits, shapes
from tests.fakes.discord.errors import Json
from tests.fakes.discord.model import DM, FORUM, TEXT, Channel, Guild, Member, Role, User
from tests.fakes.discord.permissions import EVERYONE, THE_BOT, Can, bits

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

ORGANISERS = "organisers"
LOOKS_AFTER = Can.MANAGE_GUILD | Can.MANAGE_CHANNELS | Can.MANAGE_MESSAGES | Can.MANAGE_THREADS | Can.MANAGE_EVENTS


class People:
    """``announced`` in add_person: Discord's own "joined" message is posted in #general."""

    def __init__(self, fake: FakeDiscord) -> None:
        self._fake = fake

    # Guilds

    def found_guild(self, name: str) -> Guild:
        """With its owner (a person of their own), a role for the bot and one for those who look after it."""
        state = self._fake.state
        number = len(state.guilds) + 1
        owner = User(state.new_id(), f"owner{number}" if state.guilds else "owner", f"Owner of {name}")
        state.users[owner.id] = owner
        home = Guild(id=state.new_id(), name=name, owner=owner.id)
        state.guilds[home.id] = home
        home.roles[home.id] = Role(home.id, "@everyone", int(EVERYONE), position=0)
        self._role(home, state.users[state.bot].display, int(THE_BOT), managed=True)
        self._role(home, ORGANISERS, int(LOOKS_AFTER))
        self._join(home, owner.id)
        self._join(home, state.bot, self.bot_role(home).id)
        self._fake.gateway.dispatch("GUILD_CREATE", shapes.guild(home, state, whole=True))
        return home

    def _role(self, home: Guild, name: str, permissions: int, **more: Any) -> Role:
        role = Role(self._fake.state.new_id(), name, permissions, position=len(home.roles), **more)
        home.roles[role.id] = role
        return role

    def _join(self, home: Guild, user: int, *roles: int) -> None:
        home.members[user] = Member(user, self._fake.state.clock(), set(roles))

    def bot_role(self, home: Guild) -> Role:
        return next(role for role in home.roles.values() if role.managed)

    def role_named(self, home: Guild, name: str) -> Role:
        found = next((role for role in home.roles.values() if role.name in (name, f"@{name}")), None)
        if found is None:
            found = self._role(home, name, 0, mentionable=True)
            self._tell_guild(home, "GUILD_ROLE_CREATE", {"role": shapes.role(found, self._fake.state)})
        return found

    def remove_bot(self, home: Guild | None = None) -> None:
        """The bot is removed from the guild."""
        home = home or self._fake.guild
        home.has_bot = False
        home.members.pop(self._fake.state.bot, None)
        self._fake.state.commands.pop(home.id, None)
        self._fake.gateway.dispatch("GUILD_DELETE", {"id": str(home.id)})
        self._fake.changed()

    def invite_bot(self, home: Guild | None = None) -> None:
        home = home or self._fake.guild
        home.has_bot = True
        self._join(home, self._fake.state.bot, self.bot_role(home).id)
        self._fake.gateway.dispatch("GUILD_CREATE", shapes.guild(home, self._fake.state, whole=True))
        self._fake.changed()

    def change_guild(self, *, name: str) -> None:
        self._fake.guild.name = name
        self._fake.gateway.dispatch("GUILD_UPDATE", shapes.guild(self._fake.guild, self._fake.state))
        self._fake.changed()

    def set_permissions(self, role: str, names: list[str]) -> None:
        """What a role may do: "bot", "everyone", or any other by its name."""
        home = self._fake.guild
        found = self.bot_role(home) if role == "bot" else self.role_named(home, role)
        found.permissions = bits(names)
        self._tell_guild(home, "GUILD_ROLE_UPDATE", {"role": shapes.role(found, self._fake.state)})

    def _tell_guild(self, home: Guild, name: str, data: Json, intents: int = limits.GUILDS) -> None:
        if home.has_bot:
            self._fake.gateway.dispatch(name, {"guild_id": str(home.id), **data}, intents)
        self._fake.changed()

    # People

    def add_person(
        self, id: str, name: str = "", zone: str = "UTC", *, announced: bool = False, guild: str = "", **more: Any
    ) -> User:
        """``id`` is the short name. ``more``: see change_person."""
        state, home = self._fake.state, self._fake.guild_named(guild)
        known = next((user for user in state.users.values() if user.name == id), None)
        person = known or User(state.new_id(), id, name or id, zone)
        state.users[person.id] = person
        self._join(home, person.id)
        member = shapes.member(home.members[person.id], state)
        self._tell_guild(home, "GUILD_MEMBER_ADD", member, limits.GUILD_MEMBERS)
        self.change_person(id, **more)
        welcome = next((one for one in state.channels.values() if one.name == "general" and one.guild == home.id), None)
        if announced and welcome is not None:
            self._fake.messages.post(welcome, person.id, {}, type=7)
        return person

    def change_person(self, id: str, **changes: Any) -> None:
        """name, zone, dms_closed, admin (has the organisers' role), owner, roles (by name), gone (has left the guild)."""
        home, person = self._fake.guild, self._fake.state.user_named(id)
        person.display = changes.pop("name", person.display)
        person.zone = changes.pop("zone", person.zone)
        person.dms_closed = changes.pop("dms_closed", person.dms_closed)
        if changes.pop("owner", False):
            home.owner = person.id
        gone = changes.pop("gone", None)
        if gone is False and person.id not in home.members:
            self._join(home, person.id)
        member = home.members.get(person.id)
        if "admin" in changes and member is not None:
            self._set_role(member, self.role_named(home, ORGANISERS).id, changes.pop("admin"))
        if "roles" in changes and member is not None:
            member.roles = {self.role_named(home, name).id for name in changes.pop("roles")}
        assert not changes, f"nobody has {sorted(changes)}"
        if gone and member is not None:
            del home.members[person.id]
            gone_user = {"user": shapes.user(person)}
            self._tell_guild(home, "GUILD_MEMBER_REMOVE", gone_user, limits.GUILD_MEMBERS)
        self._fake.changed()

    def _set_role(self, member: Member, role: int, has: bool) -> None:
        member.roles = member.roles | {role} if has else member.roles - {role}

    # Places

    def add_place(self, id: str, *, closed: bool = False, forum: bool = False, guild: str = "", **more: Any) -> Channel:
        """``more``: tags (names), tag_required, topic. The bot is let into a closed place."""
        state, home = self._fake.state, self._fake.guild_named(guild)
        more.pop("name", None)
        tags, required = more.pop("tags", ()), more.pop("tag_required", False)
        position = sum(one.guild == home.id for one in state.channels.values())
        place = Channel(state.new_id(), FORUM if forum else TEXT, id, home.id, position=position, **more)
        place.tags = [
            {"id": str(state.new_id()), "name": tag, "moderated": False, "emoji_id": None, "emoji_name": None}
            for tag in tags
        ]
        place.flags = limits.REQUIRE_TAG_FLAG if required else 0
        state.channels[place.id] = place
        if closed:
            self._close(place, home)
        self._tell_guild(home, "CHANNEL_CREATE", shapes.channel(place, state))
        return place

    def _close(self, place: Channel, home: Guild) -> None:
        place.overwrites[home.id] = (0, int(Can.VIEW_CHANNEL))
        place.overwrites[self.bot_role(home).id] = (int(Can.VIEW_CHANNEL), 0)

    def change_place(self, id: str, **changes: Any) -> None:
        """name, topic, closed, tag_required, removed."""
        place = self._fake.state.place_named(id)
        home = self._fake.state.guilds[place.guild or 0]
        if changes.pop("removed", False):
            self.remove_channel(place)
            return
        place.name = changes.pop("name", place.name)
        place.topic = changes.pop("topic", place.topic)
        if "tag_required" in changes:
            place.flags = limits.REQUIRE_TAG_FLAG if changes.pop("tag_required") else 0
        closed = changes.pop("closed", None)
        if closed:
            self._close(place, home)
        elif closed is not None:
            place.overwrites = {}
        assert not changes, f"no place has {sorted(changes)}"
        self.channel_changed(place)

    def permit(self, place: str, who: str, allow: list[str], deny: list[str]) -> None:
        """An overwrite for a person, "bot" (its role), or any other role by its name; nothing at all takes it away."""
        found = self._fake.state.place_named(place)
        home = self._fake.state.guilds[found.guild or 0]
        people = {user.name: user.id for user in self._fake.state.users.values() if not user.bot}
        id = self.bot_role(home).id if who == "bot" else people.get(who) or self.role_named(home, who).id
        found.overwrites.pop(id, None)
        if allow or deny:
            found.overwrites[id] = (bits(allow), bits(deny))
        self.channel_changed(found)

    def channel_changed(self, place: Channel) -> None:
        home = self._fake.state.guilds[place.guild or 0]
        self._tell_guild(home, "CHANNEL_UPDATE", shapes.channel(place, self._fake.state))

    def remove_channel(self, place: Channel) -> None:
        """A channel goes with its threads; a thread goes alone."""
        state = self._fake.state
        home = state.guilds[place.guild or 0]
        told = shapes.channel(place, state)
        for thread in [] if place.is_thread else state.threads_of(place.id):
            self._forget(thread)
        self._forget(place)
        if place.is_thread:
            keys = ("id", "guild_id", "parent_id", "type")
            self._tell_guild(home, "THREAD_DELETE", {key: told[key] for key in keys})
        else:
            self._tell_guild(home, "CHANNEL_DELETE", told)

    def _forget(self, channel: Channel) -> None:
        del self._fake.state.channels[channel.id]
        self._fake.state.messages.pop(channel.id, None)

    def dm(self, user: int) -> Channel:
        """The person's conversation with the bot, as they open it themselves."""
        state = self._fake.state
        found = state.dm_with(user)
        if found is None:
            found = Channel(id=state.new_id(), type=DM, name="", recipients={state.bot, user}, created=state.clock())
            state.channels[found.id] = found
        return found
