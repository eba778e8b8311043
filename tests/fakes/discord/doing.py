"""What a person does in the client: typing, pressing, picking, filling forms. Refused is what the client does not let them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import commands, limits, shapes
from tests.fakes.discord.checks import BUTTON, SELECTS, walk
from tests.fakes.discord.errors import Json
from tests.fakes.discord.forms import Filled, NotDone, field_name
from tests.fakes.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, SUBMIT
from tests.fakes.discord.model import FORUM, Channel, Interaction, Message, User
from tests.fakes.discord.permissions import Can, in_channel, sees

if TYPE_CHECKING:
    from tests.fakes.discord.server import FakeDiscord

OUTCOMES = {4: "message", 5: "deferred", 6: "deferred", 7: "update", 8: "choices", 9: "form"}


class Doing:
    """One person's doings."""

    def __init__(self, fake: FakeDiscord, name: str) -> None:
        self._fake = fake
        self.me: User = fake.state.user_named(name)

    def where(self, given: Json) -> Channel:
        """A thread (its id, or its first message's), the conversation with the bot, or a place by its name."""
        state = self._fake.state
        if given.get("thread"):
            message = state.find_message(int(given["thread"]))
            id = (message.thread or message.channel) if message is not None else int(given["thread"])
            found = state.channels[id]
        else:
            found = self._fake.people.dm(self.me.id) if given.get("dm") else state.place_named(given["place"])
        if not sees(state, self.me.id, found):
            raise NotDone(f"{self.me.name} does not see {found.name or 'that conversation'}")
        return found

    async def types(self, given: Json) -> Json:
        where, text = self.where(given), given["text"]
        if not text.startswith("/"):
            return {"message": self._post(where, text).id}
        state = self._fake.state
        try:
            if where.type == FORUM:
                raise NotDone("commands are typed in a post, not in the forum itself")
            data = commands.data(state, where, commands.find(state, self.me.id, where, text))
        except NotDone as problem:
            self._fake.interactions.notice(self.me.id, where.id, str(problem))
            return {"answered": False, "notice": str(problem)}
        return await self._outcome(self._fake.interactions.begin(self.me.id, where, COMMAND, data))

    async def _outcome(self, one: Interaction) -> Json:
        """Wait until the application has responded, or the time for that is over."""
        await self._fake.until(lambda: one.responded is not None or one.late, self._fake.respond_within + 5)
        answered = one.responded is not None
        return {
            "answered": answered,
            "interaction": one.id,
            "kind": OUTCOMES.get(one.responded or 0, ""),
            "answer": one.answer,
            "form": one.id if one.responded == 9 else None,
        }

    # Messages

    def _post(self, where: Channel, text: str, reference: int | None = None) -> Message:
        text = self._written(text)
        if not 1 <= len(text) <= limits.CONTENT:
            raise NotDone(f"a message has 1 to {limits.CONTENT} characters, not {len(text)}")
        if where.type == FORUM:
            return self._begin_post(where, text)
        needed = Can.SEND_MESSAGES_IN_THREADS if where.is_thread else Can.SEND_MESSAGES
        if not in_channel(self._fake.state, self.me.id, where) & needed or where.locked:
            raise NotDone(f"{self.me.name} may not write in {where.name}")
        body: Json = {"content": text}
        if reference is not None:
            body["message_reference"] = {"message_id": str(reference)}
        return self._fake.messages.post(where, self.me.id, body)

    def _begin_post(self, forum: Channel, text: str) -> Message:
        """The first line is the post's title. Where a tag is required it gets the first there is."""
        required = forum.flags & limits.REQUIRE_TAG_FLAG
        tags = [int(forum.tags[0]["id"])] if required else []
        title = text.splitlines()[0][: limits.THREAD_NAME]
        thread = self._fake.messages.start_thread(forum, self.me.id, title, applied_tags=tags)
        return self._fake.messages.post(thread, self.me.id, {"content": text})

    def _written(self, text: str) -> str:
        """As the client sends it: @ada and #questions become mentions of them."""
        state = self._fake.state
        people = {user.name: f"<@{user.id}>" for user in state.users.values()} | {"bot": f"<@{state.bot}>"}
        places = {one.name: f"<#{one.id}>" for one in state.channels.values() if one.name and not one.is_thread}
        text = re.sub(r"(?<![\w<])@([\w-]+)", lambda found: people.get(found[1], found[0]), text)
        return re.sub(r"(?<![\w<])#([\w-]+)", lambda found: places.get(found[1], found[0]), text)

    def says(self, given: Json) -> Json:
        """In the thread that a message is in or has; else in one begun for it; in a direct conversation as a reply."""
        root = self._message(int(given["message"]))
        where = self._fake.state.channels[root.channel]
        if where.guild is None:
            return {"message": self._post(where, given["text"], reference=root.id).id}
        if not where.is_thread:
            where = self._fake.state.channels.get(root.thread or 0) or self._begin_thread(where, root)
        return {"message": self._post(where, given["text"]).id}

    def _begin_thread(self, where: Channel, root: Message) -> Channel:
        if not in_channel(self._fake.state, self.me.id, where) & Can.CREATE_PUBLIC_THREADS or root.private_to:
            raise NotDone(f"{self.me.name} may not begin a thread there")
        name = root.content.splitlines()[0][:50] if root.content else "Thread"
        return self._fake.messages.start_thread(where, self.me.id, name, message=root)

    def edits(self, given: Json) -> Json:
        message = self._own(given)
        self._fake.messages.edit(message, {"content": self._written(given["text"])})
        return {"message": message.id}

    def deletes(self, given: Json) -> Json:
        self._fake.messages.delete(self._own(given))
        return {}

    def _own(self, given: Json) -> Message:
        message = self._message(int(given["message"]))
        if message.author != self.me.id:
            raise NotDone("only one's own messages")
        return message

    def dismisses(self, given: Json) -> Json:
        """Private replies and forms are gone when a client starts anew."""
        state = self._fake.state
        state.forms = {id: form for id, form in state.forms.items() if form.user != self.me.id}
        state.notices = [one for one in state.notices if one.user != self.me.id]
        for messages in state.messages.values():
            for message in [one for one in messages.values() if one.private_to == self.me.id]:
                del messages[message.id]
        self._fake.changed()
        return {}

    def _message(self, id: int) -> Message:
        found = self._fake.state.find_message(id)
        visible = found is not None and found.private_to in (0, self.me.id)
        if (
            found is None
            or not visible
            or not sees(self._fake.state, self.me.id, self._fake.state.channels[found.channel])
        ):
            raise NotDone(f"{self.me.name} does not see that message")
        return found

    # Buttons, lists, forms

    async def presses(self, given: Json) -> Json:
        message = self._message(int(given["message"]))
        one = self._component(message, given["custom_id"], (BUTTON,))
        data = {"custom_id": one["custom_id"], "component_type": BUTTON, "id": one["id"]}
        return await self._use(message, data)

    async def chooses(self, given: Json) -> Json:
        message = self._message(int(given["message"]))
        one = self._component(message, given["custom_id"], SELECTS)
        filled = Filled(self._fake.state, self._fake.state.channels[message.channel].guild)
        values = filled.values(one, given["value"], one.get("placeholder") or field_name(one["custom_id"]))
        data = {"custom_id": one["custom_id"], "component_type": one["type"], "id": one["id"], "values": values}
        return await self._use(message, {**data, **({"resolved": found} if (found := filled.resolved()) else {})})

    def _component(self, message: Message, custom_id: str, kinds: tuple[int, ...]) -> Json:
        for _, one in walk(message.components):
            if one.get("custom_id") == custom_id and one["type"] in kinds and not one.get("disabled"):
                return one
        raise NotDone("that cannot be used any more")

    async def _use(self, message: Message, data: Json) -> Json:
        where = self._fake.state.channels[message.channel]
        one = self._fake.interactions.begin(self.me.id, where, COMPONENT, data, message=message.id)
        return await self._outcome(one)

    async def submits(self, given: Json) -> Json:
        state = self._fake.state
        form = state.forms.get(int(given["form"]))
        if form is None or form.user != self.me.id:
            raise NotDone("that form is not open")
        where = state.channels[form.channel]
        filled = Filled(state, where.guild)
        data: Json = {"custom_id": form.custom_id, "components": filled.form(form, given["values"])}
        if found := filled.resolved():
            data["resolved"] = found
        one = self._fake.interactions.begin(self.me.id, where, SUBMIT, data, message=form.message, form=form.id)
        return await self._outcome(one)

    def cancels(self, given: Json) -> Json:
        self._fake.state.forms.pop(int(given["form"]), None)
        self._fake.changed()
        return {}

    # Commands of other kinds

    async def uses_message_command(self, given: Json) -> Json:
        state = self._fake.state
        message = self._message(int(given["message"]))
        where = state.channels[message.channel]
        command = next(
            (one for one in commands.offered(state, self.me.id, where, 3) if one["name"] == given["label"]), None
        )
        if command is None:
            raise NotDone(f"there is no message command {given['label']!r} here")
        resolved = {"messages": {str(message.id): shapes.message(message, state)}}
        data: Json = {"id": command["id"], "name": command["name"], "type": 3, "target_id": str(message.id)}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        one = self._fake.interactions.begin(self.me.id, where, COMMAND, {**data, "resolved": resolved})
        return await self._outcome(one)

    async def completes(self, given: Json) -> Json:
        state, where = self._fake.state, self.where(given)
        typed = commands.find(state, self.me.id, where, given["text"])
        option = next((one for one in typed.options if one["name"] == given["option"]), None)
        if option is None or not option.get("autocomplete"):
            raise NotDone(f"{given['option']} is not completed")
        data = commands.data(state, where, typed, focused=(given["option"], given["typed"]))
        one = self._fake.interactions.begin(self.me.id, where, AUTOCOMPLETE, data)
        await self._outcome(one)
        return {"choices": one.choices or []}

    def interested(self, given: Json) -> Json:
        """In a scheduled event that is not over, by its name; or no longer."""
        state = self._fake.state
        self._fake.pass_time()
        listed = [one for one in state.events.values() if one.status in (1, 2)]
        event = next((one for one in reversed(listed) if one.body["name"] == given["event"]), None)
        if event is None or self.me.id not in state.guilds[event.guild].members:
            raise NotDone(f"there is no event {given['event']!r}")
        (event.interested.add if given.get("yes", True) else event.interested.discard)(self.me.id)
        what = "ADD" if given.get("yes", True) else "REMOVE"
        told = {"guild_scheduled_event_id": str(event.id), "user_id": str(self.me.id), "guild_id": str(event.guild)}
        self._fake.gateway.dispatch(f"GUILD_SCHEDULED_EVENT_USER_{what}", told, limits.GUILD_SCHEDULED_EVENTS)
        self._fake.changed()
        return {}


def does(fake: FakeDiscord, name: str, what: str) -> Any:
    return getattr(Doing(fake, name), what)
