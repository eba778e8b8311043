"""What a handler is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.core.errors import Fixable
from bot.core.events import Click, Command, FromAPerson, Ref
from bot.core.people import Role, Viewer
from bot.core.ritual import Recurring, Spec
from storage.communities import Community, Place
from storage.members import Member


@dataclass(frozen=True, slots=True)
class Offered:
    """What this installation has: every command, all that can recur, and its address on the web, if it has one.

    ``events``: the platforms with a calendar of their own.
    """

    commands: tuple[Spec, ...] = ()
    recurring: tuple[Recurring, ...] = ()
    public_url: str = ""
    events: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Context:
    """One event's world. ``db`` is its transaction; nothing else may be awaited while it is open.

    ``now`` is UTC. ``actor`` is empty for timers and reports; ``place`` in direct messages and for timers. ``prepared`` is what
    the command's ``prepare`` returned, for a form's prefill what ``beforehand`` did. ``offered`` is what there is here.
    ``draft`` names what was typed into the form. ``quoted`` is what the message under the pressed button quotes.
    ``mentioned`` is whom a command names: "@name" as it was typed → the text of a Ref. ``account`` is the one they acted from.
    """

    db: AsyncSession
    now: datetime
    community: Community
    actor: Member | None = None
    place: Place | None = None
    prepared: Any = None
    draft: str = ""
    quoted: str = field(default="", repr=False)
    mentioned: Mapping[str, str] = field(default_factory=dict)
    offered: Offered = Offered()
    account: Ref | None = None

    @property
    def member(self) -> Member:
        """Who acted. Raises Fixable where nobody did, which is a fault of the ritual."""
        if self.actor is None:
            raise Fixable("Somebody has to do this.")
        return self.actor

    @property
    def viewer(self) -> Viewer:
        """What is read for this event is read for whoever acted."""
        if self.actor is None:
            return Viewer(self.community.id)
        return Viewer(self.community.id, member=self.actor.id, role=Role(self.actor.role))


def quoted_in(event: FromAPerson) -> str:
    return event.words if isinstance(event, Click) else ""


def mentioned_in(event: FromAPerson) -> Mapping[str, str]:
    given = event.options.items() if isinstance(event, Command) else ()
    return {name: value for name, value in given if name.startswith("@") and isinstance(value, str)}
