"""What may be reached outside of a transaction: the platforms, the database by a session of its own, and pages on the web."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.context import quoted_in
from bot.core.clock import Clock
from bot.core.errors import Fixable
from bot.core.events import FromAPerson, Ref
from bot.core.ports import Finding, LookUp, Means, Outside, Page, Platform, Refused, SendError
from bot.core.ritual import Spec
from bot.services import identity
from bot.services.meaning import means_nothing
from storage.engine import Database

T = TypeVar("T")
NOT_NOW = "I couldn't reach what I need for this. Nothing was done; please try again in a minute."


async def looks_nothing_up(url: str) -> Page | None:
    """Where pages are not looked up."""
    return None


@dataclass(frozen=True, slots=True)
class Reaching:
    database: Database
    clock: Clock
    platforms: Mapping[str, Platform]
    look_up: LookUp = looks_nothing_up
    means: Means = means_nothing

    async def fetched(self, fetch: Callable[[Outside, Any], Awaitable[Any]], event: FromAPerson, given: Any) -> Any:
        """What a ritual's ``prepare`` returns. Raises Fixable where a platform refuses, or does not answer."""
        try:
            return await fetch(self.outside(event), given)
        except Refused as error:
            raise Fixable(str(error)) from error
        except SendError as error:
            raise Fixable(NOT_NOW) from error

    def outside(self, event: FromAPerson) -> Outside:
        return Outside(
            event.who,
            event.place,
            quoted_in(event),
            self.clock.now(),
            self._inspect,
            self._read,
            self._words,
            self.look_up,
            self.means,
        )

    async def check_role(self, spec: Spec, who: Ref) -> None:
        """What is fetched may cost a platform's time: nobody else shall cause it. Raises Fixable."""
        async with self.database.read() as db:
            role = await identity.role_of(db, who)
        if role < spec.role:
            raise identity.not_for_you(spec)

    async def _inspect(self, place: Ref) -> tuple[Finding, ...]:
        return await self._platform(place).inspect(place.workspace)

    async def _read(self, look: Callable[[Any], Awaitable[T]]) -> T:
        async with self.database.read() as db:
            return await look(db)

    async def _words(self, place: Ref, message: str, thread: str) -> str:
        return await self._platform(place).words(place, message, thread)

    def _platform(self, place: Ref) -> Platform:
        """Raises Refused."""
        if place.platform not in self.platforms:
            raise Refused(f"I'm not connected to {place.platform.capitalize()} at the moment.")
        return self.platforms[place.platform]
