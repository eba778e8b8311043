"""Neutral calls → Slack's Web API, and its failures → ours. Each call is one request or a fixed few; nothing is repeated here."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from adapters.slack import render
from adapters.slack.failures import as_send_error, code_of
from adapters.slack.profile import PLATFORM
from adapters.slack.render import Page
from adapters.slack.text import escaped
from adapters.slack.workspaces import Workspace, Workspaces, everything
from bot.core.events import Ref
from bot.core.ports import Arrival, MaybeSent, NotSent, Outgoing, Refused, SendError
from bot.core.ui import Attachment, Card

Json = dict[str, Any]
log = structlog.get_logger("rounds.slack")
DELIVERY = (
    "rounds_delivery"  # the type of our messages' metadata; its payload is opaque, since everybody there can read it
)
QUIET: Json = {"unfurl_links": False, "unfurl_media": False}
LOOKED_AT = 200  # messages of a channel among which an earlier try is looked for
IN_A_THREAD = 1000
MOST_FILES = 1000  # deliveries with a file that are remembered
TOO_LONG = "This is too long for one message on Slack."
UNREADABLE = "I can't read messages in this channel. Whoever wrote it can choose “Save to Rounds…” in the message's menu instead."
NO_WORDS = "I can't find the words of this message any more."
FORGET_TEAM = {"account_inactive", "token_revoked", "invalid_auth"}


class SlackOutbound:
    """Implements bot.core.ports.Outbound but for ``answer``, which needs to know how an interaction came."""

    pace = 1.0  # seconds between two messages in one channel (chat.postMessage: "1 per second per channel")

    def __init__(self, workspaces: Workspaces) -> None:
        self.workspaces = workspaces
        self._with_file: set[str] = set()  # deliveries whose file was shared

    async def send(self, message: Outgoing) -> str:
        workspace = await self._workspace(message.to)
        page = self._one_page(message.card, message.to.workspace)
        given: Json = {
            "channel": message.to.id,
            "text": page.text,
            "blocks": page.blocks,
            "metadata": {"event_type": DELIVERY, "event_payload": {"id": message.id}},
            **QUIET,
        }
        if message.thread:
            given["thread_ts"] = message.thread
        if message.card.attachment is not None:
            await self._send_its_file(message, message.card.attachment)
        async with self._asking(message.to.workspace):
            answer = await workspace.client.chat_postMessage(**given)
        channel, ts = str(answer["channel"]), str(answer["ts"])
        if message.card.pinned and not message.to_person:
            await self._pin(workspace, channel, ts)
        return f"{channel}:{ts}" if message.to_person else ts

    async def _send_its_file(self, message: Outgoing, file: Attachment) -> None:
        """Before the message: one that stands says that the file is there. When the message is tried again, it is there."""
        if message.id in self._with_file:
            return
        try:
            await self.send_file(message.to, file.name, file.content, message.card.title, thread=message.thread)
        except MaybeSent as error:  # the file perhaps, the message not: better a file that is there twice than none
            raise NotSent(str(error)) from error
        if len(self._with_file) >= MOST_FILES:
            self._with_file.clear()
        self._with_file.add(message.id)

    def _one_page(self, card: Card, team: str) -> Page:
        """A delivery is one message: two could not be sent once each. The forms' limits keep every card of ours this short."""
        pages = render.pages(card, self.workspaces.voice(team))
        if len(pages) > 1:
            raise Refused(TOO_LONG)
        return pages[0]

    async def _pin(self, workspace: Workspace, channel: str, ts: str) -> None:
        """The message stands already, so a pin that fails is no reason to send it again."""
        try:
            await workspace.client.pins_add(channel=channel, timestamp=ts)
        except Exception as error:
            log.warning("slack.not_pinned", error=code_of(error) or type(error).__name__)

    async def arrived(self, message: Outgoing) -> str | Arrival:
        workspace = await self._workspace(message.to)
        channel = message.to.id
        if message.to_person:
            if "im:history" not in workspace.scopes:
                return Arrival.CANNOT_TELL
            async with self._asking(message.to.workspace):
                opened = await workspace.client.conversations_open(users=message.to.id)
            channel = str(opened["channel"]["id"])
        # Slack's clock, not the community's: the newest messages are looked through, back to what is certainly older.
        given: Json = {"channel": channel, "include_all_metadata": True, "limit": LOOKED_AT}
        method: Any = workspace.client.conversations_history
        if message.thread:
            given["ts"], given["limit"], method = message.thread, IN_A_THREAD, workspace.client.conversations_replies
        try:
            async with self._asking(message.to.workspace):
                found = await method(**given)
        except Refused:
            if workspace.reads_history:
                raise
            return Arrival.CANNOT_TELL
        for item in found["messages"]:
            metadata = item.get("metadata") or {}
            if metadata.get("event_type") == DELIVERY and metadata["event_payload"].get("id") == message.id:
                ts = str(item["ts"])
                return f"{channel}:{ts}" if message.to_person else ts
        # A channel's newest messages come first, a thread's oldest: there, what was not given may be the newest.
        enough = len(found["messages"]) >= LOOKED_AT and not message.thread
        return Arrival.CANNOT_TELL if found.get("has_more") and not enough else Arrival.NO

    async def redraw(self, to: Ref, remote: str, card: Card, id: str) -> None:
        workspace = await self._workspace(to)
        page = self._one_page(card, to.workspace)
        channel, ts = _where(to, remote)
        async with self._asking(to.workspace, edits=True):
            await workspace.client.chat_update(channel=channel, ts=ts, text=page.text, blocks=page.blocks)

    async def delete(self, to: Ref, remote: str) -> None:
        workspace = await self._workspace(to)
        channel, ts = _where(to, remote)
        async with self._asking(to.workspace, edits=True):
            await workspace.client.chat_delete(channel=channel, ts=ts)

    async def can_see(self, person: Ref, place: Ref) -> bool:
        workspace = await self._workspace(place)
        try:
            async for id in everything(workspace.client.conversations_members, "members", channel=place.id, limit=1000):
                if id == person.id:
                    return True
        except Refused:  # we were removed from there: nobody can be shown what we no longer see
            return False
        return False

    async def text_of(self, place: Ref, message: str, thread: str) -> str:
        """What a person wrote in a message, as Slack gives it. Raises SendError; Refused where it cannot be read."""
        workspace = await self._workspace(place)
        within, _, ts = message.rpartition(":")
        thread = within or thread
        only: Json = {"channel": place.id, "oldest": ts, "latest": ts, "inclusive": True}
        method: Any = workspace.client.conversations_history
        if thread and thread != ts:  # a thread's first message comes with every part of it
            only["ts"], method = thread, workspace.client.conversations_replies
        try:
            async with self._asking(place.workspace):
                found = await method(**only, limit=2)
        except Refused as error:
            raise Refused(UNREADABLE) from error
        theirs = [item for item in found["messages"] if str(item["ts"]) == ts]
        if not theirs or theirs[0].get("bot_id") or not str(theirs[0].get("text") or "").strip():
            raise Refused(NO_WORDS)
        return str(theirs[0]["text"])

    async def send_file(self, to: Ref, name: str, content: bytes, words: str, *, thread: str = "") -> None:
        """Share a file in a channel or with a person. Slack shows it some moments later. Raises SendError."""
        workspace = await self._workspace(to)
        async with self._asking(to.workspace):
            slot = await workspace.client.files_getUploadURLExternal(filename=name, length=len(content))
            async with self.workspaces.session.post(str(slot["upload_url"]), data=content) as uploaded:
                if 400 <= uploaded.status < 500:
                    raise Refused(f"Slack did not take the file ({uploaded.status}).")
                if uploaded.status != 200:
                    raise NotSent(f"the upload ended with {uploaded.status}")
            channel = to.id
            if to.id.startswith(("U", "W")):
                channel = str((await workspace.client.conversations_open(users=to.id))["channel"]["id"])
            files: list[dict[str, str | None]] = [{"id": str(slot["file_id"]), "title": name}]
            await workspace.client.files_completeUploadExternal(
                files=files, channel_id=channel, initial_comment=escaped(words) or None, thread_ts=thread or None
            )

    async def _workspace(self, to: Ref) -> Workspace:
        if to.platform != PLATFORM:
            raise Refused("This is not on Slack.")
        return await self.workspaces.find(to.workspace)

    @asynccontextmanager
    async def _asking(self, team: str, *, edits: bool = False) -> AsyncIterator[None]:
        """What goes wrong with a request, in our words."""
        try:
            yield
        except SendError:
            raise
        except Exception as error:
            if isinstance(error, SlackApiError) and code_of(error) in FORGET_TEAM:
                self.workspaces.renew(team)
            raise as_send_error(error, edits=edits) from error

    async def privately(self, person: Ref, place: Ref, thread: str, page: Page) -> None:
        """Something only they see: in the channel if we are there, else as a direct message. Raises SendError."""
        workspace = await self._workspace(person)
        if place.id:
            given: Json = {"thread_ts": thread} if thread else {}
            with contextlib.suppress(Refused):
                async with self._asking(person.workspace):
                    await workspace.client.chat_postEphemeral(
                        channel=place.id, user=person.id, text=page.text, blocks=page.blocks, **given
                    )
                return
        async with self._asking(person.workspace):
            await workspace.client.chat_postMessage(channel=person.id, text=page.text, blocks=page.blocks, **QUIET)


def _where(to: Ref, remote: str) -> tuple[str, str]:
    """The channel and timestamp of a message: those to people carry the conversation's id."""
    channel, _, ts = remote.rpartition(":")
    return channel or to.id, ts
