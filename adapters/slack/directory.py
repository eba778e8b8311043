"""Who and what there is in a workspace, reported as events. People are many, so only what changed is reported again."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

import structlog

from adapters.slack import inbound
from adapters.slack.failures import as_send_error
from adapters.slack.profile import ref, workspace
from adapters.slack.workspaces import Workspace, Workspaces, everything
from bot.core.clock import Clock
from bot.core.events import Event, PersonChanged, PlaceMembers, Ref, Several, WorkspaceConnected
from bot.core.ports import Installations, Refused, SendError

log = structlog.get_logger("rounds.slack")
Report = Callable[[Event], Awaitable[None]]
PLACES = "public_channel,private_channel"
MOST_MET, TOLD_AT_ONCE = 100_000, 200


class Directory:
    def __init__(self, workspaces: Workspaces, installations: Installations, report: Report, clock: Clock) -> None:
        self._workspaces, self._installations, self._report, self._clock = workspaces, installations, report, clock
        self._said: dict[Ref, tuple[Any, ...]] = {}  # what was reported of each person
        self._looking: WeakValueDictionary[Ref, asyncio.Lock] = WeakValueDictionary()

    def looking_at(self, place: Ref) -> asyncio.Lock:
        """Held while it is found out and reported who is in a place."""
        return self._looking.setdefault(place, asyncio.Lock())

    async def report_workspace(self, team: str) -> None:
        """The workspace and the channels we are in. Raises SendError."""
        found = await self._workspaces.find(team)
        await self._report(WorkspaceConnected(_key(), workspace(team), found.name, await self._installer(team)))
        listed = everything(
            found.client.users_conversations, "channels", types=PLACES, exclude_archived=False, limit=200
        )
        async for channel in listed:
            await self._report_place(found, {"is_member": True, **channel})

    async def _installer(self, team: str) -> Ref | None:
        """Who installed us, where it was by OAuth."""
        kept = await self._installations.find(team)
        installer = json.loads(kept)["installer"] if kept else ""
        return ref(team, installer) if installer else None

    async def report_place(self, place: Ref) -> None:
        """One channel as it is now. Raises SendError."""
        found = await self._workspaces.find(place.workspace)
        try:
            channel = (await found.client.conversations_info(channel=place.id))["channel"]
        except Exception as error:
            problem = as_send_error(error)
            if not isinstance(problem, Refused):
                raise problem from error
            # Deleted, or private and we are no longer in it: there is nothing to be seen or posted.
            await self._report(
                inbound.place(_key(), {"id": place.id, "is_private": True, "is_member": False}, place.workspace)
            )
            return
        await self._report_place(found, channel)

    async def _report_place(self, found: Workspace, channel: dict[str, Any]) -> None:
        event = inbound.place(_key(), channel, found.team, found.scopes)
        await self._report(event)
        if event.closed and not event.archived:
            async with self.looking_at(event.place):
                at = self._clock.now()
                listed = everything(found.client.conversations_members, "members", channel=event.place.id, limit=1000)
                who = tuple([ref(found.team, id) async for id in listed if id != found.bot_user])
                await self._report(PlaceMembers(_key(), event.place, who, at))

    async def report_people(self, team: str) -> None:
        """Everybody of a workspace; its owner is whom a workspace without a steward falls to. Raises SendError."""
        found = await self._workspaces.find(team)
        waiting: list[PersonChanged] = []
        async for user in everything(found.client.users_list, "members", limit=200):
            waiting += self._news_of(user, team)
            if len(waiting) >= TOLD_AT_ONCE or user.get("is_primary_owner"):
                await self._tell(waiting)
                waiting = []
            if user.get("is_primary_owner"):
                await self._report(WorkspaceConnected(_key(), workspace(team), found.name, ref(team, user["id"])))
        await self._tell(waiting)

    async def report_person(self, user: dict[str, Any], team: str) -> None:
        await self._tell(self._news_of(user, team))

    def _news_of(self, user: dict[str, Any], team: str) -> list[PersonChanged]:
        event = inbound.person(_key(), user, team)
        return [event] if event is not None and self._said.get(event.who) != _said_of(event) else []

    async def _tell(self, people: list[PersonChanged]) -> None:
        if not people:
            return
        await self._report(Several(_key(), tuple(people)))
        if len(self._said) + len(people) > MOST_MET:
            self._said.clear()
        self._said |= {event.who: _said_of(event) for event in people}  # now that it is written down

    def name_of(self, team: str, id: str) -> str:
        """What was reported of somebody, else their id."""
        said = self._said.get(ref(team, id))
        return str(said[0]) if said else id

    def forget(self, team: str) -> None:
        """Its people will be reported as if for the first time."""
        self._said = {who: said for who, said in self._said.items() if who.workspace != team}

    async def meet(self, who: Ref) -> None:
        """Somebody acts whom we know nothing of yet: ask Slack who they are. It does not matter if that fails."""
        if who in self._said:
            return
        try:
            found = await self._workspaces.find(who.workspace)
            user = (await found.client.users_info(user=who.id))["user"]
            await self.report_person(user, who.workspace)
        except SendError as error:
            log.info("slack.cannot_meet", error=str(error))
        except Exception as error:
            log.info("slack.cannot_meet", error=str(as_send_error(error)))


def _said_of(person: PersonChanged) -> tuple[Any, ...]:
    return person.name, person.zone, person.active, person.guest


def _key() -> str:
    return f"sync:{uuid.uuid4().hex}"
