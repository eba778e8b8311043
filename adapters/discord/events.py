"""A server's own events: one for each meeting that we put there, brought up to date, called off, and found again.

An event is named "event:id" where a message is named by its id. Discord takes no nonce for one, so its description ends with
the beginning of its delivery's id. Needs "Create Events" alone: with it one also changes and deletes one's own.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from adapters.discord.http import DiscordHttp
from adapters.discord.profile import EVENT_DESCRIPTION, EVENT_LOCATION, EVENT_NAME
from adapters.discord.text import APART, is_web, markdown, pieces
from bot.core.ports import Arrival, Gone, Outgoing, Refused
from bot.core.text import Link, shortened
from bot.core.ui import Card, Planned

Json = dict[str, Any]
EVENTS = "/guilds/{guild_id}/scheduled-events"
EVENT = EVENTS + "/{event_id}"
NAMED = "event:"
SERVER_ONLY, EXTERNAL = 2, 3
SCHEDULED, ACTIVE, CANCELLED = 1, 2, 4
MARK = 8  # characters of a delivery's id: among a server's events no two begin alike
NO_WORDS, MORE = "…", "\n…"
# A name and a place are shown without markdown, so nothing escapes there; but what could be a mention is kept from being one.
MEANT = re.compile(r"<(?=[@#:/\w])|@(?=everyone|here)")
MOST_KEPT = 10_000


def is_event(remote: str) -> bool:
    return remote.startswith(NAMED)


def drawn(card: Card, planned: Planned, guild: str, delivery: str) -> Json:
    """The body of an event. What is too long is cut: all of it stands in the channel, in the message of the same meeting."""
    where, text = planned.where, card.body
    if len(where) > EVENT_LOCATION:
        text = (*text, "\nWhere: ", Link(where, where) if is_web(where) else where)
        where = urlsplit(where).netloc if is_web(where) else where
    mark = f"\n\n{_mark(delivery)}"
    said = pieces(text, guild, EVENT_DESCRIPTION - len(mark) - len(MORE), markdown)
    description = "".join(said[:1]) + (MORE if said[1:] else "") + mark
    return {
        "name": _plainly(card.title, EVENT_NAME),
        "description": description.strip(),
        "scheduled_start_time": _instant(planned.starts),
        "scheduled_end_time": _instant(planned.ends),
        "entity_metadata": {"location": _plainly(where, EVENT_LOCATION)},
    }


def _mark(delivery: str) -> str:
    return f"Rounds · {delivery[:MARK]}"


def _plainly(text: str, longest: int) -> str:
    words = shortened(MEANT.sub(rf"\g<0>{APART}", text), longest)
    return words if words.strip(APART) else NO_WORDS


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def user_of(interested: Json) -> str:
    return str(interested.get("user_id") or interested["user"]["id"])


class Events:
    def __init__(self, http: DiscordHttp) -> None:
        self._http = http
        self._ours: dict[str, bool] = {}  # event → whether we made it

    # What we put there

    async def put(self, message: Outgoing) -> str:
        """Raises SendError; Refused when it has begun already, or nothing more is allowed there."""
        planned = message.card.planned
        if planned is None or planned.cancelled:
            raise Refused("There is nothing to put among the server's events.")
        body = drawn(message.card, planned, message.to.workspace, message.id)
        body |= {"privacy_level": SERVER_ONLY, "entity_type": EXTERNAL}
        made = await self._http.ask("POST", EVENTS, body, once=True, guild_id=message.to.workspace)
        self.learn(made)
        return f"{NAMED}{made['id']}"

    async def arrived(self, message: Outgoing) -> str | Arrival:
        """An earlier try stands among the open events, with its mark."""
        mark = _mark(message.id)
        for event in await self.open(message.to.workspace):
            if self.made(event) and str(event.get("description") or "").endswith(mark):
                return f"{NAMED}{event['id']}"
        return Arrival.NO

    async def change(self, guild: str, remote: str, card: Card, planned: Planned, delivery: str) -> None:
        """As the card is now. One that was called off takes no more changes, so it is gone. Raises SendError."""
        if planned.cancelled:
            await self._cancel(guild, remote)
            raise Gone("called off")
        await self._edit(guild, remote, drawn(card, planned, guild, delivery))

    async def _cancel(self, guild: str, remote: str) -> None:
        there = await self._http.ask("GET", EVENT, edits=True, guild_id=guild, event_id=remote.removeprefix(NAMED))
        if there["status"] == SCHEDULED:
            await self._edit(guild, remote, {"status": CANCELLED})
        elif there["status"] == ACTIVE:  # such an event can only end, or go
            await self.remove(guild, remote)

    async def _edit(self, guild: str, remote: str, body: Json) -> None:
        await self._http.ask("PATCH", EVENT, body, edits=True, guild_id=guild, event_id=remote.removeprefix(NAMED))

    async def remove(self, guild: str, remote: str) -> None:
        """Raises SendError."""
        await self._http.ask("DELETE", EVENT, edits=True, guild_id=guild, event_id=remote.removeprefix(NAMED))

    # Which are ours

    async def open(self, guild: str) -> list[Json]:
        """Those of a server that are still to come or going on, with how many people are interested. Raises SendError."""
        return list(await self._http.ask("GET", f"{EVENTS}?with_user_count=true", guild_id=guild))

    def learn(self, event: Json) -> None:
        """Of somebody's event, as Discord gives it."""
        if len(self._ours) >= MOST_KEPT:
            self._ours.clear()
        self._ours[str(event["id"])] = self.made(event)

    def made(self, event: Json) -> bool:
        return str(event.get("creator_id")) == self._http.user

    async def is_ours(self, guild: str, id: str) -> bool:
        """Asked once for each. Raises SendError."""
        if id not in self._ours:
            self.learn(await self._http.ask("GET", EVENT, guild_id=guild, event_id=id))
        return self._ours[id]

    async def interested(self, guild: str, id: str) -> list[Json]:
        """Who is interested in an event, as Discord gives them, with their member. Raises SendError."""
        found: list[Json] = []
        after = "0"
        while True:
            path = EVENT + f"/users?limit=100&with_member=true&after={after}"
            page = list(await self._http.ask("GET", path, guild_id=guild, event_id=id))
            found += page
            if len(page) < 100:
                return found
            after = user_of(page[-1])
