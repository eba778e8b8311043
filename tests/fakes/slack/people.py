"""What people do in Slack's client. Every act returns its outcome once the app has acknowledged it, or failed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.slack import check, events, fields, forms, methods_chat, payloads
from tests.fakes.slack.delivery import Ack
from tests.fakes.slack.errors import SlackError
from tests.fakes.slack.model import Channel, Json, Message, Team, User, View
from tests.fakes.slack.words import label, reader

if TYPE_CHECKING:
    from tests.fakes.slack.server import FakeSlack


class People:
    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack

    def sees(self, team: Team, user: User) -> list[Json]:
        """Messages, oldest first, then the home tab, then open forms, the topmost last."""
        eyes, found = reader(team, user, self._slack.clock()), []
        for channel in team.channels.values():
            if team.sees(user, channel):
                found += [eyes.message(channel, one) for one in channel.messages if not one.deleted]
            found += [eyes.message(channel, one) for one in channel.ephemerals if one.to == user.id]
        found.sort(key=lambda one: tuple(map(int, one["item"]["id"].split("."))))
        if user.id in team.homes:
            found.append(eyes.home(team.homes[user.id]))
        return found + [eyes.form(view) for view in team.stacks.get(user.id, [])]

    async def types(self, team: Team, user: User, channel: Channel, text: str, thread: str | None) -> Json:
        if text.startswith("/"):
            name, _, rest = text.partition(" ")
            if thread is not None:
                self._slack.notice(team, user, channel, f"{name} is not supported in threads. Sorry!")
                return {"outcome": "unknown"}
            return await self._command(team, user, channel, name, rest.strip())
        if channel.archived:
            raise AssertionError(f"#{channel.name} is archived: nobody can write there")
        if channel.im_user and self._slack.app.home["messages_tab_read_only_enabled"]:
            raise AssertionError("nobody can write to the app: its manifest makes the messages tab read-only")
        self._enters(team, user, channel)
        if thread is not None:
            root = channel.find(thread)
            assert root is not None, f"there is no thread {thread}"
            thread = root.thread_ts or root.ts
        made = Message(self._slack.next_ts(), user.id, payloads.typed(team, text), thread_ts=thread)
        self._slack.post(team, channel, made)
        return {"outcome": "message", "message": made.ts, "id": made.ts}

    async def deletes(self, team: Team, user: User, ts: str) -> Json:
        channel, message = self._message(team, user, ts)
        methods_chat.remove(self._slack, team, channel, message)
        return {"outcome": "deleted"}

    async def edits(self, team: Team, user: User, ts: str, text: str) -> Json:
        channel, message = self._message(team, user, ts)
        before = message.as_api(team, channel, with_metadata=True)
        message.text = payloads.typed(team, text)
        message.edited = {"user": user.id, "ts": self._slack.next_ts()}
        events.message_changed(self._slack, team, channel, message, before)
        self._slack.changed()
        return {"outcome": "edited"}

    async def presses(self, team: Team, user: User, where: str, block_id: str, action_id: str, option: str) -> Json:
        """A button or menu of a message (by ts), an open form or the home tab (by view id)."""
        view = self._view(team, user, where)
        channel, message = (None, None) if view else self._message(team, user, where)
        blocks = view.given["blocks"] if view else message.blocks or [] if message else []
        block, element = _element(blocks, block_id, action_id)
        action = _action(team, block, element, option)
        if view is not None:
            if fields.is_field(element):
                view.state[block_id][action_id] = {key: action[key] for key in ("type", fields.key_of(element["type"]))}
            payload = payloads.on_view(self._slack, team, user, view, action)
        else:
            assert channel is not None
            assert message is not None
            payload = payloads.on_message(self._slack, team, user, channel, message, action)
        return self._told(team, user, channel, await self._slack.delivery.send("block_actions", payload))

    async def uses_shortcut(self, team: Team, user: User, name: str, ts: str | None) -> Json:
        kind = "message" if ts else "global"
        known = [one for one in self._slack.app.shortcuts if one["type"] == kind]
        callback_id = next((one["callback_id"] for one in known if name in (one["name"], one["callback_id"])), name)
        if self._slack.app.manifest is not None and all(one["callback_id"] != callback_id for one in known):
            raise AssertionError(f"no {kind} shortcut is called {name!r}; there are {[one['name'] for one in known]}")
        if ts is None:
            payload = payloads.shortcut(self._slack, team, user, callback_id)
            return self._told(team, user, None, await self._slack.delivery.send("shortcut", payload))
        channel, message = self._message(team, user, ts)
        payload = payloads.message_action(self._slack, team, user, channel, message, callback_id)
        return self._told(team, user, channel, await self._slack.delivery.send("message_action", payload))

    async def opens_home(self, team: Team, user: User) -> Json:
        assert self._slack.app.home["home_tab_enabled"], "the app has no home tab: its manifest does not turn it on"
        events.home_opened(self._slack, team, user)
        return {"outcome": "opened"}

    async def fills(self, team: Team, user: User, view_id: str, values: Json) -> Json:
        """Put values into fields; the app hears of it where it asked to."""
        view = self._open(team, user, view_id)
        for name, value in values.items():
            block, element = fields.find(view, name)
            await forms.put(self._slack, team, user, view, block, element, value)
            view.errors.pop(block["block_id"], None)
            if block["type"] != "input" or block.get("dispatch_action"):
                state = view.state[block["block_id"]][element["action_id"]]
                action = {**state, "block_id": block["block_id"], "action_id": element["action_id"]}
                payload = payloads.on_view(self._slack, team, user, view, action)
                await self._slack.delivery.send("block_actions", payload)
        self._slack.changed()
        return {"outcome": "filled"}

    async def submits(self, team: Team, user: User, view_id: str) -> Json:
        view, slack = self._open(team, user, view_id), self._slack
        assert view.given.get("submit") or any(block["type"] == "input" for block in view.given["blocks"]), (
            "the form has no button to send it"
        )
        view.errors = fields.wrong(view)
        if view.errors:
            slack.changed()
            return {"outcome": "refused", "errors": view.errors}
        ack = await slack.delivery.send("view_submission", payloads.submission(slack, team, user, view))
        if not ack.ok:
            slack.notice(team, user, None, "We had some trouble connecting. Try again?")
            return {"outcome": "failed", "error": ack.error}
        outcome = forms.submitted(slack, team, user, view, ack.body)
        slack.changed()
        return outcome

    async def cancels(self, team: Team, user: User, view_id: str, *, everything: bool = False) -> Json:
        """The topmost form is closed, or with ``everything`` all that are open."""
        stack = team.stacks.get(user.id, [])
        gone = list(stack) if everything else [view for view in stack if view.id == view_id]
        for view in reversed(gone):
            stack.remove(view)
            if view.given.get("notify_on_close"):
                payload = payloads.closed(self._slack, team, user, view, cleared=everything)
                self._slack.begin(self._slack.delivery.send("view_closed", payload))
        self._slack.changed()
        return {"outcome": "closed"}

    async def suggestions(self, team: Team, user: User, view_id: str, field: str, typed: str) -> list[str]:
        view = self._open(team, user, view_id)
        block, element = fields.find(view, field)
        found = await forms.suggested(self._slack, team, user, view, block, element, typed)
        return [option["text"]["text"] for option in found]

    def reloads(self, team: Team, user: User) -> None:
        """Ephemeral messages do not outlive a reload."""
        for channel in team.channels.values():
            channel.ephemerals = [one for one in channel.ephemerals if one.to != user.id]
        self._slack.changed()

    async def _command(self, team: Team, user: User, channel: Channel, name: str, text: str) -> Json:
        slack = self._slack
        if slack.app.manifest is not None and name not in slack.app.commands:
            slack.notice(team, user, channel, f"{name} is not a valid command.")
            return {"outcome": "unknown"}
        self._enters(team, user, channel)
        if slack.app.commands.get(name, {}).get("should_escape"):
            text = payloads.typed(team, text, labels=True)
        if user.stranger or not team.install.active or "commands" not in team.install.scopes:
            slack.notice(team, user, channel, f"{name} is not a valid command.")
            return {"outcome": "unknown"}
        payload = payloads.command(slack, team, user, channel, name, text)
        ack = await slack.delivery.send("command", payload)
        if not ack.ok:
            slack.notice(team, user, channel, f"{name} failed with the error “{ack.error}”")
            return {"outcome": "failed", "error": ack.error}
        if ack.body:
            given = {"text": ack.body} if isinstance(ack.body, str) else ack.body
            try:
                slack.hooks.answer(team, channel, user, given)
            except SlackError as error:
                slack.violation("acknowledgement", getattr(error, "problems", [error.code]), given)
                slack.notice(team, user, channel, f"{name} failed with the error “{error.code}”")
                return {"outcome": "failed", "error": error.code}
        return {"outcome": "answered", "answer": ack.body}

    def _told(self, team: Team, user: User, channel: Channel | None, ack: Ack) -> Json:
        if ack.ok:
            if ack.body:
                self._slack.violation("acknowledgement", ["only commands, options and forms are answered"], ack.body)
            return {"outcome": "answered"}
        self._slack.notice(team, user, channel, f"This didn’t work: the app didn’t respond ({ack.error})")
        return {"outcome": "failed", "error": ack.error}

    def _enters(self, team: Team, user: User, channel: Channel) -> None:
        """Who writes into a public channel has joined it."""
        assert team.sees(user, channel), f"{user.name} does not see #{channel.name}"
        assert not user.deleted, f"{user.name} is deactivated"
        if not channel.im_user and user.id not in channel.members:
            channel.members.append(user.id)
            events.joined(self._slack, team, channel, user)

    def _message(self, team: Team, user: User, ts: str) -> tuple[Channel, Message]:
        for channel in team.channels.values():
            for one in (*channel.messages, *channel.ephemerals):
                if one.ts == ts and (one.to == user.id or (one.to is None and team.sees(user, channel))):
                    return channel, one
        raise AssertionError(f"{user.name} does not see the message {ts}")

    def _view(self, team: Team, user: User, id: str) -> View | None:
        mine = [*team.stacks.get(user.id, []), *([team.homes[user.id]] if user.id in team.homes else [])]
        return next((view for view in mine if view.id == id), None)

    def _open(self, team: Team, user: User, id: str) -> View:
        stack = team.stacks.get(user.id, [])
        assert stack, f"{user.name} has no form open"
        assert stack[-1].id == id, "another form is on top of this one"
        return stack[-1]


def _element(blocks: list[Json], block_id: str, action_id: str) -> tuple[Json, Json]:
    for block in blocks:
        for element in check.elements(block):
            if block["block_id"] == block_id and element["action_id"] == action_id:
                return block, element
    raise AssertionError(f"there is no {action_id} any more")


def _action(team: Team, block: Json, element: Json, option: str) -> Json:
    """The entry in ``actions``. ``option``: which one was chosen, of elements that have some."""
    made: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    if element["type"] == "button":
        made["text"] = {"emoji": True, **element["text"]}
        made |= {key: element[key] for key in ("value", "url", "style") if key in element}
    elif element["type"] in ("static_select", "radio_buttons", "overflow"):
        made["selected_option"] = fields.choose(fields.offered(element), option)
    elif element["type"] in ("multi_static_select", "checkboxes"):
        wanted = [one.strip() for one in option.split(",") if one.strip()]
        made["selected_options"] = [fields.choose(fields.offered(element), one) for one in wanted]
    elif element["type"] in fields.IDS:
        kind, many = element["type"], element["type"].startswith("multi_")
        if kind in ("datepicker", "timepicker", "datetimepicker"):
            made[fields.key_of(kind)] = int(option) if kind == "datetimepicker" else option
        else:
            ids = [forms.id_of(team, kind, one) for one in forms.parts(option)]
            made[fields.key_of(kind)] = ids if many else ids[0] if ids else None
    else:
        raise AssertionError(f"{label(element)!r} is not pressed but filled")
    return made
